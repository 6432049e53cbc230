/* tests/lib/io/test_work.c: the private folder beside a target. */
#include "support.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/work.h"

static void comes_and_goes(void **state)
{
    static const char *const targets[] = { "out.zip", "out", "out2/" };
    const char *dir = t_folder();

    (void)state;
    for (size_t i = 0; i < T_COUNT(targets); i++) {
        char *target = hf_sprintf("%s/%s", dir, targets[i]), *path;
        hf_work *w = NULL, *other = NULL;
        hf_err *err = NULL;
        struct stat st;

        T_OK(err, hf_work_open(&w, target, &err));
        path = hf_strdup(hf_work_path(w));
        assert_int_equal(0, stat(path, &st));
        assert_int_equal(0700, st.st_mode & 0777);
        assert_true(hf_work_is_used(target));
        T_FAILS(err, HF_E_LOCKED, hf_work_open(&other, target, &err));
        T_OK(err, hf_work_folder(w, "data/jsonl", &err));
        T_OK(err, hf_work_folder(w, "data/jsonl/more", &err));
        t_write(path, "data/jsonl/records.jsonl", HF_V("x"));
        T_OK(err, hf_work_remove(w, "data/jsonl/records.jsonl", &err));
        T_OK(err, hf_work_remove(w, "data/jsonl/records.jsonl", &err));
        T_OK(err, hf_work_remove(w, "data", &err));
        T_OK(err, hf_work_remove(w, "data/none", &err));
        t_write(path, "left", HF_V("x"));
        hf_work_close(w);
        assert_int_equal(-1, stat(path, &st));
        assert_false(hf_work_is_used(target));
        hf_free(path);
        hf_free(target);
    }
}

/* What a killed run left is no hindrance and does not stay. */
static void after_a_kill(void **state)
{
    const char *dir = t_folder();
    char *target = hf_sprintf("%s/out", dir), *left;
    hf_work *w = NULL;
    hf_err *err = NULL;
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        if (hf_work_open(&w, target, NULL) == HF_OK && hf_work_folder(w, "data/a", NULL) == HF_OK)
            raise(SIGKILL);
        _exit(1);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFSIGNALED(status));
    assert_false(hf_work_is_used(target));
    T_OK(err, hf_work_open(&w, target, &err));
    left = hf_sprintf("%s/data", hf_work_path(w));
    assert_int_equal(-1, access(left, F_OK));
    hf_work_close(w);
    hf_free(left);
    hf_free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_and_goes),
        cmocka_unit_test(after_a_kill),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
