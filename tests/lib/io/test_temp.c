/* tests/lib/io/test_temp.c: temporary files lie where TMPDIR says, and have no name. */
#include "io/temp.h"
#include "support.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t names_in(const char *folder)
{
    DIR *d = opendir(folder);
    size_t n = 0;

    assert_non_null(d);
    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n - 2;
}

static void in_the_folder_of_tmpdir(void **state)
{
    static const struct {
        bool is_there;
        hf_status want;
    } rows[] = { { true, HF_OK }, { false, HF_E_IO } };
    const char *before = getenv("TMPDIR"), *folder = t_folder();
    char *saved = before == NULL ? NULL : hf_strdup(before);

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        struct stat file, dir;
        char link[64], where[4096] = "", text[8] = "";
        hf_err *err = NULL;
        FILE *f = NULL;

        setenv("TMPDIR", rows[i].is_there ? folder : "/nowhere", 1);
        assert_int_equal(rows[i].want, hf_temp_file(&f, "a test", &err));
        if (!rows[i].is_there) {
            assert_non_null(strstr(err->message, "/nowhere"));
            assert_non_null(strstr(err->hint, "TMPDIR"));
            hf_err_free(err);
            continue;
        }
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fileno(f));
        assert_true(readlink(link, where, sizeof(where) - 1) > 0);
        assert_memory_equal(where, folder, strlen(folder));
        assert_int_equal(0, names_in(folder));
        assert_int_equal(0, fstat(fileno(f), &file));
        assert_int_equal(0, stat(folder, &dir));
        assert_int_equal(dir.st_dev, file.st_dev);
        assert_int_equal(0600, file.st_mode & 0777);
        assert_true(fputs("bytes", f) >= 0 && fflush(f) == 0 && fseek(f, 0, SEEK_SET) == 0);
        assert_non_null(fgets(text, sizeof(text), f));
        assert_string_equal("bytes", text);
        fclose(f);
    }
    if (saved == NULL)
        unsetenv("TMPDIR");
    else
        setenv("TMPDIR", saved, 1);
    hf_free(saved);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(in_the_folder_of_tmpdir) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
