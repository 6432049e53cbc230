/* vault/scan.c: records out of the vault: all of an origin, or one. */
#include "vault/fetch_priv.h"

struct hf_vault_scan {
    hf_bytes *bytes;
    hf_paths *paths;
    int64_t origin;
    hf_view name; /* of the origin */
    hf_arena *mem;
    hf_db *db;
    int64_t after; /* 0: everything */
    hf_stmt *definitions, *channels, *messages;
    hf_stmt *members; /* who is in a channel now */
    enum { SCAN_DEFINITIONS, SCAN_CHANNELS, SCAN_MESSAGES, SCAN_DONE } stage;
    uint64_t total;
};

#define SCAN_COLUMNS "r.kind, n.text, r.native, f.name, r.flags, r.content, r.off, r.len, r.changed"

/* A membership whose id is the user's own is an entry of the source's list of present members (its
 * history has others). When it is missing nobody is on that list any more. */
#define IS_LISTED "EXISTS (SELECT 1 FROM name m WHERE m.id = r.author AND m.text = r.native)"
#define IS_GIVEN  "NOT (r.kind = 8 AND r.missing IS NOT NULL AND " IS_LISTED ")"

static hf_status origin_id(hf_db *db, hf_view name, int64_t *id, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(db, "SELECT id FROM origin WHERE name = ?1", &st, err);

    *id = 0;
    if (rc == HF_OK) {
        hf_stmt_bind_text(st, 1, name);
        rc = hf_stmt_step(st, err);
        if (rc == HF_OK)
            *id = hf_stmt_col_i64(st, 0);
    }
    hf_stmt_free(st);
    return rc;
}

static hf_status count(hf_vault_scan *s, const char *sql, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(s->db, sql, &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, s->origin);
        hf_stmt_bind_i64(st, 2, s->after);
        rc = hf_stmt_step(st, err);
        s->total = (uint64_t)hf_stmt_col_i64(st, 0);
    }
    hf_stmt_free(st);
    return rc;
}

static hf_status prepare(hf_vault_scan *s, hf_db *db, hf_err **err)
{
    hf_status rc =
        hf_db_prepare(db,
                      "SELECT " SCAN_COLUMNS " FROM rec r JOIN name n ON n.id = r.scope "
                      "JOIN format f ON f.id = r.format WHERE r.origin = ?1 AND r.kind != 4 "
                      "AND " IS_GIVEN " ORDER BY r.kind, n.text, r.native",
                      &s->definitions, err);

    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "SELECT n.id, n.text FROM name n WHERE EXISTS (SELECT 1 FROM rec r "
                           "WHERE r.origin = ?1 AND r.kind = 4 AND r.scope = n.id) ORDER BY n.text",
                           &s->channels, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "SELECT " SCAN_COLUMNS " FROM rec r JOIN name n ON n.id = r.scope "
                           "JOIN format f ON f.id = r.format "
                           "WHERE r.origin = ?1 AND r.kind = 4 AND r.scope = ?2 "
                           "ORDER BY r.time_us, r.native",
                           &s->messages, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(db,
                           "SELECT r.native FROM rec r WHERE r.origin = ?1 AND r.kind = 8 AND "
                           "r.scope = (SELECT id FROM name WHERE text = ?2) AND r.missing IS NULL "
                           "AND r.flags & 8192 = 0 AND " IS_LISTED " ORDER BY r.native",
                           &s->members, err);
    return rc == HF_OK ? count(s, "SELECT count(*) FROM rec WHERE origin = ?1 AND ?2 = 0", err)
                       : rc;
}

hf_status hf_vault_scan_after(hf_vault_scan *s, int64_t import, hf_err **err)
{
    hf_status rc;

    if (import <= 0)
        return HF_OK;
    s->after = import;
    hf_stmt_free(s->definitions);
    hf_stmt_free(s->messages);
    s->definitions = s->messages = NULL;
    rc = hf_db_prepare(s->db,
                       "SELECT " SCAN_COLUMNS " FROM rec r JOIN name n ON n.id = r.scope "
                       "JOIN format f ON f.id = r.format WHERE r.origin = ?1 AND r.kind != 4 "
                       "AND (r.kind IN (1, 2, 3) OR r.changed > ?2) AND " IS_GIVEN " "
                       "ORDER BY r.kind, n.text, r.native",
                       &s->definitions, err);
    /* "changed > 1" says what the index leaves out. */
    if (rc == HF_OK)
        rc = hf_db_prepare(s->db,
                           "SELECT " SCAN_COLUMNS " FROM rec r JOIN name n ON n.id = r.scope "
                           "JOIN format f ON f.id = r.format WHERE r.origin = ?1 "
                           "AND r.changed > ?2 AND r.changed > 1 AND r.kind = 4 "
                           "ORDER BY n.text, r.time_us, r.native",
                           &s->messages, err);
    if (rc == HF_OK)
        rc = count(s,
                   "SELECT (SELECT count(*) FROM rec WHERE origin = ?1 AND kind IN (1, 2, 3)) + "
                   "(SELECT count(*) FROM rec WHERE origin = ?1 AND changed > ?2 AND changed > 1 "
                   "AND kind NOT IN (1, 2, 3))",
                   err);
    if (rc != HF_OK)
        return rc;
    hf_stmt_bind_i64(s->definitions, 1, s->origin);
    hf_stmt_bind_i64(s->definitions, 2, s->after);
    hf_stmt_bind_i64(s->messages, 1, s->origin);
    hf_stmt_bind_i64(s->messages, 2, s->after);
    return HF_OK;
}

hf_status hf_vault_scan_open(hf_vault_scan **out, hf_vault *v, hf_view origin, hf_paths *paths,
                             hf_err **err)
{
    hf_vault_scan *s = HF_NEW(hf_vault_scan);
    hf_status rc;

    s->mem = hf_arena_new();
    s->name = hf_arena_dup(s->mem, origin);
    s->paths = paths;
    s->db = v->records;
    rc = origin_id(v->records, origin, &s->origin, err);
    if (rc == HF_END) {
        rc = hf_fail(err, HF_E_ORIGIN, "the vault has no origin %s", s->name.p);
        hf_hint(err, "'holdfast vault info' lists the origins");
        hf_err_at(err, v->path, (hf_view){ NULL, 0 }, HF_NO_OFFSET);
    }
    if (rc == HF_OK)
        rc = prepare(s, v->records, err);
    if (rc == HF_OK)
        rc = hf_bytes_new(&s->bytes, v->path, v->records, err);
    if (rc != HF_OK) {
        hf_vault_scan_close(s);
        return rc;
    }
    hf_stmt_bind_i64(s->definitions, 1, s->origin);
    hf_stmt_bind_i64(s->channels, 1, s->origin);
    *out = s;
    return HF_OK;
}

void hf_vault_scan_close(hf_vault_scan *s)
{
    if (s == NULL)
        return;
    hf_stmt_free(s->definitions);
    hf_stmt_free(s->channels);
    hf_stmt_free(s->messages);
    hf_stmt_free(s->members);
    hf_bytes_free(s->bytes);
    hf_arena_free(s->mem);
    hf_free(s);
}

uint64_t hf_vault_scan_total(const hf_vault_scan *s)
{
    return s->total;
}

/* A record that the format no longer reads stays in the stream as its bytes. */
static hf_status quarantine(hf_vault_scan *s, hf_batch *b, const hf_fetch *f, hf_err *why,
                            hf_err **err)
{
    hf_record *r = hf_batch_add(b, HF_KIND_QUARANTINE);
    hf_buf raw;
    hf_status rc;

    hf_buf_init(&raw, HF_BUF_UNBOUNDED);
    rc = hf_bytes_read(s->bytes, f->place.content, f->place.off, f->place.len, &raw, err);
    r->origin = s->name;
    r->scope = hf_arena_dup(b->mem, f->scope);
    r->id = hf_arena_dup(b->mem, f->native);
    r->raw.bytes = hf_arena_dup(b->mem, hf_buf_view(&raw));
    r->u.quarantine.reason = hf_arena_dup(b->mem, hf_view_str(why->message)).p;
    hf_err_free(why);
    hf_buf_clear(&raw);
    return rc;
}

/* A database says in rows of their own who is in a channel; its record lists them too, after those
 * that its own bytes name. */
static hf_status add_members(hf_vault_scan *s, hf_batch *b, hf_record *channel, hf_err **err)
{
    hf_map *known = hf_map_new();
    hf_status rc = HF_OK;
    uint32_t item = 0, at = 0;

    for (hf_value *v = hf_rec_next(channel, HF_F_CHANNEL_MEMBER, 0, &at); v != NULL;
         v = hf_rec_next(channel, HF_F_CHANNEL_MEMBER, at + 1, &at)) {
        hf_map_put(known, v->text, NULL);
        item = v->item + 1;
    }
    hf_stmt_reset(s->members);
    hf_stmt_bind_i64(s->members, 1, s->origin);
    hf_stmt_bind_text(s->members, 2, channel->id);
    while (rc == HF_OK && (rc = hf_stmt_step(s->members, err)) == HF_OK) {
        hf_view user = hf_stmt_col_text(s->members, 0);

        if (hf_map_get(known, user) == NULL)
            hf_rec_text(b, channel, HF_F_CHANNEL_MEMBER, item++, hf_arena_dup(b->mem, user));
    }
    hf_map_free(known);
    return rc == HF_END ? HF_OK : rc;
}

static hf_status add_row(hf_vault_scan *s, hf_stmt *st, hf_batch *b, hf_err **err)
{
    hf_fetch f = {
        .kind = hf_vault_kind_of(hf_stmt_col_i64(st, 0)),
        .origin = s->name,
        .scope = hf_stmt_col_text(st, 1),
        .native = hf_stmt_col_text(st, 2),
        .format = hf_stmt_col_text(st, 3),
        .flags = hf_stmt_col_i64(st, 4),
        .place = { hf_stmt_col_i64(st, 5), (uint64_t)hf_stmt_col_i64(st, 6),
                   (uint64_t)hf_stmt_col_i64(st, 7) },
    };
    hf_record *r = NULL;
    hf_err *why = NULL;
    int64_t changed = hf_stmt_col_i64(st, 8);
    hf_status rc = hf_fetch_record(s->bytes, b, &f, s->paths, &r, &why);

    if (rc == HF_OK && s->after > 0 && changed <= s->after)
        r->flags |= HF_REC_CONTEXT;
    if (rc == HF_OK && r->kind == HF_KIND_CHANNEL)
        rc = add_members(s, b, r, &why);
    if (rc == HF_E_RECORD || rc == HF_E_LIMIT)
        return quarantine(s, b, &f, why, err);
    if (why != NULL && err != NULL && *err == NULL)
        *err = why;
    else
        hf_err_free(why);
    return rc;
}

/* The rest of one statement's rows, as far as the batch goes. */
static hf_status take(hf_vault_scan *s, hf_stmt *st, hf_batch *b, hf_err **err)
{
    hf_status rc = HF_OK;

    while (rc == HF_OK && !hf_batch_is_full(b)) {
        rc = hf_stmt_step(st, err);
        if (rc == HF_OK)
            rc = add_row(s, st, b, err);
    }
    return rc;
}

static hf_status advance(hf_vault_scan *s, hf_batch *b, hf_err **err)
{
    hf_status rc = HF_OK;

    if (s->stage == SCAN_DEFINITIONS) {
        rc = take(s, s->definitions, b, err);
        if (rc == HF_END)
            s->stage = s->after > 0 ? SCAN_MESSAGES : SCAN_CHANNELS;
    } else if (s->stage == SCAN_CHANNELS) {
        rc = hf_stmt_step(s->channels, err);
        s->stage = rc == HF_END ? SCAN_DONE : SCAN_MESSAGES;
        if (rc == HF_OK) {
            hf_stmt_reset(s->messages);
            hf_stmt_bind_i64(s->messages, 1, s->origin);
            hf_stmt_bind_i64(s->messages, 2, hf_stmt_col_i64(s->channels, 0));
        }
    } else {
        rc = take(s, s->messages, b, err);
        if (rc == HF_END)
            s->stage = s->after > 0 ? SCAN_DONE : SCAN_CHANNELS;
    }
    return rc == HF_END ? HF_OK : rc;
}

hf_status hf_vault_scan_next(hf_vault_scan *s, hf_batch *b, hf_err **err)
{
    size_t before = b->n;
    hf_status rc = HF_OK;

    while (rc == HF_OK && s->stage != SCAN_DONE && !hf_batch_is_full(b))
        rc = advance(s, b, err);
    return rc == HF_OK && b->n == before ? HF_END : rc;
}

/* --- one record ---------------------------------------------------------------------------------
 */

hf_status hf_vault_find(hf_vault *v, hf_view origin, hf_kind kind, hf_view scope, hf_view id,
                        hf_vault_record *out, hf_err **err)
{
    const hf_record identity = { .kind = kind, .origin = origin, .scope = scope, .id = id };
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(
        v->records,
        "SELECT r.id, r.versions, r.current, coalesce(r.missing, 0), v.import, r.flags, r.time_us, "
        "r.changed "
        /* CROSS: the record first, by its key, not all records of the place. */
        "FROM rec r CROSS JOIN origin o ON o.id = r.origin CROSS JOIN name n ON n.id = r.scope "
        "CROSS JOIN version v ON v.id = r.id * 65536 + 1 "
        "WHERE r.key = ?1 AND o.name = ?2 AND r.kind = ?3 AND n.text = ?4 AND r.native = ?5",
        &st, err);

    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, (int64_t)hf_vault_key(&identity));
        hf_stmt_bind_text(st, 2, origin);
        hf_stmt_bind_i64(st, 3, hf_vault_kind(kind));
        hf_stmt_bind_text(st, 4, scope);
        hf_stmt_bind_text(st, 5, id);
        rc = hf_stmt_step(st, err);
    }
    if (rc == HF_OK)
        *out = (hf_vault_record){
            .rec = hf_stmt_col_i64(st, 0),
            .versions = (uint32_t)hf_stmt_col_i64(st, 1),
            .current = (uint32_t)hf_stmt_col_i64(st, 2),
            .missing_since = hf_stmt_col_i64(st, 3),
            .first_import = hf_stmt_col_i64(st, 4),
            .flags = (unsigned)hf_stmt_col_i64(st, 5) & REC_SOURCE,
            .time_us = hf_stmt_col_is_null(st, 6) ? HF_NO_TIME : hf_stmt_col_i64(st, 6),
            .changed = hf_stmt_col_i64(st, 7),
        };
    hf_stmt_free(st);
    return rc;
}

static const char fetch_current[] =
    "SELECT r.kind, o.name, n.text, r.native, f.name, r.flags, r.content, r.off, r.len FROM rec r "
    "JOIN origin o ON o.id = r.origin JOIN name n ON n.id = r.scope "
    "JOIN format f ON f.id = r.format WHERE r.id = ?1 AND ?2 = 0";
static const char fetch_version[] =
    "SELECT r.kind, o.name, n.text, r.native, f.name, v.flags, v.content, v.off, v.len "
    "FROM version v JOIN rec r ON r.id = ?1 JOIN origin o ON o.id = r.origin "
    "JOIN name n ON n.id = r.scope JOIN format f ON f.id = v.format "
    "WHERE v.id = ?1 * 65536 + ?2";

hf_status hf_vault_fetch(hf_vault *v, int64_t rec, uint32_t version, hf_paths *paths, hf_batch *b,
                         hf_record **out, hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc =
        hf_db_prepare(v->records, version == 0 ? fetch_current : fetch_version, &st, err);

    if (rc == HF_OK && v->bytes == NULL)
        rc = hf_bytes_new(&v->bytes, v->path, v->records, err);
    if (rc == HF_OK) {
        hf_stmt_bind_i64(st, 1, rec);
        hf_stmt_bind_i64(st, 2, version);
        rc = hf_stmt_step(st, err);
    }
    if (rc == HF_OK) {
        hf_fetch f = {
            .kind = hf_vault_kind_of(hf_stmt_col_i64(st, 0)),
            .origin = hf_stmt_col_text(st, 1),
            .scope = hf_stmt_col_text(st, 2),
            .native = hf_stmt_col_text(st, 3),
            .format = hf_stmt_col_text(st, 4),
            .flags = hf_stmt_col_i64(st, 5),
            .place = { hf_stmt_col_i64(st, 6), (uint64_t)hf_stmt_col_i64(st, 7),
                       (uint64_t)hf_stmt_col_i64(st, 8) },
        };

        rc = hf_fetch_record(v->bytes, b, &f, paths, out, err);
    }
    hf_stmt_free(st);
    return rc;
}

hf_status hf_vault_versions(hf_vault *v, int64_t rec,
                            bool (*each)(void *self, const hf_vault_version *version), void *self,
                            hf_err **err)
{
    hf_stmt *st = NULL;
    hf_status rc = hf_db_prepare(v->records,
                                 "SELECT id & 65535, import, time_us, flags, text FROM version "
                                 "WHERE id BETWEEN ?1 * 65536 AND ?1 * 65536 + 65535 ORDER BY id",
                                 &st, err);

    if (rc == HF_OK)
        hf_stmt_bind_i64(st, 1, rec);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_vault_version version = {
            .n = (uint32_t)hf_stmt_col_i64(st, 0),
            .import = hf_stmt_col_i64(st, 1),
            .time_us = hf_stmt_col_is_null(st, 2) ? HF_NO_TIME : hf_stmt_col_i64(st, 2),
            .flags = (unsigned)hf_stmt_col_i64(st, 3) & REC_SOURCE,
            .has_text = !hf_stmt_col_is_null(st, 4),
            .text = hf_stmt_col_text(st, 4),
        };

        if (!each(self, &version))
            break;
    }
    hf_stmt_free(st);
    return rc == HF_END ? HF_OK : rc;
}
