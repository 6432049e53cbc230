/* mattermost_bulk/moments.c: sets of moments and keys, see bulk_priv.h. */
#include "bulk_priv.h"

enum { FIRST_CAP = 1024, KEEP_CAP = 1 << 16 };

/* --- what was seen -------------------------------------------------------------------------------
 */

static void seen_grow(bulk_seen *s)
{
    size_t cap = s->cap == 0 ? FIRST_CAP : s->cap * 2;
    uint64_t *slot = hf_alloc0(cap, sizeof(*slot));

    for (size_t i = 0; i < s->cap; i++) {
        size_t at = s->slot[i] & (cap - 1);

        if (s->slot[i] == 0)
            continue;
        while (slot[at] != 0)
            at = (at + 1) & (cap - 1);
        slot[at] = s->slot[i];
    }
    hf_free(s->slot);
    s->slot = slot;
    s->cap = cap;
}

uint64_t bulk_seen_again(bulk_seen *s, hf_view key)
{
    uint64_t hash = hf_hash64(key, 0);
    size_t at;

    if (hash == 0)
        hash = 1;
    if (s->n * 4 >= s->cap * 3)
        seen_grow(s);
    for (at = hash & (s->cap - 1); s->slot[at] != 0; at = (at + 1) & (s->cap - 1)) {
        if (s->slot[at] != hash)
            continue;
        if (s->again == NULL)
            s->again = hf_map_new();
        return ++hf_map_put(s->again, key, NULL)->v.u;
    }
    s->slot[at] = hash;
    s->n++;
    return 0;
}

void bulk_seen_clear(bulk_seen *s)
{
    hf_free(s->slot);
    hf_map_free(s->again);
    *s = (bulk_seen){ NULL, 0, 0, NULL };
}

/* --- milliseconds --------------------------------------------------------------------------------
 */

enum { MS_BITS = 42, REST_BITS = 11, TAG_BITS = 11 }; /* 2^42 ms end in 2109; later ones wrap */

static uint64_t ms_bits(uint64_t slot)
{
    return slot >> (REST_BITS + TAG_BITS);
}

static size_t home(uint64_t ms, size_t cap)
{
    return (size_t)((ms * UINT64_C(0x9E3779B97F4A7C15)) >> 20) & (cap - 1);
}

static void clock_grow(bulk_clock *c)
{
    size_t cap = c->cap == 0 ? FIRST_CAP : c->cap * 2;
    uint64_t *slot = hf_alloc0(cap, sizeof(*slot));

    for (size_t i = 0; i < c->cap; i++) {
        size_t at = home(ms_bits(c->slot[i]), cap);

        if (c->slot[i] == 0)
            continue;
        while (slot[at] != 0)
            at = (at + 1) & (cap - 1);
        slot[at] = c->slot[i];
    }
    hf_free(c->slot);
    c->slot = slot;
    c->cap = cap;
}

int64_t bulk_clock_place(bulk_clock *c, int64_t us, hf_view user, int64_t floor_ms)
{
    uint64_t tag = hf_hash64(user, 1) & ((1U << TAG_BITS) - 1);
    int64_t ms = us == HF_NO_TIME ? 0 : us / 1000 - (us % 1000 < 0);
    int64_t at_ms = ms < floor_ms ? floor_ms : ms;

    if (c->n * 4 >= c->cap * 3)
        clock_grow(c);
    for (;; at_ms++) {
        /* A moved message has no moment of its own to share: its rest differs from all others. */
        uint64_t rest = at_ms == ms && us != HF_NO_TIME ? (uint64_t)(us - ms * 1000) + 1 : 1001;
        uint64_t key = (uint64_t)at_ms & ((UINT64_C(1) << MS_BITS) - 1);
        size_t at = home(key, c->cap);
        bool taken = false;

        for (; c->slot[at] != 0 && !taken; at = (at + 1) & (c->cap - 1)) {
            uint64_t other_rest = (c->slot[at] >> TAG_BITS) & ((1U << REST_BITS) - 1);
            uint64_t other_tag = c->slot[at] & ((1U << TAG_BITS) - 1);

            taken = ms_bits(c->slot[at]) == key &&
                    (other_rest != rest || other_tag == tag || rest == 1001);
        }
        if (taken)
            continue;
        c->slot[at] = key << (REST_BITS + TAG_BITS) | rest << TAG_BITS | tag;
        c->n++;
        return at_ms;
    }
}

void bulk_clock_reset(bulk_clock *c)
{
    if (c->cap > KEEP_CAP) {
        bulk_clock_clear(c);
        return;
    }
    if (c->cap > 0)
        memset(c->slot, 0, c->cap * sizeof(*c->slot));
    c->n = 0;
}

void bulk_clock_clear(bulk_clock *c)
{
    hf_free(c->slot);
    *c = (bulk_clock){ NULL, 0, 0 };
}
