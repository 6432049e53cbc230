/* vault/write_priv.h: the state of writing records, shared by records.c, names.c and finish.c. */
#ifndef HF_VAULT_WRITE_PRIV_H
#define HF_VAULT_WRITE_PRIV_H

#include "format/copy.h"
#include "vault/records_priv.h"

struct hf_records {
    hf_db *db;
    hf_evidence *ev;
    const hf_import_args *args;
    hf_import_stats *stats;
    bool is_first;     /* nothing is in the tables but what this import wrote */
    hf_keyset *keys;   /* NULL: they did not fit, the index is asked */
    uint64_t *sighted; /* one bit a record */
    size_t nsighted;   /* words */
    int64_t next_rec;

    hf_map *names, *origins;
    struct {
        const char *name;
        int64_t id;
        const hf_format *format;
    } format;       /* of the last record */
    int64_t origin; /* of the first record; 0: none yet */

    hf_stmt *put_rec, *update_rec, *get_rec, *find_rec, *put_version, *get_digests;
    hf_stmt *put_user, *put_channel, *put_other_name, *old_users, *old_channels;
    hf_stmt *find_name, *put_name, *find_origin, *put_origin, *find_format, *put_format;
    hf_stmt *put_coverage, *find_quarantine, *put_quarantine;
    hf_stmt *put_count;     /* NULL until the first count comes */
    int64_t counted_origin; /* whose messages were counted */
    hf_buf packed;
};

/* --- names.c --- */

/* Numbers of texts, made when new; 0 for the empty text. The first origin becomes the import's. */
hf_status hf_records_name(hf_records *rs, hf_view text, int64_t *id, hf_err **err);
hf_status hf_records_origin(hf_records *rs, hf_view text, int64_t *id, hf_err **err);
/* Note the names of a user or channel beyond the columns of its version; ref is its number. */
hf_status hf_records_other_names(hf_records *rs, const hf_record *r, int64_t origin, int64_t ref,
                                 hf_err **err);
/* Make rs->format that of r (format NULL: the import's). */
hf_status hf_records_use_format(hf_records *rs, const hf_record *r, hf_err **err);

/* --- finish.c --- */

bool hf_records_is_sighted(const hf_records *rs, int64_t id);
void hf_records_sight(hf_records *rs, int64_t id);
hf_status hf_records_write(hf_stmt *st, const hf_rec_row *row, hf_err **err);
hf_status hf_records_coverage(hf_records *rs, const hf_record *r, hf_err **err);
hf_status hf_records_quarantine(hf_records *rs, const hf_record *r, hf_err **err);

#endif
