/* util/jsonw.c: the writer of JSON documents. */
#include "util/jsonw.h"

#include <assert.h>

enum { MAX_DEPTH = 63 };

void hf_jsonw_init(hf_jsonw *w, hf_buf *out, int indent)
{
    *w = (hf_jsonw){ .out = out, .indent = indent };
}

static void new_line(hf_jsonw *w)
{
    if (w->indent == 0)
        return;
    hf_buf_byte(w->out, '\n');
    for (int i = 0; i < w->indent * w->depth; i++)
        hf_buf_byte(w->out, ' ');
}

/* What stands before an item: a comma when it is not the first, and its line. */
static void begin_item(hf_jsonw *w)
{
    uint64_t bit = UINT64_C(1) << w->depth;

    if (w->depth == 0)
        return;
    if ((w->filled & bit) != 0)
        hf_buf_byte(w->out, ',');
    w->filled |= bit;
    new_line(w);
}

void hf_jsonw_key(hf_jsonw *w, hf_view key)
{
    assert(!w->has_key && (w->objects >> w->depth & 1) != 0);
    begin_item(w);
    hf_json_put_string(w->out, key, HF_JSON_PLAIN);
    hf_buf_str(w->out, w->indent == 0 ? ":" : ": ");
    w->has_key = true;
}

/* Everything before the value itself. */
static void begin_value(hf_jsonw *w, const char *key)
{
    if (key != NULL)
        hf_jsonw_key(w, hf_view_str(key));
    else if (!w->has_key)
        begin_item(w);
    assert(w->has_key == ((w->objects >> w->depth & 1) != 0));
    w->has_key = false;
}

static void open_container(hf_jsonw *w, const char *key, char bracket)
{
    uint64_t bit;

    begin_value(w, key);
    assert(w->depth < MAX_DEPTH);
    hf_buf_byte(w->out, bracket);
    w->depth++;
    bit = UINT64_C(1) << w->depth;
    w->filled &= ~bit;
    w->objects = bracket == '{' ? w->objects | bit : w->objects & ~bit;
}

void hf_jsonw_object(hf_jsonw *w, const char *key)
{
    open_container(w, key, '{');
}

void hf_jsonw_array(hf_jsonw *w, const char *key)
{
    open_container(w, key, '[');
}

void hf_jsonw_end(hf_jsonw *w, char bracket)
{
    bool was_filled = (w->filled >> w->depth & 1) != 0;

    assert(w->depth > 0 && !w->has_key);
    assert(bracket == ((w->objects >> w->depth & 1) != 0 ? '}' : ']'));
    w->depth--;
    if (was_filled)
        new_line(w);
    hf_buf_byte(w->out, bracket);
}

void hf_jsonw_text(hf_jsonw *w, const char *key, hf_view text)
{
    begin_value(w, key);
    hf_json_put_string(w->out, text, HF_JSON_PLAIN);
}

void hf_jsonw_str(hf_jsonw *w, const char *key, const char *text)
{
    if (text == NULL)
        hf_jsonw_null(w, key);
    else
        hf_jsonw_text(w, key, hf_view_str(text));
}

void hf_jsonw_u64(hf_jsonw *w, const char *key, uint64_t n)
{
    begin_value(w, key);
    hf_buf_u64(w->out, n);
}

void hf_jsonw_i64(hf_jsonw *w, const char *key, int64_t n)
{
    begin_value(w, key);
    hf_buf_i64(w->out, n);
}

void hf_jsonw_bool(hf_jsonw *w, const char *key, bool value)
{
    begin_value(w, key);
    hf_buf_str(w->out, value ? "true" : "false");
}

void hf_jsonw_null(hf_jsonw *w, const char *key)
{
    begin_value(w, key);
    hf_buf_str(w->out, "null");
}

void hf_jsonw_time(hf_jsonw *w, const char *key, int64_t us)
{
    char text[32];

    if (us == HF_NO_TIME) {
        hf_jsonw_null(w, key);
        return;
    }
    hf_time_format(us, text);
    hf_jsonw_str(w, key, text);
}

void hf_jsonw_raw(hf_jsonw *w, const char *key, hf_view json)
{
    begin_value(w, key);
    hf_buf_add(w->out, json);
}
