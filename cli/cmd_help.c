/* cli/cmd_help.c: "holdfast help", which command is for which job. */
#include "cli_priv.h"

static const hf_cmd_arg args[] = {
    { "COMMAND", true, true, "describe this command; two words for a verb of a noun" },
    { 0 },
};

static const hf_cmd_example examples[] = {
    { "help", "say which command is for which job" },
    { "help config show", "describe one command" },
    { 0 },
};

static hf_status run_help(hf_cli *cli, hf_err **err)
{
    const char *words[] = { hf_cli_arg(cli, 0), hf_cli_arg(cli, 1) };
    size_t n = hf_cli_nargs(cli), used;
    const hf_cmd *cmd;
    hf_buf page;

    hf_buf_init(&page, HF_BUF_UNBOUNDED);
    if (n == 0) {
        hf_help_overview(&page);
    } else {
        used = hf_command_match(words, n < 2 ? n : 2, &cmd, err);
        if (used == 0)
            return HF_E_USAGE;
        if (used < n)
            return hf_fail(err, HF_E_USAGE, "\"%s\" has no verb \"%s\"", cmd->name, words[1]);
        hf_help_command(&page, cmd);
    }
    hf_out_text(hf_cli_out(cli), hf_buf_view(&page));
    hf_buf_clear(&page);
    return HF_OK;
}

const hf_cmd hf_cmd_help = {
    .name = "help",
    .group = HF_GROUP_HOUSE,
    .summary = "Say which command is for which job, or describe one",
    .args = args,
    .examples = examples,
    .without_config = true,
    .run = run_help,
};
