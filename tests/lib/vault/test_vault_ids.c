/* tests/lib/vault/test_vault_ids.c: sets of ids against the same sets as arrays of flags. */
#include "support.h"

#include "vault/ids_priv.h"

enum { RANGE = 300, BASE = -100 }; /* ids from BASE on, so that some are negative */

typedef struct flags {
    bool has[RANGE];
} flags;

static uint64_t state64 = UINT64_C(88172645463325252);

static uint64_t draw(uint64_t n)
{
    state64 ^= state64 << 13;
    state64 ^= state64 >> 7;
    state64 ^= state64 << 17;
    return state64 % n;
}

static int64_t id_of(size_t i)
{
    return ((int64_t)i + BASE) * 1000003;
}

/* A random set, added in random order with repeats; n 0 to many. */
static hf_ids make(flags *f)
{
    static const uint64_t sizes[] = { 0, 1, 5, 100, 1500 };
    uint64_t n = sizes[draw(T_COUNT(sizes))];
    hf_ids a = { 0 };

    *f = (flags){ 0 };
    for (uint64_t i = 0; i < n; i++) {
        size_t k = (size_t)draw(RANGE);

        f->has[k] = true;
        hf_ids_add(&a, id_of(k));
    }
    hf_ids_sort(&a);
    a.is_not = draw(2) == 0;
    for (size_t k = 0; k < RANGE && a.is_not; k++)
        f->has[k] = !f->has[k];
    return a;
}

static void check(const hf_ids *a, const flags *f)
{
    for (size_t i = 1; i < a->n; i++)
        assert_true(a->id[i - 1] < a->id[i]);
    for (size_t k = 0; k < RANGE; k++)
        assert_int_equal(hf_ids_has(a, id_of(k)) != a->is_not, f->has[k]);
}

static void sets_are_combined(void **state)
{
    (void)state;
    for (int round = 0; round < 3000; round++) {
        flags x, y;
        hf_ids a = make(&x), b = make(&y);
        bool is_and = draw(2) == 0;

        check(&a, &x);
        check(&b, &y);
        for (size_t k = 0; k < RANGE; k++)
            x.has[k] = is_and ? x.has[k] && y.has[k] : x.has[k] || y.has[k];
        if (is_and)
            hf_ids_and(&a, &b);
        else
            hf_ids_or(&a, &b);
        assert_null(b.id);
        check(&a, &x);
        hf_ids_clear(&a);
    }
}

static void members_are_taken_out(void **state)
{
    (void)state;
    for (int round = 0; round < 500; round++) {
        flags x, y;
        hf_ids a = make(&x), b = make(&y);

        for (size_t k = 0; k < RANGE; k++) /* lists alone, without complements */
            x.has[k] = x.has[k] != a.is_not && y.has[k] == b.is_not;
        a.is_not = b.is_not = false;
        hf_ids_minus(&a, &b);
        check(&a, &x);
        hf_ids_clear(&a);
        hf_ids_clear(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_are_combined),
        cmocka_unit_test(members_are_taken_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
