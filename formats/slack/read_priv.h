/* slack/read_priv.h: the reader's state, shared by read.c (members) and records.c (records). */
#ifndef HF_SLACK_READ_PRIV_H
#define HF_SLACK_READ_PRIV_H

#include "slack/slack.h"
#include "slack/window.h"

typedef struct slack_reader {
    hf_reader base; /* must stay first */
    hf_source *src;
    hf_paths *paths; /* NULL: no account */
    unsigned want;
    char *origin;
    hf_view root;
    uint32_t *defs; /* members with definitions, in the order of roles */
    size_t ndefs, next_def;
    uint32_t next_member;
    size_t next_coverage;
    slack_convs *convs;
    slack_seen *seen;
    hf_map *defined; /* "kind id" of users and channels that were given */
    hf_map *digests; /* of log entries and opaque things, and how often they occurred */
    hf_tape tape;

    /* the member being read */
    bool is_open, has_records, has_bytes;
    uint32_t member;
    slack_place place;
    uint32_t conv; /* number, of a day file */
    slack_window window;
    hf_json_split *split; /* NULL: its bytes only */

    /* of the batch being filled */
    hf_batch *batch;
    hf_view batch_origin, batch_scope;
} slack_reader;

/* Append a record with format and origin. */
hf_record *slack_add(slack_reader *r, hf_kind kind);

/* Append raw, which cannot be read, with the reason: static or of the batch. */
void slack_quarantine(slack_reader *r, const hf_raw *raw, const char *reason);

/* Append the record that raw is, whose tape is r->tape, as the member's place says. */
hf_status slack_give(slack_reader *r, const hf_raw *raw, hf_err **err);

#endif
