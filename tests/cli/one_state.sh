# tests/cli/one_state.sh: who reads a vault reads one state of it, and says which, whatever is
# imported meanwhile. Each command is stopped at a place of its work, an import runs from beginning to
# end, and the command goes on: what it gives is what a copy of the vault from before gives.
. "${HOLDFAST_SOURCE:?}/tests/support/cli.sh"
for program in jq sqlite3; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
cd "$work" || exit 1

# An export of two days of one channel; the second day has as many messages as it is the N-th.
write() {
    mkdir -p in/general
    echo '[{"id":"U1","team_id":"T1","name":"ada","profile":{}}]' >in/users.json
    echo "[{\"id\":\"C1\",\"name\":\"general$1\",\"members\":[\"U1\"]}]" >in/channels.json
    echo '[{"type":"message","user":"U1","ts":"1707732000.000100","text":"first day '"$1"'"}]' >in/general/2024-02-12.json
    for i in $(seq "$1"); do
        echo "{\"type\":\"message\",\"user\":\"U1\",\"ts\":\"17078184$((10 + i)).000100\",\"text\":\"number $i\"}"
    done | paste -sd, | sed 's/.*/[&]/' >in/general/2024-02-13.json
}
imports=0
import() {
    imports=$((imports + 1))
    write $imports
    mv in in$imports
    expect 0 "$HOLDFAST_BIN" import in$imports --origin T1 --into v -q >/dev/null
}
copy() {
    rm -rf before
    expect 0 "$HOLDFAST_BIN" vault copy v before -q >/dev/null
    rm -rf "$T/elsewhere"
}
# A command that reads the copy, on a machine that knows nothing of the vault.
of_copy() {
    XDG_STATE_HOME=$T/elsewhere run "$@"
}
# during PLACE N ARGS...: run the command, with an import while it stands at PLACE for the N-th time;
# status N is wanted.
during() {
    local place=$1 status=$2 pid state
    shift 2
    last="holdfast $*, import $((imports + 1)) at $place"
    HOLDFAST_STOP=$place "$HOLDFAST_BIN" "$@" >"$T/out" 2>"$T/err" </dev/null &
    pid=$!
    for _ in $(seq 1000); do
        state=$(sed 's/.*) //; s/ .*//' /proc/$pid/stat 2>/dev/null)
        case $state in T | Z | "") break ;; esac
        sleep 0.01
    done
    [ "$state" = T ] || fail "$last: it did not come there"
    import
    kill -CONT $pid 2>/dev/null
    wait $pid
    rc=$?
    want_rc "$status"
}
# The state that the last act of this name in the log of v says it read.
said() {
    sqlite3 -readonly v/control.sqlite "SELECT json_extract(leaf, '\$.digests.snapshot') FROM audit_entry
        WHERE json_extract(leaf, '\$.action') = '$1' AND json_extract(leaf, '\$.phase') = 'end' ORDER BY seq DESC LIMIT 1"
}
says() {
    [ "$(said "$1")" = "import $2" ] || fail "$last: the log says \"$(said "$1")\", not import $2"
}

import

# --- export: several readings for several formats, two for a part ---------------------------------

n=0
for place in package.copied:1 read:1; do
    for scope in "" "--channel C1" "--query number"; do
        was=$imports n=$((n + 1))
        copy
        # shellcheck disable=SC2086 # several words, or none
        during $place 0 export v -o package$n --to jsonl,txt,slack $scope -q
        # shellcheck disable=SC2086
        of_copy export before -o wanted$n --to jsonl,txt,slack $scope -q
        want_rc 0
        diff -r wanted$n/data package$n/data >"$T/diff" || fail "$last: $(head -3 "$T/diff")"
        [ "$(jq -c '[.source.snapshot, .source.vault.last_import]' package$n/receipt.json)" = "[\"import $was\",$was]" ] ||
            fail "$last: the receipt says $(jq -c .source package$n/receipt.json)"
        run verify package$n
        want_rc 0
    done
done
# diff says so as well: equal to what was, not to what is.
copy
during package.copied 0 export v -o last -q
of_copy diff before last/data/jsonl/records.jsonl
want_rc 0
run diff v last/data/jsonl/records.jsonl
want_rc 5

# A series goes on where its packages ended, not where the vault is meanwhile.
run export v -o s1 --series nightly --since last -q
want_rc 0
during package.copied 0 export v -o s2 --series nightly --since last -q # nothing came
during package.copied 0 export v -o s3 --series nightly --since last -q # what came during s2
[ "$(jq -r .series.number s3/receipt.json),$(jq .source.vault.last_import s2/receipt.json),$(jq -c '[.source.vault.after_import, .source.vault.last_import]' s3/receipt.json)" = \
    "3,$((imports - 2)),[$((imports - 2)),$((imports - 1))]" ] || fail "series: $(jq -c .source.vault s?/receipt.json)"
[ "$(jq -r 'select(.type == "message") | .values["message.text"]' s2/data/jsonl/records.jsonl)" = "" ] || fail "s2 has messages"
[ "$(jq -r 'select(.type == "message") | .values["message.text"]' s3/data/jsonl/records.jsonl | sort | paste -sd,)" = \
    "first day $((imports - 1)),number $((imports - 1))" ] || fail "s3: $(cat s3/data/jsonl/records.jsonl)"

# --- the others -----------------------------------------------------------------------------------

for scope in "" "--channel C1"; do # "" reads once: the import comes when half of it is read
    was=$imports
    copy
    # shellcheck disable=SC2086
    during read:1 0 convert v out.jsonl --to jsonl $scope --overwrite -q
    says convert "$was"
    # shellcheck disable=SC2086
    of_copy convert before wanted.jsonl --to jsonl $scope --overwrite -q
    want_rc 0
    cmp wanted.jsonl out.jsonl || fail "$last"
done

was=$imports
copy
during read:1 0 diff v in$was
says diff "$was"
was=$imports
during read:1 0 search v number --origin T1 --count --format json
[ "$(jq .messages "$T/out")" = "$was" ] || fail "$last: $(cat "$T/out")"
says search "$was"
run search v number --count
says search "$imports"

# --- verifying and copying ------------------------------------------------------------------------

# An import that began and ended while the log was read is no find.
during verify.log 0 verify v
during verify.log 0 audit verify v
run verify v
want_rc 0
says verify "$imports"

# Of an import that ends while a copy begins, the copy has all or nothing.
rm -rf copy
during copy.control 0 vault copy v copy -q
rm -rf "$T/elsewhere"
of_copy audit verify copy
want_rc 0
of_copy vault check copy
want_rc 0
finish
