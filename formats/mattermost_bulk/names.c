/* mattermost_bulk/names.c: names that the server takes, made from names that it does not.
 *
 * The same names in the same order always give the same result: nothing random, no clock.
 */
#include "rules_priv.h"
#include "text/markup.h"
#include "text/token.h"

#include <utf8proc.h>

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_hex(hf_view v)
{
    for (size_t i = 0; i < v.n; i++)
        if (!((v.p[i] >= '0' && v.p[i] <= '9') || (v.p[i] >= 'a' && v.p[i] <= 'f')))
            return false;
    return true;
}

/* Names of direct channels (two ids joined by "__") and of group channels (a SHA-1) are not for
 * others. */
static bool looks_direct(hf_view name)
{
    enum { ID = 26, SHA1 = 40 };

    return (name.n == 2 * ID + 2 && hf_view_eq(hf_view_sub(name, ID, 2), HF_V("__"))) ||
           (name.n == SHA1 && is_hex(name));
}

bool bulk_name_fits(bulk_name_kind kind, hf_view name)
{
    /* Words that notify everybody when a message mentions them. */
    if (kind == BULK_NAME_USER)
        return bulk_username_ok(name) && !hf_view_is(name, "here") && !hf_view_is(name, "everyone");
    return name.n >= 2 && name.n <= BULK_NAME_BYTES && bulk_channel_name_ok(name) &&
           is_alnum(name.p[name.n - 1]) && !looks_direct(name);
}

/* What is left of text when it is folded and every run of other characters becomes one hyphen. */
static void slug_of(bulk_name_kind kind, hf_view text, hf_buf *out)
{
    const char *inner = kind == BULK_NAME_USER ? "._" : "_";
    hf_buf folded;

    hf_buf_reset(out);
    hf_buf_init(&folded, HF_BUF_UNBOUNDED);
    hf_fold(text, &folded);
    for (size_t i = 0; i < folded.n && out->n < BULK_NAME_BYTES; i++) {
        char c = folded.p[i];
        bool keep = is_alnum(c) || (c != '\0' && strchr(inner, c) != NULL);

        if (!keep && (out->n == 0 || out->p[out->n - 1] == '-'))
            continue;
        if (keep && !is_alnum(c) && out->n == 0)
            continue;
        hf_buf_byte(out, keep ? c : '-');
    }
    while (out->n > 0 && !is_alnum(out->p[out->n - 1]))
        out->n--;
    hf_buf_clear(&folded);
}

hf_view bulk_slug(bulk_name_kind kind, hf_view wish, hf_view id, hf_arena *mem)
{
    hf_view name;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    slug_of(kind, wish, &b);
    if (!bulk_name_fits(kind, hf_buf_view(&b)))
        slug_of(kind,
                b.n > 0 ? hf_arena_printf(mem, "%.*s-%s", (int)b.n, b.p,
                                          kind == BULK_NAME_USER ? "user" : "channel")
                        : id,
                &b);
    name = bulk_name_fits(kind, hf_buf_view(&b)) ? hf_arena_dup(mem, hf_buf_view(&b))
           : kind == BULK_NAME_USER              ? HF_V("unnamed")
                                                 : HF_V("unnamed-channel");
    hf_buf_clear(&b);
    return name;
}

hf_view bulk_unique(hf_map *used, hf_view name, hf_arena *mem)
{
    hf_view try = name;
    bool fresh;

    for (unsigned n = 2;; n++) {
        hf_view tail;
        size_t keep;

        hf_map_put(used, try, &fresh);
        if (fresh)
            return try;
        tail = hf_arena_printf(mem, "-%u", n);
        keep = name.n < BULK_NAME_BYTES - tail.n ? name.n : BULK_NAME_BYTES - tail.n;
        while (keep > 1 && !is_alnum(name.p[keep - 1]))
            keep--;
        try = hf_arena_printf(mem, "%.*s%s", (int)keep, name.p, tail.p);
    }
}

/* NFC of text into out; as it is when it is not UTF-8. */
static void normalize(hf_view text, hf_buf *out)
{
    utf8proc_ssize_t n, max = (utf8proc_ssize_t)text.n * 4 + 16;
    hf_arena *mem = hf_arena_new();
    utf8proc_int32_t *cp = hf_arena_alloc(mem, (size_t)max * sizeof(*cp));

    n = utf8proc_decompose((const utf8proc_uint8_t *)text.p, (utf8proc_ssize_t)text.n, cp, max - 1,
                           UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    if (n >= 0 && n < max)
        n = utf8proc_reencode(cp, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    if (n >= 0)
        hf_buf_add(out, (hf_view){ (const char *)cp, (size_t)n });
    else
        hf_buf_add(out, text);
    hf_arena_free(mem);
}

hf_view bulk_file_name(hf_view name, hf_arena *mem)
{
    enum { FILE_NAME_BYTES = 200 }; /* file systems allow 255, the server adds a suffix */
    size_t from = 0, max;
    hf_view out;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    normalize(hf_view_sub(name, 0, 4096), &b);
    for (size_t i = 0; i < b.n; i++)
        if ((unsigned char)b.p[i] < ' ' || b.p[i] == '/' || b.p[i] == '\\' || b.p[i] == 0x7F)
            b.p[i] = '_';
    while (from < b.n && b.p[from] == '.')
        from++;
    max = b.n - from;
    if (max > FILE_NAME_BYTES) { /* keep the ending: it says what the file is */
        size_t dot = hf_view_find_last(hf_buf_view(&b), '.');
        hf_view end =
            dot == HF_NPOS || b.n - dot > 16 ? HF_V("") : hf_view_from(hf_buf_view(&b), dot);
        size_t keep = FILE_NAME_BYTES - end.n;

        while (keep > 0 && ((unsigned char)b.p[from + keep] & 0xC0) == 0x80)
            keep--;
        out = hf_arena_printf(mem, "%.*s%.*s", (int)keep, b.p + from, (int)end.n,
                              end.n == 0 ? "" : end.p);
    } else {
        out = max == 0 ? HF_V("file") : hf_arena_dup(mem, hf_view_from(hf_buf_view(&b), from));
    }
    hf_buf_clear(&b);
    return out;
}

hf_view bulk_emoji_name(hf_view name, hf_arena *mem)
{
    hf_view out;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_emoji_name(HF_DIALECT_MARKDOWN, name, &b);
    for (size_t i = 0; i < b.n; i++)
        if (!bulk_emoji_name_ok((hf_view){ b.p + i, 1 }))
            b.p[i] = '_';
    out = b.n == 0 ? HF_V("unnamed") : hf_view_sub(hf_buf_view(&b), 0, BULK_NAME_BYTES);
    out = hf_arena_dup(mem, out);
    hf_buf_clear(&b);
    return out;
}
