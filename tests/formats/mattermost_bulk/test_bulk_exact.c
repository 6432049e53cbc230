/* tests/formats/mattermost_bulk/test_bulk_exact.c: what the writer calls exact is in the file:
 * every value of the Slack sample that was settled EXACT is read back from the bulk file alone. */
#include "bulk_support.h"

#include "format/ledger.h"
#include "format/sort.h"

extern const hf_format hf_format_slack;

/* All records of the sample in the order that the writer wants, in one batch. */
static hf_batch *sample_records(hf_paths *paths)
{
    hf_reader_args args = { .path = t_source("samples/slack-northwind"),
                            .paths = paths,
                            .want = HF_WANT_RECORDS | HF_WANT_ACCOUNT };
    hf_sort *sort = hf_sort_new(HF_ORDER_THREAD, 0);
    hf_batch *all = hf_batch_new();
    hf_reader *r = NULL;
    hf_err *err = NULL;
    hf_status rc = HF_OK;

    T_OK(err, hf_source_open(&args.source, args.path, NULL, &err));
    T_OK(err, hf_format_slack.open(&r, &args, &err));
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = r->ops->next(r, b, &err);
        for (size_t i = 0; rc == HF_OK && i < b->n; i++)
            if (hf_kind_is_record(b->rec[i]->kind))
                T_OK(err, hf_sort_add(sort, b->rec[i], &err));
        hf_batch_free(b);
    }
    assert_int_equal(rc, HF_END);
    for (rc = HF_OK; rc == HF_OK; rc = hf_sort_next(sort, all, &err))
        ;
    assert_int_equal(rc, HF_END);
    r->ops->close(r);
    hf_source_close(args.source);
    hf_sort_free(sort);
    return all;
}

static bool is_text(hf_field f)
{
    hf_type t = hf_field_get(f)->type;

    return t != HF_TYPE_TIME && t != HF_TYPE_INT && t != HF_TYPE_BOOL;
}

static bool has_value(const hf_record *target, const hf_value *v)
{
    bool any = false;
    uint32_t at = 0;

    for (const hf_value *t = hf_rec_next(target, v->field, 0, &at); t != NULL;
         t = hf_rec_next(target, v->field, at + 1, &at)) {
        any = true;
        if (is_text(v->field) ? hf_view_eq(v->text, t->text) : v->num == t->num)
            return true;
    }
    return !any &&
           (is_text(v->field) ? v->text.n == 0
                              : hf_field_get(v->field)->type == HF_TYPE_BOOL && v->num == 0);
}

/* Could target be what became of r? Same kind, same moment or later: a reply by a clock that was
 * slow goes behind its root. */
static bool may_be(const hf_record *r, const hf_record *target)
{
    if (target->kind != r->kind)
        return false;
    return r->kind != HF_KIND_MESSAGE || (target->time_us >= r->time_us - 999 &&
                                          target->time_us <= r->time_us + 3600 * HF_SECOND_US);
}

static bool says_all(const hf_record *r, const hf_record *target)
{
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].state == HF_EXACT && !has_value(target, &r->value[i]))
            return false;
    return true;
}

static void exact_values_read_back(void **state)
{
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/out.jsonl", folder);
    hf_opts *opts = hf_opts_new();
    hf_paths *paths = hf_paths_new();
    hf_writer_args args = { .path = path, .opts = opts, .paths = paths, .source_format = "slack" };
    hf_batch *source = sample_records(paths), *target;
    size_t exact = 0, messages = 0;
    hf_writer *w = NULL;
    hf_err *err = NULL;

    (void)state;
    hf_opts_set(opts, "team", "northwind");
    args.ledger = hf_ledger_new(paths, NULL);
    T_OK(err, hf_format_mattermost_bulk.create(&w, &args, &err));
    /* One batch with definitions: the writer keeps it until it is closed, so its states can be
     * looked at. */
    T_OK(err, w->ops->put(w, source, &err));
    T_OK(err, w->ops->settle(w, &err));
    T_OK(err, w->ops->finish(w, &err));
    target = bulk_read_path(path, HF_WANT_RECORDS, NULL);
    for (size_t i = 0; i < source->n; i++) {
        const hf_record *r = source->rec[i];
        size_t k = 0, before = exact;

        for (uint32_t v = 0; v < r->nvalue; v++)
            exact += r->value[v].state == HF_EXACT;
        if (exact == before) /* it claims nothing */
            continue;
        messages += r->kind == HF_KIND_MESSAGE;
        while (k < target->n && !(may_be(r, target->rec[k]) && says_all(r, target->rec[k])))
            k++;
        if (k == target->n && r->kind <= HF_KIND_EMOJI)
            fail_msg("%s %.*s: an exact value is not in the file", hf_kind_name(r->kind),
                     (int)r->id.n, r->id.p);
    }
    assert_true(exact > 600); /* the test saw something */
    assert_true(messages > 300);
    w->ops->close(w);
    hf_batch_free(target);
    hf_ledger_free(args.ledger);
    hf_paths_free(paths);
    hf_opts_free(opts);
    hf_free(path);
}

static void complain(void *self, const char *member, uint64_t line, const char *rule,
                     const char *text)
{
    (void)self;
    fail_msg("%s line %llu: %s: %s", member, (unsigned long long)line, rule, text);
}

/* The server's own rules find nothing in what we wrote. */
static void server_would_take_it(void **state)
{
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/out.zip", folder);
    hf_opts *opts = hf_opts_new();
    hf_paths *paths = hf_paths_new();
    hf_writer_args args = { .path = path, .opts = opts, .paths = paths, .source_format = "slack" };
    hf_source *src = NULL;
    hf_writer *w = NULL;
    hf_err *err = NULL;

    (void)state;
    hf_opts_set(opts, "team", "northwind");
    T_OK(err, hf_format_mattermost_bulk.create(&w, &args, &err)); /* nobody accounts */
    T_OK(err, w->ops->put(w, sample_records(paths), &err));
    T_OK(err, w->ops->settle(w, &err));
    T_OK(err, w->ops->finish(w, &err));
    w->ops->close(w);
    T_OK(err, hf_source_open(&src, path, NULL, &err));
    T_OK(err, hf_format_mattermost_bulk.check(src, NULL, complain, NULL, &err));
    hf_source_close(src);
    hf_paths_free(paths);
    hf_opts_free(opts);
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(exact_values_read_back),
                                        cmocka_unit_test(server_would_take_it) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
