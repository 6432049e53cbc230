/* vault/texts.c: messages again from their kept bytes, one version after the other, for the index.
 */
#include "vault/fetch_priv.h"
#include "vault/index_priv.h"

/* Columns: 0 v.id, 1 to 3 origin, scope, native id, 4 scope's number, 5 whether it is current; then
 * format, flags, content, off, len of the version and the same of the record, which has the latest
 * state. */
#define VERSION_ROWS                                                                        \
    "SELECT v.id, o.name, n.text, r.native, r.scope, r.current = v.id & 65535, "            \
    "vf.name, v.flags, v.content, v.off, v.len, rf.name, r.flags, r.content, r.off, r.len " \
    "FROM version v JOIN rec r ON r.id = v.id >> 16 JOIN origin o ON o.id = r.origin "      \
    "JOIN name n ON n.id = r.scope JOIN format vf ON vf.id = v.format "                     \
    "JOIN format rf ON rf.id = r.format "

struct hf_texts {
    hf_bytes *bytes;
    hf_stmt *versions, *find_name, *rows; /* rows: of the walk in progress */
    hf_map *names;                        /* native id -> name.id */
};

hf_status hf_texts_new(hf_texts **out, const char *vault, hf_db *records, hf_err **err)
{
    hf_texts *t = HF_NEW(hf_texts);
    hf_status rc = hf_bytes_new(&t->bytes, vault, records, err);

    t->names = hf_map_new();
    if (rc == HF_OK)
        rc = hf_db_prepare(records, "SELECT id FROM name WHERE text = ?1", &t->find_name, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(records,
                           VERSION_ROWS "WHERE v.id BETWEEN ?1 * 65536 AND ?1 * 65536 + 65535 "
                                        "ORDER BY v.id",
                           &t->versions, err);
    /* Messages with one version; the others are taken as a whole, by hf_texts_of. */
    if (rc == HF_OK)
        rc = hf_db_prepare(records,
                           VERSION_ROWS "WHERE r.kind = 4 AND r.versions = 1 AND v.import > ?1 "
                                        "ORDER BY v.id",
                           &t->rows, err);
    if (rc != HF_OK) {
        hf_texts_free(t);
        return rc;
    }
    *out = t;
    return HF_OK;
}

void hf_texts_free(hf_texts *t)
{
    if (t == NULL)
        return;
    hf_stmt_free(t->versions);
    hf_stmt_free(t->find_name);
    hf_stmt_free(t->rows);
    hf_bytes_free(t->bytes);
    hf_map_free(t->names);
    hf_free(t);
}

static hf_status author_id(hf_texts *t, hf_view text, int64_t *id, hf_err **err)
{
    hf_map_entry *e;
    bool fresh;
    hf_status rc = HF_OK;

    *id = 0;
    if (text.n == 0)
        return HF_OK;
    e = hf_map_put(t->names, text, &fresh);
    if (fresh) {
        hf_stmt_bind_text(t->find_name, 1, text);
        rc = hf_stmt_step(t->find_name, err);
        e->v.u = rc == HF_OK ? (uint64_t)hf_stmt_col_i64(t->find_name, 0) : 0;
        hf_stmt_reset(t->find_name);
    }
    *id = (int64_t)e->v.u;
    return rc < 0 ? rc : HF_OK;
}

static hf_status give(hf_texts *t, hf_stmt *st, hf_texts_fn each, void *self, hf_err **err)
{
    bool is_current = hf_stmt_col_i64(st, 5) != 0;
    int at = is_current ? 11 : 6;
    hf_fetch f = {
        .kind = HF_KIND_MESSAGE,
        .origin = hf_stmt_col_text(st, 1),
        .scope = hf_stmt_col_text(st, 2),
        .native = hf_stmt_col_text(st, 3),
        .format = hf_stmt_col_text(st, at),
        .flags = hf_stmt_col_i64(st, at + 1),
        .place = { hf_stmt_col_i64(st, at + 2), (uint64_t)hf_stmt_col_i64(st, at + 3),
                   (uint64_t)hf_stmt_col_i64(st, at + 4) },
    };
    hf_prep p = { .rec = hf_stmt_col_i64(st, 0) >> 16,
                  .version = (uint32_t)(hf_stmt_col_i64(st, 0) & 65535),
                  .is_current = is_current,
                  .scope = hf_stmt_col_i64(st, 4) };
    hf_batch *b = hf_batch_new();
    hf_record *r = NULL;
    hf_status rc = hf_fetch_record(t->bytes, b, &f, NULL, &r, err);

    if (rc == HF_OK)
        rc = author_id(t, hf_vault_author(r), &p.author, err);
    if (rc == HF_OK)
        rc = each(self, r, &p, err);
    hf_batch_free(b);
    return rc;
}

static hf_status give_all(hf_texts *t, hf_stmt *st, int64_t arg, hf_texts_fn each, void *self,
                          hf_err **err)
{
    hf_status rc = HF_OK;

    hf_stmt_bind_i64(st, 1, arg);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK)
        rc = give(t, st, each, self, err);
    hf_stmt_reset(st);
    return rc == HF_END ? HF_OK : rc;
}

hf_status hf_texts_of(hf_texts *t, int64_t rec, hf_texts_fn each, void *self, hf_err **err)
{
    return give_all(t, t->versions, rec, each, self, err);
}

hf_status hf_texts_after(hf_texts *t, int64_t import, hf_texts_fn each, void *self, hf_err **err)
{
    return give_all(t, t->rows, import, each, self, err);
}
