#!/usr/bin/env bash
# What a second import of a server may go on from: only what the same source gave to the same records,
# with nothing else in between, misses nothing.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v sqlite3 >/dev/null || { echo "SKIP: no sqlite3"; exit 77; }
pg_need
"$HFGEN" --messages 2000 --seed 41 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db marks && pg_sql marks -f "$T/base.sql" >/dev/null || fail psql
messages=$(pg_sql marks -At -c "SELECT count(*) FROM posts WHERE originalid = ''")
post=$(pg_sql marks -At -c "SELECT min(id) FROM posts WHERE originalid = ''")

import() { # VAULT SOURCE ARGS...
    local vault=$1
    shift
    run import "$@" --into "$T/$vault"
    want_rc 0
}

kept() { # VAULT ORIGIN: its messages
    sqlite3 "$T/$1/records.sqlite" "SELECT count(*) FROM rec r JOIN origin o ON o.id = r.origin WHERE r.kind = 4 AND
        o.name LIKE '$2'"
}

text() { # VAULT: of the post, as it is now
    sqlite3 "$T/$1/records.sqlite" "SELECT v.text FROM rec r JOIN version v ON v.id = r.id * 65536 + r.current
        WHERE r.kind = 4 AND r.native = '$post'"
}

# Under another origin they are other records: all of them are read.
import origins "$(pg_url marks)" --origin A
import origins "$(pg_url marks)"
import origins "$(pg_url marks)" --origin B
for origin in A B '_________%'; do
    [ "$(kept origins "$origin")" = "$messages" ] || fail "messages of origin $origin: $(kept origins "$origin")"
done

# Attachments that were not asked for the first time, or lacking, are read when they can be.
bytes_of() { sqlite3 "$T/files/records.sqlite" "SELECT count(*) FROM import_member WHERE name = CAST('data/$1' AS BLOB)"; }
import files "$(pg_url marks)"
mkdir "$T/data"
pg_sql marks -At -c "SELECT f.path, f.size, f.id FROM fileinfo f JOIN posts p ON p.id = f.postid ORDER BY f.id" >"$T/paths"
one=$(sed -n '1s/|.*//p' "$T/paths") two=$(sed -n '2s/|.*//p' "$T/paths")
while IFS='|' read -r path size _; do
    [ "$path" = "$two" ] && continue
    mkdir -p "$T/data/${path%/*}" && head -c "$size" /dev/zero >"$T/data/$path"
done <"$T/paths"
run import "$(pg_url marks)" --into "$T/files" --files "$T/data"
want_rc 3
want err "$(sed -n '2s/.*|//p' "$T/paths")"
[ "$(bytes_of "$one") $(bytes_of "$two")" = "1 0" ] || fail "attachments of messages that did not change"
mkdir -p "$T/data/${two%/*}" && head -c "$(sed -n '2s/.*|\(.*\)|.*/\1/p' "$T/paths")" /dev/zero >"$T/data/$two"
import files "$(pg_url marks)" --files "$T/data"
[ "$(bytes_of "$two")" = 1 ] || fail "an attachment that came later"
import files "$(pg_url marks)" --files "$T/data"
[ "$(bytes_of "$one") $(bytes_of "$two")" = "2 1" ] || fail "attachments that are there are read again"

# A message that cannot be read makes the days differ; when reading them again fails, the first import stays.
pg_db torn && pg_sql torn -f "$T/base.sql" >/dev/null || fail psql
pg_sql torn -c "UPDATE posts SET channelid = '' WHERE id = '$post'" -c "SET client_min_messages = error" \
    -c "DROP ROLE IF EXISTS once" -c "CREATE ROLE once LOGIN CONNECTION LIMIT 1" -c "GRANT SELECT ON ALL TABLES IN SCHEMA public TO once"
run import "$(pg_url torn once)" --into "$T/torn" --jobs 1
want_rc 10
want err "reading them again"
[ "$(kept torn %)" = $((messages - 1)) ] || fail "an import was taken away"
pg_sql torn -c "DROP OWNED BY once" -c "DROP ROLE once"

# A dump from before takes the post back to what it was then; the server has the last word again.
"$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d marks >"$T/before.sql" || fail pg_dump
pg_sql marks -c "UPDATE posts SET message = 'the last word' WHERE id = '$post'"
import between "$(pg_url marks)"
import between "$T/before.sql"
[ "$(text between)" != "the last word" ] || fail "the dump said nothing"
import between "$(pg_url marks)"
[ "$(text between)" = "the last word" ] || fail "an older dump has the last word: $(text between)"
finish
