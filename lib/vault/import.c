/* vault/import.c: one import: the caller's thread, a records thread and an index thread.
 *
 *   caller: digests -> queue -> records thread: evidence, rows -> queue -> index thread: texts
 *
 * First load: both databases are new files without journal, secondary indexes come at the end, the
 * files are synced and renamed. Later: one transaction in each file. Order of both: intent,
 * records, index, completion. Memory: two queues of QUEUE_BYTES, and what the stages state.
 */
#include "db/fts.h"
#include "util/fault.h"
#include "vault/index_priv.h"
#include "vault/queue_priv.h"

#include <pthread.h>

enum { QUEUE_BYTES = 8 << 20 };

struct hf_import {
    hf_vault *v;
    hf_import_args args; /* texts owned */
    hf_import_stats stats;
    hf_intent intent;
    bool is_first;
    int64_t started_us;
    char *mark_key, *mark;  /* NULL: none */
    int64_t counted_origin; /* whose messages the source counted; 0: none */

    hf_db *records, *index;
    hf_evidence *evidence;
    hf_records *rows;
    hf_indexer *indexer;

    hf_queue *to_records, *to_index;
    pthread_t records_thread, index_thread;
    int threads; /* running */

    pthread_mutex_t mutex;
    hf_err *failure; /* the first; later work is skipped */
    bool has_failed, is_aborted;
};

/* Cache sizes in KiB: 24 MiB and 16 MiB of the budget. */
static const char records_cache[] = "PRAGMA cache_size = -24576";
static const char index_cache[] = "PRAGMA cache_size = -16384";

/* While indexes are built: the size bounds each sort too. */
static const char sort_cache[] = "PRAGMA shrink_memory; PRAGMA cache_size = -8192";

/* --- failing ------------------------------------------------------------------------------------
 */

static void note(hf_import *im, hf_err *e)
{
    pthread_mutex_lock(&im->mutex);
    if (im->failure == NULL)
        im->failure = e;
    else
        hf_err_free(e);
    im->has_failed = true;
    pthread_mutex_unlock(&im->mutex);
}

static bool has_failed(hf_import *im)
{
    bool yes;

    pthread_mutex_lock(&im->mutex);
    yes = im->has_failed || im->is_aborted;
    pthread_mutex_unlock(&im->mutex);
    return yes;
}

/* Hand the noted failure to the caller. */
static hf_status report(hf_import *im, hf_err **err)
{
    hf_status rc = HF_OK;

    pthread_mutex_lock(&im->mutex);
    if (im->failure != NULL) {
        rc = im->failure->code;
        if (err != NULL && *err == NULL)
            *err = im->failure;
        else
            hf_err_free(im->failure);
        im->failure = NULL;
    } else if (im->has_failed) {
        rc = hf_fail(err, HF_E_INTERNAL, "the import has failed already");
    }
    pthread_mutex_unlock(&im->mutex);
    return rc;
}

/* --- the records thread -------------------------------------------------------------------------
 */

static hf_status put_batch(hf_import *im, const hf_work *w, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < w->batch->n && rc == HF_OK; i++) {
        const hf_record *r = w->batch->rec[i];

        if (r->kind == HF_KIND_MEMBER || r->kind == HF_KIND_BYTES || r->kind == HF_KIND_MEMBER_END)
            rc = hf_evidence_put(im->evidence, r, err);
        else if (r->kind != HF_KIND_NONE)
            rc = hf_records_put(im->rows, r, &w->prep[i], err);
    }
    hf_fault("batch");
    return rc;
}

static hf_status finish_records(hf_import *im, hf_err **err)
{
    char list[65];
    int64_t counted = hf_records_counted(im->rows);
    hf_status rc = hf_evidence_finish(im->evidence, list, err);

    if (rc == HF_OK)
        rc = hf_records_finish(im->rows, list, im->started_us, im->mark_key, im->mark, err);
    im->counted_origin = counted;
    if (rc == HF_OK && !im->is_first && counted != 0)
        rc = hf_days_compare(im->records, counted, &im->stats, err);
    if (rc != HF_OK || !im->is_first)
        return rc; /* later imports are committed when the index is ready too */
    /* Sorting for the indexes wants the memory that the rows needed. */
    hf_records_free(im->rows);
    hf_evidence_free(im->evidence);
    im->rows = NULL;
    im->evidence = NULL;
    rc = hf_db_commit(im->records, err);
    if (rc == HF_OK)
        rc = hf_db_exec(im->records, sort_cache, err);
    if (rc == HF_OK)
        rc = hf_db_exec(im->records, "DROP INDEX IF EXISTS rec_key", err);
    if (rc == HF_OK)
        rc = hf_vault_run_schema(im->records, "vault/records_indexes.v1.sql", err);
    if (rc != HF_OK || counted == 0)
        return rc;
    rc = hf_db_begin(im->records, err);
    if (rc == HF_OK)
        rc = hf_days_compare(im->records, counted, &im->stats, err);
    return rc == HF_OK ? hf_db_commit(im->records, err) : rc;
}

static void *run_records(void *self)
{
    hf_import *im = self;
    hf_err *err = NULL;
    hf_work w;

    pthread_setname_np(pthread_self(), "hf records"); /* for top, perf and gdb */
    while (hf_queue_get(im->to_records, &w)) {
        if (has_failed(im))
            hf_batch_free(w.batch);
        else if (put_batch(im, &w, &err) == HF_OK)
            hf_queue_put(im->to_index, w);
        else
            hf_batch_free(w.batch);
        if (err != NULL)
            note(im, err);
        err = NULL;
    }
    hf_queue_close(im->to_index);
    if (!has_failed(im) && finish_records(im, &err) != HF_OK)
        note(im, err);
    return NULL;
}

/* --- the index thread ---------------------------------------------------------------------------
 */

static hf_status index_batch(hf_import *im, const hf_work *w, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < w->batch->n && rc == HF_OK; i++)
        if (w->batch->rec[i]->kind == HF_KIND_MESSAGE &&
            (w->prep[i].version != 0 || w->prep[i].is_current))
            rc = hf_indexer_add(im->indexer, w->batch->rec[i], &w->prep[i], err);
    return rc;
}

static hf_status finish_index(hf_import *im, hf_err **err)
{
    hf_status rc = hf_indexer_finish(im->indexer, im->stats.import, err);

    if (rc == HF_OK && !im->is_first)
        rc = hf_db_exec(im->index, "INSERT INTO ft(ft, rank) VALUES ('merge', 500)", err);
    if (rc != HF_OK || !im->is_first)
        return rc;
    rc = hf_db_commit(im->index, err);
    if (rc == HF_OK)
        rc = hf_db_exec(im->index, sort_cache, err);
    return rc == HF_OK ? hf_vault_run_schema(im->index, "vault/index_indexes.v1.sql", err) : rc;
}

static void *run_index(void *self)
{
    hf_import *im = self;
    hf_err *err = NULL;
    hf_work w;

    pthread_setname_np(pthread_self(), "hf index");
    while (hf_queue_get(im->to_index, &w)) {
        if (!has_failed(im) && index_batch(im, &w, &err) != HF_OK)
            note(im, err);
        err = NULL;
        hf_batch_free(w.batch);
    }
    if (!has_failed(im) && finish_index(im, &err) != HF_OK)
        note(im, err);
    return NULL;
}

/* --- beginning ----------------------------------------------------------------------------------
 */

/* The new file is its own transaction: it is synced and renamed as a whole. */
static const char load_pragmas[] = "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
                                   "PRAGMA locking_mode = EXCLUSIVE;";
static const char import_pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                     "PRAGMA wal_autocheckpoint = 0;";
static hf_status open_one(hf_import *im, bool is_records, hf_db **out, hf_err **err)
{
    const char *name = is_records ? "records.sqlite" : "index.sqlite";
    char *path = hf_sprintf("%s/%s%s", im->v->path, name, im->is_first ? ".partial" : "");
    hf_status rc;

    if (!im->is_first)
        rc = hf_db_open(out, path, HF_DB_WRITE, err);
    else if (is_records)
        rc = hf_vault_make_records(path, im->v->id, out, err);
    else
        rc = hf_vault_make_index(path, im->v->id, out, err);
    hf_free(path);
    if (rc == HF_OK && !is_records)
        rc = hf_fts_register(*out, err);
    if (rc == HF_OK)
        rc = hf_db_exec(*out, im->is_first ? load_pragmas : import_pragmas, err);
    if (rc == HF_OK)
        rc = hf_db_exec(*out, is_records ? records_cache : index_cache, err);
    return rc == HF_OK ? hf_db_begin(*out, err) : rc;
}

static hf_status open_stages(hf_import *im, hf_err **err)
{
    hf_status rc = open_one(im, true, &im->records, err);

    if (rc == HF_OK)
        rc = open_one(im, false, &im->index, err);
    if (rc == HF_OK)
        rc = hf_evidence_new(&im->evidence, im->v->path, im->records, im->stats.import, &im->stats,
                             err);
    if (rc == HF_OK)
        rc = hf_records_new(&im->rows, im->records, im->evidence, &im->args, im->is_first,
                            &im->stats, err);
    return rc == HF_OK ? hf_indexer_new(&im->indexer, im->index, err) : rc;
}

static hf_status start(hf_import *im, hf_err **err)
{
    im->to_records = hf_queue_new(QUEUE_BYTES);
    im->to_index = hf_queue_new(QUEUE_BYTES);
    if (pthread_create(&im->index_thread, NULL, run_index, im) != 0)
        return hf_fail(err, HF_E_INTERNAL, "cannot start a thread");
    im->threads = 1;
    if (pthread_create(&im->records_thread, NULL, run_records, im) != 0)
        return hf_fail(err, HF_E_INTERNAL, "cannot start a thread");
    im->threads = 2;
    return HF_OK;
}

static hf_status begin(hf_import *im, hf_err **err)
{
    hf_status rc = hf_db_get_i64(im->v->records, "SELECT coalesce(max(n), 0) + 1 FROM import",
                                 &im->stats.import, err);

    im->is_first = im->stats.import == 1;
    im->intent.import = im->stats.import;
    im->intent.is_load = im->is_first;
    if (rc == HF_OK)
        rc = hf_intent_add(im->v->control, &im->intent, err);
    hf_fault("intent");
    if (rc == HF_OK && im->is_first)
        rc = hf_vault_discard(im->v, err);
    if (rc == HF_OK)
        rc = open_stages(im, err);
    return rc == HF_OK ? start(im, err) : rc;
}

hf_status hf_import_begin(hf_import **out, hf_vault *v, const hf_import_args *args, hf_err **err)
{
    hf_import *im;
    hf_status rc;

    *out = NULL;
    if (v->mode != HF_VAULT_WRITE || v->is_importing)
        return hf_fail(err, HF_E_INTERNAL, "the vault is not open for this import");
    im = HF_NEW(hf_import);
    im->v = v;
    im->args = *args;
    im->args.format = hf_strdup(args->format);
    im->args.source = hf_strdup(args->source);
    im->args.source_sha256 = hf_strdup(args->source_sha256);
    im->started_us = hf_now_us();
    pthread_mutex_init(&im->mutex, NULL);
    v->is_importing = true;
    rc = begin(im, err);
    if (rc != HF_OK) {
        hf_import_abort(im);
        return rc;
    }
    *out = im;
    return HF_OK;
}

hf_status hf_import_put(hf_import *im, hf_batch *b, hf_err **err)
{
    hf_prep *prep = hf_arena_alloc0(b->mem, b->n, sizeof(*prep));

    if (has_failed(im)) {
        hf_batch_free(b);
        return report(im, err);
    }
    for (size_t i = 0; i < b->n; i++) {
        const hf_record *r = b->rec[i];

        if (!hf_kind_is_record(r->kind))
            continue;
        prep[i].key = hf_vault_key(r);
        hf_rec_digests(r, im->args.paths, &prep[i].content, &prep[i].state);
    }
    hf_queue_put(im->to_records, (hf_work){ b, prep, hf_arena_used(b->mem) });
    return HF_OK;
}

void hf_import_mark(hf_import *im, hf_view key, hf_view mark)
{
    if (key.n == 0 || mark.n == 0)
        return;
    /* Read by the records thread, after it was told that no more batches come. */
    im->mark_key = hf_view_dup(key);
    im->mark = hf_view_dup(mark);
}

/* --- ending ------------------------------------------------------------------------------------
 */

static void join(hf_import *im)
{
    if (im->to_records != NULL)
        hf_queue_close(im->to_records);
    if (im->threads == 2)
        pthread_join(im->records_thread, NULL);
    else if (im->to_index != NULL)
        hf_queue_close(im->to_index);
    if (im->threads > 0)
        pthread_join(im->index_thread, NULL);
    im->threads = 0;
}

static void free_stages(hf_import *im)
{
    hf_indexer_free(im->indexer);
    hf_records_free(im->rows);
    hf_evidence_free(im->evidence);
    im->indexer = NULL;
    im->rows = NULL;
    im->evidence = NULL;
}

static void close_files(hf_import *im)
{
    hf_db_close(im->records);
    hf_db_close(im->index);
    im->records = im->index = NULL;
}

static void release(hf_import *im)
{
    free_stages(im);
    close_files(im);
    hf_queue_free(im->to_records);
    hf_queue_free(im->to_index);
    hf_err_free(im->failure);
    pthread_mutex_destroy(&im->mutex);
    im->v->is_importing = false;
    hf_free((void *)(uintptr_t)im->args.format);
    hf_free((void *)(uintptr_t)im->args.source);
    hf_free((void *)(uintptr_t)im->args.source_sha256);
    hf_free(im->mark_key);
    hf_free(im->mark);
    hf_free(im);
}

/* Give a new file its later journal mode, and take it to the disk. */
static hf_status seal(hf_import *im, hf_db **db, const char *name, hf_err **err)
{
    char *path = hf_sprintf("%s/%s.partial", im->v->path, name);
    hf_status rc = hf_db_exec(*db, "PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL", err);

    hf_db_close(*db);
    *db = NULL;
    if (rc == HF_OK)
        rc = hf_vault_sync(path, err);
    hf_free(path);
    return rc;
}

static hf_status complete_load(hf_import *im, hf_err **err)
{
    hf_status rc = seal(im, &im->records, "records.sqlite", err);

    hf_fault("records");
    if (rc == HF_OK)
        rc = seal(im, &im->index, "index.sqlite", err);
    hf_fault("index");
    if (rc == HF_OK)
        rc = hf_intent_ready(im->v->control, &im->intent, err);
    hf_fault("ready");
    if (rc == HF_OK) {
        hf_vault_disconnect(im->v);
        rc = hf_vault_publish(im->v, err);
    }
    return rc == HF_OK ? hf_vault_connect(im->v, err) : rc;
}

/* Between the two commits the index lacks an import, so there is nothing to wait for between them:
 * what they commit is on the disk before, and moved from the logs into the files after. */
static hf_status complete_import(hf_import *im, hf_err **err)
{
    hf_status rc = hf_db_flush(im->index, err);

    if (rc == HF_OK)
        rc = hf_db_flush(im->records, err);
    if (rc == HF_OK)
        rc = hf_db_commit(im->records, err);
    hf_fault("records");
    if (rc == HF_OK)
        rc = hf_db_commit(im->index, err);
    hf_fault("index");
    if (rc == HF_OK) { /* what fails here the next writer does */
        (void)hf_db_exec(im->records, "PRAGMA wal_checkpoint(PASSIVE)", NULL);
        (void)hf_db_exec(im->index, "PRAGMA wal_checkpoint(PASSIVE)", NULL);
    }
    return rc;
}

/* Both threads are done: what needs all records and the whole index. */
static hf_status merge(hf_import *im, hf_err **err)
{
    hf_status rc = im->is_first ? hf_db_begin(im->index, err) : HF_OK;

    if (rc == HF_OK)
        rc = hf_indexer_merge(im->indexer, im->v->path, im->records, err);
    return rc == HF_OK && im->is_first ? hf_db_commit(im->index, err) : rc;
}

hf_status hf_import_finish(hf_import *im, hf_import_stats *stats, hf_err **err)
{
    hf_status rc;

    join(im);
    rc = report(im, err);
    if (rc == HF_OK)
        rc = merge(im, err);
    free_stages(im);
    if (rc == HF_OK)
        rc = im->is_first ? complete_load(im, err) : complete_import(im, err);
    if (rc != HF_OK) {
        hf_import_abort(im);
        return rc;
    }
    close_files(im);
    hf_fault("completion");
    rc = hf_intent_done(im->v->control, &im->intent, err);
    if (rc == HF_OK && im->counted_origin != 0)
        rc = hf_days_total(im->v->records, im->counted_origin, &im->stats.read_back, err);
    if (rc == HF_OK && stats != NULL)
        *stats = im->stats;
    release(im);
    return rc;
}

void hf_import_abort(hf_import *im)
{
    hf_vault *v;

    if (im == NULL)
        return;
    v = im->v;
    pthread_mutex_lock(&im->mutex);
    im->is_aborted = true;
    pthread_mutex_unlock(&im->mutex);
    join(im);
    release(im);
    /* What fails here is done again when the vault is opened next. */
    if (hf_vault_recover(v, NULL) == HF_OK && v->records == NULL)
        (void)hf_vault_connect(v, NULL);
}
