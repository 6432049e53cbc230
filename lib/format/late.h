/* format/late.h: containers held back until the messages of the stream are known; in an unlinked
 * temporary file, in their order. */
#ifndef HF_FORMAT_LATE_H
#define HF_FORMAT_LATE_H

#include "format/format.h"

typedef struct hf_late hf_late;

HF_API hf_late *hf_late_new(void);
HF_API void hf_late_free(hf_late *l); /* NULL is fine */
/* A copy of r is kept. HF_E_IO and the like. */
HF_API hf_status hf_late_add(hf_late *l, const hf_record *r, hf_err **err);
/* After the last add: append the next records to b, HF_END at the end. */
HF_API hf_status hf_late_next(hf_late *l, hf_batch *b, hf_err **err);

#endif
