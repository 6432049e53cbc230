/* tests/fuzz/fuzz_bulk.c: any bytes as a Mattermost bulk file.
 *
 * Reading ends in order and gives every byte once; each record's own bytes, parsed alone, say the
 * same again; the validator takes anything; and what the writer makes of the records is a file in
 * which the validator finds nothing.
 */
#include "check.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "format/format.h"
#include "format/sort.h"

extern const hf_format hf_format_mattermost_bulk;

static hf_status read_bytes(void *self, uint32_t index, uint64_t at, void *to, size_t n,
                            size_t *got, hf_err **err)
{
    hf_view part = hf_view_sub(*(const hf_view *)self, (size_t)at, n);

    (void)index;
    (void)err;
    if (part.n > 0)
        memcpy(to, part.p, part.n);
    *got = part.n;
    return HF_OK;
}

static hf_source *source_of(hf_view *bytes)
{
    static const hf_source_ops ops = { .read = read_bytes };
    hf_member member = { .name = HF_V("import.jsonl"), .size = bytes->n };
    hf_source *s = NULL;

    CHECK(hf_source_over(&s, "fuzz", HF_SOURCE_FILE, &member, 1, &ops, bytes, NULL) == HF_OK);
    return s;
}

/* A record's own bytes give the same values and leaves; members of channels stand elsewhere. */
static void check_alone(const hf_record *r, hf_paths *paths)
{
    hf_batch *b = hf_batch_new();
    hf_record *copy = hf_batch_add(b, r->kind);
    uint32_t elsewhere = 0;

    copy->origin = r->origin;
    copy->scope = r->scope;
    copy->id = r->id;
    copy->raw = r->raw;
    CHECK(hf_format_mattermost_bulk.parse(b, copy, paths, NULL) == HF_OK);
    for (uint32_t i = 0; i < r->nvalue; i++)
        elsewhere += r->value[i].field == HF_F_CHANNEL_MEMBER;
    CHECK(copy->nvalue <= r->nvalue && copy->nvalue + elsewhere >= r->nvalue);
    CHECK(copy->nleaf == r->nleaf && copy->time_us == r->time_us);
    for (uint32_t i = 0; i < r->nleaf; i++) {
        CHECK(r->leaf[i].raw.p >= r->raw.bytes.p);
        CHECK(r->leaf[i].raw.p + r->leaf[i].raw.n <= r->raw.bytes.p + r->raw.bytes.n);
        CHECK(r->leaf[i].value <= r->nvalue);
    }
    hf_batch_free(b);
}

/* All records, sorted as the writer wants them. */
static hf_sort *read_all(hf_view bytes)
{
    hf_paths *paths = hf_paths_new();
    hf_reader_args args = { .source = source_of(&bytes),
                            .path = "fuzz",
                            .paths = paths,
                            .want = HF_WANT_RECORDS | HF_WANT_ACCOUNT | HF_WANT_BYTES,
                            .origin = "fuzz" };
    hf_sort *sort = hf_sort_new(HF_ORDER_THREAD, 0);
    hf_reader *r = NULL;
    uint64_t at = 0;
    hf_status rc = HF_OK;

    CHECK(hf_format_mattermost_bulk.open(&r, &args, NULL) == HF_OK);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = r->ops->next(r, b, NULL);
        for (size_t i = 0; rc == HF_OK && i < b->n; i++) {
            const hf_record *rec = b->rec[i];

            if (rec->kind == HF_KIND_BYTES) {
                CHECK(rec->raw.offset == at);
                CHECK(hf_view_eq(rec->raw.bytes, hf_view_sub(bytes, at, rec->raw.bytes.n)));
                at += rec->raw.bytes.n;
            }
            if (!hf_kind_is_record(rec->kind))
                continue;
            CHECK(
                hf_view_eq(rec->raw.bytes, hf_view_sub(bytes, rec->raw.offset, rec->raw.bytes.n)));
            check_alone(rec, paths);
            CHECK(hf_sort_add(sort, rec, NULL) == HF_OK);
        }
        hf_batch_free(b);
    }
    CHECK(rc == HF_END && at == bytes.n);
    r->ops->close(r);
    hf_source_close(args.source);
    hf_paths_free(paths);
    return sort;
}

static void ignore(void *self, const char *member, uint64_t line, const char *rule,
                   const char *text)
{
    (void)self;
    (void)member;
    (void)line;
    (void)rule;
    (void)text;
}

static void refuse(void *self, const char *member, uint64_t line, const char *rule,
                   const char *text)
{
    (void)self;
    fprintf(stderr, "%s:%llu: %s: %s\n", member, (unsigned long long)line, rule, text);
    abort();
}

static void write_all(hf_sort *sort, const char *path)
{
    hf_opts *opts = hf_opts_new();
    hf_writer_args args = { .path = path, .opts = opts, .overwrite = true };
    hf_source *src = NULL;
    hf_writer *w = NULL;
    hf_status rc = HF_OK;

    hf_opts_set(opts, "team", "fuzz");
    CHECK(hf_format_mattermost_bulk.create(&w, &args, NULL) == HF_OK);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = hf_sort_next(sort, b, NULL);
        if (rc == HF_OK)
            CHECK(w->ops->put(w, b, NULL) == HF_OK);
        else
            hf_batch_free(b);
    }
    CHECK(w->ops->settle(w, NULL) == HF_OK && w->ops->finish(w, NULL) == HF_OK);
    w->ops->close(w);
    hf_opts_free(opts);
    CHECK(hf_source_open(&src, path, NULL, NULL) == HF_OK);
    CHECK(hf_format_mattermost_bulk.check(src, NULL, refuse, NULL, NULL) == HF_OK);
    hf_source_close(src);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    hf_view bytes = { (const char *)data, n };
    hf_source *src = source_of(&bytes);
    hf_sort *sort;
    const char *tmp = getenv("TMPDIR");
    char *path = hf_sprintf("%s/fuzz_bulk.%d.jsonl", tmp == NULL ? "/tmp" : tmp, (int)getpid());

    CHECK(hf_format_mattermost_bulk.check(src, NULL, ignore, NULL, NULL) == HF_OK);
    hf_source_close(src);
    sort = read_all(bytes);
    write_all(sort, path);
    unlink(path);
    hf_sort_free(sort);
    hf_free(path);
    return 0;
}
