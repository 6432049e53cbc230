/* util/err.c: building and reading error objects. */
#include "util/util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct {
    hf_status code;
    int exit;
    const char *word;
} statuses[] = {
#define HF_ERR(name, number, exit, word, sentence) { HF_E_##name, exit, word },
#include "util/err.def"
#undef HF_ERR
};

static char *format(const char *fmt, va_list ap)
{
    char *text = NULL;

    if (vasprintf(&text, fmt, ap) < 0)
        return hf_strdup("(message could not be formatted)");
    return text;
}

static void set(hf_err **err, hf_status code, int sys, char *message)
{
    hf_err *e;

    if (err == NULL || *err != NULL) {
        hf_free(message);
        return;
    }
    e = HF_NEW(hf_err);
    e->code = code;
    e->sys = sys;
    e->message = message;
    e->offset = HF_NO_OFFSET;
    *err = e;
}

hf_status hf_fail(hf_err **err, hf_status code, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    set(err, code, 0, format(fmt, ap));
    va_end(ap);
    return code;
}

static hf_status status_of_errno(int sys)
{
    switch (sys) {
    case EACCES:
    case EPERM:
    case EROFS:
        return HF_E_DENIED;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return HF_E_NO_SPACE;
    default:
        return HF_E_IO;
    }
}

hf_status hf_fail_sys(hf_err **err, const char *fmt, ...)
{
    int sys = errno;
    hf_status code = status_of_errno(sys);
    char *what, *message;
    va_list ap;

    va_start(ap, fmt);
    what = format(fmt, ap);
    va_end(ap);
    message = hf_sprintf("%s: %s", what, strerror(sys));
    hf_free(what);
    set(err, code, sys, message);
    return code;
}

hf_status hf_err_at(hf_err **err, const char *file, hf_view member, uint64_t offset)
{
    hf_err *e = err == NULL ? NULL : *err;

    if (e == NULL)
        return HF_E_INTERNAL;
    if (e->file == NULL && file != NULL)
        e->file = hf_strdup(file);
    if (e->member == NULL && member.n > 0) {
        hf_buf b;

        hf_buf_init(&b, HF_BUF_UNBOUNDED);
        hf_buf_printable(&b, member);
        e->member = hf_strdup(hf_buf_cstr(&b));
        hf_buf_clear(&b);
    }
    if (e->offset == HF_NO_OFFSET)
        e->offset = offset;
    return e->code;
}

hf_status hf_hint(hf_err **err, const char *fmt, ...)
{
    hf_err *e = err == NULL ? NULL : *err;
    va_list ap;

    if (e == NULL)
        return HF_E_INTERNAL;
    if (e->hint == NULL) {
        va_start(ap, fmt);
        e->hint = format(fmt, ap);
        va_end(ap);
    }
    return e->code;
}

hf_status hf_wrap(hf_err **err, const char *fmt, ...)
{
    hf_err *e = err == NULL ? NULL : *err;
    char *prefix, *joined;
    va_list ap;

    if (e == NULL)
        return HF_E_INTERNAL;
    va_start(ap, fmt);
    prefix = format(fmt, ap);
    va_end(ap);
    joined = hf_sprintf("%s: %s", prefix, e->message);
    hf_free(prefix);
    hf_free(e->message);
    e->message = joined;
    return e->code;
}

void hf_err_free(hf_err *err)
{
    if (err == NULL)
        return;
    hf_free(err->message);
    hf_free(err->file);
    hf_free(err->member);
    hf_free(err->hint);
    hf_free(err);
}

int hf_status_exit(hf_status code)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].code == code)
            return statuses[i].exit;
    return code >= 0 ? 0 : 1;
}

const char *hf_status_word(hf_status code)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].code == code)
            return statuses[i].word;
    return code >= 0 ? "OK" : "INTERNAL";
}
