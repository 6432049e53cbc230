/* vault/vault.h: a folder that keeps exports byte for byte, the records read from them, and an
 * index.
 *
 * acme.vault/ holds records.sqlite (evidence and records), index.sqlite (full text, derived),
 * control.sqlite (lease, intents; holds, audit and policies add theirs) and blobs/ (attachments by
 * SHA-256). No SQL is needed above this header. DDL: schemas/vault/.
 *
 * Evidence  a member is a list of extents into zstd blocks, or a blob; equal bytes are kept once.
 * Records   identity is (origin, kind, scope, id); the current state, and every content ever seen
 *           as a version. Equal records of later imports need no row.
 * Imports   all or nothing: a killed import leaves the vault as it was. The first load writes new
 *           files and renames them; later imports are one transaction in each file.
 * Threads   one thread per hf_vault and hf_import; an import runs two more of its own.
 * Schema    what was added to it later is added to vaults made before when they are opened for
 *           writing; until then they cannot be opened for reading.
 * Errors    HF_E_UNSUPPORTED (no vault, other schema, network file system), HF_E_LOCKED (another
 *           process writes), HF_E_DAMAGED, and those of db/db.h.
 */
#ifndef HF_VAULT_VAULT_H
#define HF_VAULT_VAULT_H

#include "db/db.h"
#include "io/source.h"
#include "model/account.h"
#include "model/model.h"

typedef struct hf_vault hf_vault;

typedef enum hf_vault_mode {
    HF_VAULT_READ,    /* nothing is written */
    HF_VAULT_CONTROL, /* control.sqlite may be written; needs no lease */
    HF_VAULT_WRITE,   /* takes the writer's lease and completes or undoes what a dead writer left */
} hf_vault_mode;

enum {                            /* flags */
       HF_VAULT_NETWORK_FS = 1,   /* allow a network file system */
       HF_VAULT_CONTROL_ONLY = 2, /* open control.sqlite alone, for what lives there; then only
                                     path, id and hf_vault_control may be asked for */
};

/* Make an empty vault at path, which must not exist or be an empty folder (HF_E_EXISTS). */
HF_API hf_status hf_vault_init(const char *path, unsigned flags, hf_err **err);

/* Take away a vault that holds nothing, made for an import that failed; what cannot be removed, or
 * is no part of a vault, stays. It must not be open. */
HF_API void hf_vault_unmake(const char *path);

/* Whether path looks like a vault: a folder with records.sqlite and control.sqlite. */
HF_API bool hf_vault_is(const char *path);

/* The vault that a file at path lies in or would lie in, links followed; NULL when none. To be
 * freed with hf_free. */
HF_API char *hf_vault_around(const char *path);

HF_API hf_status hf_vault_open(hf_vault **out, const char *path, hf_vault_mode mode, unsigned flags,
                               hf_err **err);
HF_API void hf_vault_close(hf_vault *v); /* NULL is fine; gives the lease back */

HF_API const char *hf_vault_path(const hf_vault *v);
HF_API const char *hf_vault_id(const hf_vault *v); /* UUID */

HF_API hf_vault_mode hf_vault_get_mode(const hf_vault *v);

/* The connection to control.sqlite, lent, for what lives there besides the vault's own tables. */
HF_API hf_db *hf_vault_control(hf_vault *v);

/* Fix what v shows: until hf_vault_let_go everything read of records, bytes and index is as of the
 * last import that is finished now, whatever is imported meanwhile; nobody waits for it. *import
 * (may be NULL) is its number, 0 when there is none. May be called again before it was let go, for
 * the same state. No scan or source of v may be open at the first call. HF_E_UNSUPPORTED when the
 * vault was made by an earlier holdfast. */
HF_API hf_status hf_vault_hold(hf_vault *v, int64_t *import, hf_err **err);
HF_API void hf_vault_let_go(hf_vault *v); /* once for each hf_vault_hold that succeeded */

typedef struct hf_vault_info {
    uint64_t imports, origins, records, versions, missing, quarantined;
    uint64_t contents, content_bytes; /* distinct members, and the sum of their sizes */
    uint64_t blocks, block_bytes;     /* zstd frames, and their sizes */
    uint64_t blobs, blob_bytes;       /* files below blobs/ */
    uint64_t docs;                    /* messages in the index */
    int64_t last_import_us;           /* HF_NO_TIME when there is none */
    bool is_index_current;            /* false: hf_vault_reindex, or open for writing */
} hf_vault_info;

HF_API hf_status hf_vault_get_info(hf_vault *v, hf_vault_info *out, hf_err **err);

/* --- importing ------------------------------------------------------------------------------ */

typedef struct hf_import hf_import;

typedef struct hf_import_args {
    const char *format;        /* of the source: name in hf_formats */
    const char *source;        /* path as given */
    const char *source_sha256; /* of the container, hex; NULL: not computed */
    const hf_paths *paths;     /* what the leaves of the records refer to; lent */
    bool is_whole; /* the stream holds every member's bytes, so that raw.member and offset of its
                      records can be believed; otherwise raw bytes are kept apart */
} hf_import_args;

typedef struct hf_import_stats {
    int64_t import; /* number of the import, from 1 */
    uint64_t members, new_members, bytes;
    uint64_t records, new_records, versions, states; /* states: only the current state changed */
    uint64_t blocks, missing, quarantined;
    /* Of a source that counts its messages by channel and day, 0 otherwise: days with messages on
     * either side, days that do not agree, messages as the source counts them, as the import leaves
     * them, and as they are found again once it was committed. */
    uint64_t days, gaps, source_rows, kept_rows, read_back;
} hf_import_stats;

/* Start an import; v must be open for writing and have no other import under way. */
HF_API hf_status hf_import_begin(hf_import **out, hf_vault *v, const hf_import_args *args,
                                 hf_err **err);

/* Take one batch (freed later, also on error). Members come one at a time: MEMBER, BYTES,
 * MEMBER_END. Records may come before or after their member. An error may belong to an earlier
 * batch; abort then. */
HF_API hf_status hf_import_put(hf_import *im, hf_batch *b, hf_err **err);

/* Note where a later import of the same source goes on: the text mark of the source that calls
 * itself key (hf_reader). Once, before hf_import_finish. */
HF_API void hf_import_mark(hf_import *im, hf_view key, hf_view mark);

/* Complete the import and free im. On an error the vault is as before. stats may be NULL. */
HF_API hf_status hf_import_finish(hf_import *im, hf_import_stats *stats, hf_err **err);

/* Undo it and free im; NULL is fine. */
HF_API void hf_import_abort(hf_import *im);

/* Make the whole index again from the records; v must be open for writing. Searches go on. */
HF_API hf_status hf_vault_reindex(hf_vault *v, hf_err **err);

typedef struct hf_vault_gap { /* a day that does not agree */
    hf_view channel;          /* native id */
    int64_t day;              /* UTC day number */
    uint64_t source_rows, kept_rows;
} hf_vault_gap;

/* Call each for the days of an import on which the source counts another number of messages than
 * the vault had, by channel and day, until it returns false. Views are lent for the call. */
HF_API hf_status hf_vault_gaps(hf_vault *v, int64_t import,
                               bool (*each)(void *self, const hf_vault_gap *gap), void *self,
                               hf_err **err);

/* Where the last finished import of the source that calls itself key ended, of those of that
 * origin, into mem; HF_END when there is none, or when a later import from elsewhere changed
 * records of the origin: the source would not say again what that one covered up. */
HF_API hf_status hf_vault_last_mark(hf_vault *v, const char *key, const char *origin, hf_arena *mem,
                                    hf_view *mark, hf_err **err);

/* --- evidence -------------------------------------------------------------------------------- */

typedef struct hf_vault_import {
    hf_import_stats stats;
    hf_view origin, format, source, source_sha256; /* empty: none, unknown */
    int64_t started_us, finished_us;
    int64_t last_content; /* contents above were first seen in a later import */
    bool is_whole;
} hf_vault_import;

/* Call each for every origin by name / import by number, until it returns false. Views are lent for
 * the call. */
HF_API hf_status hf_vault_origins(hf_vault *v, bool (*each)(void *self, hf_view origin), void *self,
                                  hf_err **err);
HF_API hf_status hf_vault_imports(hf_vault *v,
                                  bool (*each)(void *self, const hf_vault_import *import),
                                  void *self, hf_err **err);

typedef struct hf_vault_member {
    hf_rec_member m;
    bool has_bytes; /* false: a folder or link */
    hf_sha256 sha256;
    int64_t content; /* for hf_vault_read */
} hf_vault_member;

/* Members of an import in their order. HF_E_USAGE when there is no such import. */
HF_API hf_status hf_vault_members(hf_vault *v, int64_t import,
                                  bool (*each)(void *self, const hf_vault_member *member),
                                  void *self, hf_err **err);

/* Append bytes [off, off + n) of a content to out, fewer only at its end. HF_E_DAMAGED when they
 * cannot be had. Not checked against the SHA-256: hf_vault_verify does. */
HF_API hf_status hf_vault_read(hf_vault *v, int64_t content, uint64_t off, size_t n, hf_buf *out,
                               hf_err **err);

/* The members of an import as a source, from which its format's reader reads what it read then. v
 * must outlive it and not be closed or imported into meanwhile. */
HF_API hf_status hf_vault_source(hf_vault *v, int64_t import, hf_source **out, hf_err **err);

/* --- records --------------------------------------------------------------------------------- */

/* Walks the records of one origin at their latest state: workspaces, users, channels, emoji,
 * others, then messages by channel id, time, id. */
typedef struct hf_vault_scan hf_vault_scan;

/* paths NULL: records without leaves. HF_E_ORIGIN when the vault has no such origin. */
HF_API hf_status hf_vault_scan_open(hf_vault_scan **out, hf_vault *v, hf_view origin,
                                    hf_paths *paths, hf_err **err);
HF_API void hf_vault_scan_close(hf_vault_scan *s); /* NULL is fine */

/* Append a batch's worth of records with their raw bytes; HF_END after the last. A record whose
 * bytes cannot be parsed is appended as HF_KIND_QUARANTINE. */
HF_API hf_status hf_vault_scan_next(hf_vault_scan *s, hf_batch *b, hf_err **err);
HF_API uint64_t hf_vault_scan_total(const hf_vault_scan *s); /* records in all */

/* Walk only what imports after this one brought or changed (0: everything); of workspaces, users
 * and channels also the others, flagged HF_REC_CONTEXT. Before the first hf_vault_scan_next. */
HF_API hf_status hf_vault_scan_after(hf_vault_scan *s, int64_t import, hf_err **err);

/* What the vault knows of a record besides its bytes. */
typedef struct hf_vault_record {
    int64_t rec;           /* its number, never given to another record */
    uint32_t versions;     /* contents ever seen, numbered from 1 */
    uint32_t current;      /* number of the current one */
    int64_t missing_since; /* import that should have it and lacks it; 0: none */
    int64_t first_import;  /* it was first seen in */
    int64_t changed; /* last import that changed its state, its versions, or that it is missing
                      */
    unsigned flags;  /* HF_REC_ */
    int64_t time_us; /* HF_NO_TIME when it has none */
} hf_vault_record;

/* HF_END when the vault has no record with this identity. */
HF_API hf_status hf_vault_find(hf_vault *v, hf_view origin, hf_kind kind, hf_view scope, hf_view id,
                               hf_vault_record *out, hf_err **err);

typedef struct hf_vault_version {
    uint32_t n;     /* from 1 */
    int64_t import; /* first seen in */
    int64_t time_us;
    unsigned flags; /* HF_REC_ */
    bool has_text;
    hf_view text; /* of a message, as its source stores it */
} hf_vault_version;

/* Call each for the versions of a record by number, until it returns false. Views are lent for the
 * call. */
HF_API hf_status hf_vault_versions(hf_vault *v, int64_t rec,
                                   bool (*each)(void *self, const hf_vault_version *version),
                                   void *self, hf_err **err);

typedef struct hf_vault_quarantined {
    int64_t import;                 /* first seen in */
    hf_view origin, format, member; /* empty: none, or not known */
    uint64_t offset, size;          /* in the member */
    hf_view reason;
} hf_vault_quarantined;

/* Call each for the unreadable records that imports after this one brought, oldest first, until it
 * returns false. Views are lent for the call. */
HF_API hf_status hf_vault_quarantine(hf_vault *v, int64_t after,
                                     bool (*each)(void *self, const hf_vault_quarantined *q),
                                     void *self, hf_err **err);

/* Append one version of a record to b, parsed from its bytes; version 0: the latest state. HF_END
 * when there is no such record or version. */
HF_API hf_status hf_vault_fetch(hf_vault *v, int64_t rec, uint32_t version, hf_paths *paths,
                                hf_batch *b, hf_record **out, hf_err **err);

/* --- proving --------------------------------------------------------------------------------- */

/* Called for everything that is wrong: where ("content 12 (users.json)") and what, one line each.
 */
typedef void (*hf_vault_say)(void *self, const char *where, const char *what);

/* Hash every member and attachment again, check the checksums of rows, the databases and the
 * index. *findings counts what say was called for; HF_OK whatever it is. say may be NULL. */
HF_API hf_status hf_vault_verify(hf_vault *v, hf_vault_say say, void *self, uint64_t *findings,
                                 hf_err **err);

/* Check the rules between rows: references, extents that cover their content, counters, current
 * versions, attachments on disk, every text indexed once. */
HF_API hf_status hf_vault_check(hf_vault *v, hf_vault_say say, void *self, uint64_t *findings,
                                hf_err **err);

/* Copy the vault as of its last finished import to path, also while an import runs, and verify the
 * copy. path must not exist, or hold an earlier copy of this vault, which is brought up to date;
 * an interrupted copy goes on where it was. HF_E_EXISTS for anything else there, HF_E_VERIFY when
 * the copy does not hold what it should. flags as for hf_vault_open. */
HF_API hf_status hf_vault_copy(hf_vault *v, const char *path, unsigned flags, hf_err **err);

#endif
