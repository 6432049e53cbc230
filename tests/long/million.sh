#!/usr/bin/env bash
# P8: a million messages (or $1) imported with full text in 256 MiB, the rates, 200 searches
set -uo pipefail
messages=${1:-1000000}
folder=${2:-$(mktemp -d)}
[ $# -ge 2 ] || trap 'rm -rf "$folder"' EXIT
status=0
"${CMAKE_COMMAND:-cmake}" --build "$HOLDFAST_BUILD" --target hfgen floor holdfast >/dev/null || exit 1

bash "$HOLDFAST_SOURCE/tests/bench/run.sh" --messages "$messages" --folder "$folder" || exit 1
jq -s -e '[.[] | select(.name == "holdfast") | .rss_mib] | max <= 256' "$folder/bench.jsonl" >/dev/null ||
    { echo "FAILED: more than 256 MiB"; status=1; }
vault=$folder/v.vault
python3 "$HOLDFAST_SOURCE/tests/support/measure.py" "$folder/verify" -- "$HOLDFAST_BIN" verify "$vault" -q || status=1
jq -r '"verify: \(.status) in \(.seconds) s, peak \(.rss_mib) MiB"' "$folder/verify"
du -sm "$vault"/*.sqlite | awk '{ printf "%s MiB %s\n", $1, $2 }'

files=$folder/files
[ -d "$files" ] || unzip -q "$folder/$messages.zip" -d "$files"
python3 "$HOLDFAST_SOURCE/tests/bench/search.py" "$HOLDFAST_BIN" "$vault" "$folder/$messages.json" --limit-ms 50 \
    --files "$files" --export "$folder/$messages.zip" --check 1 || status=1
exit $status
