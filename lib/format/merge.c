/* format/merge.c: see merge.h. */
#include "format/merge.h"

#include <stdlib.h>

/* One of the two records: where the leaves lie that matter. */
typedef struct side {
    hf_tape t;
    hf_view text;
    size_t *at; /* offsets, ascending */
    size_t n;
} side;

static int by_offset(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

/* Leaves of fields in wanted; wanted NULL: of all canonical fields. */
static bool open_side(side *s, const hf_record *r, const bool *wanted)
{
    *s = (side){ .text = r->raw.bytes };
    hf_tape_init(&s->t);
    if (hf_tape_parse(&s->t, s->text, NULL, NULL) != HF_OK ||
        hf_tok_type(&s->t, 0) != HF_JSON_OBJECT)
        return false;
    s->at = hf_alloc0((size_t)r->nleaf + 1, sizeof(*s->at));
    for (uint32_t i = 0; i < r->nleaf; i++) {
        const hf_leaf *l = &r->leaf[i];

        if (l->value != 0 && (wanted == NULL || wanted[r->value[l->value - 1].field]))
            s->at[s->n++] = (size_t)(l->raw.p - s->text.p);
    }
    qsort(s->at, s->n, sizeof(*s->at), by_offset);
    return true;
}

static void close_side(side *s)
{
    hf_tape_clear(&s->t);
    hf_free(s->at);
}

static size_t start_of(const side *s, uint32_t tok)
{
    return s->t.tok[tok].at;
}

static size_t end_of(const side *s, uint32_t tok)
{
    return (size_t)s->t.tok[tok].at + s->t.tok[tok].len;
}

/* Does the value say one of the fields? */
static bool says(const side *s, uint32_t tok)
{
    size_t low = 0, high = s->n;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (s->at[mid] < start_of(s, tok))
            low = mid + 1;
        else
            high = mid;
    }
    return low < s->n && s->at[low] < end_of(s, tok);
}

static hf_view bytes_of(const side *s, size_t from, size_t to)
{
    return hf_view_sub(s->text, from, to - from);
}

/* The value of the same key, as it is spelled, in another object; HF_NO_TOK when there is none. */
static uint32_t value_of(const side *s, uint32_t obj, hf_view key)
{
    for (uint32_t k = hf_tape_first(&s->t, obj); k != HF_NO_TOK; k = hf_tape_after(&s->t, obj, k))
        if (hf_view_eq(hf_tok_raw(&s->t, k), key))
            return k + 1;
    return HF_NO_TOK;
}

static bool are(const side *a, uint32_t x, const side *b, uint32_t y, hf_json_type type)
{
    return hf_tok_type(&a->t, x) == type && hf_tok_type(&b->t, y) == type;
}

static void merge_value(const side *a, uint32_t x, const side *b, uint32_t y, hf_buf *out);

/* The object of array x that has the same "id", else the same "name"; HF_NO_TOK when none has. */
static uint32_t twin(const side *a, uint32_t x, const side *b, uint32_t elem)
{
    enum { MOST = 4096 }; /* elements held against each other; bounds the time */
    static const char *const keys[] = { "\"id\"", "\"name\"" };
    uint32_t seen = 0;

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        uint32_t id = value_of(b, elem, hf_view_str(keys[i]));

        for (uint32_t k = id == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(&a->t, x);
             k != HF_NO_TOK && seen++ < MOST; k = hf_tape_after(&a->t, x, k)) {
            uint32_t own = hf_tok_type(&a->t, k) != HF_JSON_OBJECT
                               ? HF_NO_TOK
                               : value_of(a, k, hf_view_str(keys[i]));

            if (own != HF_NO_TOK && hf_view_eq(hf_tok_raw(&a->t, own), hf_tok_raw(&b->t, id)))
                return k;
        }
    }
    return HF_NO_TOK;
}

static void merge_array(const side *a, uint32_t x, const side *b, uint32_t y, hf_buf *out)
{
    uint32_t first = hf_tape_first(&b->t, y);

    hf_buf_byte(out, '[');
    for (uint32_t k = first; k != HF_NO_TOK; k = hf_tape_after(&b->t, y, k)) {
        uint32_t own =
            hf_tok_type(&b->t, k) == HF_JSON_OBJECT ? twin(a, x, b, k) : (uint32_t)HF_NO_TOK;

        if (k != first)
            hf_buf_byte(out, ',');
        if (own != HF_NO_TOK)
            merge_value(a, own, b, k, out);
        else
            hf_buf_add(out, hf_tok_raw(&b->t, k));
    }
    hf_buf_byte(out, ']');
}

/* A member of the object being written: what stands before it, once without the comma. */
static void put_gap(hf_buf *out, hf_view gap, bool is_first)
{
    for (size_t i = 0; i < gap.n; i++)
        if (gap.p[i] != ',' || !is_first)
            hf_buf_byte(out, gap.p[i]);
}

static void merge_object(const side *a, uint32_t x, const side *b, uint32_t y, hf_buf *out)
{
    size_t before = start_of(a, x) + 1;
    hf_view gap = HF_V(",");
    bool is_first = true;

    hf_buf_byte(out, '{');
    for (uint32_t k = hf_tape_first(&a->t, x); k != HF_NO_TOK; k = hf_tape_after(&a->t, x, k)) {
        uint32_t other = value_of(b, y, hf_tok_raw(&a->t, k));

        if (before > start_of(a, x) + 1)
            gap = bytes_of(a, before, start_of(a, k));
        if (other != HF_NO_TOK || !says(a, k + 1)) {
            put_gap(out, before == start_of(a, x) + 1 ? bytes_of(a, before, start_of(a, k)) : gap,
                    is_first);
            is_first = false;
            hf_buf_add(out, bytes_of(a, start_of(a, k), start_of(a, k + 1)));
            if (other == HF_NO_TOK)
                hf_buf_add(out, hf_tok_raw(&a->t, k + 1));
            else
                merge_value(a, k + 1, b, other, out);
        }
        before = end_of(a, k + 1);
    }
    for (uint32_t k = hf_tape_first(&b->t, y); k != HF_NO_TOK; k = hf_tape_after(&b->t, y, k)) {
        if (!says(b, k + 1) || value_of(a, x, hf_tok_raw(&b->t, k)) != HF_NO_TOK)
            continue;
        put_gap(out, gap, is_first);
        is_first = false;
        hf_buf_add(out, bytes_of(b, start_of(b, k), end_of(b, k + 1)));
    }
    hf_buf_add(out, bytes_of(a, before, end_of(a, x)));
}

static void merge_value(const side *a, uint32_t x, const side *b, uint32_t y, hf_buf *out)
{
    if (!says(a, x) && !says(b, y))
        hf_buf_add(out, hf_tok_raw(&a->t, x));
    else if (are(a, x, b, y, HF_JSON_OBJECT))
        merge_object(a, x, b, y, out);
    else if (are(a, x, b, y, HF_JSON_ARRAY))
        merge_array(a, x, b, y, out);
    else
        hf_buf_add(out, hf_tok_raw(&b->t, y));
}

bool hf_merge(const hf_record *own, const hf_record *other, const bool changed[HF_F_COUNT],
              hf_buf *out)
{
    side a, b = { 0 };
    bool is_open = open_side(&a, own, changed) && open_side(&b, other, changed);

    if (is_open)
        merge_value(&a, 0, &b, 0, out);
    close_side(&a);
    close_side(&b);
    return is_open;
}

/* The child of a container that the offset lies in; in an object its key. */
static uint32_t child_at(const side *s, uint32_t tok, size_t offset)
{
    bool is_object = hf_tok_type(&s->t, tok) == HF_JSON_OBJECT;

    for (uint32_t k = hf_tape_first(&s->t, tok); k != HF_NO_TOK; k = hf_tape_after(&s->t, tok, k))
        if (offset >= start_of(s, k) && offset < end_of(s, is_object ? k + 1 : k))
            return k;
    return HF_NO_TOK;
}

/* The bytes of a member with the comma behind it, else the one before it. */
static void span_of(const side *s, uint32_t obj, uint32_t key, size_t *at, size_t *n)
{
    uint32_t next = hf_tape_after(&s->t, obj, key);
    size_t before = start_of(s, obj) + 1;

    for (uint32_t k = hf_tape_first(&s->t, obj); k != key; k = hf_tape_after(&s->t, obj, k))
        before = end_of(s, k + 1);
    *at = next != HF_NO_TOK ? start_of(s, key) : before;
    *n = (next != HF_NO_TOK ? start_of(s, next) : end_of(s, key + 1)) - *at;
}

bool hf_merge_cut(const hf_record *own, size_t offset, size_t *at, size_t *n)
{
    side s;
    uint32_t tok = 0;
    bool is_open = open_side(&s, own, NULL), found = false;

    for (bool goes_on = is_open; goes_on;) {
        bool is_object = hf_tok_type(&s.t, tok) == HF_JSON_OBJECT;
        uint32_t k = child_at(&s, tok, offset);

        if (k != HF_NO_TOK && is_object) {
            found = true;
            span_of(&s, tok, k, at, n);
        }
        tok = is_object ? k + 1 : k;
        goes_on =
            k != HF_NO_TOK && says(&s, tok) &&
            (hf_tok_type(&s.t, tok) == HF_JSON_OBJECT || hf_tok_type(&s.t, tok) == HF_JSON_ARRAY);
    }
    close_side(&s);
    return found;
}
