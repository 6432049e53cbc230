/* slack/slack.h: what the files of the Slack format share.
 *
 * Format   docs/formats/slack.md; "How to read Slack data exports" (Slack help 220556107), and the
 *          exports observed there.
 * place.c  which member holds what        parse.c message.c blocks.c  bytes to records
 * read.c   members to batches             convs.c seen.c              folders, repeated ids
 * write.c  batches to members             compose.c                   records to bytes
 */
#ifndef HF_SLACK_SLACK_H
#define HF_SLACK_SLACK_H

#include "format/format.h"

extern const hf_format hf_format_slack;

/* --- place.c: what a member's name says ---------------------------------------------------------
 */

/* Definitions come first and in this order; their numbers stand in the HF_REC_PLACE bits of stored
 * records and never change. */
typedef enum slack_role {
    SLACK_OPAQUE,
    SLACK_USERS,
    SLACK_CHANNELS,
    SLACK_GROUPS,
    SLACK_DMS,
    SLACK_MPIMS,
    SLACK_DAY,    /* FOLDER/YYYY-MM-DD.json */
    SLACK_EVENTS, /* integration_logs.json */
    SLACK_LIST,   /* canvases.json and its like: arrays of things that we keep raw */
    SLACK_ROLES
} slack_role;

typedef struct slack_place {
    slack_role role;
    hf_view workspace; /* folder below teams/ in a Grid export; empty at the root */
    hf_view folder;    /* of a day file: the conversation's folder */
    hf_view word;      /* first word of its records' paths: "user", "canvas" ... */
    hf_view file_id;   /* of an attachment's bytes */
} slack_place;

/* What stands before every name: empty, or the one folder that somebody wrapped the export in, with
 * its slash. *found is false when there is no index file at all. */
hf_view slack_root(const hf_source *s, bool *found);

/* name is the member's whole name; the views point into it or to static text. */
slack_place slack_place_of(hf_view name, hf_view root);

/* "users.json" of a role (the first spelling); NULL for roles without one file. */
const char *slack_index_name(slack_role role);

/* The file that keeps things with this path word, "canvases.json" for "canvas"; NULL when none. */
const char *slack_list_name(hf_view word);

/* Channel kind that an index file stands for; NULL for other roles. */
const char *slack_channel_kind(slack_role role);

/* --- parse.c, message.c, blocks.c: bytes to records ---------------------------------------------
 */

static inline slack_role slack_role_of(const hf_record *r)
{
    unsigned n = (r->flags & HF_REC_PLACE) >> HF_REC_PLACE_SHIFT;

    return n < SLACK_ROLES ? (slack_role)n : SLACK_OPAQUE;
}

/* hf_format.parse. */
hf_status slack_parse(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err);

/* Add values, time, id (when r has none and the source gives one) and, when paths is not NULL,
 * leaves from t, the tape of r->raw.bytes, which must be an object unless r is opaque. r has kind,
 * origin, scope, raw and its place bits. */
void slack_fill(hf_batch *b, hf_record *r, hf_tape *t, hf_paths *paths);

void slack_fill_message(hf_batch *b, hf_record *r, hf_tape *t);

/* As hf_take_text, but "" is no value. */
bool slack_take(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f, uint32_t item);

/* The text of an id: a string, or a number's digits; empty when it is neither or empty. */
hf_view slack_id(const hf_tape *t, uint32_t tok, hf_arena *mem);

/* Digits, or digits.digits: what Slack uses as a message id. */
bool slack_is_ts(hf_view text);

/* Such an id as microseconds, digits past the sixth cut off; false, and *us is left alone, when it
 * is none or too large. */
bool slack_ts_us(hf_view text, int64_t *us);

/* An id for what has none: a digest of its bytes, and "#2" and so on for the same bytes again; seen
 * counts them per word. */
hf_view slack_digest_id(hf_map *seen, hf_view word, hf_view bytes, hf_arena *mem);

/* Seconds since 1970 as Slack writes them. */
enum { SLACK_TS_SECONDS = 1000000 };

/* The words of blocks (an array of Block Kit and rich_text blocks) in mrkdwn; the empty view when
 * they say nothing. */
hf_view slack_blocks_text(const hf_tape *t, uint32_t blocks, hf_arena *mem);

/* --- convs.c, seen.c: folders and repeated ids --------------------------------------------------
 */

typedef struct slack_conv {
    hf_view id;       /* scope of its messages */
    uint32_t number;  /* from 0, in the order they became known */
    int64_t first_us; /* of its messages with a time; HF_NO_TIME while there is none */
    int64_t last_us;
    bool is_stub; /* only a folder: no index lists it */
} slack_conv;

typedef struct slack_convs slack_convs;

slack_convs *slack_convs_new(void);
void slack_convs_free(slack_convs *c); /* NULL is fine */

/* An index lists a conversation: its folder is called name, or id when it has none. Of two that
 * share a folder name the first listed has it. */
void slack_convs_add(slack_convs *c, hf_view workspace, hf_view name, hf_view id);

/* The conversation whose messages lie in folder; *fresh is set when none is listed and a stub was
 * made. Valid until the next call that adds one. */
slack_conv *slack_convs_folder(slack_convs *c, hf_view workspace, hf_view folder, bool *fresh);

size_t slack_convs_count(const slack_convs *c);
slack_conv *slack_convs_at(slack_convs *c, size_t i);

/* Finds messages whose id occurred in the same conversation before. It keeps one small entry per
 * conversation, day and member, and reads a member again when its entry says that it may hold the
 * id: in the usual case, with ascending days and times, nothing is ever read twice. */
typedef struct slack_seen slack_seen;

slack_seen *slack_seen_new(hf_source *src); /* lent */
void slack_seen_free(slack_seen *s);        /* NULL is fine */

/* Messages of this member follow, in its order. */
void slack_seen_begin(slack_seen *s, uint32_t conv, uint32_t member);

/* How many messages of the conversation had this id before this one. time_us is the id as
 * microseconds, offset where the message begins in the member. */
hf_status slack_seen_add(slack_seen *s, int64_t time_us, hf_view id, uint64_t offset,
                         uint64_t *before, hf_err **err);

/* --- read.c, write.c ----------------------------------------------------------------------------
 */

hf_status slack_open(hf_reader **out, const hf_reader_args *args, hf_err **err);
hf_status slack_create(hf_writer **out, const hf_writer_args *args, hf_err **err);

#endif
