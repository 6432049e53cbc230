/* tests/lib/text/test_token.c: which words a text has, how they are folded, where they stand. */
#include "support.h"

#include "text/token.h"

typedef struct words {
    hf_buf out; /* "a b|c": a word, then b with c at the same position */
    hf_view text;
    size_t last_start;
    size_t count;
} words;

static bool collect(void *self, hf_view token, size_t start, size_t end, unsigned flags)
{
    words *w = self;

    assert_true(token.n > 0 && token.n <= HF_TOKEN_MAX);
    assert_true(start < end && end <= w->text.n);
    assert_true(start >= w->last_start);
    w->last_start = start;
    if (w->count++ > 0)
        hf_buf_byte(&w->out, (flags & HF_TOKEN_COLOCATED) != 0 ? '|' : ' ');
    hf_buf_add(&w->out, token);
    return true;
}

static hf_view words_of(words *w, hf_view text, unsigned flags)
{
    hf_buf_reset(&w->out);
    w->text = text;
    w->last_start = w->count = 0;
    hf_tokenize(text, flags, collect, w);
    return hf_buf_view(&w->out);
}

static void words_are_found_and_folded(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "", "" },
        { "Hello, World-Wide 42x!", "hello world wide 42x" },
        { "don't Miller's l\xe2\x80\x99"
          "avocat",
          "don t miller s l avocat" },
        { "snake_case __init__ _it_ a__b _ __", "snake_case init it a__b" },
        { "_\xc3\xa9t\xc3\xa9_ \xc3\xa9_\xc3\xa9", "ete e_e" },
        { "https://ex.com/a_b?q=1 me@ex.com @ada #tag", "https ex com a_b q 1 me ex com ada tag" },
        { "<@U024BE7LH|ada>", "u024be7lh ada" }, /* a mention's id is one word */
        { "STRA\xc3\x9f"
          "E \xe1\xba\x9e \xef\xac\x81x \xe2\x85\xa7 \xe2\x91\xa0",
          "strasse ss fix viii 1" },
        { "\xef\xbc\xa1\xef\xbc\xa2\xef\xbc\xa3\xef\xbc\xbf\xef\xbc\x91",
          "abc_1" }, /* full width */
        { "caf\xc3\xa9 cafe\xcc\x81 CAFE\xcc\x81\xcc\xa3", "cafe cafe cafe" },
        { "\xc4\xb0stanbul ISTANBUL \xc4\xb1stanbul", "istanbul istanbul \xc4\xb1stanbul" },
        { "\xd0\x9c\xd0\x9e\xd0\xa1\xd0\x9a\xd0\x92\xd0\x90 \xd1\x91\xd0\xb6",
          "\xd0\xbc\xd0\xbe\xd1\x81\xd0\xba\xd0\xb2\xd0\xb0 \xd0\xb5\xd0\xb6" }, /* io to ie */
        { "\xce\xa3\xce\x8a\xce\xa3\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
          "\xcf\x83\xce\xb9\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83" }, /* final sigma, tonos */
        { "trans\xc2\xad"
          "action zero\xe2\x80\x8bwidth a\xe2\x80\x8d"
          "b",
          "transaction zero width ab" },
        { "1\xef\xb8\x8f\xe2\x83\xa3 s\xcc\xb6t\xcc\xb6"
          "3\xcc\xb6",
          "1 st3" }, /* keycap, struck */
        { "\xc2\xbd m\xc2\xb2", "1 2 m2" },
        { "\xe0\xa4\x95\xe0\xa5\x80 \xe0\xa4\x95\xe0\xa4\xbe",
          "\xe0\xa4\x95\xe0\xa5\x80 \xe0\xa4\x95\xe0\xa4\xbe" }, /* Hindi: two words, not one */
        { "Holdfast\xe2\x84\xa2 \xc2\xa9 20\xc2\xb0"
          "C",
          "holdfast 20 c" },
        { "a\xf0\x9f\x99\x82"
          "b \xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd \xe2\x9c\x94\xef\xb8\x8f",
          "a \xf0\x9f\x99\x82 b \xf0\x9f\x91\x8d \xe2\x9c\x94" },
        { "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa\xf0\x9f\x87\xab\xf0\x9f\x87\xb7 \xf0\x9f\x87\xa9",
          "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa \xf0\x9f\x87\xab\xf0\x9f\x87\xb7 \xf0\x9f\x87\xa9" },
        { "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9", "\xf0\x9f\x91\xa8 \xf0\x9f\x91\xa9" },
        { "ab\xff"
          "cd \xc3",
          "ab cd" },                           /* bad byte, cut character */
        { "\xed\xa0\x80x\xc0\xafy", "x y" },   /* surrogate, overlong slash */
        { "\xcc\x81\xcc\x81 \xcc\x81x", "x" }, /* marks with nothing to stand on */
    };
    words w = { 0 };

    (void)state;
    hf_buf_init(&w.out, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        T_VIEW(cases[i].want, words_of(&w, hf_view_str(cases[i].text), 0));
        /* Without unspaced scripts a query has the same words. */
        T_VIEW(cases[i].want, words_of(&w, hf_view_str(cases[i].text), HF_TOKENIZE_QUERY));
    }
    hf_buf_clear(&w.out);
}

static void unspaced_scripts_give_pairs(void **state)
{
    static const struct {
        const char *text, *document, *query;
    } cases[] = {
        { "\xe4\xba\xac", "\xe4\xba\xac", "\xe4\xba\xac" },
        { "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd",
          "\xe6\x9d\xb1|\xe6\x9d\xb1\xe4\xba\xac \xe4\xba\xac|\xe4\xba\xac\xe9\x83\xbd "
          "\xe9\x83\xbd",
          "\xe6\x9d\xb1\xe4\xba\xac \xe4\xba\xac\xe9\x83\xbd" },
        /* A word after the pair needs the last character, or the phrase would not be adjacent. */
        { "\xe6\x9d\xb1\xe4\xba\xac x", "\xe6\x9d\xb1|\xe6\x9d\xb1\xe4\xba\xac \xe4\xba\xac x",
          "\xe6\x9d\xb1\xe4\xba\xac \xe4\xba\xac x" },
        { "x\xe4\xba\xac"
          "9",
          "x \xe4\xba\xac 9", "x \xe4\xba\xac 9" },
        /* Half-width ka and voicing mark are one ga; a full stop parts. */
        { "\xef\xbd\xb6\xef\xbe\x9e\xe3\x80\x82\xe3\x81\x8b", "\xe3\x82\xac \xe3\x81\x8b",
          "\xe3\x82\xac \xe3\x81\x8b" },
        /* ka and a combining voicing mark compose; ka is not ga. */
        { "\xe3\x81\x8b\xe3\x82\x99\xe3\x81\x8b",
          "\xe3\x81\x8c|\xe3\x81\x8c\xe3\x81\x8b \xe3\x81\x8b", "\xe3\x81\x8c\xe3\x81\x8b" },
        /* Hangul letters compose to one syllable. */
        { "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xea\xb5\xad",
          "\xed\x95\x9c|\xed\x95\x9c\xea\xb5\xad \xea\xb5\xad", "\xed\x95\x9c\xea\xb5\xad" },
        /* So do the letters of the compatibility block, which keyboards write. */
        { "\xe3\x85\x8e\xe3\x85\x8f", "\xed\x95\x98", "\xed\x95\x98" },
        /* Thai ko kai and sara i: the vowel sign is a character of the run. */
        { "\xe0\xb8\x81\xe0\xb8\xb4", "\xe0\xb8\x81|\xe0\xb8\x81\xe0\xb8\xb4 \xe0\xb8\xb4",
          "\xe0\xb8\x81\xe0\xb8\xb4" },
    };
    words w = { 0 };

    (void)state;
    hf_buf_init(&w.out, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        T_VIEW(cases[i].document, words_of(&w, hf_view_str(cases[i].text), 0));
        T_VIEW(cases[i].query, words_of(&w, hf_view_str(cases[i].text), HF_TOKENIZE_QUERY));
    }
    hf_buf_clear(&w.out);
}

typedef struct spans {
    hf_buf out;
    size_t stop_after;
} spans;

static bool collect_span(void *self, hf_view token, size_t start, size_t end, unsigned flags)
{
    spans *s = self;

    (void)token;
    (void)flags;
    hf_buf_printf(&s->out, "%zu-%zu ", start, end);
    return --s->stop_after > 0;
}

static void offsets_are_of_the_source(void **state)
{
    static const struct {
        const char *text;
        size_t stop_after;
        const char *want;
    } cases[] = {
        { " Ab, _c_d_ ", 99, "1-3 6-9 " },
        { "e\xcc\x81.x", 99, "0-3 4-5 " }, /* the mark belongs to its word */
        { "x\xef\xac\x81y", 99, "0-5 " },  /* a ligature inside */
        { "\xe6\x9d\xb1\xe4\xba\xac", 99, "0-3 0-6 3-6 " },
        { "a b c d", 2, "0-1 2-3 " },              /* stopped */
        { "\xe6\x9d\xb1\xe4\xba\xac", 1, "0-3 " }, /* inside a run */
    };
    spans s;

    (void)state;
    hf_buf_init(&s.out, 1000);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_buf_reset(&s.out);
        s.stop_after = cases[i].stop_after;
        hf_tokenize(hf_view_str(cases[i].text), 0, collect_span, &s);
        T_VIEW(cases[i].want, hf_buf_view(&s.out));
    }
    hf_buf_clear(&s.out);
}

/* A word of any length is cut at HF_TOKEN_MAX and loses nothing, at every alignment. */
static void long_words_are_cut_not_lost(void **state)
{
    static const char *const letters[] = { "a", "_a", "\xc3\xb8", "\xe0\xa4\x95\xe0\xa5\x80",
                                           "\xef\xac\x81" };
    words w = { 0 };
    hf_buf text;

    (void)state;
    hf_buf_init(&w.out, HF_BUF_UNBOUNDED);
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(letters); i++) {
        for (size_t lead = 1; lead < 8; lead++) {
            size_t kept = 0;
            hf_view got;

            hf_buf_reset(&text);
            for (size_t k = 0; k < lead; k++)
                hf_buf_byte(&text, 'x');
            for (size_t k = 0; k < 1000; k++)
                hf_buf_str(&text, letters[i]);
            got = words_of(&w, hf_buf_view(&text), 0);
            for (size_t k = 0; k < got.n; k++)
                kept += got.p[k] != ' ' && got.p[k] != '_';
            /* fi unfolds to two letters of one byte; the underscores at a cut are not letters. */
            assert_int_equal(lead + 1000 * (i == 1 ? 1 : i == 4 ? 2 : strlen(letters[i])), kept);
            assert_true(w.count > 3);
        }
    }
    hf_buf_clear(&w.out);
    hf_buf_clear(&text);
}

/* Folding what is folded changes nothing, or stored names would not equal themselves; and a word's
 * fold is the word that the tokenizer gives. */
static void folding_is_stable(void **state)
{
    hf_buf text, once, twice;

    (void)state;
    hf_buf_init(&text, 100);
    hf_buf_init(&once, 1000);
    hf_buf_init(&twice, 1000);
    for (uint32_t cp = 1; cp < 0x110000; cp++) {
        if (cp >= 0xD800 && cp < 0xE000)
            continue;
        hf_buf_reset(&text);
        hf_buf_reset(&once);
        hf_buf_reset(&twice);
        hf_buf_byte(&text, 'x');
        hf_buf_utf8(&text, cp);
        hf_fold(hf_buf_view(&text), &once);
        hf_fold(hf_buf_view(&once), &twice);
        if (!hf_view_eq(hf_buf_view(&once), hf_buf_view(&twice)))
            fail_msg("U+%04X folds differently the second time", (unsigned)cp);
    }
    hf_buf_reset(&once);
    hf_fold(HF_V("Jos\xc3\xa9  O'Neil \xff\xef\xbc\xa1 e\xcc\x81"), &once);
    T_VIEW("jose  o'neil \xff"
           "a e",
           hf_buf_view(&once));
    hf_buf_clear(&text);
    hf_buf_clear(&once);
    hf_buf_clear(&twice);
}

static bool is_its_own_word(void *self, hf_view token, size_t start, size_t end, unsigned flags)
{
    words *again = self;

    (void)start;
    (void)end;
    (void)flags;
    if (!hf_view_eq(token, words_of(again, token, HF_TOKENIZE_QUERY)))
        fail_msg("word \"%.*s\" is \"%.*s\" the second time", (int)token.n, token.p,
                 (int)again->out.n, again->out.p);
    return true;
}

/* Words tokenized again are themselves: an index may be asked with words it gave. */
static void words_are_fixed_points(void **state)
{
    static const uint32_t bases[] = { 0x20,   0x41,   0xC0,   0x300,  0x370,   0x5D0,   0x900,
                                      0xAC00, 0x1100, 0x3040, 0xFF00, 0x1F600, 0x1F1E6, 0x2000 };
    words again = { 0 };
    uint32_t seed = 1;
    hf_buf text;

    (void)state;
    hf_buf_init(&again.out, HF_BUF_UNBOUNDED);
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (int round = 0; round < 20000; round++) {
        hf_buf_reset(&text);
        for (int k = 0; k < 12; k++) {
            seed = seed * 1664525 + 1013904223;
            hf_buf_utf8(&text, bases[(seed >> 16) % T_COUNT(bases)] + (seed >> 24) % 48);
            if (k % 5 == 4)
                hf_buf_byte(&text, (char)(seed >> 9)); /* now and then a broken byte */
        }
        hf_tokenize(hf_buf_view(&text), 0, is_its_own_word, &again);
    }
    hf_buf_clear(&again.out);
    hf_buf_clear(&text);
}

static bool count(void *self, hf_view token, size_t start, size_t end, unsigned flags)
{
    (void)token;
    (void)start;
    (void)end;
    (void)flags;
    ++*(size_t *)self;
    return true;
}

/* Hostile lengths: time must grow with the bytes, not with their square. */
static void hostile_text_takes_linear_time(void **state)
{
    static const char *const pieces[] = {
        "_",   "a_", "\xcc\x81", "e\xcc\x81", "\xe4\xba\xac", "\xf0\x9f\x87\xa9", "\xe2\x80\x8d",
        "\xff"
    };
    hf_buf text;

    (void)state;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(pieces); i++) {
        double began = hf_mono_seconds();
        size_t n = 0;

        hf_buf_reset(&text);
        while (text.n < 2000000)
            hf_buf_str(&text, pieces[i]);
        hf_tokenize(hf_buf_view(&text), 0, count, &n);
        assert_true(hf_mono_seconds() - began < 20); /* squared: hours */
    }
    hf_buf_clear(&text);
}

static void the_version_is_said(void **state)
{
    (void)state;
    assert_true(hf_view_starts(hf_view_str(hf_tokenizer_id()), HF_V("holdfast 1, Unicode 1")));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_and_folded),
        cmocka_unit_test(unspaced_scripts_give_pairs),
        cmocka_unit_test(offsets_are_of_the_source),
        cmocka_unit_test(long_words_are_cut_not_lost),
        cmocka_unit_test(folding_is_stable),
        cmocka_unit_test(words_are_fixed_points),
        cmocka_unit_test(hostile_text_takes_linear_time),
        cmocka_unit_test(the_version_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
