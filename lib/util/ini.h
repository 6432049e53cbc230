/* util/ini.h: INI files whose every word counts: configuration and policies.
 *
 * Grammar    lines; "[section]"; "key = value"; a line that starts with ; or # is a comment, and so
 *            is the rest of a line from a blank followed by ; or #. Blanks around names and values
 *            go. Values have no quotes and no continuation. A byte-order mark and CRLF are fine.
 * Refused    NUL, other control characters, bytes that are not UTF-8, a key before any section, a
 *            section or a key of one section twice, an empty name, anything else: HF_E_CONFIG with
 *            the file and the line.
 * Kept       names and values whole, whatever their length; files up to 1 MiB.
 */
#ifndef HF_UTIL_INI_H
#define HF_UTIL_INI_H

#include "util/err.h"

typedef struct hf_ini hf_ini;

typedef struct hf_ini_entry {
    const char *section;
    const char *key; /* NULL: the section's own line */
    const char *value;
    uint64_t line; /* from 1 */
} hf_ini_entry;

/* Parse text; file is only named in errors. */
HF_API hf_status hf_ini_parse(const char *file, hf_view text, hf_ini **out, hf_err **err);

/* Read and parse a file. */
HF_API hf_status hf_ini_read(const char *file, hf_ini **out, hf_err **err);
HF_API void hf_ini_free(hf_ini *ini); /* NULL is fine */

/* Entry i in file order, 0 <= i < hf_ini_count. */
HF_API size_t hf_ini_count(const hf_ini *ini);
HF_API const hf_ini_entry *hf_ini_at(const hf_ini *ini, size_t i);

/* The value of section's key; NULL when absent. */
HF_API const char *hf_ini_get(const hf_ini *ini, const char *section, const char *key);

/* Fail with HF_E_CONFIG about an entry: message, file and line. */
HF_API hf_status hf_ini_fail(hf_err **err, const char *file, uint64_t line, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

#endif
