/* mattermost/live_mark.c: what a reading leaves for the next one: which server it was, how far that
 * had come, what was read of it.
 */
#include "live_priv.h"
#include "util/jsonw.h"

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

static void put_rows(hf_jsonw *w, const char *key, const live_old *rows)
{
    hf_jsonw_object(w, key);
    for (int i = 0; i < LIVE_OLD; i++)
        hf_jsonw_u64(w, live_old_names[i], rows->n[i]);
    hf_jsonw_end(w, '}');
}

hf_view live_mark(live *l, const live_moment *now, bool has_files)
{
    hf_view mark;
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
    hf_jsonw_bool(&w, "files", has_files);
    if (now->has_old) {
        put_rows(&w, "old", &now->old);
        put_rows(&w, "gone", &now->gone);
    }
    hf_jsonw_end(&w, '}');
    mark = hf_arena_dup(l->mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return mark;
}

static void get_rows(const hf_tape *t, const char *key, live_moment *out, live_old *rows)
{
    uint32_t list = hf_tape_get(t, 0, key);

    for (int i = 0; i < LIVE_OLD; i++) {
        uint32_t tok = list == HF_NO_TOK ? list : hf_tape_get(t, list, live_old_names[i]);

        out->has_old &= tok != HF_NO_TOK && hf_view_u64(hf_tok_raw(t, tok), &rows->n[i]);
    }
}

static bool get_u64(const hf_tape *t, const char *key, uint64_t *out)
{
    uint32_t tok = hf_tape_get(t, 0, key);

    return tok != HF_NO_TOK && hf_view_u64(hf_tok_raw(t, tok), out);
}

bool live_mark_parse(hf_view text, hf_arena *mem, live_moment *out)
{
    uint32_t taken, timeline, columns, files;
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
        files = hf_tape_get(&tape, 0, "files");
        out->has_files = files != HF_NO_TOK && hf_tok_type(&tape, files) == HF_JSON_TRUE;
        out->has_old = true;
        get_rows(&tape, "old", out, &out->old);
        get_rows(&tape, "gone", out, &out->gone);
    }
    hf_tape_clear(&tape);
    return is_good;
}

/* What the server may refuse: rights to the function were taken away, or it is one of those that
 * are managed and do not have it. Empty then. */
static hf_status ask_if_allowed(live *l, const char *sql, hf_view *out, hf_err **err)
{
    hf_pg_rows rows;
    hf_status rc = hf_pg_try(l->pool.pg[0], sql, l->mem, &rows, err);

    *out = rc == HF_OK && rows.nrow > 0 ? hf_pg_cell(&rows, 0, 0) : (hf_view){ NULL, 0 };
    return rc;
}

/* A server that took over from another counts its transactions anew from where that one's had
 * arrived: same numbers, other transactions. Its timeline differs then. */
static hf_status ask_timeline(live *l, hf_view *out, hf_err **err)
{
    if (!l->is_replica)
        return ask_if_allowed(
            l, "SELECT substr(pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8)",
            out, err);
    return ask_if_allowed(l,
                          "SELECT upper(lpad(to_hex(timeline_id), 8, '0')) FROM "
                          "pg_catalog.pg_control_checkpoint()",
                          out, err);
}

hf_status live_ask_now(live *l, live_moment *now, hf_err **err)
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
hf_status live_set_key(live *l, hf_err **err)
{
    hf_view system;
    hf_pg_rows rows;
    hf_status rc = ask_if_allowed(l, "SELECT system_identifier FROM pg_catalog.pg_control_system()",
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
