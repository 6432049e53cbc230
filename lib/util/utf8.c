/* util/utf8.c: see utf8.h. */
#include "util/utf8.h"

size_t hf_utf8_at(hf_view v, size_t at, uint32_t *cp)
{
    const unsigned char *p = (const unsigned char *)v.p + at;
    unsigned c = p[0];
    size_t len = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;

    *cp = c;
    if (len == 1)
        return 1;
    if (c < 0xC2 || c > 0xF4 || len > v.n - at)
        return 0;
    *cp = c & (0xFFU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        *cp = *cp << 6 | (p[i] & 0x3FU);
    }
    if ((len == 3 && *cp < 0x800) || (len == 4 && (*cp < 0x10000 || *cp > 0x10FFFF)) ||
        (*cp >= 0xD800 && *cp <= 0xDFFF))
        return 0;
    return len;
}

bool hf_utf8_is_valid(hf_view v)
{
    uint32_t cp;

    for (size_t i = 0; i < v.n;) {
        size_t len = (unsigned char)v.p[i] < 0x80 ? 1 : hf_utf8_at(v, i, &cp);

        if (len == 0)
            return false;
        i += len;
    }
    return true;
}

size_t hf_utf8_count(hf_view v)
{
    size_t n = 0;
    uint32_t cp;

    for (size_t i = 0; i < v.n; n++) {
        size_t len = hf_utf8_at(v, i, &cp);

        i += len == 0 ? 1 : len;
    }
    return n;
}
