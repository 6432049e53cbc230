# tests/cli/search.sh: searching a source, its options, its answers and its mistakes.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"
sample=$HOLDFAST_SOURCE/samples/slack-northwind

# count QUERY N ARGS...: so many messages are found.
count() {
    query=$1 n=$2
    shift 2
    run search "$sample" --count --json "$@" -- "$query"
    want_rc 0
    got=$(jq .messages "$T/out")
    [ "$got" = "$n" ] || fail "$query $*: $got messages, not $n"
}

count '*' 406
count lanternfish 3
count lanternfish 2 --version current # one stands in an earlier text only
count LANTERN* 3
count '"load test"' 5
count '-*' 0
count '-crane' 395
count crane 11
count 'café' 2 # one is written "cafe"
count 'in:slips' 19 # a former name of berth-bookings
count '*' 19 --channel slips-and-moorings
count 'in:"港の話" 港' 1
count 'chan:(dm OR group)' 24
count '*' 24 --chan dm,group
count 'from:U04NOBODY9' 1 # in no users.json
count 'during:2024-02 -is:system' 159
# both sides of midnight, in either zone
count 'on:2024-03-11' 11 --tz America/Los_Angeles
count 'on:2024-03-11' 7
count '*' 7 --since 2024-03-11 --until 2024-03-12
count 'has:file -from:maren' 9

# Order and limit: the hits of one end, of the other, all of them.
run search "$sample" 'crane' --json
jq -r '.hits[].time' "$T/out" >"$T/newest"
[ "$(wc -l <"$T/newest")" = 11 ] || fail "11 hits are shown"
sort -rc "$T/newest" || fail "newest first"
run search "$sample" 'crane' --order oldest --limit 3 --json
jq -r '.hits[].time' "$T/out" >"$T/oldest"
tac "$T/newest" | head -3 | cmp - "$T/oldest" || fail "the three oldest"
[ "$(jq .messages "$T/out")" = 11 ] || fail "all are counted"
want err "11 messages found, 3 shown"

# The words that were looked for stand in the piece of text.
run search "$sample" '"load test"' --limit 100 --json
jq -e 'all(.hits[]; .snippet | test("load.test"; "i"))' "$T/out" >/dev/null || fail "snippets"
run search "$sample" 'lanternfish' --json
jq -e 'all(.hits[]; .snippet | test("lanternfish"; "i"))' "$T/out" >/dev/null ||
    fail "the snippet is taken from an earlier text when the hit is there"
jq -e '.query == "lanternfish" and .tz == "UTC" and (.tokenizer | length > 0)
    and all(.hits[]; .channel_id and .author_id and .origin == "T04NWHARB0" and .version == 1)' \
    "$T/out" >/dev/null || fail "what a program needs"

run search "$sample" 'Crane AND from:"Maren Lindqvist"' --explain
want_rc 0
want out 'Read as:   crane AND from:"Maren Lindqvist"'
want out U04MAREN01

# Nothing found is an answer; with --exit-code it is a status.
run search "$sample" 'zeppelin'
want_rc 0
run search "$sample" 'zeppelin' --exit-code
want_rc 5
run search "$sample" 'crane' --exit-code
want_rc 0

# Mistakes: never an empty answer.
wrong() {
    run search "$sample" "$1"
    want_rc 2
    want err "[QUERY_INVALID]"
    want err "$2"
}
wrong 'from:mraen' 'did you mean from:"maren"?'
wrong 'crane in:incidnts' 'did you mean in:"incidents"?'
wrong 'crane W/5 fell' 'the operator W/5 is not in this version'
wrong 'crane (fell' 'byte 6'
run search "$sample" 'crane' --user mraen
want_rc 2
run search "$sample" 'crane' --limit 1000001
want_rc 2
run search "$sample" crane fell # two words want quotes
want_rc 2

# Small operators are taken as such, and that is said.
run search "$sample" 'crane and load'
want_rc 0
want err 'read as the operator AND'

# Bytes that a terminal would obey, and cells that a spreadsheet would run.
mkdir -p "$T/odd/general"
printf '[{"id":"U1","team_id":"T1","name":"ada"}]' >"$T/odd/users.json"
printf '[{"id":"C1","name":"general"}]' >"$T/odd/channels.json"
printf '[{"type":"message","user":"U1","ts":"1700000000.000100","text":"=cmd() \\u001b]0;odd\\u0007 end"}]' \
    >"$T/odd/general/2023-11-14.json"
run search "$T/odd" odd
want_rc 0
grep -q "$(printf '\033')" "$T/out" && fail "an escape reached the terminal"
want out '\x1B'
run search "$T/odd" odd --format csv
grep -q "'=cmd" "$T/out" || fail "a formula reached the table: $(cat "$T/out")"

# Unreadable records end with 3, and the rest is searched.
printf '[{"type":"message","user":"U1","ts":"1700000000.000100","text":"fine"},{"broken"}]' \
    >"$T/odd/general/2023-11-14.json"
run search "$T/odd" fine
want_rc 3
want out fine
finish
