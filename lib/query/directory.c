/* query/directory.c: names to ids. */
#include "query/directory.h"

#include "query/query_priv.h"
#include "text/token.h"
#include "util/nearest.h"

typedef struct entry { /* one id of one name; chained */
    hf_qid who;
    struct entry *next;
} entry;

struct hf_directory {
    hf_map *names[3]; /* folded name -> entry, the last learnt first */
    hf_arena *mem;
    hf_buf folded;
};

hf_directory *hf_directory_new(void)
{
    hf_directory *d = HF_NEW(hf_directory);

    for (size_t i = 0; i < sizeof(d->names) / sizeof(d->names[0]); i++)
        d->names[i] = hf_map_new();
    d->mem = hf_arena_new();
    hf_buf_init(&d->folded, HF_BUF_UNBOUNDED);
    return d;
}

void hf_directory_free(hf_directory *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < sizeof(d->names) / sizeof(d->names[0]); i++)
        hf_map_free(d->names[i]);
    hf_arena_free(d->mem);
    hf_buf_clear(&d->folded);
    hf_free(d);
}

static hf_map *map_of(const hf_directory *d, hf_qkind kind)
{
    return d->names[kind == HF_Q_FROM ? 0 : kind == HF_Q_IN ? 1 : 2];
}

static bool is_same(const hf_qid *a, hf_view origin, hf_view id)
{
    return hf_view_eq(a->id, id) && hf_view_eq(a->origin, origin);
}

void hf_directory_add(hf_directory *d, hf_qkind kind, hf_view origin, hf_view id, hf_view name)
{
    hf_map_entry *m;
    entry *e;

    if (name.n == 0)
        return;
    hf_buf_reset(&d->folded);
    hf_fold(name, &d->folded);
    m = hf_map_put(map_of(d, kind), hf_buf_view(&d->folded), NULL);
    for (e = m->v.p; e != NULL; e = e->next)
        if (is_same(&e->who, origin, id))
            return;
    e = hf_arena_alloc0(d->mem, 1, sizeof(*e));
    e->who.origin = hf_arena_dup(d->mem, origin);
    e->who.id = hf_arena_dup(d->mem, id);
    e->next = m->v.p;
    m->v.p = e;
}

static void learn_fields(hf_directory *d, hf_qkind kind, const hf_record *r, const hf_field *field,
                         size_t n)
{
    hf_view bot = kind == HF_Q_FROM ? hf_rec_get_text(r, HF_F_USER_BOT_ID) : (hf_view){ NULL, 0 };

    for (uint32_t i = 0; i <= r->nvalue; i++) {
        hf_view name = i < r->nvalue ? r->value[i].text : r->id;
        bool is_name = i == r->nvalue;

        for (size_t k = 0; k < n && !is_name; k++)
            is_name = r->value[i].field == field[k];
        if (!is_name)
            continue;
        hf_directory_add(d, kind, r->origin, r->id, name);
        if (bot.n > 0) /* messages name the bot by either identity */
            hf_directory_add(d, kind, r->origin, bot, name);
    }
}

void hf_directory_learn(hf_directory *d, const hf_record *r)
{
    static const hf_field user[] = { HF_F_USER_NAME, HF_F_USER_DISPLAY_NAME, HF_F_USER_REAL_NAME,
                                     HF_F_USER_EMAIL, HF_F_USER_BOT_ID };
    static const hf_field channel[] = { HF_F_CHANNEL_NAME, HF_F_CHANNEL_TITLE,
                                        HF_F_CHANNEL_PREVIOUS_NAME };

    if (r->kind == HF_KIND_USER)
        learn_fields(d, HF_Q_FROM, r, user, sizeof(user) / sizeof(user[0]));
    if (r->kind != HF_KIND_CHANNEL)
        return;
    learn_fields(d, HF_Q_IN, r, channel, sizeof(channel) / sizeof(channel[0]));
    hf_directory_add(d, HF_Q_CHAN, r->origin, r->id, hf_rec_get_text(r, HF_F_CHANNEL_KIND));
}

/* --- resolution ----------------------------------------------------------------------------- */

typedef struct meaning {
    hf_qid *id;
    size_t n, cap;
    hf_map *set; /* origin, NUL, id */
} meaning;

struct hf_resolution {
    const hf_directory *d;
    meaning *leaf;
    size_t n;
    hf_buf key;
};

static hf_view key_of(hf_buf *key, hf_view origin, hf_view id)
{
    hf_buf_reset(key);
    hf_buf_add(key, origin);
    hf_buf_byte(key, '\0');
    hf_buf_add(key, id);
    return hf_buf_view(key);
}

static void take(hf_resolution *r, meaning *m, const entry *e)
{
    for (; e != NULL; e = e->next) {
        bool fresh;

        hf_map_put(m->set, key_of(&r->key, e->who.origin, e->who.id), &fresh);
        if (!fresh)
            continue;
        if (m->n == m->cap) {
            m->cap = m->cap * 2 + 4;
            m->id = hf_realloc(m->id, m->cap, sizeof(*m->id));
        }
        m->id[m->n++] = e->who;
    }
}

static void resolve_leaf(hf_resolution *r, const hf_qnode *node)
{
    meaning *m = &r->leaf[node->leaf];
    const hf_map *names = map_of(r->d, node->kind);
    hf_buf name;
    const hf_map_entry *e;

    m->set = hf_map_new();
    hf_buf_init(&name, HF_BUF_UNBOUNDED);
    hf_fold(node->text, &name);
    e = node->is_prefix ? NULL : hf_map_get(names, hf_buf_view(&name));
    if (e != NULL)
        take(r, m, e->v.p);
    for (size_t i = 0; node->is_prefix && i < hf_map_count(names); i++) {
        e = hf_map_at(names, i);
        if (hf_view_starts(e->key, hf_buf_view(&name)))
            take(r, m, e->v.p);
    }
    hf_buf_clear(&name);
}

static void resolve_tree(hf_resolution *r, const hf_qnode *node)
{
    if (node->kind == HF_Q_FROM || node->kind == HF_Q_IN || node->kind == HF_Q_CHAN)
        resolve_leaf(r, node);
    for (size_t i = 0; i < node->nchild; i++)
        resolve_tree(r, node->child[i]);
}

hf_resolution *hf_resolve(const hf_query *q, const hf_directory *d)
{
    hf_resolution *r = HF_NEW(hf_resolution);

    r->d = d;
    r->n = hf_query_leaves(q);
    r->leaf = hf_alloc0(r->n + 1, sizeof(*r->leaf));
    hf_buf_init(&r->key, HF_BUF_UNBOUNDED);
    resolve_tree(r, hf_query_root(q));
    return r;
}

void hf_resolution_free(hf_resolution *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++) {
        hf_free(r->leaf[i].id);
        hf_map_free(r->leaf[i].set);
    }
    hf_free(r->leaf);
    hf_buf_clear(&r->key);
    hf_free(r);
}

const hf_qid *hf_resolution_ids(const hf_resolution *r, const hf_qnode *leaf, size_t *n)
{
    *n = r->leaf[leaf->leaf].n;
    return r->leaf[leaf->leaf].id;
}

bool hf_resolution_has(const hf_resolution *r, const hf_qnode *leaf, hf_view origin, hf_view id)
{
    const meaning *m = &r->leaf[leaf->leaf];
    hf_buf *key = (hf_buf *)(uintptr_t)&r->key; /* scratch */

    return m->n > 0 && hf_map_get(m->set, key_of(key, origin, id)) != NULL;
}

hf_status hf_resolution_fail(const hf_resolution *r, const hf_qnode *leaf, hf_err **err)
{
    bool is_user = leaf->kind == HF_Q_FROM;
    const hf_map *names = map_of(r->d, leaf->kind);
    hf_nearest near = { .word = leaf->text };
    hf_arena *mem = hf_arena_new();
    hf_buf folded;
    hf_status rc;

    hf_buf_init(&folded, HF_BUF_UNBOUNDED);
    hf_fold(leaf->text, &folded);
    near.word = hf_buf_view(&folded);
    for (size_t i = 0; i < hf_map_count(names); i++)
        hf_nearest_try(&near, hf_arena_dup(mem, hf_map_at(names, i)->key).p);
    rc = hf_qfail(err, leaf->at == HF_NPOS ? HF_NO_OFFSET : leaf->at,
                  is_user ? "nobody was ever called \"%.*s%s\""
                          : "no conversation was ever called \"%.*s%s\"",
                  (int)(leaf->text.n > 100 ? 100 : leaf->text.n), leaf->text.p,
                  leaf->is_prefix ? "*" : "");
    if (near.best != NULL)
        hf_hint(err, "did you mean %s:\"%s\"?", is_user ? "from" : "in", near.best);
    else
        hf_hint(err, is_user ? "names, e-mail addresses and native ids are accepted"
                             : "names and native ids are accepted; `holdfast inspect SOURCE "
                               "--channels` lists them");
    hf_buf_clear(&folded);
    hf_arena_free(mem);
    return rc;
}
