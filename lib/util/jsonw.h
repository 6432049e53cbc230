/* util/jsonw.h: write JSON documents of our own (reports, answers, manifests): commas and nesting
 * are kept right by the writer; strings are escaped in HF_JSON_PLAIN. */
#ifndef HF_UTIL_JSONW_H
#define HF_UTIL_JSONW_H

#include "util/json.h"

typedef struct hf_jsonw {
    hf_buf *out;      /* borrowed */
    int indent;       /* spaces per level; 0 writes one line */
    int depth;        /* open containers, at most 63 */
    uint64_t filled;  /* bit d: the container at depth d has an item */
    uint64_t objects; /* bit d: the container at depth d is an object */
    bool has_key;     /* a key is written and waits for its value */
} hf_jsonw;

/* indent: spaces per level, 0 for one line without blanks. No line end is written after the
 * document.
 */
HF_API void hf_jsonw_init(hf_jsonw *w, hf_buf *out, int indent);

/* key NULL inside an array, at the top, and after hf_jsonw_key. */
HF_API void hf_jsonw_object(hf_jsonw *w, const char *key);
HF_API void hf_jsonw_array(hf_jsonw *w, const char *key);
HF_API void hf_jsonw_end(hf_jsonw *w, char bracket); /* '}' or ']' */
HF_API void hf_jsonw_text(hf_jsonw *w, const char *key, hf_view text);
HF_API void hf_jsonw_str(hf_jsonw *w, const char *key, const char *text); /* NULL writes null */
HF_API void hf_jsonw_u64(hf_jsonw *w, const char *key, uint64_t n);
HF_API void hf_jsonw_i64(hf_jsonw *w, const char *key, int64_t n);
HF_API void hf_jsonw_bool(hf_jsonw *w, const char *key, bool value);
HF_API void hf_jsonw_null(hf_jsonw *w, const char *key);
/* A moment as RFC 3339; HF_NO_TIME writes null. */
HF_API void hf_jsonw_time(hf_jsonw *w, const char *key, int64_t us);
/* A value that is JSON already, copied as it is. */
HF_API void hf_jsonw_raw(hf_jsonw *w, const char *key, hf_view json);
/* Write a key that is data; the value follows by any of the calls above with key NULL. */
HF_API void hf_jsonw_key(hf_jsonw *w, hf_view key);

#endif
