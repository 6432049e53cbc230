/* cli/act.h: acts of the command line in the audit log of a vault.
 *
 * Every command that discloses or changes what stands in a vault, or reads a live source, begins an
 * act before and ends it after, whatever came of it. What was asked for, arguments and options as
 * they were given, passwords aside, becomes the act's committed values. There is no way around it;
 * where the log cannot be written the command ends before it has done anything.
 */
#ifndef HF_CLI_ACT_H
#define HF_CLI_ACT_H

#include "audit/log.h"
#include "cmd.h"
#include "format/copy.h"
#include "util/uuid.h"

typedef enum hf_cli_act_mode {
    HF_ACT_WRITE, /* changes the vault: refused (6) when this host knows another head of its log */
    HF_ACT_READ,  /* discloses: no entry, no act; of another head is only warned */
    HF_ACT_CHECK, /* checks the vault or its log: where no entry can be made, that is said, and the
                     command goes on */
} hf_cli_act_mode;

typedef struct hf_cli_act {
    hf_cli *cli;
    const char *action; /* lent */
    char *vault;        /* path; NULL: nothing is noted */
    char id[HF_UUID_SIZE];
    hf_cli_act_mode mode;
    bool is_warned;
    const char *object_kind; /* constant; NULL: the vault itself */
    char *object_id;
    hf_log_count count[16]; /* for the end; names are constants */
    hf_log_pair digest[8];  /* values are owned */
    size_t ncount, ndigest;
} hf_cli_act;

/* Begin an act on the vault at path; flags as for hf_vault_open. act is to be ended, also on
 * error. */
hf_status hf_cli_act_begin(hf_cli_act *act, hf_cli *cli, const char *action, const char *path,
                           unsigned flags, hf_cli_act_mode mode, hf_err **err);

/* What the end will say: the object of the act (kind constant, id a number, UUID or digest),
 * counts, digests and ids. No data. */
void hf_cli_act_object(hf_cli_act *act, const char *kind, const char *id);
void hf_cli_act_count(hf_cli_act *act, const char *name, uint64_t n);
void hf_cli_act_counts(hf_cli_act *act, const hf_counts *c);
void hf_cli_act_digest(hf_cli_act *act, const char *name, hf_view value);

/* Note what was told so far as an entry of its own under this action, and prove it: *checkpoint
 * gets the signed checkpoint that covers it (without a key the text of one), *proof its tlog-proof,
 * with the entry in it. */
hf_status hf_cli_act_prove(hf_cli_act *act, const char *action, const hf_key *key,
                           hf_buf *checkpoint, hf_buf *proof, hf_err **err);

/* End with rc (and *err, which is not changed when it is set). rc, or why it cannot be noted. Where
 * the vault has gone meanwhile (made for an import that failed) there is nothing to note it in. */
hf_status hf_cli_act_end(hf_cli_act *act, hf_status rc, hf_err **err);

/* One entry for what is done at once, in a log that is open. */
hf_status hf_cli_act_note(hf_cli *cli, hf_log *log, const char *action, hf_err **err);

#endif
