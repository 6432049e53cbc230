/* mattermost/live_priv.h: the parts of the live feed.
 *
 *   live.c          opening, and what a table's rows are asked for with
 *   live_catalog.c  the schema, its tables, and the rights we have
 *   live_changed.c  which messages changed since an earlier reading
 *   live_mark.c     what a reading leaves for the next one
 *   live_gone.c     rows that belonged to messages and were taken out since
 *   live_facts.c    what is worth knowing about the server
 *   live_tasks.c    statements on several connections, one snapshot
 */
#ifndef HF_MATTERMOST_LIVE_PRIV_H
#define HF_MATTERMOST_LIVE_PRIV_H

#include "db/pg.h"
#include "mm_priv.h"

enum {
    LIVE_MAX_JOBS = 16,
    LIVE_MAX_STEPS = 2,
    LIVE_MAX_FACTS = 40,
    LIVE_OVERLAP_MS = 15 * 60 * 1000, /* clocks of servers differ */
};

/* --- statements (live_tasks.c) ------------------------------------------------------------------
 *
 * A plan is one or two COPY statements, each run once, or once for every range of a table's blocks,
 * or once for every few thousand message ids. The runs are shared out among the connections.
 */

typedef struct live_step {
    char *sql;      /* owned; refers to the settings below */
    uint64_t count; /* of runs */
    uint64_t each;  /* blocks or ids of a run; 0: the statement is run as it is */
    bool has_ids;   /* setting holdfast.ids, an array; otherwise holdfast.from and .to, ctids */
    bool has_span;  /* settings holdfast.xmin and .span, those of the plan */
} live_step;

typedef struct live_plan {
    live_step step[LIVE_MAX_STEPS];
    size_t nstep;
    const hf_view *id; /* sorted; borrowed */
    size_t nid;
    uint64_t xmin, span;
    uint64_t bytes; /* about how much will come: a little is read without a thread */
} live_plan;

typedef struct live_pool {    /* the connections */
    hf_pg *pg[LIVE_MAX_JOBS]; /* [0] has exported the snapshot */
    size_t njobs, nopen;
    hf_view snapshot;
} live_pool;

typedef struct live_run live_run;

typedef struct live_block {
    struct live_block *next;
    hf_buf text;     /* whole lines */
    hf_buf too_long; /* mm_rows.too_long */
    uint64_t rows;
} live_block;

/* Begin; takes the plan. The pool must not be used for anything else before live_run_free. */
hf_status live_run_new(live_run **out, live_pool *pool, live_plan *plan, hf_err **err);

/* The next block, to be freed with live_block_free; HF_END after the last. */
hf_status live_run_next(live_run *r, live_block **out, hf_err **err);

/* Before HF_END the connections are of no use afterwards. NULL is fine. */
void live_run_free(live_run *r);

void live_block_free(live_block *b); /* NULL is fine */
void live_plan_clear(live_plan *p);

/* --- the feed -----------------------------------------------------------------------------------
 */

typedef struct live_table { /* mm_table.own */
    uint64_t blocks, bytes;
    bool is_partitioned;
    bool has_ctid, has_xmin; /* we may ask for them: a right to columns does not include these */
    bool has_index;          /* one that begins with the column that names the message (of posts:
                                originalid) */
} live_table;

typedef struct live live;

/* What further readings of an input need to see what the first one saw: its connection, whose
 * transaction goes on. */
typedef struct live_held {
    hf_pg *pg; /* NULL before the first reading ends */
    char *snapshot;
    int64_t taken_us;
    double began;
} live_held;

struct live {
    mm_feed base;
    hf_arena *mem;
    live_held *held; /* NULL: this is the only reading */
    live_pool pool;
    hf_view schema;
    uint64_t block_bytes; /* of the server, 8192 */
    int64_t taken_us;     /* when the snapshot was taken, by the server's clock */
    double began;         /* the same, by our own */
    double warn_seconds;  /* a snapshot held longer is said */
    bool is_replica;

    /* since an earlier reading: the messages to be read again, sorted and unique */
    hf_view *id;
    size_t nid;
    uint64_t xmin, span; /* transactions since: numbers from xmin, so many, modulo 2^32 */

    live_run *run;
    live_block *lent; /* its rows were given */
    hf_fact fact[LIVE_MAX_FACTS];
    size_t nfact;
};

/* The option's number; fallback when it is not given. HF_E_USAGE when it is none or over max. */
hf_status live_option(const hf_reader_args *args, const char *name, uint64_t fallback, uint64_t max,
                      uint64_t *out, hf_err **err);

/* The table of that role; NULL when there is none. */
mm_table *live_role(const live *l, mm_role role);

/* The table of posts: there is no feed without it. */
mm_table *live_posts(const live *l);

/* True for tables whose rows belong to messages. */
bool live_joins(const mm_table *t);

/* Append SQL: "table" with its schema ("ONLY" before it where it has no partitions); the columns
 * that are read, each after prefix. */
hf_status live_put_table(live *l, const mm_table *t, hf_buf *sql, hf_err **err);
hf_status live_put_columns(live *l, const mm_table *t, const char *prefix, hf_buf *sql,
                           hf_err **err);

/* Fill base.table. search_path: the role's own schemas in order, first choice first. */
hf_status live_catalog(live *l, const hf_reader_args *args, const hf_pg_rows *search_path,
                       hf_err **err);

/* Settle base.is_partial, mark_key and mark, and find the messages to be read again. */
hf_status live_changed(live *l, const hf_reader_args *args, hf_err **err);

/* The condition, for a table named t, that a row was written since; with the settings of a step
 * that has_span. */
extern const char live_was_written[];

enum { LIVE_MESSAGES, LIVE_VERSIONS, LIVE_REACTIONS, LIVE_FILES, LIVE_OLD };

typedef struct live_old { /* rows by kind */
    uint64_t n[LIVE_OLD];
} live_old;

extern const char *const live_old_names[LIVE_OLD]; /* in marks */

/* Count the rows of now that are older than either moment, less LIVE_OVERLAP_MS. */
hf_status live_old_rows(live *l, int64_t then_us, int64_t now_us, live_old *then, live_old *now,
                        hf_err **err);

/* A fact for rows that are gone from messages which are not. */
void live_tell_gone(live *l, const live_old *gone);

typedef struct live_moment { /* what a mark says */
    uint64_t xmin, next;
    hf_view timeline, columns;
    int64_t taken_us;
    bool has_files; /* every attachment was read or known as missing */
    bool has_old;   /* the two are there */
    live_old old;   /* rows of then; and since the last complete reading, how many went */
    live_old gone;
} live_moment;

/* Fill xmin, next, timeline, columns, taken_us. */
hf_status live_ask_now(live *l, live_moment *now, hf_err **err);

/* Set base.mark_key: the files of one server, however it is reached; empty when nothing names it.
 */
hf_status live_set_key(live *l, hf_err **err);

/* One line of JSON, in l->mem, and back; false when it is none of ours. */
hf_view live_mark(live *l, const live_moment *now, bool has_files);
bool live_mark_parse(hf_view text, hf_arena *mem, live_moment *out);

/* Ask the server for all facts. */
hf_status live_facts(live *l, hf_err **err);

/* Keep a fact; text is copied. More than LIVE_MAX_FACTS are left out. */
void live_fact(live *l, const char *key, const char *label, bool is_warning, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

#endif
