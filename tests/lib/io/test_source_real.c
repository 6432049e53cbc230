/* tests/lib/io/test_source_real.c: exports made by other programs; skipped without the corpus. */
#include "support.h"

#include "io/source.h"
#include "source_check.h"

static void real_slack_zip(void **state)
{
    const char *path = t_corpus("slack/slack-export-viewer/testarchive.zip");
    hf_source *s = NULL;
    hf_err *err = NULL;
    uint32_t folders = 0, empty = 0;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, 1 << 20);
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    assert_int_equal(22, hf_source_count(s));
    assert_int_equal(144184, hf_source_total(s)); /* as unzip -l says */
    for (uint32_t i = 0; i < hf_source_count(s); i++) {
        const hf_member *m = hf_source_member(s, i);

        folders += m->type == HF_MEMBER_FOLDER;
        empty += m->type == HF_MEMBER_FILE && m->size == 0;
        assert_int_equal(m->size, slurp(s, i, &b).n);
    }
    assert_true(folders >= 1);
    assert_int_equal('[', slurp(s, hf_source_find(s, HF_V("users.json")), &b).p[0]);
    print_message("%u folders, %u empty files\n", folders, empty);
    hf_source_close(s);

    /* A lone .gz is a file, not a container. */
    path = t_corpus("slack/slackdump/internal/fixtures/assets/chunks.jsonl.gz");
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    assert_int_equal(HF_SOURCE_FILE, hf_source_get_kind(s));
    T_VIEW("chunks.jsonl.gz", hf_source_member(s, 0)->name);
    hf_source_close(s);
    hf_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_slack_zip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
