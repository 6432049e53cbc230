/* io/name.c: see name.h. */
#include "io/name.h"

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
