/* vault/ids.c: see ids_priv.h. */
#include "vault/ids_priv.h"

#include <stdlib.h>

void hf_ids_clear(hf_ids *a)
{
    hf_free(a->id);
    *a = (hf_ids){ 0 };
}

void hf_ids_add(hf_ids *a, int64_t id)
{
    if (a->n == a->cap) {
        a->cap = a->cap < 512 ? 1024 : a->cap * 2;
        a->id = hf_realloc(a->id, a->cap, sizeof(*a->id));
    }
    a->id[a->n++] = id;
}

/* --- sorting -----------------------------------------------------------------------------------
 */

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

/* Negative ids come first when the sign bit is turned over. */
static unsigned digit(int64_t id, unsigned pass)
{
    return (unsigned)(((uint64_t)id ^ (UINT64_C(1) << 63)) >> (8 * pass)) & 255;
}

/* One byte of the id after the other, from the low end; bytes that are equal everywhere cost one
 * look. */
static void sort_by_bytes(int64_t *id, size_t n)
{
    int64_t *other = hf_alloc(n * sizeof(*other)), *from = id, *to = other;

    for (unsigned pass = 0; pass < 8; pass++) {
        size_t count[257] = { 0 };
        int64_t *swap = from;

        for (size_t i = 0; i < n; i++)
            count[digit(from[i], pass) + 1]++;
        if (count[digit(from[0], pass) + 1] == n)
            continue;
        for (size_t i = 1; i < 257; i++)
            count[i] += count[i - 1];
        for (size_t i = 0; i < n; i++)
            to[count[digit(from[i], pass)]++] = from[i];
        from = to;
        to = swap;
    }
    if (from != id)
        memcpy(id, from, n * sizeof(*id));
    hf_free(other);
}

void hf_ids_sort(hf_ids *a)
{
    enum { FEW = 512 };
    size_t i = 1, n = 0;

    while (i < a->n && a->id[i - 1] < a->id[i])
        i++;
    if (i >= a->n)
        return;
    if (a->n < FEW)
        qsort(a->id, a->n, sizeof(*a->id), by_value);
    else
        sort_by_bytes(a->id, a->n);
    for (i = 0; i < a->n; i++)
        if (n == 0 || a->id[n - 1] != a->id[i])
            a->id[n++] = a->id[i];
    a->n = n;
}

/* --- the algebra -------------------------------------------------------------------------------
 */

/* The first place at or behind from whose id is at least id: doubling steps, then halving. */
static size_t seek(const hf_ids *a, size_t from, int64_t id)
{
    size_t step = 1, low = from, high;

    while (low + step < a->n && a->id[low + step] < id) {
        low += step;
        step *= 2;
    }
    high = low + step < a->n ? low + step : a->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (a->id[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool hf_ids_has(const hf_ids *a, int64_t id)
{
    size_t i = seek(a, 0, id);

    return i < a->n && a->id[i] == id;
}

/* Keep in a what is listed in b (keep), or what is not. */
static void filter(hf_ids *a, const hf_ids *b, bool keep)
{
    size_t n = 0, at = 0;

    for (size_t i = 0; i < a->n; i++) {
        at = seek(b, at, a->id[i]);
        if ((at < b->n && b->id[at] == a->id[i]) == keep)
            a->id[n++] = a->id[i];
    }
    a->n = n;
}

static void merge(hf_ids *a, const hf_ids *b)
{
    hf_ids all = { .id = hf_alloc((a->n + b->n) * sizeof(int64_t)), .cap = a->n + b->n };
    size_t i = 0, k = 0;

    while (i < a->n || k < b->n) {
        bool is_both = i < a->n && k < b->n && a->id[i] == b->id[k];
        bool is_a = k >= b->n || (i < a->n && a->id[i] <= b->id[k]);

        all.id[all.n++] = is_a ? a->id[i] : b->id[k];
        i += is_a;
        k += !is_a || is_both;
    }
    hf_free(a->id);
    a->id = all.id;
    a->n = all.n;
    a->cap = all.cap;
}

static void swap(hf_ids *a, hf_ids *b)
{
    hf_ids c = *a;

    *a = *b;
    *b = c;
}

void hf_ids_and(hf_ids *a, hf_ids *b)
{
    if (a->is_not && b->is_not) {
        merge(a, b);
    } else {
        /* The list that stays is the one that is walked; of two, the shorter. */
        if (a->is_not || (!b->is_not && b->n < a->n))
            swap(a, b);
        filter(a, b, !b->is_not);
    }
    hf_ids_clear(b);
}

void hf_ids_or(hf_ids *a, hf_ids *b)
{
    if (!a->is_not && !b->is_not) {
        merge(a, b);
    } else {
        if (!a->is_not)
            swap(a, b);
        filter(a, b, b->is_not);
    }
    hf_ids_clear(b);
}

void hf_ids_minus(hf_ids *a, const hf_ids *list)
{
    if (list->n > 0)
        filter(a, list, false);
}
