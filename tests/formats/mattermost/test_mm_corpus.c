/* A server's dump of 2023 (schema 94): every row becomes what it should, and every record reads the
 * same from its own document. */
#include "mm_support.h"

static hf_view load(void)
{
    return t_read(t_corpus("matrix/matrix-as-mm/mattermost.sql"));
}

/* The dump without the columns and tables that are not read. */
static hf_view without_secrets(hf_view sql)
{
    hf_arena *mem = hf_arena_new();
    bool keep[MM_MAX_COLUMNS] = { false };
    hf_view at = sql, line, out;
    bool in_rows = false;
    uint16_t n = 0;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    while (fake_next_line(&at, &line)) {
        if (!in_rows && hf_view_starts(line, HF_V("COPY "))) {
            hf_view schema, name;
            mm_column *column;
            bool first = true;

            assert_true(mm_head_parse(line, mem, &schema, &name, &column, &n) > 0);
            hf_buf_printf(&b, "COPY public.%.*s (", (int)name.n, name.p);
            for (uint16_t i = 0; i < n; i++) {
                keep[i] = !mm_column_is_secret(mm_known_find(name), column[i].name);
                if (!keep[i])
                    continue;
                if (!first)
                    hf_buf_str(&b, ", ");
                mm_put_identifier(&b, column[i].name);
                first = false;
            }
            if (first)
                hf_buf_str(&b, "none");
            hf_buf_str(&b, ") FROM stdin;\n");
            in_rows = true;
        } else if (in_rows && hf_view_is(line, "\\.\n")) {
            hf_buf_add(&b, line);
            in_rows = false;
        } else if (in_rows) {
            bool first = true;

            for (uint16_t i = 0; i < n; i++) {
                if (!keep[i])
                    continue;
                if (!first)
                    hf_buf_byte(&b, '\t');
                hf_buf_add(&b, fake_column(line, i));
                first = false;
            }
            hf_buf_byte(&b, '\n');
        }
    }
    out = (hf_view){ hf_view_dup(hf_buf_view(&b)), b.n };
    hf_buf_clear(&b);
    hf_arena_free(mem);
    return out;
}

static void test_counts(void **state)
{
    hf_view dump = load(), sql = without_secrets(dump);
    size_t rows = 0, records = 0;
    fake *f = fake_of(sql);
    all a;

    (void)state;
    for (uint32_t i = 0; i < f->base.ntable; i++)
        for (size_t k = 0; !mm_role_is_unread(f->table[i].role) && k < f->rows[i].n; k++)
            rows += f->rows[i].p[k] == '\n';
    read_all(&a, f, HF_WANT_RECORDS | HF_WANT_ACCOUNT);
    for (size_t i = 0; i < a.n; i++)
        records += hf_kind_is_record(a.r[i]->kind);
    assert_int_equal(count_kind(&a, HF_KIND_MESSAGE), 37);
    assert_int_equal(count_kind(&a, HF_KIND_USER), 10);
    assert_int_equal(count_kind(&a, HF_KIND_CHANNEL), 4);
    assert_int_equal(count_kind(&a, HF_KIND_WORKSPACE), 1);
    assert_int_equal(count_kind(&a, HF_KIND_MEMBERSHIP), 15 + 19 + 6);
    assert_int_equal(count_kind(&a, HF_KIND_QUARANTINE), 0);
    assert_int_equal(records, rows - 4); /* four bots join their users */
    free_all(&a);
    hf_free((void *)(uintptr_t)sql.p);
    hf_free((void *)(uintptr_t)dump.p);
}

static void test_parse(void **state)
{
    hf_view dump = load(), sql = without_secrets(dump);
    all a;

    (void)state;
    read_all(&a, fake_of(sql), HF_WANT_RECORDS | HF_WANT_ACCOUNT);
    for (size_t i = 0; i < a.n; i++)
        if (hf_kind_is_record(a.r[i]->kind))
            check_parse(a.r[i], a.paths);
    free_all(&a);
    hf_free((void *)(uintptr_t)sql.p);
    hf_free((void *)(uintptr_t)dump.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_parse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
