/* util/json_text.c: looking values up on the tape; strings decoded and encoded. */
#include "util/json_priv.h"

/* --- look-up -------------------------------------------------------------------------------- */

/* Is the decoded name of this key token the n bytes at name? */
static bool is_named(const hf_tape *t, uint32_t key, const char *name, size_t n)
{
    const hf_tok *k = &t->tok[key];
    hf_view inside = { t->text.p + k->at + 1, k->len - 2 };
    hf_buf b;
    bool same;

    if ((k->flags & (HF_TOK_ESCAPED | HF_TOK_BAD_UTF8)) == 0)
        return inside.n == n && memcmp(inside.p, name, n) == 0;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_json_decode(&b, inside);
    same = hf_view_eq(hf_buf_view(&b), (hf_view){ name, n });
    hf_buf_clear(&b);
    return same;
}

uint32_t hf_tape_get(const hf_tape *t, uint32_t obj, const char *key)
{
    size_t n = strlen(key);

    if (obj >= t->n || t->tok[obj].type != HF_JSON_OBJECT)
        return HF_NO_TOK;
    for (uint32_t k = obj + 1; k < t->tok[obj].next; k = t->tok[k + 1].next) {
        if ((t->tok[k].flags & HF_TOK_SHADOWED) == 0 && is_named(t, k, key, n))
            return k + 1;
    }
    return HF_NO_TOK;
}

uint32_t hf_tape_get_in(const hf_tape *t, uint32_t found, const char *key)
{
    return found == HF_NO_TOK ? HF_NO_TOK : hf_tape_get(t, found, key);
}

uint32_t hf_tape_first(const hf_tape *t, uint32_t parent)
{
    return parent < t->n && t->tok[parent].next > parent + 1 ? parent + 1 : HF_NO_TOK;
}

uint32_t hf_tape_after(const hf_tape *t, uint32_t parent, uint32_t child)
{
    uint32_t value = child + ((t->tok[child].flags & HF_TOK_KEY) != 0 ? 1U : 0U);
    uint32_t next = t->tok[value].next;

    return next < t->tok[parent].next ? next : HF_NO_TOK;
}

static void take(hf_tape *t, uint32_t tok, uint16_t field, unsigned flags)
{
    if (tok == HF_NO_TOK)
        return;
    for (uint32_t i = tok; i < t->tok[tok].next; i++) {
        t->tok[i].field = field;
        t->tok[i].flags |= (uint8_t)flags;
    }
    if ((t->tok[tok - 1].flags & HF_TOK_KEY) != 0)
        t->tok[tok - 1].field = field;
}

void hf_tape_take(hf_tape *t, uint32_t tok, uint16_t field)
{
    take(t, tok, field, 0);
}

void hf_tape_take_odd(hf_tape *t, uint32_t tok, uint16_t field)
{
    take(t, tok, field, HF_TOK_ODD);
}

bool hf_tok_i64(const hf_tape *t, uint32_t tok, int64_t *out)
{
    return tok < t->n && t->tok[tok].type == HF_JSON_NUMBER && hf_view_i64(hf_tok_raw(t, tok), out);
}

/* --- decoding ------------------------------------------------------------------------------- */

static char *put_utf8(char *out, uint32_t cp)
{
    if (cp < 0x80) {
        *out++ = (char)cp;
    } else if (cp < 0x800) {
        *out++ = (char)(0xC0 | cp >> 6);
        *out++ = (char)(0x80 | (cp & 0x3F));
    } else if (cp < 0x10000) {
        *out++ = (char)(0xE0 | cp >> 12);
        *out++ = (char)(0x80 | (cp >> 6 & 0x3F));
        *out++ = (char)(0x80 | (cp & 0x3F));
    } else {
        *out++ = (char)(0xF0 | cp >> 18);
        *out++ = (char)(0x80 | (cp >> 12 & 0x3F));
        *out++ = (char)(0x80 | (cp >> 6 & 0x3F));
        *out++ = (char)(0x80 | (cp & 0x3F));
    }
    return out;
}

/* Bytes at p, which do not begin a well-formed sequence, that one U+FFFD stands for: the longest
 * beginning of a sequence that could have been right, otherwise 1 (Unicode 15, section 3.9, the
 * practice also followed by the WHATWG encoding standard). */
static size_t broken_len(const char *p, size_t n)
{
    /* A beginning is good when continuation bytes complete it. */
    for (size_t len = n < 3 ? n : 3; len >= 2; len--) {
        char whole[5] = { 0 };

        memcpy(whole, p, len);
        memset(whole + len, 0x80, sizeof(whole) - len);
        if (hf_utf8_len(whole, sizeof(whole)) > len)
            return len;
    }
    return 1;
}

/* The escape at p (a backslash): its text at *out; returns the bytes it takes. One that does not
 * exist is kept as it is written. */
static size_t decode_escape(const char *p, size_t n, char **out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *simple = n < 2 || p[1] == '\0' ? NULL : strchr(from, p[1]);
    int unit, low;

    if (simple != NULL) {
        *(*out)++ = to[simple - from];
        return 2;
    }
    unit = n >= 6 && p[1] == 'u' ? hf_json_hex4(p + 2) : -1;
    if (unit < 0) {
        *(*out)++ = '\\';
        return 1;
    }
    if (unit >= 0xD800 && unit < 0xDC00 && n >= 12 && p[6] == '\\' && p[7] == 'u') {
        low = hf_json_hex4(p + 8);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            *out = put_utf8(*out, 0x10000U + ((uint32_t)unit - 0xD800U) * 0x400U +
                                      ((uint32_t)low - 0xDC00U));
            return 12;
        }
    }
    *out = put_utf8(*out, (unit & 0xF800) == 0xD800 ? 0xFFFDU : (uint32_t)unit);
    return 6;
}

/* Room that decode needs: an escape is never shorter than its text, but one byte that is not UTF-8
 * becomes the three of U+FFFD. */
static size_t decode_room(hf_view inside)
{
    size_t room = inside.n;

    for (size_t i = 0; i < inside.n;) {
        size_t len = hf_utf8_len(inside.p + i, inside.n - i);

        room += len == 0 ? 2 : 0;
        i += len == 0 ? 1 : len;
    }
    return room;
}

/* Decode inside to out, which has decode_room bytes; returns the bytes written. */
static size_t decode(char *out, hf_view inside)
{
    const char *p = inside.p, *end = inside.n == 0 ? p : p + inside.n;
    char *const begin = out;

    while (p < end) {
        const char *run = p;

        while (p < end && *p != '\\' && (unsigned char)*p < 0x80)
            p++;
        if (p > run) {
            memcpy(out, run, (size_t)(p - run));
            out += p - run;
        }
        if (p < end && *p == '\\') {
            p += decode_escape(p, (size_t)(end - p), &out);
        } else if (p < end) {
            size_t len = hf_utf8_len(p, (size_t)(end - p));

            if (len > 0) {
                memcpy(out, p, len);
                out += len;
            } else {
                len = broken_len(p, (size_t)(end - p));
                out = put_utf8(out, 0xFFFD);
            }
            p += len;
        }
    }
    return (size_t)(out - begin);
}

void hf_json_decode(hf_buf *b, hf_view inside)
{
    size_t room = decode_room(inside);

    if (inside.n == 0 || b->full)
        return;
    if (room <= b->max - b->n) {
        hf_buf_reserve(b, room);
        b->n += decode(b->p + b->n, inside);
    } else {
        /* The text may still fit: it is shorter than its escapes. */
        char *text = hf_alloc(room);

        hf_buf_add(b, (hf_view){ text, decode(text, inside) });
        hf_free(text);
    }
}

hf_view hf_tok_string(const hf_tape *t, uint32_t tok, hf_arena *mem)
{
    hf_view inside;
    unsigned flags;
    char *out;

    if (tok >= t->n || t->tok[tok].type != HF_JSON_STRING)
        return (hf_view){ 0 };
    flags = t->tok[tok].flags;
    inside = (hf_view){ t->text.p + t->tok[tok].at + 1, t->tok[tok].len - 2 };
    if ((flags & (HF_TOK_ESCAPED | HF_TOK_BAD_UTF8)) == 0)
        return inside;
    out = hf_arena_alloc(mem, (flags & HF_TOK_BAD_UTF8) != 0 ? decode_room(inside) : inside.n);
    return (hf_view){ out, decode(out, inside) };
}

/* --- encoding ------------------------------------------------------------------------------- */

/* Does this byte need an escape, or a look at its code point, in the style? */
static inline bool is_special(unsigned char c, hf_json_style style)
{
    if (c < 0x20 || c == '"' || c == '\\' || c >= 0x80)
        return true;
    return (style == HF_JSON_PHP && c == '/') ||
           (style == HF_JSON_GO && (c == '<' || c == '>' || c == '&'));
}

static void put_unit(hf_buf *b, uint32_t unit)
{
    static const char hex[] = "0123456789abcdef";
    char escape[6] = {
        '\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15]
    };

    hf_buf_add(b, (hf_view){ escape, sizeof(escape) });
}

static void put_ascii(hf_buf *b, unsigned char c)
{
    static const char from[] = "\"\\/\b\f\n\r\t", to[] = "\"\\/bfnrt";
    const char *simple = c == '\0' ? NULL : strchr(from, c);

    if (simple == NULL) {
        put_unit(b, c);
        return;
    }
    hf_buf_byte(b, '\\');
    hf_buf_byte(b, to[simple - from]);
}

/* The code point of a well-formed sequence. */
static uint32_t code_point(const char *p, size_t len)
{
    uint32_t cp = (unsigned char)p[0] & (0xFFU >> (len + 1));

    for (size_t i = 1; i < len; i++)
        cp = cp << 6 | ((unsigned char)p[i] & 0x3FU);
    return cp;
}

/* One character from 0x80 on, at p; returns its bytes. */
static size_t put_non_ascii(hf_buf *b, const char *p, size_t n, hf_json_style style)
{
    size_t len = hf_utf8_len(p, n);
    uint32_t cp = len == 0 ? 0xFFFD : code_point(p, len);

    if (style == HF_JSON_PHP && cp >= 0x10000) {
        put_unit(b, 0xD800 + ((cp - 0x10000) >> 10));
        put_unit(b, 0xDC00 + ((cp - 0x10000) & 0x3FF));
    } else if (style == HF_JSON_PHP ||
               (style == HF_JSON_GO && (len == 0 || cp == 0x2028 || cp == 0x2029))) {
        put_unit(b, cp);
    } else if (len == 0) {
        hf_buf_utf8(b, cp);
    } else {
        hf_buf_add(b, (hf_view){ p, len });
    }
    return len == 0 ? broken_len(p, n) : len;
}

void hf_json_put_string(hf_buf *b, hf_view text, hf_json_style style)
{
    hf_buf_byte(b, '"');
    for (size_t i = 0; i < text.n;) {
        size_t run = i;

        while (i < text.n && !is_special((unsigned char)text.p[i], style))
            i++;
        hf_buf_add(b, (hf_view){ text.p + run, i - run });
        if (i == text.n)
            break;
        if ((unsigned char)text.p[i] < 0x80)
            put_ascii(b, (unsigned char)text.p[i++]);
        else
            i += put_non_ascii(b, text.p + i, text.n - i, style);
    }
    hf_buf_byte(b, '"');
}
