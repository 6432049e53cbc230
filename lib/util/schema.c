/* util/schema.c: look up a compiled-in schema file. */
#include "util/schema.h"

hf_view hf_schema(const char *name)
{
    for (const hf_schema_file *f = hf_schema_files; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0)
            return (hf_view){ (const char *)f->bytes, f->n };
    return (hf_view){ NULL, 0 };
}
