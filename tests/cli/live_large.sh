#!/usr/bin/env bash
# Rows without an end: one that is longer than we read is told of by name and size, and of a post with more reactions
# than fit into a document these are kept as rows. The server and its dump agree on both.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
pg_need
"$HFGEN" --messages 100 --seed 5 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db large && pg_sql large -f "$T/base.sql" >/dev/null || fail psql
one="(SELECT min(id) FROM posts WHERE originalid = '')"
id=$(pg_sql large -At -c "SELECT $one")

both() {
    run import "$(pg_url large)" --into "$T/live.$1"
    live=$rc
    cp "$T/err" "$T/live.err"
    "$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres large >"$T/dump.sql" || fail pg_dump
    run import "$T/dump.sql" --into "$T/dump.$1"
    [ "$live" = "$rc" ] || fail "$1: status $live, and $rc of the dump"
    want_rc "$2"
    cp "$T/err" "$T/dump.err"
    run diff "$T/live.$1" "$T/dump.$1"
    want_rc 0
    run diff --bytes "$(pg_url large)" "$T/dump.sql" --vault "$T/live.$1"
    want_rc 0
    rm "$T/dump.sql"
}

pg_sql large -c "UPDATE posts SET message = repeat('x', 67108864), type = '' WHERE id = $one" 2>/dev/null ||
    pg_sql large -c "ALTER TABLE posts ALTER message TYPE text" -c "UPDATE posts SET message = repeat('x', 67108864) WHERE id = $one"
both row 3
for err in "$T/live.err" "$T/dump.err"; do
    grep -qE "posts $id: a row of 67109[0-9]{3} bytes; up to 67108864 are read" "$err" || fail "the row is not told of"
done
peak=$( { command -v /usr/bin/time >/dev/null && /usr/bin/time -f %M "$HOLDFAST_BIN" convert "$(pg_url large)" x --to null; } 2>&1 >/dev/null | tail -1)
echo "peak with a row of 64 MiB: $peak KiB"

pg_sql large -c "UPDATE posts SET message = 'x' WHERE id = $one" -c "DELETE FROM reactions WHERE postid = $one" -c "
    INSERT INTO reactions (userid, postid, emojiname, createat, updateat, deleteat) SELECT lpad(i::text, 26, 'u'), $one,
    repeat('😀', 60), 1700000000000, 1700000000000, 0 FROM generate_series(1, 60000) i"
both rows 0
for err in "$T/live.err" "$T/dump.err"; do
    grep -qF "Kept apart: 60000 rows of 1 posts" "$err" || fail "that rows are kept apart is not said"
done
run convert "$T/live.rows" "$T/all.jsonl" --to jsonl
want_rc 0
[ "$(grep -cF '"scope":"public.reactions"' "$T/all.jsonl")" = 60000 ] || fail "not all reactions are there"
[ "$(grep -F "\"id\":\"$id\"" "$T/all.jsonl" | grep -c '"type":"message"')" = 1 ] || fail "the post is not there"
finish
