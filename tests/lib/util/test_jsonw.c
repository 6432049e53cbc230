/* tests/lib/util/test_jsonw.c: documents written by hf_jsonw, byte for byte. */
#include "support.h"

#include "util/jsonw.h"

static void write_one_of_each(hf_jsonw *w)
{
    hf_jsonw_object(w, NULL);
    hf_jsonw_str(w, "s", "a\"b");
    hf_jsonw_str(w, "none", NULL);
    hf_jsonw_text(w, "t", HF_V("x\0y"));
    hf_jsonw_text(w, "empty", (hf_view){ 0 });
    hf_jsonw_u64(w, "u", UINT64_MAX);
    hf_jsonw_i64(w, "i", INT64_MIN);
    hf_jsonw_bool(w, "yes", true);
    hf_jsonw_bool(w, "no", false);
    hf_jsonw_time(w, "when", 0);
    hf_jsonw_time(w, "never", HF_NO_TIME);
    hf_jsonw_array(w, "list");
    hf_jsonw_u64(w, NULL, 1);
    hf_jsonw_object(w, NULL);
    hf_jsonw_end(w, '}');
    hf_jsonw_array(w, NULL);
    hf_jsonw_end(w, ']');
    hf_jsonw_null(w, NULL);
    hf_jsonw_end(w, ']');
    hf_jsonw_key(w, HF_V("any\nkey"));
    hf_jsonw_object(w, NULL);
    hf_jsonw_raw(w, "raw", HF_V("[1, 2]"));
    hf_jsonw_key(w, HF_V("k"));
    hf_jsonw_u64(w, NULL, 2);
    hf_jsonw_end(w, '}');
    hf_jsonw_end(w, '}');
}

static void documents_are_written_as_expected(void **state)
{
    static const char compact[] =
        "{\"s\":\"a\\\"b\",\"none\":null,\"t\":\"x\\u0000y\",\"empty\":\"\","
        "\"u\":18446744073709551615,\"i\":-9223372036854775808,\"yes\":true,\"no\":false,"
        "\"when\":\"1970-01-01T00:00:00Z\",\"never\":null,\"list\":[1,{},[],null],"
        "\"any\\nkey\":{\"raw\":[1, 2],\"k\":2}}";
    static const char indented[] = "{\n  \"s\": \"a\\\"b\",\n  \"none\": null,\n"
                                   "  \"t\": \"x\\u0000y\",\n  \"empty\": \"\",\n"
                                   "  \"u\": 18446744073709551615,\n"
                                   "  \"i\": -9223372036854775808,\n"
                                   "  \"yes\": true,\n  \"no\": false,\n"
                                   "  \"when\": \"1970-01-01T00:00:00Z\",\n  \"never\": null,\n"
                                   "  \"list\": [\n    1,\n    {},\n    [],\n    null\n  ],\n"
                                   "  \"any\\nkey\": {\n    \"raw\": [1, 2],\n    \"k\": 2\n  }\n}";
    static const struct {
        int indent;
        const char *want;
    } cases[] = { { 0, compact }, { 2, indented } };
    hf_tape t = { 0 };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_err *err = NULL;
        hf_jsonw w;
        hf_buf b;

        hf_buf_init(&b, 10000);
        hf_jsonw_init(&w, &b, cases[i].indent);
        write_one_of_each(&w);
        T_VIEW(cases[i].want, hf_buf_view(&b));
        T_OK(err, hf_tape_parse(&t, hf_buf_view(&b), NULL, &err));
        assert_int_equal(0, w.depth);
        hf_buf_clear(&b);
    }
    hf_tape_clear(&t);
}

/* As deep as it goes, one item on each level after its nested container: no comma is lost. */
static void nesting_goes_to_63(void **state)
{
    hf_tape t = { 0 };
    hf_err *err = NULL;
    hf_jsonw w;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 10000);
    hf_jsonw_init(&w, &b, 0);
    for (int i = 0; i < 63; i++)
        hf_jsonw_array(&w, NULL);
    for (int i = 0; i < 63; i++) {
        hf_jsonw_i64(&w, NULL, i);
        hf_jsonw_end(&w, ']');
    }
    T_OK(err, hf_tape_parse(&t, hf_buf_view(&b), NULL, &err));
    assert_int_equal(2 * 63, t.n);
    hf_buf_clear(&b);
    hf_tape_clear(&t);
}

static void scalars_stand_alone(void **state)
{
    hf_jsonw w;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 100);
    hf_jsonw_init(&w, &b, 2);
    hf_jsonw_u64(&w, NULL, 7);
    T_VIEW("7", hf_buf_view(&b));
    hf_buf_clear(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_are_written_as_expected),
        cmocka_unit_test(nesting_goes_to_63),
        cmocka_unit_test(scalars_stand_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
