/* io/name.h: which member names may become paths below a folder. */
#ifndef HF_IO_NAME_H
#define HF_IO_NAME_H

#include "util/view.h"

/* True when name, written below a folder, stays below it on every system: not empty, no NUL, not
 * absolute, no ".." between slashes or backslashes, no leading backslash, no drive letter ("C:"),
 * at most 4,095 bytes with at most 255 between slashes. Names like "a\b", "./a" and "FC:1:2" are
 * safe. */
HF_API bool hf_name_is_safe(hf_view name);

#endif
