/* tests/bench/gen_mmsql.h: what the parts of the Mattermost database writer share.
 *
 * The rows of every table are made in a pass of their own over the plan and the stream, so that
 * nothing is kept from table to table. Columns are given in the order of the list in
 * gen_mmsql_schema.c; each schema has some of them, in an order of its own.
 */
#ifndef HF_TESTS_GEN_MMSQL_H
#define HF_TESTS_GEN_MMSQL_H

#include "gen.h"

typedef struct sql_column {
    const char *name;
    const char *now, *then; /* type and constraint in the new and in the old schema; NULL: absent */
} sql_column;

typedef struct sql_table {
    const char *name;
    const sql_column *column;
    uint32_t columns;
    const char *key;          /* columns of the primary key; NULL: none */
    const char *then_order;   /* names of the first columns of the old schema, by commas; NULL */
    const char *const *index; /* "idx_x ON public.t USING btree (c)", those that begin with "+" in
                                 the new schema only; ended by NULL; may be NULL */
} sql_table;

typedef enum sql_id {
    SQL_AUDITS,
    SQL_BOTS,
    SQL_CALLS,
    SQL_CHANNELBOOKMARKS,
    SQL_CHANNELMEMBERHISTORY,
    SQL_CHANNELMEMBERS,
    SQL_CHANNELS,
    SQL_COMPLIANCES,
    SQL_DB_MIGRATIONS,
    SQL_DRAFTS,
    SQL_EMOJI,
    SQL_FILEINFO,
    SQL_FORK_CASE_NOTES,
    SQL_INCOMINGWEBHOOKS,
    SQL_JOBS,
    SQL_LINKMETADATA,
    SQL_PERSISTENTNOTIFICATIONS,
    SQL_PLUGINKEYVALUESTORE,
    SQL_POSTACKNOWLEDGEMENTS,
    SQL_POSTREMINDERS,
    SQL_POSTS,
    SQL_POSTSPRIORITY,
    SQL_PREFERENCES,
    SQL_PROPERTYVALUES,
    SQL_PUBLICCHANNELS,
    SQL_REACTIONS,
    SQL_READRECEIPTS,
    SQL_RECAPCHANNELS,
    SQL_RETENTIONPOLICIES,
    SQL_SCHEDULEDPOSTS,
    SQL_SESSIONS,
    SQL_STATUS,
    SQL_SYSTEMS,
    SQL_TEAMMEMBERS,
    SQL_TEAMS,
    SQL_TEMPORARYPOSTS,
    SQL_THREADMEMBERSHIPS,
    SQL_THREADS,
    SQL_TRANSLATIONS,
    SQL_USERS,
    SQL_TABLES,
} sql_id;

extern const sql_table sql_tables[SQL_TABLES];

enum { SQL_MAX_COLUMNS = 40 };

/* Rows that every database has beyond the stream, whatever its size: people and channels. */
enum {
    XU_DEPARTED, /* deactivated */
    XU_SOLO,
    XU_REMOTE,
    XU_LDAP,
    XU_ODD,    /* a name of odd characters */
    XU_PLUGIN, /* a bot owned by a plugin */
    XU_COUNT,
    XU_ERASED = XU_COUNT, /* permanently deleted: no row */
};
enum {
    XC_DEPARTED, /* a DM with somebody who left */
    XC_SELF,
    XC_GROUP,
    XC_ERASED,   /* a DM with somebody who is no more */
    XC_ARCHIVED, /* private, of a team that was deleted */
    XC_BOARD,    /* of a type that only newer servers have */
    XC_COUNT,
};

typedef struct gen_sql {
    gen_world *w;
    gen_tally *tally;
    gen_out *o;
    gen_stream s;
    bool is_new;
    char (*user)[27], (*channel)[27]; /* ids, the extra ones last */
    char team[27], old_team[27];
    uint64_t rounds; /* of the extra posts */
    hf_buf neutral, markdown, text, json, props, files, more_files;
    /* the row under way */
    const sql_table *table;
    uint64_t rows;
    hf_buf row;
    uint32_t at[SQL_MAX_COLUMNS + 1], cells; /* cell c: at[c] to at[c + 1] */
    uint32_t order[SQL_MAX_COLUMNS], ordered;
} gen_sql;

/* --- rows ---------------------------------------------------------------------------------------
 */

void sql_copy_begin(gen_sql *k, sql_id table);
void sql_copy_end(gen_sql *k);

/* The next column of the row; NULL (of C) is NULL. */
void sql_text(gen_sql *k, hf_view v);
void sql_str(gen_sql *k, const char *v);
void sql_i64(gen_sql *k, int64_t n);
void sql_bool(gen_sql *k, bool b);
void sql_null(gen_sql *k);

/* The same several times: blank texts, zeros. */
void sql_blanks(gen_sql *k, uint32_t n);
void sql_zeros(gen_sql *k, uint32_t n);

/* JSON in jsonb's own form; the old schema gets it without blanks. */
void sql_json(gen_sql *k, const char *json);

/* A fresh id of the kind OTHER. */
void sql_other_id(gen_sql *k, sql_id table, uint64_t n);

void sql_row_end(gen_sql *k);

/* --- tables -------------------------------------------------------------------------------------
 */

void sql_write_people(gen_sql *k); /* people, places, and who is where */
void sql_write_posts(gen_sql *k);  /* posts and what belongs to them */
void sql_write_extras(gen_sql *k); /* posts beyond the stream: their other tables; drafts */
void sql_write_server(gen_sql *k); /* audits, jobs, plugins, secrets */

/* The posts beyond the stream; within the rows of posts. */
void sql_extra_posts(gen_sql *k);
void sql_extra_reactions(gen_sql *k);
void sql_extra_files(gen_sql *k);

typedef struct sql_post {
    const char *id, *user, *channel, *root, *original; /* root, original: "" for none */
    const char *parent;                                /* NULL: as root */
    int64_t createat, updateat, editat, deleteat;
    hf_view message;
    const char *type;                         /* NULL is NULL */
    const char *props;                        /* jsonb's form; NULL is NULL */
    const char *hashtags, *filenames, *files; /* files: JSON; NULL is NULL */
    const char *remote;                       /* NULL is NULL */
    bool has_reactions, is_pinned;
} sql_post;

void sql_put_post(gen_sql *k, const sql_post *p);

/* How many of a database's channels and users there are, with the extra ones. */
static inline uint32_t sql_channels(const gen_sql *k)
{
    return k->w->channels + XC_COUNT - (k->is_new ? 0 : 1);
}

static inline const char *sql_user(const gen_sql *k, uint32_t extra)
{
    return k->user[k->w->users + extra];
}

static inline const char *sql_channel(const gen_sql *k, uint32_t extra)
{
    return k->channel[k->w->channels + extra];
}

#endif
