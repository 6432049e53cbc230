/* cli/cmd_diff.c: "holdfast diff", are two sources the same. */
#include "format/diff.h"
#include "run.h"

#include <stdio.h>

static const hf_cmd_arg args[] = {
    { "A", false, false, "a source: an export, a server, a vault, the name of a [source]" },
    { "B", false, false, "the source to hold against it" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    { "bytes", 0, HF_OPT_FLAG, NULL, NULL, "compare members and their SHA-256 instead of records" },
    { "import", 0, HF_OPT_TEXT, "N", NULL, "of a vault, this import" },
    HF_OPT_SOURCE,
    HF_OPT_VAULT,
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "diff samples/slack-northwind samples/slack-northwind",
      "the same export twice: no differences" },
    { 0 },
};

static void put_item(void *self, const hf_diff_item *item)
{
    static const char *const words[] = { "changed", "missing", "extra" };
    const hf_cell cells[] = {
        HF_CELL_STR(words[item->what]), HF_CELL_STR(hf_kind_name(item->kind)),
        HF_CELL_TEXT(item->scope),      HF_CELL_TEXT(item->id),
        HF_CELL_TEXT(item->path),       HF_CELL_U64(item->npaths),
    };

    hf_out_row(hf_cli_out(self), cells);
}

static void put_last_line(hf_cli *cli, const hf_diff_result *r)
{
    char unreadable[96] = "";

    if (r->quarantine_differs)
        snprintf(unreadable, sizeof(unreadable), "; the unreadable records differ: %llu and %llu",
                 (unsigned long long)r->quarantined_a, (unsigned long long)r->quarantined_b);
    hf_cli_last_line(cli, "%llu same, %llu changed, %llu missing, %llu extra%s",
                     (unsigned long long)r->same, (unsigned long long)r->changed,
                     (unsigned long long)r->missing, (unsigned long long)r->extra, unreadable);
}

static void note_counts(hf_cli_act *act, const hf_diff_result *r)
{
    hf_cli_act_count(act, "same", r->same);
    hf_cli_act_count(act, "changed", r->changed);
    hf_cli_act_count(act, "missing", r->missing);
    hf_cli_act_count(act, "extra", r->extra);
}

static hf_status run_diff(hf_cli *cli, hf_err **err)
{
    static const hf_column columns[] = {
        { "What", "what" }, { "Kind", "kind" },       { "Channel", "scope" },
        { "Id", "id" },     { "First path", "path" }, { "Paths", "paths" },
    };
    const char *import = hf_cli_text(cli, "import");
    hf_cli_source a, b = { .name = NULL };
    hf_cli_run run_a = { .cli = cli }, run_b = { .cli = cli };
    hf_diff_args d = { .a = &a.in,
                       .b = &b.in,
                       .item = put_item,
                       .self = cli,
                       .fact = hf_cli_run_fact,
                       .fact_a = &run_a,
                       .fact_b = &run_b };
    hf_diff_result r = { 0 };
    hf_out *out = hf_cli_out(cli);
    bool bytes = hf_cli_flag(cli, "bytes") > 0;
    hf_status rc = hf_cli_source_open(cli, 0, &a, err);

    if (rc == HF_OK)
        rc = hf_cli_source_open(cli, 1, &b, err);
    if (rc == HF_OK && import != NULL) {
        hf_opts_set(a.reads, "import", import);
        hf_opts_set(b.reads, "import", import);
    }
    d.opts_a = a.reads;
    d.opts_b = b.reads;
    d.origin_a = a.origin;
    d.origin_b = b.origin;
    if (rc == HF_OK)
        rc = hf_cli_run_begin(&run_a, cli, "diff", &a, NULL, 0, err);
    if (rc == HF_OK)
        rc = hf_cli_run_begin(&run_b, cli, "diff", &b, NULL, 0, err);
    if (rc == HF_OK) {
        hf_out_begin(out, "diff/1");
        hf_out_table(out, "differences", columns, sizeof(columns) / sizeof(columns[0]));
        rc = bytes ? hf_diff_bytes(&d, &r, err) : hf_diff(&d, &r, err);
        hf_out_end(out);
    }
    if (rc == HF_OK) {
        if (r.changed + r.missing + r.extra > 0 || r.quarantine_differs)
            hf_cli_exit(cli, 5);
        put_last_line(cli, &r);
    }
    note_counts(&run_a.act, &r);
    note_counts(&run_b.act, &r);
    rc = hf_cli_run_end(&run_a, rc, NULL, err);
    rc = hf_cli_run_end(&run_b, rc, NULL, err);
    hf_cli_source_clear(&a);
    hf_cli_source_clear(&b);
    return rc;
}

const hf_cmd hf_cmd_diff = {
    .name = "diff",
    .group = HF_GROUP_PROVE,
    .summary = "Compare two sources record by record, or byte by byte",
    .about = "Two sources of one format are compared in every value they hold: object keys in any "
             "order, numbers as\n"
             "they are written, texts decoded. Sources of different formats are compared in the "
             "values that\n"
             "holdfast models. Exit 5 when they differ.",
    .args = args,
    .options = options,
    .examples = examples,
    .run = run_diff,
};
