/* util/nearest.c: edit distance over short names. */
#include "util/nearest.h"

enum { MAX_NAME = 64 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

size_t hf_edit_distance(hf_view a, hf_view b)
{
    /* Three rows of the dynamic program: a swap looks two rows back. */
    size_t rows[3][MAX_NAME + 1];
    size_t *older = rows[0], *last = rows[1], *now = rows[2];

    if (a.n > MAX_NAME || b.n > MAX_NAME)
        return SIZE_MAX;
    for (size_t j = 0; j <= b.n; j++)
        last[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *spare = older;

        now[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t replace = last[j - 1] + (a.p[i - 1] != b.p[j - 1]);

            now[j] = least(replace, least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
                now[j] = least(now[j], older[j - 2] + 1);
        }
        older = last;
        last = now;
        now = spare;
    }
    return last[b.n];
}

void hf_nearest_try(hf_nearest *n, const char *candidate)
{
    hf_view c = hf_view_str(candidate);
    size_t distance = hf_edit_distance(n->word, c);
    size_t limit = (n->word.n + 2) / 3;

    if (distance > limit && n->word.n >= 3 && hf_view_starts(c, n->word))
        distance = limit;
    if (distance <= limit && distance < c.n && (n->best == NULL || distance < n->distance)) {
        n->best = candidate;
        n->distance = distance;
    }
}
