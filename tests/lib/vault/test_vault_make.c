/* tests/lib/vault/test_vault_make.c: a vault is made as a whole, and taken away again. */
#include "support.h"
#include "vault/vault.h"

#include <sys/stat.h>
#include <unistd.h>

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void made_whole_or_not_at_all(void **state)
{
    char *path = hf_sprintf("%s/v", t_folder()), *with_slash = hf_sprintf("%s/", path);
    char *partial = hf_sprintf("%s.partial", path);
    hf_err *err = NULL;

    (void)state;
    /* What a run that died in the middle left behind is replaced. */
    assert_int_equal(0, mkdir(partial, 0700));
    t_write(partial, "records.sqlite", HF_V("half a file"));
    T_OK(err, hf_vault_init(with_slash, 0, &err));
    assert_true(hf_vault_is(path));
    assert_false(is_there(partial));
    T_FAILS(err, HF_E_EXISTS, hf_vault_init(path, 0, &err));
    assert_true(hf_vault_is(path));
    hf_vault_unmake(path);
    assert_false(is_there(path));

    /* An empty folder is a place for a vault. */
    assert_int_equal(0, mkdir(path, 0755));
    T_OK(err, hf_vault_init(path, 0, &err));
    assert_true(hf_vault_is(path));
    hf_vault_unmake(path);
    hf_free(partial);
    hf_free(with_slash);
    hf_free(path);
}

/* Somebody's notes in the folder of a vault are not ours to delete. */
static void unmake_keeps_what_is_not_the_vaults(void **state)
{
    char *path = hf_sprintf("%s/v", t_folder()), *notes = hf_sprintf("%s/notes.txt", path);
    char *blob = hf_sprintf("%s/blobs/mine.bin", path);
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_vault_init(path, 0, &err));
    t_write(path, "notes.txt", HF_V("notes"));
    t_write(path, "blobs/mine.bin", HF_V("blob"));
    hf_vault_unmake(path);
    assert_true(is_there(notes));
    assert_true(is_there(blob));
    assert_false(hf_vault_is(path));
    hf_free(blob);
    hf_free(notes);
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_whole_or_not_at_all),
        cmocka_unit_test(unmake_keeps_what_is_not_the_vaults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
