/* io/source_priv.h: what the kinds of source share. */
#ifndef HF_IO_SOURCE_PRIV_H
#define HF_IO_SOURCE_PRIV_H

#include "io/io_priv.h"
#include "io/source.h"

/* Past this much output the ratio limit counts; small members may compress as well as they can. */
#define HF_RATIO_FREE_BYTES (UINT64_C(64) << 20)

typedef struct hf_name_index hf_name_index; /* name to member index, made by the first find */

struct hf_source {
    hf_source_kind kind;
    char *path;
    hf_source_limits limits; /* defaults filled in */
    int fd;                  /* the container or file; the root of a folder */
    int spool;               /* -1, or the members' bytes one after another, each at start[i] */
    uint64_t bytes;          /* size of the container file */
    int64_t mtime_us;
    uint32_t mode;
    hf_member *members;
    uint64_t *start; /* used with spool only */
    uint32_t n, cap;
    uint64_t total;
    hf_arena *mem; /* names and link targets */
    hf_name_index *names;
    const hf_source_ops *ops; /* of a source whose bytes somebody else keeps; else NULL */
    void *self;
    struct zip *zip;
    uint64_t *unflag; /* offsets in a ZIP where libzip must not see the UTF-8 flag, ascending */
    size_t nunflag;
    char *damage, *first_damage; /* NULL while there is none */
    uint32_t damages;
};

struct hf_stream {
    hf_source *src;
    uint32_t index;
    uint64_t at; /* bytes given out */
    bool ended;
    int fd; /* own descriptor of a folder's member, else -1 */
    struct zip_file *zip;
};

/* Append a member; name and link are copied. HF_E_BOMB past max_members. */
hf_status hf_source_add(hf_source *s, const hf_member *m, hf_err **err);

/* HF_E_BOMB, naming the member, when packed bytes may not expand to size bytes; an empty name means
 * the container as a whole. */
hf_status hf_source_check_ratio(const hf_source *s, hf_view name, uint64_t packed, uint64_t size,
                                hf_err **err);
hf_status hf_source_check_size(const hf_source *s, hf_view name, uint64_t size, hf_err **err);

/* Note damage that salvage goes on from; member UINT32_MAX: the container. The error is freed. */
void hf_source_note_damage(hf_source *s, uint32_t member, hf_err *why);

/* Fill the source from its path or fd. */
hf_status hf_source_list_folder(hf_source *s, hf_err **err);
hf_status hf_source_list_zip(hf_source *s, hf_err **err);
hf_status hf_source_list_tar(hf_source *s, hf_unpack *u, hf_err **err);

/* Read the local headers of a ZIP one after another, believing no central directory. */
hf_status hf_source_salvage_zip(hf_source *s, hf_err **err);

/* Check a ZIP's end records, central directory and local headers, and add its members. The result
 * for each: what libzip must agree with. *crcs is freed by the caller. */
typedef struct hf_zip_seen {
    uint64_t size;
    uint32_t crc;
} hf_zip_seen;
hf_status hf_zip_list(hf_source *s, hf_zip_seen **seen, hf_err **err);

hf_status hf_zip_stream_open(hf_stream *st, hf_err **err);
hf_status hf_zip_stream_read(hf_stream *st, void *to, size_t n, size_t *got, hf_err **err);

#endif
