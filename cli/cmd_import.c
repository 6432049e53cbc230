/* cli/cmd_import.c: "holdfast import", a source into a vault. */
#include "run.h"

#include "vault/vault.h"

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

static void answer(hf_cli *cli, const hf_copy_result *r, const char *vault)
{
    hf_out *out = hf_cli_out(cli);
    const hf_kept *k = &r->kept;
    uint64_t changed = k->versions - k->new_records; /* versions of records that were here before */
    char counts[256];

    hf_out_begin(out, "import/1");
    hf_out_field(out, "Vault", "vault", HF_CELL_STR(vault));
    hf_out_field(out, "Import", "import", HF_CELL_I64(k->import));
    hf_out_field(out, "Byte exact", "is_exact", HF_CELL_BOOL(r->is_exact));
    hf_out_field(out, "Members", "members", HF_CELL_U64(k->members));
    hf_out_field(out, "  of which new", "new_members", HF_CELL_U64(k->new_members));
    hf_out_field(out, "Records", "records", HF_CELL_U64(k->records));
    hf_out_field(out, "  of which new", "new_records", HF_CELL_U64(k->new_records));
    hf_out_field(out, "New versions", "new_versions", HF_CELL_U64(changed));
    hf_out_field(out, "New states", "new_states", HF_CELL_U64(k->states));
    hf_out_field(out, "Missing since this import", "missing", HF_CELL_U64(k->missing));
    hf_out_field(out, "New blocks", "new_blocks", HF_CELL_U64(k->blocks));
    hf_job_put_counts(out, &r->counts);
    hf_out_end(out);
    hf_cli_last_line(
        cli,
        "%s; %llu new records, %llu new versions, %llu missing, %llu unreadable; import %lld of %s",
        hf_job_counts(&r->counts, counts, sizeof(counts)), (unsigned long long)k->new_records,
        (unsigned long long)changed, (unsigned long long)k->missing,
        (unsigned long long)r->counts.quarantined, (long long)k->import, vault);
}

/* Where the last import of the source ended: what hf_copy_args.since wants to know. */
typedef struct marks {
    const char *vault, *origin;
    unsigned flags;
    hf_arena *mem;
} marks;

static const char *last_mark(void *self, const char *key)
{
    marks *m = self;
    hf_view mark = { NULL, 0 };
    hf_vault *v = NULL;
    hf_status rc = hf_vault_open(&v, m->vault, HF_VAULT_CONTROL, m->flags, NULL);

    if (rc == HF_OK)
        rc = hf_vault_last_mark(v, key, m->origin, m->mem, &mark, NULL);
    hf_vault_close(v);
    return rc == HF_OK ? mark.p : NULL; /* what fails here fails the import, or is read anew */
}

static hf_status run_import(hf_cli *cli, hf_err **err)
{
    unsigned flags = hf_cli_flag(cli, "allow-network-fs") > 0 ? HF_VAULT_NETWORK_FS : 0;
    hf_opts *writes = hf_opts_new();
    hf_copy_args a = { .writer_opts = writes, .progress = hf_progress_report };
    hf_copy_result r = { 0 };
    hf_cli_source s;
    hf_cli_run run;
    marks m = { .mem = NULL };
    hf_job_unreadable unreadable = { .cli = cli };
    const char *vault = NULL;
    bool is_made = false;
    hf_status rc = hf_cli_source_open(cli, 0, &s, err);

    if (rc == HF_OK)
        rc = find_vault(cli, &s, &vault, err);
    if (rc == HF_OK)
        rc = hf_job_apart(s.in.path, vault, err);
    if (rc == HF_OK && !hf_vault_is(vault)) {
        rc = hf_vault_init(vault, flags, err);
        is_made = rc == HF_OK;
        if (is_made)
            hf_cli_note(cli, "made the vault %s", vault);
    }
    if (rc != HF_OK)
        goto done;
    rc = hf_cli_run_begin(&run, cli, "import", &s, vault, flags, err);
    hf_cli_note(cli, "reading %s as %s", s.in.label, s.in.format->name);
    if (flags != 0)
        hf_opts_set(writes, "allow-network-fs", "yes");
    a.input = &s.in;
    a.reader_opts = s.reads;
    a.target = hf_format_find(HF_V("vault"));
    a.target_path = vault;
    a.origin = s.origin;
    a.ignore_sidecar = hf_cli_flag(cli, "ignore-sidecar") > 0;
    a.progress_self = hf_cli_progress(cli);
    a.unreadable = hf_job_unreadable_one;
    a.unreadable_self = &unreadable;
    a.fact = hf_cli_run_fact;
    a.fact_self = &run;
    m = (marks){ vault, s.origin, flags, hf_arena_new() };
    a.since = hf_cli_flag(cli, "full") > 0 ? NULL : last_mark;
    a.since_self = &m;
    if (rc == HF_OK)
        rc = hf_copy(&a, &r, err);
    hf_job_unreadable_rest(&unreadable);
    if (rc != HF_OK && is_made)
        hf_vault_unmake(vault);
    if (rc == HF_OK) {
        hf_job_verdict(cli, a.target, &r);
        answer(cli, &r, vault);
    }
    rc = hf_cli_run_end(&run, rc, &r.counts, err);
done:
    hf_ledger_free(r.ledger);
    hf_paths_free(r.paths);
    hf_cli_source_clear(&s);
    hf_opts_free(writes);
    hf_arena_free(m.mem);
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
