/* format/inside.c: see inside.h.
 *
 * Known here is only the place where a package keeps records: BASE/bagit.txt says that there is
 * one, BASE/data/FORMAT/FILE is what FORMAT wrote, with FILE.sidecar.zst beside it. What else a
 * package is, and whether it is whole, is for lib/package.
 */
#include "format/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COPY_BYTES = 256 * 1024 };

static uint32_t find(const hf_source *s, hf_view base, const char *below)
{
    char *name = hf_sprintf("%.*s%s", (int)base.n, base.p == NULL ? "" : base.p, below);
    uint32_t index = hf_source_find(s, hf_view_str(name));

    hf_free(name);
    return index;
}

/* "" for a folder, "NAME/" in a container; p NULL when there is no bag. */
static hf_view find_base(const hf_source *s)
{
    hf_view name = hf_source_count(s) == 0 ? HF_V("") : hf_source_member(s, 0)->name;
    size_t skip = hf_view_starts(name, HF_V("./")) ? 2 : 0;
    size_t slash = hf_view_find_byte(hf_view_from(name, skip), '/');
    hf_view base = hf_view_sub(name, 0, slash == HF_NPOS ? 0 : skip + slash + 1);

    if (find(s, HF_V(""), "bagit.txt") != UINT32_MAX)
        return HF_V("");
    if (hf_source_get_kind(s) == HF_SOURCE_FOLDER || base.n == 0 ||
        find(s, base, "bagit.txt") == UINT32_MAX)
        return (hf_view){ NULL, 0 };
    return base;
}

/* Name of what a format wrote, below the base; freed by the caller. */
static char *place_of(const hf_format *f, const char *more)
{
    return hf_sprintf("data/%s/%s%s", f->name, f->file, more);
}

static const hf_format *choose(const hf_source *s, hf_view base, const hf_format *named)
{
    const hf_format *best = NULL;

    for (size_t i = 0; hf_formats[i] != NULL; i++) {
        const hf_format *f = hf_formats[i];
        char *place;

        if (f->file == NULL || f->open == NULL || f->opens_path || (named != NULL && f != named))
            continue;
        place = place_of(f, "");
        if (find(s, base, place) != UINT32_MAX &&
            (best == NULL || (f->is_lossless && !best->is_lossless)))
            best = f;
        hf_free(place);
    }
    return best;
}

/* Copy a member into an unnamed file, which a path leads to as long as it is open. */
static hf_status unpack_sidecar(hf_input *in, uint32_t index, hf_err **err)
{
    const char *folder = getenv("TMPDIR");
    char *chunk = hf_alloc(COPY_BYTES);
    hf_stream *st = NULL;
    size_t got = 1;
    hf_status rc = hf_source_read(in->source, index, &st, err);

    in->sidecar_fd = open(folder == NULL || folder[0] == '\0' ? "/tmp" : folder,
                          O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (rc == HF_OK && in->sidecar_fd < 0) {
        in->sidecar_fd = 0;
        hf_fail_sys(err, "cannot create a temporary file");
        rc = hf_hint(err, "point TMPDIR to a folder with room");
    }
    while (rc == HF_OK && got > 0) {
        rc = hf_stream_read(st, chunk, COPY_BYTES, &got, err);
        for (size_t at = 0; rc == HF_OK && at < got;) {
            ssize_t n = write(in->sidecar_fd, chunk + at, got - at);

            if (n < 0 && errno != EINTR)
                rc = hf_fail_sys(err, "cannot write a temporary file");
            at += n < 0 ? 0 : (size_t)n;
        }
    }
    in->sidecar = hf_sprintf("/proc/self/fd/%d", in->sidecar_fd);
    hf_stream_close(st);
    hf_free(chunk);
    return rc;
}

static hf_status open_inside(hf_input *in, hf_view base, const hf_format *f,
                             const hf_source_limits *limits, hf_err **err)
{
    char *place = place_of(f, ""), *beside = place_of(f, ".sidecar.zst");
    uint32_t index = find(in->source, base, place), sidecar = find(in->source, base, beside);
    bool is_folder = hf_source_get_kind(in->source) == HF_SOURCE_FOLDER;
    hf_source *inner = NULL;
    hf_status rc = HF_OK;

    if (is_folder) {
        char *path = hf_sprintf("%s/%s", in->path, place);

        rc = hf_source_open(&inner, path, limits, err);
        in->sidecar = hf_sprintf("%s/%s", in->path, beside);
        hf_free(path);
    } else {
        rc = hf_source_open_member(&inner, in->source, index, limits, err);
        if (rc == HF_OK && sidecar != UINT32_MAX)
            rc = unpack_sidecar(in, sidecar, err);
    }
    if (rc == HF_OK) {
        hf_source_close(in->source);
        in->source = inner;
        in->format = f;
        hf_free(in->why);
        in->why = hf_sprintf("a package with %s", place);
    } else {
        hf_source_close(inner);
    }
    hf_free(place);
    hf_free(beside);
    return rc;
}

hf_status hf_input_inside(hf_input *in, const hf_source_limits *limits, hf_err **err)
{
    hf_view base = find_base(in->source);
    const hf_format *f;

    if (base.p == NULL && hf_source_get_kind(in->source) == HF_SOURCE_FOLDER &&
        hf_source_find(in->source, HF_V("volumes.json")) != UINT32_MAX) {
        hf_fail(err, HF_E_NO_KEY, "this is an encrypted package");
        hf_hint(err, "its README.txt says how to open it with openssl");
        return hf_err_at(err, in->path, HF_V(""), HF_NO_OFFSET);
    }
    if (base.p == NULL)
        return HF_END;
    f = choose(in->source, base, in->format);
    if (f != NULL)
        return open_inside(in, base, f, limits, err);
    if (find(in->source, base, "receipt.json") == UINT32_MAX)
        return HF_END; /* a bag of somebody else: perhaps an export in a bag */
    hf_fail(err, HF_E_UNSUPPORTED, "the package holds nothing that can be read as %s",
            in->format == NULL ? "a source" : in->format->name);
    hf_hint(err, "`holdfast verify` checks it all the same");
    return hf_err_at(err, in->path, HF_V(""), HF_NO_OFFSET);
}
