/* audit/verify.h: is the log whole, and since when can nobody have rewritten it?
 *
 * In one pass: each entry against its hash, its number and the hash before it; the tree made anew;
 * open values against their commitments; every head that anybody kept (signed checkpoints in the
 * log, the last head of this host, heads given by the caller, time stamps) against the root at its
 * size; signatures and stamps; what the vault holds against what the log says was done.
 *
 * Whoever holds vault and key can write a whole new log that agrees with itself. Only what lies
 * elsewhere shows that: a head on paper, on another machine, or in a stamp. The report says up to
 * which entry there is one.
 */
#ifndef HF_AUDIT_VERIFY_H
#define HF_AUDIT_VERIFY_H

#include "audit/log.h"

typedef enum hf_log_trouble {
    HF_LOG_EDITED,    /* an entry is not what its hash says, or no entry */
    HF_LOG_ORDER,     /* entries are missing, too many or moved */
    HF_LOG_TREE,      /* a stored hash of the tree is wrong */
    HF_LOG_VALUE,     /* an open value is not what the entry commits to, or went without an entry */
    HF_LOG_SHORTER,   /* the log ends before a head that was kept: cut off, or rolled back */
    HF_LOG_OTHER,     /* not the history that a kept head stands for */
    HF_LOG_SIGNATURE, /* a checkpoint is not signed by a known key, or is gone */
    HF_LOG_STAMP,     /* a time stamp does not hold */
    HF_LOG_STATE,     /* the vault holds something else than the log says */
} hf_log_trouble;

/* "edited", "order", "tree" ... */
HF_API const char *hf_log_trouble_word(hf_log_trouble what);

typedef struct hf_log_finding {
    hf_log_trouble what;
    uint64_t from, to; /* entries [from, to) among which it lies */
    const char *text;  /* one line; lent for the call */
} hf_log_finding;

typedef struct hf_log_kept {
    const char *label; /* where it comes from, for findings */
    hf_log_head head;
} hf_log_kept;

typedef struct hf_log_verify_args {
    /* Known to the caller. A key that one of them signed to be its successor is known too, and so
     * are those that a known one came after. */
    const hf_vkey *keys;
    size_t nkeys; /* 0: the keys that the log names itself, which says little */
    const hf_log_kept *heads;
    size_t nheads;
    const char *tsa_ca; /* PEM of the roots of time stamps; NULL: stamps do not count as anchors */
    void (*say)(void *self, const hf_log_finding *finding); /* may be NULL */
    void *self;
} hf_log_verify_args;

typedef struct hf_log_report {
    hf_log_head head;
    uint64_t findings, first_bad;              /* first_bad: UINT64_MAX when there is none */
    uint64_t checkpoints, signed_upto;         /* entries that a good signature covers */
    uint64_t stamps, stamps_good, stamps_open; /* in all; checked; without a reply */
    uint64_t stamped_upto;                     /* entries that a checked stamp covers */
    int64_t stamped_us;                        /* moment of that stamp; HF_NO_TIME */
    uint64_t kept_upto;                        /* entries that a head given by the caller covers */
    uint64_t
        seen_upto; /* entries that this host's own head covers, when it is of this vault here */
    uint64_t values, erased; /* open values; values that were erased */
    uint64_t unfinished;     /* starts without an end */
    uint64_t restores;       /* times that an older state was accepted (hf_log_accept) */
} hf_log_report;

/* HF_OK whatever is found. The log's vault must not be held (hf_vault_hold): what the log says of
 * imports is compared with what the vault has later. */
HF_API hf_status hf_log_verify(hf_log *log, const hf_log_verify_args *args, hf_log_report *out,
                               hf_err **err);

/* Entries [0, n) that cannot have been rewritten unnoticed: of a report without findings. */
static inline uint64_t hf_log_anchored(const hf_log_report *r)
{
    return r->stamped_upto > r->kept_upto ? r->stamped_upto : r->kept_upto;
}

#endif
