/* cli/cmd_audit_list.c: "holdfast audit list", the log for people. */
#include "audit.h"

#include "util/jsonw.h"

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
        /* A brief table has the first of these columns. */
        const hf_cell cells[] = { HF_CELL_U64(e->seq),
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

        hf_out_row(l->out, cells);
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
    hf_status rc = hf_cli_log_filter(cli, &f, err);

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
    HF_OPT_LOG_FILTER,
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
