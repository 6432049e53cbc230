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

/* 2^42 ms end in 2109; later ones wrap. */
enum { MS_BITS = 42, REST_BITS = 11, USER_BITS = 5, TEXT_BITS = 6, TAG_BITS = 11 };

/* Microseconds of the millisecond, plus 1; a moved message has no moment of its own to share. */
enum { MOVED = 1001 };

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

/* May two messages of one millisecond stay there? */
static bool apart(uint64_t slot, uint64_t rest, uint64_t tag)
{
    uint64_t other_rest = (slot >> TAG_BITS) & ((1U << REST_BITS) - 1);
    uint64_t other_tag = slot & ((1U << TAG_BITS) - 1);

    return other_rest == rest && rest != MOVED && (other_tag >> TEXT_BITS) != tag >> TEXT_BITS &&
           ((other_tag ^ tag) & ((1U << TEXT_BITS) - 1)) != 0;
}

/* Take a slot of the millisecond; false when that would mix the message with another. */
static bool take(bulk_clock *c, int64_t ms, uint64_t rest, uint64_t tag)
{
    uint64_t key = (uint64_t)ms & ((UINT64_C(1) << MS_BITS) - 1);
    size_t at = home(key, c->cap);

    for (; c->slot[at] != 0; at = (at + 1) & (c->cap - 1))
        if (ms_bits(c->slot[at]) == key && !apart(c->slot[at], rest, tag))
            return false;
    c->slot[at] = key << (REST_BITS + TAG_BITS) | rest << TAG_BITS | tag;
    c->n++;
    return true;
}

int64_t bulk_clock_place(bulk_clock *c, int64_t us, hf_view user, hf_view text, int64_t floor_ms)
{
    enum { TRIES = 256 };
    uint64_t tag = (hf_hash64(user, 1) & ((1U << USER_BITS) - 1)) << TEXT_BITS |
                   (hf_hash64(text, 2) & ((1U << TEXT_BITS) - 1));
    int64_t ms = us == HF_NO_TIME ? 0 : us / 1000 - (us % 1000 < 0);
    int64_t start = ms < floor_ms ? floor_ms : ms, at = start;
    uint64_t rest = start == ms && us != HF_NO_TIME ? (uint64_t)(us - ms * 1000) + 1 : MOVED;
    bulk_queue *q = &c->queue[(uint64_t)start % BULK_QUEUES];

    if (c->n * 4 >= c->cap * 3)
        clock_grow(c);
    if (!take(c, at, rest, tag)) {
        /* Behind those who came for the same millisecond; far behind, rather than search for ever,
         * in a channel whose clock stood still. */
        at = q->start == start && q->next > start ? q->next : start + 1;
        for (int tries = 0; !take(c, at, MOVED, tag); at++)
            if (++tries == TRIES && c->latest > at)
                at = c->latest;
        *q = (bulk_queue){ start, at + 1 };
    }
    if (at > c->latest)
        c->latest = at;
    return at;
}

void bulk_clock_reset(bulk_clock *c)
{
    uint64_t *slot = c->slot;
    size_t cap = c->cap;

    if (cap > KEEP_CAP) {
        bulk_clock_clear(c);
        return;
    }
    if (cap > 0)
        memset(slot, 0, cap * sizeof(*slot));
    *c = (bulk_clock){ .slot = slot, .cap = cap };
}

void bulk_clock_clear(bulk_clock *c)
{
    hf_free(c->slot);
    *c = (bulk_clock){ .slot = NULL };
}
