/* formats/jsonl/jsonl.h: the spelling that reader and writer share; see schemas/jsonl.v1.json. */
#ifndef HF_FORMATS_JSONL_H
#define HF_FORMATS_JSONL_H

#include "format/format.h"

#define HF_JSONL_SCHEMA "holdfast-jsonl/1"

/* List fields stand together under their common path: "message.reaction": [{"name": .., "user":
 * ..}]. The group is the path up to its last dot; empty for a field that is no list. */
hf_view hf_jsonl_group(const hf_field_info *f);

hf_status hf_jsonl_open(hf_reader **out, const hf_reader_args *args, hf_err **err);
hf_status hf_jsonl_create(hf_writer **out, const hf_writer_args *args, hf_err **err);

#endif
