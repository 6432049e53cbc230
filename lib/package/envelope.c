/* package/envelope.c: see envelope.h. OpenSSL 3.0. */
#include "package/envelope.h"

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "util/file.h"

enum { MAX_PEM = 1 << 20 };

/* --- what OpenSSL says --------------------------------------------------------------------------
 */

static hf_status fail_openssl(hf_err **err, hf_status code, const char *what)
{
    unsigned long last = ERR_peek_last_error();
    const char *reason = last == 0 ? NULL : ERR_reason_error_string(last);

    ERR_clear_error();
    return hf_fail(err, code, "%s%s%s", what, reason == NULL ? "" : ": ",
                   reason == NULL ? "" : reason);
}

/* --- recipients ---------------------------------------------------------------------------------
 */

struct hf_recipients {
    X509 **cert;
    size_t n;
};

static hf_status check_cert(X509 *cert, hf_err **err)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    int kind = key == NULL ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key);

    if (X509_cmp_current_time(X509_get0_notAfter(cert)) < 0)
        return hf_fail(err, HF_E_NO_KEY, "the time of the certificate is over");
    if (X509_cmp_current_time(X509_get0_notBefore(cert)) > 0)
        return hf_fail(err, HF_E_NO_KEY, "the time of the certificate has not come");
    if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_EC)
        return HF_OK;
    hf_fail(err, HF_E_NO_KEY, "nothing can be encrypted to the key of the certificate");
    return hf_hint(err, "use one with an RSA or EC key");
}

static hf_status load_certs(hf_recipients *r, const char *path, hf_err **err)
{
    hf_buf text;
    BIO *in = NULL;
    X509 *cert;
    size_t before = r->n;
    hf_status rc;

    hf_buf_init(&text, MAX_PEM);
    rc = hf_file_read(path, MAX_PEM, &text, err);
    if (rc == HF_OK)
        in = BIO_new_mem_buf(text.p, (int)text.n);
    while (in != NULL && rc == HF_OK && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
        r->cert = hf_realloc(r->cert, r->n + 1, sizeof(X509 *));
        r->cert[r->n++] = cert;
        rc = check_cert(cert, err);
    }
    ERR_clear_error(); /* the end of the file is one */
    BIO_free(in);
    hf_buf_clear(&text);
    if (rc == HF_OK && r->n == before) {
        hf_fail(err, HF_E_NO_KEY, "the file holds no certificate (PEM)");
        rc = hf_hint(err, "`openssl x509 -in CERT -inform DER` makes PEM of DER");
    }
    return rc == HF_OK ? rc : hf_err_at(err, path, HF_V(""), HF_NO_OFFSET);
}

hf_status hf_recipients_load(hf_recipients **out, const char *const *paths, size_t n, hf_err **err)
{
    hf_recipients *r = HF_NEW(hf_recipients);
    hf_status rc = HF_OK;

    for (size_t i = 0; i < n && rc == HF_OK; i++)
        rc = load_certs(r, paths[i], err);
    if (rc != HF_OK) {
        hf_recipients_free(r);
        return rc;
    }
    *out = r;
    return HF_OK;
}

void hf_recipients_free(hf_recipients *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++)
        X509_free(r->cert[i]);
    hf_free(r->cert);
    hf_free(r);
}

size_t hf_recipients_count(const hf_recipients *r)
{
    return r->n;
}

hf_sha256 hf_recipients_digest(const hf_recipients *r, size_t i)
{
    hf_sha256 out = { { 0 } };
    unsigned int n = sizeof(out.b);

    X509_digest(r->cert[i], EVP_sha256(), out.b, &n);
    return out;
}

/* --- pipes of ours for OpenSSL ------------------------------------------------------------------
 */

typedef struct pipe_end {
    hf_envelope_read *read;
    hf_envelope_write *write;
    void *self;
    hf_status rc; /* the first failure of ours */
    hf_err *why;
} pipe_end;

static int pipe_read(BIO *b, char *to, size_t n, size_t *got)
{
    pipe_end *p = BIO_get_data(b);

    *got = 0;
    if (p->rc == HF_OK)
        p->rc = p->read(p->self, to, n, got, &p->why);
    return p->rc == HF_OK && *got > 0;
}

static int pipe_write(BIO *b, const char *bytes, size_t n, size_t *put)
{
    pipe_end *p = BIO_get_data(b);

    *put = 0;
    if (p->rc == HF_OK)
        p->rc = p->write(p->self, (hf_view){ bytes, n }, &p->why);
    if (p->rc != HF_OK)
        return 0;
    *put = n;
    return 1;
}

static long pipe_ctrl(BIO *b, int what, long number, void *pointer)
{
    (void)b;
    (void)number;
    (void)pointer;
    return what == BIO_CTRL_FLUSH || what == BIO_CTRL_PUSH || what == BIO_CTRL_POP;
}

static BIO_METHOD *pipe_method(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "holdfast");

    if (m == NULL)
        return NULL;
    BIO_meth_set_read_ex(m, pipe_read);
    BIO_meth_set_write_ex(m, pipe_write);
    BIO_meth_set_ctrl(m, pipe_ctrl);
    return m;
}

typedef struct pipes {
    BIO_METHOD *method;
    BIO *in, *out;
    pipe_end from, to;
} pipes;

static hf_status pipes_open(pipes *p, hf_envelope_read *read, void *read_self,
                            hf_envelope_write *write, void *write_self, hf_err **err)
{
    *p = (pipes){ .from = { .read = read, .self = read_self },
                  .to = { .write = write, .self = write_self } };
    p->method = pipe_method();
    p->in = p->method == NULL ? NULL : BIO_new(p->method);
    p->out = p->in == NULL ? NULL : BIO_new(p->method);
    if (p->out == NULL)
        return fail_openssl(err, HF_E_INTERNAL, "OpenSSL does not start");
    BIO_set_data(p->in, &p->from);
    BIO_set_data(p->out, &p->to);
    BIO_set_init(p->in, 1);
    BIO_set_init(p->out, 1);
    return HF_OK;
}

/* What it came to: a failure of ours first, it is the reason of OpenSSL's. */
static hf_status pipes_close(pipes *p, hf_status rc, hf_err **err)
{
    pipe_end *end = p->from.rc != HF_OK ? &p->from : &p->to;

    BIO_free(p->in);
    BIO_free(p->out);
    BIO_meth_free(p->method);
    if (end->rc != HF_OK) {
        rc = end->rc;
        if (err != NULL) {
            hf_err_free(*err);
            *err = end->why;
            end->why = NULL;
        }
    }
    hf_err_free(p->from.why);
    hf_err_free(p->to.why);
    ERR_clear_error();
    return rc;
}

/* --- sealing ------------------------------------------------------------------------------------
 */

enum { STREAM = CMS_BINARY | CMS_STREAM | CMS_PARTIAL };

static bool add_recipient(CMS_ContentInfo *cms, X509 *cert)
{
    CMS_RecipientInfo *ri = CMS_add1_recipient_cert(cms, cert, CMS_KEY_PARAM);
    EVP_PKEY_CTX *ctx = ri == NULL ? NULL : CMS_RecipientInfo_get0_pkey_ctx(ri);

    if (ctx == NULL)
        return false;
    if (EVP_PKEY_get_base_id(X509_get0_pubkey(cert)) == EVP_PKEY_RSA)
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
               EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) > 0;
    return EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) > 0;
}

hf_status hf_envelope_seal(const hf_recipients *r, hf_envelope_read *read, void *read_self,
                           hf_envelope_write *write, void *write_self, hf_err **err)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    CMS_ContentInfo *cms = cipher == NULL ? NULL : CMS_encrypt(NULL, NULL, cipher, STREAM);
    pipes p;
    hf_status rc = pipes_open(&p, read, read_self, write, write_self, err);

    if (rc == HF_OK && cms == NULL)
        rc = fail_openssl(err, HF_E_INTERNAL, "OpenSSL does not encrypt");
    for (size_t i = 0; i < r->n && rc == HF_OK; i++)
        if (!add_recipient(cms, r->cert[i]))
            rc = fail_openssl(err, HF_E_NO_KEY, "nothing can be encrypted to a certificate");
    if (rc == HF_OK && (i2d_CMS_bio_stream(p.out, cms, p.in, STREAM) != 1 || p.from.rc != HF_OK ||
                        p.to.rc != HF_OK))
        rc = fail_openssl(err, HF_E_INTERNAL, "OpenSSL does not encrypt");
    CMS_ContentInfo_free(cms);
    EVP_CIPHER_free(cipher);
    return pipes_close(&p, rc, err);
}

/* --- opening ------------------------------------------------------------------------------------
 */

struct hf_opener {
    EVP_PKEY *key;
    X509 *cert;
};

static int give_passphrase(char *to, int max, int writing, void *self)
{
    const hf_view *passphrase = self;
    int n = passphrase->n < (size_t)max ? (int)passphrase->n : max;

    (void)writing;
    if (n > 0)
        memcpy(to, passphrase->p, (size_t)n);
    return n;
}

hf_status hf_opener_load(hf_opener **out, const char *key_path, const char *cert_path,
                         hf_view passphrase, hf_err **err)
{
    hf_opener *o = HF_NEW(hf_opener);
    const char *paths[] = { key_path, cert_path };
    hf_status rc = HF_OK;

    for (size_t i = 0; i < 2 && rc == HF_OK; i++) {
        hf_buf text;
        BIO *in;

        hf_buf_init(&text, MAX_PEM);
        rc = hf_file_read(paths[i], MAX_PEM, &text, err);
        in = rc == HF_OK ? BIO_new_mem_buf(text.p, (int)text.n) : NULL;
        if (in != NULL && i == 0)
            o->key = PEM_read_bio_PrivateKey(in, NULL, give_passphrase, &passphrase);
        else if (in != NULL)
            o->cert = PEM_read_bio_X509(in, NULL, NULL, NULL);
        if (rc == HF_OK && (i == 0 ? o->key == NULL : o->cert == NULL))
            rc = fail_openssl(err, HF_E_NO_KEY,
                              i == 0 ? "cannot read the private key" : "cannot read a certificate");
        BIO_free(in);
        hf_buf_wipe(&text);
        if (rc != HF_OK)
            hf_err_at(err, paths[i], HF_V(""), HF_NO_OFFSET);
    }
    if (rc != HF_OK) {
        hf_opener_free(o);
        return rc;
    }
    *out = o;
    return HF_OK;
}

void hf_opener_free(hf_opener *o)
{
    if (o == NULL)
        return;
    EVP_PKEY_free(o->key);
    X509_free(o->cert);
    hf_free(o);
}

/* Only this form has a tag that a changed byte breaks. */
static bool is_authenticated(const CMS_ContentInfo *cms)
{
    return OBJ_obj2nid(CMS_get0_type(cms)) == NID_id_smime_ct_authEnvelopedData;
}

hf_status hf_envelope_open(const hf_opener *o, hf_envelope_read *read, void *read_self,
                           hf_envelope_write *write, void *write_self, hf_err **err)
{
    CMS_ContentInfo *cms = NULL;
    pipes p;
    hf_status rc = pipes_open(&p, read, read_self, write, write_self, err);

    if (rc == HF_OK)
        cms = d2i_CMS_bio(p.in, NULL);
    if (rc == HF_OK && (cms == NULL || !is_authenticated(cms)))
        rc = fail_openssl(err, HF_E_DAMAGED, "this is no authenticated CMS envelope");
    if (rc == HF_OK && CMS_decrypt_set1_pkey(cms, o->key, o->cert) != 1)
        rc = fail_openssl(err, HF_E_NO_KEY, "this key does not open it");
    if (rc == HF_OK && CMS_decrypt(cms, NULL, NULL, NULL, p.out, CMS_BINARY) != 1)
        rc = fail_openssl(err, HF_E_VERIFY, "it was changed after it was encrypted");
    CMS_ContentInfo_free(cms);
    return pipes_close(&p, rc, err);
}
