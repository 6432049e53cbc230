/* slack/write_message.c: a message, into the day files of its channel.
 */
#include "slack/write_priv.h"

hf_status slack_close_channel(slack_writer *w, hf_err **err)
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
    rc = slack_close_channel(w, err);
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

    if (slack_is_own(r) && (r->flags & HF_REC_SYNTHETIC_ID) == 0 && slack_ts_us(r->id, &us)) {
        *ts = r->id;
    } else {
        if (!slack_has_own_bytes(r) && us <= w->last_us)
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

    if (slack_is_own(r))
        return none;
    if (hf_view_is(type, "burn_on_read"))
        return burning;
    return hf_rec_get_bool(r, HF_F_MESSAGE_IS_DELETED) && !hf_view_is(type, "tombstone") ? deleted
                                                                                         : none;
}

bool slack_is_withheld(const hf_record *r)
{
    return withheld_of(r).why != NULL;
}

hf_status slack_put_message(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err)
{
    withheld held = withheld_of(r);
    slack_message m = { .notice = held.notice };
    slack_shape shape;
    hf_record *target;
    hf_status rc;
    int64_t us;

    if (hf_map_get(w->foreign, r->scope) != NULL)
        return slack_leave_out(w, r, SLACK_FOREIGN, err);
    /* Replies that live on need their root. */
    if (held.why != NULL && !hf_view_eq(hf_rec_get_text(r, HF_F_MESSAGE_THREAD), r->id))
        return slack_leave_out(w, r, held.why, err);
    rc = open_channel(w, r, err);

    if (rc != HF_OK)
        return rc;
    us = choose_ts(w, r, &m.ts);
    m.channel = w->open->out_id;
    place_in_thread(w, r, &m, us);
    if (slack_has_own_bytes(r)) {
        hf_view bytes = slack_splice(w, b, r, &target, err);

        if (target == NULL)
            return HF_E_INTERNAL;
        rc = slack_days_add(w->days, slack_day_of(r->time_us), bytes, 0, r->id, err);
        return rc == HF_OK ? slack_done(w, r, target, err) : rc;
    }
    slack_compose_message(&w->names, r, &m, w->scratch->mem, &w->json, &shape);
    rc = slack_days_add(w->days, slack_day_of(us), hf_buf_view(&w->json), shape.tail, r->id, err);
    if (rc != HF_OK || w->ledger == NULL)
        return rc;
    target = slack_read_back(w, r, SLACK_DAY, w->open->out_id, m.ts, hf_buf_view(&w->json), err);
    if (target == NULL)
        return HF_E_INTERNAL;
    target->flags = 0;
    slack_settle(r, target, &shape);
    settle_paths(w, r);
    return slack_done(w, r, target, err);
}
