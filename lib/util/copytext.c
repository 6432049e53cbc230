/* util/copytext.c: see copytext.h. */
#include "util/copytext.h"

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
