/* tests/lib/text/test_markup.c: texts cross dialects and come back, and none can hurt. */
#include "support.h"

#include "text/markup.h"

static const struct {
    const char *id, *name;
} people[] = { { "U024BE7LH", "ada" }, { "W7", "bob.lee" }, { "B1", "ci-bot" } },
  channels[] = { { "C024BE7LR", "town-square" }, { "G9", "deal_room" } },
  groups[] = { { "S0614TZR7", "legal" } };

/* Ids to names and names to ids: one table serves both directions. */
#define LOOK_UP(table, key)                       \
    for (size_t i = 0; i < T_COUNT(table); i++) { \
        if (hf_view_is(key, (table)[i].id))       \
            return hf_view_str((table)[i].name);  \
        if (hf_view_is(key, (table)[i].name))     \
            return hf_view_str((table)[i].id);    \
    }                                             \
    return (hf_view)                              \
    {                                             \
        NULL, 0                                   \
    }

static hf_view user(void *self, hf_view key)
{
    (void)self;
    LOOK_UP(people, key);
}

static hf_view channel(void *self, hf_view key)
{
    (void)self;
    LOOK_UP(channels, key);
}

static hf_view group(void *self, hf_view key)
{
    (void)self;
    LOOK_UP(groups, key);
}

static const hf_names names = { NULL, user, channel, group };

/* text in one dialect as another, in the arena. */
static hf_view convert(hf_arena *mem, hf_dialect from, hf_dialect to, hf_view text)
{
    hf_spans spans;
    hf_view result;
    hf_buf out;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    hf_markup_parse(from, text, mem, &spans);
    hf_markup_print(to, &spans, &names, &out);
    result = hf_arena_dup(mem, hf_buf_view(&out));
    hf_buf_clear(&out);
    return result;
}

#define MRKDWN   HF_DIALECT_MRKDWN
#define MARKDOWN HF_DIALECT_MARKDOWN
#define PLAIN    HF_DIALECT_PLAIN

/* Every row also comes back from Markdown as it was, unless a third column says how. */
static void mrkdwn_becomes_markdown_and_comes_back(void **state)
{
    static const struct {
        const char *mrkdwn, *markdown, *back;
    } rows[] = {
        { "", "", NULL },
        { "plain text, with signs: 5% (or so)!", "plain text, with signs: 5% (or so)!", NULL },
        { "two\nlines\n\nand more\n", "two\nlines\n\nand more\n", NULL },
        { "*bold* _it_ ~no~ `code`", "**bold** _it_ ~~no~~ `code`", NULL },
        { "(*b*), \"_i_\"; ~s~.", "(**b**), \"_i_\"; ~~s~~.", NULL },
        { "*bold _both_*", "**bold _both_**", NULL },
        { "_it *both* it_", "_it **both** it_", NULL },
        { "*_x_* ~*y*~", "**_x_** **~~y~~**", "*_x_* *~y~*" }, /* spans have no nesting order */
        { "*two words* and *`code`*", "**two words** and **`code`**", NULL },
        { "*<@U024BE7LH>*", "**@ada**", NULL },
        /* not emphasis in Slack, so not in Markdown */
        { "2 * 3 * 4", "2 * 3 * 4", NULL },
        { "a*b*c and snake_case_name", "a\\*b\\*c and snake_case_name", NULL },
        { "* not bold*", "\\* not bold*", NULL },
        { "**double**", "\\*\\*double\\*\\*", NULL },
        { "__init__ and x__y", "\\_\\_init\\_\\_ and x__y", NULL },
        { "*****", "\\*\\*\\*\\*\\*", NULL },
        { "x __ y __", "x \\_\\_ y \\_\\_", NULL },
        { "**x* a _b \\_ c_", "\\*\\*x\\* a _b &#92;_ c\\_", NULL },
        { "5* hotel, 3* food", "5* hotel, 3* food", NULL },
        { "a ~~ b ~~ c", "a \\~\\~ b \\~\\~ c", NULL },
        { "~5 minutes, ~10 km", "~5 minutes, ~10 km", NULL },
        { "one ` tick", "one ` tick", NULL },
        { "`code` and ` tick", "`code` and \\` tick", NULL },
        /* escapes */
        { "a &lt; b &amp;&amp; c &gt; d", "a < b && c > d", NULL },
        { "&amp;lt; &amp;copy; &amp;#65; AT&amp;T", "&amp;lt; &amp;copy; &amp;#65; AT&T", NULL },
        { "C:\\dir\\new \\o/", "C:\\dir\\new \\o/", NULL },
        { "\\\\server\\share a\\_b \\* x\\", "\\\\\\server\\share a\\\\_b \\\\* x\\", NULL },
        { "_x\\_ \\*y* \\<@W7>", "_x&#92;_ &#92;**y** &#92;@bob.lee", NULL },
        { "[x](y) [z]", "\\[x](y) [z]", NULL },
        { "see [1] and (2)", "see [1] and (2)", NULL },
        { "&lt;a@b.org&gt; &lt;b&gt;", "&lt;a@b.org> <b>", NULL },
        /* what would start a block */
        { "# not a heading\n#tag", "\\# not a heading\n#tag", NULL },
        { "- a\n+ b\n* c\n-d", "\\- a\n\\+ b\n\\* c\n-d", NULL },
        { "1. a\n2) b\n3.5 c\n2024", "1\\. a\n2\\) b\n3.5 c\n2024", NULL },
        { "x\n---\n-- \n===\n***", "x\n\\---\n\\-- \n&#61;==\n\\***", NULL },
        { "a|b\n-|-\n1|2", "a|b\n-\\|-\n1|2", NULL },
        { "[a]: http://x.org", "\\[a]: http://x.org", "[a]: <http://x.org>" },
        { "~~~\nx", "\\~~~\nx", NULL },
        { "-&gt; arrow", "-> arrow", NULL },
        { "+:100: -*x* - <https://x.org>", "+:100: -**x** - https://x.org", NULL },
        { "- *x*\n- <https://x.org|y>", "\\- **x**\n\\- [y](https://x.org)", NULL },
        { "x\n---=\n    - y", "x\n\\---=\n    \\- y", NULL },
        { "*---*\n[a]:wave:", "**\\---**\n\\[a]:wave:", NULL }, /* a rule, a definition */
        { "_a_<https://x.org>", "_a_<https://x.org>", NULL },
        /* code */
        { "`a * b _c_ &lt;d&gt;`", "`a * b _c_ <d>`", NULL },
        { "` x `", "`  x  `", NULL },
        { "```a\n  b```", "```\na\n  b\n```", NULL },
        { "```\na\n```", "```\na\n```", "```a```" },
        { "look:\n```x &amp; y```\nend", "look:\n```\nx & y\n```\nend", NULL },
        { "look: ```x``` end", "look: \n```\nx\n```\n end", "look: \n```x```\n end" },
        { "```a `` b```", "```\na `` b\n```", NULL },
        { "``````", "\\``````", NULL }, /* nothing inside: no block */
        { "```open", "\\```open", NULL },
        { "`<https://x.org|x.org>`", "`x.org`", "`x.org`" },
        /* quotes */
        { "&gt; a\n&gt;b\n&gt;\n&gt; c", "> a\n>b\n> \n> c", NULL },
        { "&gt; a\nafter", "> a\n\nafter", NULL },
        { "&gt; a\n\nafter\n&gt;b\n", "> a\n\n\nafter\n>b\n", NULL },
        { "&gt; a\n\n&gt; b", "> a\n\n> b", NULL },
        { "&gt;&gt;&gt; a\nb", "> a\n>b", "&gt; a\n&gt;b" },
        { "&gt; # *x* 1. y", "> \\# **x** 1. y", NULL },
        { "&gt;```a\nb```", ">```\n>a\n>b\n>```", NULL },
        { "a &gt; b", "a > b", NULL },
        /* links */
        { "<https://x.org/a_b?c=1&amp;d=2>", "https://x.org/a_b?c=1&d=2", NULL },
        { "see <https://x.org>, or <https://y.org>.", "see https://x.org, or https://y.org.",
          NULL },
        { "<https://x.org|the site>", "[the site](https://x.org)", NULL },
        { "<https://x.org|[T-1] a_b *c*>", "[[T-1] a_b \\*c\\*](https://x.org)", NULL },
        { "<https://x.org|a] b>", "[a&#93; b](https://x.org)", NULL },
        { "<https://x.org/a_(b)|w>", "[w](https://x.org/a_(b))", NULL },
        { "<https://x.org/a_(b)>", "<https://x.org/a_(b)>", NULL },
        { "<https://x.org/)|w>", "[w](https://x.org/%29)", "<https://x.org/%29|w>" },
        { "(<https://x.org>)x<https://y.org>", "(<https://x.org>)x<https://y.org>", NULL },
        { "<mailto:a@x.org|a@x.org> <tel:+49123|call>",
          "[a@x.org](mailto:a@x.org) [call](tel:+49123)", NULL },
        { "wow!<https://x.org|x>", "wow\\![x](https://x.org)", NULL },
        { "*<https://x.org|x>* _<https://y.org>_", "**[x](https://x.org)** _https://y.org_", NULL },
        { "<javascript:alert(1)|x>", "x", "x" },
        { "*a* <https://x.org/*z|b>", "**a** [b](https://x.org/*z)", NULL },
        /* mentions */
        { "hi <@U024BE7LH>, <@W7>: in <#C024BE7LR>!", "hi @ada, @bob.lee: in ~town-square!", NULL },
        { "<@U024BE7LH|x> <#G9|y>", "@ada ~deal_room", "<@U024BE7LH> <#G9>" },
        { "<@UNONE> <@UNONE|eve> <#CNONE|>", "@UNONE @eve ~CNONE", "@UNONE @eve ~CNONE" },
        { "<@U024BE7LH>'s _<@U024BE7LH>_", "@ada's _@ada_", NULL },
        { "<@U024BE7LH>x", "@ada x", "<@U024BE7LH> x" },
        { "<!here> <!channel> <!everyone|@everyone>", "@here @channel @all",
          "<!here> <!channel> <!everyone>" },
        { "<!group>", "@channel", "<!channel>" },
        { "<!subteam^S0614TZR7|@legal>", "@legal", "<!subteam^S0614TZR7>" },
        { "<!subteam^SNONE|@tax>", "@tax", "@tax" },
        { "<!date^1700000000^{date}^https://x.org|Nov *14*>", "Nov \\*14\\*", "Nov *14*" },
        { "<!unknown|x> <b>", "<!unknown|x> <b>", "&lt;!unknown|x&gt; &lt;b&gt;" },
        { "@nobody and me@x.org", "@nobody and me@x.org", NULL },
        /* emoji */
        { ":wave: :+1::skin-tone-3: :wave::skin-tone-6:",
          ":wave: :+1_medium_light_skin_tone: :wave_dark_skin_tone:", NULL },
        { "at 10:30:45, a:b", "at 10:30:45, a:b", NULL },
        /* other letters */
        { "\xc3\xa9*b*\xc3\xa9 *\xc3\xa9*", "\xc3\xa9\\*b\\*\xc3\xa9 **\xc3\xa9**", NULL },
        { "a\xff *b* \xc3", "a\xff **b** \xc3", NULL }, /* broken bytes stay */
    };
    hf_arena *mem = hf_arena_new();
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_view md = convert(mem, MRKDWN, MARKDOWN, hf_view_str(rows[i].mrkdwn));
        hf_view back = convert(mem, MARKDOWN, MRKDWN, md);
        const char *want = rows[i].back == NULL ? rows[i].mrkdwn : rows[i].back;

        if (!hf_view_is(md, rows[i].markdown)) {
            print_error("%s\n  wanted %s\n  got    %s\n", rows[i].mrkdwn, rows[i].markdown, md.p);
            failed++;
        }
        if (!hf_view_is(back, want)) {
            print_error("%s\n  as     %s\n  wanted %s\n  back   %s\n", rows[i].mrkdwn, md.p, want,
                        back.p);
            failed++;
        }
    }
    hf_arena_free(mem);
    assert_int_equal(0, failed);
}

static void markdown_becomes_mrkdwn(void **state)
{
    static const struct {
        const char *markdown, *mrkdwn;
    } rows[] = {
        { "**b** __b__ *i* _i_ ~~s~~", "*b* *b* _i_ _i_ ~s~" },
        { "***both*** **a *b* c**", "*_both_* *a _b_ c*" },
        { "in**wo**rd", "inword" }, /* Slack cannot: the text stays */
        { "**bold **x", "**bold **x" },
        { "`` a`b ``", "a`b" }, /* nor this */
        { "\\*x\\* \\\\ \\a \\_", "*x* \\ \\a _" },
        { "~~~js\nlet x;\n~~~", "```let x;```" },
        { "````\n```\n````", "```" },
        { "```\nopen", "```open```" },
        { "> a\nlazy\n\nb", "&gt; a\n&gt;lazy\nb" },
        { ">> a", "&gt;&gt; a" },
        { "> ```\n> x\n> ```\ny", "&gt;```x```\n&gt;y" },
        { "[a **b**](http://x.org \"title\") ![pic](<http://y.org>)",
          "<http://x.org|a b> <http://y.org|pic>" },
        { "[**b**](http://x.org)", "*<http://x.org|b>*" },
        { "[http://x.org](http://x.org) [x] [y]: z", "<http://x.org> [x] [y]: z" },
        { "<http://x.org> http://y.org/a_b. (http://z.org)",
          "<http://x.org> <http://y.org/a_b>. (<http://z.org>)" },
        { "[a](b) [c]( ) [](d)", "<b|a> [c]( ) <d>" },
        { "http://x.org/a|b", "<http://x.org/a%7Cb>" },
        { "@ada, @ada. @bob.lee @eve @all ~town-square ~eve",
          "<@U024BE7LH>, <@U024BE7LH>. <@W7> @eve <!everyone> <#C024BE7LR> ~eve" },
        { "a@ada.org \\@ada", "a@ada.org \\<@U024BE7LH>" },
        { "# Head\n- item\n| a | b |", "# Head\n- item\n| a | b |" }, /* read as text */
        { "&lt;&#65;&#x42;&copy; <b>", "&lt;AB&amp;copy; &lt;b&gt;" },
        { ":wave_medium_skin_tone:", ":wave::skin-tone-4:" },
    };
    hf_arena *mem = hf_arena_new();
    size_t failed = 0;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_view got = convert(mem, MARKDOWN, MRKDWN, hf_view_str(rows[i].markdown));

        if (!hf_view_is(got, rows[i].mrkdwn)) {
            print_error("%s\n  wanted %s\n  got    %s\n", rows[i].markdown, rows[i].mrkdwn, got.p);
            failed++;
        }
    }
    hf_arena_free(mem);
    assert_int_equal(0, failed);
}

static void plain_text_shows_everything(void **state)
{
    static const struct {
        const char *mrkdwn, *plain;
    } rows[] = {
        { "*b* `c` &lt;&amp;", "b c <&" },
        { "<https://x.org|x> <https://x.org> <mailto:a@x.org|a@x.org> <https://x.org|x.org>",
          "x (https://x.org) https://x.org a@x.org x.org" },
        { "<@U024BE7LH> <@UNONE|eve> <#C024BE7LR> <!here> <!subteam^S|@x> :wave:",
          "@ada @eve #town-square @here @x :wave:" },
        { "&gt; q\n&gt;r\n```a\nb``` c", "> q\n> r\na\nb\n c" },
        { "<!date^1^{date}|then>", "then" },
    };
    hf_arena *mem = hf_arena_new();

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++)
        T_VIEW(rows[i].plain, convert(mem, MRKDWN, PLAIN, hf_view_str(rows[i].mrkdwn)));
    T_VIEW("a *b* <c>\n&gt;\n", convert(mem, PLAIN, PLAIN, HF_V("a *b* <c>\n&gt;\n")));
    T_VIEW("a \\*b* &lt;c&gt;", convert(mem, PLAIN, MRKDWN, HF_V("a \\*b* <c>")));
    hf_arena_free(mem);
}

static void names_are_optional(void **state)
{
    hf_arena *mem = hf_arena_new();
    hf_spans spans;
    hf_buf out;

    (void)state;
    hf_buf_init(&out, 1000);
    hf_markup_parse(MRKDWN, HF_V("<@U1> <@U1|ada> <#C1|x> <!subteam^S1|@y>"), mem, &spans);
    hf_markup_print(MRKDWN, &spans, NULL, &out);
    T_VIEW("<@U1> <@U1|ada> <#C1|x> <!subteam^S1|@y>", hf_buf_view(&out));
    hf_buf_reset(&out);
    hf_markup_print(MARKDOWN, &spans, NULL, &out);
    T_VIEW("@U1 @U1 ~C1 @y", hf_buf_view(&out));
    hf_markup_parse(MARKDOWN, hf_arena_dup(mem, hf_buf_view(&out)), mem, &spans);
    hf_buf_reset(&out);
    hf_markup_print(MRKDWN, &spans, NULL, &out);
    T_VIEW("<@U1> <@U1> <#C1> <@y>", hf_buf_view(&out));
    hf_buf_clear(&out);
    hf_arena_free(mem);
}

/* Spans made by others (Slack's rich text blocks, say) overlap and carry blanks at their ends. */
static void any_spans_can_be_printed(void **state)
{
    enum { B = HF_STYLE_BOLD, I = HF_STYLE_ITALIC };
    static const struct {
        hf_span span[4];
        size_t n;
        const char *markdown, *mrkdwn;
    } rows[] = {
        { { { HF_SPAN_TEXT, B, { "a ", 2 }, { 0 } }, { HF_SPAN_TEXT, 0, { "b", 1 }, { 0 } } },
          2,
          "**a** b",
          "*a* b" },
        { { { HF_SPAN_TEXT, B, { "a ", 2 }, { 0 } },
            { HF_SPAN_TEXT, B | I, { "b ", 2 }, { 0 } },
            { HF_SPAN_TEXT, I, { "c", 1 }, { 0 } } },
          3,
          "**a _b_** _c_",
          "*a _b_* _c_" },
        { { { HF_SPAN_TEXT, B, { "a", 1 }, { 0 } },
            { HF_SPAN_BREAK, 0, { 0 }, { 0 } },
            { HF_SPAN_TEXT, B, { "b", 1 }, { 0 } } },
          3,
          "**a**\n**b**",
          "*a*\n*b*" },
        { { { HF_SPAN_TEXT, 0, { "x", 1 }, { 0 } },
            { HF_SPAN_TEXT, I, { "y", 1 }, { 0 } },
            { HF_SPAN_TEXT, 0, { "z", 1 }, { 0 } } },
          3,
          "x*y*z",
          "xyz" },
        { { { HF_SPAN_TEXT, B, { "  ", 2 }, { 0 } } }, 1, "  ", "  " },
        { { { HF_SPAN_TEXT, HF_STYLE_CODE | B, { "a", 1 }, { 0 } },
            { HF_SPAN_USER, HF_STYLE_CODE | B, { 0 }, { "W7", 2 } } },
          2,
          "**`a@bob.lee`**",
          "*`a<@bob.lee>`*" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_span span[4];
        hf_spans spans = { span, rows[i].n };
        hf_buf out;

        memcpy(span, rows[i].span, sizeof(span));
        hf_buf_init(&out, 1000);
        hf_markup_print(MARKDOWN, &spans, &names, &out);
        T_VIEW(rows[i].markdown, hf_buf_view(&out));
        hf_buf_reset(&out);
        hf_markup_print(MRKDWN, &spans, &names, &out);
        T_VIEW(rows[i].mrkdwn, hf_buf_view(&out));
        hf_buf_clear(&out);
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

/* Whatever Slack shows, Mattermost shows: random texts of markup characters keep their visible text
 * on the way to Markdown and back. */
static void shown_text_survives(void **state)
{
    static const char *const pieces[] = { "*",  "_",  "~",     "`",  "a",    "b",  " ",   "\n",
                                          "**", "__", "~~",    "\\", "[",    "](", "]",   ")",
                                          "#",  "# ", "1. ",   "- ", "&gt;", "-",  "=",   "|",
                                          "!",  ".",  "&amp;", ";",  "lt",   ":x", "&lt;" };
    hf_arena *mem = hf_arena_new();
    uint32_t seed = 7;
    size_t failed = 0;
    hf_buf text;

    (void)state;
    hf_buf_init(&text, 10000);
    for (int round = 0; round < 15000 && failed < 10; round++) {
        hf_view md, before, after;

        hf_buf_reset(&text);
        for (uint32_t n = next_random(&seed) % 14; n > 0; n--)
            hf_buf_str(&text, pieces[next_random(&seed) % T_COUNT(pieces)]);
        md = convert(mem, MRKDWN, MARKDOWN, hf_buf_view(&text));
        before = convert(mem, MRKDWN, PLAIN, hf_buf_view(&text));
        after = convert(mem, MARKDOWN, PLAIN, md);
        if (!hf_view_eq(before, after)) {
            print_error("mrkdwn %s\n  markdown %s\n  shown %s\n  after %s\n", hf_buf_cstr(&text),
                        md.p, before.p, after.p);
            failed++;
        }
        hf_arena_reset(mem);
    }
    hf_buf_clear(&text);
    hf_arena_free(mem);
    assert_int_equal(0, failed);
}

/* Any bytes, every dialect to every other: nothing but the sanitizers to fear. */
static void any_bytes_are_fine(void **state)
{
    static const char *const tokens[] = { "<@U1|x>", "<!date^1^x|y>", "<http://x.org|y>",
                                          "```",     "&gt;&gt;&gt;",  "http://x.org/(",
                                          "![",      "](<",           "&#x41;" };
    hf_arena *mem = hf_arena_new();
    uint32_t seed = 3;
    hf_buf text;

    (void)state;
    hf_buf_init(&text, 10000);
    for (int round = 0; round < 6000; round++) {
        hf_buf_reset(&text);
        for (uint32_t n = next_random(&seed) % 60; n > 0; n--) {
            uint32_t r = next_random(&seed);

            if (r % 8 == 0)
                hf_buf_str(&text, tokens[r / 8 % T_COUNT(tokens)]);
            else if (r % 8 == 1)
                hf_buf_byte(&text, (char)(r >> 3));
            else
                hf_buf_byte(&text, "*_~`<>|&;:@#!^[]()\\\n \"'-+=/.1a"[(r >> 3) % 31]);
        }
        for (int from = PLAIN; from <= MARKDOWN; from++)
            for (int to = PLAIN; to <= MARKDOWN; to++)
                convert(mem, (hf_dialect)to, PLAIN,
                        convert(mem, (hf_dialect)from, (hf_dialect)to, hf_buf_view(&text)));
        hf_arena_reset(mem);
    }
    hf_buf_clear(&text);
    hf_arena_free(mem);
}

static void hostile_text_takes_linear_time(void **state)
{
    static const char *const pieces[] = {
        "*",     "_",      "~",     "`",         "<",   "[",     "]",   "](",
        "[a](",  "![",     ">",     "&gt;",      ":a",  "@a",    "*a ", " *a",
        "_a ",   "**a ",   "*_~",   "` ``",      "```", "\n```", "\n>", "http://a](",
        "\\",    "<a",     "~a",    "&",         "&#1", "](<a(", "=\n", "http://(",
        "~~~\n", "*a*_b_", "\n\n>", "[a](x 'y ", "'",   "<a@",   ")",   "> a\n",
    };
    hf_arena *mem = hf_arena_new();
    hf_buf text;

    (void)state;
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(pieces); i++) {
        double began = hf_mono_seconds(), took;

        hf_buf_reset(&text);
        while (text.n < 100000)
            hf_buf_str(&text, pieces[i]);
        for (int from = MRKDWN; from <= MARKDOWN; from++)
            for (int to = PLAIN; to <= MARKDOWN; to++)
                convert(mem, (hf_dialect)from, (hf_dialect)to, hf_buf_view(&text));
        took = hf_mono_seconds() - began;
        if (took > 5) /* squared, with sanitizers: minutes */
            fail_msg("%s takes %.1f s", pieces[i], took);
        hf_arena_reset(mem);
    }
    hf_buf_clear(&text);
    hf_arena_free(mem);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(mrkdwn_becomes_markdown_and_comes_back),
        cmocka_unit_test(markdown_becomes_mrkdwn),
        cmocka_unit_test(plain_text_shows_everything),
        cmocka_unit_test(names_are_optional),
        cmocka_unit_test(any_spans_can_be_printed),
        cmocka_unit_test(shown_text_survives),
        cmocka_unit_test(any_bytes_are_fine),
        cmocka_unit_test(hostile_text_takes_linear_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
