/* util/json_priv.h: what the files of the JSON reader share. */
#ifndef HF_UTIL_JSON_PRIV_H
#define HF_UTIL_JSON_PRIV_H

#include "util/json.h"

/* What stopped a scan. */
typedef struct hf_json_fault {
    hf_status code;     /* HF_E_RECORD or HF_E_LIMIT */
    bool is_short;      /* the bytes ended before the value did; more of them may help */
    const char *reason; /* static text */
    size_t at;          /* the first wrong byte */
    size_t token_at;    /* start of the token that holds it: a place outside of strings */
    uint32_t depth;     /* containers open there */
} hf_json_fault;

/* limits with the defaults filled in; NULL: all defaults. */
hf_json_limits hf_json_limits_or_default(const hf_json_limits *limits);

/* Tape the one value that starts at or after text.p[0], behind white space; *end becomes the offset
 * of the byte after it. A number that ends with the text may go on in bytes not seen yet: the
 * caller's business. limits must be filled in; max_bytes is not looked at. false with *fault
 * set and the tape empty when there is no such value. */
bool hf_json_scan(hf_tape *t, hf_view text, const hf_json_limits *limits, size_t *end,
                  hf_json_fault *fault);

/* Flag HF_TOK_SHADOWED every key of the object at obj that comes again later in it. The object's
 * last token is the last one of the tape. */
void hf_json_flag_shadowed(hf_tape *t, uint32_t obj);

static inline bool hf_json_is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Bytes of the well-formed UTF-8 sequence at p (Unicode 15, table 3-7); 0 when there is none. */
static inline size_t hf_utf8_len(const char *p, size_t n)
{
    const unsigned char *u = (const unsigned char *)p;
    unsigned c = n == 0 ? 0xFF : u[0];

    if (c < 0x80)
        return 1;
    if (c >= 0xC2 && c < 0xE0)
        return n >= 2 && (u[1] & 0xC0) == 0x80 ? 2 : 0;
    if (c >= 0xE0 && c < 0xF0) {
        /* No overlong forms (E0 80..9F), no surrogates (ED A0..BF). */
        unsigned low = c == 0xE0 ? 0xA0 : 0x80, high = c == 0xED ? 0x9F : 0xBF;

        return n >= 3 && u[1] >= low && u[1] <= high && (u[2] & 0xC0) == 0x80 ? 3 : 0;
    }
    if (c >= 0xF0 && c < 0xF5) {
        unsigned low = c == 0xF0 ? 0x90 : 0x80, high = c == 0xF4 ? 0x8F : 0xBF;

        return n >= 4 && u[1] >= low && u[1] <= high && (u[2] & 0xC0) == 0x80 &&
                       (u[3] & 0xC0) == 0x80
                   ? 4
                   : 0;
    }
    return 0;
}

/* The four hex digits at p, which must be readable; negative when they are not hex. */
int hf_json_hex4(const char *p);

#endif
