#!/usr/bin/env bash
# Four ways of counting agree: holdfast inspect, the vault's views read with sqlite3, an independent
# Python script, and for generated exports the generator's own manifest.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

# count NAME SOURCE [MANIFEST]
count() {
    local name=$1 source=$2 vault=$work/$1.vault
    expect_any "0 3" "$HOLDFAST_BIN" inspect "$source" --json >"$work/inspect"
    expect_any "0 3" "$HOLDFAST_BIN" import "$source" --into "$vault" >"$T/out"
    expect_any "0 3" "$HOLDFAST_BIN" inspect "$vault" --json >"$work/inspect_vault"
    python3 "$HOLDFAST_SOURCE/tests/support/count_slack.py" "$source" >"$work/python" || fail "$name: count_slack.py"
    sqlite3 -readonly -json "$vault/records.sqlite" 'SELECT * FROM counts' >"$work/counts"
    # The views for people; stubs, which stand for what the export only names, are taken off.
    sqlite3 -readonly -json "$vault/records.sqlite" "SELECT
        (SELECT count(*) FROM messages_readable) AS messages,
        (SELECT sum(is_reply) FROM messages_readable) AS replies,
        (SELECT sum(reactions) FROM messages_readable) AS reactions,
        (SELECT sum(files) FROM messages_readable) AS files,
        (SELECT sum(is_edited) FROM messages_readable) AS edited,
        (SELECT count(*) FROM users_readable WHERE is_current) -
            (SELECT count(*) FROM rec WHERE kind = 2 AND flags & 18) AS users,
        (SELECT count(*) FROM channels_readable WHERE is_current) -
            (SELECT count(*) FROM rec WHERE kind = 3 AND flags & 18) AS conversations,
        (SELECT count(*) FROM channels_readable WHERE is_current AND type = 'private') AS private_channels,
        (SELECT count(*) FROM channels_readable WHERE is_current AND type = 'dm') AS dms,
        (SELECT count(*) FROM channels_readable WHERE is_current AND type = 'group') AS groups" >"$work/views"
    python3 - "$work" "${3:-}" <<'P' || fail "$name: the counts differ"
import json, sys
work = sys.argv[1]
load = lambda name: json.load(open("%s/%s" % (work, name)))
python = load("python")
want = {"users": python["users"], "channels": python["public"], "private_channels": python["private"],
        "dms": python["dm"], "groups": python["group"], "stubs": python["stubs"],
        "conversations": sum(python[k] for k in ("public", "private", "dm", "group")), "events": python["events"]}
for key in ("messages", "replies", "roots", "reactions", "files", "edited", "bot"):
    want[key] = python[key]
ways = {"inspect": load("inspect"), "inspect of the vault": load("inspect_vault"),
        "view counts": load("counts")[0], "views for people": load("views")[0]}
bad = 0
for way, got in ways.items():
    for key, n in want.items():
        if key in got and got[key] != n:
            bad += 1
            print("%s: %s says %s, the script says %s" % (key, way, got[key], n))
    assert sum(key in got for key in want) >= 10 and want["messages"] > 0
assert ways["inspect"]["quarantined"] == python["unreadable"], python
if sys.argv[2]:
    counts = json.load(open(sys.argv[2]))["counts"]
    made = {k: counts[k] for k in ("messages", "replies", "roots", "reactions", "files", "edited")}
    made.update(channels=counts["channels"]["public"], private_channels=counts["channels"]["private"],
                dms=counts["channels"]["dm"], groups=counts["channels"]["group"])
    for key, n in made.items():
        if n != want[key]:
            bad += 1
            print("%s: the manifest says %s, the script says %s" % (key, n, want[key]))
print(", ".join("%s %s" % (n, key) for key, n in want.items() if n))
sys.exit(bad > 0)
P
}

count sample "$HOLDFAST_SOURCE/samples/slack-northwind"
for seed in 5 6; do
    "$HFGEN" --messages 6000 --seed $seed --to slack -o "$work/g$seed.zip" --manifest "$work/g$seed.json" 2>"$T/err" || fail hfgen
    count generated$seed "$work/g$seed.zip" "$work/g$seed.json"
done
need_corpus
count houston "$corpus/slack/houstondatavis"
count testarchive "$corpus/slack/slack-export-viewer/testarchive.zip"
pass
