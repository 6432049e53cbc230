#!/usr/bin/env bash
# After 1,000 random changes the second import brings exactly those, and the latest state in the vault
# is that of a fresh import.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v python3 >/dev/null && command -v sqlite3 >/dev/null || { echo "SKIP: no python3 or sqlite3"; exit 77; }
pg_need
support=$HOLDFAST_SOURCE/tests/support
"$HFGEN" --messages 12000 --seed 31 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail "hfgen"

# The database as a source: the server itself, or a dump that is made now.
source_of() { # NAME HOW
    [ "$2" = dump ] || { pg_url "$1"; return; }
    "$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d "$1" >"$T/$1.sql" && echo "$T/$1.sql"
}

for how in dump server; do
    name=changing_$how
    pg_db $name && pg_sql $name -f "$T/base.sql" >/dev/null || fail "psql"
    run import "$(source_of $name $how)" --into "$T/v_$how"
    want_rc 0
    python3 "$support/mutate_mm.py" once $name "$T/report.json" || fail "changes"
    for vault in v_$how fresh_$how; do
        run import "$(source_of $name $how)" --into "$T/$vault"
        want_rc 0
        run convert "$T/$vault" "$T/$vault.jsonl" --to jsonl --sidecar none
        want_rc 0
    done
    python3 "$support/check_second.py" "$T/v_$how" "$T/report.json" "$T/gone" || fail "the second import ($how)"
    python3 "$support/same_records.py" "$T/v_$how.jsonl" "$T/fresh_$how.jsonl" --without "$T/gone" \
        --ignore message.updated --ignore user.updated >"$T/same" || { fail "the latest state ($how)"; cat "$T/same"; }

    # From a server only what changed was read.
    [ $how = dump ] || [ "$(sqlite3 "$T/v_$how/records.sqlite" "SELECT 10 * sum(records * (n = 2)) <
        7 * sum(records * (n = 1)) FROM import")" = 1 ] || fail "everything was read again"

    # Nothing changed since: nothing is new.
    run import "$(source_of $name $how)" --into "$T/v_$how"
    want_rc 0
    [ "$(sqlite3 "$T/v_$how/records.sqlite" "SELECT new_records + versions + missing + states FROM import
        ORDER BY n DESC LIMIT 1")" = 0 ] ||
        fail "an import of nothing brought something ($how)"
done
finish
