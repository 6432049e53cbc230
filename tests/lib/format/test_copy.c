/* tests/lib/format/test_copy.c: the driver between one reader and one writer, both made up. */
#include "format/copy.h"
#include "support.h"

static bool is_reader_open, was_reader_open; /* when the writer was closed */

/* --- a reader of two batches, with a failure after the first -------------------------------------
 */

typedef struct source {
    hf_reader base;
    char *head; /* records point to it: it lives as long as the reader */
    int batches;
    bool fails;
} source;

static hf_status source_next(hf_reader *r, hf_batch *b, hf_err **err)
{
    source *s = (source *)r;
    hf_record *rec;

    if (s->batches++ == 1 && s->fails)
        return hf_fail(err, HF_E_UNREACHABLE, "gone");
    if (s->batches > 2)
        return HF_END;
    rec = hf_batch_add(b, HF_KIND_MESSAGE);
    rec->origin = HF_V("O");
    rec->scope = HF_V("C");
    rec->id = HF_V("1");
    rec->raw.head = hf_view_str(s->head);
    return HF_OK;
}

static void source_close(hf_reader *r)
{
    hf_free(((source *)r)->head);
    hf_free(r);
    is_reader_open = false;
}

static const hf_reader_ops source_ops = { source_next, source_close, NULL };

static hf_status source_open(hf_reader **out, const hf_reader_args *args, hf_err **err)
{
    source *s = HF_NEW(source);

    (void)err;
    s->base = (hf_reader){ .ops = &source_ops, .format = "source", .origin = HF_V("O") };
    s->head = hf_strdup("a head\n");
    s->fails = strcmp(args->path, "fails") == 0;
    is_reader_open = true;
    *out = &s->base;
    return HF_OK;
}

/* --- a writer that works behind the driver's back -----------------------------------------------
 */

typedef struct target {
    hf_writer base;
    hf_batch *kept[4]; /* not looked at before close, as by a thread that is slow */
    size_t n;
} target;

static hf_status target_put(hf_writer *w, hf_batch *b, hf_err **err)
{
    target *t = (target *)w;

    (void)err;
    t->kept[t->n++] = b;
    return HF_OK;
}

static hf_status target_finish(hf_writer *w, hf_err **err)
{
    (void)w;
    (void)err;
    return HF_OK;
}

static void target_close(hf_writer *w)
{
    target *t = (target *)w;

    was_reader_open = is_reader_open;
    for (size_t i = 0; i < t->n; i++) {
        if (is_reader_open)
            T_VIEW("a head\n", t->kept[i]->rec[0]->raw.head);
        hf_batch_free(t->kept[i]);
    }
    hf_free(t);
}

static const hf_writer_ops target_ops = { target_put, target_finish, target_close, NULL };

static hf_status target_create(hf_writer **out, const hf_writer_args *args, hf_err **err)
{
    target *t = HF_NEW(target);

    (void)args;
    (void)err;
    t->base.ops = &target_ops;
    *out = &t->base;
    return HF_OK;
}

static const hf_format source_format = { .name = "source",
                                         .opens_path = true,
                                         .open = source_open },
                       target_format = { .name = "target",
                                         .opens_path = true,
                                         .is_lossless = true,
                                         .create = target_create };

const hf_format *const hf_formats[] = { &source_format, &target_format, NULL };

const hf_format *hf_format_find(hf_view name)
{
    return hf_view_is(name, "source") ? &source_format : &target_format;
}

/* A writer may still hold records when the reading fails: what they point to must be there. */
static void the_reader_outlives_the_writer(void **state)
{
    static char label[] = "source";
    static struct {
        char path[8];
        hf_status want;
    } rows[] = { { "ends", HF_OK }, { "fails", HF_E_UNREACHABLE } };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_input in = { .path = rows[i].path, .label = label, .format = &source_format };
        hf_copy_args args = { .input = &in, .target = &target_format, .target_path = "nowhere" };
        hf_copy_result r = { 0 };
        hf_err *err = NULL;

        was_reader_open = false;
        assert_int_equal(rows[i].want, hf_copy(&args, &r, &err));
        assert_true(was_reader_open);
        assert_false(is_reader_open);
        hf_err_free(err);
        hf_paths_free(r.paths);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_reader_outlives_the_writer) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
