/* tests/fuzz/fuzz_query.c: any bytes as a query: it parses or says where not; the normal form is a
 * query of the same normal form; evaluating it over its own text is safe. */
#include "check.h"

#include "query/eval.h"

static void check_normal(const hf_query *q, const hf_query_args *args)
{
    hf_query *again = NULL;
    hf_buf one, two;

    hf_buf_init(&one, HF_BUF_UNBOUNDED);
    hf_buf_init(&two, HF_BUF_UNBOUNDED);
    hf_query_print(q, &one);
    /* Quotes, dates and NOTs make it longer than the text may be. */
    if (one.n <= HF_QUERY_BYTES && hf_query_parse(&again, hf_buf_view(&one), args, NULL) == HF_OK) {
        hf_query_print(again, &two);
        CHECK(hf_view_eq(hf_buf_view(&one), hf_buf_view(&two)));
        CHECK(hf_query_leaves(q) == hf_query_leaves(again));
    } else {
        CHECK(one.n > HF_QUERY_BYTES);
    }
    hf_query_free(again);
    hf_buf_clear(&one);
    hf_buf_clear(&two);
}

static void check_eval(const hf_query *q, hf_view text)
{
    hf_batch *b = hf_batch_new();
    hf_record *r = hf_batch_add(b, HF_KIND_MESSAGE);
    hf_eval *e = hf_eval_new(q, NULL, 0);
    hf_buf out;

    r->dialect = HF_DIALECT_MRKDWN;
    hf_rec_text(b, r, HF_F_MESSAGE_TEXT, 0, text);
    hf_eval_matches(e, r);
    hf_eval_finish(e, NULL);
    hf_buf_init(&out, HF_BUF_UNBOUNDED);
    hf_query_snippet(q, text, 40, &out);
    CHECK(out.n <= 46);
    hf_buf_clear(&out);
    hf_eval_free(e);
    hf_batch_free(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const hf_query_args args = { .now_us = INT64_C(1710504000000000) };
    hf_view text = { (const char *)data, n };
    hf_query *q = NULL;
    hf_err *err = NULL;

    if (hf_query_parse(&q, text, &args, &err) == HF_OK) {
        CHECK(err == NULL && hf_query_root(q) != NULL);
        check_normal(q, &args);
        check_eval(q, text);
    } else {
        CHECK(q == NULL && err != NULL && err->code == HF_E_QUERY);
        CHECK(err->offset <= n || err->offset == HF_QUERY_BYTES);
    }
    hf_query_free(q);
    hf_err_free(err);
    return 0;
}
