/* formats/jsonl/jsonl.c: holdfast's own interchange: one JSON object a line, nothing left out.
 *
 * Line 1 names the schema. Every canonical record has its values in plain words and, when it came
 * from bytes, these bytes as "raw" (a text, or "raw_base64" when they are not UTF-8); in both
 * secrets are masked unless they are to be kept. Members that hold no records follow as member,
 * bytes and member-end lines; records in quarantine as quarantine lines; coverage as coverage
 * lines.
 */
#include "jsonl.h"

static int jsonl_probe(const hf_peek *pk, const char **why)
{
    hf_buf keep;
    int score = 0;

    if (pk->source == NULL || hf_source_get_kind(pk->source) != HF_SOURCE_FILE ||
        hf_source_count(pk->source) != 1)
        return 0;
    hf_buf_init(&keep, HF_BUF_UNBOUNDED);
    if (hf_view_find(hf_peek_head(pk, hf_source_member(pk->source, 0)->name, &keep, 200),
                     HF_V("\"" HF_JSONL_SCHEMA "\"")) != HF_NPOS) {
        *why = "the first line names " HF_JSONL_SCHEMA;
        score = 100;
    }
    hf_buf_clear(&keep);
    return score;
}

hf_view hf_jsonl_group(const hf_field_info *f)
{
    hf_view path = hf_view_str(f->path);

    return f->is_list ? hf_view_sub(path, 0, hf_view_find_last(path, '.')) : (hf_view){ "", 0 };
}

const hf_format hf_format_jsonl = {
    .name = "jsonl",
    .title = "JSON Lines: every record and its source bytes, lossless",
    .spec = "schemas/jsonl.v1.json",
    .probe = jsonl_probe,
    .open = hf_jsonl_open,
    .create = hf_jsonl_create,
    .file = "records.jsonl",
    .wants = HF_WANT_OPAQUE,
    .dialect = HF_DIALECT_PLAIN,
    .is_lossless = true,
};
