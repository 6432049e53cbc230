/* db/fts.h: the tokenizer "holdfast" for SQLite's FTS5, on top of text/token.h.
 *
 * CREATE VIRTUAL TABLE ... USING fts5(..., tokenize = 'holdfast'). FTS5 cannot touch such a table,
 * not even to drop it, on a connection where the tokenizer is not registered. It takes no
 * arguments. Prefix queries (word*) work; a query string is tokenized with HF_TOKENIZE_QUERY.
 */
#ifndef HF_DB_FTS_H
#define HF_DB_FTS_H

#include "db/db.h"

/* Register the tokenizer on this connection; once for each, before the first statement on an FTS
 * table. HF_E_DB when this SQLite was built without FTS5. */
HF_API hf_status hf_fts_register(hf_db *db, hf_err **err);

#endif
