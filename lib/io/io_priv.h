/* io/io_priv.h: files, temporary files, atomic targets and decompression, for lib/io alone. */
#ifndef HF_IO_IO_PRIV_H
#define HF_IO_IO_PRIV_H

#include <locale.h>
#include <sys/types.h>

#include "util/util.h"

/* Hand why (may be NULL) to the caller, or free it when he wants none or has one. */
void hf_io_raise(hf_err **err, hf_err *why);

/* An unlinked file in $TMPDIR (else /tmp), readable and writable by us alone. */
hf_status hf_io_temp(int *fd, hf_err **err);

/* Write all bytes at the file's position; path is for the message. */
hf_status hf_io_write(int fd, hf_view bytes, const char *path, hf_err **err);

/* Read n bytes at an offset, fewer only at the end of the file. */
hf_status hf_io_pread(int fd, void *to, size_t n, uint64_t at, size_t *got, hf_err **err);

/* Open name below the folder dir for reading without following any link on the way. extra is added
 * to the flags of the last part. -1 with errno set. */
int hf_io_open_below(int dir, hf_view name, int extra);

/* Remove name in dir and, when it is a folder, everything in it; links are removed, not followed.
 */
int hf_io_remove_tree(int dir, const char *name);

/* A locale for uselocale() around libarchive's calls, freed by freelocale: outside a UTF-8 LC_CTYPE
 * libarchive 3.6.2 gives NULL for names, and crashes on some. */
hf_status hf_io_locale(locale_t *made, const char *name, hf_err **err);

/* --- a target that is complete or absent --------------------------------------------------------
 */

typedef struct hf_partial {
    int dir, fd; /* the folder that holds the target; the open TARGET.partial */
    char *path;  /* as given, for messages */
    char *place; /* path of the folder dir */
    char *name;  /* of the target in dir */
    char *temp;  /* of TARGET.partial in dir; NULL when nothing is to be removed */
    bool is_folder;
    bool overwrite;
} hf_partial;

/* Create TARGET.partial with these mode bits (less umask). HF_E_EXISTS, HF_E_LOCKED when another
 * run is writing it. On an error nothing is left open. */
hf_status hf_partial_open(hf_partial *p, const char *target, bool is_folder, mode_t mode,
                          bool overwrite, hf_err **err);

/* Bring what was written to the disk. */
hf_status hf_partial_sync(hf_partial *p, hf_err **err);

/* Sync, rename over the target, sync the folder; p is cleared whatever happens. */
hf_status hf_partial_commit(hf_partial *p, hf_err **err);

/* Remove what was written; p is cleared. */
void hf_partial_abort(hf_partial *p);

/* --- decompression ------------------------------------------------------------------------------
 */

typedef enum hf_packing { HF_PACKING_NONE, HF_PACKING_GZIP, HF_PACKING_ZSTD } hf_packing;

typedef struct hf_unpack hf_unpack;

/* Reads fd from offset 0 with pread, plain or decompressed as its first bytes say. fd is borrowed.
 */
hf_status hf_unpack_open(hf_unpack **out, int fd, hf_err **err);
void hf_unpack_close(hf_unpack *u); /* NULL is fine */

/* Up to n bytes; *got 0 only at the end, after every checksum was seen to hold. HF_E_DAMAGED with
 * the offset in the packed file when it is cut, has a bad checksum, or goes on with other bytes. */
hf_status hf_unpack_read(hf_unpack *u, void *to, size_t n, size_t *got, hf_err **err);

hf_packing hf_unpack_packing(const hf_unpack *u);
uint64_t hf_unpack_consumed(const hf_unpack *u); /* packed bytes used so far */

#endif
