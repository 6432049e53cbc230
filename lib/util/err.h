/* util/err.h: what a call returns, and the object that says why it failed.
 *
 * Every fallible call returns hf_status and takes hf_err **err last. HF_OK and HF_END leave *err
 * alone; a negative status sets it. The caller owns the object and frees it with hf_err_free. Out
 * of memory is not a status: see util/mem.h.
 */
#ifndef HF_UTIL_ERR_H
#define HF_UTIL_ERR_H

#include "util/view.h"

typedef enum hf_status {
    HF_OK = 0,
    HF_END = 1, /* nothing more to read; not an error */
#define HF_ERR(name, number, exit, word, sentence) HF_E_##name = number,
#include "util/err.def"
#undef HF_ERR
} hf_status;

#define HF_NO_OFFSET UINT64_MAX

typedef struct hf_err {
    hf_status code;
    int sys;       /* errno at the failing call, 0 when none */
    char *message; /* what failed: one line, lower case, no full stop */
    char *file;    /* the path or URL worked on; NULL when unknown */
    char *member;  /* the member or table inside it, control characters escaped; NULL when none */
    uint64_t
        offset; /* byte offset (or line, see unit) inside the member; HF_NO_OFFSET when unknown */
    const char *unit; /* "byte" or "line"; NULL means byte */
    char *hint;       /* what the operator can do; NULL when unknown */
} hf_err;

/* Set *err (when err is not NULL and *err is still NULL) and return code. */
HF_API hf_status hf_fail(hf_err **err, hf_status code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As hf_fail, for a failed system call: appends strerror(errno) and maps EACCES, ENOSPC and their
 * like to HF_E_DENIED and HF_E_NO_SPACE; anything else is HF_E_IO. */
HF_API hf_status hf_fail_sys(hf_err **err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Add where it happened to *err, each part only when it is not known yet; NULL file, empty member
 * and HF_NO_OFFSET mean unknown. Returns the code of *err, or HF_E_INTERNAL when *err is NULL. */
HF_API hf_status hf_err_at(hf_err **err, const char *file, hf_view member, uint64_t offset);

/* Add what the operator can do, unless a hint is there already; returns the code of *err. */
HF_API hf_status hf_hint(hf_err **err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Put "prefix: " before the message while passing an error up; returns its code. */
HF_API hf_status hf_wrap(hf_err **err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Free err; NULL is fine. */
HF_API void hf_err_free(hf_err *err);

/* The process exit status of docs/errors.md for a status (0 for HF_OK and HF_END). */
HF_API int hf_status_exit(hf_status code);

/* The stable code word printed with an error, such as "TARGET_EXISTS". */
HF_API const char *hf_status_word(hf_status code);

#endif
