/* util/json_keys.c: repeated keys of one object.
 *
 * Nearly every object has a few dozen keys without escapes: those go through a small table that is
 * never cleared (an epoch says what is current). All others are sorted by their decoded names,
 * which no choice of keys can make slow.
 */
#include "util/json_priv.h"

#include <stdlib.h>

enum { SLOTS = 256, FEW = 100 };

struct hf_json_keys {
    uint32_t epoch;
    struct {
        uint32_t epoch, key; /* a token, when epoch is the current one */
    } slot[SLOTS];
};

static hf_view name_of(const hf_tape *t, uint32_t key)
{
    const hf_tok *k = &t->tok[key];

    return (hf_view){ t->text.p + k->at + 1, k->len - 2 };
}

/* Ends, not all, of the name: equal names only have to give equal slots. */
static inline unsigned slot_of(hf_view name)
{
    uint64_t a = 0, b = 0;

    if (name.n >= 8) {
        memcpy(&a, name.p, 8);
        memcpy(&b, name.p + name.n - 8, 8);
    } else if (name.n >= 4) {
        memcpy(&a, name.p, 4);
        memcpy(&b, name.p + name.n - 4, 4);
    } else if (name.n > 0) {
        a = (unsigned char)name.p[0];
        b = (unsigned)(unsigned char)name.p[name.n / 2] << 8 | (unsigned char)name.p[name.n - 1];
    }
    a = (a * UINT64_C(0x9E3779B97F4A7C15)) ^ ((b + name.n) * UINT64_C(0xC2B2AE3D27D4EB4F));
    a ^= a >> 32;
    return (unsigned)((a * UINT64_C(0x9E3779B97F4A7C15)) >> 56) % SLOTS;
}

struct named {
    hf_view name;
    uint32_t key;
};

static int by_name(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    int c = a->name.n < b->name.n ? -1 : a->name.n > b->name.n;

    if (c == 0 && a->name.n > 0)
        c = memcmp(a->name.p, b->name.p, a->name.n);
    if (c == 0)
        c = a->key < b->key ? -1 : 1;
    return c;
}

static void flag_by_sorting(hf_tape *t, uint32_t obj)
{
    hf_arena *mem = hf_arena_new();
    struct named *all;
    size_t n = 0;

    for (uint32_t k = obj + 1; k < t->n; k = t->tok[k + 1].next)
        n++;
    all = hf_alloc0(n, sizeof(*all));
    n = 0;
    for (uint32_t k = obj + 1; k < t->n; k = t->tok[k + 1].next)
        all[n++] = (struct named){ hf_tok_string(t, k, mem), k };
    qsort(all, n, sizeof(*all), by_name);
    for (size_t i = 1; i < n; i++) {
        if (hf_view_eq(all[i - 1].name, all[i].name))
            t->tok[all[i - 1].key].flags |= HF_TOK_SHADOWED;
    }
    hf_free(all);
    hf_arena_free(mem);
}

/* Enter key into the table; an equal one before it is flagged and replaced. */
static inline void enter(hf_tape *t, struct hf_json_keys *seen, uint32_t key)
{
    hf_view name = name_of(t, key);
    unsigned i = slot_of(name);

    while (seen->slot[i].epoch == seen->epoch) {
        uint32_t other = seen->slot[i].key;

        if (hf_view_eq(name_of(t, other), name)) {
            t->tok[other].flags |= HF_TOK_SHADOWED;
            seen->slot[i].key = key;
            return;
        }
        i = (i + 1) % SLOTS;
    }
    seen->slot[i].epoch = seen->epoch;
    seen->slot[i].key = key;
}

void hf_json_flag_shadowed(hf_tape *t, uint32_t obj)
{
    struct hf_json_keys *seen = t->keys;
    unsigned n = 0;

    if (obj + 1 == t->n || t->tok[obj + 2].next == t->n)
        return; /* no key, or one */
    if (seen == NULL)
        seen = t->keys = HF_NEW(struct hf_json_keys);
    if (++seen->epoch == 0) {
        memset(seen, 0, sizeof(*seen));
        seen->epoch = 1;
    }
    for (uint32_t k = obj + 1; k < t->n; k = t->tok[k + 1].next) {
        if (++n > FEW || (t->tok[k].flags & (HF_TOK_ESCAPED | HF_TOK_BAD_UTF8)) != 0) {
            flag_by_sorting(t, obj);
            return;
        }
        enter(t, seen, k);
    }
}
