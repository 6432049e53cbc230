/* cli/cmd_help.c: "holdfast help", which command is for which job. */
#include "cli_priv.h"
#include "format/format.h"
#include "util/jsonw.h"

static const hf_cmd_arg args[] = {
    { "COMMAND", true, true,
      "describe this command, two words for a verb of a noun; or grants: print the rights that a "
      "server's reader needs" },
    { 0 },
};

static const hf_cmd_opt options[] = {
    { "for", 0, HF_OPT_CHOICE, "reader", NULL, "with grants: whose rights" },
    { "role", 0, HF_OPT_TEXT, "NAME", "holdfast_reader", "with grants: the role's name" },
    { "schema", 0, HF_OPT_TEXT, "NAME", NULL,
      "with grants: where the server's tables are (default: where they usually are)" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "help", "say which command is for which job" },
    { "help config show", "describe one command" },
    { "help grants --for reader", "print the SQL that makes a role which only reads a server" },
    { "help --json", "print the whole table of commands, arguments, options and examples" },
    { 0 },
};

static void json_options(hf_jsonw *w, const hf_cmd_opt *list)
{
    static const char *const types[] = { "flag", "text", "u64", "list", "choice" };

    hf_jsonw_array(w, "options");
    for (const hf_cmd_opt *o = list; o != NULL && o->name != NULL; o++) {
        const char letter[2] = { o->alias, '\0' };

        hf_jsonw_object(w, NULL);
        hf_jsonw_str(w, "name", o->name);
        hf_jsonw_str(w, "alias", o->alias == 0 ? NULL : letter);
        hf_jsonw_str(w, "type", types[o->type]);
        hf_jsonw_str(w, "value", o->value);
        hf_jsonw_str(w, "default", o->fallback);
        hf_jsonw_str(w, "help", o->help);
        hf_jsonw_end(w, '}');
    }
    hf_jsonw_end(w, ']');
}

static void json_command(hf_jsonw *w, const hf_cmd *cmd)
{
    hf_jsonw_object(w, NULL);
    hf_jsonw_str(w, "name", cmd->name);
    hf_jsonw_str(w, "summary", cmd->summary);
    hf_jsonw_array(w, "arguments");
    for (const hf_cmd_arg *a = cmd->args; a != NULL && a->name != NULL; a++) {
        hf_jsonw_object(w, NULL);
        hf_jsonw_str(w, "name", a->name);
        hf_jsonw_bool(w, "optional", a->optional);
        hf_jsonw_bool(w, "repeated", a->repeated);
        hf_jsonw_str(w, "help", a->help);
        hf_jsonw_end(w, '}');
    }
    hf_jsonw_end(w, ']');
    json_options(w, cmd->options);
    hf_jsonw_array(w, "examples");
    for (const hf_cmd_example *e = cmd->examples; e != NULL && e->line != NULL; e++) {
        hf_jsonw_object(w, NULL);
        hf_jsonw_str(w, "line", e->line);
        hf_jsonw_str(w, "does", e->does);
        hf_jsonw_end(w, '}');
    }
    hf_jsonw_end(w, ']');
    hf_jsonw_end(w, '}');
}

/* The whole table, for programs that build pages or check it. */
static void json_table(hf_out *out)
{
    hf_jsonw w;
    hf_buf doc;

    hf_buf_init(&doc, HF_BUF_UNBOUNDED);
    hf_jsonw_init(&w, &doc, 2);
    hf_jsonw_object(&w, NULL);
    hf_jsonw_array(&w, "commands");
    for (size_t i = 0; hf_command_at(i) != NULL; i++)
        json_command(&w, hf_command_at(i));
    hf_jsonw_end(&w, ']');
    json_options(&w, hf_global_options);
    hf_jsonw_end(&w, '}');
    hf_out_json(out, "help/1", hf_buf_view(&doc));
    hf_buf_clear(&doc);
}

static void list_commands(hf_out *out)
{
    static const hf_column columns[] = { { "Command", "command" }, { "Summary", "summary" } };

    hf_out_begin(out, "help/1");
    hf_out_table(out, "commands", columns, 2);
    for (size_t i = 0; hf_command_at(i) != NULL; i++) {
        const hf_cell cells[] = { HF_CELL_STR(hf_command_at(i)->name),
                                  HF_CELL_STR(hf_command_at(i)->summary) };

        hf_out_row(out, cells);
    }
    hf_out_end(out);
}

static hf_status describe(hf_cli *cli, hf_buf *page, hf_err **err)
{
    const char *words[] = { hf_cli_arg(cli, 0), hf_cli_arg(cli, 1) };
    size_t n = hf_cli_nargs(cli);
    size_t used;
    const hf_cmd *cmd;

    used = hf_command_match(words, n < 2 ? n : 2, &cmd, err);
    if (used == 0)
        return HF_E_USAGE;
    if (used < n)
        return hf_fail(err, HF_E_USAGE, "\"%s\" has no verb \"%s\"", cmd->name,
                       hf_cli_arg(cli, used));
    hf_help_command(page, cmd);
    return HF_OK;
}

/* Every format that has rights to give. */
static hf_status print_grants(hf_cli *cli, hf_buf *page, hf_err **err)
{
    if (hf_cli_text(cli, "for") == NULL) {
        hf_fail(err, HF_E_USAGE, "whose rights? --for is missing");
        return hf_hint(err, "--for reader");
    }
    if (hf_cli_nargs(cli) > 1)
        return hf_fail(err, HF_E_USAGE, "\"help grants\" does not take \"%s\"", hf_cli_arg(cli, 1));
    for (size_t i = 0; hf_formats[i] != NULL; i++)
        if (hf_formats[i]->grants != NULL)
            hf_formats[i]->grants(hf_cli_text(cli, "role"), hf_cli_text(cli, "schema"), page);
    if (page->n == 0)
        return hf_fail(err, HF_E_UNSUPPORTED, "this holdfast reads no servers");
    return HF_OK;
}

static hf_status run_help(hf_cli *cli, hf_err **err)
{
    hf_out *out = hf_cli_out(cli);
    hf_status rc = HF_OK;
    hf_buf page;

    if (hf_out_format(out) == HF_OUT_JSON) {
        json_table(out);
        return HF_OK;
    }
    if (hf_out_format(out) != HF_OUT_TABLE) {
        list_commands(out);
        return HF_OK;
    }
    hf_buf_init(&page, HF_BUF_UNBOUNDED);
    if (hf_cli_nargs(cli) > 0 && strcmp(hf_cli_arg(cli, 0), "grants") == 0)
        rc = print_grants(cli, &page, err);
    else if (hf_cli_nargs(cli) > 0)
        rc = describe(cli, &page, err);
    else
        hf_help_overview(&page);
    hf_out_text(out, hf_buf_view(&page));
    hf_buf_clear(&page);
    return rc;
}

const hf_cmd hf_cmd_help = {
    .name = "help",
    .group = HF_GROUP_HOUSE,
    .summary = "Say which command is for which job, or describe one",
    .args = args,
    .options = options,
    .examples = examples,
    .without_config = true,
    .run = run_help,
};
