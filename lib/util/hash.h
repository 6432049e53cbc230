/* util/hash.h: SHA-256 through OpenSSL, order-free digests, and a fast non-cryptographic hash. */
#ifndef HF_UTIL_HASH_H
#define HF_UTIL_HASH_H

#include "util/view.h"

typedef struct hf_sha256 {
    uint8_t b[32];
} hf_sha256;

typedef struct hf_sha256_ctx hf_sha256_ctx;

HF_API hf_sha256_ctx *hf_sha256_new(void);
HF_API void hf_sha256_free(hf_sha256_ctx *c); /* NULL is fine */

/* begin, any number of adds, finish; a context may be used again after finish. */
HF_API void hf_sha256_begin(hf_sha256_ctx *c);
HF_API void hf_sha256_add(hf_sha256_ctx *c, hf_view v);
HF_API hf_sha256 hf_sha256_finish(hf_sha256_ctx *c);

/* The digest of one run of bytes. */
HF_API hf_sha256 hf_sha256_of(hf_view v);

/* 64 lower-case hex digits and a NUL into out. */
HF_API void hf_sha256_hex(const hf_sha256 *d, char out[65]);
HF_API bool hf_sha256_parse(hf_view hex, hf_sha256 *out);

/* A digest of a set that does not depend on order but counts repeats: the sum, modulo 2^128, of the
 * first 16 bytes of each item's SHA-256 read as a big-endian number. */
typedef struct hf_setdigest {
    uint64_t hi, lo;
} hf_setdigest;

HF_API void hf_setdigest_add(hf_setdigest *s, const hf_sha256 *item);
HF_API void hf_setdigest_merge(hf_setdigest *s, const hf_setdigest *other);
HF_API void hf_setdigest_hex(const hf_setdigest *s, char out[33]);

/* 64-bit hash for tables and duplicate filters; equal on every machine, not for adversaries. */
HF_API uint64_t hf_hash64(hf_view v, uint64_t seed);

#endif
