#!/usr/bin/env bash
# What is changed in a Mattermost import file comes back to Slack as exactly that: every value that Mattermost
# does not know stays, in the record that was changed too.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

sample=$HOLDFAST_SOURCE/samples/slack-northwind
expect 0 "$HOLDFAST_BIN" -q convert "$sample" "$work/mm.jsonl" --to mattermost-bulk --team acme
cat >"$work/edit.py" <<'P'
import json, sys

what, source, out = sys.argv[1:]
lines = [json.loads(line) for line in open(source, encoding="utf-8")]
posts = [x["post"] for x in lines if x["type"] == "post"]
users = [x["user"] for x in lines if x["type"] == "user"]
replied = next(p for p in posts if len(p.get("replies") or []) >= 2)
alone = next(p for p in posts if not p.get("replies") and not p.get("reactions"))
reacted = next(p for p in posts if p.get("reactions"))
reaction = {"user": alone["user"], "emoji_name": "tada", "create_at": alone["create_at"] + 5}
if what == "add-reaction":
    alone["reactions"] = [reaction]
elif what == "add-to-reactions":
    reacted["reactions"].append(dict(reaction, create_at=reacted["create_at"] + 9))
elif what == "take-reaction":
    reacted["reactions"].pop()
elif what == "pin":
    alone["is_pinned"] = not alone.get("is_pinned", False)
elif what == "email":
    users[3]["email"] = "other@example.org"
elif what == "membership":
    users[3]["teams"][0]["channels"].pop()
elif what == "two-texts":
    replied["replies"][0]["message"] = "one edited"
    replied["replies"][1]["message"] = "another edited"
elif what == "first-reply":
    alone["replies"] = [{"user": alone["user"], "message": "first", "create_at": alone["create_at"] + 1000}]
elif what == "new-person":  # whom the sidecar does not know
    lines.insert(8, {"type": "user", "user": {"username": "newby", "email": "newby@example.org"}})
    alone["reactions"] = [dict(reaction, user="newby")]
elif what == "file-text":  # a text that has the name of a file in it
    next(p for p in posts if p["message"].startswith("Running order"))["message"] = "nothing left of it"
else:
    raise SystemExit("no such edit")
with open(out, "w", encoding="utf-8") as f:
    for line in lines:
        f.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
P

# edit WHAT "KIND WHAT PATHS"...: the differences from the sample, in the file and after the way back.
edit() {
    local name=$1 side
    shift
    python3 "$work/edit.py" "$name" "$work/mm.jsonl" "$work/$name.jsonl" || { fail "$name: no edit"; return; }
    cp "$work/mm.jsonl.sidecar.zst" "$work/$name.jsonl.sidecar.zst"
    expect 0 "$HOLDFAST_BIN" -q convert "$work/$name.jsonl" "$work/$name.back" --to slack
    ! grep -rn '"?"' "$work/$name.back" || fail "$name: a mark for a text that is gone came out"
    for side in "$work/$name.jsonl" "$work/$name.back"; do
        expect 5 "$HOLDFAST_BIN" -q diff "$sample" "$side" --json >"$work/diff.json"
        python3 - "$work/diff.json" "$@" <<'P' || fail "$name: other differences than those made, in $side"
import json, sys
rows = sorted("%s %s %d" % (r["kind"], r["what"], r["paths"]) for r in json.load(open(sys.argv[1]))["differences"])
assert rows == sorted(sys.argv[2:]), rows
P
    done
}

edit add-reaction "message changed 3"     # name, users, count
edit add-to-reactions "message changed 3"
edit take-reaction "message changed 3"
edit pin "message changed 1"
edit email "user changed 1"
edit membership "channel changed 1"
edit two-texts "message changed 6" "message changed 6" # the text, and the blocks that repeated it are gone
edit first-reply "message changed 1" "message extra 0"
edit new-person "message changed 3" "user extra 0"
edit file-text "message changed 6" # the file of the same name keeps it

pass
