/* query/directory.h: who and what a name means: every name that a person or conversation ever had.
 *
 * Names are compared folded (text/token.h). A user is found by id, second (bot) id, handle, display
 * name, real name and e-mail address; a channel by id, name, title and previous names. One name may
 * mean several. A kind of conversation means all channels of that kind.
 */
#ifndef HF_QUERY_DIRECTORY_H
#define HF_QUERY_DIRECTORY_H

#include "query/query.h"

typedef struct hf_directory hf_directory;

HF_API hf_directory *hf_directory_new(void);
HF_API void hf_directory_free(hf_directory *d); /* NULL is fine */

/* The user (kind HF_Q_FROM) or channel (HF_Q_IN) with this id has, or had, this name; or the
 * channel is of this kind of conversation (HF_Q_CHAN). Empty names are nothing. */
HF_API void hf_directory_add(hf_directory *d, hf_qkind kind, hf_view origin, hf_view id,
                             hf_view name);

/* Add what a USER or CHANNEL record says; other kinds are nothing. */
HF_API void hf_directory_learn(hf_directory *d, const hf_record *r);

typedef struct hf_qid {
    hf_view origin, id;
} hf_qid;

/* What the names of a query mean, by leaf. */
typedef struct hf_resolution hf_resolution;

/* Look up every FROM, IN and CHAN of q. d and q are lent and must outlive the result. */
HF_API hf_resolution *hf_resolve(const hf_query *q, const hf_directory *d);
HF_API void hf_resolution_free(hf_resolution *r); /* NULL is fine */

/* The ids of a leaf, in the order they were learnt; *n is 0 when nobody had the name. */
HF_API const hf_qid *hf_resolution_ids(const hf_resolution *r, const hf_qnode *leaf, size_t *n);

/* Whether the id belongs to the leaf. */
HF_API bool hf_resolution_has(const hf_resolution *r, const hf_qnode *leaf, hf_view origin,
                              hf_view id);

/* Fail with HF_E_QUERY: nobody is called so; the hint has the nearest name. */
HF_API hf_status hf_resolution_fail(const hf_resolution *r, const hf_qnode *leaf, hf_err **err);

#endif
