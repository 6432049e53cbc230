/* mattermost_bulk/rules_priv.h: the server's limits and name rules, used by writer and check.
 *
 * Source  the server's server/public/model (user.go, team.go, channel.go, emoji.go, post.go,
 *         utils.go) and server/channels/app/imports/import_validators.go, release 11.6.
 *         "runes" are Unicode code points, "bytes" are bytes of UTF-8.
 */
#ifndef HF_BULK_RULES_PRIV_H
#define HF_BULK_RULES_PRIV_H

#include "util/util.h"

enum {
    BULK_LINE_BYTES = 16 << 20, /* import.go: the scanner's longest line */
    BULK_NAME_BYTES = 64,       /* user, team and channel names, emoji names (runes there) */
    BULK_TITLE_RUNES = 64, /* display names of teams and channels, first, last and nick names */
    BULK_HEADER_RUNES = 1024,
    BULK_PURPOSE_RUNES = 250,
    BULK_POSITION_RUNES = 128,
    BULK_ABOUT_BYTES = 255, /* a team's description */
    BULK_EMAIL_BYTES = 128,
    BULK_LOCALE_BYTES = 5,
    BULK_MESSAGE_RUNES = 16383,
    BULK_PROPS_RUNES = 800000,
    BULK_GROUP_MIN = 3,
    BULK_GROUP_MAX = 8,
    BULK_TYPE_BYTES = 26,
};

/* The longest prefix of at most n code points, counted as hf_utf8_count does. */
hf_view bulk_first_runes(hf_view text, size_t n);

/* user.go IsValidUsername. */
bool bulk_username_ok(hf_view name);
/* utils.go IsValidChannelIdentifier; length is BULK_NAME_BYTES at most. */
bool bulk_channel_name_ok(hf_view name);
/* team.go IsValidTeamName, without the reserved beginnings. */
bool bulk_team_name_ok(hf_view name);
/* The reserved word that the team name starts with; NULL when there is none. */
const char *bulk_team_reserved(hf_view name);
/* emoji.go IsValidEmojiName. */
bool bulk_emoji_name_ok(hf_view name);
/* post.go Post.IsValid: a type the server stores. */
bool bulk_post_type_ok(hf_view type);
/* One @, something on both sides, printable ASCII, no capitals. */
bool bulk_email_ok(hf_view email);

/* Names of our own making are stricter than the rules above, so that older servers take them too:
 * they start and end with a letter or digit and channel names have two characters at least. */
typedef enum bulk_name_kind { BULK_NAME_USER, BULK_NAME_CHANNEL } bulk_name_kind;

bool bulk_name_fits(bulk_name_kind kind, hf_view name);
/* A name of that kind from wish, else from id (folded, what is left of it), else a fixed word. */
hf_view bulk_slug(bulk_name_kind kind, hf_view wish, hf_view id, hf_arena *mem);
/* name, or name-2, name-3 ... cut to the limit: the first that is not in used; it is put there. */
hf_view bulk_unique(hf_map *used, hf_view name, hf_arena *mem);

/* A name for a file in the archive, from the user's: NFC, without separators, control characters
 * and leading dots; never empty. */
hf_view bulk_file_name(hf_view name, hf_arena *mem);

/* An emoji name as the server spells it, skin tones too; characters that it does not allow become
 * "_". */
hf_view bulk_emoji_name(hf_view name, hf_arena *mem);

#endif
