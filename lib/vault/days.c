/* vault/days.c: messages by channel and day, as the source counts them and as the vault has them.
 *
 * The source's numbers wait in a temporary table of the connection. The vault's own come from the
 * index of records by place, which is in the order of channels and moments, less those that are
 * missing or only stand for something, which have an index of their own. Memory: one day of each.
 */
#include "vault/records_priv.h"

/* Made when the first counts come: a vault of exports does without. */
static const char absent_index[] =
    "CREATE INDEX IF NOT EXISTS rec_absent ON rec(origin, kind, scope, time_us) "
    "WHERE missing IS NOT NULL OR flags & 18 != 0";

#define ABSENT "(missing IS NOT NULL OR flags & 18 != 0)"

typedef struct days { /* one of the three lists, at its current day */
    hf_stmt *st;
    bool is_rows; /* a row a message: (scope, time_us); else (scope, day, n) */
    bool is_over, has_next;
    int64_t scope, day, n;
    int64_t next_scope, next_day; /* of the row behind */
} days;

/* --- collecting ---------------------------------------------------------------------------------
 */

hf_status hf_days_begin(hf_db *db, hf_stmt **put, hf_err **err)
{
    hf_status rc = hf_db_exec(db,
                              "CREATE TEMP TABLE day_count(scope INTEGER, day INTEGER, n INTEGER, "
                              "PRIMARY KEY (scope, day)) WITHOUT ROWID",
                              err);

    return rc == HF_OK
               ? hf_db_prepare(db, "INSERT OR REPLACE INTO temp.day_count VALUES(?1, ?2, ?3)", put,
                               err)
               : rc;
}

/* --- walking ------------------------------------------------------------------------------------
 */

static hf_status step_row(days *d, hf_err **err)
{
    hf_status rc = hf_stmt_step(d->st, err);

    d->has_next = rc == HF_OK;
    if (rc == HF_OK) {
        d->next_scope = hf_stmt_col_i64(d->st, 0);
        d->next_day = hf_day_of(hf_stmt_col_i64(d->st, 1));
    }
    return rc < 0 ? rc : HF_OK;
}

/* Go to the next day. */
static hf_status advance(days *d, hf_err **err)
{
    hf_status rc = HF_OK;

    if (!d->is_rows) {
        rc = hf_stmt_step(d->st, err);
        d->is_over = rc != HF_OK;
        if (rc == HF_OK) {
            d->scope = hf_stmt_col_i64(d->st, 0);
            d->day = hf_stmt_col_i64(d->st, 1);
            d->n = hf_stmt_col_i64(d->st, 2);
        }
        return rc < 0 ? rc : HF_OK;
    }
    d->is_over = !d->has_next;
    d->scope = d->next_scope;
    d->day = d->next_day;
    d->n = 0;
    while (rc == HF_OK && d->has_next && d->next_scope == d->scope && d->next_day == d->day) {
        d->n++;
        rc = step_row(d, err);
    }
    return rc;
}

static hf_status open_list(days *d, hf_db *db, const char *sql, bool is_rows, int64_t origin,
                           hf_err **err)
{
    hf_status rc = hf_db_prepare(db, sql, &d->st, err);

    d->is_rows = is_rows;
    if (rc == HF_OK && is_rows) {
        hf_stmt_bind_i64(d->st, 1, origin);
        rc = step_row(d, err);
    }
    return rc == HF_OK ? advance(d, err) : rc;
}

/* Order of the current days of two lists; one that is over comes last. */
static int compare(const days *a, const days *b)
{
    if (a->is_over || b->is_over)
        return (int)a->is_over - (int)b->is_over;
    if (a->scope != b->scope)
        return a->scope < b->scope ? -1 : 1;
    return a->day < b->day ? -1 : a->day > b->day;
}

typedef struct comparison {
    hf_stmt *put_gap;
    int64_t import;
    hf_import_stats *stats;
} comparison;

static hf_status note(comparison *c, const days *d, uint64_t source, uint64_t kept, hf_err **err)
{
    c->stats->days++;
    c->stats->source_rows += source;
    c->stats->kept_rows += kept;
    if (source == kept)
        return HF_OK;
    c->stats->gaps++;
    hf_stmt_bind_i64(c->put_gap, 1, c->import);
    hf_stmt_bind_i64(c->put_gap, 2, d->scope);
    hf_stmt_bind_i64(c->put_gap, 3, d->day);
    hf_stmt_bind_i64(c->put_gap, 4, (int64_t)source);
    hf_stmt_bind_i64(c->put_gap, 5, (int64_t)kept);
    return hf_stmt_run(c->put_gap, err);
}

/* Walk the three lists day by day; absent messages are among all of them. */
static hf_status walk(comparison *c, days *source, days *all, days *absent, hf_err **err)
{
    hf_status rc = HF_OK;

    while (rc == HF_OK && (!source->is_over || !all->is_over)) {
        int order = compare(source, all);
        uint64_t counted = order <= 0 ? (uint64_t)source->n : 0, kept = 0;

        if (order >= 0) {
            kept = (uint64_t)all->n;
            if (compare(absent, all) == 0 && !absent->is_over) {
                kept -= (uint64_t)absent->n;
                rc = advance(absent, err);
            }
        }
        if (rc == HF_OK && (counted > 0 || kept > 0))
            rc = note(c, order <= 0 ? source : all, counted, kept, err);
        if (rc == HF_OK && order <= 0)
            rc = advance(source, err);
        if (rc == HF_OK && order >= 0)
            rc = advance(all, err);
    }
    return rc;
}

hf_status hf_days_compare(hf_db *db, int64_t origin, hf_import_stats *stats, hf_err **err)
{
    days source = { .st = NULL }, all = { .st = NULL }, absent = { .st = NULL };
    comparison c = { .import = stats->import, .stats = stats };
    hf_status rc = hf_db_exec(db, absent_index, err);

    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "INSERT INTO gap(import, scope, day, source_rows, kept_rows) "
                           "VALUES(?1, ?2, ?3, ?4, ?5)",
                           &c.put_gap, err);
    if (rc == HF_OK)
        rc = open_list(&source, db, "SELECT scope, day, n FROM temp.day_count ORDER BY scope, day",
                       false, origin, err);
    if (rc == HF_OK)
        rc = open_list(&all, db,
                       "SELECT scope, time_us FROM rec INDEXED BY rec_place WHERE origin = ?1 AND "
                       "kind = 4 AND time_us IS NOT NULL ORDER BY scope, time_us",
                       true, origin, err);
    if (rc == HF_OK)
        rc = open_list(&absent, db,
                       "SELECT scope, time_us FROM rec INDEXED BY rec_absent WHERE origin = ?1 AND "
                       "kind = 4 AND time_us IS NOT NULL AND " ABSENT " ORDER BY scope, time_us",
                       true, origin, err);
    if (rc == HF_OK)
        rc = walk(&c, &source, &all, &absent, err);
    hf_stmt_free(source.st);
    hf_stmt_free(all.st);
    hf_stmt_free(absent.st);
    hf_stmt_free(c.put_gap);
    return rc;
}

hf_status hf_days_total(hf_db *db, int64_t origin, uint64_t *out, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        db,
        "SELECT (SELECT count(*) FROM rec INDEXED BY rec_place WHERE origin = ?1 AND kind = 4 AND "
        "time_us IS NOT NULL) - (SELECT count(*) FROM rec INDEXED BY rec_absent WHERE "
        "origin = ?1 AND kind = 4 AND time_us IS NOT NULL AND " ABSENT ")",
        &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, origin);
        rc = hf_stmt_step(st, err);
        *out = rc == HF_OK ? (uint64_t)hf_stmt_col_i64(st, 0) : 0;
    }
    hf_stmt_free(st);
    return rc;
}

/* --- asking -------------------------------------------------------------------------------------
 */

hf_status hf_vault_gaps(hf_vault *v, int64_t import,
                        bool (*each)(void *self, const hf_vault_gap *gap), void *self, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = v->is_old ? HF_END : HF_OK;

    if (rc == HF_OK)
        rc = hf_db_prepare(v->records,
                           "SELECT n.text, g.day, g.source_rows, g.kept_rows FROM gap g "
                           "JOIN name n ON n.id = g.scope WHERE g.import = ?1 "
                           "ORDER BY n.text, g.day",
                           &st, err);
    if (rc == HF_OK)
        hf_stmt_bind_i64(st, 1, import);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_vault_gap gap = {
            .channel = hf_stmt_col_text(st, 0),
            .day = hf_stmt_col_i64(st, 1),
            .source_rows = (uint64_t)hf_stmt_col_i64(st, 2),
            .kept_rows = (uint64_t)hf_stmt_col_i64(st, 3),
        };

        if (!each(self, &gap))
            break;
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}
