# tests/cli/command_answers.sh: the program's own commands, their answers and configuration.
. "${HOLDFAST_SOURCE}/tests/support/cli.sh"

head_ok='.schema == $schema and (.run_id | length == 36) and (.program_version | length > 0)'
answer() {
    schema=$1
    shift
    run "$@" --json
    want_rc 0
    jq -e --arg schema "$schema" "$head_ok" "$T/out" >/dev/null || fail "$last: head of the document"
    run "$@" --format jsonl
    want_rc 0
    [ "$(jq -r .type "$T/out" | tail -1)" = summary ] || fail "$last: no summary line"
    tail -1 "$T/out" | jq -e --arg schema "$schema" "$head_ok" >/dev/null || fail "$last: summary"
}
answer version/1 version
answer doctor/1 doctor
answer config/1 config show

run version --json
jq -e '.libraries | map(.library) | index("sqlite3") != null' "$T/out" >/dev/null || fail "libraries"

run doctor
want_rc 0
want err "OK  "
run doctor -q
[ -s "$T/err" ] && fail "doctor -q is not quiet on success"
TMPDIR=/nowhere run doctor -q
want_rc 5
want err "DIFFERENT  " # a bad ending speaks in spite of -q
want out "TMPDIR"

# Configuration: where each value comes from.
mkdir -p "$T/no-config/holdfast"
printf '[general]\nvault = /srv/acme.vault\n\n[source prod]\nkind = mattermost\n' \
    >"$T/no-config/holdfast/holdfast.conf"
export HOLDFAST_TZ=Asia/Tokyo
run config show --json
jq -e '[.values[] | {key: "\(.section) \(.key)", value}] | from_entries
    | .["general vault"] == "/srv/acme.vault" and .["general tz"] == "Asia/Tokyo"
      and .["source prod kind"] == "mattermost"' "$T/out" >/dev/null || fail "$(cat "$T/out")"
run config show --origin --tz UTC --json
jq -e --arg file "$T/no-config/holdfast/holdfast.conf" '.values
    | any(.key == "tz" and .value == "UTC" and .origin == "flag --tz" and .line == null)
      and any(.key == "vault" and .origin == $file and .line == 2)' "$T/out" >/dev/null ||
    fail "origins: $(cat "$T/out")"
unset HOLDFAST_TZ

printf '[general]\nvault = x\nvalt = y\n' >"$T/bad.conf"
run config check "$T/bad.conf"
want_rc 2
want err "[CONFIG_INVALID]"
want err "  where: $T/bad.conf, line 3"
want err 'did you mean "vault"?'
run config check "$T/no-config/holdfast/holdfast.conf"
want_rc 0
run config check "$T/absent.conf"
want_rc 2
run config show --config "$T/bad.conf"
want_rc 2
run version --config "$T/bad.conf" # says what it is whatever the configuration
want_rc 0
run config check --config "$T/bad.conf"
want_rc 2
finish
