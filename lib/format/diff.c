/* format/diff.c: A is filed in a private temporary database, B is held against it, what is left is
 * missing.
 *
 * A record is filed as a list of (path, digest) pairs sorted by path, so that the first differing
 * path can be named without keeping any text. Memory does not grow with the number of records.
 */
#include "format/diff.h"

#include "db/db.h"

#include <stdlib.h>

typedef struct pair {
    uint32_t path, n; /* n-th value under that path: array order counts */
    uint64_t digest;
} pair;

typedef struct differ {
    const hf_diff_args *args;
    hf_diff_result *out;
    hf_paths *paths;
    hf_db *db;
    hf_stmt *put, *find, *drop, *note;
    bool by_leaf;     /* one format: every source value counts */
    bool drop_origin; /* one origin on each side: they may be called differently */
    hf_buf key, pairs;
    hf_arena *mem;
} differ;

static const char ddl[] =
    "PRAGMA journal_mode=off; PRAGMA synchronous=off; PRAGMA cache_size=-32768;"
    "CREATE TABLE a(key BLOB PRIMARY KEY, kind INTEGER, origin BLOB, scope BLOB, id BLOB, pairs "
    "BLOB) "
    "WITHOUT ROWID;"
    "CREATE TABLE d(key BLOB PRIMARY KEY, what INTEGER, kind INTEGER, origin BLOB, scope BLOB, id "
    "BLOB, "
    "path INTEGER, npaths INTEGER) WITHOUT ROWID;";

static int by_path(const void *a, const void *b)
{
    const pair *x = a, *y = b;

    if (x->path != y->path)
        return x->path < y->path ? -1 : 1;
    return x->n < y->n ? -1 : x->n > y->n;
}

static void add_pair(differ *d, uint32_t path, hf_view plain, uint64_t salt)
{
    pair p = { path, (uint32_t)(d->pairs.n / sizeof(pair)), hf_hash64(plain, salt) };

    hf_buf_add(&d->pairs, (hf_view){ (const char *)&p, sizeof(p) });
}

/* The record's pairs, sorted, into d->pairs. */
static void describe(differ *d, const hf_record *r)
{
    pair *list;
    size_t n;

    hf_buf_reset(&d->pairs);
    hf_arena_reset(d->mem);
    for (uint32_t i = 0; d->by_leaf && i < r->nleaf; i++)
        add_pair(d, r->leaf[i].path, hf_leaf_plain(&r->leaf[i], d->mem), 0);
    for (uint32_t i = 0; (!d->by_leaf || r->nleaf == 0) && i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];

        add_pair(d, hf_path(d->paths, hf_view_str(hf_field_get(v->field)->path)), v->text,
                 (uint64_t)v->num);
    }
    n = d->pairs.n / sizeof(pair);
    list = (pair *)(void *)d->pairs.p;
    if (n == 0)
        return;
    qsort(list, n, sizeof(*list), by_path);
    for (size_t i = 0, first = 0; i < n; i++) { /* numbers within each path */
        if (list[i].path != list[first].path)
            first = i;
        list[i].n = (uint32_t)(i - first);
    }
}

static void key_of(differ *d, const hf_record *r)
{
    hf_record named = *r;

    if (d->drop_origin)
        named.origin = (hf_view){ NULL, 0 };
    hf_buf_reset(&d->key);
    hf_rec_key(&named, &d->key);
}

static bool counts(const hf_record *r)
{
    return hf_kind_is_record(r->kind) && (r->flags & (HF_REC_STUB | HF_REC_MADE)) == 0;
}

static hf_status file_a(differ *d, const hf_record *r, hf_err **err)
{
    key_of(d, r);
    describe(d, r);
    hf_stmt_bind_blob(d->put, 1, hf_buf_view(&d->key));
    hf_stmt_bind_i64(d->put, 2, r->kind);
    hf_stmt_bind_blob(d->put, 3, r->origin);
    hf_stmt_bind_blob(d->put, 4, r->scope);
    hf_stmt_bind_blob(d->put, 5, r->id);
    hf_stmt_bind_blob(d->put, 6, hf_buf_view(&d->pairs));
    return hf_stmt_run(d->put, err);
}

static hf_status note(differ *d, hf_diff_what what, const hf_record *r, uint32_t path,
                      size_t npaths, hf_err **err)
{
    hf_stmt_bind_blob(d->note, 1, hf_buf_view(&d->key));
    hf_stmt_bind_i64(d->note, 2, what);
    hf_stmt_bind_i64(d->note, 3, r->kind);
    hf_stmt_bind_blob(d->note, 4, r->origin);
    hf_stmt_bind_blob(d->note, 5, r->scope);
    hf_stmt_bind_blob(d->note, 6, r->id);
    hf_stmt_bind_i64(d->note, 7, path);
    hf_stmt_bind_i64(d->note, 8, (int64_t)npaths);
    return hf_stmt_run(d->note, err);
}

/* Distinct paths in which two sorted lists differ; *first is one of them. */
static size_t differing(hf_view a, hf_view b, uint32_t *first)
{
    size_t na = a.n / sizeof(pair), nb = b.n / sizeof(pair), i = 0, k = 0, n = 0;
    uint32_t last = 0;

    while (i < na || k < nb) {
        pair x = { UINT32_MAX, 0, 0 }, y = { UINT32_MAX, 0, 0 };
        int order;

        if (i < na)
            memcpy(&x, a.p + i * sizeof(pair), sizeof(pair));
        if (k < nb)
            memcpy(&y, b.p + k * sizeof(pair), sizeof(pair));
        order = by_path(&x, &y);
        if (order != 0 || x.digest != y.digest) {
            uint32_t path = order <= 0 ? x.path : y.path;

            if (n == 0)
                *first = path;
            n += n == 0 || path != last;
            last = path;
        }
        i += order <= 0;
        k += order >= 0;
    }
    return n;
}

static hf_status hold_b(differ *d, const hf_record *r, hf_err **err)
{
    uint32_t path = 0;
    size_t n;
    hf_status rc;

    key_of(d, r);
    describe(d, r);
    hf_stmt_bind_blob(d->find, 1, hf_buf_view(&d->key));
    rc = hf_stmt_step(d->find, err);
    if (rc == HF_END) {
        hf_stmt_reset(d->find);
        d->out->extra++;
        return note(d, HF_DIFF_EXTRA, r, 0, 0, err);
    }
    if (rc != HF_OK)
        return rc;
    n = differing(hf_stmt_col_blob(d->find, 0), hf_buf_view(&d->pairs), &path);
    hf_stmt_reset(d->find);
    hf_stmt_bind_blob(d->drop, 1, hf_buf_view(&d->key));
    rc = hf_stmt_run(d->drop, err);
    if (n == 0)
        d->out->same++;
    else if (rc == HF_OK) {
        d->out->changed++;
        rc = note(d, HF_DIFF_CHANGED, r, path, n, err);
    }
    return rc;
}

/* What one side could not read. */
typedef struct unreadable {
    uint64_t n;
    hf_setdigest bytes;
} unreadable;

static void note_unreadable(unreadable *u, const hf_record *r)
{
    hf_sha256 d = hf_sha256_of(r->raw.bytes);

    u->n++;
    hf_setdigest_add(&u->bytes, &d);
}

static hf_status each(differ *d, hf_reader *r,
                      hf_status (*use)(differ *, const hf_record *, hf_err **), unreadable *bad,
                      hf_err **err)
{
    hf_status rc = HF_OK;

    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, err);
        for (size_t i = 0; i < b->n && rc == HF_OK; i++) {
            if (b->rec[i]->kind == HF_KIND_QUARANTINE)
                note_unreadable(bad, b->rec[i]);
            else if (counts(b->rec[i]))
                rc = use(d, b->rec[i], err);
        }
        hf_batch_free(b);
    }
    return rc == HF_END ? HF_OK : rc;
}

static hf_status tell(differ *d, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        d->db, "SELECT what, kind, origin, scope, id, path, npaths FROM d ORDER BY key", &st, err);

    while (rc == HF_OK) {
        hf_diff_item item;
        uint32_t path;

        rc = hf_stmt_step(st, err);
        if (rc != HF_OK)
            break;
        path = (uint32_t)hf_stmt_col_i64(st, 5);
        item = (hf_diff_item){
            .what = (hf_diff_what)hf_stmt_col_i64(st, 0),
            .kind = (hf_kind)hf_stmt_col_i64(st, 1),
            .origin = hf_stmt_col_blob(st, 2),
            .scope = hf_stmt_col_blob(st, 3),
            .id = hf_stmt_col_blob(st, 4),
            .npaths = (uint64_t)hf_stmt_col_i64(st, 6),
        };
        item.path = path == 0 ? hf_view_str(hf_kind_name(item.kind)) : hf_path_text(d->paths, path);
        if (d->args->item != NULL)
            d->args->item(d->args->self, &item);
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status prepare(differ *d, hf_err **err)
{
    hf_status rc = hf_db_open(&d->db, NULL, HF_DB_NEW, err);

    if (rc == HF_OK)
        rc = hf_db_exec(d->db, ddl, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(d->db, "INSERT OR REPLACE INTO a VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                           &d->put, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(d->db, "SELECT pairs FROM a WHERE key = ?1", &d->find, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(d->db, "DELETE FROM a WHERE key = ?1", &d->drop, err);
    if (rc == HF_OK)
        rc =
            hf_db_prepare(d->db, "INSERT OR REPLACE INTO d VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                          &d->note, err);
    return rc == HF_OK ? hf_db_begin(d->db, err) : rc;
}

static hf_status keep_missing(differ *d, hf_err **err)
{
    int64_t n = 0;
    hf_status rc = hf_db_get_i64(d->db, "SELECT count(*) FROM a", &n, err);

    d->out->missing = (uint64_t)n;
    if (rc == HF_OK)
        rc = hf_db_exec(d->db, "INSERT INTO d SELECT key, 1, kind, origin, scope, id, 0, 0 FROM a",
                        err);
    return rc;
}

_Static_assert(HF_DIFF_MISSING == 1, "keep_missing writes it as a number");

hf_status hf_diff(const hf_diff_args *args, hf_diff_result *out, hf_err **err)
{
    differ d = { .args = args, .out = out, .paths = hf_paths_new(), .mem = hf_arena_new() };
    hf_reader_args read = { .paths = d.paths, .want = HF_WANT_RECORDS | HF_WANT_ACCOUNT };
    hf_reader *a = NULL, *b = NULL;
    unreadable bad_a = { 0 }, bad_b = { 0 };
    hf_status rc;

    *out = (hf_diff_result){ 0 };
    hf_buf_init(&d.key, HF_BUF_UNBOUNDED);
    hf_buf_init(&d.pairs, HF_BUF_UNBOUNDED);
    read.opts = args->opts_a;
    read.origin = args->origin_a;
    rc = hf_read_open(&a, args->a, &read, false, err);
    read.opts = args->opts_b;
    read.origin = args->origin_b;
    if (rc == HF_OK)
        rc = hf_read_open(&b, args->b, &read, false, err);
    if (rc == HF_OK && args->fact != NULL && a->ops->facts != NULL)
        a->ops->facts(a, args->fact, args->fact_a);
    if (rc == HF_OK && args->fact != NULL && b->ops->facts != NULL)
        b->ops->facts(b, args->fact, args->fact_b);
    if (rc == HF_OK)
        rc = prepare(&d, err);
    if (rc == HF_OK) {
        d.by_leaf = strcmp(a->format, b->format) == 0;
        d.drop_origin = a->origin.n > 0 && b->origin.n > 0;
        rc = each(&d, a, file_a, &bad_a, err);
    }
    if (rc == HF_OK)
        rc = each(&d, b, hold_b, &bad_b, err);
    if (rc == HF_OK)
        rc = keep_missing(&d, err);
    if (rc == HF_OK)
        rc = tell(&d, err);
    out->quarantined_a = bad_a.n;
    out->quarantined_b = bad_b.n;
    out->quarantine_differs = memcmp(&bad_a, &bad_b, sizeof(bad_a)) != 0;
    hf_stmt_free(d.put);
    hf_stmt_free(d.find);
    hf_stmt_free(d.drop);
    hf_stmt_free(d.note);
    hf_db_close(d.db);
    hf_reader_close(a);
    hf_reader_close(b);
    hf_buf_clear(&d.key);
    hf_buf_clear(&d.pairs);
    hf_arena_free(d.mem);
    hf_paths_free(d.paths);
    return rc;
}
