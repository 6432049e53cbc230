/* tests/lib/io/test_sink.c: outputs are complete or absent, deterministic, and stay inside. */
#include "support.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "io/sink.h"
#include "io/source.h"

static char *below(const char *dir, const char *name)
{
    return hf_sprintf("%s/%s", dir, name);
}

static bool is_there(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0;
}

static bool holds(const char *path, hf_view want)
{
    hf_view got = t_read(path);
    bool same = hf_view_eq(got, want);

    hf_free((void *)(uintptr_t)got.p);
    return same;
}

static size_t entries(const char *dir)
{
    DIR *d = opendir(dir);
    size_t n = 0;

    while (readdir(d) != NULL)
        n++;
    closedir(d);
    return n - 2;
}

static void put(hf_sink *s, hf_view name, hf_view bytes)
{
    hf_err *err = NULL;

    T_OK(err, hf_sink_member(s, name, &err));
    T_OK(err, hf_sink_write(s, bytes, &err));
}

/* --- existing targets ---------------------------------------------------------------------------
 */

static void existing_targets(void **state)
{
    enum { NOTHING, A_FILE, EMPTY_FOLDER, FULL_FOLDER, LINK, DANGLING };
    static const struct {
        int what;
        hf_sink_kind kind;
        bool overwrite;
        hf_status want;
    } cases[] = {
        { NOTHING, HF_SINK_FILE, false, HF_OK },
        { NOTHING, HF_SINK_FOLDER, false, HF_OK },
        { A_FILE, HF_SINK_FILE, false, HF_E_EXISTS },
        { A_FILE, HF_SINK_FILE, true, HF_OK },
        { A_FILE, HF_SINK_ZIP, false, HF_E_EXISTS },
        { A_FILE, HF_SINK_ZIP, true, HF_OK },
        { A_FILE, HF_SINK_FOLDER, true, HF_E_EXISTS }, /* never a folder for a file */
        { EMPTY_FOLDER, HF_SINK_FOLDER, false, HF_OK },
        { FULL_FOLDER, HF_SINK_FOLDER, false, HF_E_EXISTS },
        { FULL_FOLDER, HF_SINK_FOLDER, true, HF_OK },
        { EMPTY_FOLDER, HF_SINK_FILE, true, HF_E_EXISTS }, /* nor a file for a folder */
        { LINK, HF_SINK_FILE, false, HF_E_EXISTS },
        { LINK, HF_SINK_FILE, true, HF_OK }, /* the link is replaced, not what it points to */
        { DANGLING, HF_SINK_FILE, false, HF_E_EXISTS },
        { LINK, HF_SINK_FOLDER, true, HF_E_EXISTS },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        const char *dir = t_folder();
        char *target = below(dir, "out"), *partial = below(dir, "out.partial");
        char *other = below(dir, "other");
        hf_sink *s = NULL;
        hf_err *err = NULL;
        hf_status rc;

        t_write(dir, "other", HF_V("other"));
        if (cases[i].what == A_FILE)
            t_write(dir, "out", HF_V("old"));
        if (cases[i].what == EMPTY_FOLDER)
            assert_int_equal(0, mkdir(target, 0755));
        if (cases[i].what == FULL_FOLDER)
            t_write(dir, "out/sub/old", HF_V("old"));
        if (cases[i].what == LINK)
            assert_int_equal(0, symlink(other, target));
        if (cases[i].what == DANGLING)
            assert_int_equal(0, symlink("/nowhere", target));
        rc = hf_sink_open(&s, target, cases[i].kind, cases[i].overwrite, &err);
        if (rc != cases[i].want)
            fail_msg("row %zu: %s", i, err == NULL ? "opened" : err->message);
        if (rc == HF_OK) {
            put(s, HF_V("m"), HF_V("new"));
            assert_true(is_there(partial));
            T_OK(err, hf_sink_commit(s, &err));
            if (cases[i].kind == HF_SINK_FILE)
                assert_true(holds(target, HF_V("new")));
            if (cases[i].kind == HF_SINK_FOLDER)
                assert_int_equal(1, entries(target)); /* nothing of the old one */
        } else {
            assert_string_equal(target, err->file);
            assert_non_null(err->hint);
            hf_err_free(err);
        }
        assert_false(is_there(partial));
        assert_true(holds(other, HF_V("other")));
        hf_free(target);
        hf_free(partial);
        hf_free(other);
    }
}

static void stale_and_live_partials(void **state)
{
    const char *dir = t_folder();
    char *target = below(dir, "out"), *partial = below(dir, "out.partial");
    hf_sink *a = NULL, *b = NULL;
    hf_err *err = NULL;

    (void)state;
    for (int kind = HF_SINK_FILE; kind <= HF_SINK_ZIP; kind++) {
        t_write(dir, "out.partial/deep/x", HF_V("of a dead run")); /* whatever it was */
        T_OK(err, hf_sink_open(&a, target, (hf_sink_kind)kind, false, &err));
        T_FAILS(err, HF_E_LOCKED, hf_sink_open(&b, target, (hf_sink_kind)kind, false, &err));
        assert_true(is_there(partial)); /* the second run did not take it away */
        hf_sink_abort(a);
        assert_false(is_there(partial));
        assert_false(is_there(target));
    }
    /* Somebody else makes the target while we write. */
    T_OK(err, hf_sink_open(&a, target, HF_SINK_FILE, false, &err));
    put(a, HF_V("m"), HF_V("ours"));
    t_write(dir, "out", HF_V("theirs"));
    T_FAILS(err, HF_E_EXISTS, hf_sink_commit(a, &err));
    assert_true(holds(target, HF_V("theirs")));
    assert_false(is_there(partial));
    hf_sink_abort(NULL);
    hf_free(target);
    hf_free(partial);
}

static void impossible_targets(void **state)
{
    static const struct {
        const char *path;
        hf_sink_kind kind;
        hf_status want;
    } cases[] = {
        { "/", HF_SINK_FOLDER, HF_E_USAGE },        { "", HF_SINK_FILE, HF_E_USAGE },
        { "/tmp/", HF_SINK_FILE, HF_E_USAGE },      { "/nowhere/at/all", HF_SINK_FILE, HF_E_IO },
        { "/dev/null", HF_SINK_FILE, HF_E_EXISTS }, /* renaming would replace the device */
        { ".", HF_SINK_FOLDER, HF_E_EXISTS },       /* never wipe where we stand */
    };
    hf_sink *s = NULL;
    hf_err *err = NULL;

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++)
        T_FAILS(err, cases[i].want, hf_sink_open(&s, cases[i].path, cases[i].kind, true, &err));
}

/* --- folders ------------------------------------------------------------------------------------
 */

static void folder_keeps_names_and_modes(void **state)
{
    const char *dir = t_folder();
    char *target = below(dir, "out/"), *file;
    mode_t mask = umask(022);
    hf_sink *s = NULL;
    hf_err *err = NULL;
    struct stat st;

    (void)state;
    T_OK(err, hf_sink_open(&s, target, HF_SINK_FOLDER, false, &err));
    put(s, HF_V("users.json"), HF_V("[]"));
    put(s, HF_V("general/1.json"), HF_V("1"));
    put(s, HF_V("general/2.json"), HF_V("2"));
    put(s, HF_V("FC:F1:C2/caf\xe9"), HF_V("3"));
    put(s, HF_V("general/3.json"), HF_V("4"));
    T_OK(err, hf_sink_member(s, HF_V("empty/"), &err));
    T_OK(err, hf_sink_member(s, HF_V("general/"), &err)); /* there already: fine */
    T_OK(err, hf_sink_member_mode(s, HF_V("run"), 04755, &err));
    T_OK(err, hf_sink_member(s, HF_V("./a//b/./c"), &err));
    assert_int_equal(6, hf_sink_bytes(s));
    assert_int_equal(9, hf_sink_members(s));
    T_OK(err, hf_sink_commit(s, &err));
    file = below(dir, "out/FC:F1:C2/caf\xe9");
    assert_true(holds(file, HF_V("3")));
    hf_free(file);
    file = below(dir, "out/run");
    assert_int_equal(0, stat(file, &st));
    assert_int_equal(0755, st.st_mode & 07777); /* without set-user-id */
    hf_free(file);
    file = below(dir, "out/general");
    assert_int_equal(3, entries(file));
    hf_free(file);
    file = below(dir, "out/a/b/c");
    assert_true(is_there(file));
    hf_free(file);
    umask(mask);
    hf_free(target);
}

static void folder_refuses_unsafe_names(void **state)
{
    static const hf_view names[] = {
        HF_V("../x"),  HF_V("/abs"),  HF_V(""),     HF_V("a\0b"), HF_V("a/../../x"),
        HF_V("..\\x"), HF_V("C:\\x"), HF_V("a/."),  HF_V("."),    HF_V("dup"),
        HF_V("dup/x"), HF_V("sub"),   HF_V("dup/"),
    };

    (void)state;
    for (size_t i = 0; i <= T_COUNT(names) + 1; i++) {
        const char *dir = t_folder();
        char *target = below(dir, "out");
        hf_sink *s = NULL;
        hf_err *err = NULL;

        T_OK(err, hf_sink_open(&s, target, HF_SINK_FOLDER, false, &err));
        put(s, HF_V("dup"), HF_V("1"));
        put(s, HF_V("sub/x"), HF_V("1"));
        if (i < T_COUNT(names)) {
            T_FAILS(err, HF_E_UNSAFE_NAME, hf_sink_member(s, names[i], &err));
        } else if (i == T_COUNT(names)) {
            T_FAILS(err, HF_E_UNSAFE_NAME, hf_sink_link(s, HF_V("l"), HF_V("dup"), &err));
        } else {
            hf_buf deep;

            hf_buf_init(&deep, HF_BUF_UNBOUNDED);
            for (int k = 0; k < 1000; k++)
                hf_buf_str(&deep, "a/");
            hf_buf_str(&deep, "x");
            T_FAILS(err, HF_E_UNSAFE_NAME, hf_sink_member(s, hf_buf_view(&deep), &err));
            hf_buf_clear(&deep);
        }
        /* After a failure nothing is published, even if the caller goes on. */
        T_FAILS(err, HF_E_UNSAFE_NAME, hf_sink_member(s, HF_V("fine"), &err));
        T_FAILS(err, HF_E_UNSAFE_NAME, hf_sink_commit(s, &err));
        assert_int_equal(0, entries(dir));
        hf_free(target);
    }
}

/* --- ZIP ----------------------------------------------------------------------------------------
 */

typedef struct sample {
    hf_view name;
    size_t size; /* bytes of noise */
    uint32_t mode;
    hf_view link;
} sample;

static const sample samples[] = {
    { HF_V("users.json"), 5, 0, { 0 } },
    { HF_V("empty/"), 0, 0, { 0 } },
    { HF_V("empty.json"), 0, 0, { 0 } },
    { HF_V("g\xc3\xa9n\xc3\xa9ral/1.json"), 70000, 0600, { 0 } },
    { HF_V("caf\xe9.json"), 10, 0, { 0 } }, /* Latin-1 */
    { HF_V("\xe9\xe9/"), 0, 0, { 0 } },     /* a folder, too */
    { HF_V("\xed\xa0\x80"), 1, 0, { 0 } },  /* a surrogate is not UTF-8 */
    { HF_V("../up"), 3, 0, { 0 } },         /* a ZIP keeps every name */
    { HF_V("/abs"), 3, 0, { 0 } },
    { HF_V("w\\x"), 3, 0, { 0 } },
    { HF_V("users.json"), 6, 0, { 0 } }, /* a duplicate */
    { HF_V("link"), 5, 0777, { "\xe9/users", 7 } },
    { HF_V("\xe6\x97\xa5\xe6\x9c\xac"),
      9 << 20,
      0,
      { 0 } }, /* larger than what is held in memory */
    { HF_V("run"), 2, 0755, { 0 } },
    { HF_V("exactly"), 8 << 20, 0, { 0 } },
};

static void noise(char *to, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (char)((seed = seed * 1664525 + 1013904223) >> (i % 3 == 0 ? 24 : 30));
}

static void write_samples(const char *path)
{
    char *bytes = hf_alloc(9 << 20);
    hf_sink *s = NULL;
    hf_err *err = NULL;

    T_OK(err, hf_sink_open(&s, path, HF_SINK_ZIP, true, &err));
    for (size_t i = 0; i < T_COUNT(samples); i++) {
        const sample *m = &samples[i];
        hf_view rest = { bytes, m->size };

        if (m->link.n > 0) {
            T_OK(err, hf_sink_link(s, m->name, m->link, &err));
            continue;
        }
        noise(bytes, m->size, (uint32_t)i);
        T_OK(err, hf_sink_member_mode(s, m->name, m->mode, &err));
        for (size_t step = 1; rest.n > 0; step *= 2) { /* pieces of all sizes */
            T_OK(err, hf_sink_write(s, hf_view_sub(rest, 0, step), &err));
            rest = hf_view_from(rest, step);
        }
    }
    T_OK(err, hf_sink_commit(s, &err));
    hf_free(bytes);
}

static void zip_round_trip(void **state)
{
    const char *dir = t_folder();
    char *path = below(dir, "x.zip"), *bytes = hf_alloc(9 << 20);
    hf_source *s = NULL;
    hf_err *err = NULL;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    write_samples(path);
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    assert_int_equal(T_COUNT(samples), hf_source_count(s));
    for (uint32_t i = 0; i < T_COUNT(samples); i++) {
        const hf_member *m = hf_source_member(s, i);
        bool is_folder = hf_view_ends(samples[i].name, HF_V("/"));

        assert_true(hf_view_eq(samples[i].name, m->name));
        assert_true(m->mtime_us == HF_NO_TIME);
        hf_buf_reset(&b);
        T_OK(err, hf_source_slurp(s, i, &b, &err));
        if (samples[i].link.n > 0) {
            assert_int_equal(HF_MEMBER_LINK, m->type);
            assert_true(hf_view_eq(samples[i].link, m->link));
            continue;
        }
        assert_int_equal(is_folder ? HF_MEMBER_FOLDER : HF_MEMBER_FILE, m->type);
        assert_int_equal(samples[i].mode != 0 ? samples[i].mode
                         : is_folder          ? 0755U
                                              : 0644U,
                         m->mode);
        noise(bytes, samples[i].size, i);
        assert_true(hf_view_eq(hf_buf_view(&b), (hf_view){ bytes, samples[i].size }));
    }
    hf_source_close(s);
    hf_buf_clear(&b);
    hf_free(bytes);
    hf_free(path);
}

static void zip_is_deterministic_and_plain(void **state)
{
    static const char *const zones[] = { "UTC0", "America/New_York", "Asia/Kolkata" };
    const char *dir = t_folder();
    hf_view first = { 0 };

    (void)state;
    for (size_t i = 0; i < T_COUNT(zones); i++) {
        char *path = below(dir, "x.zip");
        hf_view got;

        setenv("TZ", zones[i], 1);
        tzset();
        write_samples(path);
        got = t_read(path);
        if (first.p == NULL) {
            first = got;
        } else {
            assert_true(hf_view_eq(first, got));
            hf_free((void *)(uintptr_t)got.p);
        }
        hf_free(path);
    }
    unsetenv("TZ");
    tzset();
    /* Nowhere a version past 2.0: no ZIP64, which some importers refuse. */
    for (size_t at = 0; at + 8 < first.n;) {
        size_t hit = hf_view_find(hf_view_from(first, at), HF_V("PK\1\2"));

        if (hit == HF_NPOS)
            break;
        assert_true(first.p[at + hit + 6] <= 20);
        at += hit + 4;
    }
    hf_free((void *)(uintptr_t)first.p);
}

/* Flag 11 says UTF-8 exactly where it is true and needed. */
static void zip_flags_names_rightly(void **state)
{
    static const struct {
        hf_view name;
        bool flag;
    } cases[] = {
        { HF_V("ascii"), false },
        { HF_V("caf\xc3\xa9"), true },
        { HF_V("caf\xe9"), false },
        { HF_V("\xf0\x9f\x99\x82"), true },
        { HF_V("\xf4\x90\x80\x80"), false }, /* past U+10FFFF */
        { HF_V("\xc0\xaf"), false },         /* overlong */
        { HF_V("cut\xe2\x82"), false },
    };
    const char *dir = t_folder();
    char *path = below(dir, "x.zip");

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_sink *s = NULL;
        hf_err *err = NULL;
        hf_view got;

        T_OK(err, hf_sink_open(&s, path, HF_SINK_ZIP, true, &err));
        put(s, cases[i].name, HF_V("x"));
        T_OK(err, hf_sink_commit(s, &err));
        got = t_read(path);
        assert_int_equal(cases[i].flag, (got.p[7] & 8) != 0);
        hf_free((void *)(uintptr_t)got.p);
    }
    hf_free(path);
}

static void zip_refuses_what_it_cannot_say(void **state)
{
    static const hf_view names[] = { HF_V(""), HF_V("a\0b") };
    const char *dir = t_folder();
    char *path = below(dir, "x.zip");

    (void)state;
    for (size_t i = 0; i <= T_COUNT(names); i++) {
        hf_sink *s = NULL;
        hf_err *err = NULL;

        T_OK(err, hf_sink_open(&s, path, HF_SINK_ZIP, false, &err));
        if (i < T_COUNT(names)) {
            T_FAILS(err, HF_E_UNSAFE_NAME, hf_sink_member(s, names[i], &err));
        } else { /* bytes in a folder */
            T_OK(err, hf_sink_member(s, HF_V("dir/"), &err));
            T_FAILS(err, HF_E_UNSAFE_NAME, hf_sink_write(s, HF_V("x"), &err));
        }
        hf_sink_abort(s);
        assert_int_equal(0, entries(dir));
    }
    hf_free(path);
}

static void empty_zip(void **state)
{
    const char *dir = t_folder();
    char *path = below(dir, "x.zip");
    hf_sink *s = NULL;
    hf_source *src = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_sink_open(&s, path, HF_SINK_ZIP, false, &err));
    T_OK(err, hf_sink_commit(s, &err));
    T_OK(err, hf_source_open(&src, path, NULL, &err));
    assert_int_equal(HF_SOURCE_ZIP, hf_source_get_kind(src));
    assert_int_equal(0, hf_source_count(src));
    hf_source_close(src);
    hf_free(path);
}

/* --- file, stdout, null -------------------------------------------------------------------------
 */

static void one_member_sinks(void **state)
{
    const char *dir = t_folder();
    char *path = below(dir, "out");
    int saved = dup(STDOUT_FILENO), file;
    hf_sink *s = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_sink_open(&s, path, HF_SINK_FILE, false, &err));
    put(s, HF_V("a"), HF_V("x"));
    T_FAILS(err, HF_E_USAGE, hf_sink_member(s, HF_V("b"), &err));
    hf_sink_abort(s);
    assert_int_equal(0, entries(dir));

    file = open(path, O_RDWR | O_CREAT, 0600);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    T_OK(err, hf_sink_open(&s, NULL, HF_SINK_STDOUT, false, &err));
    put(s, HF_V("a"), HF_V("stre"));
    T_OK(err, hf_sink_write(s, HF_V("amed"), &err));
    T_OK(err, hf_sink_commit(s, &err));
    dup2(saved, STDOUT_FILENO);
    close(saved);
    close(file);
    assert_true(holds(path, HF_V("streamed")));
    hf_free(path);

    T_OK(err, hf_sink_open(&s, NULL, HF_SINK_NULL, false, &err));
    put(s, HF_V("../anything"), HF_V("123"));
    put(s, HF_V("b"), HF_V("4"));
    T_OK(err, hf_sink_link(s, HF_V("l"), HF_V("x"), &err));
    assert_int_equal(4, hf_sink_bytes(s));
    assert_int_equal(3, hf_sink_members(s));
    T_OK(err, hf_sink_commit(s, &err));
}

/* --- no space -----------------------------------------------------------------------------------
 */

/* Fill the sink until it fails; 0 when it failed with NO_SPACE and left nothing. */
static int fill(const char *dir, hf_sink_kind kind, bool commit)
{
    static const char *const names[] = { "a", "b/c" };
    char *path = below(dir, "out"), *bytes = hf_alloc(100000);
    hf_sink *s = NULL;
    hf_err *err = NULL;
    hf_status rc = hf_sink_open(&s, path, kind, false, &err);
    int bad = 0;

    for (unsigned m = 0; m < 2 && rc == HF_OK; m++) {
        if (m == 0 || kind != HF_SINK_FILE)
            rc = hf_sink_member(s, hf_view_str(names[m]), &err);
        for (unsigned i = 0; i < 20 && rc == HF_OK; i++) {
            noise(bytes, 100000, m * 100 + i);
            rc = hf_sink_write(s, (hf_view){ bytes, 100000 }, &err);
        }
    }
    if (rc == HF_OK || commit) { /* a ZIP writes when a member ends */
        hf_err *again = NULL;

        rc = hf_sink_commit(s, rc == HF_OK ? &err : &again);
        hf_err_free(again);
    } else {
        hf_sink_abort(s);
    }
    bad = rc != HF_E_NO_SPACE || err == NULL || err->code != HF_E_NO_SPACE || err->file == NULL;
    if (bad)
        print_error("kind %d: %s %s\n", (int)kind, hf_status_word(rc),
                    err == NULL ? "" : err->message);
    hf_err_free(err);
    hf_free(bytes);
    hf_free(path);
    return bad || entries(dir) != 0;
}

static void too_large_a_file(void **state)
{
    struct rlimit old, tiny;

    (void)state;
    signal(SIGXFSZ, SIG_IGN); /* EFBIG instead of death */
    getrlimit(RLIMIT_FSIZE, &old);
    tiny = old;
    tiny.rlim_cur = 1 << 20;
    for (int kind = HF_SINK_FILE; kind <= HF_SINK_ZIP; kind++) {
        int bad;

        setrlimit(RLIMIT_FSIZE, &tiny);
        bad = fill(t_folder(), (hf_sink_kind)kind, kind % 2 == 0);
        setrlimit(RLIMIT_FSIZE, &old);
        assert_int_equal(0, bad);
    }
}

/* 77: could not mount. */
static int on_full_disk(const char *dir)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", dir, "tmpfs", 0, "size=1m") != 0)
        return 77;
    for (int kind = HF_SINK_FILE; kind <= HF_SINK_ZIP; kind++)
        if (fill(dir, (hf_sink_kind)kind, false) != 0 || fill(dir, (hf_sink_kind)kind, true) != 0)
            return 1;
    return 0;
}

static void full_disk(void **state)
{
    const char *dir = t_folder();
    pid_t child;
    int status = 0;

    (void)state;
    fflush(NULL);
    child = fork(); /* the mount dies with the child's name space */
    if (child == 0)
        _exit(on_full_disk(dir));
    assert_int_equal(child, waitpid(child, &status, 0));
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("no tmpfs can be mounted here: ENOSPC itself is not tested\n");
        skip();
    }
    assert_int_equal(0, WEXITSTATUS(status));
}

/* The spool for members larger than memory and for standard input goes to TMPDIR. */
static void temporary_folder_is_missing(void **state)
{
    const char *dir = t_folder();
    char *path = below(dir, "x.zip"), *bytes = hf_alloc0(9 << 20, 1);
    const char *before = getenv("TMPDIR");
    char *saved = before == NULL ? NULL : hf_strdup(before);
    hf_sink *s = NULL;
    hf_err *err = NULL;
    hf_status rc;

    (void)state;
    T_OK(err, hf_sink_open(&s, path, HF_SINK_ZIP, false, &err));
    T_OK(err, hf_sink_member(s, HF_V("big"), &err));
    setenv("TMPDIR", "/nowhere", 1);
    rc = hf_sink_write(s, (hf_view){ bytes, 9 << 20 }, &err);
    if (saved == NULL)
        unsetenv("TMPDIR");
    else
        setenv("TMPDIR", saved, 1);
    assert_int_equal(HF_E_IO, rc);
    assert_non_null(strstr(err->message, "/nowhere"));
    assert_non_null(strstr(err->hint, "TMPDIR"));
    hf_err_free(err);
    hf_sink_abort(s);
    assert_int_equal(0, entries(dir));
    hf_free(saved);
    hf_free(bytes);
    hf_free(path);
}

/* Killed at any moment: the target is the old one or absent, and the next run clears up. */
static void killed_while_writing(void **state)
{
    const char *dir = t_folder();
    char *path = below(dir, "out");

    (void)state;
    for (int kind = HF_SINK_FILE; kind <= HF_SINK_ZIP; kind++) {
        hf_sink *s = NULL;
        hf_err *err = NULL;
        int status;
        pid_t child;

        fflush(NULL);
        child = fork();
        if (child == 0) {
            T_OK(err, hf_sink_open(&s, path, (hf_sink_kind)kind, false, &err));
            put(s, HF_V("m"), HF_V("half"));
            raise(SIGKILL);
        }
        waitpid(child, &status, 0);
        assert_true(WIFSIGNALED(status));
        assert_false(is_there(path));
        assert_int_equal(1, entries(dir)); /* the stale partial */
        T_OK(err, hf_sink_open(&s, path, (hf_sink_kind)kind, false, &err));
        put(s, HF_V("m"), HF_V("whole"));
        T_OK(err, hf_sink_commit(s, &err));
        assert_int_equal(1, entries(dir)); /* the target alone */
        if (kind == HF_SINK_FOLDER) {
            char *m = below(path, "m");

            assert_true(holds(m, HF_V("whole")));
            unlink(m);
            hf_free(m);
        }
        assert_int_equal(0, remove(path));
    }
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(existing_targets),
        cmocka_unit_test(stale_and_live_partials),
        cmocka_unit_test(impossible_targets),
        cmocka_unit_test(folder_keeps_names_and_modes),
        cmocka_unit_test(folder_refuses_unsafe_names),
        cmocka_unit_test(zip_round_trip),
        cmocka_unit_test(zip_is_deterministic_and_plain),
        cmocka_unit_test(zip_flags_names_rightly),
        cmocka_unit_test(zip_refuses_what_it_cannot_say),
        cmocka_unit_test(empty_zip),
        cmocka_unit_test(one_member_sinks),
        cmocka_unit_test(too_large_a_file),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(temporary_folder_is_missing),
        cmocka_unit_test(killed_while_writing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
