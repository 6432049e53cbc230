/* slack/spool.h: bytes put aside, in memory while they are few, else in an unlinked temporary file.
 */
#ifndef HF_SLACK_SPOOL_H
#define HF_SLACK_SPOOL_H

#include <stdio.h>

#include "util/util.h"

typedef struct slack_spool {
    hf_buf mem; /* while file is NULL */
    FILE *file;
    uint64_t n; /* bytes in all */
} slack_spool;

/* A spool of zeroes must be initialised; it keeps at most max_bytes in memory. */
void slack_spool_init(slack_spool *s, size_t max_bytes);
void slack_spool_clear(slack_spool *s);

/* Forget all bytes; memory and file are kept. */
void slack_spool_reset(slack_spool *s);

hf_status slack_spool_add(slack_spool *s, hf_view bytes, hf_err **err);

/* Give bytes [at, at + n) to put, piece by piece. */
hf_status slack_spool_give(slack_spool *s, uint64_t at, uint64_t n,
                           hf_status (*put)(void *self, hf_view bytes, hf_err **err), void *self,
                           hf_err **err);

#endif
