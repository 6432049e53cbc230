/* text/fold_priv.h: character kinds and folding by cluster, shared by the tokenizer and hf_fold. */
#ifndef HF_TEXT_FOLD_PRIV_H
#define HF_TEXT_FOLD_PRIV_H

#include "util/util.h"

typedef enum hf_char_kind {
    HF_CHAR_SPLIT,    /* white space, punctuation, symbols, unassigned */
    HF_CHAR_WORD,     /* letters and numbers */
    HF_CHAR_UNSPACED, /* letters and numbers of scripts written without spaces */
    HF_CHAR_MARK,     /* belongs to the character before it */
    HF_CHAR_IGNORED,  /* soft hyphen, joiners, variation selectors, direction marks */
    HF_CHAR_EMOJI,
    HF_CHAR_FLAG, /* regional indicator; two make a flag */
} hf_char_kind;

hf_char_kind hf_char_kind_of(int32_t cp);

/* Letters after which diacritics carry no meaning of their own for a search. */
bool hf_char_is_plain_base(int32_t cp);
bool hf_char_is_diacritic(int32_t cp);

/* The character of v at at, in bytes (0: not UTF-8, or at is the end). */
size_t hf_char_read(hf_view v, size_t at, int32_t *cp);

/* No character unfolds to more than HF_CHAR_OUT. */
enum { HF_CLUSTER_MAX = 16, HF_CHAR_OUT = 18, HF_CLUSTER_OUT = HF_CLUSTER_MAX * HF_CHAR_OUT };

typedef struct hf_cluster {
    int32_t cp[HF_CLUSTER_OUT]; /* folded */
    size_t n;
    size_t bytes; /* of the source */
} hf_cluster;

/* Fold the character at at together with the marks that follow it (at most HF_CLUSTER_MAX
 * characters): the smallest piece whose folding does not depend on its neighbours. False when there
 * is no valid character. */
bool hf_cluster_fold(hf_view v, size_t at, hf_cluster *out);

/* Folding of a character below HF_SMALL_END that no mark follows. */
enum { HF_SMALL_END = 0x600 };

typedef struct hf_small {
    uint8_t kind; /* hf_char_kind */
    uint8_t n;    /* bytes in text; 0 for a word: too long for this table, fold it as a cluster */
    char text[5];
    bool is_plain; /* marks after it vanish */
} hf_small;

/* HF_SMALL_END entries, made at the first call. */
const hf_small *hf_small_table(void);

#endif
