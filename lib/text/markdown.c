/* text/markdown.c: reading Mattermost's Markdown.
 *
 * Read: emphasis, strike-through, code spans, fenced blocks, quotes, links, images (as links),
 * bare URLs and <URL>, entities, backslash escapes, @mentions, ~channels, emoji. Left as text:
 * headings, lists, tables, rules, HTML, reference links, emphasis over several lines. Where
 * CommonMark and Mattermost's web client differ, the web client wins (which characters a backslash
 * escapes, what a quote swallows).
 */
#include "text/markup_priv.h"

enum { MARK_STAR, MARK_STARS, MARK_UNDER, MARK_UNDERS, MARK_TILDES };
enum { MAX_TICKS = 32, MAX_PARENS = 32 };

typedef struct parser {
    hf_line line;
    hf_spanner *to;
    hf_arena *mem;
    hf_view v;                    /* the line being read, without its quote mark */
    bool no_ticks[MAX_TICKS + 1]; /* no run of that many ticks follows on the line */
} parser;

/* --- inside a line ------------------------------------------------------------------------- */

static size_t run_at(hf_view v, size_t at)
{
    size_t n = 1;

    while (at + n < v.n && v.p[at + n] == v.p[at])
        n++;
    return n;
}

static size_t literal(parser *p, size_t at, size_t n)
{
    hf_line_text(&p->line, hf_view_sub(p->v, at, n));
    return at + n;
}

static size_t take_backslash(parser *p, size_t at)
{
    hf_view v = p->v;
    char c = at + 1 < v.n ? v.p[at + 1] : '\0';
    bool is_escape = c != '\0' && strchr("`*{}[]()#+-.!_>|~", c) != NULL;

    /* A doubled backslash before a word is two: file shares look like that. */
    if (c == '\\')
        is_escape = at + 2 >= v.n || !(hf_is_alnum(v.p[at + 2]) || v.p[at + 2] == '_');
    if (!is_escape)
        return literal(p, at, 1);
    hf_line_text(&p->line, hf_view_sub(v, at + 1, 1));
    return at + 2;
}

static size_t take_ticks(parser *p, size_t at)
{
    size_t n = run_at(p->v, at), from = at + n;
    hf_view code;

    if (n > MAX_TICKS || p->no_ticks[n])
        return literal(p, at, n);
    for (size_t i = from; i < p->v.n;) {
        size_t len = p->v.p[i] == '`' ? run_at(p->v, i) : 1;

        if (p->v.p[i] == '`' && len == n) {
            code = hf_view_sub(p->v, from, i - from);
            /* One blank on each side keeps ticks apart from the fence. */
            if (code.n > 2 && code.p[0] == ' ' && code.p[code.n - 1] == ' ')
                code = hf_view_sub(code, 1, code.n - 2);
            hf_line_span(&p->line, (hf_span){ HF_SPAN_TEXT, HF_STYLE_CODE, code, { NULL, 0 } });
            return i + n;
        }
        i += len;
    }
    p->no_ticks[n] = true;
    return literal(p, at, n);
}

static size_t take_emphasis(parser *p, size_t at)
{
    char c = p->v.p[at];
    size_t n = run_at(p->v, at);
    hf_side before = hf_side_before(p->v, at), after = hf_side_after(p->v, at + n);
    bool is_under = c == '_';
    /* CommonMark 6.2: flanking, and "_" not inside words. */
    bool is_left = after != HF_SIDE_SPACE && (after != HF_SIDE_SIGN || before != HF_SIDE_WORD);
    bool is_right = before != HF_SIDE_SPACE && (before != HF_SIDE_SIGN || after != HF_SIDE_WORD);
    bool can_open = is_left && !(is_under && before == HF_SIDE_WORD);
    bool can_close = is_right && !(is_under && after == HF_SIDE_WORD);
    int one = is_under ? MARK_UNDER : MARK_STAR, two = is_under ? MARK_UNDERS : MARK_STARS;

    bool inner_first = n == 3 && hf_line_is_open(&p->line, one);

    if (n > 3)
        return literal(p, at, n);
    /* Three: the double marker is the outer one, so it opens first and closes last. */
    if (n == 1 || inner_first)
        hf_line_mark(&p->line, one, HF_STYLE_ITALIC, hf_view_sub(p->v, at, 1), can_open, can_close);
    if (n >= 2)
        hf_line_mark(&p->line, two, HF_STYLE_BOLD, hf_view_sub(p->v, at, 2), can_open, can_close);
    if (n == 3 && !inner_first)
        hf_line_mark(&p->line, one, HF_STYLE_ITALIC, hf_view_sub(p->v, at, 1), can_open, can_close);
    return at + n;
}

/* Bytes of a name at at: letters, digits and signs, starting and ending with a letter or digit,
 * with a letter somewhere. */
static size_t name_at(hf_view v, size_t at, const char *signs)
{
    bool has_letter = false;
    size_t n = 0;

    while (at + n < v.n && (hf_is_alnum(v.p[at + n]) ||
                            (n > 0 && v.p[at + n] != '\0' && strchr(signs, v.p[at + n]) != NULL))) {
        has_letter = has_letter || hf_is_letter(v.p[at + n]);
        n++;
    }
    while (n > 0 && !hf_is_alnum(v.p[at + n - 1]))
        n--;
    return has_letter ? n : 0;
}

static size_t take_at(parser *p, size_t at)
{
    static const struct {
        const char *name, *target;
    } broadcasts[] = { { "here", "here" }, { "channel", "channel" }, { "all", "everyone" } };
    size_t n = name_at(p->v, at + 1, "._-");
    hf_view name = hf_view_sub(p->v, at + 1, n);
    hf_span span = { .kind = HF_SPAN_USER, .target = name };

    if (n == 0 || !hf_is_letter(name.p[0]) || hf_side_before(p->v, at) == HF_SIDE_WORD)
        return literal(p, at, 1);
    for (size_t i = 0; i < sizeof(broadcasts) / sizeof(broadcasts[0]); i++)
        if (hf_view_is(name, broadcasts[i].name))
            span =
                (hf_span){ .kind = HF_SPAN_BROADCAST, .target = hf_view_str(broadcasts[i].target) };
    hf_line_span(&p->line, span);
    return at + 1 + n;
}

static size_t take_tilde(parser *p, size_t at)
{
    size_t n = run_at(p->v, at);
    size_t name = n == 1 ? name_at(p->v, at + 1, "_-") : 0;

    if (n == 2) {
        hf_line_mark(&p->line, MARK_TILDES, HF_STYLE_STRIKE, hf_view_sub(p->v, at, 2),
                     hf_side_after(p->v, at + 2) != HF_SIDE_SPACE,
                     hf_side_before(p->v, at) != HF_SIDE_SPACE);
        return at + 2;
    }
    if (name == 0 || hf_side_before(p->v, at) == HF_SIDE_WORD)
        return literal(p, at, n);
    hf_line_span(&p->line, (hf_span){ HF_SPAN_CHANNEL, 0, hf_view_sub(p->v, at, name + 1),
                                      hf_view_sub(p->v, at + 1, name) });
    return at + 1 + name;
}

/* "<scheme:...>" without blanks. */
static size_t take_angle(parser *p, size_t at)
{
    hf_view url;
    size_t i = at + 1;

    while (i < p->v.n && p->v.p[i] != '>' && p->v.p[i] != '<' && p->v.p[i] != ' ')
        i++;
    url = hf_view_sub(p->v, at + 1, i - at - 1);
    if (i >= p->v.n || p->v.p[i] != '>' || hf_scheme_of(url) == 0)
        return literal(p, at, 1);
    hf_line_span(&p->line, (hf_span){ .kind = HF_SPAN_LINK, .target = url });
    return i + 1;
}

/* The part of "(target "title")" that follows "]"; bytes with both parentheses, 0 when there is
 * none. */
static size_t target_at(hf_view v, size_t at, hf_view *target)
{
    size_t from = at + 1, i, depth = 1;
    bool is_angled;

    if (at >= v.n || v.p[at] != '(')
        return 0;
    while (from < v.n && v.p[from] == ' ')
        from++;
    is_angled = from < v.n && v.p[from] == '<';
    from += is_angled ? 1 : 0;
    for (i = from; i < v.n && v.p[i] != ' '; i++) {
        if (is_angled ? v.p[i] == '>' : v.p[i] == ')' && depth == 1)
            break;
        if (v.p[i] == '(' && ++depth > MAX_PARENS)
            return 0;
        if (v.p[i] == ')')
            depth--;
    }
    *target = hf_view_sub(v, from, i - from);
    i += is_angled && i < v.n && v.p[i] == '>' ? 1 : 0;
    while (i < v.n && v.p[i] == ' ')
        i++;
    if (i < v.n && (v.p[i] == '"' || v.p[i] == '\'')) {
        size_t n = hf_view_find_byte(hf_view_from(v, i + 1), v.p[i]);

        i = n == HF_NPOS ? v.n : i + n + 2;
    }
    return i < v.n && v.p[i] == ')' ? i + 1 - at : 0;
}

static size_t take_bracket(parser *p, size_t at)
{
    hf_view target = { NULL, 0 };
    size_t n;

    if (p->v.p[at] == '!') { /* an image is a link to it */
        if (at + 1 == p->v.n || p->v.p[at + 1] != '[')
            return literal(p, at, 1);
        hf_line_bracket(&p->line, HF_V("!["));
        return at + 2;
    }
    if (p->v.p[at] == '[') {
        hf_line_bracket(&p->line, HF_V("["));
        return at + 1;
    }
    /* Without an opener in front no target is looked for: that keeps "](](](" cheap. */
    n = p->line.bracket == 0 ? 0 : target_at(p->v, at + 1, &target);
    hf_line_unbracket(&p->line, n > 0 && target.n > 0, target);
    return at + 1 + (target.n > 0 ? n : 0);
}

static const struct {
    const char *entity, *text;
} entities[] = {
    { "&amp;", "&" }, { "&lt;", "<" }, { "&gt;", ">" }, { "&quot;", "\"" }, { "&apos;", "'" },
};

/* "&#61;" or "&#x3d;" at at: its bytes and character; 0 when it is none. */
static size_t number_entity_at(hf_view v, size_t at, uint32_t *cp)
{
    size_t i = at + 2;
    bool is_hex = i < v.n && (v.p[i] == 'x' || v.p[i] == 'X');
    size_t from = i += is_hex ? 1 : 0;

    *cp = 0;
    if (at + 1 >= v.n || v.p[at + 1] != '#')
        return 0;
    for (; i < v.n && i - from < 7; i++) {
        char c = v.p[i];
        unsigned lower = (unsigned char)c | 0x20U;

        if (hf_is_digit(c))
            *cp = *cp * (is_hex ? 16 : 10) + (uint32_t)(c - '0');
        else if (is_hex && lower >= 'a' && lower <= 'f')
            *cp = *cp * 16 + lower - 'a' + 10;
        else
            break;
    }
    return i > from && i < v.n && v.p[i] == ';' && *cp >= ' ' ? i + 1 - at : 0;
}

static size_t take_entity(parser *p, size_t at)
{
    uint32_t cp;
    size_t n = number_entity_at(p->v, at, &cp);

    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (hf_view_starts(hf_view_from(p->v, at), hf_view_str(entities[i].entity))) {
            hf_line_text(&p->line, hf_view_str(entities[i].text));
            return at + strlen(entities[i].entity);
        }
    }
    if (n > 0) {
        hf_buf b;

        hf_buf_init(&b, 8);
        hf_buf_utf8(&b, cp);
        hf_line_text(&p->line, hf_buf_view(&b));
        hf_buf_clear(&b);
        return at + n;
    }
    return literal(p, at, 1);
}

static size_t take_emoji(parser *p, size_t at)
{
    size_t n = hf_emoji_at(p->v, at);
    hf_view name;
    hf_buf b;

    if (n == 0)
        return literal(p, at, 1);
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_emoji_name(HF_DIALECT_MRKDWN, hf_view_sub(p->v, at + 1, n - 2), &b);
    name = hf_arena_dup(p->mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    hf_line_span(&p->line, (hf_span){ .kind = HF_SPAN_EMOJI, .target = name });
    return at + n;
}

static size_t take_letter(parser *p, size_t at)
{
    size_t n = hf_url_at(p->v, at);

    if (n == 0)
        return literal(p, at, 1);
    hf_line_span(&p->line, (hf_span){ .kind = HF_SPAN_LINK, .target = hf_view_sub(p->v, at, n) });
    return at + n;
}

typedef size_t (*take_fn)(parser *p, size_t at);

static take_fn taker_of(char c)
{
    switch (c) {
    case '\\':
        return take_backslash;
    case '`':
        return take_ticks;
    case '*':
    case '_':
        return take_emphasis;
    case '~':
        return take_tilde;
    case '@':
        return take_at;
    case '<':
        return take_angle;
    case '!':
    case '[':
    case ']':
        return take_bracket;
    case '&':
        return take_entity;
    case ':':
        return take_emoji;
    case 'h': /* http, https, ftp */
    case 'H':
    case 'f':
    case 'F':
        return take_letter;
    default:
        return NULL;
    }
}

static void read_inline(parser *p, hf_view v)
{
    size_t at = 0;

    p->v = v;
    memset(p->no_ticks, 0, sizeof(p->no_ticks));
    while (at < v.n) {
        size_t from = at;
        take_fn take = NULL;

        while (at < v.n && (take = taker_of(v.p[at])) == NULL)
            at++;
        hf_line_text(&p->line, hf_view_sub(v, from, at - from));
        if (take != NULL)
            at = take(p, at);
    }
}

/* --- lines --------------------------------------------------------------------------------- */

typedef struct source {
    hf_view text;
    size_t at; /* start of the next line; past the end when there is none */
} source;

/* The next line without its line feed; false at the end. */
static bool next_line(source *s, hf_view *line)
{
    size_t n;

    if (s->at > s->text.n)
        return false;
    n = hf_view_find_byte(hf_view_from(s->text, s->at), '\n');
    *line = hf_view_sub(s->text, s->at, n);
    s->at += line->n + 1;
    return true;
}

static size_t indent_of(hf_view line)
{
    size_t n = 0;

    while (n < line.n && line.p[n] == ' ')
        n++;
    return n;
}

/* Bytes up to and with the ">" of a quoted line; 0 when it is none. */
static size_t quote_of(hf_view line)
{
    size_t n = indent_of(line);

    return n < 4 && n < line.n && line.p[n] == '>' ? n + 1 : 0;
}

typedef struct fence {
    char c;
    size_t n;
    hf_view language;
} fence;

static bool fence_of(hf_view line, fence *f)
{
    size_t at = indent_of(line);
    hf_view rest;

    if (at > 3 || at >= line.n || (line.p[at] != '`' && line.p[at] != '~'))
        return false;
    f->c = line.p[at];
    f->n = run_at(line, at);
    rest = hf_view_from(line, at + f->n);
    while (rest.n > 0 && hf_is_blank(rest.p[0]))
        rest = hf_view_from(rest, 1);
    while (rest.n > 0 && hf_is_blank(rest.p[rest.n - 1]))
        rest.n--;
    f->language = rest;
    return f->n >= 3 && hf_view_find_byte(rest, '`') == HF_NPOS &&
           hf_view_find_byte(rest, '~') == HF_NPOS;
}

/* The block that starts after its opening fence; it ends at a closing one, with its quote, or with
 * the text. is_spaced: the opening fence was quoted by "> ", so the lines are, too. */
static void read_fence(parser *p, source *s, const fence *open, bool is_quoted, bool is_spaced)
{
    hf_span span = { .kind = HF_SPAN_PRE, .target = open->language };
    size_t lines = 0;
    hf_view line;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    while (s->at <= s->text.n) {
        source ahead = *s;
        fence close;
        size_t quote;

        next_line(&ahead, &line);
        quote = is_quoted ? quote_of(line) : 0;
        if (is_quoted && quote == 0 && line.n == 0)
            break;
        line = hf_view_from(line, quote);
        if (is_spaced && quote > 0 && line.n > 0 && line.p[0] == ' ')
            line = hf_view_from(line, 1);
        *s = ahead;
        if (fence_of(line, &close) && close.c == open->c && close.n >= open->n &&
            close.language.n == 0)
            break;
        if (lines++ > 0)
            hf_buf_byte(&b, '\n');
        hf_buf_add(&b, line);
    }
    span.text = hf_arena_dup(p->mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    hf_line_block(&p->line, span);
}

/* After a quoted line: a blank line ends the quote and is not text, unless another follows; a line
 * that follows at once belongs to the quote. Returns whether the next line is such a line. */
static bool end_quoted(source *s)
{
    size_t feeds = 0;

    /* s->at is past one line feed already. */
    while (s->at + feeds < s->text.n && s->text.p[s->at + feeds] == '\n')
        feeds++;
    if (s->at + feeds >= s->text.n)
        return false;
    if (quote_of(hf_view_from(s->text, s->at + feeds)) > 0)
        return false;
    if (feeds > 0)
        s->at++;
    return feeds == 0;
}

void hf_markdown_parse(hf_view text, hf_arena *mem, hf_spans *out)
{
    hf_spanner to;
    parser p = { .to = &to, .mem = mem };
    source s = { .text = hf_arena_dup(mem, text) }; /* spans point into it */
    bool is_lazy = false, is_first = true;
    hf_view line;

    hf_spanner_init(&to, mem);
    hf_line_init(&p.line, &to);
    while (next_line(&s, &line)) {
        size_t quote = quote_of(line);
        bool is_quoted = quote > 0 || is_lazy;
        fence f;

        if (!is_first)
            hf_spanner_break(&to);
        is_first = false;
        line = hf_view_from(line, quote);
        if (quote > 0 && hf_view_is(line, " "))
            line = hf_view_from(line, 1); /* a quote mark alone would be no quote */
        hf_line_begin(&p.line, is_quoted ? HF_STYLE_QUOTE : 0);
        if (fence_of(line, &f))
            read_fence(&p, &s, &f, is_quoted, quote > 0 && indent_of(line) > 0);
        else
            read_inline(&p, line);
        hf_line_end(&p.line);
        is_lazy = is_quoted && end_quoted(&s);
    }
    hf_line_clear(&p.line);
    hf_spanner_finish(&to, out);
}
