/* mattermost/parse.c: one record from its document alone.
 *
 * Document   a table's COPY line, the record's own row, for a message or a bot the rows that join
 *            it: further rows of the same table, then other tables, each with its own COPY line.
 *            Rows end before "\." or where the document ends. psql loads it.
 */
#include "rows_priv.h"

enum { MAX_TABLES = 64 };

typedef struct document {
    hf_arena *mem;
    hf_view text;
    size_t at;
    mm_join *s;
    size_t n, cap;
    uint16_t width; /* columns of the widest table */
} document;

static void add_section(document *d, const mm_layout *l, hf_view line)
{
    if (d->n == d->cap) {
        size_t cap = d->cap == 0 ? 8 : d->cap * 2;
        mm_join *more = hf_arena_alloc(d->mem, cap * sizeof(*more));

        if (d->n > 0)
            memcpy(more, d->s, d->n * sizeof(*more));
        d->s = more;
        d->cap = cap;
    }
    d->s[d->n++] = (mm_join){ l, line };
    if (l->ncolumn > d->width)
        d->width = l->ncolumn;
}

/* The next line with its line feed; false at the end of the rows. */
static bool next_row(document *d, hf_view *line)
{
    hf_view rest = hf_view_from(d->text, d->at);
    size_t end = hf_view_find_byte(rest, '\n');

    *line = hf_view_sub(rest, 0, end == HF_NPOS ? end : end + 1);
    d->at += line->n;
    return line->n > 0 && !hf_view_is(*line, "\\.\n") && !hf_view_is(*line, "\\.");
}

static const mm_shape *shape_of(hf_kind kind, hf_view table)
{
    const mm_known *known = kind == HF_KIND_OPAQUE ? NULL : mm_known_find(table);

    return known == NULL ? &mm_shape_opaque : mm_shape_of(known->role);
}

static hf_status parse_table(document *d, const hf_record *r, hf_paths *paths, hf_err **err)
{
    mm_layout *own = hf_arena_alloc(d->mem, sizeof(*own)), *joined = own;
    bool is_first = d->n == 0;
    mm_column *column;
    const mm_shape *shape;
    hf_view schema, name, line;
    uint16_t n;
    hf_view from = is_first && r->raw.head.n > 0 ? r->raw.head : hf_view_from(d->text, d->at);
    size_t used = mm_head_parse(from, d->mem, &schema, &name, &column, &n);

    if (used == 0)
        return hf_fail(err, HF_E_RECORD, "a document of rows has no COPY line at byte %zu", d->at);
    d->at += from.p == r->raw.head.p ? 0 : used;
    shape = shape_of(r->kind, name);
    if (is_first && shape->kind != r->kind)
        return hf_fail(err, HF_E_RECORD, "a row of %.*s is no %s", (int)name.n, name.p,
                       hf_kind_name(r->kind));
    mm_layout_make(own, shape, schema, name, column, n, r->kind, !is_first, paths, d->mem);
    while (next_row(d, &line)) {
        if (is_first && d->n == 1 && shape->joins != NULL) { /* earlier versions of it */
            joined = hf_arena_alloc(d->mem, sizeof(*joined));
            mm_layout_make(joined, shape, schema, name, column, n, r->kind, true, paths, d->mem);
        }
        add_section(d, joined, line);
    }
    return HF_OK;
}

hf_status mm_parse(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err)
{
    document d = { .mem = b->mem, .text = r->raw.bytes };
    hf_view id = r->id, scope = r->scope;
    hf_status rc = HF_OK;
    const char *why;
    mm_reading x;

    for (size_t tables = 0; rc == HF_OK && d.at < d.text.n; tables++)
        rc = tables < MAX_TABLES ? parse_table(&d, r, paths, err)
                                 : hf_fail(err, HF_E_RECORD, "a document of too many tables");
    if (rc == HF_OK && d.n == 0)
        rc = hf_fail(err, HF_E_RECORD, "a document without a row");
    if (rc == HF_OK && d.n > 1 && r->kind != HF_KIND_MESSAGE && r->kind != HF_KIND_USER)
        rc = hf_fail(err, HF_E_RECORD, "a document of %zu rows for one %s", d.n,
                     hf_kind_name(r->kind));
    if (rc != HF_OK)
        return rc;
    mm_reading_init(&x, paths, d.width);
    x.b = b;
    x.r = r;
    why = mm_row_split(&x.main, d.s[0].l, d.s[0].line) ? mm_read_record(&x, d.s + 1, d.n - 1)
                                                       : "another number of columns";
    mm_reading_clear(&x);
    r->id = id;
    r->scope = scope;
    return why == NULL ? HF_OK : hf_fail(err, HF_E_RECORD, "%s", why);
}
