/* tests/lib/io/test_zst.c: zstd blocks, and text files written and read line by line. */
#include "support.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "io/zst.h"

static void blocks_round_trip(void **state)
{
    hf_zst *z = hf_zst_new(3);
    hf_err *err = NULL;
    hf_buf packed, raw;
    char *big = hf_alloc(70000);

    (void)state;
    hf_buf_init(&packed, 1 << 20);
    hf_buf_init(&raw, 1 << 20);
    for (size_t i = 0; i < 70000; i++)
        big[i] = (char)(i * 7 + i / 256);
    for (size_t n = 0; n < 70000; n = n * 3 + 1) {
        hf_buf_reset(&packed);
        hf_buf_reset(&raw);
        hf_buf_str(&packed, "before"); /* both calls append */
        T_OK(err, hf_zst_pack(z, (hf_view){ big, n }, &packed, &err));
        assert_int_equal(n, ZSTD_getFrameContentSize(packed.p + 6, packed.n - 6));
        T_OK(err, hf_zst_unpack(z, hf_view_from(hf_buf_view(&packed), 6), &raw, &err));
        assert_true(hf_view_eq(hf_buf_view(&raw), (hf_view){ big, n }));
    }
    hf_zst_free(z);
    hf_buf_clear(&packed);
    hf_buf_clear(&raw);
    hf_free(big);
}

static void damaged_blocks_are_not_believed(void **state)
{
    static const char liar[] = "\x28\xb5\x2f\xfd\xe0\xff\xff\xff\xff\xff\xff\xff\x00\x01\x00\x00";
    hf_zst *z = hf_zst_new(3);
    hf_err *err = NULL;
    hf_buf packed, raw, small;

    (void)state;
    hf_buf_init(&packed, 1 << 20);
    hf_buf_init(&raw, HF_BUF_UNBOUNDED);
    hf_buf_init(&small, 10);
    T_OK(err, hf_zst_pack(z, HF_V("the quick brown fox, the quick brown fox"), &packed, &err));
    for (size_t i = 0; i < packed.n; i++) {
        for (int bit = 0; bit < 8; bit++) {
            hf_status rc;

            packed.p[i] = (char)(packed.p[i] ^ 1 << bit);
            hf_buf_reset(&raw);
            rc = hf_zst_unpack(z, hf_buf_view(&packed), &raw, &err);
            packed.p[i] = (char)(packed.p[i] ^ 1 << bit);
            /* The frame header has a bit that may be anything (RFC 8878 3.1.1.1.1.3). */
            if (rc == HF_OK)
                T_VIEW("the quick brown fox, the quick brown fox", hf_buf_view(&raw));
            else
                assert_int_equal(HF_E_VERIFY, rc);
            hf_err_free(err);
            err = NULL;
        }
        T_FAILS(err, HF_E_VERIFY,
                hf_zst_unpack(z, hf_view_sub(hf_buf_view(&packed), 0, i), &raw, &err));
    }
    T_FAILS(err, HF_E_LIMIT, hf_zst_unpack(z, hf_buf_view(&packed), &small, &err));
    hf_buf_byte(&packed, 0); /* something behind the frame */
    T_FAILS(err, HF_E_VERIFY, hf_zst_unpack(z, hf_buf_view(&packed), &raw, &err));
    /* A declared size of 2^56 must not be allocated. */
    T_FAILS(err, HF_E_VERIFY, hf_zst_unpack(z, (hf_view){ liar, sizeof(liar) - 1 }, &raw, &err));
    hf_zst_free(z);
    hf_buf_clear(&packed);
    hf_buf_clear(&raw);
    hf_buf_clear(&small);
}

static void write_lines(const char *path, const char *const *lines, size_t n, hf_err **err)
{
    hf_zstw *w = NULL;
    uint64_t bytes = 0;
    struct stat st;

    T_OK(*err, hf_zstw_open(&w, path, true, err));
    for (size_t i = 0; i < n; i++)
        T_OK(*err, hf_zstw_write(w, hf_view_str(lines[i]), err));
    T_OK(*err, hf_zstw_commit(w, &bytes, err));
    assert_int_equal(0, stat(path, &st));
    assert_int_equal(bytes, st.st_size);
    assert_int_equal(0600, st.st_mode & 07777);
}

static void files_are_read_line_by_line(void **state)
{
    static const struct {
        const char *parts[4];
        const char *lines[5];
    } cases[] = {
        { { "one\ntwo\n" }, { "one", "two" } },
        { { "no end" }, { "no end" } },
        { { "\n", "\n", "x\r\n" }, { "", "", "x\r" } },
        { { "split ", "over ", "writes\n", "next" }, { "split over writes", "next" } },
        { { NULL }, { NULL } }, /* an empty frame: no line */
    };
    const char *dir = t_folder();
    char *path = hf_sprintf("%s/t.zst", dir);
    hf_err *err = NULL;

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        size_t parts = 0, line = 0;
        hf_zstr *r = NULL;
        hf_view v;
        hf_status rc;

        while (parts < 4 && cases[i].parts[parts] != NULL)
            parts++;
        write_lines(path, cases[i].parts, parts, &err);
        T_OK(err, hf_zstr_open(&r, path, 0, &err));
        while ((rc = hf_zstr_line(r, &v, &err)) == HF_OK) {
            assert_non_null(cases[i].lines[line]);
            T_VIEW(cases[i].lines[line++], v);
        }
        assert_int_equal(HF_END, rc);
        assert_int_equal(HF_END, hf_zstr_line(r, &v, &err));
        assert_null(cases[i].lines[line]);
        hf_zstr_close(r);
    }
    hf_free(path);
}

static void many_and_long_lines(void **state)
{
    const char *dir = t_folder();
    char *path = hf_sprintf("%s/t.zst", dir), text[32];
    hf_zstw *w = NULL;
    hf_zstr *r = NULL;
    hf_err *err = NULL;
    hf_view v;
    hf_buf line;

    (void)state;
    hf_buf_init(&line, HF_BUF_UNBOUNDED);
    for (int i = 0; i < 400000; i++)
        hf_buf_byte(&line, (char)('a' + i % 26));
    T_OK(err, hf_zstw_open(&w, path, false, &err));
    for (int i = 0; i < 50000; i++) {
        snprintf(text, sizeof(text), "line %d\n", i);
        T_OK(err, hf_zstw_write(w, hf_view_str(text), &err));
        if (i == 25000) {
            T_OK(err, hf_zstw_write(w, hf_buf_view(&line), &err));
            T_OK(err, hf_zstw_write(w, HF_V("\n"), &err));
        }
    }
    T_OK(err, hf_zstw_commit(w, NULL, &err));
    T_OK(err, hf_zstr_open(&r, path, line.n, &err)); /* the long line is just allowed */
    for (int i = 0; i < 50000; i++) {
        snprintf(text, sizeof(text), "line %d", i);
        T_OK(err, hf_zstr_line(r, &v, &err));
        T_VIEW(text, v);
        if (i == 25000) {
            T_OK(err, hf_zstr_line(r, &v, &err));
            assert_true(hf_view_eq(v, hf_buf_view(&line)));
        }
    }
    assert_int_equal(HF_END, hf_zstr_line(r, &v, &err));
    hf_zstr_close(r);
    T_OK(err, hf_zstr_open(&r, path, line.n - 1, &err));
    for (int i = 0; i <= 25000; i++)
        T_OK(err, hf_zstr_line(r, &v, &err));
    T_FAILS(err, HF_E_LIMIT, hf_zstr_line(r, &v, &err));
    hf_zstr_close(r);
    hf_buf_clear(&line);
    hf_free(path);
}

static hf_status read_all(const char *path, hf_err **err)
{
    hf_zstr *r = NULL;
    hf_view v;
    hf_status rc = hf_zstr_open(&r, path, 0, err);

    while (rc == HF_OK)
        rc = hf_zstr_line(r, &v, err);
    hf_zstr_close(r);
    return rc;
}

static void cut_and_odd_files(void **state)
{
    static const char *const lines[] = { "alpha\n", "beta\n", "gamma\n" };
    const char *dir = t_folder();
    char *path = hf_sprintf("%s/t.zst", dir);
    hf_err *err = NULL;
    hf_view whole;
    hf_buf twice;

    (void)state;
    write_lines(path, lines, 3, &err);
    whole = t_read(path);
    for (size_t cut = 0; cut < whole.n; cut++) {
        t_write(dir, "t.zst", hf_view_sub(whole, 0, cut));
        T_FAILS(err, HF_E_DAMAGED, read_all(path, &err));
    }
    /* Frames in a row are one text, as for zstd -d; other bytes behind are not. */
    hf_buf_init(&twice, HF_BUF_UNBOUNDED);
    hf_buf_add(&twice, whole);
    hf_buf_add(&twice, whole);
    t_write(dir, "t.zst", hf_buf_view(&twice));
    assert_int_equal(HF_END, read_all(path, &err));
    hf_buf_str(&twice, "junk");
    t_write(dir, "t.zst", hf_buf_view(&twice));
    T_FAILS(err, HF_E_DAMAGED, read_all(path, &err));
    t_write(dir, "t.zst", HF_V("plain text\n"));
    T_FAILS(err, HF_E_DAMAGED, read_all(path, &err));
    T_FAILS(err, HF_E_IO, read_all("/nowhere/t.zst", &err));
    hf_buf_clear(&twice);
    hf_free((void *)(uintptr_t)whole.p);
    hf_free(path);
}

static void target_is_complete_or_absent(void **state)
{
    const char *dir = t_folder();
    char *path = hf_sprintf("%s/t.zst", dir), *partial = hf_sprintf("%s.partial", path);
    struct rlimit old, tiny;
    hf_zstw *w = NULL;
    hf_err *err = NULL;
    hf_status rc = HF_OK;
    char noise[4096];
    uint32_t seed = 1;

    (void)state;
    T_OK(err, hf_zstw_open(&w, path, false, &err));
    T_OK(err, hf_zstw_write(w, HF_V("old"), &err));
    assert_int_equal(-1, access(path, F_OK)); /* nothing to see before the commit */
    T_OK(err, hf_zstw_commit(w, NULL, &err));
    assert_int_equal(-1, access(partial, F_OK));
    T_FAILS(err, HF_E_EXISTS, hf_zstw_open(&w, path, false, &err));
    T_OK(err, hf_zstw_open(&w, path, true, &err));
    hf_zstw_abort(w);
    assert_int_equal(-1, access(partial, F_OK));
    assert_int_equal(0, access(path, F_OK));

    /* A full disk: EFBIG stands in for ENOSPC. */
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    tiny = old;
    tiny.rlim_cur = 100000;
    setrlimit(RLIMIT_FSIZE, &tiny);
    T_OK(err, hf_zstw_open(&w, path, true, &err));
    for (int i = 0; i < 1000 && rc == HF_OK; i++) {
        for (size_t k = 0; k < sizeof(noise); k++)
            noise[k] = (char)((seed = seed * 1664525 + 1013904223) >> 24);
        rc = hf_zstw_write(w, (hf_view){ noise, sizeof(noise) }, &err);
    }
    assert_int_equal(HF_E_NO_SPACE, rc);
    hf_err_free(err);
    err = NULL;
    rc = hf_zstw_commit(w, NULL, &err); /* nobody can publish it any more */
    assert_true(rc < 0);
    hf_err_free(err);
    err = NULL;
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(-1, access(partial, F_OK));
    assert_int_equal(HF_END, read_all(path, &err)); /* the old one */
    hf_free(path);
    hf_free(partial);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_round_trip),
        cmocka_unit_test(damaged_blocks_are_not_believed),
        cmocka_unit_test(files_are_read_line_by_line),
        cmocka_unit_test(many_and_long_lines),
        cmocka_unit_test(cut_and_odd_files),
        cmocka_unit_test(target_is_complete_or_absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
