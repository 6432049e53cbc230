#!/usr/bin/env bash
# inspect counts messages by team, kind and month: each grouping adds up to the whole, and months are
# those that an independent program finds. Warnings about a source stand on stderr, and in JSON.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
cd "$work" || exit 1

adds_up() { # WHAT
    python3 - "$T/out" <<'PYTHON' || fail "$1: the groups do not add up"
import json, sys
doc = json.load(open(sys.argv[1]))
for by in "by_team", "by_kind", "by_month":
    assert sum(g["messages"] for g in doc[by]) == doc["messages"], (by, doc[by])
    assert sum(g["deleted"] for g in doc[by]) == doc["deleted"], (by, doc[by])
for by in "by_team", "by_kind":
    n = doc["channels"] + doc["private_channels"] + doc["dms"] + doc["groups"]
    assert sum(g["conversations"] for g in doc[by]) == n, (by, doc[by])
    assert min(g["first"] for g in doc[by] if g["first"]) == doc["first"], by
    assert max(g["last"] for g in doc[by] if g["last"]) == doc["last"], by
months = [m["month"] for m in doc["by_month"]]
assert months == sorted(set(months)), months
PYTHON
}

sample=$HOLDFAST_SOURCE/samples/slack-northwind
run inspect "$sample" --json
want_rc 0
adds_up sample
python3 - "$sample" "$T/out" <<'PYTHON' || fail "months of the sample"
import collections, datetime, glob, json, sys
want = collections.Counter()
for path in glob.glob(sys.argv[1] + "/*/20*.json"):
    for m in json.load(open(path)):
        t = datetime.datetime.fromtimestamp(float(m["ts"]), datetime.timezone.utc)
        want[t.strftime("%Y-%m")] += 1
have = {m["month"]: m["messages"] for m in json.load(open(sys.argv[2]))["by_month"]}
assert have == want, (have, want)
PYTHON

for by in team kind month; do
    run inspect "$sample" --by $by
    want_rc 0
    [ "$(grep -c '^Team \|^Kind \|^Month ' "$T/out")" = 1 ] || fail "--by $by shows another number of tables than one"
done
run inspect "$sample"
grep -q '^Month ' "$T/out" && fail "inspect shows months that nobody asked for"
run inspect "$sample" --by week
want_rc 2

# A server: several teams, and a table that nobody knows.
"$HFGEN" --messages 2000 --seed 4 --schema new --to mattermost-sql -o new.sql 2>"$T/err" || fail hfgen
cat >>new.sql <<'SQL'

CREATE TABLE public.fork_seating (desk text NOT NULL, userid character varying(26));
COPY public.fork_seating (desk, userid) FROM stdin;
window	\N
\.
SQL
run inspect new.sql --json
want_rc 0
adds_up "generated server"
[ "$(jq '[.by_team[].team] | length' "$T/out")" -ge 2 ] || fail "one team only: $(jq -c .by_team "$T/out")"
jq -e '.warnings[] | select(.key == "unknown_tables") | .text | contains("fork_seating")' "$T/out" >/dev/null ||
    fail "JSON has no warning of the unknown table"
want err 'fork_seating'
run inspect new.sql
refuse out fork_seating # said once, on stderr
want err 'warning: Unknown tables, kept raw: '
[ "$(grep -c fork_seating "$T/err")" = 1 ] || fail "a warning is said more than once"
run convert new.sql new.txt --to txt # whoever converts hears of it as well
want err 'warning: Unknown tables, kept raw: '
[ "$(grep -c fork_seating "$T/err")" = 1 ] || fail "a warning is said more than once"

finish
