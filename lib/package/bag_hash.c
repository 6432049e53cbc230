/* package/bag_hash.c: the digests that bags are made with, several over the same bytes. */
#include "package/bag_check_priv.h"

#include <openssl/evp.h>

static const struct {
    const char *name, *openssl;
} algorithms[HF_BAG_ALGORITHMS] = {
    [HF_BAG_MD5] = { "md5", "MD5" },          [HF_BAG_SHA1] = { "sha1", "SHA1" },
    [HF_BAG_SHA224] = { "sha224", "SHA224" }, [HF_BAG_SHA256] = { "sha256", "SHA256" },
    [HF_BAG_SHA384] = { "sha384", "SHA384" }, [HF_BAG_SHA512] = { "sha512", "SHA512" },
};

struct hf_bag_hashes {
    EVP_MD *md[HF_BAG_ALGORITHMS]; /* NULL: not fetched yet, or not to be had (MD5 under FIPS) */
    EVP_MD_CTX *ctx[HF_BAG_ALGORITHMS];
    bool wanted[HF_BAG_ALGORITHMS];
    unsigned char digest[HF_BAG_ALGORITHMS][EVP_MAX_MD_SIZE];
    unsigned int n[HF_BAG_ALGORITHMS];
};

hf_bag_algorithm hf_bag_algorithm_of(hf_view name)
{
    for (int a = 0; a < HF_BAG_ALGORITHMS; a++)
        if (hf_view_is(name, algorithms[a].name))
            return (hf_bag_algorithm)a;
    return HF_BAG_UNKNOWN;
}

hf_bag_hashes *hf_bag_hashes_new(void)
{
    return HF_NEW(hf_bag_hashes);
}

void hf_bag_hashes_free(hf_bag_hashes *h)
{
    for (int a = 0; a < HF_BAG_ALGORITHMS; a++) {
        EVP_MD_CTX_free(h->ctx[a]);
        EVP_MD_free(h->md[a]);
    }
    hf_free(h);
}

void hf_bag_hashes_begin(hf_bag_hashes *h)
{
    memset(h->wanted, 0, sizeof(h->wanted));
}

void hf_bag_hashes_want(hf_bag_hashes *h, hf_bag_algorithm a)
{
    if (a == HF_BAG_UNKNOWN || h->wanted[a])
        return;
    if (h->md[a] == NULL)
        h->md[a] = EVP_MD_fetch(NULL, algorithms[a].openssl, NULL);
    if (h->md[a] == NULL)
        return;
    if (h->ctx[a] == NULL)
        h->ctx[a] = EVP_MD_CTX_new();
    h->wanted[a] = h->ctx[a] != NULL && EVP_DigestInit_ex2(h->ctx[a], h->md[a], NULL) == 1;
}

void hf_bag_hashes_add(hf_bag_hashes *h, hf_view bytes)
{
    for (int a = 0; a < HF_BAG_ALGORITHMS; a++)
        if (h->wanted[a])
            h->wanted[a] = EVP_DigestUpdate(h->ctx[a], bytes.p, bytes.n) == 1;
}

void hf_bag_hashes_end(hf_bag_hashes *h)
{
    for (int a = 0; a < HF_BAG_ALGORITHMS; a++)
        if (h->wanted[a])
            h->wanted[a] = EVP_DigestFinal_ex(h->ctx[a], h->digest[a], &h->n[a]) == 1;
}

bool hf_bag_hashes_hex(const hf_bag_hashes *h, hf_bag_algorithm a,
                       char out[2 * HF_BAG_DIGEST_MAX + 1])
{
    static const char digits[] = "0123456789abcdef";

    if (a == HF_BAG_UNKNOWN || !h->wanted[a])
        return false;
    for (unsigned int i = 0; i < h->n[a]; i++) {
        out[2 * i] = digits[h->digest[a][i] >> 4];
        out[2 * i + 1] = digits[h->digest[a][i] & 15];
    }
    out[2 * h->n[a]] = '\0';
    return true;
}

void hf_bag_hashes_sha256(const hf_bag_hashes *h, hf_sha256 *out)
{
    memcpy(out->b, h->digest[HF_BAG_SHA256], sizeof(out->b));
}

bool hf_bag_same_hex(hf_view a, hf_view b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        char c = a.p[i] >= 'A' && a.p[i] <= 'F' ? (char)(a.p[i] - 'A' + 'a') : a.p[i];

        if (c != b.p[i])
            return false;
    }
    return true;
}
