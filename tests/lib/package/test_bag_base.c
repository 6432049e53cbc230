/* tests/lib/package/test_bag_base.c: which folder of a container is the bag. */
#include "support.h"

#include "package/bag.h"

static hf_status read_nothing(void *self, uint32_t index, uint64_t at, void *to, size_t n,
                              size_t *got, hf_err **err)
{
    (void)self, (void)index, (void)at, (void)to, (void)n, (void)err;
    *got = 0;
    return HF_OK;
}

/* Which folder of a container is the bag does not depend on which member stands first. */
static void test_base(void **state)
{
    static const struct {
        const char *why, *base; /* NULL: no bag */
        const char *name[4];
    } cases[] = {
        { "at the top", "", { "bagit.txt", "a/bagit.txt", "z" } },
        { "as tar packs \".\"", "./", { "./", "./data/x", "./bagit.txt" } },
        { "in a folder", "a/", { "a/", "a/data/x", "a/bagit.txt" } },
        { "in a folder of \".\"", "./a/", { "./", "./a/data/x", "./a/bagit.txt" } },
        { "something beside the folder", "m/", { "a.txt", "m/bagit.txt", "z/x" } },
        { "without its declaration", "m/", { "a.txt", "m/manifest-sha256.txt", "z/x" } },
        { "one with, one without it", "n/", { "m/manifest-sha256.txt", "n/bagit.txt" } },
        { "two of them", "b/", { "c/bagit.txt", "b/bagit.txt", "a/x" } },
        { "deeper than one folder", NULL, { "a/b/bagit.txt", "./a/b/bagit.txt", "x" } },
        { "above where it is unpacked", NULL, { "../bagit.txt", "../data/x" } },
        { "at the root of the system", NULL, { "/bagit.txt", "/data/x" } },
        { "nothing of the name", NULL, { "a/mybagit.txt", "a/bagit.txt/x" } },
    };
    static const hf_source_ops ops = { .read = read_nothing };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases) * 2; i++) {
        hf_member m[4] = { { .mtime_us = HF_NO_TIME } };
        hf_source *s = NULL;
        hf_err *err = NULL;
        uint32_t n = 0;
        hf_view base;

        while (n < 4 && cases[i / 2].name[n] != NULL)
            n++;
        for (uint32_t k = 0; k < n; k++) {
            m[k].name = hf_view_str(cases[i / 2].name[i % 2 == 0 ? k : n - 1 - k]);
            m[k].type = hf_view_ends(m[k].name, HF_V("/")) ? HF_MEMBER_FOLDER : HF_MEMBER_FILE;
        }
        T_OK(err, hf_source_over(&s, "kept", HF_SOURCE_ZIP, m, n, &ops, NULL, &err));
        base = hf_bag_base(s);
        if ((base.p == NULL) != (cases[i / 2].base == NULL))
            print_message("%s\n", cases[i / 2].why);
        assert_int_equal(base.p == NULL, cases[i / 2].base == NULL);
        if (base.p != NULL)
            t_view(hf_view_str(cases[i / 2].base), base, __FILE__, __LINE__);
        hf_source_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_base) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
