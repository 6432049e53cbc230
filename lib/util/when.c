/* util/when.c: see when.h. */
#include "util/when.h"

/* "2024-03-01" with an optional "Thh:mm[:ss]" behind it; *is_day tells a bare date. */
static bool civil(hf_view v, hf_civil *c, bool *is_day)
{
    char full[32] = "0000-00-00T00:00:00Z";
    int64_t us;

    if (v.n != 10 && v.n != 16 && v.n != 19)
        return false;
    memcpy(full, v.p, v.n);
    full[10] = 'T';
    if (v.n > 10 && v.p[10] != 'T' && v.p[10] != ' ')
        return false;
    if (!hf_time_parse_rfc3339(hf_view_str(full), &us))
        return false;
    *c = hf_us_to_civil(us);
    *is_day = v.n == 10;
    return true;
}

/* Start of the local day that holds a moment, moved by days. */
static int64_t day_start(const hf_zone *zone, int64_t us, int days)
{
    int64_t local = us + hf_zone_offset(zone, us) * HF_SECOND_US;
    hf_civil c = hf_us_to_civil((hf_day_of(local) + days) * HF_DAY_US);

    return hf_zone_to_us(zone, &c);
}

/* Days of the month that c is in. */
static int days_in(const hf_civil *c)
{
    hf_civil next = { .year = c->month == 12 ? c->year + 1 : c->year,
                      .month = c->month == 12 ? 1 : c->month + 1,
                      .day = 1 };

    return hf_us_to_civil(hf_civil_to_us(&next) - HF_DAY_US).day;
}

/* "7d", "2w", "6mo", "1y": months and years by the calendar. */
static bool ago(hf_view v, int64_t now_us, int64_t *out)
{
    size_t n = 0;
    uint64_t count;
    hf_view unit;
    hf_civil c = hf_us_to_civil(now_us);
    int64_t months;

    while (n < v.n && v.p[n] >= '0' && v.p[n] <= '9')
        n++;
    unit = hf_view_from(v, n);
    if (n == 0 || n > 5 || !hf_view_u64(hf_view_sub(v, 0, n), &count))
        return false;
    if (hf_view_is(unit, "d") || hf_view_is(unit, "w")) {
        *out = now_us - (int64_t)count * (unit.p[0] == 'w' ? 7 : 1) * HF_DAY_US;
        return true;
    }
    if (!hf_view_is(unit, "mo") && !hf_view_is(unit, "y"))
        return false;
    months = (int64_t)c.year * 12 + c.month - 1 - (int64_t)count * (unit.p[0] == 'y' ? 12 : 1);
    if (months < 12)
        return false;
    c.year = (int)(months / 12);
    c.month = (int)(months % 12) + 1;
    if (c.day > days_in(&c))
        c.day = days_in(&c); /* 31 March less one month is the last day of February */
    *out = hf_civil_to_us(&c);
    return true;
}

/* RFC 3339, also without seconds: "2024-03-01T10:00+01:00". */
static bool with_offset(hf_view v, int64_t *us)
{
    char full[32];

    if (hf_time_parse_rfc3339(v, us))
        return true;
    if ((v.n != 17 && v.n != 22) || strchr("Zz+-", v.p[16]) == NULL)
        return false;
    memcpy(full, v.p, 16);
    memcpy(full + 16, ":00", 3);
    memcpy(full + 19, v.p + 16, v.n - 16);
    return hf_time_parse_rfc3339((hf_view){ full, v.n + 3 }, us);
}

hf_status hf_when_parse(hf_view text, const hf_zone *zone, int64_t now_us, int64_t *start_us,
                        int64_t *end_us, hf_err **err)
{
    hf_civil c;
    bool is_day = false;
    int64_t n;

    if (hf_view_is(text, "today") || hf_view_is(text, "yesterday")) {
        *start_us = day_start(zone, now_us, text.p[0] == 'y' ? -1 : 0);
        *end_us = day_start(zone, now_us, text.p[0] == 'y' ? 0 : 1);
        return HF_OK;
    }
    if (civil(text, &c, &is_day)) {
        *start_us = hf_zone_to_us(zone, &c);
        *end_us = is_day ? day_start(zone, *start_us, 1) : *start_us;
        return HF_OK;
    }
    if (text.n > 1 && text.p[0] == '@' && hf_view_i64(hf_view_from(text, 1), &n) &&
        n < INT64_MAX / HF_SECOND_US && n > -(INT64_MAX / HF_SECOND_US))
        *start_us = n * HF_SECOND_US;
    else if (!with_offset(text, start_us) && !ago(text, now_us, start_us)) {
        hf_fail(err, HF_E_USAGE, "\"%.*s\" is no date or time", (int)text.n, text.p);
        return hf_hint(err, "write 2024-03-01, 2024-03-01T10:00, 2024-03-01T10:00:00+02:00, "
                            "@1709251200, 7d, 6mo or yesterday");
    }
    *end_us = *start_us;
    return HF_OK;
}
