/* cli/cmd_import.c: "holdfast import", a source into a vault. */
#include "key.h"
#include "run.h"

#include "util/jsonw.h"
#include "vault/vault.h"

#include <stdio.h>

static const hf_cmd_arg args[] = {
    { "SOURCE", false, false,
      "an export, a server, or the name of a [source]; FORMAT:PATH names its format" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    { "into", 'i', HF_OPT_TEXT, "VAULT", NULL,
      "the vault; made when there is none (default: the source's, else the configured one)" },
    HF_OPT_SOURCE,
    { "full", 0, HF_OPT_FLAG, NULL, NULL,
      "read everything again, also of a source that can say what changed since the last import" },
    { "ignore-sidecar", 0, HF_OPT_FLAG, NULL, NULL, "do not read the sidecar beside the source" },
    { "allow-network-fs", 0, HF_OPT_FLAG, NULL, NULL,
      "let the vault lie on a network file system" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "import samples/slack-northwind --into northwind.vault",
      "keep an export, byte for byte and searchable" },
    { 0 },
};

static hf_status find_vault(hf_cli *cli, const hf_cli_source *s, const char **path, hf_err **err)
{
    *path = hf_cli_text(cli, "into");
    if (*path == NULL)
        *path = s->vault;
    if (*path == NULL)
        *path = hf_config_general(hf_cli_config(cli), "vault");
    if (*path != NULL)
        return hf_cli_source_is_bound(cli, s, *path, err);
    hf_fail(err, HF_E_USAGE, "which vault? --into VAULT is missing and none is configured");
    return hf_hint(err, "say --into PATH, or set vault = PATH in holdfast.conf");
}

typedef struct job {
    hf_cli *cli;
    hf_cli_source s;
    hf_cli_run run;
    hf_job_unreadable unreadable;
    hf_copy_args args;
    hf_copy_result r;
    hf_opts *writes;
    const char *vault;
    unsigned flags; /* of hf_vault_open */
    hf_arena *mem;
    bool is_kept;   /* an import was finished: the vault stays, whatever comes */
    uint64_t again; /* days that did not agree and were read again */
} job;

/* --- the answer ---------------------------------------------------------------------------------
 */

static void put_days(hf_out *out, const job *j)
{
    const hf_kept *k = &j->r.kept;

    if (k->days == 0)
        return;
    hf_out_field(out, "Days with messages", "days", HF_CELL_U64(k->days));
    hf_out_field(out, "  of which read again", "days_read_again", HF_CELL_U64(j->again));
    hf_out_field(out, "  of which do not agree", "gaps", HF_CELL_U64(k->gaps));
    hf_out_field(out, "Messages in the source", "source_rows", HF_CELL_U64(k->source_rows));
    hf_out_field(out, "  of which written", "kept_rows", HF_CELL_U64(k->kept_rows));
    hf_out_field(out, "  of which read back", "read_back", HF_CELL_U64(k->read_back));
}

static void answer(const job *j)
{
    hf_out *out = hf_cli_out(j->cli);
    const hf_kept *k = &j->r.kept;
    uint64_t changed = k->versions - k->new_records; /* versions of records that were here before */
    char counts[256], again[96] = "";

    hf_out_begin(out, "import/1");
    hf_out_field(out, "Vault", "vault", HF_CELL_STR(j->vault));
    hf_out_field(out, "Import", "import", HF_CELL_I64(k->import));
    hf_out_field(out, "Byte exact", "is_exact", HF_CELL_BOOL(j->r.is_exact));
    hf_out_field(out, "Members", "members", HF_CELL_U64(k->members));
    hf_out_field(out, "  of which new", "new_members", HF_CELL_U64(k->new_members));
    hf_out_field(out, "Records", "records", HF_CELL_U64(k->records));
    hf_out_field(out, "  of which new", "new_records", HF_CELL_U64(k->new_records));
    hf_out_field(out, "New versions", "new_versions", HF_CELL_U64(changed));
    hf_out_field(out, "New states", "new_states", HF_CELL_U64(k->states));
    hf_out_field(out, "Missing since this import", "missing", HF_CELL_U64(k->missing));
    hf_out_field(out, "New blocks", "new_blocks", HF_CELL_U64(k->blocks));
    put_days(out, j);
    hf_job_put_counts(out, &j->r.counts);
    hf_out_end(out);
    if (k->gaps > 0)
        snprintf(again, sizeof(again), "; %llu days do not agree with the source",
                 (unsigned long long)k->gaps);
    else if (j->again > 0)
        snprintf(again, sizeof(again), "; %llu days did not agree and were read again",
                 (unsigned long long)j->again);
    hf_cli_last_line(
        j->cli,
        "%s; %llu new records, %llu new versions, %llu missing, %llu unreadable%s; import %lld "
        "of %s",
        hf_job_counts(&j->r.counts, counts, sizeof(counts)), (unsigned long long)k->new_records,
        (unsigned long long)changed, (unsigned long long)k->missing,
        (unsigned long long)j->r.counts.quarantined, again, (long long)k->import, j->vault);
}

/* --- days that do not agree ---------------------------------------------------------------------
 */

enum { MOST_DAYS = 10000, GAPS_SHOWN = 20 }; /* read again one by one; else everything is */

typedef struct gaps {
    hf_cli *cli;
    hf_jsonw *w; /* NULL: tell the user */
    size_t n;
} gaps;

static bool take_gap(void *self, const hf_vault_gap *gap)
{
    gaps *g = self;
    char day[40];

    if (g->w != NULL) {
        hf_jsonw_array(g->w, NULL);
        hf_jsonw_text(g->w, NULL, gap->channel);
        hf_jsonw_i64(g->w, NULL, gap->day);
        hf_jsonw_end(g->w, ']');
        return true;
    }
    if (g->n++ == GAPS_SHOWN)
        return false;
    hf_time_format(gap->day * HF_DAY_US, day);
    hf_cli_warn(g->cli, "channel %.*s, %.10s: the source counts %llu messages, the vault has %llu",
                (int)gap->channel.n, gap->channel.p, day, (unsigned long long)gap->source_rows,
                (unsigned long long)gap->kept_rows);
    return true;
}

static hf_status each_gap(const job *j, gaps *g, hf_err **err)
{
    hf_vault *v = NULL;
    hf_status rc = hf_vault_open(&v, j->vault, HF_VAULT_READ, j->flags, err);

    if (rc == HF_OK)
        rc = hf_vault_gaps(v, j->r.kept.import, take_gap, g, err);
    hf_vault_close(v);
    return rc;
}

/* Reader option "days": [["CHANNEL", DAY], ...]. */
static hf_status choose_days(job *j, hf_err **err)
{
    hf_buf list;
    hf_jsonw w;
    gaps g = { .cli = j->cli, .w = &w };
    hf_status rc;

    if (j->r.kept.gaps > MOST_DAYS) {
        j->args.since = NULL;
        return HF_OK;
    }
    hf_buf_init(&list, HF_BUF_UNBOUNDED);
    hf_jsonw_init(&w, &list, 0);
    hf_jsonw_array(&w, NULL);
    rc = each_gap(j, &g, err);
    hf_jsonw_end(&w, ']');
    if (rc == HF_OK)
        hf_opts_set(j->s.reads, "days", hf_buf_cstr(&list));
    hf_buf_clear(&list);
    return rc;
}

/* What two imports kept of one source. */
static void add_kept(hf_kept *k, const hf_kept *before)
{
    k->members += before->members;
    k->new_members += before->new_members;
    k->records += before->records;
    k->new_records += before->new_records;
    k->versions += before->versions;
    k->states += before->states;
    k->blocks += before->blocks;
    k->missing += before->missing;
}

/* Rows that were taken out of the source, or changed past its own notes, show in its counts alone.
 * The days that do not agree are read as a whole, by an import of their own. */
static hf_status read_again(job *j, hf_err **err)
{
    hf_copy_result first = j->r;
    char digits[32];
    hf_status rc = choose_days(j, err);

    if (rc != HF_OK)
        return rc;
    j->again = first.kept.gaps;
    hf_cli_note(j->cli, "%s days do not agree with the source: reading %s again",
                hf_out_digits(j->again, digits), j->args.since == NULL ? "everything" : "them");
    rc = hf_copy(&j->args, &j->r, err);
    add_kept(&j->r.kept, &first.kept);
    if (j->args.since != NULL) /* these are of some days only */
        j->r.counts = first.counts;
    hf_ledger_free(first.ledger);
    hf_paths_free(first.paths);
    return rc;
}

/* What still does not agree is told, and makes the import partial. */
static hf_status check_days(job *j, hf_err **err)
{
    gaps g = { .cli = j->cli };
    hf_status rc = HF_OK;

    if (j->r.kept.gaps > 0 && j->s.in.format->is_live)
        rc = read_again(j, err);
    if (rc != HF_OK || j->r.kept.gaps == 0)
        return rc;
    hf_cli_exit(j->cli, 3);
    rc = each_gap(j, &g, err);
    if (rc == HF_OK && g.n > GAPS_SHOWN)
        hf_cli_warn(j->cli, "%llu more days do not agree",
                    (unsigned long long)(j->r.kept.gaps - GAPS_SHOWN));
    return rc;
}

/* --- the import ---------------------------------------------------------------------------------
 */

/* Where the last import of the source ended: what hf_copy_args.since wants to know. */
static const char *last_mark(void *self, const char *key, const char *origin)
{
    const job *j = self;
    hf_view mark = { NULL, 0 };
    hf_vault *v = NULL;
    hf_status rc = hf_vault_open(&v, j->vault, HF_VAULT_CONTROL, j->flags, NULL);

    if (rc == HF_OK)
        rc = hf_vault_last_mark(v, key, origin, j->mem, &mark, NULL);
    hf_vault_close(v);
    return rc == HF_OK ? mark.p : NULL; /* what fails here fails the import, or is read anew */
}

static hf_status read_source(job *j, hf_err **err)
{
    hf_status rc;

    hf_cli_note(j->cli, "reading %s as %s", j->s.in.label, j->s.in.format->name);
    if (j->flags != 0)
        hf_opts_set(j->writes, "allow-network-fs", "yes");
    j->args = (hf_copy_args){
        .input = &j->s.in,
        .reader_opts = j->s.reads,
        .writer_opts = j->writes,
        .target = hf_format_find(HF_V("vault")),
        .target_path = j->vault,
        .origin = j->s.origin,
        .ignore_sidecar = hf_cli_flag(j->cli, "ignore-sidecar") > 0,
        .since = hf_cli_flag(j->cli, "full") > 0 ? NULL : last_mark,
        .since_self = j,
        .progress = hf_progress_report,
        .progress_self = hf_cli_progress(j->cli),
        .unreadable = hf_job_unreadable_one,
        .unreadable_self = &j->unreadable,
        .fact = hf_cli_run_fact,
        .fact_self = &j->run,
    };
    rc = hf_copy(&j->args, &j->r, err);
    j->is_kept = rc == HF_OK;
    if (rc == HF_OK)
        rc = check_days(j, err);
    hf_job_unreadable_rest(&j->unreadable);
    return rc;
}

static void note_import(hf_cli_act *act, const hf_kept *k)
{
    char *number = hf_sprintf("%lld", (long long)k->import);

    hf_cli_act_object(act, "import", number);
    hf_cli_act_count(act, "records", k->records);
    hf_cli_act_count(act, "new_records", k->new_records);
    hf_cli_act_count(act, "new_versions", k->versions - k->new_records);
    hf_cli_act_count(act, "missing", k->missing);
    hf_free(number);
}

/* Into the vault, which is there or is made. */
static hf_status import_into(job *j, hf_err **err)
{
    bool is_made = !hf_vault_is(j->vault);
    hf_status rc = is_made ? hf_vault_init(j->vault, j->flags, err) : HF_OK;

    if (rc != HF_OK)
        return rc;
    if (is_made) {
        hf_cli_note(j->cli, "made the vault %s", j->vault);
        rc = hf_cli_vault_made(j->cli, j->vault, j->flags, err);
    }
    if (rc == HF_OK)
        rc = hf_cli_run_begin(&j->run, j->cli, "import", &j->s, j->vault, j->flags, err);
    if (rc == HF_OK)
        rc = read_source(j, err);
    if (rc != HF_OK && is_made && !j->is_kept)
        hf_vault_unmake(j->vault);
    if (rc == HF_OK) {
        hf_job_verdict(j->cli, j->args.target, &j->r);
        answer(j);
        note_import(&j->run.act, &j->r.kept);
    }
    if (rc == HF_OK && is_made)
        rc = hf_cli_vault_key(j->cli, j->vault, j->flags, NULL, NULL, err);
    return hf_cli_run_end(&j->run, rc, &j->r.counts, err);
}

static hf_status run_import(hf_cli *cli, hf_err **err)
{
    job j = {
        .cli = cli,
        .flags = hf_cli_flag(cli, "allow-network-fs") > 0 ? HF_VAULT_NETWORK_FS : 0,
        .unreadable = { .cli = cli },
        .writes = hf_opts_new(),
        .mem = hf_arena_new(),
    };
    hf_status rc = hf_cli_source_open(cli, 0, &j.s, err);

    if (rc == HF_OK)
        rc = find_vault(cli, &j.s, &j.vault, err);
    if (rc == HF_OK)
        rc = hf_job_apart(j.s.in.path, j.vault, err);
    if (rc == HF_OK)
        rc = import_into(&j, err);
    hf_ledger_free(j.r.ledger);
    hf_paths_free(j.r.paths);
    hf_cli_source_clear(&j.s);
    hf_opts_free(j.writes);
    hf_arena_free(j.mem);
    return rc;
}

const hf_cmd hf_cmd_import = {
    .name = "import",
    .group = HF_GROUP_MOVE,
    .summary = "Keep a source in a vault: its bytes, its records, searchable",
    .about = "The same source twice adds nothing. A newer export of the same workspace adds what "
             "is new, keeps every\n"
             "earlier version, and marks what is no longer there as missing, never as deleted.",
    .args = args,
    .options = options,
    .examples = examples,
    .run = run_import,
};
