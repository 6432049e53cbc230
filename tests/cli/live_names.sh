#!/usr/bin/env bash
# Names of tables and columns may hold anything: line feeds, tabs, quotes, slashes. What is in such tables comes back from
# the vault and from a sidecar, the server and its dump agree, and no file stands where a name would lead.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v zstd >/dev/null || { echo "SKIP: no zstd"; exit 77; }
pg_need
"$HFGEN" --messages 60 --seed 11 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen
pg_db names && pg_sql names -f "$T/base.sql" >/dev/null || fail psql
pg_sql names <<'SQL' || fail tables
CREATE TABLE "a
b/c" (id text PRIMARY KEY, "x	y" text, "q""r" text, "s/t" text, "u
v" text, "w\x" text, "(b), c" text);
INSERT INTO "a
b/c" VALUES ('one', 'tab', 'quote', 'slash', 'line', 'back', 'needle'), (E'tw\no/', NULL, '', '1', '2', '3', 'needle');
CREATE TABLE "../../evil" (id int PRIMARY KEY, "api
token" text);
INSERT INTO "../../evil" VALUES (1, 'hush');
CREATE TABLE "q""uote.dot, x (y)" (id int);
INSERT INTO "q""uote.dot, x (y)" VALUES (7), (7);
ALTER TABLE posts ADD "fork's
mood" text;
UPDATE posts SET "fork's
mood" = 'moody' WHERE originalid = '';
SQL
pg_dump -h "$HF_PG_SOCKET" -U postgres names >"$T/dump.sql" || fail pg_dump
for source in "$(pg_url names)" "$T/dump.sql"; do
    vault=$T/$(basename "$source" | tr -c 'a-z' _)
    run import "$source" --into "$vault"
    want_rc 0
    want err 'a\x0Ab/c'
    [ "$(wc -l <"$T/err")" -lt 12 ] || fail "a name breaks the lines of the messages"
    run verify "$vault"
    want_rc 0
    for to in jsonl mattermost-bulk slack txt md; do
        run convert "$vault" "$T/out.$to.zip" --to $to --overwrite
        want_rc 0
    done
    [ "$(grep -c needle "$T/out.jsonl.zip")" = 2 ] || fail "rows of a table with an odd name are lost"
    [ "$(grep '"type":"message"' "$T/out.jsonl.zip" | grep -c moody)" -gt 50 ] || fail "a column with an odd name is lost"
    grep -q hush "$T/out.jsonl.zip" && fail "a token stands in the records"
    run convert "$T/out.mattermost-bulk.zip" "$T/back.jsonl" --to jsonl --overwrite
    want_rc 0
    [ "$(grep -c needle "$T/back.jsonl")" = 2 ] || fail "a sidecar does not give the rows back"
done
run diff --bytes "$(pg_url names)" "$T/dump.sql" --vault "$vault"
want_rc 0
run diff "$(pg_url names)" "$T/dump.sql" --vault "$vault"
want_rc 0
[ -z "$(find "$T" -name '*evil*')" ] || fail "a name became a path"
finish
