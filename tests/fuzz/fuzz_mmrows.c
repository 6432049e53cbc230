/* tests/fuzz/fuzz_mmrows.c: any bytes as the document of a record from a Mattermost's tables. The
 * first byte chooses the kind; what is read must hold together, and read the same again.
 */
#include "check.h"

#include "mattermost/mm_priv.h"

typedef struct digests {
    uint64_t content, state;
    uint32_t nvalue, nleaf;
} digests;

static bool read_document(hf_kind kind, hf_view doc, digests *out)
{
    hf_batch *b = hf_batch_new();
    hf_paths *paths = hf_paths_new();
    hf_record *r = hf_batch_add(b, kind);
    hf_err *err = NULL;
    hf_status rc;

    r->id = HF_V("id");
    r->raw.bytes = doc;
    rc = mm_parse(b, r, paths, &err);
    CHECK((rc == HF_OK) == (err == NULL));
    CHECK(rc == HF_OK || rc == HF_E_RECORD);
    if (rc == HF_OK) {
        for (uint32_t i = 0; i < r->nvalue; i++)
            CHECK(hf_field_get(r->value[i].field)->kind == kind);
        for (uint32_t i = 0; i < r->nleaf; i++) {
            CHECK(r->leaf[i].value <= r->nvalue && r->leaf[i].raw.n > 0);
            hf_leaf_plain(&r->leaf[i], b->mem);
        }
        hf_rec_digests(r, paths, &out->content, &out->state);
        out->nvalue = r->nvalue;
        out->nleaf = r->nleaf;
    }
    hf_err_free(err);
    hf_paths_free(paths);
    hf_batch_free(b);
    return rc == HF_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const hf_kind kinds[] = { HF_KIND_MESSAGE,   HF_KIND_USER,       HF_KIND_CHANNEL,
                                     HF_KIND_WORKSPACE, HF_KIND_MEMBERSHIP, HF_KIND_EMOJI,
                                     HF_KIND_DRAFT,     HF_KIND_EVENT,      HF_KIND_OPAQUE };
    digests one, two;
    hf_kind kind;
    char *copy;

    if (n < 1)
        return 0;
    kind = kinds[data[0] % (sizeof(kinds) / sizeof(kinds[0]))];
    copy = hf_alloc(n); /* exactly as long, for the sanitizer */
    memcpy(copy, data + 1, n - 1);
    if (read_document(kind, (hf_view){ copy, n - 1 }, &one)) {
        CHECK(read_document(kind, (hf_view){ copy, n - 1 }, &two));
        CHECK(one.content == two.content && one.state == two.state && one.nvalue == two.nvalue &&
              one.nleaf == two.nleaf);
    }
    hf_free(copy);
    return 0;
}
