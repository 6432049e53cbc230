/* vault/search_priv.h: shared by the files of search. */
#ifndef HF_VAULT_SEARCH_PRIV_H
#define HF_VAULT_SEARCH_PRIV_H

#include "vault/ids_priv.h"
#include "vault/search.h"
#include "vault/vault_priv.h"

enum { DAY_BITS = 24 };

/* What a FROM, IN or CHAN means: numbers of native ids. */
typedef struct hf_meaning {
    hf_ids numbers; /* name.id */
    bool by_origin; /* some of the ids mean others in other origins: ask the record */
} hf_meaning;

typedef struct hf_search_doc { /* a row of doc */
    int64_t docid, rec, time_us, channel, author, traits;
} hf_search_doc;

typedef struct hf_searching {
    hf_vault *v;
    const hf_search_args *args;
    const hf_resolution *names;
    hf_meaning *meaning; /* by leaf */
    hf_ids gone;         /* never found: rows with a newer one, and stand-ins */
    uint64_t absent;     /* of these, stand-ins */
    bool has_origins;    /* more than one */
    hf_stmt *get_doc, *get_origin;
} hf_searching;

/* Documents lo to hi, both included. */
typedef struct hf_window {
    int64_t lo, hi;
} hf_window;

#define HF_WINDOW_ALL ((hf_window){ INT64_MIN, INT64_MAX })

/* --- search_names.c --- */

/* Fill s->meaning; HF_E_QUERY when a name means nobody. */
hf_status hf_search_meanings(hf_searching *s, hf_err **err);
void hf_search_meanings_free(hf_searching *s);
/* Whether leaf n (FROM, IN, CHAN) means the author or channel of d. */
hf_status hf_search_is_meant(hf_searching *s, const hf_qnode *n, const hf_search_doc *d, bool *yes,
                             hf_err **err);

/* --- search_words.c --- */

/* Whether FTS5 can answer n alone: words only, and never everything but some. */
bool hf_search_is_words(const hf_qnode *n);
/* NOT of such a node. */
bool hf_search_is_not_words(const hf_qnode *n);
/* The children of an AND or OR (kind) that are words, and of an AND those that are words negated;
 * at least one is not negated. */
hf_status hf_search_words(hf_searching *s, hf_qkind kind, hf_qnode *const *child, size_t n,
                          hf_window w, hf_ids *out, hf_err **err);

/* --- search_eval.c --- */

/* Append the first column of all rows. */
hf_status hf_search_collect(hf_stmt *st, hf_ids *out, hf_err **err);

/* The documents that n finds. What is listed lies in w; with is_not, everything in w but these. */
hf_status hf_search_eval(hf_searching *s, const hf_qnode *n, hf_window w, hf_ids *out,
                         hf_err **err);
/* HF_END when there is no such row. */
hf_status hf_search_get_doc(hf_searching *s, int64_t docid, hf_search_doc *out, hf_err **err);

/* --- search_hits.c --- */

/* Fetch the first hits of a set. */
hf_status hf_search_fetch(hf_searching *s, const hf_ids *found, hf_hits *hits, hf_err **err);

#endif
