# tests/support/cli.sh: sourced by the command tests; needs HOLDFAST_BIN.
#
# run ARGS...       run the program; its streams are in $T/out and $T/err, its exit status in $rc
# want_rc N WHAT    the exit status of the last run
# want FILE TEXT    the file (out or err) contains the text; refuse: it does not
# forget_heads      what this machine has seen of vaults' logs: for tests that copy vaults about
# finish            end the test: exit 1 when anything failed
set -u
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
export XDG_CONFIG_HOME=$T/no-config XDG_STATE_HOME=$T/no-state
unset HOLDFAST_CONFIG HOLDFAST_VAULT HOLDFAST_TZ HOLDFAST_MEMORY NO_COLOR
failures=0
rc=0
last=""

fail() {
    echo "FAILED: $*"
    failures=$((failures + 1))
}

run() {
    last="holdfast $*"
    "$HOLDFAST_BIN" "$@" >"$T/out" 2>"$T/err" </dev/null
    rc=$?
}

want_rc() {
    [ "$rc" = "$1" ] && return
    fail "$last: exit status $rc, not $1"
    sed 's/^/    /' "$T/err"
}

want() {
    grep -qF -- "$2" "$T/$1" && return
    fail "$last: std$1 lacks: $2"
    sed 's/^/    /' "$T/$1" | head -20
}

refuse() {
    ! grep -qF -- "$2" "$T/$1" && return
    fail "$last: std$1 has: $2"
}

forget_heads() {
    rm -rf "$XDG_STATE_HOME"
}

finish() {
    [ "$failures" = 0 ] && exit 0
    echo "$failures failed"
    exit 1
}

# For tests that drive whole jobs:
#
# work              a folder for this test
# expect N CMD...   run any command; another exit status than N ends the test (stdout goes on as usual)
# expect_any "N M" CMD...
# need_corpus       sets $corpus, or ends the test as skipped (77) when there is none
# pass              end the test: 0 when nothing failed
work=$T/work
mkdir "$work"
HFGEN=${HOLDFAST_BUILD:-.}/tests/bench/hfgen

expect_any() {
    local allowed=" $1 " status=0
    shift
    "$@" 2>"$T/err" </dev/null || status=$?
    case $allowed in *" $status "*) return 0 ;; esac
    echo "FAILED: $*: exit status $status, not$allowed" >&2
    sed 's/^/    /' "$T/err" >&2
    exit 1
}

expect() {
    expect_any "$@"
}

need_corpus() {
    corpus=${HOLDFAST_CORPUS:-$HOLDFAST_SOURCE/../shared/corpus}
    [ -r "$corpus/slack" ] && return
    [ "$failures" = 0 ] || finish
    echo "SKIP: no corpus at $corpus"
    exit 77
}

pass() {
    finish
}
