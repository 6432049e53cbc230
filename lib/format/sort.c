/* format/sort.c: sorted runs on disk, merged through a heap.
 *
 * Memory: one block of packed records (the cap) while adding, one read buffer a run while merging.
 * A run is a sequence of (key length, record length, key, record); runs stand one after the other
 * in one unlinked file. Heads are not packed with their records, which they may be larger than:
 * they live as long as the reader, which outlives the sort, and a record has the number of its own.
 */
#include "format/sort.h"

#include "io/temp.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct item {
    size_t at; /* of its key in the block */
    uint32_t nkey, nrec;
} item;

typedef struct run {
    uint64_t next, end; /* in the spill file: what is not yet in the buffer */
    hf_buf buf;
    size_t at; /* of the current item's key within buf; its lengths were read */
    uint32_t nkey, nrec;
} run;

struct hf_sort {
    hf_order order;
    hf_sort *by_time; /* where the threads go once they are together; NULL: nowhere */
    int64_t began_us; /* the first moment of the thread whose messages are added */
    size_t cap;
    hf_buf block; /* keys and records of the run being gathered */
    item *items;
    size_t nitems, cap_items;
    size_t cursor; /* when nothing was spilled: next item to give */
    FILE *file;
    uint64_t spilled;
    run *runs;
    size_t nruns;
    size_t *heap; /* run numbers, smallest current key first */
    size_t nheap;
    bool is_merging;
    hf_view *heads; /* seen so far, by where they lie; number 0 is none */
    uint32_t nheads, cap_heads;
    hf_map *head_numbers;
};

static hf_sort *sort_new(hf_order order, size_t memory_bytes)
{
    hf_sort *s = HF_NEW(hf_sort);

    s->order = order;
    s->cap = memory_bytes;
    hf_buf_init(&s->block, HF_BUF_UNBOUNDED);
    s->head_numbers = hf_map_new();
    return s;
}

hf_sort *hf_sort_new(hf_order order, size_t memory_bytes)
{
    size_t cap = memory_bytes == 0 ? 32 << 20 : memory_bytes;
    hf_sort *s;

    if (order != HF_ORDER_THREAD_TIME)
        return sort_new(order, cap);
    s = sort_new(HF_ORDER_THREAD, cap / 2);
    s->by_time = sort_new(HF_ORDER_THREAD_TIME, cap / 2);
    return s;
}

void hf_sort_free(hf_sort *s)
{
    if (s == NULL)
        return;
    hf_sort_free(s->by_time);
    for (size_t i = 0; i < s->nruns; i++)
        hf_buf_clear(&s->runs[i].buf);
    if (s->file != NULL)
        fclose(s->file);
    hf_buf_clear(&s->block);
    hf_free(s->items);
    hf_free(s->runs);
    hf_free(s->heap);
    hf_free(s->heads);
    hf_map_free(s->head_numbers);
    hf_free(s);
}

uint64_t hf_sort_spilled(const hf_sort *s)
{
    return s->spilled + (s->by_time == NULL ? 0 : s->by_time->spilled);
}

/* Text parts end in two zero bytes, a zero inside becomes 0 1: byte order is then text order. */
static void key_text(hf_buf *key, hf_view v)
{
    for (size_t i = 0; i < v.n; i++) {
        hf_buf_byte(key, v.p[i]);
        if (v.p[i] == '\0')
            hf_buf_byte(key, 1);
    }
    hf_buf_add(key, (hf_view){ "\0", 2 });
}

static void key_time(hf_buf *key, int64_t us)
{
    uint64_t n = (uint64_t)us ^ (UINT64_C(1) << 63);

    for (int shift = 56; shift >= 0; shift -= 8)
        hf_buf_byte(key, (char)(n >> shift));
}

static void make_key(hf_order order, int64_t began_us, const hf_record *r, hf_buf *key)
{
    hf_view root = hf_rec_get_text(r, HF_F_MESSAGE_THREAD);

    hf_buf_byte(key, (char)r->kind); /* definitions have the smaller numbers ... */
    if (r->kind != HF_KIND_MESSAGE) {
        if (r->kind > HF_KIND_MESSAGE)
            key->p[key->n - 1] = (char)(r->kind == HF_KIND_EMOJI ? 1 : r->kind); /* ... emoji too */
        key_text(key, r->origin);
        key_text(key, r->scope);
        key_text(key, r->id);
        return;
    }
    key_text(key, r->origin);
    key_text(key, r->scope);
    if (order == HF_ORDER_THREAD_TIME)
        key_time(key, began_us);
    if (order == HF_ORDER_THREAD || order == HF_ORDER_THREAD_TIME) {
        bool is_reply = root.n > 0 && !hf_view_eq(root, r->id);

        key_text(key, is_reply ? root : r->id);
        hf_buf_byte(key, is_reply ? 1 : 0);
    }
    key_time(key, r->time_us);
    key_text(key, r->id);
}

static int compare_in(const char *base, const item *a, const item *b)
{
    int c = hf_view_cmp((hf_view){ base + a->at, a->nkey }, (hf_view){ base + b->at, b->nkey });

    return c != 0 ? c : a->at < b->at ? -1 : a->at > b->at; /* input order on a tie */
}

static int compare(const void *a, const void *b, void *base)
{
    return compare_in(base, a, b);
}

static hf_status flush(hf_sort *s, hf_err **err)
{
    run *r;

    if (s->file == NULL) {
        hf_status rc = hf_temp_file(&s->file, "sorting", err);

        if (rc != HF_OK)
            return rc;
    }
    s->runs = hf_realloc(s->runs, s->nruns + 1, sizeof(*s->runs));
    r = &s->runs[s->nruns++];
    *r = (run){ .next = s->spilled };
    hf_buf_init(&r->buf, HF_BUF_UNBOUNDED);
    qsort_r(s->items, s->nitems, sizeof(*s->items), compare, s->block.p);
    for (size_t i = 0; i < s->nitems; i++) {
        const item *it = &s->items[i];
        uint32_t head[2] = { it->nkey, it->nrec };
        size_t n = (size_t)it->nkey + it->nrec;

        if (fwrite(head, sizeof(head), 1, s->file) != 1 ||
            fwrite(s->block.p + it->at, 1, n, s->file) != n)
            return hf_fail_sys(err, "cannot write sorted records to the temporary folder");
        s->spilled += sizeof(head) + n;
    }
    r->end = s->spilled;
    s->nitems = 0;
    hf_buf_reset(&s->block);
    return HF_OK;
}

/* --- heads --------------------------------------------------------------------------------------
 */

/* The number of a head, from 1; equal ones in two places may have two. */
static uint32_t number_of(hf_sort *s, hf_view head)
{
    hf_view place = { (const char *)&head, sizeof(head) };
    hf_map_entry *e;
    bool fresh;

    if (head.n == 0)
        return 0;
    if (s->nheads > 0 && s->heads[s->nheads - 1].p == head.p && s->heads[s->nheads - 1].n == head.n)
        return s->nheads;
    e = hf_map_put(s->head_numbers, place, &fresh);
    if (!fresh)
        return (uint32_t)e->v.u;
    if (s->nheads == s->cap_heads) {
        s->cap_heads = s->cap_heads == 0 ? 16 : s->cap_heads * 2;
        s->heads = hf_realloc(s->heads, s->cap_heads, sizeof(*s->heads));
    }
    s->heads[s->nheads++] = head;
    e->v.u = s->nheads;
    return s->nheads;
}

static void pack(hf_sort *s, const hf_record *r)
{
    hf_record bare = *r;
    uint32_t number = number_of(s, r->raw.head);

    bare.raw.head = (hf_view){ NULL, 0 };
    hf_buf_add(&s->block, (hf_view){ (const char *)&number, sizeof(number) });
    hf_rec_pack(&bare, &s->block);
}

static void unpack(const hf_sort *s, hf_batch *b, hf_view bytes)
{
    uint32_t number;
    hf_record *r;

    memcpy(&number, bytes.p, sizeof(number));
    r = hf_rec_unpack(b, hf_view_from(bytes, sizeof(number)));
    if (number > 0)
        r->raw.head = s->heads[number - 1];
}

hf_status hf_sort_add(hf_sort *s, const hf_record *r, hf_err **err)
{
    size_t at = s->block.n, nkey;

    make_key(s->order, s->began_us, r, &s->block);
    nkey = s->block.n - at;
    pack(s, r);
    if (s->nitems == s->cap_items) {
        s->cap_items = s->cap_items == 0 ? 1024 : s->cap_items * 2;
        s->items = hf_realloc(s->items, s->cap_items, sizeof(*s->items));
    }
    s->items[s->nitems++] = (item){ at, (uint32_t)nkey, (uint32_t)(s->block.n - at - nkey) };
    if (s->block.n + s->nitems * sizeof(item) >= s->cap)
        return flush(s, err);
    return HF_OK;
}

/* Make the run's next item current; false at its end. */
static bool advance(hf_sort *s, run *r, hf_status *rc, hf_err **err)
{
    enum { READ = 64 << 10 };
    uint32_t head[2];

    for (;;) {
        size_t left = r->buf.n - r->at, need = sizeof(head);

        if (left >= sizeof(head)) {
            memcpy(head, r->buf.p + r->at, sizeof(head));
            need += (size_t)head[0] + head[1];
            if (left >= need) {
                r->nkey = head[0];
                r->nrec = head[1];
                r->at += sizeof(head);
                return true;
            }
        }
        if (r->next == r->end)
            return false;
        if (left > 0)
            memmove(r->buf.p, r->buf.p + r->at, left);
        r->buf.n = left;
        r->at = 0;
        need = need - left > READ ? need - left : READ;
        if (need > r->end - r->next)
            need = (size_t)(r->end - r->next);
        hf_buf_reserve(&r->buf, need);
        if (fseeko(s->file, (off_t)r->next, SEEK_SET) != 0 ||
            fread(r->buf.p + r->buf.n, 1, need, s->file) != need) {
            *rc = hf_fail_sys(err, "cannot read sorted records back");
            return false;
        }
        r->buf.n += need;
        r->next += need;
    }
}

static bool before(const hf_sort *s, size_t a, size_t b)
{
    const run *x = &s->runs[a], *y = &s->runs[b];
    int c =
        hf_view_cmp((hf_view){ x->buf.p + x->at, x->nkey }, (hf_view){ y->buf.p + y->at, y->nkey });

    return c != 0 ? c < 0 : a < b;
}

static void sift_down(hf_sort *s, size_t i)
{
    for (;;) {
        size_t least = i, left = 2 * i + 1, swap;

        if (left < s->nheap && before(s, s->heap[left], s->heap[least]))
            least = left;
        if (left + 1 < s->nheap && before(s, s->heap[left + 1], s->heap[least]))
            least = left + 1;
        if (least == i)
            return;
        swap = s->heap[i];
        s->heap[i] = s->heap[least];
        s->heap[least] = swap;
        i = least;
    }
}

static hf_status begin_merge(hf_sort *s, hf_err **err)
{
    hf_status rc = HF_OK;

    s->is_merging = true;
    if (s->nruns == 0) {
        if (s->nitems > 0)
            qsort_r(s->items, s->nitems, sizeof(*s->items), compare, s->block.p);
        return HF_OK;
    }
    if (s->nitems > 0)
        rc = flush(s, err);
    hf_buf_clear(&s->block);
    s->heap = hf_alloc0(s->nruns, sizeof(*s->heap));
    for (size_t i = 0; i < s->nruns && rc == HF_OK; i++)
        if (advance(s, &s->runs[i], &rc, err))
            s->heap[s->nheap++] = i;
    for (size_t i = s->nheap; i-- > 0;)
        sift_down(s, i);
    return rc;
}

static hf_status next(hf_sort *s, hf_batch *b, hf_err **err)
{
    hf_status rc = s->is_merging ? HF_OK : begin_merge(s, err);
    size_t n = b->n;

    while (rc == HF_OK && !hf_batch_is_full(b)) {
        if (s->nruns == 0) {
            const item *it;

            if (s->cursor == s->nitems)
                break;
            it = &s->items[s->cursor++];
            unpack(s, b, (hf_view){ s->block.p + it->at + it->nkey, it->nrec });
        } else {
            run *r = s->nheap == 0 ? NULL : &s->runs[s->heap[0]];

            if (r == NULL)
                break;
            unpack(s, b, (hf_view){ r->buf.p + r->at + r->nkey, r->nrec });
            r->at += (size_t)r->nkey + r->nrec;
            if (!advance(s, r, &rc, err))
                s->heap[0] = s->heap[--s->nheap];
            sift_down(s, 0);
        }
    }
    if (rc == HF_OK && b->n == n)
        rc = HF_END;
    return rc;
}

/* --- threads by time ----------------------------------------------------------------------------
 */

/* Give every thread, now that it stands together, to the second sort. */
static hf_status pass_on(hf_sort *s, hf_err **err)
{
    hf_status rc = HF_OK;
    hf_buf thread, last;

    hf_buf_init(&thread, HF_BUF_UNBOUNDED);
    hf_buf_init(&last, HF_BUF_UNBOUNDED);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = next(s, b, err);
        for (size_t i = 0; i < b->n && rc == HF_OK; i++) {
            const hf_record *r = b->rec[i];
            hf_view root = hf_rec_get_text(r, HF_F_MESSAGE_THREAD);

            hf_buf_reset(&thread);
            key_text(&thread, r->origin);
            key_text(&thread, r->scope);
            key_text(&thread, root.n > 0 ? root : r->id);
            if (!hf_view_eq(hf_buf_view(&thread), hf_buf_view(&last)))
                s->by_time->began_us = r->time_us;
            hf_buf_reset(&last);
            hf_buf_add(&last, hf_buf_view(&thread));
            rc = hf_sort_add(s->by_time, r, err);
        }
        hf_batch_free(b);
    }
    hf_buf_clear(&thread);
    hf_buf_clear(&last);
    return rc == HF_END ? HF_OK : rc;
}

hf_status hf_sort_next(hf_sort *s, hf_batch *b, hf_err **err)
{
    hf_status rc = HF_OK;

    if (s->by_time == NULL)
        return next(s, b, err);
    if (!s->is_merging)
        rc = pass_on(s, err);
    return rc == HF_OK ? next(s->by_time, b, err) : rc;
}
