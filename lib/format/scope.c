/* format/scope.c: see scope.h. Memory: one entry per channel, per user of the source, and per
 * attachment of the part. */
#include "format/scope.h"

typedef struct place { /* a channel */
    bool is_in;        /* as far as its definition tells */
    bool is_hit;       /* a message of the part stands in it */
    hf_view *people;
    size_t n, cap; /* whom its definition names, until is_hit */
} place;

struct hf_scope_stage {
    const hf_scope *scope;
    hf_map *channels; /* origin and id of every channel to its place, in mem */
    hf_map *users;    /* origin and id of everyone who appears in the part */
    hf_map *authors;  /* origin and id, bot identities too, of the users asked for */
    hf_map *files;    /* native ids of attachments, and names of members that hold their bytes */
    hf_map *channel_names, *user_names; /* and ids, all that were seen: for the check */
    hf_directory *directory;            /* with a query */
    hf_eval *eval;
    uint32_t member; /* whose bytes pass; HF_NO_MEMBER */
    hf_buf key;
    hf_arena *mem, *scratch;
};

bool hf_scope_withholds(const hf_scope *s)
{
    return s != NULL && (s->nchannels > 0 || s->nusers > 0 || s->kinds != 0 || s->query != NULL ||
                         s->since_us != HF_NO_TIME || s->until_us != HF_NO_TIME);
}

bool hf_scope_is_all(const hf_scope *s)
{
    return s == NULL || (!s->prune && !hf_scope_withholds(s));
}

hf_scope_stage *hf_scope_new(const hf_scope *scope)
{
    hf_scope_stage *s = HF_NEW(hf_scope_stage);

    s->scope = scope;
    s->channels = hf_map_new();
    s->users = hf_map_new();
    s->authors = hf_map_new();
    s->files = hf_map_new();
    s->channel_names = hf_map_new();
    s->user_names = hf_map_new();
    s->mem = hf_arena_new();
    s->scratch = hf_arena_new();
    s->member = HF_NO_MEMBER;
    hf_buf_init(&s->key, HF_BUF_UNBOUNDED);
    if (scope->query != NULL) {
        s->directory = hf_directory_new();
        s->eval = hf_eval_new(scope->query, s->directory, 0);
    }
    return s;
}

void hf_scope_free(hf_scope_stage *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < hf_map_count(s->channels); i++)
        hf_free(((place *)hf_map_at(s->channels, i)->v.p)->people);
    hf_map_free(s->channels);
    hf_map_free(s->users);
    hf_map_free(s->authors);
    hf_map_free(s->files);
    hf_map_free(s->channel_names);
    hf_map_free(s->user_names);
    hf_eval_free(s->eval);
    hf_directory_free(s->directory);
    hf_arena_free(s->mem);
    hf_arena_free(s->scratch);
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

static place *place_of(hf_scope_stage *s, hf_view origin, hf_view id)
{
    bool fresh;
    hf_map_entry *e = hf_map_put(s->channels, key_of(&s->key, origin, id), &fresh);

    if (fresh) {
        place *p = hf_arena_alloc0(s->mem, 1, sizeof(*p));

        p->is_in = s->scope->nchannels == 0 && s->scope->kinds == 0;
        e->v.p = p;
    }
    return e->v.p;
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
    place_of(s, r->origin, r->id)->is_in = in;
}

/* Whether the channel may hold messages of the part. One without a definition may only when nothing
 * was asked of channels. */
static bool channel_is_in(hf_scope_stage *s, hf_view origin, hf_view id)
{
    return place_of(s, origin, id)->is_in;
}

/* Only conversations that a message of the part stands in belong to it. */
static bool needs_hit(const hf_scope_stage *s, const hf_record *r)
{
    return s->scope->query != NULL || s->scope->nusers > 0 ||
           (s->scope->prune && (r->flags & HF_REC_CONTEXT) != 0 && r->kind == HF_KIND_CHANNEL);
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
static bool author_is_in(hf_scope_stage *s, const hf_record *r)
{
    static const hf_field fields[] = { HF_F_MESSAGE_AUTHOR, HF_F_MESSAGE_AUTHOR_BOT };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        hf_view author = hf_rec_get_text(r, fields[i]);

        /* An author without a definition has no name but the id. */
        if (author.n > 0 && (hf_map_get(s->authors, key_of(&s->key, r->origin, author)) != NULL ||
                             listed(s->scope->users, s->scope->nusers, author)))
            return true;
    }
    return false;
}

static bool message_is_in(hf_scope_stage *s, const hf_record *r)
{
    const hf_scope *want = s->scope;

    if (!channel_is_in(s, r->origin, r->scope))
        return false;
    if (want->since_us != HF_NO_TIME && (r->time_us == HF_NO_TIME || r->time_us < want->since_us))
        return false;
    if (want->until_us != HF_NO_TIME && (r->time_us == HF_NO_TIME || r->time_us >= want->until_us))
        return false;
    if (want->nusers > 0 && !author_is_in(s, r))
        return false;
    return s->eval == NULL || hf_eval_matches(s->eval, r);
}

static void appears(hf_scope_stage *s, hf_view origin, hf_view user)
{
    if (user.n > 0)
        hf_map_put(s->users, key_of(&s->key, origin, user), NULL);
}

/* Call take for everyone named in a record: typed user values, bot identities, mentions. */
static void each_person(hf_scope_stage *s, const hf_record *r,
                        void (*take)(hf_scope_stage *s, hf_view origin, hf_view user, place *p),
                        place *p)
{
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];
        hf_type type = hf_field_get(v->field)->type;
        hf_spans spans;

        if (type == HF_TYPE_USER || v->field == HF_F_MESSAGE_AUTHOR_BOT)
            take(s, r->origin, v->text, p);
        if (type != HF_TYPE_MARKUP)
            continue;
        hf_arena_reset(s->scratch);
        hf_markup_parse(r->dialect, v->text, s->scratch, &spans);
        for (size_t k = 0; k < spans.n; k++)
            if (spans.span[k].kind == HF_SPAN_USER)
                take(s, r->origin, spans.span[k].target, p);
    }
}

static void take_now(hf_scope_stage *s, hf_view origin, hf_view user, place *p)
{
    (void)p;
    appears(s, origin, user);
}

static void take_later(hf_scope_stage *s, hf_view origin, hf_view user, place *p)
{
    (void)origin;
    if (p->n == p->cap) {
        p->cap = p->cap == 0 ? 8 : p->cap * 2;
        p->people = hf_realloc(p->people, p->cap, sizeof(*p->people));
    }
    p->people[p->n++] = hf_arena_dup(s->mem, user);
}

/* A message of the part stands in it: now whom its definition names appears. */
static void hit(hf_scope_stage *s, const hf_record *r)
{
    place *p = place_of(s, r->origin, r->scope);

    if (p->is_hit)
        return;
    p->is_hit = true;
    for (size_t i = 0; i < p->n; i++)
        appears(s, r->origin, p->people[i]);
    hf_free(p->people);
    p->people = NULL;
    p->n = p->cap = 0;
}

static void learn_files(hf_scope_stage *s, const hf_record *r)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        if ((r->value[i].field == HF_F_MESSAGE_FILE_ID ||
             r->value[i].field == HF_F_MESSAGE_FILE_PATH) &&
            r->value[i].text.n > 0)
            hf_map_put(s->files, r->value[i].text, NULL);
}

static void learn_message(hf_scope_stage *s, const hf_record *r)
{
    hf_map_put(s->user_names, hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR), NULL);
    hf_map_put(s->user_names, hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR_BOT), NULL);
    if (!message_is_in(s, r))
        return;
    each_person(s, r, take_now, NULL);
    hit(s, r);
    learn_files(s, r);
}

void hf_scope_learn(hf_scope_stage *s, const hf_record *r)
{
    if (s->directory != NULL && (r->kind == HF_KIND_USER || r->kind == HF_KIND_CHANNEL))
        hf_directory_learn(s->directory, r);
    if (r->kind == HF_KIND_USER) {
        learn_user(s, r);
    } else if (r->kind == HF_KIND_CHANNEL) {
        learn_channel(s, r);
        if (channel_is_in(s, r->origin, r->id))
            each_person(s, r, needs_hit(s, r) ? take_later : take_now,
                        place_of(s, r->origin, r->id));
    } else if (r->kind == HF_KIND_MESSAGE) {
        learn_message(s, r);
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

    if (rc == HF_OK)
        rc = check_list(s->user_names, want->users, want->nusers, "user", err);
    return rc == HF_OK && s->eval != NULL ? hf_eval_finish(s->eval, err) : rc;
}

static bool is_person(hf_scope_stage *s, hf_view origin, hf_view user)
{
    return user.n > 0 && hf_map_get(s->users, key_of(&s->key, origin, user)) != NULL;
}

static bool user_is_in(hf_scope_stage *s, const hf_record *r)
{
    if (!hf_scope_withholds(s->scope) && (r->flags & HF_REC_CONTEXT) == 0)
        return true;
    return is_person(s, r->origin, r->id) ||
           is_person(s, r->origin, hf_rec_get_text(r, HF_F_USER_BOT_ID));
}

/* Who was in a channel that belongs to the scope; of people that belong to it. */
static bool membership_is_in(hf_scope_stage *s, const hf_record *r)
{
    hf_view channel = hf_rec_get_text(r, HF_F_MEMBERSHIP_CHANNEL);
    hf_view user = hf_rec_get_text(r, HF_F_MEMBERSHIP_USER);
    const place *p;

    if (!hf_scope_withholds(s->scope))
        return true;
    if (channel.n == 0)
        return false;
    p = place_of(s, r->origin, channel);
    return p->is_in && ((s->scope->query == NULL && s->scope->nusers == 0) || p->is_hit) &&
           is_person(s, r->origin, user);
}

static bool channel_belongs(hf_scope_stage *s, const hf_record *r)
{
    const place *p = place_of(s, r->origin, r->id);

    return p->is_in && (!needs_hit(s, r) || p->is_hit);
}

/* A member whose bytes a message of the part has attached; then its bytes pass too. */
static bool member_is_in(hf_scope_stage *s, const hf_record *r)
{
    if (r->kind != HF_KIND_MEMBER)
        return r->raw.member == s->member;
    s->member = HF_NO_MEMBER;
    if (r->u.member.is_opaque && (hf_map_get(s->files, r->u.member.file_id) != NULL ||
                                  hf_map_get(s->files, r->u.member.name) != NULL))
        s->member = r->u.member.ordinal;
    return s->member != HF_NO_MEMBER;
}

bool hf_scope_keeps(hf_scope_stage *s, const hf_record *r)
{
    switch (r->kind) {
    case HF_KIND_WORKSPACE:
        return true;
    case HF_KIND_USER:
        return user_is_in(s, r);
    case HF_KIND_CHANNEL:
        return channel_belongs(s, r);
    case HF_KIND_MESSAGE:
        return message_is_in(s, r);
    case HF_KIND_MEMBERSHIP:
        return membership_is_in(s, r);
    case HF_KIND_MEMBER:
    case HF_KIND_BYTES:
    case HF_KIND_MEMBER_END:
        return !hf_scope_withholds(s->scope) || member_is_in(s, r);
    case HF_KIND_NONE:
    case HF_KIND_COVERAGE:
    case HF_KIND_QUARANTINE:
    case HF_KIND_EMOJI:
    case HF_KIND_EVENT:
    case HF_KIND_OPAQUE:
    case HF_KIND_DRAFT: /* nobody has read them: no part of a conversation */
    case HF_KIND_COUNT:
        break;
    }
    return !hf_scope_withholds(s->scope);
}

void hf_scope_strip(const hf_scope_stage *s, hf_record *r, const hf_paths *paths)
{
    const hf_scope *want = s->scope;
    uint32_t kept = 0;

    if (r->kind != HF_KIND_MESSAGE ||
        (want->nusers == 0 && want->query == NULL && want->since_us == HF_NO_TIME &&
         want->until_us == HF_NO_TIME))
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
