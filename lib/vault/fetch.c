/* vault/fetch.c: a record again, parsed from its kept bytes. */
#include "format/format.h"
#include "vault/fetch_priv.h"

static const char *format_name(hf_batch *b, hf_view name)
{
    const hf_format *f = hf_format_find(name);

    return f != NULL ? f->name : hf_arena_dup(b->mem, name).p;
}

static hf_status parse(hf_batch *b, hf_record *r, const hf_fetch *f, hf_paths *paths, hf_err **err)
{
    const hf_format *format = hf_format_find(f->format);

    if ((f->flags & REC_PACKED) != 0)
        return hf_packed_parse(b, r, err);
    if (format == NULL || format->parse == NULL)
        return hf_fail(err, HF_E_UNSUPPORTED, "this program does not read the format %s",
                       hf_arena_dup(b->mem, f->format).p);
    return format->parse(b, r, paths, err);
}

/* Our own form is a whole document. */
static bool has_head(const hf_fetch *f)
{
    const hf_format *format = hf_format_find(f->format);

    return format != NULL && format->has_heads && (f->flags & REC_PACKED) == 0;
}

hf_status hf_fetch_record(hf_bytes *by, hf_batch *b, const hf_fetch *f, hf_paths *paths,
                          hf_record **out, hf_err **err)
{
    hf_record *r = hf_batch_add(b, f->kind);
    hf_status rc;
    hf_buf raw;

    r->origin = hf_arena_dup(b->mem, f->origin);
    r->scope = hf_arena_dup(b->mem, f->scope);
    r->id = hf_arena_dup(b->mem, f->native);
    r->format = format_name(b, f->format);
    r->flags = (unsigned)f->flags & REC_SOURCE;
    hf_buf_init(&raw, HF_BUF_UNBOUNDED);
    rc = hf_bytes_document(by, &f->place, has_head(f), &raw, err);
    r->raw.bytes = hf_arena_dup(b->mem, hf_buf_view(&raw));
    hf_buf_clear(&raw);
    if (rc == HF_OK)
        rc = parse(b, r, f, paths, err);
    if (rc != HF_OK) {
        b->n--;
        hf_wrap(err, "record %.*s", (int)f->native.n, f->native.p);
        return rc;
    }
    *out = r;
    return HF_OK;
}
