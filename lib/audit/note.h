/* audit/note.h: signed notes (c2sp.org/signed-note), and the checkpoints of logs
 * (c2sp.org/tlog-checkpoint) that are signed as notes.
 *
 * A note is a text that ends in a newline, an empty line, and lines "— NAME BASE64" of signatures;
 * the text ends at the last empty line. A verifier key is "NAME+HEX8+BASE64": the number is the
 * first four bytes of SHA-256(NAME || 0x0A || type || key), the base64 text type || key.
 * Types    Ed25519 (1) and timestamped cosignatures of witnesses (4, c2sp.org/tlog-cosignature).
 * Errors   HF_E_USAGE (a key), HF_E_DAMAGED (no note), HF_E_VERIFY (wrong or unknown signatures).
 */
#ifndef HF_AUDIT_NOTE_H
#define HF_AUDIT_NOTE_H

#include "util/util.h"

enum {
    HF_NOTE_ED25519 = 1,
    HF_NOTE_COSIGNATURE = 4,
    HF_NOTE_MAX_BYTES = 1000000,
    HF_NOTE_MAX_SIGNATURES = 100,
    HF_ED25519_KEY = 32, /* bytes of a public key, and of a seed */
    HF_ED25519_SIG = 64, /* bytes of a signature */
};

typedef struct hf_vkey {
    hf_view name; /* lent by what it was made from */
    uint32_t id;
    uint8_t type; /* HF_NOTE_ED25519 or HF_NOTE_COSIGNATURE */
    uint8_t key[HF_ED25519_KEY];
} hf_vkey;

/* May this be a key's name: not empty, UTF-8, no white space, no '+'? */
HF_API bool hf_note_is_name(hf_view name);

/* The key of a name; the name is lent. */
HF_API hf_vkey hf_vkey_of(hf_view name, uint8_t type, const uint8_t key[HF_ED25519_KEY]);

/* Read "NAME+HEX8+BASE64"; the number must be the key's. */
HF_API hf_status hf_vkey_parse(hf_view text, hf_vkey *out, hf_err **err);
HF_API void hf_vkey_put(hf_buf *out, const hf_vkey *k);

/* Read "PRIVATE+KEY+NAME+HEX8+BASE64", a convention of Go's notes; type must be Ed25519. */
HF_API hf_status hf_skey_parse(hf_view text, hf_vkey *key, uint8_t seed[HF_ED25519_KEY],
                               hf_err **err);
HF_API void hf_skey_put(hf_buf *out, const hf_vkey *key, const uint8_t seed[HF_ED25519_KEY]);

typedef struct hf_note_sig {
    hf_view name;
    uint32_t id;
    hf_view base64;   /* of four bytes of id and the signature, as it stands in the note */
    bool is_verified; /* by a key given to hf_note_verify */
    int64_t time_us;  /* of a verified cosignature; else HF_NO_TIME */
} hf_note_sig;

typedef struct hf_note {
    hf_view text; /* signed; with its last newline */
    size_t n;
    hf_note_sig sig[HF_NOTE_MAX_SIGNATURES];
} hf_note;

/* Cut a note into its parts, which are lent from bytes. */
HF_API hf_status hf_note_parse(hf_view bytes, hf_note *out, hf_err **err);

/* Check the signatures of known keys; others are ignored. HF_E_VERIFY when one of them is wrong, or
 * when there is none. */
HF_API hf_status hf_note_verify(hf_note *note, const hf_vkey *keys, size_t n, hf_err **err);

/* Append the line of a signature by key (Ed25519) to a note: text, "\n", lines. */
HF_API void hf_note_put_sig(hf_buf *out, const hf_vkey *key, const uint8_t sig[HF_ED25519_SIG]);

/* Ed25519 (RFC 8032) of bytes; false when the signature is wrong. */
HF_API bool hf_ed25519_verify(const uint8_t key[HF_ED25519_KEY], hf_view bytes,
                              const uint8_t sig[HF_ED25519_SIG]);
HF_API void hf_ed25519_sign(const uint8_t seed[HF_ED25519_KEY], hf_view bytes,
                            uint8_t sig[HF_ED25519_SIG]);
HF_API void hf_ed25519_public(const uint8_t seed[HF_ED25519_KEY], uint8_t key[HF_ED25519_KEY]);

/* --- checkpoints ----------------------------------------------------------------------------- */

typedef struct hf_checkpoint {
    hf_view origin; /* the log's name, also its key's name */
    uint64_t size;  /* entries */
    hf_sha256 root;
    hf_view more; /* extension lines, kept as they are */
} hf_checkpoint;

/* Read the text of a note. */
HF_API hf_status hf_checkpoint_parse(hf_view text, hf_checkpoint *out, hf_err **err);
/* The same of a note, signed or not: the text alone will do. */
HF_API hf_status hf_checkpoint_read(hf_view bytes, hf_checkpoint *out, hf_err **err);
HF_API void hf_checkpoint_put(hf_buf *out, const hf_checkpoint *c);

#endif
