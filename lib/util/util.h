/* util/util.h: what every other folder builds on; knows nothing of chat. */
#ifndef HF_UTIL_UTIL_H
#define HF_UTIL_UTIL_H

#include "util/buf.h"
#include "util/clock.h"
#include "util/err.h"
#include "util/hash.h"
#include "util/map.h"
#include "util/mem.h"
#include "util/view.h"

#endif
