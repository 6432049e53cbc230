/* cli/run.c: see run.h. */
#include "run.h"

#include "cli_priv.h"
#include "util/jsonw.h"
#include "vault/run.h"

static hf_status find_vault(hf_cli *cli, const hf_cli_source *s, const char *path,
                            const char **vault, hf_err **err)
{
    *vault = path != NULL ? path : hf_cli_text(cli, "vault");
    if (*vault == NULL)
        *vault = s->vault;
    if (*vault == NULL) {
        hf_fail(err, HF_E_USAGE,
                "a live source is read on record: name a vault that notes this run");
        hf_hint(err, "--vault VAULT, or vault = PATH in its [source NAME] section; `holdfast vault "
                     "init PATH` makes one");
        return hf_err_at(err, s->in.label, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    return hf_cli_source_is_bound(cli, s, *vault, err);
}

static hf_status note_live(hf_cli_run *run, const char *where, unsigned flags, hf_err **err)
{
    hf_vault *v = NULL;
    hf_status rc = hf_vault_open(&v, where, HF_VAULT_CONTROL, flags, err);

    if (rc == HF_OK)
        rc = hf_run_begin(v, hf_cli_run_id(run->cli), run->command, run->label, err);
    if (rc == HF_OK)
        run->vault = hf_strdup(where);
    hf_vault_close(v);
    return rc;
}

hf_status hf_cli_run_begin(hf_cli_run *run, hf_cli *cli, const char *command,
                           const hf_cli_source *s, const char *path, unsigned flags, hf_err **err)
{
    bool is_live = s->in.format->is_live, is_vault = strcmp(s->in.format->name, "vault") == 0;
    const char *where = path;
    hf_status rc = HF_OK;

    *run = (hf_cli_run){ .cli = cli, .command = command, .label = s->in.label };
    hf_buf_init(&run->snapshot, HF_BUF_UNBOUNDED);
    if (command == NULL)
        return HF_OK;
    if (is_live)
        rc = find_vault(cli, s, path, &where, err);
    else if (where == NULL && is_vault)
        where = s->in.path;
    if (rc == HF_OK && is_live && !hf_vault_is(where)) {
        rc = hf_fail(err, HF_E_USAGE, "there is no vault to note this run in");
        hf_hint(err, "`holdfast vault init %s` makes one", where);
        hf_err_at(err, where, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    /* An export keeps entries of its own, which commit to what it hands out: export_log.c. */
    if (rc == HF_OK && where != NULL && strcmp(command, "export") != 0)
        rc = hf_cli_act_begin(&run->act, cli, command, where, flags,
                              path != NULL ? HF_ACT_WRITE : HF_ACT_READ, err);
    if (rc == HF_OK && is_vault && where != s->in.path)
        rc = hf_cli_act_begin(&run->handed, cli, command, s->in.path, flags, HF_ACT_READ, err);
    if (rc == HF_OK && is_live)
        rc = note_live(run, where, flags, err);
    return rc;
}

void hf_cli_run_fact(void *self, const hf_fact *fact)
{
    hf_cli_run *run = self;
    bool fresh = false;

    if (fact->is_warning && run->said == NULL)
        run->said = hf_map_new();
    if (fact->is_warning)
        hf_map_put(run->said, hf_view_str(fact->key), &fresh);
    if (fresh)
        hf_cli_warn(run->cli, "%s: %.*s", fact->label, (int)fact->text.n, fact->text.p);
    if (strcmp(fact->key, "snapshot") == 0) {
        hf_buf_reset(&run->snapshot);
        hf_buf_add(&run->snapshot, fact->text);
    }
}

void hf_cli_run_facts(hf_cli_run *run, hf_reader *r)
{
    if (r->ops->facts != NULL)
        r->ops->facts(r, hf_cli_run_fact, run);
}

static void put_counts(const hf_counts *c, hf_buf *out)
{
    hf_jsonw w;

    hf_jsonw_init(&w, out, 0);
    hf_jsonw_object(&w, NULL);
    hf_jsonw_u64(&w, "users", c->users);
    hf_jsonw_u64(&w, "channels", c->channels + c->private_channels + c->dms + c->groups);
    hf_jsonw_u64(&w, "messages", c->messages);
    hf_jsonw_u64(&w, "deleted", c->deleted);
    hf_jsonw_u64(&w, "edited", c->edited);
    hf_jsonw_u64(&w, "files", c->files);
    hf_jsonw_u64(&w, "quarantined", c->quarantined);
    hf_jsonw_end(&w, '}');
}

/* Where the run worked on the vault, its end is noted like its beginning; where the vault has gone
 * meanwhile (made for an import that failed) nothing is left to note it in. */
hf_status hf_cli_run_end(hf_cli_run *run, hf_status rc, const hf_counts *counts, hf_err **err)
{
    hf_vault *v = NULL;
    hf_err *why = NULL;
    hf_buf json;
    hf_status noted = HF_OK;

    hf_buf_init(&json, HF_BUF_UNBOUNDED);
    if (run->vault != NULL && hf_vault_is(run->vault)) {
        if (counts != NULL && rc == HF_OK)
            put_counts(counts, &json);
        noted = hf_vault_open(&v, run->vault, HF_VAULT_CONTROL, HF_VAULT_NETWORK_FS, &why);
        if (noted == HF_OK)
            noted = hf_run_end(v, hf_cli_run_id(run->cli), run->label, hf_buf_view(&run->snapshot),
                               rc == HF_OK ? hf_exit_word(run->cli->exit) : hf_status_word(rc),
                               hf_buf_view(&json), &why);
        hf_vault_close(v);
    }
    if (rc == HF_OK && noted != HF_OK && err != NULL) {
        *err = why;
        why = NULL;
        rc = noted;
    }
    hf_err_free(why);
    if (counts != NULL && rc == HF_OK)
        hf_cli_act_counts(&run->act, counts);
    if (run->snapshot.n > 0) {
        hf_cli_act_digest(&run->act, "snapshot", hf_buf_view(&run->snapshot));
        hf_cli_act_digest(&run->handed, "snapshot", hf_buf_view(&run->snapshot));
    }
    rc = hf_cli_act_end(&run->act, rc, err);
    rc = hf_cli_act_end(&run->handed, rc, err);
    hf_buf_clear(&json);
    hf_buf_clear(&run->snapshot);
    hf_free(run->vault);
    hf_map_free(run->said);
    *run = (hf_cli_run){ .cli = NULL };
    return rc;
}
