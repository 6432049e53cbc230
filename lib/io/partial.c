/* io/partial.c: a target that is complete or absent: TARGET.partial, sync, rename, sync the folder.
 *
 * The partial is locked (flock) while it is written, so that a stale one of a dead run, which has
 * no lock any more, is told from one that another run is writing.
 */
#include "io/io_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void clear(hf_partial *p)
{
    if (p->fd >= 0)
        close(p->fd);
    if (p->dir >= 0)
        close(p->dir);
    hf_free(p->path);
    hf_free(p->place);
    hf_free(p->name);
    hf_free(p->temp);
    *p = (hf_partial){ .dir = -1, .fd = -1 };
}

/* Split the target into its folder, which is opened, and its name there. */
static hf_status find_place(hf_partial *p, hf_err **err)
{
    char real[PATH_MAX];
    hf_view path = hf_view_str(p->path), folder;
    size_t slash;

    /* "." and "out/.." have no name of their own in a folder until they are resolved. */
    if (p->is_folder && realpath(p->path, real) != NULL)
        path = hf_view_str(real);
    while (p->is_folder && path.n > 1 && path.p[path.n - 1] == '/')
        path.n--;
    slash = hf_view_find_last(path, '/');
    p->name = hf_view_dup(slash == HF_NPOS ? path : hf_view_from(path, slash + 1));
    if (p->name[0] == '\0' || strcmp(p->name, ".") == 0 || strcmp(p->name, "..") == 0) {
        hf_fail(err, HF_E_USAGE, "%s does not name a %s to write", p->path,
                p->is_folder ? "folder" : "file");
        return hf_hint(err, "name a new one inside it");
    }
    folder = slash == HF_NPOS ? HF_V(".") : slash == 0 ? HF_V("/") : hf_view_sub(path, 0, slash);
    p->place = hf_view_dup(folder);
    p->dir = open(p->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (p->dir < 0)
        hf_fail_sys(err, "cannot open the folder %s", p->place);
    p->temp = hf_sprintf("%s.partial", p->name);
    return p->dir < 0 ? hf_err_at(err, p->path, HF_V(""), HF_NO_OFFSET) : HF_OK;
}

static bool folder_is_empty(int dir, const char *name)
{
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *e;
    bool empty = d != NULL;

    if (d == NULL && fd >= 0)
        close(fd);
    while (empty && (e = readdir(d)) != NULL)
        empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    if (d != NULL)
        closedir(d);
    return empty;
}

/* True when replacing the folder at path would take away where we stand or live: "/", the home
 * folder, the current one, or a folder above them. */
static bool is_precious(const char *path)
{
    char target[PATH_MAX], cwd[PATH_MAX], home[PATH_MAX];
    const char *named = getenv("HOME");
    const char *places[2] = { NULL, NULL };
    hf_view t;

    if (realpath(path, target) == NULL)
        return true;
    places[0] = getcwd(cwd, sizeof(cwd));
    places[1] = named == NULL ? NULL : realpath(named, home);
    t = hf_view_str(target);
    for (size_t i = 0; i < 2; i++) {
        hf_view place = hf_view_str(places[i]);

        if (t.n == 1 || (hf_view_starts(place, t) && (place.n == t.n || place.p[t.n] == '/')))
            return true;
    }
    return false;
}

static hf_status exists(const hf_partial *p, const char *what, const char *hint, hf_err **err)
{
    hf_fail(err, HF_E_EXISTS, "%s %s", p->path, what);
    return hf_hint(err, "%s", hint);
}

static hf_status check_target(const hf_partial *p, hf_err **err)
{
    static const char another[] = "choose another name, or say --overwrite";
    struct stat st;

    if (fstatat(p->dir, p->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT)
            return HF_OK;
        hf_fail_sys(err, "cannot look at the target");
        return hf_err_at(err, p->path, HF_V(""), HF_NO_OFFSET);
    }
    if (!p->is_folder) {
        if (S_ISDIR(st.st_mode))
            return exists(p, "is a folder", "name a file inside it", err);
        /* Renaming over /dev/null would replace the device. */
        if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
            return exists(p, "is not a regular file", "name a file", err);
        return p->overwrite ? HF_OK : exists(p, "exists", another, err);
    }
    if (!S_ISDIR(st.st_mode))
        return exists(p, "exists and is not a folder", "choose another name", err);
    if (folder_is_empty(p->dir, p->name))
        return HF_OK;
    if (!p->overwrite)
        return exists(p, "is a folder that is not empty", another, err);
    if (is_precious(p->path))
        return exists(p, "holds the current or the home folder and is never replaced",
                      "name a new folder inside it", err);
    return HF_OK;
}

static hf_status remove_stale(const hf_partial *p, hf_err **err)
{
    int fd = openat(p->dir, p->temp, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool is_locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;

    if (fd >= 0)
        close(fd);
    if (is_locked) {
        hf_fail(err, HF_E_LOCKED, "another run is writing %s", p->path);
        return hf_hint(err, "wait for it, or choose another target");
    }
    if (hf_io_remove_tree(p->dir, p->temp) == 0 || errno == ENOENT)
        return HF_OK;
    return hf_fail_sys(err, "cannot remove %s.partial, left over by an earlier run", p->path);
}

static hf_status create(hf_partial *p, mode_t mode, hf_err **err)
{
    if (p->is_folder) {
        if (mkdirat(p->dir, p->temp, mode) == 0)
            p->fd = openat(p->dir, p->temp, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    } else {
        p->fd = openat(p->dir, p->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    }
    if (p->fd < 0)
        return hf_fail_sys(err, "cannot create %s.partial", p->path);
    /* Best effort: file systems without locks only lose the warning about a second run. */
    (void)flock(p->fd, LOCK_EX | LOCK_NB);
    return HF_OK;
}

hf_status hf_partial_open(hf_partial *p, const char *target, bool is_folder, mode_t mode,
                          bool overwrite, hf_err **err)
{
    hf_status rc;

    *p = (hf_partial){ .dir = -1,
                       .fd = -1,
                       .path = hf_strdup(target),
                       .is_folder = is_folder,
                       .overwrite = overwrite };
    rc = find_place(p, err);
    if (rc == HF_OK)
        rc = check_target(p, err);
    if (rc == HF_OK)
        rc = remove_stale(p, err);
    if (rc == HF_OK)
        rc = create(p, mode, err);
    if (rc != HF_OK)
        clear(p);
    return rc;
}

/* A folder can be renamed over an empty one only; a full one is exchanged with the partial, which
 * keeps one of them in place at every moment, and then removed. */
static int publish_folder(const hf_partial *p)
{
    if (renameat(p->dir, p->temp, p->dir, p->name) == 0)
        return 0;
    if (!p->overwrite || (errno != ENOTEMPTY && errno != EEXIST))
        return -1;
    if (renameat2(p->dir, p->temp, p->dir, p->name, RENAME_EXCHANGE) != 0)
        return -1;
    /* What cannot be removed stays as TARGET.partial; the next run tries again. */
    (void)hf_io_remove_tree(p->dir, p->temp);
    return 0;
}

static int publish_file(const hf_partial *p)
{
    if (p->overwrite)
        return renameat(p->dir, p->temp, p->dir, p->name);
    if (renameat2(p->dir, p->temp, p->dir, p->name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    /* Without RENAME_NOREPLACE (NFS): a link refuses an existing target just as well. */
    if (linkat(p->dir, p->temp, p->dir, p->name, 0) != 0)
        return -1;
    return unlinkat(p->dir, p->temp, 0);
}

hf_status hf_partial_sync(hf_partial *p, hf_err **err)
{
    /* One syncfs for a folder: thirty thousand fsyncs would take minutes. */
    if ((p->is_folder ? syncfs(p->fd) : fsync(p->fd)) != 0)
        return hf_fail_sys(err, "cannot bring %s to the disk", p->path);
    return HF_OK;
}

hf_status hf_partial_commit(hf_partial *p, hf_err **err)
{
    hf_status rc = hf_partial_sync(p, err);

    if (rc == HF_OK && (p->is_folder ? publish_folder(p) : publish_file(p)) != 0)
        rc = errno == EEXIST || errno == ENOTEMPTY
                 ? hf_fail(err, HF_E_EXISTS, "%s was made by somebody else meanwhile", p->path)
                 : hf_fail_sys(err, "cannot publish %s", p->path);
    if (rc != HF_OK) {
        hf_partial_abort(p);
        return rc;
    }
    if (fsync(p->dir) != 0 && errno != EINVAL) /* EINVAL: a file system without folder sync */
        rc = hf_fail_sys(err, "cannot bring the folder of %s to the disk", p->path);
    clear(p);
    return rc;
}

void hf_partial_abort(hf_partial *p)
{
    if (p->fd >= 0 && p->temp != NULL)
        (void)hf_io_remove_tree(p->dir, p->temp);
    clear(p);
}
