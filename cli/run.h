/* cli/run.h: the record of a run that reads a live source or a vault, in the vault that keeps it.
 *
 * An export is its own record; a server forgets who read it. So every command that hands out what
 * stands in a live source needs a vault: --vault, or the one its section names. inspect, and
 * convert --to null, give numbers only and need none. Decision: docs/decisions.md.
 */
#ifndef HF_CLI_RUN_H
#define HF_CLI_RUN_H

#include "act.h"
#include "job.h"
#include "source.h"

#define HF_OPT_VAULT                                                                 \
    {                                                                                \
        "vault", 0, HF_OPT_TEXT, "VAULT", NULL,                                      \
            "vault that notes this run of a live source (default: the source's own)" \
    }

typedef struct hf_cli_run {
    hf_cli *cli;
    const char *command, *label; /* lent */
    char *vault;                 /* notes the reading of a live source; NULL: there is none */
    hf_cli_act act;              /* in its audit log, or in that of the vault that is read */
    hf_cli_act handed;           /* of a vault that is read into another one, in its own log */
    hf_buf snapshot;             /* what the source calls the moment that is read */
    hf_map *said;                /* warnings, each said once; NULL: none yet */
} hf_cli_run;

/* Begin: for a live source note the run in the vault at path, or when that is NULL in --vault, else
 * the source's own. HF_E_USAGE when there is none, HF_E_REFUSED when it is not the one that the
 * source is bound to. An act begins in the audit log of that vault; of the vault at path for other
 * sources; of the vault that is the source. command NULL: what is only measured is not noted. flags
 * as for hf_vault_open. run is to be ended, also on error. */
hf_status hf_cli_run_begin(hf_cli_run *run, hf_cli *cli, const char *command,
                           const hf_cli_source *s, const char *path, unsigned flags, hf_err **err);

/* Hands itself to hf_copy_args.fact and its like: warns of what the user must know, and notes the
 * snapshot. */
void hf_cli_run_fact(void *self, const hf_fact *fact);
/* Ask the reader for all of them; again at its end, when it knows more. */
void hf_cli_run_facts(hf_cli_run *run, hf_reader *r);

/* End with rc (and *err, which is not changed when it is set); counts may be NULL. rc, or why it
 * cannot be noted. */
hf_status hf_cli_run_end(hf_cli_run *run, hf_status rc, const hf_counts *counts, hf_err **err);

#endif
