/* tests/fuzz/fuzz_events.c: any bytes as the administration log of Slack or Mattermost: every byte
 * comes back, every record is bytes of the file, reads the same by itself, and nothing depends on
 * how the bytes come.
 *
 * The first byte of the input chooses the format, the second how many bytes come at a time.
 */
#include "check.h"
#include <stdio.h>

#include "format/format.h"

extern const hf_format hf_format_slack_audit, hf_format_mattermost_audit;

typedef struct member {
    hf_view bytes;
    size_t step;
} member;

static hf_status read_member(void *self, uint32_t index, uint64_t at, void *to, size_t n,
                             size_t *got, hf_err **err)
{
    const member *m = self;
    hf_view part = hf_view_sub(m->bytes, (size_t)at, n < m->step ? n : m->step);

    (void)index;
    (void)err;
    if (part.n > 0)
        memcpy(to, part.p, part.n);
    *got = part.n;
    return HF_OK;
}

static bool lies_in(hf_view inner, hf_view outer)
{
    return inner.p >= outer.p && inner.p + inner.n <= outer.p + outer.n;
}

/* The same values from the record's own bytes alone. */
static void check_again(const hf_format *f, const hf_record *r)
{
    hf_batch *b = hf_batch_new();
    hf_record *own = hf_batch_add(b, r->kind);

    own->origin = r->origin;
    own->scope = r->scope;
    own->id = r->id;
    own->raw.bytes = r->raw.bytes;
    CHECK(f->parse(b, own, NULL, NULL) == HF_OK);
    CHECK(own->nvalue == r->nvalue && own->time_us == r->time_us);
    CHECK(hf_view_eq(own->id, r->id) && hf_view_eq(own->origin, r->origin));
    for (uint32_t i = 0; i < r->nvalue; i++)
        CHECK(own->value[i].field == r->value[i].field && own->value[i].num == r->value[i].num &&
              hf_view_eq(own->value[i].text, r->value[i].text));
    hf_batch_free(b);
}

typedef struct seen {
    hf_buf bytes; /* as they came back */
    hf_buf list;  /* kind, place and id of every record */
} seen;

static void take(seen *s, const hf_format *f, hf_view whole, const hf_record *r)
{
    hf_view raw = r->raw.bytes;

    if (r->kind == HF_KIND_BYTES) {
        CHECK(r->raw.offset == s->bytes.n);
        hf_buf_add(&s->bytes, raw);
    }
    if (r->kind != HF_KIND_EVENT && r->kind != HF_KIND_OPAQUE && r->kind != HF_KIND_QUARANTINE)
        return;
    CHECK(hf_view_eq(raw, hf_view_sub(whole, (size_t)r->raw.offset, raw.n)));
    hf_buf_printf(&s->list, "%d %llu %zu %.*s\n", (int)r->kind, (unsigned long long)r->raw.offset,
                  raw.n, (int)r->id.n, r->id.n > 0 ? r->id.p : "");
    CHECK(r->kind == HF_KIND_QUARANTINE ? r->u.quarantine.reason != NULL : r->id.n > 0);
    CHECK(r->kind == HF_KIND_QUARANTINE || r->nleaf > 0);
    for (uint32_t i = 0; i < r->nleaf; i++)
        CHECK(lies_in(r->leaf[i].raw, raw) && r->leaf[i].value <= r->nvalue);
    if (r->kind != HF_KIND_QUARANTINE)
        check_again(f, r);
}

/* What f reads in the member; false when it cannot be read as a whole. */
static bool read_all(const hf_format *f, member *m, seen *s)
{
    static const hf_source_ops ops = { .read = read_member };
    const hf_member one = { .name = HF_V("audit.json"), .size = m->bytes.n, .mtime_us = 0 };
    hf_reader_args args = { .origin = "o",
                            .paths = hf_paths_new(),
                            .want = HF_WANT_RECORDS | HF_WANT_BYTES | HF_WANT_ACCOUNT };
    hf_reader *r = NULL;
    hf_status rc;

    hf_buf_reset(&s->bytes);
    hf_buf_reset(&s->list);
    CHECK(hf_source_over(&args.source, "fuzz", HF_SOURCE_FILE, &one, 1, &ops, m, NULL) == HF_OK);
    rc = f->open(&r, &args, NULL);
    while (rc == HF_OK) {
        hf_batch *b = hf_batch_new();

        rc = r->ops->next(r, b, NULL);
        for (size_t i = 0; rc == HF_OK && i < b->n; i++)
            take(s, f, m->bytes, b->rec[i]);
        hf_batch_free(b);
    }
    if (r != NULL)
        r->ops->close(r);
    hf_source_close(args.source);
    hf_paths_free(args.paths);
    CHECK(rc != HF_END || hf_view_eq(hf_buf_view(&s->bytes), m->bytes));
    return rc == HF_END;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    const hf_format *f;
    seen whole, parts;
    member m;

    if (n < 2)
        return 0;
    f = (data[0] & 1) != 0 ? &hf_format_mattermost_audit : &hf_format_slack_audit;
    m = (member){ { (const char *)data + 2, n - 2 }, n };
    hf_buf_init(&whole.bytes, HF_BUF_UNBOUNDED);
    hf_buf_init(&whole.list, HF_BUF_UNBOUNDED);
    hf_buf_init(&parts.bytes, HF_BUF_UNBOUNDED);
    hf_buf_init(&parts.list, HF_BUF_UNBOUNDED);
    CHECK(read_all(f, &m, &whole));
    m.step = 1 + data[1];
    CHECK(read_all(f, &m, &parts));
    CHECK(hf_view_eq(hf_buf_view(&whole.list), hf_buf_view(&parts.list)));
    hf_buf_clear(&whole.bytes);
    hf_buf_clear(&whole.list);
    hf_buf_clear(&parts.bytes);
    hf_buf_clear(&parts.list);
    return 0;
}
