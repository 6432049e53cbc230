#!/usr/bin/env bash
# A channel that is gone as a whole, or a team with all of its channels, leaves no row that says so: the days of the vault
# that the server does not count any more do, and its messages are missing since the import that noticed.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v sqlite3 >/dev/null || { echo "SKIP: no sqlite3"; exit 77; }
pg_need
"$HFGEN" --messages 200 --seed 11 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db gone && pg_sql gone -f "$T/base.sql" >/dev/null || fail psql
missing() { # messages and their import
    sqlite3 "$T/v/records.sqlite" "SELECT n.text FROM rec r JOIN name n ON n.id = r.scope WHERE r.kind = 4 AND
        r.missing IS NOT NULL" | sort | uniq -c | awk '{print $1, $2}'
}
run import "$(pg_url gone)" --into "$T/v"
want_rc 0
[ -z "$(missing)" ] || fail "missing before anything was"

lose() { # a condition on channels
    pg_sql gone -At -F' ' -c "SELECT count(*), channelid FROM posts WHERE originalid = '' AND channelid IN
        (SELECT id FROM channels WHERE $1) GROUP BY 2 ORDER BY 2" >>"$T/want"
    pg_sql gone -c "DELETE FROM channelmembers WHERE channelid IN (SELECT id FROM channels WHERE $1)" \
        -c "DELETE FROM posts WHERE channelid IN (SELECT id FROM channels WHERE $1)" -c "DELETE FROM channels WHERE $1"
    run import "$(pg_url gone)" --into "$T/v"
    want_rc 0
    want err "did not agree and were read again"
    missing >"$T/got"
    [ "$(sort "$T/want")" = "$(sort "$T/got")" ] || fail "missing after: $1: $(diff <(sort "$T/want") <(sort "$T/got"))"
}
lose "id = (SELECT channelid FROM posts WHERE originalid = '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)"
[ -s "$T/want" ] || fail "nothing was taken away"
lose "teamid = (SELECT teamid FROM channels WHERE teamid <> '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)"
finish
