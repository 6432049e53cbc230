/* tests/lib/vault/test_vault_search.c: the index of a vault and the exact evaluator find the same
 * messages, show the same, in the same order. */
#include "support.h"

#include "format/copy.h"
#include "query/eval.h"
#include "text/token.h"
#include "vault/search.h"
#include "vault_feed.h"

#define NOW INT64_C(1711929600000000) /* 2024-04-01 */

enum { QUERIES = 400, LIMIT = 1000 };

/* --- a source read into memory --------------------------------------------------------------- */

typedef struct world {
    hf_vault *v;
    hf_batch **batch;
    size_t nbatch;
    hf_directory *d;
    hf_map *words;   /* folded words of all texts */
    hf_map *phrases; /* two neighbours, as they stand in a text */
    uint64_t random;
} world;

static uint64_t draw(world *w, uint64_t n)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (w->random * UINT64_C(0x2545F4914F6CDD1D) >> 33) % n;
}

typedef struct pair {
    world *w;
    hf_view text;
    size_t before; /* where the word before starts; HF_NPOS: none */
} pair;

static bool learn_word(void *self, hf_view word, size_t start, size_t end, unsigned flags)
{
    pair *p = self;

    hf_map_put(p->w->words, word, NULL);
    if (p->before != HF_NPOS && end - p->before < 60 && flags == 0 &&
        hf_view_find_byte(hf_view_sub(p->text, p->before, end - p->before), '"') == HF_NPOS)
        hf_map_put(p->w->phrases, hf_view_sub(p->text, p->before, end - p->before), NULL);
    p->before = start;
    return true;
}

static void learn(world *w, const hf_record *r)
{
    hf_directory_learn(w->d, r);
    for (uint32_t i = 0; r->kind == HF_KIND_MESSAGE && i < r->nvalue; i++) {
        pair p = { w, r->value[i].text, HF_NPOS };

        if (hf_doc_has(r->value[i].field))
            hf_tokenize(p.text, 0, learn_word, &p);
    }
}

static void read_all(world *w, const char *path)
{
    hf_input in = { 0 };
    hf_paths *paths = hf_paths_new();
    hf_reader_args args = { .paths = paths, .want = HF_WANT_RECORDS };
    hf_reader *r = NULL;
    hf_err *err = NULL;
    hf_status rc = HF_OK;

    T_OK(err, hf_input_open(&in, path, NULL, &err));
    T_OK(err, hf_read_open(&r, &in, &args, true, &err));
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, &err);
        w->batch = hf_realloc(w->batch, w->nbatch + 1, sizeof(hf_batch *));
        w->batch[w->nbatch++] = b;
        for (size_t i = 0; i < b->n; i++)
            learn(w, b->rec[i]);
    }
    assert_int_equal(rc, HF_END);
    hf_reader_close(r);
    hf_input_clear(&in);
    hf_paths_free(paths);
}

static void import(world *w, const char *source, const char *path)
{
    hf_input in = { 0 };
    hf_copy_result r = { 0 };
    hf_copy_args args = { .input = &in,
                          .target = hf_format_find(HF_V("vault")),
                          .target_path = path,
                          .ignore_sidecar = true };
    hf_err *err = NULL;

    hf_vault_close(feed_open(path, HF_VAULT_READ)); /* makes it */
    T_OK(err, hf_input_open(&in, source, NULL, &err));
    T_OK(err, hf_copy(&args, &r, &err));
    hf_input_clear(&in);
    hf_ledger_free(r.ledger);
    hf_paths_free(r.paths);
    w->v = feed_open(path, HF_VAULT_READ);
}

static int setup(void **state)
{
    world *w = HF_NEW(world);
    const char *source = t_source("samples/slack-northwind");

    w->d = hf_directory_new();
    w->words = hf_map_new();
    w->phrases = hf_map_new();
    w->random = UINT64_C(88172645463325252);
    read_all(w, source);
    import(w, source, feed_path(t_folder(), "northwind.vault"));
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world *w = *state;

    for (size_t i = 0; i < w->nbatch; i++)
        hf_batch_free(w->batch[i]);
    hf_free(w->batch);
    hf_directory_free(w->d);
    hf_map_free(w->words);
    hf_map_free(w->phrases);
    hf_vault_close(w->v);
    hf_free(w);
    return 0;
}

/* --- random queries -------------------------------------------------------------------------- */

static void add_leaf(world *w, hf_buf *out)
{
    static const char *const fields[] = {
        "from:maren",
        "from:\"tide bot\"",
        "from:U04NOBODY9",
        "from:i*",
        "in:general",
        "in:slips",
        "in:incidents",
        "in:\"\xe6\xb8\xaf*\"",
        "chan:dm",
        "chan:private",
        "has:file",
        "has:link",
        "has:reaction",
        "has:mention",
        "is:edited",
        "is:reply",
        "is:root",
        "is:bot",
        "is:system",
        "is:deleted",
        "on:2024-03-11",
        "after:2024-03-01T17:30",
        "before:2024-02-20",
        "during:2024-W",
        "during:2024-03",
        "after:2024-03-20",
        "id:1710113400.852953",
        "*",
    };
    hf_view v;

    switch (draw(w, 8)) {
    case 0:
    case 1:
    case 2:
        v = hf_map_at(w->words, draw(w, hf_map_count(w->words)))->key;
        hf_buf_byte(out, '"');
        hf_buf_add(out, v);
        hf_buf_byte(out, '"');
        break;
    case 3: /* words that many messages have */
        v = hf_map_at(w->words, draw(w, 60))->key;
        hf_buf_byte(out, '"');
        hf_buf_add(out, v);
        hf_buf_byte(out, '"');
        break;
    case 4:
        v = hf_map_at(w->words, draw(w, hf_map_count(w->words)))->key;
        v = hf_view_sub(v, 0, (unsigned char)v.p[0] < 0x80 ? 1 + draw(w, 3) : 3);
        hf_buf_printf(out, "\"%.*s*\"", (int)v.n, v.p);
        break;
    case 5:
        v = hf_map_at(w->phrases, draw(w, hf_map_count(w->phrases)))->key;
        hf_buf_printf(out, "\"%.*s\"", (int)v.n, v.p);
        break;
    default:
        hf_buf_str(out, fields[draw(w, T_COUNT(fields))]);
    }
}

static void add_query(world *w, unsigned depth, hf_buf *out)
{
    uint64_t n = depth == 0 ? 1 : 1 + draw(w, 3);
    const char *op = draw(w, 3) == 0 ? " OR " : " ";

    for (uint64_t i = 0; i < n; i++) {
        if (i > 0)
            hf_buf_str(out, op);
        if (draw(w, 5) == 0)
            hf_buf_str(out, "NOT ");
        if (depth == 0 || draw(w, 2) == 0) {
            add_leaf(w, out);
            continue;
        }
        hf_buf_byte(out, '(');
        add_query(w, depth - 1, out);
        hf_buf_byte(out, ')');
    }
}

/* --- both ways ------------------------------------------------------------------------------- */

static hf_status by_evaluator(world *w, const hf_query *q, const hf_search_args *args,
                              hf_hits *hits, hf_err **err)
{
    hf_eval *e = hf_eval_new(q, w->d, args->current_only ? HF_EVAL_CURRENT : 0);
    hf_status rc;
    hf_buf snippet;

    hf_buf_init(&snippet, HF_BUF_UNBOUNDED);
    for (size_t b = 0; b < w->nbatch; b++)
        for (size_t i = 0; i < w->batch[b]->n; i++) {
            const hf_record *r = w->batch[b]->rec[i];
            hf_hit hit = {
                .time_us = r->time_us, .origin = r->origin, .channel = r->scope, .id = r->id
            };

            if (r->kind != HF_KIND_MESSAGE || !hf_eval_matches(e, r) || !hf_hits_count(hits, &hit))
                continue;
            hf_buf_reset(&snippet);
            hf_hit_snippet(q, r, &snippet);
            hit.snippet = hf_buf_view(&snippet);
            hf_hits_keep(hits, &hit);
        }
    rc = hf_eval_finish(e, err);
    hf_eval_free(e);
    hf_buf_clear(&snippet);
    return rc;
}

static hf_status by_index(world *w, const hf_query *q, const hf_search_args *args, hf_hits *hits,
                          hf_err **err)
{
    hf_directory *d = hf_directory_new();
    hf_resolution *names = NULL;
    hf_status rc = hf_vault_names(w->v, q, d, err);

    if (rc == HF_OK) {
        names = hf_resolve(q, d);
        rc = hf_vault_search(w->v, args, names, hits, NULL, err);
    }
    hf_resolution_free(names);
    hf_directory_free(d);
    return rc;
}

static void compare(const char *query, hf_hits *a, hf_hits *b)
{
    size_t na, nb;
    const hf_hit *const *x = hf_hits_sorted(a, &na), *const *y = hf_hits_sorted(b, &nb);

    if (hf_hits_total(a) != hf_hits_total(b) || na != nb)
        fail_msg("%s: %llu messages, and %llu by the index", query,
                 (unsigned long long)hf_hits_total(a), (unsigned long long)hf_hits_total(b));
    for (size_t i = 0; i < na; i++)
        if (!hf_view_eq(x[i]->id, y[i]->id) || !hf_view_eq(x[i]->channel, y[i]->channel) ||
            x[i]->time_us != y[i]->time_us || !hf_view_eq(x[i]->snippet, y[i]->snippet))
            fail_msg("%s: hit %zu is %.*s \"%.*s\", and %.*s \"%.*s\" by the index", query, i,
                     (int)x[i]->id.n, x[i]->id.p, (int)x[i]->snippet.n, x[i]->snippet.p,
                     (int)y[i]->id.n, y[i]->id.p, (int)y[i]->snippet.n, y[i]->snippet.p);
}

/* True when the query was answered, false when both refused it. */
static bool ask_both(world *w, const char *text, bool current_only, bool oldest_first, size_t limit,
                     uint64_t *total)
{
    const hf_query_args how = { .now_us = NOW };
    hf_search_args args = { .current_only = current_only,
                            .oldest_first = oldest_first,
                            .limit = limit };
    hf_hits *a = hf_hits_new(limit, oldest_first), *b = hf_hits_new(limit, oldest_first);
    hf_query *q = NULL;
    hf_err *err = NULL, *other = NULL;
    hf_status rc = hf_query_parse(&q, hf_view_str(text), &how, &err);

    if (rc == HF_OK) {
        args.query = q;
        rc = by_evaluator(w, q, &args, a, &err);
        if (by_index(w, q, &args, b, &other) != rc)
            fail_msg("%s: %s, and %s by the index", text, err == NULL ? "fine" : err->message,
                     other == NULL ? "fine" : other->message);
    }
    if (rc == HF_OK)
        compare(text, a, b);
    *total = hf_hits_total(a);
    hf_err_free(err);
    hf_err_free(other);
    hf_hits_free(a);
    hf_hits_free(b);
    hf_query_free(q);
    return rc == HF_OK;
}

static void index_and_evaluator_agree(void **state)
{
    world *w = *state;
    size_t answered = 0, found = 0;
    hf_buf text;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < QUERIES; i++) {
        uint64_t total = 0;

        hf_buf_reset(&text);
        add_query(w, 1 + (unsigned)draw(w, 3), &text);
        answered += ask_both(w, hf_buf_cstr(&text), draw(w, 4) == 0, draw(w, 2) == 0,
                             draw(w, 3) == 0 ? 7 : LIMIT, &total);
        found += total > 0 && total < 406;
    }
    hf_buf_clear(&text);
    /* "during:2024-W" is a mistake on purpose; most others must say something. */
    assert_true(answered > QUERIES * 8 / 10 && found > QUERIES / 2);
}

/* Depths and breadths that FTS5 alone would refuse. */
static void large_queries_are_answered(void **state)
{
    world *w = *state;
    hf_buf text;
    uint64_t total = 0;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (int i = 0; i < 3000; i++) {
        hf_view word = hf_map_at(w->words, (size_t)i % hf_map_count(w->words))->key;

        hf_buf_printf(&text, "%s\"%.*s\"", i > 0 ? " OR " : "", (int)word.n, word.p);
    }
    assert_true(ask_both(w, hf_buf_cstr(&text), false, false, LIMIT, &total));
    hf_buf_reset(&text);
    for (int i = 0; i < HF_QUERY_DEPTH; i++)
        hf_buf_str(&text, i % 2 == 0 ? "crane OR (" : "load (");
    hf_buf_str(&text, "the");
    for (int i = 0; i < HF_QUERY_DEPTH; i++)
        hf_buf_byte(&text, ')');
    assert_true(ask_both(w, hf_buf_cstr(&text), false, false, LIMIT, &total));
    assert_true(total > 0);
    hf_buf_clear(&text);
}

/* --- versions -------------------------------------------------------------------------------- */

static void import_messages(hf_vault *v, const feed_message *m)
{
    feed f;

    feed_begin(&f, v, true);
    feed_messages(&f, "day.txt", m);
    feed_finish(&f);
}

/* Ids of the messages found, newest first. */
static void found(world *w, const char *text, bool current_only, hf_buf *out)
{
    const hf_query_args how = { .now_us = NOW };
    hf_search_args args = { .current_only = current_only, .limit = LIMIT };
    hf_hits *hits = hf_hits_new(LIMIT, false);
    hf_query *q = NULL;
    hf_err *err = NULL;
    const hf_hit *const *hit;
    size_t n;

    hf_buf_reset(out);
    T_OK(err, hf_query_parse(&q, hf_view_str(text), &how, &err));
    args.query = q;
    T_OK(err, by_index(w, q, &args, hits, &err));
    hit = hf_hits_sorted(hits, &n);
    assert_int_equal(n, hf_hits_total(hits));
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            hf_buf_byte(out, ' ');
        hf_buf_add(out, hit[i]->id);
        hf_buf_printf(out, ".%u", hit[i]->version);
    }
    hf_hits_free(hits);
    hf_query_free(q);
}

static void all_versions_are_one_message(void **state)
{
    static const feed_message first[] = { { "C1", "a", 20, "crane falls", 0 },
                                          { "C1", "c", 22, "nothing at all", 0 },
                                          { "C1", "d", 25, "last", 0 },
                                          { "C1", "b", 21, "crane stands", 0 },
                                          { NULL, NULL, 0, NULL, 0 } };
    /* a is edited, b is gone, c gets a reaction */
    static const feed_message second[] = { { "C1", "a", 20, "mast falls", 0 },
                                           { "C1", "c", 22, "nothing at all", 3 },
                                           { "C1", "d", 25, "last", 0 },
                                           { NULL, NULL, 0, NULL, 0 } };
    static const feed_message third[] = { { "C1", "a", 20, "quiet", 0 },
                                          { "C1", "c", 22, "nothing at all", 3 },
                                          { "C1", "d", 25, "last", 0 },
                                          { NULL, NULL, 0, NULL, 0 } };
    static const struct {
        const char *query, *any, *current; /* id.version, newest first */
    } cases[] = {
        { "crane", "b.1 a.1", "b.1" }, /* b is missing, a was edited */
        { "mast", "a.2", "" },
        { "quiet", "a.3", "a.3" },
        { "falls", "a.2", "" },            /* the latest version that says so */
        { "crane mast quiet", "a.3", "" }, /* words of different versions: one message */
        { "\"mast falls\"", "a.2", "" },
        { "\"quiet crane\"", "", "" }, /* but no phrase across them */
        { "crane -mast", "b.1", "b.1" },
        { "-crane", "d.1 c.1", "d.1 c.1 a.3" },
        { "crane OR nothing", "c.1 b.1 a.1", "c.1 b.1" },
        { "has:reaction", "c.1", "c.1" }, /* the state of today */
        { "nothing -has:reaction", "", "" },
        { "before:1970-01-22 crane", "a.1", "" },
        { "in:C1 -is:system", "d.1 c.1 b.1 a.3", "d.1 c.1 b.1 a.3" },
        { "id:a", "a.3", "a.3" },
        { "*", "d.1 c.1 b.1 a.3", "d.1 c.1 b.1 a.3" },
    };
    world w = { 0 };
    const char *path = feed_path(t_folder(), "versions.vault");
    hf_buf out;
    hf_err *err = NULL;

    (void)state;
    w.v = feed_open(path, HF_VAULT_WRITE);
    import_messages(w.v, first);
    import_messages(w.v, second);
    import_messages(w.v, third);
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < T_COUNT(cases); i++) {
            found(&w, cases[i].query, false, &out);
            if (!hf_view_is(hf_buf_view(&out), cases[i].any))
                fail_msg("round %d, %s: %s", round, cases[i].query, hf_buf_cstr(&out));
            found(&w, cases[i].query, true, &out);
            if (!hf_view_is(hf_buf_view(&out), cases[i].current))
                fail_msg("round %d, %s, current: %s", round, cases[i].query, hf_buf_cstr(&out));
        }
        if (round == 0)
            T_OK(err, hf_vault_reindex(w.v, &err)); /* and again from an index made at once */
    }
    hf_buf_clear(&out);
    hf_vault_close(w.v);
}

/* --- origins --------------------------------------------------------------------------------- */

/* An export of one user, one channel and one message, whose ids every origin has. */
static void import_origin(hf_vault *v, const char *origin, const char *user, const char *channel,
                          const char *text)
{
    const feed_message message = { "C1", "m1", 20, text, 0 };
    feed f;
    hf_record *r;

    feed_begin(&f, v, false);
    f.origin = origin;
    r = feed_record(&f, HF_KIND_USER, "U1", HF_V("user"), 0);
    hf_rec_text(f.b, r, HF_F_USER_NAME, 0, feed_dup(&f, user));
    r = feed_record(&f, HF_KIND_CHANNEL, "C1", HF_V("channel"), 0);
    hf_rec_text(f.b, r, HF_F_CHANNEL_NAME, 0, feed_dup(&f, channel));
    hf_rec_text(f.b, r, HF_F_CHANNEL_PREVIOUS_NAME, 0, HF_V("start"));
    feed_message_record(&f, &message, HF_V("message"), 0, 0);
    feed_finish(&f);
}

static void one_id_may_be_two_people(void **state)
{
    static const struct {
        const char *query, *want;
        size_t messages;
    } cases[] = {
        { "from:ada", "crane", 1 },      { "from:bob", "mast", 1 },
        { "-from:ada", "mast", 1 },      { "from:U1", "", 2 }, /* the id is that of both */
        { "in:harbour", "crane", 1 },    { "in:yard mast", "mast", 1 },
        { "in:yard crane", "", 0 },      { "in:start", "", 2 }, /* a previous name, in both */
        { "id:m1 from:bob", "mast", 1 },
    };
    const hf_query_args how = { .now_us = NOW };
    world w = { .v = feed_open(feed_path(t_folder(), "origins.vault"), HF_VAULT_WRITE) };

    (void)state;
    import_origin(w.v, "T1", "ada", "harbour", "crane");
    import_origin(w.v, "T2", "bob", "yard", "mast");
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_search_args args = { .limit = LIMIT };
        hf_hits *hits = hf_hits_new(LIMIT, false);
        hf_query *q = NULL;
        hf_err *err = NULL;
        const hf_hit *const *hit;
        size_t n;

        T_OK(err, hf_query_parse(&q, hf_view_str(cases[i].query), &how, &err));
        args.query = q;
        T_OK(err, by_index(&w, q, &args, hits, &err));
        hit = hf_hits_sorted(hits, &n);
        if (n != cases[i].messages || (n == 1 && !hf_view_is(hit[0]->snippet, cases[i].want)))
            fail_msg("%s: %zu messages", cases[i].query, n);
        hf_hits_free(hits);
        hf_query_free(q);
    }
    hf_vault_close(w.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(index_and_evaluator_agree, setup, teardown),
        cmocka_unit_test_setup_teardown(large_queries_are_answered, setup, teardown),
        cmocka_unit_test(all_versions_are_one_message),
        cmocka_unit_test(one_id_may_be_two_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
