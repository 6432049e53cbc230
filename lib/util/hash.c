/* util/hash.c: digests. */
#include "util/hash.h"

#include "util/mem.h"

#include <openssl/evp.h>
#include <pthread.h>

struct hf_sha256_ctx {
    EVP_MD_CTX *md;
};

static pthread_once_t fetch_once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256; /* fetched once: the look-up by name costs as much as hashing 200 bytes */

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

hf_sha256_ctx *hf_sha256_new(void)
{
    hf_sha256_ctx *c = HF_NEW(hf_sha256_ctx);

    pthread_once(&fetch_once, fetch);
    c->md = EVP_MD_CTX_new();
    hf_sha256_begin(c);
    return c;
}

void hf_sha256_free(hf_sha256_ctx *c)
{
    if (c == NULL)
        return;
    EVP_MD_CTX_free(c->md);
    hf_free(c);
}

void hf_sha256_begin(hf_sha256_ctx *c)
{
    EVP_DigestInit_ex2(c->md, sha256, NULL);
}

void hf_sha256_add(hf_sha256_ctx *c, hf_view v)
{
    EVP_DigestUpdate(c->md, v.p, v.n);
}

hf_sha256 hf_sha256_finish(hf_sha256_ctx *c)
{
    hf_sha256 d;

    EVP_DigestFinal_ex(c->md, d.b, NULL);
    return d;
}

static pthread_key_t one_shot_key;
static pthread_once_t one_shot_once = PTHREAD_ONCE_INIT;

static void free_one_shot(void *p)
{
    hf_sha256_free(p);
}

static void make_one_shot_key(void)
{
    pthread_key_create(&one_shot_key, free_one_shot);
}

hf_sha256 hf_sha256_of(hf_view v)
{
    hf_sha256_ctx *c;

    pthread_once(&one_shot_once, make_one_shot_key);
    c = pthread_getspecific(one_shot_key);
    if (c == NULL) {
        c = hf_sha256_new();
        pthread_setspecific(one_shot_key, c);
    }
    hf_sha256_begin(c);
    hf_sha256_add(c, v);
    return hf_sha256_finish(c);
}

static const char hex_digits[] = "0123456789abcdef";

void hf_sha256_hex(const hf_sha256 *d, char out[65])
{
    for (size_t i = 0; i < 32; i++) {
        out[2 * i] = hex_digits[d->b[i] >> 4];
        out[2 * i + 1] = hex_digits[d->b[i] & 15];
    }
    out[64] = '\0';
}

bool hf_sha256_parse(hf_view hex, hf_sha256 *out)
{
    if (hex.n != 64)
        return false;
    for (size_t i = 0; i < 64; i++) {
        const char *at = hex.p[i] == '\0' ? NULL : strchr(hex_digits, hex.p[i]);

        if (at == NULL)
            return false;
        out->b[i / 2] = (uint8_t)(out->b[i / 2] << 4 | (uint8_t)(at - hex_digits));
    }
    return true;
}

static uint64_t big_endian(const uint8_t *p)
{
    uint64_t n = 0;

    for (size_t i = 0; i < 8; i++)
        n = n << 8 | p[i];
    return n;
}

void hf_setdigest_add(hf_setdigest *s, const hf_sha256 *item)
{
    hf_setdigest one = { big_endian(item->b), big_endian(item->b + 8) };

    hf_setdigest_merge(s, &one);
}

void hf_setdigest_merge(hf_setdigest *s, const hf_setdigest *other)
{
    bool carry = __builtin_add_overflow(s->lo, other->lo, &s->lo);

    s->hi += other->hi + (carry ? 1 : 0);
}

void hf_setdigest_hex(const hf_setdigest *s, char out[33])
{
    for (size_t i = 0; i < 16; i++) {
        out[i] = hex_digits[s->hi >> (60 - 4 * i) & 15];
        out[16 + i] = hex_digits[s->lo >> (60 - 4 * i) & 15];
    }
    out[32] = '\0';
}

/* The 128-bit multiply-and-fold construction published as wyhash, on little-endian words. */
static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide m = (wide)a * b;

    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* Spelled out, so that the compiler makes one load of it. */
static uint64_t word4(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;

    return (uint64_t)b[0] | (uint64_t)b[1] << 8 | (uint64_t)b[2] << 16 | (uint64_t)b[3] << 24;
}

static uint64_t word8(const char *p)
{
    return word4(p) | word4(p + 4) << 32;
}

/* n up to 8 bytes, as one word of them and zeros; bytes read twice fall on themselves. */
static uint64_t word(const char *p, size_t n)
{
    uint64_t w = 0;

    if (n == 8)
        return word8(p);
    if (n >= 4)
        return word4(p) | word4(p + n - 4) << (8 * (n - 4));
    for (size_t i = 0; i < n; i++)
        w |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return w;
}

uint64_t hf_hash64(hf_view v, uint64_t seed)
{
    uint64_t h = seed ^ UINT64_C(0xa0761d6478bd642f);
    size_t i = 0;

    for (; i + 16 <= v.n; i += 16)
        h = fold(word8(v.p + i) ^ UINT64_C(0xe7037ed1a0b428db), word8(v.p + i + 8) ^ h);
    if (i < v.n) {
        size_t left = v.n - i, head = left < 8 ? left : 8;

        h = fold(word(v.p + i, head) ^ UINT64_C(0x8ebc6af09c88c6e3),
                 word(v.p + i + head, left - head) ^ h);
    }
    return fold(h ^ UINT64_C(0x589965cc75374cc3), (uint64_t)v.n ^ UINT64_C(0xe7037ed1a0b428db));
}
