/* util/buf.h: a growing byte buffer with a maximum.
 *
 * Adding past the maximum adds nothing more and sets the sticky flag full: callers add freely and
 * ask once, at the end. Memory is kept by hf_buf_reset and given back by hf_buf_clear.
 */
#ifndef HF_UTIL_BUF_H
#define HF_UTIL_BUF_H

#include "util/err.h"

typedef struct hf_buf {
    char *p;    /* owned; NULL while cap is 0 */
    size_t n;   /* bytes in use */
    size_t cap; /* bytes allocated */
    size_t max; /* never grows past this */
    bool full;  /* something did not fit */
} hf_buf;

#define HF_BUF_UNBOUNDED (SIZE_MAX / 2)

HF_API void hf_buf_init(hf_buf *b, size_t max_bytes);
HF_API void hf_buf_clear(hf_buf *b);
HF_API void hf_buf_wipe(hf_buf *b); /* the same, and its bytes are overwritten: secrets */

static inline void hf_buf_reset(hf_buf *b)
{
    b->n = 0;
    b->full = false;
}

static inline hf_view hf_buf_view(const hf_buf *b)
{
    return (hf_view){ b->p, b->n };
}

/* Make room for n more bytes; false, with full set, when that passes the maximum. */
HF_API bool hf_buf_reserve(hf_buf *b, size_t n);

HF_API void hf_buf_add(hf_buf *b, hf_view v);
HF_API void hf_buf_byte(hf_buf *b, char c);
HF_API void hf_buf_str(hf_buf *b, const char *s);
HF_API void hf_buf_printf(hf_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
HF_API void hf_buf_u64(hf_buf *b, uint64_t n);
HF_API void hf_buf_i64(hf_buf *b, int64_t n);

/* Code point as UTF-8; values past U+10FFFF and surrogates are written as U+FFFD. */
HF_API void hf_buf_utf8(hf_buf *b, uint32_t cp);

/* v with control characters, bidi marks and invalid UTF-8 written as \xNN or \u{N}: safe on a
 * terminal. */
HF_API void hf_buf_printable(hf_buf *b, hf_view v);

/* A NUL after the last byte (not counted) so that p can be given to C string calls; "" when empty.
 */
HF_API const char *hf_buf_cstr(hf_buf *b);

/* HF_E_LIMIT with a message naming what, when something did not fit; HF_OK otherwise. */
HF_API hf_status hf_buf_check(const hf_buf *b, const char *what, hf_err **err);

#endif
