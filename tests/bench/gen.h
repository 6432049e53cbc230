/* tests/bench/gen.h: one invented workspace, made from a seed, that can be written in any format.
 *
 * Everything is a pure function of (seed, what, index, field, n): no shared state, no floating
 * point, no clock, so that the same seed gives the same bytes on every machine and any message can
 * be made again by itself. The plan (users, channels, members, how many messages in each) is made
 * first; then one channel at a time is laid out in memory (times, authors, threads) and its
 * messages are rendered in order. Memory: the plan and the largest channel, 52 bytes a
 * message.
 */
#ifndef HF_TESTS_GEN_H
#define HF_TESTS_GEN_H

#include "io/sink.h"
#include "util/json.h"
#include "util/util.h"

#define GEN_VERSION 1 /* raised whenever the same seed gives other bytes */

/* --- draws --------------------------------------------------------------------------------------
 */

/* What a number is drawn for; part of every key, so that adding a field moves no other. */
typedef enum gen_field {
    GEN_F_ID,
    GEN_F_USER,
    GEN_F_CHANNEL,
    GEN_F_MEMBERS,
    GEN_F_SESSION,
    GEN_F_SPEAKER,
    GEN_F_KIND,
    GEN_F_THREAD,
    GEN_F_TEXT,
    GEN_F_EXTRA,
    GEN_F_REACTION,
    GEN_F_FILE,
    GEN_F_NEEDLE,
    GEN_F_MM_ID, /* ids and extras of a Mattermost database */
    GEN_F_MM_FATE,
    GEN_F_MM_EXTRA,
} gen_field;

/* SplitMix64 from a key; each draw is the finaliser of the next counter value. */
typedef struct gen_rng {
    uint64_t s;
} gen_rng;

gen_rng gen_rng_at(uint64_t seed, gen_field field, uint64_t a, uint64_t b);

static inline uint64_t gen_mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static inline uint64_t gen_next(gen_rng *r)
{
    return gen_mix(r->s += UINT64_C(0x9E3779B97F4A7C15));
}

/* A number below n, n > 0. */
static inline uint64_t gen_below(gen_rng *r, uint64_t n)
{
    return (uint64_t)(((unsigned __int128)gen_next(r) * n) >> 64);
}

/* True in so many of 100,000 cases. */
static inline bool gen_chance(gen_rng *r, uint32_t per_100k)
{
    return gen_below(r, 100000) < per_100k;
}

/* x^(num/den), rounded down, x >= 1; and 2^40 * k^-(num/den): integer arithmetic only. */
uint64_t gen_power(uint64_t x, uint32_t num, uint32_t den);
uint64_t gen_decay(uint64_t k, uint32_t num, uint32_t den);

/* Quantiles, drawn uniformly: words of a message, bytes of a file, rank in a Zipf row (below 512),
 * second of a local working day. */
uint32_t gen_draw_words(gen_rng *r);
uint32_t gen_draw_file_bytes(gen_rng *r);
uint32_t gen_draw_rank(gen_rng *r);
uint32_t gen_draw_day_second(gen_rng *r);

/* --- the plan -----------------------------------------------------------------------------------
 */

typedef enum gen_kind { GEN_PUBLIC, GEN_PRIVATE, GEN_DM, GEN_GROUP } gen_kind;

typedef struct gen_user {
    char id[12];     /* U… */
    char bot_id[12]; /* B…; empty for people */
    char handle[40]; /* [a-z0-9.]+, unique */
    char old_handle[40];
    char first[24], last[24]; /* UTF-8 */
    int64_t gone;             /* deactivated at; INT64_MAX: active */
    int64_t renamed;          /* old_handle before this moment; INT64_MIN: never renamed */
    uint8_t zone;
    bool is_bot, is_legacy_bot; /* legacy: has a bot_id, but no account */
    bool is_guest, is_single_guest;
} gen_user;

typedef struct gen_channel {
    char id[12];
    char *name;     /* [a-z0-9-]+, unique; mpdm-… for a group, the id for a DM */
    char *shown;    /* as people see it: may be non-ASCII, unique */
    char *old_name; /* NULL: never renamed */
    gen_kind kind;
    uint8_t zone;
    bool is_archived;
    int64_t created, last; /* messages lie in between */
    uint32_t creator;      /* user */
    uint64_t messages, first_ordinal;
    uint32_t member_at, members; /* in gen_world.member */
} gen_channel;

typedef struct gen_needle {
    uint64_t ordinal; /* in the order of the stream: by channel, then time */
    uint32_t channel, user;
    int64_t us;
} gen_needle;

typedef struct gen_world {
    uint64_t seed, messages;
    int64_t start, end; /* first and last moment, microseconds */
    uint32_t days;
    gen_user *user;
    uint32_t users, bots;  /* users 0..bots-1 are bots */
    uint64_t *user_weight; /* sums of activity of the people, users - bots of them */
    gen_channel *channel;
    uint32_t channels;
    uint32_t *member;     /* people, the most active first */
    uint32_t *single;     /* per user: 1 + the one channel of a single-channel guest, 0 for none */
    uint64_t *day_weight; /* sums, days + 1 of them */
    gen_needle *needle;
    uint32_t needles;
} gen_world;

#define GEN_CODE_WORD "amberquill" /* in no vocabulary: found in the needles and nowhere else */
#define GEN_TEAM      "northgate"
#define GEN_TEAM_ID   "T0NORTHGATE"

void gen_world_init(gen_world *w, uint64_t messages, uint64_t seed);
void gen_world_clear(gen_world *w);

static inline const uint32_t *gen_members(const gen_world *w, const gen_channel *c)
{
    return w->member + c->member_at;
}

static inline bool gen_is_direct(const gen_channel *c)
{
    return c->kind == GEN_DM || c->kind == GEN_GROUP;
}

/* Seconds east of UTC of a home zone (0..4) at a moment: only the shape of a day depends on it. */
int32_t gen_zone_offset(uint8_t zone, int64_t us);

/* --- the stream ---------------------------------------------------------------------------------
 */

typedef enum gen_msg_kind {
    GEN_M_PLAIN,
    GEN_M_BOT,
    GEN_M_ME,
    GEN_M_JOIN,
    GEN_M_LEAVE,
    GEN_M_TOPIC,
    GEN_M_PURPOSE,
    GEN_M_CALL,
    GEN_M_DELETED, /* a thread root of which only the place is left */
} gen_msg_kind;

#define GEN_NO_ROOT UINT32_MAX

typedef struct gen_msg {
    int64_t us; /* unique and ascending within the channel */
    uint32_t user;
    uint32_t root; /* index of the thread's root; GEN_NO_ROOT when not a reply */
    uint8_t kind;  /* gen_msg_kind */
    bool is_needle, is_edited, is_broadcast;
    int32_t edit_after; /* seconds; 0 when not edited */
} gen_msg;

typedef struct gen_stream {
    const gen_world *w;
    const gen_channel *c;
    uint32_t index; /* of the channel */
    gen_msg *msg;
    uint32_t n;
    uint32_t *reply_at, *reply; /* replies of msg[i]: reply[reply_at[i] .. reply_at[i + 1]) */
    /* memory of the layout, kept from channel to channel */
    uint32_t cap;
    struct gen_slot *slot;
    uint32_t *roots;
} gen_stream;

void gen_stream_init(gen_stream *s, const gen_world *w);
void gen_stream_clear(gen_stream *s);

/* Lay out channel index: msg, reply_at and reply are valid until the next call. Needles get their
 * channel, author and time. */
void gen_stream_open(gen_stream *s, uint32_t index, gen_world *w);

static inline uint32_t gen_reply_count(const gen_stream *s, uint32_t i)
{
    return s->reply_at[i + 1] - s->reply_at[i];
}

/* --- what a message says ------------------------------------------------------------------------
 */

/* Text in a neutral form: UTF-8 in which GEN_MARK, a letter, a payload and GEN_MARK_END stand for
 *   U<n> user   C<n> channel   L<url> link   E<name> emoji   H here   B bold   K code
 *   P code block (all of the text)   N U+0000   S a lone surrogate */
#define GEN_MARK     '\x01'
#define GEN_MARK_END '\x02'

void gen_text(const gen_stream *s, uint32_t i, hf_buf *out);

/* Take one piece off a neutral text: plain words (mark 0) or a mark with its payload, which for N
 * and S is the character U+0000 or GEN_SURROGATE; false at the end. */
bool gen_next_piece(hf_view *rest, char *mark, hf_view *piece);

#define GEN_SURROGATE '\x03'

/* A rendered text as a JSON string with its quotes; GEN_SURROGATE becomes \ud83d, which no UTF-8
 * text can hold. */
void gen_put_text(hf_buf *b, hf_view text, hf_json_style style);

/* Append a neutral text as Mattermost's Markdown, U+0000 and GEN_SURROGATE as they are. */
void gen_markdown(const gen_world *w, hf_buf *out, hf_view text);

/* The text as a Mattermost server can store it: U+FFFD for what PostgreSQL does not hold, at most
 * GEN_MAX_CHARS characters. In mem, which is replaced. */
hf_view gen_storable(hf_buf *mem, hf_view text);

#define GEN_MAX_CHARS 65535

typedef struct gen_reaction {
    const char *name;
    uint8_t tone; /* 0 none, 2..6 */
    bool is_custom;
    uint32_t first, count; /* members[(first + k) % members], k < count */
} gen_reaction;

#define GEN_MAX_REACTIONS 24

/* Reactions of message i, none for system messages. */
uint32_t gen_reactions(const gen_stream *s, uint32_t i, gen_reaction out[GEN_MAX_REACTIONS]);

extern const char *const gen_tone_suffix[7]; /* of an emoji's name in Mattermost, by tone */

/* Names of the workspace's own emoji, ended by NULL. */
extern const char *const gen_custom_emoji[];

typedef struct gen_file {
    char id[12];
    char name[300]; /* UTF-8; may hold slashes */
    const char *type, *mime, *label;
    uint64_t bytes;
} gen_file;

#define GEN_MAX_FILES 10

uint32_t gen_files(const gen_stream *s, uint32_t i, gen_file out[GEN_MAX_FILES]);

/* Append the part of a file name that may stand in a path: no slash, at most 200 bytes, whole
 * letters. */
void gen_path_name(hf_buf *b, const char *name);

/* A card sent by a bot with every second message: title, link and 0 to many fields. */
typedef struct gen_card {
    char title[96], url[96], text[160];
    uint32_t fields; /* up to a thousand in 1 of 200 cards */
    bool is_good;
} gen_card;

bool gen_bot_card(const gen_stream *s, uint32_t i, gen_card *out);

/* Eleven characters after a letter, unique per (letter, n). */
void gen_id(char out[12], char letter, uint64_t n);

/* --- writing ------------------------------------------------------------------------------------
 */

typedef struct gen_counts {
    uint64_t messages, replies, roots, system, bot, deleted, edited, broadcast, reactions, files;
} gen_counts;

typedef struct gen_out {
    hf_sink *sink;
    hf_sha256_ctx *sha;
    hf_buf buf; /* of the open member, not yet written */
    char *name;
    uint64_t members, bytes;
    hf_setdigest content; /* of the lines "sha256  name", see hfgen.c */
    hf_err *err;          /* first failure; everything after it is ignored */
} gen_out;

void gen_out_begin(gen_out *o, const char *name);
void gen_out_flush(gen_out *o); /* when the buffer is large */
void gen_out_end(gen_out *o);
void gen_out_folder(gen_out *o, const char *name);

typedef struct gen_named {
    const char *name; /* static */
    uint64_t n;
} gen_named;

typedef struct gen_tally {
    gen_counts counts;
    uint64_t *by_user;       /* messages of each user, as the target says it */
    bool is_slackbot_author; /* the target gives calls and deleted roots to Slackbot */
    uint64_t by_kind[4];     /* messages by kind of channel */
    hf_setdigest logical;
    hf_sha256_ctx *sha;
    hf_setdigest texts; /* gen_tally_text */
    uint64_t ntexts;
    hf_buf storable;
    gen_named extra[64], table[96]; /* what the target has beyond the stream; rows of its tables */
    uint32_t extras, tables;
} gen_tally;

/* Count message i of the stream and add it to the logical digest, which is the same whatever the
 * target: time in milliseconds, channel, author, kind, root, neutral text. */
void gen_tally_add(gen_tally *t, const gen_stream *s, uint32_t i, hf_view text);

/* Add a Markdown text, storable, to the digest that Mattermost's targets have in common. */
void gen_tally_text(gen_tally *t, hf_view markdown);

/* Count what is beyond the stream. */
void gen_tally_extra(gen_tally *t, const char *name, uint64_t n);

void gen_write_slack(gen_world *w, gen_tally *t, gen_out *o);
void gen_write_bulk(gen_world *w, gen_tally *t, gen_out *o);

/* A Mattermost database as SQL, of a 5.37-like or an 11-like server. */
void gen_write_mmsql_old(gen_world *w, gen_tally *t, gen_out *o);
void gen_write_mmsql_new(gen_world *w, gen_tally *t, gen_out *o);

/* What an id of a database is made for. */
typedef enum gen_mm_kind {
    GEN_MM_SERVER,
    GEN_MM_TEAM,
    GEN_MM_USER,    /* n: index; those beyond the world's are the database's own */
    GEN_MM_CHANNEL, /* likewise */
    GEN_MM_POST,    /* n: ordinal */
    GEN_MM_VERSION, /* an earlier version of a post */
    GEN_MM_FILE,
    GEN_MM_EXTRA, /* a post beyond the stream */
    GEN_MM_OTHER,
} gen_mm_kind;

/* 26 letters of Mattermost's alphabet. */
void gen_mm_id(char out[27], uint64_t seed, gen_mm_kind kind, uint64_t n);

/* A word in every column that holds a credential, and nowhere else. */
#define GEN_MM_SECRET "quartzlatch"

#endif
