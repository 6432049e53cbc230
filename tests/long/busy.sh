#!/usr/bin/env bash
# During an import of 1M messages (or $1) search, audit list, checkpoint and export answer within 2 s
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
cd "$work" || exit 1
limit=2000 # ms
run import "$HOLDFAST_SOURCE/samples/slack-northwind" --into v
want_rc 0
"$HFGEN" --messages "${1:-1000000}" --seed 3 --to slack -o big.zip --manifest big.json 2>"$T/err" || fail hfgen
begun() { sqlite3 -readonly v/control.sqlite "SELECT count(*) FROM audit_entry WHERE json_extract(leaf, '\$.action') = 'import' AND json_extract(leaf, '\$.phase') = 'start'"; }
timed() { # NAME ARGS...: milliseconds of a run into NAME.ms, those with what came of it to NAME.bad
    local name=$1 from=${EPOCHREALTIME/[.,]/} status ms
    shift
    "$HOLDFAST_BIN" "$@" -q >"$T/$name.out" 2>"$T/$name.err"
    status=$?
    ms=$(((${EPOCHREALTIME/[.,]/} - from) / 1000))
    echo $ms >>$name.ms
    [ $status = 0 ] || fail "$name: status $status: $(head -2 "$T/$name.err")"
    [ $ms -le $limit ] || fail "$name took $ms ms, run $(wc -l <$name.ms)"
}

began=$EPOCHSECONDS
"$HOLDFAST_BIN" import big.zip --into v -q >"$T/import.out" 2>"$T/import.err" &
pid=$!
until [ "$(begun)" = 2 ] || ! kill -0 $pid 2>/dev/null; do sleep 0.01; done
n=0
while kill -0 $pid 2>/dev/null; do
    n=$((n + 1))
    timed search search v crane --count
    timed list audit list v --action search
    timed checkpoint audit checkpoint v -o note$n
    timed export export v -o "package$n" --channel general --origin T04NWHARB0 --to jsonl
    jq -r .source.snapshot "package$n/receipt.json" >>states
    rm -rf "package$n"
done
wait $pid || fail "the import: $(cat "$T/import.err")"
echo "the import took $((EPOCHSECONDS - began)) s with the others, $n rounds"
# Those at the end may show the import: it is committed before it has tidied up.
case $(uniq states | paste -sd,) in "import 1" | "import 1,import 2") ;; *) fail "states: $(uniq -c states)" ;; esac
[ "$(grep -c 'import 1' states)" -ge 20 ] || [ "${1:-1000000}" -lt 1000000 ] || fail "$n rounds during the import only"

for name in search list checkpoint export; do
    sort -n $name.ms | awk -v n=$name '{ a[NR] = $1 } END { printf "%-12s p50 %5d ms, p95 %5d ms, max %5d ms of %d\n", n, a[int((NR + 1) / 2)], a[int(NR * 0.95 + 0.5)], a[NR], NR }'
done
# Everything stands in the log: starts and ends, and heads that were signed in between.
entries() { # ACTION PHASE
    sqlite3 -readonly v/control.sqlite "SELECT count(*) FROM audit_entry WHERE json_extract(leaf, '\$.action') = '$1'
        AND json_extract(leaf, '\$.phase') = '$2' AND ('$2' = 'start' OR json_extract(leaf, '\$.outcome') = 'OK')"
}
for pair in search:search list:audit.list checkpoint:audit.checkpoint export:export; do
    ran=$(wc -l <${pair%%:*}.ms) action=${pair#*:}
    if [ $action = audit.checkpoint ]; then
        [ "$(entries $action single)" -ge "$ran" ] || fail "$action: $(entries $action single) entries of $ran"
    else
        [ "$(entries "$action" start),$(entries "$action" end)" = "$ran,$ran" ] ||
            fail "$action: $(entries "$action" start) starts and $(entries "$action" end) ends of $ran"
    fi
done
for note in note1 note$((n / 2 + 1)) note$n; do
    run audit verify v --head "$note"
    want_rc 0
done
# Four operators with 50 acts each, and 20 who are killed.
HF_ACTS=50 HF_KILLS=20 bash "$HOLDFAST_SOURCE/tests/cli/two_operators.sh" || fail two_operators
finish
