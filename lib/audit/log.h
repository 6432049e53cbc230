/* audit/log.h: the tamper-evident log of a vault: who did what, when, and what came of it.
 *
 * Entries are canonical JSON (audit/jcs.h) and the leaves of an RFC 6962 tree (audit/tree.h) in
 * control.sqlite; each holds the hash of the one before. An entry says no name, e-mail, text or
 * query: such values stand in it as hex SHA-256(salt || value), and openly, with their salts of 32
 * bytes, in a table from which they can be erased; the entry stays, and its proofs hold. Operators'
 * own identity stands in the entry. Leaves are described in docs/audit.md, the DDL is
 * schemas/vault/control_audit.v1.sql.
 *
 * Durable   an append returns when the disk has it. Many processes append at once; each waits for
 *           its turn. An import does not hold them up.
 * Heads     this host keeps the last head of each vault in $XDG_STATE_HOME/holdfast/heads (default
 *           ~/.local/state); a log that is shorter, or another one, takes no entries
 *           (HF_E_REFUSED) until hf_log_accept.
 * Threads   one thread per hf_log and its vault.
 */
#ifndef HF_AUDIT_LOG_H
#define HF_AUDIT_LOG_H

#include "audit/key.h"
#include "audit/proof.h"
#include "vault/vault.h"

typedef struct hf_log hf_log;

/* The log of an open vault, which must outlive it. A vault opened for HF_VAULT_READ gives a log
 * that takes no entries. Vaults from before the log get an empty one. */
HF_API hf_status hf_log_open(hf_log **out, hf_vault *v, hf_err **err);
HF_API void hf_log_close(hf_log *log); /* NULL is fine */

/* The name of a log, of its checkpoints and of its keys: "holdfast/" and the vault's id. Lent. */
HF_API const char *hf_log_origin(const hf_log *log);

/* --- writing --------------------------------------------------------------------------------- */

typedef enum hf_log_phase {
    HF_LOG_SINGLE, /* done at once */
    HF_LOG_START,  /* comes before the act; one without an end did not finish */
    HF_LOG_END,
} hf_log_phase;

typedef struct hf_log_pair {
    const char *name; /* a word of the program: "query", "channels" */
    hf_view value;
} hf_log_pair;

typedef struct hf_log_count {
    const char *name;
    uint64_t n;
} hf_log_count;

/* What an entry says; NULL and 0 are left out. Only values of scope may be data. */
typedef struct hf_act {
    hf_log_phase phase;
    const char *action;         /* a word of the program: "import", "hold.create" */
    const char *run;            /* UUID; start and end of one act have the same run and action */
    const char *object_kind;    /* what it is done to: "vault", "source", "package" */
    const char *object_id;      /* UUID, number or digest */
    const hf_log_pair *scope;   /* kept as commitments, and openly where they can be erased */
    const hf_log_count *counts; /* in the entry as they are */
    const hf_log_pair *digests; /* hashes and ids, in the entry as they are */
    size_t nscope, ncounts, ndigests;
    const char *outcome; /* the word of the exit status: "OK", "REFUSED" */
} hf_act;

/* Append n entries in one transaction; inside one that the caller has open on the vault's control
 * connection they are part of that. *first (may be NULL): number of the first; entries count from
 * 0. */
HF_API hf_status hf_log_append(hf_log *log, const hf_act *acts, size_t n, uint64_t *first,
                               hf_err **err);

/* One entry, with this phase whatever act says. */
HF_API hf_status hf_log_begin(hf_log *log, const hf_act *act, uint64_t *seq, hf_err **err);
HF_API hf_status hf_log_end(hf_log *log, const hf_act *act, uint64_t *seq, hf_err **err);
HF_API hf_status hf_log_note(hf_log *log, const hf_act *act, uint64_t *seq, hf_err **err);

/* Erase the value that entry seq commits to under name, and its salt, and say so in the log; the
 * entry stays. hf_log_warning says when its bytes are still in the file. HF_E_USAGE when there is
 * no such value. run may be NULL. */
HF_API hf_status hf_log_erase(hf_log *log, uint64_t seq, const char *name, const char *run,
                              hf_view reason, hf_err **err);

/* Take the log as it is for the one of this vault from now on, whatever head this host kept, and
 * say so in it. */
HF_API hf_status hf_log_accept(hf_log *log, const char *run, hf_view reason, hf_err **err);

/* Forget the head that this host kept of a vault that is no more. */
HF_API void hf_log_forget(const char *vault_id);

/* For acts that only read: take entries also when the host knows another head of this log (a copy,
 * or a restored vault). The kept head stays as it is, and hf_log_warning says so. */
HF_API void hf_log_allow_stale(hf_log *log);

/* What the caller must be told, of the last head on this host or of erased bytes; NULL: nothing.
 * Lent. */
HF_API const char *hf_log_warning(const hf_log *log);

/* --- reading --------------------------------------------------------------------------------- */

typedef struct hf_log_head {
    uint64_t size; /* entries */
    hf_sha256 root;
} hf_log_head;

HF_API hf_status hf_log_get_head(hf_log *log, hf_log_head *out, hf_err **err);

/* The root of the first size entries, as the tree says; hf_log_verify says whether it is true. */
HF_API hf_status hf_log_root_at(hf_log *log, uint64_t size, hf_sha256 *out, hf_err **err);

/* An entry; texts are empty where it has none, and lent for the call. */
typedef struct hf_log_entry {
    uint64_t seq;
    hf_view leaf; /* its bytes */
    hf_sha256 hash;
    int64_t time_us; /* HF_NO_TIME when it cannot be read */
    hf_log_phase phase;
    hf_view action, run, user, uid, sudo, login, host, pod, space, object_kind, object_id, outcome,
        tool;
    hf_view scope, counts, digests; /* JSON objects: commitments, numbers, texts */
} hf_log_entry;

typedef struct hf_log_filter {
    const char *action;         /* it, or its part before a point: "hold" takes "hold.create" */
    const char *user;           /* operator */
    const char *run;            /* UUID */
    const char *outcome;        /* the word */
    int64_t since_us, until_us; /* [since, until); HF_NO_TIME: open */
    uint64_t from, to;          /* [from, to); to 0: open */
} hf_log_filter;

/* Call each for every entry in order until it returns false; filter NULL: all. */
HF_API hf_status hf_log_each(hf_log *log, const hf_log_filter *filter,
                             bool (*each)(void *self, const hf_log_entry *entry), void *self,
                             hf_err **err);

/* One entry; HF_E_USAGE when there is none. */
HF_API hf_status hf_log_get(hf_log *log, uint64_t seq,
                            void (*take)(void *self, const hf_log_entry *entry), void *self,
                            hf_err **err);

/* The open values of an entry by name; erased ones are not there. Views are lent for the call. */
HF_API hf_status hf_log_values(hf_log *log, uint64_t seq,
                               void (*each)(void *self, hf_view name, hf_view salt, hf_view value),
                               void *self, hf_err **err);

/* Acts that began and have no end, as keys "RUN\nACTION" of a new map; some may be under way. */
HF_API hf_status hf_log_unfinished(hf_log *log, hf_map **out, hf_err **err);

/* --- proving --------------------------------------------------------------------------------- */

/* Append the text of a checkpoint of a head. */
HF_API void hf_log_put_head(const hf_log *log, const hf_log_head *head, hf_buf *out);

/* key (lent; NULL: none) was the log's own when it was loaded: hf_log_checkpoint and hf_log_set_key
 * do nothing, with HF_E_NO_KEY, when another run has given the log another one meanwhile. */
HF_API void hf_log_expect_key(hf_log *log, const hf_key *key);

/* Note the use of the key, sign the head and keep the note; *note (may be NULL) gets it. */
HF_API hf_status hf_log_checkpoint(hf_log *log, const hf_key *key, const char *run, hf_buf *note,
                                   hf_err **err);

/* Append the last signed checkpoint of size entries or more; HF_END when there is none. */
HF_API hf_status hf_log_last_checkpoint(hf_log *log, uint64_t size, hf_buf *note, hf_err **err);

/* Append a tlog-proof that entry seq is in the log of this checkpoint, a note or, where nobody
 * signs, the text of one (hf_log_put_head). Its extra data is the entry itself. */
HF_API hf_status hf_log_prove(hf_log *log, uint64_t seq, hf_view checkpoint, hf_buf *out,
                              hf_err **err);

/* Prove that the log of size entries continues that of old (0 < old <= size). */
HF_API hf_status hf_log_prove_growth(hf_log *log, uint64_t old, uint64_t size, hf_tree_proof *out,
                                     hf_err **err);

/* --- keys ------------------------------------------------------------------------------------ */

/* The keys that the log was told of, newest last. What it says of them proves nothing by itself. */
typedef struct hf_log_key {
    hf_view vkey;   /* lent for the call */
    uint64_t since; /* entries of the log when it came */
    int64_t made_us;
    bool is_current;
} hf_log_key;

HF_API hf_status hf_log_keys(hf_log *log, bool (*each)(void *self, const hf_log_key *key),
                             void *self, hf_err **err);

/* Make key the log's own, and say so in it; with old, the one before, a checkpoint of old's covers
 * that entry, so that who trusts old can trust key. */
HF_API hf_status hf_log_set_key(hf_log *log, const hf_key *key, const hf_key *old, const char *run,
                                hf_err **err);

#endif
