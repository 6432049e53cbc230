/* cli/search_vault.c: search through a vault's index. */
#include "search.h"
#include "vault/search.h"

hf_status hf_search_vault(hf_cli *cli, hf_search *s, const hf_input *in, hf_cli_run *run,
                          hf_err **err)
{
    hf_search_args args = { .query = s->query,
                            .oldest_first = s->oldest_first,
                            .current_only = s->current_only,
                            .limit = s->limit };
    hf_vault *v = NULL;
    bool behind = false;
    int64_t import = 0;
    hf_status rc = hf_vault_open(&v, in->path, HF_VAULT_READ, HF_VAULT_NETWORK_FS, err);

    /* Names and messages of one state. */
    if (rc == HF_OK)
        rc = hf_vault_hold(v, &import, err);
    if (rc == HF_OK)
        hf_buf_printf(&run->snapshot, "import %lld", (long long)import);
    if (rc == HF_OK)
        rc = hf_vault_names(v, s->query, s->directory, err);
    if (rc == HF_OK) {
        s->names = hf_resolve(s->query, s->directory);
        rc = hf_vault_search(v, &args, s->names, s->hits, &behind, err);
    }
    if (rc == HF_OK && behind) {
        hf_cli_warn(cli, "the index lacks the last import; 'holdfast vault reindex' completes it");
        hf_cli_exit(cli, 3);
    }
    hf_vault_close(v);
    return rc;
}
