/* cli/cmd_audit_verify.c: "holdfast audit verify", a vault's log, or a proof of one entry. */
#include "audit.h"

#include "util/base64.h"
#include "util/file.h"

#include <unistd.h>

enum { MAX_FILE = 1 << 20 };

static unsigned long long big(uint64_t n)
{
    return n;
}

/* --- heads --------------------------------------------------------------------------------------
 */

typedef struct heads {
    hf_arena *mem;
    hf_log_kept *at;
    size_t n;
} heads;

/* "SIZE:ROOT" as it is printed for paper, blanks in it or not. */
static bool parse_typed(const char *text, hf_log_head *out)
{
    size_t colon = hf_view_find_byte(hf_view_str(text), ':');
    hf_buf hex;
    bool ok;

    if (colon == HF_NPOS || !hf_view_u64(hf_view_sub(hf_view_str(text), 0, colon), &out->size))
        return false;
    hf_buf_init(&hex, 256);
    for (const char *p = text + colon + 1; *p != '\0'; p++)
        if (*p != ' ')
            hf_buf_byte(&hex, *p);
    ok = hf_sha256_parse(hf_buf_view(&hex), &out->root);
    hf_buf_clear(&hex);
    return ok;
}

/* A note, the text of one, or a proof, which ends in one. */
static hf_status parse_file(hf_view text, const char *origin, hf_log_head *out, hf_err **err)
{
    hf_checkpoint c;
    hf_proof *p = HF_NEW(hf_proof);
    hf_status rc = HF_OK;

    if (hf_view_starts(text, HF_V("c2sp.org/tlog-proof@"))) {
        rc = hf_proof_parse(text, p, err);
        text = p->checkpoint;
    }
    if (rc == HF_OK)
        rc = hf_checkpoint_read(text, &c, err);
    if (rc == HF_OK && !hf_view_is(c.origin, origin)) {
        rc = hf_fail(err, HF_E_VERIFY, "this is a head of %.*s", (int)c.origin.n, c.origin.p);
        hf_hint(err, "the vault's log is %s: another vault, or the head of another one", origin);
    }
    if (rc == HF_OK)
        *out = (hf_log_head){ c.size, c.root };
    hf_free(p);
    return rc;
}

static hf_status add_head(heads *h, const char *text, const char *origin, hf_err **err)
{
    hf_log_kept *k = &h->at[h->n];
    hf_status rc = HF_OK;
    hf_buf b;

    hf_buf_init(&b, MAX_FILE);
    if (access(text, F_OK) != 0 && parse_typed(text, &k->head)) {
        k->label = "the head that was typed in";
    } else if (access(text, F_OK) != 0) {
        rc = hf_fail(err, HF_E_USAGE, "\"%s\" is neither a file nor a head", text);
        hf_hint(err, "a head reads SIZE:ROOT, a number and 64 hex digits");
    } else {
        rc = hf_file_read(text, MAX_FILE, &b, err);
        if (rc == HF_OK)
            rc = parse_file(hf_buf_view(&b), origin, &k->head, err);
        if (rc != HF_OK)
            hf_err_at(err, text, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        k->label = text;
    }
    h->n += rc == HF_OK;
    hf_buf_clear(&b);
    return rc;
}

static hf_status load_heads(hf_cli *cli, const char *origin, heads *h, hf_err **err)
{
    size_t n;
    const char *const *list = hf_cli_list(cli, "head", &n);
    hf_status rc = HF_OK;

    *h = (heads){ .mem = hf_arena_new() };
    h->at = hf_arena_alloc0(h->mem, n, sizeof(*h->at));
    for (size_t i = 0; i < n && rc == HF_OK; i++)
        rc = add_head(h, list[i], origin, err);
    return rc;
}

/* --- verifying a proof --------------------------------------------------------------------------
 */

static bool bytes_of(hf_view base64, hf_buf *out)
{
    return base64.n > 0 && hf_base64_get(out, base64);
}

static hf_status check_proof(hf_cli *cli, const char *path, hf_err **err)
{
    hf_cli_keys keys = { .mem = NULL };
    hf_proof *p = HF_NEW(hf_proof);
    hf_out *out = hf_cli_out(cli);
    hf_checkpoint c;
    hf_buf text, leaf;
    char *origin = NULL;
    hf_status rc;

    hf_buf_init(&text, MAX_FILE);
    hf_buf_init(&leaf, MAX_FILE);
    rc = hf_file_read(path, MAX_FILE, &text, err);
    if (rc == HF_OK)
        rc = hf_proof_parse(hf_buf_view(&text), p, err);
    if (rc == HF_OK && !bytes_of(p->extra, &leaf))
        rc = hf_fail(err, HF_E_DAMAGED, "the proof does not hold the entry that it is of");
    if (rc == HF_OK)
        rc = hf_checkpoint_read(p->checkpoint, &c, err);
    if (rc == HF_OK) {
        origin = hf_view_dup(c.origin);
        rc = hf_cli_keys_load(cli, NULL, origin, &keys, err);
    }
    if (rc == HF_OK && keys.n == 0) {
        rc = hf_fail(err, HF_E_NO_KEY, "no key is known that should have signed this");
        hf_hint(err, "--key VKEY or --key FILE gives it: `holdfast audit key show VAULT`");
    }
    if (rc == HF_OK)
        rc = hf_proof_check(p, hf_buf_view(&leaf), keys.key, keys.n, &c, err);
    if (rc == HF_OK) {
        hf_out_begin(out, "audit-proof/1");
        hf_out_field(out, "Log", "origin", HF_CELL_TEXT(c.origin));
        hf_out_field(out, "Entry", "seq", HF_CELL_U64(p->index));
        hf_out_field(out, "Entries signed", "size", HF_CELL_U64(c.size));
        hf_out_field(out, "Says", "leaf", HF_CELL_TEXT(hf_buf_view(&leaf)));
        hf_out_end(out);
        hf_cli_last_line(cli, "entry %llu is in the log of %llu entries that was signed",
                         big(p->index), big(c.size));
    } else {
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    hf_cli_keys_clear(&keys);
    hf_free(origin);
    hf_free(p);
    hf_buf_clear(&text);
    hf_buf_clear(&leaf);
    return rc;
}

/* --- verifying a log ----------------------------------------------------------------------------
 */

/* Whether anything but looking at the log itself was done since it was anchored. */
static bool is_other_act(void *self, const hf_log_entry *e)
{
    bool is_own = hf_view_starts(e->action, HF_V("audit.")) || hf_view_is(e->action, "verify");

    if (!is_own)
        *(bool *)self = true;
    return is_own;
}

static hf_status has_unanchored(hf_log *log, uint64_t anchored, bool *out, hf_err **err)
{
    const hf_log_filter f = { .from = anchored, .since_us = HF_NO_TIME, .until_us = HF_NO_TIME };

    *out = false;
    return hf_log_each(log, &f, is_other_act, out, err);
}

static void put_report(hf_out *out, const hf_log_report *r, bool is_key_known)
{
    char hex[65];

    hf_sha256_hex(&r->head.root, hex);
    hf_out_field(out, "Entries", "size", HF_CELL_U64(r->head.size));
    hf_out_field(out, "Root", "root", HF_CELL_STR(hex));
    hf_out_field(out, "Checkpoints", "checkpoints", HF_CELL_U64(r->checkpoints));
    hf_out_field(out, "Signed, entries", "signed", HF_CELL_U64(r->signed_upto));
    hf_out_field(out, "  by a key known here", "is_key_known", HF_CELL_BOOL(is_key_known));
    hf_out_field(out, "As seen by this host", "seen", HF_CELL_U64(r->seen_upto));
    hf_out_field(out, "Covered by --head", "kept", HF_CELL_U64(r->kept_upto));
    hf_out_field(out, "Time stamps", "stamps", HF_CELL_U64(r->stamps));
    hf_out_field(out, "  without a reply", "stamps_open", HF_CELL_U64(r->stamps_open));
    hf_out_field(out, "  verified", "stamps_good", HF_CELL_U64(r->stamps_good));
    hf_out_field(out, "  entries covered", "stamped", HF_CELL_U64(r->stamped_upto));
    hf_out_field(out, "  since", "stamped_at", HF_CELL_TIME(r->stamped_us));
    hf_out_field(out, "Anchored, entries", "anchored", HF_CELL_U64(hf_log_anchored(r)));
    hf_out_field(out, "Needs an anchor, entries", "unanchored",
                 HF_CELL_U64(r->head.size - hf_log_anchored(r)));
    hf_out_field(out, "Open values", "values", HF_CELL_U64(r->values));
    hf_out_field(out, "Erased values", "erased", HF_CELL_U64(r->erased));
    hf_out_field(out, "Acts without an end", "unfinished", HF_CELL_U64(r->unfinished));
    hf_out_field(out, "Older states accepted", "restores", HF_CELL_U64(r->restores));
}

/* Rows come while the log is read, fields before them: findings are kept until then. */
typedef struct kept_finding {
    hf_log_trouble what;
    uint64_t from, to;
    const char *text;
} kept_finding;

typedef struct findings {
    hf_arena *mem;
    kept_finding *at;
    size_t n, cap;
} findings;

enum { MOST_FINDINGS = 10000 };

static void keep_finding(void *self, const hf_log_finding *f)
{
    findings *k = self;

    if (k->n == MOST_FINDINGS)
        return;
    if (k->n == k->cap) {
        k->cap = k->cap == 0 ? 64 : k->cap * 2;
        k->at = hf_realloc(k->at, k->cap, sizeof(*k->at));
    }
    k->at[k->n++] =
        (kept_finding){ f->what, f->from, f->to, hf_arena_dup(k->mem, hf_view_str(f->text)).p };
}

static void put_answer(hf_cli *cli, const hf_log_report *r, const findings *f, bool is_key_known)
{
    static const hf_column columns[] = {
        { "What", "what" }, { "From", "from" }, { "To", "to" }, { "Finding", "finding" }
    };
    hf_out *out = hf_cli_out(cli);

    hf_out_begin(out, "audit-verify/1");
    put_report(out, r, is_key_known);
    hf_out_field(out, "Findings", "findings_total", HF_CELL_U64(r->findings));
    hf_out_table(out, "findings", columns, 4);
    for (size_t i = 0; i < f->n; i++) {
        const kept_finding *k = &f->at[i];

        hf_out_row(out, (const hf_cell[]){ HF_CELL_STR(hf_log_trouble_word(k->what)),
                                           HF_CELL_U64(k->from),
                                           k->to > k->from ? HF_CELL_U64(k->to - 1) : HF_CELL_NONE,
                                           HF_CELL_STR(k->text) });
    }
    hf_out_end(out);
}

static void put_verdict(hf_cli *cli, const hf_log_report *r, bool is_key_known)
{
    uint64_t anchored = hf_log_anchored(r);

    if (r->findings > 0) {
        hf_cli_exit(cli, 4);
        hf_cli_last_line(cli, "%llu findings; entries from %llu on are not to be relied on",
                         big(r->findings), big(r->first_bad));
        return;
    }
    hf_cli_last_line(
        cli, "%llu entries agree with each other; %s %llu%s; anchored %llu; %s", big(r->head.size),
        r->checkpoints == 0 ? "UNSIGNED, signed" : "signed", big(r->signed_upto),
        r->signed_upto > 0 && !is_key_known ? " by a key that only the log vouches for (--key)"
                                            : "",
        big(anchored),
        anchored == 0 ? "whoever holds vault and key could have written it all"
                      : "what came later needs an anchor");
}

static hf_status verify_log(hf_cli *cli, hf_cli_log *l, hf_err **err)
{
    findings f = { .mem = hf_arena_new() };
    hf_cli_keys keys = { .mem = NULL };
    heads h = { .mem = NULL };
    bool is_open = false;
    hf_log_verify_args args = { .tsa_ca = hf_cli_text(cli, "tsa-ca"),
                                .say = keep_finding,
                                .self = &f };
    hf_log_report r;
    hf_status rc = hf_cli_keys_load(cli, l->log, hf_log_origin(l->log), &keys, err);

    if (rc == HF_OK)
        rc = load_heads(cli, hf_log_origin(l->log), &h, err);
    args.keys = keys.key;
    args.nkeys = keys.n;
    args.heads = h.at;
    args.nheads = h.n;
    if (rc == HF_OK)
        rc = hf_log_verify(l->log, &args, &r, err);
    if (rc == HF_OK)
        rc = has_unanchored(l->log, hf_log_anchored(&r), &is_open, err);
    if (rc == HF_OK && l->act.vault != NULL && r.unfinished > 0)
        r.unfinished--; /* this very act */
    if (rc == HF_OK) {
        put_answer(cli, &r, &f, keys.n > 0);
        put_verdict(cli, &r, keys.n > 0);
        if (hf_cli_flag(cli, "anchors") > 0 && is_open)
            hf_cli_exit(cli, 5);
        hf_cli_act_count(&l->act, "findings", r.findings);
        hf_cli_act_count(&l->act, "entries", r.head.size);
    }
    hf_cli_keys_clear(&keys);
    hf_arena_free(h.mem);
    hf_free(f.at);
    hf_arena_free(f.mem);
    return rc;
}

static hf_status run_verify(hf_cli *cli, hf_err **err)
{
    const char *proof = hf_cli_text(cli, "proof");
    hf_cli_log l;
    hf_status rc;

    if (proof != NULL && hf_cli_nargs(cli) == 0)
        return check_proof(cli, proof, err);
    if (proof != NULL || hf_cli_nargs(cli) == 0) {
        hf_fail(err, HF_E_USAGE,
                proof != NULL ? "a proof is checked without a vault" : "VAULT is missing");
        return hf_hint(err, "`audit verify VAULT`, or `audit verify --proof FILE --key VKEY`");
    }
    rc = hf_cli_log_open(&l, cli, hf_cli_arg(cli, 0), "audit.verify", HF_ACT_CHECK, 0, err);
    if (rc == HF_OK)
        rc = verify_log(cli, &l, err);
    return hf_cli_log_close(&l, rc, err);
}

static const hf_cmd_arg verify_args[] = {
    { "VAULT", true, false, "the vault's folder; none with --proof" },
    { 0 },
};

static const hf_cmd_opt verify_options[] = {
    { "head", 0, HF_OPT_LIST, "HEAD", NULL,
      "a head that was kept: a checkpoint's file, or SIZE:ROOT from paper; repeatable" },
    { "key", 0, HF_OPT_LIST, "KEY", NULL,
      "who should have signed: a verifier key, a fingerprint, or a PEM file; repeatable" },
    { "tsa-ca", 0, HF_OPT_TEXT, "FILE", NULL, "PEM file with the roots of time stamps to trust" },
    { "anchors", 0, HF_OPT_FLAG, NULL, NULL,
      "end with 5 when something was done since the log was anchored last" },
    { "proof", 0, HF_OPT_TEXT, "FILE", NULL, "check a proof of one entry, without its vault" },
    { 0 },
};

static const hf_cmd_example verify_examples[] = {
    { "audit verify northwind.vault", "is the log whole, and up to where is it anchored" },
    { "audit verify northwind.vault --head head.note --tsa-ca tsa-root.pem --anchors",
      "hold it against what was kept elsewhere" },
    { "audit verify --proof entry-4.tlog-proof --key northwind.pem.pub",
      "check a proof without the vault" },
    { 0 },
};

const hf_cmd hf_cmd_audit_verify = {
    .name = "audit verify",
    .group = HF_GROUP_PROVE,
    .summary = "Check that a vault's log is whole, and since when it cannot be rewritten",
    .about =
        "Finds entries that were edited, moved, put in, taken away or cut off, another history "
        "than a kept head,\n"
        "checkpoints that the key did not sign. Whoever holds vault and key can write a new log "
        "that agrees with\n"
        "itself: only a head that lies elsewhere (--head, a time stamp) shows that. Exit 4: "
        "something was found.",
    .args = verify_args,
    .options = verify_options,
    .examples = verify_examples,
    .run = run_verify,
};
