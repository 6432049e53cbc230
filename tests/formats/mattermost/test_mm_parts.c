/* Rows that wait for the record they join. */
#include "mattermost/rows_priv.h"
#include "support.h"

static mm_part part_of(uint16_t table, const char *key, const char *line, uint64_t offset)
{
    return (mm_part){ table, hf_view_str(key), hf_view_str(line), offset };
}

static void put(mm_parts *p, mm_part part)
{
    hf_err *err = NULL;

    T_OK(err, mm_parts_put(p, &part, &err));
}

static void test_few(void **state)
{
    hf_arena *mem = hf_arena_new();
    mm_parts *p = mm_parts_new();
    mm_part *found, left;
    hf_err *err = NULL;
    size_t n;

    (void)state;
    put(p, part_of(3, "a", "one\n", 7));
    put(p, part_of(1023, "b", "two\n", UINT64_MAX));
    put(p, part_of(3, "a", "three\n", 9));
    put(p, part_of(0, "", "", 0)); /* nothing is a key as well */
    T_OK(err, mm_parts_seal(p, &err));
    T_OK(err, mm_parts_find(p, HF_V("a"), mem, &found, &n, &err));
    assert_int_equal(n, 2);
    T_VIEW("one\n", found[0].line);
    T_VIEW("three\n", found[1].line);
    assert_int_equal(found[1].offset, 9);
    assert_int_equal(found[1].table, 3);
    T_OK(err, mm_parts_find(p, HF_V("c"), mem, &found, &n, &err));
    assert_int_equal(n, 0);
    T_OK(err, mm_parts_find(p, HF_V(""), mem, &found, &n, &err));
    assert_int_equal(n, 1);
    T_OK(err, mm_parts_left(p, mem, &left, &err));
    T_VIEW("two\n", left.line);
    T_VIEW("b", left.key);
    assert_int_equal(left.table, 1023);
    assert_true(left.offset == UINT64_MAX);
    assert_int_equal(mm_parts_left(p, mem, &left, &err), HF_END);
    T_OK(err, mm_parts_find(p, HF_V("a"), mem, &found, &n, &err)); /* they are forgotten */
    assert_int_equal(n, 0);
    assert_int_equal(mm_parts_left(p, mem, &left, &err), HF_END);
    mm_parts_free(p);
    hf_arena_free(mem);
}

static void test_none(void **state)
{
    hf_arena *mem = hf_arena_new();
    mm_parts *p = mm_parts_new();
    mm_part *found, left;
    hf_err *err = NULL;
    size_t n;

    (void)state;
    T_OK(err, mm_parts_seal(p, &err));
    T_OK(err, mm_parts_find(p, HF_V("a"), mem, &found, &n, &err));
    assert_int_equal(n, 0);
    assert_int_equal(mm_parts_left(p, mem, &left, &err), HF_END);
    mm_parts_free(p);
    hf_arena_free(mem);
}

enum { KEYS = 60000 };

static size_t rows_of(unsigned key)
{
    return key % 5 == 0 ? 0 : key % 7;
}

/* More than stays in memory; long rows too, which no window holds. */
static void test_many(void **state)
{
    hf_arena *mem = hf_arena_new();
    mm_parts *p = mm_parts_new();
    char key[32], *line = hf_alloc(40001);
    hf_err *err = NULL;
    size_t put_rows = 0, left_rows = 0, n;
    mm_part *found, left;

    (void)state;
    memset(line, 'x', 40000);
    line[40000] = '\n';
    for (unsigned round = 0; round < 7; round++)
        for (unsigned k = 0; k < KEYS; k++) {
            mm_part part = { (uint16_t)round, { key, 0 }, { NULL, 0 }, (uint64_t)k << 8 | round };
            size_t size = 20 + k % 90;

            if (round >= rows_of(k))
                continue;
            if (k % 5003 == 1)
                size = 40000;
            part.key.n = (size_t)snprintf(key, sizeof(key), "key%u", k);
            part.line = (hf_view){ line + 40000 - size, size + 1 };
            put(p, part);
            put_rows++;
        }
    T_OK(err, mm_parts_seal(p, &err));
    for (unsigned k = 0; k < KEYS; k++) {
        size_t size = k % 5003 == 1 ? 40000 : 20 + k % 90;

        if (k % 10 == 3)
            continue; /* nobody asks for these */
        hf_arena_reset(mem);
        T_OK(err, mm_parts_find(p, (hf_view){ key, (size_t)snprintf(key, sizeof(key), "key%u", k) },
                                mem, &found, &n, &err));
        assert_int_equal(n, rows_of(k));
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(found[i].offset >> 8, k);
            assert_int_equal(found[i].offset & 255, found[i].table);
            assert_int_equal(found[i].line.n, size + 1);
            assert_true(found[i].line.p[0] == 'x' && found[i].line.p[size] == '\n');
        }
        put_rows -= n;
    }
    while (mm_parts_left(p, mem, &left, &err) == HF_OK) {
        assert_int_equal((left.offset >> 8) % 10, 3);
        left_rows++;
    }
    assert_int_equal(left_rows, put_rows);
    assert_true(left_rows > 1000);
    mm_parts_free(p);
    hf_arena_free(mem);
    hf_free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
