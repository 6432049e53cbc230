/* slack/days.h: the messages of one channel, gathered into its day files.
 *
 * A channel at a time: what a composed root says of its replies is known when the channel ends, so
 * its messages wait in a spool with a gap where that goes. Memory: 64 MiB of messages, 24 bytes per
 * run of messages between gaps, 16 bytes per reply.
 */
#ifndef HF_SLACK_DAYS_H
#define HF_SLACK_DAYS_H

#include "slack/slack.h"

typedef struct slack_days slack_days;

slack_days *slack_days_new(void);
void slack_days_free(slack_days *d); /* NULL is fine */

/* The day file of a moment, a day number in America/Los_Angeles, which Slack names its files by. No
 * moment, and one that no id can say, count as the first moment or the last that can be said. */
int64_t slack_day_of(int64_t us);

/* The next message: its JSON object without indentation before it. tail: where its replies go,
 * bytes from the start; 0 when it needs none. */
hf_status slack_days_add(slack_days *d, int64_t day, hf_view json, size_t tail, hf_view id,
                         hf_err **err);

/* A root, before its replies: id as they name it, ts_us, ts and user as written. */
void slack_days_root(slack_days *d, hf_view id, hf_view ts, hf_view user);

/* A reply to the root with that id; NULL when the root was not seen (yet). */
typedef struct slack_root_info {
    hf_view ts, user;
} slack_root_info;
const slack_root_info *slack_days_find(const slack_days *d, hf_view id);
void slack_days_reply(slack_days *d, hf_view root, hf_view user, int64_t ts_us);

bool slack_days_is_empty(const slack_days *d);

/* Write folder/YYYY-MM-DD.json for every day and forget all. */
hf_status slack_days_write(slack_days *d, hf_sink *sink, hf_view folder, hf_err **err);

#endif
