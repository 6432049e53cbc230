/* text/token.c: one pass over the text, a fixed buffer for the word in progress. */
#include "text/token.h"

#include "text/fold_priv.h"

#include <utf8proc.h>

typedef struct unit {
    char text[4];
    uint8_t n; /* 0: none */
    size_t start, end;
} unit;

typedef struct tokenizer {
    hf_token_fn fn;
    void *self;
    const hf_small *small;
    bool is_query;
    bool is_stopped;

    char word[HF_TOKEN_MAX];
    size_t n;           /* bytes of the word in progress */
    size_t underscores; /* how many of them, at the end, wait for another letter to join */
    size_t start, end;
    bool is_plain; /* diacritics at this place vanish */

    unit last;        /* of an unspaced run in progress */
    bool is_run_long; /* it has had two characters */
    unit owed;        /* end of a query's run: said by its pair, needed only if words follow */
} tokenizer;

static void emit(tokenizer *t, const char *p, size_t n, size_t start, size_t end, unsigned flags)
{
    if (t->is_stopped)
        return;
    if (t->owed.n > 0) {
        unit u = t->owed;

        t->owed.n = 0;
        emit(t, u.text, u.n, u.start, u.end, 0);
        if (t->is_stopped)
            return;
    }
    t->is_stopped = !t->fn(t->self, (hf_view){ p, n }, start, end, flags);
}

/* --- spaced words -------------------------------------------------------------------------- */

static inline void end_word(tokenizer *t)
{
    if (t->n > t->underscores)
        emit(t, t->word, t->n - t->underscores, t->start, t->end, 0);
    t->n = t->underscores = 0;
    t->is_plain = false;
}

static void end_run(tokenizer *t)
{
    if (t->last.n > 0 && t->is_query) {
        if (t->is_run_long)
            t->owed = t->last;
        else
            emit(t, t->last.text, t->last.n, t->last.start, t->last.end, 0);
    }
    t->last.n = 0;
    t->is_run_long = false;
}

static inline void split(tokenizer *t)
{
    end_word(t);
    if (t->last.n > 0)
        end_run(t);
}

static void add_bytes(tokenizer *t, const char *p, size_t n, size_t start, size_t end)
{
    if (t->last.n > 0)
        end_run(t);
    if (t->n + n > HF_TOKEN_MAX)
        end_word(t);
    if (t->n == 0)
        t->start = start;
    memcpy(t->word + t->n, p, n);
    t->n += n;
    t->underscores = 0;
    t->end = end;
}

static void add_underscore(tokenizer *t)
{
    if (t->last.n > 0)
        end_run(t);
    if (t->n == HF_TOKEN_MAX)
        end_word(t);
    if (t->n == 0)
        return; /* it joins nothing */
    t->word[t->n++] = '_';
    t->underscores++;
    t->is_plain = false;
}

/* --- unspaced runs ------------------------------------------------------------------------- */

static void add_unit(tokenizer *t, const char *p, size_t n, size_t start, size_t end)
{
    unit u = { .n = (uint8_t)n, .start = start, .end = end };

    memcpy(u.text, p, n);
    end_word(t);
    if (t->last.n > 0) {
        char pair[8];

        memcpy(pair, t->last.text, t->last.n);
        memcpy(pair + t->last.n, p, n);
        emit(t, pair, t->last.n + n, t->last.start, end, t->is_query ? 0 : HF_TOKEN_COLOCATED);
        t->is_run_long = true;
    }
    if (!t->is_query)
        emit(t, p, n, start, end, 0);
    t->last = u;
}

/* --- characters ---------------------------------------------------------------------------- */

/* One folded character of the source bytes [start, end). */
static void add_folded(tokenizer *t, int32_t cp, size_t start, size_t end)
{
    utf8proc_uint8_t bytes[4];
    size_t n = (size_t)utf8proc_encode_char(cp, bytes);
    hf_char_kind kind = hf_char_kind_of(cp);

    if (cp == '_') {
        add_underscore(t);
    } else if (kind == HF_CHAR_UNSPACED) {
        add_unit(t, (const char *)bytes, n, start, end);
    } else if (kind == HF_CHAR_WORD) {
        add_bytes(t, (const char *)bytes, n, start, end);
        t->is_plain = hf_char_is_plain_base(cp);
    } else if (kind == HF_CHAR_MARK) {
        if (t->n > 0) /* otherwise it stands on nothing that it could change */
            add_bytes(t, (const char *)bytes, n, start, end);
    } else {
        split(t); /* the fraction slash of one half */
    }
}

static size_t add_cluster(tokenizer *t, hf_view text, size_t at)
{
    hf_cluster c;

    hf_cluster_fold(text, at, &c);
    for (size_t i = 0; i < c.n; i++)
        add_folded(t, c.cp[i], at, at + c.bytes);
    return at + c.bytes;
}

/* A mark that no cluster took: after an ASCII letter, after a joiner, or with no base at all. */
static size_t add_mark(tokenizer *t, hf_view text, size_t at, size_t len, int32_t cp)
{
    if (t->n == 0)
        return at + len;
    if (t->is_plain && hf_char_is_diacritic(cp)) {
        t->end = at + len;
        return at + len;
    }
    return add_cluster(t, text, at);
}

static size_t add_flag(tokenizer *t, hf_view text, size_t at, size_t len)
{
    int32_t second;
    size_t more = hf_char_read(text, at + len, &second);

    split(t);
    if (more > 0 && hf_char_kind_of(second) == HF_CHAR_FLAG)
        len += more;
    emit(t, text.p + at, len, at, at + len, 0);
    return at + len;
}

/* Han ideographs, kana and Hangul syllables fold to themselves. */
static bool folds_to_itself(int32_t cp)
{
    return (cp >= 0x4E00 && cp <= 0x9FFF) || (cp >= 0x3041 && cp <= 0x3096) ||
           (cp >= 0x30A1 && cp <= 0x30FA) || (cp >= 0xAC00 && cp <= 0xD7A3);
}

/* True when nothing after the character that ends at after folds into it. */
static bool is_alone(const tokenizer *t, hf_view text, size_t after)
{
    int32_t next;

    if (after == text.n || (unsigned char)text.p[after] < 0xC2) /* ASCII, or not a character */
        return true;
    if (hf_char_read(text, after, &next) == 0)
        return true;
    if (next < HF_SMALL_END)
        return t->small[next].kind != HF_CHAR_MARK && t->small[next].kind != HF_CHAR_IGNORED;
    return folds_to_itself(next); /* these follow each other in long runs */
}

/* The character at at, which is not ASCII; returns where the next one starts. */
static size_t add_wide(tokenizer *t, hf_view text, size_t at)
{
    int32_t cp;
    size_t len = hf_char_read(text, at, &cp);
    hf_char_kind kind;

    if (len == 0) {
        split(t);
        return at + 1;
    }
    kind = cp < HF_SMALL_END ? (hf_char_kind)t->small[cp].kind : hf_char_kind_of(cp);
    switch (kind) {
    case HF_CHAR_IGNORED:
        return at + len;
    case HF_CHAR_MARK:
        return add_mark(t, text, at, len, cp);
    case HF_CHAR_FLAG:
        return add_flag(t, text, at, len);
    case HF_CHAR_EMOJI:
        split(t);
        emit(t, text.p + at, len, at, at + len, 0);
        return at + len;
    case HF_CHAR_WORD:
        if (cp >= HF_SMALL_END || t->small[cp].n == 0 || !is_alone(t, text, at + len))
            return add_cluster(t, text, at);
        add_bytes(t, t->small[cp].text, t->small[cp].n, at, at + len);
        t->is_plain = t->small[cp].is_plain;
        return at + len;
    case HF_CHAR_UNSPACED:
        if (!folds_to_itself(cp) || !is_alone(t, text, at + len))
            return add_cluster(t, text, at);
        add_unit(t, text.p + at, len, at, at + len);
        return at + len;
    case HF_CHAR_SPLIT:
    default:
        split(t);
        return at + len;
    }
}

/* 0: splits; otherwise the folded byte. */
static const char ascii_fold[128] = {
    ['0'] = '0', ['1'] = '1', ['2'] = '2', ['3'] = '3', ['4'] = '4', ['5'] = '5', ['6'] = '6',
    ['7'] = '7', ['8'] = '8', ['9'] = '9', ['A'] = 'a', ['B'] = 'b', ['C'] = 'c', ['D'] = 'd',
    ['E'] = 'e', ['F'] = 'f', ['G'] = 'g', ['H'] = 'h', ['I'] = 'i', ['J'] = 'j', ['K'] = 'k',
    ['L'] = 'l', ['M'] = 'm', ['N'] = 'n', ['O'] = 'o', ['P'] = 'p', ['Q'] = 'q', ['R'] = 'r',
    ['S'] = 's', ['T'] = 't', ['U'] = 'u', ['V'] = 'v', ['W'] = 'w', ['X'] = 'x', ['Y'] = 'y',
    ['Z'] = 'z', ['a'] = 'a', ['b'] = 'b', ['c'] = 'c', ['d'] = 'd', ['e'] = 'e', ['f'] = 'f',
    ['g'] = 'g', ['h'] = 'h', ['i'] = 'i', ['j'] = 'j', ['k'] = 'k', ['l'] = 'l', ['m'] = 'm',
    ['n'] = 'n', ['o'] = 'o', ['p'] = 'p', ['q'] = 'q', ['r'] = 'r', ['s'] = 's', ['t'] = 't',
    ['u'] = 'u', ['v'] = 'v', ['w'] = 'w', ['x'] = 'x', ['y'] = 'y', ['z'] = 'z',
};

/* A run of ASCII letters and digits from at, up to the room left in the word. */
static size_t add_ascii(tokenizer *t, hf_view text, size_t at)
{
    size_t n, room;

    if (t->last.n > 0)
        end_run(t);
    if (t->n == HF_TOKEN_MAX)
        end_word(t);
    if (t->n == 0)
        t->start = at;
    n = t->n;
    room = HF_TOKEN_MAX - n;
    if (room > text.n - at)
        room = text.n - at;
    for (size_t i = 0; i < room; i++) {
        unsigned char c = (unsigned char)text.p[at + i];
        char folded = c < 0x80 ? ascii_fold[c] : 0;

        if (folded == 0) {
            room = i;
            break;
        }
        t->word[n + i] = folded;
    }
    t->n = n + room;
    t->underscores = 0;
    t->is_plain = true;
    t->end = at + room;
    return at + room;
}

void hf_tokenize(hf_view text, unsigned flags, hf_token_fn fn, void *self)
{
    tokenizer t;
    size_t at = 0;

    t.fn = fn; /* field by field: clearing the word buffer would cost more than a short text */
    t.self = self;
    t.small = hf_small_table();
    t.is_query = (flags & HF_TOKENIZE_QUERY) != 0;
    t.is_stopped = t.is_plain = t.is_run_long = false;
    t.n = t.underscores = t.start = t.end = 0;
    t.last.n = t.owed.n = 0;
    while (at < text.n && !t.is_stopped) {
        unsigned char c = (unsigned char)text.p[at];

        if (c >= 0x80) {
            at = add_wide(&t, text, at);
        } else if (ascii_fold[c] != 0) {
            at = add_ascii(&t, text, at);
        } else if (c == '_') {
            add_underscore(&t);
            at++;
        } else {
            split(&t);
            at++;
        }
    }
    split(&t);
}
