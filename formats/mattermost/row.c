/* mattermost/row.c: heads, layouts, columns and their leaves. */
#include "rows_priv.h"

/* --- heads ---------------------------------------------------------------------------------------
 */

typedef struct cursor {
    hf_view text;
    size_t at;
    hf_arena *mem;
} cursor;

static bool skip(cursor *c, const char *word)
{
    hf_view w = hf_view_str(word);

    if (!hf_view_starts(hf_view_from(c->text, c->at), w))
        return false;
    c->at += w.n;
    return true;
}

/* An SQL identifier: plain, or in quotes that are doubled inside. */
static bool identifier(cursor *c, hf_view *out)
{
    size_t from = c->at, n = 0;
    char *p;

    if (!skip(c, "\"")) {
        while (c->at < c->text.n && strchr(" .,()\"\n", c->text.p[c->at]) == NULL)
            c->at++;
        *out = hf_view_sub(c->text, from, c->at - from);
        return out->n > 0;
    }
    p = hf_arena_alloc(c->mem, c->text.n - c->at + 1);
    while (c->at < c->text.n) {
        char ch = c->text.p[c->at++];

        if (ch == '"' && (c->at == c->text.n || c->text.p[c->at] != '"')) {
            *out = (hf_view){ p, n };
            return true;
        }
        c->at += ch == '"';
        p[n++] = ch;
    }
    return false;
}

size_t mm_head_parse(hf_view text, hf_arena *mem, hf_view *schema, hf_view *name,
                     mm_column **column, uint16_t *n)
{
    cursor c = { text, 0, mem };
    uint32_t cap = 32, count = 0;
    mm_column *list = hf_arena_alloc(mem, cap * sizeof(*list));

    if (!skip(&c, "COPY ") || !identifier(&c, schema) || !skip(&c, ".") || !identifier(&c, name) ||
        !skip(&c, " ("))
        return 0;
    do {
        if (count == cap) {
            mm_column *more = hf_arena_alloc(mem, 2 * cap * sizeof(*more));

            memcpy(more, list, count * sizeof(*more));
            list = more;
            cap *= 2;
        }
        list[count] = (mm_column){ .is_known = false };
        if (count == MM_MAX_COLUMNS || !identifier(&c, &list[count++].name))
            return 0;
    } while (skip(&c, ", "));
    if (!skip(&c, ") FROM stdin;\n"))
        return 0;
    *column = list;
    *n = (uint16_t)count;
    return c.at;
}

/* --- layouts -------------------------------------------------------------------------------------
 */

static int16_t index_of(const mm_column *column, uint16_t n, const char *name)
{
    for (uint16_t i = 0; name != NULL && i < n; i++)
        if (hf_view_is(column[i].name, name))
            return (int16_t)i;
    return -1;
}

static uint32_t root_path(const mm_layout *l, hf_kind kind, bool is_joined, hf_paths *paths)
{
    uint32_t path = hf_path(paths, hf_view_str(hf_kind_name(kind)));

    if (is_joined)
        return hf_path_item(paths, hf_path_key(paths, path, l->name));
    return kind == HF_KIND_OPAQUE ? hf_path_key(paths, path, l->name) : path;
}

void mm_layout_make(mm_layout *l, const mm_shape *shape, hf_view schema, hf_view name,
                    const mm_column *column, uint16_t n, hf_kind kind, bool is_joined,
                    hf_paths *paths, hf_arena *mem)
{
    *l = (mm_layout){ .shape = shape, .schema = schema, .name = name, .ncolumn = n };
    l->member = HF_NO_MEMBER;
    l->as = hf_arena_alloc0(mem, n, 1);
    memset(l->at, -1, sizeof(l->at));
    for (int k = 0; shape->column[k].name != NULL; k++) {
        l->at[k] = index_of(column, n, shape->column[k].name);
        if (l->at[k] >= 0)
            l->as[l->at[k]] = shape->column[k].as;
    }
    l->join = index_of(column, n, shape->joins);
    for (int i = 0; i < 2; i++)
        l->order[i] = index_of(column, n, shape->order[i]);
    if (paths != NULL) {
        uint32_t root = root_path(l, kind, is_joined, paths);

        l->path = hf_arena_alloc(mem, n * sizeof(*l->path));
        for (uint16_t i = 0; i < n; i++)
            l->path[i] = hf_path_key(paths, root, column[i].name);
    }
}

/* --- columns -------------------------------------------------------------------------------------
 */

bool mm_row_split(mm_row *row, const mm_layout *l, hf_view line)
{
    row->l = l;
    row->line = line;
    if (line.n == 0)
        return false;
    if (line.p[line.n - 1] == '\n')
        line.n--;
    for (uint16_t i = 0; i < l->ncolumn; i++)
        row->value[i] = MM_NO_VALUE;
    return hf_copy_split(line, row->col, l->ncolumn) == l->ncolumn;
}

hf_view mm_decode(hf_view spelled, hf_arena *mem)
{
    hf_view out;
    hf_buf b;

    if (spelled.n == 0 || memchr(spelled.p, '\\', spelled.n) == NULL)
        return spelled;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_copy_decode(&b, spelled);
    out = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return out;
}

/* A number too large for a moment is the last one, and is none that a target could repeat: what was
 * deleted "then" is deleted. */
static int64_t moment(hf_view spelled, bool *is_exact)
{
    const int64_t last = INT64_MAX / 1000 * 1000;
    bool is_negative = spelled.n > 0 && spelled.p[0] == '-';
    int64_t ms, us;
    size_t i = is_negative;

    *is_exact = hf_view_i64(spelled, &ms) && !__builtin_mul_overflow(ms, 1000, &us);
    if (*is_exact)
        return us;
    while (i < spelled.n && spelled.p[i] >= '0' && spelled.p[i] <= '9')
        i++;
    if (i < spelled.n || spelled.n == (size_t)is_negative)
        return 0; /* no number at all */
    return is_negative ? -last : last;
}

int64_t mm_moment(hf_view spelled)
{
    bool is_exact;

    return moment(spelled, &is_exact);
}

/* --- taking --------------------------------------------------------------------------------------
 */

void mm_reading_init(mm_reading *x, hf_paths *paths, uint16_t width)
{
    *x = (mm_reading){ .paths = paths };
    x->main.col = hf_alloc0(width, sizeof(*x->main.col));
    x->main.value = hf_alloc0(width, sizeof(*x->main.value));
    x->joined.col = hf_alloc0(width, sizeof(*x->joined.col));
    x->joined.value = hf_alloc0(width, sizeof(*x->joined.value));
    x->value = hf_alloc0(MM_ROOM, sizeof(*x->value));
    x->leaf = hf_alloc0(MM_ROOM, sizeof(*x->leaf));
    hf_tape_init(&x->tape);
    hf_buf_init(&x->scratch, HF_BUF_UNBOUNDED);
}

void mm_reading_clear(mm_reading *x)
{
    hf_free(x->main.col);
    hf_free(x->main.value);
    hf_free(x->joined.col);
    hf_free(x->joined.value);
    hf_free(x->value);
    hf_free(x->leaf);
    hf_tape_clear(&x->tape);
    hf_buf_clear(&x->scratch);
    hf_map_free(x->equal);
}

void mm_carry(mm_row *row, int k, uint32_t value)
{
    if (row->l->at[k] >= 0)
        row->value[row->l->at[k]] = value;
}

void mm_carry_equal(mm_row *row, int k, hf_view text, uint32_t value)
{
    if (hf_view_eq(mm_raw(row, k), text))
        mm_carry(row, k, value);
}

bool mm_take_text(mm_reading *x, mm_row *row, int k, hf_field f, uint32_t item)
{
    hf_view v = mm_raw(row, k);

    if (v.n == 0)
        return false;
    mm_carry(row, k, hf_rec_text(x->b, x->r, f, item, mm_decode(v, x->b->mem)));
    return true;
}

bool mm_take_time(mm_reading *x, mm_row *row, int k, hf_field f, uint32_t item)
{
    bool is_exact;
    int64_t us = moment(mm_raw(row, k), &is_exact);
    uint32_t value;

    if (us == 0)
        return false;
    value = hf_rec_num(x->b, x->r, f, item, us);
    if (is_exact)
        mm_carry(row, k, value);
    return true;
}

bool mm_take_int(mm_reading *x, mm_row *row, int k, hf_field f, uint32_t item)
{
    int64_t n;

    if (!hf_view_i64(mm_raw(row, k), &n))
        return false;
    mm_carry(row, k, hf_rec_num(x->b, x->r, f, item, n));
    return true;
}

bool mm_take_true(mm_reading *x, mm_row *row, int k, hf_field f)
{
    if (!mm_is_true(mm_raw(row, k)))
        return false;
    mm_carry(row, k, hf_rec_num(x->b, x->r, f, 0, 1));
    return true;
}

void mm_take_word(mm_reading *x, mm_row *row, int k, hf_field f, const char *word)
{
    mm_carry(row, k, hf_rec_text(x->b, x->r, f, 0, hf_view_str(word)));
}

/* --- leaves --------------------------------------------------------------------------------------
 */

static bool is_default(hf_view v)
{
    if (v.n == 1)
        return v.p[0] == '0' || v.p[0] == 'f';
    return v.n == 2 && ((v.p[0] == '[' && v.p[1] == ']') || (v.p[0] == '{' && v.p[1] == '}'));
}

bool mm_json(mm_reading *x, mm_row *row, int k)
{
    hf_view v = mm_raw(row, k);

    return v.n > 0 && !is_default(v) &&
           hf_tape_parse(&x->tape, mm_decode(v, x->b->mem), NULL, NULL) == HF_OK;
}

/* The leaves of the tape, which holds column i. */
static void walk(mm_reading *x, mm_row *row, uint16_t i)
{
    row->value[i] = MM_WALKED;
    if (row->l->path == NULL)
        return;
    hf_account_json(x->b, x->r, x->paths, &x->tape, 0, row->l->path[i]);
}

void mm_json_done(mm_reading *x, mm_row *row, int k)
{
    walk(x, row, (uint16_t)row->l->at[k]);
}

static bool walks(mm_reading *x, const mm_row *row, uint16_t i)
{
    return (row->l->as[i] & MM_JSON) != 0 &&
           hf_tape_parse(&x->tape, mm_decode(row->col[i], x->b->mem), NULL, NULL) == HF_OK;
}

void mm_leaves(mm_reading *x, mm_row *row)
{
    const mm_layout *l = row->l;
    hf_leaf *leaf;

    if (l->path == NULL)
        return;
    leaf = hf_rec_leaves(x->b, x->r, l->ncolumn);
    for (uint16_t i = 0; i < l->ncolumn; i++) {
        hf_view v = row->col[i];
        uint32_t value = row->value[i];

        if (v.n == 0 || value == MM_WALKED || hf_copy_is_null(v))
            continue; /* nothing, or told already */
        if (value == MM_NO_VALUE && (l->as[i] & MM_DEFAULT) != 0 && is_default(v))
            value = 0;
        else if (value == MM_NO_VALUE && walks(x, row, i)) {
            walk(x, row, i);
            leaf = hf_rec_leaves(x->b, x->r, l->ncolumn);
            continue;
        }
        leaf->path = l->path[i];
        leaf->value = value < x->r->nvalue ? value + 1 : 0;
        leaf->raw = v;
        leaf->spelling = HF_SPELL_COPY;
        leaf->is_odd = false;
        leaf++;
        x->r->nleaf++;
    }
}

/* --- rows that join ------------------------------------------------------------------------------
 */

/* Columns of a line, without room for all of them: the moments it is ordered by. */
static int64_t moment_at(const mm_layout *l, hf_view line, int which)
{
    size_t at = 0;
    hf_view v;

    if (l->order[which] < 0)
        return 0;
    for (int16_t i = 0; i < l->order[which]; i++) {
        size_t tab = hf_view_find_byte(hf_view_from(line, at), '\t');

        if (tab == HF_NPOS)
            return 0;
        at += tab + 1;
    }
    v = hf_view_from(line, at);
    for (at = 0; at < v.n && v.p[at] != '\t' && v.p[at] != '\n'; at++)
        ;
    return mm_moment(hf_view_sub(v, 0, at));
}

int mm_join_cmp(const mm_join *a, const mm_join *b)
{
    if (a->l->rank != b->l->rank)
        return a->l->rank < b->l->rank ? -1 : 1;
    for (int i = 0; i < 2; i++) {
        int64_t x = moment_at(a->l, a->line, i), y = moment_at(b->l, b->line, i);

        if (x != y)
            return x < y ? -1 : 1;
    }
    return hf_view_cmp(a->line, b->line);
}
