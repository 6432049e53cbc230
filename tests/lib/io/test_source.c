/* tests/lib/io/test_source.c: what sources list, give back, and refuse. */
#include "support.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/name.h"
#include "io/sink.h"
#include "io/source.h"
#include "zip_build.h"

static hf_view slurp(hf_source *s, uint32_t i, hf_buf *b)
{
    hf_err *err = NULL;

    hf_buf_reset(b);
    T_OK(err, hf_source_slurp(s, i, b, &err));
    return hf_buf_view(b);
}

/* The member must have this name and content; size must agree with what is read. */
static void expect(hf_source *s, uint32_t i, const char *name, const char *content)
{
    hf_buf b;

    hf_buf_init(&b, 1 << 20);
    assert_true(i < hf_source_count(s));
    T_VIEW(name, hf_source_member(s, i)->name);
    T_VIEW(content, slurp(s, i, &b));
    assert_int_equal(b.n, hf_source_member(s, i)->size);
    hf_buf_clear(&b);
}

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

/* --- ZIP ----------------------------------------------------------------------------------------
 */

static void zip_gives_back_every_member(void **state)
{
    static const zb_member members[] = {
        { .name = "users.json", .data = { "[1,2,3]", 7 }, .method = 8, .mtime = 1700000000 },
        { .name = "empty/" },
        { .name = "empty.json" },
        { .name = "g\xc3\xa9n\xc3\xa9ral/1.json", .data = { "a", 1 } }, /* UTF-8 without flag 11 */
        { .name = "caf\xe9", .data = { "b", 1 } },                      /* Latin-1: raw bytes */
        { .name = "../up", .data = { "c", 1 } }, /* unsafe names are kept in a source */
        { .name = "/abs", .data = { "d", 1 } },
        { .name = "w\\x", .data = { "e", 1 } }, /* libarchive would make it w/x */
        { .name = "n\0ul", .name_n = 4, .data = { "f", 1 } },
        { .name = "users.json", .data = { "again", 5 } }, /* a duplicate name */
        { .name = "link", .data = { "users.json", 10 }, .mode = 0120777 },
        { .name = "full/", .data = { "g", 1 } }, /* a "folder" with bytes is a file */
        { .name = "script", .data = { "h", 1 }, .mode = 0100755 },
    };
    const char *dir = t_folder();
    hf_source *s = NULL;
    hf_err *err = NULL;
    hf_sha256 digest, want;
    zb z;
    char *path;

    (void)state;
    zb_init(&z);
    for (size_t i = 0; i < T_COUNT(members); i++)
        zb_add(&z, &members[i]);
    zb_end(&z, 0, "a comment");
    want = hf_sha256_of(hf_buf_view(&z.file));
    path = zb_write(&z, dir, "a.zip");
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    assert_int_equal(HF_SOURCE_ZIP, hf_source_get_kind(s));
    assert_int_equal(T_COUNT(members), hf_source_count(s));
    for (uint32_t i = 0; i < T_COUNT(members); i++) {
        const hf_member *m = hf_source_member(s, i);
        size_t n = members[i].name_n != 0 ? members[i].name_n : strlen(members[i].name);
        hf_buf b;

        assert_true(hf_view_eq(m->name, (hf_view){ members[i].name, n }));
        hf_buf_init(&b, 100);
        assert_true(hf_view_eq(slurp(s, i, &b), members[i].data));
        assert_int_equal(members[i].data.n, m->size);
        assert_int_equal(members[i].mode & 07777, m->mode);
        hf_buf_clear(&b);
    }
    assert_int_equal(HF_MEMBER_FOLDER, hf_source_member(s, 1)->type);
    assert_int_equal(HF_MEMBER_FILE, hf_source_member(s, 2)->type);
    assert_int_equal(HF_MEMBER_LINK, hf_source_member(s, 10)->type);
    T_VIEW("users.json", hf_source_member(s, 10)->link);
    assert_int_equal(HF_MEMBER_FILE, hf_source_member(s, 11)->type);
    assert_int_equal(1700000000 * HF_SECOND_US, hf_source_member(s, 0)->mtime_us);
    assert_true(hf_source_member(s, 2)->mtime_us == HF_NO_TIME);
    assert_int_equal(9, hf_source_find(s, HF_V("users.json"))); /* of duplicates the last */
    assert_int_equal(8, hf_source_find(s, HF_V("n\0ul")));
    assert_int_equal(UINT32_MAX, hf_source_find(s, HF_V("absent")));
    assert_int_equal(7 + 5 + 10 + 8, hf_source_total(s));
    assert_null(hf_source_damage(s));
    T_OK(err, hf_source_digest(s, &digest, &err));
    assert_memory_equal(&want, &digest, sizeof(want));
    hf_source_close(s);
    hf_free(path);
}

static void zip_reads_members_in_any_order(void **state)
{
    const char *dir = t_folder();
    hf_source *s = NULL;
    hf_stream *a = NULL, *b = NULL;
    hf_err *err = NULL;
    zb z;
    char *path, c, d;
    size_t got;

    (void)state;
    zb_init(&z);
    zb_add(&z, &(zb_member){ .name = "a", .data = HF_V("aAa"), .method = 8 });
    zb_add(&z, &(zb_member){ .name = "b", .data = HF_V("bBb"), .method = 8 });
    zb_end(&z, 0, "");
    path = zb_write(&z, dir, "a.zip");
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    T_OK(err, hf_source_read(s, 1, &b, &err));
    T_OK(err, hf_source_read(s, 0, &a, &err));
    for (int i = 0; i < 3; i++) { /* two streams of one source, byte by byte in turn */
        T_OK(err, hf_stream_read(a, &c, 1, &got, &err));
        T_OK(err, hf_stream_read(b, &d, 1, &got, &err));
        assert_int_equal("aAa"[i], c);
        assert_int_equal("bBb"[i], d);
    }
    T_OK(err, hf_stream_read(a, &c, 1, &got, &err));
    assert_int_equal(0, got);
    hf_stream_close(a);
    hf_stream_close(b);
    expect(s, 0, "a", "aAa");
    hf_source_close(s);
    hf_free(path);
}

static void zip_that_lies_is_refused(void **state)
{
    enum { OK, COUNT_MORE, COUNT_LESS, JUNK_BEHIND, JUNK_BEFORE_END, MOVED, SHARED, INSIDE };
    static const struct {
        int how;
        hf_status want;
        const char *member; /* named in the error */
    } cases[] = {
        { OK, HF_OK, NULL },
        { COUNT_MORE, HF_E_DAMAGED, NULL },
        { COUNT_LESS, HF_E_DAMAGED, NULL }, /* a hidden member */
        { JUNK_BEHIND, HF_E_DAMAGED, NULL },
        { JUNK_BEFORE_END, HF_E_DAMAGED, NULL },
        { MOVED, HF_E_DAMAGED, "b" },       /* no local header there */
        { SHARED, HF_E_DAMAGED, "m0" },     /* 51 members on one local header */
        { INSIDE, HF_E_DAMAGED, "quoted" }, /* a header inside another member's data */
    };
    const char *dir = t_folder();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        int how = cases[i].how;
        hf_source *s = NULL;
        hf_err *err = NULL;
        hf_status rc;
        zb z, inner;
        char *path;

        zb_init(&z);
        zb_init(&inner);
        zb_add(&z, &(zb_member){ .name = "a", .data = HF_V("aaaa") });
        if (how == MOVED)
            zb_add(&z, &(zb_member){ .name = "b", .no_local = true, .local_at = 3 });
        for (int m = 0; how == SHARED && m < 50; m++) {
            char name[16];

            snprintf(name, sizeof(name), "m%d", m);
            zb_add(&z, &(zb_member){ .name = name, .no_local = true, .data = HF_V("aaaa") });
        }
        if (how == INSIDE) {
            zb_add(&inner, &(zb_member){ .name = "quoted", .data = HF_V("q") });
            zb_add(&z, &(zb_member){ .name = "outer", .data = hf_buf_view(&inner.file) });
            zb_add(&z, &(zb_member){ .name = "quoted",
                                     .data = HF_V("q"),
                                     .no_local = true,
                                     .local_at = z.file.n - inner.file.n });
        }
        if (how == JUNK_BEFORE_END)
            hf_buf_str(&z.central, "PK\5\6");
        zb_end(&z, how == COUNT_MORE ? 1 : how == COUNT_LESS ? -1 : 0, "");
        if (how == JUNK_BEHIND)
            hf_buf_str(&z.file, "junk");
        hf_buf_clear(&inner.file);
        hf_buf_clear(&inner.central);
        path = zb_write(&z, dir, "x.zip");
        rc = hf_source_open(&s, path, NULL, &err);
        if (rc != cases[i].want)
            fail_msg("row %zu: %s", i, err == NULL ? "opened" : err->message);
        if (cases[i].member != NULL)
            assert_string_equal(cases[i].member, err->member);
        if (rc != HF_OK) {
            assert_string_equal(path, err->file);
            assert_non_null(err->hint);
        }
        if (how == SHARED)
            assert_non_null(strstr(err->message, "another one, a"));
        hf_err_free(err);
        hf_source_close(s);
        hf_free(path);
    }
}

static void damaged_member_is_named_when_reached(void **state)
{
    static const struct {
        zb_member m;
        hf_status open, read;
        uint64_t offset;
    } cases[] = {
        { { .name = "bad", .data = { "12345678", 8 }, .crc_xor = 1 }, HF_OK, HF_E_DAMAGED, 8 },
        { { .name = "bad", .data = { "12345678", 8 }, .method = 8, .crc_xor = 1 },
          HF_OK,
          HF_E_DAMAGED,
          8 },
        /* the directory says 5, the data are 8: stopped at 5 */
        { { .name = "bad",
            .data = { "12345678", 8 },
            .method = 8,
            .central_size = 5,
            .local_size = 5 },
          HF_OK,
          HF_E_BOMB,
          5 },
        { { .name = "bad",
            .data = { "12345678", 8 },
            .method = 8,
            .central_size = 9,
            .local_size = 9 },
          HF_OK,
          HF_E_DAMAGED,
          8 },
        /* the two headers differ: seen at once */
        { { .name = "bad", .data = { "12345678", 8 }, .method = 8, .central_size = 5 },
          HF_E_DAMAGED,
          HF_OK,
          0 },
        { { .name = "bad", .data = { "12345678", 8 }, .flags = 1 },
          HF_OK,
          HF_E_NO_KEY,
          HF_NO_OFFSET },
        { { .name = "bad", .data = { "12345678", 8 }, .method = 97 }, HF_OK, HF_E_UNSUPPORTED, 0 },
    };
    const char *dir = t_folder();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_source *s = NULL;
        hf_err *err = NULL;
        hf_status rc;
        hf_buf b;
        zb z;
        char *path;

        zb_init(&z);
        zb_add(&z, &(zb_member){ .name = "before", .data = HF_V("x"), .method = 8 });
        zb_add(&z, &cases[i].m);
        zb_add(&z, &(zb_member){ .name = "after", .data = HF_V("y"), .method = 8 });
        zb_end(&z, 0, "");
        path = zb_write(&z, dir, "x.zip");
        rc = hf_source_open(&s, path, NULL, &err);
        assert_int_equal(cases[i].open, rc);
        if (rc == HF_OK) {
            hf_buf_init(&b, 1000);
            assert_int_equal(cases[i].m.flags == 1, hf_source_member(s, 1)->is_encrypted);
            rc = hf_source_slurp(s, 1, &b, &err);
            if (rc != cases[i].read || err->offset != cases[i].offset)
                fail_msg("row %zu: %s at %llu: %s", i, hf_status_word(rc),
                         (unsigned long long)(err == NULL ? 0 : err->offset),
                         err == NULL ? "" : err->message);
            hf_buf_clear(&b);
            /* its neighbours are not harmed */
            expect(s, 0, "before", "x");
            expect(s, 2, "after", "y");
        }
        assert_string_equal("bad", err->member);
        assert_string_equal(path, err->file);
        hf_err_free(err);
        hf_source_close(s);
        hf_free(path);
    }
}

static char *zeros_zip(const char *dir, size_t n, bool two)
{
    char *zeros = hf_alloc0(n, 1);
    zb z;

    zb_init(&z);
    zb_add(&z, &(zb_member){ .name = "zeros", .data = { zeros, n }, .method = 8 });
    if (two)
        zb_add(&z, &(zb_member){ .name = "more", .data = { zeros, n }, .method = 8 });
    zb_end(&z, 0, "");
    hf_free(zeros);
    return zb_write(&z, dir, "bomb.zip");
}

static void bombs_are_refused_at_open(void **state)
{
    static const struct {
        size_t bytes;
        bool two;
        hf_source_limits limits;
        hf_status want;
        const char *member;
    } cases[] = {
        { 100 << 20, false, { 0 }, HF_E_BOMB, "zeros" },
        { 100 << 20, false, { .max_ratio = 2000 }, HF_OK, NULL },
        { 60 << 20, false, { 0 }, HF_OK, NULL },    /* below 64 MiB any ratio is fine */
        { 60 << 20, true, { 0 }, HF_E_BOMB, NULL }, /* two of them are not: the total counts */
        { 1000, false, { .max_member_bytes = 999 }, HF_E_BOMB, "zeros" },
        { 1000, true, { .max_members = 1 }, HF_E_BOMB, NULL },
    };
    const char *dir = t_folder();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *path = zeros_zip(dir, cases[i].bytes, cases[i].two);
        hf_source *s = NULL;
        hf_err *err = NULL;
        hf_status rc = hf_source_open(&s, path, &cases[i].limits, &err);

        if (rc != cases[i].want)
            fail_msg("row %zu: %s %s", i, hf_status_word(rc), err == NULL ? "" : err->message);
        if (cases[i].member != NULL)
            assert_string_equal(cases[i].member, err->member);
        hf_err_free(err);
        hf_source_close(s);
        hf_free(path);
    }
}

static void zip64_and_empty(void **state)
{
    const char *dir = t_folder();
    hf_source *s = NULL;
    hf_err *err = NULL;
    zb z;
    char *path;

    (void)state;
    zb_init(&z);
    z.is_zip64 = true;
    zb_add(&z, &(zb_member){ .name = "a", .data = HF_V("small"), .is_zip64 = true });
    zb_add(&z, &(zb_member){ .name = "b", .data = HF_V("also"), .is_zip64 = true, .method = 8 });
    zb_end(&z, 0, "");
    path = zb_write(&z, dir, "64.zip");
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    assert_int_equal(2, hf_source_count(s));
    expect(s, 0, "a", "small");
    expect(s, 1, "b", "also");
    hf_source_close(s);
    hf_free(path);

    s = NULL;
    zb_init(&z);
    zb_end(&z, 0, "");
    assert_int_equal(22, z.file.n);
    path = zb_write(&z, dir, "empty.zip");
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    assert_int_equal(HF_SOURCE_ZIP, hf_source_get_kind(s));
    assert_int_equal(0, hf_source_count(s));
    assert_int_equal(UINT32_MAX, hf_source_find(s, HF_V("x")));
    hf_source_close(s);
    hf_free(path);
}

static void build_three(zb *z)
{
    zb_init(z);
    zb_add(z, &(zb_member){ .name = "one.json", .data = HF_V("[1,1,1,1,1,1,1,1]"), .method = 8 });
    zb_add(z, &(zb_member){ .name = "two.json", .data = HF_V("[2,2,2,2]") });
    zb_add(z, &(zb_member){ .name = "three.json", .data = HF_V("[3,3,3,3]"), .method = 8 });
    zb_end(z, 0, "");
}

/* Cut at every byte: damaged from the first header on, and salvage gives the whole members. */
static void truncated_zip(void **state)
{
    const char *dir = t_folder();
    char *path = NULL;
    hf_view whole;
    zb z;
    uint32_t most = 0;

    (void)state;
    build_three(&z);
    path = zb_write(&z, dir, "whole.zip");
    whole = t_read(path);
    hf_free(path);
    for (size_t cut = 0; cut < whole.n; cut++) {
        hf_source_limits salvage = { .salvage = true };
        hf_source *s = NULL;
        hf_err *err = NULL;

        t_write(dir, "cut.zip", hf_view_sub(whole, 0, cut));
        path = hf_sprintf("%s/cut.zip", dir);
        if (cut < 4) { /* not to be told from any other file */
            T_OK(err, hf_source_open(&s, path, NULL, &err));
            assert_int_equal(HF_SOURCE_FILE, hf_source_get_kind(s));
        } else {
            T_FAILS(err, HF_E_DAMAGED, hf_source_open(&s, path, NULL, &err));
            assert_null(s);
            T_OK(err, hf_source_open(&s, path, &salvage, &err));
            assert_non_null(hf_source_damage(s));
            assert_true(hf_source_count(s) >= most || cut == 4);
            most = hf_source_count(s);
            for (uint32_t i = 0; i < most; i++) {
                static const char *const want[] = { "[1,1,1,1,1,1,1,1]", "[2,2,2,2]", "[3,3,3,3]" };
                hf_buf b;

                hf_buf_init(&b, 100);
                slurp(s, i, &b);
                assert_true(b.n <= strlen(want[i]) &&
                            memcmp(b.p == NULL ? "" : b.p, want[i], b.n) == 0);
                assert_true(b.n == strlen(want[i]) || hf_source_member(s, i)->is_damaged);
                hf_buf_clear(&b);
            }
        }
        hf_source_close(s);
        hf_free(path);
    }
    assert_int_equal(3, most);
    hf_free((void *)(uintptr_t)whole.p);
}

/* With salvage a bad member ends early, is marked, and does not stop the others. */
static void salvage_reads_past_a_bad_member(void **state)
{
    hf_source_limits salvage = { .salvage = true };
    const char *dir = t_folder();
    hf_source *s = NULL;
    hf_err *err = NULL;
    zb z;
    char *path;

    (void)state;
    zb_init(&z);
    zb_add(&z, &(zb_member){ .name = "bad", .data = HF_V("12345678"), .crc_xor = 1 });
    zb_add(&z, &(zb_member){ .name = "bad2", .data = HF_V("12345678"), .crc_xor = 1 });
    zb_add(&z, &(zb_member){ .name = "good", .data = HF_V("fine") });
    zb_end(&z, 0, "");
    path = zb_write(&z, dir, "x.zip");
    T_OK(err, hf_source_open(&s, path, &salvage, &err));
    assert_null(hf_source_damage(s)); /* not known before it is read */
    expect(s, 0, "bad", "12345678");
    expect(s, 0, "bad", "12345678"); /* again: counted once */
    assert_true(hf_source_member(s, 0)->is_damaged);
    assert_non_null(strstr(hf_source_damage(s), "bad: "));
    assert_null(strstr(hf_source_damage(s), "more"));
    expect(s, 1, "bad2", "12345678");
    assert_non_null(strstr(hf_source_damage(s), ", and 1 more"));
    expect(s, 2, "good", "fine");
    assert_false(hf_source_member(s, 2)->is_damaged);
    hf_source_close(s);
    hf_free(path);
}

/* Every single changed byte: an error or the true bytes, never a crash, never wrong bytes unless
 * they carry a matching CRC, which one changed byte cannot. */
static void any_changed_byte(void **state)
{
    const char *dir = t_folder();
    char *path = NULL;
    hf_view whole;
    zb z;

    (void)state;
    build_three(&z);
    path = zb_write(&z, dir, "x.zip");
    whole = t_read(path);
    for (size_t i = 0; i < whole.n; i++) {
        for (int salvage = 0; salvage < 2; salvage++) {
            hf_source_limits limits = { .salvage = salvage != 0 };
            char *bytes = (char *)(uintptr_t)whole.p;
            hf_source *s = NULL;
            hf_err *err = NULL;
            hf_buf b;

            bytes[i] = (char)(bytes[i] ^ 0x41);
            t_write(dir, "x.zip", whole);
            bytes[i] = (char)(bytes[i] ^ 0x41);
            hf_buf_init(&b, 1000);
            if (hf_source_open(&s, path, &limits, &err) == HF_OK)
                for (uint32_t m = 0; m < hf_source_count(s); m++) {
                    hf_buf_reset(&b);
                    if (hf_source_slurp(s, m, &b, NULL) == HF_OK && salvage == 0 &&
                        hf_view_is(hf_source_member(s, m)->name, "two.json") &&
                        hf_source_member(s, m)->type == HF_MEMBER_FILE)
                        T_VIEW("[2,2,2,2]", hf_buf_view(&b));
                }
            hf_buf_clear(&b);
            hf_err_free(err);
            hf_source_close(s);
        }
    }
    hf_free((void *)(uintptr_t)whole.p);
    hf_free(path);
}

static void many_members_are_fast(void **state)
{
    enum { N = 30000 };
    const char *dir = t_folder();
    hf_source *s = NULL;
    hf_err *err = NULL;
    double start;
    hf_buf b;
    zb z;
    char *path;

    (void)state;
    zb_init(&z);
    for (int i = 0; i < N; i++) {
        char name[48];

        snprintf(name, sizeof(name), "channel-%d/2024-01-%02d.json", i / 30, i % 30);
        zb_add(&z, &(zb_member){ .name = name, .data = hf_view_str(name), .method = 8 });
    }
    zb_end(&z, 0, "");
    path = zb_write(&z, dir, "many.zip");
    start = hf_mono_seconds();
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    hf_buf_init(&b, 100);
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(i, hf_source_find(s, hf_source_member(s, i)->name));
        assert_true(hf_view_eq(hf_source_member(s, i)->name, slurp(s, i, &b)));
    }
    hf_buf_clear(&b);
    hf_source_close(s);
    print_message("30,000 members opened, found and read in %.2f s\n", hf_mono_seconds() - start);
    /* About 1 s with sanitizers on a busy machine; a quadratic look-up takes minutes. */
    assert_true(hf_mono_seconds() - start < 30);
    hf_free(path);
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
    build_three(&z);
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
    assert_int_equal(3, hf_source_count(s));
    expect(s, 2, "three.json", "[3,3,3,3]");
    expect(s, 2, "three.json", "[3,3,3,3]");
    hf_source_close(s);
    hf_buf_clear(&z.file);
    hf_buf_clear(&z.central);
}

/* --- tar ----------------------------------------------------------------------------------------
 */

static void tar_member(hf_buf *b, const char *name, char type, hf_view data, const char *link)
{
    char h[512] = { 0 };
    unsigned sum = 0;

    memcpy(h, name, strlen(name));
    memcpy(h + 100, "0000640", 7);
    memcpy(h + 108, "0000000", 7);
    memcpy(h + 116, "0000000", 7);
    snprintf(h + 124, 12, "%011o", (unsigned)data.n);
    memcpy(h + 136, "14520000000", 11);
    memset(h + 148, ' ', 8);
    h[156] = type;
    memcpy(h + 157, link, strlen(link));
    memcpy(h + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof(h); i++)
        sum += (unsigned char)h[i];
    snprintf(h + 148, 8, "%06o", sum);
    hf_buf_add(b, (hf_view){ h, sizeof(h) });
    hf_buf_add(b, data);
    while (b->n % 512 != 0)
        hf_buf_byte(b, 0);
}

static void tar_end(hf_buf *b)
{
    for (int i = 0; i < 1024; i++)
        hf_buf_byte(b, 0);
}

static hf_view gzip(hf_view data)
{
    z_stream s = { 0 };
    size_t cap = data.n + 1000;
    char *out = hf_alloc(cap);

    assert_int_equal(Z_OK, deflateInit2(&s, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY));
    s.next_in = (Bytef *)(uintptr_t)data.p;
    s.avail_in = (uInt)data.n;
    s.next_out = (Bytef *)out;
    s.avail_out = (uInt)cap;
    assert_int_equal(Z_STREAM_END, deflate(&s, Z_FINISH));
    deflateEnd(&s);
    return (hf_view){ out, s.total_out };
}

static hf_status open_bytes(const char *dir, const char *name, hf_view bytes, bool salvage,
                            hf_source **s, hf_err **err)
{
    hf_source_limits limits = { .salvage = salvage };
    char *path = hf_sprintf("%s/%s", dir, name);
    hf_status rc;

    t_write(dir, name, bytes);
    rc = hf_source_open(s, path, &limits, err);
    hf_free(path);
    return rc;
}

static void tar_plain_and_compressed(void **state)
{
    const char *dir = t_folder();
    hf_view packed;
    hf_buf t;

    (void)state;
    hf_buf_init(&t, HF_BUF_UNBOUNDED);
    tar_member(&t, "./users.json", '0', HF_V("[1]"), "");
    tar_member(&t, "general/", '5', HF_V(""), "");
    tar_member(&t, "caf\xe9", '0', HF_V("latin"), "");
    tar_member(&t, "caf\xc3\xa9", '0', HF_V("utf8"), "");
    tar_member(&t, "up", '2', HF_V(""), "../../etc/passwd");
    tar_member(&t, "../x", '0', HF_V("x"), "");
    tar_member(&t, "w\\y", '0', HF_V("y"), "");
    tar_end(&t);
    packed = gzip(hf_buf_view(&t));
    for (int gz = 0; gz < 2; gz++) {
        hf_source *s = NULL;
        hf_err *err = NULL;

        /* The name says nothing: the content does. */
        T_OK(err, open_bytes(dir, "export", gz ? packed : hf_buf_view(&t), false, &s, &err));
        assert_int_equal(HF_SOURCE_TAR, hf_source_get_kind(s));
        assert_int_equal(7, hf_source_count(s));
        expect(s, 0, "./users.json", "[1]");
        expect(s, 1, "general/", "");
        assert_int_equal(HF_MEMBER_FOLDER, hf_source_member(s, 1)->type);
        expect(s, 2, "caf\xe9", "latin");
        expect(s, 3, "caf\xc3\xa9", "utf8");
        expect(s, 4, "up", "../../etc/passwd");
        assert_int_equal(HF_MEMBER_LINK, hf_source_member(s, 4)->type);
        expect(s, 5, "../x", "x");
        expect(s, 6, "w\\y", "y");
        assert_int_equal(0640, hf_source_member(s, 0)->mode);
        assert_true(hf_source_member(s, 0)->mtime_us == INT64_C(014520000000) * HF_SECOND_US);
        hf_source_close(s);
    }
    /* Cut or changed, the gzip stream is damaged, even behind the tar's own end. */
    for (size_t cut = 20; cut < packed.n; cut++) {
        hf_source *s = NULL;
        hf_err *err = NULL;

        T_FAILS(err, HF_E_DAMAGED,
                open_bytes(dir, "x.tar.gz", hf_view_sub(packed, 0, cut), false, &s, &err));
    }
    ((char *)(uintptr_t)packed.p)[packed.n - 6] ^= 1; /* the CRC */
    {
        hf_source *s = NULL;
        hf_err *err = NULL;

        T_FAILS(err, HF_E_DAMAGED, open_bytes(dir, "x.tar.gz", packed, false, &s, &err));
        T_OK(err, open_bytes(dir, "x.tar.gz", packed, true, &s, &err));
        assert_int_equal(7, hf_source_count(s));
        assert_non_null(hf_source_damage(s));
        hf_source_close(s);
    }
    hf_free((void *)(uintptr_t)packed.p);
    hf_buf_clear(&t);
}

static void tar_odd_and_hostile(void **state)
{
    const char *dir = t_folder();
    hf_source *s = NULL;
    hf_err *err = NULL;
    hf_view packed;
    hf_buf t;
    char *zeros;

    (void)state;
    hf_buf_init(&t, HF_BUF_UNBOUNDED);
    tar_end(&t);
    T_OK(err, open_bytes(dir, "empty.tar", hf_buf_view(&t), false, &s, &err));
    assert_int_equal(0, hf_source_count(s));
    hf_source_close(s);
    T_OK(err, open_bytes(dir, "zeros", hf_buf_view(&t), false, &s, &err));
    assert_int_equal(HF_SOURCE_FILE, hf_source_get_kind(s)); /* zeros need not be a tar */
    hf_source_close(s);
    T_FAILS(err, HF_E_DAMAGED, open_bytes(dir, "no.tar", HF_V("not a tar"), false, &s, &err));

    hf_buf_reset(&t);
    tar_member(&t, "pipe", '6', HF_V(""), "");
    tar_end(&t);
    T_FAILS(err, HF_E_UNSUPPORTED, open_bytes(dir, "p.tar", hf_buf_view(&t), false, &s, &err));

    /* Cut inside the second member: with salvage its first bytes are kept. */
    hf_buf_reset(&t);
    tar_member(&t, "a", '0', HF_V("aaa"), "");
    zeros = hf_alloc0(70 << 20, 1);
    tar_member(&t, "b", '0', (hf_view){ zeros, 2000 }, "");
    T_FAILS(err, HF_E_DAMAGED,
            open_bytes(dir, "c.tar", hf_view_sub(hf_buf_view(&t), 0, 2560), false, &s, &err));
    T_OK(err, open_bytes(dir, "c.tar", hf_view_sub(hf_buf_view(&t), 0, 2560), true, &s, &err));
    assert_int_equal(2, hf_source_count(s));
    expect(s, 0, "a", "aaa");
    assert_true(hf_source_member(s, 1)->is_damaged);
    assert_true(hf_source_member(s, 1)->size <= 1024);
    assert_non_null(hf_source_damage(s));
    hf_source_close(s);

    /* 70 MiB of zeros in 70 KiB. */
    hf_buf_reset(&t);
    tar_member(&t, "bomb", '0', (hf_view){ zeros, 70 << 20 }, "");
    tar_end(&t);
    packed = gzip(hf_buf_view(&t));
    hf_free(zeros);
    T_FAILS(err, HF_E_BOMB, open_bytes(dir, "b.tgz", packed, false, &s, &err));
    hf_free((void *)(uintptr_t)packed.p);
    hf_buf_clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_leave_a_folder),
        cmocka_unit_test(zip_gives_back_every_member),
        cmocka_unit_test(zip_reads_members_in_any_order),
        cmocka_unit_test(zip_that_lies_is_refused),
        cmocka_unit_test(damaged_member_is_named_when_reached),
        cmocka_unit_test(bombs_are_refused_at_open),
        cmocka_unit_test(zip64_and_empty),
        cmocka_unit_test(truncated_zip),
        cmocka_unit_test(salvage_reads_past_a_bad_member),
        cmocka_unit_test(any_changed_byte),
        cmocka_unit_test(many_members_are_fast),
        cmocka_unit_test(folder_lists_everything_and_follows_nothing),
        cmocka_unit_test(folder_that_changes_while_read),
        cmocka_unit_test(unreadable_is_denied),
        cmocka_unit_test(one_file_is_one_member),
        cmocka_unit_test(standard_input_is_spooled),
        cmocka_unit_test(tar_plain_and_compressed),
        cmocka_unit_test(tar_odd_and_hostile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
