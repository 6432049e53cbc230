/* cli/key.h: the key that signs for a vault.
 *
 * It is the one that --key names, else the file of the log's current key in
 * $XDG_CONFIG_HOME/holdfast/keys: VAULT-ID.pem, or VAULT-ID-HEX8.pem after a rotation. A vault
 * whose log knows no key, or whose key is not here, gives unsigned answers, and they say so.
 */
#ifndef HF_CLI_KEY_H
#define HF_CLI_KEY_H

#include "audit/log.h"
#include "cmd.h"

#define HF_OPT_KEY                                                                                  \
    {                                                                                               \
        "key",  0,    HF_OPT_TEXT,                                                                  \
        "FILE", NULL, "the Ed25519 key of the vault (default: its file in ~/.config/holdfast/keys)" \
    },                                                                                              \
        { "passphrase-file", 0, HF_OPT_TEXT, "FILE", NULL, "file with the key's passphrase" },      \
        { "passphrase-fd",                                                                          \
          0,                                                                                        \
          HF_OPT_U64,                                                                               \
          "N",                                                                                      \
          NULL,                                                                                     \
          "open descriptor that gives the key's passphrase" },                                      \
    {                                                                                               \
        "passphrase-command", 0, HF_OPT_TEXT, "CMD", NULL,                                          \
            "command that prints the key's passphrase"                                              \
    }

/* From --passphrase-file, --passphrase-fd and --passphrase-command. */
hf_passphrase hf_cli_passphrase(hf_cli *cli);

/* The key that signs for this log; *out NULL when there is none here. HF_E_NO_KEY when --key names
 * one that the log does not have as its current one. */
hf_status hf_cli_key_load(hf_cli *cli, hf_log *log, hf_key **out, hf_err **err);

/* The file of a key by default; freed with hf_free. */
char *hf_cli_key_path(const hf_log *log, const hf_vkey *key, bool is_first);

/* Note that a vault was made. */
hf_status hf_cli_vault_made(hf_cli *cli, const char *path, unsigned flags, hf_err **err);

/* Make a key of the log at path (NULL: where it stands by default), with old the one after it, and
 * say its fingerprint. */
hf_status hf_cli_key_make(hf_cli *cli, hf_log *log, const char *path, const hf_passphrase *from,
                          const hf_key *old, hf_err **err);

/* Make the first key of a vault at key_path, or where it stands by default (NULL), and say its
 * fingerprint. Where the default place cannot keep it, that is said, and the vault stays unsigned.
 */
hf_status hf_cli_vault_key(hf_cli *cli, const char *path, unsigned flags, const char *key_path,
                           const hf_passphrase *passphrase, hf_err **err);

#endif
