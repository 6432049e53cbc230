/* io/source_zip.c: a ZIP as a source: our own checks first (zip_dir.c), then libzip for the bytes.
 *
 * libzip (1.7.3) is not opened with ZIP_CHECKCONS, which refuses harmless archives with a duplicate
 * name. Instead everything it found is compared with what we found, so that no second end record or
 * odd field can make the two of us read different archives.
 */
#include "io/source_priv.h"

#include <fcntl.h>
#include <unistd.h>
#include <zip.h>

enum { MAX_LINK = 4096 }; /* PATH_MAX: a longer "link" is kept as what its bytes are */

/* --- an archive some of whose flags libzip does not see -------------------------------------- */

typedef struct filtered {
    const hf_source *s;
    uint64_t at;
    zip_error_t error;
} filtered;

static zip_int64_t read_filtered(filtered *f, void *to, size_t n)
{
    const hf_source *s = f->s;
    hf_err *err = NULL;
    size_t got = 0, low = 0, high = s->nunflag;

    if (hf_io_pread(s->fd, to, n, f->at, &got, &err) != HF_OK) {
        zip_error_set(&f->error, ZIP_ER_READ, err->sys);
        hf_err_free(err);
        return -1;
    }
    while (low < high) { /* the first offset that is not before this piece */
        size_t middle = low + (high - low) / 2;

        if (s->unflag[middle] < f->at)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < s->nunflag && s->unflag[low] - f->at < got; low++)
        ((unsigned char *)to)[s->unflag[low] - f->at] &= (unsigned char)~(1 << 3);
    f->at += got;
    return (zip_int64_t)got;
}

static zip_int64_t serve(void *self, void *data, zip_uint64_t n, zip_source_cmd_t what)
{
    filtered *f = self;
    zip_int64_t at;

    if (what == ZIP_SOURCE_SUPPORTS)
        return zip_source_make_command_bitmap(ZIP_SOURCE_SUPPORTS, ZIP_SOURCE_OPEN, ZIP_SOURCE_READ,
                                              ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_SEEK,
                                              ZIP_SOURCE_TELL, ZIP_SOURCE_ERROR, ZIP_SOURCE_FREE,
                                              -1);
    if (what == ZIP_SOURCE_OPEN)
        f->at = 0;
    if (what == ZIP_SOURCE_OPEN || what == ZIP_SOURCE_CLOSE)
        return 0;
    if (what == ZIP_SOURCE_READ)
        return read_filtered(f, data, n);
    if (what == ZIP_SOURCE_TELL)
        return (zip_int64_t)f->at;
    if (what == ZIP_SOURCE_ERROR)
        return zip_error_to_data(&f->error, data, n);
    if (what == ZIP_SOURCE_SEEK) {
        at = zip_source_seek_compute_offset(f->at, f->s->bytes, data, n, &f->error);
        f->at = at < 0 ? f->at : (uint64_t)at;
        return at < 0 ? -1 : 0;
    }
    if (what == ZIP_SOURCE_STAT) {
        zip_stat_t *st = data;

        zip_stat_init(st);
        st->size = f->s->bytes;
        st->valid = ZIP_STAT_SIZE;
        return sizeof(*st);
    }
    if (what == ZIP_SOURCE_FREE) {
        hf_free(f);
        return 0;
    }
    zip_error_set(&f->error, ZIP_ER_OPNOTSUPP, 0);
    return -1;
}

static hf_status open_filtered(hf_source *s, hf_err **err)
{
    filtered *f = HF_NEW(filtered);
    zip_source_t *source;
    zip_error_t error;

    f->s = s;
    zip_error_init(&f->error);
    zip_error_init(&error);
    source = zip_source_function_create(serve, f, &error);
    if (source == NULL)
        hf_free(f);
    else
        s->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    if (source != NULL && s->zip == NULL)
        zip_source_free(source); /* frees f */
    if (s->zip == NULL)
        hf_fail(err, HF_E_DAMAGED, "libzip cannot open it: %s", zip_error_strerror(&error));
    zip_error_fini(&error);
    return s->zip == NULL ? HF_E_DAMAGED : HF_OK;
}

static hf_status open_libzip(hf_source *s, hf_err **err)
{
    if (s->nunflag > 0)
        return open_filtered(s, err);

    int code = 0, fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 0);

    if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0) {
        hf_fail_sys(err, "cannot read");
        if (fd >= 0)
            close(fd);
        return hf_err_at(err, s->path, HF_V(""), HF_NO_OFFSET);
    }
    s->zip = zip_fdopen(fd, 0, &code);
    if (s->zip == NULL) {
        zip_error_t e;

        close(fd);
        zip_error_init_with_code(&e, code);
        hf_fail(err, HF_E_DAMAGED, "libzip cannot open it: %s", zip_error_strerror(&e));
        zip_error_fini(&e);
        return HF_E_DAMAGED;
    }
    return HF_OK;
}

static hf_status compare(const hf_source *s, const hf_zip_seen *seen, hf_err **err)
{
    if (zip_get_num_entries(s->zip, 0) != (zip_int64_t)s->n)
        return hf_fail(err, HF_E_DAMAGED,
                       "two ways of reading the archive find %lu and %lld members",
                       (unsigned long)s->n, (long long)zip_get_num_entries(s->zip, 0));
    for (uint32_t i = 0; i < s->n; i++) {
        zip_stat_t st;

        if (zip_stat_index(s->zip, i, 0, &st) == 0 && st.size == seen[i].size &&
            st.crc == seen[i].crc)
            continue;
        hf_fail(err, HF_E_DAMAGED, "two ways of reading the archive differ about a member");
        return hf_err_at(err, NULL, s->members[i].name, HF_NO_OFFSET);
    }
    return HF_OK;
}

/* A link's target is the content of its member. What cannot be read stays empty; the error comes
 * when somebody reads the member. */
static void read_links(hf_source *s)
{
    for (uint32_t i = 0; i < s->n; i++) {
        hf_member *m = &s->members[i];
        hf_buf b;

        if (m->type != HF_MEMBER_LINK)
            continue;
        if (m->size > MAX_LINK) {
            m->type = HF_MEMBER_FILE;
            continue;
        }
        if (m->is_encrypted)
            continue;
        hf_buf_init(&b, MAX_LINK);
        if (hf_source_slurp(s, i, &b, NULL) == HF_OK)
            m->link = hf_arena_dup(s->mem, hf_buf_view(&b));
        hf_buf_clear(&b);
    }
}

hf_status hf_source_list_zip(hf_source *s, hf_err **err)
{
    hf_zip_seen *seen = NULL;
    hf_status rc = hf_zip_list(s, &seen, err);

    /* libzip refuses some spellings of the empty archive, and there is nothing to read in it. */
    if (rc == HF_OK && s->n > 0)
        rc = open_libzip(s, err);
    if (rc == HF_OK && s->n > 0)
        rc = compare(s, seen, err);
    hf_free(seen);
    if (rc == HF_OK)
        read_links(s);
    return rc;
}

static hf_status fail_zip(hf_stream *st, zip_error_t *e, hf_err **err)
{
    hf_status code = HF_E_DAMAGED;

    switch (zip_error_code_zip(e)) {
    case ZIP_ER_COMPNOTSUPP:
    case ZIP_ER_ENCRNOTSUPP:
    case ZIP_ER_OPNOTSUPP:
        code = HF_E_UNSUPPORTED;
        break;
    case ZIP_ER_READ:
    case ZIP_ER_SEEK:
        code = HF_E_IO;
        break;
    default:
        break;
    }
    hf_fail(err, code, "%s", zip_error_strerror(e));
    return hf_err_at(err, st->src->path, st->src->members[st->index].name, st->at);
}

hf_status hf_zip_stream_open(hf_stream *st, hf_err **err)
{
    st->zip = zip_fopen_index(st->src->zip, st->index, 0);
    return st->zip == NULL ? fail_zip(st, zip_get_error(st->src->zip), err) : HF_OK;
}

hf_status hf_zip_stream_read(hf_stream *st, void *to, size_t n, size_t *got, hf_err **err)
{
    const hf_member *m = &st->src->members[st->index];
    uint64_t left = m->size - st->at;
    char beyond;
    zip_int64_t r;

    /* The read past the declared end is where libzip checks CRC and size, and where a member that
     * holds more than it says is caught. */
    if (left == 0)
        r = zip_fread(st->zip, &beyond, 1);
    else
        r = zip_fread(st->zip, to, n < left ? n : left);
    if (r < 0)
        return fail_zip(st, zip_file_get_error(st->zip), err);
    if (left == 0 && r > 0) {
        hf_fail(err, HF_E_BOMB, "the member holds more than the %llu bytes it declares",
                (unsigned long long)m->size);
        return hf_err_at(err, st->src->path, m->name, st->at);
    }
    if (left > 0 && r == 0) {
        hf_fail(err, HF_E_DAMAGED, "the member ends after %llu of %llu bytes",
                (unsigned long long)st->at, (unsigned long long)m->size);
        return hf_err_at(err, st->src->path, m->name, st->at);
    }
    *got = (size_t)r;
    return HF_OK;
}
