/* format/ledger_priv.h: the ledger's state, shared by ledger.c and report.c. */
#ifndef HF_FORMAT_LEDGER_PRIV_H
#define HF_FORMAT_LEDGER_PRIV_H

#include "format/ledger.h"

enum { RECENT_ROWS = 4097 }; /* one for each path that is kept apart */

struct hf_ledger {
    hf_paths *paths;              /* lent */
    struct hf_sidecar *sidecar;   /* lent; NULL: none */
    bool masks;                   /* hf_ledger_mask */
    const char *source, *target;  /* format names; static */
    hf_map *index;                /* (path, field, state, how) to row number */
    uint32_t recent[RECENT_ROWS]; /* row number + 1 of a path's last value; 0: none */
    hf_ledger_row *row;
    size_t nrow, cap_row;
    uint64_t total[HF_STATE_COUNT];
    uint64_t entered[HF_KIND_COUNT], done[HF_KIND_COUNT];
    uint64_t made, quarantined;
    hf_sha256_ctx *digest;
    hf_buf key; /* of what is being accounted; of keyless once a digest asks for it */
    const hf_record *keyless;
    hf_buf digested; /* what a digest is made of */
    hf_buf covered;  /* one byte a value: a leaf stands behind it */
    char *blind;
};

#endif
