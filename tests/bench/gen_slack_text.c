/* tests/bench/gen_slack_text.c: a neutral text as Slack's mrkdwn and as rich_text. */
#include "gen_slack.h"

static uint64_t number_of(hf_view v)
{
    uint64_t n = 0;
    (void)hf_view_u64(v, &n);
    return n;
}

static void add_escaped(hf_buf *out, hf_view v)
{
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        if (c == '&')
            ADD(out, "&amp;");
        else if (c == '<')
            ADD(out, "&lt;");
        else if (c == '>')
            ADD(out, "&gt;");
        else
            hf_buf_byte(out, c);
    }
}

static void add_wrapped(hf_buf *out, const char *before, hf_view v, const char *after)
{
    hf_buf_str(out, before);
    add_escaped(out, v);
    hf_buf_str(out, after);
}

static void add_piece(const gen_slack *k, hf_buf *out, char mark, hf_view v)
{
    const gen_channel *c;
    switch (mark) {
    case 'U':
        add_wrapped(out, "<@", hf_view_str(gen_slack_ref(&k->w->user[number_of(v)])), ">");
        break;
    case 'C':
        c = &k->w->channel[number_of(v)];
        add_wrapped(out, "<#", hf_view_str(c->id), "|");
        if (c->kind == GEN_PUBLIC)
            add_escaped(out, hf_view_str(c->shown));
        hf_buf_byte(out, '>');
        break;
    case 'L':
        add_wrapped(out, "<", v, ">");
        break;
    case 'E':
        add_wrapped(out, ":", v, ":");
        break;
    case 'H':
        add_wrapped(out, "<!", v, ">");
        break;
    case 'B':
        add_wrapped(out, "*", v, "*");
        break;
    case 'K':
        add_wrapped(out, "`", v, "`");
        break;
    case 'P':
        add_wrapped(out, "```", v, "```");
        break;
    default:
        add_escaped(out, v);
        break;
    }
}

void gen_slack_mrkdwn(gen_slack *k, hf_buf *b, hf_view text)
{
    char mark;
    hf_view v;
    hf_buf_reset(&k->mrkdwn);
    while (gen_next_piece(&text, &mark, &v))
        add_piece(k, &k->mrkdwn, mark, v);
    gen_put_text(b, hf_buf_view(&k->mrkdwn), HF_JSON_PHP);
}

/* --- rich_text ----------------------------------------------------------------------------------
 */

#define LEAF  "                            {\n                                \"type\": "
#define FIELD ",\n                                "
#define STYLE ",\n                                    "
#define CLOSE "\n                            }"

static void add_leaf_text(hf_buf *b, hf_view v, const char *style)
{
    ADD(b, LEAF "\"text\"" FIELD "\"text\": ");
    gen_put_text(b, v, HF_JSON_PHP);
    if (style != NULL) {
        ADD(b, FIELD "\"style\": {\n                                    \"");
        hf_buf_str(b, style);
        ADD(b, "\": true\n                                }");
    }
    ADD(b, CLOSE);
}

static void add_leaf(gen_slack *k, hf_buf *b, char mark, hf_view v)
{
    switch (mark) {
    case 'B':
        add_leaf_text(b, v, "bold");
        return;
    case 'K':
        add_leaf_text(b, v, "code");
        return;
    case 'U':
        ADD(b, LEAF "\"user\"" FIELD "\"user_id\": ");
        v = hf_view_str(gen_slack_ref(&k->w->user[number_of(v)]));
        break;
    case 'C':
        ADD(b, LEAF "\"channel\"" FIELD "\"channel_id\": ");
        v = hf_view_str(k->w->channel[number_of(v)].id);
        break;
    case 'L':
        ADD(b, LEAF "\"link\"" FIELD "\"url\": ");
        break;
    case 'E':
        ADD(b, LEAF "\"emoji\"" FIELD "\"name\": ");
        break;
    case 'H':
        ADD(b, LEAF "\"broadcast\"" FIELD "\"range\": ");
        break;
    default:
        add_leaf_text(b, v, NULL);
        return;
    }
    hf_json_put_string(b, v, HF_JSON_PHP);
    ADD(b, CLOSE);
}

void gen_slack_blocks(gen_slack *k, hf_buf *b, hf_view text, uint64_t id)
{
    bool is_code = text.n > 1 && text.p[0] == GEN_MARK && text.p[1] == 'P';
    hf_buf_printf(
        b,
        ",\n        \"blocks\": [\n            {\n                \"type\": \"rich_text\",\n"
        "                \"block_id\": \"b%04x",
        (unsigned)(id & 0xffff));
    ADD(b, "\",\n                \"elements\": [\n                    {\n"
           "                        \"type\": \"rich_text_");
    hf_buf_str(b, is_code ? "preformatted" : "section");
    ADD(b, "\",\n                        \"elements\": [\n");
    char mark;
    hf_view v;
    for (bool is_first = true; gen_next_piece(&text, &mark, &v); is_first = false) {
        if (!is_first)
            ADD(b, ",\n");
        add_leaf(k, b, mark, v);
    }
    ADD(b, "\n                        ]");
    if (is_code)
        ADD(b, ",\n                        \"border\": 0");
    ADD(b, "\n                    }\n                ]\n            }\n        ]");
}
