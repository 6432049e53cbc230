/* io/source.c: opening a source of any kind, and what the kinds share. */
#include "io/source_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#define DEFAULT_MEMBER_BYTES (UINT64_C(8) << 30)
#define DEFAULT_MEMBERS      UINT64_C(10000000)

enum { DEFAULT_RATIO = 200, COPY_BYTES = 128 * 1024, TAR_BLOCK = 512 };

struct hf_name_index {
    uint64_t seed;   /* random, so that no container can be built to make lookups slow */
    uint32_t *slots; /* member index + 1; 0 is free */
    size_t n;        /* a power of two */
};

/* --- opening ------------------------------------------------------------------------------------
 */

static hf_source *source_new(const char *path, const hf_source_limits *limits)
{
    hf_source *s = HF_NEW(hf_source);

    s->path = hf_strdup(path);
    s->fd = s->spool = -1;
    s->mem = hf_arena_new();
    s->names = HF_NEW(hf_name_index);
    s->mtime_us = HF_NO_TIME;
    if (limits != NULL)
        s->limits = *limits;
    if (s->limits.max_member_bytes == 0)
        s->limits.max_member_bytes = DEFAULT_MEMBER_BYTES;
    if (s->limits.max_members == 0)
        s->limits.max_members = DEFAULT_MEMBERS;
    if (s->limits.max_members > UINT32_MAX - 1)
        s->limits.max_members = UINT32_MAX - 1;
    if (s->limits.max_ratio == 0)
        s->limits.max_ratio = DEFAULT_RATIO;
    return s;
}

void hf_source_close(hf_source *s)
{
    if (s == NULL)
        return;
    if (s->ops != NULL && s->ops->close != NULL)
        s->ops->close(s->self);
    if (s->zip != NULL)
        zip_discard(s->zip);
    if (s->fd >= 0)
        close(s->fd);
    if (s->spool >= 0)
        close(s->spool);
    hf_free(s->members);
    hf_free(s->start);
    hf_free(s->names->slots);
    hf_free(s->names);
    hf_free(s->unflag);
    hf_free(s->damage);
    hf_free(s->first_damage);
    hf_free(s->path);
    hf_arena_free(s->mem);
    hf_free(s);
}

static hf_status spool_stdin(hf_source *s, hf_err **err)
{
    char *chunk;
    ssize_t n;
    hf_status rc = hf_io_temp(&s->fd, err);

    if (rc != HF_OK)
        return rc;
    chunk = hf_alloc(COPY_BYTES);
    while (rc == HF_OK && (n = read(STDIN_FILENO, chunk, COPY_BYTES)) != 0) {
        if (n > 0) {
            s->bytes += (uint64_t)n;
            rc = hf_io_write(s->fd, (hf_view){ chunk, (size_t)n }, "the spool of standard input",
                             err);
        } else if (errno != EINTR) {
            rc = hf_fail_sys(err, "cannot read standard input");
        }
    }
    hf_free(chunk);
    return rc;
}

/* Look before opening: opening a device can act on it, opening a pipe can wait for ever. */
static hf_status open_path(hf_source *s, mode_t *mode, hf_err **err)
{
    struct stat st;

    if (stat(s->path, &st) != 0)
        return hf_fail_sys(err, "cannot open");
    if (S_ISDIR(st.st_mode) || S_ISREG(st.st_mode)) {
        s->fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (s->fd < 0 || fstat(s->fd, &st) != 0)
            return hf_fail_sys(err, "cannot open");
    }
    if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)) {
        hf_fail(err, HF_E_UNSUPPORTED, "neither a file nor a folder");
        return hf_hint(err, "give - to read from standard input");
    }
    *mode = st.st_mode;
    s->bytes = (uint64_t)st.st_size;
    s->mtime_us = st.st_mtim.tv_sec * HF_SECOND_US + st.st_mtim.tv_nsec / 1000;
    s->mode = st.st_mode & 07777;
    return HF_OK;
}

static hf_status list_file(hf_source *s, hf_err **err)
{
    hf_view name = hf_view_str(s->path);
    size_t slash = hf_view_find_last(name, '/');
    hf_member m = { .type = HF_MEMBER_FILE,
                    .name = slash == HF_NPOS ? name : hf_view_from(name, slash + 1),
                    .size = s->bytes,
                    .mtime_us = s->mtime_us,
                    .mode = s->mode };

    s->kind = HF_SOURCE_FILE;
    return hf_source_add(s, &m, err);
}

/* POSIX.1-2017 pax, ustar: eight octal digits at 148 hold the sum of all bytes of the header with
 * these eight taken as blanks. Some old writers summed signed bytes. */
static bool is_tar_header(const uint8_t block[TAR_BLOCK])
{
    int64_t sum = 0, signed_sum = 0;
    uint64_t want = 0;
    size_t i = 148;

    while (i < 156 && block[i] == ' ')
        i++;
    if (i == 156 || block[i] < '0' || block[i] > '7')
        return false;
    for (; i < 156 && block[i] >= '0' && block[i] <= '7'; i++)
        want = want * 8 + (uint64_t)(block[i] - '0');
    for (i = 0; i < TAR_BLOCK; i++) {
        uint8_t b = i >= 148 && i < 156 ? ' ' : block[i];

        sum += b;
        signed_sum += (int8_t)b;
    }
    return (int64_t)want == sum || (int64_t)want == signed_sum;
}

static bool is_named_tar(hf_view path)
{
    static const char *const endings[] = { ".tar", ".tar.gz", ".tgz", ".tar.zst", ".tzst" };

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (hf_view_ends(path, hf_view_str(endings[i])))
            return true;
    return false;
}

static bool is_zero(const uint8_t *p, size_t n)
{
    return n > 0 && p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

/* A tar is told by its first header, behind the compression if there is one. Zeros alone are an
 * empty tar by content, but only the name can say that they are meant as one. A file that is named
 * like a tar and is none is damaged rather than unknown. */
static hf_status list_tar_or_file(hf_source *s, hf_err **err)
{
    bool named = is_named_tar(hf_view_str(s->path));
    uint8_t block[TAR_BLOCK];
    size_t have = 0, got = 1;
    hf_unpack *u = NULL;
    hf_err *broken = NULL;
    hf_status rc = hf_unpack_open(&u, s->fd, err);

    if (rc != HF_OK)
        return rc;
    while (have < sizeof(block) && got > 0 &&
           hf_unpack_read(u, block + have, sizeof(block) - have, &got, &broken) == HF_OK)
        have += got;
    hf_unpack_close(u);
    u = NULL;
    if (have == sizeof(block) && (is_tar_header(block) || (named && is_zero(block, have)))) {
        hf_err_free(broken); /* the reading of the whole will meet it again */
        s->kind = HF_SOURCE_TAR;
        rc = hf_unpack_open(&u, s->fd, err);
        if (rc == HF_OK)
            rc = hf_source_list_tar(s, u, err);
        hf_unpack_close(u);
        return rc;
    }
    if (!named) {
        hf_err_free(broken); /* a file like any other; what it holds is for its reader to say */
        return list_file(s, err);
    }
    if (broken == NULL)
        hf_fail(&broken, HF_E_DAMAGED, "named like a tar, but does not begin like one");
    hf_io_raise(err, broken);
    return HF_E_DAMAGED;
}

static bool is_zip(const uint8_t head[8], size_t n)
{
    static const uint8_t starts[][4] = {
        { 'P', 'K', 3, 4 },
        { 'P', 'K', 5, 6 }, /* the second: an empty archive */
        { 'P', 'K', 7, 8 },
        { 'P', 'K', '0', '0' } /* markers of split archives, 8.5.3 and 8.5.4 */
    };

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        if (n >= 4 && memcmp(head, starts[i], 4) == 0)
            return i < 2 || (n >= 8 && memcmp(head + 4, starts[0], 4) == 0);
    return false;
}

static hf_status list_zip(hf_source *s, hf_err **err)
{
    hf_err *why = NULL;
    hf_status rc;

    s->kind = HF_SOURCE_ZIP;
    rc = hf_source_list_zip(s, &why);
    if (rc == HF_E_DAMAGED && s->limits.salvage) {
        hf_source_note_damage(s, UINT32_MAX, why);
        return hf_source_salvage_zip(s, err);
    }
    if (rc == HF_E_DAMAGED)
        hf_hint(&why, "get the file again, or read what is left of it with --salvage");
    hf_io_raise(err, why);
    return rc;
}

/* What the file at s->fd is. */
static hf_status open_fd(hf_source *s, hf_err **err)
{
    uint8_t head[8];
    size_t got;
    hf_status rc = hf_io_pread(s->fd, head, sizeof(head), 0, &got, err);

    if (rc != HF_OK)
        return rc;
    return is_zip(head, got) ? list_zip(s, err) : list_tar_or_file(s, err);
}

static hf_status open_any(hf_source *s, hf_err **err)
{
    bool is_stdin = strcmp(s->path, "-") == 0;
    mode_t mode = S_IFREG;
    hf_status rc = is_stdin ? spool_stdin(s, err) : open_path(s, &mode, err);

    if (rc != HF_OK)
        return rc;
    if (S_ISDIR(mode)) {
        s->kind = HF_SOURCE_FOLDER;
        return hf_source_list_folder(s, err);
    }
    return open_fd(s, err);
}

hf_status hf_source_open_member(hf_source **out, hf_source *of, uint32_t index,
                                const hf_source_limits *limits, hf_err **err)
{
    hf_view name = of->members[index].name;
    char *path = hf_sprintf("%s/%.*s", of->path, (int)name.n, name.p);
    hf_source *s = source_new(path, limits);
    char *chunk = hf_alloc(COPY_BYTES);
    hf_stream *st = NULL;
    size_t got = 1;
    hf_status rc = hf_source_read(of, index, &st, err);

    s->mode = of->members[index].mode;
    s->mtime_us = of->members[index].mtime_us;
    if (rc == HF_OK)
        rc = hf_io_temp(&s->fd, err);
    while (rc == HF_OK && got > 0) {
        rc = hf_stream_read(st, chunk, COPY_BYTES, &got, err);
        if (rc == HF_OK)
            rc = hf_io_write(s->fd, (hf_view){ chunk, got }, "the temporary spool", err);
        s->bytes += got;
    }
    if (rc == HF_OK)
        rc = open_fd(s, err);
    hf_stream_close(st);
    hf_free(chunk);
    if (rc != HF_OK) {
        hf_err_at(err, path, HF_V(""), HF_NO_OFFSET);
        hf_source_close(s);
    } else {
        *out = s;
    }
    hf_free(path);
    return rc;
}

hf_status hf_source_open(hf_source **out, const char *path, const hf_source_limits *limits,
                         hf_err **err)
{
    hf_source *s = source_new(path, limits);
    hf_status rc = open_any(s, err);

    if (rc != HF_OK) {
        hf_err_at(err, strcmp(path, "-") == 0 ? "standard input" : path, HF_V(""), HF_NO_OFFSET);
        hf_source_close(s);
        return rc;
    }
    *out = s;
    return HF_OK;
}

hf_status hf_source_over(hf_source **out, const char *path, hf_source_kind kind,
                         const hf_member *members, uint32_t n, const hf_source_ops *ops, void *self,
                         hf_err **err)
{
    hf_source *s = source_new(path, NULL);
    hf_status rc = HF_OK;

    s->kind = kind;
    for (uint32_t i = 0; i < n && rc == HF_OK; i++)
        rc = hf_source_add(s, &members[i], err);
    if (rc != HF_OK) {
        hf_source_close(s);
        return rc;
    }
    s->ops = ops;
    s->self = self;
    *out = s;
    return HF_OK;
}

/* --- what the kinds share -----------------------------------------------------------------------
 */

hf_status hf_source_add(hf_source *s, const hf_member *m, hf_err **err)
{
    hf_member *to;

    if (s->n >= s->limits.max_members)
        return hf_fail(err, HF_E_BOMB, "more than %llu members",
                       (unsigned long long)s->limits.max_members);
    if (s->n == s->cap) {
        s->cap = s->cap == 0 ? 64 : s->cap > UINT32_MAX / 2 ? UINT32_MAX : s->cap * 2;
        s->members = hf_realloc(s->members, s->cap, sizeof(*s->members));
        if (s->spool >= 0)
            s->start = hf_realloc(s->start, s->cap, sizeof(*s->start));
    }
    to = &s->members[s->n++];
    *to = *m;
    to->name = hf_arena_dup(s->mem, m->name);
    to->link = hf_arena_dup(s->mem, m->link);
    if (__builtin_add_overflow(s->total, m->size, &s->total))
        s->total = UINT64_MAX;
    return HF_OK;
}

hf_status hf_source_check_size(const hf_source *s, hf_view name, uint64_t size, hf_err **err)
{
    if (size <= s->limits.max_member_bytes)
        return HF_OK;
    hf_fail(err, HF_E_BOMB, "a member of more than %llu bytes",
            (unsigned long long)s->limits.max_member_bytes);
    return hf_err_at(err, NULL, name, HF_NO_OFFSET);
}

hf_status hf_source_check_ratio(const hf_source *s, hf_view name, uint64_t packed, uint64_t size,
                                hf_err **err)
{
    if (size <= HF_RATIO_FREE_BYTES || size / (packed == 0 ? 1 : packed) < s->limits.max_ratio)
        return HF_OK;
    hf_fail(err, HF_E_BOMB, "%llu bytes expand to %llu, past the limit of %lu to 1",
            (unsigned long long)packed, (unsigned long long)size,
            (unsigned long)s->limits.max_ratio);
    return hf_err_at(err, NULL, name, HF_NO_OFFSET);
}

/* "member: what (at byte n)", the way the first damage is told. */
static char *describe(const hf_err *why)
{
    char *text = hf_sprintf("%s%s%s", why->member == NULL ? "" : why->member,
                            why->member == NULL ? "" : ": ", why->message);
    char *with_place;

    if (why->offset == HF_NO_OFFSET)
        return text;
    with_place = hf_sprintf("%s (at byte %llu)", text, (unsigned long long)why->offset);
    hf_free(text);
    return with_place;
}

void hf_source_note_damage(hf_source *s, uint32_t member, hf_err *why)
{
    if (member == UINT32_MAX || !s->members[member].is_damaged) {
        if (member != UINT32_MAX)
            s->members[member].is_damaged = true;
        if (s->damages++ == 0) {
            s->first_damage = describe(why);
            s->damage = hf_strdup(s->first_damage);
        } else {
            hf_free(s->damage);
            s->damage =
                hf_sprintf("%s, and %lu more", s->first_damage, (unsigned long)s->damages - 1);
        }
    }
    hf_err_free(why);
}

hf_source_kind hf_source_get_kind(const hf_source *s)
{
    return s->kind;
}

const char *hf_source_path(const hf_source *s)
{
    return s->path;
}

const char *hf_source_damage(const hf_source *s)
{
    return s->damage;
}

uint32_t hf_source_count(const hf_source *s)
{
    return s->n;
}

const hf_member *hf_source_member(const hf_source *s, uint32_t index)
{
    return &s->members[index];
}

uint64_t hf_source_total(const hf_source *s)
{
    return s->total;
}

static size_t slot_of(const hf_source *s, hf_view name)
{
    const hf_name_index *x = s->names;
    size_t i = hf_hash64(name, x->seed) & (x->n - 1);

    while (x->slots[i] != 0 && !hf_view_eq(s->members[x->slots[i] - 1].name, name))
        i = (i + 1) & (x->n - 1);
    return i;
}

uint32_t hf_source_find(const hf_source *s, hf_view name)
{
    hf_name_index *x = s->names;

    if (x->n == 0) {
        if (getrandom(&x->seed, sizeof(x->seed), GRND_NONBLOCK) != (ssize_t)sizeof(x->seed))
            x->seed = (uint64_t)hf_now_us();
        for (x->n = 16; x->n < (size_t)s->n * 2;)
            x->n *= 2;
        x->slots = hf_alloc0(x->n, sizeof(*x->slots));
        for (uint32_t i = 0; i < s->n; i++)
            x->slots[slot_of(s, s->members[i].name)] = i + 1;
    }
    /* A free slot holds 0 and gives UINT32_MAX. */
    return x->slots[slot_of(s, name)] - 1;
}
