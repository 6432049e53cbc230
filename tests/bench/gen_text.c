/* tests/bench/gen_text.c: what a message says, shows and carries. */
#include "gen.h"

#include <stdio.h>

#include "words.inc"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* An order-1 Markov chain; word 0 is the full stop, which also starts every text. */
typedef struct language {
    const char *const *words;
    const uint32_t *at;
    const uint16_t *next;
    bool is_spaced; /* words are separated by blanks */
    bool has_case;  /* sentences start with a capital letter */
    bool has_accents;
} language;

#define LANGUAGE(name, spaced, cased, accents)                       \
    {                                                                \
        name##_words, name##_at, name##_next, spaced, cased, accents \
    }

static const language english = LANGUAGE(english, true, true, false);
static const language german = LANGUAGE(german, true, true, true);
static const language french = LANGUAGE(french, true, true, true);
static const language spanish = LANGUAGE(spanish, true, true, true);
static const language chinese = LANGUAGE(chinese, false, false, false);
static const language japanese = LANGUAGE(japanese, false, false, false);
static const language arabic = LANGUAGE(arabic, true, false, false);
static const language hebrew = LANGUAGE(hebrew, true, false, false);

static const language *draw_language(gen_rng *r)
{
    uint64_t x = gen_below(r, 1000);
    return x < 30    ? &chinese
           : x < 60  ? &japanese
           : x < 80  ? &german
           : x < 100 ? &french
           : x < 120 ? &spanish
           : x < 123 ? &arabic
           : x < 125 ? &hebrew
                     : &english;
}

bool gen_next_piece(hf_view *rest, char *mark, hf_view *piece)
{
    static const char nul[1] = { 0 }, surrogate[1] = { GEN_SURROGATE };
    if (rest->n == 0)
        return false;
    size_t n = hf_view_find_byte(*rest, GEN_MARK);
    if (n == 0) {
        *mark = rest->p[1];
        n = hf_view_find_byte(*rest, GEN_MARK_END);
        *piece = *mark == 'N'   ? (hf_view){ nul, 1 }
                 : *mark == 'S' ? (hf_view){ surrogate, 1 }
                                : hf_view_sub(*rest, 2, n - 2);
        *rest = hf_view_from(*rest, n + 1);
        return true;
    }
    *mark = 0;
    *piece = hf_view_sub(*rest, 0, n);
    *rest = hf_view_from(*rest, piece->n);
    return true;
}

void gen_put_text(hf_buf *b, hf_view text, hf_json_style style)
{
    size_t start = b->n;
    hf_json_put_string(b, text, style);
    if (hf_view_find_byte(text, GEN_SURROGATE) == HF_NPOS)
        return;
    size_t at = hf_view_find(hf_view_from(hf_buf_view(b), start), HF_V("\\u0003"));
    memcpy(b->p + start + at, "\\ud83d", 6);
}

static void add_mark(hf_buf *out, char letter, const char *payload)
{
    hf_buf_byte(out, GEN_MARK);
    hf_buf_byte(out, letter);
    hf_buf_str(out, payload);
    hf_buf_byte(out, GEN_MARK_END);
}

static void add_mark_number(hf_buf *out, char letter, uint64_t n)
{
    hf_buf_byte(out, GEN_MARK);
    hf_buf_byte(out, letter);
    hf_buf_u64(out, n);
    hf_buf_byte(out, GEN_MARK_END);
}

/* --- things that are no words -------------------------------------------------------------------
 */

static const char *const emoji[] = {
    "tada",        "eyes",
    "rocket",      "thinking_face",
    "sweat_smile", "joy",
    "wave",        "fire",
    "warning",     "anchor",
    "coffee",      "bulb",
    "bow",         "pray",
    "ocean",       "sunny",
    "snail",       "ship",
    "heart",       "raised_hands",
    "cactus",      "white_check_mark",
    "x",           "hourglass",
};
const char *const gen_custom_emoji[] = { "northgate", "shipit_crab", "late_bus", "ok_harbor",
                                         NULL };
static const char *const raw_emoji[] = {
    "\U0001F468\u200D\U0001F469\u200D\U0001F467", /* a family, joined by ZWJ */
    "\U0001F44B\U0001F3FD",                       /* a hand with a skin tone */
    "\U0001F1F8\U0001F1EA",                       /* a flag */
    "\u2764\uFE0F",                               /* a heart with a variation selector */
    "\U0001F9D1\u200D\U0001F680",                 /* an astronaut */
};

/* A payment card number of an invented bank; every second one passes the Luhn check. */
static void add_card_number(hf_buf *out, gen_rng *r)
{
    char digit[17] = "4000";
    uint32_t sum = 0;
    for (int i = 4; i < 15; i++)
        digit[i] = (char)('0' + gen_below(r, 10));
    for (int i = 0; i < 15; i++) {
        uint32_t d = (uint32_t)(digit[i] - '0') * (i % 2 == 0 ? 2 : 1);
        sum += d > 9 ? d - 9 : d;
    }
    uint32_t check = (10 - sum % 10) % 10;
    digit[15] = (char)('0' + (gen_chance(r, 50000) ? check : (check + 1) % 10));
    digit[16] = '\0';
    hf_buf_str(out, digit);
}

static void add_link(hf_buf *out, gen_rng *r)
{
    static const char *const sites[] = { "wiki", "tickets", "files", "board", "status" };
    char url[96];
    snprintf(url, sizeof(url), "https://%s.example.com/%s/%llu?view=all&page=%u",
             sites[gen_below(r, COUNT(sites))], english_words[1 + gen_below(r, 1000)],
             (unsigned long long)gen_below(r, 100000000), (unsigned)gen_below(r, 9));
    add_mark(out, 'L', url);
}

/* With 5 % probability something that is not of the vocabulary, so that the vocabulary of an index
 * grows with the corpus; false when nothing was added. */
static bool add_entity(const gen_stream *s, hf_buf *out, gen_rng *r)
{
    uint64_t x = gen_below(r, 100000);
    if (x >= 4950)
        return false;
    const uint32_t *member = gen_members(s->w, s->c);
    if (x < 800)
        add_link(out, r);
    else if (x < 1600)
        hf_buf_printf(out, "NWG-%llu", (unsigned long long)gen_below(r, s->w->messages));
    else if (x < 2600)
        add_mark_number(out, 'U', member[gen_draw_rank(r) % s->c->members]);
    else if (x < 3200)
        hf_buf_printf(out, "box%llu@mail.example.com", (unsigned long long)gen_below(r, 1000000));
    else if (x < 3600)
        hf_buf_printf(out, "%08llx", (unsigned long long)gen_below(r, UINT64_C(1) << 32));
    else if (x < 3900)
        hf_buf_printf(out, "srv-%llu.example.net", (unsigned long long)gen_below(r, 100000));
    else if (x < 4000)
        hf_buf_printf(out, "10.%u.%u.%u", (unsigned)gen_below(r, 256), (unsigned)gen_below(r, 256),
                      (unsigned)gen_below(r, 256));
    else if (x < 4050)
        add_card_number(out, r);
    else if (x < 4100)
        hf_buf_printf(out, "9%02u-%02u-%04u", (unsigned)gen_below(r, 100),
                      (unsigned)gen_below(r, 100), (unsigned)gen_below(r, 10000));
    else if (x < 4300)
        add_mark_number(out, 'C', gen_below(r, s->w->channels / 4 + 1));
    else if (x < 4320)
        add_mark(out, 'H', "here");
    else if (x < 4620)
        add_mark(out, 'B', english_words[3 + gen_below(r, 1000)]);
    else
        add_mark(out, 'K', english_words[3 + gen_below(r, 1000)]);
    return true;
}

static void add_code_block(hf_buf *out, gen_rng *r, size_t at_least)
{
    hf_buf_byte(out, GEN_MARK);
    hf_buf_byte(out, 'P');
    size_t start = out->n;
    do {
        const char *name = english_words[3 + gen_below(r, 1000)];
        unsigned n = (unsigned)gen_below(r, 10000);
        switch (gen_below(r, 4)) {
        case 0:
            hf_buf_printf(out, "if (%s < %u && ready)\n\tputs(\"%s\\n\");\n", name, n, name);
            break;
        case 1:
            hf_buf_printf(out, "C:\\temp\\%s\\%u.log: \"not found\"\n", name, n);
            break;
        case 2:
            hf_buf_printf(out, "SELECT %s FROM t WHERE id = %u; -- 'quoted'\n", name, n);
            break;
        default:
            hf_buf_printf(out, "%s\t%u\t/var/log/%s.log\n", name, n, name);
            break;
        }
    } while (out->n - start < at_least);
    hf_buf_byte(out, GEN_MARK_END);
}

/* Replace the accented letters after start by base letter and combining mark (NFD). */
static void decompose(hf_buf *out, size_t start)
{
    static const struct {
        const char *one, *two;
    } pair[] = {
        { "\u00e4", "a\u0308" }, { "\u00f6", "o\u0308" }, { "\u00fc", "u\u0308" },
        { "\u00e9", "e\u0301" }, { "\u00e8", "e\u0300" }, { "\u00e0", "a\u0300" },
        { "\u00f1", "n\u0303" }, { "\u00f3", "o\u0301" }, { "\u00ed", "i\u0301" },
    };
    hf_buf keep;
    hf_buf_init(&keep, HF_BUF_UNBOUNDED);
    for (size_t i = start; i < out->n;) {
        size_t k = 0;
        while (k < COUNT(pair) && !(i + 1 < out->n && memcmp(out->p + i, pair[k].one, 2) == 0))
            k++;
        if (k < COUNT(pair)) {
            hf_buf_str(&keep, pair[k].two);
            i += 2;
        } else {
            hf_buf_byte(&keep, out->p[i++]);
        }
    }
    out->n = start;
    hf_buf_add(out, hf_buf_view(&keep));
    hf_buf_clear(&keep);
}

/* --- texts --------------------------------------------------------------------------------------
 */

static bool ends_sentence(const char *word)
{
    return strcmp(word, ".") == 0 || strcmp(word, "?") == 0 || strcmp(word, "\u3002") == 0 ||
           strcmp(word, "\u061f") == 0;
}

/* Words from the chain, marks not counted; after word needle_at (below words, or none) the code
 * word. */
static void add_words(const gen_stream *s, hf_buf *out, const language *l, gen_rng *r,
                      uint32_t words, uint32_t needle_at)
{
    uint32_t word = 0;
    bool is_start = true, is_first = out->n == 0;
    for (uint32_t done = 0; done < words;) {
        uint32_t from = l->at[word], n = l->at[word + 1] - from;
        word = l->next[from + gen_below(r, n)];
        const char *text = l->words[word];
        bool is_mark = text[0] == ',' || ends_sentence(text);
        if (!is_mark && !is_first && l->is_spaced)
            hf_buf_byte(out, ' ');
        if (!is_mark && add_entity(s, out, r)) {
            is_first = is_start = false;
            if (!l->is_spaced)
                hf_buf_byte(out, ' ');
        } else {
            if (is_start && l->has_case && text[0] >= 'a' && text[0] <= 'z') {
                hf_buf_byte(out, (char)(text[0] - 'a' + 'A'));
                text++;
            }
            hf_buf_str(out, text);
            is_first = false;
            is_start = is_mark && text[0] != ',';
            if (is_start)
                word = 0;
        }
        if (!is_mark && done++ == needle_at)
            hf_buf_str(out, " " GEN_CODE_WORD);
    }
}

/* Once in 50,000 messages: what only careful readers survive. */
static void add_oddity(hf_buf *out, gen_rng *r)
{
    switch (gen_below(r, 4)) {
    case 0:
        add_mark(out, 'S', "");
        break;
    case 1:
        add_mark(out, 'N', "");
        break;
    case 2:
        hf_buf_str(out, "\uFEFF");
        break;
    default:
        hf_buf_str(out, "\u2028");
        break;
    }
}

static void add_plain(const gen_stream *s, const gen_msg *m, hf_buf *out, gen_rng *r)
{
    static const char *const brief[] = { "ok",     "thanks",    "done",      "yes please", "no",
                                         "agreed", "on my way", "good idea", "same here",  "+1" };
    if (!m->is_needle && gen_chance(r, 12000)) {
        hf_buf_str(out, brief[gen_below(r, COUNT(brief))]);
        return;
    }
    if (!m->is_needle && gen_chance(r, 1000)) {
        bool is_paste = gen_chance(r, 100); /* 1 of 100,000 messages: 64 KiB */
        add_code_block(out, r, is_paste ? 65536 : 40 + gen_below(r, 300));
        return;
    }
    uint32_t words = gen_draw_words(r);
    if (m->is_needle) {
        add_words(s, out, &english, r, words < 3 ? 3 : words, words / 2);
        return;
    }
    if (gen_chance(r, 10)) { /* longer than Mattermost's limit of 16,383 characters */
        while (out->n < 16500)
            add_words(s, out, &english, r, 200, UINT32_MAX);
        return;
    }
    const language *l = draw_language(r);
    add_words(s, out, l, r, words, UINT32_MAX);
    if (l->has_accents && gen_chance(r, 100))
        decompose(out, 0);
    if (gen_chance(r, 6000)) {
        hf_buf_byte(out, ' ');
        add_mark(out, 'E', emoji[gen_below(r, COUNT(emoji))]);
    } else if (gen_chance(r, 2000)) {
        hf_buf_byte(out, ' ');
        hf_buf_str(out, raw_emoji[gen_below(r, COUNT(raw_emoji))]);
    }
    if (gen_chance(r, 2))
        add_oddity(out, r);
}

static void add_bot_text(const gen_msg *m, hf_buf *out, gen_rng *r)
{
    unsigned n = (unsigned)gen_below(r, 100000), seconds = 3 + (unsigned)gen_below(r, 900);
    const char *what = english_words[3 + gen_below(r, 1000)];
    switch ((m->user + n) % 4) {
    case 0:
        hf_buf_printf(out, "Build %u of %s passed in %u s: ", n, what, seconds);
        add_link(out, r);
        break;
    case 1:
        hf_buf_printf(out, "Alert: %s on srv-%u.example.net is over %u %% for %u s", what, n % 1000,
                      70 + n % 30, seconds);
        break;
    case 2:
        hf_buf_printf(out, "Ticket NWG-%u moved to %s", n, what);
        break;
    default:
        hf_buf_printf(out, "Daily report: %u orders, %u returns", n, seconds);
        break;
    }
}

void gen_text(const gen_stream *s, uint32_t i, hf_buf *out)
{
    const gen_msg *m = &s->msg[i];
    gen_rng r = gen_rng_at(s->w->seed, GEN_F_TEXT, s->index, i);
    hf_buf_reset(out);
    switch ((gen_msg_kind)m->kind) {
    case GEN_M_PLAIN:
        add_plain(s, m, out, &r);
        return;
    case GEN_M_BOT:
        add_bot_text(m, out, &r);
        return;
    case GEN_M_ME:
        add_words(s, out, &english, &r, 4, UINT32_MAX);
        return;
    case GEN_M_CALL:
        hf_buf_str(out, "A huddle happened");
        return;
    case GEN_M_DELETED:
        hf_buf_str(out, "This message was deleted.");
        return;
    case GEN_M_JOIN:
    case GEN_M_LEAVE:
    case GEN_M_TOPIC:
    case GEN_M_PURPOSE:
        break;
    }
    add_mark_number(out, 'U', m->user);
    if (m->kind == GEN_M_JOIN || m->kind == GEN_M_LEAVE) {
        hf_buf_str(out,
                   m->kind == GEN_M_JOIN ? " has joined the channel" : " has left the channel");
        return;
    }
    hf_buf_str(out, m->kind == GEN_M_TOPIC ? " set the channel topic: "
                                           : " set the channel description: ");
    add_words(s, out, &english, &r, 3 + (uint32_t)gen_below(&r, 6), UINT32_MAX);
}

/* --- what comes with a text ---------------------------------------------------------------------
 */

/* Below n, small numbers more often. */
static uint32_t draw_few(gen_rng *r, uint32_t n)
{
    return (uint32_t)gen_below(r, gen_below(r, n) + 1);
}

static bool may_carry(const gen_msg *m)
{
    return m->kind == GEN_M_PLAIN || m->kind == GEN_M_BOT;
}

uint32_t gen_reactions(const gen_stream *s, uint32_t i, gen_reaction out[GEN_MAX_REACTIONS])
{
    gen_rng r = gen_rng_at(s->w->seed, GEN_F_REACTION, s->index, i);
    if (!may_carry(&s->msg[i]) || !gen_chance(&r, 16000)) /* 15 % of all messages */
        return 0;
    bool is_big = gen_chance(&r, 300); /* 1 of 2,000 messages: an announcement */
    uint32_t n = 1 + draw_few(&r, 3), start = (uint32_t)gen_below(&r, 64);
    for (uint32_t k = 0; k < n; k++) {
        gen_reaction *e = &out[k];
        e->is_custom = gen_chance(&r, 10000);
        e->name = e->is_custom ? gen_custom_emoji[(start + k) % (COUNT(gen_custom_emoji) - 1)]
                               : emoji[(start + k) % COUNT(emoji)];
        bool is_hand = strcmp(e->name, "wave") == 0 || strcmp(e->name, "raised_hands") == 0;
        e->tone = is_hand ? (uint8_t)(2 + gen_below(&r, 5)) : 0;
        e->first = (uint32_t)gen_below(&r, s->c->members);
        e->count = is_big && k == 0 ? 50 + (uint32_t)gen_below(&r, 250) : 1 + draw_few(&r, 6);
        if (e->count > s->c->members)
            e->count = s->c->members;
    }
    return n;
}

static const struct {
    const char *type, *mime, *label;
} file_types[] = {
    { "pdf", "application/pdf", "PDF" },
    { "png", "image/png", "PNG" },
    { "jpg", "image/jpeg", "JPEG" },
    { "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
      "Word Document" },
    { "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
      "Excel Spreadsheet" },
    { "txt", "text/plain", "Plain Text" },
    { "zip", "application/zip", "Zip" },
    { "mp4", "video/mp4", "MPEG 4 Video" },
};

static void name_file(gen_file *f, gen_rng *r)
{
    const char *a = english_words[3 + gen_below(r, 1000)];
    const char *b = english_words[3 + gen_below(r, 1000)];
    unsigned n = (unsigned)gen_below(r, 10000);
    if (gen_chance(r, 3000))
        snprintf(f->name, sizeof(f->name), "%s \u2013 \u00dcbersicht \u6e2f %u.%s", a, n, f->type);
    else if (gen_chance(r, 1000))
        snprintf(f->name, sizeof(f->name), "%s/%s %u.%s", a, b, n, f->type);
    else if (gen_chance(r, 100))
        snprintf(f->name, sizeof(f->name), "%0260u.%s", n, f->type); /* more than 255 bytes */
    else
        snprintf(f->name, sizeof(f->name), "%s_%s_%u.%s", a, b, n, f->type);
}

uint32_t gen_files(const gen_stream *s, uint32_t i, gen_file out[GEN_MAX_FILES])
{
    gen_rng r = gen_rng_at(s->w->seed, GEN_F_FILE, s->index, i);
    if (s->msg[i].kind != GEN_M_PLAIN || !gen_chance(&r, 8000)) /* 6 % of all messages */
        return 0;
    uint32_t n = gen_chance(&r, 70000) ? 1 : 1 + draw_few(&r, GEN_MAX_FILES);
    for (uint32_t k = 0; k < n; k++) {
        gen_file *f = &out[k];
        uint64_t kind = gen_below(&r, COUNT(file_types));
        f->type = file_types[kind].type;
        f->mime = file_types[kind].mime;
        f->label = file_types[kind].label;
        f->bytes = gen_draw_file_bytes(&r);
        gen_id(f->id, 'F', ((s->c->first_ordinal + i) * GEN_MAX_FILES) + k);
        name_file(f, &r);
    }
    return n;
}

bool gen_bot_card(const gen_stream *s, uint32_t i, gen_card *out)
{
    gen_rng r = gen_rng_at(s->w->seed, GEN_F_EXTRA, s->index, i);
    *out = (gen_card){ .is_good = gen_chance(&r, 80000) };
    unsigned n = (unsigned)gen_below(&r, 100000);
    if (s->msg[i].kind != GEN_M_BOT || !gen_chance(&r, 50000))
        return false;
    snprintf(out->title, sizeof(out->title), "%s report %u", english_words[3 + n % 1000], n);
    snprintf(out->url, sizeof(out->url), "https://reports.example.com/%u", n);
    snprintf(out->text, sizeof(out->text), "%s %s, %s %s", english_words[3 + n % 900],
             english_words[4 + n % 800], english_words[5 + n % 700], english_words[6 + n % 600]);
    out->fields = (uint32_t)gen_below(&r, 4);
    if (gen_chance(&r, 500)) /* 1 of 2,500 messages: a card of up to 100 KB */
        out->fields = 10 + (uint32_t)gen_below(&r, 1000);
    return true;
}
