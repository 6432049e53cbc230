/* vault/evidence_priv.h: the state of writing evidence, shared by evidence.c and blocks.c. */
#ifndef HF_VAULT_EVIDENCE_PRIV_H
#define HF_VAULT_EVIDENCE_PRIV_H

#include "vault/vault_priv.h"

/* What is known of the member with an ordinal, whether it came or was only named by a record. */
typedef struct hf_ev_slot {
    uint64_t content; /* id << 2 | SLOT_ flags; 0: nothing is known */
    uint64_t end;     /* highest byte that a record names */
} hf_ev_slot;

enum { SLOT_USED = 1, SLOT_DONE = 2 };

typedef struct hf_ev_member { /* the one under way */
    bool is_open, is_streaming;
    uint32_t ordinal;
    int type;
    int64_t mtime_us;
    uint32_t mode;
    bool is_opaque, is_set, has_file;
    hf_buf name, link, file;
    uint64_t size; /* bytes so far */
    hf_buf held;   /* not yet in blocks, from byte held_at on */
    uint64_t held_at;
    uint64_t *mark; /* ends of records, ascending, past held_at */
    size_t nmark, cap_mark, first_mark;
    int64_t first_block; /* before it began */
    hf_blob *blob;       /* NULL: blocks */
} hf_ev_member;

typedef struct hf_ev_loose { /* the run of raw records that stand in no member */
    int64_t content;         /* 0: none yet */
    hf_buf block;
    uint64_t size, written;
    hf_sha256_ctx *sha;
} hf_ev_loose;

struct hf_evidence {
    char *vault;
    hf_db *db;
    int64_t import;
    hf_import_stats *stats;
    hf_zst *zst;
    hf_sha256_ctx *sha;
    hf_stmt *put_block, *put_extent, *put_content, *put_member;
    hf_stmt *find_content, *find_block, *copy_extents, *drop_extents, *drop_blocks;
    int64_t next_block, next_content;
    hf_buf block, frame; /* block: the shared one being filled; its id is next_block */
    bool has_blobs;
    hf_ev_slot *slot;
    size_t nslot;
    hf_ev_member m;
    hf_ev_loose loose;
};

/* --- blocks.c --- */

static inline hf_view hf_ev_sha_view(const hf_sha256 *d)
{
    return (hf_view){ (const char *)d->b, sizeof(d->b) };
}

/* Rows of block, extent and content. digest NULL: the block may hold several members. */
hf_status hf_ev_put_block(hf_evidence *ev, hf_view raw, const hf_sha256 *digest, hf_err **err);
hf_status hf_ev_put_extent(hf_evidence *ev, int64_t content, uint64_t pos, int64_t block,
                           size_t off, size_t len, hf_err **err);
hf_status hf_ev_put_content(hf_evidence *ev, int64_t id, int kind, uint64_t size,
                            const hf_sha256 *digest, hf_err **err);
/* End the shared block. */
hf_status hf_ev_flush_block(hf_evidence *ev, hf_err **err);
/* Write the held bytes of the member under way into the shared block, and on into further ones. */
hf_status hf_ev_share_out(hf_evidence *ev, int64_t content, hf_err **err);
/* Write them into blocks of the member's own until at most left of them remain. */
hf_status hf_ev_stream_out(hf_evidence *ev, int64_t content, size_t left, hf_err **err);
/* The content of records without a member, complete. */
hf_status hf_ev_finish_loose(hf_evidence *ev, hf_err **err);

#endif
