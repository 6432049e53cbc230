/* format/ledger.h: the fidelity ledger: what became of every source value in one conversion.
 *
 * It defaults to loss at both ends. A leaf that no reader took is raw-only, a value that the writer
 * did not settle is lost, a record that entered and was never given back is lost as a whole. What
 * the sidecar holds turns raw-only and lost into sidecar. Rows are kept per (source path, canonical
 * field, state, how) with a count, and for every state but exact an order-free digest of (path,
 * record, value). Report  schemas/fidelity.v1.json.
 */
#ifndef HF_FORMAT_LEDGER_H
#define HF_FORMAT_LEDGER_H

#include "model/account.h"

typedef struct hf_ledger hf_ledger;
struct hf_sidecar;

/* sidecar NULL: none is written. paths is lent. */
HF_API hf_ledger *hf_ledger_new(hf_paths *paths, struct hf_sidecar *sidecar);
HF_API void hf_ledger_free(hf_ledger *l); /* NULL is fine */

/* The sidecar gets no secrets either (text/secret.h): what would stand in it with one is masked. */
HF_API void hf_ledger_mask(hf_ledger *l);

/* The names that the report shows; static texts. */
HF_API void hf_ledger_formats(hf_ledger *l, const char *source, const char *target);

/* The driver tells the ledger of every canonical record that goes to the writer. */
HF_API void hf_ledger_enter(hf_ledger *l, const hf_record *r);

/* The writer is done with r: its values are settled. target is the record as the target's own
 * reader will give it back (identity and values), NULL when the target has no record for it; the
 * sidecar entry binds to it. */
HF_API hf_status hf_ledger_done(hf_ledger *l, const hf_record *r, const hf_record *target,
                                hf_err **err);

/* The writer invented a target record that no source record stands for (a stub, a default team). */
HF_API hf_status hf_ledger_made(hf_ledger *l, const hf_record *target, const char *why,
                                hf_err **err);

/* A whole member that holds no records (or an attachment): EXACT when the target has its bytes,
 * otherwise the caller must give them to hf_ledger_opaque. */
HF_API hf_status hf_ledger_member(hf_ledger *l, const hf_record *member, hf_state state,
                                  hf_err **err);

/* The next bytes of a member that the target does not have, for the sidecar. Without one they are
 * lost. */
HF_API hf_status hf_ledger_opaque(hf_ledger *l, const hf_record *bytes, hf_err **err);

/* A record in quarantine: EXACT or MASKED when the target takes its bytes, as they are or without a
 * secret; LOST: they go to the sidecar. */
HF_API hf_status hf_ledger_quarantine(hf_ledger *l, const hf_record *r, hf_state state,
                                      hf_err **err);

/* The account is complete: records that never came back become lost. */
HF_API void hf_ledger_close(hf_ledger *l);

typedef struct hf_ledger_row {
    hf_view path;   /* source path */
    hf_field field; /* HF_F_NONE when no reader took it */
    hf_state state;
    const char *how; /* NULL or static text */
    uint64_t count;
    hf_setdigest digest; /* zero for EXACT */
} hf_ledger_row;

/* Rows in a fixed order (path, field, state, how); valid after close until free. */
HF_API size_t hf_ledger_rows(const hf_ledger *l, const hf_ledger_row **rows);

/* Values per state; records and quarantined records per kind. */
HF_API uint64_t hf_ledger_total(const hf_ledger *l, hf_state state);
HF_API uint64_t hf_ledger_records(const hf_ledger *l, hf_kind kind);
HF_API uint64_t hf_ledger_quarantined(const hf_ledger *l);

/* The report as a JSON document (no run id, no time: equal runs give equal bytes), and as an HTML
 * page. */
HF_API void hf_ledger_json(const hf_ledger *l, hf_buf *out);
HF_API void hf_ledger_html(const hf_ledger *l, const char *title, hf_buf *out);

/* For tests of the ledger itself: ignore this path. Only in builds with HOLDFAST_DEV; otherwise
 * ignored. */
HF_API void hf_ledger_blind(hf_ledger *l, const char *path);

#endif
