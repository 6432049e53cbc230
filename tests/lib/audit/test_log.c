/* The log: what an entry holds, who may add, what is proved, what is erased, and the last head that
 * the host keeps. */
#include "audit/jcs.h"
#include "audit/verify.h"
#include "audit_world.h"
#include "util/json.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static uint64_t note(world *w, const char *action)
{
    const hf_act act = { .action = action, .outcome = "OK" };
    hf_err *err = NULL;
    uint64_t seq;

    T_OK(err, hf_log_note(w->log, &act, &seq, &err));
    assert_null(hf_log_warning(w->log));
    return seq;
}

/* --- entries ------------------------------------------------------------------------------------
 */

static void keep_leaf(void *self, const hf_log_entry *e)
{
    hf_buf_reset(self);
    hf_buf_add(self, e->leaf);
}

static void check_fields(void *self, const hf_log_entry *e)
{
    (void)self;
    T_VIEW("search", e->action);
    T_VIEW("0192f0c4-0000-7000-8000-000000000001", e->run);
    T_VIEW("vault", e->object_kind);
    T_VIEW("7", e->object_id);
    T_VIEW("PARTIAL", e->outcome);
    T_VIEW("{\"hits\":3,\"huge\":\"18446744073709551615\"}", e->counts);
    T_VIEW("{\"manifest\":\"ab\"}", e->digests);
    assert_int_equal(e->phase, HF_LOG_END);
    assert_true(e->user.n > 0 && e->uid.n > 0 && e->host.n > 0);
    assert_true(hf_view_starts(e->tool, HF_V("holdfast/")));
    assert_true(llabs(e->time_us - hf_now_us()) < 60 * HF_SECOND_US);
}

static void check_value(void *self, hf_view name, hf_view salt, hf_view value)
{
    hf_buf both;
    char hex[65];
    hf_sha256 d;

    hf_buf_init(&both, HF_BUF_UNBOUNDED);
    hf_buf_add(&both, salt);
    hf_buf_add(&both, value);
    d = hf_sha256_of(hf_buf_view(&both));
    hf_sha256_hex(&d, hex);
    T_VIEW("query", name);
    T_VIEW("from:jane secret", value);
    assert_int_equal(salt.n, 32);
    assert_int_not_equal(hf_view_find(hf_buf_view(self), hf_view_str(hex)), HF_NPOS);
    hf_buf_clear(&both);
}

static void test_entry(void **state)
{
    static const hf_log_pair scope = { "query", { "from:jane secret", 16 } };
    static const hf_log_count counts[] = { { "hits", 3 }, { "huge", UINT64_MAX } };
    static const hf_log_pair digest = { "manifest", { "ab", 2 } };
    static const hf_act act = { .action = "search",
                                .run = "0192f0c4-0000-7000-8000-000000000001",
                                .object_kind = "vault",
                                .object_id = "7",
                                .scope = &scope,
                                .nscope = 1,
                                .counts = counts,
                                .ncounts = 2,
                                .digests = &digest,
                                .ndigests = 1,
                                .outcome = "PARTIAL" };
    world w = make_world();
    hf_err *err = NULL;
    hf_buf leaf, canonical;
    uint64_t seq;

    (void)state;
    hf_buf_init(&leaf, HF_BUF_UNBOUNDED);
    hf_buf_init(&canonical, HF_BUF_UNBOUNDED);
    assert_int_equal(note(&w, "vault.init"), 0);
    T_OK(err, hf_log_end(w.log, &act, &seq, &err));
    assert_int_equal(seq, 1);
    T_OK(err, hf_log_get(w.log, 1, check_fields, NULL, &err));
    T_OK(err, hf_log_get(w.log, 1, keep_leaf, &leaf, &err));
    T_OK(err, hf_jcs_put(&canonical, hf_buf_view(&leaf), &err));
    t_view(hf_buf_view(&canonical), hf_buf_view(&leaf), __FILE__, __LINE__);
    assert_int_equal(hf_view_find(hf_buf_view(&leaf), HF_V("jane")), HF_NPOS);
    T_OK(err, hf_log_values(w.log, 1, check_value, &leaf, &err));
    T_FAILS(err, HF_E_USAGE, hf_log_get(w.log, 2, keep_leaf, &leaf, &err));
    T_FAILS(err, HF_E_USAGE, hf_log_get(w.log, UINT64_MAX, keep_leaf, &leaf, &err));
    hf_buf_clear(&leaf);
    hf_buf_clear(&canonical);
    free_world(&w);
}

/* Equal values give unequal commitments: nobody can try guesses against the leaf. */
static void test_salts(void **state)
{
    static const hf_log_pair scope[] = { { "a", { "same", 4 } }, { "b", { "same", 4 } } };
    static const hf_act act = { .action = "search", .scope = scope, .nscope = 2 };
    world w = make_world();
    hf_err *err = NULL;
    hf_arena *mem = hf_arena_new();
    hf_tape t = { 0 };
    uint32_t obj;
    hf_buf leaf;

    (void)state;
    hf_buf_init(&leaf, HF_BUF_UNBOUNDED);
    T_OK(err, hf_log_note(w.log, &act, NULL, &err));
    T_OK(err, hf_log_get(w.log, 0, keep_leaf, &leaf, &err));
    T_OK(err, hf_tape_parse(&t, hf_buf_view(&leaf), NULL, &err));
    obj = hf_tape_get(&t, 0, "scope");
    assert_false(hf_view_eq(hf_tok_string(&t, hf_tape_get(&t, obj, "a"), mem),
                            hf_tok_string(&t, hf_tape_get(&t, obj, "b"), mem)));
    hf_tape_clear(&t);
    hf_arena_free(mem);
    hf_buf_clear(&leaf);
    free_world(&w);
}

/* --- filters ------------------------------------------------------------------------------------
 */

static bool count_one(void *self, const hf_log_entry *e)
{
    (void)e;
    ++*(uint64_t *)self;
    return true;
}

static void test_filters(void **state)
{
    static const char *const actions[] = { "hold.create", "hold", "holdover", "search" };
    static const struct {
        hf_log_filter f;
        uint64_t want;
    } cases[] = {
        { { .action = NULL }, 4 },
        { { .action = "hold" }, 2 }, /* a whole word, not its beginning */
        { { .action = "hold.create" }, 1 },
        { { .action = "hold.c" }, 0 },
        { { .outcome = "OK" }, 4 },
        { { .outcome = "FAILED" }, 0 },
        { { .user = "nobody else" }, 0 },
        { { .run = "x" }, 0 },
        { { .from = 1, .to = 3 }, 2 },
        { { .from = 4 }, 0 },
    };
    world w = make_world();
    hf_err *err = NULL;

    (void)state;
    for (size_t i = 0; i < T_COUNT(actions); i++)
        note(&w, actions[i]);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_log_filter f = cases[i].f;
        uint64_t n = 0;

        f.since_us = f.until_us = HF_NO_TIME;
        T_OK(err, hf_log_each(w.log, &f, count_one, &n, &err));
        assert_int_equal(n, cases[i].want);
        f.until_us = hf_now_us() - HF_DAY_US;
        n = 0;
        T_OK(err, hf_log_each(w.log, &f, count_one, &n, &err));
        assert_int_equal(n, 0);
    }
    free_world(&w);
}

/* --- the tree -----------------------------------------------------------------------------------
 */

typedef struct leaves {
    hf_tree_range range;
    hf_sha256 root[200], hash[200];
    char *text[200];
    size_t n;
} leaves;

static bool keep(void *self, const hf_log_entry *e)
{
    leaves *l = self;
    hf_sha256 h = hf_tree_leaf(e->leaf);

    assert_int_equal(e->seq, l->n);
    assert_memory_equal(&h, &e->hash, sizeof(h));
    l->hash[l->n] = h;
    l->text[l->n] = hf_view_dup(e->leaf);
    hf_tree_push(&l->range, &h, NULL, NULL);
    l->root[++l->n] = hf_tree_root(&l->range);
    return true;
}

static void test_tree(void **state)
{
    world w = make_world();
    leaves *l = HF_NEW(leaves);
    hf_key *key = hf_key_new();
    hf_vkey vkey =
        hf_vkey_of(hf_view_str(hf_log_origin(w.log)), HF_NOTE_ED25519, hf_key_public(key));
    hf_err *err = NULL;
    hf_tree_proof p;
    hf_log_head head;
    hf_checkpoint c;
    hf_sha256 root;
    hf_proof proof;
    hf_buf note_text, text;

    (void)state;
    hf_buf_init(&note_text, HF_BUF_UNBOUNDED);
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (int i = 0; i < 100; i++)
        note(&w, "search");
    T_OK(err, hf_log_checkpoint(w.log, key, "run", &note_text, &err));
    T_OK(err, hf_log_each(w.log, NULL, keep, l, &err));
    assert_int_equal(l->n, 101); /* signing is an act as well, and is covered */
    T_OK(err, hf_log_get_head(w.log, &head, &err));
    assert_int_equal(head.size, 101);
    assert_memory_equal(&head.root, &l->root[101], sizeof(root));
    for (uint64_t m = 1; m <= 101; m++) {
        T_OK(err, hf_log_root_at(w.log, m, &root, &err));
        assert_memory_equal(&root, &l->root[m], sizeof(root));
        T_OK(err, hf_log_prove_growth(w.log, m, 101, &p, &err));
        assert_true(hf_tree_continues(&p, m, 101, &l->root[m], &head.root));
    }
    for (uint64_t i = 0; i < 101; i++) {
        hf_buf_reset(&text);
        T_OK(err, hf_log_prove(w.log, i, hf_buf_view(&note_text), &text, &err));
        T_OK(err, hf_proof_parse(hf_buf_view(&text), &proof, &err));
        T_OK(err, hf_proof_check(&proof, hf_view_str(l->text[i]), &vkey, 1, &c, &err));
        T_FAILS(err, HF_E_VERIFY,
                hf_proof_check(&proof, hf_view_str(l->text[i ^ 1]), &vkey, 1, &c, &err));
        T_OK(err, hf_proof_holds(&proof, hf_view_str(l->text[i]), &c, &err));
    }
    note(&w, "later");
    T_FAILS(err, HF_E_USAGE, hf_log_prove(w.log, 101, hf_buf_view(&note_text), &text, &err));
    T_FAILS(err, HF_E_USAGE, hf_log_prove_growth(w.log, 5, 200, &p, &err));
    hf_buf_reset(&text);
    T_OK(err, hf_log_last_checkpoint(w.log, 50, &text, &err));
    t_view(hf_buf_view(&note_text), hf_buf_view(&text), __FILE__, __LINE__);
    assert_int_equal(hf_log_last_checkpoint(w.log, 102, &text, &err), HF_END);

    /* Without a key the text of the head stands where the note would. */
    T_OK(err, hf_log_get_head(w.log, &head, &err));
    hf_buf_reset(&note_text);
    hf_log_put_head(w.log, &head, &note_text);
    hf_buf_reset(&text);
    T_OK(err, hf_log_prove(w.log, 7, hf_buf_view(&note_text), &text, &err));
    T_OK(err, hf_proof_parse(hf_buf_view(&text), &proof, &err));
    T_OK(err, hf_proof_holds(&proof, hf_view_str(l->text[7]), &c, &err));
    T_FAILS(err, HF_E_DAMAGED, hf_proof_check(&proof, hf_view_str(l->text[7]), &vkey, 1, &c, &err));

    for (size_t i = 0; i < l->n; i++)
        hf_free(l->text[i]);
    hf_free(l);
    hf_key_free(key);
    hf_buf_clear(&note_text);
    hf_buf_clear(&text);
    free_world(&w);
}

/* --- many at once -------------------------------------------------------------------------------
 */

enum { CHILDREN = 4, EACH = 40 };

static int append_some(const char *vault)
{
    hf_vault *v = NULL;
    hf_log *log = NULL;
    hf_status rc = hf_vault_open(&v, vault, HF_VAULT_CONTROL, HF_VAULT_NETWORK_FS, NULL);

    if (rc == HF_OK)
        rc = hf_log_open(&log, v, NULL);
    for (int i = 0; i < EACH && rc == HF_OK; i++) {
        const hf_act act = { .action = "search" };

        rc = hf_log_note(log, &act, NULL, NULL);
    }
    hf_log_close(log);
    hf_vault_close(v);
    return rc == HF_OK ? 0 : 1;
}

static void test_processes(void **state)
{
    world w = make_world();
    leaves *l = HF_NEW(leaves);
    hf_err *err = NULL;
    hf_log_head head;
    pid_t pid[CHILDREN];

    (void)state;
    close_world(&w);
    for (int i = 0; i < CHILDREN; i++) {
        pid[i] = fork();
        if (pid[i] == 0)
            _exit(append_some(w.vault));
    }
    for (int i = 0; i < CHILDREN; i++) {
        int status = -1;

        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_int_equal(status, 0);
    }
    open_world(&w, HF_VAULT_READ);
    T_OK(err, hf_log_each(w.log, NULL, keep, l, &err));
    assert_int_equal(l->n, CHILDREN * EACH);
    T_OK(err, hf_log_get_head(w.log, &head, &err));
    assert_memory_equal(&head.root, &l->root[l->n], sizeof(head.root));
    for (size_t i = 0; i < l->n; i++)
        hf_free(l->text[i]);
    hf_free(l);
    free_world(&w);
}

/* Two logs open in one process: each sees what the other added. */
static void test_two_logs(void **state)
{
    world a = make_world(), b = a;
    hf_err *err = NULL;
    hf_log_head one, two;

    (void)state;
    open_world(&b, HF_VAULT_CONTROL);
    for (uint64_t i = 0; i < 20; i++)
        assert_int_equal(note(i % 3 == 0 ? &a : &b, "search"), i);
    T_OK(err, hf_log_get_head(a.log, &one, &err));
    T_OK(err, hf_log_get_head(b.log, &two, &err));
    assert_memory_equal(&one, &two, sizeof(one));
    close_world(&b);
    free_world(&a);
}

/* --- durable, or not at all ---------------------------------------------------------------------
 */

static void test_killed(void **state)
{
    world w = make_world();
    hf_err *err = NULL;
    hf_log_head head;
    pid_t pid;
    int status = 0;

    (void)state;
    note(&w, "search");
    close_world(&w);
    pid = fork();
    if (pid == 0) {
        setenv("HOLDFAST_FAULT", "log:3", 1);
        _exit(append_some(w.vault));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    open_world(&w, HF_VAULT_CONTROL);
    T_OK(err, hf_log_get_head(w.log, &head, &err));
    assert_int_equal(head.size, 3); /* what had returned stays; what had not is not there */
    assert_int_equal(note(&w, "search"), 3);
    free_world(&w);
}

static void test_in_transaction(void **state)
{
    static const hf_act act = { .action = "hold.create" };
    world w = make_world();
    hf_err *err = NULL;
    hf_log_head head;

    (void)state;
    note(&w, "search");
    T_OK(err, hf_db_begin(hf_vault_control(w.v), &err));
    T_OK(err, hf_log_note(w.log, &act, NULL, &err));
    hf_db_rollback(hf_vault_control(w.v));
    T_OK(err, hf_log_get_head(w.log, &head, &err));
    assert_int_equal(head.size, 1);
    T_OK(err, hf_db_begin(hf_vault_control(w.v), &err));
    T_OK(err, hf_log_note(w.log, &act, NULL, &err));
    T_OK(err, hf_db_commit(hf_vault_control(w.v), &err));
    assert_int_equal(note(&w, "search"), 2);
    free_world(&w);
}

static void test_reader(void **state)
{
    static const hf_act act = { .action = "search" };
    world w = make_world();
    hf_err *err = NULL;
    hf_log_head head;

    (void)state;
    note(&w, "search");
    close_world(&w);
    open_world(&w, HF_VAULT_READ);
    T_FAILS(err, HF_E_INTERNAL, hf_log_note(w.log, &act, NULL, &err));
    T_OK(err, hf_log_get_head(w.log, &head, &err));
    assert_int_equal(head.size, 1);
    free_world(&w);
}

/* A vault of an earlier version has no tables for the log. */
static void test_old_vault(void **state)
{
    world w = make_world();
    hf_err *err = NULL;
    hf_log_head head;

    (void)state;
    sql(&w, "DROP TABLE audit_entry; DROP TABLE audit_node; DROP TABLE audit_value; "
            "DROP TABLE audit_checkpoint; DROP TABLE audit_anchor; DROP TABLE audit_key");
    close_world(&w);
    open_world(&w, HF_VAULT_READ);
    T_OK(err, hf_log_get_head(w.log, &head, &err));
    assert_int_equal(head.size, 0);
    close_world(&w);
    open_world(&w, HF_VAULT_CONTROL);
    assert_int_equal(note(&w, "search"), 0);
    free_world(&w);
}

/* Time never goes back, and what the clock said is kept. */
static void test_clock(void **state)
{
    world w = make_world();
    hf_err *err = NULL;
    hf_buf leaf;

    (void)state;
    hf_buf_init(&leaf, HF_BUF_UNBOUNDED);
    note(&w, "search");
    close_world(&w);
    open_world(&w, HF_VAULT_CONTROL);
    /* As if the first entry had been written by a clock that was ahead. */
    sql(&w,
        "UPDATE audit_entry SET leaf = json_set(leaf, '$.time', '2099-01-01T00:00:00.000000Z')");
    close_world(&w);
    open_world(&w, HF_VAULT_CONTROL);
    note(&w, "search");
    T_OK(err, hf_log_get(w.log, 1, keep_leaf, &leaf, &err));
    assert_int_not_equal(hf_view_find(hf_buf_view(&leaf), HF_V("\"time\":\"2099-01-01T")), HF_NPOS);
    assert_int_not_equal(hf_view_find(hf_buf_view(&leaf), HF_V("\"clock\":\"20")), HF_NPOS);
    hf_buf_clear(&leaf);
    free_world(&w);
}

/* --- erasing ------------------------------------------------------------------------------------
 */

static void count_value(void *self, hf_view name, hf_view salt, hf_view value)
{
    (void)name;
    (void)salt;
    (void)value;
    ++*(int *)self;
}

static bool file_has(const char *folder, const char *name, hf_view what)
{
    char *path = hf_sprintf("%s/%s", folder, name);
    bool has = false;

    if (access(path, F_OK) == 0) {
        hf_view all = t_read(path);

        has = hf_view_find(all, what) != HF_NPOS;
        hf_free((void *)(uintptr_t)all.p);
    }
    hf_free(path);
    return has;
}

static void test_erase(void **state)
{
    static const hf_log_pair scope = { "query", { "KANARIENVOGEL", 13 } };
    static const hf_act act = { .action = "search", .scope = &scope, .nscope = 1 };
    static const hf_view canary = { "KANARIENVOGEL", 13 };
    world w = make_world();
    hf_key *key = hf_key_new();
    hf_err *err = NULL;
    hf_buf before, after, proof_text;
    hf_checkpoint c;
    hf_proof proof;
    int n = 0;

    (void)state;
    hf_buf_init(&before, HF_BUF_UNBOUNDED);
    hf_buf_init(&after, HF_BUF_UNBOUNDED);
    hf_buf_init(&proof_text, HF_BUF_UNBOUNDED);
    T_OK(err, hf_log_note(w.log, &act, NULL, &err));
    T_OK(err, hf_log_checkpoint(w.log, key, NULL, &before, &err));
    T_OK(err, hf_log_prove(w.log, 0, hf_buf_view(&before), &proof_text, &err));
    assert_true(file_has(w.vault, "control.sqlite", canary) ||
                file_has(w.vault, "control.sqlite-wal", canary));
    T_FAILS(err, HF_E_USAGE, hf_log_erase(w.log, 0, "other", NULL, HF_V("why"), &err));
    T_FAILS(err, HF_E_USAGE, hf_log_erase(w.log, 9, "query", NULL, HF_V("why"), &err));
    T_OK(err, hf_log_erase(w.log, 0, "query", NULL, HF_V("why"), &err));
    T_OK(err, hf_log_values(w.log, 0, count_value, &n, &err));
    assert_int_equal(n, 0);
    assert_false(file_has(w.vault, "control.sqlite", canary));
    assert_false(file_has(w.vault, "control.sqlite-wal", canary));
    T_FAILS(err, HF_E_USAGE, hf_log_erase(w.log, 0, "query", NULL, HF_V("why"), &err));
    assert_null(hf_log_warning(w.log));

    /* The proof from before still holds for the entry as it is. */
    T_OK(err, hf_log_get(w.log, 0, keep_leaf, &after, &err));
    T_OK(err, hf_proof_parse(hf_buf_view(&proof_text), &proof, &err));
    T_OK(err, hf_proof_holds(&proof, hf_buf_view(&after), &c, &err));
    hf_buf_clear(&before);
    hf_buf_clear(&after);
    hf_buf_clear(&proof_text);
    hf_key_free(key);
    free_world(&w);
}

/* Who reads meanwhile keeps the old page in the file: that is said, and it goes with a later act.
 */
static void test_erase_while_read(void **state)
{
    static const hf_log_pair scope = { "query", { "KANARIENVOGEL", 13 } };
    static const hf_act act = { .action = "search", .scope = &scope, .nscope = 1 };
    static const hf_view canary = { "KANARIENVOGEL", 13 };
    world w = make_world();
    hf_vault *reader = NULL;
    hf_err *err = NULL;
    int64_t n = 0;

    (void)state;
    T_OK(err, hf_log_note(w.log, &act, NULL, &err));
    T_OK(err, hf_vault_open(&reader, w.vault, HF_VAULT_READ, HF_VAULT_NETWORK_FS, &err));
    T_OK(err, hf_db_begin_read(hf_vault_control(reader), &err));
    T_OK(err,
         hf_db_get_i64(hf_vault_control(reader), "SELECT count(*) FROM audit_entry", &n, &err));
    hf_db_busy_timeout(hf_vault_control(w.v), 10);
    T_OK(err, hf_log_erase(w.log, 0, "query", NULL, HF_V("why"), &err));
    assert_non_null(strstr(hf_log_warning(w.log), "erased bytes"));
    hf_db_rollback(hf_vault_control(reader));
    hf_vault_close(reader);
    close_world(&w); /* the last one to close takes the write-ahead log away */
    assert_false(file_has(w.vault, "control.sqlite", canary));
    open_world(&w, HF_VAULT_CONTROL);
    free_world(&w);
}

/* --- the head on this host ----------------------------------------------------------------------
 */

static void copy_file(const char *from, const char *folder, const char *name)
{
    hf_view bytes = t_read(from);

    t_write(folder, name, bytes);
    hf_free((void *)(uintptr_t)bytes.p);
}

static void test_kept_head(void **state)
{
    static const hf_act act = { .action = "search" };
    world w = make_world();
    char *control = hf_sprintf("%s/control.sqlite", w.vault);
    char *old = hf_sprintf("%s/old", w.folder);
    hf_err *err = NULL;
    uint64_t seq;

    (void)state;
    note(&w, "search");
    close_world(&w); /* the last connection moves all into the one file */
    copy_file(control, w.folder, "old");
    open_world(&w, HF_VAULT_CONTROL);
    note(&w, "search");
    close_world(&w);

    /* Rolled back: shorter than what this host saw. Reading goes on, adding does not. */
    copy_file(old, w.vault, "control.sqlite");
    open_world(&w, HF_VAULT_CONTROL);
    T_FAILS(err, HF_E_REFUSED, hf_log_note(w.log, &act, NULL, &err));
    T_FAILS(err, HF_E_REFUSED, hf_log_note(w.log, &act, NULL, &err));
    hf_log_allow_stale(w.log); /* who only reads goes on, and is told; what was seen is kept */
    T_OK(err, hf_log_note(w.log, &act, NULL, &err));
    assert_non_null(hf_log_warning(w.log));
    close_world(&w);
    open_world(&w, HF_VAULT_CONTROL);
    T_FAILS(err, HF_E_REFUSED, hf_log_note(w.log, &act, NULL, &err));
    T_OK(err, hf_log_accept(w.log, NULL, HF_V("disk failed, restored from Monday"), &err));
    T_OK(err, hf_log_note(w.log, &act, &seq, &err));
    assert_int_equal(seq, 3); /* one, the reading, that it was accepted, this */
    close_world(&w);

    /* Forked: as long, but another one. */
    copy_file(old, w.vault, "control.sqlite");
    open_world(&w, HF_VAULT_CONTROL);
    setenv("XDG_STATE_HOME", w.folder, 1); /* a host that has seen nothing */
    for (int i = 0; i < 5; i++)
        note(&w, "search");
    close_world(&w);
    use_state(&w);
    open_world(&w, HF_VAULT_CONTROL);
    T_FAILS(err, HF_E_REFUSED, hf_log_note(w.log, &act, NULL, &err));
    hf_free(control);
    hf_free(old);
    free_world(&w);
}

/* Reading a copy leaves the vault what it was; writing into one makes two vaults of one. */
static void test_copy(void **state)
{
    static const hf_act act = { .action = "search" };
    world w = make_world(), copy = w;
    hf_log_verify_args args = { .keys = NULL };
    hf_log_report r;
    hf_err *err = NULL;

    (void)state;
    note(&w, "search");
    copy.vault = hf_sprintf("%s/copy.vault", w.folder);
    T_OK(err, hf_vault_copy(w.v, copy.vault, HF_VAULT_NETWORK_FS, &err));
    open_world(&copy, HF_VAULT_CONTROL);
    hf_log_allow_stale(copy.log);
    T_OK(err, hf_log_note(copy.log, &act, NULL, &err));
    T_OK(err, hf_log_note(copy.log, &act, NULL, &err));
    close_world(&copy);
    T_OK(err, hf_log_note(w.log, &act, NULL, &err));
    open_world(&copy, HF_VAULT_CONTROL);
    T_OK(err, hf_log_verify(copy.log, &args, &r, &err));
    assert_int_equal(r.findings, 0); /* a copy may differ from what was seen of the vault */
    T_OK(err, hf_log_verify(w.log, &args, &r, &err));
    assert_int_equal(r.findings, 0);
    T_FAILS(err, HF_E_REFUSED, hf_log_note(copy.log, &act, NULL, &err));
    close_world(&copy);
    hf_free(copy.vault);
    free_world(&w);
}

/* Where no head can be kept the entry is made all the same, and it is said. */
static void test_no_head(void **state)
{
    static const hf_act act = { .action = "search" };
    world w = make_world();
    hf_err *err = NULL;

    (void)state;
    t_write(w.folder, "file", HF_V(""));
    {
        char *home = hf_sprintf("%s/file", w.folder);

        setenv("XDG_STATE_HOME", home, 1);
        hf_free(home);
    }
    T_OK(err, hf_log_note(w.log, &act, NULL, &err));
    assert_non_null(hf_log_warning(w.log));
    free_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entry),
        cmocka_unit_test(test_salts),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_processes),
        cmocka_unit_test(test_two_logs),
        cmocka_unit_test(test_killed),
        cmocka_unit_test(test_in_transaction),
        cmocka_unit_test(test_reader),
        cmocka_unit_test(test_old_vault),
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_erase),
        cmocka_unit_test(test_erase_while_read),
        cmocka_unit_test(test_kept_head),
        cmocka_unit_test(test_no_head),
        cmocka_unit_test(test_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
