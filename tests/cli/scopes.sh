#!/usr/bin/env bash
# A part of a source: which messages belong to it, however its channels and people are named.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"

sample=$HOLDFAST_SOURCE/samples/slack-northwind
python3 - "$sample" >"$work/truth" <<'P' || fail "no truth"
import glob, json, sys
users = json.load(open(sys.argv[1] + "/users.json"))
day = lambda pattern: [m for f in glob.glob(sys.argv[1] + "/" + pattern) for m in json.load(open(f)) if isinstance(m, dict)]
everything = [m for m in day("*/20??-??-??.json") if "ts" in m]
maren = next(u for u in users if u["name"] == "maren.lindqvist")
bot = next(u for u in users if u["name"] == "tidebot")
print("maren_id=" + maren["id"])
print("maren=%d" % sum(m.get("user") == maren["id"] for m in everything))
print("tidebot=%d" % sum(m.get("user") == bot["id"] or m.get("bot_id") == bot["profile"]["bot_id"] for m in everything))
print("slips=%d" % len(day("berth-bookings/*.json")))
P
. "$work/truth"

# count EXPECTED ARGS...: messages of that part.
count() {
    local expected=$1 n
    shift
    rm -f "$work/part.jsonl" "$work/part.jsonl.sidecar.zst"
    expect_any "0 3" "$HOLDFAST_BIN" convert "$sample" "$work/part.jsonl" --to jsonl "$@" # 3: a copy of a message left out is cut
    n=$(grep -c '^{"type":"message"' "$work/part.jsonl")
    [ "$n" = "$expected" ] || fail "$*: $n messages, not $expected"
    [ "$n" != 0 ] || fail "$*: nothing to see"
}

count "$maren" --user "$maren_id"
count "$maren" --user maren.lindqvist
count "$maren" --user @@maren.lindqvist
count "$tidebot" --user tidebot # most of a bot's messages name its other identity
count "$slips" --channel berth-bookings
count "$slips" --channel '#berth-bookings'
count "$slips" --channel C04BERTH01
count "$slips" --channel slips # a name it had before

# A name of the other kind is no name.
run convert "$sample" "$work/none" --to jsonl --channel maren.lindqvist
want_rc 2
run convert "$sample" "$work/none" --to jsonl --user berth-bookings
want_rc 2

pass
