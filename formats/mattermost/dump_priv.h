/* mattermost/dump_priv.h: pg_dump's text, as its parts see it.
 *
 *   bytes -> dump_text.c (statements, comments, rows of COPY) -> dump_sql.c (tables, sections)
 *         -> dump_pick.c (which of them are a Mattermost) -> dump.c (a feed over the rows)
 *
 * What pg_dump writes: PostgreSQL 15 documentation, "pg_dump"; src/bin/pg_dump/pg_dump.c of 9.6 to
 * 17. Every offset is one into the unpacked text.
 */
#ifndef HF_MM_DUMP_PRIV_H
#define HF_MM_DUMP_PRIV_H

#include "io/spool.h"
#include "mm_priv.h"

/* --- dump_text.c: SQL as psql splits it ----------------------------------------------------------
 */

typedef struct mm_text {
    hf_spool *spool;    /* lent; NULL: all there is are the bytes given */
    const char *window; /* bytes [at, at + n) of the text */
    char *own;          /* the window's memory with a spool */
    uint64_t at;
    size_t n, pos;
    hf_buf piece;      /* of the piece given out */
    hf_status rc;      /* what reading the window ended with */
    hf_err *err;       /* belongs to rc */
    uint64_t carriage; /* offset of a line end of Windows outside of texts; HF_NO_OFFSET */
} mm_text;

/* Over a spool, or over the bytes of head when spool is NULL; both lent. */
void mm_text_init(mm_text *t, hf_spool *spool, hf_view head);
void mm_text_clear(mm_text *t);

typedef enum mm_piece_kind {
    MM_PIECE_STATEMENT, /* up to its semicolon, without it and without comments */
    MM_PIECE_COMMENT,   /* a line comment between statements, without "--" */
    MM_PIECE_COMMAND,   /* a line for psql, without its backslash */
} mm_piece_kind;

typedef struct mm_piece {
    mm_piece_kind kind;
    hf_view text; /* lent until the next call; of a statement at most the first MiB */
    uint64_t at;
} mm_piece;

/* HF_END at the end of the text; a piece that has no end there is not given out. */
hf_status mm_text_next(mm_text *t, mm_piece *out, hf_err **err);

typedef struct mm_section { /* rows of a COPY */
    uint64_t at, end;       /* of the whole lines, without "\." */
    uint64_t rows;
    bool is_cut; /* the text ends before "\." */
} mm_section;

/* Step over the rows that follow the COPY statement just given out. */
hf_status mm_text_rows(mm_text *t, mm_section *out, hf_err **err);

/* --- dump_sql.c: what the statements say ---------------------------------------------------------
 */

typedef struct mm_dump_table {
    hf_view schema, name;
    mm_column *column; /* of CREATE TABLE; type empty when the dump has no CREATE TABLE */
    size_t ncolumn;
    uint16_t *copied; /* indices into column, in the order of COPY */
    size_t ncopied;
    hf_view *pk;
    size_t npk;
    mm_section *section; /* one, or one a partition */
    size_t nsection, section_cap;
    bool is_created, is_copied;
} mm_dump_table;

typedef struct mm_dump_db { /* a database of the file */
    hf_view name;           /* empty: the dump does not say */
    hf_view encoding, server, program;
    mm_dump_table **table;
    size_t ntable, table_cap;
    hf_map *names; /* "schema\0name" -> mm_dump_table */
} mm_dump_db;

typedef struct mm_index { /* the whole file */
    hf_arena *mem;
    mm_dump_db *db;
    size_t ndb, db_cap, current;
    hf_view search_path; /* schema of a name that stands alone: pg_dump before 10.3 */
    bool is_dump;        /* begins as pg_dump begins */
    bool is_open;        /* a dump in it has begun and not ended */
    bool is_cluster;     /* the same for pg_dumpall */
    uint64_t insert;     /* offset of the first INSERT; HF_NO_OFFSET */
    uint64_t cut;        /* where the text ends in a COPY; HF_NO_OFFSET */
} mm_index;

void mm_index_init(mm_index *x);
void mm_index_clear(mm_index *x);

/* Read the text to its end, or to the first INSERT or line end of Windows. HF_E_UNSUPPORTED for
 * statements that pg_dump does not write. */
hf_status mm_index_scan(mm_index *x, mm_text *t, hf_err **err);

/* NULL when the database has no such table. */
mm_dump_table *mm_index_table(const mm_dump_db *db, hf_view schema, hf_view name);

/* --- dump_pick.c ---------------------------------------------------------------------------------
 */

typedef struct mm_picked {
    const mm_dump_db *db;
    hf_view schema;
} mm_picked;

/* The first places of the file that hold posts and channels, up to max; returns how many there
 * are. database, schema: only there; NULL: anywhere. */
size_t mm_pick_find(const mm_index *x, const char *database, const char *schema, mm_picked *out,
                    size_t max);

/* HF_E_UNSUPPORTED when the file holds no Mattermost, HF_E_AMBIGUOUS when it holds several and none
 * was chosen. */
hf_status mm_pick(const mm_index *x, const hf_opts *opts, mm_picked *out, hf_err **err);

#endif
