/* format/listed.c: see listed.h. An open-addressing table of hashes. */
#include "format/listed.h"

struct hf_listed {
    uint64_t *slot; /* 0 is free */
    size_t n, cap;  /* cap: a power of two */
    hf_buf key;
};

hf_listed *hf_listed_new(void)
{
    hf_listed *l = HF_NEW(hf_listed);

    hf_buf_init(&l->key, HF_BUF_UNBOUNDED);
    l->cap = 64;
    l->slot = hf_alloc0(l->cap, sizeof(*l->slot));
    return l;
}

void hf_listed_free(hf_listed *l)
{
    if (l == NULL)
        return;
    hf_buf_clear(&l->key);
    hf_free(l->slot);
    hf_free(l);
}

static uint64_t hash_of(hf_listed *l, hf_view origin, hf_view channel, hf_view user)
{
    uint64_t hash;

    hf_buf_reset(&l->key);
    hf_buf_add(&l->key, origin);
    hf_buf_byte(&l->key, '\0');
    hf_buf_add(&l->key, channel);
    hf_buf_byte(&l->key, '\0');
    hf_buf_add(&l->key, user);
    hash = hf_hash64(hf_buf_view(&l->key), 0);
    return hash == 0 ? 1 : hash;
}

/* Where the hash stands, or would. */
static uint64_t *find(uint64_t *slot, size_t cap, uint64_t hash)
{
    size_t at = hash & (cap - 1);

    while (slot[at] != 0 && slot[at] != hash)
        at = (at + 1) & (cap - 1);
    return &slot[at];
}

static void grow(hf_listed *l)
{
    size_t cap = l->cap * 2;
    uint64_t *slot = hf_alloc0(cap, sizeof(*slot));

    for (size_t i = 0; i < l->cap; i++)
        if (l->slot[i] != 0)
            *find(slot, cap, l->slot[i]) = l->slot[i];
    hf_free(l->slot);
    l->slot = slot;
    l->cap = cap;
}

void hf_listed_add(hf_listed *l, const hf_record *channel)
{
    uint32_t at = 0;

    for (const hf_value *v = hf_rec_next(channel, HF_F_CHANNEL_MEMBER, 0, &at); v != NULL;
         v = hf_rec_next(channel, HF_F_CHANNEL_MEMBER, at + 1, &at)) {
        uint64_t hash = hash_of(l, channel->origin, channel->id, v->text), *slot;

        if (l->n * 4 >= l->cap * 3)
            grow(l);
        slot = find(l->slot, l->cap, hash);
        l->n += *slot == 0;
        *slot = hash;
    }
}

bool hf_listed_has(hf_listed *l, const hf_record *m)
{
    hf_view channel = hf_rec_get_text(m, HF_F_MEMBERSHIP_CHANNEL);
    hf_view user = hf_rec_get_text(m, HF_F_MEMBERSHIP_USER);

    return channel.n > 0 && *find(l->slot, l->cap, hash_of(l, m->origin, channel, user)) != 0;
}
