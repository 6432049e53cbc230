/* tests/formats/mattermost_bulk/bulk_support.h: read a bulk file's text into one batch. */
#ifndef HF_TESTS_BULK_SUPPORT_H
#define HF_TESTS_BULK_SUPPORT_H

#include "support.h"

#include "format/format.h"

extern const hf_format hf_format_mattermost_bulk;

/* Everything the reader gives for the file at path, in one batch that the caller frees. */
static inline hf_batch *bulk_read_path(const char *path, unsigned want, hf_paths *paths)
{
    hf_reader_args args = { .path = path, .paths = paths, .want = want, .origin = "test" };
    hf_batch *all = hf_batch_new();
    hf_reader *r = NULL;
    hf_err *err = NULL;
    hf_status rc = HF_OK;

    T_OK(err, hf_source_open(&args.source, path, NULL, &err));
    T_OK(err, hf_format_mattermost_bulk.open(&r, &args, &err));
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = r->ops->next(r, b, &err);
        for (size_t i = 0; rc == HF_OK && i < b->n; i++)
            hf_batch_copy(all, b->rec[i]);
        hf_batch_free(b);
    }
    assert_int_equal(rc, HF_END);
    assert_null(err);
    r->ops->close(r);
    hf_source_close(args.source);
    return all;
}

static inline hf_batch *bulk_read_text(const char *text, unsigned want, hf_paths *paths)
{
    const char *folder = t_folder();
    char *path = hf_sprintf("%s/import.jsonl", folder);
    hf_batch *b;

    t_write(folder, "import.jsonl", hf_view_str(text));
    b = bulk_read_path(path, want, paths);
    hf_free(path);
    return b;
}

/* The n-th record of a kind (from 0); NULL when there are fewer. */
static inline hf_record *bulk_nth(const hf_batch *b, hf_kind kind, size_t n)
{
    for (size_t i = 0; i < b->n; i++)
        if (b->rec[i]->kind == kind && n-- == 0)
            return b->rec[i];
    return NULL;
}

static inline size_t bulk_count(const hf_batch *b, hf_kind kind)
{
    size_t n = 0;

    for (size_t i = 0; i < b->n; i++)
        n += b->rec[i]->kind == kind;
    return n;
}

#define T_FIELD(want, rec, field) T_VIEW(want, hf_rec_get_text((rec), (field)))

#endif
