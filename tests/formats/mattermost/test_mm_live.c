/* The live feed on a small database of our own: which rows come, in which reading. Needs the server
 * in the folder HF_PG_SOCKET (tests/support/pg.sh). */
#include "mattermost/live_priv.h"
#include "support.h"

#include <libpq-fe.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#define DB "hf_test_mm_live"

static char *url;

/* A session that may write, as the application has one. */
static void sql_in(const char *db, const char *text)
{
    char *conninfo =
        hf_sprintf("host=%s user=postgres dbname=%s options='-c client_min_messages=error'",
                   getenv("HF_PG_SOCKET"), db);
    PGconn *c = PQconnectdb(conninfo);
    PGresult *res = PQexec(c, text);
    bool is_good =
        PQresultStatus(res) == PGRES_COMMAND_OK || PQresultStatus(res) == PGRES_TUPLES_OK;

    if (!is_good)
        print_error("%s: %s\n", text, PQerrorMessage(c));
    assert_true(is_good);
    PQclear(res);
    PQfinish(c);
    hf_free(conninfo);
}

static void sql(const char *text)
{
    sql_in(DB, text);
}

/* The least that is a Mattermost; times of long ago, so that no reading goes by them. */
static const char schema[] =
    "DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;"
    "CREATE TABLE teams (id varchar(26) PRIMARY KEY, displayname text, name text);"
    "CREATE TABLE users (id varchar(26) PRIMARY KEY, deleteat bigint, username text, password "
    "text);"
    "CREATE TABLE channels (id varchar(26) PRIMARY KEY, createat bigint, deleteat bigint,"
    " teamid text, type text, displayname text, name text);"
    "CREATE TABLE channelmembers (channelid varchar(26), userid varchar(26),"
    " PRIMARY KEY (channelid, userid));"
    "CREATE TABLE posts (id varchar(26) PRIMARY KEY, createat bigint, updateat bigint,"
    " deleteat bigint, userid text, channelid varchar(26), rootid text, originalid varchar(26),"
    " message text, type text, props text);"
    "CREATE INDEX idx_posts_original_id ON posts (originalid);"
    "CREATE TABLE reactions (userid varchar(26), postid varchar(26), emojiname text,"
    " createat bigint, PRIMARY KEY (postid, userid, emojiname));"
    "CREATE TABLE systems (name text PRIMARY KEY, value text);"
    "INSERT INTO systems VALUES ('DiagnosticId', 'server1'), ('AsymmetricSigningKey', 'hushkey');"
    "INSERT INTO posts SELECT 'p' || i, i * 1000, i * 1000, 0, 'u1', 'c' || i % 3, '', '',"
    " 'text ' || i, '', '{}' FROM generate_series(1, 100) i;"
    "INSERT INTO reactions SELECT 'u1', 'p' || i, 'smile', 5 FROM generate_series(1, 100, 10) i;";

static int setup(void **state)
{
    (void)state;
    if (getenv("HF_PG_SOCKET") == NULL)
        return -1;
    sql_in("postgres", "DROP DATABASE IF EXISTS " DB);
    sql_in("postgres", "CREATE DATABASE " DB " TEMPLATE template0 ENCODING 'UTF8'");
    url = hf_sprintf("postgresql://postgres@/" DB "?host=%s", getenv("HF_PG_SOCKET"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    sql_in("postgres", "DROP DATABASE " DB);
    sql_in("postgres", "DROP ROLE IF EXISTS hf_mm_reader");
    hf_free(url);
    return 0;
}

/* --- reading -------------------------------------------------------------------------------------
 */

static char *last_mark; /* of the reading before; NULL: none */

static const char *since(void *self, const char *key, const char *origin)
{
    (void)self;
    assert_true(strlen(origin) > 0);
    assert_true(strncmp(key, "postgresql:", 11) == 0);
    return last_mark;
}

static mm_feed *open_feed(const char *days)
{
    hf_opts *opts = hf_opts_new();
    hf_reader_args args = { .path = url, .opts = opts, .since = since };
    hf_err *err = NULL;
    mm_feed *f = NULL;

    if (days != NULL)
        hf_opts_set(opts, "days", days);
    T_OK(err, mm_live_open(&f, &args, &err));
    hf_opts_free(opts);
    return f;
}

static void keep_mark(const mm_feed *f)
{
    hf_free(last_mark);
    last_mark = hf_view_dup(f->mark);
}

static int by_text(const void *a, const void *b)
{
    return hf_view_cmp(*(const hf_view *)a, *(const hf_view *)b);
}

/* First columns of the rows of a table, sorted and parted by blanks. */
static char *rows_of(mm_feed *f, mm_role role, mm_which which, int column)
{
    uint32_t table = (uint32_t)(live_role((live *)f, role) - f->table);
    hf_arena *mem = hf_arena_new();
    hf_view *cell = NULL;
    hf_err *err = NULL;
    hf_status rc;
    mm_rows rows;
    size_t n = 0;
    hf_buf out;
    char *got;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    T_OK(err, f->ops->start(f, table, which, &err));
    while ((rc = f->ops->next(f, mem, &rows, &err)) == HF_OK)
        while (rows.text.n > 0) {
            size_t end = hf_view_find_byte(rows.text, '\n');
            hf_view line = hf_view_sub(rows.text, 0, end);

            assert_true(end != HF_NPOS);
            rows.text = hf_view_from(rows.text, end + 1);
            for (int k = 0; k < column; k++)
                line = hf_view_from(line, hf_view_find_byte(line, '\t') + 1);
            if ((n & (n - 1)) == 0) /* 0, 1, 2, 4 ...: room for twice as many */
                cell = hf_realloc(cell, n == 0 ? 1 : 2 * n, sizeof(*cell));
            cell[n++] = hf_arena_dup(mem, hf_view_sub(line, 0, hf_view_find_byte(line, '\t')));
        }
    assert_int_equal(HF_END, rc);
    if (n > 0)
        qsort(cell, n, sizeof(*cell), by_text);
    for (size_t i = 0; i < n; i++) {
        hf_buf_str(&out, i == 0 ? "" : " ");
        hf_buf_add(&out, cell[i]);
    }
    hf_free(cell);
    hf_arena_free(mem);
    got = hf_strdup(hf_buf_cstr(&out));
    hf_buf_clear(&out);
    return got;
}

static void check_rows(mm_feed *f, mm_role role, mm_which which, int column, const char *want)
{
    char *got = rows_of(f, role, which, column);

    assert_string_equal(want, got);
    hf_free(got);
}

static size_t count_rows(mm_feed *f, mm_role role, mm_which which)
{
    char *got = rows_of(f, role, which, 0);
    size_t n = got[0] != '\0';

    for (const char *p = got; *p != '\0'; p++)
        n += *p == ' ';
    hf_free(got);
    return n;
}

static char *fact_of(mm_feed *f, const char *key)
{
    live *l = (live *)f;

    for (size_t i = 0; i < l->nfact; i++)
        if (strcmp(l->fact[i].key, key) == 0)
            return hf_view_dup(l->fact[i].text);
    return hf_strdup("");
}

/* --- tests ---------------------------------------------------------------------------------------
 */

static void test_all(void **state)
{
    mm_feed *f;

    (void)state;
    sql(schema);
    sql("INSERT INTO posts SELECT 'h' || i, 5, 5, 5, 'u1', 'c1', '', 'p' || i, 'old', '', '{}'"
        " FROM generate_series(1, 3) i");
    last_mark = NULL;
    f = open_feed(NULL);
    T_VIEW("server1", f->server_id);
    assert_false(f->is_partial);
    assert_true(f->mark_key.n > 0 && f->mark.n > 0 && f->mark.p[0] == '{');
    assert_int_equal(103, count_rows(f, MM_POSTS, MM_ROWS));
    check_rows(f, MM_POSTS, MM_OLD_POSTS, 7, "p1 p2 p3");
    assert_int_equal(10, count_rows(f, MM_REACTIONS, MM_ROWS));
    assert_int_equal(0, count_rows(f, MM_USERS, MM_ROWS));
    assert_int_equal(103 + 3 + 10, f->done);
    f->ops->close(f);
}

/* Read the second time: what was written since, and what belongs to it. */
static void test_changed(void **state)
{
    static const struct {
        const char *change, *posts, *old, *reactions;
    } rows[] = {
        { "SELECT 1", "", "", "" },
        { "UPDATE posts SET message = 'new' WHERE id = 'p11'", "p11", "", "u1" },
        { "INSERT INTO posts SELECT 'p200', 1, 1, 0, 'u1', 'c1', '', '', 'x', '', '{}'", "p200", "",
          "" },
        /* an earlier version alone brings its message */
        { "INSERT INTO posts SELECT 'h5', 1, 1, 1, 'u1', 'c1', '', 'p5', 'x', '', '{}'", "h5 p5",
          "p5", "" },
        /* a reaction does, too, and the earlier versions with it */
        { "INSERT INTO reactions VALUES ('u9', 'p5', 'tada', 9)", "h5 p5", "p5", "u9" },
        /* one whose message is not there is no reason to read anything else, but is itself read */
        { "INSERT INTO reactions VALUES ('u8', 'gone', 'tada', 9)", "", "", "u8" },
        /* rows written again with nothing changed; deleted rows leave no trace */
        { "UPDATE posts SET message = message WHERE id = 'p7'", "p7", "", "" },
        { "DELETE FROM posts WHERE id = 'p8'", "", "", "" },
        /* written in a subtransaction */
        { "DO $$ BEGIN BEGIN UPDATE posts SET type = 'x' WHERE id = 'p9'; EXCEPTION WHEN others "
          "THEN "
          "NULL; END; END $$",
          "p9", "", "" },
        /* one that was rolled back wrote nothing */
        { "BEGIN; UPDATE posts SET type = 'x' WHERE id = 'p10'; ROLLBACK", "", "", "" },
        /* by its time alone: the server's clock is far before this one's */
        { "VACUUM FREEZE posts", "", "", "" },
        { "VACUUM FULL posts", "", "", "" },
    };

    (void)state;
    sql(schema);
    hf_free(last_mark);
    last_mark = NULL;
    for (size_t i = 0; i <= T_COUNT(rows); i++) {
        mm_feed *f = open_feed(NULL);

        if (i > 0) {
            assert_true(f->is_partial);
            check_rows(f, MM_POSTS, MM_ROWS, 0, rows[i - 1].posts);
            check_rows(f, MM_POSTS, MM_OLD_POSTS, 7, rows[i - 1].old);
            check_rows(f, MM_REACTIONS, MM_ROWS, 0, rows[i - 1].reactions);
            assert_int_equal(0, f->total);
        }
        keep_mark(f);
        f->ops->close(f);
        if (i < T_COUNT(rows))
            sql(rows[i].change);
    }
}

/* A transaction that began before the first reading and ends after it: no time tells, its number
 * does. */
static void test_late_commit(void **state)
{
    PGconn *c = PQconnectdb(url);
    mm_feed *f;

    (void)state;
    sql(schema);
    hf_free(last_mark);
    last_mark = NULL;
    PQclear(PQexec(c, "BEGIN; UPDATE posts SET message = 'late' WHERE id = 'p3'"));
    sql("UPDATE posts SET message = 'early' WHERE id = 'p4'"); /* a later number, seen at once */
    f = open_feed(NULL);
    keep_mark(f);
    f->ops->close(f);
    PQclear(PQexec(c, "COMMIT"));
    PQfinish(c);
    f = open_feed(NULL);
    check_rows(f, MM_POSTS, MM_ROWS, 0, "p3 p4"); /* p4 in vain: cheaper than to know better */
    keep_mark(f);
    f->ops->close(f);
    f = open_feed(NULL);
    check_rows(f, MM_POSTS, MM_ROWS, 0, "");
    f->ops->close(f);
}

/* Times of now, on rows whose numbers say nothing: as after a change of clocks. */
static void test_overlap(void **state)
{
    mm_feed *f;

    (void)state;
    sql(schema);
    sql("UPDATE posts SET updateat = extract(epoch FROM now()) * 1000 - 60000 WHERE id = 'p1';"
        "UPDATE posts SET deleteat = extract(epoch FROM now()) * 1000 - 60000 WHERE id = 'p2';"
        "UPDATE posts SET updateat = extract(epoch FROM now()) * 1000 - 3600000 WHERE id = 'p3'");
    hf_free(last_mark);
    last_mark = NULL;
    f = open_feed(NULL);
    keep_mark(f);
    f->ops->close(f);
    f = open_feed(NULL);
    check_rows(f, MM_POSTS, MM_ROWS, 0, "p1 p2");
    f->ops->close(f);
}

static char *replaced(const char *text, const char *key, const char *value)
{
    const char *at = strstr(text, key), *end;

    assert_non_null(at);
    at += strlen(key);
    end = at + strcspn(at, ",}");
    return hf_sprintf("%.*s%s%s", (int)(at - text), text, value, end);
}

/* Marks that cannot be gone on from: everything is read, and it is said why. */
static void test_bad_marks(void **state)
{
    static const struct {
        const char *key, *value, *why;
    } rows[] = {
        { "\"timeline\":", "\"00000009\"", "another server took over" },
        { "\"next\":", "99999999999", "went back" },
        { "\"columns\":", "\"0123456789abcdef\"", "columns of messages changed" },
        { "\"xmin\":", "\"x\"", "no mark" },
        { "\"xmin\":", "18446744073709551616", "no mark" },
        { "\"taken\":", "\"yesterday\"", "no mark" },
        { "\"taken\":", "7", "no mark" },
        { "{", "nonsense", "no mark" },
    };
    char *good;
    mm_feed *f;

    (void)state;
    sql(schema);
    hf_free(last_mark);
    last_mark = NULL;
    f = open_feed(NULL);
    good = hf_view_dup(f->mark);
    f->ops->close(f);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        char *fact;

        hf_free(last_mark);
        last_mark = replaced(good, rows[i].key, rows[i].value);
        f = open_feed(NULL);
        fact = fact_of(f, "incremental");
        if (f->is_partial || strstr(fact, rows[i].why) == NULL)
            print_error("%s: %s\n", last_mark, fact);
        assert_false(f->is_partial);
        assert_non_null(strstr(fact, rows[i].why));
        hf_free(fact);
        f->ops->close(f);
    }
    hf_free(last_mark);
    last_mark = good;
    sql("ALTER TABLE posts ADD COLUMN remoteid text DEFAULT 'x'"); /* writes no row */
    f = open_feed(NULL);
    assert_false(f->is_partial);
    f->ops->close(f);
}

static void test_days(void **state)
{
    static const char *const bad[] = {
        "x", "{}", "[1]", "[[\"c1\"]]", "[[1, 2]]", "[[\"c1\", 1.5]]", "[[\"c1\", 99999999999]]"
    };
    hf_reader_args args = { .path = url, .since = since };
    mm_feed *f;
    hf_err *err = NULL;

    (void)state;
    sql(schema);
    sql("UPDATE posts SET createat = 86400000 + createat WHERE id IN ('p1', 'p4', 'p5');"
        "UPDATE posts SET createat = -1 WHERE id = 'p7';"
        "UPDATE posts SET channelid = 'c\"\\' WHERE id = 'p10';"
        "INSERT INTO posts SELECT 'h4', 86400001, 5, 5, 'u1', 'c1', '', 'p4', 'old', '', '{}'");
    hf_free(last_mark);
    last_mark = NULL;
    f = open_feed(NULL);
    keep_mark(f);
    f->ops->close(f);
    /* day 1 of c1 and c2, the day before 1970, and an id that needs quotes; p4 with its version */
    f = open_feed("[[\"c1\", 1], [\"c2\", 1], [\"c1\", -1], [\"c\\\"\\\\\", 0], [\"none\", 1]]");
    assert_true(f->is_partial);
    check_rows(f, MM_POSTS, MM_ROWS, 0, "h4 p1 p10 p4 p5 p7");
    check_rows(f, MM_REACTIONS, MM_ROWS, 1, "p1");
    f->ops->close(f);
    f = open_feed("[]");
    check_rows(f, MM_POSTS, MM_ROWS, 0, "");
    f->ops->close(f);
    for (size_t i = 0; i < T_COUNT(bad); i++) {
        hf_opts *opts = hf_opts_new();

        args.opts = opts;
        hf_opts_set(opts, "days", bad[i]);
        T_FAILS(err, HF_E_USAGE, mm_live_open(&f, &args, &err));
        hf_opts_free(opts);
    }
}

/* More messages than one statement asks for; without an index on originalid, too. */
static void test_many(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        mm_feed *f;

        sql(schema);
        if (i == 1)
            sql("DROP INDEX idx_posts_original_id");
        hf_free(last_mark);
        last_mark = NULL;
        f = open_feed(NULL);
        keep_mark(f);
        f->ops->close(f);
        sql("INSERT INTO posts SELECT 'n' || i, 1, 1, 0, 'u1', 'c1', '',"
            " CASE WHEN i % 3 = 0 THEN 'n' || i - 1 ELSE '' END, 'x', '', '{}'"
            " FROM generate_series(1, 30000) i;"
            "INSERT INTO reactions SELECT 'u1', 'n' || i, 'smile', 5 FROM generate_series(2, "
            "30000, 3) i");
        f = open_feed(NULL);
        assert_true(f->is_partial);
        assert_int_equal(30000, count_rows(f, MM_POSTS, MM_ROWS));
        assert_int_equal(10000, count_rows(f, MM_POSTS, MM_OLD_POSTS));
        assert_int_equal(10000, count_rows(f, MM_REACTIONS, MM_ROWS));
        f->ops->close(f);
    }
}

typedef struct counted {
    char text[512];
    size_t n;
} counted;

static void note(void *self, hf_view channel, int64_t day, uint64_t n)
{
    counted *c = self;

    c->n += (size_t)snprintf(c->text + c->n, sizeof(c->text) - c->n, "%.*s:%lld:%llu ",
                             (int)channel.n, channel.p, (long long)day, (unsigned long long)n);
}

static void test_counts(void **state)
{
    counted c = { .n = 0 };
    hf_err *err = NULL;
    mm_feed *f;

    (void)state;
    sql(schema);
    sql("DELETE FROM posts WHERE id NOT IN ('p1', 'p4', 'p7', 'p10', 'p13', 'p16');"
        "UPDATE posts SET createat = 86399999 WHERE id = 'p4';"
        "UPDATE posts SET createat = 86400000 WHERE id = 'p7';"
        "UPDATE posts SET createat = -1 WHERE id = 'p10';"
        "UPDATE posts SET createat = -86400000 WHERE id = 'p13';"
        "UPDATE posts SET createat = -86400001, originalid = NULL WHERE id = 'p16';"
        /* earlier versions are no messages */
        "INSERT INTO posts SELECT 'h4', 5, 5, 5, 'u1', 'c1', '', 'p4', 'old', '', '{}'");
    hf_free(last_mark);
    last_mark = NULL;
    f = open_feed(NULL);
    T_OK(err, f->ops->counts(f, note, &c, &err));
    for (const char *const *w =
             (const char *const[]){ "c1:0:2 ", "c1:1:1 ", "c1:-1:2 ", "c1:-2:1 ", NULL };
         *w != NULL; w++)
        assert_non_null(strstr(c.text, *w));
    assert_int_equal(7 + 7 + 8 + 8, c.n);
    f->ops->close(f);
    sql("UPDATE posts SET channelid = E'a\\tb\\\\' WHERE id <> 'none'");
    c.n = 0;
    f = open_feed(NULL);
    T_OK(err, f->ops->counts(f, note, &c, &err));
    assert_non_null(strstr(c.text, "a\tb\\:0:2 "));
    f->ops->close(f);
}

/* What is missing is said at once, with statements that give it. */
static void test_rights(void **state)
{
    char *reader = hf_sprintf("postgresql://hf_mm_reader@/" DB "?host=%s", getenv("HF_PG_SOCKET"));
    hf_reader_args args = { .path = reader };
    hf_err *err = NULL;
    mm_feed *f = NULL;
    char *hint, *fact;

    (void)state;
    sql(schema);
    sql("CREATE TABLE audits (id text PRIMARY KEY, createat bigint, action text);"
        "CREATE TABLE ir_run (id text, name text);"
        "DROP ROLE IF EXISTS hf_mm_reader; CREATE ROLE hf_mm_reader LOGIN;"
        "REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT SELECT ON channels TO hf_mm_reader");
    assert_int_equal(HF_E_DENIED, mm_live_open(&f, &args, &err));
    assert_non_null(strstr(
        err->message, "schema public, channelmembers, posts, reactions, systems, teams, users"));
    assert_null(strstr(err->message, "audits"));
    assert_non_null(strstr(err->hint, "GRANT USAGE ON SCHEMA public TO hf_mm_reader;"));
    assert_non_null(strstr(
        err->hint,
        "GRANT SELECT (id, deleteat, username, ctid, xmin) ON public.users TO hf_mm_reader;"));
    hint = hf_strdup(err->hint);
    hf_err_free(err);
    err = NULL;
    sql(hint); /* it is enough */
    hf_free(hint);
    T_OK(err, mm_live_open(&f, &args, &err));
    fact = fact_of(f, "missing_rights");
    assert_string_equal("audits, ir_run", fact);
    hf_free(fact);
    for (uint32_t i = 0; i < f->ntable; i++)
        assert_false(hf_view_is(f->table[i].name, "audits") ||
                     hf_view_is(f->table[i].name, "ir_run"));
    assert_int_equal(100, count_rows(f, MM_POSTS, MM_ROWS));
    f->ops->close(f);
    /* With an origin of the user's the table with the server's keys is not needed. */
    sql("REVOKE SELECT ON systems FROM hf_mm_reader");
    T_FAILS(err, HF_E_DENIED, mm_live_open(&f, &args, &err));
    args.origin = "own";
    T_OK(err, mm_live_open(&f, &args, &err));
    f->ops->close(f);
    f = NULL;
    /* Rights by column that forget the system columns: everything is read, by one connection. */
    sql("REVOKE SELECT ON posts FROM hf_mm_reader; GRANT SELECT (id, createat, updateat, deleteat,"
        " userid, channelid, rootid, originalid, message, type, props) ON posts TO hf_mm_reader");
    hf_free(last_mark);
    last_mark = NULL;
    args.since = since;
    for (int i = 0; i < 2; i++) {
        T_OK(err, mm_live_open(&f, &args, &err));
        assert_int_equal(100, count_rows(f, MM_POSTS, MM_ROWS));
        assert_false(f->is_partial);
        keep_mark(f);
        fact = fact_of(f, "incremental");
        assert_true((strstr(fact, "no right to column xmin") != NULL) == (i == 1));
        hf_free(fact);
        f->ops->close(f);
    }
    /* One column that was added after the rights were given. */
    sql("ALTER TABLE users ADD COLUMN nickname text");
    assert_int_equal(HF_E_DENIED, mm_live_open(&f, &args, &err));
    assert_non_null(strstr(err->message, "may not read users"));
    hf_err_free(err);
    sql("DROP OWNED BY hf_mm_reader; DROP ROLE hf_mm_reader");
    hf_free(reader);
}

static void test_not_ours(void **state)
{
    static const struct {
        const char *change;
        hf_status want;
        const char *says;
    } rows[] = {
        { "DROP TABLE posts", HF_E_UNSUPPORTED, "holds no Mattermost" },
        { "ALTER TABLE posts RENAME TO \"Posts\"", HF_E_UNSUPPORTED, "holds no Mattermost" },
        { "DROP TABLE users", HF_E_UNSUPPORTED, "no table users" },
        { "ALTER TABLE posts DROP COLUMN rootid", HF_E_UNSUPPORTED, "no column rootid" },
        { "ALTER TABLE posts ALTER COLUMN createat TYPE timestamptz USING to_timestamp(createat)",
          HF_E_UNSUPPORTED, "createat" },
        /* a view has no rows of its own; a table of another type of relation is none */
        { "ALTER TABLE posts RENAME TO p; CREATE VIEW posts AS SELECT * FROM p", HF_E_UNSUPPORTED,
          "holds no Mattermost" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_reader_args args = { .path = url };
        hf_err *err = NULL;
        mm_feed *f = NULL;

        sql(schema);
        sql(rows[i].change);
        assert_int_equal(rows[i].want, mm_live_open(&f, &args, &err));
        if (strstr(err->message, rows[i].says) == NULL)
            print_error("%s: %s\n", rows[i].change, err->message);
        assert_non_null(strstr(err->message, rows[i].says));
        assert_non_null(err->file);
        hf_err_free(err);
    }
}

/* Tables in several parts, generated columns, names that need quotes, tables without columns. */
static void test_odd_tables(void **state)
{
    hf_arena *mem = hf_arena_new();
    size_t seen = 0;
    mm_feed *f;

    (void)state;
    sql(schema);
    sql("CREATE TABLE parted (id int, v text) PARTITION BY RANGE (id);"
        "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (10);"
        "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20);"
        "INSERT INTO parted SELECT i, 'x' FROM generate_series(0, 19) i;"
        "CREATE TABLE parent (id int); CREATE TABLE child (extra int) INHERITS (parent);"
        "INSERT INTO parent VALUES (1); INSERT INTO child VALUES (2, 3);"
        "CREATE TABLE made (id int, twice int GENERATED ALWAYS AS (id * 2) STORED);"
        "INSERT INTO made VALUES (4);"
        "CREATE TABLE \"We\"\"ird T\" (\"a b\" int, \"%s\" int); INSERT INTO \"We\"\"ird T\" "
        "VALUES (1, 2);"
        "CREATE TABLE empty_one ();"
        "CREATE TABLE dropped (a int, b int, c int); ALTER TABLE dropped DROP COLUMN b;"
        "INSERT INTO dropped VALUES (7, 8)");
    hf_free(last_mark);
    last_mark = NULL;
    f = open_feed(NULL);
    for (uint32_t i = 0; i < f->ntable; i++) {
        static const struct {
            const char *name, *rows;
        } want[] = { { "parent", "1\n" },
                     { "child", "2\t3\n" },
                     { "made", "4\n" },
                     { "We\"ird T", "1\t2\n" },
                     { "dropped", "7\t8\n" } };
        hf_err *err = NULL;
        mm_rows rows;

        assert_false(hf_view_starts(f->table[i].name, HF_V("parted_")));
        assert_false(hf_view_is(f->table[i].name, "empty_one"));
        for (size_t k = 0; k < T_COUNT(want); k++) {
            if (!hf_view_is(f->table[i].name, want[k].name))
                continue;
            T_OK(err, f->ops->start(f, i, MM_ROWS, &err));
            T_OK(err, f->ops->next(f, mem, &rows, &err));
            T_VIEW(want[k].rows, rows.text);
            assert_int_equal(HF_END, f->ops->next(f, mem, &rows, &err));
            seen++;
        }
        if (hf_view_is(f->table[i].name, "parted")) {
            T_OK(err, f->ops->start(f, i, MM_ROWS, &err));
            T_OK(err, f->ops->next(f, mem, &rows, &err));
            assert_int_equal(10 * 4 + 10 * 5, rows.text.n); /* of both */
            seen++;
        }
    }
    assert_int_equal(6, seen);
    f->ops->close(f); /* with a statement under way */
    hf_arena_free(mem);
}

/* Ends a transaction as soon as somebody waits for a lock. */
static void *commit_when_waited_for(void *arg)
{
    PGconn *c = PQconnectdb(url);
    bool is_waited_for = false;

    for (int i = 0; i < 600 && !is_waited_for; i++) {
        PGresult *res =
            PQexec(c, "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE"
                      " NOT l.granted AND a.application_name = 'holdfast'");

        is_waited_for = PQntuples(res) > 0;
        PQclear(res);
        usleep(20000);
    }
    PQclear(PQexec(arg, "COMMIT"));
    PQfinish(c);
    return NULL;
}

/* What snapshots do not protect from: the table's rows are gone for older ones, too. */
static void test_rewritten(void **state)
{
    static const struct {
        const char *change;
        hf_status want;
    } rows[] = {
        { "TRUNCATE posts", HF_E_UNREACHABLE },
        { "ALTER TABLE posts ALTER COLUMN props TYPE jsonb USING props::jsonb", HF_E_UNREACHABLE },
        { "ALTER TABLE posts DROP COLUMN props", HF_E_UNREACHABLE },
        { "ALTER TABLE posts ADD COLUMN remoteid text", HF_OK }, /* is not in the snapshot */
        { "DROP TABLE reactions", HF_E_UNREACHABLE },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_reader_args args = { .path = url };
        PGconn *c;
        hf_err *err = NULL;
        mm_feed *f = NULL;
        pthread_t thread;
        PGresult *res;
        hf_status rc;
        char *change;

        sql(schema);
        c = PQconnectdb(url);
        change = hf_sprintf("BEGIN; %s", rows[i].change);
        PQclear(PQexec(c, change));
        hf_free(change);
        assert_int_equal(0, pthread_create(&thread, NULL, commit_when_waited_for, c));
        rc = mm_live_open(&f, &args, &err);
        pthread_join(thread, NULL);
        PQfinish(c);
        if (rc != rows[i].want)
            print_error("%s: %s\n", rows[i].change, err == NULL ? "" : err->message);
        assert_int_equal(rows[i].want, rc);
        hf_err_free(err);
        err = NULL;
        if (rc != HF_OK)
            continue;
        /* From now on nobody can. */
        c = PQconnectdb(url);
        PQclear(PQexec(c, "SET lock_timeout = 100"));
        res = PQexec(c, "TRUNCATE posts");
        assert_string_equal("55P03", PQresultErrorField(res, PG_DIAG_SQLSTATE));
        PQclear(res);
        PQfinish(c);
        assert_int_equal(100, count_rows(f, MM_POSTS, MM_ROWS));
        f->ops->close(f);
    }
}

/* Given up in the middle, with threads waiting for room in the queue and others for the server. */
static void test_given_up(void **state)
{
    hf_arena *mem = hf_arena_new();
    hf_err *err = NULL;
    mm_rows rows;
    mm_feed *f;

    (void)state;
    sql(schema);
    sql("INSERT INTO posts SELECT 'x' || i, 1, 1, 0, 'u1', 'c1', '', '', repeat('y', 1000), '', "
        "'{}'"
        " FROM generate_series(1, 80000) i");
    hf_free(last_mark);
    last_mark = NULL;
    f = open_feed(NULL);
    T_OK(err,
         f->ops->start(f, (uint32_t)(live_role((live *)f, MM_POSTS) - f->table), MM_ROWS, &err));
    T_OK(err, f->ops->next(f, mem, &rows, &err));
    assert_true(rows.text.n >= 1 << 20);
    f->ops->close(f);
    hf_arena_free(mem);
}

/* The table of keys is asked for three names only. */
static void test_keys_stay(void **state)
{
    mm_feed *f;

    (void)state;
    sql(schema);
    f = open_feed(NULL);
    for (size_t i = 0; i < ((live *)f)->nfact; i++)
        assert_int_equal(HF_NPOS, hf_view_find(((live *)f)->fact[i].text, HF_V("hushkey")));
    assert_true(mm_role_is_unread(live_role((live *)f, MM_SYSTEMS)->role));
    f->ops->close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),         cmocka_unit_test(test_changed),
        cmocka_unit_test(test_late_commit), cmocka_unit_test(test_overlap),
        cmocka_unit_test(test_bad_marks),   cmocka_unit_test(test_days),
        cmocka_unit_test(test_many),        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_rights),      cmocka_unit_test(test_not_ours),
        cmocka_unit_test(test_odd_tables),  cmocka_unit_test(test_rewritten),
        cmocka_unit_test(test_given_up),    cmocka_unit_test(test_keys_stay),
    };
    int rc = cmocka_run_group_tests(tests, setup, teardown);

    hf_free(last_mark);
    return rc;
}
