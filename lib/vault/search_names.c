/* vault/search_names.c: names of users and channels, and the numbers they have in the index. */
#include "vault/search_priv.h"

static bool asks_for(const hf_qnode *n, hf_qkind kind)
{
    if (n->kind == kind)
        return true;
    for (size_t i = 0; i < n->nchild; i++)
        if (asks_for(n->child[i], kind))
            return true;
    return false;
}

/* --- the directory -----------------------------------------------------------------------------
 */

/* Rows: origin, native id, then names. */
static hf_status learn(hf_db *db, const char *sql, hf_qkind kind, int first, int last,
                       hf_directory *d, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(db, sql, &st, err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK)
        for (int i = first; i <= last; i++)
            hf_directory_add(d, kind, hf_stmt_col_text(st, 0), hf_stmt_col_text(st, 1),
                             hf_stmt_col_text(st, i));
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status learn_users(hf_db *db, hf_directory *d, hf_err **err)
{
    hf_status rc = learn(db,
                         "SELECT o.name, n.text, u.name, u.display_name, u.real_name, u.email "
                         "FROM user_version u JOIN origin o ON o.id = u.origin "
                         "JOIN name n ON n.id = u.ref",
                         HF_Q_FROM, 1, 5, d, err);

    /* A bot by its second identity, and the second identity by every name of the bot. */
    if (rc == HF_OK)
        rc = learn(db,
                   "SELECT o.name, n.text, x.name FROM other_name x JOIN origin o ON o.id = "
                   "x.origin JOIN name n ON n.id = x.ref WHERE x.kind = 2",
                   HF_Q_FROM, 2, 2, d, err);
    if (rc == HF_OK)
        rc = learn(db,
                   "SELECT o.name, x.name, n.text, u.name, u.display_name, u.real_name, u.email "
                   "FROM other_name x JOIN user_version u ON u.origin = x.origin AND u.ref = x.ref "
                   "JOIN origin o ON o.id = x.origin JOIN name n ON n.id = x.ref WHERE x.kind = 2",
                   HF_Q_FROM, 1, 6, d, err);
    return rc;
}

static hf_status learn_channels(hf_db *db, hf_directory *d, hf_err **err)
{
    hf_status rc = learn(db,
                         "SELECT o.name, n.text, c.name, c.title FROM channel_version c "
                         "JOIN origin o ON o.id = c.origin JOIN name n ON n.id = c.ref",
                         HF_Q_IN, 1, 3, d, err);

    if (rc == HF_OK)
        rc = learn(db,
                   "SELECT o.name, n.text, x.name FROM other_name x JOIN origin o ON o.id = "
                   "x.origin JOIN name n ON n.id = x.ref WHERE x.kind = 3",
                   HF_Q_IN, 2, 2, d, err);
    return rc;
}

hf_status hf_vault_names(hf_vault *v, const hf_query *q, hf_directory *d, hf_err **err)
{
    const hf_qnode *root = hf_query_root(q);
    hf_status rc = HF_OK;

    if (asks_for(root, HF_Q_FROM))
        rc = learn_users(v->records, d, err);
    if (rc == HF_OK && asks_for(root, HF_Q_IN))
        rc = learn_channels(v->records, d, err);
    if (rc == HF_OK && asks_for(root, HF_Q_CHAN))
        rc = learn(v->records,
                   "SELECT o.name, n.text, c.type FROM channel_version c "
                   "JOIN origin o ON o.id = c.origin JOIN name n ON n.id = c.ref "
                   "WHERE c.is_current",
                   HF_Q_CHAN, 2, 2, d, err);
    return rc;
}

/* --- numbers -----------------------------------------------------------------------------------
 */

/* name.id of a native id into m; 0 rows when nothing is called so. */
static hf_status add_number(hf_searching *s, hf_meaning *m, hf_view id, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(s->v->records, "SELECT id FROM name WHERE text = ?1", &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, id);
        rc = hf_stmt_step(st, err);
        if (rc == HF_OK)
            hf_ids_add(&m->numbers, hf_stmt_col_i64(st, 0));
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

/* Whether a message has it as its author or channel. */
static hf_status is_used(hf_searching *s, bool is_author, int64_t number, bool *yes, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(s->v->index,
                                 is_author ? "SELECT 1 FROM doc WHERE author = ?1 LIMIT 1"
                                           : "SELECT 1 FROM doc WHERE channel = ?1 LIMIT 1",
                                 &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, number);
        rc = hf_stmt_step(st, err);
    }
    *yes = rc == HF_OK;
    hf_stmt_free(st);
    return rc < 0 ? rc : HF_OK;
}

/* Nobody has the name: perhaps it is an id that nobody defines. */
static hf_status mean_id(hf_searching *s, const hf_qnode *n, hf_meaning *m, hf_err **err)
{
    bool yes = false;
    hf_status rc = n->is_prefix ? HF_OK : add_number(s, m, n->text, err);

    if (rc == HF_OK && m->numbers.n > 0)
        rc = is_used(s, n->kind == HF_Q_FROM, m->numbers.id[0], &yes, err);
    if (rc == HF_OK && !yes)
        rc = hf_resolution_fail(s->names, n, err);
    return rc;
}

static hf_status mean_leaf(hf_searching *s, const hf_qnode *n, hf_err **err)
{
    hf_meaning *m = &s->meaning[n->leaf];
    size_t count;
    const hf_qid *id = hf_resolution_ids(s->names, n, &count);
    hf_status rc = HF_OK;

    if (count == 0 && n->kind != HF_Q_CHAN)
        return mean_id(s, n, m, err);
    for (size_t i = 0; i < count && rc == HF_OK; i++)
        rc = add_number(s, m, id[i].id, err);
    hf_ids_sort(&m->numbers);
    m->by_origin = s->has_origins;
    return rc;
}

static hf_status mean_tree(hf_searching *s, const hf_qnode *n, hf_err **err)
{
    hf_status rc = HF_OK;

    if (n->kind == HF_Q_FROM || n->kind == HF_Q_IN || n->kind == HF_Q_CHAN)
        rc = mean_leaf(s, n, err);
    for (size_t i = 0; i < n->nchild && rc == HF_OK; i++)
        rc = mean_tree(s, n->child[i], err);
    return rc;
}

hf_status hf_search_meanings(hf_searching *s, hf_err **err)
{
    int64_t origins = 0;
    hf_status rc = hf_db_get_i64(s->v->records, "SELECT count(*) FROM origin", &origins, err);

    s->has_origins = origins > 1;
    s->meaning = hf_alloc0(hf_query_leaves(s->args->query) + 1, sizeof(*s->meaning));
    return rc == HF_OK ? mean_tree(s, hf_query_root(s->args->query), err) : rc;
}

void hf_search_meanings_free(hf_searching *s)
{
    for (size_t i = 0; s->meaning != NULL && i < hf_query_leaves(s->args->query); i++)
        hf_ids_clear(&s->meaning[i].numbers);
    hf_free(s->meaning);
}

/* One native id may be two people in two origins. */
static hf_status is_in_origin(hf_searching *s, const hf_qnode *n, const hf_search_doc *d, bool *yes,
                              hf_err **err)
{
    hf_status rc = HF_OK;
    size_t count;

    hf_resolution_ids(s->names, n, &count);
    if (count == 0)
        return HF_OK; /* an id that nobody defines, in whatever origin */
    if (s->get_origin == NULL)
        rc = hf_db_prepare(s->v->records,
                           "SELECT o.name, c.text, a.text FROM rec r JOIN origin o ON o.id = "
                           "r.origin JOIN name c ON c.id = r.scope JOIN name a ON a.id = r.author "
                           "WHERE r.id = ?1",
                           &s->get_origin, err);
    if (rc != HF_OK)
        return rc;
    hf_stmt_bind_i64(s->get_origin, 1, d->rec);
    rc = hf_stmt_step(s->get_origin, err);
    if (rc == HF_OK)
        *yes = hf_resolution_has(s->names, n, hf_stmt_col_text(s->get_origin, 0),
                                 hf_stmt_col_text(s->get_origin, n->kind == HF_Q_FROM ? 2 : 1));
    hf_stmt_reset(s->get_origin);
    return rc < 0 ? rc : HF_OK;
}

hf_status hf_search_is_meant(hf_searching *s, const hf_qnode *n, const hf_search_doc *d, bool *yes,
                             hf_err **err)
{
    const hf_meaning *m = &s->meaning[n->leaf];

    *yes = hf_ids_has(&m->numbers, n->kind == HF_Q_FROM ? d->author : d->channel);
    return *yes && m->by_origin ? is_in_origin(s, n, d, yes, err) : HF_OK;
}
