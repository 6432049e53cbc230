/* model/pack.c: records as bytes, for spilling to disk: the machine's own layout, never kept. */
#include "model/model.h"

typedef struct cursor {
    hf_view left;
    hf_batch *b;
} cursor;

static void put(hf_buf *out, const void *p, size_t n)
{
    hf_buf_add(out, (hf_view){ p, n });
}

static void put_view(hf_buf *out, hf_view v)
{
    uint64_t n = v.n;

    put(out, &n, sizeof(n));
    hf_buf_add(out, v);
}

static void get(cursor *c, void *p, size_t n)
{
    hf_view v = hf_view_sub(c->left, 0, n);

    memset(p, 0, n);
    if (v.n > 0)
        memcpy(p, v.p, v.n);
    c->left = hf_view_from(c->left, n);
}

static hf_view get_view(cursor *c)
{
    uint64_t n;
    hf_view v;

    get(c, &n, sizeof(n));
    v = hf_arena_dup(c->b->mem, hf_view_sub(c->left, 0, n));
    c->left = hf_view_from(c->left, n);
    return v;
}

#define OUTSIDE UINT64_MAX

static bool is_inside(hf_view part, hf_view whole)
{
    return part.n > 0 && whole.n > 0 && (uintptr_t)part.p >= (uintptr_t)whole.p &&
           (uintptr_t)part.p + part.n <= (uintptr_t)whole.p + whole.n;
}

static void put_offset(hf_buf *out, uint64_t offset)
{
    put(out, &offset, sizeof(offset));
}

/* Views are zeroed in the fixed part so that no stale pointer is ever read back. */
void hf_rec_pack(const hf_record *r, hf_buf *out)
{
    hf_record fixed = *r;

    fixed.origin = fixed.scope = fixed.id = (hf_view){ NULL, 0 };
    fixed.raw.bytes = fixed.raw.head = (hf_view){ NULL, 0 };
    fixed.value = NULL;
    fixed.leaf = NULL;
    fixed.cap_value = fixed.nvalue;
    fixed.cap_leaf = fixed.nleaf;
    if (r->kind == HF_KIND_MEMBER)
        fixed.u.member.name = fixed.u.member.link = fixed.u.member.file_id = (hf_view){ NULL, 0 };
    put(out, &fixed, sizeof(fixed));
    put_view(out, r->origin);
    put_view(out, r->scope);
    put_view(out, r->id);
    put_view(out, r->raw.bytes);
    put_view(out, r->raw.head);
    for (uint32_t i = 0; i < r->nvalue; i++) {
        hf_value v = r->value[i];

        v.text = (hf_view){ NULL, 0 };
        put(out, &v, sizeof(v));
        put_view(out, r->value[i].text);
    }
    for (uint32_t i = 0; i < r->nleaf; i++) {
        hf_leaf l = r->leaf[i];

        bool inside = is_inside(l.raw, r->raw.bytes);

        l.raw.p = NULL; /* a leaf inside the record's bytes travels as its offset in them */
        put(out, &l, sizeof(l));
        put_offset(out, inside ? (uint64_t)(r->leaf[i].raw.p - r->raw.bytes.p) : OUTSIDE);
        if (!inside)
            put_view(out, r->leaf[i].raw);
    }
    if (r->kind == HF_KIND_MEMBER) {
        put_view(out, r->u.member.name);
        put_view(out, r->u.member.link);
        put_view(out, r->u.member.file_id);
    }
}

hf_record *hf_rec_unpack(hf_batch *b, hf_view bytes)
{
    cursor c = { bytes, b };
    hf_record *r = hf_batch_add(b, HF_KIND_NONE);

    get(&c, r, sizeof(*r));
    r->origin = get_view(&c);
    r->scope = get_view(&c);
    r->id = get_view(&c);
    r->raw.bytes = get_view(&c);
    r->raw.head = get_view(&c);
    r->value = hf_arena_alloc(b->mem, r->nvalue * sizeof(hf_value));
    for (uint32_t i = 0; i < r->nvalue; i++) {
        get(&c, &r->value[i], sizeof(hf_value));
        r->value[i].text = get_view(&c);
    }
    r->leaf = hf_arena_alloc(b->mem, r->nleaf * sizeof(hf_leaf));
    for (uint32_t i = 0; i < r->nleaf; i++) {
        hf_leaf *l = &r->leaf[i];
        uint64_t offset;

        get(&c, l, sizeof(*l));
        get(&c, &offset, sizeof(offset));
        l->raw = offset == OUTSIDE ? get_view(&c) : hf_view_sub(r->raw.bytes, offset, l->raw.n);
    }
    if (r->kind == HF_KIND_MEMBER) {
        r->u.member.name = get_view(&c);
        r->u.member.link = get_view(&c);
        r->u.member.file_id = get_view(&c);
    }
    return r;
}
