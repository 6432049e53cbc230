/* format/counts.c: counts that mean the same in every command (schemas/counts.v1.json). */
#include "format/copy.h"

void hf_counts_init(hf_counts *c)
{
    *c = (hf_counts){ .first_us = HF_NO_TIME, .last_us = HF_NO_TIME };
}

static uint64_t items(const hf_record *r, hf_field f)
{
    uint64_t n = 0;
    uint32_t at = 0;

    for (const hf_value *v = hf_rec_next(r, f, 0, &at); v != NULL;
         v = hf_rec_next(r, f, at + 1, &at))
        n++;
    return n;
}

/* Distinct item numbers among the values of file fields: a file may have an id, a name, or only a
 * mode. */
static uint64_t files(const hf_record *r)
{
    uint64_t n = 0, last = UINT64_MAX;

    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];

        if (v->field < HF_F_MESSAGE_FILE_ID || v->field > HF_F_MESSAGE_FILE_PATH || v->item == last)
            continue;
        last = v->item;
        n++;
    }
    return n;
}

static void add_message(hf_counts *c, const hf_record *r)
{
    hf_view root = hf_rec_get_text(r, HF_F_MESSAGE_THREAD);
    bool is_reply = root.n > 0 && !hf_view_eq(root, r->id);

    c->messages++;
    c->replies += is_reply;
    c->roots += root.n > 0 && !is_reply;
    c->system += hf_rec_get_bool(r, HF_F_MESSAGE_IS_SYSTEM);
    c->bot += (r->flags & HF_REC_BY_BOT) != 0 || hf_rec_get(r, HF_F_MESSAGE_AUTHOR_BOT) != NULL;
    c->deleted += hf_rec_get_bool(r, HF_F_MESSAGE_IS_DELETED);
    c->edited += hf_rec_get(r, HF_F_MESSAGE_EDITED_AT) != NULL;
    c->reactions += items(r, HF_F_MESSAGE_REACTION_USER);
    c->files += files(r);
    if (r->time_us == HF_NO_TIME)
        return;
    if (c->first_us == HF_NO_TIME || r->time_us < c->first_us)
        c->first_us = r->time_us;
    if (c->last_us == HF_NO_TIME || r->time_us > c->last_us)
        c->last_us = r->time_us;
}

static void add_channel(hf_counts *c, const hf_record *r)
{
    hf_view kind = hf_rec_get_text(r, HF_F_CHANNEL_KIND);

    if (hf_view_is(kind, "dm"))
        c->dms++;
    else if (hf_view_is(kind, "group"))
        c->groups++;
    else if (hf_view_is(kind, "private"))
        c->private_channels++;
    else
        c->channels++;
}

void hf_counts_add(hf_counts *c, const hf_record *r)
{
    if ((r->flags & (HF_REC_STUB | HF_REC_MADE)) != 0) {
        c->stubs++;
        return;
    }
    switch (r->kind) {
    case HF_KIND_MEMBER:
        c->members++;
        break;
    case HF_KIND_QUARANTINE:
        c->quarantined++;
        break;
    case HF_KIND_WORKSPACE:
        c->workspaces++;
        break;
    case HF_KIND_USER:
        c->users++;
        break;
    case HF_KIND_CHANNEL:
        add_channel(c, r);
        break;
    case HF_KIND_MESSAGE:
        add_message(c, r);
        break;
    case HF_KIND_EMOJI:
        c->emoji++;
        break;
    case HF_KIND_EVENT:
        c->events++;
        break;
    case HF_KIND_NONE:
    case HF_KIND_BYTES:
    case HF_KIND_MEMBER_END:
    case HF_KIND_COVERAGE:
    case HF_KIND_OPAQUE:
    case HF_KIND_MEMBERSHIP:
    case HF_KIND_DRAFT:
    case HF_KIND_COUNT:
        break;
    }
}
