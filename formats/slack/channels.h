/* slack/channels.h: what the writer calls channels, and which folders they have. */
#ifndef HF_SLACK_CHANNELS_H
#define HF_SLACK_CHANNELS_H

#include "slack/slack.h"

typedef struct slack_channel {
    hf_view out_id; /* its id as written */
    hf_view name;   /* as written; empty for direct messages */
    hf_view folder; /* unique in the export */
    slack_role role;
    bool has_files; /* its folder has day files */
} slack_channel;

typedef struct slack_channels slack_channels;

slack_channels *slack_channels_new(void);
void slack_channels_free(slack_channels *c); /* NULL is fine */

/* Results are valid as long as c. made: the name of a channel that has none, empty to call it by
 * its id. A record of Slack's own keeps its id, and its name unless that cannot be a folder; of two
 * that share a name the later gets the folder of its id. */
slack_channel *slack_channels_add(slack_channels *c, const hf_record *r, hf_view made);
/* A channel that only a message names. */
slack_channel *slack_channels_unknown(slack_channels *c, const hf_record *message);
slack_channel *slack_channels_find(const slack_channels *c, hf_view id); /* NULL when unknown */
size_t slack_channels_count(const slack_channels *c);
slack_channel *slack_channels_at(const slack_channels *c, size_t i);

#endif
