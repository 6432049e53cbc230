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

uint32_t bulk_item_count(const hf_record *r, hf_field from, hf_field to)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].field >= from && r->value[i].field <= to && r->value[i].item >= n)
            n = r->value[i].item + 1;
    return n;
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

/* The target's item for a source item of a field; false when it has none. */
static bool target_item(const hf_value *v, const bulk_items *items, uint32_t *item)
{
    const uint32_t *map = NULL;
    uint32_t n = 0;

    *item = v->item;
    if (items == NULL)
        return true;
    if (v->field >= HF_F_MESSAGE_REACTION_NAME && v->field <= HF_F_MESSAGE_REACTION_COUNT) {
        map = items->reaction;
        n = items->nreaction;
    } else if (v->field >= HF_F_MESSAGE_FILE_ID && v->field <= HF_F_MESSAGE_FILE_PATH) {
        map = items->file;
        n = items->nfile;
    } else if (v->field >= HF_F_MESSAGE_CARD_TEXT && v->field <= HF_F_MESSAGE_CARD_IMAGE) {
        map = items->card;
        n = items->ncard;
    } else {
        return true;
    }
    if (v->item >= n || map[v->item] == UINT32_MAX)
        return false;
    *item = map[v->item];
    return true;
}

/* Members are a set: their order says nothing. */
static bool in_set(const hf_value *v, const hf_record *target)
{
    uint32_t at = 0;

    for (const hf_value *t = hf_rec_next(target, v->field, 0, &at); t != NULL;
         t = hf_rec_next(target, v->field, at + 1, &at))
        if (same_value(v, t))
            return true;
    return false;
}

static bool reads_back(const hf_value *v, const hf_record *target, const bulk_items *items)
{
    const hf_value *t;
    uint32_t item;

    if (target == NULL)
        return false;
    if (v->field == HF_F_CHANNEL_MEMBER)
        return in_set(v, target);
    if (!target_item(v, items, &item))
        return false;
    t = hf_rec_item(target, v->field, item);
    return t == NULL ? is_nothing(v) : same_value(v, t);
}

void bulk_verify(hf_record *r, const hf_record *target, const bulk_items *items)
{
    for (uint32_t i = 0; i < r->nvalue; i++) {
        hf_value *v = &r->value[i];

        if (v->state == HF_EXACT) {
            if (reads_back(v, target, items)) {
                v->how = NULL;
            } else {
                v->state = HF_CHANGED;
                v->how = v->how == NULL ? "in the form of the target" : v->how;
            }
        } else if (v->state == HF_LOST && is_nothing(v) && reads_back(v, target, NULL)) {
            v->state = HF_EXACT;
            v->how = NULL;
        }
    }
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
    bulk_verify(r, target, items);
    return w->ledger == NULL ? HF_OK : hf_ledger_done(w->ledger, r, target, err);
}

hf_status bulk_made(bulk_writer *w, const hf_record *target, const char *why, hf_err **err)
{
    if (w->ledger == NULL || target == NULL)
        return HF_OK;
    return hf_ledger_made(w->ledger, target, why, err);
}
