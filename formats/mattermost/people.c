/* mattermost/people.c: teams, users and their bots, memberships.
 *
 * Tables   reference of Mattermost's schema, server/channels/db/migrations/postgres
 * Roles    users.roles, the members' roles and scheme flags: words parted by spaces
 * Bots     a row of users and one of bots, which joins it; its name for people is the first name
 */
#include "mattermost_common/props.h"
#include "rows_priv.h"

/* Is word one of the space-separated roles? */
static bool has_role(hf_view roles, const char *word)
{
    hf_view want = hf_view_str(word);

    for (size_t at = 0; at < roles.n;) {
        size_t end = hf_view_find_byte(hf_view_from(roles, at), ' ');
        size_t n = end == HF_NPOS ? roles.n - at : end;

        if (hf_view_eq(hf_view_sub(roles, at, n), want))
            return true;
        at += n + 1;
    }
    return false;
}

/* The record's id is a column. */
static const char *name_by(mm_reading *x, int k)
{
    hf_view id = mm_raw(&x->main, k);

    if (id.n == 0)
        return "a row without an id";
    x->r->id = mm_decode(id, x->b->mem);
    return NULL;
}

/* --- teams ---------------------------------------------------------------------------------------
 */

enum { T_ID = MM_ID, T_CREATE, T_UPDATE, T_DELETE, T_TITLE, T_NAME, T_ABOUT, T_TYPE };

static const mm_shape_column team_columns[] = {
    [T_ID] = { "id", 0 },
    [T_CREATE] = { "createat", MM_DEFAULT },
    [T_UPDATE] = { "updateat", MM_DEFAULT },
    [T_DELETE] = { "deleteat", MM_DEFAULT },
    [T_TITLE] = { "displayname", 0 },
    [T_NAME] = { "name", 0 },
    [T_ABOUT] = { "description", 0 },
    [T_TYPE] = { "type", 0 },
    { "allowopeninvite", MM_DEFAULT },
    { "lastteamiconupdate", MM_DEFAULT },
    { "groupconstrained", MM_DEFAULT },
    { "cloudlimitsarchived", MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_teams = {
    .table = "teams", .kind = HF_KIND_WORKSPACE, .column = team_columns, .required = "id"
};

const char *mm_read_team(mm_reading *x)
{
    mm_row *row = &x->main;
    hf_view type = mm_raw(row, T_TYPE);

    mm_take_text(x, row, T_NAME, HF_F_WORKSPACE_NAME, 0);
    mm_take_text(x, row, T_ID, HF_F_WORKSPACE_ID, 0);
    mm_take_text(x, row, T_TITLE, HF_F_WORKSPACE_TITLE, 0);
    mm_take_text(x, row, T_ABOUT, HF_F_WORKSPACE_ABOUT, 0);
    if (hf_view_is(type, "O"))
        mm_take_word(x, row, T_TYPE, HF_F_WORKSPACE_KIND, "open");
    else if (hf_view_is(type, "I"))
        mm_take_word(x, row, T_TYPE, HF_F_WORKSPACE_KIND, "invite");
    mm_take_time(x, row, T_CREATE, HF_F_WORKSPACE_CREATED, 0);
    mm_take_time(x, row, T_DELETE, HF_F_WORKSPACE_ARCHIVED_AT, 0);
    mm_leaves(x, row);
    return name_by(x, T_ID);
}

/* --- users ---------------------------------------------------------------------------------------
 */

enum {
    U_ID = MM_ID,
    U_CREATE,
    U_UPDATE,
    U_DELETE,
    U_NAME,
    U_EMAIL,
    U_NICK,
    U_FIRST,
    U_LAST,
    U_ROLES,
    U_LOCALE,
    U_POSITION,
    U_ZONE
};

static const mm_shape_column user_columns[] = {
    [U_ID] = { "id", 0 },
    [U_CREATE] = { "createat", MM_DEFAULT },
    [U_UPDATE] = { "updateat", MM_DEFAULT },
    [U_DELETE] = { "deleteat", MM_DEFAULT },
    [U_NAME] = { "username", 0 },
    [U_EMAIL] = { "email", 0 },
    [U_NICK] = { "nickname", 0 },
    [U_FIRST] = { "firstname", 0 },
    [U_LAST] = { "lastname", 0 },
    [U_ROLES] = { "roles", 0 },
    [U_LOCALE] = { "locale", 0 },
    [U_POSITION] = { "position", 0 },
    [U_ZONE] = { "timezone", MM_JSON | MM_DEFAULT },
    { "props", MM_JSON | MM_DEFAULT },
    { "notifyprops", MM_JSON | MM_DEFAULT },
    { "emailverified", MM_DEFAULT },
    { "allowmarketing", MM_DEFAULT },
    { "lastpasswordupdate", MM_DEFAULT },
    { "lastpictureupdate", MM_DEFAULT },
    { "failedattempts", MM_DEFAULT },
    { "mfaactive", MM_DEFAULT },
    { "lastlogin", MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_users = {
    .table = "users", .kind = HF_KIND_USER, .column = user_columns, .required = "id"
};

enum { B_USER, B_OWNER, B_CREATE, B_DELETE };

static const mm_shape_column bot_columns[] = {
    [B_USER] = { "userid", 0 },
    [B_OWNER] = { "ownerid", 0 },
    [B_CREATE] = { "createat", MM_DEFAULT },
    [B_DELETE] = { "deleteat", MM_DEFAULT },
    { "updateat", MM_DEFAULT },
    { "lasticonupdate", MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_bots = { .table = "bots",
                                 .joins = "userid",
                                 .order = { "createat" },
                                 .column = bot_columns,
                                 .required = "userid" };

/* {"manualTimezone":"","automaticTimezone":"Europe/Berlin","useAutomaticTimezone":"true"}; the flag
 * is a text or, since 10.x, a boolean. */
static void read_zone(mm_reading *x, mm_row *row)
{
    hf_tape *t = &x->tape;
    uint32_t use;

    if (!mm_json(x, row, U_ZONE))
        return;
    use = hf_tape_get(t, 0, "useAutomaticTimezone");
    for (int i = 0; i < 2; i++) { /* the one in use; the other when that one is empty */
        bool is_auto = mm_props_is_true(t, use) == (i == 0);
        uint32_t tok = hf_tape_get(t, 0, is_auto ? "automaticTimezone" : "manualTimezone");

        if (mm_props_default(t, tok, 0) || hf_rec_get(x->r, HF_F_USER_ZONE) != NULL)
            continue;
        if (hf_take_text(x->b, x->r, t, tok, HF_F_USER_ZONE, 0) && use != HF_NO_TOK)
            hf_take_for(t, use, x->r->nvalue - 1);
    }
    mm_json_done(x, row, U_ZONE);
}

static void read_user_roles(mm_reading *x, mm_row *row)
{
    hf_view roles = mm_raw(row, U_ROLES);

    if (has_role(roles, "system_admin"))
        mm_take_word(x, row, U_ROLES, HF_F_USER_ROLE, "system_admin");
    else if (has_role(roles, "system_guest"))
        mm_take_word(x, row, U_ROLES, HF_F_USER_GUEST, "multi");
    else if (hf_view_is(roles, "system_user"))
        mm_carry(row, U_ROLES, 0);
}

static bool read_bot(mm_reading *x, const mm_join *s)
{
    mm_row *row = &x->joined;

    if (!mm_row_split(row, s->l, s->line))
        return false;
    mm_carry(row, B_USER, hf_rec_num(x->b, x->r, HF_F_USER_IS_BOT, 0, 1));
    mm_take_text(x, row, B_OWNER, HF_F_USER_BOT_OWNER, 0);
    mm_carry_equal(row, B_CREATE, mm_raw(&x->main, U_CREATE), 0);
    mm_carry_equal(row, B_DELETE, mm_raw(&x->main, U_DELETE), 0);
    mm_leaves(x, row);
    return true;
}

const char *mm_read_user(mm_reading *x, const mm_join *joined, size_t n)
{
    mm_row *row = &x->main;
    bool is_bot = n > 0;

    mm_take_text(x, row, U_NAME, HF_F_USER_NAME, 0);
    mm_take_text(x, row, U_ID, HF_F_USER_ID, 0);
    if (!mm_take_text(x, row, U_NICK, HF_F_USER_DISPLAY_NAME, 0) && is_bot)
        mm_take_text(x, row, U_FIRST, HF_F_USER_DISPLAY_NAME, 0);
    else
        mm_take_text(x, row, U_FIRST, HF_F_USER_FIRST_NAME, 0);
    mm_take_text(x, row, U_LAST, HF_F_USER_LAST_NAME, 0);
    mm_take_text(x, row, U_EMAIL, HF_F_USER_EMAIL, 0);
    mm_take_text(x, row, U_POSITION, HF_F_USER_TITLE, 0);
    mm_take_text(x, row, U_LOCALE, HF_F_USER_LOCALE, 0);
    read_user_roles(x, row);
    read_zone(x, row);
    mm_take_time(x, row, U_CREATE, HF_F_USER_CREATED, 0);
    mm_take_time(x, row, U_UPDATE, HF_F_USER_UPDATED, 0);
    if (mm_take_time(x, row, U_DELETE, HF_F_USER_DEACTIVATED_AT, 0))
        hf_rec_num(x->b, x->r, HF_F_USER_IS_DEACTIVATED, 0, 1);
    mm_leaves(x, row);
    for (size_t i = 0; i < n; i++)
        if (!read_bot(x, &joined[i]))
            return "a row that joins it has another number of columns";
    return name_by(x, U_ID);
}

/* --- memberships ---------------------------------------------------------------------------------
 */

enum { M_PLACE, M_USER, M_ROLES, M_USER_FLAG, M_ADMIN, M_GUEST, M_JOIN, M_LEAVE, M_NOTIFY };

#define COUNTERS                                                                                \
    { "lastviewedat", MM_DEFAULT }, { "msgcount", MM_DEFAULT }, { "mentioncount", MM_DEFAULT }, \
        { "lastupdateat", MM_DEFAULT }, { "mentioncountroot", MM_DEFAULT },                     \
        { "msgcountroot", MM_DEFAULT }, { "urgentmentioncount", MM_DEFAULT },                   \
        { "autotranslation", MM_DEFAULT },                                                      \
    {                                                                                           \
        "autotranslationdisabled", MM_DEFAULT                                                   \
    }

static const mm_shape_column channel_member_columns[] = {
    [M_PLACE] = { "channelid", 0 },
    [M_USER] = { "userid", 0 },
    [M_ROLES] = { "roles", 0 },
    [M_USER_FLAG] = { "schemeuser", MM_DEFAULT },
    [M_ADMIN] = { "schemeadmin", MM_DEFAULT },
    [M_GUEST] = { "schemeguest", MM_DEFAULT },
    [M_JOIN] = { "", 0 }, /* no such column: the history has it */
    [M_LEAVE] = { "", 0 },
    [M_NOTIFY] = { "notifyprops", MM_JSON | MM_DEFAULT },
    COUNTERS,
    { NULL, 0 },
};

static const mm_shape_column channel_history_columns[] = {
    [M_PLACE] = { "channelid", 0 },
    [M_USER] = { "userid", 0 },
    [M_ROLES] = { "", 0 },
    [M_USER_FLAG] = { "", 0 },
    [M_ADMIN] = { "", 0 },
    [M_GUEST] = { "", 0 },
    [M_JOIN] = { "jointime", MM_DEFAULT },
    [M_LEAVE] = { "leavetime", MM_DEFAULT },
    { NULL, 0 },
};

static const mm_shape_column team_member_columns[] = {
    [M_PLACE] = { "teamid", 0 },
    [M_USER] = { "userid", 0 },
    [M_ROLES] = { "roles", 0 },
    [M_USER_FLAG] = { "schemeuser", MM_DEFAULT },
    [M_ADMIN] = { "schemeadmin", MM_DEFAULT },
    [M_GUEST] = { "schemeguest", MM_DEFAULT },
    [M_JOIN] = { "createat", MM_DEFAULT },
    [M_LEAVE] = { "deleteat", MM_DEFAULT },
    { NULL, 0 },
};

const mm_shape mm_shape_channel_members = { .table = "channelmembers",
                                            .kind = HF_KIND_MEMBERSHIP,
                                            .column = channel_member_columns,
                                            .required = "channelid" };
const mm_shape mm_shape_channel_history = { .table = "channelmemberhistory",
                                            .kind = HF_KIND_MEMBERSHIP,
                                            .column = channel_history_columns,
                                            .required = "channelid" };
const mm_shape mm_shape_team_members = { .table = "teammembers",
                                         .kind = HF_KIND_MEMBERSHIP,
                                         .column = team_member_columns,
                                         .required = "teamid" };

static void read_member_role(mm_reading *x, mm_row *row)
{
    hf_view roles = mm_raw(row, M_ROLES);

    if (mm_is_true(mm_raw(row, M_ADMIN)))
        mm_take_word(x, row, M_ADMIN, HF_F_MEMBERSHIP_ROLE, "admin");
    else if (has_role(roles, "channel_admin") || has_role(roles, "team_admin"))
        mm_take_word(x, row, M_ROLES, HF_F_MEMBERSHIP_ROLE, "admin");
    else if (mm_is_true(mm_raw(row, M_GUEST)))
        mm_take_word(x, row, M_GUEST, HF_F_MEMBERSHIP_ROLE, "guest");
    else if (has_role(roles, "channel_guest") || has_role(roles, "team_guest"))
        mm_take_word(x, row, M_ROLES, HF_F_MEMBERSHIP_ROLE, "guest");
    mm_carry_equal(row, M_ROLES, HF_V("channel_user"), 0);
    mm_carry_equal(row, M_ROLES, HF_V("team_user"), 0);
    if (mm_is_true(mm_raw(row, M_USER_FLAG)))
        mm_carry(row, M_USER_FLAG, 0); /* a member like all others */
}

void mm_member_ids(const mm_row *row, hf_view *channel, hf_view *user)
{
    *channel = mm_raw(row, M_PLACE);
    *user = mm_raw(row, M_USER);
}

/* Id: the user, and of the history, which has a row for every stay, since when. */
const char *mm_read_membership(mm_reading *x)
{
    mm_row *row = &x->main;
    const mm_shape *shape = row->l->shape;
    hf_view place = mm_raw(row, M_PLACE), user = mm_raw(row, M_USER);
    hf_field where =
        shape == &mm_shape_team_members ? HF_F_MEMBERSHIP_WORKSPACE : HF_F_MEMBERSHIP_CHANNEL;

    if (place.n == 0 || user.n == 0)
        return "a membership without user or place";
    mm_take_text(x, row, M_USER, HF_F_MEMBERSHIP_USER, 0);
    mm_take_text(x, row, M_PLACE, where, 0);
    read_member_role(x, row);
    mm_take_time(x, row, M_JOIN, HF_F_MEMBERSHIP_JOINED, 0);
    mm_take_time(x, row, M_LEAVE, HF_F_MEMBERSHIP_LEFT, 0);
    mm_leaves(x, row);
    x->r->scope = mm_decode(place, x->b->mem);
    x->r->id = mm_decode(user, x->b->mem);
    if (shape == &mm_shape_channel_history) {
        hf_view join = mm_raw(row, M_JOIN);

        x->r->id = hf_arena_printf(x->b->mem, "%.*s/%.*s", (int)x->r->id.n, x->r->id.p, (int)join.n,
                                   join.n == 0 ? "" : join.p);
    }
    x->r->time_us = hf_rec_get_num(x->r, HF_F_MEMBERSHIP_JOINED, HF_NO_TIME);
    return NULL;
}
