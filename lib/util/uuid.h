/* util/uuid.h: run identifiers. */
#ifndef HF_UTIL_UUID_H
#define HF_UTIL_UUID_H

#include "util/view.h"

enum { HF_UUID_SIZE = 37 }; /* 36 characters and a NUL */

/* A fresh UUID version 7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then a counter in rand_a so
 * that ids of one process sort in the order they were made, then random bits. Lower case. */
HF_API void hf_uuid7(char out[HF_UUID_SIZE]);

#endif
