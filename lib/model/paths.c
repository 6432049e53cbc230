/* model/paths.c: source paths as numbers: a trie of (parent, key), flattened into one hash table.
 */
#include "model/account.h"
#include "text/secret.h"

enum { MAX_PATHS = 4096, RECENT = 1024 };

typedef struct path {
    hf_view text; /* owned by the arena */
    hf_view key;  /* below parent; owned by the hash table */
    uint32_t parent;
    bool is_map;      /* its keys are data */
    bool is_volatile; /* no version is made of it */
    bool is_quote;    /* a copy of another message */
} path;

struct hf_paths {
    path at[MAX_PATHS + 1]; /* from 1 */
    uint32_t n;
    hf_map *children;        /* key: parent number and key bytes */
    uint32_t recent[RECENT]; /* children found before, each where place_of says; 0: none */
    hf_arena *mem;
    hf_buf key;
};

static const char *const map_paths[] = {
#define HF_FIELD(name, kind, path, type, class, list, sentence)
#define HF_MAP(path) path,
#define HF_QUOTE(path)
#define HF_VOLATILE(path)
#include "model/fields.def"
#undef HF_FIELD
#undef HF_MAP
#undef HF_QUOTE
#undef HF_VOLATILE
};

static const char *const volatile_paths[] = {
#define HF_FIELD(name, kind, path, type, class, list, sentence)
#define HF_MAP(path)
#define HF_QUOTE(path)
#define HF_VOLATILE(path) path,
#include "model/fields.def"
#undef HF_FIELD
#undef HF_MAP
#undef HF_QUOTE
#undef HF_VOLATILE
};

static const char *const quote_paths[] = {
#define HF_FIELD(name, kind, path, type, class, list, sentence)
#define HF_MAP(path)
#define HF_QUOTE(path) path,
#define HF_VOLATILE(path)
#include "model/fields.def"
#undef HF_FIELD
#undef HF_MAP
#undef HF_QUOTE
#undef HF_VOLATILE
};

hf_paths *hf_paths_new(void)
{
    hf_paths *p = HF_NEW(hf_paths);

    p->children = hf_map_new();
    p->mem = hf_arena_new();
    hf_buf_init(&p->key, HF_BUF_UNBOUNDED);
    return p;
}

void hf_paths_free(hf_paths *p)
{
    if (p == NULL)
        return;
    hf_map_free(p->children);
    hf_arena_free(p->mem);
    hf_buf_clear(&p->key);
    hf_free(p);
}

/* True when text is prefix or something below it. */
static bool is_below(hf_view text, const char *prefix)
{
    hf_view head = hf_view_str(prefix);

    return hf_view_starts(text, head) &&
           (text.n == head.n || text.p[head.n] == '.' || text.p[head.n] == '[');
}

static uint32_t make(hf_paths *p, uint32_t parent, hf_view text)
{
    path *made = &p->at[++p->n];

    made->text = hf_arena_dup(p->mem, text);
    made->is_volatile = parent != 0 && p->at[parent].is_volatile;
    for (size_t i = 0; i < sizeof(map_paths) / sizeof(map_paths[0]); i++)
        made->is_map = made->is_map || hf_view_is(text, map_paths[i]);
    for (size_t i = 0; i < sizeof(volatile_paths) / sizeof(volatile_paths[0]); i++)
        made->is_volatile = made->is_volatile || is_below(text, volatile_paths[i]);
    made->is_quote = parent != 0 && p->at[parent].is_quote;
    /* Strictly below: a text of that name is the message's own (a column "message" of posts). */
    for (size_t i = 0; i < sizeof(quote_paths) / sizeof(quote_paths[0]); i++)
        made->is_quote =
            made->is_quote || (is_below(text, quote_paths[i]) && !hf_view_is(text, quote_paths[i]));
    return p->n;
}

/* Records of one kind ask for the same few paths over and over: a look at three bytes of the key
 * finds nearly all of them. */
static size_t place_of(uint32_t parent, hf_view key)
{
    const unsigned char *k = (const unsigned char *)key.p;
    size_t n = key.n, mix = n == 0 ? 0 : k[0] + 7U * k[n / 2] + 31U * k[n - 1];

    return (parent * 61U + mix * 5U + n * 13U) & (RECENT - 1);
}

/* The number under (parent, key), or a new path with that text. Past the limit everything new below
 * a parent shares one "(more)" path of the kind, so that nothing goes uncounted. */
static uint32_t child(hf_paths *p, uint32_t parent, hf_view key, const char *joint)
{
    uint32_t *recent = &p->recent[place_of(parent, key)];
    hf_map_entry *e;
    hf_buf text;
    bool fresh;

    if (*recent != 0 && p->at[*recent].parent == parent && hf_view_eq(p->at[*recent].key, key))
        return *recent;
    hf_buf_reset(&p->key);
    hf_buf_add(&p->key, (hf_view){ (const char *)&parent, sizeof(parent) });
    hf_buf_add(&p->key, key);
    e = hf_map_get(p->children, hf_buf_view(&p->key));
    if (e != NULL)
        return *recent = (uint32_t)e->v.u;
    if (p->n >= MAX_PATHS - 2 * HF_KIND_COUNT && parent != 0 && !hf_view_is(key, "(more)")) {
        hf_view all = p->at[parent].text;
        size_t end = hf_view_find_byte(all, '.');
        hf_view kind = hf_view_sub(all, 0, end == HF_NPOS ? all.n : end);

        return child(p, hf_path(p, kind), HF_V("(more)"), ".");
    }
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    if (parent != 0)
        hf_buf_add(&text, p->at[parent].text);
    hf_buf_str(&text, joint);
    hf_buf_add(&text, hf_secret_mask(key, p->mem, NULL)); /* reports print it */
    e = hf_map_put(p->children, hf_buf_view(&p->key), &fresh);
    e->v.u = *recent = make(p, parent, hf_buf_view(&text));
    p->at[*recent].parent = parent;
    p->at[*recent].key = hf_view_from(e->key, sizeof(parent));
    hf_buf_clear(&text);
    return *recent;
}

uint32_t hf_path(hf_paths *p, hf_view text)
{
    return child(p, 0, text, "");
}

uint32_t hf_path_key(hf_paths *p, uint32_t parent, hf_view key)
{
    return child(p, parent, p->at[parent].is_map ? HF_V("*") : key, ".");
}

uint32_t hf_path_item(hf_paths *p, uint32_t parent)
{
    return child(p, parent, HF_V("[]"), "");
}

hf_view hf_path_text(const hf_paths *p, uint32_t number)
{
    return p->at[number].text;
}

bool hf_path_is_map(const hf_paths *p, uint32_t number)
{
    return p->at[number].is_map;
}

bool hf_path_is_quote(const hf_paths *p, uint32_t number)
{
    return p->at[number].is_quote;
}

bool hf_path_is_volatile(const hf_paths *p, uint32_t number)
{
    return p->at[number].is_volatile;
}

uint32_t hf_paths_count(const hf_paths *p)
{
    return p->n;
}
