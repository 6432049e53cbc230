/* cli/cmd_audit_prove.c: "holdfast audit prove", that one entry stands in the log. */
#include "audit.h"

static hf_status find_checkpoint(hf_cli *cli, hf_log *log, uint64_t seq, hf_buf *note, hf_err **err)
{
    hf_key *key = NULL;
    hf_log_head head;
    hf_status rc = hf_log_last_checkpoint(log, seq + 1, note, err);

    if (rc != HF_END)
        return rc;
    rc = hf_cli_key_load(cli, log, &key, err);
    if (rc == HF_OK && key != NULL) {
        rc = hf_log_checkpoint(log, key, hf_cli_run_id(cli), note, err);
    } else if (rc == HF_OK) {
        rc = hf_log_get_head(log, &head, err);
        hf_log_put_head(log, &head, note);
        hf_cli_warn(cli, "no key signs for this vault here: the proof is UNSIGNED");
    }
    hf_key_free(key);
    return rc;
}

static hf_status run_prove(hf_cli *cli, hf_err **err)
{
    hf_cli_log l = { .cli = cli };
    hf_buf note, proof;
    uint64_t seq = 0;
    hf_status rc = HF_OK;

    hf_buf_init(&note, HF_BUF_UNBOUNDED);
    hf_buf_init(&proof, HF_BUF_UNBOUNDED);
    if (!hf_view_u64(hf_view_str(hf_cli_arg(cli, 1)), &seq))
        rc = hf_fail(err, HF_E_USAGE, "\"%s\" is no number of an entry", hf_cli_arg(cli, 1));
    if (rc == HF_OK)
        rc = hf_cli_log_open(&l, cli, hf_cli_arg(cli, 0), "audit.prove", HF_ACT_WRITE,
                             HF_VAULT_CONTROL_ONLY, err);
    if (rc == HF_OK)
        rc = find_checkpoint(cli, l.log, seq, &note, err);
    if (rc == HF_OK)
        rc = hf_log_prove(l.log, seq, hf_buf_view(&note), &proof, err);
    if (rc == HF_OK)
        rc = hf_cli_write(cli, hf_buf_view(&proof), err);
    if (rc == HF_OK)
        hf_cli_last_line(cli, "a proof of entry %llu, which holds the entry itself",
                         (unsigned long long)seq);
    hf_buf_clear(&note);
    hf_buf_clear(&proof);
    return hf_cli_log_close(&l, rc, err);
}

static const hf_cmd_arg prove_args[] = {
    { "VAULT", false, false, "the vault's folder" },
    { "SEQ", false, false, "number of the entry" },
    { 0 },
};

static const hf_cmd_opt prove_options[] = { HF_OPT_OUTPUT, HF_OPT_KEY, { 0 } };

static const hf_cmd_example prove_examples[] = {
    { "audit prove northwind.vault 4 -o entry-4.tlog-proof",
      "show somebody one entry, and that it stands in the log" },
    { 0 },
};

const hf_cmd hf_cmd_audit_prove = {
    .name = "audit prove",
    .group = HF_GROUP_PROVE,
    .summary = "Prove that one entry stands in a vault's log",
    .about =
        "The proof (c2sp.org/tlog-proof) holds the entry, some hashes and a signed checkpoint; "
        "nothing else of\n"
        "the log can be read from it. `holdfast audit verify --proof` checks it anywhere.",
    .args = prove_args,
    .options = prove_options,
    .examples = prove_examples,
    .run = run_prove,
};
