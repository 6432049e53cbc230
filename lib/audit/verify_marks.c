/* audit/verify_marks.c: the heads that were kept of a log, and who signed or stamped them. */
#include "audit/anchor.h"
#include "audit/verify_priv.h"

#include <stdlib.h>

/* --- gathering ----------------------------------------------------------------------------------
 */

static hf_mark *add(hf_marks *m, hf_mark_kind kind, const hf_log_head *head, char *label)
{
    hf_mark *k;

    if (m->n == m->cap) {
        m->cap = m->cap == 0 ? 16 : m->cap * 2;
        m->at = hf_realloc(m->at, m->cap, sizeof(*m->at));
    }
    k = &m->at[m->n++];
    *k = (hf_mark){ .kind = kind, .head = *head, .label = label };
    hf_buf_init(&k->query, HF_BUF_UNBOUNDED);
    hf_buf_init(&k->reply, HF_BUF_UNBOUNDED);
    return k;
}

static int by_size(const void *left, const void *right)
{
    uint64_t a = ((const hf_mark *)left)->head.size, b = ((const hf_mark *)right)->head.size;

    return a < b ? -1 : a > b;
}

static hf_status load_checkpoints(hf_check *c)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(c->log->db,
                                 "SELECT id, size, note FROM audit_checkpoint "
                                 "ORDER BY id",
                                 &st, c->err);

    while (rc == HF_OK && (rc = hf_stmt_step(st, c->err)) == HF_OK) {
        long long id = hf_stmt_col_i64(st, 0);
        hf_view note = hf_stmt_col_text(st, 2);
        hf_err *why = NULL;
        hf_checkpoint k;
        hf_log_head head;

        c->out->checkpoints++;
        if (hf_checkpoint_read(note, &k, &why) != HF_OK || !hf_view_is(k.origin, c->log->origin)) {
            hf_check_say(c, HF_LOG_SIGNATURE, 0, 0, "checkpoint %lld is %s", id,
                         why != NULL ? why->message : "of another log");
            hf_err_free(why);
            continue;
        }
        if (k.size != (uint64_t)hf_stmt_col_i64(st, 1))
            hf_check_say(c, HF_LOG_SIGNATURE, 0, k.size,
                         "checkpoint %lld is filed under another size", id);
        head = (hf_log_head){ k.size, k.root };
        add(&c->marks, HF_MARK_SIGNED, &head, hf_sprintf("checkpoint %lld", id))->note =
            hf_view_dup(note);
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

static bool add_anchor(void *self, const hf_log_anchor *a)
{
    hf_check *c = self;
    hf_sha256 digest;
    char hex[65];
    hf_mark *k;

    c->out->stamps++;
    if (a->reply.n == 0) {
        c->out->stamps_open++;
        return true;
    }
    digest = hf_sha256_of(a->reply);
    hf_sha256_hex(&digest, hex);
    hf_map_put(c->replies, hf_view_str(hex), NULL);
    k = add(&c->marks, HF_MARK_STAMP, &a->head,
            hf_sprintf("time stamp %llu", hf_check_big(c->out->stamps)));
    k->note = hf_view_dup(a->checkpoint);
    hf_buf_add(&k->query, a->query);
    hf_buf_add(&k->reply, a->reply);
    return true;
}

void hf_marks_load_host(hf_check *c)
{
    hf_err *why = NULL;
    hf_log_head head;
    char *place = NULL;
    hf_status rc = hf_head_load(c->log->origin, &head, &place, &why);

    if (rc == HF_OK)
        add(&c->marks, HF_MARK_HOST, &head,
            hf_sprintf("the last head that this host saw, %s", place == NULL ? "here" : place))
            ->is_other = hf_head_is_elsewhere(c->log, place);
    else if (rc < 0)
        hf_check_say(c, HF_LOG_OTHER, 0, 0, "%s: %s", why->file == NULL ? "" : why->file,
                     why->message);
    hf_err_free(why);
    hf_free(place);
}

static hf_status load_anchors(hf_check *c)
{
    hf_err *why = NULL;
    hf_status rc = hf_log_anchors(c->log, add_anchor, c, &why);

    if (rc == HF_E_DAMAGED) { /* one that cannot be read hides the later ones */
        hf_check_say(c, HF_LOG_STAMP, 0, 0, "what was stamped is %s", why->message);
        rc = HF_OK;
    } else if (rc < 0 && c->err != NULL) {
        *c->err = why;
        why = NULL;
    }
    hf_err_free(why);
    return rc;
}

hf_status hf_marks_load(hf_check *c)
{
    hf_status rc = HF_OK;

    for (size_t i = 0; i < c->args->nheads; i++)
        add(&c->marks, HF_MARK_KEPT, &c->args->heads[i].head, hf_strdup(c->args->heads[i].label));
    if (c->log->has_tables)
        rc = load_checkpoints(c);
    if (rc == HF_OK)
        rc = load_anchors(c);
    if (c->marks.n > 1)
        qsort(c->marks.at, c->marks.n, sizeof(*c->marks.at), by_size);
    return rc;
}

void hf_marks_clear(hf_marks *m)
{
    for (size_t i = 0; i < m->n; i++) {
        hf_free(m->at[i].label);
        hf_free(m->at[i].note);
        hf_buf_clear(&m->at[i].query);
        hf_buf_clear(&m->at[i].reply);
    }
    hf_free(m->at);
}

/* --- meeting ------------------------------------------------------------------------------------
 */

static void raise(uint64_t *upto, uint64_t size)
{
    if (*upto < size)
        *upto = size;
}

void hf_marks_meet(hf_check *c)
{
    hf_marks *m = &c->marks;
    hf_sha256 root;

    if (m->next == m->n || m->at[m->next].head.size != c->range.n)
        return;
    root = hf_tree_root(&c->range);
    for (; m->next < m->n && m->at[m->next].head.size == c->range.n; m->next++) {
        hf_mark *k = &m->at[m->next];

        k->is_met = true;
        k->is_same = memcmp(&root, &k->head.root, sizeof(root)) == 0;
        if (!k->is_same && !k->is_other)
            hf_check_say(c, HF_LOG_OTHER, m->good, c->range.n,
                         "the first %llu entries are not those of %s", hf_check_big(c->range.n),
                         k->label);
    }
    for (size_t i = m->next; i-- > 0 && m->at[i].head.size == c->range.n;)
        if (m->at[i].is_same)
            m->good = c->range.n;
}

/* --- stamps -------------------------------------------------------------------------------------
 */

static void check_stamps(hf_check *c)
{
    for (size_t i = 0; i < c->marks.n; i++) {
        const hf_mark *k = &c->marks.at[i];
        hf_err *why = NULL;
        int64_t us;

        if (k->kind != HF_MARK_STAMP)
            continue;
        if (hf_stamp_check(hf_view_str(k->note), hf_buf_view(&k->query), hf_buf_view(&k->reply),
                           c->args->tsa_ca, &us, NULL, &why) != HF_OK) {
            hf_check_say(c, HF_LOG_STAMP, 0, k->head.size, "%s of %llu entries: %s", k->label,
                         hf_check_big(k->head.size), why->message);
        } else if (k->is_same && c->args->tsa_ca != NULL) {
            c->out->stamps_good++;
            if (k->head.size >= c->out->stamped_upto) {
                c->out->stamped_upto = k->head.size;
                c->out->stamped_us = us;
            }
        }
        hf_err_free(why);
    }
}

void hf_marks_finish(hf_check *c)
{
    for (size_t i = 0; i < c->marks.n; i++) {
        const hf_mark *k = &c->marks.at[i];

        if (!k->is_met && k->is_other)
            continue;
        if (!k->is_met)
            hf_check_say(c, HF_LOG_SHORTER, c->range.n, k->head.size,
                         "the log has %llu entries; %s has %llu", hf_check_big(c->range.n),
                         k->label, hf_check_big(k->head.size));
        else if (k->is_same && k->kind == HF_MARK_KEPT)
            raise(&c->out->kept_upto, k->head.size);
        else if (k->is_same && k->kind == HF_MARK_HOST)
            raise(&c->out->seen_upto, k->head.size);
    }
    check_stamps(c);
}
