/* util/json_scan.c: the grammar of RFC 8259, written down as a token tape.
 *
 * One pass, no recursion: while a container is open, the next field of its token holds the index of
 * the container around it, so the tape is the stack. Strings and white space are crossed 16 bytes
 * at a time where SSE2 is there; no byte past the text is ever read.
 */
#include "util/json_priv.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum {
    DEFAULT_MAX_BYTES = 64 << 20,
    DEFAULT_MAX_TOKENS = 1000000,
    DEFAULT_MAX_DEPTH = 512,
    FIRST_TOKENS = 256,
};

#define NO_PARENT UINT32_MAX

struct scan {
    hf_tape *t;
    const char *base, *end;
    uint32_t max_tokens, max_depth;
    uint32_t room;   /* tokens that fit without looking at the limits again */
    uint32_t parent; /* innermost open container */
    uint32_t depth;  /* open containers */
    hf_json_fault *fault;
};

/* Note a fault at byte p of the token that starts at token; false, for the caller to return. */
__attribute__((cold, noinline)) static bool stop(struct scan *s, hf_status code, const char *reason,
                                                 const char *token, const char *p)
{
    *s->fault = (hf_json_fault){
        .code = code,
        .reason = reason,
        .at = (size_t)(p - s->base),
        .token_at = (size_t)(token - s->base),
        .depth = s->depth,
    };
    return false;
}

/* The text ends inside the token that starts at token. */
__attribute__((cold, noinline)) static bool stop_short(struct scan *s, const char *token)
{
    stop(s, HF_E_RECORD, "ends in the middle of a value", token, s->end);
    s->fault->is_short = true;
    return false;
}

/* --- white space ---------------------------------------------------------------------------- */

static const char *skip_space_run(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i blank = _mm_set1_epi8(' '), newline = _mm_set1_epi8('\n'),
                  tab = _mm_set1_epi8('\t'), cr = _mm_set1_epi8('\r');

    while (end - p >= 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        __m128i any = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, blank), _mm_cmpeq_epi8(x, tab)),
                                   _mm_or_si128(_mm_cmpeq_epi8(x, newline), _mm_cmpeq_epi8(x, cr)));
        unsigned other = (unsigned)_mm_movemask_epi8(any) ^ 0xFFFFU;

        if (other != 0)
            return p + __builtin_ctz(other);
        p += 16;
    }
#endif
    while (p < end && hf_json_is_space(*p))
        p++;
    return p;
}

/* Most gaps are nothing, or one blank after a colon; the rest are line ends with indentation. */
static inline const char *skip_space(const char *p, const char *end)
{
    if (p < end && (unsigned char)*p > ' ')
        return p;
    if (end - p >= 2 && *p == ' ' && (unsigned char)p[1] > ' ')
        return p + 1;
    return skip_space_run(p, end);
}

/* --- strings -------------------------------------------------------------------------------- */

/* Value of a hex digit, -1 for every other byte. */
static const int8_t hex_value[256] = {
#define NONE16 -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1
    NONE16, NONE16, NONE16, 0,      1,      2,      3,      4,      5,     6,      7,  8,  9,
    -1,     -1,     -1,     -1,     -1,     -1,     -1,     10,     11,    12,     13, 14, 15,
    -1,     -1,     -1,     -1,     -1,     -1,     -1,     -1,     -1,    NONE16, -1, 10, 11,
    12,     13,     14,     15,     -1,     -1,     -1,     -1,     -1,    -1,     -1, -1, -1,
    NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16, NONE16
#undef NONE16
};

int hf_json_hex4(const char *p)
{
    const unsigned char *u = (const unsigned char *)p;
    int a = hex_value[u[0]], b = hex_value[u[1]], c = hex_value[u[2]], d = hex_value[u[3]];

    return (a | b | c | d) < 0 ? -1 : a * 4096 + b * 256 + c * 16 + d;
}

/* Cross \uXXXX at p, and the second half when it is a pair; NULL with the fault set. */
static const char *cross_unicode(struct scan *s, const char *open, const char *p, unsigned *flags)
{
    int unit, low;

    if (s->end - p < 6) {
        /* What is there decides whether more bytes could make it right. */
        for (const char *q = p + 2; q < s->end; q++) {
            if (hex_value[(unsigned char)*q] < 0) {
                stop(s, HF_E_RECORD, "\\u needs four hex digits", open, q);
                return NULL;
            }
        }
        stop_short(s, open);
        return NULL;
    }
    unit = hf_json_hex4(p + 2);
    if (unit < 0) {
        const char *q = p + 2;

        while (hex_value[(unsigned char)*q] >= 0)
            q++;
        stop(s, HF_E_RECORD, "\\u needs four hex digits", open, q);
        return NULL;
    }
    if ((unit & 0xF800) != 0xD800)
        return p + 6;
    if (unit < 0xDC00 && s->end - p >= 12 && p[6] == '\\' && p[7] == 'u') {
        low = hf_json_hex4(p + 8);
        if (low >= 0xDC00 && low <= 0xDFFF)
            return p + 12;
    }
    *flags |= HF_TOK_LONE_SURROGATE;
    return p + 6;
}

/* Cross the escape at p; NULL with the fault set. */
static const char *cross_escape(struct scan *s, const char *open, const char *p, unsigned *flags)
{
    *flags |= HF_TOK_ESCAPED;
    if (s->end - p < 2) {
        stop_short(s, open);
        return NULL;
    }
    switch (p[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
        return p + 2;
    case 'u':
        return cross_unicode(s, open, p, flags);
    default:
        stop(s, HF_E_RECORD, "no such escape", open, p + 1);
        return NULL;
    }
}

/* Cross the bytes from 0x80 on that begin at p; what is not UTF-8 is flagged, not refused. */
static const char *cross_non_ascii(const char *p, const char *end, unsigned *flags)
{
    while (p < end && (unsigned char)*p >= 0x80) {
        size_t len = hf_utf8_len(p, (size_t)(end - p));

        if (len == 0) {
            *flags |= HF_TOK_BAD_UTF8;
            len = 1;
        }
        p += len;
    }
    return p;
}

/* The first byte from p on that is a quote, a backslash, a control character or not ASCII; end when
 * there is none. */
static inline const char *plain_run(const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'),
                  blank = _mm_set1_epi8(' ');

    while (end - p >= 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)p);
        /* Signed: bytes from 0x80 on are negative, so less than a blank as well. */
        __m128i any =
            _mm_or_si128(_mm_cmplt_epi8(x, blank),
                         _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash)));
        unsigned hit = (unsigned)_mm_movemask_epi8(any);

        if (hit != 0)
            return p + __builtin_ctz(hit);
        p += 16;
    }
#endif
    while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p - 0x20U < 0x60U)
        p++;
    return p;
}

/* The byte after the string that opens at open, with what is odd about it; NULL with the fault set.
 */
static inline const char *cross_string(struct scan *s, const char *open, unsigned *flags)
{
    const char *p = plain_run(open + 1, s->end);

    while (p < s->end) {
        unsigned char c = (unsigned char)*p;

        if (c == '"')
            return p + 1;
        if (c == '\\') {
            p = cross_escape(s, open, p, flags);
            if (p == NULL)
                return NULL;
        } else if (c >= 0x80) {
            p = cross_non_ascii(p, s->end, flags);
        } else {
            stop(s, HF_E_RECORD, "control character in a string", open, p);
            return NULL;
        }
        p = plain_run(p, s->end);
    }
    stop_short(s, open);
    return NULL;
}

/* --- numbers and words ---------------------------------------------------------------------- */

static inline const char *digits(const char *p, const char *end)
{
    while (p < end && (unsigned)(*p - '0') <= 9)
        p++;
    return p;
}

/* At least one digit from *p on; moves *p behind them. */
static bool need_digits(struct scan *s, const char *open, const char **p)
{
    const char *from = *p;

    *p = digits(from, s->end);
    if (*p > from)
        return true;
    return from == s->end ? stop_short(s, open)
                          : stop(s, HF_E_RECORD, "malformed number", open, from);
}

/* The byte after the number at open; NULL with the fault set. */
static const char *cross_number(struct scan *s, const char *open)
{
    const char *p = open + (*open == '-' ? 1 : 0);

    if (p < s->end && *p == '0')
        p++;
    else if (!need_digits(s, open, &p))
        return NULL;
    if (p < s->end && *p == '.') {
        p++;
        if (!need_digits(s, open, &p))
            return NULL;
    }
    if (p < s->end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < s->end && (*p == '+' || *p == '-'))
            p++;
        if (!need_digits(s, open, &p))
            return NULL;
    }
    if (p < s->end && ((unsigned)(*p - '0') <= 9 || *p == '.')) {
        stop(s, HF_E_RECORD, "malformed number", open, p); /* 01, 1.2.3 */
        return NULL;
    }
    return p;
}

/* The byte after word at open; NULL with the fault set. */
static const char *cross_word(struct scan *s, const char *open, const char *word)
{
    const char *p = open;

    for (; *word != '\0'; p++, word++) {
        if (p == s->end) {
            stop_short(s, open);
            return NULL;
        }
        if (*p != *word) {
            stop(s, HF_E_RECORD, "expected a value", open, p);
            return NULL;
        }
    }
    return p;
}

/* --- the tape ------------------------------------------------------------------------------- */

/* Make room for a token at p. */
__attribute__((cold, noinline)) static bool grow(struct scan *s, const char *p)
{
    hf_tape *t = s->t;

    if (t->n >= s->max_tokens)
        return stop(s, HF_E_LIMIT, "more tokens than the limit", p, p);
    if (t->n == t->cap) {
        t->cap = t->cap == 0 ? FIRST_TOKENS : t->cap > UINT32_MAX / 2 ? UINT32_MAX : t->cap * 2;
        t->tok = hf_realloc(t->tok, t->cap, sizeof(*t->tok));
    }
    s->room = t->cap < s->max_tokens ? t->cap : s->max_tokens;
    return true;
}

/* Append the token of the bytes from..to that has nothing inside. */
static inline bool add(struct scan *s, const char *from, const char *to, unsigned type,
                       unsigned flags)
{
    hf_tape *t = s->t;

    if (__builtin_expect(t->n >= s->room, 0) && !grow(s, from))
        return false;
    t->tok[t->n] = (hf_tok){
        .at = (uint32_t)(from - s->base),
        .len = (uint32_t)(to - from),
        .next = t->n + 1,
        .type = (uint8_t)type,
        .flags = (uint8_t)flags,
    };
    t->n++;
    return true;
}

static inline bool open_container(struct scan *s, const char *p)
{
    if (s->depth >= s->max_depth)
        return stop(s, HF_E_LIMIT, "nested deeper than the limit", p, p);
    if (!add(s, p, p, *p == '{' ? HF_JSON_OBJECT : HF_JSON_ARRAY, 0))
        return false;
    s->t->tok[s->t->n - 1].next = s->parent;
    s->parent = s->t->n - 1;
    s->depth++;
    return true;
}

/* Close the innermost container, whose last byte is before p. */
static inline void close_container(struct scan *s, const char *p)
{
    hf_tok *k = &s->t->tok[s->parent];
    uint32_t self = s->parent;

    if (k->type == HF_JSON_OBJECT)
        hf_json_flag_shadowed(s->t, self);
    k->len = (uint32_t)((size_t)(p - s->base) - k->at);
    s->parent = k->next;
    k->next = s->t->n;
    s->depth--;
}

/* The key and its colon from p on; returns the byte after the colon. */
static inline const char *take_key(struct scan *s, const char *p)
{
    const char *open = skip_space(p, s->end);
    unsigned flags = HF_TOK_KEY;

    if (open == s->end) {
        stop_short(s, open);
        return NULL;
    }
    if (*open != '"') {
        stop(s, HF_E_RECORD, "expected a key in quotes", open, open);
        return NULL;
    }
    p = cross_string(s, open, &flags);
    if (p == NULL || !add(s, open, p, HF_JSON_STRING, flags))
        return NULL;
    p = skip_space(p, s->end);
    if (p == s->end) {
        stop_short(s, p);
        return NULL;
    }
    if (*p != ':') {
        stop(s, HF_E_RECORD, "expected ':' after a key", p, p);
        return NULL;
    }
    return p + 1;
}

/* The string, number or word at p; returns the byte after it. */
static inline const char *take_scalar(struct scan *s, const char *p)
{
    const char *to;
    unsigned flags = 0;
    hf_json_type type;

    switch (*p) {
    case '"':
        type = HF_JSON_STRING;
        to = cross_string(s, p, &flags);
        break;
    case 't':
        type = HF_JSON_TRUE;
        to = cross_word(s, p, "true");
        break;
    case 'f':
        type = HF_JSON_FALSE;
        to = cross_word(s, p, "false");
        break;
    case 'n':
        type = HF_JSON_NULL;
        to = cross_word(s, p, "null");
        break;
    default:
        if (*p != '-' && (unsigned)(*p - '0') > 9) {
            stop(s, HF_E_RECORD, "expected a value", p, p);
            return NULL;
        }
        type = HF_JSON_NUMBER;
        to = cross_number(s, p);
        break;
    }
    return to != NULL && add(s, p, to, type, flags) ? to : NULL;
}

/* After a value that ends before p: cross the brackets that end with it, up to the place where the
 * next value is due. *done tells that the root ended before the byte returned. */
static inline const char *after_value(struct scan *s, const char *p, bool *done)
{
    while (s->parent != NO_PARENT) {
        bool in_object = s->t->tok[s->parent].type == HF_JSON_OBJECT;

        p = skip_space(p, s->end);
        if (p == s->end) {
            stop_short(s, p);
            return NULL;
        }
        if (*p == ',')
            return in_object ? take_key(s, p + 1) : p + 1;
        if (*p != (in_object ? '}' : ']')) {
            stop(s, HF_E_RECORD, in_object ? "expected ',' or '}'" : "expected ',' or ']'", p, p);
            return NULL;
        }
        p++;
        close_container(s, p);
    }
    *done = true;
    return p;
}

/* The byte after the first value from p on. */
static const char *scan_value(struct scan *s, const char *p)
{
    bool done = false;

    while (!done) {
        p = skip_space(p, s->end);
        if (p == s->end) {
            stop_short(s, p);
            return NULL;
        }
        if (*p == '{' || *p == '[') {
            const char *inside = skip_space(p + 1, s->end);

            if (!open_container(s, p))
                return NULL;
            if (inside == s->end) {
                stop_short(s, inside);
                return NULL;
            }
            if (*inside != (*p == '{' ? '}' : ']')) {
                p = *p == '{' ? take_key(s, inside) : inside;
                if (p == NULL)
                    return NULL;
                continue;
            }
            p = inside + 1;
            close_container(s, p);
        } else {
            p = take_scalar(s, p);
            if (p == NULL)
                return NULL;
        }
        p = after_value(s, p, &done);
        if (p == NULL)
            return NULL;
    }
    return p;
}

/* --- entry points --------------------------------------------------------------------------- */

hf_json_limits hf_json_limits_or_default(const hf_json_limits *limits)
{
    hf_json_limits l = limits == NULL ? (hf_json_limits){ 0 } : *limits;

    if (l.max_bytes == 0)
        l.max_bytes = DEFAULT_MAX_BYTES;
    if (l.max_bytes > UINT32_MAX)
        l.max_bytes = UINT32_MAX; /* what hf_tok can say */
    if (l.max_tokens == 0)
        l.max_tokens = DEFAULT_MAX_TOKENS;
    if (l.max_depth == 0)
        l.max_depth = DEFAULT_MAX_DEPTH;
    return l;
}

bool hf_json_scan(hf_tape *t, hf_view text, const hf_json_limits *limits, size_t *end,
                  hf_json_fault *fault)
{
    struct scan s = {
        .t = t,
        .base = text.p,
        .end = text.n == 0 ? text.p : text.p + text.n,
        .max_tokens = limits->max_tokens,
        .max_depth = limits->max_depth,
        .room = t->cap < limits->max_tokens ? t->cap : limits->max_tokens,
        .parent = NO_PARENT,
        .fault = fault,
    };
    const char *p;

    t->text = text;
    t->n = 0;
    p = scan_value(&s, text.p);
    if (p == NULL) {
        t->n = 0;
        return false;
    }
    *end = (size_t)(p - text.p);
    return true;
}

void hf_tape_init(hf_tape *t)
{
    *t = (hf_tape){ 0 };
}

void hf_tape_clear(hf_tape *t)
{
    hf_free(t->tok);
    hf_free(t->keys);
    hf_tape_init(t);
}

hf_status hf_tape_parse(hf_tape *t, hf_view text, const hf_json_limits *limits, hf_err **err)
{
    hf_json_limits l = hf_json_limits_or_default(limits);
    hf_json_fault fault;
    size_t end;

    t->n = 0;
    t->text = text;
    if (text.n > l.max_bytes)
        return hf_fail(err, HF_E_LIMIT, "a JSON value of %zu bytes, and the limit is %zu", text.n,
                       l.max_bytes);
    if (hf_json_scan(t, text, &l, &end, &fault)) {
        end = (size_t)(skip_space(text.p + end, text.p + text.n) - text.p);
        if (end == text.n)
            return HF_OK;
        t->n = 0;
        fault = (hf_json_fault){ HF_E_RECORD, .reason = "more bytes after the value", .at = end };
    }
    if (fault.code == HF_E_LIMIT)
        hf_fail(err, HF_E_LIMIT, "a JSON value that is %s (%u tokens, depth %u)", fault.reason,
                l.max_tokens, l.max_depth);
    else
        hf_fail(err, HF_E_RECORD, "invalid JSON: %s", fault.reason);
    if (err != NULL)
        hf_err_at(err, NULL, (hf_view){ 0 }, fault.at);
    return fault.code;
}
