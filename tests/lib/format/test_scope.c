/* tests/lib/format/test_scope.c: which records belong to a part of a source. */
#include "support.h"

#include "format/scope.h"

/* A small source: what stands before ':' is the kind. Users U1..U4, channels C1..C3. */
typedef struct world {
    hf_batch *b;
    hf_buf kept;
} world;

static hf_record *add(world *w, hf_kind kind, const char *id)
{
    hf_record *r = hf_batch_add(w->b, kind);

    r->origin = HF_V("T1");
    r->id = hf_view_str(id);
    return r;
}

static void user(world *w, const char *id, const char *name, bool is_context)
{
    hf_record *r = add(w, HF_KIND_USER, id);

    hf_rec_text(w->b, r, HF_F_USER_NAME, 0, hf_view_str(name));
    r->flags |= is_context ? HF_REC_CONTEXT : 0;
}

static void channel(world *w, const char *id, const char *name, const char *member, bool is_context)
{
    hf_record *r = add(w, HF_KIND_CHANNEL, id);

    hf_rec_text(w->b, r, HF_F_CHANNEL_NAME, 0, hf_view_str(name));
    hf_rec_text(w->b, r, HF_F_CHANNEL_KIND, 0, HF_V("public"));
    hf_rec_text(w->b, r, HF_F_CHANNEL_MEMBER, 0, hf_view_str(member));
    r->flags |= is_context ? HF_REC_CONTEXT : 0;
}

static hf_record *message(world *w, const char *channel_id, const char *id, const char *author,
                          const char *text)
{
    hf_record *r = add(w, HF_KIND_MESSAGE, id);

    r->scope = hf_view_str(channel_id);
    r->time_us = 10 * HF_DAY_US;
    r->dialect = HF_DIALECT_MRKDWN;
    hf_rec_num(w->b, r, HF_F_MESSAGE_TIME, 0, r->time_us);
    hf_rec_text(w->b, r, HF_F_MESSAGE_AUTHOR, 0, hf_view_str(author));
    hf_rec_text(w->b, r, HF_F_MESSAGE_TEXT, 0, hf_view_str(text));
    return r;
}

static void attachment(world *w, uint32_t ordinal, const char *name, const char *file_id)
{
    hf_record *r = add(w, HF_KIND_MEMBER, "");

    r->u.member = (hf_rec_member){ .ordinal = ordinal,
                                   .name = hf_view_str(name),
                                   .is_opaque = true,
                                   .file_id = hf_view_str(file_id) };
    r = add(w, HF_KIND_BYTES, "");
    r->raw.member = ordinal;
    r->raw.bytes = hf_view_str(name);
    add(w, HF_KIND_MEMBER_END, "")->raw.member = ordinal;
}

static world make(bool is_context)
{
    world w = { .b = hf_batch_new() };
    hf_record *r;

    hf_buf_init(&w.kept, HF_BUF_UNBOUNDED);
    add(&w, HF_KIND_WORKSPACE, "T1");
    user(&w, "U1", "ada", is_context);
    user(&w, "U2", "bea", is_context);
    user(&w, "U3", "cyn", is_context);
    user(&w, "U4", "dot", is_context); /* appears nowhere but as a member of C2 */
    user(&w, "U5", "eve", false);      /* appears nowhere */
    channel(&w, "C1", "cranes", "U1", is_context);
    channel(&w, "C2", "silos", "U4", is_context);
    channel(&w, "C3", "quays", "U1", false); /* holds nothing */
    r = message(&w, "C1", "m1", "U1", "the crane failed, <@U3>");
    hf_rec_text(w.b, r, HF_F_MESSAGE_FILE_ID, 0, HF_V("F1"));
    r = message(&w, "C1", "m2", "U2", "nothing to see");
    hf_rec_text(w.b, r, HF_F_MESSAGE_FILE_PATH, 0, HF_V("data/f2.png"));
    message(&w, "C2", "m3", "U2", "a crane in a silo");
    add(&w, HF_KIND_EVENT, "e1");
    add(&w, HF_KIND_OPAQUE, "o1");
    attachment(&w, 7, "data/f1.png", "F1");
    attachment(&w, 8, "data/f2.png", "F2");
    attachment(&w, 9, "other.json", "");
    return w;
}

static const char *go(world *w, const hf_scope *scope)
{
    hf_scope_stage *s = hf_scope_new(scope);
    hf_err *err = NULL;

    hf_buf_reset(&w->kept);
    for (size_t i = 0; i < w->b->n; i++)
        hf_scope_learn(s, w->b->rec[i]);
    T_OK(err, hf_scope_check(s, &err));
    for (size_t i = 0; i < w->b->n; i++) {
        const hf_record *r = w->b->rec[i];
        char number[16];

        if (!hf_scope_keeps(s, r) || r->kind == HF_KIND_MEMBER_END)
            continue;
        snprintf(number, sizeof(number), "%u", r->u.member.ordinal);
        hf_buf_printf(&w->kept, "%s%s", w->kept.n > 0 ? " " : "",
                      r->kind == HF_KIND_BYTES ? "bytes" : "");
        hf_buf_add(&w->kept, r->kind == HF_KIND_MEMBER ? hf_view_str(number) : r->id);
    }
    hf_scope_free(s);
    return hf_buf_cstr(&w->kept);
}

static void which_records(void **state)
{
    static const struct {
        const char *query, *channel, *user;
        bool prune, is_context;
        const char *want;
    } cases[] = {
        { NULL, "cranes", NULL, false, false,
          "T1 U1 U2 U3 C1 m1 m2 7 bytes 8 bytes" }, /* with its attachments, and no others */
        /* A person's messages: nothing of "quays", in which there are none. */
        { NULL, NULL, "bea", false, false, "T1 U1 U2 U4 C1 C2 m2 m3 8 bytes" },
        { NULL, NULL, "ada", false, false, "T1 U1 U3 C1 m1 7 bytes" },
        { NULL, "silos", "ada", false, false, "T1" },
        /* Only conversations that a hit stands in: nothing of "quays", and not even who was in a
         * conversation without hits. */
        { "crane AND from:ada", NULL, NULL, false, false, "T1 U1 U3 C1 m1 7 bytes" },
        { "crane", NULL, NULL, false, false, "T1 U1 U2 U3 U4 C1 C2 m1 m3 7 bytes" },
        { "crane", "silos", NULL, false, false, "T1 U2 U4 C2 m3" },
        { "heron", NULL, NULL, false, false, "T1" },
        /* Prune alone withholds nothing but context that nobody needs. */
        { NULL, NULL, NULL, true, false,
          "T1 U1 U2 U3 U4 U5 C1 C2 C3 m1 m2 m3 e1 o1 7 bytes 8 bytes 9 bytes" },
        { NULL, NULL, NULL, true, true,
          "T1 U1 U2 U3 U4 U5 C1 C2 C3 m1 m2 m3 e1 o1 7 bytes 8 bytes 9 bytes" },
        { NULL, "cranes", NULL, true, true, "T1 U1 U2 U3 C1 m1 m2 7 bytes 8 bytes" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        world w = make(cases[i].is_context);
        hf_scope scope = { .since_us = HF_NO_TIME,
                           .until_us = HF_NO_TIME,
                           .channels = &cases[i].channel,
                           .nchannels = cases[i].channel != NULL,
                           .users = &cases[i].user,
                           .nusers = cases[i].user != NULL,
                           .prune = cases[i].prune };
        hf_query *q = NULL;
        hf_err *err = NULL;

        if (cases[i].query != NULL)
            T_OK(err, hf_query_parse(&q, hf_view_str(cases[i].query), &(hf_query_args){ 0 }, &err));
        scope.query = q;
        assert_string_equal(cases[i].want, go(&w, &scope));
        hf_query_free(q);
        hf_buf_clear(&w.kept);
        hf_batch_free(w.b);
    }
}

/* Context without a message that refers to it is left out. */
static void context_alone(void **state)
{
    world w = { .b = hf_batch_new() };
    const hf_scope scope = { .since_us = HF_NO_TIME, .until_us = HF_NO_TIME, .prune = true };

    (void)state;
    hf_buf_init(&w.kept, HF_BUF_UNBOUNDED);
    user(&w, "U1", "ada", true);
    user(&w, "U2", "bea", true);
    user(&w, "U3", "cyn", false);
    channel(&w, "C1", "cranes", "U2", true);
    channel(&w, "C2", "silos", "U2", true);
    message(&w, "C2", "m1", "U3", "hello");
    assert_string_equal("U2 U3 C2 m1", go(&w, &scope));
    hf_buf_clear(&w.kept);
    hf_batch_free(w.b);
}

static void unknown_names(void **state)
{
    static const char *const queries[] = { "from:nobody", "in:nowhere" };
    hf_err *err = NULL;

    (void)state;
    for (size_t i = 0; i < T_COUNT(queries); i++) {
        world w = make(false);
        hf_scope scope = { .since_us = HF_NO_TIME, .until_us = HF_NO_TIME };
        hf_scope_stage *s;
        hf_query *q = NULL;

        T_OK(err, hf_query_parse(&q, hf_view_str(queries[i]), &(hf_query_args){ 0 }, &err));
        scope.query = q;
        s = hf_scope_new(&scope);
        for (size_t k = 0; k < w.b->n; k++)
            hf_scope_learn(s, w.b->rec[k]);
        T_FAILS(err, HF_E_QUERY, hf_scope_check(s, &err));
        hf_scope_free(s);
        hf_query_free(q);
        hf_buf_clear(&w.kept);
        hf_batch_free(w.b);
    }
}

/* A copy of another message within a kept one is withheld; a text of the message's own is not, also
 * when its source calls it by the name of such a copy (posts.message, and "message" of a notice).
 */
static void copies_are_stripped(void **state)
{
    static const struct {
        const char *path[2];
        bool is_stripped;
    } rows[] = {
        { { "message", NULL }, false }, { { "message", "text" }, true },
        { { "root", "user" }, true },   { { "previous_message", "text" }, true },
        { { "rootid", NULL }, false },
    };
    const char *ada = "ada";
    const hf_scope scope = {
        .since_us = HF_NO_TIME, .until_us = HF_NO_TIME, .users = &ada, .nusers = 1
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        world w = { .b = hf_batch_new() };
        hf_paths *paths = hf_paths_new();
        hf_record *r = message(&w, "C1", "m1", "U1", "what was said");
        uint32_t path = hf_path(paths, HF_V("message")), at = 0;
        hf_leaf leaf;
        hf_scope_stage *s = hf_scope_new(&scope);

        for (size_t k = 0; k < 2 && rows[i].path[k] != NULL; k++)
            path = hf_path_key(paths, path, hf_view_str(rows[i].path[k]));
        hf_rec_next(r, HF_F_MESSAGE_TEXT, 0, &at);
        leaf = (hf_leaf){ .path = path, .value = at + 1, .raw = HF_V("what was said") };
        r->leaf = &leaf;
        r->nleaf = 1;
        r->raw.bytes = HF_V("what was said");
        hf_scope_strip(s, r, paths);
        T_VIEW(rows[i].is_stripped ? "" : "what was said", hf_rec_get_text(r, HF_F_MESSAGE_TEXT));
        T_VIEW(rows[i].is_stripped ? "" : "what was said", r->raw.bytes);
        assert_int_equal(rows[i].is_stripped ? 0 : 1, r->nleaf);
        hf_scope_free(s);
        hf_paths_free(paths);
        hf_batch_free(w.b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_are_stripped),
        cmocka_unit_test(which_records),
        cmocka_unit_test(context_alone),
        cmocka_unit_test(unknown_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
