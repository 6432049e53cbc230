/* mattermost/tables.c: which tables there are, what they are read for, and what is left out of
 * them.
 *
 * What we know stands in tables.def. Of a table that is not in it (a plugin's, a fork's, a newer
 * server's) everything is kept, but for columns whose name says that they let somebody in; the same
 * holds for a new column of a table that we know.
 */
#include "mm_priv.h"

#define TEXT "character varying|text|character"
#define NUM  "bigint|integer"
#define JSON "jsonb|json|" TEXT /* text up to 5.x */

const mm_known mm_known_tables[] = {
#define MM_TABLE(name, role, key, joins, secret, required, columns) \
    { name, MM_##role, key, required, secret, joins, columns },
#include "tables.def"
#undef MM_TABLE
    { NULL, MM_OPAQUE, NULL, NULL, NULL, NULL, NULL },
};

const mm_known *mm_known_find(hf_view name)
{
    for (const mm_known *k = mm_known_tables; k->name != NULL; k++)
        if (hf_view_is(name, k->name))
            return k;
    return NULL;
}

bool mm_next_part(hf_view *list, char separator, hf_view *part)
{
    size_t end = hf_view_find_byte(*list, separator);

    if (list->n == 0)
        return false;
    *part = hf_view_sub(*list, 0, end);
    *list = hf_view_from(*list, end == HF_NPOS ? end : end + 1);
    while (part->n > 0 && part->p[0] == ' ')
        *part = hf_view_from(*part, 1);
    return true;
}

static bool list_has(const char *list, hf_view name)
{
    hf_view rest = hf_view_str(list), part;

    while (mm_next_part(&rest, ',', &part))
        if (hf_view_eq(part, name))
            return true;
    return false;
}

/* --- secrets -------------------------------------------------------------------------------------
 */

static bool ends_in(hf_view name, hf_view word)
{
    if (name.n < word.n)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        char c = name.p[name.n - word.n + i];

        if ((c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c) != word.p[i])
            return false;
    }
    return true;
}

const char *const mm_secret_words[] = {
    "password", "passwd",  "passphrase", "secret",      "token",      "authdata",    "auth_data",
    "apikey",   "api_key", "privatekey", "private_key", "credential", "credentials", NULL,
};

/* "mfa_secret", "signup_token", "passwordhash", "clientSecret": what the name ends in decides.
 * Leaving out a column too many loses a plugin's setting; one too few gives a login away. */
static bool names_secret(hf_view name)
{
    if (ends_in(name, HF_V("hash")))
        name.n -= 4;
    while (name.n > 0 && name.p[name.n - 1] == '_')
        name.n--;
    for (size_t i = 0; mm_secret_words[i] != NULL; i++)
        if (ends_in(name, hf_view_str(mm_secret_words[i])))
            return true;
    return false;
}

bool mm_column_is_secret(const mm_known *known, hf_view name)
{
    if (known != NULL && list_has(known->secret, name))
        return true;
    if (known != NULL && list_has(known->columns, name))
        return false;
    return names_secret(name);
}

/* --- plugins -------------------------------------------------------------------------------------
 */

const char *mm_plugin_find(hf_view table)
{
    static const struct {
        const char *start, *plugin;
    } all[] = { { "ir_", "Playbooks" },
                { "focalboard_", "Boards" },
                { "calls", "Calls" },
                { "llm_", "Agents" } };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (hf_view_starts(table, hf_view_str(all[i].start)))
            return all[i].plugin;
    return NULL;
}

/* --- identifiers ---------------------------------------------------------------------------------
 */

/* Keywords that may not stand alone everywhere a name may (category not U in pg_get_keywords() of
 * PostgreSQL 15), in order. What a later release adds to them is quoted by nobody who reads us. */
static const char keywords[] =
    " all analyse analyze and any array as asc asymmetric authorization between bigint binary bit"
    " boolean both case cast char character check coalesce collate collation column concurrently"
    " constraint create cross current_catalog current_date current_role current_schema"
    " current_time current_timestamp current_user dec decimal default deferrable desc distinct do"
    " else end except exists extract false fetch float for foreign freeze from full grant greatest"
    " group grouping having ilike in initially inner inout int integer intersect interval into is"
    " isnull join lateral leading least left like limit localtime localtimestamp national natural"
    " nchar none normalize not notnull null nullif numeric offset on only or order out outer"
    " overlaps overlay placing position precision primary real references returning right row"
    " select session_user setof similar smallint some substring symmetric table tablesample then"
    " time timestamp to trailing treat trim true union unique user using values varchar variadic"
    " verbose when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest"
    " xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable ";

static bool is_keyword(hf_view name)
{
    char word[32];

    if (name.n + 2 > sizeof(word))
        return false;
    word[0] = word[name.n + 1] = ' ';
    memcpy(word + 1, name.p, name.n);
    return hf_view_find(HF_V(keywords), (hf_view){ word, name.n + 2 }) != HF_NPOS;
}

static bool is_plain(hf_view name)
{
    if (name.n == 0 || (name.p[0] >= '0' && name.p[0] <= '9'))
        return false;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '_')
            return false;
    }
    return !is_keyword(name);
}

void mm_put_identifier(hf_buf *out, hf_view name)
{
    if (is_plain(name)) {
        hf_buf_add(out, name);
        return;
    }
    hf_buf_byte(out, '"');
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] == '"')
            hf_buf_byte(out, '"');
        hf_buf_byte(out, name.p[i]);
    }
    hf_buf_byte(out, '"');
}

/* --- one table -----------------------------------------------------------------------------------
 */

int mm_column_find(const mm_table *t, hf_view name)
{
    for (uint16_t i = 0; i < t->ncolumn; i++)
        if (hf_view_eq(t->column[i].name, name))
            return i;
    return -1;
}

/* "public.channel_type" -> "channel_type", "character varying(26)" -> "character varying". pg_dump
 * --quote-all-identifiers writes "public"."channel_type". */
static hf_view bare_type(hf_view type)
{
    hf_view bare = hf_view_sub(type, 0, hf_view_find_byte(type, '('));
    size_t dot = hf_view_find_last(bare, '.');

    if (dot != HF_NPOS)
        bare = hf_view_from(bare, dot + 1);
    return bare.n > 2 && bare.p[0] == '"' ? hf_view_sub(bare, 1, bare.n - 2) : bare;
}

static hf_status check_type(const mm_table *t, const mm_column *c, hf_view types, hf_err **err)
{
    hf_view rest = types, one;

    if (c->type.n == 0)
        return HF_OK;
    while (mm_next_part(&rest, '|', &one))
        if (hf_view_eq(one, bare_type(c->type)))
            return HF_OK;
    hf_fail(err, HF_E_UNSUPPORTED, "column %.*s of table %.*s is %.*s, not %.*s", (int)c->name.n,
            c->name.p, (int)t->name.n, t->name.p, (int)c->type.n, c->type.p, (int)types.n, types.p);
    return hf_hint(err, "this is no Mattermost of 5.x to 11.x, or one that was changed");
}

static hf_status check_required(const mm_table *t, hf_err **err)
{
    hf_view rest = hf_view_str(t->known->required), part;

    while (mm_next_part(&rest, ',', &part)) {
        size_t blank = hf_view_find_byte(part, ' ');
        hf_view name = hf_view_sub(part, 0, blank);
        int at = mm_column_find(t, name);
        hf_status rc;

        if (at < 0) {
            hf_fail(err, HF_E_UNSUPPORTED, "table %.*s has no column %.*s", (int)t->name.n,
                    t->name.p, (int)name.n, name.p);
            return hf_hint(err, "this is no Mattermost of 5.x to 11.x, or one that was changed");
        }
        rc = check_type(t, &t->column[at], hf_view_from(part, blank + 1), err);
        if (rc != HF_OK)
            return rc;
    }
    return HF_OK;
}

static void add_key(mm_table *t, hf_view name, bool *is_whole)
{
    int at = mm_column_find(t, name);

    if (at < 0 || t->nkey == MM_MAX_KEY)
        *is_whole = false;
    else
        t->key[t->nkey++] = (uint16_t)at;
}

/* The key that we know stays the same over all releases, and names a row in each of them. A key
 * that is not read as a whole names nothing. */
static void set_key(mm_table *t, const hf_view *pk, size_t npk)
{
    hf_view rest = hf_view_str(t->known == NULL ? NULL : t->known->key), part;
    bool is_known = rest.n > 0, is_whole = true;

    t->nkey = 0;
    while (mm_next_part(&rest, ',', &part))
        add_key(t, part, &is_whole);
    for (size_t i = 0; !is_known && i < npk; i++)
        add_key(t, pk[i], &is_whole);
    if (!is_whole)
        t->nkey = 0;
}

static void set_names(mm_table *t, hf_arena *mem)
{
    hf_buf b;

    hf_buf_init(&b, HF_BUF_UNBOUNDED);
    hf_buf_str(&b, "COPY ");
    mm_put_identifier(&b, t->schema);
    hf_buf_byte(&b, '.');
    mm_put_identifier(&b, t->name);
    for (uint16_t i = 0; i < t->ncolumn; i++) {
        hf_buf_str(&b, i == 0 ? " (" : ", ");
        mm_put_identifier(&b, t->column[i].name);
    }
    hf_buf_str(&b, t->ncolumn > 0 ? ") FROM stdin;\n" : " FROM stdin;\n");
    t->head = hf_arena_dup(mem, hf_buf_view(&b));
    hf_buf_clear(&b);
    t->member = hf_arena_printf(mem, "pg/%.*s.%.*s", (int)t->schema.n, t->schema.p, (int)t->name.n,
                                t->name.p);
}

hf_status mm_table_describe(mm_table *t, const mm_column *all, size_t n, const hf_view *pk,
                            size_t npk, hf_arena *mem, hf_err **err)
{
    if (n > MM_MAX_COLUMNS)
        return hf_fail(err, HF_E_UNSUPPORTED, "table %.*s has %zu columns", (int)t->name.n,
                       t->name.p, n);
    t->known = mm_known_find(t->name);
    t->role = t->known == NULL ? MM_OPAQUE : t->known->role;
    t->column = hf_arena_alloc0(mem, n + 1, sizeof(*t->column));
    t->left_out = hf_arena_alloc0(mem, n + 1, sizeof(*t->left_out));
    t->ncolumn = t->nleft_out = 0;
    for (size_t i = 0; i < n; i++) {
        mm_column *c = &t->column[t->ncolumn];

        if (mm_column_is_secret(t->known, all[i].name)) {
            t->left_out[t->nleft_out++] = hf_arena_dup(mem, all[i].name);
            continue;
        }
        c->name = hf_arena_dup(mem, all[i].name);
        c->type = hf_arena_dup(mem, all[i].type);
        c->is_known = t->known != NULL &&
                      (t->known->columns == NULL || list_has(t->known->columns, all[i].name));
        t->ncolumn++;
    }
    if (n > 0 && t->ncolumn == 0)
        t->role = MM_SECRET; /* nothing is left of it */
    set_key(t, pk, npk);
    set_names(t, mem);
    if (t->known == NULL || t->known->required == NULL)
        return HF_OK;
    return check_required(t, err);
}

void mm_put_too_long(hf_buf *out, uint64_t bytes, hf_view first)
{
    enum { SHOWN = 200 };
    size_t end = hf_view_find_byte(first, '\t');

    hf_buf_u64(out, bytes);
    hf_buf_byte(out, '\t');
    hf_buf_add(out, hf_view_sub(first, 0, end < SHOWN ? end : SHOWN));
    hf_buf_byte(out, '\n');
}
