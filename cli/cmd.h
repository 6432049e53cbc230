/* cli/cmd.h: what a command file sees: the table entry it ends in, and what run() is given.
 *
 * One file per command, cli/cmd_<name>.c, ends in `const hf_cmd hf_cmd_<name>`, and commands.def
 * has one line for it. The table is the only description: parsing, --help, help and the completion
 * scripts all come from it.
 *
 * Output    the answer goes to stdout through hf_cli_out; everything else goes to stderr.
 * Ending    run() returns HF_OK and the exit status is 0, or what hf_cli_exit said; or it returns
 *           an error, which is printed, and the exit status is hf_status_exit of its code.
 * Strings   everything lent by these calls lives until run() returns.
 */
#ifndef HF_CLI_CMD_H
#define HF_CLI_CMD_H

#include "out.h"
#include "util/config.h"
#include "util/progress.h"
#include "util/stop.h"
#include "util/util.h"

typedef struct hf_cli hf_cli;

typedef enum hf_cmd_opt_type {
    HF_OPT_FLAG,   /* --strict; may be repeated when that means more, see hf_cli_flag */
    HF_OPT_TEXT,   /* --origin NAME; the last one counts */
    HF_OPT_U64,    /* --max-loss N; a decimal number */
    HF_OPT_LIST,   /* --channel NAME; repeatable; @FILE gives one value a line, @@x means "@x" */
    HF_OPT_CHOICE, /* --sidecar auto|none; one of the words of value */
} hf_cmd_opt_type;

typedef struct hf_cmd_opt {
    const char *name;     /* long name without its dashes */
    char alias;           /* one letter, or 0 */
    hf_cmd_opt_type type; /* flags have no value and no default */
    const char *value;    /* name of the value in capitals; HF_OPT_CHOICE: the words, "a|b|c" */
    const char *fallback; /* default as text, given when the option is absent; NULL: none */
    const char *help;     /* one line, lower case, no full stop */
} hf_cmd_opt;

typedef struct hf_cmd_arg {
    const char *name; /* in capitals */
    bool optional;
    bool repeated;    /* only the last one may be */
    const char *help; /* one line, lower case, no full stop */
} hf_cmd_arg;

typedef struct hf_cmd_example {
    const char *line; /* without the program's name */
    const char *does; /* one line, lower case, no full stop */
} hf_cmd_example;

/* Chapters of `holdfast help`, in this order. */
typedef enum hf_cmd_group {
    HF_GROUP_LOOK,  /* look at an export or a vault */
    HF_GROUP_MOVE,  /* bring records in, move them, hand them out */
    HF_GROUP_KEEP,  /* keep what must be kept, delete what must go */
    HF_GROUP_PROVE, /* prove it */
    HF_GROUP_HOUSE, /* vaults, configuration, this program */
} hf_cmd_group;

typedef struct hf_cmd {
    const char *name; /* "inspect", or "vault init" for a verb of a noun */
    hf_cmd_group group;
    const char *summary;            /* at most 72 characters, imperative, no full stop */
    const char *about;              /* for --help; "\n\n" between paragraphs; NULL: none */
    const hf_cmd_arg *args;         /* ends with { 0 }; NULL: none */
    const hf_cmd_opt *options;      /* ends with { 0 }; NULL: only the global ones */
    const hf_cmd_example *examples; /* ends with { 0 } */
    bool without_config; /* runs even when the configuration is wrong, and must not ask for it */
    hf_status (*run)(hf_cli *cli, hf_err **err);
} hf_cmd;

#define HF_CMD(id) extern const hf_cmd hf_cmd_##id;
#include "commands.def"
#undef HF_CMD

/* Options that mean the same in every command that has them; put them into its table. */
#define HF_OPT_DRY_RUN                                                   \
    {                                                                    \
        "dry-run", 'n', HF_OPT_FLAG, NULL, NULL,                         \
            "do everything except the change, and say what would change" \
    }
#define HF_OPT_SINCE                                                                      \
    {                                                                                     \
        "since", 0, HF_OPT_TEXT, "TIME", NULL, "only what was sent at this time or later" \
    }
#define HF_OPT_UNTIL                                                                 \
    {                                                                                \
        "until", 0, HF_OPT_TEXT, "TIME", NULL, "only what was sent before this time" \
    }
#define HF_OPT_CHANNEL                                                                     \
    {                                                                                      \
        "channel", 0, HF_OPT_LIST, "NAME", NULL, "only this channel; repeatable, or @FILE" \
    }
#define HF_OPT_USER                                                                               \
    {                                                                                             \
        "user", 0, HF_OPT_LIST, "NAME", NULL, "only what this person wrote; repeatable, or @FILE" \
    }
#define HF_OPT_STRICT                                                                              \
    {                                                                                              \
        "strict", 0, HF_OPT_FLAG, NULL, NULL, "refuse (6) at the first loss; nothing is published" \
    }
#define HF_OPT_MAX_LOSS                                                                         \
    {                                                                                           \
        "max-loss", 0, HF_OPT_U64, "N", NULL, "refuse (6) when more than N items would be lost" \
    }
#define HF_OPT_ORIGIN                                                                 \
    {                                                                                 \
        "origin", 0, HF_OPT_TEXT, "NAME", NULL,                                       \
            "the system instance the records come from, when the source does not say" \
    }

/* --- what run() asks ---------------------------------------------------------------------------
 */

/* Positional argument i as given; NULL when there are fewer. */
const char *hf_cli_arg(const hf_cli *cli, size_t i);
size_t hf_cli_nargs(const hf_cli *cli);

/* The value of a text or choice option: as given, else its default, else NULL. Asking for an option
 * that the command does not declare ends the program: a mistake in the command's file. */
const char *hf_cli_text(const hf_cli *cli, const char *name);

/* How often a flag was given: 0 when absent. */
unsigned hf_cli_flag(const hf_cli *cli, const char *name);

/* A number: as given, else its default, else 0. *given (may be NULL): it stood on the command line.
 */
uint64_t hf_cli_u64(const hf_cli *cli, const char *name, bool *given);

/* The values of a list option in the order given, @FILE expanded; *n is 0 when absent. */
const char *const *hf_cli_list(const hf_cli *cli, const char *name, size_t *n);

/* The zone that dates are read and shown in: --tz, else the configuration's, else UTC (NULL, which
 * hf_zone_ calls read as UTC). Never the machine's. hf_cli_tz_name never returns NULL. */
const hf_zone *hf_cli_tz(const hf_cli *cli);
const char *hf_cli_tz_name(const hf_cli *cli);

/* The effective configuration; its flags are already laid over it. Never NULL. */
const hf_config *hf_cli_config(const hf_cli *cli);

/* Where the answer goes. */
hf_out *hf_cli_out(hf_cli *cli);

/* The progress line of this run, already set up for --progress; see util/progress.h. */
hf_progress *hf_cli_progress(hf_cli *cli);

/* This run's UUIDv7, 36 characters. */
const char *hf_cli_run_id(const hf_cli *cli);

/* --- what run() says ---------------------------------------------------------------------------
 */

/* End with this exit status although nothing failed: 3 (partial), 4 (damaged), 5 (different) ... A
 * second call only ever makes it worse, in the order of docs/errors.md. */
void hf_cli_exit(hf_cli *cli, int status);

/* The one closing line on stderr, printed when run() returned HF_OK: the word of the exit status,
 * two spaces, this text. With --quiet only when the exit status is not 0. The last call counts. */
void hf_cli_last_line(hf_cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A message on stderr: a note (not with --quiet), a detail (only with --verbose), a warning
 * (always). Control characters in it are escaped; no text, name or e-mail from the data may stand
 * in it. */
void hf_cli_note(hf_cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hf_cli_detail(hf_cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void hf_cli_warn(hf_cli *cli, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Say that something was changed before the failure, for "changed" in the JSON error. */
void hf_cli_changed(hf_cli *cli);

#endif
