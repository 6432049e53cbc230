/* tests/lib/db/test_db.c: values survive, modes hold, and every failure has its status. */
#include "support.h"

#include "db/db.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

/* folder/name, valid until the next call. */
static const char *at(const char *folder, const char *name)
{
    static char path[4096];

    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static hf_db *new_db(const char *path)
{
    hf_db *db = NULL;
    hf_err *err = NULL;

    T_OK(err, hf_db_open(&db, path, HF_DB_NEW, &err));
    T_OK(err, hf_db_exec(db, "CREATE TABLE t(id INTEGER PRIMARY KEY, a, b, c, d)", &err));
    return db;
}

static void values_survive(void **state)
{
    static const char odd[] = "a\0b\xff\xc3\xa9"; /* NUL, invalid and valid UTF-8 */
    hf_view text = { odd, sizeof(odd) - 1 };
    hf_db *db = new_db(NULL);
    hf_stmt *put = NULL, *get = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_db_prepare(db, "INSERT INTO t VALUES(?1, ?2, ?3, ?4, ?5)", &put, &err));
    hf_stmt_bind_i64(put, 1, INT64_MIN);
    hf_stmt_bind_text(put, 2, text);
    hf_stmt_bind_blob(put, 3, text);
    hf_stmt_bind_text(put, 4, (hf_view){ NULL, 0 }); /* '' and not NULL */
    hf_stmt_bind_blob(put, 5, (hf_view){ NULL, 0 });
    T_OK(err, hf_stmt_run(put, &err));
    assert_int_equal(1, hf_db_changes(db));
    assert_true(INT64_MIN == hf_db_last_rowid(db));
    hf_stmt_bind_i64(put, 1, 7); /* the rest was forgotten by run: NULL */
    T_OK(err, hf_stmt_run(put, &err));

    T_OK(err, hf_db_prepare(db, "SELECT *, typeof(c), typeof(d) FROM t ORDER BY id;", &get, &err));
    assert_int_equal(HF_OK, hf_stmt_step(get, &err));
    assert_true(INT64_MIN == hf_stmt_col_i64(get, 0));
    assert_true(hf_view_eq(text, hf_stmt_col_text(get, 1)));
    assert_true(hf_view_eq(text, hf_stmt_col_blob(get, 2)));
    assert_false(hf_stmt_col_is_null(get, 3));
    T_VIEW("text", hf_stmt_col_text(get, 5));
    T_VIEW("blob", hf_stmt_col_text(get, 6));
    assert_int_equal(HF_OK, hf_stmt_step(get, &err));
    assert_true(hf_stmt_col_is_null(get, 1));
    T_VIEW(NULL, hf_stmt_col_text(get, 1));
    assert_int_equal(HF_END, hf_stmt_step(get, &err));
    hf_stmt_free(put);
    hf_stmt_free(get);
    hf_db_close(db);
}

static void modes_hold(void **state)
{
    static const char *const names[] = {
        "plain.sqlite",
        "a?b%20#c.sqlite", /* a URI would cut this one */
        ":memory:",        /* the name of a file, here */
        "file:x?mode=memory",
    };
    const char *folder = t_folder();
    hf_err *err = NULL;

    (void)state;
    assert_int_equal(0, chdir(folder)); /* so that the odd names stand alone */
    for (size_t i = 0; i < T_COUNT(names); i++) {
        hf_db *db = new_db(names[i]);
        struct stat st;
        int64_t n = 0;

        hf_db_close(db);
        assert_int_equal(0, stat(at(folder, names[i]), &st));
        assert_int_equal(0600, st.st_mode & 0777);
        T_FAILS(err, HF_E_EXISTS, hf_db_open(&db, names[i], HF_DB_NEW, &err));
        T_OK(err, hf_db_open(&db, names[i], HF_DB_CREATE, &err));
        T_OK(err, hf_db_exec(db, "INSERT INTO t(a) VALUES(1); INSERT INTO t(a) VALUES(2);", &err));
        hf_db_close(db);
        T_OK(err, hf_db_open(&db, names[i], HF_DB_IMMUTABLE, &err));
        T_OK(err, hf_db_get_i64(db, "SELECT count(*) FROM t", &n, &err));
        assert_int_equal(2, n);
        T_FAILS(err, HF_E_DENIED, hf_db_exec(db, "DELETE FROM t", &err));
        hf_db_close(db);
        T_OK(err, hf_db_open(&db, at(folder, names[i]), HF_DB_READ, &err));
        T_FAILS(err, HF_E_DENIED, hf_db_exec(db, "DELETE FROM t", &err));
        hf_db_close(db);
    }
}

static void failures_have_their_status(void **state)
{
    const char *folder = t_folder();
    hf_db *db = NULL, *other = NULL;
    hf_stmt *st = NULL;
    hf_err *err = NULL;
    int64_t n;

    (void)state;
    T_FAILS(err, HF_E_IO, hf_db_open(&db, at(folder, "absent"), HF_DB_READ, &err));
    T_FAILS(err, HF_E_IO, hf_db_open(&db, at(folder, "absent"), HF_DB_WRITE, &err));
    assert_int_equal(-1, access(at(folder, "absent"), F_OK)); /* and nothing was made */
    T_FAILS(err, HF_E_IO, hf_db_open(&db, folder, HF_DB_READ, &err));
    T_FAILS(err, HF_E_IO, hf_db_open(&db, at(folder, "no/such/folder"), HF_DB_NEW, &err));

    t_write(folder, "text",
            HF_V("this is not a database, but it is long enough to be read as one"));
    assert_int_equal(HF_E_DAMAGED, hf_db_open(&db, at(folder, "text"), HF_DB_READ, &err));
    assert_string_equal(at(folder, "text"), err->file);
    assert_non_null(err->hint);
    hf_err_free(err);
    err = NULL;

    db = new_db(at(folder, "x.sqlite"));
    T_OK(err, hf_db_open(&other, at(folder, "x.sqlite"), HF_DB_WRITE, &err));
    hf_db_busy_timeout(other, 0);
    T_OK(err, hf_db_begin(db, &err));
    T_FAILS(err, HF_E_LOCKED, hf_db_begin(other, &err));
    hf_db_rollback(db);
    hf_db_rollback(db); /* nothing open: nothing happens */
    assert_false(hf_db_in_transaction(db));
    hf_db_close(other);

    T_FAILS(err, HF_E_DB, hf_db_exec(db, "SELECT 1; SELECT * FROM nothing; SELECT 2", &err));
    T_FAILS(err, HF_E_DB, hf_db_prepare(db, "SELEKT 1", &st, &err));
    T_OK(err, hf_db_prepare(db, "INSERT INTO t(id) VALUES(?1)", &st, &err));
    hf_stmt_bind_i64(st, 2, 1); /* there is no ?2 */
    T_FAILS(err, HF_E_DB, hf_stmt_run(st, &err));
    hf_stmt_bind_i64(st, 1, 1);
    T_OK(err, hf_stmt_run(st, &err));
    hf_stmt_bind_i64(st, 1, 1);
    T_FAILS(err, HF_E_DB, hf_stmt_run(st, &err)); /* not unique */
    hf_stmt_free(st);
    assert_int_equal(HF_END, hf_db_get_i64(db, "SELECT 1 WHERE 0", &n, &err));

    T_OK(err, hf_db_set(db, "max_page_count", 4, &err));
    T_FAILS(err, HF_E_NO_SPACE, hf_db_exec(db, "INSERT INTO t(a) VALUES(zeroblob(1000000))", &err));
    hf_db_close(db);
}

static void a_broken_page_is_damage(void **state)
{
    const char *folder = t_folder();
    hf_db *db = new_db(at(folder, "x.sqlite"));
    hf_err *err = NULL;
    int64_t n;
    int fd;

    (void)state;
    T_OK(err, hf_db_exec(db, "INSERT INTO t(a) VALUES(zeroblob(3000)), (zeroblob(3000))", &err));
    hf_db_close(db);
    fd = open(at(folder, "x.sqlite"), O_WRONLY | O_CLOEXEC);
    assert_int_equal(8, pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, 4096)); /* page 2 */
    close(fd);
    T_OK(err, hf_db_open(&db, at(folder, "x.sqlite"), HF_DB_READ, &err));
    T_FAILS(err, HF_E_DAMAGED, hf_db_get_i64(db, "SELECT sum(length(a)) FROM t", &n, &err));
    hf_db_close(db);
}

static void a_snapshot_stays(void **state)
{
    const char *folder = t_folder();
    hf_db *db = new_db(at(folder, "x.sqlite")), *reader = NULL;
    hf_err *err = NULL;
    int64_t n;

    (void)state;
    T_OK(err, hf_db_exec(db, "PRAGMA journal_mode = WAL", &err));
    T_OK(err, hf_db_open(&reader, at(folder, "x.sqlite"), HF_DB_READ, &err));
    T_OK(err, hf_db_begin_read(reader, &err));
    T_OK(err, hf_db_begin(db, &err));
    T_OK(err, hf_db_exec(db, "INSERT INTO t(a) VALUES(1)", &err));
    T_OK(err, hf_db_commit(db, &err));
    T_OK(err, hf_db_get_i64(reader, "SELECT count(*) FROM t", &n, &err));
    assert_int_equal(0, n);
    T_OK(err, hf_db_commit(reader, &err));
    T_OK(err, hf_db_get_i64(reader, "SELECT count(*) FROM t", &n, &err));
    assert_int_equal(1, n);
    hf_db_close(reader);
    hf_db_close(db);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_survive),
        cmocka_unit_test(modes_hold),
        cmocka_unit_test(failures_have_their_status),
        cmocka_unit_test(a_broken_page_is_damage),
        cmocka_unit_test(a_snapshot_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
