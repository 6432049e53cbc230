/* cli/export_log.c: an export in the log of the vault it came from; see export.h. */
#include "export.h"

#include <stdio.h>

void hf_export_log_init(hf_export_log *l, hf_cli *cli)
{
    *l = (hf_export_log){ .cli = cli };
    hf_buf_init(&l->entry, HF_BUF_UNBOUNDED);
    hf_buf_init(&l->proof, HF_BUF_UNBOUNDED);
    hf_buf_init(&l->checkpoint, HF_BUF_UNBOUNDED);
}

void hf_export_log_clear(hf_export_log *l)
{
    hf_log_close(l->log);
    hf_buf_clear(&l->entry);
    hf_buf_clear(&l->proof);
    hf_buf_clear(&l->checkpoint);
}

/* What was asked, as far as it was asked: names and words of people stand in the log as commitments
 * only. */
typedef struct asked {
    hf_log_pair pair[16];
    size_t n;
    hf_buf text[8];
    size_t ntext;
} asked;

static void add(asked *a, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0')
        a->pair[a->n++] = (hf_log_pair){ name, hf_view_str(value) };
}

static void add_list(asked *a, const char *name, const char *const *list, size_t n)
{
    hf_buf *b = &a->text[a->ntext];

    if (n == 0)
        return;
    a->ntext++;
    hf_buf_init(b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < n; i++)
        hf_buf_printf(b, "%s%s", i > 0 ? "," : "", list[i]);
    add(a, name, hf_buf_cstr(b));
}

static void add_time(asked *a, const char *name, int64_t us)
{
    char text[40];
    const char *one = text;

    if (us == HF_NO_TIME)
        return;
    hf_time_format(us, text);
    add_list(a, name, &one, 1);
}

static void fill_asked(asked *a, const hf_package_facts *f, const char *target)
{
    *a = (asked){ .n = 0 };
    add(a, "source", f->source);
    add(a, "package", target);
    add(a, "reason", f->reason);
    add(a, "series", f->series);
    add(a, "query", f->query);
    add_list(a, "channels", f->scope->channels, f->scope->nchannels);
    add_list(a, "users", f->scope->users, f->scope->nusers);
    add_time(a, "since", f->scope->since_us);
    add_time(a, "until", f->scope->until_us);
}

static void clear_asked(asked *a)
{
    for (size_t i = 0; i < a->ntext; i++)
        hf_buf_clear(&a->text[i]);
}

hf_status hf_export_log_begin(hf_export_log *l, hf_vault *vault, const hf_package_facts *f,
                              const char *target, hf_err **err)
{
    hf_act act = { .action = "export",
                   .run = hf_cli_run_id(l->cli),
                   .object_kind = "vault",
                   .object_id = hf_vault_id(vault) };
    hf_status rc = hf_log_open(&l->log, vault, err);
    asked a;

    fill_asked(&a, f, target);
    act.scope = a.pair;
    act.nscope = a.n;
    if (rc == HF_OK)
        rc = hf_log_begin(l->log, &act, NULL, err);
    l->is_begun = rc == HF_OK;
    if (rc == HF_OK && hf_log_warning(l->log) != NULL)
        hf_cli_warn(l->cli, "%s", hf_log_warning(l->log));
    clear_asked(&a);
    return rc;
}

static void take_leaf(void *self, const hf_log_entry *entry)
{
    hf_buf_add(self, entry->leaf);
}

typedef struct is_own {
    const uint8_t *key;
    bool found;
} is_own;

static bool compare_key(void *self, const hf_log_key *key)
{
    is_own *x = self;
    hf_vkey k;

    if (key->is_current && hf_vkey_parse(key->vkey, &k, NULL) == HF_OK)
        x->found = memcmp(k.key, x->key, HF_ED25519_KEY) == 0;
    return true;
}

/* A head signed by the log's own key; by another one, or none, as it is. */
static hf_status put_head(hf_export_log *l, const hf_key *key, hf_err **err)
{
    is_own own = { .key = key == NULL ? NULL : hf_key_public(key) };
    hf_log_head head;
    hf_err *why = NULL;
    hf_status rc = HF_OK;

    if (key != NULL)
        rc = hf_log_keys(l->log, compare_key, &own, err);
    if (rc == HF_OK && own.found) {
        rc = hf_log_checkpoint(l->log, key, hf_cli_run_id(l->cli), &l->checkpoint, &why);
        if (rc != HF_E_NO_KEY) {
            if (err != NULL)
                *err = why;
            return rc;
        }
        hf_err_free(why); /* another run has changed it just now */
        rc = HF_OK;
    }
    if (rc == HF_OK)
        rc = hf_log_get_head(l->log, &head, err);
    if (rc == HF_OK)
        hf_log_put_head(l->log, &head, &l->checkpoint);
    return rc;
}

hf_status hf_export_log_end(hf_export_log *l, const hf_package_digests *d, const hf_counts *c,
                            const hf_key *key, const char *outcome, hf_err **err)
{
    char manifest[65], receipt[65];
    const hf_log_count counts[] = {
        { "messages", c->messages },
        { "users", c->users },
        { "channels", c->channels + c->private_channels + c->dms + c->groups },
        { "files", d->files },
        { "bytes", d->bytes },
        { "volumes", d->volumes },
        { "unreadable", d->exceptions.unreadable },
        { "missing_attachments", d->exceptions.missing },
        { "lost_values", d->exceptions.lost },
    };
    const hf_log_pair digests[] = { { "manifest_sha256", { manifest, 64 } },
                                    { "receipt_sha256", { receipt, 64 } } };
    const hf_act act = { .action = "export",
                         .run = hf_cli_run_id(l->cli),
                         .object_kind = "package",
                         .object_id = manifest,
                         .counts = counts,
                         .ncounts = sizeof(counts) / sizeof(counts[0]),
                         .digests = digests,
                         .ndigests = 2,
                         .outcome = outcome };
    uint64_t seq = 0;
    hf_status rc;

    if (l->log == NULL)
        return HF_OK;
    hf_sha256_hex(&d->manifest, manifest);
    hf_sha256_hex(&d->receipt, receipt);
    rc = hf_log_end(l->log, &act, &seq, err);
    l->is_ended = rc == HF_OK;
    if (rc == HF_OK)
        rc = hf_log_get(l->log, seq, take_leaf, &l->entry, err);
    if (rc == HF_OK)
        rc = put_head(l, key, err);
    return rc == HF_OK ? hf_log_prove(l->log, seq, hf_buf_view(&l->checkpoint), &l->proof, err)
                       : rc;
}

void hf_export_log_failed(hf_export_log *l, hf_status rc)
{
    hf_act act = { .action = "export",
                   .run = hf_cli_run_id(l->cli),
                   .outcome = hf_status_word(rc) };

    if (l->log == NULL || !l->is_begun || rc == HF_OK)
        return;
    /* After an end that commits to a package, that it did not come is an act of its own. */
    if (l->is_ended) {
        act.action = "export.unpublished";
        (void)hf_log_note(l->log, &act, NULL, NULL);
    } else {
        (void)hf_log_end(l->log, &act, NULL, NULL);
    }
}
