/* slack/slack.c: the Slack export as a format. */
#include "slack/compose.h"

static bool has_role(const hf_source *s, hf_view root, slack_role role)
{
    for (uint32_t i = 0; i < hf_source_count(s); i++) {
        const hf_member *m = hf_source_member(s, i);

        if (m->type == HF_MEMBER_FILE && slack_place_of(m->name, root).role == role)
            return true;
    }
    return false;
}

/* True when the first of the role's members begins as an array of objects, or as an empty one. */
static bool looks_like_list(const hf_peek *pk, hf_view root, slack_role role)
{
    hf_buf keep;
    hf_view head = { NULL, 0 };
    size_t i = 0;
    bool fits;

    hf_buf_init(&keep, 4096);
    for (uint32_t m = 0; m < hf_source_count(pk->source); m++) {
        hf_view name = hf_source_member(pk->source, m)->name;

        if (slack_place_of(name, root).role == role) {
            head = hf_peek_head(pk, name, &keep, 256);
            break;
        }
    }
    if (hf_view_starts(head, HF_V("\xef\xbb\xbf")))
        head = hf_view_from(head, 3);
    while (i < head.n && (head.p[i] == '[' || head.p[i] == ' ' || head.p[i] == '\n' ||
                          head.p[i] == '\r' || head.p[i] == '\t'))
        i++;
    fits = hf_view_find_byte(hf_view_sub(head, 0, i), '[') != HF_NPOS && i < head.n &&
           (head.p[i] == '{' || head.p[i] == ']');
    hf_buf_clear(&keep);
    return fits || hf_view_is(head, "null") || hf_view_is(head, "null\n");
}

static int slack_probe(const hf_peek *pk, const char **why)
{
    hf_view root;
    bool found, users, channels = false, days;

    if (pk->source == NULL || hf_source_get_kind(pk->source) == HF_SOURCE_FILE)
        return 0;
    root = slack_root(pk->source, &found);
    if (!found)
        return 0;
    users = has_role(pk->source, root, SLACK_USERS) && looks_like_list(pk, root, SLACK_USERS);
    for (int role = SLACK_CHANNELS; role <= SLACK_MPIMS && !channels; role++)
        channels = has_role(pk->source, root, (slack_role)role) &&
                   looks_like_list(pk, root, (slack_role)role);
    days = has_role(pk->source, root, SLACK_DAY);
    if (users && channels) {
        *why = days ? "users, channels and day files of a Slack export"
                    : "users and channels of a Slack export";
        return days ? 95 : 80;
    }
    if ((users || channels) && days) {
        *why = "day files and an index file of a Slack export";
        return 70;
    }
    return 0;
}

/* What an export can say of another system's records. Not: workspaces, emoji, who runs a bot, when
 * an account or channel was closed, titles beside names, when somebody reacted. */
static const hf_field writes[] = {
    HF_F_USER_ID,
    HF_F_USER_NAME,
    HF_F_USER_DISPLAY_NAME,
    HF_F_USER_REAL_NAME,
    HF_F_USER_FIRST_NAME,
    HF_F_USER_LAST_NAME,
    HF_F_USER_EMAIL,
    HF_F_USER_TITLE,
    HF_F_USER_LOCALE,
    HF_F_USER_ZONE,
    HF_F_USER_WORKSPACE,
    HF_F_USER_IS_BOT,
    HF_F_USER_BOT_ID,
    HF_F_USER_GUEST,
    HF_F_USER_ROLE,
    HF_F_USER_IS_DEACTIVATED,
    HF_F_USER_UPDATED,
    HF_F_CHANNEL_ID,
    HF_F_CHANNEL_NAME,
    HF_F_CHANNEL_KIND,
    HF_F_CHANNEL_CREATED,
    HF_F_CHANNEL_CREATOR,
    HF_F_CHANNEL_IS_ARCHIVED,
    HF_F_CHANNEL_IS_GENERAL,
    HF_F_CHANNEL_TOPIC,
    HF_F_CHANNEL_TOPIC_BY,
    HF_F_CHANNEL_TOPIC_AT,
    HF_F_CHANNEL_PURPOSE,
    HF_F_CHANNEL_PURPOSE_BY,
    HF_F_CHANNEL_PURPOSE_AT,
    HF_F_CHANNEL_MEMBER,
    HF_F_CHANNEL_PREVIOUS_NAME,
    HF_F_CHANNEL_PIN_MESSAGE,
    HF_F_CHANNEL_PIN_BY,
    HF_F_CHANNEL_PIN_AT,
    HF_F_MESSAGE_TIME,
    HF_F_MESSAGE_AUTHOR,
    HF_F_MESSAGE_AUTHOR_BOT,
    HF_F_MESSAGE_AUTHOR_NAME,
    HF_F_MESSAGE_TEXT,
    HF_F_MESSAGE_TYPE,
    HF_F_MESSAGE_IS_SYSTEM,
    HF_F_MESSAGE_THREAD,
    HF_F_MESSAGE_IS_BROADCAST,
    HF_F_MESSAGE_IS_DELETED,
    HF_F_MESSAGE_IS_PINNED,
    HF_F_MESSAGE_EDITED_AT,
    HF_F_MESSAGE_EDITED_BY,
    HF_F_MESSAGE_VERSION_TEXT,
    HF_F_MESSAGE_VERSION_AT,
    HF_F_MESSAGE_REACTION_NAME,
    HF_F_MESSAGE_REACTION_USER,
    HF_F_MESSAGE_REACTION_COUNT,
    HF_F_MESSAGE_FILE_ID,
    HF_F_MESSAGE_FILE_NAME,
    HF_F_MESSAGE_FILE_TITLE,
    HF_F_MESSAGE_FILE_MIME,
    HF_F_MESSAGE_FILE_SIZE,
    HF_F_MESSAGE_FILE_AT,
    HF_F_MESSAGE_FILE_USER,
    HF_F_MESSAGE_FILE_MODE,
    HF_F_MESSAGE_FILE_URL,
    HF_F_MESSAGE_FILE_PATH,
    HF_F_MESSAGE_CARD_TEXT,
    HF_F_MESSAGE_CARD_TITLE,
    HF_F_MESSAGE_CARD_LINK,
    HF_F_MESSAGE_CARD_FALLBACK,
    HF_F_MESSAGE_CARD_AUTHOR,
    HF_F_MESSAGE_CARD_PRETEXT,
    HF_F_MESSAGE_CARD_COLOR,
    HF_F_MESSAGE_CARD_FOOTER,
    HF_F_MESSAGE_CARD_IMAGE,
    HF_F_EVENT_TIME,
    HF_F_EVENT_USER,
    HF_F_EVENT_ACTION,
    HF_F_MEMBERSHIP_USER,
    HF_F_MEMBERSHIP_CHANNEL,
    HF_F_NONE,
};

const hf_format hf_format_slack = {
    .name = "slack",
    .title = "Slack export (zip or folder)",
    .spec = "docs/formats/slack.md",
    .probe = slack_probe,
    .open = slack_open,
    .parse = slack_parse,
    .compose = slack_compose_own,
    .create = slack_create,
    .file = "export.zip",
    .wants_order = HF_ORDER_CHANNEL_TIME,
    .wants = HF_WANT_RECORDS | HF_WANT_BYTES,
    .dialect = HF_DIALECT_MRKDWN,
    .writes = writes,
};
