/* mattermost/dump.c: a feed over the rows of a pg_dump file.
 *
 * The file is read twice: once to find the tables and where their rows begin and end, then the rows
 * of one table after another, as they are asked for. Columns that are not read are cut out of the
 * lines, so that a row is what the server itself would give.
 */
#include "dump_feed.h"

#define MIB UINT64_C(1048576)

enum { CHANNEL_KEY = 64 };

/* --- rows as they stand --------------------------------------------------------------------------
 */

/* Bytes of the line at an offset, its line feed included. */
static hf_status line_bytes(mm_dump *d, const mm_dump_table *t, uint64_t at, uint64_t left,
                            hf_arena *mem, uint64_t *n, hf_err **err)
{
    char *to = hf_arena_alloc(mem, MIB);

    for (*n = 0; *n < left;) {
        size_t want = (size_t)(MIB < left - *n ? MIB : left - *n), got, end;
        hf_status rc = hf_spool_read(d->spool, at + *n, to, want, &got, err);

        if (rc != HF_OK)
            return rc;
        end = hf_view_find_byte((hf_view){ to, got }, '\n');
        *n += end == HF_NPOS ? got : end + 1;
        if (end != HF_NPOS)
            return HF_OK;
        if (got == 0)
            break;
    }
    hf_fail(err, HF_E_DAMAGED, "the last row has no end");
    return hf_err_at(err, NULL, t->name, at);
}

/* The next whole lines of a table, about a MiB, in mem; HF_END after the last. A line that is too
 * long to be read is passed over: out is then empty, and what is known of it in too_long (NULL:
 * nobody asks). */
static hf_status raw_lines(mm_dump *d, const mm_dump_table *t, mm_dump_place *at, hf_arena *mem,
                           hf_view *out, hf_buf *too_long, hf_err **err)
{
    const mm_section *s;
    uint64_t left, size = MIB;

    while (at->section < t->nsection &&
           at->done == t->section[at->section].end - t->section[at->section].at)
        *at = (mm_dump_place){ .section = at->section + 1 };
    if (at->section == t->nsection)
        return HF_END;
    s = &t->section[at->section];
    left = s->end - s->at - at->done;
    for (;;) {
        size_t want = (size_t)(size < left ? size : left), got, end;
        char *to = hf_arena_alloc(mem, want);
        hf_status rc = hf_spool_read(d->spool, s->at + at->done, to, want, &got, err);

        if (rc != HF_OK)
            return rc;
        end = hf_view_find_last((hf_view){ to, got }, '\n');
        if (end != HF_NPOS) {
            *out = (hf_view){ to, end + 1 };
            at->done += end + 1;
            return HF_OK;
        }
        rc = line_bytes(d, t, s->at + at->done, left, mem, &size, err);
        if (rc != HF_OK)
            return rc;
        if (size > MM_MAX_ROW) {
            if (too_long != NULL)
                mm_put_too_long(too_long, size,
                                d->now->has_secret && d->now->is_secret[0] ? HF_V("\t")
                                                                           : (hf_view){ to, got });
            *out = (hf_view){ NULL, 0 };
            at->done += size;
            return HF_OK;
        }
    }
}

hf_status mm_dump_each(mm_dump *d, const mm_dump_table *t,
                       void (*row)(void *self, const hf_view *column, size_t n), void *self,
                       hf_err **err)
{
    hf_arena *mem = hf_arena_new();
    hf_view *column = hf_alloc0(MM_MAX_COLUMNS + 1, sizeof(*column));
    mm_dump_place at = { 0, 0 };
    hf_view text;
    hf_status rc;

    while ((rc = raw_lines(d, t, &at, mem, &text, NULL, err)) == HF_OK &&
           hf_stop_check(err) == HF_OK) {
        while (text.n > 0) {
            size_t end = hf_view_find_byte(text, '\n');

            row(self, column, mm_dump_split(hf_view_sub(text, 0, end), column, MM_MAX_COLUMNS + 1));
            text = hf_view_from(text, end + 1);
        }
        hf_arena_reset(mem);
    }
    hf_free(column);
    hf_arena_free(mem);
    return rc == HF_END ? HF_OK : rc == HF_OK ? HF_E_INTERRUPTED : rc;
}

size_t mm_dump_split(hf_view line, hf_view *column, size_t max)
{
    size_t n = 0;

    while (n < max) {
        size_t tab = hf_view_find_byte(line, '\t');

        column[n++] = hf_view_sub(line, 0, tab);
        if (tab == HF_NPOS)
            break;
        line = hf_view_from(line, tab + 1);
    }
    return n;
}

/* --- rows as they are given ----------------------------------------------------------------------
 */

/* True when a row has what it is an older version of; a message itself has not. */
static bool is_old(hf_view original)
{
    return original.n > 0 && !hf_copy_is_null(original);
}

/* Append a line without its secret columns. Of a line with another number of columns only the first
 * is kept: nobody knows which of the others is a password, and left as it is it could pass for a
 * row that was cut already. */
static void cut_line(mm_dump_own *own, size_t n, const hf_view *column, hf_buf *out)
{
    size_t given = 0;

    if (n != own->from->ncopied) {
        own->withheld++;
        hf_buf_add(out, column[0]);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        if (own->is_secret[i])
            continue;
        if (given++ > 0)
            hf_buf_byte(out, '\t');
        hf_buf_add(out, column[i]);
    }
}

static hf_view chosen_lines(mm_dump *d, mm_dump_own *own, hf_view text, hf_arena *mem)
{
    hf_view column[MM_MAX_COLUMNS + 1];
    hf_buf *out = &d->chosen;

    hf_buf_reset(out);
    while (text.n > 0) {
        size_t end = hf_view_find_byte(text, '\n');
        hf_view line = hf_view_sub(text, 0, end);
        size_t n = mm_dump_split(line, column, MM_MAX_COLUMNS + 1);

        text = hf_view_from(text, end + 1);
        if (d->which == MM_OLD_POSTS && (n != own->from->ncopied || !is_old(column[own->original])))
            continue;
        if (own->has_secret)
            cut_line(own, n, column, out);
        else
            hf_buf_add(out, line);
        hf_buf_byte(out, '\n');
    }
    return hf_arena_dup(mem, hf_buf_view(out));
}

static hf_status dump_start(mm_feed *f, uint32_t table, mm_which which, hf_err **err)
{
    mm_dump *d = (mm_dump *)f;
    mm_table *t = &f->table[table];

    if (mm_role_is_unread(t->role) || (which == MM_OLD_POSTS && t->role != MM_POSTS))
        return hf_fail(err, HF_E_INTERNAL, "no such rows of table %.*s", (int)t->name.n, t->name.p);
    d->now = t->own;
    d->which = which;
    d->at = (mm_dump_place){ 0, 0 };
    d->now->withheld = 0;
    return HF_OK;
}

static hf_status dump_next(mm_feed *f, hf_arena *mem, mm_rows *out, hf_err **err)
{
    mm_dump *d = (mm_dump *)f;
    mm_dump_own *own = d->now;
    hf_view text = { NULL, 0 };
    hf_status rc = HF_OK;

    hf_buf_reset(&d->too_long);
    if (d->which == MM_ROWS && !own->has_secret) {
        rc = raw_lines(d, own->from, &d->at, mem, &out->text, &d->too_long, err);
        if (rc == HF_OK)
            f->done += out->text.n;
        out->too_long = hf_arena_dup(mem, hf_buf_view(&d->too_long));
        return rc;
    }
    out->text = text;
    while (out->text.n + d->too_long.n == 0) { /* a MiB may have no older version in it */
        hf_arena_reset(d->scratch);
        rc = raw_lines(d, own->from, &d->at, d->scratch, &text, &d->too_long, err);
        if (rc != HF_OK)
            return rc;
        if (d->which == MM_ROWS)
            f->done += text.n;
        out->text = chosen_lines(d, own, text, mem);
    }
    out->too_long = hf_arena_dup(mem, hf_buf_view(&d->too_long));
    return HF_OK;
}

/* --- counts --------------------------------------------------------------------------------------
 */

typedef struct counting {
    size_t ncolumn, channel, created, original;
    hf_map *days; /* day number, eight bytes, then the channel -> messages */
} counting;

static void count_row(void *self, const hf_view *column, size_t n)
{
    counting *c = self;
    char key[sizeof(int64_t) + CHANNEL_KEY];
    int64_t ms, day;

    if (n != c->ncolumn || is_old(column[c->original]) || column[c->channel].n > CHANNEL_KEY ||
        !hf_view_i64(column[c->created], &ms) || ms > INT64_MAX / 1000 || ms < INT64_MIN / 1000)
        return; /* an older version, or a row that is no message to the reader either */
    day = hf_day_of(ms * 1000);
    memcpy(key, &day, sizeof(day));
    memcpy(key + sizeof(day), column[c->channel].p, column[c->channel].n);
    hf_map_put(c->days, (hf_view){ key, sizeof(day) + column[c->channel].n }, NULL)->v.u++;
}

static hf_status dump_counts(mm_feed *f,
                             void (*say)(void *self, hf_view channel, int64_t day, uint64_t n),
                             void *self, hf_err **err)
{
    mm_dump *d = (mm_dump *)f;
    const mm_dump_table *posts = mm_index_table(d->picked.db, d->picked.schema, HF_V("posts"));
    counting c = { .ncolumn = posts->ncopied,
                   .channel = mm_dump_copied(posts, HF_V("channelid")),
                   .created = mm_dump_copied(posts, HF_V("createat")),
                   .original = mm_dump_copied(posts, HF_V("originalid")),
                   .days = hf_map_new() };
    hf_status rc = mm_dump_each(d, posts, count_row, &c, err);

    for (size_t i = 0; rc == HF_OK && i < hf_map_count(c.days); i++) {
        hf_map_entry *e = hf_map_at(c.days, i);
        int64_t day;

        memcpy(&day, e->key.p, sizeof(day));
        say(self, hf_view_from(e->key, sizeof(day)), day, e->v.u);
    }
    hf_map_free(c.days);
    return rc;
}

/* --- the feed ------------------------------------------------------------------------------------
 */

static void dump_close(mm_feed *f)
{
    mm_dump *d = (mm_dump *)f;

    mm_index_clear(&d->index);
    hf_spool_close(d->spool);
    hf_buf_clear(&d->chosen);
    hf_buf_clear(&d->too_long);
    hf_arena_free(d->scratch);
    hf_arena_free(d->mem);
    hf_free(d);
}

hf_status mm_dump_open(mm_feed **out, const hf_reader_args *args, hf_err **err)
{
    static const mm_feed_ops ops = { .start = dump_start,
                                     .next = dump_next,
                                     .counts = dump_counts,
                                     .facts = mm_dump_facts,
                                     .close = dump_close };
    mm_dump *d = HF_NEW(mm_dump);
    hf_status rc;

    d->base.ops = &ops;
    d->base.is_counted = true;
    d->mem = hf_arena_new();
    d->scratch = hf_arena_new();
    hf_buf_init(&d->chosen, HF_BUF_UNBOUNDED);
    hf_buf_init(&d->too_long, HF_BUF_UNBOUNDED);
    mm_index_init(&d->index);
    rc = mm_dump_prepare(d, args, err);
    if (rc != HF_OK) {
        dump_close(&d->base);
        return rc;
    }
    *out = &d->base;
    return HF_OK;
}
