/* mattermost/grants.c: the rights that a reader needs, as a script for the database's owner.
 *
 * The script asks the catalogue, as the reader does, and leaves out what the reader leaves out:
 * tables.def and mm_column_is_secret as SQL. So it fits every release and every plugin, and nothing
 * that lets somebody in becomes readable. The text is schemas/mattermost/grants.sql. System columns
 * have rights of their own: ctid parts a table among connections, xmin says what changed since the
 * last import.
 */
#include "mm_priv.h"
#include "util/schema.h"

static void put_literal(hf_buf *out, hf_view text)
{
    hf_buf_byte(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'')
            hf_buf_byte(out, '\'');
        hf_buf_byte(out, text.p[i]);
    }
    hf_buf_byte(out, '\'');
}

/* Lines of names, at most about 96 characters each. */
static void put_listed(hf_buf *out, size_t *line, const char *prefix, hf_view name)
{
    enum { WIDEST = 96 };
    size_t n = strlen(prefix) + name.n + 4;

    if (*line == 0 || *line + n > WIDEST) {
        hf_buf_str(out, *line == 0 ? "\n        " : ",\n        ");
        *line = 8;
    } else {
        hf_buf_str(out, ", ");
    }
    hf_buf_byte(out, '\'');
    hf_buf_str(out, prefix);
    hf_buf_add(out, name);
    hf_buf_byte(out, '\'');
    *line += n;
}

static void put_unread_tables(hf_buf *out)
{
    size_t line = 0;

    for (const mm_known *k = mm_known_tables; k->name != NULL; k++)
        if (mm_role_is_unread(k->role))
            put_listed(out, &line, "", hf_view_str(k->name));
}

/* "table.column": those of a list that are secret or not, and would be judged otherwise by name. */
static void put_columns(hf_buf *out, bool is_secret)
{
    size_t line = 0;

    for (const mm_known *k = mm_known_tables; k->name != NULL; k++) {
        hf_view rest = hf_view_str(is_secret ? k->secret : k->columns), name;
        char *table = hf_sprintf("%s.", k->name);

        while (mm_next_part(&rest, ',', &name))
            if (mm_column_is_secret(k, name) == is_secret &&
                mm_column_is_secret(NULL, name) != is_secret)
                put_listed(out, &line, table, name);
        hf_free(table);
    }
}

static void put_words(hf_buf *out)
{
    for (size_t i = 0; mm_secret_words[i] != NULL; i++)
        hf_buf_printf(out, "%s%s", i == 0 ? "" : "|", mm_secret_words[i]);
}

/* What stands for a {{word}} of the template. */
static void put_word(hf_buf *out, hf_view word, const char *role, const char *schema)
{
    if (hf_view_is(word, "reader")) {
        put_literal(out, hf_view_str(role));
    } else if (hf_view_is(word, "schema")) {
        put_literal(out, hf_view_str(schema));
    } else if (hf_view_is(word, "role")) {
        mm_put_identifier(out, hf_view_str(role));
    } else if (hf_view_is(word, "systems")) {
        mm_put_identifier(out, hf_view_str(schema));
        hf_buf_str(out, ".systems");
    } else if (hf_view_is(word, "unread")) {
        put_unread_tables(out);
    } else if (hf_view_is(word, "secret")) {
        put_columns(out, true);
    } else if (hf_view_is(word, "harmless")) {
        put_columns(out, false);
    } else {
        put_words(out);
    }
}

void mm_grants(const char *role, const char *schema, hf_buf *out)
{
    hf_view rest = hf_schema("mattermost/grants.sql");
    size_t at;

    while ((at = hf_view_find(rest, HF_V("{{"))) != HF_NPOS) {
        size_t end = hf_view_find(rest, HF_V("}}"));

        hf_buf_add(out, hf_view_sub(rest, 0, at));
        put_word(out, hf_view_sub(rest, at + 2, end - at - 2), role,
                 schema == NULL ? "public" : schema);
        rest = hf_view_from(rest, end + 2);
    }
    hf_buf_add(out, rest);
}
