#!/usr/bin/env bash
# Reading a server leaves a record: convert, search, diff and import note the run in a vault before they
# read, and how it ended, also when it failed or was killed. inspect and --to null need none.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
pg_need
cd "$work" || exit 1

"$HFGEN" --messages 1200 --seed 3 --to mattermost-sql --schema new -o new.sql 2>/dev/null || fail hfgen
pg_db record && pg_sql record -f new.sql >/dev/null || fail psql
url=$(pg_url record)
runs() { sqlite3 -readonly -separator ' ' "$1/control.sqlite" "SELECT command, outcome, finished_us IS NOT NULL, snapshot IS NOT NULL FROM run ORDER BY started_us, id"; }
noted() { # VAULT "command outcome finished snapshot" of the last run
    [ "$(runs "$1" | tail -1)" = "$2" ] || fail "$last: the last run is '$(runs "$1" | tail -1)', not '$2'"
}

# --- without a vault ----------------------------------------------------------------------------------

for command in "convert|out.zip|--to|mattermost-bulk" "convert|out.zip|--to|slack" "search|crane" "diff|new.sql"; do
    IFS='|' read -r name argument rest more <<<"$command"
    run $name "$url" "$argument" ${rest:+"$rest"} ${more:+"$more"}
    want_rc 2
    want err 'read on record'
    want err '--vault VAULT'
done
[ ! -e out.zip ] || fail "something was written"
run inspect "$url"
want_rc 0
run convert "$url" --to null
want_rc 3 # numbers only: nothing carries the values
run convert new.sql out.jsonl --to jsonl # a dump is a file
want_rc 0

run convert "$url" out.zip --to mattermost-bulk --vault nowhere.vault
want_rc 2
want err 'holdfast vault init nowhere.vault'
[ ! -e nowhere.vault ] || fail "a vault was made"

# --- with one ------------------------------------------------------------------------------------------

run vault init log.vault
for i in 1 2; do
    run convert "$url" "out$i.zip" --to mattermost-bulk --vault log.vault --json
    want_rc 0
    noted log.vault "convert OK 1 1"
    id=$(jq -r .run_id "$T/out")
    [ "$(sqlite3 log.vault/control.sqlite "SELECT count(*) FROM run WHERE id = '$id'")" = 1 ] || fail "the run's id is not in the vault"
done
[ "$(sqlite3 log.vault/control.sqlite "SELECT counts ->> 'messages' FROM run LIMIT 1")" -gt 1000 ] || fail "no counts"
run verify out1.zip
want_rc 0
cmp -s out1.zip out2.zip || fail "two conversions of a quiet server differ"
run search "$url" crane --vault log.vault
want_rc 0
noted log.vault "search OK 1 1"
run diff "$url" new.sql --vault log.vault
want_rc 0
noted log.vault "diff OK 1 1"
run diff "$url" "$url" --vault log.vault # one source, read twice: one row
want_rc 0
run import "$url" --into kept.vault
want_rc 0
noted kept.vault "import OK 1 1"
run vault info log.vault --runs
want_rc 0
[ "$(grep -c ' convert ' "$T/out")" = 2 ] || fail "vault info --runs: $(cat "$T/out")"
[ "$(runs log.vault | wc -l)" = 5 ] || fail "runs: $(runs log.vault)"

# What fails is noted as well, by the word of the error; a run that was killed has no end.
pg_sql record -c "CREATE ROLE record_none LOGIN" 2>/dev/null
run convert "$(pg_url record record_none)" none.zip --to slack --vault log.vault
want_rc 11
noted log.vault "convert DENIED 1 0"
pg_sql record -c "DROP ROLE record_none"
pg_sql record -c "BEGIN; LOCK TABLE posts IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(8)" >/dev/null 2>&1 &
locker=$!
sleep 0.5
"$HOLDFAST_BIN" convert "$url" killed.zip --to slack --vault log.vault >/dev/null 2>&1 &
reader=$!
for _ in $(seq 50); do
    [ "$(runs log.vault | wc -l)" = 7 ] && break
    sleep 0.1
done
kill -9 $reader
wait $reader 2>/dev/null
noted log.vault "convert  0 0"
pg_sql postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(8)%' AND pid <> pg_backend_pid()" >/dev/null
wait $locker 2>/dev/null

# --- a source's own vault, and its secrets --------------------------------------------------------------

pg_sql postgres -c "SET client_min_messages = error" -c "DROP ROLE IF EXISTS record_pw" -c "CREATE ROLE record_pw SUPERUSER LOGIN PASSWORD 'glasbrot'"
cat >conf <<CONF
[source prod]
url = postgresql://record_pw:glasbrot@/record?host=$HF_PG_SOCKET
vault = $work/log.vault
jobs = 1
[source night]
kind = mattermost
service = night
vault = $work/log.vault
CONF
cat >service <<CONF
[night]
host=$HF_PG_SOCKET
user=postgres
dbname=record
CONF
export HOLDFAST_CONFIG=$work/conf PGSERVICEFILE=$work/service
run convert prod prod.zip --to slack
want_rc 0
want err '[source prod] holds a password'
noted log.vault "convert OK 1 1"
run search night crane --json
want_rc 0
noted log.vault "search OK 1 1"
run import prod # its own vault
want_rc 0
noted log.vault "import OK 1 1"
for file in log.vault/control.sqlite log.vault/control.sqlite-wal log.vault/records.sqlite prod.zip.sidecar.zst; do
    [ ! -e $file ] || ! grep -qF glasbrot $file || fail "$file holds the password"
done
pg_sql record -c "DROP OWNED BY record_pw" -c "DROP ROLE record_pw"
finish
