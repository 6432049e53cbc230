/* util/copytext.c: see copytext.h. */
#include "util/copytext.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* --- columns -------------------------------------------------------------------------------------
 */

typedef struct cut {
    const char *p; /* where the open column begins */
    hf_view *column;
    size_t n, max;
} cut;

/* A column ends before a tab. */
static inline void close_column(cut *c, const char *tab)
{
    if (c->n < c->max)
        c->column[c->n] = (hf_view){ c->p, (size_t)(tab - c->p) };
    c->n++;
    c->p = tab + 1;
}

/* Columns are short, often of one byte: looking for the tabs of a whole stretch at once takes a
 * third of the time of a memchr for each. Where the first stretches end that were looked at. */
static const char *cut_stretches(cut *c, const char *p, const char *end)
{
#ifdef __SSE2__
    const __m128i tab = _mm_set1_epi8('\t');

    for (; end - p >= 16; p += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)p);
        unsigned tabs = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, tab));

        for (; tabs != 0; tabs &= tabs - 1)
            close_column(c, p + __builtin_ctz(tabs));
    }
#else
    (void)c;
    (void)end;
#endif
    return p;
}

size_t hf_copy_split(hf_view line, hf_view *column, size_t max)
{
    const char *end = line.p + line.n, *p;
    cut c = { line.p, column, 0, max };

    if (line.n > 0) {
        p = cut_stretches(&c, line.p, end);
        for (; p < end; p++)
            if (*p == '\t')
                close_column(&c, p);
    }
    close_column(&c, end);
    return c.n > max ? max + 1 : c.n;
}

/* --- values --------------------------------------------------------------------------------------
 */

/* Letters of the one-character escapes and what they stand for. */
static const char letters[] = "bfnrtv", values[] = "\b\f\n\r\t\v";

static int digit(char c, int base)
{
    int d = c >= '0' && c <= '9'   ? c - '0'
            : c >= 'a' && c <= 'f' ? c - 'a' + 10
            : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                   : base;

    return d < base ? d : -1;
}

/* Up to most digits of that base from at; *at moves past them. */
static int number(hf_view v, size_t *at, int base, size_t most)
{
    int n = 0;

    for (size_t i = 0; i < most && *at < v.n && digit(v.p[*at], base) >= 0; i++, ++*at)
        n = n * base + digit(v.p[*at], base);
    return n & 0xff;
}

void hf_copy_decode(hf_buf *out, hf_view column)
{
    size_t at = 0;

    while (at < column.n) {
        const char *slash = memchr(column.p + at, '\\', column.n - at), *letter;
        size_t plain = slash == NULL ? column.n : (size_t)(slash - column.p);
        char c;

        hf_buf_add(out, hf_view_sub(column, at, plain - at));
        at = plain + 1;
        if (slash == NULL)
            break;
        c = at < column.n ? column.p[at] : '\\';
        letter = c == '\0' ? NULL : strchr(letters, c);
        if (letter != NULL) {
            hf_buf_byte(out, values[letter - letters]);
            at++;
        } else if (digit(c, 8) >= 0) {
            hf_buf_byte(out, (char)number(column, &at, 8, 3));
        } else if (c == 'x' && at + 1 < column.n && digit(column.p[at + 1], 16) >= 0) {
            at++;
            hf_buf_byte(out, (char)number(column, &at, 16, 2));
        } else {
            hf_buf_byte(out, c);
            at++;
        }
    }
}

void hf_copy_encode(hf_buf *out, hf_view value)
{
    size_t done = 0;

    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        const char *v = c == '\0' ? NULL : strchr(values, c);

        if (v == NULL && c != '\\')
            continue;
        hf_buf_add(out, hf_view_sub(value, done, i - done));
        hf_buf_byte(out, '\\');
        hf_buf_byte(out, v == NULL ? '\\' : letters[v - values]);
        done = i + 1;
    }
    hf_buf_add(out, hf_view_from(value, done));
}
