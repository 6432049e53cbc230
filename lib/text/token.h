/* text/token.h: words of a text, for the search index and the exact evaluator alike.
 *
 * Folding   NFKC, full case folding, default-ignorable characters dropped; diacritics are dropped
 *           after Latin, Greek and Cyrillic letters and ASCII digits, and kept everywhere else
 *           (the marks of Hindi or Japanese are letters to their readers). Turkish I-with-dot folds
 *           to i; dotless i stays itself.
 * Words     runs of letters, digits and their marks. "_" between two of them joins (snake_case is
 *           one word, _emphasis_ is "emphasis"). Everything else splits, apostrophes too: "don't"
 *           is "don", "t" and "Miller's" is found by "miller". Addresses, numbers with points and
 *           @names are therefore several words; asking for them is asking for a phrase.
 * Unspaced  in scripts without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese; Korean too,
 * for its glued particles) every character is a word, and in documents every pair of neighbours as
 * well, at the position of its first character (HF_TOKEN_COLOCATED). Queries give pairs, and single
 * characters only where no pair says the same. Emoji     each pictograph is a word, a flag is one
 * word; skin tones and joiners are dropped. Bad UTF-8 splits, byte by byte.
 *
 * Words longer than HF_TOKEN_MAX bytes are cut into several, so a query for such a word is a phrase
 * and still exact. Memory is constant; nothing is allocated.
 * Sources   Unicode UAX 15 and UAX 44, through utf8proc.
 */
#ifndef HF_TEXT_TOKEN_H
#define HF_TEXT_TOKEN_H

#include "util/util.h"

/* Changes with every change of the words given for some text; an index built with another version
 * must be rebuilt. */
#define HF_TOKENIZER_VERSION 1

#define HF_TOKEN_MAX 256

enum {
    HF_TOKEN_COLOCATED = 1, /* at the position of the token before, not at the next one */
};

enum {
    HF_TOKENIZE_QUERY = 1, /* the text is a phrase to look for */
};

/* One word, folded, lent for the call; text bytes [start, end) are where it came from. Return false
 * to stop. */
typedef bool (*hf_token_fn)(void *self, hf_view token, size_t start, size_t end, unsigned flags);

/* Call fn for every word of text in order; flags are HF_TOKENIZE_. */
HF_API void hf_tokenize(hf_view text, unsigned flags, hf_token_fn fn, void *self);

/* Version of tokenizer and Unicode tables, such as "holdfast 1, Unicode 15.0.0": to be stored with
 * an index and with every search report. Static. */
HF_API const char *hf_tokenizer_id(void);

/* Append text folded as words are, with everything between the words left in: two names that differ
 * in case, accents or width only become the same bytes. Invalid UTF-8 stays as it is. */
HF_API void hf_fold(hf_view text, hf_buf *out);

#endif
