/* holdfast.h: everything the library offers, for programs built against an installed holdfast. */
#ifndef HF_HOLDFAST_H
#define HF_HOLDFAST_H

#include "util/util.h"

#endif
