/* package/package.h: a package in the making: what leaves, so that anyone can check it without us.
 *
 * A package is a bag (package/bag.h):
 *
 *   data/FORMAT/...          the records, written by the format; with fidelity.json and .html
 *   data/exceptions.csv      what could not be exported, and data/exceptions.json
 *   data/changes.jsonl       of a series: what changed with each record since the last package
 *   receipt.json             who read what, when, how much of it; receipt.json.sig
 *   custody.html             the same for people
 *   manifest-sha256.txt.sig, tagmanifest-sha256.txt.sig, key.pem     Ed25519 signatures
 *   entry.json, proof.tlog-proof, checkpoint                         the log's commitment
 *   README.txt               how to check all this without holdfast
 *
 * The payload depends on what was read and on nothing else: two packages of one state have equal
 * payloads and manifests. Steps: open; add a format, as often as needed; done, which fixes payload
 * and receipt so that a log can commit to their digests; publish. Everything is made in
 * TARGET.work.partial and TARGET.partial, read again and hashed again before it is renamed: a
 * killed run, or a full disk, publishes nothing.
 */
#ifndef HF_PACKAGE_PACKAGE_H
#define HF_PACKAGE_PACKAGE_H

#include "audit/key.h"
#include "format/copy.h"
#include "package/bag.h"
#include "package/envelope.h"

typedef struct hf_package hf_package;

typedef struct hf_package_args {
    /* A folder, or by its suffix a .zip or .tar.zst. With recipients or split: a folder of volumes,
     * whose name is this one without the suffix. */
    const char *path;
    bool overwrite;
    const hf_recipients *recipients; /* NULL: not encrypted; lent */
    uint64_t split_bytes;            /* payload bytes of one volume; 0: one package */
    void (*progress)(void *self, const char *phase, uint64_t done, uint64_t total); /* or NULL */
    void *progress_self;
} hf_package_args;

/* HF_E_EXISTS, HF_E_LOCKED and HF_E_DENIED as for hf_sink_open; HF_E_USAGE for recipients and split
 * at once. */
HF_API hf_status hf_package_open(hf_package **out, const hf_package_args *args, hf_err **err);

/* The path of what will be published; lent. */
HF_API const char *hf_package_target(const hf_package *p);

/* Throw everything away; NULL is fine. */
HF_API void hf_package_close(hf_package *p);

/* What a receipt says of one format. */
typedef struct hf_package_format {
    const hf_format *format;
    hf_counts read;    /* given by the source's reader */
    hf_counts written; /* that entered the writer: read, less what the scope leaves out */
    hf_counts back;    /* read from the written file again; with has_back */
    bool has_back;     /* the format can be read */
    uint64_t states[HF_STATE_COUNT];
    uint64_t sidecar_bytes;
} hf_package_format;

/* Copy as args say (target and target_path are set here) into data/FORMAT, and read it back. The
 * source is read anew for every format; callbacks of args hear it the first time only. The counts
 * of a format that loses nothing must be equal then: HF_E_VERIFY. HF_E_USAGE when the format cannot
 * stand in a package or is there already. */
HF_API hf_status hf_package_add(hf_package *p, const hf_copy_args *args, const hf_format *format,
                                hf_err **err);
HF_API size_t hf_package_formats(const hf_package *p, const hf_package_format **out);

/* Note something that could not be exported. what: "unreadable record", "missing attachment";
 * static. Unreadable records, missing attachments and values lost are noted by hf_package_add. */
typedef struct hf_exception {
    const char *what;
    hf_view format; /* of the package; empty: all of them */
    hf_view origin, channel, id;
    hf_view member;  /* of the source */
    uint64_t offset; /* HF_NO_OFFSET */
    uint64_t count;
    hf_view why;
} hf_exception;
HF_API hf_status hf_package_except(hf_package *p, const hf_exception *e, hf_err **err);

typedef struct hf_exceptions {
    uint64_t unreadable, missing, lost, other;
} hf_exceptions;
/* Add a payload file made by the caller, data/NAME. */
HF_API hf_status hf_package_file(hf_package *p, const char *name, hf_view bytes, hf_err **err);

/* What a receipt says besides; NULL texts are left out. All are lent until the package is closed.
 */
typedef struct hf_package_facts {
    const char *run_id, *program;        /* "holdfast 0.1.0" */
    const char *user, *host, *sudo_user; /* the operator */
    int64_t started_us;
    const char *reason;                 /* as the operator gave it */
    const char *source, *source_format; /* label and format's name */
    const char *source_sha256, *origin, *snapshot;
    bool is_live;
    const hf_scope *scope;
    const char *query; /* in its normal form */
    const char *vault_id;
    int64_t after_import,
        last_import;            /* of a vault: (after, last] were exported; last 0: unknown */
    const char *series;         /* NULL: none; the rest counts with it only */
    uint64_t number;            /* of the package in its series, from 1 */
    int64_t since_us, until_us; /* [since, until); since HF_NO_TIME: from the beginning */
    const char *previous_run, *previous_manifest; /* NULL: the first one */
} hf_package_facts;

/* What a log entry commits to. */
typedef struct hf_package_digests {
    hf_sha256 receipt;  /* of receipt.json, which holds those of all manifests */
    hf_sha256 manifest; /* of manifest-sha256.txt; of several volumes: of the first one */
    size_t volumes;     /* 1 unless split */
    uint64_t files, bytes;
    hf_exceptions exceptions; /* all of them */
} hf_package_digests;

/* The payload is complete: fix it, its manifests, and the receipt. */
HF_API hf_status hf_package_done(hf_package *p, const hf_package_facts *facts,
                                 hf_package_digests *out, hf_err **err);

/* How it is vouched for; empty views and NULL are left out. */
typedef struct hf_package_seal {
    const hf_key *key;
    hf_view entry;      /* bytes of the log's entry that commits to the digests */
    hf_view proof;      /* that the log holds it */
    hf_view checkpoint; /* the signed note that the proof ends in */
} hf_package_seal;

/* Write, read again, check, publish; p is freed whatever happens. *path (may be NULL): what was
 * published, to be freed. */
HF_API hf_status hf_package_publish(hf_package *p, const hf_package_seal *seal, char **path,
                                    hf_err **err);

#endif
