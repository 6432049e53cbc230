/* query/query_priv.h: what the files of lib/query share. */
#ifndef HF_QUERY_QUERY_PRIV_H
#define HF_QUERY_QUERY_PRIV_H

#include "query/match_priv.h"
#include "query/query.h"

struct hf_query {
    hf_arena *mem; /* everything below */
    hf_qnode *root;
    size_t nodes, leaves;
    char **warning; /* one per line, in the arena */
    size_t nwarning;
    hf_matcher *positive; /* for snippets, made when first needed */
};

/* --- tree.c --- */

hf_qnode *hf_qnode_new(hf_query *q, hf_qkind kind, size_t at);
/* Two or more children of one kind joined; children of the same kind are taken in. n 1 gives the
 * child itself. */
hf_qnode *hf_qnode_join(hf_query *q, hf_qkind kind, hf_qnode **child, size_t n);
void hf_query_warn(hf_query *q, const char *text);

/* --- words.c --- */

/* A WORDS node from raw text, a * after a word meaning every word that begins so. HF_E_QUERY with
 * its place when there is no word in it, a wildcard stands elsewhere, or an operator that this
 * version lacks; at is the byte of the query where raw starts. */
hf_status hf_qwords(hf_query *q, hf_view raw, size_t at, hf_qnode **out, hf_err **err);

/* --- values.c --- */

typedef struct hf_qfield hf_qfield;

/* The field of that name (without the colon): HF_E_QUERY when it is unknown or not in this version.
 */
hf_status hf_qfield_find(hf_view name, size_t at, const hf_qfield **out, hf_err **err);
const char *hf_qfield_name(const hf_qfield *f);

/* The node for one value of a field. */
hf_status hf_qfield_node(hf_query *q, const hf_qfield *f, hf_view value, size_t at,
                         const hf_query_args *args, hf_qnode **out, hf_err **err);

/* "has:file" for a trait bit of a TRAIT node. */
const char *hf_qtrait_name(unsigned trait);

/* Fail with HF_E_QUERY at a byte of the query. */
hf_status hf_qfail(hf_err **err, size_t at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
