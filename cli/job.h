/* cli/job.h: what the commands that read a source have in common: options, scope, progress, last
 * line. */
#ifndef HF_CLI_JOB_H
#define HF_CLI_JOB_H

#include "cmd.h"
#include "format/copy.h"

/* Options that narrow a source; put into a command's table. */
#define HF_OPT_KINDS                                                                       \
    {                                                                                      \
        "chan", 0, HF_OPT_TEXT, "KINDS", NULL, "only these kinds: public,private,dm,group" \
    }

/* Fill scope from --channel, --user, --chan, --since and --until. */
hf_status hf_job_scope(hf_cli *cli, hf_scope *scope, hf_err **err);

/* The same with since in the place of --since; NULL: open. */
hf_status hf_job_scope_since(hf_cli *cli, const char *since, hf_scope *scope, hf_err **err);

/* Add every --set NAME=VALUE to opts; HF_E_USAGE without the equals sign. */
hf_status hf_job_set(hf_cli *cli, hf_opts *opts, hf_err **err);

/* The nearest format, or HF_E_USAGE naming all; needs_writer asks for one that can be written. */
hf_status hf_job_format(const char *name, bool needs_writer, const hf_format **out, hf_err **err);

/* HF_E_REFUSED when target lies inside source (a folder). */
hf_status hf_job_apart(const char *source, const char *target, hf_err **err);

/* "1 382 messages, 71 users, 16 channels" into out (at least 256 bytes), which is returned. */
const char *hf_job_counts(const hf_counts *c, char *out, size_t n);

/* "; 12 changed, 3 in the sidecar, 0 lost": the states that are not zero, exact left out. */
const char *hf_job_states(const hf_ledger *l, char *out, size_t n);

/* Put the counts as fields of the answer. */
void hf_job_put_counts(hf_out *out, const hf_counts *c);

/* Says where unreadable records stand; hands itself to hf_copy_args.unreadable. */
typedef struct hf_job_unreadable {
    hf_cli *cli;
    uint64_t n;
} hf_job_unreadable;

/* Warn of one: its member in source (may be NULL) by name, its offset, why. After 20 they are only
 * counted. */
void hf_job_unreadable_one(void *self, const hf_source *source, const hf_record *r);

/* Warn of those that were only counted, if any. */
void hf_job_unreadable_rest(const hf_job_unreadable *u);

/* Write fidelity.json and fidelity.html into the folder (made when absent). */
hf_status hf_job_report(const char *folder, const hf_ledger *l, const char *title, hf_err **err);

/* Exit status 3 when something was lost (but for transcripts) or quarantined. */
void hf_job_verdict(hf_cli *cli, const hf_format *target, const hf_copy_result *r);

#endif
