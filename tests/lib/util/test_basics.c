/* tests/lib/util/test_basics.c: views, buffers, maps, digests and the calendar. */
#include "support.h"

static void numbers_are_checked(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775807", true, INT64_MAX },
        { "9223372036854775808", false, 0 },
        { "", false, 0 },
        { "-", false, 0 },
        { "1x", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        int64_t got = 0;

        assert_int_equal(cases[i].ok, hf_view_i64(hf_view_str(cases[i].text), &got));
        assert_int_equal(cases[i].value, got);
    }
}

static void printable_disarms_terminals(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {
        { "plain \xc3\xa9 \xf0\x9f\x99\x82", "plain \xc3\xa9 \xf0\x9f\x99\x82" },
        { "\x1b[31m", "\\x1B[31m" }, /* colour */
        { "a\xe2\x80\xae"
          "b",
          "a\\u{202E}b" },            /* right-to-left override */
        { "\xc0\xaf", "\\xC0\\xAF" }, /* overlong slash */
        { "\xc2\x9b"
          "1m",
          "\\xC2\\x9B1m" },                    /* C1 control sequence introducer */
        { "\xed\xa0\x80", "\\xED\\xA0\\x80" }, /* surrogate */
    };
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 1000);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_buf_reset(&b);
        hf_buf_printable(&b, hf_view_str(cases[i].in));
        T_VIEW(cases[i].out, hf_buf_view(&b));
    }
    hf_buf_clear(&b);
}

static void buffer_stops_at_its_maximum(void **state)
{
    hf_buf b;
    hf_err *err = NULL;

    (void)state;
    hf_buf_init(&b, 4);
    hf_buf_str(&b, "abcd");
    T_OK(err, hf_buf_check(&b, "text", &err));
    hf_buf_byte(&b, 'e');
    T_VIEW("abcd", hf_buf_view(&b));
    T_FAILS(err, HF_E_LIMIT, hf_buf_check(&b, "text", &err));
    hf_buf_clear(&b);
}

static void map_finds_what_it_was_given(void **state)
{
    hf_map *m = hf_map_new();
    bool fresh;

    (void)state;
    for (uint64_t i = 0; i < 5000; i++) {
        char key[32];
        int n = snprintf(key, sizeof(key), "key%llu", (unsigned long long)i);

        hf_map_put(m, (hf_view){ key, (size_t)n }, &fresh)->v.u = i;
        assert_true(fresh);
    }
    assert_int_equal(5000, hf_map_count(m));
    assert_int_equal(4321, hf_map_get(m, HF_V("key4321"))->v.u);
    assert_null(hf_map_get(m, HF_V("key5000")));
    T_VIEW("key17", hf_map_at(m, 17)->key);
    hf_map_free(m);
}

static void sha256_is_the_published_one(void **state)
{
    char hex[65];
    hf_sha256 d = hf_sha256_of(HF_V("abc")); /* FIPS 180-2, appendix B.1 */
    hf_setdigest a = { 0 }, b = { 0 };
    hf_sha256 e = hf_sha256_of(HF_V("x"));

    (void)state;
    hf_sha256_hex(&d, hex);
    assert_string_equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", hex);
    hf_setdigest_add(&a, &d);
    hf_setdigest_add(&a, &e);
    hf_setdigest_add(&b, &e);
    hf_setdigest_add(&b, &d);
    assert_memory_equal(&a, &b, sizeof(a));
    hf_setdigest_add(&b, &d); /* a repeat counts */
    assert_memory_not_equal(&a, &b, sizeof(a));
}

static void calendar_and_rfc3339(void **state)
{
    static const struct {
        const char *text;
        const char *back; /* NULL: refused */
    } cases[] = {
        { "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
        { "2024-02-29T23:59:59.5+02:00", "2024-02-29T21:59:59.500Z" },
        { "2023-02-29T00:00:00Z", NULL }, /* no leap year */
        { "1969-12-31T23:59:59.000001Z", "1969-12-31T23:59:59.000001Z" },
        { "2024-01-01T00:00:00", NULL }, /* no zone: never guessed */
        { "2024-01-01T00:00:00.Z", NULL },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char out[32];
        int64_t us = 0;

        assert_int_equal(cases[i].back != NULL,
                         hf_time_parse_rfc3339(hf_view_str(cases[i].text), &us));
        if (cases[i].back == NULL)
            continue;
        hf_time_format(us, out);
        assert_string_equal(cases[i].back, out);
    }
}

static void los_angeles_and_tzif_agree(void **state)
{
    hf_zone *la = NULL, *berlin = NULL;
    hf_err *err = NULL;
    hf_civil skipped = { 2024, 3, 31, 2, 30, 0, 0 };
    char out[32];

    (void)state;
    T_OK(err, hf_zone_open("America/Los_Angeles", &la, &err));
    T_OK(err, hf_zone_open("Europe/Berlin", &berlin, &err));
    for (int64_t day = 13600; day < 25000; day++) { /* 2007-03 .. 2038 */
        int64_t us = day * HF_DAY_US + (day % 24) * 3600 * HF_SECOND_US;

        assert_int_equal(hf_zone_offset(la, us), hf_los_angeles_offset(us));
    }
    hf_time_format(hf_zone_to_us(berlin, &skipped), out);
    assert_string_equal("2024-03-31T01:00:00Z", out); /* the moment of the jump */
    T_FAILS(err, HF_E_USAGE, hf_zone_open("Mars/Olympus", &(hf_zone *){ NULL }, &err));
    T_FAILS(err, HF_E_USAGE, hf_zone_open("../../etc/passwd", &(hf_zone *){ NULL }, &err));
    hf_zone_free(la);
    hf_zone_free(berlin);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_checked),
        cmocka_unit_test(printable_disarms_terminals),
        cmocka_unit_test(buffer_stops_at_its_maximum),
        cmocka_unit_test(map_finds_what_it_was_given),
        cmocka_unit_test(sha256_is_the_published_one),
        cmocka_unit_test(calendar_and_rfc3339),
        cmocka_unit_test(los_angeles_and_tzif_agree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
