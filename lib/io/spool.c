/* io/spool.c: members that can be read at any place. */
#include "io/spool.h"
#include "io/source_priv.h"
#include "util/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SPOOL_CHUNK = 128 * 1024, SAID_BYTES = 400, WAIT_MS = 20 };

struct hf_spool {
    hf_source *src;
    uint32_t index;
    int fd;
    bool is_own; /* fd is a temporary file of ours */
    uint64_t size;
};

static hf_status at_member(const hf_spool *sp, hf_err **err)
{
    bool is_file = sp->src->kind == HF_SOURCE_FILE; /* its only member has its own name */

    return hf_err_at(err, sp->src->path, is_file ? HF_V("") : sp->src->members[sp->index].name,
                     HF_NO_OFFSET);
}

hf_status hf_spool_forgive(hf_spool *sp, hf_err **err)
{
    if (!sp->src->limits.salvage || *err == NULL)
        return at_member(sp, err);
    hf_source_note_damage(sp->src, sp->index, *err);
    *err = NULL;
    return HF_OK;
}

static void set_fd(hf_spool *sp, int fd, bool is_own, uint64_t size)
{
    if (sp->is_own)
        close(sp->fd);
    sp->fd = fd;
    sp->is_own = is_own;
    sp->size = size;
}

static hf_status check_ratio(const hf_spool *sp, uint64_t packed, uint64_t size, hf_err **err)
{
    return hf_source_check_ratio(sp->src, sp->src->members[sp->index].name, packed, size, err);
}

/* --- taking the bytes in -------------------------------------------------------------------------
 */

/* A member of a container, or one whose bytes somebody else keeps. */
static hf_status copy_member(hf_spool *sp, hf_err **err)
{
    hf_stream *st = NULL;
    char *chunk = hf_alloc(SPOOL_CHUNK);
    uint64_t size = 0;
    size_t got = 1;
    int fd = -1;
    hf_status rc = hf_io_temp(&fd, err);

    if (rc == HF_OK)
        rc = hf_source_read(sp->src, sp->index, &st, err);
    while (rc == HF_OK && got > 0) {
        rc = hf_stop_check(err);
        if (rc == HF_OK)
            rc = hf_stream_read(st, chunk, SPOOL_CHUNK, &got, err);
        if (rc == HF_OK)
            rc = hf_io_write(fd, (hf_view){ chunk, got }, "a temporary file", err);
        size += rc == HF_OK ? got : 0;
    }
    hf_stream_close(st);
    hf_free(chunk);
    if (rc == HF_OK)
        set_fd(sp, fd, true, size);
    else if (fd >= 0)
        close(fd);
    return rc;
}

static hf_status unpack_all(hf_spool *sp, hf_unpack *u, int to, uint64_t *size, hf_err **err)
{
    char *chunk = hf_alloc(SPOOL_CHUNK);
    size_t got = 1;
    hf_status rc = HF_OK;

    while (rc == HF_OK && got > 0) {
        rc = hf_unpack_read(u, chunk, SPOOL_CHUNK, &got, err);
        if (rc == HF_E_DAMAGED) {
            rc = hf_spool_forgive(sp, err);
            got = 0;
        }
        if (rc == HF_OK)
            rc = hf_io_write(to, (hf_view){ chunk, got }, "a temporary file", err);
        *size += rc == HF_OK ? got : 0;
        if (rc == HF_OK)
            rc = check_ratio(sp, hf_unpack_consumed(u), *size, err);
    }
    hf_free(chunk);
    return rc;
}

static hf_status unpack(hf_spool *sp, hf_err **err)
{
    hf_unpack *u = NULL;
    uint64_t size = 0;
    int fd = -1;
    hf_err *why = NULL;
    hf_status rc = hf_unpack_open(&u, sp->fd, err);

    if (rc == HF_OK && hf_unpack_packing(u) != HF_PACKING_NONE) {
        rc = hf_io_temp(&fd, err);
        if (rc == HF_OK)
            rc = unpack_all(sp, u, fd, &size, &why);
        hf_io_raise(err, why);
        if (rc == HF_OK)
            set_fd(sp, fd, true, size);
        else if (fd >= 0)
            close(fd);
    }
    hf_unpack_close(u);
    return rc;
}

hf_status hf_spool_open(hf_spool **out, hf_source *s, uint32_t index, hf_err **err)
{
    hf_spool *sp = HF_NEW(hf_spool);
    hf_status rc = HF_OK;

    *sp = (hf_spool){ .src = s, .index = index, .fd = -1 };
    if (s->kind == HF_SOURCE_FILE && s->ops == NULL)
        set_fd(sp, s->fd, false, s->members[index].size);
    else
        rc = copy_member(sp, err);
    if (rc == HF_OK)
        rc = unpack(sp, err);
    if (rc != HF_OK) {
        at_member(sp, err);
        hf_spool_close(sp);
        return rc;
    }
    *out = sp;
    return HF_OK;
}

void hf_spool_close(hf_spool *sp)
{
    if (sp == NULL)
        return;
    if (sp->is_own)
        close(sp->fd);
    hf_free(sp);
}

/* --- through a program ---------------------------------------------------------------------------
 */

/* Start argv with these three descriptors; 0 or an errno. */
static int start(char *const argv[], int in, int out, int said, pid_t *pid)
{
    posix_spawn_file_actions_t acts;
    int sys = posix_spawn_file_actions_init(&acts);

    if (sys != 0)
        return sys;
    sys = posix_spawn_file_actions_adddup2(&acts, in, STDIN_FILENO);
    if (sys == 0)
        sys = posix_spawn_file_actions_adddup2(&acts, out, STDOUT_FILENO);
    if (sys == 0)
        sys = posix_spawn_file_actions_adddup2(&acts, said, STDERR_FILENO);
    if (sys == 0)
        sys = posix_spawnp(pid, argv[0], &acts, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&acts);
    return sys;
}

/* Wait for the program, and end it when we are told to end or when it writes without limit. */
static hf_status await(const hf_spool *sp, pid_t pid, int out, int *how, hf_err **err)
{
    hf_status rc = HF_OK;

    for (;;) {
        struct stat st;
        pid_t got = waitpid(pid, how, rc == HF_OK ? WNOHANG : 0);

        if (got == pid)
            return rc;
        if (got < 0 && errno != EINTR)
            return rc != HF_OK ? rc : hf_fail_sys(err, "cannot wait for a program");
        if (rc != HF_OK)
            continue;
        rc = hf_stop_check(err);
        if (rc == HF_OK && fstat(out, &st) == 0)
            rc = check_ratio(sp, sp->size, (uint64_t)st.st_size, err);
        if (rc != HF_OK)
            kill(pid, SIGTERM);
        else
            poll(NULL, 0, WAIT_MS);
    }
}

/* The first line that the program said on its error output. */
static hf_status program_failed(const char *name, int said, hf_err **err)
{
    char text[SAID_BYTES];
    size_t got = 0;
    hf_view line;
    hf_buf b;

    if (hf_io_pread(said, text, sizeof(text), 0, &got, NULL) != HF_OK)
        got = 0;
    line = hf_view_sub((hf_view){ text, got }, 0, hf_view_find_byte((hf_view){ text, got }, '\n'));
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_printable(&b, line);
    hf_fail(err, HF_E_DAMAGED, "%s cannot read it%s%s", name, b.n > 0 ? ": " : "", hf_buf_cstr(&b));
    hf_buf_clear(&b);
    return HF_E_DAMAGED;
}

static hf_status run(hf_spool *sp, char *const argv[], int out, int said, hf_err **err)
{
    int how = 0;
    pid_t pid;
    int sys;
    hf_status rc;

    if (lseek(sp->fd, 0, SEEK_SET) != 0)
        return hf_fail_sys(err, "cannot read");
    sys = start(argv, sp->fd, out, said, &pid);
    if (sys == ENOENT)
        return hf_fail(err, HF_E_UNSUPPORTED, "the program %s is needed and not installed",
                       argv[0]);
    if (sys != 0) {
        errno = sys;
        return hf_fail_sys(err, "cannot start %s", argv[0]);
    }
    rc = await(sp, pid, out, &how, err);
    if (rc == HF_OK && !(WIFEXITED(how) && WEXITSTATUS(how) == 0))
        rc = program_failed(argv[0], said, err);
    return rc;
}

hf_status hf_spool_filter(hf_spool *sp, char *const argv[], hf_err **err)
{
    int out = -1, said = -1;
    struct stat st = { .st_size = 0 };
    hf_err *why = NULL;
    hf_status rc = hf_io_temp(&out, err);

    if (rc == HF_OK)
        rc = hf_io_temp(&said, err);
    if (rc == HF_OK) {
        rc = run(sp, argv, out, said, &why);
        if (rc == HF_E_DAMAGED)
            rc = hf_spool_forgive(sp, &why);
        hf_io_raise(err, why);
    }
    if (rc == HF_OK && fstat(out, &st) != 0)
        rc = hf_fail_sys(err, "cannot read a temporary file");
    if (said >= 0)
        close(said);
    if (rc == HF_OK)
        set_fd(sp, out, true, (uint64_t)st.st_size);
    else if (out >= 0)
        close(out);
    return rc == HF_OK ? rc : at_member(sp, err);
}

/* --- reading -------------------------------------------------------------------------------------
 */

uint64_t hf_spool_size(const hf_spool *sp)
{
    return sp->size;
}

hf_status hf_spool_read(hf_spool *sp, uint64_t at, void *to, size_t n, size_t *got, hf_err **err)
{
    uint64_t left = at < sp->size ? sp->size - at : 0;
    size_t want = n < left ? n : (size_t)left;
    hf_status rc = hf_io_pread(sp->fd, to, want, at, got, err);

    if (rc == HF_OK && *got < want) {
        rc = hf_fail(err, HF_E_DAMAGED, "the file shrank while it was read");
        hf_hint(err, "read a copy that nobody writes to");
    }
    return rc == HF_OK ? rc : at_member(sp, err);
}

static void stream_head(hf_source *s, uint32_t index, hf_buf *out, size_t n)
{
    hf_stream *st = NULL;
    hf_err *err = NULL;
    size_t got = 1, most = out->n + n;

    if (hf_source_read(s, index, &st, &err) == HF_OK)
        while (out->n < most && got > 0 && hf_buf_reserve(out, most - out->n) &&
               hf_stream_read(st, out->p + out->n, most - out->n, &got, &err) == HF_OK)
            out->n += got;
    hf_stream_close(st);
    hf_err_free(err);
}

void hf_spool_head(hf_source *s, uint32_t index, hf_buf *out, size_t n)
{
    hf_unpack *u = NULL;
    hf_err *err = NULL;
    size_t got = 1, most = out->n + n;

    if (s->kind != HF_SOURCE_FILE || s->ops != NULL) {
        stream_head(s, index, out, n);
        return;
    }
    if (hf_unpack_open(&u, s->fd, &err) == HF_OK)
        while (out->n < most && got > 0 && hf_buf_reserve(out, most - out->n) &&
               hf_unpack_read(u, out->p + out->n, most - out->n, &got, &err) == HF_OK)
            out->n += got;
    hf_unpack_close(u);
    hf_err_free(err);
}
