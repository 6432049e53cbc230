/* package/verify_priv.h: what the parts of verifying share. */
#ifndef HF_PACKAGE_VERIFY_PRIV_H
#define HF_PACKAGE_VERIFY_PRIV_H

#include "package/verify.h"

/* Receipts, proofs and lists of volumes are small. */
enum { HF_EVIDENCE_MAX = 64 << 20 };

typedef struct hf_verifying {
    const hf_verify_args *args; /* never NULL */
    hf_verify_result *out;
} hf_verifying;

/* Tell of a finding, and count it unless it is a warning. */
void hf_verify_say(hf_verifying *v, hf_view name, bool is_warning, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* --- verify.c -----------------------------------------------------------------------------------
 */

/* A bag by itself: its files, and what vouches for them. */
hf_status hf_verify_bag(hf_verifying *v, hf_source *s, hf_err **err);

/* --- verify_volumes.c ---------------------------------------------------------------------------
 */

/* A folder of encrypted volumes (hf_volumes_are). */
hf_status hf_verify_volumes(hf_verifying *v, hf_source *s, hf_err **err);

/* A folder of nothing but "NAME.001.zip" or "NAME.001.tar.zst" and so on. */
bool hf_split_is(const hf_source *s);

/* Every volume is a package of its own; together they must be those that the receipt of each lists.
 */
hf_status hf_verify_split(hf_verifying *v, hf_source *s, hf_err **err);

/* --- vouch.c -------------------------------------------------------------------------------------
 */

/* Read "-----BEGIN PUBLIC KEY-----" of an Ed25519 key. */
bool hf_public_key_parse(hf_view pem, uint8_t key[HF_ED25519_KEY]);

bool hf_known_keys_have(const hf_known_keys *k, const uint8_t key[HF_ED25519_KEY]);

/* Judge sig, the bytes of a .sig file, over bytes. pem is the key that came along, may be empty:
 * then the known ones are tried. Sets the fingerprint. */
hf_vouch hf_verify_signature(hf_verifying *v, hf_view name, hf_view bytes, hf_view sig,
                             hf_view pem);

/* Does receipt name the manifest (NULL: not asked)? Sets run_id. */
hf_vouch hf_verify_receipt(hf_verifying *v, hf_view receipt, const hf_sha256 *manifest);

/* How many volumes a receipt lists; 0 when it is none. */
size_t hf_receipt_volumes(hf_view receipt);

/* Does the proof hold for entry, and does entry commit to the receipt (empty: not asked)? */
hf_vouch hf_verify_log(hf_verifying *v, hf_view entry, hf_view proof, hf_view receipt);

#endif
