/* tests/lib/vault/test_vault_changes.c: what imports after a given one brought or changed. */
#include "vault_feed.h"

static void add_user(feed *f, const char *id, const char *name)
{
    hf_record *r = feed_record(f, HF_KIND_USER, id, HF_V("x"), 0);

    hf_rec_text(f->b, r, HF_F_USER_NAME, 0, feed_dup(f, name));
}

/* Ids of what is read after an import, in the order it comes. */
static hf_view read_after(hf_vault *v, int64_t import, hf_buf *out)
{
    hf_vault_scan *s = NULL;
    hf_err *err = NULL;
    uint64_t n = 0, total;
    hf_status rc = HF_OK;

    hf_buf_reset(out);
    T_OK(err, hf_vault_scan_open(&s, v, HF_V("T1"), NULL, &err));
    T_OK(err, hf_vault_scan_after(s, import, &err));
    total = hf_vault_scan_total(s);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_vault_scan_next(s, b, &err);
        for (size_t i = 0; i < b->n; i++) {
            hf_buf_printf(out, "%s%.*s%s", out->n > 0 ? " " : "", (int)b->rec[i]->id.n,
                          b->rec[i]->id.p, (b->rec[i]->flags & HF_REC_CONTEXT) != 0 ? "*" : "");
            n++;
        }
        hf_batch_free(b);
    }
    assert_int_equal(HF_END, rc);
    assert_int_equal(total, n);
    hf_vault_scan_close(s);
    return hf_buf_view(out);
}

static void import_all(hf_vault *v)
{
    /* A message's second is its position, so everybody keeps the own one. */
    static const feed_message lists[][6] = {
        { { "C1", "a", 10, "one", 0 },
          { "C2", "c", 12, "three", 0 },
          { "C1", "z", 20, "last", 0 },
          { "C9", "f", 13, "fills the place of d", 0 },
          { "C1", "b", 11, "two", 0 } },
        { { "C1", "a", 10, "one, edited", 0 }, /* a new version */
          { "C2", "c", 12, "three", 0 },
          { "C1", "z", 20, "last", 0 },
          { "C1", "d", 13, "four", 0 }, /* a new message */
          { "C1", "b", 11, "two", 0 } },
        { { "C1", "a", 10, "one", 0 },   /* back again: a change all the same */
          { "C2", "c", 12, "three", 1 }, /* another state */
          { "C1", "z", 20, "last", 0 },
          { "C1", "d", 13, "four", 0 } }, /* b is missing */
        { { "C1", "a", 10, "one", 0 },
          { "C2", "c", 12, "three", 1 },
          { "C1", "z", 20, "last", 0 },
          { "C1", "d", 13, "four", 0 },
          { "C1", "b", 11, "two", 0 } }, /* found again */
    };
    static const char *const names[] = { "ada", "ada", "ada l.", "ada l." };

    for (size_t i = 0; i < T_COUNT(lists); i++) {
        feed f;

        feed_begin(&f, v, true);
        feed_coverage(&f, "C1", 9, 20);
        add_user(&f, "U1", names[i]);
        add_user(&f, "U2", "bea");
        feed_messages(&f, "messages", lists[i]);
        feed_finish(&f);
    }
}

static void after_an_import(void **state)
{
    static const char *const want[] = {
        "U1 U2 a b d z c f", "U1 U2* a b d c", "U1 U2* a b c",
        "U1* U2* b",         "U1* U2*",        "U1* U2*", /* an import that is not there yet */
    };
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_buf ids;

    (void)state;
    hf_buf_init(&ids, HF_BUF_UNBOUNDED);
    import_all(v);
    for (size_t i = 0; i < T_COUNT(want); i++)
        T_VIEW(want[i], read_after(v, (int64_t)i, &ids));
    hf_buf_clear(&ids);
    hf_vault_close(v);
}

/* Nights must not read every record ever seen. */
static void uses_its_index(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);

    (void)state;
    import_all(v);
    hf_vault_close(v);
    assert_int_equal(
        5, feed_count(path, "SELECT count(*) FROM rec INDEXED BY rec_changed "
                            "WHERE origin = 1 AND changed > 0 AND changed > 1 AND native != 'q'"));
}

static bool hear_version(void *self, const hf_vault_version *version)
{
    hf_buf *out = self;

    hf_buf_printf(out, "%u@%lld=%.*s;", version->n, (long long)version->import,
                  (int)version->text.n, version->text.p);
    return version->n < 3;
}

static void versions_of_a_record(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_vault_record a, b;
    hf_err *err = NULL;
    hf_buf got;

    (void)state;
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    import_all(v);
    T_OK(err, hf_vault_find(v, HF_V("T1"), HF_KIND_MESSAGE, HF_V("C1"), HF_V("a"), &a, &err));
    T_OK(err, hf_vault_find(v, HF_V("T1"), HF_KIND_MESSAGE, HF_V("C1"), HF_V("b"), &b, &err));
    assert_int_equal(3, a.changed);
    assert_int_equal(4, b.changed);
    assert_int_equal(0, b.missing_since);
    T_OK(err, hf_vault_versions(v, a.rec, hear_version, &got, &err));
    T_VIEW("1@1=one;2@2=one, edited;3@3=one;", hf_buf_view(&got));
    hf_buf_clear(&got);
    hf_vault_close(v);
}

static bool hear_quarantined(void *self, const hf_vault_quarantined *q)
{
    hf_buf *out = self;

    hf_buf_printf(out, "%lld %.*s %.*s+%llu %llu %.*s;", (long long)q->import, (int)q->origin.n,
                  q->origin.p, (int)q->member.n, q->member.p == NULL ? "" : q->member.p,
                  (unsigned long long)q->offset, (unsigned long long)q->size, (int)q->reason.n,
                  q->reason.p);
    return true;
}

static void quarantined_after(void **state)
{
    const char *path = feed_path(t_folder(), "v");
    hf_vault *v = feed_open(path, HF_VAULT_WRITE);
    hf_err *err = NULL;
    hf_buf got;

    (void)state;
    hf_buf_init(&got, HF_BUF_UNBOUNDED);
    for (int i = 0; i < 3; i++) {
        hf_record *r;
        feed f;

        feed_begin(&f, v, true);
        add_user(&f, "U1", "ada");
        feed_member(&f, HF_V("bad.json"), HF_MEMBER_FILE);
        feed_bytes(&f, i < 2 ? HF_V("xx{oops") : HF_V("xx{ouch!"));
        r = feed_record(&f, HF_KIND_QUARANTINE, "", i < 2 ? HF_V("{oops") : HF_V("{ouch!"), 2);
        r->u.quarantine.reason = "no JSON";
        feed_end(&f);
        feed_finish(&f);
    }
    T_OK(err, hf_vault_quarantine(v, 0, hear_quarantined, &got, &err));
    T_VIEW("1 T1 bad.json+2 5 no JSON;3 T1 bad.json+2 6 no JSON;", hf_buf_view(&got));
    hf_buf_reset(&got);
    T_OK(err, hf_vault_quarantine(v, 1, hear_quarantined, &got, &err));
    T_VIEW("3 T1 bad.json+2 6 no JSON;", hf_buf_view(&got));
    hf_buf_clear(&got);
    hf_vault_close(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_an_import),
        cmocka_unit_test(uses_its_index),
        cmocka_unit_test(versions_of_a_record),
        cmocka_unit_test(quarantined_after),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
