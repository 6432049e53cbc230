/* mattermost_bulk/rules.c: what the server takes; see rules_priv.h for the sources. */
#include "rules_priv.h"

#include "util/utf8.h"

hf_view bulk_first_runes(hf_view text, size_t n)
{
    size_t at = 0;

    for (; n > 0 && at < text.n; n--) {
        uint32_t cp;
        size_t bytes = hf_utf8_at(text, at, &cp);

        at += bytes == 0 ? 1 : bytes;
    }
    return hf_view_sub(text, 0, at);
}

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool all_of(hf_view v, const char *others)
{
    for (size_t i = 0; i < v.n; i++)
        if (!is_alnum(v.p[i]) && (v.p[i] == '\0' || strchr(others, v.p[i]) == NULL))
            return false;
    return true;
}

static bool is_one_of(hf_view v, const char *const *words)
{
    for (; *words != NULL; words++)
        if (hf_view_is(v, *words))
            return true;
    return false;
}

bool bulk_username_ok(hf_view name)
{
    static const char *const reserved[] = { "all", "channel", "matterbot", "system", NULL };

    return name.n > 0 && name.n <= BULK_NAME_BYTES && all_of(name, "._-") &&
           !is_one_of(name, reserved);
}

bool bulk_channel_name_ok(hf_view name)
{
    /* ^[a-z0-9]+([a-z\-\_0-9]+|(__)?)[a-z0-9]*$ */
    return name.n > 0 && is_alnum(name.p[0]) && all_of(name, "_-");
}

bool bulk_team_name_ok(hf_view name)
{
    /* ^[a-z0-9]+([a-z\-0-9]+|(__)?)[a-z0-9]+$: hyphens anywhere inside, or "__" once. */
    size_t at;

    if (name.n < 2 || name.n > BULK_NAME_BYTES || !is_alnum(name.p[0]) ||
        !is_alnum(name.p[name.n - 1]))
        return false;
    if (all_of(name, "-"))
        return true;
    at = hf_view_find(name, HF_V("__"));
    return at != HF_NPOS && all_of(hf_view_sub(name, 0, at), "") &&
           all_of(hf_view_from(name, at + 2), "");
}

const char *bulk_team_reserved(hf_view name)
{
    static const char *const words[] = {
        "admin", "api",   "channel", "claim",   "error", "files",  "help",   "landing",   "login",
        "mfa",   "oauth", "plug",    "plugins", "post",  "signup", "boards", "playbooks",
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (hf_view_starts(name, hf_view_str(words[i])))
            return words[i];
    return NULL;
}

bool bulk_emoji_name_ok(hf_view name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] + 32) : name.p[i];

        if (!all_of((hf_view){ &c, 1 }, "+_-"))
            return false;
    }
    return name.n > 0 && name.n <= BULK_NAME_BYTES;
}

bool bulk_post_type_ok(hf_view type)
{
    static const char *const types[] = {
        "",
        "system_generic",
        "system_join_leave",
        "system_auto_responder",
        "system_add_remove",
        "system_join_channel",
        "system_guest_join_channel",
        "system_leave_channel",
        "system_join_team",
        "system_leave_team",
        "system_add_to_channel",
        "system_add_guest_to_chan",
        "system_remove_from_channel",
        "system_move_channel",
        "system_add_to_team",
        "system_remove_from_team",
        "system_team_abac_removal",
        "system_team_abac_addition",
        "slack_attachment",
        "system_header_change",
        "system_purpose_change",
        "system_displayname_change",
        "system_convert_channel",
        "system_channel_deleted",
        "system_channel_restored",
        "system_change_chan_privacy",
        "add_bot_teams_channels",
        "reminder",
        "me",
        "system_wrangler",
        "system_gm_to_channel",
        "system_autotranslation",
        "burn_on_read",
        "card",
        "system_shared_chan_state",
        NULL,
    };

    return is_one_of(type, types) ||
           (hf_view_starts(type, HF_V("custom_")) && type.n <= BULK_TYPE_BYTES);
}

bool bulk_email_ok(hf_view email)
{
    size_t at = hf_view_find_byte(email, '@');

    if (at == HF_NPOS || at == 0 || at + 1 == email.n || email.n > BULK_EMAIL_BYTES ||
        hf_view_find_last(email, '@') != at)
        return false;
    for (size_t i = 0; i < email.n; i++)
        if (email.p[i] <= ' ' || email.p[i] > '~' || (email.p[i] >= 'A' && email.p[i] <= 'Z') ||
            strchr("<>()[]\\,;:\"", email.p[i]) != NULL)
            return false;
    return email.p[at + 1] != '.' && email.p[email.n - 1] != '.';
}
