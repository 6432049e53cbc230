/* vault/finish.c: around the records of an import: coverage, quarantine, who is missing, its row.
 */
#include "vault/write_priv.h"

bool hf_records_is_sighted(const hf_records *rs, int64_t id)
{
    size_t word = (size_t)id / 64;

    return word < rs->nsighted && (rs->sighted[word] >> (id % 64) & 1) != 0;
}

void hf_records_sight(hf_records *rs, int64_t id)
{
    size_t word = (size_t)id / 64;

    if (word >= rs->nsighted) {
        size_t n = rs->nsighted == 0 ? 1024 : rs->nsighted;

        while (n <= word)
            n *= 2;
        rs->sighted = hf_realloc(rs->sighted, n, sizeof(*rs->sighted));
        memset(rs->sighted + rs->nsighted, 0, (n - rs->nsighted) * sizeof(*rs->sighted));
        rs->nsighted = n;
    }
    rs->sighted[word] |= UINT64_C(1) << (id % 64);
}

hf_status hf_records_write(hf_stmt *st, const hf_rec_row *row, hf_err **err)
{
    hf_rec_row_bind(st, row);
    return hf_stmt_run(st, err);
}

/* --- coverage and quarantine --------------------------------------------------------------------
 */

int64_t hf_records_counted(const hf_records *rs)
{
    return rs->counted_origin;
}

/* How many messages the source counts on a day. */
static hf_status put_count(hf_records *rs, const hf_record *r, int64_t origin, int64_t scope,
                           hf_err **err)
{
    hf_status rc = HF_OK;

    if (rs->put_count == NULL)
        rc = hf_days_begin(rs->db, &rs->put_count, err);
    if (rc != HF_OK)
        return rc;
    rs->counted_origin = origin;
    hf_stmt_bind_i64(rs->put_count, 1, scope);
    hf_stmt_bind_i64(rs->put_count, 2, r->u.coverage.first_day);
    hf_stmt_bind_i64(rs->put_count, 3, (int64_t)r->u.coverage.rows);
    return hf_stmt_run(rs->put_count, err);
}

hf_status hf_records_coverage(hf_records *rs, const hf_record *r, hf_err **err)
{
    const hf_rec_coverage *c = &r->u.coverage;
    bool is_of_messages = c->kind == HF_KIND_NONE || c->kind == HF_KIND_MESSAGE;
    int64_t scope, origin;
    hf_status rc;

    if (!is_of_messages && hf_vault_kind(c->kind) == 0)
        return HF_OK; /* nothing of that kind is kept as records */
    rc = hf_records_origin(rs, r->origin, &origin, err);
    if (rc == HF_OK)
        rc = hf_records_name(rs, r->scope, &scope, err);
    if (rc != HF_OK)
        return rc;
    if (c->is_count)
        return put_count(rs, r, origin, scope, err);
    hf_stmt_bind_i64(rs->put_coverage, 1, rs->stats->import);
    hf_stmt_bind_i64(rs->put_coverage, 2,
                     hf_vault_kind(is_of_messages ? HF_KIND_MESSAGE : c->kind));
    hf_stmt_bind_i64(rs->put_coverage, 3, scope);
    hf_stmt_bind_i64(rs->put_coverage, 4, is_of_messages ? c->first_day : 0);
    hf_stmt_bind_i64(rs->put_coverage, 5, is_of_messages ? c->last_day : 0);
    return hf_stmt_run(rs->put_coverage, err);
}

hf_status hf_records_quarantine(hf_records *rs, const hf_record *r, hf_err **err)
{
    uint64_t key = hf_hash64(r->raw.bytes, hf_hash64(r->origin, 0));
    const char *reason = r->u.quarantine.reason;
    hf_stmt *st = rs->put_quarantine;
    int64_t origin = 0;
    hf_place place;
    hf_status rc;

    rs->stats->quarantined++;
    hf_stmt_bind_i64(rs->find_quarantine, 1, (int64_t)key);
    rc = hf_stmt_step(rs->find_quarantine, err);
    hf_stmt_reset(rs->find_quarantine);
    if (rc != HF_END)
        return rc;
    rc = hf_records_use_format(rs, r, err);
    if (rc == HF_OK && r->origin.n > 0)
        rc = hf_records_origin(rs, r->origin, &origin, err);
    if (rc == HF_OK && rs->args->is_whole && r->raw.member != HF_NO_MEMBER)
        place = hf_evidence_place(rs->ev, r->raw.member, r->raw.offset, r->raw.bytes.n);
    else if (rc == HF_OK)
        rc = hf_evidence_loose(rs->ev, r->raw.bytes, &place, err);
    if (rc != HF_OK)
        return rc;
    hf_stmt_bind_i64(st, 1, (int64_t)key);
    hf_stmt_bind_i64(st, 2, rs->stats->import);
    if (origin != 0)
        hf_stmt_bind_i64(st, 3, origin);
    hf_stmt_bind_i64(st, 4, rs->format.id);
    hf_stmt_bind_i64(st, 5, place.content);
    hf_stmt_bind_i64(st, 6, (int64_t)place.off);
    hf_stmt_bind_i64(st, 7, (int64_t)place.len);
    hf_stmt_bind_text(st, 8, hf_view_str(reason == NULL ? "unreadable" : reason));
    return hf_stmt_run(st, err);
}

/* --- the end of an import -----------------------------------------------------------------------
 */

typedef struct unseen { /* records */
    int64_t *id;
    size_t n, cap;
} unseen;

/* Add what a statement of (import, origin) gives and this import did not. */
static hf_status collect(hf_records *rs, const char *sql, unseen *x, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(rs->db, sql, &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, rs->stats->import);
        hf_stmt_bind_i64(st, 2, rs->origin);
    }
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        if (hf_records_is_sighted(rs, hf_stmt_col_i64(st, 0)))
            continue;
        if (x->n == x->cap) {
            x->cap = x->cap == 0 ? 256 : x->cap * 2;
            x->id = hf_realloc(x->id, x->cap, sizeof(*x->id));
        }
        x->id[x->n++] = hf_stmt_col_i64(st, 0);
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status set_missing(hf_records *rs, int64_t id, hf_err **err)
{
    hf_rec_row row;
    hf_status rc;

    hf_stmt_bind_i64(rs->get_rec, 1, id);
    rc = hf_stmt_step(rs->get_rec, err);
    if (rc == HF_OK) {
        hf_rec_row_get(rs->get_rec, &row);
        row.missing = row.changed = rs->stats->import;
        rc = hf_records_write(rs->update_rec, &row, err);
    }
    hf_stmt_reset(rs->get_rec);
    return rc < 0 ? rc : HF_OK;
}

/* Messages of covered channels that stand strictly between the first and the last day, and records
 * of other covered kinds, that were not seen. They are collected before they are changed: an update
 * moves what a scan would read. */
static hf_status find_missing(hf_records *rs, hf_err **err)
{
    static const char messages[] =
        "SELECT r.id FROM coverage c JOIN rec r ON r.origin = ?2 AND r.kind = 4 "
        "AND r.scope = c.scope AND r.time_us >= (c.first_day + 1) * 86400000000 "
        "AND r.time_us < c.last_day * 86400000000 "
        "WHERE c.import = ?1 AND c.kind = 4 AND r.missing IS NULL";
    static const char others[] =
        "SELECT r.id FROM rec r WHERE r.origin = ?2 AND r.missing IS NULL AND r.kind IN "
        "(SELECT kind FROM coverage WHERE import = ?1 AND kind != 4) AND EXISTS (SELECT 1 FROM "
        "coverage c WHERE c.import = ?1 AND c.kind = r.kind AND c.scope IN (0, r.scope))";
    unseen x = { .n = 0 };
    hf_status rc = collect(rs, messages, &x, err);

    if (rc == HF_OK)
        rc = collect(rs, others, &x, err);
    for (size_t i = 0; i < x.n && rc == HF_OK; i++)
        rc = set_missing(rs, x.id[i], err);
    rs->stats->missing = x.n;
    hf_free(x.id);
    return rc;
}

static hf_status put_import(hf_records *rs, const char *list_sha256, int64_t started_us,
                            const char *mark_key, const char *mark, hf_err **err)
{
    const hf_import_stats *s = rs->stats;
    const int64_t counts[] = {
        (int64_t)s->members,     (int64_t)s->new_members, (int64_t)s->records,
        (int64_t)s->new_records, (int64_t)s->versions,    (int64_t)s->states,
        (int64_t)s->blocks,      (int64_t)s->missing,     (int64_t)s->quarantined,
        (int64_t)s->bytes,
    };
    const hf_record dflt = { .format = NULL };
    hf_stmt *st = NULL;
    hf_status rc = hf_records_use_format(rs, &dflt, err);

    if (rc == HF_OK)
        rc = hf_db_prepare(
            rs->db,
            "INSERT INTO import(n, origin, format, source, source_sha256, "
            "started_us, finished_us, is_whole, list_sha256, members, new_members, "
            "records, new_records, versions, states, blocks, missing, quarantined, "
            "bytes, mark_key, mark, last_content) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, "
            "?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, "
            "(SELECT coalesce(max(id), 0) FROM content))",
            &st, err);
    if (rc != HF_OK)
        return rc;
    hf_stmt_bind_i64(st, 1, s->import);
    if (rs->origin != 0)
        hf_stmt_bind_i64(st, 2, rs->origin);
    hf_stmt_bind_i64(st, 3, rs->format.id);
    hf_stmt_bind_text(st, 4, hf_view_str(rs->args->source));
    if (rs->args->source_sha256 != NULL)
        hf_stmt_bind_text(st, 5, hf_view_str(rs->args->source_sha256));
    hf_stmt_bind_i64(st, 6, started_us);
    hf_stmt_bind_i64(st, 7, hf_now_us());
    hf_stmt_bind_i64(st, 8, rs->args->is_whole);
    hf_stmt_bind_text(st, 9, hf_view_str(list_sha256));
    for (int i = 0; i < (int)(sizeof(counts) / sizeof(counts[0])); i++)
        hf_stmt_bind_i64(st, 10 + i, counts[i]);
    if (mark_key != NULL && mark != NULL) {
        hf_stmt_bind_text(st, 20, hf_view_str(mark_key));
        hf_stmt_bind_text(st, 21, hf_view_str(mark));
    }
    rc = hf_stmt_run(st, err);
    hf_stmt_free(st);
    return rc == HF_OK ? hf_vault_meta_set_i64(rs->db, "import", s->import, err) : rc;
}

hf_status hf_records_finish(hf_records *rs, const char *list_sha256, int64_t started_us,
                            const char *mark_key, const char *mark, hf_err **err)
{
    hf_status rc = HF_OK;

    if (!rs->is_first)
        rc = find_missing(rs, err);
    return rc == HF_OK ? put_import(rs, list_sha256, started_us, mark_key, mark, err) : rc;
}
