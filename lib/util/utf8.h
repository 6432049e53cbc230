/* util/utf8.h: well-formed UTF-8 (Unicode 15, table 3-7). */
#ifndef HF_UTIL_UTF8_H
#define HF_UTIL_UTF8_H

#include "util/view.h"

/* Bytes (1 to 4) of the sequence at v.p[at], at < v.n, with its code point; 0 when it is malformed.
 */
HF_API size_t hf_utf8_at(hf_view v, size_t at, uint32_t *cp);

HF_API bool hf_utf8_is_valid(hf_view v);

/* Number of code points; a malformed byte counts as one. */
HF_API size_t hf_utf8_count(hf_view v);

#endif
