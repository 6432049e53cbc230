/* samples/library/main.c: list the messages of any source that holdfast reads.
 *
 *     cc -std=c17 main.c $(pkg-config --cflags --libs holdfast) -o messages
 *     ./messages slack:export.zip
 */
#include <holdfast/holdfast.h>
#include <stdio.h>

/* Time, channel, author and the size of the text: one line per message. */
static void print_messages(const hf_batch *b)
{
    for (size_t i = 0; i < b->n; i++) {
        const hf_record *r = b->rec[i];
        hf_view author = hf_rec_get_text(r, HF_F_MESSAGE_AUTHOR);
        char when[32] = "(no time)";

        if (r->kind != HF_KIND_MESSAGE)
            continue;
        if (r->time_us != HF_NO_TIME)
            hf_time_format(r->time_us, when);
        printf("%s  %.*s  %.*s  %zu bytes\n", when, (int)r->scope.n, r->scope.p, (int)author.n,
               author.p == NULL ? "" : author.p, hf_rec_get_text(r, HF_F_MESSAGE_TEXT).n);
    }
}

int main(int argc, char **argv)
{
    hf_reader_args args = { .want = HF_WANT_RECORDS };
    hf_input input = { 0 };
    hf_reader *reader = NULL;
    hf_err *err = NULL;
    hf_status rc;

    rc = hf_input_open(&input, argc == 2 ? argv[1] : "", NULL, &err);
    if (rc == HF_OK)
        rc = hf_read_open(&reader, &input, &args, false, &err);
    while (rc == HF_OK) { /* HF_END ends it, and so does an error */
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(reader, b, &err);
        if (rc == HF_OK)
            print_messages(b);
        hf_batch_free(b);
    }
    if (rc < 0)
        fprintf(stderr, "messages: %s\n", err->message);
    hf_err_free(err);
    hf_reader_close(reader);
    hf_input_clear(&input);
    return hf_status_exit(rc);
}
