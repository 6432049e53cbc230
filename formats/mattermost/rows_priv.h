/* mattermost/rows_priv.h: small steps from rows to records, shared by the reader (read.c) and by
 * parse.c.
 *
 * Leaves   one for every column that is neither NULL nor empty, under "KIND.column", of rows that
 *          join "KIND.table[].column"; JSON inside a column is walked
 * Carried  what is at its default (0, f, [] ...) and what only joins rows, by the record's first
 *          value: a target that has the record says them too
 */
#ifndef HF_MM_ROWS_PRIV_H
#define HF_MM_ROWS_PRIV_H

#include "mm_priv.h"
#include "util/copytext.h"

/* --- the columns that we read --------------------------------------------------------------------
 */

enum {
    MM_TEXT = 0,
    MM_JSON = 1,    /* its keys have leaves of their own */
    MM_DEFAULT = 2, /* 0, f, [] and {} say nothing */
};

typedef struct mm_shape_column {
    const char *name;
    uint8_t as; /* MM_JSON, MM_DEFAULT */
} mm_shape_column;

enum { MM_MAX_SHAPE = 24 };

/* First column of the shapes of teams, users, channels, emoji, posts. */
enum { MM_ID = 0 };

/* What we know of a role's tables; columns are asked for by their index here. */
typedef struct mm_shape {
    const char *table;
    hf_kind kind;         /* of the records that its rows are; NONE when they only join others */
    const char *joins;    /* column with the id of the record that a row joins; NULL */
    const char *order[2]; /* columns with the moments that order rows which join; NULL */
    const mm_shape_column *column; /* ended by a NULL name */
    const char *required;          /* column without which there is no record; NULL */
} mm_shape;

extern const mm_shape mm_shape_teams, mm_shape_users, mm_shape_bots, mm_shape_channels,
    mm_shape_channel_members, mm_shape_channel_history, mm_shape_team_members, mm_shape_emoji,
    mm_shape_posts, mm_shape_reactions, mm_shape_files, mm_shape_priorities, mm_shape_acks,
    mm_shape_temporary, mm_shape_translations, mm_shape_drafts, mm_shape_scheduled, mm_shape_audits;
extern const mm_shape mm_shape_opaque; /* no columns: any table */

/* The shape for a role; mm_shape_opaque for what we only keep. */
const mm_shape *mm_shape_of(mm_role role);

/* One table as a run of rows is read: which of its columns are which of the shape's. */
typedef struct mm_layout {
    const mm_shape *shape;
    uint16_t rank; /* order of tables within a document */
    hf_view schema, name;
    hf_view head;        /* the COPY line */
    uint32_t member;     /* ordinal; HF_NO_MEMBER in parse */
    const uint16_t *key; /* of the primary key; used by opaque records */
    uint16_t nkey, ncolumn;
    int16_t at[MM_MAX_SHAPE]; /* index of the shape's columns; -1: the table has none such */
    int16_t join, order[2];   /* -1 when there is none */
    uint8_t *as;              /* of every column */
    uint32_t *path;           /* of every column; NULL: no leaves */
} mm_layout;

/* Fill l for a table with these columns, in mem; paths NULL: no leaves. is_joined: its rows belong
 * to records of kind, and their paths stand below the table's name. */
void mm_layout_make(mm_layout *l, const mm_shape *shape, hf_view schema, hf_view name,
                    const mm_column *column, uint16_t n, hf_kind kind, bool is_joined,
                    hf_paths *paths, hf_arena *mem);

/* Parse "COPY schema.table (a, b) FROM stdin;\n" at the start of text: names and columns in mem.
 * Bytes used; 0 when it is none. */
size_t mm_head_parse(hf_view text, hf_arena *mem, hf_view *schema, hf_view *name,
                     mm_column **column, uint16_t *n);

/* --- rows ----------------------------------------------------------------------------------------
 */

/* In HF_REC_PLACE of a post that a row of threads names: it is the root of a thread. */
#define MM_HAS_REPLIES (1U << HF_REC_PLACE_SHIFT)

#define MM_NO_VALUE UINT32_MAX
#define MM_WALKED   (UINT32_MAX - 1) /* its leaves are there already */

typedef struct mm_row {
    const mm_layout *l;
    hf_view line;    /* with its line feed */
    hf_view *col;    /* as spelled */
    uint32_t *value; /* number of the value that carries each column; MM_NO_VALUE: none */
} mm_row;

/* Cut a line (with or without its line feed) into columns; false when their number is wrong. */
bool mm_row_split(mm_row *row, const mm_layout *l, hf_view line);

/* A column of the shape as spelled; the empty view with p NULL when it is NULL or absent. */
static inline hf_view mm_raw(const mm_row *row, int k)
{
    int at = row->l->at[k];

    return at < 0 || hf_copy_is_null(row->col[at]) ? (hf_view){ NULL, 0 } : row->col[at];
}

/* The text of a spelled column, itself when nothing is escaped, else in mem. */
hf_view mm_decode(hf_view spelled, hf_arena *mem);
/* A moment in milliseconds as microseconds, the last or first one when it is out of range; 0 when
 * there is none. */
int64_t mm_moment(hf_view spelled);
static inline bool mm_is_true(hf_view spelled)
{
    return spelled.n == 1 && spelled.p[0] == 't';
}

/* --- one record ----------------------------------------------------------------------------------
 */

typedef struct mm_join { /* a row that joins */
    const mm_layout *l;
    hf_view line;
} mm_join;

enum { MM_ROOM = 128 };

typedef struct mm_reading {
    hf_batch *b;
    hf_record *r;
    hf_paths *paths; /* NULL: no leaves */
    mm_row main, joined;
    hf_tape tape;
    hf_buf scratch;
    hf_value *value; /* MM_ROOM of each, where a record's are made */
    hf_leaf *leaf;
    hf_map *equal; /* table and digest of a row without a key -> rows like it so far; made by the
                      first */
} mm_reading;

/* width: columns of the widest table. */
void mm_reading_init(mm_reading *x, hf_paths *paths, uint16_t width);
void mm_reading_clear(mm_reading *x);

/* Fill x->r (origin and raw set) from x->main, which is split, and the rows that join it, in the
 * order of mm_join_cmp. NULL, or why there is no record. */
const char *mm_read_record(mm_reading *x, const mm_join *joined, size_t n);

/* The order of rows that join one record: by table, moment, bytes. */
int mm_join_cmp(const mm_join *a, const mm_join *b);

/* Add a value from a column and note that it carries it; false when it says nothing. */
bool mm_take_text(mm_reading *x, mm_row *row, int k, hf_field f, uint32_t item);
bool mm_take_time(mm_reading *x, mm_row *row, int k, hf_field f, uint32_t item);
bool mm_take_int(mm_reading *x, mm_row *row, int k, hf_field f, uint32_t item);
/* Only "t" is taken. */
bool mm_take_true(mm_reading *x, mm_row *row, int k, hf_field f);
/* A word of ours for what the column says. */
void mm_take_word(mm_reading *x, mm_row *row, int k, hf_field f, const char *word);
/* The value at index carries the column too. */
void mm_carry(mm_row *row, int k, uint32_t value);
/* The same when the column says just that text. */
void mm_carry_equal(mm_row *row, int k, hf_view text, uint32_t value);

/* Parse the JSON of a column into x->tape; false when it has none. Its leaves are given by
 * mm_json_done, after values were taken from the tape. */
bool mm_json(mm_reading *x, mm_row *row, int k);
void mm_json_done(mm_reading *x, mm_row *row, int k);

/* Give the leaves of the columns. What is at its default is carried by value 0. */
void mm_leaves(mm_reading *x, mm_row *row);

/* What each kind of row says; NULL or why there is no record. */
const char *mm_read_team(mm_reading *x);
const char *mm_read_user(mm_reading *x, const mm_join *joined, size_t n);
const char *mm_read_channel(mm_reading *x);
const char *mm_read_membership(mm_reading *x);
const char *mm_read_emoji(mm_reading *x);
const char *mm_read_post(mm_reading *x, const mm_join *joined, size_t n);
const char *mm_read_draft(mm_reading *x);
const char *mm_read_audit(mm_reading *x);
void mm_read_opaque(mm_reading *x);

/* Of a row of posts: id, and id of the post that it is an earlier version of, as spelled. */
void mm_post_ids(const mm_row *row, hf_view *id, hf_view *original, hf_view *channel,
                 int64_t *create_us);
/* Of a row of posts: who wrote it, as spelled. */
hf_view mm_post_author(const mm_row *row);
/* Of a row of channelmembers. */
void mm_member_ids(const mm_row *row, hf_view *channel, hf_view *user);
/* Of a row of fileinfo: id and path in mem, size; false when it has no id. */
bool mm_file_of(const mm_row *row, hf_arena *mem, hf_view *id, hf_view *path, int64_t *size);
/* Does the row of translations belong to a post? */
bool mm_is_of_post(const mm_row *row);

/* --- rows kept until the record that they join comes ---------------------------------------------
 */

typedef struct mm_parts mm_parts;

typedef struct mm_part {
    uint16_t table; /* as given */
    hf_view key;    /* as given */
    hf_view line;
    uint64_t offset; /* as given */
} mm_part;

/* Memory: 13 to 14 bytes a row, 12 more while they are sealed; the rows themselves go to an
 * unlinked temporary file past 4 MiB. */
mm_parts *mm_parts_new(void);
void mm_parts_free(mm_parts *p); /* NULL is fine */
/* Keep a row; table below 1024. */
hf_status mm_parts_put(mm_parts *p, const mm_part *part, hf_err **err);
/* After the last put, before the first find. */
hf_status mm_parts_seal(mm_parts *p, hf_err **err);
/* The rows of a key, in no order, in mem; *n 0 when there are none. Of a table that has more than
 * 16 MiB of them none is given: mm_parts_left gives them. */
hf_status mm_parts_find(mm_parts *p, hf_view key, hf_arena *mem, mm_part **out, size_t *n,
                        hf_err **err);
/* How many lots of rows (a table's rows of one key) were too large to be found, and their rows. */
void mm_parts_too_large(const mm_parts *p, uint64_t *lots, uint64_t *rows);
/* The next row that was never found, in mem; HF_END after the last, and then all are forgotten. */
hf_status mm_parts_left(mm_parts *p, hf_arena *mem, mm_part *out, hf_err **err);

#endif
