/* mattermost/dump_sql.c: the tables of a pg_dump file, and where their rows stand.
 *
 * Read are CREATE TABLE, ALTER TABLE ... PRIMARY KEY, COPY, SET, and psql's \connect; every other
 * statement is passed over. What the statements look like: src/bin/pg_dump/pg_dump.c,
 * dumpTableSchema and dumpTableData.
 */
#include "dump_token.h"

/* schema.name, or a name alone, which is in the schema of search_path. */
static bool table_name(const mm_index *x, hf_view *rest, hf_view *schema, hf_view *name)
{
    mm_token t = mm_token_next(rest);

    if (!mm_token_is_name(t))
        return false;
    *schema = x->search_path;
    *name = mm_token_name(t, x->mem);
    if (!mm_token_accept_sign(rest, '.'))
        return true;
    t = mm_token_next(rest);
    if (!mm_token_is_name(t))
        return false;
    *schema = *name;
    *name = mm_token_name(t, x->mem);
    return true;
}

/* --- the index -----------------------------------------------------------------------------------
 */

void mm_index_init(mm_index *x)
{
    *x = (mm_index){ .mem = hf_arena_new(),
                     .search_path = HF_V("public"),
                     .insert = HF_NO_OFFSET,
                     .cut = HF_NO_OFFSET };
}

void mm_index_clear(mm_index *x)
{
    for (size_t i = 0; i < x->ndb; i++) {
        hf_map_free(x->db[i].names);
        for (size_t k = 0; k < x->db[i].ntable; k++)
            hf_free(x->db[i].table[k]->section);
        hf_free(x->db[i].table);
    }
    hf_free(x->db);
    hf_arena_free(x->mem);
    *x = (mm_index){ .mem = NULL };
}

/* The text goes on in another database. pg_dump --create names its server once, before. */
static void enter_db(mm_index *x, hf_view name)
{
    mm_dump_db *from = x->ndb > 0 ? &x->db[x->current] : NULL;
    mm_dump_db fresh = from != NULL ? *from : (mm_dump_db){ .ntable = 0 };

    x->search_path = HF_V("public");
    for (size_t i = 0; i < x->ndb; i++)
        if (hf_view_eq(x->db[i].name, name)) {
            x->current = i;
            return;
        }
    if (x->ndb == x->db_cap) {
        x->db_cap = x->db_cap == 0 ? 4 : x->db_cap * 2;
        x->db = hf_realloc(x->db, x->db_cap, sizeof(*x->db));
    }
    x->current = x->ndb++;
    x->db[x->current] = (mm_dump_db){ .name = name,
                                      .encoding = fresh.encoding,
                                      .server = fresh.server,
                                      .program = fresh.program,
                                      .names = hf_map_new() };
}

static mm_dump_db *this_db(mm_index *x)
{
    if (x->ndb == 0)
        enter_db(x, HF_V(""));
    return &x->db[x->current];
}

static hf_map_entry *name_entry(const mm_dump_db *db, hf_view schema, hf_view name, bool make)
{
    hf_map_entry *e;
    hf_buf key;

    hf_buf_init(&key, HF_BUF_UNBOUNDED);
    hf_buf_add(&key, schema);
    hf_buf_byte(&key, '\0');
    hf_buf_add(&key, name);
    e = make ? hf_map_put(db->names, hf_buf_view(&key), NULL)
             : hf_map_get(db->names, hf_buf_view(&key));
    hf_buf_clear(&key);
    return e;
}

mm_dump_table *mm_index_table(const mm_dump_db *db, hf_view schema, hf_view name)
{
    hf_map_entry *e = name_entry(db, schema, name, false);

    return e == NULL ? NULL : e->v.p;
}

static mm_dump_table *make_table(mm_index *x, hf_view schema, hf_view name)
{
    mm_dump_db *db = this_db(x);
    hf_map_entry *e = name_entry(db, schema, name, true);
    mm_dump_table *t = e->v.p;

    if (t != NULL)
        return t;
    t = hf_arena_alloc0(x->mem, 1, sizeof(*t));
    t->schema = schema;
    t->name = name;
    e->v.p = t;
    if (db->ntable == db->table_cap) {
        db->table_cap = db->table_cap == 0 ? 128 : db->table_cap * 2;
        db->table = hf_realloc(db->table, db->table_cap, sizeof(mm_dump_table *));
    }
    db->table[db->ntable++] = t;
    return t;
}

/* --- CREATE TABLE, ALTER TABLE -------------------------------------------------------------------
 */

/* Up to the comma or parenthesis that ends this element, over what stands in parentheses. False
 * when the list ends with it. */
static bool skip_element(hf_view *rest)
{
    for (size_t depth = 0;;) {
        mm_token t = mm_token_next(rest);

        if (t.kind == MM_TOKEN_END || (depth == 0 && mm_token_is_sign(t, ')')))
            return false;
        if (depth == 0 && mm_token_is_sign(t, ','))
            return true;
        depth += mm_token_is_sign(t, '(');
        depth -= mm_token_is_sign(t, ')');
    }
}

static bool ends_type(mm_token t)
{
    static const char *const words[] = { "DEFAULT",    "NOT",     "NULL",   "COLLATE",
                                         "GENERATED",  "CHECK",   "UNIQUE", "CONSTRAINT",
                                         "REFERENCES", "PRIMARY", "WITH" };

    if (t.kind == MM_TOKEN_END || mm_token_is_sign(t, ',') || mm_token_is_sign(t, ')'))
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (mm_token_is(t, words[i]))
            return true;
    return false;
}

/* The type as it stands: "timestamp with time zone", "public.channel_type", "text[]". */
static hf_view column_type(hf_view *rest)
{
    hf_view from = *rest, end = *rest;
    size_t depth = 0;

    for (;;) {
        hf_view look = *rest, after;
        mm_token t = mm_token_next(&look);
        bool is_time;

        after = look;
        is_time = mm_token_is(t, "WITH") &&
                  mm_token_is(mm_token_next(&after), "TIME"); /* not WITH OPTIONS */
        if (t.kind == MM_TOKEN_END || (depth == 0 && ends_type(t) && !is_time))
            break;
        depth += mm_token_is_sign(t, '(');
        depth -= mm_token_is_sign(t, ')');
        *rest = end = look;
    }
    while (from.n > end.n && mm_is_blank(from.p[0]))
        from = hf_view_from(from, 1);
    return hf_view_sub(from, 0, from.n - end.n);
}

/* An element of a table that is no column. A column of such a name stands in quotes: all but LIKE
 * and EXCLUDE are reserved words, and these two are followed by what no type begins with. */
static bool is_constraint(hf_view rest)
{
    mm_token t = mm_token_next(&rest);
    mm_token next = mm_token_next(&rest);

    return mm_token_is(t, "CONSTRAINT") || mm_token_is(t, "CHECK") || mm_token_is(t, "UNIQUE") ||
           mm_token_is(t, "PRIMARY") || mm_token_is(t, "FOREIGN") || mm_token_is(t, "LIKE") ||
           (mm_token_is(t, "EXCLUDE") &&
            (mm_token_is_sign(next, '(') || mm_token_is(next, "USING")));
}

static hf_status too_many(const mm_dump_table *t, hf_err **err)
{
    return hf_fail(err, HF_E_UNSUPPORTED, "table %.*s has more than %d columns", (int)t->name.n,
                   t->name.p, MM_MAX_COLUMNS);
}

static hf_status create_table(mm_index *x, hf_view rest, hf_err **err)
{
    hf_view schema, name;
    mm_column *to;
    mm_dump_table *t;
    bool goes_on = true;

    if (mm_token_accept(&rest, "IF")) {
        mm_token_next(&rest);
        mm_token_next(&rest); /* NOT EXISTS */
    }
    if (!table_name(x, &rest, &schema, &name) || !mm_token_accept_sign(&rest, '('))
        return HF_OK; /* CREATE TABLE ... AS, ... OF, ... PARTITION OF: not of pg_dump's */
    t = make_table(x, schema, name);
    if (t->is_created || t->is_copied)
        return HF_OK; /* the first one stands */
    t->is_created = true;
    to = hf_alloc0(MM_MAX_COLUMNS, sizeof(*to));
    while (goes_on && t->ncolumn <= MM_MAX_COLUMNS) {
        bool is_column = !is_constraint(rest);
        mm_token c = mm_token_next(&rest);

        if (is_column && mm_token_is_name(c)) {
            if (t->ncolumn < MM_MAX_COLUMNS)
                to[t->ncolumn] = (mm_column){ .name = mm_token_name(c, x->mem),
                                              .type = hf_arena_dup(x->mem, column_type(&rest)) };
            t->ncolumn++;
        }
        goes_on = skip_element(&rest);
    }
    t->column = hf_arena_alloc(x->mem, (t->ncolumn + 1) * sizeof(*to));
    if (t->ncolumn <= MM_MAX_COLUMNS)
        memcpy(t->column, to, t->ncolumn * sizeof(*to));
    hf_free(to);
    return t->ncolumn <= MM_MAX_COLUMNS ? HF_OK : too_many(t, err);
}

/* The names in parentheses that come next; 0 when there are none. */
static size_t name_list(const mm_index *x, hf_view *rest, hf_view *to, size_t max)
{
    size_t n = 0;

    if (!mm_token_accept_sign(rest, '('))
        return 0;
    do {
        mm_token t = mm_token_next(rest);

        if (!mm_token_is_name(t))
            return 0;
        if (n < max)
            to[n] = mm_token_name(t, x->mem);
        n++;
    } while (n <= max && mm_token_accept_sign(rest, ','));
    return n <= max && mm_token_accept_sign(rest, ')') ? n : 0;
}

/* ALTER TABLE [ONLY] name ADD CONSTRAINT name PRIMARY KEY (columns) */
static void alter_table(mm_index *x, hf_view rest)
{
    hf_view schema, name, columns[MM_MAX_KEY];
    mm_dump_table *t;
    size_t n;

    mm_token_accept(&rest, "ONLY");
    if (!table_name(x, &rest, &schema, &name) || !mm_token_accept(&rest, "ADD") ||
        !mm_token_accept(&rest, "CONSTRAINT"))
        return;
    mm_token_next(&rest);
    if (!mm_token_accept(&rest, "PRIMARY") || !mm_token_accept(&rest, "KEY"))
        return;
    t = mm_index_table(this_db(x), schema, name);
    n = name_list(x, &rest, columns, MM_MAX_KEY);
    if (t == NULL || n == 0 || t->npk > 0)
        return;
    t->pk = hf_arena_alloc(x->mem, n * sizeof(*columns));
    memcpy(t->pk, columns, n * sizeof(*columns));
    t->npk = n;
}

/* --- COPY ----------------------------------------------------------------------------------------
 */

static size_t find_column(const mm_dump_table *t, hf_view name)
{
    size_t i = 0;

    while (i < t->ncolumn && !hf_view_eq(t->column[i].name, name))
        i++;
    return i;
}

/* The columns of a COPY. A dump of the rows alone has no CREATE TABLE: then these are all. */
static hf_status set_copied(mm_index *x, mm_dump_table *t, const hf_view *names, size_t n,
                            hf_err **err)
{
    uint16_t *copied = hf_arena_alloc(x->mem, (n + 1) * sizeof(*copied));
    bool is_same = t->is_copied && n == t->ncopied;

    if (!t->is_created && !t->is_copied) {
        t->column = hf_arena_alloc0(x->mem, n + 1, sizeof(*t->column));
        t->ncolumn = n;
        for (size_t i = 0; i < n; i++)
            t->column[i].name = names[i];
    }
    for (size_t i = 0; i < n; i++) {
        size_t at = find_column(t, names[i]);

        if (at == t->ncolumn)
            return hf_fail(err, HF_E_DAMAGED, "COPY names a column %.*s that table %.*s lacks",
                           (int)names[i].n, names[i].p, (int)t->name.n, t->name.p);
        copied[i] = (uint16_t)at;
        is_same = is_same && t->copied[i] == at;
    }
    if (t->is_copied && !is_same)
        return hf_fail(err, HF_E_UNSUPPORTED, "the rows of table %.*s have different columns",
                       (int)t->name.n, t->name.p);
    t->copied = copied;
    t->ncopied = n;
    t->is_copied = true;
    return HF_OK;
}

static hf_status add_section(mm_index *x, mm_dump_table *t, mm_text *text, hf_err **err)
{
    mm_section s;
    hf_status rc = mm_text_rows(text, &s, err);

    if (rc != HF_OK)
        return rc;
    if (s.is_cut)
        x->cut = s.end;
    if (t->nsection == t->section_cap) {
        t->section_cap = t->section_cap == 0 ? 1 : t->section_cap * 2;
        t->section = hf_realloc(t->section, t->section_cap, sizeof(*t->section));
    }
    t->section[t->nsection++] = s;
    return HF_OK;
}

/* The columns of COPY name (columns), or of the table when it names none. */
static hf_status copy_columns(mm_index *x, mm_dump_table *t, hf_view *rest, hf_err **err)
{
    hf_view *names = hf_alloc0(MM_MAX_COLUMNS, sizeof(*names));
    hf_view before = *rest;
    size_t n = name_list(x, rest, names, MM_MAX_COLUMNS);
    hf_status rc = HF_OK;

    if (n == 0 && before.n != rest->n)
        rc = hf_fail(err, HF_E_UNSUPPORTED, "the columns of COPY cannot be read");
    for (size_t i = 0; n == 0 && i < t->ncolumn; i++)
        names[i] = t->column[i].name;
    if (rc == HF_OK)
        rc = set_copied(x, t, names, n > 0 ? n : t->ncolumn, err);
    hf_free(names);
    return rc;
}

static hf_status copy(mm_index *x, hf_view rest, mm_text *text, hf_err **err)
{
    hf_view schema, name;
    mm_dump_table *t;
    hf_status rc;

    if (!table_name(x, &rest, &schema, &name))
        return HF_OK; /* COPY (query) TO ...: not of pg_dump's */
    t = make_table(x, schema, name);
    rc = copy_columns(x, t, &rest, err);
    if (rc != HF_OK)
        return hf_err_at(err, NULL, t->name, HF_NO_OFFSET);
    if (!mm_token_accept(&rest, "FROM") || !mm_token_accept(&rest, "STDIN") ||
        mm_token_next(&rest).kind != MM_TOKEN_END) {
        hf_fail(err, HF_E_UNSUPPORTED, "COPY in another form than pg_dump's");
        return hf_err_at(err, NULL, t->name, HF_NO_OFFSET);
    }
    return add_section(x, t, text, err);
}

/* --- the rest ------------------------------------------------------------------------------------
 */

/* SET client_encoding = 'UTF8', SET search_path = public, pg_catalog */
static void set(mm_index *x, hf_view rest)
{
    mm_token what = mm_token_next(&rest), value;

    if (!mm_token_accept_sign(&rest, '=') && !mm_token_accept(&rest, "TO"))
        return;
    value = mm_token_next(&rest);
    if (mm_token_is(what, "CLIENT_ENCODING") && value.text.n >= 2)
        this_db(x)->encoding = hf_arena_dup(
            x->mem, value.kind == MM_TOKEN_STRING ? hf_view_sub(value.text, 1, value.text.n - 2)
                                                  : value.text);
    if (mm_token_is(what, "SEARCH_PATH") && mm_token_is_name(value))
        x->search_path = mm_token_name(value, x->mem);
}

/* \connect name: what follows is in another database. -reuse-previous=on "dbname='name'" is how
 * newer ones write a name that is no plain one. */
static void command(mm_index *x, hf_view rest)
{
    size_t word = 0;
    hf_view name;

    while (word < rest.n && !mm_is_blank(rest.p[word]))
        word++;
    name = hf_view_from(rest, word);
    rest.n = word;
    if (!hf_view_is(rest, "connect") && !hf_view_is(rest, "c"))
        return;
    while (name.n > 0 && mm_is_blank(name.p[0]))
        name = hf_view_from(name, 1);
    if (hf_view_starts(name, HF_V("-reuse-previous=on ")))
        name = hf_view_from(name, sizeof("-reuse-previous=on ") - 1);
    if (name.n > 1 && name.p[0] == '"')
        name = hf_view_sub(name, 1, name.n - 2);
    if (hf_view_starts(name, HF_V("dbname='")))
        name = hf_view_sub(name, 8, name.n - 9);
    if (name.n > 0 && !hf_view_is(name, "-")) /* -: the same as before */
        enter_db(x, hf_arena_dup(x->mem, name));
}

static void comment(mm_index *x, hf_view text)
{
    hf_view from = HF_V("Dumped from database version "), by = HF_V("Dumped by pg_dump version ");

    while (text.n > 0 && mm_is_blank(text.p[0]))
        text = hf_view_from(text, 1);
    if (hf_view_is(text, "PostgreSQL database dump") ||
        hf_view_is(text, "PostgreSQL database cluster dump")) {
        x->is_dump = true;
        if (text.n == sizeof("PostgreSQL database dump") - 1)
            x->is_open = true;
        else
            x->is_cluster = true;
    } else if (hf_view_is(text, "PostgreSQL database dump complete")) {
        x->is_open = false;
    } else if (hf_view_is(text, "PostgreSQL database cluster dump complete")) {
        x->is_cluster = false;
    } else if (hf_view_starts(text, from)) {
        this_db(x)->server = hf_arena_dup(x->mem, hf_view_from(text, from.n));
    } else if (hf_view_starts(text, by)) {
        this_db(x)->program = hf_arena_dup(x->mem, hf_view_from(text, by.n));
    }
}

static hf_status statement(mm_index *x, const mm_piece *p, mm_text *text, hf_err **err)
{
    hf_view rest = p->text;
    mm_token verb = mm_token_next(&rest);

    if (mm_token_is(verb, "CREATE")) {
        (void)(mm_token_accept(&rest, "UNLOGGED") || mm_token_accept(&rest, "FOREIGN"));
        return mm_token_accept(&rest, "TABLE") ? create_table(x, rest, err) : HF_OK;
    }
    if (mm_token_is(verb, "COPY"))
        return copy(x, rest, text, err);
    if (mm_token_is(verb, "ALTER") && mm_token_accept(&rest, "TABLE"))
        alter_table(x, rest);
    else if (mm_token_is(verb, "SET"))
        set(x, rest);
    else if (mm_token_is(verb, "INSERT"))
        x->insert = p->at;
    return HF_OK;
}

hf_status mm_index_scan(mm_index *x, mm_text *t, hf_err **err)
{
    mm_piece p;
    hf_status rc = HF_OK;

    while (rc == HF_OK && t->carriage == HF_NO_OFFSET && x->insert == HF_NO_OFFSET &&
           (rc = mm_text_next(t, &p, err)) == HF_OK) {
        if (p.kind == MM_PIECE_COMMENT)
            comment(x, p.text);
        else if (p.kind == MM_PIECE_COMMAND)
            command(x, p.text);
        else
            rc = statement(x, &p, t, err);
        if (rc < 0)
            hf_err_at(err, NULL, HF_V(""), p.at);
    }
    return rc == HF_END ? HF_OK : rc;
}
