/* audit/tree.c: see tree.h. */
#include "audit/tree.h"

hf_sha256 hf_tree_leaf(hf_view data)
{
    hf_sha256_ctx *c = hf_sha256_new();
    hf_sha256 d;

    hf_sha256_begin(c);
    hf_sha256_add(c, (hf_view){ "\0", 1 });
    hf_sha256_add(c, data);
    d = hf_sha256_finish(c);
    hf_sha256_free(c);
    return d;
}

hf_sha256 hf_tree_node(const hf_sha256 *left, const hf_sha256 *right)
{
    char bytes[1 + 2 * sizeof(hf_sha256)] = "\1";

    memcpy(bytes + 1, left->b, sizeof(left->b));
    memcpy(bytes + 1 + sizeof(left->b), right->b, sizeof(right->b));
    return hf_sha256_of((hf_view){ bytes, sizeof(bytes) });
}

/* --- growing ------------------------------------------------------------------------------------
 */

static unsigned bits(uint64_t n)
{
    return (unsigned)__builtin_popcountll(n);
}

void hf_tree_push(hf_tree_range *r, const hf_sha256 *leaf,
                  void (*made)(void *self, unsigned level, uint64_t index, const hf_sha256 *hash),
                  void *self)
{
    unsigned top = bits(r->n), level = 0;
    hf_sha256 h = *leaf;
    uint64_t index = r->n;

    if (made != NULL)
        made(self, 0, index, &h);
    for (uint64_t n = r->n; (n & 1) != 0; n >>= 1) { /* like the carries of n + 1 */
        h = hf_tree_node(&r->root[--top], &h);
        index >>= 1;
        level++;
        if (made != NULL)
            made(self, level, index, &h);
    }
    r->root[top] = h;
    r->n++;
}

hf_sha256 hf_tree_root(const hf_tree_range *r)
{
    unsigned top = bits(r->n);
    hf_sha256 h;

    if (top == 0)
        return hf_sha256_of((hf_view){ "", 0 });
    h = r->root[--top];
    while (top > 0) {
        top--;
        h = hf_tree_node(&r->root[top], &h);
    }
    return h;
}

/* --- proving ------------------------------------------------------------------------------------
 */

/* Largest power of two below n, for n > 1. */
static uint64_t split(uint64_t n)
{
    return (uint64_t)1 << (63 - __builtin_clzll(n - 1));
}

/* Root of the leaves [start, start + n): start is a multiple of every subtree asked for. */
static hf_status root_of(uint64_t start, uint64_t n, hf_tree_get *get, void *self, hf_sha256 *out,
                         hf_err **err)
{
    bool is_started = false;
    hf_sha256 h;
    hf_status rc = HF_OK;

    /* From the smallest, rightmost subtree to the left. */
    for (unsigned level = 0; n > 0 && rc == HF_OK; level++) {
        hf_sha256 part;

        if ((n >> level & 1) == 0)
            continue;
        n -= (uint64_t)1 << level;
        rc = get(self, level, (start + n) >> level, &part, err);
        if (rc == HF_OK)
            h = is_started ? hf_tree_node(&part, &h) : part;
        is_started = true;
    }
    if (rc == HF_OK)
        *out = is_started ? h : hf_sha256_of((hf_view){ "", 0 });
    return rc;
}

hf_status hf_tree_root_at(uint64_t size, hf_tree_get *get, void *self, hf_sha256 *out, hf_err **err)
{
    return root_of(0, size, get, self, out, err);
}

/* The siblings are found from the root down and stand from the leaf up. */
static void turn(hf_tree_proof *p)
{
    for (size_t i = 0; i < p->n / 2; i++) {
        hf_sha256 h = p->hash[i];

        p->hash[i] = p->hash[p->n - 1 - i];
        p->hash[p->n - 1 - i] = h;
    }
}

hf_status hf_tree_prove(uint64_t index, uint64_t size, hf_tree_get *get, void *self,
                        hf_tree_proof *out, hf_err **err)
{
    uint64_t start = 0, n = size;
    hf_status rc = HF_OK;

    out->n = 0;
    if (index >= size)
        return hf_fail(err, HF_E_USAGE, "there is no entry %llu in a log of %llu",
                       (unsigned long long)index, (unsigned long long)size);
    while (n > 1 && rc == HF_OK) {
        uint64_t k = split(n);

        if (index - start < k) {
            rc = root_of(start + k, n - k, get, self, &out->hash[out->n++], err);
            n = k;
        } else {
            rc = root_of(start, k, get, self, &out->hash[out->n++], err);
            start += k;
            n -= k;
        }
    }
    turn(out);
    return rc;
}

hf_status hf_tree_prove_growth(uint64_t old, uint64_t size, hf_tree_get *get, void *self,
                               hf_tree_proof *out, hf_err **err)
{
    uint64_t start = 0, n = size, m = old;
    bool is_whole = true; /* the old tree is a complete subtree so far: its root is known */
    hf_status rc = HF_OK;

    out->n = 0;
    if (old == 0 || old > size)
        return hf_fail(err, HF_E_USAGE, "a log of %llu entries does not continue one of %llu",
                       (unsigned long long)size, (unsigned long long)old);
    while (m != n && rc == HF_OK) {
        uint64_t k = split(n);

        if (m <= k) {
            rc = root_of(start + k, n - k, get, self, &out->hash[out->n++], err);
            n = k;
        } else {
            rc = root_of(start, k, get, self, &out->hash[out->n++], err);
            start += k;
            n -= k;
            m -= k;
            is_whole = false;
        }
    }
    if (!is_whole && rc == HF_OK)
        rc = root_of(start, n, get, self, &out->hash[out->n++], err);
    turn(out);
    return rc;
}

/* --- checking -----------------------------------------------------------------------------------
 */

static bool is_equal(const hf_sha256 *a, const hf_sha256 *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

bool hf_tree_holds(const hf_tree_proof *p, uint64_t index, uint64_t size, const hf_sha256 *leaf,
                   const hf_sha256 *root)
{
    uint64_t fn = index, sn = size - 1;
    hf_sha256 r = *leaf;

    if (index >= size)
        return false;
    for (size_t i = 0; i < p->n; i++) {
        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            r = hf_tree_node(&p->hash[i], &r);
            for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
                sn >>= 1;
        } else {
            r = hf_tree_node(&r, &p->hash[i]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && is_equal(&r, root);
}

bool hf_tree_continues(const hf_tree_proof *p, uint64_t old, uint64_t size,
                       const hf_sha256 *old_root, const hf_sha256 *root)
{
    bool is_power = (old & (old - 1)) == 0; /* then the old root itself begins the proof, unsaid */
    uint64_t fn = old - 1, sn = size - 1;
    hf_sha256 fr, sr;

    if (old == 0 || old > size)
        return false;
    if (old == size)
        return p->n == 0 && is_equal(old_root, root);
    if (p->n == 0)
        return false;
    for (; (fn & 1) != 0; fn >>= 1)
        sn >>= 1;
    fr = sr = is_power ? *old_root : p->hash[0];
    for (size_t i = is_power ? 0 : 1; i < p->n; i++) {
        const hf_sha256 *c = &p->hash[i];

        if (sn == 0)
            return false;
        if ((fn & 1) != 0 || fn == sn) {
            fr = hf_tree_node(c, &fr);
            sr = hf_tree_node(c, &sr);
            for (; (fn & 1) == 0 && fn != 0; fn >>= 1)
                sn >>= 1;
        } else {
            sr = hf_tree_node(&sr, c);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && is_equal(&fr, old_root) && is_equal(&sr, root);
}
