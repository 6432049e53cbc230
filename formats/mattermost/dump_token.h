/* mattermost/dump_token.h: the words of an SQL statement (PostgreSQL 15, "Lexical Structure"). */
#ifndef HF_MM_DUMP_TOKEN_H
#define HF_MM_DUMP_TOKEN_H

#include "dump_priv.h"

typedef enum mm_token_kind {
    MM_TOKEN_END,
    MM_TOKEN_WORD,   /* a name or a number */
    MM_TOKEN_NAME,   /* in double quotes */
    MM_TOKEN_STRING, /* in single quotes */
    MM_TOKEN_SIGN,   /* one other byte */
} mm_token_kind;

typedef struct mm_token {
    mm_token_kind kind;
    hf_view text; /* as it stands, quotes included */
} mm_token;

bool mm_is_blank(char c);

/* The next token of a statement, taken from *rest. */
mm_token mm_token_next(hf_view *rest);

bool mm_token_is(mm_token t, const char *upper); /* a word without quotes, in any case */
bool mm_token_is_sign(mm_token t, char c);
bool mm_token_is_name(mm_token t);

/* Take the next token when it is this one. */
bool mm_token_accept(hf_view *rest, const char *upper);
bool mm_token_accept_sign(hf_view *rest, char c);

/* A name without its quotes, in mem; one without quotes is folded as PostgreSQL folds it. */
hf_view mm_token_name(mm_token t, hf_arena *mem);

#endif
