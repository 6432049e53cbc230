/* format/inside.h: a package as a source: the records that lie in it. */
#ifndef HF_FORMAT_INSIDE_H
#define HF_FORMAT_INSIDE_H

#include "format/format.h"

/* Turn in, whose source is open, into what lies in the package that its source is: of in->format
 * when that is set, else of the best format. HF_END, with nothing changed, when it is no package;
 * HF_E_UNSUPPORTED when nothing in it can be read here; HF_E_NO_KEY when it is encrypted. */
hf_status hf_input_inside(hf_input *in, const hf_source_limits *limits, hf_err **err);

#endif
