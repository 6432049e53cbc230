/* slack/write_parts.c: one record of an export: its own bytes or composed ones, read back and
 * settled.
 */
#include "slack/write_priv.h"

bool slack_is_own(const hf_record *r)
{
    return r->format != NULL && strcmp(r->format, "slack") == 0;
}

bool slack_has_own_bytes(const hf_record *r)
{
    return slack_is_own(r) && r->raw.bytes.n > 0;
}

hf_status slack_done(slack_writer *w, const hf_record *r, const hf_record *target, hf_err **err)
{
    return w->ledger == NULL ? HF_OK : hf_ledger_done(w->ledger, r, target, err);
}

void slack_settle_all(hf_record *r, hf_state state)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        r->value[i].state = state;
}

hf_record *slack_read_back(slack_writer *w, const hf_record *r, slack_role role, hf_view scope,
                           hf_view id, hf_view bytes, hf_err **err)
{
    hf_record *target = hf_batch_add(w->scratch, r->kind);

    target->format = "slack";
    target->origin = r->origin;
    target->scope = scope;
    target->id = id;
    target->flags = (unsigned)role << HF_REC_PLACE_SHIFT;
    target->raw.bytes = bytes;
    if (slack_parse(w->scratch, target, NULL, err) == HF_OK)
        return target;
    if (err != NULL && *err != NULL)
        (*err)->code = HF_E_INTERNAL;
    hf_wrap(err, "a Slack %s record that was just written cannot be read", hf_kind_name(r->kind));
    return NULL;
}

hf_view slack_splice(slack_writer *w, hf_batch *b, hf_record *r, hf_record **target, hf_err **err)
{
    hf_arena *mem = w->scratch->mem;
    hf_view bytes = w->keep_secrets ? r->raw.bytes : hf_mask_raw(r, mem);
    hf_view id = r->id;

    *target = r;
    if (bytes.p == r->raw.bytes.p) {
        slack_settle_all(r, HF_EXACT);
        r->is_raw_kept = true;
        if ((r->flags & HF_REC_EDITED) == 0)
            return bytes;
        *target = slack_read_back(w, r, slack_role_of(r), r->scope, r->id, bytes, err);
        if (*target != NULL)
            slack_settle(r, *target, NULL);
        return bytes;
    }
    hf_mask_settle(b, r);
    if (r->kind == HF_KIND_EVENT)
        id = slack_digest_id(w->digests, HF_V("event"), bytes, mem);
    *target = slack_read_back(w, r, slack_role_of(r), r->scope, id, bytes, err);
    return bytes;
}

static hf_status add_element(slack_spool *s, hf_view json, hf_err **err)
{
    hf_status rc = slack_spool_add(s, s->n == 0 ? HF_V("[\n    ") : HF_V(",\n    "), err);

    return rc == HF_OK ? slack_spool_add(s, json, err) : rc;
}

hf_status slack_add_own(slack_writer *w, hf_batch *b, hf_record *r, slack_spool *to, hf_err **err)
{
    hf_record *target;
    hf_view bytes = slack_splice(w, b, r, &target, err);
    hf_status rc = target == NULL ? HF_E_INTERNAL : add_element(to, bytes, err);

    return rc == HF_OK ? slack_done(w, r, target, err) : rc;
}

hf_status slack_add_composed(slack_writer *w, hf_record *r, slack_role role, hf_view id,
                             slack_spool *to, hf_err **err)
{
    hf_view bytes = hf_buf_view(&w->json);
    hf_record *target = slack_read_back(w, r, role, HF_V(""), id, bytes, err);
    hf_status rc = target == NULL ? HF_E_INTERNAL : HF_OK;

    if (rc == HF_OK)
        slack_settle(r, target, NULL);
    if (rc == HF_OK && to != NULL)
        rc = add_element(to, bytes, err);
    if (rc == HF_OK && to == NULL) /* only its folder shows it */
        target->flags |= HF_REC_STUB;
    return rc == HF_OK ? slack_done(w, r, target, err) : rc;
}

hf_status slack_leave_out(slack_writer *w, hf_record *r, const char *why, hf_err **err)
{
    for (uint32_t i = 0; i < r->nvalue; i++) {
        r->value[i].state = HF_LOST;
        r->value[i].how = why;
    }
    return slack_done(w, r, NULL, err);
}
