/* util/json_split.c: cuts a member into records, in a window that the caller refills.
 *
 * A record is found and taped in one pass: the tape's scanner runs from the record's first byte and
 * stops at its end. When the window ends first, the scan is repeated once the window has doubled.
 *
 * After a fault nothing is certain, so the way back is a search: two walkers follow quotes and
 * brackets from the fault on, one believing what was seen so far, one believing that a quote (or
 * the element's last brace) is missing at the fault; a third sign is the array's own indentation.
 * Where one of them sees the array's separator, the scanner is tried on what follows. Tries are
 * paid for with a credit that grows with every byte of the member, so that hostile input cannot
 * make them quadratic.
 */
#include "util/json_priv.h"

enum {
    LEAD_MAX = 64,           /* bytes of indentation that are learnt */
    GAP_MAX = 4096,          /* white space looked across for the next element after a fault */
    CUT_SLACK = 2 * GAP_MAX, /* a bad piece may pass max_bytes by this before it is cut */
    CREDIT_START = 1 << 20,
    CREDIT_PER_BYTE = 4,
};

enum state {
    AT_START, /* nothing seen yet: a byte-order mark may come */
    BEFORE_ARRAY,
    FIRST_VALUE, /* after the opening bracket */
    NEXT_VALUE,  /* after a separator */
    AFTER_VALUE,
    AFTER_ARRAY,
    IN_BAD, /* inside a bad piece */
    DONE,
};

/* How a bad piece ends. */
enum bad_kind {
    BAD_ELEMENT,   /* before a separator with a whole element behind it */
    BAD_LIMIT,     /* sound as far as seen: at its own end */
    BAD_LINE,      /* at the line's end */
    BAD_REMAINDER, /* at the member's end */
};

/* One belief about where in the structure the search is. */
struct walker {
    uint32_t depth; /* open containers below the array */
    bool in_string, in_escape;
};

static const char too_large[] = "larger than the limit";

struct hf_json_split {
    hf_split_mode mode;
    hf_json_limits limits;
    enum state state;
    size_t want;    /* bytes the window needs before the unfinished value is tried again */
    int64_t credit; /* bytes that tries may still cost */

    char lead[LEAD_MAX]; /* white space before the first element */
    size_t lead_n;       /* more than LEAD_MAX: too long to be learnt */

    size_t walked; /* bytes of the line or bad piece in the window that were looked at */

    /* Only in a bad piece; offsets count from its first byte in the window. */
    enum bad_kind kind;
    hf_status code;
    const char *reason;
    size_t bad_at;
    bool is_rest;
    struct walker straight, doubtful;
    size_t close_at; /* a closing bracket that may be the array's; HF_NPOS when none */

    hf_tape own; /* for hf_json_split_next */
};

/* The arguments of one call; from: the first byte of the window not consumed yet. */
struct call {
    hf_view window;
    bool last;
    size_t from;
    hf_piece *piece;
    hf_tape *tape;
};

/* What a step came to: an answer for the caller, or go on. */
enum step { STEP_PIECE, STEP_MORE, STEP_DONE, STEP_ON };

hf_json_split *hf_json_split_new(hf_split_mode mode, const hf_json_limits *limits)
{
    hf_json_split *s = HF_NEW(hf_json_split);

    s->mode = mode;
    s->limits = hf_json_limits_or_default(limits);
    s->credit = CREDIT_START;
    return s;
}

void hf_json_split_free(hf_json_split *s)
{
    if (s == NULL)
        return;
    hf_tape_clear(&s->own);
    hf_free(s);
}

static size_t skip_space(hf_view w, size_t at)
{
    while (at < w.n && hf_json_is_space(w.p[at]))
        at++;
    return at;
}

/* End of w without white space at its end. */
static size_t trim(hf_view w)
{
    size_t n = w.n;

    while (n > 0 && hf_json_is_space(w.p[n - 1]))
        n--;
    return n;
}

/* Ask for more bytes; the unfinished value has have of them now. */
static enum step more(hf_json_split *s, size_t have)
{
    s->want = have > s->limits.max_bytes / 2 ? s->limits.max_bytes + 1 : have * 2;
    return STEP_MORE;
}

static enum step good_piece(hf_json_split *s, struct call *c, size_t at, size_t len)
{
    *c->piece = (hf_piece){ .at = at, .len = len };
    c->tape->text.n = len;
    c->from = at + len;
    s->credit += (int64_t)len * CREDIT_PER_BYTE;
    s->want = 0;
    return STEP_PIECE;
}

/* A bad piece that needs no search for its end. */
static enum step short_bad_piece(struct call *c, size_t at, size_t len, const hf_json_fault *f)
{
    *c->piece = (hf_piece){
        .at = at,
        .len = len,
        .is_bad = true,
        .reason = f->reason,
        .bad_at = at + (f->at < len ? f->at : len),
        .code = f->code,
    };
    c->from = at + len;
    return STEP_PIECE;
}

/* --- bad pieces ------------------------------------------------------------------------------- */

static inline bool is_at_top(const struct walker *k)
{
    return k->depth == 0 && !k->in_string;
}

static inline void walk(struct walker *k, char c)
{
    if (k->in_string) {
        if (k->in_escape)
            k->in_escape = false;
        else if (c == '\\')
            k->in_escape = true;
        else if (c == '"')
            k->in_string = false;
    } else if (c == '"') {
        k->in_string = true;
    } else if (c == '{' || c == '[') {
        k->depth++;
    } else if ((c == '}' || c == ']') && k->depth > 0) {
        k->depth--;
    }
}

/* An object opens where its parent, the element, needs a key: if a comma stands before it, then the
 * element's closing brace is missing, rather than a quote, and that comma is the array's. */
static void suspect_brace(hf_json_split *s, hf_view before)
{
    size_t n = trim(before);

    if (n > 0 && before.p[n - 1] == ',') {
        s->doubtful = (struct walker){ 0 };
        s->walked = n - 1;
    }
}

/* Start a bad piece at c->from, with a fault counted from there. */
static enum step begin_bad(hf_json_split *s, const struct call *c, enum bad_kind kind,
                           const hf_json_fault *f)
{
    s->state = IN_BAD;
    s->kind = kind;
    s->code = f->code;
    s->reason = f->reason;
    s->bad_at = f->at;
    s->is_rest = false;
    s->close_at = HF_NPOS;
    s->want = 0;
    s->straight = (struct walker){ .depth = f->depth };
    for (size_t i = f->token_at; i < f->at; i++)
        walk(&s->straight, c->window.p[c->from + i]);
    s->doubtful = (struct walker){ .depth = f->depth, .in_string = !s->straight.in_string };
    s->walked = f->at;
    if (kind == BAD_ELEMENT && f->depth == 1 &&
        hf_view_starts(hf_view_from(c->window, c->from + f->at), HF_V("{")))
        suspect_brace(s, hf_view_sub(c->window, c->from, f->at));
    return STEP_ON;
}

/* End the bad piece after len bytes; the window is consumed up to next. An empty rest is no piece.
 */
static enum step end_bad(hf_json_split *s, struct call *c, size_t len, size_t next,
                         enum state state)
{
    hf_view bytes = hf_view_sub(c->window, c->from, len);
    hf_json_fault f = { .code = s->code, .reason = s->reason, .at = s->bad_at };
    bool is_rest = s->is_rest;

    bytes.n = trim(bytes);
    s->state = state;
    s->walked = 0;
    s->want = 0;
    s->is_rest = false;
    if (is_rest && bytes.n == 0) {
        c->from = next;
        return STEP_ON;
    }
    short_bad_piece(c, c->from, bytes.n, &f);
    c->piece->is_rest = is_rest;
    c->from = next;
    return STEP_PIECE;
}

/* The window ends inside the bad piece, of which at bytes are looked at: wait, or hand out what is
 * there when it is too much to keep. */
static enum step pause_bad(hf_json_split *s, struct call *c, size_t at)
{
    size_t have = c->window.n - c->from;
    hf_json_fault f = { .code = s->code, .reason = s->reason, .at = s->bad_at };

    s->walked = at;
    if (at == 0 || have <= s->limits.max_bytes + CUT_SLACK)
        return STEP_MORE;
    short_bad_piece(c, c->from, at, &f);
    c->piece->is_rest = s->is_rest;
    s->is_rest = true;
    s->walked = 0;
    s->bad_at = 0;
    s->close_at = HF_NPOS;
    return STEP_PIECE;
}

enum verdict { NO, YES, UNKNOWN };

/* Can this byte stand right after an element? */
static bool may_follow(char c)
{
    return hf_json_is_space(c) || c == ',' || c == ']';
}

/* Does a whole element start at w.p[at]? Whole: it parses, and what follows can follow it. One that
 * is merely beyond the limits counts too. When the place may lie inside a string, an empty object
 * does not count: one with a key cannot stand there, for its quotes would be escaped. */
static enum verdict try_element(hf_json_split *s, const struct call *c, hf_view w, size_t at,
                                bool is_sure)
{
    hf_view text = hf_view_sub(w, at, s->limits.max_bytes);
    size_t have = w.n - at, len;
    hf_json_fault f;

    if (s->credit <= 0)
        return NO;
    if (!c->last && have < s->want)
        return UNKNOWN;
    if (!hf_json_scan(c->tape, text, &s->limits, &len, &f)) {
        if (f.is_short && have <= s->limits.max_bytes && !c->last) {
            more(s, have);
            return UNKNOWN;
        }
        s->credit -= (int64_t)f.at + 1;
        return f.code == HF_E_LIMIT || (f.is_short && have > s->limits.max_bytes) ? YES : NO;
    }
    is_sure |= c->tape->n > 1;
    c->tape->n = 0;
    if (len == have && !c->last) {
        more(s, have);
        return UNKNOWN;
    }
    s->credit -= (int64_t)len;
    if (!is_sure)
        return NO;
    return len == have || may_follow(w.p[at + len]) ? YES : NO;
}

/* Is the comma at w.p[at] the array's own, with a whole element behind it, at *next? */
static enum verdict try_comma(hf_json_split *s, const struct call *c, hf_view w, size_t at,
                              size_t *next)
{
    bool is_straight = is_at_top(&s->straight);
    bool is_likely = is_straight || is_at_top(&s->doubtful);
    hf_view gap = hf_view_sub(w, at + 1, GAP_MAX);
    size_t n = skip_space(gap, 0);
    enum verdict v;

    if (n == gap.n)
        return gap.n == GAP_MAX || c->last ? NO : UNKNOWN;
    /* Indentation says nothing unless there is some: "\n" alone may separate on any level. */
    if (s->lead_n >= 2 && s->lead_n <= LEAD_MAX && memchr(s->lead, '\n', s->lead_n) != NULL &&
        s->lead[s->lead_n - 1] != '\n' && n == s->lead_n && memcmp(gap.p, s->lead, n) == 0)
        is_likely = true;
    /* Only the plain reading may find elements that are no objects. */
    if (!is_likely || (gap.p[n] != '{' && !is_straight))
        return NO;
    *next = at + 1 + n;
    v = try_element(s, c, w, *next, is_straight);
    if (v != UNKNOWN)
        s->want = 0;
    return v;
}

/* Look on for the end of an element that is broken or beyond the limits. */
static enum step search_end(hf_json_split *s, struct call *c)
{
    hf_view w = hf_view_from(c->window, c->from);
    size_t i = s->walked, next = 0;

    for (; i < w.n; i++) {
        char b = w.p[i];

        if (s->kind == BAD_LIMIT) {
            if ((b == ',' || b == ']') && is_at_top(&s->straight))
                return end_bad(s, c, i, c->from + i, AFTER_VALUE);
            walk(&s->straight, b);
            continue;
        }
        if (b == ',') {
            enum verdict v = try_comma(s, c, w, i, &next);

            if (v == YES)
                return end_bad(s, c, i, c->from + next, NEXT_VALUE);
            if (v == UNKNOWN)
                return pause_bad(s, c, i);
        }
        if (b == ']' && (is_at_top(&s->straight) || is_at_top(&s->doubtful)))
            s->close_at = i;
        else if (!hf_json_is_space(b))
            s->close_at = HF_NPOS;
        walk(&s->straight, b);
        walk(&s->doubtful, b);
        s->credit += CREDIT_PER_BYTE;
    }
    if (!c->last)
        return pause_bad(s, c, i);
    return end_bad(s, c, s->close_at != HF_NPOS ? s->close_at : w.n, c->window.n, DONE);
}

static enum step go_on_bad(hf_json_split *s, struct call *c)
{
    hf_view w = hf_view_from(c->window, c->from);
    size_t end = w.n;

    if (s->kind == BAD_ELEMENT || s->kind == BAD_LIMIT)
        return search_end(s, c);
    if (s->kind == BAD_LINE) {
        size_t hit = hf_view_find_byte(hf_view_from(w, s->walked), '\n');

        if (hit != HF_NPOS)
            return end_bad(s, c, s->walked + hit, c->from + s->walked + hit + 1, BEFORE_ARRAY);
    }
    return c->last ? end_bad(s, c, end, c->window.n, DONE) : pause_bad(s, c, end);
}

/* --- arrays ----------------------------------------------------------------------------------- */

/* The value at c->from. */
static enum step take_value(hf_json_split *s, struct call *c)
{
    hf_view w = hf_view_from(c->window, c->from);
    hf_view text = hf_view_sub(w, 0, s->limits.max_bytes);
    hf_json_fault f;
    size_t len;

    if (!c->last && w.n < s->want)
        return STEP_MORE;
    if (hf_json_scan(c->tape, text, &s->limits, &len, &f)) {
        /* A bracket ends a value by itself; anything else may go on, or be a part of debris. */
        if (w.p[0] != '{' && w.p[0] != '[') {
            if (len == w.n && !c->last) {
                c->tape->n = 0;
                return more(s, w.n);
            }
            if (len < w.n && !may_follow(w.p[len])) {
                f = (hf_json_fault){ HF_E_RECORD, .reason = "expected ',' or ']'", .at = len,
                                     .token_at = len };
                c->tape->n = 0;
                return begin_bad(s, c, BAD_ELEMENT, &f);
            }
        }
        s->state = AFTER_VALUE;
        return good_piece(s, c, c->from, len);
    }
    if (f.is_short && w.n > s->limits.max_bytes) {
        f.code = HF_E_LIMIT;
        f.reason = too_large;
    } else if (f.is_short && !c->last) {
        return more(s, w.n);
    }
    return begin_bad(s, c, f.code == HF_E_LIMIT ? BAD_LIMIT : BAD_ELEMENT, &f);
}

/* The member ends at c->from, outside of any value. */
static enum step end_of_array_member(hf_json_split *s, struct call *c)
{
    hf_json_fault f = { .code = HF_E_RECORD };

    if (s->state == AFTER_ARRAY)
        return STEP_DONE;
    f.reason = s->state == BEFORE_ARRAY ? "empty, not a JSON array" : "the array is not closed";
    s->state = DONE;
    return short_bad_piece(c, c->from, 0, &f);
}

/* Consume the bytes of a bracket or comma. */
static enum step go_to(hf_json_split *s, struct call *c, enum state state)
{
    s->state = state;
    c->from++;
    return STEP_ON;
}

static void learn_lead(hf_json_split *s, hf_view space)
{
    if (space.n <= LEAD_MAX && s->lead_n + space.n <= LEAD_MAX && space.n > 0)
        memcpy(s->lead + s->lead_n, space.p, space.n);
    s->lead_n = s->lead_n + space.n > LEAD_MAX ? LEAD_MAX + 1 : s->lead_n + space.n;
}

static enum step step_array(hf_json_split *s, struct call *c)
{
    size_t at = skip_space(c->window, c->from);
    hf_json_fault f = { .code = HF_E_RECORD };
    char b;

    if (s->state == FIRST_VALUE)
        learn_lead(s, hf_view_sub(c->window, c->from, at - c->from));
    c->from = at;
    if (at == c->window.n)
        return c->last ? end_of_array_member(s, c) : STEP_MORE;
    b = c->window.p[at];
    switch (s->state) {
    case BEFORE_ARRAY:
        if (b == '[')
            return go_to(s, c, FIRST_VALUE);
        f.reason = "not a JSON array";
        return begin_bad(s, c, BAD_REMAINDER, &f);
    case FIRST_VALUE:
        if (b == ']')
            return go_to(s, c, AFTER_ARRAY);
        return take_value(s, c);
    case NEXT_VALUE:
        if (b != ']')
            return take_value(s, c);
        f.reason = "expected a value";
        s->state = AFTER_VALUE;
        return short_bad_piece(c, at, 0, &f);
    case AFTER_VALUE:
        if (b == ',' || b == ']')
            return go_to(s, c, b == ',' ? NEXT_VALUE : AFTER_ARRAY);
        f.reason = "expected ',' or ']'";
        return begin_bad(s, c, BAD_ELEMENT, &f);
    case AFTER_ARRAY:
    case AT_START: /* these three have steps of their own */
    case IN_BAD:
    case DONE:
    default:
        f.reason = "more bytes after the array";
        return begin_bad(s, c, BAD_REMAINDER, &f);
    }
}

/* --- lines ------------------------------------------------------------------------------------ */

/* The line of n bytes at c->from, which begins with no white space; line end not counted. */
static enum step take_line(hf_json_split *s, struct call *c, size_t n, size_t next)
{
    hf_view line = hf_view_sub(c->window, c->from, n);
    size_t at = c->from, len = 0, rest;
    hf_json_fault f = { .code = HF_E_LIMIT, .reason = too_large };

    s->walked = 0;
    line.n = trim(line);
    if (line.n <= s->limits.max_bytes && hf_json_scan(c->tape, line, &s->limits, &len, &f)) {
        rest = skip_space(line, len);
        if (rest == line.n) {
            good_piece(s, c, at, line.n);
            c->from = next;
            return STEP_PIECE;
        }
        f = (hf_json_fault){ HF_E_RECORD, .reason = "more bytes after the value", .at = rest };
        c->tape->n = 0;
    }
    short_bad_piece(c, at, line.n, &f);
    c->from = next;
    return STEP_PIECE;
}

static enum step step_line(hf_json_split *s, struct call *c)
{
    hf_json_fault f = { .code = HF_E_LIMIT, .reason = too_large };
    hf_view w;
    size_t hit;

    if (s->walked == 0)
        c->from = skip_space(c->window, c->from); /* blank lines are no records */
    w = hf_view_from(c->window, c->from);
    hit = hf_view_find_byte(hf_view_from(w, s->walked), '\n');
    if (hit != HF_NPOS)
        return take_line(s, c, s->walked + hit, c->from + s->walked + hit + 1);
    if (c->last)
        return w.n == 0 ? STEP_DONE : take_line(s, c, w.n, c->window.n);
    s->walked = w.n;
    if (w.n <= s->limits.max_bytes + CUT_SLACK)
        return STEP_MORE;
    return begin_bad(s, c, BAD_LINE, &f);
}

/* --- entry points -------------------------------------------------------------------------------
 */

/* Consume a byte-order mark (RFC 8259 section 8.1 lets a reader ignore it). */
static enum step step_start(hf_json_split *s, struct call *c)
{
    static const char mark[] = "\xEF\xBB\xBF";
    size_t n = c->window.n < 3 ? c->window.n : 3;

    if (n > 0 && memcmp(c->window.p, mark, n) != 0)
        n = 0;
    else if (n < 3 && !c->last)
        return STEP_MORE;
    c->from = n == 3 ? 3 : 0;
    s->state = BEFORE_ARRAY;
    return STEP_ON;
}

hf_split_result hf_json_split_tape(hf_json_split *s, hf_view window, bool last, size_t *used,
                                   hf_piece *piece, hf_tape *tape)
{
    struct call c = { window, last, 0, piece, tape };
    enum step step = STEP_ON;

    *piece = (hf_piece){ 0 };
    tape->n = 0;
    while (step == STEP_ON) {
        if (s->state == DONE)
            step = STEP_DONE;
        else if (s->state == AT_START)
            step = step_start(s, &c);
        else if (s->state == IN_BAD)
            step = go_on_bad(s, &c);
        else
            step = s->mode == HF_SPLIT_LINES ? step_line(s, &c) : step_array(s, &c);
    }
    if (step == STEP_DONE) {
        s->state = DONE;
        c.from = window.n;
    }
    *used = c.from;
    return step == STEP_PIECE ? HF_SPLIT_PIECE : step == STEP_MORE ? HF_SPLIT_MORE : HF_SPLIT_DONE;
}

hf_split_result hf_json_split_next(hf_json_split *s, hf_view window, bool last, size_t *used,
                                   hf_piece *piece)
{
    return hf_json_split_tape(s, window, last, used, piece, &s->own);
}
