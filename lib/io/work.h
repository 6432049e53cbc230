/* io/work.h: a private folder beside a target, for files that are not the target yet.
 *
 * TARGET.work.partial has mode 0700, is locked (flock) while it is used, and goes with everything
 * in it when it is closed. One that a dead run left behind is replaced.
 */
#ifndef HF_IO_WORK_H
#define HF_IO_WORK_H

#include "util/util.h"

typedef struct hf_work hf_work;

/* Make it. HF_E_LOCKED when another run uses it, else as for the target's folder. */
HF_API hf_status hf_work_open(hf_work **out, const char *target, hf_err **err);

/* Its path. */
HF_API const char *hf_work_path(const hf_work *w);

/* Make a folder in it ("data/jsonl"), with what is missing above; it may exist. */
HF_API hf_status hf_work_folder(hf_work *w, const char *name, hf_err **err);

/* Remove one file or folder in it with everything below; nothing happens when there is none. */
HF_API hf_status hf_work_remove(hf_work *w, const char *name, hf_err **err);

/* Remove it; NULL is fine. */
HF_API void hf_work_close(hf_work *w);

/* Whether a run that lives uses the one of this target. */
HF_API bool hf_work_is_used(const char *target);

#endif
