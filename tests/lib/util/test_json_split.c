/* tests/lib/util/test_json_split.c: members cut into records, whole, in every window, and broken.
 */
#include "support.h"

#include "util/json.h"

/* --- running a splitter ----------------------------------------------------------------------- */

struct found {
    hf_piece piece; /* offsets from the member's first byte */
    uint32_t tokens;
};

struct run {
    struct found *found;
    size_t n, cap;
    size_t most; /* largest window that was asked for */
};

static void keep(struct run *r, hf_piece piece, size_t base, uint32_t tokens)
{
    if (r->n == r->cap) {
        r->cap = r->cap == 0 ? 16 : r->cap * 2;
        r->found = hf_realloc(r->found, r->cap, sizeof(*r->found));
    }
    piece.at += base;
    piece.bad_at += piece.is_bad ? base : 0;
    r->found[r->n++] = (struct found){ piece, tokens };
}

enum { COPY_MAX = 1000 };

/* Split member, handing over chunk bytes more (0: all at once) whenever more are asked for. Windows
 * of small members are allocations of their own, so that the sanitizer sees every read past them.
 */
static struct run split(hf_split_mode mode, hf_view member, size_t chunk,
                        const hf_json_limits *limits)
{
    hf_json_split *s = hf_json_split_new(mode, limits);
    size_t base = 0, have = chunk == 0 || chunk > member.n ? member.n : chunk;
    struct run r = { 0 };
    hf_tape t = { 0 };

    for (;;) {
        hf_split_result result;
        hf_piece piece;
        size_t used = SIZE_MAX;
        char *copy = NULL;
        const char *window = member.p + base;

        if (member.n <= COPY_MAX && have > base) {
            copy = hf_realloc(copy, have - base, 1);
            window = memcpy(copy, window, have - base);
        }
        if (have - base > r.most)
            r.most = have - base;
        result = hf_json_split_tape(s, (hf_view){ window, have - base }, have == member.n, &used,
                                    &piece, &t);
        assert_true(used <= have - base);
        if (result == HF_SPLIT_PIECE) {
            assert_true(piece.at + piece.len <= used);
            assert_int_equal(piece.is_bad, t.n == 0);
            assert_int_equal(piece.is_bad, piece.reason != NULL);
            assert_int_equal(piece.is_bad, piece.code != HF_OK);
            if (piece.is_bad)
                assert_true(piece.bad_at >= piece.at && piece.bad_at <= piece.at + piece.len);
            else
                t_view((hf_view){ window + piece.at, piece.len }, hf_tok_raw(&t, 0), __FILE__,
                       __LINE__);
            keep(&r, piece, base, t.n);
        }
        hf_free(copy);
        base += used;
        if (result == HF_SPLIT_DONE)
            break;
        if (result == HF_SPLIT_MORE) {
            assert_true(have < member.n); /* never asked for bytes that do not exist */
            have = chunk > member.n - have ? member.n : have + chunk;
        }
    }
    assert_int_equal(member.n, base);
    hf_json_split_free(s);
    hf_tape_clear(&t);
    return r;
}

static void same_pieces(const struct run *a, const struct run *b)
{
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; i < a->n; i++) {
        assert_int_equal(a->found[i].piece.at, b->found[i].piece.at);
        assert_int_equal(a->found[i].piece.len, b->found[i].piece.len);
        assert_int_equal(a->found[i].piece.is_bad, b->found[i].piece.is_bad);
        assert_int_equal(a->found[i].piece.bad_at, b->found[i].piece.bad_at);
        assert_int_equal(a->found[i].piece.code, b->found[i].piece.code);
        assert_ptr_equal(a->found[i].piece.reason, b->found[i].piece.reason);
        assert_int_equal(a->found[i].tokens, b->found[i].tokens);
    }
}

/* The pieces as one line: good ones between <>, bad ones between ! !. */
static void describe(hf_buf *b, hf_view member, const struct run *r)
{
    hf_buf_reset(b);
    for (size_t i = 0; i < r->n; i++) {
        const hf_piece *p = &r->found[i].piece;

        hf_buf_byte(b, p->is_bad ? '!' : '<');
        hf_buf_add(b, hf_view_sub(member, p->at, p->len));
        hf_buf_byte(b, p->is_bad ? '!' : '>');
    }
}

/* --- what pieces come out -----------------------------------------------------------------------
 */

struct split_case {
    hf_split_mode mode;
    hf_view text;
    hf_view want;
};

/* clang-format off */
#define A(text, want) { HF_SPLIT_ARRAY, { text, sizeof(text) - 1 }, { want, sizeof(want) - 1 } }
#define L(text, want) { HF_SPLIT_LINES, { text, sizeof(text) - 1 }, { want, sizeof(want) - 1 } }
/* clang-format on */

static const struct split_case cases[] = {
    /* sound arrays */
    A("[]", ""),
    A(" [ ] \n", ""),
    A("[{\"a\":1}]", "<{\"a\":1}>"),
    A("[{\"a\":1},{\"b\":[2,3]}]", "<{\"a\":1}><{\"b\":[2,3]}>"),
    A("[\n    {\n        \"a\": 1\n    },\n    {\n    }\n]\n",
      "<{\n        \"a\": 1\n    }><{\n    }>"),
    A("\xEF\xBB\xBF[{\"a\":1}]", "<{\"a\":1}>"), /* byte-order mark */
    A("[1, -2.5e3 ,\"x\",null,true , false]", "<1><-2.5e3><\"x\"><null><true><false>"),
    A("[[],[[]],{}]", "<[]><[[]]><{}>"),
    A("[{\"t\":\"],[{}\"},{\"t\":\"\\\"},{\\\\\"}]",
      "<{\"t\":\"],[{}\"}><{\"t\":\"\\\"},{\\\\\"}>"),
    A("[{\"a\":1,\"a\":\"\\ud800\xFF\"}]", "<{\"a\":1,\"a\":\"\\ud800\xFF\"}>"), /* odd, not bad */

    /* one broken element among sound ones */
    A("[{\"a\":1},{\"b\":tru},{\"c\":3}]", "<{\"a\":1}>!{\"b\":tru}!<{\"c\":3}>"),
    A("[{\"a\":tru},{\"c\":3}]", "!{\"a\":tru}!<{\"c\":3}>"),
    A("[{\"a\":1},{\"b\":tru}]", "<{\"a\":1}>!{\"b\":tru}!"),
    A("[{\"a\":x} , {\"b\":y} , {\"c\":3} ]",
      "!{\"a\":x} , {\"b\":y}!<{\"c\":3}>"), /* two: one piece */
    A("[{\"a\":\"raw\nline\"},{\"c\":3}]", "!{\"a\":\"raw\nline\"}!<{\"c\":3}>"),
    A("[{\"a\":\"\\q\"},{\"c\":3}]", "!{\"a\":\"\\q\"}!<{\"c\":3}>"),
    A("[{\"a\":01},{\"c\":3}]", "!{\"a\":01}!<{\"c\":3}>"),
    A("[{\"a\" 1},{\"c\":3}]", "!{\"a\" 1}!<{\"c\":3}>"),
    A("[{'a':1},{\"c\":3}]", "!{'a':1}!<{\"c\":3}>"),
    A("[{\"a\":1,},{\"c\":3}]", "!{\"a\":1,}!<{\"c\":3}>"),
    A("[tru,{\"c\":3}]", "!tru!<{\"c\":3}>"),
    A("[1,tru,2,\"x\"]", "<1>!tru!<2><\"x\">"),
    A("[1,2x,3]", "<1>!2x!<3>"),

    /* nested elements of a broken record are not the array's */
    A("[{\"a\":x,\"r\":[{\"n\":1},{\"n\":2}],\"z\":1},{\"c\":3}]",
      "!{\"a\":x,\"r\":[{\"n\":1},{\"n\":2}],\"z\":1}!<{\"c\":3}>"),
    A("[{\"r\":[{\"n\":x},{\"n\":2},{\"n\":3}]},{\"c\":3}]",
      "!{\"r\":[{\"n\":x},{\"n\":2},{\"n\":3}]}!<{\"c\":3}>"),
    A("[{\"a\":x,\"t\":\"},{},{1}\"},{\"c\":3}]", "!{\"a\":x,\"t\":\"},{},{1}\"}!<{\"c\":3}>"),

    /* a missing quote puts every later quote out of step */
    A("[{\"t\":\"abc},{\"t\":\"def\"},{\"t\":\"ghi\"}]",
      "!{\"t\":\"abc},{\"t\":\"def\"}!<{\"t\":\"ghi\"}>"),
    A("[{\"t:1},{\"t\":2},{\"t\":3}]", "!{\"t:1},{\"t\":2}!<{\"t\":3}>"),
    /* a missing brace: the element's comma is the array's */
    A("[{\"a\":1,{\"b\":2},{\"c\":3}]", "!{\"a\":1!<{\"b\":2}><{\"c\":3}>"),
    A("[{\"a\":1,{\"b\":x},{\"c\":3}]", "!{\"a\":1,{\"b\":x}!<{\"c\":3}>"),
    /* brackets in doubt, but the array is indented */
    A("[\n  {\n    \"r\": [\n      {},\n      {\n    ]\n  },\n  {\n    \"c\": 3\n  }\n]",
      "!{\n    \"r\": [\n      {},\n      {\n    ]\n  }!<{\n    \"c\": 3\n  }>"),
    /* one brace too many: an object ends at its own bracket, and what follows is debris */
    A("[{\"a\":{\"x\":1}},\"b\":2},{\"c\":3}]", "<{\"a\":{\"x\":1}}>!\"b\":2}!<{\"c\":3}>"),
    A("[{\"a\":1} x,{\"c\":3}]", "<{\"a\":1}>!x!<{\"c\":3}>"),
    A("[{\"a\":1} {\"b\":2},{\"c\":3}]", "<{\"a\":1}>!{\"b\":2}!<{\"c\":3}>"), /* no comma */

    /* values missing */
    A("[,{\"a\":1}]", "!!<{\"a\":1}>"),
    A("[{\"a\":1},]", "<{\"a\":1}>!!"),
    A("[{\"a\":1},,{\"b\":2}]", "<{\"a\":1}>!!<{\"b\":2}>"),
    A("[,]", "!,!"),
    A("[:]", "!:!"),

    /* cut short */
    A("[", "!!"),
    A("[{\"a\":1}", "<{\"a\":1}>!!"),
    A("[{\"a\":1},", "<{\"a\":1}>!!"),
    A("[{\"a\":1},{\"b\":", "<{\"a\":1}>!{\"b\":!"),
    A("[{\"a\":1},{\"b\":\"x", "<{\"a\":1}>!{\"b\":\"x!"),
    A("[1", "<1>!!"),

    /* no array, or more than an array */
    A("", "!!"),
    A(" \n", "!!"),
    A("{\"a\":[1,2]}", "!{\"a\":[1,2]}!"),
    A("null", "!null!"),
    A("\xFF\xFE[\0]\0", "!\xFF\xFE[\0]\0!"), /* UTF-16 */
    A("\xEF\xBB", "!\xEF\xBB!"),
    A("[{\"a\":1}]\n[{\"b\":2}]\n", "<{\"a\":1}>![{\"b\":2}]!"),
    A("[]]", "!]!"),
    A("<html>[1]</html>\n", "!<html>[1]</html>!"),

    /* lines */
    L("", ""),
    L("\n\r\n \n", ""),
    L("{\"a\":1}\n{\"b\":2}\n", "<{\"a\":1}><{\"b\":2}>"),
    L("{\"a\":1}\r\n\r\n  {\"b\":2}", "<{\"a\":1}><{\"b\":2}>"), /* no line end at the end */
    L("\xEF\xBB\xBF{\"a\":1}\n", "<{\"a\":1}>"),
    L("{\"a\":1}\n{\"b\":\n{\"c\":3}\n", "<{\"a\":1}>!{\"b\":!<{\"c\":3}>"),
    L("{\"a\":1} {\"b\":2}\n1\n", "!{\"a\":1} {\"b\":2}!<1>"),
    L("[\n]\n", "![!!]!"),
    L("{\"a\":\"x\ny\"}\n{}\n", "!{\"a\":\"x!!y\"}!<{}>"),
    L("{\"a\":1}\n{\"b\":\"cut", "<{\"a\":1}>!{\"b\":\"cut!"),
};

static void pieces_are_the_records(void **state)
{
    size_t wrong = 0;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 10000);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        struct run r = split(cases[i].mode, cases[i].text, 0, NULL);

        describe(&b, cases[i].text, &r);
        if (!hf_view_eq(cases[i].want, hf_buf_view(&b))) {
            print_error("row %zu, %s:\n  wanted %s\n  got    %s\n", i, cases[i].text.p,
                        cases[i].want.p, hf_buf_cstr(&b));
            wrong++;
        }
        hf_free(r.found);
    }
    assert_int_equal(0, wrong);
    hf_buf_clear(&b);
}

static void windows_make_no_difference(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        struct run whole = split(cases[i].mode, cases[i].text, 0, NULL);

        for (size_t chunk = 1; chunk <= cases[i].text.n; chunk++) {
            struct run r = split(cases[i].mode, cases[i].text, chunk, NULL);

            if (r.n != whole.n)
                print_error("row %zu, %s: chunks of %zu\n", i, cases[i].text.p, chunk);
            same_pieces(&whole, &r);
            hf_free(r.found);
        }
        hf_free(whole.found);
    }
}

/* Every beginning of a sound document: the records that are there come out, the rest is one bad
 * piece that says so, and what lies between is framing. */
static void every_truncation_is_told(void **state)
{
    static const char text[] = "\xEF\xBB\xBF [\n {\"a\":[1,2]}, {\"b\":\"\\u00e9\xC3\xA9\"},\n 7, "
                               "{}\n]\n";
    static const size_t ends[] = { 18, 36, 40, 44 }; /* the byte after each record */
    const size_t close = sizeof(text) - 3;

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        hf_view member = { text, n };
        struct run r = split(HF_SPLIT_ARRAY, member, 3, NULL);
        size_t good = 0, whole = 0, bad = 0, at = 0;

        for (size_t i = 0; i < r.n; i++) {
            const hf_piece *p = &r.found[i].piece;

            bad += p->is_bad;
            good += !p->is_bad;
            for (; at < p->at; at++)
                assert_non_null(strchr("\xEF\xBB\xBF [],\n", text[at]));
            at = p->at + p->len;
        }
        for (size_t i = 0; i < T_COUNT(ends); i++)
            whole += n >= ends[i];
        assert_int_equal(whole, good);
        assert_int_equal(n <= close, bad == 1);
        hf_free(r.found);
    }
}

/* --- limits ----------------------------------------------------------------------------------- */

static void elements_beyond_the_limits_end_at_their_own_end(void **state)
{
    static const hf_json_limits limits = { 100, 8, 3 };
    static const struct {
        const char *member, *want;
        hf_status code;
    } rows[] = {
        { "[{\"a\":[1,2,3,4,5,6,7,8,9]},{\"b\":1}]", "!{\"a\":[1,2,3,4,5,6,7,8,9]}!<{\"b\":1}>",
          HF_E_LIMIT },
        { "[{\"a\":[[[[\"],\"]]]]},{\"b\":1}]", "!{\"a\":[[[[\"],\"]]]]}!<{\"b\":1}>", HF_E_LIMIT },
        /* two in a row are two */
        { "[[[[[]]]],[[[[]]]]]", "![[[[]]]]!![[[[]]]]!", HF_E_LIMIT },
        /* behind a broken one they still count as its end */
        { "[{\"x\":y},{\"a\":[[[[]]]]}]", "!{\"x\":y}!!{\"a\":[[[[]]]]}!", HF_E_RECORD },
        { "[[[[[\"not closed", "![[[[\"not closed!", HF_E_LIMIT },
    };
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 1000);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_view member = hf_view_str(rows[i].member);
        struct run whole = split(HF_SPLIT_ARRAY, member, 0, &limits);

        describe(&b, member, &whole);
        assert_string_equal(rows[i].want, hf_buf_cstr(&b));
        assert_int_equal(rows[i].code, whole.found[0].piece.code);
        for (size_t chunk = 1; chunk < member.n; chunk++) {
            struct run r = split(HF_SPLIT_ARRAY, member, chunk, &limits);

            same_pieces(&whole, &r);
            hf_free(r.found);
        }
        hf_free(whole.found);
    }
    hf_buf_clear(&b);
}

/* A record that is far too large comes in parts, and the window stays small. */
static void huge_records_are_cut_in_bounded_memory(void **state)
{
    static const hf_json_limits limits = { 10000, 0, 0 };
    static const struct {
        hf_split_mode mode;
        const char *before, *item, *after;
        size_t good;
    } rows[] = {
        { HF_SPLIT_ARRAY, "[{\"a\":1},{\"b\":\"", "x,\\\"]", "\"},{\"c\":3}]", 2 },
        { HF_SPLIT_ARRAY, "[{\"a\":1},{\"b\":[", "{},", "{}]},{\"c\":3}]", 2 },
        { HF_SPLIT_ARRAY, "[{\"a\":1},{\"b\":[x", ",{}", "]},{\"c\":3}]", 2 },
        { HF_SPLIT_ARRAY, "[{\"a\":1},{\"b\":[x", ",{", "]},{\"c\":3}]", 1 },
        { HF_SPLIT_ARRAY, "[{\"a\":1}", "    ", ",{\"c\":3}]", 2 }, /* only white space: no loss */
        { HF_SPLIT_ARRAY, "[{\"a\":x}", "    ", ",{\"c\":3}]", 1 },
        { HF_SPLIT_ARRAY, "[{\"a\":x},", "    ", "{\"c\":3}]", 0 }, /* too far to look across */
        { HF_SPLIT_ARRAY, "{\"a\":[", "1,", "2]}", 0 },
        { HF_SPLIT_ARRAY, "[] ", "x", "", 0 },
        { HF_SPLIT_LINES, "{\"a\":1}\n{\"b\":\"", "xyz", "\"}\n{\"c\":3}\n", 2 },
        { HF_SPLIT_LINES, "{\"a\":1}\n", "     ", "\n{\"c\":3}\n", 2 },
    };
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        size_t good = 0, heads = 0, at = 0;
        struct run r;

        hf_buf_reset(&b);
        hf_buf_str(&b, rows[i].before);
        for (size_t k = 0; k < 50000; k++)
            hf_buf_str(&b, rows[i].item);
        hf_buf_str(&b, rows[i].after);
        r = split(rows[i].mode, hf_buf_view(&b), 1000, &limits);
        for (size_t k = 0; k < r.n; k++) {
            const hf_piece *p = &r.found[k].piece;

            good += !p->is_bad;
            heads += p->is_bad && !p->is_rest;
            assert_true(p->at >= at);
            if (p->is_rest) /* parts leave no gap: their bytes make the whole */
                assert_int_equal(at, p->at);
            at = p->at + p->len;
        }
        if (good != rows[i].good || heads > 1)
            print_error("row %zu: %zu good, %zu bad\n", i, good, heads);
        assert_int_equal(rows[i].good, good);
        assert_true(heads <= 1);
        assert_true(r.most <= 10000 + 32768 + 1000);
        hf_free(r.found);
    }
    hf_buf_clear(&b);
}

/* --- time ------------------------------------------------------------------------------------- */

/* Inputs that would take minutes if tries or windows were repeated without bound. No limit of depth
 * or tokens helps here, so that each try may run through the whole member. */
static void hostile_members_take_linear_time(void **state)
{
    static const hf_json_limits limits = { 16 << 20, 16 << 20, 16 << 20 };
    static const struct {
        const char *before, *item, *after;
    } rows[] = {
        { "[x", ",{\"a\":[0", "" }, /* every try runs to the end, and fails */
        { "[x", ",{\"a\":\"", "" },
        { "[x", ",{", "\"a\":1}]" },
        { "[x", ",{},x", "]" }, /* broken and whole by turns */
        { "[", ",", "]" },
        { "[x", ",[", "" },
        { "[", "{\"a\":x,{\"b\":[[", "" },
        { "[\"", "\\\\", "\"]" },                /* one long string */
        { "[", "1", "]" },                       /* one long number */
        { "[\n {\"a\":x", ",\n {\"b\":[0", "" }, /* indentation says try, every time */
    };
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        double start = hf_mono_seconds();
        size_t good = 0, bad = 0;
        struct run r;

        hf_buf_reset(&b);
        hf_buf_str(&b, rows[i].before);
        while (b.n < 4 << 20)
            hf_buf_str(&b, rows[i].item);
        hf_buf_str(&b, rows[i].after);
        r = split(HF_SPLIT_ARRAY, hf_buf_view(&b), 1 << 20, &limits);
        for (size_t k = 0; k < r.n; k++) {
            bad += r.found[k].piece.is_bad;
            good += !r.found[k].piece.is_bad;
        }
        assert_true(good + bad > 0);
        if (hf_mono_seconds() - start > 20.0)
            print_error("row %zu: %.1f s, %zu good, %zu bad\n", i, hf_mono_seconds() - start, good,
                        bad);
        assert_true(hf_mono_seconds() - start < 20.0);
        hf_free(r.found);
    }
    hf_buf_clear(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_the_records),
        cmocka_unit_test(windows_make_no_difference),
        cmocka_unit_test(every_truncation_is_told),
        cmocka_unit_test(elements_beyond_the_limits_end_at_their_own_end),
        cmocka_unit_test(huge_records_are_cut_in_bounded_memory),
        cmocka_unit_test(hostile_members_take_linear_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
