# tests/support/cli.sh: sourced by the command tests; needs HOLDFAST_BIN.
#
# run ARGS...       run the program; its streams are in $T/out and $T/err, its exit status in $rc
# want_rc N WHAT    the exit status of the last run
# want FILE TEXT    the file (out or err) contains the text; refuse: it does not
# finish            end the test: exit 1 when anything failed
set -u
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
export XDG_CONFIG_HOME=$T/no-config
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

finish() {
    [ "$failures" = 0 ] && exit 0
    echo "$failures failed"
    exit 1
}
