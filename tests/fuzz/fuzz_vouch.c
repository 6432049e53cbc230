/* tests/fuzz/fuzz_vouch.c: any bytes as what lies beside a package to vouch for it: a list of
 * volumes, a receipt, a log entry with its proof, a signature with its key.
 *
 * The first byte chooses which; what needs two parts is cut at the first NUL.
 */
#include "check.h"

#include "package/verify_priv.h"
#include "package/volumes.h"

/* Volumes add up to the container, and no name leads elsewhere. */
static void check_volumes(hf_view json)
{
    hf_volumes v;
    hf_err *err = NULL;
    uint64_t sum = 0;

    if (hf_volumes_parse(json, &v, &err) == HF_OK) {
        CHECK(err == NULL && v.container.n > 0);
        for (size_t i = 0; i < v.n; i++) {
            CHECK(v.volume[i].file.n > 0 && hf_view_find_byte(v.volume[i].file, '/') == HF_NPOS);
            sum += v.volume[i].clear_bytes;
        }
        CHECK(sum == v.bytes);
    } else {
        CHECK(err != NULL);
    }
    hf_err_free(err);
    hf_volumes_free(&v);
}

/* A receipt is never right for a manifest that it does not name. */
static void check_receipt(hf_verifying *v, hf_view receipt)
{
    hf_sha256 none = { { 7 } };
    hf_vouch alone = hf_verify_receipt(v, receipt, NULL);

    CHECK(alone == HF_VOUCH_UNKNOWN || alone == HF_VOUCH_BAD);
    CHECK(hf_verify_receipt(v, receipt, &none) == HF_VOUCH_BAD ||
          hf_view_find(receipt, HF_V("07")) != HF_NPOS);
    CHECK(strlen(v->out->run_id) < sizeof(v->out->run_id));
    (void)hf_receipt_volumes(receipt);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const hf_verify_args args = { .known = NULL };
    hf_verify_result r = { .volumes = 0 };
    hf_verifying v = { &args, &r };
    hf_view all = { (const char *)data, n }, one, two;
    uint8_t key[HF_ED25519_KEY];
    hf_vouch got;
    size_t cut;

    if (n < 1)
        return 0;
    all = hf_view_from(all, 1);
    cut = hf_view_find_byte(all, '\0');
    one = hf_view_sub(all, 0, cut == HF_NPOS ? all.n : cut);
    two = hf_view_from(all, cut == HF_NPOS ? all.n : cut + 1);
    switch (data[0] % 4) {
    case 0:
        check_volumes(all);
        break;
    case 1:
        check_receipt(&v, all);
        break;
    case 2:
        got = hf_verify_log(&v, one, two, HF_V("receipt"));
        CHECK(got != HF_VOUCH_KNOWN && (got == HF_VOUCH_BAD) == (r.findings > 0));
        break;
    default:
        (void)hf_public_key_parse(one, key);
        got = hf_verify_signature(&v, HF_V("list"), HF_V("bytes"), two, one);
        CHECK(got != HF_VOUCH_KNOWN && (got == HF_VOUCH_BAD) == (r.findings > 0));
        break;
    }
    (void)hf_evidence_kind_of(all);
    return 0;
}
