/* db/pg_priv.h: what the parts of db/pg.h share. */
#ifndef HF_DB_PG_PRIV_H
#define HF_DB_PG_PRIV_H

#include "db/pg.h"

#include <libpq-fe.h>
#include <stdatomic.h>

struct hf_pg {
    PGconn *raw;
    PGcancel *cancel;
    char *label;
    char *password;   /* from the password command; NULL */
    char *row;        /* of libpq: the last row of a COPY; NULL */
    hf_pg_args args;  /* times only */
    atomic_bool stop; /* hf_pg_cancel was called */
};

/* Turn what a failed result or connection says into an error; what says what was tried ("cannot
 * connect"). res NULL: the connection's own message. */
hf_status hf_pg_fail(hf_pg *pg, const PGresult *res, const char *what, hf_err **err);

/* The SQLSTATE that libpq put into a connection's message under PQERRORS_VERBOSE, five characters,
 * and the server's text after it; false when there is none, text is then the whole message. */
bool hf_pg_message(const char *message, char state[6], hf_view *text);

/* HF_E_INTERRUPTED when the run or this connection was told to stop. */
hf_status hf_pg_stop_check(const hf_pg *pg, hf_err **err);

/* Wait until the connection has something to read and take it; a stop cancels the statement. what
 * says what was tried. */
hf_status hf_pg_wait(hf_pg *pg, const char *what, hf_err **err);

#endif
