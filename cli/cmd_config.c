/* cli/cmd_config.c: "holdfast config show" and "config check". */
#include "cmd.h"
#include "text/secret.h"

static const hf_cmd_opt show_options[] = {
    { "origin", 0, HF_OPT_FLAG, NULL, NULL, "say where every value comes from" },
    { 0 },
};

static const hf_cmd_example show_examples[] = {
    { "config show --origin", "see which file, variable or flag decides each value" },
    { "config show --tz Europe/Berlin", "what a command with this flag would use" },
    { 0 },
};

static const hf_column columns[] = {
    { "Section", "section" }, { "Key", "key" },   { "Value", "value" },
    { "Origin", "origin" },   { "Line", "line" },
};

static hf_status run_config_show(hf_cli *cli, hf_err **err)
{
    const hf_config *config = hf_cli_config(cli);
    bool with_origin = hf_cli_flag(cli, "origin") > 0;
    hf_out *out = hf_cli_out(cli);
    hf_arena *mem = hf_arena_new();
    const hf_config_value *v;

    (void)err;
    hf_out_begin(out, "config/1");
    hf_out_table(out, "values", columns, with_origin ? 5 : 3);
    for (size_t i = 0; (v = hf_config_at(config, i)) != NULL; i++) {
        const hf_cell cells[] = {
            HF_CELL_STR(v->section),
            HF_CELL_STR(v->key),
            HF_CELL_TEXT(hf_secret_mask_passwords(hf_view_str(v->value), mem)),
            HF_CELL_STR(v->origin),
            v->line == 0 ? HF_CELL_NONE : HF_CELL_U64(v->line),
        };

        hf_out_row(out, cells);
    }
    hf_out_end(out);
    hf_arena_free(mem);
    return HF_OK;
}

const hf_cmd hf_cmd_config_show = {
    .name = "config show",
    .group = HF_GROUP_HOUSE,
    .summary = "Show the effective configuration",
    .about =
        "Order, later wins: built in, /etc/holdfast/holdfast.conf, /etc/holdfast/conf.d/*.conf, "
        "$XDG_CONFIG_HOME/holdfast/holdfast.conf, --config or HOLDFAST_CONFIG, the environment "
        "(HOLDFAST_VAULT, HOLDFAST_TZ, HOLDFAST_MEMORY), flags.",
    .options = show_options,
    .examples = show_examples,
    .run = run_config_show,
};

static const hf_cmd_arg check_args[] = {
    { "FILE", true, false, "this file alone; without it, everything that would be read" },
    { 0 },
};

static const hf_cmd_example check_examples[] = {
    { "config check holdfast.conf", "validate a file before it is installed" },
    { 0 },
};

static hf_status run_config_check(hf_cli *cli, hf_err **err)
{
    const char *file = hf_cli_arg(cli, 0);
    hf_config *config = NULL;
    hf_status rc;

    if (file != NULL) {
        rc = hf_config_check(file, err);
    } else {
        rc = hf_config_load(hf_cli_text(cli, "config"), &config, err);
        hf_config_free(config);
    }
    if (rc == HF_OK)
        hf_cli_last_line(cli, "%s", file == NULL ? "configuration is valid" : "file is valid");
    return rc;
}

const hf_cmd hf_cmd_config_check = {
    .name = "config check",
    .group = HF_GROUP_HOUSE,
    .summary = "Check configuration files; exit 0 or 2 with the line at fault",
    .args = check_args,
    .examples = check_examples,
    .without_config = true,
    .run = run_config_check,
};
