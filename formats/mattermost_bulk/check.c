/* mattermost_bulk/check.c: would the server import this file?
 *
 * The rules are the server's own (and those of mmctl import validate, which reads the file as the
 * server does); every violation is said, where the server stops at the first. What stands on the
 * server already is not known here: references are to lines before.
 * Memory   names of the file's users and channels, 8 to 16 bytes a post, one line
 */
#include "check_priv.h"

#include "util/utf8.h"

#define V(function) " (import_validators.go " function ")"
#define M           " (mmctl validate.go)"

void bulk_say(bulk_checker *c, const char *rule, const char *text)
{
    c->say(c->self, c->member, c->line, rule, text);
}

uint32_t bulk_check_get(const bulk_checker *c, uint32_t obj, const char *key)
{
    return obj == HF_NO_TOK ? HF_NO_TOK : hf_tape_get(&c->t, obj, key);
}

hf_view bulk_check_str(const bulk_checker *c, uint32_t tok)
{
    return tok == HF_NO_TOK ? HF_V("") : hf_tok_string(&c->t, tok, c->mem);
}

uint32_t bulk_check_first(const bulk_checker *c, uint32_t list)
{
    if (list == HF_NO_TOK || hf_tok_type(&c->t, list) != HF_JSON_ARRAY)
        return HF_NO_TOK;
    return hf_tape_first(&c->t, list);
}

static hf_view get_str(const bulk_checker *c, uint32_t obj, const char *key)
{
    return bulk_check_str(c, bulk_check_get(c, obj, key));
}

bool bulk_check_number(const bulk_checker *c, uint32_t obj, const char *key, int64_t *n)
{
    uint32_t tok = bulk_check_get(c, obj, key);

    return tok != HF_NO_TOK && hf_tok_i64(&c->t, tok, n);
}

/* A violation and the start of the name that it is about. */
void bulk_say_name(bulk_checker *c, const char *rule, const char *text, hf_view name)
{
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_str(&b, text);
    hf_buf_str(&b, ": ");
    hf_buf_printable(&b, bulk_first_runes(name, 80));
    bulk_say(c, rule, hf_arena_dup(c->mem, hf_buf_view(&b)).p);
    hf_buf_clear(&b);
}

/* ASCII lower case, as names are looked up. */
static hf_view lower(const bulk_checker *c, hf_view v)
{
    hf_view out = hf_arena_dup(c->mem, v);
    char *p = (char *)(uintptr_t)out.p;

    for (size_t i = 0; i < out.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z')
            p[i] = (char)(p[i] + 32);
    return out;
}

/* --- references and duplicates -------------------------------------------------------------------
 */

/* Note a definition; an earlier one of that name is said. */
static void define(bulk_checker *c, hf_map *map, hf_view name, const char *rule, const char *text)
{
    bool fresh;
    hf_map_entry *e;

    if (name.n == 0)
        return;
    e = hf_map_put(map, name, &fresh);
    if (fresh)
        e->v.u = c->line;
    else
        bulk_say_name(c, rule, text, name);
}

static void refer(bulk_checker *c, const hf_map *map, hf_view name, const char *rule,
                  const char *text)
{
    if (name.n > 0 && hf_map_get(map, name) == NULL)
        bulk_say_name(c, rule, text, name);
}

void bulk_refer_user(bulk_checker *c, hf_view name)
{
    refer(c, c->users, lower(c, name), "ref.user", "no line before defines this user" M);
}

void bulk_refer_users(bulk_checker *c, uint32_t list)
{
    for (uint32_t k = bulk_check_first(c, list); k != HF_NO_TOK; k = hf_tape_after(&c->t, list, k))
        bulk_refer_user(c, bulk_check_str(c, k));
}

void bulk_refer_team(bulk_checker *c, hf_view name)
{
    refer(c, c->teams, name, "ref.team", "no line before defines this team" M);
}

void bulk_refer_channel(bulk_checker *c, hf_view team, hf_view name)
{
    if (team.n > 0 && name.n > 0)
        refer(c, c->channels, lower(c, bulk_channel_id(team, name, c->mem)), "ref.channel",
              "no line before defines this channel" M);
}

/* --- attachments ---------------------------------------------------------------------------------
 */

/* "data/" and the path without "." and ".."; empty when it leaves data/. */
static hf_view clean_path(const bulk_checker *c, hf_view path)
{
    hf_view out;
    hf_buf b;
    size_t depth = 0;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_str(&b, "data");
    while (path.n > 0) {
        size_t slash = hf_view_find_byte(path, '/');
        hf_view step = hf_view_sub(path, 0, slash);

        path = slash == HF_NPOS ? HF_V("") : hf_view_from(path, slash + 1);
        if (hf_view_is(step, "..")) {
            if (depth == 0) {
                hf_buf_clear(&b);
                return HF_V("");
            }
            depth--;
            b.n = hf_view_find_last(hf_buf_view(&b), '/');
        } else if (step.n > 0 && !hf_view_is(step, ".")) {
            depth++;
            hf_buf_byte(&b, '/');
            hf_buf_add(&b, step);
        }
    }
    out = hf_arena_dup(c->mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return out;
}

/* Index of the member at path, UINT32_MAX when there is none or it was complained of. */
uint32_t bulk_check_path(bulk_checker *c, hf_view path, const char *unsafe, const char *missing)
{
    hf_view name = clean_path(c, path);
    uint32_t member = UINT32_MAX;

    if (path.n == 0)
        return member;
    if (name.n == 0) {
        bulk_say_name(c, unsafe, "path leaves data/" V("ValidateAttachmentPathForImport"), path);
    } else if (hf_source_get_kind(c->source) != HF_SOURCE_FILE) {
        member = hf_source_find(c->source, name);
        if (member == UINT32_MAX)
            bulk_say_name(c, missing, "the archive has no such file below data/" M, path);
    }
    return member;
}

/* --- definitions ---------------------------------------------------------------------------------
 */

static void check_team(bulk_checker *c, uint32_t obj)
{
    bulk_check_shape(c, SHAPE_TEAM, obj);
    refer(c, c->schemes, get_str(c, obj, "scheme"), "ref.scheme",
          "no line before defines this scheme" M);
    define(c, c->teams, get_str(c, obj, "name"), "team.again", "this team is defined twice" M);
}

static void check_channel(bulk_checker *c, uint32_t obj)
{
    hf_view team = get_str(c, obj, "team"), name = get_str(c, obj, "name");

    bulk_check_shape(c, SHAPE_CHANNEL, obj);
    bulk_refer_team(c, team);
    refer(c, c->schemes, get_str(c, obj, "scheme"), "ref.scheme",
          "no line before defines this scheme" M);
    if (name.n > 0)
        define(c, c->channels, lower(c, bulk_channel_id(team, name, c->mem)), "channel.again",
               "this channel is defined twice" M);
}

static void check_memberships(bulk_checker *c, uint32_t teams)
{
    for (uint32_t k = bulk_check_first(c, teams); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, teams, k)) {
        hf_view team = get_str(c, k, "name");
        uint32_t list = bulk_check_get(c, k, "channels");

        bulk_check_shape(c, SHAPE_USER_TEAM, k);
        bulk_refer_team(c, team);
        for (uint32_t m = bulk_check_first(c, list); m != HF_NO_TOK;
             m = hf_tape_after(&c->t, list, m)) {
            bulk_check_shape(c, SHAPE_USER_CHANNEL, m);
            bulk_check_shape(c, SHAPE_CHANNEL_NOTIFY, bulk_check_get(c, m, "notify_props"));
            bulk_refer_channel(c, team, get_str(c, m, "name"));
        }
    }
}

static void check_user(bulk_checker *c, uint32_t obj)
{
    bulk_check_shape(c, SHAPE_USER, obj);
    bulk_check_shape(c, SHAPE_USER_NOTIFY, bulk_check_get(c, obj, "notify_props"));
    bulk_check_auth(c, obj);
    bulk_check_guest(c, obj);
    check_memberships(c, bulk_check_get(c, obj, "teams"));
    bulk_check_path(c, get_str(c, obj, "profile_image"), "attachment.path", "attachment.missing");
    define(c, c->users, lower(c, get_str(c, obj, "username")), "user.again",
           "this user is defined twice" M);
    define(c, c->emails, lower(c, get_str(c, obj, "email")), "user.email.again",
           "two users have this address (table users: email is unique)");
}

static void check_bot(bulk_checker *c, uint32_t obj)
{
    bulk_check_shape(c, SHAPE_BOT, obj);
    bulk_check_path(c, get_str(c, obj, "profile_image"), "attachment.path", "attachment.missing");
    define(c, c->users, lower(c, get_str(c, obj, "username")), "user.again",
           "this user is defined twice" M);
}

static void check_emoji(bulk_checker *c, uint32_t obj)
{
    enum { MAX_IMAGE = 512 << 10 };
    uint32_t image;

    bulk_check_shape(c, SHAPE_EMOJI, obj);
    image = bulk_check_path(c, get_str(c, obj, "image"), "emoji.image.path", "emoji.image.absent");
    if (image != UINT32_MAX && hf_source_member(c->source, image)->size > MAX_IMAGE)
        bulk_say(c, "emoji.image.size", "image is larger than 512 KiB (app/emoji.go)");
    define(c, c->emoji, get_str(c, obj, "name"), "emoji.again", "this emoji is defined twice" M);
}

/* Two people (or one twice), or three to eight. */
void bulk_check_member_count(bulk_checker *c, uint32_t list, const char *few, const char *many,
                             const char *where)
{
    uint32_t n = 0;

    if (list == HF_NO_TOK || hf_tok_type(&c->t, list) != HF_JSON_ARRAY)
        return;
    for (uint32_t k = hf_tape_first(&c->t, list); k != HF_NO_TOK; k = hf_tape_after(&c->t, list, k))
        n++;
    if (n < 2)
        bulk_say(c, few, where);
    else if (n > BULK_GROUP_MAX)
        bulk_say(c, many, where);
}

static bool is_list(const bulk_checker *c, uint32_t tok)
{
    return tok != HF_NO_TOK && hf_tok_type(&c->t, tok) == HF_JSON_ARRAY;
}

static void check_direct_channel(bulk_checker *c, uint32_t obj)
{
    static const char text[] = "a direct channel has two members, a group three to eight" V(
        "ValidateDirectChannelImportData");
    uint32_t people = bulk_check_get(c, obj, "participants");
    uint32_t names = bulk_check_get(c, obj, "members");
    uint32_t favored = bulk_check_get(c, obj, "favorited_by");
    hf_map *members = hf_map_new();

    bulk_check_shape(c, SHAPE_DIRECT_CHANNEL, obj);
    if (!is_list(c, people) && !is_list(c, names))
        bulk_say(
            c, "direct_channel.members.missing",
            "a direct channel needs participants or members" V("ValidateDirectChannelImportData"));
    bulk_check_member_count(c, people, "direct_channel.members.few", "direct_channel.members.many",
                            text);
    bulk_check_member_count(c, names, "direct_channel.members.few", "direct_channel.members.many",
                            text);
    for (uint32_t k = bulk_check_first(c, people); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, people, k)) {
        hf_map_put(members, get_str(c, k, "username"), NULL);
        bulk_refer_user(c, get_str(c, k, "username"));
    }
    for (uint32_t k = bulk_check_first(c, names); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, names, k))
        hf_map_put(members, bulk_check_str(c, k), NULL);
    bulk_refer_users(c, names);
    for (uint32_t k = bulk_check_first(c, favored); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, favored, k))
        if (hf_map_get(members, bulk_check_str(c, k)) == NULL)
            bulk_say_name(
                c, "direct_channel.favorited_by",
                "who has it as a favorite is no member" V("ValidateDirectChannelImportData"),
                bulk_check_str(c, k));
    hf_map_free(members);
}

/* --- lines ---------------------------------------------------------------------------------------
 */

static void check_scheme(bulk_checker *c, uint32_t obj)
{
    bulk_check_shape(c, SHAPE_SCHEME, obj);
    bulk_check_scheme_roles(c, obj);
    define(c, c->schemes, get_str(c, obj, "name"), "scheme.again",
           "this scheme is defined twice" M);
}

static void check_role(bulk_checker *c, uint32_t obj)
{
    bulk_check_shape(c, SHAPE_ROLE, obj);
}

static const struct {
    const char *type;
    void (*check)(bulk_checker *c, uint32_t obj);
} line_types[] = {
    { "role", check_role },
    { "scheme", check_scheme },
    { "emoji", check_emoji },
    { "team", check_team },
    { "channel", check_channel },
    { "user", check_user },
    { "bot", check_bot },
    { "post", bulk_check_post },
    { "direct_channel", check_direct_channel },
    { "direct_post", bulk_check_direct_post },
};

static void check_version(bulk_checker *c)
{
    uint32_t version = hf_tape_get(&c->t, 0, "version");
    int64_t n;

    if (c->line != 1)
        bulk_say(c, "version.again", "only the first line is a version line" M);
    if (version == HF_NO_TOK || !hf_tok_i64(&c->t, version, &n) || n != 1)
        bulk_say(c, "version.value", "the version must be 1 (app/import.go BulkImport)");
}

static void check_object(bulk_checker *c)
{
    hf_view type = bulk_check_str(c, hf_tape_get(&c->t, 0, "type"));

    if (c->line == 1 && !hf_view_is(type, "version"))
        bulk_say(c, "version.first",
                 "the first line must be the version line (app/import.go "
                 "processImportDataFileVersionLine)");
    if (hf_view_is(type, "version")) {
        check_version(c);
        return;
    }
    for (size_t i = 0; i < sizeof(line_types) / sizeof(line_types[0]); i++) {
        uint32_t obj;

        if (!hf_view_is(type, line_types[i].type))
            continue;
        obj = hf_tape_get(&c->t, 0, line_types[i].type);
        if (obj == HF_NO_TOK || hf_tok_type(&c->t, obj) != HF_JSON_OBJECT)
            bulk_say(c, "line.object",
                     "the line has no object of its type (app/import.go "
                     "importLine)");
        else
            line_types[i].check(c, obj);
        return;
    }
    bulk_say_name(c, "line.type", "unknown line type (app/import.go importLine)", type);
}

/* A NUL in a text, spelled \u0000: PostgreSQL stores none. */
static bool has_nul(hf_view line)
{
    hf_view rest = line;

    for (;;) {
        size_t at = hf_view_find(rest, HF_V("\\u0000")), slashes = 0;

        if (at == HF_NPOS)
            return false;
        while (slashes < at && rest.p[at - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return true;
        rest = hf_view_from(rest, at + 6);
    }
}

static void check_line(bulk_checker *c, const bulk_line *line)
{
    static const hf_json_limits limits = { BULK_MAX_LINE, 4 << 20, 0 };
    hf_err *err = NULL;

    c->line = line->number;
    hf_arena_reset(c->mem);
    if (line->is_long || line->text.n >= BULK_LINE_BYTES)
        bulk_say(c, "line.length", "line is longer than 16 MiB (app/import.go maxScanTokenSize)");
    if (line->is_long)
        return;
    if (line->text.n == 0) {
        bulk_say(c, "line.empty", "line is empty (app/import.go BulkImport)");
        return;
    }
    if (hf_tape_parse(&c->t, line->text, &limits, &err) != HF_OK ||
        hf_tok_type(&c->t, 0) != HF_JSON_OBJECT) {
        bulk_say_name(c, "line.json", "line is no JSON object (app/import.go BulkImport)",
                      hf_view_str(err == NULL ? "another value" : err->message));
        hf_err_free(err);
        return;
    }
    if (has_nul(line->text))
        bulk_say(c, "text.nul",
                 "a text holds U+0000, which PostgreSQL refuses (upgrade notes 6.0)");
    check_object(c);
}

static void checker_clear(bulk_checker *c)
{
    hf_map_free(c->teams);
    hf_map_free(c->channels);
    hf_map_free(c->users);
    hf_map_free(c->emails);
    hf_map_free(c->schemes);
    hf_map_free(c->emoji);
    bulk_seen_clear(&c->posts);
    hf_tape_clear(&c->t);
    hf_buf_clear(&c->key);
    hf_arena_free(c->mem);
}

hf_status bulk_check(hf_source *src, const hf_opts *opts,
                     void (*say)(void *self, const char *member, uint64_t line, const char *rule,
                                 const char *text),
                     void *self, hf_err **err)
{
    uint32_t member = bulk_find_lines(src);
    bulk_checker c = { .source = src, .say = say, .self = self, .max_post = BULK_MESSAGE_RUNES };
    bulk_lines *lines = NULL;
    bulk_line line;
    hf_status rc;
    char *name;

    if (member == UINT32_MAX) {
        say(self, "", 0, "zip.jsonl", "no .jsonl file in the archive's root (app/import.go)");
        return HF_OK;
    }
    (void)hf_view_u64(hf_view_str(hf_opts_get(opts, "max-post")), &c.max_post);
    name = hf_view_dup(hf_source_member(src, member)->name);
    c.member = name;
    c.mem = hf_arena_new();
    c.teams = hf_map_new();
    c.channels = hf_map_new();
    c.users = hf_map_new();
    c.emails = hf_map_new();
    c.schemes = hf_map_new();
    c.emoji = hf_map_new();
    hf_tape_init(&c.t);
    hf_buf_init(&c.key, HF_BUF_UNBOUNDED);
    rc = bulk_lines_open(&lines, src, member, err);
    while (rc == HF_OK && (rc = bulk_lines_next(lines, &line, err)) == HF_OK)
        check_line(&c, &line);
    bulk_lines_close(lines);
    checker_clear(&c);
    hf_free(name);
    return rc == HF_END ? HF_OK : rc;
}
