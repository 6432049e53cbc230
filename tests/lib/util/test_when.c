/* tests/lib/util/test_when.c: the times people write, in three zones. */
#include "support.h"
#include "util/when.h"

/* 2024-03-31T10:30:15Z: in Berlin the day the clock went forward, 12:30:15. */
#define NOW "2024-03-31T10:30:15Z"

static void moments(void **state)
{
    static const struct {
        const char *zone, *text, *want;
    } cases[] = {
        { "UTC", "2024-03-01", "2024-03-01T00:00:00Z" },
        { "Europe/Berlin", "2024-03-01", "2024-02-29T23:00:00Z" },
        { "America/New_York", "2024-07-01", "2024-07-01T04:00:00Z" },
        { "UTC", "2024-03-01T10:00", "2024-03-01T10:00:00Z" },
        { "UTC", "2024-03-01 10:00:07", "2024-03-01T10:00:07Z" },
        { "Europe/Berlin", "2024-03-01T10:00:00Z", "2024-03-01T10:00:00Z" }, /* says its zone */
        { "Europe/Berlin", "2024-03-01T10:00:00+05:30", "2024-03-01T04:30:00Z" },
        { "Europe/Berlin", "2024-03-31T02:30", "2024-03-31T01:00:00Z" }, /* skipped: the jump */
        { "Europe/Berlin", "@1709251200", "2024-03-01T00:00:00Z" },
        { "UTC", "@-1", "1969-12-31T23:59:59Z" },
        { "UTC", "today", "2024-03-31T00:00:00Z" },
        { "Europe/Berlin", "today", "2024-03-30T23:00:00Z" },
        { "Europe/Berlin", "yesterday", "2024-03-29T23:00:00Z" },
        { "America/New_York", "today", "2024-03-31T04:00:00Z" },
        { "UTC", "7d", "2024-03-24T10:30:15Z" },
        { "Europe/Berlin", "1d", "2024-03-30T10:30:15Z" }, /* 24 hours, whatever the clock did */
        { "UTC", "2w", "2024-03-17T10:30:15Z" },
        { "UTC", "1mo", "2024-02-29T10:30:15Z" }, /* no 31 February */
        { "UTC", "13mo", "2023-02-28T10:30:15Z" },
        { "UTC", "1y", "2023-03-31T10:30:15Z" },
        { "UTC", "0d", NOW },
        { "UTC", "2024-02-29", "2024-02-29T00:00:00Z" },
    };
    int64_t now = 0, want = 0, got = 0, end = 0;

    (void)state;
    assert_true(hf_time_parse_rfc3339(HF_V(NOW), &now));
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_zone *zone = NULL;
        hf_err *err = NULL;
        char text[32];

        T_OK(err, hf_zone_open(cases[i].zone, &zone, &err));
        T_OK(err, hf_when_parse(hf_view_str(cases[i].text), zone, now, &got, &end, &err));
        assert_true(hf_time_parse_rfc3339(hf_view_str(cases[i].want), &want));
        hf_time_format(got, text);
        if (got != want)
            fail_msg("%s in %s: %s, not %s", cases[i].text, cases[i].zone, text, cases[i].want);
        hf_zone_free(zone);
    }
}

static void refused(void **state)
{
    static const char *const cases[] = {
        "",
        "2024-02-30",
        "2023-02-29",
        "2024-13-01",
        "2024-00-10",
        "0000-01-01",
        "24-3-1",
        "03/01/2024", /* which of the two is the month? */
        "2024-03-01T24:00",
        "2024-03-01T10:60",
        "2024-03-01x10:00",
        "2024-03-01T10:00:60",
        "@",
        "@1x",
        "@99999999999999999999",
        "d",
        "7",
        "7 d",
        "-7d",
        "7days",
        "366001d",
        "99999y",
        "tomorrow",
        "now",
    };
    int64_t us, end;

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_err *err = NULL;

        if (hf_when_parse(hf_view_str(cases[i]), NULL, 0, &us, &end, &err) == HF_OK)
            fail_msg("\"%s\" was taken", cases[i]);
        assert_non_null(err->hint);
        T_FAILS(err, HF_E_USAGE, err->code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(moments), cmocka_unit_test(refused) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
