/* The dump of a real server: every row of every table, found by another way of counting. */
#include "mattermost/mm_priv.h"
#include "support.h"

static hf_status open_dump(const char *below, hf_source **source, mm_feed **feed, hf_err **err)
{
    hf_reader_args args = { .want = HF_WANT_RECORDS };

    T_OK(*err, hf_source_open(source, t_corpus(below), NULL, err));
    args.source = *source;
    return mm_dump_open(feed, &args, err);
}

/* Lines between "COPY schema.name (" and "\." as awk would count them. */
static uint64_t lines_of(hf_view text, hf_view table)
{
    hf_view start = HF_V("COPY public.");
    uint64_t n = 0;
    bool inside = false;

    while (text.n > 0) {
        size_t end = hf_view_find_byte(text, '\n');
        hf_view line = hf_view_sub(text, 0, end);

        text = hf_view_from(text, end == HF_NPOS ? end : end + 1);
        if (hf_view_is(line, "\\."))
            inside = false;
        n += inside;
        if (!inside && hf_view_starts(line, start)) {
            hf_view name = hf_view_from(line, start.n);

            inside = hf_view_eq(hf_view_sub(name, 0, hf_view_find_byte(name, ' ')), table);
        }
    }
    return n;
}

static void test_rows(void **state)
{
    hf_view text = t_read(t_corpus("matrix/matrix-as-mm/mattermost.sql"));
    hf_source *s = NULL;
    mm_feed *f = NULL;
    hf_err *err = NULL;
    hf_arena *mem = hf_arena_new();
    uint64_t posts = 0;

    (void)state;
    T_OK(err, open_dump("matrix/matrix-as-mm/mattermost.sql", &s, &f, &err));
    assert_int_equal(f->ntable, 92);
    for (uint32_t i = 0; i < f->ntable; i++) {
        const mm_table *t = &f->table[i];
        uint64_t given = 0, want = lines_of(text, t->name);
        mm_rows rows;
        hf_status rc;

        assert_int_equal(t->rows, want);
        if (mm_role_is_unread(t->role))
            continue;
        T_OK(err, f->ops->start(f, i, MM_ROWS, &err));
        while ((rc = f->ops->next(f, mem, &rows, &err)) == HF_OK)
            for (size_t k = 0; k < rows.text.n; k++)
                given += rows.text.p[k] == '\n';
        assert_int_equal(rc, HF_END);
        assert_int_equal(given, want);
        posts += t->role == MM_POSTS ? given : 0;
    }
    assert_int_equal(posts, 37);
    assert_int_equal(f->done, f->total);
    f->ops->close(f);
    hf_source_close(s);
    hf_arena_free(mem);
    hf_free((char *)(uintptr_t)text.p);
}

/* No password hash and no token of the dump is given out. */
static void test_no_secrets(void **state)
{
    static const char *const secrets[] = { "REDACTED", "AsymmetricSigningKey" };
    hf_source *s = NULL;
    mm_feed *f = NULL;
    hf_err *err = NULL;
    hf_arena *mem = hf_arena_new();
    hf_view text = t_read(t_corpus("matrix/matrix-as-mm/mattermost.sql"));

    (void)state;
    for (size_t k = 0; k < T_COUNT(secrets); k++) /* they are there to be found */
        assert_true(hf_view_find(text, hf_view_str(secrets[k])) != HF_NPOS);
    T_OK(err, open_dump("matrix/matrix-as-mm/mattermost.sql", &s, &f, &err));
    for (uint32_t i = 0; i < f->ntable; i++) {
        mm_rows rows;

        if (mm_role_is_unread(f->table[i].role))
            continue;
        T_OK(err, f->ops->start(f, i, MM_ROWS, &err));
        while (f->ops->next(f, mem, &rows, &err) == HF_OK)
            for (size_t k = 0; k < T_COUNT(secrets); k++)
                assert_true(hf_view_find(rows.text, hf_view_str(secrets[k])) == HF_NPOS);
    }
    f->ops->close(f);
    hf_source_close(s);
    hf_arena_free(mem);
    hf_free((char *)(uintptr_t)text.p);
}

static void test_others(void **state)
{
    static const char *const others[] = { "matrix/matrix-as-mm/synapse.sql",
                                          "matrix/matrix-as-mm/mm-matrix-bridge.sql",
                                          "matrix/matrix-as-mm/PROVENANCE.md" };

    (void)state;
    for (size_t i = 0; i < T_COUNT(others); i++) {
        hf_source *s = NULL;
        mm_feed *f = NULL;
        hf_err *err = NULL;

        T_FAILS(err, HF_E_UNSUPPORTED, open_dump(others[i], &s, &f, &err));
        hf_source_close(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_no_secrets),
        cmocka_unit_test(test_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
