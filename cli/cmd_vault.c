/* cli/cmd_vault.c: "holdfast vault init|info|check|reindex|copy", care of a vault. */
#include "act.h"
#include "job.h"
#include "key.h"

#include "vault/run.h"

static const hf_cmd_arg one_vault[] = {
    { "VAULT", false, false, "the vault's folder" },
    { 0 },
};

static const hf_cmd_arg vault_and_target[] = {
    { "VAULT", false, false, "the vault's folder" },
    { "TARGET", false, false, "the folder of the copy" },
    { 0 },
};

static const hf_cmd_opt network_option[] = {
    { "allow-network-fs", 0, HF_OPT_FLAG, NULL, NULL,
      "let the vault lie on a network file system" },
    { 0 },
};

static unsigned flags_of(hf_cli *cli)
{
    return hf_cli_flag(cli, "allow-network-fs") > 0 ? HF_VAULT_NETWORK_FS : 0;
}

/* --- init ---------------------------------------------------------------------------------------
 */

static hf_status run_init(hf_cli *cli, hf_err **err)
{
    const char *path = hf_cli_arg(cli, 0), *key = hf_cli_text(cli, "key");
    hf_passphrase from = hf_cli_passphrase(cli);
    hf_status rc = key == NULL ? HF_OK : hf_key_outside_vaults(key, err);

    if (rc == HF_OK)
        rc = hf_vault_init(path, flags_of(cli), err);
    if (rc != HF_OK)
        return rc;
    hf_cli_changed(cli);
    rc = hf_cli_vault_made(cli, path, flags_of(cli), err);
    if (rc == HF_OK && hf_cli_flag(cli, "unsigned") == 0)
        rc = hf_cli_vault_key(cli, path, flags_of(cli), key, &from, err);
    if (rc == HF_OK)
        hf_cli_last_line(cli, "made the vault %s", path);
    return rc;
}

static const hf_cmd_opt init_options[] = {
    HF_OPT_KEY,
    { "unsigned", 0, HF_OPT_FLAG, NULL, NULL,
      "make no key; what the vault gives will say that it is UNSIGNED" },
    { "allow-network-fs", 0, HF_OPT_FLAG, NULL, NULL,
      "let the vault lie on a network file system" },
    { 0 },
};

static const hf_cmd_example init_examples[] = { { "vault init acme.vault", "make an empty vault" },
                                                { 0 } };

const hf_cmd hf_cmd_vault_init = {
    .name = "vault init",
    .group = HF_GROUP_HOUSE,
    .summary = "Make an empty vault, and the key that signs for it",
    .about = "The key (Ed25519, PEM) lies outside the vault. Its fingerprint is printed: keep it "
             "where nobody who runs\n"
             "this program can change it; whoever has it can check what the vault hands out.",
    .args = one_vault,
    .options = init_options,
    .examples = init_examples,
    .run = run_init,
};

/* --- info ---------------------------------------------------------------------------------------
 */

static bool put_import(void *self, const hf_vault_import *im)
{
    const hf_cell cells[] = {
        HF_CELL_I64(im->stats.import),      HF_CELL_TEXT(im->origin),
        HF_CELL_TEXT(im->format),           HF_CELL_TEXT(im->source),
        HF_CELL_TIME(im->finished_us),      HF_CELL_U64(im->stats.records),
        HF_CELL_U64(im->stats.new_records), HF_CELL_U64(im->stats.missing),
        HF_CELL_U64(im->stats.quarantined),
    };

    hf_out_row(self, cells);
    return true;
}

static void put_info(hf_out *out, const hf_vault *v, const hf_vault_info *i)
{
    hf_out_field(out, "Vault", "vault", HF_CELL_STR(hf_vault_path(v)));
    hf_out_field(out, "Id", "vault_id", HF_CELL_STR(hf_vault_id(v)));
    hf_out_field(out, "Imports", "imports", HF_CELL_U64(i->imports));
    hf_out_field(out, "Origins", "origins", HF_CELL_U64(i->origins));
    hf_out_field(out, "Records", "records", HF_CELL_U64(i->records));
    hf_out_field(out, "Versions", "versions", HF_CELL_U64(i->versions));
    hf_out_field(out, "Missing", "missing", HF_CELL_U64(i->missing));
    hf_out_field(out, "In quarantine", "quarantined", HF_CELL_U64(i->quarantined));
    hf_out_field(out, "Distinct members", "contents", HF_CELL_U64(i->contents));
    hf_out_field(out, "  their bytes", "content_bytes", HF_CELL_SIZE(i->content_bytes));
    hf_out_field(out, "Frames", "blocks", HF_CELL_U64(i->blocks));
    hf_out_field(out, "  their bytes", "block_bytes", HF_CELL_SIZE(i->block_bytes));
    hf_out_field(out, "Attachments", "blobs", HF_CELL_U64(i->blobs));
    hf_out_field(out, "  their bytes", "blob_bytes", HF_CELL_SIZE(i->blob_bytes));
    hf_out_field(out, "Indexed texts", "docs", HF_CELL_U64(i->docs));
    hf_out_field(out, "Index is current", "is_index_current", HF_CELL_BOOL(i->is_index_current));
    hf_out_field(out, "Last import", "last_import", HF_CELL_TIME(i->last_import_us));
}

static const hf_column run_columns[] = {
    { "Run", "id" },          { "Started", "started" }, { "Finished", "finished" },
    { "Command", "command" }, { "Source", "source" },   { "Snapshot", "snapshot" },
    { "Outcome", "outcome" },
};

static bool put_run(void *self, const hf_run *run)
{
    const hf_cell cells[] = {
        HF_CELL_TEXT(run->id),      HF_CELL_TIME(run->started_us), HF_CELL_TIME(run->finished_us),
        HF_CELL_TEXT(run->command), HF_CELL_TEXT(run->source),     HF_CELL_TEXT(run->snapshot),
        HF_CELL_TEXT(run->outcome),
    };

    hf_out_row(self, cells);
    return true;
}

static hf_status run_info(hf_cli *cli, hf_err **err)
{
    static const hf_column columns[] = {
        { "Import", "import" },   { "Origin", "origin" },     { "Format", "format" },
        { "Source", "source" },   { "Finished", "finished" }, { "Records", "records" },
        { "New", "new_records" }, { "Missing", "missing" },   { "Unreadable", "quarantined" },
    };
    hf_out *out = hf_cli_out(cli);
    hf_vault *v = NULL;
    hf_vault_info info;
    hf_status rc = hf_vault_open(&v, hf_cli_arg(cli, 0), HF_VAULT_READ, HF_VAULT_NETWORK_FS, err);

    if (rc == HF_OK)
        rc = hf_vault_get_info(v, &info, err);
    if (rc == HF_OK) {
        hf_out_begin(out, "vault-info/1");
        put_info(out, v, &info);
        hf_out_table(out, "import_list", columns, sizeof(columns) / sizeof(columns[0]));
        rc = hf_vault_imports(v, put_import, out, err);
        if (rc == HF_OK && hf_cli_flag(cli, "runs") > 0) {
            hf_out_table(out, "runs", run_columns, sizeof(run_columns) / sizeof(run_columns[0]));
            rc = hf_vault_runs(v, put_run, out, err);
        }
        hf_out_end(out);
    }
    hf_vault_close(v);
    return rc;
}

static const hf_cmd_opt info_options[] = {
    { "runs", 0, HF_OPT_FLAG, NULL, NULL, "list the runs that read a live source as well" },
    { 0 },
};

static const hf_cmd_example info_examples[] = {
    { "vault info northwind.vault", "what is kept, import by import" }, { 0 }
};

const hf_cmd hf_cmd_vault_info = {
    .name = "vault info",
    .group = HF_GROUP_HOUSE,
    .summary = "Say what a vault holds, import by import",
    .args = one_vault,
    .options = info_options,
    .examples = info_examples,
    .run = run_info,
};

/* --- check --------------------------------------------------------------------------------------
 */

typedef struct findings {
    hf_out *out;
} findings;

static void say(void *self, const char *where, const char *what)
{
    const hf_cell cells[] = { HF_CELL_STR(where), HF_CELL_STR(what) };

    hf_out_row(((findings *)self)->out, cells);
}

static hf_status run_check(hf_cli *cli, hf_err **err)
{
    static const hf_column columns[] = { { "Where", "where" }, { "Finding", "finding" } };
    findings f = { hf_cli_out(cli) };
    hf_vault *v = NULL;
    uint64_t n = 0;
    hf_status rc = hf_vault_open(&v, hf_cli_arg(cli, 0), HF_VAULT_READ, HF_VAULT_NETWORK_FS, err);

    if (rc == HF_OK) {
        hf_out_begin(f.out, "vault-check/1");
        hf_out_table(f.out, "findings", columns, 2);
        rc = hf_vault_check(v, say, &f, &n, err);
        hf_out_end(f.out);
    }
    if (rc == HF_OK) {
        if (n > 0)
            hf_cli_exit(cli, 5);
        hf_cli_last_line(cli, "%llu findings; `holdfast verify` reads the bytes back too",
                         (unsigned long long)n);
    }
    hf_vault_close(v);
    return rc;
}

static const hf_cmd_example check_examples[] = {
    { "vault check northwind.vault", "do the tables agree with each other" },
    { 0 },
};

const hf_cmd hf_cmd_vault_check = {
    .name = "vault check",
    .group = HF_GROUP_PROVE,
    .summary = "Check that a vault's tables agree with each other",
    .about = "Rules between rows: references, extents, counters, the index. Reads no member; "
             "`holdfast verify` does.\n"
             "Exit 5 when something does not agree.",
    .args = one_vault,
    .examples = check_examples,
    .run = run_check,
};

/* --- reindex ------------------------------------------------------------------------------------
 */

static hf_status reindex(hf_cli *cli, const char *path, hf_vault_info *info, hf_err **err)
{
    hf_vault *v = NULL;
    hf_status rc = hf_vault_open(&v, path, HF_VAULT_WRITE, flags_of(cli), err);

    if (rc == HF_OK)
        rc = hf_vault_reindex(v, err);
    if (rc == HF_OK)
        rc = hf_vault_get_info(v, info, err);
    hf_vault_close(v);
    return rc;
}

static hf_status run_reindex(hf_cli *cli, hf_err **err)
{
    const char *path = hf_cli_arg(cli, 0);
    hf_vault_info info;
    hf_cli_act act;
    hf_status rc =
        hf_cli_act_begin(&act, cli, "vault.reindex", path, flags_of(cli), HF_ACT_WRITE, err);

    if (rc == HF_OK)
        rc = reindex(cli, path, &info, err);
    if (rc == HF_OK) {
        hf_cli_act_count(&act, "texts", info.docs);
        hf_cli_last_line(cli, "%llu texts indexed", (unsigned long long)info.docs);
    }
    return hf_cli_act_end(&act, rc, err);
}

static const hf_cmd_example reindex_examples[] = {
    { "vault reindex northwind.vault", "build the full-text index again from the records" },
    { 0 },
};

const hf_cmd hf_cmd_vault_reindex = {
    .name = "vault reindex",
    .group = HF_GROUP_HOUSE,
    .summary = "Build a vault's full-text index again",
    .args = one_vault,
    .options = network_option,
    .examples = reindex_examples,
    .run = run_reindex,
};

/* --- copy ---------------------------------------------------------------------------------------
 */

static hf_status copy(hf_cli *cli, const char *source, const char *target, hf_vault_info *info,
                      hf_err **err)
{
    hf_vault *v = NULL;
    hf_status rc = hf_vault_open(&v, source, HF_VAULT_READ, HF_VAULT_NETWORK_FS, err);

    if (rc == HF_OK)
        rc = hf_vault_copy(v, target, flags_of(cli), err);
    hf_vault_close(v);
    v = NULL;
    if (rc == HF_OK)
        rc = hf_vault_open(&v, target, HF_VAULT_READ, HF_VAULT_NETWORK_FS, err);
    if (rc == HF_OK)
        rc = hf_vault_get_info(v, info, err);
    hf_vault_close(v);
    return rc;
}

static hf_status run_copy(hf_cli *cli, hf_err **err)
{
    const char *source = hf_cli_arg(cli, 0), *target = hf_cli_arg(cli, 1);
    hf_vault_info info;
    hf_cli_act act = { .cli = NULL };
    hf_status rc = hf_job_apart(source, target, err);

    if (rc == HF_OK)
        rc = hf_cli_act_begin(&act, cli, "vault.copy", source, HF_VAULT_NETWORK_FS, HF_ACT_READ,
                              err);
    if (rc == HF_OK)
        rc = copy(cli, source, target, &info, err);
    if (rc == HF_OK) {
        hf_cli_act_count(&act, "imports", info.imports);
        hf_cli_act_count(&act, "records", info.records);
        hf_cli_last_line(cli, "%llu imports, %llu records copied to %s and verified",
                         (unsigned long long)info.imports, (unsigned long long)info.records,
                         target);
    }
    return hf_cli_act_end(&act, rc, err);
}

static const hf_cmd_example copy_examples[] = {
    { "vault copy northwind.vault backup.vault", "a second vault, while the first is in use" },
    { 0 },
};

const hf_cmd hf_cmd_vault_copy = {
    .name = "vault copy",
    .group = HF_GROUP_HOUSE,
    .summary = "Copy a vault while it is in use, and verify the copy",
    .about = "The copy is the vault as of its last finished import. Run again after an "
             "interruption: it goes on, and\n"
             "a later run brings an earlier copy up to date.",
    .args = vault_and_target,
    .options = network_option,
    .examples = copy_examples,
    .run = run_copy,
};

/* --- accept-restore -----------------------------------------------------------------------------
 */

static hf_status run_accept(hf_cli *cli, hf_err **err)
{
    const char *reason = hf_cli_text(cli, "reason");
    hf_vault *v = NULL;
    hf_log *log = NULL;
    hf_log_head head;
    hf_status rc;

    if (reason == NULL || reason[0] == '\0') {
        hf_fail(err, HF_E_USAGE, "--reason TEXT is missing");
        return hf_hint(err, "it stands in the log: who restored what, and why");
    }
    rc = hf_vault_open(&v, hf_cli_arg(cli, 0), HF_VAULT_CONTROL,
                       flags_of(cli) | HF_VAULT_CONTROL_ONLY, err);
    if (rc == HF_OK)
        rc = hf_log_open(&log, v, err);
    if (rc == HF_OK)
        rc = hf_log_accept(log, hf_cli_run_id(cli), hf_view_str(reason), err);
    if (rc == HF_OK)
        rc = hf_log_get_head(log, &head, err);
    if (rc == HF_OK)
        hf_cli_last_line(cli, "this log of %llu entries is the vault's from now on",
                         (unsigned long long)head.size);
    hf_log_close(log);
    hf_vault_close(v);
    return rc;
}

static const hf_cmd_opt accept_options[] = {
    { "reason", 0, HF_OPT_TEXT, "TEXT", NULL, "why; it is noted in the log" },
    { "allow-network-fs", 0, HF_OPT_FLAG, NULL, NULL,
      "let the vault lie on a network file system" },
    { 0 },
};

static const hf_cmd_example accept_examples[] = {
    { "vault accept-restore northwind.vault --reason 'disk failed, restored from Monday'",
      "go on with a vault that was restored from a backup" },
    { 0 },
};

const hf_cmd hf_cmd_vault_accept_restore = {
    .name = "vault accept-restore",
    .group = HF_GROUP_HOUSE,
    .summary = "Go on with a vault that was restored from a backup",
    .about = "This machine remembers the last head of each vault's log. A vault whose log is "
             "shorter, or another one,\n"
             "is refused (6) until somebody says that it was restored on purpose. That is noted in "
             "the log, with what\n"
             "was remembered.",
    .args = one_vault,
    .options = accept_options,
    .examples = accept_examples,
    .run = run_accept,
};
