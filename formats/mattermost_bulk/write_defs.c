/* mattermost_bulk/write_defs.c: team, emoji, channel, user, bot and direct channel lines.
 *
 * Composed after the last message: members' lines say how much of each channel they have seen, so
 * that what was imported does not show as unread.
 */
#include "write_defs_priv.h"

#include <stdlib.h>

hf_view bulk_cut_runes(hf_view text, size_t n, bool *is_cut)
{
    hf_view out = bulk_first_runes(text, n);

    *is_cut = out.n < text.n;
    return out;
}

/* At most n bytes, whole characters. */
static hf_view cut_bytes(hf_view text, size_t n)
{
    if (text.n <= n)
        return text;
    while (n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    return hf_view_sub(text, 0, n);
}

void bulk_put_number(hf_buf *out, const char *key, int64_t n)
{
    bulk_put_key(out, key);
    hf_buf_i64(out, n);
}

hf_status bulk_add_line(bulk_writer *w, int spool, hf_err **err)
{
    hf_status rc = bulk_spool_add(w, spool, hf_buf_view(&w->out), err);

    return rc == HF_OK ? bulk_spool_add(w, spool, HF_V("\n"), err) : rc;
}

int64_t bulk_at_least_1(int64_t ms)
{
    return ms < 1 ? 1 : ms;
}

/* --- team and emoji ------------------------------------------------------------------------------
 */

static hf_status write_team(bulk_defs *d, const bulk_team *team, hf_err **err)
{
    bulk_writer *w = d->w;
    hf_record *r = team->rec;
    hf_value *title = r == NULL ? NULL : hf_rec_get(r, HF_F_WORKSPACE_TITLE);
    hf_value *about = r == NULL ? NULL : hf_rec_get(r, HF_F_WORKSPACE_ABOUT);
    bool open = r != NULL && hf_view_is(hf_rec_get_text(r, HF_F_WORKSPACE_KIND), "open"), cut;
    hf_view shown = w->team_title.n > 0                  ? w->team_title
                    : title != NULL && title->text.n > 0 ? title->text
                                                         : team->name;
    hf_record *target;
    hf_status rc;

    hf_buf_reset(&w->out);
    hf_buf_str(&w->out, "{\"type\":\"team\",\"team\":{");
    bulk_put_field(&w->out, "name", team->name);
    bulk_put_field(&w->out, "display_name", bulk_cut_runes(shown, BULK_TITLE_RUNES, &cut));
    bulk_put_field(&w->out, "type", open ? HF_V("O") : HF_V("I"));
    if (about != NULL && about->text.n > 0) {
        bulk_put_field(&w->out, "description", cut_bytes(about->text, BULK_ABOUT_BYTES));
        bulk_written(about, "cut to 255 bytes");
    }
    hf_buf_str(&w->out, "}}");
    rc = bulk_add_line(w, SPOOL_DEFINITIONS, err);
    target = bulk_target_line(w, hf_buf_view(&w->out));
    if (rc != HF_OK || r == NULL)
        return rc != HF_OK ? rc : bulk_made(w, target, "the team", err);
    bulk_written_field(r, HF_F_WORKSPACE_NAME,
                       w->people.is_one_team ? "the name given with --team"
                                             : "made a name that the server takes");
    bulk_state(r, HF_F_WORKSPACE_ARCHIVED_AT, HF_CHANGED, "its channels are archived");
    bulk_written(title, w->team_title.n > 0 ? "the title given with --team-title"
                                            : "cut to 64 characters");
    bulk_written_field(r, HF_F_WORKSPACE_KIND, "invite");
    return bulk_done(w, r, target, NULL, err);
}

static hf_status write_teams(bulk_defs *d, hf_err **err)
{
    bulk_people *p = &d->w->people;
    hf_status rc = HF_OK;

    for (uint32_t i = 0; i < p->nteam && rc == HF_OK; i++)
        rc = write_team(d, &p->team[i], err);
    for (uint32_t i = 0; i < p->nspare && rc == HF_OK; i++) {
        bulk_leave_out(p->spare[i], p->is_one_team ? "merged into one team" : "defined twice");
        rc = bulk_done(d->w, p->spare[i], NULL, NULL, err);
    }
    return rc;
}

static hf_status write_emoji(bulk_defs *d, hf_record *r, hf_err **err)
{
    bulk_writer *w = d->w;
    hf_value *path = hf_rec_get(r, HF_F_EMOJI_PATH);
    const hf_map_entry *e = path == NULL ? NULL : hf_map_get(w->members, path->text);
    hf_status rc;

    if (hf_rec_get(r, HF_F_EMOJI_DELETED_AT) != NULL) {
        bulk_leave_out(r, "deleted: the server would offer it again");
        return bulk_done(w, r, NULL, NULL, err);
    }
    if (e == NULL) {
        bulk_state(r, HF_F_EMOJI_NAME, HF_LOST, "its image is not in the export");
        return bulk_done(w, r, NULL, NULL, err);
    }
    hf_buf_reset(&w->out);
    hf_buf_str(&w->out, "{\"type\":\"emoji\",\"emoji\":{");
    bulk_put_field(&w->out, "name", bulk_emoji_name(hf_rec_get_text(r, HF_F_EMOJI_NAME), d->mem));
    bulk_put_field(&w->out, "image", hf_view_str(e->v.p));
    hf_buf_str(&w->out, "}}");
    rc = bulk_add_line(w, SPOOL_DEFINITIONS, err);
    bulk_written_field(r, HF_F_EMOJI_NAME, "made a name that the server takes");
    bulk_written(path, "stands below data/");
    return rc == HF_OK ? bulk_done(w, r, bulk_target_line(w, hf_buf_view(&w->out)), NULL, err) : rc;
}

/* --- channels ------------------------------------------------------------------------------------
 */

/* Header or purpose: markup, cut. */
static void put_topic(bulk_defs *d, hf_record *r, hf_field f, const char *key, size_t max,
                      hf_dialect to)
{
    hf_value *v = hf_rec_get(r, f);
    bool cut;
    hf_view text;

    if (v == NULL || v->text.n == 0)
        return;
    text = bulk_cut_runes(bulk_markup(d->w, r, v->text, to, d->mem), max, &cut);
    bulk_put_field(&d->w->out, key, text);
    bulk_written(v, cut                      ? "cut to the server's length"
                    : to == HF_DIALECT_PLAIN ? "without markup"
                                             : "markup as Markdown");
}

/* What people see: the title, the name as it was, else who is in it. */
static hf_view shown_name(const bulk_defs *d, const bulk_channel *c)
{
    hf_view title = c->rec == NULL ? HF_V("") : hf_rec_get_text(c->rec, HF_F_CHANNEL_TITLE);
    hf_view name = c->rec == NULL ? c->source_id : hf_rec_get_text(c->rec, HF_F_CHANNEL_NAME);
    hf_view out;
    bool cut;
    hf_buf b;

    if (title.n > 0 || name.n > 0)
        return bulk_cut_runes(title.n > 0 ? title : name, BULK_TITLE_RUNES, &cut);
    hf_buf_init(&b, 4 * BULK_TITLE_RUNES);
    for (uint32_t i = 0; i < c->nuser && !b.full; i++) {
        hf_buf_str(&b, i == 0 ? "" : ", ");
        hf_buf_add(&b, d->w->people.user[c->user[i]].username);
    }
    out = bulk_cut_runes(hf_arena_dup(d->mem, hf_buf_view(&b)), BULK_TITLE_RUNES, &cut);
    hf_buf_clear(&b);
    return out.n > 0 ? out : c->name;
}

static void put_archived(bulk_defs *d, const bulk_channel *c)
{
    hf_record *r = c->rec;
    const hf_record *team = d->w->people.team[c->team].rec;
    int64_t us = hf_rec_get_num(r, HF_F_CHANNEL_ARCHIVED_AT, HF_NO_TIME);

    if (us == HF_NO_TIME && team != NULL) /* the import cannot close a team */
        us = hf_rec_get_num(team, HF_F_WORKSPACE_ARCHIVED_AT, HF_NO_TIME);
    if (!hf_rec_get_bool(r, HF_F_CHANNEL_IS_ARCHIVED) && us == HF_NO_TIME)
        return;
    bulk_put_number(&d->w->out, "deleted_at",
                    bulk_at_least_1(us == HF_NO_TIME ? c->last_ms : us / 1000));
    bulk_written_field(r, HF_F_CHANNEL_IS_ARCHIVED, NULL);
    bulk_written_field(r, HF_F_CHANNEL_ARCHIVED_AT, "rounded down to milliseconds");
}

static void settle_members(const bulk_defs *d, const bulk_channel *c)
{
    uint32_t at = 0;

    for (hf_value *v = hf_rec_next(c->rec, HF_F_CHANNEL_MEMBER, 0, &at); v != NULL;
         v = hf_rec_next(c->rec, HF_F_CHANNEL_MEMBER, at + 1, &at)) {
        uint32_t n = bulk_people_user(&d->w->people, c->rec->origin, v->text, HF_V(""));

        if (c->is_direct || !d->w->people.user[n].is_bot)
            bulk_written(v, "by username");
        else
            v->how = "bots are no members in the file";
    }
}

static void settle_pins(const bulk_channel *c)
{
    uint32_t at = 0;

    for (hf_value *v = hf_rec_next(c->rec, HF_F_CHANNEL_PIN_MESSAGE, 0, &at); v != NULL;
         v = hf_rec_next(c->rec, HF_F_CHANNEL_PIN_MESSAGE, at + 1, &at)) {
        bool done = hf_map_get(c->pins, v->text)->v.u == 1;

        v->state = done ? HF_CHANGED : HF_LOST;
        v->how = done ? "the post is pinned" : "the pinned message is not in the source";
    }
}

/* Settle a channel that was composed into w->out. */
static hf_status channel_done(bulk_defs *d, bulk_channel *c, hf_record *target, hf_err **err)
{
    bulk_writer *w = d->w;
    hf_record *r = c->rec;

    if (r == NULL)
        return bulk_made(w, target, "a channel that the source does not define", err);
    bulk_written_field(r, HF_F_CHANNEL_NAME, "made a name that the server takes");
    bulk_written_field(r, HF_F_CHANNEL_TITLE, "cut to 64 characters");
    bulk_written_field(r, HF_F_CHANNEL_KIND, c->why_moved != NULL ? c->why_moved : "private");
    bulk_written_field(r, HF_F_CHANNEL_WORKSPACE, "by the name of its team");
    if (c->is_direct) {
        bulk_state(r, HF_F_CHANNEL_NAME, HF_LOST, "direct channels have no name");
        bulk_state(r, HF_F_CHANNEL_TITLE, HF_LOST, "direct channels have no name");
        bulk_state(r, HF_F_CHANNEL_WORKSPACE, HF_LOST, "direct channels belong to no team");
    }
    settle_members(d, c);
    settle_pins(c);
    return bulk_done(w, r, target, NULL, err);
}

static hf_status write_channel(bulk_defs *d, bulk_channel *c, hf_err **err)
{
    bulk_writer *w = d->w;
    hf_record *target;
    uint32_t item = 0;
    hf_status rc;

    hf_buf_reset(&w->out);
    hf_buf_str(&w->out, "{\"type\":\"channel\",\"channel\":{");
    bulk_put_field(&w->out, "team", w->people.team[c->team].name);
    bulk_put_field(&w->out, "name", c->name);
    bulk_put_field(&w->out, "display_name", shown_name(d, c));
    bulk_put_field(&w->out, "type", c->is_private ? HF_V("P") : HF_V("O"));
    if (c->rec != NULL) {
        put_topic(d, c->rec, HF_F_CHANNEL_TOPIC, "header", BULK_HEADER_RUNES, HF_DIALECT_MARKDOWN);
        put_topic(d, c->rec, HF_F_CHANNEL_PURPOSE, "purpose", BULK_PURPOSE_RUNES, HF_DIALECT_PLAIN);
        put_archived(d, c);
    }
    hf_buf_str(&w->out, "}}");
    rc = bulk_add_line(w, SPOOL_DEFINITIONS, err);
    if (rc != HF_OK)
        return rc;
    target = bulk_target_line(w, hf_buf_view(&w->out));
    for (uint32_t i = 0; target != NULL && i < c->nuser; i++)
        if (!w->people.user[c->user[i]].is_bot)
            bulk_add_member(w->scratch, target, item++, w->people.user[c->user[i]].username);
    return channel_done(d, c, target, err);
}

static hf_status write_direct(bulk_defs *d, bulk_channel *c, hf_err **err)
{
    bulk_writer *w = d->w;
    hf_buf *out = &w->out;
    hf_status rc;

    hf_buf_reset(out);
    hf_buf_str(out, "{\"type\":\"direct_channel\",\"direct_channel\":{\"participants\":[");
    for (uint32_t i = 0; i < c->nuser; i++) {
        hf_buf_str(out, i == 0 ? "{" : ",{");
        bulk_put_field(out, "username", w->people.user[c->user[i]].username);
        if (c->posts > 0) {
            bulk_put_number(out, "last_viewed_at", c->last_ms);
            bulk_put_number(out, "msg_count", c->posts);
            bulk_put_number(out, "msg_count_root", c->roots);
            bulk_put_number(out, "mention_count", 0);
            bulk_put_number(out, "mention_count_root", 0);
        }
        hf_buf_byte(out, '}');
    }
    hf_buf_str(out, "]");
    bulk_put_key(out, "members"); /* for servers before 9.x */
    hf_buf_add(out, c->members);
    bulk_put_key(out, "shown_by");
    if (c->nuser == 2 && c->user[0] == c->user[1]) {
        hf_buf_byte(out, '[');
        bulk_put_text(out, w->people.user[c->user[0]].username);
        hf_buf_byte(out, ']');
    } else {
        hf_buf_add(out, c->members);
    }
    if (c->rec != NULL)
        put_topic(d, c->rec, HF_F_CHANNEL_TOPIC, "header", BULK_HEADER_RUNES, HF_DIALECT_MARKDOWN);
    hf_buf_str(out, "}}");
    rc = bulk_add_line(w, SPOOL_DIRECT_CHANNELS, err);
    return rc == HF_OK ? channel_done(d, c, bulk_target_line(w, hf_buf_view(out)), err) : rc;
}

/* --- all of it -----------------------------------------------------------------------------------
 */

static int by_place(const void *a, const void *b)
{
    const bulk_channel *x = *(bulk_channel *const *)a, *y = *(bulk_channel *const *)b;

    if (x->is_direct != y->is_direct)
        return x->is_direct ? 1 : -1;
    return hf_view_cmp(x->id, y->id);
}

/* Channels in order, with their members in the order of the users' lines. */
static void order_channels(bulk_defs *d, const uint32_t *rank)
{
    bulk_people *p = &d->w->people;

    d->channel = hf_arena_alloc(d->mem, (p->nchannel + 1) * sizeof(*d->channel));
    for (uint32_t i = 0; i < p->nchannel; i++)
        if (p->channel[i]->same_as == NULL && !p->channel[i]->is_foreign)
            d->channel[d->nchannel++] = p->channel[i];
    if (d->nchannel > 0)
        qsort(d->channel, d->nchannel, sizeof(*d->channel), by_place);
    for (uint32_t i = 0; i < d->nchannel; i++)
        bulk_sort_members(d->channel[i], rank);
}

/* joined and start, by counting. */
static void join_users(bulk_defs *d)
{
    const bulk_people *p = &d->w->people;
    uint32_t *next;

    d->start = hf_arena_alloc0(d->mem, p->nuser + 2, sizeof(*d->start));
    for (uint32_t i = 0; i < d->nchannel; i++)
        for (uint32_t k = 0; !d->channel[i]->is_direct && k < d->channel[i]->nuser; k++)
            d->start[d->channel[i]->user[k] + 1]++;
    for (uint32_t u = 0; u < p->nuser; u++)
        d->start[u + 1] += d->start[u];
    next = hf_arena_alloc(d->mem, (p->nuser + 1) * sizeof(*next));
    memcpy(next, d->start, (p->nuser + 1) * sizeof(*next));
    d->joined = hf_arena_alloc(d->mem, (d->start[p->nuser] + 1) * sizeof(*d->joined));
    for (uint32_t i = 0; i < d->nchannel; i++)
        for (uint32_t k = 0; !d->channel[i]->is_direct && k < d->channel[i]->nuser; k++)
            d->joined[next[d->channel[i]->user[k]]++] = i;
}

static hf_status write_twins(bulk_defs *d, hf_err **err)
{
    bulk_people *p = &d->w->people;
    hf_status rc = HF_OK;

    for (uint32_t i = 0; i < p->nuser && rc == HF_OK; i++) {
        if (p->user[i].same_as == 0)
            continue;
        bulk_settle_twin(p->user[i].rec, p->user[p->user[i].same_as - 1].rec);
        rc = bulk_done(d->w, p->user[i].rec, NULL, NULL, err);
    }
    for (uint32_t i = 0; i < p->nchannel && rc == HF_OK; i++) {
        if (p->channel[i]->is_foreign && p->channel[i]->rec != NULL) {
            bulk_leave_out(p->channel[i]->rec, BULK_FOREIGN);
            rc = bulk_done(d->w, p->channel[i]->rec, NULL, NULL, err);
            continue;
        }
        if (p->channel[i]->same_as == NULL)
            continue;
        bulk_settle_twin(p->channel[i]->rec, p->channel[i]->same_as->rec);
        rc = bulk_done(d->w, p->channel[i]->rec, NULL, NULL, err);
    }
    return rc;
}

/* Anything that could still make a user must come before their order is taken. */
static void gather(bulk_defs *d)
{
    bulk_people *p = &d->w->people;
    uint32_t *rank;

    bulk_choose_owner(d);
    bulk_members_sort(p);
    d->order = bulk_people_order(p, d->mem);
    rank = hf_arena_alloc(d->mem, (p->nuser + 1) * sizeof(*rank));
    for (uint32_t i = 0; i < p->nuser; i++)
        rank[d->order[i]] = i;
    order_channels(d, rank);
    join_users(d);
    bulk_choose_addresses(d);
}

/* Lines that repeat roots must wait until the roots exist, and the server waits where the type of
 * the lines changes. Where no conversation stands in between, somebody's notes to themselves do:
 * everybody has that channel anyway. */
static hf_status write_barrier(bulk_defs *d, hf_err **err)
{
    bulk_writer *w = d->w;
    const bulk_user *u;
    hf_status rc;

    if (w->spool[SPOOL_MORE_POSTS].bytes == 0 || w->spool[SPOOL_DIRECT_CHANNELS].bytes > 0 ||
        w->people.nuser == 0) /* posts that nobody wrote: there is nobody to note anything */
        return HF_OK;
    u = &w->people.user[d->order[0]];
    hf_buf_reset(&w->out);
    hf_buf_str(&w->out, "{\"type\":\"direct_channel\",\"direct_channel\":{\"members\":[");
    bulk_put_text(&w->out, u->username);
    hf_buf_byte(&w->out, ',');
    bulk_put_text(&w->out, u->username);
    hf_buf_str(&w->out, "]}}");
    rc = bulk_add_line(w, SPOOL_DIRECT_CHANNELS, err);
    return rc == HF_OK ? bulk_made(w, bulk_target_line(w, hf_buf_view(&w->out)),
                                   "a line that makes the server wait", err)
                       : rc;
}

hf_status bulk_write_definitions(bulk_writer *w, hf_err **err)
{
    bulk_defs d = { .w = w, .mem = hf_arena_new() };
    hf_status rc;

    gather(&d);
    rc = write_teams(&d, err);
    for (size_t i = 0; i < w->nemoji && rc == HF_OK; i++)
        rc = write_emoji(&d, w->emoji[i], err);
    for (uint32_t i = 0; i < d.nchannel && rc == HF_OK; i++)
        if (!d.channel[i]->is_direct)
            rc = write_channel(&d, d.channel[i], err);
    for (uint32_t i = 0; i < w->people.nuser && rc == HF_OK; i++)
        rc = bulk_write_user(&d, d.order[i], err);
    for (uint32_t i = 0; i < d.nchannel && rc == HF_OK; i++)
        if (d.channel[i]->is_direct)
            rc = write_direct(&d, d.channel[i], err);
    if (rc == HF_OK)
        rc = write_barrier(&d, err);
    if (rc == HF_OK)
        rc = write_twins(&d, err);
    hf_arena_free(d.mem);
    return rc;
}
