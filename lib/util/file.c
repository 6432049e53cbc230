/* util/file.c: reading a small file. */
#include "util/file.h"
#include "util/util.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static hf_status read_all(int fd, size_t max_bytes, hf_buf *out, hf_err **err)
{
    char chunk[4096];
    size_t total = 0;

    for (;;) {
        ssize_t n = read(fd, chunk, sizeof(chunk));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return hf_fail_sys(err, "cannot read the file");
        if (n == 0)
            return HF_OK;
        total += (size_t)n;
        if (total > max_bytes)
            return hf_fail(err, HF_E_LIMIT, "the file is larger than %zu bytes", max_bytes);
        hf_buf_add(out, (hf_view){ chunk, (size_t)n });
    }
}

hf_status hf_file_read(const char *path, size_t max_bytes, hf_buf *out, hf_err **err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    hf_status rc;

    if (fd < 0) {
        hf_fail_sys(err, "cannot open the file");
        return hf_err_at(err, path, HF_V(""), HF_NO_OFFSET);
    }
    rc = read_all(fd, max_bytes, out, err);
    if (rc != HF_OK)
        hf_err_at(err, path, HF_V(""), HF_NO_OFFSET);
    close(fd);
    return rc;
}
