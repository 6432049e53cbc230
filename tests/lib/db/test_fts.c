/* tests/lib/db/test_fts.c: full-text search over the tokenizer "holdfast". */
#include "support.h"

#include "db/fts.h"

static const char *const texts[] = {
    /* 1 */ "The Z\xc3\xbcrich contract, don't sign",
    /* 2 */ "zurich contracts are unsigned",
    /* 3 */ "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd\xe5\xba\x81 report", /* Tokyo city hall */
    /* 4 */ "\xe4\xba\xac\xe9\x83\xbd \xe6\x9d\xb1",                   /* Kyoto, east */
    /* 5 */ "\xc4\xb0STANBUL office",                                  /* I with dot */
    /* 6 */ "great \xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd see https://ex.com/deal_room?id=7",
    /* 7 */ "\xe0\xa4\x95\xe0\xa5\x80 ga \xe3\x81\x8c",
    /* 8 */ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab\xea\xb5\xad\xec\x96\xb4", /* Jamo, then syllables
                                                                             */
};

static hf_db *indexed(const char *path)
{
    hf_db *db = NULL;
    hf_stmt *st = NULL;
    hf_err *err = NULL;

    T_OK(err, hf_db_open(&db, path, HF_DB_NEW, &err));
    T_OK(err, hf_fts_register(db, &err));
    T_OK(err, hf_db_exec(db,
                         "CREATE VIRTUAL TABLE ft USING fts5(body, content='', "
                         "tokenize='holdfast')",
                         &err));
    T_OK(err, hf_db_prepare(db, "INSERT INTO ft(rowid, body) VALUES(?1, ?2)", &st, &err));
    for (size_t i = 0; i < T_COUNT(texts); i++) {
        hf_stmt_bind_i64(st, 1, (int64_t)i + 1);
        hf_stmt_bind_text(st, 2, hf_view_str(texts[i]));
        T_OK(err, hf_stmt_run(st, &err));
    }
    hf_stmt_free(st);
    return db;
}

static void queries_hit_what_they_should(void **state)
{
    static const struct {
        const char *query, *rows;
    } cases[] = {
        { "zurich", "1 2 " },
        { "\"Z\xc3\x9cRICH CONTRACT\"", "1 " },
        { "contract*", "1 2 " },
        { "\"don\xe2\x80\x99t sign\"", "1 " }, /* the other apostrophe */
        { "sign", "1 " },                      /* not unsigned */
        { "\xe4\xba\xac", "3 4 " },            /* one character, inside and at the start */
        { "\xe4\xba\xac\xe9\x83\xbd", "3 4 " },
        { "\xe6\x9d\xb1\xe4\xba\xac", "3 " }, /* not east and Kyoto apart */
        { "\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd", "3 " },
        { "\xe6\x9d\xb1\xe4\xba\xac*", "3 " },
        { "\xe4\xba\xac*", "3 4 " },
        { "\xe9\x83\xbd\xe6\x9d\xb1", "" },              /* a space lies between */
        { "\"\xe5\xba\x81 report\"", "3 " },             /* across the scripts */
        { "\"\xe9\x83\xbd\xe5\xba\x81 report\"", "3 " }, /* pair, then a word */
        { "istanbul", "5 " },
        { "ISTANBUL", "5 " },
        { "\"\xf0\x9f\x91\x8d\"", "6 " }, /* any skin tone */
        { "\"https://ex.com/deal_room\"", "6 " },
        { "\"deal_room\"", "6 " },
        { "deal*", "6 " },
        { "\xe0\xa4\x95\xe0\xa5\x80", "7 " },
        { "\xe0\xa4\x95\xe0\xa4\xbe", "" }, /* another word, not an accent away */
        { "\xe3\x81\x8c", "7 " },
        { "\xe3\x81\x8b", "" },               /* ka is not ga */
        { "\xed\x95\x9c\xea\xb5\xad", "8 " }, /* Hanguk, from composed and not composed text */
        { "NEAR(zurich sign, 4)", "1 " },
    };
    hf_db *db = indexed(NULL);
    hf_stmt *st = NULL;
    hf_err *err = NULL;
    hf_buf rows;

    (void)state;
    hf_buf_init(&rows, 1000);
    T_OK(err,
         hf_db_prepare(db, "SELECT rowid FROM ft WHERE ft MATCH ?1 ORDER BY rowid", &st, &err));
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_status rc;

        hf_buf_reset(&rows);
        hf_stmt_bind_text(st, 1, hf_view_str(cases[i].query));
        while ((rc = hf_stmt_step(st, &err)) == HF_OK)
            hf_buf_printf(&rows, "%d ", (int)hf_stmt_col_i64(st, 0));
        if (rc != HF_END)
            fail_msg("%s: %s", cases[i].query, err->message);
        if (!hf_view_is(hf_buf_view(&rows), cases[i].rows))
            fail_msg("%s: wanted %s, got %s", cases[i].query, cases[i].rows, hf_buf_cstr(&rows));
        hf_stmt_reset(st);
    }
    hf_buf_clear(&rows);
    hf_stmt_free(st);
    hf_db_close(db);
}

static void every_connection_registers(void **state)
{
    static char path[4096];
    hf_db *db;
    hf_err *err = NULL;
    int64_t n;

    (void)state;
    snprintf(path, sizeof(path), "%s/ft.sqlite", t_folder());
    hf_db_close(indexed(path));
    T_OK(err, hf_db_open(&db, path, HF_DB_READ, &err));
    T_FAILS(err, HF_E_DB, hf_db_get_i64(db, "SELECT count(*) FROM ft('zurich')", &n, &err));
    T_OK(err, hf_fts_register(db, &err));
    T_OK(err, hf_db_get_i64(db, "SELECT count(*) FROM ft('zurich')", &n, &err));
    assert_int_equal(2, n);
    hf_db_close(db);
    T_OK(err, hf_db_open(&db, path, HF_DB_WRITE, &err));
    T_OK(err, hf_fts_register(db, &err));
    T_OK(err, hf_db_exec(db, "INSERT INTO ft(ft) VALUES('integrity-check')", &err));
    T_FAILS(err, HF_E_DB,
            hf_db_exec(db, "CREATE VIRTUAL TABLE x USING fts5(a, tokenize='holdfast stem')", &err));
    hf_db_close(db);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(queries_hit_what_they_should),
        cmocka_unit_test(every_connection_registers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
