/* vault/run.c: see run.h. */
#include "vault/run.h"

#include "vault/vault_priv.h"

hf_status hf_run_begin(hf_vault *v, const char *id, const char *command, const char *source,
                       hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_vault_run_schema(v->control, "vault/control_run.v1.sql", err);

    if (rc == HF_OK)
        rc = hf_db_prepare(
            v->control,
            "INSERT OR IGNORE INTO run(id, started_us, command, source) VALUES(?1, ?2, ?3, ?4)",
            &st, err);
    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(id));
        hf_stmt_bind_i64(st, 2, hf_now_us());
        hf_stmt_bind_text(st, 3, hf_view_str(command));
        hf_stmt_bind_text(st, 4, hf_view_str(source));
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    return rc;
}

static void bind_some(hf_stmt *st, int i, hf_view text)
{
    if (text.n > 0)
        hf_stmt_bind_text(st, i, text);
}

hf_status hf_run_end(hf_vault *v, const char *id, const char *source, hf_view snapshot,
                     const char *outcome, hf_view counts, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(v->control,
                      "UPDATE run SET finished_us = ?2, snapshot = ?3, outcome = ?4, counts = ?5 "
                      "WHERE id = ?1 AND source = ?6",
                      &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(id));
        hf_stmt_bind_i64(st, 2, hf_now_us());
        bind_some(st, 3, snapshot);
        hf_stmt_bind_text(st, 4, hf_view_str(outcome));
        bind_some(st, 5, counts);
        hf_stmt_bind_text(st, 6, hf_view_str(source));
        rc = hf_stmt_run(st, err);
    }
    if (rc == HF_OK && hf_db_changes(v->control) != 1)
        rc = hf_fail(err, HF_E_USAGE, "run %s never began", id);
    hf_stmt_free(st);
    return rc;
}

hf_status hf_vault_runs(hf_vault *v, bool (*each)(void *self, const hf_run *run), void *self,
                        hf_err **err)
{
    hf_stmt *st = NULL;
    int64_t tables = 0;
    hf_status rc = hf_db_get_i64(
        v->control, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'run'",
        &tables, err);

    if (rc != HF_OK || tables == 0)
        return rc;
    rc = hf_db_prepare(v->control,
                       "SELECT id, command, source, snapshot, outcome, counts, started_us, "
                       "finished_us FROM run ORDER BY started_us, id",
                       &st, err);
    while (rc == HF_OK) {
        hf_run run;

        rc = hf_stmt_step(st, err);
        if (rc != HF_OK)
            break;
        run = (hf_run){
            .id = hf_stmt_col_text(st, 0),
            .command = hf_stmt_col_text(st, 1),
            .source = hf_stmt_col_text(st, 2),
            .snapshot = hf_stmt_col_text(st, 3),
            .outcome = hf_stmt_col_text(st, 4),
            .counts = hf_stmt_col_text(st, 5),
            .started_us = hf_stmt_col_i64(st, 6),
            .finished_us = hf_stmt_col_is_null(st, 7) ? HF_NO_TIME : hf_stmt_col_i64(st, 7),
        };
        if (!each(self, &run))
            rc = HF_END;
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}
