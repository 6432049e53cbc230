#!/usr/bin/env bash
# P11: of a part of a server nothing else comes out, in no form, and all of the part does.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v python3 >/dev/null && command -v zstd >/dev/null || { echo "SKIP: no python3 or zstd"; exit 77; }
pg_need
canaries=$HOLDFAST_SOURCE/tests/support/canaries_mm.py
"$HFGEN" --messages 3000 --seed 5 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db withheld && pg_sql withheld -f "$T/base.sql" >/dev/null || fail psql
pg_sql withheld -At -c "SELECT path, postid FROM fileinfo WHERE postid <> ''" >"$T/paths"
python3 "$canaries" plant "$T/data" <"$T/paths" >"$T/plant.sql" && pg_sql withheld -f "$T/plant.sql" >/dev/null || fail plant

# A private conversation with answers, the middle of its life, and who speaks in it most.
ask() { pg_sql withheld -At -c "$1"; }
channel=$(ask "SELECT p.channelid FROM posts p JOIN channels c ON c.id = p.channelid WHERE c.type = 'P' AND EXISTS
    (SELECT FROM posts r WHERE r.channelid = p.channelid AND r.rootid <> '') GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")
since=$(ask "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY createat) / 1000 FROM posts WHERE channelid = '$channel'")
user=$(ask "SELECT userid FROM posts WHERE channelid = '$channel' AND originalid = '' GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1")
day=$(date -u -d "@$since" +%Y-%m-%dT%H:%M:%SZ)

# A vault whose records stand in members and, after a second import, in documents of their own.
run import "$(pg_url withheld)" --into "$T/v" --files "$T/data"
pg_sql withheld -c "UPDATE posts SET message = message || ' edited' WHERE originalid = ''" -c "UPDATE users SET position = position || ' edited'"
run import "$(pg_url withheld)" --into "$T/v" --files "$T/data"
want err " 0 missing"

part() { # SOURCE SINCE USER ARGS...
    local source=$1 since=$2 user=$3 out=$T/out.$failures
    shift 3
    rm -rf "$out"
    mkdir "$out"
    [ "$source" = "$T/v" ] || set -- "$@" --vault "$T/v" --files "$T/data"
    for to in mattermost-bulk slack jsonl txt md; do
        local name=$out/$to
        case $to in mattermost-bulk | slack) name=$name.zip ;; esac
        run convert "$source" "$name" --to $to --channel "$channel" "$@"
        [ "$rc" = 0 ] || [ "$rc" = 3 ] || want_rc 0
    done
    # shellcheck disable=SC2012
    [ "$(ls "$out" | wc -l)" -ge 7 ] || fail "no sidecars"
    python3 "$canaries" check withheld "$channel" "$since" "$user" "$out"/* || fail "$source $*"
}

for source in "$(pg_url withheld)" "$T/v"; do
    part "$source" 0 ""
    part "$source" "${since}000" "" --since "$day"
    part "$source" 0 "$user" --user "$user"
done
run export "$T/v" -o "$T/part.zip" --to jsonl,txt --channel "$channel" --since "$day" --quiet
[ "$rc" = 0 ] || [ "$rc" = 3 ] || want_rc 0
python3 "$canaries" check withheld "$channel" "${since}000" "" "$T/part.zip" || fail export
finish
