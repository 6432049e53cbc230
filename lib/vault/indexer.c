/* vault/indexer.c: texts into the full-text index, one row for each message.
 *
 * Documents are collected into runs, sorted by time, numbered and inserted in ascending order:
 * FTS5 ends its in-memory segment whenever a rowid goes back. While a thread of ours writes one
 * run, the caller fills the other: nobody before it has to wait. The database belongs to that
 * thread until wait_idle. Memory: two runs (RUN_BYTES of text each), and up to 64 MiB of FTS5.
 * Messages of several versions come last: their row has all texts, so that a query sees the message
 * as a whole, and takes the place of the row that was there.
 */
#include "query/doc.h"
#include "vault/index_priv.h"

#include <pthread.h>
#include <stdlib.h>

enum { RUN_DOCS = 32 << 10, RUN_BYTES = 6 << 20, DAY_BITS = 24 };

typedef struct entry {
    int64_t docid, rec, versions, time_us, channel, author, traits;
    uint32_t at, body, file, earlier, mention; /* texts follow each other in the run's buffer */
} entry;

typedef struct change { /* of a message whose texts stay */
    int64_t rec, traits;
} change;

typedef struct run {
    entry *row; /* RUN_DOCS; NULL while there is none */
    size_t n;
    hf_buf text;
} run;

struct hf_indexer {
    hf_db *db;
    hf_stmt *put_ft, *put_doc, *last_of_day, *set_traits, *forget[2];
    hf_map *days; /* day number -> highest n so far */
    run runs[2], *fill;
    pthread_t writer;
    bool has_writer;
    pthread_mutex_t mutex; /* of the following */
    pthread_cond_t changed;
    run *written; /* by the writer; NULL: it is idle */
    bool ends;
    hf_err *failure; /* the writer's first; it writes nothing more */
    bool has_failed;
    hf_doc doc, whole; /* whole: of all versions of one message */
    entry merged;      /* the row of whole */
    hf_arena *mem;
    change *change;
    size_t nchange, cap_change;
    int64_t *many; /* messages of several versions, some more than once */
    size_t nmany, cap_many;
};

static hf_status prepare(hf_indexer *ix, hf_err **err)
{
    const struct {
        hf_stmt **st;
        const char *sql;
    } list[] = {
        { &ix->put_ft, "INSERT INTO ft(rowid, body, file, earlier, mention) "
                       "VALUES(?1, ?2, ?3, ?4, ?5)" },
        { &ix->put_doc, "INSERT INTO doc(docid, rec, versions, time_us, channel, author, traits) "
                        "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)" },
        /* Rows that are gone keep their numbers: ft still has them. */
        { &ix->last_of_day, "SELECT max(coalesce((SELECT max(docid) FROM doc WHERE docid BETWEEN "
                            "?1 AND ?1 + 16777215), ?1), coalesce((SELECT max(docid) FROM gone "
                            "WHERE docid BETWEEN ?1 AND ?1 + 16777215), ?1))" },
        { &ix->set_traits, "UPDATE doc SET traits = ?2 WHERE rec = ?1" },
        { &ix->forget[0], "INSERT INTO gone SELECT docid FROM doc WHERE rec = ?1" },
        { &ix->forget[1], "DELETE FROM doc WHERE rec = ?1" },
    };
    hf_status rc = HF_OK;

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]) && rc == HF_OK; i++)
        rc = hf_db_prepare(ix->db, list[i].sql, list[i].st, err);
    return rc;
}

hf_status hf_indexer_new(hf_indexer **out, hf_db *db, hf_err **err)
{
    hf_indexer *ix = HF_NEW(hf_indexer);
    hf_status rc;

    ix->db = db;
    ix->days = hf_map_new();
    for (size_t i = 0; i < 2; i++)
        hf_buf_init(&ix->runs[i].text, HF_BUF_UNBOUNDED);
    ix->fill = &ix->runs[0];
    pthread_mutex_init(&ix->mutex, NULL);
    pthread_cond_init(&ix->changed, NULL);
    hf_doc_init(&ix->doc);
    hf_doc_init(&ix->whole);
    ix->mem = hf_arena_new();
    rc = prepare(ix, err);
    if (rc != HF_OK) {
        hf_indexer_free(ix);
        return rc;
    }
    *out = ix;
    return HF_OK;
}

static void free_runs(hf_indexer *ix)
{
    for (size_t i = 0; i < 2; i++) {
        hf_free(ix->runs[i].row);
        ix->runs[i].row = NULL;
        hf_buf_clear(&ix->runs[i].text);
    }
}

static void end_writer(hf_indexer *ix)
{
    pthread_mutex_lock(&ix->mutex);
    ix->ends = true;
    pthread_cond_broadcast(&ix->changed);
    pthread_mutex_unlock(&ix->mutex);
    if (ix->has_writer)
        pthread_join(ix->writer, NULL);
    ix->has_writer = false;
    ix->ends = false;
}

void hf_indexer_free(hf_indexer *ix)
{
    if (ix == NULL)
        return;
    end_writer(ix);
    pthread_cond_destroy(&ix->changed);
    pthread_mutex_destroy(&ix->mutex);
    hf_err_free(ix->failure);
    hf_stmt_free(ix->put_ft);
    hf_stmt_free(ix->put_doc);
    hf_stmt_free(ix->last_of_day);
    hf_stmt_free(ix->set_traits);
    hf_stmt_free(ix->forget[0]);
    hf_stmt_free(ix->forget[1]);
    hf_map_free(ix->days);
    free_runs(ix);
    hf_doc_clear(&ix->doc);
    hf_doc_clear(&ix->whole);
    hf_arena_free(ix->mem);
    hf_free(ix->change);
    hf_free(ix->many);
    hf_free(ix);
}

/* --- runs --------------------------------------------------------------------------------------
 */

static int by_time(const void *a, const void *b)
{
    const entry *x = a, *y = b;

    if (x->time_us != y->time_us)
        return x->time_us < y->time_us ? -1 : 1;
    return x->rec < y->rec ? -1 : x->rec > y->rec;
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

static hf_status insert(hf_indexer *ix, const run *r, const entry *e, hf_err **err)
{
    hf_view text = hf_view_from(hf_buf_view(&r->text), e->at);
    hf_status rc;

    hf_stmt_bind_i64(ix->put_ft, 1, e->docid);
    hf_stmt_bind_text(ix->put_ft, 2, hf_view_sub(text, 0, e->body));
    text = hf_view_from(text, e->body);
    hf_stmt_bind_text(ix->put_ft, 3, hf_view_sub(text, 0, e->file));
    text = hf_view_from(text, e->file);
    hf_stmt_bind_text(ix->put_ft, 4, hf_view_sub(text, 0, e->earlier));
    hf_stmt_bind_text(ix->put_ft, 5, hf_view_sub(text, e->earlier, e->mention));
    rc = hf_stmt_run(ix->put_ft, err);
    if (rc != HF_OK)
        return rc;
    hf_stmt_bind_i64(ix->put_doc, 1, e->docid);
    hf_stmt_bind_i64(ix->put_doc, 2, e->rec);
    hf_stmt_bind_i64(ix->put_doc, 3, e->versions);
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

static hf_status write_run(hf_indexer *ix, run *r, hf_err **err)
{
    hf_status rc = HF_OK;

    qsort(r->row, r->n, sizeof(*r->row), by_time);
    for (size_t i = 0; i < r->n && rc == HF_OK; i++)
        rc = number(ix, &r->row[i], err);
    /* Only messages without a time are out of order yet: they stand in day 0. */
    if (r->n > 0 && r->row[0].time_us == HF_NO_TIME)
        qsort(r->row, r->n, sizeof(*r->row), by_docid);
    for (size_t i = 0; i < r->n && rc == HF_OK; i++)
        rc = insert(ix, r, &r->row[i], err);
    return rc;
}

static void *write_runs(void *self)
{
    hf_indexer *ix = self;

    pthread_setname_np(pthread_self(), "hf texts");
    pthread_mutex_lock(&ix->mutex);
    for (;;) {
        run *r;
        hf_err *err = NULL;
        hf_status rc;

        while (ix->written == NULL && !ix->ends)
            pthread_cond_wait(&ix->changed, &ix->mutex);
        r = ix->written;
        if (r == NULL)
            break;
        pthread_mutex_unlock(&ix->mutex);
        rc = write_run(ix, r, &err);
        r->n = 0;
        hf_buf_reset(&r->text);
        pthread_mutex_lock(&ix->mutex);
        ix->has_failed = rc != HF_OK;
        ix->failure = err;
        ix->written = NULL;
        pthread_cond_broadcast(&ix->changed);
    }
    pthread_mutex_unlock(&ix->mutex);
    return NULL;
}

/* From here on the database is the caller's. Reports a failure of the writer once. */
static hf_status wait_idle(hf_indexer *ix, hf_err **err)
{
    hf_status rc = HF_OK;

    pthread_mutex_lock(&ix->mutex);
    while (ix->written != NULL)
        pthread_cond_wait(&ix->changed, &ix->mutex);
    if (ix->has_failed) {
        rc = ix->failure == NULL ? HF_E_INTERNAL : ix->failure->code;
        if (err != NULL && *err == NULL)
            *err = ix->failure;
        else
            hf_err_free(ix->failure);
        ix->failure = NULL;
        ix->has_failed = false;
    }
    pthread_mutex_unlock(&ix->mutex);
    return rc;
}

/* Hand the run over to the writer. */
static hf_status flush(hf_indexer *ix, hf_err **err)
{
    hf_status rc = wait_idle(ix, err);

    if (rc != HF_OK || ix->fill->n == 0)
        return rc;
    if (!ix->has_writer && pthread_create(&ix->writer, NULL, write_runs, ix) != 0)
        return hf_fail(err, HF_E_INTERNAL, "cannot start a thread");
    ix->has_writer = true;
    pthread_mutex_lock(&ix->mutex);
    ix->written = ix->fill;
    pthread_cond_broadcast(&ix->changed);
    pthread_mutex_unlock(&ix->mutex);
    ix->fill = ix->fill == &ix->runs[0] ? &ix->runs[1] : &ix->runs[0];
    return HF_OK;
}

static hf_status drain(hf_indexer *ix, hf_err **err)
{
    hf_status rc = flush(ix, err);

    if (rc == HF_OK)
        rc = wait_idle(ix, err);
    free_runs(ix);
    return rc;
}

static void add_text(run *r, const hf_buf *text, uint32_t *n)
{
    *n = (uint32_t)text->n;
    hf_buf_add(&r->text, hf_buf_view(text));
}

/* Put a row into the run; its texts are those of d. */
static hf_status put(hf_indexer *ix, const entry *row, const hf_doc *d, hf_err **err)
{
    run *r = ix->fill;
    entry *e;

    if (r->row == NULL)
        r->row = hf_alloc(RUN_DOCS * sizeof(*r->row));
    e = &r->row[r->n++];
    *e = *row;
    e->at = (uint32_t)r->text.n;
    add_text(r, &d->body, &e->body);
    add_text(r, &d->file, &e->file);
    add_text(r, &d->earlier, &e->earlier);
    add_text(r, &d->mention, &e->mention);
    return r->n == RUN_DOCS || r->text.n >= RUN_BYTES ? flush(ix, err) : HF_OK;
}

static entry row_of(const hf_indexer *ix, const hf_record *r, const hf_prep *p)
{
    return (entry){ .rec = p->rec,
                    .versions = p->version,
                    .time_us = r->time_us,
                    .channel = p->scope,
                    .author = p->author,
                    .traits = ix->doc.traits };
}

static void add_change(hf_indexer *ix, int64_t rec)
{
    if (ix->nchange == ix->cap_change) {
        ix->cap_change = ix->cap_change * 2 + 64;
        ix->change = hf_realloc(ix->change, ix->cap_change, sizeof(*ix->change));
    }
    ix->change[ix->nchange++] = (change){ rec, ix->doc.traits };
}

void hf_indexer_note(hf_indexer *ix, int64_t rec)
{
    if (ix->nmany == ix->cap_many) {
        ix->cap_many = ix->cap_many * 2 + 64;
        ix->many = hf_realloc(ix->many, ix->cap_many, sizeof(*ix->many));
    }
    ix->many[ix->nmany++] = rec;
}

hf_status hf_indexer_add(hf_indexer *ix, const hf_record *r, const hf_prep *p, hf_err **err)
{
    entry row;

    hf_doc_build(&ix->doc, r, ix->mem);
    hf_arena_reset(ix->mem);
    if (p->version > 1)
        hf_indexer_note(ix, p->rec);
    if (p->version != 1 && p->is_current)
        add_change(ix, p->rec);
    if (p->version != 1)
        return HF_OK;
    row = row_of(ix, r, p);
    return put(ix, &row, &ix->doc, err);
}

hf_status hf_indexer_finish(hf_indexer *ix, int64_t import, hf_err **err)
{
    hf_status rc = drain(ix, err);

    return rc == HF_OK ? hf_vault_meta_set_i64(ix->db, "import", import, err) : rc;
}

/* --- messages of several versions --------------------------------------------------------------
 */

static void append(hf_buf *to, const hf_buf *text)
{
    if (to->n > 0 && text->n > 0)
        hf_buf_byte(to, '\n');
    hf_buf_add(to, hf_buf_view(text));
}

/* The current version gives body, file and the row; the others are earlier texts. */
static hf_status merge_version(void *self, const hf_record *r, const hf_prep *p, hf_err **err)
{
    hf_indexer *ix = self;
    int64_t versions = ix->merged.versions + 1;

    (void)err;
    hf_doc_build(&ix->doc, r, ix->mem);
    hf_arena_reset(ix->mem);
    append(p->is_current ? &ix->whole.body : &ix->whole.earlier, &ix->doc.body);
    append(p->is_current ? &ix->whole.file : &ix->whole.earlier, &ix->doc.file);
    append(&ix->whole.earlier, &ix->doc.earlier);
    append(&ix->whole.mention, &ix->doc.mention);
    if (p->is_current)
        ix->merged = row_of(ix, r, p);
    ix->merged.versions = versions;
    return HF_OK;
}

static hf_status forget(hf_indexer *ix, int64_t rec, hf_err **err)
{
    hf_status rc = wait_idle(ix, err);

    for (size_t i = 0; i < 2 && rc == HF_OK; i++) {
        hf_stmt_bind_i64(ix->forget[i], 1, rec);
        rc = hf_stmt_run(ix->forget[i], err);
    }
    return rc;
}

static hf_status merge_one(hf_indexer *ix, hf_texts *texts, int64_t rec, hf_err **err)
{
    hf_status rc = forget(ix, rec, err);

    hf_buf_reset(&ix->whole.body);
    hf_buf_reset(&ix->whole.file);
    hf_buf_reset(&ix->whole.earlier);
    hf_buf_reset(&ix->whole.mention);
    ix->merged = (entry){ .rec = rec, .time_us = HF_NO_TIME };
    if (rc == HF_OK)
        rc = hf_texts_of(texts, rec, merge_version, ix, err);
    return rc == HF_OK ? put(ix, &ix->merged, &ix->whole, err) : rc;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return x < y ? -1 : x > y;
}

static hf_status merge_all(hf_indexer *ix, const char *vault, hf_db *records, hf_err **err)
{
    hf_texts *texts = NULL;
    hf_status rc = hf_texts_new(&texts, vault, records, err);

    qsort(ix->many, ix->nmany, sizeof(*ix->many), by_number);
    for (size_t i = 0; i < ix->nmany && rc == HF_OK; i++)
        if (i == 0 || ix->many[i] != ix->many[i - 1])
            rc = merge_one(ix, texts, ix->many[i], err);
    if (rc == HF_OK)
        rc = drain(ix, err);
    hf_texts_free(texts);
    return rc;
}

hf_status hf_indexer_merge(hf_indexer *ix, const char *vault, hf_db *records, hf_err **err)
{
    hf_status rc = ix->nmany > 0 ? merge_all(ix, vault, records, err) : HF_OK;

    for (size_t i = 0; i < ix->nchange && rc == HF_OK; i++) {
        hf_stmt_bind_i64(ix->set_traits, 1, ix->change[i].rec);
        hf_stmt_bind_i64(ix->set_traits, 2, ix->change[i].traits);
        rc = hf_stmt_run(ix->set_traits, err);
    }
    ix->nmany = ix->nchange = 0;
    return rc;
}
