/* db/pg.h: PostgreSQL connections that only read: one snapshot, queries with bound values, COPY.
 *
 * The only user of libpq. Nothing but the question for the search path is done outside a READ ONLY
 * REPEATABLE READ transaction, and every setting is local to it, so that a pooler between us and
 * the server (PgBouncer in transaction mode) hands nothing of ours to its next client. The settings
 * of a transaction are pg_dump's, so that a row's text is the one that pg_dump writes.
 *
 * Values reach SQL as parameters; those of a COPY, which takes none, through hf_pg_set and
 * current_setting() in its text. Names reach it through hf_pg_identifier alone.
 *
 * Errors    HF_E_UNREACHABLE (no answer, connection lost, server going down, a standby that
 *           cancelled), HF_E_DENIED (password, role, rights), HF_E_USAGE (a connection string that
 *           is none, no such database), HF_E_NO_KEY (password command), HF_E_LOCKED (lock_timeout),
 *           HF_E_DAMAGED (the server found its own files broken), HF_E_INTERRUPTED; anything else
 *           is HF_E_DB. Each names the server by its label; none holds a password.
 * Waiting   notices hf_stop_check and hf_pg_cancel within a quarter of a second, and then cancels
 *           the statement on the server.
 * Threads   one thread at a time per connection; hf_pg_cancel from any.
 * Source    PostgreSQL documentation, chapters "libpq" and "COPY"; pg_dump.c, setup_connection().
 */
#ifndef HF_DB_PG_H
#define HF_DB_PG_H

#include "util/util.h"

typedef struct hf_pg hf_pg;

typedef struct hf_pg_args {
    /* "postgresql://..." or "host=... dbname=..."; "" or NULL: what libpq's environment, service
     * file and defaults say. The password file serves all of them. */
    const char *conninfo;
    /* A shell command whose first line of output is the password; NULL: none. */
    const char *password_command;
    uint32_t statement_timeout_ms; /* 0: none, whatever the server's own default is */
    uint32_t lock_timeout_ms;      /* waiting for a lock; 0: for ever */
    uint32_t idle_timeout_ms; /* the server ends a transaction that waits for us longer; 0: never */
} hf_pg_args;

/* Connect; no transaction is begun yet. Without connect_timeout from the user it is 15 seconds. */
HF_API hf_status hf_pg_open(hf_pg **out, const hf_pg_args *args, hf_err **err);

/* A second connection to the very server (address, too) that pg is connected to, with its password
 * and settings. */
HF_API hf_status hf_pg_open_again(hf_pg **out, const hf_pg *pg, hf_err **err);

/* The server drops an open transaction, and cancels a COPY that is under way; NULL is fine. */
HF_API void hf_pg_close(hf_pg *pg);

/* "postgresql://user@host:port/dbname" of a connection string as hf_pg_args takes it, with what
 * libpq's environment adds, without password and options; to be freed with hf_free. What cannot be
 * parsed gives a label that repeats nothing of it. */
HF_API char *hf_pg_label(const char *conninfo);

/* True when the text is a URI that libpq reads. */
HF_API bool hf_pg_is_uri(const char *text);

/* The same of an open connection, with what it is really connected to. Lent. */
HF_API const char *hf_pg_label_of(const hf_pg *pg);

/* PQserverVersion: 150020 is 15.20, 90603 is 9.6.3. */
HF_API int hf_pg_version(const hf_pg *pg);

/* A parameter that the server reports: "server_version", "server_encoding"; "" when it does not.
 * Lent. */
HF_API const char *hf_pg_parameter(const hf_pg *pg, const char *name);

/* The role that we are connected as. Lent. */
HF_API const char *hf_pg_user(const hf_pg *pg);

/* --- transactions -------------------------------------------------------------------------------
 */

/* Begin a read-only repeatable-read transaction. snapshot: the name that hf_pg_export gave on
 * another connection, whose transaction is still open; NULL: a snapshot of its own. */
HF_API hf_status hf_pg_begin(hf_pg *pg, const char *snapshot, hf_err **err);

/* The name of the transaction's snapshot for hf_pg_begin, in mem. */
HF_API hf_status hf_pg_export(hf_pg *pg, hf_arena *mem, hf_view *out, hf_err **err);

/* End the transaction. */
HF_API hf_status hf_pg_end(hf_pg *pg, hf_err **err);

/* --- statements ---------------------------------------------------------------------------------
 */

typedef struct hf_pg_rows {
    const hf_view *cell; /* row after row; p is NULL for NULL */
    size_t nrow, ncol;
} hf_pg_rows;

static inline hf_view hf_pg_cell(const hf_pg_rows *r, size_t row, size_t col)
{
    return r->cell[row * r->ncol + col];
}

/* Run one statement with nparam text values ($1 is param[0], NULL is NULL); all rows, as text, in
 * mem. For small answers. */
HF_API hf_status hf_pg_query(hf_pg *pg, const char *sql, const char *const *param, size_t nparam,
                             hf_arena *mem, hf_pg_rows *out, hf_err **err);

/* The same for what a server may refuse: *out is then empty and the transaction goes on. Only a
 * lost connection is an error. */
HF_API hf_status hf_pg_try(hf_pg *pg, const char *sql, hf_arena *mem, hf_pg_rows *out,
                           hf_err **err);

/* The schemas that names without one are looked up in, first choice first, one a row, in mem. To be
 * asked before hf_pg_begin, which sets an empty path. */
HF_API hf_status hf_pg_search_path(hf_pg *pg, hf_arena *mem, hf_pg_rows *out, hf_err **err);

/* Set "holdfast.NAME" to a value until the transaction ends. name: [a-z_]+. */
HF_API hf_status hf_pg_set(hf_pg *pg, const char *name, const char *value, hf_err **err);

/* Append a name of the catalogue as SQL, quoted. */
HF_API hf_status hf_pg_identifier(hf_pg *pg, hf_view name, hf_buf *sql, hf_err **err);

/* Start "COPY (...) TO STDOUT". */
HF_API hf_status hf_pg_copy(hf_pg *pg, const char *sql, hf_err **err);

/* The next row with its line feed, lent until the next call; HF_END after the last, when the
 * connection is free for the next statement. */
HF_API hf_status hf_pg_copy_next(hf_pg *pg, hf_view *row, hf_err **err);

/* Append the next row with its line feed to out; HF_END after the last, when the connection is free
 * for the next statement. A row that does not fit out's maximum is HF_E_LIMIT. */
HF_API hf_status hf_pg_copy_row(hf_pg *pg, hf_buf *out, hf_err **err);

/* Make the statement that another thread waits for, and all that follow on this connection, fail
 * with HF_E_INTERRUPTED. */
HF_API void hf_pg_cancel(hf_pg *pg);

#endif
