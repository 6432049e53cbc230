/* util/progress.h: how far a run is, on stderr.
 *
 * auto    one redrawn line (phase, done of total, rate, time left) when stderr is a terminal,
 *         nothing otherwise
 * plain   one line a minute
 * json    one JSON line a second
 * none    nothing
 * At most 10 updates a second; a call that draws nothing costs one clock reading.
 * Not for several threads at once.
 */
#ifndef HF_UTIL_PROGRESS_H
#define HF_UTIL_PROGRESS_H

#include "util/view.h"

typedef struct hf_progress hf_progress;

typedef enum hf_progress_mode {
    HF_PROGRESS_AUTO,
    HF_PROGRESS_PLAIN,
    HF_PROGRESS_JSON,
    HF_PROGRESS_NONE,
} hf_progress_mode;

/* fd: where to draw, usually 2. */
HF_API hf_progress *hf_progress_new(hf_progress_mode mode, int fd);
HF_API void hf_progress_free(hf_progress *p); /* NULL is fine; wipes the line */

/* Begin a phase ("reading"; static text). total 0: unknown. unit: static text, "messages"; or NULL
 * for bytes. p may be NULL in all of these: nothing is drawn. */
HF_API void hf_progress_phase(hf_progress *p, const char *phase, uint64_t total, const char *unit);

/* n more are done / done is now n. */
HF_API void hf_progress_add(hf_progress *p, uint64_t n);
HF_API void hf_progress_set(hf_progress *p, uint64_t n);

/* The same as one call, shaped for drivers that report through a callback: a phase that differs
 * from the last one (by its text) begins. The total may grow. Counts bytes. self is a hf_progress.
 */
HF_API void hf_progress_report(void *self, const char *phase, uint64_t done, uint64_t total);

/* Wipe the line so that something else can be written; the next update draws it again. */
HF_API void hf_progress_clear(hf_progress *p);

#endif
