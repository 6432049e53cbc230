#!/usr/bin/env bash
# P2, lossless across formats: Slack to Mattermost and back gives Slack back; what was changed in between wins.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

# round NAME SOURCE [options]: there and back, no difference, and say how large the sidecar is.
round() {
    local name=$1 source=$2
    expect 0 "$HOLDFAST_BIN" convert "$source" "$work/$name.jsonl" --to mattermost-bulk --team acme "${@:3}"
    expect 0 "$HOLDFAST_BIN" convert "$work/$name.jsonl" "$work/$name.back" --to slack
    expect 0 "$HOLDFAST_BIN" diff "$source" "$work/$name.back" "${@:3}"
    expect 0 "$HOLDFAST_BIN" diff "$source" "$work/$name.jsonl" "${@:3}"
    local side raw
    side=$(stat -c %s "$work/$name.jsonl.sidecar.zst")
    raw=$(python3 -c 'import os,sys,zipfile
p=sys.argv[1]
print(sum(i.file_size for i in zipfile.ZipFile(p).infolist()) if p.endswith(".zip") else sum(os.path.getsize(os.path.join(d,f)) for d,_,n in os.walk(p) for f in n))' "$source")
    echo "$name: sidecar $side of $raw source bytes"
    python3 "$HOLDFAST_SOURCE/tests/support/verbatim.py" "$work/$name.jsonl" || fail "$name: the sidecar repeats texts"
}

sample=$HOLDFAST_SOURCE/samples/slack-northwind
round sample "$sample"
"$HFGEN" --messages 3000 --seed 3 --to slack -o "$work/gen.zip" --manifest "$work/gen.json" || fail "hfgen"
round generated "$work/gen.zip"

# Edit one text, delete one root with its replies, add one post: exactly these come back.
python3 "$HOLDFAST_SOURCE/tests/support/edit_bulk.py" "$work/sample.jsonl" "$work/edited.jsonl" >"$work/edits" || fail edit
cp "$work/sample.jsonl.sidecar.zst" "$work/edited.jsonl.sidecar.zst"
replies=$(cat "$work/edits")
expect 0 "$HOLDFAST_BIN" convert "$work/edited.jsonl" "$work/edited.back" --to slack
expect 5 "$HOLDFAST_BIN" diff "$sample" "$work/edited.back" --json >"$work/diff.json"
python3 - "$work/diff.json" "$replies" <<'P' || fail "other differences than those made"
import collections, json, sys
rows = json.load(open(sys.argv[1]))["differences"]
count = collections.Counter((r["what"], r["kind"]) for r in rows)
want = {("changed", "message"): 1, ("missing", "message"): 1 + int(sys.argv[2]), ("extra", "message"): 1}
assert count == want, (count, want)
P
grep -q 'a text edited in Mattermost' -r "$work/edited.back" || fail "the edited text did not come back"
grep -q 'a post added in Mattermost' -r "$work/edited.back" || fail "the added post did not come back"

# Without the sidecar an origin is needed, and everything that differs stands in the report.
mkdir "$work/bare"
cp "$work/sample.jsonl" "$work/bare/"
expect 2 "$HOLDFAST_BIN" convert "$work/bare/sample.jsonl" "$work/bare/back" --to slack
expect 0 "$HOLDFAST_BIN" convert "$work/bare/sample.jsonl" "$work/bare/sample.txt" --to txt --origin T04NWHARB0
python3 - "$work/bare/sample.txt" <<'P' || fail "the text is not in the order of time"
import re, sys
day, last, n = None, "", 0
for line in open(sys.argv[1], encoding="utf-8"):
    if line.startswith("---") or line.startswith("==="):
        day, last = line, ""
    time = re.match(r"(\d\d:\d\d:\d\d)  ", line)  # replies are indented, and stand below their root
    if time:
        assert time[1] >= last, (day, last, line)
        last, n = time[1], n + 1
assert n > 300, n
P
expect_any "0 3" "$HOLDFAST_BIN" convert "$work/bare/sample.jsonl" "$work/bare/back" --to slack --origin T04NWHARB0 --sidecar none
expect 5 "$HOLDFAST_BIN" diff "$sample" "$work/bare/back" --json >"$work/bare/diff.json"
expect_any "0 3" "$HOLDFAST_BIN" convert "$sample" "$work/bare/again.jsonl" --to mattermost-bulk --team acme --sidecar none --report "$work/bare/report"
python3 - "$work/bare/diff.json" "$work/bare/report/fidelity.json" <<'P' || fail "a difference that the report does not name"
import json, sys
rows = json.load(open(sys.argv[1]))["differences"]
report = {r["path"] for r in json.load(open(sys.argv[2]))["rows"] if r["state"] != "exact"}
assert rows
for r in rows:
    path = r["path"]
    if r["what"] != "changed":
        path = {"message": "message.ts", "user": "user.id", "channel": "channel.id",
                "opaque": r["scope"]}.get(r["kind"], path)
    assert any(p == path or p.startswith(path) for p in report), r
P

need_corpus
round houston "$corpus/slack/houstondatavis"
round testarchive "$corpus/slack/slack-export-viewer/testarchive.zip"
pass
