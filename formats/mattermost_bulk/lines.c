/* mattermost_bulk/lines.c: the lines of a member in a window that grows to the longest line. */
#include "bulk_priv.h"

enum { READ_BYTES = 256 << 10 };

struct bulk_lines {
    hf_stream *stream;
    hf_buf window;
    size_t at;       /* first byte not yet given */
    size_t searched; /* from here on no line end was looked for */
    uint64_t offset, number;
    bool is_end, in_long;
};

hf_status bulk_lines_open(bulk_lines **out, hf_source *source, uint32_t member, hf_err **err)
{
    bulk_lines *l = HF_NEW(bulk_lines);
    hf_status rc = hf_source_read(source, member, &l->stream, err);

    hf_buf_init(&l->window, HF_BUF_UNBOUNDED);
    if (rc != HF_OK) {
        bulk_lines_close(l);
        return rc;
    }
    *out = l;
    return HF_OK;
}

void bulk_lines_close(bulk_lines *l)
{
    if (l == NULL)
        return;
    hf_stream_close(l->stream);
    hf_buf_clear(&l->window);
    hf_free(l);
}

static hf_status refill(bulk_lines *l, hf_err **err)
{
    size_t got;
    hf_status rc;

    if (l->at > 0) {
        memmove(l->window.p, l->window.p + l->at, l->window.n - l->at);
        l->window.n -= l->at;
        l->searched -= l->at;
        l->at = 0;
    }
    hf_buf_reserve(&l->window, READ_BYTES);
    rc = hf_stream_read(l->stream, l->window.p + l->window.n, READ_BYTES, &got, err);
    l->window.n += rc == HF_OK ? got : 0;
    l->is_end = rc == HF_OK && got == 0;
    return rc;
}

/* Give the n bytes from at as a line. */
static void give(bulk_lines *l, size_t n, bulk_line *line)
{
    hf_view text = { l->window.p + l->at, n };

    *line = (bulk_line){ .whole = text, .offset = l->offset, .number = l->number + 1 };
    if (text.n > 0 && text.p[text.n - 1] == '\n')
        text.n--;
    if (text.n > 0 && text.p[text.n - 1] == '\r')
        text.n--;
    if (l->offset == 0 && hf_view_starts(text, HF_V("\xEF\xBB\xBF")))
        text = hf_view_from(text, 3);
    line->text = text;
    l->at += n;
    l->searched = l->at;
    l->offset += n;
}

hf_status bulk_lines_next(bulk_lines *l, bulk_line *line, hf_err **err)
{
    for (;;) {
        size_t left = l->window.n - l->searched;
        const char *from = left == 0 ? NULL : l->window.p + l->searched;
        const char *end = left == 0 ? NULL : memchr(from, '\n', left);
        size_t have = l->window.n - l->at;
        hf_status rc;

        if (end != NULL || (l->is_end && have > 0)) {
            size_t n = end != NULL ? (size_t)(end - (l->window.p + l->at)) + 1 : have;

            give(l, n, line);
            line->is_long = l->in_long;
            l->in_long = false;
            l->number++;
            return HF_OK;
        }
        if (l->is_end)
            return HF_END;
        if (have > BULK_MAX_LINE) {
            give(l, have, line);
            line->is_long = l->in_long = true;
            return HF_OK;
        }
        l->searched = l->window.n;
        rc = refill(l, err);
        if (rc != HF_OK)
            return rc;
    }
}

uint32_t bulk_find_lines(const hf_source *source)
{
    uint32_t n = hf_source_count(source);

    for (uint32_t i = 0; i < n; i++) {
        const hf_member *m = hf_source_member(source, i);

        if (m->type != HF_MEMBER_FILE)
            continue;
        if (hf_source_get_kind(source) == HF_SOURCE_FILE ||
            (hf_view_ends(m->name, HF_V(".jsonl")) && hf_view_find_byte(m->name, '/') == HF_NPOS))
            return i;
    }
    return UINT32_MAX;
}
