/* tests/lib/util/test_json.c: what the tape takes, refuses and keeps. */
#include "support.h"

#include "util/json.h"

static hf_view bytes(const char *p, size_t n)
{
    return (hf_view){ p, n };
}

/* --- grammar -------------------------------------------------------------------------------- */

/* Rows marked y must be taken, n refused at this offset; f are taken with these flags on the last
 * token: what RFC 8259 leaves open (encoding, surrogates, repeated keys, big numbers) is kept. */
struct grammar_case {
    char verdict;
    hf_view text;
    size_t at;      /* n: offset of the first wrong byte */
    unsigned flags; /* f: of the last token, or of the first key when it is SHADOWED */
};

#define Y(text)                               \
    {                                         \
        'y', { text, sizeof(text) - 1 }, 0, 0 \
    }
#define N(at, text)                            \
    {                                          \
        'n', { text, sizeof(text) - 1 }, at, 0 \
    }
#define F(flags, text)                            \
    {                                             \
        'f', { text, sizeof(text) - 1 }, 0, flags \
    }

static const struct grammar_case grammar[] = {
    /* values and white space */
    Y("null"),
    Y("true"),
    Y("false"),
    Y("0"),
    Y("\"\""),
    Y("[]"),
    Y("{}"),
    Y(" [ ] "),
    Y("\t\r\n {\r\n\t} \n"),
    Y("[[]]"),
    Y("[{}]"),
    Y("{\"a\":[]}"),
    Y("[null,true,false]"),
    Y("[ 1 , 2 , 3 ]"),
    Y("{\"a\":1,\"b\":2}"),
    Y("{ \"a\" : 1 , \"b\" : { \"c\" : [ ] } }"),
    Y("{\"\":0}"),
    Y("{\"a\":{\"a\":{\"a\":null}}}"),
    Y("[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]"),
    Y("                                                  1"), /* past one vector of blanks */
    Y("1                                                  "),
    Y("[1,\n                                        2]"),
    N(0, ""),
    N(1, " "),
    N(18, "                  "),
    N(0, ","),
    N(0, ":"),
    N(0, "]"),
    N(0, "}"),
    N(1, "["),
    N(1, "{"),
    N(1, "[,"),
    N(1, "[,1]"),
    N(3, "[1,]"),
    N(3, "[1,,2]"),
    N(3, "[1 2]"),
    N(2, "[1}"),
    N(3, "[1]]"),
    N(2, "[]x"),
    N(2, "1 2"),
    N(2, "{}{}"),
    N(2, "[1:2]"),
    N(1, "{1:2}"),
    N(1, "{a:1}"),
    N(1, "{'a':1}"),
    N(1, "{,}"),
    N(1, "{null:1}"),
    N(1, "{[]:1}"),
    N(4, "{\"a\""),
    N(4, "{\"a\"}"),
    N(5, "{\"a\":"),
    N(5, "{\"a\":}"),
    N(5, "{\"a\":,"),
    N(6, "{\"a\":1"),
    N(7, "{\"a\":1,}"),
    N(7, "{\"a\":1,"),
    N(6, "{\"a\":1]"),
    N(7, "{\"a\":1 \"b\":2}"),
    N(4, "{\"a\",1}"),
    N(5, "{\"a\"::1}"),
    N(5, "{\"a\" 1}"),
    N(0, "/*c*/1"),
    N(2, "1 // c"),
    N(0, "#1"),
    N(0, "\xEF\xBB\xBF"
         "1"),              /* a byte-order mark is framing: the splitter's business */
    N(0, "\xFF\xFE[\0]\0"), /* UTF-16 */
    N(1, "[\0]"),
    N(3, "[1,\f2]"), /* form feed is no white space in JSON */
    N(3, "[1,\v2]"),
    N(3, "[1,\xC2\xA0"
         "2]"), /* nor is a no-break space */
    N(2, "[]\0"),
    N(1, "[<"),
    N(1, "[undefined]"),
    N(1, "[(1)]"),
    N(12, "{\"a\":[1,{\"b\"]}"),
    N(2, "[["),
    N(4, "[[]]]"),
    N(1, "[*]"),
    /* words */
    N(3, "nul1"),
    N(3, "nul"),
    N(1, "n"),
    N(3, "nulL"),
    N(4, "truex"),
    N(3, "tru"),
    N(0, "True"),
    N(0, "TRUE"),
    N(4, "fals"),
    N(4, "falsy"),
    N(0, "NaN"),
    N(1, "[Infinity]"),
    N(1, "-Infinity"),
    N(1, "nan"),
    N(5, "[nulll]"),
    /* numbers */
    Y("-0"),
    Y("-0.0"),
    Y("1"),
    Y("10"),
    Y("-1"),
    Y("123456789012345678901234567890"),
    Y("0.1"),
    Y("1.5e10"),
    Y("1E10"),
    Y("1e+10"),
    Y("1e-10"),
    Y("0e0"),
    Y("0E+1"),
    Y("[1e400]"),
    Y("[-1e-400]"),
    Y("[1.000000000000000000000000000000000000000000]"),
    Y("[0,0]"),
    N(1, "01"),
    N(1, "00"),
    N(2, "-01"),
    N(0, "+1"),
    N(0, ".1"),
    N(1, "-.1"),
    N(2, "1."),
    N(3, "[1.]"),
    N(2, "1.e1"),
    N(2, "1e"),
    N(3, "[1e]"),
    N(3, "1e+"),
    N(2, "1ee1"),
    N(3, "1.2.3"),
    N(1, "-"),
    N(2, "[-]"),
    N(1, "--1"),
    N(1, "1a"),
    N(1, "0x1F"),
    N(1, "1_000"),
    N(4, "[1,000]"), /* thousands */
    N(1, "-a"),
    N(3, "1.5f"),
    N(1, "1+1"),
    N(0, "\xEF\xBC\x91"), /* full-width digit one */
    /* strings */
    Y("\"a\""),
    Y("\"abcdefghijklmno\""),
    Y("\"abcdefghijklmnop\""), /* 16: exactly one vector */
    Y("\"abcdefghijklmnopq\""),
    Y("\"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\""),
    Y("\"'\""),
    Y("\"/\""),
    Y("\"\x7F\""), /* DEL is no control character of RFC 8259 */
    Y("[\"a\",\"b\"]"),
    Y("\"[1,2]{}:,\""),
    F(HF_TOK_ESCAPED, "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""),
    F(HF_TOK_ESCAPED, "\"\\u0041\""),
    F(HF_TOK_ESCAPED, "\"\\u00E9\\u00e9\""),
    F(HF_TOK_ESCAPED, "\"\\u0000\""),
    F(HF_TOK_ESCAPED, "\"\\uD83D\\uDE42\""),
    F(HF_TOK_ESCAPED, "\"\\uFFFF\\uFDD0\""), /* noncharacters are characters here */
    F(HF_TOK_ESCAPED, "\"abcdefghijklmno\\\"\""),
    F(HF_TOK_ESCAPED, "\"\\\\\""),
    F(HF_TOK_ESCAPED, "\"\\\\\\\"\""),
    F(0, "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x99\x82\""),
    F(0, "\"\xC2\x80\xDF\xBF\xE0\xA0\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""),
    F(0, "\"\xED\x9F\xBF\xEE\x80\x80\""), /* both sides of the surrogates */
    F(0, "\"\xE2\x80\xA8\xE2\x80\xA9\""), /* line and paragraph separators */
    F(0, "\"\xEF\xBB\xBF\""),
    N(1, "\""),
    N(2, "\"a"),
    N(17, "\"abcdefghijklmnop"),
    N(2, "\"\\"),
    N(3, "\"\\\""),
    N(2, "\"\\x41\""),
    N(2, "\"\\a\""),
    N(2, "\"\\'\""),
    N(2, "\"\\0\""),
    N(2, "\"\\\n\""),
    N(2, "\"\\U0041\""),
    N(3, "\"\\u\""),
    N(6, "\"\\u004\""),
    N(6, "\"\\u004g\""),
    N(5, "\"\\u00-1\""),
    N(3, "\"\\u 041\""),
    N(9, "\"\\u0041\\u\""),
    N(1, "\"\n\""),
    N(1, "\"\t\""),
    N(1, "\"\0\""),
    N(1, "\"\x1F\""),
    N(18, "\"abcdefghijklmnopq\x01rst\""),
    N(2, "\"a\nb\""),
    N(2, "\"\"\""),
    N(0, "'a'"),
    N(0, "a"),
    N(0, "\xE2\x80\x9C"
         "a\xE2\x80\x9D"), /* typographic quotes */
    N(0, "\\u0022a\\u0022"),
    N(3, "[\"x"),
    /* kept and flagged */
    F(HF_TOK_BAD_UTF8, "\"\xFF\""),
    F(HF_TOK_BAD_UTF8, "\"\x80\""),     /* lone continuation */
    F(HF_TOK_BAD_UTF8, "\"\xC0\xAF\""), /* overlong */
    F(HF_TOK_BAD_UTF8, "\"\xC1\xBF\""),
    F(HF_TOK_BAD_UTF8, "\"\xE0\x9F\xBF\""),
    F(HF_TOK_BAD_UTF8, "\"\xF0\x8F\xBF\xBF\""),
    F(HF_TOK_BAD_UTF8, "\"\xED\xA0\x80\""),     /* UTF-8 encoded surrogate */
    F(HF_TOK_BAD_UTF8, "\"\xF4\x90\x80\x80\""), /* past U+10FFFF */
    F(HF_TOK_BAD_UTF8, "\"\xF5\x80\x80\x80\""),
    F(HF_TOK_BAD_UTF8, "\"\xE2\x82\""), /* cut short by the quote */
    F(HF_TOK_BAD_UTF8, "\"\xF0\x9F\x99\""),
    F(HF_TOK_BAD_UTF8, "\"caf\xE9 in Latin-1\""),
    F(HF_TOK_BAD_UTF8 | HF_TOK_ESCAPED, "\"\xFF\\n\""),
    F(HF_TOK_ESCAPED | HF_TOK_LONE_SURROGATE, "\"\\uD800\""),
    F(HF_TOK_ESCAPED | HF_TOK_LONE_SURROGATE, "\"\\uDC00\""),
    F(HF_TOK_ESCAPED | HF_TOK_LONE_SURROGATE, "\"\\uD800x\""),
    F(HF_TOK_ESCAPED | HF_TOK_LONE_SURROGATE, "\"\\uD800\\n\""),
    F(HF_TOK_ESCAPED | HF_TOK_LONE_SURROGATE, "\"\\uD800\\uD800\\uDC00\""),
    F(HF_TOK_ESCAPED | HF_TOK_LONE_SURROGATE, "\"\\uDC00\\uD800\""), /* wrong order */
    F(HF_TOK_ESCAPED | HF_TOK_LONE_SURROGATE, "\"\\uD800\\u0041\""),
    F(HF_TOK_ESCAPED | HF_TOK_LONE_SURROGATE, "\"\\uD83D\\\\uDE42\""), /* backslash, not escape */
    N(11, "\"\\uD800\\u00\""),
    F(HF_TOK_KEY | HF_TOK_SHADOWED, "{\"a\":1,\"a\":2}"),
    F(HF_TOK_KEY | HF_TOK_SHADOWED, "{\"a\":1,\"b\":0,\"a\":1}"),
    F(HF_TOK_KEY | HF_TOK_SHADOWED | HF_TOK_ESCAPED, "{\"\\u0061\":1,\"a\":2}"),
    F(HF_TOK_KEY | HF_TOK_SHADOWED, "{\"a/b\":1,\"a\\/b\":2}"),
    F(HF_TOK_KEY | HF_TOK_SHADOWED, "{\"\":1,\"\":2}"),
    F(HF_TOK_KEY, "{\"a\":{\"a\":1},\"b\":{\"a\":2}}"), /* other objects' keys do not count */
    F(HF_TOK_KEY, "{\"a\":1,\"A\":2}"),
    F(HF_TOK_KEY, "{\"a\":1,\"a \":2}"),
};

static void grammar_is_rfc_8259(void **state)
{
    hf_tape t = { 0 };
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < T_COUNT(grammar); i++) {
        const struct grammar_case *c = &grammar[i];
        /* A copy of exactly this size, so that the sanitizer sees a read past the text. */
        char *copy = hf_alloc(c->text.n);
        hf_err *err = NULL;
        hf_status rc;

        memcpy(copy, c->text.p, c->text.n);
        rc = hf_tape_parse(&t, bytes(copy, c->text.n), NULL, &err);
        if (rc != (c->verdict == 'n' ? HF_E_RECORD : HF_OK) ||
            (err != NULL && err->offset != c->at)) {
            print_error("row %zu, %s: status %d, offset %lld, %s\n", i, c->text.p, rc,
                        err == NULL ? -1LL : (long long)err->offset,
                        err == NULL ? "" : err->message);
            wrong++;
        }
        if (rc == HF_OK && c->verdict == 'f') {
            uint32_t which = (c->flags & HF_TOK_KEY) != 0 ? 1 : t.n - 1;

            if (t.tok[which].flags != c->flags) {
                print_error("row %zu, %s: flags %u\n", i, c->text.p, t.tok[which].flags);
                wrong++;
            }
        }
        assert_int_equal(rc == HF_OK, t.n > 0);
        hf_err_free(err);
        hf_free(copy);
    }
    assert_int_equal(0, wrong);
    hf_tape_clear(&t);
}

/* --- fidelity: the table of what libraries lose, with our column ----------------------------- */

static void nothing_is_lost(void **state)
{
    static const struct {
        hf_view text;  /* in an array of one */
        hf_view value; /* decoded; empty for numbers */
        unsigned flags;
    } cases[] = {
        { HF_V("12345678901234567890123"), { 0 }, 0 }, /* past 2^64 */
        { HF_V("9223372036854775808"), { 0 }, 0 },     /* past INT64_MAX */
        { HF_V("1600000003.132850"), { 0 }, 0 },       /* the zero at the end counts */
        { HF_V("1e400"), { 0 }, 0 },
        { HF_V("-0"), { 0 }, 0 },
        { HF_V("1.0"), { 0 }, 0 },
        { HF_V("\"\xFF\""), HF_V("\xEF\xBF\xBD"), HF_TOK_BAD_UTF8 },
        { HF_V("\"\xC0\xAF\""), HF_V("\xEF\xBF\xBD\xEF\xBF\xBD"), HF_TOK_BAD_UTF8 },
        { HF_V("\"\xED\xA0\x80\""), HF_V("\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"), HF_TOK_BAD_UTF8 },
        { HF_V("\"a\xF0\x9F\x99z\""), HF_V("a\xEF\xBF\xBDz"), HF_TOK_BAD_UTF8 },
        { HF_V("\"\\ud800x\""), HF_V("\xEF\xBF\xBDx"), HF_TOK_ESCAPED | HF_TOK_LONE_SURROGATE },
        { HF_V("\"p\\u0000q\""), HF_V("p\0q"), HF_TOK_ESCAPED }, /* not cut at NUL */
        { HF_V("\"\\ud83d\\ude42\""), HF_V("\xF0\x9F\x99\x82"), HF_TOK_ESCAPED },
        { HF_V("\"\\/\\u002f/\""), HF_V("///"), HF_TOK_ESCAPED },
    };
    hf_arena *mem = hf_arena_new();
    hf_tape t = { 0 };
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 1000);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_err *err = NULL;

        hf_buf_reset(&b);
        hf_buf_byte(&b, '[');
        hf_buf_add(&b, cases[i].text);
        hf_buf_byte(&b, ']');
        T_OK(err, hf_tape_parse(&t, hf_buf_view(&b), NULL, &err));
        assert_int_equal(2, t.n);
        t_view(cases[i].text, hf_tok_raw(&t, 1), __FILE__, __LINE__);
        t_view(cases[i].value, hf_tok_string(&t, 1, mem), __FILE__, __LINE__);
        assert_int_equal(cases[i].flags, t.tok[1].flags);
    }
    hf_buf_clear(&b);
    hf_tape_clear(&t);
    hf_arena_free(mem);
}

static void integers_are_exact_or_refused(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        int64_t value;
    } cases[] = {
        { "0", true, 0 },
        { "-0", true, 0 },
        { "9223372036854775807", true, INT64_MAX },
        { "-9223372036854775808", true, INT64_MIN },
        { "9223372036854775808", false, 0 },
        { "1.0", false, 0 },
        { "1e2", false, 0 },
        { "\"1\"", false, 0 },
        { "null", false, 0 },
        { "[1]", false, 0 },
    };
    hf_tape t = { 0 };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_err *err = NULL;
        int64_t got = 0;

        T_OK(err, hf_tape_parse(&t, hf_view_str(cases[i].text), NULL, &err));
        assert_int_equal(cases[i].ok, hf_tok_i64(&t, 0, &got));
        assert_int_equal(cases[i].value, got);
    }
    hf_tape_clear(&t);
}

/* --- look-up and taking ----------------------------------------------------------------------- */

static void values_are_found_by_key(void **state)
{
    static const char text[] = "{\"a\":1,\"b\":{\"c\":[10,{\"d\":20},[]],\"e\":{}},\"a\":2,"
                               "\"\\u00e9\":3,\"x\\u0000y\":4}";
    hf_tape t = { 0 };
    hf_err *err = NULL;
    uint32_t b, c, e, at;

    (void)state;
    T_OK(err, hf_tape_parse(&t, hf_view_str(text), NULL, &err));
    T_VIEW("2", hf_tok_raw(&t, hf_tape_get(&t, 0, "a"))); /* the last one counts */
    T_VIEW("3", hf_tok_raw(&t, hf_tape_get(&t, 0, "\xC3\xA9")));
    assert_int_equal(HF_NO_TOK, hf_tape_get(&t, 0, "x"));
    assert_int_equal(HF_NO_TOK, hf_tape_get(&t, 0, "c"));
    b = hf_tape_get(&t, 0, "b");
    c = hf_tape_get(&t, b, "c");
    e = hf_tape_get(&t, b, "e");
    T_VIEW("[10,{\"d\":20},[]]", hf_tok_raw(&t, c));
    assert_int_equal(HF_JSON_ARRAY, hf_tok_type(&t, c));
    assert_int_equal(HF_NO_TOK, hf_tape_get(&t, c, "d")); /* not an object */
    assert_int_equal(HF_NO_TOK, hf_tape_get_in(&t, HF_NO_TOK, "a"));
    assert_int_equal(e, hf_tape_get_in(&t, b, "e"));

    at = hf_tape_first(&t, c);
    T_VIEW("10", hf_tok_raw(&t, at));
    at = hf_tape_after(&t, c, at);
    T_VIEW("{\"d\":20}", hf_tok_raw(&t, at));
    at = hf_tape_after(&t, c, at);
    T_VIEW("[]", hf_tok_raw(&t, at));
    assert_int_equal(HF_NO_TOK, hf_tape_first(&t, at));
    assert_int_equal(HF_NO_TOK, hf_tape_after(&t, c, at));
    assert_int_equal(HF_NO_TOK, hf_tape_first(&t, e));

    at = hf_tape_first(&t, b);
    T_VIEW("\"c\"", hf_tok_raw(&t, at));
    at = hf_tape_after(&t, b, at);
    T_VIEW("\"e\"", hf_tok_raw(&t, at));
    T_VIEW("{}", hf_tok_raw(&t, at + 1));
    assert_int_equal(HF_NO_TOK, hf_tape_after(&t, b, at));
    assert_int_equal(0, t.tok[0].at);
    assert_int_equal(t.n, t.tok[0].next);

    hf_tape_clear(&t);
    assert_int_equal(HF_NO_TOK, hf_tape_get(&t, 0, "a")); /* an empty tape has nothing */
}

static void what_is_taken_is_marked(void **state)
{
    static const char text[] = "{\"id\":\"7\",\"who\":{\"name\":\"Ada\",\"x\":[1,2]},\"n\":3}";
    static const uint16_t want[] = { 0, 5, 5, 9, 9, 9, 9, 9, 9, 9, 9, 0, 0 };
    hf_tape t = { 0 };
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_tape_parse(&t, hf_view_str(text), NULL, &err));
    hf_tape_take_odd(&t, hf_tape_get(&t, 0, "id"), 5);
    hf_tape_take(&t, hf_tape_get(&t, 0, "who"), 9);
    hf_tape_take(&t, hf_tape_get(&t, 0, "absent"), 11);
    assert_int_equal(T_COUNT(want), t.n);
    for (uint32_t i = 0; i < t.n; i++) {
        assert_int_equal(want[i], t.tok[i].field);
        assert_int_equal(i == 2, (t.tok[i].flags & HF_TOK_ODD) != 0);
    }
    hf_tape_clear(&t);
}

/* --- limits ----------------------------------------------------------------------------------- */

static hf_view repeated(hf_buf *b, const char *before, const char *item, size_t times,
                        const char *after)
{
    hf_buf_reset(b);
    hf_buf_str(b, before);
    for (size_t i = 0; i < times; i++)
        hf_buf_str(b, item);
    hf_buf_str(b, after);
    return hf_buf_view(b);
}

static void limits_hold(void **state)
{
    static const hf_json_limits small = { 10, 3, 2 };
    hf_tape t = { 0 };
    hf_err *err = NULL;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    T_FAILS(err, HF_E_LIMIT,
            hf_tape_parse(&t, repeated(&b, "", "[", 100000, ""), NULL, &err)); /* no recursion */
    T_FAILS(err, HF_E_LIMIT,
            hf_tape_parse(&t, repeated(&b, "", "{\"a\":", 100000, ""), NULL, &err));
    T_FAILS(err, HF_E_LIMIT, hf_tape_parse(&t, repeated(&b, "[0", ",1", 2000000, "]"), NULL, &err));
    T_FAILS(err, HF_E_LIMIT,
            hf_tape_parse(&t, repeated(&b, "[\"", "x", 64 << 20, "\"]"), NULL, &err));
    T_OK(err, hf_tape_parse(&t, repeated(&b, "[0", ",1", 999998, "]"), NULL, &err));
    assert_int_equal(1000000, t.n);

    T_OK(err, hf_tape_parse(&t, HF_V("[[1]]"), &small, &err));
    T_FAILS(err, HF_E_LIMIT, hf_tape_parse(&t, HF_V("[[[]]]"), &small, &err));
    T_FAILS(err, HF_E_LIMIT, hf_tape_parse(&t, HF_V("[1,2,3]"), &small, &err));
    T_FAILS(err, HF_E_LIMIT, hf_tape_parse(&t, HF_V("\"123456789\""), &small, &err));
    T_OK(err, hf_tape_parse(&t, HF_V("\"12345678\""), &small, &err));
    hf_buf_clear(&b);
    hf_tape_clear(&t);
}

static void repeated_keys_are_found_in_large_objects(void **state)
{
    enum { KEYS = 100000 };
    hf_tape t = { 0 };
    hf_err *err = NULL;
    uint64_t shadowed = 0;
    double start;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_byte(&b, '{');
    for (unsigned i = 0; i < KEYS; i++) /* every key with an odd number comes twice */
        hf_buf_printf(&b, "%s\"key-%u-of-many\":%u", i == 0 ? "" : ",",
                      i % 2 == 1 ? i / 4 : KEYS + i, i);
    hf_buf_byte(&b, '}');
    start = hf_mono_seconds();
    T_OK(err, hf_tape_parse(&t, hf_buf_view(&b), NULL, &err));
    for (uint32_t k = 1; k < t.n; k = t.tok[k + 1].next)
        shadowed += (t.tok[k].flags & HF_TOK_SHADOWED) != 0;
    assert_int_equal(KEYS / 4, shadowed);
    T_VIEW("3", hf_tok_raw(&t, hf_tape_get(&t, 0, "key-0-of-many")));
    assert_true(hf_mono_seconds() - start < 5.0); /* 100,000 squared would take a minute */
    hf_buf_clear(&b);
    hf_tape_clear(&t);
}

static void keys_at_the_edge_of_the_small_table(void **state)
{
    hf_tape t = { 0 };
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (unsigned n = 2; n < 140; n++) {
        hf_err *err = NULL;

        hf_buf_reset(&b);
        hf_buf_str(&b, "{\"k0\":0");
        for (unsigned i = 1; i < n; i++)
            hf_buf_printf(&b, ",\"k%u\":0", i);
        hf_buf_str(&b, ",\"k0\":1}");
        T_OK(err, hf_tape_parse(&t, hf_buf_view(&b), NULL, &err));
        for (uint32_t k = 1; k < t.n; k = t.tok[k + 1].next)
            assert_int_equal(k == 1, (t.tok[k].flags & HF_TOK_SHADOWED) != 0);
        T_VIEW("1", hf_tok_raw(&t, hf_tape_get(&t, 0, "k0")));
    }
    hf_buf_clear(&b);
    hf_tape_clear(&t);
}

static void every_truncation_is_refused_at_its_end(void **state)
{
    static const char text[] = "{\"a\":[1.5e3,-20,\"x\\u00e9\\uD83D\\uDE42\\n\",true,false,null],"
                               "\"\xC3\xA9\":{\"\":{}}}";
    hf_tape t = { 0 };

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        char *copy = hf_alloc(n);
        hf_err *err = NULL;

        memcpy(copy, text, n);
        assert_int_equal(HF_E_RECORD, hf_tape_parse(&t, bytes(copy, n), NULL, &err));
        assert_int_equal(n, err->offset);
        assert_int_equal(0, t.n);
        hf_err_free(err);
        hf_free(copy);
    }
    hf_tape_clear(&t);
}

/* --- encoding -----------------------------------------------------------------------------------
 */

static void strings_are_written_in_three_styles(void **state)
{
    static const struct {
        hf_view text;
        const char *plain, *php, *go;
    } cases[] = {
        { HF_V(""), "\"\"", "\"\"", "\"\"" },
        { HF_V("a/b"), "\"a/b\"", "\"a\\/b\"", "\"a/b\"" },
        { HF_V("<&>"), "\"<&>\"", "\"<&>\"", "\"\\u003c\\u0026\\u003e\"" },
        { HF_V("\"\\"), "\"\\\"\\\\\"", "\"\\\"\\\\\"", "\"\\\"\\\\\"" },
        { HF_V("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\"", "\"\\b\\f\\n\\r\\t\"", "\"\\b\\f\\n\\r\\t\"" },
        { HF_V("\0\x1f\x7f"), "\"\\u0000\\u001f\x7f\"", "\"\\u0000\\u001f\x7f\"",
          "\"\\u0000\\u001f\x7f\"" },
        { HF_V("\xC3\xA9"), "\"\xC3\xA9\"", "\"\\u00e9\"", "\"\xC3\xA9\"" },
        { HF_V("\xF0\x9F\x99\x82"), "\"\xF0\x9F\x99\x82\"", "\"\\ud83d\\ude42\"",
          "\"\xF0\x9F\x99\x82\"" },
        { HF_V("\xE2\x80\xA8\xE2\x80\xA9"), "\"\xE2\x80\xA8\xE2\x80\xA9\"", "\"\\u2028\\u2029\"",
          "\"\\u2028\\u2029\"" },
        { HF_V("x\xFFy"), "\"x\xEF\xBF\xBDy\"", "\"x\\ufffdy\"", "\"x\\ufffdy\"" },
    };
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 1000);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        const char *want[] = { cases[i].plain, cases[i].php, cases[i].go };

        for (hf_json_style style = HF_JSON_PLAIN; style <= HF_JSON_GO; style++) {
            hf_buf_reset(&b);
            hf_json_put_string(&b, cases[i].text, style);
            T_VIEW(want[style], hf_buf_view(&b));
        }
    }
    hf_buf_clear(&b);
}

static void every_character_survives_every_style(void **state)
{
    hf_arena *mem = hf_arena_new();
    hf_tape t = { 0 };
    hf_buf text, json;

    (void)state;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_init(&json, HF_BUF_UNBOUNDED);
    for (uint32_t cp = 0; cp < 0x110000; cp += cp < 0x3000 ? 1 : 251) {
        if (cp < 0xD800 || cp > 0xDFFF)
            hf_buf_utf8(&text, cp);
    }
    for (hf_json_style style = HF_JSON_PLAIN; style <= HF_JSON_GO; style++) {
        hf_err *err = NULL;

        hf_buf_reset(&json);
        hf_json_put_string(&json, hf_buf_view(&text), style);
        T_OK(err, hf_tape_parse(&t, hf_buf_view(&json), NULL, &err));
        assert_int_equal(HF_TOK_ESCAPED, t.tok[0].flags);
        assert_true(hf_view_eq(hf_buf_view(&text), hf_tok_string(&t, 0, mem)));
    }
    hf_buf_clear(&text);
    hf_buf_clear(&json);
    hf_tape_clear(&t);
    hf_arena_free(mem);
}

static void decoding_respects_the_buffer(void **state)
{
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 4);
    hf_json_decode(&b, HF_V("\\u0041\\u0042\\u0043\\u0044")); /* 24 bytes become 4: they fit */
    T_VIEW("ABCD", hf_buf_view(&b));
    assert_false(b.full);
    hf_json_decode(&b, HF_V("x"));
    T_VIEW("ABCD", hf_buf_view(&b));
    assert_true(b.full);
    hf_buf_clear(&b);

    hf_buf_init(&b, 100);
    hf_json_decode(&b, HF_V("a\\qb\\u12\\")); /* no JSON string: kept as it is written */
    T_VIEW("a\\qb\\u12\\", hf_buf_view(&b));
    hf_buf_clear(&b);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(grammar_is_rfc_8259),
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(integers_are_exact_or_refused),
        cmocka_unit_test(values_are_found_by_key),
        cmocka_unit_test(what_is_taken_is_marked),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(repeated_keys_are_found_in_large_objects),
        cmocka_unit_test(keys_at_the_edge_of_the_small_table),
        cmocka_unit_test(every_truncation_is_refused_at_its_end),
        cmocka_unit_test(strings_are_written_in_three_styles),
        cmocka_unit_test(every_character_survives_every_style),
        cmocka_unit_test(decoding_respects_the_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
