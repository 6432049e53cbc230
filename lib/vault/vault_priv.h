/* vault/vault_priv.h: what the files of lib/vault share. */
#ifndef HF_VAULT_VAULT_PRIV_H
#define HF_VAULT_VAULT_PRIV_H

#include "io/zst.h"
#include "util/uuid.h"
#include "vault/vault.h"

enum {
    VAULT_SCHEMA = 1,
    BLOCK_BYTES = 64 << 10, /* unpacked, at most */
    HOLD_BYTES = 8 << 20,   /* members up to this size wait in memory until their digest is known */
    BLOB_BYTES = 1 << 20,   /* larger members without records become files */
};

/* content.kind */
enum { CONTENT_BLOCKS, CONTENT_BLOB, CONTENT_LOOSE };

/* rec.flags beyond HF_REC_ */
enum {
    REC_PACKED = 256,
    REC_REPLY = 512,
    REC_ROOT = 1024,
    REC_SYSTEM = 2048,
    REC_BOT = 4096,
    REC_DELETED = 8192,
    REC_EDITED = 16384,
    REC_PINNED = 32768,
    REC_SOURCE = 0xff00ff, /* the bits of HF_REC_ */
};

struct hf_bytes;
struct hf_lease;

struct hf_vault {
    char *path;
    hf_vault_mode mode;
    char id[HF_UUID_SIZE];
    hf_db *records, *index, *control;
    struct hf_lease *lease; /* NULL unless open for writing */
    struct hf_bytes *bytes; /* made at first use */
    unsigned holds;         /* hf_vault_hold without hf_vault_let_go */
    bool is_importing;
    bool is_old; /* records.sqlite lacks what upgrade.c adds */
};

/* Path of a file of the vault; to be freed with hf_free. */
char *hf_vault_file(const char *vault, const char *name);

/* HF_E_IO or its like for a failed system call on path. */
hf_status hf_vault_fail_at(const char *path, const char *what, hf_err **err);

/* Open (or open again, after a rename) records and index for reading. */
hf_status hf_vault_connect(hf_vault *v, hf_err **err);
void hf_vault_disconnect(hf_vault *v);

/* Create an empty records or index database with its schema and vault id. */
hf_status hf_vault_make_records(const char *path, const char *id, hf_db **out, hf_err **err);
hf_status hf_vault_make_index(const char *path, const char *id, hf_db **out, hf_err **err);

hf_status hf_vault_run_schema(hf_db *db, const char *name, hf_err **err);
hf_status hf_vault_meta_set(hf_db *db, const char *key, hf_view value, hf_err **err);
hf_status hf_vault_meta_set_i64(hf_db *db, const char *key, int64_t value, hf_err **err);
/* As a C string of at most size - 1 bytes; "" when there is none. */
hf_status hf_vault_meta_text(hf_db *db, const char *key, char *out, size_t size, hf_err **err);
/* 0 when there is none. */
hf_status hf_vault_meta_i64(hf_db *db, const char *key, int64_t *out, hf_err **err);

/* Flush what was written to a file or folder to the disk. */
hf_status hf_vault_sync(const char *path, hf_err **err);

/* --- upgrade.c --- */

/* Was records.sqlite made before its schema had all that records.v1.sql says? */
hf_status hf_vault_is_old(hf_db *records, bool *out, hf_err **err);
/* Add what is missing, in one transaction. The lease is held; v's connections may be closed. */
hf_status hf_vault_upgrade(const hf_vault *v, hf_err **err);

/* --- control.c -------------------------------------------------------------------------------- */

/* Become the writer. A thread of its own keeps the heartbeat. */
hf_status hf_lease_take(struct hf_lease **out, const char *vault, hf_db *control, hf_err **err);
/* Give it back; control is the caller's own connection. NULL lease is fine. */
void hf_lease_drop(struct hf_lease *l, hf_db *control);

typedef struct hf_intent {
    int64_t id, import;
    bool is_load;  /* new files, renamed at the end */
    bool is_ready; /* they are complete */
} hf_intent;

hf_status hf_intent_add(hf_db *control, hf_intent *in, hf_err **err);
hf_status hf_intent_ready(hf_db *control, const hf_intent *in, hf_err **err);
hf_status hf_intent_done(hf_db *control, const hf_intent *in, hf_err **err);
/* HF_END when there is none. */
hf_status hf_intent_get(hf_db *control, hf_intent *out, hf_err **err);

/* --- recover.c ---------------------------------------------------------------------------------
 */

/* Complete or undo what a dead writer left. The lease is held. */
hf_status hf_vault_recover(hf_vault *v, hf_err **err);
/* Rename the complete new files of a first load into place. */
hf_status hf_vault_publish(const hf_vault *v, hf_err **err);
/* Remove the new files of a load that is not complete, and blobs that are not. */
hf_status hf_vault_discard(const hf_vault *v, hf_err **err);

/* Index what the records have and the index lacks; make it anew when it is gone or of another
 * tokenizer. The lease is held; v's connections may be closed. */
hf_status hf_index_catch_up(hf_vault *v, hf_err **err);

/* --- blob.c ------------------------------------------------------------------------------------
 */

typedef struct hf_blob hf_blob;

/* A new file below blobs/, under a temporary name. */
hf_status hf_blob_new(hf_blob **out, const char *vault, hf_err **err);
hf_status hf_blob_write(hf_blob *b, hf_view bytes, hf_err **err);
/* Give it its name; frees b. */
hf_status hf_blob_keep(hf_blob *b, const hf_sha256 *digest, hf_err **err);
void hf_blob_drop(hf_blob *b); /* NULL is fine */
/* blobs/ab/cdef... of the vault; to be freed with hf_free. */
char *hf_blob_path(const char *vault, const hf_sha256 *digest);
/* Remove blobs under temporary names, and those that no content names. */
hf_status hf_blob_sweep(const char *vault, hf_db *records, hf_err **err);

/* --- evidence.c --------------------------------------------------------------------------------
 */

typedef struct hf_evidence hf_evidence;

typedef struct hf_place { /* bytes of a record */
    int64_t content;
    uint64_t off, len;
} hf_place;

hf_status hf_evidence_new(hf_evidence **out, const char *vault, hf_db *records, int64_t import,
                          hf_import_stats *stats, hf_err **err);
void hf_evidence_free(hf_evidence *ev); /* NULL is fine */

/* HF_KIND_MEMBER, BYTES, MEMBER_END. */
hf_status hf_evidence_put(hf_evidence *ev, const hf_record *r, hf_err **err);

/* A record of this member ends at end: a good place to cut. */
void hf_evidence_mark(hf_evidence *ev, uint32_t member, uint64_t end);

/* Where bytes [off, off + len) of a member will be found; the caller stores it in a row. */
hf_place hf_evidence_place(hf_evidence *ev, uint32_t member, uint64_t off, uint64_t len);

/* Keep bytes that stand in no member. */
hf_status hf_evidence_loose(hf_evidence *ev, hf_view bytes, hf_place *out, hf_err **err);

/* import.list_sha256 of an import, computed from its rows. */
hf_status hf_evidence_list(hf_db *records, int64_t import, char digest[65], hf_err **err);

/* Write what is left; digest is import.list_sha256. */
hf_status hf_evidence_finish(hf_evidence *ev, char digest[65], hf_err **err);

/* --- bytes.c ------------------------------------------------------------------------------------
 */

/* Reads contents through a small cache of unpacked blocks. */
typedef struct hf_bytes hf_bytes;
hf_status hf_bytes_new(hf_bytes **out, const char *vault, hf_db *records, hf_err **err);
void hf_bytes_free(hf_bytes *by); /* NULL is fine */
hf_status hf_bytes_read(hf_bytes *by, int64_t content, uint64_t off, size_t n, hf_buf *out,
                        hf_err **err);
/* Append a record's document: its bytes; in front of them the first line of the content they stand
 * in, when has_head is set and the content is a member (records that stand in none were kept with
 * their head). */
hf_status hf_bytes_document(hf_bytes *by, const hf_place *place, bool has_head, hf_buf *out,
                            hf_err **err);

/* --- verify.c -----------------------------------------------------------------------------------
 */

typedef struct hf_findings {
    hf_vault_say say; /* may be NULL */
    void *self;
    uint64_t n;
} hf_findings;

void hf_findings_add(hf_findings *f, hf_view what, const char *where, ...)
    __attribute__((format(printf, 3, 4)));
/* A damage found on the way is a finding, and HF_OK; another failure is handed on. */
hf_status hf_findings_take(hf_findings *f, hf_status rc, hf_err **why, const char *where,
                           hf_err **err);

/* Refuse network file systems unless flags allow them. */
hf_status hf_vault_check_fs(const char *path, unsigned flags, hf_err **err);

/* Copy a database through an open read transaction, or without one as of now. */
hf_status hf_vault_backup(hf_db *from, hf_db *to, hf_err **err);

#endif
