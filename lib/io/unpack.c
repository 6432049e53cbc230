/* io/unpack.c: gzip (RFC 1952), zstd (RFC 8878) and plain files as one stream of bytes.
 *
 * Used instead of libarchive's filters, because its gzip filter (3.6.2) does not check the CRC.
 * Several gzip members or zstd frames in a row are one stream, as for gunzip and zstd; zero bytes
 * after the last one are padding.
 */
#include "io/io_priv.h"
#include "util/stop.h"

#include <zlib.h>
#include <zstd.h>

enum { IN_BYTES = 128 * 1024, GZIP_WINDOW = 15 + 16 /* zlib: with a gzip header */ };

struct hf_unpack {
    int fd;
    hf_packing packing;
    uint64_t at;        /* file offset after the bytes in in */
    size_t from, n;     /* unused bytes in in: [from, n) */
    bool eof;           /* in holds the file's last bytes */
    bool inside;        /* a member or frame has begun and not ended */
    bool ended;         /* everything was read and checked */
    const char *broken; /* what to report once the bytes before it are given out */
    z_stream gz;
    ZSTD_DCtx *zstd;
    uint8_t in[IN_BYTES];
};

static const uint8_t gzip_magic[] = { 0x1f, 0x8b };
static const uint8_t zstd_magic[] = { 0x28, 0xb5, 0x2f, 0xfd };

uint64_t hf_unpack_consumed(const hf_unpack *u)
{
    return u->at - (u->n - u->from);
}

hf_packing hf_unpack_packing(const hf_unpack *u)
{
    return u->packing;
}

static hf_status refill(hf_unpack *u, hf_err **err)
{
    size_t got;
    hf_status rc;

    memmove(u->in, u->in + u->from, u->n - u->from);
    u->n -= u->from;
    u->from = 0;
    if (u->eof || u->n == sizeof(u->in))
        return HF_OK;
    rc = hf_io_pread(u->fd, u->in + u->n, sizeof(u->in) - u->n, u->at, &got, err);
    u->eof = got < sizeof(u->in) - u->n;
    u->n += got;
    u->at += got;
    return rc;
}

static bool has_magic(const hf_unpack *u, const uint8_t *magic, size_t n)
{
    return u->n - u->from >= n && memcmp(u->in + u->from, magic, n) == 0;
}

/* RFC 8878 section 3.1.2: frames without content, for the user's own data. */
static bool is_skippable(const hf_unpack *u)
{
    const uint8_t *p = u->in + u->from;

    return u->n - u->from >= 4 && (p[0] & 0xf0) == 0x50 && p[1] == 0x2a && p[2] == 0x4d &&
           p[3] == 0x18;
}

hf_status hf_unpack_open(hf_unpack **out, int fd, hf_err **err)
{
    hf_unpack *u = HF_NEW(hf_unpack);
    hf_status rc;

    u->fd = fd;
    rc = refill(u, err);
    if (rc == HF_OK && has_magic(u, gzip_magic, sizeof(gzip_magic))) {
        u->packing = HF_PACKING_GZIP;
        if (inflateInit2(&u->gz, GZIP_WINDOW) != Z_OK)
            rc = hf_fail(err, HF_E_INTERNAL, "zlib does not start");
    } else if (rc == HF_OK && has_magic(u, zstd_magic, sizeof(zstd_magic))) {
        u->packing = HF_PACKING_ZSTD;
        u->zstd = ZSTD_createDCtx();
        if (u->zstd == NULL)
            rc = hf_fail(err, HF_E_INTERNAL, "zstd does not start");
    }
    if (rc != HF_OK) {
        hf_unpack_close(u);
        return rc;
    }
    *out = u;
    return HF_OK;
}

void hf_unpack_close(hf_unpack *u)
{
    if (u == NULL)
        return;
    if (u->packing == HF_PACKING_GZIP)
        inflateEnd(&u->gz);
    ZSTD_freeDCtx(u->zstd);
    hf_free(u);
}

static hf_status damaged(hf_unpack *u, const char *why, hf_err **err)
{
    hf_fail(err, HF_E_DAMAGED, "the %s data cannot be read: %s",
            u->packing == HF_PACKING_GZIP ? "gzip" : "zstd", why);
    return hf_err_at(err, NULL, HF_V(""), hf_unpack_consumed(u));
}

static hf_status step_gzip(hf_unpack *u, void *to, size_t n, size_t *got, hf_err **err)
{
    size_t room = n > UINT32_MAX ? UINT32_MAX : n;
    int rc;

    u->gz.next_in = u->in + u->from;
    u->gz.avail_in = (uInt)(u->n - u->from);
    u->gz.next_out = to;
    u->gz.avail_out = (uInt)room;
    u->inside = true;
    rc = inflate(&u->gz, Z_NO_FLUSH);
    u->from = u->n - u->gz.avail_in;
    *got = room - u->gz.avail_out;
    if (rc == Z_STREAM_END) {
        u->inside = false;
        rc = inflateReset(&u->gz);
    }
    if (rc == Z_OK || rc == Z_BUF_ERROR) /* Z_BUF_ERROR: more input is needed */
        return HF_OK;
    u->broken = u->gz.msg == NULL ? "data error" : u->gz.msg;
    return *got > 0 ? HF_OK : damaged(u, u->broken, err);
}

static hf_status step_zstd(hf_unpack *u, void *to, size_t n, size_t *got, hf_err **err)
{
    ZSTD_inBuffer in = { u->in, u->n, u->from };
    ZSTD_outBuffer out = { to, n, 0 };
    size_t rc;

    u->inside = true;
    rc = ZSTD_decompressStream(u->zstd, &out, &in);
    u->from = in.pos;
    *got = out.pos;
    if (ZSTD_isError(rc)) {
        u->broken = ZSTD_getErrorName(rc);
        return *got > 0 ? HF_OK : damaged(u, u->broken, err);
    }
    u->inside = rc != 0;
    return HF_OK;
}

/* Between members or frames: go on with the next one, or end. */
static hf_status at_boundary(hf_unpack *u, hf_err **err)
{
    bool more = u->packing == HF_PACKING_GZIP
                    ? has_magic(u, gzip_magic, sizeof(gzip_magic))
                    : has_magic(u, zstd_magic, sizeof(zstd_magic)) || is_skippable(u);

    if (more)
        return HF_OK;
    while (u->n > u->from) {
        hf_status rc;

        for (; u->from < u->n; u->from++)
            if (u->in[u->from] != 0)
                return damaged(u, "other bytes follow its end", err);
        rc = refill(u, err);
        if (rc != HF_OK)
            return rc;
    }
    u->ended = true;
    return HF_OK;
}

hf_status hf_unpack_read(hf_unpack *u, void *to, size_t n, size_t *got, hf_err **err)
{
    *got = 0;
    if (u->broken != NULL)
        return damaged(u, u->broken, err);
    while (*got == 0 && n > 0 && !u->ended) {
        hf_status rc = hf_stop_check(err); /* a large file is unpacked as a whole before records */
        size_t before;

        if (rc == HF_OK && u->n - u->from < IN_BYTES / 2)
            rc = refill(u, err);
        if (rc != HF_OK)
            return rc;
        if (u->packing == HF_PACKING_NONE) {
            *got = n < u->n - u->from ? n : u->n - u->from;
            memcpy(to, u->in + u->from, *got);
            u->from += *got;
            u->ended = *got == 0;
            continue;
        }
        if (!u->inside && hf_unpack_consumed(u) > 0) {
            rc = at_boundary(u, err);
            if (rc != HF_OK || u->ended)
                return rc;
        }
        before = u->from;
        rc = u->packing == HF_PACKING_GZIP ? step_gzip(u, to, n, got, err)
                                           : step_zstd(u, to, n, got, err);
        if (rc != HF_OK)
            return rc;
        if (*got == 0 && u->inside && u->from == before && u->eof)
            return damaged(u, "the file is cut off", err);
    }
    return HF_OK;
}
