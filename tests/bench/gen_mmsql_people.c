/* tests/bench/gen_mmsql_people.c: teams, users, channels and who is in them. */
#include "gen_mmsql.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#define DAY_MS (HF_DAY_US / 1000)

static int64_t start_ms(const gen_sql *k)
{
    return k->w->start / 1000;
}

/* --- teams --------------------------------------------------------------------------------------
 */

static void put_team(gen_sql *k, const char *id, const char *name, const char *shown, int64_t gone)
{
    sql_str(k, id);
    sql_i64(k, start_ms(k) - DAY_MS);
    sql_i64(k, gone != 0 ? gone : start_ms(k) - DAY_MS);
    sql_i64(k, gone);
    sql_str(k, shown);
    sql_str(k, name);
    sql_str(k, "Harbor & shore\nsince 1987");
    sql_str(k, "office@northgate.example.com");
    sql_str(k, "I");
    sql_blanks(k, 2);
    sql_str(k, GEN_MM_SECRET); /* inviteid: who knows it may join */
    sql_null(k);
    sql_bool(k, false);
    sql_zeros(k, 1);
    sql_null(k);
    sql_bool(k, false);
    sql_row_end(k);
}

static void write_teams(gen_sql *k)
{
    sql_copy_begin(k, SQL_TEAMS);
    put_team(k, k->team, GEN_TEAM, "Northgate", 0);
    put_team(k, k->old_team, "southgate", "Southgate (closed)", start_ms(k) + 90 * DAY_MS);
    sql_copy_end(k);
}

/* --- users --------------------------------------------------------------------------------------
 */

typedef struct person {
    const char *handle, *first, *last, *nick, *service, *props;
    int64_t gone;
    bool is_bot, is_guest, is_remote;
} person;

#define STATUS_PROPS                                                             \
    "{\"customStatus\": \"{\\\"emoji\\\":\\\"ship\\\",\\\"text\\\":\\\"at sea, " \
    "\\\\\\\"back\\\\\\\" "                                                      \
    "soon\\\",\\\"duration\\\":\\\"\\\",\\\"expires_at\\\":\\\"0001-01-01T00:00:00Z\\\"}\"}"

static const person extra_person[XU_COUNT] = {
    [XU_DEPARTED] = { "departed.dora", "Dora", "Departed", "", "", "{}", 200, false, false, false },
    [XU_SOLO] = { "solo.sam", "Sam", "Solo", "", "", STATUS_PROPS, 0, false, false, false },
    [XU_REMOTE] = { "ivy:partner", "Ivy", "Partner", "", "", "{}", 0, false, false, true },
    [XU_LDAP] = { "ldap.lou", "Lou", "Ldap", "", "ldap", "{}", 0, false, false, false },
    [XU_ODD] = { "odd.olga", "Tab\there", "back\\slash \\N", "\u65b0\u3057\u3044 \"nick\"\nname",
                 "", "{}", 0, false, false, false },
    [XU_PLUGIN] = { "calls", "Calls", "", "", "", "{}", 0, true, false, false },
};

static person person_at(const gen_sql *k, uint32_t index)
{
    if (index >= k->w->users) {
        person p = extra_person[index - k->w->users];
        if (p.gone != 0)
            p.gone = start_ms(k) + p.gone * DAY_MS;
        return p;
    }
    const gen_user *u = &k->w->user[index];
    return (person){
        .handle = u->handle,
        .first = u->first,
        .last = u->last,
        .nick = index % 11 == 5 ? "Skipper" : "",
        .service = "",
        .props = index % 9 == 4 ? STATUS_PROPS : "{}",
        .gone = u->gone == INT64_MAX ? 0 : u->gone / 1000,
        .is_bot = u->is_bot,
        .is_guest = u->is_guest,
    };
}

static void put_credentials(gen_sql *k, const person *p)
{
    sql_str(k, p->is_bot || *p->service != '\0' ? "" : "$2a$10$" GEN_MM_SECRET);
    sql_str(k, *p->service == '\0' ? NULL : GEN_MM_SECRET);
    sql_str(k, p->service);
}

static void put_user(gen_sql *k, uint32_t index)
{
    char email[96];
    person p = person_at(k, index);
    int64_t changed = start_ms(k) + (int64_t)(index % 100) * 1000;
    sql_str(k, k->user[index]);
    sql_i64(k, start_ms(k) - 1000 + index % 1000);
    sql_i64(k, p.gone > changed ? p.gone : changed);
    sql_i64(k, p.gone);
    sql_str(k, p.handle);
    put_credentials(k, &p);
    snprintf(email, sizeof(email), "%s@%s", p.handle,
             p.is_bot ? "localhost" : "northgate.example.com");
    sql_str(k, email);
    sql_bool(k, !p.is_bot);
    sql_str(k, p.nick);
    sql_str(k, p.first);
    sql_str(k, p.is_bot ? "" : p.last);
    sql_str(k, p.is_guest            ? "system_guest"
               : index == k->w->bots ? "system_admin system_user"
                                     : "system_user");
    sql_bool(k, false);
    sql_json(k, p.props);
    sql_json(k, "{\"push\": \"mention\", \"email\": \"true\", \"channel\": \"true\", \"desktop\": "
                "\"mention\", \"comments\": \"never\", \"first_name\": \"false\", "
                "\"mention_keys\": \"\"}");
    sql_i64(k, start_ms(k));
    sql_zeros(k, 2);
    sql_str(k, index % 7 == 3 ? "de" : "en");
    sql_bool(k, index % 13 == 1);
    sql_str(k, index % 13 == 1 ? GEN_MM_SECRET : "");
    sql_str(k, index % 5 == 2 ? "Pilot, 2nd class" : "");
    sql_json(k, "{\"manualTimezone\": \"\", \"automaticTimezone\": \"Europe/Berlin\", "
                "\"useAutomaticTimezone\": \"true\"}");
    if (p.is_remote)
        sql_other_id(k, SQL_USERS, 0);
    else
        sql_null(k);
    sql_i64(k, p.is_bot ? 0 : changed);
    sql_null(k);
    sql_str(k, index % 3 == 0 ? "Harbor" : NULL);
    sql_row_end(k);
}

static void put_bot(gen_sql *k, uint32_t index)
{
    sql_str(k, k->user[index]);
    sql_str(k, index < k->w->bots ? "Says what the machines say" : "Created by the Calls plugin.");
    sql_str(k, index < k->w->bots ? k->user[k->w->bots] : "com.northgate.calls");
    sql_i64(k, start_ms(k) - 1000);
    sql_i64(k, start_ms(k) - 1000);
    sql_zeros(k, 2);
    sql_row_end(k);
}

static void write_users(gen_sql *k)
{
    sql_copy_begin(k, SQL_USERS);
    for (uint32_t i = 0; i < k->w->users + XU_COUNT; i++)
        put_user(k, i);
    sql_copy_end(k);
    sql_copy_begin(k, SQL_BOTS);
    for (uint32_t i = 0; i < k->w->bots; i++)
        put_bot(k, i);
    put_bot(k, k->w->users + XU_PLUGIN);
    sql_copy_end(k);
    gen_tally_extra(k->tally, "users", XU_COUNT);
}

static void write_team_members(gen_sql *k)
{
    sql_copy_begin(k, SQL_TEAMMEMBERS);
    for (uint32_t i = 0; i < k->w->users + XU_COUNT; i++) {
        person p = person_at(k, i);
        for (int old = 0; old <= (i == k->w->bots); old++) { /* one is in the closed team too */
            sql_str(k, old ? k->old_team : k->team);
            sql_str(k, k->user[i]);
            sql_str(k, "");
            sql_i64(k, p.gone);
            sql_bool(k, !p.is_guest);
            sql_bool(k, i == k->w->bots);
            sql_bool(k, p.is_guest);
            sql_i64(k, i % 2 == 0 ? 0 : start_ms(k) + i);
            sql_row_end(k);
        }
    }
    sql_copy_end(k);
}

/* --- channels -----------------------------------------------------------------------------------
 */

typedef struct place {
    const char *team, *type, *shown, *header, *purpose;
    char name[96];
    int64_t created, gone, last;
    uint64_t messages;
    uint32_t creator;            /* user */
    uint32_t member[3], members; /* of the extra ones */
} place;

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The name that the server gives to a conversation of these people. */
static void name_direct(const gen_sql *k, const uint32_t *member, uint32_t members, bool is_group,
                        char name[96])
{
    char id[9][27];
    uint32_t n = members == 1 ? 2 : members;
    for (uint32_t i = 0; i < n && i < 9; i++)
        memcpy(id[i], k->user[member[i % members]], sizeof(id[i]));
    qsort(id, n, sizeof(id[0]), by_text);
    if (!is_group) {
        snprintf(name, 96, "%s__%s", id[0], id[1]);
        return;
    }
    char all[9 * 26 + 1];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size = 0;
    for (uint32_t i = 0; i < n; i++)
        memcpy(all + (size_t)i * 26, id[i], 27);
    (void)EVP_Digest(all, (size_t)n * 26, digest, &size, EVP_sha1(), NULL);
    for (unsigned int i = 0; i < size; i++)
        snprintf(name + (size_t)i * 2, 3, "%02x", digest[i]);
}

static const char *const extra_type[XC_COUNT] = { "D", "D", "G", "D", "P", "BO" };

static place extra_place(const gen_sql *k, uint32_t extra)
{
    uint32_t users = k->w->users, top = k->w->bots;
    place p = { .team = "",
                .type = extra_type[extra],
                .shown = "",
                .header = "",
                .purpose = "",
                .created = start_ms(k) + 5 * DAY_MS,
                .last = start_ms(k) + 300 * DAY_MS,
                .creator = top,
                .member = { top, top, top },
                .members = 2 };
    p.member[1] = users + (extra == XC_DEPARTED ? XU_DEPARTED : XU_ERASED);
    if (extra == XC_SELF) {
        p.member[0] = p.creator = users + XU_SOLO;
        p.members = 1;
    } else if (extra == XC_GROUP) {
        p.member[0] = users + XU_SOLO;
        p.member[1] = users + XU_LDAP;
        p.member[2] = users + XU_REMOTE;
        p.members = 3;
        p.shown = "ivy:partner, ldap.lou, solo.sam";
        p.header = "three of us";
    } else if (extra == XC_ARCHIVED) {
        snprintf(p.name, sizeof(p.name), "closed-books");
        p.shown = "Closed books \\ 1987";
        p.team = k->old_team;
        p.gone = p.last + 1;
        p.members = 1;
    } else if (extra == XC_BOARD) {
        snprintf(p.name, sizeof(p.name), "board-roadmap");
        p.shown = "Roadmap board";
        p.team = k->team;
        p.members = 1;
    }
    if (p.type[0] == 'D' || p.type[0] == 'G')
        name_direct(k, p.member, p.members, p.type[0] == 'G', p.name);
    return p;
}

/* shown: memory for the title of a group. */
static place place_at(const gen_sql *k, uint32_t index, char shown[65])
{
    static const char *const type[] = { "O", "P", "D", "G" };
    if (index >= k->w->channels)
        return extra_place(k, index - k->w->channels);
    const gen_channel *c = &k->w->channel[index];
    const uint32_t *member = gen_members(k->w, c);
    place p = { .team = gen_is_direct(c) ? "" : k->team,
                .type = type[c->kind],
                .shown = gen_is_direct(c) ? "" : c->shown,
                .header = index % 17 == 3 ? "Plan: https://wiki.example.com/plan\n| a \\| b |" : "",
                .purpose = "",
                .created = c->created / 1000,
                .gone = c->is_archived ? c->last / 1000 : 0,
                .last = c->last / 1000,
                .messages = c->messages,
                .creator = c->creator };
    if (gen_is_direct(c))
        name_direct(k, member, c->members, c->kind == GEN_GROUP, p.name);
    else
        snprintf(p.name, sizeof(p.name), "%s", c->name);
    if (c->kind == GEN_GROUP) {
        size_t n = 0;
        for (uint32_t i = 0; i < c->members && n < 64; i++)
            n += (size_t)snprintf(shown + n, 65 - n, "%s%s", i == 0 ? "" : ", ",
                                  k->w->user[member[i]].handle);
        p.shown = shown; /* 64 characters: the server cuts it off as well */
    }
    return p;
}

static void put_channel(gen_sql *k, uint32_t index)
{
    char shown[65], purpose[128];
    place p = place_at(k, index, shown);
    bool is_direct = *p.team == '\0';
    snprintf(purpose, sizeof(purpose), "About %s", p.name);
    sql_str(k, k->channel[index]);
    sql_i64(k, p.created);
    sql_i64(k, p.gone != 0 ? p.gone : p.created);
    sql_i64(k, p.gone);
    sql_str(k, p.team);
    sql_str(k, p.type);
    sql_str(k, p.shown);
    sql_str(k, p.name);
    sql_str(k, p.header);
    sql_str(k, is_direct ? "" : purpose);
    sql_i64(k, p.last);
    sql_i64(k, (int64_t)p.messages);
    sql_zeros(k, 1);
    sql_str(k, is_direct ? "" : k->user[p.creator]);
    sql_null(k);
    sql_null(k);
    sql_str(k, index % 50 == 7 ? "t" : NULL);
    sql_i64(k, (int64_t)p.messages);
    sql_i64(k, p.last);
    sql_json(k, index % 40 == 9 ? "{\"text\": \"Quay closed\", \"enabled\": true, "
                                  "\"background_color\": \"#ff0000\"}"
                                : NULL);
    sql_str(k, "");
    sql_bool(k, false);
    sql_row_end(k);
}

static void write_channels(gen_sql *k)
{
    sql_copy_begin(k, SQL_CHANNELS);
    for (uint32_t i = 0; i < sql_channels(k); i++)
        put_channel(k, i);
    sql_copy_end(k);
    sql_copy_begin(k, SQL_PUBLICCHANNELS); /* a copy that the server keeps for its search */
    for (uint32_t i = 0; i < k->w->channels; i++) {
        const gen_channel *c = &k->w->channel[i];
        if (c->kind != GEN_PUBLIC)
            continue;
        sql_str(k, k->channel[i]);
        sql_i64(k, c->is_archived ? c->last / 1000 : 0);
        sql_str(k, k->team);
        sql_str(k, c->shown);
        sql_str(k, c->name);
        sql_blanks(k, 2);
        sql_row_end(k);
    }
    sql_copy_end(k);
    gen_tally_extra(k->tally, "channels", sql_channels(k) - k->w->channels);
}

/* --- members ------------------------------------------------------------------------------------
 */

/* Members of a channel of either sort. */
static const uint32_t *members_of(const gen_sql *k, uint32_t index, place *p, uint32_t *n)
{
    if (index < k->w->channels) {
        *n = k->w->channel[index].members;
        return gen_members(k->w, &k->w->channel[index]);
    }
    *p = extra_place(k, index - k->w->channels);
    *n = p->members;
    return p->member;
}

static void put_member(gen_sql *k, uint32_t index, uint32_t user, bool is_first)
{
    bool is_guest = user < k->w->users && k->w->user[user].is_guest;
    int64_t seen = start_ms(k) + (int64_t)((index + user) % 350) * DAY_MS;
    sql_str(k, k->channel[index]);
    sql_str(k, k->user[user]);
    sql_str(k, "");
    sql_i64(k, seen);
    sql_i64(k, (index + user) % 90);
    sql_zeros(k, 1);
    sql_json(k, user % 4 == 1
                    ? "{\"push\": \"all\", \"email\": \"default\", \"desktop\": \"none\", "
                      "\"mark_unread\": \"mention\"}"
                    : "{\"push\": \"default\", \"email\": \"default\", \"desktop\": \"default\", "
                      "\"mark_unread\": \"all\", \"ignore_channel_mentions\": \"default\"}");
    sql_i64(k, seen);
    sql_bool(k, !is_guest);
    sql_bool(k, is_first);
    sql_bool(k, is_guest);
    sql_zeros(k, 1);
    sql_i64(k, (index + user) % 60);
    sql_zeros(k, 1);
    sql_bool(k, false);
    sql_row_end(k);
}

static void write_channel_members(gen_sql *k)
{
    sql_copy_begin(k, SQL_CHANNELMEMBERS);
    for (uint32_t i = 0; i < sql_channels(k); i++) {
        place p;
        uint32_t n;
        const uint32_t *member = members_of(k, i, &p, &n);
        for (uint32_t m = 0; m < n; m++)
            if (member[m] < k->w->users + XU_COUNT) /* not of those who were erased */
                put_member(k, i, member[m], m == 0);
    }
    sql_copy_end(k);
}

static void put_stay(gen_sql *k, uint32_t channel, uint32_t user, int64_t from, int64_t to)
{
    sql_str(k, k->channel[channel]);
    sql_str(k, k->user[user]);
    sql_i64(k, from);
    if (to == 0)
        sql_null(k);
    else
        sql_i64(k, to);
    sql_row_end(k);
}

static void put_stays(gen_sql *k, uint32_t channel, uint32_t user, int64_t created, gen_rng *r)
{
    if (created < start_ms(k) + 30 * DAY_MS && gen_chance(r, 20000))
        return; /* joined before the server kept this table */
    int64_t from = created + (int64_t)gen_below(r, (uint64_t)DAY_MS);
    if (gen_chance(r, 8000)) { /* was here once, left and came back */
        put_stay(k, channel, user, from, from + DAY_MS);
        from += 3 * DAY_MS;
    }
    put_stay(k, channel, user, from, 0);
}

static void write_member_history(gen_sql *k)
{
    sql_copy_begin(k, SQL_CHANNELMEMBERHISTORY);
    for (uint32_t i = 0; i < sql_channels(k); i++) {
        place p;
        uint32_t n;
        gen_rng r = gen_rng_at(k->w->seed, GEN_F_MM_EXTRA, i, UINT64_MAX);
        const uint32_t *member = members_of(k, i, &p, &n);
        int64_t created = i < k->w->channels ? k->w->channel[i].created / 1000 : p.created;
        for (uint32_t m = 0; m < n; m++)
            put_stays(k, i, member[m], created, &r);
        if (i < k->w->channels && !gen_is_direct(&k->w->channel[i])) /* one who left for good */
            put_stay(k, i, k->w->users + XU_DEPARTED, created + 1, created + 20 * DAY_MS);
    }
    sql_copy_end(k);
}

/* --- the rest -----------------------------------------------------------------------------------
 */

static void put_emoji(gen_sql *k, uint32_t n, const char *name, int64_t gone)
{
    sql_other_id(k, SQL_EMOJI, n);
    sql_i64(k, start_ms(k));
    sql_i64(k, gone != 0 ? gone : start_ms(k));
    sql_i64(k, gone);
    sql_str(k, k->user[k->w->bots]);
    sql_str(k, name);
    sql_row_end(k);
}

static void write_emoji(gen_sql *k)
{
    uint32_t n = 0;
    sql_copy_begin(k, SQL_EMOJI);
    for (; gen_custom_emoji[n] != NULL; n++)
        put_emoji(k, n, gen_custom_emoji[n], 0);
    put_emoji(k, n, "old_crane", start_ms(k) + 40 * DAY_MS);
    sql_copy_end(k);
}

static void put_preference(gen_sql *k, const char *user, const char *category, const char *name,
                           const char *value)
{
    sql_str(k, user);
    sql_str(k, category);
    sql_str(k, name);
    sql_str(k, value);
    sql_row_end(k);
}

static void write_preferences(gen_sql *k)
{
    const gen_world *w = k->w;
    sql_copy_begin(k, SQL_PREFERENCES);
    for (uint32_t i = w->bots; i < w->users; i++) {
        put_preference(k, k->user[i], "tutorial_step", k->user[i], "999");
        if (i % 5 == 0)
            put_preference(k, k->user[i], "theme", "",
                           "{\"type\":\"Onyx\",\"sidebarBg\":\"#202228\"}");
        if (i % 3 == 0)
            put_preference(k, k->user[i], "favorite_channel", k->channel[0],
                           i % 6 == 0 ? "true" : "false");
    }
    for (uint32_t i = 0; i < w->channels; i++) {
        const gen_channel *c = &w->channel[i];
        const uint32_t *member = gen_members(w, c);
        if (c->kind == GEN_DM)
            put_preference(k, k->user[member[0]], "direct_channel_show",
                           k->user[member[1 % c->members]], "true");
        else if (c->kind == GEN_GROUP)
            put_preference(k, k->user[member[0]], "group_channel_show", k->channel[i], "true");
        if (c->messages > 0 && i % 4 == 1) { /* a saved message */
            char id[27];
            gen_mm_id(id, w->seed, GEN_MM_POST, c->first_ordinal);
            put_preference(k, k->user[member[0]], "flagged_post", id, "true");
        }
    }
    sql_copy_end(k);
}

static void write_status(gen_sql *k)
{
    sql_copy_begin(k, SQL_STATUS);
    for (uint32_t i = k->w->bots; i < k->w->users; i++) {
        sql_str(k, k->user[i]);
        sql_str(k, i % 2 == 0 ? "away" : "offline");
        sql_bool(k, i % 9 == 0);
        sql_i64(k, start_ms(k) + 300 * DAY_MS + i);
        sql_row_end(k);
    }
    sql_copy_end(k);
}

void sql_write_people(gen_sql *k)
{
    write_teams(k);
    write_users(k);
    write_team_members(k);
    write_channels(k);
    write_channel_members(k);
    write_member_history(k);
    write_emoji(k);
    write_preferences(k);
    write_status(k);
}
