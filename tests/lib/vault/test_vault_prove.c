/* tests/lib/vault/test_vault_prove.c: verify and check find what was changed; copies hold all. */
#include "vault_feed.h"

#include "util/stop.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

static void fill(feed *f)
{
    static const feed_message list[] = {
        { "C1", "m1", 10, "unmistakable one", 1 },
        { "C1", "m2", 11, "unmistakable two", 0 },
        { "C2", "m3", 12, "unmistakable three", 0 },
        { NULL, NULL, 0, NULL, 0 },
    };
    hf_rec_member *m;

    feed_messages(f, "C1/day.json", list);
    feed_record(f, HF_KIND_USER, "U1", HF_V("x"), 0)->raw.member = HF_NO_MEMBER;
    feed_record(f, HF_KIND_CHANNEL, "C1", HF_V("x"), 0)->raw.member = HF_NO_MEMBER;
    m = feed_member(f, HF_V("photo.png"), HF_MEMBER_FILE);
    m->is_opaque = true;
    m->file_id = HF_V("F1");
    feed_bytes(f, HF_V("the bytes of a picture"));
    feed_end(f);
}

static hf_vault *filled(const char *path)
{
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);

    for (int i = 0; i < 2; i++) {
        feed f;

        feed_begin(&f, v, true);
        fill(&f);
        feed_finish(&f);
    }
    return v;
}

typedef struct heard {
    char all[8192]; /* "where: what" of every finding, a line each */
} heard;

static void hear(void *self, const char *where, const char *what)
{
    heard *h = self;
    size_t n = strlen(h->all);

    snprintf(h->all + n, sizeof(h->all) - n, "%s: %s\n", where, what);
}

static uint64_t run(const char *path, bool is_verify, heard *h)
{
    hf_vault *v = NULL;
    hf_err *err = NULL;
    uint64_t n = 0;

    T_OK(err, hf_vault_open(&v, path, HF_VAULT_READ, 0, &err));
    T_OK(err,
         is_verify ? hf_vault_verify(v, hear, h, &n, &err) : hf_vault_check(v, hear, h, &n, &err));
    hf_vault_close(v);
    return n;
}

/* What a careless or hostile hand may change with plain SQLite, and who must notice. */
static void changes_are_found(void **state)
{
    static const struct {
        const char *file, *sql;
        bool by_verify, by_check;
        const char *where;
    } cases[] = {
        { "records.sqlite", "SELECT 1", false, false, "" },
        { "records.sqlite", "UPDATE version SET text = 'unmistakable One' WHERE text LIKE '%one'",
          true, false, "version 1 of rec 1" },
        { "records.sqlite", "UPDATE version SET text = NULL WHERE text LIKE '%one'", true, false,
          "version 1 of rec 1" },
        { "records.sqlite", "UPDATE rec SET time_us = time_us + 1 WHERE native = 'm2'", true, false,
          "rec 2" },
        { "records.sqlite", "UPDATE rec SET native = 'm9' WHERE native = 'm2'", true, false,
          "rec 2" },
        { "records.sqlite", "UPDATE rec SET missing = 1 WHERE native = 'm2'", true, false,
          "rec 2" },
        { "records.sqlite", "UPDATE rec SET versions = 2 WHERE native = 'm2'", true, true,
          "rec 2" },
        { "records.sqlite", "DELETE FROM version WHERE text LIKE '%one'", false, true, "rec 1" },
        { "records.sqlite", "DELETE FROM rec WHERE native = 'm1'", false, true,
          "version 1 of rec 1" },
        { "records.sqlite", "UPDATE rec SET scope = 99 WHERE native = 'm2'", true, true, "rec 2" },
        { "records.sqlite",
          "UPDATE import_member SET name = x'41' WHERE import = 2 AND ordinal = 0", true, false,
          "import 2" },
        { "records.sqlite", "DELETE FROM import_member WHERE import = 2 AND ordinal = 0", true,
          true, "import 2" },
        { "records.sqlite", "UPDATE content SET sha256 = zeroblob(32) WHERE id = 1", true, false,
          "content 1" },
        { "records.sqlite", "UPDATE content SET size = size - 1 WHERE id = 1", true, true,
          "content 1" },
        { "records.sqlite", "UPDATE extent SET len = len - 1 WHERE content = 1", true, true,
          "content 1" },
        { "records.sqlite", "UPDATE extent SET off = off + 1 WHERE content = 1", true, true,
          "content 1" },
        { "records.sqlite", "DELETE FROM extent WHERE content = 1", true, true, "content 1" },
        { "records.sqlite", "DELETE FROM block WHERE id = 1", true, true, "" },
        { "records.sqlite", "UPDATE user_version SET is_current = 0", false, true, "rec 4" },
        { "records.sqlite", "DELETE FROM channel_version", false, true, "rec 5" },
        { "records.sqlite", "DELETE FROM meta WHERE key = 'import'", false, true,
          "records.sqlite" },
        { "index.sqlite", "DELETE FROM doc WHERE rec = 2", false, true, "version 1 of rec 2" },
        { "index.sqlite",
          "INSERT INTO doc SELECT docid + 1000, 77, 1, time_us, channel, author, "
          "traits FROM doc WHERE rec = 2",
          false, true, "version 1 of rec 77" },
        { "index.sqlite",
          "UPDATE ft_data SET block = substr(block, 1, length(block) - 1) WHERE "
          "id > 1000",
          true, false, "index.sqlite" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        const char *path = feed_path(t_folder(), "v");
        heard by_verify = { "" }, by_check = { "" };

        hf_vault_close(filled(path));
        assert_int_equal(INT64_MIN == feed_sql(path, cases[i].file, cases[i].sql), i > 0);
        if (cases[i].by_verify != (run(path, true, &by_verify) > 0))
            fail_msg("verify, %s: %s", cases[i].sql, by_verify.all);
        if (cases[i].by_verify && strstr(by_verify.all, cases[i].where) == NULL)
            fail_msg("verify, %s: %s", cases[i].sql, by_verify.all);
        if (cases[i].by_check != (run(path, false, &by_check) > 0))
            fail_msg("check, %s: %s", cases[i].sql, by_check.all);
        if (!cases[i].by_verify && strstr(by_check.all, cases[i].where) == NULL)
            fail_msg("check, %s: %s", cases[i].sql, by_check.all);
    }
}

static void flip(const char *path, off_t at)
{
    int fd = open(path, O_RDWR);
    char c;

    assert_true(fd >= 0);
    assert_int_equal(1, pread(fd, &c, 1, at));
    c = (char)(c ^ 1);
    assert_int_equal(1, pwrite(fd, &c, 1, at));
    close(fd);
}

/* Where the blocks of records.sqlite lie in the file: their frames begin with zstd's magic. */
static off_t find_frame(const char *path)
{
    hf_view all = t_read(path);
    size_t at = hf_view_find(all, (hf_view){ "\x28\xb5\x2f\xfd", 4 });

    hf_free((void *)(uintptr_t)all.p);
    assert_true(at != HF_NPOS);
    return (off_t)at;
}

static const char *the_blob(hf_vault *v)
{
    feed_wanted w = { .name = "photo.png" };
    hf_err *err = NULL;
    char hex[65], name[80];

    T_OK(err, hf_vault_members(v, 1, feed_match, &w, &err));
    hf_sha256_hex(&w.m.sha256, hex);
    snprintf(name, sizeof(name), "blobs/%.2s/%s", hex, hex + 2);
    return feed_path(hf_vault_path(v), name);
}

static void flipped_bits_are_found(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const char *path = feed_path(t_folder(), "v");
        hf_vault *v = filled(path);
        const char *blob = the_blob(v);
        heard h = { "" };

        hf_vault_close(v);
        assert_int_equal(0, run(path, true, &h));
        if (i == 0)
            flip(blob, 5);
        else if (i == 1)
            assert_int_equal(0, truncate(blob, 5));
        else if (i == 2)
            assert_int_equal(0, unlink(blob));
        else
            flip(feed_path(path, "records.sqlite"),
                 find_frame(feed_path(path, "records.sqlite")) + 20);
        assert_true(run(path, true, &h) > 0);
        if (i < 3)
            assert_non_null(strstr(h.all, "photo.png"));
        else
            assert_non_null(strstr(h.all, "content "));
        assert_int_equal(i == 1 || i == 2, run(path, false, &h));
    }
}

static void copies(void **state)
{
    const char *folder = t_folder(), *path = feed_path(folder, "v"), *to = feed_path(folder, "w");
    hf_vault *v = filled(path), *w = NULL;
    heard h = { "" };
    hf_err *err = NULL;
    hf_buf bytes;
    feed f;

    (void)state;
    T_OK(err, hf_vault_copy(v, to, 0, &err));
    assert_int_equal(0, run(to, true, &h));
    assert_int_equal(0, run(to, false, &h));
    assert_int_equal(2, feed_count(to, "SELECT count(*) FROM import"));
    T_OK(err, hf_vault_open(&w, to, HF_VAULT_READ, 0, &err));
    assert_string_equal(hf_vault_id(v), hf_vault_id(w));
    bytes = feed_rebuild(w, 1, "photo.png");
    T_VIEW("the bytes of a picture", hf_buf_view(&bytes));
    hf_buf_clear(&bytes);
    hf_vault_close(w);

    /* While an import runs: the vault as of the import before. */
    feed_begin(&f, v, true);
    feed_file(&f, "new", HF_V("new"), false);
    feed_flush(&f);
    T_OK(err, hf_vault_copy(v, feed_path(folder, "x"), 0, &err));
    assert_int_equal(2, feed_count(feed_path(folder, "x"), "SELECT count(*) FROM import"));
    assert_int_equal(0, feed_sql(feed_path(folder, "x"), "control.sqlite",
                                 "SELECT (SELECT count(*) FROM lease) + (SELECT count(*) FROM "
                                 "intent)"));
    feed_finish(&f);

    /* An earlier copy is brought up to date. */
    T_OK(err, hf_vault_copy(v, to, 0, &err));
    assert_int_equal(3, feed_count(to, "SELECT count(*) FROM import"));
    assert_int_equal(0, run(to, true, &h));

    /* Nothing else is written over. */
    hf_vault_close(feed_open(feed_path(folder, "other"), HF_VAULT_WRITE));
    T_FAILS(err, HF_E_EXISTS, hf_vault_copy(v, feed_path(folder, "other"), 0, &err));
    t_write(folder, "file", HF_V("mine"));
    T_FAILS(err, HF_E_EXISTS, hf_vault_copy(v, feed_path(folder, "file"), 0, &err));

    /* What is broken is not taken for a copy. */
    flip(the_blob(v), 3);
    T_FAILS(err, HF_E_VERIFY, hf_vault_copy(v, feed_path(folder, "y"), 0, &err));
    assert_int_equal(-1, access(feed_path(folder, "y"), F_OK));
    hf_vault_close(v);
}

/* Long work ends when it is asked to. The flag stays raised: this test is the last. */
static void stops_when_asked(void **state)
{
    const char *folder = t_folder(), *path = feed_path(folder, "v");
    hf_vault *v = filled(path);
    hf_err *err = NULL;
    uint64_t n;

    (void)state;
    hf_stop_request(SIGTERM);
    T_FAILS(err, HF_E_INTERRUPTED, hf_vault_verify(v, NULL, NULL, &n, &err));
    T_FAILS(err, HF_E_INTERRUPTED, hf_vault_check(v, NULL, NULL, &n, &err));
    T_FAILS(err, HF_E_INTERRUPTED, hf_vault_copy(v, feed_path(folder, "w"), 0, &err));
    assert_int_equal(-1, access(feed_path(folder, "w"), F_OK));
    hf_vault_close(v);
}

static uint64_t imports(hf_vault *v)
{
    hf_err *err = NULL;
    hf_vault_info info;

    T_OK(err, hf_vault_get_info(v, &info, &err));
    return info.imports;
}

static int64_t hold(hf_vault *v)
{
    hf_err *err = NULL;
    int64_t import = -1;

    T_OK(err, hf_vault_hold(v, &import, &err));
    return import;
}

/* What is held stays, for as long as anybody holds it; also what a first import's files replace. */
static void what_is_held_stays(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE), *r = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_vault_open(&r, path, HF_VAULT_READ, 0, &err));
    for (int n = 0; n < 3; n++) {
        feed f;

        assert_int_equal(hold(r), n);
        feed_begin(&f, v, true);
        fill(&f);
        feed_finish(&f);
        assert_int_equal(imports(r), n);
        assert_int_equal(hold(r), n); /* again: the same, not the latest */
        hf_vault_let_go(r);
        assert_int_equal(imports(r), n);
        hf_vault_let_go(r);
    }
    assert_int_equal(imports(r), 3);
    hf_vault_close(r);
    hf_vault_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_found),
        cmocka_unit_test(flipped_bits_are_found),
        cmocka_unit_test(copies),
        cmocka_unit_test(what_is_held_stays),
        cmocka_unit_test(stops_when_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
