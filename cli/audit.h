/* cli/audit.h: what the audit commands have in common: the log of a vault, opened in an act. */
#ifndef HF_CLI_AUDIT_H
#define HF_CLI_AUDIT_H

#include "act.h"
#include "audit/verify.h"
#include "key.h"

typedef struct hf_cli_log {
    hf_cli *cli;
    hf_vault *v;
    hf_log *log;
    hf_cli_act act;
} hf_cli_log;

/* Begin an act on the vault at path, and open its log: to be written when mode is HF_ACT_WRITE,
 * else for reading; flags as for hf_vault_open. To be closed, also on error. */
hf_status hf_cli_log_open(hf_cli_log *l, hf_cli *cli, const char *path, const char *action,
                          hf_cli_act_mode mode, unsigned flags, hf_err **err);

/* End the act with rc; rc, or why its end cannot be noted. */
hf_status hf_cli_log_close(hf_cli_log *l, hf_status rc, hf_err **err);

/* Write bytes to the file of -o, or to stdout as the whole answer without one. */
hf_status hf_cli_write(hf_cli *cli, hf_view bytes, hf_err **err);

/* Verifier keys by --key: each a vkey, a fingerprint of one that the log names, or a PEM file;
 * without any the public half that lies beside the vault's key here. */
typedef struct hf_cli_keys {
    hf_arena *mem;
    hf_vkey *key;
    size_t n;
} hf_cli_keys;

/* log NULL: only vkeys and, with the name that origin gives, files. */
hf_status hf_cli_keys_load(hf_cli *cli, hf_log *log, const char *origin, hf_cli_keys *out,
                           hf_err **err);
void hf_cli_keys_clear(hf_cli_keys *k);

extern const hf_cmd_arg hf_audit_vault_arg[];

/* What the options of HF_OPT_LOG_FILTER ask for; texts are lent from cli. */
hf_status hf_cli_log_filter(hf_cli *cli, hf_log_filter *f, hf_err **err);

#define HF_OPT_LOG_FILTER                                                                               \
    { "action", 0,    HF_OPT_TEXT,                                                                      \
      "WORD",   NULL, "only these: search, import, or audit for all of its acts" },                     \
        { "operator", 0,    HF_OPT_TEXT,                                                                \
          "NAME",     NULL, "only what this user of the machine did, as itself or by sudo" },           \
        { "outcome", 0, HF_OPT_TEXT, "WORD", NULL, "only ends with this word, such as OK or REFUSED" }, \
        { "run", 0, HF_OPT_TEXT, "UUID", NULL, "only the entries of this run" },                        \
        { "since", 0, HF_OPT_TEXT, "TIME", NULL, "only entries of this time or later" },                \
        { "until", 0, HF_OPT_TEXT, "TIME", NULL, "only entries before this time" },                     \
    {                                                                                                   \
        "from", 0, HF_OPT_U64, "SEQ", "0", "only entries from this number on"                           \
    }

#define HF_OPT_OUTPUT                                                                   \
    {                                                                                   \
        "output", 'o', HF_OPT_TEXT, "FILE", NULL, "where to write it (default: stdout)" \
    }

#endif
