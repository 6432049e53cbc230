/* mattermost_bulk/write_thread.c: lines: a root with its replies.
 *
 * A root's line is begun when the root comes and ended when the next one does: replies go into it
 * as they come, so a thread is never in memory. What would pass the server's longest line goes into
 * further lines that repeat the root; those stand after everything else, where the root exists.
 */
#include "write_post_priv.h"

/* --- lines ---------------------------------------------------------------------------------------
 */

static int spool_of(const bulk_thread *t)
{
    if (t->is_again)
        return t->channel->is_direct ? SPOOL_MORE_DIRECT : SPOOL_MORE_POSTS;
    return t->channel->is_direct ? SPOOL_DIRECT_POSTS : SPOOL_POSTS;
}

static hf_status add(bulk_writer *w, hf_view bytes, hf_err **err)
{
    w->thread.line_bytes += bytes.n;
    return bulk_spool_add(w, spool_of(&w->thread), bytes, err);
}

static hf_view line_start(const bulk_channel *c)
{
    return c->is_direct ? HF_V("{\"type\":\"direct_post\",\"direct_post\":{")
                        : HF_V("{\"type\":\"post\",\"post\":{");
}

/* Begin a line with these fields of a root. */
static hf_status begin_line(bulk_writer *w, hf_view fields, hf_err **err)
{
    hf_status rc;

    w->thread.line_bytes = 0;
    w->thread.has_list = false;
    rc = add(w, line_start(w->thread.channel), err);
    return rc == HF_OK ? add(w, fields, err) : rc;
}

static hf_status end_line(bulk_writer *w, hf_err **err)
{
    return add(w, w->thread.has_list ? HF_V("]}}\n") : HF_V("}}\n"), err);
}

/* The open line is as long as it may be: go on in one that repeats the root. */
static hf_status repeat_root(bulk_writer *w, hf_err **err)
{
    bulk_thread *t = &w->thread;
    bulk_marks marks = t->marks;
    hf_arena *mem = hf_arena_new();
    hf_status rc = end_line(w, err);
    hf_buf fields;

    marks.again = true;
    t->is_again = true;
    hf_buf_init(&fields, HF_BUF_UNBOUNDED);
    hf_buf_add(&fields, hf_view_sub(hf_buf_view(&t->head), 0, t->core));
    bulk_put_props(w, t->is_bare ? NULL : t->root, &marks, t->type,
                   w->people.user[t->author].username, &t->items, &fields,
                   t->root == NULL ? mem : t->batch->mem);
    if (rc == HF_OK)
        rc = begin_line(w, hf_buf_view(&fields), err);
    hf_buf_clear(&fields);
    hf_arena_free(mem);
    return rc;
}

/* Add replies (objects joined by commas) to the open line. */
static hf_status add_replies(bulk_writer *w, hf_view objects, hf_err **err)
{
    enum { ROOM = 64 };
    bulk_thread *t = &w->thread;
    hf_status rc = HF_OK;

    if (t->has_list && t->line_bytes + objects.n + ROOM > w->max_line)
        rc = repeat_root(w, err);
    if (rc == HF_OK)
        rc = add(w, t->has_list ? HF_V(",") : HF_V(",\"replies\":["), err);
    t->has_list = true;
    return rc == HF_OK ? add(w, objects, err) : rc;
}

/* --- threads -------------------------------------------------------------------------------------
 */

static void thread_key(const hf_record *r, hf_view id, hf_buf *key)
{
    hf_buf_reset(key);
    hf_buf_add(key, r->origin);
    hf_buf_byte(key, '\0');
    hf_buf_add(key, id);
}

/* The root's line as far as the root itself goes. */
static void root_line(const bulk_thread *t, hf_buf *out)
{
    hf_buf_reset(out);
    hf_buf_add(out, line_start(t->channel));
    hf_buf_add(out, hf_buf_view(&t->head));
    if (t->parts.n > 0 || t->has_replies) {
        hf_buf_str(out, ",\"replies\":[");
        hf_buf_add(out, hf_buf_view(&t->parts));
        if (t->has_replies)
            hf_buf_str(out, t->parts.n > 0 ? ",{}" : "{}");
        hf_buf_byte(out, ']');
    }
    hf_buf_str(out, "}}");
}

hf_status bulk_end_thread(bulk_writer *w, hf_err **err)
{
    bulk_thread *t = &w->thread;
    hf_record *target;
    hf_status rc;

    if (!t->is_open)
        return HF_OK;
    t->is_open = false;
    rc = t->is_waiting ? HF_OK : end_line(w, err);
    if (rc != HF_OK)
        return rc;
    root_line(t, &w->one);
    target = bulk_target_message(w, t->channel->id, hf_view_str(t->id), hf_buf_view(&w->one));
    if (t->is_waiting) {
        bulk_leave_out(t->root, bulk_why_withheld(t->root));
        rc = bulk_done(w, t->root, NULL, NULL, err);
    } else if (t->root == NULL) {
        rc = bulk_made(w, target, "the root of a thread that the source lacks", err);
    } else {
        if (!t->has_replies)
            bulk_state(t->root, HF_F_MESSAGE_THREAD, HF_CHANGED, "no reply is there");
        rc = bulk_done(w, t->root, target, &t->items, err);
    }
    if (t->batch != NULL && !t->batch_is_held && t->batch != w->current)
        hf_batch_free(t->batch);
    t->batch = NULL;
    t->root = NULL;
    return rc;
}

/* Write what stands in t->head: the root. */
static hf_status wake(bulk_writer *w, hf_err **err)
{
    bulk_thread *t = &w->thread;

    t->is_waiting = false;
    bulk_count_post(w, t->channel, t->ms, true);
    return begin_line(w, hf_buf_view(&t->head), err);
}

/* Open a thread; its root's fields stand in t->head. */
static hf_status begin_thread(bulk_writer *w, bulk_channel *c, uint32_t author, int64_t ms,
                              hf_err **err)
{
    bulk_thread *t = &w->thread;
    hf_view number = hf_arena_printf(w->scratch->mem, "%lld", (long long)ms);
    hf_view id = bulk_post_id(c->id, number, w->people.user[author].username, 0, w->scratch->mem);

    memcpy(t->id, id.p, BULK_POST_ID);
    t->id[BULK_POST_ID] = '\0';
    t->is_open = true;
    t->is_again = t->has_replies = false;
    t->channel = c;
    t->author = author;
    t->ms = ms;
    t->is_waiting = t->root != NULL && bulk_is_waiting(t->root);
    return t->is_waiting ? HF_OK : wake(w, err);
}

/* The moment that the root's id says, when it is a Slack ts; HF_NO_TIME otherwise. */
static int64_t moment_of_id(hf_view id)
{
    size_t dot = hf_view_find_byte(id, '.');
    uint64_t seconds, rest;

    if (dot == HF_NPOS || id.n != dot + 7 || !hf_view_u64(hf_view_sub(id, 0, dot), &seconds) ||
        !hf_view_u64(hf_view_from(id, dot + 1), &rest) || seconds > UINT32_MAX || seconds == 0)
        return HF_NO_TIME;
    return (int64_t)seconds * HF_SECOND_US + (int64_t)rest;
}

/* A root for replies whose root the source lacks: at its own moment when that is known, just before
 * the first reply otherwise. */
static hf_status begin_stub(bulk_writer *w, const hf_record *reply, bulk_channel *c, hf_err **err)
{
    bulk_thread *t = &w->thread;
    int64_t us = moment_of_id(hf_rec_get_text(reply, HF_F_MESSAGE_THREAD)), ms;
    uint32_t author = bulk_people_nobody(&w->people);
    hf_view text = HF_V("(The message that began this thread is not in the export.)");

    if (us == HF_NO_TIME || (reply->time_us != HF_NO_TIME && us > reply->time_us))
        us = reply->time_us == HF_NO_TIME ? HF_NO_TIME : reply->time_us - 1000;
    ms = bulk_clock_place(&w->clock, us, w->people.user[author].username, text, 1);
    t->root = NULL;
    t->batch = NULL;
    t->items = (bulk_items){ 0 };
    t->marks = (bulk_marks){ .stub = true };
    t->is_bare = true;
    t->type = NULL;
    hf_buf_reset(&t->head);
    hf_buf_reset(&t->parts);
    bulk_put_place(w, c, &t->head);
    bulk_put_core(w, author, NULL, text, ms, 0, &t->head);
    t->core = t->head.n;
    bulk_put_props(w, NULL, &t->marks, NULL, HF_V(""), NULL, &t->head, NULL);
    thread_key(reply, hf_rec_get_text(reply, HF_F_MESSAGE_THREAD), &t->key);
    return begin_thread(w, c, author, ms, err);
}

static hf_status write_root(bulk_writer *w, bulk_outgoing *m, hf_batch *b, hf_err **err)
{
    bulk_thread *t = &w->thread;
    hf_status rc;

    hf_buf_reset(&t->head);
    hf_buf_reset(&t->parts);
    bulk_put_object(w, m, &t->head, &t->core, b->mem);
    bulk_put_parts(w, m, &t->parts);
    bulk_settle_message(w, m);
    t->root = m->r;
    t->batch = b;
    t->batch_is_held = false;
    t->is_bare = m->is_bare;
    t->items = m->items;
    t->marks = m->marks;
    t->type = m->type;
    thread_key(m->r, m->r->id, &t->key);
    rc = begin_thread(w, m->channel, m->author, m->ms, err);
    if (rc == HF_OK && t->parts.n > 0)
        rc = add_replies(w, hf_buf_view(&t->parts), err);
    return rc;
}

static hf_status write_reply(bulk_writer *w, bulk_outgoing *m, hf_batch *b, hf_err **err)
{
    bulk_thread *t = &w->thread;
    hf_arena *mem = b->mem;
    hf_view post, number;
    hf_status rc;
    size_t core;

    hf_buf_reset(&w->one);
    hf_buf_byte(&w->one, '{');
    bulk_put_object(w, m, &w->one, &core, mem);
    hf_buf_byte(&w->one, '}');
    bulk_put_parts(w, m, &w->one);
    bulk_settle_message(w, m);
    bulk_count_post(w, m->channel, m->ms, false);
    rc = t->is_waiting ? wake(w, err) : HF_OK;
    if (rc == HF_OK)
        rc = add_replies(w, hf_buf_view(&w->one), err);
    t->has_replies = true;
    if (rc != HF_OK)
        return rc;
    number = hf_arena_printf(mem, "%lld", (long long)m->ms);
    post = bulk_post_id(m->channel->id, number, w->people.user[m->author].username, 0, mem);
    return bulk_done(w, m->r,
                     bulk_target_message(w, m->channel->id,
                                         bulk_reply_id(hf_view_str(t->id), post, mem),
                                         hf_buf_view(&w->one)),
                     &m->items, err);
}

static bool in_open_thread(bulk_writer *w, const hf_record *r, hf_view root, const bulk_channel *c)
{
    bulk_thread *t = &w->thread;

    if (!t->is_open || t->channel != c)
        return false;
    thread_key(r, root, &w->one);
    return hf_view_eq(hf_buf_view(&w->one), hf_buf_view(&t->key));
}

hf_status bulk_write_message(bulk_writer *w, hf_record *r, hf_batch *b, hf_err **err)
{
    hf_view root = hf_rec_get_text(r, HF_F_MESSAGE_THREAD);
    bool is_reply = root.n > 0 && !hf_view_eq(root, r->id);
    const char *why = bulk_why_not(r, is_reply);
    bulk_outgoing m = { .r = r, .is_reply = is_reply };
    hf_status rc = HF_OK;

    if (why != NULL) {
        bulk_leave_out(r, why);
        return bulk_done(w, r, NULL, NULL, err);
    }
    rc = bulk_people_freeze(&w->people, err);
    if (rc != HF_OK)
        return rc;
    m.channel = bulk_people_channel(&w->people, r->origin, r->scope);
    if (m.channel->is_foreign) {
        bulk_leave_out(r, BULK_FOREIGN);
        return bulk_done(w, r, NULL, NULL, err);
    }
    if (!is_reply || !in_open_thread(w, r, root, m.channel))
        rc = bulk_end_thread(w, err);
    if (w->clock_channel != m.channel)
        bulk_clock_reset(&w->clock);
    w->clock_channel = m.channel;
    if (rc == HF_OK && is_reply && !w->thread.is_open)
        rc = begin_stub(w, r, m.channel, err);
    if (rc != HF_OK)
        return rc;
    m.author = bulk_people_author(&w->people, r);
    m.marks.stub = (r->flags & HF_REC_MADE) != 0;
    m.marks.broadcast = hf_rec_get_bool(r, HF_F_MESSAGE_IS_BROADCAST);
    m.marks.deleted = hf_rec_get_bool(r, HF_F_MESSAGE_IS_DELETED);
    bulk_choose_type(&m, b->mem);
    bulk_make_text(w, &m, b->mem);
    m.ms = bulk_clock_place(&w->clock, r->time_us, w->people.user[m.author].username, m.part[0],
                            is_reply ? w->thread.ms : 1);
    return is_reply ? write_reply(w, &m, b, err) : write_root(w, &m, b, err);
}
