#!/usr/bin/env bash
# A replica gives what its primary gives, and one goes on where a reading of the other ended. A server
# that took over counts its transactions anew: then everything is read.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
pg_own
"$HFGEN" --messages 2000 --seed 6 --to mattermost-sql -o "$T/mm.sql" 2>/dev/null || fail hfgen
pg_db mm && pg_sql mm -f "$T/mm.sql" >/dev/null || fail psql
primary=$(pg_url mm)

# The replica is a server of its own beside it; both end with the shell.
stand=$pg_dir/standby
pg_as "$pg_programs/pg_basebackup" -h "$pg_dir" -U postgres -D "$stand" -R -X stream -c fast >/dev/null 2>&1 || fail pg_basebackup
pg_as mkdir "$pg_dir/socket"
pg_as sh -c 'echo "unix_socket_directories = '"'$pg_dir/socket'"'" >>"$0/postgresql.conf"' "$stand"
stop_standby() { pg_as "$pg_programs/pg_ctl" -D "$stand" -m immediate stop >/dev/null 2>&1; }
trap 'stop_standby; pg_stop; rm -rf "$T"' EXIT
pg_as "$pg_programs/pg_ctl" -D "$stand" -l "$pg_dir/standby.log" -w start >/dev/null || { fail "no replica"; cat "$pg_dir/standby.log"; finish; }
replica="postgresql://postgres@/mm?host=$pg_dir/socket"
sql_on_replica() { psql -X -q -At -h "$pg_dir/socket" -U postgres -d mm -c "$1"; }
caught_up() { # what the primary has written, the replica has
    local at
    at=$(pg_sql mm -At -c "SELECT pg_current_wal_lsn()")
    for _ in $(seq 100); do
        [ "$(sql_on_replica "SELECT pg_last_wal_replay_lsn() >= '$at'")" != t ] || return 0
        sleep 0.1
    done
    fail "the replica does not keep up"
}
caught_up

run vault init "$T/log"
run diff "$primary" "$replica" --bytes --vault "$T/log" --jobs 2
want_rc 0
want err " 0 changed, 0 missing, 0 extra"
run inspect "$replica"
want_rc 0
want out "a replica"
want err "max_standby_streaming_delay"

# Back and forth: each reading brings the one change since the other.
run import "$primary" --into "$T/v"
want_rc 0
n=0
for url in "$replica" "$primary" "$replica"; do
    n=$((n + 1))
    pg_sql mm -c "UPDATE posts SET message = 'changed $n', updateat = 1 WHERE id = (SELECT id FROM posts WHERE originalid = '' ORDER BY id OFFSET $n LIMIT 1)"
    caught_up
    run inspect "$url"
    run import "$url" --into "$T/v" --json
    want_rc 0
    want out '"new_versions":1'
    messages=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["messages"])' "$T/out")
    [ "$messages" -lt 1000 ] || fail "reading $n read $messages messages: everything"
done

# A long reading that the replica cancels.
pg_as sh -c 'echo "max_standby_streaming_delay = 0" >>"$0/postgresql.conf"' "$stand"
pg_as "$pg_programs/pg_ctl" -D "$stand" reload >/dev/null
"$HOLDFAST_BIN" import "$replica" --into "$T/v2" >"$T/out" 2>"$T/err" &
reader=$!
for _ in $(seq 400); do
    [ "$(sql_on_replica "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holdfast' AND xact_start IS NOT NULL")" = 0 ] || break
    sleep 0.01
done
pg_sql mm -c "DROP TABLE status" # the replica may not wait with that
wait $reader
rc=$?
last="holdfast import of a replica that cancels"
want_rc 10
want err "hot_standby_feedback"

# The replica takes over.
pg_ctl -m fast stop >/dev/null
pg_as "$pg_programs/pg_ctl" -D "$stand" -w promote >/dev/null || fail "promote"
run import "$replica" --into "$T/v" --json
want_rc 0
messages=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["messages"])' "$T/out")
[ "$messages" -gt 1900 ] || fail "after the take-over only $messages messages were read"
finish
