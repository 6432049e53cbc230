/* cli/cli_priv.h: the inside of hf_cli, for the frame's own files. */
#ifndef HF_CLI_CLI_PRIV_H
#define HF_CLI_CLI_PRIV_H

#include "cmd.h"

/* What the command line said about one option. */
typedef struct hf_cli_given {
    const hf_cmd_opt *opt;
    unsigned count;      /* times given */
    const char **values; /* owned array of borrowed strings; one unless HF_OPT_LIST */
    size_t n, cap;
    uint64_t number; /* HF_OPT_U64 */
} hf_cli_given;

struct hf_cli {
    hf_arena *mem;
    const hf_cmd *cmd; /* NULL while none is known */
    bool wants_help;
    hf_cli_given *given; /* the command's options, then the global ones */
    size_t ngiven;
    const char **args;
    size_t nargs;

    hf_out *out;
    hf_config *config;
    hf_zone *zone;
    hf_progress *progress;
    char run_id[37];

    bool json; /* errors are printed as JSON */
    bool quiet;
    bool colour;  /* on stderr */
    bool changed; /* something was changed; for the JSON error */
    int exit;
    const char *last_line;
};

/* --- options.c ---------------------------------------------------------------------------------
 */

extern const hf_cmd_opt hf_global_options[];

/* Find the command in argv[1..] and read everything after it into cli. */
hf_status hf_cli_parse(hf_cli *cli, int argc, char **argv, hf_err **err);

/* What was given for an option; ends the program when the command has no such option. */
const hf_cli_given *hf_cli_given_of(const hf_cli *cli, const char *name);

/* --- commands.c --------------------------------------------------------------------------------
 */

/* Command i in the order of commands.def; NULL past the end. */
const hf_cmd *hf_command_at(size_t i);
const hf_cmd *hf_command_find(const char *name);

/* How many words of words[0..n) name a command (1 or 2, and *cmd is set), or 0 with *err set. */
size_t hf_command_match(const char *const *words, size_t n, const hf_cmd **cmd, hf_err **err);

/* --- help.c ------------------------------------------------------------------------------------
 */

void hf_help_overview(hf_buf *b);
void hf_help_command(hf_buf *b, const hf_cmd *cmd);

/* --- out.c -------------------------------------------------------------------------------------
 */

typedef struct hf_out_setup {
    hf_out_form form;
    int fd;
    const char *run_id;    /* borrowed */
    const hf_zone *zone;   /* borrowed; for moments in tables */
    hf_progress *progress; /* borrowed; its line is wiped before writing; may be NULL */
    bool csv_raw;
    bool is_terminal; /* escape what could steer it, in every form */
    bool colour;      /* headings in bold */
    size_t width;     /* columns to fit tables into; 0: no limit */
} hf_out_setup;

hf_out *hf_out_new(const hf_out_setup *setup);

/* Write what is left; the status of the first write that failed. */
hf_status hf_out_finish(hf_out *out, hf_err **err);
void hf_out_free(hf_out *out); /* NULL is fine */

/* --- report.c ----------------------------------------------------------------------------------
 */

/* The word of an exit status: "OK", "PARTIAL"; "FAILED" for one that has none. */
const char *hf_exit_word(int status);

/* The worse of two exit statuses, in the order of docs/errors.md. */
int hf_exit_worse(int a, int b);

/* The exit status for an error, signals included. */
int hf_exit_of(const hf_err *err);

void hf_report_error(hf_cli *cli, const hf_err *err, int status);
void hf_report_last_line(hf_cli *cli);

/* --- cli.c -------------------------------------------------------------------------------------
 */

/* Run the program; the exit status. */
int hf_cli_main(int argc, char **argv);

#endif
