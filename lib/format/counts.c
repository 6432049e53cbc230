/* format/counts.c: counts that mean the same in every command (schemas/counts.v1.json). */
#include "format/copy.h"

void hf_counts_init(hf_counts *c)
{
    *c = (hf_counts){ .first_us = HF_NO_TIME, .last_us = HF_NO_TIME };
}

/* What a message's values say, in one walk over them: it is made for every message twice. */
static void add_values(hf_counts *c, const hf_record *r)
{
    enum { THREAD = 1, SYSTEM = 2, BOT = 4, DELETED = 8, EDITED = 16 };
    bool is_by_bot = (r->flags & HF_REC_BY_BOT) != 0;
    unsigned seen = is_by_bot ? BOT : 0; /* of single fields the first counts */
    uint64_t last_file = UINT64_MAX;

    c->bot += is_by_bot;

#define ONCE(bit) ((seen & (bit)) == 0 ? (seen |= (bit), true) : false)
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];

        /* A file may have an id, a name, or only a mode: distinct item numbers. */
        if (v->field >= HF_F_MESSAGE_FILE_ID && v->field <= HF_F_MESSAGE_FILE_PATH) {
            c->files += v->item != last_file;
            last_file = v->item;
        } else if (v->field == HF_F_MESSAGE_REACTION_USER) {
            c->reactions++;
        } else if (v->item != 0) {
            continue;
        } else if (v->field == HF_F_MESSAGE_THREAD && ONCE(THREAD) && v->text.n > 0) {
            c->roots += hf_view_eq(v->text, r->id);
            c->replies += !hf_view_eq(v->text, r->id);
        } else if (v->field == HF_F_MESSAGE_IS_SYSTEM && ONCE(SYSTEM)) {
            c->system += v->num != 0;
        } else if (v->field == HF_F_MESSAGE_AUTHOR_BOT && ONCE(BOT)) {
            c->bot++;
        } else if (v->field == HF_F_MESSAGE_IS_DELETED && ONCE(DELETED)) {
            c->deleted += v->num != 0;
        } else if (v->field == HF_F_MESSAGE_EDITED_AT && ONCE(EDITED)) {
            c->edited++;
        }
    }
#undef ONCE
}

static void add_message(hf_counts *c, const hf_record *r)
{
    c->messages++;
    add_values(c, r);
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
