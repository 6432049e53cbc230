#!/usr/bin/env bash
# `help grants --for reader`: the role that the script makes can import a whole server, find what
# changed, and do nothing else: it writes nothing and reads no password. Run again it grants what is new.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
[ -x "$HFGEN" ] || { echo "SKIP: hfgen is not built"; exit 77; }
pg_need
cd "$work" || exit 1

run help grants
want_rc 2
want err '--for reader'
run help grants --for reader extra
want_rc 2
run help grants --for writer
want_rc 2
run help grants --for reader
want_rc 0
cp "$T/out" grants.sql
want out "reader name := 'holdfast_reader'"

drop_role() { # ROLE
    local db
    for db in grants_old grants_new grants_fork; do
        pg_sql $db -c "DROP OWNED BY $1" 2>/dev/null
    done
    pg_sql postgres -c "SET client_min_messages = error" -c "DROP ROLE IF EXISTS $1"
}
as_reader() { # DATABASE SQL...: psql as the role
    psql -X -q -At -v ON_ERROR_STOP=1 -h "$HF_PG_SOCKET" -U holdfast_reader -d "$1" "${@:2}" >"$T/out" 2>"$T/err"
}
denied() { # DATABASE SQL
    as_reader "$1" -c "$2" && fail "the reader may: $2"
    grep -q 'permission denied\|read-only transaction\|must be owner' "$T/err" || fail "$2: $(cat "$T/err")"
}

for schema in old new; do
    db=grants_$schema
    "$HFGEN" --messages 1500 --seed 7 --to mattermost-sql --schema $schema -o $schema.sql 2>/dev/null || fail hfgen
    pg_db $db && pg_sql $db -f $schema.sql >/dev/null || fail psql
done
drop_role holdfast_reader
for schema in old new; do
    db=grants_$schema
    url=$(pg_url $db holdfast_reader)
    [ $schema = new ] || { # without the script nothing is read, and the error says what is missing
        pg_sql $db -c "CREATE ROLE holdfast_reader LOGIN"
        run import "$url" --into none.vault
        want_rc 11
        want err "GRANT SELECT"
        [ ! -e none.vault ] || fail "a vault was left behind"
        drop_role holdfast_reader
    }
    pg_sql $db -f grants.sql >/dev/null 2>"$T/err" || fail "the script on $db: $(cat "$T/err")"
    pg_sql $db -f grants.sql >/dev/null 2>"$T/err" || fail "the script on $db, again: $(cat "$T/err")"

    # Everything that a superuser's reading gives.
    run import "$url" --into $schema.vault --jobs 2
    want_rc 0
    refuse err "no right to"
    run diff "$url" "$(pg_url $db)" --vault $schema.vault --bytes
    want_rc 0
    refuse err " 0 same"
    # What changed is found by row versions: xmin must be readable.
    pg_sql $db -c "UPDATE posts SET message = 'changed', updateat = updateat + 1 WHERE id = (SELECT min(id) FROM posts WHERE originalid = '')"
    run import "$url" --into $schema.vault
    want_rc 0
    want err ' 1 new versions'

    # It cannot write, even when it asks for transactions that may.
    rw="SET default_transaction_read_only = off; SET transaction_read_only = off;"
    for sql in "UPDATE posts SET message = ''" "DELETE FROM posts" "INSERT INTO emoji(id) VALUES ('x')" \
        "TRUNCATE posts" "DROP TABLE emoji" "ALTER TABLE posts ADD x int" "SELECT * FROM posts FOR UPDATE" \
        "BEGIN; LOCK TABLE posts IN EXCLUSIVE MODE"; do
        denied $db "$sql"
        denied $db "$rw $sql"
    done
    # Nor read what lets somebody in, in any way: whole rows, one column, a hash of it.
    for column in users.password users.authdata users.mfasecret teams.inviteid; do
        denied $db "SELECT ${column#*.} FROM ${column%.*}"
    done
    denied $db "SELECT * FROM users"
    denied $db "SELECT md5(u::text) FROM users u"
    denied $db "SELECT count(*) FROM users WHERE password LIKE '\$%'"
    for table in sessions useraccesstokens oauthaccessdata incomingwebhooks; do
        [ -z "$(pg_sql $db -At -c "SELECT to_regclass('public.$table')")" ] || denied $db "SELECT count(*) FROM $table"
    done
done

# Other names; no right to the table with the signing keys: then the origin must be said.
run help grants --for reader --role 'It"s me' --schema public
want_rc 0
pg_sql grants_new -f "$T/out" >/dev/null 2>"$T/err" || fail "an odd name: $(cat "$T/err")"
pg_sql grants_new -At -c "SELECT count(*) FROM pg_roles WHERE rolname = 'It\"s me'" | grep -qx 1 || fail "no such role"
pg_sql grants_new -c 'DROP OWNED BY "It""s me"' -c 'DROP ROLE "It""s me"'
origin=$(jq -r 'select(.type == "message") | .origin' <(run convert new.sql - --to jsonl; cat "$T/out") | head -1)
pg_sql grants_new -c "REVOKE ALL ON systems FROM holdfast_reader"
as_reader grants_new -c "SELECT value FROM systems" && fail "the table with the keys is still readable"
run inspect "$(pg_url grants_new holdfast_reader)"
want_rc 11
run inspect "$(pg_url grants_new holdfast_reader)" --origin "$origin"
want_rc 0

# An upgrade and a fork: new columns, a plugin's table, one with a token in it. The script is run again.
pg_db grants_fork && pg_sql grants_fork -f new.sql >/dev/null || fail psql
pg_sql grants_fork -f grants.sql >/dev/null || fail grants.sql
pg_sql grants_fork -c "ALTER TABLE posts ADD newcolumn text DEFAULT 'n'" \
    -c "CREATE TABLE fork_desks (id text PRIMARY KEY, desk text, api_token text, \"Odd Name\" text, \"passwordHash\" text)" \
    -c "INSERT INTO fork_desks VALUES ('1', 'window', 'tok', 'odd', 'hash')"
run import "$(pg_url grants_fork holdfast_reader)" --into fork.vault
want_rc 11 # of posts everything is to be read
pg_sql grants_fork -f grants.sql >/dev/null || fail grants.sql
run import "$(pg_url grants_fork holdfast_reader)" --into fork.vault
want_rc 0
as_reader grants_fork -c 'SELECT id, desk, "Odd Name" FROM fork_desks' || fail "a plugin's table: $(cat "$T/err")"
denied grants_fork "SELECT api_token FROM fork_desks"
denied grants_fork 'SELECT "passwordHash" FROM fork_desks'
run diff "$(pg_url grants_fork holdfast_reader)" "$(pg_url grants_fork)" --vault fork.vault --bytes
want_rc 0

drop_role holdfast_reader
finish
