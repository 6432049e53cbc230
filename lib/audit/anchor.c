/* audit/anchor.c: see anchor.h. */
#include "audit/anchor.h"

#include "audit/log_priv.h"

#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

/* --- asking -------------------------------------------------------------------------------------
 */

static ASN1_INTEGER *make_nonce(void)
{
    ASN1_INTEGER *nonce = ASN1_INTEGER_new();
    uint64_t n = 0;

    if (RAND_bytes((unsigned char *)&n, (int)sizeof(n)) != 1 ||
        ASN1_INTEGER_set_uint64(nonce, n >> 1) != 1) {
        ASN1_INTEGER_free(nonce);
        return NULL;
    }
    return nonce;
}

static bool fill_query(TS_REQ *q, hf_view data)
{
    hf_sha256 digest = hf_sha256_of(data);
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algorithm = X509_ALGOR_new();
    ASN1_INTEGER *nonce = make_nonce();
    bool ok = nonce != NULL && TS_REQ_set_version(q, 1) == 1 &&
              X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) == 1 &&
              TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
              TS_MSG_IMPRINT_set_msg(imprint, digest.b, (int)sizeof(digest.b)) == 1 &&
              TS_REQ_set_msg_imprint(q, imprint) == 1 && TS_REQ_set_nonce(q, nonce) == 1 &&
              TS_REQ_set_cert_req(q, 1) == 1;

    ASN1_INTEGER_free(nonce);
    X509_ALGOR_free(algorithm);
    TS_MSG_IMPRINT_free(imprint);
    return ok;
}

hf_status hf_stamp_ask(hf_view data, hf_buf *query, hf_err **err)
{
    TS_REQ *q = TS_REQ_new();
    unsigned char *der = NULL;
    int n = fill_query(q, data) ? i2d_TS_REQ(q, &der) : -1;

    if (n > 0)
        hf_buf_add(query, (hf_view){ (const char *)der, (size_t)n });
    OPENSSL_free(der);
    TS_REQ_free(q);
    return n > 0 ? HF_OK : hf_fail(err, HF_E_INTERNAL, "OpenSSL cannot make the request");
}

/* --- checking -----------------------------------------------------------------------------------
 */

/* The reason that OpenSSL noted last. */
static hf_status refused(const char *what, hf_err **err)
{
    const char *data = NULL;
    int flags = 0;
    unsigned long code = ERR_peek_last_error_all(NULL, NULL, NULL, &data, &flags);
    const char *reason = ERR_reason_error_string(code);

    hf_fail(err, HF_E_VERIFY, "%s: %s%s%s", what, reason == NULL ? "no reason given" : reason,
            (flags & ERR_TXT_STRING) != 0 && data != NULL && data[0] != '\0' ? ": " : "",
            (flags & ERR_TXT_STRING) != 0 && data != NULL ? data : "");
    ERR_clear_error();
    return HF_E_VERIFY;
}

static bool take_time(TS_TST_INFO *info, int64_t *us)
{
    struct tm tm;
    hf_civil c;

    if (info == NULL || ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1)
        return false;
    c = (hf_civil){ .year = tm.tm_year + 1900,
                    .month = tm.tm_mon + 1,
                    .day = tm.tm_mday,
                    .hour = tm.tm_hour,
                    .minute = tm.tm_min,
                    .second = tm.tm_sec };
    *us = hf_civil_to_us(&c);
    return true;
}

/* Who signed it: the certificate inside, or nothing when it has none. */
static void take_name(TS_RESP *r, hf_buf *who)
{
    STACK_OF(X509) *signers = PKCS7_get0_signers(TS_RESP_get_token(r), NULL, 0);
    BIO *bio = BIO_new(BIO_s_mem());
    char *p = NULL;
    long n;

    if (signers != NULL && sk_X509_num(signers) > 0)
        X509_NAME_print_ex(bio, X509_get_subject_name(sk_X509_value(signers, 0)), 0,
                           XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
    n = BIO_get_mem_data(bio, &p);
    hf_buf_add(who, (hf_view){ p, (size_t)n });
    BIO_free(bio);
    sk_X509_free(signers);
    ERR_clear_error();
}

/* The roots, with the clock set to the stamp's moment: its certificate may be over by now. */
static X509_STORE *open_store(const char *ca_file, int64_t time_us, hf_err **err)
{
    X509_STORE *store = X509_STORE_new();
    X509_VERIFY_PARAM *p = X509_STORE_get0_param(store);

    if (X509_STORE_load_file(store, ca_file) != 1) {
        X509_STORE_free(store);
        ERR_clear_error();
        hf_fail(err, HF_E_USAGE, "no certificates in PEM can be read there");
        hf_err_at(err, ca_file, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
        return NULL;
    }
    X509_VERIFY_PARAM_set_time(p, (time_t)(time_us / HF_SECOND_US));
    return store;
}

/* Of a digest that collides, one stamp would do for two heads. */
static bool has_strong_digest(TS_REQ *q)
{
    const ASN1_OBJECT *algorithm = NULL;
    TS_MSG_IMPRINT *imprint = TS_REQ_get_msg_imprint(q);
    int nid;

    if (imprint == NULL)
        return false;
    X509_ALGOR_get0(&algorithm, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    nid = OBJ_obj2nid(algorithm);
    return nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512;
}

static hf_status verify(TS_RESP *r, TS_REQ *q, hf_view data, const char *ca_file, int64_t time_us,
                        hf_err **err)
{
    TS_VERIFY_CTX *c = TS_REQ_to_TS_VERIFY_CTX(q, NULL);
    hf_status rc = HF_OK;

    if (c == NULL)
        return hf_fail(err, HF_E_DAMAGED, "the request of the stamp has no digest");
    /* The digest is made of the data here, not taken from the request. */
    TS_VERIFY_CTX_set_data(c, BIO_new_mem_buf(data.p, (int)data.n));
    TS_VERIFY_CTX_add_flags(c, TS_VFY_DATA | TS_VFY_VERSION);
    if (ca_file != NULL) {
        X509_STORE *store = open_store(ca_file, time_us, err);

        if (store == NULL) {
            TS_VERIFY_CTX_free(c);
            return HF_E_USAGE;
        }
        TS_VERIFY_CTX_set_store(c, store);
        TS_VERIFY_CTX_add_flags(c, TS_VFY_SIGNATURE);
    }
    if (TS_RESP_verify_response(c, r) != 1)
        rc = refused("the stamp does not hold", err);
    TS_VERIFY_CTX_free(c);
    return rc;
}

hf_status hf_stamp_check(hf_view data, hf_view query, hf_view reply, const char *ca_file,
                         int64_t *time_us, hf_buf *who, hf_err **err)
{
    const unsigned char *p = (const unsigned char *)reply.p;
    const unsigned char *pq = (const unsigned char *)query.p;
    TS_RESP *r = d2i_TS_RESP(NULL, &p, (long)reply.n);
    TS_REQ *q = d2i_TS_REQ(NULL, &pq, (long)query.n);
    int64_t us = HF_NO_TIME;
    hf_status rc = HF_OK;

    ERR_clear_error();
    if (r == NULL || p != (const unsigned char *)reply.p + reply.n)
        rc = hf_fail(err, HF_E_DAMAGED, "this is no reply of a time stamp authority (RFC 3161)");
    else if (q == NULL)
        rc = hf_fail(err, HF_E_DAMAGED, "this is no request for a time stamp (RFC 3161)");
    else if (!has_strong_digest(q))
        rc = hf_fail(err, HF_E_VERIFY, "the stamp is of a digest that is not relied on here");
    else if (!take_time(TS_RESP_get_tst_info(r), &us))
        rc = hf_fail(err, HF_E_VERIFY, "the authority refused to stamp");
    if (rc == HF_OK)
        rc = verify(r, q, data, ca_file, us, err);
    if (rc == HF_OK) {
        *time_us = us;
        if (who != NULL)
            take_name(r, who);
    }
    TS_RESP_free(r);
    TS_REQ_free(q);
    return rc;
}

/* --- in the log ---------------------------------------------------------------------------------
 */

static hf_status keep_query(hf_log *log, uint64_t size, hf_view checkpoint, hf_view query,
                            hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        log->db, "INSERT INTO audit_anchor(size, checkpoint, query) VALUES(?1, ?2, ?3)", &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, (int64_t)size);
        hf_stmt_bind_text(st, 2, checkpoint);
        hf_stmt_bind_blob(st, 3, query);
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    return rc;
}

hf_status hf_log_ask_anchor(hf_log *log, const hf_key *key, const char *run, hf_buf *query,
                            hf_err **err)
{
    hf_buf checkpoint, own;
    hf_log_head head;
    hf_checkpoint c;
    hf_status rc = HF_OK;

    hf_buf_init(&checkpoint, HF_BUF_UNBOUNDED);
    hf_buf_init(&own, HF_BUF_UNBOUNDED);
    if (key != NULL) {
        rc = hf_log_checkpoint(log, key, run, &checkpoint, err);
    } else {
        rc = hf_log_get_head(log, &head, err);
        if (rc == HF_OK)
            hf_log_put_head(log, &head, &checkpoint);
    }
    if (rc == HF_OK)
        rc = hf_checkpoint_read(hf_buf_view(&checkpoint), &c, err);
    if (rc == HF_OK)
        rc = hf_stamp_ask(hf_buf_view(&checkpoint), &own, err);
    if (rc == HF_OK)
        rc = keep_query(log, c.size, hf_buf_view(&checkpoint), hf_buf_view(&own), err);
    if (rc == HF_OK)
        hf_buf_add(query, hf_buf_view(&own));
    hf_buf_clear(&own);
    hf_buf_clear(&checkpoint);
    return rc;
}

hf_status hf_log_anchors(hf_log *log, bool (*each)(void *self, const hf_log_anchor *anchor),
                         void *self, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = HF_END;

    if (log->has_tables)
        rc = hf_db_prepare(log->db,
                           "SELECT size, checkpoint, query, reply FROM audit_anchor ORDER BY id",
                           &st, err);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_log_anchor a = { .head = { .size = (uint64_t)hf_stmt_col_i64(st, 0) },
                            .checkpoint = hf_stmt_col_text(st, 1),
                            .query = hf_stmt_col_blob(st, 2),
                            .reply = hf_stmt_col_blob(st, 3) };
        hf_checkpoint c;

        /* What was stamped says which head it is, not the row. */
        rc = hf_checkpoint_read(a.checkpoint, &c, err);
        if (rc == HF_OK) {
            a.head = (hf_log_head){ c.size, c.root };
            rc = each(self, &a) ? HF_OK : HF_END;
        }
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}

typedef struct search {
    hf_view reply;
    hf_buf checkpoint, query;
    hf_log_head head;
    bool is_found;
} search;

/* The nonce is the request's own: only its reply answers it. */
static bool try_one(void *self, const hf_log_anchor *a)
{
    search *s = self;
    int64_t us;

    if (hf_stamp_check(a->checkpoint, a->query, s->reply, NULL, &us, NULL, NULL) != HF_OK)
        return true;
    hf_buf_add(&s->checkpoint, a->checkpoint);
    hf_buf_add(&s->query, a->query);
    s->head = a->head;
    s->is_found = true;
    return false;
}

static hf_status keep_reply(hf_log *log, const search *s, int64_t time_us, const char *run,
                            hf_err **err)
{
    hf_sha256 digest = hf_sha256_of(s->reply);
    char hex[65];
    const hf_log_count size = { "size", s->head.size };
    const hf_act act = { .action = "audit.anchor-reply",
                         .run = run,
                         .object_kind = "stamp",
                         .object_id = hex,
                         .counts = &size,
                         .ncounts = 1,
                         .outcome = "OK" };
    hf_log_turn t = { .is_forced = false };
    hf_stmt *st = NULL;
    hf_status rc = hf_log_turn_begin(log, &t, err);

    hf_sha256_hex(&digest, hex);
    if (rc == HF_OK)
        rc = hf_db_prepare(
            log->db, "UPDATE audit_anchor SET reply = ?1, time_us = ?2 WHERE query = ?3", &st, err);
    if (rc == HF_OK) {
        hf_stmt_bind_blob(st, 1, s->reply);
        hf_stmt_bind_i64(st, 2, time_us);
        hf_stmt_bind_blob(st, 3, hf_buf_view(&s->query));
        rc = hf_stmt_run(st, err);
    }
    hf_stmt_free(st);
    if (rc == HF_OK)
        rc = hf_log_put(log, &act, err);
    return hf_log_turn_end(log, &t, rc, err);
}

hf_status hf_log_keep_anchor(hf_log *log, hf_view reply, const char *ca_file, const char *run,
                             hf_log_head *head, int64_t *time_us, hf_err **err)
{
    search s = { .reply = reply };
    hf_status rc;

    hf_buf_init(&s.checkpoint, HF_BUF_UNBOUNDED);
    hf_buf_init(&s.query, HF_BUF_UNBOUNDED);
    rc = hf_log_anchors(log, try_one, &s, err);
    if (rc == HF_OK && !s.is_found) {
        hf_fail(err, HF_E_USAGE, "this answers no request of this log");
        rc = hf_hint(err, "`holdfast audit anchor VAULT -o FILE` writes a request; its reply goes "
                          "here");
    }
    if (rc == HF_OK)
        rc = hf_stamp_check(hf_buf_view(&s.checkpoint), hf_buf_view(&s.query), reply, ca_file,
                            time_us, NULL, err);
    if (rc == HF_OK)
        rc = keep_reply(log, &s, *time_us, run, err);
    *head = s.head;
    hf_buf_clear(&s.checkpoint);
    hf_buf_clear(&s.query);
    return rc;
}
