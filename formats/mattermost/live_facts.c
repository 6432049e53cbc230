/* mattermost/live_facts.c: what is worth knowing about a server before or beside its records. */
#include "live_priv.h"

#include <stdarg.h>
#include <stdio.h>

void live_fact(live *l, const char *key, const char *label, bool is_warning, const char *fmt, ...)
{
    char text[4096];
    hf_fact *f;
    va_list args;

    if (l->nfact == LIVE_MAX_FACTS)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    f = &l->fact[l->nfact++];
    *f = (hf_fact){ .key = key, .label = label, .is_warning = is_warning };
    f->text = hf_arena_dup(l->mem, hf_view_str(text));
}

/* --- the server --------------------------------------------------------------------------------
 */

static hf_status about_server(live *l, hf_err **err)
{
    static const char sql[] =
        "SELECT pg_catalog.current_database(),"
        " pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(pg_catalog.current_database())),"
        " current_setting('max_standby_streaming_delay'), current_setting('hot_standby_feedback')";
    hf_pg *pg = l->pool.pg[0];
    hf_view delay, feedback;
    hf_pg_rows rows;
    hf_status rc = hf_pg_query(pg, sql, NULL, 0, l->mem, &rows, err);

    if (rc != HF_OK)
        return rc;
    live_fact(l, "server_version", "Server", false, "PostgreSQL %s, %s",
              hf_pg_parameter(pg, "server_version"), l->is_replica ? "a replica" : "primary");
    live_fact(l, "database", "Database", false, "%.*s, schema %.*s, %.*s",
              (int)hf_pg_cell(&rows, 0, 0).n, hf_pg_cell(&rows, 0, 0).p, (int)l->schema.n,
              l->schema.p, (int)hf_pg_cell(&rows, 0, 1).n, hf_pg_cell(&rows, 0, 1).p);
    if (strcmp(hf_pg_parameter(pg, "server_encoding"), "UTF8") != 0)
        live_fact(l, "encoding", "Encoding", true, "%s, where Mattermost asks for UTF8",
                  hf_pg_parameter(pg, "server_encoding"));
    live_fact(l, "snapshot", "Snapshot", false, "%.*s", (int)l->pool.snapshot.n,
              l->pool.snapshot.p);
    delay = hf_pg_cell(&rows, 0, 2);
    feedback = hf_pg_cell(&rows, 0, 3);
    if (l->is_replica && !hf_view_is(delay, "-1") && !hf_view_is(feedback, "on"))
        live_fact(l, "replica_cancels", "Replica", true,
                  "it cancels readings that delay it by more than %.*s "
                  "(max_standby_streaming_delay), unless hot_standby_feedback is on",
                  (int)delay.n, delay.p);
    return HF_OK;
}

/* --- Mattermost --------------------------------------------------------------------------------
 */

/* "SELECT what FROM table rest", when the table is there and may be read; nrow 0 otherwise. */
static hf_status ask(live *l, const char *what, const char *table, const char *rest,
                     hf_pg_rows *rows, hf_err **err)
{
    const mm_table *t = NULL;
    hf_status rc;
    hf_buf sql;

    *rows = (hf_pg_rows){ .nrow = 0 };
    for (uint32_t i = 0; i < l->base.ntable; i++)
        if (hf_view_is(l->base.table[i].name, table))
            t = &l->base.table[i];
    if (t == NULL)
        return HF_OK;
    hf_buf_init(&sql, HF_BUF_UNBOUNDED);
    hf_buf_str(&sql, "SELECT ");
    hf_buf_str(&sql, what);
    hf_buf_str(&sql, " FROM ");
    rc = live_put_table(l, t, &sql, err);
    hf_buf_str(&sql, rest);
    if (rc == HF_OK)
        rc = hf_pg_query(l->pool.pg[0], hf_buf_cstr(&sql), NULL, 0, l->mem, rows, err);
    hf_buf_clear(&sql);
    return rc;
}

static bool has_columns(const live *l, const char *table, const char *const *names, size_t n)
{
    for (uint32_t i = 0; i < l->base.ntable; i++) {
        const mm_table *t = &l->base.table[i];
        size_t found = 0;

        if (!hf_view_is(t->name, table))
            continue;
        for (size_t k = 0; k < n; k++)
            found += mm_column_find(t, hf_view_str(names[k])) >= 0;
        return found == n;
    }
    return false;
}

static hf_status about_schema(live *l, hf_view version, hf_err **err)
{
    static const char *const names[] = { "version" };
    hf_pg_rows rows = { .nrow = 0 };
    hf_status rc = HF_OK;

    if (has_columns(l, "db_migrations", names, 1))
        rc = ask(l, "max(version), count(*)", "db_migrations", "", &rows, err);
    if (rc != HF_OK)
        return rc;
    if (rows.nrow == 1 && hf_pg_cell(&rows, 0, 0).p != NULL)
        live_fact(l, "migration", "Last migration", false, "%s, %s applied",
                  hf_pg_cell(&rows, 0, 0).p, hf_pg_cell(&rows, 0, 1).p);
    if (version.n > 0)
        live_fact(l, "mattermost", "Mattermost", false, "%.*s", (int)version.n, version.p);
    return HF_OK;
}

/* Other values of this table are keys: only these three are asked for. */
static hf_status about_systems(live *l, hf_err **err)
{
    hf_view version = { NULL, 0 };
    bool is_licensed = false;
    hf_pg_rows rows;
    hf_status rc = ask(l, "name, value", "systems",
                       " WHERE name IN ('DiagnosticId', 'Version', 'ActiveLicenseId')", &rows, err);

    for (size_t i = 0; rc == HF_OK && i < rows.nrow; i++) {
        hf_view name = hf_pg_cell(&rows, i, 0), value = hf_pg_cell(&rows, i, 1);

        if (hf_view_is(name, "DiagnosticId"))
            l->base.server_id = value;
        else if (hf_view_is(name, "Version"))
            version = value;
        else
            is_licensed = value.n > 0;
    }
    if (rc == HF_OK)
        rc = about_schema(l, version, err);
    if (rc != HF_OK || live_role(l, MM_SYSTEMS) == NULL)
        return rc;
    live_fact(l, "edition", "Edition", false, "%s",
              is_licensed ? "a licence is installed" : "no licence is installed");
    return HF_OK;
}

static void put_ms(hf_view ms, char out[32])
{
    int64_t n = 0;

    if (hf_view_i64(ms, &n) && n > -60000000000000 && n < 200000000000000)
        hf_time_format(n * 1000, out);
    else
        (void)snprintf(out, 32, "an unknown time");
}

/* The server's own deletions: what it does not tell is set in a file that we do not see; that the
 * job ran stands in its table. */
static hf_status about_retention(live *l, hf_err **err)
{
    static const char *const names[] = { "type", "status", "startat", "lastactivityat" };
    char first[32], last[32];
    hf_pg_rows jobs = { .nrow = 0 }, policies;
    hf_status rc = HF_OK;

    if (has_columns(l, "jobs", names, 4))
        rc = ask(l, "min(startat), max(lastactivityat), count(*)", "jobs",
                 " WHERE type = 'data_retention' AND status = 'success'", &jobs, err);
    if (rc == HF_OK)
        rc = ask(l, "count(*)", "retentionpolicies", "", &policies, err);
    if (rc != HF_OK)
        return rc;
    if (policies.nrow == 1 && !hf_view_is(hf_pg_cell(&policies, 0, 0), "0"))
        live_fact(l, "retention_policies", "Retention policies", false, "%s of the server's own",
                  hf_pg_cell(&policies, 0, 0).p);
    if (jobs.nrow == 1 && hf_pg_cell(&jobs, 0, 1).p != NULL) {
        put_ms(hf_pg_cell(&jobs, 0, 0), first);
        put_ms(hf_pg_cell(&jobs, 0, 1), last);
        live_fact(l, "retention_job", "Retention job", false,
                  "the server deletes by itself: last run %s, first known run %s (%s runs)", last,
                  first, hf_pg_cell(&jobs, 0, 2).p);
    } else if (jobs.nrow == 1) {
        live_fact(l, "retention_job", "Retention job", false,
                  "never ran, as far as the server says");
    }
    return HF_OK;
}

hf_status live_facts(live *l, hf_err **err)
{
    hf_status rc = about_server(l, err);

    if (rc == HF_OK)
        rc = about_systems(l, err);
    if (rc == HF_OK)
        rc = about_retention(l, err);
    if (rc == HF_OK)
        live_fact(l, "file_store", "Attachments", false,
                  "not in the database: the server's data directory or bucket has them");
    return rc;
}
