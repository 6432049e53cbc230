/* format/sidecar_priv.h: what the writing and the reading half of the sidecar share. */
#ifndef HF_FORMAT_SIDECAR_PRIV_H
#define HF_FORMAT_SIDECAR_PRIV_H

#include "format/sidecar.h"

#define HF_SIDECAR_SCHEMA "sidecar/1"

enum { HF_SIDECAR_DIGEST = 12 }; /* hex digits of a field digest: 48 bits */

/* The digest of all values of one field of a target record, as HF_SIDECAR_DIGEST hex digits and a
 * NUL. */
void hf_sidecar_field_digest(const hf_record *target, hf_field f, char out[HF_SIDECAR_DIGEST + 1]);

/* True when no value of the same field stands before value i: each field is listed once. */
bool hf_sidecar_is_first(const hf_record *r, uint32_t i);

/* How a reference spells its text, beyond the styles of util/json.h. */
enum {
    HF_SIDECAR_COLUMN = 3,    /* as a column of COPY */
    HF_SIDECAR_IN_COLUMN = 4, /* plus a style: as a JSON string in a column of COPY */
};

/* Append text as it is spelled in that style. */
void hf_sidecar_spell(hf_buf *out, hf_view text, int style);

/* Do the leaf's bytes stand in the record's own? Leaves of what was decoded do not. */
bool hf_sidecar_is_inside(const hf_record *r, const hf_leaf *l);

/* Where a leaf lies within its record's bytes, and its length there. A leaf of JSON in a column of
 * COPY may be a decoded one: it is then looked for behind byte from. HF_NPOS when it is not in
 * them. */
size_t hf_sidecar_locate(const hf_record *r, const hf_leaf *l, size_t from, size_t *n);

/* Is the record a row of COPY, so that JSON in it stands in a column? */
bool hf_sidecar_is_row(const hf_record *r);

/* The key a target record is found by: kind, scope and id. */
void hf_sidecar_target_key(const hf_record *target, hf_buf *out);

#endif
