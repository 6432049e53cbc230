/* util/stop.h: ending a run on purpose.
 *
 * The first SIGINT or SIGTERM only raises a flag; long loops look at it between two records, put
 * their work down in order and return HF_E_INTERRUPTED. A second signal kills the process at once.
 */
#ifndef HF_UTIL_STOP_H
#define HF_UTIL_STOP_H

#include "util/err.h"

/* Take over SIGINT and SIGTERM and ignore SIGPIPE; for programs, never called by the library. */
HF_API void hf_stop_install(void);

/* Raise the flag from inside, with the number of the signal that stands for the reason (SIGPIPE:
 * the reader of the output went away). The first reason stays. */
HF_API void hf_stop_request(int signal_number);

/* The signal that asked the run to end; 0 while none did. Cheap: may be asked for every record. */
HF_API int hf_interrupted(void);

/* HF_E_INTERRUPTED with a message when the run was asked to end; HF_OK otherwise. */
HF_API hf_status hf_stop_check(hf_err **err);

#endif
