/* vault/keyset.c: identity hashes of all records, in memory while they fit.
 *
 * Open addressing, 12 bytes a slot, at most 7/8 full. A hash may stand for several records: the
 * caller compares identities. Not for adversaries: many equal hashes make look-ups slow, never
 * wrong.
 */
#include "vault/records_priv.h"

enum { FIRST_SLOTS = 1 << 12, MAX_SLOTS = 1 << 22 }; /* 48 MiB */

struct hf_keyset {
    uint64_t *key;
    uint32_t *id; /* 0: free */
    size_t n, slots;
};

hf_keyset *hf_keyset_new(void)
{
    hf_keyset *ks = HF_NEW(hf_keyset);

    ks->slots = FIRST_SLOTS;
    ks->key = hf_alloc(ks->slots * sizeof(*ks->key));
    ks->id = hf_alloc0(ks->slots, sizeof(*ks->id));
    return ks;
}

void hf_keyset_free(hf_keyset *ks)
{
    if (ks == NULL)
        return;
    hf_free(ks->key);
    hf_free(ks->id);
    hf_free(ks);
}

static void place(hf_keyset *ks, uint64_t key, uint32_t id)
{
    size_t i = key & (ks->slots - 1);

    while (ks->id[i] != 0)
        i = (i + 1) & (ks->slots - 1);
    ks->key[i] = key;
    ks->id[i] = id;
}

static void grow(hf_keyset *ks)
{
    hf_keyset old = *ks;

    ks->slots *= 2;
    ks->key = hf_alloc(ks->slots * sizeof(*ks->key));
    ks->id = hf_alloc0(ks->slots, sizeof(*ks->id));
    for (size_t i = 0; i < old.slots; i++)
        if (old.id[i] != 0)
            place(ks, old.key[i], old.id[i]);
    hf_free(old.key);
    hf_free(old.id);
}

bool hf_keyset_add(hf_keyset *ks, uint64_t key, int64_t id)
{
    if (ks->n >= ks->slots / 8 * 7) {
        if (ks->slots >= MAX_SLOTS)
            return false;
        grow(ks);
    }
    if (id <= 0 || id > UINT32_MAX)
        return false;
    place(ks, key, (uint32_t)id);
    ks->n++;
    return true;
}

int64_t hf_keyset_next(const hf_keyset *ks, uint64_t key, size_t *at)
{
    size_t i = *at == 0 ? key & (ks->slots - 1) : *at & (ks->slots - 1);

    for (; ks->id[i] != 0; i = (i + 1) & (ks->slots - 1))
        if (ks->key[i] == key) {
            *at = i + 1 + ks->slots; /* never 0 again */
            return ks->id[i];
        }
    return 0;
}
