/* io/name.h: which member names may become paths below a folder. */
#ifndef HF_IO_NAME_H
#define HF_IO_NAME_H

#include "util/buf.h"

/* True when name, written below a folder, stays below it on every system: not empty, no NUL, not
 * absolute, no ".." between slashes or backslashes, no leading backslash, no drive letter ("C:"),
 * at most 4,095 bytes with at most 255 between slashes. Names like "a\b", "./a" and "FC:1:2" are
 * safe. */
HF_API bool hf_name_is_safe(hf_view name);

/* Append the name as file systems see it that know no letter case and no form of writing the same
 * character (Unicode canonical caseless matching, D145): two names with equal foldings cannot lie
 * side by side there. Bytes that are not UTF-8 are appended as they are. */
HF_API void hf_name_fold(hf_view name, hf_buf *out);

#endif
