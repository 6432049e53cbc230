/* vault/search.c: one search, from opening the index to counting its hits. */
#include "text/token.h"
#include "vault/search_priv.h"

static const hf_view none = { NULL, 0 };

/* The index must split texts into words as the query was. */
static hf_status check_index(hf_vault *v, bool *behind, hf_err **err)
{
    int64_t known = 0, wanted = 0;
    char tokenizer[64] = "";
    hf_status rc;

    if (v->index == NULL) {
        hf_fail(err, HF_E_DAMAGED, "the vault has no search index");
        hf_hint(err, "'holdfast vault reindex' makes it from the records");
        return hf_err_at(err, v->path, none, HF_NO_OFFSET);
    }
    rc = hf_vault_meta_text(v->index, "tokenizer", tokenizer, sizeof(tokenizer), err);
    if (rc == HF_OK && strcmp(tokenizer, hf_tokenizer_id()) != 0) {
        hf_fail(err, HF_E_DAMAGED, "the search index was made by another tokenizer: %s", tokenizer);
        hf_hint(err, "'holdfast vault reindex' makes it anew");
        return hf_err_at(err, v->path, none, HF_NO_OFFSET);
    }
    if (rc == HF_OK)
        rc = hf_vault_meta_i64(v->index, "import", &known, err);
    if (rc == HF_OK)
        rc = hf_vault_meta_i64(v->records, "import", &wanted, err);
    if (behind != NULL)
        *behind = known != wanted;
    return rc;
}

static hf_status list(hf_searching *s, const char *sql, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(s->v->index, sql, &st, err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK)
        hf_ids_add(&s->gone, hf_stmt_col_i64(st, 0));
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status begin(hf_searching *s, hf_err **err)
{
    hf_status rc = hf_db_prepare(s->v->index,
                                 "SELECT rec, time_us, channel, author, traits FROM doc WHERE "
                                 "docid = ?1",
                                 &s->get_doc, err);

    _Static_assert(HF_TRAIT_ABSENT == 4096, "the highest trait, in the statement below");
    if (rc == HF_OK)
        rc = list(s, "SELECT docid FROM doc WHERE traits >= 4096", err);
    s->absent = s->gone.n;
    if (rc == HF_OK)
        rc = list(s, "SELECT docid FROM gone", err);
    hf_ids_sort(&s->gone);
    return rc == HF_OK ? hf_search_meanings(s, err) : rc;
}

static hf_status count(hf_searching *s, const hf_ids *found, hf_hits *hits, hf_err **err)
{
    int64_t rows = 0;
    hf_status rc = HF_OK;

    if (found->is_not)
        rc = hf_db_get_i64(s->v->index, "SELECT count(*) FROM doc", &rows, err);
    hf_hits_add_total(hits, found->is_not ? (uint64_t)rows - s->absent - found->n : found->n);
    return rc;
}

static hf_status answer(hf_searching *s, hf_hits *hits, hf_err **err)
{
    hf_ids found = { 0 };
    hf_status rc = begin(s, err);

    if (rc == HF_OK)
        rc = hf_search_eval(s, hf_query_root(s->args->query), HF_WINDOW_ALL, &found, err);
    if (rc == HF_OK)
        rc = count(s, &found, hits, err);
    if (rc == HF_OK)
        rc = hf_search_fetch(s, &found, hits, err);
    hf_ids_clear(&found);
    hf_ids_clear(&s->gone);
    hf_search_meanings_free(s);
    hf_stmt_free(s->get_doc);
    hf_stmt_free(s->get_origin);
    return rc;
}

hf_status hf_vault_search(hf_vault *v, const hf_search_args *args, const hf_resolution *names,
                          hf_hits *hits, bool *behind, hf_err **err)
{
    hf_searching s = { .v = v, .args = args, .names = names };
    hf_status rc = hf_vault_hold(v, NULL, err);

    if (rc != HF_OK)
        return rc;
    rc = check_index(v, behind, err);
    if (rc == HF_OK)
        rc = answer(&s, hits, err);
    hf_vault_let_go(v);
    return rc;
}
