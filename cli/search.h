/* cli/search.h: one search over any source: what the two ways of answering share. */
#ifndef HF_CLI_SEARCH_H
#define HF_CLI_SEARCH_H

#include "query/eval.h"
#include "query/hits.h"
#include "run.h"

typedef struct hf_search {
    const hf_query *query;
    bool current_only, oldest_first;
    size_t limit;            /* hits to show; 0: count only */
    hf_hits *hits;           /* filled */
    hf_directory *directory; /* filled with what the names of the query need */
    hf_resolution *names;    /* set; owned by the caller */
    uint64_t quarantined;
} hf_search;

/* Read the whole source and evaluate every message: works everywhere, and is what the index must
 * agree with. */
hf_status hf_search_stream(hf_cli *cli, hf_search *s, hf_cli_source *in, hf_cli_run *run,
                           hf_err **err);

/* Ask the index of the vault that in names. */
hf_status hf_search_vault(hf_cli *cli, hf_search *s, const hf_input *in, hf_cli_run *run,
                          hf_err **err);

#endif
