/* model/account.c: taking values from a tape, and the account of what was taken and what was not.
 */
#include "model/account.h"

#include "util/copytext.h"

/* Tokens note value index + 1 in 16 bits; past that the last number stands for all further values.
 */
static uint16_t carrier(uint32_t value)
{
    return value + 1 < UINT16_MAX ? (uint16_t)(value + 1) : UINT16_MAX;
}

void hf_take_for(hf_tape *t, uint32_t tok, uint32_t value)
{
    hf_tape_take(t, tok, carrier(value));
}

static void take(hf_tape *t, uint32_t tok, uint32_t value, bool odd)
{
    bool lossy = (t->tok[tok].flags & (HF_TOK_LONE_SURROGATE | HF_TOK_BAD_UTF8)) != 0;

    if (odd || lossy)
        hf_tape_take_odd(t, tok, carrier(value));
    else
        hf_tape_take(t, tok, carrier(value));
}

bool hf_take_text(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f, uint32_t item)
{
    if (tok == HF_NO_TOK)
        return false;
    switch (hf_tok_type(t, tok)) {
    case HF_JSON_STRING:
        take(t, tok, hf_rec_text(b, r, f, item, hf_tok_string(t, tok, b->mem)), false);
        return true;
    case HF_JSON_NUMBER:
        take(t, tok, hf_rec_text(b, r, f, item, hf_tok_raw(t, tok)), true);
        return true;
    case HF_JSON_NULL:
    case HF_JSON_FALSE:
    case HF_JSON_TRUE:
    case HF_JSON_ARRAY:
    case HF_JSON_OBJECT:
        break;
    }
    return false;
}

bool hf_take_bool(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f)
{
    hf_json_type type = tok == HF_NO_TOK ? HF_JSON_NULL : hf_tok_type(t, tok);

    if (type != HF_JSON_TRUE && type != HF_JSON_FALSE)
        return false;
    take(t, tok, hf_rec_num(b, r, f, 0, type == HF_JSON_TRUE), false);
    return true;
}

/* The text of a number, or of a string without escapes. */
static hf_view number_text(const hf_tape *t, uint32_t tok)
{
    hf_view raw = tok == HF_NO_TOK ? (hf_view){ NULL, 0 } : hf_tok_raw(t, tok);

    if (raw.n == 0 || hf_tok_type(t, tok) == HF_JSON_NUMBER)
        return raw;
    if (hf_tok_type(t, tok) == HF_JSON_STRING)
        return hf_view_sub(raw, 1, raw.n - 2);
    return (hf_view){ NULL, 0 };
}

bool hf_take_int(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f, uint32_t item)
{
    hf_view text = number_text(t, tok);
    int64_t n;

    if (!hf_view_i64(text, &n))
        return false;
    take(t, tok, hf_rec_num(b, r, f, item, n), hf_tok_type(t, tok) == HF_JSON_STRING);
    return true;
}

/* "1433865601.000002" in units of unit_us as microseconds; false when it is no plain decimal number
 * or more precise than a microsecond. */
static bool decimal_us(hf_view text, int64_t unit_us, int64_t *out)
{
    size_t dot = hf_view_find_byte(text, '.');
    hf_view whole = hf_view_sub(text, 0, dot == HF_NPOS ? text.n : dot);
    hf_view fraction = dot == HF_NPOS ? (hf_view){ NULL, 0 } : hf_view_from(text, dot + 1);
    bool minus = text.n > 0 && text.p[0] == '-';
    int64_t n, us, scale = unit_us;

    if (!hf_view_i64(whole, &n) || __builtin_mul_overflow(n, unit_us, &us))
        return false;
    for (size_t i = 0; i < fraction.n; i++) {
        int64_t digit = fraction.p[i] - '0';

        if (digit < 0 || digit > 9)
            return false;
        scale /= 10;
        if (scale == 0 && digit != 0)
            return false;
        if (__builtin_add_overflow(us, (minus ? -digit : digit) * scale, &us))
            return false;
    }
    *out = us;
    return dot == HF_NPOS || fraction.n > 0;
}

bool hf_take_time(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f, uint32_t item,
                  int64_t unit_us, bool text_is_usual)
{
    hf_view text = number_text(t, tok);
    int64_t us;

    if (!decimal_us(text, unit_us, &us) || us == 0)
        return false;
    take(t, tok, hf_rec_num(b, r, f, item, us),
         (hf_tok_type(t, tok) == HF_JSON_STRING) != text_is_usual);
    return true;
}

typedef struct walk {
    hf_batch *b;
    hf_record *r;
    hf_paths *p;
    const hf_tape *t;
} walk;

static void add_leaf(walk *w, uint32_t path, uint32_t tok)
{
    const hf_tok *k = &w->t->tok[tok];
    hf_leaf *leaf = hf_rec_leaves(w->b, w->r, 1);

    leaf->path = path;
    leaf->value = k->field == UINT16_MAX ? w->r->nvalue : k->field;
    leaf->raw = hf_tok_raw(w->t, tok);
    leaf->spelling = HF_SPELL_JSON;
    leaf->is_odd = (k->flags & HF_TOK_ODD) != 0;
    w->r->nleaf++;
}

/* Walk the flat tape with a stack of the containers that are open; its depth is bounded by the
 * parser. */
void hf_account_json(hf_batch *b, hf_record *r, hf_paths *p, const hf_tape *t, uint32_t from,
                     uint32_t root)
{
    enum { MAX_DEPTH = 512 };
    struct {
        uint32_t end, path;
        bool is_object;
    } open[MAX_DEPTH + 1];
    walk w = { b, r, p, t };
    uint32_t depth = 0, path = root, end = t->n == 0 ? 0 : t->tok[from].next;

    for (uint32_t i = from; i < end; i++) {
        const hf_tok *k = &t->tok[i];
        bool is_container = k->type == HF_JSON_OBJECT || k->type == HF_JSON_ARRAY;

        while (depth > 0 && i >= open[depth - 1].end)
            depth--;
        if ((k->flags & HF_TOK_KEY) != 0) {
            hf_view key = hf_tok_string(t, i, b->mem);

            path = hf_path_key(p, open[depth - 1].path, key);
            if (hf_path_is_map(p, open[depth - 1].path))
                add_leaf(&w, path, i); /* the key is data too */
            continue;
        }
        if (depth > 0 && !open[depth - 1].is_object)
            path = hf_path_item(p, open[depth - 1].path);
        if (!is_container || k->next == i + 1) {
            add_leaf(&w, path, i);
        } else if (depth <= MAX_DEPTH) {
            open[depth].end = k->next;
            open[depth].path = path;
            open[depth].is_object = k->type == HF_JSON_OBJECT;
            depth++;
        }
    }
}

hf_view hf_leaf_plain(const hf_leaf *l, hf_arena *mem)
{
    hf_buf b;
    hf_view plain;

    if (l->spelling == HF_SPELL_COPY && hf_copy_is_null(l->raw))
        return HF_V("null");
    if (l->spelling == HF_SPELL_COPY) {
        hf_buf_init(&b, HF_BUF_UNBOUNDED);
        hf_buf_byte(&b, '"');
        hf_copy_decode(&b, l->raw);
        plain = hf_arena_dup(mem, hf_buf_view(&b));
        hf_buf_clear(&b);
        return plain;
    }
    if (l->raw.n < 2 || l->raw.p[0] != '"' || hf_view_find_byte(l->raw, '\\') == HF_NPOS)
        return l->raw.n > 1 && l->raw.p[0] == '"' ? hf_view_sub(l->raw, 0, l->raw.n - 1) : l->raw;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_byte(&b, '"');
    hf_json_decode(&b, hf_view_sub(l->raw, 1, l->raw.n - 2));
    plain = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    return plain;
}
