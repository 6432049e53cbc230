/* vault/recover.c: complete or undo what a dead writer left.
 *
 * First load: new files beside the old ones. Until the intent says ready they are thrown away;
 * from then on they are renamed, however often that is interrupted. Later imports are transactions
 * of SQLite, which undoes them; only the index may lag behind the records, and is brought up.
 */
#include "util/fault.h"
#include "vault/vault_priv.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const char *const files[] = { "index.sqlite", "records.sqlite" };

/* The index first: a reader in between finds hits that lead nowhere rather than records that no
 * search finds. */
hf_status hf_vault_publish(const hf_vault *v, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < 2 && rc == HF_OK; i++) {
        hf_fault("rename");
        char *to = hf_vault_file(v->path, files[i]), *from = hf_sprintf("%s.partial", to);

        if (rename(from, to) != 0 && errno != ENOENT) {
            rc = hf_fail_sys(err, "cannot publish the new file");
            hf_err_at(err, to, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        }
        hf_free(from);
        hf_free(to);
        hf_fault("rename");
    }
    return rc == HF_OK ? hf_vault_sync(v->path, err) : rc;
}

hf_status hf_vault_discard(const hf_vault *v, hf_err **err)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    hf_status rc = HF_OK;

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 4 && rc == HF_OK; k++) {
            char *path = hf_sprintf("%s/%s.partial%s", v->path, files[i], ends[k]);

            if (unlink(path) != 0 && errno != ENOENT) {
                rc = hf_fail_sys(err, "cannot remove the file of an unfinished import");
                hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
            }
            hf_free(path);
        }
    return rc;
}

static hf_status sweep(const hf_vault *v, hf_err **err)
{
    char *path = hf_vault_file(v->path, "records.sqlite");
    hf_db *db = NULL;
    hf_status rc = hf_db_open(&db, path, HF_DB_WRITE, err);

    if (rc == HF_OK)
        rc = hf_blob_sweep(v->path, db, err);
    hf_db_close(db);
    hf_free(path);
    return rc;
}

hf_status hf_vault_recover(hf_vault *v, hf_err **err)
{
    hf_intent in = { 0 };
    hf_status rc;

    while ((rc = hf_intent_get(v->control, &in, err)) == HF_OK) {
        if (in.is_load)
            rc = in.is_ready ? hf_vault_publish(v, err) : hf_vault_discard(v, err);
        if (rc == HF_OK)
            rc = sweep(v, err);
        if (rc == HF_OK)
            rc = hf_intent_done(v->control, &in, err);
        if (rc != HF_OK)
            return rc;
    }
    return rc == HF_END ? hf_index_catch_up(v, err) : rc;
}
