/* cli/cmd_convert.c: "holdfast convert", a source into another format. */
#include "run.h"

#include <stdio.h>

static const hf_cmd_arg args[] = {
    { "SOURCE", false, false,
      "an export, a server, a vault, or the name of a [source]; FORMAT:PATH names its format" },
    { "OUT", true, false, "the file or folder to write; - is stdout; none with --to null" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    { "to", 't', HF_OPT_TEXT, "FORMAT", NULL, "format to write (see `holdfast formats`)" },
    { "team", 0, HF_OPT_TEXT, "NAME", NULL, "the one team that Mattermost imports into" },
    { "import", 0, HF_OPT_TEXT, "N", NULL, "rebuild this import of a vault exactly" },
    { "sidecar", 0, HF_OPT_CHOICE, "auto|none", "auto",
      "write OUT.sidecar.zst with what the target cannot say" },
    { "ignore-sidecar", 0, HF_OPT_FLAG, NULL, NULL, "do not read the sidecar beside the source" },
    { "secrets", 0, HF_OPT_CHOICE, "mask|keep", "mask", "tokens and passwords in addresses" },
    { "report", 0, HF_OPT_TEXT, "DIR", NULL, "write fidelity.json and fidelity.html there" },
    { "overwrite", 0, HF_OPT_FLAG, NULL, NULL, "replace OUT when it exists" },
#ifdef HF_DEV
    { "test-blind", 0, HF_OPT_TEXT, "PATH", NULL,
      "for tests of the ledger: ignore one path (development builds only)" },
#endif
    HF_OPT_SOURCE,
    HF_OPT_VAULT,
    HF_OPT_CHANNEL,
    HF_OPT_USER,
    HF_OPT_KINDS,
    HF_OPT_SINCE,
    HF_OPT_UNTIL,
    HF_OPT_STRICT,
    HF_OPT_MAX_LOSS,
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "convert samples/slack-northwind mm-import.zip --to mattermost-bulk --team northwind",
      "make an import file for Mattermost, with a sidecar" },
    { "convert samples/slack-northwind harbor.txt --to txt --channel general",
      "one channel as plain text" },
    { "convert acme.vault out.zip --to slack",
      "rebuild the export that was imported, byte for byte" },
    { 0 },
};

/* What the person does next, for targets that are loaded elsewhere. */
static void next_steps(hf_cli *cli, const hf_format *target, const char *path)
{
    if (strcmp(target->name, "mattermost-bulk") != 0)
        return;
    hf_cli_note(cli,
                "next, on the Mattermost server (the import is additive and can be repeated):");
    if (hf_view_ends(hf_view_str(path), HF_V(".zip"))) {
        hf_cli_note(cli, "  mmctl import upload %s", path);
        hf_cli_note(cli, "  mmctl import list available");
        hf_cli_note(cli, "  mmctl import process UPLOADED-NAME");
    } else {
        hf_cli_note(cli, "  zip -jq import.zip %s && mmctl import upload import.zip", path);
        hf_cli_note(cli, "  mmctl import list available && mmctl import process UPLOADED-NAME");
    }
    hf_cli_note(cli, "  mmctl import job list");
}

static hf_status prepare(hf_cli *cli, hf_copy_args *a, hf_scope *scope, hf_opts *writes,
                         hf_err **err)
{
    const char *to = hf_cli_text(cli, "to"), *path = hf_cli_arg(cli, 1);
    hf_status rc;

    if (to == NULL) {
        hf_fail(err, HF_E_USAGE, "--to FORMAT is missing");
        return hf_hint(err, "`holdfast formats` lists what can be written");
    }
    rc = hf_job_format(to, true, &a->target, err);
    if (rc == HF_OK && path == NULL && strcmp(to, "null") != 0) {
        hf_fail(err, HF_E_USAGE, "OUT is missing");
        rc = hf_hint(err,
                     "name the file or folder to write, or use --to null to read and account only");
    }
    if (rc == HF_OK)
        rc = hf_job_scope(cli, scope, err);
    if (rc == HF_OK)
        rc = hf_job_set(cli, writes, err);
    if (hf_cli_text(cli, "team") != NULL)
        hf_opts_set(writes, "team", hf_cli_text(cli, "team"));
    hf_opts_set(writes, "tz", hf_cli_tz_name(cli));
    a->target_path = path == NULL ? "-" : path;
    a->writer_opts = writes;
    a->scope = scope;
    a->with_sidecar = strcmp(hf_cli_text(cli, "sidecar"), "auto") == 0;
    a->ignore_sidecar = hf_cli_flag(cli, "ignore-sidecar") > 0;
    a->keep_secrets = strcmp(hf_cli_text(cli, "secrets"), "keep") == 0;
    a->overwrite = hf_cli_flag(cli, "overwrite") > 0;
    a->strict = hf_cli_flag(cli, "strict") > 0;
    a->max_loss = hf_cli_u64(cli, "max-loss", &a->has_max_loss);
#ifdef HF_DEV
    a->blind_path = hf_cli_text(cli, "test-blind");
#endif
    a->progress = hf_progress_report;
    a->progress_self = hf_cli_progress(cli);
    return rc;
}

static void answer(hf_cli *cli, const hf_copy_args *a, const hf_copy_result *r)
{
    hf_out *out = hf_cli_out(cli);
    char counts[256], states[256], size[32];
    const char *report = hf_cli_text(cli, "report");

    if (hf_out_format(out) != HF_OUT_TABLE) {
        hf_out_begin(out, "convert/1");
        hf_out_field(out, "Source format", "source_format", HF_CELL_STR(a->input->format->name));
        hf_out_field(out, "Target format", "target_format", HF_CELL_STR(a->target->name));
        hf_out_field(out, "Byte exact", "is_exact", HF_CELL_BOOL(r->is_exact));
        hf_out_field(out, "Sidecar bytes", "sidecar_bytes", HF_CELL_U64(r->sidecar_bytes));
        hf_job_put_counts(out, &r->counts);
        for (int s = 0; s < HF_STATE_COUNT && r->ledger != NULL; s++)
            hf_out_field(out, hf_state_name((hf_state)s), hf_state_name((hf_state)s),
                         HF_CELL_U64(hf_ledger_total(r->ledger, (hf_state)s)));
        hf_out_end(out);
    }
    hf_job_counts(&r->counts, counts, sizeof(counts));
    if (r->is_exact)
        hf_cli_last_line(cli, "%s; every member byte for byte", counts);
    else
        hf_cli_last_line(cli, "%s; values: %s%s%s%s%s", counts,
                         r->ledger == NULL ? "" : hf_job_states(r->ledger, states, sizeof(states)),
                         r->sidecar_bytes > 0 ? "; sidecar " : "",
                         r->sidecar_bytes > 0 ? hf_out_size(r->sidecar_bytes, size) : "",
                         report == NULL ? "" : "; report ", report == NULL ? "" : report);
}

static hf_status run_convert(hf_cli *cli, hf_err **err)
{
    hf_opts *writes = hf_opts_new();
    const char *report = hf_cli_text(cli, "report");
    hf_copy_args a = { 0 };
    hf_copy_result r = { 0 };
    hf_cli_source s = { .name = NULL };
    hf_cli_run run = { .cli = NULL };
    hf_job_unreadable unreadable = { .cli = cli };
    hf_scope scope;
    hf_status rc = prepare(cli, &a, &scope, writes, err);

    if (rc == HF_OK)
        rc = hf_cli_source_open(cli, 0, &s, err);
    if (rc == HF_OK && strcmp(a.target_path, "-") != 0)
        rc = hf_job_apart(s.in.path, a.target_path, err);
    /* Counting and accounting alone hand nothing out. */
    if (rc == HF_OK)
        rc = hf_cli_run_begin(&run, cli, strcmp(a.target->name, "null") == 0 ? NULL : "convert", &s,
                              NULL, 0, err);
    if (rc != HF_OK)
        goto done;
    hf_cli_note(cli, "reading %s as %s", s.in.label, s.in.format->name);
    if (hf_cli_text(cli, "import") != NULL)
        hf_opts_set(s.reads, "import", hf_cli_text(cli, "import"));
    a.input = &s.in;
    a.reader_opts = s.reads;
    a.origin = s.origin;
    a.unreadable = hf_job_unreadable_one;
    a.unreadable_self = &unreadable;
    a.fact = hf_cli_run_fact;
    a.fact_self = &run;
    rc = hf_copy(&a, &r, err);
    hf_job_unreadable_rest(&unreadable);
    if (rc == HF_OK && report != NULL && r.ledger != NULL) {
        char *title = hf_sprintf("%s, read as %s, written as %s", s.in.label, s.in.format->name,
                                 a.target->name);

        rc = hf_job_report(report, r.ledger, title, err);
        hf_free(title);
    }
    if (rc == HF_OK) {
        hf_job_verdict(cli, a.target, &r);
        answer(cli, &a, &r);
        next_steps(cli, a.target, a.target_path);
    }
done:
    rc = hf_cli_run_end(&run, rc, &r.counts, err);
    hf_ledger_free(r.ledger);
    hf_paths_free(r.paths);
    hf_cli_source_clear(&s);
    hf_opts_free(writes);
    return rc;
}

const hf_cmd hf_cmd_convert = {
    .name = "convert",
    .group = HF_GROUP_MOVE,
    .summary = "Convert a source, or a part of it, into another format",
    .about = "Reads SOURCE and writes OUT in the format --to names. What the target cannot say is "
             "written beside\n"
             "it, into OUT.sidecar.zst; converting back reads it by itself and gives the source "
             "again, with what\n"
             "was changed in between. Every source value that is not carried natively is counted "
             "in the fidelity\n"
             "report (--report DIR). Exit 3: something was lost or unreadable.",
    .args = args,
    .options = options,
    .examples = examples,
    .run = run_convert,
};
