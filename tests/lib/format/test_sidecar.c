/* tests/lib/format/test_sidecar.c: the sidecar's own rules, with Slack as the source and as the
 * target. */
#include "support.h"

#include "format/copy.h"

static hf_status copy(const char *from, const hf_format *target, const char *to, bool keep_secrets,
                      hf_copy_result *r, hf_err **err)
{
    hf_input in = { 0 };
    hf_copy_args args = { .input = &in,
                          .target = target,
                          .target_path = to,
                          .with_sidecar = true,
                          .keep_secrets = keep_secrets };
    hf_opts *opts = hf_opts_new();
    hf_status rc = hf_input_open(&in, from, NULL, err);

    hf_opts_set(opts, "team", "acme");
    args.writer_opts = opts;
    if (rc == HF_OK)
        rc = hf_copy(&args, r, err);
    hf_input_clear(&in);
    hf_opts_free(opts);
    return rc;
}

static void forget(hf_copy_result *r)
{
    hf_ledger_free(r->ledger);
    hf_paths_free(r->paths);
}

/* More entries without a target than one batch holds: a channel of events that Mattermost cannot
 * say. */
static void many_orphans_come_back(void **state)
{
    enum { N = 3000 };
    const char *folder = t_folder();
    char *export = hf_sprintf("%s/export", folder), *bulk = hf_sprintf("%s/mm.jsonl", folder);
    char *back = hf_sprintf("%s/back", folder);
    hf_copy_result r = { 0 };
    hf_err *err = NULL;
    hf_buf b;

    (void)state;
    t_write(folder, "export/users.json",
            HF_V("[{\"id\":\"U1\",\"team_id\":\"T1\",\"name\":\"ada\",\"profile\":{}}]"));
    t_write(folder, "export/channels.json",
            HF_V("[{\"id\":\"C1\",\"name\":\"general\",\"members\":[\"U1\"]}]"));
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (int i = 0; i < N; i++)
        hf_buf_printf(&b, "%s{\"user_id\":\"U1\",\"date\":\"%d\",\"change_type\":\"added\"}",
                      i == 0 ? "[" : ",", 1700000000 + i);
    hf_buf_byte(&b, ']');
    t_write(folder, "export/integration_logs.json", hf_buf_view(&b));
    hf_buf_clear(&b);
    T_OK(err, copy(export, hf_format_find(HF_V("mattermost-bulk")), bulk, false, &r, &err));
    assert_true(r.sidecar_bytes > 0);
    assert_int_equal(N, r.counts.events);
    forget(&r);
    T_OK(err, copy(bulk, hf_format_find(HF_V("slack")), back, true, &r, &err));
    assert_int_equal(N, r.counts.events);
    assert_int_equal(1, r.counts.users);
    forget(&r);
    hf_free(export);
    hf_free(bulk);
    hf_free(back);
}

/* A target that says everything needs nothing beside it. */
static void no_sidecar_when_nothing_is_missing(void **state)
{
    const char *folder = t_folder();
    char *out = hf_sprintf("%s/out.jsonl", folder);
    hf_copy_result r = { 0 };
    hf_err *err = NULL;

    (void)state;
    T_OK(err, copy(t_source("samples/slack-northwind"), hf_format_find(HF_V("jsonl")), out, true,
                   &r, &err));
    assert_int_equal(0, r.sidecar_bytes);
    assert_int_equal(0, hf_ledger_total(r.ledger, HF_LOST));
    assert_int_equal(0, hf_ledger_total(r.ledger, HF_RAW_ONLY));
    assert_int_equal(0, hf_ledger_total(r.ledger, HF_MASKED));
    forget(&r);
    hf_free(out);
}

/* It needs something for what is masked in it, and is read with it as the source was: other members
 * and the records that were not touched too. */
static void masked_comes_back(void **state)
{
    const char *folder = t_folder();
    char *out = hf_sprintf("%s/out.jsonl", folder), *back = hf_sprintf("%s/back", folder);
    hf_counts counts;
    hf_copy_result r = { 0 };
    hf_err *err = NULL;

    (void)state;
    T_OK(err, copy(t_source("samples/slack-northwind"), hf_format_find(HF_V("jsonl")), out, false,
                   &r, &err));
    assert_true(r.sidecar_bytes > 0);
    assert_true(hf_ledger_total(r.ledger, HF_MASKED) > 0);
    assert_int_equal(0, hf_ledger_total(r.ledger, HF_LOST));
    assert_int_equal(0, hf_ledger_total(r.ledger, HF_RAW_ONLY));
    counts = r.counts;
    forget(&r);
    T_OK(err, copy(out, hf_format_find(HF_V("jsonl")), back, true, &r, &err));
    assert_int_equal(0, r.sidecar_bytes);
    assert_int_equal(counts.messages, r.counts.messages);
    assert_int_equal(counts.users, r.counts.users);
    assert_int_equal(counts.files, r.counts.files);
    forget(&r);
    hf_free(out);
    hf_free(back);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_orphans_come_back),
        cmocka_unit_test(no_sidecar_when_nothing_is_missing),
        cmocka_unit_test(masked_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
