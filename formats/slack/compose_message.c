/* slack/compose_message.c: messages as JSON objects. */
#include "slack/compose_priv.h"

typedef struct composing {
    const slack_names *names;
    const hf_record *r;
    const slack_message *m;
    hf_arena *mem;
    slack_emit e;
} composing;

static hf_view get(const composing *c, hf_field f)
{
    return hf_rec_get_text(c->r, f);
}

static hf_view user_of(const composing *c, const hf_value *v)
{
    return v == NULL ? (hf_view){ NULL, 0 } : slack_write_id(c->r, 'U', v->text, c->mem);
}

/* --- what kind of message -----------------------------------------------------------------------
 */

/* Other systems' words for what Slack has a word for. */
static hf_view slack_word(hf_view type)
{
    static const struct {
        const char *other, *slack;
    } words[] = {
        { "system_join_channel", "channel_join" },
        { "system_add_to_channel", "channel_join" },
        { "system_leave_channel", "channel_leave" },
        { "system_remove_from_channel", "channel_leave" },
        { "system_header_change", "channel_topic" },
        { "system_purpose_change", "channel_purpose" },
        { "system_displayname_change", "channel_name" },
        { "system_channel_deleted", "channel_archive" },
        { "system_channel_restored", "channel_unarchive" },
        { "me", "me_message" },
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (hf_view_is(type, words[i].other))
            return hf_view_str(words[i].slack);
    return type;
}

static hf_view subtype_of(const composing *c)
{
    hf_view type = get(c, HF_F_MESSAGE_TYPE);

    if (c->m->notice != NULL)
        return HF_V("tombstone");
    if (type.n > 0)
        return slack_word(type);
    if (hf_rec_get_bool(c->r, HF_F_MESSAGE_IS_DELETED))
        return HF_V("tombstone");
    if (hf_rec_get_bool(c->r, HF_F_MESSAGE_IS_BROADCAST))
        return HF_V("thread_broadcast");
    /* Readers show username on these only. */
    if (get(c, HF_F_MESSAGE_AUTHOR).n == 0 && get(c, HF_F_MESSAGE_AUTHOR_NAME).n > 0)
        return HF_V("bot_message");
    return type;
}

/* --- what hangs on it ---------------------------------------------------------------------------
 */

static void put_versions(composing *c)
{
    slack_items s =
        slack_items_of(c->r, HF_F_MESSAGE_VERSION_TEXT, HF_F_MESSAGE_VERSION_AT, c->mem);

    if (s.n == 0)
        return;
    slack_emit_open(&c->e, "original", '[');
    while (slack_items_next(&s)) {
        const hf_value *text = slack_items_get(&s, HF_F_MESSAGE_VERSION_TEXT);
        const hf_value *at = slack_items_get(&s, HF_F_MESSAGE_VERSION_AT);

        if (text == NULL)
            continue;
        slack_emit_open(&c->e, NULL, '{');
        slack_emit_text(&c->e, "text", slack_markup(c->names, c->r, text->text, c->mem));
        if (at != NULL && at->num > 0)
            slack_emit_text(&c->e, "ts", slack_ts_text(at->num, c->mem));
        slack_emit_close(&c->e, '}');
    }
    slack_emit_close(&c->e, ']');
}

/* Reactions of one emoji, in the order of their items. */
typedef struct reaction {
    hf_view name, user;
    int64_t count; /* 0 when the users say it */
    size_t from, to;
    size_t next; /* of the same emoji, number + 1; 0 at the end */
    size_t last; /* of a first one: the last of the same emoji */
    bool is_first;
} reaction;

static hf_view emoji_of(const composing *c, hf_view name)
{
    hf_buf out;

    if (c->r->dialect == HF_DIALECT_MRKDWN)
        return name;
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    hf_emoji_name(HF_DIALECT_MRKDWN, name, &out);
    name = hf_arena_dup(c->mem, hf_buf_view(&out));
    hf_buf_clear(&out);
    return name;
}

/* Chain reactions of equal name through a hash table of first ones. */
static void chain(reaction *list, size_t n, hf_arena *mem)
{
    size_t size = 8, i, at;
    size_t *heads;

    while (size < 2 * n)
        size *= 2;
    heads = hf_arena_alloc0(mem, size, sizeof(*heads));
    for (i = 0; i < n; i++) {
        at = (size_t)hf_hash64(list[i].name, 0) & (size - 1);
        while (heads[at] != 0 && !hf_view_eq(list[heads[at] - 1].name, list[i].name))
            at = (at + 1) & (size - 1);
        if (heads[at] == 0) {
            heads[at] = i + 1;
            list[i].is_first = true;
            list[i].last = i;
        } else {
            reaction *first = &list[heads[at] - 1];

            list[first->last].next = i + 1;
            first->last = i;
        }
    }
}

/* One emoji: users, and a count that says at least as much. *item counts as the reader will. */
static void put_reaction(composing *c, const slack_items *s, const reaction *list, size_t first,
                         uint32_t *at, uint32_t *item)
{
    int64_t listed = 0, others = 0, count = 0;
    uint32_t start = *item;

    slack_emit_open(&c->e, NULL, '{');
    slack_emit_text(&c->e, "name", list[first].name);
    slack_emit_open(&c->e, "users", '[');
    for (size_t i = first + 1; i != 0; i = list[i - 1].next) {
        const reaction *x = &list[i - 1];

        for (size_t v = x->from; v < x->to; v++)
            at[s->value[v] - c->r->value] = x->user.n > 0 ? *item : start;
        if (x->user.n > 0) {
            slack_emit_text(&c->e, NULL, slack_write_id(c->r, 'U', x->user, c->mem));
            listed++;
            (*item)++;
        } else {
            others++;
        }
        count = x->count > count ? x->count : count;
    }
    slack_emit_close(&c->e, ']');
    if (count < listed + (count > 0 ? 0 : others))
        count = listed + others;
    slack_emit_i64(&c->e, "count", count);
    if (listed == 0)
        (*item)++;
    slack_emit_close(&c->e, '}');
}

static void put_reactions(composing *c, slack_shape *shape)
{
    slack_items s =
        slack_items_of(c->r, HF_F_MESSAGE_REACTION_NAME, HF_F_MESSAGE_REACTION_COUNT, c->mem);
    reaction *list;
    size_t n = 0;
    uint32_t item = 0;

    if (s.n == 0)
        return;
    list = hf_arena_alloc0(c->mem, s.n, sizeof(*list));
    shape->reaction_at = hf_arena_alloc0(c->mem, c->r->nvalue, sizeof(*shape->reaction_at));
    while (slack_items_next(&s)) {
        const hf_value *name = slack_items_get(&s, HF_F_MESSAGE_REACTION_NAME);
        const hf_value *user = slack_items_get(&s, HF_F_MESSAGE_REACTION_USER);
        const hf_value *count = slack_items_get(&s, HF_F_MESSAGE_REACTION_COUNT);

        if (name == NULL || name->text.n == 0)
            continue;
        list[n++] = (reaction){
            .name = emoji_of(c, name->text),
            .user = user == NULL ? (hf_view){ NULL, 0 } : user->text,
            .count = count == NULL ? 0 : count->num,
            .from = s.from,
            .to = s.to,
        };
    }
    chain(list, n, c->mem);
    slack_emit_open(&c->e, "reactions", '[');
    for (size_t i = 0; i < n; i++)
        if (list[i].is_first)
            put_reaction(c, &s, list, i, shape->reaction_at, &item);
    slack_emit_close(&c->e, ']');
}

static void put_item_text(composing *c, const slack_items *s, const char *key, hf_field f)
{
    const hf_value *v = slack_items_get(s, f);

    if (v == NULL || v->text.n == 0)
        return;
    slack_emit_text(&c->e, key,
                    hf_field_get(f)->type == HF_TYPE_MARKUP
                        ? slack_markup(c->names, c->r, v->text, c->mem)
                        : v->text);
}

static void put_file(composing *c, const slack_items *s)
{
    const hf_value *id = slack_items_get(s, HF_F_MESSAGE_FILE_ID);
    const hf_value *path = slack_items_get(s, HF_F_MESSAGE_FILE_PATH);
    const hf_value *at = slack_items_get(s, HF_F_MESSAGE_FILE_AT);
    const hf_value *size = slack_items_get(s, HF_F_MESSAGE_FILE_SIZE);
    const hf_value *user = slack_items_get(s, HF_F_MESSAGE_FILE_USER);

    slack_emit_open(&c->e, NULL, '{');
    if (id != NULL || path != NULL)
        slack_emit_text(&c->e, "id",
                        slack_write_id(c->r, 'F', id != NULL ? id->text : path->text, c->mem));
    if (at != NULL) {
        slack_emit_i64(&c->e, "created", slack_seconds(at));
        slack_emit_i64(&c->e, "timestamp", slack_seconds(at));
    }
    put_item_text(c, s, "name", HF_F_MESSAGE_FILE_NAME);
    put_item_text(c, s, "title", HF_F_MESSAGE_FILE_TITLE);
    put_item_text(c, s, "mimetype", HF_F_MESSAGE_FILE_MIME);
    if (user != NULL)
        slack_emit_text(&c->e, "user", user_of(c, user));
    put_item_text(c, s, "mode", HF_F_MESSAGE_FILE_MODE);
    if (size != NULL)
        slack_emit_i64(&c->e, "size", size->num);
    put_item_text(c, s, "url_private", HF_F_MESSAGE_FILE_URL);
    slack_emit_close(&c->e, '}');
}

static void put_files(composing *c)
{
    slack_items s = slack_items_of(c->r, HF_F_MESSAGE_FILE_ID, HF_F_MESSAGE_FILE_PATH, c->mem);

    if (s.n == 0)
        return;
    slack_emit_open(&c->e, "files", '[');
    while (slack_items_next(&s))
        put_file(c, &s);
    slack_emit_close(&c->e, ']');
}

static void put_cards(composing *c)
{
    static const struct {
        const char *key;
        hf_field field;
    } keys[] = {
        { "fallback", HF_F_MESSAGE_CARD_FALLBACK }, { "color", HF_F_MESSAGE_CARD_COLOR },
        { "pretext", HF_F_MESSAGE_CARD_PRETEXT },   { "author_name", HF_F_MESSAGE_CARD_AUTHOR },
        { "title", HF_F_MESSAGE_CARD_TITLE },       { "title_link", HF_F_MESSAGE_CARD_LINK },
        { "text", HF_F_MESSAGE_CARD_TEXT },         { "image_url", HF_F_MESSAGE_CARD_IMAGE },
        { "footer", HF_F_MESSAGE_CARD_FOOTER },
    };
    slack_items s = slack_items_of(c->r, HF_F_MESSAGE_CARD_TEXT, HF_F_MESSAGE_CARD_IMAGE, c->mem);

    if (s.n == 0)
        return;
    slack_emit_open(&c->e, "attachments", '[');
    while (slack_items_next(&s)) {
        slack_emit_open(&c->e, NULL, '{');
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
            put_item_text(c, &s, keys[i].key, keys[i].field);
        slack_emit_close(&c->e, '}');
    }
    slack_emit_close(&c->e, ']');
}

static void put_edited(composing *c)
{
    const hf_value *at = hf_rec_get(c->r, HF_F_MESSAGE_EDITED_AT);
    const hf_value *by = hf_rec_get(c->r, HF_F_MESSAGE_EDITED_BY);

    if (at == NULL || at->num <= 0)
        return;
    /* An edit has an editor in Slack; where nobody says who, it was the author. */
    if (by == NULL)
        by = hf_rec_get(c->r, HF_F_MESSAGE_AUTHOR);
    slack_emit_open(&c->e, "edited", '{');
    slack_put_text(&c->e, "user", user_of(c, by));
    slack_emit_text(&c->e, "ts", slack_ts_text(at->num, c->mem));
    slack_emit_close(&c->e, '}');
}

/* What hangs on its text. */
static void put_contents(composing *c, slack_shape *shape)
{
    put_edited(c);
    put_versions(c);
    if (hf_rec_get_bool(c->r, HF_F_MESSAGE_IS_PINNED)) {
        slack_emit_open(&c->e, "pinned_to", '[');
        slack_emit_text(&c->e, NULL, c->m->channel);
        slack_emit_close(&c->e, ']');
    }
    put_reactions(c, shape);
    put_files(c);
    put_cards(c);
}

void slack_compose_message(const slack_names *n, const hf_record *r, const slack_message *m,
                           hf_arena *mem, hf_buf *out, slack_shape *shape)
{
    composing c = { n, r, m, mem, { .out = out, .depth = 1, .is_empty = true } };
    hf_view subtype = subtype_of(&c);

    *shape = (slack_shape){ .is_notice = m->notice != NULL };
    slack_emit_open(&c.e, NULL, '{');
    slack_emit_text(&c.e, "type", HF_V("message"));
    slack_put_text(&c.e, "subtype", subtype);
    slack_put_text(&c.e, "user", user_of(&c, hf_rec_get(r, HF_F_MESSAGE_AUTHOR)));
    slack_put_text(&c.e, "bot_id", get(&c, HF_F_MESSAGE_AUTHOR_BOT));
    slack_put_text(&c.e, "username", get(&c, HF_F_MESSAGE_AUTHOR_NAME));
    slack_emit_text(&c.e, "text",
                    m->notice != NULL ? hf_view_str(m->notice)
                                      : slack_markup(n, r, get(&c, HF_F_MESSAGE_TEXT), mem));
    slack_emit_text(&c.e, "ts", m->ts);
    if (hf_view_is(subtype, "tombstone"))
        slack_emit_bool(&c.e, "hidden", true);
    if (m->notice == NULL)
        put_contents(&c, shape);
    if (m->thread_ts.n > 0) {
        slack_emit_text(&c.e, "thread_ts", m->thread_ts);
        slack_put_text(&c.e, "parent_user_id", m->parent_user);
    }
    shape->tail = out->n;
    slack_emit_close(&c.e, '}');
}

bool slack_compose_own(const hf_record *r, hf_arena *mem, hf_buf *out)
{
    slack_message m = { .ts = r->id,
                        .thread_ts = hf_rec_get_text(r, HF_F_MESSAGE_THREAD),
                        .channel = r->scope };
    slack_names names;
    slack_shape shape;

    slack_names_init(&names);
    if (r->kind == HF_KIND_USER)
        slack_compose_user(r, mem, out);
    else if (r->kind == HF_KIND_CHANNEL)
        slack_compose_channel(&names, r, r->id, hf_rec_get_text(r, HF_F_CHANNEL_NAME), mem, out);
    else if (r->kind == HF_KIND_MESSAGE)
        slack_compose_message(&names, r, &m, mem, out, &shape);
    slack_names_clear(&names);
    return r->kind == HF_KIND_USER || r->kind == HF_KIND_CHANNEL || r->kind == HF_KIND_MESSAGE;
}

void slack_compose_replies(const slack_reply *list, size_t n, hf_buf *out)
{
    slack_emit e = { .out = out, .depth = 2, .is_empty = false };
    hf_arena *mem = hf_arena_new();
    hf_map *users = hf_map_new();
    int64_t latest = 0;

    for (size_t i = 0; i < n; i++) {
        if (list[i].user.n > 0)
            hf_map_put(users, list[i].user, NULL);
        latest = list[i].ts_us > latest ? list[i].ts_us : latest;
    }
    slack_emit_i64(&e, "reply_count", (int64_t)n);
    slack_emit_i64(&e, "reply_users_count", (int64_t)hf_map_count(users));
    slack_emit_text(&e, "latest_reply", slack_ts_text(latest, mem));
    slack_emit_open(&e, "reply_users", '[');
    for (size_t i = 0; i < hf_map_count(users); i++)
        slack_emit_text(&e, NULL, hf_map_at(users, i)->key);
    slack_emit_close(&e, ']');
    slack_emit_open(&e, "replies", '[');
    for (size_t i = 0; i < n; i++) {
        hf_arena_reset(mem);
        slack_emit_open(&e, NULL, '{');
        slack_put_text(&e, "user", list[i].user);
        slack_emit_text(&e, "ts", slack_ts_text(list[i].ts_us, mem));
        slack_emit_close(&e, '}');
    }
    slack_emit_close(&e, ']');
    hf_map_free(users);
    hf_arena_free(mem);
}
