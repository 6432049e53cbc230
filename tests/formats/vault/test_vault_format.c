/* tests/formats/vault/test_vault_format.c: into a vault and out of it: the same members, the same
 * records.
 */
#include "support.h"

#include "format/copy.h"
#include "format/diff.h"
#include "vault/vault.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *sample(void)
{
    return t_source("samples/slack-northwind");
}

static const char *at(const char *folder, const char *name)
{
    static hf_arena *kept;

    if (kept == NULL)
        kept = hf_arena_new();
    return hf_arena_printf(kept, "%s/%s", folder, name).p;
}

typedef struct how {
    const char *origin, *import; /* NULL: not given */
} how;

static hf_status convert(const char *from, const char *to, const char *format, how h,
                         hf_copy_result *result, hf_err **err)
{
    hf_opts *opts = hf_opts_new();
    hf_input in = { 0 };
    hf_copy_args args = {
        .input = &in,
        .target = hf_format_find(hf_view_str(format)),
        .target_path = to,
        .reader_opts = opts,
        .origin = h.origin,
    };
    hf_status rc = hf_input_open(&in, from, NULL, err);

    *result = (hf_copy_result){ 0 };
    if (h.import != NULL)
        hf_opts_set(opts, "import", h.import);
    if (rc == HF_OK)
        rc = hf_copy(&args, result, err);
    hf_input_clear(&in);
    hf_opts_free(opts);
    return rc;
}

static void release(hf_copy_result *r)
{
    hf_ledger_free(r->ledger);
    hf_paths_free(r->paths);
}

static hf_kept import(const char *from, const char *vault, const char *origin)
{
    hf_copy_result r;
    hf_err *err = NULL;

    T_OK(err, convert(from, vault, "vault", (how){ .origin = origin }, &r, &err));
    release(&r);
    return r.kept;
}

static void assert_same(const char *a, const char *b, bool by_bytes, how h)
{
    hf_opts *opts = hf_opts_new();
    hf_input x = { 0 }, y = { 0 };
    hf_diff_args args = {
        .a = &x, .b = &y, .origin_a = h.origin, .origin_b = h.origin, .opts_a = opts, .opts_b = opts
    };
    hf_diff_result d;
    hf_err *err = NULL;

    if (h.import != NULL)
        hf_opts_set(opts, "import", h.import);
    T_OK(err, hf_input_open(&x, a, NULL, &err));
    T_OK(err, hf_input_open(&y, b, NULL, &err));
    if (by_bytes)
        T_OK(err, hf_diff_bytes(&args, &d, &err));
    else
        T_OK(err, hf_diff(&args, &d, &err));
    assert_true(d.same > 100);
    assert_int_equal(0, d.changed);
    assert_int_equal(0, d.missing);
    assert_int_equal(0, d.extra);
    hf_input_clear(&x);
    hf_input_clear(&y);
    hf_opts_free(opts);
}

/* One import: read by its own format's reader, exactly; again: nothing new, and composed. */
static void there_and_back(void **state)
{
    const char *folder = t_folder(), *vault = at(folder, "v");
    hf_kept first = import(sample(), vault, NULL), second;
    hf_copy_result r;
    hf_err *err = NULL;

    (void)state;
    assert_int_equal(1, first.import);
    assert_true(first.members > 100);
    assert_true(first.records > 400);
    assert_int_equal(first.records, first.new_records);
    assert_same(sample(), vault, false, (how){ NULL, NULL });
    assert_same(sample(), vault, true, (how){ NULL, NULL });
    T_OK(err, convert(vault, at(folder, "one"), "slack", (how){ NULL, NULL }, &r, &err));
    assert_true(r.is_exact);
    release(&r);
    assert_same(sample(), at(folder, "one"), true, (how){ NULL, NULL });

    second = import(sample(), vault, NULL);
    assert_int_equal(2, second.import);
    assert_int_equal(first.members, second.members);
    assert_int_equal(first.records, second.records);
    assert_int_equal(0, second.new_members);
    assert_int_equal(0, second.new_records);
    assert_int_equal(0, second.versions);
    assert_int_equal(0, second.states);
    assert_int_equal(0, second.blocks);
    assert_int_equal(0, second.missing);
    assert_same(sample(), vault, false, (how){ NULL, NULL });
    for (int i = 1; i <= 2; i++) {
        T_OK(err, convert(vault, at(folder, i == 1 ? "first" : "second"), "slack",
                          (how){ .import = i == 1 ? "1" : "2" }, &r, &err));
        assert_true(r.is_exact);
        release(&r);
        assert_same(sample(), at(folder, i == 1 ? "first" : "second"), true, (how){ NULL, NULL });
    }
}

/* A vault read into another vault keeps every record; its members stay where they are. */
static void vault_into_vault(void **state)
{
    const char *folder = t_folder(), *vault = at(folder, "v");
    hf_kept kept;

    (void)state;
    import(sample(), vault, NULL);
    import(sample(), vault, NULL); /* composed: no longer one export */
    kept = import(vault, at(folder, "w"), NULL);
    assert_true(kept.new_records > 400);
    assert_same(sample(), at(folder, "w"), false, (how){ NULL, NULL });
    kept = import(vault, at(folder, "w"), NULL);
    assert_int_equal(0, kept.new_records);
    assert_int_equal(0, kept.versions);
    assert_int_equal(0, kept.states);
}

static void choosing(void **state)
{
    static const struct {
        how h;
        hf_status want;
    } cases[] = {
        { { NULL, NULL }, HF_E_ORIGIN }, { { "T04NWHARB0", NULL }, HF_OK },
        { { "other", NULL }, HF_OK },    { { "none", NULL }, HF_E_ORIGIN },
        { { NULL, "1" }, HF_OK },        { { NULL, "2" }, HF_OK },
        { { NULL, "3" }, HF_E_USAGE },   { { NULL, "0" }, HF_E_USAGE },
        { { NULL, "-1" }, HF_E_USAGE },  { { NULL, "x" }, HF_E_USAGE },
    };
    const char *folder = t_folder(), *vault = at(folder, "v");

    (void)state;
    import(sample(), vault, NULL);
    import(sample(), vault, "other");
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_copy_result r;
        hf_err *err = NULL;
        hf_status rc = convert(vault, "-", "null", cases[i].h, &r, &err);

        if (rc != cases[i].want)
            fail_msg("case %zu: %s", i, err == NULL ? "no error" : err->message);
        if (rc == HF_E_ORIGIN && cases[i].h.origin == NULL)
            assert_non_null(strstr(err->message, "T04NWHARB0, other"));
        hf_err_free(err);
        release(&r);
    }
}

/* An export that was converted comes with its sidecar: the vault gets the records of the source,
 * and the members that the conversion could not carry, each with its end. */
static void from_a_converted_export(void **state)
{
    const char *folder = t_folder(), *bulk = at(folder, "b.jsonl"), *vault = at(folder, "v");
    hf_opts *opts = hf_opts_new();
    hf_input in = { 0 };
    hf_copy_args args = { .input = &in,
                          .target = hf_format_find(HF_V("mattermost-bulk")),
                          .target_path = bulk,
                          .writer_opts = opts,
                          .with_sidecar = true };
    hf_copy_result r = { 0 };
    hf_err *err = NULL;
    hf_kept kept;

    (void)state;
    hf_opts_set(opts, "team", "northwind");
    T_OK(err, hf_input_open(&in, sample(), NULL, &err));
    T_OK(err, hf_copy(&args, &r, &err));
    release(&r);
    hf_input_clear(&in);
    hf_opts_free(opts);
    for (int i = 0; i < 2; i++) {
        kept = import(bulk, vault, NULL);
        assert_true(kept.members > 0);
        assert_int_equal(i > 0, kept.new_records == 0);
        assert_same(sample(), vault, false, (how){ NULL, NULL });
    }
}

/* An empty vault is an empty source. */
static void empty(void **state)
{
    const char *vault = at(t_folder(), "v");
    hf_copy_result r;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_vault_init(vault, 0, &err));
    T_OK(err, convert(vault, "-", "null", (how){ NULL, NULL }, &r, &err));
    assert_int_equal(0, r.counts.messages);
    release(&r);
}

/* The counts that people get with sqlite3 are those that every command prints. */
static void counts_agree(void **state)
{
    const char *vault = at(t_folder(), "v");
    char *command = hf_sprintf("%s/records.sqlite", vault);
    hf_copy_result r;
    hf_db *db = NULL;
    hf_err *err = NULL;

    (void)state;
    T_OK(err, convert(sample(), vault, "vault", (how){ NULL, NULL }, &r, &err));
    T_OK(err, hf_db_open(&db, command, HF_DB_READ, &err));
    const struct {
        const char *sql;
        uint64_t want;
    } cases[] = {
        { "SELECT users FROM counts", r.counts.users },
        { "SELECT channels FROM counts", r.counts.channels },
        { "SELECT private_channels FROM counts", r.counts.private_channels },
        { "SELECT dms FROM counts", r.counts.dms },
        { "SELECT groups FROM counts", r.counts.groups },
        { "SELECT messages FROM counts", r.counts.messages },
        { "SELECT replies FROM counts", r.counts.replies },
        { "SELECT roots FROM counts", r.counts.roots },
        { "SELECT system FROM counts", r.counts.system },
        { "SELECT bot FROM counts", r.counts.bot },
        { "SELECT deleted FROM counts", r.counts.deleted },
        { "SELECT edited FROM counts", r.counts.edited },
        { "SELECT reactions FROM counts", r.counts.reactions },
        { "SELECT files FROM counts", r.counts.files },
        { "SELECT events FROM counts", r.counts.events },
        { "SELECT count(*) FROM messages_readable", r.counts.messages },
        { "SELECT count(*) FROM users_readable", r.counts.users },
        { "SELECT count(*) FROM members_readable", r.counts.members },
    };

    assert_true(r.counts.messages > 400 && r.counts.reactions > 0 && r.counts.files > 0);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        int64_t got;

        T_OK(err, hf_db_get_i64(db, cases[i].sql, &got, &err));
        if ((uint64_t)got != cases[i].want)
            fail_msg("%s: %lld", cases[i].sql, (long long)got);
    }
    hf_db_close(db);
    hf_free(command);
    release(&r);
}

/* An attachment that only an older import has is still among the records' files. */
static void attachments_of_all_imports(void **state)
{
    const char *folder = t_folder(), *vault = at(folder, "v"), *copy = at(folder, "export");
    char *command = hf_sprintf("%s/notes-from-admin.txt", copy);
    hf_copy_result r;
    hf_err *err = NULL;
    hf_input in = { 0 };
    hf_reader *reader = NULL;
    hf_status rc = HF_OK;
    size_t found = 0;

    (void)state;
    import(sample(), vault, NULL);
    T_OK(err, convert(vault, copy, "slack", (how){ NULL, NULL }, &r, &err));
    release(&r);
    assert_int_equal(0, unlink(command));
    import(copy, vault, NULL);
    T_OK(err, hf_input_open(&in, vault, NULL, &err));
    T_OK(err, hf_read_open(&reader, &in, &(hf_reader_args){ .want = HF_WANT_OPAQUE }, false, &err));
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(reader, b, &err);
        for (size_t i = 0; i < b->n; i++)
            found += b->rec[i]->kind == HF_KIND_MEMBER &&
                     hf_view_ends(b->rec[i]->u.member.name, HF_V("notes-from-admin.txt"));
        hf_batch_free(b);
    }
    assert_int_equal(HF_END, rc);
    assert_int_equal(1, found);
    hf_reader_close(reader);
    hf_input_clear(&in);
    hf_free(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(vault_into_vault),
        cmocka_unit_test(from_a_converted_export),
        cmocka_unit_test(choosing),
        cmocka_unit_test(empty),
        cmocka_unit_test(counts_agree),
        cmocka_unit_test(attachments_of_all_imports),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
