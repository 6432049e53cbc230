/* tests/bench/gen_markdown.c: what the Mattermost targets share: texts, names of files, emoji. */
#include "gen.h"

const char *const gen_tone_suffix[7] = { "",
                                         "",
                                         "_light_skin_tone",
                                         "_medium_light_skin_tone",
                                         "_medium_skin_tone",
                                         "_medium_dark_skin_tone",
                                         "_dark_skin_tone" };

static void add_wrapped(hf_buf *out, const char *before, hf_view v, const char *after)
{
    hf_buf_str(out, before);
    hf_buf_add(out, v);
    hf_buf_str(out, after);
}

static void add_piece(const gen_world *w, hf_buf *out, char mark, hf_view v)
{
    uint64_t n = 0;
    switch (mark) {
    case 'U':
        (void)hf_view_u64(v, &n);
        add_wrapped(out, "@", hf_view_str(w->user[n].handle), "");
        break;
    case 'C':
        (void)hf_view_u64(v, &n);
        add_wrapped(out, "~", hf_view_str(w->channel[n].name), "");
        break;
    case 'E':
        add_wrapped(out, ":", v, ":");
        break;
    case 'H':
        add_wrapped(out, "@", v, "");
        break;
    case 'B':
        add_wrapped(out, "**", v, "**");
        break;
    case 'K':
        add_wrapped(out, "`", v, "`");
        break;
    case 'P':
        add_wrapped(out, "```\n", v, "```");
        break;
    default:
        hf_buf_add(out, v);
        break;
    }
}

void gen_markdown(const gen_world *w, hf_buf *out, hf_view text)
{
    char mark;
    hf_view v;
    while (gen_next_piece(&text, &mark, &v))
        add_piece(w, out, mark, v);
}

void gen_path_name(hf_buf *b, const char *name)
{
    size_t n = strlen(name), start = 0;
    if (n > 200)
        start = n - 200; /* the end has the suffix */
    while (start > 0 && ((unsigned char)name[start] & 0xc0) == 0x80)
        start++;
    for (size_t i = start; i < n; i++)
        hf_buf_byte(b, name[i] == '/' ? '_' : name[i]);
}

/* U+0000 and GEN_SURROGATE, which no database holds, as U+FFFD. */
static void add_storable(hf_buf *out, hf_view text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\0' || text.p[i] == GEN_SURROGATE)
            hf_buf_str(out, "\uFFFD");
        else
            hf_buf_byte(out, text.p[i]);
    }
}

hf_view gen_storable(hf_buf *mem, hf_view text)
{
    hf_buf_reset(mem);
    add_storable(mem, text);
    if (mem->n <= GEN_MAX_CHARS) /* bytes are no fewer than characters */
        return hf_buf_view(mem);
    size_t i = 0;
    for (uint32_t n = 0; i < mem->n; i++)
        if (((unsigned char)mem->p[i] & 0xc0) != 0x80 && n++ == GEN_MAX_CHARS)
            break;
    return hf_view_sub(hf_buf_view(mem), 0, i);
}
