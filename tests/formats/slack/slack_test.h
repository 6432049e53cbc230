/* tests/formats/slack/slack_test.h: read an export whole, and look at what came. */
#ifndef HF_TESTS_SLACK_TEST_H
#define HF_TESTS_SLACK_TEST_H

#include "format/copy.h"
#include "slack/slack.h"
#include "support.h"

/* Everything a reader gave; batches stay alive until got_free. */
typedef struct got {
    hf_source *source;
    hf_paths *paths;
    hf_batch **batch;
    size_t nbatch;
    hf_record **rec;
    size_t n;
} got;

static inline void got_free(got *g)
{
    for (size_t i = 0; i < g->nbatch; i++)
        hf_batch_free(g->batch[i]);
    hf_free(g->batch);
    hf_free(g->rec);
    hf_paths_free(g->paths);
    hf_source_close(g->source);
    *g = (got){ 0 };
}

static inline hf_status got_try(got *g, const char *path, unsigned want, const char *origin,
                                hf_err **err)
{
    hf_reader *r = NULL;
    hf_status rc;

    *g = (got){ .paths = hf_paths_new() };
    rc = hf_source_open(&g->source, path, NULL, err);
    if (rc == HF_OK) {
        hf_reader_args args = {
            .source = g->source, .path = path, .paths = g->paths, .want = want, .origin = origin
        };

        rc = hf_format_slack.open(&r, &args, err);
    }
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = r->ops->next(r, b, err);
        g->batch = hf_realloc(g->batch, g->nbatch + 1, sizeof(*g->batch));
        g->batch[g->nbatch++] = b;
        g->rec = hf_realloc(g->rec, g->n + b->n + 1, sizeof(*g->rec));
        if (b->n > 0)
            memcpy(g->rec + g->n, b->rec, b->n * sizeof(*b->rec));
        g->n += b->n;
    }
    if (r != NULL)
        r->ops->close(r);
    return rc == HF_END ? HF_OK : rc;
}

static inline got got_read(const char *path, unsigned want)
{
    hf_err *err = NULL;
    got g;

    T_OK(err, got_try(&g, path, want, NULL, &err));
    return g;
}

static inline size_t got_count(const got *g, hf_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < g->n; i++)
        n += g->rec[i]->kind == kind;
    return n;
}

/* The record of that kind and id (and scope, unless NULL); the test fails when there is none. */
static inline hf_record *got_find(const got *g, hf_kind kind, const char *scope, const char *id)
{
    for (size_t i = 0; i < g->n; i++) {
        hf_record *r = g->rec[i];

        if (r->kind == kind && hf_view_is(r->id, id) &&
            (scope == NULL || hf_view_is(r->scope, scope)))
            return r;
    }
    print_error("no %s record with scope %s and id %s\n", hf_kind_name(kind),
                scope == NULL ? "(any)" : scope, id);
    fail();
    return NULL;
}

/* The n-th record of that kind. */
static inline hf_record *got_at(const got *g, hf_kind kind, size_t n)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->rec[i]->kind == kind && n-- == 0)
            return g->rec[i];
    print_error("too few %s records\n", hf_kind_name(kind));
    fail();
    return NULL;
}

/* All values of a record as lines "path[item] = value", in their order; the arena keeps it. */
static inline const char *values_of(const hf_record *r, hf_arena *mem)
{
    hf_buf b;
    hf_view text;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];
        const hf_field_info *f = hf_field_get(v->field);

        hf_buf_str(&b, f->path);
        if (f->is_list)
            hf_buf_printf(&b, "[%u]", v->item);
        hf_buf_str(&b, " = ");
        if (f->type == HF_TYPE_TIME || f->type == HF_TYPE_INT || f->type == HF_TYPE_BOOL)
            hf_buf_i64(&b, v->num);
        else
            hf_buf_add(&b, v->text);
        hf_buf_byte(&b, '\n');
    }
    text = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return text.p;
}

static inline void assert_values(const hf_record *r, const char *want)
{
    hf_arena *mem = hf_arena_new();

    assert_string_equal(values_of(r, mem), want);
    hf_arena_free(mem);
}

/* The leaves as lines "path = raw", with the field that carries it; "-" when nobody took it, "?"
 * when the spelling is odd. */
static inline const char *leaves_of(const hf_record *r, const hf_paths *p, hf_arena *mem)
{
    hf_buf b;
    hf_view text;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (uint32_t i = 0; i < r->nleaf; i++) {
        const hf_leaf *l = &r->leaf[i];

        hf_buf_add(&b, hf_path_text(p, l->path));
        hf_buf_str(&b, " = ");
        hf_buf_add(&b, l->raw);
        hf_buf_printf(&b, " %s%s\n",
                      l->value == 0 ? "-" : hf_field_get(r->value[l->value - 1].field)->path,
                      l->is_odd ? "?" : "");
    }
    text = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return text.p;
}

static inline void assert_leaves(const hf_record *r, const hf_paths *p, const char *want)
{
    hf_arena *mem = hf_arena_new();

    assert_string_equal(leaves_of(r, p, mem), want);
    hf_arena_free(mem);
}

/* --- small exports ------------------------------------------------------------------------------
 */

#define USERS    "[{\"id\":\"U1\",\"team_id\":\"T1\",\"name\":\"ann\"}]"
#define CHANNELS "[{\"id\":\"C1\",\"name\":\"general\"}]"

enum { RECORDS = HF_WANT_RECORDS, ACCOUNT = HF_WANT_RECORDS | HF_WANT_ACCOUNT };

typedef struct file {
    const char *name, *text;
} file;

/* A folder with these files; users.json and channels.json are there unless given. */
static inline const char *make(const file *files, size_t n)
{
    const char *dir = t_folder();

    t_write(dir, "users.json", hf_view_str(USERS));
    t_write(dir, "channels.json", hf_view_str(CHANNELS));
    for (size_t i = 0; i < n; i++)
        t_write(dir, files[i].name, hf_view_str(files[i].text));
    return dir;
}

static inline got read_day(const char *json, unsigned want)
{
    file f = { "general/2024-03-01.json", json };

    return got_read(make(&f, 1), want);
}

/* --- checks of whole exports ----------------------------------------------------------------
 */

/* The stream's bytes of every member are the member's bytes, and every record's raw is what stands
 * at its place. */
static inline void check_bytes(const got *g)
{
    hf_view *bytes = hf_alloc0(hf_source_count(g->source), sizeof(*bytes));
    bool *ended = hf_alloc0(hf_source_count(g->source), sizeof(*ended));
    hf_buf joined;
    uint32_t open = HF_NO_MEMBER;
    hf_err *err = NULL;

    hf_buf_init(&joined, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < g->n; i++) {
        const hf_record *r = g->rec[i];

        if (r->kind == HF_KIND_MEMBER) {
            assert_int_equal(open, HF_NO_MEMBER);
            open = r->u.member.ordinal;
            hf_buf_reset(&joined);
            assert_false(ended[open]);
        } else if (r->kind == HF_KIND_BYTES) {
            assert_int_equal(r->raw.member, open);
            assert_true(r->raw.offset == joined.n);
            assert_true(r->raw.bytes.n > 0);
            hf_buf_add(&joined, r->raw.bytes);
        } else if (r->kind == HF_KIND_MEMBER_END) {
            bytes[open] = (hf_view){ hf_view_dup(hf_buf_view(&joined)), joined.n };
            ended[open] = true;
            open = HF_NO_MEMBER;
        }
    }
    for (uint32_t m = 0; m < hf_source_count(g->source); m++) {
        hf_buf whole;

        assert_true(ended[m]);
        hf_buf_init(&whole, HF_BUF_UNBOUNDED);
        if (hf_source_member(g->source, m)->type == HF_MEMBER_FILE)
            T_OK(err, hf_source_slurp(g->source, m, &whole, &err));
        assert_true(hf_view_eq(bytes[m], hf_buf_view(&whole)));
        hf_buf_clear(&whole);
    }
    for (size_t i = 0; i < g->n; i++) {
        const hf_record *r = g->rec[i];

        if (r->raw.bytes.n > 0)
            assert_true(
                hf_view_eq(r->raw.bytes, hf_view_sub(bytes[r->raw.member], (size_t)r->raw.offset,
                                                     r->raw.bytes.n)));
    }
    for (uint32_t m = 0; m < hf_source_count(g->source); m++)
        hf_free((void *)(uintptr_t)bytes[m].p);
    hf_free(bytes);
    hf_free(ended);
    hf_buf_clear(&joined);
}

/* Every record parsed again from its own bytes has the same values, leaves, time and flags. */
static inline void check_parse(const got *g)
{
    for (size_t i = 0; i < g->n; i++) {
        const hf_record *r = g->rec[i];
        hf_batch *b = hf_batch_new();
        hf_record *again = hf_batch_add(b, r->kind);
        hf_err *err = NULL;

        again->origin = r->origin;
        again->scope = r->scope;
        again->id = r->id;
        again->raw = r->raw;
        again->flags = r->flags & HF_REC_PLACE;
        if (hf_kind_is_record(r->kind) && (r->flags & HF_REC_STUB) == 0) {
            T_OK(err, hf_format_slack.parse(b, again, g->paths, &err));
            assert_string_equal(values_of(again, b->mem), values_of(r, b->mem));
            assert_string_equal(leaves_of(again, g->paths, b->mem), leaves_of(r, g->paths, b->mem));
            assert_true(again->time_us == r->time_us);
            assert_int_equal(again->flags, r->flags);
            assert_int_equal(again->dialect, r->dialect);
        }
        hf_batch_free(b);
    }
}

static inline int probe(const char *path)
{
    hf_err *err = NULL;
    hf_peek pk = { .path = path };
    const char *why = NULL;
    int score;

    T_OK(err, hf_source_open(&pk.source, path, NULL, &err));
    score = hf_format_slack.probe(&pk, &why);
    assert_true(score == 0 || why != NULL);
    hf_source_close(pk.source);
    return score;
}

/* What tests/support/count_slack.py says of it. */
typedef struct expected {
    const char *path;
    uint64_t users, channels, private_channels, dms, groups, messages, replies, roots, reactions,
        files, edited, bot, events;
    size_t coverage;
} expected;

static inline void check_export(const char *path, const expected *e)
{
    got g = got_read(path, ACCOUNT | HF_WANT_BYTES);
    hf_counts c;

    hf_counts_init(&c);
    for (size_t k = 0; k < g.n; k++)
        hf_counts_add(&c, g.rec[k]);
    assert_int_equal(c.users, e->users);
    assert_int_equal(c.channels, e->channels);
    assert_int_equal(c.private_channels, e->private_channels);
    assert_int_equal(c.dms, e->dms);
    assert_int_equal(c.groups, e->groups);
    assert_int_equal(c.messages, e->messages);
    assert_int_equal(c.replies, e->replies);
    assert_int_equal(c.roots, e->roots);
    assert_int_equal(c.reactions, e->reactions);
    assert_int_equal(c.files, e->files);
    assert_int_equal(c.edited, e->edited);
    assert_int_equal(c.bot, e->bot);
    assert_int_equal(c.events, e->events);
    assert_int_equal(c.members, hf_source_count(g.source));
    assert_int_equal(c.quarantined, 0);
    assert_int_equal(c.stubs, 0);
    assert_int_equal(got_count(&g, HF_KIND_COVERAGE), e->coverage);
    check_bytes(&g);
    check_parse(&g);
    got_free(&g);
}

#endif
