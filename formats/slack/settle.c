/* slack/settle.c: what became of each value, judged by what was really written. */
#include "slack/compose.h"

/* Why a value differs in the target: by field, else by type. */
static const char *how_changed(const hf_value *v)
{
    static const struct {
        hf_field field;
        const char *how;
    } fields[] = {
        { HF_F_MESSAGE_TIME, "moved by microseconds to be unique in its channel" },
        { HF_F_MESSAGE_TYPE, "written as Slack's word for it" },
        { HF_F_MESSAGE_REACTION_NAME, "written as Slack's name of the emoji" },
        { HF_F_MESSAGE_THREAD, "written as the root's new id" },
        { HF_F_CHANNEL_NAME, "made a name that is a folder's and no other channel's" },
        { HF_F_USER_WORKSPACE, "written as the one team of this export" },
    };
    static const char *const types[] = {
        [HF_TYPE_TEXT] = "written in Slack's form",
        [HF_TYPE_MARKUP] = "markup converted to mrkdwn",
        [HF_TYPE_TIME] = "cut to what Slack writes there",
        [HF_TYPE_INT] = "written in Slack's form",
        [HF_TYPE_BOOL] = "written in Slack's form",
        [HF_TYPE_USER] = "written as an id of Slack's form",
        [HF_TYPE_CHANNEL] = "written as an id of Slack's form",
        [HF_TYPE_MESSAGE] = "written as an id of Slack's form",
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (fields[i].field == v->field)
            return fields[i].how;
    return types[hf_field_get(v->field)->type];
}

static bool is_number(const hf_value *v)
{
    hf_type t = hf_field_get(v->field)->type;

    return t == HF_TYPE_TIME || t == HF_TYPE_INT || t == HF_TYPE_BOOL;
}

static bool is_equal(const hf_value *a, const hf_value *b)
{
    return is_number(a) ? a->num == b->num : hf_view_eq(a->text, b->text);
}

static bool says_nothing(const hf_value *v)
{
    return is_number(v) ? v->num == 0 : v->text.n == 0;
}

/* The target's value of the same field and item; *from makes the usual case, the same order on both
 * sides, one step. */
static const hf_value *find(const hf_record *target, hf_field f, uint32_t item, uint32_t *from)
{
    for (uint32_t i = 0; i < target->nvalue; i++) {
        uint32_t at = (*from + i) % target->nvalue;

        if (target->value[at].field == f && target->value[at].item == item) {
            *from = at + 1;
            return &target->value[at];
        }
    }
    return NULL;
}

static bool is_reaction(hf_field f)
{
    return f >= HF_F_MESSAGE_REACTION_NAME && f <= HF_F_MESSAGE_REACTION_COUNT;
}

void slack_settle(hf_record *r, const hf_record *target, const slack_shape *shape)
{
    bool has[HF_F_COUNT] = { false };
    uint32_t from = 0;

    for (uint32_t i = 0; i < target->nvalue; i++)
        has[target->value[i].field] = true;
    for (uint32_t i = 0; i < r->nvalue; i++) {
        hf_value *v = &r->value[i];
        uint32_t item = shape != NULL && shape->reaction_at != NULL && is_reaction(v->field)
                            ? shape->reaction_at[i]
                            : v->item;
        const hf_value *other = has[v->field] ? find(target, v->field, item, &from) : NULL;

        v->how = NULL;
        if (other != NULL && is_equal(v, other)) {
            v->state = HF_EXACT;
        } else if (shape != NULL && shape->is_notice && v->field != HF_F_MESSAGE_TIME &&
                   v->field != HF_F_MESSAGE_AUTHOR && v->field != HF_F_MESSAGE_THREAD) {
            v->state = HF_LOST;
            v->how = "a notice is written instead";
        } else if (other != NULL) {
            v->state = HF_CHANGED;
            v->how = how_changed(v);
        } else if (says_nothing(v)) {
            v->state = HF_CHANGED;
            v->how = "left out: it says nothing";
        } else {
            v->state = HF_LOST;
            v->how = "Slack exports have no place for it";
        }
    }
}
