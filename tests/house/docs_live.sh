#!/usr/bin/env bash
# The pages about servers: their commands run against a server of this test's own, with an invented
# Mattermost in it and a section [source prod] like the one they show.
. "${HOLDFAST_SOURCE:?}/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
pg_own # roles belong to the whole server: one of our own
add=$work/add
mkdir -p "$add/.config/holdfast" "$add/data"
"$HFGEN" --messages 1500 --seed 2 --schema new --to mattermost-sql -o "$add/old.sql" 2>"$T/err" || fail hfgen
pg_db mattermost && pg_sql mattermost -f "$add/old.sql" >/dev/null || fail psql
cat >"$add/.config/holdfast/holdfast.conf" <<CONF
[source prod]
url = postgresql://holdfast_reader@/mattermost?host=$HF_PG_SOCKET
vault = acme.vault
CONF
export PGHOST=$HF_PG_SOCKET PGUSER=postgres HF_DOCS_ADD=$add
# shellcheck disable=SC2086 # a list of names
python3 "$HOLDFAST_SOURCE/tests/support/docs_run.py" "$HOLDFAST_SOURCE" docs/live-database.md docs/leaving-bundled-mattermost.md ||
    fail "the pages about servers"
finish
