/* util/file.h: small files, read as a whole. */
#ifndef HF_UTIL_FILE_H
#define HF_UTIL_FILE_H

#include "util/buf.h"

/* Add all bytes of a file to out; *err names the file. HF_E_LIMIT when it holds more than
 * max_bytes, else the status of the failing call. */
HF_API hf_status hf_file_read(const char *path, size_t max_bytes, hf_buf *out, hf_err **err);

#endif
