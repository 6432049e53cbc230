/* query/doc.c: the searchable texts of a message. */
#include "query/doc.h"

void hf_doc_init(hf_doc *d)
{
    hf_buf_init(&d->body, HF_BUF_UNBOUNDED);
    hf_buf_init(&d->file, HF_BUF_UNBOUNDED);
    hf_buf_init(&d->mention, HF_BUF_UNBOUNDED);
}

void hf_doc_clear(hf_doc *d)
{
    hf_buf_clear(&d->body);
    hf_buf_clear(&d->file);
    hf_buf_clear(&d->mention);
}

static bool is_word(hf_view v)
{
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];

        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return v.n > 0;
}

void hf_doc_mention(hf_buf *out, hf_mention what, hf_view id)
{
    hf_buf_byte(out, (char)what);
    if (is_word(id)) {
        hf_buf_add(out, id);
        return;
    }
    hf_buf_byte(out, 'x');
    for (size_t i = 0; i < id.n; i++)
        hf_buf_printf(out, "%02x", (unsigned)(unsigned char)id.p[i]);
}

/* A line of its own, so that no phrase reaches from one text into the next. */
static void add_line(hf_buf *to, hf_view text)
{
    if (text.n == 0)
        return;
    if (to->n > 0)
        hf_buf_byte(to, '\n');
    hf_buf_add(to, text);
}

static void mention(hf_doc *d, hf_mention what, const hf_span *s)
{
    if (d->mention.n > 0)
        hf_buf_byte(&d->mention, ' ');
    hf_doc_mention(&d->mention, what, s->target);
    hf_buf_add(&d->body, s->text);
}

static void add_span(hf_doc *d, const hf_span *s)
{
    switch (s->kind) {
    case HF_SPAN_TEXT:
    case HF_SPAN_DATE:
    case HF_SPAN_PRE:
        hf_buf_add(&d->body, s->text);
        break;
    case HF_SPAN_BREAK:
        hf_buf_byte(&d->body, '\n');
        break;
    case HF_SPAN_LINK:
        hf_buf_add(&d->body, s->text);
        hf_buf_byte(&d->body, ' ');
        hf_buf_add(&d->body, s->target);
        break;
    case HF_SPAN_USER:
        mention(d, HF_MENTION_USER, s);
        break;
    case HF_SPAN_CHANNEL:
        mention(d, HF_MENTION_CHANNEL, s);
        break;
    case HF_SPAN_GROUP:
        mention(d, HF_MENTION_GROUP, s);
        break;
    case HF_SPAN_BROADCAST:
        mention(d, HF_MENTION_BROADCAST, s);
        hf_buf_add(&d->body, s->target);
        break;
    case HF_SPAN_EMOJI:
        hf_buf_byte(&d->body, ':');
        hf_buf_add(&d->body, s->target);
        hf_buf_byte(&d->body, ':');
        break;
    }
}

static void add_markup(hf_doc *d, hf_dialect dialect, hf_view text, hf_arena *mem)
{
    hf_spans spans = { NULL, 0 };

    if (text.n == 0)
        return;
    if (d->body.n > 0)
        hf_buf_byte(&d->body, '\n');
    hf_markup_parse(dialect, text, mem, &spans);
    for (size_t i = 0; i < spans.n; i++)
        add_span(d, &spans.span[i]);
}

void hf_doc_build(hf_doc *d, const hf_record *r, hf_arena *mem)
{
    hf_buf_reset(&d->body);
    hf_buf_reset(&d->file);
    hf_buf_reset(&d->mention);
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];

        if (v->field == HF_F_MESSAGE_TEXT || v->field == HF_F_MESSAGE_VERSION_TEXT ||
            v->field == HF_F_MESSAGE_CARD_TEXT || v->field == HF_F_MESSAGE_CARD_PRETEXT)
            add_markup(d, r->dialect, v->text, mem);
        else if (v->field == HF_F_MESSAGE_AUTHOR_NAME || v->field == HF_F_MESSAGE_CARD_TITLE ||
                 v->field == HF_F_MESSAGE_CARD_LINK || v->field == HF_F_MESSAGE_CARD_FALLBACK ||
                 v->field == HF_F_MESSAGE_CARD_AUTHOR || v->field == HF_F_MESSAGE_CARD_FOOTER)
            add_line(&d->body, v->text);
        else if (v->field == HF_F_MESSAGE_FILE_NAME || v->field == HF_F_MESSAGE_FILE_TITLE)
            add_line(&d->file, v->text);
    }
}
