/* formats/vault/vault.c: a vault as a source and as a target: importing is converting into it. */
#include "formats_vault.h"

#include "vault/vault.h"

static int probe(const hf_peek *pk, const char **why)
{
    if (pk->path == NULL || !hf_vault_is(pk->path))
        return 0;
    *why = "a folder with records.sqlite and control.sqlite";
    return 100;
}

static const hf_opt_info reads_opts[] = {
    { "import", "N", "read one import exactly as it came (default: everything, at latest state)" },
    { "after-import", "N", "read only what imports after this one brought or changed" },
    { "allow-network-fs", NULL, "open a vault on a network file system" },
    { NULL, NULL, NULL },
};

static const hf_opt_info writes_opts[] = {
    { "source-sha256", "HEX", "digest of the source, to be kept with the import" },
    { "allow-network-fs", NULL, "write to a vault on a network file system" },
    { NULL, NULL, NULL },
};

const hf_format hf_format_vault = {
    .name = "vault",
    .title = "holdfast vault (folder)",
    .spec = "schemas/vault/records.v1.sql",
    .opens_path = true,
    .probe = probe,
    .open = hf_vaultfmt_open,
    .hold = hf_vaultfmt_hold,
    .let_go = hf_vaultfmt_let_go,
    .create = hf_vaultfmt_create,
    .wants = HF_WANT_RECORDS | HF_WANT_BYTES | HF_WANT_OPAQUE | HF_WANT_COUNTS,
    .is_lossless = true,
    .reads_opts = reads_opts,
    .writes_opts = writes_opts,
};
