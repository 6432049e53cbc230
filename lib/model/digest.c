/* model/digest.c: what makes a new version, and what only updates what is current. */
#include "model/account.h"

/* Order-free within the record: sums of 64-bit hashes, each salted with its field or path text, so
 * that the order of object keys does not matter and path numbers of another run give the same
 * digest. Order within a list counts through the item number. */
static uint64_t of_value(const hf_value *v)
{
    uint64_t seed = hf_hash64(hf_view_str(hf_field_get(v->field)->path), v->item);

    if (v->text.p != NULL)
        return hf_hash64(v->text, seed);
    return hf_hash64((hf_view){ (const char *)&v->num, sizeof(v->num) }, seed);
}

/* JSON as it is spelled; a column of COPY as its text, since servers and dumps may escape apart. */
static uint64_t of_leaf(const hf_leaf *l, hf_arena **mem, uint64_t seed)
{
    if (l->spelling == HF_SPELL_JSON)
        return hf_hash64(l->raw, seed);
    if (*mem == NULL)
        *mem = hf_arena_new();
    return hf_hash64(hf_leaf_plain(l, *mem), seed);
}

void hf_rec_digests(const hf_record *r, const hf_paths *paths, uint64_t *content, uint64_t *state)
{
    uint64_t sum[3] = { 0, 0, 0 };
    hf_arena *mem = NULL;

    for (uint32_t i = 0; i < r->nvalue; i++)
        sum[hf_field_get(r->value[i].field)->class] += of_value(&r->value[i]);
    for (uint32_t i = 0; i < r->nleaf; i++) {
        const hf_leaf *l = &r->leaf[i];

        if (l->value != 0 || hf_path_is_volatile(paths, l->path))
            continue;
        sum[HF_CLASS_CONTENT] += of_leaf(l, &mem, hf_hash64(hf_path_text(paths, l->path), 0));
    }
    hf_arena_free(mem);
    *content = sum[HF_CLASS_CONTENT];
    *state = sum[HF_CLASS_STATE];
}
