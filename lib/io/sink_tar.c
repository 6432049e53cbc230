/* io/sink_tar.c: a deterministic tar.zst: pax (POSIX.1-2017) inside one zstd frame (RFC 8878).
 *
 * Same bytes for the same members on one version of zstd: level 3, no times (1970), no owners. The
 * frame carries a checksum, which libarchive's does not, so a flipped bit is seen by every reader.
 * A member is a ustar header and its bytes; what the header cannot say (names longer than 100 bytes
 * or not ASCII, 8 GiB and more) stands in a pax header before it. Names are UTF-8.
 */
#include "io/sink_priv.h"

#include <stdio.h>
#include <zstd.h>

#include "util/utf8.h"

enum { BLOCK = 512, LEVEL = 3, NAME_FIELD = 100, MAX_NAME = 65535 };

#define USTAR_MAX UINT64_C(077777777777) /* 11 octal digits: one byte less than 8 GiB */

typedef struct tar_sink {
    ZSTD_CCtx *zstd;
    char *out;
    size_t cap;
    hf_buf name, link; /* of the current member */
    char type;         /* ustar typeflag */
    uint32_t mode;
    hf_held held;  /* the current member's bytes when its size was not told */
    uint64_t told; /* HF_SINK_SIZE_UNKNOWN, or its size: the header is written, bytes go through */
    uint64_t size; /* written so far, when it was told */
} tar_sink;

hf_status hf_sink_tar_init(hf_sink *s, hf_err **err)
{
    tar_sink *t = HF_NEW(tar_sink);

    t->cap = ZSTD_CStreamOutSize();
    t->out = hf_alloc(t->cap);
    hf_held_init(&t->held);
    hf_buf_init(&t->name, HF_BUF_UNBOUNDED);
    hf_buf_init(&t->link, HF_BUF_UNBOUNDED);
    s->own = t;
    s->ops = &hf_sink_tar_ops;
    t->zstd = ZSTD_createCCtx();
    if (t->zstd == NULL ||
        ZSTD_isError(ZSTD_CCtx_setParameter(t->zstd, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(t->zstd, ZSTD_c_checksumFlag, 1)))
        return hf_fail(err, HF_E_INTERNAL, "zstd does not start");
    return HF_OK;
}

static hf_status squeeze(hf_sink *s, hf_view bytes, ZSTD_EndDirective how, hf_err **err)
{
    tar_sink *t = s->own;
    ZSTD_inBuffer in = { bytes.p, bytes.n, 0 };
    size_t left;

    do {
        ZSTD_outBuffer out = { t->out, t->cap, 0 };
        hf_status rc;

        left = ZSTD_compressStream2(t->zstd, &out, &in, how);
        if (ZSTD_isError(left))
            return hf_fail(err, HF_E_INTERNAL, "zstd fails: %s", ZSTD_getErrorName(left));
        rc = hf_io_write(s->target.fd, (hf_view){ t->out, out.pos }, s->path, err);
        if (rc != HF_OK)
            return rc;
    } while (how == ZSTD_e_end ? left > 0 : in.pos < in.size);
    return HF_OK;
}

static hf_status put(hf_sink *s, hf_view bytes, hf_err **err)
{
    return squeeze(s, bytes, ZSTD_e_continue, err);
}

static hf_status put_padding(hf_sink *s, uint64_t size, hf_err **err)
{
    static const char zeros[BLOCK];
    size_t over = (size_t)(size % BLOCK);

    return over == 0 ? HF_OK : put(s, (hf_view){ zeros, BLOCK - over }, err);
}

/* n - 1 octal digits and a NUL. */
static void octal(char *field, size_t n, uint64_t value)
{
    for (size_t i = n - 1; i-- > 0; value >>= 3)
        field[i] = (char)('0' + (value & 7));
}

static hf_status put_ustar(hf_sink *s, hf_view name, hf_view link, char type, uint32_t mode,
                           uint64_t size, hf_err **err)
{
    char b[BLOCK] = { 0 };
    unsigned sum = 0;

    memcpy(b, name.p, name.n < NAME_FIELD ? name.n : NAME_FIELD);
    octal(b + 100, 8, mode);
    octal(b + 108, 8, 0);
    octal(b + 116, 8, 0);
    octal(b + 124, 12, size <= USTAR_MAX ? size : 0);
    octal(b + 136, 12, 0);
    memset(b + 148, ' ', 8); /* the checksum counts itself as blanks */
    b[156] = type;
    if (link.n > 0)
        memcpy(b + 157, link.p, link.n < NAME_FIELD ? link.n : NAME_FIELD);
    memcpy(b + 257, "ustar\00000", 8);
    for (size_t i = 0; i < BLOCK; i++)
        sum += (unsigned char)b[i];
    octal(b + 148, 7, sum);
    return put(s, (hf_view){ b, BLOCK }, err);
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts its own digits. */
static void pax_record(hf_buf *out, const char *key, hf_view value)
{
    size_t rest = strlen(key) + value.n + 3, digits = 1, n;

    for (;; digits++) {
        size_t power = 1;

        n = rest + digits;
        for (size_t i = 0; i < digits; i++)
            power *= 10;
        if (n < power)
            break;
    }
    hf_buf_u64(out, n);
    hf_buf_printf(out, " %s=", key);
    hf_buf_add(out, value);
    hf_buf_byte(out, '\n');
}

static bool fits(hf_view name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] >= 0x80)
            return false;
    return name.n <= NAME_FIELD;
}

static hf_status write_header(hf_sink *s, uint64_t size, hf_err **err)
{
    tar_sink *t = s->own;
    hf_view name = hf_buf_view(&t->name), link = hf_buf_view(&t->link);
    hf_status rc = HF_OK;
    hf_buf pax;

    hf_buf_init(&pax, HF_BUF_UNBOUNDED);
    if (!fits(name))
        pax_record(&pax, "path", name);
    if (!fits(link))
        pax_record(&pax, "linkpath", link);
    if (size > USTAR_MAX) {
        char digits[24];

        snprintf(digits, sizeof(digits), "%llu", (unsigned long long)size);
        pax_record(&pax, "size", hf_view_str(digits));
    }
    if (pax.n > 0) {
        rc = put_ustar(s, HF_V("pax"), HF_V(""), 'x', 0644, pax.n, err);
        if (rc == HF_OK)
            rc = put(s, hf_buf_view(&pax), err);
        if (rc == HF_OK)
            rc = put_padding(s, pax.n, err);
    }
    hf_buf_clear(&pax);
    return rc == HF_OK ? put_ustar(s, name, link, t->type, t->mode, size, err) : rc;
}

static hf_status tar_begin(hf_sink *s, const hf_sink_entry *e, hf_err **err)
{
    tar_sink *t = s->own;

    if (e->name.n == 0 || e->name.n > MAX_NAME || hf_view_find_byte(e->name, '\0') != HF_NPOS ||
        hf_view_find_byte(e->link, '\0') != HF_NPOS)
        return hf_fail(err, HF_E_UNSAFE_NAME,
                       "a tar is not written with a name that is empty, too long or holds NUL");
    if (!hf_utf8_is_valid(e->name) || !hf_utf8_is_valid(e->link)) {
        hf_fail(err, HF_E_UNSAFE_NAME, "a tar is not written with a name that is not UTF-8");
        return hf_hint(err, "write to a .zip, which keeps every name");
    }
    hf_buf_reset(&t->name);
    hf_buf_reset(&t->link);
    hf_buf_add(&t->name, e->name);
    hf_buf_add(&t->link, e->link);
    t->type = e->is_link ? '2' : e->is_folder ? '5' : '0';
    t->mode = e->mode != 0 ? e->mode : e->is_link ? 0777 : e->is_folder ? 0755 : 0644;
    t->told = e->is_folder || e->is_link ? 0 : e->size;
    t->size = 0;
    return t->told == HF_SINK_SIZE_UNKNOWN ? HF_OK : write_header(s, t->told, err);
}

static hf_status tar_write(hf_sink *s, hf_view bytes, hf_err **err)
{
    tar_sink *t = s->own;

    if (t->told == HF_SINK_SIZE_UNKNOWN)
        return hf_held_add(&t->held, bytes, err);
    if (bytes.n > t->told - t->size)
        return hf_fail(err, HF_E_INTERNAL, "a member is longer than the size it was begun with");
    t->size += bytes.n;
    return put(s, bytes, err);
}

static hf_status put_held(void *self, hf_view bytes, hf_err **err)
{
    return put(self, bytes, err);
}

static hf_status tar_end(hf_sink *s, hf_err **err)
{
    tar_sink *t = s->own;
    hf_status rc = HF_OK;

    if (t->told == HF_SINK_SIZE_UNKNOWN) {
        t->size = t->held.n;
        rc = write_header(s, t->size, err);
        if (rc == HF_OK)
            rc = hf_held_each(&t->held, put_held, s, err);
        hf_held_reset(&t->held);
    } else if (t->size != t->told) {
        rc = hf_fail(err, HF_E_INTERNAL, "a member is shorter than the size it was begun with");
    }
    return rc == HF_OK ? put_padding(s, t->size, err) : rc;
}

/* Two empty blocks end a tar. */
static hf_status tar_finish(hf_sink *s, hf_err **err)
{
    static const char zeros[2 * BLOCK];

    return squeeze(s, (hf_view){ zeros, sizeof(zeros) }, ZSTD_e_end, err);
}

static void tar_clear(hf_sink *s)
{
    tar_sink *t = s->own;

    ZSTD_freeCCtx(t->zstd);
    hf_held_clear(&t->held);
    hf_buf_clear(&t->name);
    hf_buf_clear(&t->link);
    hf_free(t->out);
    hf_free(t);
}

const hf_sink_ops hf_sink_tar_ops = { tar_begin, tar_write, tar_end, tar_finish, tar_clear };
