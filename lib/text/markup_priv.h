/* text/markup_priv.h: what the dialects share. */
#ifndef HF_TEXT_MARKUP_PRIV_H
#define HF_TEXT_MARKUP_PRIV_H

#include "text/markup.h"

/* --- characters ---------------------------------------------------------------------------- */

/* What emphasis rules ask about a neighbour; the ends of a text count as space, "_" as sign. */
typedef enum hf_side { HF_SIDE_SPACE, HF_SIDE_WORD, HF_SIDE_SIGN } hf_side;

hf_side hf_side_before(hf_view v, size_t at); /* of the character that ends at at */
hf_side hf_side_after(hf_view v, size_t at);  /* of the character that starts at at */

static inline bool hf_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static inline bool hf_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static inline bool hf_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool hf_is_alnum(char c)
{
    return hf_is_letter(c) || hf_is_digit(c);
}

static inline bool hf_is_ascii_sign(char c)
{
    return c > ' ' && c < 0x7F && !hf_is_alnum(c);
}

/* Bytes of ":name:" at at, colons included; 0 when there is no emoji name. */
size_t hf_emoji_at(hf_view v, size_t at);

/* Bytes of a bare http, https or ftp URL at at, without the punctuation after it; 0 when none. */
size_t hf_url_at(hf_view v, size_t at);

/* Does the URL begin "scheme:"? Then the scheme's length, otherwise 0. */
size_t hf_scheme_of(hf_view url);

/* --- building a span list ------------------------------------------------------------------ */

typedef struct hf_spanner {
    hf_arena *mem;
    hf_span *span; /* heap until finish */
    size_t n, cap;
    hf_buf text; /* the TEXT span in progress */
    unsigned style;
} hf_spanner;

void hf_spanner_init(hf_spanner *s, hf_arena *mem);
void hf_spanner_text(hf_spanner *s, unsigned style, hf_view text);
/* Views are kept as they are: source text or arena. */
void hf_spanner_put(hf_spanner *s, hf_span span);
void hf_spanner_break(hf_spanner *s);
void hf_spanner_finish(hf_spanner *s, hf_spans *out);

/* --- one line: text, spans and markers, resolved when the line is done ----------------------- */

/* Marker kinds: at most one of each is open at a time, which keeps the work linear. */
enum { HF_MARKS = 5 };

typedef enum hf_item_kind {
    HF_ITEM_TEXT,
    HF_ITEM_SPAN,
    HF_ITEM_MARK,
    HF_ITEM_BRACKET
} hf_item_kind;
typedef enum hf_item_state { HF_ITEM_LITERAL, HF_ITEM_OPENS, HF_ITEM_CLOSES } hf_item_state;

typedef struct hf_item {
    hf_item_kind kind;
    hf_item_state state; /* of a MARK or BRACKET */
    unsigned style;      /* of a MARK */
    size_t at, n;        /* literal text, in hf_line.text */
    size_t outer;        /* of a BRACKET that opens: index + 1 of the bracket around it */
    hf_span span;        /* of a SPAN; target of a BRACKET */
} hf_item;

typedef struct hf_line {
    hf_spanner *to;
    unsigned style; /* of everything on the line: HF_STYLE_QUOTE or 0 */
    bool has_span;  /* something of this line went to the spanner already */
    hf_buf text;
    hf_item *item;
    size_t n, cap;
    struct {
        size_t item; /* index of the MARK */
        int mark;
    } open[HF_MARKS]; /* innermost last */
    int depth;
    size_t bracket; /* innermost open bracket: index + 1 */
} hf_line;

void hf_line_init(hf_line *l, hf_spanner *to);
void hf_line_clear(hf_line *l);
void hf_line_text(hf_line *l, hf_view text);
/* span.style is added to; views are kept as they are. */
void hf_line_span(hf_line *l, hf_span span);
/* A marker of the kind mark that sets style and reads text when it pairs with nothing. */
void hf_line_mark(hf_line *l, int mark, unsigned style, hf_view text, bool can_open,
                  bool can_close);
bool hf_line_is_open(const hf_line *l, int mark);
/* "[", and "]" with the target that follows it; is_link false: "]" is only text. */
void hf_line_bracket(hf_line *l, hf_view text);
void hf_line_unbracket(hf_line *l, bool is_link, hf_view target);
/* A span that emphasis does not cross, on the line all the same. */
void hf_line_block(hf_line *l, hf_span span);
/* Start a line whose spans all have style. */
void hf_line_begin(hf_line *l, unsigned style);
/* Resolve the line and give it to the spanner, without a BREAK. */
void hf_line_end(hf_line *l);

/* --- printing ------------------------------------------------------------------------------ */

/* The name to print for a mention, and whether it is a mention there (false: plain text). */
hf_view hf_mention_name(const hf_span *s, const hf_names *names, bool *is_known);

/* What a span shows without any markup: label or URL, "@name", "#name", ":name:", fallback. */
void hf_span_shown(const hf_span *s, const hf_names *names, hf_buf *out);

/* First index after i whose span does not carry the style bit on the same line. */
size_t hf_style_end(const hf_spans *s, size_t i, unsigned bit);

void hf_mrkdwn_parse(hf_view text, hf_arena *mem, hf_spans *out);
void hf_mrkdwn_print(const hf_spans *s, const hf_names *names, hf_buf *out);
void hf_markdown_parse(hf_view text, hf_arena *mem, hf_spans *out);
void hf_markdown_print(const hf_spans *s, const hf_names *names, hf_buf *out);
void hf_plain_parse(hf_view text, hf_arena *mem, hf_spans *out);
void hf_plain_print(const hf_spans *s, const hf_names *names, hf_buf *out);

#endif
