/* tests/lib/io/zip_build.h: a ZIP built byte by byte, so that every field of it can lie. */
#ifndef HF_TESTS_ZIP_BUILD_H
#define HF_TESTS_ZIP_BUILD_H

#include <zlib.h>

#include "support.h"

typedef struct zb_member {
    const char *name;
    size_t name_n; /* 0: strlen */
    hf_view data;
    uint16_t method, flags;
    uint32_t crc_xor;                  /* spoils the CRC */
    uint32_t local_size, central_size; /* 0: the truth */
    uint32_t mode;                     /* Unix mode; 0: made on DOS */
    uint32_t mtime;                    /* UT extra field; 0: none */
    uint64_t local_at;                 /* of the shared local header; 0: its own */
    bool no_local, is_zip64;
} zb_member;

typedef struct zb {
    hf_buf file, central;
    uint64_t entries;
    bool is_zip64;
} zb;

static inline void zb_u16(hf_buf *b, uint64_t v)
{
    hf_buf_byte(b, (char)(v & 0xff));
    hf_buf_byte(b, (char)(v >> 8 & 0xff));
}

static inline void zb_u32(hf_buf *b, uint64_t v)
{
    zb_u16(b, v & 0xffff);
    zb_u16(b, v >> 16 & 0xffff);
}

static inline void zb_u64(hf_buf *b, uint64_t v)
{
    zb_u32(b, v & 0xffffffff);
    zb_u32(b, v >> 32);
}

static inline void zb_init(zb *z)
{
    *z = (zb){ 0 };
    hf_buf_init(&z->file, HF_BUF_UNBOUNDED);
    hf_buf_init(&z->central, HF_BUF_UNBOUNDED);
}

static inline hf_view zb_deflate(hf_view data)
{
    z_stream s = { 0 };
    size_t cap = data.n + data.n / 1000 + 64;
    char *out = hf_alloc(cap);

    assert_int_equal(Z_OK, deflateInit2(&s, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY));
    s.next_in = (Bytef *)(uintptr_t)data.p;
    s.avail_in = (uInt)data.n;
    s.next_out = (Bytef *)out;
    s.avail_out = (uInt)cap;
    assert_int_equal(Z_STREAM_END, deflate(&s, Z_FINISH));
    deflateEnd(&s);
    return (hf_view){ out, s.total_out };
}

static inline void zb_header(hf_buf *b, bool is_central, const zb_member *m, uint64_t packed,
                             uint64_t at)
{
    size_t name_n = m->name_n != 0 ? m->name_n : strlen(m->name);
    uint32_t crc = (uint32_t)crc32(0, (const Bytef *)m->data.p, (uInt)m->data.n) ^ m->crc_xor;
    uint64_t size = is_central ? m->central_size : m->local_size;
    uint64_t extra = (m->is_zip64 ? is_central ? 28U : 20U : 0U) + (m->mtime != 0 ? 9U : 0U);

    size = size != 0 ? size : m->data.n;
    zb_u32(b, is_central ? 0x02014b50 : 0x04034b50);
    if (is_central)
        zb_u16(b, m->mode != 0 ? 3 << 8 | 20 : 20);
    zb_u16(b, 20);
    zb_u16(b, m->flags);
    zb_u16(b, m->method);
    zb_u32(b, 0x21); /* 1980-01-01 */
    zb_u32(b, crc);
    zb_u32(b, m->is_zip64 ? 0xffffffff : packed);
    zb_u32(b, m->is_zip64 ? 0xffffffff : size);
    zb_u16(b, name_n);
    zb_u16(b, extra);
    if (is_central) {
        zb_u16(b, 0);
        zb_u32(b, 0);
        zb_u32(b, (uint64_t)m->mode << 16);
        zb_u32(b, m->is_zip64 ? 0xffffffff : at);
    }
    hf_buf_add(b, (hf_view){ m->name, name_n });
    if (m->is_zip64) {
        zb_u16(b, 1);
        zb_u16(b, is_central ? 24 : 16);
        zb_u64(b, size);
        zb_u64(b, packed);
        if (is_central)
            zb_u64(b, at);
    }
    if (m->mtime != 0) {
        zb_u16(b, 0x5455);
        zb_u16(b, 5);
        hf_buf_byte(b, 1);
        zb_u32(b, m->mtime);
    }
}

static inline void zb_add(zb *z, const zb_member *m)
{
    uint64_t at = m->no_local ? m->local_at : z->file.n;
    hf_view packed = m->method == 8 ? zb_deflate(m->data) : m->data;

    if (!m->no_local) {
        zb_header(&z->file, false, m, packed.n, at);
        hf_buf_add(&z->file, packed);
    }
    zb_header(&z->central, true, m, packed.n, at);
    z->entries++;
    if (m->method == 8)
        hf_free((void *)(uintptr_t)packed.p);
}

/* Central directory and end records; count_off is added to the number of members told. */
static inline void zb_end(zb *z, int count_off, const char *comment)
{
    uint64_t at = z->file.n, n = z->entries + (uint64_t)count_off, end64;

    hf_buf_add(&z->file, hf_buf_view(&z->central));
    end64 = z->file.n;
    if (z->is_zip64) {
        zb_u32(&z->file, 0x06064b50);
        zb_u64(&z->file, 44);
        zb_u16(&z->file, 45);
        zb_u16(&z->file, 45);
        zb_u64(&z->file, 0);
        zb_u64(&z->file, n);
        zb_u64(&z->file, n);
        zb_u64(&z->file, z->central.n);
        zb_u64(&z->file, at);
        zb_u32(&z->file, 0x07064b50);
        zb_u32(&z->file, 0);
        zb_u64(&z->file, end64);
        zb_u32(&z->file, 1);
    }
    zb_u32(&z->file, 0x06054b50);
    zb_u32(&z->file, 0);
    zb_u16(&z->file, z->is_zip64 ? 0xffff : n);
    zb_u16(&z->file, z->is_zip64 ? 0xffff : n);
    zb_u32(&z->file, z->is_zip64 ? 0xffffffff : z->central.n);
    zb_u32(&z->file, z->is_zip64 ? 0xffffffff : at);
    zb_u16(&z->file, strlen(comment));
    hf_buf_str(&z->file, comment);
}

/* Write it as folder/name, free everything, and give the path (to be freed). */
static inline char *zb_write(zb *z, const char *folder, const char *name)
{
    t_write(folder, name, hf_buf_view(&z->file));
    hf_buf_clear(&z->file);
    hf_buf_clear(&z->central);
    return hf_sprintf("%s/%s", folder, name);
}

#endif
