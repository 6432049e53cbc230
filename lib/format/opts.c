/* format/opts.c: format options, and resolving what a user names as a source. */
#include "format/format.h"

#include "text/secret.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "format/inside.h"

struct hf_opts {
    hf_map *map; /* values are owned strings */
};

hf_opts *hf_opts_new(void)
{
    hf_opts *o = HF_NEW(hf_opts);

    o->map = hf_map_new();
    return o;
}

void hf_opts_free(hf_opts *o)
{
    if (o == NULL)
        return;
    for (size_t i = 0; i < hf_map_count(o->map); i++)
        hf_free(hf_map_at(o->map, i)->v.p);
    hf_map_free(o->map);
    hf_free(o);
}

void hf_opts_set(hf_opts *o, const char *name, const char *value)
{
    hf_map_entry *e = hf_map_put(o->map, hf_view_str(name), NULL);

    hf_free(e->v.p);
    e->v.p = hf_strdup(value);
}

const char *hf_opts_get(const hf_opts *o, const char *name)
{
    hf_map_entry *e = o == NULL ? NULL : hf_map_get(o->map, hf_view_str(name));

    return e == NULL ? NULL : e->v.p;
}

hf_view hf_peek_head(const hf_peek *pk, hf_view member, hf_buf *keep, size_t n)
{
    uint32_t index = pk->source == NULL ? UINT32_MAX : hf_source_find(pk->source, member);
    hf_stream *st = NULL;
    hf_err *err = NULL;
    size_t got = 1;

    hf_buf_reset(keep);
    if (index == UINT32_MAX || hf_source_read(pk->source, index, &st, &err) != HF_OK)
        n = 0;
    while (keep->n < n && got > 0) {
        if (!hf_buf_reserve(keep, n - keep->n) ||
            hf_stream_read(st, keep->p + keep->n, n - keep->n, &got, &err) != HF_OK)
            break;
        keep->n += got;
    }
    hf_stream_close(st);
    hf_err_free(err); /* what cannot be read does not fit: opening it will say why */
    return hf_buf_view(keep);
}

typedef struct best {
    const hf_format *format[2];
    int score[2];
    const char *why[2];
} best;

static best ask_all(const hf_peek *pk)
{
    best found = { { NULL, NULL }, { 0, 0 }, { NULL, NULL } };

    for (size_t i = 0; hf_formats[i] != NULL; i++) {
        const hf_format *f = hf_formats[i];
        const char *why = "";
        int score =
            f->probe == NULL || f->opens_path != (pk->source == NULL) ? 0 : f->probe(pk, &why);
        int at = score > found.score[0] ? 0 : score > found.score[1] ? 1 : 2;

        if (at == 0) {
            found.format[1] = found.format[0];
            found.score[1] = found.score[0];
            found.why[1] = found.why[0];
        }
        if (at < 2) {
            found.format[at] = f;
            found.score[at] = score;
            found.why[at] = why;
        }
    }
    return found;
}

/* path for people and logs. A format may know better; without one, at least no password. */
static char *shown(const hf_format *f, const char *path)
{
    hf_arena *mem;
    char *text;

    if (f != NULL && f->label != NULL && (text = f->label(path)) != NULL)
        return text;
    mem = hf_arena_new();
    text = hf_view_dup(hf_secret_mask_passwords(hf_view_str(path), mem));
    hf_arena_free(mem);
    return text;
}

static hf_status fail_at(hf_err **err, const char *path)
{
    char *text = shown(NULL, path);
    hf_status rc = hf_err_at(err, text, (hf_view){ NULL, 0 }, HF_NO_OFFSET);

    hf_free(text);
    return rc;
}

static hf_status not_recognised(const char *path, hf_err **err)
{
    hf_buf looked;

    hf_buf_init(&looked, HF_BUF_UNBOUNDED);
    for (size_t i = 0; hf_formats[i] != NULL; i++)
        if (hf_formats[i]->open != NULL)
            hf_buf_printf(&looked, "%s%s", looked.n == 0 ? "" : ", ", hf_formats[i]->name);
    hf_fail(err, HF_E_UNSUPPORTED, "this is no chat export, database or vault that holdfast knows");
    hf_hint(err, "looked for: %s; name the format yourself with FORMAT:PATH if you know better",
            hf_buf_cstr(&looked));
    hf_buf_clear(&looked);
    return fail_at(err, path);
}

static hf_status choose(hf_input *in, const hf_peek *pk, hf_err **err)
{
    best found = ask_all(pk);

    if (found.format[0] == NULL)
        return HF_END;
    if (found.format[1] != NULL && found.score[0] - found.score[1] < 10) {
        hf_fail(err, HF_E_AMBIGUOUS, "this could be %s (%s) or %s (%s)", found.format[0]->name,
                found.why[0], found.format[1]->name, found.why[1]);
        hf_hint(err, "say which: %s:PATH or %s:PATH", found.format[0]->name, found.format[1]->name);
        return fail_at(err, pk->path);
    }
    in->format = found.format[0];
    in->why = hf_strdup(found.why[0]);
    return HF_OK;
}

/* "user:password@host", which lacks what makes it an address: no part of it is shown. */
static bool is_half_address(const char *path)
{
    const char *colon = strchr(path, ':'), *sign = strrchr(path, '@');

    return colon != NULL && sign != NULL && colon < sign &&
           memchr(path, '/', (size_t)(colon - path)) == NULL;
}

static hf_status must_exist(const char *path, hf_err **err)
{
    struct stat st;

    if (strcmp(path, "-") == 0 || stat(path, &st) == 0)
        return HF_OK;
    if ((errno == ENOENT || errno == ENOTDIR) && is_half_address(path)) {
        hf_fail(err, HF_E_USAGE,
                "there is no such file or folder; a database's address begins "
                "with postgresql://");
        return hf_hint(err, "write postgresql://USER@HOST/DATABASE, and keep the password in "
                            "~/.pgpass");
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        hf_fail(err, HF_E_USAGE, "there is no such file or folder");
        hf_hint(err, "check the path");
    } else {
        hf_fail_sys(err, "cannot look at it");
    }
    return fail_at(err, path);
}

/* "slack:PATH" when the part before the first colon is a format's name. */
static const hf_format *prefixed(const char *spec, const char **path)
{
    hf_view all = hf_view_str(spec);
    size_t colon = hf_view_find_byte(all, ':');
    const hf_format *f = colon == HF_NPOS ? NULL : hf_format_find(hf_view_sub(all, 0, colon));

    *path = f == NULL ? spec : spec + colon + 1;
    return f;
}

hf_status hf_input_open(hf_input *in, const char *spec, const hf_source_limits *limits,
                        hf_err **err)
{
    const char *path;
    const hf_format *named = prefixed(spec, &path);
    hf_peek pk = { NULL, path };
    hf_status rc;

    *in = (hf_input){ .format = named, .path = hf_strdup(path) };
    if (named != NULL && named->open == NULL) {
        rc = hf_fail(err, HF_E_UNSUPPORTED, "format %s can be written but not read", named->name);
        goto done;
    }
    if (named != NULL)
        in->why = hf_strdup("prefix");
    if (named != NULL && named->opens_path) {
        rc = HF_OK;
        goto done;
    }
    if (named == NULL) {
        rc = choose(in, &pk, err); /* formats that open the path themselves are asked first */
        if (rc != HF_END)
            goto done;
    }
    rc = must_exist(path, err);
    if (rc == HF_OK)
        rc = hf_source_open(&in->source, path, limits, err);
    if (rc == HF_OK) {
        rc = hf_input_inside(in, limits, err);
        if (rc != HF_END)
            goto done;
        rc = HF_OK;
    }
    if (rc == HF_OK && named == NULL) {
        pk.source = in->source;
        rc = choose(in, &pk, err);
        if (rc == HF_END)
            rc = not_recognised(path, err);
    }
done:
    if (rc == HF_OK)
        in->label = shown(in->format, path);
    else
        hf_input_clear(in);
    return rc;
}

void hf_input_clear(hf_input *in)
{
    if (in->held != NULL)
        in->format->let_go(in->held);
    hf_source_close(in->source);
    hf_free(in->path);
    hf_free(in->label);
    hf_free(in->why);
    hf_free(in->sidecar);
    if (in->sidecar_fd > 0)
        close(in->sidecar_fd);
    *in = (hf_input){ .format = NULL };
}
