/* Tables of a Mattermost server: what is left out, what a name in quotes is, what cannot be read.
 */
#include "mattermost/mm_priv.h"
#include "support.h"

enum { MAX_COLUMNS = 24 };

/* Columns from "name type;name type". */
static size_t columns(mm_column *out, const char *list)
{
    hf_view rest = hf_view_str(list);
    size_t n = 0;

    while (rest.n > 0) {
        size_t end = hf_view_find_byte(rest, ';');
        hf_view one = hf_view_sub(rest, 0, end);
        size_t blank = hf_view_find_byte(one, ' ');

        assert_true(n < MAX_COLUMNS);
        out[n++] =
            (mm_column){ .name = hf_view_sub(one, 0, blank), .type = hf_view_from(one, blank + 1) };
        rest = hf_view_from(rest, end == HF_NPOS ? end : end + 1);
    }
    return n;
}

static void test_describe(void **state)
{
    static const struct {
        const char *schema, *name, *columns, *pk;
        const char *head, *member;
        mm_role role;
        uint16_t nkey;
    } rows[] = {
        /* the known key, whatever the database says it is */
        { "public", "emoji", "id character varying(26);createat bigint;name text", "name",
          "COPY public.emoji (id, createat, name) FROM stdin;\n", "pg/public.emoji", MM_EMOJI, 1 },
        /* keywords stand in quotes as pg_dump writes them */
        { "public", "compliances", "id text;desc text;type text", NULL,
          "COPY public.compliances (id, \"desc\", type) FROM stdin;\n", "pg/public.compliances",
          MM_OPAQUE, 1 },
        { "public", "linkmetadata", "hash bigint;timestamp bigint", NULL,
          "COPY public.linkmetadata (hash, \"timestamp\") FROM stdin;\n", "pg/public.linkmetadata",
          MM_OPAQUE, 1 },
        { "public", "users",
          "id text;deleteat bigint;username text;password text;authdata text;mfasecret "
          "text;lastpasswordupdate bigint;position text",
          NULL,
          "COPY public.users (id, deleteat, username, lastpasswordupdate, \"position\") FROM "
          "stdin;\n",
          "pg/public.users", MM_USERS, 1 },
        /* a newer server's new column that lets somebody in; another new one stays */
        { "public", "emoji", "id text;name text;sharetoken text;shape text", NULL,
          "COPY public.emoji (id, name, shape) FROM stdin;\n", "pg/public.emoji", MM_EMOJI, 1 },
        /* another schema; a table nobody heard of has the database's key */
        { "My Chat", "ir_x\"y", "A text;b bigint", "b",
          "COPY \"My Chat\".\"ir_x\"\"y\" (\"A\", b) FROM stdin;\n", "pg/My Chat.ir_x\"y",
          MM_OPAQUE, 1 },
        { "public", "focalboard_users",
          "id text;password text;mfa_secret text;auth_data text;x int", "id",
          "COPY public.focalboard_users (id, x) FROM stdin;\n", "pg/public.focalboard_users",
          MM_OPAQUE, 1 },
        { "public", "focalboard_teams", "signup_token text;id text", "signup_token,id",
          "COPY public.focalboard_teams (id) FROM stdin;\n", "pg/public.focalboard_teams",
          MM_OPAQUE, 0 }, /* half a key names nothing */
        { "public", "x", "passwordHash text;API_KEY text", NULL, "COPY public.x FROM stdin;\n",
          "pg/public.x", MM_SECRET, 0 }, /* nothing is left */
        { "public", "sessions", "id text;token text", NULL, NULL, "pg/public.sessions", MM_SECRET,
          0 },
        { "public", "publicchannels", "id text", NULL, NULL, "pg/public.publicchannels", MM_DERIVED,
          0 },
        /* a member's name need not be a letter or a digit */
        { "public", "1st", "1 text;\xc3\xa9 text;_a text", NULL,
          "COPY public.\"1st\" (\"1\", \"\xc3\xa9\", _a) FROM stdin;\n", "pg/public.1st", MM_OPAQUE,
          0 },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        mm_table t = { .schema = hf_view_str(rows[i].schema), .name = hf_view_str(rows[i].name) };
        mm_column all[MAX_COLUMNS];
        size_t n = columns(all, rows[i].columns), npk = 0;
        hf_arena *mem = hf_arena_new();
        hf_err *err = NULL;
        hf_view pk[2], rest = hf_view_str(rows[i].pk);

        while (rest.n > 0 && npk < T_COUNT(pk)) {
            size_t end = hf_view_find_byte(rest, ',');

            pk[npk++] = hf_view_sub(rest, 0, end);
            rest = hf_view_from(rest, end == HF_NPOS ? end : end + 1);
        }
        T_OK(err, mm_table_describe(&t, all, n, npk == 0 ? NULL : pk, npk, mem, &err));
        assert_int_equal(t.role, rows[i].role);
        T_VIEW(rows[i].member, t.member);
        if (rows[i].head != NULL)
            T_VIEW(rows[i].head, t.head);
        if (!mm_role_is_unread(t.role))
            assert_int_equal(t.nkey, rows[i].nkey);
        hf_arena_free(mem);
    }
}

static void test_required(void **state)
{
    static const struct {
        const char *table, *columns, *says; /* NULL: it can be read */
    } rows[] = {
        { "teams", "id character varying(26);displayname text;name text", NULL },
        { "teams", "id character(26);displayname text", "table teams has no column name" },
        { "teams", "id bigint;displayname text;name text",
          "column id of table teams is bigint, not character varying|text|character" },
        /* the enum of 7.2 on, in whichever schema; a plain text before */
        { "channels",
          "id text;createat bigint;deleteat bigint;teamid text;type "
          "public.channel_type;displayname text;name text",
          NULL },
        { "channels",
          "id text;createat bigint;deleteat bigint;teamid text;type "
          "character varying(1);displayname text;name text",
          NULL },
        { "channels",
          "id text;createat bigint;deleteat bigint;teamid text;type "
          "\"public\".\"channel_type\";displayname text;name text",
          NULL },
        { "channels",
          "id text;createat bigint;deleteat bigint;teamid text;type integer;displayname text;name "
          "text",
          "column type of table channels is integer, not channel_type|character "
          "varying|text|character" },
        { "users", "id text;username text;deleteat timestamp with time zone",
          "column deleteat of table users is timestamp with time zone, not bigint|integer" },
        { "sessions", "x text", NULL },  /* not read: anything goes */
        { "ir_system", "x text", NULL }, /* no rules */
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        mm_table t = { .schema = HF_V("public"), .name = hf_view_str(rows[i].table) };
        mm_column all[MAX_COLUMNS];
        size_t n = columns(all, rows[i].columns);
        hf_arena *mem = hf_arena_new();
        hf_err *err = NULL;
        hf_status rc = mm_table_describe(&t, all, n, NULL, 0, mem, &err);

        assert_int_equal(rc, rows[i].says == NULL ? HF_OK : HF_E_UNSUPPORTED);
        if (rows[i].says != NULL) {
            assert_string_equal(err->message, rows[i].says);
            assert_non_null(err->hint);
        }
        hf_err_free(err);
        hf_arena_free(mem);
    }
}

static void test_news(void **state)
{
    hf_arena *mem = hf_arena_new();
    mm_table t = { .schema = HF_V("public"), .name = HF_V("teams") };
    mm_column all[MAX_COLUMNS];
    size_t n = columns(all, "id text;displayname text;name text;mascot text;inviteid text");
    hf_err *err = NULL;

    (void)state;
    T_OK(err, mm_table_describe(&t, all, n, NULL, 0, mem, &err));
    assert_int_equal(t.ncolumn, 4);
    assert_int_equal(mm_column_find(&t, HF_V("inviteid")), -1);
    assert_true(t.column[mm_column_find(&t, HF_V("name"))].is_known);
    assert_false(t.column[mm_column_find(&t, HF_V("mascot"))].is_known);
    T_FAILS(err, HF_E_UNSUPPORTED,
            mm_table_describe(&t, all, MM_MAX_COLUMNS + 1, NULL, 0, mem, &err));
    hf_arena_free(mem);
}

static bool list_has(const char *list, hf_view name)
{
    hf_view rest = hf_view_str(list);

    while (rest.n > 0) {
        size_t end = hf_view_find_byte(rest, ',');

        if (hf_view_eq(hf_view_sub(rest, 0, end), name))
            return true;
        rest = hf_view_from(rest, end == HF_NPOS ? end : end + 1);
    }
    return false;
}

/* tables.def says nothing that another of its columns contradicts. */
static void test_known(void **state)
{
    (void)state;
    for (const mm_known *k = mm_known_tables; k->name != NULL; k++) {
        hf_view lists[] = { hf_view_str(k->key), hf_view_str(k->secret), hf_view_str(k->required),
                            hf_view_str(k->joins) };

        assert_ptr_equal(mm_known_find(hf_view_str(k->name)), k); /* no name stands twice */
        assert_true(k->required == NULL || k->columns != NULL);
        for (size_t i = 0; i < T_COUNT(lists) && k->columns != NULL; i++)
            for (hf_view rest = lists[i]; rest.n > 0;) {
                size_t end = hf_view_find_byte(rest, ',');
                hf_view part = hf_view_sub(rest, 0, end);

                while (part.n > 0 && part.p[0] == ' ')
                    part = hf_view_from(part, 1);
                part = hf_view_sub(part, 0, hf_view_find_byte(part, ' '));
                assert_true(list_has(k->columns, part));
                if (i != 1)
                    assert_false(mm_column_is_secret(k, part));
                rest = hf_view_from(rest, end == HF_NPOS ? end : end + 1);
            }
    }
    assert_null(mm_known_find(HF_V("post")));
    assert_null(mm_known_find(HF_V("Posts"))); /* names are exact */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_describe),
        cmocka_unit_test(test_required),
        cmocka_unit_test(test_news),
        cmocka_unit_test(test_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
