/* query/query.h: the search language: text to tree, tree to its normal form. No input or output.
 *
 *   crane AND (fail* OR "out of order") -drill from:maren in:#incidents after:2024-03-01
 *
 * Words      folded as text/token.h says; several words in one piece (e-mail) are a phrase; word*
 *            is every word that begins so, also inside "...". A lone * is every message.
 * Operators  AND, OR, NOT in either case, -x, parentheses; blanks mean AND. Precedence, high to
 *            low: parentheses, field, phrase, NOT, AND, OR.
 * Fields     from: in: chan: before: after: on: during: has: is: type: id:, each with one value,
 *            "a value" or (a OR b).
 * Unit       the message: operands may hit different texts or versions of it.
 *
 * What the full language has and this version lacks (W/n, regular expressions, ?, ~ ...) is an
 * error that names it, never a word. Grammar: docs/search.md.
 */
#ifndef HF_QUERY_QUERY_H
#define HF_QUERY_QUERY_H

#include "query/doc.h"
#include "util/util.h"

enum {
    HF_QUERY_BYTES = 64 << 10, /* of the text */
    HF_QUERY_DEPTH = 64,       /* parentheses and NOTs inside each other */
    HF_QUERY_NODES = 8192,     /* words, fields and operators */
    HF_QUERY_STEPS = 64,       /* words of one phrase */
};

typedef enum hf_qkind {
    HF_Q_ALL,   /* every message */
    HF_Q_AND,   /* two or more children */
    HF_Q_OR,    /* two or more children */
    HF_Q_NOT,   /* one child */
    HF_Q_WORDS, /* a word or phrase in the texts or file names */
    HF_Q_FROM,  /* the author is, or was, called text */
    HF_Q_IN,    /* the conversation is, or was, called text */
    HF_Q_CHAN,  /* the conversation is of the kind text: public, private, dm, group */
    HF_Q_TIME,  /* sent at since_us or later, or before until_us: one of the two is set */
    HF_Q_TRAIT, /* has one of the HF_TRAIT_ in trait */
    HF_Q_ID,    /* the native id is text */
} hf_qkind;

typedef struct hf_qstep {
    hf_view word; /* folded */
    bool is_prefix;
} hf_qstep;

typedef struct hf_qnode {
    hf_qkind kind;
    uint32_t leaf; /* number among the leaves, from 0 */
    size_t at;     /* byte of the query's text where it starts; HF_NPOS: not from the text */
    struct hf_qnode **child;
    size_t nchild;
    hf_view text; /* WORDS: what stands between the quotes of its normal form; FROM, IN, CHAN, ID */
    hf_qstep *step; /* WORDS: one after the other, without a gap */
    size_t nstep;
    bool is_prefix;             /* FROM, IN: every name that begins so */
    int64_t since_us, until_us; /* TIME; the other one is HF_NO_TIME */
    unsigned trait;             /* TRAIT: HF_TRAIT_ */
} hf_qnode;

typedef struct hf_query hf_query;

typedef struct hf_query_args {
    const hf_zone *zone; /* of dates; NULL: UTC */
    int64_t now_us;      /* what "7d" and "yesterday" count from */
} hf_query_args;

/* HF_E_QUERY with the byte of the query where it went wrong, and with the nearest name when a field
 * or value is unknown. */
HF_API hf_status hf_query_parse(hf_query **out, hf_view text, const hf_query_args *args,
                                hf_err **err);
HF_API void hf_query_free(hf_query *q); /* NULL is fine */

HF_API const hf_qnode *hf_query_root(const hf_query *q);
HF_API size_t hf_query_leaves(const hf_query *q);

/* Whether a word or phrase stands in it that no NOT is above. */
HF_API bool hf_query_has_words(const hf_query *q);

/* What is legal but perhaps not meant, such as "and" in small letters; i < count. */
HF_API size_t hf_query_warnings(const hf_query *q);
HF_API const char *hf_query_warning(const hf_query *q, size_t i);

/* Append the normal form: equal queries in equal spelling, moments in UTC. It parses to the same
 * tree again. */
HF_API void hf_query_print(const hf_query *q, hf_buf *out);
HF_API void hf_qnode_print(const hf_qnode *n, hf_buf *out);

/* Narrow the query to a part, as "AND after:... before:..." and "AND (in:a OR in:b)" would; open
 * ends are HF_NO_TIME, kind is HF_Q_FROM, HF_Q_IN or HF_Q_CHAN, and n 0 changes nothing. The names
 * are taken as they are: no wildcard. */
HF_API void hf_query_narrow_time(hf_query *q, int64_t since_us, int64_t until_us);
HF_API void hf_query_narrow_names(hf_query *q, hf_qkind kind, const char *const *names, size_t n);

/* Append a piece of text around the first place that a positive word or phrase of q hits, else its
 * beginning: at most max bytes, cut between characters, with "..." (U+2026) where something was
 * left out. False when nothing of q stands in the text. */
HF_API bool hf_query_snippet(const hf_query *q, hf_view text, size_t max, hf_buf *out);

#endif
