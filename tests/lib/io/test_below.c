/* Files below a folder, by names from a database. */
#include "io/below.h"
#include "support.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void test_names(void **state)
{
    static const struct {
        const char *name, *why; /* why NULL: it is read */
    } cases[] = {
        { "a/b/file.txt", NULL },
        { "a/./b/file.txt", NULL },
        { "a//b/file.txt", "it is not there" },
        { "a/b/none.txt", "it is not there" },
        { "none/file.txt", "it is not there" },
        { "a/b", "it is no plain file" },
        { "a/b/file.txt/x", "a link or a file stands in its path" },
        { "pipe", "it is no plain file" }, /* and does not hang us */
        { "", "its path would leave the folder" },
        { "../outside.txt", "its path would leave the folder" },
        { "a/../../outside.txt", "its path would leave the folder" },
        { "/etc/passwd", "its path would leave the folder" },
        { "link.txt", "a link or a file stands in its path" },
        { "linked/outside.txt", "a link or a file stands in its path" },
        { "inner/file.txt",
          "a link or a file stands in its path" }, /* stays inside, but who knows */
    };
    const char *folder = t_folder();
    char *root = hf_sprintf("%s/data", folder), *path;
    hf_below *b = NULL;
    hf_err *err = NULL;

    (void)state;
    assert_int_equal(mkdir(root, 0700), 0);
    path = hf_sprintf("%s/a", root);
    assert_int_equal(mkdir(path, 0700), 0);
    hf_free(path);
    path = hf_sprintf("%s/a/b", root);
    assert_int_equal(mkdir(path, 0700), 0);
    t_write(path, "file.txt", HF_V("hello"));
    hf_free(path);
    t_write(folder, "outside.txt", HF_V("secret"));
    path = hf_sprintf("%s/link.txt", root);
    assert_int_equal(symlink("../outside.txt", path), 0);
    hf_free(path);
    path = hf_sprintf("%s/linked", root);
    assert_int_equal(symlink("..", path), 0);
    hf_free(path);
    path = hf_sprintf("%s/inner", root);
    assert_int_equal(symlink("a/b", path), 0);
    hf_free(path);
    path = hf_sprintf("%s/pipe", root);
    assert_int_equal(mkfifo(path, 0600), 0);
    hf_free(path);

    T_OK(err, hf_below_open(&b, root, &err));
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_below_file f;
        const char *why = hf_below_start(b, hf_view_str(cases[i].name), &f);
        char bytes[16];
        size_t got = 0;

        if (cases[i].why != NULL) {
            if (why == NULL)
                fail_msg("%s was opened", cases[i].name);
            else
                assert_string_equal(why, cases[i].why);
            continue;
        }
        assert_null(why);
        assert_int_equal(f.size, 5);
        T_OK(err, hf_below_read(b, bytes, sizeof(bytes), &got, &err));
        T_VIEW("hello", ((hf_view){ bytes, got }));
        T_OK(err, hf_below_read(b, bytes, sizeof(bytes), &got, &err));
        assert_int_equal(got, 0);
    }
    hf_below_close(b);
    hf_free(root);
}

static void test_no_folder(void **state)
{
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/none", folder);
    hf_below *b = NULL;
    hf_err *err = NULL;

    (void)state;
    T_FAILS(err, HF_E_USAGE, hf_below_open(&b, path, &err));
    t_write(folder, "file", HF_V(""));
    hf_free(path);
    path = hf_sprintf("%s/file", folder);
    T_FAILS(err, HF_E_USAGE, hf_below_open(&b, path, &err));
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
