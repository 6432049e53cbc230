/* vault/upgrade.c: what was added to schema 1 of records.sqlite after vaults had been made with it.
 *
 * Additions only, each with what its absence meant; in one transaction.
 */
#include "vault/records_priv.h"

/* Which import changed a record last was not noted: at the latest it was the one that brought its
 * last version or found it missing. The row's checksum says so too, and of a row that did not have
 * the checksum it should have it goes on being wrong. */
static hf_status fill_changed(hf_db *db, hf_err **err)
{
    hf_stmt *rows = NULL, *put = NULL;
    hf_status rc = hf_db_exec(
        db,
        "UPDATE rec SET changed = max(coalesce(missing, 0), (SELECT max(v.import) FROM version v "
        "WHERE v.id BETWEEN rec.id * 65536 AND rec.id * 65536 + 65535))",
        err);

    if (rc == HF_OK)
        rc = hf_db_prepare(db, "SELECT " REC_COLUMNS " FROM rec ORDER BY id", &rows, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(db, "UPDATE rec SET sum = ?2 WHERE id = ?1", &put, err);
    while (rc == HF_OK && (rc = hf_stmt_step(rows, err)) == HF_OK) {
        hf_rec_row row;
        bool was_right;

        hf_rec_row_get(rows, &row);
        was_right = hf_rec_row_sum_unchanged(&row) == hf_stmt_col_i64(rows, 22);
        hf_stmt_bind_i64(put, 1, row.id);
        hf_stmt_bind_i64(put, 2, hf_rec_row_sum(&row) ^ (was_right ? 0 : 1));
        rc = hf_stmt_run(put, err);
    }
    hf_stmt_free(rows);
    hf_stmt_free(put);
    return rc == HF_END ? HF_OK : rc;
}

/* Coverage was of messages only, one row a channel. */
static hf_status fill_coverage(hf_db *db, hf_err **err)
{
    hf_status rc = hf_vault_run_schema(db, "vault/records_coverage.v1.sql", err);

    if (rc == HF_OK)
        rc = hf_db_exec(db,
                        "INSERT INTO coverage(import, scope, first_day, last_day) "
                        "SELECT import, scope, first_day, last_day FROM old_coverage; "
                        "DROP TABLE old_coverage",
                        err);
    return rc;
}

static hf_status fill_last_content(hf_db *db, hf_err **err)
{
    return hf_db_exec(db,
                      "UPDATE import SET last_content = (SELECT coalesce(max(m.content), 0) "
                      "FROM import_member m WHERE m.import <= import.n)",
                      err);
}

static const struct {
    const char *is_there; /* one row with a number, 0: missing */
    const char *add;
    hf_status (*fill)(hf_db *db, hf_err **err); /* may be NULL */
} steps[] = {
    { "SELECT count(*) FROM pragma_table_info('import_member') WHERE name = 'is_set'",
      "ALTER TABLE import_member ADD COLUMN is_set INTEGER NOT NULL DEFAULT 0", NULL },
    { "SELECT count(*) = 2 FROM kind WHERE id IN (8, 9)",
      "INSERT OR IGNORE INTO kind VALUES (8, 'membership'), (9, 'draft')", NULL },
    { "SELECT count(*) FROM pragma_table_info('import') WHERE name = 'mark'",
      "ALTER TABLE import ADD COLUMN mark_key TEXT; ALTER TABLE import ADD COLUMN mark TEXT",
      NULL },
    { "SELECT count(*) FROM pragma_table_info('rec') WHERE name = 'changed'",
      "ALTER TABLE rec ADD COLUMN changed INTEGER NOT NULL DEFAULT 1", fill_changed },
    { "SELECT count(*) FROM pragma_table_info('coverage') WHERE name = 'kind'",
      "ALTER TABLE coverage RENAME TO old_coverage", fill_coverage },
    { "SELECT count(*) FROM pragma_table_info('import') WHERE name = 'last_content'",
      "ALTER TABLE import ADD COLUMN last_content INTEGER NOT NULL DEFAULT 0", fill_last_content },
    { "SELECT count(*) FROM sqlite_master WHERE name = 'rec_changed' OR "
      "(SELECT count(*) FROM import) = 0",
      "CREATE INDEX rec_changed ON rec(origin, changed) WHERE changed > 1", NULL },
};

static hf_status is_there(hf_db *db, size_t step, bool *out, hf_err **err)
{
    int64_t n = 0;
    hf_status rc = hf_db_get_i64(db, steps[step].is_there, &n, err);

    *out = n != 0;
    return rc;
}

hf_status hf_vault_is_old(hf_db *records, bool *out, hf_err **err)
{
    hf_status rc = HF_OK;
    bool there = true;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == HF_OK && there; i++)
        rc = is_there(records, i, &there, err);
    *out = !there;
    return rc;
}

static hf_status add_missing(hf_db *db, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == HF_OK; i++) {
        bool there = true;

        rc = is_there(db, i, &there, err);
        if (rc != HF_OK || there)
            continue;
        rc = hf_db_exec(db, steps[i].add, err);
        if (rc == HF_OK && steps[i].fill != NULL)
            rc = steps[i].fill(db, err);
    }
    return rc;
}

hf_status hf_vault_upgrade(const hf_vault *v, hf_err **err)
{
    char *path = hf_vault_file(v->path, "records.sqlite");
    hf_db *db = NULL;
    hf_status rc = hf_db_open(&db, path, HF_DB_WRITE, err);

    hf_free(path);
    if (rc == HF_OK)
        rc = hf_db_begin(db, err);
    if (rc == HF_OK)
        rc = add_missing(db, err);
    if (rc == HF_OK)
        rc = hf_db_commit(db, err);
    hf_db_close(db);
    return rc;
}
