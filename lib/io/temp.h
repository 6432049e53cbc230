/* io/temp.h: temporary files. */
#ifndef HF_IO_TEMP_H
#define HF_IO_TEMP_H

#include <stdio.h>

#include "util/util.h"

/* Open an empty file in $TMPDIR (else /tmp) for reading and writing that has no name and goes when
 * it is closed; what says what it is for ("sorting"). HF_E_IO and the like when there can be none.
 */
HF_API hf_status hf_temp_file(FILE **out, const char *what, hf_err **err);

#endif
