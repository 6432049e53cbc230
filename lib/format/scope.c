/* format/scope.c: see scope.h. Memory: one entry per channel and per user of the source. */
#include "format/scope.h"

enum { IS_IN = 1 };

struct hf_scope_stage {
    const hf_scope *scope;
    hf_map *channels; /* origin and id of every channel; IS_IN when it belongs to the part */
    hf_map *users;    /* origin and id of everyone who appears in the part */
    hf_map *authors;  /* origin and id, bot identities too, of the users asked for */
    hf_map *channel_names, *user_names; /* and ids, all that were seen: for the check */
    hf_buf key;
    hf_arena *mem;
};

bool hf_scope_is_all(const hf_scope *s)
{
    return s == NULL || (s->nchannels == 0 && s->nusers == 0 && s->kinds == 0 &&
                         s->since_us == HF_NO_TIME && s->until_us == HF_NO_TIME);
}

hf_scope_stage *hf_scope_new(const hf_scope *scope)
{
    hf_scope_stage *s = HF_NEW(hf_scope_stage);

    s->scope = scope;
    s->channels = hf_map_new();
    s->users = hf_map_new();
    s->authors = hf_map_new();
    s->channel_names = hf_map_new();
    s->user_names = hf_map_new();
    s->mem = hf_arena_new();
    hf_buf_init(&s->key, HF_BUF_UNBOUNDED);
    return s;
}

void hf_scope_free(hf_scope_stage *s)
{
    if (s == NULL)
        return;
    hf_map_free(s->channels);
    hf_map_free(s->users);
    hf_map_free(s->authors);
    hf_map_free(s->channel_names);
    hf_map_free(s->user_names);
    hf_arena_free(s->mem);
    hf_buf_clear(&s->key);
    hf_free(s);
}

static hf_view key_of(hf_buf *key, hf_view origin, hf_view id)
{
    hf_buf_reset(key);
    hf_buf_add(key, origin);
    hf_buf_byte(key, '\0');
    hf_buf_add(key, id);
    return hf_buf_view(key);
}

static bool listed(const char *const *list, size_t n, hf_view name)
{
    for (size_t i = 0; i < n; i++) {
        hf_view want = hf_view_str(list[i]);

        if (want.n > 0 && (want.p[0] == '#' || want.p[0] == '@'))
            want = hf_view_from(want, 1);
        if (hf_view_eq(want, name))
            return true;
    }
    return false;
}

static unsigned kind_bit(hf_view kind)
{
    return hf_view_is(kind, "private") ? 2
           : hf_view_is(kind, "dm")    ? 4
           : hf_view_is(kind, "group") ? 8
                                       : 1;
}

static void learn_channel(hf_scope_stage *s, const hf_record *r)
{
    const hf_scope *want = s->scope;
    hf_view name = hf_rec_get_text(r, HF_F_CHANNEL_NAME);
    bool in = want->nchannels == 0 || listed(want->channels, want->nchannels, name) ||
              listed(want->channels, want->nchannels, r->id);
    uint32_t at = 0;

    for (const hf_value *v = hf_rec_next(r, HF_F_CHANNEL_PREVIOUS_NAME, 0, &at); v != NULL;
         v = hf_rec_next(r, HF_F_CHANNEL_PREVIOUS_NAME, at + 1, &at)) {
        in = in || listed(want->channels, want->nchannels, v->text);
        hf_map_put(s->channel_names, v->text, NULL);
    }
    if (want->kinds != 0 && (want->kinds & kind_bit(hf_rec_get_text(r, HF_F_CHANNEL_KIND))) == 0)
        in = false;
    hf_map_put(s->channel_names, name, NULL);
    hf_map_put(s->channel_names, r->id, NULL);
    hf_map_put(s->channels, key_of(&s->key, r->origin, r->id), NULL)->v.u = in ? IS_IN : 0;
}

static bool channel_is_in(const hf_scope_stage *s, hf_view origin, hf_view id)
{
    hf_buf *key = (hf_buf *)(uintptr_t)&s->key; /* scratch */
    hf_map_entry *e = hf_map_get(s->channels, key_of(key, origin, id));

    /* A channel without a definition belongs to the part only when nothing was asked of channels.
     */
    return e != NULL ? e->v.u == IS_IN : s->scope->nchannels == 0 && s->scope->kinds == 0;
}

static void learn_user(hf_scope_stage *s, const hf_record *r)
{
    const hf_scope *want = s->scope;
    hf_view name = hf_rec_get_text(r, HF_F_USER_NAME), bot = hf_rec_get_text(r, HF_F_USER_BOT_ID);

    hf_map_put(s->user_names, name, NULL);
    hf_map_put(s->user_names, r->id, NULL);
    if (!listed(want->users, want->nusers, name) && !listed(want->users, want->nusers, r->id))
        return;
    hf_map_put(s->authors, key_of(&s->key, r->origin, r->id), NULL);
    if (bot.n > 0)
        hf_map_put(s->authors, key_of(&s->key, r->origin, bot), NULL);
}

/* Did one of the users asked for write it? */
static bool author_is_in(const hf_scope_stage *s, const hf_record *r)
{
    static const hf_field fields[] = { HF_F_MESSAGE_AUTHOR, HF_F_MESSAGE_AUTHOR_BOT };
    hf_buf *key = (hf_buf *)(uintptr_t)&s->key; /* scratch */

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        hf_view author = hf_rec_get_text(r, fields[i]);

        /* An author without a definition has no name but the id. */
        if (author.n > 0 && (hf_map_get(s->authors, key_of(key, r->origin, author)) != NULL ||
                             listed(s->scope->users, s->scope->nusers, author)))
            return true;
    }
    return false;
}

static bool message_is_in(const hf_scope_stage *s, const hf_record *r)
{
    const hf_scope *want = s->scope;

    if (!channel_is_in(s, r->origin, r->scope))
        return false;
    if (want->since_us != HF_NO_TIME && (r->time_us == HF_NO_TIME || r->time_us < want->since_us))
        return false;
    if (want->until_us != HF_NO_TIME && (r->time_us == HF_NO_TIME || r->time_us >= want->until_us))
        return false;
    return want->nusers == 0 || author_is_in(s, r);
}

static void appears(hf_scope_stage *s, hf_view origin, hf_view user)
{
    if (user.n > 0)
        hf_map_put(s->users, key_of(&s->key, origin, user), NULL);
}

/* Everyone named in a record of the part: typed user values, bot identities, mentions in its texts.
 */
static void learn_people(hf_scope_stage *s, const hf_record *r)
{
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];
        hf_type type = hf_field_get(v->field)->type;
        hf_spans spans;

        if (type == HF_TYPE_USER || v->field == HF_F_MESSAGE_AUTHOR_BOT)
            appears(s, r->origin, v->text);
        if (type != HF_TYPE_MARKUP)
            continue;
        hf_arena_reset(s->mem);
        hf_markup_parse(r->dialect, v->text, s->mem, &spans);
        for (size_t k = 0; k < spans.n; k++)
            if (spans.span[k].kind == HF_SPAN_USER)
                appears(s, r->origin, spans.span[k].target);
    }
}

void hf_scope_learn(hf_scope_stage *s, const hf_record *r)
{
    if (r->kind == HF_KIND_USER) {
        learn_user(s, r);
    } else if (r->kind == HF_KIND_CHANNEL) {
        learn_channel(s, r);
        if (channel_is_in(s, r->origin, r->id))
            learn_people(s, r);
    } else if (r->kind == HF_KIND_MESSAGE) {
        hf_map_put(s->user_names, hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR), NULL);
        hf_map_put(s->user_names, hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR_BOT), NULL);
        if (message_is_in(s, r))
            learn_people(s, r);
    }
}

static hf_status check_list(hf_map *names, const char *const *list, size_t n, const char *what,
                            hf_err **err)
{
    for (size_t i = 0; i < n; i++) {
        hf_view want = hf_view_str(list[i]);

        if (want.n > 0 && (want.p[0] == '#' || want.p[0] == '@'))
            want = hf_view_from(want, 1);
        if (hf_map_get(names, want) == NULL) {
            hf_fail(err, HF_E_USAGE, "the source has no %s \"%s\"", what, list[i]);
            return hf_hint(
                err, "names and native ids are accepted; `holdfast inspect` lists the channels");
        }
    }
    return HF_OK;
}

hf_status hf_scope_check(hf_scope_stage *s, hf_err **err)
{
    const hf_scope *want = s->scope;
    hf_status rc = check_list(s->channel_names, want->channels, want->nchannels, "channel", err);

    return rc == HF_OK ? check_list(s->user_names, want->users, want->nusers, "user", err) : rc;
}

/* Who was in a channel that belongs to the scope; of people that belong to it. */
static bool membership_is_in(const hf_scope_stage *s, const hf_record *r, hf_buf *key)
{
    hf_view channel = hf_rec_get_text(r, HF_F_MEMBERSHIP_CHANNEL);
    hf_view user = hf_rec_get_text(r, HF_F_MEMBERSHIP_USER);

    return channel.n > 0 && channel_is_in(s, r->origin, channel) &&
           hf_map_get(s->users, key_of(key, r->origin, user)) != NULL;
}

bool hf_scope_keeps(const hf_scope_stage *s, const hf_record *r)
{
    hf_buf *key = (hf_buf *)(uintptr_t)&s->key; /* scratch */
    hf_view bot;

    switch (r->kind) {
    case HF_KIND_WORKSPACE:
        return true;
    case HF_KIND_USER:
        bot = hf_rec_get_text(r, HF_F_USER_BOT_ID);
        return hf_map_get(s->users, key_of(key, r->origin, r->id)) != NULL ||
               (bot.n > 0 && hf_map_get(s->users, key_of(key, r->origin, bot)) != NULL);
    case HF_KIND_CHANNEL:
        return channel_is_in(s, r->origin, r->id);
    case HF_KIND_MESSAGE:
        return message_is_in(s, r);
    case HF_KIND_MEMBERSHIP:
        return membership_is_in(s, r, key);
    case HF_KIND_NONE:
    case HF_KIND_MEMBER:
    case HF_KIND_BYTES:
    case HF_KIND_MEMBER_END:
    case HF_KIND_COVERAGE:
    case HF_KIND_QUARANTINE:
    case HF_KIND_EMOJI:
    case HF_KIND_EVENT:
    case HF_KIND_OPAQUE:
    case HF_KIND_DRAFT: /* nobody has read them: no part of a conversation */
    case HF_KIND_COUNT:
        break;
    }
    return false;
}

void hf_scope_strip(const hf_scope_stage *s, hf_record *r, const hf_paths *paths)
{
    const hf_scope *want = s->scope;
    uint32_t kept = 0;

    if (r->kind != HF_KIND_MESSAGE ||
        (want->nusers == 0 && want->since_us == HF_NO_TIME && want->until_us == HF_NO_TIME))
        return;
    for (uint32_t i = 0; i < r->nleaf; i++) {
        hf_leaf *l = &r->leaf[i];

        if (!hf_path_is_quote(paths, l->path)) {
            r->leaf[kept++] = *l;
            continue;
        }
        if (l->value != 0) { /* emptied in its place: other leaves count values by number */
            r->value[l->value - 1].text = (hf_view){ "", 0 };
            r->value[l->value - 1].num = 0;
        }
        r->raw.bytes = (hf_view){ NULL, 0 };
    }
    r->nleaf = kept;
}
