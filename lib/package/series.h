/* package/series.h: packages that continue each other, with no gap and no overlap.
 *
 * A series has one scope. Its packages hold what imports (after, last] of a vault brought or
 * changed; each begins where the one before ended and names it. Only a package that was published
 * moves the series on. A run that died between publishing and saying so is completed by the next
 * one. Table: schemas/vault/control_series.v1.sql, in control.sqlite.
 */
#ifndef HF_PACKAGE_SERIES_H
#define HF_PACKAGE_SERIES_H

#include "vault/vault.h"

typedef struct hf_series {
    hf_arena *mem;
    const char *name;
    uint64_t number; /* of this package, from 1 */
    int64_t after_import, last_import;
    int64_t since_us, until_us; /* [since, until); since HF_NO_TIME: from the beginning */
    const char *previous_run;   /* NULL: the first package */
    const char *previous_manifest;
    bool completes; /* the package before was published by a run that did not live to say so */
} hf_series;

/* Begin the next package of a series, to be written to target by a run; v is open for
 * HF_VAULT_CONTROL. The package's work folder must be held (hf_package_open): it says that the run
 * lives. Its last import is the vault's, as held. scope: digest of what the series exports.
 * HF_E_LOCKED when another run is writing the series, HF_E_REFUSED when the scope is not that of
 * the series, HF_E_USAGE for a name that is empty or longer than 100 bytes. To be freed also on an
 * error. */
HF_API hf_status hf_series_begin(hf_series *out, hf_vault *v, const char *name, const char *run,
                                 const hf_sha256 *scope, const char *target, hf_err **err);

/* The payload is complete: note its digests, before anything is published. */
HF_API hf_status hf_series_commit(const hf_series *s, hf_vault *v, const hf_sha256 *manifest,
                                  const hf_sha256 *receipt, hf_err **err);

/* It is published. */
HF_API hf_status hf_series_published(const hf_series *s, hf_vault *v, hf_err **err);

/* It will not be: forget it. */
HF_API hf_status hf_series_drop(const hf_series *s, hf_vault *v, hf_err **err);
HF_API void hf_series_free(hf_series *s);

typedef struct hf_series_row {
    hf_view series, run, manifest, target; /* manifest empty: not complete */
    uint64_t number;
    int64_t after_import, last_import, since_us, until_us;
    int64_t published_us; /* HF_NO_TIME: not */
} hf_series_row;

/* Call each for every package of a series (NULL: of all) in order until it returns false. Views are
 * lent for the call. */
HF_API hf_status hf_series_each(hf_vault *v, const char *name,
                                bool (*each)(void *self, const hf_series_row *row), void *self,
                                hf_err **err);

#endif
