/* io/below.h: files below a folder, one after the other, by names that somebody else chose. */
#ifndef HF_IO_BELOW_H
#define HF_IO_BELOW_H

#include "util/util.h"

typedef struct hf_below hf_below;

typedef struct hf_below_file {
    uint64_t size;    /* bytes when it was opened */
    int64_t mtime_us; /* last change */
    uint32_t mode;    /* permission bits */
} hf_below_file;

/* Open the folder itself, through links. HF_E_USAGE when there is none, HF_E_DENIED when it may not
 * be looked into. */
HF_API hf_status hf_below_open(hf_below **out, const char *folder, hf_err **err);
HF_API void hf_below_close(hf_below *b); /* NULL is fine */

/* Open the file of that name (parts parted by slashes) and close the one before. NULL, or why it
 * cannot be had (static text): it is absent, its name or a link would leave the folder, it is no
 * plain file, it may not be read. Links are not followed on the way. */
HF_API const char *hf_below_start(hf_below *b, hf_view name, hf_below_file *out);

/* Up to n bytes of the open file; *got 0 only at its end. */
HF_API hf_status hf_below_read(hf_below *b, void *to, size_t n, size_t *got, hf_err **err);

#endif
