/* slack/rebuild.h: members written byte for byte, in the order of their container. */
#ifndef HF_SLACK_REBUILD_H
#define HF_SLACK_REBUILD_H

#include "format/format.h"

typedef struct slack_rebuild slack_rebuild;

slack_rebuild *slack_rebuild_new(hf_sink *sink); /* lent */
void slack_rebuild_free(slack_rebuild *w);       /* NULL is fine */

/* MEMBER, BYTES or MEMBER_END. Members that come before their turn wait, so that definitions,
 * which readers give first, stand where they stood. */
hf_status slack_rebuild_put(slack_rebuild *w, const hf_record *r, hf_err **err);

/* Write what still waits. */
hf_status slack_rebuild_finish(slack_rebuild *w, hf_err **err);

#endif
