/* cli/out.c: see out.h.
 *
 * Memory    one buffer of up to 64 KiB, and in the table form the first 500 rows: their widths
 *           decide the columns of the rows that follow.
 */
#include "cli_priv.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>
#include <utf8proc.h>

enum { FLUSH_AT = 64 * 1024, WIDTH_ROWS = 500, MIN_WIDTH = 8 };

typedef struct table_row {
    hf_view *cells; /* escaped, in the arena */
    struct table_row *next;
} table_row;

struct hf_out {
    hf_out_setup setup;
    hf_buf buf;
    int failed; /* errno of the first write that failed */
    const char *schema;
    hf_buf fields;    /* JSONL: the summary's members; CSV and TSV: the header of a row of fields */
    hf_buf field_row; /* CSV and TSV: that row */
    size_t nfields, title_width;
    bool is_json_open; /* '{' and the header members are written */

    const char *table; /* NULL outside a table */
    const hf_column *columns;
    size_t n, ntables;
    uint64_t nrows;

    hf_arena *mem; /* table form: the rows waiting for their widths */
    table_row *first, **last;
    size_t waiting;
    size_t *width; /* NULL while rows are waiting */
    bool *is_number;
    size_t cap; /* columns that width and is_number have room for */
};

hf_out *hf_out_new(const hf_out_setup *setup)
{
    hf_out *out = HF_NEW(hf_out);

    out->setup = *setup;
    hf_buf_init(&out->buf, HF_BUF_UNBOUNDED);
    hf_buf_init(&out->fields, HF_BUF_UNBOUNDED);
    hf_buf_init(&out->field_row, HF_BUF_UNBOUNDED);
    out->mem = hf_arena_new();
    out->last = &out->first;
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

static void flush(hf_out *out)
{
    hf_view rest = hf_buf_view(&out->buf);

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

static void flush_when_full(hf_out *out)
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
    if (out->setup.form == HF_OUT_TABLE)
        hf_buf_add(&out->buf, text);
    flush_when_full(out);
}

/* --- values ----------------------------------------------------------------------------------- */

const char *hf_out_digits(uint64_t n, char out[32])
{
    char reversed[32];
    size_t len = 0, digits = 0;

    do {
        if (digits > 0 && digits % 3 == 0)
            reversed[len++] = ' ';
        reversed[len++] = (char)('0' + n % 10);
        digits++;
        n /= 10;
    } while (n > 0);
    for (size_t i = 0; i < len; i++)
        out[i] = reversed[len - 1 - i];
    out[len] = '\0';
    return out;
}

const char *hf_out_size(uint64_t bytes, char out[32])
{
    static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
    uint64_t whole = bytes, tenth = 0;
    size_t unit = 0, n;
    hf_buf b;

    for (; whole >= 1024; unit++) {
        tenth = whole % 1024 * 10 / 1024; /* cut, not rounded: never more than there is */
        whole /= 1024;
    }
    hf_buf_init(&b, 31);
    hf_buf_u64(&b, whole);
    if (unit > 0) {
        hf_buf_byte(&b, '.');
        hf_buf_u64(&b, tenth);
    }
    hf_buf_byte(&b, ' ');
    hf_buf_str(&b, units[unit]);
    n = b.n;
    memcpy(out, hf_buf_cstr(&b), n + 1);
    hf_buf_clear(&b);
    return out;
}

static bool is_number(hf_cell_type type)
{
    return type == HF_CELL_IS_U64 || type == HF_CELL_IS_I64 || type == HF_CELL_IS_BYTES;
}

/* The moment in the zone of --tz, RFC 3339 with its offset. */
static void put_local_time(hf_buf *b, int64_t us, const hf_zone *zone)
{
    int32_t offset = hf_zone_offset(zone, us);
    char text[32];
    size_t n;

    hf_time_format(us + offset * HF_SECOND_US, text);
    n = strlen(text);
    if (zone == NULL || n == 0) {
        hf_buf_str(b, text);
        return;
    }
    hf_buf_add(b, (hf_view){ text, n - 1 }); /* without its Z */
    hf_buf_printf(b, "%c%02d:%02d", offset < 0 ? '-' : '+', (offset < 0 ? -offset : offset) / 3600,
                  (offset < 0 ? -offset : offset) / 60 % 60);
}

static void put_exact(hf_buf *b, const hf_cell *c)
{
    char text[32];

    switch (c->type) {
    case HF_CELL_IS_NONE:
    case HF_CELL_IS_TEXT:
        hf_buf_add(b, c->text);
        break;
    case HF_CELL_IS_U64:
    case HF_CELL_IS_BYTES:
        hf_buf_u64(b, c->v.u);
        break;
    case HF_CELL_IS_I64:
        hf_buf_i64(b, c->v.i);
        break;
    case HF_CELL_IS_BOOL:
        hf_buf_str(b, c->v.b ? "true" : "false");
        break;
    case HF_CELL_IS_TIME:
        if (c->v.i != HF_NO_TIME) {
            hf_time_format(c->v.i, text);
            hf_buf_str(b, text);
        }
        break;
    }
}

static void put_for_people(const hf_out *out, hf_buf *b, const hf_cell *c)
{
    char text[32];

    switch (c->type) {
    case HF_CELL_IS_TEXT:
        hf_buf_printable(b, c->text);
        break;
    case HF_CELL_IS_U64:
        hf_buf_str(b, hf_out_digits(c->v.u, text));
        break;
    case HF_CELL_IS_BYTES:
        hf_buf_str(b, hf_out_size(c->v.u, text));
        break;
    case HF_CELL_IS_BOOL:
        hf_buf_str(b, c->v.b ? "yes" : "no");
        break;
    case HF_CELL_IS_TIME:
        if (c->v.i != HF_NO_TIME)
            put_local_time(b, c->v.i, out->setup.zone);
        break;
    case HF_CELL_IS_NONE:
    case HF_CELL_IS_I64:
        put_exact(b, c);
        break;
    }
}

/* --- JSON ------------------------------------------------------------------------------------- */

void hf_out_put_string(hf_buf *b, hf_view text)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text.p;

    hf_buf_byte(b, '"');
    for (size_t i = 0; i < text.n;) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n = utf8proc_iterate(p + i, (utf8proc_ssize_t)(text.n - i), &cp);

        if (n <= 0)
            hf_buf_utf8(b, 0xFFFD);
        else if (cp == '"' || cp == '\\')
            hf_buf_printf(b, "\\%c", (int)cp);
        else if (cp < 0x20)
            hf_buf_printf(b, "\\u%04x", (unsigned)cp);
        else
            hf_buf_add(b, hf_view_sub(text, i, (size_t)n));
        i += n <= 0 ? 1 : (size_t)n;
    }
    hf_buf_byte(b, '"');
}

/* ,"key":value and for moments ,"key_ms":value; the caller sees to the first comma. */
static void put_member(hf_buf *b, const char *key, const hf_cell *c)
{
    bool no_time = c->type == HF_CELL_IS_TIME && c->v.i == HF_NO_TIME;

    hf_out_put_string(b, hf_view_str(key));
    hf_buf_byte(b, ':');
    if (c->type == HF_CELL_IS_NONE || no_time) {
        hf_buf_str(b, "null");
    } else if (c->type == HF_CELL_IS_TEXT) {
        hf_out_put_string(b, c->text);
    } else if (c->type == HF_CELL_IS_TIME) {
        hf_buf_byte(b, '"');
        put_exact(b, c);
        hf_buf_byte(b, '"');
    } else {
        put_exact(b, c);
    }
    if (c->type == HF_CELL_IS_TIME) {
        hf_buf_printf(b, ",\"%s_ms\":", key);
        if (no_time)
            hf_buf_str(b, "null");
        else
            hf_buf_i64(b, c->v.i / 1000 - (c->v.i % 1000 < 0));
    }
}

static void put_header(const hf_out *out, hf_buf *b, const char *schema)
{
    hf_buf_str(b, "\"schema\":");
    hf_out_put_string(b, hf_view_str(schema));
    hf_buf_str(b, ",\"run_id\":");
    hf_out_put_string(b, hf_view_str(out->setup.run_id));
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
    flush_when_full(out);
}

static void json_row(hf_out *out, const hf_cell *cells)
{
    hf_buf *b = &out->buf;

    if (out->setup.form == HF_OUT_JSONL) {
        hf_buf_str(b, "{\"type\":");
        hf_out_put_string(b, hf_view_str(out->table));
    } else {
        hf_buf_str(b, out->nrows == 0 ? "\n{" : ",\n{");
    }
    for (size_t i = 0; i < out->n; i++) {
        if (i > 0 || out->setup.form == HF_OUT_JSONL)
            hf_buf_byte(b, ',');
        put_member(b, out->columns[i].key, &cells[i]);
    }
    hf_buf_str(b, out->setup.form == HF_OUT_JSONL ? "}\n" : "}");
}

/* --- CSV and TSV ------------------------------------------------------------------------------ */

/* A cell that a spreadsheet would take for a formula starts with one of these. */
static bool starts_formula(hf_view v)
{
    return v.n > 0 && memchr("=+-@\t\r", v.p[0], 6) != NULL;
}

static void put_csv(const hf_out *out, hf_buf *b, hf_view v, bool guard)
{
    bool quote = false;

    guard = guard && !out->setup.csv_raw && starts_formula(v);
    for (size_t i = 0; i < v.n && !quote; i++)
        quote = v.p[i] == '"' || v.p[i] == ',' || v.p[i] == '\n' || v.p[i] == '\r';
    if (quote)
        hf_buf_byte(b, '"');
    if (guard)
        hf_buf_byte(b, '\'');
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == '"')
            hf_buf_byte(b, '"');
        hf_buf_byte(b, v.p[i]);
    }
    if (quote)
        hf_buf_byte(b, '"');
}

static void put_tsv(const hf_out *out, hf_buf *b, hf_view v, bool guard)
{
    static const char from[] = "\t\n\r\\", to[] = "tnr\\";

    if (guard && !out->setup.csv_raw && starts_formula(v))
        hf_buf_byte(b, '\'');
    for (size_t i = 0; i < v.n; i++) {
        const char *at = memchr(from, v.p[i], 4);

        if (at != NULL) {
            hf_buf_byte(b, '\\');
            hf_buf_byte(b, to[at - from]);
        } else {
            hf_buf_byte(b, v.p[i]);
        }
    }
}

static void put_separated(const hf_out *out, hf_buf *b, size_t i, hf_cell c)
{
    bool csv = out->setup.form == HF_OUT_CSV;
    hf_buf text;

    if (i > 0)
        hf_buf_byte(b, csv ? ',' : '\t');
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    put_exact(&text, &c);
    /* A number may start with a minus sign; only text can hold a formula. */
    (csv ? put_csv : put_tsv)(out, b, hf_buf_view(&text), c.type == HF_CELL_IS_TEXT);
    hf_buf_clear(&text);
}

static void separated_header(hf_out *out)
{
    for (size_t i = 0; i < out->n; i++)
        put_separated(out, &out->buf, i, HF_CELL_STR(out->columns[i].key));
    hf_buf_byte(&out->buf, '\n');
}

/* --- the table form --------------------------------------------------------------------------- */

static size_t display_width(hf_view v)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)v.p;
    size_t width = 0;

    for (size_t i = 0; i < v.n;) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n = utf8proc_iterate(p + i, (utf8proc_ssize_t)(v.n - i), &cp);

        if (n <= 0)
            return width + (v.n - i); /* cannot be after hf_buf_printable */
        width += (size_t)utf8proc_charwidth(cp);
        i += (size_t)n;
    }
    return width;
}

/* The bytes of v that fit into width columns. */
static size_t bytes_for(hf_view v, size_t width)
{
    size_t i = 0, used = 0;

    while (i < v.n) {
        utf8proc_int32_t cp;
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)v.p + i, (utf8proc_ssize_t)(v.n - i), &cp);

        if (n <= 0)
            break;
        used += (size_t)utf8proc_charwidth(cp);
        if (used > width)
            break;
        i += (size_t)n;
    }
    return i;
}

static void spaces(hf_buf *b, size_t n)
{
    while (n-- > 0)
        hf_buf_byte(b, ' ');
}

static void put_padded(hf_out *out, size_t i, hf_view text)
{
    hf_buf *b = &out->buf;
    size_t width = display_width(text), want = out->width[i];

    if (i > 0)
        hf_buf_str(b, "  ");
    if (out->setup.width > 0 && width > want) {
        size_t keep = bytes_for(text, want - 1);

        hf_buf_add(b, hf_view_sub(text, 0, keep));
        hf_buf_str(b, "\u2026");
        width = display_width(hf_view_sub(text, 0, keep)) + 1;
        text.n = 0;
    }
    if (out->is_number[i] && width < want)
        spaces(b, want - width);
    hf_buf_add(b, text);
    if (!out->is_number[i] && width < want && i + 1 < out->n)
        spaces(b, want - width);
}

/* Take from the widest column until the row fits. */
static void fit(hf_out *out)
{
    for (;;) {
        size_t total = 2 * (out->n - 1), widest = 0;

        for (size_t i = 0; i < out->n; i++) {
            total += out->width[i];
            if (out->width[i] > out->width[widest])
                widest = i;
        }
        if (total <= out->setup.width || out->width[widest] <= MIN_WIDTH)
            return;
        out->width[widest]--;
    }
}

static void print_row(hf_out *out, const hf_view *cells)
{
    for (size_t i = 0; i < out->n; i++)
        put_padded(out, i, cells[i]);
    hf_buf_byte(&out->buf, '\n');
    flush_when_full(out);
}

static void print_headings(hf_out *out)
{
    if (out->setup.colour)
        hf_buf_str(&out->buf, "\033[1m");
    for (size_t i = 0; i < out->n; i++)
        put_padded(out, i, hf_view_str(out->columns[i].title));
    if (out->setup.colour)
        hf_buf_str(&out->buf, "\033[0m");
    hf_buf_byte(&out->buf, '\n');
}

/* Fix the widths by the rows that wait, and print them. */
static void print_waiting(hf_out *out)
{
    if (out->width != NULL)
        return;
    out->width = hf_arena_alloc0(out->mem, out->n, sizeof(*out->width));
    for (size_t i = 0; i < out->n; i++)
        out->width[i] = display_width(hf_view_str(out->columns[i].title));
    for (table_row *r = out->first; r != NULL; r = r->next)
        for (size_t i = 0; i < out->n; i++) {
            size_t width = display_width(r->cells[i]);

            if (width > out->width[i])
                out->width[i] = width;
        }
    if (out->setup.width > 0)
        fit(out);
    print_headings(out);
    for (table_row *r = out->first; r != NULL; r = r->next)
        print_row(out, r->cells);
    out->first = NULL;
    out->last = &out->first;
}

static hf_view *render(hf_out *out, const hf_cell *cells, hf_arena *mem)
{
    hf_view *texts = hf_arena_alloc0(mem, out->n, sizeof(*texts));
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < out->n; i++) {
        hf_buf_reset(&b);
        put_for_people(out, &b, &cells[i]);
        texts[i] = hf_arena_dup(mem, hf_buf_view(&b));
    }
    hf_buf_clear(&b);
    return texts;
}

static void table_row_add(hf_out *out, const hf_cell *cells)
{
    if (out->width != NULL) {
        hf_arena *mem = hf_arena_new();

        print_row(out, render(out, cells, mem));
        hf_arena_free(mem);
        return;
    }
    table_row *r = hf_arena_alloc0(out->mem, 1, sizeof(*r));

    r->cells = render(out, cells, out->mem);
    for (size_t i = 0; i < out->n; i++)
        if (is_number(cells[i].type))
            out->is_number[i] = true;
    *out->last = r;
    out->last = &r->next;
    if (++out->waiting == WIDTH_ROWS)
        print_waiting(out);
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
        hf_buf_printf(&out->buf, "%s:", title);
        spaces(&out->buf, strlen(title) < 16 ? 17 - strlen(title) : 1);
        put_for_people(out, &out->buf, &value);
        hf_buf_byte(&out->buf, '\n');
        break;
    case HF_OUT_JSON:
        hf_buf_str(&out->buf, ",\n");
        put_member(&out->buf, key, &value);
        break;
    case HF_OUT_JSONL:
        hf_buf_byte(&out->fields, ',');
        put_member(&out->fields, key, &value);
        break;
    case HF_OUT_CSV:
    case HF_OUT_TSV:
        put_separated(out, &out->fields, n, HF_CELL_STR(key));
        put_separated(out, &out->field_row, n, value);
        break;
    }
}

static void end_table(hf_out *out)
{
    if (out->table == NULL)
        return;
    if (out->setup.form == HF_OUT_TABLE)
        print_waiting(out);
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
        hf_out_put_string(&out->buf, hf_view_str(name));
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
        table_row_add(out, cells);
        break;
    case HF_OUT_JSON:
    case HF_OUT_JSONL:
        json_row(out, cells);
        break;
    case HF_OUT_CSV:
    case HF_OUT_TSV:
        for (size_t i = 0; out->ntables == 1 && i < out->n; i++)
            put_separated(out, &out->buf, i, cells[i]);
        if (out->ntables == 1)
            hf_buf_byte(&out->buf, '\n');
        break;
    }
    out->nrows++;
    flush_when_full(out);
}

void hf_out_end(hf_out *out)
{
    hf_buf *b = &out->buf;

    end_table(out);
    switch (out->setup.form) {
    case HF_OUT_TABLE:
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
    flush_when_full(out);
}
