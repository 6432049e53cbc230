/* mattermost_bulk/bulk_priv.h: what the parts of the format share; the file format itself stands in
 * parse.c (definitions) and parse_post.c (posts).
 */
#ifndef HF_BULK_PRIV_H
#define HF_BULK_PRIV_H

#include "format/format.h"
#include "format/ledger.h"
#include "rules_priv.h"

#define BULK_FORMAT "mattermost-bulk"

/* Addresses that the writer makes, in the domain reserved for that (RFC 2606). */
#define BULK_STUB_DOMAIN  "stub.invalid"     /* accounts that stand for nobody the source defines */
#define BULK_EMPTY_DOMAIN "no-email.invalid" /* people without an address */
#define BULK_STUB_BOT     "Stands for a bot that the source names and does not define."

/* --- lines ---------------------------------------------------------------------------------------
 */

enum { BULK_MAX_LINE = 64 << 20 };

typedef struct bulk_lines bulk_lines;

typedef struct bulk_line {
    hf_view text;    /* without its line end; lent until the next call */
    hf_view whole;   /* with its line end */
    uint64_t offset; /* of the first byte in the member */
    uint64_t number; /* from 1 */
    bool is_long;    /* a piece of a line that is longer than BULK_MAX_LINE */
} bulk_line;

hf_status bulk_lines_open(bulk_lines **out, hf_source *source, uint32_t member, hf_err **err);
/* HF_END after the last. A byte-order mark stays in whole and is left out of text. */
hf_status bulk_lines_next(bulk_lines *l, bulk_line *line, hf_err **err);
void bulk_lines_close(bulk_lines *l); /* NULL is fine */

/* The member that holds the lines: the file itself, or the first *.jsonl in the container's root;
 * UINT32_MAX when there is none. */
uint32_t bulk_find_lines(const hf_source *source);

/* --- reading -------------------------------------------------------------------------------------
 */

typedef enum bulk_type {
    BULK_OTHER, /* version, role, scheme and what newer servers write */
    BULK_TEAM,
    BULK_CHANNEL,
    BULK_USER,
    BULK_BOT,
    BULK_EMOJI,
    BULK_DIRECT_CHANNEL,
    BULK_POST,
    BULK_DIRECT_POST,
} bulk_type;

/* One line being read into records of batch b. */
typedef struct bulk_parse {
    hf_batch *b;
    hf_tape *t;
    hf_paths *paths; /* NULL: no leaves */
} bulk_parse;

bulk_type bulk_line_type(const hf_tape *t, hf_arena *mem);
/* The same from the line's first bytes, without parsing; BULK_OTHER when they do not tell. */
bulk_type bulk_guess_type(hf_view line);

/* Fill r (raw set) from a definition's line: kind, id, values, leaves. The members of a team's
 * channel stand in the users' lines and are added by bulk_add_member. */
void bulk_read_definition(const bulk_parse *x, bulk_type type, hf_record *r);
void bulk_add_member(hf_batch *b, hf_record *channel, uint32_t item, hf_view username);

/* Call fn with team and channel of every membership in a user's line. */
void bulk_memberships(const hf_tape *t, hf_arena *mem,
                      void (*fn)(void *self, hf_view user, hf_view channel_id), void *self);

/* "team/name" in mem. */
hf_view bulk_channel_id(hf_view team, hf_view name, hf_arena *mem);
/* The sorted names joined by commas, in mem. */
hf_view bulk_direct_id(hf_view *names, size_t n, hf_arena *mem);
/* BULK_POST_ID bytes: create_at in 13 digits (zeros when it is no such number), a hyphen, and 32
 * hex digits of a digest that says which of equal (channel, create_at, user) posts this is, n from
 * 0. */
enum { BULK_POST_ID = 13 + 1 + 32 };
hf_view bulk_post_id(hf_view channel, hf_view create_at, hf_view user, uint64_t n, hf_arena *mem);

/* What of a post line the messages need that stand in it. */
typedef struct bulk_post {
    uint32_t obj; /* token of the post object */
    hf_view channel;
    hf_view create_at, user; /* as written; create_at empty when it is no number */
    uint32_t list;           /* token of the array of replies */
    bool has_list;           /* there is at least one */
    bool is_again;
} bulk_post;

void bulk_post_of(const bulk_parse *x, bulk_type type, bulk_post *p);

/* One message of a line: its own object, and the objects that continue its text. */
typedef struct bulk_piece {
    uint32_t obj, last; /* tokens; equal when nothing continues it */
    uint32_t next;      /* token of the reply after it; HF_NO_TOK at the end */
} bulk_piece;

/* The root and its continuations (at HF_NO_TOK), or the reply that begins at token at. */
bulk_piece bulk_piece_of(const bulk_parse *x, const bulk_post *p, uint32_t at);
/* Its bytes from the first object to the end of the last; of a root the whole line. */
hf_view bulk_piece_raw(const bulk_parse *x, const bulk_piece *piece);
/* create_at as written and user of an object. */
void bulk_piece_who(const bulk_parse *x, uint32_t obj, hf_view *create_at, hf_view *user);

/* Fill r (kind, scope, id, raw set) from a root's line; from the reply piece of the thread root. */
void bulk_read_root(const bulk_parse *x, const bulk_post *p, hf_record *r);
void bulk_read_reply(const bulk_parse *x, const bulk_post *p, const bulk_piece *piece, hf_view root,
                     hf_record *r);

/* A reply's id: its root's and its own post id, joined by a point. */
hf_view bulk_reply_id(hf_view root, hf_view post_id, hf_arena *mem);

/* format.h parse: one record's own bytes. */
hf_status bulk_parse_record(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err);
hf_status bulk_reader_open(hf_reader **out, const hf_reader_args *args, hf_err **err);
hf_status bulk_writer_create(hf_writer **out, const hf_writer_args *args, hf_err **err);
extern const hf_opt_info bulk_write_opts[];
extern const hf_field bulk_writes[]; /* what the file can say */
hf_status bulk_check(hf_source *src, const hf_opts *opts,
                     void (*say)(void *self, const char *member, uint64_t line, const char *rule,
                                 const char *text),
                     void *self, hf_err **err);

/* --- helpers -------------------------------------------------------------------------------------
 */

/* How often each key was seen, 0 for the first: exact but for keys whose 64-bit hashes are equal.
 * Memory: 8 to 16 bytes a key, more only for keys seen twice. */
typedef struct bulk_seen {
    uint64_t *slot; /* hashes; 0 is free */
    size_t n, cap;
    hf_map *again;
} bulk_seen;

uint64_t bulk_seen_again(bulk_seen *s, hf_view key);
void bulk_seen_clear(bulk_seen *s);

/* Milliseconds for the messages of one channel. Slack's moments are finer: two messages may fall
 * into one millisecond, and the server neither keeps their order nor, when their texts are equal,
 * both of them. Later ones are then moved on, 1 ms at a time. Messages of one moment in the source
 * stay together when users and texts differ. Memory: 8 to 16 bytes a message. */
typedef struct bulk_queue {
    int64_t start, next; /* who came for start last went before next */
} bulk_queue;

enum { BULK_QUEUES = 16 };

typedef struct bulk_clock {
    uint64_t *slot; /* millisecond, rest, tags of user and text, packed; 0 is free */
    size_t n, cap;
    int64_t latest; /* last millisecond given */
    bulk_queue queue[BULK_QUEUES];
} bulk_clock;

/* Where a message of that moment goes, not before floor_ms. */
int64_t bulk_clock_place(bulk_clock *c, int64_t us, hf_view user, hf_view text, int64_t floor_ms);
void bulk_clock_reset(bulk_clock *c); /* another channel begins; memory is kept up to a point */
void bulk_clock_clear(bulk_clock *c);

/* Cut text into pieces of at most max_runes (100 or more) code points, after a line end or space
 * where one is near: together they are the text. At least one piece, in mem. */
hf_view *bulk_split(hf_view text, size_t max_runes, hf_arena *mem, size_t *n);

#endif
