/* vault/records.c: the records of an import into rows.
 *
 * New identity: a row in rec and its first version. Known: an equal content and state write
 * nothing; another state updates the row; another content adds a version. Of several records with
 * one identity in one import the first says what is current; the others add versions only. A
 * stand-in never replaces a record. Memory: the key set (up to 48 MiB), one bit a record, channels
 * and authors.
 */
#include "vault/write_priv.h"

enum { MAX_VERSIONS = 65535 };

/* --- begin and end ------------------------------------------------------------------------------
 */

static hf_status prepare(hf_records *rs, hf_err **err)
{
    const struct {
        hf_stmt **st;
        const char *sql;
    } list[] = {
        { &rs->put_rec,
          "INSERT INTO rec(" REC_COLUMNS ") VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
          "?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23)" },
        { &rs->update_rec,
          "UPDATE rec SET flags = ?7, time_us = ?8, thread = ?9, author = ?10, reactions = ?11, "
          "files = ?12, versions = ?13, current = ?14, content_digest = ?15, state_digest = ?16, "
          "format = ?17, content = ?18, off = ?19, len = ?20, missing = ?21, "
          "changed = ?22, sum = ?23 "
          "WHERE id = ?1" },
        { &rs->get_rec, "SELECT " REC_COLUMNS " FROM rec WHERE id = ?1" },
        { &rs->put_version, "INSERT INTO version(" VERSION_COLUMNS ") "
                            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)" },
        { &rs->get_digests, "SELECT digest FROM version WHERE id BETWEEN ?1 * 65536 "
                            "AND ?1 * 65536 + 65535" },
        { &rs->put_user, "INSERT OR REPLACE INTO user_version(id, origin, ref, is_current, name, "
                         "display_name, real_name, email, is_bot, is_deactivated) "
                         "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)" },
        { &rs->put_channel, "INSERT OR REPLACE INTO channel_version(id, origin, ref, is_current, "
                            "name, title, type, topic, purpose, created_us, is_archived) "
                            "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)" },
        { &rs->put_other_name, "INSERT OR IGNORE INTO other_name(kind, origin, ref, name) "
                               "VALUES(?1, ?2, ?3, ?4)" },
        { &rs->old_users, "UPDATE user_version SET is_current = 0 WHERE is_current AND id BETWEEN "
                          "?1 * 65536 AND ?1 * 65536 + 65535" },
        { &rs->old_channels, "UPDATE channel_version SET is_current = 0 WHERE is_current AND id "
                             "BETWEEN ?1 * 65536 AND ?1 * 65536 + 65535" },
        { &rs->find_name, "SELECT id FROM name WHERE text = ?1" },
        { &rs->put_name, "INSERT INTO name(text) VALUES(?1)" },
        { &rs->find_origin, "SELECT id FROM origin WHERE name = ?1" },
        { &rs->put_origin, "INSERT INTO origin(name) VALUES(?1)" },
        { &rs->find_format, "SELECT id FROM format WHERE name = ?1" },
        { &rs->put_format, "INSERT INTO format(name) VALUES(?1)" },
        { &rs->put_coverage, "INSERT OR REPLACE INTO coverage(import, kind, scope, first_day, "
                             "last_day) VALUES(?1, ?2, ?3, ?4, ?5)" },
        { &rs->find_quarantine, "SELECT 1 FROM quarantine WHERE key = ?1" },
        { &rs->put_quarantine, "INSERT INTO quarantine(key, import, origin, format, content, off, "
                               "len, reason) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)" },
    };
    hf_status rc = HF_OK;

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]) && rc == HF_OK; i++)
        rc = hf_db_prepare(rs->db, list[i].sql, list[i].st, err);
    return rc;
}

/* Look identities up in the database from now on. */
static hf_status use_index(hf_records *rs, hf_err **err)
{
    hf_status rc = HF_OK;

    hf_keyset_free(rs->keys);
    rs->keys = NULL;
    if (rs->is_first)
        rc = hf_db_exec(rs->db, "CREATE INDEX IF NOT EXISTS rec_key ON rec(key)", err);
    if (rc == HF_OK)
        rc = hf_db_prepare(rs->db, "SELECT " REC_COLUMNS " FROM rec WHERE key = ?1", &rs->find_rec,
                           err);
    return rc;
}

static hf_status load_keys(hf_records *rs, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(rs->db, "SELECT key, id FROM rec", &st, err);
    bool fits = true;

    while (rc == HF_OK && fits && (rc = hf_stmt_step(st, err)) == HF_OK)
        fits = hf_keyset_add(rs->keys, (uint64_t)hf_stmt_col_i64(st, 0), hf_stmt_col_i64(st, 1));
    hf_stmt_free(st);
    if (rc < 0)
        return rc;
    return fits ? HF_OK : use_index(rs, err);
}

hf_status hf_records_new(hf_records **out, hf_db *db, hf_evidence *ev, const hf_import_args *args,
                         bool is_first, hf_import_stats *stats, hf_err **err)
{
    hf_records *rs = HF_NEW(hf_records);
    hf_status rc;

    rs->db = db;
    rs->ev = ev;
    rs->args = args;
    rs->is_first = is_first;
    rs->stats = stats;
    rs->keys = hf_keyset_new();
    rs->names = hf_map_new();
    rs->origins = hf_map_new();
    hf_buf_init(&rs->packed, HF_BUF_UNBOUNDED);
    rc = prepare(rs, err);
    if (rc == HF_OK)
        rc = hf_db_get_i64(db, "SELECT coalesce(max(id), 0) + 1 FROM rec", &rs->next_rec, err);
    if (rc == HF_OK && !is_first)
        rc = load_keys(rs, err);
    if (rc != HF_OK) {
        hf_records_free(rs);
        return rc;
    }
    *out = rs;
    return HF_OK;
}

void hf_records_free(hf_records *rs)
{
    if (rs == NULL)
        return;
    hf_stmt *const list[] = {
        rs->put_rec,      rs->update_rec,     rs->get_rec,         rs->find_rec,
        rs->put_version,  rs->get_digests,    rs->put_user,        rs->put_channel,
        rs->old_users,    rs->old_channels,   rs->find_name,       rs->put_name,
        rs->find_origin,  rs->put_origin,     rs->find_format,     rs->put_format,
        rs->put_coverage, rs->put_other_name, rs->find_quarantine, rs->put_quarantine,
        rs->put_count,
    };

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        hf_stmt_free(list[i]);
    hf_keyset_free(rs->keys);
    hf_map_free(rs->names);
    hf_map_free(rs->origins);
    hf_free(rs->sighted);
    hf_buf_clear(&rs->packed);
    hf_free(rs);
}

/* --- rows --------------------------------------------------------------------------------------
 */

/* Where the bytes of r are; called only when a row is written. */
static hf_status place_of(hf_records *rs, const hf_record *r, hf_rec_row *row, hf_err **err)
{
    const hf_format *f = rs->format.format;
    bool is_packed = r->raw.bytes.n == 0 || f == NULL || f->parse == NULL ||
                     (r->flags & HF_REC_EDITED) != 0; /* its bytes do not say all of it */

    if (is_packed) {
        row->flags |= REC_PACKED;
        hf_buf_reset(&rs->packed);
        hf_packed_write(r, &rs->packed);
        return hf_evidence_loose(rs->ev, hf_buf_view(&rs->packed), &row->place, err);
    }
    /* Where a member's first line is the head of every record in it, a record of another head (or
     * of none) stands apart, as its whole document: fetch.c tells the two by the content. */
    if (!rs->args->is_whole || r->raw.member == HF_NO_MEMBER ||
        f->has_heads != (r->raw.head.n > 0)) {
        hf_buf_reset(&rs->packed);
        hf_rec_document(r, &rs->packed);
        return hf_evidence_loose(rs->ev, hf_buf_view(&rs->packed), &row->place, err);
    }
    row->place = hf_evidence_place(rs->ev, r->raw.member, r->raw.offset, r->raw.bytes.n);
    return HF_OK;
}

/* What r says, without identity numbers and place. */
static hf_status describe(hf_records *rs, const hf_record *r, const hf_prep *p, hf_rec_row *row,
                          hf_err **err)
{
    row->flags = hf_vault_describe(r, &row->reactions, &row->files);
    row->time_us = r->time_us;
    row->thread = hf_rec_get_text(r, HF_F_MESSAGE_THREAD);
    row->content_digest = (int64_t)p->content;
    row->state_digest = (int64_t)p->state;
    row->format = rs->format.id;
    return hf_records_name(rs, hf_vault_author(r), &row->author, err);
}

static void bind_text(hf_stmt *st, int i, const hf_record *r, hf_field f)
{
    const hf_value *v = hf_rec_get(r, f);

    if (v != NULL)
        hf_stmt_bind_text(st, i, v->text);
}

/* The readable columns of users and channels. */
static hf_status put_columns(hf_records *rs, const hf_record *r, const hf_rec_row *row,
                             int64_t version, hf_err **err)
{
    bool is_user = r->kind == HF_KIND_USER;
    hf_stmt *st = is_user ? rs->put_user : rs->put_channel;
    hf_stmt *old = is_user ? rs->old_users : rs->old_channels;
    bool is_current = version == row->current;
    int64_t ref;
    hf_status rc;

    if (!is_user && r->kind != HF_KIND_CHANNEL)
        return HF_OK;
    rc = hf_records_name(rs, r->id, &ref, err);
    if (rc == HF_OK)
        rc = hf_records_other_names(rs, r, row->origin, ref, err);
    if (rc == HF_OK && is_current && row->versions > 1) {
        hf_stmt_bind_i64(old, 1, row->id);
        rc = hf_stmt_run(old, err);
    }
    if (rc != HF_OK)
        return rc;
    hf_stmt_bind_i64(st, 1, row->id * 65536 + version);
    hf_stmt_bind_i64(st, 2, row->origin);
    hf_stmt_bind_i64(st, 3, ref);
    hf_stmt_bind_i64(st, 4, is_current);
    if (is_user) {
        bind_text(st, 5, r, HF_F_USER_NAME);
        bind_text(st, 6, r, HF_F_USER_DISPLAY_NAME);
        bind_text(st, 7, r, HF_F_USER_REAL_NAME);
        bind_text(st, 8, r, HF_F_USER_EMAIL);
        hf_stmt_bind_i64(st, 9, hf_rec_get_bool(r, HF_F_USER_IS_BOT));
        hf_stmt_bind_i64(st, 10, hf_rec_get_bool(r, HF_F_USER_IS_DEACTIVATED));
    } else {
        bind_text(st, 5, r, HF_F_CHANNEL_NAME);
        bind_text(st, 6, r, HF_F_CHANNEL_TITLE);
        bind_text(st, 7, r, HF_F_CHANNEL_KIND);
        bind_text(st, 8, r, HF_F_CHANNEL_TOPIC);
        bind_text(st, 9, r, HF_F_CHANNEL_PURPOSE);
        if (hf_rec_get(r, HF_F_CHANNEL_CREATED) != NULL)
            hf_stmt_bind_i64(st, 10, hf_rec_get_num(r, HF_F_CHANNEL_CREATED, 0));
        hf_stmt_bind_i64(st, 11, hf_rec_get_bool(r, HF_F_CHANNEL_IS_ARCHIVED));
    }
    return hf_stmt_run(st, err);
}

static hf_status put_version(hf_records *rs, const hf_record *r, const hf_rec_row *row,
                             const hf_place *place, int64_t n, hf_prep *p, hf_err **err)
{
    const hf_value *text = hf_rec_get(r, HF_F_MESSAGE_TEXT);
    hf_version_row v = {
        .id = row->id * 65536 + n,
        .import = rs->stats->import,
        .digest = (int64_t)p->content,
        .time_us = hf_rec_get_num(r, HF_F_MESSAGE_EDITED_AT, r->time_us),
        .format = row->format,
        .flags = row->flags,
        .place = *place,
    };
    hf_status rc;

    if (text != NULL)
        v.text = text->text.p == NULL ? (hf_view){ "", 0 } : text->text;
    hf_version_row_bind(rs->put_version, &v);
    rc = hf_stmt_run(rs->put_version, err);
    if (rc == HF_OK)
        rc = put_columns(rs, r, row, n, err);
    rs->stats->versions++;
    p->rec = row->id;
    p->version = (uint32_t)n;
    p->is_current = n == row->current;
    p->scope = row->scope;
    p->author = row->author;
    return rc;
}

static hf_status add_new(hf_records *rs, const hf_record *r, hf_rec_row *row, hf_prep *p,
                         hf_err **err)
{
    hf_status rc = describe(rs, r, p, row, err);

    row->id = rs->next_rec++;
    row->native = r->id;
    row->key = (int64_t)p->key;
    row->versions = row->current = 1;
    row->missing = 0;
    row->changed = rs->stats->import;
    if (rc == HF_OK)
        rc = place_of(rs, r, row, err);
    if (rc == HF_OK)
        rc = hf_records_write(rs->put_rec, row, err);
    if (rc == HF_OK)
        rc = put_version(rs, r, row, &row->place, 1, p, err);
    if (rc == HF_OK && rs->keys != NULL && !hf_keyset_add(rs->keys, p->key, row->id))
        rc = use_index(rs, err);
    rs->stats->new_records++;
    hf_records_sight(rs, row->id);
    return rc;
}

/* --- known records ------------------------------------------------------------------------------
 */

static bool is_same(const hf_rec_row *old, const hf_rec_row *want, const hf_record *r)
{
    return old->origin == want->origin && old->kind == want->kind && old->scope == want->scope &&
           hf_view_eq(old->native, r->id);
}

/* The record with the identity of r, read into *old whose views are lent by *st (to be reset by the
 * caller); old->id 0 when there is none. */
static hf_status find(hf_records *rs, const hf_record *r, const hf_rec_row *want, uint64_t key,
                      hf_rec_row *old, hf_stmt **st, hf_err **err)
{
    hf_status rc = HF_OK;
    size_t at = 0;

    old->id = 0;
    *st = rs->keys == NULL ? rs->find_rec : rs->get_rec;
    if (rs->keys == NULL) {
        hf_stmt_bind_i64(*st, 1, (int64_t)key);
        while ((rc = hf_stmt_step(*st, err)) == HF_OK) {
            hf_rec_row_get(*st, old);
            if (is_same(old, want, r))
                return HF_OK;
        }
    }
    for (int64_t id = 0; rs->keys != NULL && (id = hf_keyset_next(rs->keys, key, &at)) != 0;) {
        hf_stmt_reset(*st);
        hf_stmt_bind_i64(*st, 1, id);
        rc = hf_stmt_step(*st, err);
        if (rc < 0)
            return rc;
        hf_rec_row_get(*st, old);
        if (is_same(old, want, r))
            return HF_OK;
    }
    old->id = 0;
    return rc < 0 ? rc : HF_OK;
}

/* Has the record ever had this content? */
static hf_status had(hf_records *rs, int64_t rec, uint64_t digest, bool *out, hf_err **err)
{
    hf_status rc;

    *out = false;
    hf_stmt_bind_i64(rs->get_digests, 1, rec);
    while ((rc = hf_stmt_step(rs->get_digests, err)) == HF_OK && !*out)
        *out = (uint64_t)hf_stmt_col_i64(rs->get_digests, 0) == digest;
    hf_stmt_reset(rs->get_digests);
    return rc < 0 ? rc : HF_OK;
}

static hf_status take_version(hf_rec_row *row, hf_err **err)
{
    if (row->versions >= MAX_VERSIONS)
        return hf_fail(err, HF_E_LIMIT, "a record has more than %d versions", MAX_VERSIONS);
    row->versions++;
    return HF_OK;
}

/* A further record with this identity in one import: another content is kept as a version. */
static hf_status add_beside(hf_records *rs, const hf_record *r, const hf_rec_row *old, hf_prep *p,
                            hf_err **err)
{
    hf_rec_row row = *old, other = *old;
    bool is_known;
    hf_status rc = had(rs, old->id, p->content, &is_known, err);

    if (rc != HF_OK || is_known)
        return rc;
    rc = take_version(&row, err);
    row.changed = rs->stats->import;
    if (rc == HF_OK)
        rc = describe(rs, r, p, &other, err);
    if (rc == HF_OK)
        rc = place_of(rs, r, &other, err);
    if (rc == HF_OK)
        rc = hf_records_write(rs->update_rec, &row, err);
    other.versions = row.versions;
    other.current = row.current;
    return rc == HF_OK ? put_version(rs, r, &other, &other.place, row.versions, p, err) : rc;
}

static hf_status update(hf_records *rs, const hf_record *r, const hf_rec_row *old, hf_prep *p,
                        hf_err **err)
{
    bool has_content = (uint64_t)old->content_digest != p->content;
    hf_rec_row row = *old;
    hf_status rc = HF_OK;

    row.missing = 0;
    row.changed = rs->stats->import;
    if (!has_content && (uint64_t)old->state_digest == p->state)
        return old->missing == 0 ? HF_OK : hf_records_write(rs->update_rec, &row, err);
    rc = describe(rs, r, p, &row, err);
    if (rc == HF_OK)
        rc = place_of(rs, r, &row, err);
    if (rc == HF_OK && has_content) {
        rc = take_version(&row, err);
        row.current = row.versions;
    }
    if (rc == HF_OK)
        rc = hf_records_write(rs->update_rec, &row, err);
    if (rc != HF_OK)
        return rc;
    if (has_content)
        return put_version(rs, r, &row, &row.place, row.current, p, err);
    rs->stats->states++;
    p->rec = row.id;
    p->is_current = true;
    return put_columns(rs, r, &row, row.current, err);
}

static hf_status put_record(hf_records *rs, const hf_record *r, hf_prep *p, hf_err **err)
{
    const int64_t made = HF_REC_STUB | HF_REC_MADE;
    hf_rec_row row = { .kind = hf_vault_kind(r->kind) }, old = { 0 };
    hf_stmt *st = NULL;
    hf_status rc = hf_records_origin(rs, r->origin, &row.origin, err);

    if (rs->args->is_whole && r->raw.member != HF_NO_MEMBER)
        hf_evidence_mark(rs->ev, r->raw.member, r->raw.offset + r->raw.bytes.n);
    rs->stats->records++;
    if (rc == HF_OK)
        rc = hf_records_use_format(rs, r, err);
    if (rc == HF_OK)
        rc = hf_records_name(rs, r->scope, &row.scope, err);
    if (rc == HF_OK)
        rc = find(rs, r, &row, p->key, &old, &st, err);
    if (rc == HF_OK && old.id == 0) {
        hf_stmt_reset(st);
        return add_new(rs, r, &row, p, err);
    }
    if (rc == HF_OK && ((int64_t)r->flags & made) != 0 && (old.flags & made) == 0)
        hf_records_sight(rs, old.id);
    else if (rc == HF_OK && hf_records_is_sighted(rs, old.id))
        rc = add_beside(rs, r, &old, p, err);
    else if (rc == HF_OK) {
        hf_records_sight(rs, old.id);
        rc = update(rs, r, &old, p, err);
    }
    if (st != NULL)
        hf_stmt_reset(st);
    return rc;
}

hf_status hf_records_put(hf_records *rs, const hf_record *r, hf_prep *p, hf_err **err)
{
    if (r->kind == HF_KIND_COVERAGE)
        return hf_records_coverage(rs, r, err);
    if (r->kind == HF_KIND_QUARANTINE)
        return hf_records_quarantine(rs, r, err);
    return put_record(rs, r, p, err);
}
