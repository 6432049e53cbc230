/* mattermost/live_tasks.c: statements on several connections that share one snapshot.
 *
 * A thread per connection takes the next run of the plan, appends its rows to blocks of about
 * 1 MiB, and puts those into a queue of at most 4 MiB; nothing else is done there, so that the
 * server sets the pace. Little tables are read by the caller's own thread.
 */
#include "live_priv.h"

#include <pthread.h>

enum { BLOCK_BYTES = 1 << 20, QUEUE_BYTES = 4 << 20, SMALL_BYTES = 2 << 20 };

struct live_run {
    live_pool *pool;
    live_plan plan;
    uint64_t nrun, next_run;

    /* without threads: the statement under way */
    bool is_copying;

    pthread_t thread[LIVE_MAX_JOBS];
    size_t nthread, nrunning;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    live_block *head, **tail;
    size_t bytes; /* in the queue */
    bool stop;
    hf_status rc; /* of the first thread that failed */
    hf_err *err;
};

typedef struct worker {
    live_run *run;
    hf_pg *pg;
} worker;

void live_block_free(live_block *b)
{
    if (b == NULL)
        return;
    hf_buf_clear(&b->text);
    hf_buf_clear(&b->too_long);
    hf_free(b);
}

void live_plan_clear(live_plan *p)
{
    for (size_t i = 0; i < p->nstep; i++)
        hf_free(p->step[i].sql);
    *p = (live_plan){ .nstep = 0 };
}

/* --- one run -----------------------------------------------------------------------------------
 */

/* '{"a","b"}': an element in quotes may be any text, with backslashes before what would end it. */
static void put_array(hf_buf *b, const hf_view *id, size_t n)
{
    hf_buf_byte(b, '{');
    for (size_t i = 0; i < n; i++) {
        hf_buf_str(b, i == 0 ? "\"" : ",\"");
        for (size_t k = 0; k < id[i].n; k++) {
            if (id[i].p[k] == '"' || id[i].p[k] == '\\')
                hf_buf_byte(b, '\\');
            hf_buf_byte(b, id[i].p[k]);
        }
        hf_buf_byte(b, '"');
    }
    hf_buf_byte(b, '}');
}

static hf_status set_ids(const live_plan *p, const live_step *s, uint64_t k, hf_pg *pg,
                         hf_err **err)
{
    size_t first = (size_t)(k * s->each), n = p->nid - first;
    hf_status rc;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    put_array(&b, p->id + first, n < s->each ? n : (size_t)s->each);
    rc = hf_pg_set(pg, "ids", hf_buf_cstr(&b), err);
    hf_buf_clear(&b);
    return rc;
}

/* The last range has no end: the table may have grown since it was measured. */
static hf_status set_range(const live_step *s, uint64_t k, hf_pg *pg, hf_err **err)
{
    char *from = hf_sprintf("(%llu,0)", (unsigned long long)(k * s->each));
    char *to = k + 1 == s->count ? hf_strdup("(4294967295,65535)")
                                 : hf_sprintf("(%llu,0)", (unsigned long long)((k + 1) * s->each));
    hf_status rc = hf_pg_set(pg, "from", from, err);

    if (rc == HF_OK)
        rc = hf_pg_set(pg, "to", to, err);
    hf_free(from);
    hf_free(to);
    return rc;
}

static hf_status set_span(const live_plan *p, hf_pg *pg, hf_err **err)
{
    char *xmin = hf_sprintf("%llu", (unsigned long long)(p->xmin & UINT32_MAX));
    char *span = hf_sprintf("%llu", (unsigned long long)p->span);
    hf_status rc = hf_pg_set(pg, "xmin", xmin, err);

    if (rc == HF_OK)
        rc = hf_pg_set(pg, "span", span, err);
    hf_free(xmin);
    hf_free(span);
    return rc;
}

static hf_status begin_run(const live_plan *p, uint64_t k, hf_pg *pg, hf_err **err)
{
    const live_step *s = p->step;
    hf_status rc = HF_OK;

    while (k >= s->count)
        k -= (s++)->count;
    if (s->has_span)
        rc = set_span(p, pg, err);
    if (rc == HF_OK && s->each > 0)
        rc = s->has_ids ? set_ids(p, s, k, pg, err) : set_range(s, k, pg, err);
    return rc == HF_OK ? hf_pg_copy(pg, s->sql, err) : rc;
}

/* Rows of the statement under way, until the block is full or they end (HF_END). */
static hf_status fill(hf_pg *pg, live_block *b, hf_err **err)
{
    hf_status rc = HF_OK;

    while (rc == HF_OK && b->text.n < BLOCK_BYTES) {
        hf_view row;

        rc = hf_pg_copy_next(pg, &row, err);
        if (rc != HF_OK)
            break;
        b->rows++;
        if (row.n > MM_MAX_ROW)
            mm_put_too_long(&b->too_long, row.n, row);
        else
            hf_buf_add(&b->text, row);
    }
    return rc;
}

static live_block *new_block(size_t room)
{
    live_block *b = HF_NEW(live_block);

    hf_buf_init(&b->text, HF_BUF_UNBOUNDED);
    hf_buf_init(&b->too_long, HF_BUF_UNBOUNDED);
    (void)hf_buf_reserve(&b->text, room);
    return b;
}

/* --- threads -----------------------------------------------------------------------------------
 */

/* Takes the block; false when nobody wants it any more. */
static bool deliver(live_run *r, live_block *b)
{
    bool goes_on;

    pthread_mutex_lock(&r->mutex);
    while (!r->stop && r->head != NULL && r->bytes + b->text.n > QUEUE_BYTES)
        pthread_cond_wait(&r->changed, &r->mutex);
    goes_on = !r->stop;
    if (goes_on && b->rows > 0) {
        r->bytes += b->text.n;
        *r->tail = b;
        r->tail = &b->next;
        b = NULL;
        pthread_cond_broadcast(&r->changed);
    }
    pthread_mutex_unlock(&r->mutex);
    live_block_free(b);
    return goes_on;
}

static bool take_run(live_run *r, uint64_t *k)
{
    bool is_there;

    pthread_mutex_lock(&r->mutex);
    is_there = !r->stop && r->next_run < r->nrun;
    if (is_there)
        *k = r->next_run++;
    pthread_mutex_unlock(&r->mutex);
    return is_there;
}

/* All rows of run k; HF_END when the work was called off. */
static hf_status work_one(live_run *r, uint64_t k, hf_pg *pg, hf_err **err)
{
    hf_status rc = begin_run(&r->plan, k, pg, err);

    while (rc == HF_OK) {
        live_block *b = new_block(BLOCK_BYTES + (64 << 10));

        rc = fill(pg, b, err);
        if (!deliver(r, b))
            return HF_END;
    }
    return rc == HF_END ? HF_OK : rc;
}

static void *work(void *arg)
{
    worker *w = arg;
    live_run *r = w->run;
    hf_status rc = HF_OK;
    hf_err *err = NULL;
    uint64_t k;

    pthread_setname_np(pthread_self(), "hf rows"); /* for top, perf and gdb */
    while (rc == HF_OK && take_run(r, &k))
        rc = work_one(r, k, w->pg, &err);
    pthread_mutex_lock(&r->mutex);
    if (rc < 0 && r->rc == HF_OK) {
        r->rc = rc;
        r->err = err;
        err = NULL;
        r->stop = true;
    }
    r->nrunning--;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    hf_err_free(err);
    hf_free(w);
    return NULL;
}

static hf_status connect_more(live_pool *pool, size_t n, hf_err **err)
{
    hf_status rc = HF_OK;

    while (rc == HF_OK && pool->nopen < n) {
        rc = hf_pg_open_again(&pool->pg[pool->nopen], pool->pg[0], err);
        if (rc == HF_OK)
            rc = hf_pg_begin(pool->pg[pool->nopen++], pool->snapshot.p, err);
    }
    return rc;
}

static hf_status start_threads(live_run *r, hf_err **err)
{
    size_t n = r->nrun < r->pool->njobs ? (size_t)r->nrun : r->pool->njobs;
    hf_status rc = connect_more(r->pool, n, err);

    for (size_t i = 0; rc == HF_OK && i < n; i++) {
        worker *w = HF_NEW(worker);

        *w = (worker){ r, r->pool->pg[i] };
        r->nrunning++;
        if (pthread_create(&r->thread[i], NULL, work, w) != 0) {
            r->nrunning--;
            hf_free(w);
            return hf_fail(err, HF_E_IO, "cannot start a thread");
        }
        r->nthread++;
    }
    return rc;
}

/* --- for the feed ------------------------------------------------------------------------------
 */

hf_status live_run_new(live_run **out, live_pool *pool, live_plan *plan, hf_err **err)
{
    live_run *r = HF_NEW(live_run);
    hf_status rc = HF_OK;

    r->pool = pool;
    r->plan = *plan;
    *plan = (live_plan){ .nstep = 0 };
    r->tail = &r->head;
    pthread_mutex_init(&r->mutex, NULL);
    pthread_cond_init(&r->changed, NULL);
    for (size_t i = 0; i < r->plan.nstep; i++)
        r->nrun += r->plan.step[i].count;
    if (r->plan.bytes > SMALL_BYTES && r->nrun > 0)
        rc = start_threads(r, err);
    if (rc != HF_OK) {
        live_run_free(r);
        r = NULL;
    }
    *out = r;
    return rc;
}

static hf_status next_here(live_run *r, live_block **out, hf_err **err)
{
    hf_pg *pg = r->pool->pg[0];
    live_block *b = new_block(4 << 10);
    hf_status rc = HF_OK;

    while (rc == HF_OK && b->text.n < BLOCK_BYTES && (r->is_copying || r->next_run < r->nrun)) {
        if (!r->is_copying)
            rc = begin_run(&r->plan, r->next_run++, pg, err);
        r->is_copying = rc == HF_OK;
        if (rc == HF_OK)
            rc = fill(pg, b, err);
        if (rc == HF_END) {
            r->is_copying = false;
            rc = HF_OK;
        }
    }
    if (rc == HF_OK && b->rows == 0)
        rc = HF_END;
    if (rc == HF_OK)
        *out = b;
    else
        live_block_free(b);
    return rc;
}

hf_status live_run_next(live_run *r, live_block **out, hf_err **err)
{
    live_block *b;
    hf_status rc;

    *out = NULL;
    if (r->nthread == 0)
        return next_here(r, out, err);
    pthread_mutex_lock(&r->mutex);
    while (r->head == NULL && r->nrunning > 0 && r->rc == HF_OK)
        pthread_cond_wait(&r->changed, &r->mutex);
    rc = r->rc;
    b = rc == HF_OK ? r->head : NULL;
    if (b != NULL) {
        r->head = b->next;
        if (r->head == NULL)
            r->tail = &r->head;
        r->bytes -= b->text.n;
        pthread_cond_broadcast(&r->changed);
    }
    if (rc != HF_OK && err != NULL && *err == NULL) {
        *err = r->err;
        r->err = NULL;
    }
    pthread_mutex_unlock(&r->mutex);
    *out = b;
    return rc != HF_OK ? rc : b == NULL ? HF_END : HF_OK;
}

void live_run_free(live_run *r)
{
    if (r == NULL)
        return;
    pthread_mutex_lock(&r->mutex);
    r->stop = true;
    /* A thread may wait for the server, or for room in the queue. */
    for (size_t i = 0; i < r->nthread && r->nrunning > 0; i++)
        hf_pg_cancel(r->pool->pg[i]);
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->mutex);
    for (size_t i = 0; i < r->nthread; i++)
        pthread_join(r->thread[i], NULL);
    while (r->head != NULL) {
        live_block *b = r->head;

        r->head = b->next;
        live_block_free(b);
    }
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->mutex);
    live_plan_clear(&r->plan);
    hf_err_free(r->err);
    hf_free(r);
}
