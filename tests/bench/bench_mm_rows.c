/* tests/bench/bench_mm_rows.c: rows of posts a second, from a feed that lies in memory.
 *
 *     bench_mm_rows [ROWS]     3,000,000 when not said; with and without the account, with and
 *                              without reactions (one post of ten has two)
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "mattermost/mm_priv.h"

enum { BLOCK_ROWS = 4000 };

static const char *const columns[] = { "id",        "createat",  "updateat",     "deleteat",
                                       "userid",    "channelid", "rootid",       "originalid",
                                       "message",   "type",      "props",        "hashtags",
                                       "filenames", "fileids",   "hasreactions", "editat",
                                       "ispinned",  "remoteid" };
static const char *const reaction_columns[] = { "userid",   "postid",   "emojiname", "createat",
                                                "updateat", "deleteat", "channelid" };

typedef struct bench {
    mm_feed base; /* must stay first */
    hf_arena *mem;
    mm_table table[2];
    hf_buf block[2]; /* rows that come again and again */
    uint64_t rows, at;
    uint32_t open;
    mm_which which;
} bench;

static void put_post(hf_buf *b, uint64_t n)
{
    hf_buf_printf(b, "post%022llu\t%llu\t%llu\t0\tuser%022llu\tchan%022llu\t\t\t",
                  (unsigned long long)n, (unsigned long long)(1600000000000 + n),
                  (unsigned long long)(1600000000000 + n), (unsigned long long)(n % 500),
                  (unsigned long long)(n / 1000));
    hf_buf_str(b, "please look at the invoice of Thursday, it is down again");
    hf_buf_str(b, "\t\t{}\t\t[]\t[]\tf\t0\tf\t\\N\n");
}

static void put_reactions(hf_buf *b, uint64_t n)
{
    for (int i = 0; i < 2; i++)
        hf_buf_printf(b, "user%022d\tpost%022llu\tsmile\t1600000000000\t1600000000000\t0\t\n", i,
                      (unsigned long long)n * 10);
}

static hf_status start(mm_feed *base, uint32_t table, mm_which which, hf_err **err)
{
    bench *f = (bench *)base;

    (void)err;
    f->open = table;
    f->which = which;
    f->at = 0;
    return HF_OK;
}

static hf_status next(mm_feed *base, hf_arena *mem, mm_rows *out, hf_err **err)
{
    bench *f = (bench *)base;

    (void)err;
    if (f->at >= (f->open == 0 ? f->rows : BLOCK_ROWS) || f->which == MM_OLD_POSTS)
        return HF_END;
    f->at += BLOCK_ROWS;
    out->text = hf_arena_dup(mem, hf_buf_view(&f->block[f->open]));
    return HF_OK;
}

static void close_feed(mm_feed *base)
{
    bench *f = (bench *)base;

    hf_buf_clear(&f->block[0]);
    hf_buf_clear(&f->block[1]);
    hf_arena_free(f->mem);
    hf_free(f);
}

static const mm_feed_ops ops = { start, next, NULL, NULL, close_feed };

static void describe(bench *f, uint32_t i, const char *name, const char *const *list, size_t n)
{
    mm_column column[32];
    hf_err *err = NULL;

    for (size_t k = 0; k < n; k++) {
        hf_view c = hf_view_str(list[k]);

        column[k] =
            (mm_column){ c,
                         hf_view_ends(c, HF_V("eat")) || hf_view_is(c, "editat") ? HF_V("bigint")
                                                                                 : HF_V("text"),
                         true };
    }
    f->table[i].schema = HF_V("public");
    f->table[i].name = hf_view_str(name);
    if (mm_table_describe(&f->table[i], column, n, NULL, 0, f->mem, &err) != HF_OK) {
        fprintf(stderr, "%s\n", err->message);
        exit(1);
    }
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double run(uint64_t rows, unsigned want, bool reactions)
{
    bench *f = HF_NEW(bench);
    hf_reader_args args = { .want = want, .origin = "bench", .paths = hf_paths_new() };
    hf_reader *r = NULL;
    hf_err *err = NULL;
    hf_status rc;
    double from;

    f->mem = hf_arena_new();
    hf_buf_init(&f->block[0], HF_BUF_UNBOUNDED);
    hf_buf_init(&f->block[1], HF_BUF_UNBOUNDED);
    f->base.ops = &ops;
    f->base.table = f->table;
    f->base.ntable = reactions ? 2 : 1;
    f->rows = rows;
    for (uint64_t n = 0; n < BLOCK_ROWS; n++)
        put_post(&f->block[0], n);
    for (uint64_t n = 0; n < BLOCK_ROWS / 10; n++)
        put_reactions(&f->block[1], n);
    describe(f, 0, "posts", columns, sizeof(columns) / sizeof(columns[0]));
    describe(f, 1, "reactions", reaction_columns,
             sizeof(reaction_columns) / sizeof(reaction_columns[0]));
    from = now();
    rc = mm_reader_over(&r, &f->base, &args, &err);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = r->ops->next(r, b, &err);
        hf_batch_free(b);
    }
    if (rc < 0) {
        fprintf(stderr, "%s\n", err->message);
        exit(1);
    }
    from = now() - from;
    r->ops->close(r);
    hf_paths_free(args.paths);
    return from;
}

int main(int argc, char **argv)
{
    uint64_t rows = 3000000;

    if (argc > 1 && !hf_view_u64(hf_view_str(argv[1]), &rows))
        return 2;
    for (int reactions = 0; reactions < 2; reactions++)
        for (int account = 0; account < 2; account++) {
            unsigned want = HF_WANT_RECORDS | (account ? HF_WANT_ACCOUNT : 0);
            double s = run(rows, want, reactions != 0);

            printf("%s, %s: %.0f rows/s\n", account ? "with leaves" : "values only",
                   reactions ? "one post of ten with two reactions" : "plain posts",
                   (double)rows / s);
        }
    return 0;
}
