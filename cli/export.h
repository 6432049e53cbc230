/* cli/export.h: what "holdfast export" needs besides lib/package: names of targets, formats,
 * people.
 */
#ifndef HF_CLI_EXPORT_H
#define HF_CLI_EXPORT_H

#include "audit/log.h"
#include "job.h"
#include "package/package.h"

/* The name of a package with %Y %m %d %H %M %S %j and %% filled in from us in a zone (NULL: UTC).
 * HF_E_USAGE for any other letter. To be freed with hf_free. */
hf_status hf_export_name(const char *pattern, int64_t us, const hf_zone *zone, char **out,
                         hf_err **err);

/* "jsonl,txt" as formats, at most max. HF_E_USAGE for one that is unknown, or none. */
hf_status hf_export_formats(const char *list, const hf_format **out, size_t max, size_t *n,
                            hf_err **err);

/* "700MB", "4GiB" or bytes; HF_E_USAGE for less than 1 MiB, which would be more lists than data. */
hf_status hf_export_split(const char *text, uint64_t *out, hf_err **err);

/* Who runs the program, as the system says: login name of the real user, of who called sudo (NULL),
 * and the machine. */
typedef struct hf_operator {
    char user[64], sudo_user[64], host[256];
} hf_operator;
void hf_export_operator(hf_operator *out);

/* --- the log -------------------------------------------------------------------------------------
 */

/* The entries of one export in the log of a vault: a start before anything is read, an end that
 * commits to the package before it is published. A log that is NULL takes nothing. */
typedef struct hf_export_log {
    hf_log *log;
    hf_cli *cli;
    hf_buf entry, proof, checkpoint;
    bool is_begun, is_ended;
} hf_export_log;

void hf_export_log_init(hf_export_log *l, hf_cli *cli);

/* vault is lent; open for HF_VAULT_CONTROL. */
hf_status hf_export_log_begin(hf_export_log *l, hf_vault *vault, const hf_package_facts *f,
                              const char *target, hf_err **err);

/* key (may be NULL) signs the head when it is the log's own. */
hf_status hf_export_log_end(hf_export_log *l, const hf_package_digests *d, const hf_counts *c,
                            const hf_key *key, const char *outcome, hf_err **err);

/* Say that nothing was published, if a start stands there; *err says why and stays. */
void hf_export_log_failed(hf_export_log *l, hf_status rc);
void hf_export_log_clear(hf_export_log *l);

#endif
