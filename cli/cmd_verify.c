/* cli/cmd_verify.c: "holdfast verify", are the bytes what they must be. */
#include "job.h"

#include "vault/vault.h"

static const hf_cmd_arg args[] = {
    { "WHAT", false, false,
      "a vault, or a file whose format has rules (a Mattermost import file)" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    { "set", 0, HF_OPT_LIST, "NAME=VALUE", NULL,
      "an option of the format, such as the server's limits" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "verify northwind.vault", "read everything back and compare it with its digests" },
    { "verify mm-import.zip",
      "hold an import file against the rules of the server that will read it" },
    { 0 },
};

typedef struct findings {
    hf_out *out;
    uint64_t n;
} findings;

static void say_rule(void *self, const char *member, uint64_t line, const char *rule,
                     const char *text)
{
    findings *f = self;
    const hf_cell cells[] = { HF_CELL_STR(member), HF_CELL_U64(line), HF_CELL_STR(rule),
                              HF_CELL_STR(text) };

    f->n++;
    hf_out_row(f->out, cells);
}

static hf_status check_file(hf_cli *cli, hf_err **err)
{
    static const hf_column columns[] = {
        { "Member", "member" },
        { "Line", "line" },
        { "Rule", "rule" },
        { "Finding", "finding" },
    };
    findings f = { .out = hf_cli_out(cli) };
    hf_opts *opts = hf_opts_new();
    hf_input in = { 0 };
    hf_status rc = hf_job_set(cli, opts, err);

    if (rc == HF_OK)
        rc = hf_input_open(&in, hf_cli_arg(cli, 0), NULL, err);
    if (rc == HF_OK && in.format->check == NULL) {
        rc = hf_fail(err, HF_E_UNSUPPORTED, "format %s has no rules to verify a file against",
                     in.format->name);
        hf_hint(err, "import it into a vault; `holdfast verify VAULT` checks what is kept there");
    }
    if (rc == HF_OK) {
        hf_out_begin(f.out, "verify/1");
        hf_out_field(f.out, "Format", "format", HF_CELL_STR(in.format->name));
        hf_out_table(f.out, "findings", columns, 4);
        rc = in.format->check(in.source, opts, say_rule, &f, err);
        hf_out_end(f.out);
    }
    if (rc == HF_OK) {
        if (f.n > 0)
            hf_cli_exit(cli, 4);
        hf_cli_last_line(
            cli, f.n == 0 ? "every rule of %s is kept" : "rules of %s are broken: see the list",
            in.format->name);
    }
    hf_opts_free(opts);
    hf_input_clear(&in);
    return rc;
}

static void say_vault(void *self, const char *where, const char *what)
{
    findings *f = self;
    const hf_cell cells[] = { HF_CELL_STR(where), HF_CELL_STR(what) };

    f->n++;
    hf_out_row(f->out, cells);
}

static hf_status verify_vault(hf_cli *cli, const char *path, hf_err **err)
{
    static const hf_column columns[] = { { "Where", "where" }, { "Finding", "finding" } };
    findings f = { .out = hf_cli_out(cli) };
    hf_vault *v = NULL;
    hf_vault_info info;
    uint64_t n = 0;
    hf_status rc = hf_vault_open(&v, path, HF_VAULT_READ, HF_VAULT_NETWORK_FS, err);

    if (rc == HF_OK)
        rc = hf_vault_get_info(v, &info, err);
    if (rc == HF_OK) {
        hf_out_begin(f.out, "verify/1");
        hf_out_table(f.out, "findings", columns, 2);
        rc = hf_vault_verify(v, say_vault, &f, &n, err);
        hf_out_end(f.out);
    }
    if (rc == HF_OK) {
        if (n > 0)
            hf_cli_exit(cli, 4);
        hf_cli_last_line(cli, "%llu members and attachments read back, %llu records, %llu findings",
                         (unsigned long long)info.contents, (unsigned long long)info.records,
                         (unsigned long long)n);
    }
    hf_vault_close(v);
    return rc;
}

static hf_status run_verify(hf_cli *cli, hf_err **err)
{
    const char *path = hf_cli_arg(cli, 0);

    return hf_vault_is(path) ? verify_vault(cli, path, err) : check_file(cli, err);
}

const hf_cmd hf_cmd_verify = {
    .name = "verify",
    .group = HF_GROUP_PROVE,
    .summary = "Check the bytes of a vault, or a file against the rules of its format",
    .about = "A vault is read back whole: every member and attachment against its SHA-256, every "
             "frame, the databases,\n"
             "the index. Exit 4 when something is not what it must be.",
    .args = args,
    .options = options,
    .examples = examples,
    .run = run_verify,
};
