/* tests/lib/vault/test_vault_upgrade.c: vaults made before their schema had all that it has now. */
#include "vault/records_priv.h"
#include "vault_feed.h"

static const feed_message day[] = {
    { "C1", "1", 100, "first", 0 },
    { "C1", "2", 101, "second", 0 },
    { NULL, NULL, 0, NULL, 0 },
}, next_day[] = {
    { "C1", "2", 101, "second, edited", 0 },
    { NULL, NULL, 0, NULL, 0 },
};

/* The checksum of a row as it was before. */
static void set_old_sum(const char *vault, int64_t id)
{
    hf_db *db = NULL;
    hf_stmt *st = NULL;
    hf_rec_row row;
    int64_t sum;
    char sql[128];
    hf_err *err = NULL;

    T_OK(err, hf_db_open(&db, feed_path(vault, "records.sqlite"), HF_DB_READ, &err));
    T_OK(err, hf_db_prepare(db, "SELECT " REC_COLUMNS " FROM rec WHERE id = ?1", &st, &err));
    hf_stmt_bind_i64(st, 1, id);
    T_OK(err, hf_stmt_step(st, &err));
    hf_rec_row_get(st, &row);
    sum = hf_rec_row_sum_unchanged(&row);
    hf_stmt_free(st);
    hf_db_close(db);
    snprintf(sql, sizeof(sql), "UPDATE rec SET sum = %lld WHERE id = %lld", (long long)sum,
             (long long)id);
    feed_count(vault, sql);
}

/* Take away what was added later. */
static void make_old(const char *vault)
{
    static const char *const steps[] = {
        "ALTER TABLE import_member DROP COLUMN is_set",
        "DELETE FROM kind WHERE id > 7",
        "ALTER TABLE import DROP COLUMN mark_key",
        "ALTER TABLE import DROP COLUMN mark",
        "DROP INDEX rec_changed",
        "DROP TABLE gap",
        "CREATE TABLE old(import INTEGER NOT NULL REFERENCES import(n), scope INTEGER NOT NULL "
        "REFERENCES name(id), first_day INTEGER NOT NULL, last_day INTEGER NOT NULL, "
        "PRIMARY KEY (import, scope)) WITHOUT ROWID",
        "INSERT INTO old SELECT import, scope, first_day, last_day FROM coverage",
        "DROP TABLE coverage",
        "ALTER TABLE old RENAME TO coverage",
    };
    sqlite3 *db = NULL;
    sqlite3_stmt *rows = NULL;

    for (size_t i = 0; i < T_COUNT(steps); i++)
        feed_count(vault, steps[i]);
    /* The checksums knew nothing of the column either. */
    assert_int_equal(SQLITE_OK, sqlite3_open(feed_path(vault, "records.sqlite"), &db));
    assert_int_equal(SQLITE_OK,
                     sqlite3_prepare_v2(db, "SELECT id FROM rec ORDER BY id", -1, &rows, NULL));
    while (sqlite3_step(rows) == SQLITE_ROW)
        set_old_sum(vault, sqlite3_column_int64(rows, 0));
    sqlite3_finalize(rows);
    sqlite3_close(db);
    feed_count(vault, "ALTER TABLE rec DROP COLUMN changed");
}

static hf_import_stats import(const char *path, const feed_message *list)
{
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_import_stats stats;
    feed f;

    feed_begin(&f, v, true);
    feed_messages(&f, "day.txt", list);
    feed_coverage(&f, "C1", 100, 105);
    stats = feed_finish(&f);
    hf_vault_close(v);
    return stats;
}

static uint64_t findings(const char *path)
{
    hf_vault *v = feed_open(path, HF_VAULT_READ);
    uint64_t n = 0, rules = 0;
    hf_err *err = NULL;

    T_OK(err, hf_vault_verify(v, NULL, NULL, &n, &err));
    T_OK(err, hf_vault_check(v, NULL, NULL, &rules, &err));
    hf_vault_close(v);
    return n + rules;
}

/* Opening for reading says what to do; opening for writing adds what is missing. */
static void an_old_vault_is_brought_up(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = NULL;
    hf_err *err = NULL;
    hf_view mark;
    hf_arena *mem = hf_arena_new();
    hf_buf b;

    (void)state;
    import(path, day);
    import(path, next_day);
    make_old(path);
    T_FAILS(err, HF_E_UNSUPPORTED, hf_vault_open(&v, path, HF_VAULT_READ, 0, &err));
    assert_int_equal(7, feed_count(path, "SELECT count(*) FROM kind"));
    v = feed_open(path, HF_VAULT_CONTROL); /* holds and the audit log need nothing new */
    assert_int_equal(HF_END, hf_vault_last_mark(v, "me", "T1", mem, &mark, &err));
    hf_vault_close(v);

    assert_int_equal(0, import(path, next_day).new_records);
    assert_int_equal(9, feed_count(path, "SELECT count(*) FROM kind"));
    assert_int_equal(3, feed_count(path, "SELECT count(*) FROM import_member WHERE is_set = 0"));
    assert_int_equal(1, feed_count(path, "SELECT changed FROM rec WHERE native = '1'"));
    assert_int_equal(2, feed_count(path, "SELECT changed FROM rec WHERE native = '2'"));
    assert_int_equal(3, feed_count(path, "SELECT count(*) FROM coverage WHERE kind = 4 AND "
                                         "first_day = 100 AND last_day = 105"));
    assert_int_equal(0, feed_count(path, "SELECT count(*) FROM gap"));
    assert_int_equal(0, findings(path));
    v = feed_open(path, HF_VAULT_WRITE);
    b = feed_rebuild(v, 1, "day.txt");
    hf_buf_clear(&b);
    hf_vault_close(v);
    hf_arena_free(mem);
}

/* Bringing it up does not make a damaged row look right. */
static void what_was_damaged_stays_so(void **state)
{
    const char *path = feed_path(t_folder(), "v");

    (void)state;
    import(path, day);
    make_old(path);
    feed_count(path, "UPDATE rec SET time_us = time_us + 1 WHERE native = '1'");
    import(path, next_day);
    assert_int_equal(1, findings(path));
}

/* Where an import ended is kept with it, of each source its own. */
static void marks_are_kept(void **state)
{
    static const struct {
        const char *key, *mark;
    } imports[] = { { "a", "1" }, { "b", "{\"x\":2}" }, { "a", "3" }, { "", "" } };
    const char *path = feed_path(t_folder(), "v");
    hf_arena *mem = hf_arena_new();
    hf_view mark;
    hf_vault *v;
    hf_err *err = NULL;

    (void)state;
    for (size_t i = 0; i < T_COUNT(imports); i++) {
        feed f;

        v = feed_open(path, HF_VAULT_WRITE);
        feed_begin(&f, v, true);
        feed_messages(&f, "day.txt", day);
        hf_import_mark(f.im, hf_view_str(imports[i].key), hf_view_str(imports[i].mark));
        feed_finish(&f);
        hf_vault_close(v);
    }
    v = feed_open(path, HF_VAULT_READ);
    T_OK(err, hf_vault_last_mark(v, "a", "T1", mem, &mark, &err));
    T_VIEW("3", mark);
    T_OK(err, hf_vault_last_mark(v, "b", "T1", mem, &mark, &err));
    T_VIEW("{\"x\":2}", mark);
    assert_int_equal(HF_END, hf_vault_last_mark(v, "b", "T2", mem, &mark, &err));
    assert_int_equal(HF_END, hf_vault_last_mark(v, "c", "T1", mem, &mark, &err));
    hf_vault_close(v);
    hf_arena_free(mem);
}

/* A mark says what its own source gave last. When something else changed the records since (an
 * older dump, another copy of the server), going on from there would leave that as it is. */
static void a_mark_ends_when_another_import_changes_its_records(void **state)
{
    static const struct {
        const char *origin, *mark;
        const feed_message *messages;
        const char *want; /* of source "a" for "T1"; NULL: none */
    } imports[] = {
        { "T1", "1", day, "1" },      { "T1", "", day, "1" }, /* a dump of the same moment */
        { "T2", "", next_day, "1" },                          /* somebody else's */
        { "T1", "", next_day, NULL }, { "T1", "2", next_day, "2" },
    };
    const char *path = feed_path(t_folder(), "v");
    hf_arena *mem = hf_arena_new();

    (void)state;
    for (size_t i = 0; i < T_COUNT(imports); i++) {
        hf_vault *v = feed_open(path, HF_VAULT_WRITE);
        hf_view mark = { NULL, 0 };
        hf_err *err = NULL;
        hf_status rc;
        feed f;

        feed_begin(&f, v, true);
        f.origin = imports[i].origin;
        feed_messages(&f, "day.txt", imports[i].messages);
        hf_import_mark(f.im, HF_V("a"), hf_view_str(imports[i].mark));
        feed_finish(&f);
        rc = hf_vault_last_mark(v, "a", "T1", mem, &mark, &err);
        assert_int_equal(imports[i].want == NULL ? HF_END : HF_OK, rc);
        T_VIEW(imports[i].want == NULL ? "" : imports[i].want, mark);
        hf_vault_close(v);
    }
    hf_arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_vault_is_brought_up),
        cmocka_unit_test(what_was_damaged_stays_so),
        cmocka_unit_test(marks_are_kept),
        cmocka_unit_test(a_mark_ends_when_another_import_changes_its_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
