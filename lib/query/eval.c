/* query/eval.c: one message against the tree. */
#include "query/eval.h"

#include "query/match_priv.h"

struct hf_eval {
    const hf_query *q;
    const hf_directory *d;
    hf_directory *own; /* when none was given */
    unsigned flags;
    hf_resolution *names; /* made at the first message */
    hf_matcher *matcher;
    hf_doc doc;
    hf_arena *mem;
    bool *hit;  /* by leaf: WORDS found in this message */
    bool *seen; /* by leaf: a name that nobody had was the id of something */
};

hf_eval *hf_eval_new(const hf_query *q, const hf_directory *d, unsigned flags)
{
    hf_eval *e = HF_NEW(hf_eval);

    e->q = q;
    e->own = d == NULL ? hf_directory_new() : NULL;
    e->d = d == NULL ? e->own : d;
    e->flags = flags;
    e->matcher = hf_matcher_new(hf_query_root(q), false);
    hf_doc_init(&e->doc);
    e->mem = hf_arena_new();
    e->hit = hf_alloc0(hf_query_leaves(q) + 1, sizeof(*e->hit));
    e->seen = hf_alloc0(hf_query_leaves(q) + 1, sizeof(*e->seen));
    return e;
}

void hf_eval_free(hf_eval *e)
{
    if (e == NULL)
        return;
    hf_resolution_free(e->names);
    hf_directory_free(e->own);
    hf_matcher_free(e->matcher);
    hf_doc_clear(&e->doc);
    hf_arena_free(e->mem);
    hf_free(e->hit);
    hf_free(e->seen);
    hf_free(e);
}

hf_view hf_eval_author(const hf_record *r)
{
    hf_view author = hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR);

    return author.n > 0 ? author : hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR_BOT);
}

static bool is_named(hf_eval *e, const hf_qnode *n, hf_view origin, hf_view id)
{
    size_t known;

    hf_resolution_ids(e->names, n, &known);
    if (known > 0)
        return hf_resolution_has(e->names, n, origin, id);
    if (n->is_prefix || !hf_view_eq(n->text, id))
        return false;
    e->seen[n->leaf] = true;
    return true;
}

static bool is_in_time(const hf_qnode *n, int64_t us)
{
    return us != HF_NO_TIME && (n->since_us == HF_NO_TIME || us >= n->since_us) &&
           (n->until_us == HF_NO_TIME || us < n->until_us);
}

/* Every leaf is asked, also when the answer is known: seen must not depend on its neighbours. */
static bool ask(hf_eval *e, const hf_qnode *n, const hf_record *r)
{
    bool yes = n->kind == HF_Q_AND;

    switch (n->kind) {
    case HF_Q_ALL:
        return true;
    case HF_Q_AND:
    case HF_Q_OR:
        for (size_t i = 0; i < n->nchild; i++) {
            bool one = ask(e, n->child[i], r);

            yes = n->kind == HF_Q_AND ? yes && one : yes || one;
        }
        return yes;
    case HF_Q_NOT:
        return !ask(e, n->child[0], r);
    case HF_Q_WORDS:
        return e->hit[n->leaf];
    case HF_Q_FROM:
        return is_named(e, n, r->origin, hf_eval_author(r));
    case HF_Q_IN:
        return is_named(e, n, r->origin, r->scope);
    case HF_Q_CHAN:
        return hf_resolution_has(e->names, n, r->origin, r->scope);
    case HF_Q_TIME:
        return is_in_time(n, r->time_us);
    case HF_Q_TRAIT:
        return (e->doc.traits & n->trait) != 0;
    case HF_Q_ID:
        return hf_view_eq(n->text, r->id);
    }
    return false;
}

static bool note(void *self, const hf_qnode *leaf, size_t start, size_t end)
{
    hf_eval *e = self;

    (void)start;
    (void)end;
    e->hit[leaf->leaf] = true;
    return true;
}

bool hf_eval_matches(hf_eval *e, const hf_record *r)
{
    if (e->names == NULL)
        e->names = hf_resolve(e->q, e->d);
    hf_arena_reset(e->mem);
    hf_doc_build(&e->doc, r, e->mem);
    if ((e->doc.traits & HF_TRAIT_ABSENT) != 0)
        return false;
    memset(e->hit, 0, hf_query_leaves(e->q) * sizeof(*e->hit));
    hf_matcher_run(e->matcher, hf_buf_view(&e->doc.body), note, e);
    if ((e->flags & HF_EVAL_CURRENT) == 0)
        hf_matcher_run(e->matcher, hf_buf_view(&e->doc.earlier), note, e);
    hf_matcher_run(e->matcher, hf_buf_view(&e->doc.file), note, e);
    return ask(e, hf_query_root(e->q), r);
}

static hf_status check(hf_eval *e, const hf_qnode *n, hf_err **err)
{
    hf_status rc = HF_OK;
    size_t known = 1;

    if (n->kind == HF_Q_FROM || n->kind == HF_Q_IN)
        hf_resolution_ids(e->names, n, &known);
    if (known == 0 && !e->seen[n->leaf])
        return hf_resolution_fail(e->names, n, err);
    for (size_t i = 0; i < n->nchild && rc == HF_OK; i++)
        rc = check(e, n->child[i], err);
    return rc;
}

hf_status hf_eval_finish(hf_eval *e, hf_err **err)
{
    if (e->names == NULL)
        e->names = hf_resolve(e->q, e->d);
    return check(e, hf_query_root(e->q), err);
}

const hf_resolution *hf_eval_names(const hf_eval *e)
{
    return e->names;
}
