/* slack/message.c: a message's bytes to its values.
 *
 * Any subtype is a message; unknown ones too. What stands in blocks is told again in text by
 * Slack's own clients, so blocks are read only when text is empty.
 */
#include "slack/slack.h"

/* --- keys ---------------------------------------------------------------------------------------
 */

typedef enum key {
    K_TYPE,
    K_SUBTYPE,
    K_USER,
    K_TEXT,
    K_TS,
    K_BLOCKS,
    K_ATTACHMENTS,
    K_FILES,
    K_FILE,
    K_USERNAME,
    K_BOT_ID,
    K_EDITED,
    K_REACTIONS,
    K_PINNED_TO,
    K_THREAD_TS,
    K_REPLY_COUNT,
    K_COMMENT,
    K_ORIGINAL,
    K_ORIGINAL_MESSAGE,
    K_PREVIOUS_MESSAGE,
    K_MESSAGE,
    KEYS
} key;

static const hf_view key_names[KEYS] = {
    [K_TYPE] = { "type", 4 },
    [K_SUBTYPE] = { "subtype", 7 },
    [K_USER] = { "user", 4 },
    [K_TEXT] = { "text", 4 },
    [K_TS] = { "ts", 2 },
    [K_BLOCKS] = { "blocks", 6 },
    [K_ATTACHMENTS] = { "attachments", 11 },
    [K_FILES] = { "files", 5 },
    [K_FILE] = { "file", 4 },
    [K_USERNAME] = { "username", 8 },
    [K_BOT_ID] = { "bot_id", 6 },
    [K_EDITED] = { "edited", 6 },
    [K_REACTIONS] = { "reactions", 9 },
    [K_PINNED_TO] = { "pinned_to", 9 },
    [K_THREAD_TS] = { "thread_ts", 9 },
    [K_REPLY_COUNT] = { "reply_count", 11 },
    [K_COMMENT] = { "comment", 7 },
    [K_ORIGINAL] = { "original", 8 },
    [K_ORIGINAL_MESSAGE] = { "original_message", 16 },
    [K_PREVIOUS_MESSAGE] = { "previous_message", 16 },
    [K_MESSAGE] = { "message", 7 },
};

typedef struct msg {
    hf_batch *b;
    hf_record *r;
    hf_tape *t;
    uint32_t tok[KEYS]; /* values of the message's own keys; HF_NO_TOK when absent */
    hf_view subtype;
} msg;

/* One walk over the object instead of one look-up a key. A key spelled with escapes, which nobody
 * writes, is found by the slower way. */
static void find_keys(msg *m)
{
    const hf_tape *t = m->t;
    bool has_escapes = false;

    for (uint32_t k = hf_tape_first(t, 0); k != HF_NO_TOK; k = hf_tape_after(t, 0, k)) {
        const char *p = t->text.p + t->tok[k].at + 1;
        size_t n = t->tok[k].len - 2;

        if ((t->tok[k].flags & HF_TOK_ESCAPED) != 0)
            has_escapes = true;
        if ((t->tok[k].flags & HF_TOK_SHADOWED) != 0)
            continue;
        for (int i = 0; i < KEYS; i++) {
            if (key_names[i].n == n && memcmp(key_names[i].p, p, n) == 0) {
                m->tok[i] = k + 1;
                break;
            }
        }
    }
    for (int i = 0; has_escapes && i < KEYS; i++)
        m->tok[i] = hf_tape_get(t, 0, key_names[i].p);
}

/* --- small helpers ------------------------------------------------------------------------------
 */

static bool is_type(const hf_tape *t, uint32_t tok, hf_json_type type)
{
    return tok != HF_NO_TOK && hf_tok_type(t, tok) == type;
}

static bool raw_is(const hf_tape *t, uint32_t tok, const char *quoted)
{
    return tok != HF_NO_TOK && hf_view_is(hf_tok_raw(t, tok), quoted);
}

static bool same_raw(const hf_tape *t, uint32_t a, uint32_t b)
{
    return a != HF_NO_TOK && b != HF_NO_TOK && hf_view_eq(hf_tok_raw(t, a), hf_tok_raw(t, b));
}

static bool take(msg *m, uint32_t tok, hf_field f, uint32_t item)
{
    return slack_take(m->b, m->r, m->t, tok, f, item);
}

static bool take_ts(msg *m, uint32_t tok, hf_field f, uint32_t item)
{
    return hf_take_time(m->b, m->r, m->t, tok, f, item, SLACK_TS_SECONDS, true);
}

static void set(msg *m, hf_field f)
{
    hf_rec_num(m->b, m->r, f, 0, 1);
}

/* --- what kind of message -----------------------------------------------------------------------
 */

/* Subtypes that Slack writes about an event; "channel_" and "group_" begin many more, and new ones
 * come. */
static bool is_system(hf_view subtype)
{
    static const char *const words[] = {
        "pinned_item",     "unpinned_item",       "bot_add",         "bot_remove",
        "bot_enable",      "bot_disable",         "sh_room_created", "sh_room_shared",
        "huddle_thread",   "reminder_add",        "message_changed", "message_deleted",
        "message_replied", "joiner_notification",
    };

    if (hf_view_starts(subtype, HF_V("channel_")) || hf_view_starts(subtype, HF_V("group_")))
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (hf_view_is(subtype, words[i]))
            return true;
    return false;
}

static void fill_type(msg *m)
{
    hf_view s;

    if (!take(m, m->tok[K_SUBTYPE], HF_F_MESSAGE_TYPE, 0))
        return;
    s = m->subtype = m->r->value[m->r->nvalue - 1].text;
    if (is_system(s))
        set(m, HF_F_MESSAGE_IS_SYSTEM);
    if (hf_view_is(s, "thread_broadcast") || hf_view_is(s, "reply_broadcast"))
        set(m, HF_F_MESSAGE_IS_BROADCAST);
    if (hf_view_is(s, "tombstone") || hf_view_is(s, "message_deleted"))
        set(m, HF_F_MESSAGE_IS_DELETED);
}

/* --- who ----------------------------------------------------------------------------------------
 */

static void fill_author(msg *m)
{
    hf_view name = slack_id(m->t, m->tok[K_USERNAME], m->b->mem);

    /* Comments on files had no user of their own until 2018. */
    if (!take(m, m->tok[K_USER], HF_F_MESSAGE_AUTHOR, 0))
        take(m, hf_tape_get_in(m->t, m->tok[K_COMMENT], "user"), HF_F_MESSAGE_AUTHOR, 0);
    take(m, m->tok[K_BOT_ID], HF_F_MESSAGE_AUTHOR_BOT, 0);
    /* Old file_share messages have a mention of the author here: "<@U123|name>". */
    if (!hf_view_starts(name, HF_V("<@")))
        take(m, m->tok[K_USERNAME], HF_F_MESSAGE_AUTHOR_NAME, 0);
}

/* --- what was said ------------------------------------------------------------------------------
 */

static void fill_text(msg *m)
{
    hf_view text = { NULL, 0 };

    if (!raw_is(m->t, m->tok[K_TEXT], "\"\"") &&
        hf_take_text(m->b, m->r, m->t, m->tok[K_TEXT], HF_F_MESSAGE_TEXT, 0))
        return;
    if (is_type(m->t, m->tok[K_BLOCKS], HF_JSON_ARRAY))
        text = slack_blocks_text(m->t, m->tok[K_BLOCKS], m->b->mem);
    if (text.n > 0)
        hf_rec_text(m->b, m->r, HF_F_MESSAGE_TEXT, 0, text);
    else
        hf_take_text(m->b, m->r, m->t, m->tok[K_TEXT], HF_F_MESSAGE_TEXT, 0);
}

/* An earlier text: when it was written is its own edit, else its own time. */
typedef struct version {
    uint32_t object;
    int64_t time_us;
} version;

static uint32_t version_ts(const msg *m, uint32_t object)
{
    uint32_t ts = hf_tape_get_in(m->t, hf_tape_get(m->t, object, "edited"), "ts");

    return ts != HF_NO_TOK ? ts : hf_tape_get(m->t, object, "ts");
}

static void add_version(msg *m, version *list, size_t *n, size_t max, uint32_t object)
{
    version v = { object, INT64_MAX };
    size_t at = *n;

    if (*n == max || !is_type(m->t, object, HF_JSON_OBJECT))
        return;
    slack_ts_us(slack_id(m->t, version_ts(m, object), m->b->mem), &v.time_us);
    for (; at > 0 && list[at - 1].time_us > v.time_us; at--)
        list[at] = list[at - 1];
    list[at] = v;
    (*n)++;
}

/* Where exports with edit logs keep earlier texts is not written down anywhere: each of these may
 * be one message or an array of them. */
static void fill_versions(msg *m)
{
    static const key keys[] = { K_ORIGINAL, K_ORIGINAL_MESSAGE, K_PREVIOUS_MESSAGE, K_MESSAGE };
    enum { MAX_VERSIONS = 256 };
    version list[MAX_VERSIONS];
    size_t n = 0;
    uint32_t item = 0;

    for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
        uint32_t tok = m->tok[keys[k]];

        if (!is_type(m->t, tok, HF_JSON_ARRAY)) {
            if (tok != HF_NO_TOK)
                add_version(m, list, &n, MAX_VERSIONS, tok);
            continue;
        }
        for (uint32_t e = hf_tape_first(m->t, tok); e != HF_NO_TOK; e = hf_tape_after(m->t, tok, e))
            add_version(m, list, &n, MAX_VERSIONS, e);
    }
    for (size_t i = 0; i < n; i++) {
        if (!take(m, hf_tape_get(m->t, list[i].object, "text"), HF_F_MESSAGE_VERSION_TEXT, item))
            continue;
        take_ts(m, version_ts(m, list[i].object), HF_F_MESSAGE_VERSION_AT, item);
        item++;
    }
}

/* --- what hangs on it ---------------------------------------------------------------------------
 */

/* One item per emoji and user. count is taken when it says what the users say, and is a value of
 * its own when it says more. */
static uint32_t fill_reaction(msg *m, uint32_t reaction, uint32_t item)
{
    hf_tape *t = m->t;
    uint32_t name = hf_tape_get(t, reaction, "name"), users = hf_tape_get(t, reaction, "users");
    uint32_t count = hf_tape_get(t, reaction, "count"), first = item, name_value = 0;
    int64_t listed = 0, n = -1;
    hf_view text = slack_id(t, name, m->b->mem);

    if (text.n == 0)
        return item;
    if (is_type(t, users, HF_JSON_ARRAY)) {
        for (uint32_t u = hf_tape_first(t, users); u != HF_NO_TOK; u = hf_tape_after(t, users, u)) {
            if (!take(m, u, HF_F_MESSAGE_REACTION_USER, item))
                continue;
            name_value = hf_rec_text(m->b, m->r, HF_F_MESSAGE_REACTION_NAME, item++, text);
            hf_take_for(t, name, name_value);
            listed++;
        }
    }
    hf_tok_i64(t, count, &n);
    if (n == listed && listed > 0) {
        hf_take_for(t, count, name_value);
    } else if (n > listed) {
        if (listed == 0) {
            hf_take_for(t, name, hf_rec_text(m->b, m->r, HF_F_MESSAGE_REACTION_NAME, item++, text));
        }
        hf_take_int(m->b, m->r, t, count, HF_F_MESSAGE_REACTION_COUNT, first);
    }
    return item;
}

static void fill_reactions(msg *m)
{
    uint32_t list = m->tok[K_REACTIONS], item = 0;

    if (!is_type(m->t, list, HF_JSON_ARRAY))
        return;
    for (uint32_t e = hf_tape_first(m->t, list); e != HF_NO_TOK; e = hf_tape_after(m->t, list, e))
        item = fill_reaction(m, e, item);
}

typedef struct item_key {
    const char *key;
    hf_field field;
} item_key;

static uint32_t fill_file(msg *m, uint32_t file, uint32_t item)
{
    static const item_key texts[] = {
        { "id", HF_F_MESSAGE_FILE_ID },       { "name", HF_F_MESSAGE_FILE_NAME },
        { "title", HF_F_MESSAGE_FILE_TITLE }, { "mimetype", HF_F_MESSAGE_FILE_MIME },
        { "user", HF_F_MESSAGE_FILE_USER },   { "mode", HF_F_MESSAGE_FILE_MODE },
    };
    hf_tape *t = m->t;
    uint32_t before = m->r->nvalue;
    uint32_t created = hf_tape_get(t, file, "created"), stamp = hf_tape_get(t, file, "timestamp");

    if (!is_type(t, file, HF_JSON_OBJECT))
        return item;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        take(m, hf_tape_get(t, file, texts[i].key), texts[i].field, item);
    hf_take_int(m->b, m->r, t, hf_tape_get(t, file, "size"), HF_F_MESSAGE_FILE_SIZE, item);
    if (!hf_take_time(m->b, m->r, t, created, HF_F_MESSAGE_FILE_AT, item, HF_SECOND_US, false))
        hf_take_time(m->b, m->r, t, stamp, HF_F_MESSAGE_FILE_AT, item, HF_SECOND_US, false);
    else if (same_raw(t, created, stamp))
        hf_take_for(t, stamp, m->r->nvalue - 1);
    if (!take(m, hf_tape_get(t, file, "url_private"), HF_F_MESSAGE_FILE_URL, item))
        take(m, hf_tape_get(t, file, "external_url"), HF_F_MESSAGE_FILE_URL, item);
    return m->r->nvalue > before ? item + 1 : item;
}

/* files[] since 2018, one file before; both for a while, then file repeats files[0]. */
static void fill_files(msg *m)
{
    hf_tape *t = m->t;
    uint32_t list = m->tok[K_FILES], single = m->tok[K_FILE], item = 0;
    uint32_t single_id = hf_tape_get_in(t, single, "id");
    bool is_listed = false;

    if (is_type(t, list, HF_JSON_ARRAY)) {
        for (uint32_t e = hf_tape_first(t, list); e != HF_NO_TOK; e = hf_tape_after(t, list, e)) {
            is_listed |= same_raw(t, hf_tape_get(t, e, "id"), single_id);
            item = fill_file(m, e, item);
        }
    }
    if (!is_listed && single != HF_NO_TOK)
        fill_file(m, single, item);
}

/* The words of fields[]{title, value}, for cards of integrations that have nothing else. */
static hf_view fields_text(const hf_tape *t, uint32_t fields, hf_arena *mem)
{
    hf_buf out;
    hf_view text;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    for (uint32_t e = hf_tape_first(t, fields); e != HF_NO_TOK; e = hf_tape_after(t, fields, e)) {
        hf_view title = slack_id(t, hf_tape_get(t, e, "title"), mem);
        hf_view value = slack_id(t, hf_tape_get(t, e, "value"), mem);

        if (title.n == 0 && value.n == 0)
            continue;
        if (out.n > 0)
            hf_buf_byte(&out, '\n');
        hf_buf_add(&out, title);
        if (title.n > 0 && value.n > 0)
            hf_buf_str(&out, ": ");
        hf_buf_add(&out, value);
    }
    text = hf_arena_dup(mem, hf_buf_view(&out));
    hf_buf_clear(&out);
    return text;
}

/* A card without text says it in blocks or in fields. */
static void fill_card_text(msg *m, uint32_t card, uint32_t item)
{
    hf_tape *t = m->t;
    uint32_t blocks = hf_tape_get(t, card, "blocks"), fields = hf_tape_get(t, card, "fields");
    hf_view text = { NULL, 0 };

    if (take(m, hf_tape_get(t, card, "text"), HF_F_MESSAGE_CARD_TEXT, item))
        return;
    if (is_type(t, blocks, HF_JSON_ARRAY))
        text = slack_blocks_text(t, blocks, m->b->mem);
    if (text.n == 0 && is_type(t, fields, HF_JSON_ARRAY))
        text = fields_text(t, fields, m->b->mem);
    if (text.n > 0)
        hf_rec_text(m->b, m->r, HF_F_MESSAGE_CARD_TEXT, item, text);
}

static uint32_t fill_card(msg *m, uint32_t card, uint32_t item)
{
    static const item_key texts[] = {
        { "title", HF_F_MESSAGE_CARD_TITLE },        { "fallback", HF_F_MESSAGE_CARD_FALLBACK },
        { "author_name", HF_F_MESSAGE_CARD_AUTHOR }, { "pretext", HF_F_MESSAGE_CARD_PRETEXT },
        { "color", HF_F_MESSAGE_CARD_COLOR },        { "footer", HF_F_MESSAGE_CARD_FOOTER },
    };
    hf_tape *t = m->t;
    uint32_t before = m->r->nvalue;

    if (!is_type(t, card, HF_JSON_OBJECT))
        return item;
    fill_card_text(m, card, item);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        take(m, hf_tape_get(t, card, texts[i].key), texts[i].field, item);
    if (!take(m, hf_tape_get(t, card, "title_link"), HF_F_MESSAGE_CARD_LINK, item))
        take(m, hf_tape_get(t, card, "from_url"), HF_F_MESSAGE_CARD_LINK, item);
    if (!take(m, hf_tape_get(t, card, "image_url"), HF_F_MESSAGE_CARD_IMAGE, item))
        take(m, hf_tape_get(t, card, "thumb_url"), HF_F_MESSAGE_CARD_IMAGE, item);
    return m->r->nvalue > before ? item + 1 : item;
}

static void fill_cards(msg *m)
{
    uint32_t list = m->tok[K_ATTACHMENTS], item = 0;

    if (!is_type(m->t, list, HF_JSON_ARRAY))
        return;
    for (uint32_t e = hf_tape_first(m->t, list); e != HF_NO_TOK; e = hf_tape_after(m->t, list, e))
        item = fill_card(m, e, item);
}

/* --- where it stands ----------------------------------------------------------------------------
 */

static void fill_thread(msg *m)
{
    int64_t replies = 0;

    if (take(m, m->tok[K_THREAD_TS], HF_F_MESSAGE_THREAD, 0))
        return;
    /* Roots by integrations can have replies and no thread_ts. */
    hf_tok_i64(m->t, m->tok[K_REPLY_COUNT], &replies);
    if (replies > 0 && m->r->id.n > 0)
        hf_rec_text(m->b, m->r, HF_F_MESSAGE_THREAD, 0, m->r->id);
}

/* pinned_to lists channels; pinned to its own and to no other is what the value says. */
static void fill_pin(msg *m)
{
    hf_tape *t = m->t;
    uint32_t list = m->tok[K_PINNED_TO], one;

    if (!is_type(t, list, HF_JSON_ARRAY))
        return;
    one = hf_tape_first(t, list);
    if (one == HF_NO_TOK)
        return;
    set(m, HF_F_MESSAGE_IS_PINNED);
    if (hf_tape_after(t, list, one) == HF_NO_TOK &&
        hf_view_eq(slack_id(t, one, m->b->mem), m->r->scope))
        hf_take_for(t, one, m->r->nvalue - 1);
}

void slack_fill_message(hf_batch *b, hf_record *r, hf_tape *t)
{
    msg m = { .b = b, .r = r, .t = t };

    find_keys(&m);
    if (take_ts(&m, m.tok[K_TS], HF_F_MESSAGE_TIME, 0)) {
        r->time_us = r->value[0].num;
        /* That it is a message needs no value of its own. */
        if (raw_is(t, m.tok[K_TYPE], "\"message\""))
            hf_take_for(t, m.tok[K_TYPE], 0);
    }
    fill_type(&m);
    fill_author(&m);
    fill_text(&m);
    fill_thread(&m);
    if (m.tok[K_EDITED] != HF_NO_TOK) {
        take_ts(&m, hf_tape_get(t, m.tok[K_EDITED], "ts"), HF_F_MESSAGE_EDITED_AT, 0);
        take(&m, hf_tape_get(t, m.tok[K_EDITED], "user"), HF_F_MESSAGE_EDITED_BY, 0);
    }
    fill_pin(&m);
    fill_versions(&m);
    fill_reactions(&m);
    fill_files(&m);
    fill_cards(&m);
}
