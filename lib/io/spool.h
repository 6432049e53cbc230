/* io/spool.h: the bytes of one member, unpacked, that can be read at any place again and again.
 *
 * A plain file is read where it lies; anything else (a member of a container, gzip RFC 1952, zstd
 * RFC 8878, what a program makes of it) is written once to an unlinked temporary file in $TMPDIR.
 * The source must outlive its spool.
 */
#ifndef HF_IO_SPOOL_H
#define HF_IO_SPOOL_H

#include "io/source.h"

typedef struct hf_spool hf_spool;

/* Make a file member of s readable, unpacked when its bytes begin like gzip or zstd. HF_E_DAMAGED
 * (with salvage: what was there before the damage, which hf_source_damage then tells), HF_E_BOMB
 * past the source's ratio. */
HF_API hf_status hf_spool_open(hf_spool **out, hf_source *s, uint32_t index, hf_err **err);
HF_API void hf_spool_close(hf_spool *sp); /* NULL is fine */

/* Replace the bytes by what a program writes to standard output when it reads them from standard
 * input. argv[0] is looked for in PATH and argv ends with NULL. HF_E_UNSUPPORTED when there is no
 * such program; HF_E_DAMAGED with its first words when it fails (with salvage: what it wrote until
 * then). */
HF_API hf_status hf_spool_filter(hf_spool *sp, char *const argv[], hf_err **err);

HF_API uint64_t hf_spool_size(const hf_spool *sp);

/* Read up to n bytes at an offset; *got less than n only at the end. */
HF_API hf_status hf_spool_read(hf_spool *sp, uint64_t at, void *to, size_t n, size_t *got,
                               hf_err **err);

/* Go on after damage that a reader found in the member: with salvage *err is kept for
 * hf_source_damage, cleared, and HF_OK returned; otherwise its code. */
HF_API hf_status hf_spool_forgive(hf_spool *sp, hf_err **err);

/* Append up to n unpacked bytes from the start of a member to out, for detection: nothing is
 * spooled; what cannot be read gives nothing. */
HF_API void hf_spool_head(hf_source *s, uint32_t index, hf_buf *out, size_t n);

#endif
