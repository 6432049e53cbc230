/* util/view.c: searches and numbers on views. */
#include "util/view.h"

int hf_view_cmp(hf_view a, hf_view b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

    if (c != 0)
        return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

size_t hf_view_find(hf_view v, hf_view what)
{
    const char *hit;

    if (what.n == 0)
        return 0;
    if (v.n < what.n)
        return HF_NPOS;
    hit = memmem(v.p, v.n, what.p, what.n);
    return hit == NULL ? HF_NPOS : (size_t)(hit - v.p);
}

size_t hf_view_find_byte(hf_view v, char c)
{
    const char *hit = v.n == 0 ? NULL : memchr(v.p, c, v.n);

    return hit == NULL ? HF_NPOS : (size_t)(hit - v.p);
}

size_t hf_view_find_last(hf_view v, char c)
{
    const char *hit = v.n == 0 ? NULL : memrchr(v.p, c, v.n);

    return hit == NULL ? HF_NPOS : (size_t)(hit - v.p);
}

bool hf_view_u64(hf_view v, uint64_t *out)
{
    uint64_t n = 0;

    if (v.n == 0)
        return false;
    for (size_t i = 0; i < v.n; i++) {
        unsigned digit = (unsigned char)v.p[i] - (unsigned)'0';

        if (digit > 9 || __builtin_mul_overflow(n, UINT64_C(10), &n) ||
            __builtin_add_overflow(n, (uint64_t)digit, &n))
            return false;
    }
    *out = n;
    return true;
}

bool hf_view_i64(hf_view v, int64_t *out)
{
    bool minus = v.n > 0 && v.p[0] == '-';
    uint64_t n;

    if (!hf_view_u64(hf_view_from(v, minus ? 1 : 0), &n))
        return false;
    if (n > (uint64_t)INT64_MAX + (minus ? 1U : 0U))
        return false;
    *out = minus ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}
