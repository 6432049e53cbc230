/* io/source.h: anything with members that can be read: a folder, a ZIP, a tar (also compressed),
 * one file.
 *
 * Members are numbered in the order the container lists them (a folder: bytewise by name) and keep
 * their raw names: nothing is normalised, nothing is trusted. Every member can be opened again and
 * again; a stream or pipe is spooled to disk once. Opening checks the container as a whole:
 * truncated or overlapping entries, duplicate central records and lying sizes are HF_E_DAMAGED,
 * limits HF_E_BOMB, an unknown kind HF_E_UNSUPPORTED; reading a member checks its CRC and size. ZIP
 * APPNOTE 6.3.10 through libzip, by central directory index. tar (POSIX.1-2017 pax, GNU), also
 * compressed by gzip or zstd: libarchive, spooled. A lone gzip or zstd file is a file. A folder
 * lists its files (hidden ones too), its links, and the folders that are empty; pipes and devices
 * in it are HF_E_UNSUPPORTED. Threads one source per thread.
 */
#ifndef HF_IO_SOURCE_H
#define HF_IO_SOURCE_H

#include "util/util.h"

typedef enum hf_member_type { HF_MEMBER_FILE, HF_MEMBER_FOLDER, HF_MEMBER_LINK } hf_member_type;

typedef struct hf_member {
    hf_view name;        /* raw bytes; folders in a ZIP or tar keep their trailing slash */
    hf_member_type type; /* a link is listed and never followed */
    uint64_t size;       /* bytes when read */
    int64_t mtime_us;    /* HF_NO_TIME when the container does not say or its zone is unknown */
    uint32_t mode;       /* permission bits; 0 when unknown */
    bool is_encrypted;
    bool is_damaged; /* salvaged: only a part of its bytes could be read, or with a bad checksum */
    hf_view link;    /* target of a link; empty when it cannot be read */
} hf_member;

typedef enum hf_source_kind {
    HF_SOURCE_FILE, /* one file: one member, its base name */
    HF_SOURCE_FOLDER,
    HF_SOURCE_ZIP,
    HF_SOURCE_TAR,
} hf_source_kind;

typedef struct hf_source_limits { /* 0 means the default of design 13 */
    uint64_t max_member_bytes;    /* 8 GiB; members of a container, not plain files */
    uint64_t max_members;         /* 10 million */
    uint32_t max_ratio; /* 200:1, enforced past 64 MiB of output of one member and in total */
    bool salvage; /* read what a damaged container still gives (damage is then reported, not fatal)
                   */
} hf_source_limits;

typedef struct hf_source hf_source;

/* Open path ("-" is stdin, spooled). limits NULL: the defaults. HF_E_DENIED when unreadable. */
HF_API hf_status hf_source_open(hf_source **out, const char *path, const hf_source_limits *limits,
                                hf_err **err);
HF_API void hf_source_close(hf_source *s); /* NULL is fine */

/* Open a file member of a source as a source of its own, as if it were unpacked: its bytes are read
 * to their end and spooled to disk once. The other source is not needed afterwards. */
HF_API hf_status hf_source_open_member(hf_source **out, hf_source *of, uint32_t index,
                                       const hf_source_limits *limits, hf_err **err);

/* A source whose members somebody else keeps. */
typedef struct hf_source_ops {
    /* Read up to n bytes of a file member from byte at on; *got 0 only at its end. */
    hf_status (*read)(void *self, uint32_t index, uint64_t at, void *to, size_t n, size_t *got,
                      hf_err **err);
    void (*close)(void *self); /* by hf_source_close; may be NULL */
} hf_source_ops;

/* A source over ops that looks like one of this kind. Members are copied; path is for messages; on
 * an error self stays the caller's. */
HF_API hf_status hf_source_over(hf_source **out, const char *path, hf_source_kind kind,
                                const hf_member *members, uint32_t n, const hf_source_ops *ops,
                                void *self, hf_err **err);

HF_API hf_source_kind hf_source_get_kind(const hf_source *s);
HF_API const char *hf_source_path(const hf_source *s);

/* SHA-256 of the container file's bytes (of a folder or kept members: of the list with sizes);
 * computed on the first call. */
HF_API hf_status hf_source_digest(hf_source *s, hf_sha256 *out, hf_err **err);

HF_API uint32_t hf_source_count(const hf_source *s);
HF_API const hf_member *hf_source_member(const hf_source *s, uint32_t index);

/* Index of the member of that exact name; UINT32_MAX when there is none. Of duplicates the last. */
HF_API uint32_t hf_source_find(const hf_source *s, hf_view name);

/* Sum of the sizes of all members, bytes. */
HF_API uint64_t hf_source_total(const hf_source *s);

typedef struct hf_stream hf_stream;

/* What salvage found wrong with the container, as one line that may grow while members are read;
 * NULL when it is intact so far. Lent until the next read. */
HF_API const char *hf_source_damage(const hf_source *s);

/* Open one member for reading from its start: a link gives its target's text, a folder nothing.
 * HF_E_NO_KEY when it is encrypted, HF_E_DENIED when it may not be read. */
HF_API hf_status hf_source_read(hf_source *s, uint32_t index, hf_stream **out, hf_err **err);

/* Read up to n bytes into to; *got 0 only at the end, after size and CRC were checked. HF_E_DAMAGED
 * (with salvage: an early end, noted in hf_source_damage) and HF_E_BOMB name member and offset. */
HF_API hf_status hf_stream_read(hf_stream *st, void *to, size_t n, size_t *got, hf_err **err);
HF_API void hf_stream_close(hf_stream *st); /* NULL is fine */

/* Pass over n bytes, or fewer when it ends before; of a ZIP's member they are read for it. */
HF_API hf_status hf_stream_skip(hf_stream *st, uint64_t n, hf_err **err);

/* Append a whole member to b (which has a maximum: HF_E_LIMIT past it). */
HF_API hf_status hf_source_slurp(hf_source *s, uint32_t index, hf_buf *b, hf_err **err);

#endif
