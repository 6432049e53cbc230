/* io/file.c: descriptors, temporary files, paths that follow no link, trees, the locale switch. */
#include "io/io_priv.h"
#include "io/temp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

void hf_io_raise(hf_err **err, hf_err *why)
{
    if (err != NULL && *err == NULL)
        *err = why;
    else
        hf_err_free(why);
}

hf_status hf_io_temp(int *fd, hf_err **err)
{
    const char *folder = getenv("TMPDIR");
    char *path;

    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    *fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return HF_OK;
    /* Not every file system has O_TMPFILE (overlays, NFS). */
    path = hf_sprintf("%s/holdfast-XXXXXX", folder);
    *fd = mkostemp(path, O_CLOEXEC);
    if (*fd >= 0)
        unlink(path);
    else
        hf_fail_sys(err, "cannot create a temporary file in %s", folder);
    hf_free(path);
    return *fd >= 0 ? HF_OK : hf_hint(err, "point TMPDIR to a folder with room");
}

hf_status hf_temp_file(FILE **out, const char *what, hf_err **err)
{
    int fd = -1;
    hf_status rc = hf_io_temp(&fd, err);

    *out = rc == HF_OK ? fdopen(fd, "w+b") : NULL;
    if (rc == HF_OK && *out == NULL) {
        rc = hf_fail_sys(err, "cannot open a temporary file");
        close(fd);
    }
    return rc == HF_OK ? HF_OK : hf_wrap(err, "there is no temporary file for %s", what);
}

hf_status hf_io_write(int fd, hf_view bytes, const char *path, hf_err **err)
{
    while (bytes.n > 0) {
        ssize_t n = write(fd, bytes.p, bytes.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return hf_fail_sys(err, "cannot write %s", path);
        bytes = hf_view_from(bytes, (size_t)n);
    }
    return HF_OK;
}

hf_status hf_io_pread(int fd, void *to, size_t n, uint64_t at, size_t *got, hf_err **err)
{
    *got = 0;
    while (*got < n && at <= INT64_MAX - n) {
        ssize_t r = pread(fd, (char *)to + *got, n - *got, (off_t)(at + *got));

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return hf_fail_sys(err, "cannot read");
        if (r == 0)
            break;
        *got += (size_t)r;
    }
    return HF_OK;
}

int hf_io_open_below(int dir, hf_view name, int extra)
{
    int at = dir;

    for (;;) {
        size_t slash = hf_view_find_byte(name, '/');
        char part[NAME_MAX + 1];
        size_t n = slash == HF_NPOS ? name.n : slash;
        int next, sys;

        if (n > NAME_MAX) {
            errno = ENAMETOOLONG;
            next = -1;
        } else {
            memcpy(part, name.p, n);
            part[n] = '\0';
            /* O_NONBLOCK: a pipe put in place of a file must not hang us. */
            next = openat(at, part,
                          O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY |
                              (slash == HF_NPOS ? extra : O_DIRECTORY));
        }
        sys = errno;
        if (at != dir)
            close(at);
        errno = sys;
        if (next < 0 || slash == HF_NPOS)
            return next;
        at = next;
        name = hf_view_from(name, slash + 1);
    }
}

static int remove_content(int folder)
{
    DIR *d = fdopendir(folder);
    struct dirent *e;
    int rc = 0;

    if (d == NULL) {
        close(folder);
        return -1;
    }
    while ((e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 &&
            hf_io_remove_tree(dirfd(d), e->d_name) != 0)
            rc = -1;
    closedir(d);
    return rc;
}

int hf_io_remove_tree(int dir, const char *name)
{
    int folder;

    if (unlinkat(dir, name, 0) == 0)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return -1;
    folder = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0 || remove_content(folder) != 0)
        return -1;
    return unlinkat(dir, name, AT_REMOVEDIR);
}

hf_status hf_io_locale(locale_t *made, const char *name, hf_err **err)
{
    *made = newlocale(LC_CTYPE_MASK, name, (locale_t)0);
    return *made == (locale_t)0 ? hf_fail_sys(err, "cannot load the locale %s", name) : HF_OK;
}
