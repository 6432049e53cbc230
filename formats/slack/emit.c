/* slack/emit.c: see emit.h. */
#include "slack/emit.h"

static void begin(slack_emit *e, const char *key)
{
    if (!e->is_empty)
        hf_buf_byte(e->out, ',');
    if (e->depth > 1)
        hf_buf_byte(e->out, '\n');
    for (int i = 0; i < e->depth && e->depth > 1; i++)
        hf_buf_str(e->out, "    ");
    e->is_empty = false;
    if (key != NULL) {
        hf_json_put_string(e->out, hf_view_str(key), HF_JSON_PHP);
        hf_buf_str(e->out, ": ");
    }
}

void slack_emit_open(slack_emit *e, const char *key, char bracket)
{
    begin(e, key);
    hf_buf_byte(e->out, bracket);
    e->depth++;
    e->is_empty = true;
}

void slack_emit_close(slack_emit *e, char bracket)
{
    e->depth--;
    if (!e->is_empty) {
        hf_buf_byte(e->out, '\n');
        for (int i = 0; i < e->depth; i++)
            hf_buf_str(e->out, "    ");
    }
    hf_buf_byte(e->out, bracket);
    e->is_empty = false;
}

void slack_emit_text(slack_emit *e, const char *key, hf_view text)
{
    begin(e, key);
    hf_json_put_string(e->out, text, HF_JSON_PHP);
}

void slack_emit_i64(slack_emit *e, const char *key, int64_t n)
{
    begin(e, key);
    hf_buf_i64(e->out, n);
}

void slack_emit_bool(slack_emit *e, const char *key, bool value)
{
    begin(e, key);
    hf_buf_str(e->out, value ? "true" : "false");
}
