/* cli/export.h: what "holdfast export" needs besides lib/package: names of targets, formats,
 * people.
 */
#ifndef HF_CLI_EXPORT_H
#define HF_CLI_EXPORT_H

#include "audit/key.h"
#include "job.h"

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

#endif
