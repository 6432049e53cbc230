/* audit/proof.h: that a log holds an entry, as a text that needs nothing else
 * (c2sp.org/tlog-proof).
 *
 *     c2sp.org/tlog-proof@v1
 *     extra BASE64             may be absent
 *     index N
 *     BASE64                   one hash a line, from the leaf upward
 *
 *     CHECKPOINT               a signed note
 */
#ifndef HF_AUDIT_PROOF_H
#define HF_AUDIT_PROOF_H

#include "audit/note.h"
#include "audit/tree.h"

typedef struct hf_proof {
    uint64_t index;
    hf_tree_proof path;
    hf_view extra;      /* base64 of data that the log's format defines; p NULL: none */
    hf_view checkpoint; /* the signed note */
} hf_proof;

HF_API void hf_proof_put(hf_buf *out, const hf_proof *p);

/* Read one strictly; views are lent from text. HF_E_DAMAGED with the line for anything else. */
HF_API hf_status hf_proof_parse(hf_view text, hf_proof *out, hf_err **err);

/* Check signatures and path for the entry with these bytes; *c is the checkpoint it was checked
 * against, lent from the proof. HF_E_VERIFY says what does not hold. */
HF_API hf_status hf_proof_check(const hf_proof *p, hf_view leaf, const hf_vkey *keys, size_t n,
                                hf_checkpoint *c, hf_err **err);

/* The same without the signatures: whoever wrote the proof may have made it all up, unless the
 * checkpoint is known from elsewhere. */
HF_API hf_status hf_proof_holds(const hf_proof *p, hf_view leaf, hf_checkpoint *c, hf_err **err);

#endif
