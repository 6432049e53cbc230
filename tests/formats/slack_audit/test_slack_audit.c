/* Slack's audit log in all its forms; what cannot be read; that every byte comes back. */
#include "format/format.h"
#include "support.h"

#define ENTRY(id, n)                                                                               \
    "{\"id\":\"" id "\",\"date_create\":17" n ",\"action\":\"file_downloaded\",\"actor\":"         \
    "{\"type\":\"user\",\"user\":{\"id\":\"W1\",\"name\":\"Maren\",\"email\":\"maren@x.example\"," \
    "\"team\":\"T1\"}},\"entity\":{\"type\":\"file\",\"file\":{\"id\":\"F9\",\"name\":\"plan."     \
    "pdf\"}"                                                                                       \
    "},\"context\":{\"location\":{\"type\":\"workspace\",\"id\":\"T1\",\"name\":\"x\"},\"ua\":\"-" \
    "\","                                                                                          \
    "\"ip_address\":\"192.0.2.7\"},\"details\":{\"new_value\":[1,{\"a\":null}]}}"

typedef struct got {
    unsigned events, opaque, quarantined;
    char first_id[80], last_id[80];
    hf_buf bytes;
} got;

static void take(got *g, hf_batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const hf_record *r = b->rec[i];

        g->opaque += r->kind == HF_KIND_OPAQUE;
        g->quarantined += r->kind == HF_KIND_QUARANTINE;
        if (r->kind == HF_KIND_BYTES)
            hf_buf_add(&g->bytes, r->raw.bytes);
        if (r->kind != HF_KIND_EVENT)
            continue;
        snprintf(g->events++ == 0 ? g->first_id : g->last_id, sizeof(g->first_id), "%.*s",
                 (int)r->id.n, r->id.p);
        T_VIEW("T1", r->origin);
        assert_true(r->nleaf > 0);
    }
}

static void read_all(const char *path, got *g)
{
    hf_paths *paths = hf_paths_new();
    hf_input in = { 0 };
    hf_reader *r = NULL;
    hf_err *err = NULL;
    hf_status rc = HF_OK;

    *g = (got){ .events = 0 };
    hf_buf_init(&g->bytes, HF_BUF_UNBOUNDED);
    T_OK(err, hf_input_open(&in, path, NULL, &err));
    assert_string_equal(in.format->name, "slack-audit");
    {
        const hf_reader_args args = { .source = in.source,
                                      .path = in.path,
                                      .paths = paths,
                                      .want = HF_WANT_RECORDS | HF_WANT_BYTES | HF_WANT_ACCOUNT };

        T_OK(err, in.format->open(&r, &args, &err));
    }
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = r->ops->next(r, b, &err);
        take(g, b);
        hf_batch_free(b);
    }
    assert_int_equal(rc, HF_END);
    r->ops->close(r);
    hf_input_clear(&in);
    hf_paths_free(paths);
}

static void test_forms(void **state)
{
    static const struct {
        const char *name, *text;
        unsigned events, opaque, quarantined;
    } cases[] = {
        { "page",
          "{\"entries\":[" ENTRY("a", "00000001") "," ENTRY(
              "b", "00000002") "],"
                               "\"response_metadata\":{\"next_cursor\":\"\"}}",
          2, 1, 0 },
        { "pretty page",
          "{\n \"entries\": [\n  " ENTRY("a", "00000001") ",\n  " ENTRY("b",
                                                                        "00000002") "\n ]\n}\n",
          2, 0, 0 },
        { "pages, one a line",
          "{\"entries\":[" ENTRY("a", "00000001") "]}\n{\"entries\":[" ENTRY("b",
                                                                             "00000002") "]}\n",
          2, 0, 0 },
        { "array", "[" ENTRY("a", "00000001") ",\n" ENTRY("b", "00000002") "]\n", 2, 0, 0 },
        { "lines", ENTRY("a", "00000001") "\n" ENTRY("b", "00000002") "\n", 2, 0, 0 },
        { "lines, the last one cut", ENTRY("a", "00000001") "\n{\"id\":\"b\",\"da", 1, 0, 1 },
        { "array with a hole", "[" ENTRY("a", "00000001") ",{\"id\":,}," ENTRY("b", "00000002") "]",
          2, 0, 1 },
        { "not an object among them", "[" ENTRY("a", "00000001") ",7," ENTRY("b", "00000002") "]",
          2, 0, 1 },
        { "page with a number among them", "{\"entries\":[" ENTRY("a", "00000001") ",7]}", 1, 0,
          1 },
    };
    const char *folder = t_folder();

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *path = hf_sprintf("%s/audit.json", folder);
        got g;

        t_write(folder, "audit.json", hf_view_str(cases[i].text));
        read_all(path, &g);
        if (g.events != cases[i].events || g.quarantined != cases[i].quarantined)
            print_message("%s: %u events, %u quarantined\n", cases[i].name, g.events,
                          g.quarantined);
        assert_int_equal(g.events, cases[i].events);
        assert_int_equal(g.opaque, cases[i].opaque);
        assert_int_equal(g.quarantined, cases[i].quarantined);
        assert_string_equal(g.first_id, "a");
        t_view(hf_view_str(cases[i].text), hf_buf_view(&g.bytes), __FILE__, __LINE__);
        hf_buf_clear(&g.bytes);
        hf_free(path);
    }
}

static void test_values(void **state)
{
    hf_batch *b = hf_batch_new();
    hf_record *r = hf_batch_add(b, HF_KIND_EVENT);
    hf_err *err = NULL;

    (void)state;
    r->raw.bytes = HF_V(ENTRY("a", "00000001"));
    T_OK(err, hf_format_find(HF_V("slack-audit"))->parse(b, r, NULL, &err));
    T_VIEW("a", r->id);
    T_VIEW("T1", r->origin);
    assert_int_equal(r->time_us, INT64_C(1700000001) * HF_SECOND_US);
    assert_int_equal(r->flags & HF_REC_WHOLE_SECONDS, HF_REC_WHOLE_SECONDS);
    T_VIEW("W1", hf_rec_get_text(r, HF_F_EVENT_USER));
    T_VIEW("file_downloaded", hf_rec_get_text(r, HF_F_EVENT_ACTION));
    T_VIEW("F9", hf_rec_get_text(r, HF_F_EVENT_DETAIL));
    T_VIEW("192.0.2.7", hf_rec_get_text(r, HF_F_EVENT_ADDRESS));
    r = hf_batch_add(b, HF_KIND_EVENT); /* values of other types stay in the account */
    r->raw.bytes = HF_V("{\"id\":7,\"date_create\":\"x\",\"action\":{},\"actor\":3,\"entity\":[],"
                        "\"context\":null}");
    T_OK(err, hf_format_find(HF_V("slack-audit"))->parse(b, r, NULL, &err));
    assert_int_equal(r->time_us, HF_NO_TIME);
    r = hf_batch_add(b, HF_KIND_EVENT);
    r->raw.bytes = HF_V("[]");
    T_FAILS(err, HF_E_RECORD, hf_format_find(HF_V("slack-audit"))->parse(b, r, NULL, &err));
    hf_batch_free(b);
}

/* A folder of pages beside something else; and no cut of the smallest file breaks the reader. */
static void test_cuts(void **state)
{
    static const char text[] = "{\"entries\":[" ENTRY("a", "00000001") "]}\n";
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/cut.json", folder);

    (void)state;
    for (size_t n = 0; n < sizeof(text) - 1; n++) {
        hf_paths *paths = hf_paths_new();
        hf_input in = { 0 };
        hf_reader *r = NULL;
        hf_err *err = NULL;
        hf_status rc = HF_OK;
        uint64_t bytes = 0;
        hf_reader_args args = { .paths = paths,
                                .origin = "T1",
                                .want = HF_WANT_RECORDS | HF_WANT_BYTES | HF_WANT_ACCOUNT };
        char *spec = hf_sprintf("slack-audit:%s", path);

        t_write(folder, "cut.json", (hf_view){ text, n });
        T_OK(err, hf_input_open(&in, spec, NULL, &err));
        args.source = in.source;
        args.path = in.path;
        T_OK(err, in.format->open(&r, &args, &err));
        while (rc == HF_OK) {
            hf_batch *b = hf_batch_new();

            rc = r->ops->next(r, b, &err);
            for (size_t i = 0; i < b->n; i++)
                bytes += b->rec[i]->kind == HF_KIND_BYTES ? b->rec[i]->raw.bytes.n : 0;
            hf_batch_free(b);
        }
        assert_int_equal(rc, HF_END);
        assert_int_equal(bytes, n);
        r->ops->close(r);
        hf_input_clear(&in);
        hf_paths_free(paths);
        hf_free(spec);
    }
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_forms), cmocka_unit_test(test_values),
                                        cmocka_unit_test(test_cuts) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
