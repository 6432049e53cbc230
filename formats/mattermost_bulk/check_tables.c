/* mattermost_bulk/check_tables.c: what the server asks of single objects.
 *
 * A row is one rule: its id (stable, printed), the key it is about, how it is tested, and what the
 * server says with the place that says it. Files are below server/ of the server's repository:
 *   validators  channels/app/imports/import_validators.go
 *   types       channels/app/imports/import_types.go (a wrong JSON type ends the import)
 *   model       public/model/FILE
 */
#include "check_priv.h"

/* --- tests of texts ------------------------------------------------------------------------------
 */

static hf_view lower(hf_view v, char *to, size_t room)
{
    size_t n = v.n < room ? v.n : room;

    for (size_t i = 0; i < n; i++)
        to[i] = v.p[i] >= 'A' && v.p[i] <= 'Z' ? (char)(v.p[i] + 32) : v.p[i];
    return (hf_view){ to, n };
}

/* The server compares these in lower case. */
static bool username_ok(hf_view v)
{
    char text[BULK_NAME_BYTES + 1];

    return bulk_username_ok(lower(v, text, sizeof(text)));
}

static bool team_name_ok(hf_view v)
{
    char text[BULK_NAME_BYTES + 1];

    return v.n > BULK_NAME_BYTES || bulk_team_name_ok(lower(v, text, sizeof(text)));
}

static bool team_name_free(hf_view v)
{
    char text[BULK_NAME_BYTES];

    return bulk_team_reserved(lower(v, text, sizeof(text))) == NULL;
}

static bool channel_name_ok(hf_view v)
{
    char text[BULK_NAME_BYTES];

    return bulk_channel_name_ok(lower(v, text, sizeof(text)));
}

static bool email_ok(hf_view v)
{
    char text[BULK_EMAIL_BYTES];

    return v.n == 0 || v.n > sizeof(text) || bulk_email_ok(lower(v, text, sizeof(text)));
}

static bool role_name_ok(hf_view v)
{
    for (size_t i = 0; i < v.n; i++)
        if (!((v.p[i] >= 'a' && v.p[i] <= 'z') || (v.p[i] >= '0' && v.p[i] <= '9') ||
              v.p[i] == '_'))
            return false;
    return v.n > 0 && v.n <= 64;
}

static bool scheme_name_ok(hf_view v)
{
    return v.n >= 2 && role_name_ok(v);
}

static bool roles_ok(hf_view v)
{
    if (hf_view_is(v, "system_admin"))
        return false;
    while (v.n > 0) {
        size_t end = hf_view_find_byte(v, ' ');
        hf_view word = hf_view_sub(v, 0, end);

        if (word.n > 0 && !role_name_ok(word))
            return false;
        v = end == HF_NPOS ? HF_V("") : hf_view_from(v, end + 1);
    }
    return true;
}

/* A JSON object of texts, or blank. */
static bool theme_ok(hf_view v)
{
    bool ok, blank = true;
    hf_tape t;

    for (size_t i = 0; i < v.n; i++)
        blank = blank && (v.p[i] == ' ' || v.p[i] == '\t' || v.p[i] == '\r');
    if (blank)
        return true;
    hf_tape_init(&t);
    ok = hf_tape_parse(&t, v, NULL, NULL) == HF_OK && hf_tok_type(&t, 0) == HF_JSON_OBJECT;
    for (uint32_t k = ok ? hf_tape_first(&t, 0) : HF_NO_TOK; k != HF_NO_TOK;
         k = hf_tape_after(&t, 0, k))
        ok = ok && hf_tok_type(&t, k + 1) == HF_JSON_STRING;
    hf_tape_clear(&t);
    return ok;
}

/* --- tables --------------------------------------------------------------------------------------
 */

#define V(function) " (import_validators.go " function ")"
#define T           " (import_types.go; a wrong type ends the import)"

static const bulk_rule role_rules[] = {
    { "role.name", "name", NEED, .text = "a role needs a name" V("ValidateRoleImportData") },
    { "role.name", "name", PASSES, .ok = role_name_ok,
      .text = "role names are a-z, 0-9 and _, at most 64" V("ValidateRoleImportData") },
    { "role.display_name", "display_name", NEED_TEXT,
      .text = "a role needs a display name" V("ValidateRoleImportData") },
    { "role.display_name", "display_name", MAX_BYTES, 128,
      .text = "display name is longer than 128 bytes" V("ValidateRoleImportData") },
    { "role.description", "description", MAX_BYTES, 1024,
      .text = "description is longer than 1024 bytes" V("ValidateRoleImportData") },
    { 0 },
};

static const bulk_rule scheme_rules[] = {
    { "scheme.scope", "scope", NEED,
      .text = "a scheme needs a scope" V("ValidateSchemeImportData") },
    { "scheme.scope", "scope", ONE_OF, .words = "team|channel",
      .text = "scope is team or channel" V("ValidateSchemeImportData") },
    { "scheme.name", "name", NEED, .text = "a scheme needs a name" V("ValidateSchemeImportData") },
    { "scheme.name", "name", PASSES, .ok = scheme_name_ok,
      .text = "scheme names are 2 to 64 of a-z, 0-9 and _" V("ValidateSchemeImportData") },
    { "scheme.display_name", "display_name", NEED_TEXT,
      .text = "a scheme needs a display name" V("ValidateSchemeImportData") },
    { "scheme.display_name", "display_name", MAX_BYTES, 128,
      .text = "display name is longer than 128 bytes" V("ValidateSchemeImportData") },
    { "scheme.description", "description", MAX_BYTES, 1024,
      .text = "description is longer than 1024 bytes" V("ValidateSchemeImportData") },
    { 0 },
};

static const bulk_rule team_rules[] = {
    { "line.decode", "name", STRING, .text = "team.name is no text" T },
    { "line.decode", "display_name", STRING, .text = "team.display_name is no text" T },
    { "line.decode", "allow_open_invite", BOOL, .text = "team.allow_open_invite is no bool" T },
    { "team.name.missing", "name", NEED,
      .text = "a team needs a name" V("ValidateTeamImportData") },
    { "team.name.length", "name", MAX_BYTES, BULK_NAME_BYTES,
      .text = "team name is longer than 64 bytes" V("ValidateTeamImportData") },
    { "team.name.reserved", "name", PASSES, .ok = team_name_free,
      .text = "team name begins with a reserved word" V("ValidateTeamImportData") },
    { "team.name.characters", "name", PASSES, .ok = team_name_ok,
      .text =
          "team names are 2 or more of a-z, 0-9 and hyphens inside" V("ValidateTeamImportData") },
    { "team.display_name.missing", "display_name", NEED,
      .text = "a team needs a display name" V("ValidateTeamImportData") },
    { "team.display_name.length", "display_name", NOT_EMPTY,
      .text = "display name is empty" V("ValidateTeamImportData") },
    { "team.display_name.length", "display_name", MAX_RUNES, BULK_TITLE_RUNES,
      .text = "display name is longer than 64 characters" V("ValidateTeamImportData") },
    { "team.type.missing", "type", NEED,
      .text = "a team needs a type" V("ValidateTeamImportData") },
    { "team.type", "type", ONE_OF, .words = "O|I",
      .text = "type is O or I" V("ValidateTeamImportData") },
    { "team.description.length", "description", MAX_BYTES, BULK_ABOUT_BYTES,
      .text = "description is longer than 255 bytes" V("ValidateTeamImportData") },
    { "team.scheme", "scheme", PASSES, .ok = scheme_name_ok,
      .text = "scheme is no scheme's name" V("ValidateTeamImportData") },
    { 0 },
};

static const bulk_rule channel_rules[] = {
    { "line.decode", "name", STRING, .text = "channel.name is no text" T },
    { "line.decode", "header", STRING, .text = "channel.header is no text" T },
    { "line.decode", "deleted_at", NUMBER, .text = "channel.deleted_at is no integer" T },
    { "channel.team.missing", "team", NEED,
      .text = "a channel needs its team" V("ValidateChannelImportData") },
    { "channel.name.missing", "name", NEED,
      .text = "a channel needs a name" V("ValidateChannelImportData") },
    { "channel.name.length", "name", MAX_BYTES, BULK_NAME_BYTES,
      .text = "channel name is longer than 64 bytes" V("ValidateChannelImportData") },
    { "channel.name.characters", "name", PASSES, .ok = channel_name_ok,
      .text = "channel names are a-z, 0-9, - and _, a letter or digit first" V(
          "ValidateChannelImportData") },
    { "channel.display_name.length", "display_name", MAX_RUNES, BULK_TITLE_RUNES,
      .text = "display name is longer than 64 characters" V("ValidateChannelImportData") },
    { "channel.type.missing", "type", NEED,
      .text = "a channel needs a type" V("ValidateChannelImportData") },
    { "channel.type", "type", ONE_OF, .words = "O|P",
      .text = "type is O or P" V("ValidateChannelImportData") },
    { "channel.header.length", "header", MAX_RUNES, BULK_HEADER_RUNES,
      .text = "header is longer than 1024 characters" V("ValidateChannelImportData") },
    { "channel.purpose.length", "purpose", MAX_RUNES, BULK_PURPOSE_RUNES,
      .text = "purpose is longer than 250 characters" V("ValidateChannelImportData") },
    { "channel.scheme", "scheme", PASSES, .ok = scheme_name_ok,
      .text = "scheme is no scheme's name" V("ValidateChannelImportData") },
    { 0 },
};

static const bulk_rule user_rules[] = {
    { "line.decode", "username", STRING, .text = "user.username is no text" T },
    { "line.decode", "email", STRING, .text = "user.email is no text" T },
    { "line.decode", "delete_at", NUMBER, .text = "user.delete_at is no integer" T },
    { "line.decode", "teams", LIST, .text = "user.teams is no list" T },
    { "user.username.missing", "username", NEED,
      .text = "a user needs a username" V("ValidateUserImportData") },
    { "user.username", "username", PASSES, .ok = username_ok,
      .text = "usernames are 1 to 64 of a-z, 0-9, . - and _, and not all, channel, matterbot or "
              "system" V("ValidateUserImportData") },
    { "user.email.missing", "email", NEED,
      .text = "a user needs an e-mail address" V("ValidateUserImportData") },
    { "user.email.length", "email", NOT_EMPTY,
      .text = "e-mail address is empty" V("ValidateUserImportData") },
    { "user.email.length", "email", MAX_BYTES, BULK_EMAIL_BYTES,
      .text = "e-mail address is longer than 128 bytes" V("ValidateUserImportData") },
    { "user.email", "email", PASSES, .ok = email_ok,
      .text = "this is no e-mail address (model/user.go User.IsValid)" },
    { "user.auth_service", "auth_service", ONE_OF,
      .words = "|email|gitlab|saml|ldap|google|office365|openid",
      .text = "unknown auth_service" V("validateAuthService") },
    { "user.auth_data.length", "auth_data", MAX_BYTES, 128,
      .text = "auth_data is longer than 128 bytes" V("ValidateUserImportData") },
    { "user.password.length", "password", NOT_EMPTY,
      .text = "password is empty" V("ValidateUserImportData") },
    { "user.password.length", "password", MAX_BYTES, 72,
      .text = "password is longer than 72 bytes" V("ValidateUserImportData") },
    { "user.nickname.length", "nickname", MAX_RUNES, BULK_TITLE_RUNES,
      .text = "nickname is longer than 64 characters" V("ValidateUserImportData") },
    { "user.first_name.length", "first_name", MAX_RUNES, BULK_TITLE_RUNES,
      .text = "first name is longer than 64 characters" V("ValidateUserImportData") },
    { "user.last_name.length", "last_name", MAX_RUNES, BULK_TITLE_RUNES,
      .text = "last name is longer than 64 characters" V("ValidateUserImportData") },
    { "user.position.length", "position", MAX_RUNES, BULK_POSITION_RUNES,
      .text = "position is longer than 128 characters" V("ValidateUserImportData") },
    { "user.locale.length", "locale", MAX_BYTES, BULK_LOCALE_BYTES,
      .text = "locale is longer than 5 bytes (model/user.go User.IsValid)" },
    { "user.roles", "roles", PASSES, .ok = roles_ok,
      .text = "roles are names with spaces between, and not system_admin alone (model/user.go "
              "IsValidUserRoles)" },
    { "user.markdown_preview", "feature_enabled_markdown_preview", ONE_OF, .words = "true|false",
      .text = "must be the text true or false" V("ValidateUserImportData") },
    { "user.formatting", "formatting", ONE_OF, .words = "true|false",
      .text = "must be the text true or false" V("ValidateUserImportData") },
    { "user.show_unread_section", "show_unread_section", ONE_OF, .words = "true|false",
      .text = "must be the text true or false" V("ValidateUserImportData") },
    { "user.email_interval", "email_interval", ONE_OF, .words = "immediately|fifteen|hour",
      .text = "email_interval is immediately, fifteen or hour" V("ValidateUserImportData") },
    { 0 },
};

#define LEVEL "all|mention|none"

static const bulk_rule user_notify_rules[] = {
    { "user.notify.desktop", "desktop", ONE_OF, .words = LEVEL,
      .text = "desktop is all, mention or none" V("ValidateUserImportData") },
    { "user.notify.mobile", "mobile", ONE_OF, .words = LEVEL,
      .text = "mobile is all, mention or none" V("ValidateUserImportData") },
    { "user.notify.desktop_sound", "desktop_sound", ONE_OF, .words = "true|false",
      .text = "desktop_sound is the text true or false" V("ValidateUserImportData") },
    { "user.notify.email", "email", ONE_OF, .words = "true|false",
      .text = "email is the text true or false" V("ValidateUserImportData") },
    { "user.notify.channel", "channel", ONE_OF, .words = "true|false",
      .text = "channel is the text true or false" V("ValidateUserImportData") },
    { "user.notify.push", "mobile_push_status", ONE_OF, .words = "online|away|offline",
      .text = "mobile_push_status is online, away or offline" V("ValidateUserImportData") },
    { "user.notify.comments", "comments", ONE_OF, .words = "any|root|never",
      .text = "comments is any, root or never" V("ValidateUserImportData") },
    { 0 },
};

static const bulk_rule user_team_rules[] = {
    { "user.team.name", "name", NEED,
      .text = "a membership needs its team" V("ValidateUserTeamsImportData") },
    { "user.team.roles", "roles", PASSES, .ok = roles_ok,
      .text = "roles of a team are no role names" V("ValidateUserTeamsImportData") },
    { "user.team.theme", "theme", PASSES, .ok = theme_ok,
      .text = "theme is no JSON object of texts" V("ValidateUserTeamsImportData") },
    { 0 },
};

static const bulk_rule user_channel_rules[] = {
    { "user.channel.name", "name", NEED,
      .text = "a membership needs its channel" V("ValidateUserChannelsImportData") },
    { "user.channel.roles", "roles", PASSES, .ok = roles_ok,
      .text = "roles of a channel are no role names" V("ValidateUserChannelsImportData") },
    { 0 },
};

static const bulk_rule channel_notify_rules[] = {
    { "user.channel.desktop", "desktop", ONE_OF, .words = "default|" LEVEL,
      .text = "desktop is default, all, mention or none" V("ValidateUserChannelsImportData") },
    { "user.channel.mobile", "mobile", ONE_OF, .words = "default|" LEVEL,
      .text = "mobile is default, all, mention or none" V("ValidateUserChannelsImportData") },
    { "user.channel.mark_unread", "mark_unread", ONE_OF, .words = "all|mention",
      .text = "mark_unread is all or mention" V("ValidateUserChannelsImportData") },
    { 0 },
};

static const bulk_rule bot_rules[] = {
    { "bot.username.missing", "username", NEED,
      .text = "a bot needs a username" V("ValidateBotImportData") },
    { "bot.username", "username", PASSES, .ok = username_ok,
      .text = "the username rules hold for bots too" V("ValidateBotImportData") },
    { "bot.display_name.length", "display_name", MAX_RUNES, BULK_TITLE_RUNES,
      .text = "display name is longer than 64 characters" V("ValidateBotImportData") },
    { "bot.owner.missing", "owner", NEED,
      .text = "a bot needs an owner" V("ValidateBotImportData") },
    { "bot.owner", "owner", PASSES, .ok = bulk_username_ok,
      .text = "owner must be a username in lower case" V("ValidateBotImportData") },
    { 0 },
};

static const bulk_rule emoji_rules[] = {
    { "emoji.name.missing", "name", NEED_TEXT,
      .text = "an emoji needs a name" V("ValidateEmojiImportData") },
    { "emoji.name", "name", PASSES, .ok = bulk_emoji_name_ok,
      .text = "emoji names are letters, digits, + - and _, at most 64 (model/emoji.go "
              "IsValidEmojiName)" },
    { "emoji.image.missing", "image", NEED_TEXT,
      .text = "an emoji needs an image" V("ValidateEmojiImportData") },
    { 0 },
};

#define PROPS(id, function)                                               \
    {                                                                     \
        id, "props", MAX_RUNES, BULK_PROPS_RUNES,                         \
            .text = "props are longer than 800000 characters" V(function) \
    }
#define TYPE(id)                                                                           \
    {                                                                                      \
        id, "type", PASSES,                                                                \
            .ok = bulk_post_type_ok,                                                       \
            .text = "the server stores no posts of this type (model/post.go Post.IsValid)" \
    }
#define COMMON(word, function)                                                                   \
    { "line.decode", "message", STRING, .text = word ".message is no text" T },                  \
        { "line.decode", "create_at", NUMBER, .text = word ".create_at is no integer" T },       \
        { "line.decode", "edit_at", NUMBER, .text = word ".edit_at is no integer" T },           \
        { "line.decode", "is_pinned", BOOL, .text = word ".is_pinned is no bool" T },            \
        { "line.decode", "props", OBJECT, .text = word ".props is no object" T },                \
        { "line.decode", "reactions", LIST, .text = word ".reactions is no list" T },            \
        { word ".user.missing", "user", NEED, .text = "a post needs its user" V(function) },     \
        { word ".message.missing", "message", NEED,                                              \
          .text = "a post needs a message, which may be empty" V(function) },                    \
        { word ".message.length", "message", MAX_POST,                                           \
          .text = "message is longer than the server allows" V(function) },                      \
        { word ".create_at.missing", "create_at", NEED,                                          \
          .text = "a post needs the time it was made" V(function) },                             \
        { word ".create_at.zero", "create_at", NOT_ZERO, .text = "create_at is 0" V(function) }, \
        PROPS(word ".props.length", function), TYPE(word ".type")

static const bulk_rule post_rules[] = {
    { "post.team.missing", "team", NEED,
      .text = "a post needs its team" V("ValidatePostImportData") },
    { "post.channel.missing", "channel", NEED,
      .text = "a post needs its channel" V("ValidatePostImportData") },
    { "line.decode", "replies", LIST, .text = "post.replies is no list" T },
    COMMON("post", "ValidatePostImportData"),
    { 0 },
};

static const bulk_rule reply_rules[] = {
    COMMON("reply", "ValidateReplyImportData"),
    { 0 },
};

static const bulk_rule direct_post_rules[] = {
    { "direct_post.members.missing", "channel_members", NEED,
      .text = "a direct post needs channel_members" V("ValidateDirectPostImportData") },
    { "line.decode", "channel_members", LIST, .text = "direct_post.channel_members is no list" T },
    COMMON("direct_post", "ValidateDirectPostImportData"),
    { 0 },
};

static const bulk_rule reaction_rules[] = {
    { "reaction.user.missing", "user", NEED,
      .text = "a reaction needs its user" V("ValidateReactionImportData") },
    { "reaction.emoji.missing", "emoji_name", NEED,
      .text = "a reaction needs an emoji" V("ValidateReactionImportData") },
    { "reaction.emoji.length", "emoji_name", MAX_RUNES, BULK_NAME_BYTES,
      .text = "emoji name is longer than 64 characters" V("ValidateReactionImportData") },
    { "reaction.emoji", "emoji_name", PASSES, .ok = bulk_emoji_name_ok,
      .text = "emoji names are letters, digits, + - and _ (model/reaction.go Reaction.IsValid)" },
    { "reaction.create_at.missing", "create_at", NEED,
      .text = "a reaction needs the time it was made" V("ValidateReactionImportData") },
    { "reaction.create_at.zero", "create_at", NOT_ZERO,
      .text = "create_at is 0" V("ValidateReactionImportData") },
    { 0 },
};

static const bulk_rule follower_rules[] = {
    { "follower.user.missing", "user", NEED_TEXT,
      .text = "a follower needs a user" V("ValidateThreadFollowerImportData") },
    { 0 },
};

static const bulk_rule direct_channel_rules[] = {
    { "line.decode", "members", LIST, .text = "direct_channel.members is no list" T },
    { "line.decode", "participants", LIST, .text = "direct_channel.participants is no list" T },
    { "direct_channel.header.length", "header", MAX_RUNES, BULK_HEADER_RUNES,
      .text = "header is longer than 1024 characters" V("ValidateDirectChannelImportData") },
    { 0 },
};

const bulk_rule *const bulk_shapes[] = {
    [SHAPE_ROLE] = role_rules,
    [SHAPE_SCHEME] = scheme_rules,
    [SHAPE_TEAM] = team_rules,
    [SHAPE_CHANNEL] = channel_rules,
    [SHAPE_USER] = user_rules,
    [SHAPE_USER_NOTIFY] = user_notify_rules,
    [SHAPE_USER_TEAM] = user_team_rules,
    [SHAPE_USER_CHANNEL] = user_channel_rules,
    [SHAPE_CHANNEL_NOTIFY] = channel_notify_rules,
    [SHAPE_BOT] = bot_rules,
    [SHAPE_EMOJI] = emoji_rules,
    [SHAPE_POST] = post_rules,
    [SHAPE_REPLY] = reply_rules,
    [SHAPE_REACTION] = reaction_rules,
    [SHAPE_FOLLOWER] = follower_rules,
    [SHAPE_DIRECT_CHANNEL] = direct_channel_rules,
    [SHAPE_DIRECT_POST] = direct_post_rules,
};
