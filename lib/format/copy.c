/* format/copy.c: the driver. One pass, or two when a scope must first learn who belongs to it. */
#include "format/copy.h"

#include "format/late.h"
#include "format/mask.h"
#include "format/scope.h"
#include "format/sort.h"

#include <stdio.h>
#include <unistd.h>

#include "text/secret.h"

typedef struct copy {
    const hf_copy_args *args;
    hf_copy_result *result;
    hf_scope_stage *scope; /* NULL: everything */
    hf_sort *sort;         /* NULL: the order fits */
    hf_late *late;         /* NULL: the writer may have containers as they come */
    hf_sidecar *sidecar;
    char *sidecar_path, *old_sidecar; /* beside the target; an earlier one, set aside */
    hf_ledger *ledger;                /* NULL when the target accounts for itself */
    hf_writer *writer;
    const hf_source *source; /* whose members raw.member counts */
    bool takes_bytes;        /* the writer wants containers and quarantine */
    bool expects;            /* the writer hears of records first */
    bool masks;              /* no secret goes to the writer */
} copy;

static void report(const copy *c, const char *phase, const hf_reader *r)
{
    if (c->args->progress != NULL)
        c->args->progress(c->args->progress_self, phase, r->done, r->total);
}

/* True when the stream may carry every member's bytes to a target that can take them. */
static bool may_be_exact(const hf_copy_args *args)
{
    return (args->target->wants & HF_WANT_BYTES) != 0 && hf_scope_is_all(args->scope) &&
           (args->input->format == args->target || args->input->format->opens_path ||
            args->target->opens_path);
}

static hf_status open_reader(const copy *c, unsigned want, hf_reader **out, hf_err **err)
{
    hf_reader_args args = {
        .opts = c->args->reader_opts,
        .paths = c->result->paths,
        .want = want,
        .origin = c->args->origin,
        .since = c->args->since,
        .since_self = c->args->since_self,
    };

    return hf_read_open(out, c->args->input, &args, c->args->ignore_sidecar, err);
}

/* First reading: who and what belongs to the scope. */
static hf_status learn(copy *c, hf_err **err)
{
    hf_reader *r = NULL;
    hf_status rc = open_reader(c, HF_WANT_RECORDS, &r, err);

    c->scope = hf_scope_new(c->args->scope);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, err);
        for (size_t i = 0; i < b->n; i++)
            hf_scope_learn(c->scope, b->rec[i]);
        hf_batch_free(b);
        report(c, "finding who belongs to it", r);
    }
    hf_reader_close(r);
    return rc == HF_END ? hf_scope_check(c->scope, err) : rc;
}

/* Does what was lost so far end the run? */
static hf_status check_loss(const copy *c, hf_err **err)
{
    uint64_t lost, allowed = c->args->strict ? 0 : c->args->max_loss;

    if (c->ledger == NULL || (!c->args->strict && !c->args->has_max_loss))
        return HF_OK;
    lost = hf_ledger_total(c->ledger, HF_LOST) + hf_ledger_total(c->ledger, HF_RAW_ONLY);
    if (lost <= allowed)
        return HF_OK;
    hf_fail(err, HF_E_LOSS, "%llu values would be lost, %llu are allowed", (unsigned long long)lost,
            (unsigned long long)allowed);
    return hf_hint(err,
                   "nothing was published; run without --strict and --max-loss to get the list");
}

/* Give a batch to the writer. */
static hf_status put(copy *c, hf_batch *b, hf_err **err)
{
    for (size_t i = 0; i < b->n; i++) {
        hf_record *r = b->rec[i];

        if (c->masks && hf_kind_is_record(r->kind))
            hf_mask_values(b, r);
        hf_counts_add(&c->result->counts, r);
        if (c->args->kept != NULL && (hf_kind_is_record(r->kind) || r->kind == HF_KIND_MEMBER))
            c->args->kept(c->args->kept_self, r);
        if (c->ledger != NULL && hf_kind_is_record(r->kind))
            hf_ledger_enter(c->ledger, r);
    }
    hf_status rc = c->writer->ops->put(c->writer, b, err);
    return rc == HF_OK ? check_loss(c, err) : rc;
}

/* Account for bytes in quarantine; true when they go on to the writer. Those with a secret go to
 * the sidecar instead, if there is one. */
static bool quarantine(copy *c, hf_batch *b, hf_record *r, hf_status *rc, hf_err **err)
{
    hf_state state = c->takes_bytes ? HF_EXACT : HF_LOST;
    hf_view bytes = r->raw.bytes;
    bool found = false;

    if (c->args->unreadable != NULL)
        c->args->unreadable(c->args->unreadable_self, c->source, r);
    if (c->masks && c->takes_bytes)
        bytes = hf_secret_mask_json(bytes, b->mem, &found);
    if (found)
        state = c->sidecar != NULL ? HF_LOST : HF_MASKED;
    if (c->ledger != NULL)
        *rc = hf_ledger_quarantine(c->ledger, r, state, err);
    if (state == HF_LOST)
        hf_counts_add(&c->result->counts, r);
    r->raw.bytes = bytes;
    return state != HF_LOST;
}

static bool is_container(hf_kind k)
{
    return k == HF_KIND_MEMBER || k == HF_KIND_BYTES || k == HF_KIND_MEMBER_END;
}

/* Keep of b what goes on to the writer at once; definitions and messages may go to the sort, and
 * containers be held back, instead. */
static hf_status route(copy *c, hf_batch *b, hf_err **err)
{
    hf_status rc = HF_OK;
    size_t kept = 0;

    for (size_t i = 0; i < b->n && rc == HF_OK; i++) {
        hf_record *r = b->rec[i];

        hf_counts_add(&c->result->read, r);
        if (c->scope != NULL && !hf_scope_keeps(c->scope, r))
            continue;
        if (c->scope != NULL)
            hf_scope_strip(c->scope, r, c->result->paths);
        r->flags &= ~(unsigned)HF_REC_CONTEXT; /* said to this driver alone */
        if (c->expects && hf_kind_is_record(r->kind))
            c->writer->ops->expect(c->writer, r);
        if (r->kind == HF_KIND_QUARANTINE && !quarantine(c, b, r, &rc, err))
            continue;
        if (c->late != NULL && is_container(r->kind))
            rc = rc == HF_OK ? hf_late_add(c->late, r, err) : rc;
        else if (c->sort != NULL && hf_kind_is_record(r->kind))
            rc = rc == HF_OK ? hf_sort_add(c->sort, r, err) : rc;
        else
            b->rec[kept++] = r;
    }
    b->n = kept;
    if (rc != HF_OK || kept == 0) {
        hf_batch_free(b);
        return rc;
    }
    return put(c, b, err);
}

/* The next of what was held back, then of what was sorted. */
static hf_status put_kept(copy *c, hf_err **err)
{
    hf_batch *b = hf_batch_new();
    hf_status rc = c->late == NULL ? HF_END : hf_late_next(c->late, b, err);

    if (rc == HF_END && c->sort != NULL)
        rc = hf_sort_next(c->sort, b, err);
    if (rc == HF_OK)
        return put(c, b, err);
    hf_batch_free(b);
    return rc;
}

static hf_status stream(copy *c, hf_reader *r, hf_err **err)
{
    hf_status rc = HF_OK;

    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, err);
        if (rc != HF_OK)
            hf_batch_free(b);
        else
            rc = route(c, b, err);
        report(c, "reading", r);
    }
    for (rc = rc == HF_END ? HF_OK : rc; rc == HF_OK;) {
        rc = put_kept(c, err);
        report(c, "writing", r);
    }
    return rc == HF_END ? HF_OK : rc;
}

static bool wants_sidecar(const copy *c, bool is_exact)
{
    const hf_format *t = c->args->target;

    /* What loses nothing lacks only what is masked. */
    return c->args->with_sidecar && !is_exact && !t->is_transcript &&
           (!t->is_lossless || (c->masks && !c->args->mask_sidecar)) && !t->opens_path &&
           t->open != NULL && strcmp(c->args->target_path, "-") != 0;
}

/* What would be read together with the target when a file of that name lies beside it; NULL when
 * nothing is. */
static char *sidecar_beside(const hf_copy_args *a)
{
    const hf_format *t = a->target;

    return t->opens_path || t->open == NULL || strcmp(a->target_path, "-") == 0
               ? NULL
               : hf_sidecar_path(a->target_path);
}

/* The sidecar of an earlier target must not be read with this one. */
static hf_status check_beside(const copy *c, hf_err **err)
{
    if (c->sidecar_path == NULL || c->args->overwrite || access(c->sidecar_path, F_OK) != 0)
        return HF_OK;
    hf_fail(err, HF_E_EXISTS, "%s exists, and would be read with the new file", c->sidecar_path);
    return hf_hint(err, "choose another name, or say --overwrite");
}

static hf_status open_writer(copy *c, const hf_reader *r, hf_err **err)
{
    const hf_copy_args *a = c->args;
    bool is_exact = r->is_exact && may_be_exact(a) &&
                    (a->target->opens_path || strcmp(r->format, a->target->name) == 0);
    hf_writer_args args = {
        .path = a->target_path,
        .opts = a->writer_opts,
        .source_format = r->format,
        .source_path = a->input->label,
        .paths = c->result->paths,
        .overwrite = a->overwrite,
        .keep_secrets = a->keep_secrets,
        .is_exact = is_exact,
    };
    hf_status rc = HF_OK;

    c->result->is_exact = is_exact;
    c->takes_bytes = a->target->is_lossless;
    c->masks = !a->keep_secrets && !is_exact && !a->target->opens_path;
    c->sidecar_path = sidecar_beside(a);
    if (!a->target->opens_path) {
        rc = check_beside(c, err);
        if (rc == HF_OK && wants_sidecar(c, is_exact)) {
            rc = hf_sidecar_create(&c->sidecar, c->sidecar_path, r->format, r->origin,
                                   a->target->name, a->overwrite, err);
        }
        c->ledger = c->result->ledger = hf_ledger_new(c->result->paths, c->sidecar);
        hf_ledger_formats(c->ledger, r->format, a->target->name);
        if (c->masks && a->mask_sidecar)
            hf_ledger_mask(c->ledger);
        if (a->blind_path != NULL)
            hf_ledger_blind(c->ledger, a->blind_path);
    }
    args.ledger = c->ledger;
    if (rc == HF_OK)
        rc = a->target->create(&c->writer, &args, err);
    if (rc == HF_OK && !is_exact && a->target->wants_order != HF_ORDER_NONE &&
        a->target->wants_order != r->order)
        c->sort = hf_sort_new(a->target->wants_order, a->memory_bytes);
    c->expects = rc == HF_OK && !is_exact && c->writer->ops->expect != NULL;
    if (c->expects && !r->files_last)
        c->late = hf_late_new();
    return rc;
}

/* Out of the way, and back again should the target not come. */
static hf_status set_aside(copy *c, hf_err **err)
{
    if (c->sidecar_path == NULL || access(c->sidecar_path, F_OK) != 0)
        return HF_OK;
    c->old_sidecar = hf_sprintf("%s.old", c->sidecar_path);
    if (rename(c->sidecar_path, c->old_sidecar) == 0)
        return HF_OK;
    hf_free(c->old_sidecar);
    c->old_sidecar = NULL;
    hf_fail_sys(err, "cannot put the earlier sidecar aside");
    return hf_err_at(err, c->sidecar_path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

/* The sidecar is published first: beside a target that never came it is harmless and taken away
 * again. */
static hf_status publish(copy *c, const hf_reader *r, hf_err **err)
{
    hf_status rc = HF_OK;

    if (c->writer->ops->settle != NULL)
        rc = c->writer->ops->settle(c->writer, err);
    if (c->ledger != NULL)
        hf_ledger_close(c->ledger);
    if (rc == HF_OK)
        rc = check_loss(c, err);
    if (rc == HF_OK)
        rc = set_aside(c, err);
    if (rc == HF_OK && c->sidecar != NULL) {
        rc = hf_sidecar_commit(c->sidecar, &c->result->sidecar_bytes, err);
        c->sidecar = NULL;
    }
    c->writer->mark_key = r->mark_key;
    c->writer->mark = r->mark;
    if (rc == HF_OK)
        rc = c->writer->ops->finish(c->writer, err);
    if (rc == HF_OK)
        c->result->kept = c->writer->kept;
    if (rc != HF_OK && c->result->sidecar_bytes > 0)
        unlink(c->sidecar_path);
    if (c->old_sidecar != NULL && rc == HF_OK)
        unlink(c->old_sidecar);
    else if (c->old_sidecar != NULL)
        rename(c->old_sidecar, c->sidecar_path);
    return rc;
}

/* The user hears of what the reader could not read before it works for hours. */
static void tell_facts(const copy *c, hf_reader *r)
{
    if (c->args->fact != NULL && r->ops->facts != NULL)
        r->ops->facts(r, c->args->fact, c->args->fact_self);
}

hf_status hf_copy(const hf_copy_args *args, hf_copy_result *result, hf_err **err)
{
    copy c = { .args = args, .result = result };
    unsigned want = HF_WANT_RECORDS | HF_WANT_ACCOUNT;
    hf_reader *r = NULL;
    hf_status rc = HF_OK;

    *result = (hf_copy_result){ .paths = hf_paths_new() };
    hf_counts_init(&result->counts);
    hf_counts_init(&result->read);
    if (!hf_scope_is_all(args->scope))
        rc = learn(&c, err);
    /* Of a part the attachments are wanted: the scope lets through those of its messages. */
    want |= may_be_exact(args) ? HF_WANT_BYTES : HF_WANT_OPAQUE;
    if (hf_scope_is_all(args->scope)) /* of a part the source's counts say nothing */
        want |= args->target->wants & HF_WANT_COUNTS;
    if (rc == HF_OK)
        rc = open_reader(&c, want, &r, err);
    if (rc == HF_OK)
        rc = open_writer(&c, r, err);
    if (rc == HF_OK)
        tell_facts(&c, r);
    if (rc == HF_OK)
        c.source = r->source;
    if (rc == HF_OK)
        rc = stream(&c, r, err);
    if (rc == HF_OK)
        tell_facts(&c, r);
    if (rc == HF_OK)
        rc = publish(&c, r, err);
    /* Threads of the writer may hold records until it is closed, and these point to the reader's
     * heads. */
    if (c.writer != NULL)
        c.writer->ops->close(c.writer);
    hf_reader_close(r);
    hf_scope_free(c.scope);
    hf_sort_free(c.sort);
    hf_late_free(c.late);
    hf_sidecar_abort(c.sidecar);
    hf_free(c.sidecar_path);
    hf_free(c.old_sidecar);
    return rc;
}
