/* vault/evidence.c: members into blocks and blobs, byte for byte, equal bytes once.
 *
 * A member of at most HOLD_BYTES waits in memory for its end: when its SHA-256 is known already its
 * content is used again and nothing is written. A larger one goes to blocks of its own as it comes,
 * which are found again by their own SHA-256 and dropped when the whole turns out to be known.
 * Blocks are cut where records end, so that a record is one frame away. Memory: HOLD_BYTES, one
 * block, and 16 bytes a member.
 */
#include "vault/evidence_priv.h"

#include <fcntl.h>
#include <unistd.h>

static const hf_view none = { NULL, 0 };

static hf_status prepare(hf_evidence *ev, hf_err **err)
{
    const struct {
        hf_stmt **st;
        const char *sql;
    } list[] = {
        { &ev->put_block, "INSERT INTO block(id, size, sha256, frame) VALUES(?1, ?2, ?3, ?4)" },
        { &ev->put_extent, "INSERT INTO extent(content, pos, block, off, len) "
                           "VALUES(?1, ?2, ?3, ?4, ?5)" },
        { &ev->put_content, "INSERT INTO content(id, kind, size, sha256) VALUES(?1, ?2, ?3, ?4)" },
        { &ev->put_member,
          "INSERT INTO import_member(import, ordinal, name, type, mtime_us, mode, link, is_opaque, "
          "file, content, is_set) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)" },
        { &ev->find_content, "SELECT id, kind FROM content WHERE sha256 = ?1 AND size = ?2 "
                             "ORDER BY id LIMIT 1" },
        { &ev->find_block, "SELECT id FROM block WHERE sha256 = ?1" },
        { &ev->copy_extents, "INSERT INTO extent(content, pos, block, off, len) "
                             "SELECT ?1, pos, block, off, len FROM extent WHERE content = ?2" },
        { &ev->drop_extents, "DELETE FROM extent WHERE content = ?1" },
        { &ev->drop_blocks, "DELETE FROM block WHERE id >= ?1 AND id IN "
                            "(SELECT block FROM extent WHERE content = ?2)" },
    };
    hf_status rc = HF_OK;

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]) && rc == HF_OK; i++)
        rc = hf_db_prepare(ev->db, list[i].sql, list[i].st, err);
    return rc;
}

hf_status hf_evidence_new(hf_evidence **out, const char *vault, hf_db *records, int64_t import,
                          hf_import_stats *stats, hf_err **err)
{
    hf_evidence *ev = HF_NEW(hf_evidence);
    hf_status rc;

    ev->vault = hf_strdup(vault);
    ev->db = records;
    ev->import = import;
    ev->stats = stats;
    ev->zst = hf_zst_new(3);
    ev->sha = hf_sha256_new();
    hf_buf_init(&ev->block, BLOCK_BYTES);
    hf_buf_init(&ev->frame, HF_BUF_UNBOUNDED);
    hf_buf_init(&ev->m.name, HF_BUF_UNBOUNDED);
    hf_buf_init(&ev->m.link, HF_BUF_UNBOUNDED);
    hf_buf_init(&ev->m.file, HF_BUF_UNBOUNDED);
    hf_buf_init(&ev->m.held, HF_BUF_UNBOUNDED);
    hf_buf_init(&ev->loose.block, HF_BUF_UNBOUNDED);
    rc = prepare(ev, err);
    if (rc == HF_OK)
        rc = hf_db_get_i64(ev->db, "SELECT coalesce(max(id), 0) + 1 FROM block", &ev->next_block,
                           err);
    if (rc == HF_OK)
        rc = hf_db_get_i64(ev->db, "SELECT coalesce(max(id), 0) + 1 FROM content",
                           &ev->next_content, err);
    if (rc != HF_OK) {
        hf_evidence_free(ev);
        return rc;
    }
    *out = ev;
    return HF_OK;
}

void hf_evidence_free(hf_evidence *ev)
{
    if (ev == NULL)
        return;
    hf_stmt_free(ev->put_block);
    hf_stmt_free(ev->put_extent);
    hf_stmt_free(ev->put_content);
    hf_stmt_free(ev->put_member);
    hf_stmt_free(ev->find_content);
    hf_stmt_free(ev->find_block);
    hf_stmt_free(ev->copy_extents);
    hf_stmt_free(ev->drop_extents);
    hf_stmt_free(ev->drop_blocks);
    hf_zst_free(ev->zst);
    hf_sha256_free(ev->sha);
    hf_sha256_free(ev->loose.sha);
    hf_buf_clear(&ev->block);
    hf_buf_clear(&ev->frame);
    hf_buf_clear(&ev->m.name);
    hf_buf_clear(&ev->m.link);
    hf_buf_clear(&ev->m.file);
    hf_buf_clear(&ev->m.held);
    hf_buf_clear(&ev->loose.block);
    hf_blob_drop(ev->m.blob);
    hf_free(ev->m.mark);
    hf_free(ev->slot);
    hf_free(ev->vault);
    hf_free(ev);
}

/* --- members ------------------------------------------------------------------------------------
 */

static hf_ev_slot *slot_of(hf_evidence *ev, uint32_t ordinal)
{
    if (ordinal >= ev->nslot) {
        size_t n = ev->nslot == 0 ? 256 : ev->nslot;

        while (n <= ordinal)
            n *= 2;
        ev->slot = hf_realloc(ev->slot, n, sizeof(hf_ev_slot));
        memset(ev->slot + ev->nslot, 0, (n - ev->nslot) * sizeof(hf_ev_slot));
        ev->nslot = n;
    }
    if (ev->slot[ordinal].content == 0)
        ev->slot[ordinal].content = (uint64_t)ev->next_content++ << 2;
    return &ev->slot[ordinal];
}

hf_place hf_evidence_place(hf_evidence *ev, uint32_t ordinal, uint64_t off, uint64_t len)
{
    hf_ev_slot *s = slot_of(ev, ordinal);

    s->content |= SLOT_USED;
    if (off + len > s->end)
        s->end = off + len;
    return (hf_place){ (int64_t)(s->content >> 2), off, len };
}

static void keep(hf_buf *to, hf_view v)
{
    hf_buf_reset(to);
    hf_buf_add(to, v);
}

static hf_status begin_member(hf_evidence *ev, const hf_record *r, hf_err **err)
{
    const hf_rec_member *in = &r->u.member;
    hf_ev_member *m = &ev->m;

    if (m->is_open)
        return hf_fail(err, HF_E_INTERNAL, "member %u begins inside member %u", in->ordinal,
                       m->ordinal);
    m->is_open = true;
    m->is_streaming = false;
    m->ordinal = in->ordinal;
    m->type = in->type;
    m->mtime_us = in->mtime_us;
    m->mode = in->mode;
    m->is_opaque = in->is_opaque;
    m->is_set = in->is_set;
    m->has_file = in->file_id.n > 0;
    keep(&m->name, in->name);
    keep(&m->link, in->link);
    keep(&m->file, in->file_id);
    m->size = m->held_at = 0;
    hf_buf_reset(&m->held);
    m->nmark = m->first_mark = 0;
    hf_sha256_begin(ev->sha);
    if (in->type == HF_MEMBER_FILE && (m->has_file || (m->is_opaque && in->size > BLOB_BYTES)))
        return hf_blob_new(&m->blob, ev->vault, err);
    return HF_OK;
}

/* The member is too large to wait for its end. */
static hf_status start_streaming(hf_evidence *ev, hf_err **err)
{
    hf_ev_member *m = &ev->m;
    hf_status rc;

    if (m->is_opaque) {
        rc = hf_blob_new(&m->blob, ev->vault, err);
        if (rc == HF_OK)
            rc = hf_blob_write(m->blob, hf_buf_view(&m->held), err);
        hf_buf_reset(&m->held);
        return rc;
    }
    rc = hf_ev_flush_block(ev, err);
    m->is_streaming = true;
    m->first_block = ev->next_block;
    return rc;
}

static hf_status add_bytes(hf_evidence *ev, const hf_record *r, hf_err **err)
{
    hf_ev_member *m = &ev->m;
    hf_view bytes = r->raw.bytes;
    size_t limit = m->is_opaque ? BLOB_BYTES : HOLD_BYTES;
    hf_status rc = HF_OK;

    if (!m->is_open)
        return hf_fail(err, HF_E_INTERNAL, "bytes of a member that did not begin");
    hf_sha256_add(ev->sha, bytes);
    m->size += bytes.n;
    if (m->blob != NULL)
        return hf_blob_write(m->blob, bytes, err);
    hf_buf_add(&m->held, bytes);
    if (!m->is_streaming && m->held.n > limit)
        rc = start_streaming(ev, err);
    if (rc == HF_OK && m->is_streaming && m->held.n > HOLD_BYTES)
        rc = hf_ev_stream_out(ev, (int64_t)(slot_of(ev, m->ordinal)->content >> 2), HOLD_BYTES / 2,
                              err);
    return rc;
}

/* The bytes are known as content known: take back what was written of them. */
static hf_status reuse(hf_evidence *ev, int64_t known, hf_ev_slot *s, hf_err **err)
{
    hf_ev_member *m = &ev->m;
    int64_t mine = (int64_t)(s->content >> 2);
    hf_status rc = HF_OK;

    hf_blob_drop(m->blob);
    m->blob = NULL;
    if (m->is_streaming) {
        hf_stmt_bind_i64(ev->drop_blocks, 1, m->first_block);
        hf_stmt_bind_i64(ev->drop_blocks, 2, mine);
        rc = hf_stmt_run(ev->drop_blocks, err);
        ev->stats->blocks -= (uint64_t)hf_db_changes(ev->db);
        hf_stmt_bind_i64(ev->drop_extents, 1, mine);
        if (rc == HF_OK)
            rc = hf_stmt_run(ev->drop_extents, err);
    }
    if ((s->content & SLOT_USED) == 0) {
        s->content = (uint64_t)known << 2;
        return rc;
    }
    /* Rows name our content already (a record went back to an earlier form): it becomes a second
     * content over the same extents. */
    hf_stmt_bind_i64(ev->copy_extents, 1, mine);
    hf_stmt_bind_i64(ev->copy_extents, 2, known);
    if (rc == HF_OK)
        rc = hf_stmt_run(ev->copy_extents, err);
    return rc;
}

/* Store or find the bytes of the member; *id is its content. */
static hf_status settle(hf_evidence *ev, const hf_sha256 *digest, int64_t *id, hf_err **err)
{
    hf_ev_member *m = &ev->m;
    hf_ev_slot *s = slot_of(ev, m->ordinal);
    int64_t known = 0;
    int kind = m->blob != NULL ? CONTENT_BLOB : CONTENT_BLOCKS;
    hf_status rc;

    *id = (int64_t)(s->content >> 2);
    hf_stmt_bind_blob(ev->find_content, 1, hf_ev_sha_view(digest));
    hf_stmt_bind_i64(ev->find_content, 2, (int64_t)m->size);
    rc = hf_stmt_step(ev->find_content, err);
    if (rc == HF_OK) {
        known = hf_stmt_col_i64(ev->find_content, 0);
        kind = (int)hf_stmt_col_i64(ev->find_content, 1);
    }
    hf_stmt_reset(ev->find_content);
    if (rc < 0)
        return rc;
    if (rc == HF_OK) {
        bool is_used = (s->content & SLOT_USED) != 0;

        rc = reuse(ev, known, s, err);
        *id = (int64_t)(s->content >> 2);
        return rc == HF_OK && is_used ? hf_ev_put_content(ev, *id, kind, m->size, digest, err) : rc;
    }
    ev->stats->new_members++;
    if (m->blob != NULL) {
        rc = hf_blob_keep(m->blob, digest, err);
        m->blob = NULL;
        ev->has_blobs = true;
    } else {
        rc = m->is_streaming ? hf_ev_stream_out(ev, *id, 0, err) : hf_ev_share_out(ev, *id, err);
    }
    return rc == HF_OK ? hf_ev_put_content(ev, *id, kind, m->size, digest, err) : rc;
}

static hf_status put_member(hf_evidence *ev, int64_t content, hf_err **err)
{
    const hf_ev_member *m = &ev->m;
    hf_stmt *st = ev->put_member;

    hf_stmt_bind_i64(st, 1, ev->import);
    hf_stmt_bind_i64(st, 2, m->ordinal);
    hf_stmt_bind_blob(st, 3, hf_buf_view(&m->name));
    hf_stmt_bind_i64(st, 4, m->type);
    if (m->mtime_us != HF_NO_TIME)
        hf_stmt_bind_i64(st, 5, m->mtime_us);
    hf_stmt_bind_i64(st, 6, m->mode);
    if (m->type == HF_MEMBER_LINK)
        hf_stmt_bind_blob(st, 7, hf_buf_view(&m->link));
    hf_stmt_bind_i64(st, 8, m->is_opaque);
    if (m->has_file)
        hf_stmt_bind_text(st, 9, hf_buf_view(&m->file));
    if (content != 0)
        hf_stmt_bind_i64(st, 10, content);
    hf_stmt_bind_i64(st, 11, m->is_set);
    return hf_stmt_run(st, err);
}

static hf_status end_member(hf_evidence *ev, hf_err **err)
{
    hf_ev_member *m = &ev->m;
    hf_sha256 digest = hf_sha256_finish(ev->sha);
    int64_t content = 0;
    hf_status rc = HF_OK;

    if (!m->is_open)
        return hf_fail(err, HF_E_INTERNAL, "a member ends that did not begin");
    m->is_open = false;
    if (m->type == HF_MEMBER_FILE) {
        hf_ev_slot *s = slot_of(ev, m->ordinal);

        if (s->end > m->size) {
            hf_fail(err, HF_E_INTERNAL, "a record stands behind the end of its member");
            return hf_err_at(err, NULL, hf_buf_view(&m->name), s->end);
        }
        rc = settle(ev, &digest, &content, err);
        s->content |= SLOT_DONE;
    }
    if (rc == HF_OK)
        rc = put_member(ev, content, err);
    ev->stats->members++;
    ev->stats->bytes += m->size;
    return rc;
}

hf_status hf_evidence_put(hf_evidence *ev, const hf_record *r, hf_err **err)
{
    if (r->kind == HF_KIND_MEMBER)
        return begin_member(ev, r, err);
    if (r->kind == HF_KIND_BYTES)
        return add_bytes(ev, r, err);
    return end_member(ev, err);
}

/* Blobs must be on the disk before rows that name them are. */
static hf_status sync_blobs(const hf_evidence *ev, hf_err **err)
{
    int fd = open(ev->vault, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hf_status rc = HF_OK;

    if (fd < 0 || syncfs(fd) != 0) {
        rc = hf_fail_sys(err, "cannot write attachments to the disk");
        hf_err_at(err, ev->vault, none, HF_NO_OFFSET);
    }
    if (fd >= 0)
        close(fd);
    return rc;
}

/* One line per member, as README.txt describes it. */
hf_status hf_evidence_list(hf_db *records, int64_t import, char digest[65], hf_err **err)
{
    hf_sha256_ctx *sha = hf_sha256_new();
    hf_stmt *st = NULL;
    hf_buf line;
    hf_sha256 sum;
    hf_status rc = hf_db_prepare(
        records,
        "SELECT m.ordinal, m.type, coalesce(m.mtime_us, '-'), m.mode, m.name, m.link, "
        "coalesce(lower(hex(c.sha256)), '-') FROM import_member m "
        "LEFT JOIN content c ON c.id = m.content WHERE m.import = ?1 ORDER BY m.ordinal",
        &st, err);

    hf_buf_init(&line, HF_BUF_UNBOUNDED);
    hf_sha256_begin(sha);
    if (rc == HF_OK)
        hf_stmt_bind_i64(st, 1, import);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_buf_reset(&line);
        for (int i = 0; i < 7; i++) {
            hf_view v = i == 4 || i == 5 ? hf_stmt_col_blob(st, i) : hf_stmt_col_text(st, i);

            if (i == 4 || i == 5) {
                hf_buf_u64(&line, v.n);
                hf_buf_byte(&line, ' ');
            }
            hf_buf_add(&line, v);
            hf_buf_byte(&line, i == 6 ? '\n' : ' ');
        }
        hf_sha256_add(sha, hf_buf_view(&line));
    }
    sum = hf_sha256_finish(sha);
    hf_sha256_hex(&sum, digest);
    hf_sha256_free(sha);
    hf_stmt_free(st);
    hf_buf_clear(&line);
    return rc == HF_END ? HF_OK : rc;
}

hf_status hf_evidence_finish(hf_evidence *ev, char digest[65], hf_err **err)
{
    hf_status rc = hf_ev_flush_block(ev, err);

    if (ev->m.is_open)
        return hf_fail(err, HF_E_INTERNAL, "member %u has no end", ev->m.ordinal);
    for (size_t i = 0; i < ev->nslot; i++)
        if ((ev->slot[i].content & 3) == SLOT_USED)
            return hf_fail(err, HF_E_INTERNAL, "records stand in member %zu, which never came", i);
    if (rc == HF_OK)
        rc = hf_ev_finish_loose(ev, err);
    if (rc == HF_OK && ev->has_blobs)
        rc = sync_blobs(ev, err);
    if (rc == HF_OK)
        rc = hf_evidence_list(ev->db, ev->import, digest, err);
    return rc;
}
