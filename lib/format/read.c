/* format/read.c: open a reader on an input, with the sidecar beside it. */
#include "format/copy.h"
#include "util/fault.h"
#include "util/stop.h"

#include <unistd.h>

hf_status hf_reader_next(hf_reader *r, hf_batch *b, hf_err **err)
{
    hf_status rc = hf_stop_check(err);

    hf_fault("read");
    return rc == HF_OK ? r->ops->next(r, b, err) : rc;
}

void hf_reader_close(hf_reader *r)
{
    if (r != NULL)
        r->ops->close(r);
}

char *hf_sidecar_path(const char *path)
{
    size_t n = strlen(path);

    while (n > 1 && path[n - 1] == '/')
        n--;
    return hf_sprintf("%.*s.sidecar.zst", (int)n, path);
}

hf_status hf_read_open(hf_reader **out, hf_input *in, const hf_reader_args *args,
                       bool ignore_sidecar, hf_err **err)
{
    hf_reader_args own = *args;
    char *sidecar = in->sidecar != NULL ? hf_strdup(in->sidecar) : hf_sidecar_path(in->path);
    hf_reader *inner = NULL;
    bool joins = !ignore_sidecar && !in->format->opens_path && access(sidecar, F_OK) == 0;
    hf_status rc = HF_OK;

    if (in->format->hold != NULL && in->held == NULL)
        rc = in->format->hold(&in->held, in->path, args->opts, err);
    own.source = in->source;
    own.path = in->path;
    own.held = in->held;
    if (joins) { /* identities come from the sidecar; records are rebuilt from values, not from
                    bytes */
        own.origin = args->origin != NULL ? args->origin : "sidecar";
        own.want &= ~(unsigned)HF_WANT_BYTES;
    }
    if (rc == HF_OK)
        rc = in->format->open(&inner, &own, err);
    if (rc == HF_OK && joins)
        rc = hf_sidecar_join(&inner, inner, sidecar, args, err);
    hf_free(sidecar);
    if (rc != HF_OK)
        return hf_err_at(err, in->label, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    if (inner->source == NULL)
        inner->source = in->source;
    *out = inner;
    return HF_OK;
}
