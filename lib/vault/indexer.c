/* vault/indexer.c: texts into the full-text index.
 *
 * Documents are collected into runs, sorted by time, numbered and inserted in ascending order:
 * FTS5 ends its in-memory segment whenever a rowid goes back. Memory: one run (RUN_BYTES of text)
 * and FTS5's own 64 MiB.
 */
#include "query/doc.h"
#include "vault/index_priv.h"

#include <stdlib.h>

enum { RUN_DOCS = 64 << 10, RUN_BYTES = 12 << 20, DAY_BITS = 24 };

typedef struct entry {
    int64_t docid, rec, version, time_us, channel, author, traits;
    uint32_t at, body, earlier, file,
        mention; /* texts follow each other in the run's buffer from at on */
} entry;

typedef struct change { /* of a message whose texts stay */
    int64_t rec, traits;
} change;

struct hf_indexer {
    hf_db *db;
    hf_stmt *put_ft, *put_doc, *last_of_day, *set_traits;
    change *change; /* up to RUN_DOCS; NULL until there is one */
    size_t nchange;
    hf_map *days; /* day number -> highest n so far */
    entry *run;
    size_t n;
    hf_buf text;
    hf_doc doc;
    hf_arena *mem;
};

hf_status hf_indexer_new(hf_indexer **out, hf_db *db, hf_err **err)
{
    hf_indexer *ix = HF_NEW(hf_indexer);
    hf_status rc;

    ix->db = db;
    ix->days = hf_map_new();
    ix->run = hf_alloc(RUN_DOCS * sizeof(*ix->run));
    hf_buf_init(&ix->text, HF_BUF_UNBOUNDED);
    hf_doc_init(&ix->doc);
    ix->mem = hf_arena_new();
    rc = hf_db_prepare(
        db, "INSERT INTO ft(rowid, body, earlier, file, mention) VALUES(?1, ?2, ?3, ?4, ?5)",
        &ix->put_ft, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "INSERT INTO doc(docid, rec, version, time_us, channel, author, traits) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                           &ix->put_doc, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "SELECT coalesce(max(docid), ?1) FROM doc WHERE docid BETWEEN ?1 "
                           "AND ?1 + 16777215",
                           &ix->last_of_day, err);
    if (rc != HF_OK) {
        hf_indexer_free(ix);
        return rc;
    }
    *out = ix;
    return HF_OK;
}

void hf_indexer_free(hf_indexer *ix)
{
    if (ix == NULL)
        return;
    hf_stmt_free(ix->put_ft);
    hf_stmt_free(ix->put_doc);
    hf_stmt_free(ix->last_of_day);
    hf_stmt_free(ix->set_traits);
    hf_free(ix->change);
    hf_map_free(ix->days);
    hf_free(ix->run);
    hf_buf_clear(&ix->text);
    hf_doc_clear(&ix->doc);
    hf_arena_free(ix->mem);
    hf_free(ix);
}

static int by_time(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    if (x->rec != y->rec)
        return x->rec < y->rec ? -1 : 1;
    return x->version < y->version ? -1 : x->version > y->version;
}

static int64_t day_of(const entry *e)
{
    return e->time_us == HF_NO_TIME ? 0 : hf_day_of(e->time_us);
}

static hf_status number(hf_indexer *ix, entry *e, hf_err **err)
{
    int64_t day = day_of(e), first = day * (INT64_C(1) << DAY_BITS);
    bool fresh;
    hf_map_entry *m = hf_map_put(ix->days, (hf_view){ (const char *)&day, sizeof(day) }, &fresh);
    hf_status rc = HF_OK;

    if (fresh) {
        hf_stmt_bind_i64(ix->last_of_day, 1, first);
        rc = hf_stmt_step(ix->last_of_day, err);
        if (rc == HF_OK)
            m->v.u = (uint64_t)(hf_stmt_col_i64(ix->last_of_day, 0) - first);
        hf_stmt_reset(ix->last_of_day);
    }
    if (rc == HF_OK && m->v.u >= (1U << DAY_BITS) - 1)
        return hf_fail(err, HF_E_LIMIT, "more than %u messages on one day", (1U << DAY_BITS) - 1);
    e->docid = first + (int64_t)++m->v.u;
    return rc;
}

static hf_status insert(hf_indexer *ix, const entry *e, hf_err **err)
{
    hf_view text = hf_view_from(hf_buf_view(&ix->text), e->at);
    hf_status rc;

    hf_stmt_bind_i64(ix->put_ft, 1, e->docid);
    hf_stmt_bind_text(ix->put_ft, 2, hf_view_sub(text, 0, e->body));
    text = hf_view_from(text, e->body);
    hf_stmt_bind_text(ix->put_ft, 3, hf_view_sub(text, 0, e->earlier));
    text = hf_view_from(text, e->earlier);
    hf_stmt_bind_text(ix->put_ft, 4, hf_view_sub(text, 0, e->file));
    hf_stmt_bind_text(ix->put_ft, 5, hf_view_sub(text, e->file, e->mention));
    rc = hf_stmt_run(ix->put_ft, err);
    if (rc != HF_OK)
        return rc;
    hf_stmt_bind_i64(ix->put_doc, 1, e->docid);
    hf_stmt_bind_i64(ix->put_doc, 2, e->rec);
    hf_stmt_bind_i64(ix->put_doc, 3, e->version);
    if (e->time_us != HF_NO_TIME)
        hf_stmt_bind_i64(ix->put_doc, 4, e->time_us);
    hf_stmt_bind_i64(ix->put_doc, 5, e->channel);
    hf_stmt_bind_i64(ix->put_doc, 6, e->author);
    hf_stmt_bind_i64(ix->put_doc, 7, e->traits);
    return hf_stmt_run(ix->put_doc, err);
}

static int by_docid(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    return x->docid < y->docid ? -1 : x->docid > y->docid;
}

static hf_status flush(hf_indexer *ix, hf_err **err)
{
    hf_status rc = HF_OK;

    qsort(ix->run, ix->n, sizeof(*ix->run), by_time);
    for (size_t i = 0; i < ix->n && rc == HF_OK; i++)
        rc = number(ix, &ix->run[i], err);
    /* Only messages without a time are out of order yet: they stand in day 0. */
    if (ix->n > 0 && ix->run[0].time_us == HF_NO_TIME)
        qsort(ix->run, ix->n, sizeof(*ix->run), by_docid);
    for (size_t i = 0; i < ix->n && rc == HF_OK; i++)
        rc = insert(ix, &ix->run[i], err);
    ix->n = 0;
    hf_buf_reset(&ix->text);
    return rc;
}

/* Only after flush: the rows must be there. */
static hf_status apply_changes(hf_indexer *ix, hf_err **err)
{
    hf_status rc = HF_OK;

    if (ix->nchange > 0 && ix->set_traits == NULL)
        rc = hf_db_prepare(ix->db, "UPDATE doc SET traits = ?2 WHERE rec = ?1", &ix->set_traits,
                           err);
    for (size_t i = 0; i < ix->nchange && rc == HF_OK; i++) {
        hf_stmt_bind_i64(ix->set_traits, 1, ix->change[i].rec);
        hf_stmt_bind_i64(ix->set_traits, 2, ix->change[i].traits);
        rc = hf_stmt_run(ix->set_traits, err);
    }
    ix->nchange = 0;
    return rc;
}

static hf_status add_change(hf_indexer *ix, int64_t rec, int64_t traits, hf_err **err)
{
    hf_status rc = HF_OK;

    if (ix->change == NULL)
        ix->change = hf_alloc(RUN_DOCS * sizeof(*ix->change));
    ix->change[ix->nchange++] = (change){ rec, traits };
    if (ix->nchange == RUN_DOCS)
        rc = flush(ix, err);
    return rc == HF_OK && ix->nchange == RUN_DOCS ? apply_changes(ix, err) : rc;
}

hf_status hf_indexer_add(hf_indexer *ix, const hf_record *r, const hf_prep *p, hf_err **err)
{
    entry *e;
    hf_status rc = HF_OK;

    hf_doc_build(&ix->doc, r, ix->mem);
    hf_arena_reset(ix->mem);
    if (p->is_current && p->version != 1)
        rc = add_change(ix, p->rec, ix->doc.traits, err);
    if (p->version == 0 || rc != HF_OK)
        return rc;
    e = &ix->run[ix->n++];
    *e = (entry){
        .rec = p->rec,
        .version = p->version,
        .time_us = r->time_us,
        .channel = p->scope,
        .author = p->author,
        .traits = ix->doc.traits,
        .at = (uint32_t)ix->text.n,
        .body = (uint32_t)ix->doc.body.n,
        .earlier = (uint32_t)ix->doc.earlier.n,
        .file = (uint32_t)ix->doc.file.n,
        .mention = (uint32_t)ix->doc.mention.n,
    };
    hf_buf_add(&ix->text, hf_buf_view(&ix->doc.body));
    hf_buf_add(&ix->text, hf_buf_view(&ix->doc.earlier));
    hf_buf_add(&ix->text, hf_buf_view(&ix->doc.file));
    hf_buf_add(&ix->text, hf_buf_view(&ix->doc.mention));
    return ix->n == RUN_DOCS || ix->text.n >= RUN_BYTES ? flush(ix, err) : HF_OK;
}

hf_status hf_indexer_finish(hf_indexer *ix, int64_t import, hf_err **err)
{
    hf_status rc = flush(ix, err);

    if (rc == HF_OK)
        rc = apply_changes(ix, err);
    return rc == HF_OK ? hf_vault_meta_set_i64(ix->db, "import", import, err) : rc;
}

hf_status hf_index_link(hf_db *db, hf_err **err)
{
    return hf_db_exec(db,
                      "UPDATE doc SET first = (SELECT d.docid FROM doc d WHERE d.rec = doc.rec "
                      "ORDER BY d.version LIMIT 1) WHERE version > 1 AND first IS NULL",
                      err);
}
