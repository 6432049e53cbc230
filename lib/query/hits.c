/* query/hits.c: a heap with the last of the kept hits on top; identities as 64-bit hashes. */
#include "query/hits.h"

#include <stdlib.h>

struct hf_hits {
    size_t limit, n, cap;
    bool oldest_first;
    hf_hit **heap;
    uint64_t total;
    uint64_t *seen; /* 0 is free */
    size_t nseen, cap_seen;
};

enum { SNIPPET_BYTES = 160 };

static int64_t order_time(const hf_hit *h)
{
    return h->time_us == HF_NO_TIME ? 0 : h->time_us;
}

int hf_hit_compare(const hf_hit *a, const hf_hit *b, bool oldest_first)
{
    int64_t x = order_time(a), y = order_time(b);
    int c;

    if (x != y)
        return (x < y) == oldest_first ? -1 : 1;
    c = hf_view_cmp(a->channel, b->channel);
    if (c == 0)
        c = hf_view_cmp(a->id, b->id);
    return c != 0 ? c : hf_view_cmp(a->origin, b->origin);
}

hf_hits *hf_hits_new(size_t limit, bool oldest_first)
{
    hf_hits *h = HF_NEW(hf_hits);

    h->limit = limit;
    h->oldest_first = oldest_first;
    return h;
}

void hf_hits_free(hf_hits *h)
{
    if (h == NULL)
        return;
    for (size_t i = 0; i < h->n; i++)
        hf_free(h->heap[i]);
    hf_free(h->heap);
    hf_free(h->seen);
    hf_free(h);
}

/* --- identities ----------------------------------------------------------------------------- */

static bool put_hash(uint64_t *table, size_t cap, uint64_t hash)
{
    size_t i = (size_t)hash & (cap - 1);

    for (; table[i] != 0; i = (i + 1) & (cap - 1))
        if (table[i] == hash)
            return false;
    table[i] = hash;
    return true;
}

static bool is_new(hf_hits *h, uint64_t hash)
{
    if (h->nseen * 2 >= h->cap_seen) {
        size_t cap = h->cap_seen == 0 ? 1024 : h->cap_seen * 2;
        uint64_t *table = hf_alloc0(cap, sizeof(*table));

        for (size_t i = 0; i < h->cap_seen; i++)
            if (h->seen[i] != 0)
                put_hash(table, cap, h->seen[i]);
        hf_free(h->seen);
        h->seen = table;
        h->cap_seen = cap;
    }
    if (!put_hash(h->seen, h->cap_seen, hash == 0 ? 1 : hash))
        return false;
    h->nseen++;
    return true;
}

bool hf_hits_count(hf_hits *h, const hf_hit *hit)
{
    uint64_t hash = hf_hash64(hit->id, hf_hash64(hit->channel, hf_hash64(hit->origin, 1)));

    if (!is_new(h, hash))
        return false;
    h->total++;
    return true;
}

/* --- the heap ------------------------------------------------------------------------------- */

static bool comes_before(const hf_hits *h, const hf_hit *a, const hf_hit *b)
{
    return hf_hit_compare(a, b, h->oldest_first) < 0;
}

bool hf_hits_wants(const hf_hits *h, const hf_hit *hit)
{
    return h->n < h->limit || (h->limit > 0 && comes_before(h, hit, h->heap[0]));
}

static hf_view put_view(char **at, hf_view v)
{
    hf_view copy = { *at, v.n };

    if (v.n > 0)
        memcpy(*at, v.p, v.n);
    *at += v.n;
    return copy;
}

/* One block for the hit and its texts. */
static hf_hit *copy_of(const hf_hit *hit)
{
    size_t n = hit->origin.n + hit->channel.n + hit->channel_name.n + hit->author.n +
               hit->author_name.n + hit->id.n + hit->snippet.n;
    hf_hit *copy = hf_alloc(sizeof(*copy) + n);
    char *at = (char *)(copy + 1);

    *copy = *hit;
    copy->origin = put_view(&at, hit->origin);
    copy->channel = put_view(&at, hit->channel);
    copy->channel_name = put_view(&at, hit->channel_name);
    copy->author = put_view(&at, hit->author);
    copy->author_name = put_view(&at, hit->author_name);
    copy->id = put_view(&at, hit->id);
    copy->snippet = put_view(&at, hit->snippet);
    return copy;
}

static void sink(hf_hits *h, size_t i)
{
    for (;;) {
        size_t child = 2 * i + 1;
        hf_hit *swap = h->heap[i];

        if (child >= h->n)
            return;
        if (child + 1 < h->n && comes_before(h, h->heap[child], h->heap[child + 1]))
            child++;
        if (!comes_before(h, h->heap[i], h->heap[child]))
            return;
        h->heap[i] = h->heap[child];
        h->heap[child] = swap;
        i = child;
    }
}

static void rise(hf_hits *h, size_t i)
{
    while (i > 0 && comes_before(h, h->heap[(i - 1) / 2], h->heap[i])) {
        hf_hit *swap = h->heap[i];

        h->heap[i] = h->heap[(i - 1) / 2];
        h->heap[(i - 1) / 2] = swap;
        i = (i - 1) / 2;
    }
}

void hf_hits_keep(hf_hits *h, const hf_hit *hit)
{
    if (!hf_hits_wants(h, hit))
        return;
    if (h->n == h->limit) {
        hf_free(h->heap[0]);
        h->heap[0] = copy_of(hit);
        sink(h, 0);
        return;
    }
    if (h->n == h->cap) {
        h->cap = h->cap * 2 + 64;
        h->heap = hf_realloc(h->heap, h->cap, sizeof(hf_hit *));
    }
    h->heap[h->n++] = copy_of(hit);
    rise(h, h->n - 1);
}

uint64_t hf_hits_total(const hf_hits *h)
{
    return h->total;
}

void hf_hits_add_total(hf_hits *h, uint64_t n)
{
    h->total += n;
}

static int by_newest(const void *a, const void *b)
{
    return hf_hit_compare(*(hf_hit *const *)a, *(hf_hit *const *)b, false);
}

static int by_oldest(const void *a, const void *b)
{
    return hf_hit_compare(*(hf_hit *const *)a, *(hf_hit *const *)b, true);
}

const hf_hit *const *hf_hits_sorted(hf_hits *h, size_t *n)
{
    if (h->n > 1)
        qsort(h->heap, h->n, sizeof(hf_hit *), h->oldest_first ? by_oldest : by_newest);
    *n = h->n;
    return (const hf_hit *const *)h->heap;
}

/* --- snippets ------------------------------------------------------------------------------- */

bool hf_hit_text_snippet(const hf_query *q, hf_view text, hf_buf *out)
{
    hf_buf piece;
    bool found;

    hf_buf_init(&piece, HF_BUF_UNBOUNDED);
    found = hf_query_snippet(q, text, SNIPPET_BYTES, &piece);
    for (size_t i = 0; i < piece.n; i++) {
        char c = piece.p[i];

        if (c != ' ' && c != '\n' && c != '\r' && c != '\t')
            hf_buf_byte(out, c);
        else if (out->n > 0 && out->p[out->n - 1] != ' ')
            hf_buf_byte(out, ' ');
    }
    while (out->n > 0 && out->p[out->n - 1] == ' ')
        out->n--;
    hf_buf_clear(&piece);
    return found;
}

bool hf_hit_snippet(const hf_query *q, const hf_record *r, hf_buf *out)
{
    if (hf_hit_text_snippet(q, hf_rec_get_text(r, HF_F_MESSAGE_TEXT), out))
        return true;
    for (uint32_t i = 0; i < r->nvalue; i++) {
        hf_buf other;
        bool found = false;

        if (!hf_doc_has(r->value[i].field))
            continue;
        hf_buf_init(&other, HF_BUF_UNBOUNDED);
        found = hf_hit_text_snippet(q, r->value[i].text, &other);
        if (found || out->n == 0) { /* a message of files alone shows the first name */
            hf_buf_reset(out);
            hf_buf_add(out, hf_buf_view(&other));
        }
        hf_buf_clear(&other);
        if (found)
            return true;
    }
    return false;
}
