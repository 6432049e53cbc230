/* mattermost/live_changed.c: which messages changed since an earlier reading.
 *
 * PostgreSQL notes on every row the transaction that wrote it (xmin). All transactions that the
 * earlier snapshot could not see have numbers from its own xmin on, so a row whose number lies
 * between that and the newest of now was written since, or at the same time; the comparison is
 * modulo 2^32, as the numbers are stored. Rows that look new because the counter went round are
 * read in vain; none is missed while fewer than 2^31 transactions passed on the same server.
 *
 * A message is read again, with all that joins it, when its row, an earlier version of it, a row
 * that joins it or one that makes it the root of a thread was written since, or when one of its own
 * times lies after the earlier reading (with an overlap, for clocks that differ). Messages that
 * were taken out leave no trace here: those show in the counts by channel and day, and option
 * "days" reads such days again.
 */
#include "live_priv.h"
#include "util/copytext.h"

#include <stdlib.h>

enum { MAX_CHANGED = 500000, MAX_DAY = 106751992 /* that microseconds reach */ };

/* --- the messages ------------------------------------------------------------------------------
 */

typedef struct search {
    live *l;
    hf_map *id;   /* a set */
    hf_buf plain; /* an id without escapes */
} search;

static bool is_over(const search *s)
{
    return hf_map_count(s->id) > MAX_CHANGED;
}

static void take_ids(search *s, hf_view lines)
{
    while (lines.n > 0 && !is_over(s)) {
        size_t end = hf_view_find_byte(lines, '\n');
        hf_view id = hf_view_sub(lines, 0, end);

        lines = hf_view_from(lines, end == HF_NPOS ? end : end + 1);
        if (id.n == 0 || hf_copy_is_null(id))
            continue;
        if (hf_view_find_byte(id, '\\') != HF_NPOS) {
            hf_buf_reset(&s->plain);
            hf_copy_decode(&s->plain, id);
            id = hf_buf_view(&s->plain);
        }
        (void)hf_map_put(s->id, id, NULL);
    }
}

/* Takes the statement. */
static hf_status run_search(search *s, hf_buf *sql, hf_status rc, hf_err **err)
{
    live_block *b = NULL;

    if (rc == HF_OK)
        rc = hf_pg_copy(s->l->pool.pg[0], hf_buf_cstr(sql), err);
    hf_buf_clear(sql);
    if (rc != HF_OK)
        return rc;
    b = HF_NEW(live_block);
    hf_buf_init(&b->text, HF_BUF_UNBOUNDED);
    hf_buf_init(&b->too_long, HF_BUF_UNBOUNDED);
    while (rc == HF_OK) {
        rc = hf_pg_copy_row(s->l->pool.pg[0], &b->text, err);
        if (b->text.n > 1 << 16 || rc == HF_END) {
            take_ids(s, hf_buf_view(&b->text));
            hf_buf_reset(&b->text);
        }
    }
    live_block_free(b);
    return rc == HF_END ? HF_OK : rc;
}

/* The numbers are asked for once, not for every row: as scalar subqueries. */
const char live_was_written[] =
    "((t.xmin::text::bigint - (SELECT current_setting('holdfast.xmin')::bigint)) & 4294967295)"
    " < (SELECT current_setting('holdfast.span')::bigint)";

static const char post_id[] =
    "COPY (SELECT CASE WHEN t.originalid > '' THEN t.originalid ELSE t.id END FROM ";

static hf_status search_posts(search *s, const mm_table *t, hf_err **err)
{
    static const char *const times[] = { "updateat", "deleteat", "editat" };
    hf_status rc;
    hf_buf sql;

    hf_buf_init(&sql, HF_BUF_UNBOUNDED);
    hf_buf_str(&sql, post_id);
    rc = live_put_table(s->l, t, &sql, err);
    hf_buf_str(&sql, " AS t WHERE ");
    hf_buf_str(&sql, live_was_written);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        if (mm_column_find(t, hf_view_str(times[i])) >= 0) {
            hf_buf_str(&sql, " OR t.");
            hf_buf_str(&sql, times[i]);
            hf_buf_str(&sql, " >= (SELECT current_setting('holdfast.since')::bigint)");
        }
    hf_buf_str(&sql, ") TO STDOUT");
    return run_search(s, &sql, rc, err);
}

/* What the column says in rows that were written since, or in all. */
static hf_status search_column(search *s, const mm_table *t, const char *column, bool all,
                               hf_err **err)
{
    hf_status rc;
    hf_buf sql;

    hf_buf_init(&sql, HF_BUF_UNBOUNDED);
    hf_buf_str(&sql, "COPY (SELECT t.");
    hf_buf_str(&sql, column);
    hf_buf_str(&sql, " FROM ");
    rc = live_put_table(s->l, t, &sql, err);
    hf_buf_str(&sql, " AS t");
    if (!all) {
        hf_buf_str(&sql, " WHERE ");
        hf_buf_str(&sql, live_was_written);
    }
    hf_buf_str(&sql, ") TO STDOUT");
    return run_search(s, &sql, rc, err);
}

/* A row of threads makes a message the root of one. */
static bool names_root(const mm_table *t)
{
    const live_table *own = t->own;

    return hf_view_is(t->name, "threads") && mm_column_find(t, HF_V("postid")) >= 0 &&
           own->has_xmin && !own->is_partitioned;
}

/* --- days to be read again -----------------------------------------------------------------------
 */

static hf_status not_days(hf_err **err)
{
    hf_fail(err, HF_E_USAGE, "option days is no list of channels and days");
    return hf_hint(err, "it is written as [[\"CHANNEL ID\", DAY], ...], days counted from "
                        "1970-01-01");
}

static bool put_day(const hf_tape *t, uint32_t pair, hf_arena *mem, hf_buf *channels, hf_buf *days)
{
    uint32_t channel = hf_tape_first(t, pair);
    uint32_t day = channel == HF_NO_TOK ? HF_NO_TOK : hf_tape_after(t, pair, channel);
    int64_t n = 0;
    hf_view id;

    if (day == HF_NO_TOK || hf_tok_type(t, pair) != HF_JSON_ARRAY ||
        hf_tok_type(t, channel) != HF_JSON_STRING || !hf_tok_i64(t, day, &n) || n < -MAX_DAY ||
        n > MAX_DAY)
        return false;
    id = hf_tok_string(t, channel, mem);
    hf_buf_str(channels, channels->n == 0 ? "{\"" : ",\"");
    for (size_t i = 0; i < id.n; i++) {
        if (id.p[i] == '"' || id.p[i] == '\\')
            hf_buf_byte(channels, '\\');
        hf_buf_byte(channels, id.p[i]);
    }
    hf_buf_byte(channels, '"');
    hf_buf_str(days, days->n == 0 ? "{" : ",");
    hf_buf_i64(days, n);
    return true;
}

static hf_status set_days(live *l, const char *text, bool *are_there, hf_err **err)
{
    hf_arena *mem = hf_arena_new();
    hf_buf channels, days;
    hf_status rc;
    hf_tape t;

    hf_tape_init(&t);
    hf_buf_init(&channels, HF_BUF_UNBOUNDED);
    hf_buf_init(&days, HF_BUF_UNBOUNDED);
    rc = hf_tape_parse(&t, hf_view_str(text), NULL, NULL) == HF_OK ? HF_OK : not_days(err);
    if (rc == HF_OK && hf_tok_type(&t, 0) != HF_JSON_ARRAY)
        rc = not_days(err);
    for (uint32_t k = rc == HF_OK ? hf_tape_first(&t, 0) : HF_NO_TOK; k != HF_NO_TOK;
         k = hf_tape_after(&t, 0, k))
        if (!put_day(&t, k, mem, &channels, &days)) {
            rc = not_days(err);
            break;
        }
    *are_there = rc == HF_OK && channels.n > 0;
    if (*are_there) {
        hf_buf_byte(&channels, '}');
        hf_buf_byte(&days, '}');
        rc = hf_pg_set(l->pool.pg[0], "channels", hf_buf_cstr(&channels), err);
        if (rc == HF_OK)
            rc = hf_pg_set(l->pool.pg[0], "days", hf_buf_cstr(&days), err);
    }
    hf_buf_clear(&channels);
    hf_buf_clear(&days);
    hf_tape_clear(&t);
    hf_arena_free(mem);
    return rc;
}

static hf_status search_days(search *s, const mm_table *posts, const char *text, hf_err **err)
{
    bool are_there = false;
    hf_status rc = set_days(s->l, text, &are_there, err);
    hf_buf sql;

    if (rc != HF_OK || !are_there)
        return rc;
    hf_buf_init(&sql, HF_BUF_UNBOUNDED);
    hf_buf_str(&sql, post_id);
    rc = live_put_table(s->l, posts, &sql, err);
    hf_buf_str(&sql, " AS t JOIN unnest(current_setting('holdfast.channels')::text[],"
                     " current_setting('holdfast.days')::bigint[]) AS d(channel, day)"
                     " ON t.channelid = d.channel AND t.createat >= d.day * 86400000"
                     " AND t.createat < (d.day + 1) * 86400000) TO STDOUT");
    return run_search(s, &sql, rc, err);
}

/* --- together ----------------------------------------------------------------------------------
 */

static hf_status set_number(live *l, const char *name, uint64_t n, hf_err **err)
{
    char *text = hf_sprintf("%llu", (unsigned long long)n);
    hf_status rc = hf_pg_set(l->pool.pg[0], name, text, err);

    hf_free(text);
    return rc;
}

static int by_bytes(const void *a, const void *b)
{
    return hf_view_cmp(*(const hf_view *)a, *(const hf_view *)b);
}

static void keep_ids(search *s)
{
    live *l = s->l;
    size_t n = hf_map_count(s->id);

    l->id = hf_realloc(NULL, n + 1, sizeof(*l->id));
    for (size_t i = 0; i < n; i++)
        l->id[i] = hf_arena_dup(l->mem, hf_map_at(s->id, i)->key);
    l->nid = n;
    qsort(l->id, n, sizeof(*l->id), by_bytes);
}

static hf_status find_messages(search *s, const live_moment *then, const hf_opts *opts,
                               hf_err **err)
{
    int64_t since_ms = then->taken_us / 1000 - LIVE_OVERLAP_MS;
    const char *days = hf_opts_get(opts, "days");
    bool wants_files = hf_opts_get(opts, "files") != NULL && !then->has_files;
    live *l = s->l;
    hf_status rc = set_number(l, "xmin", l->xmin & UINT32_MAX, err);

    if (rc == HF_OK)
        rc = set_number(l, "span", l->span, err);
    if (rc == HF_OK)
        rc = set_number(l, "since", since_ms < 0 ? 0 : (uint64_t)since_ms, err);
    if (rc == HF_OK)
        rc = search_posts(s, live_posts(l), err);
    for (uint32_t i = 0; i < l->base.ntable && rc == HF_OK && !is_over(s); i++) {
        const mm_table *t = &l->base.table[i];

        if (live_joins(t))
            rc = search_column(s, t, t->known->joins, wants_files && t->role == MM_FILES, err);
        else if (names_root(t))
            rc = search_column(s, t, "postid", false, err);
    }
    if (rc == HF_OK && days != NULL && !is_over(s))
        rc = search_days(s, live_posts(l), days, err);
    return rc;
}

/* Why everything has to be read; NULL when it does not. */
static const char *why_all(live *l, const live_moment *then, const live_moment *now)
{
    if (now->timeline.n == 0)
        return "the server does not say which timeline it is on: changes cannot be told from "
               "others";
    if (!hf_view_eq(then->timeline, now->timeline))
        return "another server took over, or one was restored, since the last reading";
    if (then->xmin > then->next || then->next > now->next)
        return "the server's count of transactions went back: it was restored";
    if (now->next - then->xmin >= UINT64_C(1) << 31)
        return "too many transactions passed since the last reading";
    if (!hf_view_eq(then->columns, now->columns))
        return "the columns of messages changed since the last reading";
    for (uint32_t i = 0; i < l->base.ntable; i++) {
        const mm_table *t = &l->base.table[i];
        const live_table *own = t->own;

        if (t->role != MM_POSTS && !live_joins(t))
            continue;
        if (own->is_partitioned)
            return "the table of messages is partitioned";
        if (!own->has_xmin)
            return "no right to column xmin of the tables of messages";
    }
    return NULL;
}

static hf_status go_on(live *l, const live_moment *then, const hf_opts *opts, hf_err **err)
{
    search s = { .l = l, .id = hf_map_new() };
    char when[32];
    hf_status rc;

    hf_buf_init(&s.plain, HF_BUF_UNBOUNDED);
    rc = find_messages(&s, then, opts, err);
    hf_time_format(then->taken_us, when);
    if (rc == HF_OK && is_over(&s)) {
        live_fact(l, "incremental", "Since the last reading", false,
                  "everything is read: more than %d messages changed", MAX_CHANGED);
    } else if (rc == HF_OK) {
        keep_ids(&s);
        l->base.is_partial = true;
        live_fact(l, "incremental", "Since the last reading", false,
                  "%zu messages changed after %s", l->nid, when);
    }
    hf_map_free(s.id);
    hf_buf_clear(&s.plain);
    return rc;
}

/* Count what a later reading compares; what went since then adds up until everything is read. Rows
 * may have gone with their messages, which others notice. */
static hf_status note_rows(live *l, const live_moment *then, live_moment *now, hf_err **err)
{
    bool compares = l->base.is_partial && then->has_old;
    live_old before;
    hf_status rc = live_old_rows(l, then->taken_us, now->taken_us, &before, &now->old, err);

    now->has_old = rc == HF_OK;
    if (rc != HF_OK || !compares)
        return rc;
    now->gone = then->gone;
    for (int i = LIVE_VERSIONS; i < LIVE_OLD; i++)
        if (before.n[LIVE_MESSAGES] >= then->old.n[LIVE_MESSAGES] && before.n[i] < then->old.n[i])
            now->gone.n[i] += then->old.n[i] - before.n[i];
    live_tell_gone(l, &now->gone);
    return HF_OK;
}

/* The mark of an earlier reading of this source, if everything since can be told from it. */
static hf_status last_reading(live *l, const hf_reader_args *args, const live_moment *now,
                              live_moment *then, bool *goes_on, hf_err **err)
{
    char *key = hf_view_dup(l->base.mark_key);
    char *origin = args->origin != NULL ? hf_strdup(args->origin) : hf_view_dup(l->base.server_id);
    const char *mark = args->since == NULL || origin[0] == '\0'
                           ? NULL
                           : args->since(args->since_self, key, origin);
    const char *why = NULL;

    hf_free(key);
    hf_free(origin);
    *goes_on = false;
    if (mark == NULL)
        return HF_OK;
    if (!live_mark_parse(hf_view_str(mark), l->mem, then)) {
        why = "the last reading left no mark to go on from";
    } else if (l->is_replica && then->next > now->next &&
               hf_view_eq(then->timeline, now->timeline)) {
        hf_fail(err, HF_E_UNREACHABLE, "the replica is behind what was read last");
        return hf_hint(err, "run again when it has caught up; --full reads it as it is");
    } else {
        why = why_all(l, then, now);
    }
    *goes_on = why == NULL;
    if (why != NULL)
        live_fact(l, "incremental", "Since the last reading", now->timeline.n == 0,
                  "everything is read: %s", why);
    return HF_OK;
}

hf_status live_changed(live *l, const hf_reader_args *args, hf_err **err)
{
    live_moment now = { .xmin = 0 }, then = { .xmin = 0 };
    bool goes_on = false;
    hf_status rc = live_ask_now(l, &now, err);

    if (rc == HF_OK)
        rc = live_set_key(l, err);
    if (rc != HF_OK || l->base.mark_key.n == 0)
        return rc;
    rc = last_reading(l, args, &now, &then, &goes_on, err);
    if (rc == HF_OK && goes_on) {
        l->xmin = then.xmin;
        l->span = now.next - then.xmin;
        rc = go_on(l, &then, args->opts, err);
    }
    /* Only who keeps the mark wants these, and counts. */
    if (rc == HF_OK && (args->want & HF_WANT_COUNTS) != 0)
        rc = note_rows(l, &then, &now, err);
    l->base.mark = live_mark(l, &now, false);
    l->base.mark_with_files = live_mark(l, &now, true);
    return rc;
}
