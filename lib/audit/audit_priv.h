/* audit/audit_priv.h: what the files of lib/audit share. */
#ifndef HF_AUDIT_AUDIT_PRIV_H
#define HF_AUDIT_AUDIT_PRIV_H

#include "audit/note.h"

struct evp_pkey_st;

/* Append the bytes of base64 text; false, with nothing added, unless it is their one spelling. */
bool hf_audit_base64(hf_view text, hf_buf *out);

/* A decimal number without leading zeros; 32 bytes as base64. */
bool hf_audit_number(hf_view text, uint64_t *out);
bool hf_audit_hash(hf_view base64, hf_sha256 *out);

void hf_audit_sign(struct evp_pkey_st *key, hf_view bytes, uint8_t sig[HF_ED25519_SIG]);

#endif
