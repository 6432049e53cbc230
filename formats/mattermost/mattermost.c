/* mattermost/mattermost.c: format "mattermost": the database of a running server. */
#include "db/pg.h"
#include "mm_priv.h"

static int live_probe(const hf_peek *pk, const char **why)
{
    if (pk->source != NULL || !hf_pg_is_uri(pk->path))
        return 0;
    *why = "a PostgreSQL connection string";
    return 100;
}

static hf_status live_format_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    mm_feed *feed = NULL;
    hf_status rc = mm_live_open(&feed, args, err);

    return rc == HF_OK ? mm_reader_over(out, feed, args, err) : rc;
}

static const hf_opt_info reads_opts[] = {
    { "schema", "NAME", "which schema, when the database holds several Mattermosts" },
    { "jobs", "N", "connections that read at once, 1 to 16 (default 2)" },
    { "password-command", "COMMAND", "a shell command whose first line of output is the password" },
    { "statement-timeout", "TIME", "give up when a statement runs longer (default: never)" },
    { "lock-timeout", "TIME", "give up when another session holds a table (default 30s)" },
    { "snapshot-warn", "MINUTES", "say it when the snapshot is held longer (default 60)" },
    { "days", "JSON", "read these days again: [[\"CHANNEL ID\", DAYS SINCE 1970], ...]" },
    { "files", "DIR", "the server's data directory: attachments and pictures" },
    { "known", "FILE", "files that are known to be missing, an id or path a line" },
    { NULL, NULL, NULL },
};

const hf_format hf_format_mattermost = {
    .name = MM_FORMAT,
    .title = "Mattermost server (its PostgreSQL database)",
    .spec = "https://github.com/mattermost/mattermost/tree/master/server/channels/db/migrations",
    .opens_path = true,
    .is_live = true,
    .has_heads = true,
    .label = hf_pg_label,
    .probe = live_probe,
    .open = live_format_open,
    .hold = mm_live_hold,
    .let_go = mm_live_let_go,
    .parse = mm_parse,
    .grants = mm_grants,
    .dialect = HF_DIALECT_MARKDOWN,
    .reads_opts = reads_opts,
};
