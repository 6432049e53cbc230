/* vault/queue_priv.h: a bounded queue of batches between two threads. */
#ifndef HF_VAULT_QUEUE_PRIV_H
#define HF_VAULT_QUEUE_PRIV_H

#include "vault/records_priv.h"

typedef struct hf_work {
    hf_batch *batch; /* owned */
    hf_prep *prep;   /* one per record, in the batch's arena */
    size_t bytes;
} hf_work;

typedef struct hf_queue hf_queue;

hf_queue *hf_queue_new(size_t max_bytes);
void hf_queue_free(hf_queue *q); /* NULL is fine; batches in it are freed */
/* Waits while the queue holds max_bytes; one piece of work of any size always fits. */
void hf_queue_put(hf_queue *q, hf_work w);
/* Waits for work; false when the queue is closed and empty. */
bool hf_queue_get(hf_queue *q, hf_work *out);
void hf_queue_close(hf_queue *q);

#endif
