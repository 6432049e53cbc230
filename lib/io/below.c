/* io/below.c: files below a folder. */
#include "io/below.h"

#include "io/io_priv.h"
#include "io/name.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct hf_below {
    int folder, fd; /* fd -1: no file is open */
    uint64_t at;
    char *path;
    hf_view name; /* of the open file; owned */
};

hf_status hf_below_open(hf_below **out, const char *folder, hf_err **err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hf_below *b;

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        hf_fail(err, HF_E_USAGE, "there is no such folder");
        return hf_err_at(err, folder, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    if (fd < 0) {
        hf_fail_sys(err, "cannot open the folder");
        return hf_err_at(err, folder, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    b = HF_NEW(hf_below);
    b->folder = fd;
    b->fd = -1;
    b->path = hf_strdup(folder);
    *out = b;
    return HF_OK;
}

static void close_file(hf_below *b)
{
    if (b->fd >= 0)
        close(b->fd);
    b->fd = -1;
    hf_free((void *)(uintptr_t)b->name.p);
    b->name = (hf_view){ NULL, 0 };
}

void hf_below_close(hf_below *b)
{
    if (b == NULL)
        return;
    close_file(b);
    close(b->folder);
    hf_free(b->path);
    hf_free(b);
}

static const char *why_not(int sys)
{
    switch (sys) {
    case ENOENT:
        return "it is not there";
    case ELOOP:
    case ENOTDIR: /* a link in the place of a folder, too */
        return "a link or a file stands in its path";
    case EACCES:
    case EPERM:
        return "it may not be read";
    default:
        return "the system does not open it";
    }
}

const char *hf_below_start(hf_below *b, hf_view name, hf_below_file *out)
{
    struct stat st;

    close_file(b);
    if (!hf_name_is_safe(name))
        return "its path would leave the folder";
    b->fd = hf_io_open_below(b->folder, name, 0);
    if (b->fd < 0)
        return why_not(errno);
    if (fstat(b->fd, &st) != 0)
        return why_not(errno);
    if (!S_ISREG(st.st_mode)) {
        close_file(b);
        return "it is no plain file";
    }
    b->at = 0;
    b->name = (hf_view){ hf_view_dup(name), name.n };
    *out = (hf_below_file){ (uint64_t)st.st_size,
                            st.st_mtim.tv_sec * HF_SECOND_US + st.st_mtim.tv_nsec / 1000,
                            st.st_mode & 07777 };
    return NULL;
}

hf_status hf_below_read(hf_below *b, void *to, size_t n, size_t *got, hf_err **err)
{
    hf_status rc = hf_io_pread(b->fd, to, n, b->at, got, err);

    if (rc != HF_OK)
        return hf_err_at(err, b->path, b->name, b->at);
    b->at += *got;
    return HF_OK;
}
