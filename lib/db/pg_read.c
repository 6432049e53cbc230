/* db/pg_read.c: transactions, queries and COPY of one connection. */
#include "db/pg_priv.h"

#include <assert.h>

enum { BLOCK = 64 << 10 };

/* --- one statement -----------------------------------------------------------------------------
 */

/* The next result of the statement under way, waiting for it; NULL in *out after the last. */
static hf_status next_result(hf_pg *pg, const char *what, PGresult **out, hf_err **err)
{
    *out = NULL;
    while (PQisBusy(pg->raw)) {
        hf_status rc = hf_pg_wait(pg, what, err);

        if (rc != HF_OK)
            return rc;
    }
    *out = PQgetResult(pg->raw);
    return HF_OK;
}

static bool is_success(const PGresult *res)
{
    ExecStatusType s = PQresultStatus(res);

    return s == PGRES_COMMAND_OK || s == PGRES_TUPLES_OK;
}

/* Run a statement to its end; *out is its last result with rows, NULL when it has none. */
static hf_status run(hf_pg *pg, const char *sql, const char *const *param, size_t nparam,
                     PGresult **out, hf_err **err)
{
    PGresult *res = NULL;
    hf_status rc = hf_pg_stop_check(pg, err);

    *out = NULL;
    if (rc != HF_OK)
        return rc;
    if (PQsendQueryParams(pg->raw, sql, (int)nparam, NULL, param, NULL, NULL, 0) != 1)
        return hf_pg_fail(pg, NULL, "cannot ask the server", err);
    for (;;) {
        hf_status now = next_result(pg, "cannot ask the server", &res, rc == HF_OK ? err : NULL);

        if (now != HF_OK) { /* the connection is of no use any more */
            rc = rc == HF_OK ? now : rc;
            break;
        }
        if (res == NULL)
            break;
        if (!is_success(res) && rc == HF_OK)
            rc = hf_pg_fail(pg, res, "the server refused a statement", err);
        if (PQresultStatus(res) == PGRES_TUPLES_OK && *out == NULL)
            *out = res;
        else
            PQclear(res);
    }
    if (rc != HF_OK) {
        PQclear(*out);
        *out = NULL;
    }
    return rc;
}

hf_status hf_pg_query(hf_pg *pg, const char *sql, const char *const *param, size_t nparam,
                      hf_arena *mem, hf_pg_rows *out, hf_err **err)
{
    PGresult *res = NULL;
    hf_view *cell;
    hf_status rc = run(pg, sql, param, nparam, &res, err);

    *out = (hf_pg_rows){ .nrow = 0 };
    if (rc != HF_OK)
        return rc;
    out->nrow = res == NULL ? 0 : (size_t)PQntuples(res);
    out->ncol = res == NULL ? 0 : (size_t)PQnfields(res);
    cell = hf_arena_alloc0(mem, out->nrow * out->ncol + 1, sizeof(*cell));
    for (size_t i = 0; i < out->nrow * out->ncol; i++) {
        int row = (int)(i / out->ncol), col = (int)(i % out->ncol);

        if (!PQgetisnull(res, row, col))
            cell[i] = hf_arena_dup(
                mem, (hf_view){ PQgetvalue(res, row, col), (size_t)PQgetlength(res, row, col) });
    }
    out->cell = cell;
    PQclear(res);
    return HF_OK;
}

hf_status hf_pg_search_path(hf_pg *pg, hf_arena *mem, hf_pg_rows *out, hf_err **err)
{
    return hf_pg_query(pg, "SELECT pg_catalog.unnest(pg_catalog.current_schemas(false))", NULL, 0,
                       mem, out, err);
}

static hf_status command(hf_pg *pg, const char *sql, hf_err **err)
{
    PGresult *res = NULL;
    hf_status rc = run(pg, sql, NULL, 0, &res, err);

    PQclear(res);
    return rc;
}

hf_status hf_pg_try(hf_pg *pg, const char *sql, hf_arena *mem, hf_pg_rows *out, hf_err **err)
{
    hf_status rc = command(pg, "SAVEPOINT holdfast", err);

    if (rc != HF_OK)
        return rc;
    if (hf_pg_query(pg, sql, NULL, 0, mem, out, NULL) != HF_OK) {
        *out = (hf_pg_rows){ .nrow = 0 };
        rc = command(pg, "ROLLBACK TO SAVEPOINT holdfast", err);
    }
    return rc == HF_OK ? command(pg, "RELEASE SAVEPOINT holdfast", err) : rc;
}

hf_status hf_pg_set(hf_pg *pg, const char *name, const char *value, hf_err **err)
{
    char *full = hf_sprintf("holdfast.%s", name);
    const char *param[] = { full, value };
    PGresult *res = NULL;
    hf_status rc = run(pg, "SELECT set_config($1, $2, true)", param, 2, &res, err);

    PQclear(res);
    hf_free(full);
    return rc;
}

hf_status hf_pg_identifier(hf_pg *pg, hf_view name, hf_buf *sql, hf_err **err)
{
    char *quoted = PQescapeIdentifier(pg->raw, name.p, name.n);

    if (quoted == NULL)
        return hf_pg_fail(pg, NULL, "a name of the server cannot be quoted", err);
    hf_buf_str(sql, quoted);
    PQfreemem(quoted);
    return HF_OK;
}

/* --- transactions ------------------------------------------------------------------------------
 */

/* pg_dump's setup_connection(), as far as the text of rows and the way to them go. Parallel workers
 * are off so that --jobs says how many processes of the server work for us. */
static hf_status settle(hf_pg *pg, hf_err **err)
{
    static const char sql[] =
        "SELECT set_config('DateStyle', 'ISO', true), set_config('IntervalStyle', 'postgres', "
        "true),"
        " set_config('extra_float_digits', '3', true), set_config('bytea_output', 'hex', true),"
        " set_config('search_path', '', true), set_config('row_security', 'off', true),"
        " set_config('synchronize_seqscans', 'off', true),"
        " set_config('max_parallel_workers_per_gather', '0', true),"
        " set_config('statement_timeout', $1, true), set_config('lock_timeout', $2, true),"
        " set_config('idle_in_transaction_session_timeout', $3, true)";
    char *ms[3] = { hf_sprintf("%u", pg->args.statement_timeout_ms),
                    hf_sprintf("%u", pg->args.lock_timeout_ms),
                    hf_sprintf("%u", pg->args.idle_timeout_ms) };
    const char *param[] = { ms[0], ms[1], ms[2] };
    PGresult *res = NULL;
    hf_status rc = run(pg, sql, param, 3, &res, err);

    PQclear(res);
    if (rc == HF_OK && hf_pg_version(pg) >= 170000)
        rc = command(pg, "SET LOCAL transaction_timeout = 0", err);
    if (rc == HF_OK && hf_pg_version(pg) >= 110000)
        rc = command(pg, "SET LOCAL jit = off", err);
    for (size_t i = 0; i < 3; i++)
        hf_free(ms[i]);
    return rc;
}

/* "00000003-0000001B-1"; anything else never reaches SQL. */
static bool is_snapshot(const char *name)
{
    size_t n = strspn(name, "0123456789ABCDEF-");

    return n > 0 && n < 64 && name[n] == '\0';
}

hf_status hf_pg_begin(hf_pg *pg, const char *snapshot, hf_err **err)
{
    hf_status rc;
    hf_buf sql;

    if (snapshot != NULL && !is_snapshot(snapshot))
        return hf_fail(err, HF_E_USAGE, "this is no name of a snapshot");
    rc = command(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
    if (rc == HF_OK && snapshot != NULL) { /* a literal: SET takes no parameters */
        hf_buf_init(&sql, 256);
        hf_buf_str(&sql, "SET TRANSACTION SNAPSHOT '");
        hf_buf_str(&sql, snapshot);
        hf_buf_str(&sql, "'");
        rc = command(pg, hf_buf_cstr(&sql), err);
        hf_buf_clear(&sql);
    }
    return rc == HF_OK ? settle(pg, err) : rc;
}

hf_status hf_pg_export(hf_pg *pg, hf_arena *mem, hf_view *out, hf_err **err)
{
    hf_pg_rows rows;
    hf_status rc =
        hf_pg_query(pg, "SELECT pg_catalog.pg_export_snapshot()", NULL, 0, mem, &rows, err);

    *out = rc == HF_OK && rows.nrow == 1 ? hf_pg_cell(&rows, 0, 0) : (hf_view){ NULL, 0 };
    return rc;
}

hf_status hf_pg_end(hf_pg *pg, hf_err **err)
{
    return command(pg, "COMMIT", err);
}

/* --- COPY --------------------------------------------------------------------------------------
 */

hf_status hf_pg_copy(hf_pg *pg, const char *sql, hf_err **err)
{
    PGresult *res = NULL;
    hf_status rc = hf_pg_stop_check(pg, err);

    if (rc != HF_OK)
        return rc;
    if (PQsendQuery(pg->raw, sql) != 1)
        return hf_pg_fail(pg, NULL, "cannot ask the server", err);
    rc = next_result(pg, "cannot read", &res, err);
    if (rc == HF_OK && PQresultStatus(res) != PGRES_COPY_OUT) {
        rc = hf_pg_fail(pg, res, "cannot read", err);
        PQclear(res);
        while ((res = PQgetResult(pg->raw)) != NULL)
            PQclear(res);
    }
    PQclear(res);
    return rc;
}

/* After the last row: the status of the COPY, and the connection free again. */
static hf_status end_copy(hf_pg *pg, hf_err **err)
{
    PGresult *res;
    hf_status rc = HF_END, now;

    while ((now = next_result(pg, "cannot read", &res, err)) == HF_OK && res != NULL) {
        if (!is_success(res) && rc == HF_END)
            rc = hf_pg_fail(pg, res, "cannot read", err);
        PQclear(res);
    }
    return now == HF_OK ? rc : now;
}

hf_status hf_pg_copy_next(hf_pg *pg, hf_view *row, hf_err **err)
{
    int n;

    PQfreemem(pg->row);
    pg->row = NULL;
    while ((n = PQgetCopyData(pg->raw, &pg->row, 1)) == 0) {
        hf_status rc = hf_pg_wait(pg, "cannot read", err);

        if (rc != HF_OK)
            return rc;
    }
    if (n == -1)
        return end_copy(pg, err);
    if (n < 0)
        return hf_pg_fail(pg, NULL, "cannot read", err);
    *row = (hf_view){ pg->row, (size_t)n };
    return HF_OK;
}

hf_status hf_pg_copy_row(hf_pg *pg, hf_buf *out, hf_err **err)
{
    hf_view row;
    hf_status rc = hf_pg_copy_next(pg, &row, err);

    if (rc != HF_OK)
        return rc;
    hf_buf_add(out, row);
    return hf_buf_check(out, "a row of the server", err);
}
