/* mattermost_bulk/settle.c: what became of each value, by reading back what was written. */
#include "write_priv.h"

void bulk_written(hf_value *v, const char *how)
{
    if (v == NULL)
        return;
    v->state = HF_EXACT;
    v->how = how;
}

void bulk_written_field(hf_record *r, hf_field f, const char *how)
{
    bulk_state(r, f, HF_EXACT, how);
}

void bulk_state(hf_record *r, hf_field f, hf_state state, const char *how)
{
    hf_rec_settle(r, f, state, how);
}

void bulk_leave_out(hf_record *r, const char *why)
{
    for (uint32_t i = 0; i < r->nvalue; i++) {
        r->value[i].state = HF_LOST;
        r->value[i].how = why;
    }
}

bulk_table bulk_table_of(const hf_record *r, hf_field from, hf_field to, hf_arena *mem)
{
    bulk_table t = { .from = from, .to = to };

    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].field >= from && r->value[i].field <= to && r->value[i].item >= t.n)
            t.n = r->value[i].item + 1;
    if (t.n == 0)
        return t;
    t.v = hf_arena_alloc0(mem, (size_t)(to - from + 1) * t.n, sizeof(*t.v));
    for (uint32_t i = 0; i < r->nvalue; i++) {
        hf_value *v = &r->value[i];

        if (v->field >= from && v->field <= to)
            t.v[(size_t)(v->field - from) * t.n + v->item] = v;
    }
    return t;
}

hf_value *bulk_at(const bulk_table *t, hf_field f, uint32_t item)
{
    return item < t->n && f >= t->from && f <= t->to ? t->v[(size_t)(f - t->from) * t->n + item]
                                                     : NULL;
}

/* --- reading back --------------------------------------------------------------------------------
 */

static bool has_text(hf_field f)
{
    hf_type t = hf_field_get(f)->type;

    return t != HF_TYPE_TIME && t != HF_TYPE_INT && t != HF_TYPE_BOOL;
}

static bool same_value(const hf_value *a, const hf_value *b)
{
    return has_text(a->field) ? hf_view_eq(a->text, b->text) : a->num == b->num;
}

/* Does the absence of the value say it? */
static bool is_nothing(const hf_value *v)
{
    return has_text(v->field) ? v->text.n == 0
                              : hf_field_get(v->field)->type == HF_TYPE_BOOL && v->num == 0;
}

/* The target seen through its lists, and which item of them a source item became. */
typedef struct mirror {
    const hf_record *target;
    const bulk_items *items; /* NULL: the same */
    bulk_table reactions, files, cards;
    hf_map *members; /* the target's: a set, their order says nothing */
} mirror;

static const hf_value *list_value(const mirror *m, const hf_value *v)
{
    const bulk_table *t = v->field >= m->reactions.from && v->field <= m->reactions.to
                              ? &m->reactions
                          : v->field >= m->files.from && v->field <= m->files.to ? &m->files
                                                                                 : &m->cards;
    const uint32_t *map = t == &m->reactions ? m->items->reaction
                          : t == &m->files   ? m->items->file
                                             : m->items->card;
    uint32_t n = t == &m->reactions ? m->items->nreaction
                 : t == &m->files   ? m->items->nfile
                                    : m->items->ncard;

    return v->item < n && map[v->item] != UINT32_MAX ? bulk_at(t, v->field, map[v->item]) : NULL;
}

static bool is_listed(const mirror *m, hf_field f)
{
    return (f >= m->reactions.from && f <= m->reactions.to) ||
           (f >= m->files.from && f <= m->files.to) || (f >= m->cards.from && f <= m->cards.to);
}

static bool reads_back(const mirror *m, const hf_value *v)
{
    const hf_value *t;

    if (m->target == NULL)
        return false;
    if (v->field == HF_F_CHANNEL_MEMBER)
        return hf_map_get(m->members, v->text) != NULL;
    t = m->items != NULL && is_listed(m, v->field) ? list_value(m, v)
                                                   : hf_rec_item(m->target, v->field, v->item);
    return t == NULL ? is_nothing(v) : same_value(v, t);
}

static mirror mirror_of(const hf_record *target, const bulk_items *items, hf_arena *mem)
{
    mirror m = { .target = target, .items = items };
    uint32_t at = 0;

    if (target == NULL)
        return m;
    m.reactions = bulk_table_of(target, BULK_REACTIONS, mem);
    m.files = bulk_table_of(target, BULK_FILES, mem);
    m.cards = bulk_table_of(target, BULK_CARDS, mem);
    if (target->kind != HF_KIND_CHANNEL)
        return m;
    m.members = hf_map_new();
    for (const hf_value *t = hf_rec_next(target, HF_F_CHANNEL_MEMBER, 0, &at); t != NULL;
         t = hf_rec_next(target, HF_F_CHANNEL_MEMBER, at + 1, &at))
        hf_map_put(m.members, t->text, NULL);
    return m;
}

void bulk_verify(hf_record *r, const hf_record *target, const bulk_items *items, hf_arena *mem)
{
    mirror m = mirror_of(target, items, mem);

    for (uint32_t i = 0; i < r->nvalue; i++) {
        hf_value *v = &r->value[i];

        if (v->state == HF_EXACT) {
            if (reads_back(&m, v)) {
                v->how = NULL;
            } else {
                v->state = HF_CHANGED;
                v->how = v->how == NULL ? "in the form of the target" : v->how;
            }
        } else if (v->state == HF_LOST && is_nothing(v) && reads_back(&m, v)) {
            v->state = HF_EXACT;
            v->how = NULL;
        }
    }
    hf_map_free(m.members);
}

void bulk_settle_twin(hf_record *r, const hf_record *first)
{
    for (uint32_t i = 0; i < r->nvalue; i++) {
        hf_value *v = &r->value[i];
        uint32_t at = 0;

        v->state = HF_LOST;
        v->how = "defined twice, otherwise";
        for (const hf_value *t = hf_rec_next(first, v->field, 0, &at); t != NULL;
             t = hf_rec_next(first, v->field, at + 1, &at))
            if (same_value(v, t)) {
                v->state = t->state;
                v->how = t->how;
                break;
            }
    }
}

/* --- the target's records ------------------------------------------------------------------------
 */

/* An empty record with these bytes, in the scratch batch. */
static hf_record *scratch_record(bulk_writer *w, hf_kind kind, hf_view raw)
{
    hf_record *r;

    w->scratch->n = 0;
    hf_arena_reset(w->scratch->mem);
    r = hf_batch_add(w->scratch, kind);
    r->format = BULK_FORMAT;
    r->raw.bytes = hf_arena_dup(w->scratch->mem, raw);
    return r;
}

hf_record *bulk_target_line(bulk_writer *w, hf_view line)
{
    hf_record *r = scratch_record(w, HF_KIND_OPAQUE, line);
    bulk_parse x = { w->scratch, &w->tape, NULL };

    if (hf_tape_parse(&w->tape, r->raw.bytes, NULL, NULL) != HF_OK)
        return NULL;
    bulk_read_definition(&x, bulk_line_type(&w->tape, w->scratch->mem), r);
    return r;
}

hf_record *bulk_target_message(bulk_writer *w, hf_view scope, hf_view id, hf_view raw)
{
    hf_record *r = scratch_record(w, HF_KIND_MESSAGE, raw);

    r->scope = hf_arena_dup(w->scratch->mem, scope);
    r->id = hf_arena_dup(w->scratch->mem, id);
    return bulk_parse_record(w->scratch, r, NULL, NULL) == HF_OK ? r : NULL;
}

hf_status bulk_done(bulk_writer *w, hf_record *r, const hf_record *target, const bulk_items *items,
                    hf_err **err)
{
    bulk_verify(r, target, items, w->scratch->mem);
    return w->ledger == NULL ? HF_OK : hf_ledger_done(w->ledger, r, target, err);
}

hf_status bulk_made(bulk_writer *w, const hf_record *target, const char *why, hf_err **err)
{
    if (w->ledger == NULL || target == NULL)
        return HF_OK;
    return hf_ledger_made(w->ledger, target, why, err);
}
