/* vault/records_priv.h: rows of records.sqlite, for the files that write and check them. */
#ifndef HF_VAULT_RECORDS_PRIV_H
#define HF_VAULT_RECORDS_PRIV_H

#include "vault/vault_priv.h"

/* --- keyset.c --- */

typedef struct hf_keyset hf_keyset;
hf_keyset *hf_keyset_new(void);
void hf_keyset_free(hf_keyset *ks); /* NULL is fine */
/* False when there is no room: look records up in the database from now on. */
bool hf_keyset_add(hf_keyset *ks, uint64_t key, int64_t id);
/* The next record with this hash; 0 when there is none. Start with *at 0. */
int64_t hf_keyset_next(const hf_keyset *ks, uint64_t key, size_t *at);

/* --- rows.c --- */

typedef struct hf_rec_row { /* table rec */
    int64_t id, origin, kind, scope;
    hf_view native;
    int64_t key, flags, time_us; /* HF_NO_TIME is NULL */
    hf_view thread;              /* empty is NULL */
    int64_t author, reactions, files, versions, current, content_digest, state_digest, format;
    hf_place place;
    int64_t missing; /* 0 is NULL */
    int64_t changed;
} hf_rec_row;

#define REC_COLUMNS                                                                            \
    "id, origin, kind, scope, native, key, flags, time_us, thread, author, reactions, files, " \
    "versions, current, content_digest, state_digest, format, content, off, len, missing, "    \
    "changed, "                                                                                \
    "sum"

/* Read a row of SELECT REC_COLUMNS; views are lent as by hf_stmt_col_text. */
void hf_rec_row_get(hf_stmt *st, hf_rec_row *row);
/* Bind ?1.. in the order of REC_COLUMNS, sum included. */
void hf_rec_row_bind(hf_stmt *st, const hf_rec_row *row);
int64_t hf_rec_row_sum(const hf_rec_row *row);
/* As it was before rows said which import changed them. */
int64_t hf_rec_row_sum_unchanged(const hf_rec_row *row);

typedef struct hf_version_row { /* table version */
    int64_t id, import, digest, time_us, format, flags;
    hf_place place;
    hf_view text; /* p NULL is NULL */
} hf_version_row;

#define VERSION_COLUMNS "id, import, digest, time_us, format, flags, content, off, len, text, sum"

void hf_version_row_get(hf_stmt *st, hf_version_row *row);
void hf_version_row_bind(hf_stmt *st, const hf_version_row *row);
int64_t hf_version_row_sum(const hf_version_row *row);

/* Number of a kind in table kind; 0 for kinds that are no records; and back. */
int hf_vault_kind(hf_kind kind);
hf_kind hf_vault_kind_of(int64_t number);

/* Hash of an identity: rec.key. */
uint64_t hf_vault_key(const hf_record *r);

/* rec.flags of a record but REC_PACKED, and its numbers of reactions and files (may be NULL). */
int64_t hf_vault_describe(const hf_record *r, int64_t *reactions, int64_t *files);
/* Native id of who wrote or did it, or is the member; empty when it does not say. */
hf_view hf_vault_author(const hf_record *r);

/* --- packed.c: records as JSON of our own, when the source gives no bytes to parse again --- */

void hf_packed_write(const hf_record *r, hf_buf *out);
/* r has its identity and raw set; HF_E_DAMAGED when the bytes are none of ours. */
hf_status hf_packed_parse(hf_batch *b, hf_record *r, hf_err **err);

/* --- days.c --- */

/* Make room for a source's counts; *put takes (name.id of the channel, day, messages). */
hf_status hf_days_begin(hf_db *db, hf_stmt **put, hf_err **err);
/* Hold them against what is in the tables: rows of gap, and the figures of stats. The secondary
 * indexes are there, a transaction is open. */
hf_status hf_days_compare(hf_db *db, int64_t origin, hf_import_stats *stats, hf_err **err);
/* Messages of an origin that the comparison counts as kept. */
hf_status hf_days_total(hf_db *db, int64_t origin, uint64_t *out, hf_err **err);

/* --- records.c --- */

typedef struct hf_prep { /* what goes with a record of a batch from thread to thread */
    uint64_t key, content, state;
    int64_t rec;      /* set by hf_records_put */
    uint32_t version; /* to be indexed; 0: nothing new */
    bool is_current;  /* this version is; or, with version 0, the state of rec is new */
    int64_t scope, author;
} hf_prep;

typedef struct hf_records hf_records;

hf_status hf_records_new(hf_records **out, hf_db *db, hf_evidence *ev, const hf_import_args *args,
                         bool is_first, hf_import_stats *stats, hf_err **err);
void hf_records_free(hf_records *rs); /* NULL is fine */
/* The origin whose messages the source counted; 0: it counted none. */
int64_t hf_records_counted(const hf_records *rs);
/* Canonical records, coverage, quarantine. */
hf_status hf_records_put(hf_records *rs, const hf_record *r, hf_prep *p, hf_err **err);
/* After the last record: who is missing, and the row of the import. mark_key and mark may be NULL.
 */
hf_status hf_records_finish(hf_records *rs, const char *list_sha256, int64_t started_us,
                            const char *mark_key, const char *mark, hf_err **err);

#endif
