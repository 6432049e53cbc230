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

/* The key a target record is found by: kind, scope and id. */
void hf_sidecar_target_key(const hf_record *target, hf_buf *out);

#endif
