/* mattermost/dump_feed.h: the feed over a dump, as its parts share it.
 *
 *   dump.c       rows          dump_open.c  opening a file, and what is refused
 *   dump_facts.c what is worth knowing of it
 */
#ifndef HF_MM_DUMP_FEED_H
#define HF_MM_DUMP_FEED_H

#include "dump_priv.h"
#include "util/copytext.h"
#include "util/stop.h"

typedef struct mm_dump_own { /* mm_table.own */
    const mm_dump_table *from;
    bool *is_secret; /* by column of COPY */
    bool has_secret;
    size_t original;   /* column of COPY that says what the row is an older version of; HF_NPOS */
    uint64_t withheld; /* rows of which only the first column could be given */
} mm_dump_own;

typedef struct mm_dump_place {
    size_t section;
    uint64_t done; /* bytes of it */
} mm_dump_place;

typedef struct mm_dump {
    mm_feed base;
    hf_arena *mem, *scratch;
    hf_spool *spool;
    mm_index index;
    mm_picked picked;
    hf_view version; /* of the server, up to 6.3; empty */
    uint64_t migrations;
    int64_t last_migration;
    mm_dump_own *now; /* the table being read */
    mm_which which;
    mm_dump_place at;
    hf_buf chosen, too_long;
} mm_dump;

/* Index of a column in the order of COPY; HF_NPOS when it is not copied. */
size_t mm_dump_copied(const mm_dump_table *t, hf_view name);

/* The columns of a line; at most max are cut off, the last one then holds the rest. */
size_t mm_dump_split(hf_view line, hf_view *column, size_t max);

/* Give every row of a table, as it stands, to row. */
hf_status mm_dump_each(mm_dump *d, const mm_dump_table *t,
                       void (*row)(void *self, const hf_view *column, size_t n), void *self,
                       hf_err **err);

/* Spool the file, find the tables and fill the feed. */
hf_status mm_dump_prepare(mm_dump *d, const hf_reader_args *args, hf_err **err);

/* mm_feed_ops.facts. */
void mm_dump_facts(mm_feed *f, void (*say)(void *self, const hf_fact *fact), void *self);

#endif
