/* cli/options.c: the command line, read by the table of the command it names.
 *
 * --flag=value, --flag value, -ovalue, -o value, -qv; "--" ends the options; options and arguments
 * may be mixed. Global options may also stand before the command.
 */
#include "cli_priv.h"

#include "util/file.h"
#include "util/nearest.h"

#include <stdlib.h>

const hf_cmd_opt hf_global_options[] = {
    { "help", 'h', HF_OPT_FLAG, NULL, NULL, "show this page" },
    { "quiet", 'q', HF_OPT_FLAG, NULL, NULL, "less on stderr: errors, warnings, bad endings" },
    { "verbose", 'v', HF_OPT_FLAG, NULL, NULL, "more on stderr; repeatable" },
    { "json", 0, HF_OPT_FLAG, NULL, NULL, "short for --format json; errors are JSON as well" },
    { "format", 0, HF_OPT_CHOICE, "table|json|jsonl|csv|tsv", "table",
      "form of the answer on stdout" },
    { "wide", 0, HF_OPT_FLAG, NULL, NULL, "do not cut tables to the terminal's width" },
    { "csv-raw", 0, HF_OPT_FLAG, NULL, NULL,
      "do not put ' before CSV cells that a spreadsheet would run as a formula" },
    { "color", 0, HF_OPT_CHOICE, "auto|always|never", "auto", "colour of messages and headings" },
    { "progress", 0, HF_OPT_CHOICE, "auto|plain|json|none", "auto",
      "progress on stderr; auto shows it on a terminal only" },
    { "tz", 0, HF_OPT_TEXT, "ZONE", NULL, "time zone of dates, such as Europe/Berlin or UTC" },
    { "config", 0, HF_OPT_TEXT, "FILE", NULL, "read this configuration file as well" },
    { 0 },
};

enum { MAX_LIST_FILE = 16 << 20 };

static size_t count_options(const hf_cmd_opt *o)
{
    size_t n = 0;

    while (o != NULL && o[n].name != NULL)
        n++;
    return n;
}

static void set_options(hf_cli *cli, const hf_cmd *cmd)
{
    size_t own = cmd == NULL ? 0 : count_options(cmd->options);
    size_t global = count_options(hf_global_options), had = cli->ngiven;
    hf_cli_given *before = cli->given;

    /* Called twice: for the global options before the command, then for all. What the first call
     * collected moves to the end of the second array. */
    cli->given = hf_arena_alloc0(cli->mem, own + global, sizeof(*cli->given));
    cli->ngiven = own + global;
    for (size_t i = 0; i < own; i++)
        cli->given[i].opt = &cmd->options[i];
    for (size_t i = 0; i < global; i++) {
        if (had > 0)
            cli->given[own + i] = before[i];
        cli->given[own + i].opt = &hf_global_options[i];
    }
}

static hf_cli_given *find_long(hf_cli *cli, hf_view name)
{
    for (size_t i = 0; i < cli->ngiven; i++)
        if (hf_view_is(name, cli->given[i].opt->name))
            return &cli->given[i];
    return NULL;
}

static hf_cli_given *find_letter(hf_cli *cli, char letter)
{
    for (size_t i = 0; i < cli->ngiven; i++)
        if (cli->given[i].opt->alias == letter)
            return &cli->given[i];
    return NULL;
}

static hf_status unknown_option(hf_cli *cli, hf_view name, hf_err **err)
{
    const char *command = cli->cmd == NULL ? "help" : cli->cmd->name;
    hf_nearest near = { .word = name };

    for (size_t i = 0; i < cli->ngiven; i++)
        hf_nearest_try(&near, cli->given[i].opt->name);
    hf_fail(err, HF_E_USAGE, "there is no option --%.*s", (int)name.n, name.p);
    if (near.best != NULL)
        return hf_hint(err, "did you mean --%s?", near.best);
    return hf_hint(err, "\"holdfast %s --help\" lists the options", command);
}

static void push(hf_cli *cli, hf_cli_given *g, const char *value)
{
    if (g->n == g->cap) {
        size_t cap = g->cap == 0 ? 4 : g->cap * 2;
        const char **grown = hf_arena_alloc0(cli->mem, cap, sizeof(*grown));

        if (g->n > 0)
            memcpy(grown, g->values, g->n * sizeof(*grown));
        g->values = grown;
        g->cap = cap;
    }
    g->values[g->n++] = value;
}

/* One value a line, LF or CRLF; empty lines are skipped. */
static hf_status push_file(hf_cli *cli, hf_cli_given *g, const char *path, hf_err **err)
{
    hf_buf text;
    hf_view rest;
    hf_status rc;

    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    rc = hf_file_read(path, MAX_LIST_FILE, &text, err);
    if (rc != HF_OK) {
        hf_wrap(err, "--%s @%s", g->opt->name, path);
        hf_hint(err, "@FILE reads one value a line; for a value that starts with @ write @@");
        hf_buf_clear(&text);
        return rc;
    }
    for (rest = hf_buf_view(&text); rest.n > 0;) {
        size_t end = hf_view_find_byte(rest, '\n');
        hf_view line = hf_view_sub(rest, 0, end);

        rest = hf_view_from(rest, end == HF_NPOS ? rest.n : end + 1);
        if (line.n > 0 && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n > 0)
            push(cli, g, hf_arena_dup(cli->mem, line).p);
    }
    hf_buf_clear(&text);
    return HF_OK;
}

static hf_status set_choice(hf_cli_given *g, const char *value, hf_err **err)
{
    hf_view rest = hf_view_str(g->opt->value);

    while (rest.n > 0) {
        size_t bar = hf_view_find_byte(rest, '|');

        if (hf_view_is(hf_view_sub(rest, 0, bar), value))
            return HF_OK;
        rest = hf_view_from(rest, bar == HF_NPOS ? rest.n : bar + 1);
    }
    hf_fail(err, HF_E_USAGE, "--%s cannot be \"%s\"", g->opt->name, value);
    return hf_hint(err, "one of: %s", g->opt->value);
}

static hf_status set_value(hf_cli *cli, hf_cli_given *g, const char *value, hf_err **err)
{
    g->count++;
    switch (g->opt->type) {
    case HF_OPT_FLAG:
        return HF_OK;
    case HF_OPT_U64:
        if (!hf_view_u64(hf_view_str(value), &g->number)) {
            hf_fail(err, HF_E_USAGE, "--%s needs a whole number, not \"%s\"", g->opt->name, value);
            return hf_hint(err, "for example --%s 100", g->opt->name);
        }
        break;
    case HF_OPT_CHOICE:
        if (set_choice(g, value, err) != HF_OK)
            return HF_E_USAGE;
        break;
    case HF_OPT_LIST:
        if (value[0] == '@' && value[1] != '@')
            return push_file(cli, g, value + 1, err);
        push(cli, g, value[0] == '@' ? value + 1 : value);
        return HF_OK;
    case HF_OPT_TEXT:
        break;
    }
    g->n = 0; /* the last one counts */
    push(cli, g, value);
    return HF_OK;
}

/* The words still to read. */
typedef struct words {
    char **p;
    int n;
} words;

static hf_status take_value(hf_cli_given *g, words *w, const char **value, hf_err **err)
{
    if (w->n == 0) {
        hf_fail(err, HF_E_USAGE, "--%s needs a value", g->opt->name);
        return hf_hint(err, "--%s %s: %s", g->opt->name, g->opt->value, g->opt->help);
    }
    *value = *w->p++;
    w->n--;
    return HF_OK;
}

static hf_status read_long(hf_cli *cli, const char *word, words *w, hf_err **err)
{
    hf_view name = hf_view_str(word + 2);
    size_t equals = hf_view_find_byte(name, '=');
    const char *value = equals == HF_NPOS ? NULL : name.p + equals + 1;
    hf_cli_given *g;

    name = hf_view_sub(name, 0, equals);
    g = find_long(cli, name);
    if (g == NULL)
        return unknown_option(cli, name, err);
    if (g->opt->type == HF_OPT_FLAG && value != NULL) {
        hf_fail(err, HF_E_USAGE, "--%s takes no value", g->opt->name);
        return hf_hint(err, "write --%s alone, or leave it out", g->opt->name);
    }
    if (g->opt->type != HF_OPT_FLAG && value == NULL && take_value(g, w, &value, err) != HF_OK)
        return HF_E_USAGE;
    return set_value(cli, g, value, err);
}

static hf_status read_letters(hf_cli *cli, const char *word, words *w, hf_err **err)
{
    for (const char *p = word + 1; *p != '\0'; p++) {
        hf_cli_given *g = find_letter(cli, *p);
        const char *value = p + 1;
        hf_status rc;

        if (g == NULL) {
            hf_fail(err, HF_E_USAGE, "there is no option -%c", *p);
            return hf_hint(err, "\"holdfast %s --help\" lists the options",
                           cli->cmd == NULL ? "help" : cli->cmd->name);
        }
        if (g->opt->type == HF_OPT_FLAG) {
            g->count++;
            continue;
        }
        if (*value == '\0' && take_value(g, w, &value, err) != HF_OK)
            return HF_E_USAGE;
        rc = set_value(cli, g, value, err);
        return rc;
    }
    return HF_OK;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0'; /* "-" alone is stdin or stdout */
}

static hf_status read_option(hf_cli *cli, words *w, hf_err **err)
{
    const char *word = *w->p++;

    w->n--;
    return word[1] == '-' ? read_long(cli, word, w, err) : read_letters(cli, word, w, err);
}

/* Compare the arguments with what the command declares. */
static hf_status check_args(hf_cli *cli, hf_err **err)
{
    const hf_cmd_arg *a = cli->cmd->args;
    size_t need = 0, max = 0;

    for (; a != NULL && a->name != NULL; a++) {
        max = a->repeated ? SIZE_MAX : max + 1;
        if (a->optional)
            continue;
        need++;
        if (cli->nargs < need) {
            hf_fail(err, HF_E_USAGE, "\"%s\" needs %s", cli->cmd->name, a->name);
            return hf_hint(err, "%s: %s; see \"holdfast %s --help\"", a->name, a->help,
                           cli->cmd->name);
        }
    }
    if (cli->nargs > max) {
        hf_fail(err, HF_E_USAGE, "\"%s\" does not take \"%s\"", cli->cmd->name, cli->args[max]);
        return hf_hint(err, "see \"holdfast %s --help\"", cli->cmd->name);
    }
    return HF_OK;
}

static hf_status read_command(hf_cli *cli, words *w, hf_err **err)
{
    const char *first[2] = { NULL, NULL };
    size_t n = 0, used;

    for (int i = 0; i < w->n && i < 2 && !is_option(w->p[i]); i++)
        first[n++] = w->p[i];
    used = hf_command_match(first, n, &cli->cmd, err);
    if (used == 0)
        return HF_E_USAGE;
    w->p += used;
    w->n -= (int)used;
    set_options(cli, cli->cmd);
    return HF_OK;
}

hf_status hf_cli_parse(hf_cli *cli, int argc, char **argv, hf_err **err)
{
    words w = { argv + 1, argc > 0 ? argc - 1 : 0 };
    bool options_ended = false;
    hf_status rc = HF_OK;

    cli->args = hf_arena_alloc0(cli->mem, (size_t)w.n + 1, sizeof(*cli->args));
    set_options(cli, NULL);
    while (rc == HF_OK && w.n > 0 && is_option(*w.p)) {
        if (strcmp(*w.p, "--version") == 0)
            break;
        rc = read_option(cli, &w, err);
    }
    if (rc != HF_OK)
        return rc;
    if (w.n == 0 || strcmp(*w.p, "--version") == 0) {
        cli->cmd = w.n == 0 ? &hf_cmd_help : &hf_cmd_version;
        set_options(cli, cli->cmd);
        return HF_OK;
    }
    rc = read_command(cli, &w, err);
    while (rc == HF_OK && w.n > 0) {
        if (!options_ended && strcmp(*w.p, "--") == 0) {
            options_ended = true;
            w.p++;
            w.n--;
        } else if (!options_ended && is_option(*w.p)) {
            rc = read_option(cli, &w, err);
        } else {
            cli->args[cli->nargs++] = *w.p++;
            w.n--;
        }
    }
    if (rc != HF_OK)
        return rc;
    cli->wants_help = hf_cli_flag(cli, "help") > 0;
    return cli->wants_help ? HF_OK : check_args(cli, err);
}

const hf_cli_given *hf_cli_given_of(const hf_cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->ngiven; i++)
        if (strcmp(cli->given[i].opt->name, name) == 0)
            return &cli->given[i];
    abort(); /* the command's file asks for an option that its table does not have */
}

const char *hf_cli_arg(const hf_cli *cli, size_t i)
{
    return i < cli->nargs ? cli->args[i] : NULL;
}

size_t hf_cli_nargs(const hf_cli *cli)
{
    return cli->nargs;
}

const char *hf_cli_text(const hf_cli *cli, const char *name)
{
    const hf_cli_given *g = hf_cli_given_of(cli, name);

    return g->n > 0 ? g->values[0] : g->opt->fallback;
}

unsigned hf_cli_flag(const hf_cli *cli, const char *name)
{
    return hf_cli_given_of(cli, name)->count;
}

uint64_t hf_cli_u64(const hf_cli *cli, const char *name, bool *given)
{
    const hf_cli_given *g = hf_cli_given_of(cli, name);
    uint64_t n = g->number;

    if (given != NULL)
        *given = g->count > 0;
    if (g->count == 0 &&
        (g->opt->fallback == NULL || !hf_view_u64(hf_view_str(g->opt->fallback), &n)))
        return 0;
    return n;
}

const char *const *hf_cli_list(const hf_cli *cli, const char *name, size_t *n)
{
    const hf_cli_given *g = hf_cli_given_of(cli, name);

    *n = g->n;
    return g->values;
}
