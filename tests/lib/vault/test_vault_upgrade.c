/* tests/lib/vault/test_vault_upgrade.c: vaults made before their schema had all that it has now. */
#include "vault_feed.h"

static const feed_message day[] = {
    { "C1", "1", 100, "first", 0 },
    { "C1", "2", 101, "second", 0 },
    { NULL, NULL, 0, NULL, 0 },
};

/* Take away what was added later. */
static void make_old(const char *vault)
{
    static const char *const steps[] = {
        "ALTER TABLE import_member DROP COLUMN is_set",
        "DELETE FROM kind WHERE id > 7",
    };

    for (size_t i = 0; i < T_COUNT(steps); i++)
        feed_count(vault, steps[i]);
}

static hf_import_stats import(const char *path, const feed_message *list)
{
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_import_stats stats;
    feed f;

    feed_begin(&f, v, true);
    feed_messages(&f, "day.txt", list);
    stats = feed_finish(&f);
    hf_vault_close(v);
    return stats;
}

/* Opening for reading changes nothing; opening for writing adds what is missing, once. */
static void an_old_vault_is_read_and_brought_up(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v;
    hf_buf b;

    (void)state;
    import(path, day);
    make_old(path);
    assert_int_equal(
        0, feed_count(path, "SELECT count(*) FROM pragma_table_info('import_member') WHERE name "
                            "= 'is_set'"));
    v = feed_open(path, HF_VAULT_READ);
    b = feed_rebuild(v, 1, "day.txt");
    assert_true(b.n > 0);
    hf_buf_clear(&b);
    hf_vault_close(v);
    assert_int_equal(7, feed_count(path, "SELECT count(*) FROM kind"));

    assert_int_equal(0, import(path, day).new_records);
    assert_int_equal(9, feed_count(path, "SELECT count(*) FROM kind"));
    assert_int_equal(2, feed_count(path, "SELECT count(*) FROM import_member WHERE is_set = 0"));
    v = feed_open(path, HF_VAULT_WRITE);
    b = feed_rebuild(v, 1, "day.txt");
    hf_buf_clear(&b);
    hf_vault_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_vault_is_read_and_brought_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
