#!/usr/bin/env bash
# P1 and P2 at size: a generated 200k export rebuilt byte for byte; 50k to Mattermost and back without a difference
set -euo pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/holdfast-long-XXXXXX")
trap 'rm -rf "$work"' EXIT
hfgen=$HOLDFAST_BUILD/tests/bench/hfgen
members() { python3 "$HOLDFAST_SOURCE/tests/support/members.py" "$1" | sha256sum; }

"$hfgen" --messages 200000 --seed 11 --to slack -o "$work/200k.zip" --manifest "$work/200k.json"
"$HOLDFAST_BIN" import "$work/200k.zip" --into "$work/v.vault" -q >/dev/null
"$HOLDFAST_BIN" convert "$work/v.vault" "$work/out.zip" --to slack
[ "$(members "$work/200k.zip")" = "$(members "$work/out.zip")" ]
echo "P1: every member of the 200k export came back byte for byte"
"$HOLDFAST_BIN" verify "$work/v.vault"
rm -rf "$work/v.vault" "$work/out.zip"

"$hfgen" --messages 50000 --seed 12 --to slack -o "$work/50k.zip" --manifest "$work/50k.json"
for out in mm.jsonl mm.zip; do
    /usr/bin/time -f "%e s, peak %M KB" "$HOLDFAST_BIN" convert "$work/50k.zip" "$work/$out" --to mattermost-bulk --team acme -q
    "$HOLDFAST_BIN" verify "$work/$out"
    "$HOLDFAST_BIN" convert "$work/$out" "$work/back.$out" --to slack
    "$HOLDFAST_BIN" diff "$work/50k.zip" "$work/back.$out"
    "$HOLDFAST_BIN" diff "$work/50k.zip" "$work/$out"
done
python3 "$HOLDFAST_SOURCE/tests/support/verbatim.py" "$work/mm.jsonl"
python3 - "$work" <<'P'
import os, sys, zipfile
w = sys.argv[1]
side = os.path.getsize(w + "/mm.jsonl.sidecar.zst")
raw = sum(i.file_size for i in zipfile.ZipFile(w + "/50k.zip").infolist())
print("P2: sidecar %d bytes, %.1f %% of the source's %d" % (side, 100 * side / raw, raw))
P
