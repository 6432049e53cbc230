/* vault/index_priv.h: writing index.sqlite. */
#ifndef HF_VAULT_INDEX_PRIV_H
#define HF_VAULT_INDEX_PRIV_H

#include "vault/records_priv.h"

typedef struct hf_indexer hf_indexer;

/* db has the tokenizer registered and a transaction open. */
hf_status hf_indexer_new(hf_indexer **out, hf_db *db, hf_err **err);
void hf_indexer_free(hf_indexer *ix); /* NULL is fine */
/* A message; p says which record and version it is. When the version is the current one, what the
 * message is and has (its traits) is noted with its earlier versions too; p->version 0: only that.
 */
hf_status hf_indexer_add(hf_indexer *ix, const hf_record *r, const hf_prep *p, hf_err **err);
/* Write what is left and note that the index knows all imports up to this one. */
hf_status hf_indexer_finish(hf_indexer *ix, int64_t import, hf_err **err);

/* Point later versions to the first one, in an index that has its secondary indexes. */
hf_status hf_index_link(hf_db *db, hf_err **err);

#endif
