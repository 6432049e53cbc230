/* query/match.c: all phrases of a query over a text in one pass: one bit per step, moved on by one
 * at every position (shift-and). */
#include "query/query_priv.h"

#include "text/token.h"

typedef struct prefix {
    hf_view word;
    size_t bit;
} prefix;

struct hf_matcher {
    hf_arena *mem;
    size_t steps, words; /* bits, and 64-bit words that hold them */
    hf_map *exact;       /* folded word -> its mask */
    prefix *prefix;
    size_t nprefix;
    uint64_t *state, *mask, *starts, *ends;
    const hf_qnode **leaf_at; /* of an end bit */
    bool first[256];          /* first bytes of the words looked for */
    bool is_live;             /* mask or state has a bit */
    hf_match_fn fn;
    void *self;
    size_t pos;                   /* position in progress */
    size_t start[HF_QUERY_STEPS]; /* byte where a position starts, by pos modulo this */
    size_t end;
};

static void set_bit(uint64_t *set, size_t bit)
{
    set[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static size_t count_steps(const hf_qnode *n, bool positive_only)
{
    size_t total = n->kind == HF_Q_WORDS ? n->nstep : 0;

    if (n->kind == HF_Q_NOT && positive_only)
        return 0;
    for (size_t i = 0; i < n->nchild; i++)
        total += count_steps(n->child[i], positive_only);
    return total;
}

static void add_words(hf_matcher *m, const hf_qnode *n)
{
    set_bit(m->starts, m->steps);
    for (size_t i = 0; i < n->nstep; i++, m->steps++) {
        hf_view word = n->step[i].word;
        hf_map_entry *e;

        m->first[(unsigned char)word.p[0]] = true;
        if (n->step[i].is_prefix) {
            m->prefix[m->nprefix++] = (prefix){ word, m->steps };
            continue;
        }
        e = hf_map_put(m->exact, word, NULL);
        if (e->v.p == NULL)
            e->v.p = hf_arena_alloc0(m->mem, m->words, sizeof(uint64_t));
        set_bit(e->v.p, m->steps);
    }
    set_bit(m->ends, m->steps - 1);
    m->leaf_at[m->steps - 1] = n;
}

static void add_tree(hf_matcher *m, const hf_qnode *n, bool positive_only)
{
    if (n->kind == HF_Q_NOT && positive_only)
        return;
    if (n->kind == HF_Q_WORDS)
        add_words(m, n);
    for (size_t i = 0; i < n->nchild; i++)
        add_tree(m, n->child[i], positive_only);
}

hf_matcher *hf_matcher_new(const hf_qnode *root, bool positive_only)
{
    hf_matcher *m = HF_NEW(hf_matcher);
    size_t steps = count_steps(root, positive_only);

    m->mem = hf_arena_new();
    m->words = (steps + 63) / 64;
    m->exact = hf_map_new();
    m->prefix = hf_arena_alloc0(m->mem, steps + 1, sizeof(*m->prefix));
    m->leaf_at = hf_arena_alloc0(m->mem, steps + 1, sizeof(*m->leaf_at));
    m->state = hf_arena_alloc0(m->mem, m->words + 1, sizeof(uint64_t));
    m->mask = hf_arena_alloc0(m->mem, m->words + 1, sizeof(uint64_t));
    m->starts = hf_arena_alloc0(m->mem, m->words + 1, sizeof(uint64_t));
    m->ends = hf_arena_alloc0(m->mem, m->words + 1, sizeof(uint64_t));
    add_tree(m, root, positive_only);
    return m;
}

void hf_matcher_free(hf_matcher *m)
{
    if (m == NULL)
        return;
    hf_map_free(m->exact);
    hf_arena_free(m->mem);
    hf_free(m);
}

static bool report(hf_matcher *m, size_t word, uint64_t hits)
{
    while (hits != 0) {
        size_t bit = word * 64 + (size_t)__builtin_ctzll(hits);
        const hf_qnode *leaf = m->leaf_at[bit];
        size_t first = m->pos - (leaf->nstep - 1);

        hits &= hits - 1;
        if (!m->fn(m->self, leaf, m->start[first % HF_QUERY_STEPS], m->end))
            return false;
    }
    return true;
}

/* The position in progress is complete. */
static bool move_on(hf_matcher *m)
{
    uint64_t carry = 0, live = 0;
    bool go_on = true;

    if (!m->is_live)
        return true;
    for (size_t i = 0; i < m->words; i++) {
        uint64_t next = ((m->state[i] << 1 | carry) | m->starts[i]) & m->mask[i];

        carry = m->state[i] >> 63;
        m->state[i] = next;
        m->mask[i] = 0;
        live |= next;
        if ((next & m->ends[i]) != 0)
            go_on = report(m, i, next & m->ends[i]) && go_on;
    }
    m->is_live = live != 0;
    return go_on;
}

static bool take(void *self, hf_view word, size_t start, size_t end, unsigned flags)
{
    hf_matcher *m = self;
    const hf_map_entry *e;

    if ((flags & HF_TOKEN_COLOCATED) == 0) {
        if (m->pos != HF_NPOS && !move_on(m))
            return false;
        m->pos++;
        m->start[m->pos % HF_QUERY_STEPS] = start;
    }
    m->end = end;
    if (!m->first[(unsigned char)word.p[0]])
        return true;
    e = hf_map_get(m->exact, word);
    for (size_t i = 0; e != NULL && i < m->words; i++)
        m->mask[i] |= ((const uint64_t *)e->v.p)[i];
    m->is_live = m->is_live || e != NULL;
    for (size_t i = 0; i < m->nprefix; i++)
        if (hf_view_starts(word, m->prefix[i].word)) {
            set_bit(m->mask, m->prefix[i].bit);
            m->is_live = true;
        }
    return true;
}

void hf_matcher_run(hf_matcher *m, hf_view text, hf_match_fn fn, void *self)
{
    if (m->words == 0)
        return;
    m->fn = fn;
    m->self = self;
    m->pos = HF_NPOS;
    m->is_live = false;
    memset(m->state, 0, m->words * sizeof(uint64_t));
    memset(m->mask, 0, m->words * sizeof(uint64_t));
    hf_tokenize(text, 0, take, m);
    if (m->pos != HF_NPOS)
        move_on(m);
}

static hf_matcher *positive(const hf_query *q)
{
    hf_query *cache = (hf_query *)(uintptr_t)q;

    if (cache->positive == NULL)
        cache->positive = hf_matcher_new(q->root, true);
    return cache->positive;
}

bool hf_query_has_words(const hf_query *q)
{
    return positive(q)->steps > 0;
}

/* --- snippets ------------------------------------------------------------------------------- */

typedef struct place {
    size_t start, end;
    bool found;
} place;

static bool first_place(void *self, const hf_qnode *leaf, size_t start, size_t end)
{
    place *p = self;

    (void)leaf;
    *p = (place){ start, end, true };
    return false;
}

static bool is_inside_character(hf_view v, size_t at)
{
    return at < v.n && ((unsigned char)v.p[at] & 0xC0) == 0x80;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

/* Where to cut before p, at from or a little later: behind a blank if there is one, else between
 * characters. */
static size_t cut_before(hf_view text, size_t from, const place *p)
{
    for (size_t i = from; i < p->start && from > 0; i++)
        if (is_blank(text.p[i]))
            return i + 1;
    while (from < p->start && is_inside_character(text, from))
        from++;
    return from;
}

/* Where to cut behind p, at to or a little earlier. */
static size_t cut_after(hf_view text, size_t to, const place *p)
{
    for (size_t i = to; i > p->end && to < text.n; i--)
        if (is_blank(text.p[i]))
            return i;
    while (to > p->start && is_inside_character(text, to))
        to--;
    return to;
}

bool hf_query_snippet(const hf_query *q, hf_view text, size_t max, hf_buf *out)
{
    place p = { 0, 0, false };
    size_t from, to;

    hf_matcher_run(positive(q), text, first_place, &p);
    /* A third of the room goes before the hit, more when little comes after it. */
    from = p.start > max / 3 ? p.start - max / 3 : 0;
    if (text.n - from < max)
        from = text.n > max ? text.n - max : 0;
    to = text.n - from > max ? from + max : text.n;
    from = cut_before(text, from, &p);
    to = cut_after(text, to, &p);
    if (from > 0)
        hf_buf_str(out, "\xE2\x80\xA6");
    hf_buf_add(out, hf_view_sub(text, from, to - from));
    if (to < text.n)
        hf_buf_str(out, "\xE2\x80\xA6");
    return p.found;
}
