/* cli/out_table.c: the table form of an answer.
 *
 * Memory    the first 500 rows: their widths decide the columns of the rows that follow.
 */
#include "out_priv.h"

#include <utf8proc.h>

enum { WIDTH_ROWS = 500, MIN_WIDTH = 8 };

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

void hf_table_field(hf_out *out, const char *title, const hf_cell *value)
{
    table_field *f = hf_arena_alloc0(out->mem, 1, sizeof(*f));
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_cell_put_shown(out, &b, value);
    f->title = title;
    f->shown = hf_arena_dup(out->mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    *out->last_field = f;
    out->last_field = &f->next;
}

void hf_table_flush_fields(hf_out *out)
{
    size_t width = 0;

    for (const table_field *f = out->first_field; f != NULL; f = f->next)
        if (display_width(hf_view_str(f->title)) > width)
            width = display_width(hf_view_str(f->title));
    for (const table_field *f = out->first_field; f != NULL; f = f->next) {
        hf_buf_printf(&out->buf, "%s:", f->title);
        spaces(&out->buf, width + 2 - display_width(hf_view_str(f->title)));
        hf_buf_add(&out->buf, f->shown);
        hf_buf_byte(&out->buf, '\n');
    }
    out->first_field = NULL;
    out->last_field = &out->first_field;
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
    while (out->buf.n > 0 && out->buf.p[out->buf.n - 1] == ' ')
        out->buf.n--;
    hf_buf_byte(&out->buf, '\n');
    hf_out_flush_when_full(out);
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

/* Fix the widths by the rows that wait, and print them; a table without rows is not shown at all.
 */
void hf_table_flush(hf_out *out)
{
    if (out->width != NULL || out->first == NULL)
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

static bool is_number(hf_cell_type type)
{
    return type == HF_CELL_IS_U64 || type == HF_CELL_IS_I64 || type == HF_CELL_IS_BYTES;
}

static hf_view *render(hf_out *out, const hf_cell *cells, hf_arena *mem)
{
    hf_view *texts = hf_arena_alloc0(mem, out->n, sizeof(*texts));
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < out->n; i++) {
        hf_buf_reset(&b);
        hf_cell_put_shown(out, &b, &cells[i]);
        texts[i] = hf_arena_dup(mem, hf_buf_view(&b));
    }
    hf_buf_clear(&b);
    return texts;
}

void hf_table_row(hf_out *out, const hf_cell *cells)
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
        hf_table_flush(out);
}
