/* tests/formats/mattermost_bulk/test_bulk_names.c: name rules, names made valid, texts cut,
 * milliseconds. */
#include "bulk_support.h"

#include "mattermost_bulk/bulk_priv.h"
#include "util/utf8.h"

static void rules(void **state)
{
    static const struct {
        const char *name;
        bool user, channel, team, emoji;
    } cases[] = {
        { "ann", true, true, true, true },
        { "a", true, true, false, true },
        { "", false, false, false, false },
        { "Ann", false, false, false,
          true }, /* the server lowers these itself; we do not rely on it */
        { "ann.b_c-d", true, false, false, false },
        { "ann-b", true, true, true, true },
        { "ann_b", true, true, false, true },
        { "ann__b", true, true, true, true }, /* team names may have two underscores, once */
        { "ann__b__c", true, true, false, true },
        { "ann-", true, true, false, true },
        { "-ann", true, false, false, true },
        { "_ann", true, false, false, true },
        { "all", false, true, true, true },
        { "channel", false, true, true, true },
        { "ännä", false, false, false, false },
        { "a b", false, false, false, false },
        { "a+b", false, false, false, true },
        { "0123456789012345678901234567890123456789012345678901234567890123", true, true, true,
          true },
        { "01234567890123456789012345678901234567890123456789012345678901234", false, true, false,
          false },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_view v = hf_view_str(cases[i].name);

        if (bulk_username_ok(v) != cases[i].user || bulk_channel_name_ok(v) != cases[i].channel ||
            bulk_team_name_ok(v) != cases[i].team || bulk_emoji_name_ok(v) != cases[i].emoji)
            fail_msg("row %zu: '%s'", i, cases[i].name);
    }
    assert_string_equal(bulk_team_reserved(HF_V("admins")), "admin");
    assert_null(bulk_team_reserved(HF_V("team-admin")));
    assert_true(bulk_email_ok(HF_V("a.b+c@example.com")));
    assert_false(bulk_email_ok(HF_V("A@example.com")));
    assert_false(bulk_email_ok(HF_V("a@b@c")));
    assert_false(bulk_email_ok(HF_V("<a@b>")));
    assert_false(bulk_email_ok(HF_V("a@")));
    assert_true(bulk_post_type_ok(HF_V("custom_spillage_report")));
    assert_false(bulk_post_type_ok(HF_V("custom_of_more_than_26_bytes_")));
    assert_false(bulk_post_type_ok(HF_V("system_ephemeral"))); /* never stored */
}

static void slugs(void **state)
{
    static const struct {
        bulk_name_kind kind;
        const char *wish, *id, *want;
    } cases[] = {
        { BULK_NAME_USER, "Ann Lee", "U1", "ann-lee" },
        { BULK_NAME_USER, "Jörg Müller", "U1", "jorg-muller" },
        { BULK_NAME_USER, "Straße", "U1", "strasse" },
        { BULK_NAME_USER, "南 翔", "U04ABC", "u04abc" }, /* nothing left: the id */
        { BULK_NAME_USER, "all", "U1", "all-user" },
        { BULK_NAME_USER, "here", "U1", "here-user" }, /* allowed, but a mention would notify all */
        { BULK_NAME_USER, "...", "", "unnamed" },
        { BULK_NAME_USER, "a..b", "U1", "a..b" },
        { BULK_NAME_USER, "!!ann!!", "U1", "ann" },
        { BULK_NAME_CHANNEL, "meetup-", "C1", "meetup" },
        { BULK_NAME_CHANNEL, "港の話", "C04HARBOR1", "c04harbor1" },
        { BULK_NAME_CHANNEL, "x", "C1", "x-channel" }, /* older servers want two characters */
        { BULK_NAME_CHANNEL, "a.b", "C1", "a-b" },
        { BULK_NAME_CHANNEL, "mpdm-a--b--c-1", "G1", "mpdm-a-b-c-1" },
        { BULK_NAME_CHANNEL, "abcdefghijklmnopqrstuvwxyz__abcdefghijklmnopqrstuvwxyz", "C1",
          "abcdefghijklmnopqrstuvwxyz__abcdefghijklmnopqrstuvwxyz-channel" }, /* looks like a DM's
                                                                               */
        { BULK_NAME_CHANNEL, "", "", "unnamed-channel" },
    };
    hf_arena *mem = hf_arena_new();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_view got =
            bulk_slug(cases[i].kind, hf_view_str(cases[i].wish), hf_view_str(cases[i].id), mem);

        T_VIEW(cases[i].want, got);
        assert_true(bulk_name_fits(cases[i].kind, got));
    }
    hf_arena_free(mem);
}

static void unique(void **state)
{
    hf_arena *mem = hf_arena_new();
    hf_map *used = hf_map_new();
    hf_view longest = HF_V("a12345678901234567890123456789012345678901234567890123456789012-");

    (void)state;
    T_VIEW("dev", bulk_unique(used, HF_V("dev"), mem));
    T_VIEW("dev-2", bulk_unique(used, HF_V("dev"), mem));
    T_VIEW("dev-3", bulk_unique(used, HF_V("dev"), mem));
    T_VIEW("dev-2-2", bulk_unique(used, HF_V("dev-2"), mem));
    hf_map_put(used, longest, NULL);
    T_VIEW("a1234567890123456789012345678901234567890123456789012345678901-2",
           bulk_unique(used, longest, mem)); /* cut to make room */
    hf_map_free(used);
    hf_arena_free(mem);
}

static void file_names(void **state)
{
    static const struct {
        const char *name, *want;
    } cases[] = {
        { "report.pdf", "report.pdf" },
        { "../../etc/passwd", "_.._etc_passwd" },
        { "a\\b\x01"
          "c",
          "a_b_c" },
        { "", "file" },
        { "...", "file" },
        { ".htaccess", "htaccess" },
        { "u\xCC\x88.txt", "\xC3\xBC.txt" }, /* NFD, as macOS writes it: the server looks for NFC */
        { "bad\xFF.txt", "bad\xFF.txt" },
    };
    hf_arena *mem = hf_arena_new();
    char longest[400];
    hf_view got;

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++)
        T_VIEW(cases[i].want, bulk_file_name(hf_view_str(cases[i].name), mem));
    memset(longest, 'x', sizeof(longest));
    memcpy(longest + sizeof(longest) - 5, ".jpeg", 5);
    got = bulk_file_name((hf_view){ longest, sizeof(longest) }, mem);
    assert_int_equal(got.n, 200);
    assert_true(hf_view_ends(got, HF_V(".jpeg")));
    hf_arena_free(mem);
}

static void splitting(void **state)
{
    static const struct {
        const char *unit;
        size_t times, max, parts;
    } cases[] = {
        { "word ", 19, 100, 1 }, /* 95: fits */
        { "word ", 21, 100, 2 },
        { "word ", 100, 100, 5 },
        { "x", 1000, 100, 10 },  /* nowhere to cut */
        { "港", 250, 100, 3 },   /* characters, not bytes */
        { "\xFF", 250, 100, 3 }, /* a bad byte is one character */
        { "line of text\n", 20, 100, 3 },
        { "", 1, 100, 1 },
    };
    hf_arena *mem = hf_arena_new();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_view *part;
        hf_buf text, joined;
        size_t n;

        hf_buf_init(&text, HF_BUF_UNBOUNDED);
        hf_buf_init(&joined, HF_BUF_UNBOUNDED);
        for (size_t k = 0; k < cases[i].times; k++)
            hf_buf_str(&text, cases[i].unit);
        part = bulk_split(hf_buf_view(&text), cases[i].max, mem, &n);
        if (n != cases[i].parts)
            fail_msg("row %zu: %zu parts", i, n);
        for (size_t k = 0; k < n; k++) {
            assert_true(hf_utf8_count(part[k]) <= cases[i].max);
            hf_buf_add(&joined, part[k]);
            if (k + 1 < n && strchr(cases[i].unit, '\n') != NULL)
                assert_true(hf_view_ends(part[k], HF_V("\n")));
        }
        assert_true(hf_view_eq(hf_buf_view(&text), hf_buf_view(&joined)));
        hf_buf_clear(&text);
        hf_buf_clear(&joined);
    }
    hf_arena_free(mem);
}

static void milliseconds(void **state)
{
    static const struct {
        int64_t us;
        const char *user, *text;
        int64_t floor, want;
    } cases[] = {
        { 10000001, "ann", "a", 1, 10000 },
        { 10000002, "ann", "b", 1, 10001 }, /* same millisecond, another moment: moved on */
        { 10000003, "bob", "c", 1, 10002 },
        { 10001000, "cyd", "d", 1, 10003 }, /* its own millisecond is taken by a moved one */
        { 20000000, "ann", "e", 1, 20000 },
        { 20000000, "bob", "f", 1, 20000 },     /* two people at one moment: the source says so */
        { 20000000, "ann", "g", 1, 20001 },     /* twice the same person: told apart */
        { 20000000, "cyd", "f", 1, 20002 },     /* the same text: the server would keep one */
        { 30000000, "ann", "h", 40000, 40000 }, /* a reply before its root */
        { 40000000, "ann", "i", 1, 40001 },
        { HF_NO_TIME, "ann", "j", 1, 1 },
        { HF_NO_TIME, "bob", "k", 1, 2 },
        { -5000, "ann", "l", 1, 3 },
    };
    bulk_clock c = { .slot = NULL };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        int64_t got = bulk_clock_place(&c, cases[i].us, hf_view_str(cases[i].user),
                                       hf_view_str(cases[i].text), cases[i].floor);

        if (got != cases[i].want)
            fail_msg("row %zu: %lld", i, (long long)got);
    }
    bulk_clock_reset(&c);
    assert_int_equal(bulk_clock_place(&c, 10000001, HF_V("ann"), HF_V("a"), 1), 10000);
    for (int64_t i = 0; i < 100000; i++) /* grows, and still knows them all */
        assert_int_equal(bulk_clock_place(&c, 1000000000 + i * 1000, HF_V("ann"), HF_V("a"), 1),
                         1000000 + i);
    assert_int_equal(bulk_clock_place(&c, 1000000001, HF_V("ann"), HF_V("b"), 1), 1100000);
    bulk_clock_reset(&c);
    for (int64_t i = 1; i <= 200000; i++) /* a clock that stood still: in order, and soon done */
        assert_int_equal(bulk_clock_place(&c, HF_NO_TIME, HF_V("ann"), HF_V("a"), 1), i);
    bulk_clock_reset(&c);
    for (int64_t i = 0, last = 0; i < 200000; i++) { /* so did 50 clocks, by turns */
        int64_t at = bulk_clock_place(&c, i % 50 * 1000000, HF_V("ann"), HF_V("a"), 1);

        last = at > last ? at : last;
        assert_true(at >= i % 50 * 1000 && last <= 10000000);
    }
    bulk_clock_clear(&c);
}

static void seen(void **state)
{
    bulk_seen s = { NULL, 0, 0, NULL };

    (void)state;
    for (int i = 0; i < 10000; i++)
        assert_int_equal(bulk_seen_again(&s, (hf_view){ (const char *)&i, sizeof(i) }), 0);
    for (int i = 0; i < 10000; i += 7)
        assert_int_equal(bulk_seen_again(&s, (hf_view){ (const char *)&i, sizeof(i) }), 1);
    for (int i = 0; i < 10000; i += 7)
        assert_int_equal(bulk_seen_again(&s, (hf_view){ (const char *)&i, sizeof(i) }), 2);
    bulk_seen_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules),      cmocka_unit_test(slugs),     cmocka_unit_test(unique),
        cmocka_unit_test(file_names), cmocka_unit_test(splitting), cmocka_unit_test(milliseconds),
        cmocka_unit_test(seen),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
