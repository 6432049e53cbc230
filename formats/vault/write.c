/* formats/vault/write.c: the import: a stream into a vault. */
#include "formats_vault.h"

#include "vault/vault.h"

#include <errno.h>
#include <unistd.h>

typedef struct vault_writer {
    hf_writer base; /* must stay first */
    hf_vault *vault;
    hf_import *import; /* NULL once it is finished */
    char *made;        /* path of a vault that is not worth keeping yet */
} vault_writer;

static hf_status put(hf_writer *base, hf_batch *b, hf_err **err)
{
    return hf_import_put(((vault_writer *)base)->import, b, err);
}

static hf_status finish(hf_writer *base, hf_err **err)
{
    vault_writer *w = (vault_writer *)base;
    hf_import_stats s = { 0 };
    hf_status rc;

    hf_import_mark(w->import, base->mark_key, base->mark);
    rc = hf_import_finish(w->import, &s, err);

    w->import = NULL;
    if (rc == HF_OK) {
        hf_free(w->made);
        w->made = NULL;
    }
    base->kept = (hf_kept){
        .import = s.import,
        .members = s.members,
        .new_members = s.new_members,
        .records = s.records,
        .new_records = s.new_records,
        .versions = s.versions,
        .states = s.states,
        .blocks = s.blocks,
        .missing = s.missing,
        .days = s.days,
        .gaps = s.gaps,
        .source_rows = s.source_rows,
        .kept_rows = s.kept_rows,
        .read_back = s.read_back,
    };
    return rc;
}

static void close_writer(hf_writer *base)
{
    vault_writer *w = (vault_writer *)base;

    hf_import_abort(w->import);
    hf_vault_close(w->vault);
    if (w->made != NULL)
        hf_vault_unmake(w->made);
    hf_free(w->made);
    hf_free(w);
}

static const hf_writer_ops ops = { .put = put, .finish = finish, .close = close_writer };

hf_status hf_vaultfmt_create(hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    vault_writer *w = HF_NEW(vault_writer);
    unsigned flags = hf_opts_get(args->opts, "allow-network-fs") != NULL ? HF_VAULT_NETWORK_FS : 0;
    hf_import_args import = {
        .format = args->source_format,
        .source = args->source_path == NULL ? "" : args->source_path,
        .source_sha256 = hf_opts_get(args->opts, "source-sha256"),
        .paths = args->paths,
        .is_whole = args->is_exact,
    };
    hf_status rc = HF_OK;

    w->base.ops = &ops;
    if (access(args->path, F_OK) != 0 && errno == ENOENT) {
        rc = hf_vault_init(args->path, flags, err);
        w->made = rc == HF_OK ? hf_strdup(args->path) : NULL;
    }
    if (rc == HF_OK)
        rc = hf_vault_open(&w->vault, args->path, HF_VAULT_WRITE, flags, err);
    if (rc == HF_OK)
        rc = hf_import_begin(&w->import, w->vault, &import, err);
    if (rc != HF_OK) {
        close_writer(&w->base);
        return rc;
    }
    *out = &w->base;
    return HF_OK;
}
