/* formats/null/null.c: reads and accounts, writes nothing: `convert SOURCE --to null` measures and
 * checks.
 *
 * Every value is settled EXACT: nothing is lost on the way to nowhere, and what no reader took
 * still shows as raw-only in the account.
 */
#include "format/format.h"
#include "format/ledger.h"

typedef struct null_writer {
    hf_writer base; /* must stay first */
    hf_ledger *ledger;
} null_writer;

static hf_status null_put(hf_writer *base, hf_batch *b, hf_err **err)
{
    null_writer *w = (null_writer *)base;
    hf_status rc = HF_OK;

    for (size_t i = 0; i < b->n && rc == HF_OK && w->ledger != NULL; i++) {
        hf_record *r = b->rec[i];

        if (!hf_kind_is_record(r->kind))
            continue;
        for (uint32_t k = 0; k < r->nvalue; k++)
            r->value[k].state = HF_EXACT;
        rc = hf_ledger_done(w->ledger, r, NULL, err);
    }
    hf_batch_free(b);
    return rc;
}

static hf_status null_finish(hf_writer *base, hf_err **err)
{
    (void)base;
    (void)err;
    return HF_OK;
}

static void null_close(hf_writer *base)
{
    hf_free(base);
}

static const hf_writer_ops null_ops = { null_put, null_finish, null_close };

static hf_status null_create(hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    null_writer *w = HF_NEW(null_writer);

    (void)err;
    w->base.ops = &null_ops;
    w->ledger = args->ledger;
    *out = &w->base;
    return HF_OK;
}

const hf_format hf_format_null = {
    .name = "null",
    .title = "Nothing: read and account only",
    .spec = "formats/null/null.c",
    .create = null_create,
};
