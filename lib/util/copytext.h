/* util/copytext.h: columns of PostgreSQL's COPY TEXT format.
 *
 * A row is a line, its columns are parted by tabs; backslash, tab, line feed and the other control
 * characters stand as escapes, \N is NULL. PostgreSQL documentation, COPY, "Text Format".
 */
#ifndef HF_UTIL_COPYTEXT_H
#define HF_UTIL_COPYTEXT_H

#include "util/buf.h"
#include "util/view.h"

/* True for \N, which is no text at all. */
static inline bool hf_copy_is_null(hf_view column)
{
    return column.n == 2 && column.p[0] == '\\' && column.p[1] == 'N';
}

/* Cut a line, without its line feed, into its columns, as spelled. Their number; max + 1 when there
 * are more than max, then the first max are there. An empty line is one empty column. */
HF_API size_t hf_copy_split(hf_view line, hf_view *column, size_t max);

/* Append the value of a column (of one that is not NULL): also escapes that COPY reads but never
 * writes, \ooo and \xhh. A backslash at the end stands for itself. */
HF_API void hf_copy_decode(hf_buf *out, hf_view column);

/* Append a value as COPY writes it. */
HF_API void hf_copy_encode(hf_buf *out, hf_view value);

#endif
