/* io/held.c: bytes kept until it is known how many there are: in memory while they are few, in a
 * temporary file from then on. */
#include "io/sink_priv.h"

#include <unistd.h>

enum { HELD_BYTES = 8 * 1024 * 1024, COPY_BYTES = 128 * 1024 };

void hf_held_init(hf_held *h)
{
    *h = (hf_held){ .spill = -1 };
    hf_buf_init(&h->memory, HELD_BYTES);
}

void hf_held_reset(hf_held *h)
{
    if (h->spill >= 0)
        close(h->spill);
    h->spill = -1;
    h->n = 0;
    hf_buf_reset(&h->memory);
}

void hf_held_clear(hf_held *h)
{
    hf_held_reset(h);
    hf_buf_clear(&h->memory);
}

static hf_status spill(hf_held *h, hf_view bytes, hf_err **err)
{
    hf_status rc = h->spill < 0 ? hf_io_temp(&h->spill, err) : HF_OK;

    if (rc == HF_OK && h->memory.n > 0)
        rc = hf_io_write(h->spill, hf_buf_view(&h->memory), "a temporary file", err);
    hf_buf_reset(&h->memory);
    return rc == HF_OK ? hf_io_write(h->spill, bytes, "a temporary file", err) : rc;
}

hf_status hf_held_add(hf_held *h, hf_view bytes, hf_err **err)
{
    h->n += bytes.n;
    if (h->spill >= 0 || bytes.n > HELD_BYTES - h->memory.n)
        return spill(h, bytes, err);
    hf_buf_add(&h->memory, bytes);
    return HF_OK;
}

hf_status hf_held_each(hf_held *h, hf_status (*take)(void *self, hf_view bytes, hf_err **err),
                       void *self, hf_err **err)
{
    char *chunk;
    uint64_t at = 0;
    size_t got;
    hf_status rc;

    if (h->spill < 0)
        return take(self, hf_buf_view(&h->memory), err);
    chunk = hf_alloc(COPY_BYTES);
    do {
        rc = hf_io_pread(h->spill, chunk, COPY_BYTES, at, &got, err);
        if (rc == HF_OK && got > 0)
            rc = take(self, (hf_view){ chunk, got }, err);
        at += got;
    } while (rc == HF_OK && got > 0);
    hf_free(chunk);
    return rc;
}
