/* mattermost_common/props.c: what a post's props say. */
#include "mattermost_common/props.h"

const mm_card_key mm_card_keys[] = {
    { "fallback", HF_F_MESSAGE_CARD_FALLBACK }, { "color", HF_F_MESSAGE_CARD_COLOR },
    { "pretext", HF_F_MESSAGE_CARD_PRETEXT },   { "author_name", HF_F_MESSAGE_CARD_AUTHOR },
    { "title", HF_F_MESSAGE_CARD_TITLE },       { "title_link", HF_F_MESSAGE_CARD_LINK },
    { "text", HF_F_MESSAGE_CARD_TEXT },         { "image_url", HF_F_MESSAGE_CARD_IMAGE },
    { "footer", HF_F_MESSAGE_CARD_FOOTER },     { NULL, HF_F_NONE },
};

bool mm_props_default(hf_tape *t, uint32_t tok, uint32_t value)
{
    static const char *const defaults[] = { "\"\"", "0", "false", "[]", "{}" };
    hf_view raw = tok == HF_NO_TOK ? HF_V("") : hf_tok_raw(t, tok);

    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
        if (hf_view_is(raw, defaults[i])) {
            if (value != MM_PROPS_NO_VALUE)
                hf_take_for(t, tok, value);
            return true;
        }
    return false;
}

bool mm_props_is_true(const hf_tape *t, uint32_t tok)
{
    return tok != HF_NO_TOK &&
           (hf_tok_type(t, tok) == HF_JSON_TRUE || hf_view_is(hf_tok_raw(t, tok), "\"true\""));
}

uint32_t mm_props_mark(const hf_tape *t, uint32_t props)
{
    return hf_tape_get(t, props, MM_PROPS_MARK);
}

static void take_text(hf_batch *b, hf_record *r, hf_tape *t, uint32_t tok, hf_field f,
                      uint32_t item, uint32_t anchor)
{
    if (!mm_props_default(t, tok, anchor))
        hf_take_text(b, r, t, tok, f, item);
}

static void read_cards(hf_batch *b, hf_record *r, hf_tape *t, uint32_t list, uint32_t anchor)
{
    uint32_t item = 0;

    if (list == HF_NO_TOK || mm_props_default(t, list, anchor))
        return;
    for (uint32_t k = hf_tape_first(t, list); k != HF_NO_TOK; k = hf_tape_after(t, list, k), item++)
        for (const mm_card_key *c = mm_card_keys; c->key != NULL; c++)
            take_text(b, r, t, hf_tape_get_in(t, k, c->key), c->field, item, anchor);
}

void mm_props_read(hf_batch *b, hf_record *r, hf_tape *t, uint32_t props, uint32_t anchor)
{
    uint32_t mark = mm_props_mark(t, props), stub = hf_tape_get_in(t, mark, "stub");
    uint32_t hook = hf_tape_get(t, props, "from_webhook"), n = r->nvalue;

    take_text(b, r, t, hf_tape_get(t, props, "override_username"), HF_F_MESSAGE_AUTHOR_NAME, 0,
              anchor);
    if (r->nvalue > n && mm_props_is_true(t, hook))
        hf_take_for(t, hook, n);
    read_cards(b, r, t, hf_tape_get(t, props, "attachments"), anchor);
    hf_take_bool(b, r, t, hf_tape_get_in(t, mark, "broadcast"), HF_F_MESSAGE_IS_BROADCAST);
    hf_take_bool(b, r, t, hf_tape_get_in(t, mark, "deleted"), HF_F_MESSAGE_IS_DELETED);
    if (stub != HF_NO_TOK && hf_tok_type(t, stub) == HF_JSON_TRUE) {
        if (anchor != MM_PROPS_NO_VALUE)
            hf_take_for(t, stub, anchor);
        r->flags |= HF_REC_MADE | HF_REC_STUB;
    }
}

void mm_props_files(hf_batch *b, hf_record *r, hf_tape *t, uint32_t mark, uint32_t item)
{
    uint32_t list = hf_tape_get_in(t, mark, "files");

    if (list == HF_NO_TOK)
        return;
    for (uint32_t k = hf_tape_first(t, list); k != HF_NO_TOK;
         k = hf_tape_after(t, list, k), item++) {
        hf_take_text(b, r, t, hf_tape_get_in(t, k, "id"), HF_F_MESSAGE_FILE_ID, item);
        hf_take_text(b, r, t, hf_tape_get_in(t, k, "name"), HF_F_MESSAGE_FILE_NAME, item);
        hf_take_text(b, r, t, hf_tape_get_in(t, k, "title"), HF_F_MESSAGE_FILE_TITLE, item);
        hf_take_text(b, r, t, hf_tape_get_in(t, k, "mime"), HF_F_MESSAGE_FILE_MIME, item);
        hf_take_int(b, r, t, hf_tape_get_in(t, k, "size"), HF_F_MESSAGE_FILE_SIZE, item);
        hf_take_text(b, r, t, hf_tape_get_in(t, k, "mode"), HF_F_MESSAGE_FILE_MODE, item);
    }
}
