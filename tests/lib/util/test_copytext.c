/* COPY TEXT columns: what PostgreSQL writes comes back, and what it would read is understood. */
#include "support.h"
#include "util/copytext.h"

static void test_decode(void **state)
{
    static const struct {
        const char *column, *value;
    } rows[] = {
        { "", "" },
        { "plain", "plain" },
        { "a\\tb\\nc\\rd\\be\\ff\\vg", "a\tb\nc\rd\be\ff\vg" },
        { "C:\\\\temp", "C:\\temp" },
        { "\\\\N", "\\N" },           /* two characters of text, not NULL */
        { "\\101\\x42\\x4a", "ABJ" }, /* read, never written */
        { "\\xzz", "xzz" },           /* no digits: the letter itself */
        { "\\q\\.", "q." },           /* any other character is itself */
        { "end\\", "end\\" },         /* a line cut in the middle of an escape */
        { "\\1018", "A8" },           /* three octal digits at most */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        hf_buf b;

        hf_buf_init(&b, HF_BUF_UNBOUNDED);
        hf_copy_decode(&b, hf_view_str(rows[i].column));
        T_VIEW(rows[i].value, hf_buf_view(&b));
        hf_buf_clear(&b);
    }
    assert_true(hf_copy_is_null(HF_V("\\N")));
    assert_false(hf_copy_is_null(HF_V("\\\\N")));
    assert_false(hf_copy_is_null(HF_V("")));
}

/* Tabs wherever they may stand among the stretches that are looked at together, against a plain
 * walk. */
static void test_split(void **state)
{
    static const char *const lines[] = {
        "",
        "a",
        "\t",
        "a\t\tb",                /* an empty column in the middle */
        "one of fifteen.\tnext", /* a tab at the end of a stretch, and at the begin of one */
        "just sixteen off\tnext",
        "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t",
        "escaped \\t is none\t\\N\tand bytes above \xc3\xa9\x89\xff\tend",
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(lines); i++)
        for (size_t from = 0; from <= strlen(lines[i]); from++) {
            hf_view line = hf_view_from(hf_view_str(lines[i]), from), rest = line, column[32];
            size_t n = hf_copy_split(line, column, T_COUNT(column)), k = 0;

            for (size_t tab = 0; tab != HF_NPOS; k++) {
                tab = hf_view_find_byte(rest, '\t');
                assert_true(k < n);
                assert_true(hf_view_eq(hf_view_sub(rest, 0, tab), column[k]));
                rest = hf_view_from(rest, tab == HF_NPOS ? tab : tab + 1);
            }
            assert_int_equal(k, n);
            assert_int_equal(k > 1 ? 2 : 1, hf_copy_split(line, column, 1)); /* too many is told */
        }
}

static void test_there_and_back(void **state)
{
    char all[256];
    hf_buf b, back;

    (void)state;
    for (int i = 0; i < 256; i++)
        all[i] = (char)i; /* every byte, NUL and bad UTF-8 too */
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_init(&back, HF_BUF_UNBOUNDED);
    hf_copy_encode(&b, (hf_view){ all, sizeof(all) });
    assert_true(hf_view_find_byte(hf_buf_view(&b), '\n') == HF_NPOS);
    assert_true(hf_view_find_byte(hf_buf_view(&b), '\t') == HF_NPOS);
    hf_copy_decode(&back, hf_buf_view(&b));
    assert_true(hf_view_eq((hf_view){ all, sizeof(all) }, hf_buf_view(&back)));
    hf_buf_clear(&b);
    hf_buf_clear(&back);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_there_and_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
