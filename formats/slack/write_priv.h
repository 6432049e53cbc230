/* slack/write_priv.h: the parts of the writer: write.c has the stream and the files, write_lists.c
 * and write_message.c what becomes of each kind of record, write_parts.c what they share,
 * write_member.c what holds no records.
 */
#ifndef HF_SLACK_WRITE_PRIV_H
#define HF_SLACK_WRITE_PRIV_H

#include "slack/channels.h"
#include "slack/compose.h"
#include "slack/days.h"
#include "slack/rebuild.h"
#include "slack/spool.h"

#include "format/ledger.h"
#include "format/listed.h"
#include "format/mask.h"

enum { SLACK_INDEX_BYTES = 8 << 20, SLACK_LISTS = 8 };

/* What becomes of the member whose bytes are coming. */
typedef enum slack_taking {
    SLACK_TAKE_NOT,
    SLACK_TAKE_WRITE,
    SLACK_TAKE_SIDECAR,
} slack_taking;

/* Canvases and the like: the file that the records of that word go to. */
typedef struct slack_list_file {
    hf_view word;
    slack_spool spool;
} slack_list_file;

typedef struct slack_writer {
    hf_writer base; /* must stay first */
    hf_sink *sink;
    hf_ledger *ledger; /* NULL when nobody accounts */
    bool keep_secrets, is_from_slack;
    slack_rebuild *rebuild; /* of an exact stream; then nothing below is used */

    slack_spool index[SLACK_ROLES]; /* files of one array each, without their brackets */
    slack_list_file lists[SLACK_LISTS];
    size_t nlists;
    slack_names names;
    slack_channels *channels;
    slack_days *days;
    slack_channel *open; /* whose days are being gathered */
    int64_t last_us;     /* of its messages, as written */
    hf_map *digests;     /* of log entries written */
    hf_map *members;     /* opaque members written, by the source's name */
    hf_map *expected;    /* ids and members of attachments that written messages have */
    hf_map *foreign;     /* ids of channels of a kind that Slack does not have: not written */
    hf_listed *listed;   /* NULL when the source has no memberships */
    slack_taking taking;
    hf_batch *scratch; /* records read back */
    hf_buf json;
} slack_writer;

/* --- what they share: write_parts.c ------------------------------------------------------------
 */

bool slack_is_own(const hf_record *r);        /* the record is Slack's */
bool slack_has_own_bytes(const hf_record *r); /* and its source bytes are there */

void slack_settle_all(hf_record *r, hf_state state);

/* r is dealt with: target is what will be read of it, NULL when it was not written. */
hf_status slack_done(slack_writer *w, const hf_record *r, const hf_record *target, hf_err **err);

/* r is not written, and why: all its values are lost. */
hf_status slack_leave_out(slack_writer *w, hf_record *r, const char *why, hf_err **err);
#define SLACK_FOREIGN "of a kind of channel that Slack does not have"

/* Read back the bytes written for r. NULL, and an error, when they cannot be read, which would be a
 * fault of ours. */
hf_record *slack_read_back(slack_writer *w, const hf_record *r, slack_role role, hf_view scope,
                           hf_view id, hf_view bytes, hf_err **err);

/* The bytes to write for a record of Slack's own, settled: its own, with secrets masked. *target is
 * what will be read from them; NULL, and an error, when that fails. */
hf_view slack_splice(slack_writer *w, hf_batch *b, hf_record *r, hf_record **target, hf_err **err);

/* A record of Slack's own into the array of a file. */
hf_status slack_add_own(slack_writer *w, hf_batch *b, hf_record *r, slack_spool *to, hf_err **err);

/* A record that was composed in w->json, into the array of a file; to: NULL when only a folder
 * shows it. */
hf_status slack_add_composed(slack_writer *w, hf_record *r, slack_role role, hf_view id,
                             slack_spool *to, hf_err **err);

/* --- write_lists.c -----------------------------------------------------------------------------
 */

hf_status slack_put_user(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err);
/* A channel of a kind that Slack does not have. */
bool slack_is_foreign(const hf_record *channel);

hf_status slack_put_channel(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err);
hf_status slack_put_event(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err);
hf_status slack_put_opaque(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err);
hf_status slack_put_membership(slack_writer *w, hf_record *r, hf_err **err);

/* --- write_message.c ---------------------------------------------------------------------------
 */

/* Nothing but, at most, a notice is written of the message. */
bool slack_is_withheld(const hf_record *r);

hf_status slack_put_message(slack_writer *w, hf_batch *b, hf_record *r, hf_err **err);

/* Write the day files of the channel that is open, if one is. */
hf_status slack_close_channel(slack_writer *w, hf_err **err);

/* --- write_member.c ----------------------------------------------------------------------------
 */

/* hf_writer_ops.expect. */
void slack_expect(hf_writer *base, const hf_record *r);

/* MEMBER, BYTES or MEMBER_END. */
hf_status slack_put_container(slack_writer *w, const hf_record *r, hf_err **err);

#endif
