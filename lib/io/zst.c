/* io/zst.c: see zst.h. Every frame written here has a checksum (RFC 8878 section 3.1.1.1.1.5). */
#include "io/zst.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <zstd.h>

#include "io/io_priv.h"

enum { OUT_BYTES = 128 * 1024, TEXT_LEVEL = 3, DEFAULT_MAX_LINE = 64 * 1024 * 1024 };

struct hf_zst {
    ZSTD_CCtx *pack;
    ZSTD_DCtx *unpack;
};

static ZSTD_CCtx *new_cctx(int level)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();

    if (c != NULL) {
        ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    }
    return c;
}

hf_zst *hf_zst_new(int level)
{
    hf_zst *z = HF_NEW(hf_zst);

    /* A failed creation means no memory; the first use reports it. */
    z->pack = new_cctx(level);
    z->unpack = ZSTD_createDCtx();
    return z;
}

void hf_zst_free(hf_zst *z)
{
    if (z == NULL)
        return;
    ZSTD_freeCCtx(z->pack);
    ZSTD_freeDCtx(z->unpack);
    hf_free(z);
}

hf_status hf_zst_pack(hf_zst *z, hf_view raw, hf_buf *out, hf_err **err)
{
    size_t bound = ZSTD_compressBound(raw.n), n;

    if (z->pack == NULL)
        return hf_fail(err, HF_E_INTERNAL, "zstd does not start");
    if (!hf_buf_reserve(out, bound))
        return hf_buf_check(out, "a compressed block", err);
    n = ZSTD_compress2(z->pack, out->p + out->n, bound, raw.p, raw.n);
    if (ZSTD_isError(n))
        return hf_fail(err, HF_E_INTERNAL, "zstd cannot compress: %s", ZSTD_getErrorName(n));
    out->n += n;
    return HF_OK;
}

hf_status hf_zst_unpack(hf_zst *z, hf_view frame, hf_buf *out, hf_err **err)
{
    unsigned long long size = ZSTD_getFrameContentSize(frame.p, frame.n);
    /* A block takes at least 4 bytes and gives at most 128 KiB: a size past that is a lie, told to
     * make us allocate. */
    unsigned long long most = ((unsigned long long)frame.n / 4 + 1) << 17;
    size_t n;

    if (z->unpack == NULL)
        return hf_fail(err, HF_E_INTERNAL, "zstd does not start");
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > most)
        return hf_fail(err, HF_E_VERIFY, "not a whole zstd frame with its size");
    if (ZSTD_findFrameCompressedSize(frame.p, frame.n) != frame.n)
        return hf_fail(err, HF_E_VERIFY, "the zstd frame is cut off or followed by other bytes");
    if (!hf_buf_reserve(out, (size_t)size))
        return hf_buf_check(out, "a decompressed block", err);
    n = ZSTD_decompressDCtx(z->unpack, out->p == NULL ? NULL : out->p + out->n, (size_t)size,
                            frame.p, frame.n);
    if (ZSTD_isError(n))
        return hf_fail(err, HF_E_VERIFY, "the zstd frame is damaged: %s", ZSTD_getErrorName(n));
    out->n += n;
    return HF_OK;
}

/* --- writing a file -----------------------------------------------------------------------------
 */

struct hf_zstw {
    hf_partial target;
    ZSTD_CCtx *c;
    uint64_t bytes; /* written to the file */
    bool failed;
    char out[OUT_BYTES];
};

hf_status hf_zstw_open(hf_zstw **out, const char *path, bool overwrite, hf_err **err)
{
    hf_zstw *w = HF_NEW(hf_zstw);
    hf_status rc = hf_partial_open(&w->target, path, false, 0600, overwrite, err);

    if (rc != HF_OK) {
        hf_free(w);
        return rc;
    }
    w->c = new_cctx(TEXT_LEVEL);
    if (w->c == NULL) {
        hf_zstw_abort(w);
        return hf_fail(err, HF_E_INTERNAL, "zstd does not start");
    }
    *out = w;
    return HF_OK;
}

static hf_status feed(hf_zstw *w, hf_view bytes, ZSTD_EndDirective mode, hf_err **err)
{
    ZSTD_inBuffer in = { bytes.p, bytes.n, 0 };
    size_t left;

    if (w->failed)
        return hf_fail(err, HF_E_IO, "an earlier write to %s failed", w->target.path);
    do {
        ZSTD_outBuffer out = { w->out, sizeof(w->out), 0 };

        left = ZSTD_compressStream2(w->c, &out, &in, mode);
        w->failed = true;
        if (ZSTD_isError(left))
            return hf_fail(err, HF_E_INTERNAL, "zstd cannot compress: %s", ZSTD_getErrorName(left));
        if (hf_io_write(w->target.fd, (hf_view){ w->out, out.pos }, w->target.path, err) != HF_OK)
            return hf_err_at(err, w->target.path, HF_V(""), HF_NO_OFFSET);
        w->failed = false;
        w->bytes += out.pos;
    } while (mode == ZSTD_e_end ? left > 0 : in.pos < in.size);
    return HF_OK;
}

hf_status hf_zstw_write(hf_zstw *w, hf_view bytes, hf_err **err)
{
    return feed(w, bytes, ZSTD_e_continue, err);
}

hf_status hf_zstw_commit(hf_zstw *w, uint64_t *bytes_out, hf_err **err)
{
    hf_status rc = feed(w, HF_V(""), ZSTD_e_end, err);

    if (rc != HF_OK) {
        hf_zstw_abort(w);
        return rc;
    }
    if (bytes_out != NULL)
        *bytes_out = w->bytes;
    rc = hf_partial_commit(&w->target, err);
    ZSTD_freeCCtx(w->c);
    hf_free(w);
    return rc;
}

void hf_zstw_abort(hf_zstw *w)
{
    if (w == NULL)
        return;
    hf_partial_abort(&w->target);
    ZSTD_freeCCtx(w->c);
    hf_free(w);
}

/* --- reading a file -----------------------------------------------------------------------------
 */

struct hf_zstr {
    char *path;
    int fd;
    hf_unpack *u;
    hf_buf text; /* decompressed bytes; lines are lent from it */
    size_t from; /* start of the next line */
    size_t seen; /* no line feed in [from, seen) */
    size_t max_line;
    bool ended;
};

hf_status hf_zstr_open(hf_zstr **out, const char *path, size_t max_line, hf_err **err)
{
    hf_zstr *r = HF_NEW(hf_zstr);
    hf_status rc = HF_OK;

    r->path = hf_strdup(path);
    r->max_line = max_line == 0 ? DEFAULT_MAX_LINE : max_line;
    hf_buf_init(&r->text, HF_BUF_UNBOUNDED); /* bounded by max_line, see next_chunk */
    hf_buf_reserve(&r->text, OUT_BYTES);
    r->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (r->fd < 0)
        rc = hf_fail_sys(err, "cannot open %s", path);
    if (rc == HF_OK)
        rc = hf_unpack_open(&r->u, r->fd, err);
    if (rc == HF_OK && hf_unpack_packing(r->u) != HF_PACKING_ZSTD)
        rc = hf_fail(err, HF_E_DAMAGED, "not zstd data");
    if (rc != HF_OK) {
        hf_err_at(err, path, HF_V(""), HF_NO_OFFSET);
        hf_zstr_close(r);
        return rc;
    }
    *out = r;
    return HF_OK;
}

void hf_zstr_close(hf_zstr *r)
{
    if (r == NULL)
        return;
    hf_unpack_close(r->u);
    if (r->fd >= 0)
        close(r->fd);
    hf_buf_clear(&r->text);
    hf_free(r->path);
    hf_free(r);
}

static hf_status next_chunk(hf_zstr *r, hf_err **err)
{
    size_t got;
    hf_status rc;

    memmove(r->text.p, r->text.p + r->from, r->text.n - r->from);
    r->text.n -= r->from;
    r->seen -= r->from;
    r->from = 0;
    if (r->text.n > r->max_line) {
        hf_fail(err, HF_E_LIMIT, "a line of more than %zu bytes", r->max_line);
        return hf_err_at(err, r->path, HF_V(""), HF_NO_OFFSET);
    }
    hf_buf_reserve(&r->text, OUT_BYTES);
    rc = hf_unpack_read(r->u, r->text.p + r->text.n, OUT_BYTES, &got, err);
    if (rc != HF_OK)
        return hf_err_at(err, r->path, HF_V(""), HF_NO_OFFSET);
    r->text.n += got;
    r->ended = got == 0;
    return HF_OK;
}

hf_status hf_zstr_line(hf_zstr *r, hf_view *line, hf_err **err)
{
    hf_view rest;
    size_t end;

    for (;;) {
        rest = hf_view_from(hf_buf_view(&r->text), r->seen);
        end = hf_view_find_byte(rest, '\n');
        r->seen = end == HF_NPOS ? r->text.n : r->seen + end;
        if (end != HF_NPOS || r->ended)
            break;
        hf_status rc = next_chunk(r, err);
        if (rc != HF_OK)
            return rc;
    }
    *line = hf_view_sub(hf_buf_view(&r->text), r->from, r->seen - r->from);
    if (end == HF_NPOS && line->n == 0)
        return HF_END;
    if (line->n > r->max_line) {
        hf_fail(err, HF_E_LIMIT, "a line of more than %zu bytes", r->max_line);
        return hf_err_at(err, r->path, HF_V(""), HF_NO_OFFSET);
    }
    r->from = r->seen = end == HF_NPOS ? r->text.n : r->seen + 1;
    return HF_OK;
}
