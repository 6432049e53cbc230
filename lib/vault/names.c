/* vault/names.c: texts that many rows name, by number. */
#include "vault/write_priv.h"

enum { MAX_NAMES = 1 << 18 }; /* kept in memory, of channels and authors */

/* The id of a text in a table of texts, made when new. */
static hf_status intern(hf_records *rs, hf_stmt *find, hf_stmt *put, hf_view text, int64_t *id,
                        hf_err **err)
{
    hf_status rc;

    hf_stmt_bind_text(find, 1, text);
    rc = hf_stmt_step(find, err);
    *id = rc == HF_OK ? hf_stmt_col_i64(find, 0) : 0;
    hf_stmt_reset(find);
    if (rc != HF_END)
        return rc;
    hf_stmt_bind_text(put, 1, text);
    rc = hf_stmt_run(put, err);
    *id = hf_db_last_rowid(rs->db);
    return rc;
}

/* The same through a map; names beyond MAX_NAMES are asked from the table each time. */
static hf_status cached(hf_records *rs, hf_map *map, hf_stmt *find, hf_stmt *put, hf_view text,
                        int64_t *id, hf_err **err)
{
    hf_map_entry *e;
    hf_status rc;

    *id = 0;
    if (text.n == 0)
        return HF_OK;
    e = hf_map_get(map, text);
    if (e != NULL) {
        *id = (int64_t)e->v.u;
        return HF_OK;
    }
    rc = intern(rs, find, put, text, id, err);
    if (rc == HF_OK && hf_map_count(map) < MAX_NAMES)
        hf_map_put(map, text, NULL)->v.u = (uint64_t)*id;
    return rc;
}

hf_status hf_records_name(hf_records *rs, hf_view text, int64_t *id, hf_err **err)
{
    return cached(rs, rs->names, rs->find_name, rs->put_name, text, id, err);
}

hf_status hf_records_origin(hf_records *rs, hf_view text, int64_t *id, hf_err **err)
{
    hf_status rc = cached(rs, rs->origins, rs->find_origin, rs->put_origin, text, id, err);

    if (rs->origin == 0)
        rs->origin = *id;
    return rc;
}

hf_status hf_records_other_names(hf_records *rs, const hf_record *r, int64_t origin, int64_t ref,
                                 hf_err **err)
{
    hf_field f = r->kind == HF_KIND_USER ? HF_F_USER_BOT_ID : HF_F_CHANNEL_PREVIOUS_NAME;
    hf_status rc = HF_OK;
    uint32_t at = 0;

    for (const hf_value *v = hf_rec_next(r, f, 0, &at); v != NULL && rc == HF_OK;
         v = hf_rec_next(r, f, at + 1, &at)) {
        if (v->text.n == 0)
            continue;
        hf_stmt_bind_i64(rs->put_other_name, 1, hf_vault_kind(r->kind));
        hf_stmt_bind_i64(rs->put_other_name, 2, origin);
        hf_stmt_bind_i64(rs->put_other_name, 3, ref);
        hf_stmt_bind_text(rs->put_other_name, 4, v->text);
        rc = hf_stmt_run(rs->put_other_name, err);
    }
    return rc;
}

hf_status hf_records_use_format(hf_records *rs, const hf_record *r, hf_err **err)
{
    const char *name = r->format == NULL ? rs->args->format : r->format;

    if (rs->format.name != NULL && strcmp(rs->format.name, name) == 0)
        return HF_OK;
    rs->format.name = name;
    rs->format.format = hf_format_find(hf_view_str(name));
    return intern(rs, rs->find_format, rs->put_format, hf_view_str(name), &rs->format.id, err);
}
