/* package/envelope.h: bytes that only the holders of certain keys can read.
 *
 * CMS AuthEnvelopedData (RFC 5652, RFC 5083) with AES-256-GCM, in DER as a stream; RSA keys by OAEP
 * with SHA-256, EC keys by ECDH with SHA-256. `openssl cms -decrypt -inform DER -binary -in FILE
 * -inkey KEY.pem -recip CERT.pem` opens it. GCM, because a changed byte in AES-CBC gives other
 * bytes and no error. Opening takes three times the size in memory, so callers keep pieces small.
 */
#ifndef HF_PACKAGE_ENVELOPE_H
#define HF_PACKAGE_ENVELOPE_H

#include "util/util.h"

typedef struct hf_recipients hf_recipients;

/* Read certificates (PEM, every one in each file). HF_E_NO_KEY for a file without one, one whose
 * time is over or has not come, or a key that nothing can be encrypted to (Ed25519). */
HF_API hf_status hf_recipients_load(hf_recipients **out, const char *const *paths, size_t n,
                                    hf_err **err);
HF_API void hf_recipients_free(hf_recipients *r); /* NULL is fine */
HF_API size_t hf_recipients_count(const hf_recipients *r);

/* SHA-256 of certificate i in DER, as `openssl x509 -fingerprint -sha256` shows it. */
HF_API hf_sha256 hf_recipients_digest(const hf_recipients *r, size_t i);

/* Gives up to n bytes; *got 0 at the end. */
typedef hf_status hf_envelope_read(void *self, void *to, size_t n, size_t *got, hf_err **err);
typedef hf_status hf_envelope_write(void *self, hf_view bytes, hf_err **err);

/* Encrypt what read gives, one byte at least, to all recipients, piece by piece. */
HF_API hf_status hf_envelope_seal(const hf_recipients *r, hf_envelope_read *read, void *read_self,
                                  hf_envelope_write *write, void *write_self, hf_err **err);

typedef struct hf_opener hf_opener;

/* A private key and its certificate, both PEM. passphrase: of the key, may be empty. HF_E_NO_KEY.
 */
HF_API hf_status hf_opener_load(hf_opener **out, const char *key_path, const char *cert_path,
                                hf_view passphrase, hf_err **err);
HF_API void hf_opener_free(hf_opener *o); /* NULL is fine */

/* Decrypt one envelope. What write was given counts only when this returns HF_OK. HF_E_VERIFY when
 * a byte was changed, HF_E_NO_KEY when it is not for this key, HF_E_DAMAGED when it is no envelope.
 */
HF_API hf_status hf_envelope_open(const hf_opener *o, hf_envelope_read *read, void *read_self,
                                  hf_envelope_write *write, void *write_self, hf_err **err);

#endif
