/* slack/write.c: a stream of records as a Slack export.
 *
 * An exact stream is written member by member as it was. Otherwise records of Slack's own stand as
 * they are, all others are composed; what became of their values is judged by reading back the very
 * bytes that were written. Folders: one workspace at the root, whatever the source's layout.
 */
#include "slack/channels.h"
#include "slack/compose.h"
#include "slack/days.h"
#include "slack/rebuild.h"
#include "slack/spool.h"

#include "format/ledger.h"
#include "format/listed.h"
#include "io/name.h"

enum { INDEX_BYTES = 8 << 20, LISTS = 8 };

/* What becomes of the member whose bytes are coming. */
typedef enum taking { TAKE_NOT, TAKE_WRITE, TAKE_SIDECAR } taking;

typedef struct list_file {
    hf_view word;
    slack_spool spool;
} list_file;

typedef struct slack_writer {
    hf_writer base; /* must stay first */
    hf_sink *sink;
    hf_ledger *ledger; /* NULL when nobody accounts */
    bool keep_secrets, is_from_slack;
    slack_rebuild *rebuild; /* of an exact stream; then nothing below is used */

    slack_spool index[SLACK_ROLES]; /* files of one array each, without their brackets */
    list_file lists[LISTS];
    size_t nlists;
    slack_names names;
    slack_channels *channels;
    slack_days *days;
    slack_channel *open; /* whose days are being gathered */
    int64_t last_us;     /* of its messages, as written */
    hf_map *digests;     /* of log entries written */
    hf_map *members;     /* opaque members written, by the source's name */
    hf_map *foreign;     /* ids of channels of a kind that Slack does not have: not written */
    hf_listed *listed;   /* NULL when the source has no memberships */
    taking taking;
    hf_batch *scratch; /* records read back */
    hf_buf json;
} slack_writer;

/* --- records that stand as they are -------------------------------------------------------------
 */

static bool is_own(const hf_record *r)
{
    return r->format != NULL && strcmp(r->format, "slack") == 0;
}

static bool has_own_bytes(const hf_record *r)
{
    return is_own(r) && r->raw.bytes.n > 0;
}

static hf_status done(slack_writer *w, const hf_record *r, const hf_record *target, hf_err **err)
{
    return w->ledger == NULL ? HF_OK : hf_ledger_done(w->ledger, r, target, err);
}

static void settle_all(hf_record *r, hf_state state)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        r->value[i].state = state;
}

/* Read back the bytes written for r. NULL, and an error, when they cannot be read, which would be a
 * fault of ours. */
static hf_record *read_back(slack_writer *w, const hf_record *r, slack_role role, hf_view scope,
                            hf_view id, hf_view bytes, hf_err **err)
{
    hf_record *target = hf_batch_add(w->scratch, r->kind);

    target->format = "slack";
    target->origin = r->origin;
    target->scope = scope;
    target->id = id;
    target->flags = (unsigned)role << HF_REC_PLACE_SHIFT;
    target->raw.bytes = bytes;
    if (slack_parse(w->scratch, target, NULL, err) == HF_OK)
        return target;
    if (err != NULL && *err != NULL)
        (*err)->code = HF_E_INTERNAL;
    hf_wrap(err, "a Slack %s record that was just written cannot be read", hf_kind_name(r->kind));
    return NULL;
}

/* The bytes to write for a record of Slack's own, settled: its own, with secrets masked. *target is
 * what will be read from them; NULL, and an error, when that fails. */
static hf_view splice(slack_writer *w, hf_batch *b, hf_record *r, hf_record **target, hf_err **err)
{
    hf_arena *mem = w->scratch->mem;
    hf_view bytes = w->keep_secrets ? r->raw.bytes : slack_mask_raw(r->raw.bytes, mem);
    hf_view id = r->id;

    *target = r;
    if (bytes.p == r->raw.bytes.p) {
        settle_all(r, HF_EXACT);
        r->is_raw_kept = true;
        if ((r->flags & HF_REC_EDITED) == 0)
            return bytes;
        *target = read_back(w, r, slack_role_of(r), r->scope, r->id, bytes, err);
        if (*target != NULL)
            slack_settle(r, *target, NULL);
        return bytes;
    }
    slack_settle_masked(b, r);
    if (r->kind == HF_KIND_EVENT)
        id = slack_digest_id(w->digests, HF_V("event"), bytes, mem);
    *target = read_back(w, r, slack_role_of(r), r->scope, id, bytes, err);
    return bytes;
}

/* --- files of one array -------------------------------------------------------------------------
 */

static hf_status add_element(slack_spool *s, hf_view json, hf_err **err)
{
    hf_status rc = slack_spool_add(s, s->n == 0 ? HF_V("[\n    ") : HF_V(",\n    "), err);

    return rc == HF_OK ? slack_spool_add(s, json, err) : rc;
}

/* A record of Slack's own into the array of a file. */
static hf_status add_own(slack_writer *w, hf_batch *b, hf_record *r, slack_spool *to, hf_err **err)
{
    hf_record *target;
    hf_view bytes = splice(w, b, r, &target, err);
    hf_status rc = target == NULL ? HF_E_INTERNAL : add_element(to, bytes, err);

    return rc == HF_OK ? done(w, r, target, err) : rc;
}

/* A record that was composed in w->json, into the array of a file. */
static hf_status add_composed(slack_writer *w, hf_record *r, slack_role role, hf_view id,
                              slack_spool *to, hf_err **err)
{
    hf_view bytes = hf_buf_view(&w->json);
    hf_record *target = read_back(w, r, role, HF_V(""), id, bytes, err);
    hf_status rc = target == NULL ? HF_E_INTERNAL : HF_OK;

    if (rc == HF_OK)
        slack_settle(r, target, NULL);
    if (rc == HF_OK && to != NULL)
        rc = add_element(to, bytes, err);
    if (rc == HF_OK && to == NULL) /* only its folder shows it */
        target->flags |= HF_REC_STUB;
    return rc == HF_OK ? done(w, r, target, err) : rc;
}

static slack_spool *list_of(slack_writer *w, hf_view word)
{
    for (size_t i = 0; i < w->nlists; i++)
        if (hf_view_eq(w->lists[i].word, word))
            return &w->lists[i].spool;
    if (w->nlists == LISTS)
        return NULL;
    w->lists[w->nlists].word = hf_arena_dup(w->names.mem, word);
    slack_spool_init(&w->lists[w->nlists].spool, INDEX_BYTES);
    return &w->lists[w->nlists++].spool;
}

static hf_status put_user(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
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
    if (has_own_bytes(r))
        return add_own(w, b, r, &w->index[SLACK_USERS], err);
    slack_compose_user(r, mem, &w->json);
    return add_composed(w, r, SLACK_USERS, *id, &w->index[SLACK_USERS], err);
}

/* Boards and the like. What says nothing of its kind is a private channel. */
static bool is_foreign_kind(hf_view kind)
{
    for (int role = SLACK_CHANNELS; role <= SLACK_MPIMS; role++)
        if (kind.n == 0 || hf_view_is(kind, slack_channel_kind((slack_role)role)))
            return false;
    return true;
}

static hf_status leave_out(slack_writer *w, hf_record *r, const char *why, hf_err **err)
{
    for (uint32_t i = 0; i < r->nvalue; i++) {
        r->value[i].state = HF_LOST;
        r->value[i].how = why;
    }
    return done(w, r, NULL, err);
}

static const char foreign[] = "of a kind of channel that Slack does not have";

static hf_status put_channel(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    hf_arena *mem = w->scratch->mem;
    hf_view kind = hf_rec_get_text(r, HF_F_CHANNEL_KIND);
    bool is_group = hf_view_is(kind, "group");
    slack_channel *c;
    hf_view name = hf_rec_get_text(r, HF_F_CHANNEL_NAME);
    bool fresh;

    if (!is_own(r) && is_foreign_kind(kind)) {
        hf_map_put(w->foreign, r->id, NULL);
        return leave_out(w, r, foreign, err);
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
    if (has_own_bytes(r))
        return add_own(w, b, r, &w->index[c->role], err);
    slack_compose_channel(&w->names, r, c->out_id, c->name, mem, &w->json);
    return add_composed(w, r, c->role, c->out_id,
                        is_own(r) && (r->flags & HF_REC_STUB) != 0 ? NULL : &w->index[c->role],
                        err);
}

static hf_status put_event(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    hf_arena *mem = w->scratch->mem;
    hf_view id;

    if (has_own_bytes(r))
        return add_own(w, b, r, &w->index[SLACK_EVENTS], err);
    slack_compose_event(r, mem, &w->json);
    id = slack_digest_id(w->digests, HF_V("event"), hf_buf_view(&w->json), mem);
    return add_composed(w, r, SLACK_EVENTS, id, &w->index[SLACK_EVENTS], err);
}

/* Canvases and the like, and users and channels that are defined a second time. */
static hf_status put_opaque(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    slack_role role = slack_role_of(r);
    slack_spool *to = NULL;

    if (has_own_bytes(r) && slack_list_name(r->scope) != NULL)
        to = list_of(w, r->scope);
    else if (has_own_bytes(r) && slack_index_name(role) != NULL)
        to = &w->index[role];
    return to == NULL ? done(w, r, NULL, err) : add_own(w, b, r, to, err);
}

/* --- messages -----------------------------------------------------------------------------------
 */

static hf_status close_channel(slack_writer *w, hf_err **err)
{
    hf_status rc = HF_OK;

    if (w->open != NULL && !slack_days_is_empty(w->days)) {
        w->open->has_files = true;
        rc = slack_days_write(w->days, w->sink, w->open->folder, err);
    }
    w->open = NULL;
    w->last_us = 0;
    return rc;
}

/* The channel of a message; one that nobody defined is only a folder. */
static hf_status open_channel(slack_writer *w, const hf_record *r, hf_err **err)
{
    slack_channel *c = slack_channels_find(w->channels, r->scope);
    hf_status rc = HF_OK;

    if (w->open != NULL && c == w->open)
        return HF_OK;
    rc = close_channel(w, err);
    if (c == NULL) {
        c = slack_channels_unknown(w->channels, r);
        if (rc == HF_OK && w->ledger != NULL) {
            hf_record *stub = hf_batch_add(w->scratch, HF_KIND_CHANNEL);

            stub->origin = r->origin;
            stub->id = c->out_id;
            stub->flags = HF_REC_STUB;
            hf_rec_text(w->scratch, stub, HF_F_CHANNEL_ID, 0, c->out_id);
            hf_rec_text(w->scratch, stub, HF_F_CHANNEL_NAME, 0, c->folder);
            hf_rec_text(w->scratch, stub, HF_F_CHANNEL_KIND, 0, HF_V("private"));
            rc = hf_ledger_made(w->ledger, stub, "no record defines this channel", err);
        }
    }
    w->open = c;
    return rc;
}

/* When the message was and its id, as written: bytes of Slack's own have theirs; otherwise its own
 * id if that is one of Slack's, else its time, moved behind the one before when that has it. */
static int64_t choose_ts(slack_writer *w, const hf_record *r, hf_view *ts)
{
    int64_t us = r->time_us == HF_NO_TIME || r->time_us < 0 ? 0 : r->time_us;

    if (is_own(r) && (r->flags & HF_REC_SYNTHETIC_ID) == 0 && slack_ts_us(r->id, &us)) {
        *ts = r->id;
    } else {
        if (!has_own_bytes(r) && us <= w->last_us)
            us = w->last_us + 1;
        *ts = slack_ts_text(us, w->scratch->mem);
    }
    w->last_us = us > w->last_us ? us : w->last_us;
    return us;
}

/* Settle what stands beside the message: a body put where attachments go. */
static void settle_paths(slack_writer *w, hf_record *r)
{
    uint32_t at = 0;

    for (hf_value *v = hf_rec_next(r, HF_F_MESSAGE_FILE_PATH, 0, &at); v != NULL;
         v = hf_rec_next(r, HF_F_MESSAGE_FILE_PATH, at + 1, &at)) {
        if (hf_map_get(w->members, v->text) == NULL)
            continue;
        v->state = HF_CHANGED;
        v->how = "the member stands in __uploads, under the file's id";
    }
}

/* Where the message stands in its thread; roots become known, replies are counted. */
static void place_in_thread(slack_writer *w, const hf_record *r, slack_message *m, int64_t us)
{
    hf_view root = hf_rec_get_text(r, HF_F_MESSAGE_THREAD);
    hf_view author =
        slack_write_id(r, 'U', hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR), w->scratch->mem);
    const slack_root_info *info;

    if (root.n == 0)
        return;
    if (hf_view_eq(root, r->id)) {
        slack_days_root(w->days, r->id, m->ts, author);
        m->thread_ts = m->ts;
        return;
    }
    info = slack_days_find(w->days, root);
    if (info != NULL) {
        m->thread_ts = info->ts;
        m->parent_user = info->user;
        slack_days_reply(w->days, root, author, us);
    } else if (slack_is_ts(root)) {
        m->thread_ts = root;
    }
}

/* Other systems' deleted messages, and those that vanish once read: whoever imports the export
 * would show them again. Slack's own say so themselves. */
typedef struct withheld {
    const char *why, *notice; /* NULL: it is written */
} withheld;

static withheld withheld_of(const hf_record *r)
{
    static const withheld none = { NULL, NULL };
    static const withheld deleted = { "deleted: it would be shown again",
                                      "This message was deleted." };
    static const withheld burning = { "to be read once: it would be kept",
                                      "This message was to be read once." };
    hf_view type = hf_rec_get_text(r, HF_F_MESSAGE_TYPE);

    if (is_own(r))
        return none;
    if (hf_view_is(type, "burn_on_read"))
        return burning;
    return hf_rec_get_bool(r, HF_F_MESSAGE_IS_DELETED) && !hf_view_is(type, "tombstone") ? deleted
                                                                                         : none;
}

static hf_status put_message(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    withheld held = withheld_of(r);
    slack_message m = { .notice = held.notice };
    slack_shape shape;
    hf_record *target;
    hf_status rc;
    int64_t us;

    if (hf_map_get(w->foreign, r->scope) != NULL)
        return leave_out(w, r, foreign, err);
    /* Replies that live on need their root. */
    if (held.why != NULL && !hf_view_eq(hf_rec_get_text(r, HF_F_MESSAGE_THREAD), r->id))
        return leave_out(w, r, held.why, err);
    rc = open_channel(w, r, err);

    if (rc != HF_OK)
        return rc;
    us = choose_ts(w, r, &m.ts);
    m.channel = w->open->out_id;
    place_in_thread(w, r, &m, us);
    if (has_own_bytes(r)) {
        hf_view bytes = splice(w, b, r, &target, err);

        if (target == NULL)
            return HF_E_INTERNAL;
        rc = slack_days_add(w->days, slack_day_of(r->time_us), bytes, 0, r->id, err);
        return rc == HF_OK ? done(w, r, target, err) : rc;
    }
    slack_compose_message(&w->names, r, &m, w->scratch->mem, &w->json, &shape);
    rc = slack_days_add(w->days, slack_day_of(us), hf_buf_view(&w->json), shape.tail, r->id, err);
    if (rc != HF_OK || w->ledger == NULL)
        return rc;
    target = read_back(w, r, SLACK_DAY, w->open->out_id, m.ts, hf_buf_view(&w->json), err);
    if (target == NULL)
        return HF_E_INTERNAL;
    target->flags = 0;
    slack_settle(r, target, &shape);
    settle_paths(w, r);
    return done(w, r, target, err);
}

/* --- members without records --------------------------------------------------------------------
 */

/* The name that a member is written under; the empty view when it cannot be: it would be taken for
 * records, leave the folder, or stand there twice. */
static hf_view member_name(slack_writer *w, const hf_record *r, bool *moved)
{
    const hf_rec_member *m = &r->u.member;
    hf_view name = m->name;
    bool fresh;

    *moved = false;
    if (!w->is_from_slack && m->file_id.n > 0) {
        name = slack_upload_name(slack_write_id(r, 'F', m->file_id, w->scratch->mem), name,
                                 w->scratch->mem);
        *moved = true;
    }
    if (m->type == HF_MEMBER_FOLDER && !hf_view_ends(name, HF_V("/")))
        name = hf_arena_printf(w->scratch->mem, "%.*s/", (int)name.n, name.p);
    if (m->type == HF_MEMBER_LINK || !hf_name_is_safe(name) ||
        slack_place_of(name, (hf_view){ "", 0 }).role != SLACK_OPAQUE)
        return (hf_view){ NULL, 0 };
    hf_map_put(w->members, name, &fresh);
    return fresh ? name : (hf_view){ NULL, 0 };
}

static hf_status begin_member(slack_writer *w, const hf_record *r, hf_err **err)
{
    hf_view name;
    bool moved;
    hf_status rc;

    w->taking = TAKE_NOT;
    if (!r->u.member.is_opaque)
        return HF_OK; /* its records are written */
    name = member_name(w, r, &moved);
    w->taking = name.n > 0 ? TAKE_WRITE : TAKE_SIDECAR;
    if (name.n > 0) {
        hf_map_put(w->members, r->u.member.name, NULL);
        rc = hf_sink_member_mode(w->sink, name, r->u.member.mode, err);
        if (rc != HF_OK)
            return rc;
    }
    if (w->ledger == NULL)
        return HF_OK;
    return hf_ledger_member(w->ledger, r,
                            name.n == 0 ? HF_LOST
                            : moved     ? HF_CHANGED
                                        : HF_EXACT,
                            err);
}

static hf_status put_container(slack_writer *w, const hf_record *r, hf_err **err)
{
    if (r->kind == HF_KIND_MEMBER)
        return begin_member(w, r, err);
    if (r->kind == HF_KIND_BYTES && w->taking == TAKE_WRITE)
        return hf_sink_write(w->sink, r->raw.bytes, err);
    if (r->kind == HF_KIND_BYTES && w->taking == TAKE_SIDECAR && w->ledger != NULL)
        return hf_ledger_opaque(w->ledger, r, err);
    if (r->kind == HF_KIND_MEMBER_END)
        w->taking = TAKE_NOT;
    return HF_OK;
}

/* --- memberships --------------------------------------------------------------------------------
 */

static hf_status put_membership(slack_writer *w, hf_record *r, hf_err **err)
{
    static const hf_field says[] = { HF_F_MEMBERSHIP_USER, HF_F_MEMBERSHIP_CHANNEL };

    if (hf_rec_get(r, HF_F_MEMBERSHIP_LEFT) != NULL)
        return leave_out(w, r, "of the past: exports list who is a member now", err);
    if (w->listed != NULL && hf_listed_has(w->listed, r))
        for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++)
            hf_rec_settle(r, says[i], HF_CHANGED, "an entry of the channel's member list");
    return done(w, r, NULL, err);
}

/* --- the stream ---------------------------------------------------------------------------------
 */

static hf_status put_composed(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    hf_buf_reset(&w->json);
    hf_arena_reset(w->scratch->mem);
    w->scratch->n = 0;
    switch (r->kind) {
    case HF_KIND_USER:
        return put_user(w, b, r, err);
    case HF_KIND_CHANNEL:
        return put_channel(w, b, r, err);
    case HF_KIND_MESSAGE:
        return put_message(w, b, r, err);
    case HF_KIND_EVENT:
        return put_event(w, b, r, err);
    case HF_KIND_OPAQUE:
        return put_opaque(w, b, r, err);
    case HF_KIND_MEMBERSHIP:
        return put_membership(w, r, err);
    case HF_KIND_DRAFT:
    case HF_KIND_WORKSPACE: /* exports name neither the workspace nor its emoji */
    case HF_KIND_EMOJI:
        return done(w, r, NULL, err);
    case HF_KIND_MEMBER:
    case HF_KIND_BYTES:
    case HF_KIND_MEMBER_END:
        return put_container(w, r, err);
    case HF_KIND_NONE:
    case HF_KIND_COVERAGE:
    case HF_KIND_QUARANTINE:
    case HF_KIND_COUNT:
        break;
    }
    return HF_OK;
}

static hf_status put_exact(slack_writer *w, hf_record *r, hf_err **err)
{
    hf_status rc;

    if (hf_kind_is_record(r->kind)) {
        settle_all(r, HF_EXACT);
        r->is_raw_kept = true;
        return done(w, r, r, err);
    }
    rc = slack_rebuild_put(w->rebuild, r, err);
    if (rc == HF_OK && r->kind == HF_KIND_MEMBER && w->ledger != NULL)
        rc = hf_ledger_member(w->ledger, r, HF_EXACT, err);
    return rc;
}

static hf_status slack_put(hf_writer *base, hf_batch *b, hf_err **err)
{
    slack_writer *w = (slack_writer *)base;
    hf_status rc = HF_OK;

    for (size_t i = 0; i < b->n && rc == HF_OK; i++)
        rc = w->rebuild != NULL ? put_exact(w, b->rec[i], err) : put_composed(w, b, b->rec[i], err);
    hf_batch_free(b);
    return rc;
}

static hf_status to_sink(void *self, hf_view bytes, hf_err **err)
{
    return hf_sink_write(self, bytes, err);
}

static hf_status write_list(slack_writer *w, slack_spool *s, const char *name, hf_err **err)
{
    hf_status rc = hf_sink_member(w->sink, hf_view_str(name), err);

    if (rc == HF_OK && s->n == 0)
        return hf_sink_write(w->sink, HF_V("[]"), err);
    if (rc == HF_OK)
        rc = slack_spool_give(s, 0, s->n, to_sink, w->sink, err);
    return rc == HF_OK ? hf_sink_write(w->sink, HF_V("\n]"), err) : rc;
}

/* Readers ask for users, public channels and the log; some for a folder of every channel. */
static hf_status write_indexes(slack_writer *w, hf_err **err)
{
    hf_status rc = HF_OK;

    for (int role = SLACK_USERS; role < SLACK_ROLES && rc == HF_OK; role++) {
        bool is_needed = role == SLACK_USERS || role == SLACK_CHANNELS || role == SLACK_EVENTS;
        const char *name = slack_index_name((slack_role)role);

        if (name != NULL && (is_needed || w->index[role].n > 0))
            rc = write_list(w, &w->index[role], name, err);
    }
    for (size_t i = 0; i < w->nlists && rc == HF_OK; i++)
        rc = write_list(w, &w->lists[i].spool, slack_list_name(w->lists[i].word), err);
    for (size_t i = 0; i < slack_channels_count(w->channels) && rc == HF_OK; i++) {
        const slack_channel *c = slack_channels_at(w->channels, i);
        hf_view name = hf_arena_printf(w->names.mem, "%.*s/", (int)c->folder.n, c->folder.p);

        if (!c->has_files && hf_map_get(w->members, name) == NULL)
            rc = hf_sink_member(w->sink, name, err);
    }
    return rc;
}

static hf_status slack_finish(hf_writer *base, hf_err **err)
{
    slack_writer *w = (slack_writer *)base;
    hf_sink *sink = w->sink;
    hf_status rc;

    if (w->rebuild != NULL) {
        rc = slack_rebuild_finish(w->rebuild, err);
    } else {
        rc = close_channel(w, err);
        if (rc == HF_OK)
            rc = write_indexes(w, err);
    }
    if (rc != HF_OK)
        return rc;
    w->sink = NULL;
    return hf_sink_commit(sink, err);
}

static void slack_close(hf_writer *base)
{
    slack_writer *w = (slack_writer *)base;

    hf_sink_abort(w->sink);
    slack_rebuild_free(w->rebuild);
    for (int role = 0; role < SLACK_ROLES; role++)
        slack_spool_clear(&w->index[role]);
    for (size_t i = 0; i < w->nlists; i++)
        slack_spool_clear(&w->lists[i].spool);
    slack_names_clear(&w->names);
    slack_channels_free(w->channels);
    slack_days_free(w->days);
    hf_map_free(w->digests);
    hf_map_free(w->members);
    hf_map_free(w->foreign);
    hf_listed_free(w->listed);
    hf_batch_free(w->scratch);
    hf_buf_clear(&w->json);
    hf_free(w);
}

/* A name that ends in .zip is a ZIP, anything else a folder. */
static hf_status open_sink(slack_writer *w, const hf_writer_args *args, hf_err **err)
{
    hf_view path = hf_view_str(args->path);
    bool is_zip = hf_view_ends(path, HF_V(".zip"));
    char *own;
    hf_status rc;

    if (hf_view_is(path, "-")) {
        hf_fail(err, HF_E_USAGE, "a Slack export is many files and cannot go to standard output");
        return hf_hint(err, "give a folder, or a name that ends in .zip");
    }
    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    own = hf_view_dup(path);
    rc = hf_sink_open(&w->sink, own, is_zip ? HF_SINK_ZIP : HF_SINK_FOLDER, args->overwrite, err);
    hf_free(own);
    return rc;
}

hf_status slack_create(hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    static const hf_writer_ops ops = {
        .put = slack_put,
        .finish = slack_finish,
        .close = slack_close,
    };
    slack_writer *w = HF_NEW(slack_writer);
    hf_status rc;

    w->base.ops = &ops;
    w->ledger = args->ledger;
    w->keep_secrets = args->keep_secrets;
    w->is_from_slack = args->source_format != NULL && strcmp(args->source_format, "slack") == 0;
    for (int role = 0; role < SLACK_ROLES; role++)
        slack_spool_init(&w->index[role], INDEX_BYTES);
    slack_names_init(&w->names);
    w->channels = slack_channels_new();
    w->days = slack_days_new();
    w->digests = hf_map_new();
    w->members = hf_map_new();
    w->foreign = hf_map_new();
    if (!w->is_from_slack)
        w->listed = hf_listed_new();
    w->scratch = hf_batch_new();
    hf_buf_init(&w->json, HF_BUF_UNBOUNDED);
    rc = open_sink(w, args, err);
    if (rc != HF_OK) {
        slack_close(&w->base);
        return rc;
    }
    if (args->is_exact)
        w->rebuild = slack_rebuild_new(w->sink);
    *out = &w->base;
    return HF_OK;
}
