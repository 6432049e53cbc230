/* package/changes.h: data/changes.jsonl: what changed with each record since an import.
 *
 * One line a record: {"kind","origin","channel","id","change":["new"|"version"|"state"|"missing"],
 * "version":N,"versions":[{"n","import","time","text"}]}. A record stands in the payload at
 * its latest state; here stand all its contents that came since. Schema: schemas/changes.v1.json.
 */
#ifndef HF_PACKAGE_CHANGES_H
#define HF_PACKAGE_CHANGES_H

#include "package/package.h"
#include "vault/vault.h"

typedef struct hf_changes hf_changes;

/* Changes after an import of the vault, which is lent. Secrets in texts (text/secret.h) are masked
 * unless they are to be kept. */
HF_API hf_status hf_changes_open(hf_changes **out, hf_package *p, hf_vault *v, int64_t after,
                                 bool keep_secrets, hf_err **err);

/* Hands itself to hf_copy_args.kept. */
HF_API void hf_changes_take(void *self, const hf_record *r);

typedef struct hf_change_counts {
    uint64_t added, edited, states, missing; /* messages; deletions are states */
} hf_change_counts;

/* End it; what failed in hf_changes_take fails now. counts may be NULL. */
HF_API hf_status hf_changes_close(hf_changes *c, hf_change_counts *counts, hf_err **err);
HF_API void hf_changes_abort(hf_changes *c); /* NULL is fine */

#endif
