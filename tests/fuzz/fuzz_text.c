/* tests/fuzz/fuzz_text.c: any bytes as a message: words lie in order and are bounded, span lists
 * are well formed, and what a dialect prints parses again.
 */
#include "check.h"

#include "text/markup.h"
#include "text/token.h"

typedef struct words {
    hf_view text;
    size_t start;
    bool has_word, is_query;
} words;

static bool check_word(void *self, hf_view token, size_t start, size_t end, unsigned flags)
{
    words *w = self;

    CHECK(token.n > 0 && token.n <= HF_TOKEN_MAX);
    CHECK(start < end && end <= w->text.n && start >= w->start);
    CHECK(flags == 0 || (flags == HF_TOKEN_COLOCATED && w->has_word && !w->is_query));
    w->start = start;
    w->has_word = true;
    return true;
}

static void check_words(hf_view text)
{
    for (int query = 0; query < 2; query++) {
        words w = { .text = text, .is_query = query != 0 };

        hf_tokenize(text, w.is_query ? HF_TOKENIZE_QUERY : 0, check_word, &w);
    }
}

/* Folding twice is folding once. */
static void check_fold(hf_view text)
{
    hf_buf once, twice;

    hf_buf_init(&once, HF_BUF_UNBOUNDED);
    hf_buf_init(&twice, HF_BUF_UNBOUNDED);
    hf_fold(text, &once);
    hf_fold(hf_buf_view(&once), &twice);
    CHECK(hf_view_eq(hf_buf_view(&once), hf_buf_view(&twice)));
    hf_buf_clear(&once);
    hf_buf_clear(&twice);
}

static void check_spans(const hf_spans *s)
{
    const unsigned all =
        HF_STYLE_BOLD | HF_STYLE_ITALIC | HF_STYLE_STRIKE | HF_STYLE_CODE | HF_STYLE_QUOTE;
    unsigned quote = 0;
    bool at_start = true;

    for (size_t i = 0; i < s->n; i++) {
        const hf_span *span = &s->span[i];

        CHECK((span->style & ~all) == 0);
        if (span->kind == HF_SPAN_BREAK) {
            at_start = true;
            continue;
        }
        if (at_start)
            quote = span->style & HF_STYLE_QUOTE;
        at_start = false;
        CHECK((span->style & HF_STYLE_QUOTE) == quote); /* a line is quoted or not */
        if (span->kind == HF_SPAN_TEXT) {
            CHECK(hf_view_find_byte(span->text, '\n') == HF_NPOS);
            CHECK(span->text.n > 0 || quote != 0);
        } else if (span->kind != HF_SPAN_PRE) {
            CHECK(span->target.n > 0 && hf_view_find_byte(span->target, '\n') == HF_NPOS);
        }
    }
}

static void check_markup(hf_view text, hf_arena *mem)
{
    hf_buf out;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    for (hf_dialect from = HF_DIALECT_PLAIN; from <= HF_DIALECT_MARKDOWN; from++) {
        hf_spans spans, again;

        hf_markup_parse(from, text, mem, &spans);
        check_spans(&spans);
        for (hf_dialect to = HF_DIALECT_PLAIN; to <= HF_DIALECT_MARKDOWN; to++) {
            hf_buf_reset(&out);
            hf_markup_print(to, &spans, NULL, &out);
            hf_markup_parse(to, hf_buf_view(&out), mem, &again);
            check_spans(&again);
            if (from == HF_DIALECT_PLAIN && to == HF_DIALECT_PLAIN)
                CHECK(hf_view_eq(text, hf_buf_view(&out)));
        }
    }
    hf_buf_clear(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hf_view text = { (const char *)data, n };
    hf_arena *mem = hf_arena_new();

    check_words(text);
    check_fold(text);
    check_markup(text, mem);
    hf_arena_free(mem);
    return 0;
}
