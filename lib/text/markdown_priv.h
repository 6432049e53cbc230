/* text/markdown_priv.h: escaping, shared by the parts of the Markdown printer. */
#ifndef HF_TEXT_MARKDOWN_PRIV_H
#define HF_TEXT_MARKDOWN_PRIV_H

#include "text/print_priv.h"

/* What the message as a whole makes dangerous. */
typedef struct hf_dangers {
    bool star, under, tilde, tick;
    bool angle;       /* a ">" may follow on a later line */
    size_t last_link; /* text bytes up to the last "](", 0: none */
    size_t seen;      /* text bytes printed so far */
    bool has_above;   /* the line above is a line of a paragraph */
} hf_dangers;

void hf_markdown_dangers(const hf_spans *spans, hf_dangers *d);

/* hf_printer_ops.text; p->dialect is the hf_dangers. */
void hf_markdown_text(hf_printer *p, hf_view v, size_t from, size_t to);

/* What span i is to its neighbour: the edge of the line, or something. i may be SIZE_MAX. */
hf_side hf_markdown_edge(const hf_spans *spans, size_t i);

/* Is v at at "&name;" or "&#1;", which would be read as a character? */
bool hf_markdown_is_entity(hf_view v, size_t at);

void hf_markdown_repeat(hf_buf *out, char c, size_t n);

#endif
