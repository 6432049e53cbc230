/* vault/verify.c: is everything still what it was? Bytes against SHA-256, rows against checksums.
 */
#include "db/fts.h"
#include "util/stop.h"
#include "vault/records_priv.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>

enum { CHUNK_BYTES = 1 << 20 };

typedef struct verify {
    hf_vault *v;
    hf_findings *f;
    hf_bytes *bytes;
    hf_sha256_ctx *sha;
    hf_buf chunk;
} verify;

/* --- findings -----------------------------------------------------------------------------------
 */

void hf_findings_add(hf_findings *f, hf_view what, const char *where, ...)
{
    char text[512];
    hf_buf b;
    va_list ap;

    f->n++;
    if (f->say == NULL)
        return;
    va_start(ap, where);
    vsnprintf(text, sizeof(text), where, ap);
    va_end(ap);
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_add(&b, what);
    f->say(f->self, text, hf_buf_cstr(&b));
    hf_buf_clear(&b);
}

hf_status hf_findings_take(hf_findings *f, hf_status rc, hf_err **why, const char *where,
                           hf_err **err)
{
    bool is_damage = rc == HF_E_DAMAGED || rc == HF_E_VERIFY;

    if (rc >= 0)
        return HF_OK;
    if (is_damage)
        hf_findings_add(f, hf_view_str(*why == NULL ? "damaged" : (*why)->message), "%s", where);
    if (!is_damage && err != NULL && *err == NULL)
        *err = *why;
    else
        hf_err_free(*why);
    *why = NULL;
    return is_damage ? HF_OK : rc;
}

/* --- databases ----------------------------------------------------------------------------------
 */

static hf_status integrity(verify *x, hf_db *db, const char *name, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_err *why = NULL;
    hf_status rc = hf_db_prepare(db, "PRAGMA integrity_check", &st, &why);

    while (rc == HF_OK && (rc = hf_stmt_step(st, &why)) == HF_OK)
        if (!hf_view_is(hf_stmt_col_text(st, 0), "ok"))
            hf_findings_add(x->f, hf_stmt_col_text(st, 0), "%s", name);
    hf_stmt_free(st);
    return hf_findings_take(x->f, rc, &why, name, err);
}

hf_status hf_vault_backup(hf_db *from, hf_db *to, hf_err **err)
{
    sqlite3_backup *b = sqlite3_backup_init(hf_db_raw(to), "main", hf_db_raw(from), "main");
    int rc = b == NULL ? sqlite3_errcode(hf_db_raw(to)) : SQLITE_OK;

    while (rc == SQLITE_OK || rc == SQLITE_BUSY || rc == SQLITE_LOCKED) {
        rc = sqlite3_backup_step(b, 1024);
        if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
            sqlite3_sleep(20);
    }
    if (b != NULL)
        sqlite3_backup_finish(b);
    return rc == SQLITE_DONE ? HF_OK : hf_db_fail(to, rc, "cannot copy the database", err);
}

/* FTS5 checks itself through an INSERT: on a copy, so that nobody has to wait for us nor we for an
 * import. */
static hf_status check_index(verify *x, hf_err **err)
{
    hf_db *copy = NULL;
    hf_err *why = NULL;
    hf_status rc;

    if (x->v->index == NULL) {
        hf_findings_add(x->f, HF_V("there is none; 'holdfast vault reindex' makes it"),
                        "index.sqlite");
        return HF_OK;
    }
    rc = hf_db_open(&copy, NULL, HF_DB_NEW, &why);
    if (rc == HF_OK)
        rc = hf_vault_backup(x->v->index, copy, &why);
    if (rc == HF_OK)
        rc = hf_fts_register(copy, &why);
    if (rc == HF_OK)
        rc = hf_db_exec(copy, "INSERT INTO ft(ft) VALUES ('integrity-check')", &why);
    hf_db_close(copy);
    return hf_findings_take(x->f, rc, &why, "index.sqlite", err);
}

/* --- contents -----------------------------------------------------------------------------------
 */

static hf_status hash_content(verify *x, int64_t id, uint64_t size, hf_sha256 *out, hf_err **err)
{
    hf_status rc = HF_OK;

    hf_sha256_begin(x->sha);
    for (uint64_t at = 0; at < size && rc == HF_OK; at += CHUNK_BYTES) {
        hf_buf_reset(&x->chunk);
        rc = hf_bytes_read(x->bytes, id, at, CHUNK_BYTES, &x->chunk, err);
        hf_sha256_add(x->sha, hf_buf_view(&x->chunk));
    }
    *out = hf_sha256_finish(x->sha);
    return rc;
}

/* "content 12 (general/2024-01-03.json)", for a finding: no index leads from contents to members.
 */
static void name_content(const verify *x, int64_t id, hf_buf *out)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        x->v->records, "SELECT CAST(name AS TEXT) FROM import_member WHERE content = ?1 LIMIT 1",
        &st, NULL);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, id);
        rc = hf_stmt_step(st, NULL);
    }
    hf_buf_printf(out, "content %lld (", (long long)id);
    hf_buf_printable(out, rc == HF_OK ? hf_stmt_col_text(st, 0) : HF_V("no member"));
    hf_buf_byte(out, ')');
    hf_stmt_free(st);
}

static hf_status content(verify *x, int64_t id, uint64_t size, hf_view want, hf_err **err)
{
    hf_sha256 got = { { 0 } };
    hf_err *why = NULL;
    hf_buf where;
    hf_status rc = hash_content(x, id, size, &got, &why);

    if (rc == HF_OK && hf_view_eq(want, (hf_view){ (const char *)got.b, sizeof(got.b) }))
        return HF_OK;
    hf_buf_init(&where, HF_BUF_UNBOUNDED);
    name_content(x, id, &where);
    if (rc == HF_OK)
        hf_findings_add(x->f, HF_V("its bytes do not have the SHA-256 they had"), "%s",
                        hf_buf_cstr(&where));
    rc = hf_findings_take(x->f, rc, &why, hf_buf_cstr(&where), err);
    hf_buf_clear(&where);
    return rc;
}

static hf_status contents(verify *x, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(x->v->records, "SELECT id, size, sha256 FROM content ORDER BY id", &st, err);

    while (rc == HF_OK && (rc = hf_stop_check(err)) == HF_OK &&
           (rc = hf_stmt_step(st, err)) == HF_OK)
        rc = content(x, hf_stmt_col_i64(st, 0), (uint64_t)hf_stmt_col_i64(st, 1),
                     hf_stmt_col_blob(st, 2), err);
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

/* --- rows --------------------------------------------------------------------------------------
 */

static hf_status rec_rows(verify *x, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(x->v->records, "SELECT " REC_COLUMNS " FROM rec ORDER BY id", &st, err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_rec_row row;

        hf_rec_row_get(st, &row);
        if (hf_rec_row_sum(&row) != hf_stmt_col_i64(st, 22))
            hf_findings_add(x->f, HF_V("the row does not have the checksum it had"), "rec %lld",
                            (long long)row.id);
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status version_rows(verify *x, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(x->v->records,
                                 "SELECT " VERSION_COLUMNS " FROM version ORDER BY id", &st, err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_version_row row;

        hf_version_row_get(st, &row);
        if (hf_version_row_sum(&row) != hf_stmt_col_i64(st, 10))
            hf_findings_add(x->f, HF_V("the row does not have the checksum it had"),
                            "version %lld of rec %lld", (long long)(row.id & 65535),
                            (long long)(row.id >> 16));
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status member_lists(verify *x, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(x->v->records, "SELECT n, list_sha256 FROM import ORDER BY n", &st, err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        char got[65];

        rc = hf_evidence_list(x->v->records, hf_stmt_col_i64(st, 0), got, err);
        if (rc == HF_OK && !hf_view_is(hf_stmt_col_text(st, 1), got))
            hf_findings_add(x->f, HF_V("its list of members does not have the SHA-256 it had"),
                            "import %lld", (long long)hf_stmt_col_i64(st, 0));
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

/* Each step goes on behind damage that the one before found. */
static hf_status run(verify *x, hf_err **err)
{
    hf_status (*const steps[])(verify *, hf_err **) = { contents, rec_rows, version_rows,
                                                        member_lists, check_index };
    hf_status rc = integrity(x, x->v->records, "records.sqlite", err);

    if (rc == HF_OK && x->v->index != NULL)
        rc = integrity(x, x->v->index, "index.sqlite", err);
    if (rc == HF_OK)
        rc = integrity(x, x->v->control, "control.sqlite", err);
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && rc == HF_OK; i++) {
        hf_err *why = NULL;

        rc = hf_stop_check(&why);
        if (rc == HF_OK)
            rc = steps[i](x, &why);
        rc = hf_findings_take(x->f, rc, &why, "records.sqlite", err);
    }
    return rc;
}

hf_status hf_vault_verify(hf_vault *v, hf_vault_say say, void *self, uint64_t *findings,
                          hf_err **err)
{
    hf_findings f = { .say = say, .self = self };
    verify x = { .v = v, .f = &f };
    hf_status rc = hf_vault_hold(v, NULL, err);

    if (rc != HF_OK)
        return rc;
    rc = hf_bytes_new(&x.bytes, v->path, v->records, err);
    x.sha = hf_sha256_new();
    hf_buf_init(&x.chunk, HF_BUF_UNBOUNDED);
    if (rc == HF_OK)
        rc = run(&x, err);
    hf_bytes_free(x.bytes);
    hf_sha256_free(x.sha);
    hf_buf_clear(&x.chunk);
    hf_vault_let_go(v);
    *findings = f.n;
    return rc;
}
