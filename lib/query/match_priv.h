/* query/match_priv.h: the words and phrases of a query, looked for in texts. */
#ifndef HF_QUERY_MATCH_PRIV_H
#define HF_QUERY_MATCH_PRIV_H

#include "query/query.h"

typedef struct hf_matcher hf_matcher;

/* Bytes [start, end) of the text are what the leaf looks for. Return false to stop. */
typedef bool (*hf_match_fn)(void *self, const hf_qnode *leaf, size_t start, size_t end);

/* Looks for every WORDS node below root, or those only that no NOT is above. The tree is lent. */
hf_matcher *hf_matcher_new(const hf_qnode *root, bool positive_only);
void hf_matcher_free(hf_matcher *m); /* NULL is fine */

/* Call fn for every place in text, by where it ends. */
void hf_matcher_run(hf_matcher *m, hf_view text, hf_match_fn fn, void *self);

#endif
