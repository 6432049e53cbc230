/* tests/formats/mattermost_bulk/test_bulk_write.c: what the writer makes of records that the server
 * cannot take as they are. */
#include "bulk_write_support.h"

static void people(void **state)
{
    conversion c;
    hf_record *ann, *twin, *none, *upper, *bot, *gone, *guest;

    (void)state;
    begin(&c, "people.jsonl");
    ann = user(&c, "U1", "Ann Lee", "ann@example.com");
    text(&c, ann, HF_F_USER_REAL_NAME, 0, "Ann van Lee");
    text(&c, ann, HF_F_USER_ROLE, 0, "owner");
    text(&c, ann, HF_F_USER_LOCALE, 0, "zh-Hant-TW");
    twin = user(&c, "U2", "ann-lee", "lee@example.com"); /* fits: keeps its name */
    none = user(&c, "U3", "none", NULL);
    upper = user(&c, "U4", "upper", "Upper@Example.com");
    bot = user(&c, "U5", "robo", NULL);
    hf_rec_num(c.source, bot, HF_F_USER_IS_BOT, 0, 1);
    text(&c, bot, HF_F_USER_BOT_ID, 0, "B5");
    gone = user(&c, "U6", "gone", "ann@example.com"); /* an address used again */
    hf_rec_num(c.source, gone, HF_F_USER_IS_DEACTIVATED, 0, 1);
    hf_rec_num(c.source, gone, HF_F_USER_UPDATED, 0, SECOND);
    guest = user(&c, "U7", "guest", "guest@example.com");
    text(&c, guest, HF_F_USER_GUEST, 0, "multi");
    channel(&c, "C1", "public", "dev", "U1 U5 U7");
    message(&c, "C1", "1", SECOND, "U5", "by a bot");
    run(&c);

    assert_true(has(&c, "\"username\":\"ann-lee-2\",\"email\":\"ann@example.com\",\"first_name\":"
                        "\"Ann\",\"last_name\":\"van Lee\",\"locale\":\"zh\""));
    assert_true(has(&c, "\"roles\":\"team_user team_admin\""));
    assert_false(has(&c, "system_admin")); /* nobody becomes the server's administrator */
    is_state(ann, HF_F_USER_NAME, 0, HF_CHANGED, "made a name that the server takes");
    is_state(ann, HF_F_USER_EMAIL, 0, HF_EXACT, NULL);
    is_state(ann, HF_F_USER_REAL_NAME, 0, HF_CHANGED, "split at the first blank");
    is_state(ann, HF_F_USER_ROLE, 0, HF_CHANGED, "administrator of the team");
    is_state(ann, HF_F_USER_LOCALE, 0, HF_CHANGED, "the language only");
    is_state(twin, HF_F_USER_NAME, 0, HF_EXACT, NULL);
    is_state(gone, HF_F_USER_EMAIL, 0, HF_CHANGED, "made up: another user has this address");
    assert_true(has(&c, "\"none@no-email.invalid\",\"delete_at\":1,"));
    is_state(upper, HF_F_USER_EMAIL, 0, HF_CHANGED, "in lower case");
    assert_true(has(&c, "\"bot\":{\"username\":\"robo\",\"owner\":\"ann-lee-2\"}"));
    is_state(bot, HF_F_USER_IS_BOT, 0, HF_EXACT, NULL);
    is_state(bot, HF_F_USER_BOT_ID, 0, HF_LOST, NULL);
    assert_true(has(&c, "\"delete_at\":1600000000000,"));
    is_state(gone, HF_F_USER_IS_DEACTIVATED, 0, HF_EXACT, NULL);
    is_state(guest, HF_F_USER_GUEST, 0, HF_EXACT, NULL);
    assert_true(has(&c,
                    "\"roles\":\"system_guest\",\"teams\":[{\"name\":\"acme\",\"roles\":"
                    "\"team_guest\",\"channels\":[{\"name\":\"dev\",\"roles\":\"channel_guest\""));
    assert_null(hf_rec_get(none, HF_F_USER_EMAIL));
    /* The one message counts as read for the members. */
    assert_true(has(&c, "\"msg_count\":1,\"msg_count_root\":1,\"last_viewed_at\":1600000000000}"));
    end(&c);

    begin(&c, "people.jsonl");
    hf_opts_set(c.opts, "email-domain", "acme.example");
    hf_opts_set(c.opts, "bot-owner", "boss");
    user(&c, "U3", "none", NULL);
    bot = user(&c, "U5", "robo", NULL);
    hf_rec_num(c.source, bot, HF_F_USER_IS_BOT, 0, 1);
    run(&c);
    assert_true(has(&c, "\"none@acme.example\",\"roles\":\"system_user\"")); /* open */
    assert_true(has(&c, "\"owner\":\"boss\""));
    end(&c);
}

static void channels(void **state)
{
    conversion c;
    hf_record *dev, *jp, *old, *many, *pair, *same;

    (void)state;
    begin(&c, "channels.jsonl");
    for (int i = 1; i <= 9; i++) {
        hf_view id = hf_arena_printf(c.source->mem, "U%d", i);
        hf_view name = hf_arena_printf(c.source->mem, "u%d", i);
        hf_view mail = hf_arena_printf(c.source->mem, "u%d@example.com", i);

        user(&c, id.p, name.p, mail.p);
    }
    dev = channel(&c, "C1", "public", "dev", "U1 U2 U2");
    channel(&c, "C2", "public", "Dev", "U1");
    jp = channel(&c, "C3", "private", "港", "");
    text(&c, jp, HF_F_CHANNEL_TOPIC, 0, "see <@U1>, _now_");
    old = channel(&c, "C4", "public", "old", "");
    hf_rec_num(c.source, old, HF_F_CHANNEL_IS_ARCHIVED, 0, 1);
    channel(&c, "D1", "dm", NULL, "U1 U2");
    channel(&c, "D2", "dm", NULL, "U3");           /* notes to oneself, as Slack lists them */
    same = channel(&c, "D3", "dm", NULL, "U2 U1"); /* the server would merge it with D1 */
    channel(&c, "G1", "group", "mpdm-a--b--c-1", "U1 U2 U3");
    many = channel(&c, "G2", "group", "mpdm-many-1", "U1 U2 U3 U4 U5 U6 U7 U8 U9");
    pair = channel(&c, "G3", "group", "mpdm-two-1", "U1 U2");
    channel(&c, "G4", "group", "mpdm-x-1", "U1 U2 UNKNOWN"); /* a member whom nobody defines */
    message(&c, "C4", "1", SECOND + 5, "U1", "last words");
    message(&c, "D2", "1", SECOND, "U3", "to me");
    message(&c, "G1", "1", SECOND, "U3", "to us");
    message(&c, "NEW", "1", SECOND, "U1", "nobody defines this channel");
    run(&c);

    is_state(dev, HF_F_CHANNEL_NAME, 0, HF_EXACT, NULL);
    assert_true(has(&c, "\"name\":\"dev-2\",\"display_name\":\"Dev\",\"type\":\"O\""));
    assert_true(has(&c, "\"name\":\"c3\",\"display_name\":\"\xE6\xB8\xAF\",\"type\":\"P\","
                        "\"header\":\"see @u1, *now*\"") ||
                has(&c, "\"header\":\"see @u1, _now_\""));
    assert_true(has(&c, "\"name\":\"old\",\"display_name\":\"old\",\"type\":\"O\",\"deleted_at\":"
                        "1600000000000")); /* when its last message was written */
    is_state(old, HF_F_CHANNEL_IS_ARCHIVED, 0, HF_EXACT, NULL);
    assert_true(has(&c, "\"members\":[\"u3\",\"u3\"],\"shown_by\":[\"u3\"]"));
    assert_true(
        has(&c, "\"channel_members\":[\"u3\",\"u3\"],\"user\":\"u3\",\"message\":\"to me\""));
    assert_true(has(&c, "\"channel_members\":[\"u1\",\"u2\",\"u3\"]"));
    is_state(many, HF_F_CHANNEL_KIND, 0, HF_CHANGED, "a private channel: more than 8 members");
    is_state(pair, HF_F_CHANNEL_KIND, 0, HF_CHANGED, "a private channel: too few members");
    is_state(same, HF_F_CHANNEL_KIND, 0, HF_CHANGED,
             "a private channel: another one has the same members");
    assert_true(has(&c, "\"display_name\":\"u1, u2\",\"type\":\"P\""));
    assert_true(
        has(&c, "\"username\":\"unknown\",\"email\":\"unknown@stub.invalid\",\"delete_at\":1"));
    assert_true(has(&c, "\"name\":\"new\",\"display_name\":\"NEW\",\"type\":\"P\""));
    end(&c);
}

static void threads(void **state)
{
    conversion c;
    hf_record *root, *late, *cast, *gone, *held;
    const hf_record *stub;

    (void)state;
    begin(&c, "threads.jsonl");
    user(&c, "U1", "ann", "ann@example.com");
    channel(&c, "C1", "public", "dev", "U1");
    /* in the order the writer asks for: by thread, its root first */
    reply(&c, "C1", "1600000001.000000", "1599999999.000100", SECOND + 1000000, "U1", "orphan one");
    reply(&c, "C1", "1600000002.000000", "1599999999.000100", SECOND + 2000000, "U1", "orphan two");
    root =
        reply(&c, "C1", "1600000003.000000", "1600000003.000000", SECOND + 3000000, "U1", "root");
    late =
        reply(&c, "C1", "1600000002.500000", "1600000003.000000", SECOND + 2500000, "U1", "early");
    cast =
        reply(&c, "C1", "1600000004.000000", "1600000003.000000", SECOND + 4000000, "U1", "cast");
    hf_rec_num(c.source, cast, HF_F_MESSAGE_IS_BROADCAST, 0, 1);
    gone = message(&c, "C1", "1600000005.000000", SECOND + 5000000, "U1", "secret");
    hf_rec_num(c.source, gone, HF_F_MESSAGE_IS_DELETED, 0, 1);
    held =
        reply(&c, "C1", "1600000006.000000", "1600000006.000000", SECOND + 6000000, "U1", "secret");
    hf_rec_num(c.source, held, HF_F_MESSAGE_IS_DELETED, 0, 1);
    text(&c, held, HF_F_MESSAGE_FILE_NAME, 0, "secret.pdf");
    text(&c, held, HF_F_MESSAGE_CARD_TITLE, 0, "secret title");
    text(&c, held, HF_F_MESSAGE_REACTION_NAME, 0, "secret_emoji");
    text(&c, held, HF_F_MESSAGE_REACTION_USER, 0, "U1");
    reply(&c, "C1", "1600000007.000000", "1600000006.000000", SECOND + 7000000, "U1", "still here");
    run(&c);

    stub = said(&c, "(The message that began this thread is not in the export.)");
    assert_true((stub->flags & HF_REC_MADE) != 0);
    assert_int_equal(stub->time_us, 1599999999000000); /* its id is its moment */
    assert_true(hf_view_eq(stub->id, hf_rec_get_text(said(&c, "orphan two"), HF_F_MESSAGE_THREAD)));
    assert_true(
        hf_view_eq(said(&c, "root")->id, hf_rec_get_text(said(&c, "early"), HF_F_MESSAGE_THREAD)));
    is_state(root, HF_F_MESSAGE_TIME, 0, HF_EXACT, NULL);
    is_state(root, HF_F_MESSAGE_THREAD, 0, HF_CHANGED, "by the replies in its line");
    is_state(late, HF_F_MESSAGE_TIME, 0, HF_CHANGED, "moved behind the root of its thread");
    assert_true(said(&c, "early")->time_us >= said(&c, "root")->time_us);
    is_state(cast, HF_F_MESSAGE_IS_BROADCAST, 0, HF_CHANGED, "a reply; marked in the props");
    assert_true(hf_rec_get_bool(said(&c, "cast"), HF_F_MESSAGE_IS_BROADCAST));
    /* What was deleted does not come back to life. */
    assert_false(has(&c, "secret"));
    is_state(gone, HF_F_MESSAGE_TEXT, 0, HF_LOST, "deleted: the server would show it again");
    is_state(held, HF_F_MESSAGE_TEXT, 0, HF_LOST, "a notice is written instead");
    is_state(held, HF_F_MESSAGE_FILE_NAME, 0, HF_LOST, NULL);
    is_state(held, HF_F_MESSAGE_CARD_TITLE, 0, HF_LOST, NULL);
    assert_true(hf_view_eq(said(&c, "(This message was deleted.)")->id,
                           hf_rec_get_text(said(&c, "still here"), HF_F_MESSAGE_THREAD)));
    end(&c);
}

/* A thread that is deleted with its replies, texts to be read once, a system message that somebody
 * deleted: nothing of them is in the file. */
static void withheld(void **state)
{
    conversion c;
    hf_record *root, *answer, *burn, *held, *joined;

    (void)state;
    begin(&c, "withheld.jsonl");
    user(&c, "U1", "ann", "ann@example.org");
    channel(&c, "C1", "public", "general", "U1");
    root = reply(&c, "C1", "r1", "r1", SECOND, "U1", "secret root");
    answer = reply(&c, "C1", "a1", "r1", SECOND + 1000000, "U1", "secret answer");
    burn = message(&c, "C1", "b1", SECOND + 2000000, "U1", "secret for once");
    held = reply(&c, "C1", "b2", "b2", SECOND + 3000000, "U1", "secret too");
    reply(&c, "C1", "a2", "b2", SECOND + 4000000, "U1", "I read it");
    joined = message(&c, "C1", "s1", SECOND + 5000000, "U1", "secret joined");
    hf_rec_num(c.source, root, HF_F_MESSAGE_IS_DELETED, 0, 1);
    hf_rec_num(c.source, answer, HF_F_MESSAGE_IS_DELETED, 0, 1);
    hf_rec_num(c.source, joined, HF_F_MESSAGE_IS_DELETED, 0, 1);
    hf_rec_num(c.source, joined, HF_F_MESSAGE_IS_SYSTEM, 0, 1);
    text(&c, joined, HF_F_MESSAGE_TYPE, 0, "system_join_channel");
    text(&c, burn, HF_F_MESSAGE_TYPE, 0, "burn_on_read");
    text(&c, held, HF_F_MESSAGE_TYPE, 0, "burn_on_read");
    run(&c);

    assert_false(has(&c, "secret"));
    assert_false(has(&c, "(This message was deleted.)"));
    assert_int_equal(2, bulk_count(c.target, HF_KIND_MESSAGE));
    is_state(root, HF_F_MESSAGE_TIME, 0, HF_LOST, "deleted: the server would show it again");
    is_state(answer, HF_F_MESSAGE_TEXT, 0, HF_LOST, "deleted: the server would show it again");
    is_state(joined, HF_F_MESSAGE_TYPE, 0, HF_LOST, "deleted: the server would show it again");
    is_state(burn, HF_F_MESSAGE_TEXT, 0, HF_LOST, "to be read once: the server would keep it");
    is_state(held, HF_F_MESSAGE_TEXT, 0, HF_LOST, "a notice is written instead");
    is_state(held, HF_F_MESSAGE_TYPE, 0, HF_LOST, "a notice is written instead");
    assert_false(has(&c, "burn_on_read"));
    is_state(held, HF_F_MESSAGE_TIME, 0, HF_EXACT, NULL);
    assert_true(hf_view_eq(said(&c, "(This message was to be read once.)")->id,
                           hf_rec_get_text(said(&c, "I read it"), HF_F_MESSAGE_THREAD)));
    end(&c);
}

static void long_texts(void **state)
{
    conversion c;
    hf_record *root, *answer;
    hf_buf body;

    (void)state;
    begin(&c, "long.jsonl");
    hf_opts_set(c.opts, "max-post", "100");
    hf_buf_init(&body, HF_BUF_UNBOUNDED);
    for (int i = 0; i < 70; i++)
        hf_buf_printf(&body, "word%d ", i);
    user(&c, "U1", "ann", "ann@example.com");
    channel(&c, "C1", "public", "dev", "U1");
    root = reply(&c, "C1", "1", "1", SECOND, "U1", hf_buf_cstr(&body));
    answer = reply(&c, "C1", "2", "1", SECOND + 3000000, "U1", hf_buf_cstr(&body));
    reply(&c, "C1", "3", "1", SECOND + 3000001, "U1", "short");
    run(&c);

    is_state(root, HF_F_MESSAGE_TEXT, 0, HF_EXACT, NULL);
    is_state(answer, HF_F_MESSAGE_TEXT, 0, HF_EXACT, NULL);
    assert_int_equal(bulk_count(c.target, HF_KIND_MESSAGE), 3);
    assert_true(has(&c, "\"part\":1,\"of\":"));
    /* Pieces take milliseconds of their own; who comes after is moved, in order. */
    assert_true(said(&c, "short")->time_us > SECOND + 3000000 + 4000);
    hf_buf_clear(&body);
    end(&c);
}

static void hear(void *self, const char *member, uint64_t line, const char *rule, const char *said)
{
    (void)self;
    fail_msg("%s line %llu: %s: %s", member, (unsigned long long)line, rule, said);
}

/* A thread longer than the server's longest line, 16 MiB. */
static void long_threads(void **state)
{
    enum { REPLIES = 1200, LETTERS = 15000 };
    conversion c;
    const hf_record *root;
    hf_source *src = NULL;
    hf_err *err = NULL;
    size_t last = 0;
    hf_buf body;

    (void)state;
    begin(&c, "threads.jsonl");
    hf_buf_init(&body, HF_BUF_UNBOUNDED);
    hf_buf_reserve(&body, LETTERS);
    memset(body.p, 'x', LETTERS);
    body.n = LETTERS;
    user(&c, "U1", "ann", "ann@example.com");
    channel(&c, "C1", "public", "dev", "U1");
    reply(&c, "C1", "1", "1", SECOND, "U1", "root");
    for (int i = 0; i < REPLIES; i++)
        reply(&c, "C1", hf_arena_printf(c.source->mem, "r%04d", i).p, "1",
              SECOND + 1000000 * (i + 1), "U1", hf_buf_cstr(&body));
    message(&c, "C1", "2", SECOND + 5, "U1", "another root");
    run(&c);

    assert_int_equal(bulk_count(c.target, HF_KIND_MESSAGE), REPLIES + 2);
    root = said(&c, "root");
    for (size_t i = 0; i < c.target->n; i++)
        last += c.target->rec[i]->kind == HF_KIND_MESSAGE &&
                hf_view_eq(hf_rec_get_text(c.target->rec[i], HF_F_MESSAGE_THREAD), root->id);
    assert_int_equal(last, REPLIES + 1);
    /* The line that repeats the root stands behind lines of another type. */
    assert_true(strstr(c.bytes, "\"again\":true") > strstr(c.bytes, "\"type\":\"direct_channel\""));
    T_OK(err, hf_source_open(&src, c.path, NULL, &err));
    T_OK(err, hf_format_mattermost_bulk.check(src, NULL, hear, NULL, &err));
    hf_source_close(src);
    hf_buf_clear(&body);
    end(&c);
}

static void reactions(void **state)
{
    conversion c;
    hf_record *r;

    (void)state;
    begin(&c, "reactions.jsonl");
    user(&c, "U1", "ann", "ann@example.com");
    channel(&c, "C1", "public", "dev", "U1");
    r = message(&c, "C1", "1", SECOND, "U1", "hi");
    text(&c, r, HF_F_MESSAGE_REACTION_NAME, 0, "+1");
    text(&c, r, HF_F_MESSAGE_REACTION_USER, 0, "U1");
    text(&c, r, HF_F_MESSAGE_REACTION_NAME, 1, "clap::skin-tone-6");
    text(&c, r, HF_F_MESSAGE_REACTION_USER, 1, "U9"); /* not defined: kept as a stub */
    text(&c, r, HF_F_MESSAGE_REACTION_NAME, 2, "+1");
    text(&c, r, HF_F_MESSAGE_REACTION_USER, 2, "U1"); /* again */
    text(&c, r, HF_F_MESSAGE_REACTION_NAME, 3, "\xC3\xA5ngb\xC3\xA5t");
    text(&c, r, HF_F_MESSAGE_REACTION_USER, 3, "U1");
    text(&c, r, HF_F_MESSAGE_REACTION_NAME, 4, "eyes"); /* only a count */
    hf_rec_num(c.source, r, HF_F_MESSAGE_REACTION_COUNT, 4, 7);
    run(&c);

    is_state(r, HF_F_MESSAGE_REACTION_NAME, 0, HF_EXACT, NULL);
    is_state(r, HF_F_MESSAGE_REACTION_USER, 0, HF_CHANGED, "by username");
    is_state(r, HF_F_MESSAGE_REACTION_NAME, 1, HF_CHANGED, "as the server spells emoji");
    is_state(r, HF_F_MESSAGE_REACTION_NAME, 2, HF_LOST, "the same reaction again");
    is_state(r, HF_F_MESSAGE_REACTION_NAME, 4, HF_LOST, "who reacted is not known");
    is_state(r, HF_F_MESSAGE_REACTION_COUNT, 4, HF_LOST, NULL);
    assert_true(has(&c, "{\"user\":\"u9\",\"create_at\":1600000000000,\"emoji_name\":"
                        "\"clap_dark_skin_tone\"}"));
    assert_true(has(&c, "\"emoji_name\":\"__ngb__t\""));
    assert_true(has(&c, "\"reaction_emoji\":[\"+1\",\"__ngb__t\",\"clap_dark_skin_tone\"]"));
    assert_true(has(&c, "\"username\":\"u9\",\"email\":\"u9@stub.invalid\""));
    end(&c);
}

static void files(void **state)
{
    conversion c;
    hf_record *r, *only;
    const hf_record *t;

    (void)state;
    begin(&c, "files.zip");
    user(&c, "U1", "ann", "ann@example.com");
    channel(&c, "C1", "public", "dev", "U1");
    attachment(&c, "__uploads/F1/plan.pdf", "F1", "the plan");
    attachment(&c, "notes.txt", "", "no attachment");
    r = message(&c, "C1", "1", SECOND, "U1", "two files");
    text(&c, r, HF_F_MESSAGE_FILE_ID, 0, "F0");
    text(&c, r, HF_F_MESSAGE_FILE_NAME, 0, "lost.doc");
    text(&c, r, HF_F_MESSAGE_FILE_URL, 0, "https://files.example.com/x");
    text(&c, r, HF_F_MESSAGE_FILE_ID, 1, "F1");
    text(&c, r, HF_F_MESSAGE_FILE_NAME, 1, "plan.pdf");
    hf_rec_num(c.source, r, HF_F_MESSAGE_FILE_SIZE, 1, 8);
    text(&c, r, HF_F_MESSAGE_FILE_TITLE, 1, "The Plan");
    only = message(&c, "C1", "2", SECOND + 1000, "U1", "");
    text(&c, only, HF_F_MESSAGE_FILE_ID, 0, "F0");
    run(&c);

    is_state(r, HF_F_MESSAGE_FILE_ID, 1, HF_EXACT, NULL);
    is_state(r, HF_F_MESSAGE_FILE_NAME, 1, HF_EXACT, NULL);
    is_state(r, HF_F_MESSAGE_FILE_SIZE, 1, HF_CHANGED, "the size of the file itself");
    is_state(r, HF_F_MESSAGE_FILE_TITLE, 1, HF_LOST, NULL);
    is_state(r, HF_F_MESSAGE_FILE_NAME, 0, HF_CHANGED,
             "in the post's props; the file is not in the export");
    is_state(r, HF_F_MESSAGE_FILE_URL, 0, HF_LOST, NULL);
    is_state(r, HF_F_MESSAGE_TEXT, 0, HF_EXACT, NULL);
    t = said(&c, "two files");
    T_FIELD("data/F1/plan.pdf", t, HF_F_MESSAGE_FILE_PATH);
    T_VIEW("F0", hf_rec_item(t, HF_F_MESSAGE_FILE_ID, 1)->text);
    for (size_t i = 0; i < c.target->n; i++) {
        const hf_record *m = c.target->rec[i];

        if (m->kind == HF_KIND_MEMBER)
            T_VIEW("data/F1/plan.pdf", m->u.member.name);
        if (m->kind == HF_KIND_BYTES)
            T_VIEW("the plan", m->raw.bytes);
    }
    end(&c);

    begin(&c, "files.jsonl"); /* no archive: no bytes */
    hf_opts_set(c.opts, "file-notes", "yes");
    user(&c, "U1", "ann", "ann@example.com");
    channel(&c, "C1", "public", "dev", "U1");
    attachment(&c, "__uploads/F1/plan.pdf", "F1", "the plan");
    r = message(&c, "C1", "1", SECOND, "U1", "a file");
    text(&c, r, HF_F_MESSAGE_FILE_ID, 0, "F1");
    text(&c, r, HF_F_MESSAGE_FILE_NAME, 0, "plan.pdf");
    run(&c);
    said(&c, "a file\n(a file that is not in the export: plan.pdf)");
    is_state(r, HF_F_MESSAGE_TEXT, 0, HF_CHANGED,
             "with a note for each file that is not in the export");
    end(&c);
}

static void odds_and_ends(void **state)
{
    conversion c;
    hf_record *join, *odd, *bot, *zero, *edge, *event;

    (void)state;
    begin(&c, "odds.jsonl");
    user(&c, "U1", "ann", "ann@example.com");
    channel(&c, "C1", "public", "dev", "U1");
    join = message(&c, "C1", "1", SECOND, "U1", "<@U1> has joined the channel");
    text(&c, join, HF_F_MESSAGE_TYPE, 0, "channel_join");
    hf_rec_num(c.source, join, HF_F_MESSAGE_IS_SYSTEM, 0, 1);
    odd = message(&c, "C1", "2", SECOND + 1, "U1", "a huddle");
    text(&c, odd, HF_F_MESSAGE_TYPE, 0, "huddle_thread");
    hf_rec_num(c.source, odd, HF_F_MESSAGE_IS_SYSTEM, 0, 1);
    bot = message(&c, "C1", "3", SECOND + 2, NULL, "");
    text(&c, bot, HF_F_MESSAGE_AUTHOR_BOT, 0, "B1");
    text(&c, bot, HF_F_MESSAGE_AUTHOR_NAME, 0, "Build Bot");
    text(&c, bot, HF_F_MESSAGE_CARD_TEXT, 0, "all *green*");
    text(&c, bot, HF_F_MESSAGE_CARD_COLOR, 0, "36a64f");
    text(&c, bot, HF_F_MESSAGE_CARD_TITLE, 0, "Build 7");
    zero = message(&c, "C1", "4", SECOND + 3, "U1", "");
    zero->value[2].text = (hf_view){ "a\0b", 3 };
    edge = message(&c, "C1", "5", HF_NO_TIME, NULL, "no time, no author");
    hf_rec_num(c.source, edge, HF_F_MESSAGE_IS_PINNED, 0, 1);
    event = message(&c, "C1", "6", SECOND + 4, NULL, "");
    hf_rec_num(c.source, event, HF_F_MESSAGE_IS_SYSTEM, 0, 1);
    text(&c, event, HF_F_MESSAGE_TYPE, 0, "message_changed");
    run(&c);

    assert_true(has(&c, "\"type\":\"system_join_channel\""));
    assert_true(has(&c, "\"props\":{\"username\":\"ann\"}"));
    is_state(join, HF_F_MESSAGE_TYPE, 0, HF_CHANGED, "the server's word for it");
    is_state(join, HF_F_MESSAGE_IS_SYSTEM, 0, HF_EXACT, NULL);
    assert_true(has(&c, "\"type\":\"system_generic\",\"message\":\"a huddle\""));
    is_state(odd, HF_F_MESSAGE_TIME, 0, HF_CHANGED, "moved by 1 ms to keep the order");
    assert_true(has(&c, "\"from_webhook\":\"true\",\"override_username\":\"Build Bot\""));
    assert_true(has(&c, "\"color\":\"#36a64f\""));
    assert_true(has(&c, "\"text\":\"all **green**\""));
    is_state(bot, HF_F_MESSAGE_AUTHOR_NAME, 0, HF_EXACT, NULL);
    is_state(bot, HF_F_MESSAGE_CARD_TITLE, 0, HF_EXACT, NULL);
    is_state(bot, HF_F_MESSAGE_CARD_COLOR, 0, HF_CHANGED, "as the server spells it");
    assert_true(has(&c, "\"bot\":{\"username\":\"build-bot\",\"owner\":\"ann\""));
    assert_true(has(&c, "\"message\":\"a\xEF\xBF\xBD"
                        "b\"")); /* PostgreSQL takes no NUL */
    is_state(zero, HF_F_MESSAGE_TEXT, 0, HF_CHANGED, NULL);
    assert_true(has(&c,
                    "\"user\":\"unknown-user\",\"message\":\"no time, no author\",\"create_at\":1,"
                    "\"is_pinned\":true"));
    is_state(event, HF_F_MESSAGE_TYPE, 0, HF_LOST, "an event without words");
    end(&c);
}

/* Equal records give equal bytes. */
static void deterministic(void **state)
{
    char *first = NULL;

    (void)state;
    for (int i = 0; i < 2; i++) {
        conversion c;

        begin(&c, "same.jsonl");
        user(&c, "U1", "ann", "ann@example.com");
        user(&c, "U2", "Ann!", "b@example.com");
        channel(&c, "C1", "public", "dev", "U2 U1");
        channel(&c, "C2", "public", "DEV", "U1");
        message(&c, "C1", "1", SECOND, "U1", "one");
        message(&c, "C1", "2", SECOND + 1, "U3", "two");
        run(&c);
        if (first == NULL)
            first = hf_strdup(c.bytes);
        else
            assert_string_equal(first, c.bytes);
        end(&c);
    }
    hf_free(first);
}

/* A stream of every member's bytes is copied, whatever stands in the lines. */
static void exact_copy(void **state)
{
    static const char text[] =
        "\xEF\xBB\xBF{\"type\":\"version\",\"version\":1}\r\n"
        "{ \"type\" : \"post\", \"post\": {\"message\":\"\\u0041\", \"x\":1}}\n"
        "not json\n\n{\"type\":\"new\"}";
    const char *folder = t_folder();
    char *in = hf_sprintf("%s/in.jsonl", folder), *to = hf_sprintf("%s/out.jsonl", folder);
    hf_paths *paths = hf_paths_new();
    hf_reader_args from = { .path = in,
                            .paths = paths,
                            .want = HF_WANT_RECORDS | HF_WANT_ACCOUNT | HF_WANT_BYTES,
                            .origin = "test" };
    hf_writer_args args = { .path = to, .paths = paths, .is_exact = true };
    hf_reader *r = NULL;
    hf_writer *w = NULL;
    hf_err *err = NULL;
    hf_status rc = HF_OK;
    hf_view out;

    (void)state;
    args.ledger = hf_ledger_new(paths, NULL);
    t_write(folder, "in.jsonl", hf_view_str(text));
    T_OK(err, hf_source_open(&from.source, in, NULL, &err));
    T_OK(err, hf_format_mattermost_bulk.open(&r, &from, &err));
    assert_true(r->is_exact);
    T_OK(err, hf_format_mattermost_bulk.create(&w, &args, &err)); /* no team needed */
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = r->ops->next(r, b, &err);
        if (rc == HF_OK)
            T_OK(err, w->ops->put(w, b, &err));
        else
            hf_batch_free(b);
    }
    assert_int_equal(rc, HF_END);
    T_OK(err, w->ops->settle(w, &err));
    T_OK(err, w->ops->finish(w, &err));
    out = t_read(to);
    T_VIEW(text, out);
    assert_int_equal(hf_ledger_total(args.ledger, HF_RAW_ONLY), 0);
    assert_int_equal(hf_ledger_total(args.ledger, HF_LOST), 0);
    hf_free((void *)(uintptr_t)out.p);
    w->ops->close(w);
    r->ops->close(r);
    hf_source_close(from.source);
    hf_ledger_free(args.ledger);
    hf_paths_free(paths);
    hf_free(in);
    hf_free(to);
}

static void options(void **state)
{
    static const struct {
        const char *name, *value;
    } cases[] = {
        { NULL, NULL }, /* no team, and none will come */
        { "team", "Acme" },
        { "team", "a" },
        { "team", "admin-team" }, /* reserved beginning */
        { "max-post", "99" },
        { "max-post", "16384" },
        { "max-post", "many" },
        { "email-domain", "a b" },
        { "bot-owner", "Not A Name" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *path = hf_sprintf("%s/x.jsonl", t_folder());
        hf_opts *opts = hf_opts_new();
        hf_writer_args args = { .path = path, .opts = opts, .source_format = "slack" };
        hf_writer *w = NULL;
        hf_err *err = NULL;

        if (cases[i].name != NULL) {
            hf_opts_set(opts, "team", "acme");
            hf_opts_set(opts, cases[i].name, cases[i].value);
        }
        T_FAILS(err, HF_E_USAGE, hf_format_mattermost_bulk.create(&w, &args, &err));
        hf_opts_free(opts);
        hf_free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people),        cmocka_unit_test(channels),
        cmocka_unit_test(threads),       cmocka_unit_test(withheld),
        cmocka_unit_test(long_texts),    cmocka_unit_test(long_threads),
        cmocka_unit_test(reactions),     cmocka_unit_test(files),
        cmocka_unit_test(odds_and_ends), cmocka_unit_test(deterministic),
        cmocka_unit_test(exact_copy),    cmocka_unit_test(options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
