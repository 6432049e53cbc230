/* io/source_spool.c: what can only be read forwards (tar, a ZIP being salvaged) is spooled once.
 *
 * libarchive (3.6.2) walks the container; the members' bytes go one after another into an unlinked
 * temporary file, which then serves every read. Bytes are counted as they come, so a bomb is
 * refused before it fills the disk. Every call runs under a UTF-8 LC_CTYPE (see io_priv.h).
 */
#include "io/source_priv.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

enum { CHUNK_BYTES = 256 * 1024, READ_BYTES = 128 * 1024 };

typedef struct spooler {
    hf_source *s;
    hf_unpack *u; /* NULL for a ZIP */
    struct archive *a;
    hf_err *feed_err; /* what the feed failed with, before libarchive put it in its own words */
    uint64_t out;     /* bytes spooled */
    char *chunk;
    char *feed;
    size_t n; /* bytes in chunk, not yet written */
} spooler;

static hf_status flush(spooler *sp, hf_err **err)
{
    hf_view bytes = { sp->chunk, sp->n };

    sp->n = 0;
    if (hf_io_write(sp->s->spool, bytes, "the temporary spool", err) == HF_OK)
        return HF_OK;
    return hf_hint(err, "point TMPDIR to a folder with room for the unpacked container");
}

static la_ssize_t feed(struct archive *a, void *data, const void **bytes)
{
    spooler *sp = data;
    size_t got;
    hf_status rc = hf_unpack_read(sp->u, sp->feed, READ_BYTES, &got, &sp->feed_err);

    *bytes = sp->feed;
    if (rc == HF_OK)
        return (la_ssize_t)got;
    archive_set_error(a, EIO, "%s", sp->feed_err->message);
    return -1;
}

/* Turn what libarchive says into our error; the feed's own error is the better one. */
static hf_status fail_archive(spooler *sp, hf_view member, uint64_t at, hf_err **err)
{
    const char *text = archive_error_string(sp->a);

    if (sp->feed_err != NULL && err != NULL && *err == NULL) {
        *err = sp->feed_err;
        sp->feed_err = NULL;
    } else {
        hf_fail(err, HF_E_DAMAGED, "%s", text == NULL ? "the archive is cut off or damaged" : text);
    }
    return hf_err_at(err, sp->s->path, member, at);
}

static hf_status check_growth(spooler *sp, hf_view name, uint64_t size, hf_err **err)
{
    uint64_t packed = sp->u == NULL ? sp->s->bytes : hf_unpack_consumed(sp->u);
    hf_status rc = hf_source_check_size(sp->s, name, size, err);

    if (rc == HF_OK)
        rc = hf_source_check_ratio(sp->s, name, packed, sp->out, err);
    return rc == HF_OK ? rc : hf_err_at(err, NULL, name, size);
}

/* Count n bytes that were put into the chunk, and write it when it is full. */
static hf_status took(spooler *sp, hf_view name, size_t n, uint64_t *size, hf_err **err)
{
    hf_status rc;

    sp->n += n;
    sp->out += n;
    *size += n;
    rc = check_growth(sp, name, *size, err);
    return rc == HF_OK && sp->n == CHUNK_BYTES ? flush(sp, err) : rc;
}

/* Spool the data of the current entry; *size counts what was read even on an error. declared is
 * the size in its header. */
static hf_status spool_data(spooler *sp, hf_view name, uint64_t declared, uint64_t *size,
                            hf_err **err)
{
    hf_status rc = HF_OK;
    la_ssize_t n;

    while ((n = archive_read_data(sp->a, sp->chunk + sp->n, CHUNK_BYTES - sp->n)) > 0) {
        rc = took(sp, name, (size_t)n, size, err);
        if (rc != HF_OK)
            return rc;
    }
    /* A warning is a bad checksum or a size that was not true: damage as well. */
    if (n < 0)
        return fail_archive(sp, name, *size, err);
    /* The hole at the end of a sparse file in a tar is not given out (3.6.2); data that are cut
     * off were an error above. */
    while (rc == HF_OK && sp->u != NULL && *size < declared) {
        size_t room = CHUNK_BYTES - sp->n;
        size_t hole = declared - *size < room ? (size_t)(declared - *size) : room;

        memset(sp->chunk + sp->n, 0, hole);
        rc = took(sp, name, hole, size, err);
    }
    return rc;
}

static hf_status describe_entry(struct archive_entry *e, hf_member *m, hf_err **err)
{
    const char *name = archive_entry_pathname(e);
    const char *link = archive_entry_symlink(e);

    if (link == NULL)
        link = archive_entry_hardlink(e); /* a second name of an earlier member */
    if (name == NULL)
        return hf_fail(err, HF_E_DAMAGED, "a member whose name cannot be read");
    *m = (hf_member){ .name = hf_view_str(name),
                      .type = HF_MEMBER_FILE,
                      .mtime_us = HF_NO_TIME,
                      .mode = archive_entry_perm(e) & 07777,
                      .is_encrypted = archive_entry_is_data_encrypted(e) > 0 };
    if (link != NULL) {
        m->type = HF_MEMBER_LINK;
        m->link = hf_view_str(link);
        m->size = m->link.n;
    } else if (archive_entry_filetype(e) == AE_IFDIR) {
        m->type = HF_MEMBER_FOLDER;
    } else if (archive_entry_filetype(e) != AE_IFREG && archive_entry_filetype(e) != 0) {
        hf_fail(err, HF_E_UNSUPPORTED, "neither a file, a folder nor a link");
        return hf_err_at(err, NULL, m->name, HF_NO_OFFSET);
    }
    return HF_OK;
}

static hf_status spool_entry(spooler *sp, struct archive_entry *e, bool has_time, hf_err **err)
{
    hf_source *s = sp->s;
    uint64_t start = sp->out, declared = 0;
    hf_err *why = NULL;
    hf_member m;
    hf_status rc = describe_entry(e, &m, err), data = HF_OK;

    if (rc != HF_OK)
        return rc;
    if (has_time && archive_entry_mtime_is_set(e))
        m.mtime_us = archive_entry_mtime(e) * HF_SECOND_US + archive_entry_mtime_nsec(e) / 1000;
    if (archive_entry_size_is_set(e) && archive_entry_size(e) > 0)
        declared = (uint64_t)archive_entry_size(e);
    rc = hf_source_check_size(s, m.name, declared, err);
    if (rc != HF_OK)
        return rc;
    if (m.type == HF_MEMBER_FILE && !m.is_encrypted)
        data = spool_data(sp, m.name, declared, &m.size, &why);
    if (data == HF_OK || (data == HF_E_DAMAGED && s->limits.salvage)) {
        rc = hf_source_add(s, &m, err);
        if (rc == HF_OK)
            s->start[s->n - 1] = start;
        if (rc == HF_OK && data != HF_OK)
            hf_source_note_damage(s, s->n - 1, why);
        else
            hf_err_free(why);
        return rc;
    }
    hf_io_raise(err, why);
    return data;
}

/* GNU tar writes names that are not UTF-8 into pax headers, which should be. libarchive warns, and
 * keeps the raw bytes, which is what we want; the text is all there is to know the warning by. */
static bool is_about_charset(struct archive *a)
{
    const char *text = archive_error_string(a);

    return text != NULL && strstr(text, "can't be converted from") != NULL;
}

static hf_status spool_all(spooler *sp, bool has_time, hf_err **err)
{
    hf_status rc = HF_OK;

    while (rc == HF_OK) {
        struct archive_entry *e = NULL;
        int got = archive_read_next_header(sp->a, &e);

        if (got == ARCHIVE_EOF)
            break;
        if (got == ARCHIVE_RETRY)
            continue;
        if (got == ARCHIVE_WARN && is_about_charset(sp->a))
            got = ARCHIVE_OK;
        if (got < ARCHIVE_WARN || (got != ARCHIVE_OK && !sp->s->limits.salvage)) {
            hf_err *why = NULL;

            rc = fail_archive(sp, HF_V(""), HF_NO_OFFSET, &why);
            if (rc == HF_E_DAMAGED && sp->s->limits.salvage) {
                hf_source_note_damage(sp->s, UINT32_MAX, why);
                rc = HF_OK;
            } else {
                hf_io_raise(err, why);
            }
            break;
        }
        rc = spool_entry(sp, e, has_time, err);
    }
    return rc == HF_OK ? flush(sp, err) : rc;
}

/* Read what follows the tar's own end, so that the compression's checksum is checked too. */
static hf_status drain(spooler *sp, hf_err **err)
{
    uint64_t beyond = 0;
    size_t got = 1;
    hf_status rc = HF_OK;

    while (rc == HF_OK && got > 0) {
        rc = hf_unpack_read(sp->u, sp->feed, READ_BYTES, &got, err);
        beyond += got;
        if (rc == HF_OK)
            rc = hf_source_check_ratio(sp->s, HF_V(""), hf_unpack_consumed(sp->u), sp->out + beyond,
                                       err);
    }
    return rc;
}

static hf_status run(spooler *sp, bool has_time, hf_err **err)
{
    locale_t locale, before;
    hf_status rc = hf_io_temp(&sp->s->spool, err);

    if (rc != HF_OK)
        return rc;
    rc = hf_io_locale(&locale, "C.UTF-8", err);
    if (rc != HF_OK)
        return rc;
    before = uselocale(locale);
    sp->chunk = hf_alloc(CHUNK_BYTES);
    rc = spool_all(sp, has_time, err);
    hf_free(sp->chunk);
    uselocale(before);
    freelocale(locale);
    return rc;
}

hf_status hf_source_list_tar(hf_source *s, hf_unpack *u, hf_err **err)
{
    spooler sp = { .s = s, .u = u, .a = archive_read_new() };
    hf_err *why = NULL;
    hf_status rc;

    sp.feed = hf_alloc(READ_BYTES);
    archive_read_support_format_tar(sp.a);
    if (archive_read_open(sp.a, &sp, NULL, feed, NULL) != ARCHIVE_OK)
        rc = fail_archive(&sp, HF_V(""), HF_NO_OFFSET, &why);
    else
        rc = run(&sp, true, &why);
    archive_read_free(sp.a);
    if (rc == HF_OK && s->damages == 0)
        rc = drain(&sp, &why);
    if (rc == HF_E_DAMAGED && s->limits.salvage) {
        hf_source_note_damage(s, UINT32_MAX, why);
        why = NULL;
        rc = HF_OK;
    } else if (rc == HF_E_DAMAGED) {
        hf_hint(&why, "get the file again, or read what is left of it with --salvage");
    }
    hf_io_raise(err, why);
    hf_err_free(sp.feed_err);
    hf_free(sp.feed);
    return rc;
}

hf_status hf_source_salvage_zip(hf_source *s, hf_err **err)
{
    spooler sp = { .s = s, .a = archive_read_new() };
    hf_status rc;

    /* Forget what the central directory said. */
    if (s->zip != NULL)
        zip_discard(s->zip);
    s->zip = NULL;
    hf_free(s->members);
    s->members = NULL;
    s->n = s->cap = 0;
    s->total = 0;
    archive_read_support_format_zip_streamable(sp.a);
    if (lseek(s->fd, 0, SEEK_SET) < 0)
        rc = hf_fail_sys(err, "cannot read");
    else if (archive_read_open_fd(sp.a, s->fd, READ_BYTES) != ARCHIVE_OK)
        rc = fail_archive(&sp, HF_V(""), HF_NO_OFFSET, err);
    else
        rc = run(&sp, false, err); /* without times: DOS times have no zone */
    archive_read_free(sp.a);
    return rc;
}
