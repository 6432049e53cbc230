/* cli/out_priv.h: the inside of hf_out, for out.c, out_cell.c and out_table.c. */
#ifndef HF_CLI_OUT_PRIV_H
#define HF_CLI_OUT_PRIV_H

#include "cli_priv.h"

typedef struct table_row {
    hf_view *cells; /* escaped, in the arena */
    struct table_row *next;
} table_row;

/* A field of the table form, waiting for the longest title. */
typedef struct table_field {
    const char *title; /* borrowed */
    hf_view shown;     /* in the arena */
    struct table_field *next;
} table_field;

struct hf_out {
    hf_out_setup setup;
    hf_buf buf;
    int failed; /* errno of the first write that failed */
    const char *schema;
    hf_buf fields;    /* JSONL: the summary's members; CSV and TSV: the header of a row of fields */
    hf_buf field_row; /* CSV and TSV: that row */
    size_t nfields;

    const char *table; /* NULL outside a table */
    const hf_column *columns;
    size_t n, ntables;
    uint64_t nrows;

    hf_arena *mem; /* table form: the fields and rows waiting for their widths */
    table_field *first_field, **last_field;
    table_row *first, **last;
    size_t waiting;
    size_t *width;   /* NULL while rows are waiting */
    bool *is_number; /* aligned to the right */
};

void hf_out_flush_when_full(hf_out *out);

/* --- out_cell.c: one value ------------------------------------------------------------------- */

/* As it is shown to people: escaped, moments in the zone of the answer. */
void hf_cell_put_shown(const hf_out *out, hf_buf *b, const hf_cell *c);

/* "key":value, and for moments ,"key_ms":value after it. */
void hf_cell_put_member(hf_buf *b, const char *key, const hf_cell *c);

/* Cell i of a CSV or TSV line, with the separator before it. */
void hf_cell_put_separated(const hf_out *out, hf_buf *b, size_t i, hf_cell c);

/* --- out_table.c: the table form ------------------------------------------------------------- */

void hf_table_field(hf_out *out, const char *title, const hf_cell *value);
void hf_table_row(hf_out *out, const hf_cell *cells);

/* Print the fields that wait for the longest title. */
void hf_table_flush_fields(hf_out *out);

/* Print the rows that wait for their widths, headings first; nothing when that is done. */
void hf_table_flush(hf_out *out);

#endif
