/* tests/lib/query/test_eval.c: which messages a query finds: the table that every index must agree
 * with. */
#include "support.h"

#include "query/eval.h"

#define DAY(n) (INT64_C(1709251200000000) + (n)*HF_DAY_US) /* 2024-03-01 and later */

typedef struct world {
    hf_batch *b;
    hf_directory *d;
    hf_record *message[16];
    size_t n;
} world;

static hf_record *add(world *w, const char *id, const char *channel, const char *author,
                      int64_t time_us, const char *text)
{
    hf_record *r = hf_batch_add(w->b, HF_KIND_MESSAGE);

    r->origin = HF_V("T1");
    r->scope = hf_view_str(channel);
    r->id = hf_view_str(id);
    r->time_us = time_us;
    r->dialect = HF_DIALECT_MRKDWN;
    if (author != NULL)
        hf_rec_text(w->b, r, HF_F_MESSAGE_AUTHOR, 0, hf_view_str(author));
    hf_rec_text(w->b, r, HF_F_MESSAGE_TEXT, 0, hf_view_str(text));
    w->message[w->n++] = r;
    return r;
}

static void user(world *w, const char *id, const char *name, const char *display, const char *mail,
                 const char *bot)
{
    hf_record *r = hf_batch_add(w->b, HF_KIND_USER);

    r->origin = HF_V("T1");
    r->id = hf_view_str(id);
    hf_rec_text(w->b, r, HF_F_USER_NAME, 0, hf_view_str(name));
    hf_rec_text(w->b, r, HF_F_USER_DISPLAY_NAME, 0, hf_view_str(display));
    hf_rec_text(w->b, r, HF_F_USER_EMAIL, 0, hf_view_str(mail));
    if (bot != NULL)
        hf_rec_text(w->b, r, HF_F_USER_BOT_ID, 0, hf_view_str(bot));
    hf_directory_learn(w->d, r);
}

static void channel(world *w, const char *id, const char *name, const char *old)
{
    hf_record *r = hf_batch_add(w->b, HF_KIND_CHANNEL);

    r->origin = HF_V("T1");
    r->id = hf_view_str(id);
    hf_rec_text(w->b, r, HF_F_CHANNEL_NAME, 0, hf_view_str(name));
    if (old != NULL)
        hf_rec_text(w->b, r, HF_F_CHANNEL_PREVIOUS_NAME, 0, hf_view_str(old));
    hf_directory_learn(w->d, r);
}

static void add_messages(world *w)
{
    hf_record *r;

    add(w, "a", "C1", "U1", DAY(0), "The crane fails; the crane failed again");
    r = add(w, "b", "C1", "U2", DAY(0) + HF_DAY_US - 1, "Out of order, says <@U1>");
    hf_rec_text(w->b, r, HF_F_MESSAGE_THREAD, 0, HF_V("b"));
    r = add(w, "c", "C2", "U1", DAY(1), "new words only");
    hf_rec_text(w->b, r, HF_F_MESSAGE_THREAD, 0, HF_V("b"));
    hf_rec_num(w->b, r, HF_F_MESSAGE_EDITED_AT, 0, DAY(2));
    hf_rec_text(w->b, r, HF_F_MESSAGE_VERSION_TEXT, 0, HF_V("crane secret"));
    r = add(w, "d", "C2", NULL, DAY(2), "deploy *done* <https://ex.com/run|run 42>");
    hf_rec_text(w->b, r, HF_F_MESSAGE_AUTHOR_BOT, 0, HF_V("B7"));
    r = add(w, "e", "C3", "U2", DAY(3), "look");
    hf_rec_text(w->b, r, HF_F_MESSAGE_FILE_NAME, 0, HF_V("Crane plan_v2.PNG"));
    hf_rec_num(w->b, r, HF_F_MESSAGE_IS_PINNED, 0, 1);
    r = add(w, "f", "C3", "U9", HF_NO_TIME, "caf\xc3\xa9 \xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd");
    hf_rec_text(w->b, r, HF_F_MESSAGE_REACTION_NAME, 0, HF_V("+1"));
    hf_rec_num(w->b, r, HF_F_MESSAGE_IS_DELETED, 0, 1);
    r = add(w, "g", "D1", "U1", DAY(4), "joined");
    hf_rec_num(w->b, r, HF_F_MESSAGE_IS_SYSTEM, 0, 1);
    hf_rec_text(w->b, r, HF_F_MESSAGE_CARD_TITLE, 0, HF_V("Mast crane"));
}

static int setup(void **state)
{
    world *w = HF_NEW(world);

    w->b = hf_batch_new();
    w->d = hf_directory_new();
    user(w, "U1", "maren", "Maren Lindqvist", "maren@ex.com", NULL);
    user(w, "U1", "m.old", "Maren Maier", "maren@ex.com", NULL); /* an earlier version */
    user(w, "U2", "tobias", "Tobi", "tobi@ex.com", NULL);
    user(w, "U3", "deploy", "Deploy", "", "B7");
    channel(w, "C1", "incidents", NULL);
    hf_directory_add(w->d, HF_Q_CHAN, HF_V("T1"), HF_V("C1"), HF_V("private"));
    channel(w, "C2", "ops", "operations");
    channel(w, "C3", "Caf\xc3\xa9", NULL);
    add_messages(w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    world *w = *state;

    hf_batch_free(w->b);
    hf_directory_free(w->d);
    hf_free(w);
    return 0;
}

/* The ids of the messages found, such as "ac". */
static hf_status found(world *w, const char *text, unsigned flags, hf_buf *out, hf_err **err)
{
    const hf_query_args args = { .now_us = DAY(30) };
    hf_query *q = NULL;
    hf_eval *e;
    hf_status rc = hf_query_parse(&q, hf_view_str(text), &args, err);

    hf_buf_reset(out);
    if (rc != HF_OK)
        return rc;
    e = hf_eval_new(q, w->d, flags);
    for (size_t i = 0; i < w->n; i++)
        if (hf_eval_matches(e, w->message[i]))
            hf_buf_add(out, w->message[i]->id);
    rc = hf_eval_finish(e, err);
    hf_eval_free(e);
    hf_query_free(q);
    return rc;
}

static void queries_find_what_they_say(void **state)
{
    static const struct {
        const char *query, *want, *want_current; /* want_current NULL: the same */
    } cases[] = {
        { "*", "abcdefg", NULL },
        { "crane", "aceg", "aeg" }, /* c by its earlier text, e by a file, g by a card */
        { "CRANE fail*", "a", NULL },
        { "fail", "", NULL },
        { "fail*", "a", NULL },
        { "\"crane fails\"", "a", NULL },
        { "\"crane the\"", "", NULL },
        { "\"crane fail* the\"", "a", NULL },
        { "\"the crane failed\"", "a", NULL }, /* the second "the" */
        { "\"the crane the\"", "", NULL },
        { "crane -fails", "ceg", "eg" },
        { "-crane", "bdf", "bcdf" },
        { "crane OR order", "abceg", "abeg" },
        { "(crane OR order) -(again OR says)", "ceg", "eg" },
        { "secret words", "c", "" }, /* one unit: earlier and current text together */
        { "u1", "", NULL },          /* a mention's id is no word */
        { "run ex com", "d", NULL }, /* label and address of a link */
        { "\"deploy done\"", "d", NULL },
        { "png plan_v2", "e", NULL },
        { "CAFE", "f", NULL },
        { "caf\xc3\xa9", "f", NULL },
        { "\xe6\x9d\xb1\xe4\xba\xac", "f", NULL },
        { "\xe4\xba\xac", "f", NULL },
        { "\xe4\xba\xac\xe6\x9d\xb1", "", NULL }, /* the other way round */
        { "\"cafe \xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd\"", "f", NULL },

        { "from:maren", "acg", NULL },
        { "from:\"MAREN lindqvist\"", "acg", NULL },
        { "from:m.old", "acg", NULL }, /* a former name */
        { "from:maren@ex.com", "acg", NULL },
        { "from:@u1", "acg", NULL },
        { "from:(tobi OR maren) -crane", "b", "bc" },
        { "from:maren*", "acg", NULL },
        { "from:deploy", "d", NULL }, /* by the bot's second identity */
        { "from:B7", "d", NULL },
        { "from:U9", "f", NULL }, /* an id that nobody defines */
        { "in:incidents", "ab", NULL },
        { "in:#operations", "cd", NULL }, /* a previous name */
        { "in:CAFE", "ef", NULL },
        { "in:D1", "g", NULL },
        { "chan:private crane", "a", NULL },
        { "chan:dm", "", NULL }, /* none there: no mistake */
        { "-in:(incidents OR ops)", "efg", NULL },

        { "on:2024-03-01", "ab", NULL },
        { "after:2024-03-02", "cdeg", NULL }, /* f has no time */
        { "before:2024-03-02", "ab", NULL },
        { "-before:2024-03-02", "cdefg", NULL },
        { "during:2024-03 crane", "aceg", "aeg" },

        { "has:file", "e", NULL },
        { "has:image", "e", NULL },
        { "has:link", "d", NULL },
        { "has:reaction", "f", NULL },
        { "has:pin", "e", NULL },
        { "has:mention", "b", NULL },
        { "is:root", "b", NULL },
        { "is:reply", "c", NULL },
        { "is:edited", "c", NULL },
        { "is:deleted", "f", NULL },
        { "is:bot", "d", NULL },
        { "is:system", "g", NULL },
        { "type:message crane", "ace", "ae" },
        { "id:c", "c", NULL },
        { "id:C", "", NULL }, /* ids are exact */
    };
    world *w = *state;
    hf_buf out;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        const char *current = cases[i].want_current;
        hf_err *err = NULL;

        T_OK(err, found(w, cases[i].query, 0, &out, &err));
        if (!hf_view_is(hf_buf_view(&out), cases[i].want))
            fail_msg("%s: %s", cases[i].query, hf_buf_cstr(&out));
        T_OK(err, found(w, cases[i].query, HF_EVAL_CURRENT, &out, &err));
        if (!hf_view_is(hf_buf_view(&out), current == NULL ? cases[i].want : current))
            fail_msg("%s, current: %s", cases[i].query, hf_buf_cstr(&out));
    }
    hf_buf_clear(&out);
}

static void names_of_nobody_are_refused(void **state)
{
    static const struct {
        const char *query;
        uint64_t at;
        const char *hint;
    } cases[] = {
        { "from:maern", 5, "from:\"maren\"" },
        { "crane OR in:incidnts", 12, "in:\"incidents\"" },
        { "-from:(maren OR nobody)", 16, "accepted" },
        { "from:zz*", 5, NULL },
    };
    world *w = *state;
    hf_buf out;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_err *err = NULL;

        assert_int_equal(found(w, cases[i].query, 0, &out, &err), HF_E_QUERY);
        if (err->offset != cases[i].at ||
            (cases[i].hint != NULL && strstr(err->hint, cases[i].hint) == NULL))
            fail_msg("%s: byte %llu, %s", cases[i].query, (unsigned long long)err->offset,
                     err->hint);
        hf_err_free(err);
    }
    hf_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(queries_find_what_they_say, setup, teardown),
        cmocka_unit_test_setup_teardown(names_of_nobody_are_refused, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
