/* vault/list.c: what a vault holds, listed: figures, origins, imports, members. */
#include "vault/vault_priv.h"

static hf_status one(hf_db *db, const char *sql, uint64_t *out, hf_err **err)
{
    int64_t n = 0;
    hf_status rc = hf_db_get_i64(db, sql, &n, err);

    *out = (uint64_t)n;
    return rc;
}

static hf_status index_info(hf_vault *v, hf_vault_info *out, hf_err **err)
{
    int64_t known = 0, wanted = 0;
    hf_status rc = hf_vault_meta_i64(v->records, "import", &wanted, err);

    out->is_index_current = false;
    if (rc != HF_OK || v->index == NULL)
        return rc;
    rc = hf_vault_meta_i64(v->index, "import", &known, err);
    if (rc == HF_OK)
        rc = one(v->index, "SELECT count(*) FROM doc", &out->docs, err);
    out->is_index_current = known == wanted;
    return rc;
}

hf_status hf_vault_get_info(hf_vault *v, hf_vault_info *out, hf_err **err)
{
    const struct {
        const char *sql;
        uint64_t *to;
    } list[] = {
        { "SELECT count(*) FROM import", &out->imports },
        { "SELECT count(*) FROM origin", &out->origins },
        { "SELECT count(*) FROM rec", &out->records },
        { "SELECT count(*) FROM version", &out->versions },
        { "SELECT count(*) FROM rec WHERE missing IS NOT NULL", &out->missing },
        { "SELECT count(*) FROM quarantine", &out->quarantined },
        { "SELECT count(*) FROM content", &out->contents },
        { "SELECT coalesce(sum(size), 0) FROM content", &out->content_bytes },
        { "SELECT count(*) FROM block", &out->blocks },
        { "SELECT coalesce(sum(length(frame)), 0) FROM block", &out->block_bytes },
        { "SELECT count(DISTINCT sha256) FROM content WHERE kind = 1", &out->blobs },
        { "SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT sha256, size FROM content "
          "WHERE kind = 1)",
          &out->blob_bytes },
    };
    hf_status rc = HF_OK;

    *out = (hf_vault_info){ .last_import_us = HF_NO_TIME };
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]) && rc == HF_OK; i++)
        rc = one(v->records, list[i].sql, list[i].to, err);
    if (rc == HF_OK && out->imports > 0)
        rc = hf_db_get_i64(v->records, "SELECT max(finished_us) FROM import", &out->last_import_us,
                           err);
    return rc == HF_OK ? index_info(v, out, err) : rc;
}

hf_status hf_vault_origins(hf_vault *v, bool (*each)(void *self, hf_view origin), void *self,
                           hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(v->records, "SELECT name FROM origin ORDER BY name", &st, err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK)
        if (!each(self, hf_stmt_col_text(st, 0)))
            break;
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

hf_status hf_vault_imports(hf_vault *v, bool (*each)(void *self, const hf_vault_import *import),
                           void *self, hf_err **err)
{
    static const char sql[] =
        "SELECT i.n, o.name, f.name, i.source, i.source_sha256, i.started_us, i.finished_us, "
        "i.is_whole, i.members, i.new_members, i.bytes, i.records, i.new_records, i.versions, "
        "i.states, i.blocks, i.missing, i.quarantined, i.last_content FROM import i "
        "JOIN format f ON f.id = i.format LEFT JOIN origin o ON o.id = i.origin ORDER BY i.n";
    static const char sql_old[] =
        "SELECT i.n, o.name, f.name, i.source, i.source_sha256, i.started_us, i.finished_us, "
        "i.is_whole, i.members, i.new_members, i.bytes, i.records, i.new_records, i.versions, "
        "i.states, i.blocks, i.missing, i.quarantined, 0 FROM import i "
        "JOIN format f ON f.id = i.format LEFT JOIN origin o ON o.id = i.origin ORDER BY i.n";
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(v->records, v->is_old ? sql_old : sql, &st, err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_vault_import im = {
            .stats.import = hf_stmt_col_i64(st, 0),
            .origin = hf_stmt_col_text(st, 1),
            .format = hf_stmt_col_text(st, 2),
            .source = hf_stmt_col_text(st, 3),
            .source_sha256 = hf_stmt_col_text(st, 4),
            .started_us = hf_stmt_col_i64(st, 5),
            .finished_us = hf_stmt_col_i64(st, 6),
            .is_whole = hf_stmt_col_i64(st, 7) != 0,
        };
        uint64_t *const count[] = {
            &im.stats.members,     &im.stats.new_members, &im.stats.bytes,  &im.stats.records,
            &im.stats.new_records, &im.stats.versions,    &im.stats.states, &im.stats.blocks,
            &im.stats.missing,     &im.stats.quarantined,
        };

        for (int i = 0; i < (int)(sizeof(count) / sizeof(count[0])); i++)
            *count[i] = (uint64_t)hf_stmt_col_i64(st, 8 + i);
        im.last_content = hf_stmt_col_i64(st, 18);
        if (!each(self, &im))
            break;
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

hf_status hf_vault_last_mark(hf_vault *v, const char *key, const char *origin, hf_arena *mem,
                             hf_view *mark, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = v->is_old ? HF_END : HF_OK;

    if (rc == HF_OK)
        rc = hf_db_prepare(v->records,
                           "SELECT i.mark FROM import i JOIN origin o ON o.id = i.origin "
                           "WHERE i.mark_key = ?1 AND i.mark IS NOT NULL AND o.name = ?2 "
                           "AND NOT EXISTS (SELECT 1 FROM rec r WHERE r.origin = i.origin "
                           "AND r.changed > i.n AND r.changed > 1) ORDER BY i.n DESC LIMIT 1",
                           &st, err);
    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(key));
        hf_stmt_bind_text(st, 2, hf_view_str(origin));
        rc = hf_stmt_step(st, err);
    }
    if (rc == HF_OK)
        *mark = hf_arena_dup(mem, hf_stmt_col_text(st, 0));
    hf_stmt_free(st);
    return rc;
}

hf_status hf_vault_quarantine(hf_vault *v, int64_t after,
                              bool (*each)(void *self, const hf_vault_quarantined *q), void *self,
                              hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        v->records,
        "SELECT q.import, o.name, f.name, m.name, q.off, q.len, q.reason FROM quarantine q "
        "JOIN format f ON f.id = q.format LEFT JOIN origin o ON o.id = q.origin "
        "LEFT JOIN import_member m ON m.import = q.import AND m.content = q.content "
        "WHERE q.import > ?1 GROUP BY q.id ORDER BY q.id",
        &st, err);

    if (rc == HF_OK)
        hf_stmt_bind_i64(st, 1, after);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_vault_quarantined q = {
            .import = hf_stmt_col_i64(st, 0),
            .origin = hf_stmt_col_text(st, 1),
            .format = hf_stmt_col_text(st, 2),
            .member = hf_stmt_col_blob(st, 3),
            .offset = (uint64_t)hf_stmt_col_i64(st, 4),
            .size = (uint64_t)hf_stmt_col_i64(st, 5),
            .reason = hf_stmt_col_text(st, 6),
        };

        if (!each(self, &q))
            break;
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status check_import(hf_vault *v, int64_t import, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(v->records, "SELECT 1 FROM import WHERE n = ?1", &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, import);
        rc = hf_stmt_step(st, err);
    }
    hf_stmt_free(st);
    if (rc != HF_END)
        return rc;
    hf_fail(err, HF_E_USAGE, "there is no import %lld", (long long)import);
    hf_hint(err, "'holdfast vault info' lists the imports");
    return hf_err_at(err, v->path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

static void member_of(hf_stmt *st, hf_vault_member *m)
{
    hf_view digest = hf_stmt_col_blob(st, 10);

    *m = (hf_vault_member){
        .m = { .ordinal = (uint32_t)hf_stmt_col_i64(st, 0),
               .name = hf_stmt_col_blob(st, 1),
               .type = (int)hf_stmt_col_i64(st, 2),
               .mtime_us = hf_stmt_col_is_null(st, 3) ? HF_NO_TIME : hf_stmt_col_i64(st, 3),
               .mode = (uint32_t)hf_stmt_col_i64(st, 4),
               .link = hf_stmt_col_blob(st, 5),
               .is_opaque = hf_stmt_col_i64(st, 6) != 0,
               .file_id = hf_stmt_col_text(st, 7),
               .size = (uint64_t)hf_stmt_col_i64(st, 9),
               .is_set = hf_stmt_col_i64(st, 11) != 0 },
        .has_bytes = !hf_stmt_col_is_null(st, 8),
        .content = hf_stmt_col_i64(st, 8),
    };
    if (digest.n == sizeof(m->sha256.b))
        memcpy(m->sha256.b, digest.p, digest.n);
}

hf_status hf_vault_members(hf_vault *v, int64_t import,
                           bool (*each)(void *self, const hf_vault_member *member), void *self,
                           hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = check_import(v, import, err);

    if (rc == HF_OK)
        rc = hf_db_prepare(v->records,
                           "SELECT m.ordinal, m.name, m.type, m.mtime_us, m.mode, m.link, "
                           "m.is_opaque, m.file, m.content, c.size, c.sha256, m.is_set "
                           "FROM import_member m LEFT JOIN content c ON c.id = m.content "
                           "WHERE m.import = ?1 ORDER BY m.ordinal",
                           &st, err);
    if (rc == HF_OK)
        hf_stmt_bind_i64(st, 1, import);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_vault_member m;

        member_of(st, &m);
        if (!each(self, &m))
            break;
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}
