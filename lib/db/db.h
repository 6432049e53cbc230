/* db/db.h: SQLite connections and statements, with our errors and our views.
 *
 * The only user of sqlite3 (hf_db_raw is for its backup and blob calls). Data reaches SQL through
 * bound parameters only; every SQL text given here is a constant of the program or a file of
 * schemas/.
 * Errors    each names the file: HF_E_LOCKED (another connection holds it past the busy timeout),
 *           HF_E_NO_SPACE, HF_E_DAMAGED (not a database, or a broken one), HF_E_DENIED, HF_E_LIMIT
 *           (a value or statement too big), HF_E_INTERRUPTED, HF_E_IO; anything else is HF_E_DB.
 * Ownership statements are freed before their database is closed.
 * Threads   one thread at a time per connection, with its statements.
 */
#ifndef HF_DB_DB_H
#define HF_DB_DB_H

#include "util/util.h"

typedef struct hf_db hf_db;
typedef struct hf_stmt hf_stmt;

typedef enum hf_db_mode {
    HF_DB_READ,      /* existing file; nothing is written to it (WAL side files may be) */
    HF_DB_IMMUTABLE, /* the same, without locks or side files: nobody may write meanwhile */
    HF_DB_WRITE,     /* existing file */
    HF_DB_CREATE,    /* existing file, or a new one with mode 0600 */
    HF_DB_NEW,       /* a new file with mode 0600; HF_E_EXISTS when there is one */
} hf_db_mode;

#define HF_DB_BUSY_MS 10000

/* Open the file at path. NULL path with HF_DB_NEW: a private database in the temporary folder that
 * is gone after closing, in memory while it fits the page cache. The header is read at once, so
 * that a file that is no database fails here. New connections wait HF_DB_BUSY_MS for locks, trust
 * no SQL in the file's schema and load no extensions. */
HF_API hf_status hf_db_open(hf_db **out, const char *path, hf_db_mode mode, hf_err **err);

/* An open transaction is rolled back; NULL is fine. */
HF_API void hf_db_close(hf_db *db);

/* As given to hf_db_open; "(temporary database)" for NULL. */
HF_API const char *hf_db_path(const hf_db *db);

/* How long a statement waits for another connection's lock; 0 fails at once. */
HF_API void hf_db_busy_timeout(hf_db *db, int ms);

/* Run every statement of a script, ignoring rows. Stops at the first failure; what ran before it
 * stays unless the script is inside a transaction. */
HF_API hf_status hf_db_exec(hf_db *db, const char *sql, hf_err **err);

/* The first column of the first row of one statement; HF_END when it gives no row. */
HF_API hf_status hf_db_get_i64(hf_db *db, const char *sql, int64_t *out, hf_err **err);

/* PRAGMA name = value. */
HF_API hf_status hf_db_set(hf_db *db, const char *pragma, int64_t value, hf_err **err);

/* Start a write transaction, waiting for the write lock now rather than at the first change. */
HF_API hf_status hf_db_begin(hf_db *db, hf_err **err);

/* Start a read transaction and fix its snapshot: later commits of others stay unseen until
 * hf_db_commit or hf_db_rollback. */
HF_API hf_status hf_db_begin_read(hf_db *db, hf_err **err);

/* Write what the open transaction has changed to the file's write-ahead log and to the disk, so
 * that its commit is quick. Nobody sees it before. */
HF_API hf_status hf_db_flush(hf_db *db, hf_err **err);

/* When commit fails the transaction may still be open: roll it back or commit again. */
HF_API hf_status hf_db_commit(hf_db *db, hf_err **err);

/* Nothing happens when no transaction is open. */
HF_API void hf_db_rollback(hf_db *db);

HF_API bool hf_db_in_transaction(const hf_db *db);

/* Rows changed by the last INSERT, UPDATE or DELETE; rowid of the last INSERT. */
HF_API int64_t hf_db_changes(const hf_db *db);
HF_API int64_t hf_db_last_rowid(const hf_db *db);

/* The sqlite3 handle, lent. */
struct sqlite3;
HF_API struct sqlite3 *hf_db_raw(hf_db *db);

/* Turn a result code of a raw sqlite3 call on this connection into a status, with *err set; what
 * says what was tried ("cannot copy the database"). SQLITE_OK, _ROW and _DONE must not be given. */
HF_API hf_status hf_db_fail(hf_db *db, int rc, const char *what, hf_err **err);

/* --- statements ---------------------------------------------------------------------------- */

/* Compile one statement; meant to be kept and run many times. sql is borrowed and must outlive the
 * statement (errors quote it). */
HF_API hf_status hf_db_prepare(hf_db *db, const char *sql, hf_stmt **out, hf_err **err);
HF_API void hf_stmt_free(hf_stmt *st); /* NULL is fine */

/* Set parameter i, 1-based as in ?1. Bytes are borrowed until the next reset, run or free. Text is
 * stored with NULs and invalid UTF-8 as they are; an empty view is '' or x'', never NULL. A wrong i
 * or a value over SQLite's limit makes the next step fail. Unset parameters are NULL. */
HF_API void hf_stmt_bind_i64(hf_stmt *st, int i, int64_t value);
HF_API void hf_stmt_bind_text(hf_stmt *st, int i, hf_view text);
HF_API void hf_stmt_bind_blob(hf_stmt *st, int i, hf_view bytes);
HF_API void hf_stmt_bind_null(hf_stmt *st, int i);

/* HF_OK: a row is there; HF_END: no more. After an error or HF_END call hf_stmt_reset. */
HF_API hf_status hf_stmt_step(hf_stmt *st, hf_err **err);

/* Give up the rest of the rows and forget all bound values. */
HF_API void hf_stmt_reset(hf_stmt *st);

/* Step to the end, ignoring rows, then reset: for statements that change something. */
HF_API hf_status hf_stmt_run(hf_stmt *st, hf_err **err);

/* Column i of the current row, 0-based. Views are lent until the next step, reset, run or free;
 * NULL gives 0 or the empty view. */
HF_API int64_t hf_stmt_col_i64(hf_stmt *st, int i);
HF_API hf_view hf_stmt_col_text(hf_stmt *st, int i);
HF_API hf_view hf_stmt_col_blob(hf_stmt *st, int i);
HF_API bool hf_stmt_col_is_null(hf_stmt *st, int i);

#endif
