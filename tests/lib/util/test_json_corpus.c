/* tests/lib/util/test_json_corpus.c: real Slack exports, file by file, against jansson, cut into
 * records, damaged, and written again. Skipped where the corpus is absent. */
#include "support.h"

#include <ftw.h>

#include "json_same.h"

static struct totals {
    uint64_t files, arrays, records; /* members seen; of which arrays; elements of those */
    uint64_t strings, reproduced;    /* string tokens; of which PHP style gives the same bytes */
    uint64_t healed;                 /* damaged arrays of which all other records came out */
} totals;

static void count_reproduced(const hf_tape *t, hf_arena *mem)
{
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (uint32_t i = 0; i < t->n; i++) {
        if (t->tok[i].type != HF_JSON_STRING)
            continue;
        hf_buf_reset(&b);
        hf_json_put_string(&b, hf_tok_string(t, i, mem), HF_JSON_PHP);
        totals.strings++;
        totals.reproduced += hf_view_eq(hf_buf_view(&b), hf_tok_raw(t, i));
    }
    hf_buf_clear(&b);
}

/* Cut member in windows that grow by step; compare its pieces with root's elements unless root is
 * NULL. Returns the number of good pieces, and of bad ones in *bad. */
static size_t cut(hf_view member, size_t step, const json_t *root, size_t *bad)
{
    hf_json_split *s = hf_json_split_new(HF_SPLIT_ARRAY, NULL);
    size_t base = 0, have = 0, good = 0;
    hf_arena *mem = hf_arena_new();
    hf_tape t = { 0 };

    *bad = 0;
    for (;;) {
        hf_piece piece;
        size_t used;
        hf_split_result r = hf_json_split_tape(s, hf_view_sub(member, base, have - base),
                                               have == member.n, &used, &piece, &t);

        base += used;
        if (r == HF_SPLIT_DONE)
            break;
        if (r == HF_SPLIT_MORE) {
            have = member.n - have < step ? member.n : have + step;
        } else if (piece.is_bad) {
            ++*bad;
        } else {
            if (root != NULL)
                assert_true(same_value(&t, 0, json_array_get(root, good), mem));
            good++;
        }
    }
    hf_arena_free(mem);
    hf_tape_clear(&t);
    hf_json_split_free(s);
    return good;
}

/* Break one record in the middle: the others still come out. */
static void damage(hf_view member, size_t records)
{
    static const char *const marks[] = { "\"type\": \"message\"", "\"type\":\"message\"" };
    char *copy = hf_alloc(member.n);
    size_t at = HF_NPOS, bad;

    for (size_t i = 0; i < T_COUNT(marks) && at == HF_NPOS; i++)
        at = hf_view_find(hf_view_from(member, member.n / 2), hf_view_str(marks[i]));
    if (at != HF_NPOS && records >= 3) {
        memcpy(copy, member.p, member.n);
        copy[member.n / 2 + at + 6] = 'x'; /* instead of the colon */
        assert_int_equal(records - 1, cut((hf_view){ copy, member.n }, 4096, NULL, &bad));
        assert_int_equal(1, bad);
        totals.healed++;
    }
    hf_free(copy);
}

static int check_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
    hf_arena *mem = hf_arena_new();
    hf_tape t = { 0 };
    json_error_t error;
    size_t bad, records;
    hf_err *err = NULL;
    hf_view member;
    json_t *root;

    (void)ftw;
    if (flag != FTW_F || !hf_view_ends(hf_view_str(path), HF_V(".json")) || st->st_size > 4 << 20) {
        hf_arena_free(mem);
        return 0;
    }
    member = t_read(path);
    root = json_loadb(member.p, member.n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (root != NULL) {
        totals.files++;
        T_OK(err, hf_tape_parse(&t, member, NULL, &err));
        assert_true(same_value(&t, 0, root, mem));
        if (strstr(path, "houstondatavis") != NULL)
            count_reproduced(&t, mem);
        if (json_is_array(root)) {
            totals.arrays++;
            records = cut(member, member.n, root, &bad);
            assert_int_equal(json_array_size(root), records);
            assert_int_equal(0, bad);
            assert_int_equal(records, cut(member, 777, root, &bad));
            totals.records += records;
            damage(member, records);
        }
        json_decref(root);
    } else {
        print_message("jansson refuses %s: %s\n", path, error.text);
    }
    hf_free((void *)(uintptr_t)member.p);
    hf_arena_free(mem);
    hf_tape_clear(&t);
    return 0;
}

static void slack_exports_are_read_as_jansson_reads_them(void **state)
{
    (void)state;
    assert_int_equal(0, nftw(t_corpus("slack"), check_file, 16, FTW_PHYS));
    print_message("%llu files, %llu arrays, %llu records, %llu damaged and healed; "
                  "%llu of %llu strings reproduced\n",
                  (unsigned long long)totals.files, (unsigned long long)totals.arrays,
                  (unsigned long long)totals.records, (unsigned long long)totals.healed,
                  (unsigned long long)totals.reproduced, (unsigned long long)totals.strings);
    assert_true(totals.records > 1000 && totals.healed > 100 && totals.strings > 20000);
    /* All 24,570 in the export as published; a newer one may hold a few that are spelled freely. */
    assert_true(totals.reproduced * 1000 >= totals.strings * 999);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(slack_exports_are_read_as_jansson_reads_them),
    };

    t_corpus("slack/houstondatavis"); /* skips here, before anything could have failed */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
