/* package/volumes.h: an encrypted package: a folder of volumes, each a CMS file of its own.
 *
 *   NAME/NAME.001.cms ...    pieces of one .zip or .tar.zst, encrypted one by one
 *   NAME/volumes.json        size and SHA-256 of every volume, of every piece in the clear, of
 * README NAME/volumes.json.sig, key.pem, README.txt
 *
 * Pieces, because opening a CMS file takes three times its size in memory. The list says nothing of
 * what is inside. Schema: schemas/volumes.v1.json.
 */
#ifndef HF_PACKAGE_VOLUMES_H
#define HF_PACKAGE_VOLUMES_H

#include "audit/key.h"
#include "io/sink.h"
#include "io/source.h"
#include "package/envelope.h"

#define HF_VOLUME_BYTES (UINT64_C(64) << 20) /* no volume is larger */
#define HF_VOLUME_CLEAR (UINT64_C(56) << 20) /* bytes of a piece in the clear */

/* BASE.NNN and the suffix: volume number (from 1) of total, freed with hf_free. All of them have as
 * many digits, three at least, so that a shell's order of names is their order. */
HF_API char *hf_volume_name(const char *base, size_t number, size_t total, const char *suffix);

/* Encrypt the file at path, to be called name ("nightly.zip"), into volumes base.001.cms ... of
 * sink, and append volumes.json to list. readme: of README.txt, which is the caller's. */
HF_API hf_status hf_volumes_write(const char *path, const char *name, const char *base,
                                  const hf_sha256 *readme, const hf_recipients *recipients,
                                  hf_sink *sink, hf_buf *list, hf_err **err);

typedef struct hf_volume {
    hf_view file;
    uint64_t bytes, clear_bytes;
    hf_sha256 sha256, clear_sha256;
} hf_volume;

typedef struct hf_volumes {
    hf_arena *mem;
    hf_view container; /* name of what the pieces make together */
    uint64_t bytes;    /* of it */
    hf_sha256 sha256;
    hf_sha256 readme;
    hf_volume *volume;
    size_t n;
} hf_volumes;

/* Whether source, a folder, holds volumes.json. */
HF_API bool hf_volumes_are(const hf_source *source);

/* Read volumes.json; to be freed also on an error. HF_E_DAMAGED when it is not what it must be. */
HF_API hf_status hf_volumes_parse(hf_view json, hf_volumes *out, hf_err **err);
HF_API void hf_volumes_free(hf_volumes *v);

/* Compare every volume with the list, and look for files that are none; say is told of what is
 * wrong (may be NULL). With an opener the volumes are opened as well and their pieces appended to
 * clear, a file descriptor (-1: only checked). *findings counts. */
HF_API hf_status hf_volumes_check(hf_source *source, const hf_volumes *v, const hf_opener *opener,
                                  int clear,
                                  void (*say)(void *self, hf_view name, const char *what),
                                  void *self, uint64_t *findings, hf_err **err);

#endif
