/* vault/blocks.c: bytes into zstd blocks: where they are cut, and the rows they make. */
#include "vault/evidence_priv.h"

/* --- blocks and extents -------------------------------------------------------------------------
 */

hf_status hf_ev_put_block(hf_evidence *ev, hf_view raw, const hf_sha256 *digest, hf_err **err)
{
    hf_status rc;

    hf_buf_reset(&ev->frame);
    rc = hf_zst_pack(ev->zst, raw, &ev->frame, err);
    if (rc != HF_OK)
        return rc;
    hf_stmt_bind_i64(ev->put_block, 1, ev->next_block);
    hf_stmt_bind_i64(ev->put_block, 2, (int64_t)raw.n);
    if (digest != NULL)
        hf_stmt_bind_blob(ev->put_block, 3, hf_ev_sha_view(digest));
    hf_stmt_bind_blob(ev->put_block, 4, hf_buf_view(&ev->frame));
    rc = hf_stmt_run(ev->put_block, err);
    if (rc == HF_OK) {
        ev->next_block++;
        ev->stats->blocks++;
    }
    return rc;
}

hf_status hf_ev_put_extent(hf_evidence *ev, int64_t content, uint64_t pos, int64_t block,
                           size_t off, size_t len, hf_err **err)
{
    hf_stmt_bind_i64(ev->put_extent, 1, content);
    hf_stmt_bind_i64(ev->put_extent, 2, (int64_t)pos);
    hf_stmt_bind_i64(ev->put_extent, 3, block);
    hf_stmt_bind_i64(ev->put_extent, 4, (int64_t)off);
    hf_stmt_bind_i64(ev->put_extent, 5, (int64_t)len);
    return hf_stmt_run(ev->put_extent, err);
}

hf_status hf_ev_put_content(hf_evidence *ev, int64_t id, int kind, uint64_t size,
                            const hf_sha256 *digest, hf_err **err)
{
    hf_stmt_bind_i64(ev->put_content, 1, id);
    hf_stmt_bind_i64(ev->put_content, 2, kind);
    hf_stmt_bind_i64(ev->put_content, 3, (int64_t)size);
    hf_stmt_bind_blob(ev->put_content, 4, hf_ev_sha_view(digest));
    return hf_stmt_run(ev->put_content, err);
}

hf_status hf_ev_flush_block(hf_evidence *ev, hf_err **err)
{
    hf_status rc = HF_OK;

    if (ev->block.n > 0)
        rc = hf_ev_put_block(ev, hf_buf_view(&ev->block), NULL, err);
    hf_buf_reset(&ev->block);
    return rc;
}

/* --- where to cut ------------------------------------------------------------------------------
 */

/* The highest mark in (from, to]; 0 when there is none. Marks up to from are forgotten. */
static uint64_t last_mark(hf_ev_member *m, uint64_t from, uint64_t to)
{
    size_t i = m->first_mark;
    uint64_t found = 0;

    while (i < m->nmark && m->mark[i] <= from)
        i++;
    m->first_mark = i;
    for (; i < m->nmark && m->mark[i] <= to; i++)
        found = m->mark[i];
    return found;
}

/* How many of the n bytes from at on go into a block with room bytes left; 0: start a new block. */
static size_t cut(hf_ev_member *m, uint64_t at, uint64_t n, size_t room, bool is_last)
{
    uint64_t end;

    if (n <= room && is_last)
        return n;
    end = last_mark(m, at, at + (n < room ? n : room));
    if (end > at)
        return end - at;
    if (room < BLOCK_BYTES)
        return 0;
    return n < room ? n : room; /* a record larger than a block, or no records at all */
}

void hf_evidence_mark(hf_evidence *ev, uint32_t ordinal, uint64_t end)
{
    hf_ev_member *m = &ev->m;
    size_t at;

    if (!m->is_open || m->ordinal != ordinal || end <= m->held_at)
        return;
    if (m->first_mark > 4096 && m->first_mark > m->nmark / 2) {
        m->nmark -= m->first_mark;
        memmove(m->mark, m->mark + m->first_mark, m->nmark * sizeof(*m->mark));
        m->first_mark = 0;
    }
    if (m->nmark == m->cap_mark) {
        m->cap_mark = m->cap_mark == 0 ? 256 : m->cap_mark * 2;
        m->mark = hf_realloc(m->mark, m->cap_mark, sizeof(*m->mark));
    }
    /* Nearly always in order already. */
    for (at = m->nmark; at > m->first_mark && m->mark[at - 1] > end; at--)
        m->mark[at] = m->mark[at - 1];
    m->mark[at] = end;
    m->nmark++;
}

/* --- members into blocks ---
 */

/* Forget n held bytes that are written. */
static void advance(hf_ev_member *m, size_t n)
{
    m->held.n -= n;
    if (m->held.n > 0)
        memmove(m->held.p, m->held.p + n, m->held.n);
    m->held_at += n;
}

hf_status hf_ev_stream_out(hf_evidence *ev, int64_t content, size_t left, hf_err **err)
{
    hf_ev_member *m = &ev->m;
    hf_status rc = HF_OK;
    size_t done = 0;

    while (m->held.n - done > left && rc == HF_OK) {
        uint64_t rest = m->held.n - done;
        size_t n = cut(m, m->held_at + done, rest, BLOCK_BYTES, left == 0);
        hf_view raw = hf_view_sub(hf_buf_view(&m->held), done, n);
        hf_sha256 digest = hf_sha256_of(raw);
        int64_t block = ev->next_block;

        hf_stmt_bind_blob(ev->find_block, 1, hf_ev_sha_view(&digest));
        rc = hf_stmt_step(ev->find_block, err);
        if (rc == HF_OK)
            block = hf_stmt_col_i64(ev->find_block, 0);
        hf_stmt_reset(ev->find_block);
        if (rc == HF_END)
            rc = hf_ev_put_block(ev, raw, &digest, err);
        if (rc == HF_OK)
            rc = hf_ev_put_extent(ev, content, m->held_at + done, block, 0, n, err);
        done += n;
    }
    advance(m, done);
    return rc;
}

hf_status hf_ev_share_out(hf_evidence *ev, int64_t content, hf_err **err)
{
    hf_ev_member *m = &ev->m;
    hf_view left = hf_buf_view(&m->held);
    uint64_t at = 0;
    hf_status rc = HF_OK;

    while (left.n > 0 && rc == HF_OK) {
        size_t n = cut(m, at, left.n, BLOCK_BYTES - ev->block.n, true);

        if (n > 0) {
            rc = hf_ev_put_extent(ev, content, at, ev->next_block, ev->block.n, n, err);
            hf_buf_add(&ev->block, hf_view_sub(left, 0, n));
            at += n;
            left = hf_view_from(left, n);
        }
        if (rc == HF_OK && (left.n > 0 || ev->block.n == BLOCK_BYTES))
            rc = hf_ev_flush_block(ev, err);
    }
    return rc;
}

/* --- records that stand in no member -------------------------------------------------------------
 */

static hf_status flush_loose(hf_evidence *ev, size_t n, hf_err **err)
{
    hf_ev_loose *l = &ev->loose;
    hf_status rc = hf_ev_flush_block(ev, err);

    if (rc == HF_OK)
        rc = hf_ev_put_extent(ev, l->content, l->written, ev->next_block, 0, n, err);
    if (rc == HF_OK)
        rc = hf_ev_put_block(ev, hf_view_sub(hf_buf_view(&l->block), 0, n), NULL, err);
    l->written += n;
    l->block.n -= n;
    memmove(l->block.p, l->block.p + n, l->block.n);
    return rc;
}

/* Each record is followed by a line feed, so that blocks read well by hand. */
hf_status hf_evidence_loose(hf_evidence *ev, hf_view bytes, hf_place *out, hf_err **err)
{
    hf_ev_loose *l = &ev->loose;
    hf_status rc = HF_OK;

    if (l->content == 0) {
        l->content = ev->next_content++;
        l->sha = hf_sha256_new();
        hf_sha256_begin(l->sha);
    }
    *out = (hf_place){ l->content, l->size, bytes.n };
    if (l->block.n > 0 && l->block.n + bytes.n + 1 > BLOCK_BYTES)
        rc = flush_loose(ev, l->block.n, err);
    hf_buf_add(&l->block, bytes);
    hf_buf_byte(&l->block, '\n');
    hf_sha256_add(l->sha, bytes);
    hf_sha256_add(l->sha, HF_V("\n"));
    l->size += bytes.n + 1;
    while (rc == HF_OK && l->block.n > BLOCK_BYTES)
        rc = flush_loose(ev, BLOCK_BYTES, err);
    return rc;
}

hf_status hf_ev_finish_loose(hf_evidence *ev, hf_err **err)
{
    hf_ev_loose *l = &ev->loose;
    hf_sha256 digest;
    hf_status rc = HF_OK;

    if (l->content == 0)
        return HF_OK;
    if (l->block.n > 0)
        rc = flush_loose(ev, l->block.n, err);
    digest = hf_sha256_finish(l->sha);
    return rc == HF_OK ? hf_ev_put_content(ev, l->content, CONTENT_LOOSE, l->size, &digest, err)
                       : rc;
}
