/* text/markdown_print.c: spans as Mattermost's Markdown; the text itself is in markdown_escape.c.
 *
 * Emphasis is "**", "_" and "~~", with "*" where "_" would not pair. Blocks get a fence on lines of
 * their own, longer than any run of ticks in them. Links are bare where a reader finds the same
 * address again, else <address> or [label](address).
 */
#include "text/markdown_priv.h"

/* "_" pairs at word edges only, and Mattermost's client has some exceptions more; "*" pairs
 * everywhere else, but not in front of a quote or "<". */
static const char *italic(hf_printer *p, size_t end)
{
    const hf_span *next = end < p->s->n ? &p->s->span[end] : NULL;
    hf_side after = hf_printer_after(p, end);
    bool is_code =
        next != NULL && next->kind != HF_SPAN_BREAK && (next->style & HF_STYLE_CODE) != 0;
    bool is_bracket = after == HF_SIDE_SIGN && next != NULL && next->kind == HF_SPAN_TEXT &&
                      next->text.n > 0 && strchr("]`_*~[\\", next->text.p[0]) != NULL;

    return hf_printer_before(p) == HF_SIDE_WORD || after == HF_SIDE_WORD || is_code || is_bracket
               ? "*"
               : "_";
}

static const char *marker(hf_printer *p, unsigned bit, size_t end)
{
    if (bit == HF_STYLE_ITALIC)
        return italic(p, end);
    return bit == HF_STYLE_BOLD ? "**" : "~~";
}

static size_t longest_run(hf_view v, char c)
{
    size_t longest = 0, n = 0;

    for (size_t i = 0; i < v.n; i++) {
        n = v.p[i] == c ? n + 1 : 0;
        longest = n > longest ? n : longest;
    }
    return longest;
}

static void code(hf_printer *p, size_t end)
{
    hf_view v;
    size_t ticks;
    bool is_padded;

    hf_buf_reset(&p->scratch);
    for (size_t i = p->i; i < end; i++)
        hf_span_shown(&p->s->span[i], p->names, &p->scratch);
    v = hf_buf_view(&p->scratch);
    if (v.n == 0)
        return;
    ticks = longest_run(v, '`') + 1;
    is_padded = v.p[0] == '`' || v.p[v.n - 1] == '`' || (v.p[0] == ' ' && v.p[v.n - 1] == ' ');
    hf_markdown_repeat(p->out, '`', ticks);
    if (is_padded)
        hf_buf_byte(p->out, ' ');
    hf_buf_add(p->out, v);
    if (is_padded)
        hf_buf_byte(p->out, ' ');
    hf_markdown_repeat(p->out, '`', ticks);
}

static void new_line(hf_printer *p)
{
    hf_buf_byte(p->out, '\n');
    if (p->is_quoted)
        hf_buf_byte(p->out, '>');
}

static void pre(hf_printer *p, const hf_span *s)
{
    size_t ticks = longest_run(s->text, '`') + 1;
    hf_view rest = s->text;

    ticks = ticks < 3 ? 3 : ticks;
    if (p->out->n > p->line)
        new_line(p);
    hf_markdown_repeat(p->out, '`', ticks);
    hf_buf_add(p->out, s->target);
    while (rest.n > 0) {
        size_t n = hf_view_find_byte(rest, '\n');

        new_line(p);
        hf_buf_add(p->out, hf_view_sub(rest, 0, n));
        if (n != HF_NPOS && n + 1 == rest.n)
            new_line(p);
        rest = hf_view_from(rest, n == HF_NPOS ? rest.n : n + 1);
    }
    new_line(p);
    hf_markdown_repeat(p->out, '`', ticks);
    if (hf_printer_next(p) != NULL) {
        new_line(p);
        p->line = p->out->n;
    }
}

static bool opened_by_underscore(const hf_printer *p)
{
    return p->depth > 0 && p->open[p->depth - 1].marker[0] == '_';
}

/* A bare URL is found again only when nothing around it looks like a part of it. */
static bool can_be_bare(hf_printer *p, hf_view url)
{
    const hf_span *next = hf_printer_next(p);
    hf_view after = { NULL, 0 };
    hf_side before = hf_printer_before(p);
    char last = p->out->n > p->line ? p->out->p[p->out->n - 1] : ' ';

    if (hf_url_at(url, 0) != url.n || before == HF_SIDE_WORD || last == '<' || last == '/' ||
        (last == '_' && !opened_by_underscore(p)))
        return false;
    for (size_t i = 0; i < url.n; i++)
        if (!hf_is_alnum(url.p[i]) && strchr("-._~/%?#=&+:@,;$", url.p[i]) == NULL)
            return false;
    if (next == NULL)
        return true;
    if (next->kind != HF_SPAN_TEXT || (next->style & HF_STYLE_CODE) != 0)
        return false;
    after = next->text;
    return after.n == 0 || hf_is_blank(after.p[0]) ||
           (strchr(",;.!?:", after.p[0]) != NULL &&
            (after.n == 1 ? hf_markdown_edge(p->s, p->i + 2) == HF_SIDE_SPACE
                          : hf_is_blank(after.p[1])));
}

/* The inside of (...): blanks and angles would end it, and parentheses must pair. */
static void put_target(hf_buf *out, hf_view url)
{
    static const char hex[] = "0123456789ABCDEF";
    int depth = 0;
    bool is_paired = true;

    for (size_t i = 0; i < url.n; i++) {
        depth += url.p[i] == '(' ? 1 : url.p[i] == ')' ? -1 : 0;
        is_paired = is_paired && depth >= 0 && depth <= 2;
    }
    is_paired = is_paired && depth == 0;
    for (size_t i = 0; i < url.n; i++) {
        char c = url.p[i];

        if ((unsigned char)c <= ' ' || c == '<' || c == '>' || c == 0x7F ||
            ((c == '(' || c == ')') && !is_paired)) {
            hf_buf_byte(out, '%');
            hf_buf_byte(out, hex[(unsigned char)c >> 4]);
            hf_buf_byte(out, hex[(unsigned char)c & 15]);
        } else {
            hf_buf_byte(out, c);
        }
    }
}

/* The inside of [...]: brackets pair or become entities, and no emphasis starts there. */
static void put_label(hf_printer *p, hf_view label)
{
    int depth = 0;
    bool is_paired = hf_view_find(label, HF_V("](")) == HF_NPOS;

    for (size_t i = 0; i < label.n; i++) {
        depth += label.p[i] == '[' ? 1 : label.p[i] == ']' ? -1 : 0;
        is_paired = is_paired && (depth == 0 || depth == 1);
    }
    is_paired = is_paired && depth == 0;
    for (size_t i = 0; i < label.n; i++) {
        char c = label.p[i];
        bool is_sign = c == '\\' || c == '*' || c == '`' || c == '<' ||
                       (c == '~' && i + 1 < label.n && label.p[i + 1] == '~') ||
                       (c == '_' && (hf_side_before(label, i) != HF_SIDE_WORD ||
                                     hf_side_after(label, i + 1) != HF_SIDE_WORD));

        if ((c == '[' || c == ']') && !is_paired)
            hf_buf_str(p->out, c == '[' ? "&#91;" : "&#93;");
        else if (c == '<')
            hf_buf_str(p->out, "&lt;");
        else if (c == '&' && hf_markdown_is_entity(label, i))
            hf_buf_str(p->out, "&amp;");
        else if (is_sign)
            hf_buf_printf(p->out, "\\%c", c);
        else
            hf_buf_byte(p->out, c);
    }
}

/* Schemes that run code; clients refuse them, and we do not hand them on as links. */
static bool is_active(hf_view url)
{
    static const char *const schemes[] = { "javascript", "vbscript", "data" };
    size_t n = hf_scheme_of(url);

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (n == strlen(schemes[i]) && strncasecmp(url.p, schemes[i], n) == 0)
            return true;
    return false;
}

static void link(hf_printer *p, const hf_span *s)
{
    bool is_shown = s->text.n == 0 || hf_view_eq(s->text, s->target);
    bool is_web = hf_url_at(s->target, 0) > 0;
    hf_view label = s->text.n == 0 ? s->target : s->text;

    if (is_active(s->target)) {
        put_label(p, label);
    } else if (is_shown && can_be_bare(p, s->target)) {
        hf_buf_add(p->out, s->target);
    } else if (is_shown && is_web && hf_view_find_byte(s->target, ' ') == HF_NPOS &&
               hf_view_find_byte(s->target, '<') == HF_NPOS &&
               hf_view_find_byte(s->target, '>') == HF_NPOS) {
        hf_buf_byte(p->out, '<');
        hf_buf_add(p->out, s->target);
        hf_buf_byte(p->out, '>');
    } else {
        hf_buf_byte(p->out, '[');
        put_label(p, label);
        hf_buf_str(p->out, "](");
        put_target(p->out, s->target);
        hf_buf_byte(p->out, ')');
    }
}

/* What a span shows, as text. */
static void shown(hf_printer *p, const hf_span *s)
{
    hf_view v;

    hf_buf_reset(&p->scratch);
    hf_span_shown(s, NULL, &p->scratch);
    v = hf_buf_view(&p->scratch);
    if (s->kind == HF_SPAN_CHANNEL && v.n > 0 && v.p[0] == '#') {
        hf_buf_byte(p->out, '~'); /* as Mattermost spells channels, known or not */
        v = hf_view_from(v, 1);
    }
    put_label(p, v);
}

static void mention(hf_printer *p, const hf_span *s)
{
    bool is_known;
    hf_view name = hf_mention_name(s, p->names, &is_known);

    if (s->kind == HF_SPAN_GROUP && p->names == NULL && s->text.n > 0)
        name = s->text.p[0] == '@' ? hf_view_from(s->text, 1) : s->text;
    if (is_known)
        hf_printer_mention(p, s->kind == HF_SPAN_CHANNEL ? '~' : '@', name);
    else
        shown(p, s);
}

static void broadcast(hf_printer *p, hf_view range)
{
    if (hf_view_is(range, "everyone"))
        range = HF_V("all");
    else if (hf_view_is(range, "group"))
        range = HF_V("channel");
    hf_printer_mention(p, '@', range);
}

static void other(hf_printer *p, const hf_span *s)
{
    switch (s->kind) {
    case HF_SPAN_LINK:
        link(p, s);
        break;
    case HF_SPAN_USER:
    case HF_SPAN_CHANNEL:
    case HF_SPAN_GROUP:
        mention(p, s);
        break;
    case HF_SPAN_BROADCAST:
        broadcast(p, s->target);
        break;
    case HF_SPAN_EMOJI:
        hf_buf_byte(p->out, ':');
        hf_emoji_name(HF_DIALECT_MARKDOWN, s->target, p->out);
        hf_buf_byte(p->out, ':');
        break;
    case HF_SPAN_TEXT:
    case HF_SPAN_BREAK:
    case HF_SPAN_DATE:
    case HF_SPAN_PRE:
    default:
        shown(p, s);
        break;
    }
}

/* A quote swallows the lines after it up to a blank one, so text that follows a quoted line gets a
 * blank line in front. */
static void line_end(hf_printer *p)
{
    hf_dangers *d = p->dialect;
    size_t next = p->i + 1;

    d->has_above = p->out->n > p->line;
    hf_buf_byte(p->out, '\n');
    if (!p->is_quoted)
        return;
    while (next < p->s->n && p->s->span[next].kind == HF_SPAN_BREAK)
        next++;
    if (next < p->s->n && (p->s->span[next].style & HF_STYLE_QUOTE) == 0) {
        hf_buf_byte(p->out, '\n');
        d->has_above = false;
    }
}

void hf_markdown_print(const hf_spans *s, const hf_names *names, hf_buf *out)
{
    static const hf_printer_ops ops = { ">",  " ", marker, hf_markdown_text,
                                        code, pre, other,  line_end };
    hf_dangers d = { 0 };
    hf_printer p = { .dialect = &d };

    hf_markdown_dangers(s, &d);
    hf_printer_run(&p, &ops, s, names, out);
}
