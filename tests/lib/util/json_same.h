/* tests/lib/util/json_same.h: does a tape say what jansson says about the same text? */
#ifndef HF_TESTS_JSON_SAME_H
#define HF_TESTS_JSON_SAME_H

#include <jansson.h>
#include <stdlib.h>

#include "util/json.h"

static bool same_value(const hf_tape *t, uint32_t tok, const json_t *v, hf_arena *mem);

/* jansson keeps the last of equal keys, and so does a look-up on the tape. */
static bool same_object(const hf_tape *t, uint32_t tok, const json_t *v, hf_arena *mem)
{
    size_t n = 0;

    if (!json_is_object(v))
        return false;
    for (uint32_t k = hf_tape_first(t, tok); k != HF_NO_TOK; k = hf_tape_after(t, tok, k)) {
        hf_view key = hf_tok_string(t, k, mem);
        const json_t *member = json_object_get(v, hf_arena_dup(mem, key).p);

        if ((t->tok[k].flags & HF_TOK_SHADOWED) != 0)
            continue;
        n++;
        if (member == NULL || !same_value(t, k + 1, member, mem) ||
            hf_tape_get(t, tok, hf_arena_dup(mem, key).p) != k + 1)
            return false;
    }
    return n == json_object_size(v);
}

static bool same_array(const hf_tape *t, uint32_t tok, const json_t *v, hf_arena *mem)
{
    size_t n = 0;

    if (!json_is_array(v))
        return false;
    for (uint32_t c = hf_tape_first(t, tok); c != HF_NO_TOK; c = hf_tape_after(t, tok, c)) {
        if (n == json_array_size(v) || !same_value(t, c, json_array_get(v, n++), mem))
            return false;
    }
    return n == json_array_size(v);
}

static bool same_number(const hf_tape *t, uint32_t tok, const json_t *v, hf_arena *mem)
{
    int64_t n;

    if (json_is_integer(v))
        return hf_tok_i64(t, tok, &n) && n == json_integer_value(v);
    return json_is_real(v) && !hf_tok_i64(t, tok, &n) &&
           !(strtod(hf_arena_dup(mem, hf_tok_raw(t, tok)).p, NULL) < json_real_value(v)) &&
           !(strtod(hf_arena_dup(mem, hf_tok_raw(t, tok)).p, NULL) > json_real_value(v));
}

static bool same_value(const hf_tape *t, uint32_t tok, const json_t *v, hf_arena *mem)
{
    switch (hf_tok_type(t, tok)) {
    case HF_JSON_NULL:
        return json_is_null(v);
    case HF_JSON_FALSE:
        return json_is_false(v);
    case HF_JSON_TRUE:
        return json_is_true(v);
    case HF_JSON_NUMBER:
        return same_number(t, tok, v, mem);
    case HF_JSON_STRING:
        return json_is_string(v) &&
               hf_view_eq(hf_tok_string(t, tok, mem),
                          (hf_view){ json_string_value(v), json_string_length(v) });
    case HF_JSON_ARRAY:
        return same_array(t, tok, v, mem);
    case HF_JSON_OBJECT:
        return same_object(t, tok, v, mem);
    }
    return false;
}

#endif
