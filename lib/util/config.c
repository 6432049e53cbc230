/* util/config.c: see config.h. */
#include "util/config.h"
#include "util/ini.h"
#include "util/nearest.h"
#include "util/util.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define SYSTEM_FOLDER "/etc/holdfast"

/* Every key there is. A key that the program does not read is refused, never ignored. */
static const char *const general_keys[] = { "vault", "tz", "memory", NULL };
static const char *const source_keys[] = { "url",
                                           "kind",
                                           "path",
                                           "service",
                                           "origin",
                                           "files",
                                           "known",
                                           "jobs",
                                           "password-command",
                                           "statement-timeout",
                                           "lock-timeout",
                                           "vault",
                                           "vault-id",
                                           NULL };

static const struct {
    const char *variable, *key;
} environment[] = {
    { "HOLDFAST_VAULT", "vault" },
    { "HOLDFAST_TZ", "tz" },
    { "HOLDFAST_MEMORY", "memory" },
};

struct hf_config {
    hf_arena *mem;
    hf_config_value *values;
    size_t n, cap;
};

static hf_config_value *find(const hf_config *c, const char *section, const char *key)
{
    for (size_t i = 0; i < c->n; i++)
        if (strcmp(c->values[i].section, section) == 0 && strcmp(c->values[i].key, key) == 0)
            return &c->values[i];
    return NULL;
}

static const char *keep(hf_config *c, const char *text)
{
    return hf_arena_dup(c->mem, hf_view_str(text)).p;
}

/* A later value takes the place of the earlier one. */
static void put(hf_config *c, hf_config_value v)
{
    hf_config_value *old = find(c, v.section, v.key);

    v.section = keep(c, v.section);
    v.key = keep(c, v.key);
    v.value = keep(c, v.value);
    v.origin = keep(c, v.origin);
    if (old != NULL) {
        *old = v;
        return;
    }
    if (c->n == c->cap) {
        c->cap = c->cap == 0 ? 16 : c->cap * 2;
        c->values = hf_realloc(c->values, c->cap, sizeof(*c->values));
    }
    c->values[c->n++] = v;
}

static bool is_known(const char *const *keys, const char *key)
{
    for (; *keys != NULL; keys++)
        if (strcmp(*keys, key) == 0)
            return true;
    return false;
}

static hf_status check_section(const char *file, const hf_ini_entry *e, hf_err **err)
{
    if (strcmp(e->section, "general") == 0)
        return HF_OK;
    if (strncmp(e->section, "source ", 7) == 0 && e->section[7] != '\0')
        return HF_OK;
    hf_ini_fail(err, file, e->line, "there is no section [%s]", e->section);
    return hf_hint(err, "sections are [general] and [source NAME]");
}

static hf_status check_key(const char *file, const hf_ini_entry *e, hf_err **err)
{
    const char *const *keys = strcmp(e->section, "general") == 0 ? general_keys : source_keys;
    hf_nearest near = { .word = hf_view_str(e->key) };
    hf_buf list;

    if (is_known(keys, e->key))
        return HF_OK;
    hf_ini_fail(err, file, e->line, "[%s] has no key \"%s\"", e->section, e->key);
    hf_buf_init(&list, HF_BUF_UNBOUNDED);
    for (size_t i = 0; keys[i] != NULL; i++) {
        hf_nearest_try(&near, keys[i]);
        hf_buf_printf(&list, "%s%s", i == 0 ? "" : ", ", keys[i]);
    }
    if (near.best != NULL)
        hf_hint(err, "did you mean \"%s\"?", near.best);
    else
        hf_hint(err, "keys are %s", hf_buf_cstr(&list));
    hf_buf_clear(&list);
    return HF_E_CONFIG;
}

/* The value of tz must name a zone, memory a size, jobs a number. */
static hf_status check_value(const hf_config_value *v, hf_err **err)
{
    bool is_general = strcmp(v->section, "general") == 0;
    hf_zone *zone = NULL;
    uint64_t bytes;
    hf_err *why = NULL;

    if (!is_general && strcmp(v->key, "jobs") == 0 &&
        (!hf_view_u64(hf_view_str(v->value), &bytes) || bytes == 0)) {
        hf_fail(err, HF_E_CONFIG, "jobs cannot be \"%s\"", v->value);
        hf_hint(err, "the number of connections at once: 2");
    } else if (!is_general) {
        return HF_OK;
    } else if (strcmp(v->key, "tz") == 0) {
        if (hf_zone_open(v->value, &zone, &why) == HF_OK) {
            hf_zone_free(zone);
            return HF_OK;
        }
        hf_fail(err, HF_E_CONFIG, "%s", why->message);
        if (why->hint != NULL)
            hf_hint(err, "%s", why->hint);
        hf_err_free(why);
    } else if (strcmp(v->key, "memory") == 0 && !hf_config_size(hf_view_str(v->value), &bytes)) {
        hf_fail(err, HF_E_CONFIG, "memory cannot be \"%s\"", v->value);
        hf_hint(err, "a number of bytes, or one with KiB, MiB or GiB: 256MiB");
    } else {
        return HF_OK;
    }
    hf_err_at(err, v->origin, HF_V(""), v->line == 0 ? HF_NO_OFFSET : v->line);
    if (err != NULL && *err != NULL)
        (*err)->unit = "line";
    return HF_E_CONFIG;
}

bool hf_config_size(hf_view text, uint64_t *bytes)
{
    static const struct {
        const char *suffix;
        unsigned shift;
    } units[] = { { "KiB", 10 }, { "MiB", 20 }, { "GiB", 30 }, { "", 0 } };

    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        hf_view suffix = hf_view_str(units[i].suffix), digits = text;
        uint64_t n;

        if (!hf_view_ends(text, suffix))
            continue;
        digits.n -= suffix.n;
        while (suffix.n > 0 && digits.n > 0 && digits.p[digits.n - 1] == ' ')
            digits.n--;
        if (!hf_view_u64(digits, &n))
            return false;
        return !__builtin_mul_overflow(n, UINT64_C(1) << units[i].shift, bytes);
    }
    return false;
}

static hf_status add_file(hf_config *c, const char *file, hf_err **err)
{
    hf_ini *ini = NULL;
    hf_status rc = hf_ini_read(file, &ini, err);

    if (rc == HF_E_LIMIT || rc == HF_E_IO) /* too large, a folder: no configuration either */
        (*err)->code = rc = HF_E_CONFIG;
    for (size_t i = 0; rc == HF_OK && i < hf_ini_count(ini); i++) {
        const hf_ini_entry *e = hf_ini_at(ini, i);
        hf_config_value v = { e->section, e->key, e->value, file, e->line };

        rc = check_section(file, e, err);
        if (rc != HF_OK || e->key == NULL)
            continue;
        rc = check_key(file, e, err);
        if (rc == HF_OK)
            rc = check_value(&v, err);
        if (rc == HF_OK)
            put(c, v);
    }
    hf_ini_free(ini);
    return rc;
}

/* A file that may be absent. One that is there and cannot be read is an error. */
static hf_status add_file_if_there(hf_config *c, const char *file, hf_err **err)
{
    return access(file, F_OK) == 0 ? add_file(c, file, err) : HF_OK;
}

static hf_status add_system_files(hf_config *c, hf_err **err)
{
    glob_t found;
    hf_status rc = add_file_if_there(c, SYSTEM_FOLDER "/holdfast.conf", err);

    if (rc != HF_OK)
        return rc;
    /* Sorted by bytes: the program never calls setlocale, so glob() collates as in "C". */
    if (glob(SYSTEM_FOLDER "/conf.d/*.conf", 0, NULL, &found) == 0) {
        for (size_t i = 0; rc == HF_OK && i < found.gl_pathc; i++)
            rc = add_file(c, found.gl_pathv[i], err);
        globfree(&found);
    }
    return rc;
}

static hf_status add_user_file(hf_config *c, hf_err **err)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *path;
    hf_status rc;

    if (xdg != NULL && xdg[0] == '/') /* a relative path is to be ignored, says the XDG page */
        path = hf_sprintf("%s/holdfast/holdfast.conf", xdg);
    else if (home != NULL && home[0] == '/')
        path = hf_sprintf("%s/.config/holdfast/holdfast.conf", home);
    else
        return HF_OK;
    rc = add_file_if_there(c, path, err);
    hf_free(path);
    return rc;
}

static hf_status add_environment(hf_config *c, hf_err **err)
{
    for (size_t i = 0; i < sizeof(environment) / sizeof(environment[0]); i++) {
        const char *value = getenv(environment[i].variable);
        char origin[64];
        hf_config_value v = { "general", environment[i].key, value, origin, 0 };
        hf_status rc;

        if (value == NULL || value[0] == '\0')
            continue;
        snprintf(origin, sizeof(origin), "environment %s", environment[i].variable);
        rc = check_value(&v, err);
        if (rc != HF_OK)
            return rc;
        put(c, v);
    }
    return HF_OK;
}

static hf_config *config_new(void)
{
    hf_config *c = HF_NEW(hf_config);

    c->mem = hf_arena_new();
    put(c, (hf_config_value){ "general", "tz", "UTC", "built in", 0 });
    put(c, (hf_config_value){ "general", "memory", "256MiB", "built in", 0 });
    return c;
}

hf_status hf_config_load(const char *file, hf_config **out, hf_err **err)
{
    hf_config *c = config_new();
    hf_status rc = add_system_files(c, err);

    if (file == NULL)
        file = getenv("HOLDFAST_CONFIG");
    if (rc == HF_OK)
        rc = add_user_file(c, err);
    if (rc == HF_OK && file != NULL && file[0] != '\0')
        rc = add_file(c, file, err);
    if (rc == HF_OK)
        rc = add_environment(c, err);
    if (rc == HF_OK)
        *out = c;
    else
        hf_config_free(c);
    return rc;
}

hf_status hf_config_check(const char *file, hf_err **err)
{
    hf_config *c = config_new();
    hf_status rc = add_file(c, file, err);

    hf_config_free(c);
    return rc;
}

void hf_config_free(hf_config *c)
{
    if (c == NULL)
        return;
    hf_arena_free(c->mem);
    hf_free(c->values);
    hf_free(c);
}

const char *hf_config_general(const hf_config *c, const char *key)
{
    const hf_config_value *v = find(c, "general", key);

    return v == NULL ? NULL : v->value;
}

static bool names_source(const hf_config_value *v, const char *name)
{
    return strncmp(v->section, "source ", 7) == 0 && strcmp(v->section + 7, name) == 0;
}

const char *hf_config_source(const hf_config *c, const char *name, const char *key)
{
    for (size_t i = 0; i < c->n; i++)
        if (names_source(&c->values[i], name) && strcmp(c->values[i].key, key) == 0)
            return c->values[i].value;
    return NULL;
}

bool hf_config_has_source(const hf_config *c, const char *name)
{
    for (size_t i = 0; i < c->n; i++)
        if (names_source(&c->values[i], name))
            return true;
    return false;
}

void hf_config_set_flag(hf_config *c, const char *key, const char *value)
{
    char origin[64];

    snprintf(origin, sizeof(origin), "flag --%s", key);
    put(c, (hf_config_value){ "general", key, value, origin, 0 });
}

const hf_config_value *hf_config_at(const hf_config *c, size_t i)
{
    return i < c->n ? &c->values[i] : NULL;
}
