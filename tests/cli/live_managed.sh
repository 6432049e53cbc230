#!/usr/bin/env bash
# A server may refuse to say where its log of transactions is, as managed ones do: it is read all the same, and everything
# anew each time.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
pg_own
"$HFGEN" --messages 100 --seed 5 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db managed && pg_sql managed -f "$T/base.sql" >/dev/null || fail psql
"$HOLDFAST_BIN" help grants --for reader | pg_sql managed || fail grants
url=$(pg_url managed holdfast_reader)

twice() { # a vault of its own; the second import reads
    run import "$url" --into "$T/$1"
    want_rc 0
    run import "$url" --into "$T/$1"
    want_rc 0
    want err "$2"
}
twice usual "OK  0 messages"
pg_sql managed -c "REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC"
twice refused " 0 new records, 0 new versions, 0 missing"
refuse err "OK  0 messages"
want err "does not say which timeline"
finish
