/* text/mrkdwn_print.c: spans as Slack's mrkdwn. */
#include "text/print_priv.h"

void hf_mrkdwn_escape(hf_buf *out, hf_view v)
{
    for (size_t i = 0; i < v.n; i++) {
        switch (v.p[i]) {
        case '&':
            hf_buf_str(out, "&amp;");
            break;
        case '<':
            hf_buf_str(out, "&lt;");
            break;
        case '>':
            hf_buf_str(out, "&gt;");
            break;
        default:
            hf_buf_byte(out, v.p[i]);
            break;
        }
    }
}

/* A URL's "|" would end it. */
static void add_url(hf_buf *out, hf_view url)
{
    for (;;) {
        size_t n = hf_view_find_byte(url, '|');

        hf_mrkdwn_escape(out, hf_view_sub(url, 0, n));
        if (n == HF_NPOS)
            return;
        hf_buf_str(out, "%7C");
        url = hf_view_from(url, n + 1);
    }
}

/* Markers count at word edges only, and not beside another of their kind. */
static const char *marker(hf_printer *p, unsigned bit, size_t end)
{
    const char *m = bit == HF_STYLE_BOLD ? "*" : bit == HF_STYLE_ITALIC ? "_" : "~";
    bool is_beside = p->out->n > p->line && p->out->p[p->out->n - 1] == m[0];

    if (is_beside || hf_printer_before(p) == HF_SIDE_WORD ||
        hf_printer_after(p, end) == HF_SIDE_WORD)
        return NULL;
    return m;
}

static void text(hf_printer *p, hf_view v, size_t from, size_t to)
{
    hf_mrkdwn_escape(p->out, hf_view_sub(v, from, to - from));
}

/* "<", sign, target, label, ">". */
static void add_token(hf_printer *p, const char *sign, hf_view target, hf_view label)
{
    hf_buf_byte(p->out, '<');
    hf_buf_str(p->out, sign);
    add_url(p->out, target);
    if (label.n > 0) {
        hf_buf_byte(p->out, '|');
        hf_mrkdwn_escape(p->out, label);
    }
    hf_buf_byte(p->out, '>');
}

static void add_mention(hf_printer *p, const hf_span *s)
{
    /* Where users and groups are spelled alike, a group is read as a user. */
    hf_span as_group = { HF_SPAN_GROUP, s->style, s->text, s->target };
    hf_span_kind kind = s->kind;
    bool is_known;
    hf_view id = hf_mention_name(s, p->names, &is_known);

    if (!is_known && kind == HF_SPAN_USER) {
        id = hf_mention_name(&as_group, p->names, &is_known);
        kind = HF_SPAN_GROUP;
    }
    if (is_known) {
        /* "~channel" is the spelling of another system, kept for the case below. */
        bool is_foreign = s->text.n > 0 && s->text.p[0] == '~';

        add_token(p,
                  kind == HF_SPAN_USER      ? "@"
                  : kind == HF_SPAN_CHANNEL ? "#"
                                            : "!subteam^",
                  id, is_foreign ? (hf_view){ NULL, 0 } : s->text);
        return;
    }
    hf_buf_reset(&p->scratch);
    hf_span_shown(s, NULL, &p->scratch);
    hf_mrkdwn_escape(p->out, hf_buf_view(&p->scratch));
}

static void other(hf_printer *p, const hf_span *s)
{
    switch (s->kind) {
    case HF_SPAN_LINK:
        add_token(p, "", s->target, s->text);
        break;
    case HF_SPAN_USER:
    case HF_SPAN_CHANNEL:
    case HF_SPAN_GROUP:
        add_mention(p, s);
        break;
    case HF_SPAN_BROADCAST:
        add_token(p, "!", s->target, (hf_view){ NULL, 0 });
        break;
    case HF_SPAN_DATE:
        add_token(p, "!date^", s->target, s->text);
        break;
    case HF_SPAN_EMOJI:
        hf_buf_byte(p->out, ':');
        hf_emoji_name(HF_DIALECT_MRKDWN, s->target, p->out);
        hf_buf_byte(p->out, ':');
        break;
    case HF_SPAN_TEXT:
    case HF_SPAN_BREAK:
    case HF_SPAN_PRE:
    default:
        break;
    }
}

static void code(hf_printer *p, size_t end)
{
    bool has_tick = false;

    for (size_t i = p->i; i < end && !has_tick; i++)
        has_tick = hf_view_find_byte(p->s->span[i].text, '`') != HF_NPOS;
    /* A tick inside cannot be said: the text is kept, its style is not. */
    if (!has_tick)
        hf_buf_byte(p->out, '`');
    for (; p->i < end; p->i++) {
        const hf_span *s = &p->s->span[p->i];

        if (s->kind == HF_SPAN_TEXT)
            hf_mrkdwn_escape(p->out, s->text);
        else
            other(p, s);
    }
    if (!has_tick)
        hf_buf_byte(p->out, '`');
}

static void pre(hf_printer *p, const hf_span *s)
{
    bool can_fence = hf_view_find(s->text, HF_V("```")) == HF_NPOS &&
                     (s->text.n == 0 || (s->text.p[0] != '`' && s->text.p[s->text.n - 1] != '`'));

    if (can_fence)
        hf_buf_str(p->out, "```");
    if (s->text.n == 0)
        hf_buf_byte(p->out, '\n'); /* six ticks are no block */
    hf_mrkdwn_escape(p->out, s->text);
    if (can_fence)
        hf_buf_str(p->out, "```");
}

void hf_mrkdwn_print(const hf_spans *s, const hf_names *names, hf_buf *out)
{
    static const hf_printer_ops ops = { "&gt;", "", marker, text, code, pre, other, NULL };
    hf_printer p = { 0 };

    hf_printer_run(&p, &ops, s, names, out);
}
