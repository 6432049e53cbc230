/* mattermost_bulk/check_rules.c: rules applied to objects, and those over several fields. */
#include "check_priv.h"

#include "util/utf8.h"

#define V(function) " (import_validators.go " function ")"

static bool is_one_of(hf_view v, const char *words)
{
    hf_view rest = hf_view_str(words);

    for (;;) {
        size_t bar = hf_view_find_byte(rest, '|');

        if (hf_view_eq(hf_view_sub(rest, 0, bar), v))
            return true;
        if (bar == HF_NPOS)
            return false;
        rest = hf_view_from(rest, bar + 1);
    }
}

/* Does a value that is there keep the rule? */
static bool keeps(const bulk_checker *c, const bulk_rule *r, uint32_t tok)
{
    hf_json_type type = hf_tok_type(&c->t, tok);
    hf_view text = bulk_check_str(c, tok);
    bool is_text = type == HF_JSON_STRING;
    int64_t n;

    switch (r->test) {
    case NEED:
        return true;
    case NEED_TEXT:
    case NOT_EMPTY:
        return !is_text || text.n > 0;
    case STRING:
        return is_text;
    case NUMBER:
        return hf_tok_i64(&c->t, tok, &n);
    case BOOL:
        return type == HF_JSON_TRUE || type == HF_JSON_FALSE;
    case LIST:
        return type == HF_JSON_ARRAY;
    case OBJECT:
        return type == HF_JSON_OBJECT;
    case NOT_ZERO:
        return !hf_tok_i64(&c->t, tok, &n) || n != 0;
    case MAX_BYTES:
        return text.n <= r->n;
    case MAX_RUNES: /* of an object: its JSON */
        return hf_utf8_count(type == HF_JSON_OBJECT ? hf_tok_raw(&c->t, tok) : text) <= r->n;
    case MAX_POST:
        return hf_utf8_count(text) <= c->max_post;
    case ONE_OF:
        return !is_text || is_one_of(text, r->words);
    case PASSES:
        return !is_text || r->ok(text);
    }
    return true;
}

void bulk_check_shape(bulk_checker *c, bulk_shape shape, uint32_t obj)
{
    for (const bulk_rule *r = bulk_shapes[shape]; r->id != NULL; r++) {
        uint32_t tok = bulk_check_get(c, obj, r->key);
        bool there = tok != HF_NO_TOK && hf_tok_type(&c->t, tok) != HF_JSON_NULL;

        if (there ? !keeps(c, r, tok) : r->test == NEED || r->test == NEED_TEXT)
            bulk_say(c, r->id, r->text);
    }
}

/* --- rules over several fields -------------------------------------------------------------------
 */

static bool is_there(const bulk_checker *c, uint32_t obj, const char *key)
{
    uint32_t tok = bulk_check_get(c, obj, key);

    return tok != HF_NO_TOK && hf_tok_type(&c->t, tok) != HF_JSON_NULL;
}

void bulk_check_scheme_roles(bulk_checker *c, uint32_t scheme)
{
    static const char *const roles[] = {
        "default_team_admin_role",   "default_team_user_role",  "default_channel_admin_role",
        "default_channel_user_role", "default_team_guest_role", "default_channel_guest_role"
    };
    bool of_team = hf_view_is(bulk_check_str(c, bulk_check_get(c, scheme, "scope")), "team");
    bool bad = false;

    for (size_t i = 0; i < 4; i++)
        bad = bad || is_there(c, scheme, roles[i]) != (i >= 2 || of_team);
    if (bad)
        bulk_say(c, "scheme.roles",
                 "a team's scheme needs four default roles, a channel's the two channel roles and "
                 "no team roles" V("ValidateSchemeImportData"));
    for (size_t i = 0; i < 6; i++)
        if (is_there(c, scheme, roles[i]))
            bulk_check_shape(c, SHAPE_ROLE, bulk_check_get(c, scheme, roles[i]));
}

void bulk_check_auth(bulk_checker *c, uint32_t user)
{
    bool service = bulk_check_str(c, bulk_check_get(c, user, "auth_service")).n > 0;
    bool data = bulk_check_str(c, bulk_check_get(c, user, "auth_data")).n > 0;

    if (is_there(c, user, "auth_data") && is_there(c, user, "password"))
        bulk_say(c, "user.auth_data.password",
                 "a user has auth_data or a password, not both" V("ValidateUserImportData"));
    if (service != data)
        bulk_say(c, "user.auth_data.service",
                 "auth_service and auth_data belong together" V("ValidateUserImportData"));
}

static bool has_word(hf_view roles, const char *word)
{
    while (roles.n > 0) {
        size_t end = hf_view_find_byte(roles, ' ');

        if (hf_view_is(hf_view_sub(roles, 0, end), word))
            return true;
        roles = end == HF_NPOS ? HF_V("") : hf_view_from(roles, end + 1);
    }
    return false;
}

/* As the server counts: of an empty list of teams a user is a guest, of an absent one not; channels
 * are counted on from team to team. */
void bulk_check_guest(bulk_checker *c, uint32_t user)
{
    hf_view roles = bulk_check_str(c, bulk_check_get(c, user, "roles"));
    bool guest = has_word(roles, "system_guest"), team_guest, channel_guest = false;
    uint32_t teams = 0, team_guests = 0, channel_guests = 0;
    uint32_t list = bulk_check_get(c, user, "teams");

    for (uint32_t k = bulk_check_first(c, list); k != HF_NO_TOK;
         k = hf_tape_after(&c->t, list, k)) {
        uint32_t inner = bulk_check_get(c, k, "channels"), channels = 0;

        teams++;
        team_guests += has_word(bulk_check_str(c, bulk_check_get(c, k, "roles")), "team_guest");
        for (uint32_t m = bulk_check_first(c, inner); m != HF_NO_TOK;
             m = hf_tape_after(&c->t, inner, m)) {
            channels++;
            channel_guests +=
                has_word(bulk_check_str(c, bulk_check_get(c, m, "roles")), "channel_guest");
        }
        channel_guest = channel_guest || (channels > 0 && channel_guests == channels);
    }
    team_guest = is_there(c, user, "teams") && team_guests == teams;
    if (!is_there(c, user, "roles"))
        return;
    if (guest && !team_guest)
        bulk_say(c, "user.guest.team",
                 "a guest is in a team, and team_guest in every one" V("isValidGuestRoles"));
    else if (guest && !channel_guest)
        bulk_say(c, "user.guest.channel",
                 "a guest is in a channel, and channel_guest in every one" V("isValidGuestRoles"));
    else if (!guest && (team_guest || channel_guest))
        bulk_say(c, "user.guest.system",
                 "a guest of teams or channels (of an empty list, too) is system_guest" V(
                     "isValidGuestRoles"));
}
