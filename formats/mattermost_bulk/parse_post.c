/* mattermost_bulk/parse_post.c: post and direct_post lines as messages.
 *
 * Line     a root with all its replies: {"type":"post","post":{"team","channel","user","message",
 *          "create_at",..,"replies":[{..},..]}}; direct_post has channel_members instead of team
 *          and channel
 * Ids      a root: create_at in 13 digits, so that ids stand in the order of time, a hyphen, and a
 *          digest of channel, create_at, user and which of equal ones it is; a reply: its root's
 *          id, a point, its own
 * Raw      a root's is its line; its leaves are those outside the other messages' objects. A
 *          reply's is its object, with the objects that continue its text when there are any
 * Carried  what is at its default, and the names of team and channel, by the moment: a target that
 *          has the message in its place says them too
 * Source   server/channels/app/imports/import_types.go; props: server/public/model/post.go
 */
#include "bulk_priv.h"

#include "mattermost_common/props.h"
#include "parse_priv.h"

/* create_at in 13 digits, which last until the year 2286; zeros when it is no such number. */
static void put_moment(hf_buf *out, hf_view create_at)
{
    enum { DIGITS = 13 };
    bool is_plain = create_at.n > 0 && create_at.n <= DIGITS;

    for (size_t i = 0; i < create_at.n; i++)
        is_plain = is_plain && create_at.p[i] >= '0' && create_at.p[i] <= '9';
    for (size_t i = is_plain ? create_at.n : 0; i < DIGITS; i++)
        hf_buf_byte(out, '0');
    if (is_plain)
        hf_buf_add(out, create_at);
}

hf_view bulk_post_id(hf_view channel, hf_view create_at, hf_view user, uint64_t n, hf_arena *mem)
{
    enum { DIGEST = 32 };
    hf_sha256 d;
    hf_view id;
    char hex[65];
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_add(&b, channel);
    hf_buf_byte(&b, '\0');
    hf_buf_add(&b, create_at);
    hf_buf_byte(&b, '\0');
    hf_buf_add(&b, user);
    hf_buf_byte(&b, '\0');
    hf_buf_u64(&b, n);
    d = hf_sha256_of(hf_buf_view(&b));
    hf_sha256_hex(&d, hex);
    hf_buf_reset(&b);
    put_moment(&b, create_at);
    hf_buf_byte(&b, '-');
    hf_buf_add(&b, (hf_view){ hex, DIGEST });
    id = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return id;
}

hf_view bulk_reply_id(hf_view root, hf_view post_id, hf_arena *mem)
{
    return hf_arena_printf(mem, "%.*s.%.*s", (int)root.n, root.p, (int)post_id.n, post_id.p);
}

/* --- the shape of a line -------------------------------------------------------------------------
 */

static uint32_t mark_of(const bulk_parse *x, uint32_t obj)
{
    return bulk_get(x, bulk_get(x, obj, "props"), MM_PROPS_MARK);
}

void bulk_piece_who(const bulk_parse *x, uint32_t obj, hf_view *create_at, hf_view *user)
{
    uint32_t tok = bulk_get(x, obj, "create_at");

    *create_at = tok != HF_NO_TOK && hf_tok_type(x->t, tok) == HF_JSON_NUMBER
                     ? hf_tok_raw(x->t, tok)
                     : HF_V("");
    *user = bulk_str(x, bulk_get(x, obj, "user"));
}

void bulk_post_of(const bulk_parse *x, bulk_type type, bulk_post *p)
{
    hf_arena *mem = x->b->mem;

    *p = (bulk_post){ .obj = hf_tape_get(x->t, 0, type == BULK_POST ? "post" : "direct_post") };
    p->channel = type == BULK_POST
                     ? bulk_channel_id(bulk_str(x, bulk_get(x, p->obj, "team")),
                                       bulk_str(x, bulk_get(x, p->obj, "channel")), mem)
                     : bulk_direct_id_of(x, bulk_get(x, p->obj, "channel_members"), false);
    bulk_piece_who(x, p->obj, &p->create_at, &p->user);
    p->list = bulk_get(x, p->obj, "replies");
    p->has_list = p->list != HF_NO_TOK && hf_tok_type(x->t, p->list) == HF_JSON_ARRAY &&
                  hf_tape_first(x->t, p->list) != HF_NO_TOK;
    p->is_again = bulk_is_true(x, bulk_get(x, mark_of(x, p->obj), "again"));
}

/* Does the object continue the message of that user as its k-th piece? */
static bool continues(const bulk_parse *x, uint32_t obj, hf_view user, int64_t k)
{
    uint32_t part = bulk_get(x, mark_of(x, obj), "part");
    int64_t n;

    return part != HF_NO_TOK && hf_tok_i64(x->t, part, &n) && n == k &&
           hf_view_eq(bulk_str(x, bulk_get(x, obj, "user")), user);
}

bulk_piece bulk_piece_of(const bulk_parse *x, const bulk_post *p, uint32_t at)
{
    bulk_piece m = { .obj = at == HF_NO_TOK ? p->obj : at };
    hf_view user = bulk_str(x, bulk_get(x, m.obj, "user"));

    m.last = m.obj;
    m.next = at != HF_NO_TOK ? hf_tape_after(x->t, p->list, at)
             : p->has_list   ? hf_tape_first(x->t, p->list)
                             : HF_NO_TOK;
    for (int64_t k = 1; m.next != HF_NO_TOK && continues(x, m.next, user, k); k++) {
        m.last = m.next;
        m.next = hf_tape_after(x->t, p->list, m.next);
    }
    return m;
}

hf_view bulk_piece_raw(const bulk_parse *x, const bulk_piece *piece)
{
    hf_view first = hf_tok_raw(x->t, piece->obj), last = hf_tok_raw(x->t, piece->last);

    return (hf_view){ first.p, (size_t)(last.p - first.p) + last.n };
}

/* --- fields --------------------------------------------------------------------------------------
 */

/* First continuation of a piece, and the one after another; HF_NO_TOK at the end. */
static uint32_t first_part(const bulk_parse *x, const bulk_post *p, const bulk_piece *m)
{
    if (m->last == m->obj)
        return HF_NO_TOK;
    return m->obj == p->obj ? hf_tape_first(x->t, p->list) : hf_tape_after(x->t, p->list, m->obj);
}

static uint32_t next_part(const bulk_parse *x, const bulk_post *p, const bulk_piece *m, uint32_t at)
{
    return at == m->last ? HF_NO_TOK : hf_tape_after(x->t, p->list, at);
}

static void read_text(const bulk_parse *x, const bulk_post *p, const bulk_piece *m, hf_record *r,
                      uint32_t anchor)
{
    uint32_t tok = bulk_get(x, m->obj, "message"), value;
    hf_buf b;

    if (m->last == m->obj) {
        bulk_text(x, r, tok, HF_F_MESSAGE_TEXT, 0, anchor);
        return;
    }
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_add(&b, bulk_str(x, tok));
    for (uint32_t k = first_part(x, p, m); k != HF_NO_TOK; k = next_part(x, p, m, k))
        hf_buf_add(&b, bulk_str(x, bulk_get(x, k, "message")));
    value = hf_rec_text(x->b, r, HF_F_MESSAGE_TEXT, 0, hf_arena_dup(x->b->mem, hf_buf_view(&b)));
    hf_buf_clear(&b);
    bulk_carry(x, tok, value);
    for (uint32_t k = first_part(x, p, m); k != HF_NO_TOK; k = next_part(x, p, m, k))
        bulk_carry(x, k, value);
}

static void read_type(const bulk_parse *x, uint32_t obj, hf_record *r, uint32_t anchor)
{
    uint32_t tok = bulk_get(x, obj, "type"), own = bulk_get(x, mark_of(x, obj), "type");
    hf_view type = bulk_str(x, tok);
    uint32_t n = r->nvalue;

    bulk_text(x, r, own != HF_NO_TOK ? own : tok, HF_F_MESSAGE_TYPE, 0, anchor);
    if (own != HF_NO_TOK && tok != HF_NO_TOK)
        bulk_carry(x, tok, r->nvalue > n ? n : anchor);
    if (hf_view_starts(type, HF_V("system_")))
        hf_rec_num(x->b, r, HF_F_MESSAGE_IS_SYSTEM, 0, 1);
}

static void read_reactions(const bulk_parse *x, uint32_t list, hf_record *r)
{
    uint32_t item = 0;

    for (uint32_t k = list == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(x->t, list); k != HF_NO_TOK;
         k = hf_tape_after(x->t, list, k), item++) {
        hf_take_text(x->b, r, x->t, bulk_get(x, k, "emoji_name"), HF_F_MESSAGE_REACTION_NAME, item);
        hf_take_text(x->b, r, x->t, bulk_get(x, k, "user"), HF_F_MESSAGE_REACTION_USER, item);
        hf_take_time(x->b, r, x->t, bulk_get(x, k, "create_at"), HF_F_MESSAGE_REACTION_AT, item,
                     1000, false);
    }
}

/* The server stores attachments as .../FILEID/NAME, and so do we. */
static void read_file_path(const bulk_parse *x, uint32_t tok, hf_record *r, uint32_t item)
{
    hf_view path = bulk_str(x, tok), folder;
    size_t slash = hf_view_find_last(path, '/');

    if (path.n == 0)
        return;
    bulk_carry(x, tok,
               hf_rec_text(x->b, r, HF_F_MESSAGE_FILE_PATH, item, bulk_member_name(x, path)));
    hf_rec_text(x->b, r, HF_F_MESSAGE_FILE_NAME, item,
                slash == HF_NPOS ? path : hf_view_from(path, slash + 1));
    if (slash == HF_NPOS)
        return;
    folder = hf_view_sub(path, 0, slash);
    slash = hf_view_find_last(folder, '/');
    hf_rec_text(x->b, r, HF_F_MESSAGE_FILE_ID, item,
                slash == HF_NPOS ? folder : hf_view_from(folder, slash + 1));
}

static void read_files(const bulk_parse *x, uint32_t obj, hf_record *r)
{
    uint32_t list = bulk_get(x, obj, "attachments"), item = 0;

    for (uint32_t k = list == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(x->t, list); k != HF_NO_TOK;
         k = hf_tape_after(x->t, list, k))
        read_file_path(x, bulk_get(x, k, "path"), r, item++);
    mm_props_files(x->b, r, x->t, mark_of(x, obj), item);
}

/* What roots and replies have in common. */
static void read_message(const bulk_parse *x, const bulk_post *p, const bulk_piece *m, hf_record *r)
{
    uint32_t obj = m->obj, props = bulk_get(x, obj, "props"), anchor;

    r->format = BULK_FORMAT;
    r->dialect = HF_DIALECT_MARKDOWN;
    r->flags |= HF_REC_SYNTHETIC_ID;
    anchor = bulk_time(x, r, bulk_get(x, obj, "create_at"), HF_F_MESSAGE_TIME, 0, BULK_NO_VALUE)
                 ? r->nvalue - 1
                 : BULK_NO_VALUE;
    r->time_us = hf_rec_get_num(r, HF_F_MESSAGE_TIME, HF_NO_TIME);
    bulk_text(x, r, bulk_get(x, obj, "user"), HF_F_MESSAGE_AUTHOR, 0, anchor);
    read_text(x, p, m, r, anchor);
    read_type(x, obj, r, anchor);
    bulk_time(x, r, bulk_get(x, obj, "edit_at"), HF_F_MESSAGE_EDITED_AT, 0, anchor);
    if (!bulk_carry_default(x, bulk_get(x, obj, "is_pinned"), anchor))
        hf_take_bool(x->b, r, x->t, bulk_get(x, obj, "is_pinned"), HF_F_MESSAGE_IS_PINNED);
    bulk_carry_default(x, bulk_get(x, obj, "flagged_by"), anchor);
    bulk_carry_default(x, bulk_get(x, obj, "reactions"), anchor);
    bulk_carry_default(x, bulk_get(x, obj, "attachments"), anchor);
    bulk_carry_default(x, props, anchor);
    if (props != HF_NO_TOK)
        mm_props_read(x->b, r, x->t, props, anchor);
    read_reactions(x, bulk_get(x, obj, "reactions"), r);
    read_files(x, obj, r);
}

/* Drop the leaves that lie within the bytes [from, to): they belong to other messages. */
static void drop_leaves(hf_record *r, const char *from, const char *to)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < r->nleaf; i++)
        if (r->leaf[i].raw.p < from || r->leaf[i].raw.p >= to)
            r->leaf[kept++] = r->leaf[i];
    r->nleaf = kept;
}

void bulk_read_root(const bulk_parse *x, const bulk_post *p, hf_record *r)
{
    bulk_piece m = bulk_piece_of(x, p, HF_NO_TOK);
    uint32_t line_type = hf_tape_get(x->t, 0, "type"), members, time = 0;

    read_message(x, p, &m, r);
    if (m.next != HF_NO_TOK)
        hf_rec_text(x->b, r, HF_F_MESSAGE_THREAD, 0, r->id);
    if (hf_rec_get(r, HF_F_MESSAGE_TIME) != NULL) { /* it is the first value */
        bulk_carry(x, line_type, time);
        bulk_carry(x, bulk_get(x, p->obj, "team"), time);
        bulk_carry(x, bulk_get(x, p->obj, "channel"), time);
        members = bulk_get(x, p->obj, "channel_members");
        bulk_carry(x, members, time);
        if (!p->has_list)
            bulk_carry_default(x, bulk_get(x, p->obj, "replies"), time);
    }
    if (x->paths == NULL)
        return;
    hf_account_json(x->b, r, x->paths, x->t, 0, hf_path(x->paths, HF_V("message")));
    if (m.next != HF_NO_TOK) {
        hf_view list = hf_tok_raw(x->t, p->list);

        drop_leaves(r, hf_tok_raw(x->t, m.next).p, list.p + list.n);
    }
}

void bulk_read_reply(const bulk_parse *x, const bulk_post *p, const bulk_piece *piece, hf_view root,
                     hf_record *r)
{
    uint32_t path;

    read_message(x, p, piece, r);
    hf_rec_text(x->b, r, HF_F_MESSAGE_THREAD, 0, root);
    if (x->paths == NULL)
        return;
    path = hf_path(x->paths, hf_view_find_byte(r->scope, '/') != HF_NPOS
                                 ? HF_V("message.post.replies[]")
                                 : HF_V("message.direct_post.replies[]"));
    hf_account_json(x->b, r, x->paths, x->t, piece->obj, path);
    for (uint32_t k = first_part(x, p, piece); k != HF_NO_TOK; k = next_part(x, p, piece, k))
        hf_account_json(x->b, r, x->paths, x->t, k, path);
}

/* --- one record alone ----------------------------------------------------------------------------
 */

/* A reply's bytes are one object or several: in brackets they are a list of replies. */
static hf_status parse_reply(bulk_parse *x, hf_record *r, size_t dot, hf_err **err)
{
    size_t n = r->raw.bytes.n;
    char *list = hf_arena_alloc(x->b->mem, n + 2);
    bulk_post p = { .obj = UINT32_MAX, .list = 0, .has_list = true };
    bulk_piece m;
    hf_status rc;

    list[0] = '[';
    memcpy(list + 1, r->raw.bytes.p, n);
    list[n + 1] = ']';
    r->raw.bytes.p = list + 1;
    rc = hf_tape_parse(x->t, (hf_view){ list, n + 2 }, NULL, err);
    if (rc != HF_OK)
        return rc;
    if (hf_tape_first(x->t, 0) == HF_NO_TOK)
        return hf_fail(err, HF_E_RECORD, "a reply without an object");
    m = bulk_piece_of(x, &p, hf_tape_first(x->t, 0));
    bulk_read_reply(x, &p, &m, hf_arena_dup(x->b->mem, hf_view_sub(r->id, 0, dot)), r);
    return HF_OK;
}

hf_status bulk_parse_record(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err)
{
    size_t dot = hf_view_find_byte(r->id, '.');
    hf_tape t;
    bulk_parse x = { b, &t, paths };
    hf_view id = r->id;
    bulk_type type;
    hf_status rc;

    hf_tape_init(&t);
    if (r->kind == HF_KIND_MESSAGE && dot != HF_NPOS) {
        rc = parse_reply(&x, r, dot, err);
        hf_tape_clear(&t);
        return rc;
    }
    rc = hf_tape_parse(&t, r->raw.bytes, NULL, err);
    if (rc == HF_OK) {
        type = bulk_line_type(&t, b->mem);
        if (type == BULK_POST || type == BULK_DIRECT_POST) {
            bulk_post p;

            bulk_post_of(&x, type, &p);
            bulk_read_root(&x, &p, r);
        } else {
            bulk_read_definition(&x, type, r);
            r->id = id;
        }
    }
    hf_tape_clear(&t);
    return rc;
}
