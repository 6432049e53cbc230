/* tests/lib/package/test_verify.c: a package of 200 files under attack.
 *
 * Every attack is judged twice: by somebody who knows the maker's key, and by somebody who knows
 * nothing but the package. The second must find what leaves a trace in the package itself, and be
 * told that nobody compared the key where there is none. Docs: docs/packages.md, "Attacks".
 */
#include "support.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/log.h"
#include "package/verify.h"

enum { FILES = 200 };

typedef struct maker {
    const char *folder;
    hf_key *key;
    hf_vault *vault;
    hf_log *log;
} maker;

static void make_maker(maker *m)
{
    char *path;
    hf_err *err = NULL;

    *m = (maker){ .folder = t_folder() };
    setenv("XDG_STATE_HOME", m->folder, 1);
    path = hf_sprintf("%s/v", m->folder);
    m->key = hf_key_new();
    T_OK(err, hf_vault_init(path, 0, &err));
    T_OK(err, hf_vault_open(&m->vault, path, HF_VAULT_CONTROL, 0, &err));
    T_OK(err, hf_log_open(&m->log, m->vault, &err));
    T_OK(err, hf_log_set_key(m->log, m->key, NULL, "run-0", &err));
    hf_free(path);
}

static void drop_maker(maker *m)
{
    hf_log_close(m->log);
    hf_vault_close(m->vault);
    hf_key_free(m->key);
}

static void take_leaf(void *self, const hf_log_entry *e)
{
    hf_buf_add(self, e->leaf);
}

static void sign(void *self, hf_view bytes, hf_buf *out)
{
    uint8_t sig[HF_ED25519_SIG];

    hf_key_sign(self, bytes, sig);
    hf_buf_add(out, (hf_view){ (const char *)sig, sizeof(sig) });
}

static void tag(hf_bag *bag, const char *name, hf_view bytes)
{
    hf_err *err = NULL;

    T_OK(err, hf_bag_tag(bag, hf_view_str(name), bytes, &err));
}

/* A package as export makes one, with 200 payload files whose text says which. NULL key: unsigned.
 */
static void make_package(const maker *m, const char *path, const char *say)
{
    hf_bag *bag = hf_bag_new();
    hf_buf manifest, receipt, text;
    hf_sha256 digest;
    char hex[65], hex2[65];
    uint64_t seq = 0;
    hf_sink *sink = NULL;
    hf_err *err = NULL;

    hf_buf_init(&manifest, HF_BUF_UNBOUNDED);
    hf_buf_init(&receipt, HF_BUF_UNBOUNDED);
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    for (int i = 0; i < FILES; i++) {
        char name[32];

        snprintf(name, sizeof(name), "txt/%03d.txt", i);
        hf_buf_reset(&text);
        hf_buf_printf(&text, "%s, number %d\n", say, i);
        T_OK(err, hf_bag_payload_bytes(bag, hf_view_str(name), hf_buf_view(&text), &err));
    }
    hf_bag_manifest(bag, &manifest);
    digest = hf_sha256_of(hf_buf_view(&manifest));
    hf_sha256_hex(&digest, hex);
    hf_buf_printf(&receipt,
                  "{\"schema\":\"receipt/1\",\"run_id\":\"run-1\","
                  "\"payload\":[{\"manifest_sha256\":\"%s\"}]}\n",
                  hex);
    digest = hf_sha256_of(hf_buf_view(&receipt));
    hf_sha256_hex(&digest, hex2);
    tag(bag, "receipt.json", hf_buf_view(&receipt));
    if (m->log != NULL) {
        const hf_log_pair pairs[] = { { "manifest_sha256", { hex, 64 } },
                                      { "receipt_sha256", { hex2, 64 } } };
        const hf_act act = {
            .action = "export", .run = "run-1", .digests = pairs, .ndigests = 2, .outcome = "OK"
        };
        hf_buf note, proof;

        hf_buf_init(&note, HF_BUF_UNBOUNDED);
        hf_buf_init(&proof, HF_BUF_UNBOUNDED);
        hf_buf_reset(&text);
        T_OK(err, hf_log_note(m->log, &act, &seq, &err));
        T_OK(err, hf_log_get(m->log, seq, take_leaf, &text, &err));
        T_OK(err, hf_log_checkpoint(m->log, m->key, "run-1", &note, &err));
        T_OK(err, hf_log_prove(m->log, seq, hf_buf_view(&note), &proof, &err));
        tag(bag, "entry.json", hf_buf_view(&text));
        tag(bag, "proof.tlog-proof", hf_buf_view(&proof));
        tag(bag, "checkpoint", hf_buf_view(&note));
        hf_buf_clear(&note);
        hf_buf_clear(&proof);
    }
    if (m->key != NULL) {
        hf_buf_reset(&text);
        sign(m->key, hf_buf_view(&receipt), &text);
        tag(bag, "receipt.json.sig", hf_buf_view(&text));
        hf_buf_reset(&text);
        sign(m->key, hf_buf_view(&manifest), &text);
        tag(bag, "manifest-sha256.txt.sig", hf_buf_view(&text));
        hf_buf_reset(&text);
        hf_key_put_public(&text, hf_key_public(m->key));
        tag(bag, "key.pem", hf_buf_view(&text));
        hf_bag_sign(bag, sign, m->key);
    }
    T_OK(err, hf_sink_open(&sink, path, HF_SINK_FOLDER, true, &err));
    T_OK(err, hf_bag_write(bag, sink, HF_V(""), &err));
    T_OK(err, hf_sink_commit(sink, &err));
    hf_bag_free(bag);
    hf_buf_clear(&manifest);
    hf_buf_clear(&receipt);
    hf_buf_clear(&text);
}

/* --- judging ------------------------------------------------------------------------------------
 */

static hf_verify_result judge(const char *path, const hf_known_keys *known,
                              const hf_sha256 *manifest)
{
    const hf_verify_args args = { .known = known, .manifest = manifest };
    hf_verify_result r;
    hf_source *s = NULL;
    hf_err *err = NULL;

    T_OK(err, hf_source_open(&s, path, NULL, &err));
    T_OK(err, hf_verify_package(s, &args, &r, &err));
    hf_source_close(s);
    return r;
}

typedef struct scene {
    maker maker;
    hf_known_keys known;
    char *path, *pem;
} scene;

static scene begin(void)
{
    scene s = { .path = NULL };
    hf_buf pem;
    hf_err *err = NULL;

    make_maker(&s.maker);
    s.path = hf_sprintf("%s/package", s.maker.folder);
    s.pem = hf_sprintf("%s/known.pem", s.maker.folder);
    hf_buf_init(&pem, 4096);
    hf_key_put_public(&pem, hf_key_public(s.maker.key));
    t_write(s.maker.folder, "known.pem", hf_buf_view(&pem));
    hf_buf_clear(&pem);
    hf_known_keys_init(&s.known);
    T_OK(err, hf_known_keys_add(&s.known, s.pem, &err));
    make_package(&s.maker, s.path, "genuine");
    return s;
}

static void end(scene *s)
{
    hf_known_keys_clear(&s->known);
    drop_maker(&s->maker);
    hf_free(s->path);
    hf_free(s->pem);
}

/* Both see it. */
static void assert_found(const scene *s, const char *what)
{
    hf_verify_result a = judge(s->path, &s->known, NULL), b = judge(s->path, NULL, NULL);

    if (a.findings == 0 || b.findings == 0)
        fail_msg("%s: %llu findings with the key, %llu without", what,
                 (unsigned long long)a.findings, (unsigned long long)b.findings);
}

/* Only who knows the key sees it; the other one is told that the key is nobody's. */
static void assert_needs_key(const scene *s, hf_vouch without, const char *what)
{
    hf_verify_result a = judge(s->path, &s->known, NULL), b = judge(s->path, NULL, NULL);

    if (a.findings == 0 || b.findings != 0 || b.signature != without)
        fail_msg("%s: %llu findings with the key, %llu without; %s", what,
                 (unsigned long long)a.findings, (unsigned long long)b.findings,
                 hf_vouch_name(b.signature));
}

static void test_untouched(void **state)
{
    scene s = begin();
    hf_verify_result a = judge(s.path, &s.known, NULL), b = judge(s.path, NULL, NULL);

    (void)state;
    assert_int_equal(0, a.findings);
    assert_true(a.bag.is_valid);
    assert_int_equal(FILES, a.bag.payload_files);
    assert_int_equal(HF_VOUCH_KNOWN, a.signature);
    assert_int_equal(HF_VOUCH_KNOWN, a.receipt);
    assert_int_equal(HF_VOUCH_KNOWN, a.log);
    assert_string_equal("run-1", a.run_id);
    assert_int_equal(0, b.findings);
    assert_int_equal(HF_VOUCH_UNKNOWN, b.signature);
    assert_int_equal(HF_VOUCH_UNKNOWN, b.receipt);
    assert_int_equal(HF_VOUCH_UNKNOWN, b.log);
    end(&s);
}

/* --- attacks on single files --------------------------------------------------------------------
 */

typedef struct names {
    char *name[FILES + 32];
    size_t n;
} names;

static void list_files(const char *path, names *out)
{
    hf_source *s = NULL;
    hf_err *err = NULL;

    out->n = 0;
    T_OK(err, hf_source_open(&s, path, NULL, &err));
    for (uint32_t i = 0; i < hf_source_count(s); i++)
        out->name[out->n++] = hf_view_dup(hf_source_member(s, i)->name);
    hf_source_close(s);
    assert_true(out->n > FILES + 10);
}

static void free_names(names *n)
{
    for (size_t i = 0; i < n->n; i++)
        hf_free(n->name[i]);
}

static void drop_view(hf_view v)
{
    hf_free((void *)(uintptr_t)v.p);
}

/* One bit of every payload file, and many bits of every tag file. */
static void test_any_bit(void **state)
{
    scene s = begin();
    names all;
    size_t flips = 0;

    (void)state;
    list_files(s.path, &all);
    for (size_t f = 0; f < all.n; f++) {
        char *path = hf_sprintf("%s/%s", s.path, all.name[f]);
        hf_view old = t_read(path);
        size_t step = f % 20 == 0 || strncmp(all.name[f], "data/", 5) != 0 ? old.n / 12 + 1 : old.n;

        for (size_t at = f % 7 < old.n ? f % 7 : 0; at < old.n; at += step) {
            char *byte = (char *)(uintptr_t)old.p + at, before = *byte;

            *byte = (char)(before ^ (1 << (at % 7)));
            t_write(s.path, all.name[f], old);
            assert_found(&s, all.name[f]);
            *byte = before;
            flips++;
        }
        t_write(s.path, all.name[f], old);
        drop_view(old);
        hf_free(path);
    }
    assert_true(flips > FILES + 100);
    assert_int_equal(0, judge(s.path, &s.known, NULL).findings);
    free_names(&all);
    end(&s);
}

static void test_removed_cut_swapped(void **state)
{
    scene s = begin();
    names all;

    (void)state;
    list_files(s.path, &all);
    for (size_t f = 0; f < all.n; f += strncmp(all.name[f], "data/", 5) == 0 ? 5 : 1) {
        char *path = hf_sprintf("%s/%s", s.path, all.name[f]);
        char *next = hf_sprintf("%s/%s", s.path, all.name[(f + 1) % all.n]);
        hf_view old = t_read(path), other = t_read(next);

        assert_int_equal(0, unlink(path));
        assert_found(&s, all.name[f]);
        t_write(s.path, all.name[f], hf_view_sub(old, 0, old.n - 1));
        assert_found(&s, all.name[f]);
        t_write(s.path, all.name[f], HF_V(""));
        assert_found(&s, all.name[f]);
        t_write(s.path, all.name[f], other);
        t_write(s.path, all.name[(f + 1) % all.n], old);
        assert_found(&s, all.name[f]);
        t_write(s.path, all.name[f], old);
        t_write(s.path, all.name[(f + 1) % all.n], other);
        drop_view(old);
        drop_view(other);
        hf_free(path);
        hf_free(next);
    }
    free_names(&all);
    end(&s);
}

static void test_inserted(void **state)
{
    static const char *const files[] = { "data/txt/200.txt",    "data/more.txt",
                                         "READ-ME-FIRST.txt",   "notes/x.txt",
                                         "manifest-sha512.txt", "fetch.txt",
                                         "manifest-md5.txt",    "tagmanifest-x.html" };
    scene s = begin();

    (void)state;
    for (size_t i = 0; i < T_COUNT(files); i++) {
        char *path = hf_sprintf("%s/%s", s.path, files[i]);

        t_write(s.path, files[i], HF_V("https://example.org/x 1 data/x\n"));
        assert_found(&s, files[i]);
        assert_int_equal(0, unlink(path));
        hf_free(path);
    }
    end(&s);
}

/* --- attacks on everything at once --------------------------------------------------------------
 */

static void copy_from(const scene *s, const char *other, const char *name)
{
    char *path = hf_sprintf("%s/%s", other, name);
    hf_view bytes = t_read(path);

    t_write(s->path, name, bytes);
    drop_view(bytes);
    hf_free(path);
}

/* The tag manifest is made new, as somebody without any key would. */
static void relist(const scene *s)
{
    hf_source *src = NULL;
    hf_err *err = NULL;
    hf_buf list, text;

    hf_buf_init(&list, HF_BUF_UNBOUNDED);
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    T_OK(err, hf_source_open(&src, s->path, NULL, &err));
    for (uint32_t i = 0; i < hf_source_count(src); i++) {
        hf_view name = hf_source_member(src, i)->name;
        hf_sha256 digest;
        char hex[65];

        if (hf_view_starts(name, HF_V("data/")) || hf_view_starts(name, HF_V("tagmanifest-")))
            continue;
        hf_buf_reset(&text);
        T_OK(err, hf_source_slurp(src, i, &text, &err));
        digest = hf_sha256_of(hf_buf_view(&text));
        hf_sha256_hex(&digest, hex);
        hf_buf_printf(&list, "%s  %.*s\n", hex, (int)name.n, name.p);
    }
    t_write(s->path, "tagmanifest-sha256.txt", hf_buf_view(&list));
    hf_source_close(src);
    hf_buf_clear(&list);
    hf_buf_clear(&text);
}

static void unlink_in(const scene *s, const char *name)
{
    char *path = hf_sprintf("%s/%s", s->path, name);

    assert_int_equal(0, unlink(path));
    hf_free(path);
}

/* Payload and lists replaced, and the signatures, receipt and proof of the real one kept. */
static void test_consistent_lists(void **state)
{
    scene s = begin();
    maker nobody = { .folder = s.maker.folder };
    char *forged = hf_sprintf("%s/forged", s.maker.folder);

    (void)state;
    make_package(&nobody, forged, "forged");
    for (int i = 0; i < FILES; i++) {
        char name[32];

        snprintf(name, sizeof(name), "data/txt/%03d.txt", i);
        copy_from(&s, forged, name);
    }
    copy_from(&s, forged, "manifest-sha256.txt");
    copy_from(&s, forged, "bag-info.txt");
    relist(&s);
    assert_found(&s, "lists replaced"); /* the signatures are of other lists */
    copy_from(&s, forged, "receipt.json");
    relist(&s);
    assert_found(&s, "the receipt too");
    unlink_in(&s, "manifest-sha256.txt.sig");
    unlink_in(&s, "receipt.json.sig");
    relist(&s);
    assert_found(&s, "some signatures removed");
    unlink_in(&s, "tagmanifest-sha256.txt.sig");
    unlink_in(&s, "key.pem");
    relist(&s);
    assert_found(&s, "the log's entry commits to another receipt");
    unlink_in(&s, "entry.json");
    unlink_in(&s, "proof.tlog-proof");
    unlink_in(&s, "checkpoint");
    relist(&s);
    assert_needs_key(&s, HF_VOUCH_NONE, "nothing of the real one is left: unsigned");
    hf_free(forged);
    end(&s);
}

/* A whole package by somebody else's key and log. */
static void test_all_by_another_key(void **state)
{
    scene s = begin();
    maker other;
    char *path = hf_sprintf("%s/other", s.maker.folder);
    hf_verify_result r;

    (void)state;
    make_maker(&other);
    make_package(&other, path, "forged");
    {
        hf_verify_result a = judge(path, &s.known, NULL), b = judge(path, NULL, NULL);

        assert_true(a.findings > 0);
        assert_int_equal(HF_VOUCH_BAD, a.signature);
        assert_int_equal(0, b.findings);
        assert_int_equal(HF_VOUCH_UNKNOWN, b.signature); /* told: nobody compared the key */
    }
    /* Parts of it in the real package. */
    copy_from(&s, path, "entry.json");
    copy_from(&s, path, "proof.tlog-proof");
    assert_found(&s, "another log's proof");
    relist(&s);
    assert_found(&s, "another log's proof, listed");
    make_package(&s.maker, s.path, "genuine");
    copy_from(&s, path, "key.pem");
    relist(&s);
    assert_found(&s, "another key");
    r = judge(s.path, NULL, NULL);
    assert_int_equal(HF_VOUCH_BAD, r.signature);
    drop_maker(&other);
    hf_free(path);
    end(&s);
}

/* Another package of the same maker is genuine: only somebody who noted which one it must be sees
 * that it is not. */
static void test_another_genuine_one(void **state)
{
    scene s = begin();
    char *path = hf_sprintf("%s/package/manifest-sha256.txt", s.maker.folder);
    hf_view manifest = t_read(path);
    hf_sha256 noted = hf_sha256_of(manifest);

    (void)state;
    assert_int_equal(0, judge(s.path, &s.known, &noted).findings);
    make_package(&s.maker, s.path, "the one of the day before");
    assert_int_equal(0, judge(s.path, &s.known, NULL).findings);
    assert_int_equal(1, judge(s.path, &s.known, &noted).findings);
    assert_int_equal(1, judge(s.path, NULL, &noted).findings);
    drop_view(manifest);
    hf_free(path);
    end(&s);
}

/* --- pieces of evidence -------------------------------------------------------------------------
 */

static hf_verify_result judge_file(const scene *s, const char *name, const hf_known_keys *known,
                                   hf_evidence_kind want)
{
    char *path = hf_sprintf("%s/%s", s->path, name);
    const hf_verify_args args = { .known = known };
    hf_view bytes = t_read(path);
    hf_verify_result r;
    hf_err *err = NULL;

    assert_int_equal(want, hf_evidence_kind_of(bytes));
    T_OK(err, hf_verify_evidence(path, want, NULL, &args, &r, &err));
    drop_view(bytes);
    hf_free(path);
    return r;
}

static void test_single_pieces(void **state)
{
    scene s = begin();
    hf_known_keys strange;
    hf_key *other = hf_key_new();
    hf_verify_result r;
    hf_buf pem;
    char *path = hf_sprintf("%s/other.pem", s.maker.folder);
    hf_err *err = NULL;

    (void)state;
    hf_buf_init(&pem, 4096);
    hf_key_put_public(&pem, hf_key_public(other));
    t_write(s.maker.folder, "other.pem", hf_buf_view(&pem));
    hf_known_keys_init(&strange);
    T_OK(err, hf_known_keys_add(&strange, path, &err));

    r = judge_file(&s, "receipt.json", &s.known, HF_EVIDENCE_RECEIPT);
    assert_int_equal(0, r.findings);
    assert_int_equal(HF_VOUCH_KNOWN, r.receipt);
    assert_true(judge_file(&s, "receipt.json", &strange, HF_EVIDENCE_RECEIPT).findings > 0);
    r = judge_file(&s, "proof.tlog-proof", &s.known, HF_EVIDENCE_PROOF);
    assert_int_equal(0, r.findings);
    assert_int_equal(HF_VOUCH_KNOWN, r.log);
    r = judge_file(&s, "proof.tlog-proof", &strange, HF_EVIDENCE_PROOF);
    assert_int_equal(HF_VOUCH_UNKNOWN, r.log);
    assert_int_equal(1, r.findings);
    r = judge_file(&s, "checkpoint", &s.known, HF_EVIDENCE_NOTE);
    assert_int_equal(0, r.findings);
    assert_int_equal(HF_VOUCH_KNOWN, r.signature);
    assert_true(judge_file(&s, "checkpoint", &strange, HF_EVIDENCE_NOTE).findings > 0);

    t_write(s.path, "entry.json", HF_V("{\"digests\":{}}"));
    assert_true(judge_file(&s, "proof.tlog-proof", &s.known, HF_EVIDENCE_PROOF).findings > 0);
    t_write(s.path, "manifest-sha256.txt", HF_V("x"));
    assert_true(judge_file(&s, "receipt.json", &s.known, HF_EVIDENCE_RECEIPT).findings > 0);
    hf_known_keys_clear(&strange);
    hf_key_free(other);
    hf_buf_clear(&pem);
    hf_free(path);
    end(&s);
}

static void test_keys_that_are_none(void **state)
{
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/x.pem", folder);
    hf_known_keys k;
    hf_err *err = NULL;

    (void)state;
    hf_known_keys_init(&k);
    t_write(folder, "x.pem", HF_V("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"));
    T_FAILS(err, HF_E_NO_KEY, hf_known_keys_add(&k, path, &err));
    t_write(folder, "x.pem", HF_V(""));
    T_FAILS(err, HF_E_NO_KEY, hf_known_keys_add(&k, path, &err));
    T_OK(err,
         hf_known_keys_add(
             &k, "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", &err));
    assert_int_equal(1, k.n);
    hf_known_keys_clear(&k);
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_untouched),           cmocka_unit_test(test_any_bit),
        cmocka_unit_test(test_removed_cut_swapped), cmocka_unit_test(test_inserted),
        cmocka_unit_test(test_consistent_lists),    cmocka_unit_test(test_all_by_another_key),
        cmocka_unit_test(test_another_genuine_one), cmocka_unit_test(test_single_pieces),
        cmocka_unit_test(test_keys_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
