/* mattermost/dump_token.c: the words of an SQL statement. */
#include "dump_token.h"

bool mm_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static size_t quoted_length(hf_view rest)
{
    size_t i = 1;

    while (i < rest.n &&
           !(rest.p[i] == rest.p[0] && (i + 1 == rest.n || rest.p[i + 1] != rest.p[0])))
        i += rest.p[i] == rest.p[0] ? 2 : 1;
    return i < rest.n ? i + 1 : rest.n;
}

mm_token mm_token_next(hf_view *rest)
{
    mm_token t = { MM_TOKEN_END, { NULL, 0 } };
    size_t n = 0;

    while (rest->n > 0 && mm_is_blank(rest->p[0]))
        *rest = hf_view_from(*rest, 1);
    if (rest->n == 0)
        return t;
    if (rest->p[0] == '"' || rest->p[0] == '\'') {
        t.kind = rest->p[0] == '"' ? MM_TOKEN_NAME : MM_TOKEN_STRING;
        n = quoted_length(*rest);
    } else if (is_word(rest->p[0])) {
        t.kind = MM_TOKEN_WORD;
        while (n < rest->n && is_word(rest->p[n]))
            n++;
    } else {
        t.kind = MM_TOKEN_SIGN;
        n = 1;
    }
    t.text = hf_view_sub(*rest, 0, n);
    *rest = hf_view_from(*rest, n);
    return t;
}

bool mm_token_is(mm_token t, const char *upper)
{
    if (t.kind != MM_TOKEN_WORD || t.text.n != strlen(upper))
        return false;
    for (size_t i = 0; i < t.text.n; i++) {
        char c = t.text.p[i];

        if ((c >= 'a' && c <= 'z' ? c - 0x20 : c) != upper[i])
            return false;
    }
    return true;
}

bool mm_token_is_sign(mm_token t, char c)
{
    return t.kind == MM_TOKEN_SIGN && t.text.p[0] == c;
}

bool mm_token_accept(hf_view *rest, const char *upper)
{
    hf_view look = *rest;

    if (!mm_token_is(mm_token_next(&look), upper))
        return false;
    *rest = look;
    return true;
}

bool mm_token_accept_sign(hf_view *rest, char c)
{
    hf_view look = *rest;

    if (!mm_token_is_sign(mm_token_next(&look), c))
        return false;
    *rest = look;
    return true;
}

hf_view mm_token_name(mm_token t, hf_arena *mem)
{
    char *to = hf_arena_alloc(mem, t.text.n + 1);
    size_t n = 0, end = t.text.n - (t.kind == MM_TOKEN_NAME && t.text.n > 1 ? 1 : 0);

    for (size_t i = t.kind == MM_TOKEN_NAME ? 1 : 0; i < end; i++) {
        char c = t.text.p[i];

        if (t.kind == MM_TOKEN_WORD && c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        to[n++] = c;
        if (t.kind == MM_TOKEN_NAME && c == '"')
            i++;
    }
    to[n] = '\0';
    return (hf_view){ to, n };
}

bool mm_token_is_name(mm_token t)
{
    return t.kind == MM_TOKEN_WORD || t.kind == MM_TOKEN_NAME;
}
