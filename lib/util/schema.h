/* util/schema.h: the files of schemas/, compiled in. */
#ifndef HF_UTIL_SCHEMA_H
#define HF_UTIL_SCHEMA_H

#include "util/view.h"

typedef struct hf_schema_file {
    const char *name;           /* path below schemas/, such as "vault/records.v1.sql" */
    const unsigned char *bytes; /* NUL-terminated */
    size_t n;                   /* without the NUL */
} hf_schema_file;

/* Ends with an entry whose name is NULL. */
extern const hf_schema_file hf_schema_files[];

/* The bytes of one file, NUL-terminated; the empty view when there is none of that name. */
HF_API hf_view hf_schema(const char *name);

#endif
