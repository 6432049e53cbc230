/* format/sidecar_load.c: put the entries of a sidecar into a private temporary database, keyed by
 * the target record they belong to.
 */
#include "format/sidecar_join_priv.h"
#include "io/zst.h"

static const char ddl[] =
    "PRAGMA journal_mode=off; PRAGMA synchronous=off; PRAGMA cache_size=-16384;"
    "CREATE TABLE entry(target BLOB PRIMARY KEY, line BLOB NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE orphan(n INTEGER PRIMARY KEY, last INTEGER NOT NULL, line BLOB NOT NULL);"
    "CREATE INDEX orphan_phase ON orphan(last, n);"
    "CREATE TABLE late(n INTEGER PRIMARY KEY, rec BLOB NOT NULL);"
    "CREATE TABLE member(channel BLOB, user BLOB, PRIMARY KEY (channel, user)) WITHOUT ROWID;";

const hf_json_limits hf_join_limits = { (size_t)512 << 20, 16000000, 0 };

hf_status hf_join_damage(hf_status rc, hf_err **err)
{
    if (rc != HF_E_RECORD && rc != HF_E_LIMIT)
        return rc;
    if (err != NULL && *err != NULL)
        (*err)->code = HF_E_DAMAGED;
    return HF_E_DAMAGED;
}

hf_view hf_join_text(hf_join *j, uint32_t obj, const char *key, hf_arena *mem)
{
    uint32_t tok = hf_tape_get(&j->line, obj, key);

    return tok == HF_NO_TOK ? (hf_view){ "", 0 } : hf_restore_bytes(&j->line, tok, mem);
}

void hf_join_key(hf_join *j, hf_view kind, hf_view scope, hf_view id)
{
    hf_buf_reset(&j->key);
    hf_buf_add(&j->key, kind);
    hf_buf_byte(&j->key, '\0');
    hf_buf_add(&j->key, scope);
    hf_buf_byte(&j->key, '\0');
    hf_buf_add(&j->key, id);
}

/* Note which source id a user or channel of the target stands for. */
static void note_id(hf_join *j, hf_view kind, hf_view id)
{
    if (hf_view_is(kind, "user") || hf_view_is(kind, "channel")) {
        hf_view *own = hf_arena_alloc(j->mem, sizeof(*own));

        *own = hf_arena_dup(j->mem, id);
        hf_map_put(j->ids, hf_buf_view(&j->key), NULL)->v.p = own;
    }
}

bool hf_join_quote(hf_join *j, uint32_t *at, hf_arena *mem)
{
    uint32_t list = hf_tape_get(&j->line, 0, "raw");

    if (list == HF_NO_TOK)
        return false;
    for (*at = *at == 0 ? hf_tape_first(&j->line, list) : hf_tape_after(&j->line, list, *at);
         *at != HF_NO_TOK; *at = hf_tape_after(&j->line, list, *at)) {
        uint32_t tok[7], n = 0;

        if (hf_tok_type(&j->line, *at) != HF_JSON_ARRAY)
            continue;
        for (uint32_t k = hf_tape_first(&j->line, *at); k != HF_NO_TOK && n < 7;
             k = hf_tape_after(&j->line, *at, k))
            tok[n++] = k;
        if (n < 7)
            continue;
        hf_join_key(j, HF_V("message"), hf_restore_bytes(&j->line, tok[5], mem),
                    hf_restore_bytes(&j->line, tok[6], mem));
        return true;
    }
    return false;
}

static void note_quoted(hf_join *j, hf_arena *mem)
{
    for (uint32_t at = 0; hf_join_quote(j, &at, mem);)
        hf_map_put(j->quoted, hf_buf_view(&j->key), NULL);
}

/* Is a value absent, or of that type? */
static bool is_or_absent(const hf_tape *t, uint32_t tok, hf_json_type type)
{
    return tok == HF_NO_TOK || hf_tok_type(t, tok) == type;
}

static hf_status check_line(const hf_tape *t, hf_view kind, hf_err **err)
{
    uint32_t bound = hf_tape_get(t, 0, "t");
    bool is_record = hf_kind_is_record(hf_kind_find(kind)), is_made = hf_view_is(kind, "made");

    if (!is_record && !is_made && !hf_view_is(kind, "member") && !hf_view_is(kind, "bytes") &&
        !hf_view_is(kind, "quarantine"))
        return hf_fail(err, HF_E_DAMAGED, "an entry of the sidecar is of no known kind");
    if (!is_or_absent(t, bound, HF_JSON_OBJECT) ||
        !is_or_absent(t, hf_tape_get_in(t, bound, "f"), HF_JSON_OBJECT) ||
        !is_or_absent(t, hf_tape_get(t, 0, "raw"), HF_JSON_ARRAY) ||
        (bound != HF_NO_TOK && !is_record && !is_made))
        return hf_fail(err, HF_E_DAMAGED, "an entry of the sidecar is not built as it should be");
    return HF_OK;
}

/* What a channel's own bytes do not say where memberships are records of their own: an entry of the
 * list of present members has the user's id. */
static hf_status note_member(hf_join *j, hf_stmt *member, hf_view kind, hf_arena *mem, hf_err **err)
{
    if (hf_view_is(kind, "user"))
        hf_map_put(j->users, hf_join_text(j, 0, "i", mem), NULL);
    if (!hf_view_is(kind, "membership"))
        return HF_OK;
    hf_stmt_bind_blob(member, 1, hf_join_text(j, 0, "s", mem));
    hf_stmt_bind_blob(member, 2, hf_join_text(j, 0, "i", mem));
    return hf_stmt_run(member, err);
}

/* File one line of the sidecar. Definitions without a target come back before the stream, the rest
 * after. */
static hf_status file_line(hf_join *j, hf_view line, hf_stmt *entry, hf_stmt *orphan,
                           hf_stmt *member, hf_err **err)
{
    hf_arena *mem = hf_arena_new();
    hf_status rc = hf_tape_parse(&j->line, line, &hf_join_limits, err);
    hf_view kind = rc == HF_OK ? hf_join_text(j, 0, "k", mem) : HF_V("");

    if (rc == HF_OK)
        rc = check_line(&j->line, kind, err);
    if (rc == HF_OK) {
        uint32_t bound = hf_tape_get(&j->line, 0, "t");
        hf_stmt *st = bound == HF_NO_TOK ? orphan : entry;

        if (bound != HF_NO_TOK) {
            hf_join_key(j, hf_join_text(j, bound, "k", mem), hf_join_text(j, bound, "s", mem),
                        hf_join_text(j, bound, "i", mem));
            if (!hf_view_is(kind, "made"))
                note_id(j, kind, hf_join_text(j, 0, "i", mem));
            if (j->origin.n == 0)
                j->origin = hf_arena_dup(j->mem, hf_join_text(j, 0, "o", mem));
            hf_stmt_bind_blob(st, 1, hf_buf_view(&j->key));
            j->nbound++;
        } else {
            hf_kind k = hf_kind_find(kind);

            hf_stmt_bind_i64(st, 1, !(k >= HF_KIND_WORKSPACE && k <= HF_KIND_CHANNEL));
        }
        hf_stmt_bind_blob(st, 2, line);
        rc = hf_stmt_run(st, err);
        note_quoted(j, mem);
        if (rc == HF_OK)
            rc = note_member(j, member, kind, mem, err);
    }
    hf_arena_free(mem);
    return rc;
}

static hf_status read_header(hf_join *j, hf_zstr *z, hf_err **err)
{
    hf_view line, schema, target;
    hf_status rc = hf_zstr_line(z, &line, err);

    if (rc == HF_OK)
        rc = hf_tape_parse(&j->line, line, NULL, err);
    if (rc == HF_END)
        rc = hf_fail(err, HF_E_DAMAGED, "the sidecar is empty");
    if (rc != HF_OK)
        return rc;
    schema = hf_join_text(j, 0, "schema", j->mem);
    if (!hf_view_is(schema, HF_SIDECAR_SCHEMA)) {
        hf_fail(err, HF_E_UNSUPPORTED,
                "the sidecar says schema \"%.*s\", this holdfast reads " HF_SIDECAR_SCHEMA,
                (int)schema.n, schema.p);
        return hf_hint(err, "use the holdfast that wrote it, or --ignore-sidecar");
    }
    j->origin = hf_arena_dup(j->mem, hf_join_text(j, 0, "origin", j->mem));
    j->restorer.source = hf_format_find(hf_join_text(j, 0, "source_format", j->mem));
    if (j->restorer.source == NULL)
        return hf_fail(err, HF_E_UNSUPPORTED, "the sidecar's source format is not known");
    target = hf_join_text(j, 0, "target_format", j->mem);
    if (!hf_view_eq(target, hf_view_str(j->inner->format))) {
        hf_fail(err, HF_E_VERIFY, "the sidecar belongs to a %.*s export, and lies beside one of %s",
                (int)target.n, target.p, j->inner->format);
        return hf_hint(err, "put it beside its own export, or say --ignore-sidecar");
    }
    return HF_OK;
}

hf_status hf_join_load(hf_join *j, hf_err **err)
{
    hf_zstr *z = NULL;
    hf_stmt *entry = NULL, *orphan = NULL, *member = NULL;
    hf_view line;
    hf_status rc = hf_db_open(&j->db, NULL, HF_DB_NEW, err);

    if (rc == HF_OK)
        rc = hf_db_exec(j->db, ddl, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(j->db, "INSERT OR REPLACE INTO entry VALUES (?1, ?2)", &entry, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(j->db, "INSERT INTO orphan(last, line) VALUES (?1, ?2)", &orphan, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(j->db, "INSERT OR IGNORE INTO member VALUES (?1, ?2)", &member, err);
    if (rc == HF_OK)
        rc = hf_zstr_open(&z, j->path, hf_join_limits.max_bytes, err);
    if (rc == HF_OK)
        rc = read_header(j, z, err);
    if (rc == HF_OK)
        rc = hf_db_begin(j->db, err);
    while (rc == HF_OK) {
        rc = hf_zstr_line(z, &line, err);
        if (rc == HF_OK)
            rc = file_line(j, line, entry, orphan, member, err);
    }
    if (rc == HF_END)
        rc = hf_db_commit(j->db, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(j->db, "SELECT line FROM entry WHERE target = ?1", &j->find, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(j->db, "SELECT line FROM orphan WHERE last = ?1 ORDER BY n", &j->orphan,
                           err);
    if (rc == HF_OK)
        rc = hf_db_prepare(j->db, "INSERT INTO late(rec) VALUES (?1)", &j->put_late, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(j->db, "SELECT rec FROM late ORDER BY n", &j->late, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(j->db, "SELECT user FROM member WHERE channel = ?1 ORDER BY user",
                           &j->members, err);
    hf_stmt_free(entry);
    hf_stmt_free(orphan);
    hf_stmt_free(member);
    hf_zstr_close(z);
    return hf_join_damage(rc, err);
}
