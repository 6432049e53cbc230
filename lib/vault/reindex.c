/* vault/reindex.c: the index made again from the records, in whole or in part.
 *
 * In place, as one transaction, so that searches go on meanwhile; only an index that is gone or
 * broken gets a new file.
 */
#include "db/fts.h"
#include "text/token.h"
#include "vault/fetch_priv.h"
#include "vault/index_priv.h"

#include <errno.h>
#include <unistd.h>

typedef struct reindex {
    const hf_vault *v;
    hf_db *records, *index;
    hf_bytes *bytes;
    hf_indexer *indexer;
    hf_stmt *find_name;
    hf_map *names;
} reindex;

static hf_status author_id(reindex *x, hf_view text, int64_t *id, hf_err **err)
{
    hf_map_entry *e;
    bool fresh;
    hf_status rc = HF_OK;

    *id = 0;
    if (text.n == 0)
        return HF_OK;
    e = hf_map_put(x->names, text, &fresh);
    if (fresh) {
        hf_stmt_bind_text(x->find_name, 1, text);
        rc = hf_stmt_step(x->find_name, err);
        e->v.u = rc == HF_OK ? (uint64_t)hf_stmt_col_i64(x->find_name, 0) : 0;
        hf_stmt_reset(x->find_name);
    }
    *id = (int64_t)e->v.u;
    return rc < 0 ? rc : HF_OK;
}

static const char version_rows[] =
    "SELECT v.id, o.name, n.text, r.native, r.scope, r.current = v.id & 65535, "
    "vf.name, v.flags, v.content, v.off, v.len, rf.name, r.flags, r.content, r.off, r.len "
    "FROM version v JOIN rec r ON r.id = v.id >> 16 JOIN origin o ON o.id = r.origin "
    "JOIN name n ON n.id = r.scope JOIN format vf ON vf.id = v.format "
    "JOIN format rf ON rf.id = r.format "
    "WHERE r.kind = 4 AND v.import > ?1 ORDER BY v.id";

/* Rows of version_rows: 0 v.id, 1 to 3 origin, scope, native id, 4 scope's number, 5 whether it is
 * current; then format, flags, content, off, len of the version and the same of the record, which
 * has the latest state. */
static hf_status index_version(reindex *x, hf_stmt *st, hf_err **err)
{
    bool is_current = hf_stmt_col_i64(st, 5) != 0;
    int at = is_current ? 11 : 6;
    hf_fetch f = {
        .kind = HF_KIND_MESSAGE,
        .origin = hf_stmt_col_text(st, 1),
        .scope = hf_stmt_col_text(st, 2),
        .native = hf_stmt_col_text(st, 3),
        .format = hf_stmt_col_text(st, at),
        .flags = hf_stmt_col_i64(st, at + 1),
        .place = { hf_stmt_col_i64(st, at + 2), (uint64_t)hf_stmt_col_i64(st, at + 3),
                   (uint64_t)hf_stmt_col_i64(st, at + 4) },
    };
    hf_prep p = { .rec = hf_stmt_col_i64(st, 0) >> 16,
                  .version = (uint32_t)(hf_stmt_col_i64(st, 0) & 65535),
                  .is_current = is_current,
                  .scope = hf_stmt_col_i64(st, 4) };
    hf_batch *b = hf_batch_new();
    hf_record *r = NULL;
    hf_status rc = hf_fetch_record(x->bytes, b, &f, NULL, &r, err);

    if (rc == HF_OK)
        rc = author_id(x, hf_vault_author(r), &p.author, err);
    if (rc == HF_OK)
        rc = hf_indexer_add(x->indexer, r, &p, err);
    hf_batch_free(b);
    return rc;
}

/* Index the versions first seen in imports after the one given. */
static hf_status index_after(reindex *x, int64_t import, hf_err **err)
{
    hf_stmt *st = NULL;
    int64_t last = 0;
    hf_status rc = hf_vault_meta_i64(x->records, "import", &last, err);

    if (rc == HF_OK)
        rc = hf_db_prepare(x->records, "SELECT id FROM name WHERE text = ?1", &x->find_name, err);
    if (rc == HF_OK)
        rc = hf_bytes_new(&x->bytes, x->v->path, x->records, err);
    if (rc == HF_OK)
        rc = hf_indexer_new(&x->indexer, x->index, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(x->records, version_rows, &st, err);
    if (rc == HF_OK)
        hf_stmt_bind_i64(st, 1, import);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK)
        rc = index_version(x, st, err);
    hf_stmt_free(st);
    if (rc == HF_END)
        rc = hf_indexer_finish(x->indexer, last, err);
    return rc == HF_OK ? hf_index_link(x->index, err) : rc;
}

static hf_status forget_all(hf_db *index, hf_err **err)
{
    hf_status rc =
        hf_db_exec(index, "INSERT INTO ft(ft) VALUES ('delete-all'); DELETE FROM doc", err);

    return rc == HF_OK ? hf_vault_meta_set(index, "tokenizer", hf_view_str(hf_tokenizer_id()), err)
                       : rc;
}

/* A transaction over everything, or over what the index lacks. */
static hf_status run(reindex *x, bool is_whole, int64_t import, hf_err **err)
{
    hf_status rc = hf_db_begin(x->index, err);

    x->names = hf_map_new();
    if (rc == HF_OK && is_whole)
        rc = forget_all(x->index, err);
    if (rc == HF_OK)
        rc = index_after(x, is_whole ? 0 : import, err);
    hf_indexer_free(x->indexer);
    hf_bytes_free(x->bytes);
    hf_stmt_free(x->find_name);
    hf_map_free(x->names);
    if (rc == HF_OK)
        rc = hf_db_commit(x->index, err);
    hf_db_rollback(x->index);
    return rc;
}

static hf_status open_index(const hf_vault *v, hf_db **out, hf_err **err)
{
    char *path = hf_vault_file(v->path, "index.sqlite");
    hf_status rc = hf_db_open(out, path, HF_DB_WRITE, err);

    if (rc == HF_OK)
        rc = hf_fts_register(*out, err);
    if (rc == HF_OK)
        rc = hf_db_exec(*out, "PRAGMA cache_size = -16384", err);
    hf_free(path);
    return rc;
}

/* An empty index in place of none, or of one that cannot be used. */
static hf_status replace_index(const hf_vault *v, hf_db **out, hf_err **err)
{
    static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
    char *path = hf_vault_file(v->path, "index.sqlite");
    hf_status rc = HF_OK;

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]) && rc == HF_OK; i++) {
        char *name = hf_sprintf("%s%s", path, ends[i]);

        if (unlink(name) != 0 && errno != ENOENT) {
            rc = hf_fail_sys(err, "cannot remove the broken index");
            hf_err_at(err, name, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        }
        hf_free(name);
    }
    if (rc == HF_OK)
        rc = hf_vault_make_index(path, v->id, out, err);
    if (rc == HF_OK)
        rc = hf_vault_run_schema(*out, "vault/index_indexes.v1.sql", err);
    hf_free(path);
    return rc;
}

/* Open both files; *import is the last import that the index knows, -1 when it must be made anew.
 */
static hf_status open_both(reindex *x, int64_t *import, hf_err **err)
{
    char *path = hf_vault_file(x->v->path, "records.sqlite");
    hf_status rc = hf_db_open(&x->records, path, HF_DB_READ, err);
    char known[64] = "";

    hf_free(path);
    *import = -1;
    if (rc != HF_OK)
        return rc;
    if (open_index(x->v, &x->index, NULL) == HF_OK &&
        hf_vault_meta_i64(x->index, "import", import, NULL) == HF_OK &&
        hf_vault_meta_text(x->index, "tokenizer", known, sizeof(known), NULL) == HF_OK) {
        if (strcmp(known, hf_tokenizer_id()) != 0)
            *import = -1;
        return HF_OK;
    }
    hf_db_close(x->index);
    x->index = NULL;
    *import = -1;
    return replace_index(x->v, &x->index, err);
}

/* Whether messages changed their state in imports after the one given: nothing says which. */
static hf_status has_new_states(hf_db *records, int64_t import, bool *out, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(records, "SELECT 1 FROM import WHERE n > ?1 AND states > 0", &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, import);
        rc = hf_stmt_step(st, err);
    }
    *out = rc == HF_OK;
    hf_stmt_free(st);
    return rc < 0 ? rc : HF_OK;
}

static hf_status make_current(const hf_vault *v, bool is_forced, hf_err **err)
{
    reindex x = { .v = v };
    int64_t known, wanted = 0;
    bool has_states = false;
    hf_status rc = open_both(&x, &known, err);

    if (rc == HF_OK)
        rc = hf_vault_meta_i64(x.records, "import", &wanted, err);
    if (rc == HF_OK && known >= 0 && known < wanted)
        rc = has_new_states(x.records, known, &has_states, err);
    if (rc == HF_OK && (is_forced || known != wanted))
        rc = run(&x, is_forced || has_states || known < 0 || known > wanted, known, err);
    hf_db_close(x.records);
    hf_db_close(x.index);
    return rc;
}

hf_status hf_index_catch_up(hf_vault *v, hf_err **err)
{
    return make_current(v, false, err);
}

hf_status hf_vault_reindex(hf_vault *v, hf_err **err)
{
    hf_status rc;

    if (v->mode != HF_VAULT_WRITE || v->is_importing)
        return hf_fail(err, HF_E_INTERNAL, "the vault is not open for reindexing");
    rc = make_current(v, true, err);
    hf_vault_disconnect(v);
    return rc == HF_OK ? hf_vault_connect(v, err) : rc;
}
