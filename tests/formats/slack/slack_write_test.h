/* tests/formats/slack/slack_write_test.h: write exports, and check what was written. */
#ifndef HF_TESTS_SLACK_WRITE_TEST_H
#define HF_TESTS_SLACK_WRITE_TEST_H

#include <stdlib.h>

#include "slack/compose.h"
#include "slack_test.h"

/* --- through the driver -------------------------------------------------------------------------
 */

/* A new path that ends in name, in a folder of this program. */
static inline char *new_path(const char *name)
{
    static const char *dir;
    static unsigned n;

    if (dir == NULL)
        dir = t_folder();
    return hf_sprintf("%s/%u-%s", dir, n++, name);
}

typedef struct copied {
    hf_copy_result result;
    const char *path;
} copied;

static inline copied copy_scoped(const char *from, const char *name, const hf_scope *scope,
                                 bool keep_secrets)
{
    hf_err *err = NULL;
    hf_input in = { 0 };
    copied c = { .path = new_path(name) };
    hf_copy_args args = { .input = &in,
                          .target = &hf_format_slack,
                          .target_path = c.path,
                          .scope = scope,
                          .keep_secrets = keep_secrets };

    T_OK(err, hf_input_open(&in, from, NULL, &err));
    T_OK(err, hf_copy(&args, &c.result, &err));
    hf_input_clear(&in);
    return c;
}

static inline void copied_free(copied *c)
{
    hf_ledger_free(c->result.ledger);
    hf_paths_free(c->result.paths);
    hf_free((void *)(uintptr_t)c->path);
}

/* Members of both, in their order, have the same names and bytes. */
static inline void check_same_members(const char *a, const char *b)
{
    hf_err *err = NULL;
    hf_source *x, *y;

    T_OK(err, hf_source_open(&x, a, NULL, &err));
    T_OK(err, hf_source_open(&y, b, NULL, &err));
    assert_int_equal(hf_source_count(x), hf_source_count(y));
    for (uint32_t i = 0; i < hf_source_count(x); i++) {
        const hf_member *m = hf_source_member(x, i), *n = hf_source_member(y, i);
        hf_view name = hf_view_ends(n->name, HF_V("/")) && !hf_view_ends(m->name, HF_V("/"))
                           ? hf_view_sub(n->name, 0, n->name.n - 1)
                           : n->name;
        hf_buf p, q;

        assert_true(hf_view_eq(m->name, name));
        assert_int_equal(m->type, n->type);
        if (m->type != HF_MEMBER_FILE)
            continue;
        hf_buf_init(&p, HF_BUF_UNBOUNDED);
        hf_buf_init(&q, HF_BUF_UNBOUNDED);
        T_OK(err, hf_source_slurp(x, i, &p, &err));
        T_OK(err, hf_source_slurp(y, i, &q, &err));
        assert_true(hf_view_eq(hf_buf_view(&p), hf_buf_view(&q)));
        hf_buf_clear(&p);
        hf_buf_clear(&q);
    }
    hf_source_close(x);
    hf_source_close(y);
}

static inline void check_rebuild(const char *from, const char *name)
{
    copied c = copy_scoped(from, name, NULL, false);

    assert_true(c.result.is_exact);
    for (int s = 0; s < HF_STATE_COUNT; s++)
        if (s != HF_EXACT)
            assert_int_equal(hf_ledger_total(c.result.ledger, (hf_state)s), 0);
    check_same_members(from, c.path);
    copied_free(&c);
}

/* --- without the driver -----------------------------------------------------------------------
 */

/* What a writer said of the records that it was given. */
typedef struct asked {
    hf_writer *w;
    hf_ledger *ledger;
    hf_paths *paths;
    const char *path;
} asked;

static inline asked ask(const char *source_format, const char *name)
{
    hf_err *err = NULL;
    asked a = { .paths = hf_paths_new(), .path = new_path(name) };
    hf_writer_args args = { .path = a.path, .source_format = source_format };

    args.paths = a.paths;
    args.ledger = a.ledger = hf_ledger_new(a.paths, NULL);
    T_OK(err, hf_format_slack.create(&a.w, &args, &err));
    return a;
}

static inline void give(asked *a, hf_batch *b)
{
    hf_err *err = NULL;

    for (size_t i = 0; i < b->n; i++)
        if (hf_kind_is_record(b->rec[i]->kind))
            hf_ledger_enter(a->ledger, b->rec[i]);
    for (size_t i = 0; i < b->n; i++)
        a->w->ops->expect(a->w, b->rec[i]);
    T_OK(err, a->w->ops->put(a->w, b, &err));
}

static inline void end(asked *a)
{
    hf_err *err = NULL;

    T_OK(err, a->w->ops->finish(a->w, &err));
    a->w->ops->close(a->w);
    a->w = NULL;
    hf_ledger_close(a->ledger);
}

static inline void asked_free(asked *a)
{
    if (a->w != NULL)
        a->w->ops->close(a->w);
    hf_ledger_free(a->ledger);
    hf_paths_free(a->paths);
    hf_free((void *)(uintptr_t)a->path);
}

static inline uint64_t rows_of(const asked *a, hf_field f, hf_state state)
{
    const hf_ledger_row *row;
    size_t n = hf_ledger_rows(a->ledger, &row);
    uint64_t count = 0;

    for (size_t i = 0; i < n; i++)
        if (row[i].field == f && row[i].state == state)
            count += row[i].count;
    return count;
}

static inline int by_channel_time(const void *a, const void *b)
{
    const hf_record *x = *(hf_record *const *)a, *y = *(hf_record *const *)b;
    int c = (x->kind == HF_KIND_MESSAGE) - (y->kind == HF_KIND_MESSAGE);

    if (c == 0)
        c = hf_view_cmp(x->scope, y->scope);
    if (c == 0)
        c = (x->time_us > y->time_us) - (x->time_us < y->time_us);
    return c != 0 ? c : hf_view_cmp(x->id, y->id);
}

static inline const hf_record *find_id(const got *g, const hf_record *like)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->rec[i]->kind == like->kind && hf_view_eq(g->rec[i]->scope, like->scope) &&
            hf_view_eq(g->rec[i]->id, like->id))
            return g->rec[i];
    return NULL;
}

/* Every value that the writer settled as exact is there when the target is read again, alone. The
 * records are the export's own, without their bytes, so that each is composed. */
static inline void check_composed(const char *path)
{
    got g = got_read(path, RECORDS), again;
    asked a = ask("slack", "out.zip");
    hf_batch *b = hf_batch_new(), *all = hf_batch_new();
    size_t n = 0, exact = 0, values = 0;

    for (size_t i = 0; i < g.n; i++) {
        hf_record *r = g.rec[i];

        if (!hf_kind_is_record(r->kind) || r->kind == HF_KIND_OPAQUE || r->kind == HF_KIND_EVENT ||
            (r->flags & HF_REC_SYNTHETIC_ID) != 0)
            continue;
        r->raw = (hf_raw){ .member = HF_NO_MEMBER };
        g.rec[n++] = r;
    }
    qsort(g.rec, n, sizeof(*g.rec), by_channel_time);
    for (size_t i = 0; i < n; i++)
        hf_batch_copy(all, g.rec[i]);
    for (size_t i = 0; i < n; i++)
        hf_batch_copy(b, g.rec[i]);
    /* The writer frees what it is given: settle a copy the same way to look at its states. */
    give(&a, b);
    end(&a);
    again = got_read(a.path, RECORDS);
    for (size_t i = 0; i < n; i++) {
        const hf_record *other = find_id(&again, all->rec[i]);
        hf_record *r = all->rec[i];

        if (other == NULL) {
            print_error("%s %.*s is gone\n", hf_kind_name(r->kind), (int)r->id.n, r->id.p);
            fail();
        }
        slack_settle(r, other, NULL);
        for (uint32_t k = 0; k < r->nvalue; k++) {
            values++;
            exact += r->value[k].state == HF_EXACT;
        }
    }
    /* The account counts the same, and nearly all is exact. */
    assert_int_equal(hf_ledger_total(a.ledger, HF_EXACT), exact);
    assert_true(exact * 100 > values * 97);
    hf_batch_free(all);
    got_free(&g);
    got_free(&again);
    asked_free(&a);
}

#endif
