/* vault/run.h: runs that read a source which leaves no trace of its own: a live database.
 *
 * Who read a server, when, and what came of it must stand somewhere; an export file is its own
 * record. Each run is a row of control.sqlite, written before anything is read; one that has no end
 * died. DDL: schemas/vault/control_run.v1.sql. The vault must be open for HF_VAULT_CONTROL or
 * HF_VAULT_WRITE.
 */
#ifndef HF_VAULT_RUN_H
#define HF_VAULT_RUN_H

#include "vault/vault.h"

/* Note that a run begins to read a source. id: its UUID; source: its label, without secrets. A run
 * has a row for each source; beginning one twice changes nothing. */
HF_API hf_status hf_run_begin(hf_vault *v, const char *id, const char *command, const char *source,
                              hf_err **err);

/* Note how it ended. snapshot: what the source calls the moment that was read, empty when it never
 * said; outcome: the word of its exit status, or of its error; counts: a JSON object, empty when
 * there are none. HF_E_USAGE when it never began. */
HF_API hf_status hf_run_end(hf_vault *v, const char *id, const char *source, hf_view snapshot,
                            const char *outcome, hf_view counts, hf_err **err);

typedef struct hf_run {
    hf_view id, command, source, snapshot, outcome, counts; /* the last three are empty at first */
    int64_t started_us, finished_us;                        /* HF_NO_TIME: it has no end */
} hf_run;

/* Call each for every run in their order, until it returns false. Views are lent for the call. */
HF_API hf_status hf_vault_runs(hf_vault *v, bool (*each)(void *self, const hf_run *run), void *self,
                               hf_err **err);

#endif
