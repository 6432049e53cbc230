# tests/cli/audit_busy.sh: while an import runs, searches and readings of the log by two operators
# answer, and stand in the log; nobody waits for the import. HF_BUSY: messages of the import.
. "${HOLDFAST_SOURCE:?}/tests/support/cli.sh"
for program in jq sqlite3; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
cd "$work" || exit 1
run import "$HOLDFAST_SOURCE/samples/slack-northwind" --into v
want_rc 0
"$HFGEN" --messages "${HF_BUSY:-20000}" --seed 3 --to slack -o big.zip --manifest big.json 2>"$T/err" || fail hfgen

"$HOLDFAST_BIN" import big.zip --into v -q >"$T/import.out" 2>"$T/import.err" &
pid=$!
# Until its start stands in the log.
for _ in $(seq 400); do
    [ "$(sqlite3 -readonly v/control.sqlite "SELECT count(*) FROM audit_entry WHERE leaf LIKE '%\"action\":\"import\"%start%'" 2>/dev/null)" = 2 ] && break
    sleep 0.02
done
slowest=0 rounds=0
while [ $rounds -lt 12 ] && kill -0 $pid 2>/dev/null; do
    began=${EPOCHREALTIME/[.,]/}
    "$HOLDFAST_BIN" search v crane --count >"$T/s1" 2>"$T/e1" &
    one=$!
    "$HOLDFAST_BIN" audit list v --action search >"$T/s2" 2>"$T/e2" &
    two=$!
    wait $one || fail "a search during an import: $(cat "$T/e1")"
    wait $two || fail "audit list during an import: $(cat "$T/e2")"
    took=$((${EPOCHREALTIME/[.,]/} - began))
    [ $took -gt $slowest ] && slowest=$took
    rounds=$((rounds + 1))
done
kill -0 $pid 2>/dev/null && during=$rounds || during=$((rounds - 1))
wait $pid || fail "the import: $(cat "$T/import.err")"
[ "$during" -ge 1 ] || fail "the import was over before anything else was done"
# An import of 20,000 messages takes longer than this; so who waited for it would be found.
[ $slowest -lt 2000000 ] || fail "the slowest of $rounds pairs took $((slowest / 1000)) ms"

run audit list v --json
[ "$(jq '[.entries[] | select(.action == "search" and .phase == "end")] | length' "$T/out")" = $rounds ] || fail "searches in the log"
[ "$(jq '[.entries[] | select(.action == "audit.list" and .phase == "end")] | length' "$T/out")" = $rounds ] || fail "lists in the log"
run audit verify v
want_rc 0
echo "$rounds pairs during an import, the slowest took $((slowest / 1000)) ms"
finish
