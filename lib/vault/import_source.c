/* vault/import_source.c: the members of an import as a source. */
#include "vault/vault_priv.h"

typedef struct import_source {
    hf_bytes *bytes;
    hf_arena *mem;
    hf_member *member;
    int64_t *content; /* 0: a folder or link */
    uint32_t n, cap;
    hf_buf buf;
} import_source;

static bool add(void *self, const hf_vault_member *m)
{
    import_source *x = self;

    if (x->n == x->cap) {
        x->cap = x->cap == 0 ? 256 : x->cap * 2;
        x->member = hf_realloc(x->member, x->cap, sizeof(*x->member));
        x->content = hf_realloc(x->content, x->cap, sizeof(*x->content));
    }
    x->content[x->n] = m->has_bytes ? m->content : 0;
    x->member[x->n++] = (hf_member){
        .name = hf_arena_dup(x->mem, m->m.name),
        .type = (hf_member_type)m->m.type,
        .size = m->m.size,
        .mtime_us = m->m.mtime_us,
        .mode = m->m.mode,
        .link = hf_arena_dup(x->mem, m->m.link),
    };
    return true;
}

static hf_status read_member(void *self, uint32_t index, uint64_t at, void *to, size_t n,
                             size_t *got, hf_err **err)
{
    import_source *x = self;
    hf_status rc;

    hf_buf_reset(&x->buf);
    rc = hf_bytes_read(x->bytes, x->content[index], at, n, &x->buf, err);
    if (rc == HF_OK && x->buf.n > 0)
        memcpy(to, x->buf.p, x->buf.n);
    *got = rc == HF_OK ? x->buf.n : 0;
    return rc;
}

static void close_source(void *self)
{
    import_source *x = self;

    hf_bytes_free(x->bytes);
    hf_arena_free(x->mem);
    hf_free(x->member);
    hf_free(x->content);
    hf_buf_clear(&x->buf);
    hf_free(x);
}

static const hf_source_ops ops = { read_member, close_source };

/* An import of one plain file came from that file. */
static hf_source_kind kind_of(const import_source *x)
{
    bool is_file = x->n == 1 && x->member[0].type == HF_MEMBER_FILE &&
                   hf_view_find_byte(x->member[0].name, '/') == HF_NPOS;

    return is_file ? HF_SOURCE_FILE : HF_SOURCE_FOLDER;
}

hf_status hf_vault_source(hf_vault *v, int64_t import, hf_source **out, hf_err **err)
{
    import_source *x = HF_NEW(import_source);
    hf_status rc;

    x->mem = hf_arena_new();
    hf_buf_init(&x->buf, HF_BUF_UNBOUNDED);
    rc = hf_vault_members(v, import, add, x, err);
    if (rc == HF_OK)
        rc = hf_bytes_new(&x->bytes, v->path, v->records, err);
    if (rc == HF_OK)
        rc = hf_source_over(out, v->path, kind_of(x), x->member, x->n, &ops, x, err);
    if (rc != HF_OK)
        close_source(x);
    return rc;
}
