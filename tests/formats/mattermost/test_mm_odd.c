/* tests/formats/mattermost/test_mm_odd.c: rows that no server writes by itself, and that SQL does.
 */
#include "mm_support.h"

#define POST_COLUMNS                                                                            \
    "(id, createat, updateat, deleteat, userid, channelid, rootid, originalid, message, type, " \
    "props, fileids)"

/* What was deleted is deleted, however odd the moment; a moment out of range is the last one. */
static void test_odd_moments(void **state)
{
    static const char text[] =
        "COPY public.posts " POST_COLUMNS " FROM stdin;\n"
        "p1\t1000\t0\t9223372036854775807\tu1\tc1\t\t\tx\t\t{}\t[]\n"
        "p2\t1000\t0\t-1\tu1\tc1\t\t\tx\t\t{}\t[]\n"
        "p3\t9223372036854775807\t0\t0\tu1\tc1\t\t\tx\t\t{}\t[]\n"
        "p4\t-9223372036854775808\t0\t\\N\tu1\tc1\t\t\tx\t\t{}\t[]\n"
        "p5\t0\t0\t99999999999999999999\tu1\tc1\t\t\tx\t\t{}\t[]\n" /* of no bigint */
        "\\.\n"
        "COPY public.reactions (userid, postid, emojiname, createat, deleteat) FROM stdin;\n"
        "u1\tp3\tgone\t1\t9223372036854775807\n"
        "\\.\n"
        "COPY public.users (id, createat, deleteat, username) FROM stdin;\n"
        "u1\t1\t9223372036854775807\tanna\n"
        "\\.\n"
        "COPY public.channelmemberhistory (channelid, userid, jointime, leavetime) FROM stdin;\n"
        "c1\tu1\t1\t9223372036854775807\n"
        "\\.\n";
    static const struct {
        hf_kind kind;
        const char *id, *want;
    } rows[] = {
        { HF_KIND_MESSAGE, "p1",
          "time=1000 id=p1 author.user=u1 text=x deleted.at=9223372036854775 is_deleted=1" },
        { HF_KIND_MESSAGE, "p2",
          "time=1000 id=p2 author.user=u1 text=x deleted.at=-1 is_deleted=1" },
        { HF_KIND_MESSAGE, "p3", "time=9223372036854775 id=p3 author.user=u1 text=x" },
        { HF_KIND_MESSAGE, "p4", "time=-9223372036854775 id=p4 author.user=u1 text=x" },
        { HF_KIND_MESSAGE, "p5",
          "id=p5 author.user=u1 text=x deleted.at=9223372036854775 is_deleted=1" },
        { HF_KIND_USER, "u1",
          "name=anna id=u1 created=1 deactivated_at=9223372036854775 is_deactivated=1" },
        { HF_KIND_MEMBERSHIP, "u1/1", "user=u1 channel=c1 joined=1 left=9223372036854775" },
    };
    fake *f = fake_of(hf_view_str(text));
    hf_buf b;
    all a;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    read_all(&a, &f->base, EVERYTHING);
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        hf_record *r = find_record(&a, rows[i].kind, rows[i].id);

        assert_string_equal(rows[i].want, said(r, &b));
        check_parse(r, a.paths);
    }
    /* The digits of such a column stand in no value: a target that repeats the value lacks them. */
    hf_buf_reset(&b);
    describe(find_record(&a, HF_KIND_MESSAGE, "p1"), a.paths, true, &b);
    assert_non_null(strstr(hf_buf_cstr(&b), "~message.deleteat>=9223372036854775807\n"));
    free_all(&a);
    hf_buf_clear(&b);
}

/* Ids are any text: escapes of COPY are no part of them, and joins hold all the same. */
static void test_odd_ids(void **state)
{
    static const char text[] =
        "COPY public.posts " POST_COLUMNS " FROM stdin;\n"
        "p\\\\1\t1000\t0\t0\tu1\tc\\\\1\t\t\tx\t\t{}\t[\"f\\\\\\\\1\"]\n"
        "\\.\n"
        "COPY public.fileinfo (id, creatorid, postid, createat, updateat, deleteat, path, name, "
        "size, mimetype) FROM stdin;\n"
        "f\\\\1\tu1\tp\\\\1\t1\t1\t0\ta/b\tb\t3\ttext/plain\n"
        "\\.\n"
        "COPY public.channels (id, createat, deleteat, teamid, type, displayname, name) FROM "
        "stdin;\n"
        "c\\\\1\t1\t0\tt1\tO\tOdd\todd\n"
        "\\.\n";
    fake *f = fake_of(hf_view_str(text));
    size_t claims = 0;
    hf_buf b;
    all a;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    read_all(&a, &f->base, EVERYTHING);
    assert_string_equal("time=1000 id=p\\1 author.user=u1 text=x file.id[0]=f\\1 file.name[0]=b "
                        "file.mime[0]=text/plain file.size[0]=3 file.at[0]=1 file.user[0]=u1 "
                        "file.path[0]=data/a/b",
                        said(find_record(&a, HF_KIND_MESSAGE, "p\\1"), &b));
    for (size_t i = 0; i < a.n; i++)
        if (a.r[i]->kind == HF_KIND_COVERAGE && a.r[i]->u.coverage.kind == HF_KIND_NONE &&
            !a.r[i]->u.coverage.is_count) {
            T_VIEW("c\\1", a.r[i]->scope);
            claims++;
        }
    assert_int_equal(claims, 1);
    free_all(&a);
    hf_buf_clear(&b);
}

/* A row that joins nothing is kept to its last byte, a NUL in it or not. */
static void test_bytes_of_rows_that_join_nothing(void **state)
{
    static const char text[] = "COPY public.posts " POST_COLUMNS " FROM stdin;\n"
                               "v1\t1000\t0\t0\tu1\tc1\t\tgone\ta\0b\t\t{}\t[]\n"
                               "\\.\n";
    fake *f = fake_of((hf_view){ text, sizeof(text) - 1 });
    hf_record *r;
    all a;

    (void)state;
    read_all(&a, &f->base, EVERYTHING);
    r = find_record(&a, HF_KIND_OPAQUE, "v1");
    assert_true(hf_view_eq(r->raw.bytes,
                           (hf_view){ text, sizeof(text) - 1 - 3 /* the end of the rows */ }));
    free_all(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_odd_moments),
        cmocka_unit_test(test_odd_ids),
        cmocka_unit_test(test_bytes_of_rows_that_join_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
