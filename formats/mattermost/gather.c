/* mattermost/gather.c: what the reader remembers across tables: members, threads, claims. */
#include "read_priv.h"

#include <stdlib.h>

/* --- members -------------------------------------------------------------------------------------
 */

void mm_members_init(mm_members *x)
{
    *x = (mm_members){ hf_map_new(), hf_map_new(), NULL };
}

void mm_members_clear(mm_members *x)
{
    for (size_t i = 0; i < hf_map_count(x->channels); i++)
        hf_free(x->list[i].user);
    hf_free(x->list);
    hf_map_free(x->users);
    hf_map_free(x->channels);
}

void mm_members_add(mm_members *x, const hf_record *r)
{
    bool fresh;
    hf_map_entry *e = hf_map_put(x->channels, r->scope, &fresh);
    size_t n = fresh ? hf_map_count(x->channels) - 1 : e->v.u;
    mm_member_list *l;

    if (fresh) {
        e->v.u = n;
        if ((n & (n - 1)) == 0) /* 0, 1, 2, 4 ...: room for twice as many */
            x->list = hf_realloc(x->list, n == 0 ? 1 : n * 2, sizeof(*x->list));
        x->list[n] = (mm_member_list){ NULL, 0, 0 };
    }
    l = &x->list[n];
    if (l->n == l->cap) {
        l->cap = l->cap == 0 ? 4 : l->cap + l->cap / 2;
        l->user = hf_realloc(l->user, l->cap, sizeof(*l->user));
    }
    e = hf_map_put(x->users, hf_rec_get_text(r, HF_F_MEMBERSHIP_USER), &fresh);
    if (fresh)
        e->v.u = hf_map_count(x->users) - 1;
    l->user[l->n++] = (uint32_t)e->v.u;
}

static int by_user(const void *a, const void *b, void *users)
{
    return hf_view_cmp(hf_map_at(users, *(const uint32_t *)a)->key,
                       hf_map_at(users, *(const uint32_t *)b)->key);
}

static bool has_member(const hf_record *channel, uint32_t nvalue, hf_view user)
{
    for (uint32_t i = 0; i < nvalue; i++)
        if (channel->value[i].field == HF_F_CHANNEL_MEMBER &&
            hf_view_eq(channel->value[i].text, user))
            return true;
    return false;
}

void mm_members_give(mm_members *x, hf_batch *b, hf_record *channel)
{
    const hf_map_entry *e = hf_map_get(x->channels, channel->id);
    uint32_t own = channel->nvalue, item = 0;
    mm_member_list *l;

    if (e == NULL)
        return;
    for (uint32_t i = 0; i < own; i++) /* a direct channel's name names its people */
        item += channel->value[i].field == HF_F_CHANNEL_MEMBER;
    if (item == 0)
        own = 0;
    l = &x->list[e->v.u];
    qsort_r(l->user, l->n, sizeof(*l->user), by_user, x->users);
    for (uint32_t i = 0; i < l->n; i++) {
        hf_view user = hf_map_at(x->users, l->user[i])->key;

        if (!has_member(channel, own, user))
            hf_rec_text(b, channel, HF_F_CHANNEL_MEMBER, item++, hf_arena_dup(b->mem, user));
    }
}

/* --- threads -------------------------------------------------------------------------------------
 */

static uint64_t hash_of(hf_view id)
{
    uint64_t h = hf_hash64(id, 0);

    return h == 0 ? 1 : h;
}

/* Where the hash is, or the free place for it. */
static size_t place_of(const mm_threads *x, uint64_t h)
{
    size_t i = (size_t)h & (x->cap - 1);

    while (x->slot[i] != 0 && x->slot[i] != h)
        i = (i + 1) & (x->cap - 1);
    return i;
}

static void grow(mm_threads *x)
{
    mm_threads old = *x;

    x->cap = old.cap == 0 ? 256 : old.cap * 2;
    x->slot = hf_alloc0(x->cap, sizeof(*x->slot));
    for (size_t i = 0; i < old.cap; i++)
        if (old.slot[i] != 0)
            x->slot[place_of(x, old.slot[i])] = old.slot[i];
    hf_free(old.slot);
}

void mm_threads_add(mm_threads *x, hf_view id)
{
    uint64_t h = hash_of(id);
    size_t i;

    if (4 * x->n >= 3 * x->cap)
        grow(x);
    i = place_of(x, h);
    x->n += x->slot[i] == 0;
    x->slot[i] = h;
}

bool mm_threads_have(const mm_threads *x, hf_view id)
{
    return x->n > 0 && x->slot[place_of(x, hash_of(id))] != 0;
}

void mm_threads_clear(mm_threads *x)
{
    hf_free(x->slot);
}

/* --- claims --------------------------------------------------------------------------------------
 */

void mm_claims_init(mm_claims *x)
{
    x->channels = hf_map_new();
}

void mm_claims_clear(mm_claims *x)
{
    hf_map_free(x->channels);
    hf_free(x->count);
    hf_free(x->again);
}

static uint32_t number_of(mm_claims *x, hf_view channel)
{
    bool fresh;
    hf_map_entry *e = hf_map_put(x->channels, channel, &fresh);

    if (fresh)
        e->v.u = hf_map_count(x->channels) - 1;
    return (uint32_t)e->v.u;
}

void mm_claims_channel(mm_claims *x, hf_view id)
{
    number_of(x, id);
}

void mm_claims_post(mm_claims *x, hf_view channel, int64_t create_us)
{
    int64_t day = hf_day_of(create_us);

    if (day > x->last_day)
        x->last_day = day;
    if (!hf_view_eq(channel, x->last_channel))
        x->last_channel = hf_map_at(x->channels, number_of(x, channel))->key;
}

static void note_count(void *self, hf_view channel, int64_t day, uint64_t n)
{
    mm_claims *x = self;

    if (x->ncount == x->cap_count) {
        x->cap_count = x->cap_count == 0 ? 256 : x->cap_count + x->cap_count / 2;
        x->count = hf_realloc(x->count, x->cap_count, sizeof(*x->count));
    }
    x->count[x->ncount++] = (mm_count){ number_of(x, channel), (int32_t)day, n };
}

void mm_claims_days(mm_claims *x, const char *text, hf_arena *mem)
{
    hf_tape t;

    hf_tape_init(&t);
    if (hf_tape_parse(&t, hf_view_str(text), NULL, NULL) == HF_OK)
        x->again = hf_alloc0(t.n + 1, sizeof(*x->again));
    for (uint32_t k = x->again == NULL ? HF_NO_TOK : hf_tape_first(&t, 0); k != HF_NO_TOK;
         k = hf_tape_after(&t, 0, k)) {
        uint32_t channel = hf_tape_first(&t, k);
        uint32_t day = channel == HF_NO_TOK ? HF_NO_TOK : hf_tape_after(&t, k, channel);
        int64_t n;

        if (day != HF_NO_TOK && hf_view_i64(hf_tok_raw(&t, day), &n))
            x->again[x->nagain++] =
                (mm_count){ number_of(x, hf_tok_string(&t, channel, mem)), (int32_t)n, 0 };
    }
    hf_tape_clear(&t);
}

/* Ask the source, once every table was read. */
static hf_status ask(mm_reader *m, hf_err **err)
{
    mm_claims *x = &m->claims;
    hf_status rc;

    x->is_asked = true;
    x->nclaim = m->feed->is_partial ? 0 : hf_map_count(x->channels);
    if (!m->feed->is_partial)
        x->nagain = 0; /* no day is left out */
    if ((m->want & HF_WANT_COUNTS) == 0 || m->feed->ops->counts == NULL)
        return HF_OK;
    rc = m->feed->ops->counts(m->feed, note_count, x, err);
    if (rc == HF_OK && x->ncount == 0) /* that there is none is a count too */
        note_count(x, HF_V(""), 0, 0);
    return rc;
}

static hf_record *add(mm_reader *m, hf_view scope)
{
    hf_record *r = hf_batch_add(m->b, HF_KIND_COVERAGE);

    r->origin = m->batch_origin;
    r->format = MM_FORMAT;
    r->scope = hf_arena_dup(m->b->mem, scope);
    return r;
}

/* The whole table was read: whatever is not in it is gone, be it older than all that is there. The
 * last day is that of the server's last message: of what came later this reading knows nothing. */
static void give_claim(mm_reader *m, hf_view channel)
{
    hf_record *r = add(m, channel);

    r->u.coverage.first_day = -1; /* the first that it holds is 1970-01-01 */
    r->u.coverage.last_day = m->claims.last_day + 1;
}

/* The same for one day that was read again as a whole. */
static void give_day(mm_reader *m, const mm_count *d)
{
    hf_record *r = add(m, hf_map_at(m->claims.channels, d->channel)->key);

    r->u.coverage.first_day = d->day - 1;
    r->u.coverage.last_day = d->day + 1;
}

static void give_count(mm_reader *m, const mm_count *c)
{
    hf_record *r = add(m, hf_map_at(m->claims.channels, c->channel)->key);

    r->u.coverage.first_day = r->u.coverage.last_day = c->day;
    r->u.coverage.rows = c->n;
    r->u.coverage.is_count = true;
}

/* Of the other kinds whole tables were read: what is not in them is gone. */
static void give_kinds(mm_reader *m)
{
    static const struct {
        mm_role role;
        hf_kind kind;
    } kinds[] = {
        { MM_TEAMS, HF_KIND_WORKSPACE },  { MM_USERS, HF_KIND_USER },
        { MM_CHANNELS, HF_KIND_CHANNEL }, { MM_CHANNEL_MEMBERS, HF_KIND_MEMBERSHIP },
        { MM_EMOJI, HF_KIND_EMOJI },      { MM_DRAFTS, HF_KIND_DRAFT },
        { MM_AUDITS, HF_KIND_EVENT },
    };

    for (uint32_t i = 0; i < m->feed->ntable; i++) {
        const mm_read_table *t = &m->table[i];
        const mm_table *in = t->table;
        bool is_of_messages = t->is_first && (mm_joins_message(in->role) || in->role == MM_POSTS);

        if (t->member == HF_NO_MEMBER)
            continue;
        for (size_t k = 0; t->is_first && k < sizeof(kinds) / sizeof(kinds[0]); k++)
            if (kinds[k].role == in->role)
                add(m, HF_V(""))->u.coverage.kind = kinds[k].kind;
        /* Rows that are only kept, and those that joined nothing. */
        if (!is_of_messages || !m->feed->is_partial)
            add(m, hf_arena_printf(m->b->mem, "%.*s.%.*s", (int)in->schema.n, in->schema.p,
                                   (int)in->name.n, in->name.p))
                ->u.coverage.kind = HF_KIND_OPAQUE;
    }
}

hf_status mm_claims_give(mm_reader *m, hf_err **err)
{
    mm_claims *x = &m->claims;
    hf_status rc = x->is_asked ? HF_OK : ask(m, err);

    if (rc != HF_OK)
        return rc;
    while (x->next_claim < x->nclaim && !hf_batch_is_full(m->b))
        give_claim(m, hf_map_at(x->channels, x->next_claim++)->key);
    while (x->next_count < x->ncount && !hf_batch_is_full(m->b))
        give_count(m, &x->count[x->next_count++]);
    while (x->next_day < x->nagain && !hf_batch_is_full(m->b))
        give_day(m, &x->again[x->next_day++]);
    if (x->next_claim < x->nclaim || x->next_count < x->ncount || x->next_day < x->nagain)
        return HF_OK;
    give_kinds(m);
    return HF_END;
}
