/* slack/spool.c: see spool.h. */
#include "slack/spool.h"

#include "io/temp.h"

void slack_spool_init(slack_spool *s, size_t max_bytes)
{
    *s = (slack_spool){ 0 };
    hf_buf_init(&s->mem, max_bytes);
}

void slack_spool_clear(slack_spool *s)
{
    hf_buf_clear(&s->mem);
    if (s->file != NULL)
        fclose(s->file);
    *s = (slack_spool){ 0 };
}

void slack_spool_reset(slack_spool *s)
{
    hf_buf_reset(&s->mem);
    s->n = 0;
    if (s->file != NULL)
        rewind(s->file);
}

static hf_status write_out(slack_spool *s, hf_view bytes, hf_err **err)
{
    if (bytes.n > 0 && fwrite(bytes.p, 1, bytes.n, s->file) != bytes.n)
        return hf_fail_sys(err, "cannot write to a temporary file");
    return HF_OK;
}

hf_status slack_spool_add(slack_spool *s, hf_view bytes, hf_err **err)
{
    hf_status rc = HF_OK;

    if (s->file == NULL && s->mem.n + bytes.n <= s->mem.max) {
        hf_buf_add(&s->mem, bytes);
        s->n += bytes.n;
        return HF_OK;
    }
    if (s->file == NULL) {
        rc = hf_temp_file(&s->file, "messages", err);
        if (rc != HF_OK)
            return rc;
        rc = write_out(s, hf_buf_view(&s->mem), err);
        hf_buf_clear(&s->mem);
    }
    if (rc == HF_OK && fseeko(s->file, (off_t)s->n, SEEK_SET) != 0)
        rc = hf_fail_sys(err, "cannot seek in a temporary file");
    if (rc == HF_OK)
        rc = write_out(s, bytes, err);
    s->n += bytes.n;
    return rc;
}

hf_status slack_spool_give(slack_spool *s, uint64_t at, uint64_t n,
                           hf_status (*put)(void *self, hf_view bytes, hf_err **err), void *self,
                           hf_err **err)
{
    char chunk[16384];
    hf_status rc = HF_OK;

    if (s->file == NULL)
        return put(self, hf_view_sub(hf_buf_view(&s->mem), (size_t)at, (size_t)n), err);
    if (fseeko(s->file, (off_t)at, SEEK_SET) != 0)
        return hf_fail_sys(err, "cannot seek in a temporary file");
    while (n > 0 && rc == HF_OK) {
        size_t want = n < sizeof(chunk) ? (size_t)n : sizeof(chunk);

        if (fread(chunk, 1, want, s->file) != want)
            return hf_fail_sys(err, "cannot read a temporary file");
        rc = put(self, (hf_view){ chunk, want }, err);
        n -= want;
    }
    return rc;
}
