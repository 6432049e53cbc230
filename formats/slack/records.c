/* slack/records.c: one element of a member to one record, with its identity. */
#include "slack/read_priv.h"

hf_record *slack_add(slack_reader *r, hf_kind kind)
{
    hf_record *rec = hf_batch_add(r->batch, kind);

    rec->format = r->base.format;
    rec->origin = r->batch_origin;
    return rec;
}

void slack_quarantine(slack_reader *r, const hf_raw *raw, const char *reason)
{
    hf_record *rec = slack_add(r, HF_KIND_QUARANTINE);

    rec->scope = r->batch_scope;
    rec->raw = *raw;
    rec->u.quarantine.reason = reason;
}

static hf_view place_id(slack_reader *r, const hf_raw *raw)
{
    return hf_arena_printf(r->batch->mem, "#%u/%llu", raw->member, (unsigned long long)raw->offset);
}

/* A definition's id; *copy is how often it was defined before. Grid exports define a user in the
 * organisation and again in each workspace. */
static hf_view definition_id(slack_reader *r, const hf_raw *raw, uint64_t *copy)
{
    hf_arena *mem = r->batch->mem;
    hf_view id = slack_id(&r->tape, hf_tape_get(&r->tape, 0, "id"), mem);

    if (id.n == 0 && r->place.role != SLACK_USERS) /* the folder goes by the name */
        id = slack_id(&r->tape, hf_tape_get(&r->tape, 0, "name"), mem);
    if (id.n == 0)
        id = place_id(r, raw);
    *copy = hf_map_put(r->defined,
                       hf_arena_printf(mem, "%.*s/%.*s", (int)r->place.word.n, r->place.word.p,
                                       (int)id.n, id.p),
                       NULL)
                ->v.u++;
    return id;
}

static void give_definition(slack_reader *r, const hf_raw *raw)
{
    hf_arena *mem = r->batch->mem;
    uint64_t copy;
    hf_view id = definition_id(r, raw, &copy);
    hf_kind kind = r->place.role == SLACK_USERS ? HF_KIND_USER : HF_KIND_CHANNEL;
    hf_record *rec = slack_add(r, copy == 0 ? kind : HF_KIND_OPAQUE);

    rec->raw = *raw;
    rec->flags = (unsigned)r->place.role << HF_REC_PLACE_SHIFT;
    rec->id = id;
    if (copy > 0) {
        rec->scope = r->place.word;
        rec->id = hf_arena_printf(mem, "%.*s#%llu", (int)id.n, id.p, (unsigned long long)copy + 1);
    }
    slack_fill(r->batch, rec, &r->tape, r->paths);
    if (kind == HF_KIND_CHANNEL)
        slack_convs_add(r->convs, r->place.workspace,
                        slack_id(&r->tape, hf_tape_get(&r->tape, 0, "name"), mem), id);
}

static hf_status give_message(slack_reader *r, const hf_raw *raw, hf_err **err)
{
    hf_record *rec = slack_add(r, HF_KIND_MESSAGE);
    slack_conv *conv = slack_convs_at(r->convs, r->conv);
    int64_t time_us = 0;
    uint64_t before = 0;
    hf_status rc = HF_OK;

    rec->scope = r->batch_scope;
    rec->raw = *raw;
    slack_fill(r->batch, rec, &r->tape, r->paths);
    if (rec->id.n == 0) {
        rec->id = place_id(r, raw);
        rec->flags |= HF_REC_SYNTHETIC_ID;
        return HF_OK;
    }
    slack_ts_us(rec->id, &time_us);
    rc = slack_seen_add(r->seen, time_us, rec->id, raw->offset, &before, err);
    if (before > 0) {
        rec->id = hf_arena_printf(r->batch->mem, "%.*s#%llu", (int)rec->id.n, rec->id.p,
                                  (unsigned long long)before + 1);
        rec->flags |= HF_REC_SYNTHETIC_ID;
    }
    if (rec->time_us != HF_NO_TIME) {
        if (conv->first_us == HF_NO_TIME || rec->time_us < conv->first_us)
            conv->first_us = rec->time_us;
        if (conv->last_us == HF_NO_TIME || rec->time_us > conv->last_us)
            conv->last_us = rec->time_us;
    }
    return rc;
}

/* Log entries and things kept raw; these may be anything, even the empty string that Slack writes
 * into empty lists. */
static void give_other(slack_reader *r, const hf_raw *raw)
{
    bool is_event = r->place.role == SLACK_EVENTS;
    hf_record *rec = slack_add(r, is_event ? HF_KIND_EVENT : HF_KIND_OPAQUE);

    rec->raw = *raw;
    rec->flags = HF_REC_SYNTHETIC_ID | (unsigned)r->place.role << HF_REC_PLACE_SHIFT;
    if (!is_event)
        rec->scope = r->place.word;
    rec->id = slack_digest_id(r->digests, r->place.word, raw->bytes, r->batch->mem);
    slack_fill(r->batch, rec, &r->tape, r->paths);
}

hf_status slack_give(slack_reader *r, const hf_raw *raw, hf_err **err)
{
    if (r->place.role == SLACK_LIST) {
        give_other(r, raw);
    } else if (hf_tok_type(&r->tape, 0) != HF_JSON_OBJECT) {
        slack_quarantine(r, raw, "not a JSON object");
    } else if (r->place.role == SLACK_DAY) {
        return give_message(r, raw, err);
    } else if (r->place.role == SLACK_EVENTS) {
        give_other(r, raw);
    } else {
        give_definition(r, raw);
    }
    return HF_OK;
}
