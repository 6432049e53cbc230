/* mattermost_bulk/write_priv.h: the writer's parts.
 *
 * people.c      who and where: users, bots, channels, their names in the target
 * write.c       the stages: put, settle, finish; attachments; the file put together
 * write_defs.c  team, channel, user, bot, emoji and direct channel lines
 * write_post.c  threads, posts and replies
 * write_props.c a post's props: cards, files without bytes, our marks
 * settle.c      what became of each value
 *
 * A value that was written is first settled EXACT with the words for a difference in how; then the
 * bytes are read by the reader's own code, and only what that gives back unchanged stays EXACT.
 */
#ifndef HF_BULK_WRITE_PRIV_H
#define HF_BULK_WRITE_PRIV_H

#include "bulk_priv.h"
#include "format/listed.h"

#include <stdio.h>

typedef struct bulk_writer bulk_writer;

/* --- people.c ------------------------------------------------------------------------------------
 */

typedef struct bulk_user {
    hf_record *rec;   /* NULL for a stub */
    hf_view id;       /* the source's; empty for the one stub of posts without an author */
    hf_view username; /* in the target; set by bulk_people_freeze */
    hf_view shown;    /* a stub's display name */
    bool is_bot, is_guest;
    uint32_t same_as; /* number + 1 of the user that this definition repeats; 0: none */
} bulk_user;

typedef struct bulk_channel bulk_channel;
struct bulk_channel {
    hf_record *rec; /* NULL for a stub */
    hf_view source_id;
    hf_view name;    /* of a team's channel in the target; empty for a direct channel */
    hf_view id;      /* as our reader gives it */
    hf_view members; /* a direct channel's members as a JSON array */
    uint32_t number, team;
    uint32_t *user; /* members, by number; of a direct channel in the order of members */
    uint32_t nuser;
    bool is_direct, is_private;
    bool is_foreign;       /* of a kind that the import cannot make: not written */
    const char *why_moved; /* a conversation that became a private channel, and why; else NULL */
    bulk_channel *same_as; /* the channel that this definition repeats; NULL: none */
    int64_t posts, roots, last_ms; /* written so far; last_ms 0 when none */
    hf_map *pins;                  /* ids of pinned messages, 1 once written; NULL when none */
};

typedef struct bulk_team {
    hf_record *rec; /* NULL: nobody defined it */
    hf_view id;     /* the source's */
    hf_view name;   /* set by bulk_people_freeze */
    hf_map *names;  /* of its channels, in use */
} bulk_team;

/* A user in a team; or who is an administrator of a channel. */
typedef struct bulk_member {
    uint32_t user, place; /* numbers */
    bool of_team, is_admin;
} bulk_member;

/* A kind of channel that the import cannot make; none at all is a private channel. */
bool bulk_is_foreign_kind(hf_view kind);

#define BULK_FOREIGN "of a kind of channel that the import cannot make"

typedef struct bulk_people {
    hf_arena *mem;
    bulk_team *team;
    uint32_t nteam;
    hf_map *team_by_id; /* origin NUL id -> number in team */
    hf_map *team_names; /* in use */
    hf_record **spare;  /* further workspaces that go into a team of theirs */
    uint32_t nspare;
    bool is_one_team; /* the one that the user named */
    bulk_member *member;
    size_t nmember, cap_member;
    hf_listed *listed; /* members of the first nlisted channels; NULL: nobody asked */
    uint32_t nlisted;
    hf_map *by_id;             /* origin NUL id -> number in user */
    hf_map *by_bot;            /* origin NUL bot id -> number in user */
    hf_map *usernames, *names; /* in use: of users, of direct channels */
    hf_map *channel_by_id;     /* origin NUL id -> number in channel */
    bulk_user *user;
    uint32_t nuser, cap_user;
    bulk_channel **channel;
    uint32_t nchannel, cap_channel;
    uint32_t nobody; /* number + 1 of the stub for posts without an author; 0: none yet */
    bool is_frozen;
    hf_buf key;
} bulk_people;

void bulk_people_init(bulk_people *p);
void bulk_people_clear(bulk_people *p);

/* Definitions; r must live as long as p. After the freeze they get their name at once. */
void bulk_people_add_user(bulk_people *p, hf_record *r);
void bulk_people_add_channel(bulk_people *p, hf_record *r);
/* All definitions are there: give names. Those that fit as they are keep theirs. HF_E_USAGE when
 * there is no team. */
hf_status bulk_people_freeze(bulk_people *p, hf_err **err);
/* Origin and id as one key; lent until the next call. */
hf_view bulk_key(const bulk_people *p, hf_view origin, hf_view id);

/* Number of the user with that id, a deactivated stub when the source does not define it. */
uint32_t bulk_people_user(bulk_people *p, hf_view origin, hf_view id, hf_view shown);
/* The same for a message: by user, else by bot identity, else nobody. */
uint32_t bulk_people_author(bulk_people *p, const hf_record *message);
uint32_t bulk_people_nobody(bulk_people *p);
/* The channel with that id, a private stub when the source does not define it. */
bulk_channel *bulk_people_channel(bulk_people *p, hf_view origin, hf_view id);
/* What a mention shows; empty when unknown. */
hf_view bulk_people_mention(const bulk_people *p, hf_view origin, hf_view id);
hf_view bulk_people_mention_channel(const bulk_people *p, hf_view origin, hf_view id);

/* Members in the order of rank (by user number), each once; self-direct channels keep both. */
void bulk_sort_members(bulk_channel *c, const uint32_t *rank);
/* Users in the order of their lines: by username, people before bots. Numbers, in mem. */
uint32_t *bulk_people_order(const bulk_people *p, hf_arena *mem);

/* --- teams.c -------------------------------------------------------------------------------------
 */

/* Everything goes into the team of that name, which lives as long as p. */
void bulk_teams_one(bulk_people *p, hf_view name);
void bulk_teams_add(bulk_people *p, hf_record *r);
hf_status bulk_teams_freeze(bulk_people *p, hf_err **err);
/* Number of the team of a workspace; the first one when workspace is empty. */
uint32_t bulk_team_of(bulk_people *p, hf_view origin, hf_view workspace);
void bulk_teams_clear(bulk_people *p);

/* Note what a membership says, and settle its values. */
void bulk_take_membership(bulk_people *p, hf_record *r);
/* All are there: the two questions below may be asked. */
void bulk_members_sort(bulk_people *p);
bool bulk_is_admin(const bulk_people *p, uint32_t user, uint32_t place, bool of_team);
bool bulk_is_in_team(const bulk_people *p, uint32_t user, uint32_t team);

/* --- write.c -------------------------------------------------------------------------------------
 */

typedef struct bulk_spool {
    FILE *file; /* NULL until something is written */
    uint64_t bytes;
} bulk_spool;

enum {
    SPOOL_POSTS,
    SPOOL_DIRECT_POSTS,
    SPOOL_MORE_POSTS,
    SPOOL_MORE_DIRECT,
    SPOOL_DEFINITIONS,
    SPOOL_DIRECT_CHANNELS,
    NSPOOL
};

/* One message on its way: which target item each source item became; UINT32_MAX: none. */
typedef struct bulk_items {
    uint32_t *reaction, *card, *file; /* by source item */
    uint32_t nreaction, ncard, nfile;
} bulk_items;

/* What our marks say of a post. */
typedef struct bulk_marks {
    bool stub, again, broadcast, deleted;
    hf_view type;    /* the source's word; empty: none */
    size_t part, of; /* of 0: not a piece */
} bulk_marks;

/* The thread whose line is being written. */
typedef struct bulk_thread {
    bool is_open, has_list, has_replies, is_again; /* list: "replies":[ was written */
    bool is_waiting;                               /* for a reply: nothing is written yet */
    bulk_channel *channel;
    hf_record *root;             /* NULL for a stub */
    hf_batch *batch;             /* holds root; kept until the thread ends */
    bool batch_is_held, is_bare; /* bare: only marks in the root's props */
    bulk_items items;
    bulk_marks marks;
    const char *type;
    uint32_t author;
    int64_t ms;
    hf_buf key;                /* origin NUL id of the root in the source */
    hf_buf head;               /* the root's fields, without braces */
    size_t core;               /* bytes of head that a repeated root has too */
    hf_buf parts;              /* objects that continue its text, joined by commas */
    char id[BULK_POST_ID + 1]; /* of the root as our reader gives it */
    uint64_t line_bytes;
} bulk_thread;

struct bulk_writer {
    hf_writer base;                                    /* must stay first */
    hf_ledger *ledger;                                 /* NULL: nobody accounts */
    hf_view team, team_title, email_domain, bot_owner; /* empty when not given */
    size_t max_post;                                   /* code points of a message */
    uint64_t max_line;                                 /* bytes; a line is ended before it */
    bool file_notes, has_files, is_exact;
    hf_sink *sink;
    bulk_people people;
    hf_batch *current; /* being put */
    hf_batch **held;   /* batches with definitions */
    size_t nheld, cap_held;
    hf_record **emoji;
    size_t nemoji;
    bulk_spool spool[NSPOOL];
    bulk_thread thread;
    bulk_clock clock;
    const bulk_channel *clock_channel;
    hf_map *expected;  /* file ids of messages, names of members of emoji that will be written */
    hf_map *foreign;   /* origin NUL id of channels whose messages will not */
    hf_map *files;     /* file id -> path below data/ (owned by mem) */
    hf_map *members;   /* member name -> path below data/ */
    hf_map *paths;     /* in use below data/ */
    hf_map *reactions; /* emoji names used */
    enum { BYTES_NONE, BYTES_TARGET, BYTES_SIDECAR } bytes; /* where the open member's bytes go */
    int64_t last_ms;
    hf_arena *mem;     /* as long as the writer */
    hf_batch *scratch; /* target records, emptied for each */
    hf_tape tape;
    hf_buf out, one; /* a line or object being composed */
    hf_buf version;  /* the first line, from settle to finish */
};

/* The options into w; HF_E_USAGE. */
hf_status bulk_read_options(bulk_writer *w, const hf_opts *o, hf_err **err);
/* HF_E_USAGE when a source of that format never names a team; without waiting for its end. */
hf_status bulk_needs_team(const char *source_format, hf_err **err);

hf_status bulk_spool_add(bulk_writer *w, int spool, hf_view bytes, hf_err **err);

/* A JSON string as Go writes it; NUL, which PostgreSQL refuses, becomes U+FFFD. */
void bulk_put_text(hf_buf *out, hf_view text);
/* ,"key": then the text; with no comma at the start of an object. */
void bulk_put_field(hf_buf *out, const char *key, hf_view text);
void bulk_put_key(hf_buf *out, const char *key);

/* text of the record's dialect as Markdown, or as plain text, in mem. */
hf_view bulk_markup(bulk_writer *w, const hf_record *r, hf_view text, hf_dialect to, hf_arena *mem);

/* --- write_defs.c --------------------------------------------------------------------------------
 */

/* Compose the definitions into their spools and settle them. */
hf_status bulk_write_definitions(bulk_writer *w, hf_err **err);

/* --- write_post.c --------------------------------------------------------------------------------
 */

/* Write a message; its batch stays alive as long as the thread it begins is open. */
hf_status bulk_write_message(bulk_writer *w, hf_record *r, hf_batch *b, hf_err **err);
hf_status bulk_end_thread(bulk_writer *w, hf_err **err);

/* --- write_props.c -------------------------------------------------------------------------------
 */

/* Add ,"props":{...} when there is anything to say. r NULL: only marks. */
void bulk_put_props(bulk_writer *w, hf_record *r, const bulk_marks *marks, const char *post_type,
                    hf_view author, bulk_items *items, hf_buf *out, hf_arena *mem);
/* Add ,"attachments":[...] for the files whose bytes are in the target. */
void bulk_put_files(bulk_writer *w, hf_record *r, bulk_items *items, hf_buf *out, hf_arena *mem);
/* Bytes of the file with that id (NULL: none) are in the target: its path; empty otherwise. */
hf_view bulk_file_path(const bulk_writer *w, const hf_value *id);

/* --- settle.c ------------------------------------------------------------------------------------
 */

/* The value was written; how says what it became should it not read back as it was. */
void bulk_written(hf_value *v, const char *how);
void bulk_written_field(hf_record *r, hf_field f, const char *how);
void bulk_state(hf_record *r, hf_field f, hf_state state, const char *how);

/* The record is not written: nothing of it is in the target, and why. */
void bulk_leave_out(hf_record *r, const char *why);

/* Keep EXACT only what target (NULL: nothing) has too; items may be NULL. false and "" need no
 * value there. mem is for tables. */
void bulk_verify(hf_record *r, const hf_record *target, const bulk_items *items, hf_arena *mem);

/* A definition that repeats another: what the first one settled holds for equal values. */
void bulk_settle_twin(hf_record *r, const hf_record *first);

/* The record that our reader gives for a definition's line, without channel members; in w->scratch,
 * until the next call. */
hf_record *bulk_target_line(bulk_writer *w, hf_view line);
/* The same for a message: raw is a root's line, or a reply's objects. */
hf_record *bulk_target_message(bulk_writer *w, hf_view scope, hf_view id, hf_view raw);

/* Settle and give to the ledger; target NULL: the target has no such record. */
hf_status bulk_done(bulk_writer *w, hf_record *r, const hf_record *target, const bulk_items *items,
                    hf_err **err);
hf_status bulk_made(bulk_writer *w, const hf_record *target, const char *why, hf_err **err);

/* The values of a group of list fields, from to to, by field and item: one pass over the record
 * instead of one for each. */
typedef struct bulk_table {
    hf_field from, to;
    uint32_t n;   /* items: one past the highest */
    hf_value **v; /* in mem; NULL when n is 0 */
} bulk_table;

bulk_table bulk_table_of(const hf_record *r, hf_field from, hf_field to, hf_arena *mem);
/* NULL when there is no such value. */
hf_value *bulk_at(const bulk_table *t, hf_field f, uint32_t item);

#define BULK_REACTIONS HF_F_MESSAGE_REACTION_NAME, HF_F_MESSAGE_REACTION_COUNT
#define BULK_FILES     HF_F_MESSAGE_FILE_ID, HF_F_MESSAGE_FILE_PATH
#define BULK_CARDS     HF_F_MESSAGE_CARD_TEXT, HF_F_MESSAGE_CARD_IMAGE

#endif
