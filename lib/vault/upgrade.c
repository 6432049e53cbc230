/* vault/upgrade.c: what was added to schema 1 of records.sqlite after vaults had been made with it.
 *
 * Additions only, each with a default that says what the absence meant, so that an earlier holdfast
 * goes on working with the vault.
 */
#include "vault/vault_priv.h"

static const struct {
    const char *is_there; /* one row with a number, 0: missing */
    const char *add;
} steps[] = {
    { "SELECT count(*) FROM pragma_table_info('import_member') WHERE name = 'is_set'",
      "ALTER TABLE import_member ADD COLUMN is_set INTEGER NOT NULL DEFAULT 0" },
    { "SELECT count(*) = 2 FROM kind WHERE id IN (8, 9)",
      "INSERT OR IGNORE INTO kind VALUES (8, 'membership'), (9, 'draft')" },
};

hf_status hf_vault_is_old(hf_db *records, bool *out, hf_err **err)
{
    hf_status rc = HF_OK;

    *out = false;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == HF_OK && !*out; i++) {
        int64_t n = 0;

        rc = hf_db_get_i64(records, steps[i].is_there, &n, err);
        *out = n == 0;
    }
    return rc;
}

static hf_status add_missing(hf_db *db, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == HF_OK; i++) {
        int64_t n = 0;

        rc = hf_db_get_i64(db, steps[i].is_there, &n, err);
        if (rc == HF_OK && n == 0)
            rc = hf_db_exec(db, steps[i].add, err);
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
