/* vault/queue.c: a bounded queue of batches between two threads. */
#include "vault/queue_priv.h"

#include <pthread.h>

typedef struct node {
    struct node *next;
    hf_work work;
} node;

struct hf_queue {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    node *head, **tail;
    size_t bytes, max_bytes;
    bool is_closed;
};

hf_queue *hf_queue_new(size_t max_bytes)
{
    hf_queue *q = HF_NEW(hf_queue);

    pthread_mutex_init(&q->mutex, NULL);
    pthread_cond_init(&q->changed, NULL);
    q->tail = &q->head;
    q->max_bytes = max_bytes;
    return q;
}

void hf_queue_free(hf_queue *q)
{
    if (q == NULL)
        return;
    while (q->head != NULL) {
        node *n = q->head;

        q->head = n->next;
        hf_batch_free(n->work.batch);
        hf_free(n);
    }
    pthread_cond_destroy(&q->changed);
    pthread_mutex_destroy(&q->mutex);
    hf_free(q);
}

void hf_queue_put(hf_queue *q, hf_work w)
{
    node *n = HF_NEW(node);

    n->work = w;
    pthread_mutex_lock(&q->mutex);
    while (q->head != NULL && q->bytes + w.bytes > q->max_bytes)
        pthread_cond_wait(&q->changed, &q->mutex);
    *q->tail = n;
    q->tail = &n->next;
    q->bytes += w.bytes;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->mutex);
}

bool hf_queue_get(hf_queue *q, hf_work *out)
{
    node *n;

    pthread_mutex_lock(&q->mutex);
    while (q->head == NULL && !q->is_closed)
        pthread_cond_wait(&q->changed, &q->mutex);
    n = q->head;
    if (n != NULL) {
        *out = n->work;
        q->head = n->next;
        if (q->head == NULL)
            q->tail = &q->head;
        q->bytes -= n->work.bytes;
        pthread_cond_broadcast(&q->changed);
    }
    pthread_mutex_unlock(&q->mutex);
    hf_free(n);
    return n != NULL;
}

void hf_queue_close(hf_queue *q)
{
    pthread_mutex_lock(&q->mutex);
    q->is_closed = true;
    pthread_cond_broadcast(&q->changed);
    pthread_mutex_unlock(&q->mutex);
}
