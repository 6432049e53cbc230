/* tests/fuzz/fuzz_jcs.c: any bytes as JSON to be spelled canonically: the form of the form is
 * itself, and the same value with its members the other way round and blanks between has that form
 * too.
 */
#include "check.h"
#include <math.h>

#include "audit/jcs.h"
#include "util/json.h"
#include "util/utf8.h"

static void put_other(const hf_tape *t, uint32_t tok, hf_buf *out);

static void put_members(const hf_tape *t, uint32_t object, hf_buf *out)
{
    uint32_t *key = hf_alloc(sizeof(*key) * t->n), n = 0;

    for (uint32_t k = hf_tape_first(t, object); k != HF_NO_TOK; k = hf_tape_after(t, object, k))
        key[n++] = k;
    hf_buf_str(out, "{ ");
    while (n-- > 0) {
        put_other(t, key[n], out);
        hf_buf_str(out, "\t:");
        put_other(t, key[n] + 1, out);
        hf_buf_str(out, n > 0 ? "\r\n," : "");
    }
    hf_buf_byte(out, '}');
    hf_free(key);
}

/* The value with its members the other way round, strings escaped as PHP does. */
static void put_other(const hf_tape *t, uint32_t tok, hf_buf *out)
{
    hf_json_type type = hf_tok_type(t, tok);
    hf_arena *mem;

    if (type == HF_JSON_OBJECT) {
        put_members(t, tok, out);
    } else if (type == HF_JSON_ARRAY) {
        hf_buf_str(out, " [");
        for (uint32_t i = hf_tape_first(t, tok); i != HF_NO_TOK; i = hf_tape_after(t, tok, i)) {
            hf_buf_str(out, i == tok + 1 ? " " : " , ");
            put_other(t, i, out);
        }
        hf_buf_str(out, "]\n");
    } else if (type == HF_JSON_STRING) {
        mem = hf_arena_new();
        hf_json_put_string(out, hf_tok_string(t, tok, mem), HF_JSON_PHP);
        hf_arena_free(mem);
    } else {
        hf_buf_add(out, hf_tok_raw(t, tok));
    }
}

static void check_form(hf_view form)
{
    hf_tape t = { 0 };

    CHECK(hf_utf8_is_valid(form));
    CHECK(hf_tape_parse(&t, form, NULL, NULL) == HF_OK);
    for (uint32_t i = 0; i < t.n; i++)
        CHECK((t.tok[i].flags & (HF_TOK_SHADOWED | HF_TOK_LONE_SURROGATE)) == 0);
    hf_tape_clear(&t);
}

/* The shortest digits read as the same number again. */
static void check_number(const uint8_t *data)
{
    char *text;
    double value, again;
    hf_buf b;

    memcpy(&value, data, sizeof(value));
    if (!isfinite(value))
        return;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_jcs_number(&b, value);
    text = hf_view_dup(hf_buf_view(&b));
    again = strtod(text, NULL);
    CHECK(!(again < value) && !(again > value) && b.n <= 25);
    hf_free(text);
    hf_buf_clear(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hf_view json = { (const char *)data, n };
    hf_buf form, other, again;
    hf_err *err = NULL;
    hf_tape t = { 0 };

    hf_buf_init(&form, HF_BUF_UNBOUNDED);
    hf_buf_init(&other, HF_BUF_UNBOUNDED);
    hf_buf_init(&again, HF_BUF_UNBOUNDED);
    if (n >= sizeof(double))
        check_number(data);
    if (hf_jcs_put(&form, json, &err) == HF_OK) {
        CHECK(err == NULL);
        check_form(hf_buf_view(&form));
        CHECK(hf_jcs_put(&again, hf_buf_view(&form), NULL) == HF_OK);
        CHECK(hf_view_eq(hf_buf_view(&again), hf_buf_view(&form)));
        CHECK(hf_tape_parse(&t, json, NULL, NULL) == HF_OK);
        put_other(&t, 0, &other);
        hf_buf_reset(&again);
        CHECK(hf_jcs_put(&again, hf_buf_view(&other), NULL) == HF_OK);
        CHECK(hf_view_eq(hf_buf_view(&again), hf_buf_view(&form)));
    } else {
        CHECK(err != NULL && form.n == 0);
    }
    hf_err_free(err);
    hf_tape_clear(&t);
    hf_buf_clear(&form);
    hf_buf_clear(&other);
    hf_buf_clear(&again);
    return 0;
}
