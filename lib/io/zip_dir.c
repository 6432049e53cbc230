/* io/zip_dir.c: a ZIP's end records, central directory and local headers, read by ourselves.
 *
 * Found here: cut files, wrong counts, members that share bytes, sizes on which the two headers of
 * a member differ, and sizes past the limits: everything that can be known before any member is
 * read. Spec  PKWARE APPNOTE 6.3.10; section numbers in the comments are its. Memory: 32 bytes a
 * member while it runs, and a window of 256 KiB.
 */
#include "io/source_priv.h"

#include "util/utf8.h"

#include <stdlib.h>
#include <sys/stat.h>

enum {
    LOCAL_BYTES = 30,
    CENTRAL_BYTES = 46,
    END_BYTES = 22,
    END64_BYTES = 56,
    LOCATOR_BYTES = 20,
    MAX_COMMENT = 65535,
    WINDOW_BYTES = 256 * 1024, /* holds the largest central header: 46 + 3 * 65535 */
    FLAG_ENCRYPTED = 1,        /* 4.4.4 */
    FLAG_SIZES_BEHIND = 8,
    FLAG_UTF8 = 1 << 11,
    FLAG_MASKED = 1 << 13,
    EXTRA_ZIP64 = 0x0001,
    EXTRA_TIME = 0x5455, /* Info-ZIP's "UT": seconds UTC */
    HOST_UNIX = 3,       /* 4.4.2 */
    HOST_MACOS = 19,
};

#define SIG_LOCAL   0x04034b50U
#define SIG_CENTRAL 0x02014b50U
#define SIG_SIGNED  0x05054b50U /* digital signature behind the last central header, 4.3.13 */
#define SIG_END     0x06054b50U
#define SIG_END64   0x06064b50U
#define SIG_LOCATOR 0x07064b50U
#define NONE16      0xffffU
#define NONE32      0xffffffffU

typedef struct directory {
    uint64_t entries, bytes, at; /* of the central directory */
    uint64_t end;                /* where the end records begin */
} directory;

/* The bytes [start, end) of the file that belong to one member: local header and data. */
typedef struct range {
    uint64_t start, end;
    uint32_t index;
} range;

typedef struct entry {
    hf_view name, extra;
    uint64_t size, packed, local;
    uint32_t crc, attributes;
    uint16_t flags, method, made_by;
} entry;

typedef struct window {
    int fd;
    uint64_t at, end; /* file offsets: of p[from], and where the directory ends */
    size_t from, n;
    uint8_t *p;
} window;

static uint32_t u16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t u32(const uint8_t *p)
{
    return u16(p) | u16(p + 2) << 16;
}

static uint64_t u64(const uint8_t *p)
{
    return (uint64_t)u32(p) | (uint64_t)u32(p + 4) << 32;
}

static hf_status damaged(hf_err **err, uint64_t at, const char *what)
{
    hf_fail(err, HF_E_DAMAGED, "%s", what);
    return hf_err_at(err, NULL, HF_V(""), at);
}

/* --- the end of the archive ---------------------------------------------------------------------
 */

/* Offset of the end record within the file's last n bytes at tail; HF_NPOS when there is none whose
 * comment ends with the file (4.3.16). */
static size_t find_end(const uint8_t *tail, size_t n)
{
    for (size_t i = n < END_BYTES ? 0 : n - END_BYTES + 1; i-- > 0;)
        if (u32(tail + i) == SIG_END && i + END_BYTES + u16(tail + i + 20) == n)
            return i;
    return HF_NPOS;
}

/* Replace what is saturated in the end record by the ZIP64 record's values (4.3.14, 4.3.15). */
static hf_status read_end64(const hf_source *s, const uint8_t *locator, directory *d, hf_err **err)
{
    uint8_t end[END64_BYTES];
    uint64_t at = u64(locator + 8), entries, bytes, start;
    size_t got;
    hf_status rc;

    if (u32(locator + 4) != 0 || u32(locator + 16) > 1)
        return hf_fail(err, HF_E_UNSUPPORTED, "a part of a split archive");
    rc = hf_io_pread(s->fd, end, sizeof(end), at, &got, err);
    if (rc != HF_OK)
        return rc;
    if (got < sizeof(end) || u32(end) != SIG_END64 || at + END64_BYTES > d->end)
        return damaged(err, at, "the ZIP64 end record is not where its locator says");
    if (u32(end + 16) != 0 || u32(end + 20) != 0)
        return hf_fail(err, HF_E_UNSUPPORTED, "a part of a split archive");
    entries = u64(end + 32);
    bytes = u64(end + 40);
    start = u64(end + 48);
    if ((d->entries != NONE16 && d->entries != entries) ||
        (d->bytes != NONE32 && d->bytes != bytes) || (d->at != NONE32 && d->at != start))
        return damaged(err, at, "the two end records of the archive differ");
    *d = (directory){ .entries = entries, .bytes = bytes, .at = start, .end = at };
    return HF_OK;
}

static hf_status find_directory(const hf_source *s, directory *d, hf_err **err)
{
    size_t want = END_BYTES + MAX_COMMENT + LOCATOR_BYTES, got, end;
    uint64_t from = s->bytes > want ? s->bytes - want : 0;
    uint8_t *tail = hf_alloc(want);
    hf_status rc = hf_io_pread(s->fd, tail, want, from, &got, err);

    if (rc != HF_OK)
        goto done;
    end = find_end(tail, got);
    if (end == HF_NPOS) {
        rc = damaged(err, s->bytes, "the end of the ZIP archive is missing: the file is cut off");
        goto done;
    }
    if (u16(tail + end + 4) != 0 && u16(tail + end + 4) != NONE16) {
        rc = hf_fail(err, HF_E_UNSUPPORTED, "the last part of a split archive");
        goto done;
    }
    *d = (directory){ .entries = u16(tail + end + 10),
                      .bytes = u32(tail + end + 12),
                      .at = u32(tail + end + 16),
                      .end = from + end };
    if (end >= LOCATOR_BYTES && u32(tail + end - LOCATOR_BYTES) == SIG_LOCATOR) {
        d->end -= LOCATOR_BYTES;
        rc = read_end64(s, tail + end - LOCATOR_BYTES, d, err);
    }
    if (rc == HF_OK && (d->bytes > d->end || d->at > d->end - d->bytes))
        rc = damaged(err, d->end, "the central directory does not lie before the end record");
    /* Nothing may stand between directory and end record: with something in front of the archive
     * all offsets in it would be off by that much. */
    if (rc == HF_OK && d->at + d->bytes != d->end)
        rc = damaged(err, d->at + d->bytes, "the central directory does not end at the end record");
done:
    hf_free(tail);
    return rc;
}

/* --- the central directory ----------------------------------------------------------------------
 */

static hf_status window_need(window *w, size_t n, hf_err **err)
{
    size_t got, room;
    hf_status rc;

    if (n > w->end - w->at)
        return damaged(err, w->at, "the central directory is cut off inside a header");
    if (w->n - w->from >= n)
        return HF_OK;
    memmove(w->p, w->p + w->from, w->n - w->from);
    w->n -= w->from;
    w->from = 0;
    room = WINDOW_BYTES - w->n;
    if (room > w->end - w->at - w->n)
        room = (size_t)(w->end - w->at - w->n);
    rc = hf_io_pread(w->fd, w->p + w->n, room, w->at + w->n, &got, err);
    w->n += got;
    if (rc == HF_OK && w->n < n)
        return damaged(err, w->at, "the central directory is cut off");
    return rc;
}

/* The value of one extra field (4.5.1); the empty view when absent. */
static hf_view find_extra(hf_view extra, uint32_t id)
{
    const uint8_t *p = (const uint8_t *)extra.p;
    size_t i = 0;

    while (extra.n - i >= 4) {
        size_t n = u16(p + i + 2);

        if (n > extra.n - i - 4)
            break;
        if (u16(p + i) == id)
            return hf_view_sub(extra, i + 4, n);
        i += 4 + n;
    }
    return HF_V("");
}

/* 4.5.3: only the saturated fields stand in the ZIP64 field, in this order. */
static bool widen(entry *e)
{
    hf_view x = find_extra(e->extra, EXTRA_ZIP64);
    uint64_t *const fields[] = { &e->size, &e->packed, &e->local };

    for (size_t i = 0; i < 3; i++) {
        if (*fields[i] != NONE32)
            continue;
        if (x.n < 8)
            return false;
        *fields[i] = u64((const uint8_t *)x.p);
        x = hf_view_from(x, 8);
    }
    return true;
}

/* 4.3.12. The views lie in the window until the next call. */
static hf_status next_entry(window *w, entry *e, hf_err **err)
{
    const uint8_t *p;
    size_t name, extra, whole;
    hf_status rc = window_need(w, CENTRAL_BYTES, err);

    if (rc != HF_OK)
        return rc;
    p = w->p + w->from;
    if (u32(p) != SIG_CENTRAL)
        return damaged(err, w->at, "no header where the central directory should have one");
    name = u16(p + 28);
    extra = u16(p + 30);
    whole = CENTRAL_BYTES + name + extra + u16(p + 32);
    rc = window_need(w, whole, err);
    if (rc != HF_OK)
        return rc;
    p = w->p + w->from;
    *e = (entry){ .name = { (const char *)p + CENTRAL_BYTES, name },
                  .extra = { (const char *)p + CENTRAL_BYTES + name, extra },
                  .made_by = (uint16_t)u16(p + 4),
                  .flags = (uint16_t)u16(p + 8),
                  .method = (uint16_t)u16(p + 10),
                  .crc = u32(p + 16),
                  .packed = u32(p + 20),
                  .size = u32(p + 24),
                  .attributes = u32(p + 38),
                  .local = u32(p + 42) };
    if (u16(p + 34) != 0 && u16(p + 34) != NONE16)
        return hf_fail(err, HF_E_UNSUPPORTED, "a part of a split archive");
    if (!widen(e))
        return damaged(err, w->at, "a large member lacks its ZIP64 sizes");
    w->from += whole;
    w->at += whole;
    return HF_OK;
}

/* --- one member ---------------------------------------------------------------------------------
 */

/* Read the local header (4.3.7): it must be there, its data must lie before the directory, and the
 * sizes must be those of the central directory. */
static hf_status check_local(const hf_source *s, const directory *d, const entry *e, range *r,
                             hf_err **err)
{
    uint8_t p[LOCAL_BYTES];
    size_t got;
    uint64_t data;
    hf_status rc = HF_OK;

    if (e->local >= d->at)
        return damaged(err, e->local, "the member's offset points past the data");
    rc = hf_io_pread(s->fd, p, sizeof(p), e->local, &got, err);
    if (rc != HF_OK)
        return rc;
    if (got < sizeof(p) || u32(p) != SIG_LOCAL)
        return damaged(err, e->local, "no local header where the central directory says");
    data = e->local + LOCAL_BYTES + u16(p + 26) + u16(p + 28);
    if (data > d->at || e->packed > d->at - data)
        return damaged(err, e->local, "the member reaches into the central directory");
    /* Zero: a writer that left the sizes to the directory; saturated: ZIP64. */
    if ((u16(p + 6) & FLAG_SIZES_BEHIND) == 0 &&
        ((u32(p + 18) != 0 && u32(p + 18) != NONE32 && u32(p + 18) != e->packed) ||
         (u32(p + 22) != 0 && u32(p + 22) != NONE32 && u32(p + 22) != e->size)))
        return damaged(err, e->local, "the two headers of the member differ about its size");
    r->start = e->local;
    r->end = data + e->packed;
    return HF_OK;
}

static int64_t time_of(const entry *e)
{
    hf_view x = find_extra(e->extra, EXTRA_TIME);

    /* Without this field there is only a DOS time, whose zone nobody knows. */
    if (x.n < 5 || (x.p[0] & 1) == 0)
        return HF_NO_TIME;
    return (int64_t)(int32_t)u32((const uint8_t *)x.p + 1) * HF_SECOND_US;
}

static hf_status add_member(hf_source *s, const entry *e, hf_err **err)
{
    uint32_t host = e->made_by >> 8;
    uint32_t unix_mode = host == HOST_UNIX || host == HOST_MACOS ? e->attributes >> 16 : 0;
    hf_member m = { .name = e->name,
                    .size = e->size,
                    .mtime_us = time_of(e),
                    .mode = unix_mode & 07777,
                    .is_encrypted = (e->flags & FLAG_ENCRYPTED) != 0 };

    /* A "folder" with bytes in it is a file: its bytes must not get lost. */
    if (e->size == 0 && (hf_view_ends(e->name, HF_V("/")) || S_ISDIR(unix_mode)))
        m.type = HF_MEMBER_FOLDER;
    else if (S_ISLNK(unix_mode))
        m.type = HF_MEMBER_LINK;
    if ((e->flags & FLAG_MASKED) != 0)
        return hf_fail(err, HF_E_UNSUPPORTED, "the names in the archive are encrypted");
    return hf_source_add(s, &m, err);
}

static hf_status take_entry(hf_source *s, const directory *d, const entry *e, range *r,
                            hf_err **err)
{
    hf_status rc = hf_source_check_size(s, e->name, e->size, err);

    if (rc == HF_OK)
        rc = hf_source_check_ratio(s, e->name, e->packed, e->size, err);
    if (rc == HF_E_BOMB)
        hf_err_at(err, NULL, HF_V(""), e->local);
    if (rc == HF_OK)
        rc = check_local(s, d, e, r, err);
    if (rc == HF_OK)
        rc = add_member(s, e, err);
    return rc == HF_OK ? rc : hf_err_at(err, s->path, e->name, HF_NO_OFFSET);
}

static int by_start(const void *a, const void *b)
{
    const range *x = a, *y = b;

    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static hf_status check_overlap(const hf_source *s, range *r, hf_err **err)
{
    bool sorted = true;

    for (uint32_t i = 1; i < s->n && sorted; i++)
        sorted = r[i - 1].start <= r[i].start;
    if (!sorted)
        qsort(r, s->n, sizeof(*r), by_start);
    for (uint32_t i = 1; i < s->n; i++) {
        hf_buf other;

        if (r[i].start >= r[i - 1].end)
            continue;
        hf_buf_init(&other, HF_BUF_UNBOUNDED);
        hf_buf_printable(&other, s->members[r[i - 1].index].name);
        hf_fail(err, HF_E_DAMAGED, "the member shares bytes with another one, %s",
                hf_buf_cstr(&other));
        hf_buf_clear(&other);
        return hf_err_at(err, s->path, s->members[r[i].index].name, r[i].start);
    }
    return HF_OK;
}

/* libzip (1.7.3) refuses the whole archive when a name that is said to be UTF-8 is none or has a
 * control character in it. Names are bytes to us: it gets to see them without the flag. */
static void note_flag(hf_source *s, const entry *e, uint64_t at)
{
    bool is_plain = hf_utf8_is_valid(e->name);

    for (size_t i = 0; i < e->name.n && is_plain; i++)
        is_plain = (unsigned char)e->name.p[i] >= 0x20;
    if ((e->flags & FLAG_UTF8) == 0 || is_plain)
        return;
    if ((s->nunflag & (s->nunflag + 1)) == 0) /* 0, 1, 3, 7 ...: room for as many again */
        s->unflag = hf_realloc(s->unflag, s->nunflag * 2 + 1, sizeof(*s->unflag));
    s->unflag[s->nunflag++] = at + 9; /* the high byte of the flags (4.3.12) */
}

static hf_status list_entries(hf_source *s, const directory *d, window *w, range *ranges,
                              hf_zip_seen *seen, hf_err **err)
{
    hf_status rc = HF_OK;

    for (uint64_t i = 0; i < d->entries && rc == HF_OK; i++) {
        entry e = { 0 };
        uint64_t at = w->at;

        rc = next_entry(w, &e, err);
        if (rc != HF_OK)
            break;
        note_flag(s, &e, at);
        ranges[i].index = (uint32_t)i;
        seen[i] = (hf_zip_seen){ .size = e.size, .crc = e.crc };
        rc = take_entry(s, d, &e, &ranges[i], err);
    }
    if (rc == HF_OK && w->at < w->end) {
        rc = window_need(w, 4, err);
        if (rc == HF_OK && u32(w->p + w->from) != SIG_SIGNED)
            rc = damaged(err, w->at, "the central directory holds more than the end record says");
    }
    if (rc == HF_OK)
        rc = check_overlap(s, ranges, err);
    if (rc == HF_OK)
        rc = hf_source_check_ratio(s, HF_V(""), s->bytes, s->total, err);
    return rc;
}

hf_status hf_zip_list(hf_source *s, hf_zip_seen **seen, hf_err **err)
{
    directory d = { 0 };
    window w = { .fd = s->fd };
    range *ranges;
    hf_status rc = find_directory(s, &d, err);

    if (rc != HF_OK)
        return rc;
    if (d.entries > d.bytes / CENTRAL_BYTES)
        return damaged(err, d.end,
                       "the end record counts more members than the directory can hold");
    if (d.entries > s->limits.max_members)
        return hf_fail(err, HF_E_BOMB, "%llu members, past the limit of %llu",
                       (unsigned long long)d.entries, (unsigned long long)s->limits.max_members);
    w.at = d.at;
    w.end = d.at + d.bytes;
    w.p = hf_alloc(WINDOW_BYTES);
    ranges = hf_alloc0((size_t)d.entries, sizeof(*ranges));
    *seen = hf_alloc0((size_t)d.entries, sizeof(**seen));
    rc = list_entries(s, &d, &w, ranges, *seen, err);
    hf_free(ranges);
    hf_free(w.p);
    return rc;
}
