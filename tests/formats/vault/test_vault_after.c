/* tests/formats/vault/test_vault_after.c: reading what imports after a given one brought: messages,
 * and of the attachments those that are new or that a changed message has. */
#include "support.h"

#include "format/copy.h"
#include "vault/vault.h"

#include <sys/stat.h>

static void message(hf_buf *b, const char *ts, const char *text, const char *file)
{
    hf_buf_printf(b,
                  "%s{\"type\":\"message\",\"user\":\"U1\",\"ts\":\"%s\",\"text\":\"%s\","
                  "\"files\":[{\"id\":\"%s\",\"name\":\"%s.png\",\"mode\":\"hosted\"}]}",
                  b->n > 1 ? ",\n" : "", ts, text, file, file);
}

static void import(const char *export, const char *vault)
{
    hf_input in = { 0 };
    hf_copy_args args = { .input = &in,
                          .target = hf_format_find(HF_V("vault")),
                          .target_path = vault };
    hf_copy_result r = { 0 };
    hf_err *err = NULL;

    T_OK(err, hf_input_open(&in, export, NULL, &err));
    T_OK(err, hf_copy(&args, &r, &err));
    hf_ledger_free(r.ledger);
    hf_paths_free(r.paths);
    hf_input_clear(&in);
}

/* An export of one channel whose day holds these messages. */
static void write_export(const char *dir, const char *first, const char *second, bool has_third)
{
    hf_buf day;

    mkdir(dir, 0755);
    hf_buf_init(&day, HF_BUF_UNBOUNDED);
    hf_buf_byte(&day, '[');
    message(&day, "1704153600.000100", first, "F1");
    message(&day, "1704153601.000100", second, "F2");
    if (has_third)
        message(&day, "1704153602.000100", "third", "F3");
    hf_buf_byte(&day, ']');
    t_write(dir, "users.json",
            HF_V("[{\"id\":\"U1\",\"team_id\":\"T1\",\"name\":\"ada\",\"profile\":{}}]"));
    t_write(dir, "channels.json",
            HF_V("[{\"id\":\"C1\",\"name\":\"general\",\"members\":[\"U1\"]}]"));
    t_write(dir, "general/2024-01-02.json", hf_buf_view(&day));
    hf_buf_clear(&day);
}

/* Texts of messages, and contents of members, in the order they are read. */
static const char *read_after(const char *vault, const char *import_number, hf_buf *out)
{
    hf_opts *opts = hf_opts_new();
    hf_input in = { 0 };
    hf_reader *r = NULL;
    hf_err *err = NULL;
    hf_status rc = HF_OK;

    hf_buf_reset(out);
    if (import_number != NULL)
        hf_opts_set(opts, "after-import", import_number);
    T_OK(err, hf_input_open(&in, vault, NULL, &err));
    T_OK(err,
         hf_read_open(&r, &in,
                      &(hf_reader_args){ .want = HF_WANT_RECORDS | HF_WANT_OPAQUE, .opts = opts },
                      false, &err));
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, &err);
        for (size_t i = 0; i < b->n; i++) {
            const hf_record *rec = b->rec[i];
            hf_view text = rec->kind == HF_KIND_MESSAGE ? hf_rec_get_text(rec, HF_F_MESSAGE_TEXT)
                           : rec->kind == HF_KIND_BYTES ? rec->raw.bytes
                                                        : HF_V("");

            if (text.n > 0)
                hf_buf_printf(out, "%s%.*s", out->n > 0 ? ", " : "", (int)text.n, text.p);
        }
        hf_batch_free(b);
    }
    assert_int_equal(HF_END, rc);
    hf_reader_close(r);
    hf_input_clear(&in);
    hf_opts_free(opts);
    return hf_buf_cstr(out);
}

static void attachments_after(void **state)
{
    const char *folder = t_folder();
    char *vault = hf_sprintf("%s/v", folder), *one = hf_sprintf("%s/1", folder);
    char *two = hf_sprintf("%s/2", folder), *three = hf_sprintf("%s/3", folder);
    hf_err *err = NULL;
    hf_buf got;

    (void)state;
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    write_export(one, "first", "second", false);
    t_write(one, "__uploads/F1/F1.png", HF_V("bytes of F1"));
    t_write(one, "__uploads/F2/F2.png", HF_V("bytes of F2"));
    write_export(two, "first, edited", "second", true);
    t_write(two, "__uploads/F1/F1.png", HF_V("bytes of F1"));
    t_write(two, "__uploads/F2/F2.png", HF_V("bytes of F2"));
    t_write(two, "__uploads/F3/F3.png", HF_V("bytes of F3"));
    write_export(three, "first, edited", "second, edited", true); /* without any attachment */
    T_OK(err, hf_vault_init(vault, 0, &err));
    import(one, vault);
    import(two, vault);
    import(three, vault);
    assert_string_equal(
        "first, edited, second, edited, third, bytes of F1, bytes of F2, bytes of F3",
        read_after(vault, NULL, &got));
    assert_string_equal(
        "first, edited, second, edited, third, bytes of F1, bytes of F2, bytes of F3",
        read_after(vault, "0", &got));
    assert_string_equal(
        "first, edited, second, edited, third, bytes of F1, bytes of F2, bytes of F3",
        read_after(vault, "1", &got));
    /* F2 came with an import long ago, and its message has changed. */
    assert_string_equal("second, edited, bytes of F2", read_after(vault, "2", &got));
    assert_string_equal("", read_after(vault, "3", &got));
    hf_buf_clear(&got);
    hf_free(vault);
    hf_free(one);
    hf_free(two);
    hf_free(three);
}

/* An attachment whose message did not change is not handed out again every night. */
static void nothing_twice(void **state)
{
    const char *folder = t_folder();
    char *vault = hf_sprintf("%s/v", folder), *one = hf_sprintf("%s/1", folder);
    hf_err *err = NULL;
    hf_buf got;

    (void)state;
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    write_export(one, "first", "second", false);
    t_write(one, "__uploads/F1/F1.png", HF_V("bytes of F1"));
    T_OK(err, hf_vault_init(vault, 0, &err));
    import(one, vault);
    t_write(one, "readme.txt", HF_V("a new member"));
    import(one, vault);
    assert_string_equal("a new member", read_after(vault, "1", &got));
    hf_buf_clear(&got);
    hf_free(vault);
    hf_free(one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attachments_after),
        cmocka_unit_test(nothing_twice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
