/* format/diff.h: compare two sources record by record.
 *
 * Two sources of one format: every source value by path (object keys unordered, numbers as text,
 * strings decoded, array order kept). Different formats: canonical values only.
 */
#ifndef HF_FORMAT_DIFF_H
#define HF_FORMAT_DIFF_H

#include "format/copy.h"

typedef enum hf_diff_what { HF_DIFF_CHANGED, HF_DIFF_MISSING, HF_DIFF_EXTRA } hf_diff_what;

typedef struct hf_diff_item {
    hf_diff_what what; /* missing: only in A; extra: only in B */
    hf_kind kind;
    hf_view origin, scope, id;
    hf_view path;    /* first differing source path, or the record's kind */
    uint64_t npaths; /* how many differ */
} hf_diff_item;

typedef struct hf_diff_result {
    uint64_t same, changed, missing, extra; /* records */
    uint64_t quarantined_a, quarantined_b;
    bool quarantine_differs; /* in number or in bytes, in any order */
} hf_diff_result;

typedef struct hf_diff_args {
    hf_input *a, *b;
    const char *origin_a, *origin_b;
    const hf_opts *opts_a, *opts_b; /* for their readers; NULL: none */
    void (*item)(void *self,
                 const hf_diff_item *item); /* called per difference, in identity order */
    void *self;
    /* Told of what the readers know of their sources, once they are open. May be NULL. */
    void (*fact)(void *self, const hf_fact *fact);
    void *fact_a, *fact_b; /* self for the facts of each */
} hf_diff_args;

HF_API hf_status hf_diff(const hf_diff_args *args, hf_diff_result *out, hf_err **err);

/* Members and SHA-256 instead of records. */
HF_API hf_status hf_diff_bytes(const hf_diff_args *args, hf_diff_result *out, hf_err **err);

#endif
