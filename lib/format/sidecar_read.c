/* format/sidecar_read.c: join a converted export with its sidecar and give the source's records
 * back.
 *
 * sidecar_load.c has put the entries into a database; then the target's stream is read once. A
 * record that quotes a message which comes later waits on disk for the end of the stream. Memory:
 * one name per user and channel, and the quoted texts; everything else is on disk.
 */
#include "format/sidecar_join_priv.h"

static hf_view source_id(const hf_join *j, const char *kind, hf_view target)
{
    hf_map_entry *e;
    hf_buf key;

    hf_buf_init(&key, HF_BUF_UNBOUNDED);
    hf_buf_str(&key, kind);
    hf_buf_add(&key, (hf_view){ "\0\0", 2 });
    hf_buf_add(&key, target);
    e = hf_map_get(j->ids, hf_buf_view(&key));
    hf_buf_clear(&key);
    return e == NULL ? (hf_view){ NULL, 0 } : *(hf_view *)e->v.p;
}

static hf_view user_name(void *self, hf_view target)
{
    return source_id(self, "user", target);
}

static hf_view channel_name(void *self, hf_view target)
{
    return source_id(self, "channel", target);
}

/* The text of a message that an entry quotes; p NULL when it is gone or was changed. */
static hf_view quoted_text(void *self, hf_view scope, hf_view id)
{
    hf_join *j = self;
    hf_map_entry *e;

    hf_join_key(j, HF_V("message"), scope, id);
    e = hf_map_get(j->quoted, hf_buf_view(&j->key));
    return e == NULL || e->v.p == NULL ? (hf_view){ NULL, 0 } : *(hf_view *)e->v.p;
}

/* Does the line quote a message that was not seen, or not as it was? */
static bool waits(hf_join *j, hf_arena *mem)
{
    for (uint32_t at = 0; j->phase == JOIN_STREAM && hf_join_quote(j, &at, mem);) {
        const hf_map_entry *e = hf_map_get(j->quoted, hf_buf_view(&j->key));

        if (e == NULL || e->v.p == NULL)
            return true;
    }
    return false;
}

/* Keep the text of a target message for those that quote it, when it is as it was written. */
static void keep_quoted(hf_join *j, const hf_record *t)
{
    uint32_t bound = hf_tape_get(&j->line, 0, "t");
    hf_map_entry *e;
    hf_view *text;

    hf_sidecar_target_key(t, &j->key);
    e = hf_map_get(j->quoted, hf_buf_view(&j->key));
    if (e == NULL || bound == HF_NO_TOK ||
        !hf_restore_is_same(&j->line, hf_tape_get(&j->line, bound, "f"), t, HF_F_MESSAGE_TEXT))
        return;
    text = hf_arena_alloc(j->mem, sizeof(*text));
    *text = hf_arena_dup(j->mem, hf_rec_get_text(t, HF_F_MESSAGE_TEXT));
    e->v.p = text;
}

/* The sidecar does not say where a member ends: where something else begins. */
static void end_member(hf_join *j, hf_batch *b)
{
    if (j->in_member)
        hf_batch_add(b, HF_KIND_MEMBER_END);
    j->in_member = false;
}

/* A member, its bytes, or bytes in quarantine. */
static void give_container(hf_join *j, hf_batch *b, hf_view kind)
{
    hf_record *r;
    int64_t n = 0;

    if (!hf_view_is(kind, "bytes"))
        end_member(j, b);
    if (hf_view_is(kind, "member")) {
        j->in_member = true;
        r = hf_batch_add(b, HF_KIND_MEMBER);
        r->u.member.mtime_us = HF_NO_TIME;
        r->u.member.is_opaque = true;
        r->u.member.name = hf_join_text(j, 0, "name", b->mem);
        r->u.member.link = hf_join_text(j, 0, "link", b->mem);
        r->u.member.file_id = hf_join_text(j, 0, "file_id", b->mem);
        if (hf_tok_i64(&j->line, hf_tape_get(&j->line, 0, "ordinal"), &n))
            r->u.member.ordinal = (uint32_t)n;
        if (hf_tok_i64(&j->line, hf_tape_get(&j->line, 0, "type"), &n))
            r->u.member.type = (int)n;
        if (hf_tok_i64(&j->line, hf_tape_get(&j->line, 0, "size"), &n))
            r->u.member.size = (uint64_t)n;
        if (hf_tok_i64(&j->line, hf_tape_get(&j->line, 0, "mode"), &n))
            r->u.member.mode = (uint32_t)n;
    } else if (hf_view_is(kind, "bytes")) {
        r = hf_batch_add(b, HF_KIND_BYTES);
        r->raw.bytes = hf_join_text(j, 0, "data", b->mem);
    } else if (hf_view_is(kind, "quarantine")) {
        r = hf_batch_add(b, HF_KIND_QUARANTINE);
        r->raw.bytes = hf_join_text(j, 0, "data", b->mem);
        r->u.quarantine.reason = "unreadable in the source that was converted";
    }
}

/* The record of the entry in j->line. */
static hf_status restore(hf_join *j, hf_batch *b, const hf_record *t, hf_err **err)
{
    unsigned changed;
    hf_record *r;
    hf_status rc;

    j->restorer.entry = j->line;
    rc = hf_restore(&j->restorer, b, t, &r, &changed, err);
    if (rc != HF_OK || j->is_whole || r->kind != HF_KIND_CHANNEL ||
        hf_rec_get(r, HF_F_CHANNEL_MEMBER) != NULL)
        return rc;
    hf_stmt_bind_blob(j->members, 1, r->id);
    for (uint32_t item = 0; (rc = hf_stmt_step(j->members, err)) == HF_OK;) {
        hf_view user = hf_stmt_col_blob(j->members, 0);

        if (hf_map_get(j->users, user) != NULL)
            hf_rec_text(b, r, HF_F_CHANNEL_MEMBER, item++, hf_arena_dup(b->mem, user));
    }
    hf_stmt_reset(j->members);
    return rc == HF_END ? HF_OK : rc;
}

/* Give entries without a target; the phase goes on when there are none left. */
static hf_status give_orphans(hf_join *j, hf_batch *b, hf_err **err)
{
    hf_status rc = HF_OK;

    if (!j->is_giving) /* a statement that gives rows cannot be bound again */
        hf_stmt_bind_i64(j->orphan, 1, j->phase == JOIN_LAST);
    j->is_giving = true;
    while (rc == HF_OK && !hf_batch_is_full(b)) {
        hf_view kind;

        rc = hf_stmt_step(j->orphan, err);
        if (rc != HF_OK)
            break;
        rc = hf_tape_parse(&j->line, hf_arena_dup(b->mem, hf_stmt_col_blob(j->orphan, 0)),
                           &hf_join_limits, err);
        if (rc != HF_OK)
            break;
        kind = hf_join_text(j, 0, "k", b->mem);
        if (hf_kind_is_record(hf_kind_find(kind))) {
            end_member(j, b);
            rc = restore(j, b, NULL, err);
        } else {
            give_container(j, b, kind);
        }
    }
    if (rc == HF_END) {
        end_member(j, b);
        hf_stmt_reset(j->orphan);
        j->is_giving = false;
        j->phase = j->phase == JOIN_FIRST ? JOIN_STREAM : JOIN_DONE;
        rc = HF_OK;
    }
    return rc;
}

/* The line of the entry that t belongs to, parsed into j->line; HF_END when there is none. */
static hf_status find_entry(hf_join *j, hf_view key, hf_batch *b, hf_err **err)
{
    hf_status rc;

    hf_stmt_bind_blob(j->find, 1, key);
    rc = hf_stmt_step(j->find, err);
    if (rc == HF_OK)
        rc = hf_tape_parse(&j->line, hf_arena_dup(b->mem, hf_stmt_col_blob(j->find, 0)),
                           &hf_join_limits, err);
    hf_stmt_reset(j->find);
    return rc;
}

/* The source id of a target message that another entry's target refers to. */
static hf_view message_id(void *self, hf_view scope, hf_view id, hf_arena *mem)
{
    hf_join *j = self;
    hf_view found = { NULL, 0 };

    hf_join_key(j, HF_V("message"), scope, id);
    hf_stmt_bind_blob(j->find, 1, hf_buf_view(&j->key));
    if (hf_stmt_step(j->find, NULL) == HF_OK &&
        hf_tape_parse(&j->other, hf_arena_dup(mem, hf_stmt_col_blob(j->find, 0)), &hf_join_limits,
                      NULL) == HF_OK &&
        hf_tape_get(&j->other, 0, "i") != HF_NO_TOK)
        found = hf_restore_bytes(&j->other, hf_tape_get(&j->other, 0, "i"), mem);
    hf_stmt_reset(j->find);
    return found;
}

/* A record that was added in the target: its references become the source's where they are known.
 */
static void give_new(hf_join *j, hf_batch *b, const hf_record *t)
{
    hf_record *r = hf_batch_copy(b, t);
    hf_view id = source_id(j, "channel", r->scope), channel = r->scope;

    r->origin = j->origin;
    if (r->kind == HF_KIND_MESSAGE && id.n > 0)
        r->scope = hf_arena_dup(b->mem, id);
    for (uint32_t i = 0; i < r->nvalue; i++) {
        hf_value *v = &r->value[i];
        hf_type type = hf_field_get(v->field)->type;

        id = (hf_view){ NULL, 0 };
        if (type == HF_TYPE_USER || type == HF_TYPE_CHANNEL)
            id = source_id(j, type == HF_TYPE_USER ? "user" : "channel", v->text);
        if (type == HF_TYPE_MESSAGE)
            id = message_id(j, channel, v->text, b->mem);
        if (id.n > 0)
            v->text = hf_arena_dup(b->mem, id);
    }
}

static hf_status put_late(hf_join *j, const hf_record *t, hf_err **err)
{
    hf_buf packed;
    hf_status rc;

    hf_buf_init(&packed, HF_BUF_UNBOUNDED);
    hf_rec_pack(t, &packed);
    hf_stmt_bind_blob(j->put_late, 1, hf_buf_view(&packed));
    rc = hf_stmt_run(j->put_late, err);
    hf_buf_clear(&packed);
    return rc;
}

static hf_status give(hf_join *j, hf_batch *b, const hf_record *t, hf_err **err)
{
    hf_status rc;

    if (!hf_kind_is_record(t->kind)) {
        /* Attachments are the source's too; other members of the target are only its way of storing
         * records. */
        if (j->is_whole || t->kind == HF_KIND_QUARANTINE ||
            (t->kind == HF_KIND_MEMBER && t->u.member.file_id.n > 0))
            hf_batch_copy(b, t);
        return HF_OK;
    }
    hf_sidecar_target_key(t, &j->key);
    rc = find_entry(j, hf_buf_view(&j->key), b, err);
    if (rc == HF_END && j->is_whole)
        hf_batch_copy(b, t);
    else if (rc == HF_END && (t->flags & HF_REC_MADE) == 0)
        give_new(j, b, t);
    if (rc != HF_OK)
        return rc == HF_END ? HF_OK : rc;
    j->nfound++;
    if (hf_view_is(hf_join_text(j, 0, "k", b->mem), "made"))
        return HF_OK;
    if (t->kind == HF_KIND_MESSAGE)
        keep_quoted(j, t);
    return waits(j, b->mem) ? put_late(j, t, err) : restore(j, b, t, err);
}

static hf_status give_stream(hf_join *j, hf_batch *b, hf_err **err)
{
    hf_batch *in = hf_batch_new();
    hf_status rc = hf_reader_next(j->inner, in, err);

    for (size_t i = 0; i < in->n && rc == HF_OK; i++)
        rc = give(j, b, in->rec[i], err);
    hf_batch_free(in);
    j->base.done = j->inner->done;
    if (rc != HF_END)
        return rc;
    j->phase = JOIN_LATE;
    if (j->nbound == 0 || j->nfound > 0)
        return HF_OK;
    hf_fail(err, HF_E_VERIFY, "none of the sidecar's %llu records is in the file beside it",
            (unsigned long long)j->nbound);
    return hf_hint(err, "put it beside its own export, or say --ignore-sidecar");
}

/* Every text is known now, or gone. */
static hf_status give_late(hf_join *j, hf_batch *b, hf_err **err)
{
    hf_batch *in = hf_batch_new();
    hf_status rc = HF_OK;

    while (rc == HF_OK && !hf_batch_is_full(b) && !hf_batch_is_full(in)) {
        rc = hf_stmt_step(j->late, err);
        if (rc == HF_OK)
            rc = give(j, b, hf_rec_unpack(in, hf_stmt_col_blob(j->late, 0)), err);
    }
    hf_batch_free(in);
    if (rc != HF_END)
        return rc;
    hf_stmt_reset(j->late);
    j->phase = JOIN_LAST;
    return HF_OK;
}

static hf_status join_next(hf_reader *base, hf_batch *b, hf_err **err)
{
    hf_join *j = (hf_join *)base;
    hf_status rc = HF_OK;

    while (rc == HF_OK && b->n == 0 && j->phase != JOIN_DONE)
        rc = j->phase == JOIN_STREAM ? give_stream(j, b, err)
             : j->phase == JOIN_LATE ? give_late(j, b, err)
                                     : give_orphans(j, b, err);
    if (rc == HF_OK && b->n == 0)
        return HF_END;
    rc = hf_join_damage(rc, err);
    return rc == HF_OK ? HF_OK : hf_err_at(err, j->path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

static void join_close(hf_reader *base)
{
    hf_join *j = (hf_join *)base;

    hf_reader_close(j->inner);
    hf_stmt_free(j->find);
    hf_stmt_free(j->orphan);
    hf_stmt_free(j->put_late);
    hf_stmt_free(j->late);
    hf_stmt_free(j->members);
    hf_db_close(j->db);
    hf_map_free(j->quoted);
    hf_map_free(j->ids);
    hf_map_free(j->users);
    hf_arena_free(j->mem);
    hf_buf_clear(&j->key);
    hf_tape_clear(&j->line);
    hf_tape_clear(&j->other);
    hf_free(j->path);
    hf_free(j);
}

static const hf_reader_ops join_ops = { join_next, join_close };

hf_status hf_sidecar_join(hf_reader **out, hf_reader *inner, const char *path,
                          const hf_reader_args *args, hf_err **err)
{
    hf_join *j = HF_NEW(hf_join);
    hf_status rc;

    j->base.ops = &join_ops;
    j->inner = inner;
    j->is_whole = hf_format_find(hf_view_str(inner->format))->is_lossless;
    j->quoted = hf_map_new();
    j->ids = hf_map_new();
    j->users = hf_map_new();
    j->mem = hf_arena_new();
    j->path = hf_strdup(path);
    hf_buf_init(&j->key, HF_BUF_UNBOUNDED);
    hf_tape_init(&j->line);
    hf_tape_init(&j->other);
    j->restorer.paths =
        args->paths; /* a change is placed by its leaf, so there is always an account */
    j->restorer.elsewhere = quoted_text;
    j->restorer.message = message_id;
    j->restorer.self = j;
    j->restorer.names = (hf_names){ .self = j, .user = user_name, .channel = channel_name };
    rc = hf_join_load(j, err);
    if (rc != HF_OK) {
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        join_close(&j->base);
        return rc;
    }
    j->base.format = j->restorer.source->name;
    j->base.order = HF_ORDER_NONE;
    j->base.origin = args->origin != NULL ? hf_view_str(args->origin) : j->origin;
    j->base.total = inner->total;
    *out = &j->base;
    return HF_OK;
}
