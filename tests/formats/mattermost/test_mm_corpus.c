/* Whole dumps, a real server's (schema 94) and generated ones: every row becomes a record or part
 * of one, and every record reads the same from its own document. */
#include "mm_support.h"

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

/* The feed over a dump file; *source is to be closed after it. */
static mm_feed *open_dump(const char *path, hf_source **source)
{
    hf_reader_args args = { .path = path };
    mm_feed *feed = NULL;
    hf_err *err = NULL;

    T_OK(err, hf_source_open(source, path, NULL, &err));
    args.source = *source;
    T_OK(err, mm_dump_open(&feed, &args, &err));
    return feed;
}

/* Rows of the tables that are read. */
static size_t count_rows(const char *path)
{
    hf_source *source;
    mm_feed *f = open_dump(path, &source);
    hf_arena *mem = hf_arena_new();
    hf_err *err = NULL;
    size_t n = 0;

    for (uint32_t i = 0; i < f->ntable; i++) {
        hf_status rc;
        mm_rows rows;

        if (mm_role_is_unread(f->table[i].role))
            continue;
        T_OK(err, f->ops->start(f, i, MM_ROWS, &err));
        while ((rc = f->ops->next(f, mem, &rows, &err)) == HF_OK) {
            for (size_t k = 0; k < rows.text.n; k++)
                n += rows.text.p[k] == '\n';
            hf_arena_reset(mem);
        }
        assert_int_equal(rc, HF_END);
    }
    hf_arena_free(mem);
    f->ops->close(f);
    hf_source_close(source);
    return n;
}

/* Rows that the records are made of: those of their documents. */
static size_t rows_of(const hf_record *r)
{
    bool in_rows = r->raw.head.n > 0;
    hf_view rest = r->raw.bytes, line;
    size_t n = 0;

    while (fake_next_line(&rest, &line)) {
        if (!in_rows)
            assert_true(hf_view_starts(line, HF_V("COPY ")));
        else if (!hf_view_is(line, "\\.\n"))
            n++;
        in_rows = !hf_view_is(line, "\\.\n");
    }
    return n;
}

typedef struct counts {
    size_t kind[HF_KIND_COUNT];
    size_t joined;
} counts;

static void check_dump(const char *path, counts *out)
{
    hf_source *source;
    size_t rows = 0;
    all a;

    *out = (counts){ .joined = 0 };
    read_all(&a, open_dump(path, &source), HF_WANT_RECORDS | HF_WANT_ACCOUNT);
    for (size_t i = 0; i < a.n; i++) {
        const hf_record *r = a.r[i];

        out->kind[r->kind]++;
        if (!hf_kind_is_record(r->kind))
            continue;
        check_parse(r, a.paths);
        rows += rows_of(r);
        out->joined += rows_of(r) > 1;
    }
    assert_int_equal(rows, count_rows(path));
    assert_int_equal(out->kind[HF_KIND_QUARANTINE], 0);
    free_all(&a);
    hf_source_close(source);
}

static void test_real(void **state)
{
    counts n;

    (void)state;
    check_dump(t_corpus("matrix/matrix-as-mm/mattermost.sql"), &n);
    assert_int_equal(n.kind[HF_KIND_MESSAGE], 37);
    assert_int_equal(n.kind[HF_KIND_USER], 10);
    assert_int_equal(n.kind[HF_KIND_CHANNEL], 4);
    assert_int_equal(n.kind[HF_KIND_WORKSPACE], 1);
    assert_int_equal(n.kind[HF_KIND_MEMBERSHIP], 15 + 19 + 6);
    assert_int_equal(n.joined, 4); /* bots */
}

/* hfgen's database of some thousand messages; NULL when hfgen was not built. */
static char *generated(const char *schema)
{
    const char *bin = getenv("HOLDFAST_BIN"); /* .../cli/holdfast */
    hf_view build = hf_view_str(bin);
    char *hfgen, *out = hf_sprintf("%s/%s.sql", t_folder(), schema);
    pid_t pid;
    int status = 1;

    for (int i = 0; i < 2; i++)
        build = hf_view_sub(build, 0, hf_view_find_last(build, '/'));
    hfgen = hf_sprintf("%.*s/tests/bench/hfgen", (int)build.n, build.n == 0 ? "." : build.p);
    const char *const words[] = { hfgen,      "--messages", "3000", "--to", "mattermost-sql",
                                  "--schema", schema,       "-o",   out,    NULL };

    if (posix_spawn(&pid, hfgen, NULL, NULL, (char *const *)(uintptr_t)words, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
        hf_free(out);
        out = NULL;
    }
    hf_free(hfgen);
    return out;
}

static void check_generated(const char *schema)
{
    char *path = generated(schema);
    counts n;

    if (path == NULL)
        skip();
    check_dump(path, &n);
    assert_true(n.kind[HF_KIND_MESSAGE] >= 3000);
    assert_true(n.kind[HF_KIND_OPAQUE] > 0);
    assert_true(n.joined > 300);
    hf_free(path);
}

static void test_new(void **state)
{
    (void)state;
    check_generated("new");
}

static void test_old(void **state)
{
    (void)state;
    check_generated("old");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        cmocka_unit_test(test_old),
        cmocka_unit_test(test_real),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
