/* slack/channels.c: see channels.h. */
#include "slack/channels.h"

#include "slack/compose.h"

struct slack_channels {
    hf_arena *mem;
    hf_map *by_id;   /* the source's id to slack_channel */
    hf_map *folders; /* taken names */
};

slack_channels *slack_channels_new(void)
{
    slack_channels *c = HF_NEW(slack_channels);

    c->mem = hf_arena_new();
    c->by_id = hf_map_new();
    c->folders = hf_map_new();
    return c;
}

void slack_channels_free(slack_channels *c)
{
    if (c == NULL)
        return;
    hf_arena_free(c->mem);
    hf_map_free(c->by_id);
    hf_map_free(c->folders);
    hf_free(c);
}

slack_channel *slack_channels_find(const slack_channels *c, hf_view id)
{
    const hf_map_entry *e = hf_map_get(c->by_id, id);

    return e == NULL ? NULL : e->v.p;
}

size_t slack_channels_count(const slack_channels *c)
{
    return hf_map_count(c->by_id);
}

slack_channel *slack_channels_at(const slack_channels *c, size_t i)
{
    return hf_map_at(c->by_id, i)->v.p;
}

static slack_role role_of(const hf_record *r)
{
    hf_view kind = hf_rec_get_text(r, HF_F_CHANNEL_KIND);

    for (int role = SLACK_CHANNELS; role <= SLACK_MPIMS; role++)
        if (hf_view_is(kind, slack_channel_kind((slack_role)role)))
            return (slack_role)role;
    return SLACK_GROUPS; /* of unknown kind: not for everybody */
}

/* True when a folder of that name is safe everywhere and is not taken for something else. */
static bool is_folder_name(hf_view v)
{
    enum { LONGEST = 200 };

    if (v.n == 0 || v.n > LONGEST || v.p[0] == '.' || hf_view_starts(v, HF_V("__")))
        return false;
    for (size_t i = 0; i < v.n; i++)
        if ((unsigned char)v.p[i] < ' ' || v.p[i] == '/' || v.p[i] == '\\')
            return false;
    return true;
}

static bool take_folder(slack_channels *c, hf_view name)
{
    bool fresh = false;

    if (is_folder_name(name))
        hf_map_put(c->folders, name, &fresh);
    return fresh;
}

/* name, or name-2 and so on, that no other channel has. */
static hf_view free_name(slack_channels *c, hf_view name)
{
    hf_view tried;

    if (!is_folder_name(name))
        name = HF_V("unknown");
    tried = name;
    for (unsigned n = 2; !take_folder(c, tried); n++)
        tried = hf_arena_printf(c->mem, "%.*s-%u", (int)name.n, name.p, n);
    return tried;
}

/* A name from what another system calls it, else made, else id. */
static hf_view made_name(slack_channels *c, const hf_record *r, hf_view made, hf_view id)
{
    hf_view name = hf_rec_get_text(r, HF_F_CHANNEL_NAME), clean;
    char *p;

    if (name.n == 0)
        name = made.n > 0 ? made : hf_rec_get_text(r, HF_F_CHANNEL_TITLE);
    clean = hf_arena_dup(c->mem, name);
    p = hf_arena_alloc(c->mem, clean.n + 1);
    for (size_t i = 0; i < clean.n; i++) {
        char x = clean.p[i];

        p[i] = (unsigned char)x < ' ' || x == '/' || x == '\\' || x == ' ' ? '-' : x;
    }
    clean.p = p;
    return is_folder_name(clean) ? clean : id;
}

static slack_channel *enter(slack_channels *c, const hf_record *r, hf_view id, slack_role role)
{
    slack_channel *x = hf_arena_alloc0(c->mem, 1, sizeof(*x));
    char prefix = role == SLACK_DMS ? 'D' : role == SLACK_CHANNELS ? 'C' : 'G';

    x->out_id = hf_arena_dup(c->mem, slack_write_id(r, prefix, id, c->mem));
    x->role = role;
    hf_map_put(c->by_id, id, NULL)->v.p = x;
    return x;
}

slack_channel *slack_channels_add(slack_channels *c, const hf_record *r, hf_view made)
{
    bool is_own = r->format != NULL && strcmp(r->format, "slack") == 0;
    hf_view name = hf_arena_dup(c->mem, hf_rec_get_text(r, HF_F_CHANNEL_NAME));
    slack_channel *x = slack_channels_find(c, r->id);

    if (x != NULL)
        return x;
    x = enter(c, r, r->id, role_of(r));
    if (x->role == SLACK_DMS)
        x->folder = free_name(c, x->out_id);
    else if (is_own && r->raw.bytes.n > 0) /* its bytes say the name, whatever the folder's */
        x->folder = take_folder(c, name) ? name : free_name(c, x->out_id);
    else
        x->folder = free_name(c, made_name(c, r, made, x->out_id));
    if (x->role != SLACK_DMS)
        x->name = is_own && r->raw.bytes.n > 0 ? name : x->folder;
    return x;
}

slack_channel *slack_channels_unknown(slack_channels *c, const hf_record *message)
{
    slack_channel *x = enter(c, message, message->scope, SLACK_GROUPS);

    x->folder = free_name(c, x->out_id);
    x->out_id = x->folder; /* readers find no other */
    return x;
}
