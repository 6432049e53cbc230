/* util/view.h: a borrowed run of bytes with its length; NUL is allowed inside, nothing terminates
 * it. */
#ifndef HF_UTIL_VIEW_H
#define HF_UTIL_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define HF_API  __attribute__((visibility("default")))
#define HF_NPOS SIZE_MAX

typedef struct hf_view {
    const char *p; /* may be NULL only when n is 0 */
    size_t n;      /* bytes */
} hf_view;

/* A view of a string literal or array, without its terminating NUL. */
#define HF_V(lit) ((hf_view){ (lit), sizeof(lit) - 1 })

/* A view of a NUL-terminated string; NULL gives the empty view. */
static inline hf_view hf_view_str(const char *s)
{
    return (hf_view){ s, s == NULL ? 0 : strlen(s) };
}

static inline bool hf_view_eq(hf_view a, hf_view b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool hf_view_is(hf_view a, const char *s)
{
    return hf_view_eq(a, hf_view_str(s));
}

/* Bytes [at, at + n) of v, cut to what v has. */
static inline hf_view hf_view_sub(hf_view v, size_t at, size_t n)
{
    if (at >= v.n)
        return (hf_view){ v.p == NULL ? NULL : v.p + v.n, 0 };
    return (hf_view){ v.p + at, n < v.n - at ? n : v.n - at };
}

static inline hf_view hf_view_from(hf_view v, size_t at)
{
    return hf_view_sub(v, at, SIZE_MAX);
}

static inline bool hf_view_starts(hf_view v, hf_view with)
{
    return v.n >= with.n && memcmp(v.p, with.p, with.n) == 0;
}

static inline bool hf_view_ends(hf_view v, hf_view with)
{
    return v.n >= with.n && memcmp(v.p + v.n - with.n, with.p, with.n) == 0;
}

/* Order by bytes, shorter first on a tie: negative, 0, positive. */
HF_API int hf_view_cmp(hf_view a, hf_view b);

/* Offset of the first occurrence of what (or of byte c) in v; HF_NPOS when absent. */
HF_API size_t hf_view_find(hf_view v, hf_view what);
HF_API size_t hf_view_find_byte(hf_view v, char c);

/* Offset of the last byte c in v; HF_NPOS when absent. */
HF_API size_t hf_view_find_last(hf_view v, char c);

/* Parse all of v as a decimal number; false when empty, signed wrongly, too large or followed by
 * anything. */
HF_API bool hf_view_u64(hf_view v, uint64_t *out);
HF_API bool hf_view_i64(hf_view v, int64_t *out);

#endif
