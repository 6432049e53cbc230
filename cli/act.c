/* cli/act.c: see act.h. */
#include "act.h"

#include "cli_priv.h"
#include "text/secret.h"
#include "util/jsonw.h"

/* --- what was asked for -------------------------------------------------------------------------
 */

typedef struct asked {
    hf_arena *mem;
    hf_log_pair *pair;
    size_t n;
} asked;

/* Commands are run, and may hold a secret that only a shell would find. */
static bool is_command(const char *name)
{
    return hf_view_ends(hf_view_str(name), HF_V("-command"));
}

/* Of the options that every command has, only the zone of dates changes what was asked for. */
static bool is_presentation(const hf_cmd_opt *opt)
{
    for (const hf_cmd_opt *o = hf_global_options; o->name != NULL; o++)
        if (o == opt)
            return strcmp(o->name, "tz") != 0;
    return false;
}

static const char *lower(hf_arena *mem, const char *name)
{
    hf_view copy = hf_arena_dup(mem, hf_view_str(name));

    for (size_t i = 0; i < copy.n; i++)
        if (copy.p[i] >= 'A' && copy.p[i] <= 'Z')
            ((char *)(uintptr_t)copy.p)[i] = (char)(copy.p[i] + ('a' - 'A'));
    return copy.p;
}

/* One value as it is, several as a JSON array. */
static hf_view join(hf_arena *mem, const char *const *values, size_t n)
{
    hf_jsonw w;
    hf_view all;
    hf_buf b;

    if (n == 1)
        return hf_secret_mask_passwords(hf_view_str(values[0]), mem);
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_jsonw_init(&w, &b, 0);
    hf_jsonw_array(&w, NULL);
    for (size_t i = 0; i < n; i++)
        hf_jsonw_text(&w, NULL, hf_secret_mask_passwords(hf_view_str(values[i]), mem));
    hf_jsonw_end(&w, ']');
    all = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return all;
}

static void ask(asked *a, const char *name, hf_view value)
{
    a->pair[a->n++] = (hf_log_pair){ name, value };
}

static void gather(const hf_cli *cli, asked *a)
{
    const hf_cmd_arg *arg = cli->cmd->args;

    a->pair = hf_alloc0(cli->nargs + cli->ngiven + 1, sizeof(*a->pair));
    for (size_t i = 0; i < cli->nargs && arg != NULL && arg->name != NULL; i++) {
        size_t n = arg->repeated ? cli->nargs - i : 1;

        ask(a, lower(a->mem, arg->name), join(a->mem, cli->args + i, n));
        i += n - 1;
        arg++;
    }
    for (size_t i = 0; i < cli->ngiven; i++) {
        const hf_cli_given *g = &cli->given[i];

        if (g->count == 0 || is_command(g->opt->name) || is_presentation(g->opt))
            continue;
        ask(a, g->opt->name,
            g->opt->type == HF_OPT_FLAG ? HF_V("yes") : join(a->mem, g->values, g->n));
    }
}

/* --- beginning and ending -----------------------------------------------------------------------
 */

static hf_status open_log(const hf_cli_act *act, unsigned flags, hf_vault **v, hf_log **log,
                          hf_err **err)
{
    hf_status rc =
        hf_vault_open(v, act->vault, HF_VAULT_CONTROL, flags | HF_VAULT_CONTROL_ONLY, err);

    if (rc == HF_OK)
        rc = hf_log_open(log, *v, err);
    if (rc == HF_OK && act->mode != HF_ACT_WRITE)
        hf_log_allow_stale(*log);
    return rc;
}

static void close_log(hf_cli_act *act, hf_vault *v, hf_log *log)
{
    if (log != NULL && hf_log_warning(log) != NULL && !act->is_warned)
        hf_cli_warn(act->cli, "%s", hf_log_warning(log));
    act->is_warned = true; /* at its beginning; the end would say the same */
    hf_log_close(log);
    hf_vault_close(v);
}

static hf_act act_of(const hf_cli_act *act, const hf_vault *v)
{
    return (hf_act){
        .action = act->action,
        .run = hf_cli_run_id(act->cli),
        .object_kind = act->object_kind == NULL ? "vault" : act->object_kind,
        .object_id = act->object_kind == NULL ? hf_vault_id(v) : act->object_id,
    };
}

hf_status hf_cli_act_begin(hf_cli_act *act, hf_cli *cli, const char *action, const char *path,
                           unsigned flags, hf_cli_act_mode mode, hf_err **err)
{
    asked a = { .mem = hf_arena_new() };
    hf_vault *v = NULL;
    hf_log *log = NULL;
    hf_err *why = NULL;
    hf_status rc;
    hf_act entry;

    *act = (hf_cli_act){ .cli = cli, .action = action, .vault = hf_strdup(path), .mode = mode };
    gather(cli, &a);
    rc = open_log(act, flags, &v, &log, &why);
    if (rc == HF_OK) {
        entry = act_of(act, v);
        entry.scope = a.pair;
        entry.nscope = a.n;
        memcpy(act->id, hf_vault_id(v), sizeof(act->id));
        rc = hf_log_begin(log, &entry, NULL, &why);
    }
    if (rc != HF_OK) { /* then it has no end either */
        hf_free(act->vault);
        act->vault = NULL;
    }
    if (rc != HF_OK && mode == HF_ACT_CHECK && hf_vault_is(path)) {
        hf_cli_warn(cli, "this is not noted in the vault's log: %s", why->message);
        rc = HF_OK;
    } else if (rc != HF_OK && err != NULL) {
        *err = why;
        why = NULL;
    }
    hf_err_free(why);
    close_log(act, v, log);
    hf_free(a.pair);
    hf_arena_free(a.mem);
    return rc;
}

hf_status hf_cli_act_prove(hf_cli_act *act, const char *action, const hf_key *key,
                           hf_buf *checkpoint, hf_buf *proof, hf_err **err)
{
    hf_vault *v = NULL;
    hf_log *log = NULL;
    hf_log_head head;
    uint64_t seq = 0;
    hf_status rc = open_log(act, HF_VAULT_NETWORK_FS, &v, &log, err);

    if (rc == HF_OK) {
        hf_act entry = act_of(act, v);

        entry.action = action;
        entry.counts = act->count;
        entry.ncounts = act->ncount;
        entry.digests = act->digest;
        entry.ndigests = act->ndigest;
        rc = hf_log_note(log, &entry, &seq, err);
    }
    if (rc == HF_OK && key != NULL) {
        rc = hf_log_checkpoint(log, key, hf_cli_run_id(act->cli), checkpoint, err);
    } else if (rc == HF_OK) {
        rc = hf_log_get_head(log, &head, err);
        if (rc == HF_OK)
            hf_log_put_head(log, &head, checkpoint);
    }
    if (rc == HF_OK)
        rc = hf_log_prove(log, seq, hf_buf_view(checkpoint), proof, err);
    close_log(act, v, log);
    return rc;
}

static hf_status note_end(hf_cli_act *act, hf_status rc, hf_err **err)
{
    hf_vault *v = NULL;
    hf_log *log = NULL;
    hf_status noted = open_log(act, HF_VAULT_NETWORK_FS, &v, &log, err);

    if (noted == HF_OK) {
        hf_act entry = act_of(act, v);

        entry.counts = act->count;
        entry.ncounts = act->ncount;
        entry.digests = act->digest;
        entry.ndigests = act->ndigest;
        entry.outcome = rc == HF_OK ? hf_exit_word(act->cli->exit) : hf_status_word(rc);
        noted = hf_log_end(log, &entry, NULL, err);
    }
    close_log(act, v, log);
    return noted;
}

hf_status hf_cli_act_end(hf_cli_act *act, hf_status rc, hf_err **err)
{
    hf_err *why = NULL;
    hf_status noted = HF_OK;

    if (act->vault != NULL && hf_vault_is(act->vault))
        noted = note_end(act, rc, &why);
    else if (act->vault != NULL)
        hf_log_forget(act->id);
    if (rc == HF_OK && noted != HF_OK && err != NULL) {
        *err = why;
        why = NULL;
        rc = noted;
    } else if (noted != HF_OK && why != NULL) {
        hf_cli_warn(act->cli, "the end of this is not noted in the vault's log: %s", why->message);
    }
    hf_err_free(why);
    for (size_t i = 0; i < act->ndigest; i++)
        hf_free((void *)(uintptr_t)act->digest[i].value.p);
    hf_free(act->object_id);
    hf_free(act->vault);
    *act = (hf_cli_act){ .cli = NULL };
    return rc;
}

hf_status hf_cli_act_note(hf_cli *cli, hf_log *log, const char *action, hf_err **err)
{
    asked a = { .mem = hf_arena_new() };
    hf_act entry = { .action = action, .run = hf_cli_run_id(cli), .outcome = "OK" };
    hf_status rc;

    gather(cli, &a);
    entry.scope = a.pair;
    entry.nscope = a.n;
    rc = hf_log_note(log, &entry, NULL, err);
    hf_free(a.pair);
    hf_arena_free(a.mem);
    return rc;
}

/* --- what the end will say ----------------------------------------------------------------------
 */

void hf_cli_act_object(hf_cli_act *act, const char *kind, const char *id)
{
    hf_free(act->object_id);
    act->object_kind = kind;
    act->object_id = hf_strdup(id);
}

void hf_cli_act_count(hf_cli_act *act, const char *name, uint64_t n)
{
    size_t i = 0;

    while (i < act->ncount && strcmp(act->count[i].name, name) != 0)
        i++;
    if (i == sizeof(act->count) / sizeof(act->count[0]))
        return;
    act->count[i] = (hf_log_count){ name, n };
    act->ncount += i == act->ncount;
}

void hf_cli_act_counts(hf_cli_act *act, const hf_counts *c)
{
    hf_cli_act_count(act, "messages", c->messages);
    hf_cli_act_count(act, "users", c->users);
    hf_cli_act_count(act, "channels", c->channels + c->private_channels + c->dms + c->groups);
    hf_cli_act_count(act, "files", c->files);
    hf_cli_act_count(act, "events", c->events);
    hf_cli_act_count(act, "quarantined", c->quarantined);
}

void hf_cli_act_digest(hf_cli_act *act, const char *name, hf_view value)
{
    if (act->ndigest < sizeof(act->digest) / sizeof(act->digest[0]))
        act->digest[act->ndigest++] = (hf_log_pair){ name, { hf_view_dup(value), value.n } };
}
