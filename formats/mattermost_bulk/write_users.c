/* mattermost_bulk/write_users.c: user and bot lines.
 *
 * People without an address cannot log in and are written as closed accounts with an address in
 * no-email.invalid, stubs for people whom the source does not define likewise in stub.invalid:
 * both domains can never receive mail (RFC 2606). Slack's administrators and owners become
 * administrators of the team, not of the server.
 */
#include "write_defs_priv.h"

/* --- before the lines ----------------------------------------------------------------------------
 */

static bool is_admin(const bulk_user *u)
{
    return u->rec != NULL && hf_rec_get_text(u->rec, HF_F_USER_ROLE).n > 0;
}

static bool is_open(const bulk_user *u)
{
    return u->rec != NULL && !u->is_bot && u->same_as == 0 &&
           !hf_rec_get_bool(u->rec, HF_F_USER_IS_DEACTIVATED);
}

void bulk_choose_owner(bulk_defs *d)
{
    bulk_people *p = &d->w->people;
    const bulk_user *best = NULL;
    bool any_bot = false;

    d->owner = d->w->bot_owner;
    for (uint32_t i = 0; i < p->nuser; i++) {
        const bulk_user *u = &p->user[i];
        bool better =
            best == NULL || is_admin(u) > is_admin(best) ||
            (is_admin(u) == is_admin(best) && hf_view_cmp(u->username, best->username) < 0);

        any_bot = any_bot || u->is_bot;
        if (is_open(u) && better)
            best = u;
    }
    if (d->owner.n > 0 || !any_bot)
        return;
    d->owner = best != NULL ? best->username : p->user[bulk_people_nobody(p)].username;
}

/* Who comes first when two say the same address: open accounts, of these those named like it. */
static int address_rank(const bulk_user *u)
{
    hf_view email = u->rec == NULL ? HF_V("") : hf_rec_get_text(u->rec, HF_F_USER_EMAIL);
    bool own = hf_view_eq(hf_view_sub(email, 0, hf_view_find_byte(email, '@')), u->username);

    return (is_open(u) ? 0 : 2) + (own ? 0 : 1);
}

/* One user's address, if nobody has it. */
static void choose_address(bulk_defs *d, uint32_t n, hf_map *used)
{
    const bulk_user *u = &d->w->people.user[n];
    hf_view text = u->rec == NULL ? HF_V("") : hf_rec_get_text(u->rec, HF_F_USER_EMAIL);
    const char *domain = u->rec == NULL             ? BULK_STUB_DOMAIN
                         : d->w->email_domain.n > 0 ? d->w->email_domain.p
                                                    : BULK_EMPTY_DOMAIN;
    hf_view lower = hf_arena_dup(d->mem, text);
    bool fresh = false;

    for (size_t i = 0; i < lower.n; i++)
        if (lower.p[i] >= 'A' && lower.p[i] <= 'Z')
            ((char *)(uintptr_t)lower.p)[i] = (char)(lower.p[i] + 32);
    d->email_how[n] = "in lower case";
    if (bulk_email_ok(lower)) {
        hf_map_put(used, lower, &fresh);
        d->email_how[n] = fresh ? "in lower case" : "made up: another user has this address";
    } else if (text.n > 0) {
        d->email_how[n] = "made up: the server does not take this address";
    }
    d->email[n] =
        fresh ? lower
              : hf_arena_printf(d->mem, "%.*s@%s", (int)u->username.n, u->username.p, domain);
}

void bulk_choose_addresses(bulk_defs *d)
{
    const bulk_people *p = &d->w->people;
    hf_map *used = hf_map_new();

    d->email = hf_arena_alloc0(d->mem, p->nuser + 1, sizeof(*d->email));
    d->email_how = hf_arena_alloc0(d->mem, p->nuser + 1, sizeof(*d->email_how));
    for (int rank = 0; rank <= 3; rank++)
        for (uint32_t i = 0; i < p->nuser; i++) {
            const bulk_user *u = &p->user[d->order[i]];

            if (!u->is_bot && u->same_as == 0 && address_rank(u) == rank)
                choose_address(d, d->order[i], used);
        }
    hf_map_free(used);
}

/* --- a person ------------------------------------------------------------------------------------
 */

/* ,"key":text cut to n characters, and settled. Nothing for NULL and "". */
static void put_cut(hf_buf *out, const char *key, hf_value *v, size_t n, const char *how_cut)
{
    bool is_cut;
    hf_view text;

    if (v == NULL || v->text.n == 0)
        return;
    text = bulk_cut_runes(v->text, n, &is_cut);
    bulk_put_field(out, key, text);
    bulk_written(v, is_cut ? how_cut : "as UTF-8 without NUL");
}

/* First and last name; a full name alone is split at its first blank. */
static void put_names(hf_record *r, hf_buf *out, hf_arena *mem)
{
    hf_value *first = hf_rec_get(r, HF_F_USER_FIRST_NAME);
    hf_value *last = hf_rec_get(r, HF_F_USER_LAST_NAME);
    hf_value *real = hf_rec_get(r, HF_F_USER_REAL_NAME);
    hf_view f = first == NULL ? HF_V("") : first->text, l = last == NULL ? HF_V("") : last->text;
    bool cut;

    put_cut(out, "first_name", first, BULK_TITLE_RUNES, "cut to 64 characters");
    put_cut(out, "last_name", last, BULK_TITLE_RUNES, "cut to 64 characters");
    if (real == NULL || real->text.n == 0)
        return;
    if (f.n > 0 || l.n > 0) {
        hf_view joined =
            hf_arena_printf(mem, "%.*s%s%.*s", (int)f.n, f.n == 0 ? "" : f.p,
                            f.n > 0 && l.n > 0 ? " " : "", (int)l.n, l.n == 0 ? "" : l.p);

        real->state = hf_view_eq(joined, real->text) ? HF_CHANGED : HF_LOST;
        real->how = real->state == HF_CHANGED ? "as first and last name"
                                              : "first and last name are written instead";
        return;
    }
    for (f = real->text; f.n > 0 && f.p[0] == ' '; f = hf_view_from(f, 1))
        ;
    if (hf_view_find_byte(f, ' ') != HF_NPOS) {
        l = hf_view_from(f, hf_view_find_byte(f, ' ') + 1);
        f = hf_view_sub(f, 0, hf_view_find_byte(f, ' '));
    }
    bulk_put_field(out, "first_name", bulk_cut_runes(f, BULK_TITLE_RUNES, &cut));
    if (l.n > 0)
        bulk_put_field(out, "last_name", bulk_cut_runes(l, BULK_TITLE_RUNES, &cut));
    real->state = HF_CHANGED;
    real->how = "split at the first blank";
}

static void put_locale(hf_record *r, hf_buf *out)
{
    hf_value *v = hf_rec_get(r, HF_F_USER_LOCALE);
    hf_view text;
    size_t dash;

    if (v == NULL || v->text.n == 0)
        return;
    text = v->text;
    dash = hf_view_find_byte(text, '-');
    if (text.n > BULK_LOCALE_BYTES && dash != HF_NPOS)
        text = hf_view_sub(text, 0, dash);
    if (text.n > BULK_LOCALE_BYTES) {
        v->how = "longer than the server's 5 letters";
        return;
    }
    bulk_put_field(out, "locale", text);
    bulk_written(v, "the language only");
}

/* When a closed account was closed: as told, else at its last change, else long ago. */
static void put_closed(const bulk_user *u, bool must, hf_buf *out)
{
    const hf_record *r = u->rec;
    int64_t at = r == NULL ? HF_NO_TIME : hf_rec_get_num(r, HF_F_USER_DEACTIVATED_AT, HF_NO_TIME);
    bool closed = r == NULL || hf_rec_get_bool(r, HF_F_USER_IS_DEACTIVATED) || at != HF_NO_TIME;

    if (!closed && !must)
        return;
    if (at == HF_NO_TIME && closed && r != NULL)
        at = hf_rec_get_num(r, HF_F_USER_UPDATED, HF_NO_TIME);
    bulk_put_number(out, "delete_at", bulk_at_least_1(at == HF_NO_TIME ? 1 : at / 1000));
}

/* The server takes a guest only as one of a team and a channel. One who is in none is written as a
 * closed account: as a member the account could join what a guest may not. */
static bool is_lone_guest(const bulk_defs *d, uint32_t n)
{
    return d->w->people.user[n].is_guest && d->start[n] == d->start[n + 1];
}

/* The channels joined[from] to joined[to - 1]. */
static void put_channels(bulk_defs *d, uint32_t n, uint32_t from, uint32_t to, hf_buf *out)
{
    const bulk_people *p = &d->w->people;

    bulk_put_key(out, "channels");
    hf_buf_byte(out, '[');
    for (uint32_t i = from; i < to; i++) {
        const bulk_channel *c = d->channel[d->joined[i]];

        hf_buf_str(out, i == from ? "{" : ",{");
        bulk_put_field(out, "name", c->name);
        bulk_put_field(out, "roles",
                       p->user[n].is_guest                     ? HF_V("channel_guest")
                       : bulk_is_admin(p, n, c->number, false) ? HF_V("channel_user channel_admin")
                                                               : HF_V("channel_user"));
        if (c->posts > 0) { /* all read */
            bulk_put_number(out, "mention_count", 0);
            bulk_put_number(out, "mention_count_root", 0);
            bulk_put_number(out, "msg_count", c->posts);
            bulk_put_number(out, "msg_count_root", c->roots);
            bulk_put_number(out, "last_viewed_at", c->last_ms);
        }
        hf_buf_byte(out, '}');
    }
    hf_buf_byte(out, ']');
}

static bool is_server_admin(const hf_record *r)
{
    return r != NULL && hf_view_is(hf_rec_get_text(r, HF_F_USER_ROLE), "system_admin");
}

/* An administrator by the user's own role, which names no team: where there is only one. */
static bool is_team_admin(const bulk_people *p, const bulk_user *u)
{
    hf_view role = u->rec == NULL ? HF_V("") : hf_rec_get_text(u->rec, HF_F_USER_ROLE);

    return role.n > 0 && !is_server_admin(u->rec) && p->nteam == 1;
}

static void put_team(bulk_defs *d, uint32_t n, uint32_t team, uint32_t from, uint32_t to,
                     hf_buf *out)
{
    const bulk_people *p = &d->w->people;
    bool is_admin = is_team_admin(p, &p->user[n]) || bulk_is_admin(p, n, team, true);

    hf_buf_str(out, out->p[out->n - 1] == '[' ? "{" : ",{");
    bulk_put_field(out, "name", p->team[team].name);
    bulk_put_field(out, "roles",
                   p->user[n].is_guest ? HF_V("team_guest")
                   : is_admin          ? HF_V("team_user team_admin")
                                       : HF_V("team_user"));
    put_channels(d, n, from, to, out);
    hf_buf_byte(out, '}');
}

/* Teams with channels of the user, which stand together in joined, then those without. */
static void put_teams(bulk_defs *d, uint32_t n, hf_buf *out)
{
    const bulk_people *p = &d->w->people;
    uint32_t from = d->start[n], end = d->start[n + 1], to;
    size_t before = out->n;

    bulk_put_key(out, "teams");
    hf_buf_byte(out, '[');
    for (; from < end; from = to) {
        uint32_t team = d->channel[d->joined[from]]->team;

        for (to = from; to < end && d->channel[d->joined[to]]->team == team; to++)
            ;
        put_team(d, n, team, from, to, out);
    }
    for (uint32_t team = 0; team < p->nteam; team++) {
        bool is_written = false;

        for (uint32_t i = d->start[n]; i < end && !is_written; i++)
            is_written = d->channel[d->joined[i]]->team == team;
        if (!is_written && (p->is_one_team || bulk_is_in_team(p, n, team)))
            put_team(d, n, team, end, end, out);
    }
    if (out->p[out->n - 1] == '[') /* an empty list would make a guest of a member */
        out->n = before;
    else
        hf_buf_byte(out, ']');
}

static void put_roles(bulk_defs *d, uint32_t n, hf_buf *out)
{
    const bulk_user *u = &d->w->people.user[n];

    bulk_put_field(out, "roles",
                   is_lone_guest(d, n)       ? HF_V("system_user")
                   : u->is_guest             ? HF_V("system_guest")
                   : is_server_admin(u->rec) ? HF_V("system_user system_admin")
                                             : HF_V("system_user"));
    /* Not of a stub that is in nothing. */
    if (d->start[n] < d->start[n + 1] || (u->rec != NULL && !is_lone_guest(d, n)))
        put_teams(d, n, out);
}

static void put_person(bulk_defs *d, uint32_t n, hf_buf *out)
{
    const bulk_user *u = &d->w->people.user[n];
    hf_record *r = u->rec;
    bool made = hf_view_ends(d->email[n], HF_V("@" BULK_EMPTY_DOMAIN)) || r == NULL;
    bool cut;

    hf_buf_str(out, "{\"type\":\"user\",\"user\":{");
    bulk_put_field(out, "username", u->username);
    bulk_put_field(out, "email", d->email[n]);
    if (r != NULL) {
        put_cut(out, "nickname", hf_rec_get(r, HF_F_USER_DISPLAY_NAME), BULK_TITLE_RUNES,
                "cut to 64 characters");
        put_names(r, out, d->mem);
        put_cut(out, "position", hf_rec_get(r, HF_F_USER_TITLE), BULK_POSITION_RUNES,
                "cut to 128 characters");
        put_locale(r, out);
    } else if (u->shown.n > 0) {
        bulk_put_field(out, "nickname", bulk_cut_runes(u->shown, BULK_TITLE_RUNES, &cut));
    }
    put_closed(u, made || is_lone_guest(d, n), out);
    put_roles(d, n, out);
    hf_buf_str(out, "}}");
}

static void settle_person(const bulk_defs *d, uint32_t n, bool is_closed)
{
    hf_record *r = d->w->people.user[n].rec;

    bulk_written_field(r, HF_F_USER_NAME, "made a name that the server takes");
    if (hf_rec_get_text(r, HF_F_USER_EMAIL).n > 0)
        bulk_written_field(r, HF_F_USER_EMAIL, d->email_how[n]);
    bulk_written_field(r, HF_F_USER_GUEST, "a guest of the channels it is in");
    if (is_lone_guest(d, n))
        bulk_state(r, HF_F_USER_GUEST, HF_LOST, "a guest of no channel: a closed account");
    bulk_written_field(r, HF_F_USER_ROLE, "administrator of the team");
    if (d->w->people.nteam > 1 && !is_server_admin(r))
        bulk_state(r, HF_F_USER_ROLE, HF_LOST, "of which team is not known");
    bulk_state(r, HF_F_USER_WORKSPACE, HF_CHANGED, "a member of the team");
    bulk_written_field(r, HF_F_USER_IS_BOT, NULL);
    bulk_written_field(r, HF_F_USER_IS_DEACTIVATED,
                       is_closed             ? "closed: no address to log in with"
                       : is_lone_guest(d, n) ? "closed: a guest of no channel"
                                             : NULL);
    bulk_written_field(r, HF_F_USER_DEACTIVATED_AT, "rounded down to milliseconds");
}

/* --- a bot ---------------------------------------------------------------------------------------
 */

static hf_view owner_of(const bulk_defs *d, const bulk_user *u)
{
    const bulk_people *p = &d->w->people;
    hf_view id = u->rec == NULL ? HF_V("") : hf_rec_get_text(u->rec, HF_F_USER_BOT_OWNER);
    hf_view name = id.n == 0 ? HF_V("") : bulk_people_mention(p, u->rec->origin, id);

    return name.n > 0 && bulk_username_ok(name) ? name : d->owner;
}

static void put_bot(bulk_defs *d, uint32_t n, hf_buf *out)
{
    const bulk_user *u = &d->w->people.user[n];
    hf_record *r = u->rec;
    hf_value *shown = r == NULL ? NULL : hf_rec_get(r, HF_F_USER_DISPLAY_NAME);
    hf_value *real = r == NULL ? NULL : hf_rec_get(r, HF_F_USER_REAL_NAME);
    bool cut;

    hf_buf_str(out, "{\"type\":\"bot\",\"bot\":{");
    bulk_put_field(out, "username", u->username);
    bulk_put_field(out, "owner", owner_of(d, u));
    if (shown != NULL && shown->text.n > 0) {
        put_cut(out, "display_name", shown, BULK_TITLE_RUNES, "cut to 64 characters");
    } else if (real != NULL && real->text.n > 0) {
        put_cut(out, "display_name", real, BULK_TITLE_RUNES, "cut to 64 characters");
        real->how = "as the bot's display name";
    } else if (r == NULL && u->shown.n > 0) {
        bulk_put_field(out, "display_name", bulk_cut_runes(u->shown, BULK_TITLE_RUNES, &cut));
    }
    if (r == NULL)
        bulk_put_field(out, "description", HF_V(BULK_STUB_BOT));
    else
        put_closed(u, false, out);
    hf_buf_str(out, "}}");
}

static void settle_bot(hf_record *r)
{
    bulk_written_field(r, HF_F_USER_NAME, "made a name that the server takes");
    bulk_written_field(r, HF_F_USER_IS_BOT, "a bot: it is one for the server");
    bulk_written_field(r, HF_F_USER_BOT_OWNER, "by username");
    bulk_written_field(r, HF_F_USER_IS_DEACTIVATED, NULL);
    bulk_written_field(r, HF_F_USER_DEACTIVATED_AT, "rounded down to milliseconds");
}

hf_status bulk_write_user(bulk_defs *d, uint32_t n, hf_err **err)
{
    bulk_writer *w = d->w;
    const bulk_user *u = &w->people.user[n];
    hf_record *target;
    hf_status rc;

    if (u->same_as != 0)
        return HF_OK;
    hf_buf_reset(&w->out);
    if (u->is_bot)
        put_bot(d, n, &w->out);
    else
        put_person(d, n, &w->out);
    rc = bulk_add_line(w, SPOOL_DEFINITIONS, err);
    if (rc != HF_OK)
        return rc;
    target = bulk_target_line(w, hf_buf_view(&w->out));
    if (u->rec == NULL)
        return bulk_made(w, target, "a user that the source does not define", err);
    if (u->is_bot)
        settle_bot(u->rec);
    else
        settle_person(d, n, hf_view_ends(d->email[n], HF_V("@" BULK_EMPTY_DOMAIN)));
    return bulk_done(w, u->rec, target, NULL, err);
}
