/* db/pg.c: connecting, and the names of servers. */
#include "db/pg_priv.h"
#include "util/command.h"
#include "util/stop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

enum { WAIT_MS = 250, CONNECT_S = 15, MAX_PARAMS = 64 };

/* --- labels ------------------------------------------------------------------------------------
 */

/* What the conninfo says, then what the environment says; NULL when neither does. */
static const char *setting(const PQconninfoOption *own, const PQconninfoOption *env,
                           const char *name)
{
    for (const PQconninfoOption *o = own; o != NULL && o->keyword != NULL; o++)
        if (strcmp(o->keyword, name) == 0 && o->val != NULL && o->val[0] != '\0')
            return o->val;
    return env == NULL ? NULL : setting(env, NULL, name);
}

/* As a part of a URI: what would end it is escaped, and so is what a terminal would obey. */
static void add_part(hf_buf *b, const char *before, const char *text)
{
    static const char hex[] = "0123456789ABCDEF";

    if (text == NULL || text[0] == '\0')
        return;
    hf_buf_str(b, before);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p > ' ' && *p < 0x7f && strchr("/?#@%:", *p) == NULL) {
            hf_buf_byte(b, (char)*p);
        } else {
            hf_buf_byte(b, '%');
            hf_buf_byte(b, hex[*p >> 4]);
            hf_buf_byte(b, hex[*p & 15]);
        }
    }
}

static char *make_label(const char *user, const char *host, const char *port, const char *db,
                        const char *service)
{
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_str(&b, "postgresql://");
    add_part(&b, "", user);
    if (user != NULL && user[0] != '\0')
        hf_buf_byte(&b, '@');
    if (host != NULL && host[0] != '/') { /* a socket's folder says no more than "here" */
        add_part(&b, "", host);
        add_part(&b, ":", port);
    }
    add_part(&b, "/", db);
    add_part(&b, "?service=", service);
    (void)hf_buf_cstr(&b);
    return b.p; /* never NULL: the scheme is in it */
}

bool hf_pg_is_uri(const char *text)
{
    return strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0;
}

/* "shop" alone is a database's name to libpq, and to us. */
static bool is_conninfo(const char *text)
{
    return hf_pg_is_uri(text) || strchr(text, '=') != NULL;
}

/* An '@' or '/' that stands in a password as it is ends it: "postgresql://ann:s3/cr@et@host/mm".
 * libpq takes what follows for a host, port or database, and these are shown. A second '@' before
 * the parameters, or one after the first '/', tells. */
static bool has_torn_password(const char *conninfo)
{
    const char *text = hf_pg_is_uri(conninfo) ? strstr(conninfo, "://") + 3 : "";
    const char *rest = text + strcspn(text, "@/");

    rest += *rest == '@';
    return memchr(rest, '@', strcspn(rest, "?")) != NULL;
}

static PQconninfoOption *parse(const char *conninfo)
{
    char *message = NULL;
    PQconninfoOption *options = NULL;

    if (conninfo == NULL || conninfo[0] == '\0' || has_torn_password(conninfo))
        return NULL;
    options = PQconninfoParse(conninfo, &message);
    PQfreemem(message); /* quotes what it did not understand, a password perhaps */
    return options;
}

char *hf_pg_label(const char *conninfo)
{
    const char *text = conninfo == NULL ? "" : conninfo;
    PQconninfoOption *own = is_conninfo(text) ? parse(text) : NULL;
    PQconninfoOption *env = PQconndefaults();
    const char *service = setting(own, NULL, "service"), *db;
    const char *host, *user;
    char *label;

    if (is_conninfo(text) && own == NULL) {
        label = hf_strdup("postgresql:// (not a connection string)");
    } else {
        user = setting(own, service == NULL ? env : NULL, "user");
        host = setting(own, service == NULL ? env : NULL, "host");
        db = is_conninfo(text) || text[0] == '\0'
                 ? setting(own, service == NULL ? env : NULL, "dbname")
                 : text;
        label = make_label(user, host, setting(own, service == NULL ? env : NULL, "port"),
                           db == NULL && service == NULL ? user : db, service);
    }
    PQconninfoFree(own);
    PQconninfoFree(env);
    return label;
}

const char *hf_pg_label_of(const hf_pg *pg)
{
    return pg->label;
}

/* --- connecting --------------------------------------------------------------------------------
 */

typedef struct params {
    const char *key[MAX_PARAMS + 1], *value[MAX_PARAMS + 1];
    size_t n;
} params;

static void add(params *p, const char *key, const char *value)
{
    if (p->n < MAX_PARAMS && value != NULL && value[0] != '\0') {
        p->key[p->n] = key;
        p->value[p->n++] = value;
    }
}

static void wait_for(const hf_pg *pg, short events)
{
    struct pollfd fd = { .fd = PQsocket(pg->raw), .events = events };

    (void)poll(&fd, 1, WAIT_MS); /* a signal, a time-out, readiness: the caller looks again */
}

static double seconds_to_connect(const hf_pg *pg)
{
    PQconninfoOption *o = PQconninfo(pg->raw);
    const char *text = setting(o, NULL, "connect_timeout");
    uint64_t seconds = 0;

    /* As libpq reads it: 0 waits for ever, 1 means 2. */
    if (text == NULL || !hf_view_u64(hf_view_str(text), &seconds) || seconds > 86400)
        seconds = 0;
    PQconninfoFree(o);
    return seconds == 0 ? 86400.0 : seconds == 1 ? 2.0 : (double)seconds;
}

static hf_status no_answer(hf_pg *pg, hf_err **err)
{
    hf_fail(err, HF_E_UNREACHABLE, "cannot connect: no answer in time");
    hf_hint(err, "check host, port and network; connect_timeout says how long to wait");
    return hf_err_at(err, pg->label, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

/* PQconnectdb cannot be interrupted, and gives no SQLSTATE. A time-out within a list of hosts is
 * something only libpq itself can follow up, so then it gets its own turn. expands: dbname may be a
 * connection string. */
static hf_status connect_raw(hf_pg *pg, const params *p, bool expands, hf_err **err)
{
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    double deadline;

    pg->raw = PQconnectStartParams(p->key, p->value, expands);
    if (pg->raw == NULL || PQstatus(pg->raw) == CONNECTION_BAD)
        return hf_pg_fail(pg, NULL, "cannot connect", err);
    PQsetErrorVerbosity(pg->raw, PQERRORS_VERBOSE);
    deadline = hf_mono_seconds() + seconds_to_connect(pg);
    while (state != PGRES_POLLING_OK && state != PGRES_POLLING_FAILED) {
        hf_status rc = hf_pg_stop_check(pg, err);

        if (rc != HF_OK)
            return rc;
        if (hf_mono_seconds() > deadline) {
            const char *host = PQhost(pg->raw);
            PQconninfoOption *o = PQconninfo(pg->raw);
            const char *all = setting(o, NULL, "host");
            bool is_list = host != NULL && all != NULL && strchr(all, ',') != NULL;

            PQconninfoFree(o);
            if (!is_list)
                return no_answer(pg, err);
            PQreset(pg->raw);
            break;
        }
        wait_for(pg, state == PGRES_POLLING_READING ? POLLIN : POLLOUT);
        state = PQconnectPoll(pg->raw);
    }
    return PQstatus(pg->raw) == CONNECTION_OK ? HF_OK : hf_pg_fail(pg, NULL, "cannot connect", err);
}

static void ignore_notice(void *self, const PGresult *res)
{
    (void)self;
    (void)res; /* notices may quote data, and nothing depends on them */
}

static hf_status finish(hf_pg *pg, hf_err **err)
{
    PQsetNoticeReceiver(pg->raw, ignore_notice, NULL);
    hf_free(pg->label);
    pg->label = make_label(PQuser(pg->raw), PQhost(pg->raw), PQport(pg->raw), PQdb(pg->raw), NULL);
    /* A database without an encoding gives bytes as they are; asked for UTF-8 it would refuse. */
    if (strcmp(hf_pg_parameter(pg, "server_encoding"), "SQL_ASCII") == 0 &&
        PQsetClientEncoding(pg->raw, "SQL_ASCII") != 0)
        return hf_pg_fail(pg, NULL, "cannot set the encoding", err);
    pg->cancel = PQgetCancel(pg->raw);
    return HF_OK;
}

static hf_pg *new_pg(const hf_pg_args *args, char *label, char *password)
{
    hf_pg *pg = HF_NEW(hf_pg);

    pg->label = label;
    pg->password = password;
    pg->args = *args;
    pg->args.conninfo = pg->args.password_command = NULL;
    return pg;
}

static hf_status not_conninfo(hf_err **err)
{
    hf_fail(err, HF_E_USAGE, "this is no connection string");
    return hf_hint(err, "write postgresql://USER@HOST:PORT/DATABASE or \"host=... dbname=...\"; "
                        "special characters in a URI are written as %%XX");
}

hf_status hf_pg_open(hf_pg **out, const hf_pg_args *args, hf_err **err)
{
    const char *text = args->conninfo == NULL ? "" : args->conninfo;
    PQconninfoOption *own = is_conninfo(text) ? parse(text) : NULL;
    params p = { .n = 0 };
    char *password = NULL;
    hf_status rc = HF_OK;
    hf_pg *pg;

    *out = NULL;
    if (is_conninfo(text) && own == NULL)
        return not_conninfo(err);
    if (args->password_command != NULL)
        rc = hf_command_secret(&password, args->password_command, "password", err);
    /* What stands before dbname yields to it, what stands after wins. */
    if (getenv("PGCONNECT_TIMEOUT") == NULL && getenv("PGSERVICE") == NULL &&
        setting(own, NULL, "service") == NULL)
        add(&p, "connect_timeout", "15");
    /* A network that is gone is noticed in two minutes rather than two hours. */
    add(&p, "keepalives_idle", "60");
    add(&p, "keepalives_interval", "10");
    add(&p, "keepalives_count", "6");
    add(&p, "fallback_application_name", "holdfast");
    add(&p, "dbname", text);
    add(&p, "password", password);
    add(&p, "client_encoding", "UTF8");
    PQconninfoFree(own);
    if (rc != HF_OK)
        return rc;
    pg = new_pg(args, hf_pg_label(text), password);
    rc = connect_raw(pg, &p, true, err);
    if (rc == HF_OK)
        rc = finish(pg, err);
    if (rc != HF_OK) {
        hf_pg_close(pg);
        return rc;
    }
    *out = pg;
    return HF_OK;
}

/* A name may stand for several machines; the snapshot is on one of them. */
hf_status hf_pg_open_again(hf_pg **out, const hf_pg *pg, hf_err **err)
{
    static const char *const ours[] = {
        "host",     "hostaddr",        "port",    "user",    "dbname",
        "password", "client_encoding", "service", "options", "replication"
    };
    PQconninfoOption *all = PQconninfo(pg->raw);
    const char *host = PQhost(pg->raw), *address = PQhostaddr(pg->raw);
    params p = { .n = 0 };
    hf_status rc;
    hf_pg *again;

    *out = NULL;
    for (const PQconninfoOption *o = all; o != NULL && o->keyword != NULL; o++) {
        bool is_ours = false;

        for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
            is_ours |= strcmp(o->keyword, ours[i]) == 0;
        if (!is_ours)
            add(&p, o->keyword, o->val);
    }
    add(&p, "host", host);
    add(&p, "hostaddr", host != NULL && host[0] != '/' ? address : NULL);
    add(&p, "port", PQport(pg->raw));
    add(&p, "user", PQuser(pg->raw));
    add(&p, "options", PQoptions(pg->raw));
    add(&p, "password", PQpass(pg->raw));
    add(&p, "dbname", PQdb(pg->raw));
    add(&p, "client_encoding", "UTF8");
    again = new_pg(&pg->args, hf_strdup(pg->label), NULL);
    rc = connect_raw(again, &p, false, err);
    PQconninfoFree(all);
    if (rc == HF_OK)
        rc = finish(again, err);
    if (rc != HF_OK) {
        hf_pg_close(again);
        return rc;
    }
    *out = again;
    return HF_OK;
}

void hf_pg_close(hf_pg *pg)
{
    char ignored[256];

    if (pg == NULL)
        return;
    /* A server that is writing rows notices a closed socket by itself; one that is computing does
     * not before it is done. */
    if (pg->cancel != NULL && PQtransactionStatus(pg->raw) == PQTRANS_ACTIVE)
        (void)PQcancel(pg->cancel, ignored, sizeof(ignored));
    PQfreemem(pg->row);
    PQfreeCancel(pg->cancel);
    PQfinish(pg->raw);
    if (pg->password != NULL)
        explicit_bzero(pg->password, strlen(pg->password));
    hf_free(pg->password);
    hf_free(pg->label);
    hf_free(pg);
}

int hf_pg_version(const hf_pg *pg)
{
    return PQserverVersion(pg->raw);
}

const char *hf_pg_parameter(const hf_pg *pg, const char *name)
{
    const char *value = PQparameterStatus(pg->raw, name);

    return value == NULL ? "" : value;
}

const char *hf_pg_user(const hf_pg *pg)
{
    return PQuser(pg->raw);
}

/* --- waiting -----------------------------------------------------------------------------------
 */

/* Wait until the connection has something to read, or say why not to wait any longer. */
hf_status hf_pg_wait(hf_pg *pg, const char *what, hf_err **err)
{
    char ignored[256];
    hf_status rc = hf_pg_stop_check(pg, err);

    if (rc != HF_OK) {
        if (pg->cancel != NULL)
            (void)PQcancel(pg->cancel, ignored, sizeof(ignored));
        return hf_err_at(err, pg->label, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    wait_for(pg, POLLIN);
    return PQconsumeInput(pg->raw) == 1 ? HF_OK : hf_pg_fail(pg, NULL, what, err);
}

void hf_pg_cancel(hf_pg *pg)
{
    char ignored[256];

    atomic_store(&pg->stop, true);
    if (pg->cancel != NULL)
        (void)PQcancel(pg->cancel, ignored, sizeof(ignored));
}
