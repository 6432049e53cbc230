/* mattermost/dump_open.c: opening a dump file: what it is made of, and what is refused. */
#include "dump_feed.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEAD_BYTES = 8, SYSTEM_BYTES = 4096 };

/* --- the file ------------------------------------------------------------------------------------
 */

/* The member that is the dump: a file, or the only file in a container. */
static hf_status find_member(hf_source *s, uint32_t *index, hf_err **err)
{
    bool is_archive = hf_source_find(s, HF_V("toc.dat")) != UINT32_MAX;
    uint32_t files = 0;

    for (uint32_t i = 0; i < hf_source_count(s); i++)
        if (hf_source_member(s, i)->type == HF_MEMBER_FILE) {
            *index = i;
            files++;
        }
    if (files == 1 && !is_archive)
        return HF_OK;
    hf_fail(err, HF_E_UNSUPPORTED, "this is no dump in one file");
    if (is_archive)
        return hf_hint(err, "it was made with pg_dump -Fd or -Ft: make a file of it with "
                            "`pg_restore -f dump.sql`, then give that");
    return hf_hint(err, "give the file that pg_dump wrote");
}

/* The custom format has a version of its own, which grows with PostgreSQL's. Of a newer one
 * pg_restore names the version and reads nothing: that is no damage. */
static hf_status explain(const char *head, hf_status rc, hf_err **err)
{
    char version[sizeof("(255.255)")];

    if (rc == HF_E_UNSUPPORTED)
        return hf_hint(err, "it is in the custom format of pg_dump: install PostgreSQL's client "
                            "programs (Debian: apt-get install postgresql-client)");
    if (rc != HF_E_DAMAGED || err == NULL || *err == NULL)
        return rc;
    snprintf(version, sizeof(version), "(%u.%u)", (unsigned char)head[5], (unsigned char)head[6]);
    if (strstr((*err)->message, version) == NULL)
        return rc;
    (*err)->code = HF_E_UNSUPPORTED;
    hf_hint(err, "the pg_dump that made it is newer than this pg_restore: install PostgreSQL's "
                 "client programs of that version, or dump again without -Fc");
    return HF_E_UNSUPPORTED;
}

static hf_status open_file(mm_dump *d, hf_source *s, hf_err **err)
{
    static char *const argv[] = { (char *)(uintptr_t) "pg_restore", (char *)(uintptr_t) "-f",
                                  (char *)(uintptr_t) "-", NULL };
    char head[HEAD_BYTES] = { 0 };
    uint32_t index = 0;
    size_t got = 0;
    hf_status rc = find_member(s, &index, err);

    if (rc == HF_OK)
        rc = hf_spool_open(&d->spool, s, index, err);
    if (rc == HF_OK)
        rc = hf_spool_read(d->spool, 0, head, sizeof(head), &got, err);
    if (rc != HF_OK)
        return rc;
    if (hf_view_starts((hf_view){ head, got }, HF_V("PGDMP"))) {
        rc = hf_spool_filter(d->spool, argv, err);
        return rc == HF_OK ? rc : explain(head, rc, err);
    }
    if (got > 1 && (memcmp(head, "\xff\xfe", 2) == 0 || memcmp(head, "\xfe\xff", 2) == 0)) {
        hf_fail(err, HF_E_UNSUPPORTED, "the file is in UTF-16");
        return hf_hint(err, "PowerShell made it so from pg_dump's output: dump again with "
                            "`pg_dump -f FILE`");
    }
    return HF_OK;
}

/* --- what is refused -----------------------------------------------------------------------------
 */

static hf_status refuse(const mm_index *x, const mm_text *t, hf_err **err)
{
    if (t->carriage != HF_NO_OFFSET) {
        hf_fail(err, HF_E_UNSUPPORTED,
                "the file has the line ends of Windows: its texts are no "
                "longer what the database held");
        hf_hint(err, "dump again with `pg_dump -f FILE`, and copy the file in binary mode");
        return hf_err_at(err, NULL, HF_V(""), t->carriage);
    }
    if (!x->is_dump) {
        hf_fail(err, HF_E_UNSUPPORTED, "this is not what pg_dump writes");
        return hf_hint(err, "make the file with `pg_dump -f FILE DATABASE`");
    }
    if (x->insert != HF_NO_OFFSET) {
        hf_fail(err, HF_E_UNSUPPORTED, "the rows are written as INSERT statements");
        hf_hint(err, "dump again without --inserts, --column-inserts and --rows-per-insert");
        return hf_err_at(err, NULL, HF_V(""), x->insert);
    }
    return HF_OK;
}

static hf_status check_end(mm_dump *d, hf_err **err)
{
    const mm_index *x = &d->index;
    hf_err *why = NULL;
    hf_status rc;

    if (!x->is_open && !x->is_cluster && x->cut == HF_NO_OFFSET)
        return HF_OK;
    if (x->cut != HF_NO_OFFSET)
        hf_fail(&why, HF_E_DAMAGED, "the dump ends in the middle of a table's rows");
    else
        hf_fail(&why, HF_E_DAMAGED, "the dump has no end: its last line is not there");
    hf_hint(&why, "dump again, or read what there is with --salvage");
    hf_err_at(&why, NULL, HF_V(""), x->cut != HF_NO_OFFSET ? x->cut : hf_spool_size(d->spool));
    rc = hf_spool_forgive(d->spool, &why);
    if (rc != HF_OK && err != NULL && *err == NULL) {
        *err = why;
        why = NULL;
    }
    hf_err_free(why);
    return rc;
}

static hf_status check_encoding(const mm_dump_db *db, hf_err **err)
{
    static const char *const fine[] = { "UTF8", "UTF-8", "UNICODE", "SQL_ASCII" };

    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        if (hf_view_is(db->encoding, fine[i]))
            return HF_OK;
    hf_fail(err, HF_E_UNSUPPORTED, "the dump is in encoding %.*s",
            db->encoding.n > 0 ? (int)db->encoding.n : 7,
            db->encoding.n > 0 ? db->encoding.p : "unknown");
    return hf_hint(err, "dump again with -E UTF8");
}

static hf_status check_rows(const mm_dump *d, hf_err **err)
{
    static const char *const needed[] = { "posts", "channels" };

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        const mm_dump_table *t =
            mm_index_table(d->picked.db, d->picked.schema, hf_view_str(needed[i]));

        if (t->is_copied)
            continue;
        hf_fail(err, HF_E_UNSUPPORTED, "the dump has table %s without its rows", needed[i]);
        return hf_hint(err, "dump again without --schema-only and --exclude-table-data");
    }
    return HF_OK;
}

/* --- its tables ----------------------------------------------------------------------------------
 */

size_t mm_dump_copied(const mm_dump_table *t, hf_view name)
{
    for (size_t i = 0; i < t->ncopied; i++)
        if (hf_view_eq(t->column[t->copied[i]].name, name))
            return i;
    return HF_NPOS;
}

/* Columns in the order of COPY, which leaves generated ones out as the server's reader does. */
static hf_status describe(mm_dump *d, const mm_dump_table *from, mm_table *t, hf_err **err)
{
    size_t n = from->is_copied ? from->ncopied : from->ncolumn;
    mm_column *all = hf_arena_alloc0(d->mem, n + 1, sizeof(*all));
    mm_dump_own *own = hf_arena_alloc0(d->mem, 1, sizeof(*own));
    hf_status rc;

    for (size_t i = 0; i < n; i++)
        all[i] = from->column[from->is_copied ? from->copied[i] : i];
    *t = (mm_table){ .schema = from->schema, .name = from->name, .own = own };
    rc = mm_table_describe(t, all, n, from->pk, from->npk, d->mem, err);
    own->from = from;
    own->original = mm_dump_copied(from, HF_V("originalid"));
    own->is_secret = hf_arena_alloc0(d->mem, n + 1, sizeof(bool));
    for (size_t i = 0; i < n; i++) {
        own->is_secret[i] = mm_column_is_secret(t->known, all[i].name);
        own->has_secret = own->has_secret || own->is_secret[i];
    }
    for (size_t i = 0; i < from->nsection; i++) {
        t->rows += from->section[i].rows;
        if (!mm_role_is_unread(t->role))
            d->base.total += from->section[i].end - from->section[i].at;
    }
    return rc;
}

static int by_name(const void *a, const void *b)
{
    const mm_dump_table *const *x = a, *const *y = b;

    return hf_view_cmp((*x)->name, (*y)->name);
}

static hf_status describe_all(mm_dump *d, hf_err **err)
{
    const mm_dump_db *db = d->picked.db;
    const mm_dump_table **in = hf_arena_alloc(d->mem, (db->ntable + 1) * sizeof(mm_dump_table *));
    size_t n = 0;
    hf_status rc = HF_OK;

    for (size_t i = 0; i < db->ntable; i++)
        if (hf_view_eq(db->table[i]->schema, d->picked.schema))
            in[n++] = db->table[i];
    qsort(in, n, sizeof(*in), by_name);
    d->base.table = hf_arena_alloc0(d->mem, n + 1, sizeof(*d->base.table));
    d->base.ntable = (uint32_t)n;
    for (size_t i = 0; i < n && rc == HF_OK; i++)
        rc = describe(d, in[i], &d->base.table[i], err);
    return rc;
}

/* --- what the server says of itself --------------------------------------------------------------
 */

static hf_view decoded(const mm_dump *d, hf_view column)
{
    hf_view made;
    hf_buf b;

    hf_buf_init(&b, SYSTEM_BYTES);
    hf_copy_decode(&b, column);
    made = hf_arena_dup(d->mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return made;
}

typedef struct asking {
    mm_dump *d;
    size_t ncolumn, first, second;
} asking;

static void system_row(void *self, const hf_view *column, size_t n)
{
    asking *a = self;

    if (n != a->ncolumn || hf_copy_is_null(column[a->second]))
        return;
    if (hf_view_is(column[a->first], "DiagnosticId"))
        a->d->base.server_id = decoded(a->d, column[a->second]);
    else if (hf_view_is(column[a->first], "Version"))
        a->d->version = decoded(a->d, column[a->second]);
}

static void migration_row(void *self, const hf_view *column, size_t n)
{
    asking *a = self;
    int64_t version;

    if (n != a->ncolumn || !hf_view_i64(column[a->first], &version))
        return;
    a->d->migrations++;
    if (version > a->d->last_migration)
        a->d->last_migration = version;
}

static hf_status ask(mm_dump *d, const char *table, const char *first, const char *second,
                     void (*row)(void *self, const hf_view *column, size_t n), hf_err **err)
{
    const mm_dump_table *t = mm_index_table(d->picked.db, d->picked.schema, hf_view_str(table));
    asking a = { .d = d };

    if (t == NULL || !t->is_copied)
        return HF_OK;
    a.ncolumn = t->ncopied;
    a.first = mm_dump_copied(t, hf_view_str(first));
    a.second = mm_dump_copied(t, hf_view_str(second));
    return a.first == HF_NPOS || a.second == HF_NPOS ? HF_OK : mm_dump_each(d, t, row, &a, err);
}

/* --- all of it -----------------------------------------------------------------------------------
 */

static hf_status scan(mm_dump *d, hf_err **err)
{
    mm_text t;
    hf_status rc;

    mm_text_init(&t, d->spool, (hf_view){ NULL, 0 });
    rc = mm_index_scan(&d->index, &t, err);
    if (rc == HF_OK)
        rc = refuse(&d->index, &t, err);
    mm_text_clear(&t);
    return rc;
}

hf_status mm_dump_prepare(mm_dump *d, const hf_reader_args *args, hf_err **err)
{
    hf_status rc = open_file(d, args->source, err);

    if (rc == HF_OK)
        rc = scan(d, err);
    if (rc == HF_OK)
        rc = check_end(d, err);
    if (rc == HF_OK)
        rc = mm_pick(&d->index, args->opts, &d->picked, err);
    if (rc == HF_OK)
        rc = check_encoding(d->picked.db, err);
    if (rc == HF_OK)
        rc = check_rows(d, err);
    if (rc == HF_OK)
        rc = describe_all(d, err);
    if (rc == HF_OK)
        rc = ask(d, "systems", "name", "value", system_row, err);
    if (rc == HF_OK)
        rc = ask(d, "db_migrations", "version", "version", migration_row, err);
    return rc;
}
