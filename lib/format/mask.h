/* format/mask.h: secrets (text/secret.h) do not leave: the driver masks the values of every record
 * before a writer sees it, and a writer that copies a record's own bytes masks these.
 *
 * The account says MASKED of such values. Members that hold no records (attachments among them) are
 * files of somebody's: they leave as they are.
 */
#ifndef HF_FORMAT_MASK_H
#define HF_FORMAT_MASK_H

#include "format/format.h"

/* Mask secrets in the texts of r's values, and say so of them (is_masked). The bytes stay. */
void hf_mask_values(hf_batch *b, hf_record *r);

/* r's bytes (without their head) with secrets masked, in mem, in the form of r's format; the bytes
 * themselves when there are none. */
HF_API hf_view hf_mask_raw(const hf_record *r, hf_arena *mem);

/* Settle r, whose masked bytes the target holds: everything is exact but what was masked. */
HF_API void hf_mask_settle(hf_batch *b, hf_record *r);

/* Whether a leaf's text holds a secret. */
bool hf_mask_is_secret(const hf_leaf *l, hf_arena *mem);

#endif
