/* text/markup.h: message markup: every dialect parses to one flat span list and prints from it.
 *
 * A format names its dialect and never parses one. Parsing never fails: what is not markup is text.
 */
#ifndef HF_TEXT_MARKUP_H
#define HF_TEXT_MARKUP_H

#include "util/util.h"

typedef enum hf_dialect {
    HF_DIALECT_PLAIN,
    HF_DIALECT_MRKDWN,   /* Slack */
    HF_DIALECT_MARKDOWN, /* Mattermost */
} hf_dialect;

typedef enum hf_span_kind {
    HF_SPAN_TEXT,
    HF_SPAN_BREAK, /* one line end */
    HF_SPAN_LINK,  /* text: label (empty: the address itself), target: address */
    HF_SPAN_USER, /* text: label, target: native user id (or name, in dialects that mention by name)
                   */
    HF_SPAN_CHANNEL,   /* text: label, target: native channel id or name */
    HF_SPAN_GROUP,     /* text: label, target: user group id */
    HF_SPAN_BROADCAST, /* target: here, channel or everyone */
    HF_SPAN_DATE,      /* text: fallback, target: the date specification */
    HF_SPAN_EMOJI,     /* target: name without colons, skin tone included */
    HF_SPAN_PRE,       /* text: a preformatted block; target: language */
} hf_span_kind;

enum {
    HF_STYLE_BOLD = 1,
    HF_STYLE_ITALIC = 2,
    HF_STYLE_STRIKE = 4,
    HF_STYLE_CODE = 8,
    HF_STYLE_QUOTE = 16
};

typedef struct hf_span {
    hf_span_kind kind;
    unsigned style; /* HF_STYLE_ */
    hf_view text, target;
} hf_span;

typedef struct hf_spans {
    hf_span *span; /* in the arena */
    size_t n;
} hf_spans;

HF_API void hf_markup_parse(hf_dialect d, hf_view text, hf_arena *mem, hf_spans *out);

/* How mentions are named where the text goes; an empty view means unknown: the label is used, else
 * the id. */
typedef struct hf_names {
    void *self;
    hf_view (*user)(void *self, hf_view target);
    hf_view (*channel)(void *self, hf_view target);
} hf_names;

/* names NULL: labels and ids. */
HF_API void hf_markup_print(hf_dialect d, const hf_spans *s, const hf_names *names, hf_buf *out);

#endif
