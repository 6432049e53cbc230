/* Mattermost's audit file: now and of old servers, times, equal lines, and who it belongs to. */
#include "format/format.h"
#include "support.h"

static const char line[] =
    "{\"timestamp\":\"2025-04-30 16:17:44.207 Z\",\"event_name\":\"login\",\"status\":\"success\","
    "\"actor\":{\"user_id\":\"u1\",\"session_id\":\"s1\",\"client\":\"Mozilla/5.0\",\"ip_address\":"
    "\"192.0.2.7\",\"x_forwarded_for\":\"\"},\"event\":{\"parameters\":{\"login_id\":\"maren\"},"
    "\"prior_state\":{},\"resulting_state\":{},\"object_type\":\"user\"},\"meta\":{\"api_path\":"
    "\"/api/v4/users/login\",\"cluster_id\":\"\"},\"error\":{}}";

static const hf_format *format(void)
{
    return hf_format_find(HF_V("mattermost-audit"));
}

static hf_record *parse(hf_batch *b, const char *text)
{
    hf_record *r = hf_batch_add(b, HF_KIND_EVENT);
    hf_err *err = NULL;

    r->raw.bytes = hf_view_str(text);
    T_OK(err, format()->parse(b, r, NULL, &err));
    return r;
}

static void test_values(void **state)
{
    hf_batch *b = hf_batch_new();
    const hf_record *r = parse(b, line);

    (void)state;
    assert_int_equal(r->time_us, INT64_C(1746029864207000));
    T_VIEW("u1", hf_rec_get_text(r, HF_F_EVENT_USER));
    T_VIEW("login", hf_rec_get_text(r, HF_F_EVENT_ACTION));
    T_VIEW("success", hf_rec_get_text(r, HF_F_EVENT_OUTCOME));
    T_VIEW("user", hf_rec_get_text(r, HF_F_EVENT_DETAIL));
    T_VIEW("192.0.2.7", hf_rec_get_text(r, HF_F_EVENT_ADDRESS));

    /* A server up to 6.x. */
    r = parse(b,
              "{\"timestamp\":\"2021-01-02 03:04:05.006 +01:00\",\"event\":\"deletePost\","
              "\"status\":\"fail\",\"user_id\":\"u2\",\"session_id\":\"s\",\"ip_address\":\"::1\","
              "\"api_path\":\"/api/v4/posts/p\",\"cluster_id\":\"\",\"client\":\"c\"}");
    assert_int_equal(r->time_us, INT64_C(1609553045006000));
    T_VIEW("u2", hf_rec_get_text(r, HF_F_EVENT_USER));
    T_VIEW("deletePost", hf_rec_get_text(r, HF_F_EVENT_ACTION));
    T_VIEW("/api/v4/posts/p", hf_rec_get_text(r, HF_F_EVENT_DETAIL));
    T_VIEW("::1", hf_rec_get_text(r, HF_F_EVENT_ADDRESS));
    hf_batch_free(b);
}

static void test_times(void **state)
{
    static const struct {
        const char *text;
        int64_t us;
    } cases[] = {
        { "2025-04-30 16:17:44.207 Z", INT64_C(1746029864207000) },
        { "2025-04-30 16:17:44.207 +02:00", INT64_C(1746022664207000) },
        { "2025-04-30T16:17:44Z", INT64_C(1746029864000000) }, /* a target with another setting */
        { "2025-04-30 16:17:44.207", HF_NO_TIME },             /* no zone */
        { "2025-13-30 16:17:44.207 Z", HF_NO_TIME },
        { "yesterday", HF_NO_TIME },
        { "", HF_NO_TIME },
    };
    hf_batch *b = hf_batch_new();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *text = hf_sprintf("{\"timestamp\":\"%s\",\"event_name\":\"x\"}", cases[i].text);

        assert_int_equal(parse(b, text)->time_us, cases[i].us);
        hf_free(text);
    }
    hf_batch_free(b);
}

static void test_reading(void **state)
{
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/audit.log", folder);
    char *text = hf_sprintf("%s\n%s\n{\"other\":1}\nbroken\n", line, line);
    hf_paths *paths = hf_paths_new();
    hf_reader_args args = { .paths = paths, .want = HF_WANT_RECORDS | HF_WANT_ACCOUNT };
    unsigned events = 0, quarantined = 0, again = 0;
    hf_batch *b = hf_batch_new();
    hf_input in = { 0 };
    hf_reader *r = NULL;
    hf_err *err = NULL;

    (void)state;
    t_write(folder, "audit.log", hf_view_str(text));
    T_OK(err, hf_input_open(&in, path, NULL, &err));
    assert_string_equal(in.format->name, "mattermost-audit");
    args.source = in.source;
    args.path = in.path;
    T_FAILS(err, HF_E_ORIGIN, in.format->open(&r, &args, &err));
    args.origin = "server-1";
    T_OK(err, in.format->open(&r, &args, &err));
    T_OK(err, r->ops->next(r, b, &err));
    for (size_t i = 0; i < b->n; i++) {
        events += b->rec[i]->kind == HF_KIND_EVENT;
        quarantined += b->rec[i]->kind == HF_KIND_QUARANTINE;
        again += hf_view_ends(b->rec[i]->id, HF_V("#2"));
        if (b->rec[i]->kind == HF_KIND_EVENT)
            T_VIEW("server-1", b->rec[i]->origin);
    }
    assert_int_equal(events,
                     3); /* an object of another shape is an event whose values nobody took */
    assert_int_equal(again, 1);
    assert_int_equal(quarantined, 1);
    r->ops->close(r);
    hf_batch_free(b);
    hf_input_clear(&in);
    hf_paths_free(paths);
    hf_free(text);
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_values), cmocka_unit_test(test_times),
                                        cmocka_unit_test(test_reading) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
