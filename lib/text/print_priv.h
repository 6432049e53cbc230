/* text/print_priv.h: the walk over a span list that mrkdwn and Markdown printing share. */
#ifndef HF_TEXT_PRINT_PRIV_H
#define HF_TEXT_PRINT_PRIV_H

#include "text/markup_priv.h"

typedef struct hf_printer hf_printer;

/* What a dialect adds to the walk. */
typedef struct hf_printer_ops {
    const char *quote; /* written at the start of a quoted line */
    const char *empty; /* written after it when the line is empty */
    /* The marker that opens and closes a style over the spans from p->i up to end; NULL when the
     * dialect cannot set the style there, which leaves it out. */
    const char *(*marker)(hf_printer *p, unsigned bit, size_t end);
    /* Bytes [from, to) of a TEXT span; blanks at the span's ends are not in it. */
    void (*text)(hf_printer *p, hf_view text, size_t from, size_t to);
    /* Spans [p->i, end), all with HF_STYLE_CODE. */
    void (*code)(hf_printer *p, size_t end);
    void (*pre)(hf_printer *p, const hf_span *s);
    void (*other)(hf_printer *p, const hf_span *s); /* LINK to EMOJI */
    /* The line that ends at span p->i, a BREAK; NULL: "\n". */
    void (*line_end)(hf_printer *p);
} hf_printer_ops;

struct hf_printer {
    const hf_printer_ops *ops;
    const hf_spans *s;
    const hf_names *names; /* NULL: labels and targets */
    hf_buf *out;
    size_t i;             /* span being printed */
    size_t line;          /* offset in out of the line's first byte after the quote mark */
    bool at_line_start;   /* the line's quote mark is not written yet */
    bool is_quoted;       /* the line is */
    hf_buf blanks;        /* seen and not written: they go outside of markers */
    unsigned blank_style; /* what all of them have */
    hf_buf scratch;
    struct {
        unsigned bit;
        const char *marker;
    } open[3]; /* innermost last */
    int depth;
    size_t end[3];     /* where the run of style bit i ends, once looked up */
    size_t dropped[3]; /* style bit i is left out up to this span */
    void *dialect;     /* the dialect's own */
};

void hf_printer_run(hf_printer *p, const hf_printer_ops *ops, const hf_spans *s,
                    const hf_names *names, hf_buf *out);

/* What is left and right of the place being printed; p->i is the span it belongs to. */
hf_side hf_printer_before(const hf_printer *p);
hf_side hf_printer_after(const hf_printer *p, size_t end);

/* The span after the one being printed; NULL when the line ends there. */
const hf_span *hf_printer_next(const hf_printer *p);

/* Write a name with its sign, apart from the words around it, which would change it. */
void hf_printer_mention(hf_printer *p, char sign, hf_view name);

#endif
