/* cli/out.h: the answer of a command on stdout, in the form that --format asked for.
 *
 * A command names its schema once, then gives either fields and tables, which every form can print,
 * or (for --json alone) one document of its own:
 *
 *     hf_out_begin(out, "inspect/1");
 *     hf_out_field(out, "Format", "format", HF_CELL_STR("slack"));
 *     hf_out_table(out, "channels", columns, T);   columns[] = { { "Channel", "channel" }, ... }
 *     hf_out_row(out, cells);                      one cell per column
 *     hf_out_end(out);
 *
 * table   aligned by display width; data is escaped (hf_buf_printable); cut to the terminal's width
 *         unless --wide or the output is piped; moments in --tz
 * json    one document: schema, run_id, program_version, the fields, one array per table
 * jsonl   one line per row with "type" = the table's name; last line {"type":"summary", fields}
 * csv     RFC 4180, LF, header row; only the first table, or the fields as one row without a table;
 *         cells that a spreadsheet would run as a formula get a leading ' unless --csv-raw
 * tsv     the same with tabs; tab, LF, CR and backslash in a cell as \t \n \r \\
 *
 * On a terminal the other forms are escaped as tables are; into a pipe or a file they are not.
 *
 * A write that fails is remembered; the frame reports it. After EPIPE nothing more is written and
 * hf_interrupted() is raised.
 */
#ifndef HF_CLI_OUT_H
#define HF_CLI_OUT_H

#include "util/util.h"

typedef struct hf_out hf_out;

typedef enum hf_out_form {
    HF_OUT_TABLE,
    HF_OUT_JSON,
    HF_OUT_JSONL,
    HF_OUT_CSV,
    HF_OUT_TSV,
} hf_out_form;

typedef struct hf_column {
    const char *title; /* heading of the table form */
    const char *key;   /* snake_case; name in JSON, heading in CSV and TSV; stable */
} hf_column;

typedef enum hf_cell_type {
    HF_CELL_IS_NONE,
    HF_CELL_IS_TEXT,
    HF_CELL_IS_U64,
    HF_CELL_IS_I64,
    HF_CELL_IS_BYTES,
    HF_CELL_IS_BOOL,
    HF_CELL_IS_TIME,
} hf_cell_type;

typedef struct hf_cell {
    hf_cell_type type;
    hf_view text; /* borrowed for the call */
    union {
        uint64_t u;
        int64_t i;
        bool b;
    } v;
} hf_cell;

#define HF_CELL_NONE    ((hf_cell){ .type = HF_CELL_IS_NONE }) /* empty; null in JSON */
#define HF_CELL_TEXT(x) ((hf_cell){ .type = HF_CELL_IS_TEXT, .text = (x) })
#define HF_CELL_STR(x)  hf_cell_str(x) /* NULL is HF_CELL_NONE */
#define HF_CELL_U64(x)  ((hf_cell){ .type = HF_CELL_IS_U64, .v.u = (x) })
#define HF_CELL_I64(x)  ((hf_cell){ .type = HF_CELL_IS_I64, .v.i = (x) })
#define HF_CELL_SIZE(x) \
    ((hf_cell){ .type = HF_CELL_IS_BYTES, .v.u = (x) }) /* "1.2 GiB" in tables */
#define HF_CELL_BOOL(x) ((hf_cell){ .type = HF_CELL_IS_BOOL, .v.b = (x) })
/* Microseconds UTC; HF_NO_TIME is empty. In JSON also KEY_ms. */
#define HF_CELL_TIME(x) ((hf_cell){ .type = HF_CELL_IS_TIME, .v.i = (x) })

static inline hf_cell hf_cell_str(const char *s)
{
    return s == NULL ? HF_CELL_NONE : HF_CELL_TEXT(hf_view_str(s));
}

hf_out_form hf_out_format(const hf_out *out);

/* Start the answer; schema is "name/version" and is borrowed until hf_out_end. */
void hf_out_begin(hf_out *out, const char *schema);

/* One fact about the whole answer; fields come before the first table. */
void hf_out_field(hf_out *out, const char *title, const char *key, hf_cell value);

/* Begin a table of n columns, ending the one before; name (snake_case) and columns are borrowed
 * until the next hf_out_table or hf_out_end. Rows follow. */
void hf_out_table(hf_out *out, const char *name, const hf_column *columns, size_t n);
void hf_out_row(hf_out *out, const hf_cell *cells);

/* End the answer. */
void hf_out_end(hf_out *out);

/* The whole answer for HF_OUT_JSON as one JSON object of the command's own (built with
 * util/jsonw.h); schema, run_id and program_version are put in front of its members. Takes the
 * place of hf_out_begin ... hf_out_end. */
void hf_out_json(hf_out *out, const char *schema, hf_view object);

/* Text that is the whole answer in every form: a help page, a completion script. */
void hf_out_text(hf_out *out, hf_view text);

/* 12345678 as "12 345 678" into out, which is returned. */
const char *hf_out_digits(uint64_t n, char out[32]);

/* "1.2 GiB" into out, which is returned; below 1 KiB "17 B". */
const char *hf_out_size(uint64_t bytes, char out[32]);

#endif
