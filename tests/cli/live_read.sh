#!/usr/bin/env bash
# A server, however it is reached, gives what pg_dump's file of it has: every row of the same tables,
# byte for byte, and the same records; what `inspect` counts is what the server itself counts.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
pg_need
run vault init "$T/log"
want_rc 0

dump() { # DATABASE
    "$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d "$1" -f "$T/dump.sql" || fail "pg_dump"
}

same() { # SOURCE ARGS...: as in the dump
    local source=$1
    shift
    run diff "$source" "$T/dump.sql" --vault "$T/log" "$@"
    want_rc 0
    want err " 0 changed, 0 missing, 0 extra"
}

for schema in old new; do
    "$HFGEN" --messages 3000 --seed 21 --to mattermost-sql --schema $schema -o "$T/$schema.sql" 2>/dev/null || fail hfgen
    pg_db live_$schema && pg_sql live_$schema -f "$T/$schema.sql" >/dev/null || fail psql
    dump live_$schema
    same "$(pg_url live_$schema)"
    same "$(pg_url live_$schema)" --bytes
done

# The ways to name a server. A word with "=" or nothing at all is what libpq makes of it.
same "mattermost:host=$HF_PG_SOCKET user=postgres dbname=live_new" --bytes
cat >"$T/service" <<CONF
[night]
host=$HF_PG_SOCKET
user=postgres
dbname=live_new
CONF
export PGSERVICEFILE=$T/service
same "mattermost:service=night" --bytes
want err "warning" # the table of a fork is named
unset PGSERVICEFILE
export PGHOST=$HF_PG_SOCKET PGUSER=postgres PGDATABASE=live_new
same "mattermost:" --bytes
same "mattermost:live_new" --bytes
unset PGHOST PGUSER PGDATABASE

# A password from a file, and from a command; it is shown nowhere.
pg_sql postgres -c "SET client_min_messages = error" -c "DROP ROLE IF EXISTS needs_password" -c "CREATE ROLE needs_password SUPERUSER LOGIN PASSWORD 'dimquartz'"
secret_url=$(pg_url live_new needs_password)
same "$secret_url" --bytes --password-command "echo dimquartz"
(umask 077; echo "*:*:*:*:dimquartz" >"$T/pass")
PGPASSFILE=$T/pass same "$secret_url" --bytes
run inspect "postgresql://needs_password:dimquartz@/live_new?host=$HF_PG_SOCKET"
want_rc 0
refuse out dimquartz
refuse err dimquartz
grep -rqF dimquartz "$T/log" && fail "the password stands in the vault"
pg_sql postgres -c "DROP OWNED BY needs_password" -c "DROP ROLE needs_password"

# Large tables in ranges of ctid, by several connections; rows that were changed lie anywhere.
pg_db live_big && pg_sql live_big -f "$T/new.sql" >/dev/null || fail psql
pg_sql live_big >/dev/null <<'SQL'
INSERT INTO posts (id, createat, updateat, editat, deleteat, ispinned, userid, channelid, rootid, originalid,
    message, type, props, hashtags, filenames, fileids, hasreactions)
SELECT 'big' || lpad(i::text, 23, '0'), p.createat + i, p.updateat, 0, 0, false, p.userid, p.channelid, '', '',
    repeat(md5(i::text), 20), '', '{}', '', '[]', '[]', false
FROM (SELECT * FROM posts WHERE originalid = '' ORDER BY id LIMIT 1) p, generate_series(1, 100000) i;
UPDATE posts SET ispinned = true WHERE id LIKE 'big%7';
DELETE FROM posts WHERE id LIKE 'big%33';
SQL
dump live_big
for jobs in 1 3; do
    same "$(pg_url live_big)" --bytes --jobs $jobs
done
[ "$(stat -c %s "$T/dump.sql")" -gt $((64 << 20)) ] || fail "no table of several ranges"

# What inspect counts.
run inspect "$(pg_url live_new)" --json
want_rc 0
python3 - "$T/out" "$(pg_sql live_new -At -c "SELECT json_build_object(
    'messages', (SELECT count(*) FROM posts WHERE originalid = ''), 'users', (SELECT count(*) FROM users),
    'dms', (SELECT count(*) FROM channels WHERE type = 'D'), 'emoji', (SELECT count(*) FROM emoji),
    'deleted', (SELECT count(*) FROM posts WHERE originalid = '' AND deleteat > 0))")" <<'PYTHON' || fail "inspect counts otherwise"
import json, sys
got, want = json.load(open(sys.argv[1])), json.loads(sys.argv[2])
text = json.dumps(got)
for key, n in want.items():
    if '"%s": %d' % (key, n) not in text:
        print(key, n, text[:3000])
        sys.exit(1)
PYTHON

# A schema of another name; two of them; one that the role looks at first.
pg_sql live_new -c "ALTER SCHEMA public RENAME TO mm" -c "CREATE SCHEMA public"
dump live_new
same "$(pg_url live_new)" --bytes
pg_sql live_new -c "CREATE SCHEMA other" -c "CREATE TABLE other.posts (id text)" -c "CREATE TABLE other.channels (id text)"
run inspect "$(pg_url live_new)"
want_rc 2
want err "mm, other"
run inspect "$(pg_url live_new)" --set schema=mm
want_rc 0
run inspect "$(pg_url live_new)&options=-csearch_path%3Dmm"
want_rc 0

# Options that make no sense.
for option in jobs=17 jobs=x statement-timeout=5d lock-timeout=-1 lock-timeout=0 snapshot-warn=x; do
    run inspect "$(pg_url live_old)" --set $option
    want_rc 2
    want err "${option%%=*}"
done
finish
