/* tests/fuzz/fuzz_proof.c: any bytes as a proof that a log holds an entry, which is spelled again
 * in the same bytes; and a tree made from them, whose proofs hold and, changed anywhere, do not.
 *
 * For the tree the first five bytes choose: the size, the entry and the older size, the byte to
 * change and its bit; the rest are the entries' bytes.
 */

#include "audit/proof.h"
#include "check.h"

enum { MOST_LEAVES = 70, LEVELS = 8 };

static struct {
    hf_sha256 hash[LEVELS][MOST_LEAVES];
} nodes;

static void keep(void *self, unsigned level, uint64_t index, const hf_sha256 *hash)
{
    (void)self;
    CHECK(level < LEVELS && index < MOST_LEAVES);
    nodes.hash[level][index] = *hash;
}

static hf_status get(void *self, unsigned level, uint64_t index, hf_sha256 *out, hf_err **err)
{
    (void)self;
    (void)err;
    CHECK(level < LEVELS && index < MOST_LEAVES);
    *out = nodes.hash[level][index];
    return HF_OK;
}

static bool is_same(const hf_sha256 *a, const hf_sha256 *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* A proof with one bit changed, one hash less or one more proves nothing. */
static void check_entry(uint64_t index, uint64_t size, const hf_sha256 *root, size_t at,
                        uint8_t flip)
{
    hf_sha256 leaf = nodes.hash[0][index];
    hf_tree_proof p, q;
    hf_checkpoint c;
    hf_proof whole;

    CHECK(hf_tree_prove(index, size, get, NULL, &p, NULL) == HF_OK);
    CHECK(hf_tree_holds(&p, index, size, &leaf, root));
    for (uint64_t other = 0; other < size; other++)
        CHECK(other == index || !hf_tree_holds(&p, other, size, &leaf, root) ||
              is_same(&nodes.hash[0][other], &leaf));
    CHECK(!hf_tree_holds(&p, index, index, &leaf, root)); /* behind the end */
    q = p;
    q.n = p.n + 1;
    CHECK(!hf_tree_holds(&q, index, size, &leaf, root));
    q.n = p.n == 0 ? 0 : p.n - 1;
    CHECK(p.n == 0 || !hf_tree_holds(&q, index, size, &leaf, root));
    q = p;
    if (p.n > 0)
        q.hash[at / 32 % p.n].b[at % 32] ^= flip;
    CHECK(p.n == 0 || !hf_tree_holds(&q, index, size, &leaf, root));
    leaf.b[at % 32] ^= flip;
    CHECK(!hf_tree_holds(&p, index, size, &leaf, root));

    /* The same as a text, over an unsigned checkpoint. */
    whole = (hf_proof){ .index = index, .path = p, .checkpoint = HF_V("o\n1\nbad\n") };
    CHECK(hf_proof_holds(&whole, HF_V(""), &c, NULL) == HF_E_DAMAGED);
}

static void check_growth(uint64_t old, uint64_t size, const hf_sha256 *old_root,
                         const hf_sha256 *root, size_t at, uint8_t flip)
{
    hf_sha256 other = *old_root;
    hf_tree_proof p, q;

    CHECK(hf_tree_prove_growth(old, size, get, NULL, &p, NULL) == HF_OK);
    CHECK(hf_tree_continues(&p, old, size, old_root, root));
    q = p;
    if (p.n > 0)
        q.hash[at / 32 % p.n].b[at % 32] ^= flip;
    CHECK(p.n == 0 || !hf_tree_continues(&q, old, size, old_root, root));
    q.n = p.n + 1;
    CHECK(!hf_tree_continues(&q, old, size, old_root, root));
    other.b[at % 32] ^= flip;
    CHECK(!hf_tree_continues(&p, old, size, &other, root));
    other = *root;
    other.b[at % 32] ^= flip;
    CHECK(!hf_tree_continues(&p, old, size, old_root, &other));
}

static void check_tree(const uint8_t *choice, hf_view bytes)
{
    uint64_t size = 1 + choice[0] % (MOST_LEAVES - 1), index = choice[1] % size;
    uint64_t old = 1 + choice[2] % size;
    hf_sha256 old_root = { { 0 } }, root;
    hf_tree_range r = { 0 };

    memset(&nodes, 0, sizeof(nodes));
    for (uint64_t i = 0; i < size; i++) {
        hf_view part = hf_view_sub(bytes, bytes.n * i / size, bytes.n / size);
        hf_sha256 leaf = hf_tree_leaf(part);

        hf_tree_push(&r, &leaf, keep, NULL);
        if (r.n == old)
            old_root = hf_tree_root(&r);
    }
    root = hf_tree_root(&r);
    check_entry(index, size, &root, choice[3], (uint8_t)(1 << choice[4] % 8));
    check_growth(old, size, &old_root, &root, choice[3], (uint8_t)(1 << choice[4] % 8));
}

static void check_text(hf_view text)
{
    hf_checkpoint c;
    hf_err *err = NULL;
    hf_proof p;
    hf_buf b;

    if (hf_proof_parse(text, &p, &err) == HF_OK) {
        CHECK(err == NULL && p.path.n <= HF_TREE_DEPTH);
        hf_buf_init(&b, HF_BUF_UNBOUNDED);
        hf_proof_put(&b, &p);
        CHECK(hf_view_eq(hf_buf_view(&b), text));
        hf_buf_clear(&b);
        (void)hf_proof_holds(&p, HF_V("entry"), &c, NULL);
        (void)hf_proof_check(&p, HF_V("entry"), NULL, 0, &c, NULL);
    } else {
        CHECK(err != NULL && err->code == HF_E_DAMAGED);
    }
    hf_err_free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hf_view bytes = { (const char *)data, n };

    check_text(bytes);
    if (n >= 5)
        check_tree(data, hf_view_from(bytes, 5));
    return 0;
}
