/* cli/out.c: see out.h.
 *
 * Memory    one buffer of 64 KiB and a row; the rows that out_table.c keeps for their widths.
 */
#include "out_priv.h"
#include "util/json.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { FLUSH_AT = 64 * 1024 };

hf_out *hf_out_new(const hf_out_setup *setup)
{
    hf_out *out = HF_NEW(hf_out);

    out->setup = *setup;
    hf_buf_init(&out->buf, HF_BUF_UNBOUNDED);
    hf_buf_init(&out->fields, HF_BUF_UNBOUNDED);
    hf_buf_init(&out->field_row, HF_BUF_UNBOUNDED);
    out->mem = hf_arena_new();
    out->last = &out->first;
    out->last_field = &out->first_field;
    return out;
}

void hf_out_free(hf_out *out)
{
    if (out == NULL)
        return;
    hf_buf_clear(&out->buf);
    hf_buf_clear(&out->fields);
    hf_buf_clear(&out->field_row);
    hf_arena_free(out->mem);
    hf_free(out);
}

hf_out_form hf_out_format(const hf_out *out)
{
    return out->setup.form;
}

/* --- writing ---------------------------------------------------------------------------------- */

/* Tables are escaped cell by cell. The other forms keep every byte for the program that reads them,
 * but what stands on a terminal is read by a person and must not steer it. */
static void escape(hf_buf *b)
{
    hf_buf safe;
    hf_view rest = hf_buf_view(b);

    hf_buf_init(&safe, HF_BUF_UNBOUNDED);
    while (rest.n > 0) {
        size_t n = 0;

        while (n < rest.n && rest.p[n] != '\n' && rest.p[n] != '\t')
            n++;
        hf_buf_printable(&safe, hf_view_sub(rest, 0, n));
        if (n < rest.n)
            hf_buf_byte(&safe, rest.p[n++]);
        rest = hf_view_from(rest, n);
    }
    hf_buf_clear(b);
    *b = safe;
}

static void flush(hf_out *out)
{
    if (out->setup.is_terminal && out->setup.form != HF_OUT_TABLE)
        escape(&out->buf);

    hf_view rest = hf_buf_view(&out->buf);

    if (rest.n > 0)
        hf_progress_clear(out->setup.progress); /* both may be on one terminal */
    while (rest.n > 0 && out->failed == 0) {
        ssize_t n = write(out->setup.fd, rest.p, rest.n);

        if (n >= 0) {
            rest = hf_view_from(rest, (size_t)n);
        } else if (errno == EPIPE) {
            out->failed = EPIPE;
            hf_stop_request(SIGPIPE);
        } else if (errno != EINTR) {
            out->failed = errno;
        }
    }
    hf_buf_reset(&out->buf);
}

void hf_out_flush_when_full(hf_out *out)
{
    if (out->buf.n >= FLUSH_AT)
        flush(out);
}

hf_status hf_out_finish(hf_out *out, hf_err **err)
{
    flush(out);
    if (out->failed == 0)
        return HF_OK;
    errno = out->failed;
    return hf_fail_sys(err, "cannot write to standard output");
}

void hf_out_text(hf_out *out, hf_view text)
{
    hf_buf_add(&out->buf, text);
    hf_out_flush_when_full(out);
}

static void put_header(const hf_out *out, hf_buf *b, const char *schema)
{
    hf_buf_str(b, "\"schema\":");
    hf_json_put_string(b, hf_view_str(schema), HF_JSON_PLAIN);
    hf_buf_str(b, ",\"run_id\":");
    hf_json_put_string(b, hf_view_str(out->setup.run_id), HF_JSON_PLAIN);
    hf_buf_str(b, ",\"program_version\":\"" HF_VERSION "\"");
}

void hf_out_json(hf_out *out, const char *schema, hf_view object)
{
    hf_view inside = object;

    while (inside.n > 0 && inside.p[0] != '{')
        inside = hf_view_from(inside, 1);
    inside = hf_view_from(inside, 1);
    while (inside.n > 0 && (inside.p[0] == ' ' || inside.p[0] == '\n'))
        inside = hf_view_from(inside, 1);
    while (inside.n > 0 && inside.p[inside.n - 1] == '\n')
        inside.n--;
    hf_buf_byte(&out->buf, '{');
    put_header(out, &out->buf, schema);
    if (!hf_view_is(inside, "}"))
        hf_buf_str(&out->buf, ",\n");
    hf_buf_add(&out->buf, inside);
    hf_buf_byte(&out->buf, '\n');
    hf_out_flush_when_full(out);
}

static void json_row(hf_out *out, const hf_cell *cells)
{
    hf_buf *b = &out->buf;

    if (out->setup.form == HF_OUT_JSONL) {
        hf_buf_str(b, "{\"type\":");
        hf_json_put_string(b, hf_view_str(out->table), HF_JSON_PLAIN);
    } else {
        hf_buf_str(b, out->nrows == 0 ? "\n{" : ",\n{");
    }
    for (size_t i = 0; i < out->n; i++) {
        if (i > 0 || out->setup.form == HF_OUT_JSONL)
            hf_buf_byte(b, ',');
        hf_cell_put_member(b, out->columns[i].key, &cells[i]);
    }
    hf_buf_str(b, out->setup.form == HF_OUT_JSONL ? "}\n" : "}");
}

static void separated_header(hf_out *out)
{
    for (size_t i = 0; i < out->n; i++)
        hf_cell_put_separated(out, &out->buf, i, HF_CELL_STR(out->columns[i].key));
    hf_buf_byte(&out->buf, '\n');
}

/* --- the calls of a command ------------------------------------------------------------------- */

void hf_out_begin(hf_out *out, const char *schema)
{
    out->schema = schema;
    out->ntables = out->nfields = 0;
    hf_buf_reset(&out->fields);
    hf_buf_reset(&out->field_row);
    if (out->setup.form == HF_OUT_JSON) {
        hf_buf_byte(&out->buf, '{');
        put_header(out, &out->buf, schema);
    }
}

void hf_out_field(hf_out *out, const char *title, const char *key, hf_cell value)
{
    size_t n = out->nfields++;

    switch (out->setup.form) {
    case HF_OUT_TABLE:
        hf_table_field(out, title, &value);
        break;
    case HF_OUT_JSON:
        hf_buf_str(&out->buf, ",\n");
        hf_cell_put_member(&out->buf, key, &value);
        break;
    case HF_OUT_JSONL:
        hf_buf_byte(&out->fields, ',');
        hf_cell_put_member(&out->fields, key, &value);
        break;
    case HF_OUT_CSV:
    case HF_OUT_TSV:
        hf_cell_put_separated(out, &out->fields, n, HF_CELL_STR(key));
        hf_cell_put_separated(out, &out->field_row, n, value);
        break;
    }
}

static void end_table(hf_out *out)
{
    if (out->table == NULL)
        return;
    if (out->setup.form == HF_OUT_TABLE)
        hf_table_flush(out);
    else if (out->setup.form == HF_OUT_JSON)
        hf_buf_str(&out->buf, out->nrows == 0 ? "]" : "\n]");
    out->table = NULL;
}

void hf_out_table(hf_out *out, const char *name, const hf_column *columns, size_t n)
{
    bool is_first = out->ntables == 0;

    end_table(out);
    out->ntables++;
    out->table = name;
    out->columns = columns;
    out->n = n;
    out->nrows = 0;
    hf_table_flush_fields(out);
    hf_arena_reset(out->mem);
    out->first = NULL;
    out->last = &out->first;
    out->waiting = 0;
    out->width = NULL;
    out->is_number = hf_arena_alloc0(out->mem, n, sizeof(*out->is_number));
    switch (out->setup.form) {
    case HF_OUT_TABLE:
        if (!is_first || out->nfields > 0)
            hf_buf_byte(&out->buf, '\n');
        break;
    case HF_OUT_JSON:
        hf_buf_str(&out->buf, ",\n");
        hf_json_put_string(&out->buf, hf_view_str(name), HF_JSON_PLAIN);
        hf_buf_str(&out->buf, ":[");
        break;
    case HF_OUT_JSONL:
        break;
    case HF_OUT_CSV:
    case HF_OUT_TSV:
        if (is_first)
            separated_header(out);
        break;
    }
}

void hf_out_row(hf_out *out, const hf_cell *cells)
{
    switch (out->setup.form) {
    case HF_OUT_TABLE:
        hf_table_row(out, cells);
        break;
    case HF_OUT_JSON:
    case HF_OUT_JSONL:
        json_row(out, cells);
        break;
    case HF_OUT_CSV:
    case HF_OUT_TSV:
        for (size_t i = 0; out->ntables == 1 && i < out->n; i++)
            hf_cell_put_separated(out, &out->buf, i, cells[i]);
        if (out->ntables == 1)
            hf_buf_byte(&out->buf, '\n');
        break;
    }
    out->nrows++;
    hf_out_flush_when_full(out);
}

void hf_out_end(hf_out *out)
{
    hf_buf *b = &out->buf;

    end_table(out);
    switch (out->setup.form) {
    case HF_OUT_TABLE:
        hf_table_flush_fields(out);
        break;
    case HF_OUT_JSON:
        hf_buf_str(b, "}\n");
        break;
    case HF_OUT_JSONL:
        hf_buf_str(b, "{\"type\":\"summary\",");
        put_header(out, b, out->schema);
        hf_buf_add(b, hf_buf_view(&out->fields));
        hf_buf_str(b, "}\n");
        break;
    case HF_OUT_CSV:
    case HF_OUT_TSV:
        if (out->ntables == 0 && out->nfields > 0) {
            hf_buf_add(b, hf_buf_view(&out->fields));
            hf_buf_byte(b, '\n');
            hf_buf_add(b, hf_buf_view(&out->field_row));
            hf_buf_byte(b, '\n');
        }
        break;
    }
    hf_out_flush_when_full(out);
}
