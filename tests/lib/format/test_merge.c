/* Changes within a record's JSON: what is replaced, what stays, what is cut. */
#include "format/format.h"
#include "format/merge.h"
#include "support.h"

static hf_record *message(hf_batch *b, hf_paths *paths, const char *json)
{
    hf_record *r = hf_batch_add(b, HF_KIND_MESSAGE);
    hf_err *err = NULL;

    r->format = "slack";
    r->scope = HF_V("C1");
    r->id = HF_V("1.000000");
    r->raw.bytes = hf_view_str(json);
    T_OK(err, hf_format_find(HF_V("slack"))->parse(b, r, paths, &err));
    return r;
}

#define REACTIONS(list) "{\"ts\":\"1.000000\",\"x\":[1,2], \"reactions\":" list ",\"y\":\"z\"}"
#define TADA(users)     "{\"name\":\"tada\",\"url\":\"u\",\"users\":[" users "],\"count\":1}"

static void merged(void **state)
{
    static const struct {
        hf_field field;
        const char *own, *other, *want;
    } cases[] = {
        /* a scalar; what nobody knows stays, and so does the spacing */
        { HF_F_MESSAGE_TEXT, "{ \"ts\": \"1.000000\",\n \"text\": \"a\", \"new\": {\"k\":1} }",
          "{\"ts\":\"1.000000\",\"text\":\"b\"}",
          "{ \"ts\": \"1.000000\",\n \"text\": \"b\", \"new\": {\"k\":1} }" },
        /* added behind the last, also to an object that has nothing */
        { HF_F_MESSAGE_TEXT, "{\"ts\":\"1.000000\", \"x\":1}", "{\"text\":\"b\"}",
          "{\"ts\":\"1.000000\", \"x\":1, \"text\":\"b\"}" },
        { HF_F_MESSAGE_TEXT, "{}", "{\"text\":\"b\"}", "{\"text\":\"b\"}" },
        /* taken away: first, middle, last, only */
        { HF_F_MESSAGE_TEXT, "{\"text\":\"a\",\"x\":1}", "{}", "{\"x\":1}" },
        { HF_F_MESSAGE_TEXT, "{\"x\":1,\"text\":\"a\",\"y\":2}", "{}", "{\"x\":1,\"y\":2}" },
        { HF_F_MESSAGE_TEXT, "{\"x\":1,\"text\":\"a\"}", "{}", "{\"x\":1}" },
        { HF_F_MESSAGE_TEXT, "{\"text\":\"a\"}", "{}", "{}" },
        /* another field's difference is not taken */
        { HF_F_MESSAGE_AUTHOR, "{\"user\":\"U1\",\"text\":\"a\"}",
          "{\"user\":\"U2\",\"text\":\"b\"}", "{\"user\":\"U2\",\"text\":\"a\"}" },
        /* objects of an array are found by their name, wherever they stand */
        { HF_F_MESSAGE_REACTION_USER, REACTIONS("[" TADA("\"U1\"") "]"),
          REACTIONS("[{\"name\":\"wave\",\"users\":[\"U2\"]},{\"name\":\"tada\",\"users\":[\"U1\","
                    "\"U3\"]}]"),
          REACTIONS("[{\"name\":\"wave\",\"users\":[\"U2\"]}," TADA("\"U1\",\"U3\"") "]") },
        /* one that is gone in other */
        { HF_F_MESSAGE_REACTION_USER,
          REACTIONS("[{\"name\":\"wave\",\"users\":[\"U2\"]}," TADA("\"U1\"") "]"),
          REACTIONS("[{\"name\":\"tada\",\"users\":[\"U1\"]}]"),
          REACTIONS("[" TADA("\"U1\"") "]") },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hf_paths *paths = hf_paths_new();
        hf_batch *b = hf_batch_new();
        bool changed[HF_F_COUNT] = { false };
        hf_buf out;

        changed[cases[i].field] = true;
        hf_buf_init(&out, HF_BUF_UNBOUNDED);
        assert_true(hf_merge(message(b, paths, cases[i].own), message(b, paths, cases[i].other),
                             changed, &out));
        T_VIEW(cases[i].want, hf_buf_view(&out));
        hf_buf_clear(&out);
        hf_batch_free(b);
        hf_paths_free(paths);
    }
}

static void cut(void **state)
{
    static const struct {
        const char *own; /* the string at the ? goes */
        const char *want;
    } cases[] = {
        { "{\"x\":\"?\"}", "{}" },
        { "{\"x\":\"?\", \"y\":1}", "{\"y\":1}" },
        { "{\"y\":1, \"x\":\"?\"}", "{\"y\":1}" },
        /* whole, as nothing in it is a field of ours */
        { "{\"text\":\"a\",\"blocks\":[{\"e\":[{\"text\":\"?\"}]}]}", "{\"text\":\"a\"}" },
        /* alone, as what stands beside it is */
        { "{\"files\":[{\"id\":\"F1\",\"preview\":\"?\"}]}", "{\"files\":[{\"id\":\"F1\"}]}" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        hf_paths *paths = hf_paths_new();
        hf_batch *b = hf_batch_new();
        const hf_record *r = message(b, paths, cases[i].own);
        size_t at, n, mark = hf_view_find(r->raw.bytes, HF_V("\"?\""));
        hf_buf out;

        assert_true(hf_merge_cut(r, mark, &at, &n));
        hf_buf_init(&out, HF_BUF_UNBOUNDED);
        hf_buf_add(&out, hf_view_sub(r->raw.bytes, 0, at));
        hf_buf_add(&out, hf_view_from(r->raw.bytes, at + n));
        T_VIEW(cases[i].want, hf_buf_view(&out));
        hf_buf_clear(&out);
        hf_batch_free(b);
        hf_paths_free(paths);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(merged), cmocka_unit_test(cut) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
