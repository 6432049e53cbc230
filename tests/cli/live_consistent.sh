#!/usr/bin/env bash
# While a writer makes 500 changes a second, an import with two connections holds exactly the rows of
# its snapshot: a copy made in the same snapshot has the same ones.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v python3 >/dev/null && command -v zstd >/dev/null || { echo "SKIP: no python3 or zstd"; exit 77; }
pg_own # a server of its own: its one exported snapshot is ours to find
support=$HOLDFAST_SOURCE/tests/support

"$HFGEN" --messages 40000 --seed 21 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail "hfgen"
pg_db busy && pg_sql busy -f "$T/base.sql" >/dev/null || fail "psql"

mkfifo "$T/stop"
python3 "$support/mutate_mm.py" run busy --rate 500 <"$T/stop" >"$T/writer" 2>"$T/writer.err" &
writer=$!
exec 7>"$T/stop"
sleep 1 # into its stride

"$HOLDFAST_BIN" import "$(pg_url busy)" --jobs 2 --into "$T/v" >"$T/out" 2>"$T/err" &
import=$!
# The snapshot of the import, as the server names it; a copy in it while the import holds it.
snapshot=""
for ((i = 0; i < 600; i++)); do
    snapshot=$(pg_sql busy -At -c "SELECT pg_ls_dir('pg_snapshots') LIMIT 1")
    [ -z "$snapshot" ] && kill -0 $import 2>/dev/null || break
    sleep 0.05
done
[ -n "$snapshot" ] || fail "the import exported no snapshot"
"$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d busy --snapshot="$snapshot" >"$T/copy.sql" 2>"$T/copy.err" ||
    { fail "a copy in the import's snapshot"; cat "$T/copy.err"; }
wait $import || { fail "import: $?"; cat "$T/err"; }
exec 7>&-
wait $writer || { fail "the writer"; cat "$T/writer.err"; }
read -r changes seconds <"$T/writer"
# How fast it was depends on the machine; that it worked all the while does not.
[ "$changes" -gt 200 ] || fail "the writer made only $changes changes in $seconds seconds"

python3 "$support/check_rows.py" "$T/copy.sql" "$T/v" >"$T/rows" || { fail "rows of the snapshot"; cat "$T/rows"; }

# The server went on: what it has now is something else.
! python3 "$support/check_rows.py" busy "$T/v" >/dev/null || fail "the writer changed nothing that counts"
finish
