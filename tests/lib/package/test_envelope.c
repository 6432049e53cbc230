/* tests/lib/package/test_envelope.c: sealing and opening, here and with the openssl program. */
#include "support.h"

#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "package/envelope.h"

static int run(const char *const *argv)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0) {
        int null = open("/dev/null", O_RDWR);

        dup2(null, 1);
        dup2(null, 2);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    assert_int_equal(child, waitpid(child, &status, 0));
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A key and its certificate in dir; days < 0 gives one whose time is over. */
static void make_cert(const char *dir, const char *name, const char *algorithm, const char *option)
{
    char *key = hf_sprintf("%s/%s.key", dir, name), *cert = hf_sprintf("%s/%s.pem", dir, name);
    const char *const make[] = { "openssl",
                                 "genpkey",
                                 "-algorithm",
                                 algorithm,
                                 "-out",
                                 key,
                                 option == NULL ? NULL : "-pkeyopt",
                                 option,
                                 NULL };
    const char *const sign[] = { "openssl",    "req",   "-new", "-x509", "-key", key, "-subj",
                                 "/CN=reader", "-days", "2",    "-out",  cert,   NULL };

    assert_int_equal(0, run(make));
    assert_int_equal(0, run(sign));
    hf_free(key);
    hf_free(cert);
}

typedef struct bytes {
    hf_view in;
    size_t at;
    hf_buf out;
    hf_status fails;
} bytes;

static hf_status take(void *self, void *to, size_t n, size_t *got, hf_err **err)
{
    bytes *b = self;
    hf_view part = hf_view_sub(b->in, b->at, n < 1000 ? n : 1000);

    if (b->fails == HF_E_INTERRUPTED)
        return hf_fail(err, b->fails, "stop");
    memcpy(to, part.p, part.n);
    b->at += part.n;
    *got = part.n;
    return HF_OK;
}

static hf_status give(void *self, hf_view v, hf_err **err)
{
    bytes *b = self;

    if (b->fails == HF_E_NO_SPACE)
        return hf_fail(err, b->fails, "full");
    hf_buf_add(&b->out, v);
    return HF_OK;
}

static char clear_text[300000];

typedef struct keys {
    const char *dir;
    hf_recipients *to;
    hf_opener *opener[2], *stranger;
} keys;

static keys load(void)
{
    keys k = { .dir = t_folder() };
    const char *const names[] = { "rsa", "ec", "other" };
    char *cert[3], *key[3];
    hf_err *err = NULL;

    make_cert(k.dir, "rsa", "RSA", "rsa_keygen_bits:2048");
    make_cert(k.dir, "ec", "EC", "ec_paramgen_curve:P-256");
    make_cert(k.dir, "other", "RSA", "rsa_keygen_bits:2048");
    for (size_t i = 0; i < 3; i++) {
        cert[i] = hf_sprintf("%s/%s.pem", k.dir, names[i]);
        key[i] = hf_sprintf("%s/%s.key", k.dir, names[i]);
    }
    T_OK(err, hf_recipients_load(&k.to, (const char *const *)cert, 2, &err));
    assert_int_equal(2, hf_recipients_count(k.to));
    T_OK(err, hf_opener_load(&k.opener[0], key[0], cert[0], HF_V(""), &err));
    T_OK(err, hf_opener_load(&k.opener[1], key[1], cert[1], HF_V(""), &err));
    T_OK(err, hf_opener_load(&k.stranger, key[2], cert[2], HF_V(""), &err));
    for (size_t i = 0; i < 3; i++) {
        hf_free(cert[i]);
        hf_free(key[i]);
    }
    for (size_t i = 0; i < sizeof(clear_text); i++)
        clear_text[i] = (char)(i * 2654435761u >> 11);
    return k;
}

static void drop(keys *k)
{
    hf_recipients_free(k->to);
    hf_opener_free(k->opener[0]);
    hf_opener_free(k->opener[1]);
    hf_opener_free(k->stranger);
}

static hf_buf seal(const keys *k, hf_view what)
{
    bytes b = { .in = what };
    hf_err *err = NULL;

    hf_buf_init(&b.out, HF_BUF_UNBOUNDED);
    T_OK(err, hf_envelope_seal(k->to, take, &b, give, &b, &err));
    return b.out;
}

static hf_status open_it(const hf_opener *o, hf_view sealed, hf_buf *out, hf_err **err)
{
    bytes b = { .in = sealed };
    hf_status rc;

    hf_buf_init(&b.out, HF_BUF_UNBOUNDED);
    rc = hf_envelope_open(o, take, &b, give, &b, err);
    *out = b.out;
    return rc;
}

static void there_and_back(void **state)
{
    const size_t sizes[] = { 1, 1024, 100001, sizeof(clear_text) };
    keys k = load();
    hf_err *err = NULL;

    (void)state;
    for (size_t i = 0; i < T_COUNT(sizes); i++) {
        hf_view what = { clear_text, sizes[i] };
        hf_buf sealed = seal(&k, what), clear;

        assert_true(sealed.n < sizes[i] + sizes[i] / 100 + 4096);
        for (size_t o = 0; o < 2; o++) {
            T_OK(err, open_it(k.opener[o], hf_buf_view(&sealed), &clear, &err));
            assert_true(hf_view_eq(what, hf_buf_view(&clear)));
            hf_buf_clear(&clear);
        }
        T_FAILS(err, HF_E_NO_KEY, open_it(k.stranger, hf_buf_view(&sealed), &clear, &err));
        hf_buf_clear(&clear);
        hf_buf_clear(&sealed);
    }
    drop(&k);
}

/* One bit anywhere: an error, whatever its reason. */
static void any_bit(void **state)
{
    keys k = load();
    hf_buf sealed = seal(&k, (hf_view){ clear_text, 500 });
    size_t accepted = 0, verified = 0;

    (void)state;
    for (size_t i = 0; i < sealed.n; i++) {
        hf_err *err = NULL;
        hf_buf clear;
        hf_status rc;

        sealed.p[i] = (char)(sealed.p[i] ^ (1 << (i % 8)));
        rc = open_it(k.opener[0], hf_buf_view(&sealed), &clear, &err);
        sealed.p[i] = (char)(sealed.p[i] ^ (1 << (i % 8)));
        /* What is not covered: the recipient that is not used here, and tags of the encoding. */
        if (rc == HF_OK) {
            accepted++;
            assert_true(hf_view_eq((hf_view){ clear_text, 500 }, hf_buf_view(&clear)));
        }
        verified += rc == HF_E_VERIFY;
        hf_err_free(err);
        hf_buf_clear(&clear);
    }
    assert_true(verified > 500); /* every byte of the content, at least */
    assert_true(accepted < 500);
    hf_buf_clear(&sealed);
    drop(&k);
}

static void cut_or_foreign(void **state)
{
    keys k = load();
    hf_buf sealed = seal(&k, (hf_view){ clear_text, 5000 }), clear;
    hf_err *err = NULL;

    (void)state;
    for (size_t n = 0; n < sealed.n; n += 97) {
        T_FAILS(err, HF_E_DAMAGED,
                open_it(k.opener[0], hf_view_sub(hf_buf_view(&sealed), 0, n), &clear, &err));
        hf_buf_clear(&clear);
    }
    hf_buf_clear(&sealed);
    drop(&k);
}

/* AES-CBC has no tag: a changed byte would open as other bytes. */
static void without_a_tag(void **state)
{
    keys k = load();
    char *cert = hf_sprintf("%s/rsa.pem", k.dir), *in = hf_sprintf("%s/in", k.dir);
    char *out = hf_sprintf("%s/cbc", k.dir);
    const char *const argv[] = { "openssl",  "cms", "-encrypt", "-binary", "-aes-256-cbc",
                                 "-outform", "DER", "-in",      in,        "-out",
                                 out,        cert,  NULL };
    hf_err *err = NULL;
    hf_buf clear;
    hf_view sealed;

    (void)state;
    t_write(k.dir, "in", HF_V("hello"));
    assert_int_equal(0, run(argv));
    sealed = t_read(out);
    T_FAILS(err, HF_E_DAMAGED, open_it(k.opener[0], sealed, &clear, &err));
    hf_buf_clear(&clear);
    hf_free((void *)(uintptr_t)sealed.p);
    hf_free(cert);
    hf_free(in);
    hf_free(out);
    drop(&k);
}

static void with_openssl(void **state)
{
    const char *const names[] = { "rsa", "ec" };
    keys k = load();
    hf_buf sealed = seal(&k, (hf_view){ clear_text, sizeof(clear_text) });
    char *in = hf_sprintf("%s/sealed.cms", k.dir), *out = hf_sprintf("%s/clear", k.dir);

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *key = hf_sprintf("%s/%s.key", k.dir, names[i]);
        char *cert = hf_sprintf("%s/%s.pem", k.dir, names[i]);
        const char *const argv[] = { "openssl", "cms", "-decrypt", "-inform", "DER",
                                     "-binary", "-in", in,         "-inkey",  key,
                                     "-recip",  cert,  "-out",     out,       NULL };
        hf_view clear;

        t_write(k.dir, "sealed.cms", hf_buf_view(&sealed));
        assert_int_equal(0, run(argv));
        clear = t_read(out);
        assert_true(hf_view_eq(clear, (hf_view){ clear_text, sizeof(clear_text) }));
        hf_free((void *)(uintptr_t)clear.p);
        sealed.p[sealed.n / 2] ^= 1;
        t_write(k.dir, "sealed.cms", hf_buf_view(&sealed));
        sealed.p[sealed.n / 2] ^= 1;
        assert_int_not_equal(0, run(argv));
        hf_free(key);
        hf_free(cert);
    }
    hf_buf_clear(&sealed);
    hf_free(in);
    hf_free(out);
    drop(&k);
}

static void our_failures_come_through(void **state)
{
    static const hf_status fails[] = { HF_E_INTERRUPTED, HF_E_NO_SPACE };
    keys k = load();
    hf_err *err = NULL;

    (void)state;
    for (size_t i = 0; i < T_COUNT(fails); i++) {
        bytes b = { .in = { clear_text, 5000 }, .fails = fails[i] };

        hf_buf_init(&b.out, HF_BUF_UNBOUNDED);
        T_FAILS(err, fails[i], hf_envelope_seal(k.to, take, &b, give, &b, &err));
        hf_buf_clear(&b.out);
    }
    drop(&k);
}

/* A certificate that was, or will be, good: OpenSSL 3.0 makes none on its command line. */
static void shift_time(const char *path, long begins, long ends)
{
    hf_view text = t_read(path);
    BIO *in = BIO_new_mem_buf(text.p, (int)text.n), *out = BIO_new_file(path, "w");
    X509 *cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
    ASN1_TIME *first, *last;

    assert_non_null(cert);
    first = X509_gmtime_adj(NULL, begins);
    last = X509_gmtime_adj(NULL, ends);
    X509_set1_notBefore(cert, first);
    X509_set1_notAfter(cert, last);
    assert_true(i2d_re_X509_tbs(cert, NULL) > 0); /* drops the encoding that it was read from */
    assert_int_equal(1, PEM_write_bio_X509(out, cert));
    ASN1_TIME_free(first);
    ASN1_TIME_free(last);
    X509_free(cert);
    BIO_free(in);
    BIO_free(out);
    hf_free((void *)(uintptr_t)text.p);
}

static void bad_certificates(void **state)
{
    const char *dir = t_folder();
    char *path = hf_sprintf("%s/ed.pem", dir), *key = hf_sprintf("%s/ed.key", dir);
    hf_recipients *r = NULL;
    hf_opener *o = NULL;
    hf_err *err = NULL;
    const char *one[1];

    (void)state;
    make_cert(dir, "ed", "ED25519", NULL);
    one[0] = path;
    T_FAILS(err, HF_E_NO_KEY, hf_recipients_load(&r, one, 1, &err));
    one[0] = key;
    T_FAILS(err, HF_E_NO_KEY, hf_recipients_load(&r, one, 1, &err));
    T_FAILS(err, HF_E_NO_KEY, hf_opener_load(&o, path, path, HF_V(""), &err));
    one[0] = "/no/such/file";
    assert_int_not_equal(HF_OK, hf_recipients_load(&r, one, 1, &err));
    hf_err_free(err);
    err = NULL;
    hf_free(path);
    hf_free(key);
    make_cert(dir, "old", "EC", "ec_paramgen_curve:P-256");
    path = hf_sprintf("%s/old.pem", dir);
    one[0] = path;
    T_OK(err, hf_recipients_load(&r, one, 1, &err));
    hf_recipients_free(r);
    shift_time(path, -7200, -3600);
    T_FAILS(err, HF_E_NO_KEY, hf_recipients_load(&r, one, 1, &err));
    shift_time(path, 3600, 7200);
    T_FAILS(err, HF_E_NO_KEY, hf_recipients_load(&r, one, 1, &err));
    hf_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),   cmocka_unit_test(any_bit),
        cmocka_unit_test(cut_or_foreign),   cmocka_unit_test(without_a_tag),
        cmocka_unit_test(with_openssl),     cmocka_unit_test(our_failures_come_through),
        cmocka_unit_test(bad_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
