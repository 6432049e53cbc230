/* tests/lib/vault/test_vault_crash.c: killed at every named place, the next import completes, and
 * the vault is the one that nobody killed. And who may write when. */
#include "vault_feed.h"

#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { BATCHES = 5 };

/* An export of several batches; the second one changes, adds and leaves out. */
static void feed_export(feed *f, int number)
{
    for (int i = 0; i < BATCHES; i++) {
        char name[64], id[4][64], text[64];
        feed_message list[5] = { { NULL, NULL, 0, NULL, 0 } };
        hf_rec_member *m;

        snprintf(name, sizeof(name), "C1/day%d.json", i);
        snprintf(text, sizeof(text), "text %d of export %d", i, i == 1 ? number : 1);
        for (int k = 0; k < 4; k++) {
            snprintf(id[k], sizeof(id[k]), "m%d.%d", i, number == 2 && i == 2 && k == 1 ? 9 : k);
            list[k] = (feed_message){ "C1", id[k], 10 + i, text, i == 3 ? number : 0 };
        }
        list[4] = (feed_message){ NULL, NULL, 0, NULL, 0 };
        feed_messages(f, name, list);
        snprintf(name, sizeof(name), "file%d.%d", i, number);
        m = feed_member(f, hf_view_str(name), HF_MEMBER_FILE);
        m->is_opaque = true;
        m->file_id = feed_dup(f, name);
        feed_bytes(f, feed_dup(f, name));
        feed_end(f);
        feed_flush(f);
    }
    feed_coverage(f, "C1", 10, 14);
}

static void import_once(const char *path, int number)
{
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    feed f;

    feed_begin(&f, v, true);
    feed_export(&f, number);
    feed_finish(&f);
    hf_vault_close(v);
}

/* Everything but times, ids of vaults and how bytes were grouped into blocks. */
static hf_view dump(const char *path, hf_buf *out)
{
    static const char *const queries[] = {
        "SELECT r.id, o.name, k.name, n.text, native, flags, time_us, reactions, versions, "
        "current, "
        "content_digest, state_digest, missing, hex(c.sha256), off, len FROM rec r "
        "JOIN origin o ON o.id = origin JOIN kind k ON k.id = r.kind JOIN name n ON n.id = scope "
        "JOIN content c ON c.id = r.content WHERE c.kind != 2 ORDER BY r.id",
        "SELECT v.id, digest, time_us, text, import FROM version v ORDER BY v.id",
        "SELECT DISTINCT kind, size, hex(sha256) FROM content WHERE kind != 2 ORDER BY 3",
        "SELECT m.import, ordinal, name, type, hex(c.sha256) FROM import_member m "
        "LEFT JOIN content c ON c.id = m.content ORDER BY 1, 2",
        "SELECT import, scope, first_day, last_day FROM coverage ORDER BY 1, 2",
        "SELECT n, members, records, missing FROM import ORDER BY n",
    };
    sqlite3 *db = NULL;

    hf_buf_init(out, HF_BUF_UNBOUNDED);
    assert_int_equal(SQLITE_OK, sqlite3_open(feed_path(path, "records.sqlite"), &db));
    for (size_t i = 0; i < T_COUNT(queries); i++) {
        sqlite3_stmt *st = NULL;

        assert_int_equal(SQLITE_OK, sqlite3_prepare_v2(db, queries[i], -1, &st, NULL));
        while (sqlite3_step(st) == SQLITE_ROW)
            for (int c = 0; c < sqlite3_column_count(st); c++) {
                const void *text = sqlite3_column_text(st, c);

                hf_buf_printf(out, "%s%c", text == NULL ? "NULL" : (const char *)text,
                              c + 1 == sqlite3_column_count(st) ? '\n' : '|');
            }
        sqlite3_finalize(st);
    }
    sqlite3_close(db);
    return hf_buf_view(out);
}

/* Import in a process of its own that is killed at a place; false when it was not. */
static bool import_killed(const char *path, int number, const char *fault)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0) {
        setenv("HOLDFAST_FAULT", fault, 1);
        import_once(path, number);
        _exit(0);
    }
    assert_int_equal(pid, waitpid(pid, &status, 0));
    if (WIFSIGNALED(status))
        assert_int_equal(SIGKILL, WTERMSIG(status));
    return WIFSIGNALED(status);
}

static void assert_sound(const char *path)
{
    static const char *const strays[] = { "records.sqlite.partial", "index.sqlite.partial" };
    hf_vault *v = NULL;
    hf_err *err = NULL;
    hf_vault_info info;
    uint64_t n = 1;

    T_OK(err, hf_vault_open(&v, path, HF_VAULT_READ, 0, &err));
    T_OK(err, hf_vault_verify(v, NULL, NULL, &n, &err));
    assert_int_equal(0, n);
    T_OK(err, hf_vault_check(v, NULL, NULL, &n, &err));
    assert_int_equal(0, n);
    T_OK(err, hf_vault_get_info(v, &info, &err));
    assert_true(info.is_index_current);
    hf_vault_close(v);
    for (size_t i = 0; i < T_COUNT(strays); i++)
        assert_int_equal(-1, access(feed_path(path, strays[i]), F_OK));
    assert_int_equal(0, feed_sql(path, "control.sqlite", "SELECT count(*) FROM intent"));
    assert_int_equal(0, feed_sql(path, "control.sqlite", "SELECT count(*) FROM lease"));
}

static uint64_t count_blobs(const char *path)
{
    char *blobs = hf_sprintf("%s/blobs", path);
    DIR *dir = opendir(blobs);
    struct dirent *e;
    uint64_t n = 0;

    assert_non_null(dir);
    while ((e = readdir(dir)) != NULL) {
        char *sub = hf_sprintf("%s/%s", blobs, e->d_name);
        DIR *below = e->d_name[0] == '.' ? NULL : opendir(sub);
        struct dirent *file;

        n += e->d_name[0] != '.' && below == NULL; /* a leftover beside the folders */
        while (below != NULL && (file = readdir(below)) != NULL)
            n += file->d_name[0] != '.';
        if (below != NULL)
            closedir(below);
        hf_free(sub);
    }
    closedir(dir);
    hf_free(blobs);
    return n;
}

static const struct {
    const char *place;
    bool
        is_complete; /* what was killed had been done already, or is finished by the next opening */
} places[] = {
    { "intent", false },  { "batch", false },     { "batch:3", false }, { "batch:5", false },
    { "records", false }, { "index", false },     { "ready", true },    { "rename", true },
    { "rename:2", true }, { "completion", true },
};

/* The vault after one and two imports that nobody disturbed. */
static void undisturbed(hf_buf out[2], uint64_t blobs[2])
{
    const char *path = feed_path(t_folder(), "v");

    for (int i = 0; i < 2; i++) {
        import_once(path, i + 1);
        dump(path, &out[i]);
        blobs[i] = count_blobs(path);
        assert_sound(path);
    }
}

static void killed_first_load(void **state)
{
    hf_buf want[2], got;
    uint64_t blobs[2];

    (void)state;
    undisturbed(want, blobs);
    for (size_t i = 0; i < T_COUNT(places); i++) {
        const char *path = feed_path(t_folder(), "v");

        assert_true(import_killed(path, 1, places[i].place));
        if (places[i].is_complete) { /* opening it for writing finishes the work */
            hf_vault_close(feed_open(path, HF_VAULT_WRITE));
        } else {
            /* The vault is as before: readable, empty. */
            assert_int_equal(0, feed_count(path, "SELECT count(*) FROM import"));
            import_once(path, 1);
        }
        if (!hf_view_eq(hf_buf_view(&want[0]), dump(path, &got)))
            fail_msg("killed at %s: wanted\n%s\ngot\n%s", places[i].place, hf_buf_cstr(&want[0]),
                     hf_buf_cstr(&got));
        assert_int_equal(blobs[0], count_blobs(path));
        assert_sound(path);
        hf_buf_clear(&got);
    }
    hf_buf_clear(&want[0]);
    hf_buf_clear(&want[1]);
}

static void killed_later_import(void **state)
{
    static const char *const once[] = { "ready", "rename", "rename:2" }; /* first loads only */
    hf_buf want[2], got;
    uint64_t blobs[2];

    (void)state;
    undisturbed(want, blobs);
    for (size_t i = 0; i < T_COUNT(places); i++) {
        const char *path = feed_path(t_folder(), "v");
        bool is_load_only = false, is_complete;

        for (size_t k = 0; k < T_COUNT(once); k++)
            is_load_only = is_load_only || strcmp(once[k], places[i].place) == 0;
        if (is_load_only)
            continue;
        import_once(path, 1);
        assert_true(import_killed(path, 2, places[i].place));
        /* From the commit of the records on the import is done; the index follows when the vault is
         * opened next. */
        is_complete = places[i].is_complete || strcmp(places[i].place, "records") == 0 ||
                      strcmp(places[i].place, "index") == 0;
        assert_int_equal(is_complete ? 2 : 1, feed_count(path, "SELECT count(*) FROM import"));
        if (is_complete)
            hf_vault_close(feed_open(path, HF_VAULT_WRITE));
        else
            import_once(path, 2);
        if (!hf_view_eq(hf_buf_view(&want[1]), dump(path, &got)))
            fail_msg("killed at %s: wanted\n%s\ngot\n%s", places[i].place, hf_buf_cstr(&want[1]),
                     hf_buf_cstr(&got));
        assert_int_equal(blobs[1], count_blobs(path));
        assert_sound(path);
        hf_buf_clear(&got);
    }
    hf_buf_clear(&want[0]);
    hf_buf_clear(&want[1]);
}

/* An import given up in order leaves nothing either, and the vault goes on being of use. */
static void aborted(void **state)
{
    hf_buf want[2], got;
    uint64_t blobs[2];
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    feed f;

    (void)state;
    undisturbed(want, blobs);
    for (int number = 1; number <= 2; number++) {
        feed_begin(&f, v, true);
        feed_export(&f, number);
        feed_flush(&f);
        hf_batch_free(f.b);
        hf_import_abort(f.im);
        hf_paths_free(f.paths);
        assert_int_equal(number - 1, feed_count(path, "SELECT count(*) FROM import"));
        feed_begin(&f, v, true);
        feed_export(&f, number);
        feed_finish(&f);
        assert_true(hf_view_eq(hf_buf_view(&want[number - 1]), dump(path, &got)));
        assert_int_equal(blobs[number - 1], count_blobs(path));
        hf_buf_clear(&got);
        hf_buf_clear(&want[number - 1]);
    }
    hf_vault_close(v);
    assert_sound(path);
}

/* --- who may write ------------------------------------------------------------------------------
 */

static void one_writer(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE), *w = NULL;
    hf_err *err = NULL;
    int64_t n;
    feed f;

    (void)state;
    T_FAILS(err, HF_E_LOCKED, hf_vault_open(&w, path, HF_VAULT_WRITE, 0, &err));
    assert_null(w);
    feed_begin(&f, v, true);
    feed_export(&f, 1);
    feed_flush(&f);

    /* Reading, and short writes to control, go on while an import runs. */
    T_OK(err, hf_vault_open(&w, path, HF_VAULT_CONTROL, 0, &err));
    T_OK(err,
         hf_db_exec(hf_vault_control(w), "CREATE TABLE mine(x); INSERT INTO mine VALUES(7)", &err));
    T_OK(err, hf_db_get_i64(hf_vault_control(w), "SELECT x FROM mine", &n, &err));
    assert_int_equal(7, n);
    hf_vault_close(w);
    T_OK(err, hf_vault_open(&w, path, HF_VAULT_READ, 0, &err));
    T_FAILS(err, HF_E_DENIED, hf_db_exec(hf_vault_control(w), "INSERT INTO mine VALUES(8)", &err));
    hf_vault_close(w);

    feed_finish(&f);
    hf_vault_close(v);
    w = feed_open(path, HF_VAULT_WRITE); /* the lease was given back */
    hf_vault_close(w);
}

static void lease_of_the_dead(void **state)
{
    static const struct {
        const char *sql; /* what an earlier writer left */
        hf_status want;
    } cases[] = {
        /* this very process, alive */
        { "UPDATE lease SET heartbeat_us = 0", HF_E_LOCKED },
        /* no such process */
        { "UPDATE lease SET pid = 99999999", HF_OK },
        /* the number was given to another process since */
        { "UPDATE lease SET pid_started = pid_started + 1", HF_OK },
        /* elsewhere, silent for a minute: its machine is gone */
        { "UPDATE lease SET host = 'elsewhere', heartbeat_us = heartbeat_us - 60000000", HF_OK },
        /* elsewhere, heard of just now */
        { "UPDATE lease SET host = 'elsewhere'", HF_E_LOCKED },
        /* another container of this machine: process ids mean nothing */
        { "UPDATE lease SET namespace = 'pid:[1]', pid = 99999999", HF_E_LOCKED },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        const char *path = feed_path(t_folder(), "v");
        hf_vault *v = feed_open(path, HF_VAULT_WRITE), *w = NULL;
        hf_err *err = NULL;

        feed_sql(path, "control.sqlite", cases[i].sql);
        if (cases[i].want == HF_OK)
            T_OK(err, hf_vault_open(&w, path, HF_VAULT_WRITE, 0, &err));
        else
            T_FAILS(err, cases[i].want, hf_vault_open(&w, path, HF_VAULT_WRITE, 0, &err));
        hf_vault_close(w);
        hf_vault_close(v);
    }
}

static void what_is_no_vault(void **state)
{
    const char *folder = t_folder(), *path = feed_path(folder, "v");
    hf_vault *v = NULL;
    hf_err *err = NULL;

    (void)state;
    T_FAILS(err, HF_E_USAGE, hf_vault_open(&v, path, HF_VAULT_READ, 0, &err));
    T_FAILS(err, HF_E_UNSUPPORTED, hf_vault_open(&v, folder, HF_VAULT_READ, 0, &err));
    assert_int_equal(0, mkdir(path, 0755));
    T_OK(err, hf_vault_init(path, 0, &err)); /* an empty folder will do */
    T_FAILS(err, HF_E_EXISTS, hf_vault_init(path, 0, &err));
    feed_sql(path, "records.sqlite", "UPDATE meta SET value = 2 WHERE key = 'schema'");
    T_FAILS(err, HF_E_UNSUPPORTED, hf_vault_open(&v, path, HF_VAULT_READ, 0, &err));
    feed_sql(path, "records.sqlite", "UPDATE meta SET value = 1 WHERE key = 'schema'");
    feed_sql(path, "records.sqlite", "UPDATE meta SET value = 'other' WHERE key = 'vault'");
    T_FAILS(err, HF_E_DAMAGED, hf_vault_open(&v, path, HF_VAULT_READ, 0, &err));
    t_write(path, "records.sqlite", HF_V("this is no database, and long enough to be looked at"));
    T_FAILS(err, HF_E_DAMAGED, hf_vault_open(&v, path, HF_VAULT_READ, 0, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_first_load), cmocka_unit_test(killed_later_import),
        cmocka_unit_test(aborted),           cmocka_unit_test(one_writer),
        cmocka_unit_test(lease_of_the_dead), cmocka_unit_test(what_is_no_vault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
