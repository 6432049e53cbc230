/* format/scope.h: the stage that lets through a part of a source, and nothing of what it leaves out
 * (P11). */
#ifndef HF_FORMAT_SCOPE_H
#define HF_FORMAT_SCOPE_H

#include "format/copy.h"

typedef struct hf_scope_stage hf_scope_stage;

/* scope is lent. The stage sees the stream twice: first hf_scope_learn every record of a whole
 * reading (which channels match, who is a member, an author, mentioned or reacting in them, which
 * attachments they have), then
 * hf_scope_keeps. */
HF_API hf_scope_stage *hf_scope_new(const hf_scope *scope);
HF_API void hf_scope_free(hf_scope_stage *s); /* NULL is fine */
HF_API void hf_scope_learn(hf_scope_stage *s, const hf_record *r);

/* HF_E_USAGE when a channel or user of the scope was not seen at all, HF_E_QUERY when a name of its
 * query means nobody. */
HF_API hf_status hf_scope_check(hf_scope_stage *s, hf_err **err);

/* True when the record belongs to the part. Of containers the attachments of its messages do, with
 * their bytes; opaque records never do where something is withheld. */
HF_API bool hf_scope_keeps(hf_scope_stage *s, const hf_record *r);

/* When single messages are withheld (by author or time), a kept message must not say what a
 * withheld one said: a record that holds a copy of another message loses that copy, what was read
 * from it, and its raw bytes. */
HF_API void hf_scope_strip(const hf_scope_stage *s, hf_record *r, const hf_paths *paths);

#endif
