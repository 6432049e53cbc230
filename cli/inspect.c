/* cli/inspect.c: see inspect.h. */
#include "inspect.h"

#include <stdio.h>
#include <stdlib.h>

void hf_inspection_init(hf_inspection *x)
{
    *x = (hf_inspection){ .channels = hf_map_new(), .teams = hf_map_new(), .mem = hf_arena_new() };
    hf_counts_init(&x->counts);
}

void hf_inspection_clear(hf_inspection *x)
{
    hf_map_free(x->channels);
    hf_map_free(x->teams);
    hf_free(x->month);
    hf_free(x->member);
    hf_arena_free(x->mem);
}

/* --- counting -----------------------------------------------------------------------------------
 */

static hf_inspected_channel *channel_of(hf_inspection *x, hf_view id)
{
    hf_map_entry *e = hf_map_put(x->channels, id, NULL);

    if (e->v.p == NULL) {
        hf_inspected_channel *c = hf_arena_alloc0(x->mem, 1, sizeof(*c));

        c->first_us = c->last_us = HF_NO_TIME;
        c->name = e->key;
        e->v.p = c;
    }
    return e->v.p;
}

static void look_at_channel(hf_inspection *x, const hf_record *r)
{
    hf_inspected_channel *c = channel_of(x, r->id);
    hf_view name = hf_rec_get_text(r, HF_F_CHANNEL_NAME);

    if (name.n > 0)
        c->name = hf_arena_dup(x->mem, name);
    c->kind = hf_arena_dup(x->mem, hf_rec_get_text(r, HF_F_CHANNEL_KIND));
    c->team = hf_arena_dup(x->mem, hf_rec_get_text(r, HF_F_CHANNEL_WORKSPACE));
    c->is_archived = hf_rec_get_bool(r, HF_F_CHANNEL_IS_ARCHIVED);
    c->is_defined = (r->flags & (HF_REC_STUB | HF_REC_MADE)) == 0;
}

static void look_at_team(hf_inspection *x, const hf_record *r)
{
    static const hf_field fields[] = { HF_F_WORKSPACE_NAME, HF_F_WORKSPACE_TITLE,
                                       HF_F_WORKSPACE_ID };
    hf_view *name = hf_arena_alloc0(x->mem, 1, sizeof(*name));

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && name->n == 0; i++)
        *name = hf_arena_dup(x->mem, hf_rec_get_text(r, fields[i]));
    hf_map_put(x->teams, r->id, NULL)->v.p = name;
}

/* Months are few and mostly come in their order: the last one is looked at first. */
static hf_inspected_month *month_of(hf_inspection *x, int64_t us)
{
    hf_civil c = hf_us_to_civil(us == HF_NO_TIME ? 0 : us);
    int32_t month = us == HF_NO_TIME ? HF_NO_MONTH : (int32_t)(c.year * 12 + c.month - 1);
    size_t at = x->nmonth;

    while (at > 0 && x->month[at - 1].month > month)
        at--;
    if (at > 0 && x->month[at - 1].month == month)
        return &x->month[at - 1];
    if (x->nmonth == x->cap_month) {
        x->cap_month = x->cap_month == 0 ? 64 : x->cap_month * 2;
        x->month = hf_realloc(x->month, x->cap_month, sizeof(*x->month));
    }
    memmove(x->month + at + 1, x->month + at, (x->nmonth - at) * sizeof(*x->month));
    x->nmonth++;
    x->month[at] = (hf_inspected_month){ .month = month };
    return &x->month[at];
}

static void add_span(int64_t *first, int64_t *last, int64_t from, int64_t to)
{
    if (from == HF_NO_TIME)
        return;
    if (*first == HF_NO_TIME || from < *first)
        *first = from;
    if (*last == HF_NO_TIME || to > *last)
        *last = to;
}

static void look_at_message(hf_inspection *x, const hf_record *r)
{
    hf_inspected_channel *c = channel_of(x, r->scope);
    hf_inspected_month *m = month_of(x, r->time_us);
    bool is_deleted = hf_rec_get_bool(r, HF_F_MESSAGE_IS_DELETED);

    add_span(&c->first_us, &c->last_us, r->time_us, r->time_us);
    if ((r->flags & (HF_REC_STUB | HF_REC_MADE)) != 0) /* counted apart, as everywhere */
        return;
    c->messages++;
    m->messages++;
    c->deleted += is_deleted;
    m->deleted += is_deleted;
}

static void look_at_member(hf_inspection *x, const hf_record *r)
{
    if (x->nmember == x->cap_member) {
        x->cap_member = x->cap_member == 0 ? 128 : x->cap_member * 2;
        x->member = hf_realloc(x->member, x->cap_member, sizeof(*x->member));
    }
    x->member[x->nmember++] = (hf_inspected_member){ .name = hf_arena_dup(x->mem, r->u.member.name),
                                                     .type = r->u.member.type,
                                                     .is_set = r->u.member.is_set };
}

static void look_at_bytes(hf_inspection *x, hf_view bytes)
{
    hf_inspected_member *m = x->nmember == 0 ? NULL : &x->member[x->nmember - 1];
    hf_view rest = bytes;
    size_t end;

    if (m == NULL)
        return;
    m->bytes += bytes.n;
    while (m->is_set && (end = hf_view_find_byte(rest, '\n')) != HF_NPOS) {
        m->lines++;
        rest = hf_view_from(rest, end + 1);
    }
}

void hf_inspection_look(hf_inspection *x, const hf_record *r)
{
    hf_counts_add(&x->counts, r);
    if (r->kind == HF_KIND_CHANNEL)
        look_at_channel(x, r);
    else if (r->kind == HF_KIND_WORKSPACE)
        look_at_team(x, r);
    else if (r->kind == HF_KIND_MESSAGE)
        look_at_message(x, r);
    else if (r->kind == HF_KIND_MEMBER)
        look_at_member(x, r);
    else if (r->kind == HF_KIND_BYTES)
        look_at_bytes(x, r->raw.bytes);
}

/* --- conversations and members ------------------------------------------------------------------
 */

static int by_name(const void *a, const void *b)
{
    const hf_inspected_channel *const *x = a, *const *y = b;

    return hf_view_cmp((*x)->name, (*y)->name);
}

void hf_inspection_put_channels(const hf_inspection *x, hf_out *out)
{
    static const hf_column columns[] = {
        { "Conversation", "name" }, { "Kind", "kind" },   { "Archived", "is_archived" },
        { "Messages", "messages" }, { "First", "first" }, { "Last", "last" },
    };
    size_t n = hf_map_count(x->channels);
    hf_inspected_channel **list = hf_alloc0(n, sizeof(*list));

    for (size_t i = 0; i < n; i++)
        list[i] = hf_map_at(x->channels, i)->v.p;
    if (n > 1)
        qsort(list, n, sizeof(hf_inspected_channel *), by_name);
    hf_out_table(out, "conversations", columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < n; i++) {
        const hf_cell cells[] = {
            HF_CELL_TEXT(list[i]->name),        HF_CELL_TEXT(list[i]->kind),
            HF_CELL_BOOL(list[i]->is_archived), HF_CELL_U64(list[i]->messages),
            HF_CELL_TIME(list[i]->first_us),    HF_CELL_TIME(list[i]->last_us),
        };

        hf_out_row(out, cells);
    }
    hf_free(list);
}

/* A table's first line names its columns, and its last one ends it. */
void hf_inspection_put_members(const hf_inspection *x, hf_out *out)
{
    static const hf_column columns[] = {
        { "Member", "member" }, { "Type", "type" }, { "Bytes", "bytes" }, { "Rows", "rows" }
    };
    static const char *const types[] = { "file", "folder", "link" };

    hf_out_table(out, "members", columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < x->nmember; i++) {
        const hf_inspected_member *m = &x->member[i];
        const hf_cell cells[] = { HF_CELL_TEXT(m->name),
                                  HF_CELL_STR(m->is_set ? "table" : types[m->type]),
                                  HF_CELL_U64(m->bytes),
                                  m->is_set ? HF_CELL_U64(m->lines > 2 ? m->lines - 2 : 0)
                                            : HF_CELL_NONE };

        hf_out_row(out, cells);
    }
}

/* --- by team, kind and month --------------------------------------------------------------------
 */

/* What several conversations have together. */
typedef struct group {
    hf_view name;
    uint64_t channels, messages, deleted;
    int64_t first_us, last_us;
} group;

static int by_group_name(const void *a, const void *b)
{
    const group *x = a, *y = b;

    return hf_view_cmp(x->name, y->name);
}

/* Who belongs to no team, or to one that the source does not define, is counted under "". */
static hf_view team_name(const hf_inspection *x, const hf_inspected_channel *c)
{
    const hf_map_entry *e = hf_map_get(x->teams, c->team);

    return e != NULL ? *(const hf_view *)e->v.p : c->team;
}

#define GROUP_COLUMNS                                                                           \
    { "Conversations", "conversations" }, { "Messages", "messages" }, { "Deleted", "deleted" }, \
        { "First", "first" },                                                                   \
    {                                                                                           \
        "Last", "last"                                                                          \
    }
enum { NGROUP_COLUMNS = 6 };

static void put_groups(const hf_inspection *x, hf_out *out, const char *table,
                       const hf_column columns[NGROUP_COLUMNS],
                       hf_view (*name_of)(const hf_inspection *x, const hf_inspected_channel *c))
{
    hf_map *at = hf_map_new();
    group *g = hf_alloc0(hf_map_count(x->channels) + 1, sizeof(*g));
    size_t n = 0;

    for (size_t i = 0; i < hf_map_count(x->channels); i++) {
        const hf_inspected_channel *c = hf_map_at(x->channels, i)->v.p;
        bool fresh;
        hf_map_entry *e = hf_map_put(at, name_of(x, c), &fresh);

        if (fresh) {
            e->v.u = n;
            g[n++] = (group){ .name = e->key, .first_us = HF_NO_TIME, .last_us = HF_NO_TIME };
        }
        g[e->v.u].channels += c->is_defined;
        g[e->v.u].messages += c->messages;
        g[e->v.u].deleted += c->deleted;
        add_span(&g[e->v.u].first_us, &g[e->v.u].last_us, c->first_us, c->last_us);
    }
    if (n > 1)
        qsort(g, n, sizeof(*g), by_group_name);
    hf_out_table(out, table, columns, NGROUP_COLUMNS);
    for (size_t i = 0; i < n; i++) {
        const hf_cell cells[] = {
            HF_CELL_TEXT(g[i].name),   HF_CELL_U64(g[i].channels),  HF_CELL_U64(g[i].messages),
            HF_CELL_U64(g[i].deleted), HF_CELL_TIME(g[i].first_us), HF_CELL_TIME(g[i].last_us),
        };

        hf_out_row(out, cells);
    }
    hf_free(g);
    hf_map_free(at);
}

void hf_inspection_put_by_team(const hf_inspection *x, hf_out *out)
{
    static const hf_column columns[] = { { "Team", "team" }, GROUP_COLUMNS };

    put_groups(x, out, "by_team", columns, team_name);
}

static hf_view kind_name(const hf_inspection *x, const hf_inspected_channel *c)
{
    (void)x;
    return c->kind;
}

void hf_inspection_put_by_kind(const hf_inspection *x, hf_out *out)
{
    static const hf_column columns[] = { { "Kind", "kind" }, GROUP_COLUMNS };

    put_groups(x, out, "by_kind", columns, kind_name);
}

void hf_inspection_put_by_month(const hf_inspection *x, hf_out *out)
{
    static const hf_column columns[] = { { "Month", "month" },
                                         { "Messages", "messages" },
                                         { "Deleted", "deleted" } };

    hf_out_table(out, "by_month", columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < x->nmonth; i++) {
        const hf_inspected_month *m = &x->month[i];
        char name[32] = "";

        if (m->messages == 0) /* stubs only */
            continue;
        if (m->month != HF_NO_MONTH)
            snprintf(name, sizeof(name), "%04d-%02d", m->month / 12, m->month % 12 + 1);
        const hf_cell cells[] = { HF_CELL_STR(name), HF_CELL_U64(m->messages),
                                  HF_CELL_U64(m->deleted) };

        hf_out_row(out, cells);
    }
}
