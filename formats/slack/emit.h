/* slack/emit.h: JSON as Slack writes it: 4 spaces a level, "key": value, "\/" and \uXXXX. */
#ifndef HF_SLACK_EMIT_H
#define HF_SLACK_EMIT_H

#include "util/json.h"

typedef struct slack_emit {
    hf_buf *out;
    int depth;     /* 1 for an element of a file's array: the line before it is the caller's */
    bool is_empty; /* nothing in the open container yet */
} slack_emit;

/* key NULL inside an array; each puts the comma and the line before it. */
void slack_emit_open(slack_emit *e, const char *key, char bracket);
void slack_emit_close(slack_emit *e, char bracket);
void slack_emit_text(slack_emit *e, const char *key, hf_view text);
void slack_emit_i64(slack_emit *e, const char *key, int64_t n);
void slack_emit_bool(slack_emit *e, const char *key, bool value);

#endif
