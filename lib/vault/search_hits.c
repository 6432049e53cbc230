/* vault/search_hits.c: the first hits of a set of documents, with what is shown of them.
 *
 * Document ids ascend by day, not within it. Whole days are taken from one end until they hold
 * enough; then the rows say which hits come first.
 */
#include "vault/search_priv.h"

#include <stdlib.h>

typedef struct page {
    hf_searching *s;
    hf_search_doc *doc;
    size_t n, cap;
    int64_t day; /* of the last document taken */
    hf_stmt *get_rec, *get_channel, *get_user, *get_bot;
} page;

/* --- which -------------------------------------------------------------------------------------
 */

/* Whether the page is full before this document: it begins another day. */
static bool is_full(const page *p, int64_t docid)
{
    return p->n >= p->s->args->limit && docid >> DAY_BITS != p->day;
}

static hf_status take(page *p, int64_t docid, hf_err **err)
{
    if (p->n == p->cap) {
        p->cap = p->cap * 2 + 256;
        p->doc = hf_realloc(p->doc, p->cap, sizeof(*p->doc));
    }
    p->day = docid >> DAY_BITS;
    return hf_search_get_doc(p->s, docid, &p->doc[p->n++], err);
}

static hf_status take_listed(page *p, const hf_ids *found, hf_err **err)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < found->n && rc == HF_OK; i++) {
        int64_t docid = found->id[p->s->args->oldest_first ? i : found->n - 1 - i];

        if (is_full(p, docid))
            break;
        rc = take(p, docid, err);
    }
    return rc;
}

/* Everything but what is listed. */
static hf_status take_others(page *p, const hf_ids *found, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(p->s->v->index,
                      p->s->args->oldest_first ? "SELECT docid FROM doc ORDER BY docid"
                                               : "SELECT docid FROM doc ORDER BY docid DESC",
                      &st, err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        int64_t docid = hf_stmt_col_i64(st, 0);

        if (hf_ids_has(found, docid) || hf_ids_has(&p->s->gone, docid))
            continue;
        if (is_full(p, docid))
            break;
        rc = take(p, docid, err);
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static int64_t order_time(const hf_search_doc *d)
{
    return d->time_us == HF_NO_TIME ? 0 : d->time_us;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = order_time(a), y = order_time(b);

    return x < y ? -1 : x > y;
}

/* Leave the first limit documents, and those of the same moment as the last: ids decide then. */
static void cut(page *p)
{
    bool oldest_first = p->s->args->oldest_first;
    size_t limit = p->s->args->limit, n = limit;

    qsort(p->doc, p->n, sizeof(*p->doc), by_time);
    for (size_t i = 0; i < p->n / 2 && !oldest_first; i++) {
        hf_search_doc swap = p->doc[i];

        p->doc[i] = p->doc[p->n - 1 - i];
        p->doc[p->n - 1 - i] = swap;
    }
    while (n < p->n && order_time(&p->doc[n]) == order_time(&p->doc[limit - 1]))
        n++;
    if (n < p->n)
        p->n = n;
}

/* --- what is shown -----------------------------------------------------------------------------
 */

/* The first column for two numbers, into mem; empty when there is no row. */
static hf_status get_text(hf_stmt *st, int64_t a, int64_t b, hf_arena *mem, hf_view *out,
                          hf_err **err)
{
    hf_status rc;

    *out = (hf_view){ NULL, 0 };
    hf_stmt_bind_i64(st, 1, a);
    hf_stmt_bind_i64(st, 2, b);
    rc = hf_stmt_step(st, err);
    if (rc == HF_OK)
        *out = hf_arena_dup(mem, hf_stmt_col_text(st, 0));
    hf_stmt_reset(st);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status prepare(page *p, hf_err **err)
{
    hf_db *db = p->s->v->records;
    hf_status rc = hf_db_prepare(db,
                                 "SELECT r.origin, o.name, c.text, a.text, r.native, r.versions, "
                                 "r.current, v.text FROM rec r JOIN origin o ON o.id = r.origin "
                                 "JOIN name c ON c.id = r.scope JOIN name a ON a.id = r.author "
                                 "JOIN version v ON v.id = r.id * 65536 + r.current "
                                 "WHERE r.id = ?1",
                                 &p->get_rec, err);

    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "SELECT coalesce(nullif(name, ''), title) FROM channel_version "
                           "WHERE origin = ?1 AND ref = ?2 AND is_current",
                           &p->get_channel, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "SELECT coalesce(nullif(display_name, ''), nullif(real_name, ''), name) "
                           "FROM user_version WHERE origin = ?1 AND ref = ?2 AND is_current",
                           &p->get_user, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "SELECT coalesce(nullif(u.display_name, ''), nullif(u.real_name, ''), "
                           "u.name) FROM name n JOIN other_name x ON x.kind = 2 AND x.origin = ?1 "
                           "AND x.name = n.text JOIN user_version u ON u.origin = x.origin AND "
                           "u.ref = x.ref AND u.is_current WHERE n.id = ?2",
                           &p->get_bot, err);
    return rc;
}

/* The names of today; a bot may have its own, an unknown author the one shown with the message. */
static hf_status name(page *p, const hf_search_doc *d, int64_t origin, hf_hit *hit, hf_arena *mem,
                      hf_err **err)
{
    hf_status rc = get_text(p->get_channel, origin, d->channel, mem, &hit->channel_name, err);

    if (rc == HF_OK)
        rc = get_text(p->get_user, origin, d->author, mem, &hit->author_name, err);
    if (rc == HF_OK && hit->author_name.n == 0)
        rc = get_text(p->get_bot, origin, d->author, mem, &hit->author_name, err);
    return rc;
}

/* From the record itself: what its text alone does not say, and which version was hit last. */
static hf_status look_closer(page *p, int64_t rec, uint32_t current, uint32_t versions, hf_hit *hit,
                             hf_buf *snippet, hf_arena *mem, hf_err **err)
{
    const hf_query *q = p->s->args->query;
    hf_status rc = HF_OK;
    bool found = false;

    for (uint32_t i = 0; i <= versions && rc == HF_OK && !found; i++) {
        uint32_t version = i == 0 ? current : versions + 1 - i;
        hf_batch *b = hf_batch_new();
        hf_record *r = NULL;
        hf_buf other;

        hf_buf_init(&other, HF_BUF_UNBOUNDED);
        if (i == 0 || version != current)
            rc = hf_vault_fetch(p->s->v, rec, i == 0 ? 0 : version, NULL, b, &r, err);
        if (rc == HF_OK && r != NULL)
            found = hf_hit_snippet(q, r, &other);
        if (i == 0 && r != NULL && hit->author_name.n == 0)
            hit->author_name = hf_arena_dup(mem, hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR_NAME));
        if (found)
            hit->version = version;
        if (found || i == 0) {
            hf_buf_reset(snippet);
            hf_buf_add(snippet, hf_buf_view(&other));
        }
        hf_buf_clear(&other);
        hf_batch_free(b);
        if (p->s->args->current_only || !hf_query_has_words(q))
            break;
    }
    return rc;
}

static hf_status show(page *p, const hf_search_doc *d, hf_arena *mem, hf_buf *snippet,
                      hf_hits *hits, hf_err **err)
{
    const hf_query *q = p->s->args->query;
    hf_hit hit = { .time_us = d->time_us };
    uint32_t versions = 0;
    int64_t origin = 0;
    bool found = false;
    hf_status rc;

    hf_stmt_bind_i64(p->get_rec, 1, d->rec);
    rc = hf_stmt_step(p->get_rec, err);
    if (rc == HF_OK) {
        origin = hf_stmt_col_i64(p->get_rec, 0);
        hit.origin = hf_arena_dup(mem, hf_stmt_col_text(p->get_rec, 1));
        hit.channel = hf_arena_dup(mem, hf_stmt_col_text(p->get_rec, 2));
        hit.author = hf_arena_dup(mem, hf_stmt_col_text(p->get_rec, 3));
        hit.id = hf_arena_dup(mem, hf_stmt_col_text(p->get_rec, 4));
        versions = (uint32_t)hf_stmt_col_i64(p->get_rec, 5);
        hit.version = (uint32_t)hf_stmt_col_i64(p->get_rec, 6);
        found = hf_hit_text_snippet(q, hf_stmt_col_text(p->get_rec, 7), snippet);
    }
    hf_stmt_reset(p->get_rec);
    if (rc != HF_OK)
        return rc == HF_END
                   ? hf_fail(err, HF_E_DAMAGED, "the index names a record that is not there")
                   : rc;
    rc = name(p, d, origin, &hit, mem, err);
    if (rc == HF_OK &&
        ((!found && hf_query_has_words(q)) || snippet->n == 0 || hit.author_name.n == 0))
        rc = look_closer(p, d->rec, hit.version, versions, &hit, snippet, mem, err);
    hit.snippet = hf_buf_view(snippet);
    if (rc == HF_OK)
        hf_hits_keep(hits, &hit);
    return rc;
}

static hf_status show_all(page *p, hf_hits *hits, hf_err **err)
{
    hf_arena *mem = hf_arena_new();
    hf_status rc = prepare(p, err);
    hf_buf snippet;

    hf_buf_init(&snippet, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < p->n && rc == HF_OK; i++) {
        hf_arena_reset(mem);
        hf_buf_reset(&snippet);
        rc = show(p, &p->doc[i], mem, &snippet, hits, err);
    }
    hf_stmt_free(p->get_rec);
    hf_stmt_free(p->get_channel);
    hf_stmt_free(p->get_user);
    hf_stmt_free(p->get_bot);
    hf_buf_clear(&snippet);
    hf_arena_free(mem);
    return rc;
}

hf_status hf_search_fetch(hf_searching *s, const hf_ids *found, hf_hits *hits, hf_err **err)
{
    page p = { .s = s };
    hf_status rc;

    if (s->args->limit == 0)
        return HF_OK;
    rc = found->is_not ? take_others(&p, found, err) : take_listed(&p, found, err);
    if (rc == HF_OK && p.n > 0) {
        cut(&p);
        rc = show_all(&p, hits, err);
    }
    hf_free(p.doc);
    return rc;
}
