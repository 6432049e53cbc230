/* A pg_dump file as a feed: what is found in it, what is left out of it, what is refused. */
#include "dump_text.h"
#include "mattermost/dump_feed.h"
#include "support.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct opened {
    hf_source *source;
    mm_feed *feed;
    hf_opts *opts;
    hf_err *err;
} opened;

/* Open text as a dump; options as "name=value". */
static hf_status open_text(opened *o, hf_view text, bool salvage, const char *option)
{
    hf_source_limits limits = { .salvage = salvage };
    hf_reader_args args = { .want = HF_WANT_RECORDS };
    static const char *folder;
    char *path;
    hf_status rc;

    if (folder == NULL)
        folder = t_folder();
    path = hf_sprintf("%s/dump.sql", folder);
    *o = (opened){ .opts = hf_opts_new() };
    t_write(folder, "dump.sql", text);
    T_OK(o->err, hf_source_open(&o->source, path, &limits, &o->err));
    if (option != NULL) {
        char *name = hf_strdup(option), *value = strchr(name, '=');

        *value = '\0';
        hf_opts_set(o->opts, name, value + 1);
        hf_free(name);
    }
    args.source = o->source;
    args.opts = o->opts;
    rc = mm_dump_open(&o->feed, &args, &o->err);
    unlink(path);
    hf_free(path);
    return rc;
}

static void close_text(opened *o)
{
    if (o->feed != NULL)
        o->feed->ops->close(o->feed);
    hf_source_close(o->source);
    hf_opts_free(o->opts);
    hf_err_free(o->err);
}

static uint32_t table_of(const mm_feed *f, const char *name)
{
    for (uint32_t i = 0; i < f->ntable; i++)
        if (hf_view_is(f->table[i].name, name))
            return i;
    fail_msg("no table %s", name);
    return 0;
}

/* All rows that a feed gives of a table. */
static void rows_of(mm_feed *f, const char *name, mm_which which, hf_buf *out)
{
    hf_arena *mem = hf_arena_new();
    hf_err *err = NULL;
    mm_rows rows;
    hf_status rc;

    hf_buf_reset(out);
    T_OK(err, f->ops->start(f, table_of(f, name), which, &err));
    while ((rc = f->ops->next(f, mem, &rows, &err)) == HF_OK) {
        assert_true(rows.text.n + rows.too_long.n > 0);
        assert_true(rows.text.n == 0 || rows.text.p[rows.text.n - 1] == '\n');
        hf_buf_add(out, rows.text);
        hf_buf_add(out, rows.too_long);
        hf_arena_reset(mem);
    }
    assert_int_equal(rc, HF_END);
    hf_arena_free(mem);
}

/* --- what is read --------------------------------------------------------------------------------
 */

static void test_rows(void **state)
{
    static const struct {
        const char *text, *table;
        mm_which which;
        const char *rows;
    } cases[] = {
        { DUMP(POST_ROW OLD_ROW), "posts", MM_ROWS, POST_ROW OLD_ROW },
        { DUMP(POST_ROW OLD_ROW), "posts", MM_OLD_POSTS, OLD_ROW },
        { DUMP(""), "posts", MM_ROWS, "" },
        /* NULL is not the id of a post; a row with too few columns is nobody's older version */
        { DUMP("p3\t1\t2\t3\tu\tc\t\t\\N\tm\t\t{}\nshort\ta\tb\tc\td\te\tf\tg\n"), "posts",
          MM_OLD_POSTS, "" },
        /* but it is given: whoever reads the rows says what is wrong with it */
        { DUMP("short\trow\n"), "posts", MM_ROWS, "short\trow\n" },
        /* what looks like the end of the rows and is none */
        { DUMP("\\\\.\n\\.x\n \\.\n.\n"), "posts", MM_ROWS, "\\\\.\n\\.x\n \\.\n.\n" },
        /* what looks like SQL inside of the rows */
        { DUMP("-- x\nCOPY public.posts (id) FROM stdin;\n/* \n'\n$$\n"), "posts", MM_ROWS,
          "-- x\nCOPY public.posts (id) FROM stdin;\n/* \n'\n$$\n" },
        /* what looks like rows and is text, comment, name or function */
        { DUMP_HEAD "/* COPY public.posts (id) FROM stdin;\n/* nested */ COPY x FROM stdin;\n*/\n"
                    "-- COPY public.posts (id) FROM stdin;\n"
                    "COMMENT ON TABLE public.x IS 'it''s\nCOPY public.posts (id) FROM stdin;\n';\n"
                    "SELECT E'\\';\nCOPY public.posts (id) FROM stdin;\n''';\n"
                    "CREATE FUNCTION public.f() RETURNS void LANGUAGE sql AS $_$\n"
                    "COPY public.posts (id) FROM stdin;\n$$ $x$ ; \n$_$;\n"
                    "CREATE TABLE public.\"a;\nCOPY public.posts (id) FROM stdin;\" (a "
                    "text);\n" CREATE_CHANNELS("public") CREATE_POSTS("public")
                        COPY_CHANNELS("public") CHANNEL_ROW "\\.\n" COPY_POSTS("public") POST_ROW
          "\\.\n" DUMP_TAIL,
          "posts", MM_ROWS, POST_ROW },
        /* rows without CREATE TABLE (--data-only): the types are not known */
        { DUMP_HEAD COPY_CHANNELS("public") CHANNEL_ROW "\\.\n" COPY_POSTS("public") POST_ROW
          "\\.\n" DUMP_TAIL,
          "posts", MM_ROWS, POST_ROW },
        /* a schema of another name, in quotes; before 10.3 it stood in search_path */
        { DUMP_HEAD CREATE_CHANNELS("\"My.Chat\"") CREATE_POSTS("\"My.Chat\"")
              COPY_CHANNELS("\"My.Chat\"") CHANNEL_ROW "\\.\n" COPY_POSTS("\"My.Chat\"") POST_ROW
          "\\.\n" DUMP_TAIL,
          "posts", MM_ROWS, POST_ROW },
        { DUMP_HEAD "SET search_path = chat, pg_catalog;\n" CREATE_CHANNELS("chat")
              CREATE_POSTS("chat") "COPY channels (id, createat, deleteat, teamid, type, "
                                   "displayname, name) FROM stdin;\n" CHANNEL_ROW
                                   "\\.\n" COPY_POSTS("chat") POST_ROW "\\.\n" DUMP_TAIL,
          "channels", MM_ROWS, CHANNEL_ROW },
        /* rows of partitions under the table's own name (--load-via-partition-root) */
        { DUMP(POST_ROW "\\.\n" COPY_POSTS("public") OLD_ROW), "posts", MM_ROWS, POST_ROW OLD_ROW },
        /* COPY without a list means the table's own columns */
        { DUMP_HEAD CREATE_CHANNELS("public")
              CREATE_POSTS("public") "COPY public.channels FROM stdin;\n" CHANNEL_ROW
                                     "\\.\n" COPY_POSTS("public") "\\.\n" DUMP_TAIL,
          "channels", MM_ROWS, CHANNEL_ROW },
        /* a mark before UTF-8, keys of psql, a comment without a line feed at the very end */
        { "\xef\xbb\xbf" DUMP(POST_ROW "\\.\n\\restrict abc\nSELECT 1;\n" COPY_POSTS("public")),
          "posts", MM_ROWS, POST_ROW },
    };
    hf_buf got;

    (void)state;
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        opened o;

        T_OK(o.err, open_text(&o, hf_view_str(cases[i].text), false, NULL));
        rows_of(o.feed, cases[i].table, cases[i].which, &got);
        T_VIEW(cases[i].rows, hf_buf_view(&got));
        rows_of(o.feed, cases[i].table, cases[i].which, &got); /* again from the start */
        T_VIEW(cases[i].rows, hf_buf_view(&got));
        close_text(&o);
    }
    hf_buf_clear(&got);
}

#define CREATE_USERS                                                                              \
    "CREATE TABLE public.users (\n    id character varying(26) NOT NULL,\n    deleteat bigint,\n" \
    "    username character varying(64),\n    password character varying(128),\n    nickname "    \
    "text COLLATE \"C\" DEFAULT 'a,b)('::text NOT NULL,\n    authdata character "                 \
    "varying(128),\n    \"position\" text,\n    CONSTRAINT c CHECK ((deleteat > 0), (1)),\n"      \
    "    at timestamp(3) with time zone DEFAULT now() NOT NULL,\n    EXCLUDE USING gist (c "      \
    "WITH &&),\n    exclude character varying(3)[] GENERATED ALWAYS AS (1) STORED\n);\n\n"        \
    "ALTER TABLE public.users OWNER TO mm;\n"

static void test_secrets(void **state)
{
    static const char text[] = DUMP(
        "\\.\n" CREATE_USERS
        "COPY public.users (id, deleteat, username, password, nickname, authdata, \"position\", "
        "at) FROM stdin;\n"
        "u1\t0\tana\tHASH\tA\tSECRET\tboss\t2020\n"
        "u2\t0\tbob\tHASH\\tx\t\t\\N\t\t\n"
        "u3\tHASH\n"
        /* as many columns as a row without its secrets has: it must not pass for one */
        "u4\tHASH\t2\t3\t4\t5\n"
        "\\.\n"
        "CREATE TABLE public.sessions (id text, token text);\n"
        "COPY public.sessions (id, token) FROM stdin;\ns\tTOKEN\n\\.\n"
        "CREATE TABLE public.plug_in (key text, api_token text);\n"
        "ALTER TABLE ONLY public.plug_in\n    ADD CONSTRAINT k PRIMARY KEY (key);\n"
        "COPY public.plug_in (key, api_token) FROM stdin;\nk\tTOKEN\n\\.\n"
        "COPY public.posts (id, createat, updateat, deleteat, userid, channelid, rootid, "
        "originalid, message, type, props) FROM stdin;\n");
    opened o;
    hf_buf got;
    const mm_table *users;

    (void)state;
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    T_OK(o.err, open_text(&o, HF_V(text), false, NULL));
    rows_of(o.feed, "users", MM_ROWS, &got);
    T_VIEW("u1\t0\tana\tA\tboss\t2020\nu2\t0\tbob\t\t\t\nu3\nu4\n", hf_buf_view(&got));
    users = &o.feed->table[table_of(o.feed, "users")];
    T_VIEW("COPY public.users (id, deleteat, username, nickname, \"position\", at) FROM stdin;\n",
           users->head);
    T_VIEW("text", users->column[mm_column_find(users, HF_V("nickname"))].type);
    T_VIEW("timestamp(3) with time zone", users->column[mm_column_find(users, HF_V("at"))].type);
    assert_int_equal(users->rows, 4);
    rows_of(o.feed, "plug_in", MM_ROWS, &got);
    T_VIEW("k\n", hf_buf_view(&got));
    assert_int_equal(o.feed->table[table_of(o.feed, "plug_in")].nkey, 1);
    T_FAILS(o.err, HF_E_INTERNAL,
            o.feed->ops->start(o.feed, table_of(o.feed, "sessions"), MM_ROWS, &o.err));
    close_text(&o);
    hf_buf_clear(&got);
}

/* --- facts and counts ----------------------------------------------------------------------------
 */

static void note_fact(void *self, const hf_fact *fact)
{
    hf_buf *b = self;

    hf_buf_printf(b, "%s%s: ", fact->is_warning ? "!" : "", fact->key);
    hf_buf_add(b, fact->text);
    hf_buf_byte(b, '\n');
}

static void note_count(void *self, hf_view channel, int64_t day, uint64_t n)
{
    hf_buf *b = self;

    hf_buf_add(b, channel);
    hf_buf_printf(b, " %lld %llu\n", (long long)day, (unsigned long long)n);
}

static void test_facts(void **state)
{
    static const char text[] = DUMP(
        POST_ROW OLD_ROW "p3\t1700000000001\t2\t0\tu1\tc1\t\t\\N\thi\t\t{}\n"
                         "p4\t86400000\t2\t0\tu1\tc2\t\t\thi\t\t{}\n"
                         "bad\trow\n"
                         "\\.\nCREATE TABLE public.systems (name text, value text);\n"
                         "COPY public.systems (name, value) FROM stdin;\n"
                         "AsymmetricSigningKey\tSECRET\nDiagnosticId\tab\\\\c\nVersion\t5.37.0\n"
                         "\\.\nCREATE TABLE public.db_migrations (version bigint, name text);\n"
                         "COPY public.db_migrations (version, name) FROM stdin;\n7\tg\n3\tc\n"
                         "\\.\nCREATE TABLE public.teams (id text, displayname text, name text, "
                         "inviteid text, mascot text);\n"
                         "CREATE TABLE public.tokens (token text);\n"
                         "COPY public.tokens (token) FROM stdin;\nTOKEN\n"
                         "\\.\nCREATE TABLE public.ir_system (a text);\n"
                         "COPY public.ir_system (a) FROM stdin;\n"
                         "\\.\nCREATE TABLE public.odd (a text);\n"
                         "COPY public.odd (a) FROM stdin;\n");
    opened o;
    hf_buf got;
    hf_err *err = NULL;

    (void)state;
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    T_OK(o.err, open_text(&o, HF_V(text), false, NULL));
    T_VIEW("ab\\c", o.feed->server_id);
    o.feed->ops->facts(o.feed, note_fact, &got);
    T_VIEW("postgresql: 15.1\n"
           "pg_dump: 15.2\n"
           "mattermost: 5.37.0\n"
           "migration: 7, 2 applied\n"
           "tables_not_read: tokens (1)\n"
           "system_tables: systems (3)\n"
           "columns_not_read: teams.inviteid\n"
           "plugin_tables: ir_system\n"
           "!unknown_tables: odd\n"
           "!unknown_columns: teams.mascot\n"
           "!no_rows: teams\n",
           hf_buf_view(&got));
    hf_buf_reset(&got);
    T_OK(err, o.feed->ops->counts(o.feed, note_count, &got, &err));
    T_VIEW("c1 19675 2\nc2 1 1\n", hf_buf_view(&got));
    close_text(&o);
    hf_buf_clear(&got);
}

/* --- several databases ---------------------------------------------------------------------------
 */

#define CLUSTER_HEAD                                                                   \
    "--\n-- PostgreSQL database cluster dump\n--\n\nSET client_encoding = 'UTF8';\n\n" \
    "CREATE ROLE mm;\n\\connect template1\n" DUMP_HEAD DUMP_TAIL
#define CLUSTER_TAIL "--\n-- PostgreSQL database cluster dump complete\n--\n"

static void test_databases(void **state)
{
    static const char two[] = CLUSTER_HEAD "\\connect chat\n" DUMP(
        POST_ROW) "\\connect -reuse-previous=on \"dbname='old "
                  "chat'\"\n" DUMP(OLD_ROW) "\\c other\n" DUMP_HEAD "CREATE TABLE public.posts (id "
                                            "text);\n" DUMP_TAIL CLUSTER_TAIL;
    static const char schemas[] = DUMP(POST_ROW "\\.\n" CREATE_POSTS("backup") CREATE_CHANNELS(
        "backup") COPY_CHANNELS("backup") "\\.\n" COPY_POSTS("backup") OLD_ROW);
    static const struct {
        hf_view text;
        const char *option;
        hf_status rc;
        const char *rows; /* of posts, or what the error says */
    } cases[] = {
        { HF_V(two), NULL, HF_E_AMBIGUOUS,
          "the dump has 2 Mattermosts: chat.public, old chat.public" },
        { HF_V(two), "database=old chat", HF_OK, OLD_ROW },
        { HF_V(two), "database=chat", HF_OK, POST_ROW },
        { HF_V(two), "database=other", HF_E_USAGE,
          "the dump has no Mattermost in that database and schema" },
        { HF_V(schemas), NULL, HF_E_AMBIGUOUS, "the dump has 2 Mattermosts: public, backup" },
        { HF_V(schemas), "schema=backup", HF_OK, OLD_ROW },
    };
    hf_buf got;

    (void)state;
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        opened o;

        assert_int_equal(open_text(&o, cases[i].text, false, cases[i].option), cases[i].rc);
        if (o.feed == NULL) {
            assert_string_equal(o.err->message, cases[i].rows);
            assert_non_null(o.err->hint);
        } else {
            rows_of(o.feed, "posts", MM_ROWS, &got);
            T_VIEW(cases[i].rows, hf_buf_view(&got));
        }
        close_text(&o);
    }
    hf_buf_clear(&got);
}

/* --- what is refused -----------------------------------------------------------------------------
 */

static void test_refused(void **state)
{
    static const struct {
        const char *text;
        hf_status rc;
        const char *says; /* in the message */
    } cases[] = {
        { "", HF_E_UNSUPPORTED, "not what pg_dump writes" },
        { "CREATE TABLE public.posts (id text);\n", HF_E_UNSUPPORTED, "not what pg_dump writes" },
        { "\xff\xfe-\0", HF_E_UNSUPPORTED, "UTF-16" },
        { DUMP_HEAD "CREATE TABLE public.events (id text);\n" DUMP_TAIL, HF_E_UNSUPPORTED,
          "not a Mattermost" },
        /* others have posts as well */
        { DUMP_HEAD "CREATE TABLE public.posts (id text, message text);\nCREATE TABLE "
                    "public.channels (id text);\n" DUMP_TAIL,
          HF_E_UNSUPPORTED, "not a Mattermost" },
        { DUMP_HEAD CREATE_POSTS("a") CREATE_CHANNELS("b") DUMP_TAIL, HF_E_UNSUPPORTED,
          "not a Mattermost" }, /* not beside each other */
        { DUMP_HEAD CREATE_POSTS("public") CREATE_CHANNELS("public") DUMP_TAIL, HF_E_UNSUPPORTED,
          "table posts without its rows" },
        { DUMP_HEAD CREATE_POSTS("public")
              CREATE_CHANNELS("public") "INSERT INTO public.posts VALUES ('p1');\n" DUMP_TAIL,
          HF_E_UNSUPPORTED, "INSERT statements" },
        { DUMP(POST_ROW "\\.\nSET client_encoding = 'LATIN1';\n" COPY_POSTS("public")),
          HF_E_UNSUPPORTED, "encoding LATIN1" },
        { "--\r\n-- PostgreSQL database dump\r\n--\r\n", HF_E_UNSUPPORTED, "line ends of Windows" },
        { DUMP("\\.\nSELECT 1;\r\n" COPY_POSTS("public")), HF_E_UNSUPPORTED,
          "line ends of Windows" },
        { DUMP("\\.\nCOPY public.posts (id, what) FROM stdin;\n"), HF_E_DAMAGED,
          "a column what that table posts lacks" },
        { DUMP("\\.\nCOPY public.posts (id) FROM stdin;\n"), HF_E_UNSUPPORTED,
          "different columns" },
        { DUMP("\\.\nCOPY public.posts TO stdout;\n"), HF_E_UNSUPPORTED, "another form" },
        { DUMP("\\.\nCOPY public.odd (a, (b) FROM stdin;\n"), HF_E_UNSUPPORTED,
          "columns of COPY cannot be read" },
        { DUMP_HEAD CREATE_CHANNELS("public") "CREATE TABLE public.posts (id text, channelid text, "
                                              "message bytea);\n" COPY_CHANNELS(
                                                  "public") "\\.\n"
                                                            "COPY public.posts (id, channelid, "
                                                            "message) FROM stdin;\n\\.\n" DUMP_TAIL,
          HF_E_UNSUPPORTED, "no column createat" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        opened o;

        assert_int_equal(open_text(&o, hf_view_str(cases[i].text), false, NULL), cases[i].rc);
        assert_non_null(o.err);
        if (strstr(o.err->message, cases[i].says) == NULL)
            fail_msg("case %zu: %s", i, o.err->message);
        close_text(&o);
    }
}

/* A dump that ends anywhere before its last line is damaged, and never half of it is taken for
 * whole; with salvage the whole lines are there. */
static void test_cut_anywhere(void **state)
{
    static const char text[] = DUMP(POST_ROW OLD_ROW);
    hf_view all = HF_V(text);
    size_t whole = hf_view_find(all, HF_V("dump complete")) + sizeof("dump complete") - 1;
    size_t begun = hf_view_find(all, HF_V("database dump\n")) + sizeof("database dump") - 1;
    size_t posts = hf_view_find(all, HF_V("COPY public.posts"));
    hf_buf got;

    (void)state;
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    for (size_t n = 0; n < all.n; n++) {
        opened o;
        hf_status rc = open_text(&o, hf_view_sub(all, 0, n), false, NULL);

        if (rc != (n >= whole ? HF_OK : n >= begun ? HF_E_DAMAGED : HF_E_UNSUPPORTED))
            fail_msg("cut at %zu: %d", n, rc);
        close_text(&o);
        rc = open_text(&o, hf_view_sub(all, 0, n), true, NULL);
        if (n > posts + sizeof(COPY_POSTS("public")))
            assert_int_equal(rc, HF_OK);
        if (rc == HF_OK) {
            rows_of(o.feed, "posts", MM_ROWS, &got);
            assert_true(got.n == 0 || hf_view_starts(HF_V(POST_ROW OLD_ROW), hf_buf_view(&got)));
            assert_true(n >= whole || hf_source_damage(o.source) != NULL);
        }
        close_text(&o);
    }
    hf_buf_clear(&got);
}

/* --- large and hostile ---------------------------------------------------------------------------
 */

static void test_long_lines(void **state)
{
    enum { LONG = MM_MAX_ROW - 1 };
    static const char left_out[] = "67108893\tid of a row that is too long\n";
    hf_buf text, got;
    opened o;

    (void)state;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    hf_buf_str(&text, DUMP_HEAD CREATE_CHANNELS("public") CREATE_POSTS("public")
                          COPY_CHANNELS("public") "\\.\n" COPY_POSTS("public") POST_ROW);
    hf_buf_reserve(&text, 2 * LONG + 1000);
    memset(text.p + text.n, 'x', LONG);
    text.n += LONG;
    hf_buf_str(&text, "\nid of a row that is too long\t"); /* by its id */
    memset(text.p + text.n, 'x', LONG);
    text.n += LONG;
    hf_buf_add(&text, HF_V("\n\0\0\t\0\n" POST_ROW "\\.\n" DUMP_TAIL)); /* NUL is a byte as any */
    T_OK(o.err, open_text(&o, hf_buf_view(&text), false, NULL));
    rows_of(o.feed, "posts", MM_ROWS, &got);
    assert_int_equal(got.n, 2 * strlen(POST_ROW) + LONG + 1 + strlen(left_out) + 5);
    assert_non_null(memmem(got.p, got.n, left_out, strlen(left_out)));
    assert_memory_equal(got.p, POST_ROW, strlen(POST_ROW));
    assert_memory_equal(got.p + got.n - strlen(POST_ROW) - 5, "\0\0\t\0\n", 5);
    assert_int_equal(o.feed->table[table_of(o.feed, "posts")].rows, 5);
    close_text(&o);
    hf_buf_clear(&text);
    hf_buf_clear(&got);
}

static void test_many_rows(void **state)
{
    enum { ROWS = 40000 };
    hf_buf text, got, want;
    opened o;

    (void)state;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    hf_buf_init(&want, HF_BUF_UNBOUNDED);
    for (int i = 0; i < ROWS; i++) /* 3 MiB: windows and blocks end in the middle of lines */
        hf_buf_printf(&want, "%d\t1\t2\t0\tu\tc\t\t%s\t%.*s\t\t{}\n", i, i == 39999 ? "o" : "",
                      i % 97,
                      "................................................................"
                      ".................................");
    hf_buf_str(&text, DUMP_HEAD CREATE_CHANNELS("public") CREATE_POSTS("public")
                          COPY_CHANNELS("public") "\\.\n" COPY_POSTS("public"));
    hf_buf_add(&text, hf_buf_view(&want));
    hf_buf_str(&text, "\\.\n" DUMP_TAIL);
    T_OK(o.err, open_text(&o, hf_buf_view(&text), false, NULL));
    rows_of(o.feed, "posts", MM_ROWS, &got);
    assert_true(hf_view_eq(hf_buf_view(&want), hf_buf_view(&got)));
    assert_int_equal(o.feed->done, want.n);
    rows_of(o.feed, "posts", MM_OLD_POSTS, &got);
    assert_true(hf_view_starts(hf_buf_view(&got), HF_V("39999\t")));
    assert_int_equal(hf_view_find_byte(hf_buf_view(&got), '\n'), got.n - 1);
    close_text(&o);
    hf_buf_clear(&text);
    hf_buf_clear(&got);
    hf_buf_clear(&want);
}

static void test_many_columns(void **state)
{
    hf_buf text;
    opened o;

    (void)state;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_str(&text, DUMP_HEAD "CREATE TABLE public.wide (a0 text");
    for (int i = 1; i <= MM_MAX_COLUMNS; i++)
        hf_buf_printf(&text, ",\n a%d text", i);
    hf_buf_str(&text, ");\n" DUMP_TAIL);
    T_FAILS(o.err, HF_E_UNSUPPORTED, open_text(&o, hf_buf_view(&text), false, NULL));
    close_text(&o);
    hf_buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),         cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_facts),        cmocka_unit_test(test_databases),
        cmocka_unit_test(test_refused),      cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_long_lines),   cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_many_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
