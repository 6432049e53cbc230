# tests/cli/command_line.sh: how the command line is read, and what a mistake answers.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"

# mistake FIX ARGS...: exit 2, nothing on stdout, the fix in the third line of the form of errors.
mistake() {
    fix=$1
    shift
    run "$@"
    want_rc 2
    want err "holdfast: error: "
    want err "   [USAGE]"
    grep "^  fix:   " "$T/err" | grep -qF -- "$fix" || fail "$last: no fix with: $fix"
    [ -s "$T/out" ] && fail "$last writes to stdout"
    [ "$(wc -l <"$T/err")" -le 3 ] || fail "$last: more than three lines"
}

mistake 'did you mean "version"?' verson
mistake 'did you mean "config show"?' config shwo
mistake 'did you mean "config"?' confg show
mistake 'one of: show, check' config
mistake '"holdfast help"' zzzzzzzz
mistake 'did you mean --origin?' config show --orgin
mistake 'did you mean --format?' version --fromat csv
mistake '"holdfast version --help"' version --zzzzzzzz
mistake '"holdfast version --help"' version -Z
mistake 'did you mean --format?' --frmat json version
mistake 'form of the answer' version --format
mistake 'one of: table|json|jsonl|csv|tsv' version --format xml
mistake 'leave it out' version --quiet=yes
mistake 'bash, zsh' completion
mistake 'shells are bash, zsh and fish' completion tcsh
mistake '"holdfast version --help"' version surplus
mistake '"holdfast help"' help zzzzzzzz
mistake 'tzdata' config show --tz Nowhere/Land

# The ways to write the same thing.
run version --format=csv
want_rc 0
cp "$T/out" "$T/csv"
for words in "version --format csv" "--format csv version" "--format=csv version" \
    "version --format json --format csv" "version -qv --format csv" "version --format csv --"; do
    # shellcheck disable=SC2086
    run $words
    want_rc 0
    cmp -s "$T/out" "$T/csv" || fail "$last differs from version --format=csv"
done
run --version
want_rc 0
want out "sqlite3"
run help -- --json # after "--" it is an argument, and no command
want_rc 2
want err '"--json" is no command'

# Hostile bytes of an argument reach no terminal.
run "$(printf 'ver\033[2Jsion')"
want_rc 2
want err '\x1B[2J'
refuse err "$(printf '\033')"

# With --json: one JSON line on stderr, nothing on stdout.
run version --json --frmt x
want_rc 2
[ -s "$T/out" ] && fail "$last writes to stdout"
[ "$(wc -l <"$T/err")" = 1 ] || fail "$last: not one line"
jq -e '.schema == "error/1" and .exit_code == 2 and .code == "USAGE" and (.message | length) > 0
    and (.fix | test("--format")) and .where == {} and .changed == false and .resumable == false
    and (.run_id | test("^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"))' \
    "$T/err" >/dev/null || fail "error/1: $(cat "$T/err")"

# Colour: never into a file, unless asked for.
run zzz
refuse err "$(printf '\033')"
run zzz --color always
want err "$(printf '\033[1;31merror:')"
run version --color always
want out "$(printf '\033[1m')"

# Streams that fail.
"$HOLDFAST_BIN" version >/dev/full 2>"$T/err"
rc=$? last="version >/dev/full"
want_rc 13
want err "[NO_SPACE]"
{ sleep 0.3; "$HOLDFAST_BIN" help 2>"$T/err"; echo $? >"$T/status"; } | true
rc=$(cat "$T/status") last="help | true"
want_rc 141
[ -s "$T/err" ] && fail "$last is not quiet"

# Nothing of the surroundings is needed: no environment, no stdin, the C locale.
env -i ASAN_OPTIONS=detect_leaks=0 LC_ALL=C "$HOLDFAST_BIN" version <&- >"$T/out" 2>"$T/err"
rc=$? last="env -i holdfast version"
want_rc 0
finish
