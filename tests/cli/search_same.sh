# tests/cli/search_same.sh: a query gives the same hits, in the same order and words, on an export
# folder, its ZIP, the vault's index, the vault read import by import, and JSON Lines.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"
sample=$HOLDFAST_SOURCE/samples/slack-northwind

(cd "$sample" && python3 -m zipfile -c "$T/export.zip" ./*) || fail "no ZIP"
expect 0 "$HOLDFAST_BIN" import "$sample" --into "$T/v" -q >/dev/null
expect_any "0 3" "$HOLDFAST_BIN" convert "$sample" "$T/lines.jsonl" --to jsonl -q >/dev/null

same() {
    query=$1
    shift
    run search "$sample" --limit 1000 --json "$@" -- "$query"
    want_rc 0
    jq '{messages, query, hits}' "$T/out" >"$T/want"
    [ "$(jq .messages "$T/want")" -gt 0 ] || fail "$query $*: nothing is found"
    for source in "$T/export.zip" "$T/v" "$T/lines.jsonl"; do
        run search "$source" --limit 1000 --json "$@" -- "$query"
        want_rc 0
        jq '{messages, query, hits}' "$T/out" | diff "$T/want" - >"$T/diff" ||
            fail "$query $*: $source differs: $(head -5 "$T/diff")"
    done
    run search "$T/v" --import 1 --limit 1000 --json "$@" -- "$query"
    jq '{messages, query, hits}' "$T/out" | diff "$T/want" - >"$T/diff" ||
        fail "$query $*: import 1 differs: $(head -5 "$T/diff")"
}

same '*'
same '*' --order oldest
same crane
same lanternfish
same lanternfish --version current
same '"load test" OR fail*'
same 'crane -b3'
same '-(the OR a)'
same '港'
same 'café'
same 'from:maren in:(general OR board)'
same 'from:"Tide Bot"' --limit 5
same 'in:slips'
same 'chan:dm OR has:file'
same 'is:reply -is:bot' --since 2024-03-01 --tz America/Los_Angeles
same 'on:2024-03-11' --tz Asia/Tokyo
same 'id:1710113400.852953'
same 'has:reaction OR has:mention'
same 'has:pin OR is:edited'

# The same refusals.
for source in "$sample" "$T/v"; do
    run search "$source" 'from:mraen'
    want_rc 2
    want err 'did you mean from:"maren"?'
    run search "$source" zeppelin --exit-code
    want_rc 5
done

# Without its index a vault says what to do.
rm "$T/v/index.sqlite"
run search "$T/v" crane
want_rc 4
want err 'holdfast vault reindex'
run vault reindex "$T/v"
want_rc 0
same '"load test"'
same 'has:pin OR has:reaction'
finish
