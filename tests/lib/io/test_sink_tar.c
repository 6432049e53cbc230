/* tests/lib/io/test_sink_tar.c: the tar.zst written: read back by our own reader, and by bsdtar and
 * GNU tar where they are installed; members of a told size; sealing. */
#include "support.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/sink.h"
#include "io/source.h"

static char *below(const char *dir, const char *name)
{
    return hf_sprintf("%s/%s", dir, name);
}

/* 99, 100 and 101 bytes: where the name moves from the ustar header into a pax one. */
#define TEN  "0123456789"
#define N99  TEN TEN TEN TEN TEN TEN TEN TEN TEN "012345678"
#define N100 N99 "9"
#define N101 N100 "x"

static const struct {
    const char *name, *bytes;
    uint32_t mode;
} members[] = {
    { "bag/", NULL, 0 },
    { "bag/empty", "", 0 },
    { "bag/a.txt", "alpha\n", 0640 },
    { "bag/\xc3\xa4\xe6\x97\xa5.txt", "not ASCII", 0 },
    { N99, "99", 0 },
    { N100, "100", 0 },
    { N101, "101", 0 },
    { "bag/" N101 "/" N101, "deep", 0 },
};

static void write_all(const char *path, bool told)
{
    static char big[3 * 512 * 1024];
    hf_sink *s = NULL;
    hf_err *err = NULL;

    T_OK(err, hf_sink_open(&s, path, HF_SINK_TAR_ZST, true, &err));
    for (size_t i = 0; i < T_COUNT(members); i++) {
        hf_view bytes = hf_view_str(members[i].bytes);

        T_OK(err, hf_sink_member_size(s, hf_view_str(members[i].name), members[i].mode,
                                      told ? bytes.n : HF_SINK_SIZE_UNKNOWN, &err));
        if (members[i].bytes != NULL)
            T_OK(err, hf_sink_write(s, bytes, &err));
    }
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i * 2654435761u >> 13);
    /* Past what is held in memory. */
    T_OK(err, hf_sink_member_size(s, HF_V("big"), 0, told ? 9 * sizeof(big) : HF_SINK_SIZE_UNKNOWN,
                                  &err));
    for (size_t i = 0; i < 9; i++)
        T_OK(err, hf_sink_write(s, (hf_view){ big, sizeof(big) }, &err));
    T_OK(err, hf_sink_commit(s, &err));
}

static void test_there_and_back(void **state)
{
    const char *dir = t_folder();
    char *a = below(dir, "a.tar.zst"), *b = below(dir, "b.tar.zst");
    hf_source *s = NULL;
    hf_err *err = NULL;
    hf_view first, second;

    (void)state;
    write_all(a, false);
    write_all(b, true);
    first = t_read(a);
    second = t_read(b);
    assert_true(hf_view_eq(first, second)); /* however the bytes came, and at whatever time */
    hf_free((void *)(uintptr_t)first.p);
    hf_free((void *)(uintptr_t)second.p);
    T_OK(err, hf_source_open(&s, a, NULL, &err));
    assert_int_equal(hf_source_count(s), T_COUNT(members) + 1);
    for (uint32_t i = 0; i < T_COUNT(members); i++) {
        const hf_member *m = hf_source_member(s, i);
        hf_buf got;

        T_VIEW(members[i].name, m->name);
        if (members[i].mode != 0)
            assert_int_equal(m->mode, members[i].mode);
        hf_buf_init(&got, 4096);
        if (members[i].bytes != NULL) {
            T_OK(err, hf_source_slurp(s, i, &got, &err));
            T_VIEW(members[i].bytes, hf_buf_view(&got));
        }
        hf_buf_clear(&got);
    }
    hf_source_close(s);
    hf_free(a);
    hf_free(b);
}

static int run(const char *const argv[], const char *out)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        if (freopen(out, "w", stdout) == NULL)
            _exit(126);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_other_programs(void **state)
{
    const char *dir = t_folder();
    char *path = below(dir, "a.tar.zst"), *list = below(dir, "list");
    const char *const tools[] = { "bsdtar", "tar" };
    size_t ran = 0;

    (void)state;
    write_all(path, true);
    for (size_t i = 0; i < T_COUNT(tools); i++) {
        const char *const argv[] = { tools[i], "--zstd", "-tf", path, NULL };
        int status;
        hf_view got;

        setenv("LC_ALL", "C.UTF-8", 1);
        status = run(argv, list);
        if (status == 127)
            continue;
        assert_int_equal(status, 0);
        got = t_read(list);
        assert_true(hf_view_find(got, HF_V("bag/" N101 "/" N101 "\n")) != HF_NPOS);
        assert_true(hf_view_find(got, HF_V("bag/a.txt\n")) != HF_NPOS);
        hf_free((void *)(uintptr_t)got.p);
        ran++;
    }
    if (ran == 0)
        skip();
    hf_free(path);
    hf_free(list);
}

static void test_told_sizes_are_kept(void **state)
{
    static const hf_sink_kind kinds[] = { HF_SINK_TAR_ZST, HF_SINK_ZIP };
    const char *dir = t_folder();
    char *path = below(dir, "out");

    (void)state;
    for (size_t i = 0; i < T_COUNT(kinds); i++)
        for (int longer = 0; longer < 2; longer++) {
            hf_sink *s = NULL;
            hf_err *err = NULL;

            T_OK(err, hf_sink_open(&s, path, kinds[i], false, &err));
            T_OK(err, hf_sink_member_size(s, HF_V("a"), 0, 3, &err));
            if (longer)
                T_FAILS(err, HF_E_INTERNAL, hf_sink_write(s, HF_V("four"), &err));
            else
                T_OK(err, hf_sink_write(s, HF_V("ab"), &err));
            T_FAILS(err, HF_E_INTERNAL, hf_sink_commit(s, &err));
            assert_int_equal(access(path, F_OK), -1);
        }
    hf_free(path);
}

/* Given up in the middle of a member of 8 TiB: at once, and nothing stays. */
static void test_abort_in_a_member(void **state)
{
    const char *dir = t_folder();
    char *path = below(dir, "out"), *partial = below(dir, "out.partial");
    hf_sink *s = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_sink_open(&s, path, HF_SINK_TAR_ZST, false, &err));
    T_OK(err, hf_sink_member_size(s, HF_V("a"), 0, UINT64_C(1) << 43, &err));
    T_OK(err, hf_sink_write(s, HF_V("ab"), &err));
    hf_sink_abort(s);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(access(partial, F_OK), -1);
    hf_free(path);
    hf_free(partial);
}

static void test_sealed(void **state)
{
    static const hf_sink_kind kinds[] = { HF_SINK_TAR_ZST, HF_SINK_ZIP, HF_SINK_FOLDER };
    const char *dir = t_folder();

    (void)state;
    for (size_t i = 0; i < T_COUNT(kinds); i++) {
        char *path = hf_sprintf("%s/%zu", dir, i), *partial;
        hf_sink *s = NULL;
        hf_source *back = NULL;
        hf_err *err = NULL;

        T_OK(err, hf_sink_open(&s, path, kinds[i], false, &err));
        T_OK(err, hf_sink_member(s, HF_V("a"), &err));
        T_OK(err, hf_sink_write(s, HF_V("alpha"), &err));
        T_OK(err, hf_sink_seal(s, &err));
        partial = hf_sink_partial(s);
        T_OK(err, hf_source_open(&back, partial, NULL, &err));
        assert_int_equal(hf_source_count(back), 1);
        hf_source_close(back);
        assert_int_equal(access(path, F_OK), -1);
        T_FAILS(err, HF_E_INTERNAL, hf_sink_member(s, HF_V("b"), &err));
        hf_sink_abort(s);
        assert_int_equal(access(partial, F_OK), -1);
        T_OK(err, hf_sink_open(&s, path, kinds[i], false, &err));
        T_OK(err, hf_sink_member(s, HF_V("a"), &err));
        T_OK(err, hf_sink_seal(s, &err));
        T_OK(err, hf_sink_commit(s, &err));
        assert_int_equal(access(path, F_OK), 0);
        assert_int_equal(access(partial, F_OK), -1);
        hf_free(partial);
        hf_free(path);
    }
}

static void test_names(void **state)
{
    const char *dir = t_folder();
    char *path = below(dir, "out");
    hf_sink *s = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_sink_open(&s, path, HF_SINK_TAR_ZST, false, &err));
    T_FAILS(err, HF_E_UNSAFE_NAME, hf_sink_member(s, HF_V("\xff"), &err));
    hf_sink_abort(s);
    T_OK(err, hf_sink_open(&s, path, HF_SINK_TAR_ZST, false, &err));
    T_FAILS(err, HF_E_UNSAFE_NAME, hf_sink_member(s, HF_V("a\0b"), &err));
    hf_sink_abort(s);
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_other_programs),
        cmocka_unit_test(test_told_sizes_are_kept),
        cmocka_unit_test(test_abort_in_a_member),
        cmocka_unit_test(test_sealed),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
