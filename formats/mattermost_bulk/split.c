/* mattermost_bulk/split.c: cut a long text into posts; joined again they are the same bytes. */
#include "bulk_priv.h"

#include "util/utf8.h"

/* A good place to cut in the last quarter of text: after a line end, else after a space, else at
 * its end. */
static size_t good_cut(hf_view text)
{
    size_t from = text.n - text.n / 4;
    hf_view tail = hf_view_from(text, from);
    size_t at = hf_view_find_last(tail, '\n');

    if (at == HF_NPOS)
        at = hf_view_find_last(tail, ' ');
    return at == HF_NPOS ? text.n : from + at + 1;
}

hf_view *bulk_split(hf_view text, size_t max_runes, hf_arena *mem, size_t *n)
{
    /* Three quarters of a piece's bytes stay in it: three sevenths of its characters at least. */
    size_t cap = hf_utf8_count(text) / (max_runes / 3 + 1) + 2;
    hf_view *part = hf_arena_alloc(mem, cap * sizeof(*part));
    size_t count = 0;

    do {
        hf_view piece = bulk_first_runes(text, max_runes);

        if (piece.n < text.n)
            piece.n = good_cut(piece);
        part[count++] = piece;
        text = hf_view_from(text, piece.n);
    } while (text.n > 0);
    *n = count;
    return part;
}
