/* cli/audit.c: see audit.h. */
#include "audit.h"

#include "io/sink.h"
#include "util/file.h"
#include "util/when.h"

#include <unistd.h>

const hf_cmd_arg hf_audit_vault_arg[] = {
    { "VAULT", false, false, "the vault's folder" },
    { 0 },
};

hf_status hf_cli_log_open(hf_cli_log *l, hf_cli *cli, const char *path, const char *action,
                          hf_cli_act_mode mode, unsigned flags, hf_err **err)
{
    hf_status rc;

    *l = (hf_cli_log){ .cli = cli };
    rc = hf_cli_act_begin(&l->act, cli, action, path, HF_VAULT_NETWORK_FS, mode, err);
    if (rc == HF_OK)
        rc = hf_vault_open(&l->v, path, mode == HF_ACT_WRITE ? HF_VAULT_CONTROL : HF_VAULT_READ,
                           HF_VAULT_NETWORK_FS | flags, err);
    if (rc == HF_OK)
        rc = hf_log_open(&l->log, l->v, err);
    return rc;
}

hf_status hf_cli_log_close(hf_cli_log *l, hf_status rc, hf_err **err)
{
    hf_log_close(l->log);
    hf_vault_close(l->v);
    return hf_cli_act_end(&l->act, rc, err);
}

/* What the log is checked against is never written over, and lies outside what it checks. */
static hf_status check_target(const char *path, hf_err **err)
{
    char *vault = hf_vault_around(path);
    hf_status rc = HF_OK;

    if (vault != NULL) {
        rc = hf_fail(err, HF_E_REFUSED, "%s would lie inside the vault %s", path, vault);
        hf_hint(err, "keep it where nobody who can change the vault can change it");
    } else if (access(path, F_OK) == 0) {
        rc = hf_fail(err, HF_E_EXISTS, "%s exists", path);
        hf_hint(err, "choose another name: it is never written over");
    }
    hf_free(vault);
    return rc;
}

hf_status hf_cli_write(hf_cli *cli, hf_view bytes, hf_err **err)
{
    const char *path = hf_cli_text(cli, "output");
    hf_sink *s = NULL;
    hf_status rc;

    if (path == NULL || strcmp(path, "-") == 0) {
        hf_out_text(hf_cli_out(cli), bytes);
        return HF_OK;
    }
    rc = check_target(path, err);
    if (rc == HF_OK)
        rc = hf_sink_open(&s, path, HF_SINK_FILE, false, err);
    if (rc == HF_OK)
        rc = hf_sink_member(s, hf_view_str(path), err);
    if (rc == HF_OK)
        rc = hf_sink_write(s, bytes, err);
    if (rc == HF_OK)
        return hf_sink_commit(s, err);
    hf_sink_abort(s);
    return rc;
}

hf_status hf_cli_log_filter(hf_cli *cli, hf_log_filter *f, hf_err **err)
{
    const char *since = hf_cli_text(cli, "since"), *until = hf_cli_text(cli, "until");
    int64_t now = hf_now_us(), end;
    hf_status rc = HF_OK;

    *f = (hf_log_filter){ .action = hf_cli_text(cli, "action"),
                          .user = hf_cli_text(cli, "operator"),
                          .outcome = hf_cli_text(cli, "outcome"),
                          .run = hf_cli_text(cli, "run"),
                          .from = hf_cli_u64(cli, "from", NULL),
                          .since_us = HF_NO_TIME,
                          .until_us = HF_NO_TIME };
    if (since != NULL)
        rc = hf_when_parse(hf_view_str(since), hf_cli_tz(cli), now, &f->since_us, &end, err);
    if (rc == HF_OK && until != NULL)
        rc = hf_when_parse(hf_view_str(until), hf_cli_tz(cli), now, &f->until_us, &end, err);
    return rc;
}

/* --- known keys ---------------------------------------------------------------------------------
 */

typedef struct named {
    hf_cli_keys *keys;
    hf_sha256 fingerprint;
    bool is_found;
} named;

static bool take_named(void *self, const hf_log_key *k)
{
    named *n = self;
    hf_sha256 d;
    hf_vkey key;

    if (hf_vkey_parse(k->vkey, &key, NULL) != HF_OK)
        return true;
    d = hf_key_fingerprint(key.key);
    if (memcmp(&d, &n->fingerprint, sizeof(d)) == 0) {
        key.name = hf_arena_dup(n->keys->mem, key.name);
        n->keys->key[n->keys->n++] = key;
        n->is_found = true;
    }
    return !n->is_found;
}

static hf_status add_fingerprint(hf_log *log, named *n, const char *text, hf_err **err)
{
    hf_status rc = hf_log_keys(log, take_named, n, err);

    if (rc == HF_OK && !n->is_found) {
        hf_fail(err, HF_E_VERIFY, "the vault's log names no key with this fingerprint");
        hf_hint(err,
                "`holdfast audit key show VAULT` lists those it names; if %.8s... was yours, "
                "the log is not",
                text);
        return HF_E_VERIFY;
    }
    return rc;
}

static hf_status add_file(const char *path, const char *origin, hf_cli_keys *out, hf_err **err)
{
    uint8_t raw[HF_ED25519_KEY];
    hf_status rc = hf_key_load_public(path, raw, err);

    if (rc == HF_OK)
        out->key[out->n++] =
            hf_vkey_of(hf_arena_dup(out->mem, hf_view_str(origin)), HF_NOTE_ED25519, raw);
    return rc;
}

static hf_status add_key(hf_log *log, const char *origin, const char *text, hf_cli_keys *out,
                         hf_err **err)
{
    named n = { .keys = out };

    if (strchr(text, '+') != NULL && access(text, F_OK) != 0) {
        hf_status rc =
            hf_vkey_parse(hf_arena_dup(out->mem, hf_view_str(text)), &out->key[out->n], err);

        out->n += rc == HF_OK;
        return rc;
    }
    if (log != NULL && hf_sha256_parse(hf_view_str(text), &n.fingerprint))
        return add_fingerprint(log, &n, text, err);
    return add_file(text, origin, out, err);
}

/* The public half beside the key of the vault, where it is kept by default. */
static hf_status add_default(const char *origin, hf_cli_keys *out, hf_err **err)
{
    const char *slash = strrchr(origin, '/');
    char *path = hf_key_default_path(slash == NULL ? origin : slash + 1);
    char *public_path = hf_sprintf("%s.pub", path);
    hf_status rc = HF_OK;

    if (access(public_path, F_OK) == 0)
        rc = add_file(public_path, origin, out, err);
    hf_free(public_path);
    hf_free(path);
    return rc;
}

hf_status hf_cli_keys_load(hf_cli *cli, hf_log *log, const char *origin, hf_cli_keys *out,
                           hf_err **err)
{
    size_t n;
    const char *const *list = hf_cli_list(cli, "key", &n);
    hf_status rc = HF_OK;

    *out = (hf_cli_keys){ .mem = hf_arena_new() };
    out->key = hf_arena_alloc0(out->mem, n + 1, sizeof(*out->key));
    for (size_t i = 0; i < n && rc == HF_OK; i++)
        rc = add_key(log, origin, list[i], out, err);
    return n > 0 || rc != HF_OK ? rc : add_default(origin, out, err);
}

void hf_cli_keys_clear(hf_cli_keys *k)
{
    hf_arena_free(k->mem);
    *k = (hf_cli_keys){ .mem = NULL };
}
