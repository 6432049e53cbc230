/* cli/cmd_inspect.c: "holdfast inspect", what is in a source. */
#include "inspect.h"
#include "run.h"

static const hf_cmd_arg args[] = {
    { "SOURCE", false, false,
      "an export, a server, a vault, or the name of a [source]; FORMAT:PATH names its format" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    HF_OPT_SOURCE,
    { "import", 0, HF_OPT_TEXT, "N", NULL, "only this import of a vault" },
    { "by", 0, HF_OPT_CHOICE, "team|kind|month", NULL, "count the messages of each" },
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
    { "inspect samples/slack-northwind --by month", "how much was written when" },
    { 0 },
};

typedef struct inspecting {
    hf_inspection seen;
    uint64_t *unknown; /* by path number */
    hf_job_unreadable unreadable;
    hf_cli_run run; /* nothing is noted: inspect hands out numbers only */
    hf_cli *cli;
} inspecting;

static void look(inspecting *x, const hf_source *source, const hf_record *r)
{
    hf_inspection_look(&x->seen, r);
    if (r->kind == HF_KIND_QUARANTINE)
        hf_job_unreadable_one(&x->unreadable, source, r);
    for (uint32_t i = 0; i < r->nleaf; i++)
        if (r->leaf[i].value == 0)
            x->unknown[r->leaf[i].path]++;
}

/* In tables the warnings, which stand on stderr, are not repeated. */
static void put_fact(void *self, const hf_fact *fact)
{
    if (!fact->is_warning || hf_out_format(self) != HF_OUT_TABLE)
        hf_out_field(self, fact->label, fact->key, HF_CELL_TEXT(fact->text));
}

static void put_warning(void *self, const hf_fact *fact)
{
    const hf_cell cells[] = { HF_CELL_STR(fact->key), HF_CELL_STR(fact->label),
                              HF_CELL_TEXT(fact->text) };

    if (fact->is_warning)
        hf_out_row(self, cells);
}

/* Programs get every grouping, people the one they ask for. */
static void put_groups(const inspecting *x, hf_out *out)
{
    const char *by = hf_cli_text(x->cli, "by");
    bool all = hf_out_format(out) == HF_OUT_JSON || hf_out_format(out) == HF_OUT_JSONL;

    if (all || (by != NULL && strcmp(by, "team") == 0))
        hf_inspection_put_by_team(&x->seen, out);
    if (all || (by != NULL && strcmp(by, "kind") == 0))
        hf_inspection_put_by_kind(&x->seen, out);
    if (all || (by != NULL && strcmp(by, "month") == 0))
        hf_inspection_put_by_month(&x->seen, out);
}

static void put_unknown(const inspecting *x, const hf_paths *paths, hf_out *out)
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

static void put_source(const inspecting *x, hf_out *out, const hf_input *in, hf_reader *r)
{
    hf_out_field(out, "Source", "source", HF_CELL_STR(in->label));
    hf_out_field(out, "Format", "format", HF_CELL_STR(r->format));
    hf_out_field(out, "Recognised by", "recognised_by", HF_CELL_STR(in->why));
    hf_out_field(out, "Origin", "origin", HF_CELL_TEXT(r->origin));
    if (r->ops->facts != NULL)
        r->ops->facts(r, put_fact, out);
    hf_job_put_counts(out, &x->seen.counts);
}

static void put_warnings(hf_out *out, hf_reader *r)
{
    static const hf_column columns[] = { { "Warning", "key" },
                                         { "About", "label" },
                                         { "", "text" } };

    if (hf_out_format(out) == HF_OUT_TABLE || r->ops->facts == NULL)
        return;
    hf_out_table(out, "warnings", columns, sizeof(columns) / sizeof(columns[0]));
    r->ops->facts(r, put_warning, out);
}

static void answer(inspecting *x, const hf_input *in, hf_reader *r, const hf_paths *paths)
{
    hf_out *out = hf_cli_out(x->cli);
    const hf_counts *counts = &x->seen.counts;
    char text[256];

    hf_out_begin(out, "inspect/1");
    put_source(x, out, in, r);
    if (hf_cli_flag(x->cli, "channels") > 0)
        hf_inspection_put_channels(&x->seen, out);
    if (hf_cli_flag(x->cli, "members") > 0)
        hf_inspection_put_members(&x->seen, out);
    if (hf_cli_flag(x->cli, "unknown") > 0)
        put_unknown(x, paths, out);
    put_groups(x, out);
    put_warnings(out, r);
    hf_out_end(out);
    hf_job_unreadable_rest(&x->unreadable);
    if (counts->quarantined > 0)
        hf_cli_exit(x->cli, 3);
    hf_cli_last_line(x->cli, "%s; %llu unreadable", hf_job_counts(counts, text, sizeof(text)),
                     (unsigned long long)counts->quarantined);
}

static hf_status read_all(inspecting *x, hf_reader *r, hf_err **err)
{
    hf_status rc = HF_OK;

    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, err);
        for (size_t i = 0; i < b->n; i++)
            look(x, r->source, b->rec[i]);
        hf_batch_free(b);
        hf_progress_report(hf_cli_progress(x->cli), "reading", r->done, r->total);
    }
    return rc == HF_END ? HF_OK : rc;
}

static hf_status run_inspect(hf_cli *cli, hf_err **err)
{
    enum { PATHS = 4200 };
    hf_paths *paths = hf_paths_new();
    hf_reader_args read = { .paths = paths, .want = HF_WANT_RECORDS };
    inspecting x = { .cli = cli, .unreadable = { .cli = cli } };
    hf_reader *r = NULL;
    hf_cli_source s;
    hf_status rc;

    hf_inspection_init(&x.seen);
    x.unknown = hf_alloc0(PATHS, sizeof(*x.unknown));
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
        rc = hf_cli_run_begin(&x.run, cli, NULL, &s, NULL, 0, err);
    if (rc == HF_OK)
        rc = hf_read_open(&r, &s.in, &read, false, err);
    if (rc == HF_OK) {
        hf_cli_run_facts(&x.run, r);
        rc = read_all(&x, r, err);
    }
    if (rc == HF_OK) {
        hf_cli_run_facts(&x.run, r);
        answer(&x, &s.in, r, paths);
    }
    rc = hf_cli_run_end(&x.run, rc, NULL, err);
    hf_reader_close(r);
    hf_cli_source_clear(&s);
    hf_paths_free(paths);
    hf_inspection_clear(&x.seen);
    hf_free(x.unknown);
    return rc;
}

const hf_cmd hf_cmd_inspect = {
    .name = "inspect",
    .group = HF_GROUP_LOOK,
    .summary = "Say what is in an export, a server or a vault",
    .args = args,
    .options = options,
    .examples = examples,
    .run = run_inspect,
};
