/* package/exceptions.c: what could not be exported, as a table for people and as JSON.
 *
 * Kept in a temporary database, in memory while it is small: a source may lack the bytes of a
 * million attachments. Which attachments are there is known only when all members went by. Schema
 * of the JSON: schemas/exceptions.v1.json.
 */
#include "package/package_priv.h"

#include "db/db.h"
#include "util/jsonw.h"
#include "util/utf8.h"

struct hf_exception_list {
    hf_db *db;
    hf_stmt *add, *file, *held;
    hf_exceptions counts;
};

static const char tables[] =
    "CREATE TABLE exception(n INTEGER PRIMARY KEY, what TEXT, format TEXT, origin TEXT, "
    "channel TEXT, id TEXT, member TEXT, offset INTEGER, count INTEGER, why TEXT);"
    "CREATE TABLE file(n INTEGER PRIMARY KEY, id TEXT, path TEXT, origin TEXT, channel TEXT, "
    "message TEXT, mode TEXT);"
    "CREATE TABLE held(name TEXT PRIMARY KEY) WITHOUT ROWID;";

hf_status hf_exception_list_new(hf_exception_list **out, hf_err **err)
{
    hf_exception_list *l = HF_NEW(hf_exception_list);
    hf_status rc = hf_db_open(&l->db, NULL, HF_DB_NEW, err);

    if (rc == HF_OK)
        rc = hf_db_exec(l->db, tables, err);
    if (rc == HF_OK)
        rc = hf_db_exec(l->db, "BEGIN", err);
    if (rc == HF_OK)
        rc = hf_db_prepare(l->db,
                           "INSERT INTO exception(what, format, origin, channel, id, member, "
                           "offset, count, why) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                           &l->add, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(l->db,
                           "INSERT INTO file(id, path, origin, channel, message, mode) "
                           "VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
                           &l->file, err);
    if (rc == HF_OK)
        rc = hf_db_prepare(l->db, "INSERT OR IGNORE INTO held(name) VALUES(?1)", &l->held, err);
    if (rc != HF_OK) {
        hf_exception_list_free(l);
        return rc;
    }
    *out = l;
    return HF_OK;
}

void hf_exception_list_free(hf_exception_list *l)
{
    if (l == NULL)
        return;
    hf_stmt_free(l->add);
    hf_stmt_free(l->file);
    hf_stmt_free(l->held);
    hf_db_close(l->db);
    hf_free(l);
}

hf_exceptions hf_exception_list_counts(const hf_exception_list *l)
{
    return l->counts;
}

static void count(hf_exception_list *l, hf_view what, uint64_t n)
{
    if (hf_view_is(what, "unreadable record"))
        l->counts.unreadable += n;
    else if (hf_view_is(what, "missing attachment"))
        l->counts.missing += n;
    else if (hf_view_is(what, "lost value"))
        l->counts.lost += n;
    else
        l->counts.other += n;
}

hf_status hf_exception_list_add(hf_exception_list *l, const hf_exception *e, hf_err **err)
{
    hf_stmt *st = l->add;

    hf_stmt_bind_text(st, 1, hf_view_str(e->what));
    hf_stmt_bind_text(st, 2, e->format);
    hf_stmt_bind_text(st, 3, e->origin);
    hf_stmt_bind_text(st, 4, e->channel);
    hf_stmt_bind_text(st, 5, e->id);
    hf_stmt_bind_text(st, 6, e->member);
    if (e->offset != HF_NO_OFFSET)
        hf_stmt_bind_i64(st, 7, (int64_t)e->offset);
    hf_stmt_bind_i64(st, 8, (int64_t)e->count);
    hf_stmt_bind_text(st, 9, e->why);
    count(l, hf_view_str(e->what), e->count);
    return hf_stmt_run(st, err);
}

/* --- attachments --------------------------------------------------------------------------------
 */

static hf_status hold(hf_exception_list *l, hf_view name, hf_err **err)
{
    if (name.n == 0)
        return HF_OK;
    hf_stmt_bind_text(l->held, 1, name);
    return hf_stmt_run(l->held, err);
}

static hf_view item(const hf_record *r, hf_field f, uint32_t i)
{
    const hf_value *v = hf_rec_item(r, f, i);

    return v == NULL ? HF_V("") : v->text;
}

static hf_status see_file(hf_exception_list *l, const hf_record *r, uint32_t i, hf_err **err)
{
    hf_stmt *st = l->file;

    hf_stmt_bind_text(st, 1, item(r, HF_F_MESSAGE_FILE_ID, i));
    hf_stmt_bind_text(st, 2, item(r, HF_F_MESSAGE_FILE_PATH, i));
    hf_stmt_bind_text(st, 3, r->origin);
    hf_stmt_bind_text(st, 4, r->scope);
    hf_stmt_bind_text(st, 5, r->id);
    hf_stmt_bind_text(st, 6, item(r, HF_F_MESSAGE_FILE_MODE, i));
    return hf_stmt_run(st, err);
}

hf_status hf_exception_list_see(hf_exception_list *l, const hf_record *r, hf_err **err)
{
    uint32_t items = 0;
    hf_status rc = HF_OK;

    if (r->kind == HF_KIND_MEMBER && r->u.member.is_opaque) {
        rc = hold(l, r->u.member.file_id, err);
        return rc == HF_OK ? hold(l, r->u.member.name, err) : rc;
    }
    if (r->kind != HF_KIND_MESSAGE)
        return HF_OK;
    for (uint32_t i = 0; i < r->nvalue; i++)
        if (r->value[i].field >= HF_F_MESSAGE_FILE_ID &&
            r->value[i].field <= HF_F_MESSAGE_FILE_PATH && r->value[i].item >= items)
            items = r->value[i].item + 1;
    for (uint32_t i = 0; i < items && rc == HF_OK; i++)
        rc = see_file(l, r, i, err);
    return rc;
}

/* An attachment may be named by several messages, and stands here with each of them. */
static hf_status add_missing(hf_exception_list *l, hf_err **err)
{
    int64_t n = 0;
    hf_status rc = hf_db_exec(
        l->db,
        "INSERT INTO exception(what, format, origin, channel, id, member, count, why) "
        "SELECT 'missing attachment', '', f.origin, f.channel, f.message, "
        "CASE f.id WHEN '' THEN f.path ELSE f.id END, 1, "
        "CASE f.mode WHEN 'tombstone' THEN 'deleted in the source' "
        "WHEN 'external' THEN 'kept by another service' "
        "ELSE 'the source does not hold its bytes' END "
        "FROM file f WHERE NOT EXISTS (SELECT 1 FROM held h WHERE h.name = f.id AND f.id != '') "
        "AND NOT EXISTS (SELECT 1 FROM held h WHERE h.name = f.path AND f.path != '') ORDER BY f.n",
        err);

    if (rc == HF_OK)
        rc = hf_db_get_i64(
            l->db, "SELECT count(*) FROM exception WHERE what = 'missing attachment'", &n, err);
    l->counts.missing = (uint64_t)n;
    return rc;
}

/* --- writing ------------------------------------------------------------------------------------
 */

enum { COLUMNS = 9 };

static const char *const columns[COLUMNS] = { "what",   "format", "origin", "channel", "id",
                                              "member", "offset", "count",  "why" };

static bool is_number(int column)
{
    return column == 6 || column == 7;
}

/* RFC 4180; what a spreadsheet would run as a formula is quoted by a leading apostrophe. */
static void csv_cell(hf_buf *out, hf_view text)
{
    bool is_formula = text.n > 0 && memchr("=+-@\t\r", text.p[0], 6) != NULL;

    hf_buf_byte(out, '"');
    if (is_formula)
        hf_buf_byte(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"')
            hf_buf_byte(out, '"');
        hf_buf_byte(out, text.p[i]);
    }
    hf_buf_byte(out, '"');
}

static void csv_row(hf_buf *out, hf_stmt *st)
{
    for (int i = 0; i < COLUMNS; i++) {
        if (i > 0)
            hf_buf_byte(out, ',');
        if (!is_number(i))
            csv_cell(out, hf_stmt_col_text(st, i));
        else if (!hf_stmt_col_is_null(st, i))
            hf_buf_i64(out, hf_stmt_col_i64(st, i));
    }
    hf_buf_byte(out, '\n');
}

static void json_row(hf_buf *out, hf_stmt *st)
{
    hf_jsonw w;
    hf_buf safe;

    hf_buf_init(&safe, HF_BUF_UNBOUNDED);
    hf_jsonw_init(&w, out, 0);
    hf_jsonw_object(&w, NULL);
    for (int i = 0; i < COLUMNS; i++) {
        hf_view text = hf_stmt_col_text(st, i);

        if (is_number(i)) {
            if (!hf_stmt_col_is_null(st, i))
                hf_jsonw_i64(&w, columns[i], hf_stmt_col_i64(st, i));
            continue;
        }
        hf_buf_reset(&safe);
        if (!hf_utf8_is_valid(text)) {
            hf_buf_printable(&safe, text);
            text = hf_buf_view(&safe);
        }
        if (text.n > 0)
            hf_jsonw_text(&w, columns[i], text);
    }
    hf_jsonw_end(&w, '}');
    hf_buf_clear(&safe);
}

static hf_status write_as(hf_exception_list *l, const char *folder, const char *name, bool is_csv,
                          hf_err **err)
{
    static const char csv_head[] = "what,format,origin,channel,id,member,offset,count,why\n";
    static const char json_head[] = "{\"schema\":\"exceptions/1\",\"exceptions\":[";
    char *path = hf_sprintf("%s/%s", folder, name);
    hf_sink *s = NULL;
    hf_stmt *st = NULL;
    hf_buf row;
    bool is_first = true;
    hf_status rc = hf_sink_open(&s, path, HF_SINK_FILE, false, err);

    hf_buf_init(&row, HF_BUF_UNBOUNDED);
    if (rc == HF_OK)
        rc = hf_sink_member(s, hf_view_str(name), err);
    if (rc == HF_OK)
        rc = hf_sink_write(s, hf_view_str(is_csv ? csv_head : json_head), err);
    if (rc == HF_OK)
        rc = hf_db_prepare(l->db,
                           "SELECT what, format, origin, channel, id, member, offset, count, why "
                           "FROM exception ORDER BY n",
                           &st, err);
    while (rc == HF_OK && (rc = hf_stmt_step(st, err)) == HF_OK) {
        hf_buf_reset(&row);
        if (is_csv) {
            csv_row(&row, st);
        } else {
            hf_buf_str(&row, is_first ? "\n" : ",\n");
            json_row(&row, st);
        }
        is_first = false;
        rc = hf_sink_write(s, hf_buf_view(&row), err);
    }
    if (rc == HF_END)
        rc = is_csv ? HF_OK : hf_sink_write(s, HF_V("\n]}\n"), err);
    if (rc == HF_OK)
        rc = hf_sink_commit(s, err);
    else
        hf_sink_abort(s);
    hf_stmt_free(st);
    hf_buf_clear(&row);
    hf_free(path);
    return rc;
}

hf_status hf_exception_list_write(hf_exception_list *l, const char *folder, hf_err **err)
{
    hf_status rc = add_missing(l, err);

    if (rc == HF_OK)
        rc = write_as(l, folder, "exceptions.csv", true, err);
    return rc == HF_OK ? write_as(l, folder, "exceptions.json", false, err) : rc;
}
