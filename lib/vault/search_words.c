/* vault/search_words.c: words, phrases and what combines them, as expressions of FTS5
 * (https://sqlite.org/fts5.html, section 3). */
#include "vault/search_priv.h"

enum { FTS_DEPTH = 12 }; /* of expressions: the parser of FTS5 has a stack of 100 */

/* --- words -------------------------------------------------------------------------------------
 */

static unsigned depth(const hf_qnode *n)
{
    unsigned deepest = 0;

    for (size_t i = 0; i < n->nchild; i++) {
        unsigned d = depth(n->child[i]);

        deepest = d > deepest ? d : deepest;
    }
    return deepest + 1;
}

bool hf_search_is_not_words(const hf_qnode *n)
{
    return n->kind == HF_Q_NOT && hf_search_is_words(n->child[0]);
}

bool hf_search_is_words(const hf_qnode *n)
{
    bool has_words = false;

    if (n->kind == HF_Q_WORDS)
        return true;
    if ((n->kind != HF_Q_AND && n->kind != HF_Q_OR) || depth(n) > FTS_DEPTH)
        return false;
    for (size_t i = 0; i < n->nchild; i++) {
        bool yes = hf_search_is_words(n->child[i]);

        if (!yes && (n->kind == HF_Q_OR || !hf_search_is_not_words(n->child[i])))
            return false;
        has_words = has_words || yes;
    }
    return has_words;
}

static void put_fts(const hf_qnode *n, hf_buf *out);

/* "(a AND b) NOT (c OR d)"; NOT is an operator of two sides in FTS5. */
static void put_fts_list(hf_qkind kind, hf_qnode *const *child, size_t n, hf_buf *out)
{
    size_t count = 0;

    hf_buf_byte(out, '(');
    for (size_t i = 0; i < n; i++) {
        if (!hf_search_is_words(child[i]))
            continue;
        if (count++ > 0)
            hf_buf_str(out, kind == HF_Q_AND ? " AND " : " OR ");
        put_fts(child[i], out);
    }
    hf_buf_byte(out, ')');
    count = 0;
    for (size_t i = 0; i < n; i++) {
        if (!hf_search_is_not_words(child[i]))
            continue;
        hf_buf_str(out, count++ > 0 ? " OR " : " NOT (");
        put_fts(child[i]->child[0], out);
    }
    if (count > 0)
        hf_buf_byte(out, ')');
}

/* Words are folded: they hold no quote. */
static void put_fts(const hf_qnode *n, hf_buf *out)
{
    if (n->kind != HF_Q_WORDS) {
        hf_buf_byte(out, '(');
        put_fts_list(n->kind, n->child, n->nchild, out);
        hf_buf_byte(out, ')');
        return;
    }
    for (size_t i = 0; i < n->nstep; i++) {
        hf_buf_str(out, i > 0 ? " + \"" : "\"");
        hf_buf_add(out, n->step[i].word);
        hf_buf_str(out, n->step[i].is_prefix ? "\" *" : "\"");
    }
}

hf_status hf_search_words(hf_searching *s, hf_qkind kind, hf_qnode *const *child, size_t n,
                          hf_window w, hf_ids *out, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_buf text;
    hf_status rc;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    /* Without a filter FTS5 need not look at positions; no word of a query is a mention's. */
    hf_buf_str(&text, s->args->current_only ? "{body file} : (" : "(");
    put_fts_list(kind, child, n, &text);
    hf_buf_byte(&text, ')');
    rc = hf_db_prepare(s->v->index,
                       "SELECT rowid FROM ft WHERE ft MATCH ?1 AND rowid BETWEEN ?2 AND ?3", &st,
                       err);
    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, hf_buf_view(&text));
        hf_stmt_bind_i64(st, 2, w.lo);
        hf_stmt_bind_i64(st, 3, w.hi);
        rc = hf_search_collect(st, out, err);
    }
    hf_stmt_free(st);
    hf_buf_clear(&text);
    hf_ids_sort(out);
    hf_ids_minus(out, &s->gone);
    return rc;
}
