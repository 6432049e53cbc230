/* slack/parse.c: users, channels, log entries and things kept raw; messages are in message.c. */
#include "slack/slack.h"

bool slack_take(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f, uint32_t item)
{
    if (tok != HF_NO_TOK && hf_tok_type(t, tok) == HF_JSON_STRING && t->tok[tok].len == 2)
        return false;
    return hf_take_text(b, r, t, tok, f, item);
}

hf_view slack_id(const hf_tape *t, uint32_t tok, hf_arena *mem)
{
    if (tok == HF_NO_TOK)
        return (hf_view){ NULL, 0 };
    if (hf_tok_type(t, tok) == HF_JSON_NUMBER)
        return hf_tok_raw(t, tok);
    return hf_tok_string(t, tok, mem);
}

bool slack_is_ts(hf_view v)
{
    size_t dot = hf_view_find_byte(v, '.'), digits = v.n - (dot == HF_NPOS ? 0 : 1);

    if (v.n == 0 || v.n > 32 || dot == 0 || dot == v.n - 1)
        return false;
    for (size_t i = 0; i < v.n; i++)
        if (v.p[i] >= '0' && v.p[i] <= '9')
            digits--;
    return digits == 0;
}

bool slack_ts_us(hf_view text, int64_t *us)
{
    size_t dot = hf_view_find_byte(text, '.');
    hf_view fraction = dot == HF_NPOS ? (hf_view){ NULL, 0 } : hf_view_from(text, dot + 1);
    int64_t whole, out, scale = HF_SECOND_US;

    if (!slack_is_ts(text) || !hf_view_i64(hf_view_sub(text, 0, dot), &whole) ||
        __builtin_mul_overflow(whole, HF_SECOND_US, &out))
        return false;
    for (size_t i = 0; i < fraction.n && scale > 1; i++) {
        scale /= 10;
        if (__builtin_add_overflow(out, (fraction.p[i] - '0') * scale, &out))
            return false;
    }
    *us = out;
    return true;
}

hf_view slack_digest_id(hf_map *seen, hf_view word, hf_view bytes, hf_arena *mem)
{
    hf_sha256 d = hf_sha256_of(bytes);
    char hex[65];
    uint64_t n;

    hf_sha256_hex(&d, hex);
    hex[32] = '\0';
    n = ++hf_map_put(seen, hf_arena_printf(mem, "%.*s/%s", (int)word.n, word.p, hex), NULL)->v.u;
    if (n == 1)
        return hf_arena_dup(mem, hf_view_str(hex));
    return hf_arena_printf(mem, "%s#%llu", hex, (unsigned long long)n);
}

/* One canonical value that a key stands for. */
typedef struct field_key {
    const char *key;
    hf_field field;
} field_key;

static void take_texts(hf_batch *b, hf_record *r, hf_tape *t, uint32_t object,
                       const field_key *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        slack_take(b, r, t, hf_tape_get(t, object, keys[i].key), keys[i].field, 0);
}

static bool is_true(const hf_tape *t, uint32_t tok)
{
    return tok != HF_NO_TOK && hf_tok_type(t, tok) == HF_JSON_TRUE;
}

/* --- users --------------------------------------------------------------------------------------
 */

/* Several booleans that are one canonical word: the first true one, and all true ones below it say
 * it. */
static void take_word(hf_batch *b, hf_record *r, hf_tape *t, const field_key *keys, size_t n,
                      const char *const *words)
{
    uint32_t value = 0;
    bool has_value = false;

    for (size_t i = 0; i < n; i++) {
        uint32_t tok = hf_tape_get(t, 0, keys[i].key);

        if (!is_true(t, tok))
            continue;
        if (!has_value)
            value = hf_rec_text(b, r, keys[i].field, 0, hf_view_str(words[i]));
        has_value = true;
        hf_take_for(t, tok, value);
    }
}

/* The full name stands in the user, in the profile, or in both. */
static void take_real_name(hf_batch *b, hf_record *r, hf_tape *t, uint32_t profile)
{
    uint32_t outer = hf_tape_get(t, 0, "real_name");
    uint32_t inner = hf_tape_get_in(t, profile, "real_name");

    if (!slack_take(b, r, t, outer, HF_F_USER_REAL_NAME, 0)) {
        slack_take(b, r, t, inner, HF_F_USER_REAL_NAME, 0);
        return;
    }
    if (inner != HF_NO_TOK && hf_view_eq(hf_tok_raw(t, outer), hf_tok_raw(t, inner)))
        hf_take_for(t, inner, r->nvalue - 1);
}

static void fill_user(hf_batch *b, hf_record *r, hf_tape *t)
{
    static const field_key outer[] = {
        { "id", HF_F_USER_ID },   { "team_id", HF_F_USER_WORKSPACE }, { "name", HF_F_USER_NAME },
        { "tz", HF_F_USER_ZONE }, { "locale", HF_F_USER_LOCALE },
    };
    static const field_key inner[] = {
        { "display_name", HF_F_USER_DISPLAY_NAME },
        { "first_name", HF_F_USER_FIRST_NAME },
        { "last_name", HF_F_USER_LAST_NAME },
        { "email", HF_F_USER_EMAIL },
        { "title", HF_F_USER_TITLE },
        { "bot_id", HF_F_USER_BOT_ID },
    };
    static const field_key roles[] = {
        { "is_primary_owner", HF_F_USER_ROLE },
        { "is_owner", HF_F_USER_ROLE },
        { "is_admin", HF_F_USER_ROLE },
    };
    static const char *const role_words[] = { "primary_owner", "owner", "admin" };
    static const field_key guests[] = {
        { "is_stranger", HF_F_USER_GUEST },
        { "is_ultra_restricted", HF_F_USER_GUEST },
        { "is_restricted", HF_F_USER_GUEST },
    };
    static const char *const guest_words[] = { "foreign", "single", "multi" };
    uint32_t profile = hf_tape_get(t, 0, "profile");

    take_texts(b, r, t, 0, outer, sizeof(outer) / sizeof(outer[0]));
    take_real_name(b, r, t, profile);
    if (profile != HF_NO_TOK)
        take_texts(b, r, t, profile, inner, sizeof(inner) / sizeof(inner[0]));
    hf_take_bool(b, r, t, hf_tape_get(t, 0, "is_bot"), HF_F_USER_IS_BOT);
    hf_take_bool(b, r, t, hf_tape_get(t, 0, "deleted"), HF_F_USER_IS_DEACTIVATED);
    take_word(b, r, t, guests, 3, guest_words);
    take_word(b, r, t, roles, 3, role_words);
    hf_take_time(b, r, t, hf_tape_get(t, 0, "updated"), HF_F_USER_UPDATED, 0, HF_SECOND_US, false);
}

/* --- channels -----------------------------------------------------------------------------------
 */

/* {value, creator, last_set}, or only the text. */
static void take_topic(hf_batch *b, hf_record *r, hf_tape *t, const char *key, hf_field text,
                       hf_field by, hf_field at)
{
    uint32_t topic = hf_tape_get(t, 0, key);

    if (topic != HF_NO_TOK && hf_tok_type(t, topic) == HF_JSON_STRING) {
        if (slack_take(b, r, t, topic, text, 0))
            hf_tape_take_odd(t, topic, t->tok[topic].field);
        return;
    }
    slack_take(b, r, t, hf_tape_get_in(t, topic, "value"), text, 0);
    slack_take(b, r, t, hf_tape_get_in(t, topic, "creator"), by, 0);
    hf_take_time(b, r, t, hf_tape_get_in(t, topic, "last_set"), at, 0, HF_SECOND_US, false);
}

/* The ids or names of an array, one item each; anything else in it is left to the account. */
static void take_list(hf_batch *b, hf_record *r, hf_tape *t, const char *key, hf_field f)
{
    uint32_t list = hf_tape_get(t, 0, key), item = 0;

    if (list == HF_NO_TOK || hf_tok_type(t, list) != HF_JSON_ARRAY)
        return;
    for (uint32_t e = hf_tape_first(t, list); e != HF_NO_TOK; e = hf_tape_after(t, list, e))
        if (slack_take(b, r, t, e, f, item))
            item++;
}

static void take_pins(hf_batch *b, hf_record *r, hf_tape *t)
{
    uint32_t list = hf_tape_get(t, 0, "pins"), item = 0;

    if (list == HF_NO_TOK || hf_tok_type(t, list) != HF_JSON_ARRAY)
        return;
    for (uint32_t e = hf_tape_first(t, list); e != HF_NO_TOK; e = hf_tape_after(t, list, e)) {
        /* Pinned files have an id that is no message's. */
        uint32_t id = hf_tape_get(t, e, "id");

        if (!slack_is_ts(slack_id(t, id, b->mem)) ||
            !slack_take(b, r, t, id, HF_F_CHANNEL_PIN_MESSAGE, item))
            continue;
        slack_take(b, r, t, hf_tape_get(t, e, "user"), HF_F_CHANNEL_PIN_BY, item);
        hf_take_time(b, r, t, hf_tape_get(t, e, "created"), HF_F_CHANNEL_PIN_AT, item, HF_SECOND_US,
                     false);
        item++;
    }
}

/* Where nobody noted the index file (the place bits are 0) the record's own flags must do: DMs have
 * no name, private channels say so since 2017. The prefix of the id says nothing. */
static const char *guess_kind(const hf_tape *t)
{
    uint32_t name = hf_tape_get(t, 0, "name");
    hf_view text = name == HF_NO_TOK ? HF_V("\"\"") : hf_tok_raw(t, name);

    if (is_true(t, hf_tape_get(t, 0, "is_im")) || hf_view_is(text, "\"\""))
        return "dm";
    if (is_true(t, hf_tape_get(t, 0, "is_mpim")) || hf_view_starts(text, HF_V("\"mpdm-")))
        return "group";
    if (is_true(t, hf_tape_get(t, 0, "is_private")) || is_true(t, hf_tape_get(t, 0, "is_group")))
        return "private";
    return "public";
}

static void fill_channel(hf_batch *b, hf_record *r, hf_tape *t)
{
    static const field_key texts[] = {
        { "id", HF_F_CHANNEL_ID },
        { "name", HF_F_CHANNEL_NAME },
        { "creator", HF_F_CHANNEL_CREATOR },
        { "context_team_id", HF_F_CHANNEL_WORKSPACE },
    };
    const char *kind = slack_channel_kind(slack_role_of(r));

    take_texts(b, r, t, 0, texts, sizeof(texts) / sizeof(texts[0]));
    if (hf_rec_get(r, HF_F_CHANNEL_KIND) == NULL)
        hf_rec_text(b, r, HF_F_CHANNEL_KIND, 0, hf_view_str(kind != NULL ? kind : guess_kind(t)));
    hf_take_time(b, r, t, hf_tape_get(t, 0, "created"), HF_F_CHANNEL_CREATED, 0, HF_SECOND_US,
                 false);
    hf_take_bool(b, r, t, hf_tape_get(t, 0, "is_archived"), HF_F_CHANNEL_IS_ARCHIVED);
    hf_take_bool(b, r, t, hf_tape_get(t, 0, "is_general"), HF_F_CHANNEL_IS_GENERAL);
    take_topic(b, r, t, "topic", HF_F_CHANNEL_TOPIC, HF_F_CHANNEL_TOPIC_BY, HF_F_CHANNEL_TOPIC_AT);
    take_topic(b, r, t, "purpose", HF_F_CHANNEL_PURPOSE, HF_F_CHANNEL_PURPOSE_BY,
               HF_F_CHANNEL_PURPOSE_AT);
    take_list(b, r, t, "members", HF_F_CHANNEL_MEMBER);
    take_list(b, r, t, "previous_names", HF_F_CHANNEL_PREVIOUS_NAME);
    take_pins(b, r, t);
}

/* --- log entries --------------------------------------------------------------------------------
 */

static void fill_event(hf_batch *b, hf_record *r, hf_tape *t)
{
    if (hf_take_time(b, r, t, hf_tape_get(t, 0, "date"), HF_F_EVENT_TIME, 0, HF_SECOND_US, false))
        r->time_us = r->value[r->nvalue - 1].num;
    r->flags |= HF_REC_WHOLE_SECONDS;
    /* Slack itself acts as number 0. */
    slack_take(b, r, t, hf_tape_get(t, 0, "user_id"), HF_F_EVENT_USER, 0);
    slack_take(b, r, t, hf_tape_get(t, 0, "change_type"), HF_F_EVENT_ACTION, 0);
}

/* --- all ----------------------------------------------------------------------------------------
 */

/* The source's own id of the record; empty when it has none. */
static hf_view native_id(const hf_record *r, const hf_tape *t, hf_arena *mem)
{
    hf_view id;

    if (r->kind == HF_KIND_EVENT)
        return (hf_view){ NULL, 0 };
    if (r->kind != HF_KIND_MESSAGE)
        return slack_id(t, hf_tape_get(t, 0, "id"), mem);
    id = slack_id(t, hf_tape_get(t, 0, "ts"), mem);
    return slack_is_ts(id) ? id : (hf_view){ NULL, 0 };
}

static void fill_id(hf_record *r, const hf_tape *t, hf_arena *mem)
{
    hf_view id = native_id(r, t, mem);

    if (r->id.n == 0)
        r->id = id;
    else if (!hf_view_eq(r->id, id))
        r->flags |= HF_REC_SYNTHETIC_ID;
}

void slack_fill(hf_batch *b, hf_record *r, hf_tape *t, hf_paths *paths)
{
    hf_view word = hf_view_str(hf_kind_name(r->kind));

    r->dialect = HF_DIALECT_MRKDWN;
    fill_id(r, t, b->mem);
    if (r->kind == HF_KIND_USER)
        fill_user(b, r, t);
    else if (r->kind == HF_KIND_CHANNEL)
        fill_channel(b, r, t);
    else if (r->kind == HF_KIND_MESSAGE)
        slack_fill_message(b, r, t);
    else if (r->kind == HF_KIND_EVENT)
        fill_event(b, r, t);
    else if (r->scope.n > 0)
        word = r->scope;
    if (paths != NULL)
        hf_account_json(b, r, paths, t, 0, hf_path(paths, word));
}

hf_status slack_parse(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err)
{
    hf_tape t;
    hf_status rc;

    hf_tape_init(&t);
    rc = hf_tape_parse(&t, r->raw.bytes, NULL, err);
    if (rc == HF_OK && r->kind != HF_KIND_OPAQUE && hf_tok_type(&t, 0) != HF_JSON_OBJECT)
        rc = hf_fail(err, HF_E_RECORD, "a Slack %s record is not a JSON object",
                     hf_kind_name(r->kind));
    if (rc == HF_OK)
        slack_fill(b, r, &t, paths);
    hf_tape_clear(&t);
    return rc;
}
