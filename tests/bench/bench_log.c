/* The audit log: entries a second, each durable alone and in batches; reading, proving, verifying.
 *
 *     bench_log FOLDER [ENTRIES]      FOLDER on the disk to measure; it must not exist
 */
#include "audit/log.h"
#include "audit/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static void must(hf_status rc, hf_err *err)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "bench_log: %s\n", err == NULL ? "failed" : err->message);
    exit(1);
}

static void say(const char *what, uint64_t n, double began)
{
    double took = hf_mono_seconds() - began;

    printf("%-34s %9llu in %7.2f s  %9.0f/s\n", what, (unsigned long long)n, took,
           (double)n / took);
}

static bool count(void *self, const hf_log_entry *e)
{
    *(uint64_t *)self += e->action.n > 0;
    return true;
}

int main(int argc, char **argv)
{
    static const hf_log_pair scope[] = { { "query", { "crane from:maren", 16 } },
                                         { "source", { "/srv/acme.vault", 15 } } };
    static const hf_log_count counts[] = { { "hits", 42 }, { "messages", 1234567 } };
    enum { ALONE = 500, BATCH = 1000 };
    uint64_t n = 100000, seen = 0;
    hf_act *acts = hf_alloc0(BATCH, sizeof(*acts));
    hf_log_verify_args how = { .keys = NULL };
    hf_err *err = NULL;
    hf_vault *v = NULL;
    hf_log *log = NULL;
    hf_log_report report;
    hf_log_head head;
    hf_buf checkpoint, proof;
    char *vault, *state;
    double began;

    if (argc < 2 || (argc > 2 && !hf_view_u64(hf_view_str(argv[2]), &n)) ||
        mkdir(argv[1], 0700) != 0) {
        fprintf(stderr, "usage: bench_log FOLDER [ENTRIES]\n");
        return 2;
    }
    hf_buf_init(&checkpoint, HF_BUF_UNBOUNDED);
    hf_buf_init(&proof, HF_BUF_UNBOUNDED);
    vault = hf_sprintf("%s/v.vault", argv[1]);
    state = realpath(argv[1], NULL);
    setenv("XDG_STATE_HOME", state, 1);
    must(hf_vault_init(vault, 0, &err), err);
    must(hf_vault_open(&v, vault, HF_VAULT_CONTROL, 0, &err), err);
    must(hf_log_open(&log, v, &err), err);
    for (size_t i = 0; i < BATCH; i++)
        acts[i] = (hf_act){ .phase = HF_LOG_END,
                            .action = "search",
                            .run = "0192f0c4-0000-7000-8000-000000000001",
                            .object_kind = "vault",
                            .object_id = hf_vault_id(v),
                            .scope = scope,
                            .nscope = 2,
                            .counts = counts,
                            .ncounts = 2,
                            .outcome = "OK" };

    began = hf_mono_seconds();
    for (size_t i = 0; i < ALONE; i++)
        must(hf_log_append(log, acts, 1, NULL, &err), err);
    say("entries, each synced alone", ALONE, began);
    began = hf_mono_seconds();
    for (uint64_t i = 0; i < n; i += BATCH)
        must(hf_log_append(log, acts, BATCH, NULL, &err), err);
    say("entries, 1,000 a transaction", n, began);

    must(hf_log_get_head(log, &head, &err), err);
    hf_log_put_head(log, &head, &checkpoint);
    began = hf_mono_seconds();
    for (uint64_t i = 0; i < 10000; i++) {
        hf_buf_reset(&proof);
        must(hf_log_prove(log, i * 7919 % head.size, hf_buf_view(&checkpoint), &proof, &err), err);
    }
    say("proofs", 10000, began);
    began = hf_mono_seconds();
    must(hf_log_each(log, NULL, count, &seen, &err), err);
    say("entries read", seen, began);
    began = hf_mono_seconds();
    must(hf_log_verify(log, &how, &report, &err), err);
    say("entries verified", report.head.size, began);
    printf("%llu findings; %zu bytes of a proof\n", (unsigned long long)report.findings, proof.n);
    hf_log_close(log);
    hf_vault_close(v);
    hf_buf_clear(&checkpoint);
    hf_buf_clear(&proof);
    hf_free(acts);
    hf_free(vault);
    hf_free(state);
    return report.findings == 0 ? 0 : 1;
}
