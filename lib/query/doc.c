/* query/doc.c: the searchable texts of a message. */
#include "query/doc.h"

#include <strings.h>

void hf_doc_init(hf_doc *d)
{
    hf_buf_init(&d->body, HF_BUF_UNBOUNDED);
    hf_buf_init(&d->earlier, HF_BUF_UNBOUNDED);
    hf_buf_init(&d->file, HF_BUF_UNBOUNDED);
    hf_buf_init(&d->mention, HF_BUF_UNBOUNDED);
}

void hf_doc_clear(hf_doc *d)
{
    hf_buf_clear(&d->body);
    hf_buf_clear(&d->earlier);
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
    /* A letter that nobody types: no word of a query, nor its beginning, hits a mention. */
    hf_buf_utf8(out, 0xA78F);
    hf_buf_byte(out, (char)what);
    if (is_word(id)) {
        hf_buf_add(out, id);
        return;
    }
    hf_buf_byte(out, 'x');
    for (size_t i = 0; i < id.n; i++)
        hf_buf_printf(out, "%02x", (unsigned)(unsigned char)id.p[i]);
}

/* A line of its own: words of two texts never become one. A phrase may reach from one to the next,
 * as it may from one line to the next. */
static void add_line(hf_buf *to, hf_view text)
{
    if (text.n == 0)
        return;
    if (to->n > 0)
        hf_buf_byte(to, '\n');
    hf_buf_add(to, text);
}

static void mention(hf_doc *d, hf_buf *to, hf_mention what, const hf_span *s)
{
    if (what != HF_MENTION_CHANNEL)
        d->traits |= HF_TRAIT_MENTION;
    if (d->mention.n > 0)
        hf_buf_byte(&d->mention, ' ');
    hf_doc_mention(&d->mention, what, s->target);
    hf_buf_add(to, s->text);
}

static void add_span(hf_doc *d, hf_buf *to, const hf_span *s)
{
    switch (s->kind) {
    case HF_SPAN_TEXT:
    case HF_SPAN_DATE:
    case HF_SPAN_PRE:
        hf_buf_add(to, s->text);
        break;
    case HF_SPAN_BREAK:
        hf_buf_byte(to, '\n');
        break;
    case HF_SPAN_LINK:
        d->traits |= HF_TRAIT_LINK;
        hf_buf_add(to, s->text);
        hf_buf_byte(to, ' ');
        hf_buf_add(to, s->target);
        break;
    case HF_SPAN_USER:
        mention(d, to, HF_MENTION_USER, s);
        break;
    case HF_SPAN_CHANNEL:
        mention(d, to, HF_MENTION_CHANNEL, s);
        break;
    case HF_SPAN_GROUP:
        mention(d, to, HF_MENTION_GROUP, s);
        break;
    case HF_SPAN_BROADCAST:
        mention(d, to, HF_MENTION_BROADCAST, s);
        hf_buf_add(to, s->target);
        break;
    case HF_SPAN_EMOJI:
        hf_buf_byte(to, ':');
        hf_buf_add(to, s->target);
        hf_buf_byte(to, ':');
        break;
    }
}

static void add_markup(hf_doc *d, hf_buf *to, hf_dialect dialect, hf_view text, hf_arena *mem)
{
    hf_spans spans = { NULL, 0 };

    if (text.n == 0)
        return;
    if (to->n > 0)
        hf_buf_byte(to, '\n');
    hf_markup_parse(dialect, text, mem, &spans);
    for (size_t i = 0; i < spans.n; i++)
        add_span(d, to, &spans.span[i]);
}

static bool is_image_name(hf_view name)
{
    static const char *const endings[] = { "png", "jpg",  "jpeg", "gif",  "webp", "bmp",
                                           "tif", "tiff", "heic", "heif", "svg",  "avif" };
    size_t dot = hf_view_find_last(name, '.');
    hf_view ending = hf_view_from(name, dot == HF_NPOS ? name.n : dot + 1);

    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (ending.n == strlen(endings[i]) && strncasecmp(ending.p, endings[i], ending.n) == 0)
            return true;
    return false;
}

/* The trait that the presence of a value gives. */
static unsigned trait_of(const hf_value *v)
{
    if (v->field >= HF_F_MESSAGE_FILE_ID && v->field <= HF_F_MESSAGE_FILE_PATH) {
        bool is_image =
            (v->field == HF_F_MESSAGE_FILE_MIME && hf_view_starts(v->text, HF_V("image/"))) ||
            (v->field == HF_F_MESSAGE_FILE_NAME && is_image_name(v->text));

        return HF_TRAIT_FILE | (is_image ? HF_TRAIT_IMAGE : 0U);
    }
    if (v->field == HF_F_MESSAGE_AUTHOR_BOT)
        return HF_TRAIT_BOT;
    if (v->field == HF_F_MESSAGE_EDITED_AT)
        return HF_TRAIT_EDITED;
    if (v->field >= HF_F_MESSAGE_REACTION_NAME && v->field <= HF_F_MESSAGE_REACTION_COUNT)
        return HF_TRAIT_REACTION;
    return v->field == HF_F_MESSAGE_CARD_LINK && v->text.n > 0 ? HF_TRAIT_LINK : 0;
}

static unsigned flag_traits(const hf_record *r)
{
    hf_view thread = hf_rec_get_text(r, HF_F_MESSAGE_THREAD);
    unsigned traits = 0;

    if ((r->flags & (HF_REC_STUB | HF_REC_MADE)) != 0)
        traits |= HF_TRAIT_ABSENT;
    if ((r->flags & HF_REC_BY_BOT) != 0)
        traits |= HF_TRAIT_BOT;
    if (thread.n > 0)
        traits |= hf_view_eq(thread, r->id) ? HF_TRAIT_ROOT : HF_TRAIT_REPLY;
    if (hf_rec_get_bool(r, HF_F_MESSAGE_IS_SYSTEM))
        traits |= HF_TRAIT_SYSTEM;
    if (hf_rec_get_bool(r, HF_F_MESSAGE_IS_DELETED))
        traits |= HF_TRAIT_DELETED;
    if (hf_rec_get_bool(r, HF_F_MESSAGE_IS_PINNED))
        traits |= HF_TRAIT_PIN;
    return traits;
}

/* Which text of the document a field goes to. */
static hf_buf *text_of(hf_doc *d, hf_field f)
{
    if (f == HF_F_MESSAGE_VERSION_TEXT)
        return &d->earlier;
    if (f == HF_F_MESSAGE_FILE_NAME || f == HF_F_MESSAGE_FILE_TITLE)
        return &d->file;
    return hf_doc_has(f) ? &d->body : NULL;
}

bool hf_doc_has(hf_field f)
{
    static const hf_field fields[] = {
        HF_F_MESSAGE_TEXT,          HF_F_MESSAGE_VERSION_TEXT, HF_F_MESSAGE_AUTHOR_NAME,
        HF_F_MESSAGE_CARD_TEXT,     HF_F_MESSAGE_CARD_PRETEXT, HF_F_MESSAGE_CARD_TITLE,
        HF_F_MESSAGE_CARD_LINK,     HF_F_MESSAGE_CARD_AUTHOR,  HF_F_MESSAGE_CARD_FOOTER,
        HF_F_MESSAGE_CARD_FALLBACK, HF_F_MESSAGE_FILE_NAME,    HF_F_MESSAGE_FILE_TITLE,
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (fields[i] == f)
            return true;
    return false;
}

void hf_doc_build(hf_doc *d, const hf_record *r, hf_arena *mem)
{
    hf_buf_reset(&d->body);
    hf_buf_reset(&d->earlier);
    hf_buf_reset(&d->file);
    hf_buf_reset(&d->mention);
    d->traits = flag_traits(r);
    for (uint32_t i = 0; i < r->nvalue; i++) {
        const hf_value *v = &r->value[i];
        hf_buf *to = text_of(d, v->field);

        d->traits |= trait_of(v);
        if (to != NULL && hf_field_get(v->field)->type == HF_TYPE_MARKUP)
            add_markup(d, to, r->dialect, v->text, mem);
        else if (to != NULL)
            add_line(to, v->text);
    }
}
