/* util/config.h: the effective configuration: files, environment and flags in one order.
 *
 * Order, later wins: built in; /etc/holdfast/holdfast.conf; every NAME.conf in
 * /etc/holdfast/conf.d, sorted; $XDG_CONFIG_HOME/holdfast/holdfast.conf; --config or
 * HOLDFAST_CONFIG; the environment (HOLDFAST_VAULT, HOLDFAST_TZ, HOLDFAST_MEMORY); flags. A later
 * [source NAME] section adds to and overrides the keys of an earlier one. Files that do not exist
 * count only when named by --config. Errors    HF_E_CONFIG with file and line; an unknown key names
 * the nearest known one.
 */
#ifndef HF_UTIL_CONFIG_H
#define HF_UTIL_CONFIG_H

#include "util/err.h"

typedef struct hf_config hf_config;

typedef struct hf_config_value {
    const char *section; /* "general" or "source NAME" */
    const char *key;
    const char *value;
    const char *origin; /* "built in", "environment HOLDFAST_TZ", "flag --tz", or a path */
    uint64_t line;      /* line of that file; 0 when origin is no file */
} hf_config_value;

/* Read everything below the flags. file: what --config named; NULL: HOLDFAST_CONFIG decides. */
HF_API hf_status hf_config_load(const char *file, hf_config **out, hf_err **err);

/* Check one file alone, as hf_config_load would read it. */
HF_API hf_status hf_config_check(const char *file, hf_err **err);

HF_API void hf_config_free(hf_config *c); /* NULL is fine */

/* The value of a [general] key ("vault", "tz", "memory"), or of a key of [source NAME]; NULL when
 * it is not set. */
HF_API const char *hf_config_general(const hf_config *c, const char *key);
HF_API const char *hf_config_source(const hf_config *c, const char *name, const char *key);

/* Whether any file gives a [source NAME] at least one key. */
HF_API bool hf_config_has_source(const hf_config *c, const char *name);

/* "256MiB", "64 KiB", "1GiB" or a plain number as bytes; false for anything else. */
HF_API bool hf_config_size(hf_view text, uint64_t *bytes);

/* Lay a flag's value over a [general] key. */
HF_API void hf_config_set_flag(hf_config *c, const char *key, const char *value);

/* Every effective value, sections in the order first met; NULL past the end. Valid until the next
 * hf_config_set_flag. */
HF_API const hf_config_value *hf_config_at(const hf_config *c, size_t i);

#endif
