/* Attachments and pictures from the server's data directory. */
#include "mm_support.h"

#include <sys/stat.h>
#include <unistd.h>

static const char server[] =
    "COPY public.teams (id, createat, updateat, deleteat, displayname, name) FROM stdin;\n"
    "t1\t1\t1\t0\tT\tt\n"
    "\\.\n"
    "COPY public.users (id, createat, updateat, deleteat, username) FROM stdin;\n"
    "u1\t1\t1\t0\tanna\n"
    "u2\t1\t1\t0\tbob\n"
    "\\.\n"
    "COPY public.emoji (id, createat, updateat, deleteat, creatorid, name) FROM stdin;\n"
    "e1\t1\t1\t0\tu1\tparty\n"
    "e2\t1\t1\t0\tu1\tlost\n"
    "\\.\n"
    "COPY public.fileinfo (id, creatorid, postid, createat, updateat, deleteat, path, name, size) "
    "FROM stdin;\n"
    "f1\tu1\tp1\t1\t1\t0\t20240101/f1/a b.txt\ta b.txt\t5\n"
    "f2\tu1\tp1\t1\t1\t0\t20240101/f2/short.txt\tshort.txt\t10\n"
    "f3\tu1\tp1\t1\t1\t0\t20240101/f3/gone.txt\tgone.txt\t10\n"
    "f4\tu1\tp1\t1\t1\t0\t20240101/f4/known\\\\.txt\tknown.txt\t10\n"
    "f5\tu1\tp1\t1\t1\t0\t20240101/f5/by_path.txt\tby_path.txt\t10\n"
    "f6\tu1\t\t1\t1\t0\t../../etc/passwd\tpasswd\t10\n"
    "f7\tu1\tp1\t1\t1\t5\tlink/a.txt\ta.txt\t5\n"
    "f8\tu1\tp1\t1\t1\t0\t\tno path\t5\n"
    "\\.\n"
    "COPY public.posts (id, createat, updateat, deleteat, userid, channelid, rootid, originalid, "
    "message, type, props, fileids) FROM stdin;\n"
    "p1\t1\t1\t0\tu1\tc1\t\t\ttext\t\t{}\t[\"f1\"]\n"
    "\\.\n";

static void make(const char *root, const char *folder, const char *name, const char *bytes)
{
    hf_view rest = hf_view_str(folder);
    char *path;

    for (size_t i = 0; i <= rest.n; i++) {
        if (i < rest.n && rest.p[i] != '/')
            continue;
        path = hf_sprintf("%s/%.*s", root, (int)i, rest.p);
        mkdir(path, 0700);
        hf_free(path);
    }
    path = hf_sprintf("%s/%s", root, folder);
    t_write(path, name, hf_view_str(bytes));
    hf_free(path);
}

static hf_opts *data(const char *known)
{
    const char *folder = t_folder();
    char *root = hf_sprintf("%s/data", folder), *path;
    hf_opts *o = hf_opts_new();

    mkdir(root, 0700);
    make(root, "20240101/f1", "a b.txt", "hello");
    make(root, "20240101/f2", "short.txt", "cut");
    make(root, "teams/t1", "teamIcon.png", "icon");
    make(root, "users/u1", "profile.png", "face");
    make(root, "emoji/e1", "image", "smile");
    make(folder, "outside", "a.txt", "hello");
    path = hf_sprintf("%s/link", root);
    if (symlink("../outside", path) != 0)
        fail_msg("no link");
    hf_free(path);
    hf_opts_set(o, "files", root);
    if (known != NULL) {
        t_write(folder, "known", hf_view_str(known));
        path = hf_sprintf("%s/known", folder);
        hf_opts_set(o, "known", path);
        hf_free(path);
    }
    hf_free(root);
    return o;
}

static const struct {
    const char *name, *id, *bytes;
} members[] = {
    { "data/teams/t1/teamIcon.png", "t1", "icon" }, { "data/users/u1/profile.png", "u1", "face" },
    { "data/emoji/e1/image", "e1", "smile" },       { "data/20240101/f1/a b.txt", "f1", "hello" },
    { "data/20240101/f2/short.txt", "f2", "cut" }, /* what there is of it */
};

static void keep_fact(void *self, const hf_fact *fact)
{
    if (strcmp(fact->key, "attachments") == 0)
        hf_buf_add(self, fact->text);
}

static void check(const char *known, const char *const *reasons, size_t nreason, const char *fact)
{
    hf_opts *o = data(known);
    size_t nmember = 0, nbad = 0;
    uint32_t last = 0;
    hf_buf bytes;
    bool is_file = false;
    all a;

    hf_buf_init(&bytes, HF_BUF_UNBOUNDED);
    read_with(&a, &fake_of(hf_view_str(server))->base, HF_WANT_RECORDS | HF_WANT_BYTES, o);
    for (size_t i = 0; i < a.n; i++) {
        const hf_record *r = a.r[i];

        if (r->kind == HF_KIND_MEMBER) {
            assert_true(r->u.member.ordinal == last);
            is_file = r->u.member.is_opaque;
            if (!is_file)
                continue;
            assert_true(nmember < T_COUNT(members));
            T_VIEW(members[nmember].name, r->u.member.name);
            T_VIEW(members[nmember].id, r->u.member.file_id);
            assert_int_equal(r->u.member.size, strlen(members[nmember].bytes));
            hf_buf_reset(&bytes);
        } else if (r->kind == HF_KIND_BYTES && is_file) {
            assert_int_equal(r->raw.member, last);
            assert_int_equal(r->raw.offset, bytes.n);
            hf_buf_add(&bytes, r->raw.bytes);
        } else if (r->kind == HF_KIND_MEMBER_END) {
            last++;
            if (is_file)
                T_VIEW(members[nmember++].bytes, hf_buf_view(&bytes));
        } else if (r->kind == HF_KIND_QUARANTINE) {
            assert_true(nbad < nreason);
            assert_string_equal(reasons[nbad++], r->u.quarantine.reason);
            assert_true(hf_view_find(hf_view_str(server), r->raw.bytes) != HF_NPOS);
        }
    }
    assert_int_equal(nmember, T_COUNT(members));
    assert_int_equal(nbad, nreason);
    T_VIEW("data/20240101/f1/a b.txt",
           hf_rec_get_text(find_record(&a, HF_KIND_MESSAGE, "p1"), HF_F_MESSAGE_FILE_PATH));
    hf_buf_reset(&bytes);
    a.reader->ops->facts(a.reader, keep_fact, &bytes);
    T_VIEW(fact, hf_buf_view(&bytes));
    hf_buf_clear(&bytes);
    free_all(&a);
    hf_opts_free(o);
}

static void test_missing(void **state)
{
    static const char *const reasons[] = {
        "file f2, 20240101/f2/short.txt: it has 3 bytes, and should have 10",
        "file f3, 20240101/f3/gone.txt: it is not there",
        "file f4, 20240101/f4/known\\.txt: it is not there",
        "file f5, 20240101/f5/by_path.txt: it is not there",
        "file f6, ../../etc/passwd: its path would leave the folder",
        "file f7, link/a.txt: a link or a file stands in its path",
    };

    (void)state;
    check(NULL, reasons, T_COUNT(reasons), "5 read, 6 missing or of another size, 0 of them known");
}

static void test_known(void **state)
{
    static const char *const reasons[] = {
        "file f3, 20240101/f3/gone.txt: it is not there",
        "file f6, ../../etc/passwd: its path would leave the folder",
        "file f7, link/a.txt: a link or a file stands in its path",
    };

    (void)state;
    check("f2\r\n\nf4\n20240101/f5/by_path.txt", reasons, T_COUNT(reasons),
          "5 read, 6 missing or of another size, 3 of them known");
}

static void test_options(void **state)
{
    hf_opts *o = hf_opts_new();
    hf_reader_args args = { .want = HF_WANT_RECORDS, .opts = o };
    hf_reader *r = NULL;
    hf_err *err = NULL;
    all a;

    (void)state;
    hf_opts_set(o, "known", "/nowhere");
    T_FAILS(err, HF_E_USAGE, mm_reader_over(&r, &fake_of(hf_view_str(server))->base, &args, &err));
    hf_opts_set(o, "files", "/nowhere");
    T_FAILS(err, HF_E_USAGE, mm_reader_over(&r, &fake_of(hf_view_str(server))->base, &args, &err));
    hf_opts_free(o);
    o = data(NULL); /* nobody wants bytes: nothing is missing */
    read_with(&a, &fake_of(hf_view_str(server))->base, HF_WANT_RECORDS, o);
    assert_int_equal(count_kind(&a, HF_KIND_MEMBER), 0);
    assert_int_equal(count_kind(&a, HF_KIND_QUARANTINE), 0);
    free_all(&a);
    hf_opts_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing),
        cmocka_unit_test(test_known),
        cmocka_unit_test(test_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
