/* mattermost_bulk/read.c: the reader: definitions first, then the members with the messages.
 *
 * The file is read three times: memberships stand in the users' lines, which may come after the
 * channels; and the server writes emoji and direct channels after the posts. Memory: the member
 * lists (4 bytes a membership), 8 to 16 bytes a message to tell equal ones apart, one line.
 */
#include "bulk_priv.h"

enum { CHUNK_BYTES = 256 << 10, MAX_TOKENS = 4 << 20 };

static const hf_json_limits line_limits = { BULK_MAX_LINE, MAX_TOKENS, 0 };

typedef struct member_list {
    uint32_t *user; /* entry numbers in users */
    uint32_t n, cap;
} member_list;

typedef enum phase { PHASE_DEFINITIONS, PHASE_MEMBERS, PHASE_END } phase;

typedef struct bulk_reader {
    hf_reader base; /* must stay first */
    hf_source *source;
    hf_paths *paths; /* NULL: no leaves */
    unsigned want;
    hf_view origin;
    hf_arena *mem;
    uint32_t lines_member; /* UINT32_MAX: there is none */
    hf_map *users;         /* names of channel members */
    hf_map *channels;      /* channel id -> number of its list */
    member_list *lists;
    phase phase;
    bulk_lines *lines;
    uint32_t at; /* member to come, or open */
    hf_stream *stream;
    uint64_t offset; /* in the open stream */
    bulk_seen seen;
    hf_tape tape;
} bulk_reader;

static void quarantine(bulk_reader *r, hf_batch *b, hf_view bytes, uint64_t offset,
                       const char *reason)
{
    hf_record *rec = hf_batch_add(b, HF_KIND_QUARANTINE);

    rec->origin = r->origin;
    rec->format = BULK_FORMAT;
    rec->raw = (hf_raw){ bytes, r->lines_member, offset };
    rec->u.quarantine.reason = reason;
}

static bool is_blank(hf_view v)
{
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] != ' ' && v.p[i] != '\t')
            return false;
    return true;
}

static bool is_post(bulk_type type)
{
    return type == BULK_POST || type == BULK_DIRECT_POST;
}

/* --- who is in which channel ---------------------------------------------------------------------
 */

static void add_membership(void *self, hf_view user, hf_view channel_id)
{
    bulk_reader *r = self;
    bool fresh;
    hf_map_entry *e = hf_map_put(r->channels, channel_id, &fresh);
    size_t list = fresh ? hf_map_count(r->channels) - 1 : e->v.u;
    member_list *l;

    if (fresh) {
        e->v.u = list;
        if ((list & (list - 1)) == 0) /* 0, 1, 2, 4 ...: room for twice as many */
            r->lists = hf_realloc(r->lists, list == 0 ? 1 : list * 2, sizeof(*r->lists));
        r->lists[list] = (member_list){ NULL, 0, 0 };
    }
    l = &r->lists[list];
    if (l->n == l->cap) {
        l->cap = l->cap == 0 ? 8 : l->cap * 2;
        l->user = hf_realloc(l->user, l->cap, sizeof(*l->user));
    }
    e = hf_map_put(r->users, user, &fresh);
    if (fresh)
        e->v.u = hf_map_count(r->users) - 1;
    l->user[l->n++] = (uint32_t)e->v.u;
}

static hf_status learn_members(bulk_reader *r, hf_err **err)
{
    hf_arena *mem = hf_arena_new();
    bulk_lines *lines = NULL;
    bulk_line line;
    hf_status rc = bulk_lines_open(&lines, r->source, r->lines_member, err);

    while (rc == HF_OK && (rc = bulk_lines_next(lines, &line, err)) == HF_OK) {
        hf_err *bad = NULL;
        bulk_type guess = bulk_guess_type(line.text);

        r->base.done = line.offset;
        if (line.is_long || (guess != BULK_USER && guess != BULK_OTHER) || is_blank(line.text))
            continue;
        hf_arena_reset(mem);
        if (hf_tape_parse(&r->tape, line.text, &line_limits, &bad) == HF_OK &&
            bulk_line_type(&r->tape, mem) == BULK_USER)
            bulk_memberships(&r->tape, mem, add_membership, r);
        hf_err_free(bad); /* told when the line's turn comes */
    }
    bulk_lines_close(lines);
    hf_arena_free(mem);
    return rc == HF_END ? HF_OK : rc;
}

static void add_members(bulk_reader *r, hf_batch *b, hf_record *channel)
{
    const hf_map_entry *e = hf_map_get(r->channels, channel->id);

    if (e == NULL)
        return;
    for (uint32_t i = 0; i < r->lists[e->v.u].n; i++) {
        hf_view name = hf_map_at(r->users, r->lists[e->v.u].user[i])->key;

        bulk_add_member(b, channel, i, hf_arena_dup(b->mem, name));
    }
}

/* --- lines to records ----------------------------------------------------------------------------
 */

static hf_record *add_record(bulk_reader *r, hf_batch *b, hf_kind kind, hf_view raw, hf_view line,
                             uint64_t offset)
{
    hf_record *rec = hf_batch_add(b, kind);

    rec->origin = r->origin;
    rec->raw = (hf_raw){ raw, r->lines_member, offset + (uint64_t)(raw.p - line.p) };
    return rec;
}

static hf_view post_id(bulk_reader *r, hf_arena *mem, hf_view channel, hf_view create_at,
                       hf_view user)
{
    hf_buf key;
    uint64_t n;

    hf_buf_init(&key, HF_BUF_UNBOUNDED);
    hf_buf_add(&key, channel);
    hf_buf_byte(&key, '\0');
    hf_buf_add(&key, create_at);
    hf_buf_byte(&key, '\0');
    hf_buf_add(&key, user);
    n = bulk_seen_again(&r->seen, hf_buf_view(&key));
    hf_buf_clear(&key);
    return bulk_post_id(channel, create_at, user, n, mem);
}

static void read_post(bulk_reader *r, const bulk_parse *x, bulk_type type, hf_view line,
                      uint64_t offset)
{
    hf_arena *mem = x->b->mem;
    bulk_piece m;
    bulk_post p;
    hf_view root;

    bulk_post_of(x, type, &p);
    m = bulk_piece_of(x, &p, HF_NO_TOK);
    if (p.is_again) {
        root = bulk_post_id(p.channel, p.create_at, p.user, 0, mem);
    } else {
        hf_record *rec = add_record(r, x->b, HF_KIND_MESSAGE, line, line, offset);

        rec->scope = p.channel;
        rec->id = root = post_id(r, mem, p.channel, p.create_at, p.user);
        bulk_read_root(x, &p, rec);
    }
    for (uint32_t at = m.next; at != HF_NO_TOK; at = m.next) {
        hf_view create_at, user;
        hf_record *rec;

        m = bulk_piece_of(x, &p, at);
        bulk_piece_who(x, at, &create_at, &user);
        rec = add_record(r, x->b, HF_KIND_MESSAGE, bulk_piece_raw(x, &m), line, offset);
        rec->scope = p.channel;
        rec->id = bulk_reply_id(root, post_id(r, mem, p.channel, create_at, user), mem);
        bulk_read_reply(x, &p, &m, root, rec);
    }
}

/* Parse a line whose text lives in the batch; definitions or posts, whichever are wanted now. */
static void read_line(bulk_reader *r, hf_batch *b, hf_view text, uint64_t offset, bool posts)
{
    bulk_type guess = bulk_guess_type(text), type;
    bulk_parse x = { b, &r->tape, r->paths };
    hf_err *err = NULL;

    if (hf_tape_parse(&r->tape, text, &line_limits, &err) != HF_OK) {
        /* Told once: with the posts when it looks like one, else with the definitions. */
        if (is_post(guess) == posts)
            quarantine(r, b, text, offset, hf_arena_dup(b->mem, hf_view_str(err->message)).p);
        hf_err_free(err);
        return;
    }
    type = bulk_line_type(&r->tape, b->mem);
    if (is_post(type)) {
        if (posts)
            read_post(r, &x, type, text, offset);
    } else if (is_post(guess) == posts) {
        hf_record *rec = add_record(r, b, HF_KIND_OPAQUE, text, text, offset);

        bulk_read_definition(&x, type, rec);
        if (type == BULK_CHANNEL)
            add_members(r, b, rec);
    }
}

static hf_status next_definitions(bulk_reader *r, hf_batch *b, hf_err **err)
{
    uint64_t size = hf_source_member(r->source, r->lines_member)->size;
    hf_status rc = HF_OK;

    if (r->lines == NULL)
        rc = bulk_lines_open(&r->lines, r->source, r->lines_member, err);
    while (rc == HF_OK && !hf_batch_is_full(b)) {
        bulk_line line;

        rc = bulk_lines_next(r->lines, &line, err);
        if (rc != HF_OK)
            break;
        r->base.done = size + line.offset;
        if (line.is_long || is_post(bulk_guess_type(line.text)) || is_blank(line.text))
            continue;
        read_line(r, b, hf_arena_dup(b->mem, line.text),
                  line.offset + (uint64_t)(line.text.p - line.whole.p), false);
    }
    if (rc == HF_END) {
        bulk_lines_close(r->lines);
        r->lines = NULL;
        r->phase = PHASE_MEMBERS;
        rc = HF_OK;
    }
    return rc;
}

/* --- members -------------------------------------------------------------------------------------
 */

/* Id of the attachment that a member holds: the folder it stands in, as in parse_post.c. */
static hf_view file_id_of(hf_view name)
{
    size_t slash;

    if (!hf_view_starts(name, HF_V("data/")))
        return HF_V("");
    name = hf_view_from(name, 5);
    slash = hf_view_find_last(name, '/');
    if (slash == HF_NPOS)
        return HF_V("");
    name = hf_view_sub(name, 0, slash);
    slash = hf_view_find_last(name, '/');
    return slash == HF_NPOS ? name : hf_view_from(name, slash + 1);
}

static void add_container(bulk_reader *r, hf_batch *b, hf_kind kind)
{
    const hf_member *m = hf_source_member(r->source, r->at);
    hf_record *rec = hf_batch_add(b, kind);
    bool is_opaque = r->at != r->lines_member;

    rec->origin = r->origin;
    rec->raw.member = r->at;
    rec->u.member = (hf_rec_member){
        .ordinal = r->at,
        .name = hf_arena_dup(b->mem, m->name),
        .type = (int)m->type,
        .size = m->size,
        .mtime_us = m->mtime_us,
        .mode = m->mode,
        .link = hf_arena_dup(b->mem, m->link),
        .is_opaque = is_opaque,
        .file_id = is_opaque && m->type == HF_MEMBER_FILE
                       ? hf_arena_dup(b->mem, file_id_of(m->name))
                       : HF_V(""),
    };
}

static void add_bytes(bulk_reader *r, hf_batch *b, hf_view bytes, uint64_t offset)
{
    hf_record *rec = hf_batch_add(b, HF_KIND_BYTES);

    rec->origin = r->origin;
    rec->raw = (hf_raw){ bytes, r->at, offset };
}

/* The member is done with. */
static void end_member(bulk_reader *r, hf_batch *b, bool tell)
{
    if (tell)
        add_container(r, b, HF_KIND_MEMBER_END);
    r->at++;
}

/* Messages of the lines, and its bytes when they are wanted. */
static hf_status next_messages(bulk_reader *r, hf_batch *b, hf_err **err)
{
    bool bytes = (r->want & HF_WANT_BYTES) != 0;
    hf_status rc = HF_OK;

    if (r->lines == NULL) {
        rc = bulk_lines_open(&r->lines, r->source, r->at, err);
        if (rc == HF_OK && bytes)
            add_container(r, b, HF_KIND_MEMBER);
    }
    while (rc == HF_OK && !hf_batch_is_full(b)) {
        bulk_line line;
        bulk_type guess;
        hf_view text;

        rc = bulk_lines_next(r->lines, &line, err);
        if (rc != HF_OK)
            break;
        r->base.done += line.whole.n;
        guess = bulk_guess_type(line.text);
        if (!bytes && !line.is_long && guess != BULK_OTHER && !is_post(guess))
            continue;
        text = hf_arena_dup(b->mem, line.whole);
        if (bytes)
            add_bytes(r, b, text, line.offset);
        text = hf_view_sub(text, (size_t)(line.text.p - line.whole.p), line.text.n);
        if (line.is_long)
            quarantine(r, b, text, line.offset, "line is longer than 64 MiB");
        else if ((guess == BULK_OTHER || is_post(guess)) && !is_blank(text))
            read_line(r, b, text, line.offset + (uint64_t)(line.text.p - line.whole.p), true);
    }
    if (rc == HF_END) {
        bulk_lines_close(r->lines);
        r->lines = NULL;
        end_member(r, b, bytes);
        rc = HF_OK;
    }
    return rc;
}

/* The bytes of a member that holds no lines, or whose lines are not wanted. */
static hf_status next_bytes(bulk_reader *r, hf_batch *b, hf_err **err)
{
    const hf_member *m = hf_source_member(r->source, r->at);
    hf_status rc = HF_OK;
    size_t got = 0;
    char *p;

    if (r->stream == NULL) {
        add_container(r, b, HF_KIND_MEMBER);
        r->offset = 0;
        if (m->type != HF_MEMBER_FILE) {
            end_member(r, b, true);
            return HF_OK;
        }
        rc = hf_source_read(r->source, r->at, &r->stream, err);
    }
    if (rc == HF_OK) {
        p = hf_arena_alloc(b->mem, CHUNK_BYTES);
        rc = hf_stream_read(r->stream, p, CHUNK_BYTES, &got, err);
    }
    if (rc != HF_OK)
        return rc;
    if (got > 0) {
        add_bytes(r, b, (hf_view){ p, got }, r->offset);
        r->offset += got;
        r->base.done += got;
        return HF_OK;
    }
    hf_stream_close(r->stream);
    r->stream = NULL;
    end_member(r, b, true);
    return HF_OK;
}

static hf_status next_member(bulk_reader *r, hf_batch *b, hf_err **err)
{
    bool is_lines = r->at == r->lines_member;

    if (r->at >= hf_source_count(r->source)) {
        r->phase = PHASE_END;
        return HF_OK;
    }
    if (is_lines && (r->want & HF_WANT_RECORDS) != 0)
        return next_messages(r, b, err);
    if ((r->want & HF_WANT_BYTES) != 0 || (!is_lines && (r->want & HF_WANT_OPAQUE) != 0))
        return next_bytes(r, b, err);
    r->at++;
    return HF_OK;
}

static hf_status bulk_next(hf_reader *base, hf_batch *b, hf_err **err)
{
    bulk_reader *r = (bulk_reader *)base;
    hf_status rc = HF_OK;

    while (rc == HF_OK && b->n == 0 && r->phase != PHASE_END)
        rc = r->phase == PHASE_DEFINITIONS ? next_definitions(r, b, err) : next_member(r, b, err);
    if (rc != HF_OK) {
        hf_view member = r->lines != NULL || r->phase == PHASE_DEFINITIONS
                             ? hf_source_member(r->source, r->lines_member)->name
                         : r->at < hf_source_count(r->source)
                             ? hf_source_member(r->source, r->at)->name
                             : HF_V("");

        return hf_err_at(err, hf_source_path(r->source), member, HF_NO_OFFSET);
    }
    return b->n == 0 ? HF_END : HF_OK;
}

static void bulk_close(hf_reader *base)
{
    bulk_reader *r = (bulk_reader *)base;

    for (size_t i = 0; i < hf_map_count(r->channels); i++)
        hf_free(r->lists[i].user);
    hf_free(r->lists);
    hf_map_free(r->channels);
    hf_map_free(r->users);
    bulk_lines_close(r->lines);
    hf_stream_close(r->stream);
    bulk_seen_clear(&r->seen);
    hf_tape_clear(&r->tape);
    hf_arena_free(r->mem);
    hf_free(r);
}

static const hf_reader_ops bulk_reader_ops = { bulk_next, bulk_close };

/* Where to start, and what there is to do. */
static hf_status prepare(bulk_reader *r, const char *path, hf_err **err)
{
    bool records = (r->want & HF_WANT_RECORDS) != 0;

    r->lines_member = bulk_find_lines(r->source);
    if (records && r->lines_member == UINT32_MAX)
        return hf_fail(err, HF_E_UNSUPPORTED, "%s has no .jsonl file in its root", path);
    if (records && r->origin.n == 0) {
        hf_fail(err, HF_E_ORIGIN, "a Mattermost bulk file does not say which server it is from");
        return hf_hint(err, "name it with --origin NAME");
    }
    r->phase = records ? PHASE_DEFINITIONS : PHASE_MEMBERS;
    if (records)
        r->base.total = 3 * hf_source_member(r->source, r->lines_member)->size;
    if ((r->want & (HF_WANT_BYTES | HF_WANT_OPAQUE)) != 0)
        r->base.total += hf_source_total(r->source);
    return records ? learn_members(r, err) : HF_OK;
}

hf_status bulk_reader_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    bulk_reader *r = HF_NEW(bulk_reader);
    hf_status rc;

    r->base.ops = &bulk_reader_ops;
    r->base.format = BULK_FORMAT;
    r->base.order = HF_ORDER_MEMBER;
    r->base.is_exact = (args->want & HF_WANT_BYTES) != 0;
    r->mem = hf_arena_new();
    r->source = args->source;
    r->paths = (args->want & HF_WANT_ACCOUNT) != 0 ? args->paths : NULL;
    r->want = args->want;
    r->base.origin = r->origin = hf_arena_dup(r->mem, hf_view_str(args->origin));
    r->users = hf_map_new();
    r->channels = hf_map_new();
    hf_tape_init(&r->tape);
    rc = prepare(r, args->path, err);
    if (rc != HF_OK) {
        bulk_close(&r->base);
        return rc;
    }
    *out = &r->base;
    return HF_OK;
}
