/* mattermost_bulk/parse.c: definition lines as records.
 *
 * Line    {"type":T,T:{...}}; T is version, role, scheme, emoji, team, channel, user, bot,
 *         direct_channel, or of parse_post.c
 * Ids     none in the file: users are known by username, channels by "team/name", direct channels
 *         by their members
 * Times   milliseconds; 0 says never
 * What is at its default ("", 0, [] ...), the line's type and the names that make up the id are
 * carried by the record's name: a target that has the record says them too.
 * Source  server/channels/app/imports/import_types.go, server/channels/app/export_converters.go
 */
#include "bulk_priv.h"

#include "mattermost_common/props.h"
#include "parse_priv.h"

#include <stdlib.h>

static const struct {
    const char *name;
    bulk_type type;
} types[] = {
    { "team", BULK_TEAM },   { "channel", BULK_CHANNEL },
    { "user", BULK_USER },   { "bot", BULK_BOT },
    { "emoji", BULK_EMOJI }, { "direct_channel", BULK_DIRECT_CHANNEL },
    { "post", BULK_POST },   { "direct_post", BULK_DIRECT_POST },
};

static bulk_type type_of(hf_view name)
{
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        if (hf_view_is(name, types[i].name))
            return types[i].type;
    return BULK_OTHER;
}

bulk_type bulk_line_type(const hf_tape *t, hf_arena *mem)
{
    uint32_t tok = hf_tape_get(t, 0, "type");
    hf_view name = tok == HF_NO_TOK ? HF_V("") : hf_tok_string(t, tok, mem);
    bulk_type type = type_of(name);
    hf_view key = hf_arena_dup(mem, name); /* ends with a NUL */
    uint32_t obj = type == BULK_OTHER ? HF_NO_TOK : hf_tape_get(t, 0, key.p);

    return obj != HF_NO_TOK && hf_tok_type(t, obj) == HF_JSON_OBJECT ? type : BULK_OTHER;
}

bulk_type bulk_guess_type(hf_view line)
{
    static const char head[] = "{\"type\":\"";
    size_t end;

    if (!hf_view_starts(line, hf_view_str(head)))
        return BULK_OTHER;
    line = hf_view_sub(line, sizeof(head) - 1, 32);
    end = hf_view_find_byte(line, '"');
    return end == HF_NPOS ? BULK_OTHER : type_of(hf_view_sub(line, 0, end));
}

/* --- small steps ---------------------------------------------------------------------------------
 */

uint32_t bulk_get(const bulk_parse *x, uint32_t obj, const char *key)
{
    return obj == HF_NO_TOK ? HF_NO_TOK : hf_tape_get(x->t, obj, key);
}

hf_view bulk_str(const bulk_parse *x, uint32_t tok)
{
    return tok == HF_NO_TOK ? HF_V("") : hf_tok_string(x->t, tok, x->b->mem);
}

bool bulk_is_true(const bulk_parse *x, uint32_t tok)
{
    return tok != HF_NO_TOK && hf_tok_type(x->t, tok) == HF_JSON_TRUE;
}

void bulk_carry(const bulk_parse *x, uint32_t tok, uint32_t value)
{
    if (tok != HF_NO_TOK && value != BULK_NO_VALUE)
        hf_take_for(x->t, tok, value);
}

bool bulk_carry_default(const bulk_parse *x, uint32_t tok, uint32_t value)
{
    return mm_props_default(x->t, tok, value);
}

void bulk_text(const bulk_parse *x, hf_record *r, uint32_t tok, hf_field f, uint32_t item,
               uint32_t anchor)
{
    if (!bulk_carry_default(x, tok, anchor))
        hf_take_text(x->b, r, x->t, tok, f, item);
}

bool bulk_time(const bulk_parse *x, hf_record *r, uint32_t tok, hf_field f, uint32_t item,
               uint32_t anchor)
{
    if (bulk_carry_default(x, tok, anchor))
        return false;
    return hf_take_time(x->b, r, x->t, tok, f, item, 1000, false);
}

/* Is word one of the space-separated roles? */
static bool has_role(hf_view roles, const char *word)
{
    hf_view want = hf_view_str(word);

    for (size_t at = 0; at < roles.n;) {
        size_t end = hf_view_find_byte(hf_view_from(roles, at), ' ');
        size_t n = end == HF_NPOS ? roles.n - at : end;

        if (hf_view_eq(hf_view_sub(roles, at, n), want))
            return true;
        at += n + 1;
    }
    return false;
}

/* A field with a word of ours for what the token says. */
static void word(const bulk_parse *x, hf_record *r, uint32_t tok, hf_field f, const char *text)
{
    bulk_carry(x, tok, hf_rec_text(x->b, r, f, 0, hf_view_str(text)));
}

/* --- ids -----------------------------------------------------------------------------------------
 */

hf_view bulk_channel_id(hf_view team, hf_view name, hf_arena *mem)
{
    char *p = hf_arena_alloc(mem, team.n + name.n + 2);

    if (team.n > 0)
        memcpy(p, team.p, team.n);
    p[team.n] = '/';
    if (name.n > 0)
        memcpy(p + team.n + 1, name.p, name.n);
    p[team.n + 1 + name.n] = '\0';
    return (hf_view){ p, team.n + 1 + name.n };
}

static int by_bytes(const void *a, const void *b)
{
    return hf_view_cmp(*(const hf_view *)a, *(const hf_view *)b);
}

hf_view bulk_direct_id(hf_view *names, size_t n, hf_arena *mem)
{
    size_t len = 0, at = 0;
    char *p;

    if (n > 0)
        qsort(names, n, sizeof(*names), by_bytes);
    for (size_t i = 0; i < n; i++)
        len += names[i].n + 1;
    p = hf_arena_alloc(mem, len + 1);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            p[at++] = ',';
        if (names[i].n > 0)
            memcpy(p + at, names[i].p, names[i].n);
        at += names[i].n;
    }
    p[at] = '\0';
    return (hf_view){ p, at };
}

hf_view bulk_direct_id_of(const bulk_parse *x, uint32_t array, bool of_objects)
{
    size_t n = 0, cap = 8;
    hf_view *names = hf_arena_alloc(x->b->mem, cap * sizeof(*names));
    hf_view id;

    if (array == HF_NO_TOK)
        return HF_V("");
    for (uint32_t k = hf_tape_first(x->t, array); k != HF_NO_TOK;
         k = hf_tape_after(x->t, array, k)) {
        if (n == cap) {
            hf_view *more = hf_arena_alloc(x->b->mem, 2 * cap * sizeof(*more));

            memcpy(more, names, n * sizeof(*more));
            names = more;
            cap *= 2;
        }
        names[n++] = bulk_str(x, of_objects ? bulk_get(x, k, "username") : k);
    }
    id = bulk_direct_id(names, n, x->b->mem);
    return id;
}

/* --- definitions ---------------------------------------------------------------------------------
 */

static void read_team(const bulk_parse *x, uint32_t obj, hf_record *r)
{
    uint32_t name = bulk_get(x, obj, "name"), type = bulk_get(x, obj, "type");

    r->kind = HF_KIND_WORKSPACE;
    r->id = bulk_str(x, name);
    hf_take_text(x->b, r, x->t, name, HF_F_WORKSPACE_NAME, 0);
    bulk_text(x, r, bulk_get(x, obj, "display_name"), HF_F_WORKSPACE_TITLE, 0, 0);
    bulk_text(x, r, bulk_get(x, obj, "description"), HF_F_WORKSPACE_ABOUT, 0, 0);
    if (hf_view_is(bulk_str(x, type), "O"))
        word(x, r, type, HF_F_WORKSPACE_KIND, "open");
    else if (hf_view_is(bulk_str(x, type), "I"))
        word(x, r, type, HF_F_WORKSPACE_KIND, "invite");
}

static void read_channel(const bulk_parse *x, uint32_t obj, hf_record *r)
{
    uint32_t name = bulk_get(x, obj, "name"), type = bulk_get(x, obj, "type");
    uint32_t team = bulk_get(x, obj, "team");

    r->kind = HF_KIND_CHANNEL;
    if (bulk_str(x, name).n > 0)
        r->id = bulk_channel_id(bulk_str(x, team), bulk_str(x, name), x->b->mem);
    hf_take_text(x->b, r, x->t, name, HF_F_CHANNEL_NAME, 0);
    bulk_text(x, r, bulk_get(x, obj, "display_name"), HF_F_CHANNEL_TITLE, 0, 0);
    if (hf_view_is(bulk_str(x, type), "O"))
        word(x, r, type, HF_F_CHANNEL_KIND, "public");
    else if (hf_view_is(bulk_str(x, type), "P"))
        word(x, r, type, HF_F_CHANNEL_KIND, "private");
    hf_take_text(x->b, r, x->t, team, HF_F_CHANNEL_WORKSPACE, 0);
    bulk_text(x, r, bulk_get(x, obj, "header"), HF_F_CHANNEL_TOPIC, 0, 0);
    bulk_text(x, r, bulk_get(x, obj, "purpose"), HF_F_CHANNEL_PURPOSE, 0, 0);
    if (bulk_time(x, r, bulk_get(x, obj, "deleted_at"), HF_F_CHANNEL_ARCHIVED_AT, 0, 0))
        hf_rec_num(x->b, r, HF_F_CHANNEL_IS_ARCHIVED, 0, 1);
}

static void read_direct_channel(const bulk_parse *x, uint32_t obj, hf_record *r)
{
    uint32_t people = bulk_get(x, obj, "participants"), names = bulk_get(x, obj, "members");
    bool of_objects = people != HF_NO_TOK && hf_tok_type(x->t, people) == HF_JSON_ARRAY;
    uint32_t list = of_objects ? people : names, n = 0;

    r->kind = HF_KIND_CHANNEL;
    r->id = bulk_direct_id_of(x, list, of_objects);
    for (uint32_t k = list == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(x->t, list); k != HF_NO_TOK;
         k = hf_tape_after(x->t, list, k))
        n++;
    hf_rec_text(x->b, r, HF_F_CHANNEL_KIND, 0, n <= 2 ? HF_V("dm") : HF_V("group"));
    n = 0;
    for (uint32_t k = list == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(x->t, list); k != HF_NO_TOK;
         k = hf_tape_after(x->t, list, k))
        hf_take_text(x->b, r, x->t, of_objects ? bulk_get(x, k, "username") : k,
                     HF_F_CHANNEL_MEMBER, n++);
    /* The older spelling beside the newer one says the same again. */
    if (of_objects && names != HF_NO_TOK && hf_view_eq(bulk_direct_id_of(x, names, false), r->id))
        bulk_carry(x, names, 0);
    bulk_text(x, r, bulk_get(x, obj, "header"), HF_F_CHANNEL_TOPIC, 0, 0);
}

/* Roles, and the names of teams and channels: those belong to the member lists of the channels. */
static void read_user_teams(const bulk_parse *x, uint32_t teams, hf_record *r)
{
    bool has = hf_rec_get(r, HF_F_USER_ROLE) != NULL;

    for (uint32_t k = teams == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(x->t, teams); k != HF_NO_TOK;
         k = hf_tape_after(x->t, teams, k)) {
        uint32_t roles = bulk_get(x, k, "roles"), channels = bulk_get(x, k, "channels");

        bulk_carry(x, bulk_get(x, k, "name"), 0);
        if (!has && has_role(bulk_str(x, roles), "team_admin")) {
            word(x, r, roles, HF_F_USER_ROLE, "admin");
            has = true;
        }
        for (uint32_t c = channels == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(x->t, channels);
             c != HF_NO_TOK; c = hf_tape_after(x->t, channels, c))
            bulk_carry(x, bulk_get(x, c, "name"), 0);
    }
}

static void read_user(const bulk_parse *x, uint32_t obj, hf_record *r)
{
    uint32_t name = bulk_get(x, obj, "username"), roles = bulk_get(x, obj, "roles");
    hf_view email = bulk_str(x, bulk_get(x, obj, "email"));

    r->kind = HF_KIND_USER;
    r->id = bulk_str(x, name);
    hf_take_text(x->b, r, x->t, name, HF_F_USER_NAME, 0);
    bulk_text(x, r, bulk_get(x, obj, "nickname"), HF_F_USER_DISPLAY_NAME, 0, 0);
    bulk_text(x, r, bulk_get(x, obj, "first_name"), HF_F_USER_FIRST_NAME, 0, 0);
    bulk_text(x, r, bulk_get(x, obj, "last_name"), HF_F_USER_LAST_NAME, 0, 0);
    bulk_text(x, r, bulk_get(x, obj, "email"), HF_F_USER_EMAIL, 0, 0);
    bulk_text(x, r, bulk_get(x, obj, "position"), HF_F_USER_TITLE, 0, 0);
    bulk_text(x, r, bulk_get(x, obj, "locale"), HF_F_USER_LOCALE, 0, 0);
    bulk_carry_default(x, bulk_get(x, obj, "auth_service"), 0);
    if (has_role(bulk_str(x, roles), "system_admin"))
        word(x, r, roles, HF_F_USER_ROLE, "system_admin");
    else if (has_role(bulk_str(x, roles), "system_guest"))
        word(x, r, roles, HF_F_USER_GUEST, "multi");
    read_user_teams(x, bulk_get(x, obj, "teams"), r);
    if (bulk_time(x, r, bulk_get(x, obj, "delete_at"), HF_F_USER_DEACTIVATED_AT, 0, 0))
        hf_rec_num(x->b, r, HF_F_USER_IS_DEACTIVATED, 0, 1);
    if (hf_view_ends(email, HF_V("@" BULK_STUB_DOMAIN)))
        r->flags |= HF_REC_MADE | HF_REC_STUB;
}

static void read_bot(const bulk_parse *x, uint32_t obj, hf_record *r)
{
    uint32_t name = bulk_get(x, obj, "username");
    hf_view about = bulk_str(x, bulk_get(x, obj, "description"));

    r->kind = HF_KIND_USER;
    r->id = bulk_str(x, name);
    hf_take_text(x->b, r, x->t, name, HF_F_USER_NAME, 0);
    bulk_carry(x, hf_tape_get(x->t, 0, "type"), hf_rec_num(x->b, r, HF_F_USER_IS_BOT, 0, 1));
    hf_take_text(x->b, r, x->t, bulk_get(x, obj, "owner"), HF_F_USER_BOT_OWNER, 0);
    bulk_text(x, r, bulk_get(x, obj, "display_name"), HF_F_USER_DISPLAY_NAME, 0, 0);
    bulk_carry_default(x, bulk_get(x, obj, "description"), 0);
    if (bulk_time(x, r, bulk_get(x, obj, "delete_at"), HF_F_USER_DEACTIVATED_AT, 0, 0))
        hf_rec_num(x->b, r, HF_F_USER_IS_DEACTIVATED, 0, 1);
    if (hf_view_is(about, BULK_STUB_BOT))
        r->flags |= HF_REC_MADE | HF_REC_STUB;
}

static void read_emoji(const bulk_parse *x, uint32_t obj, hf_record *r)
{
    uint32_t name = bulk_get(x, obj, "name"), image = bulk_get(x, obj, "image");
    hf_view path = bulk_str(x, image);

    r->kind = HF_KIND_EMOJI;
    r->id = bulk_str(x, name);
    hf_take_text(x->b, r, x->t, name, HF_F_EMOJI_NAME, 0);
    if (path.n > 0)
        bulk_carry(x, image, hf_rec_text(x->b, r, HF_F_EMOJI_PATH, 0, bulk_member_name(x, path)));
}

hf_view bulk_member_name(const bulk_parse *x, hf_view path)
{
    return bulk_channel_id(HF_V("data"), path, x->b->mem);
}

/* Lines without a record of ours are told apart by their bytes; of version lines there is one. */
static void read_opaque(const bulk_parse *x, hf_record *r)
{
    uint32_t type = hf_tape_get(x->t, 0, "type");
    hf_sha256 d = hf_sha256_of(r->raw.bytes);
    char hex[65];

    r->kind = HF_KIND_OPAQUE;
    if (type != HF_NO_TOK && hf_view_is(hf_tok_raw(x->t, type), "\"version\"")) {
        r->id = HF_V("version");
        return;
    }
    hf_sha256_hex(&d, hex);
    r->id = hf_arena_dup(x->b->mem, (hf_view){ hex, 32 });
}

void bulk_read_definition(const bulk_parse *x, bulk_type type, hf_record *r)
{
    static void (*const read[])(const bulk_parse *, uint32_t, hf_record *) = {
        [BULK_TEAM] = read_team,   [BULK_CHANNEL] = read_channel,
        [BULK_USER] = read_user,   [BULK_BOT] = read_bot,
        [BULK_EMOJI] = read_emoji, [BULK_DIRECT_CHANNEL] = read_direct_channel,
        [BULK_DIRECT_POST] = NULL,
    };

    r->format = BULK_FORMAT;
    r->dialect = HF_DIALECT_MARKDOWN;
    r->id = HF_V("");
    if (read[type] != NULL) {
        hf_view key = bulk_str(x, hf_tape_get(x->t, 0, "type"));

        read[type](x, hf_tape_get(x->t, 0, hf_arena_dup(x->b->mem, key).p), r);
    }
    if (r->id.n == 0) { /* no name, no record */
        for (uint32_t i = 0; i < x->t->n; i++)
            x->t->tok[i].field = 0;
        r->nvalue = 0;
        r->flags = 0;
        read_opaque(x, r);
    } else if (x->t->tok[hf_tape_get(x->t, 0, "type")].field == 0) {
        bulk_carry(x, hf_tape_get(x->t, 0, "type"), 0);
    }
    if (x->paths != NULL)
        hf_account_json(x->b, r, x->paths, x->t, 0,
                        hf_path(x->paths, hf_view_str(hf_kind_name(r->kind))));
}

void bulk_add_member(hf_batch *b, hf_record *channel, uint32_t item, hf_view username)
{
    hf_rec_text(b, channel, HF_F_CHANNEL_MEMBER, item, username);
}

void bulk_memberships(const hf_tape *t, hf_arena *mem,
                      void (*fn)(void *self, hf_view user, hf_view channel_id), void *self)
{
    hf_batch lent = { .mem = mem };
    hf_tape *tape = (hf_tape *)(uintptr_t)t; /* only read */
    bulk_parse x = { &lent, tape, NULL };
    uint32_t user = hf_tape_get(t, 0, "user");
    uint32_t teams = bulk_get(&x, user, "teams");
    hf_view name = bulk_str(&x, bulk_get(&x, user, "username"));

    for (uint32_t k = teams == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(t, teams); k != HF_NO_TOK;
         k = hf_tape_after(t, teams, k)) {
        hf_view team = bulk_str(&x, bulk_get(&x, k, "name"));
        uint32_t list = bulk_get(&x, k, "channels");

        for (uint32_t c = list == HF_NO_TOK ? HF_NO_TOK : hf_tape_first(t, list); c != HF_NO_TOK;
             c = hf_tape_after(t, list, c))
            fn(self, name, bulk_channel_id(team, bulk_str(&x, bulk_get(&x, c, "name")), mem));
    }
}
