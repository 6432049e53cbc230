/* vault/fetch_priv.h: a record again, parsed from its kept bytes. */
#ifndef HF_VAULT_FETCH_PRIV_H
#define HF_VAULT_FETCH_PRIV_H

#include "vault/records_priv.h"

typedef struct hf_fetch { /* one form that a record had; views are borrowed */
    hf_kind kind;
    hf_view origin, scope, native, format;
    int64_t flags; /* rec.flags or version.flags */
    hf_place place;
} hf_fetch;

/* Append the record to b; paths NULL: without leaves. On an error nothing is appended. */
hf_status hf_fetch_record(hf_bytes *by, hf_batch *b, const hf_fetch *f, hf_paths *paths,
                          hf_record **out, hf_err **err);

#endif
