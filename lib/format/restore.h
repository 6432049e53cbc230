/* format/restore.h: make a source record's bytes again from a sidecar entry and its target record.
 */
#ifndef HF_FORMAT_RESTORE_H
#define HF_FORMAT_RESTORE_H

#include "format/format.h"

typedef struct hf_restorer {
    const hf_format *source; /* whose records are restored */
    hf_paths *paths;         /* lent */
    /* The text of another target message when it is as it was; the empty view with p NULL when not.
     */
    hf_view (*elsewhere)(void *self, hf_view scope, hf_view id);
    /* The source's id of a target message; empty when it is not known. NULL: none is. */
    hf_view (*message)(void *self, hf_view scope, hf_view id, hf_arena *mem);
    void *self;
    hf_names names; /* from the target's mentions to the source's ids */
    hf_tape entry;  /* the sidecar line being restored; filled by the caller */
} hf_restorer;

/* The bytes that a segment value ("text" or {"b": base64}) stands for, in the arena. */
hf_view hf_restore_bytes(const hf_tape *t, uint32_t tok, hf_arena *mem);

/* True when the target's field still has the digest that the entry noted (absent on both sides
 * too). */
bool hf_restore_is_same(const hf_tape *entry, uint32_t fields, const hf_record *target, hf_field f);

/* Append to b the record of entry (identity, bytes, parsed values). Where the target's fields
 * changed since, the target's values win and are put in the record's bytes; where its format cannot
 * compose records, changes of other than texts make it inexact (no bytes, the values as the target
 * says). target NULL: an entry without a
 * target. *changed counts fields. */
hf_status hf_restore(hf_restorer *x, hf_batch *b, const hf_record *target, hf_record **out,
                     unsigned *changed, hf_err **err);

#endif
