/* mattermost/read_priv.h: the reader's own state. */
#ifndef HF_MM_READ_PRIV_H
#define HF_MM_READ_PRIV_H

#include "io/below.h"
#include "rows_priv.h"

#define MM_NO_PLACE UINT64_MAX /* a row that is not read from its member's bytes */
#define MM_NO_TABLE UINT32_MAX

typedef enum mm_act {
    MM_GIVE,        /* the rows as records */
    MM_KEEP,        /* the rows until what they join comes */
    MM_GIVE_OPAQUE, /* the rows as they are */
    MM_GIVE_LEFT,   /* rows that joined nothing */
    MM_GIVE_FILES,  /* what lies in the server's data directory */
    MM_CLAIM,       /* what the source claims to hold, and its own counts */
} mm_act;

typedef struct mm_step {
    mm_act act;
    uint32_t table;
    mm_which which;
    mm_role role;
} mm_step;

typedef struct mm_read_table {
    const mm_table *table;
    uint32_t member; /* ordinal; HF_NO_MEMBER when it is not read */
    mm_layout main, joined, opaque;
    bool has_opaque;    /* made when the first such row comes */
    bool is_first;      /* of the tables with its role */
    bool has_lines;     /* in its head: a name has a line feed, and a vault takes one line for it */
    bool has_picture;   /* its rows may have an image in the data directory */
    bool is_threads;    /* its rows name the roots of threads ... */
    uint16_t thread_id; /* ... in this column */
} mm_read_table;

/* Who is in which channel: 4 bytes a membership. */
typedef struct mm_member_list {
    uint32_t *user; /* entry numbers in users */
    uint32_t n, cap;
} mm_member_list;

typedef struct mm_members {
    hf_map *users, *channels; /* channel id -> number of its list */
    mm_member_list *list;
} mm_members;

void mm_members_init(mm_members *x);
void mm_members_clear(mm_members *x);
/* Note a record of channelmembers. */
void mm_members_add(mm_members *x, const hf_record *r);
/* Give a channel its members in the order of their ids, once each. */
void mm_members_give(mm_members *x, hf_batch *b, hf_record *channel);

/* Roots of threads: hashes of their ids, 8 to 16 bytes each. Another post with the same hash is
 * taken for one: once in 10^7 runs over a million threads and three million posts. */
typedef struct mm_threads {
    uint64_t *slot; /* 0 is free */
    size_t n, cap;
} mm_threads;

void mm_threads_add(mm_threads *x, hf_view id);
bool mm_threads_have(const mm_threads *x, hf_view id);
void mm_threads_clear(mm_threads *x);

typedef struct mm_count {
    uint32_t channel; /* in the map */
    int32_t day;
    uint64_t n;
} mm_count;

/* What the source claims to hold: every message of every channel, up to the last day. */
typedef struct mm_claims {
    hf_map *channels;
    hf_view last_channel; /* of the last post */
    int64_t last_day;
    bool is_asked; /* the source was asked for its counts */
    size_t nclaim, next_claim, next_day;
    mm_count *count;
    size_t ncount, cap_count, next_count;
    mm_count *again; /* days that an incremental reading reads as a whole */
    size_t nagain;
} mm_claims;

/* Files of the server's data directory. */
typedef struct mm_files {
    hf_below *below;
    mm_parts *wanted; /* rows that name files; NULL: nobody wants them */
    hf_map *known;    /* ids and paths of those that are known to be missing */
    bool is_open;
    hf_below_file file;
    uint64_t at;
    hf_buf name, id;
    uint64_t given, missing, known_missing;
} mm_files;

typedef struct mm_reader {
    hf_reader base; /* must stay first */
    mm_feed *feed;
    unsigned want;
    hf_arena *mem;
    mm_read_table *table; /* as in feed */
    mm_step *step;
    uint32_t nstep, at, nmember;
    bool is_open;    /* the step's table */
    hf_arena *block; /* holds rows */
    hf_view rows;    /* not yet read */
    uint64_t offset; /* in the open member */
    mm_parts *of_user, *of_message;
    hf_map *bots; /* ids of users that are bots */
    mm_members members;
    mm_threads threads;
    mm_claims claims;
    mm_files files;
    mm_reading x;
    hf_batch *b; /* being filled */
    hf_view batch_origin;
} mm_reader;

/* Make the layouts and the steps; HF_E_ORIGIN when nobody says which server it is. */
hf_status mm_plan(mm_reader *m, const hf_reader_args *args, hf_err **err);

/* line must live as long as the batch. */
void mm_quarantine(mm_reader *m, const mm_read_table *t, hf_view line, uint64_t offset,
                   const char *reason);

/* Options "files" (a folder) and "known" (a file). */
hf_status mm_files_open(mm_files *x, const hf_reader_args *args, hf_err **err);
void mm_files_clear(mm_files *x);
/* Note a row that names a file. */
hf_status mm_files_want(mm_reader *m, const mm_read_table *t, hf_view line, uint64_t offset,
                        hf_err **err);
/* Append members and what is wrong with some; HF_END when all were given. */
hf_status mm_files_give(mm_reader *m, hf_err **err);
/* Were attachments read, and all found that nobody knows to be missing? After mm_files_give. */
bool mm_files_are_complete(const mm_reader *m);
void mm_files_fact(const mm_reader *m, void (*say)(void *self, const hf_fact *fact), void *self);

void mm_claims_init(mm_claims *x);
void mm_claims_clear(mm_claims *x);
/* Option "days", which the feed has checked: [["channel id", day], ...]. */
void mm_claims_days(mm_claims *x, const char *text, hf_arena *mem);
void mm_claims_channel(mm_claims *x, hf_view id);
void mm_claims_post(mm_claims *x, hf_view channel, int64_t create_us);
/* Append some COVERAGE records; HF_END when all were given. */
hf_status mm_claims_give(mm_reader *m, hf_err **err);

#endif
