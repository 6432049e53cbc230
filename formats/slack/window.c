/* slack/window.c: a member's bytes in a window that moves and grows with the records in it. */
#include "slack/window.h"

enum { WINDOW_BYTES = 128 * 1024, SMALLEST_READ = 4096 };

hf_status slack_window_open(slack_window *w, hf_source *src, uint32_t member, hf_err **err)
{
    *w = (slack_window){ .size = hf_source_member(src, member)->size };
    hf_buf_init(&w->carry, HF_BUF_UNBOUNDED);
    return hf_source_read(src, member, &w->stream, err);
}

void slack_window_close(slack_window *w)
{
    hf_stream_close(w->stream);
    hf_buf_clear(&w->carry);
    *w = (slack_window){ 0 };
}

/* What is left over goes first; then a read's worth, more when one record did not fit the last
 * window, and no more than the member has. One byte more than that lets the end be seen. */
static size_t room_for(const slack_window *w, size_t left_over)
{
    uint64_t more = w->size > w->read ? w->size - w->read + 1 : SMALLEST_READ;
    size_t want = left_over > WINDOW_BYTES ? left_over : WINDOW_BYTES;

    if (more < SMALLEST_READ)
        more = SMALLEST_READ;
    return left_over + (more < want ? (size_t)more : want);
}

hf_status slack_window_fill(slack_window *w, hf_arena *mem, hf_err **err)
{
    size_t cap = room_for(w, w->carry.n), got;
    char *p = hf_arena_alloc(mem, cap);

    if (w->carry.n > 0)
        memcpy(p, w->carry.p, w->carry.n);
    w->bytes = (hf_view){ p, w->carry.n };
    hf_buf_reset(&w->carry);
    while (!w->is_last && w->bytes.n < cap) {
        hf_status rc = hf_stream_read(w->stream, p + w->bytes.n, cap - w->bytes.n, &got, err);

        if (rc != HF_OK)
            return rc;
        w->is_last = got == 0;
        w->bytes.n += got;
        w->read += got;
    }
    return HF_OK;
}

void slack_window_keep(slack_window *w, size_t used)
{
    hf_buf_add(&w->carry, hf_view_from(w->bytes, used));
    w->at += used;
    w->bytes = (hf_view){ NULL, 0 };
}
