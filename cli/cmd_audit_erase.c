/* cli/cmd_audit_erase.c: "holdfast audit erase-value", what an entry refers to is gone. */
#include "audit.h"

static hf_status run_erase(hf_cli *cli, hf_err **err)
{
    const char *reason = hf_cli_text(cli, "reason"), *name = hf_cli_arg(cli, 2);
    hf_vault *v = NULL;
    hf_log *log = NULL;
    uint64_t seq;
    hf_status rc = HF_OK;

    if (!hf_view_u64(hf_view_str(hf_cli_arg(cli, 1)), &seq))
        rc = hf_fail(err, HF_E_USAGE, "\"%s\" is no number of an entry", hf_cli_arg(cli, 1));
    if (rc == HF_OK && (reason == NULL || reason[0] == '\0')) {
        rc = hf_fail(err, HF_E_USAGE, "--reason TEXT is missing");
        hf_hint(err, "it stands in the log, and can be erased there itself");
    }
    if (rc == HF_OK)
        rc = hf_vault_open(&v, hf_cli_arg(cli, 0), HF_VAULT_CONTROL,
                           HF_VAULT_NETWORK_FS | HF_VAULT_CONTROL_ONLY, err);
    if (rc == HF_OK)
        rc = hf_log_open(&log, v, err);
    if (rc == HF_OK)
        rc = hf_log_erase(log, seq, name, hf_cli_run_id(cli), hf_view_str(reason), err);
    if (rc == HF_OK && hf_log_warning(log) != NULL)
        hf_cli_warn(cli, "%s", hf_log_warning(log));
    if (rc == HF_OK)
        hf_cli_last_line(cli, "the value is gone; entry %llu and its proofs stay",
                         (unsigned long long)seq);
    hf_log_close(log);
    hf_vault_close(v);
    return rc;
}

static const hf_cmd_arg erase_args[] = {
    { "VAULT", false, false, "the vault's folder" },
    { "SEQ", false, false, "number of the entry" },
    { "NAME", false, false, "name of the value: query, source ..." },
    { 0 },
};

static const hf_cmd_opt erase_options[] = {
    { "reason", 0, HF_OPT_TEXT, "TEXT", NULL, "why; it is noted in the log" },
    { 0 },
};

static const hf_cmd_example erase_examples[] = {
    { "audit erase-value northwind.vault 4 query --reason 'erasure request 7'",
      "take a person's name out of the log" },
    { 0 },
};

const hf_cmd hf_cmd_audit_erase_value = {
    .name = "audit erase-value",
    .group = HF_GROUP_PROVE,
    .summary = "Erase a value that an entry of the log refers to",
    .about = "An entry holds a digest of the value and 32 bytes of chance. Both are erased: the "
             "digest then says\n"
             "nothing to anybody, and the entry and all proofs of it stay valid. Copies and "
             "backups of the vault keep\n"
             "what they have.",
    .args = erase_args,
    .options = erase_options,
    .examples = erase_examples,
    .run = run_erase,
};
