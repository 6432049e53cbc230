/* tests/formats/slack/test_slack_write.c: records to exports, and back. */
#include "slack/spool.h"
#include "slack_write_test.h"

static void test_rebuild(void **state)
{
    (void)state;
    check_rebuild(t_source("samples/slack-northwind"), "out.zip");
    check_rebuild(t_source("samples/slack-northwind"), "out");
    check_rebuild(t_source("samples/slack-northwind"), "out/");
}

/* A broken day file, members in an odd order, two of one name, and names that are not UTF-8. */
static void test_rebuild_odd(void **state)
{
    file files[] = {
        { "aaa/2024-03-01.json", "[{\"ts\":\"1.000000\"},{\"ts\":tru},{\"ts\":\"3.000000\"" },
        { "b\xff\xfe/2024-03-01.json", "[{\"ts\":\"1.000000\"}]" },
        { "README.md", "x" },
        { "zzz/.DS_Store", "" },
    };
    const char *dir = make(files, T_COUNT(files));
    copied c = copy_scoped(dir, "odd.zip", NULL, false);

    (void)state;
    check_same_members(dir, c.path);
    assert_int_equal(hf_ledger_quarantined(c.result.ledger), 1);
    check_rebuild(make(files + 1, 3), "again.zip");
    copied_free(&c);
}

/* One channel of many: the result is an export of its own that says nothing of the others. */
static void test_scope(void **state)
{
    static const char *const channels[] = { "board" };
    hf_scope scope = {
        .channels = channels, .nchannels = 1, .since_us = HF_NO_TIME, .until_us = HF_NO_TIME
    };
    copied c = copy_scoped(t_source("samples/slack-northwind"), "board.zip", &scope, false);
    got whole = got_read(t_source("samples/slack-northwind"), ACCOUNT);
    got part = got_read(c.path, ACCOUNT);
    size_t n = 0;

    (void)state;
    assert_false(c.result.is_exact);
    assert_int_equal(got_count(&part, HF_KIND_CHANNEL), 1);
    assert_int_equal(got_count(&part, HF_KIND_QUARANTINE), 0);
    for (size_t i = 0; i < whole.n; i++) {
        const hf_record *r = whole.rec[i];

        if (r->kind == HF_KIND_MESSAGE &&
            hf_view_eq(r->scope, got_at(&part, HF_KIND_CHANNEL, 0)->id)) {
            char *id = hf_view_dup(r->id);

            assert_true(
                hf_view_eq(got_find(&part, HF_KIND_MESSAGE, NULL, id)->raw.bytes, r->raw.bytes));
            hf_free(id);
            n++;
        }
    }
    assert_true(n > 5);
    assert_int_equal(got_count(&part, HF_KIND_MESSAGE), n);
    got_free(&whole);
    got_free(&part);
    copied_free(&c);
}

static bool holds(const char *zip, const char *what)
{
    hf_err *err = NULL;
    hf_source *s;
    bool found = false;

    T_OK(err, hf_source_open(&s, zip, NULL, &err));
    for (uint32_t i = 0; i < hf_source_count(s); i++) {
        hf_buf b;

        hf_buf_init(&b, HF_BUF_UNBOUNDED);
        if (hf_source_member(s, i)->type == HF_MEMBER_FILE)
            T_OK(err, hf_source_slurp(s, i, &b, &err));
        found |= hf_view_find(hf_buf_view(&b), hf_view_str(what)) != HF_NPOS;
        hf_buf_clear(&b);
    }
    hf_source_close(s);
    return found;
}

/* Tokens in addresses do not leave in a part of an export, unless asked for. */
static void test_secrets(void **state)
{
    static const char *const channels[] = { "random" };
    hf_scope scope = {
        .channels = channels, .nchannels = 1, .since_us = HF_NO_TIME, .until_us = HF_NO_TIME
    };
    copied kept = copy_scoped(t_source("samples/slack-northwind"), "k.zip", &scope, true);
    copied masked = copy_scoped(t_source("samples/slack-northwind"), "m.zip", &scope, false);

    (void)state;
    assert_true(holds(kept.path, "token=xoxe-000"));
    assert_false(holds(masked.path, "xoxe-000"));
    assert_true(holds(masked.path, "token=MASKED"));
    assert_true(hf_ledger_total(masked.result.ledger, HF_MASKED) > 0);
    assert_int_equal(hf_ledger_total(kept.result.ledger, HF_MASKED), 0);
    /* What was not masked is there in its own bytes, so nothing of it counts as lost. */
    assert_int_equal(hf_ledger_total(masked.result.ledger, HF_RAW_ONLY), 0);
    assert_int_equal(hf_ledger_total(masked.result.ledger, HF_LOST), 0);
    copied_free(&kept);
    copied_free(&masked);
}

/* Read with its sidecar, a masked part gives back the source's records byte for byte. One of them
 * has two files of which only the second has an address. */
static void test_masked_and_back(void **state)
{
    static const char *const channels[] = { "random", "engineering" };
    hf_scope scope = {
        .channels = channels, .nchannels = 2, .since_us = HF_NO_TIME, .until_us = HF_NO_TIME
    };
    hf_input from = { 0 }, back = { 0 };
    char *path = hf_sprintf("%s/out", t_folder());
    hf_copy_result result;
    hf_copy_args args = { .input = &from,
                          .target = &hf_format_slack,
                          .target_path = path,
                          .scope = &scope,
                          .with_sidecar = true };
    got whole = got_read(t_source("samples/slack-northwind"), ACCOUNT);
    hf_reader_args read = { .paths = whole.paths, .want = ACCOUNT };
    hf_reader *r = NULL;
    hf_err *err = NULL;
    hf_status rc = HF_OK;
    size_t n = 0;

    (void)state;
    T_OK(err, hf_input_open(&from, t_source("samples/slack-northwind"), NULL, &err));
    T_OK(err, hf_copy(&args, &result, &err));
    assert_true(hf_ledger_total(result.ledger, HF_MASKED) > 0);
    T_OK(err, hf_input_open(&back, path, NULL, &err));
    T_OK(err, hf_read_open(&r, &back, &read, false, &err));
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, &err);
        for (size_t i = 0; i < b->n; i++) {
            char *id = hf_view_dup(b->rec[i]->id), *in = hf_view_dup(b->rec[i]->scope);

            if (b->rec[i]->kind == HF_KIND_MESSAGE) {
                assert_true(hf_view_eq(b->rec[i]->raw.bytes,
                                       got_find(&whole, HF_KIND_MESSAGE, in, id)->raw.bytes));
                n++;
            }
            hf_free(id);
            hf_free(in);
        }
        hf_batch_free(b);
    }
    assert_int_equal(rc, HF_END);
    assert_int_equal(n, result.counts.messages);
    hf_reader_close(r);
    hf_input_clear(&from);
    hf_input_clear(&back);
    hf_ledger_free(result.ledger);
    hf_paths_free(result.paths);
    got_free(&whole);
    hf_free(path);
}

/* --- composed -----------------------------------------------------------------------------------
 */

static hf_view member_of(const char *path, const char *name, hf_buf *b)
{
    hf_err *err = NULL;
    hf_source *s;
    uint32_t i;

    hf_buf_init(b, HF_BUF_UNBOUNDED);
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    i = hf_source_find(s, hf_view_str(name));
    if (i == UINT32_MAX) {
        print_error("%s has no %s\n", path, name);
        fail();
    }
    T_OK(err, hf_source_slurp(s, i, b, &err));
    hf_source_close(s);
    return hf_buf_view(b);
}

static void assert_member(const char *path, const char *name, const char *want)
{
    hf_buf b;

    T_VIEW(want, member_of(path, name, &b));
    hf_buf_clear(&b);
}

static hf_record *foreign(hf_batch *b, hf_kind kind, const char *scope, const char *id)
{
    hf_record *r = hf_batch_add(b, kind);

    r->origin = HF_V("mm");
    r->format = "mattermost_bulk";
    r->dialect = HF_DIALECT_MARKDOWN;
    r->scope = hf_view_str(scope);
    r->id = hf_view_str(id);
    return r;
}

static void text(hf_batch *b, hf_record *r, hf_field f, uint32_t item, const char *value)
{
    hf_rec_text(b, r, f, item, hf_view_str(value));
}

static hf_record *post(hf_batch *b, const char *channel, const char *id, int64_t us,
                       const char *author, const char *said)
{
    hf_record *r = foreign(b, HF_KIND_MESSAGE, channel, id);

    r->time_us = us;
    if (us != HF_NO_TIME)
        hf_rec_num(b, r, HF_F_MESSAGE_TIME, 0, us);
    text(b, r, HF_F_MESSAGE_AUTHOR, 0, author);
    text(b, r, HF_F_MESSAGE_TEXT, 0, said);
    return r;
}

static hf_record *user(hf_batch *b, const char *id, const char *name)
{
    hf_record *r = foreign(b, HF_KIND_USER, "", id);

    text(b, r, HF_F_USER_NAME, 0, name);
    return r;
}

static hf_record *channel(hf_batch *b, const char *id, const char *kind, const char *name)
{
    hf_record *r = foreign(b, HF_KIND_CHANNEL, "", id);

    if (name != NULL)
        text(b, r, HF_F_CHANNEL_NAME, 0, name);
    if (kind != NULL)
        text(b, r, HF_F_CHANNEL_KIND, 0, kind);
    return r;
}

static const int64_t noon = INT64_C(1709323200000000); /* 2024-03-01 12:00 in Los Angeles */

/* Records of another system, byte for byte: markup, mentions, ids, a thread over two days, and the
 * account of it. */
static void test_foreign(void **state)
{
    asked a = ask("mattermost_bulk", "out.zip");
    hf_batch *b = hf_batch_new();
    hf_record *r = user(b, "ann", "ann");
    hf_buf keep;
    got g;

    (void)state;
    text(b, r, HF_F_USER_EMAIL, 0, "ann@example.com");
    text(b, r, HF_F_USER_ROLE, 0, "admin");
    user(b, "UBOB", "bob");
    r = channel(b, "team/town", "public", "town");
    text(b, r, HF_F_CHANNEL_TITLE, 0, "Town Square");
    text(b, r, HF_F_CHANNEL_TOPIC, 0, "**all**");
    r = post(b, "team/town", "p1", noon, "ann", "hi **you** @bob, see ~town <b>");
    text(b, r, HF_F_MESSAGE_THREAD, 0, "p1");
    text(b, r, HF_F_MESSAGE_REACTION_NAME, 0, "tada");
    text(b, r, HF_F_MESSAGE_REACTION_USER, 0, "UBOB");
    hf_rec_num(b, r, HF_F_MESSAGE_REACTION_AT, 0, noon);
    r = post(b, "team/town", "p2", noon + HF_DAY_US, "UBOB", "reply");
    text(b, r, HF_F_MESSAGE_THREAD, 0, "p1");
    text(b, r, HF_F_MESSAGE_TYPE, 0, "me");
    give(&a, b);
    end(&a);
    assert_member(a.path, "town/2024-03-01.json",
                  "[\n    {\n"
                  "        \"type\": \"message\",\n"
                  "        \"user\": \"UHYDXB0EGQG\",\n"
                  "        \"text\": \"hi *you* <@UBOB>, see <#C4YGNXQ2WXC> &lt;b&gt;\",\n"
                  "        \"ts\": \"1709323200.000000\",\n"
                  "        \"reactions\": [\n"
                  "            {\n"
                  "                \"name\": \"tada\",\n"
                  "                \"users\": [\n"
                  "                    \"UBOB\"\n"
                  "                ],\n"
                  "                \"count\": 1\n"
                  "            }\n"
                  "        ],\n"
                  "        \"thread_ts\": \"1709323200.000000\",\n"
                  "        \"reply_count\": 1,\n"
                  "        \"reply_users_count\": 1,\n"
                  "        \"latest_reply\": \"1709409600.000000\",\n"
                  "        \"reply_users\": [\n"
                  "            \"UBOB\"\n"
                  "        ],\n"
                  "        \"replies\": [\n"
                  "            {\n"
                  "                \"user\": \"UBOB\",\n"
                  "                \"ts\": \"1709409600.000000\"\n"
                  "            }\n"
                  "        ]\n"
                  "    }\n]");
    assert_member(a.path, "town/2024-03-02.json",
                  "[\n    {\n"
                  "        \"type\": \"message\",\n"
                  "        \"subtype\": \"me_message\",\n"
                  "        \"user\": \"UBOB\",\n"
                  "        \"text\": \"reply\",\n"
                  "        \"ts\": \"1709409600.000000\",\n"
                  "        \"thread_ts\": \"1709323200.000000\",\n"
                  "        \"parent_user_id\": \"UHYDXB0EGQG\"\n"
                  "    }\n]");
    assert_member(a.path, "integration_logs.json", "[]");
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_TIME, HF_EXACT), 2);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_TEXT, HF_CHANGED), 1);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_TEXT, HF_EXACT), 1);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_REACTION_NAME, HF_EXACT), 1);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_REACTION_AT, HF_LOST), 1);
    assert_int_equal(rows_of(&a, HF_F_CHANNEL_TITLE, HF_LOST), 1);
    assert_int_equal(rows_of(&a, HF_F_CHANNEL_TOPIC, HF_CHANGED), 1);
    assert_int_equal(rows_of(&a, HF_F_USER_EMAIL, HF_EXACT), 1);
    g = got_read(a.path, RECORDS);
    T_VIEW("mm", got_at(&g, HF_KIND_USER, 0)->origin);
    T_VIEW("admin", hf_rec_get_text(got_at(&g, HF_KIND_USER, 0), HF_F_USER_ROLE));
    T_VIEW("*all*", hf_rec_get_text(got_at(&g, HF_KIND_CHANNEL, 0), HF_F_CHANNEL_TOPIC));
    T_VIEW("[\n    {\n", hf_view_sub(member_of(a.path, "users.json", &keep), 0, 8));
    hf_buf_clear(&keep);
    got_free(&g);
    asked_free(&a);
}

/* Names and ids that Slack could not have, channels of every kind, and none at all. */
static void test_folders(void **state)
{
    asked a = ask("mattermost_bulk", "out.zip");
    hf_batch *b = hf_batch_new();
    hf_record *r;
    got g;
    size_t private_channels = 0;

    (void)state;
    user(b, "u", "u");
    user(b, "v", "vic");
    channel(b, "c1", "public", "same");
    channel(b, "c2", "private", "same");
    channel(b, "c3", "public", "a/../b\\c");
    channel(b, "c4", "public", "__uploads");
    channel(b, "c5", "public", "..");
    channel(b, "c6", NULL, NULL); /* of no kind: not for everybody */
    channel(b, "../d", "dm", NULL);
    channel(b, "g", "group", "group");
    r = channel(b, "g2", "group", NULL);
    text(b, r, HF_F_CHANNEL_MEMBER, 0, "u");
    text(b, r, HF_F_CHANNEL_MEMBER, 1, "nobody");
    text(b, r, HF_F_CHANNEL_MEMBER, 2, "v");
    channel(b, "g3", "group", NULL);
    channel(b, "c7", "public", "quiet");
    for (int i = 1; i <= 6; i++) {
        r = post(b, "", "p", noon, "u", "x");
        r->scope = hf_arena_printf(b->mem, "c%d", i);
    }
    post(b, "../d", "p", noon, "u", "in a dm");
    post(b, "g", "p", noon, "u", "x");
    post(b, "../../etc", "p", noon, "u", "of no channel");
    give(&a, b);
    end(&a);
    g = got_read(a.path, RECORDS);
    assert_int_equal(got_count(&g, HF_KIND_MESSAGE), 9);
    assert_int_equal(got_count(&g, HF_KIND_CHANNEL), 12);
    for (size_t i = 0; i < g.n; i++) { /* every message is found in a channel that exists */
        const hf_record *m = g.rec[i];
        char *id;

        if (m->kind == HF_KIND_CHANNEL)
            private_channels += hf_view_is(hf_rec_get_text(m, HF_F_CHANNEL_KIND), "private");
        if (m->kind != HF_KIND_MESSAGE)
            continue;
        id = hf_view_dup(m->scope);
        got_find(&g, HF_KIND_CHANNEL, NULL, id);
        hf_free(id);
    }
    assert_int_equal(private_channels, 3); /* said so; of unknown kind; of no channel */
    for (uint32_t i = 0; i < hf_source_count(g.source); i++) {
        hf_view name = hf_source_member(g.source, i)->name;

        assert_true(hf_view_find(name, HF_V("../")) == HF_NPOS);
        assert_false(hf_view_starts(name, HF_V("__")));
    }
    assert_int_not_equal(hf_source_find(g.source, HF_V("quiet/")), UINT32_MAX);
    assert_int_not_equal(hf_source_find(g.source, HF_V("mpdm-u--vic-1/")), UINT32_MAX);
    assert_int_not_equal(hf_source_find(g.source, HF_V("same-2/2024-03-01.json")), UINT32_MAX);
    got_free(&g);
    asked_free(&a);
}

/* One moment for several messages, none, one before 1970, one that no file name can say; both sides
 * of midnight in Los Angeles. */
static void test_times(void **state)
{
    static const struct {
        int64_t us;
        const char *id, *file;
    } cases[] = {
        { HF_NO_TIME, "0000000000.000001", "c/1969-12-31.json" },
        { -5, "0000000000.000002", "c/1969-12-31.json" },
        { INT64_C(1709366399999999), "1709366399.999999", "c/2024-03-01.json" },
        { INT64_C(1709366399999999), "1709366400.000000", "c/2024-03-02.json" },
        { INT64_C(1709366400000000), "1709366400.000001", "c/2024-03-02.json" },
        { INT64_C(1710057599000000), "1710057599.000000", "c/2024-03-09.json" }, /* UTC-8 */
        { INT64_C(1710140400000000), "1710140400.000000", "c/2024-03-11.json" }, /* UTC-7 */
        { INT64_MAX, "9223372036854.775807", "c/9999-12-31.json" },
    };
    asked a = ask("mattermost_bulk", "out.zip");
    hf_batch *b = hf_batch_new();
    got g;

    (void)state;
    user(b, "u", "u");
    channel(b, "C1", "public", "c");
    for (size_t i = 0; i < T_COUNT(cases); i++)
        post(b, "C1", "p", cases[i].us, "u", "x");
    give(&a, b);
    end(&a);
    g = got_read(a.path, RECORDS);
    assert_int_equal(got_count(&g, HF_KIND_MESSAGE), T_COUNT(cases));
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        const hf_record *r = got_find(&g, HF_KIND_MESSAGE, "C1", cases[i].id);

        T_VIEW(cases[i].file, hf_source_member(g.source, r->raw.member)->name);
        assert_int_equal(r->flags, 0);
    }
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_TIME, HF_CHANGED), 3);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_TIME, HF_EXACT), 4);
    got_free(&g);
    asked_free(&a);
}

/* Reactions in the order they were made are grouped by emoji; the account follows them. */
static void test_reactions(void **state)
{
    static const char *const made[][2] = {
        { "a", "U1" }, { "b", "U1" }, { "a", "U2" }, { "c", "" }, { "b", "U3" }
    };
    asked a = ask("mattermost_bulk", "out.zip");
    hf_batch *b = hf_batch_new();
    hf_record *r;
    got g;

    (void)state;
    user(b, "U1", "u");
    channel(b, "C1", "public", "c");
    r = post(b, "C1", "p", noon, "U1", "x");
    for (uint32_t i = 0; i < T_COUNT(made); i++) {
        text(b, r, HF_F_MESSAGE_REACTION_NAME, i, made[i][0]);
        if (made[i][1][0] != '\0')
            text(b, r, HF_F_MESSAGE_REACTION_USER, i, made[i][1]);
    }
    give(&a, b);
    end(&a);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_REACTION_NAME, HF_EXACT), 5);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_REACTION_USER, HF_EXACT), 4);
    g = got_read(a.path, RECORDS);
    assert_values(got_at(&g, HF_KIND_MESSAGE, 0),
                  "message.time = 1709323200000000\nmessage.author.user = U1\nmessage.text = x\n"
                  "message.reaction.user[0] = U1\nmessage.reaction.name[0] = a\n"
                  "message.reaction.user[1] = U2\nmessage.reaction.name[1] = a\n"
                  "message.reaction.user[2] = U1\nmessage.reaction.name[2] = b\n"
                  "message.reaction.user[3] = U3\nmessage.reaction.name[3] = b\n"
                  "message.reaction.name[4] = c\nmessage.reaction.count[4] = 1\n");
    got_free(&g);
    asked_free(&a);
}

static hf_record *member(hf_batch *b, hf_kind kind, uint32_t ordinal, const char *name,
                         const char *file_id)
{
    hf_record *r = hf_batch_add(b, kind);

    r->raw.member = ordinal;
    r->u.member = (hf_rec_member){ .ordinal = ordinal,
                                   .name = hf_view_str(name),
                                   .is_opaque = true,
                                   .file_id = hf_view_str(file_id) };
    return r;
}

/* Attachments go where readers of exports look for them; what would be taken for records, or leave
 * the folder, does not. */
static void test_members(void **state)
{
    static const char *const names[][2] = {
        { "data/abc/a.png", "abc" },       { "notes.txt", "" }, /* no message has it */
        { "data/def/b.png", "def" },       { "users.json", "" },        { "../evil", "" },
        { "general/2024-03-01.json", "" }, { "data/abc/a.png", "abc" }, /* twice */
    };
    asked a = ask("mattermost_bulk", "out");
    hf_batch *b = hf_batch_new();
    hf_record *r;
    got g;

    (void)state;
    for (uint32_t i = 0; i < T_COUNT(names); i++) {
        member(b, HF_KIND_MEMBER, i, names[i][0], names[i][1]);
        r = hf_batch_add(b, HF_KIND_BYTES);
        r->raw = (hf_raw){ hf_arena_printf(b->mem, "bytes %u", i), i, 0 };
        member(b, HF_KIND_MEMBER_END, i, names[i][0], names[i][1]);
    }
    user(b, "U1", "u");
    channel(b, "C1", "public", "c");
    r = post(b, "C1", "p", noon, "U1", "x");
    text(b, r, HF_F_MESSAGE_FILE_ID, 0, "abc");
    text(b, r, HF_F_MESSAGE_FILE_NAME, 0, "a.png");
    text(b, r, HF_F_MESSAGE_FILE_PATH, 0, "data/abc/a.png");
    text(b, r, HF_F_MESSAGE_FILE_PATH, 1, "data/not/there.png");
    give(&a, b);
    end(&a);
    g = got_read(a.path, RECORDS | HF_WANT_OPAQUE);
    for (size_t i = 0; i < g.n; i++) {
        const hf_rec_member *m = &g.rec[i]->u.member;

        if (g.rec[i]->kind == HF_KIND_MEMBER && m->file_id.n > 0) {
            assert_true(hf_view_starts(m->name, HF_V("__uploads/")));
            assert_true(hf_view_eq(
                m->file_id, hf_rec_get_text(got_at(&g, HF_KIND_MESSAGE, 0), HF_F_MESSAGE_FILE_ID)));
            T_VIEW("bytes 0", got_at(&g, HF_KIND_BYTES, 0)->raw.bytes);
        }
    }
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_FILE_PATH, HF_CHANGED), 1);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_FILE_PATH, HF_LOST), 1);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_FILE_ID, HF_CHANGED), 1);
    assert_int_equal(rows_of(&a, HF_F_NONE, HF_LOST), 6);    /* members that were not written */
    assert_int_equal(rows_of(&a, HF_F_NONE, HF_CHANGED), 1); /* one that has another name */
    assert_int_equal(rows_of(&a, HF_F_NONE, HF_EXACT), 0);
    got_free(&g);
    asked_free(&a);
}

static bool is_listed(hf_field f)
{
    for (const hf_field *w = hf_format_slack.writes; *w != HF_F_NONE; w++)
        if (*w == f)
            return true;
    return false;
}

/* The table of what can be written is what the writer does: for every field a record that has a
 * value of it, among what Slack needs around it. */
static void test_field_table(void **state)
{
    (void)state;
    for (int f = 1; f < HF_F_COUNT; f++) {
        const hf_field_info *info = hf_field_get((hf_field)f);
        asked a = ask("mattermost_bulk", "out.zip");
        hf_batch *b = hf_batch_new();
        hf_record *u = user(b, "U1", "u"), *c = channel(b, "C1", "public", "c"), *r;

        member(b, HF_KIND_MEMBER, 0, "data/F1/a", "F1");
        member(b, HF_KIND_MEMBER_END, 0, "data/F1/a", "F1");
        r = info->kind == HF_KIND_USER      ? u
            : info->kind == HF_KIND_CHANNEL ? c
                                            : foreign(b, info->kind, "C1", "p");
        if (info->kind == HF_KIND_MEMBERSHIP) { /* said by the channel's list */
            text(b, c, HF_F_CHANNEL_MEMBER, 0, "U1");
            text(b, r, HF_F_MEMBERSHIP_USER, 0, "U1");
            text(b, r, HF_F_MEMBERSHIP_CHANNEL, 0, "C1");
        }
        if (f == HF_F_MESSAGE_IS_DELETED)
            text(b, r, HF_F_MESSAGE_TYPE, 0, "tombstone");
        if (f == HF_F_MESSAGE_IS_SYSTEM)
            text(b, r, HF_F_MESSAGE_TYPE, 0, "channel_join");
        if (f == HF_F_MESSAGE_EDITED_BY)
            hf_rec_num(b, r, HF_F_MESSAGE_EDITED_AT, 0, noon);
        if (f == HF_F_MESSAGE_VERSION_AT)
            text(b, r, HF_F_MESSAGE_VERSION_TEXT, 0, "before");
        if (f == HF_F_CHANNEL_PIN_AT || f == HF_F_CHANNEL_PIN_BY)
            text(b, r, HF_F_CHANNEL_PIN_MESSAGE, 0, "1.000000");
        if (f > HF_F_MESSAGE_REACTION_NAME && f <= HF_F_MESSAGE_REACTION_COUNT)
            text(b, r, HF_F_MESSAGE_REACTION_NAME, 0, "tada");
        if (info->type == HF_TYPE_TIME)
            hf_rec_num(b, r, (hf_field)f, 0, noon);
        else if (info->type == HF_TYPE_INT || info->type == HF_TYPE_BOOL)
            hf_rec_num(b, r, (hf_field)f, 0, 1);
        else if (hf_rec_get(r, (hf_field)f) == NULL)
            text(b, r, (hf_field)f, 0,
                 f == HF_F_USER_ROLE             ? "owner"
                 : f == HF_F_USER_GUEST          ? "single"
                 : f == HF_F_MESSAGE_FILE_PATH   ? "data/F1/a"
                 : info->type == HF_TYPE_MESSAGE ? "1.000000"
                 : f == HF_F_MESSAGE_TYPE        ? "channel_join"
                 : f == HF_F_USER_ID             ? "U1"
                 : f == HF_F_CHANNEL_ID          ? "C1"
                                                 : "V1");
        r->time_us = noon;
        give(&a, b);
        end(&a);
        if ((rows_of(&a, (hf_field)f, HF_LOST) == 0) != is_listed((hf_field)f)) {
            print_error("%s is %s\n", info->path,
                        is_listed((hf_field)f) ? "listed and lost" : "written and not listed");
            fail();
        }
        asked_free(&a);
    }
}

/* Deleted messages, texts to be read once, boards, memberships of the past: not in the export. */
static void test_withheld(void **state)
{
    asked a = ask("mattermost", "out.zip");
    hf_batch *b = hf_batch_new();
    hf_record *r;
    hf_buf keep;
    hf_view day;

    (void)state;
    r = user(b, "U1", "ann");
    text(b, r, HF_F_USER_FIRST_NAME, 0, "Ann");
    text(b, r, HF_F_USER_LAST_NAME, 0, "Lee");
    text(b, r, HF_F_USER_ROLE, 0, "system_admin");
    r = channel(b, "c1", "public", "town");
    text(b, r, HF_F_CHANNEL_MEMBER, 0, "U1");
    channel(b, "b1", "BO", "board");
    post(b, "b1", "card", noon, "U1", "secret card");
    r = post(b, "c1", "gone", noon + 1000000, "U1", "secret gone");
    hf_rec_num(b, r, HF_F_MESSAGE_IS_DELETED, 0, 1);
    r = post(b, "c1", "burn", noon + 2000000, "U1", "secret once");
    text(b, r, HF_F_MESSAGE_TYPE, 0, "burn_on_read");
    r = post(b, "c1", "root", noon + 3000000, "U1", "secret root");
    hf_rec_num(b, r, HF_F_MESSAGE_IS_DELETED, 0, 1);
    text(b, r, HF_F_MESSAGE_THREAD, 0, "root");
    text(b, r, HF_F_MESSAGE_FILE_NAME, 0, "secret.pdf");
    text(b, r, HF_F_MESSAGE_VERSION_TEXT, 0, "secret version");
    text(b, r, HF_F_MESSAGE_CARD_TITLE, 0, "secret card");
    r = post(b, "c1", "answer", noon + 4000000, "U1", "still here");
    text(b, r, HF_F_MESSAGE_THREAD, 0, "root");
    for (int i = 0; i < 3; i++) {
        r = foreign(b, HF_KIND_MEMBERSHIP, "c1", "m");
        text(b, r, HF_F_MEMBERSHIP_USER, 0, i == 2 ? "U2" : "U1");
        text(b, r, HF_F_MEMBERSHIP_CHANNEL, 0, "c1");
        if (i == 1)
            hf_rec_num(b, r, HF_F_MEMBERSHIP_LEFT, 0, noon);
    }
    give(&a, b);
    end(&a);
    assert_false(holds(a.path, "secret"));
    day = member_of(a.path, "town/2024-03-01.json", &keep);
    assert_true(hf_view_find(day, HF_V("\"subtype\": \"tombstone\"")) != HF_NPOS);
    assert_true(hf_view_find(day, HF_V("This message was deleted.")) != HF_NPOS);
    assert_true(hf_view_find(day, HF_V("still here")) != HF_NPOS);
    assert_true(hf_view_find(day, HF_V("read once")) == HF_NPOS);
    hf_buf_clear(&keep);
    day = member_of(a.path, "users.json", &keep);
    assert_true(hf_view_find(day, HF_V("\"real_name\": \"Ann Lee\"")) != HF_NPOS);
    assert_true(hf_view_find(day, HF_V("\"is_admin\": true")) != HF_NPOS);
    hf_buf_clear(&keep);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_TEXT, HF_LOST), 4);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_TEXT, HF_EXACT), 1);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_TIME, HF_EXACT), 2);
    assert_int_equal(rows_of(&a, HF_F_MESSAGE_VERSION_TEXT, HF_LOST), 1);
    assert_int_equal(rows_of(&a, HF_F_CHANNEL_NAME, HF_LOST), 1);
    assert_int_equal(rows_of(&a, HF_F_MEMBERSHIP_USER, HF_CHANGED), 1);
    assert_int_equal(rows_of(&a, HF_F_MEMBERSHIP_USER, HF_LOST), 2);
    asked_free(&a);
}

/* What Slack has no file for is not written, and is lost as the account says. */
static void test_other_kinds(void **state)
{
    asked a = ask("mattermost_bulk", "out.zip");
    hf_batch *b = hf_batch_new();
    hf_record *r = foreign(b, HF_KIND_WORKSPACE, "", "w");

    (void)state;
    text(b, r, HF_F_WORKSPACE_NAME, 0, "acme");
    user(b, "U1", "u");
    r = foreign(b, HF_KIND_EMOJI, "", "party");
    text(b, r, HF_F_EMOJI_NAME, 0, "party");
    r = foreign(b, HF_KIND_EVENT, "", "e");
    hf_rec_num(b, r, HF_F_EVENT_TIME, 0, noon);
    text(b, r, HF_F_EVENT_USER, 0, "U1");
    text(b, r, HF_F_EVENT_ACTION, 0, "added");
    foreign(b, HF_KIND_OPAQUE, "role", "r");
    give(&a, b);
    end(&a);
    assert_member(a.path, "integration_logs.json",
                  "[\n    {\n        \"user_id\": \"U1\",\n        \"date\": 1709323200,\n"
                  "        \"change_type\": \"added\"\n    }\n]");
    assert_int_equal(rows_of(&a, HF_F_WORKSPACE_NAME, HF_LOST), 1);
    assert_int_equal(rows_of(&a, HF_F_EMOJI_NAME, HF_LOST), 1);
    assert_int_equal(rows_of(&a, HF_F_EVENT_ACTION, HF_EXACT), 1);
    asked_free(&a);
}

/* --- Slack's own values without their bytes -----------------------------------------------------
 */

static void test_composed_sample(void **state)
{
    (void)state;
    check_composed(t_source("samples/slack-northwind"));
}

/* --- parts --------------------------------------------------------------------------------------
 */

static hf_status collect(void *self, hf_view bytes, hf_err **err)
{
    (void)err;
    hf_buf_add(self, bytes);
    return HF_OK;
}

static void test_spool(void **state)
{
    slack_spool s;
    hf_buf all, back;
    hf_err *err = NULL;

    (void)state;
    slack_spool_init(&s, 1000);
    hf_buf_init(&all, HF_BUF_UNBOUNDED);
    hf_buf_init(&back, HF_BUF_UNBOUNDED);
    for (int round = 0; round < 2; round++) { /* the second after a reset, with the file there */
        hf_buf_reset(&all);
        for (int i = 0; i < 20000; i++) {
            char line[32];
            hf_view v = { line, (size_t)snprintf(line, sizeof(line), "%d.%d,", round, i) };

            T_OK(err, slack_spool_add(&s, v, &err));
            hf_buf_add(&all, v);
        }
        assert_non_null(s.file);
        hf_buf_reset(&back);
        T_OK(err, slack_spool_give(&s, 7, s.n - 11, collect, &back, &err));
        assert_true(hf_view_eq(hf_buf_view(&back), hf_view_sub(hf_buf_view(&all), 7, all.n - 11)));
        T_OK(err, slack_spool_add(&s, HF_V("after reading"), &err));
        hf_buf_reset(&back);
        T_OK(err, slack_spool_give(&s, s.n - 13, 13, collect, &back, &err));
        T_VIEW("after reading", hf_buf_view(&back));
        slack_spool_reset(&s);
    }
    slack_spool_clear(&s);
    hf_buf_clear(&all);
    hf_buf_clear(&back);
}

static void test_refused(void **state)
{
    hf_err *err = NULL;
    hf_writer *w = NULL;
    hf_writer_args args = { .path = "-" };
    const char *dir = t_folder();
    char *path = hf_sprintf("%s/full", dir);

    (void)state;
    T_FAILS(err, HF_E_USAGE, hf_format_slack.create(&w, &args, &err));
    t_write(dir, "full/x", HF_V("x"));
    args.path = path;
    T_FAILS(err, HF_E_EXISTS, hf_format_slack.create(&w, &args, &err));
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rebuild),         cmocka_unit_test(test_rebuild_odd),
        cmocka_unit_test(test_scope),           cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_masked_and_back), cmocka_unit_test(test_foreign),
        cmocka_unit_test(test_folders),         cmocka_unit_test(test_times),
        cmocka_unit_test(test_reactions),       cmocka_unit_test(test_members),
        cmocka_unit_test(test_field_table),     cmocka_unit_test(test_withheld),
        cmocka_unit_test(test_other_kinds),     cmocka_unit_test(test_composed_sample),
        cmocka_unit_test(test_spool),           cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
