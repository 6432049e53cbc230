/* tests/support/tables.h: a format for tests: tables in PostgreSQL's COPY TEXT format, read like a
 * database's. Takes the place of the program's list of formats, so include it in one file of a test
 * only.
 *
 * A source is a text: COPY sections of public.users (id, username, note), public.channels (id,
 * name, type), public.members (channelid, userid, role), public.history (channelid, userid,
 * jointime, leavetime), public.posts (id, channelid, userid, createat, updateat, message, hashtags,
 * props) and public.reactions (postid, userid, emoji), in this order, columns in any order; times
 * are milliseconds. Lines outside of sections that begin with '#':
 *
 * #coverage KIND [SCOPE]    all records of that kind are here
 *
 * #days CHANNEL FIRST LAST    all messages between two days are here
 *
 * #counts    the source can count its messages
 *
 * #count CHANNEL DAY N    it counts these too
 *
 * #hide ID    a post that only a reading of its day finds
 *
 * #mark KEY    readings can go on: the mark is the highest updateat
 *
 * #warn TEXT    a fact that is a warning
 */
#ifndef HF_TESTS_TABLES_H
#define HF_TESTS_TABLES_H

#include "support.h"

#include "format/copy.h"
#include "util/copytext.h"

#define TABLES_ORIGIN "S1"

/* --- a row -------------------------------------------------------------------------------------
 */

enum { TABLES_COLUMNS = 16 };

typedef struct tables_row {
    hf_view table; /* "public.posts" */
    hf_view name[TABLES_COLUMNS], column[TABLES_COLUMNS];
    size_t n;
} tables_row;

static inline hf_view tables_until(hf_view *left, char c)
{
    size_t at = hf_view_find_byte(*left, c);
    hf_view part = hf_view_sub(*left, 0, at);

    *left = at == HF_NPOS ? hf_view_from(*left, left->n) : hf_view_from(*left, at + 1);
    return part;
}

/* "COPY public.posts (id, channelid) FROM stdin;" */
static inline bool tables_head(hf_view line, tables_row *row)
{
    size_t open = hf_view_find_byte(line, '('), close = hf_view_find_byte(line, ')');
    hf_view list;

    if (!hf_view_starts(line, HF_V("COPY ")) || open == HF_NPOS || close == HF_NPOS)
        return false;
    row->table = hf_view_sub(line, 5, open - 6);
    list = hf_view_sub(line, open + 1, close - open - 1);
    for (row->n = 0; list.n > 0 && row->n < TABLES_COLUMNS; row->n++) {
        hf_view name = tables_until(&list, ',');

        row->name[row->n] = name.n > 0 && name.p[0] == ' ' ? hf_view_from(name, 1) : name;
    }
    return true;
}

static inline void tables_split(hf_view line, tables_row *row)
{
    for (size_t i = 0; i < row->n; i++)
        row->column[i] = tables_until(&line, '\t');
}

static inline hf_view tables_get(const tables_row *row, const char *name)
{
    for (size_t i = 0; i < row->n; i++)
        if (hf_view_is(row->name[i], name))
            return row->column[i];
    return (hf_view){ NULL, 0 };
}

static inline int64_t tables_number(const tables_row *row, const char *name)
{
    int64_t n;

    return hf_view_i64(tables_get(row, name), &n) ? n : 0;
}

static inline hf_view tables_text(hf_view column, hf_arena *mem)
{
    hf_buf b;
    hf_view v;

    if (hf_view_find_byte(column, '\\') == HF_NPOS)
        return column;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_copy_decode(&b, column);
    v = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return v;
}

/* --- a record -----------------------------------------------------------------------------------
 */

typedef struct tables_made { /* the record under construction */
    hf_batch *b;
    hf_record *r;
    hf_paths *paths;
    hf_leaf leaf[256];
    uint32_t n;
    uint32_t reactions;
    const char *word; /* first key of its paths */
} tables_made;

static inline void tables_leaf(tables_made *m, const char *below, hf_view raw, uint32_t value)
{
    char path[128];

    assert_true(m->n < T_COUNT(m->leaf));
    snprintf(path, sizeof(path), "%s.%s", m->word, below);
    if (m->paths != NULL)
        m->leaf[m->n++] = (hf_leaf){ .path = hf_path(m->paths, hf_view_str(path)),
                                     .value = value,
                                     .raw = raw,
                                     .spelling = HF_SPELL_COPY };
}

static const struct tables_column {
    const char *table, *name;
    hf_field field;
} tables_columns[] = {
    { "public.users", "id", HF_F_USER_ID },
    { "public.users", "username", HF_F_USER_NAME },
    { "public.channels", "id", HF_F_CHANNEL_ID },
    { "public.channels", "name", HF_F_CHANNEL_NAME },
    { "public.channels", "type", HF_F_CHANNEL_KIND },
    { "public.members", "channelid", HF_F_MEMBERSHIP_CHANNEL },
    { "public.members", "userid", HF_F_MEMBERSHIP_USER },
    { "public.members", "role", HF_F_MEMBERSHIP_ROLE },
    { "public.history", "channelid", HF_F_MEMBERSHIP_CHANNEL },
    { "public.history", "userid", HF_F_MEMBERSHIP_USER },
    { "public.history", "jointime", HF_F_MEMBERSHIP_JOINED },
    { "public.history", "leavetime", HF_F_MEMBERSHIP_LEFT },
    { "public.posts", "userid", HF_F_MESSAGE_AUTHOR },
    { "public.posts", "createat", HF_F_MESSAGE_TIME },
    { "public.posts", "message", HF_F_MESSAGE_TEXT },
    { "public.reactions", "userid", HF_F_MESSAGE_REACTION_USER },
    { "public.reactions", "emoji", HF_F_MESSAGE_REACTION_NAME },
};

/* The JSON of posts.props: {"card": "..."} is a card, the rest nobody takes. Its leaves stand in
 * the row, or in a decoded copy of the column where that has escapes. */
static inline hf_status tables_props(tables_made *m, hf_view column, hf_err **err)
{
    hf_tape t;
    hf_status rc;
    char path[64];

    hf_tape_init(&t);
    rc = hf_tape_parse(&t, tables_text(column, m->b->mem), NULL, err);
    if (rc == HF_OK) {
        hf_take_text(m->b, m->r, &t, hf_tape_get(&t, 0, "card"), HF_F_MESSAGE_CARD_TEXT, 0);
        snprintf(path, sizeof(path), "%s.props", m->word);
        m->r->leaf = m->leaf;
        m->r->nleaf = m->n;
        if (m->paths != NULL)
            hf_account_json(m->b, m->r, m->paths, &t, 0, hf_path(m->paths, hf_view_str(path)));
        if (m->r->leaf != m->leaf)
            memcpy(m->leaf, m->r->leaf, m->r->nleaf * sizeof(hf_leaf));
        m->n = m->r->nleaf;
    }
    hf_tape_clear(&t);
    return rc;
}

static inline hf_status tables_column(tables_made *m, const tables_row *row, size_t i, hf_err **err)
{
    hf_view raw = row->column[i];
    char *name = hf_view_dup(row->name[i]);
    uint32_t value = 0;
    hf_status rc = HF_OK;

    if (strcmp(name, "props") == 0 && raw.n > 0) {
        rc = tables_props(m, raw, err);
        hf_free(name);
        return rc;
    }
    for (size_t k = 0; k < T_COUNT(tables_columns) && !hf_copy_is_null(raw); k++) {
        hf_field f = tables_columns[k].field;
        uint32_t item = hf_field_get(f)->is_list ? m->reactions : 0;

        if (!hf_view_is(row->table, tables_columns[k].table) ||
            strcmp(name, tables_columns[k].name) != 0)
            continue;
        value = 1 + (hf_field_get(f)->type == HF_TYPE_TIME
                         ? hf_rec_num(m->b, m->r, f, item, tables_number(row, name) * 1000)
                         : hf_rec_text(m->b, m->r, f, item, tables_text(raw, m->b->mem)));
    }
    tables_leaf(m, name, raw, value);
    hf_free(name);
    return rc;
}

/* A document is one COPY section or several, the last one's end may be missing. */
static inline hf_status tables_parse(hf_batch *b, hf_record *r, hf_paths *paths, hf_err **err)
{
    tables_made *m = HF_NEW(tables_made);
    hf_view left = r->raw.bytes;
    tables_row row = { .n = 0 };
    hf_status rc = HF_OK;

    *m = (tables_made){ .b = b, .r = r, .paths = paths };
    r->dialect = HF_DIALECT_MARKDOWN;
    while (left.n > 0 && rc == HF_OK) {
        hf_view line = tables_until(&left, '\n');

        if (hf_view_is(line, "\\.") || tables_head(line, &row))
            continue;
        if (row.n == 0) {
            rc = hf_fail(err, HF_E_RECORD, "a row without the columns of its table");
            break;
        }
        tables_split(line, &row);
        m->word =
            hf_view_is(row.table, "public.reactions") ? "message.reaction" : hf_kind_name(r->kind);
        for (size_t i = 0; i < row.n && rc == HF_OK; i++)
            rc = tables_column(m, &row, i, err);
        if (hf_view_is(row.table, "public.posts"))
            r->time_us = tables_number(&row, "createat") * 1000;
        if (hf_view_is(row.table, "public.reactions"))
            m->reactions++;
    }
    r->leaf = hf_arena_alloc(b->mem, (m->n + 1) * sizeof(hf_leaf));
    memcpy(r->leaf, m->leaf, m->n * sizeof(hf_leaf));
    r->nleaf = m->n;
    hf_free(m);
    return rc;
}

/* --- the reader ---------------------------------------------------------------------------------
 */

typedef struct tables_reader {
    hf_reader base; /* must stay first */
    hf_arena *mem;
    hf_view text, left;
    hf_view reactions; /* rows of public.reactions, and their head */
    hf_view reactions_head;
    unsigned want;
    hf_paths *paths;
    int64_t since; /* updateat; 0: everything */
    const char *days;
    uint32_t ordinal;
    bool is_told; /* coverage and counts were given */
    int64_t newest;
    hf_view warning;
} tables_reader;

/* The next word of a line. */
static inline hf_view tables_word(hf_view *line)
{
    return tables_until(line, ' ');
}

static inline bool tables_is_hidden(const tables_reader *x, hf_view id)
{
    hf_view left = x->text;

    while (left.n > 0) {
        hf_view line = tables_until(&left, '\n');

        if (hf_view_starts(line, HF_V("#hide ")) && hf_view_eq(hf_view_from(line, 6), id))
            return true;
    }
    return false;
}

/* Is the day asked for: [["c1",19000],...] */
static inline bool tables_wants_day(const tables_reader *x, hf_view channel, int64_t day)
{
    char *what = hf_sprintf("[\"%.*s\",%lld]", (int)channel.n, channel.p, (long long)day);
    bool yes = x->days != NULL && strstr(x->days, what) != NULL;

    hf_free(what);
    return yes;
}

static inline bool tables_wants_post(const tables_reader *x, const tables_row *row)
{
    hf_view channel = tables_get(row, "channelid");
    int64_t day = hf_day_of(tables_number(row, "createat") * 1000);

    if (tables_wants_day(x, channel, day))
        return true;
    return tables_number(row, "updateat") > x->since && !tables_is_hidden(x, tables_get(row, "id"));
}

static inline hf_view tables_document(tables_reader *x, hf_batch *b, hf_view head, hf_view line,
                                      hf_view post)
{
    hf_view left = x->reactions;
    tables_row row;
    hf_buf doc;
    hf_view made;
    bool any = false;

    hf_buf_init(&doc, HF_BUF_UNBOUNDED);
    hf_buf_add(&doc, head);
    hf_buf_add(&doc, line);
    while (left.n > 0 && tables_head(x->reactions_head, &row)) {
        hf_view reaction = tables_until(&left, '\n');

        tables_split(reaction, &row);
        if (!hf_view_eq(tables_get(&row, "postid"), post))
            continue;
        if (!any) {
            hf_buf_str(&doc, "\n\\.\n");
            hf_buf_add(&doc, x->reactions_head);
        }
        any = true;
        hf_buf_add(&doc, reaction);
        hf_buf_byte(&doc, '\n');
    }
    made = any ? hf_arena_dup(b->mem, hf_buf_view(&doc)) : (hf_view){ NULL, 0 };
    hf_buf_clear(&doc);
    return made;
}

/* The members of a channel are values of its record too, as the source has them in another table.
 */
static inline void tables_members(tables_reader *x, hf_batch *b, hf_record *channel)
{
    hf_view left = x->text;
    tables_row row = { .n = 0 };
    uint32_t item = 0;

    while (left.n > 0) {
        hf_view line = tables_until(&left, '\n');

        if (line.n == 0 || line.p[0] == '#' || hf_view_is(line, "\\.") || tables_head(line, &row))
            continue;
        tables_split(line, &row);
        if (hf_view_is(row.table, "public.members") &&
            hf_view_eq(tables_get(&row, "channelid"), channel->id))
            hf_rec_text(b, channel, HF_F_CHANNEL_MEMBER, item++, tables_get(&row, "userid"));
    }
}

/* One row as a record of b. */
static inline void tables_give(tables_reader *x, hf_batch *b, const tables_row *row, hf_view head,
                               hf_view line, uint64_t offset)
{
    static const struct {
        const char *table;
        hf_kind kind;
    } kinds[] = {
        { "public.users", HF_KIND_USER },         { "public.channels", HF_KIND_CHANNEL },
        { "public.members", HF_KIND_MEMBERSHIP }, { "public.history", HF_KIND_MEMBERSHIP },
        { "public.posts", HF_KIND_MESSAGE },
    };
    hf_kind kind = HF_KIND_NONE;
    hf_view joined;
    hf_record *r;
    hf_err *err = NULL;

    for (size_t i = 0; i < T_COUNT(kinds); i++)
        if (hf_view_is(row->table, kinds[i].table))
            kind = kinds[i].kind;
    if (kind == HF_KIND_NONE || (kind == HF_KIND_MESSAGE && !tables_wants_post(x, row)))
        return;
    r = hf_batch_add(b, kind);
    r->origin = hf_view_str(TABLES_ORIGIN);
    r->format = "tables";
    r->id = tables_get(row, kind == HF_KIND_MEMBERSHIP ? "userid" : "id");
    if (hf_view_is(row->table, "public.history"))
        r->id = hf_arena_printf(b->mem, "%.*s@%lld", (int)r->id.n, r->id.p,
                                (long long)tables_number(row, "jointime"));
    if (kind == HF_KIND_MEMBERSHIP || kind == HF_KIND_MESSAGE)
        r->scope = tables_get(row, "channelid");
    joined =
        kind == HF_KIND_MESSAGE ? tables_document(x, b, head, line, r->id) : (hf_view){ NULL, 0 };
    if (joined.n > 0) {
        r->raw.bytes = joined;
        T_OK(err, tables_parse(b, r, x->paths, &err));
        return;
    }
    r->raw.bytes = hf_arena_printf(b->mem, "%.*s%.*s", (int)head.n, head.p, (int)line.n, line.p);
    T_OK(err, tables_parse(b, r, x->paths, &err));
    if (kind == HF_KIND_CHANNEL)
        tables_members(x, b, r);
    r->raw = (hf_raw){ .bytes = hf_view_from(r->raw.bytes, head.n),
                       .member = x->ordinal,
                       .offset = offset,
                       .head = head };
}

/* Is the row in this reading's member? */
static inline bool tables_stays(const tables_reader *x, const tables_row *row)
{
    return !hf_view_is(row->table, "public.posts") || tables_wants_post(x, row);
}

/* A section: its member, and the records of its rows. */
static inline void tables_section(tables_reader *x, hf_batch *b, hf_view head_line)
{
    hf_view head = { head_line.p, head_line.n + 1 };
    tables_row row;
    hf_buf bytes;
    hf_record *m;

    assert_true(tables_head(head_line, &row));
    hf_buf_init(&bytes, HF_BUF_UNBOUNDED);
    hf_buf_add(&bytes, head);
    while (x->left.n > 0) {
        hf_view line = tables_until(&x->left, '\n');

        if (hf_view_is(line, "\\."))
            break;
        tables_split(line, &row);
        if (hf_view_is(row.table, "public.posts") && tables_number(&row, "updateat") > x->newest)
            x->newest = tables_number(&row, "updateat");
        if (!tables_stays(x, &row))
            continue;
        if ((x->want & HF_WANT_RECORDS) != 0)
            tables_give(x, b, &row, head, line, bytes.n);
        hf_buf_add(&bytes, line);
        hf_buf_byte(&bytes, '\n');
    }
    hf_buf_str(&bytes, "\\.\n");
    if ((x->want & HF_WANT_BYTES) != 0) {
        m = hf_batch_add(b, HF_KIND_MEMBER);
        m->origin = hf_view_str(TABLES_ORIGIN);
        m->u.member = (hf_rec_member){
            .ordinal = x->ordinal,
            .name = hf_arena_printf(b->mem, "pg/%.*s", (int)row.table.n, row.table.p),
            .type = HF_MEMBER_FILE,
            .size = bytes.n,
            .mtime_us = HF_NO_TIME,
            .is_set = true,
        };
        m = hf_batch_add(b, HF_KIND_BYTES);
        m->raw =
            (hf_raw){ .bytes = hf_arena_dup(b->mem, hf_buf_view(&bytes)), .member = x->ordinal };
        hf_batch_add(b, HF_KIND_MEMBER_END)->raw.member = x->ordinal;
    }
    x->ordinal++;
    hf_buf_clear(&bytes);
}

static inline hf_rec_coverage *tables_coverage(hf_batch *b, hf_view scope)
{
    hf_record *r = hf_batch_add(b, HF_KIND_COVERAGE);

    r->origin = hf_view_str(TABLES_ORIGIN);
    r->scope = scope;
    r->u.coverage = (hf_rec_coverage){ .kind = HF_KIND_NONE };
    return &r->u.coverage;
}

/* Count the posts of the text by channel and day: a coverage record for each. */
static inline void tables_count(tables_reader *x, hf_batch *b)
{
    hf_map *seen = hf_map_new();
    hf_view left = x->text;
    tables_row row = { .n = 0 };

    while (left.n > 0) {
        hf_view line = tables_until(&left, '\n'), channel;
        hf_map_entry *e;
        int64_t day;
        bool fresh;

        if (line.n == 0 || line.p[0] == '#' || hf_view_is(line, "\\.") || tables_head(line, &row))
            continue;
        if (!hf_view_is(row.table, "public.posts"))
            continue;
        tables_split(line, &row);
        channel = tables_get(&row, "channelid");
        day = hf_day_of(tables_number(&row, "createat") * 1000);
        e = hf_map_put(
            seen, hf_arena_printf(x->mem, "%.*s %lld", (int)channel.n, channel.p, (long long)day),
            &fresh);
        if (fresh) {
            e->v.p = tables_coverage(b, channel);
            *(hf_rec_coverage *)e->v.p =
                (hf_rec_coverage){ .first_day = day, .last_day = day, .is_count = true };
        }
        ((hf_rec_coverage *)e->v.p)->rows++;
    }
    hf_map_free(seen);
}

/* The '#' lines. */
static inline void tables_tell(tables_reader *x, hf_batch *b)
{
    hf_view left = x->text;

    while (left.n > 0) {
        hf_view line = tables_until(&left, '\n'), word = tables_word(&line), scope;
        hf_rec_coverage *c;
        int64_t n[2] = { 0, 0 };
        uint64_t rows = 0;

        if (hf_view_is(word, "#counts") && (x->want & HF_WANT_COUNTS) != 0)
            tables_count(x, b);
        if (hf_view_is(word, "#coverage")) {
            hf_kind kind = hf_kind_find(tables_word(&line));

            tables_coverage(b, tables_word(&line))->kind = kind;
        }
        if (!hf_view_is(word, "#days") && !hf_view_is(word, "#count"))
            continue;
        scope = tables_word(&line);
        hf_view_i64(tables_word(&line), &n[0]);
        if (hf_view_is(word, "#count") && (x->want & HF_WANT_COUNTS) != 0) {
            hf_view_u64(tables_word(&line), &rows);
            c = tables_coverage(b, scope);
            *c = (hf_rec_coverage){
                .first_day = n[0], .last_day = n[0], .rows = rows, .is_count = true
            };
        } else if (hf_view_is(word, "#days") && x->since == 0) {
            hf_view_i64(tables_word(&line), &n[1]);
            c = tables_coverage(b, scope);
            *c = (hf_rec_coverage){ .first_day = n[0], .last_day = n[1] };
        }
    }
}

/* Each day that was asked for is covered. */
static inline void tables_tell_days(tables_reader *x, hf_batch *b)
{
    hf_tape t;
    hf_err *err = NULL;

    if (x->days == NULL)
        return;
    hf_tape_init(&t);
    T_OK(err, hf_tape_parse(&t, hf_view_str(x->days), NULL, &err));
    for (uint32_t i = hf_tape_first(&t, 0); i != HF_NO_TOK; i = hf_tape_after(&t, 0, i)) {
        uint32_t channel = hf_tape_first(&t, i), day = hf_tape_after(&t, i, channel);
        int64_t n = 0;

        assert_true(hf_tok_i64(&t, day, &n));
        *tables_coverage(b, hf_arena_dup(b->mem, hf_tok_string(&t, channel, b->mem))) =
            (hf_rec_coverage){ .first_day = n - 1, .last_day = n + 1 };
    }
    hf_tape_clear(&t);
}

static inline hf_status tables_next(hf_reader *base, hf_batch *b, hf_err **err)
{
    tables_reader *x = (tables_reader *)base;

    (void)err;
    while (x->left.n > 0) {
        hf_view line = tables_until(&x->left, '\n');

        if (!hf_view_starts(line, HF_V("COPY ")))
            continue;
        tables_section(x, b, line);
        return HF_OK;
    }
    if (!x->is_told) {
        tables_tell(x, b);
        tables_tell_days(x, b);
        if (base->mark_key.n > 0)
            base->mark = hf_arena_printf(x->mem, "%lld", (long long)x->newest);
    }
    x->is_told = true;
    return b->n > 0 ? HF_OK : HF_END;
}

static inline void tables_close(hf_reader *base)
{
    hf_arena_free(((tables_reader *)base)->mem);
    hf_free(base);
}

static inline void tables_facts(hf_reader *base, void (*say)(void *, const hf_fact *), void *self)
{
    hf_fact fact = { "note", "Note", ((tables_reader *)base)->warning, true };

    if (fact.text.n > 0)
        say(self, &fact);
}

static inline hf_status tables_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    static const hf_reader_ops ops = { .next = tables_next,
                                       .close = tables_close,
                                       .facts = tables_facts };
    tables_reader *x = HF_NEW(tables_reader);
    hf_view file = t_read(args->path), left;
    const char *since;

    (void)err;
    x->mem = hf_arena_new();
    x->text = x->left = left = hf_arena_dup(x->mem, file);
    hf_free((void *)(uintptr_t)file.p);
    x->want = args->want;
    x->paths = (args->want & HF_WANT_ACCOUNT) != 0 ? args->paths : NULL;
    x->days = hf_opts_get(args->opts, "days");
    x->base = (hf_reader){ .ops = &ops,
                           .format = "tables",
                           .order = HF_ORDER_NONE,
                           .is_exact = true,
                           .origin = hf_view_str(TABLES_ORIGIN) };
    while (left.n > 0) {
        hf_view line = tables_until(&left, '\n');

        if (hf_view_starts(line, HF_V("COPY public.reactions "))) {
            x->reactions_head = (hf_view){ line.p, line.n + 1 };
            x->reactions = hf_view_sub(left, 0, hf_view_find(left, HF_V("\\.")));
        }
        if (hf_view_starts(line, HF_V("#mark ")))
            x->base.mark_key = hf_view_from(line, 6);
        if (hf_view_starts(line, HF_V("#warn ")))
            x->warning = hf_view_from(line, 6);
    }
    since = args->since == NULL || x->base.mark_key.n == 0
                ? NULL
                : args->since(args->since_self, hf_arena_dup(x->mem, x->base.mark_key).p,
                              TABLES_ORIGIN);
    if (since != NULL)
        hf_view_i64(hf_view_str(since), &x->since);
    *out = &x->base;
    return HF_OK;
}

static const hf_format hf_format_tables = {
    .name = "tables",
    .title = "tables of a test",
    .spec = "tests/support/tables.h",
    .opens_path = true,
    .is_live = true,
    .has_heads = true,
    .open = tables_open,
    .parse = tables_parse,
    .dialect = HF_DIALECT_MARKDOWN,
};

/* --- the list of formats ------------------------------------------------------------------------
 */

extern const hf_format hf_format_jsonl, hf_format_mattermost_bulk, hf_format_vault;

const hf_format *const hf_formats[] = { &hf_format_tables, &hf_format_jsonl,
                                        &hf_format_mattermost_bulk, &hf_format_vault, NULL };

const hf_format *hf_format_find(hf_view name)
{
    for (size_t i = 0; hf_formats[i] != NULL; i++)
        if (hf_view_is(name, hf_formats[i]->name))
            return hf_formats[i];
    return NULL;
}

#endif
