/* tests/lib/io/test_source_zip.c: ZIPs, good, odd and hostile ones. */
#include "support.h"

#include "io/source.h"
#include "source_check.h"
#include "zip_build.h"

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
        { { .name = "bad", .data = { "12345678", 8 }, .flags = 1 }, HF_OK, HF_E_NO_KEY, 0 },
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

/* libzip refuses an archive for such a name when it has the flag for UTF-8; we read all of it. */
static void names_are_bytes(void **state)
{
    static const char *const names[] = { "plain",   "esc\x1b[2J", "caf\xc3\xa9",
                                         "caf\xe9", "tab\t",      "\x01" };
    hf_source *s = NULL;
    hf_err *err = NULL;
    char *path;
    zb z;

    (void)state;
    zb_init(&z);
    for (size_t i = 0; i < T_COUNT(names); i++)
        zb_add(&z, &(zb_member){ .name = names[i],
                                 .data = hf_view_str(names[i]),
                                 .method = 8,
                                 .flags = 1 << 11 });
    zb_end(&z, 0, "");
    path = zb_write(&z, t_folder(), "x.zip");
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    assert_int_equal(T_COUNT(names), hf_source_count(s));
    for (uint32_t i = 0; i < T_COUNT(names); i++)
        expect(s, i, names[i], names[i]);
    hf_source_close(s);
    hf_free(path);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zip_gives_back_every_member),
        cmocka_unit_test(zip_reads_members_in_any_order),
        cmocka_unit_test(zip_that_lies_is_refused),
        cmocka_unit_test(damaged_member_is_named_when_reached),
        cmocka_unit_test(names_are_bytes),
        cmocka_unit_test(bombs_are_refused_at_open),
        cmocka_unit_test(zip64_and_empty),
        cmocka_unit_test(truncated_zip),
        cmocka_unit_test(salvage_reads_past_a_bad_member),
        cmocka_unit_test(any_changed_byte),
        cmocka_unit_test(many_members_are_fast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
