/* io/sink_zip.c: a deterministic ZIP, written by libarchive (3.6.2).
 *
 * Same bytes for the same members on one version of zlib: deflate level 6, no times, no owners. A
 * member whose size was not told is held back until it is known: not knowing it, libarchive writes
 * ZIP64 records that some importers refuse. Names are written as they are: those that are UTF-8 and
 * not ASCII get flag 11 (APPNOTE 4.4.4), others do not. libarchive takes the flag from the LC_CTYPE
 * of the moment, hence two locales.
 */
#include "io/sink_priv.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <unistd.h>

#include "util/utf8.h"

enum { MAX_NAME = 65535 };

typedef struct zip_sink {
    struct archive *a;
    struct archive_entry *entry; /* of the current member; NULL between members */
    locale_t utf8, plain;
    bool is_utf8;  /* the current name */
    int sys;       /* errno of a failed write, which libarchive would not pass on */
    hf_held held;  /* the current member's bytes when its size was not told */
    uint64_t told; /* HF_SINK_SIZE_UNKNOWN, or its size: the header is written, bytes go through */
    uint64_t size; /* written so far, when it was told */
} zip_sink;

/* Always succeeds for libarchive, which never frees its deflate state after a failed write (3.6.2);
 * the failure is kept in z->sys and looked at after every call. */
static la_ssize_t put(struct archive *a, void *data, const void *bytes, size_t n)
{
    hf_sink *s = data;
    zip_sink *z = s->own;
    hf_err *err = NULL;

    (void)a;
    if (z->sys == 0 && hf_io_write(s->target.fd, (hf_view){ bytes, n }, s->path, &err) != HF_OK)
        z->sys = err->sys;
    hf_err_free(err);
    return (la_ssize_t)n;
}

/* What a libarchive call came to; rc is its result. */
static hf_status check(zip_sink *z, la_ssize_t rc, hf_err **err)
{
    const char *text = archive_error_string(z->a);

    if (z->sys != 0) {
        errno = z->sys;
        return hf_fail_sys(err, "cannot write the ZIP");
    }
    if (rc >= ARCHIVE_OK)
        return HF_OK;
    return hf_fail(err, HF_E_IO, "cannot write the ZIP: %s",
                   text == NULL ? "no reason given" : text);
}

hf_status hf_sink_zip_init(hf_sink *s, hf_err **err)
{
    zip_sink *z = HF_NEW(zip_sink);
    hf_status rc;

    hf_held_init(&z->held);
    s->own = z;
    s->ops = &hf_sink_zip_ops;
    z->a = archive_write_new();
    rc = hf_io_locale(&z->utf8, "C.UTF-8", err);
    if (rc == HF_OK)
        rc = hf_io_locale(&z->plain, "C", err);
    if (rc != HF_OK)
        return rc;
    rc = check(z, archive_write_set_format_zip(z->a), err);
    if (rc == HF_OK)
        rc = check(z, archive_write_set_format_option(z->a, "zip", "compression-level", "6"), err);
    if (rc == HF_OK)
        rc = check(z, archive_write_set_bytes_in_last_block(z->a, 1), err);
    return rc == HF_OK ? check(z, archive_write_open(z->a, s, NULL, put, NULL), err) : rc;
}

/* Write the header of a member of size bytes. */
static hf_status write_header(zip_sink *z, uint64_t size, hf_err **err)
{
    locale_t before = uselocale(z->is_utf8 ? z->utf8 : z->plain);
    hf_status rc;

    archive_entry_set_size(z->entry, (la_int64_t)size);
    rc = check(z, archive_write_header(z->a, z->entry), err);
    uselocale(before);
    return rc;
}

static hf_status zip_begin(hf_sink *s, const hf_sink_entry *e, hf_err **err)
{
    zip_sink *z = s->own;
    char *name;

    if (e->name.n == 0 || e->name.n > MAX_NAME || hf_view_find_byte(e->name, '\0') != HF_NPOS ||
        hf_view_find_byte(e->link, '\0') != HF_NPOS)
        return hf_fail(err, HF_E_UNSAFE_NAME,
                       "a ZIP is not written with a name that is empty, too long or holds NUL");
    z->entry = archive_entry_new();
    name = hf_view_dup(e->name);
    z->is_utf8 = hf_utf8_is_valid(e->name);
    archive_entry_set_pathname(z->entry, name);
    hf_free(name);
    archive_entry_set_filetype(z->entry, e->is_link     ? AE_IFLNK
                                         : e->is_folder ? AE_IFDIR
                                                        : AE_IFREG);
    archive_entry_set_perm(z->entry, e->mode != 0   ? e->mode
                                     : e->is_link   ? 0777
                                     : e->is_folder ? 0755
                                                    : 0644);
    if (e->is_link) {
        name = hf_view_dup(e->link);
        archive_entry_set_symlink(z->entry, name);
        hf_free(name);
    }
    z->told = e->is_folder || e->is_link ? HF_SINK_SIZE_UNKNOWN : e->size;
    return z->told == HF_SINK_SIZE_UNKNOWN ? HF_OK : write_header(z, z->told, err);
}

static hf_status put_data(zip_sink *z, hf_view bytes, hf_err **err)
{
    while (bytes.n > 0) {
        la_ssize_t n = archive_write_data(z->a, bytes.p, bytes.n);
        hf_status rc = check(z, n == 0 ? ARCHIVE_FATAL : n, err);

        if (rc != HF_OK)
            return rc;
        bytes = hf_view_from(bytes, (size_t)n);
    }
    return HF_OK;
}

static hf_status put_held(void *self, hf_view bytes, hf_err **err)
{
    return put_data(self, bytes, err);
}

static hf_status zip_write(hf_sink *s, hf_view bytes, hf_err **err)
{
    zip_sink *z = s->own;

    if (z->told == HF_SINK_SIZE_UNKNOWN)
        return hf_held_add(&z->held, bytes, err);
    if (bytes.n > z->told - z->size)
        return hf_fail(err, HF_E_INTERNAL, "a member is longer than the size it was begun with");
    z->size += bytes.n;
    return put_data(z, bytes, err);
}

static void forget_member(zip_sink *z)
{
    hf_held_reset(&z->held);
    z->size = 0;
    archive_entry_free(z->entry);
    z->entry = NULL;
}

static hf_status zip_end(hf_sink *s, hf_err **err)
{
    zip_sink *z = s->own;
    hf_status rc = HF_OK;

    if (z->told == HF_SINK_SIZE_UNKNOWN) {
        rc = write_header(z, z->held.n, err);
        if (rc == HF_OK)
            rc = hf_held_each(&z->held, put_held, z, err);
    } else if (z->size != z->told) {
        rc = hf_fail(err, HF_E_INTERNAL, "a member is shorter than the size it was begun with");
    }
    if (rc == HF_OK)
        rc = check(z, archive_write_finish_entry(z->a), err);
    forget_member(z);
    return rc;
}

static hf_status zip_finish(hf_sink *s, hf_err **err)
{
    zip_sink *z = s->own;

    return check(z, archive_write_close(z->a), err);
}

static void zip_clear(hf_sink *s)
{
    zip_sink *z = s->own;

    /* Freeing closes an archive that is still open, and that writes: to nowhere. */
    if (z->sys == 0)
        z->sys = ECANCELED;
    archive_write_free(z->a);
    forget_member(z);
    hf_held_clear(&z->held);
    if (z->utf8 != (locale_t)0)
        freelocale(z->utf8);
    if (z->plain != (locale_t)0)
        freelocale(z->plain);
    hf_free(z);
}

const hf_sink_ops hf_sink_zip_ops = { zip_begin, zip_write, zip_end, zip_finish, zip_clear };
