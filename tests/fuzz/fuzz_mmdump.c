/* tests/fuzz/fuzz_mmdump.c: any bytes as a pg_dump file: cut into statements and rows; and when a
 * Mattermost is in it, every row of it read as records.
 */
#include "check.h"
#include <stdio.h>

#include "format/copy.h"
#include "mattermost/dump_priv.h"

static uint64_t count_lines(hf_view text)
{
    uint64_t n = 0;

    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

/* Rows are whole lines, as many as were counted, and stand between their COPY and "\.". */
static void check_section(const mm_section *s, hf_view all)
{
    hf_view rows, after;

    CHECK(s->at <= s->end && s->end <= all.n);
    rows = hf_view_sub(all, (size_t)s->at, (size_t)(s->end - s->at));
    after = hf_view_from(all, (size_t)s->end);
    CHECK(count_lines(rows) == s->rows);
    CHECK(rows.n == 0 || rows.p[rows.n - 1] == '\n');
    CHECK(hf_view_find(rows, HF_V("\n\\.\n")) == HF_NPOS);
    CHECK(s->is_cut || hf_view_is(hf_view_sub(after, 0, hf_view_find_byte(after, '\n')), "\\."));
}

static void check_index(const mm_index *x, hf_view all)
{
    for (size_t i = 0; i < x->ndb; i++)
        for (size_t k = 0; k < x->db[i].ntable; k++) {
            const mm_dump_table *t = x->db[i].table[k];

            CHECK(mm_index_table(&x->db[i], t->schema, t->name) == t);
            CHECK(t->ncolumn <= MM_MAX_COLUMNS && t->npk <= MM_MAX_KEY);
            for (size_t c = 0; c < t->ncopied; c++)
                CHECK(t->copied[c] < t->ncolumn);
            for (size_t s = 0; s < t->nsection; s++)
                check_section(&t->section[s], all);
        }
}

/* True when the bytes are a dump with a Mattermost. */
static bool index_bytes(hf_view all)
{
    mm_index x;
    mm_text t;
    bool is_one;

    mm_index_init(&x);
    mm_text_init(&t, NULL, all);
    is_one = mm_index_scan(&x, &t, NULL) == HF_OK && mm_pick_find(&x, NULL, NULL, NULL, 0) > 0;
    check_index(&x, all);
    mm_text_clear(&t);
    mm_index_clear(&x);
    return is_one;
}

static hf_status read_bytes(void *self, uint32_t index, uint64_t at, void *to, size_t n,
                            size_t *got, hf_err **err)
{
    hf_view part = hf_view_sub(*(const hf_view *)self, (size_t)at, n);

    (void)index;
    (void)err;
    memcpy(to, part.p, part.n);
    *got = part.n;
    return HF_OK;
}

static void read_all(mm_feed *feed, const hf_reader_args *args)
{
    hf_reader *r = NULL;
    hf_status rc = mm_reader_over(&r, feed, args, NULL);

    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_reader_next(r, b, NULL);
        CHECK(rc != HF_OK || b->n > 0);
        hf_batch_free(b);
    }
    CHECK(rc == HF_END || r == NULL);
    hf_reader_close(r);
}

/* Every table gives as many rows as it says. */
static void read_rows(mm_feed *f)
{
    hf_arena *mem = hf_arena_new();

    for (uint32_t i = 0; i < f->ntable; i++) {
        uint64_t n = 0;
        mm_rows rows;

        if (mm_role_is_unread(f->table[i].role))
            continue;
        CHECK(f->ops->start(f, i, MM_ROWS, NULL) == HF_OK);
        while (f->ops->next(f, mem, &rows, NULL) == HF_OK) {
            n += count_lines(rows.text);
            hf_arena_reset(mem);
        }
        CHECK(n == f->table[i].rows);
    }
    hf_arena_free(mem);
}

static void read_source(hf_view all)
{
    static const hf_source_ops ops = { .read = read_bytes };
    hf_member m = { .name = HF_V("dump.sql"), .type = HF_MEMBER_FILE, .size = all.n };
    hf_reader_args args = { .want =
                                HF_WANT_RECORDS | HF_WANT_BYTES | HF_WANT_ACCOUNT | HF_WANT_COUNTS,
                            .paths = hf_paths_new(),
                            .origin = "o" };
    mm_feed *feed = NULL;

    CHECK(hf_source_over(&args.source, "dump.sql", HF_SOURCE_FILE, &m, 1, &ops, &all, NULL) ==
          HF_OK);
    if (mm_dump_open(&feed, &args, NULL) == HF_OK) {
        read_rows(feed);
        read_all(feed, &args);
    }
    hf_source_close(args.source);
    hf_paths_free(args.paths);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hf_view all = { (const char *)data, n };

    if (n > 0 && index_bytes(all))
        read_source(all);
    return 0;
}
