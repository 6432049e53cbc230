/* The published vectors of others: RFC 6962 trees and proofs, signed notes, JCS. Skipped where the
 * corpus is absent (its origin and licences: tlog/.../PROVENANCE.md there).
 *
 * Known deviation: one consistency proof that is to be taken has roots of 10 bytes; roots have 32.
 * Subtree proofs are of a newer draft. We make none; those of inclusion are proofs in a tree of its
 * own, those of consistency are ours when the subtree begins at 0 and is not empty (which the draft
 * takes, and we do not), the others are only counted.
 */
#include "audit/jcs.h"
#include "audit/key.h"
#include "audit/note.h"
#include "audit/tree.h"
#include "support.h"
#include "util/base64.h"
#include "util/json.h"

#include <ftw.h>

static const char short_roots[] =
    "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json";

/* --- one JSON file ------------------------------------------------------------------------------
 */

typedef struct doc {
    hf_view text;
    hf_tape t;
    hf_arena *mem;
} doc;

static doc open_doc(const char *path)
{
    doc d = { .text = t_read(path), .mem = hf_arena_new() };
    hf_err *err = NULL;

    T_OK(err, hf_tape_parse(&d.t, d.text, NULL, &err));
    return d;
}

static void close_doc(doc *d)
{
    hf_tape_clear(&d->t);
    hf_arena_free(d->mem);
    hf_free((void *)(uintptr_t)d->text.p);
}

static hf_view text_of(const doc *d, uint32_t obj, const char *key)
{
    uint32_t tok = hf_tape_get(&d->t, obj, key);

    assert_int_not_equal(tok, HF_NO_TOK);
    return hf_tok_string(&d->t, tok, d->mem);
}

static bool number(const doc *d, const char *key, uint64_t *out)
{
    return hf_view_u64(hf_tok_raw(&d->t, hf_tape_get(&d->t, 0, key)), out);
}

/* Exactly 32 bytes. */
static bool hash_of(hf_view base64, hf_sha256 *out)
{
    hf_buf b;
    bool ok;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    ok = hf_base64_get(&b, base64) && b.n == sizeof(out->b);
    if (ok)
        memcpy(out->b, b.p, b.n);
    hf_buf_clear(&b);
    return ok;
}

static bool proof_of(const doc *d, hf_tree_proof *out)
{
    uint32_t list = hf_tape_get(&d->t, 0, "proof");

    out->n = 0;
    if (hf_tok_type(&d->t, list) != HF_JSON_ARRAY)
        return true; /* null: no hashes */
    for (uint32_t k = hf_tape_first(&d->t, list); k != HF_NO_TOK; k = hf_tape_after(&d->t, list, k))
        if (out->n > HF_TREE_DEPTH ||
            !hash_of(hf_tok_string(&d->t, k, d->mem), &out->hash[out->n++]))
            return false;
    return true;
}

/* --- proofs -------------------------------------------------------------------------------------
 */

static struct {
    unsigned taken, refused, deviating, foreign;
    unsigned inclusion, consistency, subtree_inclusion, subtree_consistency;
} seen;

/* A subtree of the draft begins at a multiple of the power of two that it fits into. */
static bool is_subtree(uint64_t start, uint64_t end)
{
    uint64_t size = 1;

    while (size < end - start && size < (uint64_t)1 << 62)
        size *= 2;
    return start < end && start % size == 0;
}

static bool check_inclusion(const doc *d, bool is_sub)
{
    uint64_t index, start = 0, end = 0;
    hf_sha256 root, leaf;
    hf_tree_proof p;

    if (!number(d, "leafIdx", &index) || (is_sub && !number(d, "start", &start)) ||
        !number(d, is_sub ? "end" : "treeSize", &end) || !hash_of(text_of(d, 0, "root"), &root) ||
        !hash_of(text_of(d, 0, "leafHash"), &leaf) || !proof_of(d, &p))
        return false;
    if (is_sub && (!is_subtree(start, end) || index < start))
        return false;
    return hf_tree_holds(&p, index - start, end - start, &leaf, &root);
}

static bool check_consistency(const doc *d, const char *old_key, const char *new_key)
{
    uint64_t old, size;
    hf_sha256 a, b;
    hf_tree_proof p;

    return number(d, old_key, &old) && number(d, new_key, &size) &&
           hash_of(text_of(d, 0, "root1"), &a) && hash_of(text_of(d, 0, "root2"), &b) &&
           proof_of(d, &p) && hf_tree_continues(&p, old, size, &a, &b);
}

static bool verdict(const doc *d, const char *path, bool *is_ours)
{
    uint64_t start = 0, end = 0;

    *is_ours = true;
    if (strstr(path, "/subtreeinclusion/") != NULL) {
        seen.subtree_inclusion++;
        return check_inclusion(d, true);
    }
    if (strstr(path, "/subtreeconsistency/") != NULL) {
        seen.subtree_consistency++;
        *is_ours = number(d, "start", &start) && start == 0 && number(d, "end", &end) && end > 0;
        return *is_ours && check_consistency(d, "end", "size");
    }
    if (strstr(path, "/inclusion/") != NULL) {
        seen.inclusion++;
        return check_inclusion(d, false);
    }
    seen.consistency++;
    return check_consistency(d, "size1", "size2");
}

static int one_proof(const char *path, const struct stat *st, int type, struct FTW *where)
{
    bool is_ours, is_wanted, is_taken;
    doc d;

    (void)st;
    (void)where;
    if (type != FTW_F || !hf_view_ends(hf_view_str(path), HF_V(".json")))
        return 0;
    d = open_doc(path);
    is_wanted = hf_tok_type(&d.t, hf_tape_get(&d.t, 0, "wantErr")) == HF_JSON_FALSE;
    is_taken = verdict(&d, path, &is_ours);
    if (!is_ours) {
        seen.foreign++;
    } else if (hf_view_ends(hf_view_str(path), hf_view_str(short_roots))) {
        /* The subtree folder has one of that name as well. */
        assert_true(is_wanted);
        assert_false(is_taken);
        seen.deviating++;
    } else {
        if (is_taken != is_wanted)
            print_message("%s: %s\n", path, is_taken ? "taken" : "refused");
        assert_int_equal(is_taken, is_wanted);
        seen.taken += is_taken;
        seen.refused += !is_taken;
    }
    close_doc(&d);
    return 0;
}

static void test_proofs(void **state)
{
    (void)state;
    assert_int_equal(
        nftw(t_corpus("tlog/transparency-dev-merkle/testdata"), one_proof, 16, FTW_PHYS), 0);
    print_message("%u proofs taken, %u refused; %u deviating, %u of a kind we do not use\n",
                  seen.taken, seen.refused, seen.deviating, seen.foreign);
    assert_int_equal(seen.inclusion, 98);
    assert_int_equal(seen.consistency, 98);
    assert_true(seen.subtree_inclusion > 100);
    assert_true(seen.subtree_consistency > 100);
    assert_true(seen.taken > 20);
    assert_true(seen.deviating >= 1 && seen.deviating <= 2);
}

/* --- hashes -------------------------------------------------------------------------------------
 */

static hf_view from_hex(hf_view hex, hf_buf *out)
{
    static const char digits[] = "0123456789abcdef";

    hf_buf_reset(out);
    for (size_t i = 0; i + 1 < hex.n; i += 2)
        hf_buf_byte(out, (char)((strchr(digits, hex.p[i]) - digits) << 4 |
                                (strchr(digits, hex.p[i + 1]) - digits)));
    return hf_buf_view(out);
}

static void want_hex(hf_view want, hf_sha256 got)
{
    char hex[65];

    hf_sha256_hex(&got, hex);
    t_view(want, hf_view_str(hex), __FILE__, __LINE__);
}

static void test_hashes(void **state)
{
    doc d = open_doc(t_corpus("tlog/rfc6962-hasher/vectors.json"));
    hf_tree_range r = { 0 };
    hf_buf b, prefixed;
    uint32_t list, roots, root;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_init(&prefixed, HF_BUF_UNBOUNDED);
    list = hf_tape_get(&d.t, 0, "leaf");
    for (uint32_t k = hf_tape_first(&d.t, list); k != HF_NO_TOK; k = hf_tape_after(&d.t, list, k))
        want_hex(text_of(&d, k, "hash"), hf_tree_leaf(from_hex(text_of(&d, k, "data_hex"), &b)));
    /* Its children are not 32 bytes, so that only the prefix can be tested. */
    list = hf_tape_first(&d.t, hf_tape_get(&d.t, 0, "node"));
    hf_buf_byte(&prefixed, 1);
    hf_buf_add(&prefixed, from_hex(text_of(&d, list, "left_hex"), &b));
    hf_buf_add(&prefixed, from_hex(text_of(&d, list, "right_hex"), &b));
    want_hex(text_of(&d, list, "hash"), hf_sha256_of(hf_buf_view(&prefixed)));

    roots = hf_tape_get(&d.t, 0, "roots_by_size");
    root = hf_tape_first(&d.t, roots);
    want_hex(text_of(&d, 0, "empty_root"), hf_tree_root(&r));
    list = hf_tape_get(&d.t, 0, "tree_leaves_hex");
    for (uint32_t k = hf_tape_first(&d.t, list); k != HF_NO_TOK; k = hf_tape_after(&d.t, list, k)) {
        hf_sha256 leaf = hf_tree_leaf(from_hex(hf_tok_string(&d.t, k, d.mem), &b));

        want_hex(hf_tok_string(&d.t, root, d.mem), hf_tree_root(&r));
        hf_tree_push(&r, &leaf, NULL, NULL);
        root = hf_tape_after(&d.t, roots, root);
    }
    want_hex(hf_tok_string(&d.t, root, d.mem), hf_tree_root(&r));
    assert_int_equal(r.n, 8);
    hf_buf_clear(&b);
    hf_buf_clear(&prefixed);
    close_doc(&d);

    d = open_doc(t_corpus("tlog/golang-mod-sumdb/vectors.json"));
    list = hf_tape_get(&d.t, 0, "leaf_hashes");
    for (uint32_t k = hf_tape_first(&d.t, list); k != HF_NO_TOK; k = hf_tape_after(&d.t, list, k)) {
        hf_sha256 want, got = hf_tree_leaf(text_of(&d, k, "data_utf8"));

        assert_true(hash_of(text_of(&d, k, "leaf_hash_b64"), &want));
        assert_memory_equal(&want, &got, sizeof(want));
    }
    close_doc(&d);
}

/* --- notes --------------------------------------------------------------------------------------
 */

static void verify_note(hf_view vkey, hf_view bytes, hf_view text)
{
    hf_note *note = HF_NEW(hf_note);
    hf_err *err = NULL;
    hf_vkey key;
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    T_OK(err, hf_vkey_parse(vkey, &key, &err));
    hf_vkey_put(&b, &key);
    t_view(vkey, hf_buf_view(&b), __FILE__, __LINE__);
    T_OK(err, hf_note_parse(bytes, note, &err));
    T_OK(err, hf_note_verify(note, &key, 1, &err));
    t_view(text, note->text, __FILE__, __LINE__);
    hf_buf_clear(&b);
    hf_free(note);
}

static void test_c2sp_notes(void **state)
{
    doc d = open_doc(t_corpus("tlog/c2sp-signed-note/vectors.json"));
    uint32_t list = hf_tape_get(&d.t, 0, "notes");
    hf_note *note = HF_NEW(hf_note);
    hf_err *err = NULL;
    hf_checkpoint c;
    unsigned n = 0;
    int64_t size;
    hf_sha256 root;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (uint32_t k = hf_tape_first(&d.t, list); k != HF_NO_TOK; k = hf_tape_after(&d.t, list, k))
        verify_note(text_of(&d, k, "vkey"), text_of(&d, k, "note"), text_of(&d, k, "text"));
    list = hf_tape_get(&d.t, 0, "checkpoint_bodies");
    for (uint32_t k = hf_tape_first(&d.t, list); k != HF_NO_TOK; k = hf_tape_after(&d.t, list, k)) {
        T_OK(err, hf_note_parse(text_of(&d, k, "note"), note, &err));
        T_OK(err, hf_checkpoint_parse(note->text, &c, &err));
        if (n++ == 0) {
            t_view(text_of(&d, k, "origin"), c.origin, __FILE__, __LINE__);
            assert_true(hf_tok_i64(&d.t, hf_tape_get(&d.t, k, "size"), &size));
            assert_int_equal(size, c.size);
            assert_true(hash_of(text_of(&d, k, "root_b64"), &root));
            assert_memory_equal(&root, &c.root, sizeof(root));
        } else {
            assert_int_equal(note->n, 2); /* the log's, and a witness's */
            T_VIEW("witness.example.com/w1", note->sig[1].name);
        }
        hf_buf_reset(&b);
        hf_checkpoint_put(&b, &c);
        t_view(note->text, hf_buf_view(&b), __FILE__, __LINE__);
    }
    assert_int_equal(n, 2);
    hf_buf_clear(&b);
    hf_free(note);
    close_doc(&d);
}

static void test_go_notes(void **state)
{
    doc d = open_doc(t_corpus("tlog/golang-mod-sumdb/vectors.json"));
    uint32_t v = hf_tape_get(&d.t, 0, "note"), list = hf_tape_get(&d.t, 0, "bad_vkeys");
    uint8_t seed[HF_ED25519_KEY], sig[HF_ED25519_SIG];
    hf_err *err = NULL;
    unsigned bad = 0;
    hf_vkey key;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    verify_note(text_of(&d, v, "vkey"), text_of(&d, v, "note"), text_of(&d, v, "text"));
    /* Ed25519 is deterministic: signing gives the published note. */
    T_OK(err, hf_skey_parse(text_of(&d, v, "skey"), &key, seed, &err));
    hf_skey_put(&b, &key, seed);
    t_view(text_of(&d, v, "skey"), hf_buf_view(&b), __FILE__, __LINE__);
    hf_ed25519_sign(seed, text_of(&d, v, "text"), sig);
    hf_buf_reset(&b);
    hf_buf_add(&b, text_of(&d, v, "text"));
    hf_buf_byte(&b, '\n');
    hf_note_put_sig(&b, &key, sig);
    t_view(text_of(&d, v, "note"), hf_buf_view(&b), __FILE__, __LINE__);
    for (uint32_t k = hf_tape_first(&d.t, list); k != HF_NO_TOK; k = hf_tape_after(&d.t, list, k)) {
        T_FAILS(err, HF_E_USAGE, hf_vkey_parse(text_of(&d, k, "vkey"), &key, &err));
        bad++;
    }
    assert_int_equal(bad, 2);
    hf_buf_clear(&b);
    close_doc(&d);
}

/* --- JCS ----------------------------------------------------------------------------------------
 */

static void test_jcs(void **state)
{
    static const char *const names[] = { "arrays",  "french", "structures",
                                         "unicode", "values", "weird" };
    hf_err *err = NULL;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(names); i++) {
        static const char folder[] = "tlog/cyberphone-json-canonicalization/testdata";
        char *in = hf_sprintf("%s/input/%s.json", folder, names[i]);
        char *out = hf_sprintf("%s/output/%s.json", folder, names[i]);
        hf_view have = t_read(t_corpus(in)), want = t_read(t_corpus(out));

        hf_buf_reset(&b);
        T_OK(err, hf_jcs_put(&b, have, &err));
        t_view(want, hf_buf_view(&b), __FILE__, __LINE__);
        hf_free((void *)(uintptr_t)have.p);
        hf_free((void *)(uintptr_t)want.p);
        hf_free(in);
        hf_free(out);
    }
    hf_buf_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proofs),     cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_c2sp_notes), cmocka_unit_test(test_go_notes),
        cmocka_unit_test(test_jcs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
