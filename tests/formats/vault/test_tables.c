/* tests/formats/vault/test_tables.c: rows of tables into a vault, JSON Lines and a bulk file, and
 * out of them: records whose documents need the head of their member.
 */
#include "tables.h"

#include "format/diff.h"
#include "io/zst.h"
#include "vault/vault.h"

static const char source[] =
    "COPY public.users (id, username, note) FROM stdin;\n"
    "u1\tada\t\\N\n"
    "u2\tben\tlikes tabs\\tand C:\\\\temp\n"
    "\\.\n"
    "COPY public.channels (id, name, type) FROM stdin;\n"
    "c1\tgeneral\tpublic\n"
    "c2\tsecret\tprivate\n"
    "\\.\n"
    "COPY public.posts (id, channelid, userid, createat, updateat, message, hashtags, props) FROM "
    "stdin;\n"
    "p1\tc1\tu1\t1700000000000\t1700000000000\tgood morning #all\t#all\t{}\n"
    "p2\tc1\tu2\t1700000060000\t1700000060000\ttwo\\nlines, one\\ttab, a \\\\ and "
    "\xc3\xa9\t\t{\"card\": \"see the plan\"}\n"
    "p3\tc2\tu2\t1700000120000\t1700000120000\tthe password is otter\t\t{\"card\": \"say "
    "\\\\\"otter\\\\\" twice\", \"x\": 7}\n"
    "\\.\n"
    "COPY public.reactions (postid, userid, emoji) FROM stdin;\n"
    "p2\tu1\tthumbsup\n"
    "p2\tu2\theart\n"
    "\\.\n";

static const char *at(const char *folder, const char *name)
{
    static hf_arena *kept;

    if (kept == NULL)
        kept = hf_arena_new();
    return hf_arena_printf(kept, "%s/%s", folder, name).p;
}

/* A source of that text, as an argument for convert. */
static const char *tables(const char *folder, const char *name, const char *text)
{
    static hf_arena *kept;

    if (kept == NULL)
        kept = hf_arena_new();
    t_write(folder, name, hf_view_str(text));
    return hf_arena_printf(kept, "tables:%s/%s", folder, name).p;
}

static hf_copy_result convert(const char *from, const char *to, const char *format)
{
    hf_opts *opts = hf_opts_new();
    hf_input in = { 0 };
    hf_copy_args args = {
        .input = &in,
        .target = hf_format_find(hf_view_str(format)),
        .target_path = to,
        .writer_opts = opts,
        .with_sidecar = true,
    };
    hf_copy_result r = { 0 };
    hf_err *err = NULL;

    if (strcmp(format, "mattermost-bulk") == 0)
        hf_opts_set(opts, "team", "acme");
    T_OK(err, hf_input_open(&in, from, NULL, &err));
    T_OK(err, hf_copy(&args, &r, &err));
    hf_input_clear(&in);
    hf_opts_free(opts);
    hf_ledger_free(r.ledger);
    hf_paths_free(r.paths);
    return r;
}

static hf_diff_result differences(const char *a, const char *b)
{
    hf_input x = { 0 }, y = { 0 };
    hf_diff_args args = { .a = &x, .b = &y };
    hf_diff_result d;
    hf_err *err = NULL;

    T_OK(err, hf_input_open(&x, a, NULL, &err));
    T_OK(err, hf_input_open(&y, b, NULL, &err));
    T_OK(err, hf_diff(&args, &d, &err));
    hf_input_clear(&x);
    hf_input_clear(&y);
    return d;
}

static void assert_same(const char *a, const char *b)
{
    hf_diff_result d = differences(a, b);

    assert_int_equal(7, d.same);
    assert_int_equal(0, d.changed + d.missing + d.extra);
}

/* The documents of all records of a source, by identity. */
static hf_map *documents(const char *from, hf_arena *mem)
{
    hf_input in = { 0 };
    hf_paths *paths = hf_paths_new();
    hf_reader_args args = { .paths = paths, .want = HF_WANT_RECORDS | HF_WANT_ACCOUNT };
    hf_map *all = hf_map_new();
    hf_reader *r = NULL;
    hf_err *err = NULL;
    hf_status rc = HF_OK;

    T_OK(err, hf_input_open(&in, from, NULL, &err));
    T_OK(err, hf_read_open(&r, &in, &args, false, &err));
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, &err);
        for (size_t i = 0; i < b->n; i++) {
            hf_view *v = hf_arena_alloc(mem, sizeof(*v));
            hf_buf key, doc;

            if (!hf_kind_is_record(b->rec[i]->kind))
                continue;
            hf_buf_init(&key, HF_BUF_UNBOUNDED);
            hf_buf_init(&doc, HF_BUF_UNBOUNDED);
            hf_rec_key(b->rec[i], &key);
            hf_rec_document(b->rec[i], &doc);
            *v = hf_arena_dup(mem, hf_buf_view(&doc));
            hf_map_put(all, hf_buf_view(&key), NULL)->v.p = v;
            hf_buf_clear(&key);
            hf_buf_clear(&doc);
        }
        hf_batch_free(b);
    }
    assert_int_equal(HF_END, rc);
    hf_reader_close(r);
    hf_input_clear(&in);
    hf_paths_free(paths);
    return all;
}

/* Every record comes back with the bytes that its reader parses. */
static void assert_same_documents(const char *a, const char *b)
{
    hf_arena *mem = hf_arena_new();
    hf_map *x = documents(a, mem), *y = documents(b, mem);

    assert_int_equal(hf_map_count(x), hf_map_count(y));
    for (size_t i = 0; i < hf_map_count(x); i++) {
        hf_map_entry *e = hf_map_at(x, i), *other = hf_map_get(y, e->key);

        assert_non_null(other);
        T_VIEW(((hf_view *)e->v.p)->p, *(hf_view *)other->v.p);
    }
    hf_map_free(x);
    hf_map_free(y);
    hf_arena_free(mem);
}

/* Rows lie in their tables' members, without the column list; the joined post lies apart. */
static void a_vault_puts_the_head_before_the_row(void **state)
{
    const char *folder = t_folder(), *from = tables(folder, "in", source), *v = at(folder, "v");
    hf_copy_result r = convert(from, v, "vault");

    (void)state;
    assert_true(r.is_exact);
    assert_int_equal(7, r.kept.records);
    assert_int_equal(4, r.kept.members);
    assert_same(from, v);
    assert_same_documents(from, v);
    /* Again: nothing is new, and the composed records are the same. */
    r = convert(from, v, "vault");
    assert_int_equal(0, r.kept.new_records + r.kept.versions + r.kept.states + r.kept.blocks);
    assert_same(from, v);
}

/* Columns in another order are another head; each row finds its own. */
static void each_row_finds_the_head_of_its_own_member(void **state)
{
    static const char later[] = "COPY public.users (note, username, id) FROM stdin;\n"
                                "changed\tada\tu1\n"
                                "\\.\n";
    const char *folder = t_folder(), *v = at(folder, "v");
    hf_copy_result r;
    hf_vault *vault = NULL;
    hf_vault_record found;
    hf_batch *b = hf_batch_new();
    hf_record *was = NULL, *is = NULL;
    hf_err *err = NULL;

    (void)state;
    convert(tables(folder, "in", source), v, "vault");
    r = convert(tables(folder, "later", later), v, "vault");
    assert_int_equal(1, r.kept.versions);
    T_OK(err, hf_vault_open(&vault, v, HF_VAULT_READ, 0, &err));
    T_OK(err, hf_vault_find(vault, HF_V(TABLES_ORIGIN), HF_KIND_USER, HF_V(""), HF_V("u1"), &found,
                            &err));
    assert_int_equal(2, found.versions);
    T_OK(err, hf_vault_fetch(vault, found.rec, 1, NULL, b, &was, &err));
    T_OK(err, hf_vault_fetch(vault, found.rec, 2, NULL, b, &is, &err));
    T_VIEW("COPY public.users (id, username, note) FROM stdin;\nu1\tada\t\\N", was->raw.bytes);
    T_VIEW("COPY public.users (note, username, id) FROM stdin;\nchanged\tada\tu1", is->raw.bytes);
    T_VIEW("ada", hf_rec_get_text(was, HF_F_USER_NAME));
    T_VIEW("ada", hf_rec_get_text(is, HF_F_USER_NAME));
    hf_batch_free(b);
    hf_vault_close(vault);
}

/* What comes without its members, from JSON Lines, keeps whole documents. */
static void documents_travel_through_jsonl(void **state)
{
    const char *folder = t_folder(), *from = tables(folder, "in", source);
    const char *lines = at(folder, "out.jsonl"), *v = at(folder, "v");

    (void)state;
    convert(from, lines, "jsonl");
    assert_same(from, lines);
    assert_same_documents(from, lines);
    assert_false(convert(lines, v, "vault").is_exact);
    assert_same_documents(from, v);
}

/* --- the sidecar --------------------------------------------------------------------------------
 */

/* All lines of a sidecar. */
static hf_buf unpacked(const char *path)
{
    hf_zstr *z = NULL;
    hf_view line;
    hf_buf all;
    hf_err *err = NULL;
    hf_status rc;

    hf_buf_init(&all, HF_BUF_UNBOUNDED);
    T_OK(err, hf_zstr_open(&z, path, 1 << 20, &err));
    while ((rc = hf_zstr_line(z, &line, &err)) == HF_OK)
        hf_buf_add(&all, line);
    assert_int_equal(HF_END, rc);
    hf_zstr_close(z);
    return all;
}

static void a_sidecar_holds_no_text_that_the_target_has(void **state)
{
    const char *folder = t_folder(), *from = tables(folder, "in", source);
    const char *bulk = at(folder, "mm.jsonl");
    hf_buf all;
    hf_view side;

    (void)state;
    convert(from, bulk, "mattermost-bulk");
    all = unpacked(at(folder, "mm.jsonl.sidecar.zst"));
    side = hf_buf_view(&all);
    assert_true(hf_view_find(side, HF_V("COPY public.posts")) != HF_NPOS);
    assert_true(hf_view_find(side, HF_V("good morning")) == HF_NPOS);
    assert_true(hf_view_find(side, HF_V("two")) == HF_NPOS);
    assert_true(hf_view_find(side, HF_V("the plan")) == HF_NPOS);   /* JSON in a column */
    assert_true(hf_view_find(side, HF_V("otter")) == HF_NPOS);      /* the same, with escapes */
    assert_true(hf_view_find(side, HF_V("#all")) == HF_NPOS);       /* a column nobody took */
    assert_true(hf_view_find(side, HF_V("likes tabs")) != HF_NPOS); /* only the source has it */
    hf_buf_clear(&all);
    assert_same(from, bulk);
    assert_same_documents(from, bulk);
}

/* Replace text in a file. */
static void edit(const char *folder, const char *name, const char *from, const char *to)
{
    hf_view all = t_read(at(folder, name));
    size_t hit = hf_view_find(all, hf_view_str(from));
    hf_buf b;

    assert_true(hit != HF_NPOS);
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_add(&b, hf_view_sub(all, 0, hit));
    hf_buf_str(&b, to);
    hf_buf_add(&b, hf_view_from(all, hit + strlen(from)));
    t_write(folder, name, hf_buf_view(&b));
    hf_buf_clear(&b);
    hf_free((void *)(uintptr_t)all.p);
}

/* Edits of the target go into the row: its other columns stay as they are, and what repeated the
 * old text is emptied. */
static void edits_go_into_the_row(void **state)
{
    static const struct {
        const char *from, *to, *id, *row;
    } rows[] = {
        { "good morning #all", "tab\\there", "p1", /* the hashtag was a part of the old text */
          "p1\tc1\tu1\t1700000000000\t1700000000000\ttab\\there\t\t{}" },
        { "the password is otter", "gone", "p3",
          "p3\tc2\tu2\t1700000120000\t1700000120000\tgone\t\t{\"card\": \"say "
          "\\\\\"otter\\\\\" twice\", \"x\": 7}" },
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const char *folder = t_folder(), *from = tables(folder, "in", source);
        const char *bulk = at(folder, "mm.jsonl");
        hf_arena *mem = hf_arena_new();
        hf_map *docs;
        bool found = false;

        convert(from, bulk, "mattermost-bulk");
        edit(folder, "mm.jsonl", rows[i].from, rows[i].to);
        docs = documents(bulk, mem);
        for (size_t k = 0; k < hf_map_count(docs); k++) {
            hf_view *doc = hf_map_at(docs, k)->v.p;

            found = found || hf_view_ends(*doc, hf_view_str(rows[i].row));
        }
        assert_true(found);
        hf_map_free(docs);
        hf_arena_free(mem);
    }
}

/* --- members whose lines have no order ----------------------------------------------------------
 */

static hf_diff_result byte_differences(const char *a, const char *b)
{
    hf_input x = { 0 }, y = { 0 };
    hf_diff_args args = { .a = &x, .b = &y };
    hf_diff_result d;
    hf_err *err = NULL;

    T_OK(err, hf_input_open(&x, a, NULL, &err));
    T_OK(err, hf_input_open(&y, b, NULL, &err));
    T_OK(err, hf_diff_bytes(&args, &d, &err));
    hf_input_clear(&x);
    hf_input_clear(&y);
    return d;
}

#define USERS  "COPY public.users (id, username, note) FROM stdin;\n"
#define PEOPLE USERS "u1\tada\tx\nu2\tben\ty\n\\.\n"

static void rows_of_a_table_have_no_order(void **state)
{
    static const struct {
        const char *other;
        uint64_t same;
    } rows[] = {
        { PEOPLE, 1 },
        { USERS "u2\tben\ty\nu1\tada\tx\n\\.\n", 1 },
        { USERS "u2\tben\ty\nu1\tada\tX\n\\.\n", 0 },
        { USERS "u1\tada\tx\n\\.\n", 0 },
        { USERS "u1\tada\tx\nu2\tben\ty\nu2\tben\ty\n\\.\n", 0 }, /* a sum counts repeats */
        { "COPY public.users (id, note, username) FROM stdin;\nu1\tada\tx\nu2\tben\ty\n\\.\n", 0 },
    };
    const char *folder = t_folder(), *from = tables(folder, "in", PEOPLE);
    const char *v = at(folder, "v");

    (void)state;
    convert(from, v, "vault");
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        const char *other = tables(folder, "other", rows[i].other);

        assert_int_equal(rows[i].same, byte_differences(from, other).same);
        assert_int_equal(rows[i].same, byte_differences(v, other).same);
        assert_int_equal(1 - rows[i].same, byte_differences(other, v).changed);
    }
}

/* --- memberships --------------------------------------------------------------------------------
 */

/* The members that the record of channel c1 lists, joined; and how many memberships there are. */
static hf_view members(const char *from, hf_arena *mem, size_t *memberships)
{
    hf_input in = { 0 };
    hf_paths *paths = hf_paths_new();
    hf_reader_args args = { .paths = paths, .want = HF_WANT_RECORDS };
    hf_reader *r = NULL;
    hf_buf list;
    hf_view v;
    hf_err *err = NULL;
    hf_status rc = HF_OK;

    *memberships = 0;
    hf_buf_init(&list, HF_BUF_UNBOUNDED);
    T_OK(err, hf_input_open(&in, from, NULL, &err));
    T_OK(err, hf_read_open(&r, &in, &args, false, &err));
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, &err);
        for (size_t i = 0; i < b->n; i++) {
            uint32_t at = 0;

            *memberships += b->rec[i]->kind == HF_KIND_MEMBERSHIP;
            if (b->rec[i]->kind != HF_KIND_CHANNEL || !hf_view_is(b->rec[i]->id, "c1"))
                continue;
            for (const hf_value *m = hf_rec_next(b->rec[i], HF_F_CHANNEL_MEMBER, 0, &at); m != NULL;
                 m = hf_rec_next(b->rec[i], HF_F_CHANNEL_MEMBER, at + 1, &at))
                hf_buf_printf(&list, "%.*s ", (int)m->text.n, m->text.p);
        }
        hf_batch_free(b);
    }
    assert_int_equal(HF_END, rc);
    hf_reader_close(r);
    hf_input_clear(&in);
    hf_paths_free(paths);
    v = hf_arena_dup(mem, hf_buf_view(&list));
    hf_buf_clear(&list);
    return v;
}

#define PLACES                                                                 \
    "COPY public.users (id, username, note) FROM stdin;\n"                     \
    "u1\tada\tx\nu2\tben\ty\nu3\tcyn\tz\n\\.\n"                                \
    "COPY public.channels (id, name, type) FROM stdin;\nc1\tgeneral\tpublic\n" \
    "c2\tother\tpublic\n\\.\n"
#define MEMBERS "COPY public.members (channelid, userid, role) FROM stdin;\n"
#define HISTORY "COPY public.history (channelid, userid, jointime, leavetime) FROM stdin;\n"

/* Who left is on no list any more; the history of those who were there stays. */
static void a_vault_lists_the_present_members(void **state)
{
    static const struct {
        const char *text, *members;
        size_t memberships;
        uint64_t missing;
    } imports[] = {
        { PLACES MEMBERS "c1\tu1\t\\N\nc1\tu2\tadmin\nc2\tu1\t\\N\n\\.\n" HISTORY
                         "c1\tu1\t100\t\\N\nc1\tu2\t200\t\\N\nc1\tu3\t50\t60\n\\.\n"
                         "#coverage membership\n",
          "u1 u2 ", 6, 0 },
        { PLACES MEMBERS "c1\tu2\tadmin\nc1\tu3\t\\N\nc2\tu1\t\\N\n\\.\n" HISTORY
                         "c1\tu1\t100\t300\nc1\tu2\t200\t\\N\nc1\tu3\t50\t60\n"
                         "c1\tu3\t310\t\\N\n\\.\n"
                         "#coverage membership\n",
          "u2 u3 ", 7, 1 },
        /* The server forgot its history: it is missing, and still known. */
        { PLACES MEMBERS "c1\tu1\t\\N\n\\.\n" HISTORY "\\.\n#coverage membership c1\n", "u1 ", 6,
          6 },
        /* Only one channel was covered: of the other nothing is said. */
        { PLACES MEMBERS "\\.\n#coverage membership c1\n", "", 5, 1 },
    };
    const char *folder = t_folder(), *v = at(folder, "v");
    hf_arena *mem = hf_arena_new();

    (void)state;
    for (size_t i = 0; i < T_COUNT(imports); i++) {
        const char *from = tables(folder, "in", imports[i].text);
        size_t memberships, own;

        assert_int_equal(imports[i].missing, convert(from, v, "vault").kept.missing);
        T_VIEW(imports[i].members, members(from, mem, &own));
        T_VIEW(imports[i].members, members(v, mem, &memberships));
        assert_int_equal(imports[i].memberships, memberships);
    }
    hf_arena_free(mem);
}

/* A bulk file has direct messages last. What a post before them repeats of one comes back all the
 * same; and a channel has the members again that only other rows name. */
static void what_comes_later_is_quoted_too(void **state)
{
    static const char text[] = PLACES MEMBERS
        "c1\tu1\t\\N\nc1\tu3\t\\N\nc3\tu1\t\\N\nc3\tu2\t\\N\n\\.\n"
        "COPY public.channels (id, name, type) FROM stdin;\nc3\tu1__u2\tdm\n\\.\n"
        "COPY public.posts (id, channelid, userid, createat, updateat, message, hashtags) FROM "
        "stdin;\n"
        "p1\tc3\tu1\t1700000000000\t1700000000000\tlunch at noon, then?\t\n"
        "p2\tc1\tu2\t1700000060000\t1700000060000\tnothing\tlunch at noon, then?\n"
        "\\.\n";
    const char *folder = t_folder(), *from = tables(folder, "in", text);
    const char *bulk = at(folder, "mm.jsonl"), *back = at(folder, "back.jsonl");
    hf_arena *mem = hf_arena_new();
    hf_diff_result d;
    hf_buf all;
    size_t n;

    (void)state;
    convert(from, bulk, "mattermost-bulk");
    all = unpacked(at(folder, "mm.jsonl.sidecar.zst"));
    assert_true(hf_view_find(hf_buf_view(&all), HF_V("lunch")) == HF_NPOS);
    hf_buf_clear(&all);
    assert_same_documents(from, bulk);
    T_VIEW("u1 u3 ", members(bulk, mem, &n));
    assert_int_equal(4, n);
    convert(bulk, back, "jsonl");
    d = differences(from, back);
    assert_int_equal(12, d.same);
    assert_int_equal(0, d.changed + d.missing + d.extra);
    hf_arena_free(mem);
}

/* --- sources that go on, and that count ---------------------------------------------------------
 */

typedef struct ledger_of { /* where the last import ended, as `holdfast import` asks for it */
    const char *vault;
    hf_arena *mem;
} ledger_of;

static const char *last_mark(void *self, const char *key, const char *origin)
{
    ledger_of *l = self;
    hf_vault *v = NULL;
    hf_view mark = { NULL, 0 };

    if (hf_vault_is(l->vault) && hf_vault_open(&v, l->vault, HF_VAULT_READ, 0, NULL) == HF_OK)
        hf_vault_last_mark(v, key, origin, l->mem, &mark, NULL);
    hf_vault_close(v);
    return mark.p;
}

static hf_kept import(const char *from, const char *vault, const char *days)
{
    ledger_of l = { vault, hf_arena_new() };
    hf_opts *opts = hf_opts_new();
    hf_input in = { 0 };
    hf_copy_args args = {
        .input = &in,
        .target = hf_format_find(HF_V("vault")),
        .target_path = vault,
        .reader_opts = opts,
        .since = last_mark,
        .since_self = &l,
    };
    hf_copy_result r = { 0 };
    hf_err *err = NULL;

    if (days != NULL)
        hf_opts_set(opts, "days", days);
    T_OK(err, hf_input_open(&in, from, NULL, &err));
    T_OK(err, hf_copy(&args, &r, &err));
    hf_input_clear(&in);
    hf_opts_free(opts);
    hf_arena_free(l.mem);
    hf_ledger_free(r.ledger);
    hf_paths_free(r.paths);
    return r.kept;
}

#define POSTS \
    PLACES "COPY public.posts (id, channelid, userid, createat, updateat, message) FROM stdin;\n"
/* Days 0, 1 and 2. */
#define P1 "p1\tc1\tu1\t1000\t1000\tone\n"
#define P2 "p2\tc1\tu1\t86400000\t86400000\ttwo\n"
#define P3 "p3\tc2\tu1\t86400001\t86400001\tthree\n"
#define P4 "p4\tc1\tu1\t172800000\t172800000\tfour\n"

static bool list_gap(void *self, const hf_vault_gap *gap)
{
    hf_buf_printf(self, "%.*s %lld %llu %llu;", (int)gap->channel.n, gap->channel.p,
                  (long long)gap->day, (unsigned long long)gap->source_rows,
                  (unsigned long long)gap->kept_rows);
    return true;
}

static void assert_gaps(const char *vault, int64_t n, const char *want)
{
    hf_vault *v = NULL;
    hf_buf list;
    hf_err *err = NULL;

    hf_buf_init(&list, HF_BUF_UNBOUNDED);
    T_OK(err, hf_vault_open(&v, vault, HF_VAULT_READ, 0, &err));
    T_OK(err, hf_vault_gaps(v, n, list_gap, &list, &err));
    T_VIEW(want, hf_buf_view(&list));
    hf_vault_close(v);
    hf_buf_clear(&list);
}

static void assert_kept(const hf_kept *k, uint64_t days, uint64_t counted, uint64_t kept,
                        uint64_t gaps)
{
    assert_int_equal(days, k->days);
    assert_int_equal(counted, k->source_rows);
    assert_int_equal(kept, k->kept_rows);
    assert_int_equal(kept, k->read_back);
    assert_int_equal(gaps, k->gaps);
}

/* Each import reads what is newer than the one before; what was changed without a trace, taken out
 * or put in shows in the counts, and the days that do not agree bring it. */
static void days_that_do_not_agree_are_found_and_mended(void **state)
{
    const char *folder = t_folder(), *v = at(folder, "v");
    hf_kept k;

    (void)state;
    k = import(tables(folder, "in", POSTS P1 P2 P3 "\\.\n#counts\n#mark me\n"), v, NULL);
    assert_kept(&k, 3, 3, 3, 0);
    assert_gaps(v, 1, "");
    /* p4 is new. */
    k = import(tables(folder, "in", POSTS P1 P2 P3 P4 "\\.\n#counts\n#mark me\n"), v, NULL);
    assert_kept(&k, 4, 4, 4, 0);
    assert_int_equal(1, k.new_records);
    /* p2 was taken out, p5 put in at an old moment, the last day of c2 is empty now. */
    k = import(tables(folder, "in",
                      POSTS P1 P4 "p5\tc1\tu1\t2000\t2000\tfive\n\\.\n"
                                  "#counts\n#mark me\n"),
               v, NULL);
    assert_kept(&k, 4, 3, 4, 3);
    assert_gaps(v, 3, "c1 0 2 1;c1 1 0 1;c2 1 0 1;");
    assert_int_equal(0, k.missing);
    k = import(tables(folder, "in",
                      POSTS P1 P4 "p5\tc1\tu1\t2000\t2000\tfive\n\\.\n"
                                  "#counts\n#mark me\n"),
               v, "[[\"c1\",0],[\"c1\",1],[\"c2\",1]]");
    assert_kept(&k, 2, 3, 3, 0);
    assert_int_equal(1, k.new_records);
    assert_int_equal(2, k.missing);
    assert_gaps(v, 4, "");
}

/* What cannot be mended stays told: the source counts what it does not give. */
static void what_the_source_never_gives_is_told(void **state)
{
    static const char text[] =
        POSTS P1 P2 "\\.\n#counts\n#hide p2\n#count c9 5 0\n#count c8 -1 7\n";
    const char *folder = t_folder(), *v = at(folder, "v");
    hf_kept k = import(tables(folder, "in", text), v, NULL);

    (void)state;
    assert_kept(&k, 3, 9, 1, 2); /* days that are empty on both sides are no days */
    assert_gaps(v, 1, "c1 1 1 0;c8 -1 7 0;");
}

/* A source that does not count is not held against anything. */
static void without_counts_nothing_is_compared(void **state)
{
    const char *folder = t_folder(), *v = at(folder, "v");
    hf_kept k = import(tables(folder, "in", POSTS P1 P2 "\\.\n"), v, NULL);

    (void)state;
    assert_kept(&k, 0, 0, 0, 0);
}

static void note_fact(void *self, const hf_fact *fact)
{
    hf_buf_reset(self);
    hf_buf_add(self, fact->text);
}

/* What the user must know is said when the reader is open, and again at its end. */
static void warnings_are_handed_on(void **state)
{
    const char *folder = t_folder();
    hf_input in = { 0 };
    hf_buf said;
    hf_copy_args args = { .input = &in,
                          .target = hf_format_find(HF_V("jsonl")),
                          .target_path = at(folder, "out.jsonl"),
                          .fact = note_fact,
                          .fact_self = &said };
    hf_copy_result r = { 0 };
    hf_err *err = NULL;

    (void)state;
    hf_buf_init(&said, HF_BUF_UNBOUNDED);
    T_OK(err, hf_input_open(&in, tables(folder, "in", POSTS P1 "\\.\n#warn a table was left out\n"),
                            NULL, &err));
    T_OK(err, hf_copy(&args, &r, &err));
    T_VIEW("a table was left out", hf_buf_view(&said));
    hf_input_clear(&in);
    hf_buf_clear(&said);
    hf_ledger_free(r.ledger);
    hf_paths_free(r.paths);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vault_puts_the_head_before_the_row),
        cmocka_unit_test(each_row_finds_the_head_of_its_own_member),
        cmocka_unit_test(documents_travel_through_jsonl),
        cmocka_unit_test(a_sidecar_holds_no_text_that_the_target_has),
        cmocka_unit_test(edits_go_into_the_row),
        cmocka_unit_test(rows_of_a_table_have_no_order),
        cmocka_unit_test(a_vault_lists_the_present_members),
        cmocka_unit_test(what_comes_later_is_quoted_too),
        cmocka_unit_test(days_that_do_not_agree_are_found_and_mended),
        cmocka_unit_test(what_the_source_never_gives_is_told),
        cmocka_unit_test(without_counts_nothing_is_compared),
        cmocka_unit_test(warnings_are_handed_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
