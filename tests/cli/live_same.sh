#!/usr/bin/env bash
# One stream of messages in a database of 2021, in one of today, in a bulk file and in a Slack export:
# the same records, as far as each can say them.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
support=$HOLDFAST_SOURCE/tests/support
messages=8000 seed=5

make() { # NAME ARGS...
    local name=$1
    shift
    "$HFGEN" --messages $messages --seed $seed "$@" --manifest "$T/${name%%.*}.json" -o "$T/$name" 2>/dev/null || fail "hfgen $name"
}
make old.sql --to mattermost-sql --schema old
make new.sql --to mattermost-sql --schema new
make bulk.jsonl --to mattermost-bulk
make slack.zip --to slack
for name in old.sql new.sql bulk.jsonl slack.zip; do
    run convert "$T/$name" "$T/${name%%.*}.records" --origin northgate --to jsonl --sidecar none
    want_rc 0
done

run convert "$T/slack.zip" "$T/from_slack.jsonl" --to mattermost-bulk --team northgate --sidecar none
want_rc 3 # what the export has, and no bulk file can say

extra() { python3 -c 'import json, sys; m = json.load(open(sys.argv[1])); print(m["extras"][sys.argv[2]])' "$T/new.json" "$1"; }
# What only the newer server keeps: when somebody joined a team, and a channel of a new kind.
python3 "$support/same_records.py" "$T/old.records" "$T/new.records" --ignore membership.joined \
    --also-in-b "message=$(extra 'posts of newer servers')" --also-in-b "draft=$(extra drafts)" \
    --also-in-b "draft=$(extra scheduled)" --also-in-b channel=1 --also-in-b membership=2 >"$T/same" ||
    { fail "old and new schema"; cat "$T/same"; }

python3 - "$T" <<'PYTHON' || fail "the formats differ"
import collections, datetime, hashlib, json, sys
wrong = []
load = lambda name: json.load(open("%s/%s.json" % (sys.argv[1], name), encoding="utf-8"))
manifest = {n: load(n) for n in ("old", "new", "bulk", "slack")}


def check(what, want, got):
    if want != got:
        wrong.append("%s: want %r, got %r" % (what, want, got))


def records(name):
    by_kind = collections.defaultdict(list)
    for line in open("%s/%s.records" % (sys.argv[1], name), encoding="utf-8"):
        r = json.loads(line)
        by_kind[r["type"]].append(r)
    return by_kind


def milliseconds(text):
    t = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (t - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(milliseconds=1)


# A message as every format can say it: when (milliseconds), by whom, a reply or not. Calls and
# deleted roots are Slackbot's in Slack, and bots without an account have no handle there.
def said(name):
    all_records = records(name)
    users = {u["id"]: u["values"].get("user.name") for u in all_records["user"]}
    logical, extras, texts = collections.Counter(), 0, 0
    for m in all_records["message"]:
        v = m["values"]
        if name in ("old", "new") and m["id"] in beyond:
            extras += 1
            continue
        handle = users.get(v.get("message.author.user"))
        is_reply = v.get("message.thread") not in (None, m["id"])
        if handle in plain:
            logical[milliseconds(m["time"]), handle, is_reply] += 1
        digest = hashlib.sha256(v.get("message.text", "").encode()).digest()[:16]
        texts += int.from_bytes(digest, "big")
    check(name + " messages", manifest[name]["counts"]["messages"], len(all_records["message"]) - extras)
    if "texts" in manifest[name]:
        check(name + " texts", manifest["new"]["texts"], "%032x" % (texts % (1 << 128)))
    if name in ("old", "new"):
        check(name + " extras", manifest[name]["extras"]["posts"], extras)
    return logical


def rows_of(name, table):
    text = open("%s/%s.sql" % (sys.argv[1], name), encoding="utf-8", newline="\n").read()
    start = text.index("\n", text.index("\nCOPY public.%s (" % table) + 1) + 1
    return [line.split("\t") for line in text[start:text.index("\n\\.\n", start)].split("\n")]


# Posts beyond the stream are written after it.
live = {n: [r[0] for r in rows_of(n, "posts") if r[7 if n == "new" else 10] == ""] for n in ("old", "new")}
beyond = {i for n in live for i in live[n][manifest[n]["counts"]["messages"]:]}
check("extras of old are extras of new", set(), set(live["old"][manifest["old"]["counts"]["messages"]:]) - set(live["new"]))
bulk_users = {u["values"]["user.name"] for u in records("bulk")["user"]}
bots = {u["values"]["user.name"] for u in records("bulk")["user"] if u["values"].get("user.is_bot")}
plain = bulk_users - bots
reference = said("bulk")
check("enough to compare", True, sum(reference.values()) > 6000)
for name in ("old", "new"):
    got = said(name)
    check("%s and bulk" % name, [], list((reference - got).items())[:3] + list((got - reference).items())[:3])
got = said("slack")
lost = reference - got
slackbot = manifest["slack"]["counts"]["deleted"] + manifest["slack"]["counts"]["system"]
check("slack has no message that the database has not", [], list((got - reference).items())[:3])
check("of slack, only calls and deleted roots have another author", True, sum(lost.values()) <= slackbot)


# Letters and digits of the texts, as marks and blanks are the target's own; but for those that mention
# a group, which has another name in each.
def letters(name):
    found = collections.Counter()
    for line in open("%s/%s.jsonl" % (sys.argv[1], name), encoding="utf-8"):
        o = json.loads(line)
        if o["type"] in ("post", "direct_post"):
            for p in [o[o["type"]]] + o[o["type"]].get("replies", []):
                found["".join(filter(str.isalnum, p["message"]))] += 1
    return found


a, b = letters("bulk"), letters("from_slack")
groups = sum(n for text, n in a.items() if "mpdm" in text)
check("texts of the Slack export", [], [text for text in a - b if "mpdm" not in text][:3])
check("texts that only the Slack export has", True, sum((b - a).values()) <= groups < 40)
for line in wrong:
    print(line[:1500])
sys.exit(1 if wrong else 0)
PYTHON
finish
