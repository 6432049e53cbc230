/* tests/formats/mattermost_bulk/test_bulk_teams.c: what a server has and an export of Slack does
 * not: teams, memberships with roles, kinds of channels that the import cannot make. */
#include "bulk_write_support.h"

static hf_record *workspace(conversion *c, const char *id, const char *name)
{
    hf_record *r = record(c, HF_KIND_WORKSPACE, "", id);

    text(c, r, HF_F_WORKSPACE_NAME, 0, name);
    return r;
}

/* of: "channel C1" or "team W1" */
static hf_record *membership(conversion *c, const char *user_id, bool of_team, const char *place,
                             const char *role)
{
    hf_record *r = record(c, HF_KIND_MEMBERSHIP, place, user_id);

    text(c, r, HF_F_MEMBERSHIP_USER, 0, user_id);
    text(c, r, of_team ? HF_F_MEMBERSHIP_WORKSPACE : HF_F_MEMBERSHIP_CHANNEL, 0, place);
    if (role != NULL)
        text(c, r, HF_F_MEMBERSHIP_ROLE, 0, role);
    return r;
}

/* A server has several teams; channels of two may have one name. Without --team each stays what it
 * is. */
static void teams(void **state)
{
    static const char *const wanted[] = {
        "{\"type\":\"team\",\"team\":{\"name\":\"north\",",
        "{\"type\":\"team\",\"team\":{\"name\":\"team-admin\",", /* reserved, made a name */
        "{\"type\":\"team\",\"team\":{\"name\":\"w9\",",         /* nobody defined it */
        "\"channel\":{\"team\":\"north\",\"name\":\"town-square\"",
        "\"channel\":{\"team\":\"team-admin\",\"name\":\"town-square\"",
        "\"channel\":{\"team\":\"w9\",\"name\":\"lost\"",
        "\"post\":{\"team\":\"team-admin\",\"channel\":\"town-square\",\"user\":\"bob\"",
        /* ann: administrator of a channel in one team, of the other team without a channel there */
        "\"teams\":[{\"name\":\"north\",\"roles\":\"team_user\",\"channels\":[{\"name\":"
        "\"town-square\",\"roles\":\"channel_user channel_admin\"",
        ",{\"name\":\"team-admin\",\"roles\":\"team_user team_admin\",\"channels\":[]}]",
        "\"roles\":\"system_user\",\"teams\":[{\"name\":\"team-admin\",\"roles\":\"team_user\"",
    };
    conversion c;
    hf_record *bob, *old, *in, *out, *role, *bot, *ghost;

    (void)state;
    begin(&c, "teams.jsonl");
    hf_opts_free(c.opts);
    c.opts = hf_opts_new();
    c.format = "mattermost";
    workspace(&c, "W1", "north");
    old = workspace(&c, "W2", "admin");
    hf_rec_num(c.source, old, HF_F_WORKSPACE_ARCHIVED_AT, 0, SECOND * 3);
    user(&c, "U1", "ann", "ann@example.org");
    bob = user(&c, "U2", "bob", "bob@example.org");
    text(&c, bob, HF_F_USER_ROLE, 0, "admin");
    hf_rec_num(c.source, user(&c, "U3", "robot", NULL), HF_F_USER_IS_BOT, 0, 1);
    text(&c, channel(&c, "C1", "public", "town-square", "U1"), HF_F_CHANNEL_WORKSPACE, 0, "W1");
    text(&c, channel(&c, "C2", "public", "town-square", "U2"), HF_F_CHANNEL_WORKSPACE, 0, "W2");
    text(&c, channel(&c, "C3", "public", "lost", ""), HF_F_CHANNEL_WORKSPACE, 0, "W9");
    message(&c, "C1", "m1", SECOND, "U1", "in the north");
    message(&c, "C2", "m2", SECOND, "U2", "in the other");
    in = membership(&c, "U1", false, "C1", "admin");
    out = membership(&c, "U1", false, "C2", NULL); /* the channel does not list her */
    role = membership(&c, "U1", true, "W2", "admin");
    bot = membership(&c, "U3", true, "W2", NULL);
    ghost = membership(&c, "U9", true, "W2", NULL);
    run(&c);

    for (size_t i = 0; i < T_COUNT(wanted); i++)
        if (!has(&c, wanted[i]))
            fail_msg("not in the file: %s\n%s", wanted[i], c.bytes);
    assert_true(has(&c, "\"type\":\"O\",\"deleted_at\":4800000000000")); /* of the closed team */
    is_state(old, HF_F_WORKSPACE_ARCHIVED_AT, 0, HF_CHANGED, "its channels are archived");
    is_state(old, HF_F_WORKSPACE_NAME, 0, HF_CHANGED, "made a name that the server takes");
    is_state(bob, HF_F_USER_ROLE, 0, HF_LOST, "of which team is not known");
    is_state(in, HF_F_MEMBERSHIP_USER, 0, HF_CHANGED, "an entry of the channel's member list");
    is_state(in, HF_F_MEMBERSHIP_ROLE, 0, HF_CHANGED, "a role in the user's line");
    is_state(out, HF_F_MEMBERSHIP_USER, 0, HF_LOST, NULL);
    is_state(role, HF_F_MEMBERSHIP_WORKSPACE, 0, HF_CHANGED, "a team of the user's line");
    is_state(bot, HF_F_MEMBERSHIP_USER, 0, HF_LOST, "bots are no members in the file");
    is_state(ghost, HF_F_MEMBERSHIP_USER, 0, HF_LOST, "of a user that the source does not define");
    end(&c);
}

/* What somebody was a member of once, and kinds of channels that the import does not know, are not
 * made something else. */
static void past_and_foreign(void **state)
{
    conversion c;
    hf_record *past, *board, *card, *gone, *joined, *lone;

    (void)state;
    begin(&c, "past.zip");
    user(&c, "U1", "ann", "ann@example.org");
    channel(&c, "C1", "public", "dev", "U1");
    board = channel(&c, "B1", "BO", "roadmap", "U1");
    lone = user(&c, "U2", "guest", "guest@example.org");
    text(&c, lone, HF_F_USER_GUEST, 0, "multi");
    card = message(&c, "B1", "m1", SECOND, "U1", "a card");
    message(&c, "C1", "m2", SECOND, "U1", "a post");
    joined = message(&c, "C1", "m3", SECOND + 1000000, "U1", "");
    text(&c, joined, HF_F_MESSAGE_TYPE, 0, "system_join_channel"); /* the server has words for it */
    hf_rec_num(c.source, joined, HF_F_MESSAGE_IS_SYSTEM, 0, 1);
    past = membership(&c, "U1", false, "C1", NULL);
    hf_rec_num(c.source, past, HF_F_MEMBERSHIP_LEFT, 0, SECOND);
    attachment(&c, "data/emoji/e1/image", "", "GIF89a");
    gone = record(&c, HF_KIND_EMOJI, "", "e1");
    text(&c, gone, HF_F_EMOJI_NAME, 0, "party");
    text(&c, gone, HF_F_EMOJI_PATH, 0, "data/emoji/e1/image");
    hf_rec_num(c.source, gone, HF_F_EMOJI_DELETED_AT, 0, SECOND);
    run(&c);

    assert_int_equal(1, bulk_count(c.target, HF_KIND_CHANNEL));
    assert_int_equal(2, bulk_count(c.target, HF_KIND_MESSAGE));
    is_state(joined, HF_F_MESSAGE_TYPE, 0, HF_EXACT, NULL);
    assert_int_equal(0, bulk_count(c.target, HF_KIND_EMOJI));
    assert_int_equal(2, bulk_count(c.target, HF_KIND_USER));
    assert_true(hf_rec_get_bool(bulk_nth(c.target, HF_KIND_USER, 1), HF_F_USER_IS_DEACTIVATED));
    is_state(lone, HF_F_USER_GUEST, 0, HF_LOST, "a guest of no channel: a closed account");
    is_state(board, HF_F_CHANNEL_NAME, 0, HF_LOST,
             "of a kind of channel that the import cannot make");
    is_state(card, HF_F_MESSAGE_TEXT, 0, HF_LOST,
             "of a kind of channel that the import cannot make");
    is_state(past, HF_F_MEMBERSHIP_CHANNEL, 0, HF_LOST,
             "of the past: the file lists who is a member now");
    is_state(gone, HF_F_EMOJI_NAME, 0, HF_LOST, "deleted: the server would offer it again");
    end(&c);
}

/* Definitions come first: that no team is named shows at the first message, before anything is
 * written. */
static void no_team(void **state)
{
    conversion c;
    hf_writer_args args = { .source_format = "vault" };
    hf_batch *b = hf_batch_new();
    hf_err *err = NULL;
    hf_writer *w = NULL;

    (void)state;
    begin(&c, "none.jsonl");
    hf_opts_free(c.opts);
    c.opts = hf_opts_new();
    args.path = c.path;
    args.opts = c.opts;
    message(&c, "C1", "m1", SECOND, "U1", "hello");
    hf_batch_copy(b, c.source->rec[0]);
    T_OK(err, hf_format_mattermost_bulk.create(&w, &args, &err));
    T_FAILS(err, HF_E_USAGE, w->ops->put(w, b, &err));
    w->ops->close(w);
    hf_batch_free(c.source);
    hf_paths_free(c.paths);
    hf_opts_free(c.opts);
    hf_free(c.path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(teams),
        cmocka_unit_test(past_and_foreign),
        cmocka_unit_test(no_team),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
