/* cli/source.c: see source.h. */
#include "source.h"

#include "job.h"
#include "text/secret.h"
#include "util/nearest.h"
#include "vault/vault.h"

#include <unistd.h>

/* --- secrets ------------------------------------------------------------------------------------
 */

void hf_cli_hide_passwords(int argc, char **argv, hf_arena *mem)
{
    for (int i = 1; i < argc; i++) {
        char *shown = argv[i];
        hf_view text = hf_view_str(shown);
        size_t at = 0, begin, end;

        if (!hf_secret_password(text, 0, &begin, &end))
            continue;
        argv[i] = (char *)(uintptr_t)hf_arena_dup(mem, text).p;
        while (hf_secret_password(text, at, &begin, &end)) {
            memset(shown + begin, 'x', end - begin);
            at = end;
        }
    }
}

static void warn_of_password(hf_cli *cli, const char *spec, const char *name)
{
    size_t begin, end;

    if (!hf_secret_password(hf_view_str(spec), 0, &begin, &end))
        return;
    if (name == NULL)
        hf_cli_warn(cli, "a password on the command line is seen by everybody on this machine; use "
                         "a password file (PGPASSFILE) or --password-command");
    else
        hf_cli_warn(cli,
                    "[source %s] holds a password; a password file (PGPASSFILE) or "
                    "password-command keeps it out of the configuration",
                    name);
}

/* --- names --------------------------------------------------------------------------------------
 */

static const char *value_of(hf_cli *cli, const char *name, const char *key)
{
    return hf_config_source(hf_cli_config(cli), name, key);
}

/* What may be the name of a section: neither a path nor a prefix nor a stream. */
static bool is_word(const char *spec)
{
    return strpbrk(spec, "/:") == NULL && strcmp(spec, "-") != 0;
}

/* What the section says the source is, to be freed. */
static hf_status say_source(hf_cli *cli, const char *name, char **spec, hf_err **err)
{
    const char *url = value_of(cli, name, "url"), *path = value_of(cli, name, "path");
    const char *service = value_of(cli, name, "service"), *kind = value_of(cli, name, "kind");

    if ((url != NULL) + (path != NULL) + (service != NULL) != 1) {
        hf_fail(err, HF_E_CONFIG, "[source %s] has %s", name,
                url == NULL && path == NULL && service == NULL
                    ? "none of url, path and service"
                    : "more than one of url, path and service");
        return hf_hint(err,
                       "url is anything that a command takes as SOURCE, path a file or folder, "
                       "service a section of pg_service.conf; give one");
    }
    if (service != NULL && kind == NULL) {
        hf_fail(err, HF_E_CONFIG, "[source %s] has a service, and no kind", name);
        return hf_hint(err, "kind = mattermost says what is in that database");
    }
    *spec = hf_sprintf("%s%s%s%s", kind == NULL ? "" : kind, kind == NULL ? "" : ":",
                       service != NULL ? "service=" : "",
                       url != NULL    ? url
                       : path != NULL ? path
                                      : service);
    return HF_OK;
}

/* A word that is neither a file nor a name: say which names there are. */
static hf_status no_such(hf_cli *cli, const char *word, hf_err **err)
{
    const hf_config *config = hf_cli_config(cli);
    const hf_config_value *v;
    hf_nearest near = { .word = hf_view_str(word) };

    for (size_t i = 0; (v = hf_config_at(config, i)) != NULL; i++)
        if (strncmp(v->section, "source ", 7) == 0)
            hf_nearest_try(&near, v->section + 7);
    hf_fail(err, HF_E_USAGE,
            "there is no such file or folder, and no [source %s] in the configuration", word);
    if (near.best != NULL)
        hf_hint(err, "did you mean %s?", near.best);
    else
        hf_hint(err, "check the path; `holdfast config show` lists the sources that have a name");
    return hf_err_at(err, word, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

/* --- opening ------------------------------------------------------------------------------------
 */

/* Each is a key of a section, an option of the commands and one of readers. */
static const char *const how[] = {
    "files", "known", "jobs", "password-command", "statement-timeout", "lock-timeout", NULL
};

static hf_status set_options(hf_cli *cli, hf_cli_source *s, hf_err **err)
{
    for (size_t i = 0; how[i] != NULL; i++) {
        const char *value = hf_cli_text(cli, how[i]);

        if (value == NULL && s->name != NULL)
            value = value_of(cli, s->name, how[i]);
        if (value != NULL)
            hf_opts_set(s->reads, how[i], value);
    }
    s->origin = hf_cli_text(cli, "origin");
    if (s->origin == NULL && s->name != NULL)
        s->origin = value_of(cli, s->name, "origin");
    if (s->origin != NULL)
        hf_opts_set(s->reads, "origin", s->origin);
    return hf_job_set(cli, s->reads, err);
}

hf_status hf_cli_source_open(hf_cli *cli, size_t i, hf_cli_source *out, hf_err **err)
{
    hf_source_limits limits = { .salvage = hf_cli_flag(cli, "salvage") > 0 };
    const char *spec = hf_cli_arg(cli, i);
    bool may_be_name = is_word(spec), is_there = access(spec, F_OK) == 0;
    char *meant = NULL;
    hf_status rc;

    *out = (hf_cli_source){ .cli = cli, .reads = hf_opts_new() };
    if (may_be_name && hf_config_has_source(hf_cli_config(cli), spec)) {
        if (is_there)
            hf_cli_warn(cli, "%s is read, not [source %s]: there is a file of that name here", spec,
                        spec);
        else
            out->name = spec;
    } else if (may_be_name && !is_there) {
        return no_such(cli, spec, err);
    }
    if (out->name != NULL) {
        out->vault = value_of(cli, out->name, "vault");
        rc = say_source(cli, out->name, &meant, err);
        if (rc != HF_OK)
            return rc;
        spec = meant;
    }
    warn_of_password(cli, spec, out->name);
    rc = set_options(cli, out, err);
    if (rc == HF_OK)
        rc = hf_input_open(&out->in, spec, &limits, err);
    hf_free(meant);
    return rc;
}

/* What --salvage went on from is no secret: it is said, and what was made of it is not all. */
static void say_damage(const hf_cli_source *s)
{
    const char *damage = s->in.source == NULL ? NULL : hf_source_damage(s->in.source);

    if (damage == NULL)
        return;
    hf_cli_warn(s->cli, "%s is damaged, and only what is left of it was read: %s", s->in.label,
                damage);
    hf_cli_exit(s->cli, 3);
}

void hf_cli_source_clear(hf_cli_source *s)
{
    say_damage(s);
    hf_input_clear(&s->in);
    hf_opts_free(s->reads);
    *s = (hf_cli_source){ .name = NULL };
}

hf_status hf_cli_source_is_bound(hf_cli *cli, const hf_cli_source *s, const char *path,
                                 hf_err **err)
{
    const char *id = s->name == NULL ? NULL : value_of(cli, s->name, "vault-id");
    hf_vault *v = NULL;
    hf_status rc = HF_OK;

    if (id == NULL)
        return HF_OK;
    if (!hf_vault_is(path))
        rc = hf_fail(err, HF_E_REFUSED, "[source %s] is bound to vault %s, which is not there",
                     s->name, id);
    else
        rc = hf_vault_open(&v, path, HF_VAULT_READ, HF_VAULT_NETWORK_FS, err);
    if (rc == HF_OK && strcmp(hf_vault_id(v), id) != 0)
        rc = hf_fail(err, HF_E_REFUSED, "this is vault %s; [source %s] is bound to vault %s",
                     hf_vault_id(v), s->name, id);
    hf_vault_close(v);
    if (rc == HF_E_REFUSED)
        hf_hint(err, "is its disk mounted? otherwise correct vault and vault-id of the section");
    return rc == HF_OK ? rc : hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}
