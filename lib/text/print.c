/* text/print.c: styles to nested markers, blanks outside of them, quote marks, code runs.
 *
 * Span styles may overlap in any way; markers must nest. What ends first is opened last, and what
 * still has to be closed early is opened again. The end of a style's run is looked up once per run.
 */
#include "text/print_priv.h"

enum { EMPHASIS = HF_STYLE_BOLD | HF_STYLE_ITALIC | HF_STYLE_STRIKE };

hf_side hf_printer_before(const hf_printer *p)
{
    if (p->out->n == p->line)
        return HF_SIDE_SPACE;
    return hf_side_before((hf_view){ p->out->p + p->line, p->out->n - p->line },
                          p->out->n - p->line);
}

hf_side hf_printer_after(const hf_printer *p, size_t end)
{
    const hf_span *last = &p->s->span[end - 1];
    const hf_span *next = end < p->s->n ? &p->s->span[end] : NULL;

    if (last->kind == HF_SPAN_TEXT && last->text.n > 0 &&
        hf_is_blank(last->text.p[last->text.n - 1]))
        return HF_SIDE_SPACE; /* blanks go behind the marker */
    if (next == NULL || next->kind == HF_SPAN_BREAK || next->kind == HF_SPAN_PRE)
        return HF_SIDE_SPACE;
    if (next->kind == HF_SPAN_TEXT && (next->style & HF_STYLE_CODE) == 0)
        return hf_side_after(next->text, 0);
    return HF_SIDE_SIGN;
}

const hf_span *hf_printer_next(const hf_printer *p)
{
    const hf_span *next = p->i + 1 < p->s->n ? &p->s->span[p->i + 1] : NULL;

    return next == NULL || next->kind == HF_SPAN_BREAK ? NULL : next;
}

void hf_printer_mention(hf_printer *p, char sign, hf_view name)
{
    const hf_span *next = hf_printer_next(p);
    hf_view after = { NULL, 0 };

    if (hf_printer_before(p) == HF_SIDE_WORD)
        hf_buf_byte(p->out, ' ');
    hf_buf_byte(p->out, sign);
    hf_buf_add(p->out, name);
    if (next != NULL && next->kind == HF_SPAN_TEXT)
        after = next->text;
    if (after.n == 0)
        return;
    if (hf_is_alnum(after.p[0]) || after.p[0] == '_' ||
        (after.n > 1 && (after.p[0] == '.' || after.p[0] == '-') && hf_is_alnum(after.p[1])))
        hf_buf_byte(p->out, ' ');
}

/* --- styles -------------------------------------------------------------------------------- */

static int index_of(unsigned bit)
{
    return bit == HF_STYLE_BOLD ? 0 : bit == HF_STYLE_ITALIC ? 1 : 2;
}

static unsigned open_bits(const hf_printer *p)
{
    unsigned bits = 0;

    for (int i = 0; i < p->depth; i++)
        bits |= p->open[i].bit;
    return bits;
}

/* Close what is not in want, and whatever lies inside of it. */
static void close_styles(hf_printer *p, unsigned want)
{
    int keep = 0;

    while (keep < p->depth && (p->open[keep].bit & want) != 0)
        keep++;
    while (p->depth > keep)
        hf_buf_str(p->out, p->open[--p->depth].marker);
}

static size_t run_end(hf_printer *p, unsigned bit)
{
    size_t *end = &p->end[index_of(bit)];

    if (*end <= p->i)
        *end = hf_style_end(p->s, p->i, bit);
    return *end;
}

static void open_styles(hf_printer *p, unsigned missing)
{
    while (missing != 0) {
        unsigned best = 0;
        const char *marker;

        for (unsigned bit = 1; bit <= HF_STYLE_STRIKE; bit <<= 1)
            if ((missing & bit) != 0 && (best == 0 || run_end(p, bit) > run_end(p, best)))
                best = bit;
        missing &= ~best;
        marker = p->ops->marker(p, best, run_end(p, best));
        if (marker == NULL) {
            p->dropped[index_of(best)] = run_end(p, best);
            continue;
        }
        p->open[p->depth].bit = best;
        p->open[p->depth].marker = marker;
        p->depth++;
        hf_buf_str(p->out, marker);
    }
}

static void flush_blanks(hf_printer *p)
{
    hf_buf_add(p->out, hf_buf_view(&p->blanks));
    hf_buf_reset(&p->blanks);
    p->blank_style = EMPHASIS;
}

static void add_blanks(hf_printer *p, hf_view blanks, unsigned style)
{
    if (blanks.n == 0)
        return;
    hf_buf_add(&p->blanks, blanks);
    p->blank_style &= style;
}

static void set_style(hf_printer *p, unsigned style)
{
    unsigned want = style & EMPHASIS;

    for (unsigned bit = 1; bit <= HF_STYLE_STRIKE; bit <<= 1)
        if (p->i < p->dropped[index_of(bit)])
            want &= ~bit;
    close_styles(p, want & p->blank_style);
    flush_blanks(p);
    open_styles(p, want & ~open_bits(p));
}

/* --- the walk ------------------------------------------------------------------------------ */

static void begin_line(hf_printer *p, const hf_span *first)
{
    p->at_line_start = false;
    p->is_quoted = (first->style & HF_STYLE_QUOTE) != 0;
    if (p->is_quoted)
        hf_buf_str(p->out, p->ops->quote);
    p->line = p->out->n;
}

static void end_line(hf_printer *p)
{
    close_styles(p, 0);
    flush_blanks(p);
    if (p->ops->line_end == NULL)
        hf_buf_byte(p->out, '\n');
    else
        p->ops->line_end(p);
    p->at_line_start = true;
    p->is_quoted = false;
    p->line = p->out->n;
}

static void print_text(hf_printer *p, const hf_span *s)
{
    hf_view text = s->text;
    size_t from = 0, to = text.n;

    if (text.n == 0 && p->is_quoted && p->out->n == p->line)
        hf_buf_str(p->out, p->ops->empty);
    while (from < to && hf_is_blank(text.p[from]))
        from++;
    while (to > from && hf_is_blank(text.p[to - 1]))
        to--;
    add_blanks(p, hf_view_sub(text, 0, from), s->style);
    if (to > from) {
        set_style(p, s->style);
        p->ops->text(p, text, from, to);
    }
    add_blanks(p, hf_view_from(text, to), s->style);
}

void hf_printer_run(hf_printer *p, const hf_printer_ops *ops, const hf_spans *s,
                    const hf_names *names, hf_buf *out)
{
    p->ops = ops;
    p->s = s;
    p->names = names;
    p->out = out;
    p->line = out->n;
    p->at_line_start = true;
    p->blank_style = EMPHASIS;
    hf_buf_init(&p->blanks, HF_BUF_UNBOUNDED);
    hf_buf_init(&p->scratch, HF_BUF_UNBOUNDED);
    while (p->i < s->n) {
        const hf_span *span = &s->span[p->i];
        size_t next = p->i + 1;

        if (p->at_line_start && span->kind != HF_SPAN_BREAK)
            begin_line(p, span);
        if (span->kind == HF_SPAN_BREAK) {
            end_line(p);
        } else if (span->kind == HF_SPAN_PRE) {
            set_style(p, 0);
            ops->pre(p, span);
        } else if ((span->style & HF_STYLE_CODE) != 0) {
            set_style(p, span->style);
            next = hf_style_end(s, p->i, HF_STYLE_CODE);
            ops->code(p, next);
        } else if (span->kind == HF_SPAN_TEXT) {
            print_text(p, span);
        } else {
            set_style(p, span->style);
            ops->other(p, span);
        }
        p->i = next;
    }
    close_styles(p, 0);
    flush_blanks(p);
    hf_buf_clear(&p->blanks);
    hf_buf_clear(&p->scratch);
}
