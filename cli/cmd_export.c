/* cli/cmd_export.c: "holdfast export", a package for somebody outside. */
#include "export.h"
#include "key.h"
#include "run.h"

#include "package/changes.h"
#include "package/series.h"
#include "util/fault.h"
#include "vault/vault.h"

#include <stdio.h>

static const hf_cmd_arg args[] = {
    { "SOURCE", false, false,
      "a vault, an export, a server, or the name of a [source]; FORMAT:PATH names its format" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    { "output", 'o', HF_OPT_TEXT, "PACKAGE", NULL,
      "a folder, .zip or .tar.zst to write; %Y%m%d is filled in" },
    { "to", 't', HF_OPT_TEXT, "FORMATS", "jsonl,txt", "formats of the payload, joined by commas" },
    { "query", 0, HF_OPT_TEXT, "QUERY", NULL,
      "only messages that match (see docs/search.md), with who and where" },
    HF_OPT_CHANNEL,
    HF_OPT_USER,
    HF_OPT_KINDS,
    { "since", 0, HF_OPT_TEXT, "TIME|last", NULL,
      "only what was sent at this time or later; last: where the series ended" },
    HF_OPT_UNTIL,
    { "series", 0, HF_OPT_TEXT, "NAME", NULL,
      "the next package of a series, whatever came into the vault since the last" },
    { "encrypt-to", 0, HF_OPT_LIST, "CERT", NULL,
      "encrypt to the holder of this certificate (PEM); repeatable" },
    { "split", 0, HF_OPT_TEXT, "SIZE", NULL,
      "several packages of at most this much payload, such as 700MiB" },
    HF_OPT_KEY,
    { "reason", 0, HF_OPT_TEXT, "TEXT", NULL, "why it is exported, for receipt and custody page" },
    { "secrets", 0, HF_OPT_CHOICE, "mask|keep", "mask", "tokens and passwords in addresses" },
    { "overwrite", 0, HF_OPT_FLAG, NULL, NULL, "replace PACKAGE when it exists" },
    HF_OPT_STRICT,
    HF_OPT_MAX_LOSS,
    HF_OPT_VAULT,
    HF_OPT_SOURCE,
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "export samples/slack-northwind -o northwind.zip",
      "a package with records and transcripts, to be checked by anyone" },
    { "export acme.vault --series nightly --since last -o nightly-%Y%m%d.zip",
      "what came since the night before" },
    { "export acme.vault --query 'crane from:maren' -o case-17 --reason 'case 17'",
      "the answer to a question, as evidence" },
    { 0 },
};

/* --- what one run has ----------------------------------------------------------------------------
 */

typedef struct job {
    hf_cli *cli;
    hf_cli_source source;
    hf_cli_run run;
    hf_opts *writes;
    hf_scope scope;
    hf_query *query;
    hf_buf query_text;
    const hf_format *format[16];
    size_t nformat;
    char *target;
    hf_vault *vault; /* the source, when it is one; held and owned by it */
    int64_t last_import;
    hf_recipients *recipients;
    hf_key *key;
    hf_vault *log_vault; /* whose log takes the export, when that is not the source; may be NULL */
    hf_export_log log;
    hf_package_facts facts;
    hf_series series; /* with --series */
    bool in_series, is_pending, is_partial;
    hf_package *package;
    hf_change_counts changes;
    hf_counts counts;
    hf_operator who;
    char source_sha256[65];
    int64_t started_us;
} job;

static void job_clear(job *j)
{
    hf_package_close(j->package);
    hf_series_free(&j->series);
    hf_export_log_clear(&j->log);
    hf_vault_close(j->log_vault);
    hf_key_free(j->key);
    hf_recipients_free(j->recipients);
    hf_free(j->target);
    hf_query_free(j->query);
    hf_buf_clear(&j->query_text);
    hf_opts_free(j->writes);
    hf_cli_source_clear(&j->source);
}

/* --- what was asked ------------------------------------------------------------------------------
 */

static hf_status read_query(job *j, hf_err **err)
{
    const char *text = hf_cli_text(j->cli, "query");
    const hf_query_args how = { .zone = hf_cli_tz(j->cli), .now_us = j->started_us };
    hf_status rc;

    if (text == NULL)
        return HF_OK;
    rc = hf_query_parse(&j->query, hf_view_str(text), &how, err);
    if (rc != HF_OK)
        return rc;
    for (size_t i = 0; i < hf_query_warnings(j->query); i++)
        hf_cli_warn(j->cli, "%s", hf_query_warning(j->query, i));
    hf_query_print(j->query, &j->query_text);
    j->scope.query = j->query;
    return HF_OK;
}

static hf_status read_scope(job *j, hf_err **err)
{
    const char *since = hf_cli_text(j->cli, "since");
    bool is_last = since != NULL && strcmp(since, "last") == 0;
    bool in_series = hf_cli_text(j->cli, "series") != NULL;
    hf_status rc;

    if (is_last && !in_series) {
        hf_fail(err, HF_E_USAGE, "--since last wants to know of which series");
        return hf_hint(err, "say --series NAME as well");
    }
    if (in_series && !is_last) {
        hf_fail(err, HF_E_USAGE, "a package of a series begins where the last one ended");
        return hf_hint(err, "say --since last");
    }
    rc = hf_job_scope_since(j->cli, is_last ? NULL : since, &j->scope, err);
    if (rc == HF_OK)
        rc = read_query(j, err);
    j->in_series = in_series;
    return rc;
}

static hf_status read_options(job *j, hf_err **err)
{
    const char *pattern = hf_cli_text(j->cli, "output");
    size_t n;
    const char *const *certs = hf_cli_list(j->cli, "encrypt-to", &n);
    hf_status rc;

    if (pattern == NULL) {
        hf_fail(err, HF_E_USAGE, "-o PACKAGE is missing");
        return hf_hint(err, "name a folder, or a file that ends in .zip or .tar.zst");
    }
    rc = hf_export_name(pattern, j->started_us, hf_cli_tz(j->cli), &j->target, err);
    if (rc == HF_OK)
        rc = hf_export_formats(hf_cli_text(j->cli, "to"), j->format,
                               sizeof(j->format) / sizeof(j->format[0]), &j->nformat, err);
    if (rc == HF_OK)
        rc = read_scope(j, err);
    if (rc == HF_OK)
        rc = hf_job_set(j->cli, j->writes, err);
    if (rc == HF_OK && n > 0)
        rc = hf_recipients_load(&j->recipients, certs, n, err);
    hf_opts_set(j->writes, "tz", hf_cli_tz_name(j->cli));
    return rc;
}

/* --- where it comes from -------------------------------------------------------------------------
 */

/* One state is exported, whatever is imported meanwhile: all readings go through this vault. */
static hf_status open_vault(job *j, hf_err **err)
{
    hf_vault *v = NULL;
    hf_status rc;

    if (strcmp(j->source.in.format->name, "vault") != 0) {
        if (!j->in_series)
            return HF_OK;
        hf_fail(err, HF_E_USAGE, "a series is made from a vault");
        return hf_hint(err, "`holdfast import SOURCE --into VAULT` first, then export VAULT");
    }
    rc = hf_vault_open(&v, j->source.in.path, HF_VAULT_CONTROL, 0, err);
    if (rc == HF_OK)
        rc = hf_vault_hold(v, &j->last_import, err);
    if (rc != HF_OK) {
        hf_vault_close(v);
        return rc;
    }
    j->vault = j->source.in.held = v;
    return HF_OK;
}

static hf_status digest_source(job *j, hf_err **err)
{
    hf_source *s = j->source.in.source;
    hf_sha256 digest;
    hf_status rc;

    if (s == NULL || hf_source_get_kind(s) == HF_SOURCE_FOLDER)
        return HF_OK;
    rc = hf_source_digest(s, &digest, err);
    if (rc == HF_OK)
        hf_sha256_hex(&digest, j->source_sha256);
    return rc;
}

static hf_status load_key(job *j, hf_err **err)
{
    const char *path = hf_cli_text(j->cli, "key");
    const hf_passphrase from = hf_cli_passphrase(j->cli);

    return path == NULL ? HF_OK : hf_key_load(&j->key, path, &from, err);
}

static void fill_facts(job *j)
{
    hf_package_facts *f = &j->facts;

    *f = (hf_package_facts){
        .run_id = hf_cli_run_id(j->cli),
        .program = "holdfast " HF_VERSION,
        .user = j->who.user,
        .host = j->who.host,
        .sudo_user = j->who.sudo_user,
        .started_us = j->started_us,
        .reason = hf_cli_text(j->cli, "reason"),
        .source = j->source.in.label,
        .source_format = j->source.in.format->name,
        .source_sha256 = j->source_sha256,
        .origin = j->source.origin,
        .snapshot = hf_buf_cstr(&j->run.snapshot),
        .is_live = j->source.in.format->is_live,
        .scope = &j->scope,
        .query = hf_buf_cstr(&j->query_text),
        .vault_id = j->vault == NULL ? NULL : hf_vault_id(j->vault),
        .last_import = j->last_import,
    };
    if (!j->in_series)
        return;
    f->after_import = j->series.after_import;
    f->series = j->series.name;
    f->number = j->series.number;
    f->since_us = j->series.since_us;
    f->until_us = j->series.until_us;
    f->previous_run = j->series.previous_run;
    f->previous_manifest = j->series.previous_manifest;
}

/* A live source is logged where its run is noted, a file where the user says, if anywhere. */
static hf_status begin_log(job *j, hf_err **err)
{
    const char *path = j->run.vault != NULL ? j->run.vault : hf_cli_text(j->cli, "vault");
    hf_vault *vault = j->vault;
    hf_status rc = HF_OK;

    if (vault == NULL && path != NULL)
        rc = hf_vault_open(&j->log_vault, path, HF_VAULT_CONTROL, 0, err);
    if (vault == NULL)
        vault = j->log_vault;
    if (rc != HF_OK || vault == NULL)
        return rc;
    fill_facts(j);
    rc = hf_export_log_begin(&j->log, vault, &j->facts, j->target, err);
    /* Without --key the vault's own key signs, where it is on this machine. */
    if (rc == HF_OK && j->key == NULL)
        rc = hf_cli_key_load(j->cli, j->log.log, &j->key, err);
    return rc;
}

/* What the series exports, in one spelling. */
static hf_sha256 scope_digest(const job *j)
{
    const hf_scope *s = &j->scope;
    hf_sha256 digest;
    hf_buf text;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_printf(&text, "origin %s\n", j->source.origin == NULL ? "" : j->source.origin);
    for (size_t i = 0; i < s->nchannels; i++)
        hf_buf_printf(&text, "channel %s\n", s->channels[i]);
    for (size_t i = 0; i < s->nusers; i++)
        hf_buf_printf(&text, "user %s\n", s->users[i]);
    hf_buf_printf(&text, "kinds %u\nuntil %lld\nquery ", s->kinds, (long long)s->until_us);
    hf_buf_add(&text, hf_buf_view(&j->query_text));
    digest = hf_sha256_of(hf_buf_view(&text));
    hf_buf_clear(&text);
    return digest;
}

static hf_status begin_series(job *j, hf_err **err)
{
    char number[24];
    hf_sha256 scope;
    hf_status rc;

    if (!j->in_series)
        return HF_OK;
    scope = scope_digest(j);
    rc = hf_series_begin(&j->series, j->vault, hf_cli_text(j->cli, "series"), hf_cli_run_id(j->cli),
                         &scope, hf_package_target(j->package), err);
    if (rc != HF_OK)
        return rc;
    j->is_pending = true;
    j->last_import = j->series.last_import;
    j->scope.prune = true;
    snprintf(number, sizeof(number), "%lld", (long long)j->series.after_import);
    hf_opts_set(j->source.reads, "after-import", number);
    if (j->series.completes)
        hf_cli_note(j->cli,
                    "the package before was published by a run that did not live to say so; it is "
                    "taken into the series now");
    return HF_OK;
}

static hf_status open_all(job *j, hf_err **err)
{
    hf_package_args how = { .path = j->target,
                            .overwrite = hf_cli_flag(j->cli, "overwrite") > 0,
                            .recipients = j->recipients,
                            .progress = hf_progress_report,
                            .progress_self = hf_cli_progress(j->cli) };
    hf_status rc = hf_export_split(hf_cli_text(j->cli, "split"), &how.split_bytes, err);

    if (rc == HF_OK)
        rc = hf_cli_source_open(j->cli, 0, &j->source, err);
    if (rc == HF_OK)
        rc = hf_job_apart(j->source.in.path, j->target, err);
    if (rc == HF_OK)
        rc = open_vault(j, err);
    if (rc == HF_OK)
        rc = load_key(j, err);
    if (rc == HF_OK)
        rc = hf_package_open(&j->package, &how, err);
    if (rc == HF_OK)
        rc = hf_cli_run_begin(&j->run, j->cli, "export", &j->source, NULL, 0, err);
    if (rc == HF_OK)
        rc = begin_log(j, err);
    if (rc == HF_OK)
        rc = begin_series(j, err);
    return rc;
}

/* --- the payload ---------------------------------------------------------------------------------
 */

static void copy_args(job *j, hf_copy_args *a, hf_job_unreadable *unreadable)
{
    *a = (hf_copy_args){
        .input = &j->source.in,
        .reader_opts = j->source.reads,
        .writer_opts = j->writes,
        .origin = j->source.origin,
        .scope = &j->scope,
        .keep_secrets = strcmp(hf_cli_text(j->cli, "secrets"), "keep") == 0,
        .strict = hf_cli_flag(j->cli, "strict") > 0,
        .progress = hf_progress_report,
        .progress_self = hf_cli_progress(j->cli),
        .unreadable = hf_job_unreadable_one,
        .unreadable_self = unreadable,
        .fact = hf_cli_run_fact,
        .fact_self = &j->run,
    };
    a->max_loss = hf_cli_u64(j->cli, "max-loss", &a->has_max_loss);
}

static hf_status add_first(job *j, hf_copy_args *a, hf_err **err)
{
    hf_changes *changes = NULL;
    hf_status rc = HF_OK;

    if (j->in_series && j->series.after_import > 0)
        rc = hf_changes_open(&changes, j->package, j->vault, j->series.after_import,
                             a->keep_secrets, err);
    if (changes != NULL) {
        a->kept = hf_changes_take;
        a->kept_self = changes;
    }
    if (rc == HF_OK)
        rc = hf_package_add(j->package, a, j->format[0], err);
    a->kept = NULL;
    if (rc != HF_OK || changes == NULL) {
        hf_changes_abort(changes);
        return rc;
    }
    return hf_changes_close(changes, &j->changes, err);
}

typedef struct quarantined {
    job *j;
    hf_status rc;
    hf_err **err;
} quarantined;

static bool take_quarantined(void *self, const hf_vault_quarantined *q)
{
    quarantined *x = self;
    const hf_exception e = { .what = "unreadable record",
                             .origin = q->origin,
                             .member = q->member,
                             .offset = q->offset,
                             .count = 1,
                             .why = q->reason };

    x->rc = hf_package_except(x->j->package, &e, x->err);
    return x->rc == HF_OK;
}

/* A vault read at its latest state gives no unreadable records: it knows them apart. */
static hf_status add_quarantined(job *j, hf_err **err)
{
    quarantined x = { .j = j, .rc = HF_OK, .err = err };
    hf_status rc = HF_OK;

    if (j->vault == NULL || hf_scope_withholds(&j->scope) || j->counts.quarantined > 0)
        return HF_OK;
    rc = hf_vault_quarantine(j->vault, j->in_series ? j->series.after_import : 0, take_quarantined,
                             &x, err);
    return rc == HF_OK ? x.rc : rc;
}

static hf_status add_payload(job *j, hf_err **err)
{
    hf_job_unreadable unreadable = { .cli = j->cli };
    const hf_package_format *list;
    hf_copy_args a;
    hf_status rc;

    copy_args(j, &a, &unreadable);
    hf_cli_note(j->cli, "reading %s as %s", j->source.in.label, j->source.in.format->name);
    rc = add_first(j, &a, err);
    for (size_t i = 1; i < j->nformat && rc == HF_OK; i++)
        rc = hf_package_add(j->package, &a, j->format[i], err);
    hf_job_unreadable_rest(&unreadable);
    if (rc != HF_OK)
        return rc;
    hf_package_formats(j->package, &list);
    j->counts = list[0].written;
    return add_quarantined(j, err);
}

/* --- the rest ------------------------------------------------------------------------------------
 */

static void verdict(job *j, const hf_package_format *list, size_t n, const hf_exceptions *e)
{
    j->counts.quarantined = e->unreadable; /* those that a vault knows apart as well */
    for (size_t i = 0; i < n; i++)
        if (!list[i].format->is_transcript &&
            list[i].states[HF_LOST] + list[i].states[HF_RAW_ONLY] > 0)
            j->is_partial = true;
    j->is_partial = j->is_partial || e->unreadable > 0;
    if (j->is_partial)
        hf_cli_exit(j->cli, 3);
}

static hf_status finish(job *j, hf_package_digests *digests, char **path, hf_err **err)
{
    hf_package_seal seal = { .key = j->key };
    hf_package *p = j->package;
    const hf_package_format *list;
    size_t n = hf_package_formats(p, &list);
    hf_status rc;

    fill_facts(j);
    rc = hf_package_done(p, &j->facts, digests, err);
    if (rc == HF_OK)
        verdict(j, list, n, &digests->exceptions);
    if (rc == HF_OK && j->in_series)
        rc = hf_series_commit(&j->series, j->vault, &digests->manifest, &digests->receipt, err);
    if (rc == HF_OK)
        rc = hf_export_log_end(&j->log, digests, &j->counts, j->key,
                               j->is_partial ? "PARTIAL" : "OK", err);
    if (rc != HF_OK)
        return rc;
    hf_fault("export.logged");
    seal.entry = hf_buf_view(&j->log.entry);
    seal.proof = hf_buf_view(&j->log.proof);
    seal.checkpoint = hf_buf_view(&j->log.checkpoint);
    j->package = NULL; /* publishing frees it */
    rc = hf_package_publish(p, &seal, path, err);
    hf_fault("export.published");
    if (rc == HF_OK && j->in_series) {
        j->is_pending = false;
        rc = hf_series_published(&j->series, j->vault, err);
    }
    return rc;
}

static void answer(job *j, const hf_package_digests *d, const char *path)
{
    hf_out *out = hf_cli_out(j->cli);
    char hex[65], counts[256], size[32];

    hf_sha256_hex(&d->manifest, hex);
    hf_out_begin(out, "export/1");
    hf_out_field(out, "Package", "package", HF_CELL_STR(path));
    hf_out_field(out, "Manifest SHA-256", "manifest_sha256", HF_CELL_STR(hex));
    hf_sha256_hex(&d->receipt, hex);
    hf_out_field(out, "Receipt SHA-256", "receipt_sha256", HF_CELL_STR(hex));
    hf_out_field(out, "Signed", "is_signed", HF_CELL_BOOL(j->key != NULL));
    hf_out_field(out, "In the log", "is_logged", HF_CELL_BOOL(j->log.entry.n > 0));
    hf_out_field(out, "Payload files", "payload_files", HF_CELL_U64(d->files));
    hf_out_field(out, "Payload", "payload_bytes", HF_CELL_SIZE(d->bytes));
    hf_out_field(out, "Volumes", "volumes", HF_CELL_U64(d->volumes));
    if (j->in_series) {
        hf_out_field(out, "Series", "series", HF_CELL_STR(j->series.name));
        hf_out_field(out, "Number", "number", HF_CELL_U64(j->series.number));
        hf_out_field(out, "Interval from", "since", HF_CELL_TIME(j->series.since_us));
        hf_out_field(out, "Interval before", "until", HF_CELL_TIME(j->series.until_us));
        hf_out_field(out, "Package before", "predecessor_manifest_sha256",
                     HF_CELL_STR(j->series.previous_manifest));
        hf_out_field(out, "New messages", "new_messages", HF_CELL_U64(j->changes.added));
        hf_out_field(out, "Edited messages", "edited_since", HF_CELL_U64(j->changes.edited));
        hf_out_field(out, "Missing messages", "missing_since", HF_CELL_U64(j->changes.missing));
    }
    hf_out_field(out, "Missing attachments", "missing_attachments",
                 HF_CELL_U64(d->exceptions.missing));
    hf_job_put_counts(out, &j->counts);
    hf_out_end(out);
    hf_job_counts(&j->counts, counts, sizeof(counts));
    hf_cli_last_line(j->cli, "%s; %llu attachments missing in the source; %s of payload in %s%s",
                     counts, (unsigned long long)d->exceptions.missing, hf_out_size(d->bytes, size),
                     path, j->key != NULL ? "" : "; UNSIGNED");
}

static hf_status run_export(hf_cli *cli, hf_err **err)
{
    job j = { .cli = cli, .started_us = hf_now_us(), .writes = hf_opts_new() };
    hf_package_digests digests = { .volumes = 0 };
    char *path = NULL;
    hf_status rc;

    hf_buf_init(&j.query_text, HF_BUF_UNBOUNDED);
    hf_buf_init(&j.run.snapshot, HF_BUF_UNBOUNDED);
    hf_export_log_init(&j.log, cli);
    hf_export_operator(&j.who);
    rc = read_options(&j, err);
    if (rc == HF_OK)
        rc = open_all(&j, err);
    if (rc == HF_OK)
        rc = digest_source(&j, err);
    if (rc == HF_OK)
        rc = add_payload(&j, err);
    if (rc == HF_OK)
        rc = finish(&j, &digests, &path, err);
    if (rc == HF_OK)
        answer(&j, &digests, path);
    /* What was not published is no part of the series; *err says why and stays. */
    if (j.is_pending)
        (void)hf_series_drop(&j.series, j.vault, NULL);
    hf_export_log_failed(&j.log, rc);
    if (j.run.cli != NULL)
        rc = hf_cli_run_end(&j.run, rc, &j.counts, err);
    hf_free(path);
    job_clear(&j);
    return rc;
}

const hf_cmd hf_cmd_export = {
    .name = "export",
    .group = HF_GROUP_MOVE,
    .summary = "Make a package that anyone can check without this program",
    .about =
        "Writes a BagIt bag: the records in one or more formats, what each of them carries and "
        "what it does not,\n"
        "what could not be exported, a receipt, a custody page, and signatures that sha256sum and "
        "openssl check.\n"
        "Everything is read again and hashed again before it is published.\n\n"
        "--series NAME --since last exports what came into a vault since the last package of that "
        "name: new messages,\n"
        "edits and deletions of old ones, and what is missing. Exit 3: something was lost or "
        "unreadable.",
    .args = args,
    .options = options,
    .examples = examples,
    .run = run_export,
};
