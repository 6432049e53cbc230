/* audit/log_acts.c: acts on the log itself: erasing values, accepting a restored log, signing. */
#include "audit/log_priv.h"

/* --- erasing and accepting ----------------------------------------------------------------------
 */

static hf_status delete_value(hf_log *log, uint64_t seq, const char *name, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(log->db, "DELETE FROM audit_value WHERE seq = ?1 AND name = ?2", &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, (int64_t)seq);
        hf_stmt_bind_text(st, 2, hf_view_str(name));
        rc = hf_stmt_run(st, err);
    }
    if (rc == HF_OK && hf_db_changes(log->db) != 1) {
        hf_fail(err, HF_E_USAGE, "entry %llu has no open value \"%s\"", (unsigned long long)seq,
                name);
        rc = hf_hint(err, "`holdfast audit list VAULT --values` shows what can be erased");
    }
    hf_stmt_free(st);
    return rc;
}

/* The write-ahead log has the old page. Where somebody reads the database now it stays there until
 * the next writer after him. */
static void drop_old_pages(hf_log *log)
{
    int64_t is_busy = 1;

    if (hf_db_get_i64(log->db, "PRAGMA wal_checkpoint(TRUNCATE)", &is_busy, NULL) == HF_OK &&
        is_busy == 0)
        return;
    hf_free(log->warning);
    log->warning = hf_strdup("somebody reads the log at this moment, so its file still holds the "
                             "erased bytes; any audit command after that takes them away");
}

hf_status hf_log_erase(hf_log *log, uint64_t seq, const char *name, const char *run, hf_view reason,
                       hf_err **err)
{
    char *id = hf_sprintf("%llu/%s", (unsigned long long)seq, name);
    const hf_log_pair why = { "reason", reason };
    const hf_act act = { .action = "audit.erase-value",
                         .run = run,
                         .object_kind = "value",
                         .object_id = id,
                         .scope = &why,
                         .nscope = reason.n > 0 ? 1 : 0,
                         .outcome = "OK" };
    hf_log_turn t = { .is_forced = false };
    hf_status rc = hf_log_turn_begin(log, &t, err);

    if (rc == HF_OK)
        rc = delete_value(log, seq, name, err);
    if (rc == HF_OK)
        rc = hf_log_put(log, &act, err);
    rc = hf_log_turn_end(log, &t, rc, err);
    if (rc == HF_OK && t.is_own)
        drop_old_pages(log);
    hf_free(id);
    return rc;
}

hf_status hf_log_accept(hf_log *log, const char *run, hf_view reason, hf_err **err)
{
    const hf_log_pair why = { "reason", reason };
    char hex[65] = "", *size = NULL;
    hf_log_pair kept[2];
    hf_act act = { .action = "vault.accept-restore",
                   .run = run,
                   .object_kind = "vault",
                   .object_id = hf_vault_id(log->vault),
                   .scope = &why,
                   .nscope = 1,
                   .digests = kept,
                   .outcome = "OK" };
    hf_log_turn t = { .is_forced = true };
    hf_log_head head;
    hf_status rc;

    /* What was seen before stands in the entry: whoever has that head can ask where it went. */
    if (hf_head_load(log->origin, &head, NULL, NULL) == HF_OK) {
        hf_sha256_hex(&head.root, hex);
        size = hf_sprintf("%llu", (unsigned long long)head.size);
        kept[0] = (hf_log_pair){ "kept_size", hf_view_str(size) };
        kept[1] = (hf_log_pair){ "kept_root", hf_view_str(hex) };
        act.ndigests = 2;
    }
    rc = hf_log_turn_begin(log, &t, err);
    if (rc == HF_OK)
        rc = hf_log_put(log, &act, err);
    rc = hf_log_turn_end(log, &t, rc, err);
    hf_free(size);
    return rc;
}

/* --- signing ------------------------------------------------------------------------------------
 */

void hf_log_expect_key(hf_log *log, const hf_key *key)
{
    log->expects_key = true;
    log->has_expected = key != NULL;
    if (key != NULL)
        memcpy(log->expected, hf_key_public(key), sizeof(log->expected));
}

typedef struct current {
    bool is_there;
    hf_vkey key;
} current;

static bool take_current(void *self, const hf_log_key *k)
{
    current *c = self;

    if (k->is_current)
        c->is_there = hf_vkey_parse(k->vkey, &c->key, NULL) == HF_OK;
    return true;
}

/* Within the turn: what was loaded before it may be the key of yesterday by now. */
static hf_status check_expected(hf_log *log, hf_err **err)
{
    current c = { .is_there = false };
    hf_status rc = log->expects_key ? hf_log_keys(log, take_current, &c, err) : HF_OK;

    if (rc != HF_OK || !log->expects_key ||
        (c.is_there == log->has_expected &&
         (!c.is_there || memcmp(c.key.key, log->expected, sizeof(log->expected)) == 0)))
        return rc;
    hf_fail(err, HF_E_NO_KEY, "another run has given the vault's log another key meanwhile");
    return hf_hint(err, "run it again");
}

static hf_status put_checkpoint(hf_log *log, const hf_key *key, hf_buf *note, hf_err **err)
{
    const hf_log_head head = { log->range.n, hf_tree_root(&log->range) };
    hf_stmt *st = NULL;
    hf_buf text;
    hf_status rc;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_log_put_head(log, &head, &text);
    hf_key_sign_note(key, hf_view_str(log->origin), hf_buf_view(&text), note);
    rc =
        hf_db_prepare(log->db, "INSERT INTO audit_checkpoint(size, note) VALUES(?1, ?2)", &st, err);
    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, (int64_t)head.size);
        hf_stmt_bind_text(st, 2, hf_buf_view(note));
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    hf_buf_clear(&text);
    return rc;
}

hf_status hf_log_checkpoint(hf_log *log, const hf_key *key, const char *run, hf_buf *note,
                            hf_err **err)
{
    hf_sha256 fingerprint = hf_key_fingerprint(hf_key_public(key));
    hf_log_turn t = { .is_forced = false };
    char hex[65];
    hf_act act = { .action = "audit.checkpoint",
                   .run = run,
                   .object_kind = "key",
                   .object_id = hex,
                   .outcome = "OK" };
    hf_status rc = hf_log_turn_begin(log, &t, err);
    hf_buf own;

    hf_buf_init(&own, HF_BUF_UNBOUNDED);
    hf_sha256_hex(&fingerprint, hex);
    if (rc == HF_OK)
        rc = check_expected(log, err);
    if (rc == HF_OK)
        rc = hf_log_put(log, &act, err);
    if (rc == HF_OK)
        rc = put_checkpoint(log, key, &own, err);
    rc = hf_log_turn_end(log, &t, rc, err);
    if (rc == HF_OK && note != NULL)
        hf_buf_add(note, hf_buf_view(&own));
    hf_buf_clear(&own);
    return rc;
}

static hf_status put_key(hf_log *log, hf_view vkey, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        log->db, "INSERT INTO audit_key(vkey, since, made_us) VALUES(?1, ?2, ?3)", &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, vkey);
        hf_stmt_bind_i64(st, 2, (int64_t)log->range.n);
        hf_stmt_bind_i64(st, 3, log->last_us);
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    return rc;
}

hf_status hf_log_set_key(hf_log *log, const hf_key *key, const hf_key *old, const char *run,
                         hf_err **err)
{
    hf_vkey k = hf_vkey_of(hf_view_str(log->origin), HF_NOTE_ED25519, hf_key_public(key));
    hf_sha256 fingerprint = hf_key_fingerprint(k.key);
    hf_log_turn t = { .is_forced = false };
    hf_log_pair named;
    char hex[65];
    hf_act act = { .action = old == NULL ? "audit.key-new" : "audit.key-rotate",
                   .run = run,
                   .object_kind = "key",
                   .object_id = hex,
                   .digests = &named,
                   .ndigests = 1,
                   .outcome = "OK" };
    hf_status rc = hf_log_turn_begin(log, &t, err);
    hf_buf vkey, note;

    hf_buf_init(&vkey, HF_BUF_UNBOUNDED);
    hf_buf_init(&note, HF_BUF_UNBOUNDED);
    hf_vkey_put(&vkey, &k);
    hf_sha256_hex(&fingerprint, hex);
    named = (hf_log_pair){ "vkey", hf_buf_view(&vkey) };
    if (rc == HF_OK)
        rc = check_expected(log, err);
    if (rc == HF_OK)
        rc = hf_log_put(log, &act, err);
    if (rc == HF_OK)
        rc = put_key(log, hf_buf_view(&vkey), err);
    if (rc == HF_OK && old != NULL)
        rc = put_checkpoint(log, old, &note, err);
    rc = hf_log_turn_end(log, &t, rc, err);
    hf_buf_clear(&vkey);
    hf_buf_clear(&note);
    return rc;
}
