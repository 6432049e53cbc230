#!/usr/bin/env bash
# tests/bench/run.sh [postgres|verify] [--messages N] [--runs R] [--folder DIR]: how fast an import is, what else
# can be done in that time with the same messages, one after the other in one run, input warm.
#
#   holdfast   import into a new vault: inflate, scan, hash and keep every byte, records, full text
#   floor      only ids, times and texts into SQLite, and the same full-text index (floor.c), taken
#              from a TSV made beforehand; once more with SQLite's own unicode61 tokenizer
#   python3    inflate every member and json.loads it
#   jq         the same with unzip and jq, and sed to take out the escaped surrogates, as jq stops at
#              one without its other half
#   inspect    what of the import is inflating, scanning and understanding
#
# With "postgres": how fast a server is read; with "verify": how fast a package and a vault are verified
# (postgres.sh and verify.sh, which have options of their own).
#
# Needs a Release build in HOLDFAST_BUILD with hfgen, floor and holdfast. Prints medians of R runs (3,
# from 500,000 messages on 1) of messages a second by the clock, and by CPU time, which other work on
# the machine does not change; FOLDER/bench.json has every run.
set -euo pipefail
case ${1:-} in
postgres | verify)
    which=$1
    shift
    exec bash "$(dirname "$0")/$which.sh" "$@"
    ;;
esac
source=${HOLDFAST_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
build=${HOLDFAST_BUILD:?a Release build}
holdfast=${HOLDFAST_BIN:-$build/cli/holdfast}
messages=100000 runs="" folder=""
while [ $# -gt 1 ]; do
    case $1 in
    --messages) messages=$2 ;;
    --runs) runs=$2 ;;
    --folder) folder=$2 ;;
    *) break ;;
    esac
    shift 2
done
[ $# = 0 ] || { sed -n '2,20s/^# \{0,1\}//p' "$0"; exit 2; }
runs=${runs:-$([ "$messages" -ge 500000 ] && echo 1 || echo 3)}
if [ -z "$folder" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
mkdir -p "$folder"
zip=$folder/$messages.zip
[ -e "$zip" ] || "$build/tests/bench/hfgen" --messages "$messages" --seed 1 --to slack -o "$zip" --manifest "$folder/$messages.json"
rm -f "$folder/bench.jsonl"

# measured NAME COMMAND...: one line of JSON
measured() {
    local name=$1
    shift
    python3 "$source/tests/support/measure.py" "$folder/one" --threads -- "$@" >"$folder/out" 2>"$folder/err" ||
        { echo "$name failed:"; cat "$folder/err"; exit 1; }
    jq -c --arg name "$name" '{name: $name} + .' "$folder/one" >>"$folder/bench.jsonl"
}

# The texts for the floor, outside all timing.
rm -rf "$folder/v.vault"
"$holdfast" import "$zip" --into "$folder/v.vault" -q >"$folder/out"
[ -e "$folder/$messages.tsv" ] || python3 "$source/tests/bench/texts.py" "$folder/v.vault" "$folder/$messages.tsv"
for ((i = 0; i < runs; i++)); do
    rm -rf "$folder/v.vault" "$folder"/floor.db*
    cat "$zip" "$folder/$messages.tsv" >/dev/null # warm
    measured holdfast "$holdfast" import "$zip" --into "$folder/v.vault" -q
    measured floor "$build/tests/bench/floor" "$folder/$messages.tsv" "$folder/floor.db"
    rm -f "$folder"/floor.db*
    measured floor-unicode61 "$build/tests/bench/floor" "$folder/$messages.tsv" "$folder/floor.db" unicode61
    measured python3 python3 "$source/tests/bench/parse.py" "$zip"
    measured jq bash -c 'unzip -p "$1" "*/*.json" | LC_ALL=C sed "s/\\\\u[dD][89a-fA-F]../?/g" | jq -n "[inputs | length] | add"' - "$zip"
    measured inspect "$holdfast" inspect "$zip" -q
done
python3 - "$folder/bench.jsonl" "$messages" "$zip" <<'P'
import json, os, sys, zipfile
runs = [json.loads(line) for line in open(sys.argv[1])]
n, total = int(sys.argv[2]), sum(i.file_size for i in zipfile.ZipFile(sys.argv[3]).infolist())
median = lambda name, key: sorted(r[key] for r in runs if r["name"] == name)[sum(r["name"] == name for r in runs) // 2]
print("%d messages, %.0f MiB of JSON in a ZIP of %.0f MiB; load %.1f on %d processors" % (
    n, total / 2**20, os.path.getsize(sys.argv[3]) / 2**20, os.getloadavg()[0], os.cpu_count()))
print("%-16s %9s %11s %9s %9s %11s %9s" % ("", "seconds", "messages/s", "holdfast:", "CPU s", "messages/s", "peak MiB"))
ours = median("holdfast", "seconds")
for name in dict.fromkeys(r["name"] for r in runs):
    s, cpu = median(name, "seconds"), median(name, "cpu_seconds")
    print("%-16s %9.2f %11.0f %9.2f %9.2f %11.0f %9.0f" % (name, s, n / s, s / ours, cpu, n / cpu, median(name, "rss_mib")))
threads = [r["threads"] for r in runs if r["name"] == "holdfast" and "threads" in r]
if threads:
    print("CPU seconds of the import's threads: " + ", ".join("%s %.2f" % t for t in sorted(threads[-1].items())))
P
