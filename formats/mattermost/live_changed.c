/* mattermost/live_changed.c: which messages changed since an earlier reading.
 *
 * PostgreSQL notes on every row the transaction that wrote it (xmin). All transactions that the
 * earlier snapshot could not see have numbers from its own xmin on, so a row whose number lies
 * between that and the newest of now was written since, or at the same time; the comparison is
 * modulo 2^32, as the numbers are stored. Rows that look new because the counter went round are
 * read in vain; none is missed while fewer than 2^31 transactions passed on the same server.
 *
 * A message is read again, with all that joins it, when its row, an earlier version of it or a row
 * that joins it was written since, or when one of its own times lies after the earlier reading
 * (with an overlap, for clocks that differ). Rows that were taken out leave no trace here: those
 * show in the counts by channel and day, and option "days" reads such days again.
 */
#include "live_priv.h"
#include "util/copytext.h"
#include "util/jsonw.h"

#include <stdlib.h>

enum { MAX_CHANGED = 500000, OVERLAP_MS = 15 * 60 * 1000 };

typedef struct moment { /* what a mark says */
    uint64_t xmin, next;
    hf_view timeline, columns;
    int64_t taken_us;
} moment;

/* --- marks -------------------------------------------------------------------------------------
 */

/* Columns of messages and of what joins them: one that was added changes rows without writing them.
 */
static hf_view columns_digest(live *l)
{
    hf_sha256_ctx *c = hf_sha256_new();
    hf_sha256 d;
    char hex[65];

    hf_sha256_begin(c);
    for (uint32_t i = 0; i < l->base.ntable; i++) {
        const mm_table *t = &l->base.table[i];

        if (t->role != MM_POSTS && !live_joins(t))
            continue;
        hf_sha256_add(c, t->head);
        for (uint16_t k = 0; k < t->ncolumn; k++) {
            hf_sha256_add(c, t->column[k].type);
            hf_sha256_add(c, HF_V("\n"));
        }
    }
    d = hf_sha256_finish(c);
    hf_sha256_free(c);
    hf_sha256_hex(&d, hex);
    return hf_arena_dup(l->mem, (hf_view){ hex, 16 });
}

static void write_mark(live *l, const moment *now)
{
    hf_jsonw w;
    hf_buf b;

    hf_buf_init(&b, 4096);
    hf_jsonw_init(&w, &b, 0);
    hf_jsonw_object(&w, NULL);
    hf_jsonw_u64(&w, "xmin", now->xmin);
    hf_jsonw_u64(&w, "next", now->next);
    hf_jsonw_text(&w, "timeline", now->timeline);
    hf_jsonw_text(&w, "columns", now->columns);
    hf_jsonw_time(&w, "taken", now->taken_us);
    hf_jsonw_end(&w, '}');
    l->base.mark = hf_arena_dup(l->mem, hf_buf_view(&b));
    hf_buf_clear(&b);
}

static bool get_u64(const hf_tape *t, const char *key, uint64_t *out)
{
    uint32_t tok = hf_tape_get(t, 0, key);

    return tok != HF_NO_TOK && hf_view_u64(hf_tok_raw(t, tok), out);
}

static bool parse_mark(hf_view text, hf_arena *mem, moment *out)
{
    uint32_t taken, timeline, columns;
    hf_err *err = NULL;
    hf_tape tape;
    bool is_good;

    hf_tape_init(&tape);
    is_good = hf_tape_parse(&tape, text, NULL, &err) == HF_OK;
    hf_err_free(err); /* a mark that cannot be read means to read everything */
    taken = is_good ? hf_tape_get(&tape, 0, "taken") : HF_NO_TOK;
    timeline = is_good ? hf_tape_get(&tape, 0, "timeline") : HF_NO_TOK;
    columns = is_good ? hf_tape_get(&tape, 0, "columns") : HF_NO_TOK;
    is_good = taken != HF_NO_TOK && timeline != HF_NO_TOK && columns != HF_NO_TOK &&
              get_u64(&tape, "xmin", &out->xmin) && get_u64(&tape, "next", &out->next) &&
              hf_time_parse_rfc3339(hf_tok_string(&tape, taken, mem), &out->taken_us);
    if (is_good) {
        out->timeline = hf_arena_dup(mem, hf_tok_string(&tape, timeline, mem));
        out->columns = hf_arena_dup(mem, hf_tok_string(&tape, columns, mem));
    }
    hf_tape_clear(&tape);
    return is_good;
}

/* The first cell of the answer; the empty view when we may not ask. The right is asked for first: a
 * refusal would end the transaction. */
static hf_status ask_if_allowed(live *l, const char *function, const char *sql, hf_view *out,
                                hf_err **err)
{
    hf_pg_rows rows;
    hf_status rc =
        hf_pg_query(l->pool.pg[0], "SELECT pg_catalog.has_function_privilege($1, 'EXECUTE')",
                    &function, 1, l->mem, &rows, err);

    *out = (hf_view){ NULL, 0 };
    if (rc != HF_OK || !hf_view_is(hf_pg_cell(&rows, 0, 0), "t"))
        return rc;
    rc = hf_pg_query(l->pool.pg[0], sql, NULL, 0, l->mem, &rows, err);
    if (rc == HF_OK && rows.nrow > 0)
        *out = hf_pg_cell(&rows, 0, 0);
    return rc;
}

/* A server that took over from another counts its transactions anew from where that one's had
 * arrived: same numbers, other transactions. Its timeline differs then. */
static hf_status ask_timeline(live *l, hf_view *out, hf_err **err)
{
    if (!l->is_replica)
        return ask_if_allowed(
            l, "pg_catalog.pg_walfile_name(pg_lsn)",
            "SELECT substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8)", out,
            err);
    return ask_if_allowed(l, "pg_catalog.pg_control_checkpoint()",
                          "SELECT upper(lpad(to_hex(timeline_id), 8, '0')) FROM "
                          "pg_catalog.pg_control_checkpoint()",
                          out, err);
}

static hf_status ask_now(live *l, moment *now, hf_err **err)
{
    /* "xmin:xmax:in progress", numbers of 64 bits */
    const char *sql = hf_pg_version(l->pool.pg[0]) >= 130000
                          ? "SELECT pg_catalog.pg_current_snapshot()::text"
                          : "SELECT pg_catalog.txid_current_snapshot()::text";
    hf_pg_rows rows;
    hf_status rc = hf_pg_query(l->pool.pg[0], sql, NULL, 0, l->mem, &rows, err);
    size_t first, second;
    hf_view text, rest;

    if (rc != HF_OK)
        return rc;
    text = hf_pg_cell(&rows, 0, 0);
    first = hf_view_find_byte(text, ':');
    rest = hf_view_from(text, first == HF_NPOS ? text.n : first + 1);
    second = hf_view_find_byte(rest, ':');
    if (!hf_view_u64(hf_view_sub(text, 0, first), &now->xmin) ||
        !hf_view_u64(hf_view_sub(rest, 0, second), &now->next))
        return hf_fail(err, HF_E_DB, "the server names its snapshot in an unknown way");
    now->taken_us = l->taken_us;
    now->columns = columns_digest(l);
    return ask_timeline(l, &now->timeline, err);
}

/* "postgresql:SYSTEM/DATABASE/SCHEMA": the files of one server, however it is reached. */
static hf_status set_key(live *l, hf_err **err)
{
    hf_view system;
    hf_pg_rows rows;
    hf_status rc = ask_if_allowed(l, "pg_catalog.pg_control_system()",
                                  "SELECT system_identifier FROM pg_catalog.pg_control_system()",
                                  &system, err);

    if (rc == HF_OK)
        rc = hf_pg_query(l->pool.pg[0],
                         "SELECT oid FROM pg_catalog.pg_database WHERE datname = "
                         "pg_catalog.current_database()",
                         NULL, 0, l->mem, &rows, err);
    if (rc != HF_OK)
        return rc;
    if (system.n == 0)
        system = l->base.server_id;
    if (system.n == 0) /* nothing names this server for certain: no later reading goes on */
        return HF_OK;
    l->base.mark_key = hf_arena_printf(l->mem, "postgresql:%.*s/%.*s/%.*s", (int)system.n, system.p,
                                       (int)hf_pg_cell(&rows, 0, 0).n, hf_pg_cell(&rows, 0, 0).p,
                                       (int)l->schema.n, l->schema.p);
    return HF_OK;
}

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
static const char was_written[] =
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
    hf_buf_str(&sql, was_written);
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++)
        if (mm_column_find(t, hf_view_str(times[i])) >= 0) {
            hf_buf_str(&sql, " OR t.");
            hf_buf_str(&sql, times[i]);
            hf_buf_str(&sql, " >= (SELECT current_setting('holdfast.since')::bigint)");
        }
    hf_buf_str(&sql, ") TO STDOUT");
    return run_search(s, &sql, rc, err);
}

static hf_status search_joining(search *s, const mm_table *t, hf_err **err)
{
    hf_status rc;
    hf_buf sql;

    hf_buf_init(&sql, HF_BUF_UNBOUNDED);
    hf_buf_str(&sql, "COPY (SELECT t.");
    hf_buf_str(&sql, t->known->joins);
    hf_buf_str(&sql, " FROM ");
    rc = live_put_table(s->l, t, &sql, err);
    hf_buf_str(&sql, " AS t WHERE ");
    hf_buf_str(&sql, was_written);
    hf_buf_str(&sql, ") TO STDOUT");
    return run_search(s, &sql, rc, err);
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
        hf_tok_type(t, channel) != HF_JSON_STRING || !hf_tok_i64(t, day, &n) || n < -100000000 ||
        n > 100000000)
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

static hf_status find_messages(search *s, const moment *then, const moment *now, const char *days,
                               hf_err **err)
{
    int64_t since_ms = then->taken_us / 1000 - OVERLAP_MS;
    live *l = s->l;
    hf_status rc = set_number(l, "xmin", then->xmin & UINT32_MAX, err);

    if (rc == HF_OK)
        rc = set_number(l, "span", now->next - then->xmin, err);
    if (rc == HF_OK)
        rc = set_number(l, "since", since_ms < 0 ? 0 : (uint64_t)since_ms, err);
    if (rc == HF_OK)
        rc = search_posts(s, live_posts(l), err);
    for (uint32_t i = 0; i < l->base.ntable && rc == HF_OK && !is_over(s); i++)
        if (live_joins(&l->base.table[i]))
            rc = search_joining(s, &l->base.table[i], err);
    if (rc == HF_OK && days != NULL && !is_over(s))
        rc = search_days(s, live_posts(l), days, err);
    return rc;
}

/* Why everything has to be read; NULL when it does not. */
static const char *why_all(live *l, const moment *then, const moment *now)
{
    if (now->timeline.n == 0 || !hf_view_eq(then->timeline, now->timeline))
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

static hf_status go_on(live *l, const moment *then, const moment *now, const char *days,
                       hf_err **err)
{
    search s = { .l = l, .id = hf_map_new() };
    char when[32];
    hf_status rc;

    hf_buf_init(&s.plain, HF_BUF_UNBOUNDED);
    rc = find_messages(&s, then, now, days, err);
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

hf_status live_changed(live *l, const hf_reader_args *args, hf_err **err)
{
    const char *days = hf_opts_get(args->opts, "days"), *mark = NULL, *why;
    moment now = { .xmin = 0 }, then = { .xmin = 0 };
    char *key, *origin;
    hf_status rc = ask_now(l, &now, err);

    if (rc == HF_OK)
        rc = set_key(l, err);
    if (rc != HF_OK || l->base.mark_key.n == 0)
        return rc;
    write_mark(l, &now);
    key = hf_view_dup(l->base.mark_key);
    origin = args->origin != NULL ? hf_strdup(args->origin) : hf_view_dup(l->base.server_id);
    if (args->since != NULL && origin[0] != '\0')
        mark = args->since(args->since_self, key, origin);
    hf_free(key);
    hf_free(origin);
    if (mark == NULL)
        return HF_OK;
    why = parse_mark(hf_view_str(mark), l->mem, &then)
              ? why_all(l, &then, &now)
              : "the last reading left no mark to go on from";
    if (why == NULL)
        return go_on(l, &then, &now, days, err);
    live_fact(l, "incremental", "Since the last reading", false, "everything is read: %s", why);
    return HF_OK;
}
