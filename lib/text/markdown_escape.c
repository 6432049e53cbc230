/* text/markdown_escape.c: text as Markdown, escaped where it would be read as more than text.
 *
 * Nothing else is escaped: plain texts come out byte for byte. What counts as a danger is looked
 * for in the whole message first: a "*" needs a partner, a "[" needs a "](". Escapes are a
 * backslash, or an entity for the characters that Mattermost's web client does not take a backslash
 * for (< & =) and where it closes emphasis in spite of one. Not escaped: lines indented by four
 * blanks (a backslash would show there), and @names, ~names and :names: that were only text (they
 * look the same). Source    the grammar of github.com/mattermost/marked; CommonMark 0.30 for other
 * clients.
 */
#include "text/markdown_priv.h"

/* --- looking for dangers ------------------------------------------------------------------- */

typedef struct scan {
    hf_dangers *d;
    bool star_open, under_open; /* something that could open was seen */
    size_t tildes, ticks, codes;
    bool has_star, has_under;
} scan;

static bool is_ascii_before(hf_view v, size_t at)
{
    return at > 0 && (unsigned char)v.p[at - 1] < 0x80;
}

/* Could the run [at, at + n) of stars or underscores open or close emphasis? Pairs close without
 * any rule about neighbours (Mattermost's "strong"). left, right: what is around v. */
static void look_at_run(scan *s, hf_view v, size_t at, size_t n, hf_side left, hf_side right)
{
    bool is_under = v.p[at] == '_';
    hf_side before = at == 0 ? left : hf_side_before(v, at);
    hf_side after = at + n == v.n ? right : hf_side_after(v, at + n);
    bool can_open = n > 1 || after != HF_SIDE_SPACE;
    /* At the start of a line a backslash may come in front, and does not keep it from closing. */
    bool can_close = n > 1 || before != HF_SIDE_SPACE || at == 0;
    bool *is_open = is_under ? &s->under_open : &s->star_open;
    bool *danger = is_under ? &s->d->under : &s->d->star;

    if (is_under) {
        /* The client's word edges know ASCII only, and "_x_" needs none. */
        bool is_one = at >= 2 && v.p[at - 2] == '_';

        can_open = can_open && (before != HF_SIDE_WORD || !is_ascii_before(v, at));
        can_close = can_close && (n > 1 || is_one || after != HF_SIDE_WORD);
    }
    if (is_under)
        s->has_under = s->has_under || can_open || can_close;
    else
        s->has_star = s->has_star || can_open || can_close;
    *danger = *danger || (can_close && *is_open) || n >= 5; /* two pairs around one */
    *is_open = *is_open || can_open;
}

static void look_at_text(scan *s, hf_view v, hf_side left, hf_side right)
{
    for (size_t i = 0; i < v.n;) {
        char c = v.p[i];
        size_t n = 1;

        while (i + n < v.n && v.p[i + n] == c)
            n++;
        if (c == '*' || c == '_')
            look_at_run(s, v, i, n, left, right);
        else if (c == '~')
            s->tildes += n >= 5 ? 2 : n > 1 || i == 0 || i + n == v.n;
        else if (c == '`')
            s->ticks++;
        else if (c == '>')
            s->d->angle = true;
        else if (c == ']' && i + n < v.n && v.p[i + n] == '(')
            s->d->last_link = s->d->seen + i + n + 1;
        i += n;
    }
    s->d->seen += v.n;
}

/* Text that is printed as it is can only close what opened before. */
static void look_at_verbatim(scan *s, hf_view v)
{
    s->d->star = s->d->star || (s->star_open && hf_view_find_byte(v, '*') != HF_NPOS);
    s->d->under = s->d->under || (s->under_open && hf_view_find_byte(v, '_') != HF_NPOS);
    s->tildes += hf_view_find(v, HF_V("~~")) != HF_NPOS;
}

hf_side hf_markdown_edge(const hf_spans *spans, size_t i)
{
    return i >= spans->n || spans->span[i].kind == HF_SPAN_BREAK ? HF_SIDE_SPACE : HF_SIDE_SIGN;
}

void hf_markdown_dangers(const hf_spans *spans, hf_dangers *d)
{
    scan s = { .d = d };
    unsigned styles = 0;

    for (size_t i = 0; i < spans->n; i++) {
        const hf_span *span = &spans->span[i];

        if (span->kind == HF_SPAN_BREAK || span->kind == HF_SPAN_PRE)
            continue;
        styles |= span->style;
        s.codes += (span->style & HF_STYLE_CODE) != 0;
        if ((span->style & HF_STYLE_CODE) != 0 || span->kind == HF_SPAN_LINK)
            look_at_verbatim(&s, span->text);
        else if (span->kind == HF_SPAN_TEXT)
            look_at_text(&s, span->text, hf_markdown_edge(spans, i - 1),
                         hf_markdown_edge(spans, i + 1));
        look_at_verbatim(&s, span->target);
        d->angle = d->angle || span->kind == HF_SPAN_LINK;
    }
    d->star = d->star || (s.has_star && (styles & (HF_STYLE_BOLD | HF_STYLE_ITALIC)) != 0);
    d->under = d->under || (s.has_under && (styles & HF_STYLE_ITALIC) != 0);
    d->tilde = s.tildes > 1 || (s.tildes > 0 && (styles & HF_STYLE_STRIKE) != 0);
    d->tick = s.ticks > 1 || (s.ticks > 0 && s.codes > 0);
    d->seen = 0;
}

/* --- escaping at the start of a line --------------------------------------------------------- */

/* Is v nothing but characters of set, of which at least one is c? */
static bool is_only(hf_view v, const char *set, char c)
{
    bool has_c = false;

    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == '\0' || strchr(set, v.p[i]) == NULL)
            return false;
        has_c = has_c || v.p[i] == c;
    }
    return has_c;
}

static size_t signs_in(hf_view v)
{
    size_t n = 0;

    for (size_t i = 0; i < v.n; i++)
        n += !hf_is_blank(v.p[i]);
    return n;
}

/* The first text of a line. */
typedef struct opening {
    hf_view v;      /* without blanks in front */
    hf_view core;   /* without blanks at its end, too */
    bool is_line;   /* it is all of the line */
    bool has_above; /* hf_dangers.has_above */
} opening;

/* Nothing but a blank, or nothing at all, at at. */
static bool is_gap(const opening *o, size_t at)
{
    return at >= o->v.n ? o->is_line : hf_is_blank(o->v.p[at]);
}

/* "1." and "1)": the offset of the sign; HF_NPOS when it is no list item. */
static size_t number_sign(const opening *o)
{
    hf_view v = o->v;
    size_t n = 0;

    while (n < v.n && n < 9 && hf_is_digit(v.p[n]))
        n++;
    return n > 0 && n < v.n && (v.p[n] == '.' || v.p[n] == ')') && is_gap(o, n + 1) ? n : HF_NPOS;
}

/* "[name]:" defines a link, and would not show at all. */
static bool is_definition(const opening *o)
{
    size_t n = hf_view_find_byte(o->v, ']');

    if (n == HF_NPOS)
        return false;
    return n + 1 < o->v.n ? o->v.p[n + 1] == ':' : !o->is_line;
}

/* A line that is a rule, underlines the line above, or makes it the head of a table: the offset to
 * escape, or HF_NPOS. */
static size_t line_danger(const opening *o)
{
    hf_view v = o->core;

    if (is_only(v, "-*_ \t", v.p[0]) && signs_in(v) >= 3)
        return 0;
    if (o->has_above && v.n >= 2 && is_only(v, "=-", v.p[0]))
        return 0;
    if (o->has_above && is_only(v, "-:| \t", '-') && is_only(v, "-:| \t", '|'))
        return hf_view_find_byte(v, '|');
    return HF_NPOS;
}

/* Which character must be escaped so that the line stays a line of a paragraph: its offset, or
 * HF_NPOS. */
static size_t block_danger(const opening *o)
{
    hf_view v = o->core;
    size_t n = 0;
    bool is_danger = false;

    while (n < v.n && v.p[n] == v.p[0])
        n++;
    switch (v.p[0]) {
    case '>':
        is_danger = true;
        break;
    case '#':
        is_danger = n <= 6 && is_gap(o, n);
        break;
    case '`':
    case '~':
        is_danger = n >= 3;
        break;
    case '[':
        is_danger = is_definition(o);
        break;
    case '-':
    case '+':
    case '*':
        is_danger = is_gap(o, 1);
        break;
    default:
        break;
    }
    if (is_danger)
        return 0;
    n = o->is_line ? line_danger(o) : HF_NPOS;
    return n == HF_NPOS ? number_sign(o) : n;
}

/* --- escaping in a line -------------------------------------------------------------------- */

/* The text being printed, and what is around it. */
typedef struct piece {
    hf_printer *p;
    hf_dangers *d;
    hf_view v;
    size_t to;           /* end of what is printed of v */
    size_t forced;       /* offset that block_danger named */
    const hf_span *next; /* on the same line */
    size_t chunk,
        at_sign; /* angle_danger: end of the chunk it looked at, and its last address sign */
} piece;

bool hf_markdown_is_entity(hf_view v, size_t at)
{
    size_t i = at + 1;

    if (i < v.n && v.p[i] == '#')
        i++;
    while (i < v.n && i < at + 34 && (hf_is_alnum(v.p[i]) || v.p[i] == '_'))
        i++;
    return i > at + 1 && i < v.n && v.p[i] == ';';
}

/* "<...@...>" and "<...:/...>" without blanks are links. Looks at each chunk between blanks and ">"
 * once. */
static bool angle_danger(piece *t, size_t at)
{
    if (at >= t->chunk) {
        size_t end = at;

        t->at_sign = 0;
        while (end < t->v.n && t->v.p[end] != ' ' && t->v.p[end] != '>') {
            if (t->v.p[end] == '@' || (t->v.p[end] == '/' && t->v.p[end - 1] == ':') ||
                t->v.p[end] == ':')
                t->at_sign = end;
            end++;
        }
        if (end == t->v.n) /* what follows decides, on the next line too */
            t->at_sign = t->next != NULL || t->d->angle ? end : 0;
        t->chunk = end;
    }
    return t->at_sign > at;
}

/* "!" in front of a link would make it an image. */
static bool makes_image(const piece *t, size_t at)
{
    return at + 1 == t->v.n && t->next != NULL && t->next->kind == HF_SPAN_LINK;
}

void hf_markdown_repeat(hf_buf *out, char c, size_t n)
{
    while (n-- > 0)
        hf_buf_byte(out, c);
}

/* A run of backslashes: they are read in pairs in front of signs; in front of a word a pair is two
 * to one client and one to another, but odd numbers read the same everywhere. In front of a marker
 * the last one is an entity, as a backslash would take the marker for text. */
static size_t put_backslashes(piece *t, size_t at)
{
    hf_buf *out = t->p->out;
    size_t n = 1, written;
    bool is_end, is_marked;
    char c;

    while (at + n < t->to && t->v.p[at + n] == '\\')
        n++;
    is_end = at + n == t->v.n;
    is_marked = is_end && (t->next != NULL || t->p->depth > 0);
    c = is_end ? '\0' : t->v.p[at + n];
    if (is_marked)
        written = 2 * (n - 1);
    else if (hf_is_ascii_sign(c))
        written = 2 * n;
    else if (hf_is_alnum(c))
        written = 2 * n - 1;
    else
        written = n == 1 ? 1 : 2 * n;
    hf_markdown_repeat(out, '\\', written);
    if (is_marked)
        hf_buf_str(out, "&#92;");
    return at + n;
}

/* Is italic open with this marker? A backslash does not keep it from closing there. */
static bool is_open_with(const hf_printer *p, char c)
{
    for (int i = 0; i < p->depth; i++)
        if (p->open[i].marker[0] == c && p->open[i].marker[1] == '\0')
            return true;
    return false;
}

/* A run of one of * _ ~ ` at at: escaped as a whole or not at all. */
static size_t put_run(piece *t, size_t at)
{
    hf_view v = t->v;
    char c = v.p[at];
    hf_side before = at == 0 ? hf_printer_before(t->p) : hf_side_before(v, at), after;
    bool is_danger = false, is_inside;
    size_t n = 1;

    while (at + n < t->to && v.p[at + n] == c)
        n++;
    after = at + n >= v.n && t->next != NULL ? HF_SIDE_SIGN : hf_side_after(v, at + n);
    if (c == '`')
        is_danger = t->d->tick;
    else if (c == '~')
        is_danger = t->d->tilde && (n > 1 || at == 0 || (at + n == v.n && t->next != NULL));
    else if (n == 1 && before == HF_SIDE_SPACE && after == HF_SIDE_SPACE)
        is_danger = false;
    else if (c == '*')
        is_danger = t->d->star;
    else
        is_danger = t->d->under &&
                    (before != HF_SIDE_WORD || after != HF_SIDE_WORD || !is_ascii_before(v, at));
    is_inside = is_open_with(t->p, c);
    for (size_t i = 0; i < n; i++) {
        if (is_danger && is_inside) {
            hf_buf_printf(t->p->out, "&#%d;", c);
            continue;
        }
        if (is_danger || at + i == t->forced)
            hf_buf_byte(t->p->out, '\\');
        hf_buf_byte(t->p->out, c);
    }
    return at + n;
}

/* Print the character or run at at, or the URL that starts there; returns where the next one
 * starts. */
static size_t put_char(piece *t, size_t at)
{
    hf_buf *out = t->p->out;
    char c = t->v.p[at];
    size_t url;

    switch (c) {
    case '\\':
        return put_backslashes(t, at);
    case '*':
    case '_':
    case '~':
    case '`':
        return put_run(t, at);
    case 'h':
    case 'H':
    case 'f':
    case 'F':
        url = hf_url_at(hf_view_sub(t->v, 0, t->to), at);
        hf_buf_add(out, hf_view_sub(t->v, at, url == 0 ? 1 : url));
        return at + (url == 0 ? 1 : url);
    case '<':
        hf_buf_str(out, angle_danger(t, at) ? "&lt;" : "<");
        return at + 1;
    case '&':
        hf_buf_str(out, hf_markdown_is_entity(t->v, at) ? "&amp;" : "&");
        return at + 1;
    case '=':
        hf_buf_str(out, at == t->forced ? "&#61;" : "=");
        return at + 1;
    default:
        if (at == t->forced || (c == '[' && t->d->last_link > t->d->seen + at) ||
            (c == '!' && makes_image(t, at)))
            hf_buf_byte(out, '\\');
        hf_buf_byte(out, c);
        return at + 1;
    }
}

/* Only these bytes can need anything; the rest is copied in runs. */
static bool is_watched(char c)
{
    switch (c) {
    case '\\':
    case '<':
    case '&':
    case '*':
    case '_':
    case '~':
    case '`':
    case '[':
    case '!':
    case 'h':
    case 'H':
    case 'f':
    case 'F':
        return true;
    default:
        return false;
    }
}

/* The offset in t->v that block_danger finds when bytes [from, to) are the first text of their
 * line; HF_NPOS otherwise. */
static size_t forced_at(const piece *t, size_t from)
{
    const hf_printer *p = t->p;
    hf_view before = { p->out->p + p->line, p->out->n - p->line };
    opening o = { hf_view_from(t->v, from), hf_view_sub(t->v, from, t->to - from),
                  t->next == NULL || t->next->kind == HF_SPAN_PRE, t->d->has_above };
    size_t n = HF_NPOS;

    if (before.n == 0 || is_only(before, " ", ' ')) {
        if (before.n <= 3 || o.has_above)
            n = block_danger(&o);
    } else if (is_only(before, "-*_ ", before.p[before.n - 1]) &&
               is_only(o.core, "-*_ \t", o.core.p[0])) {
        n = 0; /* emphasis may complete a rule: bold "---" */
    }
    return n == HF_NPOS ? HF_NPOS : from + n;
}

void hf_markdown_text(hf_printer *p, hf_view v, size_t from, size_t to)
{
    hf_dangers *d = p->dialect;
    piece t = { p, d, v, to, HF_NPOS, hf_printer_next(p), 0, 0 };

    t.forced = forced_at(&t, from);
    for (size_t at = from; at < to;) {
        size_t n = at;

        while (n < to && n != t.forced && !is_watched(v.p[n]))
            n++;
        hf_buf_add(p->out, hf_view_sub(v, at, n - at));
        at = n < to ? put_char(&t, n) : n;
    }
    d->seen += v.n;
}
