/* tests/lib/io/test_source.c: names, folders, single files and standard input as sources. */
#include "support.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/name.h"
#include "io/source.h"
#include "source_check.h"
#include "zip_build.h"

static void names_that_leave_a_folder(void **state)
{
    static const struct {
        hf_view name;
        bool safe;
    } cases[] = {
        { HF_V("general/2024-01-01.json"), true },
        { HF_V("FC:F123:C456/x.json"), true }, /* Slack's own: not a drive letter */
        { HF_V("./a"), true },                 /* tar -C folder . */
        { HF_V("a\\b"), true },                /* one file here, no way out elsewhere */
        { HF_V("..."), true },
        { HF_V("a/..b/c"), true },
        { HF_V("\xff\xfe"), true },
        { HF_V(""), false },
        { HF_V("/etc/passwd"), false },
        { HF_V("../x"), false },
        { HF_V("a/../../x"), false },
        { HF_V("a/.."), false },
        { HF_V("..\\x"), false },
        { HF_V("a\\..\\..\\x"), false },
        { HF_V("a/..\\b"), false },
        { HF_V("\\\\host\\share"), false },
        { HF_V("C:\\x"), false },
        { HF_V("c:x"), false },
        { HF_V("a\0b"), false },
    };
    char longer[300];

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++)
        if (hf_name_is_safe(cases[i].name) != cases[i].safe)
            fail_msg("row %zu: %s", i, cases[i].name.p);
    memset(longer, 'x', sizeof(longer));
    assert_true(hf_name_is_safe((hf_view){ longer, 255 }));
    assert_false(hf_name_is_safe((hf_view){ longer, 256 }));
}

/* --- folders, files, standard input -------------------------------------------------------------
 */

static void folder_lists_everything_and_follows_nothing(void **state)
{
    const char *dir = t_folder(), *outside = t_folder();
    hf_sha256 before, after;
    hf_source *s = NULL;
    hf_err *err = NULL;
    char *path;

    (void)state;
    t_write(outside, "secret", HF_V("secret"));
    t_write(dir, "b/2.json", HF_V("22"));
    t_write(dir, "b/1.json", HF_V("1"));
    t_write(dir, "b.json", HF_V("b"));
    t_write(dir, ".hidden", HF_V("h"));
    t_write(dir, "caf\xe9", HF_V("l"));
    path = hf_sprintf("%s/empty", dir);
    mkdir(path, 0755);
    hf_free(path);
    path = hf_sprintf("%s/out", dir);
    assert_int_equal(0, symlink(outside, path));
    T_OK(err, hf_source_open(&s, dir, NULL, &err));
    assert_int_equal(HF_SOURCE_FOLDER, hf_source_get_kind(s));
    assert_int_equal(7, hf_source_count(s)); /* bytewise: "b.json" before "b/" */
    expect(s, 0, ".hidden", "h");
    expect(s, 1, "b.json", "b");
    expect(s, 2, "b/1.json", "1");
    expect(s, 3, "b/2.json", "22");
    expect(s, 4, "caf\xe9", "l");
    expect(s, 5, "empty/", "");
    assert_int_equal(HF_MEMBER_FOLDER, hf_source_member(s, 5)->type);
    expect(s, 6, "out", outside);
    assert_int_equal(HF_MEMBER_LINK, hf_source_member(s, 6)->type);
    T_VIEW(outside, hf_source_member(s, 6)->link);
    assert_int_equal(3, hf_source_find(s, HF_V("b/2.json")));
    T_OK(err, hf_source_digest(s, &before, &err));
    hf_source_close(s);

    /* The digest follows names and sizes. */
    t_write(dir, "b.json", HF_V("bb"));
    T_OK(err, hf_source_open(&s, dir, NULL, &err));
    T_OK(err, hf_source_digest(s, &after, &err));
    assert_memory_not_equal(&before, &after, sizeof(before));
    hf_source_close(s);
    hf_free(path);
}

static void folder_that_changes_while_read(void **state)
{
    const char *dir = t_folder(), *outside = t_folder();
    hf_source *s = NULL;
    hf_err *err = NULL;
    char *path = hf_sprintf("%s/b", dir), *file = hf_sprintf("%s/b/f", dir);
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 100);
    t_write(dir, "b/f", HF_V("12"));
    t_write(dir, "c", HF_V("12"));
    t_write(outside, "f", HF_V("no"));
    T_OK(err, hf_source_open(&s, dir, NULL, &err));
    t_write(dir, "c", HF_V("123"));
    T_FAILS(err, HF_E_DAMAGED, hf_source_slurp(s, 1, &b, &err));
    /* a folder on the way is replaced by a link to the outside */
    assert_int_equal(0, unlink(file));
    assert_int_equal(0, rmdir(path));
    assert_int_equal(0, symlink(outside, path));
    T_FAILS(err, HF_E_IO, hf_source_slurp(s, 0, &b, &err));
    /* the file is replaced by a pipe: no hanging */
    assert_int_equal(0, unlink(path));
    assert_int_equal(0, mkdir(path, 0700));
    assert_int_equal(0, mkfifo(file, 0600));
    T_FAILS(err, HF_E_DAMAGED, hf_source_slurp(s, 0, &b, &err));
    hf_source_close(s);
    T_FAILS(err, HF_E_UNSUPPORTED, hf_source_open(&s, dir, NULL, &err));  /* a pipe inside */
    T_FAILS(err, HF_E_UNSUPPORTED, hf_source_open(&s, file, NULL, &err)); /* a pipe itself */
    T_FAILS(err, HF_E_UNSUPPORTED, hf_source_open(&s, "/dev/null", NULL, &err));
    T_FAILS(err, HF_E_IO, hf_source_open(&s, "/nowhere/at/all", NULL, &err));
    hf_buf_clear(&b);
    hf_free(path);
    hf_free(file);
}

static void unreadable_is_denied(void **state)
{
    const char *dir = t_folder();
    char *sub = hf_sprintf("%s/sub", dir), *file = hf_sprintf("%s/file", dir);
    hf_source *s = NULL;
    hf_err *err = NULL;
    bool was_root = geteuid() == 0;

    (void)state;
    t_write(dir, "sub/x", HF_V("x"));
    t_write(dir, "file", HF_V("x"));
    chmod(dir, 0755);
    chmod(sub, 0);
    chmod(file, 0);
    if (was_root)
        assert_int_equal(0, seteuid(65534)); /* root reads everything */
    T_FAILS(err, HF_E_DENIED, hf_source_open(&s, file, NULL, &err));
    T_FAILS(err, HF_E_DENIED, hf_source_open(&s, dir, NULL, &err));
    if (was_root)
        assert_int_equal(0, seteuid(0));
    chmod(sub, 0755);
    hf_free(sub);
    hf_free(file);
}

static void one_file_is_one_member(void **state)
{
    static const struct {
        const char *name;
        hf_view bytes;
        hf_source_kind kind;
    } cases[] = {
        { "posts.jsonl", HF_V("{\"type\":\"version\"}\n"), HF_SOURCE_FILE },
        { "zero", HF_V(""), HF_SOURCE_FILE },
        { "fake.zip", HF_V("<html>not found</html>"), HF_SOURCE_FILE },
        { "pk", HF_V("PK\3"), HF_SOURCE_FILE },
        { "badgz", HF_V("\x1f\x8b\x08garbage"), HF_SOURCE_FILE },
    };
    const char *dir = t_folder();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *path = hf_sprintf("%s/%s", dir, cases[i].name);
        hf_source *s = NULL;
        hf_err *err = NULL;
        hf_buf b;

        t_write(dir, cases[i].name, cases[i].bytes);
        T_OK(err, hf_source_open(&s, path, NULL, &err));
        assert_int_equal(cases[i].kind, hf_source_get_kind(s));
        assert_int_equal(1, hf_source_count(s));
        T_VIEW(cases[i].name, hf_source_member(s, 0)->name);
        hf_buf_init(&b, cases[i].bytes.n); /* exactly enough */
        assert_true(hf_view_eq(cases[i].bytes, slurp(s, 0, &b)));
        hf_buf_clear(&b);
        if (cases[i].bytes.n > 0) {
            hf_buf_init(&b, cases[i].bytes.n - 1);
            T_FAILS(err, HF_E_LIMIT, hf_source_slurp(s, 0, &b, &err));
            hf_buf_clear(&b);
        }
        hf_source_close(s);
        hf_free(path);
    }
}

static void standard_input_is_spooled(void **state)
{
    int saved = dup(STDIN_FILENO), ends[2];
    hf_source *s = NULL;
    hf_err *err = NULL;
    pid_t child;
    int status;
    zb z;

    (void)state;
    zb_init(&z);
    zb_add(&z, &(zb_member){ .name = "a", .data = HF_V("[1,1,1,1,1,1,1,1]"), .method = 8 });
    zb_add(&z, &(zb_member){ .name = "b", .data = HF_V("[3,3,3,3]"), .method = 8 });
    zb_end(&z, 0, "");
    assert_int_equal(0, pipe(ends));
    child = fork();
    if (child == 0) { /* a pipe cannot be sought in */
        ssize_t n = write(ends[1], z.file.p, z.file.n);

        _exit(n == (ssize_t)z.file.n ? 0 : 1);
    }
    close(ends[1]);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    T_OK(err, hf_source_open(&s, "-", NULL, &err));
    dup2(saved, STDIN_FILENO);
    close(saved);
    waitpid(child, &status, 0);
    assert_int_equal(HF_SOURCE_ZIP, hf_source_get_kind(s));
    assert_int_equal(2, hf_source_count(s));
    expect(s, 1, "b", "[3,3,3,3]");
    expect(s, 1, "b", "[3,3,3,3]"); /* again and again */
    hf_source_close(s);
    hf_buf_clear(&z.file);
    hf_buf_clear(&z.central);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_leave_a_folder),
        cmocka_unit_test(folder_lists_everything_and_follows_nothing),
        cmocka_unit_test(folder_that_changes_while_read),
        cmocka_unit_test(unreadable_is_denied),
        cmocka_unit_test(one_file_is_one_member),
        cmocka_unit_test(standard_input_is_spooled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
