/* tests/lib/format/test_sort.c: the external sort, in memory and with many runs on disk. */
#include "support.h"

#include "format/sort.h"

#include <stdlib.h>

/* Column lists of two tables: not packed with each record. */
static const char heads[2][16] = { "COPY a (x);\n", "COPY b (y);\n" };

/* A message with a text long enough that a few hundred of them pass a small memory cap. */
static hf_record *message(hf_batch *b, const char *channel, int64_t us, hf_view thread)
{
    hf_record *r = hf_batch_add(b, HF_KIND_MESSAGE);

    r->origin = HF_V("T1");
    r->scope = hf_view_str(channel);
    r->time_us = us;
    r->id = hf_arena_printf(b->mem, "%lld.000000", (long long)us);
    r->raw.bytes =
        hf_arena_printf(b->mem, "{\"ts\":\"%lld\",\"text\":\"%0200d\"}", (long long)us, 7);
    if (us % 3 < 2)
        r->raw.head = hf_view_str(heads[us % 3]);
    hf_rec_num(b, r, HF_F_MESSAGE_TIME, 0, us);
    if (thread.n > 0)
        hf_rec_text(b, r, HF_F_MESSAGE_THREAD, 0, thread);
    r->leaf = hf_arena_alloc0(b->mem, 1, sizeof(hf_leaf));
    r->leaf[0] = (hf_leaf){ .path = 3, .value = 1, .raw = hf_view_sub(r->raw.bytes, 6, 4) };
    r->nleaf = 1;
    return r;
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    return z ^ z >> 27;
}

static void orders_by_channel_and_time(size_t memory, bool spills)
{
    enum { N = 5000 };
    hf_sort *s = hf_sort_new(HF_ORDER_CHANNEL_TIME, memory);
    hf_batch *in = hf_batch_new(), *out = hf_batch_new();
    uint64_t state = 42, seen = 0;
    hf_err *err = NULL;
    hf_view last = { NULL, 0 };
    int64_t last_us = 0;
    hf_status rc;

    for (int i = 0; i < N; i++) {
        uint64_t r = next_random(&state);
        static const char *const channels[] = { "C1", "C10", "C2" };

        T_OK(err, hf_sort_add(s,
                              message(in, channels[r % 3], (int64_t)(r >> 20 & 0xffffff) + 1,
                                      (hf_view){ NULL, 0 }),
                              &err));
    }
    /* A definition given last still comes first. */
    hf_batch_add(in, HF_KIND_CHANNEL)->id = HF_V("C1");
    T_OK(err, hf_sort_add(s, in->rec[in->n - 1], &err));
    while ((rc = hf_sort_next(s, out, &err)) == HF_OK) {
        for (size_t i = 0; i < out->n; i++) {
            const hf_record *r = out->rec[i];

            if (seen++ == 0) {
                assert_int_equal(HF_KIND_CHANNEL, r->kind);
                continue;
            }
            assert_int_equal(HF_KIND_MESSAGE, r->kind);
            assert_true(hf_view_cmp(last, r->scope) < 0 ||
                        (hf_view_eq(last, r->scope) && last_us <= r->time_us));
            /* The leaf still points into the record's own bytes. */
            assert_ptr_equal(r->raw.bytes.p + 6, r->leaf[0].raw.p);
            if (r->time_us % 3 < 2)
                assert_ptr_equal(heads[r->time_us % 3], r->raw.head.p);
            else
                assert_int_equal(0, r->raw.head.n);
            last = hf_arena_dup(in->mem, r->scope);
            last_us = r->time_us;
        }
        hf_batch_free(out);
        out = hf_batch_new();
    }
    assert_int_equal(HF_END, rc);
    assert_int_equal(N + 1, seen);
    assert_int_equal(spills, hf_sort_spilled(s) > 0);
    hf_batch_free(in);
    hf_batch_free(out);
    hf_sort_free(s);
}

static void sorts_in_memory(void **state)
{
    (void)state;
    orders_by_channel_and_time(64 << 20, false);
}

static void sorts_on_disk(void **state)
{
    (void)state;
    orders_by_channel_and_time(64 << 10, true); /* dozens of runs */
}

static void a_root_comes_before_its_replies(void **state)
{
    hf_sort *s = hf_sort_new(HF_ORDER_THREAD, 0);
    hf_batch *in = hf_batch_new(), *out = hf_batch_new();
    static const char *const want[] = { "1.000000", "3.000000", "5.000000", "2.000000",
                                        "4.000000" };
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_sort_add(s, message(in, "C", 5, HF_V("1.000000")), &err));
    T_OK(err, hf_sort_add(s, message(in, "C", 4, HF_V("2.000000")), &err));
    T_OK(err, hf_sort_add(s, message(in, "C", 2, HF_V("2.000000")),
                          &err)); /* a root that names itself */
    T_OK(err, hf_sort_add(s, message(in, "C", 3, HF_V("1.000000")), &err));
    T_OK(err, hf_sort_add(s, message(in, "C", 1, (hf_view){ NULL, 0 }), &err));
    T_OK(err, hf_sort_next(s, out, &err));
    assert_int_equal(T_COUNT(want), out->n);
    for (size_t i = 0; i < T_COUNT(want); i++)
        T_VIEW(want[i], out->rec[i]->id);
    hf_batch_free(in);
    hf_batch_free(out);
    hf_sort_free(s);
}

/* Ids of other systems say nothing about time. Threads then stand in the order in which they began,
 * one without its root where its first reply does. */
static void threads_by_the_moment_they_began(void **state)
{
    static const struct {
        const char *id, *root;
        int seconds;
    } given[] = {
        { "aaa", NULL, 50 },  { "zzz", NULL, 10 },  { "r1", "zzz", 70 },  { "r2", "aaa", 60 },
        { "mmm", "mmm", 20 }, { "r3", "zzz", 15 },  { "r4", "gone", 40 }, { "r5", "gone", 30 },
        { "r6", "mmm", 90 },  { "same", NULL, 10 },
    };
    static const char *const want[] = { "same", "zzz", "r3", "r1",  "mmm",
                                        "r6",   "r5",  "r4", "aaa", "r2" };
    static const size_t memory[] = { 0, 2 };

    (void)state;
    for (size_t k = 0; k < T_COUNT(memory); k++) { /* the second spills every message */
        hf_sort *s = hf_sort_new(HF_ORDER_THREAD_TIME, memory[k]);
        hf_batch *in = hf_batch_new(), *out = hf_batch_new();
        hf_err *err = NULL;

        for (size_t i = 0; i < T_COUNT(given); i++) {
            hf_record *r = message(in, "C", given[i].seconds, hf_view_str(given[i].root));

            r->id = hf_view_str(given[i].id);
            T_OK(err, hf_sort_add(s, r, &err));
        }
        T_OK(err, hf_sort_next(s, out, &err));
        assert_int_equal(T_COUNT(want), out->n);
        for (size_t i = 0; i < T_COUNT(want); i++)
            T_VIEW(want[i], out->rec[i]->id);
        assert_int_equal(hf_sort_next(s, out, &err), HF_END);
        assert_true((hf_sort_spilled(s) > 0) == (memory[k] > 0));
        hf_batch_free(in);
        hf_batch_free(out);
        hf_sort_free(s);
    }
}

/* A scope that keeps nothing, or an empty export. */
static void nothing_is_sorted_too(void **state)
{
    hf_sort *s = hf_sort_new(HF_ORDER_THREAD, 0);
    hf_batch *out = hf_batch_new();
    hf_err *err = NULL;

    (void)state;
    assert_int_equal(hf_sort_next(s, out, &err), HF_END);
    assert_int_equal(out->n, 0);
    hf_batch_free(out);
    hf_sort_free(s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(sorts_in_memory),
        cmocka_unit_test(sorts_on_disk),
        cmocka_unit_test(a_root_comes_before_its_replies),
        cmocka_unit_test(threads_by_the_moment_they_began),
        cmocka_unit_test(nothing_is_sorted_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
