/* mattermost/dump_format.c: format "mattermost-dump": a file that pg_dump wrote. */
#include "dump_priv.h"

enum { FIRST_LOOK = 4096, LOOK_BYTES = 1024 * 1024 }; /* the schema stands before the rows */

/* The table of contents of the custom format has each table's statement as text. */
static bool custom_fits(hf_view head)
{
    return hf_view_find(head, HF_V(".posts (")) != HF_NPOS &&
           hf_view_find(head, HF_V("channelid")) != HF_NPOS;
}

static bool text_fits(hf_view head)
{
    mm_index x;
    mm_text t;
    hf_err *err = NULL;
    bool fits;

    mm_index_init(&x);
    mm_text_init(&t, NULL, head);
    fits = mm_index_scan(&x, &t, &err) == HF_OK && mm_pick_find(&x, NULL, NULL, NULL, 0) > 0;
    mm_text_clear(&t);
    mm_index_clear(&x);
    hf_err_free(err);
    return fits;
}

/* A folder or tar of pg_dump's: not read, but the opening says what to do. */
static bool is_archive(const hf_peek *pk)
{
    hf_buf head;
    bool is_one;

    hf_buf_init(&head, HF_BUF_UNBOUNDED);
    is_one = hf_view_starts(hf_peek_head(pk, HF_V("toc.dat"), &head, 5), HF_V("PGDMP"));
    hf_buf_clear(&head);
    return is_one;
}

static int dump_probe(const hf_peek *pk, const char **why)
{
    bool is_custom, is_text, fits;
    hf_buf head;

    if (pk->source == NULL)
        return 0;
    if (is_archive(pk)) {
        *why = "toc.dat of pg_dump";
        return 50;
    }
    if (hf_source_count(pk->source) != 1 || hf_source_member(pk->source, 0)->type != HF_MEMBER_FILE)
        return 0;
    hf_buf_init(&head, HF_BUF_UNBOUNDED);
    hf_spool_head(pk->source, 0, &head, FIRST_LOOK);
    is_custom = head.n > 5 && memcmp(head.p, "PGDMP", 5) == 0;
    is_text = hf_view_find(hf_buf_view(&head), HF_V("-- PostgreSQL database ")) != HF_NPOS;
    if (is_custom || is_text) {
        hf_buf_reset(&head);
        hf_spool_head(pk->source, 0, &head, LOOK_BYTES);
    }
    fits = is_custom ? custom_fits(hf_buf_view(&head)) : is_text && text_fits(hf_buf_view(&head));
    hf_buf_clear(&head);
    if (!fits)
        return 0;
    *why = "pg_dump's output with posts of channels";
    return 100;
}

static hf_status dump_format_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    mm_feed *feed = NULL;
    hf_status rc = mm_dump_open(&feed, args, err);

    return rc == HF_OK ? mm_reader_over(out, feed, args, err) : rc;
}

static const hf_opt_info reads_opts[] = {
    { "database", "NAME", "which database, when the file holds several (pg_dumpall)" },
    { "schema", "NAME", "which schema, when a database holds several Mattermosts" },
    { NULL, NULL, NULL },
};

const hf_format hf_format_mattermost_dump = {
    .name = "mattermost-dump",
    .title = "Mattermost database dump (pg_dump: .sql, .sql.gz, .sql.zst, -Fc)",
    .spec = "docs/formats/mattermost-dump.md",
    .probe = dump_probe,
    .open = dump_format_open,
    .parse = mm_parse,
    .dialect = HF_DIALECT_MARKDOWN,
    .reads_opts = reads_opts,
};
