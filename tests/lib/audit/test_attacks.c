/* The attack table of docs/security.md on a log of 1,000 entries: each attack is found, or is the
 * one that only an anchor shows. The attacker can write the vault; sometimes he has the operator's
 * key and home as well. */
#include "audit/anchor.h"
#include "audit/verify.h"
#include "audit_world.h"

#include <unistd.h>

enum { ENTRIES = 1000 };

typedef struct lab {
    world w;
    hf_key *key;
    hf_vkey vkey;
    char *clean; /* the untouched control.sqlite */
    hf_log_head half;
    hf_buf half_note; /* a checkpoint that was taken away from the vault */
    hf_buf leaves;    /* all of them, as they were */
} lab;

/* --- the log that is attacked ------------------------------------------------------------------
 */

static void append(hf_log *log, size_t n, const char *text)
{
    const hf_log_pair scope[] = { { "query", hf_view_str(text) }, { "source", HF_V("acme.zip") } };
    const hf_act acts[] = {
        { .phase = HF_LOG_START, .action = "search", .run = "r", .scope = scope, .nscope = 2 },
        { .phase = HF_LOG_END, .action = "search", .run = "r", .outcome = "OK" },
    };
    hf_err *err = NULL;

    for (size_t i = 0; i < n; i += 2)
        T_OK(err, hf_log_append(log, acts, 2, NULL, &err));
}

static bool add_leaf(void *self, const hf_log_entry *e)
{
    hf_buf_add(self, e->leaf);
    hf_buf_byte(self, '\n');
    return true;
}

/* 1,000 entries, three of them the use of the key. */
static void fill(hf_log *log, const hf_key *key, const char *text, hf_buf *half_note)
{
    static const hf_act last = { .action = "verify", .outcome = "OK" };
    hf_err *err = NULL;

    T_OK(err, hf_log_set_key(log, key, NULL, "r", &err));
    append(log, 498, text);
    T_OK(err, hf_log_checkpoint(log, key, "r", half_note, &err));
    append(log, 498, text);
    T_OK(err, hf_log_checkpoint(log, key, "r", NULL, &err));
    T_OK(err, hf_log_note(log, &last, NULL, &err));
}

static void keep_file(lab *l)
{
    char *path = hf_sprintf("%s/control.sqlite", l->w.vault);
    hf_view bytes = t_read(path);

    t_write(l->w.folder, "clean.sqlite", bytes);
    hf_free((void *)(uintptr_t)bytes.p);
    hf_free(path);
}

static void restore(lab *l)
{
    hf_view bytes = t_read(l->clean);
    char *wal = hf_sprintf("%s/control.sqlite-wal", l->w.vault);
    char *shm = hf_sprintf("%s/control.sqlite-shm", l->w.vault);

    unlink(wal);
    unlink(shm);
    t_write(l->w.vault, "control.sqlite", bytes);
    hf_free((void *)(uintptr_t)bytes.p);
    hf_free(wal);
    hf_free(shm);
}

static lab make_lab(void)
{
    lab l = { .w = make_world(), .key = hf_key_new() };
    hf_checkpoint c;
    hf_err *err = NULL;

    hf_buf_init(&l.half_note, HF_BUF_UNBOUNDED);
    hf_buf_init(&l.leaves, HF_BUF_UNBOUNDED);
    l.clean = hf_sprintf("%s/clean.sqlite", l.w.folder);
    fill(l.w.log, l.key, "from:jane", &l.half_note);
    T_OK(err, hf_log_each(l.w.log, NULL, add_leaf, &l.leaves, &err));
    T_OK(err, hf_checkpoint_read(hf_buf_view(&l.half_note), &c, &err));
    l.half = (hf_log_head){ c.size, c.root };
    assert_int_equal(c.size, 500);
    close_world(&l.w); /* everything is in the one file then */
    keep_file(&l);
    open_world(&l.w, HF_VAULT_CONTROL);
    l.vkey = hf_vkey_of(hf_view_str(hf_strdup(hf_log_origin(l.w.log))), HF_NOTE_ED25519,
                        hf_key_public(l.key));
    return l;
}

/* --- what verifying says -----------------------------------------------------------------------
 */

typedef struct heard {
    unsigned of[HF_LOG_STATE + 1];
    bool is_shown;
} heard;

static void hear(void *self, const hf_log_finding *f)
{
    heard *h = self;

    h->of[f->what]++;
    if (h->is_shown)
        print_message("    %s [%llu, %llu): %s\n", hf_log_trouble_word(f->what),
                      (unsigned long long)f->from, (unsigned long long)f->to, f->text);
}

static hf_log_report verify(lab *l, bool with_head, heard *h)
{
    const hf_log_kept kept = { "the checkpoint on paper", l->half };
    const hf_log_verify_args args = { .keys = &l->vkey,
                                      .nkeys = 1,
                                      .heads = &kept,
                                      .nheads = with_head ? 1 : 0,
                                      .say = hear,
                                      .self = h };
    hf_log_report r;
    hf_err *err = NULL;

    memset(h->of, 0, sizeof(h->of));
    T_OK(err, hf_log_verify(l->w.log, &args, &r, &err));
    return r;
}

static void test_intact(void **state)
{
    lab *l = *state;
    heard h = { .is_shown = true };
    hf_log_report r = verify(l, true, &h);

    assert_int_equal(r.findings, 0);
    assert_int_equal(r.head.size, ENTRIES);
    assert_int_equal(r.first_bad, UINT64_MAX);
    assert_int_equal(r.checkpoints, 2);
    assert_int_equal(r.signed_upto, 999);
    assert_int_equal(r.kept_upto, 500);
    assert_int_equal(r.seen_upto, ENTRIES);
    assert_int_equal(hf_log_anchored(&r), 500);
    assert_int_equal(r.values, 996);
    assert_int_equal(r.unfinished, 0);
}

/* --- attacks by hand ---------------------------------------------------------------------------
 */

static void test_by_hand(void **state)
{
    static const struct {
        const char *name, *sql;
        hf_log_trouble found; /* at least this */
        uint64_t first;       /* entry named first; UINT64_MAX: not said here */
    } cases[] = {
        { "a leaf is edited",
          "UPDATE audit_entry SET leaf = replace(leaf, 'search', 'import') "
          "WHERE seq = 700",
          HF_LOG_EDITED, 700 },
        { "a leaf is made unreadable", "UPDATE audit_entry SET leaf = 'x' WHERE seq = 700",
          HF_LOG_EDITED, 700 },
        { "an entry is removed", "DELETE FROM audit_entry WHERE seq = 700", HF_LOG_ORDER, 700 },
        { "the first entry is removed", "DELETE FROM audit_entry WHERE seq = 0", HF_LOG_ORDER, 0 },
        { "an entry is removed, the others moved up",
          "DELETE FROM audit_entry WHERE seq = 700; "
          "UPDATE audit_entry SET seq = seq - 1 WHERE seq > 700",
          HF_LOG_ORDER, UINT64_MAX },
        { "an entry is inserted",
          "UPDATE audit_entry SET seq = -seq - 1 WHERE seq >= 700; "
          "UPDATE audit_entry SET seq = -seq WHERE seq < 0; "
          "INSERT INTO audit_entry SELECT 700, leaf, leaf_hash FROM audit_entry WHERE seq = 500",
          HF_LOG_ORDER, UINT64_MAX },
        { "an entry is appended again",
          "INSERT INTO audit_entry SELECT 1000, leaf, leaf_hash FROM audit_entry WHERE seq = 998",
          HF_LOG_ORDER, 1000 },
        { "two entries are swapped",
          "UPDATE audit_entry SET seq = -1 WHERE seq = 700; "
          "UPDATE audit_entry SET seq = 700 WHERE seq = 702; "
          "UPDATE audit_entry SET seq = 702 WHERE seq = -1",
          HF_LOG_ORDER, 700 },
        { "the end is cut off", "DELETE FROM audit_entry WHERE seq >= 990", HF_LOG_SHORTER,
          UINT64_MAX },
        { "all entries are removed", "DELETE FROM audit_entry", HF_LOG_SHORTER, UINT64_MAX },
        { "a hash of the tree is changed",
          "UPDATE audit_node SET hash = randomblob(32) WHERE level = 3 AND number = 7", HF_LOG_TREE,
          56 },
        { "a hash of the tree is removed", "DELETE FROM audit_node WHERE level = 1 AND number = 7",
          HF_LOG_TREE, 14 },
        { "a value is changed",
          "UPDATE audit_value SET value = 'from:joan' WHERE seq = 1 AND "
          "name = 'query'",
          HF_LOG_VALUE, 1 },
        { "a salt is changed", "UPDATE audit_value SET salt = randomblob(32) WHERE seq = 1",
          HF_LOG_VALUE, 1 },
        { "a value is removed, no entry says so",
          "DELETE FROM audit_value WHERE seq = 1 AND name = 'query'", HF_LOG_VALUE, 1 },
        { "a value is invented", "INSERT INTO audit_value VALUES(2, 'query', zeroblob(32), 'x')",
          HF_LOG_VALUE, 2 },
        { "a value for an entry that is not there",
          "INSERT INTO audit_value VALUES(5000, 'query', zeroblob(32), 'x')", HF_LOG_VALUE,
          UINT64_MAX },
        { "a checkpoint is removed", "DELETE FROM audit_checkpoint WHERE id = 1", HF_LOG_SIGNATURE,
          UINT64_MAX },
        { "a checkpoint's signature is changed",
          "UPDATE audit_checkpoint SET note = substr(note, 1, length(note) - 8) || 'AAAAAA=' || "
          "char(10) WHERE id = 1",
          HF_LOG_SIGNATURE, UINT64_MAX },
        { "an entry is hidden behind the first",
          "INSERT INTO audit_entry SELECT -7, leaf, leaf_hash FROM audit_entry WHERE seq = 500",
          HF_LOG_ORDER, UINT64_MAX },
        { "a trigger waits for the next entry",
          "CREATE TRIGGER t AFTER INSERT ON audit_entry BEGIN DELETE FROM audit_value; END",
          HF_LOG_STATE, UINT64_MAX },
        { "a view stands in the place of the log",
          "ALTER TABLE audit_entry RENAME TO e; CREATE VIEW audit_entry AS SELECT * FROM e",
          HF_LOG_STATE, UINT64_MAX },
        { "another key is made the current one",
          "INSERT INTO audit_key(vkey, since, made_us) VALUES('x', 1000, 0)", HF_LOG_SIGNATURE,
          UINT64_MAX },
        { "the key is removed", "DELETE FROM audit_key", HF_LOG_SIGNATURE, UINT64_MAX },
        { "a checkpoint is without a signature",
          "UPDATE audit_checkpoint SET note = substr(note, 1, 60) WHERE id = 1", HF_LOG_SIGNATURE,
          UINT64_MAX },
    };
    lab *l = *state;

    for (size_t i = 0; i < T_COUNT(cases); i++) {
        heard h = { .is_shown = false };
        hf_log_report r;

        close_world(&l->w);
        restore(l);
        open_world(&l->w, HF_VAULT_CONTROL);
        sql(&l->w, cases[i].sql);
        r = verify(l, false, &h);
        if (h.of[cases[i].found] == 0)
            print_message("not found: %s\n", cases[i].name);
        assert_true(h.of[cases[i].found] > 0);
        if (cases[i].first != UINT64_MAX)
            assert_int_equal(r.first_bad, cases[i].first);
    }
}

/* --- bits ---------------------------------------------------------------------------------------
 */

/* Flip one bit of one column of one row. */
static void flip(const world *w, const char *read, const char *write, int64_t row, size_t bit)
{
    hf_db *db = hf_vault_control(w->v);
    hf_stmt *st = NULL;
    hf_err *err = NULL;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    T_OK(err, hf_db_prepare(db, read, &st, &err));
    hf_stmt_bind_i64(st, 1, row);
    T_OK(err, hf_stmt_step(st, &err));
    hf_buf_add(&b, hf_stmt_col_blob(st, 0));
    hf_stmt_free(st);
    b.p[bit / 8 % b.n] ^= (char)(1 << bit % 8);
    T_OK(err, hf_db_prepare(db, write, &st, &err));
    hf_stmt_bind_i64(st, 1, row);
    hf_stmt_bind_blob(st, 2, hf_buf_view(&b));
    T_OK(err, hf_stmt_run(st, &err));
    hf_stmt_free(st);
    hf_buf_clear(&b);
}

static void test_bits(void **state)
{
    static const struct {
        const char *what, *read, *write;
        int64_t rows;
        size_t bits;
    } places[] = {
        { "leaf", "SELECT CAST(leaf AS BLOB) FROM audit_entry WHERE seq = ?1",
          "UPDATE audit_entry SET leaf = CAST(?2 AS TEXT) WHERE seq = ?1", 1000, 8 * 420 },
        { "leaf hash", "SELECT leaf_hash FROM audit_entry WHERE seq = ?1",
          "UPDATE audit_entry SET leaf_hash = ?2 WHERE seq = ?1", 1000, 256 },
        { "tree", "SELECT hash FROM audit_node ORDER BY level, number LIMIT 1 OFFSET ?1",
          "UPDATE audit_node SET hash = ?2 WHERE (level, number) = (SELECT level, number FROM "
          "audit_node ORDER BY level, number LIMIT 1 OFFSET ?1)",
          990, 256 },
        { "value", "SELECT value FROM audit_value WHERE seq = 1 + ?1 * 2 AND name = 'query'",
          "UPDATE audit_value SET value = ?2 WHERE seq = 1 + ?1 * 2 AND name = 'query'", 240,
          8 * 9 },
        { "salt", "SELECT salt FROM audit_value WHERE seq = 1 + ?1 * 2 AND name = 'query'",
          "UPDATE audit_value SET salt = ?2 WHERE seq = 1 + ?1 * 2 AND name = 'query'", 240, 256 },
        { "checkpoint", "SELECT CAST(note AS BLOB) FROM audit_checkpoint WHERE id = 1 + ?1",
          "UPDATE audit_checkpoint SET note = CAST(?2 AS TEXT) WHERE id = 1 + ?1", 2, 8 * 240 },
    };
    lab *l = *state;
    heard h = { .is_shown = false };
    uint32_t seed = 4711;

    close_world(&l->w);
    restore(l);
    open_world(&l->w, HF_VAULT_CONTROL);
    sql(&l->w, "PRAGMA synchronous = OFF");
    for (size_t p = 0; p < T_COUNT(places); p++)
        for (int i = 0; i < 30; i++) {
            uint64_t found;
            int64_t row;
            size_t bit;

            seed = seed * 1664525 + 1013904223;
            row = (int64_t)(seed >> 8) % places[p].rows;
            seed = seed * 1664525 + 1013904223;
            bit = (seed >> 8) % places[p].bits;
            flip(&l->w, places[p].read, places[p].write, row, bit);
            found = verify(l, false, &h).findings;
            if (found == 0)
                print_message("%s, row %lld, bit %zu is not found\n", places[p].what,
                              (long long)row, bit);
            assert_true(found > 0);
            flip(&l->w, places[p].read, places[p].write, row, bit); /* back */
        }
    assert_int_equal(verify(l, false, &h).findings, 0);
}

/* Any bit of the file: then the database is damaged, or something is found, or all entries read as
 * they were (free pages, statistics). */
static void test_file_bits(void **state)
{
    lab *l = *state;
    unsigned damaged = 0, found = 0, harmless = 0;
    uint32_t seed = 42;
    hf_buf leaves;

    hf_buf_init(&leaves, HF_BUF_UNBOUNDED);
    close_world(&l->w);
    for (int i = 0; i < 120; i++) {
        hf_view bytes;
        hf_log_report r;
        hf_log_verify_args args = { .keys = &l->vkey, .nkeys = 1 };
        hf_status rc;

        restore(l);
        bytes = t_read(l->clean);
        seed = seed * 1664525 + 1013904223;
        ((char *)(uintptr_t)bytes.p)[(seed >> 3) % bytes.n] ^= (char)(1 << (seed >> 28) % 8);
        t_write(l->w.vault, "control.sqlite", bytes);
        hf_free((void *)(uintptr_t)bytes.p);
        rc = hf_vault_open(&l->w.v, l->w.vault, HF_VAULT_READ, HF_VAULT_NETWORK_FS, NULL);
        if (rc == HF_OK)
            rc = hf_log_open(&l->w.log, l->w.v, NULL);
        if (rc == HF_OK)
            rc = hf_log_verify(l->w.log, &args, &r, NULL);
        hf_buf_reset(&leaves);
        if (rc != HF_OK) {
            damaged++;
        } else if (r.findings > 0) {
            found++;
        } else {
            harmless++;
            assert_int_equal(hf_log_each(l->w.log, NULL, add_leaf, &leaves, NULL), HF_OK);
            assert_true(hf_view_eq(hf_buf_view(&leaves), hf_buf_view(&l->leaves)));
        }
        close_world(&l->w);
    }
    print_message("120 bits of the file: %u damaged, %u found, %u harmless\n", damaged, found,
                  harmless);
    assert_true(found > 50);
    hf_buf_clear(&leaves);
    restore(l);
    open_world(&l->w, HF_VAULT_CONTROL);
}

/* --- whole logs ---------------------------------------------------------------------------------
 */

static void wipe(const world *w)
{
    sql(w, "DELETE FROM audit_entry; DELETE FROM audit_node; DELETE FROM audit_value; "
           "DELETE FROM audit_checkpoint; DELETE FROM audit_anchor; DELETE FROM audit_key");
}

/* A host that has never seen this log, or whose memory of it was wiped. */
static void forget(lab *l)
{
    char *path = hf_sprintf("%s/holdfast/heads/%s", l->w.state, hf_vault_id(l->w.v));

    unlink(path);
    hf_free(path);
}

static void test_rollback(void **state)
{
    lab *l = *state;
    heard h = { .is_shown = false };
    hf_log_report r;

    /* An older state, signed by the right key: its last checkpoint is its end. */
    close_world(&l->w);
    restore(l);
    open_world(&l->w, HF_VAULT_CONTROL);
    sql(&l->w,
        "DELETE FROM audit_entry WHERE seq >= 500; DELETE FROM audit_value WHERE seq >= 500; "
        "DELETE FROM audit_node WHERE (number + 1) << level > 500; "
        "DELETE FROM audit_checkpoint WHERE id = 2");
    r = verify(l, false, &h);
    assert_int_equal(r.findings, 1); /* by the head of this host, and by nothing else */
    assert_int_equal(h.of[HF_LOG_SHORTER], 1);
    assert_int_equal(r.signed_upto, 500);

    /* On another host only a head from after the state shows it. */
    forget(l);
    assert_int_equal(verify(l, true, &h).findings, 0);
    l->half.size = 1000;
    assert_int_equal(verify(l, true, &h).findings, 1);
    assert_int_equal(h.of[HF_LOG_SHORTER], 1);
    l->half.size = 500;
}

static void test_rewrite(void **state)
{
    lab *l = *state;
    hf_key *other = hf_key_new();
    heard h = { .is_shown = false };
    hf_log_report r;

    /* By somebody without the key. */
    close_world(&l->w);
    restore(l);
    open_world(&l->w, HF_VAULT_CONTROL);
    forget(l);
    wipe(&l->w);
    fill(l->w.log, other, "from:nobody", NULL);
    r = verify(l, false, &h);
    assert_int_equal(h.of[HF_LOG_SIGNATURE], 2);
    assert_int_equal(r.signed_upto, 0);

    /* The same without a key: nothing is signed, and should be. */
    forget(l);
    wipe(&l->w);
    append(l->w.log, 10, "from:nobody");
    r = verify(l, false, &h);
    assert_int_equal(h.of[HF_LOG_SIGNATURE], 1);
    assert_int_equal(r.findings, 1);

    /* By the operator, who has the key and this host: nothing but an anchor shows it, and the
     * report says that there is none. */
    forget(l);
    wipe(&l->w);
    fill(l->w.log, l->key, "from:nobody", NULL);
    r = verify(l, false, &h);
    assert_int_equal(r.findings, 0);
    assert_int_equal(r.signed_upto, 999);
    assert_int_equal(hf_log_anchored(&r), 0);
    r = verify(l, true, &h);
    assert_int_equal(r.findings, 1);
    assert_int_equal(h.of[HF_LOG_OTHER], 1);
    assert_int_equal(hf_log_anchored(&r), 0);
    hf_key_free(other);
}

/* Rewritten from one entry on, with hashes, tree and checkpoint made anew: a fork. */
static void test_fork(void **state)
{
    lab *l = *state;
    heard h = { .is_shown = false };
    hf_log_report r;

    close_world(&l->w);
    restore(l);
    open_world(&l->w, HF_VAULT_CONTROL);
    sql(&l->w,
        "DELETE FROM audit_entry WHERE seq >= 500; DELETE FROM audit_value WHERE seq >= 500; "
        "DELETE FROM audit_node WHERE (number + 1) << level > 500; "
        "DELETE FROM audit_checkpoint WHERE id = 2");
    forget(l);
    append(l->w.log, 600, "from:nobody");
    r = verify(l, true, &h);
    assert_int_equal(r.findings, 0); /* the head on paper is from before the fork */
    assert_int_equal(hf_log_anchored(&r), 500);
    l->half.size = 800; /* one from after it (its root is not that of this log) */
    r = verify(l, true, &h);
    assert_int_equal(h.of[HF_LOG_OTHER], 1);
    assert_int_equal(r.first_bad, 500); /* between the last good checkpoint and that head */
    l->half.size = 500;
}

static void test_other_vault(void **state)
{
    lab *l = *state;
    world other = make_world();
    heard h = { .is_shown = false };
    char *attach;

    append(other.log, 1000, "from:somebody");
    close_world(&other);
    use_state(&l->w);
    close_world(&l->w);
    restore(l);
    open_world(&l->w, HF_VAULT_CONTROL);
    wipe(&l->w);
    attach = hf_sprintf("ATTACH '%s/control.sqlite' AS o; INSERT INTO audit_entry SELECT * FROM "
                        "o.audit_entry; INSERT INTO audit_node SELECT * FROM o.audit_node; INSERT "
                        "INTO audit_value SELECT * FROM o.audit_value; DETACH o",
                        other.vault);
    sql(&l->w, attach);
    forget(l);
    assert_int_equal(verify(l, false, &h).findings, 1001);
    assert_int_equal(h.of[HF_LOG_OTHER], 1000); /* every entry names its vault */
    assert_int_equal(h.of[HF_LOG_SIGNATURE], 1);
    hf_free(attach);
    free_world(&other);
}

/* The older state in another folder, and the vault itself gone: no copy of something else. */
static void test_moved(void **state)
{
    lab *l = *state;
    heard h = { .is_shown = false };
    char *there = l->w.vault, *elsewhere = hf_sprintf("%s/elsewhere", l->w.folder);
    hf_log_report r;

    close_world(&l->w);
    restore(l);
    open_world(&l->w, HF_VAULT_CONTROL);
    append(l->w.log, 2, "x"); /* this host sees 1,002 entries there */
    close_world(&l->w);
    restore(l);
    assert_int_equal(0, rename(there, elsewhere));
    l->w.vault = elsewhere;
    open_world(&l->w, HF_VAULT_READ);
    r = verify(l, false, &h);
    assert_int_equal(h.of[HF_LOG_SHORTER], 1);
    assert_int_equal(r.findings, 1);
    close_world(&l->w);
    assert_int_equal(0, rename(elsewhere, there));
    l->w.vault = there;
    open_world(&l->w, HF_VAULT_CONTROL);
    forget(l);
    hf_free(elsewhere);
}

/* --- keys ---------------------------------------------------------------------------------------
 */

static void test_rotation(void **state)
{
    world w = make_world();
    hf_key *first = hf_key_new(), *second = hf_key_new(), *third = hf_key_new();
    hf_view origin = hf_view_str(hf_log_origin(w.log));
    hf_vkey known = hf_vkey_of(origin, HF_NOTE_ED25519, hf_key_public(first));
    hf_log_verify_args args = { .keys = &known, .nkeys = 1 };
    hf_log_report r;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_log_set_key(w.log, first, NULL, NULL, &err));
    append(w.log, 10, "x");
    T_OK(err, hf_log_set_key(w.log, second, first, NULL, &err));
    append(w.log, 10, "x");
    T_OK(err, hf_log_checkpoint(w.log, second, NULL, NULL, &err));
    T_OK(err, hf_log_set_key(w.log, third, second, NULL, &err));
    T_OK(err, hf_log_checkpoint(w.log, third, NULL, NULL, &err));
    T_OK(err, hf_log_verify(w.log, &args, &r, &err));
    assert_int_equal(r.findings, 0); /* who knows the first knows them all */
    assert_int_equal(r.signed_upto, r.head.size);

    /* Who knows the last knows those that it came after. */
    known = hf_vkey_of(origin, HF_NOTE_ED25519, hf_key_public(third));
    T_OK(err, hf_log_verify(w.log, &args, &r, &err));
    assert_int_equal(r.findings, 0);
    assert_int_equal(r.signed_upto, r.head.size);
    args.nkeys = 0; /* the log's own word */
    T_OK(err, hf_log_verify(w.log, &args, &r, &err));
    assert_int_equal(r.findings, 0);

    /* One that was replaced signs no more, whoever has it now. */
    args.nkeys = 1;
    T_OK(err, hf_log_checkpoint(w.log, second, NULL, NULL, &err));
    T_OK(err, hf_log_verify(w.log, &args, &r, &err));
    assert_int_equal(r.findings, 1);
    assert_true(r.signed_upto < r.head.size);
    hf_key_free(first);
    hf_key_free(second);
    hf_key_free(third);
    free_world(&w);
}

/* A key that nobody handed over to: an entry says that it is the next one, and the checkpoint of
 * the one before that has to say so comes later, or not at all. */
static void test_smuggled_key(void **state)
{
    world w = make_world();
    hf_key *mine = hf_key_new(), *thiefs = hf_key_new();
    hf_view origin = hf_view_str(hf_log_origin(w.log));
    hf_vkey known = hf_vkey_of(origin, HF_NOTE_ED25519, hf_key_public(mine));
    hf_log_verify_args args = { .keys = &known, .nkeys = 1 };
    hf_log_report r;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_log_set_key(w.log, mine, NULL, NULL, &err));
    T_OK(err, hf_log_set_key(w.log, thiefs, NULL, NULL, &err));
    append(w.log, 10, "x");
    T_OK(err, hf_log_checkpoint(w.log, mine, NULL, NULL, &err)); /* covers that entry */
    append(w.log, 10, "x");
    T_OK(err, hf_log_checkpoint(w.log, thiefs, NULL, NULL, &err));
    T_OK(err, hf_log_verify(w.log, &args, &r, &err));
    assert_int_equal(r.findings, 2);
    assert_int_equal(r.signed_upto, 0);
    hf_key_free(mine);
    hf_key_free(thiefs);
    free_world(&w);
}

static void test_erased(void **state)
{
    world w = make_world();
    hf_log_verify_args args = { .keys = NULL };
    hf_log_report r;
    hf_err *err = NULL;

    (void)state;
    append(w.log, 10, "from:jane");
    T_OK(err, hf_log_erase(w.log, 4, "query", NULL, HF_V("request 7"), &err));
    T_OK(err, hf_log_verify(w.log, &args, &r, &err));
    assert_int_equal(r.findings, 0);
    assert_int_equal(r.erased, 1);
    assert_int_equal(r.values, 10); /* nine, and the reason */
    free_world(&w);
}

static int set_up(void **state)
{
    lab *l = HF_NEW(lab);

    *l = make_lab();
    *state = l;
    return 0;
}

static int tear_down(void **state)
{
    lab *l = *state;

    free_world(&l->w);
    hf_key_free(l->key);
    hf_buf_clear(&l->half_note);
    hf_buf_clear(&l->leaves);
    hf_free((void *)(uintptr_t)l->vkey.name.p);
    hf_free(l->clean);
    hf_free(l);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intact),   cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_bits),     cmocka_unit_test(test_file_bits),
        cmocka_unit_test(test_rollback), cmocka_unit_test(test_rewrite),
        cmocka_unit_test(test_fork),     cmocka_unit_test(test_other_vault),
        cmocka_unit_test(test_rotation), cmocka_unit_test(test_smuggled_key),
        cmocka_unit_test(test_moved),    cmocka_unit_test(test_erased),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
