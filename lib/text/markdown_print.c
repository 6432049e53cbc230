/* text/markdown_print.c: spans as Mattermost's Markdown.
 *
 * Text is escaped where Markdown would read it as more than text, and nowhere else: plain texts
 * come out byte for byte. What counts as a danger is looked for in the whole message first: a "*"
 * needs a partner, a "[" needs a "](". Escapes are a backslash, or an entity for the characters
 * that Mattermost's web client does not take a backslash for (< & =).
 * Not escaped: lines indented by four blanks (a backslash would show there), and @names, ~names and
 * :names: that were only text (they look the same).
 */
#include "text/print_priv.h"

/* What the message as a whole makes dangerous. */
typedef struct dangers {
    bool star, under, tilde, tick;
    size_t last_link; /* text bytes up to the last "](", 0: none */
    size_t seen;      /* text bytes printed so far */
    bool has_above;   /* the line above is a line of a paragraph */
} dangers;

/* --- looking for dangers ------------------------------------------------------------------- */

typedef struct scan {
    dangers *d;
    bool star_open, under_open; /* something that could open was seen */
    size_t tildes, ticks, codes;
    bool has_star, has_under;
} scan;

/* Could the run [at, at + n) of stars or underscores open or close emphasis? Pairs do without any
 * rule about neighbours (Mattermost's "strong"). */
static void look_at_run(scan *s, hf_view v, size_t at, size_t n, bool is_last)
{
    bool is_under = v.p[at] == '_';
    hf_side before = hf_side_before(v, at);
    hf_side after = at + n == v.n && !is_last ? HF_SIDE_SIGN : hf_side_after(v, at + n);
    bool can_open = n > 1 || after != HF_SIDE_SPACE;
    bool can_close = n > 1 || before != HF_SIDE_SPACE;
    bool *is_open = is_under ? &s->under_open : &s->star_open;
    bool *danger = is_under ? &s->d->under : &s->d->star;

    if (is_under) {
        can_open = can_open && before != HF_SIDE_WORD;
        can_close = can_close && after != HF_SIDE_WORD;
    }
    if (is_under)
        s->has_under = s->has_under || can_open || can_close;
    else
        s->has_star = s->has_star || can_open || can_close;
    *danger = *danger || (can_close && *is_open);
    *is_open = *is_open || can_open;
}

static void look_at_text(scan *s, hf_view v, bool is_last)
{
    for (size_t i = 0; i < v.n;) {
        char c = v.p[i];
        size_t n = 1;

        while (i + n < v.n && v.p[i + n] == c)
            n++;
        if (c == '*' || c == '_')
            look_at_run(s, v, i, n, is_last);
        else if (c == '~')
            s->tildes += n > 1 || i == 0 || i + n == v.n;
        else if (c == '`')
            s->ticks++;
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
}

static void find_dangers(const hf_spans *spans, dangers *d)
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
            look_at_text(&s, span->text,
                         i + 1 == spans->n || spans->span[i + 1].kind == HF_SPAN_BREAK);
        look_at_verbatim(&s, span->target);
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

static bool is_gap(hf_view v, size_t at)
{
    return at >= v.n || hf_is_blank(v.p[at]);
}

/* "1." and "1)": the offset of the sign; HF_NPOS when v is no list item. */
static size_t number_sign(hf_view v)
{
    size_t n = 0;

    while (n < v.n && n < 9 && hf_is_digit(v.p[n]))
        n++;
    return n > 0 && n < v.n && (v.p[n] == '.' || v.p[n] == ')') && is_gap(v, n + 1) ? n : HF_NPOS;
}

/* Which character of a line's text must be escaped so that the line stays a line of a paragraph:
 * its offset, or HF_NPOS. v: the text up to the end of its span, without blanks in front; is_line:
 * it is the whole line. */
static size_t block_danger(const dangers *d, hf_view v, bool is_line)
{
    size_t n = 0, bracket;

    if (v.n == 0)
        return HF_NPOS;
    while (n < v.n && v.p[n] == v.p[0])
        n++;
    switch (v.p[0]) {
    case '>':
        return 0;
    case '#':
        return n <= 6 && is_gap(v, n) ? 0 : HF_NPOS;
    case '`':
    case '~':
        return n >= 3 ? 0 : HF_NPOS;
    case '[': /* a link definition would not show at all */
        bracket = hf_view_find_byte(v, ']');
        return bracket != HF_NPOS && bracket + 1 < v.n && v.p[bracket + 1] == ':' ? 0 : HF_NPOS;
    case '-':
    case '+':
    case '*':
        if (is_gap(v, 1))
            return 0;
        break;
    default:
        break;
    }
    if (is_line && is_only(v, "-*_ \t", v.p[0]) && signs_in(v) >= 3)
        return 0; /* a rule */
    if (is_line && d->has_above && n >= 2 && is_only(v, "-", '-'))
        return 0; /* the underline of a heading */
    if (is_line && d->has_above && is_only(v, "= \t", '='))
        return 0;
    if (is_line && d->has_above && is_only(v, "-:| \t", '-') && is_only(v, "-:| \t", '|'))
        return hf_view_find_byte(v, '|'); /* the second row of a table */
    return number_sign(v);
}

/* --- escaping in a line -------------------------------------------------------------------- */

/* The text being printed, and what is around it. */
typedef struct piece {
    hf_printer *p;
    dangers *d;
    hf_view v;
    size_t to;           /* end of what is printed of v */
    size_t forced;       /* offset that block_danger named */
    const hf_span *next; /* on the same line */
    size_t chunk,
        at_sign; /* angle_danger: end of the chunk it looked at, and its last address sign */
} piece;

/* "&name;" and "&#1;" would be read as a character. */
static bool is_entity(hf_view v, size_t at)
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
        if (end == t->v.n && t->next != NULL && t->next->kind != HF_SPAN_TEXT)
            t->at_sign = end; /* a link or mention comes */
        else if (end == t->v.n)
            t->at_sign = 0;
        t->chunk = end;
    }
    return t->at_sign > at;
}

/* "!" in front of a link would make it an image. */
static bool makes_image(const piece *t, size_t at)
{
    return at + 1 == t->v.n && t->next != NULL && t->next->kind == HF_SPAN_LINK;
}

static void repeat(hf_buf *out, char c, size_t n)
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
    repeat(out, '\\', written);
    if (is_marked)
        hf_buf_str(out, "&#92;");
    return at + n;
}

/* A run of one of * _ ~ ` at at: escaped as a whole or not at all. */
static size_t put_run(piece *t, size_t at)
{
    hf_view v = t->v;
    char c = v.p[at];
    hf_side before = at == 0 ? hf_printer_before(t->p) : hf_side_before(v, at), after;
    bool is_danger = false;
    size_t n = 1;

    while (at + n < t->to && v.p[at + n] == c)
        n++;
    after = at + n >= v.n && t->next != NULL ? HF_SIDE_SIGN : hf_side_after(v, at + n);
    if (c == '`')
        is_danger = t->d->tick;
    else if (c == '~')
        is_danger = t->d->tilde && (n > 1 || at == 0 || (at + n == v.n && t->next != NULL));
    else if (n > 1 || before != HF_SIDE_SPACE || after != HF_SIDE_SPACE)
        is_danger = c == '*' ? t->d->star
                             : t->d->under && (before != HF_SIDE_WORD || after != HF_SIDE_WORD);
    for (size_t i = 0; i < n; i++) {
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
        hf_buf_str(out, is_entity(t->v, at) ? "&amp;" : "&");
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

static void text(hf_printer *p, hf_view v, size_t from, size_t to)
{
    dangers *d = p->dialect;
    piece t = { p, d, v, to, HF_NPOS, hf_printer_next(p), 0, 0 };
    size_t indent = p->out->n - p->line;
    bool is_first = hf_printer_before(p) == HF_SIDE_SPACE &&
                    (p->out->n == p->line || indent <= 3 || d->has_above);

    for (size_t i = p->line; i < p->out->n && is_first; i++)
        is_first = p->out->p[i] == ' ';
    if (is_first) {
        size_t at = block_danger(d, hf_view_sub(v, from, to - from), t.next == NULL);

        t.forced = at == HF_NPOS ? HF_NPOS : from + at;
    }
    for (size_t at = from; at < to;) {
        size_t n = at;

        while (n < to && n != t.forced && !is_watched(v.p[n]))
            n++;
        hf_buf_add(p->out, hf_view_sub(v, at, n - at));
        at = n < to ? put_char(&t, n) : n;
    }
    d->seen += v.n;
}

/* --- the rest ------------------------------------------------------------------------------ */

/* "_" pairs at word edges only, and Mattermost's client has some exceptions more; "*" pairs
 * everywhere else, but not in front of a quote or "<". */
static const char *italic(hf_printer *p, size_t end)
{
    const hf_span *next = end < p->s->n ? &p->s->span[end] : NULL;
    hf_side after = hf_printer_after(p, end);
    bool is_code =
        next != NULL && next->kind != HF_SPAN_BREAK && (next->style & HF_STYLE_CODE) != 0;
    bool is_bracket = after == HF_SIDE_SIGN && next != NULL && next->kind == HF_SPAN_TEXT &&
                      next->text.n > 0 && strchr("]`_", next->text.p[0]) != NULL;

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
    repeat(p->out, '`', ticks);
    if (is_padded)
        hf_buf_byte(p->out, ' ');
    hf_buf_add(p->out, v);
    if (is_padded)
        hf_buf_byte(p->out, ' ');
    repeat(p->out, '`', ticks);
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
    repeat(p->out, '`', ticks);
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
    repeat(p->out, '`', ticks);
    if (hf_printer_next(p) != NULL) {
        new_line(p);
        p->line = p->out->n;
    }
}

/* A bare URL is found again only when nothing around it looks like a part of it. */
static bool can_be_bare(hf_printer *p, hf_view url)
{
    const hf_span *next = hf_printer_next(p);
    hf_view after = { NULL, 0 };
    hf_side before = hf_printer_before(p);
    char last = p->out->n > p->line ? p->out->p[p->out->n - 1] : ' ';

    if (hf_url_at(url, 0) != url.n || before == HF_SIDE_WORD || last == '<' || last == '/')
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
           (strchr(",;.!?:", after.p[0]) != NULL && (after.n == 1 || hf_is_blank(after.p[1])));
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
        else if (c == '&' && is_entity(label, i))
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
        hf_printer_mention(p, '@', hf_view_is(s->target, "everyone") ? HF_V("all") : s->target);
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
    dangers *d = p->dialect;
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
    static const hf_printer_ops ops = { ">", marker, text, code, pre, other, line_end };
    dangers d = { 0 };
    hf_printer p = { .dialect = &d };

    find_dangers(s, &d);
    hf_printer_run(&p, &ops, s, names, out);
}
