/* tests/formats/transcript/test_transcript.c: what people read of a message: deletions, earlier
 * texts, marks, and that no name or text can pose as the program's own words on a terminal. */
#include "support.h"

#include "format/format.h"
#include "format/ledger.h"

extern const hf_format hf_format_txt, hf_format_md;

static const int64_t noon = INT64_C(1709294400000000); /* 2024-03-01T12:00:00Z */

static hf_record *record(hf_batch *b, hf_kind kind, const char *scope, const char *id)
{
    hf_record *r = hf_batch_add(b, kind);

    r->origin = HF_V("mm");
    r->dialect = HF_DIALECT_MARKDOWN;
    r->scope = hf_view_str(scope);
    r->id = hf_view_str(id);
    return r;
}

static void text(hf_batch *b, hf_record *r, hf_field f, uint32_t item, const char *value)
{
    hf_rec_text(b, r, f, item, hf_view_str(value));
}

static hf_record *message(hf_batch *b, const char *id, int minute, const char *author,
                          const char *said)
{
    hf_record *r = record(b, HF_KIND_MESSAGE, "c1", id);

    r->time_us = noon + minute * 60 * HF_SECOND_US;
    hf_rec_num(b, r, HF_F_MESSAGE_TIME, 0, r->time_us);
    text(b, r, HF_F_MESSAGE_AUTHOR, 0, author);
    text(b, r, HF_F_MESSAGE_TEXT, 0, said);
    return r;
}

static hf_batch *conversation(void)
{
    hf_batch *b = hf_batch_new();
    hf_record *r = record(b, HF_KIND_USER, "", "u1");

    text(b, r, HF_F_USER_NAME, 0, "ann");
    r = record(b, HF_KIND_USER, "", "u2");
    text(b, r, HF_F_USER_NAME, 0, "bob\033[2J");
    r = record(b, HF_KIND_CHANNEL, "", "c1");
    text(b, r, HF_F_CHANNEL_NAME, 0, "dev");

    r = message(b, "m1", 0, "u1", "ship it");
    hf_rec_num(b, r, HF_F_MESSAGE_IS_DELETED, 0, 1);
    hf_rec_num(b, r, HF_F_MESSAGE_DELETED_AT, 0, noon + HF_DAY_US);
    text(b, r, HF_F_MESSAGE_DELETED_BY, 0, "u2");
    hf_rec_num(b, r, HF_F_MESSAGE_EDITED_AT, 0, noon + HF_SECOND_US);
    text(b, r, HF_F_MESSAGE_VERSION_TEXT, 0, "do not\nship it");
    hf_rec_num(b, r, HF_F_MESSAGE_VERSION_AT, 0, noon);
    text(b, r, HF_F_MESSAGE_VERSION_TEXT, 1, "hm");
    r = message(b, "m2", 1, "u2", "gone"); /* nobody says when or by whom */
    hf_rec_num(b, r, HF_F_MESSAGE_IS_DELETED, 0, 1);
    r = message(b, "m3", 2, "u1", "all read this");
    text(b, r, HF_F_MESSAGE_PRIORITY, 0, "urgent");
    hf_rec_num(b, r, HF_F_MESSAGE_IS_PINNED, 0, 1);
    text(b, r, HF_F_MESSAGE_ACK_USER, 0, "u2");
    hf_rec_num(b, r, HF_F_MESSAGE_ACK_AT, 0, noon + HF_DAY_US);
    text(b, r, HF_F_MESSAGE_ACK_USER, 1, "u3");
    r = message(b, "m4", 3, "u1", "the code is 4711");
    text(b, r, HF_F_MESSAGE_TYPE, 0, "burn_on_read");
    hf_rec_num(b, r, HF_F_MESSAGE_EXPIRES, 0, noon + HF_DAY_US);
    text(b, r, HF_F_MESSAGE_THREAD, 0, "m3");
    return b;
}

static const char txt[] = "=== dev ===\n"
                          "Times are in UTC.\n"
                          "\n"
                          "--- 2024-03-01, Friday ---\n"
                          "12:00:00  ann: ship it [deleted 2024-03-02 12:00:00 by bob\\x1B[2J]"
                          " [edited 2024-03-01 12:00:01]\n"
                          "          [earlier text of 2024-03-01 12:00:00: do not\n"
                          "          ship it]\n"
                          "          [earlier text: hm]\n"
                          "12:01:00  bob\\x1B[2J: gone [deleted]\n"
                          "12:02:00  ann: all read this [pinned] [priority: urgent]\n"
                          "          [acknowledged by bob\\x1B[2J 2024-03-02 12:00:00; u3]\n"
                          "        12:03:00  ann: the code is 4711"
                          " [to be read once, until 2024-03-02 12:00:00]\n";

static const char md[] = "# dev\n"
                         "Times are in UTC.\n"
                         "\n"
                         "## 2024-03-01, Friday\n"
                         "\n"
                         "- 12:00:00 **ann**: ship it [deleted 2024-03-02 12:00:00 by bob\\x1B[2J]"
                         " [edited 2024-03-01 12:00:01]\n"
                         "  [earlier text of 2024-03-01 12:00:00: do not\n"
                         "  ship it]\n"
                         "  [earlier text: hm]\n"
                         "- 12:01:00 **bob\\x1B[2J**: gone [deleted]\n"
                         "- 12:02:00 **ann**: all read this [pinned] [priority: urgent]\n"
                         "  [acknowledged by bob\\x1B[2J 2024-03-02 12:00:00; u3]\n"
                         "  - 12:03:00 **ann**: the code is 4711"
                         " [to be read once, until 2024-03-02 12:00:00]\n";

static void shows_what_became_of_messages(void **state)
{
    static const struct {
        const hf_format *format;
        const char *want;
    } cases[] = { { &hf_format_txt, txt }, { &hf_format_md, md } };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *path = hf_sprintf("%s/%zu.out", t_folder(), i);
        hf_paths *paths = hf_paths_new();
        hf_ledger *ledger = hf_ledger_new(paths, NULL);
        hf_writer_args args = { .path = path, .ledger = ledger, .paths = paths };
        hf_batch *b = conversation();
        hf_writer *w = NULL;
        hf_err *err = NULL;
        hf_view got;

        for (size_t k = 0; k < b->n; k++)
            hf_ledger_enter(ledger, b->rec[k]);
        T_OK(err, cases[i].format->create(&w, &args, &err));
        T_OK(err, w->ops->put(w, b, &err));
        T_OK(err, w->ops->finish(w, &err));
        w->ops->close(w);
        hf_ledger_close(ledger);
        got = t_read(path);
        T_VIEW(cases[i].want, got);
        assert_int_equal(1, hf_ledger_total(ledger, HF_LOST)); /* the type, which is not shown */
        hf_free((void *)(uintptr_t)got.p);
        hf_ledger_free(ledger);
        hf_paths_free(paths);
        hf_free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(shows_what_became_of_messages) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
