/* audit/anchor.h: what puts a head beyond the reach of whoever holds the log and its key: a time
 * stamp of an authority (RFC 3161).
 *
 * The program sends nothing: it writes a request, and takes the reply that somebody brings. A stamp
 * says that the bytes existed at its moment; it is believed when its chain ends at a certificate
 * that the caller trusts, valid at that moment.
 * Errors    HF_E_DAMAGED (no request or reply), HF_E_VERIFY (a reply that does not hold).
 */
#ifndef HF_AUDIT_ANCHOR_H
#define HF_AUDIT_ANCHOR_H

#include "audit/log.h"

/* Append a request (DER) for a stamp of data: SHA-256, a nonce, the authority's certificate. */
HF_API hf_status hf_stamp_ask(hf_view data, hf_buf *query, hf_err **err);

/* Does reply (DER) answer query about data, by SHA-256 or a longer one? ca_file: PEM of the trusted
 * roots; NULL: only what can be checked without trust (digest, nonce, status). *time_us gets the
 * stamp's moment, who (may be NULL) the authority's name as the certificate has it. */
HF_API hf_status hf_stamp_check(hf_view data, hf_view query, hf_view reply, const char *ca_file,
                                int64_t *time_us, hf_buf *who, hf_err **err);

/* Ask for a stamp of the log's head: append the request to query and keep it. key (may be NULL)
 * signs the head first. */
HF_API hf_status hf_log_ask_anchor(hf_log *log, const hf_key *key, const char *run, hf_buf *query,
                                   hf_err **err);

/* Check a reply and keep it with its request; *head gets what it anchors. HF_E_USAGE when no
 * request of this log is answered by it. */
HF_API hf_status hf_log_keep_anchor(hf_log *log, hf_view reply, const char *ca_file,
                                    const char *run, hf_log_head *head, int64_t *time_us,
                                    hf_err **err);

typedef struct hf_log_anchor {
    hf_log_head head;
    hf_view checkpoint, query, reply; /* lent for the call; reply is empty while there is none */
} hf_log_anchor;

HF_API hf_status hf_log_anchors(hf_log *log, bool (*each)(void *self, const hf_log_anchor *anchor),
                                void *self, hf_err **err);

#endif
