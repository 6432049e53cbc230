/* tests/formats/mattermost_bulk/test_bulk_check.c: one broken line for every rule of the validator.
 *
 * Each row's line stands after a sound beginning; its rule must be said for that line, and a sound
 * file must raise nothing at all.
 */
#include "bulk_support.h"

#include "mattermost_bulk/check_priv.h"

#define START                                                                                  \
    "{\"type\":\"version\",\"version\":1}\n"                                                   \
    "{\"type\":\"team\",\"team\":{\"name\":\"acme\",\"display_name\":\"A\",\"type\":\"O\"}}\n" \
    "{\"type\":\"channel\",\"channel\":{\"team\":\"acme\",\"name\":\"dev\",\"type\":\"P\"}}\n" \
    "{\"type\":\"user\",\"user\":{\"username\":\"ann\",\"email\":\"ann@example.com\"}}\n"      \
    "{\"type\":\"user\",\"user\":{\"username\":\"bob\",\"email\":\"bob@example.com\"}}\n"

#define L64   "0123456789012345678901234567890123456789012345678901234567890123"
#define L128  L64 L64
#define L1024 L128 L128 L128 L128 L128 L128 L128 L128

#define ROLE(f)    "{\"type\":\"role\",\"role\":{" f "}}"
#define SCHEME(f)  "{\"type\":\"scheme\",\"scheme\":{" f "}}"
#define TEAM(f)    "{\"type\":\"team\",\"team\":{" f "}}"
#define CHANNEL(f) "{\"type\":\"channel\",\"channel\":{" f "}}"
#define USER(f)    "{\"type\":\"user\",\"user\":{" f "}}"
#define NEW(f)     USER("\"username\":\"cyd\",\"email\":\"cyd@example.com\"," f)
#define BOT(f)     "{\"type\":\"bot\",\"bot\":{" f "}}"
#define EMOJI(f)   "{\"type\":\"emoji\",\"emoji\":{" f "}}"
#define POST(f)    "{\"type\":\"post\",\"post\":{" f "}}"
#define HERE       "\"team\":\"acme\",\"channel\":\"dev\",\"user\":\"ann\","
#define SAID       HERE "\"message\":\"m\",\"create_at\":10,"
#define REPLY(f)   POST(SAID "\"replies\":[{" f "}]")
#define DC(f)      "{\"type\":\"direct_channel\",\"direct_channel\":{" f "}}"
#define DP(f)      "{\"type\":\"direct_post\",\"direct_post\":{" f "}}"
#define DSAID \
    "\"channel_members\":[\"ann\",\"bob\"],\"user\":\"ann\",\"message\":\"m\",\"create_at\":10"

static const struct {
    const char *rule, *line;
} cases[] = {
    { "line.json", "{\"type\":" },
    { "line.json", "[]" },
    { "line.empty", "" },
    { "line.type", "{\"type\":\"board\"}" },
    { "line.type", "{}" },
    { "line.object", "{\"type\":\"post\"}" },
    { "line.object", "{\"type\":\"post\",\"post\":null}" },
    { "version.again", "{\"type\":\"version\",\"version\":1}" },
    { "version.value", "{\"type\":\"version\",\"version\":2}" },
    { "text.nul", POST(HERE "\"message\":\"a\\u0000\",\"create_at\":1") },
    { "role.name", ROLE("\"name\":\"A b\",\"display_name\":\"d\"") },
    { "role.name", ROLE("\"display_name\":\"d\"") },
    { "role.display_name", ROLE("\"name\":\"r\"") },
    { "role.display_name", ROLE("\"name\":\"r\",\"display_name\":\"" L128 "x\"") },
    { "role.description",
      ROLE("\"name\":\"r\",\"display_name\":\"d\",\"description\":\"" L1024 "x\"") },
    { "scheme.scope", SCHEME("\"name\":\"sc\",\"display_name\":\"d\"") },
    { "scheme.scope", SCHEME("\"name\":\"sc\",\"display_name\":\"d\",\"scope\":\"all\"") },
    { "scheme.name", SCHEME("\"name\":\"s\",\"display_name\":\"d\",\"scope\":\"team\"") },
    { "scheme.display_name", SCHEME("\"name\":\"sc\",\"scope\":\"team\"") },
    { "scheme.description", SCHEME("\"name\":\"sc\",\"description\":\"" L1024 "x\"") },
    { "scheme.roles", SCHEME("\"name\":\"sc\",\"display_name\":\"d\",\"scope\":\"team\"") },
    { "team.name.missing", TEAM("\"display_name\":\"d\",\"type\":\"O\"") },
    { "team.name.length", TEAM("\"name\":\"" L64 "x\",\"display_name\":\"d\",\"type\":\"O\"") },
    { "team.name.reserved", TEAM("\"name\":\"Admins\",\"display_name\":\"d\",\"type\":\"O\"") },
    { "team.name.characters", TEAM("\"name\":\"a_b\",\"display_name\":\"d\",\"type\":\"O\"") },
    { "team.display_name.missing", TEAM("\"name\":\"xy\",\"type\":\"O\"") },
    { "team.display_name.length", TEAM("\"name\":\"xy\",\"display_name\":\"\",\"type\":\"O\"") },
    { "team.display_name.length",
      TEAM("\"name\":\"xy\",\"display_name\":\"" L64 "x\",\"type\":\"O\"") },
    { "team.type.missing", TEAM("\"name\":\"xy\",\"display_name\":\"d\"") },
    { "team.type", TEAM("\"name\":\"xy\",\"display_name\":\"d\",\"type\":\"P\"") },
    { "team.description.length",
      TEAM("\"name\":\"xy\",\"display_name\":\"d\",\"type\":\"O\",\"description\":\"" L128 L128
           "\"") },
    { "team.scheme",
      TEAM("\"name\":\"xy\",\"display_name\":\"d\",\"type\":\"O\",\"scheme\":\"S\"") },
    { "ref.scheme",
      TEAM("\"name\":\"xy\",\"display_name\":\"d\",\"type\":\"O\",\"scheme\":\"no\"") },
    { "team.again", TEAM("\"name\":\"acme\",\"display_name\":\"d\",\"type\":\"O\"") },
    { "line.decode",
      TEAM("\"name\":\"xy\",\"display_name\":\"d\",\"type\":\"O\",\"allow_open_invite\":\"yes\"") },
    { "channel.team.missing", CHANNEL("\"name\":\"x\",\"type\":\"O\"") },
    { "ref.team", CHANNEL("\"team\":\"other\",\"name\":\"x\",\"type\":\"O\"") },
    { "channel.name.missing", CHANNEL("\"team\":\"acme\",\"type\":\"O\"") },
    { "channel.name.length", CHANNEL("\"team\":\"acme\",\"name\":\"" L64 "x\",\"type\":\"O\"") },
    { "channel.name.characters", CHANNEL("\"team\":\"acme\",\"name\":\"-x\",\"type\":\"O\"") },
    { "channel.display_name.length",
      CHANNEL("\"team\":\"acme\",\"name\":\"x\",\"type\":\"O\",\"display_name\":\"" L64 "x\"") },
    { "channel.type.missing", CHANNEL("\"team\":\"acme\",\"name\":\"x\"") },
    { "channel.type", CHANNEL("\"team\":\"acme\",\"name\":\"x\",\"type\":\"D\"") },
    { "channel.header.length",
      CHANNEL("\"team\":\"acme\",\"name\":\"x\",\"type\":\"O\",\"header\":\"" L1024 "x\"") },
    { "channel.purpose.length",
      CHANNEL("\"team\":\"acme\",\"name\":\"x\",\"type\":\"O\",\"purpose\":\"" L128 L128 "\"") },
    { "channel.scheme",
      CHANNEL("\"team\":\"acme\",\"name\":\"x\",\"type\":\"O\",\"scheme\":\"!\"") },
    { "channel.again", CHANNEL("\"team\":\"acme\",\"name\":\"DEV\",\"type\":\"O\"") },
    { "line.decode",
      CHANNEL("\"team\":\"acme\",\"name\":\"x\",\"type\":\"O\",\"deleted_at\":\"now\"") },
    { "user.username.missing", USER("\"email\":\"x@example.com\"") },
    { "user.username", USER("\"username\":\"a b\",\"email\":\"x@example.com\"") },
    { "user.username", USER("\"username\":\"System\",\"email\":\"x@example.com\"") },
    { "user.username", USER("\"username\":\"" L64 "x\",\"email\":\"x@example.com\"") },
    { "user.again", USER("\"username\":\"Ann\",\"email\":\"x@example.com\"") },
    { "user.email.missing", USER("\"username\":\"cyd\"") },
    { "user.email.length", USER("\"username\":\"cyd\",\"email\":\"\"") },
    { "user.email.length", USER("\"username\":\"cyd\",\"email\":\"a@" L128 "\"") },
    { "user.email", USER("\"username\":\"cyd\",\"email\":\"no address\"") },
    { "user.email.again", USER("\"username\":\"cyd\",\"email\":\"ANN@example.com\"") },
    { "user.auth_service", NEW("\"auth_service\":\"magic\",\"auth_data\":\"x\"") },
    { "user.auth_data.length", NEW("\"auth_service\":\"ldap\",\"auth_data\":\"" L128 "x\"") },
    { "user.auth_data.service", NEW("\"auth_service\":\"ldap\"") },
    { "user.auth_data.service", NEW("\"auth_data\":\"x\"") },
    { "user.auth_data.password",
      NEW("\"auth_service\":\"ldap\",\"auth_data\":\"x\",\"password\":\"secret\"") },
    { "user.password.length", NEW("\"password\":\"\"") },
    { "user.password.length", NEW("\"password\":\"" L64 "123456789\"") },
    { "user.nickname.length", NEW("\"nickname\":\"" L64 "x\"") },
    { "user.first_name.length", NEW("\"first_name\":\"" L64 "x\"") },
    { "user.last_name.length", NEW("\"last_name\":\"" L64 "x\"") },
    { "user.position.length", NEW("\"position\":\"" L128 "x\"") },
    { "user.locale.length", NEW("\"locale\":\"zh-Hant\"") },
    { "user.roles", NEW("\"roles\":\"system_admin\"") },
    { "user.roles", NEW("\"roles\":\"system_user Admin!\"") },
    { "user.markdown_preview", NEW("\"feature_enabled_markdown_preview\":\"yes\"") },
    { "user.formatting", NEW("\"formatting\":\"1\"") },
    { "user.show_unread_section", NEW("\"show_unread_section\":\"on\"") },
    { "user.email_interval", NEW("\"email_interval\":\"daily\"") },
    { "user.notify.desktop", NEW("\"notify_props\":{\"desktop\":\"some\"}") },
    { "user.notify.mobile", NEW("\"notify_props\":{\"mobile\":\"default\"}") },
    { "user.notify.desktop_sound", NEW("\"notify_props\":{\"desktop_sound\":\"loud\"}") },
    { "user.notify.email", NEW("\"notify_props\":{\"email\":\"all\"}") },
    { "user.notify.channel", NEW("\"notify_props\":{\"channel\":\"all\"}") },
    { "user.notify.push", NEW("\"notify_props\":{\"mobile_push_status\":\"dnd\"}") },
    { "user.notify.comments", NEW("\"notify_props\":{\"comments\":\"all\"}") },
    { "line.decode", NEW("\"teams\":{}") },
    { "line.decode", NEW("\"delete_at\":1.5") },
    { "user.team.name", NEW("\"teams\":[{}]") },
    { "ref.team", NEW("\"teams\":[{\"name\":\"other\"}]") },
    { "user.team.roles", NEW("\"teams\":[{\"name\":\"acme\",\"roles\":\"T\"}]") },
    { "user.team.theme", NEW("\"teams\":[{\"name\":\"acme\",\"theme\":\"{\\\"a\\\":1}\"}]") },
    { "user.channel.name", NEW("\"teams\":[{\"name\":\"acme\",\"channels\":[{}]}]") },
    { "ref.channel", NEW("\"teams\":[{\"name\":\"acme\",\"channels\":[{\"name\":\"no\"}]}]") },
    { "user.channel.roles",
      NEW("\"teams\":[{\"name\":\"acme\",\"channels\":[{\"name\":\"dev\",\"roles\":\"C\"}]}]") },
    { "user.channel.desktop",
      NEW("\"teams\":[{\"name\":\"acme\",\"channels\":[{\"name\":\"dev\",\"notify_props\":"
          "{\"desktop\":\"x\"}}]}]") },
    { "user.channel.mobile",
      NEW("\"teams\":[{\"name\":\"acme\",\"channels\":[{\"name\":\"dev\",\"notify_props\":"
          "{\"mobile\":\"x\"}}]}]") },
    { "user.channel.mark_unread",
      NEW("\"teams\":[{\"name\":\"acme\",\"channels\":[{\"name\":\"dev\",\"notify_props\":"
          "{\"mark_unread\":\"none\"}}]}]") },
    { "user.guest.team", NEW("\"roles\":\"system_guest\",\"teams\":[{\"name\":\"acme\"}]") },
    { "user.guest.channel",
      NEW("\"roles\":\"system_guest\",\"teams\":[{\"name\":\"acme\",\"roles\":\"team_guest\","
          "\"channels\":[{\"name\":\"dev\",\"roles\":\"channel_user\"}]}]") },
    { "user.guest.system",
      NEW("\"roles\":\"system_user\",\"teams\":[{\"name\":\"acme\",\"roles\":\"team_guest\"}]") },
    { "user.guest.system",
      NEW("\"roles\":\"system_user\",\"teams\":[]") }, /* as the server has it */
    { "user.guest.team", NEW("\"roles\":\"system_guest\"") },
    { "user.guest.channel",
      NEW("\"roles\":\"system_guest\",\"teams\":[{\"name\":\"acme\",\"roles\":\"team_guest\"}]") },
    { "attachment.path", NEW("\"profile_image\":\"../x.png\"") },
    { "attachment.missing", NEW("\"profile_image\":\"none.png\"") },
    { "bot.username.missing", BOT("\"owner\":\"ann\"") },
    { "bot.username", BOT("\"username\":\"all\",\"owner\":\"ann\"") },
    { "bot.display_name.length",
      BOT("\"username\":\"r\",\"owner\":\"ann\",\"display_name\":\"" L64 "x\"") },
    { "bot.owner.missing", BOT("\"username\":\"r\"") },
    { "bot.owner", BOT("\"username\":\"r\",\"owner\":\"Ann\"") },
    { "emoji.name.missing", EMOJI("\"image\":\"have.png\"") },
    { "emoji.name", EMOJI("\"name\":\"a b\",\"image\":\"have.png\"") },
    { "emoji.image.missing", EMOJI("\"name\":\"a\"") },
    { "emoji.image.path", EMOJI("\"name\":\"a\",\"image\":\"x/../../have.png\"") },
    { "emoji.image.absent", EMOJI("\"name\":\"a\",\"image\":\"no.png\"") },
    { "emoji.image.size", EMOJI("\"name\":\"a\",\"image\":\"large.png\"") },
    { "post.team.missing",
      POST("\"channel\":\"dev\",\"user\":\"ann\",\"message\":\"m\",\"create_at\":1") },
    { "post.channel.missing",
      POST("\"team\":\"acme\",\"user\":\"ann\",\"message\":\"m\",\"create_at\":1") },
    { "post.user.missing",
      POST("\"team\":\"acme\",\"channel\":\"dev\",\"message\":\"m\",\"create_at\":1") },
    { "ref.team", POST("\"team\":\"no\",\"channel\":\"dev\",\"user\":\"ann\",\"message\":\"m\","
                       "\"create_at\":1") },
    { "ref.channel", POST("\"team\":\"acme\",\"channel\":\"no\",\"user\":\"ann\",\"message\":\"m\","
                          "\"create_at\":1") },
    { "ref.user", POST("\"team\":\"acme\",\"channel\":\"dev\",\"user\":\"no\",\"message\":\"m\","
                       "\"create_at\":1") },
    { "post.message.missing", POST(HERE "\"create_at\":1") },
    { "post.message.missing", POST(HERE "\"message\":null,\"create_at\":1") },
    { "post.create_at.missing", POST(HERE "\"message\":\"m\"") },
    { "post.create_at.zero", POST(HERE "\"message\":\"m\",\"create_at\":0") },
    { "line.decode", POST(HERE "\"message\":7,\"create_at\":1") },
    { "line.decode", POST(HERE "\"message\":\"m\",\"create_at\":\"1\"") },
    { "line.decode", POST(SAID "\"edit_at\":true") },
    { "line.decode", POST(SAID "\"is_pinned\":1") },
    { "line.decode", POST(SAID "\"props\":[]") },
    { "line.decode", POST(SAID "\"reactions\":{}") },
    { "line.decode", POST(SAID "\"replies\":{}") },
    { "post.type", POST(SAID "\"type\":\"channel_join\"") },
    { "post.type", POST(SAID "\"type\":\"custom_of_more_than_26_bytes_\"") },
    { "ref.user", POST(SAID "\"flagged_by\":[\"no\"]") },
    { "reaction.user.missing",
      POST(SAID "\"reactions\":[{\"emoji_name\":\"a\",\"create_at\":10}]") },
    { "ref.user",
      POST(SAID "\"reactions\":[{\"user\":\"no\",\"emoji_name\":\"a\",\"create_at\":10}]") },
    { "reaction.emoji.missing", POST(SAID "\"reactions\":[{\"user\":\"ann\",\"create_at\":10}]") },
    { "reaction.emoji.length", POST(SAID "\"reactions\":[{\"user\":\"ann\",\"emoji_name\":\"" L64
                                         "x\",\"create_at\":10}]") },
    { "reaction.emoji",
      POST(SAID "\"reactions\":[{\"user\":\"ann\",\"emoji_name\":\"clap::skin-tone-2\","
                "\"create_at\":10}]") },
    { "reaction.create_at.missing",
      POST(SAID "\"reactions\":[{\"user\":\"ann\",\"emoji_name\":\"a\"}]") },
    { "reaction.create_at.zero",
      POST(SAID "\"reactions\":[{\"user\":\"ann\",\"emoji_name\":\"a\",\"create_at\":0}]") },
    { "reaction.create_at.before",
      POST(SAID "\"reactions\":[{\"user\":\"ann\",\"emoji_name\":\"a\",\"create_at\":9}]") },
    { "attachment.path", POST(SAID "\"attachments\":[{\"path\":\"../../etc/passwd\"}]") },
    { "attachment.missing", POST(SAID "\"attachments\":[{\"path\":\"no.png\"}]") },
    { "follower.user.missing", POST(SAID "\"thread_followers\":[{\"last_viewed\":1}]") },
    { "ref.user", POST(SAID "\"thread_followers\":[{\"user\":\"no\"}]") },
    { "reply.user.missing", REPLY("\"message\":\"r\",\"create_at\":11") },
    { "ref.user", REPLY("\"user\":\"no\",\"message\":\"r\",\"create_at\":11") },
    { "reply.message.missing", REPLY("\"user\":\"ann\",\"create_at\":11") },
    { "reply.create_at.missing", REPLY("\"user\":\"ann\",\"message\":\"r\"") },
    { "reply.create_at.zero", REPLY("\"user\":\"ann\",\"message\":\"r\",\"create_at\":0") },
    { "reply.create_at.before", REPLY("\"user\":\"ann\",\"message\":\"r\",\"create_at\":9") },
    { "reply.type", REPLY("\"user\":\"ann\",\"message\":\"r\",\"create_at\":11,\"type\":\"x\"") },
    { "line.decode", REPLY("\"user\":\"ann\",\"message\":[],\"create_at\":11") },
    { "attachment.missing", REPLY("\"user\":\"ann\",\"message\":\"r\",\"create_at\":11,"
                                  "\"attachments\":[{\"path\":\"no\"}]") },
    { "direct_channel.members.missing", DC("\"header\":\"h\"") },
    { "direct_channel.members.few", DC("\"members\":[\"ann\"]") },
    { "direct_channel.members.many",
      DC("\"members\":[\"ann\",\"bob\",\"ann\",\"bob\",\"ann\",\"bob\",\"ann\",\"bob\",\"ann\"]") },
    { "direct_channel.members.few", DC("\"participants\":[{\"username\":\"ann\"}]") },
    { "ref.user", DC("\"members\":[\"ann\",\"no\"]") },
    { "ref.user", DC("\"participants\":[{\"username\":\"ann\"},{\"username\":\"no\"}]") },
    { "direct_channel.header.length",
      DC("\"members\":[\"ann\",\"bob\"],\"header\":\"" L1024 "x\"") },
    { "direct_channel.favorited_by",
      DC("\"members\":[\"ann\",\"ann\"],\"favorited_by\":[\"bob\"]") },
    { "line.decode", DC("\"members\":\"ann,bob\"") },
    { "direct_post.members.missing", DP("\"user\":\"ann\",\"message\":\"m\",\"create_at\":1") },
    { "direct_post.members.few",
      DP("\"channel_members\":[\"ann\"],\"user\":\"ann\",\"message\":\"m\",\"create_at\":1") },
    { "direct_post.members.many",
      DP("\"channel_members\":[\"ann\",\"bob\",\"ann\",\"bob\",\"ann\",\"bob\",\"ann\",\"bob\","
         "\"ann\"],\"user\":\"ann\",\"message\":\"m\",\"create_at\":1") },
    { "ref.user", DP("\"channel_members\":[\"ann\",\"no\"],\"user\":\"ann\",\"message\":\"m\","
                     "\"create_at\":1") },
    { "direct_post.user.missing",
      DP("\"channel_members\":[\"ann\",\"bob\"],\"message\":\"m\",\"create_at\":1") },
    { "direct_post.message.missing",
      DP("\"channel_members\":[\"ann\",\"bob\"],\"user\":\"ann\",\"create_at\":1") },
    { "direct_post.create_at.missing",
      DP("\"channel_members\":[\"ann\",\"bob\"],\"user\":\"ann\",\"message\":\"m\"") },
    { "direct_post.create_at.zero", DP("\"channel_members\":[\"ann\",\"bob\"],\"user\":\"ann\","
                                       "\"message\":\"m\",\"create_at\":0") },
    { "direct_post.flagged_by", DP(DSAID ",\"flagged_by\":[\"cyd\"]") },
    { "direct_post.type", DP(DSAID ",\"type\":\"system_ephemeral\"") },
    { "line.decode", DP("\"channel_members\":\"ann\",\"user\":\"ann\",\"message\":\"m\","
                        "\"create_at\":1") },
    { "post.again", POST(HERE "\"message\":\"m\",\"create_at\":10") "\n" POST(
                        "\"team\":\"acme\",\"channel\":\"dev\",\"user\":\"bob\",\"message\":\"m\","
                        "\"create_at\":10") },
    { "post.again", DP(DSAID) "\n" DP("\"channel_members\":[\"bob\",\"ann\"],\"user\":\"bob\","
                                      "\"message\":\"m\",\"create_at\":10") },
};

/* Too long for a line of the table: n letters between before and after. */
static const struct {
    const char *rule, *before, *after;
    size_t n;
} rows[] = {
    { "post.message.length", START "{\"type\":\"post\",\"post\":{" HERE "\"message\":\"",
      "\",\"create_at\":1}}\n", 16384 },
    { "reply.message.length",
      START "{\"type\":\"post\",\"post\":{" SAID "\"replies\":[{\"user\":\"ann\",\"message\":\"",
      "\",\"create_at\":11}]}}\n", 16384 },
    { "direct_post.message.length",
      START "{\"type\":\"direct_post\",\"direct_post\":{\"channel_members\":[\"ann\",\"bob\"],"
            "\"user\":\"ann\",\"create_at\":1,\"message\":\"",
      "\"}}\n", 16384 },
    { "post.props.length", START "{\"type\":\"post\",\"post\":{" SAID "\"props\":{\"a\":\"",
      "\"}}}\n", 800000 },
    { "reply.props.length",
      START "{\"type\":\"post\",\"post\":{" SAID "\"replies\":[{\"user\":\"ann\",\"message\":"
            "\"m\",\"create_at\":11,\"props\":{\"a\":\"",
      "\"}}]}}\n", 800000 },
    { "direct_post.props.length",
      START "{\"type\":\"direct_post\",\"direct_post\":{" DSAID ",\"props\":{\"a\":\"", "\"}}}\n",
      800000 },
    { "line.length", START "{\"type\":\"post\",\"post\":{" SAID "\"x\":\"", "\"}}\n", 16 << 20 },
};

typedef struct heard {
    hf_buf all; /* "rule line\n" each */
    size_t n;
} heard;

static void hear(void *self, const char *member, uint64_t line, const char *rule, const char *text)
{
    heard *h = self;

    assert_non_null(member);
    assert_true(strlen(text) > 10);
    hf_buf_printf(&h->all, "%s %llu: %s\n", rule, (unsigned long long)line, text);
    h->n++;
}

static void check_path(const char *path, heard *h, const char *max_post)
{
    hf_opts *opts = hf_opts_new();
    hf_source *src = NULL;
    hf_err *err = NULL;

    if (max_post != NULL)
        hf_opts_set(opts, "max-post", max_post);
    hf_buf_init(&h->all, HF_BUF_UNBOUNDED);
    h->n = 0;
    T_OK(err, hf_source_open(&src, path, NULL, &err));
    T_OK(err, hf_format_mattermost_bulk.check(src, opts, hear, h, &err));
    hf_source_close(src);
    hf_opts_free(opts);
}

/* In an archive with two images. */
static void check_text(hf_view text, heard *h, const char *max_post)
{
    static char large[(512 << 10) + 1];
    static const char *folder; /* one for all rows */
    char *path;
    hf_sink *sink = NULL;
    hf_err *err = NULL;

    if (folder == NULL)
        folder = t_folder();
    path = hf_sprintf("%s/in.zip", folder);
    T_OK(err, hf_sink_open(&sink, path, HF_SINK_ZIP, true, &err));
    T_OK(err, hf_sink_member(sink, HF_V("data/have.png"), &err));
    T_OK(err, hf_sink_write(sink, HF_V("png"), &err));
    T_OK(err, hf_sink_member(sink, HF_V("data/large.png"), &err));
    T_OK(err, hf_sink_write(sink, (hf_view){ large, sizeof(large) }, &err));
    T_OK(err, hf_sink_member(sink, HF_V("import.jsonl"), &err));
    T_OK(err, hf_sink_write(sink, text, &err));
    T_OK(err, hf_sink_commit(sink, &err));
    check_path(path, h, max_post);
    hf_free(path);
}

static void each_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *text = hf_sprintf("%s%s\n", START, cases[i].line);
        char *want =
            hf_sprintf("%s %d:", cases[i].rule, strcmp(cases[i].rule, "post.again") == 0 ? 7 : 6);
        heard h;

        check_text(hf_view_str(text), &h, NULL);
        if (strstr(hf_buf_cstr(&h.all), want) == NULL)
            fail_msg("row %zu: %s not said of %s\n%s", i, cases[i].rule, cases[i].line,
                     hf_buf_cstr(&h.all));
        hf_buf_clear(&h.all);
        hf_free(want);
        hf_free(text);
    }
}

/* Rules that need more than a line can hold in a table. */
static void large_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_buf text;
        heard h;

        hf_buf_init(&text, HF_BUF_UNBOUNDED);
        hf_buf_str(&text, rows[i].before);
        hf_buf_reserve(&text, rows[i].n);
        memset(text.p + text.n, 'a', rows[i].n);
        text.n += rows[i].n;
        hf_buf_str(&text, rows[i].after);
        check_text(hf_buf_view(&text), &h, NULL);
        if (strstr(hf_buf_cstr(&h.all), rows[i].rule) == NULL)
            fail_msg("%s was not said:\n%s", rows[i].rule, hf_buf_cstr(&h.all));
        hf_buf_clear(&h.all);
        /* The longest that is allowed raises nothing. */
        if (strstr(rows[i].rule, "message") != NULL) {
            size_t at = text.n - strlen(rows[i].after);

            memmove(text.p + at - 1, text.p + at, strlen(rows[i].after));
            text.n--;
            check_text(hf_buf_view(&text), &h, NULL);
            assert_int_equal(h.n, 0);
            hf_buf_clear(&h.all);
            check_text(hf_buf_view(&text), &h, "4000"); /* an older server's limit */
            assert_int_equal(h.n, 1);
            hf_buf_clear(&h.all);
        }
        hf_buf_clear(&text);
    }
}

static bool has_row(const char *rule)
{
    for (size_t i = 0; i < T_COUNT(cases); i++)
        if (strcmp(cases[i].rule, rule) == 0)
            return true;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        if (strcmp(rows[i].rule, rule) == 0)
            return true;
    return false;
}

static void no_rule_without_a_row(void **state)
{
    (void)state;
    for (int shape = 0; shape < SHAPE_COUNT; shape++)
        for (const bulk_rule *r = bulk_shapes[shape]; r->id != NULL; r++)
            if (!has_row(r->id))
                fail_msg("%s has no failing line", r->id);
}

static void whole_files(void **state)
{
    static const char good[] =
        START
            ROLE("\"name\":\"r\",\"display_name\":\"d\",\"permissions\":[]") "\n" SCHEME(
                "\"name\":\"sc\",\"display_name\":\"d\",\"scope\":\"channel\","
                "\"default_channel_admin_role\":{\"name\":\"a\",\"display_name\":\"d\"},"
                "\"default_channel_user_role\":{\"name\":\"b\",\"display_name\":\"d\"}") "\n" EMOJI("\"name\":\"parrot\",\"image\":\"./have.png\"") "\n" NEW("\"roles\":\"system_guest\",\"teams\":[{\"name\":\"acme\",\"roles\":\"team_guest\","
                                                                                                                                                             "\"theme\":\"\",\"channels\":[{\"name\":\"dev\",\"roles\":\"channel_guest\"}]}]") "\n" BOT("\"username\":\"robo\",\"owner\":\"com.example.plugin\"") "\n" POST(SAID
                                                                                                                                                                                                                                                                                                                            "\"type\":null,\"unknown\":1,\"reactions\":null,\"replies\":[{\"user\":\"robo\","
                                                                                                                                                                                                                                                                                                                            "\"message\":\"\",\"create_at\":10}]") "\n" DC("\"participants\":[{\"username\":\"ann\"},{\"username\":\"ann\"}]") "\n" DP(DSAID) "\n";
    static const char headless[] = "{\"type\":\"team\",\"team\":{\"name\":\"ac\",\"display_name\":"
                                   "\"A\",\"type\":\"O\"}}\n";
    char *path = hf_sprintf("%s/none.zip", t_folder());
    hf_sink *sink = NULL;
    hf_err *err = NULL;
    heard h;

    (void)state;
    check_text(hf_view_str(good), &h, NULL);
    if (h.n != 0)
        fail_msg("a sound file raises\n%s", hf_buf_cstr(&h.all));
    hf_buf_clear(&h.all);
    check_text(hf_view_str(headless), &h, NULL);
    assert_non_null(strstr(hf_buf_cstr(&h.all), "version.first 1:"));
    hf_buf_clear(&h.all);
    T_OK(err, hf_sink_open(&sink, path, HF_SINK_ZIP, true, &err));
    T_OK(err, hf_sink_member(sink, HF_V("sub/import.jsonl"), &err)); /* not in the root */
    T_OK(err, hf_sink_commit(sink, &err));
    check_path(path, &h, NULL);
    assert_non_null(strstr(hf_buf_cstr(&h.all), "zip.jsonl 0:"));
    hf_buf_clear(&h.all);
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_rule),
        cmocka_unit_test(large_ones),
        cmocka_unit_test(no_rule_without_a_row),
        cmocka_unit_test(whole_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
