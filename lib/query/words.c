/* query/words.c: a word or phrase of the query into the steps that index and evaluator look for. */
#include "query/query_priv.h"

#include "text/token.h"

typedef struct collector {
    hf_query *q;
    hf_view raw; /* with its stars: a star behind a word belongs to it */
    hf_qstep step[HF_QUERY_STEPS];
    size_t end[HF_QUERY_STEPS]; /* byte of raw where the word ends */
    size_t n;
    bool is_full;
} collector;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* May stand in a word; every byte of a character above ASCII may. */
static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (unsigned char)c >= 0x80;
}

static bool ends_at(hf_view v, size_t at)
{
    return at >= v.n || is_blank(v.p[at]);
}

/* A wildcard or operator inside a word that this version does not have; NULL when there is none. */
static const char *missing_operator(hf_view raw, size_t i)
{
    bool is_after_word = i > 0 && !is_blank(raw.p[i - 1]);

    switch (raw.p[i]) {
    case '*':
        if (i + 1 < raw.n && (is_word_byte(raw.p[i + 1]) || raw.p[i + 1] == '*'))
            return "a * before or inside a word";
        return NULL;
    case '?':
        return "the wildcard ?";
    case '=':
        return "the digit wildcard =";
    case '~':
        return is_after_word && ends_at(raw, i + 1) ? "the stem operator ~" : NULL;
    case '%':
        return is_after_word && i + 1 < raw.n && raw.p[i + 1] >= '1' && raw.p[i + 1] <= '9' &&
                       ends_at(raw, i + 2)
                   ? "the fuzzy operator %"
                   : NULL;
    default:
        return NULL;
    }
}

static hf_status check(hf_view raw, size_t at, hf_err **err)
{
    for (size_t i = 0; i < raw.n; i++) {
        const char *what = missing_operator(raw, i);

        if (what != NULL) {
            hf_qfail(err, at + i, "%s is not in this version", what);
            return hf_hint(err, "leave it out: only letters and digits are searched, and word* "
                                "finds every word that begins so");
        }
        if (raw.p[i] == '*' && (i == 0 || !is_word_byte(raw.p[i - 1])))
            return hf_qfail(err, at + i, "the * stands behind no word");
    }
    return HF_OK;
}

static bool collect(void *self, hf_view word, size_t start, size_t end, unsigned flags)
{
    collector *c = self;

    (void)start;
    (void)flags;
    if (c->n == HF_QUERY_STEPS) {
        c->is_full = true;
        return false;
    }
    c->step[c->n] = (hf_qstep){ .word = hf_arena_dup(c->q->mem, word) };
    c->end[c->n++] = end;
    return true;
}

/* Fill c from raw; false when a star follows no word after all. */
static bool tokenize(collector *c, hf_view raw)
{
    char *plain = hf_arena_alloc(c->q->mem, raw.n + 1);

    for (size_t i = 0; i < raw.n; i++)
        plain[i] = raw.p[i] == '*' ? ' ' : raw.p[i];
    c->raw = raw;
    c->n = 0;
    c->is_full = false;
    hf_tokenize((hf_view){ plain, raw.n }, HF_TOKENIZE_QUERY, collect, c);
    for (size_t i = 0; i < raw.n; i++) {
        bool is_taken = false;

        for (size_t k = c->n; raw.p[i] == '*' && k-- > 0 && !is_taken;)
            if (c->end[k] == i)
                is_taken = c->step[k].is_prefix = true;
        if (raw.p[i] == '*' && !is_taken && !c->is_full)
            return false;
    }
    return true;
}

static bool is_same(const collector *a, const collector *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!hf_view_eq(a->step[i].word, b->step[i].word) ||
            a->step[i].is_prefix != b->step[i].is_prefix)
            return false;
    return true;
}

static void add_folded(hf_view part, hf_buf *out)
{
    hf_buf folded;

    hf_buf_init(&folded, HF_BUF_UNBOUNDED);
    hf_fold(part, &folded);
    for (size_t i = 0; i < folded.n; i++) {
        char c = folded.p[i];

        /* Punctuation separates, and some of it is an operator: a blank does the same. */
        if (!is_word_byte(c))
            c = ' ';
        if (c != ' ' || (out->n > 0 && out->p[out->n - 1] != ' '))
            hf_buf_byte(out, c);
    }
    hf_buf_clear(&folded);
}

/* The words as they are printed: folded, one blank between them, when that gives the same words
 * again. */
static hf_view normal_text(hf_query *q, const collector *c)
{
    collector again = { .q = q };
    hf_view left = c->raw, text;
    hf_buf out;

    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    while (left.n > 0) {
        size_t star = hf_view_find_byte(left, '*');
        hf_view part = hf_view_sub(left, 0, star == HF_NPOS ? left.n : star);

        add_folded(part, &out);
        if (star != HF_NPOS)
            hf_buf_str(&out, "* ");
        left = hf_view_from(left, star == HF_NPOS ? left.n : star + 1);
    }
    while (out.n > 0 && out.p[out.n - 1] == ' ')
        out.n--;
    text = hf_arena_dup(q->mem, hf_buf_view(&out));
    hf_buf_clear(&out);
    if (!tokenize(&again, text) || again.is_full || !is_same(c, &again))
        return hf_arena_dup(q->mem, c->raw);
    return text;
}

hf_status hf_qwords(hf_query *q, hf_view raw, size_t at, hf_qnode **out, hf_err **err)
{
    collector c = { .q = q };
    hf_status rc = check(raw, at, err);
    hf_qnode *n;

    if (rc != HF_OK)
        return rc;
    if (!tokenize(&c, raw))
        return hf_qfail(err, at, "a * stands behind no word");
    if (c.is_full)
        return hf_qfail(err, at, "a phrase of more than %d words", HF_QUERY_STEPS);
    if (c.n == 0) {
        hf_qfail(err, at, "there is no word in \"%.*s\"", (int)(raw.n < 40 ? raw.n : 40), raw.p);
        return hf_hint(err, "only letters, digits and emoji are searched");
    }
    n = hf_qnode_new(q, HF_Q_WORDS, at);
    n->step = hf_arena_alloc(q->mem, c.n * sizeof(*n->step));
    memcpy(n->step, c.step, c.n * sizeof(*n->step));
    n->nstep = c.n;
    n->text = normal_text(q, &c);
    for (size_t i = 0; i < n->nstep; i++)
        if (n->step[i].is_prefix && n->step[i].word.n < 2)
            hf_query_warn(q, "a prefix of one letter finds a great many words");
    *out = n;
    return HF_OK;
}
