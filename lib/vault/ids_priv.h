/* vault/ids_priv.h: sets of document ids, for search. */
#ifndef HF_VAULT_IDS_PRIV_H
#define HF_VAULT_IDS_PRIV_H

#include "util/util.h"

/* Ascending without repeats, or with is_not everything but these: what NOT gives is never listed
 * before it must be. Starts as { 0 }, the empty set. */
typedef struct hf_ids {
    int64_t *id;
    size_t n, cap;
    bool is_not;
} hf_ids;

void hf_ids_clear(hf_ids *a);
/* Append an id, in any order: hf_ids_sort then makes a set of it. */
void hf_ids_add(hf_ids *a, int64_t id);
void hf_ids_sort(hf_ids *a);

/* a becomes the intersection or union with b, which is cleared. */
void hf_ids_and(hf_ids *a, hf_ids *b);
void hf_ids_or(hf_ids *a, hf_ids *b);

/* Take the members of list (no complement) out of a (no complement). */
void hf_ids_minus(hf_ids *a, const hf_ids *list);

/* Whether the listed ids (is_not aside) have this one. */
bool hf_ids_has(const hf_ids *a, int64_t id);

#endif
