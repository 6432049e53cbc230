/* util/command.h: a secret from a command, so that it need not stand in a file. */
#ifndef HF_UTIL_COMMAND_H
#define HF_UTIL_COMMAND_H

#include "util/buf.h"

enum { HF_SECRET_MAX = 4096 };

/* The first line that /bin/sh -c COMMAND writes to its standard output, without a CR at its end, in
 * *out (to be overwritten and freed with hf_free; NULL on an error). Its standard input is empty,
 * its standard error ours. HF_E_NO_KEY when it fails, or gives no line or one of more than
 * HF_SECRET_MAX bytes. what: "password", for messages. */
HF_API hf_status hf_command_secret(char **out, const char *command, const char *what, hf_err **err);

#endif
