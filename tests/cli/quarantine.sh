#!/usr/bin/env bash
# Records that cannot be read: kept by every target that can keep them, told by the report, compared by diff.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

cp -r "$HOLDFAST_SOURCE/samples/slack-northwind" "$work/export"
day=$work/export/random/2024-02-20.json
python3 - "$day" <<'P'
import sys
text = open(sys.argv[1]).read()
open(sys.argv[1], "w").write(text.rstrip()[:-1] + ',\n    {"type": "message", "text": broken here}\n]')
P

# JSON Lines keeps the bytes, says so, and gives them on.
expect 3 "$HOLDFAST_BIN" convert "$work/export" "$work/all.jsonl" --to jsonl --report "$work/report"
grep -q '"type":"quarantine".*broken here' "$work/all.jsonl" || fail "JSON Lines lost the unreadable record"
python3 - "$work/report/fidelity.json" <<'P' || fail "the report does not say that the bytes are kept"
import json, sys
rows = [r for r in json.load(open(sys.argv[1]))["rows"] if r["path"] == "quarantine"]
assert [(r["state"], r["count"]) for r in rows] == [("exact", 1)], rows
P
expect 3 "$HOLDFAST_BIN" convert "$work/all.jsonl" "$work/again.jsonl" --to jsonl
grep -q 'broken here' "$work/again.jsonl" || fail "the second JSON Lines file lost the unreadable record"
run diff "$work/export" "$work/all.jsonl"
want_rc 0

# A target that cannot keep them sends them to the sidecar; without one they are lost, and that is said.
expect 3 "$HOLDFAST_BIN" convert "$work/export" "$work/mm.jsonl" --to mattermost-bulk --team acme
run diff "$work/export" "$work/mm.jsonl"
want_rc 0
expect 3 "$HOLDFAST_BIN" convert "$work/export" "$work/bare.jsonl" --to mattermost-bulk --team acme --sidecar none --report "$work/bare"
grep -q '"path":"quarantine"[^}]*"state":"lost"' <(tr -d ' \n' <"$work/bare/fidelity.json") || fail "lost bytes are not in the report"

# diff says when nothing but the unreadable differs, in number or in their bytes.
run diff "$HOLDFAST_SOURCE/samples/slack-northwind" "$work/export"
want_rc 5
want err "unreadable records differ: 0 and 1"
cp -r "$work/export" "$work/other"
sed -i 's/broken here/broken there/' "$work/other/random/2024-02-20.json"
run diff "$work/export" "$work/other"
want_rc 5
want err "unreadable records differ: 1 and 1"
run diff "$work/export" "$work/export"
want_rc 0
refuse err "unreadable records differ"

pass
