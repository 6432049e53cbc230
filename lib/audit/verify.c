/* audit/verify.c: see verify.h. The walk over the entries; verify_marks.c holds heads. */
#include "audit/jcs.h"
#include "audit/verify_priv.h"
#include "util/fault.h"

#include <stdarg.h>
#include <stdio.h>

const char *hf_log_trouble_word(hf_log_trouble what)
{
    static const char *const words[] = { "edited",  "order",     "tree",  "value", "shorter",
                                         "history", "signature", "stamp", "state" };

    return words[what];
}

/* The first entry that is bad: one that was found to be, or the earliest among which it must be. */
static void note_place(hf_check *c, hf_log_trouble what, uint64_t from, uint64_t to)
{
    bool is_direct = what < HF_LOG_SHORTER && what != HF_LOG_TREE;

    if (is_direct && from < c->first_direct)
        c->first_direct = from;
    if (!is_direct && from < c->first_among) {
        c->first_among = from;
        c->among_end = to;
    }
    c->out->first_bad = c->first_direct < c->among_end || c->first_direct < c->first_among
                            ? c->first_direct
                            : c->first_among;
}

void hf_check_say(hf_check *c, hf_log_trouble what, uint64_t from, uint64_t to, const char *fmt,
                  ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    c->out->findings++;
    note_place(c, what, from, to);
    if (c->args->say != NULL) {
        const hf_log_finding f = { what, from, to, text };

        c->args->say(c->args->self, &f);
    }
}

static void say_entry(hf_check *c, hf_log_trouble what, uint64_t seq, const char *text)
{
    hf_check_say(c, what, seq, seq + 1, "entry %llu %s", hf_check_big(seq), text);
}

/* --- the tree -----------------------------------------------------------------------------------
 */

static void check_node(void *self, unsigned level, uint64_t number, const hf_sha256 *hash)
{
    hf_check *c = self;
    uint64_t first = number << level;
    hf_view have;

    if (level == 0 || c->rc != HF_OK)
        return;
    hf_stmt_bind_i64(c->node, 1, level);
    hf_stmt_bind_i64(c->node, 2, (int64_t)number);
    c->rc = hf_stmt_step(c->node, c->err);
    if (c->rc < 0)
        return;
    have = c->rc == HF_OK ? hf_stmt_col_blob(c->node, 0) : (hf_view){ NULL, 0 };
    if (!hf_view_eq(have, (hf_view){ (const char *)hash->b, sizeof(hash->b) }))
        hf_check_say(c, HF_LOG_TREE, first, first + ((uint64_t)1 << level),
                     "the stored hash of entries %llu to %llu is %s", hf_check_big(first),
                     hf_check_big(first + ((uint64_t)1 << level) - 1),
                     have.n == 0 ? "missing" : "wrong");
    hf_stmt_reset(c->node);
    c->rc = HF_OK;
}

/* Entries that are numbered so that no reader comes by them. */
static void check_entry_count(hf_check *c)
{
    int64_t have = 0;

    if (c->rc == HF_OK)
        c->rc = hf_db_get_i64(c->log->db, "SELECT count(*) FROM audit_entry", &have, c->err);
    if (c->rc == HF_OK && (uint64_t)have > c->range.n)
        hf_check_say(c, HF_LOG_ORDER, 0, c->range.n, "%llu entries have numbers that none can have",
                     hf_check_big((uint64_t)have - c->range.n));
}

/* Every complete subtree has its row, and there are no more. */
static void check_node_count(hf_check *c)
{
    uint64_t want = c->range.n - (uint64_t)__builtin_popcountll(c->range.n);
    int64_t have = 0;

    if (c->rc == HF_OK)
        c->rc = hf_db_get_i64(c->log->db, "SELECT count(*) FROM audit_node", &have, c->err);
    if (c->rc == HF_OK && (uint64_t)have > want)
        hf_check_say(c, HF_LOG_SHORTER, c->range.n, c->range.n,
                     "%llu stored hashes belong to entries that are not there",
                     hf_check_big((uint64_t)have - want));
}

/* --- values -------------------------------------------------------------------------------------
 */

static void next_value(hf_check *c)
{
    hf_status rc = hf_stmt_step(c->values, c->err);

    c->has_value = rc == HF_OK;
    if (rc < 0)
        c->rc = rc;
}

static char *value_id(uint64_t seq, hf_view name)
{
    return hf_sprintf("%llu/%.*s", hf_check_big(seq), (int)name.n, name.p);
}

/* One open value of this entry; its name joins those that are there. */
static void check_value(hf_check *c, const hf_log_entry *e, uint32_t scope, hf_map *there)
{
    hf_view name = hf_stmt_col_text(c->values, 1), salt = hf_stmt_col_blob(c->values, 2);
    char *key = hf_view_dup(name);
    uint32_t tok = scope == HF_NO_TOK ? HF_NO_TOK : hf_tape_get(&c->tape, scope, key);
    hf_log_salt s;
    char hex[65] = "";

    c->out->values++;
    if (salt.n == sizeof(s.b)) {
        hf_sha256 d;

        memcpy(s.b, salt.p, sizeof(s.b));
        d = hf_log_commitment(&s, hf_stmt_col_blob(c->values, 3));
        hf_sha256_hex(&d, hex);
    }
    if (tok == HF_NO_TOK || !hf_view_is(hf_tok_string(&c->tape, tok, c->mem), hex))
        hf_check_say(c, HF_LOG_VALUE, e->seq, e->seq + 1,
                     "the value \"%s\" is not the one that entry %llu commits to", key,
                     hf_check_big(e->seq));
    hf_map_put(there, name, NULL);
    hf_free(key);
}

/* Commitments without a value: a later entry has to say that it was erased. */
static void note_gone(hf_check *c, const hf_log_entry *e, uint32_t scope, const hf_map *there)
{
    for (uint32_t k = hf_tape_first(&c->tape, scope); k != HF_NO_TOK;
         k = hf_tape_after(&c->tape, scope, k)) {
        hf_view name = hf_tok_string(&c->tape, k, c->mem);

        if (hf_map_get(there, name) == NULL) {
            char *id = value_id(e->seq, name);

            hf_map_put(c->gone, hf_view_str(id), NULL)->v.u = e->seq + 1;
            hf_free(id);
        }
    }
}

/* Values of entries that are not there come before those of this one. */
static void check_values(hf_check *c, const hf_log_entry *e)
{
    uint32_t scope = hf_tape_get(&c->tape, 0, "scope");
    hf_map *there;

    if (scope != HF_NO_TOK && hf_tok_type(&c->tape, scope) != HF_JSON_OBJECT)
        scope = HF_NO_TOK;
    if (scope == HF_NO_TOK && (!c->has_value || (uint64_t)hf_stmt_col_i64(c->values, 0) > e->seq))
        return;
    there = hf_map_new();
    while (c->rc == HF_OK && c->has_value && (uint64_t)hf_stmt_col_i64(c->values, 0) <= e->seq) {
        if ((uint64_t)hf_stmt_col_i64(c->values, 0) < e->seq)
            hf_check_say(c, HF_LOG_VALUE, e->seq, e->seq,
                         "a value belongs to entry %lld, which is not there",
                         (long long)hf_stmt_col_i64(c->values, 0));
        else
            check_value(c, e, scope, there);
        next_value(c);
    }
    if (scope != HF_NO_TOK)
        note_gone(c, e, scope, there);
    hf_map_free(there);
}

/* --- what entries say ---------------------------------------------------------------------------
 */

static void take_key(hf_check *c, const hf_log_entry *e)
{
    uint32_t digests = hf_tape_get(&c->tape, 0, "digests");
    uint32_t vkey = hf_tape_get_in(&c->tape, digests, "vkey");
    hf_named_key *k;

    if (vkey == HF_NO_TOK)
        return;
    if (c->nkeys == c->capkeys) {
        c->capkeys = c->capkeys == 0 ? 4 : c->capkeys * 2;
        c->keys = hf_realloc(c->keys, c->capkeys, sizeof(*c->keys));
    }
    k = &c->keys[c->nkeys++];
    *k = (hf_named_key){ .seq = e->seq,
                         .vkey = hf_view_dup(hf_tok_string(&c->tape, vkey, c->mem)),
                         .is_rotation = hf_view_is(e->action, "audit.key-rotate") };
}

static void want_checkpoint(hf_check *c, const hf_log_entry *e)
{
    char *size = hf_sprintf("%llu", hf_check_big(e->seq + 1));

    hf_map_put(c->signs, hf_view_str(size), NULL)->v.u = 1;
    hf_free(size);
}

static void take_meaning(hf_check *c, const hf_log_entry *e)
{
    hf_map_entry *m;

    hf_open_acts_take(&c->acts, e);
    if (hf_view_is(e->action, "audit.erase-value") &&
        (m = hf_map_get(c->gone, e->object_id)) != NULL && m->v.u > 0) {
        m->v.u = 0;
        c->out->erased++;
    }
    if (hf_view_is(e->action, "audit.key-new") || hf_view_is(e->action, "audit.key-rotate"))
        take_key(c, e);
    if (hf_view_is(e->action, "audit.checkpoint") || hf_view_is(e->action, "audit.key-rotate"))
        want_checkpoint(c, e);
    if (hf_view_is(e->action, "import") && hf_view_is(e->object_kind, "import"))
        hf_map_put(c->loads, e->object_id, NULL)->v.u = e->seq + 1;
    if (hf_view_is(e->action, "audit.anchor-reply") && hf_map_get(c->replies, e->object_id) == NULL)
        hf_check_say(c, HF_LOG_STAMP, e->seq, e->seq + 1,
                     "the time stamp that entry %llu kept is gone", hf_check_big(e->seq));
    c->out->restores += hf_view_is(e->action, "vault.accept-restore");
}

/* --- one entry ----------------------------------------------------------------------------------
 */

static bool is_canonical(hf_check *c, hf_view leaf)
{
    hf_buf_reset(&c->scratch);
    return hf_jcs_put(&c->scratch, leaf, NULL) == HF_OK &&
           hf_view_eq(hf_buf_view(&c->scratch), leaf);
}

static bool says_number(const hf_check *c, uint64_t seq)
{
    uint32_t tok = hf_tape_get(&c->tape, 0, "seq");
    int64_t n;

    return tok != HF_NO_TOK && hf_tok_i64(&c->tape, tok, &n) && n == (int64_t)seq;
}

static bool says_log(const hf_check *c)
{
    uint32_t tok = hf_tape_get(&c->tape, 0, "vault");

    return tok != HF_NO_TOK &&
           hf_view_is(hf_tok_string(&c->tape, tok, c->mem), hf_vault_id(c->log->vault));
}

static bool says_prev(const hf_check *c)
{
    uint32_t tok = hf_tape_get(&c->tape, 0, "prev");
    char hex[65];

    hf_sha256_hex(&c->prev, hex);
    return tok != HF_NO_TOK && hf_view_is(hf_tok_string(&c->tape, tok, c->mem), hex);
}

static bool check_entry(void *self, const hf_log_entry *row)
{
    hf_check *c = self;
    hf_log_entry e = *row;
    hf_sha256 hash = hf_tree_leaf(e.leaf);

    if (e.seq != c->range.n)
        hf_check_say(c, HF_LOG_ORDER, c->range.n, e.seq, "after entry %lld comes entry %llu",
                     (long long)c->range.n - 1, hf_check_big(e.seq));
    hf_arena_reset(c->mem);
    if (memcmp(&hash, &e.hash, sizeof(hash)) != 0)
        say_entry(c, HF_LOG_EDITED, e.seq, "is not what its hash says");
    if (!hf_log_parse(&e, &c->tape, c->mem) || !is_canonical(c, e.leaf)) {
        say_entry(c, HF_LOG_EDITED, e.seq, "is no canonical JSON object");
    } else {
        if (!says_number(c, c->range.n))
            say_entry(c, HF_LOG_ORDER, e.seq, "calls itself by another number");
        if (!says_log(c))
            say_entry(c, HF_LOG_OTHER, e.seq, "belongs to the log of another vault");
        if (!says_prev(c))
            say_entry(c, HF_LOG_ORDER, e.seq, "does not follow the one before it");
        if (e.time_us == HF_NO_TIME || e.time_us < c->time_us)
            say_entry(c, HF_LOG_EDITED, e.seq, "is older than the one before it");
        c->time_us = e.time_us;
        take_meaning(c, &e);
        check_values(c, &e);
    }
    c->prev = hash;
    hf_tree_push(&c->range, &hash, check_node, c);
    hf_marks_meet(c);
    return c->rc == HF_OK;
}

/* --- the rest -----------------------------------------------------------------------------------
 */

static void check_leftovers(hf_check *c)
{
    while (c->rc == HF_OK && c->has_value) {
        hf_check_say(c, HF_LOG_VALUE, c->range.n, c->range.n,
                     "a value belongs to entry %lld, which is not there",
                     (long long)hf_stmt_col_i64(c->values, 0));
        next_value(c);
    }
    for (size_t i = 0; i < hf_map_count(c->gone); i++) {
        const hf_map_entry *m = hf_map_at(c->gone, i);

        if (m->v.u > 0)
            hf_check_say(c, HF_LOG_VALUE, m->v.u - 1, m->v.u,
                         "the value %.*s is gone, and no entry says that it was erased",
                         (int)m->key.n, m->key.p);
    }
    for (size_t i = 0; i < hf_map_count(c->acts.map); i++)
        c->out->unfinished += hf_map_at(c->acts.map, i)->v.u;
    for (size_t i = 0; i < c->marks.n; i++) {
        char *size = hf_sprintf("%llu", hf_check_big(c->marks.at[i].head.size));
        hf_map_entry *m = hf_map_get(c->signs, hf_view_str(size));

        if (m != NULL && c->marks.at[i].kind == HF_MARK_SIGNED)
            m->v.u = 0;
        hf_free(size);
    }
    for (size_t i = 0; i < hf_map_count(c->signs); i++) {
        const hf_map_entry *m = hf_map_at(c->signs, i);

        if (m->v.u > 0)
            hf_check_say(c, HF_LOG_SIGNATURE, 0, c->range.n,
                         "the checkpoint of %.*s entries is gone", (int)m->key.n, m->key.p);
    }
}

static void walk(hf_check *c)
{
    if (!c->log->has_tables) {
        hf_marks_meet(c);
        return;
    }
    c->rc = hf_db_prepare(c->log->db,
                          "SELECT seq, name, salt, value FROM audit_value ORDER BY seq, name",
                          &c->values, c->err);
    if (c->rc == HF_OK)
        c->rc = hf_db_prepare(c->log->db,
                              "SELECT hash FROM audit_node WHERE level = ?1 AND number = ?2",
                              &c->node, c->err);
    if (c->rc == HF_OK)
        next_value(c);
    hf_marks_meet(c); /* heads of the empty log */
    if (c->rc == HF_OK) {
        hf_status rc = hf_log_each(c->log, NULL, check_entry, c, c->err);

        c->rc = c->rc == HF_OK ? rc : c->rc;
    }
    check_entry_count(c);
    check_node_count(c);
}

static void clear(hf_check *c)
{
    hf_stmt_free(c->values);
    hf_stmt_free(c->node);
    for (size_t i = 0; i < c->nkeys; i++)
        hf_free(c->keys[i].vkey);
    hf_free(c->keys);
    hf_marks_clear(&c->marks);
    hf_open_acts_clear(&c->acts);
    hf_map_free(c->gone);
    hf_map_free(c->signs);
    hf_map_free(c->loads);
    hf_map_free(c->replies);
    hf_buf_clear(&c->scratch);
    hf_tape_clear(&c->tape);
    hf_arena_free(c->mem);
}

hf_status hf_log_verify(hf_log *log, const hf_log_verify_args *args, hf_log_report *out,
                        hf_err **err)
{
    hf_check c = { .log = log,
                   .args = args,
                   .out = out,
                   .err = err,
                   .time_us = HF_NO_TIME,
                   .first_direct = UINT64_MAX,
                   .first_among = UINT64_MAX,
                   .gone = hf_map_new(),
                   .signs = hf_map_new(),
                   .loads = hf_map_new(),
                   .replies = hf_map_new(),
                   .mem = hf_arena_new() };

    *out = (hf_log_report){ .first_bad = UINT64_MAX, .stamped_us = HF_NO_TIME };
    hf_buf_init(&c.scratch, HF_BUF_UNBOUNDED);
    hf_open_acts_init(&c.acts);
    /* The kept head first: the log may only have grown since. */
    hf_marks_load_host(&c);
    hf_state_note(&c);
    if (c.rc == HF_OK)
        c.rc = hf_db_begin_read(log->db, err);
    hf_fault("verify.log");
    if (c.rc == HF_OK)
        c.rc = hf_marks_load(&c);
    if (c.rc == HF_OK)
        walk(&c);
    hf_state_check(&c);
    check_leftovers(&c);
    if (c.rc == HF_OK)
        hf_marks_finish(&c);
    if (c.rc == HF_OK)
        hf_signatures_check(&c);
    hf_db_rollback(log->db);
    out->head = (hf_log_head){ c.range.n, hf_tree_root(&c.range) };
    clear(&c);
    return c.rc;
}
