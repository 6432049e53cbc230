/* query/hits.h: the first hits of a search in their order, and how many there are in all.
 *
 * Order: by time, then channel id, then message id; a message without a time stands at 1970-01-01.
 */
#ifndef HF_QUERY_HITS_H
#define HF_QUERY_HITS_H

#include "query/query.h"

typedef struct hf_hit {
    int64_t time_us; /* HF_NO_TIME when it has none */
    hf_view origin;
    hf_view channel, channel_name; /* id; its current name, empty when unknown */
    hf_view author, author_name;
    hf_view id;
    uint32_t version; /* the latest that was hit, from 1 */
    hf_view snippet;  /* one line */
} hf_hit;

/* Negative when a comes before b. */
HF_API int hf_hit_compare(const hf_hit *a, const hf_hit *b, bool oldest_first);

typedef struct hf_hits hf_hits;

/* Keeps the first limit hits; 0 keeps none and counts only. */
HF_API hf_hits *hf_hits_new(size_t limit, bool oldest_first);
HF_API void hf_hits_free(hf_hits *h); /* NULL is fine */

/* Count a hit; false when the same identity (origin, channel, id) was counted before. */
HF_API bool hf_hits_count(hf_hits *h, const hf_hit *hit);

/* Whether it is among the first hits so far: then it is worth filling in and keeping. */
HF_API bool hf_hits_wants(const hf_hits *h, const hf_hit *hit);

/* Keep a copy. */
HF_API void hf_hits_keep(hf_hits *h, const hf_hit *hit);

/* How many were counted; add more that were counted elsewhere. */
HF_API uint64_t hf_hits_total(const hf_hits *h);
HF_API void hf_hits_add_total(hf_hits *h, uint64_t n);

/* Put what was kept into order; the hits live until hf_hits_free. */
HF_API const hf_hit *const *hf_hits_sorted(hf_hits *h, size_t *n);

/* The line to show for a message: a piece of the text, of an earlier text, a card or a file name
 * around the first place that q hits, else the beginning of the text; blanks and line ends as one
 * blank. False when q hit none of them. */
HF_API bool hf_hit_snippet(const hf_query *q, const hf_record *r, hf_buf *out);

/* The same from the text alone; false when nothing in it was hit, and out has its beginning. */
HF_API bool hf_hit_text_snippet(const hf_query *q, hf_view text, hf_buf *out);

#endif
