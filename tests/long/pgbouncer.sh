#!/usr/bin/env bash
# a server read through PgBouncer in transaction mode: imported twice, and with several connections
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v pgbouncer >/dev/null || { echo "SKIP: no pgbouncer (apt-get install pgbouncer)"; exit 77; }
pg_own
"$HOLDFAST_BUILD/tests/bench/hfgen" --messages 20000 --seed 1 --to mattermost-sql -o "$T/mm.sql" 2>/dev/null || fail hfgen
pg_db mm && pg_sql mm -f "$T/mm.sql" >/dev/null || fail psql

pg_as mkdir "$pg_dir/pool"
pg_as sh -c 'cat >"$0"' "$pg_dir/pool/pgbouncer.ini" <<CONF
[databases]
mm = host=$HF_PG_SOCKET dbname=mm user=postgres
[pgbouncer]
listen_addr =
unix_socket_dir = $pg_dir/pool
listen_port = 6432
auth_type = any
pool_mode = transaction
logfile = $pg_dir/pool/log
pidfile = $pg_dir/pool/pid
CONF
pg_as pgbouncer -q -d "$pg_dir/pool/pgbouncer.ini" || fail "pgbouncer does not start"
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -S "$pg_dir/pool/.s.PGSQL.6432" ] || sleep 1; done
pooled="postgresql://postgres@/mm?host=$pg_dir/pool&port=6432"

run import "$pooled" --into "$T/v"
want_rc 0
pg_sql mm -c "UPDATE posts SET message = message || ' x', updateat = updateat + 1 WHERE id IN
    (SELECT id FROM posts WHERE originalid = '' ORDER BY id LIMIT 5)"
run import "$pooled" --into "$T/v"
want_rc 0
want err " 5 new versions, 0 missing"
# The same as without it, by one connection and by three.
run diff "$(pg_url mm)" "$T/v" --vault "$T/v"
want_rc 0
want err " 0 changed, 0 missing, 0 extra"
run diff "$(pg_url mm)" "$pooled" --jobs 3 --vault "$T/v"
want_rc 0
want err " 0 changed, 0 missing, 0 extra"
kill "$(cat "$pg_dir/pool/pid")"
finish
