/* audit/log.c: adding to the log. */
#include "audit/log_priv.h"
#include "util/fault.h"
#include "util/schema.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WAIT_MS = 60000 }; /* for the turn of an entry: every transaction on control is short */

static hf_status prepare(hf_log *log, hf_stmt **st, const char *sql, hf_err **err)
{
    return *st != NULL ? HF_OK : hf_db_prepare(log->db, sql, st, err);
}

static hf_view bytes_of(const hf_sha256 *d)
{
    return (hf_view){ (const char *)d->b, sizeof(d->b) };
}

static hf_status take_hash(const hf_log *log, hf_view bytes, hf_sha256 *out, hf_err **err)
{
    if (bytes.n != sizeof(out->b)) {
        hf_fail(err, HF_E_DAMAGED, "a hash of the log has %zu bytes", bytes.n);
        return hf_err_at(err, hf_db_path(log->db), (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    memcpy(out->b, bytes.p, sizeof(out->b));
    return HF_OK;
}

/* --- opening ------------------------------------------------------------------------------------
 */

static char *host_name(void)
{
    char name[256] = "";

    if (gethostname(name, sizeof(name) - 1) != 0)
        name[0] = '\0';
    return hf_strdup(name);
}

/* Tables are made at the first entry's turn, so that looking at an old vault changes nothing. */
static hf_status find_tables(hf_log *log, hf_err **err)
{
    int64_t n = 0;
    hf_status rc = hf_db_get_i64(
        log->db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'audit_key'",
        &n, err);

    log->has_tables = n > 0;
    if (rc != HF_OK || log->has_tables || !log->may_write)
        return rc;
    rc = hf_db_begin(log->db, err);
    if (rc == HF_OK)
        rc = hf_db_exec(log->db, hf_schema("vault/control_audit.v1.sql").p, err);
    if (rc == HF_OK)
        rc = hf_db_commit(log->db, err);
    if (rc != HF_OK)
        hf_db_rollback(log->db);
    log->has_tables = rc == HF_OK;
    return rc;
}

hf_status hf_log_open(hf_log **out, hf_vault *v, hf_err **err)
{
    hf_log *log = HF_NEW(hf_log);
    hf_status rc;

    *out = NULL;
    log->vault = v;
    log->db = hf_vault_control(v);
    log->may_write = hf_vault_get_mode(v) != HF_VAULT_READ;
    snprintf(log->origin, sizeof(log->origin), "holdfast/%s", hf_vault_id(v));
    log->host = host_name();
    log->place = realpath(hf_vault_path(v), NULL);
    log->actor = hf_log_actor(log->host);
    log->last_us = HF_NO_TIME;
    if (log->may_write)
        hf_db_busy_timeout(log->db, WAIT_MS);
    rc = find_tables(log, err);
    /* What is erased must not stay in free pages. */
    if (rc == HF_OK && log->may_write)
        rc = hf_db_exec(log->db, "PRAGMA secure_delete = ON", err);
    if (rc == HF_OK)
        rc = hf_log_look(log, err);
    if (rc != HF_OK) {
        hf_log_close(log);
        return rc;
    }
    *out = log;
    return HF_OK;
}

void hf_log_close(hf_log *log)
{
    if (log == NULL)
        return;
    hf_stmt_free(log->get_last);
    hf_stmt_free(log->get_leaf);
    hf_stmt_free(log->get_node);
    hf_stmt_free(log->put_entry);
    hf_stmt_free(log->put_node);
    hf_stmt_free(log->put_value);
    hf_free(log->place);
    hf_free(log->actor);
    hf_free(log->host);
    hf_free(log->warning);
    hf_free(log);
}

const char *hf_log_origin(const hf_log *log)
{
    return log->origin;
}

void hf_log_allow_stale(hf_log *log)
{
    log->may_be_stale = true;
}

const char *hf_log_warning(const hf_log *log)
{
    return log->warning;
}

/* --- where it stands ----------------------------------------------------------------------------
 */

hf_status hf_log_node(void *self, unsigned level, uint64_t number, hf_sha256 *out, hf_err **err)
{
    hf_log *log = self;
    hf_stmt *st;
    hf_status rc =
        level == 0
            ? prepare(log, &log->get_leaf, "SELECT leaf_hash FROM audit_entry WHERE seq = ?1", err)
            : prepare(log, &log->get_node,
                      "SELECT hash FROM audit_node WHERE level = ?2 AND number = ?1", err);

    if (rc != HF_OK)
        return rc;
    st = level == 0 ? log->get_leaf : log->get_node;
    hf_stmt_bind_i64(st, 1, (int64_t)number);
    if (level > 0)
        hf_stmt_bind_i64(st, 2, level);
    rc = hf_stmt_step(st, err);
    if (rc == HF_OK)
        rc = take_hash(log, hf_stmt_col_blob(st, 0), out, err);
    hf_stmt_reset(st);
    if (rc == HF_END) {
        hf_fail(err, HF_E_DAMAGED, "the log lacks a hash of its tree (level %u, number %llu)",
                level, (unsigned long long)number);
        hf_err_at(err, hf_db_path(log->db), (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        rc = hf_hint(err, "`holdfast audit verify` says what is wrong");
    }
    return rc;
}

/* The complete subtrees of n leaves, largest first. */
static hf_status load_range(hf_log *log, uint64_t n, hf_err **err)
{
    unsigned top = 0;
    hf_status rc = HF_OK;

    log->range.n = 0;
    for (unsigned level = 64; level-- > 0 && rc == HF_OK;)
        if ((n >> level & 1) != 0)
            rc = hf_log_node(log, level, (n >> level) - 1, &log->range.root[top++], err);
    if (rc == HF_OK)
        log->range.n = n;
    return rc;
}

static void take_time(hf_log *log, hf_view leaf)
{
    hf_log_entry e = { .leaf = leaf };
    hf_arena *mem = hf_arena_new();
    hf_tape t = { 0 };

    log->last_us = hf_log_parse(&e, &t, mem) ? e.time_us : HF_NO_TIME;
    hf_tape_clear(&t);
    hf_arena_free(mem);
}

hf_status hf_log_look(hf_log *log, hf_err **err)
{
    uint64_t n = 0;
    hf_sha256 hash = { { 0 } };
    hf_status rc;

    if (!log->has_tables)
        return HF_OK;
    rc = prepare(log, &log->get_last,
                 "SELECT seq, leaf_hash, leaf FROM audit_entry ORDER BY seq DESC LIMIT 1", err);
    if (rc == HF_OK)
        rc = hf_stmt_step(log->get_last, err);
    if (rc == HF_OK) {
        n = (uint64_t)hf_stmt_col_i64(log->get_last, 0) + 1;
        rc = take_hash(log, hf_stmt_col_blob(log->get_last, 1), &hash, err);
    }
    /* Mostly nobody else has added anything. */
    if (rc == HF_OK && (n != log->range.n || memcmp(&hash, &log->last_hash, sizeof(hash)) != 0)) {
        take_time(log, hf_stmt_col_text(log->get_last, 2));
        hf_stmt_reset(log->get_last);
        rc = load_range(log, n, err);
    } else if (rc == HF_END) {
        log->range.n = 0;
        log->last_us = HF_NO_TIME;
        rc = HF_OK;
    }
    log->last_hash = hash;
    if (log->get_last != NULL)
        hf_stmt_reset(log->get_last);
    return rc;
}

/* --- the head on this host ----------------------------------------------------------------------
 */

static hf_status refuse(const hf_log *log, const hf_log_head *kept, const char *what, hf_err **err)
{
    hf_fail(err, HF_E_REFUSED,
            "this vault's log has %llu entries and %s the %llu that this host saw",
            (unsigned long long)log->range.n, what, (unsigned long long)kept->size);
    hf_hint(err, "it was replaced by an older state or changed; if you restored it on purpose: "
                 "`holdfast vault accept-restore VAULT --reason WHY`");
    return hf_err_at(err, hf_vault_path(log->vault), (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

/* kept was read before the log was looked at, so the log must have it. */
static hf_status check_head(hf_log *log, const hf_log_head *kept, hf_err **err)
{
    hf_sha256 root;
    hf_status rc;

    if (kept->size > log->range.n)
        return refuse(log, kept, "lacks some of", err);
    rc = hf_log_root_at(log, kept->size, &root, err);
    if (rc == HF_OK && memcmp(&root, &kept->root, sizeof(root)) != 0)
        rc = refuse(log, kept, "not", err);
    return rc;
}

/* The same for who may go on all the same. */
static hf_status check_kept(hf_log *log, const hf_log_head *kept, hf_err **err)
{
    hf_err *why = NULL;
    hf_status rc = check_head(log, kept, &why);

    log->is_stale = rc == HF_E_REFUSED;
    if (log->is_stale && log->may_be_stale) {
        if (!log->is_elsewhere) { /* copies are often behind */
            hf_free(log->warning);
            log->warning = hf_sprintf("%s; was it restored from a copy?", why->message);
        }
        rc = HF_OK;
    } else if (rc != HF_OK && err != NULL) {
        *err = why;
        why = NULL;
    }
    hf_err_free(why);
    return rc;
}

static void keep_head(hf_log *log, bool is_forced)
{
    const hf_log_head head = { log->range.n, hf_tree_root(&log->range) };
    hf_err *why = NULL;

    if (hf_head_keep(log->origin, &head, log->place, is_forced, &why) == HF_OK)
        return;
    hf_free(log->warning);
    log->warning =
        hf_sprintf("%s%s%s; a replaced log will not be noticed on this host", why->message,
                   why->file == NULL ? "" : ": ", why->file == NULL ? "" : why->file);
    hf_err_free(why);
}

/* --- appending ----------------------------------------------------------------------------------
 */

static void put_node(void *self, unsigned level, uint64_t number, const hf_sha256 *hash)
{
    hf_log *log = self;

    if (level == 0 || log->made != HF_OK)
        return;
    log->made =
        prepare(log, &log->put_node,
                "INSERT INTO audit_node(level, number, hash) VALUES(?1, ?2, ?3)", log->made_err);
    if (log->made != HF_OK)
        return;
    hf_stmt_bind_i64(log->put_node, 1, level);
    hf_stmt_bind_i64(log->put_node, 2, (int64_t)number);
    hf_stmt_bind_blob(log->put_node, 3, bytes_of(hash));
    log->made = hf_stmt_run(log->put_node, log->made_err);
}

static hf_status put_leaf(hf_log *log, uint64_t seq, hf_view leaf, const hf_sha256 *hash,
                          hf_err **err)
{
    hf_status rc = prepare(log, &log->put_entry,
                           "INSERT INTO audit_entry(seq, leaf, leaf_hash) VALUES(?1, ?2, ?3)", err);

    if (rc != HF_OK)
        return rc;
    hf_stmt_bind_i64(log->put_entry, 1, (int64_t)seq);
    hf_stmt_bind_text(log->put_entry, 2, leaf);
    hf_stmt_bind_blob(log->put_entry, 3, bytes_of(hash));
    rc = hf_stmt_run(log->put_entry, err);
    if (rc != HF_OK)
        return rc;
    log->made = HF_OK;
    log->made_err = err;
    hf_tree_push(&log->range, hash, put_node, log);
    return log->made;
}

static hf_status put_values(hf_log *log, uint64_t seq, const hf_act *act, const hf_log_salt *salts,
                            hf_err **err)
{
    hf_status rc = prepare(log, &log->put_value,
                           "INSERT INTO audit_value(seq, name, salt, value) "
                           "VALUES(?1, ?2, ?3, ?4)",
                           err);

    for (size_t i = 0; i < act->nscope && rc == HF_OK; i++) {
        hf_stmt_bind_i64(log->put_value, 1, (int64_t)seq);
        hf_stmt_bind_text(log->put_value, 2, hf_view_str(act->scope[i].name));
        hf_stmt_bind_blob(log->put_value, 3,
                          (hf_view){ (const char *)salts[i].b, sizeof(salts[i].b) });
        hf_stmt_bind_blob(log->put_value, 4, act->scope[i].value);
        rc = hf_stmt_run(log->put_value, err);
    }
    return rc;
}

hf_status hf_log_put(hf_log *log, const hf_act *act, hf_err **err)
{
    hf_log_salt *salts = hf_alloc0(act->nscope, sizeof(*salts));
    int64_t clock = hf_now_us(), us = clock > log->last_us ? clock : log->last_us;
    uint64_t seq = log->range.n;
    hf_sha256 hash;
    hf_status rc = HF_OK;
    hf_buf leaf;

    hf_buf_init(&leaf, HF_BUF_UNBOUNDED);
    if (act->nscope > 0 && RAND_bytes((unsigned char *)salts, (int)(act->nscope * 32)) != 1)
        rc = hf_fail(err, HF_E_INTERNAL, "OpenSSL gives no random bytes");
    if (rc == HF_OK)
        rc = hf_log_compose(log, act, salts, seq, &log->last_hash, us, clock, &leaf, err);
    if (rc == HF_OK) {
        hash = hf_tree_leaf(hf_buf_view(&leaf));
        rc = put_leaf(log, seq, hf_buf_view(&leaf), &hash, err);
    }
    if (rc == HF_OK)
        rc = put_values(log, seq, act, salts, err);
    if (rc == HF_OK) {
        log->last_hash = hash;
        log->last_us = us;
    }
    hf_buf_clear(&leaf);
    hf_free(salts);
    return rc;
}

static hf_status may_append(const hf_log *log, hf_err **err)
{
    if (log->may_write)
        return HF_OK;
    hf_fail(err, HF_E_INTERNAL, "the vault was not opened for entries of its log");
    return hf_err_at(err, hf_vault_path(log->vault), (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

hf_status hf_log_turn_begin(hf_log *log, hf_log_turn *t, hf_err **err)
{
    hf_log_head kept;
    char *place = NULL;
    hf_status rc = may_append(log, err), has_head = HF_END;

    t->is_own = !hf_db_in_transaction(log->db);
    if (rc == HF_OK && !t->is_forced)
        has_head = hf_head_load(log->origin, &kept, &place, err);
    log->is_elsewhere = hf_head_is_elsewhere(log, place);
    hf_free(place);
    if (has_head < 0)
        return has_head;
    if (rc == HF_OK && t->is_own)
        rc = hf_db_begin(log->db, err);
    if (rc == HF_OK)
        rc = hf_log_look(log, err);
    if (rc == HF_OK && has_head == HF_OK)
        rc = check_kept(log, &kept, err);
    return rc;
}

hf_status hf_log_turn_end(hf_log *log, const hf_log_turn *t, hf_status rc, hf_err **err)
{
    if (!t->is_own) {
        if (rc != HF_OK)
            log->range.n = UINT64_MAX; /* the caller rolls back: look anew */
        return rc;
    }
    hf_fault("log");
    if (rc == HF_OK)
        rc = hf_db_commit(log->db, err);
    if (rc != HF_OK) {
        hf_db_rollback(log->db);
        log->range.n = UINT64_MAX;
        return rc;
    }
    /* Who reads a copy of a vault does not make it the vault. */
    if (t->is_forced || (!log->is_stale && !(log->may_be_stale && log->is_elsewhere)))
        keep_head(log, t->is_forced);
    return HF_OK;
}

hf_status hf_log_append(hf_log *log, const hf_act *acts, size_t n, uint64_t *first, hf_err **err)
{
    hf_log_turn t = { .is_forced = false };
    hf_status rc = hf_log_turn_begin(log, &t, err);

    if (rc == HF_OK && first != NULL)
        *first = log->range.n;
    for (size_t i = 0; i < n && rc == HF_OK; i++)
        rc = hf_log_put(log, &acts[i], err);
    return hf_log_turn_end(log, &t, rc, err);
}

static hf_status append_as(hf_log *log, const hf_act *act, hf_log_phase phase, uint64_t *seq,
                           hf_err **err)
{
    hf_act a = *act;

    a.phase = phase;
    return hf_log_append(log, &a, 1, seq, err);
}

hf_status hf_log_begin(hf_log *log, const hf_act *act, uint64_t *seq, hf_err **err)
{
    return append_as(log, act, HF_LOG_START, seq, err);
}

hf_status hf_log_end(hf_log *log, const hf_act *act, uint64_t *seq, hf_err **err)
{
    return append_as(log, act, HF_LOG_END, seq, err);
}

hf_status hf_log_note(hf_log *log, const hf_act *act, uint64_t *seq, hf_err **err)
{
    return append_as(log, act, HF_LOG_SINGLE, seq, err);
}
