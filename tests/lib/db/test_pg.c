/* Connections to PostgreSQL: labels and errors without a server, the rest with the one in the
 * folder HF_PG_SOCKET (tests/support/pg.sh). */
#include "support.h"

#include "db/pg_priv.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* --- without a server --------------------------------------------------------------------------
 */

static const char *const libpq_variables[] = { "PGHOST",     "PGHOSTADDR", "PGPORT",
                                               "PGDATABASE", "PGUSER",     "PGPASSWORD",
                                               "PGSERVICE",  "PGPASSFILE", "PGCONNECT_TIMEOUT" };

static void test_labels(void **state)
{
    static const struct {
        const char *conninfo, *label;
    } rows[] = {
        { "postgresql://ann:s3cret@db.example:5433/mm", "postgresql://ann@db.example:5433/mm" },
        { "postgres://ann@db.example/mm?password=s3cret&sslmode=verify-full",
          "postgresql://ann@db.example:5432/mm" },
        { "host=db.example user=ann dbname=mm password='s3cret x'",
          "postgresql://ann@db.example:5432/mm" },
        /* the database is named after the user then */
        { "host=db.example user=ann", "postgresql://ann@db.example:5432/ann" },
        /* a socket's folder says nothing about the server */
        { "host=/var/run/postgresql user=ann dbname=mm", "postgresql://ann@/mm" },
        /* only the service file knows the rest */
        { "service=prod", "postgresql://?service=prod" },
        { "service=prod user=ann", "postgresql://ann@?service=prod" },
        /* a name alone is a database; what would break a URI or a terminal is escaped */
        { "mm", "postgresql://env@env.example:7/mm" },
        { "", "postgresql://env@env.example:7/envdb" },
        { "host=h user='a/b@\033[31m' dbname='x?y'", "postgresql://a%2Fb%40%1B[31m@h:7/x%3Fy" },
        { "host=a,b port=1,2 user=u dbname=d", "postgresql://u@a,b:1,2/d" },
        /* libpq's own message would quote the password here */
        { "postgresql://ann:s3cr%zzet@db/mm", "postgresql:// (not a connection string)" },
        { "host=db s3cret", "postgresql:// (not a connection string)" },
        /* a password that ought to be escaped: libpq would take its end for host, port, database */
        { "postgresql://ann:x@s3cret@db.example/mm", "postgresql:// (not a connection string)" },
        { "postgresql://ann:s3cret/x@db.example/mm", "postgresql:// (not a connection string)" },
        { "postgresql://ann:12/s3cret@db.example/mm", "postgresql:// (not a connection string)" },
        { "postgresql://ann:12/s3cret@db.example", "postgresql:// (not a connection string)" },
        /* these need no escape */
        { "postgresql://ann:s3cr?et#x@db.example/mm", "postgresql://ann@db.example:5432/mm" },
        { "postgresql:///mm?host=/tmp&user=a@b", "postgresql://a%40b@/mm" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        char *label;
        bool is_env = i >= 7 && i <= 9; /* the rows that the environment completes */

        if (is_env) {
            setenv("PGUSER", "env", 1);
            setenv("PGHOST", "env.example", 1);
            setenv("PGPORT", "7", 1);
            setenv("PGDATABASE", "envdb", 1);
        }
        label = hf_pg_label(rows[i].conninfo);
        assert_string_equal(rows[i].label, label);
        assert_null(strstr(label, "s3cr"));
        hf_free(label);
        for (size_t k = 0; k < T_COUNT(libpq_variables); k++)
            unsetenv(libpq_variables[k]);
    }
}

static void test_messages(void **state)
{
    static const struct {
        const char *message, *state, *text;
    } rows[] = {
        { "connection to server on socket \"/x\" failed: FATAL:  28P01: password authentication "
          "failed for user \"ann\"\nLOCATION:  auth_failed, auth.c:338\n",
          "28P01", "password authentication failed for user \"ann\"" },
        /* tried with TLS and without: the second counts */
        { "connection failed: FATAL:  28000: no encryption\nconnection failed: FATAL:  3D000: no "
          "db\n",
          "3D000", "no db" },
        /* the severity in another language */
        { "\xE8\x87\xB4\xE5\x91\xBD\xE9\x94\x99\xE8\xAF\xAF:  57P03: the database is starting\n",
          "57P03", "the database is starting" },
        /* no server: no code */
        { "could not connect: Connection refused\n\tIs the server running?\n", NULL,
          "could not connect: Connection refused\n\tIs the server running?" },
        { "FATAL:  28P01:", NULL, "FATAL:  28P01:" },
        { "", NULL, "" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        char sqlstate[6] = "";
        hf_view text;

        assert_int_equal(rows[i].state != NULL, hf_pg_message(rows[i].message, sqlstate, &text));
        if (rows[i].state != NULL)
            assert_string_equal(rows[i].state, sqlstate);
        T_VIEW(rows[i].text, text);
    }
}

static void test_bad_conninfo(void **state)
{
    static const char *const rows[] = { "postgresql://ann:s3cr%zzet@db/mm", "host=db s3cret",
                                        "host='s3cret", "sslmod=s3cret",
                                        "postgresql://h/d?password=s3cret&nonsense=s3cret" };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_pg_args args = { .conninfo = rows[i] };
        hf_err *err = NULL;
        hf_pg *pg = NULL;

        assert_int_equal(HF_E_USAGE, hf_pg_open(&pg, &args, &err));
        assert_null(strstr(err->message, "s3cr"));
        assert_null(strstr(err->hint, "s3cr"));
        hf_err_free(err);
        assert_null(pg);
    }
}

static void test_nobody_there(void **state)
{
    const char *folder = t_folder();
    char *conninfo = hf_sprintf("host=%s dbname=mm password=s3cret", folder);
    hf_pg_args args = { .conninfo = conninfo };
    hf_err *err = NULL;
    hf_pg *pg = NULL;

    (void)state;
    assert_int_equal(HF_E_UNREACHABLE, hf_pg_open(&pg, &args, &err));
    assert_null(strstr(err->message, "s3cret"));
    assert_non_null(err->hint);
    hf_err_free(err);
    hf_free(conninfo);
}

/* --- with a server -----------------------------------------------------------------------------
 */

static char *url; /* of this test's own database */

/* A second session that may write, as the server's own users do. */
static void sql(const char *db, const char *text)
{
    char *conninfo = hf_sprintf("host=%s user=postgres dbname=%s", getenv("HF_PG_SOCKET"), db);
    PGconn *c = PQconnectdb(conninfo);
    PGresult *res = PQexec(c, text);

    if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK)
        print_error("%s: %s\n", text, PQerrorMessage(c));
    assert_true(PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK);
    PQclear(res);
    PQfinish(c);
    hf_free(conninfo);
}

static hf_pg *connect_to(const char *conninfo)
{
    hf_pg_args args = { .conninfo = conninfo };
    hf_err *err = NULL;
    hf_pg *pg = NULL;

    T_OK(err, hf_pg_open(&pg, &args, &err));
    return pg;
}

static hf_pg *begun(void)
{
    hf_pg *pg = connect_to(url);
    hf_err *err = NULL;

    T_OK(err, hf_pg_begin(pg, NULL, &err));
    return pg;
}

static int setup(void **state)
{
    (void)state;
    if (getenv("HF_PG_SOCKET") == NULL)
        return -1;
    url = hf_sprintf("postgresql://postgres@/hf_test_pg?host=%s", getenv("HF_PG_SOCKET"));
    sql("postgres", "DROP DATABASE IF EXISTS hf_test_pg");
    sql("postgres", "DROP DATABASE IF EXISTS hf_test_pg_ascii");
    sql("postgres", "CREATE DATABASE hf_test_pg TEMPLATE template0 ENCODING 'UTF8'");
    sql("postgres", "CREATE DATABASE hf_test_pg_ascii TEMPLATE template0 ENCODING 'SQL_ASCII'"
                    " LC_COLLATE 'C' LC_CTYPE 'C'");
    sql("hf_test_pg", "CREATE TABLE t (id bigint PRIMARY KEY, v text);"
                      "INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 20000) i");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sql("postgres", "DROP DATABASE hf_test_pg");
    sql("postgres", "DROP DATABASE hf_test_pg_ascii");
    sql("postgres", "DROP ROLE IF EXISTS needs_password");
    hf_free(url);
    return 0;
}

static void test_refused(void **state)
{
    static const struct {
        const char *params;
        hf_status want;
    } rows[] = {
        { "user=hf_nobody dbname=postgres", HF_E_DENIED },
        { "user=needs_password dbname=postgres password=wr0ng", HF_E_DENIED },
        { "user=needs_password dbname=postgres passfile=/nowhere", HF_E_DENIED }, /* none at all */
        { "user=postgres dbname=hf_no_such", HF_E_USAGE },
        { "user=postgres dbname=postgres options='-c nonsense=1'", HF_E_DB },
    };

    (void)state;
    sql("postgres", "DROP ROLE IF EXISTS needs_password");
    sql("postgres", "CREATE ROLE needs_password LOGIN PASSWORD 'right'");
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        char *conninfo = hf_sprintf("host=%s %s", getenv("HF_PG_SOCKET"), rows[i].params);
        hf_pg_args args = { .conninfo = conninfo };
        hf_err *err = NULL;
        hf_pg *pg = NULL;

        assert_int_equal(rows[i].want, hf_pg_open(&pg, &args, &err));
        assert_null(strstr(err->message, "wr0ng"));
        assert_null(strstr(err->message, "LOCATION"));
        assert_non_null(err->file);
        hf_err_free(err);
        hf_free(conninfo);
    }
}

/* The command's password opens the first connection and the ones after it. */
static void test_again(void **state)
{
    char *conninfo = hf_sprintf("host=%s user=needs_password dbname=postgres password=wr0ng",
                                getenv("HF_PG_SOCKET"));
    hf_pg_args args = { .conninfo = conninfo, .password_command = "echo right" };
    hf_pg *pg = NULL, *second = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_pg_open(&pg, &args, &err));
    assert_string_equal("postgresql://needs_password@/postgres", hf_pg_label_of(pg));
    assert_string_equal("needs_password", hf_pg_user(pg));
    assert_true(hf_pg_version(pg) > 90000);
    T_OK(err, hf_pg_open_again(&second, pg, &err));
    assert_string_equal(hf_pg_label_of(pg), hf_pg_label_of(second));
    hf_pg_close(second);
    hf_pg_close(pg);
    hf_free(conninfo);
}

static void test_settings(void **state)
{
    static const struct {
        const char *name, *value;
    } rows[] = {
        { "transaction_read_only", "on" },
        { "transaction_isolation", "repeatable read" },
        { "application_name", "holdfast" },
        { "client_encoding", "UTF8" },
        { "DateStyle", "ISO, MDY" },
        { "IntervalStyle", "postgres" },
        { "extra_float_digits", "3" },
        { "bytea_output", "hex" },
        { "search_path", "" },
        { "row_security", "off" },
        { "statement_timeout", "2min" },
        { "lock_timeout", "5s" },
        { "idle_in_transaction_session_timeout", "7s" },
        { "jit", "off" },
        { "max_parallel_workers_per_gather", "0" },
    };
    hf_pg_args args = { .conninfo = url,
                        .statement_timeout_ms = 120000,
                        .lock_timeout_ms = 5000,
                        .idle_timeout_ms = 7000 };
    hf_arena *mem = hf_arena_new();
    hf_err *err = NULL;
    hf_pg *pg = NULL;
    hf_pg_rows got;

    (void)state;
    T_OK(err, hf_pg_open(&pg, &args, &err));
    T_OK(err, hf_pg_begin(pg, NULL, &err));
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        T_OK(err, hf_pg_query(pg, "SELECT current_setting($1)", &rows[i].name, 1, mem, &got, &err));
        T_VIEW(rows[i].value, hf_pg_cell(&got, 0, 0));
    }
    /* All of it ends with the transaction: a pooler's next client meets nothing of ours. */
    T_OK(err, hf_pg_end(pg, &err));
    T_OK(err, hf_pg_query(pg,
                          "SELECT name FROM pg_settings WHERE source = 'session' AND name NOT IN "
                          "('client_encoding', 'application_name')",
                          NULL, 0, mem, &got, &err));
    assert_int_equal(0, got.nrow);
    hf_pg_close(pg);
    hf_arena_free(mem);
}

static void test_queries(void **state)
{
    const char *param[] = { "it's \\ \"x\" %s; DROP TABLE t", NULL, "" };
    hf_arena *mem = hf_arena_new();
    hf_pg *pg = begun();
    hf_err *err = NULL;
    hf_pg_rows rows;

    (void)state;
    T_OK(err, hf_pg_query(pg, "SELECT $1::text, $2::text, $3::text", param, 3, mem, &rows, &err));
    assert_int_equal(1, rows.nrow);
    assert_int_equal(3, rows.ncol);
    T_VIEW(param[0], hf_pg_cell(&rows, 0, 0));
    assert_null(hf_pg_cell(&rows, 0, 1).p);
    assert_non_null(hf_pg_cell(&rows, 0, 2).p);
    assert_int_equal(0, hf_pg_cell(&rows, 0, 2).n);

    T_OK(err, hf_pg_query(pg, "SELECT 1 WHERE false", NULL, 0, mem, &rows, &err));
    assert_int_equal(0, rows.nrow);
    T_OK(err, hf_pg_set(pg, "x", param[0], &err));
    T_OK(err, hf_pg_query(pg, "SELECT current_setting('holdfast.x')", NULL, 0, mem, &rows, &err));
    T_VIEW(param[0], hf_pg_cell(&rows, 0, 0));

    /* One refused statement ends the transaction, not the connection. */
    T_FAILS(err, HF_E_DB, hf_pg_query(pg, "DELETE FROM public.t", NULL, 0, mem, &rows, &err));
    T_OK(err, hf_pg_end(pg, &err));
    T_OK(err, hf_pg_begin(pg, NULL, &err));
    T_OK(err, hf_pg_query(pg, "SELECT count(*) FROM public.t", NULL, 0, mem, &rows, &err));
    T_VIEW("20000", hf_pg_cell(&rows, 0, 0));
    hf_pg_close(pg);
    hf_arena_free(mem);
}

static void test_identifiers(void **state)
{
    static const char *const names[] = { "posts", "We\"ird; DROP", "\xC3\xA4", "%s" };
    hf_pg *pg = begun();
    hf_arena *mem = hf_arena_new();
    hf_err *err = NULL;
    hf_pg_rows rows;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(names); i++) {
        PGresult *res;

        hf_buf_reset(&b);
        hf_buf_str(&b, "SELECT 1 AS ");
        T_OK(err, hf_pg_identifier(pg, hf_view_str(names[i]), &b, &err));
        T_OK(err, hf_pg_query(pg, hf_buf_cstr(&b), NULL, 0, mem, &rows, &err));
        res = PQexec(pg->raw, hf_buf_cstr(&b));
        assert_string_equal(names[i], PQfname(res, 0));
        PQclear(res);
    }
    /* cut UTF-8 cannot be quoted */
    T_FAILS(err, HF_E_DB, hf_pg_identifier(pg, HF_V("\xC3"), &b, &err));
    hf_buf_clear(&b);
    hf_arena_free(mem);
    hf_pg_close(pg);
}

static void test_snapshot(void **state)
{
    static const char *const bad[] = { "", "x'; DROP TABLE t; --", "00000003-0000001B-1'",
                                       "0000000300000003000000030000000300000003000000030000000300"
                                       "00000300000003" };
    hf_pg *one = begun(), *two = NULL;
    hf_arena *mem = hf_arena_new();
    hf_err *err = NULL;
    hf_pg_rows rows;
    hf_view name;

    (void)state;
    T_OK(err, hf_pg_open_again(&two, one, &err));
    for (size_t i = 0; i < T_COUNT(bad); i++)
        T_FAILS(err, HF_E_USAGE, hf_pg_begin(two, bad[i], &err));
    T_OK(err, hf_pg_export(one, mem, &name, &err));
    sql("hf_test_pg", "INSERT INTO t VALUES (0, 'later')");
    T_OK(err, hf_pg_begin(two, name.p, &err));
    T_OK(err, hf_pg_query(two, "SELECT count(*) FROM public.t", NULL, 0, mem, &rows, &err));
    T_VIEW("20000", hf_pg_cell(&rows, 0, 0));
    T_OK(err, hf_pg_end(two, &err));
    sql("hf_test_pg", "DELETE FROM t WHERE id = 0");
    /* the exporting transaction is over: so is its snapshot */
    T_OK(err, hf_pg_end(one, &err));
    T_FAILS(err, HF_E_DB, hf_pg_begin(two, name.p, &err));
    hf_pg_close(one);
    hf_pg_close(two);
    hf_arena_free(mem);
}

static size_t copy_all(hf_pg *pg, const char *text, hf_buf *out)
{
    hf_err *err = NULL;
    hf_status rc;
    size_t n = 0;

    T_OK(err, hf_pg_copy(pg, text, &err));
    while ((rc = hf_pg_copy_row(pg, out, &err)) == HF_OK)
        n++;
    assert_int_equal(HF_END, rc);
    return n;
}

static void test_copy(void **state)
{
    hf_pg *pg = begun();
    hf_err *err = NULL;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    assert_int_equal(20000, copy_all(pg, "COPY (SELECT id, v FROM public.t) TO STDOUT", &b));
    assert_int_equal('\n', b.p[b.n - 1]);
    hf_buf_reset(&b);
    assert_int_equal(0, copy_all(pg, "COPY (SELECT 1 WHERE false) TO STDOUT", &b));
    assert_int_equal(1, copy_all(pg, "COPY (SELECT NULL, E'a\\tb') TO STDOUT", &b));
    T_VIEW("\\N\ta\\tb\n", hf_buf_view(&b));

    /* fails at once; fails after rows */
    T_FAILS(err, HF_E_DB, hf_pg_copy(pg, "COPY (SELECT 1 FROM) TO STDOUT", &err));
    T_OK(err, hf_pg_end(pg, &err));
    T_OK(err, hf_pg_begin(pg, NULL, &err));
    /* names come from the catalogue: what is not there any more was there a moment ago */
    T_FAILS(err, HF_E_UNREACHABLE, hf_pg_copy(pg, "COPY (SELECT nothing) TO STDOUT", &err));
    T_OK(err, hf_pg_end(pg, &err));
    T_OK(err, hf_pg_begin(pg, NULL, &err));
    T_FAILS(err, HF_E_UNREACHABLE, hf_pg_copy(pg, "COPY public.none TO STDOUT", &err));
    T_OK(err, hf_pg_end(pg, &err));
    T_OK(err, hf_pg_begin(pg, NULL, &err));
    T_OK(err,
         hf_pg_copy(pg, "COPY (SELECT 1 / (3 - i) FROM generate_series(1, 9) i) TO STDOUT", &err));
    hf_buf_reset(&b);
    T_OK(err, hf_pg_copy_row(pg, &b, &err));
    T_OK(err, hf_pg_copy_row(pg, &b, &err));
    T_FAILS(err, HF_E_DB, hf_pg_copy_row(pg, &b, &err));
    T_OK(err, hf_pg_end(pg, &err));
    hf_buf_clear(&b);

    hf_buf_init(&b, 64); /* a row larger than the caller takes */
    T_OK(err, hf_pg_begin(pg, NULL, &err));
    T_OK(err, hf_pg_copy(pg, "COPY (SELECT repeat('x', 1000)) TO STDOUT", &err));
    T_FAILS(err, HF_E_LIMIT, hf_pg_copy_row(pg, &b, &err));
    hf_buf_clear(&b);
    hf_pg_close(pg); /* in the middle of a COPY */
}

/* Bytes that are no UTF-8, from a database that has no encoding. */
static void test_sql_ascii(void **state)
{
    char *conninfo =
        hf_sprintf("postgresql://postgres@/hf_test_pg_ascii?host=%s", getenv("HF_PG_SOCKET"));
    hf_pg *pg = connect_to(conninfo);
    hf_err *err = NULL;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    T_OK(err, hf_pg_begin(pg, NULL, &err));
    assert_int_equal(1, copy_all(pg, "COPY (SELECT E'a\\377\\300b') TO STDOUT", &b));
    T_VIEW("a\xFF\xC0"
           "b\n",
           hf_buf_view(&b));
    hf_buf_clear(&b);
    hf_pg_close(pg);
    hf_free(conninfo);
}

static void *cancel_soon(void *pg)
{
    usleep(300000);
    hf_pg_cancel(pg);
    return NULL;
}

static void test_cancel(void **state)
{
    hf_arena *mem = hf_arena_new();
    double began = hf_mono_seconds();
    hf_pg *pg = begun();
    hf_err *err = NULL;
    pthread_t thread;
    hf_pg_rows rows;

    (void)state;
    assert_int_equal(0, pthread_create(&thread, NULL, cancel_soon, pg));
    T_FAILS(err, HF_E_INTERRUPTED,
            hf_pg_query(pg, "SELECT pg_sleep(30)", NULL, 0, mem, &rows, &err));
    pthread_join(thread, NULL);
    assert_true(hf_mono_seconds() - began < 10);
    T_FAILS(err, HF_E_INTERRUPTED, hf_pg_query(pg, "SELECT 1", NULL, 0, mem, &rows, &err));
    hf_pg_close(pg);
    hf_arena_free(mem);
}

static void test_timeouts(void **state)
{
    hf_pg_args args = { .conninfo = url, .statement_timeout_ms = 100, .lock_timeout_ms = 50 };
    hf_arena *mem = hf_arena_new();
    PGconn *holder = PQconnectdb(url);
    hf_err *err = NULL;
    hf_pg *pg = NULL;
    hf_pg_rows rows;

    (void)state;
    T_OK(err, hf_pg_open(&pg, &args, &err));
    T_OK(err, hf_pg_begin(pg, NULL, &err));
    T_FAILS(err, HF_E_UNREACHABLE,
            hf_pg_query(pg, "SELECT pg_sleep(30)", NULL, 0, mem, &rows, &err));
    T_OK(err, hf_pg_end(pg, &err));
    PQclear(PQexec(holder, "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE"));
    T_OK(err, hf_pg_begin(pg, NULL, &err));
    T_FAILS(err, HF_E_LOCKED,
            hf_pg_query(pg, "SELECT count(*) FROM public.t", NULL, 0, mem, &rows, &err));
    PQfinish(holder);
    hf_pg_close(pg);
    hf_arena_free(mem);
}

/* The server ends our session, as it does when it is shut down. */
static void test_lost(void **state)
{
    hf_arena *mem = hf_arena_new();
    hf_pg *pg = begun();
    hf_err *err = NULL;
    hf_pg_rows rows;
    char *text;

    (void)state;
    T_OK(err, hf_pg_query(pg, "SELECT pg_backend_pid()", NULL, 0, mem, &rows, &err));
    text = hf_sprintf("SELECT pg_terminate_backend(%s)", hf_pg_cell(&rows, 0, 0).p);
    sql("postgres", text);
    hf_free(text);
    T_FAILS(err, HF_E_UNREACHABLE, hf_pg_query(pg, "SELECT 1", NULL, 0, mem, &rows, &err));
    hf_pg_close(pg);
    hf_arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest alone[] = {
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_bad_conninfo),
        cmocka_unit_test(test_nobody_there),
    };
    const struct CMUnitTest served[] = {
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_again),
        cmocka_unit_test(test_settings),    cmocka_unit_test(test_queries),
        cmocka_unit_test(test_identifiers), cmocka_unit_test(test_snapshot),
        cmocka_unit_test(test_copy),        cmocka_unit_test(test_sql_ascii),
        cmocka_unit_test(test_cancel),      cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_lost),
    };

    for (size_t k = 0; k < T_COUNT(libpq_variables); k++)
        unsetenv(libpq_variables[k]);
    return cmocka_run_group_tests(alone, NULL, NULL) +
           cmocka_run_group_tests(served, setup, teardown);
}
