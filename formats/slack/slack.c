/* slack/slack.c: the Slack export as a format. */
#include "slack/slack.h"

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

const hf_format hf_format_slack = {
    .name = "slack",
    .title = "Slack export (zip or folder)",
    .spec = "docs/formats/slack.md",
    .probe = slack_probe,
    .open = slack_open,
    .parse = slack_parse,
    .create = slack_create,
    .wants_order = HF_ORDER_CHANNEL_TIME,
    .wants = HF_WANT_RECORDS | HF_WANT_BYTES,
    .dialect = HF_DIALECT_MRKDWN,
};
