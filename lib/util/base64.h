/* util/base64.h: RFC 4648 base64 with padding. */
#ifndef HF_UTIL_BASE64_H
#define HF_UTIL_BASE64_H

#include "util/buf.h"

HF_API void hf_base64_put(hf_buf *b, hf_view bytes);

/* Append the bytes that text stands for; false, with nothing added, when it is not base64. */
HF_API bool hf_base64_get(hf_buf *b, hf_view text);

#endif
