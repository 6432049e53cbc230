/* tests/lib/package/test_volumes.c: a folder of encrypted volumes, and what else may lie in it. */
#include "support.h"

#include <unistd.h>

#include "package/volumes.h"

/* The order of a shell's *.cms is that of the numbers, or joining them makes something else. */
static void test_names_in_order(void **state)
{
    static const size_t totals[] = { 1, 999, 1000, 1234, 99999 };

    (void)state;
    for (size_t t = 0; t < T_COUNT(totals); t++) {
        char *before = hf_volume_name("a b", 1, totals[t], ".cms");

        for (size_t i = 2; i <= totals[t]; i++) {
            char *name = hf_volume_name("a b", i, totals[t], ".cms");

            assert_true(strcmp(before, name) < 0);
            hf_free(before);
            before = name;
        }
        hf_free(before);
    }
    {
        char *one = hf_volume_name("n", 7, 12, ".zip");

        assert_string_equal("n.007.zip", one);
        hf_free(one);
    }
}

static const char list_head[] = "{\"schema\":\"volumes/1\",\"container\":\"n.zip\",\"encryption\":"
                                "\"x\",\"recipients\":[],\"readme_sha256\":\"";

/* volumes.json of one volume of these bytes, which says that it has n. */
static void put_list(hf_buf *out, hf_view bytes, uint64_t n)
{
    hf_sha256 digest = hf_sha256_of(bytes), readme = hf_sha256_of(HF_V("read me"));
    char hex[65];

    hf_buf_reset(out);
    hf_sha256_hex(&readme, hex);
    hf_buf_printf(out, "%s%s", list_head, hex);
    hf_sha256_hex(&digest, hex);
    hf_buf_printf(out,
                  "\",\"volumes\":[{\"file\":\"n.001.cms\",\"bytes\":%llu,\"sha256\":\"%s\","
                  "\"clear_bytes\":5,\"clear_sha256\":\"%s\"}],\"container_bytes\":5,"
                  "\"container_sha256\":\"%s\"}",
                  (unsigned long long)n, hex, hex, hex);
}

static uint64_t check(const char *folder, hf_view json)
{
    hf_volumes v;
    hf_source *s = NULL;
    uint64_t findings = 0;
    hf_err *err = NULL;

    T_OK(err, hf_volumes_parse(json, &v, &err));
    T_OK(err, hf_source_open(&s, folder, NULL, &err));
    T_OK(err, hf_volumes_check(s, &v, NULL, -1, NULL, NULL, &findings, &err));
    hf_source_close(s);
    hf_volumes_free(&v);
    return findings;
}

static void test_files_beside(void **state)
{
    static const char *const more[] = { "n.002.cms", "PAY-HERE.html", "sub/README.txt",
                                        "volumes.json.bak" };
    const char *folder = t_folder();
    hf_buf json;

    (void)state;
    hf_buf_init(&json, HF_BUF_UNBOUNDED);
    put_list(&json, HF_V("sealed"), 6);
    t_write(folder, "n.001.cms", HF_V("sealed"));
    t_write(folder, "README.txt", HF_V("read me"));
    t_write(folder, "volumes.json", hf_buf_view(&json));
    assert_int_equal(0, check(folder, hf_buf_view(&json)));
    for (size_t i = 0; i < T_COUNT(more); i++) {
        char *path = hf_sprintf("%s/%s", folder, more[i]);

        t_write(folder, more[i], HF_V("x"));
        assert_true(check(folder, hf_buf_view(&json)) > 0);
        assert_int_equal(0, unlink(path));
        hf_free(path);
    }
    {
        char *path = hf_sprintf("%s/sub", folder);

        rmdir(path);
        hf_free(path);
    }
    t_write(folder, "README.txt", HF_V("send your key to"));
    assert_int_equal(1, check(folder, hf_buf_view(&json)));
    t_write(folder, "README.txt", HF_V("read me"));
    t_write(folder, "n.001.cms", HF_V("sealed and more"));
    assert_int_equal(1, check(folder, hf_buf_view(&json)));
    hf_buf_clear(&json);
}

/* A list that asks for more than a volume may have: opening takes three times that in memory. */
static void test_volume_too_large(void **state)
{
    hf_volumes v;
    hf_err *err = NULL;
    hf_buf json;

    (void)state;
    hf_buf_init(&json, HF_BUF_UNBOUNDED);
    put_list(&json, HF_V("sealed"), HF_VOLUME_BYTES + 1);
    T_FAILS(err, HF_E_DAMAGED, hf_volumes_parse(hf_buf_view(&json), &v, &err));
    hf_volumes_free(&v);
    hf_buf_clear(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_in_order),
        cmocka_unit_test(test_files_beside),
        cmocka_unit_test(test_volume_too_large),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
