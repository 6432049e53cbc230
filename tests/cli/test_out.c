/* tests/cli/test_out.c: the answer in its five forms, hostile cells included. */
#include "cli_priv.h"
#include "support.h"

#include <unistd.h>

static const hf_column columns[] = { { "Name", "name" }, { "Count", "count" }, { "Sent", "sent" } };

/* What draw puts out in this form; freed by hf_free. */
static char *answer(hf_out_setup setup, void (*draw)(hf_out *out))
{
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/out", folder), *text;
    FILE *f = fopen(path, "wb");
    hf_err *err = NULL;
    hf_view got;
    hf_out *out;

    assert_non_null(f);
    setup.fd = fileno(f);
    setup.run_id = "R";
    out = hf_out_new(&setup);
    draw(out);
    T_OK(err, hf_out_finish(out, &err));
    hf_out_free(out);
    fclose(f);
    got = t_read(path);
    text = hf_view_dup(got);
    hf_free((void *)(uintptr_t)got.p);
    hf_free(path);
    return text;
}

static void row(hf_out *out, hf_cell name, hf_cell count, hf_cell sent)
{
    const hf_cell cells[] = { name, count, sent };

    hf_out_row(out, cells);
}

static void plain(hf_out *out)
{
    hf_out_begin(out, "t/1");
    hf_out_field(out, "Format", "format", HF_CELL_STR("slack"));
    hf_out_table(out, "rows", columns, 3);
    row(out, HF_CELL_STR("\u6771\u4eac"), HF_CELL_U64(1234567), HF_CELL_TIME(INT64_C(1500000)));
    row(out, HF_CELL_STR("a"), HF_CELL_U64(5), HF_CELL_TIME(HF_NO_TIME));
    row(out, HF_CELL_NONE, HF_CELL_I64(-5), HF_CELL_TIME(INT64_C(-500)));
    hf_out_end(out);
}

static void forms(void **state)
{
    static const struct {
        hf_out_form form;
        const char *want;
    } cases[] = {
        { HF_OUT_TABLE, "Format:  slack\n\n"
                        "Name      Count  Sent\n"
                        "\u6771\u4eac  1 234 567  1970-01-01T00:00:01.500Z\n" /* two wide signs */
                        "a             5\n"
                        "             -5  1969-12-31T23:59:59.999500Z\n" },
        { HF_OUT_JSON,
          "{\"schema\":\"t/1\",\"run_id\":\"R\",\"program_version\":\"" HF_VERSION "\",\n"
          "\"format\":\"slack\",\n\"rows\":[\n"
          "{\"name\":\"\u6771\u4eac\",\"count\":1234567,\"sent\":\"1970-01-01T00:00:01.500Z\","
          "\"sent_ms\":1500},\n"
          "{\"name\":\"a\",\"count\":5,\"sent\":null,\"sent_ms\":null},\n"
          "{\"name\":null,\"count\":-5,\"sent\":\"1969-12-31T23:59:59.999500Z\",\"sent_ms\":-1}\n"
          "]}\n" },
        { HF_OUT_JSONL,
          "{\"type\":\"rows\",\"name\":\"\u6771\u4eac\",\"count\":1234567,"
          "\"sent\":\"1970-01-01T00:00:01.500Z\",\"sent_ms\":1500}\n"
          "{\"type\":\"rows\",\"name\":\"a\",\"count\":5,\"sent\":null,\"sent_ms\":null}\n"
          "{\"type\":\"rows\",\"name\":null,\"count\":-5,"
          "\"sent\":\"1969-12-31T23:59:59.999500Z\",\"sent_ms\":-1}\n"
          "{\"type\":\"summary\",\"schema\":\"t/"
          "1\",\"run_id\":\"R\",\"program_version\":\"" HF_VERSION "\",\"format\":\"slack\"}\n" },
        { HF_OUT_CSV, "name,count,sent\n\u6771\u4eac,1234567,1970-01-01T00:00:01.500Z\na,5,\n"
                      ",-5,1969-12-31T23:59:59.999500Z\n" },
        { HF_OUT_TSV, "name\tcount\tsent\n\u6771\u4eac\t1234567\t1970-01-01T00:00:01.500Z\na\t5\t\n"
                      "\t-5\t1969-12-31T23:59:59.999500Z\n" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *got = answer((hf_out_setup){ .form = cases[i].form }, plain);

        assert_string_equal(cases[i].want, got);
        hf_free(got);
    }
}

static hf_view hostile_text;

static void hostile(hf_out *out)
{
    const hf_cell cell = HF_CELL_TEXT(hostile_text);

    hf_out_begin(out, "t/1");
    hf_out_table(out, "rows", columns, 1);
    hf_out_row(out, &cell);
    hf_out_end(out);
}

static void hostile_cells(void **state)
{
    static const struct {
        hf_out_form form;
        hf_view text;
        const char *want; /* the cell's line */
    } cases[] = {
        { HF_OUT_TABLE, HF_V("a\x1b[2Jb"), "a\\x1B[2Jb" },         /* clears the screen */
        { HF_OUT_TABLE, HF_V("a\nb"), "a\\x0Ab" },                 /* a faked second row */
        { HF_OUT_TABLE, HF_V("\xE2\x80\xAEgpj"), "\\u{202E}gpj" }, /* right-to-left override */
        { HF_OUT_TABLE, HF_V("\xFF"), "\\xFF" },
        { HF_OUT_CSV, HF_V("=cmd()"), "'=cmd()" },
        { HF_OUT_CSV, HF_V("+1"), "'+1" },
        { HF_OUT_CSV, HF_V("-1"), "'-1" }, /* text that looks like one */
        { HF_OUT_CSV, HF_V("@x"), "'@x" },
        { HF_OUT_CSV, HF_V("\tx"), "'\tx" },
        { HF_OUT_CSV, HF_V("\r=1"), "\"'\r=1\"" },
        { HF_OUT_CSV, HF_V("=a,\"b\""), "\"'=a,\"\"b\"\"\"" }, /* guard inside the quotes */
        { HF_OUT_CSV, HF_V("a=b"), "a=b" },
        { HF_OUT_CSV, HF_V("a,b"), "\"a,b\"" },
        { HF_OUT_CSV, HF_V("a\nb"), "\"a\nb\"" },
        { HF_OUT_TSV, HF_V("a\tb\\c\nd"), "a\\tb\\\\c\\nd" },
        { HF_OUT_TSV, HF_V("=1"), "'=1" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_out_setup setup = { .form = cases[i].form };
        char *got, *want = hf_sprintf("%s\n%s\n", setup.form == HF_OUT_TABLE ? "Name" : "name",
                                      cases[i].want);

        hostile_text = cases[i].text;
        got = answer(setup, hostile);
        assert_string_equal(want, got);
        hf_free(got);
        hf_free(want);
    }
    hostile_text = HF_V("=1");
    char *raw = answer((hf_out_setup){ .form = HF_OUT_CSV, .csv_raw = true }, hostile);

    assert_string_equal("name\n=1\n", raw);
    hf_free(raw);
}

/* What a program reads keeps its bytes; what a person reads on a terminal cannot steer it. */
static void escaped_on_a_terminal(void **state)
{
    static const struct {
        hf_out_form form;
        bool is_terminal;
        const char *want;
    } cases[] = {
        { HF_OUT_CSV, false, "name\n\x1b[2J\xC2\x9b\u202eb\n" },
        { HF_OUT_CSV, true, "name\n\\x1B[2J\\xC2\\x9B\\u{202E}b\n" },
        { HF_OUT_TSV, true, "name\n\\x1B[2J\\xC2\\x9B\\u{202E}b\n" },
        { HF_OUT_JSONL, true,
          "{\"type\":\"rows\",\"name\":\"\\u001b[2J\\xC2\\x9B\\u{202E}b\"}\n"
          "{\"type\":\"summary\",\"schema\":\"t/1\",\"run_id\":\"R\","
          "\"program_version\":\"" HF_VERSION "\"}\n" },
    };

    (void)state;
    hostile_text = HF_V("\x1b[2J\xC2\x9b\u202eb");
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *got = answer(
            (hf_out_setup){ .form = cases[i].form, .is_terminal = cases[i].is_terminal }, hostile);

        assert_string_equal(cases[i].want, got);
        hf_free(got);
    }
}

static void wide(hf_out *out)
{
    hf_out_begin(out, "t/1");
    hf_out_table(out, "rows", columns, 3);
    row(out, HF_CELL_STR("a long name, twenty-nine bytes"), HF_CELL_U64(7), HF_CELL_STR("b"));
    hf_out_end(out);
}

static void cut_to_the_terminal(void **state)
{
    char *cut = answer((hf_out_setup){ .width = 25 }, wide);
    char *whole = answer((hf_out_setup){ .width = 0 }, wide);

    (void)state;
    assert_string_equal("Name          Count  Sent\na long name\u2026      7  b\n", cut);
    assert_non_null(strstr(whole, "twenty-nine bytes"));
    hf_free(cut);
    hf_free(whole);
}

/* Widths are fixed after 500 rows; what comes later is still all there. */
static void many(hf_out *out)
{
    hf_out_begin(out, "t/1");
    hf_out_table(out, "rows", columns, 3);
    for (uint64_t i = 0; i < 1200; i++)
        row(out, HF_CELL_STR(i < 1100 ? "x" : "much wider than before"), HF_CELL_U64(i),
            HF_CELL_NONE);
    hf_out_end(out);
}

static void more_rows_than_are_kept(void **state)
{
    char *got = answer((hf_out_setup){ .form = HF_OUT_TABLE }, many);
    size_t lines = 0;

    (void)state;
    for (const char *p = got; (p = strchr(p, '\n')) != NULL; p++)
        lines++;
    assert_int_equal(1201, lines);
    assert_non_null(strstr(got, "\nmuch wider than before  1 199\n"));
    hf_free(got);
}

static void two_tables(hf_out *out)
{
    hf_out_begin(out, "t/1");
    hf_out_table(out, "first", columns, 1);
    hf_out_row(out, &HF_CELL_U64(1));
    hf_out_table(out, "second", columns, 1);
    hf_out_row(out, &HF_CELL_U64(2));
    hf_out_end(out);
}

static void fields_only(hf_out *out)
{
    hf_out_begin(out, "t/1");
    hf_out_field(out, "A", "a", HF_CELL_BOOL(true));
    hf_out_field(out, "Longer title", "b", HF_CELL_SIZE(1536));
    hf_out_end(out);
}

static void document(hf_out *out)
{
    hf_out_json(out, "t/1", HF_V("{\n  \"a\": {\"b\": 1}\n}\n"));
}

static void empty_document(hf_out *out)
{
    hf_out_json(out, "t/1", HF_V("{}"));
}

static void odd_shapes(void **state)
{
    static const struct {
        hf_out_form form;
        void (*draw)(hf_out *out);
        const char *want;
    } cases[] = {
        { HF_OUT_CSV, two_tables, "name\n1\n" }, /* one file, one table */
        { HF_OUT_TABLE, two_tables, "Name\n   1\n\nName\n   2\n" },
        { HF_OUT_CSV, fields_only, "a,b\ntrue,1536\n" },
        { HF_OUT_TABLE, fields_only, "A:             yes\nLonger title:  1.5 KiB\n" },
        { HF_OUT_JSON, document,
          "{\"schema\":\"t/1\",\"run_id\":\"R\",\"program_version\":\"" HF_VERSION
          "\",\n\"a\": {\"b\": 1}\n}\n" },
        { HF_OUT_JSON, empty_document,
          "{\"schema\":\"t/1\",\"run_id\":\"R\",\"program_version\":\"" HF_VERSION "\"}\n" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *got = answer((hf_out_setup){ .form = cases[i].form }, cases[i].draw);

        assert_string_equal(cases[i].want, got);
        hf_free(got);
    }
}

static void times_in_a_zone(void **state)
{
    hf_zone *zone = NULL;
    hf_err *err = NULL;
    char *got;

    (void)state;
    T_OK(err, hf_zone_open("America/New_York", &zone, &err));
    got = answer((hf_out_setup){ .zone = zone }, plain);
    assert_non_null(strstr(got, "  1969-12-31T19:00:01.500-05:00\n"));
    hf_free(got);
    got = answer((hf_out_setup){ .zone = zone, .form = HF_OUT_CSV }, plain);
    assert_non_null(strstr(got, ",1970-01-01T00:00:01.500Z\n")); /* data stays in UTC */
    hf_free(got);
    hf_zone_free(zone);
}

static void full_disk(void **state)
{
    FILE *f = fopen("/dev/full", "wb");
    hf_out_setup setup = { .form = HF_OUT_CSV, .run_id = "R" };
    hf_err *err = NULL;
    hf_out *out;

    (void)state;
    assert_non_null(f);
    setup.fd = fileno(f);
    out = hf_out_new(&setup);
    plain(out);
    T_FAILS(err, HF_E_NO_SPACE, hf_out_finish(out, &err));
    hf_out_free(out);
    fclose(f);
}

static void numbers_for_people(void **state)
{
    static const struct {
        uint64_t n;
        const char *digits, *size;
    } cases[] = {
        { 0, "0", "0 B" },
        { 999, "999", "999 B" },
        { 1000, "1 000", "1000 B" },
        { 1048575, "1 048 575", "1023.9 KiB" }, /* never rounded up to what is not there */
        { UINT64_MAX, "18 446 744 073 709 551 615", "15.9 EiB" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char text[32];

        assert_string_equal(cases[i].digits, hf_out_digits(cases[i].n, text));
        assert_string_equal(cases[i].size, hf_out_size(cases[i].n, text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms),
        cmocka_unit_test(hostile_cells),
        cmocka_unit_test(escaped_on_a_terminal),
        cmocka_unit_test(odd_shapes),
        cmocka_unit_test(cut_to_the_terminal),
        cmocka_unit_test(times_in_a_zone),
        cmocka_unit_test(more_rows_than_are_kept),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(numbers_for_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
