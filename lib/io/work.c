/* io/work.c: see work.h. */
#include "io/work.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/io_priv.h"

struct hf_work {
    hf_partial place; /* of TARGET.work: never committed, only aborted */
    char *path;
};

/* A folder's name may end in a slash. */
static char *name_of(const char *target)
{
    hf_view path = hf_view_str(target);

    while (path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    return hf_sprintf("%.*s.work", (int)path.n, path.p);
}

hf_status hf_work_open(hf_work **out, const char *target, hf_err **err)
{
    hf_work *w = HF_NEW(hf_work);
    char *name = name_of(target);
    hf_status rc = hf_partial_open(&w->place, name, true, 0700, false, err);

    hf_free(name);
    if (rc != HF_OK) {
        hf_free(w);
        return rc;
    }
    w->path = hf_sprintf("%s/%s", w->place.place, w->place.temp);
    *out = w;
    return HF_OK;
}

const char *hf_work_path(const hf_work *w)
{
    return w->path;
}

hf_status hf_work_folder(hf_work *w, const char *name, hf_err **err)
{
    hf_view all = hf_view_str(name);

    for (size_t at = 0; at < all.n;) {
        size_t slash = hf_view_find_byte(hf_view_from(all, at), '/');
        size_t end = slash == HF_NPOS ? all.n : at + slash;
        char *part = hf_view_dup(hf_view_sub(all, 0, end));
        int made = mkdirat(w->place.fd, part, 0700);

        hf_free(part);
        if (made != 0 && errno != EEXIST) {
            hf_fail_sys(err, "cannot make the folder %s", name);
            return hf_err_at(err, w->path, hf_view_str(name), HF_NO_OFFSET);
        }
        at = end + 1;
    }
    return HF_OK;
}

hf_status hf_work_remove(hf_work *w, const char *name, hf_err **err)
{
    hf_view all = hf_view_str(name);
    size_t slash = hf_view_find_last(all, '/');
    const char *base = name + (slash == HF_NPOS ? 0 : slash + 1);
    int dir = w->place.fd;
    hf_status rc = HF_OK;

    if (slash != HF_NPOS)
        dir = hf_io_open_below(w->place.fd, hf_view_sub(all, 0, slash), O_DIRECTORY);
    if ((dir < 0 || hf_io_remove_tree(dir, base) != 0) && errno != ENOENT) {
        hf_fail_sys(err, "cannot remove %s", name);
        rc = hf_err_at(err, w->path, all, HF_NO_OFFSET);
    }
    if (dir >= 0 && dir != w->place.fd)
        close(dir);
    return rc;
}

void hf_work_close(hf_work *w)
{
    if (w == NULL)
        return;
    hf_partial_abort(&w->place);
    hf_free(w->path);
    hf_free(w);
}

bool hf_work_is_used(const char *target)
{
    char *name = name_of(target), *path = hf_sprintf("%s.partial", name);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    bool is_used = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (fd >= 0)
        close(fd);
    hf_free(name);
    hf_free(path);
    return is_used;
}
