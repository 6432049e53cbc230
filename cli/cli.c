/* cli/cli.c: from main's arguments to the exit status. */
#include "cli_priv.h"
#include "source.h"
#include "util/uuid.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* NO_COLOR (no-color.org), TERM=dumb and no terminal turn colour off; --color always wins. */
static bool wants_colour(const char *choice, int fd)
{
    const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

    if (choice != NULL && strcmp(choice, "auto") != 0)
        return strcmp(choice, "always") == 0;
    return isatty(fd) != 0 && (no == NULL || no[0] == '\0') &&
           (term == NULL || strcmp(term, "dumb") != 0);
}

/* Columns that a table may take: no limit into a pipe or file. */
static size_t terminal_width(const hf_cli *cli)
{
    const char *columns = getenv("COLUMNS");
    struct winsize size;
    uint64_t n;

    if (hf_cli_flag(cli, "wide") > 0 || isatty(STDOUT_FILENO) == 0)
        return 0;
    if (columns != NULL && hf_view_u64(hf_view_str(columns), &n) && n >= 20 && n < 10000)
        return (size_t)n;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20)
        return size.ws_col;
    return 80;
}

static hf_out_form output_form(const hf_cli *cli)
{
    static const char *const names[] = { "table", "json", "jsonl", "csv", "tsv" };
    const char *format = hf_cli_text(cli, "format");
    size_t i = 0;

    if (hf_cli_flag(cli, "json") > 0)
        return HF_OUT_JSON;
    while (strcmp(names[i], format) != 0) /* the choice was checked when it was read */
        i++;
    return (hf_out_form)i;
}

static hf_progress_mode progress_mode(const hf_cli *cli)
{
    static const char *const names[] = { "auto", "plain", "json", "none" };
    const char *choice = hf_cli_text(cli, "progress");
    size_t i = 0;

    while (strcmp(names[i], choice) != 0)
        i++;
    if (cli->quiet && i == HF_PROGRESS_AUTO)
        return HF_PROGRESS_NONE;
    return (hf_progress_mode)i;
}

static hf_status open_config(hf_cli *cli, hf_err **err)
{
    const char *tz = hf_cli_text(cli, "tz");
    hf_status rc;

    rc = hf_config_load(hf_cli_text(cli, "config"), &cli->config, err);
    if (rc != HF_OK)
        return rc;
    if (tz != NULL)
        hf_config_set_flag(cli->config, "tz", tz);
    tz = hf_cli_tz_name(cli);
    return strcmp(tz, "UTC") == 0 ? HF_OK : hf_zone_open(tz, &cli->zone, err);
}

static hf_status run_command(hf_cli *cli, hf_err **err)
{
    hf_out_setup setup = { .fd = STDOUT_FILENO, .run_id = cli->run_id };
    hf_status rc = HF_OK, written;

    cli->quiet = hf_cli_flag(cli, "quiet") > 0;
    if (!cli->wants_help && !cli->cmd->without_config)
        rc = open_config(cli, err);
    if (rc != HF_OK)
        return rc;
    setup.form = cli->wants_help ? HF_OUT_TABLE : output_form(cli);
    setup.zone = cli->zone;
    setup.csv_raw = hf_cli_flag(cli, "csv-raw") > 0;
    setup.is_terminal = isatty(STDOUT_FILENO) != 0;
    setup.colour = wants_colour(hf_cli_text(cli, "color"), STDOUT_FILENO);
    setup.width = terminal_width(cli);
    cli->progress = hf_progress_new(progress_mode(cli), STDERR_FILENO);
    setup.progress = cli->progress;
    cli->out = hf_out_new(&setup);
    if (cli->wants_help) {
        hf_buf page;

        hf_buf_init(&page, HF_BUF_UNBOUNDED);
        hf_help_command(&page, cli->cmd);
        hf_out_text(cli->out, hf_buf_view(&page));
        hf_buf_clear(&page);
    } else {
        rc = cli->cmd->run(cli, err);
    }
    written = hf_out_finish(cli->out, rc == HF_OK ? err : NULL);
    return rc == HF_OK ? written : rc;
}

/* The last value of a global option anywhere on the command line; NULL when absent. Errors in the
 * command line itself have to know the form as well. */
static const char *early_value(int argc, char **argv, const char *option)
{
    const char *value = NULL;
    size_t n = strlen(option);

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], option, n) != 0)
            continue;
        if (argv[i][n] == '=')
            value = argv[i] + n + 1;
        else if (argv[i][n] == '\0')
            value = i + 1 < argc ? argv[i + 1] : "";
    }
    return value;
}

static bool asks_for_json(int argc, char **argv)
{
    const char *format = early_value(argc, argv, "--format");

    return early_value(argc, argv, "--json") != NULL ||
           (format != NULL && (strcmp(format, "json") == 0 || strcmp(format, "jsonl") == 0));
}

int hf_cli_main(int argc, char **argv)
{
    hf_cli cli = { .mem = hf_arena_new(), .json = asks_for_json(argc, argv) };
    hf_err *err = NULL;
    hf_status rc;

    cli.colour = wants_colour(early_value(argc, argv, "--color"), STDERR_FILENO);
    hf_cli_hide_passwords(argc, argv, cli.mem);
    hf_stop_install();
    hf_uuid7(cli.run_id);
    rc = hf_cli_parse(&cli, argc, argv, &err);
    if (rc == HF_OK)
        rc = run_command(&cli, &err);
    if (rc < 0) {
        if (err == NULL)
            hf_fail(&err, rc, "the command failed without saying why");
        cli.exit = hf_exit_of(err);
        if (cli.exit != 128 + SIGPIPE)
            hf_report_error(&cli, err, cli.exit);
    } else {
        hf_report_last_line(&cli);
    }
    hf_err_free(err);
    hf_out_free(cli.out);
    hf_progress_free(cli.progress);
    hf_zone_free(cli.zone);
    hf_config_free(cli.config);
    hf_arena_free(cli.mem);
    return cli.exit;
}

const hf_zone *hf_cli_tz(const hf_cli *cli)
{
    return cli->zone;
}

const char *hf_cli_tz_name(const hf_cli *cli)
{
    const char *name = hf_config_general(cli->config, "tz");

    return name == NULL ? "UTC" : name;
}

const hf_config *hf_cli_config(const hf_cli *cli)
{
    return cli->config;
}

hf_out *hf_cli_out(hf_cli *cli)
{
    return cli->out;
}

hf_progress *hf_cli_progress(hf_cli *cli)
{
    return cli->progress;
}

const char *hf_cli_run_id(const hf_cli *cli)
{
    return cli->run_id;
}

void hf_cli_exit(hf_cli *cli, int status)
{
    cli->exit = hf_exit_worse(cli->exit, status);
}

void hf_cli_changed(hf_cli *cli)
{
    cli->changed = true;
}
