/* io/sink.c: sinks of every kind, and the plain ones: file, stdout, null. */
#include "io/sink_priv.h"

#include <fcntl.h>
#include <unistd.h>

/* --- file, stdout, null -------------------------------------------------------------------------
 */

static hf_status file_begin(hf_sink *s, const hf_sink_entry *e, hf_err **err)
{
    if (s->members == 0 && !e->is_folder && !e->is_link)
        return HF_OK;
    hf_fail(err, HF_E_USAGE, "one file cannot hold several members, folders or links");
    return hf_hint(err, "write to a folder or a .zip");
}

static hf_status file_write(hf_sink *s, hf_view bytes, hf_err **err)
{
    int fd = s->kind == HF_SINK_STDOUT ? STDOUT_FILENO : s->target.fd;

    return hf_io_write(fd, bytes, s->path, err);
}

static hf_status null_begin(hf_sink *s, const hf_sink_entry *e, hf_err **err)
{
    (void)s;
    (void)e;
    (void)err;
    return HF_OK;
}

static hf_status null_write(hf_sink *s, hf_view bytes, hf_err **err)
{
    (void)s;
    (void)bytes;
    (void)err;
    return HF_OK;
}

static hf_status nothing_more(hf_sink *s, hf_err **err)
{
    (void)s;
    (void)err;
    return HF_OK;
}

static void nothing_to_clear(hf_sink *s)
{
    (void)s;
}

static const hf_sink_ops file_ops = { file_begin, file_write, nothing_more, nothing_more,
                                      nothing_to_clear };
static const hf_sink_ops null_ops = { null_begin, null_write, nothing_more, nothing_more,
                                      nothing_to_clear };

/* --- all kinds ----------------------------------------------------------------------------------
 */

static hf_status open_kind(hf_sink *s, bool overwrite, hf_err **err)
{
    bool is_folder = s->kind == HF_SINK_FOLDER;
    hf_status rc = HF_OK;

    s->ops = s->kind == HF_SINK_NULL ? &null_ops : &file_ops;
    if (s->kind == HF_SINK_NULL || s->kind == HF_SINK_STDOUT)
        return HF_OK;
    rc = hf_partial_open(&s->target, s->path, is_folder, is_folder ? 0777 : 0666, overwrite, err);
    if (rc == HF_OK && is_folder)
        rc = hf_sink_folder_init(s, err);
    if (rc == HF_OK && s->kind == HF_SINK_ZIP)
        rc = hf_sink_zip_init(s, err);
    if (rc == HF_OK && s->kind == HF_SINK_TAR_ZST)
        rc = hf_sink_tar_init(s, err);
    return rc;
}

hf_status hf_sink_open(hf_sink **out, const char *path, hf_sink_kind kind, bool overwrite,
                       hf_err **err)
{
    hf_sink *s = HF_NEW(hf_sink);
    hf_status rc;

    s->kind = kind;
    s->path = hf_strdup(kind == HF_SINK_STDOUT ? "standard output" : path == NULL ? "" : path);
    s->target.fd = s->target.dir = -1;
    hf_buf_init(&s->name, HF_BUF_UNBOUNDED);
    rc = open_kind(s, overwrite, err);
    if (rc != HF_OK) {
        hf_err_at(err, s->path, HF_V(""), HF_NO_OFFSET);
        hf_sink_abort(s);
        return rc;
    }
    *out = s;
    return HF_OK;
}

void hf_sink_abort(hf_sink *s)
{
    if (s == NULL)
        return;
    s->ops->clear(s);
    hf_partial_abort(&s->target);
    hf_buf_clear(&s->name);
    hf_free(s->path);
    hf_free(s);
}

/* Remember a failure and say where it was. */
static hf_status note(hf_sink *s, hf_status rc, hf_err **err)
{
    if (rc == HF_OK)
        return rc;
    if (s->failed == HF_OK)
        s->failed = rc;
    hf_err_at(err, s->path, hf_buf_view(&s->name), HF_NO_OFFSET);
    return rc;
}

static hf_status refuse_after_failure(hf_sink *s, hf_err **err)
{
    if (s->failed == HF_OK && s->is_sealed)
        return hf_fail(err, HF_E_INTERNAL, "%s is ended and takes nothing more", s->path);
    if (s->failed == HF_OK)
        return HF_OK;
    hf_fail(err, s->failed, "an earlier write failed, so nothing is published");
    return hf_err_at(err, s->path, HF_V(""), HF_NO_OFFSET);
}

static hf_status end_member(hf_sink *s, hf_err **err)
{
    if (!s->in_member)
        return HF_OK;
    s->in_member = false;
    return note(s, s->ops->end(s, err), err);
}

static hf_status begin_member(hf_sink *s, const hf_sink_entry *e, hf_err **err)
{
    hf_status rc = refuse_after_failure(s, err);

    if (rc == HF_OK)
        rc = end_member(s, err);
    if (rc != HF_OK)
        return rc;
    hf_buf_reset(&s->name);
    hf_buf_add(&s->name, e->name);
    rc = note(s, s->ops->begin(s, e, err), err);
    if (rc != HF_OK)
        return rc;
    s->in_member = true;
    s->in_folder_entry = e->is_folder || e->is_link;
    s->members++;
    return HF_OK;
}

hf_status hf_sink_member(hf_sink *s, hf_view name, hf_err **err)
{
    return hf_sink_member_mode(s, name, 0, err);
}

hf_status hf_sink_member_mode(hf_sink *s, hf_view name, uint32_t mode, hf_err **err)
{
    return hf_sink_member_size(s, name, mode, HF_SINK_SIZE_UNKNOWN, err);
}

hf_status hf_sink_member_size(hf_sink *s, hf_view name, uint32_t mode, uint64_t size, hf_err **err)
{
    hf_sink_entry e = { .name = name,
                        .mode = mode & 0777, /* never set-user-id and the like */
                        .size = size,
                        .is_folder = hf_view_ends(name, HF_V("/")) };

    return begin_member(s, &e, err);
}

hf_status hf_sink_link(hf_sink *s, hf_view name, hf_view target, hf_err **err)
{
    hf_sink_entry e = {
        .name = name, .is_link = true, .link = target, .size = HF_SINK_SIZE_UNKNOWN
    };

    return begin_member(s, &e, err);
}

hf_status hf_sink_take(hf_sink *s, hf_view name, uint32_t mode, const char *path, hf_err **err)
{
    hf_sink_entry e = {
        .name = name, .mode = mode & 0777, .size = HF_SINK_SIZE_UNKNOWN, .take = path
    };
    hf_status rc;

    if (s->kind != HF_SINK_FOLDER)
        return hf_fail(err, HF_E_USAGE, "only a folder takes files as they are");
    rc = begin_member(s, &e, err);
    s->in_folder_entry = true; /* it is complete: nothing can be added */
    return rc;
}

hf_status hf_sink_write(hf_sink *s, hf_view bytes, hf_err **err)
{
    hf_status rc = refuse_after_failure(s, err);

    if (rc != HF_OK || bytes.n == 0)
        return rc;
    if (!s->in_member)
        rc = hf_fail(err, HF_E_INTERNAL, "bytes are written before any member");
    else if (s->in_folder_entry)
        rc = hf_fail(err, HF_E_UNSAFE_NAME, "a name that ends like a folder's cannot hold bytes");
    else
        rc = s->ops->write(s, bytes, err);
    if (rc == HF_OK)
        s->bytes += bytes.n;
    return note(s, rc, err);
}

/* End the last member and what the kind writes after it. */
static hf_status end_all(hf_sink *s, hf_err **err)
{
    hf_status rc = refuse_after_failure(s, err);

    if (rc == HF_OK)
        rc = end_member(s, err);
    hf_buf_reset(&s->name);
    if (rc == HF_OK)
        rc = note(s, s->ops->finish(s, err), err);
    s->ops->clear(s);
    s->ops = &null_ops;
    return rc;
}

hf_status hf_sink_seal(hf_sink *s, hf_err **err)
{
    hf_status rc = end_all(s, err);

    if (rc == HF_OK && s->target.fd >= 0)
        rc = note(s, hf_partial_sync(&s->target, err), err);
    /* So that reading it again reads the disk, as far as the system does what it is asked. */
    if (rc == HF_OK && s->target.fd >= 0 && !s->target.is_folder)
        (void)posix_fadvise(s->target.fd, 0, 0, POSIX_FADV_DONTNEED);
    s->is_sealed = rc == HF_OK;
    return rc;
}

char *hf_sink_partial(const hf_sink *s)
{
    return s->target.temp == NULL ? NULL : hf_sprintf("%s/%s", s->target.place, s->target.temp);
}

hf_status hf_sink_commit(hf_sink *s, hf_err **err)
{
    hf_status rc = s->is_sealed ? HF_OK : end_all(s, err);

    if (rc == HF_OK && s->target.fd >= 0)
        rc = note(s, hf_partial_commit(&s->target, err), err);
    hf_sink_abort(s); /* after a commit only memory is left to free */
    return rc;
}

uint64_t hf_sink_bytes(const hf_sink *s)
{
    return s->bytes;
}

uint64_t hf_sink_members(const hf_sink *s)
{
    return s->members;
}
