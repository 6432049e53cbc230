/* mattermost/mm_priv.h: what the parts of the format share: rows of a Mattermost server's
 * PostgreSQL tables, read from the server itself or from a dump of it.
 *
 *   live.c  (libpq, one snapshot)  \            /  people.c places.c post.c    rows -> records
 *                                   feed -> read.c
 *   dump.c  (pg_dump's text)       /            \  parts.c     rows that belong to a message
 *
 * A table is a member "pg/SCHEMA.NAME": the COPY line with the columns that are read, the rows as
 * COPY writes them, "\.". The rows are a set; server and dump give the same ones. Columns that hold
 * secrets (passwords, tokens) are not read, from either. Schema: reference of Mattermost 5.x
 * to 11.x; what is there decides, never a version.
 */
#ifndef HF_MM_PRIV_H
#define HF_MM_PRIV_H

#include "format/format.h"

#define MM_FORMAT "mattermost" /* of records, whichever of the two formats read them */

/* --- tables --------------------------------------------------------------------------------------
 */

typedef enum mm_role {            /* what the reader makes of a table's rows */
                       MM_OPAQUE, /* records kept raw; also of tables that we never heard of */
                       MM_TEAMS,
                       MM_USERS,
                       MM_BOTS, /* join their user */
                       MM_CHANNELS,
                       MM_CHANNEL_MEMBERS,
                       MM_CHANNEL_HISTORY,
                       MM_TEAM_MEMBERS,
                       MM_EMOJI,
                       MM_POSTS,
                       MM_REACTIONS, /* these join their post */
                       MM_FILES,
                       MM_PRIORITIES,
                       MM_ACKS,
                       MM_TEMPORARY,    /* texts of burn-on-read posts */
                       MM_TRANSLATIONS, /* those of posts */
                       MM_DRAFTS,
                       MM_SCHEDULED,
                       MM_AUDITS,
                       MM_SYSTEMS, /* read for the server's id only; no member, no records */
                       MM_SECRET,  /* not read: tokens, sessions, keys */
                       MM_DERIVED, /* not read: made from other tables by the server */
} mm_role;

typedef struct mm_known { /* one row of tables.def */
    const char *name;
    mm_role role;
    const char *key;      /* columns of the primary key, by commas: names the record */
    const char *required; /* columns without which it cannot be read, "name type|type,..." */
    const char *secret;   /* columns that are not read */
    const char *joins;    /* column that names the record it belongs to; NULL */
    const char *columns;  /* that we know; NULL: new ones are no news */
} mm_known;               /* lists are parted by commas; NULL is an empty one */

/* NULL when we never heard of it. */
const mm_known *mm_known_find(hf_view name);
extern const mm_known mm_known_tables[]; /* ended by a NULL name */

typedef struct mm_column {
    hf_view name;
    hf_view type; /* as format_type() spells it: "character varying(26)"; empty: unknown */
    bool is_known;
} mm_column;

enum { MM_MAX_COLUMNS = 1600, MM_MAX_KEY = 8 }; /* PostgreSQL's own limit; ours */

typedef struct mm_table {
    hf_view schema, name;
    const mm_known *known; /* NULL: a plugin's, a fork's, a newer server's */
    mm_role role;
    mm_column *column; /* that are read, in the table's order */
    uint16_t ncolumn;
    uint16_t key[MM_MAX_KEY], nkey; /* indices of its primary key; 0: rows have no name */
    hf_view *left_out;              /* names of its secret columns */
    uint16_t nleft_out;
    hf_view head;   /* "COPY public.posts (id, createat) FROM stdin;\n" */
    hf_view member; /* "pg/public.posts" */
    uint64_t rows;  /* about how many, for progress; see is_counted */
    void *own;      /* the feed's */
} mm_table;

/* Index of a column; -1 when the table has none of that name. */
int mm_column_find(const mm_table *t, hf_view name);

/* Fill known, role, column (secrets taken out), key, head and member of a table whose schema, name
 * and columns are given; everything in mem. all: every column in the table's order, without
 * generated ones (pg_dump leaves them out as well); is_known is set by us, the types may have the
 * name of their schema before them. pk: names of its primary key's columns, used for tables that
 * we never heard of; NULL when unknown. HF_E_UNSUPPORTED when a required column is gone or has
 * another type; not for tables that are not read. */
hf_status mm_table_describe(mm_table *t, const mm_column *all, size_t n, const hf_view *pk,
                            size_t npk, hf_arena *mem, hf_err **err);

/* True when rows of such a table belong to messages, or to what looks like one. */
static inline bool mm_joins_message(mm_role role)
{
    return role == MM_REACTIONS || role == MM_FILES || role == MM_PRIORITIES || role == MM_ACKS ||
           role == MM_TEMPORARY || role == MM_TRANSLATIONS;
}

/* True when no row of such a table is given out. */
static inline bool mm_role_is_unread(mm_role role)
{
    return role == MM_SYSTEMS || role == MM_SECRET || role == MM_DERIVED;
}

/* The plugin that makes tables of such names, "Playbooks"; NULL when we never heard of one. */
const char *mm_plugin_find(hf_view table);

/* True when the column of that name is left out of what is read of the table (known NULL: one that
 * we never heard of, by its name alone). */
bool mm_column_is_secret(const mm_known *known, hf_view name);

/* How the names of such columns end, "hash" after it left aside; ended by NULL. */
extern const char *const mm_secret_words[];

/* The next part of a list up to the separator, without blanks before it; false after the last. */
bool mm_next_part(hf_view *list, char separator, hf_view *part);

/* hf_format.grants. */
void mm_grants(const char *role, const char *schema, hf_buf *out);

/* Append an identifier as pg_dump and quote_ident() write it: in quotes where SQL needs them. */
void mm_put_identifier(hf_buf *out, hf_view name);

/* --- feeds ---------------------------------------------------------------------------------------
 */

typedef struct mm_feed mm_feed;

typedef enum mm_which {
    MM_ROWS,      /* all, or in an incremental reading those that changed and what joins them */
    MM_OLD_POSTS, /* of posts: earlier versions (originalid not empty), of the same choice */
} mm_which;

enum { MM_MAX_ROW = 64 << 20 }; /* bytes of a line; what is longer is not read */

typedef struct mm_rows {
    hf_view text; /* whole lines, each ending in a line feed; without secret columns */
    hf_view
        too_long; /* of rows that are left out for their length, as mm_put_too_long notes them */
} mm_rows;

/* Append a line "bytes TAB first column" for a row of so many bytes; first is cut. */
void mm_put_too_long(hf_buf *out, uint64_t bytes, hf_view first);

typedef struct mm_feed_ops {
    /* Begin with a table of feed->table. */
    hf_status (*start)(mm_feed *f, uint32_t table, mm_which which, hf_err **err);
    /* The next rows, up to about 1 MiB, in mem or lent until the next call; HF_END after the last.
     */
    hf_status (*next)(mm_feed *f, hf_arena *mem, mm_rows *out, hf_err **err);
    /* Messages (rows of posts with an empty originalid) by channel and UTC day of createat, counted
     * by the source itself. NULL when it cannot. */
    hf_status (*counts)(mm_feed *f,
                        void (*say)(void *self, hf_view channel, int64_t day, uint64_t n),
                        void *self, hf_err **err);
    /* What is worth knowing: hf_reader_ops.facts. May be NULL. */
    void (*facts)(mm_feed *f, void (*say)(void *self, const hf_fact *fact), void *self);
    void (*close)(mm_feed *f);
} mm_feed_ops;

struct mm_feed { /* first member of every feed's own struct */
    const mm_feed_ops *ops;
    mm_table *table; /* all of the schema, also those not read (role says so) */
    uint32_t ntable;
    hf_view server_id; /* DiagnosticId; empty when unknown */
    bool is_partial; /* an incremental reading: posts and what joins them are those that changed */
    hf_view mark_key, mark; /* hf_reader's; mark is complete once everything was read */
    hf_view
        mark_with_files;  /* the same when no attachment was missing; empty: mark says that too */
    bool is_counted;      /* the tables' numbers of rows are exact */
    uint64_t total, done; /* rows or bytes, for progress */
};

/* Say what of the feed's tables is not read and what is read but not understood (table_facts.c). */
void mm_table_facts(const mm_feed *f, void (*say)(void *self, const hf_fact *fact), void *self);

hf_status mm_live_open(mm_feed **out, const hf_reader_args *args, hf_err **err);
/* hf_format.hold and let_go. */
hf_status mm_live_hold(void **held, const char *path, const hf_opts *opts, hf_err **err);
void mm_live_let_go(void *held);
hf_status mm_dump_open(mm_feed **out, const hf_reader_args *args, hf_err **err);

/* --- reading -------------------------------------------------------------------------------------
 */

/* Takes the feed, also on error. is_exact and the member list follow from it. */
hf_status mm_reader_over(hf_reader **out, mm_feed *feed, const hf_reader_args *args, hf_err **err);

/* hf_format.parse: a document of ours (COPY line, row, and the rows that join it). */
hf_status mm_parse(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err);

#endif
