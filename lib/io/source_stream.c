/* io/source_stream.c: reading the members of a source, and its digest.
 *
 * Every byte is counted: a member that gives more than it declared is stopped there, so the checks
 * made on declared sizes when the source was opened bind what is really read.
 */
#include "io/source_priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

enum { CHUNK_BYTES = 128 * 1024, FIRST_RESERVE = 64 * 1024 * 1024 };

enum { SKIP_BYTES = 64 * 1024 };

static hf_status at_member(const hf_stream *st, hf_err **err)
{
    return hf_err_at(err, st->src->path, st->src->members[st->index].name, st->at);
}

static hf_status changed(hf_stream *st, const char *how, hf_err **err)
{
    hf_fail(err, HF_E_DAMAGED, "the file %s while it was read", how);
    hf_hint(err, "read a copy that nobody writes to");
    return at_member(st, err);
}

static hf_status open_file(hf_stream *st, hf_err **err)
{
    const hf_source *s = st->src;
    const hf_member *m = &s->members[st->index];
    struct stat now;

    st->fd = hf_io_open_below(s->fd, m->name, 0);
    if (st->fd < 0 || fstat(st->fd, &now) != 0) {
        hf_fail_sys(err, "cannot open");
        return at_member(st, err);
    }
    if (!S_ISREG(now.st_mode) || (uint64_t)now.st_size != m->size)
        return changed(st, "changed", err);
    return HF_OK;
}

hf_status hf_source_read(hf_source *s, uint32_t index, hf_stream **out, hf_err **err)
{
    const hf_member *m = &s->members[index];
    hf_stream *st = HF_NEW(hf_stream);
    hf_status rc = HF_OK;

    st->src = s;
    st->index = index;
    st->fd = -1;
    if (m->is_encrypted) {
        hf_fail(err, HF_E_NO_KEY, "the member is encrypted");
        hf_hint(err, "decrypt the container first");
        rc = hf_err_at(err, s->path, m->name, 0);
    } else if (s->ops == NULL && s->spool < 0 && s->kind == HF_SOURCE_FOLDER &&
               m->type == HF_MEMBER_FILE) {
        rc = open_file(st, err);
    } else if (s->spool < 0 && s->zip != NULL && m->type != HF_MEMBER_FOLDER) {
        rc = hf_zip_stream_open(st, err);
    }
    if (rc != HF_OK) {
        hf_stream_close(st);
        return rc;
    }
    *out = st;
    return HF_OK;
}

/* A region of a file, or the file as a whole: when own is set, it must end where it was said to. */
static hf_status read_region(hf_stream *st, int fd, uint64_t start, bool own, void *to, size_t n,
                             size_t *got, hf_err **err)
{
    uint64_t left = st->src->members[st->index].size - st->at;
    hf_status rc;

    if (left == 0 && own) {
        char more;

        rc = hf_io_pread(fd, &more, 1, st->at, got, err);
        if (rc == HF_OK && *got > 0)
            rc = changed(st, "grew", err);
        *got = 0;
        return rc == HF_OK ? rc : at_member(st, err);
    }
    rc = hf_io_pread(fd, to, n < left ? n : (size_t)left, start + st->at, got, err);
    if (rc != HF_OK)
        return at_member(st, err);
    if (*got == 0 && left > 0)
        return changed(st, "shrank", err);
    return HF_OK;
}

static hf_status read_text(hf_stream *st, hf_view text, void *to, size_t n, size_t *got)
{
    hf_view rest = hf_view_sub(text, (size_t)st->at, n);

    if (rest.n > 0)
        memcpy(to, rest.p, rest.n);
    *got = rest.n;
    return HF_OK;
}

static hf_status read_some(hf_stream *st, void *to, size_t n, size_t *got, hf_err **err)
{
    hf_source *s = st->src;
    const hf_member *m = &s->members[st->index];

    if (st->zip != NULL)
        return hf_zip_stream_read(st, to, n, got, err);
    if (m->type != HF_MEMBER_FILE)
        return read_text(st, m->link, to, n, got);
    if (s->ops != NULL)
        return s->ops->read(s->self, st->index, st->at, to, n, got, err);
    if (s->spool >= 0)
        return read_region(st, s->spool, s->start[st->index], false, to, n, got, err);
    return read_region(st, st->fd >= 0 ? st->fd : s->fd, 0, true, to, n, got, err);
}

hf_status hf_stream_read(hf_stream *st, void *to, size_t n, size_t *got, hf_err **err)
{
    hf_err *why = NULL;
    hf_status rc;

    *got = 0;
    if (st->ended || n == 0)
        return HF_OK;
    rc = read_some(st, to, n, got, &why);
    if (rc == HF_E_DAMAGED && st->src->limits.salvage) {
        *got = 0;
        st->src->members[st->index].size = st->at;
        hf_source_note_damage(st->src, st->index, why);
        why = NULL;
        rc = HF_OK;
    }
    if (rc != HF_OK) {
        *got = 0;
        hf_io_raise(err, why);
        return rc;
    }
    st->at += *got;
    st->ended = *got == 0;
    return HF_OK;
}

hf_status hf_stream_skip(hf_stream *st, uint64_t n, hf_err **err)
{
    uint64_t left = st->src->members[st->index].size - st->at;
    char *chunk;
    size_t got = 1;
    hf_status rc = HF_OK;

    if (st->zip == NULL) {
        st->at += n < left ? n : left;
        return HF_OK;
    }
    chunk = hf_alloc(SKIP_BYTES);
    while (rc == HF_OK && n > 0 && got > 0) {
        rc = hf_stream_read(st, chunk, n < SKIP_BYTES ? (size_t)n : SKIP_BYTES, &got, err);
        n -= got;
    }
    hf_free(chunk);
    return rc;
}

void hf_stream_close(hf_stream *st)
{
    if (st == NULL)
        return;
    if (st->fd >= 0)
        close(st->fd);
    if (st->zip != NULL)
        zip_fclose(st->zip);
    hf_free(st);
}

/* Room for the next read in b: at least one byte unless b is at its maximum. */
static size_t make_room(hf_buf *b)
{
    size_t end;

    if (b->n == b->cap && b->n < b->max)
        hf_buf_reserve(b, b->max - b->n < CHUNK_BYTES ? b->max - b->n : CHUNK_BYTES);
    end = b->cap < b->max ? b->cap : b->max;
    return end - b->n;
}

static hf_status slurp(hf_stream *st, hf_buf *b, hf_err **err)
{
    for (;;) {
        size_t room = make_room(b), got;
        char beyond;
        hf_status rc =
            hf_stream_read(st, room > 0 ? b->p + b->n : &beyond, room > 0 ? room : 1, &got, err);

        if (rc != HF_OK || got == 0)
            return rc;
        if (room == 0) {
            hf_fail(err, HF_E_LIMIT, "larger than %zu bytes", b->max);
            return at_member(st, err);
        }
        b->n += got;
    }
}

hf_status hf_source_slurp(hf_source *s, uint32_t index, hf_buf *b, hf_err **err)
{
    uint64_t size = s->members[index].size;
    hf_stream *st = NULL;
    hf_status rc = hf_source_read(s, index, &st, err);

    if (rc != HF_OK)
        return rc;
    /* The declared size saves copying; it is not trusted with much memory. */
    if (size <= FIRST_RESERVE && size <= b->max - b->n)
        hf_buf_reserve(b, (size_t)size);
    rc = slurp(st, b, err);
    hf_stream_close(st);
    return rc;
}

static hf_status digest_file(hf_source *s, hf_sha256_ctx *c, hf_err **err)
{
    char *chunk = hf_alloc(CHUNK_BYTES);
    uint64_t at = 0;
    size_t got;
    hf_status rc;

    do {
        rc = hf_io_pread(s->fd, chunk, CHUNK_BYTES, at, &got, err);
        hf_sha256_add(c, (hf_view){ chunk, rc == HF_OK ? got : 0 });
        at += got;
    } while (rc == HF_OK && got > 0);
    hf_free(chunk);
    return rc;
}

hf_status hf_source_digest(hf_source *s, hf_sha256 *out, hf_err **err)
{
    hf_sha256_ctx *c = hf_sha256_new();
    hf_status rc = HF_OK;

    hf_sha256_begin(c);
    if (s->kind != HF_SOURCE_FOLDER && s->ops == NULL)
        rc = digest_file(s, c, err);
    else
        for (uint32_t i = 0; i < s->n; i++) {
            const hf_member *m = &s->members[i];
            char tail[48];
            int n = snprintf(tail, sizeof(tail), "%c%c%llu\n", 0, "fdl"[m->type],
                             (unsigned long long)m -> size);

            hf_sha256_add(c, m->name);
            hf_sha256_add(c, (hf_view){ tail, (size_t)n });
        }
    *out = hf_sha256_finish(c);
    hf_sha256_free(c);
    return rc == HF_OK ? rc : hf_err_at(err, s->path, HF_V(""), HF_NO_OFFSET);
}
