/* tests/lib/util/test_config.c: the order of configuration, and what a wrong file answers.
 *
 * /etc/holdfast of the machine that runs the test is read as well; the keys asked for here are set
 * by later places, so it cannot decide the result.
 */
#include "support.h"
#include "util/config.h"

#include <stdlib.h>

static const char *folder;

static int set_up(void **state)
{
    (void)state;
    folder = t_folder();
    setenv("XDG_CONFIG_HOME", folder, 1);
    unsetenv("HOLDFAST_CONFIG");
    unsetenv("HOLDFAST_VAULT");
    unsetenv("HOLDFAST_TZ");
    unsetenv("HOLDFAST_MEMORY");
    return 0;
}

static char *file(const char *name, const char *text)
{
    t_write(folder, name, hf_view_str(text));
    return hf_sprintf("%s/%s", folder, name);
}

static const hf_config_value *value_of(const hf_config *c, const char *section, const char *key)
{
    const hf_config_value *v;

    for (size_t i = 0; (v = hf_config_at(c, i)) != NULL; i++)
        if (strcmp(v->section, section) == 0 && strcmp(v->key, key) == 0)
            return v;
    fail_msg("no value %s %s", section, key);
    return NULL;
}

/* Each step adds one place; the vault must come from the last one added. */
static void later_wins(void **state)
{
    char *user, *named;
    hf_config *c = NULL;
    hf_err *err = NULL;

    (void)state;
    user = file("holdfast/holdfast.conf", "[general]\nvault = from-user\ntz = Asia/Tokyo\n");
    T_OK(err, hf_config_load(NULL, &c, &err));
    assert_string_equal("from-user", hf_config_general(c, "vault"));
    assert_string_equal(user, value_of(c, "general", "vault")->origin);
    assert_int_equal(2, value_of(c, "general", "vault")->line);
    hf_config_free(c);

    named = file("named.conf", "[general]\nvault = from-named\n");
    T_OK(err, hf_config_load(named, &c, &err));
    assert_string_equal("from-named", hf_config_general(c, "vault"));
    assert_string_equal("Asia/Tokyo", hf_config_general(c, "tz")); /* not named again: stays */
    hf_config_free(c);

    setenv("HOLDFAST_CONFIG", named, 1);
    T_OK(err, hf_config_load(NULL, &c, &err));
    assert_string_equal("from-named", hf_config_general(c, "vault"));
    hf_config_free(c);

    setenv("HOLDFAST_VAULT", "from-environment", 1);
    T_OK(err, hf_config_load(NULL, &c, &err));
    assert_string_equal("from-environment", hf_config_general(c, "vault"));
    assert_string_equal("environment HOLDFAST_VAULT", value_of(c, "general", "vault")->origin);
    assert_int_equal(0, value_of(c, "general", "vault")->line);

    hf_config_set_flag(c, "vault", "from-flag");
    assert_string_equal("from-flag", hf_config_general(c, "vault"));
    assert_string_equal("flag --vault", value_of(c, "general", "vault")->origin);
    hf_config_free(c);
    hf_free(user);
    hf_free(named);
}

static void sources_merge_by_key(void **state)
{
    char *user =
        file("holdfast/holdfast.conf",
             "[source prod]\nkind = mattermost\nservice = chat\n[source old]\npath = /a\n");
    char *named = file("named.conf", "[source prod]\nservice = chat2\nvault = /v\n");
    hf_config *c = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_config_load(named, &c, &err));
    assert_string_equal("mattermost", hf_config_source(c, "prod", "kind"));
    assert_string_equal("chat2", hf_config_source(c, "prod", "service"));
    assert_string_equal("/v", hf_config_source(c, "prod", "vault"));
    assert_string_equal("/a", hf_config_source(c, "old", "path"));
    assert_null(hf_config_source(c, "old", "service"));
    assert_true(hf_config_has_source(c, "old"));
    assert_false(hf_config_has_source(c, "ol")); /* no prefix match */
    assert_false(hf_config_has_source(c, "prod "));
    hf_config_free(c);
    hf_free(user);
    hf_free(named);
}

static void wrong_files(void **state)
{
    static const struct {
        const char *text;
        uint64_t line;
        const char *hint; /* in the hint; NULL: none is needed */
    } cases[] = {
        { "[general]\nvalt = x\n", 2, "\"vault\"" },
        { "[source a]\nvault-di = x\n", 2, "\"vault-id\"" },
        { "[source a]\nzzzzzz = x\n", 2, "keys are url" }, /* nothing near: the list */
        { "[source a]\ntz = UTC\n", 2, "keys are" },       /* known elsewhere is not known here */
        { "[generl]\ntz = UTC\n", 1, "[general]" },
        { "[source]\nkind = slack\n", 1, "[source NAME]" },
        { "[general]\n\ntz = Europe/Berln\n", 3, "tzdata" },
        { "[source a]\njobs = 0\n", 2, "number of connections" },
        { "[source a]\njobs = many\n", 2, "number of connections" },
        { "[general]\nmemory = lots\n", 2, "MiB" },
        { "[general]\nmemory = 20 EiB\n", 2, "MiB" },
        { "tz = UTC\n", 1, NULL },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *path = file("wrong.conf", cases[i].text);
        hf_config *c = NULL;
        hf_err *err = NULL;

        assert_int_equal(HF_E_CONFIG, hf_config_check(path, &err));
        assert_int_equal(cases[i].line, err->offset);
        assert_string_equal(path, err->file);
        if (cases[i].hint != NULL && (err->hint == NULL || !strstr(err->hint, cases[i].hint)))
            fail_msg("row %zu hints: %s", i, err->hint == NULL ? "nothing" : err->hint);
        hf_err_free(err);
        err = NULL;
        T_FAILS(err, HF_E_CONFIG, hf_config_load(path, &c, &err));
        hf_free(path);
    }
}

static void wrong_places(void **state)
{
    hf_config *c = NULL;
    hf_err *err = NULL;

    (void)state;
    T_FAILS(err, HF_E_CONFIG, hf_config_load("/nowhere/x.conf", &c, &err)); /* named: must exist */
    setenv("HOLDFAST_TZ", "Nowhere", 1);
    assert_int_equal(HF_E_CONFIG, hf_config_load(NULL, &c, &err));
    assert_string_equal("environment HOLDFAST_TZ", err->file);
    hf_err_free(err);
}

static void sizes(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t want;
    } cases[] = {
        { "0", true, 0 },
        { "256MiB", true, 256u << 20 },
        { "64 KiB", true, 64u << 10 },
        { "2GiB", true, UINT64_C(2) << 30 },
        { "12345", true, 12345 },
        { "17179869184GiB", false, 0 }, /* 2^64 */
        { "-1", false, 0 },
        { "MiB", false, 0 },
        { "1MB", false, 0 }, /* 10^6 or 2^20? not guessed */
        { "", false, 0 },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        uint64_t got = 0;

        assert_int_equal(cases[i].ok, hf_config_size(hf_view_str(cases[i].text), &got));
        if (cases[i].ok)
            assert_int_equal(cases[i].want, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(later_wins, set_up),
        cmocka_unit_test_setup(sources_merge_by_key, set_up),
        cmocka_unit_test_setup(wrong_files, set_up),
        cmocka_unit_test_setup(wrong_places, set_up),
        cmocka_unit_test(sizes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
