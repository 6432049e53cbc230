/* text/markup.c: the dialects, and the small grammars that they share. */
#include "text/markup_priv.h"

#include "text/fold_priv.h"

void hf_markup_parse(hf_dialect d, hf_view text, hf_arena *mem, hf_spans *out)
{
    switch (d) {
    case HF_DIALECT_MRKDWN:
        hf_mrkdwn_parse(text, mem, out);
        return;
    case HF_DIALECT_MARKDOWN:
        hf_markdown_parse(text, mem, out);
        return;
    case HF_DIALECT_PLAIN:
    default:
        hf_plain_parse(text, mem, out);
        return;
    }
}

void hf_markup_print(hf_dialect d, const hf_spans *s, const hf_names *names, hf_buf *out)
{
    switch (d) {
    case HF_DIALECT_MRKDWN:
        hf_mrkdwn_print(s, names, out);
        return;
    case HF_DIALECT_MARKDOWN:
        hf_markdown_print(s, names, out);
        return;
    case HF_DIALECT_PLAIN:
    default:
        hf_plain_print(s, names, out);
        return;
    }
}

/* --- characters ---------------------------------------------------------------------------- */

static hf_side side_of(int32_t cp)
{
    hf_char_kind kind;

    if (cp < 0x80) {
        if (cp == ' ' || (cp >= '\t' && cp <= '\r'))
            return HF_SIDE_SPACE;
        return hf_is_alnum((char)cp) ? HF_SIDE_WORD : HF_SIDE_SIGN;
    }
    if (cp == 0xA0 || (cp >= 0x2000 && cp <= 0x200B) || cp == 0x202F || cp == 0x3000)
        return HF_SIDE_SPACE;
    kind = hf_char_kind_of(cp);
    return kind == HF_CHAR_WORD || kind == HF_CHAR_UNSPACED || kind == HF_CHAR_MARK ? HF_SIDE_WORD
                                                                                    : HF_SIDE_SIGN;
}

hf_side hf_side_after(hf_view v, size_t at)
{
    int32_t cp;

    if (at >= v.n)
        return HF_SIDE_SPACE;
    return hf_char_read(v, at, &cp) == 0 ? HF_SIDE_SIGN : side_of(cp);
}

hf_side hf_side_before(hf_view v, size_t at)
{
    size_t start = at;

    if (at == 0)
        return HF_SIDE_SPACE;
    do
        start--;
    while (start > 0 && at - start < 4 && ((unsigned char)v.p[start] & 0xC0) == 0x80);
    return hf_side_after(hf_view_sub(v, 0, at), start);
}

/* --- emoji --------------------------------------------------------------------------------- */

static const struct {
    const char *slack, *mattermost;
} skin_tones[] = {
    /* Longer names first: "_light_skin_tone" ends "_medium_light_skin_tone" as well. */
    { "::skin-tone-3", "_medium_light_skin_tone" }, { "::skin-tone-5", "_medium_dark_skin_tone" },
    { "::skin-tone-2", "_light_skin_tone" },        { "::skin-tone-4", "_medium_skin_tone" },
    { "::skin-tone-6", "_dark_skin_tone" },
};

enum { SKIN_TONES = sizeof(skin_tones) / sizeof(skin_tones[0]) };

void hf_emoji_name(hf_dialect d, hf_view name, hf_buf *out)
{
    for (size_t i = 0; i < SKIN_TONES; i++) {
        hf_view slack = hf_view_str(skin_tones[i].slack);
        hf_view mattermost = hf_view_str(skin_tones[i].mattermost);
        hf_view tone = hf_view_ends(name, slack) ? slack : mattermost;

        if (name.n > tone.n && hf_view_ends(name, tone)) {
            hf_buf_add(out, hf_view_sub(name, 0, name.n - tone.n));
            hf_buf_add(out, d == HF_DIALECT_MARKDOWN ? mattermost : slack);
            return;
        }
    }
    hf_buf_add(out, name);
}

static bool is_emoji_byte(char c)
{
    return hf_is_alnum(c) || c == '_' || c == '-' || c == '+' || c == '\'' ||
           (unsigned char)c >= 0x80;
}

/* Bytes of an emoji name at at, up to the colon that must follow; 0 when there is none. Names of
 * signs and digits alone are taken for times and ratios ("10:30:45"), but for the known four. */
static size_t emoji_name_at(hf_view v, size_t at)
{
    static const char *const signs[] = { "+1", "-1", "100", "1234" };
    bool has_letter = false;
    size_t n = 0;
    hf_view name;

    while (at + n < v.n && is_emoji_byte(v.p[at + n])) {
        has_letter = has_letter || hf_is_letter(v.p[at + n]) || (unsigned char)v.p[at + n] >= 0x80;
        n++;
    }
    if (n == 0 || at + n == v.n || v.p[at + n] != ':')
        return 0;
    name = hf_view_sub(v, at, n);
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        has_letter = has_letter || hf_view_is(name, signs[i]);
    return has_letter ? n : 0;
}

size_t hf_emoji_at(hf_view v, size_t at)
{
    size_t n = emoji_name_at(v, at + 1);
    hf_view rest;

    if (n == 0)
        return 0;
    n += 2;
    rest = hf_view_from(v, at + n - 1);
    for (size_t i = 0; i < SKIN_TONES; i++) {
        hf_view tone = hf_view_str(skin_tones[i].slack);

        if (hf_view_starts(rest, tone) && rest.n > tone.n && rest.p[tone.n] == ':')
            return n + tone.n;
    }
    return n;
}

/* --- URLs ---------------------------------------------------------------------------------- */

size_t hf_scheme_of(hf_view url)
{
    size_t n = 0;

    while (n < url.n && n < 32 &&
           (hf_is_letter(url.p[n]) || (n > 0 && (hf_is_digit(url.p[n]) || url.p[n] == '+' ||
                                                 url.p[n] == '-' || url.p[n] == '.'))))
        n++;
    return n > 1 && n < url.n && url.p[n] == ':' ? n : 0;
}

static bool is_url_byte(char c)
{
    return (unsigned char)c > ' ' && c != 0x7F && c != '<' && c != '>' && c != '"' && c != '`';
}

/* Cut what closes or ends a sentence rather than an address: signs, and brackets that opened
 * outside. */
static size_t trim_url(const char *p, size_t n)
{
    size_t parens = 0, closes = 0;

    for (size_t i = 0; i < n; i++) {
        parens += p[i] == '(';
        closes += p[i] == ')';
    }
    while (n > 0) {
        char c = p[n - 1];

        if (c == ')' && closes > parens)
            closes--;
        else if (c == '\0' || strchr("?!.,:;*_~'", c) == NULL)
            break;
        n--;
    }
    return n;
}

size_t hf_url_at(hf_view v, size_t at)
{
    static const char *const schemes[] = { "http://", "https://", "ftp://" };
    hf_view rest = hf_view_from(v, at);
    size_t start = 0, n;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i]);

        if (rest.n > len && strncasecmp(rest.p, schemes[i], len) == 0)
            start = len;
    }
    if (start == 0 || hf_side_before(v, at) == HF_SIDE_WORD)
        return 0;
    for (n = start; n < rest.n && is_url_byte(rest.p[n]); n++)
        if (rest.p[n] == ']' && n + 1 < rest.n && rest.p[n + 1] == '(')
            break; /* the label of a link ends here */
    n = trim_url(rest.p, n);
    return n > start ? n : 0;
}

/* --- what a span shows --------------------------------------------------------------------- */

hf_view hf_mention_name(const hf_span *s, const hf_names *names, bool *is_known)
{
    hf_view name = { NULL, 0 };
    hf_view (*look_up)(void *, hf_view) = NULL;

    *is_known = true;
    if (names == NULL)
        return s->target;
    if (s->kind == HF_SPAN_USER)
        look_up = names->user;
    else if (s->kind == HF_SPAN_CHANNEL)
        look_up = names->channel;
    else if (s->kind == HF_SPAN_GROUP)
        look_up = names->group;
    if (look_up != NULL)
        name = look_up(names->self, s->target);
    *is_known = name.n > 0;
    return name;
}

static void show_mention(const hf_span *s, const hf_names *names, char sign, hf_buf *out)
{
    bool is_known = false;
    hf_view name = names == NULL ? (hf_view){ NULL, 0 } : hf_mention_name(s, names, &is_known);

    if (!is_known)
        name = s->text.n > 0 ? s->text : s->target;
    /* A label may have its sign: Slack's "@group", Mattermost's "~channel". */
    if (name.n == 0 || (name.p[0] != sign && name.p[0] != '~'))
        hf_buf_byte(out, sign);
    hf_buf_add(out, name);
}

void hf_span_shown(const hf_span *s, const hf_names *names, hf_buf *out)
{
    switch (s->kind) {
    case HF_SPAN_LINK:
        hf_buf_add(out, s->text.n > 0 ? s->text : s->target);
        break;
    case HF_SPAN_USER:
    case HF_SPAN_GROUP:
        show_mention(s, names, '@', out);
        break;
    case HF_SPAN_CHANNEL:
        show_mention(s, names, '#', out);
        break;
    case HF_SPAN_BROADCAST:
        hf_buf_byte(out, '@');
        hf_buf_add(out, s->target);
        break;
    case HF_SPAN_EMOJI:
        hf_buf_byte(out, ':');
        hf_buf_add(out, s->target);
        hf_buf_byte(out, ':');
        break;
    case HF_SPAN_BREAK:
        hf_buf_byte(out, '\n');
        break;
    case HF_SPAN_TEXT:
    case HF_SPAN_DATE:
    case HF_SPAN_PRE:
    default:
        hf_buf_add(out, s->text);
        break;
    }
}

size_t hf_style_end(const hf_spans *s, size_t i, unsigned bit)
{
    while (i < s->n && s->span[i].kind != HF_SPAN_BREAK && s->span[i].kind != HF_SPAN_PRE &&
           (s->span[i].style & bit) != 0)
        i++;
    return i;
}
