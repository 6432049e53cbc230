/* vault/index_priv.h: writing index.sqlite. */
#ifndef HF_VAULT_INDEX_PRIV_H
#define HF_VAULT_INDEX_PRIV_H

#include "vault/records_priv.h"

/* --- texts.c: messages again from records.sqlite --- */

typedef struct hf_texts hf_texts;

/* r and p are lent for the call; p says which version it is. */
typedef hf_status (*hf_texts_fn)(void *self, const hf_record *r, const hf_prep *p, hf_err **err);

hf_status hf_texts_new(hf_texts **out, const char *vault, hf_db *records, hf_err **err);
void hf_texts_free(hf_texts *t); /* NULL is fine */
/* Every version of a message, in order; the current one at its latest state. */
hf_status hf_texts_of(hf_texts *t, int64_t rec, hf_texts_fn each, void *self, hf_err **err);
/* Every message that has one version, first seen after this import. */
hf_status hf_texts_after(hf_texts *t, int64_t import, hf_texts_fn each, void *self, hf_err **err);

/* --- indexer.c --- */

typedef struct hf_indexer hf_indexer;

/* db has the tokenizer registered and a transaction open. */
hf_status hf_indexer_new(hf_indexer **out, hf_db *db, hf_err **err);
void hf_indexer_free(hf_indexer *ix); /* NULL is fine */
/* A message; p says which record and version it is, version 0 that only its state is new. Further
 * versions are noted for hf_indexer_merge. */
hf_status hf_indexer_add(hf_indexer *ix, const hf_record *r, const hf_prep *p, hf_err **err);
/* A message that has several versions. */
void hf_indexer_note(hf_indexer *ix, int64_t rec);
/* Write what was added, give its memory back, and note that the index knows all imports up to this
 * one. */
hf_status hf_indexer_finish(hf_indexer *ix, int64_t import, hf_err **err);
/* After finish, with the secondary indexes in place: put what was noted into one row for each
 * message, and new states into their rows. */
hf_status hf_indexer_merge(hf_indexer *ix, const char *vault, hf_db *records, hf_err **err);

#endif
