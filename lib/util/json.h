/* util/json.h: JSON that loses nothing: a token tape over the record's own bytes.
 *
 * Nothing is copied or converted: every token is a span of the text, numbers stay text, duplicate
 * keys are all there, lone surrogates and invalid UTF-8 are kept and flagged. Readers look values
 * up by key and take them for a canonical field; what is not taken by the end is the account that
 * the ledger gets. Grammar   RFC 8259. Limits of one record: hf_json_limits. Memory: 16 bytes a
 * token. Errors    HF_E_RECORD with the byte offset of the first wrong byte; HF_E_LIMIT.
 */
#ifndef HF_UTIL_JSON_H
#define HF_UTIL_JSON_H

#include "util/util.h"

typedef enum hf_json_type {
    HF_JSON_NULL,
    HF_JSON_FALSE,
    HF_JSON_TRUE,
    HF_JSON_NUMBER,
    HF_JSON_STRING,
    HF_JSON_ARRAY,
    HF_JSON_OBJECT,
} hf_json_type;

enum {
    HF_TOK_KEY = 1,            /* an object's key; its value is the next token */
    HF_TOK_ESCAPED = 2,        /* a string with at least one backslash */
    HF_TOK_BAD_UTF8 = 4,       /* a string with bytes that are not UTF-8 */
    HF_TOK_LONE_SURROGATE = 8, /* a string with an unpaired \uD800..\uDFFF */
    HF_TOK_SHADOWED = 16, /* a key that the same object has again later: the later one counts */
    HF_TOK_ODD = 32,      /* taken, but spelled in a way its canonical value does not show */
};

typedef struct hf_tok {
    uint32_t at, len; /* bytes of the value in the text, quotes and brackets included */
    uint32_t next;    /* index of the token after this value; of a key: of its value */
    uint16_t field;   /* canonical field it was taken for; 0 while nobody took it */
    uint8_t type;     /* hf_json_type */
    uint8_t flags;    /* HF_TOK_ */
} hf_tok;

typedef struct hf_json_limits {
    size_t max_bytes;    /* 0: 64 MiB */
    uint32_t max_tokens; /* 0: 1,000,000 */
    uint32_t max_depth;  /* 0: 512 */
} hf_json_limits;

typedef struct hf_tape {
    hf_view text; /* borrowed: must outlive the tape's use */
    hf_tok *tok;  /* tok[0] is the root value */
    uint32_t n, cap;
    struct hf_json_keys *keys; /* private: finds repeated keys */
} hf_tape;

#define HF_NO_TOK 0 /* the root is nobody's child, so 0 says "no such value" */

/* A tape of zeroes is initialised. hf_tape_clear frees its memory and leaves it initialised. */
HF_API void hf_tape_init(hf_tape *t);
HF_API void hf_tape_clear(hf_tape *t);

/* Parse text, which must be exactly one value with white space around it. limits NULL: the
 * defaults. On an error the tape is empty. Reusing a tape keeps its memory. */
HF_API hf_status hf_tape_parse(hf_tape *t, hf_view text, const hf_json_limits *limits,
                               hf_err **err);

/* The value of key in the object at index obj, compared with the decoded key; of several equal keys
 * the last. HF_NO_TOK when absent or when obj is not an object. */
HF_API uint32_t hf_tape_get(const hf_tape *t, uint32_t obj, const char *key);

/* The same below a value that was itself looked up: HF_NO_TOK gives HF_NO_TOK, where hf_tape_get
 * would look into the root. */
HF_API uint32_t hf_tape_get_in(const hf_tape *t, uint32_t found, const char *key);

/* First element of an array (or first KEY token of an object), and the following one; HF_NO_TOK at
 * the end. In an object the value of key token k is k + 1. */
HF_API uint32_t hf_tape_first(const hf_tape *t, uint32_t parent);
HF_API uint32_t hf_tape_after(const hf_tape *t, uint32_t parent, uint32_t child);

/* Mark the value, and its key, as carried by a canonical field; a container: everything in it.
 * HF_NO_TOK is ignored. */
HF_API void hf_tape_take(hf_tape *t, uint32_t tok, uint16_t field);

/* The same, and flag it HF_TOK_ODD: tolerated, but not in the form its canonical value would have.
 */
HF_API void hf_tape_take_odd(hf_tape *t, uint32_t tok, uint16_t field);

static inline hf_json_type hf_tok_type(const hf_tape *t, uint32_t tok)
{
    return (hf_json_type)t->tok[tok].type;
}

/* The source bytes of a value, quotes included. */
static inline hf_view hf_tok_raw(const hf_tape *t, uint32_t tok)
{
    return (hf_view){ t->text.p + t->tok[tok].at, t->tok[tok].len };
}

/* The decoded text of a string, borrowed from the text when it has no escapes, else from the arena.
 * Lone surrogates and bytes that are not UTF-8 become U+FFFD. The empty view for anything but a
 * string. */
HF_API hf_view hf_tok_string(const hf_tape *t, uint32_t tok, hf_arena *mem);

/* Append to b the text of the inside of a JSON string (without its quotes), as hf_tok_string. */
HF_API void hf_json_decode(hf_buf *b, hf_view inside);

/* An integer number; false for anything else, fractions and exponents included. */
HF_API bool hf_tok_i64(const hf_tape *t, uint32_t tok, int64_t *out);

/* How strings are escaped when written; all forms decode to the same text. */
typedef enum hf_json_style {
    HF_JSON_PLAIN, /* only what RFC 8259 requires; UTF-8 as it is */
    HF_JSON_PHP,   /* as Slack writes: "\/" and every non-ASCII character as \uXXXX */
    HF_JSON_GO,    /* as Mattermost writes (Go 1.22): < > & and U+2028, U+2029 as \uXXXX */
} hf_json_style;

/* Append text as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. */
HF_API void hf_json_put_string(hf_buf *b, hf_view text, hf_json_style style);

/* --- finding records in a member ---------------------------------------------------------------
 *
 * A member is cut into its records in a window that the caller refills: the elements of a top-level
 * array, or the lines of JSON Lines. One splitter sees one member, once, from its first byte:
 *
 *     for (;;) {
 *         switch (hf_json_split_tape(s, window, is_last, &used, &piece, &tape)) {
 *         case HF_SPLIT_PIECE: ... use window.p + piece.at before the window moves ...
 *         case HF_SPLIT_MORE:  ... keep the bytes from used on, append more ...
 *         case HF_SPLIT_DONE:  ...
 *         }
 *         drop the first used bytes of the window
 *     }
 *
 * Bytes between records (brackets, commas, white space, a byte-order mark) are consumed and belong
 * to no piece.
 *
 * A broken element is one bad piece. It ends before the separator of the next element that starts
 * after the array's own separator and parses whole, otherwise before the bracket that ends the
 * array, otherwise at the member's end. What is the array's own is judged by brackets and quotes
 * from the fault on, once as they stand and once as if a quote were missing there, and by the
 * array's own indentation. An element beyond the limits is a bad piece up to its own end. A member
 * that is not an array is one bad piece, and so are bytes after the array. Where a value or the
 * closing bracket is missing, the bad piece may be empty. The pieces of a member do not depend on
 * how its bytes come, except for the places where a bad piece longer than max_bytes is cut.
 */
typedef struct hf_json_split hf_json_split;

typedef enum hf_split_mode { HF_SPLIT_ARRAY, HF_SPLIT_LINES } hf_split_mode;

typedef struct hf_piece {
    size_t at, len;     /* the record's bytes, relative to the window given */
    bool is_bad;        /* not valid JSON: to be quarantined; reason says why */
    const char *reason; /* static text; NULL when good */
    size_t bad_at;      /* offset of the first wrong byte, relative to the window; only when bad */
    hf_status code;     /* HF_OK, or of a bad piece HF_E_RECORD or HF_E_LIMIT */
    bool is_rest;       /* more bytes of the bad piece before, which was too long for the window */
} hf_piece;

/* limits NULL: the defaults; max_bytes holds for one record. */
HF_API hf_json_split *hf_json_split_new(hf_split_mode mode, const hf_json_limits *limits);
HF_API void hf_json_split_free(hf_json_split *s); /* NULL is fine */

typedef enum hf_split_result {
    HF_SPLIT_PIECE, /* *piece is set; *used bytes of the window are done with */
    HF_SPLIT_MORE,  /* call again with the window from *used on, longer */
    HF_SPLIT_DONE,  /* the member is at its end */
} hf_split_result;

/* Find the next record in window, whose first byte must be the byte after the *used bytes consumed
 * so far, and write its tape, whose offsets count from the record's first byte; the tape is empty
 * when the piece is bad. last: the window reaches the member's end. A record that is cut by the
 * window's end is looked at again when the window has doubled, so a member costs time linear in its
 * size whatever the windows; a window of max_bytes + 32 KiB from *used on always suffices. */
HF_API hf_split_result hf_json_split_tape(hf_json_split *s, hf_view window, bool last, size_t *used,
                                          hf_piece *piece, hf_tape *tape);

/* The same without the tape. */
HF_API hf_split_result hf_json_split_next(hf_json_split *s, hf_view window, bool last, size_t *used,
                                          hf_piece *piece);

#endif
