# tests/support/kills.sh: P6, sourced by tests/cli/kills_short.sh and tests/long/kills.sh after cli.sh.
#
# kills MESSAGES CHANGES RANDOM
#
# Two exports of one workspace are imported one after the other; CHANGES is edit=E,A,R of
# newer_slack.py. kill -9 comes at every named fault point (lib/util/fault.h) of the first and of the
# second import, and at RANDOM moments. After each: what lies there is whole, the next import
# completes, the vault verifies and equals one that was built without a kill.

kills() {
    local first=$work/first.zip second=$work/second.zip fault
    "$HFGEN" --messages "$1" --seed 21 --to slack -o "$first" --manifest "$work/first.json" 2>"$T/err" || fail hfgen
    python3 "$HOLDFAST_SOURCE/tests/support/newer_slack.py" "$first" "$second" "$2" >"$work/changes" || fail newer_slack
    (cd "$work" && sha256sum first.zip second.zip >sums)
    reference
    for fault in intent batch "batch:$((batches / 2))" "batch:$batches" records index rename rename:2 completion; do
        killed_at first "$fault"
    done
    for fault in intent batch "batch:$((batches / 2))" "batch:$batches" records index completion; do
        killed_at second "$fault"
    done
    # A later import is one transaction in each file: there is nothing to rename, so nothing is hit.
    fresh second
    faulty rename second
    [ "$status" = 0 ] || fail "the second import renames something"
    random_kills "$3"
    copies
    (cd "$work" && sha256sum --quiet -c sums) || fail "a source was changed"
    echo "kills: $points fault points hit, $random kills at random moments (and $late too late), $copied copies"
}

v=$work/v.vault points=0 random=0 late=0 copied=0

# What a vault holds, without what depends on how often it was tried.
contents() {
    sqlite3 -readonly "$1/records.sqlite" "SELECT r.kind, n.text, r.native, r.flags, r.time_us, r.versions, r.current, r.content_digest,
        r.state_digest, r.missing IS NOT NULL FROM rec r JOIN name n ON n.id = r.scope ORDER BY 1, 2, 3; SELECT v.id & 65535, r.native,
        v.digest, v.text FROM version v JOIN rec r ON r.id = v.id >> 16 ORDER BY r.kind, r.scope, r.native, v.id" | sha256sum
}

# ref.first and ref.second: built without a kill; batches: passes of the fault point in an import.
reference() {
    local start=${EPOCHREALTIME/[.,]/} low=1 high=4 mid
    expect 0 "$HOLDFAST_BIN" import "$work/first.zip" --into "$work/ref.first" >"$T/out"
    took_first=$((${EPOCHREALTIME/[.,]/} - start))
    cp -r "$work/ref.first" "$work/ref.second"
    forget_heads
    start=${EPOCHREALTIME/[.,]/}
    expect 0 "$HOLDFAST_BIN" import "$work/second.zip" --into "$work/ref.second" >"$T/out"
    took_second=$((${EPOCHREALTIME/[.,]/} - start))
    has_batch() {
        rm -rf "$v"
        faulty batch:$1 first
        [ "$status" = 137 ]
    }
    while has_batch $high; do
        low=$high
        high=$((high * 2))
    done
    while [ $((high - low)) -gt 1 ]; do
        mid=$(((low + high) / 2))
        if has_batch $mid; then low=$mid; else high=$mid; fi
    done
    batches=$low
    contents "$work/ref.first" >"$work/contents.first"
    contents "$work/ref.second" >"$work/contents.second"
    cmp -s "$work/contents.first" "$work/contents.second" && fail "the second export changes nothing"
    echo "kills: $batches batches; an import takes $((took_first / 1000)) ms, the second $((took_second / 1000)) ms"
}

# $v as it is before the import first or second.
fresh() {
    rm -rf "$v" "$v.partial"
    forget_heads
    [ "$1" = first ] || cp -r "$work/ref.first" "$v"
}

# Whole or absent: no import in part, and what is there can be read as it lies.
whole() {
    local imports
    if [ ! -e "$v/control.sqlite" ]; then
        [ ! -e "$v" ] || fail "$2: a vault in part"
        return
    fi
    imports=$(sqlite3 -readonly "$v/records.sqlite" 'SELECT count(*) FROM import')
    case $1,$imports in
    first,0 | first,1 | second,1 | second,2) ;;
    *) fail "$2: $imports imports" ;;
    esac
    expect 0 "$HOLDFAST_BIN" inspect "$v" --json >"$T/out"
}

# The next import does the work: complete NAME WHERE
complete() {
    whole "$1" "$2"
    run import "$work/$1.zip" --into "$v"
    [ "$rc" = 0 ] || { fail "$2: the next import ended with $rc"; sed 's/^/    /' "$T/err"; }
    run verify "$v"
    [ "$rc" = 0 ] || { fail "$2: verify ended with $rc"; head -5 "$T/out"; }
    run vault check "$v"
    [ "$rc" = 0 ] || { fail "$2: vault check ended with $rc"; head -5 "$T/out"; }
    run diff "$v" "$work/ref.$1"
    [ "$rc" = 0 ] || { fail "$2: diff ended with $rc"; head -5 "$T/out" "$T/err"; }
    contents "$v" | cmp -s - "$work/contents.$1" || fail "$2: other rows than in a vault without a kill"
    find "$v" "$v.partial" -name '*.partial*' 2>/dev/null | grep . && fail "$2: left behind"
}

# faulty POINT NAME: an import with a fault point set. Sets status; the shell's own "Killed" is not shown.
faulty() {
    status=0
    { HOLDFAST_FAULT=$1 "$HOLDFAST_BIN" import "$work/$2.zip" --into "$v" -q >"$T/out"; } 2>"$T/err" || status=$?
}

killed_at() {
    fresh "$1"
    faulty "$2" "$1"
    [ "$status" = 137 ] || { fail "$1 import, $2: not hit, exit status $status"; return; }
    points=$((points + 1))
    complete "$1" "$1 import, killed at $2"
}

# Moments spread by a generator of fixed seed over the time an import takes. When it was over before,
# the machine has become faster: that time is taken for shorter, and the moment does not count.
random_kills() {
    local which wait pid seed=4711
    while [ $random -lt "$1" ] && [ $late -lt $((20 + 3 * $1)) ]; do
        which=first
        [ $((random % 2)) = 0 ] || which=second
        seed=$(((seed * 1103515245 + 12345) % 2147483648))
        wait=$((took_$which * (seed % 1000) / 1000))
        wait=$(printf '%d.%06d' $((wait / 1000000)) $((wait % 1000000)))
        fresh $which
        "$HOLDFAST_BIN" import "$work/$which.zip" --into "$v" -q >"$T/out" 2>"$T/err" &
        pid=$!
        sleep "$wait"
        kill -KILL $pid 2>"$T/kill"
        status=0
        wait $pid 2>"$T/kill" || status=$?
        if [ $status = 137 ]; then
            random=$((random + 1))
        else
            late=$((late + 1))
            eval "took_$which=$((took_$which * 4 / 5))"
        fi
        complete $which "$which import, killed after $wait s"
    done
    [ $random = "$1" ] || fail "only $random kills came before the end of an import"
}

# A copy while an import is under way, held still in the middle by SIGSTOP: the vault as of its last
# committed import. Then the import goes on as if nothing had been.
copies() {
    local which pid
    for which in first second; do
        fresh $which
        # The copy of a first import is of an empty vault: it must be there.
        [ $which = second ] || expect 0 "$HOLDFAST_BIN" vault init "$v" >"$T/out"
        rm -rf "$work/copy"
        "$HOLDFAST_BIN" import "$work/$which.zip" --into "$v" -q >"$T/out" 2>"$T/import" &
        pid=$!
        # It runs for 5 ms at a time until its intent is written down, and stands still while we look.
        while kill -STOP $pid 2>"$T/kill" && [ -z "$(sqlite3 -readonly "$v/control.sqlite" 'SELECT 1 FROM intent' 2>"$T/sql")" ]; do
            kill -CONT $pid
            sleep 0.005
        done
        run vault copy "$v" "$work/copy"
        want_rc 0
        kill -0 $pid || fail "the import was over before the copy"
        kill -CONT $pid
        wait $pid || { fail "the import beside a copy failed"; cat "$T/import"; }
        run verify "$work/copy"
        want_rc 0
        if [ $which = second ]; then
            run diff "$work/copy" "$work/ref.first"
            want_rc 0
            contents "$work/copy" | cmp -s - "$work/contents.first" || fail "the copy is not the vault before the import"
            # And again, into the same place: now with the second import.
            run vault copy "$v" "$work/copy"
            want_rc 0
            run diff "$work/copy" "$work/ref.second"
            want_rc 0
        else
            [ "$(sqlite3 -readonly "$work/copy/records.sqlite" 'SELECT count(*) FROM rec')" = 0 ] || fail "the copy of an unfinished first import is not empty"
        fi
        contents "$v" | cmp -s - "$work/contents.$which" || fail "the $which import beside a copy: other rows"
        copied=$((copied + 1))
    done
}
