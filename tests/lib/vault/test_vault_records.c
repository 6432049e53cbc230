/* tests/lib/vault/test_vault_records.c: what makes a version, what only an update, who is missing.
 */
#include "vault_feed.h"

#include "db/fts.h"

static hf_import_stats import_messages(hf_vault *v, const feed_message *list)
{
    feed f;

    feed_begin(&f, v, true);
    feed_messages(&f, "messages", list);
    return feed_finish(&f);
}

static void versions_and_states(void **state)
{
    static const struct {
        const char *text;
        int reactions;
        uint64_t versions, states, blocks; /* that this import adds */
        int64_t current;
    } steps[] = {
        { "first", 0, 1, 0, 2, 1 }, /* blocks: the member, and the record in our own form */
        { "first", 0, 0, 0, 0, 1 }, /* the same source twice adds nothing */
        { "first", 2, 0, 1, 2, 1 }, /* a reaction is state */
        { "second", 2, 1, 0, 2, 2 }, { "second", 2, 0, 0, 0, 2 },
        { "first", 2, 1, 0, 1, 3 }, /* back again: a third version; the member is known */
        { "first", 0, 0, 1, 1, 3 },
    };
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_vault_record found = { 0 };
    hf_err *err = NULL;

    (void)state;
    for (size_t i = 0; i < T_COUNT(steps); i++) {
        const feed_message list[] = { { "C1", "m1", 10, steps[i].text, steps[i].reactions },
                                      { NULL, NULL, 0, NULL, 0 } };
        hf_import_stats s = import_messages(v, list);

        assert_int_equal(i + 1, s.import);
        assert_int_equal(1, s.records);
        assert_int_equal(i == 0, s.new_records);
        assert_int_equal(steps[i].versions, s.versions);
        assert_int_equal(steps[i].states, s.states);
        assert_int_equal(steps[i].blocks, s.blocks);
        T_OK(err,
             hf_vault_find(v, HF_V("T1"), HF_KIND_MESSAGE, HF_V("C1"), HF_V("m1"), &found, &err));
        assert_int_equal(steps[i].current, found.current);
        assert_int_equal(steps[i].current, found.versions);
        assert_int_equal(1, found.first_import);
        assert_int_equal(steps[i].reactions, feed_count(path, "SELECT reactions FROM rec"));
    }
    assert_int_equal(1, feed_count(path, "SELECT count(*) FROM messages_readable WHERE text = "
                                         "'first' AND reactions = 0 AND channel = 'C1'"));
    assert_int_equal(3, feed_count(path, "SELECT count(*) FROM message_versions_readable"));
    assert_int_equal(HF_END, hf_vault_find(v, HF_V("T1"), HF_KIND_MESSAGE, HF_V("C2"), HF_V("m1"),
                                           &found, &err));

    /* Each version can be had again, and the state that is current. */
    for (uint32_t n = 0; n <= 4; n++) {
        static const char *const want[] = { "first", "first", "second", "first" };
        hf_batch *b = hf_batch_new();
        hf_record *r = NULL;

        if (n == 4) {
            assert_int_equal(HF_END, hf_vault_fetch(v, found.rec, n, NULL, b, &r, &err));
        } else {
            T_OK(err, hf_vault_fetch(v, found.rec, n, NULL, b, &r, &err));
            T_VIEW(want[n], hf_rec_get_text(r, HF_F_MESSAGE_TEXT));
            T_VIEW("C1", r->scope);
            assert_true(r->time_us == 10 * HF_DAY_US);
        }
        hf_batch_free(b);
    }
    hf_vault_close(v);
}

/* Identity is origin, kind, scope and id: the same id elsewhere is somebody else. */
static void identities(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_import_stats s;
    feed f;

    (void)state;
    for (int round = 0; round < 2; round++) {
        feed_begin(&f, v, false);
        for (int origin = 0; origin < 2; origin++) {
            f.origin = origin == 0 ? "T1" : "T2";
            for (int scope = 0; scope < 2; scope++)
                feed_record(&f, HF_KIND_MESSAGE, "1", HF_V("x"), 0)->scope =
                    scope == 0 ? HF_V("C1") : HF_V("C2");
            feed_record(&f, HF_KIND_USER, "1", HF_V("x"), 0);
            feed_record(&f, HF_KIND_CHANNEL, "1", HF_V("x"), 0);
            feed_record(&f, HF_KIND_MESSAGE, "1", HF_V("x"), 0); /* no scope */
            feed_record(&f, HF_KIND_MESSAGE, "", HF_V("x"), 0);  /* no id */
        }
        s = feed_finish(&f);
        assert_int_equal(12, s.records);
        assert_int_equal(round == 0 ? 12 : 0, s.new_records);
        assert_int_equal(round == 0 ? 12 : 0, s.versions);
    }
    assert_int_equal(12, feed_count(path, "SELECT count(*) FROM rec"));
    assert_int_equal(2, feed_count(path, "SELECT count(*) FROM counts WHERE users = 1 AND "
                                         "channels = 1 AND messages = 4"));
    hf_vault_close(v);
}

static hf_record *add_user(feed *f, const char *id, const char *name, unsigned flags)
{
    hf_record *r = feed_record(f, HF_KIND_USER, id, HF_V("x"), 0);

    r->flags = flags;
    hf_rec_text(f->b, r, HF_F_USER_NAME, 0, feed_dup(f, name));
    return r;
}

/* Two lists of one export may name a user twice and differ: both are kept, the first is current,
 * and importing both again adds nothing. */
static void doubles_in_one_import(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);

    (void)state;
    for (int round = 0; round < 3; round++) {
        hf_import_stats s;
        feed f;

        feed_begin(&f, v, false);
        add_user(&f, "U1", "ada", 0);
        add_user(&f, "U1", "ada.l", 0);
        add_user(&f, "U1", "ada", 0);
        s = feed_finish(&f);
        assert_int_equal(3, s.records);
        assert_int_equal(round == 0 ? 2 : 0, s.versions);
        assert_int_equal(0, s.states);
    }
    assert_int_equal(1, feed_count(path, "SELECT count(*) FROM users_readable WHERE is_current AND "
                                         "name = 'ada' AND version = 1"));
    assert_int_equal(2, feed_count(path, "SELECT count(*) FROM users_readable"));
    hf_vault_close(v);
}

/* A stand-in makes a record known and gives way to the real one, never the other way. */
static void stubs_give_way(void **state)
{
    const struct {
        unsigned flags;
        const char *name;
        int64_t versions;
        const char *want;
    } steps[] = {
        { HF_REC_STUB, "", 1, "" },
        { 0, "real", 2, "real" },
        { HF_REC_STUB, "", 2, "real" },
        { HF_REC_MADE, "invented", 2, "real" },
    };
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);

    (void)state;
    for (size_t i = 0; i < T_COUNT(steps); i++) {
        feed f;

        feed_begin(&f, v, false);
        add_user(&f, "U1", steps[i].name, steps[i].flags);
        feed_finish(&f);
        assert_int_equal(steps[i].versions, feed_count(path, "SELECT versions FROM rec"));
        assert_int_equal(i > 0, feed_count(path, "SELECT count(*) FROM users_readable WHERE "
                                                 "is_current AND name = 'real'"));
        assert_int_equal(i > 0, feed_count(path, "SELECT users FROM counts"));
    }
    hf_vault_close(v);
}

/* Missing: in the coverage of a later import of the same origin, and not there. */
static void missing_rules(void **state)
{
    static const feed_message all[] = {
        { "C1", "first", 10, "a", 0 }, { "C1", "early", 11, "b", 0 }, { "C1", "mid", 15, "c", 0 },
        { "C1", "late", 19, "d", 0 },  { "C1", "last", 20, "e", 0 },  { "C1", "after", 25, "f", 0 },
        { "C2", "other", 15, "g", 0 }, { NULL, NULL, 0, NULL, 0 },
    };
    static const feed_message some[] = { { "C1", "x", 10, "x", 0 }, { NULL, NULL, 0, NULL, 0 } };
    static const struct {
        const char *id;
        bool is_missing;
    } want[] = {
        { "first", false }, /* on the first day: may lie before what was exported */
        { "early", true },  { "mid", true },
        { "late", true },   { "last", false }, /* on the last day */
        { "after", false },                    /* outside */
        { "other", false },                    /* its channel is not covered */
        { "x", false },
    };
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_vault_record found;
    hf_import_stats s;
    hf_err *err = NULL;
    feed f;

    (void)state;
    import_messages(v, all);

    feed_begin(&f, v, true); /* another origin says nothing about this one */
    f.origin = "T2";
    feed_messages(&f, "m", some);
    feed_coverage(&f, "C1", 10, 20);
    assert_int_equal(0, feed_finish(&f).missing);

    feed_begin(&f, v, true);
    feed_messages(&f, "m", some);
    assert_int_equal(0, feed_finish(&f).missing); /* no coverage */

    feed_begin(&f, v, true);
    feed_coverage(&f, "C1", 10, 20);
    feed_messages(&f, "m", some);
    assert_int_equal(3, feed_finish(&f).missing);
    for (size_t i = 0; i < T_COUNT(want); i++) {
        T_OK(err, hf_vault_find(v, HF_V("T1"), HF_KIND_MESSAGE, i == 6 ? HF_V("C2") : HF_V("C1"),
                                hf_view_str(want[i].id), &found, &err));
        assert_int_equal(want[i].is_missing ? 4 : 0, found.missing_since);
    }
    assert_int_equal(3, feed_count(path, "SELECT count(*) FROM messages_readable WHERE "
                                         "missing_since_import = 4"));

    feed_begin(&f, v, true); /* still missing: since the first time */
    feed_coverage(&f, "C1", 1, 30);
    feed_messages(&f, "m", some);
    s = feed_finish(&f);
    assert_int_equal(3, s.missing); /* first, last and after: now inside */
    assert_int_equal(3, feed_count(path, "SELECT count(*) FROM rec WHERE missing = 4"));

    s = import_messages(v, all); /* all are seen again */
    assert_int_equal(0, s.versions);
    assert_int_equal(0, feed_count(path, "SELECT count(*) FROM rec WHERE missing NOT NULL AND "
                                         "origin = 1 AND native != 'x'"));
    hf_vault_close(v);
}

/* Records that stand in no member are kept apart, and come back. */
static void loose_records(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_vault_scan *scan = NULL;
    hf_batch *b = hf_batch_new();
    hf_err *err = NULL;
    hf_buf big;
    feed f;

    (void)state;
    hf_buf_init(&big, HF_BUF_UNBOUNDED);
    for (int i = 0; i < 200000; i++) /* larger than a block */
        hf_buf_printf(&big, "%d ", i);
    feed_begin(&f, v, false);
    for (int i = 0; i < 30; i++) {
        static const char *const channels[] = { "C2", "C10", "C1" };
        char id[16];
        const feed_message m = { channels[i % 3], id, 100 - i,
                                 i == 7 ? hf_buf_cstr(&big) : "text \xff here", 0 };

        snprintf(id, sizeof(id), "m%d", i);
        feed_message_record(&f, &m, HF_V("a\0b\xff"), 0, 0);
    }
    add_user(&f, "U1", "ada", 0);
    assert_int_equal(31, feed_finish(&f).new_records);

    T_OK(err, hf_vault_scan_open(&scan, v, HF_V("T1"), NULL, &err));
    assert_int_equal(31, hf_vault_scan_total(scan));
    while (hf_vault_scan_next(scan, b, &err) == HF_OK) {
    }
    hf_vault_scan_close(scan);
    assert_null(err);
    assert_int_equal(31, b->n);
    assert_int_equal(HF_KIND_USER, b->rec[0]->kind); /* definitions first */
    for (size_t i = 2; i < b->n; i++) {
        int by_channel = hf_view_cmp(b->rec[i - 1]->scope, b->rec[i]->scope);

        assert_true(by_channel < 0 ||
                    (by_channel == 0 && b->rec[i - 1]->time_us < b->rec[i]->time_us));
    }
    for (size_t i = 1; i < b->n; i++) {
        hf_view text = hf_rec_get_text(b->rec[i], HF_F_MESSAGE_TEXT);

        assert_true(hf_view_eq((hf_view){ "a\0b\xff", 4 }, b->rec[i]->raw.bytes));
        if (hf_view_is(b->rec[i]->id, "m7"))
            assert_true(hf_view_eq(hf_buf_view(&big), text));
        else
            T_VIEW("text \xff here", text);
    }
    T_FAILS(err, HF_E_ORIGIN, hf_vault_scan_open(&scan, v, HF_V("T9"), NULL, &err));
    hf_buf_clear(&big);
    hf_batch_free(b);
    hf_vault_close(v);
}

/* Bytes that are no record are kept once. */
static void quarantine(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);

    (void)state;
    for (int round = 0; round < 2; round++) {
        hf_import_stats s;
        feed f;

        feed_begin(&f, v, true);
        feed_member(&f, HF_V("broken"), HF_MEMBER_FILE);
        feed_bytes(&f, HF_V("[{]"));
        feed_record(&f, HF_KIND_QUARANTINE, "", HF_V("{"), 1)->u.quarantine.reason = "no object";
        feed_end(&f);
        s = feed_finish(&f);
        assert_int_equal(1, s.quarantined);
        assert_int_equal(round == 0, s.blocks);
        assert_int_equal(0, s.records);
    }
    assert_int_equal(1, feed_count(path, "SELECT count(*) FROM quarantine WHERE off = 1 AND len = "
                                         "1 AND reason = 'no object' AND import = 1"));
    hf_vault_close(v);
}

#define IN_INDEX "SELECT count(*) FROM ft JOIN doc ON docid = ft.rowid WHERE ft MATCH "

/* Messages in the index. */
static int64_t hits(const char *path, const char *sql)
{
    hf_db *db = NULL;
    hf_err *err = NULL;
    int64_t n = 0;

    T_OK(err, hf_db_open(&db, feed_path(path, "index.sqlite"), HF_DB_READ, &err));
    T_OK(err, hf_fts_register(db, &err));
    T_OK(err, hf_db_get_i64(db, sql, &n, &err));
    hf_db_close(db);
    return n;
}

static void index_follows(void **state)
{
    static const feed_message first[] = { { "C1", "m1", 20, "Apple pie", 0 },
                                          { "C1", "m2", -3, "apple tart", 0 }, /* before 1970 */
                                          { "C2", "m3", 20, "pear", 0 },
                                          { NULL, NULL, 0, NULL, 0 } };
    static const feed_message second[] = { { "C1", "m1", 20, "plum pie", 0 },
                                           { "C2", "m4", 20, "pear again", 0 },
                                           { NULL, NULL, 0, NULL, 0 } };
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_vault_info info;
    hf_err *err = NULL;

    (void)state;
    import_messages(v, first);
    import_messages(v, second);
    for (int round = 0; round < 3; round++) {
        /* m1 is found by its earlier text and by its current one, and is one message. */
        assert_int_equal(2, hits(path, IN_INDEX "'apple'"));
        assert_int_equal(1, hits(path, IN_INDEX "'{body} : plum' AND versions = 2"));
        assert_int_equal(1, hits(path, IN_INDEX "'{earlier} : apple'"));
        assert_int_equal(1, hits(path, IN_INDEX "'apple plum'"));
        assert_int_equal(2, hits(path, IN_INDEX "'pear'"));
        /* Dates are ranges of docids: day 20, and day -3. */
        assert_int_equal(3, hits(path, "SELECT count(*) FROM doc WHERE docid BETWEEN 20 << 24 AND "
                                       "(21 << 24) - 1"));
        assert_int_equal(1, hits(path, "SELECT count(*) FROM doc WHERE docid BETWEEN -3 * 16777216 "
                                       "AND -2 * 16777216 - 1"));
        T_OK(err, hf_vault_get_info(v, &info, &err));
        assert_true(info.is_index_current);
        assert_int_equal(4, info.docs);
        if (round == 0) {
            T_OK(err, hf_vault_reindex(v, &err)); /* again from the records: the same */
        } else if (round == 1) {                  /* and from nothing */
            hf_vault_close(v);
            assert_int_equal(0, unlink(feed_path(path, "index.sqlite")));
            v = feed_open(path, HF_VAULT_READ);
            T_OK(err, hf_vault_get_info(v, &info, &err));
            assert_false(info.is_index_current);
            hf_vault_close(v);
            v = feed_open(path, HF_VAULT_WRITE);
        }
    }
    hf_vault_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions_and_states),
        cmocka_unit_test(identities),
        cmocka_unit_test(doubles_in_one_import),
        cmocka_unit_test(stubs_give_way),
        cmocka_unit_test(missing_rules),
        cmocka_unit_test(loose_records),
        cmocka_unit_test(quarantine),
        cmocka_unit_test(index_follows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
