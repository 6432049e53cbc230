/* tests/fuzz/fuzz_json.c: any bytes as JSON: the tape is consistent, strings survive every style,
 * and a member gives the same pieces whatever its windows.
 *
 * The first byte of the input chooses: bit 0 lines, bit 1 tight limits, the rest the window's step.
 */
#include "check.h"

#include "util/json.h"

/* --- the tape --------------------------------------------------------------------------------- */

static void check_string(const hf_tape *t, uint32_t tok, hf_arena *mem)
{
    hf_view text = hf_tok_string(t, tok, mem), again;
    hf_tape other = { 0 };
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_json_decode(&b, hf_view_sub(hf_tok_raw(t, tok), 1, t->tok[tok].len - 2U));
    CHECK(hf_view_eq(text, hf_buf_view(&b)));
    for (hf_json_style style = HF_JSON_PLAIN; style <= HF_JSON_GO; style++) {
        hf_buf_reset(&b);
        hf_json_put_string(&b, text, style);
        CHECK(hf_tape_parse(&other, hf_buf_view(&b), NULL, NULL) == HF_OK);
        CHECK((other.tok[0].flags & (HF_TOK_BAD_UTF8 | HF_TOK_LONE_SURROGATE)) == 0);
        again = hf_tok_string(&other, 0, mem);
        CHECK(hf_view_eq(text, again));
    }
    hf_buf_clear(&b);
    hf_tape_clear(&other);
}

/* Walk the children of tok: they lie inside it, in order, and end where it ends. */
static void check_container(const hf_tape *t, uint32_t tok)
{
    const hf_tok *k = &t->tok[tok];
    uint32_t expected = tok + 1;
    size_t from = k->at + 1U;

    for (uint32_t c = hf_tape_first(t, tok); c != HF_NO_TOK; c = hf_tape_after(t, tok, c)) {
        uint32_t value = c;

        CHECK(c == expected);
        CHECK(((t->tok[c].flags & HF_TOK_KEY) != 0) == (k->type == HF_JSON_OBJECT));
        if (k->type == HF_JSON_OBJECT) {
            CHECK(t->tok[c].type == HF_JSON_STRING && t->tok[c].next == c + 1);
            CHECK(t->tok[c].at >= from);
            from = t->tok[c].at + t->tok[c].len;
            value = c + 1;
        }
        CHECK((t->tok[value].flags & HF_TOK_KEY) == 0);
        CHECK(t->tok[value].at >= from);
        from = t->tok[value].at + t->tok[value].len;
        expected = t->tok[value].next;
    }
    CHECK(expected == k->next);
    CHECK(from < k->at + k->len);
}

/* A key is shadowed when an equal one follows; only for objects small enough to compare all. */
static void check_keys(const hf_tape *t, uint32_t obj, hf_arena *mem)
{
    uint32_t n = 0;

    for (uint32_t a = hf_tape_first(t, obj); a != HF_NO_TOK; a = hf_tape_after(t, obj, a))
        n++;
    for (uint32_t a = hf_tape_first(t, obj); n < 200 && a != HF_NO_TOK;
         a = hf_tape_after(t, obj, a)) {
        hf_view name = hf_tok_string(t, a, mem);
        bool again = false;

        for (uint32_t b = hf_tape_after(t, obj, a); b != HF_NO_TOK && !again;
             b = hf_tape_after(t, obj, b))
            again = hf_view_eq(name, hf_tok_string(t, b, mem));
        CHECK(again == ((t->tok[a].flags & HF_TOK_SHADOWED) != 0));
    }
}

static void check_tape(const hf_tape *t)
{
    static const char *const first[] = { "n", "f", "t", "-0123456789", "\"", "[", "{" };
    hf_arena *mem = hf_arena_new();

    for (uint32_t i = 0; i < t->n; i++) {
        const hf_tok *k = &t->tok[i];

        CHECK(k->len > 0 && (size_t)k->at + k->len <= t->text.n);
        CHECK(k->next > i && k->next <= t->n);
        CHECK(k->type <= HF_JSON_OBJECT && k->field == 0);
        CHECK(strchr(first[k->type], t->text.p[k->at]) != NULL);
        if (k->type >= HF_JSON_ARRAY)
            check_container(t, i);
        if (k->type == HF_JSON_OBJECT)
            check_keys(t, i, mem);
        if (k->type == HF_JSON_STRING)
            check_string(t, i, mem);
    }
    CHECK(t->tok[0].next == t->n);
    hf_arena_free(mem);
}

/* --- the splitter ------------------------------------------------------------------------------
 */

struct pieces {
    hf_piece *p;
    size_t n, cap;
};

static struct pieces split(hf_split_mode mode, hf_view member, size_t step,
                           const hf_json_limits *limits)
{
    hf_json_split *s = hf_json_split_new(mode, limits);
    size_t base = 0, have = step < member.n ? step : member.n;
    struct pieces all = { 0 };
    hf_tape t = { 0 };

    for (;;) {
        hf_piece piece;
        size_t used = SIZE_MAX;
        hf_split_result r = hf_json_split_tape(s, hf_view_sub(member, base, have - base),
                                               have == member.n, &used, &piece, &t);

        CHECK(used <= have - base);
        if (r == HF_SPLIT_PIECE) {
            CHECK(piece.at + piece.len <= used && piece.is_bad == (t.n == 0));
            CHECK(piece.is_bad == (piece.code != HF_OK));
            if (!piece.is_bad) {
                CHECK(hf_view_eq(t.text, hf_view_sub(member, base + piece.at, piece.len)));
                check_tape(&t);
                CHECK(hf_tape_parse(&t, t.text, limits, NULL) == HF_OK);
            }
            piece.at += base;
            piece.bad_at += base;
            if (all.n == all.cap) {
                all.cap = all.cap * 2 + 8;
                all.p = hf_realloc(all.p, all.cap, sizeof(*all.p));
            }
            all.p[all.n++] = piece;
        }
        base += used;
        if (r == HF_SPLIT_DONE)
            break;
        if (r == HF_SPLIT_MORE) {
            CHECK(have < member.n);
            have = member.n - have < step ? member.n : have + step;
        }
    }
    CHECK(base == member.n);
    hf_json_split_free(s);
    hf_tape_clear(&t);
    return all;
}

/* What lies between pieces is framing, so no byte of a record is lost. */
static void check_framing(hf_view member, const struct pieces *all)
{
    size_t at = hf_view_starts(member, HF_V("\xEF\xBB\xBF")) ? 3 : 0;

    for (size_t i = 0; i <= all->n; i++) {
        size_t to = i < all->n ? all->p[i].at : member.n;

        for (; at < to; at++)
            CHECK(strchr("[], \t\r\n", member.p[at]) != NULL && member.p[at] != '\0');
        if (i < all->n)
            at = to + all->p[i].len;
    }
}

static void check_split(hf_split_mode mode, hf_view member, size_t step,
                        const hf_json_limits *limits)
{
    struct pieces whole = split(mode, member, member.n + 1, limits);
    struct pieces parts = split(mode, member, step, limits);

    check_framing(member, &whole);
    check_framing(member, &parts);
    /* Only pieces longer than this are cut, and then where the windows say. */
    if (member.n <= limits->max_bytes + 8192) {
        CHECK(whole.n == parts.n);
        for (size_t i = 0; i < whole.n; i++) {
            CHECK(whole.p[i].at == parts.p[i].at && whole.p[i].len == parts.p[i].len);
            CHECK(whole.p[i].code == parts.p[i].code && whole.p[i].reason == parts.p[i].reason);
            CHECK(!whole.p[i].is_bad || whole.p[i].bad_at == parts.p[i].bad_at);
        }
    }
    hf_free(whole.p);
    hf_free(parts.p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const hf_json_limits wide = { 64 << 20, 100000, 512 }, tight = { 200, 30, 5 };
    hf_view text;
    hf_tape t = { 0 };
    uint8_t choice;

    if (n == 0)
        return 0;
    choice = data[0];
    text = (hf_view){ (const char *)data + 1, n - 1 };
    if (hf_tape_parse(&t, text, &wide, NULL) == HF_OK)
        check_tape(&t);
    else
        CHECK(t.n == 0);
    hf_tape_clear(&t);
    check_split((choice & 1) != 0 ? HF_SPLIT_LINES : HF_SPLIT_ARRAY, text, 1U + (choice >> 2),
                (choice & 2) != 0 ? &tight : &wide);
    return 0;
}
