/* formats/vault/vault.h: what reader and writer of the format share. */
#ifndef HF_FORMATS_VAULT_H
#define HF_FORMATS_VAULT_H

#include "format/format.h"

/* What is held is an hf_vault of any mode, by hf_vault_hold. */
hf_status hf_vaultfmt_hold(void **held, const char *path, const hf_opts *opts, hf_err **err);
void hf_vaultfmt_let_go(void *held);
hf_status hf_vaultfmt_open(hf_reader **out, const hf_reader_args *args, hf_err **err);
hf_status hf_vaultfmt_create(hf_writer **out, const hf_writer_args *args, hf_err **err);

#endif
