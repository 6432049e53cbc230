/* io/zst.h: zstd frames (RFC 8878): whole blocks in memory, and files written and read line by
 * line. */
#ifndef HF_IO_ZST_H
#define HF_IO_ZST_H

#include "util/util.h"

typedef struct hf_zst hf_zst; /* contexts for many blocks; one per thread */

HF_API hf_zst *hf_zst_new(int level);
HF_API void hf_zst_free(hf_zst *z); /* NULL is fine */

/* Append one frame holding raw, with content size and checksum, to out. */
HF_API hf_status hf_zst_pack(hf_zst *z, hf_view raw, hf_buf *out, hf_err **err);

/* Append the content of one frame to out; HF_E_VERIFY when it is damaged. */
HF_API hf_status hf_zst_unpack(hf_zst *z, hf_view frame, hf_buf *out, hf_err **err);

/* A .zst text file written atomically (path.partial, sync, rename; mode 0600). */
typedef struct hf_zstw hf_zstw;
HF_API hf_status hf_zstw_open(hf_zstw **out, const char *path, bool overwrite, hf_err **err);
HF_API hf_status hf_zstw_write(hf_zstw *w, hf_view bytes, hf_err **err);
HF_API hf_status hf_zstw_commit(hf_zstw *w, uint64_t *bytes_out, hf_err **err); /* frees w */
HF_API void hf_zstw_abort(hf_zstw *w);                                          /* NULL is fine */

/* Read such a file line by line; the view is lent until the next call; HF_END after the last. A
 * file that ends inside a frame is HF_E_DAMAGED. max_line 0: 64 MiB. */
typedef struct hf_zstr hf_zstr;
HF_API hf_status hf_zstr_open(hf_zstr **out, const char *path, size_t max_line, hf_err **err);
HF_API hf_status hf_zstr_line(hf_zstr *r, hf_view *line, hf_err **err);
HF_API void hf_zstr_close(hf_zstr *r); /* NULL is fine */

#endif
