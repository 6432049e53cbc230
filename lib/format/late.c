/* format/late.c: see late.h. A record lies in the file as (bytes, packed record). */
#include "format/late.h"

#include "io/temp.h"

struct hf_late {
    FILE *file; /* NULL until something is kept */
    hf_buf packed;
    bool is_reading;
};

hf_late *hf_late_new(void)
{
    hf_late *l = HF_NEW(hf_late);

    hf_buf_init(&l->packed, HF_BUF_UNBOUNDED);
    return l;
}

void hf_late_free(hf_late *l)
{
    if (l == NULL)
        return;
    if (l->file != NULL)
        fclose(l->file);
    hf_buf_clear(&l->packed);
    hf_free(l);
}

hf_status hf_late_add(hf_late *l, const hf_record *r, hf_err **err)
{
    uint64_t n;

    if (l->file == NULL) {
        hf_status rc = hf_temp_file(&l->file, "attachments", err);

        if (rc != HF_OK)
            return rc;
    }
    hf_buf_reset(&l->packed);
    hf_rec_pack(r, &l->packed);
    n = l->packed.n;
    if (fwrite(&n, sizeof(n), 1, l->file) != 1 ||
        fwrite(l->packed.p, 1, l->packed.n, l->file) != l->packed.n)
        return hf_fail_sys(err, "cannot write attachments to the temporary folder");
    return HF_OK;
}

static hf_status read_one(hf_late *l, hf_batch *b, hf_err **err)
{
    uint64_t n;

    if (fread(&n, sizeof(n), 1, l->file) != 1)
        return ferror(l->file) ? hf_fail_sys(err, "cannot read from the temporary folder") : HF_END;
    hf_buf_reset(&l->packed);
    hf_buf_reserve(&l->packed, n);
    if (fread(l->packed.p, 1, n, l->file) != n)
        return hf_fail_sys(err, "cannot read attachments from the temporary folder");
    hf_rec_unpack(b, (hf_view){ l->packed.p, n });
    return HF_OK;
}

hf_status hf_late_next(hf_late *l, hf_batch *b, hf_err **err)
{
    size_t before = b->n;
    hf_status rc = HF_OK;

    if (l->file == NULL)
        return HF_END;
    if (!l->is_reading && (fflush(l->file) != 0 || fseek(l->file, 0, SEEK_SET) != 0))
        return hf_fail_sys(err, "cannot write attachments to the temporary folder");
    l->is_reading = true;
    while (rc == HF_OK && !hf_batch_is_full(b))
        rc = read_one(l, b, err);
    return rc == HF_END && b->n > before ? HF_OK : rc;
}
