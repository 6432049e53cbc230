/* cli/cmd_audit_key.c: "holdfast audit key" and "audit checkpoint": who signs for a
 * vault. */
#include "audit.h"

#include <unistd.h>

static const char no_key[] = "no key signs for this vault here: what it gives is UNSIGNED";

static hf_status need_key(hf_cli *cli, hf_log *log, hf_key **key, hf_err **err)
{
    hf_status rc = hf_cli_key_load(cli, log, key, err);

    if (rc == HF_OK && *key == NULL) {
        rc = hf_fail(err, HF_E_NO_KEY, "%s", no_key);
        hf_hint(err, "--key FILE names it; `holdfast audit key new VAULT` makes one");
    }
    return rc;
}

static void put_hex(hf_out *out, const char *title, const char *key, const hf_sha256 *d)
{
    char hex[65];

    hf_sha256_hex(d, hex);
    hf_out_field(out, title, key, HF_CELL_STR(hex));
}

/* --- key ----------------------------------------------------------------------------------------
 */

static bool note_that_there_is_one(void *self, const hf_log_key *k)
{
    (void)k;
    *(bool *)self = true;
    return false;
}

static hf_status new_key(hf_cli *cli, hf_log *log, hf_err **err)
{
    hf_passphrase from = hf_cli_passphrase(cli);
    bool has_key = false;
    hf_status rc = hf_log_keys(log, note_that_there_is_one, &has_key, err);

    if (rc == HF_OK && has_key) {
        hf_fail(err, HF_E_EXISTS, "the vault has a key");
        return hf_hint(err, "`holdfast audit key rotate VAULT` takes another one from now on");
    }
    if (rc == HF_OK)
        rc = hf_cli_key_make(cli, log, hf_cli_text(cli, "key"), &from, NULL, err);
    if (rc == HF_OK)
        hf_cli_last_line(cli, "the vault has a key that signs for it");
    return rc;
}

/* Load the key and use it; again when another run has changed it in between. */
static hf_status with_key(hf_cli *cli, hf_log *log,
                          hf_status (*use)(hf_cli *cli, hf_log *log, const hf_key *key, void *self,
                                           hf_err **err),
                          void *self, hf_err **err)
{
    enum { TRIES = 20 };
    hf_err *why = NULL;
    hf_status rc = HF_E_NO_KEY;

    for (int i = 0; i < TRIES && rc == HF_E_NO_KEY; i++) {
        hf_key *key = NULL;

        hf_err_free(why);
        why = NULL;
        rc = need_key(cli, log, &key, &why);
        if (rc != HF_OK)
            i = TRIES;
        else
            rc = use(cli, log, key, self, &why);
        hf_key_free(key);
    }
    if (err != NULL)
        *err = why;
    else
        hf_err_free(why);
    return rc;
}

static hf_status replace_key(hf_cli *cli, hf_log *log, const hf_key *old, void *self, hf_err **err)
{
    const hf_passphrase from = { .file = hf_cli_text(cli, "new-passphrase-file") };

    (void)self;
    return hf_cli_key_make(cli, log, hf_cli_text(cli, "new-key"), &from, old, err);
}

static hf_status rotate_key(hf_cli *cli, hf_log *log, hf_err **err)
{
    hf_status rc = with_key(cli, log, replace_key, NULL, err);

    if (rc == HF_OK)
        hf_cli_last_line(cli, "the vault has a new key; the old one signed that it has");
    return rc;
}

typedef struct shown {
    hf_out *out;
    const hf_log *log;
    uint64_t n;
} shown;

static bool is_here(const hf_log *log, const hf_vkey *k)
{
    bool found = false;

    for (int i = 0; i < 2 && !found; i++) {
        char *path = hf_cli_key_path(log, k, i == 1), *beside = hf_sprintf("%s.pub", path);
        uint8_t raw[HF_ED25519_KEY];

        found = access(path, F_OK) == 0 && hf_key_load_public(beside, raw, NULL) == HF_OK &&
                memcmp(raw, k->key, sizeof(raw)) == 0;
        hf_free(beside);
        hf_free(path);
    }
    return found;
}

static bool put_key(void *self, const hf_log_key *k)
{
    shown *s = self;
    char hex[65] = "?";
    hf_vkey key;
    bool is_key = hf_vkey_parse(k->vkey, &key, NULL) == HF_OK;

    if (is_key) {
        hf_sha256 d = hf_key_fingerprint(key.key);

        hf_sha256_hex(&d, hex);
    }
    s->n++;
    hf_out_row(s->out, (const hf_cell[]){ HF_CELL_BOOL(k->is_current), HF_CELL_TIME(k->made_us),
                                          HF_CELL_U64(k->since),
                                          HF_CELL_BOOL(is_key && is_here(s->log, &key)),
                                          HF_CELL_STR(hex), HF_CELL_TEXT(k->vkey) });
    return true;
}

static hf_status show_keys(hf_cli *cli, hf_log *log, hf_err **err)
{
    static const hf_column columns[] = {
        { "Current", "is_current" },      { "Since", "made" },
        { "Entry", "since_entry" },       { "File here", "is_here" },
        { "Fingerprint", "fingerprint" }, { "Verifier key", "vkey" },
    };
    shown s = { .out = hf_cli_out(cli), .log = log };
    hf_status rc;

    hf_out_begin(s.out, "audit-key/1");
    hf_out_table(s.out, "keys", columns, sizeof(columns) / sizeof(columns[0]));
    rc = hf_log_keys(log, put_key, &s, err);
    hf_out_end(s.out);
    if (rc == HF_OK && s.n == 0)
        hf_cli_last_line(cli, "UNSIGNED: the vault has no key");
    else if (rc == HF_OK)
        hf_cli_last_line(cli,
                         "%llu %s; compare the fingerprint with the one that was written down when "
                         "the key was made",
                         (unsigned long long)s.n, s.n == 1 ? "key" : "keys");
    return rc;
}

static hf_status run_key(hf_cli *cli, hf_err **err)
{
    static const struct {
        const char *word, *action;
        hf_cli_act_mode mode;
        hf_status (*run)(hf_cli *cli, hf_log *log, hf_err **err);
    } verbs[] = { { "new", "audit.key", HF_ACT_WRITE, new_key },
                  { "show", "audit.key-show", HF_ACT_CHECK, show_keys },
                  { "rotate", "audit.key", HF_ACT_WRITE, rotate_key } };
    hf_cli_log l;
    hf_status rc;

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].word, hf_cli_arg(cli, 0)) != 0)
            continue;
        rc = hf_cli_log_open(&l, cli, hf_cli_arg(cli, 1), verbs[i].action, verbs[i].mode,
                             HF_VAULT_CONTROL_ONLY, err);
        if (rc == HF_OK)
            rc = verbs[i].run(cli, l.log, err);
        return hf_cli_log_close(&l, rc, err);
    }
    hf_fail(err, HF_E_USAGE, "\"%s\" is nothing to do with a key", hf_cli_arg(cli, 0));
    return hf_hint(err, "new, show or rotate");
}

static const hf_cmd_arg key_args[] = {
    { "VERB", false, false, "new, show or rotate" },
    { "VAULT", false, false, "the vault's folder" },
    { 0 },
};

static const hf_cmd_opt key_options[] = {
    HF_OPT_KEY,
    { "new-key", 0, HF_OPT_TEXT, "FILE", NULL,
      "rotate: where to write the new key (default: a file in ~/.config/holdfast/keys)" },
    { "new-passphrase-file", 0, HF_OPT_TEXT, "FILE", NULL,
      "rotate: file with the passphrase of the new key" },
    { 0 },
};

static const hf_cmd_example key_examples[] = {
    { "audit key show northwind.vault", "whose signatures count, and since when" },
    { "audit key new northwind.vault --key /media/stick/northwind.pem",
      "make the key of a vault that has none" },
    { "audit key rotate northwind.vault", "sign with another key from now on" },
    { 0 },
};

const hf_cmd hf_cmd_audit_key = {
    .name = "audit key",
    .group = HF_GROUP_PROVE,
    .summary = "Make, show or change the key that signs for a vault",
    .about = "new makes the key of a vault that has none: a new file outside the vault, whose "
             "fingerprint is printed.\n"
             "rotate signs with another one from now on. The old key signs a checkpoint of the log "
             "in which the new one\n"
             "stands: who trusts the old one can trust the new one. What it signed stays valid.",
    .args = key_args,
    .options = key_options,
    .examples = key_examples,
    .run = run_key,
};

/* --- checkpoint ---------------------------------------------------------------------------------
 */

static hf_status sign(hf_cli *cli, hf_log *log, const hf_key *key, void *note, hf_err **err)
{
    return hf_log_checkpoint(log, key, hf_cli_run_id(cli), note, err);
}

static hf_status run_checkpoint(hf_cli *cli, hf_err **err)
{
    hf_checkpoint c = { .size = 0 };
    hf_cli_log l;
    hf_buf note;
    hf_status rc = hf_cli_log_open(&l, cli, hf_cli_arg(cli, 0), "audit.key", HF_ACT_WRITE,
                                   HF_VAULT_CONTROL_ONLY, err);

    hf_buf_init(&note, HF_BUF_UNBOUNDED);
    if (rc == HF_OK)
        rc = with_key(cli, l.log, sign, &note, err);
    if (rc == HF_OK)
        rc = hf_checkpoint_read(hf_buf_view(&note), &c, err);
    if (rc == HF_OK && hf_cli_text(cli, "output") == NULL &&
        hf_out_format(hf_cli_out(cli)) != HF_OUT_TABLE) {
        hf_out_begin(hf_cli_out(cli), "audit-checkpoint/1");
        hf_out_field(hf_cli_out(cli), "Entries", "size", HF_CELL_U64(c.size));
        put_hex(hf_cli_out(cli), "Root", "root", &c.root);
        hf_out_field(hf_cli_out(cli), "Note", "note", HF_CELL_TEXT(hf_buf_view(&note)));
        hf_out_end(hf_cli_out(cli));
    } else if (rc == HF_OK) {
        rc = hf_cli_write(cli, hf_buf_view(&note), err);
    }
    if (rc == HF_OK)
        hf_cli_last_line(cli,
                         "the log of %llu entries is signed; keep the note where nobody who "
                         "runs this can change it",
                         (unsigned long long)c.size);
    hf_buf_clear(&note);
    return hf_cli_log_close(&l, rc, err);
}

static const hf_cmd_opt checkpoint_options[] = { HF_OPT_OUTPUT, HF_OPT_KEY, { 0 } };

static const hf_cmd_example checkpoint_examples[] = {
    { "audit checkpoint northwind.vault -o head.note", "sign how long the log is now" },
    { 0 },
};

const hf_cmd hf_cmd_audit_checkpoint = {
    .name = "audit checkpoint",
    .group = HF_GROUP_PROVE,
    .summary = "Sign how long a vault's log is, and its root",
    .about =
        "The answer is a signed note (c2sp.org/tlog-checkpoint). With it `holdfast audit verify "
        "--head` shows\n"
        "later that no entry up to it was changed, taken away or put in.",
    .args = hf_audit_vault_arg,
    .options = checkpoint_options,
    .examples = checkpoint_examples,
    .run = run_checkpoint,
};
