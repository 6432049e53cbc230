/* text/mrkdwn.c: Slack's mrkdwn.
 *
 * The message's "text" member: &amp; &lt; &gt; are the only escapes and are undone once, after the
 * <...> tokens are cut out. Markers pair on one line, at word edges, and never touch another of
 * their kind. A code span or block takes everything up to its end; only tokens are seen inside.
 * There is no escape for markers: text that a writer of another dialect meant literally may read as
 * emphasis in Slack, with the same characters.
 */
#include "text/markup_priv.h"

typedef struct parser {
    hf_view text;
    hf_line line;
    hf_arena *mem;
    bool is_all_quoted; /* after >>> */
    bool no_fence;      /* no ``` follows any more */
} parser;

/* --- reading ------------------------------------------------------------------------------- */

static const struct {
    const char *escape;
    char c;
} escapes[] = { { "&lt;", '<' }, { "&gt;", '>' }, { "&amp;", '&' } };

/* Length of the escape at at and its character; 0 when there is none. */
static size_t escape_at(hf_view v, size_t at, char *c)
{
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        hf_view escape = hf_view_str(escapes[i].escape);

        if (hf_view_starts(hf_view_from(v, at), escape)) {
            *c = escapes[i].c;
            return escape.n;
        }
    }
    return 0;
}

/* v without escapes; v itself when it has none. */
static hf_view unescape(hf_view v, hf_arena *mem)
{
    char *out;
    size_t n = 0;

    if (hf_view_find_byte(v, '&') == HF_NPOS)
        return v;
    out = hf_arena_alloc(mem, v.n);
    for (size_t i = 0; i < v.n;) {
        char c = v.p[i];
        size_t len = c == '&' ? escape_at(v, i, &c) : 1;

        out[n++] = c;
        i += len == 0 ? 1 : len;
    }
    return (hf_view){ out, n };
}

/* Length of the token "<...>" at at; 0 when there is none on this line. */
static size_t token_at(hf_view v, size_t at)
{
    for (size_t i = at + 1; i < v.n; i++) {
        if (v.p[i] == '>')
            return i - at > 1 ? i - at + 1 : 0;
        if (v.p[i] == '<' || v.p[i] == '\n')
            return 0;
    }
    return 0;
}

/* "!here", "!subteam^S1", "!date^..." without the exclamation mark. */
static bool read_command(hf_view id, hf_view label, hf_span *out)
{
    static const char *const broadcasts[] = { "here", "channel", "everyone", "group" };

    for (size_t i = 0; i < sizeof(broadcasts) / sizeof(broadcasts[0]); i++) {
        if (hf_view_is(id, broadcasts[i])) {
            *out = (hf_span){ .kind = HF_SPAN_BROADCAST, .target = id };
            return true;
        }
    }
    if (hf_view_starts(id, HF_V("subteam^")) && id.n > 8)
        *out = (hf_span){ HF_SPAN_GROUP, 0, label, hf_view_from(id, 8) };
    else if (hf_view_starts(id, HF_V("date^")) && id.n > 5)
        *out = (hf_span){ HF_SPAN_DATE, 0, label, hf_view_from(id, 5) };
    else
        return false;
    return true;
}

/* What is between < and >; false: not a token that means anything. */
static bool read_token(hf_view inside, hf_arena *mem, hf_span *out)
{
    size_t bar = hf_view_find_byte(inside, '|');
    hf_view id = unescape(hf_view_sub(inside, 0, bar), mem);
    hf_view label = { NULL, 0 };

    if (bar != HF_NPOS)
        label = unescape(hf_view_from(inside, bar + 1), mem);
    if (id.n > 1 && id.p[0] == '@')
        *out = (hf_span){ HF_SPAN_USER, 0, label, hf_view_from(id, 1) };
    else if (id.n > 1 && id.p[0] == '#')
        *out = (hf_span){ HF_SPAN_CHANNEL, 0, label, hf_view_from(id, 1) };
    else if (id.n > 1 && id.p[0] == '!')
        return read_command(hf_view_from(id, 1), label, out);
    else if (hf_scheme_of(id) > 0)
        *out =
            (hf_span){ HF_SPAN_LINK, 0, hf_view_eq(id, label) ? (hf_view){ NULL, 0 } : label, id };
    else
        return false;
    return true;
}

static size_t take_token(parser *p, size_t at, size_t end, unsigned style)
{
    hf_view v = hf_view_sub(p->text, 0, end);
    size_t n = token_at(v, at);
    hf_span span;

    if (n == 0 || !read_token(hf_view_sub(v, at + 1, n - 2), p->mem, &span)) {
        hf_line_span(&p->line,
                     (hf_span){ HF_SPAN_TEXT, style, hf_view_sub(v, at, 1), { NULL, 0 } });
        return at + 1;
    }
    span.style = style;
    hf_line_span(&p->line, span);
    return at + n;
}

/* A code span's content: text and tokens. */
static void take_code(parser *p, size_t at, size_t end)
{
    while (at < end) {
        size_t n = hf_view_find_byte(hf_view_sub(p->text, at, end - at), '<');
        hf_view text = hf_view_sub(p->text, at, n < end - at ? n : end - at);

        if (text.n > 0)
            hf_line_span(
                &p->line,
                (hf_span){ HF_SPAN_TEXT, HF_STYLE_CODE, unescape(text, p->mem), { NULL, 0 } });
        at += text.n;
        if (at < end)
            at = take_token(p, at, end, HF_STYLE_CODE);
    }
}

/* A block's text: tokens are replaced by what they show. */
static hf_view block_text(parser *p, hf_view inside)
{
    hf_view text;
    hf_buf b;

    if (inside.n > 0 && inside.p[0] == '\n')
        inside = hf_view_from(inside, 1);
    if (inside.n > 0 && inside.p[inside.n - 1] == '\n')
        inside.n--;
    if (hf_view_find_byte(inside, '<') == HF_NPOS)
        return unescape(inside, p->mem);
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t at = 0; at < inside.n;) {
        size_t n = inside.p[at] == '<' ? token_at(inside, at) : 0;
        hf_span span;
        char c = inside.p[at];

        if (n > 0 && read_token(hf_view_sub(inside, at + 1, n - 2), p->mem, &span)) {
            hf_span_shown(&span, NULL, &b);
        } else {
            n = c == '&' ? escape_at(inside, at, &c) : 1;
            hf_buf_byte(&b, c);
        }
        at += n == 0 ? 1 : n;
    }
    text = hf_arena_dup(p->mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return text;
}

static size_t take_ticks(parser *p, size_t at)
{
    hf_view v = p->text;
    size_t i;

    if (!p->no_fence && hf_view_starts(hf_view_from(v, at), HF_V("```"))) {
        size_t n = hf_view_find(hf_view_from(v, at + 3), HF_V("```"));

        if (n != HF_NPOS && n > 0) {
            hf_line_block(&p->line, (hf_span){ .kind = HF_SPAN_PRE,
                                               .text = block_text(p, hf_view_sub(v, at + 3, n)) });
            return at + n + 6;
        }
        p->no_fence = n == HF_NPOS;
    }
    for (i = at + 1; i < v.n && v.p[i] != '`' && v.p[i] != '\n'; i++)
        ;
    if (i < v.n && v.p[i] == '`' && i > at + 1) {
        take_code(p, at + 1, i);
        return i + 1;
    }
    hf_line_text(&p->line, HF_V("`"));
    return at + 1;
}

static size_t take_marker(parser *p, size_t at)
{
    hf_view v = p->text;
    char c = v.p[at];
    int mark = c == '*' ? 0 : c == '_' ? 1 : 2;
    hf_side before = hf_side_before(v, at), after = hf_side_after(v, at + 1);
    bool is_doubled = (at > 0 && v.p[at - 1] == c) || (at + 1 < v.n && v.p[at + 1] == c);

    hf_line_mark(&p->line, mark, 1U << mark, hf_view_sub(v, at, 1),
                 !is_doubled && before != HF_SIDE_WORD && after != HF_SIDE_SPACE,
                 !is_doubled && before != HF_SIDE_SPACE && after != HF_SIDE_WORD);
    return at + 1;
}

static size_t take_emoji(parser *p, size_t at)
{
    size_t n = hf_emoji_at(p->text, at);

    if (n == 0) {
        hf_line_text(&p->line, HF_V(":"));
        return at + 1;
    }
    hf_line_span(&p->line,
                 (hf_span){ .kind = HF_SPAN_EMOJI, .target = hf_view_sub(p->text, at + 1, n - 2) });
    return at + n;
}

/* Bytes of the quote mark at the start of a line: ">" as Slack stores it, or bare. */
static size_t quote_at(hf_view v, size_t at)
{
    hf_view rest = hf_view_from(v, at);

    if (hf_view_starts(rest, HF_V("&gt;")))
        return 4;
    return hf_view_starts(rest, HF_V(">")) ? 1 : 0;
}

static size_t begin_line(parser *p, size_t at)
{
    size_t one = p->is_all_quoted ? 0 : quote_at(p->text, at);
    size_t two = one == 0 ? 0 : quote_at(p->text, at + one);
    size_t three = two == 0 ? 0 : quote_at(p->text, at + one + two);

    if (three > 0) {
        p->is_all_quoted = true;
        one += two + three;
    }
    hf_line_begin(&p->line, one > 0 || p->is_all_quoted ? HF_STYLE_QUOTE : 0);
    return at + one;
}

static bool is_special(char c)
{
    switch (c) {
    case '\n':
    case '&':
    case '<':
    case '`':
    case '*':
    case '_':
    case '~':
    case ':':
        return true;
    default:
        return false;
    }
}

static size_t take_special(parser *p, size_t at)
{
    char c = p->text.p[at];
    size_t n;

    switch (c) {
    case '\n':
        hf_line_end(&p->line);
        hf_spanner_break(p->line.to);
        return begin_line(p, at + 1);
    case '&':
        n = escape_at(p->text, at, &c);
        hf_line_text(&p->line, (hf_view){ &c, 1 });
        return at + (n == 0 ? 1 : n);
    case '<':
        return take_token(p, at, p->text.n, 0);
    case '`':
        return take_ticks(p, at);
    case ':':
        return take_emoji(p, at);
    default:
        return take_marker(p, at);
    }
}

void hf_mrkdwn_parse(hf_view text, hf_arena *mem, hf_spans *out)
{
    hf_spanner s;
    parser p = { .text = text, .mem = mem };
    size_t at;

    hf_spanner_init(&s, mem);
    hf_line_init(&p.line, &s);
    p.text = hf_arena_dup(mem, text); /* spans point into it */
    at = begin_line(&p, 0);
    while (at < p.text.n) {
        size_t n = at;

        while (n < p.text.n && !is_special(p.text.p[n]))
            n++;
        hf_line_text(&p.line, hf_view_sub(p.text, at, n - at));
        at = n < p.text.n ? take_special(&p, n) : n;
    }
    hf_line_end(&p.line);
    hf_line_clear(&p.line);
    hf_spanner_finish(&s, out);
}
