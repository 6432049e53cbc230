/* util/buf.c: the growing byte buffer. */
#include "util/utf8.h"
#include "util/util.h"

#include <stdarg.h>
#include <stdio.h>

enum { FIRST_CAP = 256 };

void hf_buf_init(hf_buf *b, size_t max_bytes)
{
    *b = (hf_buf){ .max = max_bytes };
}

void hf_buf_clear(hf_buf *b)
{
    hf_free(b->p);
    hf_buf_init(b, b->max);
}

void hf_buf_wipe(hf_buf *b)
{
    if (b->p != NULL)
        explicit_bzero(b->p, b->cap);
    hf_buf_clear(b);
}

bool hf_buf_reserve(hf_buf *b, size_t n)
{
    size_t want, cap;

    if (b->full)
        return false;
    if (__builtin_add_overflow(b->n, n, &want) || want > b->max) {
        b->full = true;
        return false;
    }
    if (want <= b->cap)
        return true;
    cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap;
    while (cap < want)
        cap *= 2;
    /* One byte past the maximum so that hf_buf_cstr always has room for its NUL. */
    b->p = hf_realloc(b->p, cap + 1, 1);
    b->cap = cap;
    return true;
}

void hf_buf_add(hf_buf *b, hf_view v)
{
    if (v.n == 0 || !hf_buf_reserve(b, v.n))
        return;
    memcpy(b->p + b->n, v.p, v.n);
    b->n += v.n;
}

void hf_buf_byte(hf_buf *b, char c)
{
    if (hf_buf_reserve(b, 1))
        b->p[b->n++] = c;
}

void hf_buf_str(hf_buf *b, const char *s)
{
    hf_buf_add(b, hf_view_str(s));
}

void hf_buf_printf(hf_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n >= 0 && hf_buf_reserve(b, (size_t)n)) {
        if (n > 0)
            vsnprintf(b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void hf_buf_u64(hf_buf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
    } while (n != 0);
    hf_buf_add(b, (hf_view){ digits + at, sizeof(digits) - at });
}

void hf_buf_i64(hf_buf *b, int64_t n)
{
    if (n < 0)
        hf_buf_byte(b, '-');
    hf_buf_u64(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void hf_buf_utf8(hf_buf *b, uint32_t cp)
{
    if (cp > 0x10FFFF || (cp >= 0xD800 && cp <= 0xDFFF))
        cp = 0xFFFD;
    if (cp < 0x80) {
        hf_buf_byte(b, (char)cp);
    } else if (cp < 0x800) {
        hf_buf_byte(b, (char)(0xC0 | cp >> 6));
        hf_buf_byte(b, (char)(0x80 | (cp & 0x3F)));
    } else if (cp < 0x10000) {
        hf_buf_byte(b, (char)(0xE0 | cp >> 12));
        hf_buf_byte(b, (char)(0x80 | (cp >> 6 & 0x3F)));
        hf_buf_byte(b, (char)(0x80 | (cp & 0x3F)));
    } else {
        hf_buf_byte(b, (char)(0xF0 | cp >> 18));
        hf_buf_byte(b, (char)(0x80 | (cp >> 12 & 0x3F)));
        hf_buf_byte(b, (char)(0x80 | (cp >> 6 & 0x3F)));
        hf_buf_byte(b, (char)(0x80 | (cp & 0x3F)));
    }
}

/* Marks that reorder or hide text: bidi controls (UAX 9), zero-width and line separators. */
static bool deceives(uint32_t cp)
{
    return (cp >= 0x200B && cp <= 0x200F) || (cp >= 0x2028 && cp <= 0x202E) ||
           (cp >= 0x2060 && cp <= 0x2069) || cp == 0x061C || cp == 0xFEFF;
}

void hf_buf_printable(hf_buf *b, hf_view v)
{
    for (size_t i = 0; i < v.n;) {
        uint32_t cp;
        size_t len = hf_utf8_at(v, i, &cp);

        if (len == 0 || cp < 0x20 || (cp >= 0x7F && cp < 0xA0)) {
            hf_buf_printf(b, "\\x%02X", (unsigned)(unsigned char)v.p[i]);
            i += 1;
        } else if (deceives(cp)) {
            hf_buf_printf(b, "\\u{%X}", (unsigned)cp);
            i += len;
        } else {
            hf_buf_add(b, (hf_view){ v.p + i, len });
            i += len;
        }
    }
}

const char *hf_buf_cstr(hf_buf *b)
{
    if (b->p == NULL)
        return "";
    b->p[b->n] = '\0';
    return b->p;
}

hf_status hf_buf_check(const hf_buf *b, const char *what, hf_err **err)
{
    if (!b->full)
        return HF_OK;
    return hf_fail(err, HF_E_LIMIT, "%s is larger than %zu bytes", what, b->max);
}
