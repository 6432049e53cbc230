/* tests/lib/vault/test_vault_evidence.c: members come back byte for byte and are kept once. */
#include "vault_feed.h"

#include <sys/stat.h>

/* n bytes that do not compress and differ by seed. */
static hf_view noise(hf_arena *mem, size_t n, uint64_t seed)
{
    char *p = hf_arena_alloc(mem, n + 1);

    for (size_t i = 0; i < n; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        p[i] = (char)(seed >> 56);
    }
    return (hf_view){ p, n };
}

typedef struct part {
    const char *name;
    size_t size;
    bool is_opaque;
} part;

static const part parts[] = {
    { "empty.json", 0, false },
    { "a/", 0, false }, /* a folder that looks like a file is still a member */
    { "one", 1, false },
    { "small", 1000, false },
    { "block", 65536, false },
    { "block and one", 65537, false },
    { "many blocks", 300000, false },
    { "../../etc/passwd", 20, false }, /* names are kept, never used */
    { "held, exactly", 8 << 20, false },
    { "streamed", (8 << 20) + 1, false },
    { "streamed, more", (20 << 20) + 7, false },
    { "opaque, small", 5000, true },
    { "opaque, exactly", 1 << 20, true },
    { "opaque, blob", (1 << 20) + 1, true },
};

static hf_import_stats import_parts(hf_vault *v, hf_arena *mem)
{
    feed f;

    feed_begin(&f, v, true);
    for (size_t i = 0; i < T_COUNT(parts); i++) {
        hf_view bytes = noise(mem, parts[i].size, i + 1);
        hf_rec_member *m = feed_member(&f, hf_view_str(parts[i].name), HF_MEMBER_FILE);

        m->is_opaque = parts[i].is_opaque;
        for (size_t at = 0; at < bytes.n; at += 100001) /* never at a block's end */
            feed_bytes(&f, hf_view_sub(bytes, at, 100001));
        feed_end(&f);
    }
    return feed_finish(&f);
}

static void rebuilds_any_bytes(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_arena *mem = hf_arena_new();
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_import_stats first = import_parts(v, mem), second = import_parts(v, mem);
    int64_t blobs = feed_count(path, "SELECT count(*) FROM content WHERE kind = 1");
    struct stat st;

    (void)state;
    assert_int_equal(T_COUNT(parts), first.members);
    /* Two members are empty: equal bytes. */
    assert_int_equal(T_COUNT(parts) - 1, first.new_members);
    assert_int_equal(T_COUNT(parts), second.members);
    assert_int_equal(0, second.new_members);
    assert_int_equal(0, second.blocks);
    assert_int_equal(first.bytes, second.bytes);
    assert_int_equal(first.blocks, feed_count(path, "SELECT count(*) FROM block"));
    assert_int_equal(T_COUNT(parts) - 1, feed_count(path, "SELECT count(*) FROM content"));
    assert_int_equal(2, feed_count(path, "SELECT count(*) FROM import"));
    assert_int_equal(1, blobs);
    assert_int_equal(0, feed_count(path, "SELECT count(*) FROM block WHERE size > 65536"));
    for (size_t i = 0; i < T_COUNT(parts); i++)
        for (int64_t import = 1; import <= 2; import++) {
            hf_buf got = feed_rebuild(v, import, parts[i].name);
            hf_view want = noise(mem, parts[i].size, i + 1);

            assert_true(hf_view_eq(want, hf_buf_view(&got)));
            hf_buf_clear(&got);
        }
    assert_int_equal(0, stat(path, &st));
    assert_int_equal(0700, st.st_mode & 0777);
    assert_int_equal(0, stat(feed_path(path, "records.sqlite"), &st));
    assert_int_equal(0600, st.st_mode & 0777);
    hf_vault_close(v);
    hf_arena_free(mem);
}

/* Folders, links, duplicate and raw names, times and modes come back as they were. */
static void members_keep_all(void **state)
{
    static const char raw[] = "r\xe4w\n\x00name";
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_rec_member *m;
    feed f;

    (void)state;
    feed_begin(&f, v, true);
    m = feed_member(&f, HF_V("folder/"), HF_MEMBER_FOLDER);
    m->mode = 0755;
    feed_end(&f);
    m = feed_member(&f, HF_V("link"), HF_MEMBER_LINK);
    m->link = HF_V("../x");
    feed_end(&f);
    m = feed_member(&f, (hf_view){ raw, sizeof(raw) - 1 }, HF_MEMBER_FILE);
    m->mtime_us = 1234567;
    m->mode = 0640;
    feed_bytes(&f, HF_V("1"));
    feed_end(&f);
    feed_file(&f, "twice", HF_V("x"), false);
    feed_file(&f, "twice", HF_V("y"), false);
    m = feed_member(&f, HF_V("avatar.png"), HF_MEMBER_FILE);
    m->is_opaque = true;
    m->file_id = HF_V("F1"); /* an attachment: a file of its own, however small */
    feed_bytes(&f, HF_V("png"));
    feed_end(&f);
    assert_int_equal(6, feed_finish(&f).members);
    assert_int_equal(1, feed_count(path, "SELECT count(*) FROM import_member WHERE type = 1 AND "
                                         "mode = 493 AND content IS NULL"));
    assert_int_equal(1, feed_count(path, "SELECT count(*) FROM import_member WHERE type = 2 AND "
                                         "link = x'2e2e2f78'"));
    assert_int_equal(1, feed_count(path, "SELECT count(*) FROM import_member WHERE mtime_us = "
                                         "1234567 AND mode = 416 AND name = "
                                         "x'72e4770a006e616d65'"));
    assert_int_equal(2, feed_count(path, "SELECT count(DISTINCT content) FROM import_member WHERE "
                                         "name = CAST('twice' AS BLOB)"));
    assert_int_equal(1, feed_count(path, "SELECT count(*) FROM import_member m JOIN content c ON "
                                         "c.id = m.content WHERE m.file = 'F1' AND c.kind = 1"));
    hf_buf got = feed_rebuild(v, 1, "avatar.png");
    T_VIEW("png", hf_buf_view(&got));
    hf_buf_clear(&got);
    hf_vault_close(v);
}

/* Blocks end where records end, so that a record can be had by unpacking one frame. */
static void cuts_at_records(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    uint64_t at = 0;
    hf_buf all;
    feed f;

    (void)state;
    hf_buf_init(&all, HF_BUF_UNBOUNDED);
    for (int i = 0; i < 3000; i++)
        hf_buf_printf(&all, "record %d %0*d\n", i, 10 + i % 90, i);
    feed_begin(&f, v, true);
    f.format = "mattermost-bulk"; /* its records are read alone, so they stay in their member */
    feed_member(&f, HF_V("log"), HF_MEMBER_FILE);
    feed_bytes(&f, hf_buf_view(&all));
    for (int i = 0; i < 3000; i++) {
        hf_view rest = hf_view_from(hf_buf_view(&all), at);
        hf_view line = hf_view_sub(rest, 0, hf_view_find_byte(rest, '\n'));
        char id[32];

        snprintf(id, sizeof(id), "%d", i);
        feed_record(&f, HF_KIND_OPAQUE, id, line, at);
        at += line.n + 1;
        if (hf_batch_is_full(f.b))
            feed_flush(&f);
    }
    feed_end(&f);
    feed_finish(&f);
    assert_true(feed_count(path, "SELECT count(*) FROM block") > 2);
    assert_int_equal(3000, feed_count(path, "SELECT count(*) FROM rec"));
    assert_int_equal(0, feed_count(path, "SELECT count(*) FROM rec r JOIN extent e ON e.content = "
                                         "r.content AND e.pos > r.off AND e.pos < r.off + r.len"));
    hf_buf got = feed_rebuild(v, 1, "log");
    assert_true(hf_view_eq(hf_buf_view(&all), hf_buf_view(&got)));
    hf_buf_clear(&got);
    hf_buf_clear(&all);
    hf_vault_close(v);
}

static void reads_ranges(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_arena *mem = hf_arena_new();
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_view bytes = noise(mem, 200000, 5);
    const struct {
        uint64_t off;
        size_t n, want;
    } cases[] = {
        { 0, 1, 1 },      { 65535, 2, 2 },         { 65536, 1, 1 },      { 199999, 1, 1 },
        { 199999, 9, 1 }, { 200000, 9, 0 },        { UINT64_MAX, 1, 0 }, { 1, 199999, 199999 },
        { 7, 0, 0 },      { 3, SIZE_MAX, 199997 },
    };
    feed_wanted w = { .name = "f" };
    hf_err *err = NULL;
    hf_buf out;
    feed f;

    (void)state;
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    feed_begin(&f, v, true);
    feed_file(&f, "f", bytes, false);
    feed_finish(&f);
    T_OK(err, hf_vault_members(v, 1, feed_match, &w, &err));
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_buf_reset(&out);
        T_OK(err, hf_vault_read(v, w.m.content, cases[i].off, cases[i].n, &out, &err));
        assert_int_equal(cases[i].want, out.n);
        assert_true(hf_view_eq(hf_view_sub(bytes, cases[i].off, cases[i].want), hf_buf_view(&out)));
    }
    T_FAILS(err, HF_E_DAMAGED, hf_vault_read(v, 99, 0, 1, &out, &err));
    T_FAILS(err, HF_E_USAGE, hf_vault_members(v, 9, feed_match, &w, &err));
    hf_buf_clear(&out);
    hf_vault_close(v);
    hf_arena_free(mem);
}

/* Streams that break the rules are refused, and the vault stays empty. */
static void refuses_bad_streams(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);

    (void)state;
    for (int i = 0; i < 5; i++) {
        hf_err *err = NULL;
        feed f;

        feed_begin(&f, v, true);
        f.format = "mattermost-bulk";
        feed_member(&f, HF_V("m"), HF_MEMBER_FILE);
        feed_bytes(&f, HF_V("bytes"));
        if (i == 0) /* begins inside */
            feed_member(&f, HF_V("n"), HF_MEMBER_FILE);
        if (i == 1) /* a record past the end */
            feed_record(&f, HF_KIND_OPAQUE, "1", HF_V("es and more"), 3);
        if (i == 2) /* a record in a member that never comes */
            feed_record(&f, HF_KIND_OPAQUE, "1", HF_V("x"), 0)->raw.member = 7;
        if (i != 3) /* no end */
            feed_end(&f);
        if (i == 4) /* ends twice */
            feed_end(&f);
        (void)hf_import_put(f.im, f.b, &err);
        T_FAILS(err, HF_E_INTERNAL, hf_import_finish(f.im, NULL, &err));
        hf_paths_free(f.paths);
        assert_int_equal(0, feed_count(path, "SELECT count(*) FROM import"));
        assert_int_equal(0, feed_sql(path, "control.sqlite", "SELECT count(*) FROM intent"));
    }
    hf_vault_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rebuilds_any_bytes),  cmocka_unit_test(members_keep_all),
        cmocka_unit_test(cuts_at_records),     cmocka_unit_test(reads_ranges),
        cmocka_unit_test(refuses_bad_streams),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
