/* util/map.c: open addressing over an insertion-ordered entry array; keys live in an arena. */
#include "util/map.h"

#include "util/hash.h"
#include "util/mem.h"

struct hf_map {
    hf_map_entry *entries;
    uint64_t *hashes; /* of entries, same index */
    uint32_t *slots;  /* entry index + 1; 0 is free */
    size_t n, cap, nslots;
    hf_arena *keys;
};

hf_map *hf_map_new(void)
{
    hf_map *m = HF_NEW(hf_map);

    m->nslots = 64;
    m->slots = hf_alloc0(m->nslots, sizeof(*m->slots));
    m->keys = hf_arena_new();
    return m;
}

void hf_map_free(hf_map *m)
{
    if (m == NULL)
        return;
    hf_free(m->entries);
    hf_free(m->hashes);
    hf_free(m->slots);
    hf_arena_free(m->keys);
    hf_free(m);
}

static size_t slot_of(const hf_map *m, hf_view key, uint64_t hash)
{
    size_t i = hash & (m->nslots - 1);

    while (m->slots[i] != 0) {
        size_t e = m->slots[i] - 1;

        if (m->hashes[e] == hash && hf_view_eq(m->entries[e].key, key))
            break;
        i = (i + 1) & (m->nslots - 1);
    }
    return i;
}

hf_map_entry *hf_map_get(const hf_map *m, hf_view key)
{
    size_t slot = slot_of(m, key, hf_hash64(key, 0));

    return m->slots[slot] == 0 ? NULL : &m->entries[m->slots[slot] - 1];
}

static void grow_slots(hf_map *m)
{
    hf_free(m->slots);
    m->nslots *= 2;
    m->slots = hf_alloc0(m->nslots, sizeof(*m->slots));
    for (size_t e = 0; e < m->n; e++) {
        size_t i = m->hashes[e] & (m->nslots - 1);

        while (m->slots[i] != 0)
            i = (i + 1) & (m->nslots - 1);
        m->slots[i] = (uint32_t)(e + 1);
    }
}

hf_map_entry *hf_map_put(hf_map *m, hf_view key, bool *fresh)
{
    uint64_t hash = hf_hash64(key, 0);
    size_t slot = slot_of(m, key, hash);

    if (fresh != NULL)
        *fresh = m->slots[slot] == 0;
    if (m->slots[slot] != 0)
        return &m->entries[m->slots[slot] - 1];
    if (m->n == m->cap) {
        m->cap = m->cap == 0 ? 32 : m->cap * 2;
        m->entries = hf_realloc(m->entries, m->cap, sizeof(*m->entries));
        m->hashes = hf_realloc(m->hashes, m->cap, sizeof(*m->hashes));
    }
    m->entries[m->n] = (hf_map_entry){ .key = hf_arena_dup(m->keys, key) };
    m->hashes[m->n] = hash;
    m->slots[slot] = (uint32_t)++m->n;
    if (m->n * 2 > m->nslots)
        grow_slots(m);
    return &m->entries[m->n - 1];
}

size_t hf_map_count(const hf_map *m)
{
    return m->n;
}

hf_map_entry *hf_map_at(const hf_map *m, size_t i)
{
    return &m->entries[i];
}
