/* db/db.c: connections, transactions and statements over sqlite3. */
#include "db/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <unistd.h>

struct hf_db {
    sqlite3 *raw;
    char *path; /* NULL: a temporary database */
};

struct hf_stmt {
    hf_db *db; /* borrowed */
    sqlite3_stmt *raw;
    const char *sql; /* borrowed */
    int bind_rc;     /* the first refused binding, reported by step */
};

/* --- errors -------------------------------------------------------------------------------- */

static bool is_full(int sys)
{
    return sys == ENOSPC || sys == EDQUOT || sys == EFBIG;
}

static bool is_denied(int sys)
{
    return sys == EACCES || sys == EPERM || sys == EROFS;
}

static hf_status status_of(int rc, int sys)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return HF_E_LOCKED;
    case SQLITE_FULL:
        return HF_E_NO_SPACE;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return HF_E_DAMAGED;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
        return HF_E_DENIED;
    case SQLITE_TOOBIG:
        return HF_E_LIMIT;
    case SQLITE_INTERRUPT:
        return HF_E_INTERRUPTED;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
        /* SQLite turns only ENOSPC into SQLITE_FULL; a quota ends up here. */
        if (is_full(sys))
            return HF_E_NO_SPACE;
        return is_denied(sys) ? HF_E_DENIED : HF_E_IO;
    default:
        return HF_E_DB;
    }
}

static const char *hint_of(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another process is using the database; wait for it to end and run again";
    case SQLITE_NOTADB:
        return "the file is not an SQLite database; check the path";
    case SQLITE_CORRUPT:
        return "restore the file from a copy; nothing was changed";
    default:
        return NULL;
    }
}

/* sql NULL: no statement to quote. */
static hf_status fail(hf_db *db, int rc, const char *what, const char *sql, hf_err **err)
{
    int sys = sqlite3_system_errno(db->raw);
    /* errmsg belongs to the last failed call of the connection, which need not be this one. */
    bool is_last = sqlite3_extended_errcode(db->raw) == rc || sqlite3_errcode(db->raw) == rc;
    const char *text = is_last ? sqlite3_errmsg(db->raw) : sqlite3_errstr(rc);
    hf_status code = status_of(rc, sys);
    const char *hint = hint_of(rc);

    if (sql != NULL && code == HF_E_DB)
        hf_fail(err, code, "%s: %s, in \"%.200s\"", what, text, sql);
    else if (code == HF_E_IO && sys != 0)
        hf_fail(err, code, "%s: %s: %s", what, text, strerror(sys));
    else
        hf_fail(err, code, "%s: %s", what, text);
    if (err != NULL && *err != NULL && (*err)->sys == 0)
        (*err)->sys = code == HF_E_DB ? 0 : sys;
    hf_err_at(err, db->path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    if (hint != NULL)
        hf_hint(err, "%s", hint);
    return code;
}

hf_status hf_db_fail(hf_db *db, int rc, const char *what, hf_err **err)
{
    return fail(db, rc, what, NULL, err);
}

/* --- opening ------------------------------------------------------------------------------- */

/* The file, made with our mode: SQLite would use 0644, and its side files copy the main file's. */
static hf_status make_file(const char *path, hf_db_mode mode, hf_err **err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (mode == HF_DB_NEW ? O_EXCL : 0), 0600);

    if (fd < 0 && errno == EEXIST) {
        hf_fail(err, HF_E_EXISTS, "the file exists already");
        return hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    if (fd < 0) {
        hf_status rc = hf_fail_sys(err, "cannot create the database");

        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        return rc;
    }
    close(fd);
    return HF_OK;
}

/* file: URI of a path, for the one setting that only a URI can say. */
static char *immutable_uri(const char *path)
{
    static const char hex[] = "0123456789ABCDEF";
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    /* "//" starts an authority, and ":memory:" alone is no file. */
    hf_buf_str(&b, path[0] == '/' ? "file://" : "file:./");
    for (const char *p = path; *p != '\0'; p++) {
        if (*p == '%' || *p == '?' || *p == '#') {
            hf_buf_byte(&b, '%');
            hf_buf_byte(&b, hex[(unsigned char)*p >> 4]);
            hf_buf_byte(&b, hex[(unsigned char)*p & 15]);
        } else {
            hf_buf_byte(&b, *p);
        }
    }
    hf_buf_str(&b, "?immutable=1");
    (void)hf_buf_cstr(&b);
    return b.p; /* never NULL: "file:" is in it */
}

/* What SQLite is to open: never ":memory:" or a URI by accident of the name. */
static char *name_for(const char *path, hf_db_mode mode)
{
    if (path == NULL)
        return hf_strdup("");
    if (mode == HF_DB_IMMUTABLE)
        return immutable_uri(path);
    return path[0] == '/' ? hf_strdup(path) : hf_sprintf("./%s", path);
}

static int flags_of(hf_db_mode mode)
{
    int common = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;

    switch (mode) {
    case HF_DB_READ:
        return common | SQLITE_OPEN_READONLY;
    case HF_DB_IMMUTABLE:
        return common | SQLITE_OPEN_READONLY | SQLITE_OPEN_URI;
    case HF_DB_WRITE:
    case HF_DB_CREATE:
    case HF_DB_NEW:
    default:
        return common | SQLITE_OPEN_READWRITE;
    }
}

static bool is_writing(hf_db_mode mode)
{
    return mode == HF_DB_WRITE || mode == HF_DB_CREATE || mode == HF_DB_NEW;
}

/* A file from elsewhere must not run code of its choosing, nor be rewritten by a slip of ours. */
static hf_status settle(hf_db *db, hf_db_mode mode, hf_err **err)
{
    int64_t ignored;
    hf_status rc;

    sqlite3_busy_timeout(db->raw, HF_DB_BUSY_MS);
    sqlite3_db_config(db->raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (!is_writing(mode)) {
        sqlite3_db_config(db->raw, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
        rc = hf_db_exec(db, "PRAGMA cell_size_check = ON", err);
        if (rc != HF_OK)
            return rc;
    }
    /* sqlite3_open_v2 reads nothing: this does. */
    rc = hf_db_get_i64(db, "PRAGMA schema_version", &ignored, err);
    if (rc < 0)
        return rc;
    if (is_writing(mode) && sqlite3_db_readonly(db->raw, "main") == 1) {
        hf_fail(err, HF_E_DENIED, "the database may not be written");
        return hf_err_at(err, db->path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    return HF_OK;
}

/* Without the statistics of its memory, SQLite's allocations take no lock that all connections
 * share. Too late when the program around us has used SQLite before: then it stays as it was. */
static void set_up_once(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

hf_status hf_db_open(hf_db **out, const char *path, hf_db_mode mode, hf_err **err)
{
    hf_status rc = HF_OK;
    hf_db *db;
    char *name;
    int src;

    static pthread_once_t once = PTHREAD_ONCE_INIT;

    assert(path != NULL || mode == HF_DB_NEW);
    pthread_once(&once, set_up_once);
    *out = NULL;
    if (path != NULL && (mode == HF_DB_CREATE || mode == HF_DB_NEW))
        rc = make_file(path, mode, err);
    if (rc != HF_OK)
        return rc;
    db = HF_NEW(hf_db);
    db->path = hf_strdup(path);
    name = name_for(path, mode);
    src = sqlite3_open_v2(name, &db->raw, flags_of(mode), NULL);
    hf_free(name);
    rc = src == SQLITE_OK ? settle(db, mode, err)
                          : hf_db_fail(db, src, "cannot open the database", err);
    if (rc != HF_OK) {
        hf_db_close(db);
        return rc;
    }
    *out = db;
    return HF_OK;
}

void hf_db_close(hf_db *db)
{
    int rc;

    if (db == NULL)
        return;
    /* FTS5 keeps statements of its own, which closing takes away before it looks for ours. */
    rc = sqlite3_close(db->raw);
    assert(rc == SQLITE_OK);
    if (rc != SQLITE_OK)
        sqlite3_close_v2(db->raw);
    hf_free(db->path);
    hf_free(db);
}

const char *hf_db_path(const hf_db *db)
{
    return db->path == NULL ? "(temporary database)" : db->path;
}

void hf_db_busy_timeout(hf_db *db, int ms)
{
    sqlite3_busy_timeout(db->raw, ms);
}

struct sqlite3 *hf_db_raw(hf_db *db)
{
    return db->raw;
}

int64_t hf_db_changes(const hf_db *db)
{
    return sqlite3_changes64(db->raw);
}

int64_t hf_db_last_rowid(const hf_db *db)
{
    return sqlite3_last_insert_rowid(db->raw);
}

/* --- whole statements ---------------------------------------------------------------------- */

hf_status hf_db_exec(hf_db *db, const char *sql, hf_err **err)
{
    /* One statement at a time rather than sqlite3_exec: the error then quotes the one that failed.
     */
    while (*sql != '\0') {
        sqlite3_stmt *st = NULL;
        const char *at = sql;
        int rc = sqlite3_prepare_v2(db->raw, sql, -1, &st, &sql);

        while (rc == SQLITE_OK || rc == SQLITE_ROW)
            rc = st == NULL ? SQLITE_DONE : sqlite3_step(st);
        if (rc != SQLITE_DONE) {
            hf_status status = fail(db, rc, "database error", at, err);

            sqlite3_finalize(st);
            return status;
        }
        sqlite3_finalize(st);
    }
    return HF_OK;
}

hf_status hf_db_get_i64(hf_db *db, const char *sql, int64_t *out, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc;

    *out = 0;
    rc = hf_db_prepare(db, sql, &st, err);
    if (st == NULL)
        return rc;
    rc = hf_stmt_step(st, err);
    if (rc == HF_OK)
        *out = hf_stmt_col_i64(st, 0);
    hf_stmt_free(st);
    return rc;
}

hf_status hf_db_set(hf_db *db, const char *pragma, int64_t value, hf_err **err)
{
    char *sql = hf_sprintf("PRAGMA %s = %lld", pragma, (long long)value);
    hf_status rc = hf_db_exec(db, sql, err);

    hf_free(sql);
    return rc;
}

hf_status hf_db_begin(hf_db *db, hf_err **err)
{
    return hf_db_exec(db, "BEGIN IMMEDIATE", err);
}

hf_status hf_db_begin_read(hf_db *db, hf_err **err)
{
    int64_t ignored;
    hf_status rc = hf_db_exec(db, "BEGIN", err);

    if (rc != HF_OK)
        return rc;
    /* BEGIN alone takes no snapshot; the first read does. */
    rc = hf_db_get_i64(db, "SELECT count(*) FROM sqlite_schema", &ignored, err);
    if (rc < 0)
        hf_db_rollback(db);
    return rc;
}

hf_status hf_db_flush(hf_db *db, hf_err **err)
{
    sqlite3_file *log = NULL;
    int rc = sqlite3_db_cacheflush(db->raw);

    if (rc == SQLITE_BUSY) /* pages that a statement uses are left to the commit */
        rc = SQLITE_OK;
    if (rc == SQLITE_OK)
        rc = sqlite3_file_control(db->raw, "main", SQLITE_FCNTL_JOURNAL_POINTER, (void *)&log);
    if (rc == SQLITE_OK && log != NULL && log->pMethods != NULL)
        rc = log->pMethods->xSync(log, SQLITE_SYNC_NORMAL);
    return rc == SQLITE_OK ? HF_OK : hf_db_fail(db, rc, "cannot write to the disk", err);
}

hf_status hf_db_commit(hf_db *db, hf_err **err)
{
    return hf_db_exec(db, "COMMIT", err);
}

void hf_db_rollback(hf_db *db)
{
    /* It can only fail when SQLite rolled back by itself after an error, which is what we want. */
    if (hf_db_in_transaction(db))
        (void)hf_db_exec(db, "ROLLBACK", NULL);
}

bool hf_db_in_transaction(const hf_db *db)
{
    return sqlite3_get_autocommit(db->raw) == 0;
}

/* --- statements ---------------------------------------------------------------------------- */

hf_status hf_db_prepare(hf_db *db, const char *sql, hf_stmt **out, hf_err **err)
{
    sqlite3_stmt *raw = NULL;
    const char *tail = NULL;
    hf_stmt *st;
    int rc = sqlite3_prepare_v3(db->raw, sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, &tail);

    *out = NULL;
    if (rc != SQLITE_OK)
        return fail(db, rc, "database error", sql, err);
    assert(raw != NULL && tail[strspn(tail, " \t\r\n;")] == '\0');
    st = HF_NEW(hf_stmt);
    st->db = db;
    st->raw = raw;
    st->sql = sql;
    *out = st;
    return HF_OK;
}

void hf_stmt_free(hf_stmt *st)
{
    if (st == NULL)
        return;
    sqlite3_finalize(st->raw);
    hf_free(st);
}

static void note_bind(hf_stmt *st, int rc)
{
    if (st->bind_rc == SQLITE_OK)
        st->bind_rc = rc;
}

void hf_stmt_bind_i64(hf_stmt *st, int i, int64_t value)
{
    note_bind(st, sqlite3_bind_int64(st->raw, i, value));
}

/* A NULL pointer would bind NULL: the empty view needs an address. */
void hf_stmt_bind_text(hf_stmt *st, int i, hf_view text)
{
    note_bind(st, sqlite3_bind_text64(st->raw, i, text.n == 0 ? "" : text.p, text.n, SQLITE_STATIC,
                                      SQLITE_UTF8));
}

void hf_stmt_bind_blob(hf_stmt *st, int i, hf_view bytes)
{
    note_bind(st,
              sqlite3_bind_blob64(st->raw, i, bytes.n == 0 ? "" : bytes.p, bytes.n, SQLITE_STATIC));
}

void hf_stmt_bind_null(hf_stmt *st, int i)
{
    note_bind(st, sqlite3_bind_null(st->raw, i));
}

hf_status hf_stmt_step(hf_stmt *st, hf_err **err)
{
    int rc = st->bind_rc == SQLITE_OK ? sqlite3_step(st->raw) : st->bind_rc;

    if (rc == SQLITE_ROW)
        return HF_OK;
    if (rc == SQLITE_DONE)
        return HF_END;
    return fail(st->db, rc, "database error", st->sql, err);
}

void hf_stmt_reset(hf_stmt *st)
{
    sqlite3_reset(st->raw);
    sqlite3_clear_bindings(st->raw);
    st->bind_rc = SQLITE_OK;
}

hf_status hf_stmt_run(hf_stmt *st, hf_err **err)
{
    hf_status rc;

    do
        rc = hf_stmt_step(st, err);
    while (rc == HF_OK);
    hf_stmt_reset(st);
    return rc == HF_END ? HF_OK : rc;
}

int64_t hf_stmt_col_i64(hf_stmt *st, int i)
{
    return sqlite3_column_int64(st->raw, i);
}

hf_view hf_stmt_col_text(hf_stmt *st, int i)
{
    /* The conversion to text comes first: column_bytes alone would measure another encoding. */
    const void *p = sqlite3_column_text(st->raw, i);

    return (hf_view){ p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(st->raw, i) };
}

hf_view hf_stmt_col_blob(hf_stmt *st, int i)
{
    const void *p = sqlite3_column_blob(st->raw, i);

    return (hf_view){ p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(st->raw, i) };
}

bool hf_stmt_col_is_null(hf_stmt *st, int i)
{
    return sqlite3_column_type(st->raw, i) == SQLITE_NULL;
}
