/* vault/search_eval.c: the tree of a query into a set of documents.
 *
 * Words go to FTS5, whole groups of them at once, since it leaps through the postings of common
 * words; dates are windows of document ids; people and places come from the secondary indexes, or,
 * when few documents are left, from their rows.
 */
#include "vault/records_priv.h"
#include "vault/search_priv.h"

enum { FEW = 2000 }; /* documents whose rows are looked at one by one rather than listing a field */

/* --- rows --------------------------------------------------------------------------------------
 */

hf_status hf_search_get_doc(hf_searching *s, int64_t docid, hf_search_doc *out, hf_err **err)
{
    hf_stmt *st = s->get_doc;
    hf_status rc;

    hf_stmt_bind_i64(st, 1, docid);
    rc = hf_stmt_step(st, err);
    if (rc == HF_OK)
        *out = (hf_search_doc){
            .docid = docid,
            .rec = hf_stmt_col_i64(st, 0),
            .time_us = hf_stmt_col_is_null(st, 1) ? HF_NO_TIME : hf_stmt_col_i64(st, 1),
            .channel = hf_stmt_col_i64(st, 2),
            .author = hf_stmt_col_i64(st, 3),
            .traits = hf_stmt_col_i64(st, 4),
        };
    hf_stmt_reset(st);
    return rc;
}

hf_status hf_search_collect(hf_stmt *st, hf_ids *out, hf_err **err)
{
    hf_status rc;

    while ((rc = hf_stmt_step(st, err)) == HF_OK)
        hf_ids_add(out, hf_stmt_col_i64(st, 0));
    hf_stmt_reset(st);
    return rc == HF_END ? HF_OK : rc;
}

/* --- people, places, traits, ids ---------------------------------------------------------------
 */

static hf_status check_origin(hf_searching *s, const hf_qnode *n, hf_ids *out, hf_err **err)
{
    hf_status rc = HF_OK;
    size_t kept = 0;

    for (size_t i = 0; i < out->n && rc == HF_OK; i++) {
        hf_search_doc d;
        bool yes = false;

        rc = hf_search_get_doc(s, out->id[i], &d, err);
        if (rc == HF_OK)
            rc = hf_search_is_meant(s, n, &d, &yes, err);
        if (yes)
            out->id[kept++] = out->id[i];
    }
    out->n = kept;
    return rc;
}

static hf_status eval_names(hf_searching *s, const hf_qnode *n, hf_window w, hf_ids *out,
                            hf_err **err)
{
    const hf_meaning *m = &s->meaning[n->leaf];
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(s->v->index,
                      n->kind == HF_Q_FROM
                          ? "SELECT docid FROM doc WHERE author = ?1 AND docid BETWEEN ?2 AND ?3"
                          : "SELECT docid FROM doc WHERE channel = ?1 AND docid BETWEEN ?2 AND ?3",
                      &st, err);

    for (size_t i = 0; i < m->numbers.n && rc == HF_OK; i++) {
        hf_stmt_bind_i64(st, 1, m->numbers.id[i]);
        hf_stmt_bind_i64(st, 2, w.lo);
        hf_stmt_bind_i64(st, 3, w.hi);
        rc = hf_search_collect(st, out, err);
    }
    hf_stmt_free(st);
    hf_ids_sort(out);
    hf_ids_minus(out, &s->gone);
    return rc == HF_OK && m->by_origin ? check_origin(s, n, out, err) : rc;
}

/* Messages have few different sets of traits: each is a run in the index. */
static hf_status eval_trait(hf_searching *s, const hf_qnode *n, hf_window w, hf_ids *out,
                            hf_err **err)
{
    hf_stmt *next = NULL, *st = NULL;
    int64_t traits = -1;
    hf_status rc =
        hf_db_prepare(s->v->index, "SELECT min(traits) FROM doc WHERE traits > ?1", &next, err);

    if (rc == HF_OK)
        rc = hf_db_prepare(s->v->index,
                           "SELECT docid FROM doc WHERE traits = ?1 AND docid BETWEEN ?2 AND ?3",
                           &st, err);
    while (rc == HF_OK) {
        hf_stmt_bind_i64(next, 1, traits);
        rc = hf_stmt_step(next, err);
        if (rc != HF_OK || hf_stmt_col_is_null(next, 0))
            break;
        traits = hf_stmt_col_i64(next, 0);
        hf_stmt_reset(next);
        if ((traits & n->trait) == 0)
            continue;
        hf_stmt_bind_i64(st, 1, traits);
        hf_stmt_bind_i64(st, 2, w.lo);
        hf_stmt_bind_i64(st, 3, w.hi);
        rc = hf_search_collect(st, out, err);
    }
    hf_stmt_free(next);
    hf_stmt_free(st);
    hf_ids_sort(out);
    hf_ids_minus(out, &s->gone);
    return rc < 0 ? rc : HF_OK;
}

typedef struct id_search {
    hf_view origin, id;
    int64_t number; /* of the origin */
    hf_stmt *next_scope, *find, *get_docid;
} id_search;

static hf_status find_in_scope(id_search *x, int64_t scope, hf_view name, hf_ids *out, hf_err **err)
{
    const hf_record identity = {
        .kind = HF_KIND_MESSAGE, .origin = x->origin, .scope = name, .id = x->id
    };
    hf_status rc;

    hf_stmt_bind_i64(x->find, 1, (int64_t)hf_vault_key(&identity));
    hf_stmt_bind_i64(x->find, 2, x->number);
    hf_stmt_bind_i64(x->find, 3, scope);
    hf_stmt_bind_text(x->find, 4, x->id);
    rc = hf_stmt_step(x->find, err);
    if (rc == HF_OK) {
        hf_stmt_bind_i64(x->get_docid, 1, hf_stmt_col_i64(x->find, 0));
        rc = hf_search_collect(x->get_docid, out, err);
    }
    hf_stmt_reset(x->find);
    return rc == HF_END ? HF_OK : rc;
}

/* Records are found by origin, channel and id together: every channel of an origin is tried, which
 * is thousands of look-ups rather than millions of rows. */
static hf_status find_in_origin(id_search *x, hf_ids *out, hf_err **err)
{
    int64_t scope = -1;
    hf_status rc = HF_OK;

    while (rc == HF_OK) {
        hf_stmt_bind_i64(x->next_scope, 1, x->number);
        hf_stmt_bind_i64(x->next_scope, 2, scope);
        rc = hf_stmt_step(x->next_scope, err);
        if (rc == HF_OK) {
            scope = hf_stmt_col_i64(x->next_scope, 0);
            rc = find_in_scope(x, scope, hf_stmt_col_text(x->next_scope, 1), out, err);
        }
        hf_stmt_reset(x->next_scope);
    }
    return rc == HF_END ? HF_OK : rc;
}

static hf_status find_everywhere(hf_searching *s, id_search *x, hf_ids *out, hf_err **err)
{
    hf_db *db = s->v->records;
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(db, "SELECT id, name FROM origin", &st, err);

    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "SELECT id, text FROM name WHERE id = (SELECT min(scope) FROM rec "
                           "WHERE origin = ?1 AND kind = 4 AND scope > ?2)",
                           &x->next_scope, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           /* + keeps the planner from the index by place. */
                           "SELECT id FROM rec WHERE key = ?1 AND +origin = ?2 AND +kind = 4 AND "
                           "+scope = ?3 AND native = ?4",
                           &x->find, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(s->v->index, "SELECT docid FROM doc WHERE rec = ?1", &x->get_docid, err);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        x->number = hf_stmt_col_i64(st, 0);
        x->origin = hf_stmt_col_text(st, 1);
        rc = find_in_origin(x, out, err);
    }
    hf_stmt_free(st);
    hf_stmt_free(x->next_scope);
    hf_stmt_free(x->find);
    hf_stmt_free(x->get_docid);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status eval_id(hf_searching *s, const hf_qnode *n, hf_window w, hf_ids *out, hf_err **err)
{
    id_search x = { .id = n->text };
    size_t kept = 0;
    hf_status rc = find_everywhere(s, &x, out, err);

    for (size_t i = 0; i < out->n; i++)
        if (out->id[i] >= w.lo && out->id[i] <= w.hi)
            out->id[kept++] = out->id[i];
    out->n = kept;
    hf_ids_sort(out);
    hf_ids_minus(out, &s->gone);
    return rc;
}

/* --- time --------------------------------------------------------------------------------------
 */

static int64_t day_start(int64_t day)
{
    return day * (INT64_C(1) << DAY_BITS);
}

/* Every document that may be sent in the time, whole days at a time. */
static hf_window narrow(hf_window w, const hf_qnode *n)
{
    int64_t first, last;

    if (n->since_us != HF_NO_TIME) {
        first = day_start(hf_day_of(n->since_us));
        w.lo = first > w.lo ? first : w.lo;
    }
    if (n->until_us != HF_NO_TIME) {
        last = day_start(hf_day_of(n->until_us - 1) + 1) - 1;
        w.hi = last < w.hi ? last : w.hi;
    }
    return w;
}

static bool is_in_time(const hf_qnode *n, int64_t us)
{
    return us != HF_NO_TIME && (n->since_us == HF_NO_TIME || us >= n->since_us) &&
           (n->until_us == HF_NO_TIME || us < n->until_us);
}

/* Whether the day of a document is not wholly in the time; messages without one are in day 0. */
static bool is_edge(const hf_qnode *n, int64_t docid)
{
    int64_t day = docid >> DAY_BITS;

    return day == 0 || (n->since_us != HF_NO_TIME && day == hf_day_of(n->since_us)) ||
           (n->until_us != HF_NO_TIME && day == hf_day_of(n->until_us - 1));
}

static hf_status check_time(hf_searching *s, const hf_qnode *n, hf_ids *out, hf_err **err)
{
    bool is_whole_days = (n->since_us == HF_NO_TIME || n->since_us % HF_DAY_US == 0) &&
                         (n->until_us == HF_NO_TIME || n->until_us % HF_DAY_US == 0);
    hf_status rc = HF_OK;
    size_t kept = 0;

    for (size_t i = 0; i < out->n && rc == HF_OK; i++) {
        hf_search_doc d = { 0 };
        bool yes = true;

        if (is_edge(n, out->id[i]) && !(is_whole_days && out->id[i] >> DAY_BITS != 0)) {
            rc = hf_search_get_doc(s, out->id[i], &d, err);
            yes = rc == HF_OK && is_in_time(n, d.time_us);
        }
        if (yes)
            out->id[kept++] = out->id[i];
    }
    out->n = kept;
    return rc;
}

/* List what a complement leaves in the window. */
static hf_status materialize(hf_searching *s, hf_window w, hf_ids *out, hf_err **err)
{
    hf_ids all = { 0 };
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(s->v->index, "SELECT docid FROM doc WHERE docid BETWEEN ?1 AND ?2", &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, w.lo);
        hf_stmt_bind_i64(st, 2, w.hi);
        rc = hf_search_collect(st, &all, err);
    }
    hf_stmt_free(st);
    hf_ids_minus(&all, &s->gone);
    hf_ids_and(out, &all);
    return rc;
}

/* --- few documents -----------------------------------------------------------------------------
 */

/* Whether a row of doc says all that n asks for. */
static bool is_in_row(const hf_qnode *n)
{
    if (n->kind == HF_Q_WORDS || n->kind == HF_Q_ID)
        return false;
    for (size_t i = 0; i < n->nchild; i++)
        if (!is_in_row(n->child[i]))
            return false;
    return true;
}

static hf_status ask_row(hf_searching *s, const hf_qnode *n, const hf_search_doc *d, bool *yes,
                         hf_err **err)
{
    hf_status rc = HF_OK;

    switch (n->kind) {
    case HF_Q_FROM:
    case HF_Q_IN:
    case HF_Q_CHAN:
        return hf_search_is_meant(s, n, d, yes, err);
    case HF_Q_TRAIT:
        *yes = (d->traits & n->trait) != 0;
        return HF_OK;
    case HF_Q_TIME:
        *yes = is_in_time(n, d->time_us);
        return HF_OK;
    case HF_Q_NOT:
        rc = ask_row(s, n->child[0], d, yes, err);
        *yes = !*yes;
        return rc;
    case HF_Q_AND:
    case HF_Q_OR:
        *yes = n->kind == HF_Q_AND;
        for (size_t i = 0; i < n->nchild && rc == HF_OK && *yes == (n->kind == HF_Q_AND); i++)
            rc = ask_row(s, n->child[i], d, yes, err);
        return rc;
    case HF_Q_ALL:
    case HF_Q_WORDS:
    case HF_Q_ID:
        break;
    }
    *yes = true;
    return HF_OK;
}

static hf_status ask_rows(hf_searching *s, hf_qnode *const *child, size_t n, hf_ids *out,
                          hf_err **err)
{
    hf_status rc = HF_OK;
    size_t kept = 0;

    for (size_t i = 0; i < out->n && rc == HF_OK; i++) {
        hf_search_doc d;
        bool yes = true;

        rc = hf_search_get_doc(s, out->id[i], &d, err);
        for (size_t k = 0; k < n && rc == HF_OK && yes; k++)
            if (is_in_row(child[k]))
                rc = ask_row(s, child[k], &d, &yes, err);
        if (rc == HF_OK && yes)
            out->id[kept++] = out->id[i];
    }
    out->n = kept;
    return rc;
}

/* --- AND, OR -----------------------------------------------------------------------------------
 */

/* Which children of an AND to list first: what gives few documents, cheaply. */
static unsigned cost(const hf_qnode *n)
{
    switch (n->kind) {
    case HF_Q_ID:
        return 0;
    case HF_Q_FROM:
        return 1;
    case HF_Q_IN:
        return 2;
    case HF_Q_CHAN:
        return 5;
    case HF_Q_TRAIT:
        return 4;
    case HF_Q_AND:
    case HF_Q_OR:
    case HF_Q_WORDS:
        return 3;
    case HF_Q_ALL:
    case HF_Q_NOT:
    case HF_Q_TIME:
        break;
    }
    return 6;
}

/* Intersect out with the children that are neither times nor done. */
static hf_status and_others(hf_searching *s, hf_qnode *const *child, size_t n, bool words_done,
                            hf_window w, hf_ids *out, hf_err **err)
{
    bool has_rows = false;
    hf_status rc = HF_OK;

    for (unsigned c = 0; c <= 6; c++) {
        for (size_t i = 0; i < n && rc == HF_OK; i++) {
            const hf_qnode *k = child[i];
            hf_ids one = { 0 };

            if (k->kind == HF_Q_TIME || cost(k) != c ||
                (words_done && (hf_search_is_words(k) || hf_search_is_not_words(k))))
                continue;
            if (!out->is_not && out->n <= FEW && is_in_row(k)) {
                has_rows = true; /* all such at once, at the end */
                continue;
            }
            rc = hf_search_eval(s, k, w, &one, err);
            hf_ids_and(out, &one);
        }
    }
    if (rc == HF_OK && has_rows)
        rc = ask_rows(s, child, n, out, err);
    return rc;
}

static hf_status eval_and(hf_searching *s, hf_qnode *const *child, size_t n, hf_window w,
                          hf_ids *out, hf_err **err)
{
    bool has_words = false, has_time = false;
    hf_status rc = HF_OK;

    for (size_t i = 0; i < n; i++) {
        has_words = has_words || hf_search_is_words(child[i]);
        has_time = has_time || child[i]->kind == HF_Q_TIME;
        if (child[i]->kind == HF_Q_TIME)
            w = narrow(w, child[i]);
    }
    if (w.lo > w.hi)
        return HF_OK;
    if (has_words)
        rc = hf_search_words(s, HF_Q_AND, child, n, w, out, err);
    else
        out->is_not = true;
    if (rc == HF_OK)
        rc = and_others(s, child, n, has_words, w, out, err);
    if (rc == HF_OK && has_time && out->is_not)
        rc = materialize(s, w, out, err);
    for (size_t i = 0; i < n && rc == HF_OK; i++)
        if (child[i]->kind == HF_Q_TIME)
            rc = check_time(s, child[i], out, err);
    return rc;
}

static hf_status eval_or(hf_searching *s, const hf_qnode *n, hf_window w, hf_ids *out, hf_err **err)
{
    bool has_words = false;
    hf_status rc = HF_OK;

    for (size_t i = 0; i < n->nchild; i++)
        has_words = has_words || hf_search_is_words(n->child[i]);
    for (size_t i = 0; i < n->nchild && rc == HF_OK; i++) {
        hf_ids one = { 0 };

        if (hf_search_is_words(n->child[i]))
            continue;
        rc = hf_search_eval(s, n->child[i], w, &one, err);
        hf_ids_or(out, &one);
    }
    if (rc == HF_OK && has_words) {
        hf_ids words = { 0 };
        hf_qnode **list = hf_alloc(n->nchild * sizeof(hf_qnode *));
        size_t count = 0;

        for (size_t i = 0; i < n->nchild; i++)
            if (hf_search_is_words(n->child[i]))
                list[count++] = n->child[i];
        rc = hf_search_words(s, HF_Q_OR, list, count, w, &words, err);
        hf_free(list);
        hf_ids_or(out, &words);
    }
    return rc;
}

hf_status hf_search_eval(hf_searching *s, const hf_qnode *n, hf_window w, hf_ids *out, hf_err **err)
{
    hf_qnode *one = (hf_qnode *)(uintptr_t)n;
    hf_status rc;

    switch (n->kind) {
    case HF_Q_AND:
        return eval_and(s, n->child, n->nchild, w, out, err);
    case HF_Q_WORDS:
    case HF_Q_TIME:
        return eval_and(s, &one, 1, w, out, err);
    case HF_Q_OR:
        return eval_or(s, n, w, out, err);
    case HF_Q_NOT:
        rc = hf_search_eval(s, n->child[0], w, out, err);
        out->is_not = !out->is_not;
        return rc;
    case HF_Q_FROM:
    case HF_Q_IN:
    case HF_Q_CHAN:
        return eval_names(s, n, w, out, err);
    case HF_Q_TRAIT:
        return eval_trait(s, n, w, out, err);
    case HF_Q_ID:
        return eval_id(s, n, w, out, err);
    case HF_Q_ALL:
        break;
    }
    out->is_not = true;
    return HF_OK;
}
