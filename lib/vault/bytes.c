/* vault/bytes.c: the bytes of contents, out of blocks and blobs. */
#include "vault/vault_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum {
    CACHE_BLOCKS = 64,    /* 4 MiB */
    CACHE_HEADS = 4096,   /* first lines of contents */
    HEAD_BYTES = 1 << 20, /* of one, at most */
};

typedef struct cached {
    int64_t block; /* 0: free */
    uint64_t used;
    hf_buf raw;
} cached;

struct hf_bytes {
    char *vault;
    hf_db *db;
    hf_zst *zst;
    hf_stmt *get_content, *get_extents, *get_block;
    cached cache[CACHE_BLOCKS];
    uint64_t clock;
    hf_map *heads; /* content: its first line, empty for records without a member; of head_mem */
    hf_arena *head_mem;
    int64_t blob; /* content that fd is open on; 0: none */
    int fd;
};

hf_status hf_bytes_new(hf_bytes **out, const char *vault, hf_db *records, hf_err **err)
{
    hf_bytes *by = HF_NEW(hf_bytes);
    hf_status rc;

    by->vault = hf_strdup(vault);
    by->db = records;
    by->zst = hf_zst_new(1);
    by->fd = -1;
    by->heads = hf_map_new();
    by->head_mem = hf_arena_new();
    for (size_t i = 0; i < CACHE_BLOCKS; i++)
        hf_buf_init(&by->cache[i].raw, BLOCK_BYTES);
    rc = hf_db_prepare(records, "SELECT kind, size, sha256 FROM content WHERE id = ?1",
                       &by->get_content, err);
    /* From the extent that holds byte ?2 on. */
    if (rc == HF_OK)
        rc = hf_db_prepare(records,
                           "SELECT pos, block, off, len FROM extent WHERE content = ?1 AND pos >= "
                           "(SELECT coalesce(max(pos), 0) FROM extent WHERE content = ?1 "
                           "AND pos <= ?2) ORDER BY pos",
                           &by->get_extents, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(records, "SELECT size, frame FROM block WHERE id = ?1", &by->get_block,
                           err);
    if (rc != HF_OK) {
        hf_bytes_free(by);
        return rc;
    }
    *out = by;
    return HF_OK;
}

void hf_bytes_free(hf_bytes *by)
{
    if (by == NULL)
        return;
    for (size_t i = 0; i < CACHE_BLOCKS; i++)
        hf_buf_clear(&by->cache[i].raw);
    hf_stmt_free(by->get_content);
    hf_stmt_free(by->get_extents);
    hf_stmt_free(by->get_block);
    hf_zst_free(by->zst);
    hf_map_free(by->heads);
    hf_arena_free(by->head_mem);
    if (by->fd >= 0)
        close(by->fd);
    hf_free(by->vault);
    hf_free(by);
}

static hf_status damaged(const hf_bytes *by, const char *what, int64_t id, hf_err **err)
{
    hf_fail(err, HF_E_DAMAGED, "%s %lld", what, (long long)id);
    hf_hint(err, "run 'holdfast verify' on the vault, and restore it from a copy");
    return hf_err_at(err, hf_db_path(by->db), (hf_view){ NULL, 0 }, HF_NO_OFFSET);
}

/* The block unpacked, lent until the next call. */
static hf_status get_block(hf_bytes *by, int64_t id, hf_view *out, hf_err **err)
{
    cached *c = &by->cache[0];
    hf_status rc;

    for (size_t i = 0; i < CACHE_BLOCKS; i++) {
        if (by->cache[i].block == id) {
            by->cache[i].used = ++by->clock;
            *out = hf_buf_view(&by->cache[i].raw);
            return HF_OK;
        }
        if (by->cache[i].used < c->used)
            c = &by->cache[i];
    }
    c->block = 0;
    hf_buf_reset(&c->raw);
    hf_stmt_bind_i64(by->get_block, 1, id);
    rc = hf_stmt_step(by->get_block, err);
    if (rc == HF_END)
        rc = damaged(by, "there is no block", id, err);
    if (rc == HF_OK)
        rc = hf_zst_unpack(by->zst, hf_stmt_col_blob(by->get_block, 1), &c->raw, err);
    if (rc == HF_OK && c->raw.n != (uint64_t)hf_stmt_col_i64(by->get_block, 0))
        rc = damaged(by, "wrong size of block", id, err);
    hf_stmt_reset(by->get_block);
    if (rc == HF_E_VERIFY)
        rc = hf_wrap(err, "block %lld", (long long)id);
    if (rc != HF_OK)
        return rc;
    c->block = id;
    c->used = ++by->clock;
    *out = hf_buf_view(&c->raw);
    return HF_OK;
}

static hf_status from_blocks(hf_bytes *by, int64_t content, uint64_t off, size_t n, hf_buf *out,
                             hf_err **err)
{
    hf_stmt *st = by->get_extents;
    hf_status rc = HF_OK;

    hf_stmt_bind_i64(st, 1, content);
    hf_stmt_bind_i64(st, 2, (int64_t)off);
    while (n > 0 && (rc = hf_stmt_step(st, err)) == HF_OK) {
        uint64_t pos = (uint64_t)hf_stmt_col_i64(st, 0);
        uint64_t from = (uint64_t)hf_stmt_col_i64(st, 2), len = (uint64_t)hf_stmt_col_i64(st, 3);
        hf_view raw = { NULL, 0 };

        if (off < pos || off - pos >= len) {
            rc = damaged(by, "extents do not meet in content", content, err);
            break;
        }
        rc = get_block(by, hf_stmt_col_i64(st, 1), &raw, err);
        if (rc != HF_OK)
            break;
        if (from > raw.n || len > raw.n - from) {
            rc = damaged(by, "an extent leaves its block in content", content, err);
            break;
        }
        raw = hf_view_sub(hf_view_sub(raw, from, len), off - pos, n);
        hf_buf_add(out, raw);
        off += raw.n;
        n -= raw.n;
    }
    hf_stmt_reset(st);
    return rc == HF_END ? damaged(by, "extents end too early in content", content, err) : rc;
}

static hf_status from_blob(hf_bytes *by, int64_t content, const hf_sha256 *digest, uint64_t off,
                           size_t n, hf_buf *out, hf_err **err)
{
    char *path = hf_blob_path(by->vault, digest);
    hf_status rc = HF_OK;

    if (by->blob != content) {
        if (by->fd >= 0)
            close(by->fd);
        by->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        by->blob = by->fd < 0 ? 0 : content;
    }
    if (by->fd < 0)
        rc = errno == ENOENT ? hf_fail(err, HF_E_DAMAGED, "an attachment is not there")
                             : hf_fail_sys(err, "cannot open an attachment");
    while (rc == HF_OK && n > 0) {
        ssize_t got = hf_buf_reserve(out, n) ? pread(by->fd, out->p + out->n, n, (off_t)off) : 0;

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = hf_fail_sys(err, "cannot read an attachment");
        else if (got == 0)
            rc = hf_fail(err, HF_E_DAMAGED, "an attachment is too short");
        out->n += got > 0 ? (size_t)got : 0;
        off += (uint64_t)(got > 0 ? got : 0);
        n -= got > 0 ? (size_t)got : 0;
    }
    if (rc != HF_OK)
        hf_err_at(err, path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    hf_free(path);
    return rc;
}

typedef struct content_row {
    int kind; /* CONTENT_ */
    uint64_t size;
    hf_sha256 digest;
} content_row;

static hf_status get_content(hf_bytes *by, int64_t id, content_row *out, hf_err **err)
{
    hf_status rc;

    *out = (content_row){ 0 };
    hf_stmt_bind_i64(by->get_content, 1, id);
    rc = hf_stmt_step(by->get_content, err);
    if (rc == HF_END)
        rc = damaged(by, "there is no content", id, err);
    if (rc == HF_OK) {
        hf_view d = hf_stmt_col_blob(by->get_content, 2);

        out->kind = (int)hf_stmt_col_i64(by->get_content, 0);
        out->size = (uint64_t)hf_stmt_col_i64(by->get_content, 1);
        memcpy(out->digest.b, d.p, d.n < sizeof(out->digest.b) ? d.n : sizeof(out->digest.b));
    }
    hf_stmt_reset(by->get_content);
    return rc;
}

hf_status hf_bytes_read(hf_bytes *by, int64_t id, uint64_t off, size_t n, hf_buf *out, hf_err **err)
{
    content_row c;
    hf_status rc = get_content(by, id, &c, err);

    if (rc != HF_OK || off >= c.size)
        return rc;
    if (n > c.size - off)
        n = (size_t)(c.size - off);
    if (c.kind == CONTENT_BLOB)
        return from_blob(by, id, &c.digest, off, n, out, err);
    return from_blocks(by, id, off, n, out, err);
}

/* --- documents ----------------------------------------------------------------------------------
 */

/* The first line of a content, line feed included. */
static hf_status read_line(hf_bytes *by, int64_t id, hf_buf *line, hf_err **err)
{
    enum { STEP = 4 << 10 };

    for (size_t at = 0, end; at < HEAD_BYTES; at = line->n) {
        hf_status rc = hf_bytes_read(by, id, at, STEP, line, err);

        if (rc != HF_OK)
            return rc;
        end = hf_view_find_byte(hf_view_from(hf_buf_view(line), at), '\n');
        if (end != HF_NPOS) {
            line->n = at + end + 1;
            return HF_OK;
        }
        if (line->n == at)
            break;
    }
    return damaged(by, "there is no first line in content", id, err);
}

static hf_status find_head(hf_bytes *by, int64_t id, hf_view *head, hf_err **err)
{
    const hf_view key = { (const char *)&id, sizeof(id) };
    hf_map_entry *e = hf_map_get(by->heads, key);
    content_row c;
    hf_buf line;
    hf_status rc;

    if (e != NULL) {
        *head = *(const hf_view *)e->v.p;
        return HF_OK;
    }
    hf_buf_init(&line, HF_BUF_UNBOUNDED);
    rc = get_content(by, id, &c, err);
    if (rc == HF_OK && c.kind != CONTENT_LOOSE)
        rc = read_line(by, id, &line, err);
    if (rc == HF_OK) {
        hf_view *kept;

        if (hf_map_count(by->heads) == CACHE_HEADS) {
            hf_map_free(by->heads);
            by->heads = hf_map_new();
            hf_arena_reset(by->head_mem);
        }
        kept = hf_arena_alloc(by->head_mem, sizeof(*kept));
        *head = *kept = hf_arena_dup(by->head_mem, hf_buf_view(&line));
        hf_map_put(by->heads, key, NULL)->v.p = kept;
    }
    hf_buf_clear(&line);
    return rc;
}

hf_status hf_bytes_document(hf_bytes *by, const hf_place *place, bool has_head, hf_buf *out,
                            hf_err **err)
{
    hf_view head = { NULL, 0 };
    hf_status rc = has_head ? find_head(by, place->content, &head, err) : HF_OK;

    hf_buf_add(out, head);
    return rc == HF_OK ? hf_bytes_read(by, place->content, place->off, place->len, out, err) : rc;
}

hf_status hf_vault_read(hf_vault *v, int64_t content, uint64_t off, size_t n, hf_buf *out,
                        hf_err **err)
{
    hf_status rc = HF_OK;

    if (v->bytes == NULL)
        rc = hf_bytes_new(&v->bytes, v->path, v->records, err);
    return rc == HF_OK ? hf_bytes_read(v->bytes, content, off, n, out, err) : rc;
}
