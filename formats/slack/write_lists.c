/* slack/write_lists.c: the files of one array each: users, conversations with their members, the
 * log of apps, canvases and the like.
 */
#include "slack/write_priv.h"

static slack_spool *list_of(slack_writer *w, hf_view word)
{
    for (size_t i = 0; i < w->nlists; i++)
        if (hf_view_eq(w->lists[i].word, word))
            return &w->lists[i].spool;
    if (w->nlists == SLACK_LISTS)
        return NULL;
    w->lists[w->nlists].word = hf_arena_dup(w->names.mem, word);
    slack_spool_init(&w->lists[w->nlists].spool, SLACK_INDEX_BYTES);
    return &w->lists[w->nlists++].spool;
}

hf_status slack_put_user(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    hf_arena *mem = w->scratch->mem;
    hf_view *id = hf_arena_alloc(w->names.mem, sizeof(*id));
    hf_view name = hf_rec_get_text(r, HF_F_USER_NAME);
    bool fresh;

    *id = hf_arena_dup(w->names.mem, slack_write_id(r, 'U', r->id, mem));
    hf_map_put(w->names.users, r->id, NULL)->v.p = id;
    if (name.n > 0) {
        hf_map_entry *e = hf_map_put(w->names.users, name, &fresh);
        hf_view *handle = hf_arena_alloc(w->names.mem, sizeof(*handle));

        *handle = hf_arena_dup(w->names.mem, name);
        hf_map_put(w->names.handles, r->id, NULL)->v.p = handle;
        if (fresh) /* of two with one name the first is meant */
            e->v.p = id;
    }
    if (slack_has_own_bytes(r))
        return slack_add_own(w, b, r, &w->index[SLACK_USERS], err);
    slack_compose_user(r, mem, &w->json);
    return slack_add_composed(w, r, SLACK_USERS, *id, &w->index[SLACK_USERS], err);
}

/* Boards and the like. What says nothing of its kind is a private channel. */
static bool is_foreign_kind(hf_view kind)
{
    for (int role = SLACK_CHANNELS; role <= SLACK_MPIMS; role++)
        if (kind.n == 0 || hf_view_is(kind, slack_channel_kind((slack_role)role)))
            return false;
    return true;
}

bool slack_is_foreign(const hf_record *channel)
{
    return !slack_is_own(channel) && is_foreign_kind(hf_rec_get_text(channel, HF_F_CHANNEL_KIND));
}

hf_status slack_put_channel(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    hf_arena *mem = w->scratch->mem;
    hf_view kind = hf_rec_get_text(r, HF_F_CHANNEL_KIND);
    bool is_group = hf_view_is(kind, "group");
    slack_channel *c;
    hf_view name = hf_rec_get_text(r, HF_F_CHANNEL_NAME);
    bool fresh;

    if (slack_is_foreign(r)) {
        hf_map_put(w->foreign, r->id, NULL);
        return slack_leave_out(w, r, SLACK_FOREIGN, err);
    }
    if (w->listed != NULL)
        hf_listed_add(w->listed, r);
    c = slack_channels_add(w->channels, r,
                           is_group ? slack_group_name(&w->names, r, mem) : HF_V(""));
    hf_map_put(w->names.channels, r->id, NULL)->v.p = &c->out_id;
    if (name.n > 0) {
        hf_map_entry *e = hf_map_put(w->names.channels, name, &fresh);

        if (fresh)
            e->v.p = &c->out_id;
    }
    if (slack_has_own_bytes(r))
        return slack_add_own(w, b, r, &w->index[c->role], err);
    slack_compose_channel(&w->names, r, c->out_id, c->name, mem, &w->json);
    return slack_add_composed(
        w, r, c->role, c->out_id,
        slack_is_own(r) && (r->flags & HF_REC_STUB) != 0 ? NULL : &w->index[c->role], err);
}

hf_status slack_put_event(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    hf_arena *mem = w->scratch->mem;
    hf_view id;

    if (slack_has_own_bytes(r))
        return slack_add_own(w, b, r, &w->index[SLACK_EVENTS], err);
    slack_compose_event(r, mem, &w->json);
    id = slack_digest_id(w->digests, HF_V("event"), hf_buf_view(&w->json), mem);
    return slack_add_composed(w, r, SLACK_EVENTS, id, &w->index[SLACK_EVENTS], err);
}

/* Canvases and the like, and users and channels that are defined a second time. */
hf_status slack_put_opaque(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    slack_role role = slack_role_of(r);
    slack_spool *to = NULL;

    if (slack_has_own_bytes(r) && slack_list_name(r->scope) != NULL)
        to = list_of(w, r->scope);
    else if (slack_has_own_bytes(r) && slack_index_name(role) != NULL)
        to = &w->index[role];
    return to == NULL ? slack_done(w, r, NULL, err) : slack_add_own(w, b, r, to, err);
}

hf_status slack_put_membership(slack_writer *w, hf_record *r, hf_err **err)
{
    static const hf_field says[] = { HF_F_MEMBERSHIP_USER, HF_F_MEMBERSHIP_CHANNEL };

    if (hf_rec_get(r, HF_F_MEMBERSHIP_LEFT) != NULL)
        return slack_leave_out(w, r, "of the past: exports list who is a member now", err);
    if (w->listed != NULL && hf_listed_has(w->listed, r))
        for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
            hf_rec_settle(r, says[i], HF_CHANGED, "an entry of the channel's member list");
    return slack_done(w, r, NULL, err);
}
