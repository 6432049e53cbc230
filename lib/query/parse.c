/* query/parse.c: recursive descent over the text; the grammar stands in docs/search.md. */
#include "query/query_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

typedef struct parser {
    hf_query *q;
    const hf_query_args *args;
    hf_view text;
    size_t at;
    unsigned depth;
    const hf_qfield *field; /* inside field:( ... ); NULL elsewhere */
    hf_err **err;
} parser;

static hf_status parse_or(parser *p, hf_qnode **out);

hf_status hf_qfail(hf_err **err, size_t at, const char *fmt, ...)
{
    char text[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    hf_fail(err, HF_E_QUERY, "%s", text);
    return hf_err_at(err, NULL, (hf_view){ NULL, 0 }, at);
}

/* --- characters ----------------------------------------------------------------------------- */

typedef struct sign {
    const char *bytes;
    const char *what; /* NULL: a blank or a quote; otherwise why it is refused */
} sign;

static size_t match(hf_view left, const sign *list, size_t n, const char **what)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(list[i].bytes);

        if (left.n >= len && memcmp(left.p, list[i].bytes, len) == 0) {
            if (what != NULL)
                *what = list[i].what;
            return len;
        }
    }
    return 0;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Bytes of the blank at at; 0 when there is none. No-break and ideographic spaces come in with
 * pasted text. */
static size_t blank_at(const parser *p, size_t at)
{
    static const sign blanks[] = {
        { " ", NULL },        { "\t", NULL },           { "\n", NULL },           { "\r", NULL },
        { "\xC2\xA0", NULL }, { "\xE3\x80\x80", NULL }, { "\xE2\x80\xAF", NULL },
    };

    return match(hf_view_from(p->text, at), blanks, COUNT(blanks), NULL);
}

/* Bytes of the quote at at: straight, or as word processors write them. */
static size_t quote_at(const parser *p, size_t at)
{
    static const sign quotes[] = {
        { "\"", NULL },           { "\xE2\x80\x9C", NULL }, { "\xE2\x80\x9D", NULL },
        { "\xE2\x80\x9E", NULL }, { "\xEF\xBC\x82", NULL },
    };

    return match(hf_view_from(p->text, at), quotes, COUNT(quotes), NULL);
}

/* Characters that look like an operator and are none: taken for a part of a word they would change
 * the query without a word. */
static const char *look_alike(const parser *p, size_t at, bool is_first)
{
    static const sign anywhere[] = {
        { "\xEF\xBC\x88", "a full-width ( is no parenthesis" },
        { "\xEF\xBC\x89", "a full-width ) is no parenthesis" },
        { "\xEF\xBC\x9A", "a full-width : makes no field" },
        { "\xEF\xBC\x8A", "a full-width * is no wildcard" },
    };
    static const sign first[] = {
        { "\xE2\x80\x90", "this hyphen is no minus sign" },
        { "\xE2\x80\x91", "this hyphen is no minus sign" },
        { "\xE2\x80\x93", "a dash is no minus sign" },
        { "\xE2\x80\x94", "a dash is no minus sign" },
        { "\xE2\x88\x92", "this minus sign is not the one of the keyboard" },
        { "\xEF\xBC\x8D", "a full-width - is no minus sign" },
    };
    const char *what = NULL;

    if (match(hf_view_from(p->text, at), anywhere, COUNT(anywhere), &what) == 0 && is_first)
        match(hf_view_from(p->text, at), first, COUNT(first), &what);
    return what;
}

static size_t skip_blanks(const parser *p, size_t at)
{
    size_t n;

    while ((n = blank_at(p, at)) > 0)
        at += n;
    return at;
}

static bool is_end(const parser *p, size_t at)
{
    return at >= p->text.n;
}

static char byte_at(const parser *p, size_t at)
{
    return at < p->text.n ? p->text.p[at] : '\0';
}

/* Where the run of characters from at ends: at a blank, a parenthesis or a quote. */
static size_t run_end(const parser *p, size_t at)
{
    while (!is_end(p, at) && blank_at(p, at) == 0 && quote_at(p, at) == 0 && p->text.p[at] != '(' &&
           p->text.p[at] != ')')
        at++;
    return at;
}

static hf_view run_at(const parser *p, size_t at)
{
    return hf_view_sub(p->text, at, run_end(p, at) - at);
}

/* --- operators ------------------------------------------------------------------------------ */

static bool is_word(hf_view v, const char *word)
{
    return v.n == strlen(word) && strncasecmp(v.p, word, v.n) == 0;
}

/* Whether the keyword stands at at as a word of its own. */
static bool keyword_at(parser *p, size_t at, const char *word)
{
    hf_view run = run_at(p, at);

    if (!is_word(run, word))
        return false;
    if (!hf_view_is(run, word)) {
        char text[80];

        snprintf(text, sizeof(text),
                 "\"%.*s\" was read as the operator %s; quote it to search for it", (int)run.n,
                 run.p, word);
        hf_query_warn(p->q, text);
    }
    return true;
}

static bool is_proximity(hf_view run)
{
    size_t n = run.n > 2 && strncasecmp(run.p, "w/", 2) == 0     ? 2
               : run.n > 4 && strncasecmp(run.p, "pre/", 4) == 0 ? 4
                                                                 : 0;

    if (n == 2 && run.n == 3 && strchr("sSmM", run.p[2]) != NULL)
        return true;
    if (n == 0 || run.n > n + 3)
        return false;
    for (size_t i = n; i < run.n; i++)
        if (run.p[i] < '0' || run.p[i] > '9')
            return false;
    return true;
}

/* --- primaries ------------------------------------------------------------------------------ */

static hf_status enter(parser *p, size_t at)
{
    if (++p->depth > HF_QUERY_DEPTH)
        return hf_qfail(p->err, at, "more than %d parentheses inside each other", HF_QUERY_DEPTH);
    return HF_OK;
}

static hf_status parse_group(parser *p, hf_qnode **out)
{
    size_t open = p->at++;
    hf_status rc = enter(p, open);

    if (rc == HF_OK)
        rc = parse_or(p, out);
    if (rc != HF_OK)
        return rc;
    p->at = skip_blanks(p, p->at);
    if (byte_at(p, p->at) != ')')
        return hf_qfail(p->err, open, "this ( is not closed");
    p->at++;
    p->depth--;
    return HF_OK;
}

/* The text between the quotes at p->at, which moves behind them. */
static hf_status take_quoted(parser *p, hf_view *inside)
{
    size_t open = p->at, from = open + quote_at(p, open), to = from;

    while (!is_end(p, to) && quote_at(p, to) == 0)
        to++;
    if (is_end(p, to))
        return hf_qfail(p->err, open, "this quote is not closed");
    if (p->text.p[open] != '"')
        hf_query_warn(p->q, "typographic quotes were read as \"");
    *inside = hf_view_sub(p->text, from, to - from);
    p->at = to + quote_at(p, to);
    return HF_OK;
}

/* A value of p->field, or a word or phrase when there is none. */
static hf_status parse_value(parser *p, hf_qnode **out)
{
    size_t start = p->at;
    bool is_quoted = quote_at(p, start) > 0;
    hf_view v = run_at(p, start);
    hf_status rc;

    if (is_quoted) {
        rc = take_quoted(p, &v);
        if (rc != HF_OK)
            return rc;
    } else {
        p->at = start + v.n;
    }
    for (size_t i = 0; !is_quoted && i < v.n; i++) {
        const char *what = look_alike(p, start + i, i == 0);

        if (what != NULL) {
            hf_qfail(p->err, start + i, "%s", what);
            return hf_hint(p->err, "write the ASCII character, or quote the word");
        }
    }
    if (p->field != NULL) {
        if (v.n == 0)
            return hf_qfail(p->err, start, "%s: has an empty value", hf_qfield_name(p->field));
        return hf_qfield_node(p->q, p->field, v, start, p->args, out, p->err);
    }
    if (!is_quoted && v.n == 1 && v.p[0] == '*') {
        *out = hf_qnode_new(p->q, HF_Q_ALL, start);
        return HF_OK;
    }
    if (!is_quoted && v.p[0] == '/') {
        hf_qfail(p->err, start, "regular expressions are not in this version");
        return hf_hint(p->err, "quote a word that begins with /");
    }
    return hf_qwords(p->q, v, start + (size_t)(v.p - (p->text.p + start)), out, p->err);
}

/* Letters and a colon at p->at: the name of a field. */
static hf_view field_name(const parser *p)
{
    size_t n = 0;

    for (;; n++) {
        char c = byte_at(p, p->at + n);

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
              (n > 0 && ((c >= '0' && c <= '9') || c == '_'))))
            break;
    }
    return byte_at(p, p->at + n) == ':' ? hf_view_sub(p->text, p->at, n) : (hf_view){ NULL, 0 };
}

static hf_status parse_field(parser *p, hf_view name, hf_qnode **out)
{
    const hf_qfield *f = NULL;
    size_t start = p->at;
    hf_status rc;

    if (p->field != NULL)
        return hf_qfail(p->err, start,
                        "a field inside the values of %s:", hf_qfield_name(p->field));
    rc = hf_qfield_find(name, start, &f, p->err);
    if (rc != HF_OK)
        return rc;
    p->at += name.n + 1;
    if (is_end(p, p->at) || blank_at(p, p->at) > 0 || byte_at(p, p->at) == ')') {
        hf_qfail(p->err, start, "nothing stands behind %s:", hf_qfield_name(f));
        return hf_hint(p->err, "write the value right after the colon");
    }
    p->field = f;
    rc = byte_at(p, p->at) == '(' ? parse_group(p, out) : parse_value(p, out);
    p->field = NULL;
    return rc;
}

static hf_status parse_primary(parser *p, hf_qnode **out)
{
    size_t start = p->at = skip_blanks(p, p->at);
    hf_view run = run_at(p, start), name;
    hf_status rc;

    if (is_end(p, start))
        return hf_qfail(p->err, start, "a word is missing at the end");
    if (byte_at(p, start) == ')')
        return hf_qfail(p->err, start, "a word is missing before this )");
    if (is_word(run, "AND") || is_word(run, "OR"))
        return hf_qfail(p->err, start, "a word is missing before %.*s", (int)run.n, run.p);
    if (is_proximity(run)) {
        hf_qfail(p->err, start, "the operator %.*s is not in this version", (int)run.n, run.p);
        return hf_hint(p->err, "quote it to search for the text");
    }
    if (p->q->nodes >= HF_QUERY_NODES)
        return hf_qfail(p->err, start, "more than %d words, fields and operators", HF_QUERY_NODES);
    name = field_name(p);
    /* A date inside after:( ... ) has colons of its own. */
    if (name.n > 0)
        rc = parse_field(p, name, out);
    else if (byte_at(p, start) == '(')
        rc = parse_group(p, out);
    else
        rc = parse_value(p, out);
    if (rc == HF_OK && !is_end(p, p->at) && blank_at(p, p->at) == 0 && byte_at(p, p->at) != ')') {
        hf_qfail(p->err, p->at, "a blank or an operator is missing here");
        return hf_hint(p->err, "quote words that hold parentheses or quotes");
    }
    return rc;
}

/* --- not, and, or --------------------------------------------------------------------------- */

static hf_status parse_not(parser *p, hf_qnode **out)
{
    size_t start = p->at = skip_blanks(p, p->at);
    bool is_minus = byte_at(p, start) == '-' && start + 1 < p->text.n &&
                    blank_at(p, start + 1) == 0 && byte_at(p, start + 1) != ')';
    hf_qnode *child = NULL;
    hf_status rc;

    if (!is_minus && !keyword_at(p, start, "NOT"))
        return parse_primary(p, out);
    rc = enter(p, start);
    if (rc != HF_OK)
        return rc;
    p->at += is_minus ? 1 : 3;
    rc = parse_not(p, &child);
    if (rc != HF_OK)
        return rc;
    p->depth--;
    *out = hf_qnode_new(p->q, HF_Q_NOT, start);
    (*out)->child = hf_arena_alloc(p->q->mem, sizeof(hf_qnode *));
    (*out)->child[(*out)->nchild++] = child;
    return HF_OK;
}

typedef struct list {
    hf_qnode **node;
    size_t n, cap;
} list;

static void add(list *l, hf_qnode *node)
{
    if (l->n == l->cap) {
        l->cap = l->cap * 2 + 4;
        l->node = hf_realloc(l->node, l->cap, sizeof(hf_qnode *));
    }
    l->node[l->n++] = node;
}

static hf_status parse_and(parser *p, hf_qnode **out)
{
    list all = { 0 };
    hf_status rc;

    for (;;) {
        hf_qnode *node = NULL;

        rc = parse_not(p, &node);
        if (rc != HF_OK)
            break;
        add(&all, node);
        p->at = skip_blanks(p, p->at);
        if (is_end(p, p->at) || byte_at(p, p->at) == ')' || is_word(run_at(p, p->at), "OR"))
            break;
        if (keyword_at(p, p->at, "AND"))
            p->at += 3;
    }
    if (rc == HF_OK)
        *out = hf_qnode_join(p->q, HF_Q_AND, all.node, all.n);
    hf_free(all.node);
    return rc;
}

static hf_status parse_or(parser *p, hf_qnode **out)
{
    list all = { 0 };
    hf_status rc;

    for (;;) {
        hf_qnode *node = NULL;

        rc = parse_and(p, &node);
        if (rc != HF_OK)
            break;
        add(&all, node);
        if (!keyword_at(p, p->at, "OR"))
            break;
        p->at += 2;
    }
    if (rc == HF_OK)
        *out = hf_qnode_join(p->q, HF_Q_OR, all.node, all.n);
    hf_free(all.node);
    return rc;
}

hf_status hf_query_parse(hf_query **out, hf_view text, const hf_query_args *args, hf_err **err)
{
    hf_query *q = HF_NEW(hf_query);
    parser p = { .q = q, .args = args, .text = text, .err = err };
    hf_status rc;

    *out = NULL;
    q->mem = hf_arena_new();
    if (text.n > HF_QUERY_BYTES) {
        rc = hf_qfail(err, HF_QUERY_BYTES, "a query of more than %d bytes", HF_QUERY_BYTES);
    } else if (skip_blanks(&p, 0) == text.n) {
        rc = hf_qfail(err, 0, "the query is empty");
        hf_hint(err, "* is every message");
    } else {
        rc = parse_or(&p, &q->root);
        if (rc == HF_OK && !is_end(&p, p.at))
            rc = hf_qfail(err, p.at, "there is no ( for this )");
    }
    if (rc != HF_OK) {
        hf_query_free(q);
        return rc;
    }
    *out = q;
    return HF_OK;
}
