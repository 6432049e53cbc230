/* package/verify.h: is a package what its makers say, and who says so.
 *
 * Four questions, each with its own answer: are the files those that the lists name
 * (package/bag.h); who signed the lists; does the receipt belong to them; does a log hold an entry
 * that commits to the receipt. A key that comes with the package proves nothing alone: whoever
 * writes a package can make one. It counts when the caller knows it from elsewhere.
 */
#ifndef HF_PACKAGE_VERIFY_H
#define HF_PACKAGE_VERIFY_H

#include "audit/proof.h"
#include "package/bag.h"
#include "package/envelope.h"

typedef enum hf_vouch {
    HF_VOUCH_NONE,    /* there is nothing of the kind */
    HF_VOUCH_UNKNOWN, /* right by a key that came with it, or by no key: compare it with one that
                         did not */
    HF_VOUCH_KNOWN,   /* right by a key that the caller knows */
    HF_VOUCH_BAD,
} hf_vouch;

/* "none", "nobody known", "known key", "bad". */
HF_API const char *hf_vouch_name(hf_vouch v);

/* Public Ed25519 keys that the caller knows. */
typedef struct hf_known_keys {
    hf_arena *mem;
    hf_vkey *key; /* name empty: from a PEM, which has none */
    size_t n;
} hf_known_keys;

HF_API void hf_known_keys_init(hf_known_keys *k);
HF_API void hf_known_keys_clear(hf_known_keys *k);

/* Add a key: a verifier key ("NAME+HEX8+BASE64"), or the path of a file with one, or with a public
 * key in PEM. HF_E_NO_KEY. */
HF_API hf_status hf_known_keys_add(hf_known_keys *k, const char *text_or_path, hf_err **err);

typedef struct hf_verify_args {
    const hf_known_keys *known; /* NULL: none */
    const hf_opener *opener;    /* for encrypted packages; NULL: only their volumes are checked */
    const hf_sha256 *manifest;  /* that manifest-sha256.txt must have; NULL: any */
    /* Told of every finding; may be NULL. is_warning: the verdict stands. */
    void (*say)(void *self, hf_view name, bool is_warning, const char *what);
    void *self;
    void (*progress)(void *self, const char *phase, uint64_t done, uint64_t total); /* or NULL */
    void *progress_self;
} hf_verify_args;

typedef struct hf_verify_result {
    bool is_encrypted, is_opened; /* volumes; their content was checked too */
    hf_bag_result bag;
    size_t volumes;
    hf_vouch signature; /* of the lists, or of volumes.json */
    hf_vouch receipt; /* none: no receipt; unknown: it belongs to the manifest; known: and is signed
                         by a known key */
    hf_vouch log;     /* none: no entry; unknown: the proof holds for a head that nobody known
                         signed */
    bool has_key;
    hf_sha256 fingerprint;    /* of the key that signed, as hf_key_fingerprint */
    char run_id[40];          /* from the receipt; empty */
    uint64_t entry, log_size; /* with log */
    uint64_t findings;        /* that are no warnings */
} hf_verify_result;

/* Verify a package: a bag in a folder, a .zip or a tar, or a folder of encrypted volumes or of the
 * volumes of a split package. HF_OK whatever was found; HF_E_UNSUPPORTED when it is neither. */
HF_API hf_status hf_verify_package(hf_source *source, const hf_verify_args *args,
                                   hf_verify_result *out, hf_err **err);

/* Whether source is a package: a bag, or volumes. */
HF_API bool hf_verify_is_package(const hf_source *source);

/* --- single pieces of evidence ------------------------------------------------------------------
 */

typedef enum hf_evidence_kind {
    HF_EVIDENCE_NONE,
    HF_EVIDENCE_RECEIPT, /* receipt.json */
    HF_EVIDENCE_PROOF,   /* tlog-proof */
    HF_EVIDENCE_NOTE,    /* signed note, such as a checkpoint */
} hf_evidence_kind;

/* By its first bytes. */
HF_API hf_evidence_kind hf_evidence_kind_of(hf_view bytes);

/* Verify a file by itself and by what lies beside it: a receipt by its .sig and the manifest, a
 * proof by entry.json (or entry, when not NULL), a note by its signatures. Findings and result as
 * for a package; bag is not set. */
HF_API hf_status hf_verify_evidence(const char *path, hf_evidence_kind kind, const char *entry,
                                    const hf_verify_args *args, hf_verify_result *out,
                                    hf_err **err);

#endif
