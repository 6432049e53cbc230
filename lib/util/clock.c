/* util/clock.c: calendar arithmetic and RFC 3339. Zones are in util/zone.c. */
#include "util/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Days since 1970-01-01 of a civil date: years are counted from March so that the leap day is last.
 */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? (int64_t)year - 1 : year;
    int64_t era = floor_div(y, 400), yoe = y - era * 400;
    int64_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

int64_t hf_civil_to_us(const hf_civil *c)
{
    int64_t seconds =
        days_of(c->year, c->month, c->day) * 86400 + c->hour * 3600 + c->minute * 60 + c->second;

    return seconds * HF_SECOND_US + c->us;
}

hf_civil hf_us_to_civil(int64_t us)
{
    int64_t day = hf_day_of(us), rest = us - day * HF_DAY_US;
    int64_t z = day + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;

    return (hf_civil){
        .year = (int)(yoe + era * 400 + (month <= 2)),
        .month = (int)month,
        .day = (int)(doy - (153 * mp + 2) / 5 + 1),
        .hour = (int)(rest / (3600 * HF_SECOND_US)),
        .minute = (int)(rest / (60 * HF_SECOND_US) % 60),
        .second = (int)(rest / HF_SECOND_US % 60),
        .us = (int)(rest % HF_SECOND_US),
    };
}

int64_t hf_day_of(int64_t us)
{
    return floor_div(us, HF_DAY_US);
}

int64_t hf_now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * HF_SECOND_US + t.tv_nsec / 1000;
}

double hf_mono_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void hf_time_format(int64_t us, char *out)
{
    hf_civil c = hf_us_to_civil(us);
    int n = snprintf(out, 24, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day, c.hour,
                     c.minute, c.second);

    if (n < 0 || n >= 24)
        n = 0;
    if (c.us == 0)
        snprintf(out + n, 8, "Z");
    else if (c.us % 1000 == 0)
        snprintf(out + n, 8, ".%03uZ", (unsigned)(c.us / 1000) % 1000U);
    else
        snprintf(out + n, 9, ".%06uZ", (unsigned)c.us % 1000000U);
}

/* The two or four digits at p as a number within [low, high]. */
static bool digits(hf_view v, size_t at, size_t n, int low, int high, int *out)
{
    uint64_t value;

    if (at + n > v.n || !hf_view_u64(hf_view_sub(v, at, n), &value))
        return false;
    if (value > (uint64_t)high || (int)value < low)
        return false;
    *out = (int)value;
    return true;
}

static int month_days(int year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

bool hf_time_parse_rfc3339(hf_view v, int64_t *us)
{
    hf_civil c = { 0 };
    size_t at = 19;
    int hours = 0, minutes = 0;

    if (v.n < 20 || v.p[4] != '-' || v.p[7] != '-' ||
        (v.p[10] != 'T' && v.p[10] != 't' && v.p[10] != ' ') || v.p[13] != ':' || v.p[16] != ':')
        return false;
    if (!digits(v, 0, 4, 1, 9999, &c.year) || !digits(v, 5, 2, 1, 12, &c.month) ||
        !digits(v, 8, 2, 1, month_days(c.year, c.month), &c.day) ||
        !digits(v, 11, 2, 0, 23, &c.hour) || !digits(v, 14, 2, 0, 59, &c.minute) ||
        !digits(v, 17, 2, 0, 59, &c.second))
        return false;
    if (v.p[at] == '.') {
        int scale = 100000;

        for (at++; at < v.n && v.p[at] >= '0' && v.p[at] <= '9'; at++, scale /= 10)
            c.us += (v.p[at] - '0') * scale;
        if (at == 20)
            return false;
    }
    *us = hf_civil_to_us(&c);
    if (at + 1 == v.n)
        return v.p[at] == 'Z' || v.p[at] == 'z';
    if (at + 6 != v.n || (v.p[at] != '+' && v.p[at] != '-') || v.p[at + 3] != ':' ||
        !digits(v, at + 1, 2, 0, 23, &hours) || !digits(v, at + 4, 2, 0, 59, &minutes))
        return false;
    *us -= (v.p[at] == '-' ? -1 : 1) * (int64_t)(hours * 60 + minutes) * 60 * HF_SECOND_US;
    return true;
}
