/* Spools: the same bytes from a plain file, a packed one, a container and a program. */
#include "io/spool.h"
#include "support.h"

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum { TEXT_BYTES = 3 * 1024 * 1024 };

/* Text that does not pack too well. */
static void make_text(hf_buf *b)
{
    uint32_t x = 1;

    while (b->n < TEXT_BYTES) {
        x = x * 1664525u + 1013904223u;
        hf_buf_printf(b, "%u\n", x >> 12);
    }
}

static void gzip(hf_view in, hf_buf *out)
{
    z_stream z = { .next_in = (Bytef *)(uintptr_t)in.p, .avail_in = (uInt)in.n };

    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_true(hf_buf_reserve(out, deflateBound(&z, in.n)));
    z.next_out = (Bytef *)out->p;
    z.avail_out = (uInt)out->cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    out->n = z.total_out;
    deflateEnd(&z);
}

static void zstd(hf_view in, hf_buf *out)
{
    assert_true(hf_buf_reserve(out, ZSTD_compressBound(in.n)));
    out->n = ZSTD_compress(out->p, out->cap, in.p, in.n, 1);
    assert_false(ZSTD_isError(out->n));
}

static hf_source *source_of(hf_view bytes, bool salvage)
{
    static const char *folder;
    hf_source_limits limits = { .salvage = salvage };
    hf_source *s = NULL;
    hf_err *err = NULL;
    char *path;

    if (folder == NULL)
        folder = t_folder();
    t_write(folder, "file", bytes);
    path = hf_sprintf("%s/file", folder);
    T_OK(err, hf_source_open(&s, path, &limits, &err));
    hf_free(path);
    return s;
}

static void check_bytes(hf_spool *sp, hf_view want)
{
    char part[1000];
    hf_err *err = NULL;
    size_t got;

    assert_int_equal(hf_spool_size(sp), want.n);
    for (uint64_t at = 0; at < want.n + 500; at += 499979) { /* here and there, and at the end */
        T_OK(err, hf_spool_read(sp, at, part, sizeof(part), &got, &err));
        assert_true(
            hf_view_eq((hf_view){ part, got }, hf_view_sub(want, (size_t)at, sizeof(part))));
    }
}

static void test_packed(void **state)
{
    hf_buf text, packed;
    hf_view all;

    (void)state;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_init(&packed, HF_BUF_UNBOUNDED);
    make_text(&text);
    all = hf_buf_view(&text);
    for (int i = 0; i < 3; i++) {
        hf_source *s;
        hf_spool *sp = NULL;
        hf_err *err = NULL;
        hf_buf head;

        hf_buf_reset(&packed);
        if (i == 0)
            hf_buf_add(&packed, all);
        else if (i == 1)
            gzip(all, &packed);
        else
            zstd(all, &packed);
        s = source_of(hf_buf_view(&packed), false);
        T_OK(err, hf_spool_open(&sp, s, 0, &err));
        check_bytes(sp, all);
        hf_buf_init(&head, HF_BUF_UNBOUNDED);
        hf_spool_head(s, 0, &head, 5000);
        assert_true(hf_view_eq(hf_buf_view(&head), hf_view_sub(all, 0, 5000)));
        hf_buf_clear(&head);
        hf_spool_close(sp);
        hf_source_close(s);
    }
    hf_buf_clear(&packed);
    hf_buf_clear(&text);
}

static void test_cut(void **state)
{
    hf_buf text, packed;
    hf_source *s;
    hf_spool *sp = NULL;
    hf_err *err = NULL;
    hf_view half;

    (void)state;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_init(&packed, HF_BUF_UNBOUNDED);
    make_text(&text);
    gzip(hf_buf_view(&text), &packed);
    half = hf_view_sub(hf_buf_view(&packed), 0, packed.n / 2);
    s = source_of(half, false);
    T_FAILS(err, HF_E_DAMAGED, hf_spool_open(&sp, s, 0, &err));
    hf_source_close(s);
    s = source_of(half, true);
    T_OK(err, hf_spool_open(&sp, s, 0, &err));
    assert_true(hf_spool_size(sp) > TEXT_BYTES / 3 && hf_spool_size(sp) < TEXT_BYTES);
    assert_non_null(hf_source_damage(s));
    assert_non_null(strstr(hf_source_damage(s), "cut off"));
    hf_spool_close(sp);
    hf_source_close(s);
    hf_buf_clear(&packed);
    hf_buf_clear(&text);
}

static void test_bomb(void **state)
{
    char *zeros = hf_alloc0(128, 1024 * 1024);
    hf_buf packed;
    hf_source *s;
    hf_spool *sp = NULL;
    hf_err *err = NULL;

    (void)state;
    hf_buf_init(&packed, HF_BUF_UNBOUNDED);
    gzip((hf_view){ zeros, 128 * 1024 * 1024 }, &packed);
    s = source_of(hf_buf_view(&packed), true); /* nothing to salvage either */
    T_FAILS(err, HF_E_BOMB, hf_spool_open(&sp, s, 0, &err));
    hf_source_close(s);
    hf_buf_clear(&packed);
    hf_free(zeros);
}

static void test_filter(void **state)
{
    static char sort[] = "sort", r[] = "-r", sh[] = "sh", c[] = "-c", none[] = "hf-no-such-program",
                fails[] = "head -c 2; echo 'no\tgood' >&2; exit 3";
    char *const good[] = { sort, r, NULL }, *const bad[] = { sh, c, fails, NULL },
                *const absent[] = { none, NULL };

    (void)state;
    for (int salvage = 0; salvage < 2; salvage++) {
        hf_source *s = source_of(HF_V("a\nb\nc\n"), salvage == 1);
        hf_spool *sp = NULL;
        hf_err *err = NULL;

        T_OK(err, hf_spool_open(&sp, s, 0, &err));
        T_FAILS(err, HF_E_UNSUPPORTED, hf_spool_filter(sp, absent, &err));
        T_OK(err, hf_spool_filter(sp, good, &err));
        check_bytes(sp, HF_V("c\nb\na\n"));
        T_OK(err, hf_spool_filter(sp, good, &err)); /* what a program wrote, through another */
        check_bytes(sp, HF_V("c\nb\na\n"));
        if (salvage == 0) {
            assert_int_equal(hf_spool_filter(sp, bad, &err), HF_E_DAMAGED);
            assert_string_equal(err->message, "sh cannot read it: no\\x09good");
            hf_err_free(err);
            check_bytes(sp, HF_V("c\nb\na\n")); /* as before */
        } else {
            T_OK(err, hf_spool_filter(sp, bad, &err));
            check_bytes(sp, HF_V("c\n"));
            assert_non_null(hf_source_damage(s));
        }
        hf_spool_close(sp);
        hf_source_close(s);
    }
}

/* A member of a container is spooled too. */
static hf_status read_kept(void *self, uint32_t index, uint64_t at, void *to, size_t n, size_t *got,
                           hf_err **err)
{
    hf_view rest = hf_view_sub(*(hf_view *)self, (size_t)at, n);

    (void)index;
    (void)err;
    *got = rest.n;
    memcpy(to, rest.p, rest.n);
    return HF_OK;
}

static void test_kept(void **state)
{
    static const hf_source_ops ops = { .read = read_kept };
    hf_view text = HF_V("kept by somebody else");
    hf_member m = { .name = HF_V("m"), .type = HF_MEMBER_FILE, .size = text.n };
    hf_source *s = NULL;
    hf_spool *sp = NULL;
    hf_err *err = NULL;
    hf_buf head;

    (void)state;
    T_OK(err, hf_source_over(&s, "kept", HF_SOURCE_FILE, &m, 1, &ops, &text, &err));
    T_OK(err, hf_spool_open(&sp, s, 0, &err));
    check_bytes(sp, text);
    hf_buf_init(&head, HF_BUF_UNBOUNDED);
    hf_spool_head(s, 0, &head, 4);
    T_VIEW("kept", hf_buf_view(&head));
    hf_buf_clear(&head);
    hf_spool_close(sp);
    hf_source_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed), cmocka_unit_test(test_cut),  cmocka_unit_test(test_bomb),
        cmocka_unit_test(test_filter), cmocka_unit_test(test_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
