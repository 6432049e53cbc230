/* text/markup.h: the markup of chat texts, as one flat list of spans.
 *
 * Each dialect parses to the list and prints from it, so a format names its dialect and never
 * parses one, and n dialects need n parsers. What a dialect cannot say is printed as text that
 * looks the same, or nearly; what it does not know stays literal text. Time is linear in the bytes,
 * whatever they are.
 * Dialects  HF_DIALECT_PLAIN      no markup; printed without emphasis, links as "label (url)"
 *           HF_DIALECT_MRKDWN     Slack: https://api.slack.com/reference/surfaces/formatting
 *           HF_DIALECT_MARKDOWN   Mattermost: CommonMark's common subset as its web client's
 *                                 parser (github.com/mattermost/marked) reads it
 * Ownership spans and their views live in the arena given to hf_markup_parse.
 */
#ifndef HF_TEXT_MARKUP_H
#define HF_TEXT_MARKUP_H

#include "util/util.h"

typedef enum hf_dialect { HF_DIALECT_PLAIN, HF_DIALECT_MRKDWN, HF_DIALECT_MARKDOWN } hf_dialect;

typedef enum hf_span_kind {
    HF_SPAN_TEXT,      /* text, decoded; never a line feed */
    HF_SPAN_BREAK,     /* the end of a line */
    HF_SPAN_LINK,      /* target: URL; text: label, empty when the URL is shown */
    HF_SPAN_USER,      /* target: id (mrkdwn) or mention name (Markdown); text: label or empty */
    HF_SPAN_CHANNEL,   /* the same for channels; Markdown gives "~name" as text */
    HF_SPAN_GROUP,     /* the same for user groups; text with or without its @ */
    HF_SPAN_BROADCAST, /* target: here, channel, everyone, or group (as channel, in old texts) */
    HF_SPAN_DATE,      /* target: Slack's unix^format or unix^format^url; text: fallback */
    HF_SPAN_EMOJI,     /* target: Slack's name without colons, "wave" or "wave::skin-tone-3" */
    HF_SPAN_PRE,       /* text: the block's lines without the last line feed; target: language */
} hf_span_kind;

enum {
    HF_STYLE_BOLD = 1,
    HF_STYLE_ITALIC = 2,
    HF_STYLE_STRIKE = 4,
    HF_STYLE_CODE = 8,
    HF_STYLE_QUOTE = 16, /* the line that the span stands on is quoted; every quoted line has a
                            span, an empty HF_SPAN_TEXT if need be */
};

typedef struct hf_span {
    hf_span_kind kind;
    unsigned style; /* HF_STYLE_; meaningless on a BREAK */
    hf_view text;
    hf_view target;
} hf_span;

typedef struct hf_spans {
    hf_span *span;
    size_t n;
} hf_spans;

/* Spans of text; any bytes are fine. No emphasis crosses a line. */
HF_API void hf_markup_parse(hf_dialect d, hf_view text, hf_arena *mem, hf_spans *out);

/* How the target side names what the spans mention. Each function gets a span's target and returns
 * the name to print: towards Markdown or plain text the mention name of an id, towards mrkdwn the
 * id of a mention name; the empty view when unknown, which prints the label or the target as plain
 * text. The view is used before the next call. A NULL function knows nobody. */
typedef struct hf_names {
    void *self;
    hf_view (*user)(void *self, hf_view target);
    hf_view (*channel)(void *self, hf_view target);
    hf_view (*group)(void *self, hf_view target);
} hf_names;

/* Append the spans in a dialect. names NULL: labels and targets are printed as they are, as
 * mentions. */
HF_API void hf_markup_print(hf_dialect d, const hf_spans *s, const hf_names *names, hf_buf *out);

/* Append text as mrkdwn has it outside of spans: & < > are all that it escapes. */
HF_API void hf_mrkdwn_escape(hf_buf *out, hf_view text);

/* Append an emoji's name as used by a dialect, for reactions as well as texts: Slack writes skin
 * tones as "wave::skin-tone-3", Mattermost as "wave_medium_light_skin_tone". name may be in either
 * form, without colons. */
HF_API void hf_emoji_name(hf_dialect d, hf_view name, hf_buf *out);

#endif
