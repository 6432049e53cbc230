/* util/when.h: moments as people write them. */
#ifndef HF_UTIL_WHEN_H
#define HF_UTIL_WHEN_H

#include "util/clock.h"

/* "2024-03-01", "2024-03-01T10:00[:00]", RFC 3339 with an offset (seconds may be absent),
 * "@1709251200", "7d", "2w", "6mo", "1y" (that long before now_us), "today", "yesterday". Without
 * an offset the text is read in zone (NULL: UTC). *end_us is the first moment after what the text
 * names: the next day for a date, *start_us for a moment. HF_E_USAGE when it is none of these. */
HF_API hf_status hf_when_parse(hf_view text, const hf_zone *zone, int64_t now_us, int64_t *start_us,
                               int64_t *end_us, hf_err **err);

#endif
