/* vault/reindex.c: the index made again from the records, in whole or in part.
 *
 * In place, as one transaction, so that searches go on meanwhile; only an index that is gone or
 * broken gets a new file.
 */
#include "db/fts.h"
#include "text/token.h"
#include "vault/index_priv.h"

#include <errno.h>
#include <unistd.h>

typedef struct reindex {
    const hf_vault *v;
    hf_db *records, *index;
    hf_indexer *indexer;
} reindex;

static hf_status add(void *self, const hf_record *r, const hf_prep *p, hf_err **err)
{
    reindex *x = self;

    return hf_indexer_add(x->indexer, r, p, err);
}

/* Messages of several versions, one of them first seen after the import. */
static hf_status note_versions(reindex *x, int64_t import, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(x->records,
                                 "SELECT DISTINCT r.id FROM rec r JOIN version v ON v.id BETWEEN "
                                 "r.id * 65536 AND r.id * 65536 + 65535 "
                                 "WHERE r.kind = 4 AND r.versions > 1 AND v.import > ?1",
                                 &st, err);

    if (rc == HF_OK)
        hf_stmt_bind_i64(st, 1, import);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK)
        hf_indexer_note(x->indexer, hf_stmt_col_i64(st, 0));
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

/* Index what was first seen in imports after the one given. */
static hf_status index_after(reindex *x, int64_t import, hf_err **err)
{
    hf_texts *texts = NULL;
    int64_t last = 0;
    hf_status rc = hf_vault_meta_i64(x->records, "import", &last, err);

    if (rc == HF_OK)
        rc = hf_indexer_new(&x->indexer, x->index, err);
    if (rc == HF_OK)
        rc = hf_texts_new(&texts, x->v->path, x->records, err);
    if (rc == HF_OK)
        rc = hf_texts_after(texts, import, add, x, err);
    if (rc == HF_OK)
        rc = note_versions(x, import, err);
    if (rc == HF_OK)
        rc = hf_indexer_finish(x->indexer, last, err);
    if (rc == HF_OK)
        rc = hf_indexer_merge(x->indexer, x->v->path, x->records, err);
    hf_texts_free(texts);
    return rc;
}

static hf_status forget_all(hf_db *index, hf_err **err)
{
    hf_status rc = hf_db_exec(index,
                              "INSERT INTO ft(ft) VALUES ('delete-all'); DELETE FROM doc; "
                              "DELETE FROM gone",
                              err);

    return rc == HF_OK ? hf_vault_meta_set(index, "tokenizer", hf_view_str(hf_tokenizer_id()), err)
                       : rc;
}

/* A transaction over everything, or over what the index lacks. */
static hf_status run(reindex *x, bool is_whole, int64_t import, hf_err **err)
{
    hf_status rc = hf_db_begin(x->index, err);

    if (rc == HF_OK && is_whole)
        rc = forget_all(x->index, err);
    if (rc == HF_OK)
        rc = index_after(x, is_whole ? 0 : import, err);
    hf_indexer_free(x->indexer);
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
