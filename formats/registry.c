/* formats/registry.c: the only list of formats, made from registry.def. */
#include "format/format.h"

#define HF_FORMAT(name) extern const hf_format hf_format_##name;
#include "registry.def"
#undef HF_FORMAT

const hf_format *const hf_formats[] = {
#define HF_FORMAT(name) &hf_format_##name,
#include "registry.def"
#undef HF_FORMAT
    NULL,
};

const hf_format *hf_format_find(hf_view name)
{
    for (size_t i = 0; hf_formats[i] != NULL; i++)
        if (hf_view_is(name, hf_formats[i]->name))
            return hf_formats[i];
    return NULL;
}
