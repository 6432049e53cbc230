/* util/zone.c: time zones from TZif version 2+ files (RFC 8536), and Slack's Los Angeles clock.
 *
 * Only the explicit transitions and the last type are used, plus the footer's rule when it is one
 * of the "std offset dst, Mm.w.d, Mm.w.d" kind: that covers every zone of the 2024 database.
 */
#include "util/util.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAX_TRANSITIONS = 4096, MAX_FILE = 1 << 20 };

/* The week-day rule of POSIX TZ: week w (5 = last) of month m, day d (0 = Sunday), at second s
 * local. */
typedef struct rule {
    int month, week, day;
    int32_t at;
} rule;

struct hf_zone {
    size_t n;
    int64_t *when;   /* seconds UTC, ascending */
    int32_t *offset; /* from when[i] on */
    int32_t first;   /* before when[0] */
    bool has_dst;
    int32_t std, dst;
    rule to_dst, to_std;
};

static int64_t rule_day(int year, const rule *r)
{
    hf_civil first = { .year = year, .month = r->month, .day = 1 };
    int64_t day = hf_day_of(hf_civil_to_us(&first));
    int64_t weekday = ((day + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    int64_t at = day + ((r->day - weekday + 7) % 7) + (int64_t)(r->week - 1) * 7;

    if (r->week == 5) {
        hf_civil next = { .year = r->month == 12 ? year + 1 : year,
                          .month = r->month == 12 ? 1 : r->month + 1,
                          .day = 1 };
        int64_t end = hf_day_of(hf_civil_to_us(&next));

        while (at >= end)
            at -= 7;
    }
    return at;
}

static int32_t by_rules(int64_t seconds, int32_t std, int32_t dst, const rule *to_dst,
                        const rule *to_std)
{
    int year = hf_us_to_civil((seconds + std) * HF_SECOND_US).year;
    int64_t start = rule_day(year, to_dst) * 86400 + to_dst->at - std;
    int64_t end = rule_day(year, to_std) * 86400 + to_std->at - dst;
    bool summer =
        start < end ? seconds >= start && seconds < end : seconds >= start || seconds < end;

    return summer ? dst : std;
}

int32_t hf_los_angeles_offset(int64_t us)
{
    static const rule march = { 3, 2, 0, 7200 }, november = { 11, 1, 0, 7200 };
    int64_t seconds = hf_day_of(us) * 86400 + (us - hf_day_of(us) * HF_DAY_US) / HF_SECOND_US;

    return by_rules(seconds, -8 * 3600, -7 * 3600, &march, &november);
}

int32_t hf_zone_offset(const hf_zone *z, int64_t us)
{
    int64_t seconds = hf_day_of(us) * 86400 + (us - hf_day_of(us) * HF_DAY_US) / HF_SECOND_US;
    size_t low = 0, high;

    if (z == NULL)
        return 0;
    high = z->n;
    if (z->n > 0 && seconds >= z->when[z->n - 1] && z->has_dst)
        return by_rules(seconds, z->std, z->dst, &z->to_dst, &z->to_std);
    while (low < high) {
        size_t mid = (low + high) / 2;

        if (z->when[mid] <= seconds)
            low = mid + 1;
        else
            high = mid;
    }
    return low == 0 ? z->first : z->offset[low - 1];
}

int64_t hf_zone_to_us(const hf_zone *z, const hf_civil *c)
{
    int64_t wall = hf_civil_to_us(c);
    int32_t before = hf_zone_offset(z, wall - HF_DAY_US),
            after = hf_zone_offset(z, wall + HF_DAY_US);
    int64_t first = wall - before * HF_SECOND_US, second = wall - after * HF_SECOND_US;

    if (hf_zone_offset(z, first) == before)
        return first;
    if (hf_zone_offset(z, second) == after)
        return second;
    /* The wall time was skipped: find the jump between the two readings. */
    for (int64_t low = second, high = first;;) {
        int64_t mid = low + (high - low) / 2;

        if (high - low <= 1)
            return high;
        if (hf_zone_offset(z, mid) == before)
            low = mid;
        else
            high = mid;
    }
}

void hf_zone_free(hf_zone *z)
{
    if (z == NULL)
        return;
    hf_free(z->when);
    hf_free(z->offset);
    hf_free(z);
}

static int64_t be(const unsigned char *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[i];
    return n == 4 ? (int64_t)(int32_t)(uint32_t)v : (int64_t)v;
}

/* "hh[:mm[:ss]]" with an optional sign; advances *p. */
static bool parse_hms(const char **p, int32_t *out)
{
    int sign = 1;
    int32_t part[3] = { 0, 0, 0 };

    if (**p == '-' || **p == '+')
        sign = *(*p)++ == '-' ? -1 : 1;
    for (int i = 0; i < 3; i++) {
        if (**p < '0' || **p > '9')
            return false;
        while (**p >= '0' && **p <= '9' && part[i] < 1000)
            part[i] = part[i] * 10 + (*(*p)++ - '0');
        if (**p != ':')
            break;
        (*p)++;
    }
    *out = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return true;
}

static bool skip_name(const char **p)
{
    const char *start = *p;

    if (**p == '<') {
        while (**p != '\0' && **p != '>')
            (*p)++;
        return *(*p)++ == '>';
    }
    while ((**p >= 'A' && **p <= 'Z') || (**p >= 'a' && **p <= 'z'))
        (*p)++;
    return *p > start;
}

static bool parse_rule(const char **p, rule *r)
{
    int used = 0;

    if (*(*p)++ != ',' || *(*p)++ != 'M')
        return false;
    if ((*p)[0] < '0' || (*p)[0] > '9')
        return false;
    for (r->month = 0; **p >= '0' && **p <= '9' && used < 2; used++)
        r->month = r->month * 10 + (*(*p)++ - '0');
    if (*(*p)++ != '.' || r->month < 1 || r->month > 12)
        return false;
    r->week = *(*p)++ - '0';
    if (*(*p)++ != '.')
        return false;
    r->day = *(*p)++ - '0';
    r->at = 7200;
    if (**p == '/') {
        (*p)++;
        if (!parse_hms(p, &r->at))
            return false;
    }
    return r->week >= 1 && r->week <= 5 && r->day >= 0 && r->day <= 6;
}

static void parse_footer(hf_zone *z, const char *p)
{
    int32_t std, dst;

    if (!skip_name(&p) || !parse_hms(&p, &std))
        return;
    if (*p == '\0' || *p == '\n' || !skip_name(&p))
        return;
    dst = std - 3600;
    if (*p != ',' && !parse_hms(&p, &dst))
        return;
    z->std = -std;
    z->dst = -dst;
    z->has_dst = parse_rule(&p, &z->to_dst) && parse_rule(&p, &z->to_std);
}

/* Counts of a TZif header: isutc, isstd, leap, time, type, char. */
static bool header(const unsigned char *p, size_t n, size_t count[6])
{
    if (n < 44 || memcmp(p, "TZif", 4) != 0)
        return false;
    for (size_t i = 0; i < 6; i++)
        count[i] = (size_t)be(p + 20 + 4 * i, 4);
    return count[3] <= MAX_TRANSITIONS && count[4] <= 256 && count[4] > 0 && count[5] <= 4096 &&
           count[2] <= 4096 && count[0] <= 256 && count[1] <= 256;
}

static bool parse_tzif(hf_zone *z, const unsigned char *p, size_t n)
{
    size_t c[6], skip;
    const unsigned char *types, *index;

    if (!header(p, n, c) || p[4] < '2')
        return false;
    skip = 44 + c[3] * 5 + c[4] * 6 + c[5] + c[2] * 8 + c[1] + c[0];
    if (skip > n || !header(p + skip, n - skip, c))
        return false;
    p += skip + 44;
    n -= skip + 44;
    if (n < c[3] * 9 + c[4] * 6 + c[5] + c[2] * 12 + c[1] + c[0])
        return false;
    index = p + c[3] * 8;
    types = index + c[3];
    z->n = c[3];
    z->when = hf_alloc0(z->n, sizeof(*z->when));
    z->offset = hf_alloc0(z->n, sizeof(*z->offset));
    z->first = (int32_t)be(types, 4);
    for (size_t i = 0; i < z->n; i++) {
        if (index[i] >= c[4])
            return false;
        z->when[i] = be(p + 8 * i, 8);
        z->offset[i] = (int32_t)be(types + (size_t)index[i] * 6, 4);
    }
    skip = c[3] * 9 + c[4] * 6 + c[5] + c[2] * 12 + c[1] + c[0];
    if (skip + 1 < n && p[skip] == '\n')
        parse_footer(z, (const char *)p + skip + 1);
    return true;
}

static bool safe_name(const char *name)
{
    if (name[0] == '\0' || name[0] == '/' || strstr(name, "..") != NULL || strlen(name) > 100)
        return false;
    for (const char *p = name; *p != '\0'; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
              strchr("/_+-", *p) != NULL))
            return false;
    return true;
}

hf_status hf_zone_open(const char *name, hf_zone **out, hf_err **err)
{
    const char *folder = getenv("TZDIR");
    hf_zone *z = HF_NEW(hf_zone);
    unsigned char *data = NULL;
    char *path = NULL;
    FILE *f = NULL;
    size_t n;
    hf_status rc = HF_OK;

    *out = NULL;
    if (strcmp(name, "UTC") == 0) {
        *out = z;
        return HF_OK;
    }
    path = hf_sprintf("%s/%s", folder == NULL ? "/usr/share/zoneinfo" : folder, name);
    if (safe_name(name))
        f = fopen(path, "rb");
    data = hf_alloc0(MAX_FILE + 1, 1);
    n = f == NULL ? 0 : fread(data, 1, MAX_FILE, f);
    if (!parse_tzif(z, data, n)) {
        rc = hf_fail(err, HF_E_USAGE, "\"%s\" is not a time zone this system knows", name);
        hf_hint(err, "use a name such as UTC, Europe/Berlin or America/New_York (folder "
                     "/usr/share/zoneinfo, package tzdata)");
    }
    if (f != NULL)
        fclose(f);
    hf_free(data);
    hf_free(path);
    if (rc == HF_OK)
        *out = z;
    else
        hf_zone_free(z);
    return rc;
}
