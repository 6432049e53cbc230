/* tests/formats/mattermost_bulk/test_bulk_read.c: what the reader gives for a bulk file's lines. */
#include "bulk_support.h"

#define VERSION "{\"type\":\"version\",\"version\":1}\n"
#define USER(name)                                                                                \
    "{\"type\":\"user\",\"user\":{\"username\":\"" name "\",\"email\":\"" name "@example.com\"}}" \
    "\n"
#define POST(fields)                                                                              \
    "{\"type\":\"post\",\"post\":{\"team\":\"t\",\"channel\":\"c\",\"user\":\"ann\"," fields "}}" \
    "\n"

enum { RECORDS = HF_WANT_RECORDS, ACCOUNT = HF_WANT_RECORDS | HF_WANT_ACCOUNT };

/* As 11.6 writes it: definitions, then posts, then emoji, then direct channels. */
static const char whole[] =
    "{\"type\":\"version\",\"version\":1,\"info\":{\"generator\":\"mattermost-server\"}}\n"
    "{\"type\":\"role\",\"role\":{\"name\":\"r\"}}\n"
    "{\"type\":\"team\",\"team\":{\"name\":\"t\",\"display_name\":\"Team \\u003c1\\u003e\","
    "\"type\":\"I\",\"description\":\"\",\"allow_open_invite\":false}}\n"
    "{\"type\":\"channel\",\"channel\":{\"team\":\"t\",\"name\":\"c\",\"display_name\":\"C\","
    "\"type\":\"P\",\"header\":\"h\",\"purpose\":\"\",\"deleted_at\":1700000000001}}\n"
    "{\"type\":\"user\",\"user\":{\"username\":\"ann\",\"email\":\"ann@example.com\","
    "\"auth_service\":\"\",\"nickname\":\"Annie\",\"first_name\":\"Ann\",\"last_name\":\"A\","
    "\"position\":\"\",\"roles\":\"system_user\",\"locale\":\"en\",\"delete_at\":0,"
    "\"teams\":[{\"name\":\"t\",\"roles\":\"team_user team_admin\",\"channels\":"
    "[{\"name\":\"c\",\"roles\":\"channel_user\"}]}]}}\n"
    "{\"type\":\"user\",\"user\":{\"username\":\"guest\",\"email\":\"g@example.com\","
    "\"roles\":\"system_guest\",\"delete_at\":5,\"teams\":[{\"name\":\"t\",\"channels\":"
    "[{\"name\":\"c\"}]}]}}\n"
    "{\"type\":\"bot\",\"bot\":{\"username\":\"robo\",\"owner\":\"ann\",\"display_name\":\"R\"}}\n"
    "{\"type\":\"post\",\"post\":{\"team\":\"t\",\"channel\":\"c\",\"user\":\"ann\",\"type\":\"\","
    "\"message\":\"hi @guest\",\"props\":{\"attachments\":[{\"text\":\"card\",\"color\":\"#fff\"}],"
    "\"override_username\":\"Bot\",\"from_webhook\":\"true\"},\"create_at\":1600000000123,"
    "\"edit_at\":1600000000999,\"is_pinned\":true,\"reactions\":[{\"user\":\"guest\","
    "\"create_at\":1600000000200,\"emoji_name\":\"+1\"}],\"replies\":[{\"user\":\"guest\","
    "\"message\":\"yes\",\"create_at\":1600000001000}],"
    "\"attachments\":[{\"path\":\"20200101/x/f1/a b.png\"}],\"extra\":7}}\n"
    "{\"type\":\"emoji\",\"emoji\":{\"name\":\"parrot\",\"image\":\"emoji/e1/image\"}}\n"
    "{\"type\":\"direct_channel\",\"direct_channel\":{\"members\":[\"guest\",\"ann\"],"
    "\"header\":\"\"}}\n"
    "{\"type\":\"direct_channel\",\"direct_channel\":{\"participants\":[{\"username\":\"ann\"},"
    "{\"username\":\"ann\"}],\"members\":[\"ann\",\"ann\"]}}\n"
    "{\"type\":\"direct_post\",\"direct_post\":{\"channel_members\":[\"guest\",\"ann\"],"
    "\"user\":\"guest\",\"message\":\"psst\",\"create_at\":1600000002000,\"reactions\":null}}\n";

static void definitions(void **state)
{
    hf_batch *b = bulk_read_text(whole, RECORDS, NULL);
    const hf_record *r = bulk_nth(b, HF_KIND_WORKSPACE, 0);

    (void)state;
    T_VIEW("t", r->id);
    T_FIELD("Team <1>", r, HF_F_WORKSPACE_TITLE);
    T_FIELD("invite", r, HF_F_WORKSPACE_KIND);
    assert_null(hf_rec_get(r, HF_F_WORKSPACE_ABOUT)); /* "" is no description */

    r = bulk_nth(b, HF_KIND_CHANNEL, 0);
    T_VIEW("t/c", r->id);
    T_FIELD("private", r, HF_F_CHANNEL_KIND);
    T_FIELD("h", r, HF_F_CHANNEL_TOPIC);
    assert_true(hf_rec_get_bool(r, HF_F_CHANNEL_IS_ARCHIVED));
    assert_int_equal(hf_rec_get_num(r, HF_F_CHANNEL_ARCHIVED_AT, 0), 1700000000001000);
    T_VIEW("ann", hf_rec_item(r, HF_F_CHANNEL_MEMBER, 0)->text);
    T_VIEW("guest", hf_rec_item(r, HF_F_CHANNEL_MEMBER, 1)->text);

    r = bulk_nth(b, HF_KIND_USER, 0);
    T_VIEW("ann", r->id);
    T_FIELD("Annie", r, HF_F_USER_DISPLAY_NAME);
    T_FIELD("admin", r, HF_F_USER_ROLE);
    assert_false(hf_rec_get_bool(r, HF_F_USER_IS_DEACTIVATED));
    r = bulk_nth(b, HF_KIND_USER, 1);
    T_FIELD("multi", r, HF_F_USER_GUEST);
    assert_true(hf_rec_get_bool(r, HF_F_USER_IS_DEACTIVATED));
    r = bulk_nth(b, HF_KIND_USER, 2);
    T_VIEW("robo", r->id);
    assert_true(hf_rec_get_bool(r, HF_F_USER_IS_BOT));
    T_FIELD("ann", r, HF_F_USER_BOT_OWNER);

    /* Written after the posts, given before them. */
    r = bulk_nth(b, HF_KIND_EMOJI, 0);
    T_VIEW("parrot", r->id);
    T_FIELD("data/emoji/e1/image", r, HF_F_EMOJI_PATH);
    r = bulk_nth(b, HF_KIND_CHANNEL, 1);
    T_VIEW("ann,guest", r->id);
    T_FIELD("dm", r, HF_F_CHANNEL_KIND);
    r = bulk_nth(b, HF_KIND_CHANNEL, 2);
    T_VIEW("ann,ann", r->id);                           /* notes to oneself */
    assert_int_equal(bulk_count(b, HF_KIND_OPAQUE), 2); /* version and role */
    assert_true(b->rec[b->n - 1]->kind == HF_KIND_MESSAGE &&
                b->rec[b->n - 4]->kind != HF_KIND_MESSAGE);
    hf_batch_free(b);
}

static void messages(void **state)
{
    hf_batch *b = bulk_read_text(whole, RECORDS, NULL);
    const hf_record *root = bulk_nth(b, HF_KIND_MESSAGE, 0);
    const hf_record *reply = bulk_nth(b, HF_KIND_MESSAGE, 1);
    const hf_record *direct = bulk_nth(b, HF_KIND_MESSAGE, 2);

    (void)state;
    assert_int_equal(bulk_count(b, HF_KIND_MESSAGE), 3);
    T_VIEW("t/c", root->scope);
    assert_int_equal(root->id.n, 13 + 1 + 32);
    assert_true((root->flags & HF_REC_SYNTHETIC_ID) != 0);
    assert_int_equal(root->time_us, 1600000000123000);
    T_FIELD("hi @guest", root, HF_F_MESSAGE_TEXT);
    assert_true(hf_view_eq(root->id, hf_rec_get_text(root, HF_F_MESSAGE_THREAD)));
    assert_int_equal(hf_rec_get_num(root, HF_F_MESSAGE_EDITED_AT, 0), 1600000000999000);
    assert_true(hf_rec_get_bool(root, HF_F_MESSAGE_IS_PINNED));
    T_FIELD("Bot", root, HF_F_MESSAGE_AUTHOR_NAME);
    T_FIELD("card", root, HF_F_MESSAGE_CARD_TEXT);
    T_FIELD("+1", root, HF_F_MESSAGE_REACTION_NAME);
    T_FIELD("data/20200101/x/f1/a b.png", root, HF_F_MESSAGE_FILE_PATH);
    T_FIELD("f1", root, HF_F_MESSAGE_FILE_ID);
    T_FIELD("a b.png", root, HF_F_MESSAGE_FILE_NAME);
    assert_null(hf_rec_get(root, HF_F_MESSAGE_TYPE));
    T_FIELD("yes", reply, HF_F_MESSAGE_TEXT);
    assert_true(hf_view_eq(root->id, hf_rec_get_text(reply, HF_F_MESSAGE_THREAD)));
    assert_true(hf_view_starts(reply->raw.bytes, HF_V("{\"user\":\"guest\"")));
    T_VIEW("ann,guest", direct->scope);
    hf_batch_free(b);
}

/* Every value stands in exactly one message's account, and unknown ones are nobody's. */
static void account(void **state)
{
    hf_paths *paths = hf_paths_new();
    hf_batch *b = bulk_read_text(whole, ACCOUNT, paths);
    const hf_record *root = bulk_nth(b, HF_KIND_MESSAGE, 0);
    const hf_record *reply = bulk_nth(b, HF_KIND_MESSAGE, 1);
    size_t unknown = 0;

    (void)state;
    for (uint32_t i = 0; i < root->nleaf; i++) {
        hf_view path = hf_path_text(paths, root->leaf[i].path);

        assert_true(hf_view_find(path, HF_V("replies")) == HF_NPOS);
        if (root->leaf[i].value == 0) {
            unknown++;
            T_VIEW("message.post.extra", path);
        }
    }
    assert_int_equal(unknown, 1);
    assert_int_equal(reply->nleaf, 3);
    T_VIEW("message.post.replies[].user", hf_path_text(paths, reply->leaf[0].path));
    hf_batch_free(b);
    hf_paths_free(paths);
}

/* Pieces of one long text, a stub root, a repeated root: as our writer marks them. */
static void marks(void **state)
{
    static const char text[] = VERSION POST(
        "\"message\":\"one \",\"create_at\":10,\"replies\":["
        "{\"user\":\"ann\",\"message\":\"two\",\"create_at\":11,"
        "\"props\":{\"holdfast\":{\"part\":1,\"of\":2}}},"
        "{\"user\":\"bob\",\"message\":\"a \",\"create_at\":12,"
        "\"props\":{\"holdfast\":{\"broadcast\":true,\"type\":\"odd\"}}},"
        "{\"user\":\"bob\",\"message\":\"b\",\"create_at\":13,"
        "\"props\":{\"holdfast\":{\"part\":1,\"of\":2}}},"
        /* a piece of somebody else's text, or out of turn, is a message of its own */
        "{\"user\":\"ann\",\"message\":\"c\",\"create_at\":14,"
        "\"props\":{\"holdfast\":{\"part\":1,\"of\":2}}},"
        "{\"user\":\"ann\",\"message\":\"d\",\"create_at\":15,"
        "\"props\":{\"holdfast\":{\"part\":3,\"of\":4}}}]")
        POST("\"message\":\"one \",\"create_at\":10,\"props\":{\"holdfast\":{\"again\":true}},"
             "\"replies\":[{\"user\":\"bob\",\"message\":\"late\",\"create_at\":16}]")
            POST("\"message\":\"gone\",\"create_at\":20,\"props\":{\"holdfast\":{\"stub\":true}}");
    hf_paths *paths = hf_paths_new();
    hf_batch *b = bulk_read_text(text, ACCOUNT, paths);
    const hf_record *root = bulk_nth(b, HF_KIND_MESSAGE, 0);
    hf_record *reply = bulk_nth(b, HF_KIND_MESSAGE, 1);
    hf_record *late = bulk_nth(b, HF_KIND_MESSAGE, 4);
    const hf_record *stub = bulk_nth(b, HF_KIND_MESSAGE, 5);
    hf_batch *again = hf_batch_new();
    hf_record *copy;
    hf_err *err = NULL;

    (void)state;
    assert_int_equal(bulk_count(b, HF_KIND_MESSAGE), 6);
    T_FIELD("one two", root, HF_F_MESSAGE_TEXT);
    T_FIELD("a b", reply, HF_F_MESSAGE_TEXT);
    T_FIELD("odd", reply, HF_F_MESSAGE_TYPE);
    assert_true(hf_rec_get_bool(reply, HF_F_MESSAGE_IS_BROADCAST));
    T_FIELD("late", late, HF_F_MESSAGE_TEXT);
    assert_true(hf_view_eq(root->id, hf_rec_get_text(late, HF_F_MESSAGE_THREAD)));
    assert_true((stub->flags & HF_REC_MADE) != 0);

    /* The reply's own bytes, both objects, say the same again. */
    copy = hf_batch_add(again, HF_KIND_MESSAGE);
    copy->origin = reply->origin;
    copy->scope = reply->scope;
    copy->id = reply->id;
    copy->raw = reply->raw;
    T_OK(err, hf_format_mattermost_bulk.parse(again, copy, paths, &err));
    T_FIELD("a b", copy, HF_F_MESSAGE_TEXT);
    assert_int_equal(copy->nvalue, reply->nvalue);
    assert_int_equal(copy->nleaf, reply->nleaf);
    for (uint32_t i = 0; i < copy->nleaf; i++) {
        assert_int_equal(copy->leaf[i].path, reply->leaf[i].path);
        assert_true(copy->leaf[i].raw.p >= copy->raw.bytes.p);
    }
    hf_batch_free(again);
    hf_batch_free(b);
    hf_paths_free(paths);
}

static void ids(void **state)
{
    static const char text[] = VERSION POST("\"message\":\"x\",\"create_at\":10")
        POST("\"message\":\"y\",\"create_at\":10") POST("\"message\":\"x\",\"create_at\":11");
    hf_batch *b = bulk_read_text(text, RECORDS, NULL);
    const hf_record *x = bulk_nth(b, HF_KIND_MESSAGE, 0), *y = bulk_nth(b, HF_KIND_MESSAGE, 1);

    (void)state;
    /* The moment, so that ids stand in the order of time; the SHA-256 of t/c, NUL, 10, NUL, ann,
     * NUL, 0, as sha256sum gives it. */
    T_VIEW("0000000000010-c33e70169a1ff318eef6c827b9dfd208", x->id);
    assert_false(hf_view_eq(x->id, y->id)); /* equal in channel, time and user: told apart */
    assert_false(hf_view_eq(x->id, bulk_nth(b, HF_KIND_MESSAGE, 2)->id));
    hf_batch_free(b);
}

static void odd_moments(void **state)
{
    static const struct {
        const char *create_at, *start;
    } cases[] = {
        { "1707754142675", "1707754142675-" },
        { "0", "0000000000000-" },
        { "17077541426750", "0000000000000-" }, /* more digits than sort as one number */
        { "-5", "0000000000000-" },             /* a sign would sort before every digit */
        { "1.5e12", "0000000000000-" },
        { "\"12\"", "0000000000000-" },
        { "null", "0000000000000-" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[512];
        hf_batch *b;

        snprintf(text, sizeof(text), VERSION POST("\"message\":\"x\",\"create_at\":%s"),
                 cases[i].create_at);
        b = bulk_read_text(text, RECORDS, NULL);
        T_VIEW(cases[i].start, hf_view_sub(bulk_nth(b, HF_KIND_MESSAGE, 0)->id, 0, 14));
        hf_batch_free(b);
    }
}

static void odd_lines(void **state)
{
    static const struct {
        const char *line;
        hf_kind kind;
    } cases[] = {
        { "{\"type\":\"post\",\"post\":{\"message\":}}", HF_KIND_QUARANTINE },
        { "{\"type\":\"channel\",\"channel\":{]}", HF_KIND_QUARANTINE },
        { "not json", HF_KIND_QUARANTINE },
        { "[1,2]", HF_KIND_OPAQUE },
        { "7", HF_KIND_OPAQUE },
        { "{\"type\":\"board\",\"board\":{}}", HF_KIND_OPAQUE }, /* a newer server's */
        { "{\"type\":\"post\",\"post\":5}", HF_KIND_OPAQUE },    /* no object */
        { "{\"type\":\"user\",\"user\":{}}", HF_KIND_OPAQUE },   /* no name, no record */
        { "{\"post\":{\"message\":\"m\"}, \"type\" : \"post\"}",
          HF_KIND_MESSAGE }, /* other order */
        { "{\"type\":\"post\",\"post\":{\"create_at\":\"x\",\"replies\":{\"a\":1}}}",
          HF_KIND_MESSAGE },
        { "{\"type\":\"post\",\"post\":{\"replies\":[3,null,[]]}}", HF_KIND_MESSAGE },
        { "{\"type\":\"direct_post\",\"direct_post\":{\"channel_members\":[7]}}", HF_KIND_MESSAGE },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *text =
            hf_sprintf("%s\n%s\r\n\n", "{\"type\":\"version\",\"version\":1}", cases[i].line);
        hf_paths *paths = hf_paths_new();
        hf_batch *b = bulk_read_text(text, ACCOUNT, paths);

        if (b->n < 2 || b->rec[1]->kind != cases[i].kind)
            fail_msg("row %zu: %s", i, cases[i].line);
        T_VIEW(cases[i].line, b->rec[1]->raw.bytes);
        assert_int_equal(b->rec[1]->raw.offset, 31);
        hf_batch_free(b);
        hf_paths_free(paths);
        hf_free(text);
    }
}

/* Every byte of every member comes once, and records point into them. */
static void bytes(void **state)
{
    hf_batch *b = bulk_read_text(whole, RECORDS | HF_WANT_BYTES, NULL);
    hf_buf all;

    (void)state;
    hf_buf_init(&all, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < b->n; i++) {
        const hf_record *r = b->rec[i];

        if (r->kind == HF_KIND_BYTES) {
            assert_int_equal(r->raw.offset, all.n);
            hf_buf_add(&all, r->raw.bytes);
        }
    }
    assert_true(hf_view_eq(hf_buf_view(&all), hf_view_str(whole)));
    for (size_t i = 0; i < b->n; i++)
        if (hf_kind_is_record(b->rec[i]->kind))
            assert_true(hf_view_eq(
                b->rec[i]->raw.bytes,
                hf_view_sub(hf_buf_view(&all), b->rec[i]->raw.offset, b->rec[i]->raw.bytes.n)));
    hf_buf_clear(&all);
    hf_batch_free(b);
}

static void needs_origin(void **state)
{
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/x.jsonl", folder);
    hf_reader_args args = { .path = path, .want = RECORDS };
    hf_reader *r = NULL;
    hf_err *err = NULL;
    hf_peek peek;
    const char *why = NULL;

    (void)state;
    t_write(folder, "x.jsonl", hf_view_str(whole));
    T_OK(err, hf_source_open(&args.source, path, NULL, &err));
    T_FAILS(err, HF_E_ORIGIN, hf_format_mattermost_bulk.open(&r, &args, &err));
    peek = (hf_peek){ args.source, path };
    assert_true(hf_format_mattermost_bulk.probe(&peek, &why) >= 90);
    hf_source_close(args.source);
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(definitions), cmocka_unit_test(messages), cmocka_unit_test(account),
        cmocka_unit_test(marks),       cmocka_unit_test(ids),      cmocka_unit_test(odd_moments),
        cmocka_unit_test(odd_lines),   cmocka_unit_test(bytes),    cmocka_unit_test(needs_origin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
