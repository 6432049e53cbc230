/* slack/compose.c: users, channels and log entries as JSON objects; messages in compose_message.c.
 */
#include "slack/compose_priv.h"

#include <stdlib.h>

/* --- names and ids ------------------------------------------------------------------------------
 */

void slack_names_init(slack_names *n)
{
    n->users = hf_map_new();
    n->channels = hf_map_new();
    n->handles = hf_map_new();
    n->mem = hf_arena_new();
}

void slack_names_clear(slack_names *n)
{
    hf_map_free(n->users);
    hf_map_free(n->channels);
    hf_map_free(n->handles);
    hf_arena_free(n->mem);
    *n = (slack_names){ 0 };
}

static bool is_slack_id(char prefix, hf_view id)
{
    const char *first = prefix == 'U' ? "UWB" : prefix == 'F' ? "F" : "CGD";

    if (id.n < 2 || strchr(first, id.p[0]) == NULL)
        return false;
    for (size_t i = 1; i < id.n; i++)
        if (!((id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] >= 'A' && id.p[i] <= 'Z')))
            return false;
    return true;
}

hf_view slack_write_id(const hf_record *r, char prefix, hf_view id, hf_arena *mem)
{
    static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    hf_sha256 d;
    char out[11];

    if (id.n == 0 || (r->format != NULL && strcmp(r->format, "slack") == 0) ||
        is_slack_id(prefix, id))
        return id;
    d = hf_sha256_of(id);
    out[0] = prefix;
    for (size_t i = 1; i < sizeof(out); i++)
        out[i] = digits[d.b[i] & 31];
    return hf_arena_dup(mem, (hf_view){ out, sizeof(out) });
}

hf_view slack_ts_text(int64_t us, hf_arena *mem)
{
    return hf_arena_printf(mem, "%010lld.%06lld", (long long)(us / HF_SECOND_US),
                           (long long)(us % HF_SECOND_US));
}

hf_view slack_upload_name(hf_view file_id, hf_view member, hf_arena *mem)
{
    size_t slash = hf_view_find_last(member, '/');
    hf_view base = slash == HF_NPOS ? member : hf_view_from(member, slash + 1);

    return hf_arena_printf(mem, "__uploads/%.*s/%.*s", (int)file_id.n, file_id.p, (int)base.n,
                           base.p);
}

/* --- values -------------------------------------------------------------------------------------
 */

static int by_item(const void *a, const void *b)
{
    const hf_value *x = *(const hf_value *const *)a, *y = *(const hf_value *const *)b;

    return x->item != y->item ? (x->item < y->item ? -1 : 1) : (x < y ? -1 : x > y);
}

slack_items slack_items_of(const hf_record *r, hf_field first, hf_field last, hf_arena *mem)
{
    slack_items s = { 0 };

    for (uint32_t i = 0; i < r->nvalue; i++)
        s.n += r->value[i].field >= first && r->value[i].field <= last;
    if (s.n == 0)
        return s;
    s.value = hf_arena_alloc(mem, s.n * sizeof(*s.value));
    s.n = 0;
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].field >= first && r->value[i].field <= last)
            s.value[s.n++] = &r->value[i];
    qsort(s.value, s.n, sizeof(*s.value), by_item);
    return s;
}

bool slack_items_next(slack_items *s)
{
    s->from = s->to;
    while (s->to < s->n && s->value[s->to]->item == s->value[s->from]->item)
        s->to++;
    return s->from < s->to;
}

const hf_value *slack_items_get(const slack_items *s, hf_field f)
{
    for (size_t i = s->from; i < s->to; i++)
        if (s->value[i]->field == f)
            return s->value[i];
    return NULL;
}

static hf_view name_of(const hf_map *map, hf_view target)
{
    const hf_map_entry *e = hf_map_get(map, target);

    return e == NULL ? (hf_view){ NULL, 0 } : *(const hf_view *)e->v.p;
}

static hf_view user_id(void *self, hf_view target)
{
    return name_of(((const slack_names *)self)->users, target);
}

static hf_view channel_id(void *self, hf_view target)
{
    return name_of(((const slack_names *)self)->channels, target);
}

hf_view slack_markup(const slack_names *n, const hf_record *r, hf_view text, hf_arena *mem)
{
    slack_names self = *n;
    hf_names names = { &self, user_id, channel_id, NULL };
    hf_spans spans;
    hf_buf out;

    if (r->dialect == HF_DIALECT_MRKDWN || text.n == 0)
        return text;
    hf_markup_parse(r->dialect, text, mem, &spans);
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    hf_markup_print(HF_DIALECT_MRKDWN, &spans, &names, &out);
    text = hf_arena_dup(mem, hf_buf_view(&out));
    hf_buf_clear(&out);
    return text;
}

void slack_put_text(slack_emit *e, const char *key, hf_view text)
{
    if (text.n > 0)
        slack_emit_text(e, key, text);
}

int64_t slack_seconds(const hf_value *v)
{
    return v == NULL || v->num == HF_NO_TIME ? 0 : v->num / HF_SECOND_US;
}

/* --- users --------------------------------------------------------------------------------------
 */

/* Readers of exports show this one; other systems have its two parts. */
static hf_view real_name_of(const hf_record *r, hf_arena *mem)
{
    hf_view real = hf_rec_get_text(r, HF_F_USER_REAL_NAME);
    hf_view first = hf_rec_get_text(r, HF_F_USER_FIRST_NAME);
    hf_view last = hf_rec_get_text(r, HF_F_USER_LAST_NAME);

    if (real.n > 0 || first.n == 0 || last.n == 0)
        return real.n > 0 ? real : first.n > 0 ? first : last;
    return hf_arena_printf(mem, "%.*s %.*s", (int)first.n, first.p, (int)last.n, last.p);
}

static void put_profile(slack_emit *e, const hf_record *r, hf_view real_name)
{
    static const struct {
        const char *key;
        hf_field field;
    } keys[] = {
        { "title", HF_F_USER_TITLE },         { "first_name", HF_F_USER_FIRST_NAME },
        { "last_name", HF_F_USER_LAST_NAME }, { "email", HF_F_USER_EMAIL },
        { "bot_id", HF_F_USER_BOT_ID },
    };

    slack_emit_open(e, "profile", '{');
    slack_emit_text(e, "real_name", real_name);
    slack_emit_text(e, "display_name", hf_rec_get_text(r, HF_F_USER_DISPLAY_NAME));
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        slack_put_text(e, keys[i].key, hf_rec_get_text(r, keys[i].field));
    slack_emit_close(e, '}');
}

void slack_compose_user(const hf_record *r, hf_arena *mem, hf_buf *out)
{
    slack_emit e = { .out = out, .depth = 1, .is_empty = true };
    hf_view role = hf_rec_get_text(r, HF_F_USER_ROLE), guest = hf_rec_get_text(r, HF_F_USER_GUEST);
    hf_view team = hf_rec_get_text(r, HF_F_USER_WORKSPACE);
    hf_view real_name = real_name_of(r, mem);
    bool is_primary = hf_view_is(role, "primary_owner");
    bool is_owner = is_primary || hf_view_is(role, "owner");
    bool is_single = hf_view_is(guest, "single");
    const hf_value *updated = hf_rec_get(r, HF_F_USER_UPDATED);

    /* The team is how readers learn the origin, so it must be there and be one. */
    if (team.n == 0 || r->format == NULL || strcmp(r->format, "slack") != 0)
        team = r->origin;
    slack_emit_open(&e, NULL, '{');
    slack_emit_text(&e, "id", slack_write_id(r, 'U', r->id, mem));
    slack_emit_text(&e, "team_id", team);
    slack_put_text(&e, "name", hf_rec_get_text(r, HF_F_USER_NAME));
    slack_emit_bool(&e, "deleted", hf_rec_get_bool(r, HF_F_USER_IS_DEACTIVATED));
    slack_put_text(&e, "real_name", real_name);
    slack_put_text(&e, "tz", hf_rec_get_text(r, HF_F_USER_ZONE));
    slack_put_text(&e, "locale", hf_rec_get_text(r, HF_F_USER_LOCALE));
    put_profile(&e, r, real_name);
    slack_emit_bool(&e, "is_admin",
                    is_owner || hf_view_is(role, "admin") || hf_view_is(role, "system_admin"));
    slack_emit_bool(&e, "is_owner", is_owner);
    slack_emit_bool(&e, "is_primary_owner", is_primary);
    slack_emit_bool(&e, "is_restricted", is_single || hf_view_is(guest, "multi"));
    slack_emit_bool(&e, "is_ultra_restricted", is_single);
    if (hf_view_is(guest, "foreign"))
        slack_emit_bool(&e, "is_stranger", true);
    slack_emit_bool(&e, "is_bot", hf_rec_get_bool(r, HF_F_USER_IS_BOT));
    if (updated != NULL)
        slack_emit_i64(&e, "updated", slack_seconds(updated));
    slack_emit_close(&e, '}');
}

/* --- channels -----------------------------------------------------------------------------------
 */

static void put_topic(const slack_names *n, slack_emit *e, const hf_record *r, const char *key,
                      const hf_field fields[3], hf_arena *mem)
{
    slack_emit_open(e, key, '{');
    slack_emit_text(e, "value", slack_markup(n, r, hf_rec_get_text(r, fields[0]), mem));
    slack_emit_text(e, "creator", slack_write_id(r, 'U', hf_rec_get_text(r, fields[1]), mem));
    slack_emit_i64(e, "last_set", slack_seconds(hf_rec_get(r, fields[2])));
    slack_emit_close(e, '}');
}

static void put_list(slack_emit *e, const hf_record *r, const char *key, hf_field f, char prefix,
                     hf_arena *mem)
{
    uint32_t at = 0;

    slack_emit_open(e, key, '[');
    for (const hf_value *v = hf_rec_next(r, f, 0, &at); v != NULL;
         v = hf_rec_next(r, f, at + 1, &at))
        slack_emit_text(e, NULL, prefix == 0 ? v->text : slack_write_id(r, prefix, v->text, mem));
    slack_emit_close(e, ']');
}

hf_view slack_group_name(const slack_names *n, const hf_record *channel, hf_arena *mem)
{
    hf_buf out;
    hf_view name;
    uint32_t at = 0;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    for (const hf_value *v = hf_rec_next(channel, HF_F_CHANNEL_MEMBER, 0, &at); v != NULL;
         v = hf_rec_next(channel, HF_F_CHANNEL_MEMBER, at + 1, &at)) {
        hf_view handle = name_of(n->handles, v->text);

        if (handle.n == 0)
            continue;
        hf_buf_str(&out, out.n == 0 ? "mpdm-" : "--");
        hf_buf_add(&out, handle);
    }
    if (out.n > 0)
        hf_buf_str(&out, "-1");
    name = hf_arena_dup(mem, hf_buf_view(&out));
    hf_buf_clear(&out);
    return name;
}

/* Pins name messages by their ids, which only Slack's own records can do. */
static void put_pins(slack_emit *e, const hf_record *r, hf_view channel, hf_arena *mem)
{
    slack_items s = slack_items_of(r, HF_F_CHANNEL_PIN_MESSAGE, HF_F_CHANNEL_PIN_AT, mem);

    if (s.n == 0)
        return;
    slack_emit_open(e, "pins", '[');
    while (slack_items_next(&s)) {
        const hf_value *id = slack_items_get(&s, HF_F_CHANNEL_PIN_MESSAGE);
        const hf_value *by = slack_items_get(&s, HF_F_CHANNEL_PIN_BY);

        if (id == NULL || !slack_is_ts(id->text))
            continue;
        slack_emit_open(e, NULL, '{');
        slack_emit_text(e, "id", id->text);
        slack_emit_text(e, "type", hf_view_sub(channel, 0, 1));
        slack_emit_i64(e, "created", slack_seconds(slack_items_get(&s, HF_F_CHANNEL_PIN_AT)));
        if (by != NULL)
            slack_emit_text(e, "user", slack_write_id(r, 'U', by->text, mem));
        slack_emit_close(e, '}');
    }
    slack_emit_close(e, ']');
}

void slack_compose_channel(const slack_names *n, const hf_record *r, hf_view id, hf_view name,
                           hf_arena *mem, hf_buf *out)
{
    static const hf_field topic[] = { HF_F_CHANNEL_TOPIC, HF_F_CHANNEL_TOPIC_BY,
                                      HF_F_CHANNEL_TOPIC_AT };
    static const hf_field purpose[] = { HF_F_CHANNEL_PURPOSE, HF_F_CHANNEL_PURPOSE_BY,
                                        HF_F_CHANNEL_PURPOSE_AT };
    slack_emit e = { .out = out, .depth = 1, .is_empty = true };
    hf_view creator = hf_rec_get_text(r, HF_F_CHANNEL_CREATOR);
    uint32_t at;

    slack_emit_open(&e, NULL, '{');
    slack_emit_text(&e, "id", id);
    slack_put_text(&e, "name", name); /* direct messages have none */
    slack_emit_i64(&e, "created", slack_seconds(hf_rec_get(r, HF_F_CHANNEL_CREATED)));
    if (name.n > 0) {
        /* Rocket.Chat passes over channels without creator, messages and all. */
        slack_emit_text(&e, "creator",
                        creator.n > 0 ? slack_write_id(r, 'U', creator, mem) : HF_V("USLACKBOT"));
        slack_emit_bool(&e, "is_archived", hf_rec_get_bool(r, HF_F_CHANNEL_IS_ARCHIVED));
        slack_emit_bool(&e, "is_general", hf_rec_get_bool(r, HF_F_CHANNEL_IS_GENERAL));
    }
    put_list(&e, r, "members", HF_F_CHANNEL_MEMBER, 'U', mem);
    put_pins(&e, r, id, mem);
    if (name.n > 0 || hf_rec_get(r, HF_F_CHANNEL_TOPIC) != NULL)
        put_topic(n, &e, r, "topic", topic, mem);
    if (name.n > 0 || hf_rec_get(r, HF_F_CHANNEL_PURPOSE) != NULL)
        put_topic(n, &e, r, "purpose", purpose, mem);
    if (hf_rec_next(r, HF_F_CHANNEL_PREVIOUS_NAME, 0, &at) != NULL)
        put_list(&e, r, "previous_names", HF_F_CHANNEL_PREVIOUS_NAME, 0, mem);
    slack_emit_close(&e, '}');
}

void slack_compose_event(const hf_record *r, hf_arena *mem, hf_buf *out)
{
    slack_emit e = { .out = out, .depth = 1, .is_empty = true };

    slack_emit_open(&e, NULL, '{');
    slack_put_text(&e, "user_id", slack_write_id(r, 'U', hf_rec_get_text(r, HF_F_EVENT_USER), mem));
    slack_emit_i64(&e, "date", slack_seconds(hf_rec_get(r, HF_F_EVENT_TIME)));
    slack_put_text(&e, "change_type", hf_rec_get_text(r, HF_F_EVENT_ACTION));
    slack_emit_close(&e, '}');
}
