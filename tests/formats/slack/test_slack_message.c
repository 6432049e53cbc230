/* tests/formats/slack/test_slack_message.c: a message's bytes to its values. */
#include "slack_test.h"

typedef struct message_case {
    const char *why, *json, *values;
} message_case;

#define TS     "\"ts\":\"1709290000.000100\""
#define TIME   "message.time = 1709290000000100\n"
#define MSG(x) "{\"type\":\"message\"," TS "," x "}"

static const message_case message_cases[] = {
    { "an ordinary message", MSG("\"user\":\"U1\",\"text\":\"hi \\u00e9 \\/\""),
      TIME "message.author.user = U1\nmessage.text = hi \xc3\xa9 /\n" },
    { "old bots have no user, and a name for each message",
      MSG("\"subtype\":\"bot_message\",\"bot_id\":\"B1\",\"username\":\"deploy\",\"text\":\"ok\""),
      TIME "message.type = bot_message\nmessage.author.bot = B1\nmessage.author.name = deploy\n"
           "message.text = ok\n" },
    { "bot_id may be null", MSG("\"user\":\"U1\",\"bot_id\":null,\"text\":\"x\""),
      TIME "message.author.user = U1\nmessage.text = x\n" },
    { "old file_share: username is a mention, file is one object, created may be a string",
      MSG("\"subtype\":\"file_share\",\"user\":\"U1\",\"username\":\"<@U1|ann>\",\"text\":\"t\","
          "\"file\":{\"id\":\"F1\",\"created\":\"1709280000\",\"timestamp\":\"1709280000\","
          "\"name\":\"a.png\",\"title\":\"A\",\"mimetype\":\"image\\/png\",\"size\":12,"
          "\"mode\":\"hosted\",\"user\":\"U2\",\"url_private\":\"https:\\/\\/x\\/a\"}"),
      TIME "message.type = file_share\nmessage.author.user = U1\nmessage.text = t\n"
           "message.file.id[0] = F1\nmessage.file.name[0] = a.png\nmessage.file.title[0] = A\n"
           "message.file.mime[0] = image/png\nmessage.file.user[0] = U2\n"
           "message.file.mode[0] = hosted\nmessage.file.size[0] = 12\n"
           "message.file.at[0] = 1709280000000000\nmessage.file.url[0] = https://x/a\n" },
    { "file_comment has no user of its own",
      MSG("\"subtype\":\"file_comment\",\"text\":\"c\",\"file\":null,"
          "\"comment\":{\"user\":\"U3\",\"comment\":\"c\"}"),
      TIME "message.type = file_comment\nmessage.author.user = U3\nmessage.text = c\n" },
    { "file repeats files[0] in the years of change; a tombstone has a mode only",
      MSG("\"user\":\"U1\",\"text\":\"\",\"file\":{\"id\":\"F1\",\"name\":\"a\"},"
          "\"files\":[{\"id\":\"F1\",\"name\":\"a\"},{\"mode\":\"tombstone\"}]"),
      TIME "message.author.user = U1\nmessage.text = \nmessage.file.id[0] = F1\n"
           "message.file.name[0] = a\nmessage.file.mode[1] = tombstone\n" },
    { "external files have no bytes at Slack",
      MSG("\"user\":\"U1\",\"files\":[{\"id\":\"F1\",\"mode\":\"external\",\"url_private\":\"\","
          "\"external_url\":\"https:\\/\\/d\"}]"),
      TIME "message.author.user = U1\nmessage.file.id[0] = F1\nmessage.file.mode[0] = external\n"
           "message.file.url[0] = https://d\n" },
    { "system messages are known by their subtype",
      MSG("\"subtype\":\"channel_join\",\"user\":\"U1\",\"inviter\":\"U2\",\"text\":\"j\""),
      TIME "message.type = channel_join\nmessage.is_system = 1\nmessage.author.user = U1\n"
           "message.text = j\n" },
    { "channel_ words that come later are system messages too",
      MSG("\"subtype\":\"channel_canvas_updated\",\"user\":\"U1\""),
      TIME "message.type = channel_canvas_updated\nmessage.is_system = 1\n"
           "message.author.user = U1\n" },
    { "an unknown subtype is a message", MSG("\"subtype\":\"brand_new\",\"user\":\"U1\""),
      TIME "message.type = brand_new\nmessage.author.user = U1\n" },
    { "a deleted root whose replies live on",
      MSG("\"subtype\":\"tombstone\",\"user\":\"USLACKBOT\",\"hidden\":true,"
          "\"text\":\"This message was deleted.\",\"thread_ts\":\"1709290000.000100\""),
      TIME "message.type = tombstone\nmessage.is_deleted = 1\nmessage.author.user = USLACKBOT\n"
           "message.text = This message was deleted.\nmessage.thread = 1709290000.000100\n" },
    { "a reply shown in the channel",
      MSG("\"subtype\":\"thread_broadcast\",\"user\":\"U1\",\"thread_ts\":\"1709280000.000200\","
          "\"root\":{\"text\":\"r\"}"),
      TIME "message.type = thread_broadcast\nmessage.is_broadcast = 1\nmessage.author.user = U1\n"
           "message.thread = 1709280000.000200\n" },
    { "its old name", MSG("\"subtype\":\"reply_broadcast\",\"user\":\"U1\""),
      TIME "message.type = reply_broadcast\nmessage.is_broadcast = 1\nmessage.author.user = U1\n" },
    { "a root by an integration has replies and no thread_ts",
      MSG("\"bot_id\":\"B1\",\"reply_count\":2"),
      TIME "message.author.bot = B1\nmessage.thread = 1709290000.000100\n" },
    { "edited", MSG("\"user\":\"U1\",\"edited\":{\"user\":\"U2\",\"ts\":\"1709290100.000000\"}"),
      TIME "message.author.user = U1\nmessage.edited.at = 1709290100000000\n"
           "message.edited.by = U2\n" },
    { "edited may be null", MSG("\"user\":\"U1\",\"edited\":null"),
      TIME "message.author.user = U1\n" },
    { "reactions: one item per emoji and user; more than listed; nobody listed; nobody",
      MSG("\"user\":\"U1\",\"reactions\":["
          "{\"name\":\"+1::skin-tone-2\",\"users\":[\"U1\",\"U2\"],\"count\":2},"
          "{\"name\":\"eyes\",\"users\":[\"U3\"],\"count\":9},"
          "{\"name\":\"tada\",\"users\":[],\"count\":3},"
          "{\"name\":\"none\",\"users\":[],\"count\":0},{\"users\":[\"U1\"]},null]"),
      TIME "message.author.user = U1\nmessage.reaction.user[0] = U1\n"
           "message.reaction.name[0] = +1::skin-tone-2\nmessage.reaction.user[1] = U2\n"
           "message.reaction.name[1] = +1::skin-tone-2\nmessage.reaction.user[2] = U3\n"
           "message.reaction.name[2] = eyes\nmessage.reaction.count[2] = 9\n"
           "message.reaction.name[3] = tada\nmessage.reaction.count[3] = 3\n" },
    { "cards: an unfurl, one that has only fields, one that has only blocks, an empty one",
      MSG("\"user\":\"U1\",\"attachments\":[{\"title\":\"T\",\"title_link\":\"https:\\/\\/l\","
          "\"from_url\":\"https:\\/\\/f\",\"text\":\"x\",\"fallback\":\"fb\",\"color\":\"36a64f\","
          "\"author_name\":\"A\",\"pretext\":\"p\",\"footer\":\"ft\","
          "\"image_url\":\"https:\\/\\/i\"},"
          "{\"from_url\":\"https:\\/\\/f\",\"thumb_url\":\"https:\\/\\/t\",\"text\":\"\","
          "\"fields\":[{\"title\":\"State\",\"value\":\"open\"},{\"value\":7}]},"
          "{\"blocks\":[{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"*b*\"}}]},"
          "{},null]"),
      TIME "message.author.user = U1\nmessage.card.text[0] = x\nmessage.card.title[0] = T\n"
           "message.card.fallback[0] = fb\nmessage.card.author[0] = A\n"
           "message.card.pretext[0] = p\nmessage.card.color[0] = 36a64f\n"
           "message.card.footer[0] = ft\nmessage.card.link[0] = https://l\n"
           "message.card.image[0] = https://i\nmessage.card.text[1] = State: open\n7\n"
           "message.card.link[1] = https://f\nmessage.card.image[1] = https://t\n"
           "message.card.text[2] = *b*\n" },
    { "a huddle",
      MSG("\"subtype\":\"huddle_thread\",\"user\":\"USLACKBOT\",\"text\":\"\","
          "\"room\":{\"created_by\":\"U1\"}"),
      TIME "message.type = huddle_thread\nmessage.is_system = 1\nmessage.author.user = USLACKBOT\n"
           "message.text = \n" },
    { "pinned to its own channel", MSG("\"user\":\"U1\",\"pinned_to\":[\"C1\"]"),
      TIME "message.author.user = U1\nmessage.is_pinned = 1\n" },
    { "pinned nowhere", MSG("\"user\":\"U1\",\"pinned_to\":[]"),
      TIME "message.author.user = U1\n" },
    { "earlier texts, as an object and an array, by their time",
      MSG("\"user\":\"U1\",\"text\":\"c\",\"previous_message\":{\"text\":\"b\","
          "\"ts\":\"1709290000.000100\",\"edited\":{\"ts\":\"1709290050.000000\"}},"
          "\"original\":[{\"text\":\"a\",\"ts\":\"1709290000.000100\"},7,{\"ts\":\"1.0\"}]"),
      TIME "message.author.user = U1\nmessage.text = c\nmessage.version.text[0] = a\n"
           "message.version.at[0] = 1709290000000100\nmessage.version.text[1] = b\n"
           "message.version.at[1] = 1709290050000000\n" },
    { "a deletion event holds the text",
      MSG("\"subtype\":\"message_deleted\",\"hidden\":true,"
          "\"deleted_ts\":\"1709280000.000000\","
          "\"previous_message\":{\"text\":\"gone\"}"),
      TIME "message.type = message_deleted\nmessage.is_system = 1\nmessage.is_deleted = 1\n"
           "message.version.text[0] = gone\n" },
    { "null and empty fields of slackdump",
      MSG("\"user\":\"U1\",\"text\":\"x\",\"blocks\":null,\"files\":null,\"attachments\":null,"
          "\"reactions\":null,\"thread_ts\":\"\",\"replace_original\":false,"
          "\"metadata\":{\"event_type\":\"\",\"event_payload\":null}"),
      TIME "message.author.user = U1\nmessage.text = x\n" },
    { "values of impossible types are left alone",
      MSG("\"user\":{},\"text\":[1],\"subtype\":true,\"files\":{},\"attachments\":\"a\","
          "\"reactions\":7,\"pinned_to\":\"C1\",\"edited\":[],\"original\":1"),
      TIME },
    { "of equal keys the last counts", MSG("\"user\":\"U1\",\"text\":\"a\",\"text\":\"b\""),
      TIME "message.author.user = U1\nmessage.text = b\n" },
    { "keys may be escaped", MSG("\"\\u0075ser\":\"U1\",\"t\\u0065xt\":\"b\""),
      TIME "message.author.user = U1\nmessage.text = b\n" },
};

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(message_cases); i++) {
        const message_case *c = &message_cases[i];
        char *day = hf_sprintf("[%s]", c->json);
        got g = read_day(day, RECORDS);
        hf_record *r = got_at(&g, HF_KIND_MESSAGE, 0);
        hf_arena *mem = hf_arena_new();
        const char *values = values_of(r, mem);

        if (strcmp(values, c->values) != 0) {
            print_error("%s:\n%s\nnot\n%s", c->why, values, c->values);
            fail();
        }
        T_VIEW("1709290000.000100", r->id);
        T_VIEW("C1", r->scope);
        T_VIEW("T1", r->origin);
        assert_int_equal(r->flags, 0);
        assert_int_equal(r->dialect, HF_DIALECT_MRKDWN);
        assert_string_equal(r->format, "slack");
        assert_true(r->time_us == INT64_C(1709290000000100));
        assert_int_equal(got_count(&g, HF_KIND_MESSAGE), 1);
        assert_int_equal(got_count(&g, HF_KIND_QUARANTINE), 0);
        hf_arena_free(mem);
        hf_free(day);
        got_free(&g);
    }
}

/* Text that stands only in blocks. */
static void test_blocks(void **state)
{
    static const struct {
        const char *blocks, *text;
    } cases[] = {
        { "{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"*Poll* <@U1>\"},"
          "\"fields\":[{\"type\":\"plain_text\",\"text\":\"a<b\"},"
          "{\"type\":\"mrkdwn\",\"text\":\"_c_\"}]}",
          "*Poll* <@U1>\na&lt;b\n_c_" },
        { "{\"type\":\"header\",\"text\":{\"type\":\"plain_text\",\"text\":\"H\"}},"
          "{\"type\":\"divider\"},"
          "{\"type\":\"context\",\"elements\":[{\"type\":\"mrkdwn\",\"text\":\"by\"},"
          "{\"type\":\"image\",\"image_url\":\"u\",\"alt_text\":\"cat\"}]}",
          "H\nby\ncat" },
        { "{\"type\":\"rich_text\",\"elements\":["
          "{\"type\":\"rich_text_section\",\"elements\":["
          "{\"type\":\"text\",\"text\":\"see \"},"
          "{\"type\":\"text\",\"text\":\"this\",\"style\":{\"bold\":true}},"
          "{\"type\":\"link\",\"url\":\"https:\\/\\/x\\/?a&b\",\"text\":\"x\"},"
          "{\"type\":\"user\",\"user_id\":\"U1\"},{\"type\":\"channel\",\"channel_id\":\"C1\"},"
          "{\"type\":\"usergroup\",\"usergroup_id\":\"S1\"},"
          "{\"type\":\"broadcast\",\"range\":\"here\"},{\"type\":\"emoji\",\"name\":\"tada\"}]},"
          "{\"type\":\"rich_text_list\",\"style\":\"bullet\",\"elements\":["
          "{\"type\":\"rich_text_section\",\"elements\":[{\"type\":\"text\",\"text\":\"1\"}]},"
          "{\"type\":\"rich_text_section\",\"elements\":[{\"type\":\"text\",\"text\":\"2\"}]}]},"
          "{\"type\":\"rich_text_quote\",\"elements\":[{\"type\":\"text\",\"text\":\"q\"}]},"
          "{\"type\":\"rich_text_preformatted\",\"elements\":[{\"type\":\"text\",\"text\":\"p\"}]}"
          "]}",
          "see *this*<https://x/?a&amp;b|x><@U1><#C1><!subteam^S1><!here>:tada:\n"
          "\xe2\x80\xa2 1\n\xe2\x80\xa2 2\n&gt; q\n```p```" },
        { "{\"type\":\"table\",\"rows\":[[{\"type\":\"raw_text\",\"text\":\"a\"},"
          "{\"type\":\"rich_text\",\"elements\":[{\"type\":\"rich_text_section\",\"elements\":["
          "{\"type\":\"text\",\"text\":\"b\"}]}]}],[{\"type\":\"raw_text\",\"text\":\"c\"}]]}",
          "a\tb\nc" },
        /* a type that nobody knows yet has the same text objects */
        { "{\"type\":\"alert_2031\",\"title\":{\"type\":\"plain_text\",\"text\":\"T\"}}", "T" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *day = hf_sprintf("[" MSG("\"text\":\"\",\"blocks\":[%s]") "]", cases[i].blocks);
        got g = read_day(day, ACCOUNT);
        hf_record *r = got_at(&g, HF_KIND_MESSAGE, 0);

        T_VIEW(cases[i].text, hf_rec_get_text(r, HF_F_MESSAGE_TEXT));
        for (uint32_t k = 0; k < r->nleaf; k++) /* the value is made, so no leaf stands behind it */
            if (r->leaf[k].value != 0)
                assert_int_not_equal(r->value[r->leaf[k].value - 1].field, HF_F_MESSAGE_TEXT);
        hf_free(day);
        got_free(&g);
    }
}

/* Text wins over blocks: for people's messages both say the same. */
static void test_text_before_blocks(void **state)
{
    got g = read_day("[" MSG("\"text\":\"t\",\"blocks\":[{\"type\":\"header\",\"text\":"
                             "{\"type\":\"plain_text\",\"text\":\"H\"}}]") "]",
                     RECORDS);

    (void)state;
    T_VIEW("t", hf_rec_get_text(got_at(&g, HF_KIND_MESSAGE, 0), HF_F_MESSAGE_TEXT));
    got_free(&g);
}

/* A block that nests without end is cut, not followed. */
static void test_deep_blocks(void **state)
{
    hf_buf b;
    got g;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_str(&b, "[{\"type\":\"message\",\"ts\":\"1.000000\",\"text\":\"\",\"blocks\":[");
    for (int i = 0; i < 200; i++)
        hf_buf_str(&b, "{\"type\":\"rich_text\",\"elements\":[");
    hf_buf_str(&b, "{\"type\":\"text\",\"text\":\"x\"}");
    for (int i = 0; i < 200; i++)
        hf_buf_str(&b, "]}");
    hf_buf_str(&b, "]}]");
    g = read_day(hf_buf_cstr(&b), RECORDS);
    T_VIEW("", hf_rec_get_text(got_at(&g, HF_KIND_MESSAGE, 0), HF_F_MESSAGE_TEXT));
    got_free(&g);
    hf_buf_clear(&b);
}

/* Every value of the record is in the account; odd spellings and what nobody took say so. */
static void test_account(void **state)
{
    got g =
        read_day("[{\"type\":\"message\",\"ts\":1709290000.000100,\"user\":\"U1\",\"text\":\"x\","
                 "\"team\":\"T1\",\"reactions\":[{\"name\":\"a\",\"users\":[\"U1\"],"
                 "\"count\":1}],\"files\":[{\"size\":\"12\",\"shares\":{\"public\":{\"C1\":[]}}"
                 "}],\"pinned_to\":[\"C1\"],\"new\":{\"x\":[1,{}]}}]",
                 ACCOUNT);

    (void)state;
    assert_leaves(got_at(&g, HF_KIND_MESSAGE, 0), g.paths,
                  "message.type = \"message\" message.time\n"
                  "message.ts = 1709290000.000100 message.time?\n"
                  "message.user = \"U1\" message.author.user\n"
                  "message.text = \"x\" message.text\n"
                  "message.team = \"T1\" -\n"
                  "message.reactions[].name = \"a\" message.reaction.name\n"
                  "message.reactions[].users[] = \"U1\" message.reaction.user\n"
                  "message.reactions[].count = 1 message.reaction.name\n"
                  "message.files[].size = \"12\" message.file.size?\n"
                  "message.files[].shares.public.* = \"C1\" -\n" /* a key that is data */
                  "message.files[].shares.public.* = [] -\n"
                  "message.pinned_to[] = \"C1\" message.is_pinned\n"
                  "message.new.x[] = 1 -\n"
                  "message.new.x[] = {} -\n");
    got_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_text_before_blocks),
        cmocka_unit_test(test_deep_blocks),
        cmocka_unit_test(test_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
