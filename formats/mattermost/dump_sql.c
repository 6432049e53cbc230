/* mattermost/dump_sql.c: the tables of a pg_dump file, and where their rows stand.
 *
 * Read are CREATE TABLE, ALTER TABLE ... PRIMARY KEY, COPY, SET, and psql's \connect; every other
 * statement is passed over. What the statements look like: src/bin/pg_dump/pg_dump.c,
 * dumpTableSchema and dumpTableData.
 */
#include "dump_priv.h"

/* --- tokens --------------------------------------------------------------------------------------
 */

typedef enum token_kind {
    TOKEN_END,
    TOKEN_WORD,   /* a name or a number */
    TOKEN_NAME,   /* in double quotes */
    TOKEN_STRING, /* in single quotes, or in dollars */
    TOKEN_SIGN,   /* one other byte */
} token_kind;

typedef struct token {
    token_kind kind;
    hf_view text; /* as it stands, quotes included */
} token;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static size_t quoted_length(hf_view rest)
{
    size_t i = 1;

    while (i < rest.n &&
           !(rest.p[i] == rest.p[0] && (i + 1 == rest.n || rest.p[i + 1] != rest.p[0])))
        i += rest.p[i] == rest.p[0] ? 2 : 1;
    return i < rest.n ? i + 1 : rest.n;
}

/* The next token of a statement, taken from *rest. */
static token next_token(hf_view *rest)
{
    token t = { TOKEN_END, { NULL, 0 } };
    size_t n = 0;

    while (rest->n > 0 && is_blank(rest->p[0]))
        *rest = hf_view_from(*rest, 1);
    if (rest->n == 0)
        return t;
    if (rest->p[0] == '"' || rest->p[0] == '\'') {
        t.kind = rest->p[0] == '"' ? TOKEN_NAME : TOKEN_STRING;
        n = quoted_length(*rest);
    } else if (is_word(rest->p[0])) {
        t.kind = TOKEN_WORD;
        while (n < rest->n && is_word(rest->p[n]))
            n++;
    } else {
        t.kind = TOKEN_SIGN;
        n = 1;
    }
    t.text = hf_view_sub(*rest, 0, n);
    *rest = hf_view_from(*rest, n);
    return t;
}

static bool is_key(token t, const char *upper)
{
    if (t.kind != TOKEN_WORD || t.text.n != strlen(upper))
        return false;
    for (size_t i = 0; i < t.text.n; i++) {
        char c = t.text.p[i];

        if ((c >= 'a' && c <= 'z' ? c - 0x20 : c) != upper[i])
            return false;
    }
    return true;
}

static bool is_sign(token t, char c)
{
    return t.kind == TOKEN_SIGN && t.text.p[0] == c;
}

/* Take the next token when it is this word. */
static bool accept(hf_view *rest, const char *upper)
{
    hf_view look = *rest;

    if (!is_key(next_token(&look), upper))
        return false;
    *rest = look;
    return true;
}

static bool accept_sign(hf_view *rest, char c)
{
    hf_view look = *rest;

    if (!is_sign(next_token(&look), c))
        return false;
    *rest = look;
    return true;
}

/* A name without its quotes; one without quotes is folded as PostgreSQL folds it. */
static hf_view name_of(token t, hf_arena *mem)
{
    char *to = hf_arena_alloc(mem, t.text.n + 1);
    size_t n = 0, end = t.text.n - (t.kind == TOKEN_NAME && t.text.n > 1 ? 1 : 0);

    for (size_t i = t.kind == TOKEN_NAME ? 1 : 0; i < end; i++) {
        char c = t.text.p[i];

        if (t.kind == TOKEN_WORD && c >= 'A' && c <= 'Z')
            c = (char)(c | 0x20);
        to[n++] = c;
        if (t.kind == TOKEN_NAME && c == '"')
            i++;
    }
    to[n] = '\0';
    return (hf_view){ to, n };
}

static bool is_name(token t)
{
    return t.kind == TOKEN_WORD || t.kind == TOKEN_NAME;
}

/* schema.name, or a name alone, which is in the schema of search_path. */
static bool table_name(const mm_index *x, hf_view *rest, hf_view *schema, hf_view *name)
{
    token t = next_token(rest);

    if (!is_name(t))
        return false;
    *schema = x->search_path;
    *name = name_of(t, x->mem);
    if (!accept_sign(rest, '.'))
        return true;
    t = next_token(rest);
    if (!is_name(t))
        return false;
    *schema = *name;
    *name = name_of(t, x->mem);
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
        token t = next_token(rest);

        if (t.kind == TOKEN_END || (depth == 0 && is_sign(t, ')')))
            return false;
        if (depth == 0 && is_sign(t, ','))
            return true;
        depth += is_sign(t, '(');
        depth -= is_sign(t, ')');
    }
}

static bool ends_type(token t)
{
    static const char *const words[] = { "DEFAULT",    "NOT",     "NULL",   "COLLATE",
                                         "GENERATED",  "CHECK",   "UNIQUE", "CONSTRAINT",
                                         "REFERENCES", "PRIMARY", "WITH" };

    if (t.kind == TOKEN_END || is_sign(t, ',') || is_sign(t, ')'))
        return true;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (is_key(t, words[i]))
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
        token t = next_token(&look);
        bool is_time;

        after = look;
        is_time = is_key(t, "WITH") && is_key(next_token(&after), "TIME"); /* not WITH OPTIONS */
        if (t.kind == TOKEN_END || (depth == 0 && ends_type(t) && !is_time))
            break;
        depth += is_sign(t, '(');
        depth -= is_sign(t, ')');
        *rest = end = look;
    }
    while (from.n > end.n && is_blank(from.p[0]))
        from = hf_view_from(from, 1);
    return hf_view_sub(from, 0, from.n - end.n);
}

/* An element of a table that is no column. A column of such a name stands in quotes: all but LIKE
 * and EXCLUDE are reserved words, and these two are followed by what no type begins with. */
static bool is_constraint(hf_view rest)
{
    token t = next_token(&rest);
    token next = next_token(&rest);

    return is_key(t, "CONSTRAINT") || is_key(t, "CHECK") || is_key(t, "UNIQUE") ||
           is_key(t, "PRIMARY") || is_key(t, "FOREIGN") || is_key(t, "LIKE") ||
           (is_key(t, "EXCLUDE") && (is_sign(next, '(') || is_key(next, "USING")));
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

    if (accept(&rest, "IF")) {
        next_token(&rest);
        next_token(&rest); /* NOT EXISTS */
    }
    if (!table_name(x, &rest, &schema, &name) || !accept_sign(&rest, '('))
        return HF_OK; /* CREATE TABLE ... AS, ... OF, ... PARTITION OF: not of pg_dump's */
    t = make_table(x, schema, name);
    if (t->is_created || t->is_copied)
        return HF_OK; /* the first one stands */
    t->is_created = true;
    to = hf_alloc0(MM_MAX_COLUMNS, sizeof(*to));
    while (goes_on && t->ncolumn <= MM_MAX_COLUMNS) {
        bool is_column = !is_constraint(rest);
        token c = next_token(&rest);

        if (is_column && is_name(c)) {
            if (t->ncolumn < MM_MAX_COLUMNS)
                to[t->ncolumn] = (mm_column){ .name = name_of(c, x->mem),
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

    if (!accept_sign(rest, '('))
        return 0;
    do {
        token t = next_token(rest);

        if (!is_name(t))
            return 0;
        if (n < max)
            to[n] = name_of(t, x->mem);
        n++;
    } while (n <= max && accept_sign(rest, ','));
    return n <= max && accept_sign(rest, ')') ? n : 0;
}

/* ALTER TABLE [ONLY] name ADD CONSTRAINT name PRIMARY KEY (columns) */
static void alter_table(mm_index *x, hf_view rest)
{
    hf_view schema, name, columns[MM_MAX_KEY];
    mm_dump_table *t;
    size_t n;

    accept(&rest, "ONLY");
    if (!table_name(x, &rest, &schema, &name) || !accept(&rest, "ADD") ||
        !accept(&rest, "CONSTRAINT"))
        return;
    next_token(&rest);
    if (!accept(&rest, "PRIMARY") || !accept(&rest, "KEY"))
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
    if (!accept(&rest, "FROM") || !accept(&rest, "STDIN") || next_token(&rest).kind != TOKEN_END) {
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
    token what = next_token(&rest), value;

    if (!accept_sign(&rest, '=') && !accept(&rest, "TO"))
        return;
    value = next_token(&rest);
    if (is_key(what, "CLIENT_ENCODING") && value.text.n >= 2)
        this_db(x)->encoding = hf_arena_dup(
            x->mem,
            value.kind == TOKEN_STRING ? hf_view_sub(value.text, 1, value.text.n - 2) : value.text);
    if (is_key(what, "SEARCH_PATH") && is_name(value))
        x->search_path = name_of(value, x->mem);
}

/* \connect name: what follows is in another database. -reuse-previous=on "dbname='name'" is how
 * newer ones write a name that is no plain one. */
static void command(mm_index *x, hf_view rest)
{
    size_t word = 0;
    hf_view name;

    while (word < rest.n && !is_blank(rest.p[word]))
        word++;
    name = hf_view_from(rest, word);
    rest.n = word;
    if (!hf_view_is(rest, "connect") && !hf_view_is(rest, "c"))
        return;
    while (name.n > 0 && is_blank(name.p[0]))
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

    while (text.n > 0 && is_blank(text.p[0]))
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
    token verb = next_token(&rest);

    if (is_key(verb, "CREATE")) {
        (void)(accept(&rest, "UNLOGGED") || accept(&rest, "FOREIGN"));
        return accept(&rest, "TABLE") ? create_table(x, rest, err) : HF_OK;
    }
    if (is_key(verb, "COPY"))
        return copy(x, rest, text, err);
    if (is_key(verb, "ALTER") && accept(&rest, "TABLE"))
        alter_table(x, rest);
    else if (is_key(verb, "SET"))
        set(x, rest);
    else if (is_key(verb, "INSERT"))
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
