/* vault/search.h: queries answered from a vault's index.
 *
 * The same messages as the exact evaluator finds (query/eval.h), over all versions that the vault
 * has of them. An answer is as of one moment: imports may run meanwhile.
 */
#ifndef HF_VAULT_SEARCH_H
#define HF_VAULT_SEARCH_H

#include "query/directory.h"
#include "query/hits.h"
#include "vault/vault.h"

typedef struct hf_search_args {
    const hf_query *query;
    bool oldest_first;
    bool current_only; /* earlier texts are not searched */
    size_t limit;      /* hits to fetch; 0: count only */
} hf_search_args;

/* Put the names that the query asks for into d: of users only when it has a from:, of channels only
 * when it has an in: or chan:. */
HF_API hf_status hf_vault_names(hf_vault *v, const hf_query *q, hf_directory *d, hf_err **err);

/* Answer: count all hits into hits and keep the first ones, in their order. names is what
 * hf_resolve made of the directory. HF_E_QUERY when a name means nobody in the vault; HF_E_DAMAGED
 * when there is no index or one by another tokenizer: 'vault reindex' makes it. *behind (may be
 * NULL) is set when the index lacks the last import, after a crash. */
HF_API hf_status hf_vault_search(hf_vault *v, const hf_search_args *args,
                                 const hf_resolution *names, hf_hits *hits, bool *behind,
                                 hf_err **err);

#endif
