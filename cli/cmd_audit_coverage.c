/* cli/cmd_audit_coverage.c: "holdfast audit coverage", do the packages of a series leave a gap? */
#include "audit.h"

#include "package/series.h"
#include "util/json.h"

#include <stdio.h>

typedef struct coverage {
    hf_out *out;
    hf_map *logged; /* "RUN MANIFEST" of what the log says was exported */
    uint64_t packages, gaps, number;
    int64_t last_import, until_us; /* where the one before ended */
} coverage;

/* --- what the log says --------------------------------------------------------------------------
 */

static void put_export(hf_map *logged, hf_view run, hf_view manifest)
{
    hf_buf key;

    hf_buf_init(&key, HF_BUF_UNBOUNDED);
    hf_buf_printf(&key, "%.*s %.*s", (int)run.n, run.p, (int)manifest.n, manifest.p);
    hf_map_put(logged, hf_buf_view(&key), NULL);
    hf_buf_clear(&key);
}

static bool take_export(void *self, const hf_log_entry *e)
{
    hf_arena *mem = hf_arena_new();
    hf_tape t;

    hf_tape_init(&t);
    if (e->phase == HF_LOG_END && hf_view_is(e->action, "export") && e->digests.n > 0 &&
        hf_tape_parse(&t, e->digests, NULL, NULL) == HF_OK)
        put_export(self, e->run, hf_tok_string(&t, hf_tape_get(&t, 0, "manifest_sha256"), mem));
    hf_tape_clear(&t);
    hf_arena_free(mem);
    return true;
}

/* Rows of a series can be written by who can write the vault; its log as well, but not unseen. */
static bool is_logged(const coverage *c, const hf_series_row *r)
{
    char *key = hf_sprintf("%.*s %.*s", (int)r->run.n, r->run.p, (int)r->manifest.n, r->manifest.p);
    bool found = hf_map_get(c->logged, hf_view_str(key)) != NULL;

    hf_free(key);
    return found;
}

/* --- the series ---------------------------------------------------------------------------------
 */

static void put_row(coverage *c, const char *state, const hf_series_row *r)
{
    char first[24] = "", last[24] = "";

    snprintf(first, sizeof(first), "%lld", (long long)r->after_import + 1);
    snprintf(last, sizeof(last), "%lld", (long long)r->last_import);
    hf_out_row(c->out, (const hf_cell[]){
                           HF_CELL_STR(state),
                           r->number == 0 ? HF_CELL_NONE : HF_CELL_U64(r->number),
                           HF_CELL_TIME(r->since_us),
                           HF_CELL_TIME(r->until_us),
                           HF_CELL_STR(first),
                           HF_CELL_STR(last),
                           HF_CELL_TIME(r->published_us),
                           HF_CELL_TEXT(r->run),
                           HF_CELL_TEXT(r->manifest),
                           HF_CELL_TEXT(r->target),
                       });
}

static bool put_package(void *self, const hf_series_row *r)
{
    coverage *c = self;
    const char *state = r->published_us == HF_NO_TIME ? "NOT PUBLISHED"
                        : is_logged(c, r)             ? "package"
                                                      : "NOT IN THE LOG";
    bool follows = r->after_import == c->last_import && r->number == c->number + 1 &&
                   (c->packages == 0 || r->since_us == c->until_us);

    if (!follows) {
        const hf_series_row hole = { .after_import = c->last_import,
                                     .last_import = r->after_import,
                                     .since_us = c->until_us,
                                     .until_us = r->since_us,
                                     .published_us = HF_NO_TIME };

        c->gaps++;
        put_row(c, "GAP", &hole);
    }
    c->gaps += strcmp(state, "package") != 0;
    put_row(c, state, r);
    c->packages++;
    c->number = r->number;
    c->last_import = r->last_import;
    c->until_us = r->until_us;
    return true;
}

typedef struct newest {
    int64_t import, finished_us;
} newest;

static bool take_import(void *self, const hf_vault_import *im)
{
    *(newest *)self = (newest){ im->stats.import, im->finished_us };
    return true;
}

/* What came in since: the next package of the series will hold it. */
static hf_status put_open(coverage *c, hf_vault *v, hf_err **err)
{
    newest n = { 0 };
    hf_status rc = hf_vault_imports(v, take_import, &n, err);

    if (rc == HF_OK && n.import > c->last_import) {
        const hf_series_row open = { .after_import = c->last_import,
                                     .last_import = n.import,
                                     .since_us = c->until_us,
                                     .until_us = n.finished_us,
                                     .published_us = HF_NO_TIME };

        put_row(c, "next", &open);
    }
    return rc;
}

static bool is_there(void *self, const hf_series_row *r)
{
    *(bool *)self = r->number > 0;
    return false;
}

static hf_status find_series(hf_vault *v, const char *series, hf_err **err)
{
    bool found = false;
    hf_status rc = hf_series_each(v, series, is_there, &found, err);

    if (rc != HF_OK || found)
        return rc;
    hf_fail(err, HF_E_USAGE, "there is no series \"%s\" in this vault", series);
    return hf_hint(err, "`holdfast export VAULT --series NAME` begins one");
}

static hf_status run_coverage(hf_cli *cli, hf_err **err)
{
    static const hf_column columns[] = {
        { "State", "state" },
        { "Number", "number" },
        { "Since", "since" },
        { "Until", "until" },
        { "Import", "first_import" },
        { "to", "last_import" },
        { "Published", "published" },
        { "Run", "run" },
        { "Manifest", "manifest_sha256" },
        { "Package", "package" },
    };
    const char *series = hf_cli_text(cli, "series");
    const hf_log_filter exports = { .action = "export",
                                    .since_us = HF_NO_TIME,
                                    .until_us = HF_NO_TIME };
    coverage c = { .out = hf_cli_out(cli), .until_us = HF_NO_TIME };
    hf_cli_log l = { .cli = cli };
    hf_status rc = HF_OK;

    if (series == NULL) {
        hf_fail(err, HF_E_USAGE, "--series NAME is missing");
        return hf_hint(err, "`holdfast export VAULT --series NAME` makes the packages of one");
    }
    rc = hf_cli_log_open(&l, cli, hf_cli_arg(cli, 0), "audit.coverage", HF_ACT_CHECK, 0, err);
    if (rc == HF_OK)
        rc = find_series(l.v, series, err);
    c.logged = hf_map_new();
    if (rc == HF_OK)
        rc = hf_log_each(l.log, &exports, take_export, c.logged, err);
    if (rc == HF_OK) {
        hf_out_begin(c.out, "audit-coverage/1");
        hf_out_table(c.out, "packages", columns, sizeof(columns) / sizeof(columns[0]));
        rc = hf_series_each(l.v, series, put_package, &c, err);
        if (rc == HF_OK)
            rc = put_open(&c, l.v, err);
        hf_out_end(c.out);
    }
    if (rc == HF_OK) {
        if (c.gaps > 0)
            hf_cli_exit(cli, 5);
        hf_cli_last_line(cli, "%llu packages, %llu gaps", (unsigned long long)c.packages,
                         (unsigned long long)c.gaps);
    }
    hf_map_free(c.logged);
    return hf_cli_log_close(&l, rc, err);
}

static const hf_cmd_opt options[] = {
    { "series", 0, HF_OPT_TEXT, "NAME", NULL, "the series of packages" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "audit coverage northwind.vault --series nightly", "was any night left out" },
    { 0 },
};

const hf_cmd hf_cmd_audit_coverage = {
    .name = "audit coverage",
    .group = HF_GROUP_PROVE,
    .summary = "Show what each package of a series covers, and gaps between them",
    .about = "Each package begins where the one before ended. Exit 5 when one is missing, was "
             "never published, or is not the\n"
             "one that the log knows.",
    .args = hf_audit_vault_arg,
    .options = options,
    .examples = examples,
    .run = run_coverage,
};
