-- Rights for a role that reads a Mattermost server and nothing else.
-- Run it in the server's database as its owner or as a superuser, and again after every
-- upgrade of the server or of a plugin: what is new is granted by name, like everything else.
-- Columns and tables that let somebody in (passwords, tokens, sessions, keys) are left out.

BEGIN;
DO $grants$
DECLARE
    reader name := {{reader}};
    home name := {{schema}};
    table_name name;
    columns text;
    -- not read: made of credentials, or by the server from other tables
    unread name[] := ARRAY[{{unread}}]::name[];
    -- not read: what the name does not show to be a credential
    secret text[] := ARRAY[{{secret}}]::text[];
    -- read, although the name ends like that of a credential
    harmless text[] := ARRAY[{{harmless}}]::text[];
    credential text := '({{words}})_*(hash)?$';
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = reader) THEN
        EXECUTE format('CREATE ROLE %I LOGIN', reader); -- its password: \password in psql
    END IF;
    EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', reader);
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), reader);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', home, reader);
    -- what an earlier run of an earlier release granted
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM %I', home, reader);
    FOR table_name, columns IN
        SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
        WHERE n.nspname = home AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND a.attnum > 0 AND NOT a.attisdropped
            AND coalesce(to_jsonb(a) ->> 'attgenerated', '') = ''
            AND c.relname <> ALL (unread)
            AND c.relname || '.' || a.attname <> ALL (secret)
            AND (a.attname !~* credential OR c.relname || '.' || a.attname = ANY (harmless))
        GROUP BY c.relname
    LOOP
        -- ctid: several connections read parts of a table; xmin: what changed since the last
        -- import
        EXECUTE format('GRANT SELECT (%s, ctid, xmin) ON %I.%I TO %I', columns, home,
            table_name, reader);
    END LOOP;
END
$grants$;

-- This table says which server it is (DiagnosticId), and holds its signing keys as well. Leave
-- the line out, and say --origin NAME with every command (or origin = NAME in the [source]).
GRANT SELECT (name, value) ON {{systems}} TO {{role}};
COMMIT;
