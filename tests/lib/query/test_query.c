/* tests/lib/query/test_query.c: query texts to their normal form, or to the byte where they go
 * wrong. */
#include "support.h"

#include "query/query.h"

/* 2024-03-15T12:00:00Z */
#define NOW INT64_C(1710504000000000)

static hf_status parse(hf_query **q, const char *text, const hf_zone *zone, hf_err **err)
{
    const hf_query_args args = { .zone = zone, .now_us = NOW };

    return hf_query_parse(q, hf_view_str(text), &args, err);
}

static void check_normal(const char *text, const char *want, const hf_zone *zone)
{
    hf_query *q = NULL;
    hf_err *err = NULL;
    hf_buf normal, again;

    hf_buf_init(&normal, HF_BUF_UNBOUNDED);
    hf_buf_init(&again, HF_BUF_UNBOUNDED);
    T_OK(err, parse(&q, text, zone, &err));
    hf_query_print(q, &normal);
    T_VIEW(want, hf_buf_view(&normal));
    hf_query_free(q);
    T_OK(err, parse(&q, hf_buf_cstr(&normal), NULL, &err));
    hf_query_print(q, &again);
    T_VIEW(want, hf_buf_view(&again));
    hf_query_free(q);
    hf_buf_clear(&normal);
    hf_buf_clear(&again);
}

static void queries_have_a_normal_form(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "crane", "crane" },
        { "  Crane\tFAIL ", "crane AND fail" },
        { "a b OR c d", "a AND b OR c AND d" },
        { "(a OR b) c", "(a OR b) AND c" },
        { "a AND (b AND c)", "a AND b AND c" },
        { "a or B And c", "a OR b AND c" },
        { "-a", "NOT a" },
        { "NOT a OR b", "NOT a OR b" },
        { "-(a OR b) c", "NOT (a OR b) AND c" },
        { "NOT (a b)", "NOT (a AND b)" },
        { "NOT NOT a", "NOT NOT a" },
        { "-\"out of order\"", "NOT \"out of order\"" },
        { "\"  Out   of ORDER!  \"", "\"out of order\"" },
        { "e-mail don't", "\"e mail\" AND \"don t\"" },
        { "10:30 v1.2.3", "\"10 30\" AND \"v1 2 3\"" },
        { "ada@ex.com @ada #ops", "\"ada ex com\" AND ada AND ops" },
        { "and/or", "\"and or\"" },
        { "fail*", "fail*" },
        { "foo-ba*", "\"foo ba*\"" },
        { "\"crane fail* now\"", "\"crane fail* now\"" },
        { "\"fail*, crane\"", "\"fail* crane\"" },
        { "\"crane\"", "crane" },
        { "\"AND\" \"or\" \"not\"", "\"and\" AND \"or\" AND \"not\"" }, /* words, not operators */
        { "\"W/3\"", "\"w 3\"" },
        { "caf\xc3\xa9", "cafe" },
        { "Stra\xc3\x9f"
          "e",
          "strasse" },
        { "snake_case", "\"snake_case\"" },
        /* the words of unspaced scripts are pairs; the normal form keeps the text */
        { "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd", "\"\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd\"" },
        { "\"\xe6\x9d\xb1\xe4\xba\xac \xe5\xa4\xa7\xe9\x98\xaa\"",
          "\"\xe6\x9d\xb1\xe4\xba\xac \xe5\xa4\xa7\xe9\x98\xaa\"" },
        { "a\xe3\x80\x80"
          "b\xc2\xa0"
          "c",
          "a AND b AND c" },                                                /* pasted blanks */
        { "\xe2\x80\x9cout of\xe2\x80\x9d order", "\"out of\" AND order" }, /* pasted quotes */
        { "\xf0\x9f\x91\x8d", "\"\xf0\x9f\x91\x8d\"" },
        { "*", "*" },
        { "* -a", "* AND NOT a" },
        { "50% ~5", "50 AND 5" },

        { "from:Maren", "from:Maren" },
        { "FROM:@maren in:#ops-night", "from:maren AND in:ops-night" },
        { "from:\"Maren Lindqvist\"", "from:\"Maren Lindqvist\"" },
        { "from:(ada OR \"Grace H\")", "from:ada OR from:\"Grace H\"" },
        { "in:(-a (b OR c*))", "NOT in:a AND (in:b OR in:c*)" },
        { "from:maren.lindqvist@ex.com", "from:maren.lindqvist@ex.com" },
        { "from:mar*", "from:mar*" },
        { "-from:a", "NOT from:a" },
        { "is:edited has:FILE", "is:edited AND has:file" },
        { "has:edit has:thread is:pinned", "is:edited AND is:root AND has:pin" },
        { "type:message", "NOT is:system" },
        { "type:(reply OR bot)", "is:reply OR is:bot" },
        { "chan:(DM OR group)", "chan:dm OR chan:group" },
        { "id:1708012345.000100", "id:1708012345.000100" },

        { "after:2024-03-01", "after:2024-03-01T00:00:00Z" },
        { "before:2024-03-01", "before:2024-03-01T00:00:00Z" },
        { "on:2024-03-01", "after:2024-03-01T00:00:00Z AND before:2024-03-02T00:00:00Z" },
        { "-on:2024-03-01", "NOT (after:2024-03-01T00:00:00Z AND before:2024-03-02T00:00:00Z)" },
        { "during:2024-02", "after:2024-02-01T00:00:00Z AND before:2024-03-01T00:00:00Z" },
        { "during:2024-Q4", "after:2024-10-01T00:00:00Z AND before:2025-01-01T00:00:00Z" },
        { "during:2023", "after:2023-01-01T00:00:00Z AND before:2024-01-01T00:00:00Z" },
        { "after:2024-01-05T14:30+02:00", "after:2024-01-05T12:30:00Z" },
        { "after:7d before:yesterday",
          "after:2024-03-08T12:00:00Z AND before:2024-03-14T00:00:00Z" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++)
        check_normal(cases[i].text, cases[i].want, NULL);
}

static void dates_are_read_in_the_zone(void **state)
{
    hf_zone *zone = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_zone_open("Europe/Berlin", &zone, &err));
    check_normal("on:2024-03-01", "after:2024-02-29T23:00:00Z AND before:2024-03-01T23:00:00Z",
                 zone);
    /* the day of the change has 23 hours */
    check_normal("on:2024-03-31", "after:2024-03-30T23:00:00Z AND before:2024-03-31T22:00:00Z",
                 zone);
    check_normal("during:2024-Q1", "after:2023-12-31T23:00:00Z AND before:2024-03-31T22:00:00Z",
                 zone);
    hf_zone_free(zone);
}

static void mistakes_are_named_with_their_place(void **state)
{
    static const struct {
        const char *text;
        uint64_t at;
        const char *message, *hint; /* parts of; NULL: any */
    } cases[] = {
        { "", 0, "empty", "*" },
        { " \t ", 0, "empty", NULL },
        { "(a OR b", 0, "not closed", NULL },
        { "a ((b)", 2, "not closed", NULL },
        { "a)", 1, "no (", NULL },
        { "a ()", 3, "missing", NULL },
        { "\"a b", 0, "not closed", NULL },
        { "a AND", 5, "missing at the end", NULL },
        { "a AND OR b", 6, "missing before OR", NULL },
        { "OR a", 0, "missing before OR", NULL },
        { "a NOT", 5, "missing at the end", NULL },
        { "a - b", 2, "no word", NULL },
        { "a & b", 2, "no word in \"&\"", NULL },
        { "\"!!!\"", 1, "no word", NULL },
        { "a(b)", 1, "missing here", "quote" },
        { "\"a\"b", 3, "missing here", NULL },

        /* the full language, never taken literally */
        { "a W/5 b", 2, "W/5 is not in this version", NULL },
        { "a pre/10 b", 2, "pre/10", NULL },
        { "a NOT W/5 b", 6, "W/5", NULL },
        { "a w/s b", 2, "w/s", NULL },
        { "/ab+c/", 0, "regular expressions", NULL },
        { "fail~", 4, "stem operator ~", NULL },
        { "crane%1", 5, "fuzzy operator %", NULL },
        { "wh?t", 2, "wildcard ?", NULL },
        { "\"are you sure?\"", 13, "wildcard ?", "leave it out" },
        { "a=b", 1, "digit wildcard =", NULL },
        { "*ing", 0, "a * before or inside a word", NULL },
        { "fa*ed", 2, "a * before or inside a word", NULL },
        { "** ", 0, "a * before or inside a word", NULL },
        { "\"crane *\"", 7, "behind no word", NULL },
        { "foo_*", 0, "behind no word", NULL }, /* _ at the end is no part of the word */

        { "fro:maren", 0, "no field \"fro:\"", "from:" },
        { "a https://ex.com", 2, "no field \"https:\"", "quotes" },
        { "to:maren", 0, "to: is not in this version", NULL },
        { "from: maren", 0, "nothing stands behind from:", NULL },
        { "from:", 0, "nothing stands behind from:", NULL },
        { "from:\"\"", 5, "empty value", NULL },
        { "from:me", 5, "from:me", NULL },
        { "from:@", 5, NULL, NULL },
        { "in:o*s", 3, "not in this version", NULL },
        { "from:(a in:b)", 8, "a field inside", NULL },
        { "chan:secret", 5, "no kind", "public" },
        { "is:edted", 3, "no value \"edted\"", "is:edited" },
        { "has:held", 4, "no value", NULL },
        { "is:held", 3, "is:held is not in this version", NULL },
        { "after:2024-13-01", 6, "no date", "2024-03-01" },
        { "during:2024-Q5", 7, "no date", NULL },
        { "after:@999999999999", 6, "no date", NULL }, /* year 33658 */
        { "on:2024-03-01T10:00", 3, "not a moment", NULL },

        /* look-alikes that would otherwise become words */
        { "a \xe2\x80\x93"
          "b",
          2, "dash", "ASCII" },
        { "\xef\xbc\x88"
          "a OR b\xef\xbc\x89",
          0, "full-width", NULL },
        { "from\xef\xbc\x9amaren", 4, "full-width", NULL },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_query *q = NULL;
        hf_err *err = NULL;

        if (parse(&q, cases[i].text, NULL, &err) != HF_E_QUERY || q != NULL)
            fail_msg("%s is taken", cases[i].text);
        if (err->offset != cases[i].at ||
            (cases[i].message != NULL && strstr(err->message, cases[i].message) == NULL) ||
            (cases[i].hint != NULL &&
             (err->hint == NULL || strstr(err->hint, cases[i].hint) == NULL)))
            fail_msg("%s: byte %llu, %s (%s)", cases[i].text, (unsigned long long)err->offset,
                     err->message, err->hint == NULL ? "no hint" : err->hint);
        hf_err_free(err);
    }
}

static void repeat(hf_buf *b, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        hf_buf_str(b, text);
}

static void size_and_depth_are_bounded(void **state)
{
    static const struct {
        const char *open, *middle, *close;
        size_t n;
        hf_status want;
    } cases[] = {
        { "(", "a", ")", HF_QUERY_DEPTH, HF_OK },
        { "(", "a", ")", HF_QUERY_DEPTH + 1, HF_E_QUERY },
        { "(", "a", ")", 20000, HF_E_QUERY },
        { "NOT ", "a", "", HF_QUERY_DEPTH, HF_OK },
        { "NOT ", "a", "", 10000, HF_E_QUERY },
        { "-", "a", "", 20000, HF_E_QUERY },
        { "a ", "a", "", HF_QUERY_NODES - 1, HF_OK },
        { "a ", "a", "", HF_QUERY_NODES, HF_E_QUERY },
        { "a-", "a", "", HF_QUERY_STEPS - 1, HF_OK },
        { "a-", "a", "", HF_QUERY_STEPS, HF_E_QUERY },
        { "a", "", "", HF_QUERY_BYTES, HF_E_QUERY }, /* one word of 256 pieces */
        { " ", "a", "", HF_QUERY_BYTES, HF_E_QUERY },
    };
    hf_buf text;

    (void)state;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_query *q = NULL;
        hf_err *err = NULL;
        hf_status rc;

        hf_buf_reset(&text);
        repeat(&text, cases[i].open, cases[i].n);
        hf_buf_str(&text, cases[i].middle);
        repeat(&text, cases[i].close, cases[i].n);
        rc = parse(&q, hf_buf_cstr(&text), NULL, &err);
        if (rc != cases[i].want)
            fail_msg("case %zu: %d", i, (int)rc);
        hf_err_free(err);
        hf_query_free(q);
    }
    hf_buf_clear(&text);
}

static void odd_readings_are_warned_of(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: no warning */
    } cases[] = {
        { "a AND b", NULL },
        { "terms and conditions", "\"and\" was read as the operator AND" },
        { "do not delete", "operator NOT" },
        { "\xe2\x80\x9e"
          "a b\xe2\x80\x9c",
          "quotes" },
        { "a*", "one letter" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_query *q = NULL;
        hf_err *err = NULL;

        T_OK(err, parse(&q, cases[i].text, NULL, &err));
        assert_int_equal(hf_query_warnings(q), cases[i].want != NULL);
        if (cases[i].want != NULL)
            assert_non_null(strstr(hf_query_warning(q, 0), cases[i].want));
        hf_query_free(q);
    }
}

static void a_query_can_be_narrowed(void **state)
{
    static const char *const people[] = { "@ada", "Grace H*" };
    hf_query *q = NULL;
    hf_err *err = NULL;
    hf_buf out;

    (void)state;
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    T_OK(err, parse(&q, "a OR b", NULL, &err));
    hf_query_narrow_names(q, HF_Q_FROM, people, 2);
    hf_query_narrow_names(q, HF_Q_IN, NULL, 0);
    hf_query_narrow_time(q, HF_NO_TIME, NOW);
    hf_query_print(q, &out);
    T_VIEW("(a OR b) AND (from:ada OR from:\"Grace H*\") AND before:2024-03-15T12:00:00Z",
           hf_buf_view(&out));
    hf_query_free(q);
    hf_buf_clear(&out);
}

static void snippets_show_the_first_hit(void **state)
{
    static const struct {
        const char *query, *text, *want;
        size_t max;
        bool found;
    } cases[] = {
        { "crane", "The Crane stands", "The Crane stands", 100, true },
        { "x", "The Crane stands", "The Crane stands", 100, false },
        { "x -crane", "The Crane stands", "The Crane stands", 100,
          false }, /* not what was sought */
        { "crane", "aaaa bbbb cccc dddd crane eeee ffff gggg hhhh",
          "\xe2\x80\xa6"
          "dddd crane eeee\xe2\x80\xa6",
          20, true },
        { "\"dddd cran*\"", "aaaa bbbb cccc dddd crane",
          "\xe2\x80\xa6"
          "cccc dddd crane",
          17, true },
        { "crane", "aaaa bbbb", "aaaa\xe2\x80\xa6", 4, false },
        /* never half a character */
        { "crane", "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4-crane", "\xe2\x80\xa6\xc3\xa4-crane",
          9, true },
        { "\xe4\xba\xac\xe9\x83\xbd", "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd",
          "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd", 100, true },
    };
    hf_buf out;

    (void)state;
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_query *q = NULL;
        hf_err *err = NULL;

        hf_buf_reset(&out);
        T_OK(err, parse(&q, cases[i].query, NULL, &err));
        assert_int_equal(hf_query_snippet(q, hf_view_str(cases[i].text), cases[i].max, &out),
                         cases[i].found);
        T_VIEW(cases[i].want, hf_buf_view(&out));
        hf_query_free(q);
    }
    hf_buf_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_have_a_normal_form),
        cmocka_unit_test(dates_are_read_in_the_zone),
        cmocka_unit_test(mistakes_are_named_with_their_place),
        cmocka_unit_test(size_and_depth_are_bounded),
        cmocka_unit_test(odd_readings_are_warned_of),
        cmocka_unit_test(a_query_can_be_narrowed),
        cmocka_unit_test(snippets_show_the_first_hit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
