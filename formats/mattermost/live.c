/* mattermost/live.c: the tables of a running server, read over its database in one snapshot.
 *
 * Everything is a SELECT or a COPY TO inside read-only transactions (db/pg.h), so no lock is above
 * ACCESS SHARE. Large tables are read by ranges of ctid, since PostgreSQL 14 without looking at
 * the blocks of others; the columns are named, so that a row's text is pg_dump's.
 */
#include "live_priv.h"
#include "util/copytext.h"

#include <assert.h>

enum { RANGE_BYTES = 64 << 20, IDS_PER_RUN = 4000 };

/* --- small parts -------------------------------------------------------------------------------
 */

hf_status live_option(const hf_reader_args *args, const char *name, uint64_t fallback, uint64_t max,
                      uint64_t *out, hf_err **err)
{
    const char *text = hf_opts_get(args->opts, name);

    *out = fallback;
    if (text == NULL || (hf_view_u64(hf_view_str(text), out) && *out <= max))
        return HF_OK;
    hf_fail(err, HF_E_USAGE, "option %s takes a number up to %llu, not \"%s\"", name,
            (unsigned long long)max, text);
    return hf_hint(err, "`holdfast formats mattermost` lists the options");
}

/* "30min", "10s", "500ms", "2h"; a number alone is seconds. */
static bool parse_ms(hf_view text, uint64_t *ms)
{
    static const struct {
        const char *unit;
        uint64_t ms;
    } units[] = { { "ms", 1 }, { "min", 60000 }, { "s", 1000 }, { "h", 3600000 }, { "", 1000 } };

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        hf_view unit = hf_view_str(units[i].unit), n = text;

        if (!hf_view_ends(text, unit))
            continue;
        n.n -= unit.n;
        if (!hf_view_u64(n, ms) || *ms > INT32_MAX / units[i].ms)
            return false;
        *ms *= units[i].ms;
        return true;
    }
    return false;
}

static hf_status time_option(const hf_reader_args *args, const char *name, uint32_t fallback_ms,
                             uint32_t *out, hf_err **err)
{
    const char *text = hf_opts_get(args->opts, name);
    uint64_t ms = fallback_ms;

    if (text != NULL && !parse_ms(hf_view_str(text), &ms)) {
        hf_fail(err, HF_E_USAGE, "option %s takes a time, not \"%s\"", name, text);
        return hf_hint(err, "write 500ms, 10s, 30min or 2h, up to 24 days; 0 is for ever");
    }
    *out = (uint32_t)ms;
    return HF_OK;
}

mm_table *live_role(const live *l, mm_role role)
{
    for (uint32_t i = 0; i < l->base.ntable; i++)
        if (l->base.table[i].role == role)
            return &l->base.table[i];
    return NULL;
}

mm_table *live_posts(const live *l)
{
    mm_table *posts = live_role(l, MM_POSTS);

    return posts != NULL ? posts : l->base.table;
}

bool live_joins(const mm_table *t)
{
    return mm_joins_message(t->role);
}

hf_status live_put_table(live *l, const mm_table *t, hf_buf *sql, hf_err **err)
{
    const live_table *own = t->own;
    hf_status rc;

    if (!own->is_partitioned)
        hf_buf_str(sql, "ONLY ");
    rc = hf_pg_identifier(l->pool.pg[0], t->schema, sql, err);
    hf_buf_byte(sql, '.');
    return rc == HF_OK ? hf_pg_identifier(l->pool.pg[0], t->name, sql, err) : rc;
}

hf_status live_put_columns(live *l, const mm_table *t, const char *prefix, hf_buf *sql,
                           hf_err **err)
{
    hf_status rc = HF_OK;

    for (uint16_t i = 0; i < t->ncolumn && rc == HF_OK; i++) {
        hf_buf_str(sql, i == 0 ? "" : ", ");
        hf_buf_str(sql, prefix);
        rc = hf_pg_identifier(l->pool.pg[0], t->column[i].name, sql, err);
    }
    return rc;
}

/* --- plans -------------------------------------------------------------------------------------
 */

static const char in_range[] = " WHERE t.ctid >= current_setting('holdfast.from')::tid"
                               " AND t.ctid < current_setting('holdfast.to')::tid";

/* "COPY (SELECT columns FROM table AS t<rest>) TO STDOUT" as one more step of the plan. */
static hf_status add_step(live *l, const mm_table *t, const char *rest, const char *also,
                          live_step how, live_plan *plan, hf_err **err)
{
    hf_status rc;
    hf_buf sql;

    hf_buf_init(&sql, HF_BUF_UNBOUNDED);
    hf_buf_str(&sql, "COPY (SELECT ");
    rc = live_put_columns(l, t, "t.", &sql, err);
    hf_buf_str(&sql, " FROM ");
    if (rc == HF_OK)
        rc = live_put_table(l, t, &sql, err);
    hf_buf_str(&sql, " AS t");
    hf_buf_str(&sql, rest);
    hf_buf_str(&sql, also);
    hf_buf_str(&sql, ") TO STDOUT");
    how.sql = hf_strdup(hf_buf_cstr(&sql));
    hf_buf_clear(&sql);
    plan->step[plan->nstep++] = how;
    return rc;
}

/* How the blocks of a table are shared out. A range of ctid is read alone since PostgreSQL 14;
 * before, every range would read the whole table. */
static live_step ranges(const live *l, const mm_table *t)
{
    const live_table *own = t->own;
    uint64_t each = RANGE_BYTES / l->block_bytes;

    if (own->is_partitioned || !own->has_ctid || own->blocks <= each ||
        hf_pg_version(l->pool.pg[0]) < 140000)
        return (live_step){ .count = 1 };
    return (live_step){ .count = (own->blocks + each - 1) / each, .each = each };
}

/* Rows whose column says one of the ids. Without an index the table is read for every run: then
 * there is one. */
static hf_status add_ids(live *l, const mm_table *t, const char *column, bool has_index,
                         live_plan *plan, hf_err **err)
{
    uint64_t each = has_index ? IDS_PER_RUN : l->nid;
    char *rest;
    hf_status rc;

    if (l->nid == 0)
        return HF_OK;
    rest = hf_sprintf(
        " JOIN unnest(current_setting('holdfast.ids')::text[]) AS u(id) ON t.%s = u.id", column);
    rc = add_step(l, t, rest, "",
                  (live_step){ .count = (l->nid + each - 1) / each, .each = each, .has_ids = true },
                  plan, err);
    hf_free(rest);
    return rc;
}

/* Rows that were written since and name no message: they are records of their own. */
static hf_status add_unjoined(live *l, const mm_table *t, live_plan *plan, hf_err **err)
{
    static const char *const parts[] = { " WHERE (t.", " = '' OR t.", " IS NULL) AND " };
    hf_status rc;
    hf_buf rest;

    hf_buf_init(&rest, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < 3; i++) {
        hf_buf_str(&rest, parts[i]);
        if (i < 2)
            hf_buf_str(&rest, t->known->joins);
    }
    rc = add_step(l, t, hf_buf_cstr(&rest), live_was_written,
                  (live_step){ .count = 1, .has_span = true }, plan, err);
    hf_buf_clear(&rest);
    return rc;
}

static hf_status make_plan(live *l, const mm_table *t, mm_which which, live_plan *plan,
                           hf_err **err)
{
    const live_table *own = t->own;
    live_step how = ranges(l, t);
    hf_status rc = HF_OK;

    *plan = (live_plan){
        .id = l->id, .nid = l->nid, .xmin = l->xmin, .span = l->span, .bytes = own->bytes
    };
    if (l->base.is_partial && which == MM_OLD_POSTS)
        return add_ids(l, t, "originalid", own->has_index, plan, err);
    if (l->base.is_partial && t->role == MM_POSTS) {
        rc = add_ids(l, t, "id", true, plan, err);
        return rc == HF_OK ? add_ids(l, t, "originalid", own->has_index, plan, err) : rc;
    }
    if (l->base.is_partial && live_joins(t)) {
        rc = add_ids(l, t, t->known->joins, own->has_index, plan, err);
        return rc == HF_OK ? add_unjoined(l, t, plan, err) : rc;
    }
    if (which == MM_OLD_POSTS && (own->has_index || how.each == 0))
        return add_step(l, t, " WHERE t.originalid > ''", "", (live_step){ .count = 1 }, plan, err);
    return add_step(l, t, how.each > 0 ? in_range : "",
                    which == MM_OLD_POSTS ? " AND t.originalid > ''" : "", how, plan, err);
}

/* --- the feed's operations ---------------------------------------------------------------------
 */

static hf_status live_start(mm_feed *f, uint32_t table, mm_which which, hf_err **err)
{
    live *l = (live *)f;
    const mm_table *t = &f->table[table];
    live_plan plan;
    hf_status rc;

    assert(table < f->ntable && !mm_role_is_unread(t->role));
    assert(which == MM_ROWS || t->role == MM_POSTS);
    live_run_free(l->run);
    l->run = NULL;
    rc = make_plan(l, t, which, &plan, err);
    if (rc == HF_OK)
        rc = live_run_new(&l->run, &l->pool, &plan, err);
    live_plan_clear(&plan);
    return rc == HF_OK ? HF_OK : hf_err_at(err, NULL, t->member, HF_NO_OFFSET);
}

static hf_status live_next(mm_feed *f, hf_arena *mem, mm_rows *out, hf_err **err)
{
    live *l = (live *)f;
    live_block *b = NULL;
    hf_status rc;

    (void)mem;
    live_block_free(l->lent);
    l->lent = NULL;
    rc = l->run == NULL ? HF_END : live_run_next(l->run, &b, err);
    if (rc == HF_OK) {
        out->text = hf_buf_view(&b->text);
        out->too_long = hf_buf_view(&b->too_long);
        f->done += b->rows;
    } else {
        live_run_free(l->run);
        l->run = NULL;
    }
    l->lent = b;
    return rc;
}

/* A line "channel\tday\tcount". */
static void say_count(hf_view line,
                      void (*say)(void *self, hf_view channel, int64_t day, uint64_t n), void *self)
{
    size_t first = hf_view_find_byte(line, '\t'), last = hf_view_find_last(line, '\t');
    hf_view channel = hf_view_sub(line, 0, first);
    uint64_t n = 0;
    int64_t day = 0;
    hf_buf b;

    if (first == HF_NPOS || !hf_view_i64(hf_view_sub(line, first + 1, last - first - 1), &day) ||
        !hf_view_u64(hf_view_from(line, last + 1), &n))
        return; /* the query gives nothing of the kind */
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_copy_decode(&b, channel);
    say(self, hf_buf_view(&b), day, n);
    hf_buf_clear(&b);
}

/* As the reader takes moments: days are floored, also those before 1970; a number that is out of
 * range is the last or first moment; 0 is none, and such a message stands in no day. */
static hf_status live_counts(mm_feed *f,
                             void (*say)(void *self, hf_view channel, int64_t day, uint64_t n),
                             void *self, hf_err **err)
{
    live *l = (live *)f;
    const mm_table *t = live_posts(l);
    hf_pg *pg = l->pool.pg[0];
    hf_status rc;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_str(&b,
               "COPY (SELECT c.id, CASE WHEN c.ms < 0 THEN (c.ms - 86399999) / 86400000 ELSE c.ms /"
               " 86400000 END, count(*) FROM (SELECT coalesce(t.channelid, '') AS id,"
               " greatest(-9223372036854775, least(9223372036854775, t.createat)) AS ms FROM ");
    rc = live_put_table(l, t, &b, err);
    hf_buf_str(&b, " AS t WHERE coalesce(t.originalid, '') = '' AND t.createat <> 0) AS c"
                   " GROUP BY 1, 2) TO STDOUT");
    if (rc == HF_OK)
        rc = hf_pg_copy(pg, hf_buf_cstr(&b), err);
    while (rc == HF_OK) {
        hf_buf_reset(&b);
        rc = hf_pg_copy_row(pg, &b, err);
        if (rc == HF_OK && b.n > 0)
            say_count((hf_view){ b.p, b.n - 1 }, say, self);
    }
    hf_buf_clear(&b);
    return rc == HF_END ? HF_OK : hf_err_at(err, NULL, t->member, HF_NO_OFFSET);
}

static void say_facts(mm_feed *f, void (*say)(void *self, const hf_fact *fact), void *self)
{
    live *l = (live *)f;
    double held = hf_mono_seconds() - l->began;
    hf_fact late = { .key = "snapshot_held", .label = "Snapshot", .is_warning = true };
    char *text;

    for (size_t i = 0; i < l->nfact; i++)
        say(self, &l->fact[i]);
    mm_table_facts(f, say, self);
    if (held < l->warn_seconds)
        return;
    text = hf_sprintf("held for %.0f minutes: meanwhile the server cannot clean up rows that were "
                      "changed or deleted",
                      held / 60);
    late.text = hf_view_str(text);
    say(self, &late);
    hf_free(text);
}

hf_status mm_live_hold(void **held, const char *path, const hf_opts *opts, hf_err **err)
{
    (void)path;
    (void)opts;
    (void)err;
    *held = HF_NEW(live_held); /* filled when the first reading ends: it costs no connection */
    return HF_OK;
}

void mm_live_let_go(void *held)
{
    live_held *h = held;

    hf_pg_close(h->pg);
    hf_free(h->snapshot);
    hf_free(h);
}

/* Leave the connection that has exported the snapshot to further readings. */
static void leave(live *l)
{
    live_held *h = l->held;

    if (h == NULL || h->pg != NULL || l->pool.snapshot.n == 0)
        return;
    *h = (live_held){ l->pool.pg[0], hf_view_dup(l->pool.snapshot), l->taken_us, l->began };
    l->pool.pg[0] = NULL;
}

static void live_close(mm_feed *f)
{
    live *l = (live *)f;

    live_run_free(l->run);
    live_block_free(l->lent);
    leave(l);
    for (size_t i = l->pool.nopen; i-- > 0;)
        hf_pg_close(l->pool.pg[i]);
    hf_free(l->id);
    hf_arena_free(l->mem);
    hf_free(l);
}

/* --- opening -----------------------------------------------------------------------------------
 */

static hf_status connect_first(live *l, const hf_reader_args *args, hf_pg_rows *search_path,
                               hf_err **err)
{
    hf_pg_args a = { .conninfo = args->path,
                     .password_command = hf_opts_get(args->opts, "password-command") };
    uint64_t jobs, warn;
    hf_status rc = time_option(args, "statement-timeout", 0, &a.statement_timeout_ms, err);

    if (rc == HF_OK)
        rc = time_option(args, "lock-timeout", 30000, &a.lock_timeout_ms, err);
    if (rc == HF_OK && a.lock_timeout_ms == 0) {
        /* A migration would wait for our first connection, and our second for the migration. */
        rc = hf_fail(err, HF_E_USAGE, "option lock-timeout must be above 0");
        hf_hint(err, "waiting for ever could stop the server: choose a time such as 10min");
    }
    if (rc == HF_OK)
        rc = live_option(args, "jobs", 2, LIVE_MAX_JOBS, &jobs, err);
    if (rc == HF_OK)
        rc = live_option(args, "snapshot-warn", 60, 100000, &warn, err);
    if (rc != HF_OK)
        return rc;
    l->pool.njobs = jobs == 0 ? 1 : (size_t)jobs;
    l->warn_seconds = (double)warn * 60;
    rc = l->held != NULL && l->held->pg != NULL ? hf_pg_open_again(&l->pool.pg[0], l->held->pg, err)
                                                : hf_pg_open(&l->pool.pg[0], &a, err);
    if (rc != HF_OK)
        return rc;
    l->pool.nopen = 1;
    if (hf_pg_version(l->pool.pg[0]) < 100000) {
        hf_fail(err, HF_E_UNSUPPORTED,
                "the server is PostgreSQL %s; 10 is the oldest that can be read",
                hf_pg_parameter(l->pool.pg[0], "server_version"));
        return hf_hint(err, "read a dump of it: pg_dump writes one from any version");
    }
    return hf_pg_search_path(l->pool.pg[0], l->mem, search_path, err);
}

static hf_status begin_snapshot(live *l, hf_err **err)
{
    static const char sql[] = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,"
                              " pg_is_in_recovery(), current_setting('block_size')";
    hf_pg *pg = l->pool.pg[0];
    const live_held *h = l->held != NULL && l->held->pg != NULL ? l->held : NULL;
    hf_status rc = hf_pg_begin(pg, h == NULL ? NULL : h->snapshot, err);
    hf_pg_rows rows;

    l->began = hf_mono_seconds();
    if (rc == HF_OK)
        rc = hf_pg_query(pg, sql, NULL, 0, l->mem, &rows, err);
    if (rc != HF_OK)
        return rc;
    l->is_replica = hf_view_is(hf_pg_cell(&rows, 0, 1), "t");
    if (!hf_view_i64(hf_pg_cell(&rows, 0, 0), &l->taken_us) ||
        !hf_view_u64(hf_pg_cell(&rows, 0, 2), &l->block_bytes) || l->block_bytes == 0)
        return hf_fail(err, HF_E_DB, "the server does not say its time and block size");
    if (h == NULL)
        return hf_pg_export(pg, l->mem, &l->pool.snapshot, err);
    l->pool.snapshot = hf_arena_dup(l->mem, hf_view_str(h->snapshot));
    l->taken_us = h->taken_us;
    l->began = h->began;
    return HF_OK;
}

static void sum_up(live *l)
{
    for (uint32_t i = 0; i < l->base.ntable; i++)
        if (!mm_role_is_unread(l->base.table[i].role))
            l->base.total += l->base.table[i].rows;
    if (l->base.is_partial)
        l->base.total = 0; /* nobody knows how many rows belong to the messages that changed */
}

hf_status mm_live_open(mm_feed **out, const hf_reader_args *args, hf_err **err)
{
    static const mm_feed_ops ops = { .start = live_start,
                                     .next = live_next,
                                     .counts = live_counts,
                                     .facts = say_facts,
                                     .close = live_close };
    live *l = HF_NEW(live);
    hf_pg_rows search_path = { .nrow = 0 };
    hf_status rc;

    l->base.ops = &ops;
    l->mem = hf_arena_new();
    l->held = args->held;
    rc = connect_first(l, args, &search_path, err);
    if (rc == HF_OK)
        rc = begin_snapshot(l, err);
    if (rc == HF_OK)
        rc = live_catalog(l, args, &search_path, err);
    if (rc == HF_OK)
        rc = live_facts(l, err);
    if (rc == HF_OK)
        rc = live_changed(l, args, err);
    if (rc != HF_OK) {
        if (l->pool.nopen > 0)
            hf_err_at(err, hf_pg_label_of(l->pool.pg[0]), (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        live_close(&l->base);
        return rc;
    }
    sum_up(l);
    *out = &l->base;
    return HF_OK;
}
