/* tests/formats/mattermost/mm_support.h: a feed over COPY blocks in a string, and comparing. */
#ifndef HF_TESTS_MM_SUPPORT_H
#define HF_TESTS_MM_SUPPORT_H

#include "mattermost/read_priv.h"
#include "support.h"

typedef struct fake {
    mm_feed base; /* must stay first */
    hf_arena *mem;
    mm_table table[128];
    hf_view rows[128];
    hf_view rest;
    uint32_t at;
    mm_which which;
    size_t chunk; /* bytes that next gives at most, whole lines; 0: everything */
} fake;

static inline bool fake_next_line(hf_view *rest, hf_view *line)
{
    size_t end = hf_view_find_byte(*rest, '\n');

    *line = hf_view_sub(*rest, 0, end == HF_NPOS ? end : end + 1);
    *rest = hf_view_from(*rest, line->n);
    return line->n > 0;
}

static inline hf_view fake_column(hf_view line, int n)
{
    for (; n > 0; n--)
        line = hf_view_from(line, hf_view_find_byte(line, '\t') + 1);
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '\t' || line.p[i] == '\n')
            return hf_view_sub(line, 0, i);
    return line;
}

static inline hf_status fake_start(mm_feed *base, uint32_t table, mm_which which, hf_err **err)
{
    fake *f = (fake *)base;

    (void)err;
    f->at = table;
    f->which = which;
    f->rest = f->rows[table];
    return HF_OK;
}

static inline hf_status fake_next(mm_feed *base, hf_arena *mem, mm_rows *out, hf_err **err)
{
    fake *f = (fake *)base;
    int original = mm_column_find(&f->table[f->at], HF_V("originalid"));
    hf_view line;
    hf_buf b;

    (void)err;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    while ((f->chunk == 0 || b.n < f->chunk) && fake_next_line(&f->rest, &line))
        if (f->which == MM_ROWS || fake_column(line, original).n > 0)
            hf_buf_add(&b, line);
    out->text = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    f->base.done += out->text.n;
    return out->text.n == 0 ? HF_END : HF_OK;
}

static inline hf_status
fake_counts(mm_feed *base, void (*say)(void *self, hf_view channel, int64_t day, uint64_t n),
            void *self, hf_err **err)
{
    (void)base;
    (void)err;
    say(self, HF_V("c1"), 19000, 3);
    say(self, HF_V("c9"), 19001, 4);
    return HF_OK;
}

static inline void fake_close(mm_feed *base)
{
    fake *f = (fake *)base;

    hf_arena_free(f->mem);
    hf_free(f);
}

static const mm_feed_ops fake_ops = { fake_start, fake_next, fake_counts, NULL, fake_close };

static inline bool fake_is_number(hf_view name)
{
    static const char *const names[] = { "createat",    "updateat",   "deleteat",  "editat",
                                         "size",        "jointime",   "leavetime", "acknowledgedat",
                                         "scheduledat", "processedat" };

    for (size_t i = 0; i < T_COUNT(names); i++)
        if (hf_view_is(name, names[i]))
            return true;
    return false;
}

/* A feed over the COPY blocks of a text as pg_dump writes them; columns have the types that their
 * names suggest. */
static inline fake *fake_of(hf_view sql)
{
    fake *f = HF_NEW(fake);
    hf_view line, at = sql;
    hf_err *err = NULL;

    f->base.ops = &fake_ops;
    f->base.table = f->table;
    f->base.server_id = HF_V("server1");
    f->mem = hf_arena_new();
    while (fake_next_line(&at, &line)) {
        mm_table *t = &f->table[f->base.ntable];
        mm_column *column;
        uint16_t n;
        size_t start;

        if (!hf_view_starts(line, HF_V("COPY ")))
            continue;
        assert_true(mm_head_parse(line, f->mem, &t->schema, &t->name, &column, &n) == line.n);
        for (uint16_t i = 0; i < n; i++)
            column[i].type = fake_is_number(column[i].name) ? HF_V("bigint") : HF_V("text");
        T_OK(err, mm_table_describe(t, column, n, NULL, 0, f->mem, &err));
        start = (size_t)(at.p - sql.p);
        while (fake_next_line(&at, &line) && !hf_view_is(line, "\\.\n"))
            ;
        f->rows[f->base.ntable] = hf_view_sub(sql, start, (size_t)(line.p - sql.p) - start);
        if (!mm_role_is_unread(t->role))
            assert_int_equal(t->ncolumn, n); /* the rows have no secret columns */
        f->base.ntable++;
    }
    return f;
}

#define EVERYTHING (HF_WANT_RECORDS | HF_WANT_ACCOUNT | HF_WANT_BYTES | HF_WANT_COUNTS)

/* --- reading -------------------------------------------------------------------------------------
 */

/* Everything that the reader gives, in one batch that lives until free_all. */
typedef struct all {
    hf_paths *paths;
    hf_reader *reader;
    hf_batch *batch[4096];
    size_t nbatch;
    hf_record **r;
    size_t n;
} all;

static inline void read_with(all *a, mm_feed *f, unsigned want, const hf_opts *opts)
{
    hf_reader_args args = { .want = want, .opts = opts };
    hf_err *err = NULL;
    hf_status rc = HF_OK;

    *a = (all){ .paths = hf_paths_new() };
    args.paths = a->paths;
    T_OK(err, mm_reader_over(&a->reader, f, &args, &err));
    while (rc == HF_OK) {
        hf_batch *b = a->batch[a->nbatch++] = hf_batch_new();

        assert_true(a->nbatch < T_COUNT(a->batch));
        rc = a->reader->ops->next(a->reader, b, &err);
        if (rc < 0)
            T_OK(err, rc);
        a->r = hf_realloc(a->r, a->n + b->n + 1, sizeof(*a->r));
        for (size_t i = 0; i < b->n; i++)
            a->r[a->n++] = b->rec[i];
    }
    assert_int_equal(rc, HF_END);
}

static inline void read_all(all *a, mm_feed *f, unsigned want)
{
    read_with(a, f, want, NULL);
}

static inline void free_all(all *a)
{
    a->reader->ops->close(a->reader);
    for (size_t i = 0; i < a->nbatch; i++)
        hf_batch_free(a->batch[i]);
    hf_paths_free(a->paths);
    hf_free(a->r);
}

static inline size_t count_kind(const all *a, hf_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < a->n; i++)
        n += a->r[i]->kind == kind;
    return n;
}

/* The record of that kind and id; the test fails when there is none. */
static inline hf_record *find_record(const all *a, hf_kind kind, const char *id)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->r[i]->kind == kind && hf_view_is(a->r[i]->id, id))
            return a->r[i];
    fail_msg("no %s %s", hf_kind_name(kind), id);
    return NULL;
}

/* Everything that a record says, a line each: values "path[item]=text", leaves "~path>value=raw".
 */
static inline void describe(const hf_record *r, const hf_paths *paths, bool members, hf_buf *out)
{
    hf_buf_printf(out, "%s %.*s/%.*s time %lld flags %x dialect %d format %s\n",
                  hf_kind_name(r->kind), (int)r->scope.n, r->scope.p, (int)r->id.n, r->id.p,
                  (long long)r->time_us, r->flags, (int)r->dialect, r->format);
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];

        if (v->field == HF_F_CHANNEL_MEMBER && !members)
            continue;
        hf_buf_printf(out, "%s[%u]=", hf_field_get(v->field)->path, v->item);
        if (v->text.p != NULL)
            hf_buf_add(out, v->text);
        else
            hf_buf_i64(out, v->num);
        hf_buf_byte(out, '\n');
    }
    for (uint32_t i = 0; i < r->nleaf; i++) {
        const hf_leaf *l = &r->leaf[i];
        hf_view path = hf_path_text(paths, l->path);

        assert_true(l->value <= r->nvalue);
        hf_buf_printf(out, "~%.*s>", (int)path.n, path.p);
        if (l->value != 0)
            hf_buf_printf(out, "%s[%u]", hf_field_get(r->value[l->value - 1].field)->path,
                          r->value[l->value - 1].item);
        hf_buf_printf(out, "%s%s=", l->spelling == HF_SPELL_COPY ? "" : " json",
                      l->is_odd ? " odd" : "");
        hf_buf_add(out, l->raw);
        hf_buf_byte(out, '\n');
    }
}

/* The values of a record in one line: "path[item]=text" without the kind's word, in order. */
static inline const char *said(const hf_record *r, hf_buf *b)
{
    size_t word = strlen(hf_kind_name(r->kind)) + 1;

    hf_buf_reset(b);
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];
        const hf_field_info *f = hf_field_get(v->field);

        hf_buf_printf(b, "%s%s", i == 0 ? "" : " ", f->path + word);
        if (f->is_list)
            hf_buf_printf(b, "[%u]", v->item);
        hf_buf_byte(b, '=');
        if (v->text.p != NULL)
            hf_buf_add(b, v->text);
        else if (f->type == HF_TYPE_TIME)
            hf_buf_i64(b, v->num / 1000);
        else
            hf_buf_i64(b, v->num);
    }
    return hf_buf_cstr(b);
}

/* What parse makes of the record's document must be what the reader gave; once with the head beside
 * the bytes, once in front of them. */
static inline void check_parse(const hf_record *r, const hf_paths *paths)
{
    for (int i = 0; i < 2; i++) {
        hf_paths *own = hf_paths_new();
        hf_batch *b = hf_batch_new();
        hf_record *back = hf_batch_add(b, r->kind);
        hf_buf want, got, doc;
        hf_err *err = NULL;

        hf_buf_init(&want, HF_BUF_UNBOUNDED);
        hf_buf_init(&got, HF_BUF_UNBOUNDED);
        hf_buf_init(&doc, HF_BUF_UNBOUNDED);
        back->origin = r->origin;
        back->scope = r->scope;
        back->id = r->id;
        back->flags = r->flags;
        back->raw = r->raw;
        if (i == 1) {
            hf_rec_document(r, &doc);
            back->raw = (hf_raw){ .bytes = hf_buf_view(&doc), .member = HF_NO_MEMBER };
        }
        T_OK(err, mm_parse(b, back, own, &err));
        describe(r, paths, false, &want);
        describe(back, own, false, &got);
        assert_string_equal(hf_buf_cstr(&got), hf_buf_cstr(&want));
        hf_buf_clear(&want);
        hf_buf_clear(&got);
        hf_buf_clear(&doc);
        hf_batch_free(b);
        hf_paths_free(own);
    }
}

#endif
