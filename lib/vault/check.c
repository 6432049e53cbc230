/* vault/check.c: the rules between rows. */
#include "util/stop.h"
#include "vault/records_priv.h"

#include <dirent.h>
#include <sys/stat.h>

/* Each query names what breaks the rule. */
static const struct {
    const char *rule, *sql;
} rules[] = {
    { "it names a row that does not exist",
      "SELECT \"table\" || ' row ' || coalesce(rowid, '?') || ' to ' || parent "
      "FROM pragma_foreign_key_check" },
    { "its extents do not add up to its size",
      "SELECT 'content ' || c.id FROM content c WHERE c.kind != 1 AND c.size != "
      "(SELECT coalesce(sum(e.len), 0) FROM extent e WHERE e.content = c.id)" },
    { "its extents do not meet",
      "SELECT DISTINCT 'content ' || content FROM (SELECT content, pos, lag(pos + len, 1, 0) OVER "
      "(PARTITION BY content ORDER BY pos) AS want FROM extent) WHERE pos != want" },
    { "its extents leave their blocks",
      "SELECT DISTINCT 'content ' || e.content FROM extent e JOIN block b ON b.id = e.block "
      "WHERE e.len < 1 OR e.off < 0 OR e.off + e.len > b.size" },
    { "an attachment has extents",
      "SELECT 'content ' || c.id FROM content c WHERE c.kind = 1 AND EXISTS "
      "(SELECT 1 FROM extent e WHERE e.content = c.id)" },
    { "nothing uses it",
      "SELECT 'block ' || id FROM block EXCEPT SELECT 'block ' || block FROM extent" },
    { "extents belong to no content",
      "SELECT DISTINCT 'content ' || content FROM extent WHERE content NOT IN "
      "(SELECT id FROM content)" },
    { "its bytes lie outside their content",
      "SELECT 'rec ' || r.id FROM rec r JOIN content c ON c.id = r.content "
      "WHERE r.off < 0 OR r.len < 0 OR r.off + r.len > c.size" },
    { "the bytes of a version lie outside their content",
      "SELECT 'rec ' || (v.id >> 16) || ' version ' || (v.id & 65535) FROM version v "
      "JOIN content c ON c.id = v.content WHERE v.off < 0 OR v.len < 0 OR v.off + v.len > c.size" },
    { "its versions are not those it counts",
      "SELECT 'rec ' || r.id FROM rec r WHERE r.versions * 65536 + r.versions IS NOT (SELECT "
      "count(*) * 65536 + max(v.id & 65535) FROM version v "
      "WHERE v.id BETWEEN r.id * 65536 AND r.id * 65536 + 65535)" },
    { "its current version is not what it says",
      "SELECT 'rec ' || r.id FROM rec r LEFT JOIN version v ON v.id = r.id * 65536 + r.current "
      "WHERE v.digest IS NOT r.content_digest" },
    { "a version belongs to no record",
      "SELECT 'version ' || (v.id & 65535) || ' of rec ' || (v.id >> 16) FROM version v "
      "WHERE NOT EXISTS (SELECT 1 FROM rec r WHERE r.id = v.id >> 16)" },
    { "a user has not one current row",
      "SELECT 'rec ' || r.id FROM rec r WHERE r.kind = 2 AND 1 != (SELECT count(*) FROM "
      "user_version u WHERE u.id BETWEEN r.id * 65536 AND r.id * 65536 + 65535 AND u.is_current)" },
    { "a channel has not one current row",
      "SELECT 'rec ' || r.id FROM rec r WHERE r.kind = 3 AND 1 != (SELECT count(*) FROM "
      "channel_version c WHERE c.id BETWEEN r.id * 65536 AND r.id * 65536 + 65535 AND "
      "c.is_current)" },
    { "it has another number of members than it says",
      "SELECT 'import ' || i.n FROM import i WHERE i.members != "
      "(SELECT count(*) FROM import_member m WHERE m.import = i.n)" },
    { "a file without bytes",
      "SELECT 'import ' || import || ' member ' || ordinal FROM import_member "
      "WHERE (type = 0) != (content IS NOT NULL)" },
    { "the last import is not the one it says",
      "SELECT 'records.sqlite' WHERE (SELECT coalesce(max(n), 0) FROM import) != "
      "coalesce((SELECT value FROM meta WHERE key = 'import'), 0)" },
};

static hf_status run_rule(hf_db *db, const char *rule, const char *sql, hf_findings *f,
                          hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(db, sql, &st, err);

    while (rc == HF_OK && (rc = hf_stop_check(err)) == HF_OK &&
           (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_view where = hf_stmt_col_text(st, 0);

        hf_findings_add(f, hf_view_str(rule), "%.*s", (int)where.n, where.p);
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

/* --- attachments --------------------------------------------------------------------------------
 */

static hf_status blobs_exist(hf_vault *v, hf_findings *f, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        v->records, "SELECT DISTINCT sha256, size FROM content WHERE kind = 1", &st, err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_view digest = hf_stmt_col_blob(st, 0);
        hf_sha256 d = { { 0 } };
        struct stat s;
        char *path;

        if (digest.n == sizeof(d.b))
            memcpy(d.b, digest.p, digest.n);
        path = hf_blob_path(v->path, &d);
        if (stat(path, &s) != 0)
            hf_findings_add(f, HF_V("the attachment is not there"), "%s", path);
        else if (s.st_size != hf_stmt_col_i64(st, 1))
            hf_findings_add(f, HF_V("the attachment has another size"), "%s", path);
        hf_free(path);
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

/* --- the index ----------------------------------------------------------------------------------
 */

/* Both lists ascend: versions of messages, and what the index holds. */
static hf_status compare_docs(hf_stmt *want, hf_stmt *have, hf_findings *f, hf_err **err)
{
    hf_status w = hf_stmt_step(want, err), h = w < 0 ? w : hf_stmt_step(have, err);

    while (w >= 0 && h >= 0 && (w == HF_OK || h == HF_OK)) {
        int64_t a = w == HF_OK ? hf_stmt_col_i64(want, 0) : INT64_MAX;
        int64_t b = h == HF_OK ? hf_stmt_col_i64(have, 0) : INT64_MAX;

        if (a < b)
            hf_findings_add(f, HF_V("the index lacks it"), "version %lld of rec %lld",
                            (long long)(a & 65535), (long long)(a >> 16));
        if (b < a)
            hf_findings_add(f, HF_V("the index has it without or beside its record"),
                            "version %lld of rec %lld", (long long)(b & 65535),
                            (long long)(b >> 16));
        if (a <= b)
            w = hf_stmt_step(want, err);
        if (b <= a && w >= 0)
            h = hf_stmt_step(have, err);
    }
    return w < 0 ? w : h < 0 ? h : HF_OK;
}

static hf_status docs_match(hf_vault *v, hf_findings *f, hf_err **err)
{
    hf_stmt *want = NULL, *have = NULL;
    hf_status rc;

    if (v->index == NULL) {
        hf_findings_add(f, HF_V("there is none; 'holdfast vault reindex' makes it"),
                        "index.sqlite");
        return HF_OK;
    }
    rc = hf_db_prepare(
        v->records, "SELECT id * 65536 + versions FROM rec WHERE kind = 4 ORDER BY id", &want, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(v->index, "SELECT rec * 65536 + versions FROM doc ORDER BY rec", &have,
                           err);
    if (rc == HF_OK)
        rc = compare_docs(want, have, f, err);
    hf_stmt_free(want);
    hf_stmt_free(have);
    return rc;
}

hf_status hf_vault_check(hf_vault *v, hf_vault_say say, void *self, uint64_t *findings,
                         hf_err **err)
{
    hf_findings f = { .say = say, .self = self };
    hf_status rc = hf_vault_hold(v, NULL, err);

    if (rc != HF_OK)
        return rc;
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]) && rc == HF_OK; i++)
        rc = run_rule(v->records, rules[i].rule, rules[i].sql, &f, err);
    if (rc == HF_OK)
        rc = blobs_exist(v, &f, err);
    if (rc == HF_OK)
        rc = docs_match(v, &f, err);
    hf_vault_let_go(v);
    *findings = f.n;
    return rc;
}
