/* cli/key.c: see key.h. */
#include "key.h"

#include "act.h"

#include <limits.h>
#include <unistd.h>

hf_passphrase hf_cli_passphrase(hf_cli *cli)
{
    bool has_fd = false;
    uint64_t fd = hf_cli_u64(cli, "passphrase-fd", &has_fd);

    return (hf_passphrase){ .file = hf_cli_text(cli, "passphrase-file"),
                            .has_fd = has_fd,
                            .fd = fd > INT_MAX ? -1 : (int)fd,
                            .command = hf_cli_text(cli, "passphrase-command") };
}

static const char *vault_id(const hf_log *log)
{
    return strchr(hf_log_origin(log), '/') + 1;
}

char *hf_cli_key_path(const hf_log *log, const hf_vkey *key, bool is_first)
{
    char *name = is_first ? hf_strdup(vault_id(log))
                          : hf_sprintf("%s-%08x", vault_id(log), (unsigned)key->id);
    char *path = hf_key_default_path(name);

    hf_free(name);
    return path;
}

typedef struct current {
    char *vkey;
} current;

static bool take_current(void *self, const hf_log_key *k)
{
    current *c = self;

    if (k->is_current)
        c->vkey = hf_view_dup(k->vkey);
    return true;
}

static hf_status load(hf_cli *cli, const char *path, hf_key **out, hf_err **err)
{
    hf_passphrase from = hf_cli_passphrase(cli);

    return hf_key_load(out, path, &from, err);
}

static hf_status load_default(hf_cli *cli, const hf_log *log, const hf_vkey *k, hf_key **out,
                              hf_err **err)
{
    hf_status rc = HF_OK;

    for (int i = 0; i < 2 && rc == HF_OK && *out == NULL; i++) {
        char *path = hf_cli_key_path(log, k, i == 1);

        if (access(path, F_OK) == 0)
            rc = load(cli, path, out, err);
        if (rc == HF_OK && *out != NULL &&
            memcmp(hf_key_public(*out), k->key, sizeof(k->key)) != 0) {
            hf_key_free(*out);
            *out = NULL;
        }
        hf_free(path);
    }
    return rc;
}

hf_status hf_cli_key_load(hf_cli *cli, hf_log *log, hf_key **out, hf_err **err)
{
    const char *path = hf_cli_text(cli, "key");
    current c = { NULL };
    hf_vkey k = { .id = 0 };
    hf_status rc = hf_log_keys(log, take_current, &c, err);

    *out = NULL;
    if (rc == HF_OK && c.vkey != NULL)
        rc = hf_vkey_parse(hf_view_str(c.vkey), &k, err);
    if (rc == HF_OK && path != NULL)
        rc = load(cli, path, out, err);
    else if (rc == HF_OK && c.vkey != NULL)
        rc = load_default(cli, log, &k, out, err);
    if (rc == HF_OK && path != NULL &&
        (c.vkey == NULL || memcmp(hf_key_public(*out), k.key, sizeof(k.key)) != 0)) {
        rc = hf_fail(err, HF_E_NO_KEY, "this is not the current key of the vault's log");
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        hf_hint(err,
                "`holdfast audit key show VAULT` lists its keys, `audit key rotate` changes it");
    }
    if (rc != HF_OK) {
        hf_key_free(*out);
        *out = NULL;
    }
    if (*out != NULL)
        hf_log_expect_key(log, *out);
    hf_free(c.vkey);
    return rc;
}

static void tell(hf_cli *cli, const hf_key *key, const char *path)
{
    hf_sha256 d = hf_key_fingerprint(hf_key_public(key));
    char hex[65];

    hf_sha256_hex(&d, hex);
    hf_cli_note(cli, "signing key: %s", path);
    hf_cli_note(cli, "its fingerprint: %s; write it down where nobody who runs this can change it",
                hex);
}

hf_status hf_cli_key_make(hf_cli *cli, hf_log *log, const char *path, const hf_passphrase *from,
                          const hf_key *old, hf_err **err)
{
    hf_key *key = hf_key_new();
    hf_vkey k = hf_vkey_of(hf_view_str(hf_log_origin(log)), HF_NOTE_ED25519, hf_key_public(key));
    char *where = path == NULL ? hf_cli_key_path(log, &k, old == NULL) : hf_strdup(path);
    hf_status rc = hf_key_save(key, where, from, err);

    hf_log_expect_key(log, old);
    if (rc == HF_OK)
        rc = hf_log_set_key(log, key, old, hf_cli_run_id(cli), err);
    if (rc == HF_E_NO_KEY) { /* it is nobody's */
        char *beside = hf_sprintf("%s.pub", where);

        unlink(where);
        unlink(beside);
        hf_free(beside);
    }
    if (rc == HF_OK) {
        hf_cli_changed(cli);
        tell(cli, key, where);
    }
    hf_key_free(key);
    hf_free(where);
    return rc;
}

static hf_status open_log(const char *path, unsigned flags, hf_vault **v, hf_log **log,
                          hf_err **err)
{
    hf_status rc = hf_vault_open(v, path, HF_VAULT_CONTROL, flags | HF_VAULT_CONTROL_ONLY, err);

    return rc == HF_OK ? hf_log_open(log, *v, err) : rc;
}

hf_status hf_cli_vault_made(hf_cli *cli, const char *path, unsigned flags, hf_err **err)
{
    hf_vault *v = NULL;
    hf_log *log = NULL;
    hf_status rc = open_log(path, flags, &v, &log, err);

    if (rc == HF_OK)
        rc = hf_cli_act_note(cli, log, "vault.init", err);
    if (log != NULL && hf_log_warning(log) != NULL)
        hf_cli_warn(cli, "%s", hf_log_warning(log));
    hf_log_close(log);
    hf_vault_close(v);
    return rc;
}

hf_status hf_cli_vault_key(hf_cli *cli, const char *path, unsigned flags, const char *key_path,
                           const hf_passphrase *passphrase, hf_err **err)
{
    hf_vault *v = NULL;
    hf_log *log = NULL;
    hf_err *why = NULL;
    hf_status rc = open_log(path, flags, &v, &log, err);

    if (rc == HF_OK && hf_cli_key_make(cli, log, key_path, passphrase, NULL, &why) != HF_OK) {
        if (key_path != NULL && err != NULL) { /* asked for */
            *err = why;
            why = NULL;
            rc = (*err)->code;
        } else {
            hf_cli_warn(cli,
                        "no signing key could be kept, so what this vault gives is UNSIGNED: %s",
                        why->message);
        }
    }
    hf_err_free(why);
    hf_log_close(log);
    hf_vault_close(v);
    return rc;
}
