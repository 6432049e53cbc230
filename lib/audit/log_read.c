/* audit/log_read.c: reading the log, and proofs of it. */
#include "audit/log_priv.h"
#include "util/base64.h"

/* --- entries ------------------------------------------------------------------------------------
 */

/* "hold" takes "hold" and "hold.create", not "holdover". */
static bool is_action(hf_view action, const char *wanted)
{
    hf_view w = hf_view_str(wanted);

    return hf_view_starts(action, w) && (action.n == w.n || action.p[w.n] == '.');
}

static bool is_wanted(const hf_log_filter *f, const hf_log_entry *e)
{
    if (f == NULL)
        return true;
    return (f->action == NULL || is_action(e->action, f->action)) &&
           (f->user == NULL || hf_view_is(e->user, f->user) || hf_view_is(e->sudo, f->user)) &&
           (f->run == NULL || hf_view_is(e->run, f->run)) &&
           (f->outcome == NULL || hf_view_is(e->outcome, f->outcome)) &&
           (f->since_us == HF_NO_TIME || e->time_us >= f->since_us) &&
           (f->until_us == HF_NO_TIME || e->time_us < f->until_us);
}

/* The entry of the current row; an entry that cannot be read has only its bytes. */
static void take_row(hf_stmt *st, hf_log_entry *e, hf_tape *t, hf_arena *mem)
{
    hf_view hash = hf_stmt_col_blob(st, 2);

    *e = (hf_log_entry){ .seq = (uint64_t)hf_stmt_col_i64(st, 0),
                         .leaf = hf_stmt_col_text(st, 1),
                         .time_us = HF_NO_TIME };
    if (hash.n == sizeof(e->hash.b))
        memcpy(e->hash.b, hash.p, hash.n);
    hf_arena_reset(mem);
    (void)hf_log_parse(e, t, mem);
}

hf_status hf_log_each(hf_log *log, const hf_log_filter *f,
                      bool (*each)(void *self, const hf_log_entry *entry), void *self, hf_err **err)
{
    hf_arena *mem = hf_arena_new();
    hf_tape t = { 0 };
    hf_stmt *st = NULL;
    hf_log_entry e;
    hf_status rc = HF_END;

    if (log->has_tables)
        rc = hf_db_prepare(log->db,
                           "SELECT seq, leaf, leaf_hash FROM audit_entry "
                           "WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
                           &st, err);
    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, f == NULL ? 0 : (int64_t)f->from);
        hf_stmt_bind_i64(st, 2, f == NULL || f->to == 0 ? INT64_MAX : (int64_t)f->to);
    }
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        take_row(st, &e, &t, mem);
        if (is_wanted(f, &e) && !each(self, &e))
            rc = HF_END;
    }
    hf_stmt_free(st);
    hf_tape_clear(&t);
    hf_arena_free(mem);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status no_entry(hf_log *log, uint64_t seq, hf_err **err)
{
    hf_status rc = hf_log_look(log, err);

    return rc != HF_OK ? rc
                       : hf_fail(err, HF_E_USAGE, "there is no entry %llu in a log of %llu",
                                 (unsigned long long)seq, (unsigned long long)log->range.n);
}

typedef struct one {
    void (*take)(void *self, const hf_log_entry *entry);
    void *self;
    bool is_found;
} one;

static bool take_one(void *self, const hf_log_entry *e)
{
    one *o = self;

    o->is_found = true;
    o->take(o->self, e);
    return false;
}

hf_status hf_log_get(hf_log *log, uint64_t seq, void (*take)(void *self, const hf_log_entry *entry),
                     void *self, hf_err **err)
{
    const hf_log_filter f = {
        .from = seq, .to = seq + 1, .since_us = HF_NO_TIME, .until_us = HF_NO_TIME
    };
    one o = { .take = take, .self = self };
    hf_status rc = seq < INT64_MAX ? hf_log_each(log, &f, take_one, &o, err) : HF_OK;

    return rc == HF_OK && !o.is_found ? no_entry(log, seq, err) : rc;
}

hf_status hf_log_values(hf_log *log, uint64_t seq,
                        void (*each)(void *self, hf_view name, hf_view salt, hf_view value),
                        void *self, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = HF_END;

    if (log->has_tables)
        rc = hf_db_prepare(log->db,
                           "SELECT name, salt, value FROM audit_value WHERE seq = ?1 ORDER BY name",
                           &st, err);
    if (rc == HF_OK)
        hf_stmt_bind_i64(st, 1, (int64_t)seq);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK)
        each(self, hf_stmt_col_text(st, 0), hf_stmt_col_blob(st, 1), hf_stmt_col_blob(st, 2));
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

hf_status hf_log_keys(hf_log *log, bool (*each)(void *self, const hf_log_key *key), void *self,
                      hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = HF_END;

    if (log->has_tables)
        rc = hf_db_prepare(log->db,
                           "SELECT vkey, since, made_us, id = (SELECT max(id) FROM audit_key) "
                           "FROM audit_key ORDER BY id",
                           &st, err);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        const hf_log_key key = { .vkey = hf_stmt_col_text(st, 0),
                                 .since = (uint64_t)hf_stmt_col_i64(st, 1),
                                 .made_us = hf_stmt_col_i64(st, 2),
                                 .is_current = hf_stmt_col_i64(st, 3) != 0 };

        if (!each(self, &key))
            rc = HF_END;
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

/* --- acts without an end ------------------------------------------------------------------------
 */

enum { MOST_CLOSED = 4096 };

static hf_view act_key(hf_open_acts *o, const hf_log_entry *e)
{
    hf_buf_reset(&o->key);
    hf_buf_add(&o->key, e->run);
    hf_buf_byte(&o->key, '\n');
    hf_buf_add(&o->key, e->action);
    return hf_buf_view(&o->key);
}

/* Closed acts are forgotten from time to time, so that memory does not grow with the log. */
static void forget_closed(hf_open_acts *o)
{
    hf_map *open = hf_map_new();

    for (size_t i = 0; i < hf_map_count(o->map); i++) {
        const hf_map_entry *m = hf_map_at(o->map, i);

        if (m->v.u > 0)
            hf_map_put(open, m->key, NULL)->v.u = m->v.u;
    }
    hf_map_free(o->map);
    o->map = open;
    o->closed = 0;
}

void hf_open_acts_take(hf_open_acts *o, const hf_log_entry *e)
{
    hf_map_entry *m;

    if (e->phase == HF_LOG_START)
        hf_map_put(o->map, act_key(o, e), NULL)->v.u++;
    m = e->phase == HF_LOG_END ? hf_map_get(o->map, act_key(o, e)) : NULL;
    if (m != NULL && m->v.u > 0 && --m->v.u == 0 && ++o->closed == MOST_CLOSED)
        forget_closed(o);
}

void hf_open_acts_init(hf_open_acts *o)
{
    *o = (hf_open_acts){ .map = hf_map_new() };
    hf_buf_init(&o->key, HF_BUF_UNBOUNDED);
}

void hf_open_acts_clear(hf_open_acts *o)
{
    hf_buf_clear(&o->key);
    hf_map_free(o->map);
}

static bool take_act(void *self, const hf_log_entry *e)
{
    hf_open_acts_take(self, e);
    return true;
}

hf_status hf_log_unfinished(hf_log *log, hf_map **out, hf_err **err)
{
    hf_open_acts o;
    hf_status rc;

    hf_open_acts_init(&o);
    rc = hf_log_each(log, NULL, take_act, &o, err);
    forget_closed(&o);
    *out = o.map;
    o.map = NULL;
    hf_buf_clear(&o.key);
    return rc;
}

/* --- heads and proofs ---------------------------------------------------------------------------
 */

hf_status hf_log_get_head(hf_log *log, hf_log_head *out, hf_err **err)
{
    hf_status rc = hf_log_look(log, err);

    if (rc == HF_OK)
        *out = (hf_log_head){ log->range.n, hf_tree_root(&log->range) };
    return rc;
}

hf_status hf_log_root_at(hf_log *log, uint64_t size, hf_sha256 *out, hf_err **err)
{
    return hf_tree_root_at(size, hf_log_node, log, out, err);
}

void hf_log_put_head(const hf_log *log, const hf_log_head *head, hf_buf *out)
{
    const hf_checkpoint c = { .origin = hf_view_str(log->origin),
                              .size = head->size,
                              .root = head->root };

    hf_checkpoint_put(out, &c);
}

hf_status hf_log_last_checkpoint(hf_log *log, uint64_t size, hf_buf *note, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = HF_END;

    if (log->has_tables)
        rc = hf_db_prepare(log->db,
                           "SELECT note FROM audit_checkpoint WHERE size >= ?1 "
                           "ORDER BY size DESC, id DESC LIMIT 1",
                           &st, err);
    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, size > INT64_MAX ? INT64_MAX : (int64_t)size);
        rc = hf_stmt_step(st, err);
    }
    if (rc == HF_OK)
        hf_buf_add(note, hf_stmt_col_text(st, 0));
    hf_stmt_free(st);
    return rc;
}

static void add_leaf(void *self, const hf_log_entry *e)
{
    hf_base64_put(self, e->leaf);
}

hf_status hf_log_prove(hf_log *log, uint64_t seq, hf_view checkpoint, hf_buf *out, hf_err **err)
{
    hf_proof p = { .index = seq, .checkpoint = checkpoint };
    hf_checkpoint c;
    hf_buf leaf;
    hf_status rc = hf_checkpoint_read(checkpoint, &c, err);

    hf_buf_init(&leaf, HF_BUF_UNBOUNDED);
    if (rc == HF_OK && !hf_view_is(c.origin, log->origin))
        rc = hf_fail(err, HF_E_USAGE, "the checkpoint is of another log");
    if (rc == HF_OK && seq >= c.size)
        rc = hf_fail(err, HF_E_USAGE, "the checkpoint covers %llu entries, and not entry %llu",
                     (unsigned long long)c.size, (unsigned long long)seq);
    if (rc == HF_OK)
        rc = hf_log_get(log, seq, add_leaf, &leaf, err);
    if (rc == HF_OK)
        rc = hf_tree_prove(seq, c.size, hf_log_node, log, &p.path, err);
    p.extra = hf_buf_view(&leaf);
    if (rc == HF_OK)
        hf_proof_put(out, &p);
    hf_buf_clear(&leaf);
    return rc;
}

hf_status hf_log_prove_growth(hf_log *log, uint64_t old, uint64_t size, hf_tree_proof *out,
                              hf_err **err)
{
    hf_status rc = hf_log_look(log, err);

    if (rc == HF_OK && size > log->range.n)
        rc = hf_fail(err, HF_E_USAGE, "the log has %llu entries, not %llu",
                     (unsigned long long)log->range.n, (unsigned long long)size);
    return rc == HF_OK ? hf_tree_prove_growth(old, size, hf_log_node, log, out, err) : rc;
}
