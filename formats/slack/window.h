/* slack/window.h: a member's bytes in a window that moves and grows with the records in it.
 *
 *     open;  until the end: fill; use bytes up to some point; keep what was used
 *
 * Each window lies in an arena of the caller's, so that records can point into it.
 */
#ifndef HF_SLACK_WINDOW_H
#define HF_SLACK_WINDOW_H

#include "io/source.h"

typedef struct slack_window {
    hf_stream *stream;
    hf_view bytes;       /* the current window */
    uint64_t at;         /* offset of its first byte in the member */
    bool is_last;        /* it reaches the member's end */
    hf_buf carry;        /* between windows: what was not used */
    uint64_t size, read; /* of the member, as listed; from the stream so far */
} slack_window;

hf_status slack_window_open(slack_window *w, hf_source *src, uint32_t member, hf_err **err);
void slack_window_close(slack_window *w); /* a window of zeroes is fine */

/* The next window: what slack_window_keep left, and more. */
hf_status slack_window_fill(slack_window *w, hf_arena *mem, hf_err **err);

/* The first used bytes of the window are done with. */
void slack_window_keep(slack_window *w, size_t used);

#endif
