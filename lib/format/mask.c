/* format/mask.c: see mask.h. */
#include "format/mask.h"

#include "text/secret.h"
#include "util/copytext.h"

static bool is_text(const hf_value *v)
{
    hf_type type = hf_field_get(v->field)->type;

    return v->text.n > 0 && (type == HF_TYPE_TEXT || type == HF_TYPE_MARKUP);
}

void hf_mask_values(hf_batch *b, hf_record *r)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (is_text(&r->value[i]))
            r->value[i].text = hf_secret_mask(r->value[i].text, b->mem, &r->value[i].is_masked);
}

bool hf_mask_is_secret(const hf_leaf *l, hf_arena *mem)
{
    hf_view plain = hf_leaf_plain(l, mem);

    bool found = hf_secret_is_in(plain);

    if (!found && l->spelling == HF_SPELL_COPY) /* a column that holds JSON */
        (void)hf_secret_mask_json(hf_view_from(plain, 1), mem, &found);
    return found;
}

/* --- rows of COPY -------------------------------------------------------------------------------
 */

static bool is_json(hf_view text)
{
    while (text.n > 0 && (text.p[0] == ' ' || text.p[0] == '\n' || text.p[0] == '\t'))
        text = hf_view_from(text, 1);
    return text.n > 0 && (text.p[0] == '{' || text.p[0] == '[' || text.p[0] == '"');
}

/* Append a column, masked. */
static void put_column(hf_buf *out, hf_view column, hf_arena *mem)
{
    hf_view text, masked;
    bool found = false;
    hf_buf plain;

    if (hf_copy_is_null(column)) {
        hf_buf_add(out, column);
        return;
    }
    hf_buf_init(&plain, HF_BUF_UNBOUNDED);
    text = column;
    if (hf_view_find_byte(column, '\\') != HF_NPOS) {
        hf_copy_decode(&plain, column);
        text = hf_buf_view(&plain);
    }
    masked =
        is_json(text) ? hf_secret_mask_json(text, mem, &found) : hf_secret_mask(text, mem, &found);
    if (found)
        hf_copy_encode(out, masked);
    else
        hf_buf_add(out, column);
    hf_buf_clear(&plain);
}

/* Rows, and the COPY lines between them, which hold no data and no tabs. */
static hf_view mask_rows(hf_view rows, hf_arena *mem)
{
    hf_view rest = rows;
    hf_buf out;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    while (rest.n > 0) {
        size_t end = 0;

        while (end < rest.n && rest.p[end] != '\t' && rest.p[end] != '\n')
            end++;
        put_column(&out, hf_view_sub(rest, 0, end), mem);
        hf_buf_add(&out, hf_view_sub(rest, end, 1));
        rest = hf_view_from(rest, end < rest.n ? end + 1 : end);
    }
    if (!hf_view_eq(hf_buf_view(&out), rows))
        rows = hf_arena_dup(mem, hf_buf_view(&out));
    hf_buf_clear(&out);
    return rows;
}

hf_view hf_mask_raw(const hf_record *r, hf_arena *mem)
{
    const hf_format *f = hf_format_find(hf_view_str(r->format));

    return f != NULL && f->has_heads ? mask_rows(r->raw.bytes, mem)
                                     : hf_secret_mask_json(r->raw.bytes, mem, NULL);
}

/* --- settling -----------------------------------------------------------------------------------
 */

void hf_mask_settle(hf_batch *b, hf_record *r)
{
    uint32_t kept = UINT32_MAX, hidden = UINT32_MAX;

    for (uint32_t i = 0; i < r->nvalue; i++)
        r->value[i].state = HF_EXACT; /* what is masked says so itself */
    /* What no reader took stands in the bytes too, so it needs something that says so. */
    for (uint32_t i = 0; i < r->nleaf; i++) {
        hf_leaf *l = &r->leaf[i];
        uint32_t *value;
        bool is_secret;

        l->is_odd = false;
        if (l->value != 0)
            continue;
        is_secret = hf_mask_is_secret(l, b->mem);
        value = is_secret ? &hidden : &kept;
        if (*value == UINT32_MAX) {
            *value = hf_rec_num(b, r, HF_F_NONE, 0, 0);
            r->value[*value].state = HF_EXACT;
            r->value[*value].is_masked = is_secret;
        }
        l->value = *value + 1;
    }
}
