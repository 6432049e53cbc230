/* slack/blocks.c: the words of Block Kit and rich_text blocks, as mrkdwn.
 *
 * Only words are wanted, so layout is one line a block, list item or table row; unknown block types
 * are looked into for the same text objects that the known ones have.
 * Source   Block Kit reference; rich_text as observed in exports (docs/formats/slack.md)
 */
#include "slack/slack.h"
#include "text/markup.h"

enum { MAX_DEPTH = 16 }; /* real blocks nest 4 deep */

typedef struct words {
    const hf_tape *t;
    hf_arena *mem;
    hf_buf out;
} words;

static void put_element(words *w, uint32_t e, int depth);

static hf_view text_of(const words *w, uint32_t object, const char *key)
{
    return slack_id(w->t, hf_tape_get(w->t, object, key), w->mem);
}

static bool type_is(const words *w, uint32_t object, const char *type)
{
    return hf_view_is(text_of(w, object, "type"), type);
}

static bool is_list(const words *w, uint32_t tok)
{
    return tok != HF_NO_TOK && hf_tok_type(w->t, tok) == HF_JSON_ARRAY;
}

static void new_line(words *w)
{
    if (w->out.n > 0 && w->out.p[w->out.n - 1] != '\n')
        hf_buf_byte(&w->out, '\n');
}

static void put_around(words *w, const char *before, hf_view text, const char *after)
{
    hf_buf_str(&w->out, before);
    hf_buf_add(&w->out, text);
    hf_buf_str(&w->out, after);
}

static void put_link(words *w, uint32_t e)
{
    hf_view url = text_of(w, e, "url"), text = text_of(w, e, "text");

    hf_buf_byte(&w->out, '<');
    hf_mrkdwn_escape(&w->out, url);
    if (text.n > 0) {
        hf_buf_byte(&w->out, '|');
        hf_mrkdwn_escape(&w->out, text);
    }
    hf_buf_byte(&w->out, '>');
}

static void put_styled(words *w, uint32_t e)
{
    static const struct {
        const char *key, *mark;
    } styles[] = { { "code", "`" }, { "bold", "*" }, { "italic", "_" }, { "strike", "~" } };
    uint32_t style = hf_tape_get(w->t, e, "style");
    hf_view text = text_of(w, e, "text");
    const char *mark = "";

    for (size_t i = 0; i < sizeof(styles) / sizeof(styles[0]) && mark[0] == '\0'; i++) {
        uint32_t tok = hf_tape_get_in(w->t, style, styles[i].key);

        if (tok != HF_NO_TOK && hf_tok_type(w->t, tok) == HF_JSON_TRUE)
            mark = styles[i].mark;
    }
    /* Marks next to blanks are no marks. */
    if (text.n == 0 || text.p[0] == ' ' || text.p[text.n - 1] == ' ')
        mark = "";
    hf_buf_str(&w->out, mark);
    hf_mrkdwn_escape(&w->out, text);
    hf_buf_str(&w->out, mark);
}

/* Leaf elements of rich text; false for anything else. */
static bool put_leaf(words *w, uint32_t e)
{
    if (type_is(w, e, "text"))
        put_styled(w, e);
    else if (type_is(w, e, "link"))
        put_link(w, e);
    else if (type_is(w, e, "emoji"))
        put_around(w, ":", text_of(w, e, "name"), ":");
    else if (type_is(w, e, "user"))
        put_around(w, "<@", text_of(w, e, "user_id"), ">");
    else if (type_is(w, e, "channel"))
        put_around(w, "<#", text_of(w, e, "channel_id"), ">");
    else if (type_is(w, e, "usergroup"))
        put_around(w, "<!subteam^", text_of(w, e, "usergroup_id"), ">");
    else if (type_is(w, e, "broadcast"))
        put_around(w, "<!", text_of(w, e, "range"), ">");
    else if (type_is(w, e, "date"))
        hf_mrkdwn_escape(&w->out, text_of(w, e, "fallback"));
    else if (type_is(w, e, "color"))
        hf_mrkdwn_escape(&w->out, text_of(w, e, "value"));
    else
        return false;
    return true;
}

/* {type: mrkdwn | plain_text, text}, or only a string. */
static void put_text(words *w, uint32_t tok)
{
    hf_view text;

    if (tok == HF_NO_TOK)
        return;
    if (hf_tok_type(w->t, tok) == HF_JSON_STRING) {
        hf_mrkdwn_escape(&w->out, hf_tok_string(w->t, tok, w->mem));
        return;
    }
    text = text_of(w, tok, "text");
    if (type_is(w, tok, "mrkdwn"))
        hf_buf_add(&w->out, text);
    else
        hf_mrkdwn_escape(&w->out, text);
}

/* on_lines: each but the first on a line of its own. */
static void put_each(words *w, uint32_t list, int depth, bool on_lines)
{
    bool is_first = true;

    if (!is_list(w, list) || depth > MAX_DEPTH)
        return;
    for (uint32_t e = hf_tape_first(w->t, list); e != HF_NO_TOK; e = hf_tape_after(w->t, list, e)) {
        if (on_lines && !is_first)
            new_line(w);
        is_first = false;
        put_element(w, e, depth + 1);
    }
}

static void put_cells(words *w, uint32_t row, int depth)
{
    bool is_first = true;

    if (!is_list(w, row))
        return;
    new_line(w);
    for (uint32_t c = hf_tape_first(w->t, row); c != HF_NO_TOK; c = hf_tape_after(w->t, row, c)) {
        if (!is_first)
            hf_buf_byte(&w->out, '\t');
        is_first = false;
        put_element(w, c, depth + 1);
    }
}

static void put_rows(words *w, uint32_t rows, int depth)
{
    if (!is_list(w, rows) || depth > MAX_DEPTH)
        return;
    for (uint32_t r = hf_tape_first(w->t, rows); r != HF_NO_TOK; r = hf_tape_after(w->t, rows, r))
        put_cells(w, r, depth);
}

/* The parts of rich_text. */
static bool put_rich(words *w, uint32_t e, int depth)
{
    uint32_t list = hf_tape_get(w->t, e, "elements");

    if (type_is(w, e, "rich_text")) {
        put_each(w, list, depth, true);
    } else if (type_is(w, e, "rich_text_section")) {
        put_each(w, list, depth, false);
    } else if (type_is(w, e, "rich_text_quote")) {
        new_line(w);
        hf_buf_str(&w->out, "&gt; ");
        put_each(w, list, depth, false);
        new_line(w);
    } else if (type_is(w, e, "rich_text_preformatted")) {
        new_line(w);
        hf_buf_str(&w->out, "```");
        put_each(w, list, depth, false);
        hf_buf_str(&w->out, "```\n");
    } else if (type_is(w, e, "rich_text_list") && is_list(w, list)) {
        for (uint32_t i = hf_tape_first(w->t, list); i != HF_NO_TOK;
             i = hf_tape_after(w->t, list, i)) {
            new_line(w);
            hf_buf_str(&w->out, "\xe2\x80\xa2 ");
            put_element(w, i, depth + 1);
        }
        new_line(w);
    } else {
        return false;
    }
    return true;
}

static void put_element(words *w, uint32_t e, int depth)
{
    static const char *const lines[] = { "title", "text", "description", "alt_text" };
    static const char *const lists[] = { "fields", "elements" };

    if (depth > MAX_DEPTH || put_leaf(w, e) || put_rich(w, e, depth))
        return;
    if (type_is(w, e, "mrkdwn") || type_is(w, e, "plain_text") || type_is(w, e, "raw_text")) {
        put_text(w, e);
        return;
    }
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        uint32_t tok = hf_tape_get(w->t, e, lines[i]);

        if (tok != HF_NO_TOK) {
            new_line(w);
            put_text(w, tok);
        }
    }
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        uint32_t list = hf_tape_get(w->t, e, lists[i]);

        if (list != HF_NO_TOK) {
            new_line(w);
            put_each(w, list, depth, true);
        }
    }
    put_rows(w, hf_tape_get(w->t, e, "rows"), depth);
}

hf_view slack_blocks_text(const hf_tape *t, uint32_t blocks, hf_arena *mem)
{
    words w = { .t = t, .mem = mem };
    hf_view text;

    hf_buf_init(&w.out, HF_BUF_UNBOUNDED);
    put_each(&w, blocks, 0, true);
    while (w.out.n > 0 && w.out.p[w.out.n - 1] == '\n')
        w.out.n--;
    text = hf_arena_dup(mem, hf_buf_view(&w.out));
    hf_buf_clear(&w.out);
    return text;
}
