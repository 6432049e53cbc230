/* model/model.c: the field table, records and batches. */
#include "model/model.h"

static const hf_field_info fields[] = {
    { HF_F_NONE, HF_KIND_NONE, "", HF_TYPE_TEXT, HF_CLASS_VOLATILE, false, "" },
#define HF_FIELD(name, kind, path, type, class, list, sentence) \
    { HF_F_##name, HF_KIND_##kind, path, HF_TYPE_##type, HF_CLASS_##class, list, sentence },
#define HF_MAP(path)
#define HF_QUOTE(path)
#define HF_VOLATILE(path)
#include "model/fields.def"
#undef HF_FIELD
#undef HF_MAP
#undef HF_QUOTE
#undef HF_VOLATILE
};

_Static_assert(sizeof(fields) / sizeof(fields[0]) == HF_F_COUNT, "one row per field");

static const char *const kind_names[HF_KIND_COUNT] = {
    [HF_KIND_NONE] = "none",           [HF_KIND_MEMBER] = "member",
    [HF_KIND_BYTES] = "bytes",         [HF_KIND_MEMBER_END] = "member-end",
    [HF_KIND_COVERAGE] = "coverage",   [HF_KIND_QUARANTINE] = "quarantine",
    [HF_KIND_WORKSPACE] = "workspace", [HF_KIND_USER] = "user",
    [HF_KIND_CHANNEL] = "channel",     [HF_KIND_MESSAGE] = "message",
    [HF_KIND_EMOJI] = "emoji",         [HF_KIND_EVENT] = "event",
    [HF_KIND_OPAQUE] = "opaque",       [HF_KIND_MEMBERSHIP] = "membership",
    [HF_KIND_DRAFT] = "draft",
};

static const char *const state_names[HF_STATE_COUNT] = {
    [HF_LOST] = "lost",       [HF_RAW_ONLY] = "raw-only", [HF_EXACT] = "exact",
    [HF_CHANGED] = "changed", [HF_SIDECAR] = "sidecar",   [HF_MASKED] = "masked",
};

const char *hf_kind_name(hf_kind kind)
{
    return kind_names[kind];
}

hf_kind hf_kind_find(hf_view name)
{
    for (int k = 1; k < HF_KIND_COUNT; k++)
        if (hf_view_is(name, kind_names[k]))
            return (hf_kind)k;
    return HF_KIND_NONE;
}

const char *hf_state_name(hf_state state)
{
    return state_names[state];
}

const hf_field_info *hf_field_get(hf_field field)
{
    return &fields[field];
}

hf_field hf_field_find(hf_view path)
{
    for (size_t i = 1; i < HF_F_COUNT; i++)
        if (hf_view_is(path, fields[i].path))
            return fields[i].field;
    return HF_F_NONE;
}

hf_batch *hf_batch_new(void)
{
    hf_batch *b = HF_NEW(hf_batch);

    b->mem = hf_arena_new();
    return b;
}

void hf_batch_free(hf_batch *b)
{
    if (b == NULL)
        return;
    hf_arena_free(b->mem);
    hf_free(b->rec);
    hf_free(b);
}

hf_record *hf_batch_add(hf_batch *b, hf_kind kind)
{
    hf_record *r = hf_arena_alloc0(b->mem, 1, sizeof(*r));

    r->kind = kind;
    r->time_us = HF_NO_TIME;
    r->raw.member = HF_NO_MEMBER;
    if (b->n == b->cap) {
        b->cap = b->cap == 0 ? 64 : b->cap * 2;
        b->rec = hf_realloc(b->rec, b->cap, sizeof(hf_record *));
    }
    return b->rec[b->n++] = r;
}

bool hf_batch_is_full(const hf_batch *b)
{
    return b->n >= HF_BATCH_RECORDS || hf_arena_used(b->mem) >= HF_BATCH_BYTES;
}

static hf_value *add_value(hf_batch *b, hf_record *r, hf_field f, uint32_t item)
{
    hf_value *v;

    if (r->nvalue == r->cap_value) {
        uint32_t cap = r->cap_value == 0 ? 16 : r->cap_value * 2;
        hf_value *more = hf_arena_alloc(b->mem, cap * sizeof(*more));

        if (r->nvalue > 0)
            memcpy(more, r->value, r->nvalue * sizeof(*more));
        r->value = more;
        r->cap_value = cap;
    }
    v = &r->value[r->nvalue++];
    *v = (hf_value){ .field = f, .item = item };
    return v;
}

uint32_t hf_rec_text(hf_batch *b, hf_record *r, hf_field f, uint32_t item, hf_view text)
{
    add_value(b, r, f, item)->text = text;
    return r->nvalue - 1;
}

uint32_t hf_rec_num(hf_batch *b, hf_record *r, hf_field f, uint32_t item, int64_t num)
{
    add_value(b, r, f, item)->num = num;
    return r->nvalue - 1;
}

hf_leaf *hf_rec_leaves(hf_batch *b, hf_record *r, uint32_t n)
{
    if (r->nleaf + n > r->cap_leaf) {
        uint32_t cap = r->nleaf + r->nleaf / 2 + (n < 32 ? 32 : n);
        hf_leaf *more = hf_arena_alloc(b->mem, cap * sizeof(*more));

        if (r->nleaf > 0)
            memcpy(more, r->leaf, r->nleaf * sizeof(*more));
        r->leaf = more;
        r->cap_leaf = cap;
    }
    return &r->leaf[r->nleaf];
}

hf_value *hf_rec_item(const hf_record *r, hf_field f, uint32_t item)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].field == f && r->value[i].item == item)
            return &r->value[i];
    return NULL;
}

hf_value *hf_rec_get(const hf_record *r, hf_field f)
{
    return hf_rec_item(r, f, 0);
}

hf_value *hf_rec_next(const hf_record *r, hf_field f, uint32_t from, uint32_t *at)
{
    for (uint32_t i = from; i < r->nvalue; i++)
        if (r->value[i].field == f) {
            *at = i;
            return &r->value[i];
        }
    return NULL;
}

hf_view hf_rec_get_text(const hf_record *r, hf_field f)
{
    const hf_value *v = hf_rec_get(r, f);

    return v == NULL ? (hf_view){ NULL, 0 } : v->text;
}

int64_t hf_rec_get_num(const hf_record *r, hf_field f, int64_t dflt)
{
    const hf_value *v = hf_rec_get(r, f);

    return v == NULL ? dflt : v->num;
}

bool hf_rec_get_bool(const hf_record *r, hf_field f)
{
    return hf_rec_get_num(r, f, 0) != 0;
}

void hf_rec_settle(hf_record *r, hf_field f, hf_state state, const char *how)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].field == f) {
            r->value[i].state = state;
            r->value[i].how = how;
        }
}

static void put_sized(hf_buf *out, hf_view v)
{
    uint32_t n = (uint32_t)v.n;

    hf_buf_add(out, (hf_view){ (const char *)&n, sizeof(n) });
    hf_buf_add(out, v);
}

void hf_rec_key(const hf_record *r, hf_buf *out)
{
    hf_buf_byte(out, (char)('A' + (int)r->kind));
    put_sized(out, r->origin);
    put_sized(out, r->scope);
    hf_buf_add(out, r->id);
}

void hf_rec_document(const hf_record *r, hf_buf *out)
{
    hf_buf_add(out, r->raw.head);
    hf_buf_add(out, r->raw.bytes);
}

hf_record *hf_batch_copy(hf_batch *b, const hf_record *r)
{
    hf_record *c;
    hf_buf packed;

    hf_buf_init(&packed, HF_BUF_UNBOUNDED);
    hf_rec_pack(r, &packed);
    c = hf_rec_unpack(b, hf_buf_view(&packed));
    hf_buf_clear(&packed);
    return c;
}
