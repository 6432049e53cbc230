/* audit/key.h: the Ed25519 keys that sign checkpoints and receipts.
 *
 * A key is a PKCS#8 file in PEM (RFC 8410), with or without a passphrase, that `openssl pkey`
 * reads. It is made with mode 0600 where there is no file yet, and never inside a vault: who holds
 * the log must not hold the key by that alone. Errors    HF_E_NO_KEY (no key, no or a wrong
 * passphrase), HF_E_EXISTS, HF_E_REFUSED (inside a vault), and those of the files.
 */
#ifndef HF_AUDIT_KEY_H
#define HF_AUDIT_KEY_H

#include "audit/note.h"

typedef struct hf_key hf_key;

/* Where a passphrase comes from; the first one set counts, all unset: there is none. */
typedef struct hf_passphrase {
    const char *file; /* its first line */
    bool has_fd;
    int fd;              /* an open descriptor, read to its end, first line; with has_fd */
    const char *command; /* the first line of what it prints (util/command.h) */
} hf_passphrase;

/* Add the passphrase to out; nothing when from is NULL or names none. HF_E_NO_KEY when the command
 * fails, or gives an empty line. */
HF_API hf_status hf_passphrase_get(const hf_passphrase *from, hf_buf *out, hf_err **err);

HF_API hf_key *hf_key_new(void);
HF_API hf_status hf_key_load(hf_key **out, const char *path, const hf_passphrase *passphrase,
                             hf_err **err);
HF_API void hf_key_free(hf_key *k); /* NULL is fine */

/* The public key of a PEM file, public or private (the latter without a passphrase only). */
HF_API hf_status hf_key_load_public(const char *path, uint8_t out[HF_ED25519_KEY], hf_err **err);

/* Write the key to path, which must not exist; folders that are missing are made with mode 0700.
 * With a passphrase it is encrypted (PBES2, AES-256-CBC). Its public half goes to PATH.pub. */
HF_API hf_status hf_key_save(const hf_key *k, const char *path, const hf_passphrase *passphrase,
                             hf_err **err);

/* HF_E_REFUSED when path lies, or would lie, in a vault. */
HF_API hf_status hf_key_outside_vaults(const char *path, hf_err **err);

/* $XDG_CONFIG_HOME/holdfast/keys/NAME.pem (~/.config without that variable), freed with hf_free. */
HF_API char *hf_key_default_path(const char *name);

/* The public half, HF_ED25519_KEY bytes, lent. */
HF_API const uint8_t *hf_key_public(const hf_key *k);

/* Append a public key as PEM (SubjectPublicKeyInfo, for `openssl pkeyutl -pubin`). */
HF_API void hf_key_put_public(hf_buf *out, const uint8_t key[HF_ED25519_KEY]);

/* SHA-256 of the SubjectPublicKeyInfo in DER: `openssl pkey -pubin -outform DER | sha256sum`. */
HF_API hf_sha256 hf_key_fingerprint(const uint8_t key[HF_ED25519_KEY]);

HF_API void hf_key_sign(const hf_key *k, hf_view bytes, uint8_t sig[HF_ED25519_SIG]);

/* Append text, which ends in a newline, as a note signed under a name. */
HF_API void hf_key_sign_note(const hf_key *k, hf_view name, hf_view text, hf_buf *out);

#endif
