/* util/html.h: text inside HTML pages of ours. */
#ifndef HF_UTIL_HTML_H
#define HF_UTIL_HTML_H

#include "util/buf.h"

/* Append text so that it is nothing but text in an element or a quoted attribute: markup characters
 * as entities, control characters and bidi marks visibly (hf_buf_printable). */
HF_API void hf_html_text(hf_buf *out, hf_view text);

#endif
