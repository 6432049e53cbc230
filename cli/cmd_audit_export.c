/* cli/cmd_audit_export.c: "holdfast audit export", the log for other systems. */
#include "audit.h"

#include "io/sink.h"
#include "util/jsonw.h"

#include <stdio.h>

typedef struct exporter {
    hf_cli *cli;
    hf_sink *sink;
    bool is_syslog;
    hf_buf line;
    uint64_t n;
    hf_err **err;
    hf_status rc;
} exporter;

/* Somebody may have written an entry by hand: what is no JSON, or would begin another line, is
 * given as a text. */
static bool is_one_line(const hf_log_entry *e)
{
    for (size_t i = 0; i < e->leaf.n; i++)
        if ((unsigned char)e->leaf.p[i] < 32 || e->leaf.p[i] == 127)
            return false;
    return e->action.n > 0; /* it was read */
}

static void put_json_line(exporter *x, const hf_log_entry *e)
{
    char hex[65];
    hf_jsonw w;

    hf_sha256_hex(&e->hash, hex);
    hf_jsonw_init(&w, &x->line, 0);
    hf_jsonw_object(&w, NULL);
    hf_jsonw_u64(&w, "index", e->seq);
    hf_jsonw_str(&w, "leaf_hash", hex);
    if (is_one_line(e))
        hf_jsonw_raw(&w, "leaf", e->leaf);
    else
        hf_jsonw_text(&w, "leaf", e->leaf);
    hf_jsonw_end(&w, '}');
    hf_buf_byte(&x->line, '\n');
}

/* A field of the header: printable ASCII without blanks, "-" when there is none (RFC 5424, 6). */
static void put_word(hf_buf *b, hf_view text, size_t most)
{
    size_t start = b->n;

    for (size_t i = 0; i < text.n && i < most; i++)
        hf_buf_byte(b, text.p[i] > 32 && text.p[i] < 127 ? text.p[i] : '?');
    if (b->n == start)
        hf_buf_byte(b, '-');
}

static void put_param(hf_buf *b, const char *name, hf_view value)
{
    hf_buf text;

    if (value.n == 0)
        return;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_printable(&text, value); /* a message ends with its line */
    hf_buf_printf(b, " %s=\"", name);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\' || text.p[i] == ']')
            hf_buf_byte(b, '\\');
        hf_buf_byte(b, text.p[i]);
    }
    hf_buf_byte(b, '"');
    hf_buf_clear(&text);
}

/* Severity: 6 informational, 4 warning, 3 error. Starts have no outcome yet. */
static unsigned severity(const hf_log_entry *e)
{
    if (e->outcome.n == 0 || hf_view_is(e->outcome, "OK"))
        return 6;
    return hf_view_is(e->outcome, "PARTIAL") || hf_view_is(e->outcome, "DIFFERENT") ? 4 : 3;
}

/* RFC 5424. Facility 13 is the log audit; 32473 is the enterprise number for examples (RFC 5612),
 * as the program has none of its own. */
static void put_syslog_line(exporter *x, const hf_log_entry *e)
{
    static const char *const phases[] = { "single", "start", "end" };
    hf_civil c = hf_us_to_civil(e->time_us == HF_NO_TIME ? 0 : e->time_us);
    hf_buf *b = &x->line;
    char hex[65], seq[24];

    hf_sha256_hex(&e->hash, hex);
    snprintf(seq, sizeof(seq), "%llu", (unsigned long long)e->seq);
    hf_buf_printf(b, "<%u>1 %04d-%02d-%02dT%02d:%02d:%02d.%06dZ ", 13 * 8 + severity(e), c.year,
                  c.month, c.day, c.hour, c.minute, c.second, c.us);
    put_word(b, e->host, 255);
    hf_buf_str(b, " holdfast - ");
    put_word(b, e->action, 32);
    hf_buf_str(b, " [holdfast@32473");
    put_param(b, "seq", hf_view_str(seq));
    put_param(b, "action", e->action);
    put_param(b, "phase", hf_view_str(phases[e->phase]));
    put_param(b, "outcome", e->outcome);
    put_param(b, "user", e->user);
    put_param(b, "sudo", e->sudo);
    put_param(b, "run", e->run);
    put_param(b, "object", e->object_kind);
    put_param(b, "id", e->object_id);
    put_param(b, "leaf", hf_view_str(hex));
    hf_buf_str(b, "] \xEF\xBB\xBF"); /* the message is UTF-8 */
    if (is_one_line(e))
        hf_buf_add(b, e->leaf);
    else
        hf_buf_printable(b, e->leaf);
    hf_buf_byte(b, '\n');
}

static bool export_entry(void *self, const hf_log_entry *e)
{
    exporter *x = self;

    hf_buf_reset(&x->line);
    if (x->is_syslog)
        put_syslog_line(x, e);
    else
        put_json_line(x, e);
    x->n++;
    x->rc = hf_sink_write(x->sink, hf_buf_view(&x->line), x->err);
    if (x->rc == HF_OK)
        x->rc = hf_stop_check(x->err);
    return x->rc == HF_OK;
}

static hf_status export_all(exporter *x, hf_log *log, const hf_log_filter *f, hf_err **err)
{
    const char *path = hf_cli_text(x->cli, "output");
    bool is_file = path != NULL && strcmp(path, "-") != 0;
    hf_status rc = hf_sink_open(&x->sink, is_file ? path : "-",
                                is_file ? HF_SINK_FILE : HF_SINK_STDOUT, false, err);

    if (rc != HF_OK)
        return rc;
    rc = hf_sink_member(x->sink, HF_V("audit"), err);
    if (rc == HF_OK)
        rc = hf_log_each(log, f, export_entry, x, err);
    if (rc == HF_OK)
        rc = x->rc;
    if (rc == HF_OK)
        return hf_sink_commit(x->sink, err);
    hf_sink_abort(x->sink);
    return rc;
}

static hf_status run_export(hf_cli *cli, hf_err **err)
{
    exporter x = { .cli = cli,
                   .is_syslog = strcmp(hf_cli_text(cli, "to"), "syslog") == 0,
                   .err = err };
    hf_cli_log l = { .cli = cli };
    hf_log_filter f;
    hf_status rc = hf_cli_log_filter(cli, &f, err);

    hf_buf_init(&x.line, HF_BUF_UNBOUNDED);
    if (rc == HF_OK)
        rc = hf_cli_log_open(&l, cli, hf_cli_arg(cli, 0), "audit.export", HF_ACT_CHECK,
                             HF_VAULT_CONTROL_ONLY, err);
    if (rc == HF_OK)
        rc = export_all(&x, l.log, &f, err);
    if (rc == HF_OK) {
        hf_cli_act_count(&l.act, "entries", x.n);
        hf_cli_last_line(cli, "%llu entries", (unsigned long long)x.n);
    }
    hf_buf_clear(&x.line);
    return hf_cli_log_close(&l, rc, err);
}

static const hf_cmd_opt export_options[] = {
    { "to", 't', HF_OPT_CHOICE, "jsonl|syslog", "jsonl",
      "entries as JSON Lines with their hashes, or as syslog messages (RFC 5424)" },
    HF_OPT_OUTPUT,
    HF_OPT_LOG_FILTER,
    { 0 },
};

static const hf_cmd_example export_examples[] = {
    { "audit export northwind.vault -o audit.jsonl", "every entry, byte for byte, with its hash" },
    { "audit export northwind.vault --to syslog --from 1200", "what a SIEM does not have yet" },
    { 0 },
};

const hf_cmd hf_cmd_audit_export = {
    .name = "audit export",
    .group = HF_GROUP_PROVE,
    .summary = "Write a vault's log for other systems",
    .about = "Entries hold no names, texts or queries, so the file may leave the house. Each has "
             "the hash by which\n"
             "proofs and checkpoints refer to it.",
    .args = hf_audit_vault_arg,
    .options = export_options,
    .examples = export_examples,
    .run = run_export,
};
