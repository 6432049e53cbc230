/* cli/export.c: see export.h. */
#include "export.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool put_part(hf_buf *out, char letter, const hf_civil *c)
{
    hf_civil first = { .year = c->year, .month = 1, .day = 1 };
    long long day;

    switch (letter) {
    case 'Y':
        hf_buf_printf(out, "%04d", c->year);
        return true;
    case 'm':
        hf_buf_printf(out, "%02d", c->month);
        return true;
    case 'd':
        hf_buf_printf(out, "%02d", c->day);
        return true;
    case 'H':
        hf_buf_printf(out, "%02d", c->hour);
        return true;
    case 'M':
        hf_buf_printf(out, "%02d", c->minute);
        return true;
    case 'S':
        hf_buf_printf(out, "%02d", c->second);
        return true;
    case 'j':
        day = (long long)(hf_day_of(hf_civil_to_us(c)) - hf_day_of(hf_civil_to_us(&first)));
        hf_buf_printf(out, "%03lld", day + 1);
        return true;
    case '%':
        hf_buf_byte(out, '%');
        return true;
    default:
        return false;
    }
}

hf_status hf_export_name(const char *pattern, int64_t us, const hf_zone *zone, char **out,
                         hf_err **err)
{
    hf_civil now = hf_us_to_civil(us + hf_zone_offset(zone, us) * HF_SECOND_US);
    hf_status rc = HF_OK;
    hf_buf name;

    hf_buf_init(&name, HF_BUF_UNBOUNDED);
    for (const char *p = pattern; *p != '\0' && rc == HF_OK; p++) {
        if (*p != '%') {
            hf_buf_byte(&name, *p);
        } else if (!put_part(&name, *++p, &now)) {
            hf_fail(err, HF_E_USAGE, "\"%s\" has a %% that means nothing", pattern);
            rc = hf_hint(err, "%%Y %%m %%d %%H %%M %%S %%j are filled in; %%%% is a %%");
            break;
        }
    }
    if (rc == HF_OK)
        *out = hf_view_dup(hf_buf_view(&name));
    hf_buf_clear(&name);
    return rc;
}

hf_status hf_export_formats(const char *list, const hf_format **out, size_t max, size_t *n,
                            hf_err **err)
{
    hf_view left = hf_view_str(list);
    hf_status rc = HF_OK;

    *n = 0;
    while (left.n > 0 && rc == HF_OK) {
        size_t comma = hf_view_find_byte(left, ',');
        char *name = hf_view_dup(hf_view_sub(left, 0, comma == HF_NPOS ? left.n : comma));

        if (*n == max)
            rc = hf_fail(err, HF_E_USAGE, "--to takes at most %zu formats", max);
        else
            rc = hf_job_format(name, true, &out[*n], err);
        if (rc == HF_OK)
            (*n)++;
        hf_free(name);
        left = hf_view_from(left, comma == HF_NPOS ? left.n : comma + 1);
    }
    if (rc == HF_OK && *n == 0)
        rc = hf_fail(err, HF_E_USAGE, "--to names no format");
    return rc;
}

hf_status hf_export_split(const char *text, uint64_t *out, hf_err **err)
{
    *out = 0;
    if (text == NULL)
        return HF_OK;
    if (hf_config_size(hf_view_str(text), out) && *out >= UINT64_C(1) << 20)
        return HF_OK;
    hf_fail(err, HF_E_USAGE, "--split wants a size of 1 MiB or more, not \"%s\"", text);
    return hf_hint(err, "such as 700MiB, 4GiB, or a number of bytes");
}

void hf_export_operator(hf_operator *out)
{
    const char *sudo = getenv("SUDO_USER");
    struct passwd entry, *found = NULL;
    char texts[4096];

    *out = (hf_operator){ .user = "" };
    if (getpwuid_r(getuid(), &entry, texts, sizeof(texts), &found) == 0 && found != NULL)
        snprintf(out->user, sizeof(out->user), "%s", found->pw_name);
    else
        snprintf(out->user, sizeof(out->user), "uid %lu", (unsigned long)getuid());
    if (sudo != NULL && geteuid() == 0) /* anybody can set a variable */
        snprintf(out->sudo_user, sizeof(out->sudo_user), "%s", sudo);
    if (gethostname(out->host, sizeof(out->host) - 1) != 0)
        out->host[0] = '\0';
}
