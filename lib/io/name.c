/* io/name.c: see name.h. */
#include "io/name.h"

#include <utf8proc.h>

#include "util/mem.h"

enum { MAX_NAME = 4095, MAX_PART = 255 }; /* PATH_MAX less the NUL, and NAME_MAX, of Linux */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool hf_name_is_safe(hf_view name)
{
    size_t part = 0, segment = 0; /* start of the part between slashes; also between backslashes */

    if (name.n == 0 || name.n > MAX_NAME || hf_view_find_byte(name, '\0') != HF_NPOS)
        return false;
    if (name.p[0] == '/' || name.p[0] == '\\')
        return false;
    if (name.n >= 2 && is_letter(name.p[0]) && name.p[1] == ':')
        return false;
    for (size_t i = 0; i <= name.n; i++) {
        if (i < name.n && name.p[i] != '/' && name.p[i] != '\\')
            continue;
        if (hf_view_is(hf_view_sub(name, segment, i - segment), ".."))
            return false;
        segment = i + 1;
        if (i < name.n && name.p[i] == '\\')
            continue;
        if (i - part > MAX_PART)
            return false;
        part = i + 1;
    }
    return true;
}

void hf_name_fold(hf_view name, hf_buf *out)
{
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t n =
        utf8proc_map((const utf8proc_uint8_t *)name.p, (utf8proc_ssize_t)name.n, &folded,
                     (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD));

    hf_buf_add(out, n < 0 ? name : (hf_view){ (const char *)folded, (size_t)n });
    hf_free(folded); /* which frees what utf8proc took from malloc */
}
