/* vault/packed.c: a record as one JSON document, for sources whose records cannot be read alone.
 *
 * {"time_us":N,"flags":N,"dialect":"plain","values":[{"path":"message.text","item":0,"text":"..."},
 * {"path":"message.time","item":0,"num":N}],"raw":"..."}. Bytes that are not UTF-8 stand in "hex"
 * and "raw_hex" instead. raw: the record's document, when the source gave any bytes.
 */
#include "util/jsonw.h"
#include "vault/records_priv.h"

static const char *const dialects[] = {
    [HF_DIALECT_PLAIN] = "plain",
    [HF_DIALECT_MRKDWN] = "mrkdwn",
    [HF_DIALECT_MARKDOWN] = "markdown",
};

/* Text as it is when JSON can hold it, else as hexadecimal digits under the other key. */
static void put_bytes(hf_jsonw *w, const char *key, const char *hex_key, hf_view v)
{
    hf_buf b, back;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_init(&back, HF_BUF_UNBOUNDED);
    hf_json_put_string(&b, v, HF_JSON_PLAIN);
    hf_json_decode(&back, hf_view_sub(hf_buf_view(&b), 1, b.n - 2));
    if (hf_view_eq(v, hf_buf_view(&back))) {
        hf_jsonw_raw(w, key, hf_buf_view(&b));
    } else {
        hf_buf_reset(&back);
        for (size_t i = 0; i < v.n; i++)
            hf_buf_printf(&back, "%02x", (unsigned)(unsigned char)v.p[i]);
        hf_jsonw_text(w, hex_key, hf_buf_view(&back));
    }
    hf_buf_clear(&b);
    hf_buf_clear(&back);
}

void hf_packed_write(const hf_record *r, hf_buf *out)
{
    hf_jsonw w;

    hf_jsonw_init(&w, out, 0);
    hf_jsonw_object(&w, NULL);
    if (r->time_us != HF_NO_TIME)
        hf_jsonw_i64(&w, "time_us", r->time_us);
    hf_jsonw_u64(&w, "flags", r->flags);
    hf_jsonw_str(&w, "dialect", dialects[r->dialect]);
    hf_jsonw_array(&w, "values");
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];

        hf_jsonw_object(&w, NULL);
        hf_jsonw_str(&w, "path", hf_field_get(v->field)->path);
        hf_jsonw_u64(&w, "item", v->item);
        if (v->text.p != NULL)
            put_bytes(&w, "text", "hex", v->text);
        else
            hf_jsonw_i64(&w, "num", v->num);
        hf_jsonw_end(&w, '}');
    }
    hf_jsonw_end(&w, ']');
    if (r->raw.bytes.n > 0) {
        hf_buf document;

        hf_buf_init(&document, HF_BUF_UNBOUNDED);
        hf_rec_document(r, &document);
        put_bytes(&w, "raw", "raw_hex", hf_buf_view(&document));
        hf_buf_clear(&document);
    }
    hf_jsonw_end(&w, '}');
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes under key or hex_key; p NULL when there are none. */
static hf_view get_bytes(const hf_tape *t, uint32_t object, const char *key, const char *hex_key,
                         hf_arena *mem)
{
    uint32_t tok = hf_tape_get(t, object, key);
    hf_view v;
    char *p;

    if (tok != HF_NO_TOK) {
        v = hf_tok_string(t, tok, mem);
        return v.p == NULL ? (hf_view){ "", 0 } : v;
    }
    tok = hf_tape_get(t, object, hex_key);
    if (tok == HF_NO_TOK)
        return (hf_view){ NULL, 0 };
    v = hf_tok_string(t, tok, mem);
    p = hf_arena_alloc(mem, v.n / 2 + 1);
    for (size_t i = 0; i + 1 < v.n; i += 2)
        p[i / 2] = (char)(digit(v.p[i]) << 4 | (digit(v.p[i + 1]) & 15));
    return (hf_view){ p, v.n / 2 };
}

static int64_t get_num(const hf_tape *t, uint32_t object, const char *key, int64_t dflt)
{
    uint32_t tok = hf_tape_get(t, object, key);
    int64_t n;

    return tok != HF_NO_TOK && hf_tok_i64(t, tok, &n) ? n : dflt;
}

static void add_value(hf_batch *b, hf_record *r, const hf_tape *t, uint32_t object)
{
    hf_field f = hf_field_find(hf_tok_string(t, hf_tape_get(t, object, "path"), b->mem));
    uint32_t item = (uint32_t)get_num(t, object, "item", 0);
    hf_view text = get_bytes(t, object, "text", "hex", b->mem);

    /* A path that this program no longer has is left out: the bytes still say it. */
    if (f == HF_F_NONE)
        return;
    if (text.p != NULL)
        hf_rec_text(b, r, f, item, text);
    else
        hf_rec_num(b, r, f, item, get_num(t, object, "num", 0));
}

hf_status hf_packed_parse(hf_batch *b, hf_record *r, hf_err **err)
{
    hf_view text = r->raw.bytes, name;
    uint32_t values;
    hf_status rc;
    hf_tape t;

    hf_tape_init(&t);
    rc = hf_tape_parse(&t, text, NULL, err);
    values = rc == HF_OK ? hf_tape_get(&t, 0, "values") : HF_NO_TOK;
    if (values == HF_NO_TOK) {
        hf_tape_clear(&t);
        return rc == HF_OK ? hf_fail(err, HF_E_DAMAGED, "not a record in holdfast's own form") : rc;
    }
    r->time_us = get_num(&t, 0, "time_us", HF_NO_TIME);
    r->flags = (unsigned)get_num(&t, 0, "flags", 0);
    name = hf_tok_string(&t, hf_tape_get(&t, 0, "dialect"), b->mem);
    for (size_t i = 0; i < sizeof(dialects) / sizeof(dialects[0]); i++)
        if (hf_view_is(name, dialects[i]))
            r->dialect = (hf_dialect)i;
    for (uint32_t v = hf_tape_first(&t, values); v != HF_NO_TOK; v = hf_tape_after(&t, values, v))
        add_value(b, r, &t, v);
    r->raw.bytes = get_bytes(&t, 0, "raw", "raw_hex", b->mem);
    hf_tape_clear(&t);
    return HF_OK;
}
