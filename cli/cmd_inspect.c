/* cli/cmd_inspect.c: "holdfast inspect", what is in a source. */
#include "job.h"
#include "source.h"

#include <stdlib.h>

static const hf_cmd_arg args[] = {
    { "SOURCE", false, false,
      "an export, a server, a vault, or the name of a [source]; FORMAT:PATH names its format" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    HF_OPT_SOURCE,
    { "import", 0, HF_OPT_TEXT, "N", NULL, "only this import of a vault" },
    { "channels", 0, HF_OPT_FLAG, NULL, NULL, "list the conversations" },
    { "members", 0, HF_OPT_FLAG, NULL, NULL,
      "list the files, or the tables with their rows, that it is made of" },
    { "unknown", 0, HF_OPT_FLAG, NULL, NULL,
      "list the source's values that holdfast does not model" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "inspect samples/slack-northwind", "what is it, how much is in it" },
    { "inspect samples/slack-northwind --channels", "the same, with every conversation" },
    { 0 },
};

typedef struct channel {
    hf_view name, kind;
    bool is_archived;
    uint64_t messages;
    int64_t first_us, last_us;
} channel;

typedef struct member {
    hf_view name;
    int type;
    bool is_set;
    uint64_t bytes, lines;
} member;

typedef struct inspection {
    hf_counts counts;
    member *member; /* with --members */
    size_t nmember, member_cap;
    hf_map *channels; /* by id; values: channel */
    hf_arena *mem;
    uint64_t *unknown; /* by path number */
    uint32_t nunknown;
    hf_job_unreadable unreadable;
    hf_cli *cli;
} inspection;

static channel *channel_of(inspection *x, hf_view id)
{
    hf_map_entry *e = hf_map_put(x->channels, id, NULL);

    if (e->v.p == NULL) {
        channel *c = hf_arena_alloc0(x->mem, 1, sizeof(*c));

        c->first_us = c->last_us = HF_NO_TIME;
        c->name = e->key;
        e->v.p = c;
    }
    return e->v.p;
}

static void look_at_message(inspection *x, const hf_record *r)
{
    channel *c = channel_of(x, r->scope);

    c->messages++;
    if (r->time_us == HF_NO_TIME)
        return;
    if (c->first_us == HF_NO_TIME || r->time_us < c->first_us)
        c->first_us = r->time_us;
    if (c->last_us == HF_NO_TIME || r->time_us > c->last_us)
        c->last_us = r->time_us;
}

static void look_at_member(inspection *x, const hf_record *r)
{
    if (x->nmember == x->member_cap) {
        x->member_cap = x->member_cap == 0 ? 128 : x->member_cap * 2;
        x->member = hf_realloc(x->member, x->member_cap, sizeof(*x->member));
    }
    x->member[x->nmember++] = (member){ .name = hf_arena_dup(x->mem, r->u.member.name),
                                        .type = r->u.member.type,
                                        .is_set = r->u.member.is_set };
}

static void look_at_bytes(inspection *x, hf_view bytes)
{
    member *m = x->nmember == 0 ? NULL : &x->member[x->nmember - 1];
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

static void look(inspection *x, const hf_source *source, const hf_record *r)
{
    hf_counts_add(&x->counts, r);
    if (r->kind == HF_KIND_CHANNEL) {
        channel *c = channel_of(x, r->id);
        hf_view name = hf_rec_get_text(r, HF_F_CHANNEL_NAME);

        if (name.n > 0)
            c->name = hf_arena_dup(x->mem, name);
        c->kind = hf_arena_dup(x->mem, hf_rec_get_text(r, HF_F_CHANNEL_KIND));
        c->is_archived = hf_rec_get_bool(r, HF_F_CHANNEL_IS_ARCHIVED);
    } else if (r->kind == HF_KIND_MESSAGE) {
        look_at_message(x, r);
    } else if (r->kind == HF_KIND_QUARANTINE) {
        hf_job_unreadable_one(&x->unreadable, source, r);
    } else if (r->kind == HF_KIND_MEMBER) {
        look_at_member(x, r);
    } else if (r->kind == HF_KIND_BYTES) {
        look_at_bytes(x, r->raw.bytes);
    }
    for (uint32_t i = 0; i < r->nleaf; i++)
        if (r->leaf[i].value == 0)
            x->unknown[r->leaf[i].path]++;
}

static int by_name(const void *a, const void *b)
{
    const channel *const *x = a, *const *y = b;

    return hf_view_cmp((*x)->name, (*y)->name);
}

static void put_channels(inspection *x, hf_out *out)
{
    static const hf_column columns[] = {
        { "Conversation", "name" }, { "Kind", "kind" },   { "Archived", "is_archived" },
        { "Messages", "messages" }, { "First", "first" }, { "Last", "last" },
    };
    size_t n = hf_map_count(x->channels);
    channel **list = hf_alloc0(n, sizeof(*list));

    for (size_t i = 0; i < n; i++)
        list[i] = hf_map_at(x->channels, i)->v.p;
    if (n > 1)
        qsort(list, n, sizeof(channel *), by_name);
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
static void put_members(const inspection *x, hf_out *out)
{
    static const hf_column columns[] = {
        { "Member", "member" }, { "Type", "type" }, { "Bytes", "bytes" }, { "Rows", "rows" }
    };
    static const char *const types[] = { "file", "folder", "link" };

    hf_out_table(out, "members", columns, sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < x->nmember; i++) {
        const member *m = &x->member[i];
        const hf_cell cells[] = { HF_CELL_TEXT(m->name),
                                  HF_CELL_STR(m->is_set ? "table" : types[m->type]),
                                  HF_CELL_U64(m->bytes),
                                  m->is_set ? HF_CELL_U64(m->lines > 2 ? m->lines - 2 : 0)
                                            : HF_CELL_NONE };

        hf_out_row(out, cells);
    }
}

static void put_fact(void *self, const hf_fact *fact)
{
    hf_out_field(self, fact->label, fact->key, HF_CELL_TEXT(fact->text));
}

static void put_unknown(const inspection *x, const hf_paths *paths, hf_out *out)
{
    static const hf_column columns[] = { { "Source path", "path" }, { "Values", "count" } };

    hf_out_table(out, "unmodelled", columns, 2);
    for (uint32_t p = 1; p <= hf_paths_count(paths); p++) {
        const hf_cell cells[] = { HF_CELL_TEXT(hf_path_text(paths, p)),
                                  HF_CELL_U64(x->unknown[p]) };

        if (x->unknown[p] > 0)
            hf_out_row(out, cells);
    }
}

static void answer(inspection *x, const hf_input *in, hf_reader *r, const hf_paths *paths)
{
    hf_out *out = hf_cli_out(x->cli);
    char text[256];

    hf_out_begin(out, "inspect/1");
    hf_out_field(out, "Source", "source", HF_CELL_STR(in->label));
    hf_out_field(out, "Format", "format", HF_CELL_STR(r->format));
    hf_out_field(out, "Recognised by", "recognised_by", HF_CELL_STR(in->why));
    hf_out_field(out, "Origin", "origin", HF_CELL_TEXT(r->origin));
    if (r->ops->facts != NULL)
        r->ops->facts(r, put_fact, out);
    hf_job_put_counts(out, &x->counts);
    if (hf_cli_flag(x->cli, "channels") > 0)
        put_channels(x, out);
    if (hf_cli_flag(x->cli, "members") > 0)
        put_members(x, out);
    if (hf_cli_flag(x->cli, "unknown") > 0)
        put_unknown(x, paths, out);
    hf_out_end(out);
    hf_job_unreadable_rest(&x->unreadable);
    if (x->counts.quarantined > 0)
        hf_cli_exit(x->cli, 3);
    hf_cli_last_line(x->cli, "%s; %llu unreadable", hf_job_counts(&x->counts, text, sizeof(text)),
                     (unsigned long long)x->counts.quarantined);
}

static hf_status run_inspect(hf_cli *cli, hf_err **err)
{
    enum { PATHS = 4200 };
    hf_paths *paths = hf_paths_new();
    hf_reader_args read = { .paths = paths, .want = HF_WANT_RECORDS };
    inspection x = { .channels = hf_map_new(), .mem = hf_arena_new(), .cli = cli };
    hf_reader *r = NULL;
    hf_cli_source s;
    hf_status rc;

    x.unknown = hf_alloc0(PATHS, sizeof(*x.unknown));
    x.unreadable = (hf_job_unreadable){ .cli = cli };
    hf_counts_init(&x.counts);
    if (hf_cli_flag(cli, "unknown") > 0)
        read.want |= HF_WANT_ACCOUNT;
    if (hf_cli_flag(cli, "members") > 0)
        read.want |= HF_WANT_BYTES;
    rc = hf_cli_source_open(cli, 0, &s, err);
    if (hf_cli_text(cli, "import") != NULL)
        hf_opts_set(s.reads, "import", hf_cli_text(cli, "import"));
    read.opts = s.reads;
    read.origin = s.origin;
    if (rc == HF_OK)
        rc = hf_read_open(&r, &s.in, &read, false, err);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, err);
        for (size_t i = 0; i < b->n; i++)
            look(&x, r->source, b->rec[i]);
        hf_batch_free(b);
        hf_progress_report(hf_cli_progress(cli), "reading", r->done, r->total);
    }
    if (rc == HF_END) {
        rc = HF_OK;
        answer(&x, &s.in, r, paths);
    }
    hf_reader_close(r);
    hf_cli_source_clear(&s);
    hf_paths_free(paths);
    hf_map_free(x.channels);
    hf_arena_free(x.mem);
    hf_free(x.member);
    hf_free(x.unknown);
    return rc;
}

const hf_cmd hf_cmd_inspect = {
    .name = "inspect",
    .group = HF_GROUP_LOOK,
    .summary = "Say what is in an export or a vault",
    .args = args,
    .options = options,
    .examples = examples,
    .run = run_inspect,
};
