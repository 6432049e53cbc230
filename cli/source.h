/* cli/source.h: what SOURCE means: a path, FORMAT:PATH, a connection, or the name of a
 * [source NAME] section.
 *
 * A word that is no path here and has such a section stands for what the section says: its url (or
 * path, or service), and how to read it. What stands on the command line wins over the section.
 * Docs: docs/live-database.md, "Sources with a name".
 */
#ifndef HF_CLI_SOURCE_H
#define HF_CLI_SOURCE_H

#include "cmd.h"
#include "format/format.h"

/* Options of every command that reads a SOURCE; put into its table. */
#define HF_OPT_SET                                                  \
    {                                                               \
        "set", 0, HF_OPT_LIST, "NAME=VALUE", NULL,                  \
            "an option of a format (see `holdfast formats FORMAT`)" \
    }
#define HF_OPT_SALVAGE                                                                     \
    {                                                                                      \
        "salvage", 0, HF_OPT_FLAG, NULL, NULL, "read what a damaged container still gives" \
    }
#define HF_OPT_FILES                                                                        \
    {                                                                                       \
        "files", 0, HF_OPT_TEXT, "DIR", NULL, "folder where a server keeps its attachments" \
    }
#define HF_OPT_KNOWN                                                               \
    {                                                                              \
        "known", 0, HF_OPT_TEXT, "FILE", NULL,                                     \
            "attachments known to be missing, an id a line; they make no status 3" \
    }
#define HF_OPT_JOBS                                                         \
    {                                                                       \
        "jobs", 0, HF_OPT_U64, "N", NULL, "connections to a server at once" \
    }
#define HF_OPT_PASSWORD_COMMAND                                \
    {                                                          \
        "password-command", 0, HF_OPT_TEXT, "CMD", NULL,       \
            "command that prints the password of the database" \
    }
#define HF_OPT_STATEMENT_TIMEOUT                                         \
    {                                                                    \
        "statement-timeout", 0, HF_OPT_TEXT, "TIME", NULL,               \
            "how long a statement may take on the server, such as 30min" \
    }
#define HF_OPT_LOCK_TIMEOUT                                            \
    {                                                                  \
        "lock-timeout", 0, HF_OPT_TEXT, "TIME", NULL,                  \
            "how long to wait for a table that is locked, such as 10s" \
    }
#define HF_OPT_SOURCE                                                                   \
    HF_OPT_ORIGIN, HF_OPT_SET, HF_OPT_SALVAGE, HF_OPT_FILES, HF_OPT_KNOWN, HF_OPT_JOBS, \
        HF_OPT_PASSWORD_COMMAND, HF_OPT_STATEMENT_TIMEOUT, HF_OPT_LOCK_TIMEOUT

typedef struct hf_cli_source {
    hf_input in;
    const char *name;   /* of its section; NULL: none */
    const char *vault;  /* the vault it is bound to, by its section; NULL: none */
    const char *origin; /* chosen by the user; NULL: the source says */
    hf_cli *cli;
    hf_opts *reads; /* for its reader */
} hf_cli_source;

/* Open argument i of the command as a source. HF_E_USAGE when it is neither a path nor a name. out
 * is to be cleared, also on error. */
hf_status hf_cli_source_open(hf_cli *cli, size_t i, hf_cli_source *out, hf_err **err);
void hf_cli_source_clear(hf_cli_source *s);

/* HF_E_REFUSED unless the vault at path is the one that the source's section names by vault-id;
 * HF_OK when it names none. A vault that is not there is another one. */
hf_status hf_cli_source_is_bound(hf_cli *cli, const hf_cli_source *s, const char *path,
                                 hf_err **err);

/* Put the passwords of connection strings out of sight of ps: argv gets copies, in mem, and the
 * originals, which the system shows to everybody, are overwritten. */
void hf_cli_hide_passwords(int argc, char **argv, hf_arena *mem);

#endif
