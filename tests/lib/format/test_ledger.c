/* tests/lib/format/test_ledger.c: the account defaults to loss at both ends. */
#include "support.h"

#include "format/ledger.h"

/* A message read from text: ts and text are taken, everything else is not. */
static hf_record *read_message(hf_batch *b, hf_paths *p, const char *text)
{
    hf_record *r = hf_batch_add(b, HF_KIND_MESSAGE);
    hf_tape t;
    hf_err *err = NULL;

    r->origin = HF_V("T1");
    r->scope = HF_V("C1");
    r->id = HF_V("1.000000");
    r->raw.bytes = hf_view_str(text);
    hf_tape_init(&t);
    T_OK(err, hf_tape_parse(&t, r->raw.bytes, NULL, &err));
    hf_take_time(b, r, &t, hf_tape_get(&t, 0, "ts"), HF_F_MESSAGE_TIME, 0, HF_SECOND_US, true);
    hf_take_text(b, r, &t, hf_tape_get(&t, 0, "text"), HF_F_MESSAGE_TEXT, 0);
    hf_account_json(b, r, p, &t, 0, hf_path(p, HF_V("message")));
    hf_tape_clear(&t);
    return r;
}

static const hf_ledger_row *row(const hf_ledger *l, const char *path, hf_state state)
{
    const hf_ledger_row *rows;
    size_t n = hf_ledger_rows(l, &rows);

    for (size_t i = 0; i < n; i++)
        if (hf_view_is(rows[i].path, path) && rows[i].state == state)
            return &rows[i];
    return NULL;
}

typedef struct world {
    hf_paths *paths;
    hf_ledger *ledger;
    hf_batch *b;
} world;

static world new_world(void)
{
    world w = { .paths = hf_paths_new(), .b = hf_batch_new() };

    w.ledger = hf_ledger_new(w.paths, NULL);
    return w;
}

static void end_world(world *w)
{
    hf_ledger_free(w->ledger);
    hf_paths_free(w->paths);
    hf_batch_free(w->b);
}

/* Account one message whose time was settled EXACT and whose text was not settled. */
static hf_setdigest account(const char *text)
{
    world w = new_world();
    hf_record *r = read_message(w.b, w.paths, text);
    const hf_ledger_row *found;
    hf_setdigest digest = { 0, 0 };
    hf_err *err = NULL;

    hf_ledger_enter(w.ledger, r);
    hf_rec_settle(r, HF_F_MESSAGE_TIME, HF_EXACT, NULL);
    T_OK(err, hf_ledger_done(w.ledger, r, NULL, &err));
    hf_ledger_close(w.ledger);
    assert_int_equal(1, row(w.ledger, "message.ts", HF_EXACT)->count);
    assert_int_equal(1, row(w.ledger, "message.text", HF_LOST)->count);
    found = row(w.ledger, "message.more[].deep", HF_RAW_ONLY);
    if (found != NULL)
        digest = found->digest;
    end_world(&w);
    return digest;
}

static void what_nobody_took_is_counted_with_its_value(void **state)
{
    hf_setdigest a = account("{\"ts\":\"1.000000\",\"text\":\"hi\",\"more\":[{\"deep\":1}]}");
    hf_setdigest b = account("{\"more\":[{\"deep\":1}],\"text\":\"hi\",\"ts\":\"1.000000\"}");
    hf_setdigest c = account("{\"ts\":\"1.000000\",\"text\":\"hi\",\"more\":[{\"deep\":\"1\"}]}");
    hf_setdigest none = account("{\"ts\":\"1.000000\",\"text\":\"hi\"}");

    (void)state;
    assert_memory_equal(&a, &b, sizeof(a));     /* the order of keys does not matter */
    assert_memory_not_equal(&a, &c, sizeof(a)); /* the type of a value does */
    assert_int_equal(0, none.hi | none.lo);
}

static void a_record_that_never_comes_back_is_lost(void **state)
{
    world w = new_world();
    hf_record *r = read_message(w.b, w.paths, "{\"ts\":\"1.000000\"}");

    (void)state;
    hf_ledger_enter(w.ledger, r);
    hf_ledger_close(w.ledger);
    assert_int_equal(1, row(w.ledger, "message", HF_LOST)->count);
    assert_int_equal(1, hf_ledger_total(w.ledger, HF_LOST));
    end_world(&w);
}

static void an_odd_spelling_is_never_exact(void **state)
{
    world w = new_world();
    hf_record *r =
        read_message(w.b, w.paths, "{\"ts\":1.5,\"text\":7}"); /* numbers where texts are usual */
    hf_err *err = NULL;

    (void)state;
    hf_rec_settle(r, HF_F_MESSAGE_TIME, HF_EXACT, NULL);
    hf_rec_settle(r, HF_F_MESSAGE_TEXT, HF_EXACT, NULL);
    hf_ledger_enter(w.ledger, r);
    T_OK(err, hf_ledger_done(w.ledger, r, NULL, &err));
    hf_ledger_close(w.ledger);
    assert_int_equal(2, hf_ledger_total(w.ledger, HF_CHANGED));
    assert_int_equal(0, hf_ledger_total(w.ledger, HF_EXACT));
    end_world(&w);
}

static void paths_stay_apart_up_to_their_limit(void **state)
{
    hf_paths *p = hf_paths_new();
    uint32_t root = hf_path(p, HF_V("user")), fields, last = 0;
    char key[32];

    (void)state;
    fields = hf_path_key(p, hf_path_key(p, root, HF_V("profile")), HF_V("fields"));
    T_VIEW("user.profile.fields.*", hf_path_text(p, hf_path_key(p, fields, HF_V("Xf01"))));
    assert_int_equal(hf_path_key(p, fields, HF_V("Xf01")), hf_path_key(p, fields, HF_V("Xf02")));
    for (int i = 0; i < 10000; i++) {
        int n = snprintf(key, sizeof(key), "k%d", i);

        last = hf_path_key(p, root, (hf_view){ key, (size_t)n });
    }
    T_VIEW("user.(more)", hf_path_text(p, last));
    T_VIEW("user.k17", hf_path_text(p, hf_path_key(p, root, HF_V("k17"))));
    assert_true(hf_paths_count(p) <= 4096);
    hf_paths_free(p);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_nobody_took_is_counted_with_its_value),
        cmocka_unit_test(a_record_that_never_comes_back_is_lost),
        cmocka_unit_test(an_odd_spelling_is_never_exact),
        cmocka_unit_test(paths_stay_apart_up_to_their_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
