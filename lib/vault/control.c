/* vault/control.c: who writes the vault, and what is not complete. */
#include "vault/vault_priv.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "util/file.h"

enum { HEARTBEAT_SECONDS = 10 };

struct hf_lease {
    hf_db *db; /* of the heartbeat thread */
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t wake;
    bool is_ending;
};

typedef struct holder {
    char host[256], space[64];
    int64_t pid, pid_started, started_us, heartbeat_us;
} holder;

/* --- who is who ---------------------------------------------------------------------------------
 */

/* Start time of a process in clock ticks after boot: proc(5), field 22 of stat; 0 when there is no
 * such process or no /proc. */
static int64_t process_start(int64_t pid)
{
    char *path = hf_sprintf("/proc/%lld/stat", (long long)pid);
    hf_view text;
    hf_buf b;
    int64_t ticks = 0;
    size_t at;

    hf_buf_init(&b, 4096);
    (void)hf_file_read(path, 4096, &b, NULL);
    text = hf_buf_view(&b);
    /* The second field is the command in parentheses and may hold anything. */
    at = hf_view_find_last(text, ')');
    text = hf_view_from(text, at == HF_NPOS ? text.n : at + 2);
    for (int field = 3; field < 22; field++) {
        at = hf_view_find_byte(text, ' ');
        text = hf_view_from(text, at == HF_NPOS ? text.n : at + 1);
    }
    if (!hf_view_i64(hf_view_sub(text, 0, hf_view_find_byte(text, ' ')), &ticks))
        ticks = 0;
    hf_buf_clear(&b);
    hf_free(path);
    return ticks;
}

static holder me(void)
{
    holder h = { .pid = getpid() };
    ssize_t n;

    if (gethostname(h.host, sizeof(h.host) - 1) != 0)
        h.host[0] = '\0';
    n = readlink("/proc/self/ns/pid", h.space, sizeof(h.space) - 1);
    h.space[n < 0 ? 0 : n] = '\0';
    h.pid_started = process_start(h.pid);
    h.started_us = h.heartbeat_us = hf_now_us();
    return h;
}

/* Where the process id means something its death is certain; elsewhere only silence tells. */
static bool is_dead(const holder *h, const holder *self)
{
    int64_t silence = self->heartbeat_us - h->heartbeat_us;

    if (strcmp(h->host, self->host) != 0 || strcmp(h->space, self->space) != 0)
        return silence > 3 * HEARTBEAT_SECONDS * HF_SECOND_US;
    if (kill((pid_t)h->pid, 0) != 0 && errno == ESRCH)
        return true;
    return h->pid_started != 0 && process_start(h->pid) != h->pid_started;
}

static void copy_text(hf_view from, char *to, size_t size)
{
    size_t n = from.n < size - 1 ? from.n : size - 1;

    if (n > 0)
        memcpy(to, from.p, n);
    to[n] = '\0';
}

static hf_status read_holder(hf_db *db, holder *h, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        db, "SELECT host, namespace, pid, pid_started, started_us, heartbeat_us FROM lease", &st,
        err);

    if (rc == HF_OK)
        rc = hf_stmt_step(st, err);
    if (rc == HF_OK) {
        copy_text(hf_stmt_col_text(st, 0), h->host, sizeof(h->host));
        copy_text(hf_stmt_col_text(st, 1), h->space, sizeof(h->space));
        h->pid = hf_stmt_col_i64(st, 2);
        h->pid_started = hf_stmt_col_i64(st, 3);
        h->started_us = hf_stmt_col_i64(st, 4);
        h->heartbeat_us = hf_stmt_col_i64(st, 5);
    }
    hf_stmt_free(st);
    return rc;
}

static hf_status write_holder(hf_db *db, const holder *h, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(db,
                                 "INSERT OR REPLACE INTO lease(id, host, namespace, pid, "
                                 "pid_started, started_us, heartbeat_us) "
                                 "VALUES(1, ?1, ?2, ?3, ?4, ?5, ?6)",
                                 &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_view_str(h->host));
        hf_stmt_bind_text(st, 2, hf_view_str(h->space));
        hf_stmt_bind_i64(st, 3, h->pid);
        hf_stmt_bind_i64(st, 4, h->pid_started);
        hf_stmt_bind_i64(st, 5, h->started_us);
        hf_stmt_bind_i64(st, 6, h->heartbeat_us);
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    return rc;
}

static hf_status locked(const hf_db *db, const holder *h, hf_err **err)
{
    char since[32];

    hf_time_format(h->started_us, since);
    hf_fail(err, HF_E_LOCKED, "process %lld on %s writes this vault since %s", (long long)h->pid,
            h->host, since);
    hf_hint(err, "wait for it to end; searching, holds and verifying work meanwhile");
    return hf_err_at(err, hf_db_path(db), (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

static hf_status claim(hf_db *db, hf_err **err)
{
    holder now = me(), old;
    hf_status rc = hf_db_begin(db, err);

    if (rc != HF_OK)
        return rc;
    rc = read_holder(db, &old, err);
    if (rc == HF_OK && !is_dead(&old, &now))
        rc = locked(db, &old, err);
    if (rc >= 0)
        rc = write_holder(db, &now, err);
    if (rc == HF_OK)
        rc = hf_db_commit(db, err);
    hf_db_rollback(db);
    return rc;
}

/* --- heartbeat ----------------------------------------------------------------------------------
 */

/* A beat that fails is made up for by the next; three must fail in a row to matter. */
static void *beat(void *self)
{
    struct hf_lease *l = self;
    struct timespec until;

    pthread_mutex_lock(&l->mutex);
    clock_gettime(CLOCK_REALTIME, &until);
    while (!l->is_ending) {
        until.tv_sec += HEARTBEAT_SECONDS;
        while (!l->is_ending && pthread_cond_timedwait(&l->wake, &l->mutex, &until) == 0) {
        }
        if (!l->is_ending)
            (void)hf_db_exec(l->db,
                             "UPDATE lease SET heartbeat_us = "
                             "CAST((julianday('now') - 2440587.5) * 86400e6 AS INTEGER)",
                             NULL);
    }
    pthread_mutex_unlock(&l->mutex);
    return NULL;
}

hf_status hf_lease_take(struct hf_lease **out, const char *vault, hf_db *control, hf_err **err)
{
    struct hf_lease *l = HF_NEW(struct hf_lease);
    char *path = hf_vault_file(vault, "control.sqlite");
    hf_status rc = hf_db_open(&l->db, path, HF_DB_WRITE, err);

    hf_free(path);
    if (rc == HF_OK)
        rc = claim(control, err);
    if (rc == HF_OK) {
        pthread_mutex_init(&l->mutex, NULL);
        pthread_cond_init(&l->wake, NULL);
        if (pthread_create(&l->thread, NULL, beat, l) != 0)
            rc = hf_fail(err, HF_E_INTERNAL, "cannot start a thread");
    }
    if (rc != HF_OK) {
        hf_db_close(l->db);
        hf_free(l);
        return rc;
    }
    *out = l;
    return HF_OK;
}

void hf_lease_drop(struct hf_lease *l, hf_db *control)
{
    if (l == NULL)
        return;
    pthread_mutex_lock(&l->mutex);
    l->is_ending = true;
    pthread_cond_signal(&l->wake);
    pthread_mutex_unlock(&l->mutex);
    pthread_join(l->thread, NULL);
    hf_db_close(l->db);
    /* When this fails the next writer sees that we are gone. */
    (void)hf_db_exec(control, "DELETE FROM lease", NULL);
    pthread_cond_destroy(&l->wake);
    pthread_mutex_destroy(&l->mutex);
    hf_free(l);
}

/* --- intents ------------------------------------------------------------------------------------
 */

hf_status hf_intent_add(hf_db *control, hf_intent *in, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(control,
                                 "INSERT INTO intent(kind, import, state, started_us) "
                                 "VALUES(?1, ?2, 'open', ?3)",
                                 &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, in->is_load ? HF_V("load") : HF_V("import"));
        hf_stmt_bind_i64(st, 2, in->import);
        hf_stmt_bind_i64(st, 3, hf_now_us());
        rc = hf_stmt_run(st, err);
        in->id = hf_db_last_rowid(control);
    }
    hf_stmt_free(st);
    return rc;
}

static hf_status run_on(hf_db *control, const char *sql, int64_t id, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(control, sql, &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, id);
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    return rc;
}

hf_status hf_intent_ready(hf_db *control, const hf_intent *in, hf_err **err)
{
    return run_on(control, "UPDATE intent SET state = 'ready' WHERE id = ?1", in->id, err);
}

hf_status hf_intent_done(hf_db *control, const hf_intent *in, hf_err **err)
{
    return run_on(control, "DELETE FROM intent WHERE id = ?1", in->id, err);
}

hf_status hf_intent_get(hf_db *control, hf_intent *out, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        control, "SELECT id, kind, import, state FROM intent ORDER BY id LIMIT 1", &st, err);

    if (rc == HF_OK)
        rc = hf_stmt_step(st, err);
    if (rc == HF_OK) {
        out->id = hf_stmt_col_i64(st, 0);
        out->is_load = hf_view_is(hf_stmt_col_text(st, 1), "load");
        out->import = hf_stmt_col_i64(st, 2);
        out->is_ready = hf_view_is(hf_stmt_col_text(st, 3), "ready");
    }
    hf_stmt_free(st);
    return rc;
}
