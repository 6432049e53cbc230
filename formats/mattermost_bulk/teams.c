/* mattermost_bulk/teams.c: teams, and who is what in them.
 *
 * With --team everything goes into that one. Otherwise each workspace of the source becomes a team
 * of its own, under its own name; a source that names none needs --team. Roles within teams and
 * channels stand in membership records, which may come before or after the messages.
 * Memory: 12 bytes a membership of a team, as many for each administrator of a channel.
 */
#include "write_priv.h"

#include <stdlib.h>

/* --- teams ---------------------------------------------------------------------------------------
 */

static bulk_team *new_team(bulk_people *p, hf_record *rec, hf_view id)
{
    p->team = hf_realloc(p->team, p->nteam + 1, sizeof(*p->team));
    p->team[p->nteam] = (bulk_team){ .rec = rec, .id = id, .names = hf_map_new() };
    return &p->team[p->nteam++];
}

void bulk_teams_one(bulk_people *p, hf_view name)
{
    new_team(p, NULL, HF_V(""))->name = name;
    p->is_one_team = true;
}

static hf_view wish_of(const hf_record *r)
{
    hf_view name = hf_rec_get_text(r, HF_F_WORKSPACE_NAME);

    return name.n > 0 ? name : hf_rec_get_text(r, HF_F_WORKSPACE_TITLE);
}

static bool fits(hf_view name)
{
    return bulk_team_name_ok(name) && bulk_team_reserved(name) == NULL;
}

/* A name that the server takes: as a channel's, without underscores and reserved beginnings. */
static void name_team(bulk_people *p, bulk_team *t, hf_view wish)
{
    hf_view name = wish;

    if (!fits(name)) {
        char *c = (char *)(uintptr_t)hf_arena_dup(p->mem,
                                                  bulk_slug(BULK_NAME_CHANNEL, wish, t->id, p->mem))
                      .p;

        for (char *at = c; *at != '\0'; at++)
            if (*at == '_')
                *at = '-';
        name = hf_view_str(c);
    }
    if (!fits(name))
        name = hf_arena_printf(p->mem, "team-%.*s", name.n > 50 ? 50 : (int)name.n, name.p);
    t->name = bulk_unique(p->team_names, fits(name) ? name : HF_V("team"), p->mem);
}

void bulk_teams_add(bulk_people *p, hf_record *r)
{
    bool fresh = true;
    hf_map_entry *e = hf_map_put(p->team_by_id, bulk_key(p, r->origin, r->id), &fresh);

    if (p->is_one_team && p->team[0].rec == NULL) {
        p->team[0].rec = r;
        p->team[0].id = r->id;
        return; /* every workspace is this one: 0 */
    }
    if (p->is_one_team || !fresh) {
        p->spare = hf_realloc(p->spare, p->nspare + 1, sizeof(*p->spare));
        p->spare[p->nspare++] = r;
        return;
    }
    e->v.u = p->nteam;
    new_team(p, r, r->id);
    if (p->is_frozen)
        name_team(p, &p->team[e->v.u], wish_of(r));
}

hf_status bulk_teams_freeze(bulk_people *p, hf_err **err)
{
    uint32_t named = 0;

    for (uint32_t i = 0; i < p->nteam && !p->is_one_team; i++)
        named += wish_of(p->team[i].rec).n > 0;
    if (!p->is_one_team && named == 0) {
        hf_fail(err, HF_E_USAGE, "the source names no team to import into");
        return hf_hint(err, "name one with --team NAME");
    }
    /* Those that keep their names first, so that no other takes one. */
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < p->nteam && !p->is_one_team; i++)
            if (fits(wish_of(p->team[i].rec)) == (round == 0))
                name_team(p, &p->team[i], wish_of(p->team[i].rec));
    return HF_OK;
}

uint32_t bulk_team_of(bulk_people *p, hf_view origin, hf_view workspace)
{
    hf_map_entry *e;
    bool fresh;

    if (p->is_one_team || workspace.n == 0)
        return 0;
    e = hf_map_put(p->team_by_id, bulk_key(p, origin, workspace), &fresh);
    if (fresh) { /* a channel of a team that nobody defined: not for members of another */
        e->v.u = p->nteam;
        new_team(p, NULL, hf_arena_dup(p->mem, workspace));
        name_team(p, &p->team[e->v.u], p->team[e->v.u].id);
    }
    return (uint32_t)e->v.u;
}

void bulk_teams_clear(bulk_people *p)
{
    for (uint32_t i = 0; i < p->nteam; i++)
        hf_map_free(p->team[i].names);
    hf_map_free(p->team_by_id);
    hf_map_free(p->team_names);
    hf_free(p->team);
    hf_free(p->spare);
    hf_free(p->member);
    hf_listed_free(p->listed);
}

/* --- memberships ---------------------------------------------------------------------------------
 */

/* Every entry of the channels' member lists, noted when the first membership asks. */
static void list_members(bulk_people *p)
{
    if (p->listed == NULL)
        p->listed = hf_listed_new();
    for (; p->nlisted < p->nchannel; p->nlisted++)
        if (p->channel[p->nlisted]->rec != NULL)
            hf_listed_add(p->listed, p->channel[p->nlisted]->rec);
}

static void note(bulk_people *p, uint32_t user, uint32_t place, bool of_team, bool is_admin)
{
    if (p->nmember == p->cap_member) {
        p->cap_member = p->cap_member == 0 ? 64 : p->cap_member + p->cap_member / 2;
        p->member = hf_realloc(p->member, p->cap_member, sizeof(*p->member));
    }
    p->member[p->nmember++] = (bulk_member){ user, place, of_team, is_admin };
}

/* What a membership's role says of a user whose line can say it. */
static void settle_role(hf_record *r, const bulk_user *u)
{
    hf_value *role = hf_rec_get(r, HF_F_MEMBERSHIP_ROLE);

    if (role == NULL)
        return;
    if (hf_view_is(role->text, "admin") && !u->is_guest) {
        role->state = HF_CHANGED;
        role->how = "a role in the user's line";
    } else if (hf_view_is(role->text, "guest") && u->is_guest) {
        role->state = HF_CHANGED;
        role->how = "a guest everywhere";
    } else {
        role->how = "guests are guests everywhere, or nowhere";
    }
}

void bulk_take_membership(bulk_people *p, hf_record *r)
{
    hf_view user = hf_rec_get_text(r, HF_F_MEMBERSHIP_USER);
    hf_view channel = hf_rec_get_text(r, HF_F_MEMBERSHIP_CHANNEL);
    hf_view team = hf_rec_get_text(r, HF_F_MEMBERSHIP_WORKSPACE);
    const hf_map_entry *who = hf_map_get(p->by_id, bulk_key(p, r->origin, user));
    bool is_admin = hf_view_is(hf_rec_get_text(r, HF_F_MEMBERSHIP_ROLE), "admin");
    const char *how = "an entry of the channel's member list";
    const hf_map_entry *where;
    const bulk_user *u;

    if (who == NULL || hf_rec_get(r, HF_F_MEMBERSHIP_LEFT) != NULL) {
        bulk_leave_out(r, who == NULL ? "of a user that the source does not define"
                                      : "of the past: the file lists who is a member now");
        return;
    }
    u = &p->user[who->v.u];
    if (u->is_bot) {
        bulk_leave_out(r, "bots are no members in the file");
        return;
    }
    if (channel.n > 0) {
        list_members(p);
        where = hf_map_get(p->channel_by_id, bulk_key(p, r->origin, channel));
        if (where == NULL || !hf_listed_has(p->listed, r))
            return;
        if (is_admin)
            note(p, (uint32_t)who->v.u, (uint32_t)where->v.u, false, true);
    } else {
        where = hf_map_get(p->team_by_id, bulk_key(p, r->origin, team));
        if (where == NULL)
            return;
        /* An administrator of one of several teams that become one is not that of all. */
        is_admin = is_admin && p->nspare == 0;
        note(p, (uint32_t)who->v.u, p->is_one_team ? 0 : (uint32_t)where->v.u, true, is_admin);
        how = "a team of the user's line";
    }
    bulk_state(r, HF_F_MEMBERSHIP_USER, HF_CHANGED, how);
    bulk_state(r, HF_F_MEMBERSHIP_CHANNEL, HF_CHANGED, how);
    bulk_state(r, HF_F_MEMBERSHIP_WORKSPACE, HF_CHANGED, how);
    settle_role(r, u);
}

static int by_user(const void *a, const void *b)
{
    const bulk_member *x = a, *y = b;

    if (x->user != y->user)
        return x->user < y->user ? -1 : 1;
    if (x->of_team != y->of_team)
        return x->of_team ? 1 : -1;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (int)y->is_admin - (int)x->is_admin; /* the admin first: it is the one found */
}

void bulk_members_sort(bulk_people *p)
{
    if (p->nmember > 0)
        qsort(p->member, p->nmember, sizeof(*p->member), by_user);
}

/* The first entry of a user, or where it would stand. */
static size_t first_of(const bulk_people *p, uint32_t user)
{
    size_t low = 0, high = p->nmember;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (p->member[mid].user < user)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

bool bulk_is_admin(const bulk_people *p, uint32_t user, uint32_t place, bool of_team)
{
    for (size_t i = first_of(p, user); i < p->nmember && p->member[i].user == user; i++)
        if (p->member[i].of_team == of_team && p->member[i].place == place)
            return p->member[i].is_admin;
    return false;
}

bool bulk_is_in_team(const bulk_people *p, uint32_t user, uint32_t team)
{
    for (size_t i = first_of(p, user); i < p->nmember && p->member[i].user == user; i++)
        if (p->member[i].of_team && p->member[i].place == team)
            return true;
    return false;
}
