/* tests/formats/slack/test_slack_corpus.c: real exports; skipped without the corpus. */
#include "slack_write_test.h"

static void test_probe_corpus(void **state)
{
    static const struct {
        const char *path;
        bool is_slack;
    } cases[] = {
        { "houstondatavis", true },
        { "slack-export-viewer/testarchive.zip", true },
        { "slackdump/internal/fixtures/assets/source_export.zip", true },
        { "slackdump/internal/fixtures/assets/source_export_dir", true },
        { "slackdump/internal/fixtures/assets/export", true },
        { "slackdump/internal/fixtures/assets/source_dump_dir", false },
        { "slackdump/internal/fixtures/assets/source_dump.zip", false },
        { "slackdump/internal/fixtures/assets/source_database", false },
        { "slackdump/internal/fixtures/assets/source_archive", false },
        { "slackdump/internal/fixtures/assets/source_unknown", false },
        { "slackdump/internal/fixtures/assets/CHY5HUESG.json", false },
        { "slackdump/internal/fixtures/assets/converter", false },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *below = hf_sprintf("slack/%s", cases[i].path);

        assert_int_equal(probe(t_corpus(below)) > 0, cases[i].is_slack);
        hf_free(below);
    }
}

static void test_corpus(void **state)
{
    static const expected exports[] = {
        { "slack/houstondatavis", 71, 16, 0, 0, 0, 1382, 0, 0, 199, 67, 37, 1, 3, 16 },
        { "slack/slack-export-viewer/testarchive.zip", 4, 2, 0, 0, 0, 158, 0, 0, 1, 4, 1, 97, 30,
          2 },
        { "slack/slackdump/internal/fixtures/assets/source_export.zip", 10, 1, 0, 0, 0, 16, 4, 3, 0,
          2, 1, 1, 0, 1 },
        { "slack/slackdump/internal/fixtures/assets/source_export_dir", 10, 1, 0, 0, 0, 16, 4, 3, 0,
          2, 1, 1, 0, 1 },
        { "slack/slackdump/internal/fixtures/assets/export", 8, 2, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0, 0,
          0 },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(exports); i++) {
        check_export(t_corpus(exports[i].path), &exports[i]);
        check_rebuild(t_corpus(exports[i].path), "out.zip");
        check_composed(t_corpus(exports[i].path));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe_corpus),
        cmocka_unit_test(test_corpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
