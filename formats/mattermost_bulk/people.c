/* mattermost_bulk/people.c: who and where: definitions, stubs for what has none, names.
 *
 * Memory: the definitions themselves, and 4 bytes a membership.
 */
#include "write_priv.h"

#include <stdlib.h>

void bulk_people_init(bulk_people *p)
{
    *p = (bulk_people){ .mem = hf_arena_new() };
    p->team_by_id = hf_map_new();
    p->team_names = hf_map_new();
    p->by_id = hf_map_new();
    p->by_bot = hf_map_new();
    p->usernames = hf_map_new();
    p->names = hf_map_new();
    p->channel_by_id = hf_map_new();
    hf_buf_init(&p->key, HF_BUF_UNBOUNDED);
}

void bulk_people_clear(bulk_people *p)
{
    bulk_teams_clear(p);
    hf_map_free(p->by_id);
    hf_map_free(p->by_bot);
    hf_map_free(p->usernames);
    hf_map_free(p->names);
    hf_map_free(p->channel_by_id);
    for (uint32_t i = 0; i < p->nchannel; i++) {
        hf_map_free(p->channel[i]->pins);
        hf_free(p->channel[i]->user);
    }
    hf_free(p->user);
    hf_free(p->channel);
    hf_buf_clear(&p->key);
    hf_arena_free(p->mem);
}

hf_view bulk_key(const bulk_people *p, hf_view origin, hf_view id)
{
    hf_buf *key = (hf_buf *)(uintptr_t)&p->key; /* scratch */

    hf_buf_reset(key);
    hf_buf_add(key, origin);
    hf_buf_byte(key, '\0');
    hf_buf_add(key, id);
    return hf_buf_view(key);
}

/* --- users ---------------------------------------------------------------------------------------
 */

static uint32_t new_user(bulk_people *p)
{
    if (p->nuser == p->cap_user) {
        p->cap_user = p->cap_user == 0 ? 64 : p->cap_user * 2;
        p->user = hf_realloc(p->user, p->cap_user, sizeof(*p->user));
    }
    p->user[p->nuser] = (bulk_user){ 0 };
    return p->nuser++;
}

static hf_view user_wish(const bulk_user *u)
{
    hf_view name = u->rec != NULL ? hf_rec_get_text(u->rec, HF_F_USER_NAME) : u->shown;

    return name.n > 0 ? name : u->id;
}

static void name_user(bulk_people *p, bulk_user *u)
{
    hf_view wish = user_wish(u);

    if (!bulk_name_fits(BULK_NAME_USER, wish))
        wish = bulk_slug(BULK_NAME_USER, wish, u->id, p->mem);
    u->username = bulk_unique(p->usernames, wish, p->mem);
}

void bulk_people_add_user(bulk_people *p, hf_record *r)
{
    hf_view bot = hf_rec_get_text(r, HF_F_USER_BOT_ID);
    bool fresh;
    hf_map_entry *e = hf_map_put(p->by_id, bulk_key(p, r->origin, r->id), &fresh);
    uint32_t n = fresh ? new_user(p) : (uint32_t)e->v.u;
    bulk_user *u = &p->user[n];

    e->v.u = n;
    if (!fresh &&
        u->rec != NULL) { /* the same user, defined again: another line would be another user */
        uint32_t twin = new_user(p);

        p->user[twin] = (bulk_user){ .rec = r, .id = r->id, .same_as = n + 1 };
        return;
    }
    u->rec = r;
    u->id = r->id;
    u->is_bot = u->is_bot || hf_rec_get_bool(r, HF_F_USER_IS_BOT);
    u->is_guest = hf_rec_get_text(r, HF_F_USER_GUEST).n > 0;
    if (bot.n > 0)
        hf_map_put(p->by_bot, bulk_key(p, r->origin, bot), NULL)->v.u = n;
    if (p->is_frozen && u->username.n == 0)
        name_user(p, u);
}

uint32_t bulk_people_user(bulk_people *p, hf_view origin, hf_view id, hf_view shown)
{
    bool fresh;
    hf_map_entry *e = hf_map_put(p->by_id, bulk_key(p, origin, id), &fresh);
    uint32_t n;

    if (!fresh)
        return (uint32_t)e->v.u;
    e->v.u = n = new_user(p);
    p->user[n].id = hf_arena_dup(p->mem, id);
    /* Slack's own account is in no export's list of users. */
    p->user[n].shown = hf_view_is(id, "USLACKBOT") ? HF_V("Slackbot") : hf_arena_dup(p->mem, shown);
    name_user(p, &p->user[n]);
    return n;
}

/* The bot with that identity, which is its bot id or, for want of one, the name it showed. */
static uint32_t bot_of(bulk_people *p, hf_view origin, hf_view id, hf_view shown)
{
    hf_map_entry *e = hf_map_get(p->by_bot, bulk_key(p, origin, id));
    uint32_t n;

    if (e != NULL)
        return (uint32_t)e->v.u;
    e = hf_map_get(p->by_id, bulk_key(p, origin, id));
    if (e != NULL)
        return (uint32_t)e->v.u;
    n = bulk_people_user(p, origin, id, shown);
    p->user[n].is_bot = true;
    return n;
}

uint32_t bulk_people_author(bulk_people *p, const hf_record *m)
{
    hf_view user = hf_rec_get_text(m, HF_F_MESSAGE_AUTHOR);
    hf_view bot = hf_rec_get_text(m, HF_F_MESSAGE_AUTHOR_BOT);
    hf_view shown = hf_rec_get_text(m, HF_F_MESSAGE_AUTHOR_NAME);

    if (user.n > 0 && (bot.n == 0 || hf_map_get(p->by_id, bulk_key(p, m->origin, user)) != NULL))
        return bulk_people_user(p, m->origin, user, shown);
    if (bot.n > 0)
        return bot_of(p, m->origin, bot, shown);
    if (shown.n > 0)
        return bot_of(p, m->origin, shown, shown);
    return bulk_people_nobody(p);
}

uint32_t bulk_people_nobody(bulk_people *p)
{
    if (p->nobody == 0) {
        uint32_t n = new_user(p);

        p->user[n].shown = HF_V("Unknown user");
        name_user(p, &p->user[n]);
        p->nobody = n + 1;
    }
    return p->nobody - 1;
}

/* --- order ---------------------------------------------------------------------------------------
 */

/* Definitions whose name fits come first, then active ones, then by id. */
typedef struct ranked {
    int rank;
    hf_view id;
    uint32_t n;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    int c = x->rank - y->rank;

    if (c == 0)
        c = hf_view_cmp(x->id, y->id);
    return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

static void sort_ranked(ranked *list, size_t n)
{
    if (n > 0)
        qsort(list, n, sizeof(*list), by_rank);
}

uint32_t *bulk_people_order(const bulk_people *p, hf_arena *mem)
{
    ranked *list = hf_arena_alloc(mem, (p->nuser + 1) * sizeof(*list));
    uint32_t *order = hf_arena_alloc(mem, (p->nuser + 1) * sizeof(*order));

    for (uint32_t i = 0; i < p->nuser; i++)
        list[i] = (ranked){ p->user[i].is_bot, p->user[i].username, i };
    sort_ranked(list, p->nuser);
    for (uint32_t i = 0; i < p->nuser; i++)
        order[i] = list[i].n;
    return order;
}

static int by_user_rank(const void *a, const void *b, void *rank)
{
    uint32_t x = ((const uint32_t *)rank)[*(const uint32_t *)a];
    uint32_t y = ((const uint32_t *)rank)[*(const uint32_t *)b];

    return (x > y) - (x < y);
}

void bulk_sort_members(bulk_channel *c, const uint32_t *rank)
{
    uint32_t kept = 0;

    if (c->nuser == 0)
        return;
    qsort_r(c->user, c->nuser, sizeof(*c->user), by_user_rank, (void *)(uintptr_t)rank);
    for (uint32_t i = 0; i < c->nuser && !c->is_direct; i++)
        if (kept == 0 || c->user[kept - 1] != c->user[i])
            c->user[kept++] = c->user[i];
    if (!c->is_direct)
        c->nuser = kept;
}

/* --- channels ------------------------------------------------------------------------------------
 */

static bulk_channel *new_channel(bulk_people *p, hf_map_entry *e)
{
    if (p->nchannel == p->cap_channel) {
        p->cap_channel = p->cap_channel == 0 ? 64 : p->cap_channel * 2;
        p->channel = hf_realloc(p->channel, p->cap_channel, sizeof(*p->channel));
    }
    e->v.u = p->nchannel;
    p->channel[p->nchannel] = hf_arena_alloc0(p->mem, 1, sizeof(bulk_channel));
    p->channel[p->nchannel]->number = p->nchannel;
    return p->channel[p->nchannel++];
}

static void add_member(bulk_channel *c, uint32_t user)
{
    if ((c->nuser & (c->nuser - 1)) == 0) /* 0, 1, 2, 4 ... */
        c->user = hf_realloc(c->user, c->nuser == 0 ? 1 : c->nuser * 2, sizeof(*c->user));
    c->user[c->nuser++] = user;
}

static bool is_member(const bulk_channel *c, uint32_t user)
{
    for (uint32_t i = 0; i < c->nuser; i++)
        if (c->user[i] == user)
            return true;
    return false;
}

/* The members, once each when they are few: a group conversation depends on who they are. */
static void find_members(bulk_people *p, bulk_channel *c, bool once)
{
    uint32_t at = 0;

    for (const hf_value *v = c->rec == NULL ? NULL
                                            : hf_rec_next(c->rec, HF_F_CHANNEL_MEMBER, 0, &at);
         v != NULL; v = hf_rec_next(c->rec, HF_F_CHANNEL_MEMBER, at + 1, &at)) {
        uint32_t n = bulk_people_user(p, c->rec->origin, v->text, HF_V(""));

        if (!once || !is_member(c, n))
            add_member(c, n);
    }
}

static void find_pins(bulk_channel *c)
{
    uint32_t at = 0;

    for (const hf_value *v = hf_rec_next(c->rec, HF_F_CHANNEL_PIN_MESSAGE, 0, &at); v != NULL;
         v = hf_rec_next(c->rec, HF_F_CHANNEL_PIN_MESSAGE, at + 1, &at)) {
        if (c->pins == NULL)
            c->pins = hf_map_new();
        hf_map_put(c->pins, v->text, NULL);
    }
}

/* Id and JSON of a direct channel's members; false when another conversation has the same ones. */
static bool make_direct(bulk_people *p, bulk_channel *c)
{
    hf_view *names = hf_arena_alloc(p->mem, c->nuser * sizeof(*names));
    hf_buf json;
    bool fresh;

    for (uint32_t i = 0; i < c->nuser; i++)
        names[i] = p->user[c->user[i]].username;
    c->id = bulk_direct_id(names, c->nuser, p->mem);
    hf_map_put(p->names, c->id, &fresh); /* commas keep these apart from channel names */
    if (!fresh)
        return false;
    hf_buf_init(&json, HF_BUF_UNBOUNDED);
    for (uint32_t i = 0; i < c->nuser; i++) {
        hf_buf_byte(&json, i == 0 ? '[' : ',');
        bulk_put_text(&json, names[i]);
    }
    hf_buf_byte(&json, ']');
    c->members = hf_arena_dup(p->mem, hf_buf_view(&json));
    hf_buf_clear(&json);
    c->is_direct = true;
    return true;
}

/* Direct when the server can say it: two people, or three to eight, and nobody else's. */
static void place_conversation(bulk_people *p, bulk_channel *c, bool is_dm)
{
    find_members(p, c, true);
    if (is_dm && c->nuser == 1)
        add_member(c, c->user[0]); /* notes to oneself */
    if (is_dm ? c->nuser != 2 : c->nuser < BULK_GROUP_MIN || c->nuser > BULK_GROUP_MAX)
        c->why_moved = c->nuser > BULK_GROUP_MAX ? "a private channel: more than 8 members"
                                                 : "a private channel: too few members";
    else if (!make_direct(p, c))
        c->why_moved = "a private channel: another one has the same members";
    c->is_private = !c->is_direct;
}

static hf_view channel_wish(const bulk_channel *c)
{
    hf_view name = c->rec == NULL ? HF_V("") : hf_rec_get_text(c->rec, HF_F_CHANNEL_NAME);

    return name.n > 0 ? name : c->source_id;
}

static void name_channel(bulk_people *p, bulk_channel *c)
{
    hf_view wish = channel_wish(c);

    if (!bulk_name_fits(BULK_NAME_CHANNEL, wish))
        wish = bulk_slug(BULK_NAME_CHANNEL, wish, c->source_id, p->mem);
    c->name = bulk_unique(p->team[c->team].names, wish, p->mem);
    c->id = bulk_channel_id(p->team[c->team].name, c->name, p->mem);
}

bool bulk_is_foreign_kind(hf_view kind)
{
    return kind.n > 0 && !hf_view_is(kind, "public") && !hf_view_is(kind, "private") &&
           !hf_view_is(kind, "dm") && !hf_view_is(kind, "group");
}

static void place_channel(bulk_people *p, bulk_channel *c)
{
    hf_view kind = c->rec == NULL ? HF_V("private") : hf_rec_get_text(c->rec, HF_F_CHANNEL_KIND);

    c->is_foreign = bulk_is_foreign_kind(kind);
    if (c->is_foreign)
        return;
    if (c->rec != NULL)
        c->team = bulk_team_of(p, c->rec->origin, hf_rec_get_text(c->rec, HF_F_CHANNEL_WORKSPACE));
    if (hf_view_is(kind, "dm") || hf_view_is(kind, "group")) {
        place_conversation(p, c, hf_view_is(kind, "dm"));
    } else {
        c->is_private = !hf_view_is(kind, "public"); /* what does not say so is not shown to all */
        find_members(p, c, false);
    }
    if (!c->is_direct)
        name_channel(p, c);
}

void bulk_people_add_channel(bulk_people *p, hf_record *r)
{
    bool fresh;
    hf_map_entry *e = hf_map_put(p->channel_by_id, bulk_key(p, r->origin, r->id), &fresh);
    bulk_channel *c;

    if (fresh) {
        c = new_channel(p, e);
    } else if (p->channel[e->v.u]->rec == NULL) {
        c = p->channel[e->v.u]; /* named already: messages came before their channel */
    } else {
        bulk_channel *first = p->channel[e->v.u];
        hf_map_entry twin = { 0 };

        c = new_channel(p, &twin);
        c->same_as = first;
    }
    c->rec = r;
    c->source_id = r->id;
    find_pins(c);
    if (p->is_frozen && fresh)
        place_channel(p, c);
}

bulk_channel *bulk_people_channel(bulk_people *p, hf_view origin, hf_view id)
{
    bool fresh;
    hf_map_entry *e = hf_map_put(p->channel_by_id, bulk_key(p, origin, id), &fresh);
    bulk_channel *c;

    if (!fresh)
        return p->channel[e->v.u];
    c = new_channel(p, e);
    c->source_id = hf_arena_dup(p->mem, id);
    place_channel(p, c);
    return c;
}

/* --- names ---------------------------------------------------------------------------------------
 */

hf_status bulk_people_freeze(bulk_people *p, hf_err **err)
{
    size_t max = (p->nuser > p->nchannel ? p->nuser : p->nchannel) + 1;
    ranked *list = hf_arena_alloc(p->mem, max * sizeof(*list));
    uint32_t nuser = p->nuser, nchannel = p->nchannel, n = 0;

    if (p->is_frozen)
        return HF_OK;
    if (bulk_teams_freeze(p, err) != HF_OK)
        return HF_E_USAGE;
    for (uint32_t i = 0; i < nuser; i++) {
        const bulk_user *u = &p->user[i];
        bool fits = bulk_name_fits(BULK_NAME_USER, user_wish(u));
        bool closed = u->rec != NULL && hf_rec_get_bool(u->rec, HF_F_USER_IS_DEACTIVATED);

        if (u->same_as == 0)
            list[n++] = (ranked){ (fits ? 0 : 2) + (closed ? 1 : 0), u->id, i };
    }
    sort_ranked(list, n);
    for (uint32_t i = 0; i < n; i++)
        name_user(p, &p->user[list[i].n]);
    p->is_frozen = true;
    n = 0;
    for (uint32_t i = 0; i < nchannel; i++) {
        const bulk_channel *c = p->channel[i];

        if (c->same_as == NULL)
            list[n++] = (ranked){ bulk_name_fits(BULK_NAME_CHANNEL, channel_wish(c)) ? 0 : 1,
                                  c->source_id, i };
    }
    sort_ranked(list, n);
    for (uint32_t i = 0; i < n; i++)
        place_channel(p, p->channel[list[i].n]);
    return HF_OK;
}

hf_view bulk_people_mention(const bulk_people *p, hf_view origin, hf_view id)
{
    const hf_map_entry *e = hf_map_get(p->by_id, bulk_key(p, origin, id));

    if (e == NULL)
        e = hf_map_get(p->by_bot, bulk_key(p, origin, id));
    return e == NULL ? HF_V("") : p->user[e->v.u].username;
}

hf_view bulk_people_mention_channel(const bulk_people *p, hf_view origin, hf_view id)
{
    const hf_map_entry *e = hf_map_get(p->channel_by_id, bulk_key(p, origin, id));

    return e == NULL ? HF_V("") : p->channel[e->v.u]->name;
}
