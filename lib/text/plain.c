/* text/plain.c: no markup: lines in, and what the spans show out. */
#include "text/markup_priv.h"

void hf_plain_parse(hf_view text, hf_arena *mem, hf_spans *out)
{
    hf_spanner s;

    hf_spanner_init(&s, mem);
    for (;;) {
        size_t n = hf_view_find_byte(text, '\n');

        hf_spanner_text(&s, 0, hf_view_sub(text, 0, n));
        if (n == HF_NPOS)
            break;
        hf_spanner_break(&s);
        text = hf_view_from(text, n + 1);
    }
    hf_spanner_finish(&s, out);
}

static void print_link(const hf_span *s, hf_buf *out)
{
    hf_view url = s->target;
    size_t scheme = hf_scheme_of(url);

    hf_span_shown(s, NULL, out);
    /* "mailto:a@b" under "a@b", "http://x.org" under "x.org" say nothing new. */
    if (s->text.n == 0 || hf_view_eq(s->text, url) ||
        (scheme > 0 && hf_view_eq(s->text, hf_view_from(url, scheme + 1))) ||
        (scheme > 0 && hf_view_eq(s->text, hf_view_from(url, scheme + 3))))
        return;
    hf_buf_str(out, " (");
    hf_buf_add(out, url);
    hf_buf_byte(out, ')');
}

static void print_lines(hf_view text, const char *prefix, hf_buf *out)
{
    for (;;) {
        size_t n = hf_view_find_byte(text, '\n');

        hf_buf_add(out, hf_view_sub(text, 0, n));
        if (n == HF_NPOS)
            return;
        hf_buf_byte(out, '\n');
        hf_buf_str(out, prefix);
        text = hf_view_from(text, n + 1);
    }
}

void hf_plain_print(const hf_spans *s, const hf_names *names, hf_buf *out)
{
    bool at_start = true;

    for (size_t i = 0; i < s->n; i++) {
        const hf_span *span = &s->span[i];
        bool is_quoted = (span->style & HF_STYLE_QUOTE) != 0;

        if (span->kind == HF_SPAN_BREAK) {
            hf_buf_byte(out, '\n');
            at_start = true;
            continue;
        }
        if (is_quoted && at_start)
            hf_buf_str(out, span->text.n > 0 && span->text.p[0] == ' ' ? ">" : "> ");
        if (span->kind == HF_SPAN_PRE) {
            if (!at_start)
                hf_buf_str(out, is_quoted ? "\n> " : "\n");
            print_lines(span->text, is_quoted ? "> " : "", out);
            if (i + 1 < s->n && s->span[i + 1].kind != HF_SPAN_BREAK)
                hf_buf_str(out, is_quoted ? "\n> " : "\n");
        } else if (span->kind == HF_SPAN_LINK) {
            print_link(span, out);
        } else {
            hf_span_shown(span, names, out);
        }
        at_start = false;
    }
}
