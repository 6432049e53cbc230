/* mattermost_bulk/write_post.c: messages as posts, replies and the pieces of long texts.
 */
#include "write_post_priv.h"

/* --- types ---------------------------------------------------------------------------------------
 */

static const struct {
    const char *source, *target;
} types[] = {
    { "channel_join", "system_join_channel" },
    { "group_join", "system_join_channel" },
    { "channel_leave", "system_leave_channel" },
    { "group_leave", "system_leave_channel" },
    { "channel_topic", "system_header_change" },
    { "group_topic", "system_header_change" },
    { "channel_purpose", "system_purpose_change" },
    { "group_purpose", "system_purpose_change" },
    { "channel_name", "system_displayname_change" },
    { "group_name", "system_displayname_change" },
    { "channel_archive", "system_channel_deleted" },
    { "group_archive", "system_channel_deleted" },
    { "channel_unarchive", "system_channel_restored" },
    { "group_unarchive", "system_channel_restored" },
    { "channel_convert_to_private", "system_change_chan_privacy" },
    { "me_message", "me" },
};

void bulk_choose_type(bulk_outgoing *m, hf_arena *mem)
{
    hf_value *v = hf_rec_get(m->r, HF_F_MESSAGE_TYPE);
    bool is_system = hf_rec_get_bool(m->r, HF_F_MESSAGE_IS_SYSTEM);

    if (bulk_is_waiting(m->r)) { /* its notice is an ordinary post */
        bulk_state(m->r, HF_F_MESSAGE_TYPE, HF_LOST, "a notice is written instead");
        return;
    }
    for (size_t i = 0; v != NULL && i < sizeof(types) / sizeof(types[0]); i++)
        if (hf_view_is(v->text, types[i].source)) {
            m->type = types[i].target;
            bulk_written(v, "the server's word for it");
        }
    if (m->type == NULL && v != NULL && v->text.n > 0 && bulk_post_type_ok(v->text)) {
        m->type = hf_arena_dup(mem, v->text).p;
        bulk_written(v, NULL);
    } else if (m->type == NULL && v != NULL) {
        m->marks.type = v->text;
        v->state = HF_CHANGED;
        v->how = "in the post's props: the server has no such type";
    }
    if (m->type == NULL && is_system)
        m->type = "system_generic";
    bulk_written_field(m->r, HF_F_MESSAGE_IS_SYSTEM, "an ordinary post");
}

/* --- text ----------------------------------------------------------------------------------------
 */

/* Deleted messages, and those that vanish once read, have no place in the file: the server would
 * show them again, and for ever. Where replies hang on one, a notice stands for it. */
typedef struct withheld {
    const char *why, *notice; /* NULL: it is written */
} withheld;

static withheld withheld_of(const hf_record *r)
{
    static const withheld none = { NULL, NULL };
    static const withheld deleted = { "deleted: the server would show it again",
                                      "(This message was deleted.)" };
    static const withheld burning = { "to be read once: the server would keep it",
                                      "(This message was to be read once.)" };
    hf_view type = hf_rec_get_text(r, HF_F_MESSAGE_TYPE);

    if (hf_view_is(type, "burn_on_read"))
        return burning;
    return hf_rec_get_bool(r, HF_F_MESSAGE_IS_DELETED) && !hf_view_is(type, "tombstone") ? deleted
                                                                                         : none;
}

/* An entry of an event log says that another message was deleted. */
static bool is_deletion_event(const hf_record *r)
{
    return hf_rec_get_bool(r, HF_F_MESSAGE_IS_SYSTEM) &&
           hf_view_is(hf_rec_get_text(r, HF_F_MESSAGE_TYPE), "message_deleted");
}

bool bulk_is_waiting(const hf_record *r)
{
    return withheld_of(r).why != NULL && !is_deletion_event(r);
}

static bool has_any(const hf_record *r, hf_field from, hf_field to)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].field >= from && r->value[i].field <= to)
            return true;
    return false;
}

/* Entries of an event log (an edit, say): the server would show a line without words. It has its
 * own for its own types. */
static bool is_empty_event(const hf_record *r)
{
    hf_view type = hf_rec_get_text(r, HF_F_MESSAGE_TYPE);

    return !(hf_view_starts(type, HF_V("system_")) && bulk_post_type_ok(type)) &&
           hf_rec_get_bool(r, HF_F_MESSAGE_IS_SYSTEM) &&
           hf_rec_get_text(r, HF_F_MESSAGE_TEXT).n == 0 &&
           hf_rec_get_text(r, HF_F_MESSAGE_THREAD).n == 0 && !has_any(r, BULK_FILES) &&
           !has_any(r, BULK_CARDS);
}

const char *bulk_why_not(const hf_record *r, bool is_reply)
{
    if (is_empty_event(r))
        return "an event without words";
    if (is_reply || (hf_rec_get_text(r, HF_F_MESSAGE_THREAD).n == 0 && !is_deletion_event(r)))
        return withheld_of(r).why;
    return NULL;
}

const char *bulk_why_withheld(const hf_record *r)
{
    return withheld_of(r).why;
}

static hf_view add_notes(const bulk_writer *w, const hf_record *r, hf_view text, hf_arena *mem)
{
    bulk_table files = bulk_table_of(r, BULK_FILES, mem);
    hf_view out;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_add(&b, text);
    for (uint32_t i = 0; i < files.n; i++) {
        const hf_value *name = bulk_at(&files, HF_F_MESSAGE_FILE_NAME, i);
        const hf_value *id = bulk_at(&files, HF_F_MESSAGE_FILE_ID, i);

        if (bulk_file_path(w, id).n > 0)
            continue;
        if (b.n > 0)
            hf_buf_byte(&b, '\n');
        hf_buf_str(&b, "(a file that is not in the export: ");
        hf_buf_add(&b, name != NULL ? name->text : id != NULL ? id->text : HF_V("no name"));
        hf_buf_byte(&b, ')');
    }
    out = b.n == text.n ? text : hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return out;
}

void bulk_make_text(bulk_writer *w, bulk_outgoing *m, hf_arena *mem)
{
    hf_value *v = hf_rec_get(m->r, HF_F_MESSAGE_TEXT);
    hf_view text = v == NULL ? HF_V("") : v->text;
    withheld held = withheld_of(m->r);

    if (held.notice != NULL) {
        text = hf_view_str(held.notice);
        if (v != NULL)
            v->how = "a notice is written instead";
    } else {
        text = bulk_markup(w, m->r, text, HF_DIALECT_MARKDOWN, mem);
        bulk_written(v, "markup as Markdown");
    }
    if (w->file_notes && held.notice == NULL) {
        hf_view noted = add_notes(w, m->r, text, mem);

        if (v != NULL && noted.n != text.n && v->state == HF_EXACT)
            v->how = "with a note for each file that is not in the export";
        text = noted;
    }
    m->part = bulk_split(text, w->max_post, mem, &m->nparts);
}

/* --- reactions -----------------------------------------------------------------------------------
 */

static void put_reaction(bulk_writer *w, bulk_outgoing *m, const bulk_table *all, uint32_t item,
                         hf_map *given, uint32_t *count, hf_buf *out, hf_arena *mem)
{
    hf_value *name = bulk_at(all, HF_F_MESSAGE_REACTION_NAME, item);
    hf_value *user = bulk_at(all, HF_F_MESSAGE_REACTION_USER, item);
    hf_value *when = bulk_at(all, HF_F_MESSAGE_REACTION_AT, item);
    int64_t ms = when == NULL ? m->ms : when->num / 1000;
    hf_view emoji, who;
    bool fresh;

    if (name == NULL || user == NULL) {
        if (name != NULL)
            name->how = "who reacted is not known";
        return;
    }
    emoji = bulk_emoji_name(name->text, mem);
    who = w->people.user[bulk_people_user(&w->people, m->r->origin, user->text, HF_V(""))].username;
    hf_map_put(given, bulk_channel_id(who, emoji, mem), &fresh);
    if (!fresh) {
        name->how = user->how = "the same reaction again";
        return;
    }
    hf_map_put(w->reactions, emoji, NULL);
    hf_buf_str(out, *count == 0 ? ",\"reactions\":[{" : ",{");
    bulk_put_field(out, "user", who);
    bulk_put_key(out, "create_at");
    hf_buf_i64(out, ms < m->ms ? m->ms : ms);
    bulk_put_field(out, "emoji_name", emoji);
    hf_buf_byte(out, '}');
    bulk_written(name, "as the server spells emoji");
    bulk_written(user, "by username");
    bulk_written(when, ms < m->ms ? "not before its post" : "rounded down to milliseconds");
    m->items.reaction[item] = (*count)++;
}

static void put_reactions(bulk_writer *w, bulk_outgoing *m, hf_buf *out, hf_arena *mem)
{
    bulk_table all = bulk_table_of(m->r, BULK_REACTIONS, mem);
    uint32_t count = 0, n = m->items.nreaction = all.n;
    hf_map *given;

    if (n == 0)
        return;
    given = hf_map_new();
    m->items.reaction = hf_arena_alloc(mem, n * sizeof(*m->items.reaction));
    for (uint32_t i = 0; i < n; i++) {
        m->items.reaction[i] = UINT32_MAX;
        put_reaction(w, m, &all, i, given, &count, out, mem);
    }
    if (count > 0)
        hf_buf_byte(out, ']');
    hf_map_free(given);
}

/* --- one object ----------------------------------------------------------------------------------
 */

void bulk_put_place(const bulk_writer *w, const bulk_channel *c, hf_buf *out)
{
    if (c->is_direct) {
        bulk_put_key(out, "channel_members");
        hf_buf_add(out, c->members);
        return;
    }
    bulk_put_field(out, "team", w->people.team[c->team].name);
    bulk_put_field(out, "channel", c->name);
}

void bulk_put_core(const bulk_writer *w, uint32_t author, const char *type, hf_view text,
                   int64_t ms, int64_t edit_ms, hf_buf *out)
{
    bulk_put_field(out, "user", w->people.user[author].username);
    if (type != NULL)
        bulk_put_field(out, "type", hf_view_str(type));
    bulk_put_field(out, "message", text);
    bulk_put_key(out, "create_at");
    hf_buf_i64(out, ms);
    if (edit_ms > 0) {
        bulk_put_key(out, "edit_at");
        hf_buf_i64(out, edit_ms);
    }
}

static bool is_pinned(const bulk_outgoing *m)
{
    hf_map_entry *e = m->channel->pins == NULL ? NULL : hf_map_get(m->channel->pins, m->r->id);

    if (e != NULL)
        e->v.u = 1;
    return e != NULL || hf_rec_get_bool(m->r, HF_F_MESSAGE_IS_PINNED);
}

/* The fields of the message's own object, without braces. *core: bytes that identify it. */
void bulk_put_object(bulk_writer *w, bulk_outgoing *m, hf_buf *out, size_t *core, hf_arena *mem)
{
    int64_t edit = hf_rec_get_num(m->r, HF_F_MESSAGE_EDITED_AT, 0) / 1000;

    if (!m->is_reply)
        bulk_put_place(w, m->channel, out);
    bulk_put_core(w, m->author, m->type, m->part[0], m->ms, edit, out);
    *core = out->n;
    /* Of a message that is not shown nothing is but the notice. */
    m->is_bare = withheld_of(m->r).notice != NULL;
    bulk_put_props(w, m->is_bare ? NULL : m->r, &m->marks, m->type,
                   w->people.user[m->author].username, &m->items, out, mem);
    if (!m->is_bare) {
        put_reactions(w, m, out, mem);
        bulk_put_files(w, m->r, &m->items, out, mem);
    }
    if (is_pinned(m)) {
        bulk_put_key(out, "is_pinned");
        hf_buf_str(out, "true");
    }
}

void bulk_count_post(bulk_writer *w, bulk_channel *c, int64_t ms, bool is_root)
{
    c->posts++;
    c->roots += is_root;
    if (ms > c->last_ms)
        c->last_ms = ms;
    if (ms > w->last_ms)
        w->last_ms = ms;
}

/* The objects that continue the text, each led by a comma when out is not empty. */
void bulk_put_parts(bulk_writer *w, bulk_outgoing *m, hf_buf *out)
{
    int64_t ms = m->ms;

    for (size_t k = 1; k < m->nparts; k++) {
        const bulk_marks marks = { .part = k, .of = m->nparts };

        ms = bulk_clock_place(&w->clock, HF_NO_TIME, w->people.user[m->author].username, m->part[k],
                              ms + 1);
        hf_buf_str(out, out->n > 0 ? ",{" : "{");
        bulk_put_core(w, m->author, NULL, m->part[k], ms, 0, out);
        bulk_put_props(w, NULL, &marks, NULL, HF_V(""), NULL, out, NULL);
        hf_buf_byte(out, '}');
        bulk_count_post(w, m->channel, ms, false);
    }
}

/* --- what became of the values -------------------------------------------------------------------
 */

static const char *time_change(const bulk_writer *w, const bulk_outgoing *m)
{
    int64_t ms = m->r->time_us / 1000;

    if (m->is_reply && ms < w->thread.ms)
        return "moved behind the root of its thread";
    return m->ms == ms       ? "rounded down to milliseconds"
           : m->ms == ms + 1 ? "moved by 1 ms to keep the order"
                             : "moved by some ms to keep the order";
}

void bulk_settle_message(const bulk_writer *w, bulk_outgoing *m)
{
    hf_record *r = m->r;
    const bulk_user *author = &w->people.user[m->author];
    hf_value *by = hf_rec_get(r, HF_F_MESSAGE_EDITED_BY);

    bulk_written_field(r, HF_F_MESSAGE_TIME, time_change(w, m));
    bulk_written_field(r, HF_F_MESSAGE_AUTHOR,
                       author->rec == NULL ? "by the username of a stub" : "by username");
    bulk_state(r, HF_F_MESSAGE_AUTHOR_BOT, HF_CHANGED,
               author->rec == NULL ? "by the username of a stub" : "by username");
    bulk_state(r, HF_F_MESSAGE_THREAD, HF_CHANGED,
               m->is_reply ? "by its place in the root's line" : "by the replies in its line");
    bulk_written_field(r, HF_F_MESSAGE_EDITED_AT, "rounded down to milliseconds");
    bulk_written_field(r, HF_F_MESSAGE_IS_PINNED, "pinned");
    if (hf_rec_get_bool(r, HF_F_MESSAGE_IS_BROADCAST))
        bulk_state(r, HF_F_MESSAGE_IS_BROADCAST, HF_CHANGED,
                   m->is_reply ? "a reply; marked in the props" : "marked in the props");
    if (hf_rec_get_bool(r, HF_F_MESSAGE_IS_DELETED))
        bulk_state(r, HF_F_MESSAGE_IS_DELETED, HF_CHANGED, "a notice; marked in the props");
    if (by != NULL && hf_view_eq(by->text, hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR))) {
        by->state = HF_CHANGED;
        by->how = "the author";
    }
}
