/* slack/compose.h: records of any format as Slack's JSON objects.
 *
 * Objects are spelled as Slack's own exports are: 4 spaces, "\/", \uXXXX, one level deep in the
 * array of their file. What the values cannot say is not invented, except for the few keys that
 * every known reader of exports relies on.
 */
#ifndef HF_SLACK_COMPOSE_H
#define HF_SLACK_COMPOSE_H

#include "slack/slack.h"

typedef struct slack_names {
    hf_map *users, *channels; /* name or native id to the id written; views in mem */
    hf_map *handles;          /* native id of a user to his name */
    hf_arena *mem;
} slack_names;

void slack_names_init(slack_names *n);
void slack_names_clear(slack_names *n);

/* The id to write for another system's id: itself when Slack could have given it or r is Slack's
 * own record, else one made from its digest. prefix: 'U' users, 'C' channels, 'D' direct messages,
 * 'F' files. The empty view stays empty. */
hf_view slack_write_id(const hf_record *r, char prefix, hf_view id, hf_arena *mem);

/* Where a message's reply count goes, and how its reactions were grouped. */
typedef struct slack_shape {
    size_t tail;           /* offset in out: before the object's closing brace */
    uint32_t *reaction_at; /* item number written for value index i of the record; NULL: none */
    bool is_notice;        /* only that there was a message is written */
} slack_shape;

typedef struct slack_message {
    hf_view ts;          /* its id as written */
    hf_view thread_ts;   /* empty: in no thread */
    hf_view parent_user; /* author of the root; empty when unknown */
    hf_view channel;     /* id as written */
    const char *notice;  /* written instead of everything it says; NULL: nothing is held back */
} slack_message;

/* What Slack would call a group of these members: mpdm-ann--bob--eve-1; the empty view when it has
 * none with a name. */
hf_view slack_group_name(const slack_names *n, const hf_record *channel, hf_arena *mem);

/* Append the object; markup is converted with names. id and name are those written; a direct
 * message has no name. */
void slack_compose_user(const hf_record *r, hf_arena *mem, hf_buf *out);
void slack_compose_channel(const slack_names *n, const hf_record *r, hf_view id, hf_view name,
                           hf_arena *mem, hf_buf *out);
void slack_compose_event(const hf_record *r, hf_arena *mem, hf_buf *out);
void slack_compose_message(const slack_names *n, const hf_record *r, const slack_message *m,
                           hf_arena *mem, hf_buf *out, slack_shape *shape);

/* One more reply, in a root's tail. */
typedef struct slack_reply {
    hf_view user;
    int64_t ts_us;
} slack_reply;

/* hf_format.compose: r's dialect and ids are Slack's own. */
bool slack_compose_own(const hf_record *r, hf_arena *mem, hf_buf *out);

/* Append what a root says of its replies, to stand at its tail. */
void slack_compose_replies(const slack_reply *list, size_t n, hf_buf *out);

/* An id of a moment: seconds, a point, six digits. */
hf_view slack_ts_text(int64_t us, hf_arena *mem);

/* Where the body of another system's attachment is put: __uploads/ID/NAME. */
hf_view slack_upload_name(hf_view file_id, hf_view member, hf_arena *mem);

/* Settle every value of r by what target, read back from the bytes written, says. reaction_at as in
 * slack_shape; NULL: items have their own numbers. */
void slack_settle(hf_record *r, const hf_record *target, const slack_shape *shape);

#endif
