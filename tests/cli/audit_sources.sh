# tests/cli/audit_sources.sh: the chat systems' own audit logs as sources; the packages of a series and
# the gaps between them.
. "${HOLDFAST_SOURCE:?}/tests/support/cli.sh"
for program in jq sqlite3; do
    command -v $program >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
cd "$work" || exit 1

# An organisation's log holds entries of several workspaces.
cat >slack.json <<'LOG'
{"entries":[
 {"id":"e1","date_create":1710000000,"action":"user_login","actor":{"type":"user","user":{"id":"W1","name":"Maren","email":"maren@harbor.example","team":"T1"}},"entity":{"type":"user","user":{"id":"W1"}},"context":{"location":{"type":"workspace","id":"T1","name":"harbor"},"ua":"x","ip_address":"192.0.2.7"},"details":{"a":1}},
 {"id":"e2","date_create":1710000001,"action":"workspace_created","actor":{"type":"user","user":{"id":"W1"}},"entity":{"type":"workspace","workspace":{"id":"T2"}},"context":{"location":{"type":"enterprise","id":"E1"},"ip_address":"192.0.2.7"}}
],"response_metadata":{"next_cursor":""}}
LOG
cat >mattermost.log <<'LOG'
{"timestamp":"2025-04-30 16:17:44.207 Z","event_name":"login","status":"success","actor":{"user_id":"u1","session_id":"s","client":"c","ip_address":"192.0.2.7","x_forwarded_for":""},"event":{"parameters":{},"prior_state":{},"resulting_state":{},"object_type":"user"},"meta":{"api_path":"/api/v4/users/login"},"error":{}}
{"timestamp":"2025-04-30 16:17:45.000 Z","event_name":"deletePost","status":"fail","actor":{"user_id":"u1","session_id":"s","client":"c","ip_address":"192.0.2.7","x_forwarded_for":""},"event":{"parameters":{},"prior_state":{},"resulting_state":{},"object_type":"post"},"meta":{"api_path":"/api/v4/posts/p"},"error":{"status_code":403,"description":"no"}}
LOG
run inspect slack.json --json
want_rc 0
jq -e '.format == "slack-audit" and .events == 2' "$T/out" >/dev/null || fail "inspect slack.json: $(cat "$T/out")"
run inspect mattermost.log
want_rc 2
want err "name it with --origin"
run convert mattermost.log out.jsonl --to jsonl --origin server-1
want_rc 0
jq -se '[.[] | select(.type == "event") | .values] | .[0]["event.action"] == "login" and .[1]["event.outcome"] == "fail" and
    .[1]["event.time"] == "2025-04-30T16:17:45Z"' out.jsonl >/dev/null || fail "values: $(cat out.jsonl)"

run import slack.json --into v
want_rc 0
run import mattermost.log --into v --origin server-1
want_rc 0
for n in 1 2; do
    run diff --bytes "$([ $n = 1 ] && echo slack.json || echo mattermost.log)" v --import $n
    want_rc 0
done
run import slack.json --into v # the same again adds nothing
want err "0 new records, 0 new versions"
run verify v
want_rc 0

# --- coverage ------------------------------------------------------------------------------------

run audit coverage v --series nightly
want_rc 2
run export v --origin T1 --series nightly --since last -o one
want_rc 0
run import "$HOLDFAST_SOURCE/samples/slack-northwind" --into v
run audit coverage v --series nightly --json
want_rc 0
jq -e '[.packages[] | {state, first_import, last_import}] == [{state: "package", first_import: "1", last_import: "3"},
    {state: "next", first_import: "4", last_import: "4"}]' "$T/out" >/dev/null || fail "coverage: $(cat "$T/out")"
run export v --origin T1 --series nightly --since last -o two
want_rc 0
run import slack.json --into v
run export v --origin T1 --series nightly --since last -o three
run audit coverage v --series nightly
want_rc 0
want err "3 packages, 0 gaps"
cp -r v forged # a night that never was, as somebody writes it in
sqlite3 forged/control.sqlite "UPDATE series_package SET manifest_sha256 = printf('%064d', 0) WHERE number = 3"
run audit coverage forged --series nightly
want_rc 5
want out "NOT IN THE LOG"
want err "3 packages, 1 gaps"
sqlite3 v/control.sqlite 'DELETE FROM series_package WHERE number = 2'
run audit coverage v --series nightly
want_rc 5
want out "GAP"
want err "2 packages, 1 gaps"
finish
