/* tests/lib/package/test_bag.c: bags written, and bags of every kind judged.
 *
 * The table holds one bag a row, made after the rules of RFC 8493: what the bag is, what was done
 * to it, and the verdict. Each is judged as a folder (where a folder can hold it), a ZIP and a tar.
 */
#include "support.h"

#include <dirent.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io/name.h"
#include "package/bag.h"
#include "util/utf8.h"

/* --- bags made by hand --------------------------------------------------------------------------
 */

typedef struct made_file {
    hf_view name, bytes;
} made_file;

typedef struct made { /* a bag as a list of files */
    hf_arena *mem;
    made_file file[32];
    size_t n;
} made;

static size_t made_find(const made *m, const char *name)
{
    for (size_t i = 0; i < m->n; i++)
        if (hf_view_is(m->file[i].name, name))
            return i;
    return SIZE_MAX;
}

static void made_put(made *m, const char *name, hf_view bytes)
{
    size_t at = made_find(m, name);

    if (at == SIZE_MAX)
        at = m->n++;
    assert_true(m->n <= T_COUNT(m->file));
    m->file[at] =
        (made_file){ hf_arena_dup(m->mem, hf_view_str(name)), hf_arena_dup(m->mem, bytes) };
}

static void made_add_line(made *m, const char *name, hf_view line)
{
    size_t at = made_find(m, name);
    hf_view old = at == SIZE_MAX ? HF_V("") : m->file[at].bytes;

    made_put(m, name,
             hf_arena_printf(m->mem, "%.*s%.*s", (int)old.n, old.n > 0 ? old.p : "", (int)line.n,
                             line.p));
}

static void hex_of(const char *algorithm, hf_view bytes, char out[129])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t n = 0;

    assert_int_equal(EVP_Q_digest(NULL, algorithm, NULL, bytes.p, bytes.n, digest, &n), 1);
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* A manifest of all payload files, or a tag manifest of all other files, as they are now. */
static void made_list(made *m, const char *algorithm, bool is_tag)
{
    hf_view text = HF_V("");
    char *name = hf_sprintf("%smanifest-%s.txt", is_tag ? "tag" : "", algorithm);

    for (size_t i = 0; i < m->n; i++) {
        char hex[129];

        if (hf_view_starts(m->file[i].name, HF_V("data/")) == is_tag ||
            hf_view_starts(m->file[i].name, HF_V("tagmanifest-")))
            continue;
        hex_of(algorithm, m->file[i].bytes, hex);
        text = hf_arena_printf(m->mem, "%.*s%s  %.*s\n", (int)text.n, text.p, hex,
                               (int)m->file[i].name.n, m->file[i].name.p);
    }
    made_put(m, name, text);
    hf_free(name);
}

/* --- what is done to them -----------------------------------------------------------------------
 */

typedef enum when { PAYLOAD, LISTED, DONE } when; /* before the manifest, after it, after all */

typedef enum act { END, PUT, DROP, EDIT, LIST, MORE } act;

typedef struct step {
    act act;
    when when;
    const char *name;
    const char *a, *b; /* PUT: bytes; EDIT: a becomes b; MORE: line a; LIST: algorithm a */
} step;

typedef struct row {
    const char *why;
    bool is_complete, is_valid;
    int flaw; /* must be among the findings; -1: no finding at all */
    step steps[5];
} row;

static void edit(made *m, const step *s)
{
    size_t at = made_find(m, s->name), from;
    hf_view old;

    assert_true(at != SIZE_MAX);
    old = m->file[at].bytes;
    from = hf_view_find(old, hf_view_str(s->a));
    assert_true(from != HF_NPOS);
    m->file[at].bytes =
        hf_arena_printf(m->mem, "%.*s%s%.*s", (int)from, old.p, s->b,
                        (int)(old.n - from - strlen(s->a)), old.p + from + strlen(s->a));
}

static void apply(made *m, const row *r, when now)
{
    for (const step *s = r->steps; s < r->steps + T_COUNT(r->steps) && s->act != END; s++) {
        size_t at;

        if (s->when != now)
            continue;
        switch (s->act) {
        case PUT:
            made_put(m, s->name, hf_view_str(s->a));
            break;
        case DROP:
            at = made_find(m, s->name);
            assert_true(at != SIZE_MAX);
            m->file[at] = m->file[--m->n];
            break;
        case EDIT:
            edit(m, s);
            break;
        case LIST:
            made_list(m, s->a, false);
            break;
        case MORE:
            made_add_line(m, s->name, hf_view_str(s->a));
            break;
        case END:
            break;
        }
    }
}

#define M256 "manifest-sha256.txt"
#define T256 "tagmanifest-sha256.txt"
#define INFO "bag-info.txt"
#define DECL "bagit.txt"

static const row rows[] = {
    /* --- valid ------------------------------------------------------------------------------- */
    { "a plain bag", true, true, -1, { { END } } },
    { "bag-info.txt is optional", true, true, -1, { { DROP, PAYLOAD, INFO, NULL, NULL } } },
    { "tag manifests are optional", true, true, -1, { { DROP, DONE, T256, NULL, NULL } } },
    { "a payload file may be empty", true, true, -1, { { PUT, PAYLOAD, "data/none", "", NULL } } },
    { "two payload manifests with every file in both",
      true,
      true,
      -1,
      { { LIST, LISTED, NULL, "sha512", NULL } } },
    { "MD5 and SHA-1, which old bags have",
      true,
      true,
      -1,
      { { LIST, LISTED, NULL, "md5", NULL }, { LIST, LISTED, NULL, "sha1", NULL } } },
    { "digests in capitals",
      true,
      true,
      -1,
      { { EDIT, LISTED, M256, "b6a98d9ce9a2d9149288fa3df42d377c3e42737afdcdaf714e33c0a100b51060",
          "B6A98D9CE9A2D9149288FA3DF42D377C3E42737AFDCDAF714E33C0A100B51060" } } },
    { "one tab between digest and name",
      true,
      true,
      -1,
      { { EDIT, LISTED, M256, "  data/a.txt", "\tdata/a.txt" } } },
    { "lines that end in CR LF",
      true,
      true,
      -1,
      { { PUT, PAYLOAD, DECL, "BagIt-Version: 1.0\r\nTag-File-Character-Encoding: UTF-8\r\n",
          NULL } } },
    { "lines that end in CR",
      true,
      true,
      -1,
      { { PUT, PAYLOAD, DECL, "BagIt-Version: 1.0\rTag-File-Character-Encoding: UTF-8\r",
          NULL } } },
    { "other tag files and folders, listed",
      true,
      true,
      -1,
      { { PUT, PAYLOAD, "notes/history.xml", "<x/>", NULL } } },
    { "a tag file that no list has",
      true,
      true,
      HF_BAG_LOOSE,
      { { PUT, DONE, "notes.txt", "unlisted\n", NULL } } },
    { "a value that goes on over three lines",
      true,
      true,
      -1,
      { { MORE, PAYLOAD, INFO, "Contact-Name: Ada\n   of the\n\tharbour office\n", NULL } } },
    { "elements that repeat, and one of the sender's own",
      true,
      true,
      -1,
      { { MORE, PAYLOAD, INFO, "Contact-Name: A\nContact-Name: B\nX-Own: y\n", NULL } } },
    { "names in other scripts, with blanks",
      true,
      true,
      -1,
      { { PUT, PAYLOAD, "data/\xe6\x97\xa5 \xc3\xa4.txt", "x", NULL } } },
    { "LF, CR and % in a name, encoded",
      true,
      true,
      -1,
      { { PUT, PAYLOAD, "data/50%\n\r.txt", "x", NULL },
        { EDIT, LISTED, M256, "data/50%\n\r.txt", "data/50%25%0A%0d.txt" } } },
    { "of 0.97: a file may stand in one of two manifests",
      true,
      true,
      -1,
      { { EDIT, PAYLOAD, DECL, "1.0", "0.97" },
        { LIST, LISTED, NULL, "md5", NULL },
        { PUT, LISTED, "manifest-md5.txt", "2c5a5d5f1e6a5c1b9f9e1d3d2ef0a1b2  data/a.txt\n", NULL },
        { LIST, LISTED, NULL, "md5", NULL } } },
    { "an empty fetch.txt asks for nothing",
      true,
      true,
      -1,
      { { PUT, PAYLOAD, "fetch.txt", "", NULL } } },
    /* --- valid, made by careless tools ------------------------------------------------------- */
    { "the * that md5sum writes in binary mode",
      true,
      true,
      HF_BAG_WARNING,
      { { EDIT, LISTED, M256, "  data/a.txt", " *data/a.txt" } } },
    { "./ before a name",
      true,
      true,
      HF_BAG_WARNING,
      { { EDIT, LISTED, M256, "  data/a.txt", "  ./data/a.txt" } } },
    { "a bare % that a tool did not encode",
      true,
      true,
      HF_BAG_WARNING,
      { { PUT, PAYLOAD, "data/50%25.txt", "x", NULL } } },
    { "a last line without its end",
      true,
      true,
      HF_BAG_WARNING,
      { { PUT, PAYLOAD, DECL, "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8", NULL } } },
    { "an algorithm of tomorrow beside one of today",
      true,
      true,
      HF_BAG_WARNING,
      { { PUT, LISTED, "manifest-k12.txt", "00  data/a.txt\n00  data/sub/b.txt\n", NULL } } },
    /* --- complete, not valid ----------------------------------------------------------------- */
    { "a byte of the payload changed",
      true,
      false,
      HF_BAG_DIFFERS,
      { { EDIT, DONE, "data/a.txt", "alpha", "alphb" } } },
    { "a tag file changed",
      true,
      false,
      HF_BAG_DIFFERS,
      { { EDIT, DONE, INFO, "harbour", "harbor" } } },
    { "the manifest changed, and the tag manifest not",
      true,
      false,
      HF_BAG_DIFFERS,
      { { EDIT, DONE, M256, "b6a98d9c", "b6a98d90" } } },
    { "a digest that is too short",
      true,
      false,
      HF_BAG_DIFFERS,
      { { EDIT, LISTED, M256, "b6a98d9c", "" } } },
    { "two manifests of which one is wrong",
      true,
      false,
      HF_BAG_DIFFERS,
      { { LIST, LISTED, NULL, "sha512", NULL }, { EDIT, LISTED, M256, "b6a98d9c", "b6a98d90" } } },
    /* --- not complete ------------------------------------------------------------------------ */
    { "a payload file is gone",
      false,
      false,
      HF_BAG_MISSING,
      { { DROP, DONE, "data/sub/b.txt", NULL, NULL } } },
    { "a tag file is gone", false, false, HF_BAG_MISSING, { { DROP, DONE, INFO, NULL, NULL } } },
    { "a payload file nobody lists",
      false,
      false,
      HF_BAG_UNLISTED,
      { { PUT, DONE, "data/extra.txt", "x", NULL } } },
    { "of 1.0: a file in one manifest of two",
      false,
      false,
      HF_BAG_UNLISTED,
      { { LIST, LISTED, NULL, "md5", NULL }, { PUT, DONE, "data/extra.txt", "x", NULL } } },
    { "no manifest", false, false, HF_BAG_BROKEN, { { DROP, DONE, M256, NULL, NULL } } },
    { "no payload folder",
      false,
      false,
      HF_BAG_BROKEN,
      { { DROP, PAYLOAD, "data/a.txt", NULL, NULL },
        { DROP, PAYLOAD, "data/sub/b.txt", NULL, NULL } } },
    { "a file listed twice",
      false,
      false,
      HF_BAG_BROKEN,
      { { MORE, LISTED, M256,
          "b6a98d9ce9a2d9149288fa3df42d377c3e42737afdcdaf714e33c0a100b51060  data/a.txt\n",
          NULL } } },
    { "the manifest lists a tag file",
      false,
      false,
      HF_BAG_BROKEN,
      { { MORE, LISTED, M256, "00  bagit.txt\n", NULL } } },
    { "the tag manifest lists payload",
      false,
      false,
      HF_BAG_BROKEN,
      { { MORE, DONE, T256,
          "b6a98d9ce9a2d9149288fa3df42d377c3e42737afdcdaf714e33c0a100b51060  data/a.txt\n",
          NULL } } },
    { "the tag manifest lists itself",
      false,
      false,
      HF_BAG_BROKEN,
      { { MORE, DONE, T256, "00  tagmanifest-sha256.txt\n", NULL } } },
    { "the tag manifest leaves out the manifest",
      false,
      false,
      HF_BAG_BROKEN,
      { { PUT, DONE, T256, "", NULL } } },
    { "a line that is no manifest line",
      false,
      false,
      HF_BAG_BROKEN,
      { { MORE, LISTED, M256, "see data/a.txt\n", NULL } } },
    { "a digest that is not hexadecimal",
      false,
      false,
      HF_BAG_BROKEN,
      { { EDIT, LISTED, M256, "b6a98d9c", "g6a98d9c" } } },
    { "only an algorithm of tomorrow",
      false,
      false,
      HF_BAG_BROKEN,
      { { PUT, LISTED, "manifest-k12.txt", "00  data/a.txt\n00  data/sub/b.txt\n", NULL },
        { DROP, LISTED, M256, NULL, NULL } } },
    { "a folder listed",
      false,
      false,
      HF_BAG_MISSING,
      { { MORE, LISTED, M256, "00  data/sub\n", NULL } } },
    { "a backslash for the separator",
      false,
      false,
      HF_BAG_MISSING,
      { { EDIT, LISTED, M256, "data/sub/b.txt", "data\\sub\\b.txt" } } },
    { "a declaration with a blank before the colon",
      false,
      false,
      HF_BAG_BROKEN,
      { { EDIT, PAYLOAD, DECL, "BagIt-Version:", "BagIt-Version :" } } },
    { "a declaration of three lines",
      false,
      false,
      HF_BAG_BROKEN,
      { { MORE, PAYLOAD, DECL, "More: 1\n", NULL } } },
    { "a declaration of one line",
      false,
      false,
      HF_BAG_BROKEN,
      { { PUT, PAYLOAD, DECL, "BagIt-Version: 1.0\n", NULL } } },
    { "a declaration the wrong way round",
      false,
      false,
      HF_BAG_BROKEN,
      { { PUT, PAYLOAD, DECL, "Tag-File-Character-Encoding: UTF-8\nBagIt-Version: 1.0\n",
          NULL } } },
    { "a declaration with a byte-order mark",
      false,
      false,
      HF_BAG_BROKEN,
      { { EDIT, PAYLOAD, DECL, "BagIt-V",
          "\xef\xbb\xbf"
          "BagIt-V" } } },
    { "a version of tomorrow",
      false,
      false,
      HF_BAG_BROKEN,
      { { EDIT, PAYLOAD, DECL, "1.0", "2.0" } } },
    { "lists in an encoding that is not read here",
      false,
      false,
      HF_BAG_BROKEN,
      { { EDIT, PAYLOAD, DECL, "UTF-8", "UTF-16" } } },
    { "a list that is not UTF-8",
      false,
      false,
      HF_BAG_BROKEN,
      { { MORE, PAYLOAD, INFO, "Contact-Name: \xff\n", NULL } } },
    { "an element without a blank after the colon",
      false,
      false,
      HF_BAG_BROKEN,
      { { MORE, PAYLOAD, INFO, "Contact-Name:Ada\n", NULL } } },
    { "an element with a blank before its label",
      false,
      false,
      HF_BAG_BROKEN,
      { { PUT, PAYLOAD, INFO, " Contact-Name: Ada\n", NULL } } },
    { "Payload-Oxum of another payload",
      false,
      false,
      HF_BAG_BROKEN,
      { { EDIT, LISTED, INFO, "Payload-Oxum: 11.2", "Payload-Oxum: 12.2" } } },
    { "Payload-Oxum twice",
      false,
      false,
      HF_BAG_BROKEN,
      { { MORE, LISTED, INFO, "Payload-Oxum: 11.2\n", NULL } } },
    { "Payload-Oxum that is none",
      false,
      false,
      HF_BAG_BROKEN,
      { { EDIT, LISTED, INFO, "Payload-Oxum: 11.2", "Payload-Oxum: 11" } } },
    /* --- harmful ----------------------------------------------------------------------------- */
    { "a list that leaves the bag",
      false,
      false,
      HF_BAG_UNSAFE,
      { { MORE, LISTED, M256, "00  data/../../etc/passwd\n", NULL } } },
    { "a list with an absolute name",
      false,
      false,
      HF_BAG_UNSAFE,
      { { MORE, DONE, T256, "00  /etc/passwd\n", NULL } } },
    { "a list with a drive letter",
      false,
      false,
      HF_BAG_UNSAFE,
      { { MORE, DONE, T256, "00  C:\\boot.ini\n", NULL } } },
    { "a name that leaves the bag, once decoded",
      false,
      false,
      HF_BAG_UNSAFE,
      { { MORE, LISTED, M256, "00  ../%0A\n", NULL } } },
    { "a member that leaves the bag",
      false,
      false,
      HF_BAG_UNSAFE,
      { { PUT, DONE, "data/../../x", "x", NULL } } },
    { "two names that are one where letter case does not count",
      false,
      false,
      HF_BAG_UNSAFE,
      { { PUT, PAYLOAD, "data/A.txt", "x", NULL } } },
    { "two names that are one in another normal form",
      false,
      false,
      HF_BAG_UNSAFE,
      { { PUT, PAYLOAD, "data/\xc3\xa9", "x", NULL },
        { PUT, PAYLOAD, "data/e\xcc\x81", "x", NULL } } },
    { "a file to fetch",
      false,
      false,
      HF_BAG_UNSAFE,
      { { PUT, PAYLOAD, "fetch.txt", "https://example.org/a 5 data/a.txt\n", NULL } } },
};

/* Add Payload-Oxum to bag-info.txt, if there is one. */
static void made_oxum(made *m)
{
    size_t bytes = 0, files = 0;

    for (size_t i = 0; i < m->n; i++)
        if (hf_view_starts(m->file[i].name, HF_V("data/"))) {
            bytes += m->file[i].bytes.n;
            files++;
        }
    if (made_find(m, INFO) != SIZE_MAX)
        made_add_line(m, INFO, hf_arena_printf(m->mem, "Payload-Oxum: %zu.%zu\n", bytes, files));
}

static void make(made *m, const row *r)
{
    *m = (made){ .mem = hf_arena_new() };
    made_put(m, DECL, HF_V("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"));
    made_put(m, INFO, HF_V("Source-Organization: the harbour office\n"));
    made_put(m, "data/a.txt", HF_V("alpha\n"));
    made_put(m, "data/sub/b.txt", HF_V("beta\n"));
    apply(m, r, PAYLOAD);
    made_oxum(m);
    made_list(m, "sha256", false);
    apply(m, r, LISTED);
    made_list(m, "sha256", true);
    apply(m, r, DONE);
}

typedef struct heard {
    size_t n;
    bool print;
} heard;

static void hear(void *self, hf_bag_flaw flaw, hf_view name, const char *what)
{
    heard *h = self;

    h->n++;
    if (h->print)
        print_message("  %s: %.*s: %s\n", hf_bag_flaw_name(flaw), (int)name.n, name.p, what);
}

/* Judge what lies at path; prints the findings when the verdict is not the row's. */
static void judge(const row *r, const char *path, const char *as)
{
    hf_source *s = NULL;
    hf_bag_result got;
    heard h = { 0, false };
    hf_bag_args args = { .say = hear, .self = &h };
    hf_err *err = NULL;
    bool right;

    T_OK(err, hf_source_open(&s, path, NULL, &err));
    T_OK(err, hf_bag_check(s, &args, &got, &err));
    right = got.is_bag && got.is_complete == r->is_complete && got.is_valid == r->is_valid &&
            (r->flaw < 0 ? h.n == 0 : got.flaws[r->flaw] > 0);
    if (!right) {
        h.print = true;
        print_message("\"%s\" as a %s: complete %d, valid %d, findings %zu:\n", r->why, as,
                      got.is_complete, got.is_valid, h.n);
        (void)hf_bag_check(s, &args, &got, NULL);
        fail();
    }
    hf_source_close(s);
}

static void write_as(const made *m, const char *path, hf_sink_kind kind, const char *base)
{
    hf_sink *s = NULL;
    hf_err *err = NULL;

    T_OK(err, hf_sink_open(&s, path, kind, true, &err));
    for (size_t i = 0; i < m->n; i++) {
        char *name = hf_sprintf("%s%.*s", base, (int)m->file[i].name.n, m->file[i].name.p);

        T_OK(err, hf_sink_member(s, hf_view_str(name), &err));
        T_OK(err, hf_sink_write(s, m->file[i].bytes, &err));
        hf_free(name);
    }
    T_OK(err, hf_sink_commit(s, &err));
}

static void test_verdicts(void **state)
{
    const char *dir = t_folder();
    size_t folders = 0;

    (void)state;
    for (size_t i = 0; i < T_COUNT(rows); i++) {
        made m;
        bool in_folder = true;
        char *path;

        make(&m, &rows[i]);
        for (size_t k = 0; k < m.n; k++)
            in_folder = in_folder && hf_name_is_safe(m.file[k].name);
        path = hf_sprintf("%s/%zu", dir, i);
        if (in_folder) {
            write_as(&m, path, HF_SINK_FOLDER, "");
            judge(&rows[i], path, "folder");
            folders++;
        }
        hf_free(path);
        path = hf_sprintf("%s/%zu.zip", dir, i);
        write_as(&m, path, HF_SINK_ZIP, "the-bag/");
        judge(&rows[i], path, "zip");
        hf_free(path);
        path = hf_sprintf("%s/%zu.tar.zst", dir, i);
        write_as(&m, path, HF_SINK_TAR_ZST, i % 2 == 0 ? "the-bag/" : "./the-bag/");
        judge(&rows[i], path, "tar");
        hf_free(path);
        hf_arena_free(m.mem);
    }
    assert_true(folders > 50);
}

/* --- outside the table --------------------------------------------------------------------------
 */

static hf_bag_result check_at(const char *path, hf_status want)
{
    hf_source *s = NULL;
    hf_bag_result got = { 0 };
    hf_err *err = NULL;

    if (want != HF_OK) {
        T_FAILS(err, want, hf_source_open(&s, path, NULL, &err));
        return got;
    }
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    T_OK(err, hf_bag_check(s, NULL, &got, &err));
    hf_source_close(s);
    return got;
}

static const row plain = { "a plain bag", true, true, -1, { { END } } };

static void test_odd_containers(void **state)
{
    const char *dir = t_folder();
    hf_bag_result got;
    made m;
    char *path = hf_sprintf("%s/odd.zip", dir), *folder = hf_sprintf("%s/links", dir), *link;

    (void)state;
    /* No bag at all. */
    t_write(dir, "plain.txt", HF_V("hello"));
    link = hf_sprintf("%s/plain.txt", dir);
    assert_false(check_at(link, HF_OK).is_bag);
    hf_free(link);
    /* Packed without its folder, as some zip tools do. */
    make(&m, &plain);
    write_as(&m, path, HF_SINK_ZIP, "");
    assert_true(check_at(path, HF_OK).is_valid);
    /* A second folder beside the bag's. */
    {
        hf_sink *s = NULL;
        hf_err *err = NULL;

        T_OK(err, hf_sink_open(&s, path, HF_SINK_ZIP, true, &err));
        for (size_t i = 0; i < m.n; i++) {
            char *name = hf_sprintf("the-bag/%.*s", (int)m.file[i].name.n, m.file[i].name.p);

            T_OK(err, hf_sink_member(s, hf_view_str(name), &err));
            T_OK(err, hf_sink_write(s, m.file[i].bytes, &err));
            hf_free(name);
        }
        T_OK(err, hf_sink_member(s, HF_V("other/stray.txt"), &err));
        T_OK(err, hf_sink_link(s, HF_V("the-bag/data/link"), HF_V("/etc/passwd"), &err));
        T_OK(err, hf_sink_commit(s, &err));
    }
    got = check_at(path, HF_OK);
    assert_false(got.is_complete);
    assert_int_equal(got.flaws[HF_BAG_BROKEN], 1);
    assert_int_equal(got.flaws[HF_BAG_UNSAFE], 1);
    /* A link in a folder is never followed. */
    write_as(&m, folder, HF_SINK_FOLDER, "");
    link = hf_sprintf("%s/data/a.txt", folder);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    got = check_at(folder, HF_OK);
    assert_int_equal(got.flaws[HF_BAG_UNSAFE], 1);
    assert_int_equal(got.flaws[HF_BAG_MISSING], 1);
    hf_free(link);
    hf_arena_free(m.mem);
    hf_free(path);
    hf_free(folder);
}

/* Every byte of the bag's files, flipped one at a time: never valid, never a crash. */
static void test_every_byte(void **state)
{
    const char *dir = t_folder();
    char *path = hf_sprintf("%s/flipped", dir);
    size_t flips = 0;
    made m;

    (void)state;
    make(&m, &plain);
    for (size_t f = 0; f < m.n; f++)
        for (size_t i = 0; i < m.file[f].bytes.n; i++) {
            char *byte = (char *)(uintptr_t)m.file[f].bytes.p + i, before = *byte;

            /* Letter case carries nothing in a digest; a final LF is the one byte that may be CR.
             */
            *byte = (char)(before ^ (before >= 'a' && before <= 'f' ? 1 : 2));
            write_as(&m, path, HF_SINK_FOLDER, "");
            if (check_at(path, HF_OK).is_valid) {
                print_message("byte %zu of %.*s\n", i, (int)m.file[f].name.n, m.file[f].name.p);
                fail();
            }
            *byte = before;
            flips++;
        }
    assert_true(flips > 500);
    hf_arena_free(m.mem);
    hf_free(path);
}

static hf_bag *example(hf_source *s)
{
    hf_bag *bag = hf_bag_new();
    hf_err *err = NULL;

    T_OK(err,
         hf_bag_payload(bag, s, hf_source_find(s, HF_V("z.txt")), HF_V("txt/z 100%.txt"), &err));
    T_OK(err, hf_bag_payload_bytes(bag, HF_V("a.txt"), HF_V("alpha\n"), &err));
    T_OK(err, hf_bag_tag(bag, HF_V("README.txt"), HF_V("read me\n"), &err));
    hf_bag_info(bag, "Source-Organization", HF_V("harbour\noffice"));
    hf_bag_info(bag, "Bagging-Date", HF_V("2024-03-05"));
    return bag;
}

static void test_writing(void **state)
{
    static const struct {
        const char *name;
        hf_sink_kind kind;
        const char *base;
    } as[] = {
        { "out", HF_SINK_FOLDER, "" },
        { "out.zip", HF_SINK_ZIP, "out/" },
        { "out.tar.zst", HF_SINK_TAR_ZST, "out/" },
    };
    const char *dir = t_folder();
    hf_view manifest = { NULL, 0 };
    hf_source *src = NULL;
    hf_err *err = NULL;

    (void)state;
    t_write(dir, "z.txt", HF_V("omega\n"));
    T_OK(err, hf_source_open(&src, dir, NULL, &err));
    for (size_t i = 0; i < T_COUNT(as); i++) {
        char *path = hf_sprintf("%s/%s", dir, as[i].name), *partial;
        hf_bag *bag = example(src);
        hf_bag_result got;
        hf_sink *sink = NULL;
        hf_source *back = NULL;
        hf_buf info, list;

        hf_buf_init(&info, 4096);
        hf_buf_init(&list, 4096);
        T_OK(err, hf_sink_open(&sink, path, as[i].kind, false, &err));
        T_OK(err, hf_bag_write(bag, sink, hf_view_str(as[i].base), &err));
        T_OK(err, hf_sink_seal(sink, &err));
        partial = hf_sink_partial(sink);
        assert_int_equal(access(path, F_OK), -1); /* nothing is published yet */
        assert_true(check_at(partial, HF_OK).is_valid);
        T_OK(err, hf_sink_commit(sink, &err));
        got = check_at(path, HF_OK);
        assert_true(got.is_valid);
        assert_int_equal(got.payload_files, 2);
        assert_int_equal(got.payload_bytes, 12);
        assert_true(got.lists_tags);
        T_OK(err, hf_source_open(&back, path, NULL, &err));
        T_OK(err, hf_source_slurp(back, hf_bag_find(back, HF_V("bag-info.txt")), &info, &err));
        T_VIEW("Source-Organization: harbour office\nBagging-Date: 2024-03-05\n"
               "Payload-Oxum: 12.2\n",
               hf_buf_view(&info));
        T_OK(err,
             hf_source_slurp(back, hf_bag_find(back, HF_V("manifest-sha256.txt")), &list, &err));
        T_VIEW("b6a98d9ce9a2d9149288fa3df42d377c3e42737afdcdaf714e33c0a100b51060  data/a.txt\n"
               "3eeb0cea8bf176427633a47a62ee8c813844d574d48554a0d715e12dcbbaeda6  "
               "data/txt/z 100%25.txt\n",
               hf_buf_view(&list));
        hf_source_close(back);
        hf_buf_clear(&info);
        hf_buf_clear(&list);
        hf_bag_free(bag);
        hf_free(partial);
        hf_free(path);
    }
    hf_source_close(src);
    (void)manifest;
}

static void test_what_is_refused(void **state)
{
    static const char *const payload[] = { "../x", "/x", "", "x/", "a/../../b", "A.txt" };
    static const char *const tags[] = {
        "bagit.txt", "data/x", "manifest-md5.txt", "fetch.txt", "tagmanifest-sha256.txt",
        "../x",      "data"
    };
    hf_bag *bag = hf_bag_new();
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_bag_payload_bytes(bag, HF_V("a.txt"), HF_V("alpha\n"), &err));
    for (size_t i = 0; i < T_COUNT(payload); i++)
        T_FAILS(err, HF_E_UNSAFE_NAME,
                hf_bag_payload_bytes(bag, hf_view_str(payload[i]), HF_V(""), &err));
    T_FAILS(err, HF_E_UNSAFE_NAME, hf_bag_payload_bytes(bag, HF_V("\xff"), HF_V(""), &err));
    for (size_t i = 0; i < T_COUNT(tags); i++)
        T_FAILS(err, HF_E_UNSAFE_NAME, hf_bag_tag(bag, hf_view_str(tags[i]), HF_V(""), &err));
    assert_int_equal(hf_bag_files(bag), 1);
    hf_bag_free(bag);
}

/* A payload file that changes between hashing and writing must not get into the bag unnoticed. */
static void test_changed_meanwhile(void **state)
{
    static const char *const after[] = { "other\n", "longer than it was\n", "sh" };
    const char *dir = t_folder();
    hf_err *err = NULL;

    (void)state;
    for (size_t i = 0; i < T_COUNT(after) * 2; i++) {
        char *path = hf_sprintf("%s/%zu", dir, i);
        hf_source *src = NULL;
        hf_sink *sink = NULL;
        hf_bag *bag;

        t_write(dir, "z.txt", HF_V("omega\n"));
        T_OK(err, hf_source_open(&src, dir, NULL, &err));
        bag = example(src);
        t_write(dir, "z.txt", hf_view_str(after[i / 2]));
        T_OK(err,
             hf_sink_open(&sink, path, i % 2 == 0 ? HF_SINK_FOLDER : HF_SINK_TAR_ZST, false, &err));
        assert_int_not_equal(hf_bag_write(bag, sink, HF_V(""), &err), HF_OK);
        hf_err_free(err);
        err = NULL;
        hf_sink_abort(sink);
        assert_int_equal(access(path, F_OK), -1);
        hf_bag_free(bag);
        hf_source_close(src);
        hf_free(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),        cmocka_unit_test(test_odd_containers),
        cmocka_unit_test(test_every_byte),      cmocka_unit_test(test_writing),
        cmocka_unit_test(test_what_is_refused), cmocka_unit_test(test_changed_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
