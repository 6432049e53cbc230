/* cli/cmd_verify.c: "holdfast verify", are the bytes what they must be. */
#include "audit.h"
#include "job.h"

#include "audit/key.h"
#include "package/verify.h"
#include "util/file.h"
#include "vault/vault.h"

#include <stdio.h>
#include <sys/stat.h>

static const hf_cmd_arg args[] = {
    { "WHAT", false, false,
      "a vault, a package, a receipt, a proof, a signed note, or a file whose format has rules" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    { "key", 0, HF_OPT_LIST, "KEY", NULL,
      "public key that must have signed: PEM or verifier key, or a file with one; repeatable" },
    { "manifest", 0, HF_OPT_TEXT, "SHA256", NULL,
      "what manifest-sha256.txt of a package must have, as noted elsewhere" },
    { "entry", 0, HF_OPT_TEXT, "FILE", NULL,
      "the log entry that a proof is about (default: entry.json beside it)" },
    { "decrypt-key", 0, HF_OPT_TEXT, "FILE", NULL,
      "private key (PEM) that opens an encrypted package, with --decrypt-cert" },
    { "decrypt-cert", 0, HF_OPT_TEXT, "FILE", NULL, "its certificate (PEM)" },
    { "passphrase-file", 0, HF_OPT_TEXT, "FILE", NULL, "file with the passphrase of that key" },
    { "passphrase-command", 0, HF_OPT_TEXT, "CMD", NULL, "command that prints the passphrase" },
    { "set", 0, HF_OPT_LIST, "NAME=VALUE", NULL,
      "an option of the format, such as the server's limits" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "verify northwind.vault", "read everything back and compare it with its digests" },
    { "verify nightly-20240305.zip --key acme.pem",
      "is a package whole, and did the holder of this key make it" },
    { "verify mm-import.zip",
      "hold an import file against the rules of the server that will read it" },
    { 0 },
};

typedef struct findings {
    hf_out *out;
    uint64_t n;
} findings;

static void say_rule(void *self, const char *member, uint64_t line, const char *rule,
                     const char *text)
{
    findings *f = self;
    const hf_cell cells[] = { HF_CELL_STR(member), HF_CELL_U64(line), HF_CELL_STR(rule),
                              HF_CELL_STR(text) };

    f->n++;
    hf_out_row(f->out, cells);
}

static hf_status check_file(hf_cli *cli, hf_err **err)
{
    static const hf_column columns[] = {
        { "Member", "member" },
        { "Line", "line" },
        { "Rule", "rule" },
        { "Finding", "finding" },
    };
    findings f = { .out = hf_cli_out(cli) };
    hf_opts *opts = hf_opts_new();
    hf_input in = { 0 };
    hf_status rc = hf_job_set(cli, opts, err);

    if (rc == HF_OK)
        rc = hf_input_open(&in, hf_cli_arg(cli, 0), NULL, err);
    if (rc == HF_OK && in.format->check == NULL) {
        rc = hf_fail(err, HF_E_UNSUPPORTED, "format %s has no rules to verify a file against",
                     in.format->name);
        hf_hint(err, "import it into a vault; `holdfast verify VAULT` checks what is kept there");
    }
    if (rc == HF_OK) {
        hf_out_begin(f.out, "verify/1");
        hf_out_field(f.out, "Format", "format", HF_CELL_STR(in.format->name));
        hf_out_table(f.out, "findings", columns, 4);
        rc = in.format->check(in.source, opts, say_rule, &f, err);
        hf_out_end(f.out);
    }
    if (rc == HF_OK) {
        if (f.n > 0)
            hf_cli_exit(cli, 4);
        hf_cli_last_line(
            cli, f.n == 0 ? "every rule of %s is kept" : "rules of %s are broken: see the list",
            in.format->name);
    }
    hf_opts_free(opts);
    hf_input_clear(&in);
    return rc;
}

static void say_vault(void *self, const char *where, const char *what)
{
    findings *f = self;
    const hf_cell cells[] = { HF_CELL_STR(where), HF_CELL_STR(what) };

    f->n++;
    hf_out_row(f->out, cells);
}

static void say_log(void *self, const hf_log_finding *x)
{
    char where[64];

    if (x->to > x->from + 1)
        snprintf(where, sizeof(where), "log, entries %llu to %llu", (unsigned long long)x->from,
                 (unsigned long long)x->to - 1);
    else
        snprintf(where, sizeof(where), "log, entry %llu", (unsigned long long)x->from);
    say_vault(self, where, x->text);
}

/* The log of the vault: by the keys that were given, else by the one that is known here. */
static hf_status verify_log(hf_cli *cli, hf_vault *v, findings *f, hf_log_report *report,
                            hf_err **err)
{
    hf_cli_keys keys = { .mem = NULL };
    hf_log *log = NULL;
    hf_log_verify_args how = { .say = say_log, .self = f };
    hf_status rc = hf_log_open(&log, v, err);

    if (rc == HF_OK)
        rc = hf_cli_keys_load(cli, log, hf_log_origin(log), &keys, err);
    how.keys = keys.key;
    how.nkeys = keys.n;
    if (rc == HF_OK)
        rc = hf_log_verify(log, &how, report, err);
    hf_cli_keys_clear(&keys);
    hf_log_close(log);
    return rc;
}

static hf_status read_back(hf_cli *cli, const char *path, hf_cli_act *act, hf_err **err)
{
    static const hf_column columns[] = { { "Where", "where" }, { "Finding", "finding" } };
    findings f = { .out = hf_cli_out(cli) };
    hf_log_report log = { .findings = 0 };
    hf_vault *v = NULL;
    hf_vault_info info;
    uint64_t n = 0;
    int64_t import = 0;
    char state[32];
    hf_status rc = hf_vault_open(&v, path, HF_VAULT_READ, HF_VAULT_NETWORK_FS, err);

    if (rc == HF_OK)
        rc = hf_vault_hold(v, &import, err);
    if (rc == HF_OK) {
        hf_out_begin(f.out, "verify/1");
        hf_out_table(f.out, "findings", columns, 2);
        rc = hf_vault_get_info(v, &info, err);
        if (rc == HF_OK)
            rc = hf_vault_verify(v, say_vault, &f, &n, err);
        hf_vault_let_go(v);
        if (rc == HF_OK)
            rc = verify_log(cli, v, &f, &log, err);
        hf_out_end(f.out);
    }
    if (rc == HF_OK) {
        if (f.n > 0)
            hf_cli_exit(cli, 4);
        hf_cli_act_count(act, "findings", f.n);
        snprintf(state, sizeof(state), "import %lld", (long long)import);
        hf_cli_act_digest(act, "snapshot", hf_view_str(state));
        hf_cli_last_line(cli,
                         "%llu members and attachments read back, %llu records, a log of %llu "
                         "entries, %llu findings",
                         (unsigned long long)info.contents, (unsigned long long)info.records,
                         (unsigned long long)log.head.size, (unsigned long long)f.n);
    }
    hf_vault_close(v);
    return rc;
}

static hf_status verify_vault(hf_cli *cli, const char *path, hf_err **err)
{
    hf_cli_act act;
    hf_status rc =
        hf_cli_act_begin(&act, cli, "verify", path, HF_VAULT_NETWORK_FS, HF_ACT_CHECK, err);

    if (rc == HF_OK)
        rc = read_back(cli, path, &act, err);
    return hf_cli_act_end(&act, rc, err);
}

/* --- packages, and what vouches for them --------------------------------------------------------
 */

static void say_package(void *self, hf_view name, bool is_warning, const char *what)
{
    findings *f = self;
    const hf_cell cells[] = { HF_CELL_TEXT(name), HF_CELL_STR(is_warning ? "warning" : "error"),
                              HF_CELL_STR(what) };

    f->n += !is_warning;
    hf_out_row(f->out, cells);
}

typedef struct asked {
    hf_known_keys known;
    hf_opener *opener;
    bool has_manifest;
    hf_sha256 manifest;
} asked;

static hf_status read_asked(hf_cli *cli, asked *a, hf_err **err)
{
    const char *key = hf_cli_text(cli, "decrypt-key"), *cert = hf_cli_text(cli, "decrypt-cert");
    const hf_passphrase from = { .file = hf_cli_text(cli, "passphrase-file"),
                                 .command = hf_cli_text(cli, "passphrase-command") };
    const char *manifest = hf_cli_text(cli, "manifest");
    hf_status rc = HF_OK;
    hf_buf passphrase;
    size_t n;
    const char *const *list = hf_cli_list(cli, "key", &n);

    hf_known_keys_init(&a->known);
    if (manifest != NULL) {
        a->has_manifest = hf_sha256_parse(hf_view_str(manifest), &a->manifest);
        if (!a->has_manifest)
            rc = hf_fail(err, HF_E_USAGE, "--manifest wants the 64 hex digits of a SHA-256");
    }
    for (size_t i = 0; i < n && rc == HF_OK; i++)
        rc = hf_known_keys_add(&a->known, list[i], err);
    if (rc != HF_OK || (key == NULL && cert == NULL))
        return rc;
    if (key == NULL || cert == NULL)
        return hf_fail(err, HF_E_USAGE, "--decrypt-key and --decrypt-cert go together");
    hf_buf_init(&passphrase, 4096);
    rc = hf_passphrase_get(&from, &passphrase, err);
    if (rc == HF_OK)
        rc = hf_opener_load(&a->opener, key, cert, hf_buf_view(&passphrase), err);
    hf_buf_wipe(&passphrase);
    return rc;
}

static void clear_asked(asked *a)
{
    hf_known_keys_clear(&a->known);
    hf_opener_free(a->opener);
}

/* Who vouches, in words that nobody can take for more than it is. */
static const char *who_signed(const hf_verify_result *r, char out[160])
{
    char hex[65] = "";

    if (r->has_key)
        hf_sha256_hex(&r->fingerprint, hex);
    if (r->signature == HF_VOUCH_KNOWN)
        snprintf(out, 160, "signed by a key that was given");
    else if (r->signature == HF_VOUCH_UNKNOWN && r->has_key)
        snprintf(out, 160, "signed by key %.16s..., which nobody compared: say --key", hex);
    else if (r->signature == HF_VOUCH_UNKNOWN)
        snprintf(out, 160, "its signatures are not checked: say --key");
    else if (r->signature == HF_VOUCH_NONE)
        snprintf(out, 160, "UNSIGNED: who can change the files can change the lists");
    else
        snprintf(out, 160, "its signature is wrong");
    return out;
}

static const char *what_log(const hf_verify_result *r, char out[96])
{
    if (r->log == HF_VOUCH_NONE)
        snprintf(out, 96, "in no log");
    else if (r->log == HF_VOUCH_BAD)
        snprintf(out, 96, "its log entry is wrong");
    else
        snprintf(out, 96, "entry %llu of a log of %llu%s", (unsigned long long)r->entry,
                 (unsigned long long)r->log_size,
                 r->log == HF_VOUCH_KNOWN ? ", signed" : ", whose head nobody known signed");
    return out;
}

static void put_result(hf_out *out, const hf_verify_result *r)
{
    char hex[65];

    hf_out_field(out, "Encrypted", "is_encrypted", HF_CELL_BOOL(r->is_encrypted));
    hf_out_field(out, "Opened", "is_opened", HF_CELL_BOOL(!r->is_encrypted || r->is_opened));
    hf_out_field(out, "Complete", "is_complete",
                 r->bag.is_bag ? HF_CELL_BOOL(r->bag.is_complete) : HF_CELL_NONE);
    hf_out_field(out, "Valid", "is_valid",
                 r->bag.is_bag ? HF_CELL_BOOL(r->bag.is_valid) : HF_CELL_NONE);
    hf_out_field(out, "Payload files", "payload_files", HF_CELL_U64(r->bag.payload_files));
    hf_out_field(out, "Payload", "payload_bytes", HF_CELL_SIZE(r->bag.payload_bytes));
    hf_out_field(out, "Signature", "signature", HF_CELL_STR(hf_vouch_name(r->signature)));
    hf_sha256_hex(&r->fingerprint, hex);
    hf_out_field(out, "Key", "key_sha256", r->has_key ? HF_CELL_STR(hex) : HF_CELL_NONE);
    hf_out_field(out, "Receipt", "receipt", HF_CELL_STR(hf_vouch_name(r->receipt)));
    hf_out_field(out, "Run", "made_by_run", HF_CELL_STR(r->run_id[0] == '\0' ? NULL : r->run_id));
    hf_out_field(out, "Log", "log", HF_CELL_STR(hf_vouch_name(r->log)));
    hf_out_field(out, "Findings", "errors", HF_CELL_U64(r->findings));
}

/* The answer comes after the findings in tables, which are printed as they come; so they are kept.
 */
typedef struct kept_row {
    hf_view name, what;
    bool is_warning;
} kept_row;

typedef struct keeping {
    hf_arena *mem;
    kept_row *row;
    size_t n, cap;
} keeping;

enum { ROWS_MAX = 10000 };

static void keep_row(void *self, hf_view name, bool is_warning, const char *what)
{
    keeping *k = self;

    if (k->n == ROWS_MAX)
        return;
    if (k->n == k->cap) {
        k->cap = k->cap == 0 ? 16 : k->cap * 2;
        k->row = hf_realloc(k->row, k->cap, sizeof(*k->row));
    }
    k->row[k->n++] = (kept_row){ hf_arena_dup(k->mem, name),
                                 hf_arena_dup(k->mem, hf_view_str(what)), is_warning };
}

static void answer_package(hf_cli *cli, const hf_verify_result *r, const keeping *k)
{
    static const hf_column columns[] = { { "Where", "where" },
                                         { "Level", "level" },
                                         { "Finding", "finding" } };
    findings f = { .out = hf_cli_out(cli) };

    hf_out_begin(f.out, "verify/1");
    put_result(f.out, r);
    hf_out_table(f.out, "findings", columns, 3);
    for (size_t i = 0; i < k->n; i++)
        say_package(&f, k->row[i].name, k->row[i].is_warning, k->row[i].what.p);
    hf_out_end(f.out);
    if (r->findings > 0)
        hf_cli_exit(cli, 4);
}

static void last_line_package(hf_cli *cli, const hf_verify_result *r)
{
    char size[32], signer[160], log[96];

    who_signed(r, signer);
    what_log(r, log);
    if (r->findings > 0)
        hf_cli_last_line(cli, "not what it was: %llu findings; %s", (unsigned long long)r->findings,
                         signer);
    else if (r->is_encrypted && !r->is_opened)
        hf_cli_last_line(cli,
                         "%zu encrypted volumes as listed; %s; not opened: say --decrypt-key and "
                         "--decrypt-cert",
                         r->volumes, signer);
    else
        hf_cli_last_line(cli, "%llu payload files, %s, as listed; %s; %s",
                         (unsigned long long)r->bag.payload_files,
                         hf_out_size(r->bag.payload_bytes, size), signer, log);
}

static hf_status verify_package(hf_cli *cli, hf_source *source, const asked *a, hf_err **err)
{
    keeping k = { .mem = hf_arena_new() };
    const hf_verify_args how = { .known = &a->known,
                                 .opener = a->opener,
                                 .manifest = a->has_manifest ? &a->manifest : NULL,
                                 .say = keep_row,
                                 .self = &k,
                                 .progress = hf_progress_report,
                                 .progress_self = hf_cli_progress(cli) };
    hf_verify_result r;
    hf_status rc = hf_verify_package(source, &how, &r, err);

    if (rc == HF_OK) {
        answer_package(cli, &r, &k);
        last_line_package(cli, &r);
    }
    hf_free(k.row);
    hf_arena_free(k.mem);
    return rc;
}

static hf_status verify_evidence(hf_cli *cli, hf_evidence_kind kind, const asked *a, hf_err **err)
{
    static const char *const names[] = { "", "receipt", "proof", "note" };
    keeping k = { .mem = hf_arena_new() };
    const hf_verify_args how = { .known = &a->known, .say = keep_row, .self = &k };
    char signer[160], log[96];
    hf_verify_result r;
    hf_status rc =
        hf_verify_evidence(hf_cli_arg(cli, 0), kind, hf_cli_text(cli, "entry"), &how, &r, err);

    if (rc == HF_OK) {
        answer_package(cli, &r, &k);
        hf_cli_last_line(cli, "%s: %s; %s", names[kind],
                         r.findings > 0 ? "not what it was" : "holds",
                         kind == HF_EVIDENCE_PROOF ? what_log(&r, log) : who_signed(&r, signer));
    }
    hf_free(k.row);
    hf_arena_free(k.mem);
    return rc;
}

/* A small regular file that vouches for something; its kind by its first bytes. */
static hf_evidence_kind look(const char *path)
{
    hf_evidence_kind kind = HF_EVIDENCE_NONE;
    struct stat st;
    hf_buf text;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > 4 << 20)
        return kind;
    hf_buf_init(&text, 4 << 20);
    if (hf_file_read(path, 4 << 20, &text, NULL) == HF_OK)
        kind = hf_evidence_kind_of(hf_buf_view(&text));
    hf_buf_clear(&text);
    return kind;
}

/* HF_END when path is no package. */
static hf_status try_package(hf_cli *cli, const char *path, const asked *a, hf_err **err)
{
    hf_source *source = NULL;
    struct stat st;
    hf_status rc;

    if (stat(path, &st) != 0)
        return HF_END; /* a prefix, a name: what is said of it comes from there */
    rc = hf_source_open(&source, path, NULL, err);
    if (rc == HF_OK)
        rc = hf_verify_is_package(source) ? verify_package(cli, source, a, err) : HF_END;
    hf_source_close(source);
    return rc;
}

static hf_status run_verify(hf_cli *cli, hf_err **err)
{
    const char *path = hf_cli_arg(cli, 0);
    hf_evidence_kind kind;
    asked a = { .opener = NULL };
    hf_status rc;

    if (hf_vault_is(path))
        return verify_vault(cli, path, err);
    rc = read_asked(cli, &a, err);
    if (rc == HF_OK && (kind = look(path)) != HF_EVIDENCE_NONE) {
        rc = verify_evidence(cli, kind, &a, err);
    } else if (rc == HF_OK) {
        rc = try_package(cli, path, &a, err);
        if (rc == HF_END)
            rc = check_file(cli, err);
    }
    clear_asked(&a);
    return rc;
}

const hf_cmd hf_cmd_verify = {
    .name = "verify",
    .group = HF_GROUP_PROVE,
    .summary = "Check vaults, packages, receipts, proofs, and files with rules",
    .about = "A vault is read back whole: every member and attachment against its SHA-256, every "
             "frame, the databases,\n"
             "the index. Of a package every file, its signatures, its receipt and its entry in the "
             "log. A key that came\n"
             "with a package proves nothing alone: name the one you know with --key. Exit 4 when "
             "something is not\n"
             "what it must be.",
    .args = args,
    .options = options,
    .examples = examples,
    .run = run_verify,
};
