#!/usr/bin/env bash
# tests/bench/run.sh postgres [--messages N] [--runs R] [--jobs J] [--folder DIR] [--aim]: how fast a
# server is read, and what PostgreSQL's own programs do in that time with the same tables, one after
# the other in one run, tables warm.
#
#   holdfast       convert --to null: every row of every table as a canonical record, accounted and hashed
#   copy           one psql, \copy of the same tables and columns, text thrown away
#   copy-halves    two psql in one exported snapshot, each half of the blocks of every table
#   pg_dump        pg_dump -Fc of the same tables, thrown away
#   import         into a new vault with full text; where its threads spend their time
#
# Needs a Release build in HOLDFAST_BUILD with hfgen and holdfast, and PostgreSQL; the server is one of
# its own, listening on a socket only. Prints medians of R runs (3) of rows a second by the clock;
# FOLDER/postgres.json has every run. With --aim it fails (1) below 0.6 of the halves, below 4 times
# pg_dump, or above 256 MiB.
set -euo pipefail
source=${HOLDFAST_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${HOLDFAST_BUILD:?a Release build}
holdfast=${HOLDFAST_BIN:-$build/cli/holdfast}
messages=3000000 runs=3 jobs=2 folder="" aim=""
while [ $# -gt 0 ]; do
    case $1 in
    --messages) messages=$2 ;;
    --runs) runs=$2 ;;
    --jobs) jobs=$2 ;;
    --folder) folder=$2 ;;
    --aim)
        aim=1
        shift
        continue
        ;;
    *)
        sed -n '2,17s/^# \{0,1\}//p' "$0"
        exit 2
        ;;
    esac
    shift 2
done
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
unset HF_PG_SOCKET
. "$source/tests/support/pg.sh"
pg_own
folder=${folder:-$T}
mkdir -p "$folder"
rm -f "$folder/postgres.json"

# --- the database -------------------------------------------------------------------------------
sql=$folder/$messages.sql
[ -e "$sql" ] || "$build/tests/bench/hfgen" --messages "$messages" --seed 1 --to mattermost-sql -o "$sql"
pg_db bench
pg_sql bench -f "$sql" >/dev/null
[ "$folder" != "$T" ] || rm "$sql"
pg_sql bench -c 'VACUUM (FREEZE, ANALYZE)' -c CHECKPOINT # as on a server that has run for a while

# Tables and columns that are read.
pg_sql bench -At -F $'\t' -c "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 ORDER BY 1, a.attnum" |
    python3 -c '
import itertools, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import check_rows
for table, columns in itertools.groupby((line.rstrip("\n").split("\t") for line in sys.stdin), lambda c: c[0]):
    secret = check_rows.SECRET_COLUMNS.get(table, ())
    if not check_rows.is_left_out(table):
        print("public." + table, ", ".join("\"%s\"" % c for _, c in columns if c not in secret), sep="\t")
' "$source/tests/support" >"$T/heads"
rows=$(awk -F '\t' '{printf "%s SELECT count(*) AS n FROM %s", NR == 1 ? "" : " UNION ALL", $1}' "$T/heads")
rows=$(pg_sql bench -At -c "SELECT sum(n) FROM ($rows) AS t")

# \copy of one half (1, 2) of the blocks of every table, or of all (0).
copy_script() {
    while IFS=$'\t' read -r table columns; do
        local blocks range=""
        blocks=$(pg_sql bench -At -c "SELECT pg_relation_size('$table') / 8192")
        [ "$1" != 1 ] || range="WHERE ctid < '($((blocks / 2)),0)'"
        [ "$1" != 2 ] || range="WHERE ctid >= '($((blocks / 2)),0)'"
        printf "\\\\copy (SELECT %s FROM %s %s) TO /dev/null\n" "$columns" "$table" "$range"
    done <"$T/heads"
}
for half in 0 1 2; do
    copy_script $half >"$T/copy$half.sql"
done
cat >"$T/halves.sh" <<'SCRIPT'
psql="psql -X -q -v ON_ERROR_STOP=1 -h $HF_PG_SOCKET -U postgres -d bench"
coproc holder { $psql -At; }
echo "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot();" >&"${holder[1]}"
read -r snapshot <&"${holder[0]}"
for half in 1 2; do
    {
        echo "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '$snapshot';"
        cat "$1/copy$half.sql"
    } | $psql &
    pids="$pids $!"
done
for pid in $pids; do wait "$pid" || exit 1; done
SCRIPT

# CPU seconds of the server's processes that have ended: its connections.
server_cpu() {
    awk -v tick="$(getconf CLK_TCK)" '{sub(/.*\) /, ""); print ($14 + $15) / tick}' "/proc/$(head -1 "$pg_dir/data/postmaster.pid")/stat"
}

# measured NAME COMMAND...: one line of JSON; 3 is what a target that can say nothing ends with
measured() {
    local name=$1 status=0 before
    shift
    before=$(server_cpu)
    python3 "$source/tests/support/measure.py" "$T/one" --threads -- "$@" >"$T/out" 2>"$T/err" || status=$?
    [ $status = 0 ] || [ $status = 3 ] || { echo "$name failed:"; cat "$T/err"; exit 1; }
    sleep 0.2 # the server's processes end a little later
    jq -c --arg name "$name" --argjson cpu "$(server_cpu)" --argjson before "$before" \
        '{name: $name, server_cpu_seconds: ($cpu - $before)} + .' "$T/one" >>"$folder/postgres.json"
}

pg_dump=$(pg_bin)/pg_dump
mapfile -t tables < <(awk -F '\t' '{print "--table=" $1}' "$T/heads")
for ((i = 0; i < runs; i++)); do
    pg_sql bench -f "$T/copy0.sql" >/dev/null # warm
    measured holdfast "$holdfast" convert "$(pg_url bench)" --to null --jobs "$jobs" --vault "$T/log" -q
    measured copy psql -X -q -v ON_ERROR_STOP=1 -h "$HF_PG_SOCKET" -U postgres -d bench -f "$T/copy0.sql"
    measured copy-halves bash "$T/halves.sh" "$T"
    measured pg_dump "$pg_dump" -Fc --no-sync -h "$HF_PG_SOCKET" -U postgres -d bench "${tables[@]}" -f /dev/null
done
measured import "$holdfast" import "$(pg_url bench)" --jobs "$jobs" --into "$T/v" -q

python3 - "$folder/postgres.json" "$rows" "$messages" "$jobs" "$aim" <<'PYTHON'
import json, os, sys
runs = [json.loads(line) for line in open(sys.argv[1])]
rows, messages = int(sys.argv[2]), int(sys.argv[3])
def median(name, key):
    found = sorted(r[key] for r in runs if r["name"] == name)
    return found[len(found) // 2]
print("%d rows of %d messages; %s jobs; load %.1f on %d processors" % (
    rows, messages, sys.argv[4], os.getloadavg()[0], os.cpu_count()))
print("%-12s %9s %11s %9s %9s %9s %9s" % ("", "seconds", "rows/s", "holdfast:", "CPU s", "server's", "peak MiB"))
ours = median("holdfast", "seconds")
for name in dict.fromkeys(r["name"] for r in runs):
    s = median(name, "seconds")
    print("%-12s %9.2f %11.0f %9.2f %9.2f %9.2f %9.0f" % (
        name, s, rows / s, s / ours, median(name, "cpu_seconds"), median(name, "server_cpu_seconds"), median(name, "rss_mib")))
for name in ("holdfast", "import"):
    for t in [r["threads"] for r in runs if r["name"] == name and "threads" in r][-1:]:
        print("CPU seconds of the threads of %s: %s" % (name, ", ".join("%s %.2f" % x for x in sorted(t.items()))))
if sys.argv[5]:
    aims = [("0.6 of the two halves", median("copy-halves", "seconds") / ours, 0.6),
            ("4 times pg_dump -Fc", median("pg_dump", "seconds") / ours, 4),
            ("256 MiB", 256 / max(median(n, "rss_mib") for n in ("holdfast", "import")), 1)]
    for what, got, want in aims:
        print("%s %s: %.2f" % ("reached:    " if got >= want else "NOT REACHED:", what, got))
    sys.exit(any(got < want for _, got, want in aims))
PYTHON
