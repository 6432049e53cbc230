/* mattermost/grants.c: the rights that a reader needs, as a script for the database's owner.
 *
 * The script asks the catalogue, as the reader does, and leaves out what the reader leaves out:
 * tables.def and mm_column_is_secret as SQL. So it fits every release and every plugin, and nothing
 * that lets somebody in becomes readable. System columns have rights of their own: ctid parts a
 * table among connections, xmin says what changed since the last import.
 */
#include "mm_priv.h"

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

static const char intro[] =
    "-- Rights for a role that reads a Mattermost server and nothing else.\n"
    "-- Run it in the server's database as its owner or as a superuser, and again after every\n"
    "-- upgrade of the server or of a plugin: what is new is granted by name, like everything "
    "else.\n"
    "-- Columns and tables that let somebody in (passwords, tokens, sessions, keys) are left out.\n"
    "\n"
    "BEGIN;\n";

static const char loop_head[] =
    "    table_name name;\n"
    "    columns text;\n"
    "    -- not read: made of credentials, or by the server from other tables\n"
    "    unread name[] := ARRAY[";

static const char loop_secret[] =
    "]::name[];\n"
    "    -- not read: what the name does not show to be a credential\n"
    "    secret text[] := ARRAY[";

static const char loop_harmless[] =
    "]::text[];\n"
    "    -- read, although the name ends like that of a credential\n"
    "    harmless text[] := ARRAY[";

static const char loop_words[] = "]::text[];\n"
                                 "    credential text := '(";

static const char loop_body[] =
    ")_*(hash)?$';\n"
    "BEGIN\n"
    "    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = reader) THEN\n"
    "        EXECUTE format('CREATE ROLE %I LOGIN', reader); -- its password: \\password in psql\n"
    "    END IF;\n"
    "    EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', reader);\n"
    "    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), reader);\n"
    "    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', home, reader);\n"
    "    -- what an earlier run of an earlier release granted\n"
    "    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', home, reader);\n"
    "    FOR table_name, columns IN\n"
    "        SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)\n"
    "        FROM pg_catalog.pg_class c\n"
    "        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\n"
    "        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid\n"
    "        WHERE n.nspname = home AND c.relkind IN ('r', 'p') AND NOT c.relispartition\n"
    "            AND a.attnum > 0 AND NOT a.attisdropped\n"
    "            AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = ''\n"
    "            AND c.relname <> ALL (unread)\n"
    "            AND c.relname || '.' || a.attname <> ALL (secret)\n"
    "            AND (a.attname !~* credential OR c.relname || '.' || a.attname = ANY (harmless))\n"
    "        GROUP BY c.relname\n"
    "    LOOP\n"
    "        -- ctid: several connections read parts of a table; xmin: what changed since the "
    "last\n"
    "        -- import\n"
    "        EXECUTE format('GRANT SELECT (%s, ctid, xmin) ON %I.%I TO %I', columns, home,\n"
    "            table_name, reader);\n"
    "    END LOOP;\n"
    "END\n"
    "$grants$;\n"
    "\n"
    "-- This table says which server it is (DiagnosticId), and holds its signing keys as well. "
    "Leave\n"
    "-- the line out, and say --origin NAME with every command (or origin = NAME in the "
    "[source]).\n";

void mm_grants(const char *role, const char *schema, hf_buf *out)
{
    if (schema == NULL)
        schema = "public";
    hf_buf_str(out, intro);
    hf_buf_str(out, "DO $grants$\nDECLARE\n    reader name := ");
    put_literal(out, hf_view_str(role));
    hf_buf_str(out, ";\n    home name := ");
    put_literal(out, hf_view_str(schema));
    hf_buf_str(out, ";\n");
    hf_buf_str(out, loop_head);
    put_unread_tables(out);
    hf_buf_str(out, loop_secret);
    put_columns(out, true);
    hf_buf_str(out, loop_harmless);
    put_columns(out, false);
    hf_buf_str(out, loop_words);
    put_words(out);
    hf_buf_str(out, loop_body);
    hf_buf_str(out, "GRANT SELECT (name, value) ON ");
    mm_put_identifier(out, hf_view_str(schema));
    hf_buf_str(out, ".systems TO ");
    mm_put_identifier(out, hf_view_str(role));
    hf_buf_str(out, ";\nCOMMIT;\n");
}
