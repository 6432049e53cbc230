/* mattermost/live_catalog.c: which tables a server has, and which of them we may read.
 *
 * What is there decides, never a version. Left out are views, partitions (their parent has the
 * rows) and generated columns, as pg_dump leaves them out.
 */
#include "live_priv.h"

typedef struct found { /* what the catalogue says about one table */
    hf_view oid, name;
    bool is_lost; /* unlogged, and this is a replica: has no rows here */
    live_table own;
    uint64_t rows;
} found;

/* --- the schema --------------------------------------------------------------------------------
 */

static const char homes_sql[] =
    "SELECT n.nspname FROM pg_catalog.pg_namespace n"
    " WHERE EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND"
    " c.relname = 'posts' AND c.relkind IN ('r', 'p')) AND"
    " EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND"
    " c.relname = 'channels' AND c.relkind IN ('r', 'p'))"
    " AND ($1::text IS NULL OR n.nspname = $1) ORDER BY n.nspname COLLATE \"C\"";

static hf_status no_home(const char *wanted, hf_err **err)
{
    if (wanted != NULL)
        hf_fail(err, HF_E_UNSUPPORTED, "schema \"%s\" holds no Mattermost", wanted);
    else
        hf_fail(err, HF_E_UNSUPPORTED, "this database holds no Mattermost");
    return hf_hint(err,
                   "looked for tables \"posts\" and \"channels\" in one schema; check the name "
                   "of the database");
}

static hf_status many_homes(const hf_pg_rows *homes, hf_err **err)
{
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    for (size_t i = 0; i < homes->nrow; i++) {
        hf_buf_str(&b, i == 0 ? "" : ", ");
        hf_buf_printable(&b, hf_pg_cell(homes, i, 0));
    }
    hf_fail(err, HF_E_AMBIGUOUS, "several schemas hold a Mattermost: %s", hf_buf_cstr(&b));
    hf_buf_clear(&b);
    return hf_hint(err, "choose one with --set schema=NAME");
}

/* The option, else the first of the role's own schemas, else the only one there is: a reader's
 * search path is seldom the application's. */
static hf_status find_schema(live *l, const hf_reader_args *args, const hf_pg_rows *search_path,
                             hf_err **err)
{
    const char *wanted = hf_opts_get(args->opts, "schema");
    hf_pg_rows homes;
    hf_status rc = hf_pg_query(l->pool.pg[0], homes_sql, &wanted, 1, l->mem, &homes, err);

    if (rc != HF_OK)
        return rc;
    if (homes.nrow == 0)
        return no_home(wanted, err);
    for (size_t i = 0; i < search_path->nrow && l->schema.n == 0; i++)
        for (size_t k = 0; k < homes.nrow; k++)
            if (hf_view_eq(hf_pg_cell(search_path, i, 0), hf_pg_cell(&homes, k, 0)))
                l->schema = hf_pg_cell(&homes, k, 0);
    if (l->schema.n == 0 && homes.nrow > 1)
        return many_homes(&homes, err);
    if (l->schema.n == 0)
        l->schema = hf_pg_cell(&homes, 0, 0);
    return HF_OK;
}

/* --- tables ------------------------------------------------------------------------------------
 */

static const char tables_sql[] =
    "SELECT c.oid, c.relname, c.relkind, c.reltuples::bigint, c.relpages,"
    " CASE WHEN c.relkind = 'r' THEN pg_catalog.pg_relation_size(c.oid) ELSE 0 END,"
    " c.relpersistence = 'u', pg_catalog.has_column_privilege(c.oid, 'ctid', 'SELECT'),"
    " pg_catalog.has_column_privilege(c.oid, 'xmin', 'SELECT') FROM pg_catalog.pg_class c"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    " ORDER BY c.relname COLLATE \"C\"";

/* A generated column has no value of its own; attgenerated is there since PostgreSQL 12. */
static const char columns_sql[] =
    "SELECT a.attrelid, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod),"
    " pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'SELECT')"
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0"
    " AND NOT a.attisdropped AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = ''"
    " ORDER BY c.relname COLLATE \"C\", a.attnum";

/* position 1: the first column of any index that holds all rows; of primary keys every column. */
static const char indexes_sql[] =
    "SELECT i.indrelid, a.attname, i.indisprimary, k.position FROM pg_catalog.pg_index i"
    " JOIN pg_catalog.pg_class c ON c.oid = i.indrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " CROSS JOIN LATERAL unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(attnum, position)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
    " JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
    " JOIN pg_catalog.pg_am m ON m.oid = x.relam"
    " WHERE n.nspname = $1 AND i.indisvalid AND i.indpred IS NULL AND m.amname = 'btree'"
    " AND (k.position = 1 OR i.indisprimary)"
    " ORDER BY c.relname COLLATE \"C\", i.indisprimary DESC, k.position";

static bool is_true(hf_view v)
{
    return hf_view_is(v, "t");
}

static uint64_t number(hf_view v)
{
    uint64_t n = 0;

    return hf_view_u64(v, &n) ? n : 0;
}

/* What the planner does: the density that the last VACUUM or ANALYZE saw, times the blocks of now;
 * without one, rows of 200 bytes. */
static uint64_t guess_rows(const live *l, hf_view tuples, uint64_t pages, uint64_t blocks)
{
    uint64_t n = number(tuples); /* -1, unknown, reads as 0 */

    if (blocks == 0)
        return n;
    if (n == 0 || pages == 0)
        return blocks * (l->block_bytes / 200);
    return (uint64_t)((double)n / (double)pages * (double)blocks);
}

static found table_of(const live *l, const hf_pg_rows *rows, size_t i)
{
    uint64_t bytes = number(hf_pg_cell(rows, i, 5));
    uint64_t blocks = (bytes + l->block_bytes - 1) / l->block_bytes;
    found f = { .oid = hf_pg_cell(rows, i, 0), .name = hf_pg_cell(rows, i, 1) };

    f.own = (live_table){ .bytes = bytes,
                          .blocks = blocks,
                          .is_partitioned = hf_view_is(hf_pg_cell(rows, i, 2), "p"),
                          .has_ctid = is_true(hf_pg_cell(rows, i, 7)),
                          .has_xmin = is_true(hf_pg_cell(rows, i, 8)) };
    if (f.own.is_partitioned)
        f.own.bytes = UINT64_MAX; /* its partitions have them: not little */
    f.rows = guess_rows(l, hf_pg_cell(rows, i, 3), number(hf_pg_cell(rows, i, 4)), blocks);
    f.is_lost = l->is_replica && is_true(hf_pg_cell(rows, i, 6));
    return f;
}

/* The rows of a sorted answer that belong to a table: [*at, result), counted on from *at. */
static size_t rows_of(const hf_pg_rows *rows, hf_view oid, size_t *at)
{
    size_t end;

    while (*at < rows->nrow && !hf_view_eq(hf_pg_cell(rows, *at, 0), oid))
        ++*at;
    for (end = *at; end < rows->nrow && hf_view_eq(hf_pg_cell(rows, end, 0), oid);)
        end++;
    return end;
}

static hf_status describe(live *l, mm_table *t, const found *f, const hf_pg_rows *columns,
                          const hf_pg_rows *indexes, hf_err **err)
{
    size_t at = 0, end = rows_of(columns, f->oid, &at), n = end - at, npk = 0;
    mm_column *all = hf_arena_alloc0(l->mem, n + 1, sizeof(*all));
    hf_view pk[MM_MAX_KEY + 1] = { { NULL, 0 } };
    live_table *own = hf_arena_alloc0(l->mem, 1, sizeof(*own));
    const char *join;
    hf_status rc;

    for (size_t i = 0; i < n; i++)
        all[i] = (mm_column){ .name = hf_pg_cell(columns, at + i, 1),
                              .type = hf_pg_cell(columns, at + i, 2) };
    *own = f->own;
    *t = (mm_table){ .schema = l->schema, .name = f->name, .rows = f->rows, .own = own };
    at = 0;
    end = rows_of(indexes, f->oid, &at);
    for (size_t i = at; i < end && npk <= MM_MAX_KEY; i++)
        if (is_true(hf_pg_cell(indexes, i, 2)))
            pk[npk++] = hf_pg_cell(indexes, i, 1);
    rc = mm_table_describe(t, all, n, pk, npk, l->mem, err);
    join = t->role == MM_POSTS ? "originalid" : t->known == NULL ? NULL : t->known->joins;
    for (size_t i = at; i < end && join != NULL; i++)
        own->has_index |= hf_view_is(hf_pg_cell(indexes, i, 3), "1") &&
                          hf_view_is(hf_pg_cell(indexes, i, 1), join);
    return rc;
}

/* --- rights ------------------------------------------------------------------------------------
 */

/* People's words, or who could see them: without these a reading would pass for complete. */
static bool is_essential(const mm_table *t, bool has_origin)
{
    switch (t->role) {
    case MM_TEAMS:
    case MM_USERS:
    case MM_BOTS:
    case MM_CHANNELS:
    case MM_CHANNEL_MEMBERS:
    case MM_CHANNEL_HISTORY:
    case MM_TEAM_MEMBERS:
    case MM_EMOJI:
    case MM_POSTS:
    case MM_REACTIONS:
    case MM_FILES:
    case MM_PRIORITIES:
    case MM_ACKS:
    case MM_TEMPORARY:
    case MM_TRANSLATIONS:
    case MM_DRAFTS:
    case MM_SCHEDULED:
        return true;
    case MM_SYSTEMS: /* names the server */
        return !has_origin;
    case MM_OPAQUE:
    case MM_AUDITS:
    case MM_SECRET:
    case MM_DERIVED:
    default:
        return false;
    }
}

/* Rights are those of now, the columns those of the snapshot: of one that is gone nothing is known.
 */
static hf_status may_read(const mm_table *t, const found *f, const hf_pg_rows *columns, bool *may,
                          hf_err **err)
{
    size_t at = 0, end = rows_of(columns, f->oid, &at);

    *may = true;
    for (size_t i = at; i < end; i++) {
        hf_view right = hf_pg_cell(columns, i, 3);

        if (mm_column_find(t, hf_pg_cell(columns, i, 1)) < 0)
            continue;
        if (right.p == NULL) {
            hf_fail(err, HF_E_UNREACHABLE,
                    "table %s lost a column, or went, while the reading began", t->name.p);
            return hf_hint(err, "run again when the server's upgrade is done");
        }
        *may &= is_true(right);
    }
    return HF_OK;
}

/* "SELECT ON public.posts", "SELECT (id, username, ctid, xmin) ON public.users": a table with
 * secrets is granted by column. all: how many columns it has. */
static void put_grant(hf_buf *b, const mm_table *t, size_t all, const char *user)
{
    hf_buf_str(b, "GRANT SELECT ");
    for (uint16_t i = 0; i < t->ncolumn && t->ncolumn < all; i++) {
        hf_buf_str(b, i == 0 ? "(" : ", ");
        mm_put_identifier(b, t->column[i].name);
    }
    /* Rights to a column are rights to it alone: the reader asks for these two as well. */
    hf_buf_str(b, t->ncolumn < all ? ", ctid, xmin) ON " : "ON ");
    mm_put_identifier(b, t->schema);
    hf_buf_byte(b, '.');
    mm_put_identifier(b, t->name);
    hf_buf_str(b, " TO ");
    mm_put_identifier(b, hf_view_str(user));
    hf_buf_str(b, "; ");
}

typedef struct missing {
    hf_buf names, grants; /* of tables without which nothing is read */
    hf_buf unread;        /* names of the others */
    size_t n, nunread;
} missing;

static void note_missing(missing *m, const mm_table *t, size_t all, const char *user,
                         bool has_origin)
{
    bool is_needed = is_essential(t, has_origin);
    hf_buf *names = is_needed ? &m->names : &m->unread;

    hf_buf_str(names, names->n == 0 ? "" : ", ");
    hf_buf_printable(names, t->name);
    if (is_needed) {
        m->n++;
        put_grant(&m->grants, t, all, user);
    } else {
        m->nunread++;
    }
}

static hf_status refuse(live *l, missing *m, hf_err **err)
{
    hf_status rc = HF_OK;

    if (m->n > 0) {
        m->grants.n -= 1; /* the blank after the last */
        rc = hf_fail(err, HF_E_DENIED, "role %s may not read %s", hf_pg_user(l->pool.pg[0]),
                     hf_buf_cstr(&m->names));
        hf_hint(err, "%s", hf_buf_cstr(&m->grants));
    }
    if (m->nunread > 0)
        live_fact(l, "missing_rights", "Not read, no right to", true, "%s",
                  hf_buf_cstr(&m->unread));
    return rc;
}

static hf_status check_schema_right(live *l, missing *m, hf_err **err)
{
    char *schema = hf_view_dup(l->schema);
    const char *param = schema;
    hf_pg_rows rows;
    hf_status rc = hf_pg_query(l->pool.pg[0], "SELECT pg_catalog.has_schema_privilege($1, 'USAGE')",
                               &param, 1, l->mem, &rows, err);

    hf_free(schema);
    if (rc != HF_OK || is_true(hf_pg_cell(&rows, 0, 0)))
        return rc;
    m->n++;
    hf_buf_str(&m->names, "schema ");
    hf_buf_printable(&m->names, l->schema);
    hf_buf_str(&m->grants, "GRANT USAGE ON SCHEMA ");
    mm_put_identifier(&m->grants, l->schema);
    hf_buf_str(&m->grants, " TO ");
    mm_put_identifier(&m->grants, hf_view_str(hf_pg_user(l->pool.pg[0])));
    hf_buf_str(&m->grants, "; ");
    return HF_OK;
}

/* --- is it a Mattermost at all ------------------------------------------------------------------
 */

static hf_status check_needed(const live *l, hf_err **err)
{
    static const struct {
        mm_role role;
        const char *name;
    } needed[] = { { MM_POSTS, "posts" },
                   { MM_CHANNELS, "channels" },
                   { MM_USERS, "users" },
                   { MM_TEAMS, "teams" },
                   { MM_CHANNEL_MEMBERS, "channelmembers" } };

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
        if (live_role(l, needed[i].role) == NULL) {
            hf_fail(err, HF_E_UNSUPPORTED,
                    "this database holds no Mattermost: there is no table %s", needed[i].name);
            return hf_hint(err, "posts and channels are there, and belong to something else");
        }
    return HF_OK;
}

/* --- nothing may change under us ---------------------------------------------------------------
 */

/* TRUNCATE and a rewriting ALTER TABLE do not keep rows for older snapshots: such a table would be
 * read as an empty one. A lock that stops them (ACCESS SHARE, as any SELECT takes) is held on every
 * table until the end; with a right to some columns only there is no LOCK TABLE. */
static hf_status hold_tables(live *l, hf_err **err)
{
    hf_status rc = HF_OK;
    hf_pg_rows rows;
    hf_buf sql;

    hf_buf_init(&sql, HF_BUF_UNBOUNDED);
    for (uint32_t i = 0; i < l->base.ntable && rc == HF_OK; i++) {
        const mm_table *t = &l->base.table[i];

        if (mm_role_is_unread(t->role) && t->role != MM_SYSTEMS)
            continue;
        hf_buf_str(&sql, sql.n == 0 ? "SELECT FROM " : " UNION ALL SELECT FROM ");
        rc = live_put_table(l, t, &sql, err);
        hf_buf_str(&sql, " WHERE false");
    }
    if (rc == HF_OK && sql.n > 0)
        rc = hf_pg_query(l->pool.pg[0], hf_buf_cstr(&sql), NULL, 0, l->mem, &rows, err);
    hf_buf_clear(&sql);
    return rc;
}

/* One that came between the snapshot and the lock shows: pg_class as the snapshot has it names
 * another file than the one of now. */
static hf_status check_files(live *l, hf_err **err)
{
    static const char sql[] =
        "SELECT c.relname FROM pg_catalog.pg_class c"
        " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = $1 AND c.relkind = 'r' AND pg_catalog.pg_relation_filenode(c.oid)"
        " IS DISTINCT FROM c.relfilenode ORDER BY c.relname COLLATE \"C\"";
    const char *param = l->schema.p;
    hf_pg_rows rows;
    hf_status rc = hf_pg_query(l->pool.pg[0], sql, &param, 1, l->mem, &rows, err);

    for (size_t i = 0; rc == HF_OK && i < rows.nrow; i++)
        for (uint32_t k = 0; k < l->base.ntable && rc == HF_OK; k++)
            if (hf_view_eq(hf_pg_cell(&rows, i, 0), l->base.table[k].name) &&
                !mm_role_is_unread(l->base.table[k].role)) {
                rc = hf_fail(err, HF_E_UNREACHABLE,
                             "table %s was rewritten or emptied while the reading began",
                             hf_pg_cell(&rows, i, 0).p);
                hf_hint(err, "run again when the server's upgrade is done");
            }
    return rc;
}

/* --- together ----------------------------------------------------------------------------------
 */

static hf_status take_tables(live *l, bool has_origin, const hf_pg_rows rows[3], missing *m,
                             hf_err **err)
{
    const hf_pg_rows *tables = &rows[0], *columns = &rows[1], *indexes = &rows[2];

    l->base.table = hf_arena_alloc0(l->mem, tables->nrow + 1, sizeof(*l->base.table));
    for (size_t i = 0; i < tables->nrow; i++) {
        mm_table *t = &l->base.table[l->base.ntable];
        found f = table_of(l, tables, i);
        hf_status rc = describe(l, t, &f, columns, indexes, err);
        size_t at = 0, all = rows_of(columns, f.oid, &at) - at;
        bool may = true;

        if (rc == HF_OK && (t->role == MM_SYSTEMS || !mm_role_is_unread(t->role)))
            rc = may_read(t, &f, columns, &may, err);
        if (rc != HF_OK)
            return hf_err_at(err, NULL, t->member, HF_NO_OFFSET);
        if (t->ncolumn == 0 && !mm_role_is_unread(t->role))
            continue; /* a table without columns says nothing */
        if (f.is_lost) {
            live_fact(l, "unlogged", "Not read, not on a replica", true, "%.*s", (int)f.name.n,
                      f.name.p);
            continue;
        }
        l->base.ntable++;
        if (!may) {
            note_missing(m, t, all, hf_pg_user(l->pool.pg[0]), has_origin);
            l->base.ntable--; /* it is as if it were not there, and a fact says so */
        }
    }
    return HF_OK;
}

hf_status live_catalog(live *l, const hf_reader_args *args, const hf_pg_rows *search_path,
                       hf_err **err)
{
    static const char *const sql[3] = { tables_sql, columns_sql, indexes_sql };
    hf_status rc = find_schema(l, args, search_path, err);
    hf_pg_rows rows[3];
    missing m = { .n = 0 };
    const char *param;

    hf_buf_init(&m.names, HF_BUF_UNBOUNDED);
    hf_buf_init(&m.grants, HF_BUF_UNBOUNDED);
    hf_buf_init(&m.unread, HF_BUF_UNBOUNDED);
    param = l->schema.p; /* ends in a NUL: the arena's views do */
    for (size_t i = 0; i < 3 && rc == HF_OK; i++)
        rc = hf_pg_query(l->pool.pg[0], sql[i], &param, 1, l->mem, &rows[i], err);
    if (rc == HF_OK)
        rc = check_schema_right(l, &m, err);
    if (rc == HF_OK)
        rc = take_tables(l, args->origin != NULL, rows, &m, err);
    if (rc == HF_OK)
        rc = refuse(l, &m, err);
    if (rc == HF_OK)
        rc = check_needed(l, err);
    if (rc == HF_OK)
        rc = hold_tables(l, err);
    if (rc == HF_OK)
        rc = check_files(l, err);
    hf_buf_clear(&m.names);
    hf_buf_clear(&m.grants);
    hf_buf_clear(&m.unread);
    return rc;
}
