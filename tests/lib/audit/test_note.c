/* Notes, keys, JCS and proofs by hand-made cases: what is refused, and why. */
#include "audit/jcs.h"
#include "audit/key.h"
#include "audit/proof.h"
#include "support.h"
#include "util/base64.h"
#include "vault/vault.h"

#include <float.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

static hf_vkey key_named(const char *name, uint8_t fill, uint8_t seed[HF_ED25519_KEY])
{
    uint8_t key[HF_ED25519_KEY];

    memset(seed, fill, HF_ED25519_KEY);
    hf_ed25519_public(seed, key);
    return hf_vkey_of(hf_view_str(name), HF_NOTE_ED25519, key);
}

static void sign(hf_buf *out, const hf_vkey *key, const uint8_t seed[HF_ED25519_KEY], hf_view text)
{
    uint8_t sig[HF_ED25519_SIG];

    hf_ed25519_sign(seed, text, sig);
    hf_note_put_sig(out, key, sig);
}

static void test_note_forms(void **state)
{
    /* X: the line of a good signature. */
    static const struct {
        const char *note;
        bool is_good;
        const char *text;
    } cases[] = {
        { "hello\n\nX", true, "hello\n" },
        { "a\n\nb\n\nX", true, "a\n\nb\n" }, /* the text ends at the last empty line */
        { "\n\nX", true, "\n" },
        { "hello\n\nXX", true, "hello\n" },
        { "hello\nX", false, NULL },                /* no empty line */
        { "hello\n\n", false, NULL },               /* no signature */
        { "hello\n\nX\n", false, NULL },            /* the last empty line has none below it */
        { "hello\n\nXrest", false, NULL },          /* a line that is none */
        { "hel\tlo\n\nX", false, NULL },            /* a control character */
        { "hel\xFFlo\n\nX", false, NULL },          /* not UTF-8 */
        { "hello\n\n- a AAAAAAA=\n", false, NULL }, /* a hyphen is no dash */
        { "hello\n\n\xE2\x80\x94 a AAAAAA==\n", false, NULL }, /* no byte after the number */
        { "hello\n\n\xE2\x80\x94 a AAAAAAB=\n", false, NULL }, /* bits beyond the last byte */
        { "hello\n\n\xE2\x80\x94  AAAAAAA=\n", false, NULL },  /* no name */
        { "hello\n\n\xE2\x80\x94 a+b AAAAAAA=\n", false, NULL },
        { "hello\n\n\xE2\x80\x94 a\xC2\xA0"
          "b AAAAAAA=\n",
          false, NULL }, /* a Unicode space */
        { "", false, NULL },
    };
    static const char good[] = "\xE2\x80\x94 a AAAAAAA=\n";
    hf_note *note = HF_NEW(hf_note);
    hf_err *err = NULL;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_buf_reset(&b);
        for (const char *p = cases[i].note; *p != '\0'; p++)
            if (*p == 'X')
                hf_buf_str(&b, good);
            else
                hf_buf_byte(&b, *p);
        if (cases[i].is_good) {
            T_OK(err, hf_note_parse(hf_buf_view(&b), note, &err));
            T_VIEW(cases[i].text, note->text);
        } else {
            T_FAILS(err, HF_E_DAMAGED, hf_note_parse(hf_buf_view(&b), note, &err));
        }
    }
    hf_buf_clear(&b);
    hf_free(note);
}

static void test_note_signatures(void **state)
{
    static const hf_view text = { "text\n", 5 };
    uint8_t ada_seed[HF_ED25519_KEY], bob_seed[HF_ED25519_KEY], eve_seed[HF_ED25519_KEY];
    hf_vkey ada = key_named("ada", 1, ada_seed), bob = key_named("bob", 2, bob_seed);
    hf_vkey other_ada = key_named("ada", 3, eve_seed), both[2] = { ada, bob };
    hf_note *note = HF_NEW(hf_note);
    hf_err *err = NULL;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_str(&b, "text\n\n");
    for (uint8_t i = 0; i < 20; i++) { /* strangers are ignored, however many */
        uint8_t seed[HF_ED25519_KEY];
        hf_vkey k = key_named("stranger", (uint8_t)(10 + i), seed);

        sign(&b, &k, seed, HF_V("something else\n"));
    }
    sign(&b, &ada, ada_seed, text);
    T_OK(err, hf_note_parse(hf_buf_view(&b), note, &err));
    T_OK(err, hf_note_verify(note, both, 2, &err));
    assert_true(note->sig[20].is_verified);
    assert_false(note->sig[19].is_verified);

    /* The same name with another key is a stranger too. */
    T_OK(err, hf_note_parse(hf_buf_view(&b), note, &err));
    T_FAILS(err, HF_E_VERIFY, hf_note_verify(note, &other_ada, 1, &err));
    T_FAILS(err, HF_E_VERIFY, hf_note_verify(note, &bob, 1, &err));
    T_FAILS(err, HF_E_VERIFY, hf_note_verify(note, NULL, 0, &err));

    /* One wrong signature by a known key spoils the note, good ones beside it or not. */
    sign(&b, &bob, bob_seed, HF_V("something else\n"));
    T_OK(err, hf_note_parse(hf_buf_view(&b), note, &err));
    T_FAILS(err, HF_E_VERIFY, hf_note_verify(note, both, 2, &err));
    T_OK(err, hf_note_parse(hf_buf_view(&b), note, &err));
    T_OK(err, hf_note_verify(note, &ada, 1, &err));

    hf_buf_reset(&b);
    hf_buf_str(&b, "tex_\n\n");
    sign(&b, &ada, ada_seed, text);
    T_OK(err, hf_note_parse(hf_buf_view(&b), note, &err));
    T_FAILS(err, HF_E_VERIFY, hf_note_verify(note, &ada, 1, &err));

    hf_buf_reset(&b);
    hf_buf_str(&b, "text\n\n");
    for (int i = 0; i < HF_NOTE_MAX_SIGNATURES + 1; i++)
        sign(&b, &ada, ada_seed, text);
    T_FAILS(err, HF_E_DAMAGED, hf_note_parse(hf_buf_view(&b), note, &err));
    hf_buf_clear(&b);
    hf_free(note);
}

/* A witness signs "cosignature/v1\ntime T\n" and the text; T stands before its signature. */
static void test_cosignatures(void **state)
{
    static const hf_view text = { "log\n1\nroot\n", 11 };
    uint8_t seed[HF_ED25519_KEY];
    hf_vkey plain = key_named("witness", 7, seed);
    hf_vkey witness = hf_vkey_of(plain.name, HF_NOTE_COSIGNATURE, plain.key);
    hf_note *note = HF_NEW(hf_note);
    hf_err *err = NULL;
    char raw[4 + 8 + HF_ED25519_SIG] = { 0 };
    hf_buf b;

    (void)state;
    assert_int_not_equal(plain.id, witness.id);
    for (int i = 0; i < 4; i++)
        raw[i] = (char)(witness.id >> (24 - 8 * i));
    for (int i = 0; i < 8; i++)
        raw[4 + i] = (char)(UINT64_C(1679315147) >> (56 - 8 * i));
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_str(&b, "cosignature/v1\ntime 1679315147\n");
    hf_buf_add(&b, text);
    hf_ed25519_sign(seed, hf_buf_view(&b), (uint8_t *)raw + 12);
    for (int turn = 0; turn < 2; turn++) {
        hf_buf_reset(&b);
        hf_buf_add(&b, text);
        hf_buf_str(&b, "\n\xE2\x80\x94 witness ");
        hf_base64_put(&b, (hf_view){ raw, sizeof(raw) });
        hf_buf_str(&b, "\n");
        T_OK(err, hf_note_parse(hf_buf_view(&b), note, &err));
        if (turn == 0) {
            T_OK(err, hf_note_verify(note, &witness, 1, &err));
            assert_int_equal(note->sig[0].time_us, INT64_C(1679315147) * HF_SECOND_US);
        } else {
            T_FAILS(err, HF_E_VERIFY, hf_note_verify(note, &witness, 1, &err));
        }
        raw[11] ^= 1; /* another time */
    }
    hf_buf_clear(&b);
    hf_free(note);
}

static void test_vkeys(void **state)
{
    static const char good[] =
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    static const char *const bad[] = {
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k\n",
        "example com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    };
    hf_err *err = NULL;
    hf_vkey k;

    (void)state;
    T_OK(err, hf_vkey_parse(hf_view_str(good), &k, &err));
    for (size_t i = 0; i < T_COUNT(bad); i++)
        T_FAILS(err, HF_E_USAGE, hf_vkey_parse(hf_view_str(bad[i]), &k, &err));
}

static void test_checkpoints(void **state)
{
    static const char root[] = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=";
    static const struct {
        const char *head; /* before the root */
        const char *tail;
        bool is_good;
    } cases[] = {
        { "log\n0\n", "\n", true },
        { "log\n18446744073709551615\n", "\nmore\n", true },
        { "log\n18446744073709551616\n", "\n", false }, /* 2^64 */
        { "log\n01\n", "\n", false },
        { "log\n-1\n", "\n", false },
        { "log\n\n", "\n", false },
        { "\n1\n", "\n", false },
        { "log\n1\n", "", false },
        { "log\n1\nA", "\n", false },
        { "log\n1\n", "\n\n", false },
        { "log\n1\n", "\nmore", false },
    };
    hf_err *err = NULL;
    hf_checkpoint c;

    (void)state;
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        char *text = hf_sprintf("%s%s%s", cases[i].head, root, cases[i].tail);

        if (cases[i].is_good)
            T_OK(err, hf_checkpoint_parse(hf_view_str(text), &c, &err));
        else
            T_FAILS(err, HF_E_DAMAGED, hf_checkpoint_parse(hf_view_str(text), &c, &err));
        hf_free(text);
    }
}

/* --- proofs -------------------------------------------------------------------------------------
 */

/* No extra data, and extra data of no bytes: each is spelled again as it was. */
static void test_proof_extra(void **state)
{
    static const char *const texts[] = {
        "c2sp.org/tlog-proof@v1\nindex 0\n\no\n",
        "c2sp.org/tlog-proof@v1\nextra \nindex 0\n\no\n",
        "c2sp.org/tlog-proof@v1\nextra aGk=\nindex 0\n\no\n",
    };

    (void)state;
    for (size_t i = 0; i < T_COUNT(texts); i++) {
        hf_err *err = NULL;
        hf_proof p;
        hf_buf b;

        hf_buf_init(&b, HF_BUF_UNBOUNDED);
        T_OK(err, hf_proof_parse(hf_view_str(texts[i]), &p, &err));
        hf_proof_put(&b, &p);
        t_view(hf_view_str(texts[i]), hf_buf_view(&b), __FILE__, __LINE__);
        hf_buf_clear(&b);
    }
}

static void test_proof_text(void **state)
{
    uint8_t seed[HF_ED25519_KEY];
    hf_vkey key = key_named("log.example", 9, seed);
    hf_sha256 leaf[2] = { hf_tree_leaf(HF_V("zero")), hf_tree_leaf(HF_V("one")) };
    hf_checkpoint c = { .origin = key.name, .size = 2, .root = hf_tree_node(&leaf[0], &leaf[1]) };
    hf_proof p = { .index = 1, .path = { 1, { leaf[0] } }, .extra = HF_V("aGk=") }, again;
    hf_buf note, text, changed;
    hf_err *err = NULL;

    (void)state;
    hf_buf_init(&note, HF_BUF_UNBOUNDED);
    hf_buf_init(&text, HF_BUF_UNBOUNDED);
    hf_buf_init(&changed, HF_BUF_UNBOUNDED);
    hf_checkpoint_put(&note, &c);
    hf_buf_add(&text, hf_buf_view(&note));
    hf_buf_byte(&note, '\n');
    sign(&note, &key, seed, hf_buf_view(&text));
    p.checkpoint = hf_buf_view(&note);
    hf_buf_reset(&text);
    hf_proof_put(&text, &p);
    T_OK(err, hf_proof_parse(hf_buf_view(&text), &again, &err));
    hf_proof_put(&changed, &again);
    t_view(hf_buf_view(&text), hf_buf_view(&changed), __FILE__, __LINE__);
    T_OK(err, hf_proof_check(&again, HF_V("one"), &key, 1, &c, &err));
    T_FAILS(err, HF_E_VERIFY, hf_proof_check(&again, HF_V("zero"), &key, 1, &c, &err));
    T_FAILS(err, HF_E_VERIFY, hf_proof_check(&again, HF_V("one"), NULL, 0, &c, &err));

    /* No byte can be changed, and none be missing or too much at the end. */
    for (size_t i = 0; i <= text.n; i++) {
        bool is_refused;

        hf_buf_reset(&changed);
        hf_buf_add(&changed, hf_buf_view(&text));
        if (i < text.n)
            changed.p[i] ^= 4;
        else
            hf_buf_byte(&changed, '\n');
        is_refused = hf_proof_parse(hf_buf_view(&changed), &again, &err) != HF_OK ||
                     hf_proof_check(&again, HF_V("one"), &key, 1, &c, &err) != HF_OK;
        hf_err_free(err);
        err = NULL;
        /* "extra" is a hint that nothing binds. */
        assert_true(is_refused || (i >= 29 && i < 33));
    }
    for (size_t n = 0; n < text.n; n++) {
        bool is_refused =
            hf_proof_parse(hf_view_sub(hf_buf_view(&text), 0, n), &again, &err) != HF_OK ||
            hf_proof_check(&again, HF_V("one"), &key, 1, &c, &err) != HF_OK;

        assert_true(is_refused);
        hf_err_free(err);
        err = NULL;
    }
    hf_buf_clear(&note);
    hf_buf_clear(&text);
    hf_buf_clear(&changed);
}

/* --- JCS ----------------------------------------------------------------------------------------
 */

/* RFC 8785, appendix B, and the edges of the forms of a number. */
static void test_jcs_numbers(void **state)
{
    static const struct {
        uint64_t bits;
        const char *text;
    } cases[] = {
        { 0x0000000000000000, "0" },
        { 0x8000000000000000, "0" },
        { 0x0000000000000001, "5e-324" },
        { 0x8000000000000001, "-5e-324" },
        { 0x7fefffffffffffff, "1.7976931348623157e+308" },
        { 0xffefffffffffffff, "-1.7976931348623157e+308" },
        { 0x4340000000000000, "9007199254740992" },
        { 0xc340000000000000, "-9007199254740992" },
        { 0x4430000000000000, "295147905179352830000" },
        { 0x44b52d02c7e14af5, "9.999999999999997e+22" },
        { 0x44b52d02c7e14af6, "1e+23" },
        { 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
        { 0x444b1ae4d6e2ef4e, "999999999999999700000" },
        { 0x444b1ae4d6e2ef4f, "999999999999999900000" },
        { 0x444b1ae4d6e2ef50, "1e+21" },
        { 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" },
        { 0x3eb0c6f7a0b5ed8d, "0.000001" },
        { 0x41b3de4355555553, "333333333.3333332" },
        { 0x41b3de4355555554, "333333333.33333325" },
        { 0x41b3de4355555555, "333333333.3333333" },
        { 0x41b3de4355555556, "333333333.3333334" },
        { 0x41b3de4355555557, "333333333.33333343" },
        { 0xbecbf647612f3696, "-0.0000033333333333333333" },
        { 0x43143ff3c1cb0959, "1424953923781206.2" },
    };
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        double d;

        memcpy(&d, &cases[i].bits, sizeof(d));
        hf_buf_reset(&b);
        hf_jcs_number(&b, d);
        T_VIEW(cases[i].text, hf_buf_view(&b));
    }
    hf_buf_clear(&b);
}

static void test_jcs_values(void **state)
{
    static const struct {
        const char *in, *out; /* out NULL: refused */
    } cases[] = {
        { " { \"b\" : 1.0, \"a\" : [ true , null ] } ", "{\"a\":[true,null],\"b\":1}" },
        { "{\"\\u0061\":1,\"\":2}", "{\"\":2,\"a\":1}" },
        /* U+FF21 comes after U+1F600 in code units, before it in code points. */
        { "{\"\xEF\xBC\xA1\":1,\"\xF0\x9F\x98\x80\":2}",
          "{\"\xF0\x9F\x98\x80\":2,\"\xEF\xBC\xA1\":1}" },
        { "{\"ab\":1,\"a\":2,\"\xC3\xA9\":3,\"\xC3\xA8\":4}",
          "{\"a\":2,\"ab\":1,\"\xC3\xA8\":4,\"\xC3\xA9\":3}" },
        { "\"\\/\\u001f\\n\\u000B\\u00e9\"", "\"/\\u001f\\n\\u000b\xC3\xA9\"" },
        { "-0.0", "0" },
        { "1e400", NULL },
        { "{\"a\":1,\"\\u0061\":2}", NULL },
        { "\"\\ud800\"", NULL },
        { "\"\xFF\"", NULL },
        { "[1,]", NULL },
        { "", NULL },
    };
    hf_err *err = NULL;
    hf_buf b;

    (void)state;
    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < T_COUNT(cases); i++) {
        hf_buf_reset(&b);
        if (cases[i].out != NULL)
            T_OK(err, hf_jcs_put(&b, hf_view_str(cases[i].in), &err));
        else
            T_FAILS(err, HF_E_RECORD, hf_jcs_put(&b, hf_view_str(cases[i].in), &err));
        T_VIEW(cases[i].out, hf_buf_view(&b));
    }
    hf_buf_clear(&b);
}

/* --- key files ----------------------------------------------------------------------------------
 */

static void test_key_files(void **state)
{
    const char *folder = t_folder();
    char *plain = hf_sprintf("%s/new/folder/plain.pem", folder);
    char *secret = hf_sprintf("%s/secret.pem", folder);
    char *first = hf_sprintf("%s/first", folder), *junk = hf_sprintf("%s/junk.pem", folder);
    hf_passphrase from_file = { .file = first };
    hf_passphrase from_command = { .command = "echo 'correct horse'" };
    hf_passphrase wrong = { .command = "echo wrong" }, fails = { .command = "exit 3" };
    hf_passphrase empty = { .command = "echo" };
    hf_key *k = hf_key_new(), *again = NULL;
    hf_err *err = NULL;
    struct stat st;
    hf_buf pem;

    (void)state;
    t_write(folder, "first", HF_V("correct horse\nsecond line\n"));
    T_OK(err, hf_key_save(k, plain, NULL, &err));
    assert_int_equal(stat(plain, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    T_FAILS(err, HF_E_EXISTS, hf_key_save(k, plain, NULL, &err));
    T_OK(err, hf_key_load(&again, plain, NULL, &err));
    assert_memory_equal(hf_key_public(k), hf_key_public(again), HF_ED25519_KEY);
    hf_key_free(again);

    T_OK(err, hf_key_save(k, secret, &from_file, &err));
    T_OK(err, hf_key_load(&again, secret, &from_command, &err));
    assert_memory_equal(hf_key_public(k), hf_key_public(again), HF_ED25519_KEY);
    hf_key_free(again);
    T_FAILS(err, HF_E_NO_KEY, hf_key_load(&again, secret, NULL, &err));
    T_FAILS(err, HF_E_NO_KEY, hf_key_load(&again, secret, &wrong, &err));
    T_FAILS(err, HF_E_NO_KEY, hf_key_load(&again, secret, &fails, &err));
    T_FAILS(err, HF_E_NO_KEY, hf_key_load(&again, secret, &empty, &err));

    t_write(folder, "junk.pem", HF_V("-----BEGIN PRIVATE KEY-----\nAAAA\n"));
    T_FAILS(err, HF_E_NO_KEY, hf_key_load(&again, junk, NULL, &err));
    assert_null(again);

    hf_buf_init(&pem, HF_BUF_UNBOUNDED);
    hf_key_put_public(&pem, hf_key_public(k));
    assert_true(hf_view_starts(hf_buf_view(&pem), HF_V("-----BEGIN PUBLIC KEY-----\n")));
    hf_buf_clear(&pem);
    hf_key_free(k);
    hf_free(plain);
    hf_free(secret);
    hf_free(first);
    hf_free(junk);
}

static void test_key_not_in_vault(void **state)
{
    const char *folder = t_folder();
    char *vault = hf_sprintf("%s/v.vault", folder), *link = hf_sprintf("%s/link", folder);
    static const char *const inside[] = { "v.vault/key.pem", "v.vault/a/b/key.pem", "link/key.pem",
                                          "v.vault/../v.vault/key.pem" };
    hf_key *k = hf_key_new();
    hf_err *err = NULL;

    (void)state;
    T_OK(err, hf_vault_init(vault, HF_VAULT_NETWORK_FS, &err));
    assert_int_equal(symlink("v.vault", link), 0);
    for (size_t i = 0; i < T_COUNT(inside); i++) {
        char *path = hf_sprintf("%s/%s", folder, inside[i]);

        T_FAILS(err, HF_E_REFUSED, hf_key_save(k, path, NULL, &err));
        assert_int_not_equal(access(path, F_OK), 0);
        hf_free(path);
    }
    hf_key_free(k);
    hf_free(vault);
    hf_free(link);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_note_forms),       cmocka_unit_test(test_note_signatures),
        cmocka_unit_test(test_cosignatures),     cmocka_unit_test(test_vkeys),
        cmocka_unit_test(test_checkpoints),      cmocka_unit_test(test_proof_extra),
        cmocka_unit_test(test_proof_text),       cmocka_unit_test(test_jcs_numbers),
        cmocka_unit_test(test_jcs_values),       cmocka_unit_test(test_key_files),
        cmocka_unit_test(test_key_not_in_vault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
