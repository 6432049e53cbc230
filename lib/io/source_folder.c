/* io/source_folder.c: a folder as a source. No link is ever followed below its root. */
#include "io/source_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_NAME = 64 * 1024 }; /* of one member; guards against folders nested without end */

/* Folders still to be read, by name below the root. */
typedef struct queue {
    hf_view *names;
    size_t n, cap;
} queue;

static void push(queue *q, hf_view name)
{
    if (q->n == q->cap) {
        q->cap = q->cap == 0 ? 64 : q->cap * 2;
        q->names = hf_realloc(q->names, q->cap, sizeof(*q->names));
    }
    q->names[q->n++] = name;
}

static hf_status add_entry(hf_source *s, queue *q, int dir, hf_view name, const char *base,
                           hf_err **err)
{
    struct stat st;
    hf_member m = { .name = name, .type = HF_MEMBER_FILE };
    char target[PATH_MAX];

    if (fstatat(dir, base, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return hf_fail_sys(err, "cannot look at it");
    m.mtime_us = st.st_mtim.tv_sec * HF_SECOND_US + st.st_mtim.tv_nsec / 1000;
    m.mode = st.st_mode & 07777;
    if (S_ISDIR(st.st_mode)) {
        push(q, hf_arena_dup(s->mem, name));
        return HF_OK;
    }
    if (S_ISLNK(st.st_mode)) {
        ssize_t n = readlinkat(dir, base, target, sizeof(target));

        if (n < 0)
            return hf_fail_sys(err, "cannot read the link");
        m.type = HF_MEMBER_LINK;
        m.link = (hf_view){ target, (size_t)n };
        m.size = (uint64_t)n;
    } else if (S_ISREG(st.st_mode)) {
        m.size = (uint64_t)st.st_size;
    } else {
        hf_fail(err, HF_E_UNSUPPORTED, "neither a file, a folder nor a link");
        return hf_hint(err, "remove it from the folder");
    }
    return hf_source_add(s, &m, err);
}

/* Read one folder; its own name is taken off the queue already. */
static hf_status read_folder(hf_source *s, queue *q, DIR *d, hf_view folder, hf_err **err)
{
    hf_buf name;
    struct dirent *e;
    bool empty = true;
    hf_status rc = HF_OK;

    hf_buf_init(&name, MAX_NAME);
    for (errno = 0; rc == HF_OK && (e = readdir(d)) != NULL; errno = 0) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        empty = false;
        hf_buf_reset(&name);
        hf_buf_add(&name, folder);
        if (folder.n > 0)
            hf_buf_byte(&name, '/');
        hf_buf_str(&name, e->d_name);
        rc = name.full ? hf_fail(err, HF_E_UNSUPPORTED, "folders are nested too deeply")
                       : add_entry(s, q, dirfd(d), hf_buf_view(&name), e->d_name, err);
        if (rc != HF_OK)
            hf_err_at(err, s->path, hf_buf_view(&name), HF_NO_OFFSET);
    }
    if (rc == HF_OK && errno != 0)
        rc = hf_fail_sys(err, "cannot read the folder");
    if (rc == HF_OK && empty && folder.n > 0) {
        struct stat st;
        hf_member m = { .type = HF_MEMBER_FOLDER, .mtime_us = HF_NO_TIME };

        if (fstat(dirfd(d), &st) == 0) {
            m.mtime_us = st.st_mtim.tv_sec * HF_SECOND_US + st.st_mtim.tv_nsec / 1000;
            m.mode = st.st_mode & 07777;
        }
        hf_buf_reset(&name);
        hf_buf_add(&name, folder);
        hf_buf_byte(&name, '/');
        m.name = hf_buf_view(&name);
        rc = hf_source_add(s, &m, err);
    }
    hf_buf_clear(&name);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return hf_view_cmp(((const hf_member *)a)->name, ((const hf_member *)b)->name);
}

hf_status hf_source_list_folder(hf_source *s, hf_err **err)
{
    queue q = { 0 };
    hf_status rc = HF_OK;

    for (push(&q, HF_V("")); rc == HF_OK && q.n > 0;) {
        hf_view folder = q.names[--q.n];
        int fd = hf_io_open_below(s->fd, folder.n == 0 ? HF_V(".") : folder, O_DIRECTORY);
        DIR *d = fd < 0 ? NULL : fdopendir(fd);

        if (d == NULL) {
            rc = hf_fail_sys(err, "cannot open the folder");
            if (fd >= 0)
                close(fd);
        } else {
            rc = read_folder(s, &q, d, folder, err);
            closedir(d);
        }
        if (rc != HF_OK)
            hf_err_at(err, s->path, folder, HF_NO_OFFSET);
    }
    hf_free(q.names);
    if (s->n > 1)
        qsort(s->members, s->n, sizeof(*s->members), by_name);
    return rc;
}
