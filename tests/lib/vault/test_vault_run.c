/* tests/lib/vault/test_vault_run.c: a run is noted before it reads, and keeps its row when it dies.
 */
#include "support.h"
#include "vault/run.h"

static const char FIRST[] = "01890000-0000-7000-8000-000000000001";
static const char SECOND[] = "01890000-0000-7000-8000-000000000002";

static const char ANN[] = "postgresql://ann@db/mm";

typedef struct seen {
    size_t n, stop_at;
} seen;

static bool look(void *self, const hf_run *run)
{
    seen *s = self;

    s->n++;
    if (s->n == 1) {
        T_VIEW(FIRST, run->id);
        T_VIEW("import", run->command);
        T_VIEW(ANN, run->source);
        T_VIEW("00000003-1", run->snapshot);
        T_VIEW("PARTIAL", run->outcome);
        T_VIEW("{\"messages\":3}", run->counts);
        assert_true(run->finished_us >= run->started_us);
    } else {
        T_VIEW(SECOND, run->id);
        T_VIEW("", run->outcome);
        assert_true(run->finished_us == HF_NO_TIME);
    }
    return s->n != s->stop_at;
}

static void notes_runs(void **state)
{
    char *path = hf_sprintf("%s/v", t_folder());
    seen all = { 0, 0 }, one = { 0, 1 };
    hf_vault *v = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_vault_init(path, 0, &err));
    T_OK(err, hf_vault_open(&v, path, HF_VAULT_CONTROL, 0, &err));
    T_OK(err, hf_run_begin(v, FIRST, "import", ANN, &err));
    T_OK(err,
         hf_run_end(v, FIRST, ANN, HF_V("00000003-1"), "PARTIAL", HF_V("{\"messages\":3}"), &err));
    T_OK(err, hf_run_begin(v, SECOND, "convert", "x", &err));
    T_OK(err, hf_vault_runs(v, look, &all, &err));
    assert_int_equal(2, all.n);
    T_OK(err, hf_vault_runs(v, look, &one, &err));
    assert_int_equal(1, one.n);
    T_FAILS(err, HF_E_USAGE, hf_run_end(v, "nobody", ANN, HF_V(""), "OK", HF_V(""), &err));
    T_FAILS(err, HF_E_USAGE, hf_run_end(v, FIRST, "x", HF_V(""), "OK", HF_V(""), &err));
    /* diff of a server with itself: one source, one row. */
    T_OK(err, hf_run_begin(v, SECOND, "convert", "x", &err));
    all.n = 0;
    T_OK(err, hf_vault_runs(v, look, &all, &err));
    assert_int_equal(2, all.n);
    hf_vault_close(v);
    hf_free(path);
}

/* A vault from before the table: reading finds none, the first run makes it. */
static void older_vaults(void **state)
{
    char *path = hf_sprintf("%s/old", t_folder());
    seen all = { 0, 0 };
    hf_vault *v = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_vault_init(path, 0, &err));
    T_OK(err, hf_vault_open(&v, path, HF_VAULT_CONTROL, 0, &err));
    T_OK(err, hf_db_exec(hf_vault_control(v), "DROP TABLE run", &err));
    T_OK(err, hf_vault_runs(v, look, &all, &err));
    assert_int_equal(0, all.n);
    T_OK(err, hf_run_begin(v, FIRST, "import", ANN, &err));
    T_OK(err,
         hf_run_end(v, FIRST, ANN, HF_V("00000003-1"), "PARTIAL", HF_V("{\"messages\":3}"), &err));
    T_OK(err, hf_vault_runs(v, look, &all, &err));
    assert_int_equal(1, all.n);
    hf_vault_close(v);
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_runs),
        cmocka_unit_test(older_vaults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
