/* util/fault.h: named places where a test can have the process killed or stopped.
 *
 * HOLDFAST_FAULT=NAME or NAME:N in the environment makes the process end itself with SIGKILL when
 * it passes the place NAME for the N-th time (N from 1); HOLDFAST_STOP makes it stop itself there,
 * until SIGCONT. Compiled in always: what is tested is what runs. Places are passed once per batch
 * or less.
 */
#ifndef HF_UTIL_FAULT_H
#define HF_UTIL_FAULT_H

#include "util/view.h"

HF_API void hf_fault(const char *name);

#endif
