/* slack/compose_priv.h: shared by compose.c and compose_message.c. */
#ifndef HF_SLACK_COMPOSE_PRIV_H
#define HF_SLACK_COMPOSE_PRIV_H

#include "slack/compose.h"
#include "slack/emit.h"

/* The values of a record's list fields, item by item; what a group of fields says together. */
typedef struct slack_items {
    const hf_value **value; /* by item, in their own order within one */
    size_t n, from, to;     /* the current item's are [from, to) */
} slack_items;

/* Values of fields first to last, which stand together in fields.def. */
slack_items slack_items_of(const hf_record *r, hf_field first, hf_field last, hf_arena *mem);
bool slack_items_next(slack_items *s); /* the next item; false after the last */
const hf_value *slack_items_get(const slack_items *s, hf_field f); /* NULL when absent */

/* A text of r's dialect in mrkdwn. */
hf_view slack_markup(const slack_names *n, const hf_record *r, hf_view text, hf_arena *mem);

/* Put a text unless it is empty. */
void slack_put_text(slack_emit *e, const char *key, hf_view text);

/* A moment in whole seconds, 0 when there is none. */
int64_t slack_seconds(const hf_value *v);

#endif
