/* slack/convs.c: which conversation a folder belongs to. */
#include "slack/slack.h"

struct slack_convs {
    hf_arena *mem;    /* of the ids */
    hf_map *by_place; /* "workspace 0 folder" to conversation number */
    hf_map *by_id;    /* id to conversation number */
    slack_conv *list;
    size_t n, cap;
    hf_buf key;
};

slack_convs *slack_convs_new(void)
{
    slack_convs *c = HF_NEW(slack_convs);

    c->mem = hf_arena_new();
    c->by_place = hf_map_new();
    c->by_id = hf_map_new();
    hf_buf_init(&c->key, HF_BUF_UNBOUNDED);
    return c;
}

void slack_convs_free(slack_convs *c)
{
    if (c == NULL)
        return;
    hf_arena_free(c->mem);
    hf_map_free(c->by_place);
    hf_map_free(c->by_id);
    hf_free(c->list);
    hf_buf_clear(&c->key);
    hf_free(c);
}

static hf_view place_key(slack_convs *c, hf_view workspace, hf_view folder)
{
    hf_buf_reset(&c->key);
    hf_buf_add(&c->key, workspace);
    hf_buf_byte(&c->key, '\0');
    hf_buf_add(&c->key, folder);
    return hf_buf_view(&c->key);
}

static uint32_t number_of(slack_convs *c, hf_view id, bool *fresh)
{
    hf_map_entry *e = hf_map_put(c->by_id, id, fresh);

    if (*fresh) {
        if (c->n == c->cap) {
            c->cap = c->cap == 0 ? 64 : c->cap * 2;
            c->list = hf_realloc(c->list, c->cap, sizeof(*c->list));
        }
        c->list[c->n] = (slack_conv){
            .id = hf_arena_dup(c->mem, id),
            .number = (uint32_t)c->n,
            .first_us = HF_NO_TIME,
            .last_us = HF_NO_TIME,
        };
        e->v.u = c->n++;
    }
    return (uint32_t)e->v.u;
}

void slack_convs_add(slack_convs *c, hf_view workspace, hf_view name, hf_view id)
{
    bool fresh;
    uint32_t number = number_of(c, id, &fresh);
    hf_map_entry *e =
        hf_map_put(c->by_place, place_key(c, workspace, name.n > 0 ? name : id), &fresh);

    if (fresh)
        e->v.u = number;
}

/* A folder is called by the name in its own workspace; code that has no name falls back to the id,
 * and conversations shared in an organisation are listed at the root only. */
static hf_map_entry *find(slack_convs *c, hf_view workspace, hf_view folder)
{
    hf_map_entry *e = hf_map_get(c->by_place, place_key(c, workspace, folder));

    if (e == NULL)
        e = hf_map_get(c->by_id, folder);
    if (e == NULL && workspace.n > 0)
        e = hf_map_get(c->by_place, place_key(c, (hf_view){ "", 0 }, folder));
    return e;
}

slack_conv *slack_convs_folder(slack_convs *c, hf_view workspace, hf_view folder, bool *fresh)
{
    const hf_map_entry *e = find(c, workspace, folder);
    hf_view id = folder;
    uint32_t number;

    *fresh = false;
    if (e != NULL)
        return &c->list[e->v.u];
    if (workspace.n > 0)
        id = hf_arena_printf(c->mem, "%.*s/%.*s", (int)workspace.n, workspace.p, (int)folder.n,
                             folder.p);
    number = number_of(c, id, fresh);
    c->list[number].is_stub = *fresh;
    hf_map_put(c->by_place, place_key(c, workspace, folder), NULL)->v.u = number;
    return &c->list[number];
}

size_t slack_convs_count(const slack_convs *c)
{
    return c->n;
}

slack_conv *slack_convs_at(slack_convs *c, size_t i)
{
    return &c->list[i];
}
