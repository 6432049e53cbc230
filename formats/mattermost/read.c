/* mattermost/read.c: the reader: tables in the order in which records need each other.
 *
 *   teams; bots, users; channel members, channels; other memberships; emoji; threads
 *   what joins posts, earlier versions of posts -> parts; posts; what joined nothing
 *   drafts, audits; every other table; what the source claims to hold
 *
 * A step is one run through one table. Its rows come in blocks of the feed and are cut into pieces
 * of about a batch; a piece is copied into the batch that its records go to. Memory: one block of
 * the feed, the rows' places of parts.c, 4 bytes a membership, 8 to 16 bytes a thread.
 */
#include "read_priv.h"
#include "util/stop.h"

#include <stdlib.h>

enum {
    PIECE_BYTES = 32 << 10,
    FILL_BYTES = 384 << 10, /* of a batch: it stays in a processor's own cache */
};

/* --- records from rows ---------------------------------------------------------------------------
 */

static hf_record *add(mm_reader *m, hf_kind kind)
{
    hf_record *r = hf_batch_add(m->b, kind);

    r->origin = m->batch_origin;
    r->format = MM_FORMAT;
    return r;
}

void mm_quarantine(mm_reader *m, const mm_read_table *t, hf_view line, uint64_t offset,
                   const char *reason)
{
    hf_record *r = add(m, HF_KIND_QUARANTINE);

    r->raw = (hf_raw){ line, t->member, offset, { NULL, 0 } };
    r->u.quarantine.reason = reason;
}

/* The record of a row that stands in its member; or of one that does not (offset MM_NO_PLACE), or
 * whose head has several lines: a document of its own. */
static void give(mm_reader *m, mm_read_table *t, const mm_layout *l, hf_kind kind, hf_view line,
                 uint64_t offset)
{
    hf_record *r = add(m, kind);
    const char *why;

    r->raw = (hf_raw){ line, t->member, offset, t->table->head };
    m->x.b = m->b;
    m->x.r = r;
    if (offset == MM_NO_PLACE || t->has_lines) {
        size_t n = t->table->head.n;
        char *doc = hf_arena_alloc(m->b->mem, n + line.n);

        memcpy(doc, t->table->head.p, n);
        memcpy(doc + n, line.p, line.n);
        r->raw = (hf_raw){ .bytes = { doc, n + line.n }, .member = HF_NO_MEMBER };
        line = hf_view_from(r->raw.bytes, n);
    }
    why = mm_row_split(&m->x.main, l, line) ? mm_read_record(&m->x, NULL, 0)
                                            : "another number of columns than the table has";
    if (why == NULL)
        return;
    m->b->n--;
    mm_quarantine(m, t, line, offset, why);
}

/* The document of a record that is made of several rows; parts in their order. main and parts then
 * point into it. */
static hf_view compose(mm_reader *m, const mm_read_table *t, hf_view *main, mm_join *part, size_t n)
{
    size_t size = t->table->head.n + main->n + 3, at = 0;
    const mm_layout *open = &t->joined;
    char *p;

    for (size_t i = 0; i < n; i++)
        size += part[i].l->head.n + part[i].line.n + 3;
    p = hf_arena_alloc(m->b->mem, size);
#define PUT(v) (memcpy(p + at, (v).p, (v).n), at += (v).n)
    PUT(t->table->head);
    PUT(*main);
    main->p = p + at - main->n;
    for (size_t i = 0; i < n; i++) {
        if (part[i].l != open) {
            PUT(HF_V("\\.\n"));
            PUT(part[i].l->head);
            open = part[i].l;
        }
        PUT(part[i].line);
        part[i].line.p = p + at - part[i].line.n;
    }
    PUT(HF_V("\\.\n"));
#undef PUT
    return (hf_view){ p, at };
}

static int by_order(const void *a, const void *b)
{
    return mm_join_cmp(a, b);
}

/* The record of the row in m->x.main and of the rows that join it. */
static hf_status give_joined(mm_reader *m, mm_read_table *t, mm_parts *parts, hf_view key,
                             uint64_t offset, unsigned flags, hf_err **err)
{
    hf_view line = m->x.main.line;
    mm_join *s = NULL;
    mm_part *part;
    const char *why;
    hf_record *r;
    size_t n;
    hf_status rc = mm_parts_find(parts, key, m->b->mem, &part, &n, err);

    if (rc != HF_OK)
        return rc;
    r = add(m, t->main.shape->kind);
    r->flags = flags;
    r->raw = (hf_raw){ line, t->member, offset, t->table->head };
    if (n > 0 || t->has_lines) {
        s = hf_arena_alloc(m->b->mem, n * sizeof(*s));
        for (size_t i = 0; i < n; i++)
            s[i] = (mm_join){ &m->table[part[i].table].joined, part[i].line };
        qsort(s, n, sizeof(*s), by_order);
        r->raw = (hf_raw){ .bytes = compose(m, t, &line, s, n), .member = HF_NO_MEMBER };
        mm_row_split(&m->x.main, &t->main, line);
    }
    m->x.b = m->b;
    m->x.r = r;
    why = mm_read_record(&m->x, s, n);
    if (why != NULL) {
        m->b->n--;
        mm_quarantine(m, t, line, offset, why);
    }
    return HF_OK;
}

static void give_opaque(mm_reader *m, mm_read_table *t, hf_view line, uint64_t offset)
{
    if (!t->has_opaque) {
        const mm_table *in = t->table;

        mm_layout_make(&t->opaque, &mm_shape_opaque, in->schema, in->name, in->column, in->ncolumn,
                       HF_KIND_OPAQUE, false, m->x.paths, m->mem);
        t->opaque.key = in->key;
        t->opaque.nkey = in->nkey;
        t->has_opaque = true;
    }
    give(m, t, &t->opaque, HF_KIND_OPAQUE, line, offset);
}

/* A row that joins a record: kept, unless it says that it joins none. */
static hf_status keep(mm_reader *m, mm_read_table *t, hf_view line, uint64_t offset, hf_err **err)
{
    mm_row *row = &m->x.joined;
    mm_part part = { .table = (uint16_t)(t - m->table), .line = line, .offset = offset };

    if (!mm_row_split(row, &t->joined, line)) {
        if (offset != MM_NO_PLACE) /* posts come again: told then */
            mm_quarantine(m, t, hf_arena_dup(m->b->mem, line), offset,
                          "another number of columns than the table has");
        return HF_OK;
    }
    if (t->table->role == MM_FILES) {
        hf_status rc = mm_files_want(m, t, line, offset, err);

        if (rc != HF_OK)
            return rc;
    }
    part.key = t->joined.join < 0 ? (hf_view){ NULL, 0 } : row->col[t->joined.join];
    if (t->table->role == MM_BOTS)
        hf_map_put(m->bots, part.key, NULL);
    if (part.key.n > 0 && !hf_copy_is_null(part.key) && mm_is_of_post(row))
        return mm_parts_put(t->table->role == MM_BOTS ? m->of_user : m->of_message, &part, err);
    if (offset != MM_NO_PLACE)
        give_opaque(m, t, hf_arena_dup(m->b->mem, line), offset);
    return HF_OK;
}

static hf_status read_post(mm_reader *m, mm_read_table *t, hf_view line, uint64_t offset,
                           hf_err **err)
{
    hf_view id, original, channel;
    int64_t create_us;
    unsigned flags = 0;

    if (!mm_row_split(&m->x.main, &t->main, line)) {
        mm_quarantine(m, t, line, offset, "another number of columns than the table has");
        return HF_OK;
    }
    mm_post_ids(&m->x.main, &id, &original, &channel, &create_us);
    if (original.n > 0) /* an earlier version: part of its post */
        return HF_OK;
    mm_claims_post(&m->claims, mm_decode(channel, m->b->mem), create_us);
    if (mm_threads_have(&m->threads, id))
        flags |= MM_HAS_REPLIES;
    if (hf_map_get(m->bots, mm_post_author(&m->x.main)) != NULL)
        flags |= HF_REC_BY_BOT;
    return give_joined(m, t, m->of_message, id, offset, flags, err);
}

static hf_status read_user(mm_reader *m, mm_read_table *t, hf_view line, uint64_t offset,
                           hf_err **err)
{
    if (!mm_row_split(&m->x.main, &t->main, line)) {
        mm_quarantine(m, t, line, offset, "another number of columns than the table has");
        return HF_OK;
    }
    return give_joined(m, t, m->of_user, m->x.main.col[t->main.at[MM_ID]], offset, 0, err);
}

/* One row of the step's table. */
static hf_status read_line(mm_reader *m, const mm_step *st, hf_view line, uint64_t offset,
                           hf_err **err)
{
    mm_read_table *t = &m->table[st->table];
    uint32_t n = (uint32_t)m->b->n;

    switch (st->act) {
    case MM_KEEP:
        return keep(m, t, line, offset, err);
    case MM_GIVE_OPAQUE:
        give_opaque(m, t, line, offset);
        if (t->is_threads && m->b->n > n && m->b->rec[n]->kind == HF_KIND_OPAQUE)
            mm_threads_add(&m->threads, m->x.main.col[t->thread_id]);
        return HF_OK;
    case MM_GIVE:
        break;
    case MM_GIVE_LEFT:
    case MM_GIVE_FILES:
    case MM_CLAIM:
        return HF_OK;
    }
    if (t->has_picture) {
        hf_status rc = mm_files_want(m, t, line, offset, err);

        if (rc != HF_OK)
            return rc;
    }
    if (t->table->role == MM_POSTS)
        return read_post(m, t, line, offset, err);
    if (t->table->role == MM_USERS)
        return read_user(m, t, line, offset, err);
    give(m, t, &t->main, t->main.shape->kind, line, offset);
    if (m->b->rec[n]->kind == HF_KIND_QUARANTINE)
        return HF_OK;
    if (t->table->role == MM_CHANNEL_MEMBERS)
        mm_members_add(&m->members, m->b->rec[n]);
    if (t->table->role == MM_CHANNELS) {
        mm_members_give(&m->members, m->b, m->b->rec[n]);
        mm_claims_channel(&m->claims, m->b->rec[n]->id);
    }
    return HF_OK;
}

/* --- tables --------------------------------------------------------------------------------------
 */

static void add_container(mm_reader *m, const mm_read_table *t, hf_kind kind)
{
    hf_record *r = add(m, kind);

    r->raw.member = t->member;
    r->u.member = (hf_rec_member){
        .ordinal = t->member,
        .name = t->table->member,
        .type = HF_MEMBER_FILE,
        .mtime_us = HF_NO_TIME,
        .is_set = true,
    };
}

static void add_bytes(mm_reader *m, const mm_read_table *t, hf_view bytes)
{
    hf_record *r = add(m, HF_KIND_BYTES);

    r->raw = (hf_raw){ bytes, t->member, m->offset, { NULL, 0 } };
    m->offset += bytes.n;
}

static bool gives_bytes(const mm_reader *m, const mm_step *st)
{
    return (m->want & HF_WANT_BYTES) != 0 && st->which == MM_ROWS;
}

static hf_status begin_table(mm_reader *m, const mm_step *st, hf_err **err)
{
    const mm_read_table *t = &m->table[st->table];
    hf_status rc = m->feed->ops->start(m->feed, st->table, st->which, err);

    m->is_open = true;
    m->offset = 0;
    m->rows = (hf_view){ NULL, 0 };
    if (rc == HF_OK && gives_bytes(m, st)) {
        add_container(m, t, HF_KIND_MEMBER);
        add_bytes(m, t, t->table->head);
    } else {
        m->offset = t->table->head.n;
    }
    return rc;
}

static void end_table(mm_reader *m, const mm_step *st)
{
    const mm_read_table *t = &m->table[st->table];

    if (gives_bytes(m, st)) {
        add_bytes(m, t, HF_V("\\.\n"));
        add_container(m, t, HF_KIND_MEMBER_END);
    }
    m->is_open = false;
}

/* Whole lines of v up to about max bytes, one at least. */
static hf_view whole_lines(hf_view v, size_t max)
{
    const char *end = v.n <= max ? NULL : memrchr(v.p, '\n', max);

    if (v.n <= max)
        return v;
    if (end == NULL)
        end = memchr(v.p, '\n', v.n);
    return end == NULL ? v : hf_view_sub(v, 0, (size_t)(end - v.p) + 1);
}

/* Told of by their size and their first column, which names most rows; the rest is nowhere. */
static void tell_too_long(mm_reader *m, const mm_read_table *t, hf_view lines)
{
    while (lines.n > 0) {
        size_t tab = hf_view_find_byte(lines, '\t'), end = hf_view_find_byte(lines, '\n');
        hf_view first = hf_arena_dup(m->b->mem, hf_view_sub(lines, tab + 1, end - tab - 1));
        hf_record *r = add(m, HF_KIND_QUARANTINE);
        hf_buf why;

        hf_buf_init(&why, HF_BUF_UNBOUNDED);
        hf_buf_printf(&why, "%.*s ", (int)t->table->name.n, t->table->name.p);
        hf_buf_printable(&why, first);
        hf_buf_printf(&why, ": a row of %.*s bytes; up to %d are read", (int)tab, lines.p,
                      MM_MAX_ROW);
        r->raw.bytes = first;
        r->u.quarantine.reason = hf_arena_dup(m->b->mem, hf_buf_view(&why)).p;
        hf_buf_clear(&why);
        lines = hf_view_from(lines, end + 1);
    }
}

/* The next rows of the open table into the batch. */
static hf_status read_piece(mm_reader *m, const mm_step *st, hf_err **err)
{
    const mm_read_table *t = &m->table[st->table];
    hf_status rc = HF_OK;
    uint64_t at;
    hf_view piece;

    if (m->rows.n == 0) {
        mm_rows rows = { .text = { NULL, 0 } };

        hf_arena_reset(m->block);
        rc = m->feed->ops->next(m->feed, m->block, &rows, err);
        if (rc != HF_OK)
            return rc;
        m->rows = rows.text;
        m->base.done = m->feed->done;
        if (st->which == MM_ROWS)
            tell_too_long(m, t, rows.too_long);
        if (rows.text.n == 0)
            return HF_OK;
    }
    piece = whole_lines(m->rows, PIECE_BYTES);
    m->rows = hf_view_from(m->rows, piece.n);
    if (gives_bytes(m, st) || st->act != MM_KEEP)
        piece = hf_arena_dup(m->b->mem, piece);
    at = st->which == MM_ROWS ? m->offset : MM_NO_PLACE;
    if (gives_bytes(m, st))
        add_bytes(m, t, piece);
    else
        m->offset += piece.n;
    if ((m->want & HF_WANT_RECORDS) == 0)
        return HF_OK;
    while (piece.n > 0 && rc == HF_OK) {
        size_t end = hf_view_find_byte(piece, '\n');
        hf_view line = hf_view_sub(piece, 0, end == HF_NPOS ? end : end + 1);

        rc = read_line(m, st, line, at, err);
        piece = hf_view_from(piece, line.n);
        if (at != MM_NO_PLACE)
            at += line.n;
    }
    return rc;
}

/* A row that joined nothing: what it joins is gone. */
static hf_status give_left(mm_reader *m, mm_parts *parts, hf_err **err)
{
    mm_part part;
    hf_status rc = mm_parts_left(parts, m->b->mem, &part, err);

    if (rc == HF_OK)
        give_opaque(m, &m->table[part.table], part.line, part.offset);
    return rc;
}

/* --- steps ---------------------------------------------------------------------------------------
 */

/* What comes between the runs of tables. */
static hf_status do_other(mm_reader *m, const mm_step *st, hf_err **err)
{
    if (st->act == MM_CLAIM)
        return mm_claims_give(m, err);
    if (st->act == MM_GIVE_FILES)
        return mm_files_give(m, err);
    return give_left(m, st->role == MM_USERS ? m->of_user : m->of_message, err);
}

static hf_status seal(mm_reader *m, const mm_step *st, hf_err **err)
{
    hf_status rc = HF_OK;

    if (st->act == MM_GIVE && st->role == MM_USERS)
        rc = mm_parts_seal(m->of_user, err);
    if (rc == HF_OK && st->act == MM_GIVE && st->role == MM_POSTS)
        rc = mm_parts_seal(m->of_message, err);
    return rc;
}

static hf_status do_step(mm_reader *m, hf_err **err)
{
    const mm_step *st = &m->step[m->at];
    hf_status rc = hf_stop_check(err);

    if (rc != HF_OK)
        return rc;
    if (st->table == MM_NO_TABLE) {
        rc = do_other(m, st, err);
    } else {
        if (!m->is_open) {
            rc = seal(m, st, err);
            if (rc == HF_OK)
                rc = begin_table(m, st, err);
        } else {
            rc = read_piece(m, st, err);
        }
        if (rc == HF_END)
            end_table(m, st);
        if (rc < 0)
            hf_err_at(err, NULL, m->table[st->table].table->member, HF_NO_OFFSET);
    }
    if (rc != HF_END)
        return rc;
    m->at++;
    return HF_OK;
}

static hf_status mm_next(hf_reader *base, hf_batch *b, hf_err **err)
{
    mm_reader *m = (mm_reader *)base;
    size_t before = b->n;
    hf_status rc = HF_OK;

    m->b = b;
    m->batch_origin = hf_arena_dup(b->mem, m->base.origin);
    while (rc == HF_OK && m->at < m->nstep &&
           (b->n == before || (hf_arena_used(b->mem) < FILL_BYTES && !hf_batch_is_full(b))))
        rc = do_step(m, err);
    if (rc != HF_OK)
        return rc;
    if (m->at == m->nstep)
        m->base.mark = mm_files_are_complete(m) && m->feed->mark_with_files.n > 0
                           ? m->feed->mark_with_files
                           : m->feed->mark;
    return b->n == before ? HF_END : HF_OK;
}

/* A million reactions to one post are no document that anybody could read. */
static void apart_fact(const mm_reader *m, void (*say)(void *self, const hf_fact *fact), void *self)
{
    uint64_t lots, rows;
    char *text;

    mm_parts_too_large(m->of_message, &lots, &rows);
    if (lots == 0)
        return;
    text = hf_sprintf("%llu rows of %llu posts that have more than 16 MiB of them in one table are "
                      "records of their own, and not part of their message",
                      (unsigned long long)rows, (unsigned long long)lots);
    say(self, &(hf_fact){ "kept_apart", "Kept apart", hf_view_str(text), true });
    hf_free(text);
}

static void mm_facts(hf_reader *base, void (*say)(void *self, const hf_fact *fact), void *self)
{
    mm_reader *m = (mm_reader *)base;

    if (m->feed->ops->facts != NULL)
        m->feed->ops->facts(m->feed, say, self);
    mm_files_fact(m, say, self);
    apart_fact(m, say, self);
}

static void mm_close(hf_reader *base)
{
    mm_reader *m = (mm_reader *)base;

    m->feed->ops->close(m->feed);
    mm_parts_free(m->of_user);
    mm_parts_free(m->of_message);
    hf_map_free(m->bots);
    mm_members_clear(&m->members);
    mm_threads_clear(&m->threads);
    mm_claims_clear(&m->claims);
    mm_files_clear(&m->files);
    mm_reading_clear(&m->x);
    hf_arena_free(m->block);
    hf_arena_free(m->mem);
    hf_free(m->table);
    hf_free(m->step);
    hf_free(m);
}

static const hf_reader_ops mm_reader_ops = { mm_next, mm_close, mm_facts };

hf_status mm_reader_over(hf_reader **out, mm_feed *feed, const hf_reader_args *args, hf_err **err)
{
    mm_reader *m = HF_NEW(mm_reader);
    hf_status rc;

    m->base.ops = &mm_reader_ops;
    m->base.format = MM_FORMAT;
    m->base.order = HF_ORDER_NONE;
    m->base.files_last = true;
    m->base.is_exact = (args->want & HF_WANT_BYTES) != 0;
    m->base.total = feed->total;
    m->base.mark_key = feed->mark_key;
    m->feed = feed;
    m->want = args->want;
    m->mem = hf_arena_new();
    m->block = hf_arena_new();
    m->of_user = mm_parts_new();
    m->of_message = mm_parts_new();
    m->bots = hf_map_new();
    mm_members_init(&m->members);
    mm_claims_init(&m->claims);
    rc = mm_plan(m, args, err);
    if (rc == HF_OK)
        rc = mm_files_open(&m->files, args, err);
    if (rc != HF_OK) {
        mm_close(&m->base);
        return rc;
    }
    *out = &m->base;
    return HF_OK;
}
