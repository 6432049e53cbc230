/* RFC 6962 trees: hashes and proofs against a definition written down anew, and the ways a proof
 * can be wrong. The published vectors are in test_vectors.c. */
#include "audit/tree.h"
#include "support.h"

enum { MOST = 70 };

typedef struct nodes { /* what a log keeps: complete subtrees by level and number */
    hf_sha256 at[8][MOST + 1];
} nodes;

static void keep(void *self, unsigned level, uint64_t index, const hf_sha256 *hash)
{
    ((nodes *)self)->at[level][index] = *hash;
}

static hf_status give(void *self, unsigned level, uint64_t index, hf_sha256 *out, hf_err **err)
{
    (void)err;
    *out = ((nodes *)self)->at[level][index];
    return HF_OK;
}

/* MTH of RFC 6962, section 2.1, word by word. */
static hf_sha256 mth(const hf_sha256 *leaf, size_t n)
{
    size_t k = 1;
    hf_sha256 a, b;

    if (n == 0)
        return hf_sha256_of((hf_view){ "", 0 });
    if (n == 1)
        return leaf[0];
    while (k * 2 < n)
        k *= 2;
    a = mth(leaf, k);
    b = mth(leaf + k, n - k);
    return hf_tree_node(&a, &b);
}

static void grow(nodes *all, hf_sha256 *leaf, hf_sha256 *root)
{
    hf_tree_range r = { 0 };

    root[0] = hf_tree_root(&r);
    for (size_t i = 0; i < MOST; i++) {
        char text[16];

        leaf[i] =
            hf_tree_leaf((hf_view){ text, (size_t)snprintf(text, sizeof(text), "entry %zu", i) });
        hf_tree_push(&r, &leaf[i], keep, all);
        root[i + 1] = hf_tree_root(&r);
    }
}

static void test_roots(void **state)
{
    nodes all;
    hf_sha256 leaf[MOST], root[MOST + 1], want, got;
    hf_err *err = NULL;

    (void)state;
    grow(&all, leaf, root);
    for (size_t n = 0; n <= MOST; n++) {
        want = mth(leaf, n);
        assert_memory_equal(&want, &root[n], sizeof(want));
        T_OK(err, hf_tree_root_at(n, give, &all, &got, &err));
        assert_memory_equal(&want, &got, sizeof(want));
    }
}

static void test_inclusion(void **state)
{
    nodes all;
    hf_sha256 leaf[MOST], root[MOST + 1];
    hf_tree_proof p;
    hf_err *err = NULL;

    (void)state;
    grow(&all, leaf, root);
    for (uint64_t n = 1; n <= MOST; n++)
        for (uint64_t i = 0; i < n; i++) {
            T_OK(err, hf_tree_prove(i, n, give, &all, &p, &err));
            assert_true(hf_tree_holds(&p, i, n, &leaf[i], &root[n]));
            assert_false(hf_tree_holds(&p, i, n, &leaf[(i + 1) % MOST], &root[n]));
            assert_false(hf_tree_holds(&p, i, n, &leaf[i], &root[n - 1]));
            if (n > 1)
                assert_false(hf_tree_holds(&p, i ^ 1, n, &leaf[i], &root[n]));
            for (size_t k = 0; k < p.n; k++) {
                p.hash[k].b[k % 32] ^= 1;
                assert_false(hf_tree_holds(&p, i, n, &leaf[i], &root[n]));
                p.hash[k].b[k % 32] ^= 1;
            }
            p.hash[p.n++] = root[0];
            assert_false(hf_tree_holds(&p, i, n, &leaf[i], &root[n]));
            p.n -= 2;
            if (n > 1)
                assert_false(hf_tree_holds(&p, i, n, &leaf[i], &root[n]));
        }
    T_FAILS(err, HF_E_USAGE, hf_tree_prove(3, 3, give, &all, &p, &err));
    p.n = 0;
    assert_false(hf_tree_holds(&p, 0, 0, &leaf[0], &root[0])); /* an empty tree holds nothing */
}

static void test_growth(void **state)
{
    nodes all;
    hf_sha256 leaf[MOST], root[MOST + 1];
    hf_tree_proof p;
    hf_err *err = NULL;

    (void)state;
    grow(&all, leaf, root);
    for (uint64_t n = 1; n <= MOST; n++)
        for (uint64_t m = 1; m <= n; m++) {
            T_OK(err, hf_tree_prove_growth(m, n, give, &all, &p, &err));
            assert_true(hf_tree_continues(&p, m, n, &root[m], &root[n]));
            assert_false(hf_tree_continues(&p, m, n, &root[m - 1], &root[n]));
            assert_false(hf_tree_continues(&p, m, n, &root[m], &root[n - 1]));
            assert_false(m < n && hf_tree_continues(&p, m, n, &root[n], &root[m]));
            for (size_t k = 0; k < p.n; k++) {
                p.hash[k].b[31 - k % 32] ^= 0x80;
                assert_false(hf_tree_continues(&p, m, n, &root[m], &root[n]));
                p.hash[k].b[31 - k % 32] ^= 0x80;
            }
            p.hash[p.n++] = root[m];
            assert_false(hf_tree_continues(&p, m, n, &root[m], &root[n]));
        }
    T_FAILS(err, HF_E_USAGE, hf_tree_prove_growth(0, 5, give, &all, &p, &err));
    T_FAILS(err, HF_E_USAGE, hf_tree_prove_growth(6, 5, give, &all, &p, &err));
    p.n = 0;
    assert_false(hf_tree_continues(&p, 0, 1, &root[0], &root[1])); /* nothing proves nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),
        cmocka_unit_test(test_inclusion),
        cmocka_unit_test(test_growth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
