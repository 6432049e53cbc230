/* cli/cmd_audit_list.c: "holdfast audit list", "audit export" and "audit erase-value": reading the
 * log. */
#include "audit.h"

#include "io/sink.h"
#include "util/jsonw.h"
#include "util/when.h"

#include <stdio.h>

/* --- which entries ------------------------------------------------------------------------------
 */

#define OPT_FILTER                                                                                      \
    { "action", 0,    HF_OPT_TEXT,                                                                      \
      "WORD",   NULL, "only these: search, import, or audit for all of its acts" },                     \
        { "operator", 0,    HF_OPT_TEXT,                                                                \
          "NAME",     NULL, "only what this user of the machine did, as itself or by sudo" },           \
        { "outcome", 0, HF_OPT_TEXT, "WORD", NULL, "only ends with this word, such as OK or REFUSED" }, \
        { "run", 0, HF_OPT_TEXT, "UUID", NULL, "only the entries of this run" },                        \
        { "since", 0, HF_OPT_TEXT, "TIME", NULL, "only entries of this time or later" },                \
        { "until", 0, HF_OPT_TEXT, "TIME", NULL, "only entries before this time" },                     \
    {                                                                                                   \
        "from", 0, HF_OPT_U64, "SEQ", "0", "only entries from this number on"                           \
    }

static hf_status read_filter(hf_cli *cli, hf_log_filter *f, hf_err **err)
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

/* --- list ---------------------------------------------------------------------------------------
 */

typedef struct lister {
    hf_cli *cli;
    hf_log *log;
    hf_out *out;
    hf_map *unfinished;
    bool with_values, is_brief;
    uint64_t n, open;
    hf_buf key, who, object, values;
    hf_jsonw json;
    hf_err **err;
    hf_status rc;
} lister;

/* A start without an end; that of this very run has none yet. */
static bool is_unfinished(lister *l, const hf_log_entry *e)
{
    if (e->phase != HF_LOG_START || hf_view_is(e->run, hf_cli_run_id(l->cli)))
        return false;
    hf_buf_reset(&l->key);
    hf_buf_add(&l->key, e->run);
    hf_buf_byte(&l->key, '\n');
    hf_buf_add(&l->key, e->action);
    return hf_map_get(l->unfinished, hf_buf_view(&l->key)) != NULL;
}

static void put_operator(const hf_log_entry *e, hf_buf *b)
{
    hf_buf_reset(b);
    hf_buf_add(b, e->user.n > 0 ? e->user : e->uid);
    if (e->sudo.n > 0) {
        hf_buf_str(b, " (");
        hf_buf_add(b, e->sudo);
        hf_buf_byte(b, ')');
    }
}

static void put_object(const hf_log_entry *e, hf_buf *b)
{
    hf_buf_reset(b);
    hf_buf_add(b, e->object_kind);
    if (e->object_id.n > 0) {
        hf_buf_byte(b, ' ');
        hf_buf_add(b, e->object_id);
    }
}

static void put_value(void *self, hf_view name, hf_view salt, hf_view value)
{
    lister *l = self;

    (void)salt;
    hf_jsonw_key(&l->json, name);
    hf_jsonw_text(&l->json, NULL, value);
}

static void put_values(lister *l, uint64_t seq)
{
    hf_buf_reset(&l->values);
    hf_jsonw_init(&l->json, &l->values, 0);
    hf_jsonw_object(&l->json, NULL);
    l->rc = hf_log_values(l->log, seq, put_value, l, l->err);
    hf_jsonw_end(&l->json, '}');
}

static bool put_entry(void *self, const hf_log_entry *e)
{
    static const char *const phases[] = { "", "start", "end" };
    lister *l = self;
    bool is_open = is_unfinished(l, e);
    char hex[65];

    l->n++;
    l->open += is_open;
    put_operator(e, &l->who);
    put_object(e, &l->object);
    if (l->with_values)
        put_values(l, e->seq);
    hf_sha256_hex(&e->hash, hex);
    {
        hf_cell asked = l->with_values ? HF_CELL_TEXT(hf_buf_view(&l->values)) : HF_CELL_NONE;
        hf_cell outcome = is_open ? HF_CELL_STR("did not finish") : HF_CELL_TEXT(e->outcome);
        const hf_cell brief[] = { HF_CELL_U64(e->seq),
                                  HF_CELL_TIME(e->time_us),
                                  HF_CELL_TEXT(hf_buf_view(&l->who)),
                                  HF_CELL_TEXT(e->action),
                                  HF_CELL_STR(phases[e->phase]),
                                  outcome,
                                  HF_CELL_TEXT(e->counts),
                                  asked };
        const hf_cell whole[] = { HF_CELL_U64(e->seq),
                                  HF_CELL_TIME(e->time_us),
                                  HF_CELL_TEXT(hf_buf_view(&l->who)),
                                  HF_CELL_TEXT(e->action),
                                  HF_CELL_STR(phases[e->phase]),
                                  outcome,
                                  HF_CELL_TEXT(e->counts),
                                  asked,
                                  HF_CELL_TEXT(hf_buf_view(&l->object)),
                                  HF_CELL_TEXT(e->run),
                                  HF_CELL_TEXT(e->host),
                                  HF_CELL_TEXT(e->pod),
                                  HF_CELL_TEXT(e->digests),
                                  HF_CELL_STR(hex) };

        hf_out_row(l->out, l->is_brief ? brief : whole);
    }
    return l->rc == HF_OK && hf_interrupted() == 0;
}

static void begin_table(lister *l)
{
    static const hf_column columns[] = {
        { "Entry", "seq" },       { "Time", "time" },       { "Operator", "operator" },
        { "Action", "action" },   { "", "phase" },          { "Outcome", "outcome" },
        { "Counts", "counts" },   { "Asked for", "asked" }, { "Object", "object" },
        { "Run", "run" },         { "Host", "host" },       { "Pod", "pod" },
        { "Digests", "digests" }, { "Hash", "leaf_hash" },
    };

    hf_out_begin(l->out, "audit-list/1");
    hf_out_table(l->out, "entries", columns,
                 l->is_brief ? 8 : sizeof(columns) / sizeof(columns[0]));
}

static hf_status run_list(hf_cli *cli, hf_err **err)
{
    hf_out *out = hf_cli_out(cli);
    hf_cli_log l = { .cli = cli };
    lister s = { .cli = cli,
                 .out = out,
                 .with_values = hf_cli_flag(cli, "values") > 0,
                 .is_brief = hf_out_format(out) == HF_OUT_TABLE,
                 .err = err };
    hf_log_filter f;
    hf_status rc = read_filter(cli, &f, err);

    hf_buf_init(&s.key, HF_BUF_UNBOUNDED);
    hf_buf_init(&s.who, HF_BUF_UNBOUNDED);
    hf_buf_init(&s.object, HF_BUF_UNBOUNDED);
    hf_buf_init(&s.values, HF_BUF_UNBOUNDED);
    if (rc == HF_OK)
        rc = hf_cli_log_open(&l, cli, hf_cli_arg(cli, 0), "audit.list", HF_ACT_CHECK,
                             HF_VAULT_CONTROL_ONLY, err);
    s.log = l.log;
    if (rc == HF_OK)
        rc = hf_log_unfinished(l.log, &s.unfinished, err);
    if (rc == HF_OK) {
        begin_table(&s);
        rc = hf_log_each(l.log, &f, put_entry, &s, err);
        hf_out_end(out);
    }
    if (rc == HF_OK)
        rc = s.rc;
    if (rc == HF_OK) {
        hf_cli_act_count(&l.act, "entries", s.n);
        hf_cli_last_line(cli, "%llu entries%s", (unsigned long long)s.n,
                         s.open > 0 ? "; some acts did not finish, or are under way" : "");
    }
    hf_map_free(s.unfinished);
    hf_buf_clear(&s.key);
    hf_buf_clear(&s.who);
    hf_buf_clear(&s.object);
    hf_buf_clear(&s.values);
    return hf_cli_log_close(&l, rc, err);
}

static const hf_cmd_opt list_options[] = {
    OPT_FILTER,
    { "values", 0, HF_OPT_FLAG, NULL, NULL,
      "show what was asked for as well, as far as it was not erased" },
    { 0 },
};

static const hf_cmd_example list_examples[] = {
    { "audit list northwind.vault", "who did what with it" },
    { "audit list northwind.vault --action search --values --since 30d --format csv",
      "what was searched for in the last 30 days" },
    { 0 },
};

const hf_cmd hf_cmd_audit_list = {
    .name = "audit list",
    .group = HF_GROUP_PROVE,
    .summary = "List who did what with a vault",
    .about = "Reading the log is an act as well and is noted in it.",
    .args = hf_audit_vault_arg,
    .options = list_options,
    .examples = list_examples,
    .run = run_list,
};

/* --- export -------------------------------------------------------------------------------------
 */

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
    hf_status rc = read_filter(cli, &f, err);

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
    OPT_FILTER,
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

/* --- erase-value --------------------------------------------------------------------------------
 */

static hf_status run_erase(hf_cli *cli, hf_err **err)
{
    const char *reason = hf_cli_text(cli, "reason"), *name = hf_cli_arg(cli, 2);
    hf_vault *v = NULL;
    hf_log *log = NULL;
    uint64_t seq;
    hf_status rc = HF_OK;

    if (!hf_view_u64(hf_view_str(hf_cli_arg(cli, 1)), &seq))
        rc = hf_fail(err, HF_E_USAGE, "\"%s\" is no number of an entry", hf_cli_arg(cli, 1));
    if (rc == HF_OK && (reason == NULL || reason[0] == '\0')) {
        rc = hf_fail(err, HF_E_USAGE, "--reason TEXT is missing");
        hf_hint(err, "it stands in the log, and can be erased there itself");
    }
    if (rc == HF_OK)
        rc = hf_vault_open(&v, hf_cli_arg(cli, 0), HF_VAULT_CONTROL,
                           HF_VAULT_NETWORK_FS | HF_VAULT_CONTROL_ONLY, err);
    if (rc == HF_OK)
        rc = hf_log_open(&log, v, err);
    if (rc == HF_OK)
        rc = hf_log_erase(log, seq, name, hf_cli_run_id(cli), hf_view_str(reason), err);
    if (rc == HF_OK)
        hf_cli_last_line(cli, "the value is gone; entry %llu and its proofs stay",
                         (unsigned long long)seq);
    hf_log_close(log);
    hf_vault_close(v);
    return rc;
}

static const hf_cmd_arg erase_args[] = {
    { "VAULT", false, false, "the vault's folder" },
    { "SEQ", false, false, "number of the entry" },
    { "NAME", false, false, "name of the value: query, source ..." },
    { 0 },
};

static const hf_cmd_opt erase_options[] = {
    { "reason", 0, HF_OPT_TEXT, "TEXT", NULL, "why; it is noted in the log" },
    { 0 },
};

static const hf_cmd_example erase_examples[] = {
    { "audit erase-value northwind.vault 4 query --reason 'erasure request 7'",
      "take a person's name out of the log" },
    { 0 },
};

const hf_cmd hf_cmd_audit_erase_value = {
    .name = "audit erase-value",
    .group = HF_GROUP_PROVE,
    .summary = "Erase a value that an entry of the log refers to",
    .about = "An entry holds a digest of the value and 32 bytes of chance. Both are erased: the "
             "digest then says\n"
             "nothing to anybody, and the entry and all proofs of it stay valid. Copies and "
             "backups of the vault keep\n"
             "what they have.",
    .args = erase_args,
    .options = erase_options,
    .examples = erase_examples,
    .run = run_erase,
};
