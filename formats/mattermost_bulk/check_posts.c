/* mattermost_bulk/check_posts.c: posts, replies, reactions, attachments. */
#include "check_priv.h"

#include "mattermost_common/props.h"

#define V(function) " (import_validators.go " function ")"

static hf_view get_str(const bulk_checker *c, uint32_t obj, const char *key)
{
    return bulk_check_str(c, bulk_check_get(c, obj, key));
}

static void check_attachments(bulk_checker *c, uint32_t obj)
{
    uint32_t list = bulk_check_get(c, obj, "attachments");

    for (uint32_t k = bulk_check_first(c, list); k != HF_NO_TOK; k = hf_tape_after(&c->t, list, k))
        bulk_check_path(c, get_str(c, k, "path"), "attachment.path", "attachment.missing");
}

static void check_reactions(bulk_checker *c, uint32_t obj)
{
    uint32_t list = bulk_check_get(c, obj, "reactions");
    int64_t posted = 0, at;
    bool known = bulk_check_number(c, obj, "create_at", &posted);

    for (uint32_t k = bulk_check_first(c, list); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, list, k)) {
        bulk_check_shape(c, SHAPE_REACTION, k);
        bulk_refer_user(c, get_str(c, k, "user"));
        if (known && bulk_check_number(c, k, "create_at", &at) && at != 0 && at < posted)
            bulk_say(c, "reaction.create_at.before",
                     "a reaction is older than its post" V("ValidateReactionImportData"));
    }
}

/* What roots and replies have in common. */
static void check_message(bulk_checker *c, bulk_shape shape, uint32_t obj)
{
    bulk_check_shape(c, shape, obj);
    bulk_refer_user(c, get_str(c, obj, "user"));
    check_reactions(c, obj);
    check_attachments(c, obj);
}

/* The server knows a post by channel, time and text: of equal ones it keeps one. */
static void check_same(bulk_checker *c, uint32_t obj, hf_view channel)
{
    hf_view message = get_str(c, obj, "message");
    uint32_t at = bulk_check_get(c, obj, "create_at");
    uint32_t mark = bulk_check_get(c, bulk_check_get(c, obj, "props"), MM_PROPS_MARK);
    uint32_t again = bulk_check_get(c, mark, "again");

    if (at == HF_NO_TOK || (again != HF_NO_TOK && hf_tok_type(&c->t, again) == HF_JSON_TRUE))
        return;
    hf_buf_reset(&c->key);
    hf_buf_add(&c->key, channel);
    hf_buf_byte(&c->key, '\0');
    hf_buf_add(&c->key, hf_tok_raw(&c->t, at));
    hf_buf_byte(&c->key, '\0');
    hf_buf_add(&c->key, message);
    if (bulk_seen_again(&c->posts, hf_buf_view(&c->key)) > 0)
        bulk_say(c, "post.again",
                 "a post before has this channel, time and text: the server keeps one of them "
                 "(app/import_functions.go importMultiplePostLines)");
}

static void check_replies(bulk_checker *c, uint32_t obj)
{
    uint32_t list = bulk_check_get(c, obj, "replies");
    int64_t root = 0, at;
    bool known = bulk_check_number(c, obj, "create_at", &root);

    for (uint32_t k = bulk_check_first(c, list); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, list, k)) {
        check_message(c, SHAPE_REPLY, k);
        bulk_refer_users(c, bulk_check_get(c, k, "flagged_by"));
        if (known && bulk_check_number(c, k, "create_at", &at) && at != 0 && at < root)
            bulk_say(c, "reply.create_at.before",
                     "a reply is older than its root: moved to it, refused by servers before 10" V(
                         "ValidateReplyImportData"));
    }
}

static void check_followers(bulk_checker *c, uint32_t obj)
{
    uint32_t list = bulk_check_get(c, obj, "thread_followers");

    for (uint32_t k = bulk_check_first(c, list); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, list, k)) {
        bulk_check_shape(c, SHAPE_FOLLOWER, k);
        bulk_refer_user(c, get_str(c, k, "user"));
    }
}

void bulk_check_post(bulk_checker *c, uint32_t obj)
{
    hf_view team = get_str(c, obj, "team"), channel = get_str(c, obj, "channel");

    check_message(c, SHAPE_POST, obj);
    bulk_refer_team(c, team);
    bulk_refer_channel(c, team, channel);
    bulk_refer_users(c, bulk_check_get(c, obj, "flagged_by"));
    check_replies(c, obj);
    check_followers(c, obj);
    check_same(c, obj, bulk_channel_id(team, channel, c->mem));
}

void bulk_check_direct_post(bulk_checker *c, uint32_t obj)
{
    hf_batch lent = { .mem = c->mem };
    bulk_parse x = { &lent, &c->t, NULL };
    uint32_t names = bulk_check_get(c, obj, "channel_members");
    uint32_t flagged = bulk_check_get(c, obj, "flagged_by");
    hf_map *members = hf_map_new();
    bulk_post p;

    check_message(c, SHAPE_DIRECT_POST, obj);
    bulk_check_member_count(c, names, "direct_post.members.few", "direct_post.members.many",
                            "a direct post has two members, in a group three to eight" V(
                                "ValidateDirectPostImportData"));
    bulk_refer_users(c, names);
    for (uint32_t k = bulk_check_first(c, names); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, names, k))
        hf_map_put(members, bulk_check_str(c, k), NULL);
    for (uint32_t k = bulk_check_first(c, flagged); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, flagged, k))
        if (hf_map_get(members, bulk_check_str(c, k)) == NULL)
            bulk_say_name(c, "direct_post.flagged_by",
                          "who saved it is no member" V("ValidateDirectPostImportData"),
                          bulk_check_str(c, k));
    hf_map_free(members);
    check_replies(c, obj);
    check_followers(c, obj);
    bulk_post_of(&x, BULK_DIRECT_POST, &p);
    check_same(c, obj, p.channel);
}
