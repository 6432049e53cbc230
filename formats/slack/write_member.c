/* slack/write_member.c: members of the source that hold no records: attachments, files of other
 * programs.
 */
#include "slack/write_priv.h"

#include "io/name.h"

/* The name that a member is written under; the empty view when it cannot be: it would be taken for
 * records, leave the folder, or stand there twice. */
static hf_view member_name(slack_writer *w, const hf_record *r, bool *moved)
{
    const hf_rec_member *m = &r->u.member;
    hf_view name = m->name;
    bool fresh;

    *moved = false;
    if (!w->is_from_slack && m->file_id.n > 0) {
        name = slack_upload_name(slack_write_id(r, 'F', m->file_id, w->scratch->mem), name,
                                 w->scratch->mem);
        *moved = true;
    }
    if (m->type == HF_MEMBER_FOLDER && !hf_view_ends(name, HF_V("/")))
        name = hf_arena_printf(w->scratch->mem, "%.*s/", (int)name.n, name.p);
    if (m->type == HF_MEMBER_LINK || !hf_name_is_safe(name) ||
        slack_place_of(name, (hf_view){ "", 0 }).role != SLACK_OPAQUE)
        return (hf_view){ NULL, 0 };
    hf_map_put(w->members, name, &fresh);
    return fresh ? name : (hf_view){ NULL, 0 };
}

/* Other systems' attachments are written when a message has them that is written as it is. */
void slack_expect(hf_writer *base, const hf_record *r)
{
    slack_writer *w = (slack_writer *)base;

    if (r->kind == HF_KIND_CHANNEL && slack_is_foreign(r))
        hf_map_put(w->foreign, r->id, NULL);
    if (r->kind != HF_KIND_MESSAGE || slack_is_withheld(r) ||
        hf_map_get(w->foreign, r->scope) != NULL)
        return;
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].field == HF_F_MESSAGE_FILE_ID ||
            r->value[i].field == HF_F_MESSAGE_FILE_PATH)
            hf_map_put(w->expected, r->value[i].text, NULL);
}

static bool is_expected(const slack_writer *w, const hf_rec_member *m)
{
    return w->is_from_slack || hf_map_get(w->expected, m->file_id) != NULL ||
           hf_map_get(w->expected, m->name) != NULL;
}

static hf_status begin_member(slack_writer *w, const hf_record *r, hf_err **err)
{
    hf_view name;
    bool moved = false;
    hf_status rc;

    w->taking = SLACK_TAKE_NOT;
    if (!r->u.member.is_opaque)
        return HF_OK; /* its records are written */
    name = is_expected(w, &r->u.member) ? member_name(w, r, &moved) : (hf_view){ NULL, 0 };
    w->taking = name.n > 0 ? SLACK_TAKE_WRITE : SLACK_TAKE_SIDECAR;
    if (name.n > 0) {
        hf_map_put(w->members, r->u.member.name, NULL);
        rc = hf_sink_member_mode(w->sink, name, r->u.member.mode, err);
        if (rc != HF_OK)
            return rc;
    }
    if (w->ledger == NULL)
        return HF_OK;
    return hf_ledger_member(w->ledger, r,
                            name.n == 0 ? HF_LOST
                            : moved     ? HF_CHANGED
                                        : HF_EXACT,
                            err);
}

hf_status slack_put_container(slack_writer *w, const hf_record *r, hf_err **err)
{
    if (r->kind == HF_KIND_MEMBER)
        return begin_member(w, r, err);
    if (r->kind == HF_KIND_BYTES && w->taking == SLACK_TAKE_WRITE)
        return hf_sink_write(w->sink, r->raw.bytes, err);
    if (r->kind == HF_KIND_BYTES && w->taking == SLACK_TAKE_SIDECAR && w->ledger != NULL)
        return hf_ledger_opaque(w->ledger, r, err);
    if (r->kind == HF_KIND_MEMBER_END)
        w->taking = SLACK_TAKE_NOT;
    return HF_OK;
}
