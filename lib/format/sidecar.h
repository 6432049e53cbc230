/* format/sidecar.h: what the target of a conversion cannot say, beside it in OUT.sidecar.zst.
 *
 * One JSON document a line, zstd compressed, mode 0600. Line 1 names the source format, origins and
 * the target's name. An entry holds a source record's raw bytes as segments: literal pieces, and
 * references into the target record's texts for every text that the target carries verbatim, so
 * that nothing stands twice and what was redacted or edited in the target is not kept here. Each
 * entry names the target record it belongs to and a digest per target field. Reading back: all
 * digests equal: the source record is restored; some differ: the target's values win for these
 * fields; target record gone: deleted; target record without an entry: new. Format
 * schemas/sidecar.v1.json.
 */
#ifndef HF_FORMAT_SIDECAR_H
#define HF_FORMAT_SIDECAR_H

#include "format/format.h"

typedef struct hf_sidecar hf_sidecar;

/* Write path (OUT.sidecar.zst), atomically: published by commit only. origin: of the source when it
 * has one only; empty otherwise. */
HF_API hf_status hf_sidecar_create(hf_sidecar **out, const char *path, const char *source_format,
                                   hf_view origin, const char *target_format, bool overwrite,
                                   hf_err **err);
HF_API hf_status hf_sidecar_entry(hf_sidecar *s, const hf_record *r, const hf_record *target,
                                  hf_err **err);
HF_API hf_status hf_sidecar_made(hf_sidecar *s, const hf_record *target, hf_err **err);
HF_API hf_status hf_sidecar_member(hf_sidecar *s, const hf_record *member, hf_err **err);
HF_API hf_status hf_sidecar_bytes(hf_sidecar *s, const hf_record *bytes, hf_err **err);
HF_API hf_status hf_sidecar_quarantine(hf_sidecar *s, const hf_record *r, hf_err **err);
/* Publish; *bytes is the file's size, 0 when nothing was put in and no file is made. Frees s. */
HF_API hf_status hf_sidecar_commit(hf_sidecar *s, uint64_t *bytes, hf_err **err);
HF_API void hf_sidecar_abort(hf_sidecar *s); /* NULL is fine */

/* A reader that joins inner (the target format's reader; owned from here on, closed on an error
 * too) with the sidecar at path and gives back the records of the source format. Its format is the
 * source format. */
HF_API hf_status hf_sidecar_join(hf_reader **out, hf_reader *inner, const char *path,
                                 const hf_reader_args *args, hf_err **err);

#endif
