/* tests/lib/util/test_command.c: a secret that a command prints. */
#include "support.h"

#include "util/command.h"

static void test_secret(void **state)
{
    static const struct {
        const char *command, *password; /* NULL: HF_E_NO_KEY */
    } rows[] = {
        { "echo secret; echo more", "secret" },
        { "printf secret", "secret" },
        { "printf 'with blank \\r\\n'", "with blank " },
        { "yes secret | head -c 1000000", "secret" }, /* more than a pipe holds */
        { "cat; echo secret", "secret" },             /* there is nothing on standard input */
        { "echo secret; exit 3", NULL },
        { "true", NULL },
        { "echo; echo secret", NULL },
        { "kill -9 $$", NULL },
        { "printf 'a\\0b\\n'", NULL },                           /* would be cut at the NUL */
        { "head -c 100000 /dev/zero | tr '\\0' x; echo", NULL }, /* no line end within the limit */
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        char *password = NULL;
        hf_err *err = NULL;

        if (rows[i].password != NULL) {
            T_OK(err, hf_command_secret(&password, rows[i].command, "password", &err));
            assert_string_equal(rows[i].password, password);
        } else {
            assert_int_equal(HF_E_NO_KEY,
                             hf_command_secret(&password, rows[i].command, "password", &err));
            assert_null(password);
            assert_null(strstr(err->message, "secret"));
            hf_err_free(err);
        }
        hf_free(password);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
