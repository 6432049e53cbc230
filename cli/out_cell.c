/* cli/out_cell.c: one value of an answer, in each of the forms. */
#include "out_priv.h"

#include "util/json.h"

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

void hf_cell_put_shown(const hf_out *out, hf_buf *b, const hf_cell *c)
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

static void put_string(hf_buf *b, hf_view text)
{
    hf_json_put_string(b, text, HF_JSON_PLAIN);
}

void hf_cell_put_member(hf_buf *b, const char *key, const hf_cell *c)
{
    bool no_time = c->type == HF_CELL_IS_TIME && c->v.i == HF_NO_TIME;

    put_string(b, hf_view_str(key));
    hf_buf_byte(b, ':');
    if (c->type == HF_CELL_IS_NONE || no_time) {
        hf_buf_str(b, "null");
    } else if (c->type == HF_CELL_IS_TEXT) {
        put_string(b, c->text);
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

void hf_cell_put_separated(const hf_out *out, hf_buf *b, size_t i, hf_cell c)
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
