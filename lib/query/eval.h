/* query/eval.h: the exact evaluator: does a message match a query?
 *
 * What every other way of answering (an index, a database) must agree with.
 */
#ifndef HF_QUERY_EVAL_H
#define HF_QUERY_EVAL_H

#include "query/directory.h"

typedef struct hf_eval hf_eval;

enum { HF_EVAL_CURRENT = 1 }; /* earlier texts that a message still carries are not searched */

/* q is lent. Names mean what d says at the first message; d is lent and NULL is an empty one. An id
 * that nobody defines is still found when a message has it. */
HF_API hf_eval *hf_eval_new(const hf_query *q, const hf_directory *d, unsigned flags);
HF_API void hf_eval_free(hf_eval *e); /* NULL is fine */

/* r is a message with its values. */
HF_API bool hf_eval_matches(hf_eval *e, const hf_record *r);

/* After the last message: HF_E_QUERY when a name of the query meant nobody at all. */
HF_API hf_status hf_eval_finish(hf_eval *e, hf_err **err);

/* The resolved names, once a message was seen or the end was reached; NULL before. */
HF_API const hf_resolution *hf_eval_names(const hf_eval *e);

/* The author as from: sees it: the user, else the bot identity; empty when there is none. */
HF_API hf_view hf_eval_author(const hf_record *r);

#endif
