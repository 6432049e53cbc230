/* tests/formats/slack/test_slack_read.c: exports to records. */
#include "slack_test.h"

/* --- ids ----------------------------------------------------------------------------------------
 */

static void test_ids(void **state)
{
    static const file files[] = {
        { "general/2024-03-01.json",
          "[{\"ts\":\"1709290000.000100\",\"text\":\"a\"},\n"
          " {\"ts\":\"1709290000.000100\",\"text\":\"same id in one file\"},\n"
          " {\"ts\":1709290001.000300,\"text\":\"a number\"},\n"
          " {\"ts\":\"1709290002\",\"text\":\"no fraction\"},\n"
          " {\"ts\":\"0000000000.000000\",\"text\":\"no moment\"},\n"
          " {\"text\":\"no ts\"},{\"ts\":null},{\"ts\":\"soon\"},{\"ts\":\"\"}]" },
        { "general/2024-03-02.json", "[{\"ts\":\"1709300000.000000\",\"text\":\"next day\"},\n"
                                     " {\"ts\":\"1709290000.000100\",\"text\":\"an older one\"},\n"
                                     " {\"ts\":\"1709290000.000200\",\"text\":\"between\"},\n"
                                     " {\"ts\":\"1709300000.000000\",\"text\":\"again\"}]" },
        { "other/2024-03-01.json", "[{\"ts\":\"1709290000.000100\",\"text\":\"elsewhere\"}]" },
    };
    static const struct {
        const char *scope, *id, *text;
        unsigned flags;
    } want[] = {
        { "C1", "1709290000.000100", "a", 0 },
        { "C1", "1709290000.000100#2", "same id in one file", HF_REC_SYNTHETIC_ID },
        { "C1", "1709290001.000300", "a number", 0 },
        { "C1", "1709290002", "no fraction", 0 },
        { "C1", "0000000000.000000", "no moment", 0 },
        { "C1", "#1/235", "no ts", HF_REC_SYNTHETIC_ID },
        { "C1", "#1/252", "", HF_REC_SYNTHETIC_ID },
        { "C1", "#1/264", "", HF_REC_SYNTHETIC_ID },
        { "C1", "#1/278", "", HF_REC_SYNTHETIC_ID },
        { "C1", "1709300000.000000", "next day", 0 },
        { "C1", "1709290000.000100#3", "an older one", HF_REC_SYNTHETIC_ID },
        { "C1", "1709290000.000200", "between", 0 },
        { "C1", "1709300000.000000#2", "again", HF_REC_SYNTHETIC_ID },
        { "other", "1709290000.000100", "elsewhere", 0 },
    };
    got g = got_read(make(files, T_COUNT(files)), RECORDS);

    (void)state;
    assert_int_equal(got_count(&g, HF_KIND_MESSAGE), T_COUNT(want));
    for (size_t i = 0; i < T_COUNT(want); i++) {
        hf_record *r = got_at(&g, HF_KIND_MESSAGE, i);

        T_VIEW(want[i].id, r->id);
        T_VIEW(want[i].scope, r->scope);
        T_VIEW(want[i].text, hf_rec_get_text(r, HF_F_MESSAGE_TEXT));
        assert_int_equal(r->flags, want[i].flags);
    }
    assert_true(got_at(&g, HF_KIND_MESSAGE, 2)->time_us == INT64_C(1709290001000300));
    assert_true(got_at(&g, HF_KIND_MESSAGE, 4)->time_us == HF_NO_TIME);
    got_free(&g);
}

/* Reading the same export in an order where nothing ascends must give the same ids. */
static void test_ids_unordered(void **state)
{
    enum { N = 300 };
    hf_buf day[2];
    file files[2] = { { "general/2024-03-01.json", NULL }, { "general/2024-03-02.json", NULL } };
    got g;
    size_t plain = 0;

    (void)state;
    for (int f = 0; f < 2; f++) {
        hf_buf_init(&day[f], HF_BUF_UNBOUNDED);
        hf_buf_byte(&day[f], '[');
        for (int i = 0; i < N;
             i++) /* 7 and 300 have no common factor: all are met, none in order */
            hf_buf_printf(&day[f], "%s{\"ts\":\"17092900%02d.000%03d\",\"text\":\"%0*d\"}",
                          i == 0 ? "" : ",", i * 7 % N % 10, i * 7 % N, 600, f);
        hf_buf_byte(&day[f], ']');
        files[f].text = hf_buf_cstr(&day[f]);
    }
    g = got_read(make(files, 2), RECORDS);
    assert_int_equal(got_count(&g, HF_KIND_MESSAGE), 2 * N);
    for (size_t i = 0; i < 2 * N; i++) {
        hf_record *r = got_at(&g, HF_KIND_MESSAGE, i);

        plain += r->flags == 0;
        assert_int_equal(hf_view_ends(r->id, HF_V("#2")), i >= N);
    }
    assert_int_equal(plain, N);
    got_free(&g);
    hf_buf_clear(&day[0]);
    hf_buf_clear(&day[1]);
}

/* --- definitions --------------------------------------------------------------------------------
 */

static void test_users(void **state)
{
    static const file f = {
        "users.json",
        "[{\"id\":\"U1\",\"team_id\":\"T1\",\"name\":\"ann\",\"deleted\":false,\"status\":null,"
        "\"real_name\":\"Ann A\",\"tz\":\"Europe\\/Vienna\",\"locale\":\"de-AT\","
        "\"is_bot\":false,\"is_admin\":true,\"is_owner\":true,\"is_primary_owner\":false,"
        "\"is_restricted\":false,\"updated\":1700000000,\"profile\":{\"real_name\":\"Ann A\","
        "\"display_name\":\"annie\",\"first_name\":\"Ann\",\"last_name\":\"A\","
        "\"email\":\"ann@example.com\",\"title\":\"CTO\",\"fields\":{\"Xf1\":{\"value\":\"v\"}}}},"
        /* deleted users lack most of it; updated was a string once */
        "{\"id\":\"U2\",\"team_id\":\"T1\",\"name\":\"bob\",\"deleted\":true,"
        "\"updated\":\"1700000000\",\"profile\":{\"real_name\":\"Bob\",\"fields\":[]}},"
        "{\"id\":\"U3\",\"name\":\"bot\",\"is_bot\":true,\"tz\":null,"
        "\"profile\":{\"bot_id\":\"B3\",\"fields\":null}},"
        "{\"id\":\"U4\",\"name\":\"g1\",\"is_restricted\":true,\"is_ultra_restricted\":true},"
        "{\"id\":\"U5\",\"name\":\"g2\",\"is_restricted\":true,\"profile\":null},"
        "{\"id\":\"U6\",\"name\":\"g3\",\"is_stranger\":true,\"updated\":0},"
        "{\"name\":\"nobody\"}]",
    };
    got g = got_read(make(&f, 1), ACCOUNT);

    (void)state;
    assert_int_equal(got_count(&g, HF_KIND_USER), 7);
    assert_values(got_find(&g, HF_KIND_USER, "", "U1"),
                  "user.id = U1\nuser.workspace = T1\nuser.name = ann\nuser.zone = Europe/Vienna\n"
                  "user.locale = de-AT\nuser.real_name = Ann A\nuser.display_name = annie\n"
                  "user.first_name = Ann\nuser.last_name = A\nuser.email = ann@example.com\n"
                  "user.title = CTO\nuser.is_bot = 0\nuser.is_deactivated = 0\n"
                  "user.role = owner\nuser.updated = 1700000000000000\n");
    assert_values(got_find(&g, HF_KIND_USER, "", "U2"),
                  "user.id = U2\nuser.workspace = T1\nuser.name = bob\nuser.real_name = Bob\n"
                  "user.is_deactivated = 1\nuser.updated = 1700000000000000\n");
    assert_values(got_find(&g, HF_KIND_USER, "", "U3"),
                  "user.id = U3\nuser.name = bot\nuser.bot_id = B3\nuser.is_bot = 1\n");
    assert_values(got_find(&g, HF_KIND_USER, "", "U4"),
                  "user.id = U4\nuser.name = g1\nuser.guest = single\n");
    assert_values(got_find(&g, HF_KIND_USER, "", "U5"),
                  "user.id = U5\nuser.name = g2\nuser.guest = multi\n");
    assert_values(got_find(&g, HF_KIND_USER, "", "U6"),
                  "user.id = U6\nuser.name = g3\nuser.guest = foreign\n");
    assert_leaves(got_find(&g, HF_KIND_USER, "", "U4"), g.paths,
                  "user.id = \"U4\" user.id\nuser.name = \"g1\" user.name\n"
                  "user.is_restricted = true user.guest\n"
                  "user.is_ultra_restricted = true user.guest\n");
    assert_int_equal(got_at(&g, HF_KIND_USER, 6)->flags & HF_REC_SYNTHETIC_ID, HF_REC_SYNTHETIC_ID);
    got_free(&g);
}

static void test_channels(void **state)
{
    static const file files[] = {
        { "channels.json",
          "[{\"id\":\"C1\",\"name\":\"general\",\"created\":\"1433558319\",\"creator\":\"U1\","
          "\"is_archived\":false,\"is_general\":true,\"members\":[\"U1\",\"U2\",null],"
          "\"topic\":{\"value\":\"t\",\"creator\":\"U1\",\"last_set\":1433558320},"
          "\"purpose\":{\"value\":\"\",\"creator\":\"\",\"last_set\":\"0\"},"
          "\"previous_names\":[\"main\"],\"pins\":[{\"id\":\"1709290000.000100\",\"type\":\"C\","
          "\"user\":\"U2\",\"owner\":\"U1\",\"created\":1709290500},"
          "{\"id\":\"F1\",\"type\":\"F\",\"user\":\"U1\"}]},"
          "{\"id\":\"C2\",\"name\":\"old\",\"created\":null,\"creator\":null,\"members\":null,"
          "\"topic\":\"only text\",\"purpose\":null,\"pins\":[]}]" },
        { "groups.json", "[{\"id\":\"G1\",\"name\":\"secret\"}]" },
        { "dms.json", "[{\"id\":\"D1\",\"created\":1433558319,\"members\":[\"U1\",\"U1\"]}]" },
        { "mpims.json", "[{\"id\":\"G2\",\"name\":\"mpdm-ann--bob-1\"}]" },
        { "D1/2024-03-01.json", "[{\"ts\":\"1.000000\",\"text\":\"in a DM\"}]" },
        { "secret/2024-03-01.json", "[{\"ts\":\"2.000000\"}]" },
        { "mpdm-ann--bob-1/2024-03-01.json", "[{\"ts\":\"3.000000\"}]" },
        { "G2/2024-03-01.json", "[{\"ts\":\"4.000000\"}]" }, /* where code has no name */
        { "FC:F1:C9/2024-03-01.json", "[{\"ts\":\"5.000000\"}]" },
    };
    static const char *const scopes[] = { "D1", "FC:F1:C9", "G2", "G2", "G1" };
    got g = got_read(make(files, T_COUNT(files)), RECORDS);
    hf_record *stub;

    (void)state;
    assert_int_equal(got_count(&g, HF_KIND_CHANNEL), 6);
    assert_values(got_find(&g, HF_KIND_CHANNEL, "", "C1"),
                  "channel.id = C1\nchannel.name = general\nchannel.creator = U1\n"
                  "channel.kind = public\nchannel.created = 1433558319000000\n"
                  "channel.is_archived = 0\nchannel.is_general = 1\nchannel.topic.text = t\n"
                  "channel.topic.by = U1\nchannel.topic.at = 1433558320000000\n"
                  "channel.member.user[0] = U1\nchannel.member.user[1] = U2\n"
                  "channel.previous_name.text[0] = main\n"
                  "channel.pin.message[0] = 1709290000.000100\nchannel.pin.by[0] = U2\n"
                  "channel.pin.at[0] = 1709290500000000\n");
    assert_values(got_find(&g, HF_KIND_CHANNEL, "", "C2"),
                  "channel.id = C2\nchannel.name = old\nchannel.kind = public\n"
                  "channel.topic.text = only text\n");
    assert_values(got_find(&g, HF_KIND_CHANNEL, "", "G1"),
                  "channel.id = G1\nchannel.name = secret\nchannel.kind = private\n");
    assert_values(got_find(&g, HF_KIND_CHANNEL, "", "D1"),
                  "channel.id = D1\nchannel.kind = dm\nchannel.created = 1433558319000000\n"
                  "channel.member.user[0] = U1\nchannel.member.user[1] = U1\n");
    assert_values(got_find(&g, HF_KIND_CHANNEL, "", "G2"),
                  "channel.id = G2\nchannel.name = mpdm-ann--bob-1\nchannel.kind = group\n");
    stub = got_find(&g, HF_KIND_CHANNEL, "", "FC:F1:C9");
    assert_int_equal(stub->flags, HF_REC_STUB);
    assert_values(stub, "channel.id = FC:F1:C9\nchannel.name = FC:F1:C9\nchannel.kind = private\n");
    for (size_t i = 0; i < T_COUNT(scopes); i++)
        T_VIEW(scopes[i], got_at(&g, HF_KIND_MESSAGE, i)->scope);
    got_free(&g);
}

/* Definitions come before any message wherever they stand. */
static void test_definitions_first(void **state)
{
    static const file files[] = {
        { "aaa/2024-03-01.json", "[{\"ts\":\"1.000000\"}]" },
        { "channels.json", "[{\"id\":\"C1\",\"name\":\"aaa\"}]" },
    };
    got g = got_read(make(files, 2), RECORDS | HF_WANT_BYTES);
    bool seen_message = false;

    (void)state;
    for (size_t i = 0; i < g.n; i++) {
        seen_message |= g.rec[i]->kind == HF_KIND_MESSAGE;
        if (g.rec[i]->kind == HF_KIND_USER || g.rec[i]->kind == HF_KIND_CHANNEL)
            assert_false(seen_message);
    }
    assert_true(seen_message);
    got_free(&g);
}

static void test_logs_and_lists(void **state)
{
    static const file files[] = {
        { "integration_logs.json",
          "[{\"user_id\":\"U1\",\"user_name\":\"ann\",\"date\":\"1469998418\","
          "\"change_type\":\"added\"},"
          "{\"user_id\":0,\"user_name\":\"slack\",\"date\":1469998418,\"change_type\":\"removed\"},"
          "{\"a\":1},{\"a\":1}]" },
        { "lists.json", "[\"\"]" }, /* an empty list as Slack writes it */
        { "huddle_transcripts.json", "[\"\"]" },
        { "canvases.json", "[\n\n]" },
        { "content_flags.json", "[{\"id\":\"X1\"}]" },
        { "file_conversations.json", "[{\"id\":\"X1\"},{\"id\":\"X1\"}]" },
    };
    got g = got_read(make(files, T_COUNT(files)), ACCOUNT);
    hf_record *flag;

    (void)state;
    assert_int_equal(got_count(&g, HF_KIND_EVENT), 4);
    assert_values(got_at(&g, HF_KIND_EVENT, 0),
                  "event.time = 1469998418000000\nevent.user = U1\nevent.action = added\n");
    assert_values(got_at(&g, HF_KIND_EVENT, 1),
                  "event.time = 1469998418000000\nevent.user = 0\nevent.action = removed\n");
    assert_leaves(got_at(&g, HF_KIND_EVENT, 1), g.paths,
                  "event.user_id = 0 event.user?\nevent.user_name = \"slack\" -\n"
                  "event.date = 1469998418 event.time\nevent.change_type = \"removed\" "
                  "event.action\n");
    assert_true(hf_view_ends(got_at(&g, HF_KIND_EVENT, 3)->id, HF_V("#2")));
    assert_true(hf_view_starts(got_at(&g, HF_KIND_EVENT, 3)->id, got_at(&g, HF_KIND_EVENT, 2)->id));
    assert_int_equal(got_count(&g, HF_KIND_OPAQUE), 5);
    assert_int_equal(got_count(&g, HF_KIND_QUARANTINE), 0);
    flag = got_at(&g, HF_KIND_OPAQUE, 0);
    T_VIEW("content_flag", flag->scope);
    assert_leaves(flag, g.paths, "content_flag.id = \"X1\" -\n");
    assert_leaves(got_at(&g, HF_KIND_OPAQUE, 4), g.paths, "list = \"\" -\n");
    got_free(&g);
}

/* A Grid organisation: users at the root, workspaces below teams/, one user defined twice, and a
 * folder name that two workspaces share. */
static void test_grid(void **state)
{
    const char *dir = t_folder();
    static const file files[] = {
        { "org_users.json", "[{\"id\":\"W1\",\"team_id\":\"E1\",\"name\":\"ann\"}]" },
        { "channels.json", "[{\"id\":\"C0\",\"name\":\"shared\"}]" },
        { "shared/2024-03-01.json", "[{\"ts\":\"1.000000\"}]" },
        { "teams/one/users.json", "[{\"id\":\"W1\",\"team_id\":\"T1\",\"name\":\"ann\"}]" },
        { "teams/one/channels.json", "[{\"id\":\"C1\",\"name\":\"general\"}]" },
        { "teams/one/general/2024-03-01.json", "[{\"ts\":\"2.000000\"}]" },
        { "teams/one/shared/2024-03-02.json", "[{\"ts\":\"3.000000\"}]" },
        { "teams/one/lost/2024-03-02.json", "[{\"ts\":\"4.000000\"}]" },
        { "teams/two/groups.json", "[{\"id\":\"G2\",\"name\":\"general\"}]" },
        { "teams/two/general/2024-03-01.json", "[{\"ts\":\"5.000000\"}]" },
        { "teams/2024-03-01.json", "[{\"ts\":\"6.000000\"}]" }, /* a channel called teams */
    };
    static const char *const scopes[] = { "C0", "teams", "C1", "one/lost", "C0", "G2" };
    got g;

    (void)state;
    for (size_t i = 0; i < T_COUNT(files); i++)
        t_write(dir, files[i].name, hf_view_str(files[i].text));
    g = got_read(dir, RECORDS);
    assert_int_equal(got_count(&g, HF_KIND_MESSAGE), 6);
    for (size_t i = 0; i < T_COUNT(scopes); i++)
        T_VIEW(scopes[i], got_at(&g, HF_KIND_MESSAGE, i)->scope);
    T_VIEW("E1", got_at(&g, HF_KIND_USER, 0)->origin);
    assert_int_equal(got_count(&g, HF_KIND_USER), 1);
    T_VIEW("W1#2", got_at(&g, HF_KIND_OPAQUE, 0)->id); /* kept, and no second person */
    T_VIEW("user", got_at(&g, HF_KIND_OPAQUE, 0)->scope);
    got_free(&g);
}

/* --- damage -------------------------------------------------------------------------------------
 */

static void test_broken_days(void **state)
{
    static const struct {
        const char *why, *json;
        size_t messages, quarantined;
        const char *raw; /* of the first in quarantine */
    } cases[] = {
        { "an object instead of an array", "{\"ok\":false}", 0, 1, "{\"ok\":false}" },
        { "cut in the middle", "[{\"ts\":\"1.000000\"},{\"ts\":\"2.0", 1, 1, "{\"ts\":\"2.0" },
        { "one broken element", "[{\"ts\":\"1.000000\"},\n{\"ts\":tru},\n{\"ts\":\"3.000000\"}]", 2,
          1, "{\"ts\":tru}" },
        { "elements that are no objects", "[7,\"x\",null,[],{\"ts\":\"1.000000\"}]", 1, 4, "7" },
        { "no bytes at all", "", 0, 1, "" },
        { "null, as Go writes an empty list", "null", 0, 0, NULL },
        { "an empty array", "[ ]", 0, 0, NULL },
        { "a byte-order mark", "\xef\xbb\xbf[{\"ts\":\"1.000000\"}]", 1, 0, NULL },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        file f[2] = { { "general/2024-03-01.json", cases[i].json },
                      { "general/2024-03-02.json", "[{\"ts\":\"90000.000000\"}]" } };
        got g = got_read(make(f, 2), RECORDS);

        if (got_count(&g, HF_KIND_MESSAGE) != cases[i].messages + 1 ||
            got_count(&g, HF_KIND_QUARANTINE) != cases[i].quarantined) {
            print_error("%s: %zu messages, %zu in quarantine\n", cases[i].why,
                        got_count(&g, HF_KIND_MESSAGE) - 1, got_count(&g, HF_KIND_QUARANTINE));
            fail();
        }
        if (cases[i].raw != NULL) {
            hf_record *q = got_at(&g, HF_KIND_QUARANTINE, 0);

            T_VIEW(cases[i].raw, q->raw.bytes);
            T_VIEW("C1", q->scope);
            assert_int_equal(q->raw.member, 1);
            assert_int_equal(q->raw.offset, strstr(cases[i].json, cases[i].raw) - cases[i].json);
            assert_non_null(q->u.quarantine.reason);
            assert_null(strchr(q->u.quarantine.reason, '\n'));
        }
        got_free(&g);
    }
}

/* Every prefix of a day file is read without harm, and gives the whole messages that it has. */
static void test_every_prefix(void **state)
{
    static const char first[] = "[{\"ts\":\"1.000000\",\"text\":\"a\\u00e9\"}";
    static const char day[] = "[{\"ts\":\"1.000000\",\"text\":\"a\\u00e9\"},{\"ts\":\"2.000000\"}]";
    const char *dir = make(NULL, 0);

    (void)state;
    for (size_t n = 0; n < sizeof(day); n++) {
        got g;
        size_t whole = n >= strlen(day) - 1 ? 2 : n >= strlen(first) ? 1 : 0;

        t_write(dir, "general/2024-03-01.json", (hf_view){ day, n });
        g = got_read(dir, RECORDS);
        assert_int_equal(got_count(&g, HF_KIND_MESSAGE), whole);
        assert_int_equal(got_count(&g, HF_KIND_QUARANTINE) > 0, n < sizeof(day) - 1);
        got_free(&g);
    }
}

/* What has no index file is no export, whoever says so. */
static void test_no_export(void **state)
{
    const char *dir = t_folder();
    hf_err *err = NULL;
    got g;

    (void)state;
    t_write(dir, "general/2024-03-01.json", HF_V("[]"));
    T_FAILS(err, HF_E_UNSUPPORTED, got_try(&g, dir, RECORDS, "acme", &err));
    got_free(&g);
}

static void test_origin(void **state)
{
    file f = { "users.json", "[{\"id\":\"U1\"},{\"id\":\"U2\",\"profile\":{\"team\":\"T9\"}}]" };
    const char *dir = make(&f, 1);
    hf_err *err = NULL;
    got g = got_read(dir, RECORDS);

    (void)state;
    T_VIEW("T9", got_at(&g, HF_KIND_USER, 0)->origin);
    got_free(&g);
    t_write(dir, "users.json", HF_V("[{\"id\":\"U1\"}]"));
    assert_int_equal(got_try(&g, dir, RECORDS, NULL, &err), HF_E_ORIGIN);
    assert_non_null(strstr(err->hint, "--origin"));
    hf_err_free(err);
    err = NULL;
    got_free(&g);
    T_OK(err, got_try(&g, dir, RECORDS, "acme", &err));
    T_VIEW("acme", got_at(&g, HF_KIND_USER, 0)->origin);
    got_free(&g);
    T_OK(err, got_try(&g, dir, HF_WANT_BYTES, NULL, &err)); /* bytes belong to nobody */
    got_free(&g);
}

/* --- bytes --------------------------------------------------------------------------------------
 */

/* Records longer than windows, records across window ends, and members without records. */
static void test_bytes(void **state)
{
    static const size_t sizes[] = { 1, 100, 70000, 131072, 900000, 3, 5000000, 40, 262144 };
    hf_buf day, junk;
    const char *dir = make(NULL, 0);
    got g;

    (void)state;
    hf_buf_init(&day, HF_BUF_UNBOUNDED);
    hf_buf_init(&junk, HF_BUF_UNBOUNDED);
    hf_buf_str(&day, "[\n");
    for (size_t i = 0; i < T_COUNT(sizes); i++) {
        hf_buf_printf(&day, "%s    {\"ts\":\"%zu.000000\",\"text\":\"", i == 0 ? "" : ",\n", i + 1);
        for (size_t k = 0; k < sizes[i]; k++)
            hf_buf_byte(&day, "abcdefghijklmnopqrstuvwxyz"[(k + i) % 26]);
        hf_buf_str(&day, "\"}");
    }
    hf_buf_str(&day, "\n]\n");
    for (size_t k = 0; k < 700000; k++)
        hf_buf_byte(&junk, (char)(k * k));
    t_write(dir, "general/2024-03-01.json", hf_buf_view(&day));
    t_write(dir, "README.md", HF_V("about"));
    t_write(dir, "__uploads/F77/a b.bin", hf_buf_view(&junk));
    t_write(dir, "general/attachments/F78-x-y.txt", HF_V("y"));
    t_write(dir, "empty/.DS_Store", HF_V(""));
    g = got_read(dir, RECORDS | HF_WANT_BYTES);
    check_bytes(&g);
    assert_int_equal(got_count(&g, HF_KIND_MESSAGE), T_COUNT(sizes));
    for (size_t i = 0; i < T_COUNT(sizes); i++)
        assert_int_equal(hf_rec_get_text(got_at(&g, HF_KIND_MESSAGE, i), HF_F_MESSAGE_TEXT).n,
                         sizes[i]);
    for (size_t i = 0; i < g.n; i++) {
        const hf_rec_member *m = &g.rec[i]->u.member;

        if (g.rec[i]->kind != HF_KIND_MEMBER)
            continue;
        assert_int_equal(m->is_opaque, !hf_view_ends(m->name, HF_V(".json")));
        T_VIEW(hf_view_starts(m->name, HF_V("__uploads/F77/"))         ? "F77"
               : hf_view_starts(m->name, HF_V("general/attachments/")) ? "F78"
                                                                       : "",
               m->file_id);
    }
    got_free(&g);
    g = got_read(dir, RECORDS | HF_WANT_OPAQUE);
    for (size_t i = 0; i < g.n; i++)
        if (g.rec[i]->kind == HF_KIND_MEMBER)
            assert_true(g.rec[i]->u.member.is_opaque);
    assert_true(got_count(&g, HF_KIND_MEMBER) >= 4);
    assert_int_equal(got_count(&g, HF_KIND_MESSAGE), T_COUNT(sizes));
    got_free(&g);
    hf_buf_clear(&day);
    hf_buf_clear(&junk);
}

/* --- parsing a record alone ---------------------------------------------------------------------
 */

static void test_parse(void **state)
{
    static const file files[] = {
        { "general/2024-03-01.json", "[{\"ts\":\"1.000000\",\"text\":\"a\"},{\"ts\":\"1.000000\"},"
                                     "{\"text\":\"b\"}]" },
        { "groups.json", "[{\"id\":\"G1\",\"name\":\"no flag says private\"},{\"id\":\"G1\"}]" },
        { "integration_logs.json", "[{\"date\":1},{\"date\":1}]" },
        { "lists.json", "[\"\",{\"id\":\"L1\"}]" },
    };
    got g = got_read(make(files, T_COUNT(files)), ACCOUNT);
    hf_batch *b = hf_batch_new();
    hf_record *bad = hf_batch_add(b, HF_KIND_MESSAGE);
    hf_err *err = NULL;

    (void)state;
    check_parse(&g);
    bad->raw.bytes = HF_V("[1]");
    T_FAILS(err, HF_E_RECORD, hf_format_slack.parse(b, bad, NULL, &err));
    bad->raw.bytes = HF_V("{\"ts\":");
    T_FAILS(err, HF_E_RECORD, hf_format_slack.parse(b, bad, NULL, &err));
    hf_batch_free(b);
    got_free(&g);
}

/* --- detection ----------------------------------------------------------------------------------
 */

static void test_probe(void **state)
{
    const char *dir = t_folder();

    (void)state;
    assert_true(probe(make(NULL, 0)) >= 50);
    t_write(dir, "wrapped export/users.json", HF_V(" [ " USERS));
    t_write(dir, "wrapped export/dms.json", HF_V("[]"));
    t_write(dir, "wrapped export/D1/2024-03-01.json", HF_V("[]"));
    t_write(dir, "__MACOSX/._users.json", HF_V("x"));
    assert_true(probe(dir) >= 90);
    dir = t_folder();
    t_write(dir, "users.json", HF_V("{\"users\":[]}")); /* somebody else's users.json */
    t_write(dir, "channels.json", HF_V("<html>"));
    assert_int_equal(probe(dir), 0);
    dir = t_folder();
    t_write(dir, "users.json", HF_V(USERS)); /* too common a name alone */
    assert_int_equal(probe(dir), 0);
}

/* --- real exports -------------------------------------------------------------------------------
 */

static void test_sample(void **state)
{
    static const expected northwind = {
        "samples/slack-northwind", 15, 10, 2, 4, 1, 406, 50, 30, 71, 17, 5, 130, 7, 16
    };

    (void)state;
    check_export(t_source(northwind.path), &northwind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_ids_unordered),
        cmocka_unit_test(test_users),
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_definitions_first),
        cmocka_unit_test(test_logs_and_lists),
        cmocka_unit_test(test_grid),
        cmocka_unit_test(test_broken_days),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_no_export),
        cmocka_unit_test(test_origin),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_sample),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
