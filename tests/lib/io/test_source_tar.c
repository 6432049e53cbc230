/* tests/lib/io/test_source_tar.c: tar, plain and compressed, good and hostile. */
#include "support.h"

#include <zlib.h>

#include "io/source.h"
#include "source_check.h"

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

/* What GNU tar writes for a file that is one hole: data of no length, a real size behind. */
static void tar_hole(hf_buf *b, const char *name, unsigned size)
{
    size_t at = b->n;
    unsigned sum = 0;
    char field[13];

    tar_member(b, name, 'S', HF_V(""), "");
    memcpy(b->p + at + 257, "ustar  ", 8);
    snprintf(field, sizeof(field), "%011o", size);
    memcpy(b->p + at + 386, field, 12); /* the only extent: 0 bytes at the end */
    memcpy(b->p + at + 398, "00000000000", 12);
    memcpy(b->p + at + 483, field, 12);
    memset(b->p + at + 148, ' ', 8);
    for (size_t i = 0; i < 512; i++)
        sum += (unsigned char)b->p[at + i];
    snprintf(field, sizeof(field), "%06o", sum);
    memcpy(b->p + at + 148, field, 7);
}

static void tar_holes_and_pax_names(void **state)
{
    const char *dir = t_folder();
    hf_source *s = NULL;
    hf_err *err = NULL;
    hf_buf t, b;

    (void)state;
    hf_buf_init(&t, HF_BUF_UNBOUNDED);
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    tar_hole(&t, "hole", 300000);
    tar_member(&t, "x", 'x', HF_V("13 path=caf\xe9\n"), ""); /* not UTF-8, as GNU tar does */
    tar_member(&t, "short", '0', HF_V("1"), "");
    tar_member(&t, "x", 'x', HF_V("14 path=caf\xc3\xa9\n"), "");
    tar_member(&t, "short", '0', HF_V("2"), "");
    tar_end(&t);
    T_OK(err, open_bytes(dir, "x.tar", hf_buf_view(&t), false, &s, &err));
    assert_int_equal(3, hf_source_count(s));
    assert_int_equal(300000, hf_source_member(s, 0)->size);
    slurp(s, 0, &b);
    assert_int_equal(300000, b.n);
    for (size_t i = 0; i < b.n; i++)
        assert_int_equal(0, b.p[i]);
    expect(s, 1, "caf\xe9", "1");
    expect(s, 2, "caf\xc3\xa9", "2");
    hf_source_close(s);
    /* A hole is as good a bomb as any. */
    hf_buf_reset(&t);
    tar_hole(&t, "hole", 1U << 30);
    tar_end(&t);
    T_FAILS(err, HF_E_BOMB, open_bytes(dir, "x.tar", hf_buf_view(&t), false, &s, &err));
    hf_buf_clear(&t);
    hf_buf_clear(&b);
}

/* Every changed byte of the headers: an error or some members, never a crash. */
static void tar_any_changed_byte(void **state)
{
    const char *dir = t_folder();
    hf_buf t, b;

    (void)state;
    hf_buf_init(&t, HF_BUF_UNBOUNDED);
    hf_buf_init(&b, 1 << 20);
    tar_member(&t, "x", 'x', HF_V("13 path=caf\xe9\n"), "");
    tar_member(&t, "a", '0', HF_V("1"), "");
    tar_hole(&t, "hole", 2000);
    tar_end(&t);
    for (size_t i = 0; i < 2600; i++) {
        for (int salvage = 0; salvage < 2; salvage++) {
            hf_source *s = NULL;
            hf_err *err = NULL;

            t.p[i] = (char)(t.p[i] ^ 0x11);
            if (open_bytes(dir, "x.tar", hf_buf_view(&t), salvage != 0, &s, &err) == HF_OK) {
                for (uint32_t m = 0; m < hf_source_count(s); m++) {
                    hf_buf_reset(&b);
                    (void)hf_source_slurp(s, m, &b, NULL);
                }
            } else {
                assert_non_null(err);
            }
            t.p[i] = (char)(t.p[i] ^ 0x11);
            hf_err_free(err);
            hf_source_close(s);
        }
    }
    hf_buf_clear(&t);
    hf_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tar_plain_and_compressed),
        cmocka_unit_test(tar_odd_and_hostile),
        cmocka_unit_test(tar_holes_and_pax_names),
        cmocka_unit_test(tar_any_changed_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
