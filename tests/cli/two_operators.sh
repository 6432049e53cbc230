# tests/cli/two_operators.sh: operators who work on one vault at the same time, and some of whom are
# killed: the log has every act, is one tree and verifies; nobody is told that something is locked;
# what was killed stands there as begun. HF_ACTS: acts of each operator; HF_KILLS: of the killed.
. "${HOLDFAST_SOURCE:?}/tests/support/cli.sh"
for program in jq sqlite3; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
cd "$work" || exit 1
export XDG_CONFIG_HOME=$work/config
run vault init v
want_rc 0
run import "$HOLDFAST_SOURCE/samples/slack-northwind" --into v
want_rc 0
acts=${HF_ACTS:-10} kills=${HF_KILLS:-8}

one_act() { # OPERATOR NUMBER
    case $((($1 + $2) % 5)) in
    0) "$HOLDFAST_BIN" search v crane --count ;;
    1) "$HOLDFAST_BIN" audit list v --action search ;;
    2) "$HOLDFAST_BIN" audit checkpoint v -o "note.$1.$2" ;;
    3) "$HOLDFAST_BIN" export v -o "package.$1.$2" --channel general --to jsonl ;;
    4) "$HOLDFAST_BIN" audit key rotate v ;;
    esac
}
operator() {
    for i in $(seq "$acts"); do
        one_act "$1" "$i" >"$T/act" 2>&1 </dev/null || { echo "operator $1, act $i: status $?: $(head -3 "$T/act")"; }
    done
}
for o in 1 2 3 4; do
    mkdir "$T/$o"
    (T=$T/$o operator $o) >"$T/failed.$o" 2>&1 &
    pids[o]=$!
done
for o in 1 2 3 4; do
    wait "${pids[o]}"
    [ -s "$T/failed.$o" ] && fail "$(cat "$T/failed.$o")"
done

log() { sqlite3 -readonly v/control.sqlite "$1"; }
count() { # ACTION PHASE
    log "SELECT count(*) FROM audit_entry WHERE json_extract(leaf, '\$.action') = '$1' AND json_extract(leaf, '\$.phase') = '$2'"
}
expected() { # how often an act of the kind N was done
    local n=0 o i
    for o in 1 2 3 4; do for i in $(seq "$acts"); do [ $(((o + i) % 5)) = "$1" ] && n=$((n + 1)); done; done
    echo $n
}
for kind in 0:search 1:audit.list 3:export; do
    want=$(expected ${kind%%:*})
    for phase in start end; do
        [ "$(count ${kind#*:} $phase)" = "$want" ] || fail "${kind#*:}: $(count ${kind#*:} $phase) entries of $phase, not $want"
    done
done
[ "$(log "SELECT count(*) FROM audit_key")" = $((1 + $(expected 4))) ] || fail "keys: $(log "SELECT count(*) FROM audit_key")"
[ "$(log "SELECT count(DISTINCT seq), max(seq) + 1 FROM audit_entry" | tr '|' '\n' | uniq | wc -l)" = 1 ] || fail "numbers"
heads=()
for note in note.*; do heads+=(--head "$note"); done
run audit verify v "${heads[@]}"
want_rc 0
for package in package.*; do
    run verify "$package"
    want_rc 0
done

# Killed at any moment: the log stays whole, and says what began and has no end.
for i in $(seq "$kills"); do
    one_act "$((i % 3 + 1))" "9$i" >/dev/null 2>&1 </dev/null &
    pid=$!
    one_act 7 "$i" >"$T/act" 2>&1 </dev/null || fail "beside one who is killed: $(head -3 "$T/act")" &
    other=$!
    sleep "0.0$((RANDOM % 90 + 10))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    wait $other || fail "beside one who is killed"
done
HOLDFAST_FAULT=log:2 "$HOLDFAST_BIN" export v -o killed --to jsonl >/dev/null 2>&1 # before its end
HOLDFAST_FAULT=package.copied "$HOLDFAST_BIN" export v -o killed --to jsonl >/dev/null 2>&1
run audit verify v "${heads[@]}"
want_rc 0
open=$(log "SELECT count(*) FROM (SELECT json_extract(leaf, '\$.run') r, json_extract(leaf, '\$.action') a FROM audit_entry
    WHERE json_extract(leaf, '\$.phase') != 'single' GROUP BY r, a HAVING count(*) = 1)")
[ "$open" -ge 2 ] || fail "nothing was killed"
run audit verify v --json
[ "$(jq .unfinished "$T/out")" = $((open + 1)) ] || # this one itself
    [ "$(jq .unfinished "$T/out")" = "$open" ] || fail "unfinished: $(jq .unfinished "$T/out"), not $open"
run audit list v --action export
want_rc 0
want out "did not finish"
finish
