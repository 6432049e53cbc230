/* util/clock.h: moments as int64_t microseconds since 1970-01-01T00:00:00Z, and their spelling. */
#ifndef HF_UTIL_CLOCK_H
#define HF_UTIL_CLOCK_H

#include "util/err.h"

#define HF_SECOND_US INT64_C(1000000)
#define HF_DAY_US    (INT64_C(86400) * HF_SECOND_US)
#define HF_NO_TIME   INT64_MIN /* unknown */

typedef struct hf_civil {
    int year, month, day, hour, minute, second; /* month 1..12, day 1..31 */
    int us;                                     /* 0..999999 */
} hf_civil;

/* Proleptic Gregorian calendar, no leap seconds; both directions are exact for years 1 to 9999. */
HF_API int64_t hf_civil_to_us(const hf_civil *c);
HF_API hf_civil hf_us_to_civil(int64_t us);

/* The day number (days since 1970-01-01, floored) of a moment. */
HF_API int64_t hf_day_of(int64_t us);

/* Wall clock now. */
HF_API int64_t hf_now_us(void);

/* Seconds of a clock that never jumps, for rates and time-outs. */
HF_API double hf_mono_seconds(void);

/* RFC 3339 in UTC with as many fraction digits as needed (0, 3 or 6): "2024-03-01T10:00:00.5Z" is
 * never written, "2024-03-01T10:00:00.500Z" is. out holds at least 32 bytes. */
HF_API void hf_time_format(int64_t us, char *out);

/* Parse an RFC 3339 date-time with an offset or Z; false when v is anything else. */
HF_API bool hf_time_parse_rfc3339(hf_view v, int64_t *us);

/* A time zone read from the system's TZif files (RFC 8536); "UTC" needs no file. */
typedef struct hf_zone hf_zone;

/* HF_E_USAGE with the nearest name when there is no such zone. */
HF_API hf_status hf_zone_open(const char *name, hf_zone **out, hf_err **err);
HF_API void hf_zone_free(hf_zone *z); /* NULL is fine */

/* Seconds east of UTC at a moment. NULL z is UTC. */
HF_API int32_t hf_zone_offset(const hf_zone *z, int64_t us);

/* The first moment whose local time in z is c (a skipped hour gives the moment of the jump). */
HF_API int64_t hf_zone_to_us(const hf_zone *z, const hf_civil *c);

/* Seconds east of UTC of America/Los_Angeles by the rule in force since 2007, without any file:
 * Slack names its day files by this clock. */
HF_API int32_t hf_los_angeles_offset(int64_t us);

#endif
