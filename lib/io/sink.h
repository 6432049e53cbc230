/* io/sink.h: output that is complete or absent.
 *
 * Everything is written under TARGET.partial (same folder), re-readable, synced and renamed by
 * hf_sink_commit; hf_sink_abort, or a crash, leaves the target as it was. A stale .partial of a
 * dead run is replaced. Containers are deterministic: no times, no owners, members in the order
 * given. Errors  HF_E_EXISTS when the target exists (or is a non-empty folder) without overwrite,
 * HF_E_UNSAFE_NAME for a member name that could leave a folder target, HF_E_NO_SPACE, HF_E_DENIED.
 */
#ifndef HF_IO_SINK_H
#define HF_IO_SINK_H

#include "util/util.h"

typedef enum hf_sink_kind {
    HF_SINK_FILE, /* one member becomes the file itself */
    HF_SINK_FOLDER,
    HF_SINK_ZIP,
    HF_SINK_TAR_ZST, /* names must be UTF-8 */
    HF_SINK_NULL,    /* counts and forgets */
    HF_SINK_STDOUT,  /* one member, streamed */
} hf_sink_kind;

typedef struct hf_sink hf_sink;

HF_API hf_status hf_sink_open(hf_sink **out, const char *path, hf_sink_kind kind, bool overwrite,
                              hf_err **err);

/* Start a member; the one before is ended. Names are raw bytes; a trailing slash makes a folder
 * entry (then nothing may be written). Duplicate names are allowed in a ZIP and HF_E_UNSAFE_NAME in
 * a folder. */
HF_API hf_status hf_sink_member(hf_sink *s, hf_view name, hf_err **err);

/* As hf_sink_member with permission bits for folder and ZIP (0: 0644 files, 0755 folders). */
HF_API hf_status hf_sink_member_mode(hf_sink *s, hf_view name, uint32_t mode, hf_err **err);

#define HF_SINK_SIZE_UNKNOWN UINT64_MAX

/* As hf_sink_member_mode, with the number of bytes that will be written, exactly: an archive then
 * needs not hold the member back until it has seen its end. */
HF_API hf_status hf_sink_member_size(hf_sink *s, hf_view name, uint32_t mode, uint64_t size,
                                     hf_err **err);

/* A symbolic link member: kept in a ZIP, HF_E_UNSAFE_NAME in a folder. */
HF_API hf_status hf_sink_link(hf_sink *s, hf_view name, hf_view target, hf_err **err);

/* Move a file of the same file system into a folder sink as a whole member with these permission
 * bits: nothing is copied. HF_E_USAGE for other kinds. */
HF_API hf_status hf_sink_take(hf_sink *s, hf_view name, uint32_t mode, const char *path,
                              hf_err **err);

/* Add bytes to the current member. */
HF_API hf_status hf_sink_write(hf_sink *s, hf_view bytes, hf_err **err);

/* End, sync and publish; the sink is freed whatever happens, and on an error nothing is published.
 */
HF_API hf_status hf_sink_commit(hf_sink *s, hf_err **err);

/* End and sync, publish nothing yet: what was written can be read again under the name that
 * hf_sink_partial gives, and hf_sink_commit or hf_sink_abort must follow. Nothing can be added. */
HF_API hf_status hf_sink_seal(hf_sink *s, hf_err **err);

/* The path of what is being written; to be freed with hf_free. NULL for null and stdout. */
HF_API char *hf_sink_partial(const hf_sink *s);

/* Throw everything away; NULL is fine. */
HF_API void hf_sink_abort(hf_sink *s);

HF_API uint64_t hf_sink_bytes(const hf_sink *s);   /* payload bytes written so far */
HF_API uint64_t hf_sink_members(const hf_sink *s); /* members started so far */

#endif
