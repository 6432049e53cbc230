/* text/spans.c: building span lists: coalesced text, and lines whose markers pair up.
 *
 * Emphasis is resolved with a stack that holds each marker kind once at most, so a line of n
 * markers costs n steps whatever their order. Brackets keep a chain through their items.
 */
#include "text/markup_priv.h"

/* --- spanner ------------------------------------------------------------------------------- */

void hf_spanner_init(hf_spanner *s, hf_arena *mem)
{
    memset(s, 0, sizeof(*s));
    s->mem = mem;
    hf_buf_init(&s->text, HF_BUF_UNBOUNDED);
}

static void push(hf_spanner *s, hf_span span)
{
    if (s->n == s->cap) {
        s->cap = s->cap == 0 ? 16 : s->cap * 2;
        s->span = hf_realloc(s->span, s->cap, sizeof(*s->span));
    }
    s->span[s->n++] = span;
}

static void end_text(hf_spanner *s)
{
    if (s->text.n == 0)
        return;
    push(s, (hf_span){ .kind = HF_SPAN_TEXT,
                       .style = s->style,
                       .text = hf_arena_dup(s->mem, hf_buf_view(&s->text)) });
    hf_buf_reset(&s->text);
}

void hf_spanner_text(hf_spanner *s, unsigned style, hf_view text)
{
    if (style != s->style)
        end_text(s);
    s->style = style;
    hf_buf_add(&s->text, text);
}

void hf_spanner_put(hf_spanner *s, hf_span span)
{
    end_text(s);
    push(s, span);
}

void hf_spanner_break(hf_spanner *s)
{
    hf_spanner_put(s, (hf_span){ .kind = HF_SPAN_BREAK });
}

void hf_spanner_finish(hf_spanner *s, hf_spans *out)
{
    end_text(s);
    out->n = s->n;
    out->span = hf_arena_alloc(s->mem, s->n * sizeof(*s->span));
    if (s->n > 0)
        memcpy(out->span, s->span, s->n * sizeof(*s->span));
    hf_free(s->span);
    hf_buf_clear(&s->text);
}

/* --- lines --------------------------------------------------------------------------------- */

void hf_line_init(hf_line *l, hf_spanner *to)
{
    memset(l, 0, sizeof(*l));
    l->to = to;
    hf_buf_init(&l->text, HF_BUF_UNBOUNDED);
}

void hf_line_clear(hf_line *l)
{
    hf_buf_clear(&l->text);
    hf_free(l->item);
}

static hf_item *add(hf_line *l, hf_item_kind kind, hf_view text)
{
    hf_item *it;

    if (l->n == l->cap) {
        l->cap = l->cap == 0 ? 16 : l->cap * 2;
        l->item = hf_realloc(l->item, l->cap, sizeof(*l->item));
    }
    it = &l->item[l->n++];
    memset(it, 0, sizeof(*it));
    it->kind = kind;
    it->at = l->text.n;
    it->n = text.n;
    hf_buf_add(&l->text, text);
    return it;
}

void hf_line_text(hf_line *l, hf_view text)
{
    if (text.n == 0)
        return;
    if (l->n > 0 && l->item[l->n - 1].kind == HF_ITEM_TEXT) {
        l->item[l->n - 1].n += text.n;
        hf_buf_add(&l->text, text);
    } else {
        add(l, HF_ITEM_TEXT, text);
    }
}

void hf_line_span(hf_line *l, hf_span span)
{
    add(l, HF_ITEM_SPAN, (hf_view){ NULL, 0 })->span = span;
}

/* Depth at which the marker kind is open, or -1. */
static int depth_of(const hf_line *l, int mark)
{
    for (int i = l->depth - 1; i >= 0; i--)
        if (l->open[i].mark == mark)
            return i;
    return -1;
}

bool hf_line_is_open(const hf_line *l, int mark)
{
    return depth_of(l, mark) >= 0;
}

void hf_line_mark(hf_line *l, int mark, unsigned style, hf_view text, bool can_open, bool can_close)
{
    int depth = depth_of(l, mark);
    hf_item *it = add(l, HF_ITEM_MARK, text);

    it->style = style;
    if (depth >= 0 && can_close) {
        it->state = HF_ITEM_CLOSES;
        l->item[l->open[depth].item].state = HF_ITEM_OPENS;
        l->depth = depth; /* what was opened inside and not closed stays literal */
    } else if (depth < 0 && can_open) {
        l->open[l->depth].item = l->n - 1;
        l->open[l->depth].mark = mark;
        l->depth++;
    }
}

void hf_line_bracket(hf_line *l, hf_view text)
{
    hf_item *it = add(l, HF_ITEM_BRACKET, text);

    it->outer = l->bracket;
    l->bracket = l->n;
}

void hf_line_unbracket(hf_line *l, bool is_link, hf_view target)
{
    size_t opener = l->bracket;
    hf_item *it;

    if (opener == 0 || !is_link) {
        if (opener > 0)
            l->bracket = l->item[opener - 1].outer;
        hf_line_text(l, HF_V("]"));
        return;
    }
    it = add(l, HF_ITEM_BRACKET, HF_V("]"));
    it->state = HF_ITEM_CLOSES;
    l->item[opener - 1].state = HF_ITEM_OPENS;
    l->item[opener - 1].span.target = target;
    l->bracket = 0; /* links do not nest: what is open around it is text */
    while (l->depth > 0 && l->open[l->depth - 1].item > opener - 1)
        l->depth--; /* emphasis opened in the label ends there */
}

typedef struct state {
    unsigned count[3]; /* open markers of BOLD, ITALIC, STRIKE */
    bool is_link;
    hf_view target;
    hf_buf label;
    unsigned label_style; /* what all of the label has */
} state;

static unsigned style_of(const state *st)
{
    return (st->count[0] > 0 ? HF_STYLE_BOLD : 0U) | (st->count[1] > 0 ? HF_STYLE_ITALIC : 0U) |
           (st->count[2] > 0 ? HF_STYLE_STRIKE : 0U);
}

static void give_text(hf_line *l, state *st, unsigned extra, hf_view text)
{
    unsigned style = style_of(st) | extra;

    if (st->is_link) {
        hf_buf_add(&st->label, text);
        st->label_style &= style;
    } else {
        hf_spanner_text(l->to, style | l->style, text);
    }
    l->has_span = l->has_span || text.n > 0;
}

static void give_span(hf_line *l, state *st, hf_span span)
{
    if (st->is_link) {
        unsigned style = style_of(st) | span.style;

        hf_span_shown(&span, NULL, &st->label);
        st->label_style &= style;
    } else if (span.kind == HF_SPAN_TEXT) {
        give_text(l, st, span.style, span.text); /* joins its neighbours */
    } else {
        span.style |= style_of(st) | l->style;
        hf_spanner_put(l->to, span);
        l->has_span = true;
    }
}

static void give_mark(state *st, const hf_item *it)
{
    for (unsigned i = 0; i < 3; i++) {
        if ((it->style & (1U << i)) == 0)
            continue;
        if (it->state == HF_ITEM_OPENS)
            st->count[i]++;
        else
            st->count[i]--;
    }
}

static void give_bracket(hf_line *l, state *st, const hf_item *it)
{
    hf_span link = { .kind = HF_SPAN_LINK };

    if (it->state == HF_ITEM_OPENS) {
        st->is_link = true;
        st->target = it->span.target;
        st->label_style = ~0U;
        hf_buf_reset(&st->label);
        return;
    }
    st->is_link = false;
    link.target = st->target;
    link.style = st->label.n == 0 ? 0U : st->label_style;
    if (!hf_view_eq(hf_buf_view(&st->label), st->target))
        link.text = hf_arena_dup(l->to->mem, hf_buf_view(&st->label));
    give_span(l, st, link);
}

static void resolve(hf_line *l)
{
    state st = { 0 };

    hf_buf_init(&st.label, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < l->n; i++) {
        const hf_item *it = &l->item[i];

        if (it->kind == HF_ITEM_SPAN)
            give_span(l, &st, it->span);
        else if (it->kind == HF_ITEM_TEXT || it->state == HF_ITEM_LITERAL)
            give_text(l, &st, 0, (hf_view){ l->text.p + it->at, it->n });
        else if (it->kind == HF_ITEM_MARK)
            give_mark(&st, it);
        else
            give_bracket(l, &st, it);
    }
    hf_buf_clear(&st.label);
    hf_buf_reset(&l->text);
    l->n = 0;
    l->depth = 0;
    l->bracket = 0;
}

void hf_line_block(hf_line *l, hf_span span)
{
    resolve(l);
    span.style |= l->style;
    hf_spanner_put(l->to, span);
    l->has_span = true;
}

void hf_line_begin(hf_line *l, unsigned style)
{
    l->style = style;
    l->has_span = false;
}

void hf_line_end(hf_line *l)
{
    resolve(l);
    if (l->style != 0 && !l->has_span)
        hf_spanner_put(l->to, (hf_span){ .kind = HF_SPAN_TEXT, .style = l->style });
}
