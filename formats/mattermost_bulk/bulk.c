/* mattermost_bulk/bulk.c: the format's table: Mattermost's bulk import and export file.
 *
 * Container  a .jsonl file, or a zip (or folder) with one in its root and attachments below data/
 * Reader     read.c, parse.c, parse_post.c
 * Writer     write.c and write_*.c, people.c, names.c
 * Check      check.c, check_rules.c: the server's own import rules
 */
#include "bulk_priv.h"

/* Does the first line say {"type":"version","version":1}, and how sure does that make us? */
static int judge(hf_view head, const char **why)
{
    if (hf_view_starts(head, HF_V("\xEF\xBB\xBF")))
        head = hf_view_from(head, 3);
    head = hf_view_sub(head, 0, hf_view_find_byte(head, '\n'));
    if (hf_view_starts(head, HF_V("{\"type\":\"version\",\"version\":"))) {
        *why = "first line is the version line of a Mattermost bulk file";
        return 95;
    }
    if (head.n > 0 && head.p[0] == '{' && hf_view_find(head, HF_V("\"version\"")) != HF_NPOS &&
        hf_view_find(head, HF_V("\"type\"")) != HF_NPOS) {
        *why = "first line names a type and a version, as a Mattermost bulk file's does";
        return 60;
    }
    return 0;
}

static int bulk_probe(const hf_peek *pk, const char **why)
{
    uint32_t member;
    hf_buf keep;
    int score;

    if (pk->source == NULL)
        return 0;
    member = bulk_find_lines(pk->source);
    if (member == UINT32_MAX)
        return 0;
    hf_buf_init(&keep, HF_BUF_UNBOUNDED);
    score = judge(hf_peek_head(pk, hf_source_member(pk->source, member)->name, &keep, 4096), why);
    hf_buf_clear(&keep);
    return score;
}

const hf_format hf_format_mattermost_bulk = {
    .name = BULK_FORMAT,
    .title = "Mattermost bulk import or export file (.jsonl or zip)",
    .spec = "https://docs.mattermost.com/onboard/bulk-loading-data.html",
    .probe = bulk_probe,
    .open = bulk_reader_open,
    .parse = bulk_parse_record,
    .create = bulk_writer_create,
    .file = "import.zip",
    .wants_order = HF_ORDER_THREAD,
    .wants = HF_WANT_RECORDS | HF_WANT_BYTES | HF_WANT_OPAQUE,
    .writes_opts = bulk_write_opts,
    .writes = bulk_writes,
    .check = bulk_check,
    .dialect = HF_DIALECT_MARKDOWN,
};
