/* util/nearest.h: the name somebody probably meant. */
#ifndef HF_UTIL_NEAREST_H
#define HF_UTIL_NEAREST_H

#include "util/view.h"

/* Finds the nearest of any number of candidates, given one at a time; start from
 * { .word = ..., .best = NULL }. Borrows the word and the candidates. */
typedef struct hf_nearest {
    hf_view word;
    const char *best; /* NULL while no candidate is near enough to be worth naming */
    size_t distance;  /* edits between word and best */
} hf_nearest;

/* Edits (insert, delete, replace a byte, swap two neighbours; optimal string alignment) between a
 * and b; SIZE_MAX when either is longer than 64 bytes. */
HF_API size_t hf_edit_distance(hf_view a, hf_view b);

/* Keep candidate when it is nearer than what came before and within a third of the word's length,
 * rounded up, or when word is its beginning. */
HF_API void hf_nearest_try(hf_nearest *n, const char *candidate);

#endif
