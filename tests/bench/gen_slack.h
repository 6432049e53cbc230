/* tests/bench/gen_slack.h: what the parts of the Slack writer share. */
#ifndef HF_TESTS_GEN_SLACK_H
#define HF_TESTS_GEN_SLACK_H

#include "gen.h"

/* Append a string literal. */
#define ADD(b, literal) hf_buf_add((b), HF_V(literal))

typedef struct gen_slack {
    gen_world *w;
    gen_tally *tally;
    gen_out *o;
    gen_stream s;
    hf_buf text;         /* neutral text of the message at hand */
    hf_buf mrkdwn;       /* the same as Slack writes it */
    hf_buf *profile;     /* user_profile of each user, ready to copy */
    hf_buf *old_profile; /* the same before a rename */
    uint32_t *stamp;     /* per user: serial of the thread in which it was last seen */
    uint32_t serial;
} gen_slack;

/* A JSON string with its quotes. */
static inline void gen_slack_string(hf_buf *b, const char *text)
{
    hf_json_put_string(b, hf_view_str(text), HF_JSON_PHP);
}

/* How a text names a user. */
static inline const char *gen_slack_ref(const gen_user *u)
{
    return u->is_legacy_bot ? u->bot_id : u->id;
}

/* A neutral text as mrkdwn, a JSON string with its quotes. */
void gen_slack_mrkdwn(gen_slack *k, hf_buf *b, hf_view text);

/* ,"blocks": the same text as rich_text. */
void gen_slack_blocks(gen_slack *k, hf_buf *b, hf_view text, uint64_t id);

/* users.json, channels.json and the other index files. */
void gen_slack_index(gen_slack *k);

#endif
