/* tests/formats/jsonl/test_jsonl.c: records written as JSON Lines and read back. */
#include "format/copy.h"
#include "support.h"

#include <unistd.h>

enum { MANY = 300000 }; /* members of a channel that everybody is in */

static hf_writer *create(const char *path, hf_paths *paths)
{
    hf_writer_args args = { .path = path, .source_format = "test", .paths = paths };
    hf_writer *w = NULL;
    hf_err *err = NULL;

    T_OK(err, hf_format_find(HF_V("jsonl"))->create(&w, &args, &err));
    return w;
}

static hf_record *add(hf_batch *b, hf_kind kind, const char *id)
{
    hf_record *r = hf_batch_add(b, kind);

    r->origin = HF_V("O");
    r->id = hf_view_str(id);
    r->format = "test";
    return r;
}

/* Values of a list in any order, and as many of them as there are people: neither changes what
 * comes back, nor takes a time that grows with the square. */
static void lists_of_any_order_and_length(void **state)
{
    static const uint32_t order[] = { 2, 0, 1 };
    hf_arena *mem = hf_arena_new();
    const char *path = hf_arena_printf(mem, "%s/out.jsonl", t_folder()).p;
    hf_paths *paths = hf_paths_new();
    hf_writer *w = create(path, paths);
    hf_batch *b = hf_batch_new();
    hf_record *m = add(b, HF_KIND_MESSAGE, "m"), *c = add(b, HF_KIND_CHANNEL, "c");
    hf_input in = { 0 };
    hf_reader *r = NULL;
    hf_err *err = NULL;
    size_t messages = 0, channels = 0;
    hf_status rc;

    (void)state;
    for (size_t i = 0; i < T_COUNT(order); i++) {
        hf_rec_text(b, m, HF_F_MESSAGE_REACTION_NAME, order[i],
                    hf_arena_printf(b->mem, "n%u", order[i]));
        hf_rec_text(b, m, HF_F_MESSAGE_REACTION_USER, 2 - order[i],
                    hf_arena_printf(b->mem, "u%u", 2 - order[i]));
    }
    for (uint32_t i = 0; i < MANY; i++)
        hf_rec_text(b, c, HF_F_CHANNEL_MEMBER, i, hf_arena_printf(b->mem, "u%u", i));
    alarm(120); /* ends the test: with the square it takes hours */
    T_OK(err, w->ops->put(w, b, &err));
    T_OK(err, w->ops->finish(w, &err));
    w->ops->close(w);
    T_OK(err, hf_input_open(&in, path, NULL, &err));
    T_OK(err, hf_read_open(&r, &in, &(hf_reader_args){ .paths = paths, .want = HF_WANT_RECORDS },
                           true, &err));
    do {
        b = hf_batch_new();
        rc = hf_reader_next(r, b, &err);
        for (size_t i = 0; rc == HF_OK && i < b->n; i++) {
            const hf_record *back = b->rec[i];

            if (back->kind == HF_KIND_MESSAGE && ++messages > 0)
                for (uint32_t k = 0; k < 3; k++) {
                    char want[2][8] = { { 'n', (char)('0' + k) }, { 'u', (char)('0' + k) } };

                    T_VIEW(want[0], hf_rec_item(back, HF_F_MESSAGE_REACTION_NAME, k)->text);
                    T_VIEW(want[1], hf_rec_item(back, HF_F_MESSAGE_REACTION_USER, k)->text);
                }
            if (back->kind == HF_KIND_CHANNEL && ++channels > 0)
                assert_int_equal(MANY, back->nvalue);
        }
        hf_batch_free(b);
    } while (rc == HF_OK);
    alarm(0);
    assert_int_equal(HF_END, rc);
    assert_int_equal(1, messages);
    assert_int_equal(1, channels);
    hf_reader_close(r);
    hf_input_clear(&in);
    hf_paths_free(paths);
    hf_arena_free(mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(lists_of_any_order_and_length) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
