/* io/sink_folder.c: members as files below a folder.
 *
 * All work is done with *at calls from the partial's own descriptor and without following links, so
 * a name that passed hf_name_is_safe cannot reach anything outside.
 */
#include "io/sink_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/name.h"

enum { MAX_DEPTH = 128 }; /* so that a partial tree can be removed again with one fd a level */

typedef struct folder {
    int file;   /* the current member; -1 */
    int parent; /* the folder of the last member; -1: the root */
    hf_buf parent_name;
} folder;

hf_status hf_sink_folder_init(hf_sink *s, hf_err **err)
{
    folder *f = HF_NEW(folder);

    (void)err;
    f->file = f->parent = -1;
    hf_buf_init(&f->parent_name, HF_BUF_UNBOUNDED);
    s->own = f;
    s->ops = &hf_sink_folder_ops;
    return HF_OK;
}

static hf_status fail_name(const char *what, hf_err **err)
{
    switch (errno) {
    case EEXIST:
    case ENOTDIR:
    case ELOOP:
    case EISDIR:
        return hf_fail(err, HF_E_UNSAFE_NAME,
                       "another member has the name, or stands where a folder must be");
    case ENAMETOOLONG:
        return hf_fail(err, HF_E_UNSAFE_NAME, "the name is too long for the file system");
    default:
        return hf_fail_sys(err, "cannot create the %s", what);
    }
}

/* Make and open one folder in at; the mode counts only when it is new. */
static int enter(int at, hf_view part, mode_t mode)
{
    char name[NAME_MAX + 1];

    memcpy(name, part.p, part.n); /* at most NAME_MAX: hf_name_is_safe */
    name[part.n] = '\0';
    if (mkdirat(at, name, mode) != 0 && errno != EEXIST)
        return -1;
    return openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Open the folder of that name below the partial as f->parent, making what is missing. */
static hf_status open_parent(hf_sink *s, hf_view name, mode_t mode, hf_err **err)
{
    folder *f = s->own;
    int at = dup(s->target.fd);
    unsigned depth = 0;
    hf_view rest = name;

    if (f->parent >= 0)
        close(f->parent);
    f->parent = -1;
    if (at < 0)
        return hf_fail_sys(err, "cannot open the folder");
    while (rest.n > 0) {
        size_t slash = hf_view_find_byte(rest, '/');
        hf_view part = hf_view_sub(rest, 0, slash);
        int next;

        rest = slash == HF_NPOS ? HF_V("") : hf_view_from(rest, slash + 1);
        if (part.n == 0 || hf_view_is(part, "."))
            continue;
        if (++depth > MAX_DEPTH) {
            close(at);
            return hf_fail(err, HF_E_UNSAFE_NAME, "folders are nested too deeply");
        }
        next = enter(at, part, rest.n == 0 ? mode : 0755);
        if (next < 0) {
            fail_name("folder", err);
            close(at);
            return hf_err_at(err, NULL, HF_V(""), HF_NO_OFFSET);
        }
        close(at);
        at = next;
    }
    f->parent = at;
    hf_buf_reset(&f->parent_name);
    hf_buf_add(&f->parent_name, name);
    return HF_OK;
}

static hf_status folder_begin(hf_sink *s, const hf_sink_entry *e, hf_err **err)
{
    folder *f = s->own;
    size_t slash = hf_view_find_last(e->name, '/');
    hf_view parent = hf_view_sub(e->name, 0, slash == HF_NPOS ? 0 : slash);
    hf_view base = slash == HF_NPOS ? e->name : hf_view_from(e->name, slash + 1);
    char name[NAME_MAX + 1];
    hf_status rc = HF_OK;

    if (!hf_name_is_safe(e->name) || e->is_link || hf_view_is(base, ".")) {
        hf_fail(err, HF_E_UNSAFE_NAME,
                e->is_link ? "a symbolic link is not written to a folder"
                           : "the name is unsafe below a folder");
        return hf_hint(err, "write to a .zip, which keeps every name");
    }
    if (e->is_folder)
        return open_parent(s, parent, (mode_t)(e->mode == 0 ? 0755 : e->mode | 0700), err);
    if (f->parent < 0 || !hf_view_eq(parent, hf_buf_view(&f->parent_name)))
        rc = open_parent(s, parent, 0755, err);
    if (rc != HF_OK)
        return rc;
    memcpy(name, base.p, base.n);
    name[base.n] = '\0';
    if (e->take != NULL) {
        if (renameat2(AT_FDCWD, e->take, f->parent, name, RENAME_NOREPLACE) != 0)
            return fail_name("file", err);
        return fchmodat(f->parent, name, e->mode == 0 ? 0644 : e->mode, 0) == 0
                   ? HF_OK
                   : hf_fail_sys(err, "cannot set the permissions");
    }
    f->file = openat(f->parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                     (mode_t)(e->mode == 0 ? 0644 : e->mode));
    return f->file < 0 ? fail_name("file", err) : HF_OK;
}

static hf_status folder_write(hf_sink *s, hf_view bytes, hf_err **err)
{
    const folder *f = s->own;

    return hf_io_write(f->file, bytes, "the file", err);
}

static hf_status folder_end(hf_sink *s, hf_err **err)
{
    folder *f = s->own;
    int file = f->file;

    f->file = -1;
    /* close reports what a network file system could not write. */
    if (file >= 0 && close(file) != 0)
        return hf_fail_sys(err, "cannot write the file");
    return HF_OK;
}

static hf_status folder_finish(hf_sink *s, hf_err **err)
{
    (void)s;
    (void)err;
    return HF_OK;
}

static void folder_clear(hf_sink *s)
{
    folder *f = s->own;

    if (f->file >= 0)
        close(f->file);
    if (f->parent >= 0)
        close(f->parent);
    hf_buf_clear(&f->parent_name);
    hf_free(f);
}

const hf_sink_ops hf_sink_folder_ops = { folder_begin, folder_write, folder_end, folder_finish,
                                         folder_clear };
