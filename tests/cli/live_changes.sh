#!/usr/bin/env bash
# Every kind of change between two imports of a server, made as SQL makes it: past the server's own
# notes of when a message changed. The vault's latest state is that of a fresh import.
. "$HOLDFAST_SOURCE/tests/support/cli.sh"
. "$HOLDFAST_SOURCE/tests/support/pg.sh"
command -v python3 >/dev/null && command -v sqlite3 >/dev/null || { echo "SKIP: no python3 or sqlite3"; exit 77; }
pg_need
support=$HOLDFAST_SOURCE/tests/support
"$HFGEN" --messages 2000 --seed 43 --to mattermost-sql -o "$T/base.sql" 2>/dev/null || fail hfgen

import() { # VAULT DATABASE ARGS...
    local vault=$1 database=$2
    shift 2
    run import "$(pg_url "$database")" --into "$T/$vault" "$@"
    want_rc 0
}

vault() { # VAULT SQL
    sqlite3 -separator ' ' "$T/$1/records.sqlite" "$2"
}

# What the vault has at its latest state and has not missed: a line for each record.
state() { # VAULT
    run convert "$T/$1" "$T/$1.jsonl" --to jsonl --sidecar none --overwrite
    want_rc 0
    vault "$1" "SELECT k.name, n.text, r.native FROM rec r JOIN kind k ON k.id = r.kind JOIN name n ON n.id = r.scope
        WHERE r.missing IS NOT NULL" >"$T/$1.gone"
    python3 - "$T/$1.jsonl" "$T/$1.gone" >"$T/$1.state" <<'PYTHON'
import json, sys
gone = set(open(sys.argv[2], encoding="utf-8").read().splitlines())
lines = []
for r in map(json.loads, open(sys.argv[1], encoding="utf-8")):
    if "scope" in r and "%s %s %s" % (r["type"], r["scope"], r["id"]) not in gone:
        values = r.get("values") or r.get("raw")
        lines.append(json.dumps([r["type"], r["scope"], r["id"], values], sort_keys=True))
print(*sorted(lines), sep="\n")
PYTHON
}

same_as_fresh() { # VAULT DATABASE
    rm -rf "$T/fresh"
    import fresh "$2"
    state "$1"
    state fresh
    diff "$T/$1.state" "$T/fresh.state" >"$T/differs" && [ "$(wc -l <"$T/fresh.state")" -gt 3000 ] && return
    fail "$1 has another state than a fresh import of $2"
    cut -c 1-300 "$T/differs" | head -20
}

pg_db changes && pg_sql changes -f "$T/base.sql" >/dev/null || fail psql

# A transaction that began before the first import and ends after it.
mkfifo "$T/slow"
pg_sql changes <"$T/slow" >/dev/null 2>&1 &
slow=$!
exec 7>"$T/slow"
cat >&7 <<'SQL'
BEGIN;
UPDATE posts SET message = 'in a slow transaction' WHERE id = (SELECT max(id) FROM posts WHERE originalid = '');
SAVEPOINT inner_one;
INSERT INTO reactions (userid, postid, emojiname, createat) SELECT userid, id, 'slow', 5 FROM posts
    WHERE id = (SELECT max(id) FROM posts WHERE originalid = '');
SELECT pg_advisory_lock(7);
SQL
until [ "$(pg_sql changes -At -c "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")" = 1 ]; do sleep 0.1; done

import v changes
# No message twice.
pg_sql changes >"$T/what" <<'SQL' || fail "changes"
CREATE TABLE pick AS SELECT id, channelid, userid, row_number() OVER (ORDER BY id) AS n FROM posts p
    WHERE originalid = '' AND rootid = '' AND deleteat = 0 AND type = ''
    AND NOT EXISTS (SELECT FROM threads t WHERE t.postid = p.id) AND NOT EXISTS (SELECT FROM reactions r WHERE r.postid = p.id)
    AND NOT EXISTS (SELECT FROM fileinfo f WHERE f.postid = p.id);
UPDATE posts SET message = 'edited' WHERE id = (SELECT id FROM pick WHERE n = 1);
UPDATE posts SET deleteat = 1700000000123 WHERE id = (SELECT id FROM pick WHERE n = 2);
UPDATE posts SET deleteat = 0 WHERE id = (SELECT min(id) FROM posts WHERE deleteat <> 0 AND originalid = '');
UPDATE posts SET ispinned = true WHERE id = (SELECT id FROM pick WHERE n = 3);
INSERT INTO reactions (userid, postid, emojiname, createat, updateat, deleteat, channelid)
    SELECT userid, id, 'late', 1, 1, 0, channelid FROM pick WHERE n = 4;
INSERT INTO postacknowledgements (postid, userid, acknowledgedat) SELECT id, userid, 1700000000000 FROM pick WHERE n = 5;
INSERT INTO postspriority (postid, channelid, priority, requestedack) SELECT id, channelid, 'urgent', true FROM pick WHERE n = 6;
-- The root of a new thread: only its reply and the list of threads say so.
INSERT INTO posts (id, createat, updateat, editat, deleteat, ispinned, userid, channelid, rootid, originalid, message, type, props, fileids)
    SELECT 'reply', 1700000000000, 1, 0, 0, false, userid, channelid, id, '', 'late reply', '', '{}', '[]' FROM pick WHERE n = 7;
INSERT INTO threads (postid, replycount, lastreplyat, participants, channelid) SELECT id, 1, 1, '[]', channelid FROM pick WHERE n = 7;
INSERT INTO fileinfo (id, creatorid, postid, createat, updateat, deleteat, path, name, extension, size, mimetype)
    SELECT 'newfile', userid, id, 1, 1, 0, 'p/x', 'x.txt', 'txt', 3, 'text/plain' FROM pick WHERE n = 8;
UPDATE posts SET fileids = '["newfile"]' WHERE id = (SELECT id FROM pick WHERE n = 8);
INSERT INTO posts (id, createat, updateat, editat, deleteat, ispinned, userid, channelid, rootid, originalid, message, type, props, fileids)
    SELECT 'version', 1, 1, 1, 1, false, userid, channelid, '', id, 'an earlier text', '', '{}', '[]' FROM pick WHERE n = 9;
INSERT INTO translations (objectid, objecttype, dstlang, providerid, normhash, text, updateat, state)
    SELECT id, 'post', 'de', 'x', 'h', 'Text', 1, 'ready' FROM pick WHERE n = 10;
INSERT INTO temporaryposts (postid, type, expireat, message, fileids) SELECT id, 'burn_on_read', 1, 'burns', '[]' FROM pick WHERE n = 11;
DELETE FROM posts WHERE id = (SELECT id FROM pick WHERE n = 12);
UPDATE posts SET channelid = (SELECT id FROM channels WHERE id <> channelid AND type = 'O' ORDER BY id LIMIT 1)
    WHERE id = (SELECT id FROM pick WHERE n = 13);
UPDATE posts SET createat = createat + 1 WHERE id = (SELECT id FROM pick WHERE n = 14);
UPDATE posts SET createat = 0 WHERE id = (SELECT id FROM pick WHERE n = 15);
UPDATE posts SET createat = 9223372036854775807 WHERE id = (SELECT id FROM pick WHERE n = 16);
UPDATE reactions SET deleteat = 5 WHERE (postid, userid, emojiname) = (SELECT postid, userid, emojiname FROM reactions
    WHERE coalesce(deleteat, 0) = 0 ORDER BY 1, 2, 3 OFFSET 20 LIMIT 1);
UPDATE reactions SET deleteat = 0 WHERE (postid, userid, emojiname) = (SELECT postid, userid, emojiname FROM reactions
    WHERE deleteat <> 0 AND deleteat <> 5 ORDER BY 1, 2, 3 LIMIT 1);
UPDATE fileinfo SET name = 'renamed.bin' WHERE id = (SELECT id FROM fileinfo WHERE postid <> '' ORDER BY id OFFSET 3 LIMIT 1);
-- Files of no message, one of them with no word for "none".
INSERT INTO fileinfo (id, creatorid, postid, createat, updateat, deleteat, path, name, extension, size, mimetype)
    VALUES ('orphan1', 'u', '', 1, 1, 0, 'p/y', 'y.txt', 'txt', 3, 'text/plain'),
    ('orphan2', 'u', NULL, 1, 1, 0, 'p/z', 'z.txt', 'txt', 3, 'text/plain');
-- Places and people.
UPDATE channels SET displayname = 'Renamed', name = 'renamed' WHERE id = (SELECT id FROM channels WHERE type = 'O' ORDER BY id LIMIT 1);
UPDATE channels SET deleteat = 77 WHERE id = (SELECT id FROM channels WHERE type = 'O' ORDER BY id OFFSET 1 LIMIT 1);
DELETE FROM channels WHERE id = (SELECT id FROM channels WHERE type = 'P' ORDER BY id LIMIT 1);
DELETE FROM channelmembers WHERE (channelid, userid) IN (SELECT channelid, userid FROM channelmembers ORDER BY 1, 2 LIMIT 3);
UPDATE users SET deleteat = 99 WHERE id = (SELECT min(id) FROM users);
DELETE FROM users WHERE id = (SELECT max(id) FROM users);
UPDATE teammembers SET deleteat = 88 WHERE (teamid, userid) = (SELECT teamid, userid FROM teammembers ORDER BY 1, 2 LIMIT 1);
DELETE FROM drafts WHERE (userid, channelid) = (SELECT userid, channelid FROM drafts ORDER BY 1, 2 LIMIT 1);
DELETE FROM preferences WHERE (userid, category, name) = (SELECT userid, category, name FROM preferences ORDER BY 1, 2, 3 LIMIT 1);
DELETE FROM audits WHERE id = (SELECT min(id) FROM audits);
DROP TABLE pick;
SQL
# The transaction is still open: what it wrote is not there yet, and must come later.
import v changes
echo "COMMIT;" >&7
exec 7>&-
wait $slow
# Rows that no transaction can be new to any more keep the number of theirs.
pg_sql changes -c "VACUUM FREEZE"
import v changes
same_as_fresh v changes
[ "$(vault v "SELECT count(*) FROM version WHERE text = 'in a slow transaction'")" = 1 ] || fail "the slow transaction is not there"
[ "$(vault v 'SELECT count(*) FROM import')" -ge 3 ] || fail "imports"
[ "$(vault v 'SELECT max(records * (n > 1)) * 10 < 9 * max(records * (n = 1)) FROM import')" = 1 ] || fail "everything was read again"

# Rows rewritten in other places, and nothing new in them.
pg_sql changes -c "VACUUM FULL" -c "CLUSTER posts USING posts_pkey"
import v changes
[ "$(vault v 'SELECT new_records + versions + states + missing FROM import ORDER BY n DESC LIMIT 1')" = 0 ] || fail "rows that only moved"

# Rows that were taken out of messages which stay: a number tells that there are some, and --full which.
pg_sql changes -c "DELETE FROM reactions WHERE (postid, userid, emojiname) IN (SELECT r.postid, r.userid, r.emojiname FROM reactions r
    JOIN posts p ON p.id = r.postid WHERE coalesce(r.deleteat, 0) = 0 ORDER BY 1, 2, 3 LIMIT 2)" \
    -c "DELETE FROM fileinfo WHERE id = (SELECT min(f.id) FROM fileinfo f JOIN posts p ON p.id = f.postid)"
for _ in 1 2; do # said until it is mended
    import v changes
    want err "2 reactions, 1 rows of attachments"
done
import v changes --full
refuse err "rows of attachments"
same_as_fresh v changes
import v changes
refuse err "rows of attachments"

# All messages are gone.
messages=$(vault v 'SELECT count(*) FROM rec WHERE kind = 4 AND missing IS NULL AND time_us IS NOT NULL')
pg_sql changes -c "TRUNCATE posts"
import v changes
[ "$(vault v 'SELECT count(*) FROM rec WHERE kind = 4 AND missing IS NOT NULL')" -ge "$messages" ] || fail "a table that was emptied"

# The same database under its old name, from a dump: another one.
"$(pg_bin)/pg_dump" -h "$HF_PG_SOCKET" -U postgres -d changes >"$T/changes.sql" || fail pg_dump
pg_db changes && pg_sql changes -f "$T/base.sql" >/dev/null || fail psql
import v changes
same_as_fresh v changes
finish
