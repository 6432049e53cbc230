/* tests/lib/util/test_ini.c: what the INI parser keeps whole, and what it refuses with which line.
 */
#include "support.h"
#include "util/ini.h"

static hf_ini *parse(const char *text)
{
    hf_ini *ini = NULL;
    hf_err *err = NULL;

    T_OK(err, hf_ini_parse("x.conf", hf_view_str(text), &ini, &err));
    return ini;
}

static void values(void **state)
{
    static const struct {
        const char *text, *section, *key, *want;
    } cases[] = {
        { "[a]\nk = v\n", "a", "k", "v" },
        { "[a]\nk=v", "a", "k", "v" },                     /* no blanks, no line end */
        { "\xEF\xBB\xBF[a]\r\nk = v\r\n", "a", "k", "v" }, /* Windows editors */
        { "[a]\n  k\t=  v w  \n", "a", "k", "v w" },       /* inner blanks stay */
        { "[a]\nk = v ; note\n", "a", "k", "v" },          /* comment after a blank */
        { "[a]\nk = v;w#x\n", "a", "k", "v;w#x" },         /* no blank: part of the value */
        { "[a]\nk = \n", "a", "k", "" },                   /* set to nothing, not absent */
        { "[a]\nk = # note\n", "a", "k", "" },
        { "[a]\nk = a=b\n", "a", "k", "a=b" }, /* the first = divides */
        { "; one\n# two\n\n[a b]\n;k = 1\nk = 2\n", "a b", "k", "2" },
        { "[a]\nk = \"v\"\n", "a", "k", "\"v\"" }, /* quotes are text */
        { "[a]\nk = 1\n[b]\nk = 2\n", "b", "k", "2" },
        { "[a]\nk = \xC3\xA4\n", "a", "k", "\xC3\xA4" },
        { "[a]\nk = 1\n", "a", "K", NULL }, /* case counts */
        { "[a]\nk = 1\n", "b", "k", NULL },
        { "", "a", "k", NULL },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_ini *ini = parse(cases[i].text);
        const char *got = hf_ini_get(ini, cases[i].section, cases[i].key);

        if (cases[i].want == NULL)
            assert_null(got);
        else
            assert_string_equal(cases[i].want, got);
        hf_ini_free(ini);
    }
}

static void refused(void **state)
{
    static const struct {
        hf_view text;
        uint64_t line;
        const char *word; /* in the message */
    } cases[] = {
        { HF_V("k = v\n"), 1, "before any" },
        { HF_V("[a]\nk\n"), 2, "neither" },
        { HF_V("[a\nk = v\n"), 1, "ends with ]" },
        { HF_V("[a]\n\n[]\n"), 3, "needs a name" },
        { HF_V("[a]\n= v\n"), 2, "needs a key" },
        { HF_V("[a]]\n"), 1, "brackets" },
        { HF_V("[a]\nk = 1\nk = 2\n"), 3, "line 2 already" },
        { HF_V("[a]\n[b]\n[a]\n"), 3, "line 1 already" }, /* two policies of one name */
        { HF_V("[a]\nk = v\0w\n"), 2, "control character" },
        { HF_V("[a]\nk = \x1b[2J\n"), 2, "control character" },
        { HF_V("[a]\nk = \xFF\n"), 2, "control character" },
        { HF_V("[a]\nk = \xE2\x80\xAEtxt\n"), 2, "control character" }, /* shows reversed */
        { HF_V("[a]\n; \0\n"), 2, "control character" }, /* inside a comment as well */
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_ini *ini = NULL;
        hf_err *err = NULL;

        assert_int_equal(HF_E_CONFIG, hf_ini_parse("x.conf", cases[i].text, &ini, &err));
        assert_null(ini);
        assert_int_equal(cases[i].line, err->offset);
        assert_string_equal("line", err->unit);
        assert_string_equal("x.conf", err->file);
        if (strstr(err->message, cases[i].word) == NULL)
            fail_msg("row %zu says: %s", i, err->message);
        hf_err_free(err);
    }
}

/* inih keeps 49 bytes of a section's name: two long names would be one policy. */
static void long_names_stay_apart(void **state)
{
    enum { N = 5000 };
    hf_buf text;
    hf_ini *ini = NULL;
    hf_err *err = NULL;
    char *name = hf_alloc(N + 2);

    (void)state;
    memset(name, 'n', N);
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (char last = '1'; last <= '2'; last++) {
        name[N] = last;
        name[N + 1] = '\0';
        hf_buf_printf(&text, "[%s]\nkey-%s = %s%c\n", name, name, name, last);
    }
    T_OK(err, hf_ini_parse("x.conf", hf_buf_view(&text), &ini, &err));
    assert_int_equal(4, hf_ini_count(ini));
    for (size_t i = 0; i < 4; i++) {
        const hf_ini_entry *e = hf_ini_at(ini, i);

        assert_int_equal(N + 1, strlen(e->section));
        assert_int_equal(i < 2 ? '1' : '2', e->section[N]);
        assert_int_equal(i + 1, e->line);
        if (e->key != NULL)
            assert_int_equal(N + 2, strlen(e->value));
    }
    hf_ini_free(ini);
    hf_buf_clear(&text);
    hf_free(name);
}

/* Cut at every byte: an error or a shorter file, never a crash; ASan watches. */
static void every_prefix(void **state)
{
    static const char text[] = "\xEF\xBB\xBF[a]\r\nk = \xC3\xA4 ; c\n[b c]\nd=e\n";

    (void)state;
    for (size_t n = 0; n < sizeof(text); n++) {
        hf_ini *ini = NULL;
        hf_err *err = NULL;
        char *exact = hf_view_dup((hf_view){ text, n });

        if (hf_ini_parse("x.conf", (hf_view){ exact, n }, &ini, &err) != HF_OK)
            assert_int_equal(HF_E_CONFIG, err->code);
        hf_ini_free(ini);
        hf_err_free(err);
        hf_free(exact);
    }
}

static void reading_files(void **state)
{
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/a.conf", folder), *big = hf_alloc((1 << 20) + 1);
    hf_ini *ini = NULL;
    hf_err *err = NULL;

    (void)state;
    t_write(folder, "a.conf", HF_V("[a]\nk = v\n"));
    T_OK(err, hf_ini_read(path, &ini, &err));
    assert_string_equal("v", hf_ini_get(ini, "a", "k"));
    hf_ini_free(ini);

    memset(big, ';', (1 << 20) + 1);
    t_write(folder, "a.conf", (hf_view){ big, (1 << 20) + 1 });
    T_FAILS(err, HF_E_LIMIT, hf_ini_read(path, &ini, &err));
    T_FAILS(err, HF_E_IO, hf_ini_read(folder, &ini, &err)); /* a folder */
    hf_free(path);
    hf_free(big);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(refused),
        cmocka_unit_test(long_names_stay_apart),
        cmocka_unit_test(every_prefix),
        cmocka_unit_test(reading_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
