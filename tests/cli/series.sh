#!/usr/bin/env bash
# Series of packages: contiguous intervals, chained receipts, edits and deletions of old messages,
# nothing advances without being published, two runs at once, and what a killed run leaves.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
command -v jq >/dev/null || { echo "SKIP: no jq"; exit 77; }
cd "$work" || exit 1
day=general/2024-02-13.json

# An export of one channel and three days; messages of the middle one are given as JSON.
write() {
    mkdir -p in/general
    echo '[{"id":"U1","team_id":"T1","name":"ada","profile":{}},{"id":"U2","team_id":"T1","name":"bea","profile":{}}]' >in/users.json
    echo '[{"id":"C1","name":"general","members":["U1"]}]' >in/channels.json
    echo '[{"type":"message","user":"U1","ts":"1707732000.000100","text":"first day"}]' >in/general/2024-02-12.json
    echo '[{"type":"message","user":"U1","ts":"1707904800.000100","text":"last day"}]' >in/general/2024-02-14.json
    echo "[$1]" >in/$day
}
m() { echo "{\"type\":\"message\",\"user\":\"$1\",\"ts\":\"170781840$2.000100\",\"text\":\"$3\"}"; }
texts() { jq -r 'select(.type == "message") | .values["message.text"]' "$1/data/jsonl/records.jsonl" | paste -sd,; }
series() { jq -r ".series.$2" "$1/receipt.json"; }
import() { expect 0 "$HOLDFAST_BIN" import in --into v.vault >/dev/null; }

write "$(m U1 0 one),$(m U1 1 two)"
import
run export v.vault -o n1 --series nightly --since last
want_rc 0
[ "$(texts n1)" = "first day,one,two,last day" ] || fail "first: $(texts n1)"
[ "$(series n1 number),$(series n1 since),$(series n1 predecessor)" = "1,null,null" ] || fail "first receipt"
[ -e n1/data/changes.jsonl ] && fail "changes of a first package"

# An edit, a new message by somebody new, a removed one; then an edit that is taken back.
write "$(m U1 0 'one, edited'),$(m U2 2 three)"
import
write "$(m U1 0 one),$(m U2 2 three)"
import
run export v.vault -o n2 --series nightly --since last
want_rc 0
[ "$(texts n2)" = "one,two,three" ] || fail "second: $(texts n2)"
[ "$(series n2 since)" = "$(series n1 until)" ] || fail "a gap"
[ "$(series n2 predecessor.manifest_sha256)" = "$(sha256sum <n1/manifest-sha256.txt | cut -c1-64)" ] || fail "the chain"
[ "$(jq -r .run_id n1/receipt.json)" = "$(series n2 predecessor.run_id)" ] || fail "the chain of runs"
[ "$(jq -c '[.change, [.versions[].text]]' n2/data/changes.jsonl | sort | paste -sd' ')" = \
    '[["missing"],[]] [["new"],["three"]] [["version"],["one, edited","one"]]' ] ||
    fail "changes: $(cat n2/data/changes.jsonl)"
grep -q '^{"type":"user".*"id":"U2"' n2/data/jsonl/records.jsonl || fail "who wrote it is not there"

# Nothing came: an empty package says so, and the chain goes on.
run export v.vault -o n3.zip --series nightly --since last
want_rc 0
run export v.vault -o n4 --series nightly --since last
want_rc 0
[ "$(texts n4)" = "" ] || fail "fourth: $(texts n4)"
[ "$(series n4 number),$(series n4 since)" = "4,$(series n2 until)" ] || fail "fourth receipt"

# Without --series, and in another series, nothing of this one moves.
run export v.vault -o whole
want_rc 0
[ "$(texts whole)" = "first day,one,two,three,last day" ] || fail "whole: $(texts whole)"
run export v.vault -o other --series weekly --since last --user bea
want_rc 0
[ "$(texts other),$(series other number)" = "three,1" ] || fail "other: $(texts other)"
# A series has one scope.
run export v.vault -o other2 --series weekly --since last
want_rc 6
run export v.vault -o other2 --series weekly --since last --user ada
want_rc 6
run export v.vault -o other2 --series weekly --since last --user bea
want_rc 0

# A run that fails publishes nothing and moves nothing.
write "$(m U1 0 one),$(m U2 2 three),$(m U1 3 four)"
import
run export v.vault -o n4 --series nightly --since last # it is there
want_rc 6
run export v.vault -o n5 --series nightly --since last --to jsonl,null
want_rc 2
run export v.vault -o n5 --series nightly --since last --to txt --strict
want_rc 6
# Killed at any point before it is published: nothing is there, and the next run exports the same.
killed() {
    { (HOLDFAST_FAULT=$1 exec "$HOLDFAST_BIN" export v.vault -o "$2" --series nightly --since last) >/dev/null; } 2>/dev/null
    [ $? = 137 ]
}
for fault in package.copied package.copied:2 package.done export.logged bag.member package.written package.checked; do
    killed $fault n5 || fail "$fault is not passed"
    [ -e n5 ] && fail "$fault: something is published"
done
run export v.vault -o n5 --series nightly --since last
want_rc 0
[ "$(texts n5),$(series n5 number)" = "four,5" ] || fail "fifth: $(texts n5) $(series n5 number)"
ls -d ./*.partial >/dev/null 2>&1 && fail "something was left behind: $(ls)"

# Killed after it was published and before that was noted: the next one continues it.
write "$(m U1 0 one),$(m U2 2 three),$(m U1 3 four),$(m U1 4 five)"
import
for name in n6 n7.zip; do
    killed export.published $name || fail "export.published is not passed"
done
[ "$(texts n6)" = five ] || fail "sixth: $(texts n6)"
run export v.vault -o n8 --series nightly --since last
want_rc 0
want err "did not live to say so"
[ "$(texts n8),$(series n8 number)" = ",8" ] || fail "eighth: $(texts n8) $(series n8 number)"

# Two at once: the second one is told, whatever its target is called; the first goes on.
write "$(m U1 0 one),$(m U2 2 three),$(m U1 3 four),$(m U1 4 five),$(m U1 5 six)"
import
"$HOLDFAST_BIN" export v.vault -o n9 --series nightly --since last >/dev/null 2>&1 &
first=$!
until [ -d n9.work.partial/data/jsonl ] || ! kill -0 $first 2>/dev/null; do :; done
kill -STOP $first
[ -d n9.work.partial ] || fail "the first of two was too fast to be met"
run export v.vault -o n10 --series nightly --since last
want_rc 12
run export v.vault -o n9 --series nightly --since last
want_rc 12
run export v.vault -o n11 --series weekly --since last --user bea # another series does not wait
want_rc 0
kill -CONT $first
wait $first || fail "the first of two"
[ "$(texts n9),$(series n9 number)" = "six,9" ] || fail "ninth: $(texts n9)"
[ -e n10 ] && fail "the second of two"

# Every package of the chain is whole.
for package in n1 n2 n3.zip n4 n5 n6 n7.zip n8 n9; do
    run verify $package
    want_rc 0
done
finish
