/* audit/verify_keys.c: who signed the checkpoints, and whether he was to.
 *
 * The entries of a log name its keys one after the other. A key signs from the entry that brings it
 * to the one that brings the next, of which its last checkpoint says so. Known are the keys that
 * the caller knows; from a known one trust goes on to the next one by that last checkpoint, and
 * back to those before by any checkpoint of its own, which covers the entries that brought them.
 */
#include "audit/verify_priv.h"

typedef struct link { /* of the chain of the log's keys */
    hf_vkey key;
    uint64_t from;  /* the entry that brought it */
    uint64_t until; /* entries that it may sign for at most */
    bool is_known;
} link;

typedef struct chain {
    link *at;
    size_t n;
} chain;

enum { NOBODY = -1 };

static bool is_given(const hf_check *c, const hf_vkey *k)
{
    for (size_t i = 0; i < c->args->nkeys; i++)
        if (c->args->keys[i].id == k->id &&
            memcmp(c->args->keys[i].key, k->key, sizeof(k->key)) == 0)
            return true;
    return false;
}

/* Keys that the log names are all there is when the caller knows none. */
static chain make_chain(const hf_check *c)
{
    chain all = { .at = hf_alloc0(c->nkeys, sizeof(*all.at)) };

    for (size_t i = 0; i < c->nkeys; i++) {
        link *l = &all.at[all.n];

        if (hf_vkey_parse(hf_view_str(c->keys[i].vkey), &l->key, NULL) != HF_OK)
            continue;
        l->from = c->keys[i].seq;
        l->until = UINT64_MAX;
        l->is_known = c->args->nkeys == 0 || is_given(c, &l->key);
        if (all.n > 0)
            l[-1].until = l->from + 1;
        all.n++;
    }
    return all;
}

/* The link that signed a note, whenever; NOBODY when none did. */
static int signer_of(const chain *all, hf_note *note)
{
    for (size_t i = 0; i < all->n; i++)
        if (hf_note_verify(note, &all->at[i].key, 1, NULL) == HF_OK)
            return (int)i;
    return NOBODY;
}

/* What link i signed says more: the link after it, or those before it, are known. */
static bool spread(chain *all, size_t i, uint64_t size)
{
    bool has_spread = false;

    if (size == all->at[i].until && i + 1 < all->n && !all->at[i + 1].is_known)
        has_spread = all->at[i + 1].is_known = true;
    for (size_t k = 0; k < i && size > all->at[i].from; k++)
        if (!all->at[k].is_known)
            has_spread = all->at[k].is_known = true;
    return has_spread;
}

static void spread_all(const hf_check *c, chain *all, const int *signer)
{
    bool has_spread = true;

    while (has_spread) {
        has_spread = false;
        for (size_t i = 0; i < c->marks.n; i++)
            if (signer[i] != NOBODY && c->marks.at[i].is_same && all->at[signer[i]].is_known)
                has_spread |= spread(all, (size_t)signer[i], c->marks.at[i].head.size);
    }
}

/* Signed by none of the log's keys: by one that the caller knows all the same? */
static hf_status check_other(const hf_check *c, const chain *all, const hf_mark *m, hf_err **why)
{
    size_t n = c->args->nkeys > 0 ? c->args->nkeys : all->n;
    hf_vkey *keys = hf_alloc0(n, sizeof(*keys));
    hf_note *note = HF_NEW(hf_note);
    hf_status rc = hf_note_parse(hf_view_str(m->note), note, why);

    for (size_t i = 0; i < n; i++)
        keys[i] = c->args->nkeys > 0 ? c->args->keys[i] : all->at[i].key;
    if (rc == HF_OK)
        rc = hf_note_verify(note, keys, n, why);
    hf_free(note);
    hf_free(keys);
    return rc;
}

static hf_status check_signed(const hf_check *c, const chain *all, const hf_mark *m, int signer,
                              hf_err **why)
{
    const link *by = signer == NOBODY ? NULL : &all->at[signer];

    if (by == NULL || !by->is_known)
        return check_other(c, all, m, why);
    if (m->head.size > by->until)
        return hf_fail(why, HF_E_VERIFY, "signed by a key that entry %llu had replaced",
                       hf_check_big(by->until - 1));
    return HF_OK;
}

static int *find_signers(const hf_check *c, const chain *all)
{
    int *signer = hf_alloc0(c->marks.n, sizeof(*signer));
    hf_note *note = HF_NEW(hf_note);

    for (size_t i = 0; i < c->marks.n; i++)
        signer[i] = c->marks.at[i].kind == HF_MARK_SIGNED &&
                            hf_note_parse(hf_view_str(c->marks.at[i].note), note, NULL) == HF_OK
                        ? signer_of(all, note)
                        : NOBODY;
    hf_free(note);
    return signer;
}

/* Nothing is signed yet: then at least the log says that a key which the caller knows is to sign. A
 * log that somebody wrote anew without the key need have no checkpoint at all. */
static bool names_given(const hf_check *c, const chain *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (is_given(c, &all->at[i].key))
            return true;
    return false;
}

void hf_signatures_check(hf_check *c)
{
    chain all = make_chain(c);
    int *signer = find_signers(c, &all);

    if (c->args->nkeys > 0 && c->out->checkpoints == 0 && c->range.n > 0 && !names_given(c, &all))
        hf_check_say(c, HF_LOG_SIGNATURE, 0, c->range.n,
                     "nothing is signed, and no entry names a key that is known");
    spread_all(c, &all, signer);
    for (size_t i = 0; i < c->marks.n; i++) {
        const hf_mark *m = &c->marks.at[i];
        hf_err *why = NULL;

        if (m->kind != HF_MARK_SIGNED)
            continue;
        if (check_signed(c, &all, m, signer[i], &why) != HF_OK)
            hf_check_say(c, HF_LOG_SIGNATURE, 0, m->head.size, "%s of %llu entries: %s", m->label,
                         hf_check_big(m->head.size), why->message);
        else if (m->is_same && m->head.size > c->out->signed_upto)
            c->out->signed_upto = m->head.size;
        hf_err_free(why);
    }
    hf_free(signer);
    hf_free(all.at);
}
