/* mattermost/parts.c: rows kept until the record that they join comes.
 *
 * A row lies in the temporary file as (length of key, of line, offset, key, line). In memory: the
 * upper half of its key's hash and where it lies, sorted once; then the first entry of each run of
 * hashes with equal upper bits, so that a key without rows costs one or two looks.
 */
#include "io/temp.h"
#include "rows_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    TAIL_BYTES = 4 << 20,   /* kept in memory before they are written */
    WINDOW_BYTES = 8 << 10, /* read at once: rows that were put together are found together */
    WINDOWS = 8,            /* one for each of so many tables */
    MAX_TABLES = 1024,
    MAX_FOUND = 16 << 20, /* bytes of a key's rows of one table */
    TABLE_SHIFT = 48,     /* in entry.at: offset, table, whether it was found */
};

#define FOUND       (UINT64_C(1) << 63)
#define OFFSET_MASK ((UINT64_C(1) << TABLE_SHIFT) - 1)

/* 12 bytes: a large server has millions of them, most of the reader's memory. */
typedef struct __attribute__((packed, aligned(4))) entry {
    uint32_t hash;
    uint64_t at;
} entry;

typedef struct head {
    uint32_t key, line; /* bytes */
    uint64_t offset;
} head;

typedef struct window {
    uint64_t at;
    size_t n;
    char *p;
} window;

struct mm_parts {
    entry *e;
    size_t n, cap;
    uint32_t *run; /* first entry of each run of hashes */
    unsigned shift;
    FILE *file;
    uint64_t written; /* bytes in the file */
    hf_buf tail;      /* bytes after those */
    window window[WINDOWS];
    size_t next_left;
    uint64_t longest;    /* line */
    uint64_t *large;     /* rows of a key by table, where they are too large; NULL before any is */
    uint64_t lots, rows; /* that were */
};

mm_parts *mm_parts_new(void)
{
    mm_parts *p = HF_NEW(mm_parts);

    hf_buf_init(&p->tail, HF_BUF_UNBOUNDED);
    return p;
}

/* Forget the rows. */
static void drop(mm_parts *p)
{
    if (p->file != NULL)
        fclose(p->file);
    p->file = NULL;
    for (size_t i = 0; i < WINDOWS; i++)
        hf_free(p->window[i].p);
    memset(p->window, 0, sizeof(p->window));
    hf_buf_clear(&p->tail);
    hf_free(p->e);
    hf_free(p->run);
    p->e = NULL;
    p->run = NULL;
    p->n = p->cap = p->next_left = 0;
    p->written = 0;
}

void mm_parts_free(mm_parts *p)
{
    if (p == NULL)
        return;
    drop(p);
    hf_free(p->large);
    hf_free(p);
}

static uint32_t hash_of(hf_view key)
{
    return (uint32_t)(hf_hash64(key, 0) >> 32);
}

/* --- putting -------------------------------------------------------------------------------------
 */

static hf_status flush(mm_parts *p, hf_err **err)
{
    hf_status rc = p->file == NULL ? hf_temp_file(&p->file, "rows that join messages", err) : HF_OK;

    if (rc != HF_OK)
        return rc;
    if (fwrite(p->tail.p, 1, p->tail.n, p->file) != p->tail.n || fflush(p->file) != 0)
        return hf_fail_sys(err, "cannot write rows that join messages to the temporary folder");
    p->written += p->tail.n;
    hf_buf_reset(&p->tail);
    return HF_OK;
}

hf_status mm_parts_put(mm_parts *p, const mm_part *part, hf_err **err)
{
    head h = { (uint32_t)part->key.n, (uint32_t)part->line.n, part->offset };

    if (p->n == p->cap) {
        p->cap = p->cap == 0 ? 256 : p->cap + p->cap / 2;
        p->e = hf_realloc(p->e, p->cap, sizeof(*p->e));
    }
    p->e[p->n++] = (entry){ hash_of(part->key),
                            (uint64_t)part->table << TABLE_SHIFT | (p->written + p->tail.n) };
    p->longest = part->line.n > p->longest ? part->line.n : p->longest;
    hf_buf_add(&p->tail, (hf_view){ (const char *)&h, sizeof(h) });
    hf_buf_add(&p->tail, part->key);
    hf_buf_add(&p->tail, part->line);
    return p->tail.n < TAIL_BYTES ? HF_OK : flush(p, err);
}

static int by_hash(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at;
}

hf_status mm_parts_seal(mm_parts *p, hf_err **err)
{
    size_t runs = 2, i = 0;

    if (p->n > UINT32_MAX)
        return hf_fail(err, HF_E_LIMIT, "more than %u rows join messages", UINT32_MAX);
    for (p->shift = 31; runs < p->n / 2; runs *= 2)
        p->shift--;
    if (p->n > 0)
        qsort(p->e, p->n, sizeof(*p->e), by_hash);
    p->run = hf_realloc(p->run, runs + 1, sizeof(*p->run));
    for (size_t run = 0; run <= runs; run++) {
        while (i < p->n && p->e[i].hash >> p->shift < run)
            i++;
        p->run[run] = (uint32_t)i;
    }
    return HF_OK;
}

static unsigned table_of(const entry *e)
{
    return (unsigned)((e->at & ~FOUND) >> TABLE_SHIFT);
}

/* --- finding -------------------------------------------------------------------------------------
 */

static hf_status read_file(mm_parts *p, uint64_t at, char *to, size_t n, size_t *got, hf_err **err)
{
    for (*got = 0; *got < n;) {
        ssize_t k = pread(fileno(p->file), to + *got, n - *got, (off_t)(at + *got));

        if (k < 0)
            return hf_fail_sys(err, "cannot read rows from the temporary folder");
        if (k == 0)
            break;
        *got += (size_t)k;
    }
    return HF_OK;
}

/* n bytes at an offset, lent by the window of that table or put into mem. */
static hf_status get(mm_parts *p, uint64_t at, size_t n, unsigned table, hf_arena *mem,
                     hf_view *out, hf_err **err)
{
    window *w = &p->window[table % WINDOWS];
    hf_status rc = HF_OK;
    size_t got = n;

    if (at >= p->written) { /* a row is never in both */
        *out = hf_view_sub(hf_buf_view(&p->tail), (size_t)(at - p->written), n);
        return HF_OK;
    }
    if (at >= w->at && at + n <= w->at + w->n) {
        *out = (hf_view){ w->p + (at - w->at), n };
        return HF_OK;
    }
    if (n > WINDOW_BYTES) {
        char *own = hf_arena_alloc(mem, n);

        rc = read_file(p, at, own, n, &got, err);
        *out = (hf_view){ own, n };
    } else {
        if (w->p == NULL)
            w->p = hf_alloc(WINDOW_BYTES);
        w->at = at;
        w->n = 0;
        rc = read_file(p, at, w->p, WINDOW_BYTES, &w->n, err);
        got = w->n < n ? w->n : n;
        *out = (hf_view){ w->p, n };
    }
    if (rc == HF_OK && got < n)
        return hf_fail(err, HF_E_IO, "the temporary file of rows was cut");
    return rc;
}

/* The row of an entry, in mem. */
static hf_status read_part(mm_parts *p, const entry *e, hf_arena *mem, mm_part *out, hf_err **err)
{
    uint64_t at = e->at & OFFSET_MASK;
    unsigned table = table_of(e);
    hf_view bytes;
    head h;
    hf_status rc = get(p, at, sizeof(h), table, mem, &bytes, err);

    if (rc != HF_OK)
        return rc;
    memcpy(&h, bytes.p, sizeof(h));
    rc = get(p, at + sizeof(h), (size_t)h.key + h.line, table, mem, &bytes, err);
    if (rc != HF_OK)
        return rc;
    bytes = hf_arena_dup(mem, bytes);
    *out = (mm_part){ (uint16_t)table, hf_view_sub(bytes, 0, h.key), hf_view_from(bytes, h.key),
                      h.offset };
    return HF_OK;
}

/* The head of an entry, and whether its row is one of the key. */
static hf_status look(mm_parts *p, const entry *e, hf_view key, hf_arena *mem, head *h,
                      bool *is_equal, hf_err **err)
{
    uint64_t at = e->at & OFFSET_MASK;
    hf_view bytes;
    hf_status rc = get(p, at, sizeof(*h), table_of(e), mem, &bytes, err);

    if (rc == HF_OK) {
        memcpy(h, bytes.p, sizeof(*h));
        rc = get(p, at + sizeof(*h), h->key, table_of(e), mem, &bytes, err);
    }
    *is_equal = rc == HF_OK && hf_view_eq(bytes, key);
    return rc;
}

/* Note in p->large how many of a key's rows the tables have that have too many bytes of them. */
static hf_status measure(mm_parts *p, size_t i, size_t end, hf_view key, hf_err **err)
{
    uint64_t *bytes = hf_alloc0(MAX_TABLES, sizeof(*bytes));
    hf_arena *mem = hf_arena_new();
    hf_status rc = HF_OK;
    bool is_equal;
    head h;

    if (p->large == NULL)
        p->large = hf_alloc0(MAX_TABLES, sizeof(*p->large));
    memset(p->large, 0, MAX_TABLES * sizeof(*p->large));
    for (; i < end && rc == HF_OK; i++) {
        rc = look(p, &p->e[i], key, mem, &h, &is_equal, err);
        if (rc != HF_OK || !is_equal)
            continue;
        bytes[table_of(&p->e[i])] += h.line;
        p->large[table_of(&p->e[i])]++;
    }
    for (size_t t = 0; t < MAX_TABLES && rc == HF_OK; t++) {
        if (bytes[t] <= MAX_FOUND)
            p->large[t] = 0;
        p->lots += p->large[t] > 0;
        p->rows += p->large[t];
    }
    hf_arena_free(mem);
    hf_free(bytes);
    return rc;
}

hf_status mm_parts_find(mm_parts *p, hf_view key, hf_arena *mem, mm_part **out, size_t *n,
                        hf_err **err)
{
    uint32_t hash = p->n == 0 ? 0 : hash_of(key);
    size_t i, end, cap = 0;
    bool is_measured;

    *n = 0;
    *out = NULL;
    if (p->n == 0)
        return HF_OK;
    i = p->run[hash >> p->shift];
    end = p->run[(hash >> p->shift) + 1];
    while (i < end && p->e[i].hash < hash)
        i++;
    while (end > i && p->e[end - 1].hash > hash)
        end--;
    is_measured = (end - i) * p->longest > MAX_FOUND;
    if (is_measured) {
        hf_status rc = measure(p, i, end, key, err);

        if (rc != HF_OK)
            return rc;
    }
    for (; i < end; i++) {
        mm_part part;
        hf_status rc;

        if (is_measured && p->large[table_of(&p->e[i])] > 0)
            continue;
        rc = read_part(p, &p->e[i], mem, &part, err);
        if (rc != HF_OK)
            return rc;
        if (!hf_view_eq(part.key, key))
            continue;
        p->e[i].at |= FOUND;
        if (*n == cap) {
            mm_part *more = hf_arena_alloc(mem, (cap * 2 + 8) * sizeof(*more));

            if (*n > 0)
                memcpy(more, *out, *n * sizeof(*more));
            *out = more;
            cap = cap * 2 + 8;
        }
        (*out)[(*n)++] = part;
    }
    return HF_OK;
}

void mm_parts_too_large(const mm_parts *p, uint64_t *lots, uint64_t *rows)
{
    *lots = p->lots;
    *rows = p->rows;
}

hf_status mm_parts_left(mm_parts *p, hf_arena *mem, mm_part *out, hf_err **err)
{
    while (p->next_left < p->n && (p->e[p->next_left].at & FOUND) != 0)
        p->next_left++;
    if (p->next_left == p->n) {
        drop(p); /* others need the memory now */
        return HF_END;
    }
    return read_part(p, &p->e[p->next_left++], mem, out, err);
}
