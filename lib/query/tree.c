/* query/tree.c: nodes, and their normal form. */
#include "query/query_priv.h"

hf_qnode *hf_qnode_new(hf_query *q, hf_qkind kind, size_t at)
{
    hf_qnode *n = hf_arena_alloc0(q->mem, 1, sizeof(*n));

    n->kind = kind;
    n->at = at;
    n->since_us = n->until_us = HF_NO_TIME;
    q->nodes++;
    if (kind != HF_Q_AND && kind != HF_Q_OR && kind != HF_Q_NOT)
        n->leaf = (uint32_t)q->leaves++;
    return n;
}

hf_qnode *hf_qnode_join(hf_query *q, hf_qkind kind, hf_qnode **child, size_t n)
{
    hf_qnode *node;
    size_t total = 0;

    if (n == 1)
        return child[0];
    for (size_t i = 0; i < n; i++)
        total += child[i]->kind == kind ? child[i]->nchild : 1;
    node = hf_qnode_new(q, kind, child[0]->at);
    node->child = hf_arena_alloc(q->mem, total * sizeof(hf_qnode *));
    for (size_t i = 0; i < n; i++) {
        if (child[i]->kind != kind) {
            node->child[node->nchild++] = child[i];
            continue;
        }
        memcpy(node->child + node->nchild, child[i]->child, child[i]->nchild * sizeof(hf_qnode *));
        node->nchild += child[i]->nchild;
    }
    return node;
}

void hf_query_warn(hf_query *q, const char *text)
{
    enum { MAX_WARNINGS = 20 };
    char **list;

    for (size_t i = 0; i < q->nwarning; i++)
        if (strcmp(q->warning[i], text) == 0)
            return;
    if (q->nwarning == MAX_WARNINGS)
        return;
    list = hf_arena_alloc(q->mem, (q->nwarning + 1) * sizeof(*list));
    if (q->nwarning > 0)
        memcpy(list, q->warning, q->nwarning * sizeof(*list));
    list[q->nwarning++] = (char *)(uintptr_t)hf_arena_dup(q->mem, hf_view_str(text)).p;
    q->warning = list;
}

void hf_query_free(hf_query *q)
{
    if (q == NULL)
        return;
    hf_matcher_free(q->positive);
    hf_arena_free(q->mem);
    hf_free(q);
}

const hf_qnode *hf_query_root(const hf_query *q)
{
    return q->root;
}

size_t hf_query_leaves(const hf_query *q)
{
    return q->leaves;
}

size_t hf_query_warnings(const hf_query *q)
{
    return q->nwarning;
}

const char *hf_query_warning(const hf_query *q, size_t i)
{
    return q->warning[i];
}

/* --- narrowing ------------------------------------------------------------------------------ */

static void narrow(hf_query *q, hf_qnode *part)
{
    hf_qnode *both[2] = { q->root, part };

    q->root = q->root->kind == HF_Q_ALL ? part : hf_qnode_join(q, HF_Q_AND, both, 2);
}

void hf_query_narrow_time(hf_query *q, int64_t since_us, int64_t until_us)
{
    if (since_us != HF_NO_TIME) {
        hf_qnode *n = hf_qnode_new(q, HF_Q_TIME, HF_NPOS);

        n->since_us = since_us;
        narrow(q, n);
    }
    if (until_us != HF_NO_TIME) {
        hf_qnode *n = hf_qnode_new(q, HF_Q_TIME, HF_NPOS);

        n->until_us = until_us;
        narrow(q, n);
    }
}

void hf_query_narrow_names(hf_query *q, hf_qkind kind, const char *const *names, size_t n)
{
    hf_qnode **list = hf_arena_alloc(q->mem, (n + 1) * sizeof(hf_qnode *));

    for (size_t i = 0; i < n; i++) {
        hf_view name = hf_view_str(names[i]);

        if (name.n > 1 && (name.p[0] == '@' || name.p[0] == '#'))
            name = hf_view_from(name, 1);
        list[i] = hf_qnode_new(q, kind, HF_NPOS);
        list[i]->text = hf_arena_dup(q->mem, name);
    }
    if (n > 0)
        narrow(q, hf_qnode_join(q, HF_Q_OR, list, n));
}

/* --- normal form ---------------------------------------------------------------------------- */

/* Characters that are safe in a value without quotes. */
static bool is_bare(hf_view v)
{
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              c == '.' || c == '-' || c == '_' || (c == '@' && i > 0)))
            return false;
    }
    return v.n > 0;
}

static void put_value(hf_buf *out, const char *field, hf_view value, bool is_prefix)
{
    hf_buf_printf(out, "%s:", field);
    if (is_bare(value)) {
        hf_buf_add(out, value);
        if (is_prefix)
            hf_buf_byte(out, '*');
        return;
    }
    hf_buf_byte(out, '"');
    hf_buf_add(out, value);
    hf_buf_str(out, is_prefix ? "*\"" : "\"");
}

/* One ASCII word needs no quotes unless it reads as an operator. */
static bool is_plain_word(const hf_qnode *n)
{
    hf_view w = n->step[0].word;

    if (n->nstep != 1)
        return false;
    for (size_t i = 0; i < w.n; i++)
        if (!((w.p[i] >= 'a' && w.p[i] <= 'z') || (w.p[i] >= '0' && w.p[i] <= '9')))
            return false;
    return !hf_view_is(w, "and") && !hf_view_is(w, "or") && !hf_view_is(w, "not");
}

static void put_words(const hf_qnode *n, hf_buf *out)
{
    if (is_plain_word(n)) {
        hf_buf_add(out, n->step[0].word);
        if (n->step[0].is_prefix)
            hf_buf_byte(out, '*');
        return;
    }
    hf_buf_byte(out, '"');
    hf_buf_add(out, n->text);
    hf_buf_byte(out, '"');
}

static void put_time(const hf_qnode *n, hf_buf *out)
{
    bool is_since = n->since_us != HF_NO_TIME;
    char text[32];

    hf_time_format(is_since ? n->since_us : n->until_us, text);
    hf_buf_printf(out, "%s:%s", is_since ? "after" : "before", text);
}

static void put(const hf_qnode *n, hf_buf *out, hf_qkind inside);

static void put_children(const hf_qnode *n, hf_buf *out, hf_qkind inside)
{
    /* AND binds tighter than OR, NOT tighter than both. */
    bool in_parentheses = inside == HF_Q_NOT || (inside == HF_Q_AND && n->kind == HF_Q_OR);

    if (in_parentheses)
        hf_buf_byte(out, '(');
    for (size_t i = 0; i < n->nchild; i++) {
        if (i > 0)
            hf_buf_str(out, n->kind == HF_Q_AND ? " AND " : " OR ");
        put(n->child[i], out, n->kind);
    }
    if (in_parentheses)
        hf_buf_byte(out, ')');
}

static void put(const hf_qnode *n, hf_buf *out, hf_qkind inside)
{
    switch (n->kind) {
    case HF_Q_ALL:
        hf_buf_byte(out, '*');
        break;
    case HF_Q_AND:
    case HF_Q_OR:
        put_children(n, out, inside);
        break;
    case HF_Q_NOT:
        hf_buf_str(out, "NOT ");
        put(n->child[0], out, HF_Q_NOT);
        break;
    case HF_Q_WORDS:
        put_words(n, out);
        break;
    case HF_Q_FROM:
        put_value(out, "from", n->text, n->is_prefix);
        break;
    case HF_Q_IN:
        put_value(out, "in", n->text, n->is_prefix);
        break;
    case HF_Q_CHAN:
        put_value(out, "chan", n->text, false);
        break;
    case HF_Q_ID:
        put_value(out, "id", n->text, false);
        break;
    case HF_Q_TIME:
        put_time(n, out);
        break;
    case HF_Q_TRAIT:
        hf_buf_str(out, hf_qtrait_name(n->trait));
        break;
    }
}

void hf_qnode_print(const hf_qnode *n, hf_buf *out)
{
    put(n, out, HF_Q_ALL);
}

void hf_query_print(const hf_query *q, hf_buf *out)
{
    put(q->root, out, HF_Q_ALL);
}
