/* package/series.c: see series.h. */
#include "package/series.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "io/work.h"
#include "package/bag.h"
#include "util/schema.h"

enum { MAX_NAME = 100 };

static hf_status make_table(hf_vault *v, hf_err **err)
{
    return hf_db_exec(hf_vault_control(v), hf_schema("vault/control_series.v1.sql").p, err);
}

/* --- what a dead run left -----------------------------------------------------------------------
 */

/* SHA-256 of the manifest of the package at path; false when there is none that can be read. */
static bool manifest_at(const char *path, hf_sha256 *out)
{
    hf_source *s = NULL;
    hf_buf text;
    uint32_t index;
    bool found = false;

    hf_buf_init(&text, 1 << 30);
    if (hf_source_open(&s, path, NULL, NULL) == HF_OK) {
        index = hf_bag_find(s, HF_V("manifest-sha256.txt"));
        found = index != UINT32_MAX && hf_source_slurp(s, index, &text, NULL) == HF_OK;
    }
    if (found)
        *out = hf_sha256_of(hf_buf_view(&text));
    hf_source_close(s);
    hf_buf_clear(&text);
    return found;
}

/* The path from the root, so that a run started elsewhere finds it; freed by the caller. */
static char *absolute(const char *path)
{
    hf_view all = hf_view_str(path);
    size_t slash;
    char *folder, *name, real[PATH_MAX];

    while (all.n > 1 && all.p[all.n - 1] == '/')
        all.n--;
    slash = hf_view_find_last(all, '/');
    folder = slash == HF_NPOS ? hf_strdup(".") : hf_view_dup(hf_view_sub(all, 0, slash + 1));
    name = hf_view_dup(slash == HF_NPOS ? all : hf_view_from(all, slash + 1));
    if (realpath(folder, real) != NULL) {
        hf_free(folder);
        folder = hf_sprintf("%s/%s", strcmp(real, "/") == 0 ? "" : real, name);
    } else {
        hf_free(folder);
        folder = hf_strdup(path);
    }
    hf_free(name);
    return folder;
}

/* Publishing is one rename, so the target is there or not. Volumes show no manifest: what came
 * there after the run began is the run's. */
static bool was_published(const char *target, hf_view manifest, int64_t begun_us)
{
    hf_sha256 there, want;
    struct stat st;

    if (manifest.n == 0 || !hf_sha256_parse(manifest, &want) || stat(target, &st) != 0)
        return false;
    if (manifest_at(target, &there))
        return memcmp(&there, &want, sizeof(want)) == 0;
    return (int64_t)st.st_ctim.tv_sec * HF_SECOND_US + st.st_ctim.tv_nsec / 1000 >= begun_us;
}

static hf_status end_pending(hf_vault *v, const char *name, int64_t number, bool is_published,
                             hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        hf_vault_control(v),
        is_published
            ? "UPDATE series_package SET published_us = ?3 WHERE series = ?1 AND number = ?2"
            : "DELETE FROM series_package WHERE series = ?1 AND number = ?2 "
              "AND published_us IS NULL AND ?3 > 0",
        &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(name));
        hf_stmt_bind_i64(st, 2, number);
        hf_stmt_bind_i64(st, 3, hf_now_us());
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    return rc;
}

/* own: the target whose work folder this run holds. */
static hf_status settle_pending(hf_series *s, hf_vault *v, const char *own, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(hf_vault_control(v),
                                 "SELECT number, target, manifest_sha256, begun_us "
                                 "FROM series_package WHERE series = ?1 AND published_us IS NULL",
                                 &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(s->name));
        rc = hf_stmt_step(st, err);
    }
    if (rc == HF_OK) {
        int64_t number = hf_stmt_col_i64(st, 0);
        char *target = hf_view_dup(hf_stmt_col_text(st, 1));

        if (strcmp(target, own) != 0 && hf_work_is_used(target)) {
            hf_fail(err, HF_E_LOCKED, "another run is writing package %lld of the series",
                    (long long)number);
            hf_err_at(err, target, HF_V(""), HF_NO_OFFSET);
            rc = hf_hint(err, "wait for it");
        } else {
            s->completes = was_published(target, hf_stmt_col_text(st, 2), hf_stmt_col_i64(st, 3));
            rc = end_pending(v, s->name, number, s->completes, err);
        }
        hf_free(target);
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

/* --- the next one -------------------------------------------------------------------------------
 */

static const char *keep(hf_series *s, hf_view text)
{
    return hf_arena_dup(s->mem, text).p;
}

static hf_status continue_last(hf_series *s, hf_vault *v, const char *scope, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(hf_vault_control(v),
                      "SELECT number, last_import, until_us, run, manifest_sha256, scope_sha256 "
                      "FROM series_package WHERE series = ?1 ORDER BY number DESC LIMIT 1",
                      &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(s->name));
        rc = hf_stmt_step(st, err);
    }
    if (rc == HF_OK) {
        s->number = (uint64_t)hf_stmt_col_i64(st, 0) + 1;
        s->after_import = hf_stmt_col_i64(st, 1);
        s->since_us = hf_stmt_col_i64(st, 2);
        s->previous_run = keep(s, hf_stmt_col_text(st, 3));
        s->previous_manifest = keep(s, hf_stmt_col_text(st, 4));
        if (!hf_view_is(hf_stmt_col_text(st, 5), scope)) {
            hf_fail(err, HF_E_REFUSED,
                    "the series \"%s\" has exported another part, or another origin, so far",
                    s->name);
            rc = hf_hint(err, "say what it said before, or begin a series of another name");
        }
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static bool take_last(void *self, const hf_vault_import *im)
{
    hf_series *s = self;

    s->last_import = im->stats.import;
    s->until_us = im->finished_us;
    return true;
}

static hf_status note_begin(const hf_series *s, hf_vault *v, const char *run, const char *scope,
                            const char *target, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        hf_vault_control(v),
        "INSERT INTO series_package(series, number, run, scope_sha256, after_import, last_import, "
        "since_us, until_us, target, begun_us) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(s->name));
        hf_stmt_bind_i64(st, 2, (int64_t)s->number);
        hf_stmt_bind_text(st, 3, hf_view_str(run));
        hf_stmt_bind_text(st, 4, hf_view_str(scope));
        hf_stmt_bind_i64(st, 5, s->after_import);
        hf_stmt_bind_i64(st, 6, s->last_import);
        if (s->since_us != HF_NO_TIME)
            hf_stmt_bind_i64(st, 7, s->since_us);
        hf_stmt_bind_i64(st, 8, s->until_us);
        hf_stmt_bind_text(st, 9, hf_view_str(target));
        hf_stmt_bind_i64(st, 10, hf_now_us());
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    return rc;
}

static hf_status begin_inside(hf_series *s, hf_vault *v, const char *run, const char *scope,
                              const char *target, hf_err **err)
{
    hf_status rc = settle_pending(s, v, target, err);

    if (rc == HF_OK)
        rc = continue_last(s, v, scope, err);
    if (rc == HF_OK)
        rc = hf_vault_imports(v, take_last, s, err);
    if (rc == HF_OK && s->last_import == 0) {
        hf_fail(err, HF_E_USAGE, "the vault holds no import yet");
        rc = hf_hint(err, "`holdfast import SOURCE --into VAULT` first");
    }
    if (rc == HF_OK && s->last_import < s->after_import) { /* v is held */
        hf_fail(err, HF_E_LOCKED, "another run made package %llu of the series meanwhile",
                (unsigned long long)s->number - 1);
        rc = hf_hint(err, "run it again");
    }
    return rc == HF_OK ? note_begin(s, v, run, scope, target, err) : rc;
}

hf_status hf_series_begin(hf_series *out, hf_vault *v, const char *name, const char *run,
                          const hf_sha256 *scope, const char *target, hf_err **err)
{
    hf_db *db = hf_vault_control(v);
    char hex[65], *path;
    hf_status rc;

    *out = (hf_series){ .mem = hf_arena_new(), .number = 1, .since_us = HF_NO_TIME };
    out->name = keep(out, hf_view_str(name));
    if (name[0] == '\0' || strlen(name) > MAX_NAME)
        return hf_fail(err, HF_E_USAGE, "the name of a series has 1 to %d bytes", MAX_NAME);
    hf_sha256_hex(scope, hex);
    rc = make_table(v, err);
    if (rc == HF_OK)
        rc = hf_db_begin(db, err);
    if (rc != HF_OK)
        return rc;
    path = absolute(target);
    rc = begin_inside(out, v, run, hex, path, err);
    hf_free(path);
    if (rc == HF_OK)
        rc = hf_db_commit(db, err);
    if (rc != HF_OK)
        hf_db_rollback(db);
    return rc;
}

/* --- afterwards ---------------------------------------------------------------------------------
 */

hf_status hf_series_commit(const hf_series *s, hf_vault *v, const hf_sha256 *manifest,
                           const hf_sha256 *receipt, hf_err **err)
{
    hf_stmt *st = NULL;
    char a[65], b[65];
    hf_status rc = hf_db_prepare(hf_vault_control(v),
                                 "UPDATE series_package SET manifest_sha256 = ?3, "
                                 "receipt_sha256 = ?4 WHERE series = ?1 AND number = ?2",
                                 &st, err);

    hf_sha256_hex(manifest, a);
    hf_sha256_hex(receipt, b);
    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(s->name));
        hf_stmt_bind_i64(st, 2, (int64_t)s->number);
        hf_stmt_bind_text(st, 3, hf_view_str(a));
        hf_stmt_bind_text(st, 4, hf_view_str(b));
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    return rc;
}

hf_status hf_series_published(const hf_series *s, hf_vault *v, hf_err **err)
{
    return end_pending(v, s->name, (int64_t)s->number, true, err);
}

hf_status hf_series_drop(const hf_series *s, hf_vault *v, hf_err **err)
{
    return end_pending(v, s->name, (int64_t)s->number, false, err);
}

void hf_series_free(hf_series *s)
{
    hf_arena_free(s->mem);
    *s = (hf_series){ .mem = NULL };
}

hf_status hf_series_each(hf_vault *v, const char *name,
                         bool (*each)(void *self, const hf_series_row *row), void *self,
                         hf_err **err)
{
    hf_stmt *st = NULL;
    int64_t tables = 0;
    hf_status rc = hf_db_get_i64(
        hf_vault_control(v),
        "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'series_package'",
        &tables, err);

    if (rc != HF_OK || tables == 0)
        return rc;
    rc = hf_db_prepare(hf_vault_control(v),
                       "SELECT series, number, run, after_import, last_import, since_us, until_us, "
                       "manifest_sha256, target, published_us FROM series_package "
                       "WHERE ?1 IS NULL OR series = ?1 ORDER BY series, number",
                       &st, err);
    if (rc == HF_OK && name != NULL)
        hf_stmt_bind_text(st, 1, hf_view_str(name));
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_series_row row = {
            .series = hf_stmt_col_text(st, 0),
            .number = (uint64_t)hf_stmt_col_i64(st, 1),
            .run = hf_stmt_col_text(st, 2),
            .after_import = hf_stmt_col_i64(st, 3),
            .last_import = hf_stmt_col_i64(st, 4),
            .since_us = hf_stmt_col_is_null(st, 5) ? HF_NO_TIME : hf_stmt_col_i64(st, 5),
            .until_us = hf_stmt_col_i64(st, 6),
            .manifest = hf_stmt_col_text(st, 7),
            .target = hf_stmt_col_text(st, 8),
            .published_us = hf_stmt_col_is_null(st, 9) ? HF_NO_TIME : hf_stmt_col_i64(st, 9),
        };

        if (!each(self, &row))
            break;
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}
